//! SARIF of gcc, clang or any other tool.

use super::External;
use serde_json::Value;

pub fn read(text: &str) -> Result<Vec<External>, String> {
    let log: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for run in log["runs"].as_array().into_iter().flatten() {
        let driver = &run["tool"]["driver"];
        let tool = tool_name(driver["name"].as_str().unwrap_or("unknown"));
        for result in run["results"].as_array().into_iter().flatten() {
            let place = &result["locations"][0]["physicalLocation"];
            let (Some(uri), Some(line)) = (
                place["artifactLocation"]["uri"].as_str(),
                place["region"]["startLine"].as_u64(),
            ) else {
                continue;
            };
            let rule = result["ruleId"].as_str().unwrap_or_default();
            found.push(External {
                tool: tool.clone(),
                rule: rule.to_owned(),
                file: unescape(uri.strip_prefix("file://").unwrap_or(uri)),
                line: line as u32,
                cwe: cwe(result).or_else(|| {
                    let rules = driver["rules"].as_array();
                    rules
                        .into_iter()
                        .flatten()
                        .find(|known| known["id"] == rule)
                        .and_then(cwe)
                }),
                message: result["message"]["text"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
    }
    Ok(found)
}

/// `GNU C17`, `clang version 17` and the like by one name each.
fn tool_name(name: &str) -> String {
    let lower = name.to_lowercase();
    for known in ["cppcheck", "clang", "gcc", "flawfinder", "codeql"] {
        if lower.contains(known) {
            return known.to_owned();
        }
    }
    if lower.starts_with("gnu") {
        return "gcc".to_owned();
    }
    name.to_owned()
}

/// A weakness number: in `taxa`, in the tags, or in `properties.cwe`.
fn cwe(value: &Value) -> Option<u32> {
    let taxa = value["taxa"].as_array().into_iter().flatten();
    let from_taxa = taxa
        .filter_map(|taxon| number(taxon["id"].as_str()?))
        .next();
    let tags = value["properties"]["tags"].as_array().into_iter().flatten();
    let from_tags = tags
        .filter_map(Value::as_str)
        .filter(|tag| tag.to_lowercase().contains("cwe"))
        .filter_map(number)
        .next();
    from_taxa
        .or(from_tags)
        .or_else(|| number(value["properties"]["cwe"].as_str()?))
}

/// The digits at the end of `CWE-476`, `external/cwe/cwe-476`, `476`.
fn number(text: &str) -> Option<u32> {
    let digits = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
    text[digits..].parse().ok()
}

/// `%20` and the like as bytes.
fn unescape(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| uri.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

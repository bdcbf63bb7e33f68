//! gcc's own JSON (`-fdiagnostics-format=json`): a list of diagnostics; what a compiler run prints for several files may be several such lists.

use super::External;
use serde_json::{Deserializer, Value};

pub fn read(text: &str) -> Result<Vec<External>, String> {
    let mut found = Vec::new();
    for list in Deserializer::from_str(text).into_iter::<Value>() {
        let list = list.map_err(|error| error.to_string())?;
        for diagnostic in list.as_array().into_iter().flatten() {
            let place = &diagnostic["locations"][0]["caret"];
            let (Some(file), Some(line)) = (place["file"].as_str(), place["line"].as_u64()) else {
                continue;
            };
            let option = diagnostic["option"].as_str().unwrap_or_default();
            found.push(External {
                tool: "gcc".to_owned(),
                rule: option.trim_start_matches("-W").to_owned(),
                file: file.to_owned(),
                line: line as u32,
                cwe: diagnostic["metadata"]["cwe"].as_u64().map(|cwe| cwe as u32),
                message: diagnostic["message"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
    }
    Ok(found)
}

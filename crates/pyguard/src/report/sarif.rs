//! The report as SARIF 2.1.0, for code scanning services and editors: paths as code flows, fingerprints, fixes, suppressions.

use crate::explain;
use crate::finding::{Edit, Finding, Step, Tier};
use crate::rules;
use crate::scan::Scan;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Under this name stands our fingerprint; another way of making it gets another name.
const FINGERPRINT: &str = "pyguard/v1";

pub fn write(out: &mut dyn Write, scan: &Scan) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &value(scan))?;
    writeln!(out)
}

/// The report as a value.
pub fn value(scan: &Scan) -> Value {
    let mut ids: Vec<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
    let all = || {
        scan.findings
            .iter()
            .chain(scan.suppressed.iter().map(|suppressed| &suppressed.finding))
    };
    for finding in all() {
        if !ids.contains(&finding.rule) {
            ids.push(finding.rule);
        }
    }
    let index = |finding: &Finding| ids.iter().position(|id| *id == finding.rule);
    let mut results: Vec<Value> = scan
        .findings
        .iter()
        .map(|finding| result(finding, index(finding)))
        .collect();
    for suppressed in &scan.suppressed {
        let mut value = result(&suppressed.finding, index(&suppressed.finding));
        value["suppressions"] = json!([{ "kind": "inSource", "justification": suppressed.reason }]);
        results.push(value);
    }
    let notifications: Vec<Value> = scan
        .notices
        .iter()
        .map(|notice| {
            json!({
                "level": "note",
                "message": { "text": notice.message },
                "descriptor": { "id": notice.kind },
                "locations": [{ "physicalLocation": place(&notice.file, notice.line, 0) }],
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pyguard",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| descriptor(id, all().find(|finding| finding.rule == *id))).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
            "results": results,
        }],
    })
}

fn descriptor(id: &str, finding: Option<&Finding>) -> Value {
    let Some(rule) = rules::find(id) else {
        // A rule of the user, or of another tool.
        return json!({
            "id": id,
            "shortDescription": { "text": id },
            "properties": { "tags": tags(finding.map_or(0, |finding| finding.cwe)) },
        });
    };
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": { "text": rule.name },
        "fullDescription": { "text": rule.summary },
        "help": { "text": format!("{}\n\n{}", rule.why, rule.fix), "markdown": explain::page(rule) },
        "defaultConfiguration": { "level": level(rule.tier) },
        "properties": { "tags": tags(rule.cwe), "category": rule.category.name(), "precision": precision(rule.tier) },
    })
}

fn tags(cwe: u32) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    if cwe > 0 {
        tags.push(format!("external/cwe/cwe-{cwe:03}"));
    }
    tags
}

fn level(tier: Tier) -> &'static str {
    match tier {
        Tier::High => "error",
        Tier::Medium => "warning",
        Tier::Low => "note",
    }
}

fn precision(tier: Tier) -> &'static str {
    match tier {
        Tier::High => "high",
        Tier::Medium => "medium",
        Tier::Low => "low",
    }
}

fn result(finding: &Finding, rule_index: Option<usize>) -> Value {
    let mut location =
        json!({ "physicalLocation": place(&finding.file, finding.line, finding.column) });
    if !finding.function.is_empty() {
        location["logicalLocations"] = json!([{ "name": finding.function, "kind": "function" }]);
    }
    let mut value = json!({
        "ruleId": finding.rule,
        "level": level(finding.tier),
        "message": { "text": finding.message },
        "locations": [location],
        "partialFingerprints": { FINGERPRINT: finding.fingerprint },
        "properties": {
            "tier": finding.tier.name(),
            "category": finding.category.name(),
            "subtype": finding.subtype,
            "tools": finding.tools,
            "generated": finding.generated,
        },
    });
    if let Some(index) = rule_index {
        value["ruleIndex"] = json!(index);
    }
    if !finding.path.is_empty() {
        let steps: Vec<Value> = finding.path.iter().map(flow_step).collect();
        value["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    if !finding.fixes.is_empty() {
        value["fixes"] = json!([fix(&finding.fixes)]);
    }
    value
}

fn flow_step(step: &Step) -> Value {
    json!({ "location": { "physicalLocation": place(&step.file, step.line, 0), "message": { "text": step.note } } })
}

fn fix(edits: &[Edit]) -> Value {
    let mut files: Vec<&str> = edits.iter().map(|edit| edit.file.as_str()).collect();
    files.dedup();
    let changes: Vec<Value> = files
        .into_iter()
        .map(|file| {
            let replacements: Vec<Value> = edits
                .iter()
                .filter(|edit| edit.file == file)
                .map(|edit| {
                    json!({
                        "deletedRegion": {
                            "startLine": edit.line,
                            "startColumn": 1,
                            "endLine": edit.line + edit.remove,
                            "endColumn": 1,
                        },
                        "insertedContent": { "text": edit.text },
                    })
                })
                .collect();
            json!({ "artifactLocation": { "uri": uri(file) }, "replacements": replacements })
        })
        .collect();
    json!({ "description": { "text": "Repair" }, "artifactChanges": changes })
}

fn place(file: &str, line: u32, column: u32) -> Value {
    let mut place = Map::new();
    place.insert("artifactLocation".to_owned(), json!({ "uri": uri(file) }));
    if line > 0 {
        let mut region = json!({ "startLine": line });
        if column > 0 {
            region["startColumn"] = json!(column);
        }
        place.insert("region".to_owned(), region);
    }
    Value::Object(place)
}

/// A file name as a relative URI reference: what is no URI character is escaped byte by byte.
pub fn uri(file: &str) -> String {
    let mut out = String::with_capacity(file.len());
    if file.starts_with('/') {
        out.push_str("file://");
    } else if file
        .split('/')
        .next()
        .is_some_and(|first| first.contains(':'))
    {
        // A colon in the first part would read as a scheme.
        out.push_str("./");
    }
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'+'
            | b'@'
            | b',' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

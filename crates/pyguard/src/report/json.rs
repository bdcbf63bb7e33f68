//! The report as JSON: what other programs, `diff` and `eval` read.

use super::Style;
use crate::scan::Scan;
use serde_json::{Value, json};
use std::io::{self, Write};

pub fn write(out: &mut dyn Write, scan: &Scan, style: Style) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &value(scan, style))?;
    writeln!(out)
}

/// The report as a value.
pub fn value(scan: &Scan, style: Style) -> Value {
    let statistics = &scan.statistics;
    let mut report = json!({
        "tool": { "name": "pyguard", "version": env!("CARGO_PKG_VERSION") },
        "statistics": {
            "files": statistics.files,
            "lines": statistics.lines,
            "functions": statistics.functions,
            "functions_not_understood": statistics.not_understood,
            "milliseconds": statistics.time.as_millis() as u64,
            "hidden_findings": scan.hidden,
            "suppressed_findings": scan.suppressed.len(),
        },
        "findings": scan.findings,
        "suppressed": scan.suppressed.iter().map(|suppressed| {
            let finding = &suppressed.finding;
            json!({ "file": finding.file, "line": finding.line, "rule": finding.rule, "message": finding.message, "reason": suppressed.reason })
        }).collect::<Vec<_>>(),
        "notices": scan.notices,
    });
    if style.functions {
        report["functions"] = json!(scan.functions);
    }
    report
}

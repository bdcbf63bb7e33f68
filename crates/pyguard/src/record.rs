//! A finding as it stands in a file: what a JSON report, a baseline and the two sides of a difference are made of.

use crate::finding::{Category, Finding, Step, Tier};
use crate::scan::Scan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A finding that owns its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub rule: String,
    pub category: Category,
    #[serde(default)]
    pub cwe: u32,
    #[serde(default = "medium")]
    pub tier: Tier,
    pub file: String,
    pub line: u32,
    #[serde(default)]
    pub column: u32,
    pub function: String,
    #[serde(default)]
    pub subtype: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub path: Vec<Step>,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub fingerprint: String,
}

fn medium() -> Tier {
    Tier::Medium
}

impl Record {
    pub fn new(finding: &Finding) -> Record {
        Record {
            rule: finding.rule.to_owned(),
            category: finding.category,
            cwe: finding.cwe,
            tier: finding.tier,
            file: finding.file.clone(),
            line: finding.line,
            column: finding.column,
            function: finding.function.clone(),
            subtype: finding.subtype.to_owned(),
            message: finding.message.clone(),
            path: finding.path.clone(),
            code: finding.code.clone(),
            fingerprint: finding.fingerprint.clone(),
        }
    }

    /// What makes two findings of different versions the same one.
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.rule, &self.function, &self.code)
    }

    /// The name of the file without its folders.
    pub fn file_name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }
}

/// A report: findings, and the functions of the code where they are known.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Report {
    pub findings: Vec<Record>,
    #[serde(default)]
    pub functions: BTreeMap<String, Vec<String>>,
}

impl Report {
    pub fn of(scan: &Scan) -> Report {
        Report {
            findings: scan.findings.iter().map(Record::new).collect(),
            functions: scan.functions.clone(),
        }
    }

    /// Reads a JSON report.
    pub fn read(path: &Path) -> Result<Report, String> {
        let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_slice(&text)
            .map_err(|error| format!("{}: no report: {error}", path.display()))
    }
}

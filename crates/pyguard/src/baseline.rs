//! A baseline: the findings that are known and not to fail a build, so that only new ones do.
//!
//! It holds what identifies each finding, not its line: code that moves stays known.

use crate::finding::Finding;
use crate::record::Record;
use crate::scan::Scan;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// The file's form; another form gets another number.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Known>,
}

/// A known finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    file: String,
    function: String,
    rule: String,
    code: String,
}

impl Known {
    fn new(finding: &Finding) -> Known {
        let record = Record::new(finding);
        Known {
            file: record.file,
            function: record.function,
            rule: record.rule,
            code: record.code,
        }
    }
}

/// What a baseline did to a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Findings that were known and are taken out.
    pub known: usize,
    /// Entries for which there is no finding any more.
    pub stale: usize,
}

/// Writes the findings of a scan as a baseline.
pub fn write(scan: &Scan, path: &Path) -> Result<(), String> {
    let mut findings: Vec<Known> = scan.findings.iter().map(Known::new).collect();
    findings.sort();
    let file = File {
        version: VERSION,
        findings,
    };
    let mut text = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
    text.push('\n');
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Takes the findings of a baseline out of a scan.
pub fn apply(scan: &mut Scan, path: &Path) -> Result<Applied, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file: File = serde_json::from_slice(&text)
        .map_err(|error| format!("{}: no baseline: {error}", path.display()))?;
    if file.version != VERSION {
        return Err(format!(
            "{}: a baseline of version {}, not {VERSION}",
            path.display(),
            file.version
        ));
    }
    let mut known: HashMap<Known, usize> = HashMap::new();
    for entry in file.findings {
        *known.entry(entry).or_default() += 1;
    }
    let before = scan.findings.len();
    scan.findings
        .retain(|finding| match known.get_mut(&Known::new(finding)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
    Ok(Applied {
        known: before - scan.findings.len(),
        stale: known.values().sum(),
    })
}

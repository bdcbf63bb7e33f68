//! Arbitration: reports of other tools beside our own. What speaks of the same place is merged, and each finding says which tools agree.
//!
//! Tools that follow values (cppcheck, clang, gcc) make a finding surer. flawfinder matches names, so that its agreement is said but counts for nothing.

mod cppcheck;
mod csv;
mod gcc;
mod plist;
mod sarif;

use crate::finding::{Category, Finding, Tier};
use crate::identity;
use crate::scan::Scan;
use std::collections::HashMap;
use std::path::Path;

/// Lines apart that still are the same place.
const LINES_NEAR: u32 = 3;

/// What another tool reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    pub tool: String,
    pub rule: String,
    pub file: String,
    pub line: u32,
    pub cwe: Option<u32>,
    pub message: String,
}

/// A form of report: how it is known, and how it is read.
struct Form {
    name: &'static str,
    is: fn(&str) -> bool,
    read: fn(&str) -> Result<Vec<External>, String>,
}

const FORMS: &[Form] = &[
    Form {
        name: "cppcheck XML",
        is: |text| text.starts_with('<') && text.contains("<results"),
        read: cppcheck::read,
    },
    Form {
        name: "property list of clang's analyser",
        is: |text| text.starts_with('<') && text.contains("<plist"),
        read: plist::read,
    },
    Form {
        name: "SARIF",
        is: |text| text.starts_with('{') && text.contains("\"runs\""),
        read: sarif::read,
    },
    Form {
        name: "JSON of gcc",
        is: |text| text.starts_with('['),
        read: gcc::read,
    },
    Form {
        name: "CSV of flawfinder",
        is: |text| text.starts_with("File,Line,Column"),
        read: csv::read,
    },
];

/// Reads a report of any form.
pub fn read(path: &Path) -> Result<Vec<External>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let Some(form) = FORMS.iter().find(|form| (form.is)(text)) else {
        let names: Vec<&str> = FORMS.iter().map(|form| form.name).collect();
        return Err(format!(
            "{}: a report of no known form ({})",
            path.display(),
            names.join(", ")
        ));
    };
    (form.read)(text)
        .map_err(|error| format!("{}: not readable as {}: {error}", path.display(), form.name))
}

/// Merges the reports into a scan that still holds its findings of every tier.
pub fn merge(scan: &mut Scan, reports: Vec<External>) {
    let mut rest: Vec<(External, Vec<Category>)> = Vec::new();
    for external in reports {
        let categories = categories(&external);
        let mut merged = false;
        for finding in &mut scan.findings {
            if same_place(finding, &external) && categories.contains(&finding.category) {
                merged = true;
                agrees(finding, &external.tool, |following| following == 1);
            }
        }
        // What is a matter of style is no finding here.
        if !merged && !categories.is_empty() {
            rest.push((external, categories));
        }
    }
    let mut added: Vec<Finding> = Vec::new();
    for (external, categories) in rest {
        let same = added.iter_mut().find(|finding| {
            same_place(finding, &external) && categories.contains(&finding.category)
        });
        match same {
            Some(finding) => {
                // Surer only by a second tool that follows values.
                agrees(finding, &external.tool, |following| following > 1);
            }
            None => added.push(finding(scan, external, categories[0])),
        }
    }
    identity::identify(&mut added, &scan.sources);
    scan.findings.extend(added);
    scan.findings
        .sort_by(|a, b| (&a.file, a.line, a.rule).cmp(&(&b.file, b.line, b.rule)));
}

/// A tool reports the same. One that follows values makes the finding surer if `surer` says so of how many of these there are now.
fn agrees(finding: &mut Finding, tool: &str, surer: impl Fn(usize) -> bool) {
    if finding.tools.iter().any(|t| t == tool) {
        return;
    }
    finding.tools.push(tool.to_string());
    let following = finding.tools.iter().filter(|t| follows_values(t)).count();
    if follows_values(tool) && surer(following) {
        finding.tier = finding.tier.raise();
    }
}

fn follows_values(tool: &str) -> bool {
    tool != csv::TOOL
}

/// A finding that only other tools report: unsure until two of them agree.
fn finding(scan: &Scan, external: External, category: Category) -> Finding {
    Finding {
        rule: intern(format!("{}/{}", external.tool, external.rule)),
        category,
        cwe: external.cwe.unwrap_or(0),
        tier: Tier::Low,
        file: shown(scan, &external.file),
        line: external.line,
        column: 0,
        function: String::new(),
        subtype: "",
        message: external.message,
        path: Vec::new(),
        fixes: Vec::new(),
        generated: false,
        tools: vec![external.tool],
        code: String::new(),
        fingerprint: String::new(),
    }
}

/// The name that our scan has for the file of another tool.
fn shown(scan: &Scan, file: &str) -> String {
    scan.sources
        .names()
        .find(|name| same_file(name, file))
        .unwrap_or(file)
        .to_owned()
}

/// Names of rules live as long as the program: there are as many as other tools have.
fn intern(name: String) -> &'static str {
    use std::sync::{Mutex, OnceLock};
    static NAMES: OnceLock<Mutex<HashMap<String, &'static str>>> = OnceLock::new();
    let names = NAMES.get_or_init(Mutex::default);
    let mut names = names
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.get(&name) {
        return known;
    }
    let leaked: &'static str = Box::leak(name.clone().into_boxed_str());
    names.insert(name, leaked);
    leaked
}

fn same_place(finding: &Finding, external: &External) -> bool {
    finding.line.abs_diff(external.line) <= LINES_NEAR && same_file(&finding.file, &external.file)
}

/// Whether two names may mean the same file: one is the end of the other, by whole parts.
fn same_file(a: &str, b: &str) -> bool {
    let parts = |name: &str| -> Vec<String> {
        name.replace('\\', "/")
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (parts(a), parts(b));
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    !short.is_empty() && long.ends_with(&short)
}

/// The categories that a report of another tool may belong to; none for what is a matter of style.
fn categories(external: &External) -> Vec<Category> {
    use Category::{ExceptionHandling, InsufficientErrorCheck, IntegerOverflow, MemoryManagement};
    if let Some(cwe) = external.cwe {
        match cwe {
            190 | 191 | 192 | 194 | 195 | 196 | 197 | 128 | 681 | 682 | 369 | 758 => {
                return vec![IntegerOverflow];
            }
            401 | 404 | 415 | 416 | 590 | 672 | 762 | 763 | 772 | 775 | 825 | 911 => {
                return vec![MemoryManagement];
            }
            119..=127 | 129 | 131 | 785..=788 | 805 | 134 | 170 => {
                return vec![MemoryManagement, IntegerOverflow];
            }
            476 | 690 => return vec![InsufficientErrorCheck, MemoryManagement],
            252 | 253 | 457 | 665 | 754 | 824 | 908 | 909 => return vec![InsufficientErrorCheck],
            390 | 391 | 703 | 755 => return vec![ExceptionHandling],
            _ => {}
        }
    }
    // Rules without a number are known by their words.
    const WORDS: &[(&str, &[Category])] = &[
        ("leak", &[MemoryManagement]),
        ("double free", &[MemoryManagement]),
        ("doublefree", &[MemoryManagement]),
        ("use after free", &[MemoryManagement]),
        ("use-after-free", &[MemoryManagement]),
        ("deallocuse", &[MemoryManagement]),
        ("released memory", &[MemoryManagement]),
        ("refcount", &[MemoryManagement]),
        ("bufferaccess", &[MemoryManagement, IntegerOverflow]),
        ("out of bounds", &[MemoryManagement, IntegerOverflow]),
        ("integeroverflow", &[IntegerOverflow]),
        ("overflow", &[IntegerOverflow, MemoryManagement]),
        ("nullpointer", &[InsufficientErrorCheck, MemoryManagement]),
        ("null pointer", &[InsufficientErrorCheck, MemoryManagement]),
        (
            "null-dereference",
            &[InsufficientErrorCheck, MemoryManagement],
        ),
        (
            "nulldereference",
            &[InsufficientErrorCheck, MemoryManagement],
        ),
        ("uninit", &[InsufficientErrorCheck]),
        ("uncheckedreturn", &[InsufficientErrorCheck]),
    ];
    let words = format!("{} {}", external.rule, external.message).to_lowercase();
    WORDS
        .iter()
        .find(|(word, _)| words.contains(word))
        .map_or(Vec::new(), |(_, categories)| categories.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_same_by_their_last_parts() {
        assert!(same_file("Modules/a.c", "/home/x/cpython/Modules/a.c"));
        assert!(same_file("./a.c", "a.c"));
        assert!(same_file("C:\\x\\a.c", "x/a.c"));
        assert!(!same_file("Modules/a.c", "Objects/a.c"));
        assert!(!same_file("ba.c", "a.c"));
    }
}

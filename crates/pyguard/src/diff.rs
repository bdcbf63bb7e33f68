//! The difference between two versions: which findings are repaired, which stay, which are new, and which went with their function.

use crate::record::{Record, Report};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// The findings of two versions, sorted into what became of them.
#[derive(Debug, Default, Serialize)]
pub struct Diff {
    /// Only in the old version, and the function is still there.
    pub fixed: Vec<Record>,
    /// Only in the old version, as is the function.
    pub function_gone: Vec<Record>,
    /// In both; as it is in the new version.
    pub present: Vec<Record>,
    /// Only in the new version.
    pub new: Vec<Record>,
}

/// Compares two reports. Findings are the same when rule, function and code are, whatever their lines; among several such, those of the same file first.
pub fn diff(old: &Report, new: &Report) -> Diff {
    let mut by_key: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
    for (index, record) in new.findings.iter().enumerate() {
        by_key.entry(record.key()).or_default().push(index);
    }
    let mut partner: Vec<Option<usize>> = vec![None; old.findings.len()];
    let mut taken = vec![false; new.findings.len()];
    type Fits = fn(&Record, &Record) -> bool;
    let passes: [Fits; 3] = [
        |old, new| old.file == new.file,
        |old, new| old.file_name() == new.file_name(),
        |_, _| true,
    ];
    for fits in passes {
        for (index, record) in old.findings.iter().enumerate() {
            if partner[index].is_some() {
                continue;
            }
            let candidates = by_key.get(&record.key()).map_or(&[][..], |list| list);
            let found = candidates
                .iter()
                .copied()
                .find(|candidate| !taken[*candidate] && fits(record, &new.findings[*candidate]));
            if let Some(found) = found {
                taken[found] = true;
                partner[index] = Some(found);
            }
        }
    }
    let functions: HashSet<&str> = new
        .functions
        .values()
        .flatten()
        .map(String::as_str)
        .collect();
    let mut diff = Diff::default();
    for (index, record) in old.findings.iter().enumerate() {
        match partner[index] {
            Some(found) => diff.present.push(new.findings[found].clone()),
            // Without a list of functions nothing is known of them.
            None if functions.is_empty()
                || record.function.is_empty()
                || functions.contains(record.function.as_str()) =>
            {
                diff.fixed.push(record.clone())
            }
            None => diff.function_gone.push(record.clone()),
        }
    }
    for (index, record) in new.findings.iter().enumerate() {
        if !taken[index] {
            diff.new.push(record.clone());
        }
    }
    diff
}

impl Diff {
    /// As text: the new ones first, they are what a reader has to act on; those that stay only with `details`.
    pub fn write(&self, out: &mut dyn Write, details: bool) -> io::Result<()> {
        for (name, records) in [
            ("new", &self.new),
            ("fixed", &self.fixed),
            ("function gone", &self.function_gone),
            ("still present", &self.present),
        ] {
            if details || name != "still present" {
                for record in records {
                    writeln!(
                        out,
                        "{name}: {}:{}: {}: {} in {} [{}]",
                        record.file,
                        record.line,
                        record.tier.name(),
                        record.message,
                        record.function,
                        record.rule
                    )?;
                }
            }
        }
        writeln!(
            out,
            "{} new, {} fixed, {} gone with their function, {} still present",
            self.new.len(),
            self.fixed.len(),
            self.function_gone.len(),
            self.present.len()
        )
    }
}

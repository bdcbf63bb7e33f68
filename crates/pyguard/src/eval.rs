//! How many known bugs a report finds, by category, subtype and difficulty, and which known non-bugs it flags.

use crate::finding::{Category, Tier};
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// How near a finding's line must be to a label's, when the file's rule does not say.
const LINES_NEAR: u32 = 15;

/// A file of labels.
#[derive(Debug, Deserialize)]
pub struct Labels {
    #[serde(default)]
    meta: Meta,
    entries: Vec<Label>,
    #[serde(default)]
    negatives: Vec<Label>,
}

#[derive(Debug, Default, Deserialize)]
struct Meta {
    /// The rule by which findings match labels, in words; the count of lines is read out of it.
    #[serde(default)]
    matching: String,
}

/// A known bug, or a place that looks like one and is none.
#[derive(Clone, Debug, Deserialize)]
pub struct Label {
    pub id: String,
    pub file: String,
    pub function: String,
    pub line: u32,
    pub category: Category,
    #[serde(default)]
    pub subtype: Option<String>,
    #[serde(default)]
    pub difficulty: Option<String>,
    #[serde(default)]
    pub reason: String,
}

/// What came out.
#[derive(Debug, Serialize)]
pub struct Evaluation {
    pub found: Vec<String>,
    pub missed: Vec<String>,
    /// Known non-bugs that are flagged.
    pub flagged: Vec<String>,
    /// Found and all, by the name of each group.
    pub by_category: BTreeMap<String, (usize, usize)>,
    pub by_subtype: BTreeMap<String, (usize, usize)>,
    pub by_difficulty: BTreeMap<String, (usize, usize)>,
    pub negatives: usize,
    pub findings: usize,
}

impl Labels {
    pub fn read(path: &Path) -> Result<Labels, String> {
        let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_slice(&text)
            .map_err(|error| format!("{}: no labels: {error}", path.display()))
    }

    /// "… within 15 lines …": the count before the word "lines".
    fn lines_near(&self) -> u32 {
        let words: Vec<&str> = self.meta.matching.split_whitespace().collect();
        words
            .windows(3)
            .find(|words| words[0] == "within" && words[2].starts_with("line"))
            .and_then(|words| words[1].parse().ok())
            .unwrap_or(LINES_NEAR)
    }

    /// The folders at the top of the files that are labelled: what has to be scanned.
    pub fn folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = self
            .entries
            .iter()
            .chain(&self.negatives)
            .filter_map(|label| {
                label
                    .file
                    .split_once('/')
                    .map(|(folder, _)| folder.to_owned())
            })
            .collect();
        folders.sort();
        folders.dedup();
        folders
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|label| label.file.as_str())
    }
}

/// File, function and category are equal, and the line is near or the subtype is the same.
fn matches(label: &Label, record: &Record, near: u32) -> bool {
    label.file == record.file
        && label.function == record.function
        && label.category == record.category
        && (label.line.abs_diff(record.line) <= near
            || label
                .subtype
                .as_ref()
                .is_some_and(|subtype| *subtype == record.subtype))
}

/// Evaluates the findings that are at least of `tier`.
pub fn evaluate(labels: &Labels, findings: &[Record], tier: Tier) -> Evaluation {
    let near = labels.lines_near();
    let shown: Vec<&Record> = findings
        .iter()
        .filter(|record| record.tier <= tier)
        .collect();
    let hit = |label: &Label| shown.iter().any(|record| matches(label, record, near));
    let mut evaluation = Evaluation {
        found: Vec::new(),
        missed: Vec::new(),
        flagged: Vec::new(),
        by_category: BTreeMap::new(),
        by_subtype: BTreeMap::new(),
        by_difficulty: BTreeMap::new(),
        negatives: labels.negatives.len(),
        findings: shown.len(),
    };
    for label in &labels.entries {
        let found = hit(label);
        let list = if found {
            &mut evaluation.found
        } else {
            &mut evaluation.missed
        };
        list.push(label.id.clone());
        let unnamed = || "none".to_owned();
        for (table, name) in [
            (
                &mut evaluation.by_category,
                label.category.name().to_owned(),
            ),
            (
                &mut evaluation.by_subtype,
                label.subtype.clone().unwrap_or_else(unnamed),
            ),
            (
                &mut evaluation.by_difficulty,
                label.difficulty.clone().unwrap_or_else(unnamed),
            ),
        ] {
            let counts = table.entry(name).or_default();
            counts.0 += usize::from(found);
            counts.1 += 1;
        }
    }
    evaluation.flagged = labels
        .negatives
        .iter()
        .filter(|label| hit(label))
        .map(|label| label.id.clone())
        .collect();
    evaluation
}

impl Evaluation {
    pub fn write(&self, out: &mut dyn Write, labels: &Labels, details: bool) -> io::Result<()> {
        let all = self.found.len() + self.missed.len();
        writeln!(out, "{:<26} {:>5} {:>5}  recall", "", "found", "of")?;
        let row = |out: &mut dyn Write, name: &str, found: usize, all: usize| {
            let recall = if all == 0 {
                0.0
            } else {
                100.0 * found as f64 / all as f64
            };
            writeln!(out, "  {name:<24} {found:>5} {all:>5} {recall:>5.1} %")
        };
        for (title, table) in [
            ("by category", &self.by_category),
            ("by subtype", &self.by_subtype),
            ("by difficulty", &self.by_difficulty),
        ] {
            writeln!(out, "{title}")?;
            for (name, (found, all)) in table {
                row(out, name, *found, *all)?;
            }
        }
        row(out, "all", self.found.len(), all)?;
        writeln!(
            out,
            "\n{} of {} known non-bugs flagged{}{}; {} findings in all",
            self.flagged.len(),
            self.negatives,
            if self.flagged.is_empty() { "" } else { ": " },
            self.flagged.join(", "),
            self.findings
        )?;
        if details {
            for label in labels
                .entries
                .iter()
                .filter(|label| self.missed.contains(&label.id))
            {
                writeln!(
                    out,
                    "missed {} {}:{} {} {}/{}: {}",
                    label.id,
                    label.file,
                    label.line,
                    label.function,
                    label.category.name(),
                    label.subtype.as_deref().unwrap_or(""),
                    label.reason
                )?;
            }
        }
        Ok(())
    }
}

//! A rule's page: one text for `pyguard explain`, for the documentation and for the help of code scanning services.

use crate::rules::{self, Rule};
use std::fmt::Write;
use std::io;
use std::path::Path;

/// The page of a rule, in Markdown.
pub fn page(rule: &Rule) -> String {
    let mut page = String::new();
    let subtypes: Vec<String> = rule
        .subtypes
        .iter()
        .map(|subtype| format!("`{subtype}`"))
        .collect();
    // Writing into a string does not fail.
    let _ = write!(
        page,
        "# {}: {}\n\n{}\n\n\
         | | |\n|---|---|\n\
         | category | `{}` |\n\
         | weakness | [CWE-{}](https://cwe.mitre.org/data/definitions/{}.html) |\n\
         | tier unless something makes it surer or less sure | {} |\n\
         | subtypes | {} |\n\n\
         ## Why it is bad\n\n{}\n\n\
         ## Example\n\n```c\n{}\n```\n\n\
         Without the defect:\n\n```c\n{}\n```\n\n\
         ## How to repair it\n\n{}\n\n\
         ## How to suppress it\n\n\
         `/* pyguard: ignore[{}] reason */` on the line of the finding, or alone on the line before it. The reason is a must.\n",
        rule.id,
        rule.name,
        rule.summary.trim(),
        rule.category.name(),
        rule.cwe,
        rule.cwe,
        rule.tier.name(),
        subtypes.join(", "),
        rule.why.trim(),
        rule.example_bad.trim_matches('\n').trim_end(),
        rule.example_good.trim_matches('\n').trim_end(),
        rule.fix.trim(),
        rule.id,
    );
    page
}

/// The list of all rules, in Markdown: the documentation's index of pages.
pub fn index() -> String {
    let mut index = String::from(
        "# Rules\n\n| rule | category | weakness | what it reports |\n|---|---|---|---|\n",
    );
    for rule in rules::ALL {
        let _ = writeln!(
            index,
            "| [{0}]({0}.md) | {1} | CWE-{2} | {3} |",
            rule.id,
            rule.category.name(),
            rule.cwe,
            rule.summary.trim().replace('\n', " "),
        );
    }
    index
}

/// Writes the page of every rule, and their index, into a folder; pages of rules that are gone are removed.
pub fn write_pages(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            std::fs::remove_file(path)?;
        }
    }
    for rule in rules::ALL {
        std::fs::write(folder.join(format!("{}.md", rule.id)), page(rule))?;
    }
    std::fs::write(folder.join("README.md"), index())
}

/// The rule whose id is nearest to a word that is none, for "did you mean".
pub fn nearest(word: &str) -> Option<&'static str> {
    rules::ALL
        .iter()
        .map(|rule| (distance(rule.id, word), rule.id))
        .filter(|(distance, id)| *distance <= id.len() / 2)
        .min()
        .map(|(_, id)| id)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("abc", "abd"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}

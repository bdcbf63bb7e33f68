//! Lists of what is known to fail: one name a line, `#` begins a comment. Both directions count: a new failure fails the run, and so does a pass that
//! is still on the list, so that the list only says true things.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// The names on a list; a list that isn't there is empty.
pub fn load(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| line.split('#').next().unwrap_or("").trim())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Writes a list anew, keeping the comment lines at its head.
pub fn store(path: &Path, names: &BTreeSet<String>) -> io::Result<()> {
    let old = std::fs::read_to_string(path).unwrap_or_default();
    let mut text: String = old
        .lines()
        .take_while(|line| line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    for name in names {
        text.push_str(name);
        text.push('\n');
    }
    std::fs::write(path, text)
}

/// The verdict on a run of a suite.
#[derive(Debug, Default)]
pub struct Verdict {
    pub passed: usize,
    pub expected_failures: usize,
    pub regressions: Vec<String>,
    pub unexpected_passes: Vec<String>,
}

impl Verdict {
    /// Compares results (name, passed) with the list.
    pub fn of<'a>(
        results: impl IntoIterator<Item = (&'a str, bool)>,
        expected: &BTreeSet<String>,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        for (name, passed) in results {
            match (passed, expected.contains(name)) {
                (true, false) => verdict.passed += 1,
                (true, true) => verdict.unexpected_passes.push(name.to_owned()),
                (false, true) => verdict.expected_failures += 1,
                (false, false) => verdict.regressions.push(name.to_owned()),
            }
        }
        verdict
    }

    pub fn ok(&self) -> bool {
        self.regressions.is_empty() && self.unexpected_passes.is_empty()
    }

    /// Prints the surprises and the closing line.
    pub fn print(&self, suite: &str) {
        for name in &self.unexpected_passes {
            println!("unexpected pass: {name} (take it off the list of expected failures)");
        }
        for name in &self.regressions {
            println!("FAILED: {name}");
        }
        println!(
            "{suite}: {} passed, {} failed ({} expected failures, {} unexpected passes)",
            self.passed + self.unexpected_passes.len(),
            self.regressions.len(),
            self.expected_failures,
            self.unexpected_passes.len()
        );
    }
}

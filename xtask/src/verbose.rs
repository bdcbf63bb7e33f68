//! Reads the output of `python -m unittest -v`: which test method ended how.
//!
//! A test's own output may come between its name and its status, so a method without a status of its own counts as passed only when the run went on to
//! another method or to the summary; failures and errors are taken from the summary, and from the status lines where a crash cut the summary off.

use std::collections::BTreeMap;

/// How a test method ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Pass,
    Fail,
    Error,
    Skipped,
    /// Marked by the test itself as an expected failure, and it failed: counts as a pass.
    ExpectedFailure,
    UnexpectedSuccess,
    /// The process ended in it.
    Unfinished,
}

impl Status {
    pub fn passes(self) -> bool {
        matches!(self, Status::Pass | Status::ExpectedFailure)
    }

    pub fn letter(self) -> char {
        match self {
            Status::Pass => 'P',
            Status::Fail => 'F',
            Status::Error => 'E',
            Status::Skipped => 'S',
            Status::ExpectedFailure => 'x',
            Status::UnexpectedSuccess => 'U',
            Status::Unfinished => '!',
        }
    }
}

/// What one test file gave.
#[derive(Debug, Default)]
pub struct Report {
    pub methods: BTreeMap<String, Status>,
    /// The whole module was skipped or could not be imported, with the last line that says why.
    pub not_run: Option<String>,
    /// The summary was reached.
    pub complete: bool,
}

/// `name (test.test_x.Class.name)` → `Class.name`; None when the line is no such thing.
fn method_name(line: &str, module: &str) -> Option<String> {
    let (name, rest) = line.split_once(" (")?;
    let path = rest.split(')').next()?;
    if name.is_empty() || name.contains(' ') || !rest.contains(')') {
        return None;
    }
    let inner = match path.strip_prefix(module) {
        Some("") => "",
        Some(inner) => inner.strip_prefix('.')?,
        // A doctest or a shared base may live elsewhere; only paths of the test package count.
        None if path.starts_with("test.") || path.starts_with("unittest.loader._FailedTest") => {
            path
        }
        None => return None,
    };
    if inner == name || inner.ends_with(&format!(".{name}")) {
        return Some(inner.to_owned());
    }
    Some(if inner.is_empty() {
        name.to_owned()
    } else {
        format!("{inner}.{name}")
    })
}

fn status_of(text: &str) -> Option<Status> {
    let text = text.trim();
    Some(match text {
        "ok" => Status::Pass,
        "FAIL" => Status::Fail,
        "ERROR" => Status::Error,
        "expected failure" => Status::ExpectedFailure,
        "unexpected success" => Status::UnexpectedSuccess,
        _ if text.starts_with("skipped ") => Status::Skipped,
        _ => return None,
    })
}

/// Which of two statuses counts: subtests report several times for one method.
fn worse(a: Status, b: Status) -> Status {
    let rank = |status| match status {
        Status::Unfinished => 0,
        Status::Skipped => 1,
        Status::Pass => 2,
        Status::ExpectedFailure => 3,
        Status::UnexpectedSuccess => 4,
        Status::Fail => 5,
        Status::Error => 6,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// Reads a whole stderr of a run of `module` (such as `test.test_int`).
pub fn read(stderr: &str, module: &str) -> Report {
    let mut report = Report::default();
    let mut current: Option<String> = None;
    let mut in_summary = false;
    for line in stderr.lines() {
        let rule = line.starts_with("======") || line.starts_with("------");
        if let Some(title) = line
            .strip_prefix("ERROR: ")
            .map(|t| (t, Status::Error))
            .or_else(|| line.strip_prefix("FAIL: ").map(|t| (t, Status::Fail)))
            && let Some(name) = method_name(title.0, module)
        {
            let old = report.methods.get(&name).copied().unwrap_or(Status::Pass);
            report.methods.insert(name, worse(old, title.1));
            continue;
        }
        if rule && !in_summary && line.starts_with("======") {
            in_summary = true;
            finish(&mut report, &mut current, Status::Pass);
        }
        if let Some(rest) = line.strip_prefix("Ran ")
            && rest.contains(" test")
            && rest.contains(" in ")
        {
            finish(&mut report, &mut current, Status::Pass);
            report.complete = true;
            if rest.starts_with("0 ") && report.methods.is_empty() {
                report.not_run = Some("no tests ran".to_owned());
            }
        }
        if in_summary {
            continue;
        }
        if let Some(name) = method_name(line.trim_start(), module) {
            let subtest = line.starts_with("  ");
            if current.as_deref() != Some(name.as_str()) {
                finish(&mut report, &mut current, Status::Pass);
            }
            match line
                .rsplit_once(" ... ")
                .and_then(|(_, text)| status_of(text))
            {
                Some(status) => {
                    let old = report
                        .methods
                        .get(&name)
                        .copied()
                        .unwrap_or(Status::Unfinished);
                    report.methods.insert(name, worse(old, status));
                    current = None;
                }
                None if subtest => {}
                None => {
                    report
                        .methods
                        .entry(name.clone())
                        .or_insert(Status::Unfinished);
                    current = Some(name);
                }
            }
        } else if let Some(name) = &current {
            let text = line.rsplit_once(" ... ").map_or(line, |(_, text)| text);
            // The test's own output may stand before its status on the same line.
            let status = status_of(text).or_else(|| {
                ["ok", "FAIL", "ERROR"]
                    .iter()
                    .find(|word| text.ends_with(**word))
                    .and_then(|word| status_of(word))
            });
            if let Some(status) = status {
                let old = report
                    .methods
                    .get(name)
                    .copied()
                    .unwrap_or(Status::Unfinished);
                report.methods.insert(name.clone(), worse(old, status));
                current = None;
            }
        }
    }
    if let Some(key) = report
        .methods
        .keys()
        .find(|key| key.starts_with("unittest.loader._FailedTest"))
        .cloned()
    {
        report.methods.remove(&key);
        let why = stderr
            .lines()
            .rev()
            .find(|line| line.contains("Error: ") || line.contains("Error:"))
            .unwrap_or("import failure");
        report.not_run = Some(why.trim().to_owned());
    }
    report
}

fn finish(report: &mut Report, current: &mut Option<String>, status: Status) {
    if let Some(name) = current.take() {
        let slot = report.methods.entry(name).or_insert(status);
        if *slot == Status::Unfinished {
            *slot = status;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
test_a (test.test_x.C.test_a) ... ok
test_b (test.test_x.C.test_b)
Has a docstring. ... FAIL
test_c (test.test_x.C.test_c) ... some output
ok
test_d (test.test_x.C.test_d) ... skipped 'because'
setUpClass (test.test_x.D) ... ERROR
test_e (test.test_x.C.test_e) ... 
  test_e (test.test_x.C.test_e) (i=1) ... FAIL
test_f (test.test_x.C.test_f) ... expected failure

======================================================================
ERROR: setUpClass (test.test_x.D)
----------------------------------------------------------------------
FAIL: test_b (test.test_x.C.test_b)
FAIL: test_e (test.test_x.C.test_e) (i=1)

----------------------------------------------------------------------
Ran 6 tests in 0.001s
";

    #[test]
    fn statuses() {
        let report = read(TEXT, "test.test_x");
        let letters: String = report
            .methods
            .values()
            .map(|status| status.letter())
            .collect();
        assert_eq!(
            report.methods.keys().cloned().collect::<Vec<_>>().join(" "),
            "C.test_a C.test_b C.test_c C.test_d C.test_e C.test_f D.setUpClass"
        );
        assert_eq!(letters, "PFPSFxE");
        assert!(report.complete);
    }

    #[test]
    fn a_cut_run_leaves_its_method_unfinished() {
        let report = read(
            "test_a (test.test_x.C.test_a) ... ok\ntest_b (test.test_x.C.test_b) ... ",
            "test.test_x",
        );
        assert_eq!(report.methods["C.test_b"], Status::Unfinished);
        assert!(!report.complete);
    }
}

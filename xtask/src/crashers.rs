//! The crashers: programs that brought other interpreters down. Each must end by itself, with exit status 0 or 1, within 20 s of processor time, under a
//! 3 GiB data limit: no signal, no panic, no hang. What they print doesn't matter.

use crate::expectations::{self, Verdict};
use crate::process::{self, Ended, Limits, Run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// The wall limit is longer than the processor-time limit: the machine may be busy, and some of these wait for threads.
const LIMITS: Limits = Limits {
    wall: Duration::from_secs(90),
    cpu_s: Some(20),
    data_kib: Some(3 << 20),
};

pub fn folder() -> PathBuf {
    crate::root().join("tests").join("crashers")
}

/// An empty text means that the program ended as it should.
pub fn check(path: &Path, interpreter: &Path) -> String {
    // They run in a folder of their own, since some of them write files.
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let scratch =
        std::env::temp_dir().join(format!("mesapy-crashers-{}-{name}", std::process::id()));
    if let Err(error) = fs::create_dir_all(&scratch) {
        return format!("cannot make a scratch folder: {error}");
    }
    let outcome = Run::new(interpreter, &scratch).arg(path).output(LIMITS);
    let _ = fs::remove_dir_all(&scratch);
    match outcome {
        Err(error) => format!("cannot run {}: {error}", interpreter.display()),
        Ok(outcome) if outcome.stderr.contains("panicked at") => {
            format!("a panic: {}", last_line(&outcome.stderr, "panicked at"))
        }
        Ok(outcome) => match outcome.ended {
            Ended::Exit(0 | 1) => String::new(),
            ended => format!("{ended}: {}", last_line(&outcome.stderr, "")),
        },
    }
}

fn last_line(text: &str, with: &str) -> String {
    text.lines()
        .rev()
        .find(|line| line.contains(with) && !line.trim().is_empty())
        .unwrap_or("")
        .chars()
        .take(200)
        .collect()
}

/// Runs all crashers whose name contains `filter`; true when everything is as the expectations say.
pub fn suite(interpreter: &Path, filter: &str, jobs: usize, record: bool) -> io::Result<bool> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    paths.retain(|path| {
        path.extension().is_some_and(|ending| ending == "py")
            && path.to_string_lossy().contains(filter)
    });
    paths.sort();
    let list = folder().join("expected_failures.txt");
    let known = expectations::load(&list);
    let stem = |path: &PathBuf| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let reports = process::parallel(
        jobs,
        &paths,
        |path| check(path, interpreter),
        |path, report| {
            if !report.is_empty() && !known.contains(&stem(path)) {
                println!("{}: {report}", stem(path));
            }
        },
    );
    let names: Vec<String> = paths.iter().map(stem).collect();
    let results: Vec<(&str, bool)> = names
        .iter()
        .map(String::as_str)
        .zip(reports.iter().map(String::is_empty))
        .collect();
    if record {
        let failing: BTreeSet<String> = results
            .iter()
            .filter(|(_, passed)| !passed)
            .map(|(name, _)| (*name).to_owned())
            .collect();
        expectations::store(&list, &failing)?;
        Verdict::of(results, &failing).print("crashers");
        return Ok(true);
    }
    let verdict = Verdict::of(results, &known);
    verdict.print("crashers");
    Ok(verdict.ok())
}

//! The language suite: Python programs under `tests/lang`, each with the output that CPython 3.14 gave (`NAME.out`; `NAME.err` too where the program
//! ends with an error or writes to stderr).
//!
//! A program is one file; folders that begin with `_` hold what programs import. A first line may say `# stress: skip (reason)` where a collection at every
//! safepoint would take hours (a million frames, each scanned a million times).

use crate::expectations::{self, Verdict};
use crate::process::{self, Ended, Limits, Outcome, Run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// How the interpreter is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Normal,
    /// Everything compiled to machine code at once.
    Eager,
    /// The same with a collection at every safepoint, and freed memory poisoned.
    Stress,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Normal => "normal",
            Mode::Eager => "eager",
            Mode::Stress => "stress",
        }
    }
}

const LIMITS: Limits = Limits {
    wall: Duration::from_secs(60),
    cpu_s: None,
    data_kib: Some(8 << 20),
};
/// Lines of a difference that are shown.
const DIFF_LINES_MAX: usize = 12;

/// One program of the suite.
#[derive(Debug, Clone)]
pub struct Program {
    /// The path below `tests/lang` without its ending, such as `core/closures`.
    pub name: String,
    pub path: PathBuf,
}

pub fn folder() -> PathBuf {
    crate::root().join("tests").join("lang")
}

pub fn expected_failures() -> PathBuf {
    folder().join("expected_failures.txt")
}

/// All programs whose name contains `filter`, in order of their names.
pub fn programs(filter: &str) -> io::Result<Vec<Program>> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<Program>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('_') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), found)?;
            } else if let Some(stem) = name.strip_suffix(".py") {
                found.push(Program {
                    name: format!("{prefix}{stem}"),
                    path: entry.path(),
                });
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(&folder(), "", &mut found)?;
    found.retain(|program| program.name.contains(filter));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// What a run must give: stdout, and where a `.err` file is there also the status and stderr; else status 0 and nothing on stderr.
#[derive(Debug, PartialEq, Eq)]
pub struct Expected {
    pub stdout: String,
    pub error: String,
}

/// The text of a `.err` file: the status on the first line, then stderr.
fn error_text(outcome: &Outcome, folder: &Path) -> String {
    match outcome.ended {
        Ended::Exit(0) if outcome.stderr.is_empty() => String::new(),
        ended => format!("{ended}\n{}", normalise(&outcome.stderr, folder)),
    }
}

fn expected(program: &Program) -> io::Result<Expected> {
    let error = fs::read_to_string(program.path.with_extension("err")).unwrap_or_default();
    Ok(Expected {
        stdout: fs::read_to_string(program.path.with_extension("out"))?,
        error,
    })
}

/// Takes out of a text what differs between machines: the folder of the program, and addresses.
pub fn normalise(text: &str, folder: &Path) -> String {
    let text = text.replace(&format!("{}/", folder.display()), "");
    let mut result = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("0x") {
        let digits = rest[at + 2..]
            .bytes()
            .take_while(u8::is_ascii_hexdigit)
            .count();
        result.push_str(&rest[..at]);
        if digits >= 6 {
            result.push_str("0x…");
        } else {
            result.push_str(&rest[at..at + 2 + digits]);
        }
        rest = &rest[at + 2 + digits..];
    }
    result.push_str(rest);
    result
}

fn run(program: &Program, interpreter: &Path, mode: Mode) -> io::Result<Outcome> {
    let folder = program.path.parent().unwrap_or(Path::new("."));
    let mut run = Run::new(interpreter, folder);
    if mode != Mode::Normal {
        run = run.arg("-X").arg("jit=eager");
    }
    if mode == Mode::Stress {
        run = run.arg("-X").arg("gc-stress");
    }
    run.arg(program.path.file_name().unwrap_or_default())
        .output(LIMITS)
}

/// Runs one program; an empty text means that it passed, else it says what differs.
pub fn check(program: &Program, interpreter: &Path, mode: Mode) -> String {
    let expected = match expected(program) {
        Ok(expected) => expected,
        Err(error) => {
            return format!("no recorded output ({error}); record it with `cargo xtask bless`");
        }
    };
    let outcome = match run(program, interpreter, mode) {
        Ok(outcome) => outcome,
        Err(error) => return format!("cannot run {}: {error}", interpreter.display()),
    };
    let mut report = String::new();
    match outcome.ended {
        Ended::Exit(_) => {}
        ended => report.push_str(&format!("{ended}\n")),
    }
    if outcome.stderr.contains("panicked at") {
        report.push_str("a panic\n");
    }
    if outcome.stdout != expected.stdout {
        report.push_str(&diff("stdout", &expected.stdout, &outcome.stdout));
    }
    let folder = program.path.parent().unwrap_or(Path::new("."));
    let error = error_text(&outcome, folder);
    if error != expected.error {
        report.push_str(&diff("status and stderr", &expected.error, &error));
    }
    report
}

/// The first lines that differ: what was expected (-), what came (+).
fn diff(title: &str, expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..]
        .iter()
        .rev()
        .zip(new[same..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut text = format!("--- {title}, from line {}\n", same + 1);
    for (sign, lines) in [
        ('-', &old[same..old.len() - tail]),
        ('+', &new[same..new.len() - tail]),
    ] {
        for line in lines.iter().take(DIFF_LINES_MAX) {
            let line: String = line.chars().take(200).collect();
            text.push_str(&format!("{sign} {line}\n"));
        }
        if lines.len() > DIFF_LINES_MAX {
            text.push_str(&format!(
                "{sign} … {} more lines\n",
                lines.len() - DIFF_LINES_MAX
            ));
        }
    }
    text
}

fn runs_under_stress(program: &Program) -> bool {
    !fs::read_to_string(&program.path)
        .unwrap_or_default()
        .starts_with("# stress: skip")
}

/// Options of a run of the suite.
pub struct Options<'a> {
    pub interpreter: &'a Path,
    pub modes: &'a [Mode],
    pub filter: &'a str,
    pub jobs: usize,
    /// Write the list of expected failures anew instead of comparing with it.
    pub record: bool,
    /// Show the difference of expected failures too.
    pub all: bool,
}

/// Runs the suite; true when everything is as the list of expected failures says.
pub fn suite(options: &Options) -> io::Result<bool> {
    let mut work = Vec::new();
    for program in programs(options.filter)? {
        for &mode in options.modes {
            if mode != Mode::Stress || runs_under_stress(&program) {
                work.push((
                    format!("{} {}", mode.name(), program.name),
                    program.clone(),
                    mode,
                ));
            }
        }
    }
    let known = expectations::load(&expected_failures());
    let reports = process::parallel(
        options.jobs,
        &work,
        |(_, program, mode)| check(program, options.interpreter, *mode),
        |(name, ..), report| {
            if !report.is_empty() && (options.all || !known.contains(name)) {
                println!("{name}\n{report}");
            }
        },
    );
    let results: Vec<(&str, bool)> = work
        .iter()
        .map(|(name, ..)| name.as_str())
        .zip(reports.iter().map(String::is_empty))
        .collect();
    if options.record {
        let ran: BTreeSet<&str> = results.iter().map(|(name, _)| *name).collect();
        let mut list: BTreeSet<String> = known
            .iter()
            .filter(|name| !ran.contains(name.as_str()))
            .cloned()
            .collect();
        list.extend(
            results
                .iter()
                .filter(|(_, passed)| !passed)
                .map(|(name, _)| (*name).to_owned()),
        );
        expectations::store(&expected_failures(), &list)?;
        Verdict::of(results, &list).print("language suite");
        return Ok(true);
    }
    let verdict = Verdict::of(results, &known);
    verdict.print("language suite");
    Ok(verdict.ok())
}

/// Records the expected output of every program from the reference interpreter.
pub fn bless(reference: &Path, filter: &str, jobs: usize) -> io::Result<bool> {
    let programs = programs(filter)?;
    let results = process::parallel(
        jobs,
        &programs,
        |program| bless_one(program, reference),
        |_, _| {},
    );
    let mut fine = true;
    for (program, result) in programs.iter().zip(results) {
        if let Err(error) = result {
            println!("{}: {error}", program.name);
            fine = false;
        }
    }
    println!("{} programs recorded", programs.len());
    Ok(fine)
}

fn bless_one(program: &Program, reference: &Path) -> io::Result<()> {
    let outcome = run(program, reference, Mode::Normal)?;
    if !matches!(outcome.ended, Ended::Exit(_)) {
        return Err(io::Error::other(format!(
            "the reference: {}",
            outcome.ended
        )));
    }
    let folder = program.path.parent().unwrap_or(Path::new("."));
    fs::write(program.path.with_extension("out"), &outcome.stdout)?;
    let error = error_text(&outcome, folder);
    let path = program.path.with_extension("err");
    if !error.is_empty() {
        return fs::write(path, error);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_folders_are_taken_out() {
        let text = normalise(
            "File \"/a/b/x.py\", <f at 0x7f12ab34cd> 0x1f",
            Path::new("/a/b"),
        );
        assert_eq!(text, "File \"x.py\", <f at 0x…> 0x1f");
    }

    #[test]
    fn a_difference_shows_only_what_differs() {
        assert_eq!(
            diff("stdout", "a\nb\nc\n", "a\nx\nc\n"),
            "--- stdout, from line 2\n- b\n+ x\n"
        );
    }
}

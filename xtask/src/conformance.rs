//! CPython's own test files, unmodified: each in a process of its own as `-m unittest -v test.test_x`, judged method by method.
//!
//! `tests/conformance/files.txt` lists the files, `reference.txt` how many methods of each the reference interpreter runs (so that a file that can't
//! be imported counts with all its methods), `expected.txt` what doesn't pass yet. `support/` holds stand-ins for modules that exist only to test
//! CPython's C code; one is put on the path only where the interpreter has no such module itself.

use crate::process::{self, Ended, Limits, Run};
use crate::verbose::{self, Report, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

/// What `cargo xtask conformance` was asked to do.
pub struct Options {
    /// The folder that holds the package `test`.
    pub library: PathBuf,
    pub interpreter: PathBuf,
    pub files: Vec<String>,
    pub jobs: usize,
    pub timeout: Duration,
    /// Write `expected.txt` anew.
    pub record: bool,
    /// The interpreter is the reference: write `reference.txt` anew.
    pub reference: bool,
    /// Show the end of what each bad file printed.
    pub logs: Option<PathBuf>,
}

/// How the process of a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whole {
    Ran,
    NotRun(String),
    Hang,
    Panic(String),
    Crash(String),
}

impl Whole {
    fn word(&self) -> &'static str {
        match self {
            Whole::Ran => "",
            Whole::NotRun(_) => "not-run",
            Whole::Hang => "hang",
            Whole::Panic(_) => "panic",
            Whole::Crash(_) => "crash",
        }
    }

    fn detail(&self) -> &str {
        match self {
            Whole::Ran | Whole::Hang => "",
            Whole::NotRun(why) | Whole::Panic(why) | Whole::Crash(why) => why,
        }
    }
}

struct FileResult {
    name: String,
    whole: Whole,
    methods: BTreeMap<String, Status>,
    seconds: f64,
}

impl FileResult {
    fn count(&self, of: impl Fn(Status) -> bool) -> usize {
        self.methods.values().filter(|status| of(**status)).count()
    }
    fn passed(&self) -> usize {
        self.count(Status::passes)
    }
    fn skipped(&self) -> usize {
        self.count(|status| status == Status::Skipped)
    }
    fn failing(&self) -> impl Iterator<Item = (&String, Status)> {
        self.methods
            .iter()
            .filter(|(_, status)| !status.passes() && **status != Status::Skipped)
            .map(|(name, status)| (name, *status))
    }
    /// Methods that count: all that the reference runs (or more, if more were seen here), without those skipped here.
    fn total(&self, reference: &BTreeMap<String, usize>) -> usize {
        let seen = self.methods.len() - self.skipped();
        let known = reference.get(&self.name).copied().unwrap_or(0);
        seen.max(known.saturating_sub(self.skipped()))
    }
}

pub fn folder() -> PathBuf {
    crate::root().join("tests").join("conformance")
}

/// The files of the list, or those named on the command line.
fn files(options: &Options) -> io::Result<Vec<String>> {
    if !options.files.is_empty() {
        return Ok(options.files.clone());
    }
    Ok(fs::read_to_string(folder().join("files.txt"))?
        .split_whitespace()
        .map(str::to_owned)
        .collect())
}

/// Makes a folder from which the package `test`, and the stand-ins that this interpreter lacks, can be imported.
fn make_path(options: &Options) -> io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("mesapy-conformance-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path)?;
    let tests = fs::canonicalize(options.library.join("test"))?;
    std::os::unix::fs::symlink(tests, path.join("test"))?;
    for entry in fs::read_dir(folder().join("support")).into_iter().flatten() {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(module) = file.strip_suffix(".py") else {
            continue;
        };
        let probe = Run::new(&options.interpreter, &path)
            .arg("-c")
            .arg(format!("import {module}"));
        let limits = Limits {
            wall: Duration::from_secs(30),
            cpu_s: None,
            data_kib: None,
        };
        if !matches!(probe.output(limits)?.ended, Ended::Exit(0)) {
            fs::copy(entry.path(), path.join(&file))?;
        }
    }
    Ok(path)
}

/// Installs the interpreter in a folder of its own, with its embedded library as files beside it: tests look for sources and data there.
const UNPACK: &str = "\
import sys, os
try:
    from _mesapy_library import list, data
except ImportError:
    sys.exit(1)
def unpack(place, folder):
    os.makedirs(folder, exist_ok=True)
    for name, is_folder in list(place):
        below = place + '/' + name if place else name
        if is_folder:
            unpack(below, folder + '/' + name)
        else:
            with open(folder + '/' + name, 'wb') as f:
                f.write(data(below))
unpack('', sys._stdlib_dir)
os.symlink(sys.argv[1], sys._stdlib_dir + '/test')
";

/// The installed interpreter; the one that was asked for, if its library is files anyway.
fn install(options: &Options, path: &Path) -> io::Result<PathBuf> {
    let folder = path.join("prefix").join("bin");
    fs::create_dir_all(&folder)?;
    let name = options.interpreter.file_name().unwrap_or_default();
    let installed = folder.join(name);
    if fs::hard_link(&options.interpreter, &installed).is_err() {
        fs::copy(&options.interpreter, &installed)?;
    }
    let limits = Limits {
        wall: Duration::from_secs(120),
        cpu_s: None,
        data_kib: None,
    };
    let unpack = Run::new(&installed, path)
        .arg("-c")
        .arg(UNPACK)
        .arg(fs::canonicalize(options.library.join("test"))?);
    Ok(match unpack.output(limits)?.ended {
        Ended::Exit(0) => installed,
        _ => options.interpreter.clone(),
    })
}

fn run_file(
    name: &str,
    interpreter: &Path,
    options: &Options,
    path: &Path,
) -> io::Result<FileResult> {
    let started = Instant::now();
    let cwd = path.join(format!("cwd-{name}"));
    fs::create_dir_all(&cwd)?;
    let module = format!("test.{name}");
    let seconds = options.timeout.as_secs();
    let limits = Limits {
        wall: options.timeout * 2,
        cpu_s: Some(seconds),
        data_kib: Some(3 << 20),
    };
    let run = Run::new(interpreter, &cwd)
        .arg("-m")
        .arg("unittest")
        .arg("-v")
        .arg(&module)
        .env("PYTHONPATH", path);
    let outcome = run.output(limits)?;
    if let Some(logs) = &options.logs {
        fs::create_dir_all(logs)?;
        fs::write(
            logs.join(format!("{name}.log")),
            format!("{}\n{}\n{}", outcome.stdout, outcome.stderr, outcome.ended),
        )?;
    }
    let Report {
        mut methods,
        not_run,
        complete,
    } = verbose::read(&outcome.stderr, &module);
    let panic = outcome
        .stderr
        .lines()
        .find(|line| line.contains("panicked at"));
    let last = || {
        outcome
            .stderr
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no output")
            .to_owned()
    };
    let whole = match (outcome.ended, panic) {
        (ended, _) if ended.is_hang() => Whole::Hang,
        (_, Some(line)) => Whole::Panic(line.trim().to_owned()),
        (Ended::Signal(signal), None) => Whole::Crash(format!("signal {signal}")),
        _ if not_run.is_some() => Whole::NotRun(not_run.unwrap_or_default()),
        _ if !complete && methods.is_empty() => Whole::NotRun(last()),
        _ if !complete => Whole::Crash(last()),
        _ => Whole::Ran,
    };
    if whole == Whole::Ran {
        // The run reached its summary, so nothing was cut off.
        for status in methods
            .values_mut()
            .filter(|status| **status == Status::Unfinished)
        {
            *status = Status::Pass;
        }
    }
    let _ = fs::remove_dir_all(&cwd);
    Ok(FileResult {
        name: name.to_owned(),
        whole,
        methods,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// What is expected not to pass, of one file: a word for the whole, the number of methods that never ran, the failing methods.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expectation {
    whole: String,
    missing: usize,
    methods: BTreeSet<String>,
}

/// One line a file (`test_x`, then `hang` or the like and `missing=N` where it applies), then a line for each method, indented.
fn load_expected() -> BTreeMap<String, Expectation> {
    let text = fs::read_to_string(folder().join("expected.txt")).unwrap_or_default();
    let mut result: BTreeMap<String, Expectation> = BTreeMap::new();
    let mut file = String::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        if let Some(method) = line.strip_prefix("  ") {
            let name = method.split_once(' ').map_or(method, |(_, name)| name);
            result
                .entry(file.clone())
                .or_default()
                .methods
                .insert(name.to_owned());
        } else {
            let mut words = line.split_whitespace();
            file = words.next().unwrap_or_default().to_owned();
            let entry = result.entry(file.clone()).or_default();
            for word in words {
                match word.strip_prefix("missing=") {
                    Some(number) => entry.missing = number.parse().unwrap_or(0),
                    None => entry.whole = word.to_owned(),
                }
            }
        }
    }
    result
}

fn load_reference() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(folder().join("reference.txt")).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, count)| Some((name.to_owned(), count.trim().parse().ok()?)))
        .collect()
}

const EXPECTED_HEAD: &str = "\
# What of CPython's own tests does not pass yet. Renewed by `cargo xtask conformance --record`.
# A file's line may say how the whole ended (not-run, crash, hang, panic) and how many methods never ran; then its methods: F failed, E error, ! cut off.
";

fn store_expected(results: &[FileResult], reference: &BTreeMap<String, usize>) -> io::Result<()> {
    let old = fs::read_to_string(folder().join("expected.txt")).unwrap_or_default();
    let mut blocks: BTreeMap<String, String> = BTreeMap::new();
    let mut file = String::new();
    for line in old
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        if !line.starts_with(' ') {
            file = line
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned();
        }
        blocks
            .entry(file.clone())
            .or_default()
            .push_str(&format!("{line}\n"));
    }
    for result in results {
        let missing = result
            .total(reference)
            .saturating_sub(result.methods.len() - result.skipped());
        let mut block = result.name.clone();
        if result.whole != Whole::Ran {
            block.push_str(&format!(" {}", result.whole.word()));
        }
        if missing > 0 {
            block.push_str(&format!(" missing={missing}"));
        }
        let plain = block == result.name;
        block.push('\n');
        for (name, status) in result.failing() {
            block.push_str(&format!("  {} {name}\n", status.letter()));
        }
        if plain && result.failing().next().is_none() {
            blocks.remove(&result.name);
        } else {
            blocks.insert(result.name.clone(), block);
        }
    }
    fs::write(
        folder().join("expected.txt"),
        format!(
            "{EXPECTED_HEAD}{}",
            blocks.into_values().collect::<String>()
        ),
    )
}

/// Compares one file with what is expected; each line returned is a surprise.
fn surprises(
    result: &FileResult,
    expected: &Expectation,
    reference: &BTreeMap<String, usize>,
) -> Vec<String> {
    let mut lines = Vec::new();
    let word = result.whole.word();
    if word != expected.whole {
        lines.push(match (word, expected.whole.as_str()) {
            ("", old) => format!(
                "{}: unexpectedly ran to its end (expected: {old})",
                result.name
            ),
            (new, old) => format!(
                "{}: {new} (expected: {}): {}",
                result.name,
                if old.is_empty() { "ran" } else { old },
                result.whole.detail()
            ),
        });
    }
    for (name, status) in result.failing() {
        if !expected.methods.contains(name) {
            lines.push(format!(
                "{}: regression ({}): {name}",
                result.name,
                status.letter()
            ));
        }
    }
    for name in &expected.methods {
        match result.methods.get(name) {
            Some(status) if status.passes() => {
                lines.push(format!("{}: unexpected pass: {name}", result.name))
            }
            _ => {}
        }
    }
    let missing = result
        .total(reference)
        .saturating_sub(result.methods.len() - result.skipped());
    if missing > expected.missing {
        lines.push(format!(
            "{}: {missing} methods never ran (expected: {})",
            result.name, expected.missing
        ));
    }
    lines
}

fn share(passed: usize, total: usize) -> f64 {
    if total == 0 {
        100.0
    } else {
        100.0 * passed as f64 / total as f64
    }
}

fn row(result: &FileResult, reference: &BTreeMap<String, usize>) -> String {
    let total = result.total(reference);
    let failed = result.count(|status| matches!(status, Status::Fail | Status::UnexpectedSuccess));
    let errors = result.count(|status| status == Status::Error);
    format!(
        "{:<28} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6.1} % {:>6.0} s  {} {}",
        result.name,
        total,
        result.passed(),
        failed,
        errors,
        result.skipped(),
        share(result.passed(), total),
        result.seconds,
        result.whole.word(),
        result.whole.detail().chars().take(100).collect::<String>()
    )
}

/// Runs the files; true when everything is as expected.
pub fn run(options: &Options) -> io::Result<bool> {
    let names = files(options)?;
    let path = make_path(options)?;
    let interpreter = install(options, &path)?;
    let reference = load_reference();
    println!(
        "{:<28} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8}",
        "file", "count", "pass", "fail", "error", "skip", "share"
    );
    let results = process::parallel(
        options.jobs,
        &names,
        |name| run_file(name, &interpreter, options, &path),
        |name, result| match result {
            Ok(result) => println!("{}", row(result, &reference)),
            Err(error) => println!("{name}: {error}"),
        },
    );
    let _ = fs::remove_dir_all(&path);
    let results: Vec<FileResult> = results.into_iter().collect::<io::Result<_>>()?;
    let (mut passed, mut total, mut skipped) = (0, 0, 0);
    let mut whole: BTreeMap<&str, usize> = BTreeMap::new();
    for result in &results {
        passed += result.passed();
        total += result.total(&reference);
        skipped += result.skipped();
        *whole.entry(result.whole.word()).or_default() += 1;
    }
    let mut words: Vec<String> = whole
        .iter()
        .filter(|(word, _)| !word.is_empty())
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    if words.is_empty() {
        words.push("all ran to their end".to_owned());
    }
    println!(
        "{} files ({}): {passed} of {total} methods pass, {:.2} % ({skipped} skipped)",
        results.len(),
        words.join(", "),
        share(passed, total)
    );
    if options.reference {
        let mut counts = reference.clone();
        counts.extend(
            results
                .iter()
                .map(|result| (result.name.clone(), result.passed())),
        );
        let text: String = counts
            .iter()
            .map(|(name, count)| format!("{name} {count}\n"))
            .collect();
        fs::write(folder().join("reference.txt"), text)?;
        return Ok(true);
    }
    if options.record {
        store_expected(&results, &reference)?;
        return Ok(true);
    }
    let expected = load_expected();
    let nothing = Expectation::default();
    let lines: Vec<String> = results
        .iter()
        .flat_map(|result| {
            surprises(
                result,
                expected.get(&result.name).unwrap_or(&nothing),
                &reference,
            )
        })
        .collect();
    for line in &lines {
        println!("{line}");
    }
    println!("conformance: {passed} passed, {} surprises", lines.len());
    Ok(lines.is_empty())
}

//! Benchmarks: processor time of whole processes, the best of several interleaved rounds, against any other interpreters; the outputs must agree.

use nix::sys::resource::{UsageWho, getrusage};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, str};

/// What `cargo xtask bench` was asked to do.
pub struct Options {
    pub interpreters: Vec<PathBuf>,
    pub names: Vec<String>,
    pub rounds: usize,
    pub memory: bool,
}

/// User and system time in seconds of all children that have ended so far.
fn children_s() -> io::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(io::Error::from)?;
    let (user, system) = (usage.user_time(), usage.system_time());
    Ok(user.tv_sec() as f64
        + system.tv_sec() as f64
        + (user.tv_usec() + system.tv_usec()) as f64 / 1e6)
}

/// Runs once; the processor time and what was printed.
fn time(interpreter: &Path, args: &[&str]) -> io::Result<(f64, String)> {
    let mut command = Command::new(interpreter);
    command.args(args).stdin(Stdio::null());
    crate::process::clean_environment(&mut command);
    command.env_remove("PYTHONDONTWRITEBYTECODE");
    let before = children_s()?;
    let output = command.output()?;
    let seconds = children_s()? - before;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = stderr.lines().last().unwrap_or("").to_owned();
        return Err(io::Error::other(format!("{}: {last}", output.status)));
    }
    Ok((
        seconds,
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

fn folder() -> PathBuf {
    crate::root().join("bench")
}

fn programs(names: &[String]) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder().join("programs"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    found.retain(|path| {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("");
        path.extension().is_some_and(|ending| ending == "py")
            && (names.is_empty() || names.iter().any(|name| name == stem))
    });
    found.sort();
    Ok(found)
}

fn heading(interpreters: &[PathBuf]) {
    for (index, interpreter) in interpreters.iter().enumerate() {
        println!(
            "[{index}] {}{}",
            interpreter.display(),
            if index == 0 {
                "  (the ratios are how many times as fast as this)"
            } else {
                ""
            }
        );
    }
}

/// Times every program on every interpreter; true when all ran and agreed.
fn speed(options: &Options) -> io::Result<bool> {
    heading(&options.interpreters);
    let mut fine = true;
    let mut logs: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut work: Vec<(String, Vec<String>)> = Vec::new();
    for path in programs(&options.names)? {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        work.push((stem, vec![path.to_string_lossy().into_owned()]));
    }
    if options.names.is_empty() || options.names.iter().any(|name| name == "start") {
        work.push(("start".to_owned(), vec!["-c".to_owned(), "pass".to_owned()]));
    }
    for (name, args) in &work {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut best = vec![f64::INFINITY; options.interpreters.len()];
        let mut outputs: Vec<Option<String>> = vec![None; options.interpreters.len()];
        for _ in 0..options.rounds.max(1) {
            for (index, interpreter) in options.interpreters.iter().enumerate() {
                match time(interpreter, &args) {
                    Ok((seconds, output)) => {
                        best[index] = best[index].min(seconds);
                        outputs[index] = Some(output);
                    }
                    Err(error) => {
                        println!("{name} [{index}]: {error}");
                        fine = false;
                    }
                }
            }
        }
        let mut line = format!("{name:<16}");
        for (index, seconds) in best.iter().enumerate() {
            if seconds.is_finite() {
                line.push_str(&format!("  {:>9.1} ms", seconds * 1000.0));
            } else {
                line.push_str("     failed   ");
            }
            if index > 0 && seconds.is_finite() && best[0].is_finite() {
                let ratio = best[0] / seconds.max(1e-6);
                line.push_str(&format!(" {ratio:>6.2}×"));
                if name != "start" {
                    logs.entry(index).or_default().push(ratio.ln());
                }
            }
        }
        if outputs
            .iter()
            .flatten()
            .any(|output| Some(output) != outputs.iter().flatten().next())
        {
            line.push_str("  OUTPUTS DIFFER");
            fine = false;
        }
        println!("{line}");
    }
    for (index, logs) in &logs {
        let mean = (logs.iter().sum::<f64>() / logs.len() as f64).exp();
        println!(
            "[{index}] geometric mean of {} programs: {mean:.2}×",
            logs.len()
        );
    }
    Ok(fine)
}

const MEMORY_NAMES: [&str; 4] = ["slots", "ints", "dict", "attributes"];

/// The increase of resident memory in MiB that each of the memory programs reports about itself.
fn memory(options: &Options) -> io::Result<bool> {
    heading(&options.interpreters);
    let program = folder().join("memory.py").to_string_lossy().into_owned();
    let mut fine = true;
    for name in MEMORY_NAMES {
        let mut line = format!("{name:<16}");
        let mut first = None;
        for interpreter in &options.interpreters {
            match time(interpreter, &[&program, name]) {
                Ok((_, output)) => {
                    let mib: f64 = output.trim().parse().unwrap_or(f64::NAN);
                    line.push_str(&format!("  {mib:>8.1} MiB"));
                    match first {
                        None => first = Some(mib),
                        Some(first) => line.push_str(&format!(" ({:.2} of it)", mib / first)),
                    }
                }
                Err(error) => {
                    line.push_str(&format!("  failed: {error}"));
                    fine = false;
                }
            }
        }
        println!("{line}");
    }
    Ok(fine)
}

pub fn run(options: &Options) -> io::Result<bool> {
    if options.memory {
        memory(options)
    } else {
        speed(options)
    }
}

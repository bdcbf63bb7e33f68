//! Runs interpreters: with limits on time and memory, with the output captured, and several at once.
//!
//! The limits are set by a small shell in between (`ulimit`), so this needs no unsafe code. Every child leads its own process group, and the whole
//! group is ended at the wall limit: a grandchild that holds the pipes open can't make us wait for ever.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What one run may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest time by the clock on the wall.
    pub wall: Duration,
    /// Longest processor time in seconds; the kernel ends the process with SIGXCPU.
    pub cpu_s: Option<u64>,
    /// Largest data segment in KiB (`ulimit -d`).
    pub data_kib: Option<u64>,
}

/// How a process came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

/// SIGXCPU: the processor-time limit was reached, which counts as a hang.
const SIGXCPU: i32 = 24;

impl Ended {
    /// A hang is a run that some time limit had to end.
    pub fn is_hang(self) -> bool {
        matches!(self, Ended::TimedOut | Ended::Signal(SIGXCPU))
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Signal(SIGXCPU) => write!(f, "ended at the processor-time limit"),
            Ended::Exit(code) => write!(f, "exit status {code}"),
            Ended::Signal(signal) => write!(f, "signal {signal}"),
            Ended::TimedOut => write!(f, "ended at the wall-clock limit"),
        }
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Outcome {
    pub ended: Ended,
    pub stdout: String,
    pub stderr: String,
}

/// One run to make: the interpreter, its arguments, where, and what is added to the environment.
#[derive(Clone, Debug)]
pub struct Run {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub cwd: PathBuf,
    pub env: Vec<(OsString, OsString)>,
    pub stdin: Vec<u8>,
}

impl Run {
    pub fn new(program: &Path, cwd: &Path) -> Run {
        Run {
            program: program.to_path_buf(),
            args: Vec::new(),
            cwd: cwd.to_path_buf(),
            env: Vec::new(),
            stdin: Vec::new(),
        }
    }

    pub fn arg(mut self, arg: impl Into<OsString>) -> Run {
        self.args.push(arg.into());
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Run {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Runs to the end or to a limit. An `Err` means that the process could not be started.
    pub fn output(&self, limits: Limits) -> io::Result<Outcome> {
        let mut script = String::new();
        if let Some(kib) = limits.data_kib {
            script.push_str(&format!("ulimit -d {kib} || exit 125; "));
        }
        if let Some(seconds) = limits.cpu_s {
            // The hard limit stands a little behind the soft one, for a program that ignores SIGXCPU.
            script.push_str(&format!(
                "ulimit -H -t {}; ulimit -S -t {seconds}; ",
                seconds + 5
            ));
        }
        script.push_str("ulimit -c 0; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(script)
            .arg(&self.program)
            .args(&self.args)
            .current_dir(&self.cwd);
        clean_environment(&mut command);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn()?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let started = Instant::now();
        let ended = thread::scope(|scope| -> io::Result<(Ended, String, String)> {
            scope.spawn(move || {
                // A child that doesn't read its input closes the pipe; that is no error of the run.
                if let Some(mut pipe) = stdin {
                    let _ = pipe.write_all(&self.stdin);
                }
            });
            let out = scope.spawn(move || read_all(stdout));
            let err = scope.spawn(move || read_all(stderr));
            let mut pause = Duration::from_millis(1);
            let ended = loop {
                if let Some(status) = child.try_wait()? {
                    break match status.code() {
                        Some(code) => Ended::Exit(code),
                        None => Ended::Signal(status.signal().unwrap_or(0)),
                    };
                }
                if started.elapsed() > limits.wall {
                    break Ended::TimedOut;
                }
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            };
            // The rest of the group goes too, so that the pipes close.
            end_group(child.id());
            let _ = child.wait();
            Ok((
                ended,
                out.join().unwrap_or_default(),
                err.join().unwrap_or_default(),
            ))
        })?;
        let (ended, stdout, stderr) = ended;
        Ok(Outcome {
            ended,
            stdout,
            stderr,
        })
    }
}

/// The environment of a run says nothing about the machine: no PYTHON* variables, UTF-8, a fixed hash seed, no colours.
pub fn clean_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "dumb")
        .env("NO_COLOR", "1")
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("FORCE_COLOR");
}

fn end_group(id: u32) {
    let _ = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -KILL -{id} 2>/dev/null"))
        .stderr(Stdio::null())
        .status();
}

/// More output than this is cut: a program that prints for ever must not fill our memory.
const OUTPUT_BYTES_MAX: u64 = 64 << 20;

fn read_all(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.by_ref().take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes);
        let _ = io::copy(&mut pipe, &mut io::sink());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Calls `work` for every item on `jobs` threads; results come back in the items' order, `done` is told of each as it comes.
pub fn parallel<T: Sync, R: Send>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    done: impl Fn(&T, &R) + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(item);
                    done(item, &result);
                    if let Ok(mut results) = results.lock() {
                        results[index] = Some(result);
                    }
                }
            });
        }
    });
    results
        .into_inner()
        .map(|all| all.into_iter().flatten().collect())
        .unwrap_or_default()
}

//! `cargo xtask …`: the developer commands.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use xtask::lang::Mode;
use xtask::{bench, conformance, crashers, lang};

const USAGE: &str = "\
cargo xtask bless --with PYTHON [FILTER]            record the expected output of the language suite
cargo xtask lang [--mesapy PATH] [--eager] [--stress] [--record] [--all] [--jobs N] [FILTER]
cargo xtask crashers [--mesapy PATH] [--record] [--jobs N] [FILTER]
cargo xtask conformance --python LIB [--mesapy PATH] [--jobs N] [--timeout S] [--record | --reference] [--logs DIR] [FILE…]
cargo xtask bench --python PEER… [--mesapy PATH] [--rounds N] [--memory] [NAME…]
";

/// The command line, taken apart: options with a value, flags, the rest.
struct Args {
    values: Vec<(String, String)>,
    flags: Vec<String>,
    rest: Vec<String>,
}

impl Args {
    fn parse(args: impl Iterator<Item = String>) -> Result<Args, String> {
        const WITH_VALUE: [&str; 7] = [
            "--with",
            "--mesapy",
            "--python",
            "--jobs",
            "--timeout",
            "--rounds",
            "--logs",
        ];
        const FLAGS: [&str; 6] = [
            "--eager",
            "--stress",
            "--record",
            "--all",
            "--reference",
            "--memory",
        ];
        let mut parsed = Args {
            values: Vec::new(),
            flags: Vec::new(),
            rest: Vec::new(),
        };
        let mut args = args.peekable();
        while let Some(arg) = args.next() {
            if WITH_VALUE.contains(&arg.as_str()) {
                let value = args.next().ok_or(format!("{arg} needs a value"))?;
                parsed.values.push((arg, value));
            } else if FLAGS.contains(&arg.as_str()) {
                parsed.flags.push(arg);
            } else if arg.starts_with('-') {
                return Err(format!("unknown option {arg}"));
            } else {
                parsed.rest.push(arg);
            }
        }
        Ok(parsed)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, String> {
        self.value(name).map_or(Ok(default), |text| {
            text.parse().map_err(|_| format!("{name} needs a number"))
        })
    }

    fn mesapy(&self) -> PathBuf {
        self.value("--mesapy")
            .map_or_else(xtask::default_mesapy, absolute)
    }

    fn filter(&self) -> &str {
        self.rest.first().map_or("", String::as_str)
    }
}

/// Programs run in folders of their own, so a path on the command line must not depend on this one.
fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}

fn run(command: &str, args: &Args) -> Result<bool, String> {
    let jobs = args.number("--jobs", 2)?;
    let done = match command {
        "bless" => lang::bless(
            &absolute(args.value("--with").ok_or("bless needs --with PYTHON")?),
            args.filter(),
            jobs,
        ),
        "lang" => lang::suite(&lang::Options {
            interpreter: &args.mesapy(),
            modes: if args.flag("--stress") {
                &[Mode::Normal, Mode::Eager, Mode::Stress]
            } else if args.flag("--eager") {
                &[Mode::Eager]
            } else {
                &[Mode::Normal]
            },
            filter: args.filter(),
            jobs,
            record: args.flag("--record"),
            all: args.flag("--all"),
        }),
        "crashers" => crashers::suite(&args.mesapy(), args.filter(), jobs, args.flag("--record")),
        "conformance" => conformance::run(&conformance::Options {
            library: absolute(
                args.value("--python")
                    .ok_or("conformance needs --python, the folder that holds CPython's `test`")?,
            ),
            interpreter: args.mesapy(),
            files: args.rest.clone(),
            jobs,
            timeout: Duration::from_secs(args.number("--timeout", 600)? as u64),
            record: args.flag("--record"),
            reference: args.flag("--reference"),
            logs: args.value("--logs").map(absolute),
        }),
        "bench" => {
            let mut interpreters: Vec<PathBuf> = args.all("--python").map(absolute).collect();
            interpreters.extend(args.value("--mesapy").map(absolute));
            if interpreters.is_empty() {
                return Err("bench needs --python PEER or --mesapy PATH".to_owned());
            }
            bench::run(&bench::Options {
                interpreters,
                names: args.rest.clone(),
                rounds: args.number("--rounds", 3)?,
                memory: args.flag("--memory"),
            })
        }
        _ => return Err(format!("unknown command {command}\n{USAGE}")),
    };
    done.map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(command) = args.next() else {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    };
    match Args::parse(args).and_then(|args| run(&command, &args)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::from(2)
        }
    }
}

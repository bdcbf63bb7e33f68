//! The command: see `pyguard --help`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(pyguard::cli::run(std::env::args_os().skip(1)))
}

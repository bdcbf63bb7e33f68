//! The language suite against the binary: normally, with everything compiled at once, and so with a collection at every safepoint.

use std::path::Path;
use std::process::ExitCode;
use xtask::lang::{Mode, Options, suite};

fn main() -> ExitCode {
    let options = Options {
        interpreter: Path::new(env!("CARGO_BIN_EXE_mesapy")),
        modes: &[Mode::Normal, Mode::Eager, Mode::Stress],
        filter: "",
        jobs: std::thread::available_parallelism().map_or(2, usize::from),
        record: false,
        all: false,
    };
    match suite(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the language suite cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

//! The crashers against the binary: each must end by itself.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let jobs = std::thread::available_parallelism().map_or(2, usize::from);
    match xtask::crashers::suite(Path::new(env!("CARGO_BIN_EXE_mesapy")), "", jobs, false) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the crashers cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

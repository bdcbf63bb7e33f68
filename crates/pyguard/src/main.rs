//! The command: see `pyguard --help`.
#![forbid(unsafe_code)]

use pyguard::scan::{Options, scan};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options {
        paths: std::env::args_os().skip(1).map(Into::into).collect(),
        ..Options::default()
    };
    let scan = match scan(&options) {
        Ok(scan) => scan,
        Err(error) => {
            eprintln!("pyguard: {error}");
            return ExitCode::from(2);
        }
    };
    for finding in &scan.findings {
        println!("{}:{}: {}", finding.file, finding.line, finding.message);
    }
    ExitCode::from(u8::from(!scan.findings.is_empty()))
}

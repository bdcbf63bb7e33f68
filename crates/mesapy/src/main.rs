//! The `mesapy` command: reads the command line and starts an interpreter.
#![forbid(unsafe_code)]

mod help;
mod options;
mod run;
mod settings;

use mesapy_platform::{OsPlatform, OsResult, Platform};
use options::Action;
use std::process::ExitCode;

/// The version of the language and library, which `--version` and tools that read it are about.
const PYTHON_VERSION: &str = "3.14.7";

fn main() -> ExitCode {
    let platform = OsPlatform;
    match start(&platform) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            let _ = say(&platform, 2, &format!("mesapy: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn start(platform: &dyn Platform) -> OsResult<u8> {
    let arguments = platform.arguments()?;
    let environment = platform.environment()?;
    match options::parse(&arguments, &environment) {
        Ok(Action::Help(page)) => {
            let program = arguments
                .first()
                .map(|name| String::from_utf8_lossy(name).into_owned());
            say(platform, 1, &help::page(page, &program.unwrap_or_default()))?;
            Ok(0)
        }
        Ok(Action::Version { detailed }) => {
            say(platform, 1, &version(detailed))?;
            Ok(0)
        }
        Ok(Action::Run(config)) => run::run(platform, &config),
        Err(refusal) => {
            say(platform, 2, &refusal.to_string())?;
            Ok(refusal.status())
        }
    }
}

fn version(detailed: bool) -> String {
    let build = env!("CARGO_PKG_VERSION");
    if detailed {
        format!(
            "Python {PYTHON_VERSION} (mesapy {build}) [{} {}]\n",
            std::env::consts::ARCH,
            std::env::consts::OS
        )
    } else {
        format!("Python {PYTHON_VERSION}\n")
    }
}

/// Writes all of a text to a descriptor.
pub(crate) fn say(platform: &dyn Platform, fd: i32, text: &str) -> OsResult<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match platform.write(fd, rest) {
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(error) if error.interrupted() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

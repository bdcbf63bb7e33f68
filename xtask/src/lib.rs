//! Developer commands, as a library so that the binary's integration tests run exactly what `cargo xtask …` runs.
//!
//! Every command takes the interpreter as a parameter: the reference interpreter must pass each suite too, which is how a suite itself is checked.
#![forbid(unsafe_code)]

pub mod bench;
pub mod conformance;
pub mod crashers;
pub mod expectations;
pub mod lang;
pub mod process;
pub mod verbose;

use std::path::{Path, PathBuf};

/// The repository's root, two levels above the build directory's idea of this crate.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The debug binary, which is what the commands use when no interpreter is named.
pub fn default_mesapy() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("debug").join("mesapy")
}

//! What the fuzzers run, and the generators that turn their bytes into something of interest.
//!
//! The targets below `fuzz/` only call the functions of [`entries`]; `tests/entries.rs` calls the same ones on a few thousand inputs from a fixed seed, so
//! every change is fuzzed a little. An entry panics where something does not hold, and returns nothing otherwise.
#![forbid(unsafe_code)]

mod choices;
pub mod entries;
pub mod mutate;
pub mod program;

pub use choices::Choices;

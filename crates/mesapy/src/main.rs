//! The `mesapy` command.
#![forbid(unsafe_code)]
fn main() {}

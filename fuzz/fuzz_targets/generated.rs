//! Parser and compiler on generated programs, and on those with some bytes changed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mesapy_fuzzing::entries::generated(bytes));

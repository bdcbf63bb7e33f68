//! Parser and compiler on any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mesapy_fuzzing::entries::source(bytes));

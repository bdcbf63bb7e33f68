//! The decoder and the verifier on code units with some bytes changed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mesapy_fuzzing::entries::changed_unit(bytes));

//! The decoder and the verifier of code units on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mesapy_fuzzing::entries::serial_form(bytes));

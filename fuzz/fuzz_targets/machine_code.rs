//! The verifier of machine code on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mesapy_fuzzing::entries::machine_code(bytes));

//! The verifier of machine code on a function with some bytes changed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mesapy_fuzzing::entries::changed_machine_code(bytes));

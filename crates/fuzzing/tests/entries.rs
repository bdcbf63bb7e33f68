//! The fuzzers' entry functions on inputs from a fixed seed, so that each change is fuzzed for some seconds. What a fuzzer has found belongs here as a test.

use mesapy_fuzzing::{entries, program};

/// Native stack that the entries must do with: what a thread has at least.
const STACK_BYTES: usize = 8 << 20;

/// A small generator, so that failures repeat.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let n = self.next() as usize % most;
        (0..n).map(|_| (self.next() >> 24) as u8).collect()
    }
}

fn run(rounds: usize, seed: u64, size: usize, entry: fn(&[u8])) {
    let work = move || {
        let mut random = Random(seed);
        for _ in 0..rounds {
            entry(&random.bytes(size));
        }
    };
    let worker = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(work);
    worker.expect("a thread").join().expect("no panic");
}

#[test]
fn generated_programs() {
    run(1500, 0x9E37_79B9_7F4A_7C15, 600, entries::generated);
}

#[test]
fn random_sources() {
    run(3000, 0x2545_F491_4F6C_DD1D, 200, entries::source);
}

#[test]
fn random_serial_forms() {
    run(5000, 0x1234_5678_9ABC_DEF1, 400, entries::serial_form);
}

#[test]
fn changed_code() {
    run(3000, 0x0FED_CBA9_8765_4321, 600, entries::changed_unit);
}

#[test]
fn random_machine_code() {
    run(20_000, 0x3141_5926_5358_9793, 200, entries::machine_code);
}

#[test]
fn changed_machine_code() {
    run(
        20_000,
        0x2718_2818_2845_9045,
        40,
        entries::changed_machine_code,
    );
}

/// The generator is of use only as long as a good part of what it makes compiles.
#[test]
fn many_programs_compile() {
    use mesapy_compile as compile;
    use mesapy_syntax as syntax;
    let mut random = Random(77);
    let (mut parsed, mut compiled) = (0, 0);
    for _ in 0..400 {
        let text = program::program(&random.bytes(300));
        parsed += usize::from(
            syntax::parse(&text, syntax::Mode::Exec, &syntax::Options::default()).is_ok(),
        );
        let mode = (syntax::Mode::Exec, compile::Mode::Exec);
        compiled += usize::from(entries::compiled(&text, mode).is_some());
    }
    assert!(
        parsed > 100 && compiled > 40,
        "of 400 programs {parsed} parse and {compiled} compile"
    );
}

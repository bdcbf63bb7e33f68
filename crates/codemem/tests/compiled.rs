//! What a compiler makes is accepted, and computes what it should.

mod common;

use common::{Made, World};
use mesapy_codemem::{NOT_COMPILED, Outcome};

fn is(status: u64, value: u64) -> Outcome {
    Outcome { status, value }
}

fn named(isa: &str, name: &str) -> Made {
    let (_, isa) = common::isas()
        .into_iter()
        .find(|(known, _)| *known == isa)
        .expect("an ISA");
    common::samples(&isa)
        .into_iter()
        .find(|made| made.name == name)
        .expect("a sample")
}

#[test]
fn all_are_accepted() {
    let world = World::new();
    for (isa, settings) in common::isas() {
        for made in common::samples(&settings) {
            if let Err(refusal) = world.memory.verify(&made.bytes, made.code_len) {
                panic!("{isa}, {}: {refusal}\n{}", made.name, made.text);
            }
        }
    }
}

#[test]
fn words_are_loaded_and_stored() {
    let world = World::new();
    let row = world.publish(&named("speed", "load_store"));
    world.set(100, 7);
    world.set(101, 8);
    assert_eq!(world.run(row, 100, 202), is(1, 15));
    assert_eq!(world.get(200), 15);
}

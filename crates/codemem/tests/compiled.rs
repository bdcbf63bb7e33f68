//! What a compiler makes is accepted, and computes what it should.

mod common;

use std::time::Instant;

use common::{Build, Made, World, compile};
use cranelift_codegen::ir::{InstBuilder, types};
use mesapy_cage::Cage;
use mesapy_codemem::{NOT_COMPILED, Outcome, ROWS};

fn is(status: u64, value: u64) -> Outcome {
    Outcome { status, value }
}

fn reference(index: u64) -> u64 {
    index << 32 | 2
}

/// Runs `check` on a sample as it is compiled under each setting that this processor can run.
fn each(name: &str, check: impl Fn(&World, u32)) {
    for (setting, isa) in common::isas() {
        if setting == "newer"
            && !(is_x86_feature_detected!("sse4.2")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt"))
        {
            continue;
        }
        let world = World::new();
        for made in common::samples(&isa) {
            if made.name == name {
                check(&world, world.publish(&made));
            }
        }
    }
}

#[test]
fn all_are_accepted() {
    let world = World::new();
    let (mut bytes, mut spent) = (0, 0);
    for (isa, settings) in common::isas() {
        for made in common::samples(&settings) {
            let start = Instant::now();
            if let Err(refusal) = world.memory.verify(&made.bytes, made.code_len) {
                panic!("{isa}, {}: {refusal}\n{}", made.name, made.text);
            }
            spent += start.elapsed().as_nanos();
            bytes += made.code_len;
        }
    }
    println!("{bytes} bytes verified in {spent} ns");
}

#[test]
fn generated_functions_are_accepted() {
    let world = World::new();
    let isas = common::isas();
    let (mut bytes, mut spent, mut compiling) = (0, 0, 0);
    for seed in 1..=240 {
        let (setting, isa) = &isas[seed as usize % isas.len()];
        let start = Instant::now();
        let made = common::generate::generated(seed, isa);
        compiling += start.elapsed().as_micros();
        let start = Instant::now();
        if let Err(refusal) = world.memory.verify(&made.bytes, made.code_len) {
            panic!("{seed}, {setting}: {refusal}\n{}", made.text);
        }
        spent += start.elapsed().as_micros();
        bytes += made.code_len;
    }
    println!("{bytes} bytes compiled in {compiling} us, verified in {spent} us");
}

#[test]
fn words_are_loaded_and_stored() {
    each("load_store", |world, row| {
        world.set(100, 7);
        world.set(101, 8);
        assert_eq!(world.run(row, 100, 202), is(1, 15));
        assert_eq!(world.get(200), 15);
    });
}

#[test]
fn references_are_followed() {
    each("chase", |world, row| {
        for (from, to) in [(10, 500), (500, 20), (20, 65_000)] {
            world.set(from, reference(to));
        }
        assert_eq!(world.run(row, 10, 0), is(2, 3));
    });
}

#[test]
fn loops_end() {
    each("sum_loop", |world, row| {
        for i in 0..100 {
            world.set(1000 + i, i as u64);
        }
        assert_eq!(world.run(row, 1000, 1100), is(3, 4950));
        assert_eq!(world.context.fuel.get(), (1 << 20) - 100);
        assert_eq!(world.run(row, 7, 7), is(3, 0));
    });
}

#[test]
fn values_live_across_calls() {
    each("pressure", |world, row| {
        for i in 0..24 {
            world.set(50 + i, (i as u64 * 40 + 1000) << 32 | 5);
            world.set(1000 + i * 40 + 1, 0x1234_5678 * i as u64);
        }
        let word = |i: u64| (i * 40 + 1000) << 32 | 5;
        let mut sum = word(0).wrapping_add(word(1));
        for i in 0..24 {
            sum = sum.wrapping_add(word(i)) ^ (0x1234_5678 * i);
        }
        assert_eq!(world.run(row, 50, 3), is(4, sum));
        assert_eq!(world.get(3), sum);
        assert_eq!(world.context.count.get(), 1);
    });
}

#[test]
fn helpers_are_called() {
    each("helpers", |world, row| {
        world.set(9, 40);
        world.set(10, 5.0f64.to_bits());
        assert_eq!(world.run(row, 9, 0), is(5, 1080));
        assert_eq!(f64::from_bits(world.get(11)), 2.5);
        assert_eq!(world.context.count.get(), 2);
    });
}

#[test]
fn entries_are_called() {
    let world = World::new();
    let isa = common::isa(&[], &[]);
    let callee = world.memory.reserve().expect("a row");
    let caller = world.publish(&compile("caller", &isa, |f| common::call_entry(f, callee)));
    // Before it is published, and after it is withdrawn, a row leads to the stub.
    assert_eq!(world.run(caller, 30, 80), is(2 * NOT_COMPILED, 0));
    let made = compile("load_store", &isa, common::load_store);
    world
        .memory
        .publish(callee, &made.bytes, made.code_len)
        .expect("accepted");
    for i in 0..4 {
        world.set(30 + i, 1 << i);
    }
    assert_eq!(world.run(caller, 30, 80), is(2, 3 + 6));
    world.memory.withdraw(callee);
    assert_eq!(world.run(caller, 30, 80), is(2 * NOT_COMPILED, 0));
    assert_eq!(world.run(callee, 30, 80), is(NOT_COMPILED, 0));
}

#[test]
fn functions_call_each_other_deeply() {
    let world = World::new();
    let isa = common::isa(&[], &[]);
    let row = world.memory.reserve().expect("a row");
    // f(base, at) = at == 0 ? (0, 0) : f(base, at - 1) + [base + at]
    let made = compile("deep", &isa, |f: &mut Build<'_>| {
        let (base, at) = (f.base, f.at);
        let (more, done) = (f.b.create_block(), f.b.create_block());
        f.b.ins().brif(at, more, &[], done, &[]);
        f.b.switch_to_block(done);
        let zero = f.b.ins().iconst(types::I64, 0);
        f.ret(zero, zero);
        f.b.switch_to_block(more);
        let less = f.b.ins().iadd_imm_s(at, -1);
        let rest = f.call_row(row, base, less);
        let place = f.b.ins().iadd(base, at);
        let word = f.load(types::I64, place, 0);
        let sum = f.b.ins().iadd(rest[1], word);
        f.ret(rest[0], sum);
    });
    world
        .memory
        .publish(row, &made.bytes, made.code_len)
        .expect("accepted");
    for i in 0..=1000 {
        world.set(100 + i, i as u64);
    }
    assert_eq!(world.run(row, 100, 1000), is(0, 500_500));
}

#[test]
fn floats_are_computed() {
    each("floats", |world, row| {
        world.set(8, 6.0f64.to_bits());
        world.set(9, 3.0f64.to_bits());
        assert_eq!(world.run(row, 8, 0), is(6, 2));
        assert_eq!(world.get(10), 2.0f64.to_bits().rotate_left(4));
    });
}

#[test]
fn addresses_are_selected() {
    each("select", |world, row| {
        world.set(8, -6i64 as u64);
        world.set(700, 11);
        assert_eq!(world.run(row, 8, 700), is(1, 17));
        assert_eq!(world.run(row, 700, 8), is(0, 17));
    });
}

#[test]
fn overflow_is_seen() {
    each("overflow", |world, row| {
        world.set(8, 1 << 40);
        world.set(9, 12);
        assert_eq!(world.run(row, 8, 0), is(7, 13 << 40));
        world.set(9, 1 << 40);
        assert_eq!(world.run(row, 8, 0), is(8, 1 << 40));
    });
}

#[test]
fn divisions_are_done() {
    each("divide", |world, row| {
        world.set(8, -1000i64 as u64);
        world.set(9, 30);
        let rest = (-1000i64 % 30) as u32;
        for i in 0..7 {
            world.set(i, 100 * i as u64);
        }
        let value = u64::from(rest / 7) + 100 * u64::from(rest % 7);
        assert_eq!(world.run(row, 8, 0), is(9, value.wrapping_sub(33)));
    });
}

#[test]
fn bits_are_shifted() {
    each("bits", |world, row| {
        let payload = 5u64;
        world.set(8, payload << 3 | 1);
        world.set(8 + 5, 0x77);
        let back = (0x77u64 << payload) >> 1;
        let signed = back >> payload;
        world.set(signed as usize & 0xFFFF, 0xABCD);
        let all = (0xABCD | 1) ^ signed;
        assert_eq!(world.run(row, 8, 2), is(10, all));
        assert_eq!(world.get(2), !all);
    });
}

#[test]
fn the_frame_has_slots() {
    each("frame_slots", |world, row| {
        world.set(8, 100);
        world.set(9, 7);
        assert_eq!(world.run(row, 8, 0), is(11, 307));
    });
}

#[test]
fn pointees_are_read() {
    each("table_of_data", |world, row| {
        world.set(8, 13);
        assert_eq!(world.run(row, 8, 0), is(12, 11 + 15));
    });
}

#[test]
fn narrow_values_are_extended() {
    each("narrow", |world, row| {
        // Byte 3 is 4, bytes 4 and 5 are -2; the word after it starts with -9.
        world.set(50, 0x0000_FFFE_0400_0000);
        world.set(51, 0xFFFF_FFF7);
        // Where the doubled byte leads to, and where the letter is: 50 * 8 + 24 + 4.
        world.set(8, 0x55);
        world.set(53, 0x61_0000_0000);
        let value = 4i64 - 2 - 9 + 0x61;
        assert_eq!(world.run(row, 50, 0), is(13, value as u64));
        assert_eq!(world.get(52) >> 8 & 0xFF, 0x55);
    });
}

#[test]
fn loops_nest() {
    each("tower", |world, row| {
        world.context.fuel.set(5);
        let out = world.run(row, 8, 0);
        assert_eq!(out.status, 14);
        world.context.fuel.set(1000);
        let out = world.run(row, 8, 0);
        assert_eq!(out, is(15, 3));
    });
}

#[test]
fn floats_live_across_calls() {
    each("floats_live", |world, row| {
        for i in 0..18 {
            world.set(40 + i, (i as f64).to_bits());
        }
        world.set(40, 2.0f64.to_bits());
        let sum = 1.0 + 2.0 + 153.0;
        assert_eq!(world.run(row, 40, 0), is(17, (sum / 2.0f64).to_bits()));
    });
}

#[test]
fn nothing_runs_without_guards_or_rows() {
    let world = World::new();
    let row = world.publish(&compile(
        "load_store",
        &common::isa(&[], &[]),
        common::load_store,
    ));
    let none = is(NOT_COMPILED, 0);
    let vacant = Cage::vacant();
    assert_eq!(
        world.memory.enter(&vacant, row, &world.context, 100, 200),
        none
    );
    assert_eq!(world.run(ROWS as u32, 0, 0), none);
    assert_eq!(world.run(row + 1, 0, 0), none);
    assert_eq!(world.run(u32::MAX, 0, 0), none);
}

#[test]
fn rows_and_memory_run_out() {
    let world = World::new();
    let isa = common::isa(&[], &[]);
    let made: Made = compile("load_store", &isa, common::load_store);
    let row = world.memory.reserve().expect("a row");
    let mut times = 0;
    while world
        .memory
        .publish(row, &made.bytes, made.code_len)
        .is_ok()
    {
        times += 1;
    }
    assert!(times > 10_000, "{times}");
    world.set(100, 7);
    assert_eq!(world.run(row, 100, 202), is(1, 7));
    let rows = std::iter::from_fn(|| world.memory.reserve()).count();
    assert_eq!(rows, ROWS - 1);
    assert!(
        world
            .memory
            .publish(ROWS as u32, &made.bytes, made.code_len)
            .is_err()
    );
}

/// Code memory is never writable and executable at once, and can't be written between two publications.
#[test]
fn views_are_not_writable() {
    let world = World::new();
    world.publish(&compile(
        "load_store",
        &common::isa(&[], &[]),
        common::load_store,
    ));
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    let ours: Vec<&str> = maps
        .lines()
        .filter(|line| line.contains("memfd:"))
        .collect();
    assert!(ours.len() >= 2);
    for line in ours {
        let rights = line.split(' ').nth(1).expect("rights");
        // Another test may be publishing.
        assert!(matches!(rights, "r-xs" | "---s" | "rw-s"), "{line}");
    }
}

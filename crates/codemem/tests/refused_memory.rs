//! What the verifier must refuse of accesses to memory: the cage, the context, what it points to.

mod assembled;
mod common;

use assembled::*;
use common::*;
use iced_x86::code_asm::*;
use mesapy_codemem::verify::verify;
use mesapy_codemem::{CAGE_GUARD_HIGH, CAGE_GUARD_LOW, ROWS};

#[test]
fn the_cage_takes_32_bit_indexes_only() {
    good(|a| {
        a.mov(eax, esi)?;
        a.mov(rcx, ptr(r15 + rax * 8 + 16))?;
        a.mov(ptr(r15 + rax * 8 - 8), rcx)?;
        a.ret()
    });
    // rsi comes from the caller: its high half is anything.
    bad(NOT_KNOWN, |a| {
        a.mov(rcx, ptr(r15 + rsi * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.mov(rax, ptr(r15))?;
        a.mov(rcx, ptr(r15 + rax * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.mov(eax, esi)?;
        a.movsxd(rax, eax)?;
        a.mov(ptr(r15 + rax * 8), rcx)?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.mov(rax, ptr(rsi))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.mov(eax, 0x1000)?;
        a.mov(rax, ptr(rax))?;
        a.ret()
    });
    // No base at all.
    bad(NOT_KNOWN, |a| {
        a.mov(eax, ptr(0x1000))?;
        a.ret()
    });
}

#[test]
fn displacements_stay_within_the_guards() {
    let (low, high) = (CAGE_GUARD_LOW as i32, CAGE_GUARD_HIGH as i32);
    let at = |displacement: i32| {
        move |a: &mut CodeAssembler| {
            a.mov(eax, esi)?;
            a.mov(rcx, qword_ptr(r15 + rax * 8 + displacement))?;
            a.ret()
        }
    };
    good(at(-low));
    good(at(high));
    bad(BEYOND, at(-low - 1));
    bad(BEYOND, at(high + 1));
    // Two displacements that are small each.
    bad(BEYOND, |a| {
        a.mov(eax, esi)?;
        a.lea(rax, ptr(r15 + rax * 8 + high - 8))?;
        a.mov(rcx, ptr(rax + 32))?;
        a.ret()
    });
    // A constant is an index too.
    good(|a| {
        a.mov(eax, -1)?;
        a.mov(rcx, ptr(r15 + rax * 8))?;
        a.ret()
    });
    bad(BEYOND, |a| {
        a.mov(rax, 0x1_0010_0000u64)?;
        a.mov(rcx, ptr(r15 + rax * 8))?;
        a.ret()
    });
    bad(BEYOND, |a| {
        a.mov(rax, -100_000i64)?;
        a.mov(rcx, ptr(r15 + rax))?;
        a.ret()
    });
}

#[test]
fn sums_do_not_overflow() {
    for far in [i64::MIN, i64::MAX, i64::MIN + 1, 1 << 40, -(1 << 40)] {
        bad("", |a| {
            a.mov(rax, far)?;
            a.lea(rcx, ptr(r15 + rax))?;
            a.lea(rcx, ptr(rcx + rax))?;
            a.sub(rcx, rax)?;
            a.mov(rcx, ptr(rcx + rax * 8 - 1))?;
            a.ret()
        });
    }
}

#[test]
fn pointers_into_the_cage_are_followed() {
    good(|a| {
        a.mov(eax, esi)?;
        a.shl(rax, 3)?;
        a.add(rax, r15)?;
        a.mov(rcx, ptr(rax + 8))?;
        a.add(rax, 64)?;
        a.mov(ptr(rax), rcx)?;
        a.ret()
    });
    // A second index, unless it is small.
    bad(BEYOND, |a| {
        a.mov(eax, esi)?;
        a.mov(ecx, edx)?;
        a.lea(rax, ptr(r15 + rax * 8))?;
        a.mov(rcx, ptr(rax + rcx * 8))?;
        a.ret()
    });
    good(|a| {
        a.mov(eax, esi)?;
        a.movzx(ecx, dl)?;
        a.lea(rax, ptr(r15 + rax * 8))?;
        a.mov(rcx, ptr(rax + rcx * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.mov(eax, esi)?;
        a.lea(rax, ptr(r15 + rax * 8))?;
        a.sub(rax, rdx)?;
        a.mov(rcx, ptr(rax))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.lea(rax, ptr(r15 + 8))?;
        a.add(rax, r15)?;
        a.mov(rcx, ptr(rax))?;
        a.ret()
    });
    // The low half of an address is none.
    bad(NOT_KNOWN, |a| {
        a.mov(eax, r15d)?;
        a.mov(rcx, ptr(rax))?;
        a.ret()
    });
    // Pointers that move on in a loop.
    bad(NOT_KNOWN, |a| {
        let mut head = a.create_label();
        a.mov(rax, r15)?;
        a.set_label(&mut head)?;
        a.mov(rcx, ptr(rax))?;
        a.add(rax, 8)?;
        a.cmp(rcx, 0)?;
        a.jne(head)?;
        a.ret()
    })
}

#[test]
fn what_clears_the_high_half() {
    // Each makes of an unknown rax something that is below 2^32.
    let makers: [fn(&mut CodeAssembler) -> Result<(), IcedError>; 20] = [
        |a| a.mov(eax, eax),
        |a| a.shr(rax, 32),
        |a| a.shr(rax, 40),
        |a| a.and(rax, 0x7FFF_FFFF),
        |a| a.and(eax, -8),
        |a| a.add(eax, 1),
        |a| a.sub(eax, ecx),
        |a| a.imul_3(eax, ecx, 7),
        |a| a.xor(eax, eax),
        |a| a.xor(rax, rax),
        |a| a.neg(eax),
        |a| a.lea(eax, ptr(rcx + rcx * 2 + 5)),
        |a| a.movzx(eax, cx),
        |a| a.movzx(rax, cl),
        |a| a.cmove(eax, ecx),
        |a| a.bswap(eax),
        |a| a.cdqe().and_then(|()| a.mov(eax, ptr(rdi + FUEL))),
        |a| a.shl(eax, cl),
        |a| a.xchg(eax, ecx),
        |a| a.cvttsd2si(eax, xmm0),
    ];
    for maker in makers {
        good(|a| {
            maker(a)?;
            a.mov(rcx, ptr(r15 + rax * 8))?;
            a.ret()
        });
    }
    // These do not.
    let others: [fn(&mut CodeAssembler) -> Result<(), IcedError>; 22] = [
        |a| a.shr(rax, 31),
        |a| a.sar(rax, 32),
        |a| a.and(rax, -8),
        |a| a.mov(ax, 0),
        |a| a.mov(al, 0),
        |a| a.movzx(ax, cl),
        |a| a.sete(al),
        |a| a.add(ax, 1),
        |a| a.cmove(rax, rcx),
        |a| a.cmove(ax, cx),
        |a| a.movsx(rax, cl),
        |a| a.movsxd(rax, ecx),
        |a| a.mov(eax, ecx).and_then(|()| a.sub(rax, 1)),
        |a| a.mov(eax, ecx).and_then(|()| a.add(rax, 1)),
        |a| a.mov(eax, ecx).and_then(|()| a.shl(rax, 1)),
        |a| a.mov(eax, ecx).and_then(|()| a.not(rax)),
        |a| a.mov(eax, ecx).and_then(|()| a.lea(rax, ptr(rax - 1))),
        |a| a.mov(eax, ecx).and_then(|()| a.xchg(rax, rdx)),
        |a| a.mov(eax, ecx).and_then(|()| a.or(rax, rdx)),
        |a| a.bsf(eax, ecx),
        |a| a.lzcnt(eax, ecx),
        |a| a.cvttsd2si(rax, xmm0),
    ];
    for (number, other) in others.into_iter().enumerate() {
        let code = assembled(|a| {
            other(a)?;
            a.mov(rcx, ptr(r15 + rax * 8 + 4096))?;
            a.ret()
        });
        // One more than 2^32 - 1 is still within the guard.
        assert_eq!(
            verify(&policy(), &code, code.len()).is_ok(),
            number == 13,
            "{number}"
        );
    }
    // A narrow write into what is below 2^32 leaves it there; into what is below 256 it does not.
    good(|a| {
        a.mov(eax, esi)?;
        a.mov(ax, dx)?;
        a.sete(ah)?;
        a.mov(rcx, ptr(r15 + rax * 8))?;
        a.ret()
    });
    bad("out of what a field points to", |a| {
        a.mov(rcx, ptr(rdi + DATA))?;
        a.xor(eax, eax)?;
        a.mov(al, dl)?;
        a.mov(rax, ptr(rcx + rax * 8))?;
        a.ret()
    });
}

#[test]
fn division_writes_two_registers() {
    good(|a| {
        a.xor(edx, edx)?;
        a.div(ecx)?;
        a.mov(rcx, ptr(r15 + rdx * 8))?;
        a.mov(rcx, ptr(r15 + rax * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.xor(edx, edx)?;
        a.xor(eax, eax)?;
        a.div(rcx)?;
        a.mov(rcx, ptr(r15 + rdx * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.xor(edx, edx)?;
        a.cqo()?;
        a.mov(rcx, ptr(r15 + rdx * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.xor(edx, edx)?;
        a.mulx(rdx, rax, rcx)?;
        a.mov(rcx, ptr(r15 + rdx * 8))?;
        a.ret()
    });
}

#[test]
fn the_context_is_what_the_policy_lists() {
    good(|a| {
        a.mov(rax, ptr(rdi + LIMIT))?;
        a.mov(ptr(rdi + COUNT), rax)?;
        a.add(dword_ptr(rdi + FUEL), 1)?;
        a.movsd_2(xmm0, ptr(rdi + LIMIT))?;
        a.ret()
    });
    let not_listed = "no field of the context";
    bad(not_listed, |a| {
        a.mov(rax, ptr(rdi + SECRET))?;
        a.ret()
    });
    bad(not_listed, |a| {
        a.mov(eax, ptr(rdi + LIMIT))?;
        a.ret()
    });
    bad(not_listed, |a| {
        a.mov(rax, ptr(rdi + FUEL))?;
        a.ret()
    });
    bad(not_listed, |a| {
        a.movups(xmm0, ptr(rdi + LIMIT))?;
        a.ret()
    });
    bad(not_listed, |a| {
        a.mov(rax, ptr(rdi - 8))?;
        a.ret()
    });
    let read_only = "may not be written";
    bad(read_only, |a| {
        a.mov(ptr(rdi + LIMIT), rax)?;
        a.ret()
    });
    bad(read_only, |a| {
        a.inc(qword_ptr(rdi + LIMIT))?;
        a.ret()
    });
    bad(read_only, |a| {
        a.mov(ptr(rdi + ADD), rax)?;
        a.ret()
    });
    bad(read_only, |a| {
        a.mov(ptr(rdi + TABLE), rax)?;
        a.ret()
    });
    bad(read_only, |a| {
        a.movsd_2(ptr(rdi + LIMIT), xmm1)?;
        a.ret()
    });
    bad("place must be known", |a| {
        a.movzx(eax, sil)?;
        a.mov(rax, ptr(rdi + rax * 8))?;
        a.ret()
    });
    // After a write to edi it is no context any more.
    bad(NOT_KNOWN, |a| {
        a.mov(edi, edi)?;
        a.mov(rax, ptr(rdi + LIMIT))?;
        a.ret()
    });
}

#[test]
fn pointees_are_read_within_their_size() {
    good(|a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.and(esi, 7)?;
        a.mov(rcx, ptr(rax + rsi * 8))?;
        a.movups(xmm0, ptr(rax + 48))?;
        a.ret()
    });
    let out = "out of what a field points to";
    bad(out, |a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.mov(rcx, ptr(rax + 57))?;
        a.ret()
    });
    bad(out, |a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.mov(rcx, ptr(rax - 1))?;
        a.ret()
    });
    bad(out, |a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.and(esi, 8)?;
        a.mov(rcx, ptr(rax + rsi * 8))?;
        a.ret()
    });
    bad(out, |a| {
        a.mov(rax, ptr(rdi + TABLE))?;
        a.mov(rcx, ptr(rax + 8 * ROWS as i32))?;
        a.ret()
    });
    bad("may only be read", |a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.mov(ptr(rax), rcx)?;
        a.ret()
    });
    bad("may only be read", |a| {
        a.mov(rax, ptr(rdi + TABLE))?;
        a.mov(ptr(rax), rcx)?;
        a.ret()
    });
    // A shift by what is not known may be one by nothing.
    bad(out, |a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.and(esi, 15)?;
        a.shr(esi, cl)?;
        a.mov(rcx, ptr(rax + rsi * 8))?;
        a.ret()
    });
    good(|a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.and(esi, 15)?;
        a.shr(esi, 1)?;
        a.mov(rcx, ptr(rax + rsi * 8))?;
        a.ret()
    });
    // What is read there is no pointer.
    bad(NOT_KNOWN, |a| {
        a.mov(rax, ptr(rdi + DATA))?;
        a.mov(rax, ptr(rax))?;
        a.mov(rax, ptr(rax))?;
        a.ret()
    });
}

#[test]
fn constants_are_read_only() {
    let read = |total: usize| {
        // mov rax, [rip + 9]: the eight bytes at 16.
        let mut bytes = vec![0x48, 0x8B, 0x05, 9, 0, 0, 0, 0xC3];
        bytes.resize(total, 0);
        verify(&policy(), &bytes, 8)
    };
    assert!(read(24).is_ok());
    assert!(read(23).is_err());
    assert!(read(8).is_err());
    // mov [rip + 9], rax; and a read before the code
    for bytes in [
        [0x48, 0x89, 0x05, 9, 0, 0, 0, 0xC3],
        [0x48, 0x8B, 0x05, 0xF0, 0xFF, 0xFF, 0xFF, 0xC3],
    ] {
        let mut bytes = bytes.to_vec();
        bytes.resize(64, 0);
        assert!(verify(&policy(), &bytes, 8).is_err());
    }
    // The address of a constant is no pointer.
    bad(NOT_KNOWN, |a| {
        let mut end = a.create_label();
        a.lea(rax, ptr(end))?;
        a.mov(rax, ptr(rax))?;
        a.set_label(&mut end)?;
        a.ret()
    });
}

#[test]
fn joins_keep_what_holds_on_both_paths() {
    let diamond = |left: fn(&mut CodeAssembler) -> Result<(), IcedError>,
                   right: fn(&mut CodeAssembler) -> Result<(), IcedError>| {
        assembled(|a| {
            let (mut other, mut end) = (a.create_label(), a.create_label());
            a.test(esi, esi)?;
            a.je(other)?;
            left(a)?;
            a.jmp(end)?;
            a.set_label(&mut other)?;
            right(a)?;
            a.set_label(&mut end)?;
            a.mov(rax, ptr(r15 + rcx * 8))?;
            a.ret()
        })
    };
    let accepts = |code: &[u8]| verify(&policy(), code, code.len()).is_ok();
    assert!(accepts(&diamond(|a| a.mov(ecx, esi), |a| a.mov(ecx, 5))));
    assert!(accepts(&diamond(|a| a.movzx(ecx, sil), |a| a.shr(rcx, 40))));
    assert!(!accepts(&diamond(|a| a.mov(ecx, esi), |a| a.mov(rcx, rsi))));
    assert!(!accepts(&diamond(|a| a.nop(), |a| a.mov(ecx, esi))));
    assert!(!accepts(&diamond(
        |a| a.mov(rcx, -1i64),
        |a| a.xor(ecx, ecx)
    )));
    // What a loop changes is not known at its head: the index is one in the first round only.
    bad(NOT_KNOWN, |a| {
        let mut head = a.create_label();
        a.mov(ecx, esi)?;
        a.set_label(&mut head)?;
        a.mov(rax, ptr(r15 + rcx * 8))?;
        a.mov(rcx, rax)?;
        a.test(rax, rax)?;
        a.jne(head)?;
        a.ret()
    });
    bad(BEYOND, |a| {
        let mut head = a.create_label();
        a.xor(ecx, ecx)?;
        a.set_label(&mut head)?;
        a.mov(rax, ptr(r15 + rcx * 8))?;
        a.add(rcx, 1)?;
        a.test(rax, rax)?;
        a.jne(head)?;
        a.ret()
    });
    good(|a| {
        let mut head = a.create_label();
        a.xor(ecx, ecx)?;
        a.set_label(&mut head)?;
        a.mov(rax, ptr(r15 + rcx * 8))?;
        a.add(ecx, 1)?;
        a.test(rax, rax)?;
        a.jne(head)?;
        a.ret()
    });
    // A slot that is written on one path only: on the one that comes last, and on the one that comes first.
    bad("not written", |a| {
        let (mut other, mut end) = (a.create_label(), a.create_label());
        a.sub(rsp, 8)?;
        a.test(esi, esi)?;
        a.je(other)?;
        a.mov(ptr(rsp), rsi)?;
        a.jmp(end)?;
        a.set_label(&mut other)?;
        a.nop()?;
        a.set_label(&mut end)?;
        a.pop(rax)?;
        a.ret()
    });
    bad("not written", |a| {
        let mut end = a.create_label();
        a.sub(rsp, 8)?;
        a.test(esi, esi)?;
        a.je(end)?;
        a.mov(ptr(rsp), rsi)?;
        a.set_label(&mut end)?;
        a.pop(rax)?;
        a.ret()
    });
}

/// The processor clears the high half of a register whenever it writes the low one, also where nothing seems to change. The verifier depends on that.
#[test]
fn the_processor_clears_high_halves() {
    let world = World::new();
    let cases: [fn(&mut CodeAssembler) -> Result<(), IcedError>; 14] = [
        |a| a.shl(eax, cl),
        |a| a.shr(eax, cl),
        |a| a.sar(eax, cl),
        |a| a.rol(eax, cl),
        |a| a.ror(eax, cl),
        |a| a.shl(eax, 0),
        |a| a.shr(eax, 32),
        |a| a.shld(eax, edx, cl),
        |a| a.shrd(eax, edx, cl),
        |a| a.mov(eax, eax),
        |a| a.cmovne(eax, ecx),
        |a| a.cmove(eax, ecx),
        |a| a.xchg(eax, eax),
        |a| a.xchg(eax, r8d),
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let code = assembled(|a| {
            a.xor(ecx, ecx)?;
            a.xor(edx, edx)?;
            a.mov(rax, -1i64)?;
            a.mov(r8, rax)?;
            // `xor ecx, ecx` has set the zero flag, and `mov` does not change it.
            case(a)?;
            // `xchg eax, eax` is assembled as a nop by some, and is one.
            a.mov(r9, rax)?;
            a.mov(rax, r9)?;
            a.ret()
        });
        if code
            .windows(4)
            .any(|bytes| bytes == [0x49, 0x89, 0xC0, 0x90])
        {
            continue;
        }
        let row = world.memory.reserve().expect("a row");
        world
            .memory
            .publish(row, &code, code.len())
            .unwrap_or_else(|refusal| panic!("{number}: {refusal}"));
        let status = world.run(row, 0, 0).status;
        assert_eq!(status >> 32, 0, "{number}: {status:#x}");
    }
}

//! What the verifier must refuse, a test a rule, and what it must know to accept. Assembled by hand: no compiler would make most of this.

mod common;

use common::{ADD, COUNT, DATA, FUEL, HALF, LIMIT, SECRET, TABLE, World, policy};
use iced_x86::IcedError;
use iced_x86::code_asm::*;
use mesapy_codemem::verify::verify;
use mesapy_codemem::{Access, CAGE_GUARD_HIGH, CAGE_GUARD_LOW, CodeMemory, Field, Policy, ROWS};

fn assembled(build: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) -> Vec<u8> {
    let mut a = CodeAssembler::new(64).expect("an assembler");
    build(&mut a).expect("instructions");
    a.assemble(0).expect("code")
}

/// Must be accepted.
#[track_caller]
fn good(build: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) {
    let code = assembled(build);
    if let Err(refusal) = verify(&policy(), &code, code.len()) {
        panic!("{refusal}");
    }
}

/// Must be refused, with a reason that contains `why`.
#[track_caller]
fn bad(why: &str, build: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) {
    let code = assembled(build);
    match verify(&policy(), &code, code.len()) {
        Ok(()) => panic!("accepted"),
        Err(refusal) => assert!(refusal.why.contains(why), "{refusal}"),
    }
}

/// The same for bytes, followed by `ret`.
#[track_caller]
fn bad_bytes(why: &str, bytes: &[u8]) {
    let mut code = bytes.to_vec();
    code.push(0xC3);
    match verify(&policy(), &code, code.len()) {
        Ok(()) => panic!("accepted"),
        Err(refusal) => assert!(refusal.why.contains(why), "{refusal}"),
    }
}

const NOT_KNOWN: &str = "not known to be in any region";
const BEYOND: &str = "beyond what belongs to the cage";
const MAY_NOT_USE: &str = "that code may not use";

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
fn the_frame_ends_at_the_return_address() {
    good(|a| {
        a.sub(rsp, 24)?;
        a.mov(ptr(rsp), rsi)?;
        a.mov(ptr(rsp + 16), rdi)?;
        a.mov(rax, ptr(rsp + 16))?;
        a.mov(rax, ptr(rax + LIMIT))?;
        a.add(rsp, 24)?;
        a.ret()
    });
    let above = "the return address or what is above";
    bad(above, |a| {
        a.mov(ptr(rsp), rax)?;
        a.ret()
    });
    bad(above, |a| {
        a.mov(rax, ptr(rsp))?;
        a.ret()
    });
    bad(above, |a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.mov(ptr(rbp + 8), rax)?;
        a.pop(rbp)?;
        a.ret()
    });
    bad(above, |a| {
        a.push(rax)?;
        a.mov(ptr(rsp + 1), rax)?;
        a.pop(rax)?;
        a.ret()
    });
    bad(above, |a| {
        a.push(rax)?;
        a.movups(ptr(rsp), xmm0)?;
        a.pop(rax)?;
        a.ret()
    });
    bad("below the stack pointer", |a| {
        a.mov(ptr(rsp - 8), rax)?;
        a.ret()
    });
    bad("not written", |a| {
        a.sub(rsp, 8)?;
        a.mov(rax, ptr(rsp))?;
        a.add(rsp, 8)?;
        a.ret()
    });
    bad("not written", |a| {
        a.sub(rsp, 8)?;
        a.mov(dword_ptr(rsp), 0)?;
        a.mov(rax, ptr(rsp))?;
        a.add(rsp, 8)?;
        a.ret()
    });
    // What was popped is gone.
    bad("not written", |a| {
        a.push(rdi)?;
        a.pop(rax)?;
        a.sub(rsp, 8)?;
        a.pop(rax)?;
        a.ret()
    });
    bad("place must be known", |a| {
        a.sub(rsp, 24)?;
        a.and(esi, 1)?;
        a.mov(ptr(rsp + rsi * 8), rax)?;
        a.add(rsp, 24)?;
        a.ret()
    });
}

#[test]
fn slots_that_are_partly_overwritten_are_numbers() {
    // An index that was spilled is one when it is reloaded.
    good(|a| {
        a.mov(eax, esi)?;
        a.push(rax)?;
        a.xor(eax, eax)?;
        a.pop(rcx)?;
        a.mov(rax, ptr(r15 + rcx * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.mov(eax, esi)?;
        a.push(rax)?;
        a.mov(ptr(rsp + 4), esi)?;
        a.pop(rcx)?;
        a.mov(rax, ptr(r15 + rcx * 8))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.push(rdi)?;
        a.mov(byte_ptr(rsp), 0)?;
        a.pop(rdi)?;
        a.mov(rax, ptr(rdi + LIMIT))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.push(rdi)?;
        a.push(rax)?;
        a.mov(ptr(rsp + 4), rax)?;
        a.pop(rax)?;
        a.pop(rdi)?;
        a.mov(rax, ptr(rdi + LIMIT))?;
        a.ret()
    });
    bad(NOT_KNOWN, |a| {
        a.push(rdi)?;
        a.push(rax)?;
        a.movups(ptr(rsp), xmm0)?;
        a.pop(rax)?;
        a.pop(rdi)?;
        a.mov(rax, ptr(rdi + LIMIT))?;
        a.ret()
    });
    // Half of a pointer is a number.
    good(|a| {
        a.push(rdi)?;
        a.mov(ecx, ptr(rsp))?;
        a.mov(rax, ptr(r15 + rcx * 8))?;
        a.pop(rdi)?;
        a.ret()
    });
}

#[test]
fn the_stack_is_balanced() {
    bad("not balanced", |a| {
        a.sub(rsp, 8)?;
        a.ret()
    });
    bad("not balanced", |a| {
        a.push(rax)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.add(rsp, 8)?;
        a.ret()
    });
    bad("the return address or what is above", |a| {
        a.pop(rax)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.mov(rsp, rax)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.and(rsp, -16)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.mov(esp, esp)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.push(rax)?;
        a.pop(rsp)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.xchg(rsp, rax)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.bsf(rsp, rax)?;
        a.ret()
    });
    bad("the stack pointer is lost", |a| {
        a.leave()?;
        a.ret()
    });
    bad("not at a word", |a| {
        a.sub(rsp, 4)?;
        a.add(rsp, 4)?;
        a.ret()
    });
    bad("different depths", |a| {
        let mut end = a.create_label();
        a.test(esi, esi)?;
        a.je(end)?;
        a.push(rax)?;
        a.set_label(&mut end)?;
        a.ret()
    });
    bad("too large", |a| {
        a.sub(rsp, 20_000)?;
        a.add(rsp, 20_000)?;
        a.ret()
    });
    // With a frame pointer.
    good(|a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.sub(rsp, 32)?;
        a.mov(ptr(rbp - 8), rax)?;
        a.mov(rsp, rbp)?;
        a.pop(rbp)?;
        a.ret()
    });
    good(|a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.sub(rsp, 32)?;
        a.leave()?;
        a.ret()
    });
}

#[test]
fn guards_of_stacks_are_not_stepped_over() {
    let stepped = "stepped over";
    good(|a| {
        a.sub(rsp, 4096)?;
        a.mov(ptr(rsp), rax)?;
        a.sub(rsp, 4096)?;
        a.mov(ptr(rsp), rax)?;
        a.add(rsp, 8192)?;
        a.ret()
    });
    bad(stepped, |a| {
        a.sub(rsp, 8192)?;
        a.mov(ptr(rsp), rax)?;
        a.add(rsp, 8192)?;
        a.ret()
    });
    bad(stepped, |a| {
        a.sub(rsp, 4096)?;
        a.push(rax)?;
        a.add(rsp, 4104)?;
        a.ret()
    });
    bad(stepped, |a| {
        a.sub(rsp, 4104)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.call(rax)?;
        a.add(rsp, 4104)?;
        a.ret()
    });
}

#[test]
fn registers_of_the_caller_are_preserved() {
    let lost = "a register of the caller is lost";
    for register in [rbx, rbp, r12, r13, r14] {
        good(|a| {
            a.push(register)?;
            a.mov(register, rsi)?;
            a.pop(register)?;
            a.ret()
        });
        bad(lost, |a| {
            a.mov(register, rsi)?;
            a.ret()
        });
        bad(lost, |a| {
            a.push(register)?;
            a.mov(ptr(rsp), rsi)?;
            a.pop(register)?;
            a.ret()
        });
    }
    bad(lost, |a| {
        a.mov(bl, 1)?;
        a.ret()
    });
    bad(lost, |a| {
        a.mov(ebx, ebx)?;
        a.ret()
    });
    bad(lost, |a| {
        a.xchg(rbx, r12)?;
        a.ret()
    });
    bad(lost, |a| {
        let mut end = a.create_label();
        a.test(esi, esi)?;
        a.je(end)?;
        a.xor(ebx, ebx)?;
        a.set_label(&mut end)?;
        a.ret()
    });
}

#[test]
fn r15_is_never_written() {
    let written = "r15 is written";
    bad(written, |a| {
        a.mov(r15, rax)?;
        a.ret()
    });
    bad(written, |a| {
        a.mov(r15b, 1)?;
        a.ret()
    });
    bad(written, |a| {
        a.add(r15, 8)?;
        a.ret()
    });
    bad(written, |a| {
        a.push(r15)?;
        a.pop(r15)?;
        a.ret()
    });
    bad(written, |a| {
        a.xchg(rax, r15)?;
        a.ret()
    });
    bad(written, |a| {
        a.cmove(r15, rax)?;
        a.ret()
    });
    bad(written, |a| {
        a.movq(r15, xmm0)?;
        a.ret()
    });
    bad(written, |a| {
        a.bsr(r15, rax)?;
        a.ret()
    });
    bad(written, |a| {
        a.sete(r15b)?;
        a.ret()
    });
}

#[test]
fn jumps_are_direct_and_inside() {
    bad(MAY_NOT_USE, |a| a.jmp(rax));
    bad(MAY_NOT_USE, |a| a.jmp(qword_ptr(r15)));
    bad("out of the function", |a| a.jmp(0x1000u64));
    // Into the middle of an instruction: forwards and backwards.
    bad_bytes("middle", &[0xB8, 0xC3, 0, 0, 0, 0xEB, 0xFA]);
    bad_bytes("overlap", &[0x74, 0x01, 0xB8, 0xC3, 0, 0, 0]);
    // Out of it at the start.
    bad_bytes("out of the function", &[0xEB, 0xF0]);
    // A jump with an operand size is another jump to some processors.
    bad_bytes("operand size", &[0x66, 0xE9, 0, 0, 0, 0]);
    bad_bytes("operand size", &[0x66, 0x74, 0]);
    bad(MAY_NOT_USE, |a| a.jrcxz(0u64));
    bad(MAY_NOT_USE, |a| a.loop_(0u64));
}

#[test]
fn control_does_not_run_off_the_end() {
    bad("off the end", |a| a.nop());
    bad("off the end", |a| {
        let mut end = a.create_label();
        a.test(eax, eax)?;
        a.je(end)?;
        a.ret()?;
        a.set_label(&mut end)?;
        a.nop()
    });
    // The last instruction is cut.
    let code = [0x90, 0xB8, 0, 0];
    assert!(verify(&policy(), &code, code.len()).is_err());
    assert!(verify(&policy(), &[], 0).is_err());
    assert!(verify(&policy(), &[0xC3], 2).is_err());
    // Behind the code are constants, not instructions.
    let code = [0x90, 0xC3];
    assert!(verify(&policy(), &code, 1).is_err());
    assert!(verify(&policy(), &code, 2).is_ok());
    good(|a| a.ud2());
    good(|a| {
        let mut head = a.create_label();
        a.set_label(&mut head)?;
        a.jmp(head)
    });
}

#[test]
fn instructions_are_those_of_the_table() {
    for (name, bytes) in [
        ("syscall", &[0x0F, 0x05][..]),
        ("sysenter", &[0x0F, 0x34]),
        ("int3", &[0xCC]),
        ("int 0x80", &[0xCD, 0x80]),
        ("in al, dx", &[0xEC]),
        ("out dx, al", &[0xEE]),
        ("movsb", &[0xA4]),
        ("rep movsb", &[0xF3, 0xA4]),
        ("movsd", &[0xA5]),
        ("cmpsd", &[0xA7]),
        ("stosb", &[0xAA]),
        ("lodsb", &[0xAC]),
        ("xlatb", &[0xD7]),
        ("std", &[0xFD]),
        ("cld", &[0xFC]),
        ("popf", &[0x9D]),
        ("hlt", &[0xF4]),
        ("rdtsc", &[0x0F, 0x31]),
        ("cpuid", &[0x0F, 0xA2]),
        ("wrfsbase rax", &[0xF3, 0x48, 0x0F, 0xAE, 0xD0]),
        ("xsave [rdi]", &[0x0F, 0xAE, 0x27]),
        ("fxsave [rdi]", &[0x0F, 0xAE, 0x07]),
        ("ldmxcsr [rdi]", &[0x0F, 0xAE, 0x17]),
        ("maskmovdqu xmm0, xmm1", &[0x66, 0x0F, 0xF7, 0xC1]),
        ("fld1", &[0xD9, 0xE8]),
        ("emms", &[0x0F, 0x77]),
        ("movd mm0, eax", &[0x0F, 0x6E, 0xC0]),
        ("mov ds, eax", &[0x8E, 0xD8]),
        ("mov rax, cr0", &[0x0F, 0x20, 0xC0]),
        ("call rel32", &[0xE8, 0, 0, 0, 0]),
        ("call far [rdi]", &[0x48, 0xFF, 0x1F]),
        ("jmp far [rdi]", &[0xFF, 0x2F]),
        ("ret 8", &[0xC2, 8, 0]),
        ("retf", &[0xCB]),
        ("iretq", &[0x48, 0xCF]),
        ("enter", &[0xC8, 8, 0, 0]),
        ("pop [rsp]", &[0x8F, 0x04, 0x24]),
        ("xchg [r15], rax", &[0x49, 0x87, 0x07]),
        ("cmpxchg [r15], rax", &[0x49, 0x0F, 0xB1, 0x07]),
        ("bt [r15], rax", &[0x49, 0x0F, 0xA3, 0x07]),
        ("bts [r15], rax", &[0x49, 0x0F, 0xAB, 0x07]),
        ("bswap ax", &[0x66, 0x0F, 0xC8]),
        ("vmovups ymm0, [r15]", &[0xC4, 0xC1, 0x7C, 0x10, 0x07]),
        ("xbegin", &[0xC7, 0xF8, 0, 0, 0, 0]),
        ("lock inc [r15]", &[0xF0, 0x49, 0xFF, 0x07]),
        (
            "mov rax, fs:[0]",
            &[0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0],
        ),
        ("mov rax, gs:[r15]", &[0x65, 0x49, 0x8B, 0x07]),
        ("mov eax, ds:[r15]", &[0x3E, 0x41, 0x8B, 0x07]),
        ("mov rax, [edi]", &[0x67, 0x48, 0x8B, 0x07]),
        ("lea rax, [edi]", &[0x67, 0x48, 0x8D, 0x07]),
        ("rep mov", &[0xF3, 0x48, 0x8B, 0xC1]),
        ("two REX", &[0x48, 0x41, 0x8B, 0xC1]),
        ("REX before 66", &[0x48, 0x66, 0x8B, 0xC1]),
        ("66 66", &[0x66, 0x66, 0x8B, 0xC1]),
        ("movabs al, [0]", &[0xA0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("push ax", &[0x66, 0x50]),
        ("66 ret", &[0x66]),
        ("invalid", &[0x06]),
    ] {
        let mut code = bytes.to_vec();
        code.push(0xC3);
        assert!(verify(&policy(), &code, code.len()).is_err(), "{name}");
    }
}

#[test]
fn calls_go_to_what_may_be_called() {
    good(|a| {
        a.sub(rsp, 8)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.call(rax)?;
        a.add(rsp, 8)?;
        a.ret()
    });
    good(|a| {
        a.push(rbx)?;
        a.mov(rbx, rdi)?;
        a.call(qword_ptr(rdi + ADD))?;
        a.mov(rdi, rbx)?;
        a.mov(rcx, ptr(rdi + TABLE))?;
        a.call(qword_ptr(rcx + 8 * 17))?;
        a.mov(rdi, rbx)?;
        a.mov(rcx, ptr(rdi + TABLE))?;
        a.and(esi, 0xFFF)?;
        a.mov(rcx, ptr(rcx + rsi * 8 + 64))?;
        a.call(rcx)?;
        a.pop(rbx)?;
        a.ret()
    });
    let unknown = "not known to be a function";
    bad(unknown, |a| {
        a.push(rbx)?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(unknown, |a| {
        a.push(rbx)?;
        a.call(qword_ptr(r15))?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(unknown, |a| {
        a.push(rbx)?;
        a.call(qword_ptr(rdi + LIMIT))?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.inc(rax)?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.mov(al, 0)?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
    // Between two rows.
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + TABLE))?;
        a.call(qword_ptr(rax + 4))?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + TABLE))?;
        a.and(esi, 0xFF)?;
        a.call(qword_ptr(rax + rsi * 4))?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + TABLE))?;
        a.and(esi, 0xFF)?;
        a.lea(rax, ptr(rax + rsi * 4))?;
        a.call(qword_ptr(rax + rsi * 8))?;
        a.pop(rbx)?;
        a.ret()
    });
    // The table of data is none of entries.
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + DATA))?;
        a.call(qword_ptr(rax))?;
        a.pop(rbx)?;
        a.ret()
    });
    // Either of two helpers, but not a helper or anything.
    bad(unknown, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.cmove(rax, ptr(rdi + LIMIT))?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
    good(|a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.cmove(rax, ptr(rdi + HALF))?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
}

#[test]
fn calls_pass_the_context_on_an_aligned_stack() {
    let context = "without the context in rdi";
    bad(context, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.mov(rdi, rsi)?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
    bad(context, |a| {
        a.push(rbx)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.add(rdi, 8)?;
        a.call(rax)?;
        a.pop(rbx)?;
        a.ret()
    });
    // A call may change rdi.
    bad(context, |a| {
        a.sub(rsp, 24)?;
        a.mov(rax, ptr(rdi + ADD))?;
        a.mov(ptr(rsp), rax)?;
        a.call(rax)?;
        a.mov(rax, ptr(rsp))?;
        a.call(rax)?;
        a.add(rsp, 24)?;
        a.ret()
    });
    let aligned = "not aligned";
    bad(aligned, |a| {
        a.call(qword_ptr(rdi + ADD))?;
        a.ret()
    });
    bad(aligned, |a| {
        a.sub(rsp, 16)?;
        a.call(qword_ptr(rdi + ADD))?;
        a.add(rsp, 16)?;
        a.ret()
    });
    // Registers that a call may change are not known after it.
    for register in [rax, rcx, rdx, rsi, r8, r9, r10, r11] {
        bad(NOT_KNOWN, |a| {
            a.push(rbx)?;
            a.lea(register, ptr(r15 + 8))?;
            a.call(qword_ptr(rdi + ADD))?;
            a.mov(rax, ptr(register))?;
            a.pop(rbx)?;
            a.ret()
        });
    }
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

#[test]
fn code_that_asks_for_much_is_refused_in_time() {
    // A long chain of diamonds with a large frame.
    let mut code = Vec::new();
    code.extend([0x48, 0x81, 0xEC, 0xF8, 0x0F, 0, 0]);
    for _ in 0..100_000 {
        code.extend([0x74, 0x00]);
    }
    code.extend([0x48, 0x81, 0xC4, 0xF8, 0x0F, 0, 0, 0xC3]);
    let start = std::time::Instant::now();
    assert!(verify(&policy(), &code, code.len()).is_err());
    let long = vec![0x90; 2 << 20];
    assert!(verify(&policy(), &long, long.len()).is_err());
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn policies_that_can_not_be_true_are_refused() {
    let with = |fields: &[Field]| {
        let policy = Policy {
            fields: fields.to_vec(),
            ..policy()
        };
        CodeMemory::<common::Context>::new(policy, 4096).is_some()
    };
    let field = |offset: i32, size, access| Field {
        offset: offset as u32,
        size,
        access,
    };
    assert!(with(&[field(ADD, 8, Access::Helper)]));
    assert!(!with(&[field(ADD, 4, Access::Helper)]));
    assert!(!with(&[field(TABLE, 8, Access::Pointer(2))]));
    assert!(!with(&[field(SECRET + 8, 8, Access::Read)]));
    assert!(!with(&[field(COUNT, 3, Access::Read)]));
    assert!(!with(&[
        field(ADD, 8, Access::Helper),
        field(ADD + 4, 4, Access::ReadWrite)
    ]));
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

#[test]
fn code_is_shown() {
    let code = assembled(|a| {
        a.mov(eax, esi)?;
        a.mov(ptr(r15 + rax * 8 - 16), rdx)?;
        a.ret()
    });
    let expected = "     0  Mov EAX, ESI (89 f0)
     2  Mov [R15+RAX*8-0x10], RDX (49 89 54 c7 f0)
     7  Ret  (c3)
";
    assert_eq!(mesapy_codemem::verify::listing(&code), expected);
}

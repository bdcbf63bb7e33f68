//! What the verifier must refuse on the stack and in the registers that a function must preserve.

mod assembled;
mod common;

use assembled::*;
use common::*;
use iced_x86::code_asm::*;

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

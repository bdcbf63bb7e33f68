//! What the verifier must refuse of jumps, calls and instructions, and of policies.

mod assembled;
mod common;

use assembled::*;
use common::*;
use iced_x86::code_asm::*;
use mesapy_codemem::verify::verify;
use mesapy_codemem::{Access, CodeMemory, Field, Policy};

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
    bad(
        unknown,
        framed(|a| {
            a.call(rax)?;
            Ok(())
        }),
    );
    bad(
        unknown,
        framed(|a| {
            a.call(qword_ptr(r15))?;
            Ok(())
        }),
    );
    bad(
        unknown,
        framed(|a| {
            a.call(qword_ptr(rdi + LIMIT))?;
            Ok(())
        }),
    );
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + ADD))?;
            a.inc(rax)?;
            a.call(rax)?;
            Ok(())
        }),
    );
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + ADD))?;
            a.mov(al, 0)?;
            a.call(rax)?;
            Ok(())
        }),
    );
    // Between two rows.
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + TABLE))?;
            a.call(qword_ptr(rax + 4))?;
            Ok(())
        }),
    );
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + TABLE))?;
            a.and(esi, 0xFF)?;
            a.call(qword_ptr(rax + rsi * 4))?;
            Ok(())
        }),
    );
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + TABLE))?;
            a.and(esi, 0xFF)?;
            a.lea(rax, ptr(rax + rsi * 4))?;
            a.call(qword_ptr(rax + rsi * 8))?;
            Ok(())
        }),
    );
    // The table of data is none of entries.
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + DATA))?;
            a.call(qword_ptr(rax))?;
            Ok(())
        }),
    );
    // Either of two helpers, but not a helper or anything.
    bad(
        unknown,
        framed(|a| {
            a.mov(rax, ptr(rdi + ADD))?;
            a.cmove(rax, ptr(rdi + LIMIT))?;
            a.call(rax)?;
            Ok(())
        }),
    );
    good(framed(|a| {
        a.mov(rax, ptr(rdi + ADD))?;
        a.cmove(rax, ptr(rdi + HALF))?;
        a.call(rax)?;
        Ok(())
    }));
}

#[test]
fn calls_pass_the_context_on_an_aligned_stack() {
    let context = "without the context in rdi";
    bad(
        context,
        framed(|a| {
            a.mov(rax, ptr(rdi + ADD))?;
            a.mov(rdi, rsi)?;
            a.call(rax)?;
            Ok(())
        }),
    );
    bad(
        context,
        framed(|a| {
            a.mov(rax, ptr(rdi + ADD))?;
            a.add(rdi, 8)?;
            a.call(rax)?;
            Ok(())
        }),
    );
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
        bad(
            NOT_KNOWN,
            framed(|a| {
                a.lea(register, ptr(r15 + 8))?;
                a.call(qword_ptr(rdi + ADD))?;
                a.mov(rax, ptr(register))?;
                Ok(())
            }),
        );
    }
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

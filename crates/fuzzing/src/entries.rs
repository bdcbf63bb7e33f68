//! The entry functions. Each takes any bytes at all.

use crate::Choices;
use crate::mutate::mutate;
use crate::program::program;
use mesapy_bytecode::{CodeUnit, dump, serial, verify};
use mesapy_codemem as codemem;
use mesapy_compile as compile;
use mesapy_syntax as syntax;

const CHANGES_MAX: usize = 4;

/// Bytes as source, in each mode: an answer or a syntax error; what compiles is verified and survives its serial form.
pub fn source(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for mode in [
        (syntax::Mode::Exec, compile::Mode::Exec),
        (syntax::Mode::Eval, compile::Mode::Eval),
        (syntax::Mode::Single, compile::Mode::Single),
    ] {
        if let Some(unit) = compiled(&text, mode) {
            sound(&unit);
        }
    }
}

/// A generated program, and the same with some bytes changed.
pub fn generated(bytes: &[u8]) {
    let text = program(bytes);
    source(text.as_bytes());
    let mut changed = text.into_bytes();
    mutate(&mut changed, &mut Choices::new(bytes), CHANGES_MAX);
    source(&changed);
}

/// Bytes as the serial form of a code unit: refused, or decoded; and verified or not, never worse.
pub fn serial_form(bytes: &[u8]) {
    if let Ok(unit) = serial::decode(bytes) {
        judge(&unit);
    }
}

/// The serial form of a generated program's code, with some bytes changed.
pub fn changed_unit(bytes: &[u8]) {
    let text = program(bytes);
    let Some(unit) = compiled(&text, (syntax::Mode::Exec, compile::Mode::Exec)) else {
        return;
    };
    let mut changed = serial::encode(&unit);
    mutate(&mut changed, &mut Choices::new(bytes), CHANGES_MAX);
    serial_form(&changed);
}

/// Bytes as machine code: accepted or refused, in good time.
pub fn machine_code(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let code_len = choices.below(bytes.len() + 2);
    let _ = codemem::verify::verify(&code_policy(), bytes, code_len);
}

/// A function that is accepted, with some bytes changed.
pub fn changed_machine_code(bytes: &[u8]) {
    let policy = code_policy();
    let mut code = FUNCTION.to_vec();
    let accepted = codemem::verify::verify(&policy, &code, code.len());
    assert_eq!(accepted, Ok(()), "the function that is changed is refused");
    mutate(&mut code, &mut Choices::new(bytes), CHANGES_MAX);
    let _ = codemem::verify::verify(&policy, &code, code.len());
}

/// A loop over words of the cage with a frame, a helper's call, a field of the context and a table of data.
const FUNCTION: [u8; 65] = [
    0x55, // push rbp
    0x48, 0x89, 0xE5, // mov rbp, rsp
    0x48, 0x83, 0xEC, 0x20, // sub rsp, 32
    0x48, 0x89, 0x1C, 0x24, // mov [rsp], rbx
    0x4C, 0x89, 0x64, 0x24, 0x08, // mov [rsp+8], r12
    0x48, 0x89, 0xFB, // mov rbx, rdi
    0x41, 0x89, 0xF4, // mov r12d, esi
    0x4B, 0x8B, 0x34, 0xE7, // mov rsi, [r15+r12*8]
    0x48, 0x89, 0xDF, // mov rdi, rbx
    0xFF, 0x53, 0x08, // call [rbx+8]
    0x0F, 0xB6, 0xC0, // movzx eax, al
    0x48, 0x8B, 0x4B, 0x10, // mov rcx, [rbx+16]
    0x48, 0x8B, 0x14, 0xC1, // mov rdx, [rcx+rax*8]
    0x48, 0x89, 0x13, // mov [rbx], rdx
    0x41, 0xFF, 0xC4, // inc r12d
    0x74, 0xE3, // je -29
    0x48, 0x8B, 0x1C, 0x24, // mov rbx, [rsp]
    0x4C, 0x8B, 0x64, 0x24, 0x08, // mov r12, [rsp+8]
    0xC9, // leave
    0xC3, // ret
    0x0F, 0x0B, // ud2
];

fn code_policy() -> codemem::Policy {
    let field = |offset, access| codemem::Field {
        offset,
        size: 8,
        access,
    };
    codemem::Policy {
        fields: vec![
            field(0, codemem::Access::ReadWrite),
            field(8, codemem::Access::Helper),
            field(16, codemem::Access::Pointer(0)),
            field(24, codemem::Access::Pointer(1)),
        ],
        pointees: vec![
            codemem::Pointee {
                bytes: 2048,
                holds: codemem::Holds::Data,
            },
            codemem::Pointee {
                bytes: 8 * codemem::ROWS as u32,
                holds: codemem::Holds::CodeEntries,
            },
        ],
    }
}

/// The code of a source; None if it has none.
pub fn compiled(text: &str, mode: (syntax::Mode, compile::Mode)) -> Option<CodeUnit> {
    let parsed = syntax::parse(text, mode.0, &syntax::Options::default()).ok()?;
    let options = compile::Options {
        mode: mode.1,
        ..compile::Options::default()
    };
    let made = compile::compile(text, &parsed.tree, &options).ok()?;
    Some(made.code)
}

/// What the compiler made must verify, and come back from its serial form as it was.
fn sound(unit: &CodeUnit) {
    if let Err(error) = verify(unit) {
        panic!(
            "the compiler's code does not verify: {error}\n{}",
            dump(unit)
        );
    }
    let again = serial::decode(&serial::encode(unit)).expect("what was encoded decodes");
    // By their texts: a NaN is not equal to itself.
    assert_eq!(dump(&again), dump(unit), "the serial form changes the code");
}

/// What came from outside is verified or refused; what is verified can be written and shown.
fn judge(unit: &CodeUnit) {
    if verify(unit).is_ok() {
        let again = serial::decode(&serial::encode(unit)).expect("what was encoded decodes");
        assert_eq!(dump(&again), dump(unit), "the serial form changes the code");
    }
}

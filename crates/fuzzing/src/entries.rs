//! The entry functions. Each takes any bytes at all.

use crate::Choices;
use crate::mutate::mutate;
use crate::program::program;
use mesapy_bytecode::{CodeUnit, dump, serial, verify};
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

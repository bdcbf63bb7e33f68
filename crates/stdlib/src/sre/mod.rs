//! `_sre`: the engine of the module `re`.
//!
//! The pattern language itself is compiled in Python (`re._parser`, `re._compiler`); what comes here is code words. CPython: Modules/_sre/sre.c.
//! `chars` is the two spellings of text and case, `program` checks code words, `engine` matches, `subject` connects it with Python's objects.

mod chars;
mod engine;
mod matching;
mod opcode;
mod pattern;
mod program;
mod scanner;
mod subject;
mod template;

use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::{Local, Py, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_sre",
    doc: "",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};

static FUNCTIONS: &[Method] = methods! {
    "compile(pattern, flags, code, groups, groupindex, indexgroup)" => static calls compile(pattern, flags, code, groups, groupindex, indexgroup), "";
    "template(pattern, template, /)" => static calls template(pattern, parts), "\n\n  template\n    A list containing interleaved literal strings (str or bytes) and group\n    indices (int), as returned by re._parser.parse_template():\n        [literal1, group1, ..., literalN, groupN]";
    "getcodesize()" => static leaf getcodesize(), "";
    "ascii_iscased(character, /)" => static calls ascii_iscased(ch), "";
    "unicode_iscased(character, /)" => static calls unicode_iscased(ch), "";
    "ascii_tolower(character, /)" => static calls ascii_tolower(ch), "";
    "unicode_tolower(character, /)" => static calls unicode_tolower(ch), "";
};

use pattern::compile;
use template::template;

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for def in [
        &pattern::PATTERN,
        &matching::MATCH,
        &scanner::SCANNER,
        &template::TEMPLATE,
    ] {
        vm.register_type(def)?;
    }
    let vm: &Vm = vm;
    let set = |name: &str, n: i64| {
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), vm.int(n))
    };
    set("MAGIC", opcode::MAGIC)?;
    set("CODESIZE", 4)?;
    set("MAXREPEAT", i64::from(opcode::MAXREPEAT))?;
    set("MAXGROUPS", opcode::MAXGROUPS)?;
    let copyright = vm.new_str(b" SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ")?;
    dict.get(vm)
        .set_str(vm, vm.intern(b"copyright"), copyright.value())?;
    Ok(())
}
fn getcodesize(_: &Vm) -> Py<i64> {
    Ok(4)
}
fn code_point(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
fn ascii_iscased(_: &mut Vm, ch: i64) -> Py<bool> {
    Ok(u8::try_from(ch).is_ok_and(|c| c.is_ascii_alphabetic()))
}
fn unicode_iscased(_: &mut Vm, ch: i64) -> Py<bool> {
    let ch = code_point(ch);
    // A ligature has an upper case of several letters.
    let upper = mesapy_text::unicode::case_map::upper(ch);
    Ok(chars::lower_unicode(ch) != ch || upper.single() != Some(ch))
}
fn ascii_tolower(_: &mut Vm, ch: i64) -> Py<i64> {
    Ok(if (65..=90).contains(&ch) { ch + 32 } else { ch })
}
fn unicode_tolower(_: &mut Vm, ch: i64) -> Py<i64> {
    Ok(i64::from(chars::lower_unicode(code_point(ch))))
}

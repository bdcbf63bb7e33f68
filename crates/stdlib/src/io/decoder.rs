//! Newlines of text, and `IncrementalNewlineDecoder`.

use super::support::*;
use mesapy_heap::Value;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method};
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;

/// Kinds of line ends that were seen.
pub const CR: u8 = 1;
pub const LF: u8 = 2;
pub const CRLF: u8 = 4;

/// Which line ends a text has.
pub fn seen(text: &[u8]) -> u8 {
    let mut kinds = 0;
    for (i, &c) in text.iter().enumerate() {
        match c {
            b'\r' if text.get(i + 1) == Some(&b'\n') => kinds |= CRLF,
            b'\r' => kinds |= CR,
            b'\n' if i == 0 || text.get(i - 1) != Some(&b'\r') => kinds |= LF,
            _ => {}
        }
    }
    kinds
}
/// All line ends as `\n`.
pub fn translate(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut skip = false;
    for &c in text {
        match c {
            b'\n' if skip => {}
            b'\r' => out.push(b'\n'),
            _ => out.push(c),
        }
        skip = c == b'\r';
    }
    out
}
/// `newlines` of a stream: None, a str, or a tuple of them.
pub fn newlines_value(vm: &Vm, kinds: u8) -> Py<Value<'_>> {
    let mut texts = Vec::new();
    for (kind, text) in [(CR, &b"\r"[..]), (LF, b"\n"), (CRLF, b"\r\n")] {
        if kinds & kind != 0 {
            texts.push(vm.new_str(text)?.value());
        }
    }
    Ok(match texts[..] {
        [] => Value::NONE,
        [one] => one,
        _ => vm.new_tuple(&texts)?.value(),
    })
}

const DECODER: usize = 0;
const TRANSLATE: usize = 1;
const PENDING_CR: usize = 2;
const SEEN: usize = 3;

pub static INCREMENTAL_NEWLINE_DECODER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io.IncrementalNewlineDecoder",
    doc: "Codec used when reading a file in universal newlines mode.",
    layout: Layout::Slots(4),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: &[GetSet {
        name: "newlines",
        get: newlines,
        set: None,
        doc: "",
    }],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__init__(self, decoder, translate, errors='strict')" => calls init(this, decoder, translate, errors), "Initialize self.  See help(type(self)) for accurate signature.";
    "decode(self, input, final=False)" => calls decode(this, input, is_final), "";
    "getstate(self, /)" => calls getstate(this), "";
    "setstate(self, state, /)" => calls setstate(this, state), "";
    "reset(self, /)" => calls reset(this), "";
};
fn int_slot(vm: &Vm, this: Local, i: usize) -> i64 {
    slot(vm, this, i).as_small_int().unwrap_or(0)
}
fn init(vm: &mut Vm, this: Local, decoder: Local, translate: bool, _: Option<Local>) -> Py<()> {
    set_slot_from(vm, this, DECODER, decoder);
    set_slot(vm, this, TRANSLATE, Value::bool(translate));
    set_slot(vm, this, PENDING_CR, Value::FALSE);
    set_slot(vm, this, SEEN, vm.int(0));
    Ok(())
}
fn ready(vm: &Vm, this: Local) -> Py<()> {
    if slot(vm, this, DECODER).is_empty() {
        return Err(vm.value_error("IncrementalNewlineDecoder.__init__() not called"));
    }
    Ok(())
}
fn decode(vm: &mut Vm, this: Local, input: Local, is_final: Option<bool>) -> Py<Ret> {
    ready(vm, this)?;
    let is_final = is_final.unwrap_or(false);
    let inner = slot_local(vm, this, DECODER);
    let output = if inner.value(vm).is_none() {
        input
    } else {
        let fin = vm.local(Value::bool(is_final));
        vm.call_method(inner, "decode", &[input, fin])?.keep(vm)
    };
    let Some(text) = output.value(vm).as_str(vm).map(|s| s.bytes(vm).to_vec()) else {
        return Err(vm.type_error(format!(
            "decoder should return a string result, not '{}'",
            vm.type_name_for_error(output.value(vm))
        )));
    };
    let mut text = text;
    if slot(vm, this, PENDING_CR).as_bool() == Some(true) && (!text.is_empty() || is_final) {
        text.insert(0, b'\r');
        set_slot(vm, this, PENDING_CR, Value::FALSE);
    }
    if text.last() == Some(&b'\r') && !is_final {
        text.pop();
        set_slot(vm, this, PENDING_CR, Value::TRUE);
    }
    let kinds = int_slot(vm, this, SEEN) | i64::from(seen(&text));
    set_slot(vm, this, SEEN, vm.int(kinds));
    if slot(vm, this, TRANSLATE).as_bool() == Some(true) {
        text = translate(&text);
    }
    new_str(vm, &text)
}
fn getstate(vm: &mut Vm, this: Local) -> Py<Ret> {
    ready(vm, this)?;
    let inner = slot_local(vm, this, DECODER);
    let (buffer, mut flags) = if inner.value(vm).is_none() {
        (bytes_local(vm, b"")?, 0)
    } else {
        let state = vm.call_method(inner, "getstate", &[])?.keep(vm);
        let Some(t) = state.value(vm).as_tuple(vm).filter(|t| t.len(vm) == 2) else {
            return Err(vm.type_error("illegal decoder state"));
        };
        let (b, f) = (vm.local(t.get(vm, 0)), vm.local(t.get(vm, 1)));
        (b, vm.index(f)?)
    };
    flags = flags.wrapping_shl(1);
    if slot(vm, this, PENDING_CR).as_bool() == Some(true) {
        flags |= 1;
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&[buffer.value(vm), vm.int(flags)])?.value()))
}
fn setstate(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    ready(vm, this)?;
    let Some(t) = state.value(vm).as_tuple(vm) else {
        return Err(vm.type_error("state argument must be a tuple"));
    };
    if t.len(vm) != 2 {
        return Err(vm.type_error("illegal decoder state"));
    }
    let (buffer, flags) = (vm.local(t.get(vm, 0)), vm.local(t.get(vm, 1)));
    let flags = vm.index(flags)?;
    set_slot(vm, this, PENDING_CR, Value::bool(flags & 1 != 0));
    let inner = slot_local(vm, this, DECODER);
    if !inner.value(vm).is_none() {
        let vm2: &Vm = vm;
        let state = vm2.local(
            vm2.new_tuple(&[buffer.value(vm2), vm2.int(flags >> 1)])?
                .value(),
        );
        vm.call_method(inner, "setstate", &[state])?.keep(vm);
    }
    Ok(())
}
fn reset(vm: &mut Vm, this: Local) -> Py<()> {
    ready(vm, this)?;
    set_slot(vm, this, SEEN, vm.int(0));
    set_slot(vm, this, PENDING_CR, Value::FALSE);
    let inner = slot_local(vm, this, DECODER);
    if !inner.value(vm).is_none() {
        call_plain(vm, inner, "reset")?;
    }
    Ok(())
}
fn newlines(vm: &mut Vm, this: Local) -> Py<Ret> {
    ready(vm, this)?;
    let kinds = int_slot(vm, this, SEEN);
    Ok(vm.ret(newlines_value(vm, kinds as u8)?))
}

//! `_json.make_encoder` and the encoding of strings.
//!
//! CPython: Modules/_json.c, encoder_new and py_encode_basestring.

use super::encoder::{Encoder, Step};
use mesapy_heap::{Value, Word};
use mesapy_text::wtf8;
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::native::{Method, quick_argument};
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Ret, Vm};

pub(super) mod slot {
    pub const MARKERS: usize = 0;
    pub const DEFAULT: usize = 1;
    pub const ENCODER: usize = 2;
    pub const INDENT: usize = 3;
    pub const KEY_SEPARATOR: usize = 4;
    pub const ITEM_SEPARATOR: usize = 5;
    pub const SORT_KEYS: usize = 6;
    pub const SKIPKEYS: usize = 7;
    pub const ALLOW_NAN: usize = 8;
    /// 1: ENCODER is `encode_basestring_ascii`, 2: `encode_basestring`, 0: something else.
    pub const FAST: usize = 9;
    pub const COUNT: u16 = 10;
}
pub static ENCODER: TypeDef = TypeDef {
    name: "_json.Encoder",
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    members: &[
        ("markers", slot::MARKERS as u16, "markers"),
        ("default", slot::DEFAULT as u16, "default"),
        ("encoder", slot::ENCODER as u16, "encoder"),
        ("indent", slot::INDENT as u16, "indent"),
        ("key_separator", slot::KEY_SEPARATOR as u16, "key_separator"),
        (
            "item_separator",
            slot::ITEM_SEPARATOR as u16,
            "item_separator",
        ),
        ("sort_keys", slot::SORT_KEYS as u16, "sort_keys"),
        ("skipkeys", slot::SKIPKEYS as u16, "skipkeys"),
    ],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(cls, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)" =>
        quick quick_new static calls new(cls, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan), "";
    "__call__(self, obj, _current_indent_level)" => quick quick_call calls call(this, obj, level), "Call self as a function.";
};

// ---- strings

/// Whether a byte stands for itself between quotes.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E) && byte != b'"' && byte != b'\\'
}
pub(super) fn push_ascii(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    // Without a way out in between: most texts are short, and all of most is plain.
    let plain = |part: &[u8]| part.iter().fold(true, |all, b| all & is_plain(*b));
    if text.chunks(64).all(plain) {
        out.extend_from_slice(text);
        out.push(b'"');
        return;
    }
    for ch in wtf8::code_points(text) {
        match ch {
            0x22 => out.extend_from_slice(b"\\\""),
            0x5C => out.extend_from_slice(b"\\\\"),
            0x20..=0x7E => out.push(ch as u8),
            _ => push_escape(out, ch),
        }
    }
    out.push(b'"');
}
fn push_escape(out: &mut Vec<u8>, ch: u32) {
    match ch {
        8 => out.extend_from_slice(b"\\b"),
        9 => out.extend_from_slice(b"\\t"),
        10 => out.extend_from_slice(b"\\n"),
        12 => out.extend_from_slice(b"\\f"),
        13 => out.extend_from_slice(b"\\r"),
        0x10000.. => {
            let n = ch - 0x10000;
            out.extend_from_slice(
                format!("\\u{:04x}\\u{:04x}", 0xD800 | n >> 10, 0xDC00 | n & 0x3FF).as_bytes(),
            );
        }
        _ => out.extend_from_slice(format!("\\u{ch:04x}").as_bytes()),
    }
}
pub(super) fn push_plain(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut from = 0;
    for (i, b) in text.iter().enumerate() {
        if *b >= 0x20 && !matches!(b, b'"' | b'\\') {
            continue;
        }
        out.extend_from_slice(&text[from..i]);
        from = i + 1;
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            _ => push_escape(out, u32::from(*b)),
        }
    }
    out.extend_from_slice(&text[from..]);
    out.push(b'"');
}
fn encoded(vm: &Vm, string: Local, push: fn(&mut Vec<u8>, &[u8])) -> Py<Ret> {
    let Some(s) = string.value(vm).as_str(vm) else {
        return Err(vm.type_error(format!(
            "first argument must be a string, not {}",
            vm.type_name_for_error(string.value(vm))
        )));
    };
    let mut out = Vec::with_capacity(s.byte_len(vm) + 2);
    push(&mut out, s.bytes(vm));
    vm.ret_str(&out)
}
pub fn encode_basestring(vm: &mut Vm, string: Local) -> Py<Ret> {
    encoded(vm, string, push_plain)
}
pub fn encode_basestring_ascii(vm: &mut Vm, string: Local) -> Py<Ret> {
    encoded(vm, string, push_ascii)
}

// ---- the encoder

#[allow(
    clippy::too_many_arguments,
    reason = "CPython's constructor has as many"
)]
fn new(
    vm: &mut Vm,
    cls: Local,
    markers: Local,
    default: Local,
    encoder: Local,
    indent: Local,
    key_separator: Local<k::Str>,
    item_separator: Local<k::Str>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
) -> Py<Ret> {
    if !markers.value(vm).is_none() && markers.value(vm).as_dict(vm).is_none() {
        return Err(vm.type_error(format!(
            "make_encoder() argument 1 must be dict or None, not {}",
            vm.type_name_for_error(markers.value(vm))
        )));
    }
    let given = [
        markers.value(vm),
        default.value(vm),
        encoder.value(vm),
        indent.value(vm),
        key_separator.value(vm),
        item_separator.value(vm),
        Value::bool(sort_keys),
        Value::bool(skipkeys),
        Value::bool(allow_nan),
    ];
    Ok(vm.ret(filled(vm, cls, given)?))
}
/// A new encoder, its slots in their order but for the last, which is told by the encoding function.
fn filled<'v>(vm: &'v Vm, cls: Local, given: [Value<'_>; 9]) -> Py<Value<'v>> {
    let encoder = given[slot::ENCODER];
    let is = |name: &str| {
        vm.native_signature(encoder)
            .is_some_and(|s| s.strip_prefix(name) == Some("(string, /)"))
    };
    let fast = if is("encode_basestring_ascii") {
        1
    } else if is("encode_basestring") {
        2
    } else {
        0
    };
    let class = object::check_new_class(vm, cls, &ENCODER)?;
    let made = object::instantiate(vm, class)?;
    if let Some(o) = made.as_obj() {
        let mut slots = [Value::int32(fast); slot::COUNT as usize];
        slots[..given.len()].copy_from_slice(&given);
        o.set_first_slots(vm, slots);
    }
    Ok(made)
}
/// Of an exact class, arguments of the usual types.
fn quick_new(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let arg = |i: u32| quick_argument(base, i).value(vm);
    let cls = quick_argument(base, 0);
    let usual = n == 10
        && cls.value(vm) == vm.type_object(&ENCODER).value()
        && (arg(1).is_none() || arg(1).as_exact_dict(vm).is_some())
        && (5..7).all(|i| arg(i).as_exact_str(vm).is_some())
        && (7..10).all(|i| arg(i).as_bool().is_some());
    if !usual {
        return None;
    }
    let given = std::array::from_fn(|i| arg(i as u32 + 1));
    Some(filled(vm, cls, given).ok()?.word())
}

/// Bytes that are written between two looks at signals.
const POLL_BYTES: usize = 1 << 16;
/// Bytes that are written without `&mut Vm` before the general way is taken.
const QUICK_BYTES: usize = 1 << 12;

fn call(vm: &mut Vm, this: Local, obj: Local, level: i64) -> Py<Ret> {
    let mut encoder = Encoder::new(vm, this, usize::try_from(level).unwrap_or(0), POLL_BYTES);
    let kept = vm.local(Value::NONE);
    encoder.write(vm, obj, kept)?;
    let vm: &Vm = vm;
    let text = vm.new_str(encoder.text())?;
    Ok(vm.ret(vm.new_tuple(&[text.value()])?.value()))
}
/// What is short and needs no Python.
fn quick_call(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let arg = |i: u32| quick_argument(base, i);
    if n != 3 || vm.type_of(arg(0).value(vm)) != vm.type_object(&ENCODER) {
        return None;
    }
    let level = usize::try_from(arg(2).value(vm).as_small_int()?).ok()?;
    let mut encoder = Encoder::new(vm, arg(0), level, QUICK_BYTES);
    let step = encoder.advance(vm, Some(arg(1).value(vm).word()));
    if !matches!(step, Ok(Step::Done)) {
        // The general way starts anew.
        encoder.abandon(vm);
        if let Err(raised) = step {
            vm.take_exception(raised);
        }
        return None;
    }
    let text = vm.new_str(encoder.text()).ok()?;
    Some(vm.new_tuple(&[text.value()]).ok()?.value().word())
}

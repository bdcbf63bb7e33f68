//! `_json.make_scanner` and `scanstring`: parsing.
//!
//! The parser keeps byte positions and looks at the text anew after each call into Python. CPython: Modules/_json.c, scan_once_unicode and its parts.

use super::quick::Reader;
use mesapy_heap::{Value, Word};
use mesapy_text::{number, wtf8};
use mesapy_vm::import;
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::native::{Method, quick_argument};
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Raised, Ret, Vm};
use std::borrow::Cow;

mod slot {
    pub const STRICT: usize = 0;
    pub const OBJECT_HOOK: usize = 1;
    pub const OBJECT_PAIRS_HOOK: usize = 2;
    pub const PARSE_FLOAT: usize = 3;
    pub const PARSE_INT: usize = 4;
    pub const PARSE_CONSTANT: usize = 5;
    pub const COUNT: u16 = 6;
}
pub static SCANNER: TypeDef = TypeDef {
    name: "_json.Scanner",
    doc: "JSON scanner object",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    members: &[
        ("strict", slot::STRICT as u16, "strict"),
        ("object_hook", slot::OBJECT_HOOK as u16, "object_hook"),
        ("object_pairs_hook", slot::OBJECT_PAIRS_HOOK as u16, ""),
        ("parse_float", slot::PARSE_FLOAT as u16, "parse_float"),
        ("parse_int", slot::PARSE_INT as u16, "parse_int"),
        (
            "parse_constant",
            slot::PARSE_CONSTANT as u16,
            "parse_constant",
        ),
    ],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(cls, context)" => static calls new(cls, context), "";
    "__call__(self, string, idx)" => quick quick_call calls call(this, string, idx), "Call self as a function.";
};

fn new(vm: &mut Vm, cls: Local, context: Local) -> Py<Ret> {
    let made = {
        let vm: &Vm = vm;
        let class = object::check_new_class(vm, cls, &SCANNER)?;
        vm.local(object::instantiate(vm, class)?)
    };
    let names = [
        "strict",
        "object_hook",
        "object_pairs_hook",
        "parse_float",
        "parse_int",
        "parse_constant",
    ];
    let value = vm.local(Value::NONE);
    for (slot, name) in names.iter().enumerate() {
        vm.get_attr_str(context, name)?.put(vm, value);
        if slot == slot::STRICT {
            let strict = vm.truth(value)?;
            value.set(vm, Value::bool(strict));
        }
        let vm: &Vm = vm;
        if let Some(o) = made.value(vm).as_obj() {
            o.set_slot(vm, slot, value.value(vm));
        }
    }
    Ok(vm.ret(made.value(vm)))
}
fn slot_of<'v>(vm: &'v Vm, this: Local, slot: usize) -> Value<'v> {
    this.value(vm)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, slot))
}

/// A text being parsed.
struct Scan {
    text: Local<k::Str>,
    strict: bool,
    object_hook: Option<Local>,
    pairs_hook: Option<Local>,
    /// None: the builtin class, which needs no call.
    parse_float: Option<Local>,
    parse_int: Option<Local>,
    parse_constant: Local,
    /// Keys seen so far, so that equal ones are one object.
    keys: Local<k::Dict>,
    /// Arrays and objects that are open.
    depth: std::cell::Cell<u32>,
}
/// As deep as CPython gets on a usual stack, roughly.
const DEPTH_MAX: u32 = 50_000;

fn call(vm: &mut Vm, this: Local, string: Local, idx: i64) -> Py<Ret> {
    let Some(text) = string.cast::<k::Str>(vm) else {
        return Err(vm.type_error(format!(
            "first argument must be a string, not {}",
            vm.type_name_for_error(string.value(vm))
        )));
    };
    let hook = |slot: usize| {
        let value = slot_of(vm, this, slot);
        (!value.is_none()).then(|| vm.local(value))
    };
    let (object_hook, pairs_hook) = (hook(slot::OBJECT_HOOK), hook(slot::OBJECT_PAIRS_HOOK));
    let class = |slot: usize, def: &'static TypeDef| {
        let value = slot_of(vm, this, slot);
        (value != vm.type_object(def).value()).then(|| vm.local(value))
    };
    let scan = Scan {
        text,
        strict: slot_of(vm, this, slot::STRICT) == Value::TRUE,
        object_hook,
        pairs_hook,
        parse_float: class(slot::PARSE_FLOAT, &mesapy_vm::objects::float::FLOAT),
        parse_int: class(slot::PARSE_INT, &mesapy_vm::objects::int::INT),
        parse_constant: vm.local(slot_of(vm, this, slot::PARSE_CONSTANT)),
        keys: vm.local_of::<k::Dict>(vm.new_dict().value()),
        depth: Default::default(),
    };
    let Ok(start) = usize::try_from(idx) else {
        return Err(vm.value_error("idx cannot be negative"));
    };
    let s = text.get(vm);
    if start >= s.char_len(vm) {
        return Err(stop_at(vm, start));
    }
    let at = s.char_to_byte(vm, start);
    let value = vm.local(Value::NONE);
    let end = scan.value(vm, at, value)?;
    let vm: &Vm = vm;
    let end = text.get(vm).byte_to_char(vm, end);
    Ok(vm.ret(
        vm.new_tuple(&[value.value(vm), vm.int(end as i64)])?
            .value(),
    ))
}
/// Texts of more bytes are read with a look at signals in between.
const QUICK_BYTES: usize = 1 << 20;

/// Without hooks, and without errors.
fn quick_call(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let this = quick_argument(base, 0);
    if n != 3 || vm.type_of(this.value(vm)) != vm.type_object(&SCANNER) {
        return None;
    }
    let is = |slot: usize, value: Value<'_>| slot_of(vm, this, slot) == value;
    let class = |def: &'static TypeDef| vm.type_object(def).value();
    let usual = is(slot::OBJECT_HOOK, Value::NONE)
        && is(slot::OBJECT_PAIRS_HOOK, Value::NONE)
        && is(slot::PARSE_FLOAT, class(&mesapy_vm::objects::float::FLOAT))
        && is(slot::PARSE_INT, class(&mesapy_vm::objects::int::INT));
    let text = quick_argument(base, 1).value(vm).as_exact_str(vm)?;
    let start = usize::try_from(quick_argument(base, 2).value(vm).as_small_int()?).ok()?;
    let bytes = text.bytes(vm);
    if !usual || bytes.len() > QUICK_BYTES || start >= text.char_len(vm) {
        return None;
    }
    let mut reader = Reader::new(vm, bytes, is(slot::STRICT, Value::TRUE));
    let (value, end) = reader.value(text.char_to_byte(vm, start), 0)?;
    let end = vm.int(text.byte_to_char(vm, end) as i64);
    Some(vm.new_tuple(&[value, end]).ok()?.value().word())
}
/// StopIteration with the character position where a value was expected.
fn stop_at(vm: &Vm, index: usize) -> Raised {
    vm.stop_iteration(vm.int(index as i64))
}
/// JSONDecodeError; `at` is a character position.
fn decode_error(vm: &mut Vm, message: &str, text: Local<k::Str>, at: i64) -> Raised {
    let result = (|| -> Py<Local> {
        let module = import::import_module(vm, "json.decoder")?;
        let class = vm.get_attr_str(module, "JSONDecodeError")?.keep(vm);
        let message = vm.local(vm.new_str(message.as_bytes())?.value());
        let at = vm.local(vm.int(at));
        Ok(vm.call(class, &[message, text.any(), at])?.keep(vm))
    })();
    match result {
        Ok(e) => vm.raise(e.value(vm)),
        Err(raised) => raised,
    }
}
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl Scan {
    fn byte(&self, vm: &Vm, at: usize) -> Option<u8> {
        self.text.get(vm).bytes(vm).get(at).copied()
    }
    fn skip_space(&self, vm: &Vm, at: usize) -> usize {
        let rest = self.text.get(vm).bytes(vm).get(at..).unwrap_or(&[]);
        at + rest
            .iter()
            .position(|b| !is_space(*b))
            .unwrap_or(rest.len())
    }
    fn error(&self, vm: &mut Vm, message: &str, at: usize) -> Raised {
        let index = self.text.get(vm).byte_to_char(vm, at);
        decode_error(vm, message, self.text, index as i64)
    }
    /// The value at a byte position into `into`; the position behind it.
    fn value(&self, vm: &mut Vm, at: usize, into: Local) -> Py<usize> {
        let Some(first) = self.byte(vm, at) else {
            let index = self.text.get(vm).byte_to_char(vm, at);
            return Err(stop_at(vm, index));
        };
        match first {
            b'"' => {
                let (end, value) = scan_string(vm, self.text, at + 1, self.strict)?;
                into.set(vm, value.get(vm));
                Ok(end)
            }
            b'{' => self.nested(vm, "object", |vm| self.object(vm, at + 1, into)),
            b'[' => self.nested(vm, "array", |vm| self.array(vm, at + 1, into)),
            _ => self.scalar(vm, at, first, into),
        }
    }
    fn nested(&self, vm: &mut Vm, what: &str, f: impl FnOnce(&mut Vm) -> Py<usize>) -> Py<usize> {
        if vm.check_native_stack().is_err() || self.depth.get() >= DEPTH_MAX {
            return Err(vm.recursion_error(&format!(
                " while decoding a JSON {what} from a unicode string"
            )));
        }
        vm.poll()?;
        self.depth.set(self.depth.get() + 1);
        let end = vm.scope(f);
        self.depth.set(self.depth.get() - 1);
        end
    }
    fn scalar(&self, vm: &mut Vm, at: usize, first: u8, into: Local) -> Py<usize> {
        let rest = self.text.get(vm).bytes(vm).get(at..).unwrap_or(&[]);
        for (word, value) in [
            (&b"null"[..], Value::NONE),
            (b"true", Value::TRUE),
            (b"false", Value::FALSE),
        ] {
            if rest.starts_with(word) {
                let word_len = word.len();
                into.set(vm, value);
                return Ok(at + word_len);
            }
        }
        for word in ["NaN", "Infinity", "-Infinity"] {
            if rest.starts_with(word.as_bytes()) {
                return vm.scope(|vm| {
                    let name = vm.local(vm.new_str(word.as_bytes())?.value());
                    vm.call(self.parse_constant, &[name])?.put(vm, into);
                    Ok(at + word.len())
                });
            }
        }
        if first == b'-' || first.is_ascii_digit() {
            if let Some(end) = self.number(vm, at, into)? {
                return Ok(end);
            }
        }
        let index = self.text.get(vm).byte_to_char(vm, at);
        Err(stop_at(vm, index))
    }
    fn number(&self, vm: &mut Vm, at: usize, into: Local) -> Py<Option<usize>> {
        let text = self.text.get(vm).bytes(vm);
        let Some((end, is_float)) = number_end(text, at) else {
            return Ok(None);
        };
        let digits = text.get(at..end).unwrap_or(&[]);
        let custom = if is_float {
            self.parse_float
        } else {
            self.parse_int
        };
        if custom.is_none() {
            if is_float {
                let value = number::float::parse_float(digits).unwrap_or(f64::NAN);
                into.set(vm, vm.float(value));
                return Ok(Some(end));
            }
            if let Some(n) = number::int::parse_small(digits) {
                into.set(vm, vm.int(n));
                return Ok(Some(end));
            }
        }
        let digits = vm.new_str_ascii(digits)?.value().word();
        vm.scope(|vm| {
            let digits = vm.local(digits.value(vm));
            let f = match custom {
                Some(f) => f,
                None => vm.local(vm.type_object(&mesapy_vm::objects::int::INT).value()),
            };
            vm.call(f, &[digits])?.put(vm, into);
            Ok(Some(end))
        })
    }
    fn array(&self, vm: &mut Vm, at: usize, into: Local) -> Py<usize> {
        let list = vm.local_of::<k::List>(vm.new_list(&[])?.value());
        let item = vm.local(Value::NONE);
        let mut at = self.skip_space(vm, at);
        if self.byte(vm, at) != Some(b']') {
            loop {
                at = self.value(vm, at, item)?;
                list.get(vm).push(vm, item.value(vm))?;
                at = self.skip_space(vm, at);
                match self.byte(vm, at) {
                    Some(b']') => break,
                    Some(b',') => {}
                    _ => return Err(self.error(vm, "Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(vm, at + 1);
                if self.byte(vm, at) == Some(b']') {
                    return Err(self.error(
                        vm,
                        "Illegal trailing comma before end of array",
                        comma,
                    ));
                }
            }
        }
        into.set(vm, list.value(vm));
        Ok(at + 1)
    }
    fn object(&self, vm: &mut Vm, at: usize, into: Local) -> Py<usize> {
        let dict = vm.local_of::<k::Dict>(vm.new_dict().value());
        let pairs = vm.local_of::<k::List>(vm.new_list(&[])?.value());
        let [key, value] = vm.locals([Value::NONE; 2]);
        let mut at = self.skip_space(vm, at);
        if self.byte(vm, at) != Some(b'}') {
            loop {
                if self.byte(vm, at) != Some(b'"') {
                    return Err(self.error(
                        vm,
                        "Expecting property name enclosed in double quotes",
                        at,
                    ));
                }
                let (end, name) = scan_string(vm, self.text, at + 1, self.strict)?;
                name.put(vm, key);
                self.unify(vm, key)?;
                at = self.skip_space(vm, end);
                if self.byte(vm, at) != Some(b':') {
                    return Err(self.error(vm, "Expecting ':' delimiter", at));
                }
                at = self.skip_space(vm, at + 1);
                at = self.value(vm, at, value)?;
                {
                    let vm: &Vm = vm;
                    if self.pairs_hook.is_some() {
                        let pair = vm.new_tuple(&[key.value(vm), value.value(vm)])?;
                        pairs.get(vm).push(vm, pair.value())?;
                    } else if let Some(name) = key.value(vm).as_exact_str(vm) {
                        dict.get(vm).set_str(vm, name, value.value(vm))?;
                    }
                }
                at = self.skip_space(vm, at);
                match self.byte(vm, at) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return Err(self.error(vm, "Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(vm, at + 1);
                if self.byte(vm, at) == Some(b'}') {
                    return Err(self.error(
                        vm,
                        "Illegal trailing comma before end of object",
                        comma,
                    ));
                }
            }
        }
        match (self.pairs_hook, self.object_hook) {
            (Some(hook), _) => vm.call(hook, &[pairs.any()])?.put(vm, into),
            (None, Some(hook)) => vm.call(hook, &[dict.any()])?.put(vm, into),
            (None, None) => into.set(vm, dict.value(vm)),
        }
        Ok(at + 1)
    }
    fn unify(&self, vm: &Vm, key: Local) -> Py<()> {
        let Some(name) = key.value(vm).as_exact_str(vm) else {
            return Ok(());
        };
        match self.keys.get(vm).get_str(vm, name) {
            Some(known) => key.set(vm, known),
            None => self.keys.get(vm).set_str(vm, name, name.value())?,
        }
        Ok(())
    }
}

/// Where the number at a byte position ends, and whether it is a float.
pub(super) fn number_end(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or(&[]);
        from + rest
            .iter()
            .position(|b| !b.is_ascii_digit())
            .unwrap_or(rest.len())
    };
    let start = at + usize::from(text.get(at) == Some(&b'-'));
    let mut end = match text.get(start) {
        Some(b'0') => start + 1,
        Some(b'1'..=b'9') => digits(start),
        _ => return None,
    };
    let mut is_float = false;
    if text.get(end) == Some(&b'.') {
        let behind = digits(end + 1);
        if behind > end + 1 {
            (is_float, end) = (true, behind);
        }
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let behind = digits(end + 1 + sign);
        if behind > end + 1 + sign {
            (is_float, end) = (true, behind);
        }
    }
    Some((end, is_float))
}

/// `scanstring(string, end, strict=True)`
pub fn scanstring(vm: &mut Vm, string: Local, end: i64, strict: Option<bool>) -> Py<Ret> {
    let Some(text) = string.cast::<k::Str>(vm) else {
        return Err(vm.type_error(format!(
            "first argument must be a string, not {}",
            vm.type_name_for_error(string.value(vm))
        )));
    };
    let len = text.get(vm).char_len(vm);
    let Some(start) = usize::try_from(end).ok().filter(|e| *e <= len) else {
        return Err(vm.value_error("end is out of bounds"));
    };
    let at = text.get(vm).char_to_byte(vm, start);
    let (end, value) = if start == 0 {
        // There is no quote in front: the position in the error is one before the text.
        scan_string_from(vm, text, 0, strict.unwrap_or(true), -1)?
    } else {
        scan_string(vm, text, at, strict.unwrap_or(true))?
    };
    let value = value.keep(vm);
    let vm: &Vm = vm;
    let end = text.get(vm).byte_to_char(vm, end);
    Ok(vm.ret(
        vm.new_tuple(&[value.value(vm), vm.int(end as i64)])?
            .value(),
    ))
}
fn scan_string(vm: &mut Vm, text: Local<k::Str>, at: usize, strict: bool) -> Py<(usize, Ret)> {
    let begin = text.get(vm).byte_to_char(vm, at.saturating_sub(1)) as i64;
    scan_string_from(vm, text, at, strict, begin)
}
/// The string whose contents start at a byte position. `begin` is the quote's character position, for errors.
fn scan_string_from(
    vm: &mut Vm,
    text: Local<k::Str>,
    at: usize,
    strict: bool,
    begin: i64,
) -> Py<(usize, Ret)> {
    let failed = {
        let vm: &Vm = vm;
        match scan_text(text.get(vm).bytes(vm), at, strict) {
            Ok((found, end)) => return Ok((end, vm.ret_str(&found)?)),
            Err(failed) => failed,
        }
    };
    let (message, at) = failed;
    let index = match at {
        Some(at) => text.get(vm).byte_to_char(vm, at) as i64,
        None => begin,
    };
    Err(decode_error(vm, message, text, index))
}
/// The contents of the string that starts at a byte position, and the position behind its quote; or what is wrong, and where if not at its beginning.
pub(super) fn scan_text(
    bytes: &[u8],
    at: usize,
    strict: bool,
) -> Result<(Cow<'_, [u8]>, usize), (&'static str, Option<usize>)> {
    let mut out: Vec<u8> = Vec::new();
    let (mut from, mut pos) = (at, at);
    loop {
        let rest = bytes.get(pos..).unwrap_or(&[]);
        let stop = rest
            .iter()
            .position(|b| matches!(b, b'"' | b'\\') || strict && *b < 0x20);
        let Some(stop) = stop else {
            return Err(("Unterminated string starting at", None));
        };
        pos += stop;
        let chunk = bytes.get(from..pos).unwrap_or(&[]);
        match bytes.get(pos) {
            Some(b'"') if out.is_empty() => return Ok((chunk.into(), pos + 1)),
            Some(b'"') => {
                out.extend_from_slice(chunk);
                return Ok((out.into(), pos + 1));
            }
            Some(b'\\') => {}
            _ => return Err(("Invalid control character at", Some(pos))),
        }
        out.extend_from_slice(chunk);
        let Some(&escape) = bytes.get(pos + 1) else {
            return Err(("Unterminated string starting at", None));
        };
        let plain = match escape {
            b'"' | b'\\' | b'/' => escape,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => 0,
            _ => return Err(("Invalid \\escape", Some(pos))),
        };
        if escape != b'u' {
            out.push(plain);
            pos += 2;
        } else {
            let Some(mut ch) = hex4(bytes, pos + 2) else {
                return Err(("Invalid \\uXXXX escape", Some(pos + 1)));
            };
            pos += 6;
            if (0xD800..0xDC00).contains(&ch) && bytes.get(pos..pos + 2) == Some(b"\\u") {
                if let Some(low) = hex4(bytes, pos + 2).filter(|c| (0xDC00..0xE000).contains(c)) {
                    ch = 0x10000 + ((ch - 0xD800) << 10) + (low - 0xDC00);
                    pos += 6;
                }
            }
            wtf8::push(&mut out, ch);
        }
        from = pos;
    }
}
fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits
        .iter()
        .try_fold(0, |n, b| Some(n << 4 | (*b as char).to_digit(16)?))
}

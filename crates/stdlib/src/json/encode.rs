//! `_json.make_encoder` and the encoding of strings.
//!
//! The text grows in one buffer on the Rust side; containers are read anew after each call into Python. CPython: Modules/_json.c, encoder_call.

use mesapy_heap::{Value, Word};
use mesapy_text::{number, wtf8};
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::native::{Method, quick_argument};
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Raised, Ret, Vm};
use std::io::Write;

mod slot {
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
    "__call__(self, obj, _current_indent_level)" => calls call(this, obj, level), "Call self as a function.";
};

// ---- strings

/// Whether a byte stands for itself between quotes.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E) && byte != b'"' && byte != b'\\'
}
fn push_ascii(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    if text.iter().all(|b| is_plain(*b)) {
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
fn push_plain(out: &mut Vec<u8>, text: &[u8]) {
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

struct Encoder {
    markers: Option<Local>,
    default: Local,
    encoder: Local,
    indent: Option<Vec<u8>>,
    key_separator: Local,
    item_separator: Local,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    fast: i64,
    out: Vec<u8>,
    /// Arrays and objects that are open.
    depth: u32,
}
/// As deep as CPython gets on a usual stack, roughly.
const DEPTH_MAX: u32 = 50_000;

fn call(vm: &mut Vm, this: Local, obj: Local, level: i64) -> Py<Ret> {
    let get = |slot: usize| {
        this.value(vm)
            .as_obj()
            .map_or(Value::NONE, |o| o.slot(vm, slot))
    };
    let markers = get(slot::MARKERS);
    let mut encoder = Encoder {
        markers: (!markers.is_none()).then(|| vm.local(markers)),
        default: vm.local(get(slot::DEFAULT)),
        encoder: vm.local(get(slot::ENCODER)),
        indent: get(slot::INDENT).as_str(vm).map(|s| s.bytes(vm).to_vec()),
        key_separator: vm.local(get(slot::KEY_SEPARATOR)),
        item_separator: vm.local(get(slot::ITEM_SEPARATOR)),
        sort_keys: get(slot::SORT_KEYS) == Value::TRUE,
        skipkeys: get(slot::SKIPKEYS) == Value::TRUE,
        allow_nan: get(slot::ALLOW_NAN) == Value::TRUE,
        fast: get(slot::FAST).as_small_int().unwrap_or(0),
        out: Vec::with_capacity(256),
        depth: 0,
    };
    encoder.value(vm, obj, usize::try_from(level).unwrap_or(0))?;
    let vm: &Vm = vm;
    let text = vm.new_str(&encoder.out)?;
    Ok(vm.ret(vm.new_tuple(&[text.value()])?.value()))
}

/// What kind of JSON a value becomes.
enum Form {
    Done,
    Int,
    List,
    Dict,
    String,
    Other,
}

impl Encoder {
    /// Values that need no Python code are written at once.
    fn simple(&mut self, vm: &Vm, value: Value<'_>) -> Py<Form> {
        if value.is_none() {
            self.out.extend_from_slice(b"null");
        } else if value == Value::TRUE {
            self.out.extend_from_slice(b"true");
        } else if value == Value::FALSE {
            self.out.extend_from_slice(b"false");
        } else if let Some(s) = value.as_str(vm) {
            match self.fast {
                1 => push_ascii(&mut self.out, s.bytes(vm)),
                2 => push_plain(&mut self.out, s.bytes(vm)),
                _ => return Ok(Form::String),
            }
        } else if vm.is_int(value) {
            match vm.int_value(value) {
                // Writing to memory can't fail.
                Some(n) => {
                    let _ = write!(self.out, "{n}");
                }
                None => return Ok(Form::Int),
            }
        } else if let Some(f) = mesapy_vm::objects::numbers::float_of(vm, value) {
            self.float(vm, f)?;
        } else if value.as_list(vm).is_some() || value.as_tuple(vm).is_some() {
            return Ok(Form::List);
        } else if value.as_dict(vm).is_some() {
            return Ok(Form::Dict);
        } else {
            return Ok(Form::Other);
        }
        Ok(Form::Done)
    }
    fn float(&mut self, vm: &Vm, f: f64) -> Py<()> {
        if f.is_finite() {
            self.out
                .extend_from_slice(number::float::repr(f).as_bytes());
            return Ok(());
        }
        if !self.allow_nan {
            return Err(vm.value_error(format!(
                "Out of range float values are not JSON compliant: {}",
                number::float::repr(f)
            )));
        }
        self.out.extend_from_slice(if f.is_nan() {
            b"NaN"
        } else if f > 0.0 {
            b"Infinity"
        } else {
            b"-Infinity"
        });
        Ok(())
    }
    fn value(&mut self, vm: &mut Vm, obj: Local, level: usize) -> Py<()> {
        match self.simple(vm, obj.value(vm))? {
            Form::Done => Ok(()),
            Form::Int => {
                let exact = vm.index_value(obj)?.keep(vm);
                let text = vm.repr_text(exact)?;
                self.out.extend_from_slice(text.as_bytes());
                Ok(())
            }
            Form::String => self.string(vm, obj),
            Form::List => self.nested(vm, |e, vm| e.list(vm, obj, level)),
            Form::Dict => self.nested(vm, |e, vm| e.dict(vm, obj, level)),
            Form::Other => self.nested(vm, |e, vm| e.other(vm, obj, level)),
        }
    }
    fn nested(&mut self, vm: &mut Vm, f: impl FnOnce(&mut Encoder, &mut Vm) -> Py<()>) -> Py<()> {
        if vm.check_native_stack().is_err() || self.depth >= DEPTH_MAX {
            return Err(vm.recursion_error(" while encoding a JSON object"));
        }
        vm.poll()?;
        self.depth += 1;
        let done = vm.scope(|vm| f(self, vm));
        self.depth -= 1;
        done
    }
    fn string(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        let vm2: &Vm = vm;
        if let (1 | 2, Some(s)) = (self.fast, obj.value(vm2).as_str(vm2)) {
            let push = if self.fast == 1 {
                push_ascii
            } else {
                push_plain
            };
            push(&mut self.out, s.bytes(vm2));
            return Ok(());
        }
        let ret = vm.call(self.encoder, &[obj])?;
        let vm: &Vm = vm;
        let result = ret.get(vm);
        match result.as_str(vm) {
            Some(s) => self.out.extend_from_slice(s.bytes(vm)),
            None => {
                return Err(vm.type_error(format!(
                    "encoder() must return a string, not {}",
                    vm.type_name_for_error(result)
                )));
            }
        }
        Ok(())
    }
    /// A text as it is.
    fn text(&mut self, vm: &Vm, text: Local) {
        if let Some(s) = text.value(vm).as_str(vm) {
            self.out.extend_from_slice(s.bytes(vm));
        }
    }
    fn newline(&mut self, level: usize) {
        if let Some(indent) = &self.indent {
            self.out.push(b'\n');
            for _ in 0..level {
                self.out.extend_from_slice(indent);
            }
        }
    }
    /// Notes that an object is being written; its key in the markers.
    fn enter(&mut self, vm: &mut Vm, obj: Local) -> Py<Option<Local>> {
        let Some(markers) = self.markers else {
            return Ok(None);
        };
        {
            let vm: &Vm = vm;
            let id = vm.id(obj.value(vm));
            if let (Some(markers), Ok(key)) =
                (markers.value(vm).as_exact_dict(vm), i64::try_from(id))
                && markers.find_int(vm, key).is_none()
                && let Some(key) = Value::small_int(key)
            {
                markers.insert_new(vm, id, key, obj.value(vm))?;
                return Ok(Some(vm.local(key)));
            }
        }
        let id = vm.local(vm.uint(vm.id(obj.value(vm))));
        if vm.dict_contains(markers, id)? {
            return Err(vm.value_error("Circular reference detected"));
        }
        vm.dict_set(markers, id, obj)?;
        Ok(Some(id))
    }
    fn leave(&mut self, vm: &mut Vm, id: Option<Local>) -> Py<()> {
        if let (Some(markers), Some(id)) = (self.markers, id) {
            {
                let vm: &Vm = vm;
                if let (Some(markers), Some(key)) = (
                    markers.value(vm).as_exact_dict(vm),
                    id.value(vm).as_small_int(),
                ) && let Some(entry) = markers.find_int(vm, key)
                {
                    markers.remove_at(vm, entry);
                    return Ok(());
                }
            }
            vm.dict_del(markers, id)?;
        }
        Ok(())
    }
    fn list(&mut self, vm: &mut Vm, obj: Local, level: usize) -> Py<()> {
        let at = |vm: &Vm, i: usize| -> Option<Word> {
            let value = obj.value(vm);
            match value.as_list(vm) {
                Some(list) => list.at(vm, i),
                None => value.as_tuple(vm)?.at(vm, i),
            }
            .map(|v| v.word())
        };
        if at(vm, 0).is_none() {
            self.out.extend_from_slice(b"[]");
            return Ok(());
        }
        let id = self.enter(vm, obj)?;
        let item = vm.local(Value::NONE);
        self.out.push(b'[');
        self.newline(level + 1);
        let mut i = 0;
        while let Some(word) = at(vm, i) {
            item.set(vm, word.value(vm));
            if i > 0 {
                self.text(vm, self.item_separator);
                self.newline(level + 1);
            }
            if let Err(raised) = self.value(vm, item, level + 1) {
                let name = vm.type_name_for_error(obj.value(vm));
                return Err(note(
                    vm,
                    raised,
                    &format!("when serializing {name} item {i}"),
                ));
            }
            i += 1;
        }
        self.leave(vm, id)?;
        self.newline(level);
        self.out.push(b']');
        Ok(())
    }
    fn dict(&mut self, vm: &mut Vm, obj: Local, level: usize) -> Py<()> {
        if obj.value(vm).as_dict(vm).is_some_and(|d| d.is_empty(vm)) {
            self.out.extend_from_slice(b"{}");
            return Ok(());
        }
        let id = self.enter(vm, obj)?;
        self.out.push(b'{');
        self.newline(level + 1);
        let [key, value] = vm.locals([Value::NONE; 2]);
        let mut first = true;
        let exact = obj.value(vm).as_exact_dict(vm).is_some();
        if self.sort_keys || !exact {
            let items = vm.call_method(obj, "items", &[])?.keep(vm);
            let items = vm.list_from_iterable(items)?.keep(vm);
            if self.sort_keys {
                let _: Ret = vm.call_method(items, "sort", &[])?;
            }
            let mut i = 0;
            while let Some(pair) = items.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) {
                i += 1;
                let parts = pair.as_tuple(vm).filter(|t| t.len(vm) == 2);
                let Some(parts) = parts else {
                    return Err(vm.value_error("items must return 2-tuples"));
                };
                key.set(vm, parts.get(vm, 0));
                value.set(vm, parts.get(vm, 1));
                self.pair(vm, obj, (key, value), &mut first, level)?;
            }
        } else {
            let mut pos = 0;
            loop {
                let entry = obj
                    .value(vm)
                    .as_dict(vm)
                    .and_then(|d| d.next_entry(vm, pos));
                let Some((p, k, v)) = entry else { break };
                pos = p + 1;
                key.set(vm, k);
                value.set(vm, v);
                self.pair(vm, obj, (key, value), &mut first, level)?;
            }
        }
        self.leave(vm, id)?;
        if first {
            // Every key was skipped: nothing stands between the braces.
            let brace = self.out.iter().rposition(|b| *b == b'{').unwrap_or(0);
            self.out.truncate(brace + 1);
        } else {
            self.newline(level);
        }
        self.out.push(b'}');
        Ok(())
    }
    fn pair(
        &mut self,
        vm: &mut Vm,
        dict: Local,
        pair: (Local, Local),
        first: &mut bool,
        level: usize,
    ) -> Py<()> {
        let (key, value) = pair;
        let mut kept = None;
        {
            let vm: &Vm = vm;
            let k = key.value(vm);
            if k.as_str(vm).is_none() {
                // Keys of other kinds become the text of their JSON.
                let mark = self.out.len();
                let form = if matches!(
                    k.as_tuple(vm).map(|_| ()).or(k.as_list(vm).map(|_| ())),
                    Some(())
                ) {
                    Form::Other
                } else {
                    self.simple(vm, k)?
                };
                match form {
                    Form::Done => kept = Some(self.out.split_off(mark)),
                    Form::Int => kept = Some(Vec::new()),
                    _ => {
                        self.out.truncate(mark);
                        if self.skipkeys {
                            return Ok(());
                        }
                        return Err(vm.type_error(format!(
                            "keys must be str, int, float, bool or None, not {}",
                            vm.type_name_for_error(k)
                        )));
                    }
                }
            }
        }
        if *first {
            *first = false;
        } else {
            self.text(vm, self.item_separator);
            self.newline(level + 1);
        }
        match kept {
            None => self.string(vm, key)?,
            Some(text) => vm.scope(|vm| {
                let text = if text.is_empty() {
                    let exact = vm.index_value(key)?.keep(vm);
                    vm.repr_text(exact)?.into_bytes()
                } else {
                    text
                };
                let text = vm.local(vm.new_str(&text)?.value());
                self.string(vm, text)
            })?,
        }
        self.text(vm, self.key_separator);
        if let Err(raised) = self.value(vm, value, level + 1) {
            let name = vm.type_name_for_error(dict.value(vm));
            let e = vm.take_exception_local(raised);
            let shown = vm.repr_text(key)?;
            let raised = vm.raise_again(e.value(vm));
            return Err(note(
                vm,
                raised,
                &format!("when serializing {name} item {shown}"),
            ));
        }
        Ok(())
    }
    fn other(&mut self, vm: &mut Vm, obj: Local, level: usize) -> Py<()> {
        let id = self.enter(vm, obj)?;
        let made = vm.call(self.default, &[obj])?.keep(vm);
        if let Err(raised) = self.value(vm, made, level) {
            let name = vm.type_name_for_error(obj.value(vm));
            return Err(note(vm, raised, &format!("when serializing {name} object")));
        }
        self.leave(vm, id)
    }
}
/// Adds a note to the exception that is under way.
fn note(vm: &mut Vm, raised: Raised, text: &str) -> Raised {
    vm.scope(|vm| {
        let e = vm.take_exception_local(raised);
        let result = (|| -> Py<()> {
            let text = vm.local(vm.new_str(text.as_bytes())?.value());
            let _: Ret = vm.call_method(e, "add_note", &[text])?;
            Ok(())
        })();
        match result {
            Ok(()) => vm.raise_again(e.value(vm)),
            Err(raised) => raised,
        }
    })
}

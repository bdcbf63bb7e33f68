//! UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError.

use super::fields::unicode::{ENCODING, END, OBJECT, REASON, START};
use super::{base, field, object, read_field, text};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::vm::Vm;
use mesapy_heap::Value;

const INIT_DOC: &str = "Initialize self.  See help(type(self)) for accurate signature.";
pub(super) static ENCODE: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls encode_init(this, args, kwargs), INIT_DOC;
    "__str__(self, /)" => calls encode_str(this), "Return str(self).";
};
pub(super) static DECODE: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls decode_init(this, args, kwargs), INIT_DOC;
    "__str__(self, /)" => calls decode_str(this), "Return str(self).";
};
pub(super) static TRANSLATE: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls translate_init(this, args, kwargs), INIT_DOC;
    "__str__(self, /)" => calls translate_str(this), "Return str(self).";
};
const OBJECT_FIELD: GetSet = field::<OBJECT>("object", "exception object");
const REASON_FIELD: GetSet = field::<REASON>("reason", "exception reason");
const START_FIELD: GetSet = GetSet {
    name: "start",
    get: read_number::<START>,
    set: Some(write_number::<START>),
    doc: "exception start",
};
const END_FIELD: GetSet = GetSet {
    name: "end",
    get: read_number::<END>,
    set: Some(write_number::<END>),
    doc: "exception end",
};
pub(super) static CODEC_FIELDS: &[GetSet] = &[
    field::<ENCODING>("encoding", "exception encoding"),
    OBJECT_FIELD,
    START_FIELD,
    END_FIELD,
    REASON_FIELD,
];
pub(super) static TRANSLATE_FIELDS: &[GetSet] =
    &[OBJECT_FIELD, START_FIELD, END_FIELD, REASON_FIELD];

fn read_number<const SLOT: usize>(vm: &mut Vm, this: Local) -> Py<Ret> {
    if object(vm, this)?.slot(vm, SLOT).is_empty() {
        return Ok(vm.ret(Value::int32(0)));
    }
    read_field::<SLOT>(vm, this)
}
fn write_number<const SLOT: usize>(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    }
    if !vm.is_int(given) {
        return Err(vm.type_error("an integer is required"));
    }
    let Some(n) = vm.int_value(given) else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    object(vm, this)?.set_slot(vm, SLOT, vm.int(n));
    Ok(())
}

/// Whether the object is text or bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Text,
    Bytes,
}

fn count(vm: &Vm, args: Local<k::Tuple>, wanted: usize) -> Py<()> {
    let given = args.get(vm).len(vm);
    if given == wanted {
        Ok(())
    } else {
        Err(vm.type_error(format!(
            "function takes exactly {wanted} arguments ({given} given)"
        )))
    }
}
fn need_str(vm: &Vm, args: Local<k::Tuple>, i: usize) -> Py<()> {
    let value = args.get(vm).get(vm, i);
    if value.as_str(vm).is_some() {
        return Ok(());
    }
    let got = vm.type_name_for_error(value);
    Err(vm.type_error(format!("argument {} must be str, not {got}", i + 1)))
}
/// `(encoding, object, start, end, reason)`, without `encoding` for translation.
fn fill(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
    first: usize,
    source: Source,
) -> Py<()> {
    base::init(vm, this, args, kwargs)?;
    count(vm, args, 4 + first)?;
    if first == 1 {
        need_str(vm, args, 0)?;
    }
    if source == Source::Text {
        need_str(vm, args, first)?;
    }
    let [start, end] = [first + 1, first + 2].map(|i| vm.local(args.get(vm).get(vm, i)));
    let start = vm.index(start)?;
    let end = vm.index(end)?;
    need_str(vm, args, first + 3)?;
    let held = vm.local(args.get(vm).get(vm, first));
    let held = if source == Source::Bytes {
        as_bytes(vm, held)?
    } else {
        held
    };
    let vm: &Vm = vm;
    let (e, given) = (object(vm, this)?, args.get(vm));
    if first == 1 {
        e.set_slot(vm, ENCODING, given.get(vm, 0));
    }
    e.set_slot(vm, OBJECT, held.value(vm));
    e.set_slot(vm, START, vm.int(start));
    e.set_slot(vm, END, vm.int(end));
    e.set_slot(vm, REASON, given.get(vm, first + 3));
    Ok(())
}
/// Anything that lends bytes, as bytes.
fn as_bytes(vm: &mut Vm, held: Local) -> Py<Local> {
    let value = held.value(vm);
    if value.as_bytes(vm).is_some() {
        return Ok(held);
    }
    if vm
        .special_of(value, crate::dunder::Dunder::Buffer)
        .is_none()
        && !value.is_kind(vm, mesapy_heap::Kind::ByteArray)
    {
        let got = vm.type_name_for_error(value);
        return Err(vm.type_error(format!("a bytes-like object is required, not '{got}'")));
    }
    let class = vm.local(vm.type_of(vm.new_bytes(b"")?.value()).value());
    Ok(vm.call(class, &[held])?.keep(vm))
}
fn encode_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    fill(vm, this, args, kwargs, 1, Source::Text)
}
fn decode_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    fill(vm, this, args, kwargs, 1, Source::Bytes)
}
fn translate_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    fill(vm, this, args, kwargs, 0, Source::Text)
}

/// The text of an attribute by `str()`.
fn shown(vm: &mut Vm, this: Local, slot: usize) -> Py<Vec<u8>> {
    let value = vm.local(
        object(vm, this)?
            .slot(vm, slot)
            .non_empty()
            .unwrap_or(Value::NONE),
    );
    let ret = vm.str(value)?;
    Ok(text(vm, ret))
}
/// How a character stands in a message.
fn escaped(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}
/// The range that the attributes say.
fn range(vm: &Vm, this: Local) -> Py<(i64, i64)> {
    let e = object(vm, this)?;
    let number = |slot| e.slot(vm, slot).as_i64(vm).unwrap_or(0);
    Ok((number(START), number(END)))
}
/// The only character in the range, if there is one.
fn only_char(vm: &Vm, this: Local, start: i64, end: i64) -> Option<u32> {
    let s = object(vm, this).ok()?.slot(vm, OBJECT).as_str(vm)?;
    let at = usize::try_from(start).ok()?;
    if start.checked_add(1)? == end {
        s.char_at(vm, at)
    } else {
        None
    }
}
/// An instance on which `__init__` was not called shows nothing.
fn is_bare(vm: &Vm, this: Local) -> Py<bool> {
    let held = object(vm, this)?.slot(vm, OBJECT);
    Ok(held.as_str(vm).is_none() && held.as_bytes(vm).is_none())
}
/// The attributes' `__str__` may have changed what the message is about.
fn check_object(vm: &Vm, this: Local, kind: &str) -> Py<()> {
    let held = object(vm, this)?.slot(vm, OBJECT);
    if held.is_empty() {
        return Err(vm.type_error("UnicodeError 'object' attribute is not set"));
    }
    let fits = match kind {
        "bytes" => held.as_bytes(vm).is_some(),
        _ => held.as_str(vm).is_some(),
    };
    if !fits {
        let text = format!("UnicodeError 'object' attribute must be a {kind}");
        return Err(vm.type_error(text));
    }
    Ok(())
}
fn finish(vm: &mut Vm, mut out: Vec<u8>, middle: &str, reason: Vec<u8>) -> Py<Ret> {
    out.extend(middle.as_bytes());
    out.extend(b": ");
    out.extend(reason);
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}
fn empty(vm: &Vm) -> Py<Ret> {
    Ok(vm.ret(vm.empty_str().value()))
}

fn encode_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    if is_bare(vm, this)? {
        return empty(vm);
    }
    let reason = shown(vm, this, REASON)?;
    let encoding = shown(vm, this, ENCODING)?;
    check_object(vm, this, "string")?;
    let (start, end) = range(vm, this)?;
    let middle = match only_char(vm, this, start, end) {
        Some(c) => format!("character '{}' in position {start}", escaped(c)),
        None => format!("characters in position {start}-{}", end.wrapping_sub(1)),
    };
    finish(
        vm,
        [b"'" as &[u8], &encoding, b"' codec can't encode "].concat(),
        &middle,
        reason,
    )
}
fn decode_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    if is_bare(vm, this)? {
        return empty(vm);
    }
    let reason = shown(vm, this, REASON)?;
    let encoding = shown(vm, this, ENCODING)?;
    check_object(vm, this, "bytes")?;
    let (start, end) = range(vm, this)?;
    let byte = {
        let vm: &Vm = vm;
        let bytes = object(vm, this)?.slot(vm, OBJECT).as_bytes(vm);
        let at = usize::try_from(start)
            .ok()
            .filter(|_| start.checked_add(1) == Some(end));
        at.and_then(|at| bytes?.bytes(vm).get(at).copied())
    };
    let middle = match byte {
        Some(b) => format!("byte 0x{b:02x} in position {start}"),
        None => format!("bytes in position {start}-{}", end.wrapping_sub(1)),
    };
    finish(
        vm,
        [b"'" as &[u8], &encoding, b"' codec can't decode "].concat(),
        &middle,
        reason,
    )
}
fn translate_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    if is_bare(vm, this)? {
        return empty(vm);
    }
    let reason = shown(vm, this, REASON)?;
    check_object(vm, this, "string")?;
    let (start, end) = range(vm, this)?;
    let middle = match only_char(vm, this, start, end) {
        Some(c) => format!("character '{}' in position {start}", escaped(c)),
        None => format!("characters in position {start}-{}", end.wrapping_sub(1)),
    };
    finish(vm, b"can't translate ".to_vec(), &middle, reason)
}

impl Vm {
    /// A UnicodeDecodeError; `object` is bytes.
    #[cold]
    pub fn unicode_decode_error(
        &self,
        encoding: &str,
        object: Value<'_>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.unicode_error(
            &super::UNICODE_DECODE_ERROR,
            Some(encoding),
            object,
            start,
            end,
            reason,
        )
    }
    /// A UnicodeEncodeError; `object` is a str.
    #[cold]
    pub fn unicode_encode_error(
        &self,
        encoding: &str,
        object: Value<'_>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.unicode_error(
            &super::UNICODE_ENCODE_ERROR,
            Some(encoding),
            object,
            start,
            end,
            reason,
        )
    }
    /// A UnicodeTranslateError; `object` is a str.
    #[cold]
    pub fn unicode_translate_error(
        &self,
        object: Value<'_>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.unicode_error(
            &super::UNICODE_TRANSLATE_ERROR,
            None,
            object,
            start,
            end,
            reason,
        )
    }
    fn unicode_error(
        &self,
        def: &'static crate::TypeDef,
        encoding: Option<&str>,
        held: Value<'_>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        let make = || -> Py<Value<'_>> {
            let held = held.word().value(self);
            let reason = self.new_str(reason.as_bytes())?.value();
            let (start, end) = (self.int(start as i64), self.int(end as i64));
            let encoding = encoding
                .map(|e| self.new_str(e.as_bytes()))
                .transpose()?
                .map(|s| s.value());
            let args: Vec<_> = encoding
                .into_iter()
                .chain([held, start, end, reason])
                .collect();
            let e = self.new_exception(def, &args)?;
            if let Some(encoding) = encoding {
                e.set_slot(self, ENCODING, encoding);
            }
            for (slot, value) in [(OBJECT, held), (START, start), (END, end), (REASON, reason)] {
                e.set_slot(self, slot, value);
            }
            Ok(e.value())
        };
        match make() {
            Ok(e) => self.raise(e),
            Err(raised) => raised,
        }
    }
}

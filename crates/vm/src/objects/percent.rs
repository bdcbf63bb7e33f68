//! `%` formatting of `str`, `bytes` and `bytearray`: fetching and converting the arguments. The template's parser and the layout of each
//! conversion are in crate `text`.
//!
//! CPython: Objects/unicodeobject.c, PyUnicode_Format, and Objects/bytesobject.c, _PyBytes_FormatEx. Values are converted one after the other, so
//! that an error late in the template comes after the side effects of what is before it.

use crate::dunder::Dunder;
use crate::interp::fast;
use crate::local::{Local, Py, k};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::{Kind as Shape, Value, Word};
use mesapy_text::number::bigint::BigRef;
use mesapy_text::number::int;
use mesapy_text::percent::{self, Conversion, Count, Layout, Template};
use mesapy_text::search::Kind;
use mesapy_text::{TextError, wtf8};
use std::io::Write;

/// More bytes than a string can hold.
const BYTES_MAX: usize = u32::MAX as usize;

/// The right operand, and how much of it has been used.
struct Arguments {
    all: Local,
    /// Where single values are kept.
    current: Local,
    /// `None`: the operand is itself the only argument.
    len: Option<usize>,
    next: usize,
    mapping: bool,
    /// The operand was looked up by key: `current` is the argument.
    keyed: bool,
}

impl Arguments {
    fn new(vm: &Vm, all: Local, kind: Kind) -> Arguments {
        let value = all.value(vm);
        let len = value.as_tuple(vm).map(|t| t.len(vm));
        let text = value.as_str(vm).is_some()
            || kind == Kind::Bytes
                && (value.as_bytes(vm).is_some() || value.as_bytearray(vm).is_some());
        let mapping = len.is_none() && !text && vm.special_of(value, Dunder::GetItem).is_some();
        Arguments {
            all,
            current: vm.local(Value::NONE),
            len,
            next: 0,
            mapping,
            keyed: false,
        }
    }
    fn all_used(&self) -> bool {
        self.mapping || self.next >= self.len.unwrap_or(1)
    }
    /// The next argument, in `current`.
    fn take(&mut self, vm: &Vm) -> Py<Local> {
        if self.next >= self.len.unwrap_or(1) {
            return Err(vm.type_error("not enough arguments for format string"));
        }
        if !self.keyed {
            let all = self.all.value(vm);
            let value = match all.as_tuple(vm) {
                Some(tuple) => tuple.at(vm, self.next).unwrap_or(Value::NONE),
                None => all,
            };
            self.current.set(vm, value);
        }
        self.next += 1;
        Ok(self.current)
    }
    fn by_key(&mut self, vm: &mut Vm, key: &[u8], kind: Kind) -> Py<()> {
        if !self.mapping {
            return Err(vm.type_error("format requires a mapping"));
        }
        let name = {
            let vm: &Vm = vm;
            match kind {
                Kind::Str => vm.local(vm.new_str(key)?.value()),
                Kind::Bytes => vm.local(vm.new_bytes(key)?.value()),
            }
        };
        vm.get_item(self.all, name)?.put(vm, self.current);
        (self.keyed, self.len, self.next) = (true, None, 0);
        Ok(())
    }
    /// The argument of a `*`.
    fn star(&mut self, vm: &Vm, c_type: &str, max: i64) -> Py<i64> {
        let value = self.take(vm)?.value(vm);
        if !vm.is_int(value) {
            return Err(vm.type_error("* wants int"));
        }
        match vm.int_value(value).filter(|n| (-max..=max).contains(n)) {
            Some(n) => Ok(n),
            None => {
                Err(vm.overflow_error(format!("Python int too large to convert to C {c_type}")))
            }
        }
    }
}

/// `template % args`.
pub(crate) fn format(vm: &mut Vm, template: &[u8], args: Local, kind: Kind) -> Py<Vec<u8>> {
    let mut arguments = Arguments::new(vm, args, kind);
    let mut out = Vec::with_capacity(template.len() + 16);
    let pieces = Template::new(template, kind);
    for piece in pieces {
        let piece = piece.map_err(|e| vm.text_error(e))?;
        out.extend_from_slice(template.get(piece.literal).unwrap_or(&[]));
        if let Some(conversion) = piece.conversion {
            vm.scope(|vm| one(vm, template, &conversion, &mut arguments, kind, &mut out))?;
        }
        if out.len() > BYTES_MAX {
            return Err(vm.memory_error());
        }
    }
    if !arguments.all_used() {
        let what = if kind == Kind::Str { "string" } else { "bytes" };
        return Err(vm.type_error(format!(
            "not all arguments converted during {what} formatting"
        )));
    }
    Ok(out)
}

fn one(
    vm: &mut Vm,
    template: &[u8],
    conversion: &Conversion,
    arguments: &mut Arguments,
    kind: Kind,
    out: &mut Vec<u8>,
) -> Py<()> {
    if let Some(key) = &conversion.key {
        arguments.by_key(vm, template.get(key.clone()).unwrap_or(&[]), kind)?;
    }
    let width = if conversion.width == Count::Argument {
        arguments.star(vm, "ssize_t", i64::MAX)?
    } else {
        0
    };
    let precision = if conversion.precision == Count::Argument {
        arguments.star(vm, "int", i32::MAX as i64)?
    } else {
        0
    };
    let layout = conversion.layout(width, precision);
    let x = arguments.take(vm)?;
    if layout.width > BYTES_MAX
        || layout.precision.is_some_and(|n| n > BYTES_MAX)
            && !matches!(u8::try_from(conversion.kind), Ok(b's' | b'r' | b'a' | b'b'))
    {
        return Err(vm.memory_error());
    }
    // Most conversions are of small ints as they are.
    if layout.is_plain() {
        if let Some(n) = x.value(vm).as_small_int() {
            let letter = u8::try_from(conversion.kind).unwrap_or(0);
            if matches!(letter, b'd' | b'i' | b'u') || letter == b's' && kind == Kind::Str {
                // Writing to memory can't fail.
                let _ = write!(out, "{n}");
                return Ok(());
            }
        }
    }
    let made = match (u8::try_from(conversion.kind).unwrap_or(0), kind) {
        (letter @ (b's' | b'r' | b'a'), Kind::Str) => {
            let shown = match letter {
                b's' if x.value(vm).as_exact_str(vm).is_some() => x,
                b's' => vm.str(x)?.keep(vm),
                b'r' => vm.repr(x)?.keep(vm),
                _ => vm.ascii(x)?.keep(vm),
            };
            let vm: &Vm = vm;
            let Some(text) = shown.value(vm).as_str(vm) else {
                return Ok(());
            };
            if layout.width == 0 && layout.precision.is_none() {
                out.extend_from_slice(text.bytes(vm));
                return Ok(());
            }
            percent::format_text(text.bytes(vm), layout, kind)
        }
        (b'r' | b'a', Kind::Bytes) => {
            let shown = vm.ascii(x)?.keep(vm);
            let text = shown
                .value(vm)
                .as_str(vm)
                .map(|s| s.bytes(vm).to_vec())
                .unwrap_or_default();
            percent::format_text(&text, layout, kind)
        }
        (b's' | b'b', Kind::Bytes) => {
            let bytes = bytes_of(vm, x)?;
            percent::format_text(&bytes, layout, kind)
        }
        (b'c', _) => {
            let text = if kind == Kind::Str {
                character(vm, x)?
            } else {
                single_byte(vm, x)?
            };
            percent::format_text(
                &text,
                Layout {
                    precision: None,
                    ..layout
                },
                kind,
            )
        }
        (letter @ (b'd' | b'i' | b'u' | b'o' | b'x' | b'X'), _) => {
            let value = integer(vm, x, letter)?;
            let vm: &Vm = vm;
            let limit = vm.int_max_str_digits.get();
            let decimal = matches!(letter, b'd' | b'i' | b'u');
            with_big(vm, value.value(vm), |big| {
                let step = &mut mesapy_text::no_step;
                if decimal && limit > 0 && int::exceeds_digits(big, limit, &mut *step)? {
                    return Err(int::too_many_digits_to_print(limit));
                }
                percent::format_int(big, letter, layout, step)
            })
        }
        (letter @ (b'e' | b'E' | b'f' | b'F' | b'g' | b'G'), _) => {
            let value = if kind == Kind::Bytes {
                float_for_bytes(vm, x)?
            } else {
                vm.to_f64(x)?
            };
            percent::format_float(value, letter, layout)
        }
        _ => Err(conversion.unsupported()),
    };
    let made = made.map_err(|e: TextError| vm.text_error(e))?;
    if out.is_empty() {
        *out = made;
        return Ok(());
    }
    super::support::append(vm, out, &made)
}

/// Room that a field may ask for here.
const QUICK_WIDTH_MAX: usize = 256;

/// `template % args` where strings, small ints and floats are shown; None where the general function must be asked.
pub(crate) fn quick(vm: &Vm, template: Value<'_>, args: Value<'_>) -> Option<Word> {
    let template = template.as_exact_str(vm)?.bytes(vm);
    let tuple = args.as_exact_tuple(vm);
    if tuple.is_none() && !matches!(args.kind(vm), Shape::Str | Shape::Int | Shape::Float) {
        return None;
    }
    let mut out = vm.scratch.take();
    out.clear();
    let argument = |i: usize| match tuple {
        Some(tuple) => tuple.at(vm, i),
        None => Some(args).filter(|_| i == 0),
    };
    let used = quick_into(vm, template, argument, &mut out);
    let made = match used {
        Some(used) if used == tuple.map_or(1, |t| t.len(vm)) => vm.new_str(&out).ok(),
        _ => None,
    };
    if out.capacity() <= Vm::SCRATCH_MAX {
        vm.scratch.set(out);
    }
    Some(made?.word())
}
fn quick_into<'v>(
    vm: &'v Vm,
    template: &[u8],
    argument: impl Fn(usize) -> Option<Value<'v>>,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let (mut used, mut at) = (0, 0);
    while let Some(rest) = template.get(at..) {
        let Some(percent) = rest.iter().position(|b| *b == b'%') else {
            out.extend_from_slice(rest);
            break;
        };
        out.extend_from_slice(&rest[..percent]);
        at += percent + 2;
        // A conversion of one letter.
        match rest.get(percent + 1)? {
            b'%' => {
                out.push(b'%');
                continue;
            }
            b's' => {
                let x = argument(used)?;
                used += 1;
                if x.kind(vm) == Shape::Str {
                    out.extend_from_slice(x.as_exact_str(vm)?.bytes(vm));
                } else {
                    let mut room = [0; 24];
                    out.extend_from_slice(fast::digits(x.as_small_int()?, &mut room));
                }
                continue;
            }
            b'd' | b'i' | b'u' | b'r' => {
                let mut room = [0; 24];
                let n = argument(used)?.as_small_int()?;
                used += 1;
                out.extend_from_slice(fast::digits(n, &mut room));
                continue;
            }
            _ => at -= 2,
        }
        let mut pieces = Template::resume(template, Kind::Str, at);
        let piece = pieces.next()?.ok()?;
        at = pieces.offset();
        let conversion = piece.conversion?;
        if conversion.key.is_some()
            || conversion.width == Count::Argument
            || conversion.precision == Count::Argument
        {
            return None;
        }
        let layout = conversion.layout(0, 0);
        if layout.width.max(layout.precision.unwrap_or(0)) > QUICK_WIDTH_MAX {
            return None;
        }
        let x = argument(used)?;
        used += 1;
        let made = match u8::try_from(conversion.kind).ok()? {
            b's' if x.kind(vm) == Shape::Str => {
                let text = x.as_exact_str(vm)?.bytes(vm);
                percent::format_text(text, layout, Kind::Str)
            }
            letter @ (b'd' | b'i' | b'u' | b'o' | b'x' | b'X') => {
                let mut room = [0];
                let big = BigRef::from_i64(x.as_small_int()?, &mut room);
                percent::format_int(big, letter, layout, &mut mesapy_text::no_step)
            }
            letter @ (b'e' | b'E' | b'f' | b'F' | b'g' | b'G') => {
                let value = match x.as_small_int() {
                    Some(n) => n as f64,
                    None => x.as_f64(vm)?,
                };
                percent::format_float(value, letter, layout)
            }
            _ => return None,
        };
        out.extend_from_slice(&made.ok()?);
    }
    Some(used)
}

/// Lends an int's magnitude to `f`; what is no int reads as 0.
pub(crate) fn with_big<R>(vm: &Vm, value: Value<'_>, f: impl FnOnce(BigRef<'_>) -> R) -> R {
    if let Some(small) = vm.int_value(value) {
        let mut room = [0];
        return f(BigRef::from_i64(small, &mut room));
    }
    match value.as_bigint(vm) {
        Some(big) => f(BigRef {
            negative: big.is_negative(vm),
            limbs: big.limbs(vm),
        }),
        None => f(BigRef {
            negative: false,
            limbs: &[],
        }),
    }
}

/// The int that an argument of `%d` and its kin stands for.
fn integer(vm: &mut Vm, x: Local, letter: u8) -> Py<Local> {
    if vm.is_int(x.value(vm)) {
        return Ok(x);
    }
    let has = |vm: &Vm, d| vm.special_of(x.value(vm), d).is_some();
    let is_number = has(vm, Dunder::Index) || has(vm, Dunder::Int) || has(vm, Dunder::Float);
    let exact = matches!(letter, b'o' | b'x' | b'X');
    if is_number {
        let converted = if !exact && has(vm, Dunder::Int) {
            vm.call_dunder(x, Dunder::Int, &[])
        } else {
            vm.index_value(x).map(Some)
        };
        if let Some(ret) = vm.caught(converted, &exc::TYPE_ERROR)?.flatten() {
            let value = ret.keep(vm);
            if vm.is_int(value.value(vm)) {
                return Ok(value);
            }
        }
    }
    let wanted = if exact { "an integer" } else { "a real number" };
    Err(vm.type_error(format!(
        "%{} format: {wanted} is required, not {}",
        letter as char,
        vm.type_name_for_error(x.value(vm))
    )))
}

fn float_for_bytes(vm: &mut Vm, x: Local) -> Py<f64> {
    let made = vm.to_f64(x);
    match vm.caught(made, &exc::TYPE_ERROR)? {
        Some(value) => Ok(value),
        None => Err(vm.type_error(format!(
            "float argument required, not {}",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}

/// `%c` of a str.
fn character(vm: &mut Vm, x: Local) -> Py<Vec<u8>> {
    if let Some(s) = x.value(vm).as_str(vm) {
        return match s.char_len(vm) {
            1 => Ok(s.bytes(vm).to_vec()),
            n => Err(vm.type_error(format!(
                "%c requires an int or a unicode character, not a string of length {n}"
            ))),
        };
    }
    let made = vm.index_value(x);
    let Some(ret) = vm.caught(made, &exc::TYPE_ERROR)? else {
        return Err(vm.type_error(format!(
            "%c requires an int or a unicode character, not {}",
            vm.full_type_name(x.value(vm))
        )));
    };
    let value = ret.get(vm);
    match vm
        .int_value(value)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= wtf8::CODE_POINT_MAX)
    {
        Some(cp) => Ok(wtf8::from_code_point(cp)),
        None => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// `%c` of bytes.
fn single_byte(vm: &mut Vm, x: Local) -> Py<Vec<u8>> {
    {
        let value = x.value(vm);
        let bytes = value
            .as_bytes(vm)
            .map(|b| ("bytes", b.bytes(vm).to_vec()))
            .or_else(|| {
                value
                    .as_bytearray(vm)
                    .map(|b| ("bytearray", b.to_vec(vm, 0..2.min(b.len(vm)))))
            });
        if let Some((name, bytes)) = bytes {
            if bytes.len() == 1 {
                return Ok(bytes);
            }
            let n = value
                .as_bytes(vm)
                .map(|b| b.len(vm))
                .or(value.as_bytearray(vm).map(|b| b.len(vm)))
                .unwrap_or(0);
            return Err(vm.type_error(format!("%c requires an integer in range(256) or a single byte, not a {name} object of length {n}")));
        }
    }
    let made = vm.index_value(x);
    let Some(ret) = vm.caught(made, &exc::TYPE_ERROR)? else {
        return Err(vm.type_error(format!(
            "%c requires an integer in range(256) or a single byte, not {}",
            vm.full_type_name(x.value(vm))
        )));
    };
    let value = ret.get(vm);
    match vm.int_value(value).and_then(|n| u8::try_from(n).ok()) {
        Some(byte) => Ok(vec![byte]),
        None => Err(vm.overflow_error("%c arg not in range(256)")),
    }
}

/// `%b`: what has `__bytes__` or a buffer.
fn bytes_of(vm: &mut Vm, x: Local) -> Py<Vec<u8>> {
    let value = x.value(vm);
    if let Some(bytes) = value.as_exact_bytes(vm) {
        return Ok(bytes.bytes(vm).to_vec());
    }
    if let Some(bytes) = value.as_exact_bytearray(vm) {
        return Ok(bytes.to_vec(vm, 0..usize::MAX));
    }
    if let Some(ret) = vm.call_dunder(x, Dunder::Bytes, &[])? {
        let made: Local = ret.keep(vm);
        return match made.cast::<k::Bytes>(vm) {
            Some(bytes) => Ok(bytes.get(vm).bytes(vm).to_vec()),
            None => Err(vm.type_error(format!(
                "__bytes__ returned non-bytes (type {})",
                vm.type_name_for_error(made.value(vm))
            ))),
        };
    }
    if vm.has_buffer(x.value(vm)) {
        return vm.buffer_bytes(x);
    }
    Err(vm.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        vm.type_name_for_error(x.value(vm))
    )))
}

//! The methods of `str`: searching, splitting, padding, case, translation. The rows are in `str`; the algorithms in crate `text`.

use super::support::{fast_sequence, items_of};
use super::text_support::{limit, window};
use crate::convert::SliceIndex;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::{Str, Tuple, Value};
use mesapy_text::search::{self, Kind};
use mesapy_text::{case, pad, split as cut, unicode, wtf8};
use std::ops::Range;

// ---- case and predicates

/// ASCII strings up to this length are mapped on the native stack.
const SHORT: usize = 64;

macro_rules! case_methods {
    ($($name:ident $ascii:expr;)*) => { $(
        pub(super) fn $name<'v>(vm: &'v Vm, this: Str<'v>) -> Py<Value<'v>> {
            let bytes = this.bytes(vm);
            let ascii: Option<fn(u8) -> u8> = $ascii;
            if let Some(map) = ascii
                && bytes.len() <= SHORT
                && this.is_ascii(vm)
            {
                let mut room = [0; SHORT];
                let room = &mut room[..bytes.len()];
                room.iter_mut().zip(bytes).for_each(|(to, from)| *to = map(*from));
                return Ok(vm.new_str_ascii(room)?.value());
            }
            Ok(vm.new_str(&case::$name(bytes))?.value())
        }
    )* };
}
case_methods! {
    lower Some(|b| b.to_ascii_lowercase());
    upper Some(|b| b.to_ascii_uppercase());
    casefold Some(|b| b.to_ascii_lowercase());
    swapcase Some(|b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { b });
    title None;
    capitalize None;
}

macro_rules! predicates {
    ($($name:ident $test:expr;)*) => { $(
        pub(super) fn $name(vm: &Vm, this: Str<'_>) -> Py<bool> {
            let test: fn(&[u8]) -> bool = $test;
            Ok(test(this.bytes(vm)))
        }
    )* };
}
predicates! {
    isalnum case::is_alnum;
    isalpha case::is_alpha;
    isdecimal case::is_decimal;
    isdigit case::is_digit;
    isidentifier unicode::is_identifier;
    islower case::is_lower;
    isnumeric case::is_numeric;
    isprintable case::is_printable;
    isspace case::is_space;
    istitle case::is_title;
    isupper case::is_upper;
}
pub(super) fn isascii(vm: &Vm, this: Str<'_>) -> Py<bool> {
    Ok(this.is_ascii(vm))
}

// ---- searching

/// The part of a string that `start` and `end` select, as a range of bytes.
fn byte_window(
    vm: &Vm,
    s: Str<'_>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Option<Range<usize>> {
    let (start, end) = (start.and_then(|i| i.0), end.and_then(|i| i.0));
    if start.is_none() && end.is_none() {
        return Some(0..s.byte_len(vm));
    }
    let (from, to) = window(start, end, s.char_len(vm))?;
    Some(s.char_to_byte(vm, from)..s.char_to_byte(vm, to))
}

type Search = fn(&[u8], &[u8]) -> Option<usize>;

/// The character index of what `how` finds.
fn search_in(
    vm: &Vm,
    this: Local<k::Str>,
    sub: Local<k::Str>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
    how: Search,
) -> Option<usize> {
    let (s, sub) = (this.get(vm), sub.get(vm));
    let range = byte_window(vm, s, start, end)?;
    let from = range.start;
    let at = how(s.bytes(vm).get(range)?, sub.bytes(vm))?;
    Some(s.byte_to_char(vm, from + at))
}
pub(super) fn find(
    vm: &mut Vm,
    this: Local<k::Str>,
    sub: Local<k::Str>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<i64> {
    Ok(search_in(vm, this, sub, start, end, search::find).map_or(-1, |i| i as i64))
}
pub(super) fn rfind(
    vm: &mut Vm,
    this: Local<k::Str>,
    sub: Local<k::Str>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<i64> {
    Ok(search_in(vm, this, sub, start, end, search::rfind).map_or(-1, |i| i as i64))
}
pub(super) fn index(
    vm: &mut Vm,
    this: Local<k::Str>,
    sub: Local<k::Str>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<usize> {
    search_in(vm, this, sub, start, end, search::find)
        .ok_or_else(|| vm.value_error("substring not found"))
}
pub(super) fn rindex(
    vm: &mut Vm,
    this: Local<k::Str>,
    sub: Local<k::Str>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<usize> {
    search_in(vm, this, sub, start, end, search::rfind)
        .ok_or_else(|| vm.value_error("substring not found"))
}
pub(super) fn count(
    vm: &mut Vm,
    this: Local<k::Str>,
    sub: Local<k::Str>,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<usize> {
    let (s, sub) = (this.get(vm), sub.get(vm));
    let Some(part) = byte_window(vm, s, start, end).and_then(|range| s.bytes(vm).get(range)) else {
        return Ok(0);
    };
    Ok(search::count(part, sub.bytes(vm), Kind::Str))
}

type Affix = fn(&[u8], &[u8]) -> bool;

fn has_affix(
    vm: &Vm,
    name: &str,
    this: Local<k::Str>,
    affix: Local,
    (start, end): (Option<SliceIndex>, Option<SliceIndex>),
    how: Affix,
) -> Py<bool> {
    let s = this.get(vm);
    let part = byte_window(vm, s, start, end).and_then(|range| s.bytes(vm).get(range));
    let affix = affix.value(vm);
    if let Some(affix) = affix.as_str(vm) {
        return Ok(part.is_some_and(|part| how(part, affix.bytes(vm))));
    }
    let Some(several) = affix.as_tuple(vm) else {
        return Err(vm.type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            vm.type_name_for_error(affix)
        )));
    };
    for affix in several.iter(vm) {
        let Some(affix) = affix.as_str(vm) else {
            return Err(vm.type_error(format!(
                "tuple for {name} must only contain str, not {}",
                vm.type_name_for_error(affix)
            )));
        };
        if part.is_some_and(|part| how(part, affix.bytes(vm))) {
            return Ok(true);
        }
    }
    Ok(false)
}
pub(super) fn startswith(
    vm: &mut Vm,
    this: Local<k::Str>,
    prefix: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<bool> {
    has_affix(
        vm,
        "startswith",
        this,
        prefix,
        (start, end),
        |part, affix| part.starts_with(affix),
    )
}
pub(super) fn endswith(
    vm: &mut Vm,
    this: Local<k::Str>,
    suffix: Local,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
) -> Py<bool> {
    has_affix(vm, "endswith", this, suffix, (start, end), |part, affix| {
        part.ends_with(affix)
    })
}
pub(super) fn removeprefix<'v>(vm: &'v Vm, this: Str<'v>, prefix: Str<'v>) -> Py<Value<'v>> {
    Ok(match this.bytes(vm).strip_prefix(prefix.bytes(vm)) {
        Some(rest) if prefix.byte_len(vm) > 0 => vm.new_str(rest)?.value(),
        _ => this.value(),
    })
}
pub(super) fn removesuffix<'v>(vm: &'v Vm, this: Str<'v>, suffix: Str<'v>) -> Py<Value<'v>> {
    Ok(match this.bytes(vm).strip_suffix(suffix.bytes(vm)) {
        Some(rest) if suffix.byte_len(vm) > 0 => vm.new_str(rest)?.value(),
        _ => this.value(),
    })
}
pub(super) fn replace(
    vm: &mut Vm,
    this: Local<k::Str>,
    old: Local<k::Str>,
    new: Local<k::Str>,
    count: Option<i64>,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let s = this.get(vm);
    let replaced = search::replace(
        s.bytes(vm),
        old.get(vm).bytes(vm),
        new.get(vm).bytes(vm),
        limit(count),
        Kind::Str,
    );
    match replaced.map_err(|e| vm.text_error(e))? {
        Some(text) => vm.ret_str(&text),
        None => Ok(vm.ret(s.value())),
    }
}

// ---- splitting and stripping

/// A list of the parts of a string.
fn parts<'v>(vm: &'v Vm, s: Str<'v>, ranges: &[Range<usize>]) -> Py<Ret> {
    let bytes = s.bytes(vm);
    if let [only] = ranges
        && *only == (0..bytes.len())
    {
        return Ok(vm.ret(vm.new_list(&[s.value()])?.value()));
    }
    let mut list = Vec::with_capacity(ranges.len());
    for range in ranges {
        list.push(vm.new_str(bytes.get(range.clone()).unwrap_or(&[]))?.value());
    }
    Ok(vm.ret(vm.new_list(&list)?.value()))
}
/// The separator of `split`: a str that isn't empty, or None.
fn separator<'v>(vm: &'v Vm, sep: Option<Local>) -> Py<Option<Str<'v>>> {
    let Some(sep) = sep.map(|s| s.value(vm)).filter(|s| !s.is_none()) else {
        return Ok(None);
    };
    let Some(sep) = sep.as_str(vm) else {
        return Err(vm.type_error(format!(
            "must be str or None, not {}",
            vm.type_name_for_error(sep)
        )));
    };
    not_empty(vm, sep).map(Some)
}
fn not_empty<'v>(vm: &'v Vm, sep: Str<'v>) -> Py<Str<'v>> {
    if sep.byte_len(vm) == 0 {
        Err(vm.value_error("empty separator"))
    } else {
        Ok(sep)
    }
}
pub(super) fn split(
    vm: &mut Vm,
    this: Local<k::Str>,
    sep: Option<Local>,
    max: Option<i64>,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let s = this.get(vm);
    let ranges = match separator(vm, sep)? {
        Some(sep) => cut::split_sep(s.bytes(vm), sep.bytes(vm), limit(max)),
        None => cut::split_whitespace(s.bytes(vm), limit(max), Kind::Str),
    };
    parts(vm, s, &ranges)
}
pub(super) fn rsplit(
    vm: &mut Vm,
    this: Local<k::Str>,
    sep: Option<Local>,
    max: Option<i64>,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let s = this.get(vm);
    let ranges = match separator(vm, sep)? {
        Some(sep) => cut::rsplit_sep(s.bytes(vm), sep.bytes(vm), limit(max)),
        None => cut::rsplit_whitespace(s.bytes(vm), limit(max), Kind::Str),
    };
    parts(vm, s, &ranges)
}
pub(super) fn splitlines(vm: &mut Vm, this: Local<k::Str>, keepends: Option<bool>) -> Py<Ret> {
    let vm: &Vm = vm;
    let s = this.get(vm);
    parts(
        vm,
        s,
        &cut::lines(s.bytes(vm), keepends.unwrap_or(false), Kind::Str),
    )
}
fn partition_separator<'v>(vm: &'v Vm, sep: Value<'v>) -> Py<Str<'v>> {
    match sep.as_str(vm) {
        Some(sep) => not_empty(vm, sep),
        None => Err(vm.type_error(format!("must be str, not {}", vm.type_name_for_error(sep)))),
    }
}
fn three<'v>(vm: &'v Vm, s: Str<'v>, at: usize, sep: Str<'v>) -> Py<Tuple<'v>> {
    let bytes = s.bytes(vm);
    let before = vm.new_str(bytes.get(..at).unwrap_or(&[]))?;
    let after = vm.new_str(bytes.get(at + sep.byte_len(vm)..).unwrap_or(&[]))?;
    Ok(vm.new_tuple(&[before.value(), sep.value(), after.value()])?)
}
pub(super) fn partition<'v>(vm: &'v Vm, this: Str<'v>, sep: Value<'v>) -> Py<Tuple<'v>> {
    let sep = partition_separator(vm, sep)?;
    match search::find(this.bytes(vm), sep.bytes(vm)) {
        Some(at) => three(vm, this, at, sep),
        None => {
            Ok(vm.new_tuple(&[this.value(), vm.empty_str().value(), vm.empty_str().value()])?)
        }
    }
}
pub(super) fn rpartition<'v>(vm: &'v Vm, this: Str<'v>, sep: Value<'v>) -> Py<Tuple<'v>> {
    let sep = partition_separator(vm, sep)?;
    match search::rfind(this.bytes(vm), sep.bytes(vm)) {
        Some(at) => three(vm, this, at, sep),
        None => {
            Ok(vm.new_tuple(&[vm.empty_str().value(), vm.empty_str().value(), this.value()])?)
        }
    }
}
fn stripped<'v>(
    vm: &'v Vm,
    name: &str,
    this: Str<'v>,
    chars: Option<Value<'v>>,
    left: bool,
    right: bool,
) -> Py<Value<'v>> {
    let bytes = this.bytes(vm);
    let range = match chars.filter(|c| !c.is_none()) {
        None => cut::strip_whitespace(bytes, left, right, Kind::Str),
        Some(chars) => match chars.as_str(vm) {
            Some(chars) => cut::strip_chars(bytes, chars.bytes(vm), left, right, Kind::Str),
            None => return Err(vm.type_error(format!("{name} arg must be None or str"))),
        },
    };
    if range == (0..bytes.len()) {
        return Ok(this.value());
    }
    Ok(vm.new_str(bytes.get(range).unwrap_or(&[]))?.value())
}
pub(super) fn strip<'v>(vm: &'v Vm, this: Str<'v>, chars: Option<Value<'v>>) -> Py<Value<'v>> {
    stripped(vm, "strip", this, chars, true, true)
}
pub(super) fn lstrip<'v>(vm: &'v Vm, this: Str<'v>, chars: Option<Value<'v>>) -> Py<Value<'v>> {
    stripped(vm, "lstrip", this, chars, true, false)
}
pub(super) fn rstrip<'v>(vm: &'v Vm, this: Str<'v>, chars: Option<Value<'v>>) -> Py<Value<'v>> {
    stripped(vm, "rstrip", this, chars, false, true)
}

// ---- padding

type Pad = fn(&[u8], usize, u32, Kind) -> Result<Option<Vec<u8>>, mesapy_text::TextError>;

/// The width of `center` and its kin: below zero is as good as zero.
pub(crate) fn pad_width(width: i64) -> usize {
    usize::try_from(width).unwrap_or(0)
}
fn padded(vm: &Vm, this: Local<k::Str>, width: i64, fill: Option<Local>, how: Pad) -> Py<Ret> {
    let fill = match fill.map(|f| f.value(vm)) {
        None => b' ' as u32,
        Some(fill) => match fill.as_str(vm) {
            None => {
                return Err(vm.type_error(format!(
                    "The fill character must be a unicode character, not {}",
                    vm.type_name_for_error(fill)
                )));
            }
            Some(fill) if fill.char_len(vm) != 1 => {
                return Err(vm.type_error("The fill character must be exactly one character long"));
            }
            Some(fill) => fill.char_at(vm, 0).unwrap_or(b' ' as u32),
        },
    };
    let s = this.get(vm);
    if s.char_len(vm) as i64 >= width {
        return Ok(vm.ret(s.value()));
    }
    check_size(vm, width)?;
    match how(s.bytes(vm), pad_width(width), fill, Kind::Str).map_err(|e| vm.text_error(e))? {
        Some(text) => vm.ret_str(&text),
        None => Ok(vm.ret(s.value())),
    }
}
/// Refuses results that no string can hold before they are built.
pub(crate) fn check_size(vm: &Vm, chars: i64) -> Py<()> {
    if chars >= u32::MAX as i64 {
        Err(vm.memory_error())
    } else {
        Ok(())
    }
}
pub(super) fn center(vm: &mut Vm, this: Local<k::Str>, width: i64, fill: Option<Local>) -> Py<Ret> {
    padded(vm, this, width, fill, pad::center)
}
pub(super) fn ljust(vm: &mut Vm, this: Local<k::Str>, width: i64, fill: Option<Local>) -> Py<Ret> {
    padded(vm, this, width, fill, pad::ljust)
}
pub(super) fn rjust(vm: &mut Vm, this: Local<k::Str>, width: i64, fill: Option<Local>) -> Py<Ret> {
    padded(vm, this, width, fill, pad::rjust)
}
pub(super) fn zfill(vm: &mut Vm, this: Local<k::Str>, width: i64) -> Py<Ret> {
    padded(vm, this, width, None, |s, width, _, kind| {
        pad::zfill(s, width, kind)
    })
}
pub(super) fn expandtabs(vm: &mut Vm, this: Local<k::Str>, size: Option<Local>) -> Py<Ret> {
    let size = tab_size(vm, size)?;
    let vm: &Vm = vm;
    let s = this.get(vm);
    check_tabs(vm, s.bytes(vm), size)?;
    let text = pad::expandtabs(s.bytes(vm), size, Kind::Str).map_err(|e| vm.text_error(e))?;
    vm.ret_str(&text)
}
/// The tab size, a C int.
pub(crate) fn tab_size(vm: &mut Vm, size: Option<Local>) -> Py<isize> {
    let Some(size) = size else { return Ok(8) };
    let value = vm.index_value(size)?.keep(vm);
    match vm
        .int_value(value.value(vm))
        .and_then(|n| i32::try_from(n).ok())
    {
        Some(n) => Ok(n as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}
/// Refuses expansions that no string can hold.
pub(crate) fn check_tabs(vm: &Vm, s: &[u8], size: isize) -> Py<()> {
    let tabs = s.iter().filter(|b| **b == b'\t').count();
    match tabs
        .checked_mul(size.max(0) as usize)
        .and_then(|n| n.checked_add(s.len()))
    {
        Some(n) if n < u32::MAX as usize => Ok(()),
        _ => Err(vm.memory_error()),
    }
}

// ---- the rest

pub(super) fn encode(
    vm: &mut Vm,
    this: Local<k::Str>,
    encoding: Option<Local>,
    errors: Option<Local>,
) -> Py<Ret> {
    let encoding = vm.text_option(encoding, "encode", "encoding")?;
    let errors = vm.text_option(errors, "encode", "errors")?;
    vm.encode(
        this,
        encoding.as_deref().unwrap_or("utf-8"),
        errors.as_deref().unwrap_or("strict"),
    )
}

pub(super) fn join(vm: &mut Vm, this: Local<k::Str>, iterable: Local) -> Py<Ret> {
    let sequence = fast_sequence(vm, iterable, "can only join an iterable")?;
    let vm: &Vm = vm;
    Ok(vm.ret(join_items(vm, this.get(vm), &items_of(vm, sequence))?))
}
/// `sep.join(items)` where the items are in hand.
pub(crate) fn join_items<'v>(vm: &'v Vm, sep: Str<'v>, items: &[Value<'v>]) -> Py<Value<'v>> {
    if let [only] = items
        && only.as_exact_str(vm).is_some()
    {
        return Ok(*only);
    }
    let between = sep.bytes(vm);
    let mut parts: Vec<&[u8]> = Vec::with_capacity(items.len() * 2);
    for (i, item) in items.iter().enumerate() {
        let Some(s) = item.as_str(vm) else {
            return Err(vm.type_error(format!(
                "sequence item {i}: expected str instance, {} found",
                vm.type_name_for_error(*item)
            )));
        };
        if i > 0 && !between.is_empty() {
            parts.push(between);
        }
        parts.push(s.bytes(vm));
    }
    Ok(vm.new_str_parts(&parts)?.value())
}

/// What a table says about a character.
#[derive(Clone)]
enum Mapped {
    Same,
    Gone,
    Char(u32),
    Text(Vec<u8>),
}

/// CPython: Objects/unicodeobject.c, charmaptranslate_lookup
fn look_up(vm: &mut Vm, table: Local, scratch: Local, cp: u32) -> Py<Mapped> {
    if let Some(dict) = table.value(vm).as_exact_dict(vm) {
        return match dict.get_int(vm, cp as i64) {
            Some(value) => mapped(vm, value),
            None => Ok(Mapped::Same),
        };
    }
    scratch.set(vm, Value::int32(cp as i32));
    let found = vm.get_item(table, scratch);
    match vm.caught(found, &exc::LOOKUP_ERROR)? {
        Some(ret) => mapped(vm, ret.get(vm)),
        None => Ok(Mapped::Same),
    }
}
fn mapped(vm: &Vm, value: Value<'_>) -> Py<Mapped> {
    if value.is_none() {
        return Ok(Mapped::Gone);
    }
    if let Some(text) = value.as_str(vm) {
        return Ok(Mapped::Text(text.bytes(vm).to_vec()));
    }
    if !vm.is_int(value) {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    }
    match vm
        .int_value(value)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= wtf8::CODE_POINT_MAX)
    {
        Some(cp) => Ok(Mapped::Char(cp)),
        None => Err(vm.value_error("character mapping must be in range(0x110000)")),
    }
}
pub(super) fn translate(vm: &mut Vm, this: Local<k::Str>, table: Local) -> Py<Ret> {
    let text = vm.str_bytes(this);
    let mut out = Vec::with_capacity(text.len());
    // What the table says about ASCII characters is asked once.
    let mut known: Vec<Option<Mapped>> = vec![None; 128];
    let scratch = vm.local(Value::NONE);
    let mut steps = 0u32;
    for cp in wtf8::code_points(&text) {
        let answer = match known.get(cp as usize).cloned().flatten() {
            Some(answer) => answer,
            None => {
                steps += 1;
                if steps.is_multiple_of(4096) {
                    vm.poll()?;
                }
                let answer = vm.scope(|vm| look_up(vm, table, scratch, cp))?;
                if let Some(slot) = known.get_mut(cp as usize) {
                    *slot = Some(answer.clone());
                }
                answer
            }
        };
        match answer {
            Mapped::Same => wtf8::push(&mut out, cp),
            Mapped::Gone => {}
            Mapped::Char(to) => wtf8::push(&mut out, to),
            Mapped::Text(to) => {
                out.try_reserve(to.len()).map_err(|_| vm.memory_error())?;
                out.extend_from_slice(&to);
            }
        }
        if out.len() > u32::MAX as usize {
            return Err(vm.memory_error());
        }
    }
    vm.ret_str(&out)
}

fn maketrans_text(vm: &Vm, n: u32, value: Local) -> Py<Vec<u32>> {
    match value.value(vm).as_str(vm) {
        Some(text) => Ok(text.chars(vm).collect()),
        None => Err(vm.type_error(format!(
            "maketrans() argument {n} must be str, not {}",
            vm.type_name_for_error(value.value(vm))
        ))),
    }
}
/// CPython: Objects/unicodeobject.c, unicode_maketrans_impl
pub(super) fn maketrans(vm: &mut Vm, x: Local, y: Option<Local>, z: Option<Local>) -> Py<Ret> {
    let table = vm.local(vm.new_dict().value());
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    if let Some(y) = y {
        let to = maketrans_text(vm, 2, y)?;
        let gone = z
            .map(|z| maketrans_text(vm, 3, z))
            .transpose()?
            .unwrap_or_default();
        let Some(from) = x.value(vm).as_str(vm) else {
            return Err(vm.type_error(
                "first maketrans argument must be a string if there is a second argument",
            ));
        };
        let from: Vec<u32> = from.chars(vm).collect();
        if from.len() != to.len() {
            return Err(vm.value_error("the first two maketrans arguments must have equal length"));
        }
        for (from, to) in from.into_iter().zip(to) {
            key.set(vm, Value::int32(from as i32));
            value.set(vm, Value::int32(to as i32));
            vm.set_item(table, key, value)?;
        }
        value.set(vm, Value::NONE);
        for cp in gone {
            key.set(vm, Value::int32(cp as i32));
            vm.set_item(table, key, value)?;
        }
        return Ok(vm.ret(table.value(vm)));
    }
    if x.value(vm).as_exact_dict(vm).is_none() {
        return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
    }
    let mut at = 0;
    loop {
        let next = {
            let vm: &Vm = vm;
            let Some(dict) = x.value(vm).as_exact_dict(vm) else {
                break;
            };
            let Some((i, k, v)) = dict.next_entry(vm, at) else {
                break;
            };
            at = i + 1;
            value.set(vm, v);
            translation_key(vm, k)?.word()
        };
        key.set(vm, next.value(vm));
        vm.set_item(table, key, value)?;
    }
    Ok(vm.ret(table.value(vm)))
}
fn translation_key<'v>(vm: &'v Vm, key: Value<'v>) -> Py<Value<'v>> {
    if let Some(s) = key.as_str(vm) {
        return match s.char_at(vm, 0) {
            Some(c) if s.char_len(vm) == 1 => Ok(Value::int32(c as i32)),
            _ => Err(vm.value_error("string keys in translatetable must be of length 1")),
        };
    }
    if vm.is_int(key) {
        Ok(key)
    } else {
        Err::<Value<'v>, Raised>(
            vm.type_error("keys in translate table mustbe strings or integers"),
        )
    }
}

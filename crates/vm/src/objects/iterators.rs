//! Iterators over the builtin containers: objects of kind `Iter` whose first slot says how to step.
//!
//! [`fast_next`] serves `for` loops: one switch over the mode, no call, no exception. Where Python code must run, or an error is to be raised, it
//! answers `Slow` without having changed anything, and the type's `iternext` goes on. An exhausted iterator lets go of its source and stays exhausted.
//! `enumerate`, `zip`, `map`, `filter`, `reversed` (files of their own) use the same slots; their subclasses' instances are of kind `Instance`.

use crate::layout::types;
use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::Method;
use crate::objects::{exceptions as exc, generators};
use crate::traits::Traits;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::BinOp;
use mesapy_heap::{Kind, Obj, Value, Word, Words};

/// Slots of every iterator.
pub(crate) const MODE: usize = 0;
pub(crate) const SOURCE: usize = 1;
/// An index, the entry of a table, the current number of a range.
pub(crate) const POS: usize = 2;
/// What else the mode needs.
pub(crate) const A: usize = 3;
pub(crate) const B: usize = 4;
pub(crate) const SLOTS: usize = 5;

/// How an iterator steps: the small integer in its slot MODE.
pub(crate) mod mode {
    pub const LIST: i64 = 1;
    pub const TUPLE: i64 = 2;
    /// POS the next number, A the step, B how many are left.
    pub const RANGE: i64 = 3;
    pub const ASCII: i64 = 4;
    /// POS the index of the next character, A its byte.
    pub const TEXT: i64 = 5;
    pub const BYTES: i64 = 6;
    pub const BYTEARRAY: i64 = 7;
    /// POS the next entry, A the dict's length at the start, B how many items are left. Keys, values, items in this order.
    pub const DICT: i64 = 8;
    /// POS the next entry, A the set's length at the start, B how many are left.
    pub const SET: i64 = 11;
    pub const LIST_REVERSED: i64 = 12;
    /// As DICT, POS one past the next entry.
    pub const DICT_REVERSED: i64 = 13;
    /// No iterators: views of a dict.
    pub const VIEW: i64 = 16;
    /// SOURCE the range, POS the index, of any size.
    pub const LONG_RANGE: i64 = 19;
    /// The old protocol: `source[0]`, `source[1]`, …
    pub const SEQUENCE: i64 = 20;
    /// SOURCE a callable, A what ends it.
    pub const CALLABLE: i64 = 21;
    /// `source[POS]` downwards.
    pub const REVERSED: i64 = 22;
    /// SOURCE an iterator, POS the count, of any size.
    pub const ENUMERATE: i64 = 23;
    /// SOURCE a tuple of iterators, A whether strict.
    pub const ZIP: i64 = 24;
    /// SOURCE a function, A a tuple of iterators, B whether strict.
    pub const MAP: i64 = 25;
    /// SOURCE an iterator, A a predicate.
    pub const FILTER: i64 = 26;
}

/// What a dict iterator or view shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Keys,
    Values,
    Items,
}
pub(crate) fn view_mode(part: Part) -> i64 {
    mode::VIEW + part as i64
}
pub(crate) fn view_part(vm: &Vm, obj: Obj<'_>) -> Option<Part> {
    if obj.kind(vm) != Kind::Iter {
        return None;
    }
    part_of(obj.slot(vm, MODE).as_small_int()? - mode::VIEW)
}
fn part_of(n: i64) -> Option<Part> {
    match n {
        0 => Some(Part::Keys),
        1 => Some(Part::Values),
        2 => Some(Part::Items),
        _ => None,
    }
}

macro_rules! iterator_types {
    ($($def:ident $name:literal $methods:ident;)*) => { $(
        pub static $def: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            layout: Layout::Slots(SLOTS as u16),
            flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
            methods: $methods,
            iternext: Some(step),
            ..TypeDef::EMPTY
        };
    )* };
}
iterator_types! {
    LIST_ITERATOR "list_iterator" SEEKABLE;
    LIST_REVERSE_ITERATOR "list_reverseiterator" SEEKABLE;
    TUPLE_ITERATOR "tuple_iterator" SEEKABLE;
    RANGE_ITERATOR "range_iterator" SEEKABLE;
    LONG_RANGE_ITERATOR "longrange_iterator" SEEKABLE;
    STR_ITERATOR "str_iterator" SEEKABLE;
    STR_ASCII_ITERATOR "str_ascii_iterator" SEEKABLE;
    BYTES_ITERATOR "bytes_iterator" SEEKABLE;
    BYTEARRAY_ITERATOR "bytearray_iterator" SEEKABLE;
    SEQUENCE_ITERATOR "iterator" SEEKABLE;
    DICT_KEY_ITERATOR "dict_keyiterator" FORWARD;
    DICT_VALUE_ITERATOR "dict_valueiterator" FORWARD;
    DICT_ITEM_ITERATOR "dict_itemiterator" FORWARD;
    DICT_REVERSE_KEY_ITERATOR "dict_reversekeyiterator" FORWARD;
    DICT_REVERSE_VALUE_ITERATOR "dict_reversevalueiterator" FORWARD;
    DICT_REVERSE_ITEM_ITERATOR "dict_reverseitemiterator" FORWARD;
    SET_ITERATOR "set_iterator" FORWARD;
    CALLABLE_ITERATOR "callable_iterator" CALLABLE;
}
/// All of them, for registration.
pub static ALL: &[&TypeDef] = &[
    &LIST_ITERATOR,
    &LIST_REVERSE_ITERATOR,
    &TUPLE_ITERATOR,
    &RANGE_ITERATOR,
    &LONG_RANGE_ITERATOR,
    &STR_ITERATOR,
    &STR_ASCII_ITERATOR,
    &BYTES_ITERATOR,
    &BYTEARRAY_ITERATOR,
    &SEQUENCE_ITERATOR,
    &DICT_KEY_ITERATOR,
    &DICT_VALUE_ITERATOR,
    &DICT_ITEM_ITERATOR,
    &DICT_REVERSE_KEY_ITERATOR,
    &DICT_REVERSE_VALUE_ITERATOR,
    &DICT_REVERSE_ITEM_ITERATOR,
    &SET_ITERATOR,
    &CALLABLE_ITERATOR,
];

static SEEKABLE: &[Method] = methods! {
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__length_hint__(self, /)" => calls length_hint(this), "Private method returning an estimate of len(list(it)).";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
    "__setstate__(self, object, /)" => calls set_state(this, state), "Set state information for unpickling.";
};
static FORWARD: &[Method] = methods! {
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__length_hint__(self, /)" => calls length_hint(this), "Private method returning an estimate of len(list(it)).";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
};
static CALLABLE: &[Method] = methods! {
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
};

pub(crate) fn myself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}

// ---- making

/// An iterator of a type of this file or its neighbours.
#[inline]
pub(crate) fn new_iter<'v>(
    vm: &'v Vm,
    def: &'static TypeDef,
    mode: i64,
    source: Value<'_>,
) -> Value<'v> {
    let shape = vm.type_object(def).slot(vm, types::ROOT_SHAPE).as_shape(vm);
    let first = [
        Word::int_wrapping(mode),
        source.word(),
        Word::int_wrapping(0),
    ];
    vm.new_object_of(Kind::Iter, def.id.get().0, shape, SLOTS, first)
        .value()
}
pub(crate) fn list_iterator<'v>(vm: &'v Vm, list: Value<'_>) -> Value<'v> {
    new_iter(vm, &LIST_ITERATOR, mode::LIST, list)
}
pub(crate) fn list_reverse_iterator<'v>(vm: &'v Vm, list: Value<'_>) -> Value<'v> {
    let it = new_iter(vm, &LIST_REVERSE_ITERATOR, mode::LIST_REVERSED, list);
    set(
        vm,
        it,
        POS,
        list.as_list(vm).map_or(0, |l| l.len(vm)) as i64 - 1,
    );
    it
}
pub(crate) fn tuple_iterator<'v>(vm: &'v Vm, tuple: Value<'_>) -> Value<'v> {
    new_iter(vm, &TUPLE_ITERATOR, mode::TUPLE, tuple)
}
pub(crate) fn str_iterator<'v>(vm: &'v Vm, text: Value<'_>) -> Value<'v> {
    if text.as_str(vm).is_none_or(|s| s.is_ascii(vm)) {
        return new_iter(vm, &STR_ASCII_ITERATOR, mode::ASCII, text);
    }
    let it = new_iter(vm, &STR_ITERATOR, mode::TEXT, text);
    set(vm, it, A, 0);
    it
}
pub(crate) fn bytes_iterator<'v>(vm: &'v Vm, bytes: Value<'_>) -> Value<'v> {
    new_iter(vm, &BYTES_ITERATOR, mode::BYTES, bytes)
}
pub(crate) fn bytearray_iterator<'v>(vm: &'v Vm, bytes: Value<'_>) -> Value<'v> {
    new_iter(vm, &BYTEARRAY_ITERATOR, mode::BYTEARRAY, bytes)
}
pub(crate) fn set_iterator<'v>(vm: &'v Vm, source: Value<'_>) -> Value<'v> {
    let it = new_iter(vm, &SET_ITERATOR, mode::SET, source);
    let len = source.as_any_set(vm).map_or(0, |s| s.len(vm)) as i64;
    set(vm, it, A, len);
    set(vm, it, B, len);
    it
}
pub(crate) fn dict_iterator<'v>(
    vm: &'v Vm,
    source: Value<'_>,
    part: Part,
    backwards: bool,
) -> Value<'v> {
    let def = match (part, backwards) {
        (Part::Keys, false) => &DICT_KEY_ITERATOR,
        (Part::Values, false) => &DICT_VALUE_ITERATOR,
        (Part::Items, false) => &DICT_ITEM_ITERATOR,
        (Part::Keys, true) => &DICT_REVERSE_KEY_ITERATOR,
        (Part::Values, true) => &DICT_REVERSE_VALUE_ITERATOR,
        (Part::Items, true) => &DICT_REVERSE_ITEM_ITERATOR,
    };
    let first = if backwards {
        mode::DICT_REVERSED
    } else {
        mode::DICT
    };
    let source = source.unwrapped(vm);
    let it = new_iter(vm, def, first + part as i64, source);
    let dict = source.as_dict(vm);
    let len = dict.map_or(0, |d| d.len(vm)) as i64;
    set(vm, it, A, len);
    set(vm, it, B, len);
    if backwards {
        set(vm, it, POS, dict.map_or(0, |d| d.entry_end(vm)) as i64);
    }
    it
}
/// An iterator over a range object.
pub(crate) fn range_iterator<'v>(vm: &'v Vm, range: Value<'_>) -> Value<'v> {
    if let Some(r) = range.as_range(vm) {
        if let (Some(start), Some(step), Some(len)) = (
            r.start(vm).as_small_int(),
            r.step(vm).as_small_int(),
            r.len(vm).as_small_int(),
        ) && stays_small(start, step, len)
        {
            return small_range_iterator(vm, start, step, len);
        }
    }
    new_iter(vm, &LONG_RANGE_ITERATOR, mode::LONG_RANGE, range)
}
/// Whether all numbers of a range, and the one behind the last, are immediate.
fn stays_small(start: i64, step: i64, len: i64) -> bool {
    let end = i128::from(start) + i128::from(step) * i128::from(len);
    (i128::from(mesapy_heap::SMALL_INT_MIN)..=i128::from(mesapy_heap::SMALL_INT_MAX)).contains(&end)
}
pub(crate) fn small_range_iterator(vm: &Vm, start: i64, step: i64, len: i64) -> Value<'_> {
    let it = new_iter(vm, &RANGE_ITERATOR, mode::RANGE, Value::NONE);
    set(vm, it, POS, start);
    set(vm, it, A, step);
    set(vm, it, B, len);
    it
}
/// The range iterator that goes backwards, if all its numbers are immediate.
pub(crate) fn small_range_reversed(vm: &Vm, start: i64, step: i64, len: i64) -> Option<Value<'_>> {
    let last = (len - 1)
        .checked_mul(step)
        .and_then(|n| n.checked_add(start))
        .filter(|last| stays_small(*last, step.saturating_neg(), len))
        .filter(|last| stays_small(*last, 0, 1))?;
    Some(small_range_iterator(vm, last, -step, len.max(0)))
}
/// `reversed(range)`.
pub(crate) fn range_reverse_iterator(vm: &mut Vm, range: Local) -> Py<Ret> {
    {
        let vm: &Vm = vm;
        let r = range
            .value(vm)
            .as_range(vm)
            .ok_or_else(|| vm.type_error("not a range"))?;
        if let (Some(start), Some(step), Some(len)) = (
            r.start(vm).as_small_int(),
            r.step(vm).as_small_int(),
            r.len(vm).as_small_int(),
        ) {
            if let Some(it) = small_range_reversed(vm, start, step, len) {
                return Ok(vm.ret(it));
            }
        }
    }
    // range(start + (len - 1) * step, start - step, -step)
    let [start, step, len, one] = {
        let vm: &Vm = vm;
        let r = range
            .value(vm)
            .as_range(vm)
            .ok_or_else(|| vm.type_error("not a range"))?;
        vm.locals([r.start(vm), r.step(vm), r.len(vm), Value::int32(1)])
    };
    let n = vm.binary(BinOp::Sub, len, one)?.keep(vm);
    let offset = vm.binary(BinOp::Mul, n, step)?.keep(vm);
    let first = vm.binary(BinOp::Add, start, offset)?.keep(vm);
    let stop = vm.binary(BinOp::Sub, start, step)?.keep(vm);
    let back = vm.negative(step)?.keep(vm);
    let vm: &Vm = vm;
    let mirrored = vm.new_range(
        first.value(vm),
        stop.value(vm),
        back.value(vm),
        len.value(vm),
    );
    Ok(vm.ret(range_iterator(vm, mirrored.value())))
}
/// The iterator of the old protocol, over `x[0]`, `x[1]`, …
pub fn sequence_iterator<'v>(vm: &'v Vm, x: Value<'_>) -> Value<'v> {
    new_iter(vm, &SEQUENCE_ITERATOR, mode::SEQUENCE, x)
}
/// `iter(callable, sentinel)`
pub fn callable_iterator<'v>(vm: &'v Vm, callable: Value<'_>, sentinel: Value<'_>) -> Value<'v> {
    let it = new_iter(vm, &CALLABLE_ITERATOR, mode::CALLABLE, callable);
    if let Some(o) = it.as_obj() {
        o.set_slot(vm, A, sentinel);
    }
    it
}
#[inline]
fn set(vm: &Vm, it: Value<'_>, slot: usize, n: i64) {
    if let Some(o) = it.as_obj() {
        o.set_slot(vm, slot, vm.int(n));
    }
}

/// `iter(x)` where that needs no call: the builtin containers, and iterators.
#[inline]
pub fn fast_iter(vm: &Vm, v: Value<'_>) -> Option<Word> {
    let kind = match v.kind(vm) {
        Kind::Wrapped => match vm.plainly_wrapped(v, Traits::NATIVE_ITER)?.kind(vm) {
            inner @ (Kind::List | Kind::Tuple | Kind::Dict) => inner,
            _ => return None,
        },
        kind => kind,
    };
    let it = match kind {
        Kind::List => list_iterator(vm, v),
        Kind::Tuple => tuple_iterator(vm, v),
        Kind::Range => range_iterator(vm, v),
        Kind::Dict => dict_iterator(vm, v, Part::Keys, false),
        Kind::Str => str_iterator(vm, v),
        Kind::Set | Kind::FrozenSet => set_iterator(vm, v),
        Kind::Bytes => bytes_iterator(vm, v),
        Kind::Iter => {
            let obj = v.as_obj()?;
            match view_part(vm, obj) {
                Some(part) => dict_iterator(vm, obj.slot(vm, SOURCE), part, false),
                None => return Some(v.word()),
            }
        }
        Kind::Generator if generators::is_plain_generator(vm, v.as_obj()?) => {
            return Some(v.word());
        }
        _ => return None,
    };
    Some(it.word())
}

// ---- stepping

/// One step without Python.
pub enum Fast {
    Item(Word),
    End,
    /// Take the type's `iternext`; nothing has changed.
    Slow,
}

/// `enumerate` of `enumerate` of … is stepped natively this deep.
const NESTED_MAX: u32 = 3;

#[inline]
pub fn fast_next(vm: &Vm, obj: Obj<'_>) -> Fast {
    fast_step(vm, obj, 0)
}
#[inline(always)]
fn small(vm: &Vm, obj: Obj<'_>, slot: usize) -> i64 {
    vm.field(obj, slot).as_small_int().unwrap_or(0)
}
#[inline(always)]
fn advance(vm: &Vm, obj: Obj<'_>, pos: i64) {
    obj.set_int_slot(vm, POS, pos);
}
/// Lets go of the source.
#[inline]
fn end(vm: &Vm, obj: Obj<'_>) -> Fast {
    obj.set_slot(vm, SOURCE, Value::EMPTY);
    Fast::End
}
/// One step over a range, a list or a tuple, which most loops are over: with nothing but the iterator's words. None: `fast_next` knows.
#[inline(always)]
pub(crate) fn step_words(vm: &Vm, words: Words<'_>, iterator: Word) -> Option<Fast> {
    let at = iterator.as_ref_index()?;
    let [mode, source, pos, step, left] = words.array::<SLOTS>(at + 1)?;
    let obj = iterator.value(vm).as_obj()?;
    let (pos, item) = (pos as i64 >> 3, Word::from_bits(pos));
    if mode == Word::int_wrapping(mode::RANGE).bits() {
        let left = left as i64 >> 3;
        if left <= 0 {
            return Some(Fast::End);
        }
        obj.set_int_slot(vm, POS, pos.wrapping_add(step as i64 >> 3));
        obj.set_int_slot(vm, B, left - 1);
        return Some(Fast::Item(item));
    }
    let source = Word::from_bits(source).as_ref_index()?;
    let [header, first] = words.two(source)?;
    let (items, len) = if mode == Word::int_wrapping(mode::LIST).bits() {
        if header as u8 != Kind::List as u8 {
            return None;
        }
        // An empty list has no storage.
        let storage = Word::from_bits(first).as_ref_index()?;
        (storage + 2, words.get(storage + 1)?)
    } else if mode == Word::int_wrapping(mode::TUPLE).bits() && header as u8 == Kind::Tuple as u8 {
        (source + 2, first)
    } else {
        return None;
    };
    if pos < 0 || pos >= len as i64 >> 3 {
        return None;
    }
    obj.set_int_slot(vm, POS, pos + 1);
    let item = words.get(items + pos as u32)?;
    Some(Fast::Item(Word::from_bits(item)))
}
#[inline(never)]
fn fast_step(vm: &Vm, obj: Obj<'_>, depth: u32) -> Fast {
    let mode = small(vm, obj, MODE);
    if mode <= mode::RANGE
        && let Some(step) = step_words(vm, vm.heap.view(), obj.word())
    {
        return step;
    }
    if !(mode::LIST..=mode::DICT_REVERSED + 2).contains(&mode)
        && mode != mode::ENUMERATE
        && mode != mode::ZIP
    {
        return Fast::Slow;
    }
    let source = vm.field(obj, SOURCE).value(vm);
    if source.is_empty() {
        return Fast::End;
    }
    let pos = small(vm, obj, POS);
    let item = match mode {
        mode::LIST => source.as_list(vm).and_then(|l| l.at(vm, pos as usize)),
        mode::TUPLE => source.as_tuple(vm).and_then(|t| t.at(vm, pos as usize)),
        mode::ASCII => source
            .as_str(vm)
            .and_then(|s| s.bytes(vm).get(pos as usize))
            .map(|b| vm.str_from_char(u32::from(*b)).value()),
        mode::TEXT => {
            let at = small(vm, obj, A) as usize;
            match source.as_str(vm).and_then(|s| char_at(s.bytes(vm), at)) {
                Some((c, width)) => {
                    obj.set_slot(vm, A, Value::len(at + width));
                    Some(vm.str_from_char(c).value())
                }
                None => None,
            }
        }
        mode::BYTES => source
            .as_bytes(vm)
            .and_then(|b| b.bytes(vm).get(pos as usize))
            .map(|b| Value::int32(i32::from(*b))),
        mode::BYTEARRAY => source
            .as_bytearray(vm)
            .and_then(|b| b.get(vm, pos as usize))
            .map(|b| Value::int32(i32::from(b))),
        mode::LIST_REVERSED => {
            return match source
                .as_list(vm)
                .and_then(|l| l.at(vm, usize::try_from(pos).ok()?))
            {
                Some(v) => {
                    advance(vm, obj, pos - 1);
                    Fast::Item(v.word())
                }
                None => end(vm, obj),
            };
        }
        mode::SET => return set_step(vm, obj, source, pos),
        mode::ENUMERATE => return enumerate_step(vm, obj, source, depth),
        mode::ZIP => return zip_step(vm, obj, source),
        _ => return dict_step(vm, obj, source, pos, mode),
    };
    match item {
        Some(v) => {
            advance(vm, obj, pos + 1);
            Fast::Item(v.word())
        }
        None => end(vm, obj),
    }
}
/// A step of `zip` over iterators that step without Python whatever happens.
fn zip_step(vm: &Vm, obj: Obj<'_>, source: Value<'_>) -> Fast {
    const MOST: usize = 4;
    let Some(iterators) = source.as_exact_tuple(vm) else {
        return Fast::Slow;
    };
    let n = iterators.len(vm);
    let sure = |it: Value<'_>| {
        it.as_obj().is_some_and(|o| {
            o.kind(vm) == Kind::Iter
                && matches!(
                    small(vm, o, MODE),
                    mode::LIST | mode::TUPLE | mode::RANGE | mode::ASCII | mode::BYTES
                )
        })
    };
    if n == 0 || n > MOST || vm.field(obj, A) != Word::FALSE || !iterators.iter(vm).all(sure) {
        return Fast::Slow;
    }
    let mut items = [Value::NONE; MOST];
    for (it, item) in iterators.iter(vm).zip(&mut items) {
        match it.as_obj().map(|o| fast_next(vm, o)) {
            Some(Fast::Item(word)) => *item = word.value(vm),
            _ => return Fast::End,
        }
    }
    match vm.new_tuple(&items[..n]) {
        Ok(tuple) => Fast::Item(tuple.value().word()),
        // The items are taken already: only the run's guard can still raise MemoryError.
        Err(no_memory) => std::panic::panic_any(no_memory),
    }
}
/// The character at a byte of a WTF-8 text, and its width.
fn char_at(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let lead = *bytes.get(at)?;
    let (width, bits) = match lead {
        0..0x80 => return Some((u32::from(lead), 1)),
        0x80..0xE0 => (2, lead & 0x1F),
        0xE0..0xF0 => (3, lead & 0x0F),
        _ => (4, lead & 0x07),
    };
    let mut c = u32::from(bits);
    for i in 1..width {
        c = c << 6 | u32::from(*bytes.get(at + i)? & 0x3F);
    }
    Some((c, width))
}
fn set_step(vm: &Vm, obj: Obj<'_>, source: Value<'_>, pos: i64) -> Fast {
    let Some(s) = source.as_any_set(vm) else {
        return Fast::End;
    };
    if s.len(vm) as i64 != small(vm, obj, A) {
        return Fast::Slow;
    }
    match s.next_entry(vm, pos as usize) {
        Some((e, v)) => {
            advance(vm, obj, e as i64 + 1);
            obj.set_int_slot(vm, B, small(vm, obj, B).max(1) - 1);
            Fast::Item(v.word())
        }
        None => end(vm, obj),
    }
}
#[inline]
fn dict_step(vm: &Vm, obj: Obj<'_>, source: Value<'_>, pos: i64, mode: i64) -> Fast {
    let Some(d) = source.as_exact_dict(vm) else {
        return Fast::End;
    };
    if d.len(vm) as i64 != small(vm, obj, A) {
        return Fast::Slow;
    }
    let (found, part) = if mode >= mode::DICT_REVERSED {
        (
            d.previous_entry(vm, pos as usize),
            mode - mode::DICT_REVERSED,
        )
    } else {
        (d.next_entry(vm, pos as usize), mode - mode::DICT)
    };
    if mode >= mode::DICT_REVERSED && pos as usize > d.entry_end(vm) {
        return end(vm, obj);
    }
    let left = small(vm, obj, B);
    let Some((e, k, v)) = found else {
        // A dict that was emptied and filled again counts its entries from 0; in CPython the new ones would be found here.
        let refilled = mode < mode::DICT_REVERSED && pos as usize > d.entry_end(vm);
        return if refilled && left <= 0 && !d.is_empty(vm) {
            Fast::Slow
        } else {
            end(vm, obj)
        };
    };
    if left <= 0 {
        return Fast::Slow;
    }
    let item = match part {
        0 => k,
        1 => v,
        _ => match vm.new_tuple(&[k, v]) {
            Ok(t) => t.value(),
            Err(mesapy_heap::NoMemory) => return Fast::Slow,
        },
    };
    obj.set_slot(vm, B, Word::int_wrapping(left - 1).value(vm));
    advance(
        vm,
        obj,
        if mode >= mode::DICT_REVERSED {
            e as i64
        } else {
            e as i64 + 1
        },
    );
    Fast::Item(item.word())
}
fn enumerate_step(vm: &Vm, obj: Obj<'_>, source: Value<'_>, depth: u32) -> Fast {
    let count = obj.slot(vm, POS);
    let (Some(inner), Some(n)) = (
        source
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Iter && depth < NESTED_MAX),
        count.as_small_int(),
    ) else {
        return Fast::Slow;
    };
    match fast_step(vm, inner, depth + 1) {
        Fast::Item(word) => match vm.new_tuple(&[count, word.value(vm)]) {
            Ok(t) => {
                obj.set_slot(vm, POS, vm.int(n + 1));
                Fast::Item(t.value().word())
            }
            Err(mesapy_heap::NoMemory) => Fast::Slow,
        },
        Fast::End => Fast::End,
        Fast::Slow => Fast::Slow,
    }
}

/// The `iternext` of the types here.
pub(crate) fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    let Some(obj) = this.value(vm).as_obj() else {
        return Ok(false);
    };
    match fast_next(vm, obj) {
        Fast::Item(word) => {
            vm.ret.set(word);
            return Ok(true);
        }
        Fast::End => return Ok(false),
        Fast::Slow => {}
    }
    let mode = small(vm, obj, MODE);
    if obj.slot(vm, SOURCE).is_empty() {
        return Ok(false);
    }
    match mode {
        mode::SEQUENCE => sequence_step(vm, this),
        mode::CALLABLE => callable_step(vm, this),
        mode::LONG_RANGE => long_range_step(vm, this),
        mode::SET => {
            obj.set_slot(vm, A, Value::int32(-1));
            Err(vm.runtime_error("Set changed size during iteration"))
        }
        _ => {
            let changed = obj
                .slot(vm, SOURCE)
                .as_dict(vm)
                .is_some_and(|d| d.len(vm) as i64 != small(vm, obj, A));
            if changed {
                obj.set_slot(vm, A, Value::int32(-1));
                return Err(vm.runtime_error("dictionary changed size during iteration"));
            }
            if small(vm, obj, B) <= 0 {
                return Err(vm.runtime_error("dictionary keys changed during iteration"));
            }
            Err(vm.memory_error())
        }
    }
}
pub(crate) fn slot_local(vm: &Vm, this: Local, slot: usize) -> Local {
    vm.local(
        this.value(vm)
            .as_obj()
            .map_or(Value::EMPTY, |o| o.slot(vm, slot)),
    )
}
pub(crate) fn set_slot(vm: &Vm, this: Local, slot: usize, value: Value<'_>) {
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, slot, value);
    }
}
/// Whether an exception means that a sequence has no more items.
pub(crate) fn is_past_end(vm: &Vm, raised: &crate::local::Raised) -> bool {
    vm.raised_is(raised, &exc::INDEX_ERROR) || vm.raised_is(raised, &exc::STOP_ITERATION)
}
fn sequence_step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (source, pos) = (slot_local(vm, this, SOURCE), slot_local(vm, this, POS));
    let n = vm.int_value(pos.value(vm)).unwrap_or(0);
    if n == i64::MAX {
        return Err(vm.overflow_error("iter index too large"));
    }
    match vm.get_item(source, pos) {
        Ok(ret) => {
            let item = ret.get(vm).word();
            set_slot(vm, this, POS, vm.int(n + 1));
            vm.ret.set(item);
            Ok(true)
        }
        Err(raised) if is_past_end(vm, &raised) => {
            vm.take_exception(raised);
            set_slot(vm, this, SOURCE, Value::EMPTY);
            Ok(false)
        }
        Err(raised) => Err(raised),
    }
}
fn callable_step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (callable, sentinel) = (slot_local(vm, this, SOURCE), slot_local(vm, this, A));
    let item = match vm.call(callable, &[]) {
        Ok(ret) => ret.keep(vm),
        Err(raised) if vm.raised_is(&raised, &exc::STOP_ITERATION) => {
            vm.take_exception(raised);
            set_slot(vm, this, SOURCE, Value::EMPTY);
            return Ok(false);
        }
        Err(raised) => return Err(raised),
    };
    // The callable may have run this very iterator to its end.
    if slot_local(vm, this, SOURCE).value(vm).is_empty() {
        return Ok(false);
    }
    if vm.equal(sentinel, item)? {
        set_slot(vm, this, SOURCE, Value::EMPTY);
        set_slot(vm, this, A, Value::EMPTY);
        return Ok(false);
    }
    vm.ret.set(item.word(vm));
    Ok(true)
}
fn long_range_step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (range, index) = (slot_local(vm, this, SOURCE), slot_local(vm, this, POS));
    let [start, step, len, one] = range_parts(vm, range);
    if !vm.less(index, len)? {
        return Ok(false);
    }
    let offset = vm.binary(BinOp::Mul, index, step)?.keep(vm);
    let item = vm.binary(BinOp::Add, start, offset)?.keep(vm);
    let next = vm.binary(BinOp::Add, index, one)?.keep(vm);
    set_slot(vm, this, POS, next.value(vm));
    vm.ret.set(item.word(vm));
    Ok(true)
}
/// start, step, length, and one.
fn range_parts(vm: &Vm, range: Local) -> [Local; 4] {
    match range.value(vm).as_range(vm) {
        Some(r) => vm.locals([r.start(vm), r.step(vm), r.len(vm), Value::int32(1)]),
        None => vm.locals([
            Value::int32(0),
            Value::int32(1),
            Value::int32(0),
            Value::int32(1),
        ]),
    }
}

// ---- length hints and pickling

fn length_hint(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (source, pos) = (slot_local(vm, this, SOURCE), slot_local(vm, this, POS));
    let (mode, left) = {
        let vm: &Vm = vm;
        let Some(o) = this.value(vm).as_obj() else {
            return Ok(vm.ret(Value::int32(0)));
        };
        (small(vm, o, MODE), small(vm, o, B))
    };
    let at = vm.int_value(pos.value(vm)).unwrap_or(0);
    let s = source.value(vm);
    let n = match mode {
        mode::RANGE => left,
        _ if s.is_empty() => 0,
        mode::LIST => s.as_list(vm).map_or(0, |l| l.len(vm)) as i64 - at,
        mode::TUPLE => s.as_tuple(vm).map_or(0, |t| t.len(vm)) as i64 - at,
        mode::ASCII | mode::TEXT => s.as_str(vm).map_or(0, |t| t.char_len(vm)) as i64 - at,
        mode::BYTES => s.as_bytes(vm).map_or(0, |b| b.len(vm)) as i64 - at,
        mode::BYTEARRAY => s.as_bytearray(vm).map_or(0, |b| b.len(vm)) as i64 - at,
        mode::LIST_REVERSED => {
            if s.as_list(vm).is_some_and(|l| at < l.len(vm) as i64) {
                at + 1
            } else {
                0
            }
        }
        mode::SET => {
            if s.as_any_set(vm).is_some_and(|x| {
                x.len(vm) as i64 == this.value(vm).as_obj().map_or(-1, |o| small(vm, o, A))
            }) {
                left
            } else {
                0
            }
        }
        mode::SEQUENCE => {
            if vm.special_of(s, crate::dunder::Dunder::Len).is_none() {
                return Ok(vm.ret(Value::NOT_IMPLEMENTED));
            }
            vm.len(source)? as i64 - at
        }
        mode::LONG_RANGE => {
            let [_, _, len, _] = range_parts(vm, source);
            return vm.binary(BinOp::Sub, len, pos);
        }
        _ => {
            if s.as_dict(vm).is_some_and(|d| {
                d.len(vm) as i64 == this.value(vm).as_obj().map_or(-1, |o| small(vm, o, A))
            }) {
                left
            } else {
                0
            }
        }
    };
    Ok(vm.ret(vm.int(n.max(0))))
}

/// A function of `builtins`, for `__reduce__`.
pub(crate) fn builtin<'v>(vm: &'v Vm, name: &str) -> Value<'v> {
    let found = vm
        .roots
        .builtins(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())));
    found.unwrap_or(Value::NONE)
}
/// `(callable, (argument,))` or `(callable, (argument,), state)`.
fn recipe(vm: &Vm, callable: &str, argument: Value<'_>, state: Option<Value<'_>>) -> Py<Ret> {
    let args = vm.new_tuple(&[argument.word().value(vm)])?;
    let callable = builtin(vm, callable);
    let tuple = match state {
        Some(s) => vm.new_tuple(&[callable, args.value(), s.word().value(vm)])?,
        None => vm.new_tuple(&[callable, args.value()])?,
    };
    Ok(vm.ret(tuple.value()))
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (source, pos) = (slot_local(vm, this, SOURCE), slot_local(vm, this, POS));
    let Some(mode) = this.value(vm).as_obj().map(|o| small(vm, o, MODE)) else {
        return Err(vm.type_error("not an iterator"));
    };
    let gone = source.value(vm).is_empty();
    match mode {
        mode::RANGE => {
            let vm: &Vm = vm;
            let Some(o) = this.value(vm).as_obj() else {
                return Err(vm.type_error("not an iterator"));
            };
            let (start, step, left) = (small(vm, o, POS), small(vm, o, A), small(vm, o, B));
            let stop = start.wrapping_add(step.wrapping_mul(left));
            let range = vm.new_range(vm.int(start), vm.int(stop), vm.int(step), vm.int(left));
            recipe(vm, "iter", range.value(), Some(Value::NONE))
        }
        mode::LONG_RANGE => {
            let [start, step, len, _] = range_parts(vm, source);
            let offset = vm.binary(BinOp::Mul, pos, step)?.keep(vm);
            let first = vm.binary(BinOp::Add, start, offset)?.keep(vm);
            let left = vm.binary(BinOp::Sub, len, pos)?.keep(vm);
            let vm: &Vm = vm;
            let stop = source
                .value(vm)
                .as_range(vm)
                .map_or(Value::NONE, |r| r.stop(vm));
            let range = vm.new_range(first.value(vm), stop, step.value(vm), left.value(vm));
            recipe(vm, "iter", range.value(), Some(Value::NONE))
        }
        mode::ASCII | mode::TEXT if gone => recipe(vm, "iter", vm.empty_str().value(), None),
        mode::LIST if gone => recipe(vm, "iter", vm.new_list(&[])?.value(), None),
        mode::LIST_REVERSED if gone => recipe(vm, "reversed", vm.new_list(&[])?.value(), None),
        mode::LIST_REVERSED => recipe(vm, "reversed", source.value(vm), Some(pos.value(vm))),
        mode::LIST
        | mode::TUPLE
        | mode::ASCII
        | mode::TEXT
        | mode::BYTES
        | mode::BYTEARRAY
        | mode::SEQUENCE
            if !gone =>
        {
            recipe(vm, "iter", source.value(vm), Some(pos.value(vm)))
        }
        mode::CALLABLE if !gone => {
            let sentinel = slot_local(vm, this, A);
            let vm: &Vm = vm;
            let args = vm.new_tuple(&[source.value(vm), sentinel.value(vm)])?;
            Ok(vm.ret(vm.new_tuple(&[builtin(vm, "iter"), args.value()])?.value()))
        }
        mode::TUPLE | mode::BYTES | mode::BYTEARRAY | mode::SEQUENCE | mode::CALLABLE => {
            recipe(vm, "iter", vm.empty_tuple().value(), None)
        }
        _ => {
            // Dicts and sets: what is left, from a copy of this iterator so that it is not spent.
            let copy = copied(vm, this);
            let rest = vm.list_from_iterable(copy)?.keep(vm);
            recipe(vm, "iter", rest.value(vm), None)
        }
    }
}
fn copied(vm: &Vm, this: Local) -> Local {
    let Some(o) = this.value(vm).as_obj() else {
        return this;
    };
    let copy = vm.new_object(Kind::Iter, o.layout(vm), o.shape(vm), SLOTS);
    for slot in 0..SLOTS {
        copy.set_slot(vm, slot, o.slot(vm, slot));
    }
    vm.local(copy.value())
}
fn set_state(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    let (source, mode) = (
        slot_local(vm, this, SOURCE),
        this.value(vm).as_obj().map_or(0, |o| small(vm, o, MODE)),
    );
    if mode == mode::LONG_RANGE {
        return set_long_range_state(vm, this, source, state);
    }
    let n = vm.index(state)?;
    let vm: &Vm = vm;
    let Some(o) = this.value(vm).as_obj() else {
        return Ok(());
    };
    if mode == mode::RANGE {
        let n = n.clamp(0, small(vm, o, B).max(0));
        advance(
            vm,
            o,
            small(vm, o, POS).wrapping_add(small(vm, o, A).wrapping_mul(n)),
        );
        o.set_slot(vm, B, vm.int(small(vm, o, B) - n));
        return Ok(());
    }
    let s = source.value(vm);
    let len = match mode {
        _ if s.is_empty() => return Ok(()),
        mode::LIST | mode::LIST_REVERSED => s.as_list(vm).map_or(0, |l| l.len(vm)),
        mode::TUPLE => s.as_tuple(vm).map_or(0, |t| t.len(vm)),
        mode::ASCII | mode::TEXT => s.as_str(vm).map_or(0, |t| t.char_len(vm)),
        mode::BYTES => s.as_bytes(vm).map_or(0, |b| b.len(vm)),
        mode::BYTEARRAY => s.as_bytearray(vm).map_or(0, |b| b.len(vm)),
        _ => i64::MAX as usize,
    } as i64;
    let n = if mode == mode::LIST_REVERSED {
        n.clamp(-1, len - 1)
    } else {
        n.clamp(0, len)
    };
    o.set_slot(vm, POS, vm.int(n));
    if mode == mode::TEXT {
        o.set_slot(
            vm,
            A,
            Value::len(s.as_str(vm).map_or(0, |t| t.char_to_byte(vm, n as usize))),
        );
    }
    Ok(())
}
fn set_long_range_state(vm: &mut Vm, this: Local, source: Local, state: Local) -> Py<()> {
    let [_, _, len, _] = range_parts(vm, source);
    let (n, zero) = (vm.index_value(state)?.keep(vm), vm.local(Value::int32(0)));
    let n = if vm.less(n, zero)? {
        zero
    } else if vm.less(len, n)? {
        len
    } else {
        n
    };
    set_slot(vm, this, POS, n.value(vm));
    Ok(())
}

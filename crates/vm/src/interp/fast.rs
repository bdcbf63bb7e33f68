//! What the inner loop calls: operations on builtin values that run no Python code. None: it takes more than that, and nothing was done.

use super::{compare, items, sets};
use crate::dunder::Dunder;
use crate::objects::{
    hash as hashes, int_ops, percent, range as ranges, slice as slices, tuple::TupleHash,
};
use crate::quick;
use crate::traits::Traits;
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, CmpOp, Conversion};
use mesapy_heap::{Dict, Found, Kind, Probe, Slice, Value, Word};
use std::cell::Cell;

/// Tuples within tuples are hashed and compared here this deep.
const DEPTH_MAX: u32 = 8;

/// The truth of builtin values.
#[inline(never)]
pub(crate) fn truth(vm: &Vm, word: Word) -> Option<bool> {
    vm.truth_fast(word.value(vm))
}

// ---- arithmetic

/// Operators, by number, that `binary` knows something about.
pub(super) const BINARY: u32 = 1 << BinOp::Add as u32
    | 1 << BinOp::Sub as u32
    | 1 << BinOp::Mul as u32
    | 1 << BinOp::TrueDiv as u32
    | 1 << BinOp::FloorDiv as u32
    | 1 << BinOp::Mod as u32
    | 1 << BinOp::Pow as u32
    | 1 << BinOp::LShift as u32
    | 1 << BinOp::RShift as u32
    | 1 << BinOp::And as u32
    | 1 << BinOp::Or as u32
    | 1 << BinOp::Xor as u32;

/// Arithmetic of numbers that are not all immediate, of strings, lists, tuples and sets.
#[inline(never)]
pub(crate) fn binary(vm: &Vm, op: BinOp, in_place: bool, x: Word, y: Word) -> Option<Word> {
    let (x, y) = (x.value(vm), y.value(vm));
    let kinds = (x.kind(vm), y.kind(vm));
    match kinds {
        (Kind::Int | Kind::BigInt, Kind::Int | Kind::BigInt) => {
            if op == BinOp::TrueDiv || op == BinOp::Pow {
                return floats(vm, op, x, y);
            }
            int_ops::quick(vm, op, x, y)
        }
        (Kind::Str, _) if op == BinOp::Mod => percent::quick(vm, x, y),
        (Kind::Str, Kind::Str) if op == BinOp::Add => {
            let (a, b) = (x.as_exact_str(vm)?, y.as_exact_str(vm)?);
            Some(if a.byte_len(vm) == 0 {
                y.word()
            } else if b.byte_len(vm) == 0 {
                x.word()
            } else {
                vm.new_str_concat(a, b).ok()?.word()
            })
        }
        (Kind::FrozenSet, _) => sets::algebra(vm, op, x, y),
        (Kind::Set, _) if !in_place => sets::algebra(vm, op, x, y),
        (Kind::List, Kind::List) if op == BinOp::Add && !in_place => {
            let (a, b) = (x.as_exact_list(vm)?, y.as_exact_list(vm)?);
            Some(vm.new_list_concat(a, b).ok()?.word())
        }
        (Kind::Tuple, Kind::Tuple) if op == BinOp::Add => {
            let (a, b) = (x.as_exact_tuple(vm)?, y.as_exact_tuple(vm)?);
            let n = a.len(vm);
            let item = |i: usize| {
                if i < n {
                    a.get(vm, i)
                } else {
                    b.get(vm, i - n)
                }
            };
            let tuple = vm.new_tuple_from(n.checked_add(b.len(vm))?, item).ok()?;
            Some(tuple.word())
        }
        (Kind::Instance, _) | (_, Kind::Instance) => quick::operator(vm, op, in_place, x, y),
        _ => floats(vm, op, x, y),
    }
}
/// Arithmetic of floats that are not all immediate.
fn floats(vm: &Vm, op: BinOp, x: Value<'_>, y: Value<'_>) -> Option<Word> {
    let (a, b) = (float(vm, x)?, float(vm, y)?);
    let result = match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::TrueDiv if b != 0.0 => a / b,
        // What overflows or leaves the reals is an error or a complex number.
        BinOp::Pow if !(x.is_small_int() && y.is_small_int()) && a.is_finite() && b.is_finite() => {
            Some(a.powf(b))
                .filter(|p| p.is_finite() && *p != 0.0)
                .filter(|_| a > 0.0 || b == b.trunc())?
        }
        _ => return None,
    };
    Some(vm.float(result).word())
}
/// A float, or an int that is one exactly.
#[inline]
fn float(vm: &Vm, x: Value<'_>) -> Option<f64> {
    x.as_f64(vm).or_else(|| {
        x.as_small_int()
            .filter(|n| n.unsigned_abs() <= 1 << 53)
            .map(|n| n as f64)
    })
}

// ---- comparison

/// `x op y` for numbers of mixed types, strings, and what compares by identity.
#[inline(never)]
pub(crate) fn compare(vm: &Vm, op: CmpOp, x: Word, y: Word) -> Option<bool> {
    let (x, y) = (x.value(vm), y.value(vm));
    if let (Some(a), Some(b)) = (float(vm, x), float(vm, y)) {
        return Some(compare::ordered(op, a, b));
    }
    if x.kind(vm) == Kind::Instance
        && let Some(known) = quick::comparison(vm, op, x, y)
    {
        return Some(known);
    }
    match op {
        CmpOp::Eq => equal(vm, x, y, 0),
        // Objects that are equal by identity may have a `!=` of their own.
        CmpOp::Ne if own_unequal(vm, x) || own_unequal(vm, y) => None,
        CmpOp::Ne => equal(vm, x, y, 0).map(|same| !same),
        _ if matches!(x.kind(vm), Kind::Set | Kind::FrozenSet) => sets::compare(vm, op, x, y, 0),
        _ if matches!(
            (x.kind(vm), y.kind(vm)),
            (Kind::BigInt, Kind::Int | Kind::BigInt) | (Kind::Int, Kind::BigInt)
        ) =>
        {
            let order = int_ops::compare(vm, x, y)?;
            Some(compare::ordered(op, order as i32, 0))
        }
        _ => {
            let (a, b) = (x.as_exact_str(vm)?, y.as_exact_str(vm)?);
            // The order of WTF-8 is that of code points.
            Some(compare::ordered(op, a.bytes(vm), b.bytes(vm)))
        }
    }
}
/// `x == y`.
pub(crate) fn equal(vm: &Vm, x: Value<'_>, y: Value<'_>, depth: u32) -> Option<bool> {
    if let Some(known) = compare::equal_fast(vm, x, y) {
        return Some(known);
    }
    match (x.kind(vm), y.kind(vm)) {
        (Kind::Wrapped, _) | (_, Kind::Wrapped) => {
            // Both compare as the builtin values that they are or wrap; else it is for their methods to say.
            let plain = |v: Value<'_>| {
                if v.kind(vm) == Kind::Wrapped {
                    vm.plainly_wrapped(v.word().value(vm), Traits::NATIVE_EQ)
                        .map(|inner| inner.word())
                } else {
                    Some(v.word())
                }
            };
            equal(vm, plain(x)?.value(vm), plain(y)?.value(vm), depth)
        }
        (Kind::Tuple, Kind::Tuple) if depth < DEPTH_MAX => {
            let (a, b) = (x.as_exact_tuple(vm)?, y.as_exact_tuple(vm)?);
            let pairs = (0..a.len(vm)).map(|i| (a.get(vm, i), b.get(vm, i)));
            all_equal(vm, a.len(vm) == b.len(vm), pairs, depth)
        }
        (Kind::List, Kind::List) if depth < DEPTH_MAX => {
            let (a, b) = (x.as_exact_list(vm)?, y.as_exact_list(vm)?);
            let pairs = (0..a.len(vm)).map(|i| (a.get(vm, i), b.get(vm, i)));
            all_equal(vm, a.len(vm) == b.len(vm), pairs, depth)
        }
        (Kind::Set | Kind::FrozenSet, Kind::Set | Kind::FrozenSet) if depth < DEPTH_MAX => {
            sets::compare(vm, CmpOp::Eq, x, y, depth)
        }
        (Kind::Bytes, Kind::Bytes) => {
            let (a, b) = (x.as_exact_bytes(vm)?, y.as_exact_bytes(vm)?);
            Some(a.bytes(vm) == b.bytes(vm))
        }
        // With -b there is a warning.
        (Kind::Bytes, Kind::Str) | (Kind::Str, Kind::Bytes) => {
            (vm.sys_config.flags.bytes_warning == 0).then_some(false)
        }
        (Kind::BigInt, Kind::Int | Kind::BigInt) | (Kind::Int, Kind::BigInt) => {
            int_ops::compare(vm, x, y).map(|order| order.is_eq())
        }
        (Kind::Tuple | Kind::Str, Kind::None | Kind::Int | Kind::Bool | Kind::Float)
        | (Kind::None | Kind::Int | Kind::Bool | Kind::Float, Kind::Tuple | Kind::Str)
        | (Kind::Tuple, Kind::Str)
        | (Kind::Str, Kind::Tuple) => Some(false),
        (Kind::Bool | Kind::Int | Kind::Float, Kind::Bool | Kind::Int | Kind::Float) => None,
        _ if by_identity(vm, x, Traits::PLAIN_EQ) && by_identity(vm, y, Traits::PLAIN_EQ) => {
            Some(x == y)
        }
        _ => None,
    }
}
/// Whether two sequences, of one length or not, are equal item by item.
fn all_equal<'v>(
    vm: &'v Vm,
    same_length: bool,
    mut pairs: impl Iterator<Item = (Value<'v>, Value<'v>)>,
    depth: u32,
) -> Option<bool> {
    if !same_length {
        return Some(false);
    }
    // None, where only Python knows, ends the search as a difference does.
    let other = pairs.find_map(|(p, q)| match p == q {
        true => None,
        false => match equal(vm, p, q, depth + 1) {
            Some(true) => None,
            answer => Some(answer),
        },
    });
    other.unwrap_or(Some(true))
}
/// Whether a value's class inherits `__eq__` from `object`, but has an `__ne__`.
fn own_unequal(vm: &Vm, x: Value<'_>) -> bool {
    x.is_ref() && by_identity(vm, x, Traits::PLAIN_EQ) && !by_identity(vm, x, Traits::PLAIN_NE)
}
/// Whether a value's class inherits a method from `object`.
#[inline]
fn by_identity(vm: &Vm, x: Value<'_>, method: Traits) -> bool {
    x.is_none() || vm.traits_of(x).has(method)
}
pub(crate) fn hash(vm: &Vm, x: Value<'_>, depth: u32) -> Option<u64> {
    if let Some(h) = hashes::fast(vm, x) {
        return Some(h as u64);
    }
    if depth == DEPTH_MAX {
        return None;
    }
    if x.kind(vm) == Kind::FrozenSet {
        return sets::hash(vm, x, depth);
    }
    if let Some(tuple) = x.as_exact_tuple(vm) {
        let mut mix = TupleHash::new();
        for item in tuple.iter(vm) {
            mix.add(hash(vm, item, depth + 1)? as i64);
        }
        return Some(mix.finish() as u64);
    }
    if let Some(inner) = vm.plainly_wrapped(x, Traits::NATIVE_HASH) {
        return hash(vm, inner, depth);
    }
    if x.is_ref() && by_identity(vm, x, Traits::PLAIN_HASH) {
        return Some(hashes::of_identity(vm, x) as u64);
    }
    None
}

// ---- containers

/// The entry of a key in a dict: Some(Err(hash)) if it is not there.
#[inline]
pub(crate) fn entry(vm: &Vm, dict: Dict<'_>, key: Value<'_>) -> Option<Result<usize, u64>> {
    if let Some(s) = key.as_exact_str(vm) {
        return Some(dict.entry_of_str(vm, s).ok_or_else(|| s.hash(vm)));
    }
    if let Some(i) = key.as_small_int() {
        if let Some(e) = dict.find_int(vm, i) {
            return Some(Ok(e));
        }
    }
    let hash = hash(vm, key, 0)?;
    let mut probe = Probe::new(hash);
    loop {
        match dict.probe(vm, key, &mut probe) {
            Found::Entry(e) => return Some(Ok(e)),
            Found::Absent => return Some(Err(hash)),
            Found::Candidate(e, other) => {
                if equal(vm, other, key, 0)? {
                    return Some(Ok(e));
                }
            }
        }
    }
}
/// `x[key]`
#[inline(never)]
pub(crate) fn item(vm: &Vm, x: Word, key: Word) -> Option<Word> {
    let (x, key) = (x.value(vm), key.value(vm));
    if let Some(dict) = x.as_exact_dict(vm) {
        let e = entry(vm, dict, key)?.ok()?;
        return dict.value_at_entry(vm, e).map(|v| v.word());
    }
    if let Some(s) = key.as_slice(vm) {
        return slice_item(vm, x, s);
    }
    if x.kind(vm) == Kind::Wrapped {
        // (A dict's subclass may have `__missing__`: that is asked for where this finds nothing.)
        let inner = vm.plainly_wrapped(x, Traits::NATIVE_GETITEM)?;
        return item(vm, inner.word(), key.word());
    }
    let i = key.as_small_int()?;
    let index = |len: usize| {
        let i = if i < 0 { i + len as i64 } else { i };
        usize::try_from(i).ok()
    };
    Some(match x.kind(vm) {
        Kind::List => {
            let list = x.as_exact_list(vm)?;
            list.at(vm, index(list.len(vm))?)?.word()
        }
        Kind::Tuple => {
            let tuple = x.as_exact_tuple(vm)?;
            tuple.at(vm, index(tuple.len(vm))?)?.word()
        }
        Kind::Range => ranges::item_quick(vm, x, i)?.word(),
        Kind::Str => {
            let s = x.as_exact_str(vm)?;
            let c = s.char_at(vm, index(s.char_len(vm))?)?;
            vm.str_from_char(c).word()
        }
        Kind::Bytes => {
            let b = x.as_exact_bytes(vm)?.bytes(vm);
            Word::int_wrapping(i64::from(*b.get(index(b.len())?)?))
        }
        Kind::ByteArray => {
            let b = x.as_exact_bytearray(vm)?;
            Word::int_wrapping(i64::from(b.get(vm, index(b.len(vm))?)?))
        }
        _ => return None,
    })
}
/// `x[key] = value` for dicts.
#[inline(never)]
pub(crate) fn set_item(vm: &Vm, x: Word, key: Word, value: Word) -> Option<()> {
    if x.value(vm).kind(vm) == Kind::Wrapped {
        let inner = vm
            .plainly_wrapped(x.value(vm), Traits::NATIVE_SETITEM)?
            .word();
        return match items::set_list_item(vm, inner, key, value) {
            true => Some(()),
            false => set_item(vm, inner, key, value),
        };
    }
    if let Some(slice) = key.value(vm).as_slice(vm) {
        let (start, stop) = (slice.start(vm).word(), slice.stop(vm).word());
        let whole = slice.step(vm).is_none();
        return whole.then(|| set_slice(vm, x, start, stop, value))?;
    }
    let (x, key, value) = (x.value(vm), key.value(vm), value.value(vm));
    let dict = x.as_exact_dict(vm)?;
    match entry(vm, dict, key)? {
        Ok(e) => dict.set_value_at(vm, e, value).then_some(()),
        Err(hash) => dict.insert_new(vm, hash, key, value).ok().map(|_| ()),
    }
}
/// `{key: value, …}` of the words from stack index `first` on.
#[inline(never)]
pub(crate) fn dict(vm: &Vm, first: u32, n: u16) -> Option<Word> {
    if let Some(dict) = literal(vm, first, n) {
        return Some(dict);
    }
    let dict = vm.new_dict();
    for i in 0..u32::from(n) {
        let at = first + 2 * i;
        set_item(vm, dict.word(), vm.stack_word(at), vm.stack_word(at + 1))?;
    }
    Some(dict.word())
}
/// The same for a few keys that are all interned strings, so that it is told by their words whether they differ.
fn literal(vm: &Vm, first: u32, n: u16) -> Option<Word> {
    const KEYS_MAX: u16 = 8;
    if n == 0 || n > KEYS_MAX {
        return None;
    }
    let pairs = vm.heap.stack().get(first as usize..)?;
    let pairs = pairs.get(..2 * usize::from(n))?;
    for (i, key) in pairs.iter().step_by(2).enumerate() {
        let name = Word::from_bits(key.get()).value(vm).as_exact_str(vm)?;
        let before = pairs.iter().step_by(2).take(i);
        if !name.is_interned(vm) || before.into_iter().any(|k| k.get() == key.get()) {
            return None;
        }
    }
    let pairs = pairs.iter().map(|w| Word::from_bits(w.get()).value(vm));
    Some(vm.new_dict_of(pairs).ok()?.word())
}
/// `item in x`
#[inline(never)]
pub(crate) fn contains(vm: &Vm, x: Word, item: Word) -> Option<bool> {
    let (x, item) = (x.value(vm), item.value(vm));
    match x.kind(vm) {
        Kind::Wrapped => {
            let inner = vm.plainly_wrapped(x, Traits::NATIVE_CONTAINS)?;
            contains(vm, inner.word(), item.word())
        }
        Kind::Dict => Some(entry(vm, x.as_exact_dict(vm)?, item)?.is_ok()),
        Kind::Set | Kind::FrozenSet => sets::contains(vm, x.as_any_set(vm)?, item),
        Kind::List => {
            let list = x.as_exact_list(vm)?;
            among(vm, (0..list.len(vm)).map(|i| list.get(vm, i)), item)
        }
        Kind::Tuple => {
            let tuple = x.as_exact_tuple(vm)?;
            among(vm, tuple.iter(vm), item)
        }
        _ => None,
    }
}
fn among<'v>(vm: &'v Vm, items: impl Iterator<Item = Value<'v>>, item: Value<'v>) -> Option<bool> {
    // Small integers are equal to each other only if they are the same.
    if item.is_small_int() {
        for other in items {
            if other == item || !other.is_small_int() && equal(vm, other, item, 0)? {
                return Some(true);
            }
        }
        return Some(false);
    }
    Some(position(vm, items, item)?.is_some())
}
/// Where the first item is that equals `item`.
pub(crate) fn position<'v>(
    vm: &'v Vm,
    items: impl Iterator<Item = Value<'v>>,
    item: Value<'v>,
) -> Option<Option<usize>> {
    for (i, other) in items.enumerate() {
        if other == item || equal(vm, other, item, 0)? {
            return Some(Some(i));
        }
    }
    Some(None)
}
/// `x[start:stop]`
#[inline(never)]
pub(crate) fn slice(vm: &Vm, x: Word, start: Word, stop: Word) -> Option<Word> {
    let x = x.value(vm);
    let bound = |w: Word, none: i64| {
        if w == Word::NONE {
            Some(none)
        } else {
            w.as_small_int()
        }
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, i64::MAX)?);
    let bounds = |len: usize| {
        let (start, _, count) = slices::adjust(len, start, stop, 1);
        (start as usize, count)
    };
    Some(match x.kind(vm) {
        Kind::List => {
            let list = x.as_exact_list(vm)?;
            let (start, count) = bounds(list.len(vm));
            vm.new_list_of(list, start, count).ok()?.word()
        }
        Kind::Tuple => {
            let tuple = x.as_exact_tuple(vm)?;
            let (start, count) = bounds(tuple.len(vm));
            if count == tuple.len(vm) {
                return Some(tuple.word());
            }
            let made = vm.new_tuple_from(count, |i| tuple.get(vm, start + i));
            made.ok()?.word()
        }
        Kind::Range => ranges::slice_quick(vm, x, start, stop)?.word(),
        Kind::Str => {
            let s = x.as_exact_str(vm)?;
            let (start, count) = bounds(s.char_len(vm));
            if count == s.char_len(vm) {
                return Some(s.word());
            }
            let (from, to) = (s.char_to_byte(vm, start), s.char_to_byte(vm, start + count));
            vm.new_str(s.bytes(vm).get(from..to)?).ok()?.word()
        }
        Kind::Bytes => {
            let b = x.as_exact_bytes(vm)?;
            let (start, count) = bounds(b.len(vm));
            if count == b.len(vm) {
                return Some(b.word());
            }
            let part = b.bytes(vm).get(start..start + count)?;
            vm.new_bytes(part).ok()?.word()
        }
        _ => return None,
    })
}
/// `list[slice]`, with any step.
fn slice_item<'v>(vm: &'v Vm, x: Value<'v>, slice: Slice<'v>) -> Option<Word> {
    let list = x.as_exact_list(vm)?;
    let bound = |v: Value<'_>, none: i64| match v.is_none() {
        true => Some(none),
        false => v.as_small_int(),
    };
    let step = bound(slice.step(vm), 1)?;
    if step == 0 || step == i64::MIN {
        return None;
    }
    let (first, last) = if step < 0 {
        (i64::MAX, -(1i64 << 61))
    } else {
        (0, i64::MAX)
    };
    let (start, stop) = (bound(slice.start(vm), first)?, bound(slice.stop(vm), last)?);
    let (start, _, count) = slices::adjust(list.len(vm), start, stop, step);
    if step == 1 {
        return Some(vm.new_list_of(list, start as usize, count).ok()?.word());
    }
    let made = vm.list_with_capacity(count).ok()?;
    let mut i = start;
    for _ in 0..count {
        made.push(vm, list.get(vm, i as usize)).ok()?;
        i = i.wrapping_add(step);
    }
    Some(made.word())
}
/// `list[start:stop] = value` for a value that is a list or tuple.
#[inline(never)]
pub(crate) fn set_slice(vm: &Vm, x: Word, start: Word, stop: Word, value: Word) -> Option<()> {
    let (list, value) = (x.value(vm).as_exact_list(vm)?, value.value(vm));
    let bound = |w: Word, none: i64| match w == Word::NONE {
        true => Some(none),
        false => w.as_small_int(),
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, i64::MAX)?);
    let (start, _, count) = slices::adjust(list.len(vm), start, stop, 1);
    let start = start as usize;
    if let Some(other) = value.as_exact_list(vm)
        && other.len(vm) == count
        && other != list
    {
        list.overwrite(vm, start, other);
        return Some(());
    }
    let mut few = [Value::NONE; 16];
    let n = match value.kind(vm) {
        Kind::List => value.as_exact_list(vm)?.len(vm),
        Kind::Tuple => value.as_exact_tuple(vm)?.len(vm),
        _ => return None,
    };
    let at = |i: usize| match value.as_exact_list(vm) {
        Some(list) => list.get(vm, i),
        None => value
            .as_exact_tuple(vm)
            .map_or(Value::NONE, |t| t.get(vm, i)),
    };
    if n == count {
        // Of the same length: stored one by one, from a copy if it is short and may be the list itself.
        if n > few.len() {
            return None;
        }
        (0..n).for_each(|i| few[i] = at(i));
        (0..n).for_each(|i| {
            list.set(vm, start + i, few[i]);
        });
        return Some(());
    }
    let values: Vec<Value<'_>> = (0..n).map(at).collect();
    list.splice(vm, start, start + count, &values).ok()
}
/// Exactly as many items of a tuple or list as there are targets, to the targets.
#[inline(never)]
pub(crate) fn unpack(vm: &Vm, source: Word, targets: &[Cell<u64>]) -> bool {
    let source = source.value(vm);
    let source = match source.kind(vm) {
        Kind::Wrapped => match vm.plainly_wrapped(source, Traits::NATIVE_ITER) {
            Some(inner) => inner,
            None => return false,
        },
        _ => source,
    };
    if let Some(tuple) = source.as_exact_tuple(vm) {
        if tuple.len(vm) == targets.len() {
            let items = targets.iter().zip(tuple.iter(vm));
            items.for_each(|(target, item)| target.set(item.bits()));
            return true;
        }
    } else if let Some(list) = source.as_exact_list(vm) {
        if list.len(vm) == targets.len() {
            let items = targets.iter().enumerate();
            items.for_each(|(i, target)| target.set(list.get(vm, i).bits()));
            return true;
        }
    }
    false
}
/// A replacement field without a format spec.
#[inline(never)]
pub(crate) fn format(vm: &Vm, x: Word, conversion: u8) -> Option<Word> {
    let conversion = Conversion::from_u8(conversion)?;
    if !matches!(conversion, Conversion::None | Conversion::Str) {
        return None;
    }
    if let Some(n) = x.as_small_int() {
        return Some(vm.new_str(digits(n, &mut [0; 24])).ok()?.word());
    }
    let x = x.value(vm);
    match x.kind(vm) {
        Kind::Str => Some(x.word()),
        Kind::Instance if conversion == Conversion::Str => {
            quick::special(vm, Dunder::Str, &[x.word()])
        }
        _ => None,
    }
}
/// The decimal digits of an int.
pub(crate) fn digits(n: i64, room: &mut [u8; 24]) -> &[u8] {
    let (mut at, mut rest) = (room.len(), n.unsigned_abs());
    loop {
        at -= 1;
        room[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        room[at] = b'-';
    }
    &room[at..]
}

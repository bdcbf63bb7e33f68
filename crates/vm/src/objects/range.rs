//! `range`: any ints for bounds, with everything computed from start, step and length. Its iterators are in `iterators`.

use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::Method;
use crate::objects::hash::TupleHash;
use crate::objects::iterators;
use crate::objects::numbers::{Int, big_value};
use crate::objects::object::check_new_class;
use crate::objects::slice;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};
use mesapy_text::no_step;
use mesapy_text::number::bigint::{self, Big};
use std::cmp::Ordering;

pub static RANGE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "range",
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nThe integers from start (inclusive) to stop (exclusive) by step:\nrange(i, j) is i, i+1, ... j-1. Start defaults to 0, step to 1, and a negative step counts down.",
    layout: Layout::Kind(Kind::Range),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::SEQUENCE),
    methods: METHODS,
    members: &[("start", 0, ""), ("stop", 1, ""), ("step", 2, "")],
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, start, stop=None, step=1, /)" => static calls new(cls, start, stop, step), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => leaf range_hash(this), "Return hash(self).";
    "__bool__(self, /)" => leaf is_true(this), "True if self else False";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__lt__(self, value, /)" => leaf unordered(this, value), "Return self<value.";
    "__le__(self, value, /)" => leaf unordered(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => leaf eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => leaf ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => leaf unordered(this, value), "Return self>value.";
    "__ge__(self, value, /)" => leaf unordered(this, value), "Return self>=value.";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => calls reversed(this), "Return a reverse iterator.";
    "__reduce__(self, /)" => leaf reduce(this), "";
    "count(self, object, /)" => calls count(this, object), "rangeobject.count(value) -> integer -- return number of occurrences of value";
    "index(self, object, /)" => calls index(this, object), "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.";
};

/// A range as numbers.
struct Parts {
    start: Big,
    step: Big,
    len: Big,
}
/// A range whose numbers are all immediate.
#[derive(Clone, Copy)]
struct Small {
    start: i64,
    step: i64,
    len: i64,
}

fn small(vm: &Vm, value: Value<'_>) -> Option<Small> {
    let r = value.as_exact_range(vm)?;
    Some(Small {
        start: r.start(vm).as_small_int()?,
        step: r.step(vm).as_small_int()?,
        len: r.len(vm).as_small_int()?,
    })
}
fn parts(vm: &Vm, value: Value<'_>) -> Option<Parts> {
    let r = value.as_exact_range(vm)?;
    let big = |v: Value<'_>| Int::of(vm, v.word().value(vm)).map(|n| n.to_big(vm));
    Some(Parts {
        start: big(r.start(vm))?,
        step: big(r.step(vm))?,
        len: big(r.len(vm))?,
    })
}
fn required(vm: &Vm, value: Value<'_>) -> Py<Parts> {
    parts(vm, value).ok_or_else(|| vm.type_error("a range is required"))
}

/// How many steps lead from start to stop.
fn length(vm: &Vm, start: &Big, stop: &Big, step: &Big) -> Py<Big> {
    let (from, to, by) = if step.negative {
        (stop, start, bigint::neg(step.view()))
    } else {
        (start, stop, step.clone())
    };
    if bigint::cmp(from.view(), to.view()) != Ordering::Less {
        return Ok(Big::zero());
    }
    let one = Big::from_i64(1);
    let span = bigint::sub(bigint::sub(to.view(), from.view()).view(), one.view());
    match bigint::div_rem_floor(span.view(), by.view(), &mut no_step) {
        Ok((steps, _)) => Ok(bigint::add(steps.view(), one.view())),
        Err(_) => Err(vm.value_error("range() arg 3 must not be zero")),
    }
}
/// Start, step and length of a range whose numbers are all immediate.
pub(crate) fn small_parts(vm: &Vm, x: Value<'_>) -> Option<(i64, i64, i64)> {
    let r = x.as_exact_range(vm)?;
    Some((
        r.start(vm).as_small_int()?,
        r.step(vm).as_small_int()?,
        r.len(vm).as_small_int()?,
    ))
}
/// An item, where all numbers are immediate.
pub(crate) fn item_quick<'v>(vm: &'v Vm, x: Value<'v>, i: i64) -> Option<Value<'v>> {
    let r = small(vm, x)?;
    let at = if i < 0 { i.saturating_add(r.len) } else { i };
    if at < 0 || at >= r.len {
        return None;
    }
    let item = r.start.checked_add(at.checked_mul(r.step)?)?;
    Some(vm.int(item))
}
/// Every item from `start` to before `stop`, likewise.
pub(crate) fn slice_quick<'v>(
    vm: &'v Vm,
    x: Value<'v>,
    start: i64,
    stop: i64,
) -> Option<Value<'v>> {
    let r = small(vm, x)?;
    let (start, stop, _) = slice::adjust(usize::try_from(r.len).ok()?, start, stop, 1);
    let item = |at: i64| r.start.checked_add(at.checked_mul(r.step)?);
    Some(make_small(vm, item(start)?, item(stop)?, r.step))
}
/// A range of these numbers.
fn make<'v>(vm: &'v Vm, start: &Big, stop: &Big, step: &Big) -> Py<Value<'v>> {
    let len = length(vm, start, stop, step)?;
    let value = |b: &Big| big_value(vm, b.clone());
    Ok(vm
        .new_range(value(start)?, value(stop)?, value(step)?, value(&len)?)
        .value())
}
/// The same for 64 bits: the way of nearly all.
pub(crate) fn make_small(vm: &Vm, start: i64, stop: i64, step: i64) -> Value<'_> {
    let span = if step < 0 {
        start as i128 - stop as i128
    } else {
        stop as i128 - start as i128
    };
    let len = if span <= 0 {
        0
    } else {
        (span - 1) / (step as i128).abs() + 1
    };
    vm.new_range(
        vm.int(start),
        vm.int(stop),
        vm.int(step),
        vm.int(len as i64),
    )
    .value()
}

fn new(vm: &mut Vm, cls: Local, start: Local, stop: Option<Local>, step: Option<Local>) -> Py<Ret> {
    check_new_class(vm, cls, &RANGE)?;
    let zero = vm.local(Value::int32(0));
    let one = vm.local(Value::int32(1));
    let (start, stop, step) = match stop {
        None => (zero, start, one),
        Some(stop) => (start, stop, step.unwrap_or(one)),
    };
    let start = vm.index_value(start)?.keep(vm);
    let stop = vm.index_value(stop)?.keep(vm);
    let step = vm.index_value(step)?.keep(vm);
    let vm: &Vm = vm;
    if step.value(vm).as_small_int() == Some(0) {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    if let (Some(a), Some(b), Some(s)) = (
        start.value(vm).as_small_int(),
        stop.value(vm).as_small_int(),
        step.value(vm).as_small_int(),
    ) {
        return Ok(vm.ret(make_small(vm, a, b, s)));
    }
    let big = |l: Local| Int::of(vm, l.value(vm)).map_or(Big::zero(), |n| n.to_big(vm));
    Ok(vm.ret(make(vm, &big(start), &big(stop), &big(step))?))
}

fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let shown = {
        let vm: &Vm = vm;
        let Some(r) = this.value(vm).as_exact_range(vm) else {
            return Err(vm.type_error("a range is required"));
        };
        vm.locals([r.start(vm), r.stop(vm), r.step(vm)])
    };
    let with_step = shown[2].value(vm).as_small_int() != Some(1);
    let mut out = String::from("range(");
    for (i, part) in shown
        .into_iter()
        .take(if with_step { 3 } else { 2 })
        .enumerate()
    {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(&vm.repr_text(part)?);
    }
    out.push(')');
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(out.as_bytes())?.value()))
}
fn len<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    let len = this
        .as_exact_range(vm)
        .and_then(|r| vm.int_value(r.len(vm)));
    len.ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))
}
fn is_true<'v>(vm: &'v Vm, this: Value<'v>) -> Py<bool> {
    Ok(this
        .as_exact_range(vm)
        .is_some_and(|r| r.len(vm).as_small_int() != Some(0)))
}
fn unordered<'v>(_: &'v Vm, _: Value<'v>, _: Value<'v>) -> Py<Value<'v>> {
    Ok(Value::NOT_IMPLEMENTED)
}
/// Ranges are equal as sequences.
fn equals(vm: &Vm, x: Value<'_>, y: Value<'_>) -> Option<bool> {
    if let (Some(a), Some(b)) = (small(vm, x), small(vm, y)) {
        return Some(
            a.len == b.len
                && (a.len == 0 || a.start == b.start && (a.len == 1 || a.step == b.step)),
        );
    }
    let (a, b) = (parts(vm, x)?, parts(vm, y)?);
    Some(
        a.len == b.len
            && (a.len.is_zero()
                || a.start == b.start && (a.len.to_i64() == Some(1) || a.step == b.step)),
    )
}
fn eq<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    Ok(equals(vm, x, y).map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn ne<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    Ok(equals(vm, x, y).map_or(Value::NOT_IMPLEMENTED, |e| Value::bool(!e)))
}
/// The hash of (length, start or None, step or None): what equality looks at.
fn range_hash<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    let r = required(vm, this)?;
    let hash = |b: &Big| mesapy_text::hash::hash_limbs(b.negative, &b.limbs);
    let none = crate::objects::hash::NONE;
    let mut mix = TupleHash::new();
    mix.add(hash(&r.len));
    mix.add(if r.len.is_zero() {
        none
    } else {
        hash(&r.start)
    });
    mix.add(if r.len.is_zero() || r.len.to_i64() == Some(1) {
        none
    } else {
        hash(&r.step)
    });
    Ok(mix.finish())
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let Some(r) = this.as_exact_range(vm) else {
        return Err(vm.type_error("a range is required"));
    };
    let args = vm.new_tuple(&[r.start(vm), r.stop(vm), r.step(vm)])?;
    Ok(vm
        .new_tuple(&[vm.type_of(this).value(), args.value()])?
        .value())
}
fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::range_iterator(vm, this))
}
fn reversed(vm: &mut Vm, this: Local) -> Py<Ret> {
    iterators::range_reverse_iterator(vm, this)
}

// ---- items

/// `start + position * step`
fn item(r: &Parts, position: &Big) -> Option<Big> {
    let offset = bigint::mul(position.view(), r.step.view(), &mut no_step).ok()?;
    Some(bigint::add(r.start.view(), offset.view()))
}
fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    if let (Some(r), Some(i)) = (small(vm, this.value(vm)), key.value(vm).as_small_int()) {
        let at = if i < 0 { i.saturating_add(r.len) } else { i };
        if at >= 0 && at < r.len {
            let vm: &Vm = vm;
            return Ok(vm.ret(crate::objects::numbers::wide_value(
                vm,
                r.start as i128 + at as i128 * r.step as i128,
            )?));
        }
        return Err(vm.index_error("range object index out of range"));
    }
    if key.value(vm).as_exact_slice(vm).is_some() {
        return sub_range(vm, this, key);
    }
    let Some(ret) = vm.try_index_value(key)? else {
        return Err(vm.type_error(format!(
            "range indices must be integers or slices, not {}",
            vm.type_name_for_error(key.value(vm))
        )));
    };
    let vm: &Vm = vm;
    let mut at = Int::of(vm, ret.get(vm)).map_or(Big::zero(), |n| n.to_big(vm));
    let r = required(vm, this.value(vm))?;
    if at.negative {
        at = bigint::add(at.view(), r.len.view());
    }
    if at.negative || bigint::cmp(at.view(), r.len.view()) != Ordering::Less {
        return Err(vm.index_error("range object index out of range"));
    }
    let found = item(&r, &at).ok_or_else(|| vm.memory_error())?;
    Ok(vm.ret(big_value(vm, found)?))
}
fn sub_range(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let len = {
        let vm: &Vm = vm;
        let Some(r) = this.value(vm).as_exact_range(vm) else {
            return Err(vm.type_error("a range is required"));
        };
        vm.local(r.len(vm))
    };
    let [from, to, by] = slice::big_indices(vm, key, len)?;
    let vm: &Vm = vm;
    let r = required(vm, this.value(vm))?;
    let made = (
        item(&r, &from),
        item(&r, &to),
        bigint::mul(r.step.view(), by.view(), &mut no_step).ok(),
    );
    let (Some(start), Some(stop), Some(step)) = made else {
        return Err(vm.memory_error());
    };
    Ok(vm.ret(make(vm, &start, &stop, &step)?))
}

/// The position of an int; None if it isn't there.
fn position(vm: &Vm, this: Value<'_>, n: Int<'_>) -> Py<Option<Big>> {
    if let (Some(r), Int::Small(n)) = (small(vm, this), n) {
        let offset = n as i128 - r.start as i128;
        let step = r.step as i128;
        let found = offset % step == 0 && offset / step >= 0 && offset / step < r.len as i128;
        return Ok(found.then(|| Big::from_i128(offset / step)));
    }
    let r = required(vm, this)?;
    let mut room = [0];
    let offset = bigint::sub(n.view(vm, &mut room), r.start.view());
    let Ok((at, rest)) = bigint::div_rem_floor(offset.view(), r.step.view(), &mut no_step) else {
        return Ok(None);
    };
    let inside =
        rest.is_zero() && !at.negative && bigint::cmp(at.view(), r.len.view()) == Ordering::Less;
    Ok(inside.then_some(at))
}
/// Whether a value is an int whose equality nobody overrides.
fn plain_int<'v>(vm: &Vm, value: Value<'v>) -> Option<Int<'v>> {
    if value.is_kind(vm, Kind::Wrapped) {
        None
    } else {
        Int::of(vm, value)
    }
}
fn contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    if let Some(n) = plain_int(vm, key.value(vm)) {
        return Ok(position(vm, this.value(vm), n)?.is_some());
    }
    Ok(search(vm, this, key, true)?.0 > 0)
}
/// Compares one item after the other: how often it is there, and where first.
fn search(vm: &mut Vm, this: Local, object: Local, first_only: bool) -> Py<(i64, i64)> {
    let top = vm.top.get();
    let iterator = vm.iter(this)?.keep(vm);
    let item = vm.local(Value::NONE);
    let (mut count, mut first, mut at) = (0, -1, 0i64);
    while vm.next_into(iterator, item)? {
        if vm.equal(item, object)? {
            count += 1;
            if count == 1 {
                first = at;
            }
            if first_only {
                break;
            }
        }
        at += 1;
        if at % 1024 == 0 {
            vm.poll()?;
        }
    }
    vm.top.set(top);
    Ok((count, first))
}
fn count(vm: &mut Vm, this: Local, object: Local) -> Py<i64> {
    if let Some(n) = plain_int(vm, object.value(vm)) {
        return Ok(position(vm, this.value(vm), n)?.is_some() as i64);
    }
    Ok(search(vm, this, object, false)?.0)
}
fn index(vm: &mut Vm, this: Local, object: Local) -> Py<Ret> {
    if let Some(n) = plain_int(vm, object.value(vm)) {
        if let Some(at) = position(vm, this.value(vm), n)? {
            let vm: &Vm = vm;
            return Ok(vm.ret(big_value(vm, at)?));
        }
        return Err(vm.value_error("range.index(x): x not in range"));
    }
    match search(vm, this, object, true)? {
        (0, _) => Err(vm.value_error("sequence.index(x): x not in sequence")),
        (_, at) => Ok(vm.ret(vm.int(at))),
    }
}

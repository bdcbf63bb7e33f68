//! `slice` objects, and what all sequences compute from them.
//!
//! A bound's `__index__` may change the sequence, so bounds are read first ([`unpack`]) and fitted to the length as it is then ([`adjust`]).

use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::Method;
use crate::objects::numbers::Int;
use crate::objects::numbers::big_value;
use crate::objects::object::check_new_class;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value};
use mesapy_text::number::bigint::{self, Big};
use std::cmp::Ordering;

pub static SLICE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "slice",
    doc: "slice(stop)\nslice(start, stop[, step])\n\nMake a slice object, as extended slicing does (a[0:10:2]).",
    layout: Layout::Kind(Kind::Slice),
    flags: TypeFlags::IMMUTABLE,
    methods: METHODS,
    members: &[("start", 0, ""), ("stop", 1, ""), ("step", 2, "")],
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, start, stop=None, step=None, /)" => static leaf new(cls, start, stop, step), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls slice_hash(this), "Return hash(self).";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__reduce__(self, /)" => leaf reduce(this), "Return state information for pickling.";
    "indices(self, object, /)" => calls indices(this, length), "S.indices(len) -> (start, stop, stride)\n\nStart and stop of the slice in a sequence of that length, and its step;\nbounds beyond the ends are cut off as in slicing.";
};

/// A slice object.
pub fn new_slice<'v>(vm: &'v Vm, start: Value<'_>, stop: Value<'_>, step: Value<'_>) -> Value<'v> {
    vm.heap.new_slice(start, stop, step).value()
}

/// The bounds and the step, by `__index__`, clamped to 64 bits; the step is not zero, and its negative fits too.
pub fn unpack(vm: &mut Vm, slice: Local) -> Py<(i64, i64, i64)> {
    let parts = {
        let vm: &Vm = vm;
        let Some(s) = slice.value(vm).as_exact_slice(vm) else {
            return Err(vm.type_error("a slice is required"));
        };
        [s.start(vm), s.stop(vm), s.step(vm)].map(|v| v.word())
    };
    let top = vm.top.get();
    let slot = vm.local(Value::NONE);
    let read = |vm: &mut Vm, word: mesapy_heap::Word| -> Py<Option<i64>> {
        let value = word.value(vm);
        if value.is_none() {
            return Ok(None);
        }
        slot.set(vm, value);
        vm.slice_index(slot).map(Some)
    };
    // The slice object keeps its parts alive while their methods run.
    let step = match read(vm, parts[2])? {
        None => 1,
        Some(0) => return Err(vm.value_error("slice step cannot be zero")),
        Some(n) => n.max(-i64::MAX),
    };
    let start = read(vm, parts[0])?.unwrap_or(if step < 0 { i64::MAX } else { 0 });
    let stop = read(vm, parts[1])?.unwrap_or(if step < 0 { i64::MIN } else { i64::MAX });
    vm.top.set(top);
    Ok((start, stop, step))
}
/// Fits bounds to a length: first position, end, number of items.
pub fn adjust(len: usize, start: i64, stop: i64, step: i64) -> (i64, i64, usize) {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let fit = |i: i64| {
        if i < 0 {
            let from_end = i.saturating_add(len);
            if from_end < 0 {
                if step < 0 { -1 } else { 0 }
            } else {
                from_end
            }
        } else if i >= len {
            if step < 0 { len - 1 } else { len }
        } else {
            i
        }
    };
    let (start, stop) = (fit(start), fit(stop));
    let count = if step < 0 {
        if stop < start {
            (start - stop - 1) / -step + 1
        } else {
            0
        }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    (start, stop, count as usize)
}
/// Start, stop, step and number of items of a slice of a sequence of this length, for sequences that can't change. For those that can, use [`unpack`],
/// then [`adjust`] with the length as it is then.
pub fn slice_bounds(vm: &mut Vm, slice: Local, len: usize) -> Py<(i64, i64, i64, usize)> {
    let (start, stop, step) = unpack(vm, slice)?;
    let (start, stop, count) = adjust(len, start, stop, step);
    Ok((start, stop, step, count))
}

fn new<'v>(
    vm: &'v Vm,
    cls: Value<'v>,
    start: Value<'v>,
    stop: Option<Value<'v>>,
    step: Option<Value<'v>>,
) -> Py<Value<'v>> {
    let top = vm.top.get();
    check_new_class(vm, vm.local(cls), &SLICE)?;
    vm.top.set(top);
    Ok(match stop {
        None => new_slice(vm, Value::NONE, start, Value::NONE),
        Some(stop) => new_slice(vm, start, stop, step.unwrap_or(Value::NONE)),
    })
}
/// The parts in locals.
fn parts(vm: &Vm, this: Local) -> Option<[Local; 3]> {
    let s = this.value(vm).as_exact_slice(vm)?;
    Some(vm.locals([s.start(vm), s.stop(vm), s.step(vm)]))
}
fn required(vm: &Vm, this: Local) -> Py<[Local; 3]> {
    parts(vm, this).ok_or_else(|| vm.type_error("a slice is required"))
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mut out = b"slice(".to_vec();
    for (i, part) in required(vm, this)?.into_iter().enumerate() {
        let ret = vm.repr(part)?;
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        if let Some(s) = ret.get(vm).as_str(vm) {
            out.extend_from_slice(s.bytes(vm));
        }
    }
    out.push(b')');
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let Some(s) = this.as_exact_slice(vm) else {
        return Err(vm.type_error("a slice is required"));
    };
    let args = vm.new_tuple(&[s.start(vm), s.stop(vm), s.step(vm)])?;
    Ok(vm
        .new_tuple(&[vm.type_of(this).value(), args.value()])?
        .value())
}
/// As a tuple's hash, but without the length mixed in.
fn slice_hash(vm: &mut Vm, this: Local) -> Py<i64> {
    const PRIME_1: u64 = 11400714785074694791;
    const PRIME_2: u64 = 14029467366897019727;
    const PRIME_5: u64 = 2870177450012600261;
    let mut acc = PRIME_5;
    for part in required(vm, this)? {
        let hash = vm.hash(part)? as u64;
        acc = acc
            .wrapping_add(hash.wrapping_mul(PRIME_2))
            .rotate_left(31)
            .wrapping_mul(PRIME_1);
    }
    Ok(if acc == u64::MAX {
        1546275796
    } else {
        acc as i64
    })
}
/// Compares as the tuples of the parts would.
fn compare(vm: &mut Vm, x: Local, y: Local, op: CmpOp) -> Py<Ret> {
    let Some(b) = parts(vm, y) else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let a = required(vm, x)?;
    if x.word(vm) == y.word(vm) {
        return Ok(vm.ret(Value::bool(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge))));
    }
    for (a, b) in a.into_iter().zip(b) {
        if vm.equal(a, b)? {
            continue;
        }
        return match op {
            CmpOp::Eq => Ok(vm.ret(Value::FALSE)),
            CmpOp::Ne => Ok(vm.ret(Value::TRUE)),
            _ => vm.rich_compare(a, b, op),
        };
    }
    Ok(vm.ret(Value::bool(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge))))
}
macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> { compare(vm, x, y, CmpOp::$op) }
    )* };
}
comparisons! { lt Lt; le Le; eq Eq; ne Ne; gt Gt; ge Ge; }

fn indices(vm: &mut Vm, this: Local, length: Local) -> Py<Ret> {
    let length = vm.index_value(length)?.keep(vm);
    let bounds = big_indices(vm, this, length)?;
    let vm: &Vm = vm;
    let [start, stop, step] = bounds;
    let values = [
        big_value(vm, start)?,
        big_value(vm, stop)?,
        big_value(vm, step)?,
    ];
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
fn read_big(vm: &mut Vm, part: Local) -> Py<Option<Big>> {
    if part.value(vm).is_none() {
        return Ok(None);
    }
    let Some(ret) = vm.try_index_value(part)? else {
        return Err(
            vm.type_error("slice indices must be integers or None or have an __index__ method")
        );
    };
    let vm: &Vm = vm;
    Ok(Int::of(vm, ret.get(vm)).map(|n| n.to_big(vm)))
}
/// Start, stop and step of a slice of a sequence whose length is any int; nothing is clamped to 64 bits.
pub fn big_indices(vm: &mut Vm, slice: Local, length: Local) -> Py<[Big; 3]> {
    let [start, stop, step] = required(vm, slice)?;
    let Some(length) = Int::of(vm, length.value(vm)).map(|n| n.to_big(vm)) else {
        return Err(vm.type_error("an int is required"));
    };
    if length.negative {
        return Err(vm.value_error("length should not be negative"));
    }
    let step = read_big(vm, step)?.unwrap_or_else(|| Big::from_i64(1));
    if step.is_zero() {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let backwards = step.negative;
    let minus_one = Big::from_i64(-1);
    let (lower, upper) = if backwards {
        (
            minus_one.clone(),
            bigint::add(length.view(), minus_one.view()),
        )
    } else {
        (Big::zero(), length.clone())
    };
    let fit = |given: Option<Big>, default: &Big| match given {
        None => default.clone(),
        Some(n) if n.negative => {
            let n = bigint::add(n.view(), length.view());
            if bigint::cmp(n.view(), lower.view()) == Ordering::Less {
                lower.clone()
            } else {
                n
            }
        }
        Some(n) => {
            if bigint::cmp(n.view(), upper.view()) == Ordering::Greater {
                upper.clone()
            } else {
                n
            }
        }
    };
    let start = fit(
        read_big(vm, start)?,
        if backwards { &upper } else { &lower },
    );
    let stop = fit(read_big(vm, stop)?, if backwards { &lower } else { &upper });
    Ok([start, stop, step])
}

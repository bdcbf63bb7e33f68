//! Iterators that look at runs of items: `accumulate`, `batched`, `islice`, `pairwise`.

use super::{give, item, iterator_of, itself};
use crate::support::*;
use mesapy_bytecode::BinOp;

const ITERATOR: usize = 0;

pub static ACCUMULATE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.accumulate",
    doc: "Return series of accumulated sums.",
    layout: Layout::Slots(4),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, func=None, *, initial=None)" => static calls accumulate_new(cls, iterable, func, initial), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(accumulate_next),
    ..TypeDef::EMPTY
};
const FUNC: usize = 1;
const TOTAL: usize = 2;
/// Empty once it was given, or if there is none.
const INITIAL: usize = 3;

fn accumulate_new(
    vm: &mut Vm,
    cls: Local,
    iterable: Local,
    func: Option<Local>,
    initial: Option<Local>,
) -> Py<Local> {
    let iterator = iterator_of(vm, iterable)?;
    let made = make(vm, cls, &ACCUMULATE)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    if let Some(f) = func.filter(|f| !f.value(vm).is_none()) {
        set_slot(vm, made, FUNC, f.value(vm));
    }
    if let Some(i) = initial.filter(|i| !i.value(vm).is_none()) {
        set_slot(vm, made, INITIAL, i.value(vm));
    }
    Ok(made)
}
fn accumulate_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let initial = slot_local(vm, this, INITIAL);
    if !initial.value(vm).is_empty() {
        set_slot(vm, this, INITIAL, Value::EMPTY);
        set_slot(vm, this, TOTAL, initial.value(vm));
        return item(vm, initial.value(vm));
    }
    let iterator = slot_local(vm, this, ITERATOR);
    let found = vm.local(Value::NONE);
    if !vm.next_into(iterator, found)? {
        return Ok(false);
    }
    let total = slot_local(vm, this, TOTAL);
    if total.value(vm).is_empty() {
        set_slot(vm, this, TOTAL, found.value(vm));
        return item(vm, found.value(vm));
    }
    let func = slot_local(vm, this, FUNC);
    if func.value(vm).is_empty() {
        vm.binary(BinOp::Add, total, found)?.put(vm, total);
    } else {
        vm.call(func, &[total, found])?.put(vm, total);
    }
    set_slot(vm, this, TOTAL, total.value(vm));
    item(vm, total.value(vm))
}

pub static BATCHED: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.batched",
    doc: "Batch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted.\n\nIf \"strict\" is True, raises a ValueError if the final batch is shorter\nthan n.",
    layout: Layout::Slots(3),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, n, *, strict=False)" => static calls batched_new(cls, iterable, n, strict), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(batched_next),
    ..TypeDef::EMPTY
};
const SIZE: usize = 1;
const STRICT: usize = 2;

fn batched_new(
    vm: &mut Vm,
    cls: Local,
    iterable: Local,
    n: i64,
    strict: Option<bool>,
) -> Py<Local> {
    if n < 1 {
        return Err(vm.value_error("n must be at least one"));
    }
    let iterator = iterator_of(vm, iterable)?;
    let made = make(vm, cls, &BATCHED)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    set_int_slot(vm, made, SIZE, n);
    set_slot(vm, made, STRICT, Value::bool(strict.unwrap_or(false)));
    Ok(made)
}
fn batched_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let iterator = slot_local(vm, this, ITERATOR);
    if iterator.value(vm).is_empty() {
        return Ok(false);
    }
    let size = int_slot(vm, this, SIZE) as usize;
    let batch = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    let found = vm.local(Value::NONE);
    let mut n = 0;
    while n < size {
        if !vm.next_into(iterator, found)? {
            set_slot(vm, this, ITERATOR, Value::EMPTY);
            if n == 0 {
                return Ok(false);
            }
            if slot(vm, this, STRICT) == Value::TRUE {
                return Err(vm.value_error("batched(): incomplete batch"));
            }
            break;
        }
        batch.get(vm).push(vm, found.value(vm))?;
        n += 1;
        vm.poll()?;
    }
    give(vm.tuple_from_iterable(batch.any())?)
}

pub static PAIRWISE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.pairwise",
    doc: "Return an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ...",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, /)" => static calls pairwise_new(cls, iterable), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(pairwise_next),
    ..TypeDef::EMPTY
};
const OLD: usize = 1;

fn pairwise_new(vm: &mut Vm, cls: Local, iterable: Local) -> Py<Local> {
    let iterator = iterator_of(vm, iterable)?;
    let made = make(vm, cls, &PAIRWISE)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    Ok(made)
}
fn pairwise_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let iterator = slot_local(vm, this, ITERATOR);
    if iterator.value(vm).is_empty() {
        return Ok(false);
    }
    let [old, new] = vm.locals([slot(vm, this, OLD), Value::NONE].map(|v| v.word().value(vm)));
    let finish = |vm: &Vm| {
        set_slot(vm, this, ITERATOR, Value::EMPTY);
        set_slot(vm, this, OLD, Value::EMPTY);
    };
    if old.value(vm).is_empty() {
        if !vm.next_into(iterator, old)? {
            finish(vm);
            return Ok(false);
        }
        set_slot(vm, this, OLD, old.value(vm));
        // The step may have been taken again from inside.
        if slot(vm, this, ITERATOR).is_empty() {
            set_slot(vm, this, OLD, Value::EMPTY);
            return Ok(false);
        }
    }
    if !vm.next_into(iterator, new)? {
        finish(vm);
        return Ok(false);
    }
    set_slot(vm, this, OLD, new.value(vm));
    give(ret_tuple(vm, &[old, new])?)
}

pub static ISLICE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.islice",
    doc: "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.",
    layout: Layout::Slots(5),
    flags: BASE,
    methods: methods! {
        "__new__(cls, ...)" => static calls islice_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(islice_next),
    ..TypeDef::EMPTY
};
const NEXT: usize = 1;
/// -1: no end.
const STOP: usize = 2;
const STEP: usize = 3;
const COUNT: usize = 4;

/// A bound that is None or a non-negative number; None for anything else.
fn bound(vm: &mut Vm, value: Local, default: i64) -> Py<Option<i64>> {
    if value.value(vm).is_none() {
        return Ok(Some(default));
    }
    let result = vm.index(value);
    match result {
        Ok(n) => Ok(Some(n).filter(|n| *n >= 0)),
        Err(raised) if vm.raised_is(&raised, &exc::EXCEPTION) => {
            vm.take_exception(raised);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}
fn islice_new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    no_keywords_unless_init(vm, "islice", cls, &ISLICE, kwargs)?;
    let n = arity(vm, "islice", args, 2, 4)?;
    let given = tuple_locals(vm, args);
    let none = vm.local(Value::NONE);
    let argument = |i: usize| given.get(i).copied().unwrap_or(none);
    const STOP_TEXT: &str =
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const INDEX_TEXT: &str =
        "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let (start, stop) = if n == 2 {
        match bound(vm, argument(1), -1)? {
            Some(stop) => (0, stop),
            None => return Err(vm.value_error(STOP_TEXT)),
        }
    } else {
        // CPython looks at the stop first.
        let Some(stop) = stop_bound(vm, argument(2))? else {
            return Err(vm.value_error(STOP_TEXT));
        };
        match (bound(vm, argument(1), 0)?, stop) {
            (Some(start), Ok(stop)) => (start, stop),
            _ => return Err(vm.value_error(INDEX_TEXT)),
        }
    };
    let Some(step) = bound(vm, argument(3), 1)?.filter(|s| *s >= 1) else {
        return Err(vm.value_error("Step for islice() must be a positive integer or None."));
    };
    let iterator = iterator_of(vm, argument(0))?;
    let made = make(vm, cls, &ISLICE)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    set_int_slot(vm, made, NEXT, start);
    set_int_slot(vm, made, STOP, stop);
    set_int_slot(vm, made, STEP, step);
    set_int_slot(vm, made, COUNT, 0);
    Ok(made)
}
/// The stop of three or four arguments: None if it is no integer at all, `Err` if it is negative, which is told after the start was looked at.
fn stop_bound(vm: &mut Vm, value: Local) -> Py<Option<Result<i64, ()>>> {
    if value.value(vm).is_none() {
        return Ok(Some(Ok(-1)));
    }
    match vm.index(value) {
        Ok(n) => Ok(Some(if n >= 0 { Ok(n) } else { Err(()) })),
        Err(raised) if vm.raised_is(&raised, &exc::EXCEPTION) => {
            vm.take_exception(raised);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}
fn islice_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let iterator = slot_local(vm, this, ITERATOR);
    if iterator.value(vm).is_empty() {
        return Ok(false);
    }
    let stop = int_slot(vm, this, STOP);
    let found = vm.local(Value::NONE);
    let finish = |vm: &Vm| {
        set_slot(vm, this, ITERATOR, Value::EMPTY);
        Ok(false)
    };
    while int_slot(vm, this, COUNT) < int_slot(vm, this, NEXT) {
        if !vm.next_into(iterator, found)? {
            return finish(vm);
        }
        set_int_slot(vm, this, COUNT, int_slot(vm, this, COUNT) + 1);
        vm.poll()?;
    }
    if stop >= 0 && int_slot(vm, this, COUNT) >= stop {
        return finish(vm);
    }
    if !vm.next_into(iterator, found)? {
        return finish(vm);
    }
    set_int_slot(vm, this, COUNT, int_slot(vm, this, COUNT).saturating_add(1));
    let mut next = int_slot(vm, this, NEXT).saturating_add(int_slot(vm, this, STEP));
    if stop >= 0 {
        next = next.min(stop);
    }
    set_int_slot(vm, this, NEXT, next);
    item(vm, found.value(vm))
}

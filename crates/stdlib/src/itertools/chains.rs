//! `chain` and `cycle`.

use super::{give, item, iterator_of, itself};
use crate::support::*;

pub static CHAIN: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.chain",
    doc: "Return a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *iterables)" => static calls chain_new(cls, iterables), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
        "from_iterable(type, iterable, /)" => class calls from_iterable(cls, iterable), "Alternative chain() constructor taking a single iterable argument that evaluates lazily.";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    },
    iternext: Some(chain_next),
    ..TypeDef::EMPTY
};
/// The iterator of iterables, Empty at the end; and the one in progress.
const SOURCE: usize = 0;
const ACTIVE: usize = 1;

fn chain_new(vm: &mut Vm, cls: Local, iterables: Local) -> Py<Local> {
    from_iterable(vm, cls, iterables)
}
fn from_iterable(vm: &mut Vm, cls: Local, iterable: Local) -> Py<Local> {
    let source = iterator_of(vm, iterable)?;
    let made = make(vm, cls, &CHAIN)?;
    set_slot(vm, made, SOURCE, source.value(vm));
    Ok(made)
}
fn chain_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let [active, source] = vm.locals([Value::EMPTY, Value::EMPTY]);
    loop {
        active.set(vm, slot(vm, this, ACTIVE));
        if !active.value(vm).is_empty() {
            if vm.next(active)? {
                return Ok(true);
            }
            set_slot(vm, this, ACTIVE, Value::EMPTY);
        }
        source.set(vm, slot(vm, this, SOURCE));
        if source.value(vm).is_empty() {
            return Ok(false);
        }
        // A source that fails is given up, as is one that ends.
        let step = vm.next_into(source, active).and_then(|more| {
            if more {
                vm.iter(active)?.put(vm, active);
            }
            Ok(more)
        });
        match step {
            Ok(true) => set_slot(vm, this, ACTIVE, active.value(vm)),
            Ok(false) => {
                set_slot(vm, this, SOURCE, Value::EMPTY);
                return Ok(false);
            }
            Err(raised) => {
                set_slot(vm, this, SOURCE, Value::EMPTY);
                return Err(raised);
            }
        }
        vm.poll()?;
    }
}

pub static CYCLE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.cycle",
    doc: "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.",
    layout: Layout::Slots(3),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, /)" => static calls cycle_new(cls, iterable), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(cycle_next),
    ..TypeDef::EMPTY
};
/// The iterator, Empty once exhausted; the items it gave; and the place of the next of them.
const ITERATOR: usize = 0;
const SAVED: usize = 1;
const INDEX: usize = 2;

fn cycle_new(vm: &mut Vm, cls: Local, iterable: Local) -> Py<Local> {
    let iterator = iterator_of(vm, iterable)?;
    let made = make(vm, cls, &CYCLE)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    set_slot(vm, made, SAVED, vm.new_list(&[])?.value());
    set_int_slot(vm, made, INDEX, 0);
    Ok(made)
}
fn cycle_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let iterator = slot_local(vm, this, ITERATOR);
    if !iterator.value(vm).is_empty() {
        let found = vm.local(Value::NONE);
        if vm.next_into(iterator, found)? {
            if let Some(saved) = slot(vm, this, SAVED).as_list(vm) {
                saved.push(vm, found.value(vm))?;
            }
            return item(vm, found.value(vm));
        }
        set_slot(vm, this, ITERATOR, Value::EMPTY);
    }
    let vm: &Vm = vm;
    let Some(saved) = slot(vm, this, SAVED).as_list(vm) else {
        return Ok(false);
    };
    let i = int_slot(vm, this, INDEX) as usize;
    let Some(value) = saved.at(vm, i) else {
        return Ok(false);
    };
    let next = if i + 1 >= saved.len(vm) { 0 } else { i + 1 };
    set_int_slot(vm, this, INDEX, next as i64);
    give(vm.ret(value))
}

//! `tee`: several iterators over one, which share a chain of blocks of items read ahead.
//!
//! Each block is a data object; the blocks behind the slowest iterator are garbage. A block that is being filled is marked, since the source may step
//! a sibling.

use super::{give, iterator_of, itself};
use crate::support::*;

/// Items of a block.
const BLOCK: usize = 57;

const DATA: usize = 0;
const INDEX: usize = 1;
pub static TEE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools._tee",
    doc: "Iterator wrapped to make it copyable.",
    layout: Layout::Slots(2),
    flags: TypeFlags::WEAKREF,
    methods: methods! {
        "__new__(cls, iterable, /)" => static calls tee_new(cls, iterable), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
        "__copy__(self, /)" => calls copy(this), "Returns an independent iterator.";
    },
    iternext: Some(tee_next),
    ..TypeDef::EMPTY
};
const ITERATOR: usize = 0;
const VALUES: usize = 1;
const NEXT_BLOCK: usize = 2;
const RUNNING: usize = 3;
pub static TEE_DATA: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools._tee_dataobject",
    doc: "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    layout: Layout::Slots(4),
    flags: TypeFlags::NO_NEW,
    ..TypeDef::EMPTY
};

fn new_block(vm: &Vm, iterator: Local) -> Py<Local> {
    let block = make_exact(vm, &TEE_DATA)?;
    set_slot(vm, block, ITERATOR, iterator.value(vm));
    set_slot(vm, block, VALUES, vm.new_list(&[])?.value());
    set_slot(vm, block, RUNNING, Value::FALSE);
    Ok(block)
}
fn new_tee(vm: &Vm, data: Local, index: i64) -> Py<Local> {
    let made = make_exact(vm, &TEE)?;
    set_slot(vm, made, DATA, data.value(vm));
    set_int_slot(vm, made, INDEX, index);
    Ok(made)
}
/// A first iterator over an iterable; a tee gives a copy of itself.
fn from_iterable(vm: &mut Vm, iterable: Local) -> Py<Local> {
    let iterator = iterator_of(vm, iterable)?;
    if vm.is_instance_of(iterator.value(vm), &TEE) {
        return copy(vm, iterator);
    }
    let block = new_block(vm, iterator)?;
    new_tee(vm, block, 0)
}
fn tee_new(vm: &mut Vm, _cls: Local, iterable: Local) -> Py<Local> {
    from_iterable(vm, iterable)
}
fn copy(vm: &mut Vm, this: Local) -> Py<Local> {
    let data = slot_local(vm, this, DATA);
    new_tee(vm, data, int_slot(vm, this, INDEX))
}
pub fn tee(vm: &mut Vm, iterable: Local, n: i64) -> Py<Ret> {
    if n < 0 {
        return Err(vm.value_error("n must be >= 0"));
    }
    if n > 1 << 28 {
        return Err(vm.memory_error());
    }
    let all = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    if n > 0 {
        let first = from_iterable(vm, iterable)?;
        all.get(vm).push(vm, first.value(vm))?;
        for _ in 1..n {
            vm.scope(|vm| -> Py<()> {
                let next = copy(vm, first)?;
                all.get(vm).push(vm, next.value(vm))?;
                Ok(())
            })?;
        }
    }
    vm.tuple_from_iterable(all.any())
}
fn tee_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let block = slot_local(vm, this, DATA);
    let mut index = int_slot(vm, this, INDEX) as usize;
    if index >= BLOCK {
        let next = slot_local(vm, block, NEXT_BLOCK);
        let next = if next.value(vm).is_empty() {
            let iterator = slot_local(vm, block, ITERATOR);
            let fresh = new_block(vm, iterator)?;
            set_slot(vm, block, NEXT_BLOCK, fresh.value(vm));
            fresh
        } else {
            next
        };
        block.set(vm, next.value(vm));
        set_slot(vm, this, DATA, block.value(vm));
        index = 0;
    }
    let known = slot(vm, block, VALUES)
        .as_list(vm)
        .and_then(|l| l.at(vm, index));
    if let Some(value) = known {
        set_int_slot(vm, this, INDEX, index as i64 + 1);
        return give(vm.ret(value));
    }
    if slot(vm, block, RUNNING) == Value::TRUE {
        return Err(vm.runtime_error("cannot re-enter the tee iterator"));
    }
    let iterator = slot_local(vm, block, ITERATOR);
    let found = vm.local(Value::NONE);
    set_slot(vm, block, RUNNING, Value::TRUE);
    let more = vm.next_into(iterator, found);
    set_slot(vm, block, RUNNING, Value::FALSE);
    if !more? {
        return Ok(false);
    }
    if let Some(values) = slot(vm, block, VALUES).as_list(vm) {
        values.push(vm, found.value(vm))?;
    }
    set_int_slot(vm, this, INDEX, index as i64 + 1);
    give(vm.ret(found.value(vm)))
}

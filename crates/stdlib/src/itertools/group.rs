//! `groupby`, and the iterators over its groups.

use super::{give, item, iterator_of, itself};
use crate::support::*;

const ITERATOR: usize = 0;
/// Empty: items are their own keys.
const KEY_FUNC: usize = 1;
/// The key of the group in progress, of the item read last, and that item.
const TARGET_KEY: usize = 2;
const CURRENT_KEY: usize = 3;
const CURRENT: usize = 4;
/// The group iterator that may still step: all older ones are over.
const GROUPER_SLOT: usize = 5;

pub static GROUPBY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.groupby",
    doc: "make an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping.",
    layout: Layout::Slots(6),
    flags: BASE,
    methods: methods! {
        "__new__(cls, iterable, key=None)" => static calls groupby_new(cls, iterable, key), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(groupby_next),
    ..TypeDef::EMPTY
};
const PARENT: usize = 0;
const KEY: usize = 1;
pub static GROUPER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools._grouper",
    layout: Layout::Slots(2),
    methods: methods! {
        "__new__(cls, ...)" => static calls grouper_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(grouper_next),
    ..TypeDef::EMPTY
};

fn groupby_new(vm: &mut Vm, cls: Local, iterable: Local, key: Option<Local>) -> Py<Local> {
    let iterator = iterator_of(vm, iterable)?;
    let made = make(vm, cls, &GROUPBY)?;
    set_slot(vm, made, ITERATOR, iterator.value(vm));
    if let Some(f) = key.filter(|f| !f.value(vm).is_none()) {
        set_slot(vm, made, KEY_FUNC, f.value(vm));
    }
    Ok(made)
}
/// Reads one item and its key.
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    vm.scope(|vm| {
        let iterator = slot_local(vm, this, ITERATOR);
        let found = vm.local(Value::NONE);
        if !vm.next_into(iterator, found)? {
            return Ok(false);
        }
        let func = slot_local(vm, this, KEY_FUNC);
        let key = vm.local(found.value(vm));
        if !func.value(vm).is_empty() {
            vm.call(func, &[found])?.put(vm, key);
        }
        set_slot(vm, this, CURRENT, found.value(vm));
        set_slot(vm, this, CURRENT_KEY, key.value(vm));
        Ok(true)
    })
}
fn groupby_next(vm: &mut Vm, this: Local) -> Py<bool> {
    set_slot(vm, this, GROUPER_SLOT, Value::EMPTY);
    // What is left of the group before is skipped.
    let [current, target] = vm.locals([Value::EMPTY, Value::EMPTY]);
    loop {
        current.set(vm, slot(vm, this, CURRENT_KEY));
        target.set(vm, slot(vm, this, TARGET_KEY));
        if !current.value(vm).is_empty()
            && (target.value(vm).is_empty() || !vm.equal(target, current)?)
        {
            break;
        }
        if !step(vm, this)? {
            return Ok(false);
        }
        vm.poll()?;
    }
    let key = slot_local(vm, this, CURRENT_KEY);
    set_slot(vm, this, TARGET_KEY, key.value(vm));
    let grouper = make_exact(vm, &GROUPER)?;
    set_slot(vm, grouper, PARENT, this.value(vm));
    set_slot(vm, grouper, KEY, key.value(vm));
    set_slot(vm, this, GROUPER_SLOT, grouper.value(vm));
    give(ret_tuple(vm, &[key, grouper])?)
}
fn grouper_new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    no_keywords(vm, "_grouper", kwargs)?;
    arity(vm, "_grouper", args, 2, 2)?;
    let (parent, key) = (tuple_item(vm, args, 0), tuple_item(vm, args, 1));
    if !vm.is_instance_of(parent.value(vm), &GROUPBY) {
        return Err(vm.type_error(format!(
            "_grouper() argument 1 must be itertools.groupby, not {}",
            vm.type_name_for_error(parent.value(vm))
        )));
    }
    let made = make(vm, cls, &GROUPER)?;
    set_slot(vm, made, PARENT, parent.value(vm));
    set_slot(vm, made, KEY, key.value(vm));
    set_slot(vm, parent, GROUPER_SLOT, made.value(vm));
    Ok(made)
}
fn grouper_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let parent = slot_local(vm, this, PARENT);
    if slot(vm, parent, GROUPER_SLOT) != this.value(vm) {
        return Ok(false);
    }
    if slot(vm, parent, CURRENT).is_empty() && !step(vm, parent)? {
        return Ok(false);
    }
    let (key, current) = (
        slot_local(vm, this, KEY),
        slot_local(vm, parent, CURRENT_KEY),
    );
    if !vm.equal(key, current)? {
        return Ok(false);
    }
    let found = slot_local(vm, parent, CURRENT);
    // The key's comparison may have read on.
    if found.value(vm).is_empty() {
        return Ok(false);
    }
    set_slot(vm, parent, CURRENT, Value::EMPTY);
    set_slot(vm, parent, CURRENT_KEY, Value::EMPTY);
    item(vm, found.value(vm))
}

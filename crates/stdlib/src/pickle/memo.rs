//! How memos look to Python: proxies that copy them out, and dicts that take their place.

use super::pickler::{self, PICKLER};
use super::unpickler::{self, UNPICKLER};
use crate::support::*;

const OWNER: usize = 0;

pub static PICKLER_MEMO: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_pickle.PicklerMemoProxy",
    layout: Layout::Slots(1),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "clear(self, /)" => calls clear(this), "Remove all items from memo.";
        "copy(self, /)" => calls copy(this), "Copy the memo to a new object.";
        "__reduce__(self, /)" => calls reduce(this), "Implement pickle support.";
    },
    ..TypeDef::EMPTY
};
pub static UNPICKLER_MEMO: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_pickle.UnpicklerMemoProxy",
    layout: Layout::Slots(1),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "clear(self, /)" => calls clear(this), "Remove all items from memo.";
        "copy(self, /)" => calls copy(this), "Copy the memo to a new object.";
        "__reduce__(self, /)" => calls reduce(this), "Implement pickling support.";
    },
    ..TypeDef::EMPTY
};

/// A proxy for the memo of a pickler or unpickler.
pub fn proxy(vm: &Vm, owner: Local, def: &'static TypeDef) -> Py<Local> {
    let made = make_exact(vm, def)?;
    set_slot(vm, made, OWNER, owner.value(vm));
    Ok(made)
}
/// Whose memo a proxy shows.
pub fn owner_of(vm: &Vm, proxy: Local) -> Local {
    slot_local(vm, proxy, OWNER)
}
fn clear(vm: &mut Vm, this: Local) -> Py<()> {
    let owner = owner_of(vm, this);
    if vm.is_instance_of(owner.value(vm), &PICKLER) {
        pickler::clear_memo(vm, owner)
    } else if vm.is_instance_of(owner.value(vm), &UNPICKLER) {
        unpickler::clear_memo(vm, owner)
    } else {
        Ok(())
    }
}
fn copy(vm: &mut Vm, this: Local) -> Py<Local> {
    let owner = owner_of(vm, this);
    if vm.is_instance_of(owner.value(vm), &PICKLER) {
        pickler::memo_dict(vm, owner)
    } else {
        unpickler::memo_dict(vm, owner)
    }
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let contents = copy(vm, this)?;
    let class = class_local(vm, contents);
    let arguments = tuple_of(vm, &[contents])?;
    ret_tuple(vm, &[class, arguments])
}

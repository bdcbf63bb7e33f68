//! `count` and `repeat`.

use super::{item, itself};
use crate::support::*;
use mesapy_bytecode::BinOp;

pub static COUNT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.count",
    doc: "Return a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, start=0, step=1)" => static calls count_new(cls, start, step), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
        "__repr__(self, /)" => calls count_repr(this), "Return repr(self).";
    },
    iternext: Some(count_next),
    endless: Some(|vm, this| {
        let parts = this
            .as_obj()
            .map(|o| [CURRENT, STEP].map(|s| o.slot(vm, s)));
        parts.is_some_and(|p| p.into_iter().all(|v| v.is_small_int()))
    }),
    ..TypeDef::EMPTY
};
const CURRENT: usize = 0;
const STEP: usize = 1;

/// What `count` accepts: anything with a way to become a number.
fn is_number(vm: &Vm, value: Value<'_>) -> bool {
    [Dunder::Index, Dunder::Int, Dunder::Float, Dunder::Complex]
        .into_iter()
        .any(|d| vm.special_of(value, d).is_some())
}
fn count_new(vm: &mut Vm, cls: Local, start: Option<Local>, step: Option<Local>) -> Py<Local> {
    for given in [start, step].into_iter().flatten() {
        if !is_number(vm, given.value(vm)) {
            return Err(vm.type_error("a number is required"));
        }
    }
    let made = make(vm, cls, &COUNT)?;
    set_slot(vm, made, CURRENT, start.map_or(vm.int(0), |s| s.value(vm)));
    set_slot(vm, made, STEP, step.map_or(vm.int(1), |s| s.value(vm)));
    Ok(made)
}
fn count_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let (current, step) = (slot_local(vm, this, CURRENT), slot_local(vm, this, STEP));
    let next = vm.binary(BinOp::Add, current, step)?;
    set_slot(vm, this, CURRENT, next.get(vm));
    item(vm, current.value(vm))
}
/// The class's name without its module, as these reprs show it.
fn short_name(vm: &Vm, this: Local) -> String {
    vm.type_short_name(vm.type_of(this.value(vm)).value())
}
fn count_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = short_name(vm, this);
    let (current, step) = (slot_local(vm, this, CURRENT), slot_local(vm, this, STEP));
    let shown = vm.repr_text(current)?;
    // A step of the integer 1 is not shown.
    if step.value(vm).as_small_int() == Some(1) {
        return Ok(format!("{name}({shown})"));
    }
    Ok(format!("{name}({shown}, {})", vm.repr_text(step)?))
}

pub static REPEAT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.repeat",
    doc: "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, object, times=None)" => static calls repeat_new(cls, object, times), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
        "__repr__(self, /)" => calls repeat_repr(this), "Return repr(self).";
        "__length_hint__(self, /)" => leaf repeat_hint(this), "Private method returning an estimate of len(list(it)).";
    },
    iternext: Some(repeat_next),
    endless: Some(|vm, this| this.as_obj().and_then(|o| o.slot(vm, LEFT).as_i64(vm)) == Some(-1)),
    ..TypeDef::EMPTY
};
const ELEMENT: usize = 0;
/// -1: endlessly.
const LEFT: usize = 1;

fn repeat_new(vm: &mut Vm, cls: Local, element: Local, times: Option<i64>) -> Py<Local> {
    let made = make(vm, cls, &REPEAT)?;
    set_slot(vm, made, ELEMENT, element.value(vm));
    set_int_slot(vm, made, LEFT, times.map_or(-1, |n| n.max(0)));
    Ok(made)
}
fn repeat_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    match int_slot(vm, this, LEFT) {
        0 => return Ok(false),
        n if n > 0 => set_int_slot(vm, this, LEFT, n - 1),
        _ => {}
    }
    item(vm, slot(vm, this, ELEMENT))
}
fn repeat_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = short_name(vm, this);
    let element = slot_local(vm, this, ELEMENT);
    let left = int_slot(vm, this, LEFT);
    let shown = vm.repr_text(element)?;
    Ok(if left < 0 {
        format!("{name}({shown})")
    } else {
        format!("{name}({shown}, {left})")
    })
}
fn repeat_hint(vm: &Vm, this: Value<'_>) -> Py<i64> {
    match this.as_obj().and_then(|o| o.slot(vm, LEFT).as_i64(vm)) {
        Some(n) if n >= 0 => Ok(n),
        _ => Err(vm.type_error("len() of unsized object")),
    }
}

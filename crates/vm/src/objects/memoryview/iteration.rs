//! Iteration over memoryviews.

use super::*;

pub static MEMORY_ITERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "memory_iterator",
    doc: "",
    base: None,
    layout: Layout::Slots(2),
    flags: TypeFlags::NO_NEW,
    methods: ITERATOR_METHODS,
    getset: &[],
    members: &[],
    iternext: Some(iterator_next),
    endless: None,
};
static ITERATOR_METHODS: &[Method] = crate::methods! {
    "__iter__(self, /)" => leaf iterator_iter(this), "Implement iter(self).";
};
const VIEW: usize = 0;
const NEXT: usize = 1;

pub(super) fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    match View::of(vm, this)?.dims.len() {
        0 => return Err(vm.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => {
            return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
    }
    let iterator = crate::objects::object::new_native_instance(vm, &MEMORY_ITERATOR)?;
    iterator.set_slot(vm, VIEW, this);
    iterator.set_slot(vm, NEXT, Value::int32(0));
    Ok(iterator.value())
}
fn iterator_iter<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn iterator_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let Some(iterator) = this.value(vm).as_obj() else {
        return Ok(false);
    };
    let held = iterator.slot(vm, VIEW);
    if held.is_empty() {
        return Ok(false);
    }
    let view = View::of(vm, held)?;
    let i = iterator.slot(vm, NEXT).as_small_int().unwrap_or(0);
    match view.dims.first() {
        Some((len, _)) if (i as usize) < *len => {
            iterator.set_slot(vm, NEXT, vm.int(i + 1));
            let _ = vm.ret(view.item(vm, view.place(&[i as usize]))?);
            Ok(true)
        }
        _ => {
            iterator.set_slot(vm, VIEW, Value::EMPTY);
            Ok(false)
        }
    }
}

//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static GENERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "generator",
    layout: Layout::Kind(Kind::Generator),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub static COROUTINE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "coroutine",
    layout: Layout::Kind(Kind::Generator),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub static ASYNC_GENERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "async_generator",
    layout: Layout::Kind(Kind::Generator),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub fn is_plain_generator(vm: &Vm, o: Obj<'_>) -> bool {
    vm.type_of(o.value()) == vm.type_object(&GENERATOR)
}
pub fn is_coroutine(_: &Vm, _: Value<'_>) -> bool {
    false
}
pub fn is_async_generator(_: &Vm, _: Value<'_>) -> bool {
    false
}
pub fn register_for_close(_: &Vm, _: Obj<'_>) {}
pub fn finalize(_: &mut Vm, _: Local) -> Py<()> {
    Ok(())
}
pub fn take_stop_value(vm: &Vm) -> Word {
    vm.stop_value.replace(Word::NONE)
}
pub fn wrap_async_value(vm: &mut Vm, l: Local) -> Py<Ret> {
    Ok(vm.ret(l.value(vm)))
}

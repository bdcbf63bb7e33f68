//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static SLICE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "slice",
    layout: Layout::Kind(Kind::Slice),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub fn new_slice<'v>(vm: &'v Vm, a: Value<'v>, b: Value<'v>, c: Value<'v>) -> Value<'v> {
    vm.new_slice(a, b, c).value()
}

//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static SET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "set",
    layout: Layout::Kind(Kind::Set),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub static FROZENSET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "frozenset",
    layout: Layout::Kind(Kind::FrozenSet),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub fn add_constant(_: &Vm, _: mesapy_heap::FrozenSet<'_>, _: Value<'_>) -> Py<()> {
    Ok(())
}

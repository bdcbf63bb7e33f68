//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static INT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "int",
    layout: Layout::Kind(Kind::Int),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

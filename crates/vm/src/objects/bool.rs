//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static BOOL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "bool",
    layout: Layout::Kind(Kind::Bool),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static FLOAT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "float",
    layout: Layout::Kind(Kind::Float),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

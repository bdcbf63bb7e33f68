//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static COMPLEX: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "complex",
    layout: Layout::Kind(Kind::Complex),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

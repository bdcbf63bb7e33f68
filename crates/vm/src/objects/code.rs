//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static CODE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "code",
    layout: Layout::Kind(Kind::Code),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

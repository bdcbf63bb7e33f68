//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static BYTES: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "bytes",
    layout: Layout::Kind(Kind::Bytes),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

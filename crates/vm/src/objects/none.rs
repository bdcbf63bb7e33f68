//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static NONE_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "NoneType",
    layout: Layout::Kind(Kind::None),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub static NOT_IMPLEMENTED_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "NotImplementedType",
    layout: Layout::Kind(Kind::NotImplemented),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub static ELLIPSIS_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "ellipsis",
    layout: Layout::Kind(Kind::Ellipsis),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};

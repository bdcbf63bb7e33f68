//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub fn new_alias(vm: &mut Vm, _: Local, _: Local) -> Py<Ret> {
    Err(vm.type_error("seed"))
}

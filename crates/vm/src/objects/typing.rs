//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub fn make_type_var(vm: &mut Vm, _: Local, _: Option<Local>, _: Option<Local>) -> Py<Ret> {
    Err(vm.type_error("seed"))
}
pub fn make_param_spec(vm: &mut Vm, _: Local) -> Py<Ret> {
    Err(vm.type_error("seed"))
}
pub fn make_type_var_tuple(vm: &mut Vm, _: Local) -> Py<Ret> {
    Err(vm.type_error("seed"))
}
pub fn subscript_generic(vm: &mut Vm, _: Local) -> Py<Ret> {
    Err(vm.type_error("seed"))
}
pub fn make_type_alias(vm: &mut Vm, _: Local) -> Py<Ret> {
    Err(vm.type_error("seed"))
}
pub fn set_default(vm: &mut Vm, _: Local, _: Local) -> Py<Ret> {
    Err(vm.type_error("seed"))
}

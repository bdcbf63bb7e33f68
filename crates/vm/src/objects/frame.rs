//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static FRAME: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "frame",
    layout: Layout::Kind(Kind::Frame),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub(crate) const LASTI_SCALE: i64 = 8;
pub fn locals_of_running_frame(vm: &mut Vm) -> Py<Ret> {
    Ok(vm.ret(vm.current_globals().unwrap_or(Value::NONE)))
}

//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static DICT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "dict",
    layout: Layout::Kind(Kind::Dict),
    flags: TypeFlags::BASETYPE,
    ..TypeDef::EMPTY
};
pub fn merge(vm: &mut Vm, _: Local, _: Local) -> Py<()> {
    Err(vm.type_error("seed"))
}
impl Vm {
    pub fn dict_set(&mut self, d: Local, k: Local, v: Local) -> Py<()> {
        if let (Some(d), Some(s)) = (
            d.value(self).as_dict(self),
            k.value(self).as_exact_str(self),
        ) {
            d.set_str(self, s, v.value(self))?;
        }
        Ok(())
    }
    pub fn set_add(&mut self, _: Local, _: Local) -> Py<()> {
        Err(self.type_error("seed"))
    }
}

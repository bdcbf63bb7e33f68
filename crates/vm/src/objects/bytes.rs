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

impl Vm {
    pub fn buffer_bytes(&mut self, x: Local) -> Py<Vec<u8>> {
        Ok(x.value(self)
            .as_bytes(self)
            .map(|b| b.bytes(self).to_vec())
            .unwrap_or_default())
    }
    pub fn decode(&mut self, x: Local, _: &str, _: &str) -> Py<Ret> {
        let v = self.buffer_bytes(x)?;
        let w = self.new_str(&v)?.word();
        self.ret.set(w);
        Ok(self.ret(w.value(self)))
    }
}

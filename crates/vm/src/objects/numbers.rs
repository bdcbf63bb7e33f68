//! Seed.
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_heap::Value;
impl Vm {
    pub fn int_value(&self, v: Value<'_>) -> Option<i64> {
        v.as_i64(self)
    }
    pub fn is_int(&self, v: Value<'_>) -> bool {
        v.is_small_int()
    }
    pub fn int_is_negative(&self, _: Value<'_>) -> bool {
        false
    }
    pub fn index(&mut self, l: Local) -> Py<i64> {
        Ok(l.value(self).as_i64(self).unwrap_or(0))
    }
    pub fn index_value(&mut self, l: Local) -> Py<Ret> {
        Ok(self.ret(l.value(self)))
    }
    pub fn slice_index(&mut self, l: Local) -> Py<i64> {
        self.index(l)
    }
    pub fn to_f64(&mut self, l: Local) -> Py<f64> {
        Ok(l.value(self).as_f64(self).unwrap_or(0.0))
    }
}

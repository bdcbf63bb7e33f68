//! Seed: the real file is on its way.
use crate::local::{Local, Py, Ret};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub enum Fast {
    Item(Word),
    End,
    Slow,
}
pub fn fast_next(_: &Vm, _: Obj<'_>) -> Fast {
    Fast::Slow
}
pub fn fast_iter(_: &Vm, _: Value<'_>) -> Option<Word> {
    None
}
pub fn sequence_iterator<'v>(_: &'v Vm, v: Value<'v>) -> Value<'v> {
    v
}
pub fn callable_iterator<'v>(_: &'v Vm, v: Value<'v>, _: Value<'v>) -> Value<'v> {
    v
}

//! Builtin types, a file each, and the one list of them.

pub mod class_new;
pub mod descriptors;
pub mod exceptions;
pub mod function;
pub mod module;
pub mod object;
pub mod super_;
pub mod type_;

use crate::layout::types;
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{Obj, Word};

pub(crate) const NONE_WORD: Word = Word::NONE;

/// Every builtin type, bases before what derives from them; `object` and `type` come first by themselves.
pub(crate) static ALL: &[&TypeDef] = &[
    &object::OBJECT,
    &type_::TYPE,
    &descriptors::METHOD_DESCRIPTOR,
    &descriptors::WRAPPER_DESCRIPTOR,
    &descriptors::METHOD_WRAPPER,
    &descriptors::CLASSMETHOD_DESCRIPTOR,
    &descriptors::GETSET,
    &descriptors::MEMBER,
    &descriptors::PROPERTY,
    &descriptors::CLASSMETHOD,
    &descriptors::STATICMETHOD,
    &function::FUNCTION,
    &function::METHOD,
    &function::BUILTIN,
    &module::MODULE,
    &super_::SUPER,
];

/// Whether a native type concatenates and repeats as CPython's sequence slots do.
pub(crate) fn is_concatenable(vm: &Vm, owner: Obj<'_>) -> bool {
    let id = owner.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as usize;
    vm.type_defs.get(id).copied().flatten().is_some_and(|d| matches!(d.name, "str" | "bytes" | "bytearray" | "list" | "tuple" | "array.array" | "collections.deque"))
}
/// Whether a native type's instances hold nothing that pickling by attributes would miss.
pub(crate) fn is_plain_base(vm: &Vm, class: Obj<'_>) -> bool {
    let id = class.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as usize;
    vm.type_defs.get(id).copied().flatten().is_some_and(|d| d.name == "object" || vm.type_flags(class).has(crate::types::Flags::EXCEPTION))
}

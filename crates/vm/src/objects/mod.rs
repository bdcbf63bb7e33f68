//! Builtin types, a file each, and the one list of them.

pub mod async_generators;
pub mod bool;
pub mod buffer;
pub mod bytearray;
pub mod bytes;
pub(crate) mod bytes_methods;
pub mod cell;
pub mod class_new;
pub mod code;
pub mod complex;
pub mod descriptors;
pub mod dict;
pub mod dict_views;
pub mod enumerate;
pub mod exceptions;
pub mod filter;
pub mod float;
pub mod frame;
pub mod frame_locals;
pub mod function;
pub mod generators;
pub mod generic_alias;
pub mod hash;
pub mod int;
pub mod int_ops;
mod isinstance;
pub mod iterators;
pub mod list;
pub mod list_sort;
pub mod map;
pub mod mappingproxy;
pub mod memory_format;
pub mod memoryview;
pub mod module;
pub mod namespace;
pub mod none;
pub mod numbers;
pub mod object;
pub(crate) mod percent;
pub mod protocol;
pub mod range;
pub mod reversed;
pub mod set;
pub mod set_methods;
pub mod slice;
pub mod str;
mod str_format;
pub(crate) mod str_methods;
pub mod structseq;
pub mod super_;
pub mod support;
pub mod template;
pub(crate) mod text_support;
pub mod traceback;
pub mod tuple;
pub mod type_;
pub mod typing;
pub mod union;
pub mod zip;

use crate::layout::types;
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{Obj, Word};

pub(crate) const NONE_WORD: Word = Word::NONE;

/// Every builtin type, bases before what derives from them; `object` and `type` come first by themselves.
pub(crate) static ALL: &[&TypeDef] = &[
    &object::OBJECT,
    &type_::TYPE,
    // The type of natives in general, so before the descriptors of the same kind.
    &function::BUILTIN,
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
    &module::MODULE,
    &cell::CELL,
    &super_::SUPER,
    &namespace::NAMESPACE,
    &int::INT,
    &bool::BOOL,
    &float::FLOAT,
    &complex::COMPLEX,
    &none::NONE_TYPE,
    &none::NOT_IMPLEMENTED_TYPE,
    &none::ELLIPSIS_TYPE,
    &range::RANGE,
    &slice::SLICE,
    &list::LIST,
    &tuple::TUPLE,
    &dict::DICT,
    &set::SET,
    &set::FROZENSET,
    &generators::GENERATOR,
    &generators::COROUTINE,
    &generators::ASYNC_GENERATOR,
    &generators::COROUTINE_WRAPPER,
    &mappingproxy::MAPPING_PROXY,
    &dict_views::DICT_KEYS,
    &dict_views::DICT_VALUES,
    &dict_views::DICT_ITEMS,
    &generic_alias::GENERIC_ALIAS,
    &generic_alias::GENERIC_ALIAS_ITERATOR,
    &union::UNION,
    &enumerate::ENUMERATE,
    &filter::FILTER,
    &map::MAP,
    &reversed::REVERSED,
    &zip::ZIP,
    &frame::FRAME,
    &frame_locals::FRAME_LOCALS_PROXY,
    &traceback::TRACEBACK,
    &template::TEMPLATE,
    &template::INTERPOLATION,
    &template::TEMPLATE_ITER,
    &crate::hooks::UNRAISABLE_HOOK_ARGS,
    &code::CODE,
    &str::STR,
    &bytes::BYTES,
    &bytearray::BYTEARRAY,
    &memoryview::MEMORYVIEW,
    &memoryview::MEMORY_ITERATOR,
];

/// Every builtin type, exceptions among them.
pub(crate) fn all() -> impl Iterator<Item = &'static TypeDef> {
    ALL.iter()
        .chain(iterators::ALL)
        .chain(async_generators::ALL)
        .chain(typing::ALL)
        .chain(exceptions::ALL)
        .copied()
}

/// Whether a native type concatenates and repeats as CPython's sequence slots do.
pub(crate) fn is_concatenable(vm: &Vm, owner: Obj<'_>) -> bool {
    let id = owner.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as usize;
    vm.type_defs.get(id).copied().flatten().is_some_and(|d| {
        matches!(
            d.name,
            "str" | "bytes" | "bytearray" | "list" | "tuple" | "array.array" | "collections.deque"
        )
    })
}
/// Whether a native type's instances hold nothing that pickling by attributes would miss.
pub(crate) fn is_plain_base(vm: &Vm, class: Obj<'_>) -> bool {
    let id = class.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as usize;
    vm.type_defs.get(id).copied().flatten().is_some_and(|d| {
        d.name == "object" || vm.type_flags(class).has(crate::types::Flags::EXCEPTION)
    })
}

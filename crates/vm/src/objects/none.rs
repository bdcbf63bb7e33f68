//! The singletons: `None`, `NotImplemented`, `Ellipsis`.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::object::check_new_class;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};

pub static NONE_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "NoneType",
    doc: "The type of the None singleton.",
    layout: Layout::Kind(Kind::None),
    flags: TypeFlags::IMMUTABLE,
    methods: NONE_METHODS,
    ..TypeDef::EMPTY
};
pub static NOT_IMPLEMENTED_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "NotImplementedType",
    doc: "The type of the NotImplemented singleton.",
    layout: Layout::Kind(Kind::NotImplemented),
    flags: TypeFlags::IMMUTABLE,
    methods: NOT_IMPLEMENTED_METHODS,
    ..TypeDef::EMPTY
};
pub static ELLIPSIS_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "ellipsis",
    doc: "The type of the Ellipsis singleton.",
    layout: Layout::Kind(Kind::Ellipsis),
    flags: TypeFlags::IMMUTABLE,
    methods: ELLIPSIS_METHODS,
    ..TypeDef::EMPTY
};

static NONE_METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls none_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf none_repr(this), "Return repr(self).";
    "__bool__(self, /)" => leaf none_bool(this), "True if self else False";
    "__hash__(self, /)" => leaf none_hash(this), "Return hash(self).";
    "__eq__(self, value, /)" => leaf none_eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => leaf none_ne(this, value), "Return self!=value.";
    "__lt__(self, value, /)" => leaf unordered(this, value), "Return self<value.";
    "__le__(self, value, /)" => leaf unordered(this, value), "Return self<=value.";
    "__gt__(self, value, /)" => leaf unordered(this, value), "Return self>value.";
    "__ge__(self, value, /)" => leaf unordered(this, value), "Return self>=value.";
};
static NOT_IMPLEMENTED_METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls not_implemented_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf not_implemented_repr(this), "Return repr(self).";
    "__bool__(self, /)" => leaf not_implemented_bool(this), "True if self else False";
    "__reduce__(self, /)" => leaf not_implemented_repr(this), "";
};
static ELLIPSIS_METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls ellipsis_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf ellipsis_repr(this), "Return repr(self).";
    "__reduce__(self, /)" => leaf ellipsis_repr(this), "";
};

fn singleton(
    vm: &Vm,
    cls: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
    def: &'static TypeDef,
    shown: &str,
    value: Value<'static>,
) -> Py<Ret> {
    check_new_class(vm, cls, def)?;
    if !args.get(vm).is_empty(vm) || kwargs.is_some_and(|d| !d.get(vm).is_empty(vm)) {
        return Err(vm.type_error(format!("{shown} takes no arguments")));
    }
    Ok(vm.ret(value))
}
fn none_new(
    vm: &mut Vm,
    cls: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    singleton(vm, cls, args, kwargs, &NONE_TYPE, "NoneType", Value::NONE)
}
fn not_implemented_new(
    vm: &mut Vm,
    cls: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    singleton(
        vm,
        cls,
        args,
        kwargs,
        &NOT_IMPLEMENTED_TYPE,
        "NotImplementedType",
        Value::NOT_IMPLEMENTED,
    )
}
fn ellipsis_new(
    vm: &mut Vm,
    cls: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    singleton(
        vm,
        cls,
        args,
        kwargs,
        &ELLIPSIS_TYPE,
        "EllipsisType",
        Value::ELLIPSIS,
    )
}

fn none_repr<'v>(_: &'v Vm, _: Value<'v>) -> Py<&'static str> {
    Ok("None")
}
fn not_implemented_repr<'v>(_: &'v Vm, _: Value<'v>) -> Py<&'static str> {
    Ok("NotImplemented")
}
fn ellipsis_repr<'v>(_: &'v Vm, _: Value<'v>) -> Py<&'static str> {
    Ok("Ellipsis")
}
fn none_bool<'v>(_: &'v Vm, _: Value<'v>) -> Py<bool> {
    Ok(false)
}
fn not_implemented_bool<'v>(vm: &'v Vm, _: Value<'v>) -> Py<bool> {
    Err(vm.type_error("NotImplemented should not be used in a boolean context"))
}
fn none_hash<'v>(_: &'v Vm, _: Value<'v>) -> Py<i64> {
    Ok(crate::objects::hash::NONE)
}
fn none_eq<'v>(_: &'v Vm, this: Value<'v>, value: Value<'v>) -> Py<Value<'v>> {
    Ok(if this == value {
        Value::TRUE
    } else {
        Value::NOT_IMPLEMENTED
    })
}
fn none_ne<'v>(_: &'v Vm, this: Value<'v>, value: Value<'v>) -> Py<Value<'v>> {
    Ok(if this == value {
        Value::FALSE
    } else {
        Value::NOT_IMPLEMENTED
    })
}
fn unordered<'v>(_: &'v Vm, _: Value<'v>, _: Value<'v>) -> Py<Value<'v>> {
    Ok(Value::NOT_IMPLEMENTED)
}

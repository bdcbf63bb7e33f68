//! `bool`: the two instances, and the bit operations that stay among them.

use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::Method;
use crate::objects::int::INT;
use crate::objects::int_ops;
use crate::objects::numbers::deprecated;
use crate::objects::object::check_new_class;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};

pub static BOOL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "bool",
    doc: "The truth value of an object: True or False, the only two instances of this class, which can't be subclassed.",
    base: Some(&INT),
    layout: Layout::Kind(Kind::Bool),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::MATCH_SELF),
    methods: METHODS,
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, object=False, /)" => static calls new(cls, object), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__invert__(self, /)" => calls invert(this), "~self";
    "__and__(self, value, /)" => leaf and(this, value), "Return self&value.";
    "__rand__(self, value, /)" => leaf rand(this, value), "Return value&self.";
    "__xor__(self, value, /)" => leaf xor(this, value), "Return self^value.";
    "__rxor__(self, value, /)" => leaf rxor(this, value), "Return value^self.";
    "__or__(self, value, /)" => leaf or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => leaf ror(this, value), "Return value|self.";
};

fn new(vm: &mut Vm, cls: Local, object: Option<Local>) -> Py<Ret> {
    check_new_class(vm, cls, &BOOL)?;
    let truth = match object {
        Some(x) => vm.truth(x)?,
        None => false,
    };
    Ok(vm.ret(Value::bool(truth)))
}
fn repr<'v>(_: &'v Vm, this: Value<'v>) -> Py<&'static str> {
    Ok(if this == Value::TRUE { "True" } else { "False" })
}
fn invert(vm: &mut Vm, this: Local) -> Py<Ret> {
    deprecated(
        vm,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
    )?;
    let vm: &Vm = vm;
    Ok(vm.ret(int_ops::invert(vm, this.value(vm))?))
}

macro_rules! bit_operations {
    ($($name:ident $reflected:ident $op:tt;)*) => { $(
        fn $name<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
            match (x.as_bool(), y.as_bool()) {
                (Some(a), Some(b)) => Ok(Value::bool(a $op b)),
                _ => int_ops::$name(vm, x, y),
            }
        }
        fn $reflected<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> { $name(vm, y, x) }
    )* };
}
bit_operations! { and rand &; xor rxor ^; or ror |; }

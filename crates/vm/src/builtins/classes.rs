//! Builtins about classes: isinstance, issubclass, __build_class__.

use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::quick::builtins::quick_isinstance;
use crate::vm::Vm;

pub static FUNCTIONS: &[Method] = crate::methods! {
    "isinstance(obj, class_or_tuple, /)" => quick quick_isinstance static calls isinstance(obj, class), "Return whether an object is an instance of a class or of a subclass thereof.";
    "issubclass(cls, class_or_tuple, /)" => static calls issubclass(cls, class), "Return whether 'cls' is derived from another class or is the same class.";
    "__build_class__(...)" => static calls build_class(args, kwargs), "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.";
};
fn isinstance(vm: &mut Vm, obj: Local, class: Local) -> Py<bool> {
    vm.is_instance(obj, class)
}
fn issubclass(vm: &mut Vm, cls: Local, class: Local) -> Py<bool> {
    vm.is_subclass(cls, class)
}
fn build_class(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    crate::objects::class_new::build_class(vm, args, kwargs)
}

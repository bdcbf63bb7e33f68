//! Builtins about attributes and identity: getattr, setattr, hasattr, delattr, dir, vars, id, callable, globals, locals.

use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::vm::Vm;
use mesapy_heap::Value;

pub static FUNCTIONS: &[Method] = crate::methods! {
    "getattr(...)" => static calls getattr(args, kwargs), "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object; getattr(x, 'y') is equivalent to x.y.\nWhen a default argument is given, it is returned when the attribute doesn't\nexist; without it, an exception is raised in that case.";
    "setattr(obj, name, value, /)" => static calls setattr(obj, name, value), "Sets the named attribute on the given object to the specified value.";
    "hasattr(obj, name, /)" => static calls hasattr(obj, name), "Return whether the object has an attribute with the given name.";
    "delattr(obj, name, /)" => static calls delattr(obj, name), "Deletes the named attribute from the given object.";
    "id(obj, /)" => static leaf id(obj), "Return the identity of an object.";
    "callable(obj, /)" => static leaf callable(obj), "Return whether the object is callable (i.e., some kind of function).";
    "dir(...)" => static calls dir(args, kwargs), "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.";
    "vars(...)" => static calls vars(args, kwargs), "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__.";
    "globals()" => static calls globals(), "Return the dictionary containing the current scope's global variables.";
    "locals()" => static calls locals(), "Return a dictionary containing the current scope's local variables.";
};

/// The arguments of a raw builtin: between `min` and `max` positional ones, no keywords.
pub(crate) fn positional(
    vm: &Vm,
    name: &str,
    args: Local<k::Tuple>,
    kwargs: Local,
    min: usize,
    max: usize,
) -> Py<Vec<Local>> {
    if kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0) {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let n = args.get(vm).len(vm);
    if n < min || n > max {
        let bound = if n < min { min } else { max };
        let how = if min == max {
            ""
        } else if n < min {
            "at least "
        } else {
            "at most "
        };
        return Err(vm.type_error(format!(
            "{name} expected {how}{bound} argument{}, got {n}",
            if bound == 1 { "" } else { "s" }
        )));
    }
    Ok(args.get(vm).iter(vm).map(|v| vm.local(v)).collect())
}
fn attribute_name(vm: &Vm, name: Local, _what: &str) -> Py<Local<k::Str>> {
    name.cast(vm).ok_or_else(|| {
        vm.type_error(format!(
            "attribute name must be string, not '{}'",
            vm.type_name_for_error(name.value(vm))
        ))
    })
}
fn getattr(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let a = positional(vm, "getattr", args, kwargs, 2, 3)?;
    let name = attribute_name(vm, a[1], "getattr")?;
    if a.len() == 2 {
        return vm.get_attr(a[0], name);
    }
    let found = vm.lookup_attr(a[0], name);
    match vm
        .caught(found, &crate::objects::exceptions::ATTRIBUTE_ERROR)?
        .flatten()
    {
        Some(ret) => Ok(ret),
        None => Ok(vm.ret(a[2].value(vm))),
    }
}
fn setattr(vm: &mut Vm, obj: Local, name: Local, value: Local) -> Py<()> {
    let name = attribute_name(vm, name, "setattr")?;
    vm.set_attr(obj, name, value)
}
fn hasattr(vm: &mut Vm, obj: Local, name: Local) -> Py<bool> {
    let name = attribute_name(vm, name, "hasattr")?;
    let found = vm.lookup_attr(obj, name);
    Ok(vm
        .caught(found, &crate::objects::exceptions::ATTRIBUTE_ERROR)?
        .flatten()
        .is_some())
}
fn delattr(vm: &mut Vm, obj: Local, name: Local) -> Py<()> {
    let name = attribute_name(vm, name, "delattr")?;
    vm.del_attr(obj, name)
}
fn id(vm: &Vm, obj: Value<'_>) -> Py<i64> {
    Ok((vm.id(obj) & i64::MAX as u64) as i64)
}
fn callable(vm: &Vm, obj: Value<'_>) -> Py<bool> {
    Ok(vm.is_callable(obj))
}
fn globals(vm: &mut Vm) -> Py<Ret> {
    match vm.current_globals() {
        Some(g) => Ok(vm.ret(g)),
        None => Err(vm.system_error("globals() is called outside of all frames")),
    }
}
fn locals(vm: &mut Vm) -> Py<Ret> {
    crate::objects::frame::locals_of_running_frame(vm)
}
fn dir(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let a = positional(vm, "dir", args, kwargs, 0, 1)?;
    let names = match a.first() {
        None => {
            let ns = locals(vm)?.keep(vm);
            let keys = vm.call_method(ns, "keys", &[])?.keep(vm);
            vm.list_from_iterable(keys)?.keep(vm)
        }
        Some(x) => match vm.call_dunder(*x, crate::dunder::Dunder::Dir, &[])? {
            Some(r) => {
                let names = r.keep(vm);
                vm.list_from_iterable(names)?.keep(vm)
            }
            None => return Err(vm.type_error("object does not provide __dir__")),
        },
    };
    let _: Ret = vm.call_method(names, "sort", &[])?;
    Ok(vm.ret(names.value(vm)))
}
fn vars(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let a = positional(vm, "vars", args, kwargs, 0, 1)?;
    match a.first() {
        None => locals(vm),
        Some(x) => match vm.lookup_attr_str(*x, "__dict__")? {
            Some(r) => Ok(r),
            None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
        },
    }
}

//! Exceptions that carry a value or two: StopIteration, SystemExit, ImportError, AttributeError, NameError; and KeyError, which shows its key.

use super::fields::{attribute, exit, import, name as name_slots, stop};
use super::{base, field, object};
use crate::layout::exception;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::vm::Vm;
use mesapy_heap::{Obj, Value};

const INIT_DOC: &str = "Initialize self.  See help(type(self)) for accurate signature.";

pub(super) static STOP_ITERATION: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls stop_init(this, args, kwargs), INIT_DOC;
};
pub(super) static STOP_ITERATION_FIELDS: &[GetSet] =
    &[field::<{ stop::VALUE }>("value", "generator return value")];

pub(super) static SYSTEM_EXIT: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls exit_init(this, args, kwargs), INIT_DOC;
};
pub(super) static SYSTEM_EXIT_FIELDS: &[GetSet] =
    &[field::<{ exit::CODE }>("code", "exception code")];

pub(super) static KEY_ERROR: &[Method] = methods! {
    "__str__(self, /)" => calls key_str(this), "Return str(self).";
};

pub(super) static NAME_ERROR: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls name_init(this, args, kwargs), INIT_DOC;
};
pub(super) static NAME_ERROR_FIELDS: &[GetSet] = &[field::<{ name_slots::NAME }>("name", "name")];

pub(super) static ATTRIBUTE_ERROR: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls attribute_init(this, args, kwargs), INIT_DOC;
    "__getstate__(self, /)" => calls attribute_state(this), "";
    "__reduce__(self, /)" => calls attribute_reduce(this), "";
};
pub(super) static ATTRIBUTE_ERROR_FIELDS: &[GetSet] = &[
    field::<{ attribute::NAME }>("name", "attribute name"),
    field::<{ attribute::OBJ }>("obj", "object"),
];

pub(super) static IMPORT_ERROR: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls import_init(this, args, kwargs), INIT_DOC;
    "__str__(self, /)" => calls import_str(this), "Return str(self).";
    "__reduce__(self, /)" => calls import_reduce(this), "";
};
pub(super) static IMPORT_ERROR_FIELDS: &[GetSet] = &[
    field::<{ import::MSG }>("msg", "exception message"),
    field::<{ import::NAME }>("name", "module name"),
    field::<{ import::PATH }>("path", "module path"),
    field::<{ import::NAME_FROM }>("name_from", "name imported from module"),
];

// ---- StopIteration, SystemExit, KeyError

fn stop_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    base::init(vm, this, args, kwargs)?;
    let vm: &Vm = vm;
    let value = args.get(vm).at(vm, 0).unwrap_or(Value::NONE);
    object(vm, this)?.set_slot(vm, stop::VALUE, value);
    Ok(())
}
/// The value that a StopIteration carries; for one made by the VM that is its argument.
pub fn stop_iteration_value<'v>(vm: &'v Vm, e: Value<'v>) -> Value<'v> {
    let Some(e) = e.as_obj() else {
        return Value::NONE;
    };
    if let Some(value) = e.slot(vm, stop::VALUE).non_empty() {
        return value;
    }
    let args = e.slot(vm, exception::ARGS).as_tuple(vm);
    args.and_then(|t| t.at(vm, 0)).unwrap_or(Value::NONE)
}

fn exit_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    base::init(vm, this, args, kwargs)?;
    let vm: &Vm = vm;
    let given = args.get(vm);
    let code = match given.len(vm) {
        0 => Value::NONE,
        1 => given.get(vm, 0),
        _ => given.value(),
    };
    object(vm, this)?.set_slot(vm, exit::CODE, code);
    Ok(())
}

fn key_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    let key = {
        let vm: &Vm = vm;
        let args = base::arguments(vm, this)?;
        (args.len(vm) == 1).then(|| vm.local(args.get(vm, 0)))
    };
    match key {
        Some(key) => vm.repr(key),
        None => base::str(vm, this),
    }
}

// ---- keywords

/// Stores keyword arguments to slots; any other keyword is an error.
fn take_keywords(
    vm: &Vm,
    this: Local,
    function: &str,
    kwargs: Option<Local<k::Dict>>,
    known: &[(&str, usize)],
) -> Py<()> {
    let e = object(vm, this)?;
    for (_, slot) in known {
        e.set_slot(vm, *slot, Value::EMPTY);
    }
    let Some(kwargs) = kwargs else { return Ok(()) };
    for (key, value) in kwargs.get(vm).iter(vm) {
        let text = vm.text_of(key);
        match known.iter().find(|(name, _)| *name == text) {
            Some((_, slot)) => e.set_slot(vm, *slot, value),
            None => {
                return Err(vm.type_error(format!(
                    "{function}() got an unexpected keyword argument '{text}'"
                )));
            }
        }
    }
    Ok(())
}

fn name_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    base::init(vm, this, args, None)?;
    take_keywords(vm, this, "NameError", kwargs, &[("name", name_slots::NAME)])
}
/// Gives the pending NameError its name.
pub(crate) fn set_name_error_field(vm: &Vm, name: Value<'_>) {
    let Some(e) = vm.pending_exception() else {
        return;
    };
    if let (Some(e), true) = (e.as_obj(), vm.is_instance_of(e, &super::NAME_ERROR)) {
        e.set_slot(vm, name_slots::NAME, name);
    }
}

// ---- AttributeError

const ATTRIBUTE_KEYWORDS: &[(&str, usize)] = &[("name", attribute::NAME), ("obj", attribute::OBJ)];

fn attribute_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    base::init(vm, this, args, None)?;
    take_keywords(vm, this, "AttributeError", kwargs, ATTRIBUTE_KEYWORDS)
}
/// What suggestions are made from.
pub(crate) fn set_attribute_error_fields(vm: &Vm, e: Obj<'_>, obj: Value<'_>, name: Value<'_>) {
    if vm.is_instance_of(e.value(), &super::ATTRIBUTE_ERROR) {
        e.set_slot(vm, attribute::OBJ, obj);
        e.set_slot(vm, attribute::NAME, name);
    }
}
/// Says whose attribute is missing where an AttributeError does not say so yet.
pub(crate) fn complete_attribute_error(vm: &Vm, e: Obj<'_>, obj: Value<'_>, name: Value<'_>) {
    let unset = |slot| !e.slot(vm, slot).is_ref();
    if vm.is_instance_of(e.value(), &super::ATTRIBUTE_ERROR)
        && unset(attribute::OBJ)
        && unset(attribute::NAME)
    {
        set_attribute_error_fields(vm, e, obj, name);
    }
}
/// The state to pickle: the object is left out, since it often can't be pickled.
fn attribute_state_value<'v>(vm: &'v Vm, this: Local) -> Py<Value<'v>> {
    let e = object(vm, this)?;
    let own = base::used_dict(vm, this)?;
    let name = e.slot(vm, attribute::NAME);
    let args = e.slot(vm, exception::ARGS);
    let dict = match own.and_then(|d| d.as_dict(vm)) {
        Some(d) => d.copy(vm)?,
        None => vm.new_dict(),
    };
    if let Some(name) = name.non_empty() {
        dict.set_str(vm, vm.intern(b"name"), name)?;
    }
    if let Some(args) = args.non_empty() {
        dict.set_str(vm, vm.intern(b"args"), args)?;
    }
    Ok(dict.value())
}
fn attribute_state(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(attribute_state_value(vm, this)?))
}
fn attribute_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let state = attribute_state_value(vm, this)?;
    base::reduced(vm, this, base::arguments(vm, this)?.value(), Some(state))
}

// ---- ImportError

const IMPORT_KEYWORDS: &[(&str, usize)] = &[
    ("name", import::NAME),
    ("path", import::PATH),
    ("name_from", import::NAME_FROM),
];

fn import_init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    base::init(vm, this, args, None)?;
    take_keywords(vm, this, "ImportError", kwargs, IMPORT_KEYWORDS)?;
    let vm: &Vm = vm;
    let given = args.get(vm);
    let msg = if given.len(vm) == 1 {
        given.get(vm, 0)
    } else {
        Value::EMPTY
    };
    object(vm, this)?.set_slot(vm, import::MSG, msg);
    Ok(())
}
fn import_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    {
        let vm: &Vm = vm;
        let msg = object(vm, this)?.slot(vm, import::MSG);
        if msg.as_exact_str(vm).is_some() {
            return Ok(vm.ret(msg));
        }
    }
    base::str(vm, this)
}
fn import_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let e = object(vm, this)?;
    let own = base::used_dict(vm, this)?;
    let given: Vec<_> = IMPORT_KEYWORDS
        .iter()
        .filter_map(|(name, slot)| Some((*name, e.slot(vm, *slot).non_empty()?)))
        .collect();
    let state = if given.is_empty() {
        own
    } else {
        let dict = match own.and_then(|d| d.as_dict(vm)) {
            Some(d) => d.copy(vm)?,
            None => vm.new_dict(),
        };
        for (name, value) in given {
            dict.set_str(vm, vm.intern(name.as_bytes()), value)?;
        }
        Some(dict.value())
    };
    base::reduced(vm, this, base::arguments(vm, this)?.value(), state)
}

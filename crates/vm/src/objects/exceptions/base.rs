//! BaseException: arguments, context, notes, text and pickling.

use super::{class_argument, instantiate, no_keywords, object, text};
use crate::layout::exception;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::traceback;
use crate::vm::Vm;
use mesapy_heap::{Kind, Tuple, Value};

pub(super) static METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__str__(self, /)" => calls str(this), "Return str(self).";
    "__reduce__(self, /)" => calls reduce(this), "";
    "__setstate__(self, state, /)" => calls set_state(this, state), "";
    "with_traceback(self, tb, /)" => calls with_traceback(this, tb), "Set self.__traceback__ to tb and return self.";
    "add_note(self, note, /)" => calls add_note_text(this, note), "Add a note to the exception";
};

pub(super) static GETSET: &[GetSet] = &[
    GetSet {
        name: "args",
        get: args,
        set: Some(set_args),
        doc: "",
    },
    GetSet {
        name: "__traceback__",
        get: super::read_field::<{ exception::TRACEBACK }>,
        set: Some(set_traceback),
        doc: "",
    },
    GetSet {
        name: "__context__",
        get: super::read_field::<{ exception::CONTEXT }>,
        set: Some(set_context),
        doc: "exception context",
    },
    GetSet {
        name: "__cause__",
        get: super::read_field::<{ exception::CAUSE }>,
        set: Some(set_cause),
        doc: "exception cause",
    },
    GetSet {
        name: "__suppress_context__",
        get: suppress_context,
        set: Some(set_suppress_context),
        doc: "",
    },
    GetSet {
        name: "__dict__",
        get: dict,
        set: Some(set_dict),
        doc: "",
    },
];

/// The arguments of an exception.
pub(super) fn arguments<'v>(vm: &'v Vm, e: Local) -> Py<Tuple<'v>> {
    Ok(object(vm, e)?
        .slot(vm, exception::ARGS)
        .as_tuple(vm)
        .unwrap_or(vm.empty_tuple()))
}

fn new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    // Keywords are for `__init__` to judge.
    let _ = kwargs;
    let vm: &Vm = vm;
    let e = instantiate(vm, class_argument(vm, class, &super::BASE_EXCEPTION)?)?;
    e.set_slot(vm, exception::ARGS, args.value(vm));
    Ok(vm.ret(e.value()))
}
/// `BaseException.__init__`, which families call first.
pub(super) fn init(
    vm: &mut Vm,
    this: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<()> {
    no_keywords(vm, this, kwargs)?;
    let vm: &Vm = vm;
    object(vm, this)?.set_slot(vm, exception::ARGS, args.value(vm));
    Ok(())
}

fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    let (shown, single) = {
        let vm: &Vm = vm;
        let args = arguments(vm, this)?;
        if args.len(vm) == 1 {
            (vm.local(args.get(vm, 0)), true)
        } else {
            (vm.local(args.value()), false)
        }
    };
    let ret = vm.repr(shown)?;
    let inner = text(vm, ret);
    let vm: &Vm = vm;
    let all: [&[u8]; 4] = if single {
        [name.as_bytes(), b"(", &inner, b")"]
    } else {
        [name.as_bytes(), &inner, b"", b""]
    };
    Ok(vm.ret(vm.new_str_parts(&all)?.value()))
}

/// `BaseException.__str__`.
pub(super) fn str(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let shown = {
        let vm: &Vm = vm;
        let args = arguments(vm, this)?;
        match args.len(vm) {
            0 => return Ok(vm.ret(vm.empty_str().value())),
            1 => vm.local(args.get(vm, 0)),
            _ => vm.local(args.value()),
        }
    };
    vm.str(shown)
}

/// The instance's `__dict__` if it has anything in it.
pub(super) fn used_dict<'v>(vm: &'v Vm, this: Local) -> Py<Option<Value<'v>>> {
    let e = object(vm, this)?;
    if vm.attr_names(e).is_empty() && vm.attr_dict_if_any(e).is_none_or(|d| d.is_empty(vm)) {
        return Ok(None);
    }
    Ok(vm.attr_dict(e)?.map(|d| d.value()))
}

fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let args = arguments(vm, this)?.value();
    reduced(vm, this, args, used_dict(vm, this)?)
}
/// `(class, args)` or `(class, args, state)`.
pub(super) fn reduced(vm: &Vm, this: Local, args: Value<'_>, state: Option<Value<'_>>) -> Py<Ret> {
    let class = vm.type_of(this.value(vm)).value();
    let args = args.word().value(vm);
    let tuple = match state {
        Some(s) => vm.new_tuple(&[class, args, s.word().value(vm)])?,
        None => vm.new_tuple(&[class, args])?,
    };
    Ok(vm.ret(tuple.value()))
}

fn set_state(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    if state.value(vm).is_none() {
        return Ok(());
    }
    let Some(dict) = state.cast::<k::Dict>(vm) else {
        return Err(vm.type_error("state is not a dictionary"));
    };
    let [name, value] = vm.locals([Value::NONE, Value::NONE]);
    let mut pos = 0;
    loop {
        {
            // Setting an attribute may change the dict: the position is looked up anew each time.
            let vm: &Vm = vm;
            let Some((next, key, held)) = dict.get(vm).next_entry(vm, pos) else {
                return Ok(());
            };
            name.set(vm, key);
            value.set(vm, held);
            pos = next + 1;
        }
        let Some(text) = name.cast::<k::Str>(vm) else {
            let got = vm.type_name_for_error(name.value(vm));
            return Err(vm.type_error(format!("attribute name must be string, not '{got}'")));
        };
        vm.set_attr(this, text, value)?;
    }
}

fn with_traceback(vm: &mut Vm, this: Local, tb: Local) -> Py<Local> {
    set_traceback(vm, this, tb)?;
    Ok(this)
}

fn add_note_text(vm: &mut Vm, this: Local, note: Local<k::Str>) -> Py<()> {
    add_note(vm, this, note)
}
/// Appends to `__notes__`, which is made if it is not there.
pub(crate) fn add_note(vm: &mut Vm, this: Local, note: Local<k::Str>) -> Py<()> {
    let notes = match vm.lookup_attr_str(this, "__notes__")? {
        Some(ret) => ret.keep(vm),
        None => {
            let fresh = vm.local(vm.new_list(&[])?.value());
            vm.set_attr_str(this, "__notes__", fresh)?;
            fresh
        }
    };
    let vm: &Vm = vm;
    match notes.value(vm).as_list(vm) {
        Some(list) => Ok(list.push(vm, note.value(vm))?),
        None => Err(vm.type_error("Cannot add note: __notes__ is not a list")),
    }
}

// ---- attributes

fn args(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(arguments(vm, this)?.value()))
}
fn set_args(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    if value.value(vm).is_empty() {
        return Err(vm.type_error("args may not be deleted"));
    }
    let tuple = vm.tuple_from_iterable(value)?.keep(vm);
    let vm: &Vm = vm;
    object(vm, this)?.set_slot(vm, exception::ARGS, tuple.value(vm));
    Ok(())
}
fn set_traceback(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    }
    if !given.is_none() && !traceback::is_traceback(vm, given) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    object(vm, this)?.set_slot(vm, exception::TRACEBACK, given);
    Ok(())
}
/// Checks and stores `__context__` or `__cause__`.
fn set_link(vm: &Vm, this: Local, value: Local, slot: usize, name: &str) -> Py<()> {
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.type_error(format!("__{name}__ may not be deleted")));
    }
    if !given.is_none() && !vm.is_exception_instance(given) {
        return Err(vm.type_error(format!(
            "exception {name} must be None or derive from BaseException"
        )));
    }
    object(vm, this)?.set_slot(vm, slot, given);
    Ok(())
}
fn set_context(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    set_link(vm, this, value, exception::CONTEXT, "context")
}
fn set_cause(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    set_link(vm, this, value, exception::CAUSE, "cause")?;
    object(vm, this)?.set_slot(vm, exception::SUPPRESS_CONTEXT, Value::TRUE);
    Ok(())
}
fn suppress_context(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let set = object(vm, this)?.slot(vm, exception::SUPPRESS_CONTEXT) == Value::TRUE;
    Ok(vm.ret(Value::bool(set)))
}
fn set_suppress_context(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    }
    if given.kind(vm) != Kind::Bool {
        return Err(vm.type_error("attribute value type must be bool"));
    }
    object(vm, this)?.set_slot(vm, exception::SUPPRESS_CONTEXT, given);
    Ok(())
}
fn dict(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let e = object(vm, this)?;
    if let Some(held) = vm.attr_dict_value(e) {
        return Ok(vm.ret(held));
    }
    Ok(vm.ret(vm.attr_dict(e)?.map_or(Value::NONE, |d| d.value())))
}
fn set_dict(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let e = object(vm, this)?;
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.type_error("cannot delete __dict__"));
    }
    if given.as_dict(vm).is_none() {
        let got = vm.type_name_for_error(given);
        return Err(vm.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{got}'"
        )));
    }
    vm.set_attr_dict(e, given);
    Ok(())
}

//! Functions: Python's, Rust's, and both bound to a receiver.

use crate::layout::{code as c, function as f, method, native, types};
use crate::local::{Local, Py, Ret, k};
use crate::native::{GetSet, Method};
use crate::objects::descriptors;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CodeFlags;
use mesapy_heap::{Kind, Obj, Value, Word};

pub static FUNCTION: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "function",
    doc: "Create a function object.",
    layout: Layout::Kind(Kind::Function),
    flags: TypeFlags::DICT.with(TypeFlags::WEAKREF),
    methods: FUNCTION_METHODS,
    getset: FUNCTION_GETSET,
    ..TypeDef::EMPTY
};
pub static METHOD: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "method",
    doc: "Create a bound instance method object.",
    layout: Layout::Kind(Kind::BoundMethod),
    flags: TypeFlags::WEAKREF,
    methods: METHOD_METHODS,
    getset: METHOD_GETSET,
    ..TypeDef::EMPTY
};
pub static BUILTIN: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "builtin_function_or_method",
    layout: Layout::Kind(Kind::Native),
    flags: TypeFlags::WEAKREF,
    methods: BUILTIN_METHODS,
    getset: BUILTIN_GETSET,
    ..TypeDef::EMPTY
};

/// A function of a code object, named by it.
pub(crate) fn new_function<'v>(vm: &'v Vm, code: Obj<'v>, globals: Value<'v>) -> Obj<'v> {
    let doc = if crate::code::flags(vm, code).has(CodeFlags::HAS_DOCSTRING) {
        code.slot(vm, c::CONSTS)
            .as_value_array(vm)
            .and_then(|k| k.at(vm, 0))
            .unwrap_or(Value::NONE)
    } else {
        Value::NONE
    };
    let module = crate::interp::names::own_name(vm, globals).unwrap_or(Value::NONE);
    let builtins = crate::interp::names::builtins_for_function(vm, globals);
    let own = if builtins == vm.roots.builtins(vm) {
        Value::EMPTY
    } else {
        builtins
    };
    let mut first = [Word::EMPTY; f::COUNT];
    first[f::CODE] = code.word();
    first[f::GLOBALS] = globals.word();
    first[f::NAME] = vm.field(code, c::NAME);
    first[f::QUALNAME] = vm.field(code, c::QUALNAME);
    first[f::DOC] = doc.word();
    first[f::MODULE] = module.word();
    first[f::BUILTINS] = own.word();
    vm.new_object_of(Kind::Function, 0, None, f::COUNT, first)
}
/// What accessing a function or native method through an instance gives.
pub(crate) fn bind<'v>(vm: &'v Vm, func: Value<'v>, receiver: Value<'v>) -> Value<'v> {
    if let Some(n) = func.as_obj().filter(|o| o.kind(vm) == Kind::Native) {
        let bound = vm.new_object(Kind::Native, 0, None, native::COUNT);
        bound.set_slot(vm, native::INDEX, n.slot(vm, native::INDEX));
        bound.set_slot(vm, native::OWNER, n.slot(vm, native::OWNER));
        bound.set_slot(vm, native::SELF, receiver);
        if descriptors::is_wrapper_descriptor(vm, n) {
            if let Some(shape) = vm
                .type_object(&descriptors::METHOD_WRAPPER)
                .slot(vm, types::ROOT_SHAPE)
                .as_shape(vm)
            {
                bound.set_shape(vm, shape);
            }
        }
        return bound.value();
    }
    new_bound(vm, func, receiver)
}
/// A method object: any callable bound to a receiver.
pub(crate) fn new_bound<'v>(vm: &'v Vm, func: Value<'v>, receiver: Value<'v>) -> Value<'v> {
    let o = vm.new_object(Kind::BoundMethod, 0, None, method::COUNT);
    o.set_slot(vm, method::FUNC, func);
    o.set_slot(vm, method::SELF, receiver);
    o.value()
}
/// The name of a native function, None for anything else.
pub(crate) fn native_name<'v>(vm: &'v Vm, value: Value<'v>) -> Value<'v> {
    let entry = value
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Native)
        .and_then(|o| vm.native_entry_of(o));
    entry.map_or(Value::NONE, |e| {
        vm.intern(e.method.name().as_bytes()).value()
    })
}
fn expect_kind<'v>(vm: &'v Vm, this: Local, kind: Kind, name: &str) -> Py<Obj<'v>> {
    let o = this.value(vm).as_obj().filter(|o| o.kind(vm) == kind);
    o.ok_or_else(|| {
        vm.type_error(format!(
            "expected a '{name}' object, got '{}'",
            vm.type_name_for_error(this.value(vm))
        ))
    })
}

// ---- function

static FUNCTION_METHODS: &[Method] = crate::methods! {
    "__new__(cls, code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)" => static calls function_new(cls, code, globals, name, argdefs, closure, kwdefaults), "Create a function object.";
    "__repr__(self, /)" => calls function_repr(this), "Return repr(self).";
    "__call__(self, /, *args, **kwargs)" => calls call_any(this, args, kwargs), "Call self as a function.";
    "__get__(self, instance, owner=None, /)" => calls function_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
};
fn call_any(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    vm.call_ex(this, args, kwargs)
}
fn function_get(vm: &mut Vm, this: Local, instance: Local, owner: Option<Local>) -> Py<Ret> {
    if instance.value(vm).is_none() {
        if owner.is_none_or(|o| o.value(vm).is_none()) {
            return Err(vm.type_error("__get__(None, None) is invalid"));
        }
        return Ok(vm.ret(this.value(vm)));
    }
    let bound = bind(vm, this.value(vm), instance.value(vm)).word();
    vm.ret.set(bound);
    Ok(Ret(()))
}
fn function_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    Ok(format!(
        "<function {} at {:#x}>",
        vm.text_of(o.slot(vm, f::QUALNAME)),
        vm.id(o.value())
    ))
}
fn function_new(
    vm: &mut Vm,
    cls: Local,
    code: Local,
    globals: Local<k::Dict>,
    name: Option<Local>,
    argdefs: Option<Local>,
    closure: Option<Local>,
    kwdefaults: Option<Local>,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let _ = cls;
    let code = crate::code::expect_code(vm, code.value(vm))?;
    let given = |l: Option<Local>| l.map(|l| l.value(vm)).filter(|v| !v.is_none());
    let nfree = code
        .slot(vm, c::FREEVARS)
        .as_tuple(vm)
        .map_or(0, |t| t.len(vm));
    let cells = match given(closure) {
        None if nfree == 0 => None,
        None => return Err(vm.type_error("arg 5 (closure) must be tuple")),
        Some(t) => {
            let Some(tuple) = t.as_tuple(vm) else {
                return Err(vm.type_error("arg 5 (closure) must be None or tuple"));
            };
            if tuple.len(vm) != nfree {
                return Err(vm.value_error(format!(
                    "{} requires closure of length {nfree}, not {}",
                    vm.text_of(code.slot(vm, c::NAME)),
                    tuple.len(vm)
                )));
            }
            if let Some(bad) = tuple.iter(vm).find(|v| v.kind(vm) != Kind::Cell) {
                return Err(vm.type_error(format!(
                    "arg 5 (closure) expected cell, found {}",
                    vm.type_name_for_error(bad)
                )));
            }
            Some(t)
        }
    };
    let o = new_function(vm, code, globals.value(vm));
    if let Some(n) = given(name) {
        if n.as_str(vm).is_none() {
            return Err(vm.type_error("arg 3 (name) must be None or string"));
        }
        o.set_slot(vm, f::NAME, n);
    }
    if let Some(d) = given(argdefs) {
        if d.as_tuple(vm).is_none() {
            return Err(vm.type_error("arg 4 (defaults) must be None or tuple"));
        }
        o.set_slot(vm, f::DEFAULTS, d);
    }
    if let Some(t) = cells {
        o.set_slot(vm, f::CLOSURE, t);
    }
    if let Some(d) = given(kwdefaults) {
        if d.as_dict(vm).is_none() {
            return Err(vm.type_error("arg 6 (kwdefaults) must be None or dict"));
        }
        o.set_slot(vm, f::KWDEFAULTS, d);
    }
    Ok(vm.ret(o.value()))
}

/// A slot as an attribute, an unset one as None.
fn slot_or_none(vm: &mut Vm, this: Local, slot: usize) -> Py<Ret> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let v = o.slot(vm, slot);
    Ok(vm.ret(if v.is_empty() { Value::NONE } else { v }))
}
/// Sets a slot that takes a value of a kind, or with `optional` also None (stored as unset).
fn set_checked(
    vm: &mut Vm,
    this: Local,
    value: Local,
    slot: usize,
    fits: fn(&Vm, Value<'_>) -> bool,
    optional: bool,
    text: &str,
) -> Py<()> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let v = value.value(vm);
    if optional && (v.is_none() || v.is_empty()) {
        o.set_slot(vm, slot, Value::EMPTY);
        return Ok(());
    }
    if v.is_empty() || !fits(vm, v) {
        return Err(vm.type_error(text));
    }
    o.set_slot(vm, slot, v);
    Ok(())
}
static FUNCTION_GETSET: &[GetSet] = &[
    GetSet {
        name: "__code__",
        get: |vm, this| slot_or_none(vm, this, f::CODE),
        set: Some(set_code),
        doc: "",
    },
    GetSet {
        name: "__defaults__",
        get: |vm, this| slot_or_none(vm, this, f::DEFAULTS),
        set: Some(|vm, this, v| {
            set_checked(
                vm,
                this,
                v,
                f::DEFAULTS,
                |vm, v| v.as_tuple(vm).is_some(),
                true,
                "__defaults__ must be set to a tuple object",
            )
        }),
        doc: "",
    },
    GetSet {
        name: "__kwdefaults__",
        get: |vm, this| slot_or_none(vm, this, f::KWDEFAULTS),
        set: Some(|vm, this, v| {
            set_checked(
                vm,
                this,
                v,
                f::KWDEFAULTS,
                |vm, v| v.as_dict(vm).is_some(),
                true,
                "__kwdefaults__ must be set to a dict object",
            )
        }),
        doc: "",
    },
    GetSet {
        name: "__globals__",
        get: |vm, this| slot_or_none(vm, this, f::GLOBALS),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__closure__",
        get: |vm, this| slot_or_none(vm, this, f::CLOSURE),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__builtins__",
        get: function_builtins,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__name__",
        get: |vm, this| slot_or_none(vm, this, f::NAME),
        set: Some(|vm, this, v| {
            set_checked(
                vm,
                this,
                v,
                f::NAME,
                |vm, v| v.as_str(vm).is_some(),
                false,
                "__name__ must be set to a string object",
            )
        }),
        doc: "",
    },
    GetSet {
        name: "__qualname__",
        get: |vm, this| slot_or_none(vm, this, f::QUALNAME),
        set: Some(|vm, this, v| {
            set_checked(
                vm,
                this,
                v,
                f::QUALNAME,
                |vm, v| v.as_str(vm).is_some(),
                false,
                "__qualname__ must be set to a string object",
            )
        }),
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: |vm, this| slot_or_none(vm, this, f::DOC),
        set: Some(|vm, this, v| set_checked(vm, this, v, f::DOC, |_, _| true, true, "")),
        doc: "",
    },
    GetSet {
        name: "__module__",
        get: |vm, this| slot_or_none(vm, this, f::MODULE),
        set: Some(|vm, this, v| set_checked(vm, this, v, f::MODULE, |_, _| true, true, "")),
        doc: "",
    },
    GetSet {
        name: "__dict__",
        get: function_dict,
        set: Some(set_function_dict),
        doc: "",
    },
    GetSet {
        name: "__annotations__",
        get: annotations,
        set: Some(set_annotations),
        doc: "",
    },
    GetSet {
        name: "__annotate__",
        get: |vm, this| slot_or_none(vm, this, f::ANNOTATE),
        set: Some(set_annotate),
        doc: "",
    },
    GetSet {
        name: "__type_params__",
        get: type_params,
        set: Some(|vm, this, v| {
            set_checked(
                vm,
                this,
                v,
                f::TYPE_PARAMS,
                |vm, v| v.as_tuple(vm).is_some(),
                false,
                "__type_params__ must be set to a tuple",
            )
        }),
        doc: "",
    },
];
fn set_code(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let v = value.value(vm);
    let Some(code) = v.as_obj().filter(|c| c.kind(vm) == Kind::Code) else {
        return Err(vm.type_error("__code__ must be set to a code object"));
    };
    let free = |c: Obj<'_>| {
        c.slot(vm, c::FREEVARS)
            .as_tuple(vm)
            .map_or(0, |t| t.len(vm))
    };
    let own = o.slot(vm, f::CLOSURE).as_tuple(vm).map_or(0, |t| t.len(vm));
    if free(code) != own {
        return Err(vm.value_error(format!(
            "{}() requires a code object with {own} free vars, not {}",
            vm.text_of(o.slot(vm, f::NAME)),
            free(code)
        )));
    }
    // What a call makes of a function depends on this.
    let sort = |c: Obj<'_>| {
        use mesapy_bytecode::CodeFlags as F;
        crate::code::flags(vm, c).0 & (F::GENERATOR | F::COROUTINE | F::ASYNC_GENERATOR)
    };
    let differs = o
        .slot(vm, f::CODE)
        .as_obj()
        .is_some_and(|old| sort(old) != sort(code));
    if differs {
        let text = "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)";
        vm.warn(&crate::objects::exceptions::DEPRECATION_WARNING, text, 1)?;
    }
    expect_kind(vm, this, Kind::Function, "function")?.set_slot(vm, f::CODE, value.value(vm));
    Ok(())
}
fn function_builtins(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let own = o.slot(vm, f::BUILTINS);
    Ok(vm.ret(if own.is_empty() {
        vm.roots.builtins(vm)
    } else {
        own
    }))
}
fn function_dict(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    if o.slot(vm, f::DICT).is_empty() {
        o.set_slot(vm, f::DICT, vm.new_dict().value());
    }
    Ok(vm.ret(o.slot(vm, f::DICT)))
}
fn set_function_dict(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let v = value.value(vm);
    if v.is_empty() {
        return Err(vm.type_error("cannot delete __dict__"));
    }
    if v.as_dict(vm).is_none() {
        return Err(vm.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{}'",
            vm.type_name_for_error(v)
        )));
    }
    o.set_slot(vm, f::DICT, v);
    Ok(())
}
/// Annotations are computed by `__annotate__` when first asked for (PEP 649).
fn annotations(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let have = o.slot(vm, f::ANNOTATIONS);
    if !have.is_empty() {
        return Ok(vm.ret(have));
    }
    let annotate = o.slot(vm, f::ANNOTATE);
    let dict = if annotate.is_empty() || annotate.is_none() {
        vm.local(vm.new_dict().value())
    } else {
        let annotate = vm.local(annotate);
        let format = vm.local(vm.int(1));
        let dict = vm.call(annotate, &[format])?.keep(vm);
        if dict.value(vm).as_dict(vm).is_none() {
            return Err(vm.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                vm.type_name_for_error(dict.value(vm))
            )));
        }
        dict
    };
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, f::ANNOTATIONS, dict.value(vm));
    }
    Ok(vm.ret(dict.value(vm)))
}
fn set_annotations(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    set_checked(
        vm,
        this,
        value,
        f::ANNOTATIONS,
        |vm, v| v.as_dict(vm).is_some(),
        true,
        "__annotations__ must be set to a dict object",
    )?;
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, f::ANNOTATE, Value::EMPTY);
    }
    Ok(())
}
fn set_annotate(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let v = value.value(vm);
    if v.is_empty() {
        return Err(vm.type_error("__annotate__ cannot be deleted"));
    }
    if v.is_none() {
        o.set_slot(vm, f::ANNOTATE, Value::EMPTY);
        return Ok(());
    }
    if !vm.is_callable(v) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    o.set_slot(vm, f::ANNOTATE, v);
    o.set_slot(vm, f::ANNOTATIONS, Value::EMPTY);
    Ok(())
}
fn type_params(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = expect_kind(vm, this, Kind::Function, "function")?;
    let v = o.slot(vm, f::TYPE_PARAMS);
    Ok(vm.ret(if v.is_empty() {
        vm.roots.empty_tuple(vm)
    } else {
        v
    }))
}

// ---- bound methods

static METHOD_METHODS: &[Method] = crate::methods! {
    "__new__(cls, function, instance, /)" => static calls method_new(cls, function, instance), "Create a bound instance method object.";
    "__repr__(self, /)" => calls method_repr(this), "Return repr(self).";
    "__call__(self, /, *args, **kwargs)" => calls call_any(this, args, kwargs), "Call self as a function.";
    "__get__(self, instance, owner=None, /)" => calls method_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__eq__(self, value, /)" => leaf method_eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => leaf method_ne(this, value), "Return self!=value.";
    "__hash__(self, /)" => calls method_hash(this), "Return hash(self).";
    "__getattribute__(self, name, /)" => calls method_getattribute(this, name), "Return getattr(self, name).";
    "__reduce__(self, /)" => calls method_reduce(this), "";
};
fn method_new(vm: &mut Vm, cls: Local, function: Local, instance: Local) -> Py<Ret> {
    let _ = cls;
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("first argument must be callable"));
    }
    if instance.value(vm).is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    let o = vm.new_object(Kind::BoundMethod, 0, None, method::COUNT);
    o.set_slot(vm, method::FUNC, function.value(vm));
    o.set_slot(vm, method::SELF, instance.value(vm));
    let word = o.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn method_slot(vm: &Vm, this: Local, slot: usize) -> Py<Local> {
    let o = expect_kind(vm, this, Kind::BoundMethod, "method")?;
    Ok(vm.local(o.slot(vm, slot)))
}
fn method_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let (func, receiver) = (
        method_slot(vm, this, method::FUNC)?,
        method_slot(vm, this, method::SELF)?,
    );
    let mut name = vm
        .lookup_attr_str(func, "__qualname__")?
        .map(|r| r.keep(vm));
    if name.is_none_or(|n| n.value(vm).as_str(vm).is_none()) {
        name = vm.lookup_attr_str(func, "__name__")?.map(|r| r.keep(vm));
    }
    let name = name
        .filter(|n| n.value(vm).as_str(vm).is_some())
        .map_or("?".to_string(), |n| vm.text_of(n.value(vm)));
    let shown = vm.repr_text(receiver)?;
    Ok(format!("<bound method {name} of {shown}>"))
}
fn method_get(vm: &mut Vm, this: Local, _instance: Local, _owner: Option<Local>) -> Py<Ret> {
    // A bound method stays bound to what it is bound to.
    Ok(vm.ret(this.value(vm)))
}
fn same_method(vm: &Vm, this: Value<'_>, other: Value<'_>) -> Option<bool> {
    let (a, b) = (
        this.as_obj()?,
        other.as_obj().filter(|o| o.kind(vm) == Kind::BoundMethod)?,
    );
    Some(
        a.slot(vm, method::FUNC) == b.slot(vm, method::FUNC)
            && a.slot(vm, method::SELF) == b.slot(vm, method::SELF),
    )
}
fn method_eq<'v>(vm: &'v Vm, this: Value<'v>, other: Value<'v>) -> Py<Value<'v>> {
    Ok(same_method(vm, this, other).map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn method_ne<'v>(vm: &'v Vm, this: Value<'v>, other: Value<'v>) -> Py<Value<'v>> {
    Ok(same_method(vm, this, other).map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same)))
}
fn method_hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let (func, receiver) = (
        method_slot(vm, this, method::FUNC)?,
        method_slot(vm, this, method::SELF)?,
    );
    let h = vm.hash(func)?;
    let id = vm.id(receiver.value(vm)) as i64;
    Ok((h ^ (id >> 4)).wrapping_abs())
}
/// Attributes of the method itself, then those of its function.
fn method_getattribute(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<Ret> {
    vm.intern_local(name);
    if let Some(ret) = vm.generic_lookup(this, name)? {
        return Ok(ret);
    }
    let func = method_slot(vm, this, method::FUNC)?;
    match vm.lookup_attr(func, name)? {
        Some(ret) => Ok(ret),
        None => Err(vm.no_attribute(this, name)),
    }
}
fn method_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (func, receiver) = (
        method_slot(vm, this, method::FUNC)?,
        method_slot(vm, this, method::SELF)?,
    );
    let name = vm.get_attr_str(func, "__name__")?.keep(vm);
    let getattr = vm
        .roots
        .builtins(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"getattr")))
        .unwrap_or(Value::NONE);
    let inner = vm.new_tuple(&[receiver.value(vm), name.value(vm)])?;
    let word = vm.new_tuple(&[getattr, inner.value()])?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn method_doc(vm: &mut Vm, this: Local) -> Py<Ret> {
    let func = method_slot(vm, this, method::FUNC)?;
    vm.get_attr_str(func, "__doc__")
}
static METHOD_GETSET: &[GetSet] = &[
    GetSet {
        name: "__func__",
        get: |vm, this| method_slot(vm, this, method::FUNC).map(|l| vm.ret(l.value(vm))),
        set: None,
        doc: "the function (or other callable) implementing a method",
    },
    GetSet {
        name: "__self__",
        get: |vm, this| method_slot(vm, this, method::SELF).map(|l| vm.ret(l.value(vm))),
        set: None,
        doc: "the instance to which a method is bound",
    },
    GetSet {
        name: "__doc__",
        get: method_doc,
        set: None,
        doc: "",
    },
];

// ---- natives bound to modules or receivers

static BUILTIN_METHODS: &[Method] = crate::methods! {
    "__repr__(self, /)" => calls builtin_repr(this), "Return repr(self).";
    "__call__(self, /, *args, **kwargs)" => calls call_any(this, args, kwargs), "Call self as a function.";
    "__reduce__(self, /)" => calls builtin_reduce(this), "";
    "__eq__(self, value, /)" => leaf builtin_eq(this, value), "Return self==value.";
    "__hash__(self, /)" => leaf builtin_hash(this), "Return hash(self).";
};
fn native_of<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    expect_kind(vm, this, Kind::Native, "builtin_function_or_method")
}
fn name_of(vm: &Vm, o: Obj<'_>) -> String {
    vm.native_entry_of(o)
        .map_or(String::new(), |e| e.method.name().to_string())
}
fn builtin_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let o = native_of(vm, this)?;
    let receiver = o.slot(vm, native::SELF);
    let name = name_of(vm, o);
    if receiver.is_empty() || crate::objects::module::is_module(vm, receiver) {
        return Ok(format!("<built-in function {name}>"));
    }
    Ok(format!(
        "<built-in method {name} of {} object at {:#x}>",
        vm.type_name_for_error(receiver),
        vm.id(receiver)
    ))
}
fn builtin_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let name = vm.local(vm.intern(name_of(vm, o).as_bytes()).value());
    let receiver = o.slot(vm, native::SELF);
    if receiver.is_empty() {
        return Ok(vm.ret(name.value(vm)));
    }
    let getattr = vm
        .roots
        .builtins(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"getattr")))
        .unwrap_or(Value::NONE);
    let inner = vm.new_tuple(&[receiver, name.value(vm)])?;
    let word = vm.new_tuple(&[getattr, inner.value()])?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
pub(crate) fn builtin_eq<'v>(vm: &'v Vm, this: Value<'v>, other: Value<'v>) -> Py<Value<'v>> {
    let (Some(a), Some(b)) = (
        this.as_obj(),
        other.as_obj().filter(|o| o.kind(vm) == Kind::Native),
    ) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let same = |slot: usize| a.slot(vm, slot) == b.slot(vm, slot);
    Ok(Value::bool(
        same(native::INDEX) && same(native::SELF) && vm.type_of(this) == vm.type_of(other),
    ))
}
pub(crate) fn builtin_hash(vm: &Vm, this: Value<'_>) -> Py<i64> {
    let Some(o) = this.as_obj() else { return Ok(0) };
    let index = o.slot(vm, native::INDEX).as_small_int().unwrap_or(0);
    Ok((vm.id(o.slot(vm, native::SELF)) as i64 >> 4) ^ index.wrapping_mul(1_000_003))
}
fn builtin_self(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let v = o.slot(vm, native::SELF);
    if !v.is_empty() {
        return Ok(vm.ret(v));
    }
    // A module function's __self__ is its module.
    let module = o.slot(vm, native::OWNER);
    let found = vm
        .roots
        .modules(vm)
        .as_dict(vm)
        .and_then(|d| module.as_str(vm).and_then(|m| d.get_str(vm, m)));
    Ok(vm.ret(found.unwrap_or(Value::NONE)))
}
fn builtin_qualname(vm: &mut Vm, this: Local) -> Py<String> {
    let o = native_of(vm, this)?;
    let name = name_of(vm, o);
    let receiver = o.slot(vm, native::SELF);
    let owner = o.slot(vm, native::OWNER);
    if receiver.is_empty() {
        // A static method belongs to its class.
        return Ok(if vm.is_type(owner) {
            format!("{}.{name}", vm.type_short_name(owner))
        } else {
            name
        });
    }
    let class = if vm.is_type(receiver) {
        receiver
    } else {
        vm.type_of(receiver).value()
    };
    let owner = if vm.is_type(o.slot(vm, native::OWNER)) && !vm.is_type(receiver) {
        o.slot(vm, native::OWNER)
    } else {
        class
    };
    Ok(format!("{}.{name}", vm.type_short_name(owner)))
}
fn ret_text(vm: &mut Vm, text: Py<String>) -> Py<Ret> {
    let word = vm.new_str(text?.as_bytes())?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
pub(crate) fn native_doc(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let Some(entry) = vm.native_entry_of(o) else {
        return Ok(vm.ret(Value::NONE));
    };
    // All constructors share one wrapper, and those of `__init__` one text.
    let doc = match entry.method.name() {
        "__new__" => "Create and return a new object.  See help(type) for accurate signature.",
        "__init__" => "Initialize self.  See help(type(self)) for accurate signature.",
        _ => entry.method.doc,
    };
    if doc.is_empty() {
        return Ok(vm.ret(Value::NONE));
    }
    ret_text(vm, Ok(doc.to_string()))
}
pub(crate) fn native_text_signature(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    match vm
        .native_entry_of(o)
        .and_then(|e| crate::signature::text_signature(e.method))
    {
        Some(text) => ret_text(vm, Ok(text)),
        None => Ok(vm.ret(Value::NONE)),
    }
}
pub(crate) fn native_get_name(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let name = name_of(vm, o);
    ret_text(vm, Ok(name))
}
static BUILTIN_GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: native_get_name,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__qualname__",
        get: |vm, this| {
            let t = builtin_qualname(vm, this);
            ret_text(vm, t)
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "__self__",
        get: builtin_self,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: native_doc,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__text_signature__",
        get: native_text_signature,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__module__",
        get: |vm, this| {
            let owner = native_of(vm, this)?.slot(vm, native::OWNER);
            Ok(vm.ret(if owner.as_str(vm).is_some() {
                owner
            } else {
                Value::NONE
            }))
        },
        set: None,
        doc: "",
    },
];

//! `_contextvars`: context variables, contexts, tokens.
//!
//! A context holds a dict from variable to value that is never changed once made: setting a variable makes a copy with the change, so that copying a
//! context is O(1). Variables hash by identity, so no Python code runs in look-ups. The current context is a root of the VM.

use crate::support::*;
use mesapy_vm::roots::Root;

pub static MODULE: NativeModule = NativeModule {
    name: "_contextvars",
    doc: "Context Variables",
    functions: methods! {
        "copy_context()" => static calls copy_context(), "";
    },
    types: &[&CONTEXT, &CONTEXT_VAR, &TOKEN],
    init: Some(init),
};
fn init(vm: &mut Vm, _dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&MISSING)?;
    let missing = make_exact(vm, &MISSING)?;
    let name = vm.intern(b"MISSING");
    let class = vm.type_object(&TOKEN);
    vm.type_dict(class).set_str(vm, name, missing.value(vm))?;
    Ok(())
}

// ---- variables

const NAME: usize = 0;
/// Empty for none.
const DEFAULT: usize = 1;
static CONTEXT_VAR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_contextvars.ContextVar",
    layout: Layout::Slots(2),
    flags: TypeFlags::WEAKREF,
    methods: methods! {
        "__new__(cls, name, *, default=<unrepresentable>)" => static calls var_new(cls, name, default), "Create and return a new object.  See help(type) for accurate signature.";
        "get(self, default=<unrepresentable>, /)" => calls var_get(this, default), "Return a value for the context variable for the current context.\n\nIf there is no value for the variable in the current context, the method will:\n * return the value of the default argument of the method, if provided; or\n * return the default value for the context variable, if it was created\n   with one; or\n * raise a LookupError.";
        "set(self, value, /)" => calls var_set(this, value), "Call to set a new value for the context variable in the current context.\n\nThe required *value* argument is the new value for the context variable.\n\nReturns a Token object that can be used to restore the variable to its previous\nvalue via the `ContextVar.reset()` method.";
        "reset(self, token, /)" => calls var_reset(this, token), "Reset the context variable.\n\nThe variable is reset to the value it had before the `ContextVar.set()` that\ncreated the token was used.";
        "__repr__(self, /)" => calls var_repr(this), "Return repr(self).";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    },
    members: &[("name", NAME as u16, "")],
    ..TypeDef::EMPTY
};
fn var_new(vm: &mut Vm, cls: Local, name: Local, default: Option<Local>) -> Py<Local> {
    if name.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error("context variable name must be a str"));
    }
    let made = make(vm, cls, &CONTEXT_VAR)?;
    set_slot(vm, made, NAME, name.value(vm));
    if let Some(d) = default {
        set_slot(vm, made, DEFAULT, d.value(vm));
    }
    Ok(made)
}
fn var_get(vm: &mut Vm, this: Local, default: Option<Local>) -> Py<Ret> {
    let context = current(vm)?;
    if let Some(v) = lookup(vm, context, this) {
        return Ok(vm.ret(v));
    }
    if let Some(d) = default {
        return Ok(vm.ret(d.value(vm)));
    }
    let own = slot(vm, this, DEFAULT);
    if own.is_empty() {
        return Err(vm.raise_with(&exc::LOOKUP_ERROR, &[this.value(vm)]));
    }
    Ok(vm.ret(own))
}
/// The value of a variable in the current context, for natives: no default, no error.
pub fn value_of(vm: &mut Vm, var: Local) -> Py<Option<Local>> {
    let context = current(vm)?;
    Ok(lookup(vm, context, var).map(|v| vm.local(v)))
}
/// The current context's dict, if there is a context. It never changes: another takes its place.
pub fn current_vars(vm: &Vm) -> Option<Value<'_>> {
    let context = vm.roots.context(vm);
    if context.is_empty() || !vm.has_layout(context, &CONTEXT) {
        return None;
    }
    Some(context.as_obj()?.slot(vm, VARS))
}
/// The value of a variable in such a dict.
pub fn value_in<'v>(vm: &'v Vm, vars: Value<'v>, var: Value<'v>) -> Option<Value<'v>> {
    let vars = vars.as_exact_dict(vm)?;
    let mut probe = mesapy_heap::Probe::new(identity_of(vm, var));
    loop {
        match vars.probe(vm, var, &mut probe) {
            mesapy_heap::Found::Entry(e) => return vars.value_at_entry(vm, e),
            mesapy_heap::Found::Candidate(..) => {}
            mesapy_heap::Found::Absent => return None,
        }
    }
}
/// Sets a variable without a token.
pub fn set_value(vm: &mut Vm, var: Local, value: Local) -> Py<()> {
    let context = current(vm)?;
    change(vm, context, var, Some(value))
}
fn var_set(vm: &mut Vm, this: Local, value: Local) -> Py<Local> {
    let context = current(vm)?;
    let token = make_exact(vm, &TOKEN)?;
    set_slot(vm, token, TOKEN_CONTEXT, context.value(vm));
    set_slot(vm, token, TOKEN_VAR, this.value(vm));
    let old = lookup(vm, context, this).unwrap_or(Value::EMPTY);
    set_slot(vm, token, TOKEN_OLD, old);
    set_slot(vm, token, TOKEN_USED, Value::FALSE);
    change(vm, context, this, Some(value))?;
    Ok(token)
}
fn var_reset(vm: &mut Vm, this: Local, token: Local) -> Py<()> {
    if !vm.is_exactly(token.value(vm), &TOKEN) {
        let shown = vm.repr_text(token)?;
        return Err(vm.type_error(format!("expected an instance of Token, got {shown}")));
    }
    if slot(vm, token, TOKEN_USED) == Value::TRUE {
        let shown = vm.repr_text(token)?;
        return Err(vm.runtime_error(format!("{shown} has already been used once")));
    }
    if slot(vm, token, TOKEN_VAR) != this.value(vm) {
        let shown = vm.repr_text(token)?;
        return Err(vm.value_error(format!("{shown} was created by a different ContextVar")));
    }
    let context = current(vm)?;
    if slot(vm, token, TOKEN_CONTEXT) != context.value(vm) {
        let shown = vm.repr_text(token)?;
        return Err(vm.value_error(format!("{shown} was created in a different Context")));
    }
    set_slot(vm, token, TOKEN_USED, Value::TRUE);
    let old = slot_local(vm, token, TOKEN_OLD);
    let old = Some(old).filter(|o| !o.value(vm).is_empty());
    change(vm, context, this, old)
}
fn var_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let (name, default) = (slot_local(vm, this, NAME), slot_local(vm, this, DEFAULT));
    let mut text = format!("<ContextVar name={}", vm.repr_text(name)?);
    if !default.value(vm).is_empty() {
        if vm.repr_enter(this.value(vm))? {
            let shown = vm.repr_text(default);
            vm.repr_leave(this.value(vm));
            text.push_str(&format!(" default={}", shown?));
        } else {
            text.push_str(" default=...");
        }
    }
    Ok(format!("{text} at {}>", address(vm, this.value(vm))))
}

// ---- contexts

/// A dict from variable to value.
const VARS: usize = 0;
/// The context that was current before this was entered; Empty: not entered.
const ENTERED: usize = 1;
static CONTEXT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_contextvars.Context",
    layout: Layout::Slots(2),
    flags: TypeFlags::WEAKREF.with(TypeFlags::MAPPING),
    methods: methods! {
        "__new__(cls, /)" => static calls context_new(cls), "Create and return a new object.  See help(type) for accurate signature.";
        "run(self, callable, /, *args, **kwargs)" => calls run(this, callable, args, kwargs), "";
        "copy(self, /)" => calls context_copy(this), "Return a shallow copy of the context object.";
        "get(self, key, default=None, /)" => calls context_get(this, key, default), "Return the value for `key` if `key` has the value in the context object.\n\nIf `key` does not exist, return `default`. If `default` is not given,\nreturn None.";
        "keys(self, /)" => calls keys(this), "Return a list of all variables in the context object.";
        "values(self, /)" => calls values(this), "Return a list of all variables' values in the context object.";
        "items(self, /)" => calls items(this), "Return all variables and their values in the context object.\n\nThe result is returned as a list of 2-tuples (variable, value).";
        "__iter__(self, /)" => calls keys_iter(this), "Implement iter(self).";
        "__len__(self, /)" => calls context_len(this), "Return len(self).";
        "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
        "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
        "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    },
    ..TypeDef::EMPTY
};
fn new_context(vm: &Vm, vars: Value<'_>) -> Py<Local> {
    let made = make_exact(vm, &CONTEXT)?;
    set_slot(vm, made, VARS, vars);
    Ok(made)
}
fn context_new(vm: &mut Vm, _cls: Local) -> Py<Local> {
    let dict = vm.new_dict().value();
    new_context(vm, dict)
}
/// The current context, made if there is none yet.
fn current(vm: &mut Vm) -> Py<Local> {
    let context = vm.local(vm.roots.context(vm));
    if !context.value(vm).is_empty() && vm.is_exactly(context.value(vm), &CONTEXT) {
        return Ok(context);
    }
    let dict = vm.new_dict().value();
    let made = new_context(vm, dict)?;
    vm.roots.set(Root::Context, made.value(vm));
    Ok(made)
}
/// The hash of a variable: `object`'s own, which variables inherit.
fn identity(vm: &Vm, var: Local) -> u64 {
    identity_of(vm, var.value(vm))
}
fn identity_of(vm: &Vm, var: Value<'_>) -> u64 {
    vm.id(var).rotate_right(4) & i64::MAX as u64
}
fn entry(vm: &Vm, context: Local, var: Local) -> Option<usize> {
    let d = slot(vm, context, VARS).as_dict(vm)?;
    let mut probe = mesapy_heap::Probe::new(identity(vm, var));
    loop {
        match d.probe(vm, var.value(vm), &mut probe) {
            mesapy_heap::Found::Entry(e) => return Some(e),
            mesapy_heap::Found::Candidate(..) => {}
            mesapy_heap::Found::Absent => return None,
        }
    }
}
fn lookup<'v>(vm: &'v Vm, context: Local, var: Local) -> Option<Value<'v>> {
    let e = entry(vm, context, var)?;
    slot(vm, context, VARS).as_dict(vm)?.value_at_entry(vm, e)
}
/// Replaces the context's dict by a copy in which a variable is set, or absent.
fn change(vm: &Vm, context: Local, var: Local, value: Option<Local>) -> Py<()> {
    let Some(d) = slot(vm, context, VARS).as_dict(vm) else {
        return Ok(());
    };
    set_slot(vm, context, VARS, d.copy(vm)?.value());
    let at = entry(vm, context, var);
    let Some(d) = slot(vm, context, VARS).as_dict(vm) else {
        return Ok(());
    };
    match (at, value) {
        (Some(e), Some(v)) => {
            d.set_value_at(vm, e, v.value(vm));
        }
        (Some(e), None) => {
            d.remove_at(vm, e);
        }
        (None, Some(v)) => {
            d.insert_new(vm, identity(vm, var), var.value(vm), v.value(vm))?;
        }
        (None, None) => {}
    }
    Ok(())
}
fn copy_context(vm: &mut Vm) -> Py<Local> {
    let context = current(vm)?;
    context_copy(vm, context)
}
fn context_copy(vm: &mut Vm, this: Local) -> Py<Local> {
    let vars = slot_local(vm, this, VARS);
    new_context(vm, vars.value(vm))
}
fn run(vm: &mut Vm, this: Local, callable: Local, args: Local, kwargs: Local) -> Py<Ret> {
    if !slot(vm, this, ENTERED).is_empty() {
        let shown = vm.repr_text(this)?;
        return Err(vm.runtime_error(format!("cannot enter context: {shown} is already entered")));
    }
    let before = current(vm)?;
    set_slot(vm, this, ENTERED, before.value(vm));
    vm.roots.set(Root::Context, this.value(vm));
    let result = vm.call_ex(callable, args, kwargs);
    vm.roots.set(Root::Context, before.value(vm));
    set_slot(vm, this, ENTERED, Value::EMPTY);
    result
}
fn check_key(vm: &mut Vm, key: Local) -> Py<()> {
    if vm.is_exactly(key.value(vm), &CONTEXT_VAR) {
        return Ok(());
    }
    let shown = vm.repr_text(key)?;
    Err(vm.type_error(format!("a ContextVar key was expected, got {shown}")))
}
fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    check_key(vm, key)?;
    match lookup(vm, this, key) {
        Some(v) => Ok(vm.ret(v)),
        None => Err(vm.key_error(key.value(vm))),
    }
}
fn context_get(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    check_key(vm, key)?;
    let found = lookup(vm, this, key);
    Ok(vm.ret(found.unwrap_or(default.map_or(Value::NONE, |d| d.value(vm)))))
}
fn contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    check_key(vm, key)?;
    Ok(entry(vm, this, key).is_some())
}
fn context_len(vm: &mut Vm, this: Local) -> Py<usize> {
    Ok(slot(vm, this, VARS).as_dict(vm).map_or(0, |d| d.len(vm)))
}
fn keys(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = slot_local(vm, this, VARS);
    vm.tuple_from_iterable(dict)
}
fn keys_iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = slot_local(vm, this, VARS);
    vm.iter(dict)
}
fn values(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = slot_local(vm, this, VARS);
    let view = vm.call_method(dict, "values", &[])?.keep(vm);
    vm.tuple_from_iterable(view)
}
fn items(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = slot_local(vm, this, VARS);
    let view = vm.call_method(dict, "items", &[])?.keep(vm);
    vm.tuple_from_iterable(view)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if !vm.is_exactly(other.value(vm), &CONTEXT) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let (mine, theirs) = (slot_local(vm, this, VARS), slot_local(vm, other, VARS));
    let same = vm.equal(mine, theirs)?;
    Ok(vm.ret(Value::bool(same)))
}

// ---- tokens

const TOKEN_CONTEXT: usize = 0;
const TOKEN_VAR: usize = 1;
/// Empty: the variable had no value.
const TOKEN_OLD: usize = 2;
const TOKEN_USED: usize = 3;
static TOKEN: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_contextvars.Token",
    layout: Layout::Slots(4),
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls token_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__repr__(self, /)" => calls token_repr(this), "Return repr(self).";
        "__hash__(self, /)" => calls token_hash(this), "Return hash(self).";
        "__enter__(self, /)" => calls token_enter(this), "Enter into Token context manager.";
        "__exit__(self, type, val, tb, /)" => calls token_exit(this, kind, val, tb), "Exit from Token context manager, restore the linked ContextVar.";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    },
    members: &[("var", TOKEN_VAR as u16, "")],
    getset: &[GetSet {
        name: "old_value",
        get: |vm, this| {
            let old = slot_local(vm, this, TOKEN_OLD);
            if old.value(vm).is_empty() {
                let class = vm.local(vm.type_object(&TOKEN).value());
                return vm.get_attr_str(class, "MISSING");
            }
            Ok(vm.ret(old.value(vm)))
        },
        set: None,
        doc: "",
    }],
    ..TypeDef::EMPTY
};
fn token_new(vm: &mut Vm, _cls: Local, _args: Local, _kwargs: Local) -> Py<()> {
    Err(vm.runtime_error("Tokens can only be created by ContextVars"))
}
fn token_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let var = slot_local(vm, this, TOKEN_VAR);
    let used = if slot(vm, this, TOKEN_USED) == Value::TRUE {
        " used"
    } else {
        ""
    };
    let shown = vm.repr_text(var)?;
    Ok(format!(
        "<Token{used} var={shown} at {}>",
        address(vm, this.value(vm))
    ))
}
fn token_hash(vm: &mut Vm, this: Local) -> Py<()> {
    Err(vm.type_error(format!(
        "unhashable type: '{}'",
        vm.type_name_for_error(this.value(vm))
    )))
}
fn token_enter(_: &mut Vm, this: Local) -> Py<Local> {
    Ok(this)
}
fn token_exit(vm: &mut Vm, this: Local, _kind: Local, _val: Local, _tb: Local) -> Py<()> {
    let var = slot_local(vm, this, TOKEN_VAR);
    var_reset(vm, var, this)
}
static MISSING: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "Token.MISSING",
    layout: Layout::Slots(0),
    flags: TypeFlags::NO_NEW,
    methods: methods! { "__repr__(self, /)" => leaf missing_repr(this), "Return repr(self)."; },
    ..TypeDef::EMPTY
};
fn missing_repr(_: &Vm, _this: Value<'_>) -> Py<&'static str> {
    Ok("<Token.MISSING>")
}

//! `_weakref`: references that do not keep their referent alive.
//!
//! The heap has weak references as a kind of its own (`Kind::WeakRef`); `ref` is the class of exactly these, and an instance of a subclass wraps one and
//! is registered as its owner, which callbacks get. A proxy is an instance whose slot 0 holds such a reference, with the proxy as owner.

use crate::support::*;
use mesapy_heap::WeakRef;

mod proxy;

pub static MODULE: NativeModule = NativeModule {
    name: "_weakref",
    doc: "Weak-reference support module.",
    functions: methods! {
        "getweakrefcount(object, /)" => static leaf getweakrefcount(object), "Return the number of weak references to 'object'.";
        "getweakrefs(object, /)" => static leaf getweakrefs(object), "Return a list of all weak reference objects pointing to 'object'.";
        "_remove_dead_weakref(dct, key, /)" => static calls remove_dead(dict, key), "Atomically remove key from dict if it points to a dead weakref.";
        "proxy(object, callback=None, /)" => static calls new_proxy(object, callback), "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.";
    },
    types: &[&REF, &proxy::PROXY, &proxy::CALLABLE_PROXY],
    init: Some(init),
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let class = vm.type_object(&REF).value();
    set_global(vm, dict, "ref", class)
}

pub static REF: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "weakref.ReferenceType",
    doc: "",
    layout: Layout::Kind(Kind::WeakRef),
    flags: BASE,
    methods: methods! {
        "__new__(cls, ...)" => static calls ref_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, ...)" => calls ref_init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
        "__call__(self, /)" => leaf ref_call(this), "Call self as a function.";
        "__repr__(self, /)" => calls ref_repr(this), "Return repr(self).";
        "__hash__(self, /)" => calls ref_hash(this), "Return hash(self).";
        "__eq__(self, value, /)" => calls ref_eq(this, value), "Return self==value.";
        "__ne__(self, value, /)" => calls ref_ne(this, value), "Return self!=value.";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    },
    getset: &[GetSet {
        name: "__callback__",
        get: get_callback,
        set: None,
        doc: "",
    }],
    ..TypeDef::EMPTY
};

fn weak<'v>(vm: &'v Vm, this: Local) -> Py<WeakRef<'v>> {
    this.value(vm)
        .as_weakref(vm)
        .ok_or_else(|| vm.type_error("a weak reference is needed"))
}
/// Raises if weak references to the value are not possible.
fn check_target<'v>(vm: &'v Vm, target: Value<'v>) -> Py<Obj<'v>> {
    match target.as_obj() {
        Some(o) if vm.is_weakly_referenceable(target) => Ok(o),
        _ => Err(vm.type_error(format!(
            "cannot create weak reference to '{}' object",
            vm.type_name_for_error(target)
        ))),
    }
}
fn callback_or_empty<'v>(callback: Value<'v>) -> Value<'v> {
    if callback.is_none() {
        Value::EMPTY
    } else {
        callback
    }
}

fn ref_new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let class = object::check_new_class(vm, cls, &REF)?;
    let exact = class == vm.type_object(&REF);
    if exact {
        no_keywords(vm, "ref", kwargs)?;
    }
    arity(vm, "__new__", args, 1, 2)?;
    let target = check_target(vm, tuple_at(vm, args, 0))?;
    let callback = callback_or_empty(tuple_at(vm, args, 1));
    if exact && callback.is_empty() {
        // All references without a callback are one.
        let shared = vm
            .weakrefs_of(target)
            .into_iter()
            .find(|w| w.callback(vm).is_empty() && w.owner(vm).is_empty());
        if let Some(w) = shared {
            return Ok(vm.ret(w.value()));
        }
    }
    let made = vm.new_weakref(target, callback)?;
    if exact {
        return Ok(vm.ret(made.value()));
    }
    let wrapped = object::wrap(vm, class, made.value())?;
    if let Some(owner) = wrapped.as_obj() {
        made.set_owner(vm, owner);
    }
    Ok(vm.ret(wrapped))
}
fn ref_init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    if vm.is_exactly(this.value(vm), &REF) {
        no_keywords(vm, "ref", kwargs)?;
    }
    arity(vm, "__init__", args, 1, 2)?;
    Ok(())
}
fn ref_call<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(vm.weakref_target(this).unwrap_or(Value::NONE))
}
/// `'type' at 0x… (name)`, as references and proxies show their referent.
fn shown_target(vm: &mut Vm, target: Local) -> Py<String> {
    // An instance that has no such name is not asked what it makes of it.
    let named = {
        let vm: &Vm = vm;
        let class = vm.type_of(target.value(vm));
        vm.type_lookup(class, vm.intern(b"__name__")).is_some()
    };
    let name = match named {
        true => vm.lookup_attr_str(target, "__name__")?,
        false => None,
    };
    let name = name
        .map(|r| r.keep(vm))
        .filter(|n| n.value(vm).as_str(vm).is_some())
        .map(|n| format!(" ({})", vm.text_of(n.value(vm))));
    let value = target.value(vm);
    Ok(format!(
        "'{}' at {}{}",
        vm.type_name_for_error(value),
        address(vm, value),
        name.unwrap_or_default()
    ))
}
fn ref_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let at = address(vm, this.value(vm));
    match vm.weakref_target(this.value(vm)).map(|t| vm.local(t)) {
        Some(target) => Ok(format!(
            "<weakref at {at}; to {}>",
            shown_target(vm, target)?
        )),
        None => Ok(format!("<weakref at {at}; dead>")),
    }
}
fn ref_hash(vm: &mut Vm, this: Local) -> Py<i64> {
    if let Some(h) = weak(vm, this)?.hash(vm).as_i64(vm) {
        return Ok(h);
    }
    let Some(target) = vm.weakref_target(this.value(vm)).map(|t| vm.local(t)) else {
        return Err(vm.type_error("weak object has gone away"));
    };
    let h = vm.hash(target)?;
    weak(vm, this)?.set_hash(vm, vm.int(h));
    Ok(h)
}
/// References are compared by their referents while both live, then by identity.
fn compare(vm: &mut Vm, this: Local, other: Local, op: mesapy_bytecode::CmpOp) -> Py<Ret> {
    if other.value(vm).as_weakref(vm).is_none() {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let targets = {
        let vm: &Vm = vm;
        vm.weakref_target(this.value(vm))
            .zip(vm.weakref_target(other.value(vm)))
            .map(|(a, b)| (vm.local(a), vm.local(b)))
    };
    match targets {
        Some((a, b)) => vm.rich_compare(a, b, op),
        None => {
            let same = this.value(vm) == other.value(vm);
            Ok(vm.ret(Value::bool(same == (op == mesapy_bytecode::CmpOp::Eq))))
        }
    }
}
fn ref_eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, mesapy_bytecode::CmpOp::Eq)
}
fn ref_ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, mesapy_bytecode::CmpOp::Ne)
}
fn get_callback(vm: &mut Vm, this: Local) -> Py<Ret> {
    let reference = weak(vm, this)?;
    let callback = reference.callback(vm);
    Ok(
        vm.ret(if callback.is_empty() || reference.target(vm).is_none() {
            Value::NONE
        } else {
            callback
        }),
    )
}

fn getweakrefcount(vm: &Vm, object: Value<'_>) -> Py<usize> {
    Ok(object.as_obj().map_or(0, |o| vm.weakrefs_of(o).len()))
}
/// The objects that Python sees for the references to a value.
fn faces<'v>(vm: &'v Vm, object: Value<'v>) -> Vec<Value<'v>> {
    object.as_obj().map_or_else(Vec::new, |o| {
        vm.weakrefs_of(o)
            .into_iter()
            .map(|w| w.owner(vm).non_empty().unwrap_or(w.value()))
            .collect()
    })
}
fn getweakrefs<'v>(vm: &'v Vm, object: Value<'v>) -> Py<List<'v>> {
    let all = faces(vm, object);
    // Those that are shared come first, then from the newest on.
    let is_shared = |face: &Value<'v>| {
        let plain = vm
            .weakref_behind(*face)
            .is_some_and(|w| w.callback(vm).is_empty());
        plain && (vm.is_exactly(*face, &REF) || proxy::is_proxy(vm, *face))
    };
    let (mut order, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_shared);
    order.extend(others.into_iter().rev());
    Ok(vm.new_list(&order)?)
}
fn remove_dead(vm: &mut Vm, dict: Local<k::Dict>, key: Local) -> Py<()> {
    let Some(found) = vm.dict_get(dict.any(), key)?.map(|r| r.keep(vm)) else {
        return Ok(());
    };
    let found = found.value(vm);
    if found.as_weakref(vm).is_none() {
        return Err(vm.type_error("not a weakref"));
    }
    if vm.weakref_target(found).is_none() {
        vm.dict_del(dict.any(), key)?;
    }
    Ok(())
}
fn new_proxy(vm: &mut Vm, target: Local, callback: Option<Local>) -> Py<Ret> {
    let vm: &Vm = vm;
    let o = check_target(vm, target.value(vm))?;
    let callback = callback.map_or(Value::EMPTY, |c| callback_or_empty(c.value(vm)));
    if callback.is_empty() {
        let shared = vm.weakrefs_of(o).into_iter().find(|w| {
            w.callback(vm).is_empty()
                && w.owner(vm)
                    .non_empty()
                    .is_some_and(|owner| proxy::is_proxy(vm, owner))
        });
        if let Some(w) = shared {
            return Ok(vm.ret(w.owner(vm)));
        }
    }
    let def = if vm.is_callable(o.value()) {
        &proxy::CALLABLE_PROXY
    } else {
        &proxy::PROXY
    };
    let made = object::new_native_instance(vm, def)?;
    let w = vm.new_weakref(o, callback)?;
    w.set_owner(vm, made);
    made.set_slot(vm, proxy::REFERENCE, w.value());
    Ok(vm.ret(made.value()))
}

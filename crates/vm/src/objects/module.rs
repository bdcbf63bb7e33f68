//! Module objects. A module is an instance with one native slot: its dict.

use crate::layout::module;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::{GetSet, Method};
use crate::objects::{exceptions as exc, object};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Dict, Kind, Obj, Value};

pub static MODULE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "module",
    doc: "Create a module object.",
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE.with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

pub fn is_module(vm: &Vm, value: Value<'_>) -> bool {
    value
        .as_obj()
        .is_some_and(|o| o.kind(vm) == Kind::Instance && o.layout(vm) == MODULE.id.get().0)
}
/// A fresh module with the attributes that every module has.
pub fn new_module<'v>(vm: &'v Vm, name: &str) -> Py<Obj<'v>> {
    let o = object::new_native_instance(vm, &MODULE)?;
    let dict = vm.new_dict();
    o.set_slot(vm, module::DICT, dict.value());
    let n = &vm.roots.names;
    dict.set_str(vm, n.name(vm), vm.intern(name.as_bytes()).value())?;
    for key in [n.doc(vm), n.package(vm), n.loader(vm), n.spec(vm)] {
        dict.set_str(vm, key, Value::NONE)?;
    }
    Ok(o)
}
pub fn module_dict<'v>(vm: &'v Vm, value: Value<'v>) -> Option<Dict<'v>> {
    value
        .as_obj()
        .filter(|_| is_module(vm, value))
        .and_then(|o| o.slot(vm, module::DICT).as_dict(vm))
}

static METHODS: &[Method] = crate::methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls module_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, name, doc=None)" => calls module_init(this, name, doc), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls module_repr(this), "Return repr(self).";
    "__getattribute__(self, name, /)" => calls module_getattribute(this, name), "Return getattr(self, name).";
    "__dir__(self, /)" => calls module_dir(this), "__dir__() -> list\nspecialized dir() implementation";
};
fn module_new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Ret> {
    let class = object::check_new_class(vm, cls, &MODULE)?;
    let made = object::instantiate(vm, class)?;
    if let Some(o) = made.as_obj() {
        o.set_slot(vm, module::DICT, vm.new_dict().value());
    }
    Ok(vm.ret(made))
}
fn module_init(vm: &mut Vm, this: Local, name: Local<k::Str>, doc: Option<Local>) -> Py<()> {
    let vm: &Vm = vm;
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    let dict = match o.slot(vm, module::DICT).as_dict(vm) {
        Some(d) => d,
        None => {
            let d = vm.new_dict();
            o.set_slot(vm, module::DICT, d.value());
            d
        }
    };
    let n = &vm.roots.names;
    dict.set_str(vm, n.name(vm), name.value(vm))?;
    dict.set_str(vm, n.doc(vm), doc.map_or(Value::NONE, |d| d.value(vm)))?;
    for key in [n.package(vm), n.loader(vm), n.spec(vm)] {
        dict.set_str(vm, key, Value::NONE)?;
    }
    Ok(())
}
/// As importlib's `_module_repr` gives it.
fn module_repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let bootstrap = vm
        .roots
        .modules(vm)
        .as_dict(vm)
        .and_then(|m| m.get_str(vm, vm.intern(b"_frozen_importlib")));
    if let Some(b) = bootstrap {
        let b = vm.local(b);
        return vm.call_method(b, "_module_repr", &[this]);
    }
    let name = module_dict(vm, this.value(vm)).and_then(|d| d.get_str(vm, vm.roots.names.name(vm)));
    let text = format!(
        "<module '{}'>",
        name.map_or("?".to_string(), |n| vm.text_of(n))
    );
    let word = vm.new_str(text.as_bytes())?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
/// What a module's own `__getattr__` makes of a name that it lacks; None if it has no such function.
pub(crate) fn module_getattr(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<Option<Ret>> {
    let Some(dict) = module_dict(vm, this.value(vm)) else {
        return Ok(None);
    };
    let Some(f) = dict.get_str(vm, vm.roots.names.getattr(vm)) else {
        return Ok(None);
    };
    let f = vm.local(f);
    vm.call(f, &[name.any()]).map(Some)
}
fn module_getattribute(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<Ret> {
    vm.intern_local(name);
    if let Some(ret) = vm.generic_lookup(this, name)? {
        return Ok(ret);
    }
    match module_getattr(vm, this, name)? {
        Some(ret) => Ok(ret),
        None => Err(vm.no_attribute(this, name)),
    }
}
/// "module 'x' has no attribute 'y'", with what is known of half-imported modules.
pub(crate) fn no_attribute_text(vm: &Vm, this: Value<'_>, attribute: &str) -> Option<String> {
    let dict = module_dict(vm, this)?;
    let n = &vm.roots.names;
    let name = dict
        .get_str(vm, n.name(vm))
        .filter(|v| v.as_str(vm).is_some());
    let Some(name) = name else {
        return Some(format!("module has no attribute '{attribute}'"));
    };
    let name = vm.text_of(name);
    let initializing = dict
        .get_str(vm, n.spec(vm))
        .and_then(|s| vm.own_attr(s, n.initializing(vm)))
        == Some(Value::TRUE);
    if initializing {
        let submodule = vm
            .roots
            .modules(vm)
            .as_dict(vm)
            .and_then(|m| m.get_str(vm, vm.intern(format!("{name}.{attribute}").as_bytes())));
        if submodule.is_some() {
            return Some(format!(
                "cannot access submodule '{attribute}' of module '{name}' (most likely due to a circular import)"
            ));
        }
        return Some(format!(
            "partially initialized module '{name}' has no attribute '{attribute}' (most likely due to a circular import)"
        ));
    }
    Some(format!("module '{name}' has no attribute '{attribute}'"))
}
fn module_dir(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = vm.get_attr_str(this, "__dict__")?.keep(vm);
    let Some(d) = dict.value(vm).as_dict(vm) else {
        return Err(vm.type_error("<module>.__dict__ is not a dictionary"));
    };
    if let Some(f) = d.get_str(vm, vm.roots.names.dir(vm)) {
        let f = vm.local(f);
        return vm.call(f, &[]);
    }
    vm.list_from_iterable(dict)
}
fn dict_local(vm: &Vm, this: Local) -> Py<Local<k::Dict>> {
    match module_dict(vm, this.value(vm)) {
        Some(d) => Ok(vm.local_of(d.value())),
        None => Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "module has no __dict__")),
    }
}
/// `__annotations__`, computed by `__annotate__` when first asked for.
fn annotations(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = dict_local(vm, this)?;
    if let Some(v) = dict.get(vm).get_str(vm, vm.roots.names.annotations(vm)) {
        return Ok(vm.ret(v));
    }
    let annotate = dict
        .get(vm)
        .get_str(vm, vm.roots.names.annotate(vm))
        .filter(|v| !v.is_none());
    let fresh = match annotate {
        Some(f) => {
            let f = vm.local(f);
            let format = vm.local(vm.int(1));
            let made = vm.call(f, &[format])?.keep(vm);
            if made.value(vm).as_dict(vm).is_none() {
                return Err(vm.type_error(format!(
                    "__annotate__ returned non-dict of type '{}'",
                    vm.type_name_for_error(made.value(vm))
                )));
            }
            made
        }
        None => vm.local(vm.new_dict().value()),
    };
    // While the module still runs there may be more to come.
    if !crate::import::initializing(vm, this.value(vm)) {
        let d = dict.get(vm);
        d.set_str(vm, vm.roots.names.annotations(vm), fresh.value(vm))?;
    }
    Ok(vm.ret(fresh.value(vm)))
}
fn set_annotations(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let dict = dict_local(vm, this)?.get(vm);
    let name = vm.roots.names.annotations(vm);
    if value.value(vm).is_empty() {
        if !dict.del_str(vm, name) {
            return Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "__annotations__"));
        }
    } else {
        dict.set_str(vm, name, value.value(vm))?;
    }
    dict.del_str(vm, vm.roots.names.annotate(vm));
    Ok(())
}
fn annotate(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = dict_local(vm, this)?;
    let v = dict
        .get(vm)
        .get_str(vm, vm.roots.names.annotate(vm))
        .unwrap_or(Value::NONE);
    Ok(vm.ret(v))
}
fn set_annotate(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let dict = dict_local(vm, this)?.get(vm);
    let v = value.value(vm);
    if v.is_empty() {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    }
    if !v.is_none() && !vm.is_callable(v) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    dict.set_str(vm, vm.roots.names.annotate(vm), v)?;
    if !v.is_none() {
        dict.del_str(vm, vm.roots.names.annotations(vm));
    }
    Ok(())
}
static GETSET: &[GetSet] = &[
    GetSet {
        name: "__dict__",
        get: |vm, this| dict_local(vm, this).map(|d| vm.ret(d.value(vm))),
        set: None,
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
        get: annotate,
        set: Some(set_annotate),
        doc: "",
    },
];

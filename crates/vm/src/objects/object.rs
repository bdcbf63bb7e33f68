//! `object`: the root of all types, and making instances.

use crate::dunder::Dunder;
use crate::layout::types;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::{GetSet, Method};
use crate::objects::{exceptions as exc, type_};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value};

pub static OBJECT: TypeDef = TypeDef {
    id: TypeIdCell::fixed(0),
    name: "object",
    doc: "The base class of the class hierarchy.",
    base: None,
    layout: Layout::Slots(0),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: GETSET,
    members: &[],
    iternext: None,
    endless: None,
};

/// `__next__` of native iterators that are stepped by `TypeDef::iternext`.
pub static NEXT_METHOD: &[Method] = crate::methods! {
    "__next__(self, /)" => calls native_next(this), "Implement next(self).";
};
fn native_next(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.stop_value.set(Value::NONE.word());
    // The layout's own step: `vm.next` would call an override, which may be what is calling here.
    let id = this.value(vm).as_obj().map_or(0, |o| o.layout(vm));
    let step = vm
        .type_defs
        .get(id as usize)
        .copied()
        .flatten()
        .and_then(|d| d.iternext);
    let more = match step {
        Some(step) => step(vm, this)?,
        None => vm.next(this)?,
    };
    if more {
        let word = vm.ret.get();
        return Ok(vm.ret(word.value(vm)));
    }
    let value = vm.stop_value.get();
    Err(vm.stop_iteration(value.value(vm)))
}

static METHODS: &[Method] = crate::methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls object_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, *args, **kwargs)" => calls object_init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls object_repr(this), "Return repr(self).";
    "__str__(self, /)" => calls object_str(this), "Return str(self).";
    "__hash__(self, /)" => leaf object_hash(this), "Return hash(self).";
    "__eq__(self, value, /)" => leaf object_eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls object_ne(this, value), "Return self!=value.";
    "__lt__(self, value, /)" => leaf unordered(this, value), "Return self<value.";
    "__le__(self, value, /)" => leaf unordered(this, value), "Return self<=value.";
    "__gt__(self, value, /)" => leaf unordered(this, value), "Return self>value.";
    "__ge__(self, value, /)" => leaf unordered(this, value), "Return self>=value.";
    "__getattribute__(self, name, /)" => calls object_getattribute(this, name), "Return getattr(self, name).";
    "__setattr__(self, name, value, /)" => calls object_setattr(this, name, value), "Implement setattr(self, name, value).";
    "__delattr__(self, name, /)" => calls object_delattr(this, name), "Implement delattr(self, name).";
    "__format__(self, format_spec, /)" => calls object_format(this, spec), "Default object formatter.";
    "__dir__(self, /)" => calls object_dir(this), "Default dir() implementation.";
    "__sizeof__(self, /)" => leaf object_sizeof(this), "Size of object in memory, in bytes.";
    "__reduce__(self, /)" => calls object_reduce(this), "Helper for pickle.";
    "__reduce_ex__(self, protocol, /)" => calls object_reduce_ex(this, protocol), "Helper for pickle.";
    "__getstate__(self, /)" => calls object_getstate(this), "Helper for pickle.";
    "__init_subclass__(type, /, *args, **kwargs)" => class calls object_init_subclass(cls, args, kwargs), "This method is called when a class is subclassed.";
    "__subclasshook__(type, object, /)" => class leaf object_subclasshook(cls, object), "Abstract classes can override this to customize issubclass().";
};

/// A fresh instance of a class whose instances are plain or have native slots; `object.__new__` without its checks.
#[inline]
pub fn instantiate<'v>(vm: &'v Vm, class: Obj<'v>) -> Py<Value<'v>> {
    let Some(shape) = vm
        .field(class, types::ROOT_SHAPE)
        .value(vm)
        .as_exact_shape(vm)
    else {
        return Err(vm.type_error("the class is not ready"));
    };
    let layout = vm.field(class, types::LAYOUT).as_small_int().unwrap_or(0) as u16;
    let flags = vm.type_flags(class);
    let o = if flags.has(Flags::WRAPPED) {
        vm.new_wrapped(shape, layout, Value::NONE)
    } else {
        vm.new_instance(shape, layout)
    };
    if flags.has(Flags::FINALIZER) {
        vm.register_finalizer(o);
    }
    Ok(o.value())
}
/// An instance of a Python subclass of a builtin, around the exact builtin value.
pub fn wrap<'v>(vm: &'v Vm, class: Obj<'v>, exact: Value<'v>) -> Py<Value<'v>> {
    let made = instantiate(vm, class)?;
    if let Some(o) = made.as_obj() {
        o.set_slot(vm, 0, exact);
    }
    Ok(made)
}
/// A fresh instance of a native type with slots.
pub fn new_native_instance<'v>(vm: &'v Vm, def: &'static TypeDef) -> Py<Obj<'v>> {
    instantiate(vm, vm.type_object(def))?
        .as_obj()
        .ok_or(Raised(()))
}
/// A fresh instance of a native type whose first slots hold these values.
pub fn new_native_of<'v, const N: usize>(
    vm: &'v Vm,
    def: &'static TypeDef,
    first: [Value<'_>; N],
) -> Py<Obj<'v>> {
    let class = vm.type_object(def);
    let shape = vm.field(class, types::ROOT_SHAPE).value(vm);
    let flags = vm.type_flags(class);
    match shape.as_exact_shape(vm) {
        Some(shape) if !flags.has(Flags::WRAPPED) && !flags.has(Flags::FINALIZER) => {
            let layout = vm.field(class, types::LAYOUT).as_small_int().unwrap_or(0) as u16;
            Ok(vm.new_instance_of(shape, layout, first))
        }
        _ => {
            let made = new_native_instance(vm, def)?;
            made.set_first_slots(vm, first);
            Ok(made)
        }
    }
}
/// The class argument of a `__new__`: a type that is a subclass of `def`, with CPython's errors.
pub fn check_new_class<'v>(vm: &'v Vm, cls: Local, def: &'static TypeDef) -> Py<Obj<'v>> {
    let name = def.short_name();
    let Some(class) = cls.value(vm).as_obj().filter(|o| o.kind(vm) == Kind::Type) else {
        return Err(vm.type_error(format!(
            "{name}.__new__(X): X is not a type object ({})",
            vm.type_name_for_error(cls.value(vm))
        )));
    };
    if !vm.is_subtype(class, vm.type_object(def)) {
        let got = vm.tp_name(class);
        return Err(vm.type_error(format!(
            "{name}.__new__({got}): {got} is not a subtype of {name}"
        )));
    }
    Ok(class)
}
pub(crate) fn new_plain_object(vm: &Vm) -> Value<'_> {
    instantiate(vm, vm.type_object(&OBJECT)).unwrap_or(Value::NONE)
}

fn excess(vm: &Vm, args: Local, kwargs: Local) -> bool {
    args.value(vm).as_tuple(vm).is_some_and(|t| t.len(vm) > 0)
        || kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0)
}
fn overrides(vm: &Vm, class: Obj<'_>, dunder: Dunder) -> bool {
    vm.special(class, dunder) != vm.special(vm.type_object(&OBJECT), dunder)
}
fn object_new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let class = check_new_class(vm, cls, &OBJECT)?;
    if excess(vm, args, kwargs) {
        if overrides(vm, class, Dunder::New) {
            return Err(vm.type_error(
                "object.__new__() takes exactly one argument (the type to instantiate)",
            ));
        }
        if !overrides(vm, class, Dunder::Init) {
            return Err(vm.type_error(format!("{}() takes no arguments", vm.tp_name(class))));
        }
    }
    let flags = vm.type_flags(class);
    if flags.has(Flags::NO_NEW) {
        return Err(vm.type_error(format!("cannot create '{}' instances", vm.tp_name(class))));
    }
    if flags.has(Flags::ABSTRACT) {
        return Err(abstract_error(vm, cls)?);
    }
    // A native base has a `__new__` of its own, which must not be passed by.
    let base = native_base(vm, class);
    if base != vm.type_object(&OBJECT)
        && vm.special(base, Dunder::New) != vm.special(vm.type_object(&OBJECT), Dunder::New)
        || flags.has(Flags::META)
    {
        let (c, b) = (vm.tp_name(class), vm.tp_name(base));
        return Err(vm.type_error(format!(
            "object.__new__({c}) is not safe, use {b}.__new__()"
        )));
    }
    let word = instantiate(vm, class)?.word();
    vm.ret.set(word);
    Ok(Ret(()))
}
/// The nearest base that is no class of Python code. CPython: Objects/typeobject.c, tp_new_wrapper.
fn native_base<'v>(vm: &'v Vm, class: Obj<'v>) -> Obj<'v> {
    let mut base = class;
    while vm.type_flags(base).has(Flags::HEAP) {
        match base.slot(vm, types::BASE).as_obj() {
            Some(next) => base = next,
            None => break,
        }
    }
    base
}
fn abstract_error(vm: &mut Vm, cls: Local) -> Py<Raised> {
    let names = vm.get_attr_str(cls, "__abstractmethods__")?.keep(vm);
    let list = vm.list_from_iterable(names)?.keep(vm);
    let sort = vm.get_attr_str(list, "sort")?.keep(vm);
    let _: Ret = vm.call(sort, &[])?;
    let items: Vec<String> = list
        .value(vm)
        .as_list(vm)
        .map(|l| l.to_vec(vm))
        .unwrap_or_default()
        .into_iter()
        .map(|v| format!("'{}'", vm.text_of(v)))
        .collect();
    let plural = if items.len() == 1 { "" } else { "s" };
    let name = vm.type_short_name(cls.value(vm));
    Ok(vm.type_error(format!("Can't instantiate abstract class {name} without an implementation for abstract method{plural} {}", items.join(", "))))
}
fn object_init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    if !excess(vm, args, kwargs) {
        return Ok(());
    }
    let class = vm.type_of(this.value(vm));
    if overrides(vm, class, Dunder::Init) {
        return Err(vm.type_error(
            "object.__init__() takes exactly one argument (the instance to initialize)",
        ));
    }
    if !overrides(vm, class, Dunder::New) {
        return Err(vm.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            vm.tp_name(class)
        )));
    }
    Ok(())
}
fn object_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let class = vm.local(vm.type_of(this.value(vm)).value());
    let id = vm.id(this.value(vm));
    let module = vm
        .lookup_attr_str(class, "__module__")?
        .map(|r| vm.text_of(r.get(vm)))
        .unwrap_or_default();
    let qualname = class
        .value(vm)
        .as_obj()
        .map_or(String::new(), |c| vm.text_of(c.slot(vm, types::QUALNAME)));
    Ok(if module.is_empty() || module == "builtins" {
        format!("<{qualname} object at {id:#x}>")
    } else {
        format!("<{module}.{qualname} object at {id:#x}>")
    })
}
fn object_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.repr(this)
}
fn object_hash(vm: &Vm, this: Value<'_>) -> Py<i64> {
    Ok(super::hash::of_identity(vm, this))
}
fn object_eq<'v>(_: &'v Vm, this: Value<'v>, other: Value<'v>) -> Py<Value<'v>> {
    Ok(if this == other {
        Value::TRUE
    } else {
        Value::NOT_IMPLEMENTED
    })
}
/// The opposite of `__eq__`.
fn object_ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    match vm.call_dunder(this, Dunder::Eq, &[other])? {
        Some(ret) => {
            let result = ret.keep(vm);
            if result.value(vm) == Value::NOT_IMPLEMENTED {
                return Ok(vm.ret(Value::NOT_IMPLEMENTED));
            }
            let same = vm.truth(result)?;
            Ok(vm.ret(Value::bool(!same)))
        }
        None => Ok(vm.ret(Value::NOT_IMPLEMENTED)),
    }
}
fn unordered<'v>(_: &'v Vm, _this: Value<'v>, _other: Value<'v>) -> Py<Value<'v>> {
    Ok(Value::NOT_IMPLEMENTED)
}
fn attribute_name(vm: &Vm, name: Local) -> Py<Local<k::Str>> {
    name.cast(vm).ok_or_else(|| {
        vm.type_error(format!(
            "attribute name must be string, not '{}'",
            vm.type_name_for_error(name.value(vm))
        ))
    })
}
pub fn object_getattribute(vm: &mut Vm, this: Local, name: Local) -> Py<Ret> {
    let name = attribute_name(vm, name)?;
    vm.intern_local(name);
    match vm.generic_lookup(this, name)? {
        Some(ret) => Ok(ret),
        None => Err(vm.no_attribute(this, name)),
    }
}
fn object_setattr(vm: &mut Vm, this: Local, name: Local, value: Local) -> Py<()> {
    let name = attribute_name(vm, name)?;
    if vm.is_type(this.value(vm)) {
        let class = vm.type_name_for_error(this.value(vm));
        return Err(vm.type_error(format!("can't apply this __setattr__ to {class} object")));
    }
    vm.generic_set_attr(this, name, value)
}
fn object_delattr(vm: &mut Vm, this: Local, name: Local) -> Py<()> {
    let name = attribute_name(vm, name)?;
    if vm.is_type(this.value(vm)) {
        let class = vm.type_name_for_error(this.value(vm));
        return Err(vm.type_error(format!("can't apply this __delattr__ to {class} object")));
    }
    let empty = vm.local(Value::EMPTY);
    vm.generic_set_attr(this, name, empty)
}
fn object_format(vm: &mut Vm, this: Local, spec: Local<k::Str>) -> Py<Ret> {
    if spec.get(vm).byte_len(vm) > 0 {
        return Err(vm.type_error(format!(
            "unsupported format string passed to {}.__format__",
            vm.type_name_for_error(this.value(vm))
        )));
    }
    vm.str(this)
}
/// Names from the instance, its class and the class's bases.
fn object_dir(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = match vm.lookup_attr_str(this, "__dict__")? {
        Some(d) => Some(d.keep(vm)).filter(|d| d.value(vm).as_dict(vm).is_some()),
        None => None,
    };
    let names = vm.local(vm.new_dict().value());
    if let Some(d) = dict {
        crate::objects::dict::merge(vm, names, d)?;
    }
    if let Some(class) = vm.lookup_attr_str(this, "__class__")?.map(|r| r.keep(vm)) {
        type_::merge_class_names(vm, names, class)?;
    }
    vm.list_from_iterable(names)
}
fn object_sizeof(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(vm.size_of(this))
}
fn object_init_subclass(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<()> {
    if args.value(vm).as_tuple(vm).is_some_and(|t| t.len(vm) > 0) {
        return Err(vm.type_error("object.__init_subclass__() takes no arguments"));
    }
    if kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0) {
        return Err(vm.type_error(format!(
            "{}.__init_subclass__() takes no keyword arguments",
            vm.type_short_name(cls.value(vm))
        )));
    }
    Ok(())
}
fn object_subclasshook<'v>(_: &'v Vm, _cls: Value<'v>, _object: Value<'v>) -> Py<Value<'v>> {
    Ok(Value::NOT_IMPLEMENTED)
}

// ---- pickling

fn copyreg_call(vm: &mut Vm, name: &str, args: &[Local]) -> Py<Ret> {
    let module = crate::import::import_module(vm, "copyreg")?;
    let f = vm.get_attr_str(module, name)?.keep(vm);
    vm.call(f, args)
}
fn object_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let protocol = vm.local(vm.int(0));
    copyreg_call(vm, "_reduce_ex", &[this, protocol])
}
fn object_reduce_ex(vm: &mut Vm, this: Local, protocol: i64) -> Py<Ret> {
    // A class that overrides __reduce__ is asked.
    let class = vm.type_of(this.value(vm));
    let name = vm.intern(b"__reduce__");
    let own = vm.type_lookup(class, name);
    let base = vm.type_lookup(vm.type_object(&OBJECT), name);
    if own != base {
        return vm.call_method(this, "__reduce__", &[]);
    }
    if protocol >= 2 {
        return reduce_newobj(vm, this);
    }
    let protocol = vm.local(vm.int(protocol));
    copyreg_call(vm, "_reduce_ex", &[this, protocol])
}
/// Protocol 2: `copyreg.__newobj__` or `__newobj_ex__` with the arguments that the class names, state, list and dict items.
fn reduce_newobj(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = vm.local(vm.type_of(this.value(vm)).value());
    let [args, kwargs] = vm.locals([Value::NONE, Value::NONE]);
    let mut with_kwargs = false;
    let mut has_args = true;
    if let Some(f) = vm
        .special_method(this, "__getnewargs_ex__")?
        .map(|r| r.keep(vm))
    {
        let pair = vm.call(f, &[])?.keep(vm);
        let vm: &Vm = vm;
        let Some(t) = pair.value(vm).as_tuple(vm) else {
            return Err(vm.type_error(format!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                vm.type_name_for_error(pair.value(vm))
            )));
        };
        if t.len(vm) != 2 {
            return Err(vm.value_error(format!(
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                t.len(vm)
            )));
        }
        let (a, kw) = (
            t.at(vm, 0).unwrap_or(Value::NONE),
            t.at(vm, 1).unwrap_or(Value::NONE),
        );
        if a.as_tuple(vm).is_none() {
            return Err(vm.type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                vm.type_name_for_error(a)
            )));
        }
        let Some(d) = kw.as_dict(vm) else {
            return Err(vm.type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                vm.type_name_for_error(kw)
            )));
        };
        with_kwargs = d.len(vm) > 0;
        args.set(vm, a);
        kwargs.set(vm, kw);
    } else if let Some(f) = vm
        .special_method(this, "__getnewargs__")?
        .map(|r| r.keep(vm))
    {
        vm.call(f, &[])?.put(vm, args);
        if args.value(vm).as_tuple(vm).is_none() {
            return Err(vm.type_error(format!(
                "__getnewargs__ should return a tuple, not '{}'",
                vm.type_name_for_error(args.value(vm))
            )));
        }
    } else {
        has_args = false;
        args.set(vm, vm.roots.empty_tuple(vm));
    }
    let required =
        !has_args && this.value(vm).as_list(vm).is_none() && this.value(vm).as_dict(vm).is_none();
    let state = getstate(vm, this, required)?.keep(vm);
    let module = crate::import::import_module(vm, "copyreg")?;
    let maker = vm
        .get_attr_str(
            module,
            if with_kwargs {
                "__newobj_ex__"
            } else {
                "__newobj__"
            },
        )?
        .keep(vm);
    let none = vm.local(Value::NONE);
    let list_items = if this.value(vm).as_list(vm).is_some() {
        vm.iter(this)?.keep(vm)
    } else {
        none
    };
    let dict_items = if this.value(vm).as_dict(vm).is_some() {
        let items = vm.call_method(this, "items", &[])?.keep(vm);
        vm.iter(items)?.keep(vm)
    } else {
        none
    };
    let vm: &Vm = vm;
    let made_args = if with_kwargs {
        vm.new_tuple(&[class.value(vm), args.value(vm), kwargs.value(vm)])?
    } else {
        let mut all = vec![class.value(vm)];
        all.extend(
            args.value(vm)
                .as_tuple(vm)
                .into_iter()
                .flat_map(|t| t.iter(vm).collect::<Vec<_>>()),
        );
        vm.new_tuple(&all)?
    };
    let result = vm.new_tuple(&[
        maker.value(vm),
        made_args.value(),
        state.value(vm),
        list_items.value(vm),
        dict_items.value(vm),
    ])?;
    Ok(vm.ret(result.value()))
}
fn object_getstate(vm: &mut Vm, this: Local) -> Py<Ret> {
    default_getstate(vm, this, false)
}
fn getstate(vm: &mut Vm, this: Local, required: bool) -> Py<Ret> {
    let class = vm.type_of(this.value(vm));
    let name = vm.intern(b"__getstate__");
    if vm.type_lookup(class, name) != vm.type_lookup(vm.type_object(&OBJECT), name)
        || vm.own_attr(this.value(vm), name).is_some()
    {
        return vm.call_method(this, "__getstate__", &[]);
    }
    default_getstate(vm, this, required)
}
/// The instance's dict, with the values of `__slots__` beside it if there are any.
fn default_getstate(vm: &mut Vm, this: Local, required: bool) -> Py<Ret> {
    let class = vm.local(vm.type_of(this.value(vm)).value());
    if required {
        let c = class.value(vm).as_obj().ok_or(Raised(()))?;
        let base = type_::solid_base(vm, c);
        if base != vm.type_object(&OBJECT)
            && vm.type_flags(base).has(Flags::IMMUTABLE)
            && !crate::objects::is_plain_base(vm, base)
        {
            return Err(vm.type_error(format!(
                "cannot pickle '{}' object",
                vm.type_name_for_error(this.value(vm))
            )));
        }
    }
    let state = match vm.lookup_attr_str(this, "__dict__")? {
        Some(r) => {
            let d = r.keep(vm);
            let empty = d.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) == 0);
            if empty {
                vm.local(Value::NONE)
            } else {
                vm.call_method(d, "copy", &[])?.keep(vm)
            }
        }
        None => vm.local(Value::NONE),
    };
    let names = copyreg_call(vm, "_slotnames", &[class])?.keep(vm);
    let slots = vm.local(vm.new_dict().value());
    let [name, value] = vm.locals([Value::NONE, Value::NONE]);
    if !names.value(vm).is_none() {
        let iterator = vm.iter(names)?.keep(vm);
        while vm.next_into(iterator, name)? {
            let Some(n) = name.cast::<k::Str>(vm) else {
                continue;
            };
            if let Some(r) = vm.lookup_attr(this, n)? {
                r.put(vm, value);
                vm.dict_set(slots, name, value)?;
            }
        }
    }
    if slots.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0) {
        let pair = vm
            .new_tuple(&[state.value(vm), slots.value(vm)])?
            .value()
            .word();
        vm.ret.set(pair);
        return Ok(Ret(()));
    }
    Ok(vm.ret(state.value(vm)))
}

// ---- attributes

fn get_class(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(vm.ret(vm.type_of(this.value(vm)).value()))
}
/// `obj.__class__ = cls`: between Python classes whose instances look alike, and module subclasses.
fn set_class(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let v = value.value(vm);
    if v.is_empty() {
        return Err(vm.type_error("can't delete __class__ attribute"));
    }
    let Some(new) = v.as_obj().filter(|o| o.kind(vm) == Kind::Type) else {
        return Err(vm.type_error(format!(
            "__class__ must be set to a class, not '{}' object",
            vm.type_name_for_error(v)
        )));
    };
    let old = vm.type_of(this.value(vm));
    let is_module = |c: Obj<'_>| vm.is_subtype(c, vm.type_object(&crate::objects::module::MODULE));
    let mutable = |c: Obj<'_>| !vm.type_flags(c).has(Flags::IMMUTABLE);
    let allowed = is_module(old) && is_module(new) || mutable(old) && mutable(new);
    if !allowed {
        return Err(vm.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    let Some(o) = this.value(vm).as_obj() else {
        return Err(vm.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    };
    if !type_::same_instance_layout(vm, old, new) {
        return Err(vm.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            vm.tp_name(new),
            vm.tp_name(old)
        )));
    }
    if o.kind(vm) == Kind::Type {
        if let Some(shape) = new.slot(vm, types::ROOT_SHAPE).as_shape(vm) {
            o.set_shape(vm, shape);
            vm.type_modified(o);
        }
        return Ok(());
    }
    // Attributes live on under the new class's shapes.
    let Some(root) = new.slot(vm, types::ROOT_SHAPE).as_shape(vm) else {
        return Err(vm.type_error("the class is not ready"));
    };
    vm.change_root(o, root)?;
    if vm.type_flags(new).has(Flags::FINALIZER) {
        vm.register_finalizer(o);
    }
    Ok(())
}
static GETSET: &[GetSet] = &[GetSet {
    name: "__class__",
    get: get_class,
    set: Some(set_class),
    doc: "the object's class",
}];

/// `__dict__` of classes whose instances have one.
pub(crate) static DICT_GETSET: GetSet = GetSet {
    name: "__dict__",
    get: get_dict,
    set: Some(set_dict),
    doc: "dictionary for instance variables",
};
/// `__dict__` of native types: it can be replaced, but not deleted.
pub(crate) static NATIVE_DICT_GETSET: GetSet = GetSet {
    name: "__dict__",
    get: get_dict,
    set: Some(|vm, this, value| {
        let exception = vm.is_instance_of(this.value(vm), &exc::BASE_EXCEPTION);
        if value.value(vm).is_empty() && !exception {
            return Err(vm.type_error("cannot delete __dict__"));
        }
        set_dict(vm, this, value)
    }),
    doc: "dictionary for instance variables",
};
pub fn get_dict(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    if o.kind(vm) == Kind::Type {
        return type_::get_dict(vm, this);
    }
    if let Some(d) = vm.own_dict(o) {
        return Ok(vm.ret(d.value()));
    }
    if !vm.type_flags(vm.type_of(o.value())).has(Flags::DICT) {
        let name = vm.roots.names.dict(vm).value();
        let text = format!(
            "'{}' object has no attribute '__dict__'",
            vm.type_name_for_error(this.value(vm))
        );
        return Err(vm.attribute_error(&text, this.value(vm), name));
    }
    let word = vm.attr_dict(o)?.ok_or(Raised(()))?.word();
    vm.ret.set(word);
    Ok(Ret(()))
}
pub fn set_dict(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    // Under a Python class's `__dict__` may stand that of a native base, which can't be set.
    if o.kind(vm) == Kind::Type {
        let name = vm.roots.names.dict(vm).value();
        let text = "attribute '__dict__' of 'type' objects is not writable";
        return Err(vm.attribute_error(text, this.value(vm), name));
    }
    if crate::objects::module::is_module(vm, this.value(vm)) {
        return Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "readonly attribute"));
    }
    let v = value.value(vm);
    if v.is_empty() && vm.is_instance_of(this.value(vm), &exc::BASE_EXCEPTION) {
        return Err(vm.type_error("__dict__ may not be deleted"));
    }
    if v.is_empty() {
        let fresh = vm.new_dict();
        vm.set_attr_dict(o, fresh.value());
        return Ok(());
    }
    let Some(d) = v.as_dict(vm) else {
        return Err(vm.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{}'",
            vm.type_name_for_error(v)
        )));
    };
    vm.set_attr_dict(o, d.value());
    Ok(())
}
/// `__weakref__` of classes whose instances can be referenced weakly.
pub(crate) static WEAKREF_GETSET: GetSet = GetSet {
    name: "__weakref__",
    get: get_weakref,
    set: None,
    doc: "list of weak references to the object",
};
fn get_weakref(vm: &mut Vm, this: Local) -> Py<Ret> {
    let first = this
        .value(vm)
        .as_obj()
        .map_or_else(Vec::new, |o| vm.weakrefs_of(o))
        .first()
        .map(|w| w.word());
    Ok(vm.ret(first.map_or(Value::NONE, |w| w.value(vm))))
}

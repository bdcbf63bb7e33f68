//! `types.GenericAlias`: `list[int]` and what the substitution of type parameters needs (shared with unions and `typing`).

use crate::layout::types;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::iterators::{builtin, myself};
use crate::objects::{exceptions as exc, object, support, tuple, union};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Tuple, Value};

pub static GENERIC_ALIAS: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "types.GenericAlias",
    doc: "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    layout: Layout::Slots(4),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::IMMUTABLE)
        .with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: GETSET,
    members: &[
        ("__origin__", ORIGIN as u16, ""),
        ("__args__", ARGS as u16, ""),
        ("__unpacked__", STARRED as u16, ""),
    ],
    ..TypeDef::EMPTY
};
pub static GENERIC_ALIAS_ITERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "generic_alias_iterator",
    layout: Layout::Slots(1),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
    methods: ITERATOR_METHODS,
    iternext: Some(iterator_step),
    ..TypeDef::EMPTY
};

const ORIGIN: usize = 0;
const ARGS: usize = 1;
/// True for `*tuple[int]`.
const STARRED: usize = 2;
/// Empty until asked for.
const PARAMETERS: usize = 3;

static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__call__(self, /, *args, **kwargs)" => calls call(this, args, kwargs), "Call self as a function.";
    "__getattribute__(self, name, /)" => calls getattribute(this, name), "Return getattr(self, name).";
    "__getitem__(self, key, /)" => calls get_item(this, key), "Return self[key].";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__dir__(self, /)" => calls dir(this), "";
    "__instancecheck__(self, object, /)" => leaf instance_check(this, object), "";
    "__subclasscheck__(self, object, /)" => leaf subclass_check(this, object), "";
    "__mro_entries__(self, object, /)" => leaf mro_entries(this, bases), "";
    "__reduce__(self, /)" => calls reduce(this), "";
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "__parameters__",
        get: parameters,
        set: None,
        doc: "Type variables in the GenericAlias.",
    },
    GetSet {
        name: "__typing_unpacked_tuple_args__",
        get: unpacked_tuple_args,
        set: None,
        doc: "",
    },
];
static ITERATOR_METHODS: &[Method] = methods! {
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__reduce__(self, /)" => leaf iterator_reduce(this), "";
};
/// Attributes of the alias itself; all others are those of its origin.
const OWN_ATTRIBUTES: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
const BLOCKED_ATTRIBUTES: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

/// `origin[args]`
pub fn new_alias(vm: &mut Vm, origin: Local, args: Local) -> Py<Ret> {
    new_alias_of(vm, None, origin, args, false)
}
fn new_alias_of(vm: &Vm, cls: Option<Local>, origin: Local, args: Local, starred: bool) -> Py<Ret> {
    let args = if args.value(vm).as_tuple(vm).is_some() {
        args.value(vm)
    } else {
        vm.new_tuple(&[args.value(vm)])?.value()
    };
    let alias = match cls {
        Some(cls) => object::instantiate(vm, object::check_new_class(vm, cls, &GENERIC_ALIAS)?)?,
        None => {
            let shape = vm
                .type_object(&GENERIC_ALIAS)
                .slot(vm, types::ROOT_SHAPE)
                .as_shape(vm);
            vm.new_object(Kind::Instance, GENERIC_ALIAS.id.get().0, shape, 4)
                .value()
        }
    };
    if let Some(o) = alias.as_obj() {
        o.set_slot(vm, ORIGIN, origin.value(vm));
        o.set_slot(vm, ARGS, args);
        o.set_slot(vm, STARRED, Value::bool(starred));
    }
    Ok(vm.ret(alias))
}
pub(crate) fn is_alias(vm: &Vm, value: Value<'_>) -> bool {
    value.as_obj().is_some_and(|o| o.kind(vm) == Kind::Instance)
        && vm.has_layout(value, &GENERIC_ALIAS)
}
fn slot(vm: &Vm, this: Local, slot: usize) -> Local {
    vm.local(
        this.value(vm)
            .as_obj()
            .map_or(Value::NONE, |o| o.slot(vm, slot)),
    )
}
fn is_starred(vm: &Vm, this: Local) -> bool {
    slot(vm, this, STARRED).value(vm) == Value::TRUE
}

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    support::no_keywords(vm, "GenericAlias", kwargs)?;
    let n = args.get(vm).len(vm);
    if n != 2 {
        return Err(vm.type_error(format!("GenericAlias expected 2 arguments, got {n}")));
    }
    let [origin, items] = {
        let vm: &Vm = vm;
        vm.locals([args.get(vm).get(vm, 0), args.get(vm).get(vm, 1)])
    };
    new_alias_of(vm, Some(cls), origin, items, false)
}

// ---- repr

/// How a type is shown inside brackets: by its name, not as `<class …>`.
pub(crate) fn push_type_repr(vm: &mut Vm, out: &mut Vec<u8>, x: Local) -> Py<()> {
    vm.check_native_stack()?;
    vm.poll()?;
    let top = vm.top.get();
    let result = push_type_repr_at_top(vm, out, x);
    vm.top.set(top);
    result
}
fn push_type_repr_at_top(vm: &mut Vm, out: &mut Vec<u8>, x: Local) -> Py<()> {
    if x.value(vm) == Value::ELLIPSIS {
        out.extend_from_slice(b"...");
        return Ok(());
    }
    if x.value(vm).as_list(vm).is_some() {
        out.push(b'[');
        let item = vm.local(Value::NONE);
        let mut i = 0;
        while let Some(word) = support::item_of(vm, x, i) {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            i += 1;
            item.set(vm, word.value(vm));
            push_type_repr(vm, out, item)?;
        }
        out.push(b']');
        return Ok(());
    }
    if vm.is_exactly(x.value(vm), &GENERIC_ALIAS) {
        return push_alias(vm, out, x);
    }
    let is_generic = vm.lookup_attr_str(x, "__origin__")?.is_some()
        && vm.lookup_attr_str(x, "__args__")?.is_some();
    if is_generic {
        return support::push_repr(vm, out, x);
    }
    if let Some(qualname) = vm.lookup_attr_str(x, "__qualname__")? {
        let qualname = qualname.keep(vm);
        if let Some(module) = vm.lookup_attr_str(x, "__module__")? {
            let module = module.keep(vm);
            if !module.value(vm).is_none() {
                if vm.text_of(module.value(vm)) != "builtins" {
                    push_str(vm, out, module)?;
                    out.push(b'.');
                }
                return push_str(vm, out, qualname);
            }
        }
    }
    support::push_repr(vm, out, x)
}
fn push_str(vm: &mut Vm, out: &mut Vec<u8>, x: Local) -> Py<()> {
    let ret = vm.str(x)?;
    if let Some(s) = ret.get(vm).as_str(vm) {
        out.extend_from_slice(s.bytes(vm));
    }
    Ok(())
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mut out = Vec::new();
    push_alias(vm, &mut out, this)?;
    support::str_ret(vm, &out)
}
/// Into one text, however deep they nest.
fn push_alias(vm: &mut Vm, out: &mut Vec<u8>, this: Local) -> Py<()> {
    let (origin, args, item) = (
        slot(vm, this, ORIGIN),
        slot(vm, this, ARGS),
        vm.local(Value::NONE),
    );
    if is_starred(vm, this) {
        out.push(b'*');
    }
    push_type_repr(vm, out, origin)?;
    out.push(b'[');
    let mut i = 0;
    while let Some(word) = support::item_of(vm, args, i) {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        i += 1;
        item.set(vm, word.value(vm));
        push_type_repr(vm, out, item)?;
    }
    if i == 0 {
        out.extend_from_slice(b"()");
    }
    out.push(b']');
    Ok(())
}

// ---- the object's protocols

fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let (origin, args) = (slot(vm, this, ORIGIN), slot(vm, this, ARGS));
    Ok(vm.hash(origin)? ^ vm.hash(args)?)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if !is_alias(vm, other.value(vm)) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let same = is_starred(vm, this) == is_starred(vm, other) && {
        let (a, b) = (slot(vm, this, ORIGIN), slot(vm, other, ORIGIN));
        vm.equal(a, b)? && {
            let (a, b) = (slot(vm, this, ARGS), slot(vm, other, ARGS));
            vm.equal(a, b)?
        }
    };
    Ok(vm.ret(Value::bool(same)))
}
fn call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let origin = slot(vm, this, ORIGIN);
    let made = vm.call_ex(origin, args, kwargs)?.keep(vm);
    match vm.set_attr_str(made, "__orig_class__", this) {
        Ok(()) => {}
        Err(raised)
            if vm.raised_is(&raised, &exc::ATTRIBUTE_ERROR)
                || vm.raised_is(&raised, &exc::TYPE_ERROR) =>
        {
            vm.take_exception(raised);
        }
        Err(raised) => return Err(raised),
    }
    Ok(vm.ret(made.value(vm)))
}
fn getattribute(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<Ret> {
    let text = vm.text_of(name.value(vm));
    if !OWN_ATTRIBUTES.contains(&text.as_str()) && !BLOCKED_ATTRIBUTES.contains(&text.as_str()) {
        let origin = slot(vm, this, ORIGIN);
        return vm.get_attr(origin, name);
    }
    vm.intern_local(name);
    match vm.generic_lookup(this, name)? {
        Some(ret) => Ok(ret),
        None => Err(vm.no_attribute(this, name)),
    }
}
fn get_item(vm: &mut Vm, this: Local, item: Local) -> Py<Ret> {
    let params = parameters(vm, this)?.keep(vm);
    let args = slot(vm, this, ARGS);
    let new_args = substitute(vm, this, args, params, item)?.keep(vm);
    let origin = slot(vm, this, ORIGIN);
    new_alias_of(vm, None, origin, new_args, is_starred(vm, this))
}
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    union::or(vm, this, other)
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    union::or(vm, other, this)
}
fn dir(vm: &mut Vm, this: Local) -> Py<Ret> {
    let origin = slot(vm, this, ORIGIN);
    let dir = vm.local(builtin(vm, "dir"));
    let names = vm.call(dir, &[origin])?.keep(vm);
    let vm: &Vm = vm;
    if let Some(list) = names.value(vm).as_list(vm) {
        for name in OWN_ATTRIBUTES {
            let name = vm.intern(name.as_bytes()).value();
            if !list.iter(vm).any(|v| v == name) {
                list.push(vm, name)?;
            }
        }
    }
    Ok(vm.ret(names.value(vm)))
}
fn instance_check<'v>(vm: &'v Vm, _this: Value<'v>, _object: Value<'v>) -> Py<Value<'v>> {
    Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}
fn subclass_check<'v>(vm: &'v Vm, _this: Value<'v>, _object: Value<'v>) -> Py<Value<'v>> {
    Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}
fn mro_entries<'v>(vm: &'v Vm, this: Value<'v>, _bases: Value<'v>) -> Py<Tuple<'v>> {
    Ok(vm.new_tuple(&[this.as_obj().map_or(Value::NONE, |o| o.slot(vm, ORIGIN))])?)
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (origin, args) = (slot(vm, this, ORIGIN), slot(vm, this, ARGS));
    if is_starred(vm, this) {
        // An iterator over the plain alias gives the starred one.
        let plain = new_alias(vm, origin, args)?.keep(vm);
        let iterator = iter(vm, plain)?.keep(vm);
        let vm: &Vm = vm;
        let inner = vm.new_tuple(&[iterator.value(vm)])?;
        return Ok(vm.ret(vm.new_tuple(&[builtin(vm, "next"), inner.value()])?.value()));
    }
    let vm: &Vm = vm;
    let inner = vm.new_tuple(&[origin.value(vm), args.value(vm)])?;
    Ok(vm.ret(
        vm.new_tuple(&[vm.type_of(this.value(vm)).value(), inner.value()])?
            .value(),
    ))
}
fn parameters(vm: &mut Vm, this: Local) -> Py<Ret> {
    let known = slot(vm, this, PARAMETERS);
    if !known.value(vm).is_empty() {
        return Ok(vm.ret(known.value(vm)));
    }
    let args = slot(vm, this, ARGS);
    let made = make_parameters(vm, args)?.keep(vm);
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, PARAMETERS, made.value(vm));
    }
    Ok(vm.ret(made.value(vm)))
}
fn unpacked_tuple_args(vm: &mut Vm, this: Local) -> Py<Ret> {
    let is_tuple = slot(vm, this, ORIGIN).value(vm) == vm.type_object(&tuple::TUPLE).value();
    let args = slot(vm, this, ARGS);
    Ok(vm.ret(if is_tuple && is_starred(vm, this) {
        args.value(vm)
    } else {
        Value::NONE
    }))
}

// ---- unpacking: `*tuple[int, str]`

fn iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let shape = vm
        .type_object(&GENERIC_ALIAS_ITERATOR)
        .slot(vm, types::ROOT_SHAPE)
        .as_shape(vm);
    let it = vm.new_object(Kind::Instance, GENERIC_ALIAS_ITERATOR.id.get().0, shape, 1);
    it.set_slot(vm, 0, this.value(vm));
    Ok(vm.ret(it.value()))
}
fn iterator_step(vm: &mut Vm, this: Local) -> Py<bool> {
    let alias = slot(vm, this, 0);
    if !is_alias(vm, alias.value(vm)) {
        return Ok(false);
    }
    let (origin, args) = (slot(vm, alias, ORIGIN), slot(vm, alias, ARGS));
    let starred = new_alias_of(vm, None, origin, args, true)?.get(vm).word();
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, 0, Value::EMPTY);
    }
    vm.ret.set(starred);
    Ok(true)
}
fn iterator_reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let source = this.as_obj().map_or(Value::EMPTY, |o| o.slot(vm, 0));
    let inner = vm.new_tuple(&[source.non_empty().unwrap_or(vm.empty_tuple().value())])?;
    Ok(vm.new_tuple(&[builtin(vm, "iter"), inner.value()])?.value())
}

// ---- type parameters

/// The type parameters that occur in arguments, each once, in order.
pub(crate) fn make_parameters(vm: &mut Vm, args: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let found: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let [item, sub] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, args, i) {
        i += 1;
        item.set(vm, word.value(vm));
        // A class has parameters of its own, which are not meant here.
        if vm.is_type(item.value(vm)) {
            continue;
        }
        let top = vm.top.get();
        if vm.lookup_attr_str(item, "__typing_subst__")?.is_some() {
            add_once(vm, found, item.value(vm))?;
        } else {
            match vm.lookup_attr_str(item, "__parameters__")? {
                Some(ret) => ret.put(vm, sub),
                None if matches!(item.value(vm).kind(vm), Kind::List | Kind::Tuple) => {
                    make_parameters(vm, item)?.put(vm, sub)
                }
                None => sub.set(vm, Value::NONE),
            }
            for v in sub
                .value(vm)
                .as_tuple(vm)
                .map(|t| t.to_vec(vm))
                .unwrap_or_default()
            {
                add_once(vm, found, v)?;
            }
        }
        vm.top.set(top);
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&found.get(vm).to_vec(vm))?.value()))
}
fn add_once(vm: &Vm, list: Local<k::List>, value: Value<'_>) -> Py<()> {
    let list = list.get(vm);
    if !list.iter(vm).any(|v| v.word() == value.word()) {
        list.push(vm, value)?;
    }
    Ok(())
}

/// The arguments with the type parameters replaced by `item` (one, or a tuple of them), as a tuple.
pub(crate) fn substitute(
    vm: &mut Vm,
    this: Local,
    args: Local,
    params: Local,
    item: Local,
) -> Py<Ret> {
    let nparams = support::len_of(vm, params);
    if nparams == 0 {
        let text = vm.repr_text(this)?;
        return Err(vm.type_error(format!("{text} is not a generic class")));
    }
    let item = unpack_args(vm, item)?.keep(vm);
    let param = vm.local(Value::NONE);
    for i in 0..nparams {
        let Some(word) = support::item_of(vm, params, i) else {
            break;
        };
        param.set(vm, word.value(vm));
        let Some(prepare) = vm.lookup_attr_str(param, "__typing_prepare_subst__")? else {
            continue;
        };
        let prepare = prepare.keep(vm);
        if prepare.value(vm).is_none() {
            continue;
        }
        let boxed = as_tuple(vm, item)?;
        vm.call(prepare, &[this, boxed])?.put(vm, item);
    }
    let item = as_tuple(vm, item)?;
    let n = support::len_of(vm, item);
    if n != nparams {
        let text = vm.repr_text(this)?;
        return Err(vm.type_error(format!(
            "Too {} arguments for {text}; actual {n}, expected {nparams}",
            if n > nparams { "many" } else { "few" }
        )));
    }
    replace(vm, args, params, item)
}
fn as_tuple(vm: &Vm, x: Local) -> Py<Local> {
    if x.value(vm).as_tuple(vm).is_some() {
        Ok(x)
    } else {
        Ok(vm.local(vm.new_tuple(&[x.value(vm)])?.value()))
    }
}
/// Opens unpacked tuples of known length among the items.
fn unpack_args(vm: &mut Vm, item: Local) -> Py<Ret> {
    let items = as_tuple(vm, item)?;
    let flat: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let [x, sub] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, items, i) {
        i += 1;
        x.set(vm, word.value(vm));
        sub.set(vm, Value::NONE);
        if !vm.is_type(x.value(vm)) {
            if let Some(ret) = vm.lookup_attr_str(x, "__typing_unpacked_tuple_args__")? {
                ret.put(vm, sub);
            }
        }
        let vm: &Vm = vm;
        match sub.value(vm).as_tuple(vm) {
            Some(t) if t.is_empty(vm) || t.get(vm, t.len(vm) - 1) != Value::ELLIPSIS => {
                flat.get(vm).extend(vm, &t.to_vec(vm))?
            }
            _ => flat.get(vm).push(vm, x.value(vm))?,
        }
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&flat.get(vm).to_vec(vm))?.value()))
}
fn position(vm: &Vm, params: Local, x: Value<'_>) -> Option<usize> {
    params
        .value(vm)
        .as_tuple(vm)
        .and_then(|t| t.iter(vm).position(|p| p.word() == x.word()))
}
/// Replaces the parameters in the arguments (a tuple or list) by the items at their positions.
fn replace(vm: &mut Vm, args: Local, params: Local, items: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let result: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let [arg, new] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, args, i) {
        i += 1;
        arg.set(vm, word.value(vm));
        if vm.is_type(arg.value(vm)) {
            result.get(vm).push(vm, arg.value(vm))?;
            continue;
        }
        let top = vm.top.get();
        if matches!(arg.value(vm).kind(vm), Kind::List | Kind::Tuple) {
            let is_list = arg.value(vm).kind(vm) == Kind::List;
            replace(vm, arg, params, items)?.put(vm, new);
            let vm: &Vm = vm;
            let value = match new.value(vm).as_tuple(vm) {
                Some(t) if is_list => vm.new_list(&t.to_vec(vm))?.value(),
                _ => new.value(vm),
            };
            result.get(vm).push(vm, value)?;
            vm.top.set(top);
            continue;
        }
        let unpacks = match vm.lookup_attr_str(arg, "__typing_is_unpacked_typevartuple__")? {
            Some(ret) => {
                ret.put(vm, new);
                vm.truth(new)?
            }
            None => false,
        };
        match vm.lookup_attr_str(arg, "__typing_subst__")? {
            Some(subst) => {
                let subst = subst.keep(vm);
                let by = position(vm, params, arg.value(vm))
                    .and_then(|p| support::item_of(vm, items, p));
                let Some(by) = by else {
                    let shown = vm.repr_text(arg)?;
                    return Err(vm.type_error(format!(
                        "argument {shown} with __typing_subst__ was not found in __parameters__"
                    )));
                };
                let by = vm.local(by.value(vm));
                vm.call(subst, &[by])?.put(vm, new);
            }
            None => replace_inside(vm, arg, params, items)?.put(vm, new),
        }
        if unpacks {
            let vm: &Vm = vm;
            match new.value(vm).as_tuple(vm) {
                Some(t) => result.get(vm).extend(vm, &t.to_vec(vm))?,
                None => {
                    let (a, b) = (
                        vm.type_name_for_error(arg.value(vm)),
                        vm.type_name_for_error(new.value(vm)),
                    );
                    return Err(vm.type_error(format!(
                        "expected __typing_subst__ of {a} objects to return a tuple, not {b}"
                    )));
                }
            }
        } else {
            result.get(vm).push(vm, new.value(vm))?;
        }
        vm.top.set(top);
    }
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&result.get(vm).to_vec(vm))?.value()))
}
/// Replaces the parameters of a generic argument by subscripting it.
fn replace_inside(vm: &mut Vm, arg: Local, params: Local, items: Local) -> Py<Ret> {
    let Some(own) = vm.lookup_attr_str(arg, "__parameters__")? else {
        return Ok(vm.ret(arg.value(vm)));
    };
    let own = own.keep(vm);
    if own.value(vm).as_tuple(vm).is_none_or(|t| t.is_empty(vm)) {
        return Ok(vm.ret(arg.value(vm)));
    }
    let key = {
        let vm: &Vm = vm;
        let mut values = Vec::new();
        for param in own
            .value(vm)
            .as_tuple(vm)
            .into_iter()
            .flat_map(|t| t.iter(vm))
        {
            let by = position(vm, params, param)
                .and_then(|p| support::item_of(vm, items, p))
                .map(|w| w.value(vm));
            match (by, by.and_then(|v| v.as_tuple(vm))) {
                // A TypeVarTuple stands for several.
                (_, Some(t)) if vm.special_of(param, crate::dunder::Dunder::Iter).is_some() => {
                    values.extend(t.iter(vm))
                }
                (Some(v), _) => values.push(v),
                (None, _) => values.push(param),
            }
        }
        vm.local(vm.new_tuple(&values)?.value())
    };
    vm.get_item(arg, key)
}

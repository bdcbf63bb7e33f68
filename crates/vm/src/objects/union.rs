//! `typing.Union` (also `types.UnionType`): `X | Y`.
//!
//! A union's members are a tuple without duplicates. Hashable members come first into a set, so that equal ones are found by hash.

use crate::layout::types;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::{exceptions as exc, generic_alias, none, support, typing};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Tuple, Value};

pub static UNION: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "typing.Union",
    doc: "Represent a union type\n\nE.g. for int | str",
    layout: Layout::Slots(3),
    flags: TypeFlags::IMMUTABLE
        .with(TypeFlags::NO_NEW)
        .with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: GETSET,
    members: &[("__args__", ARGS as u16, "")],
    ..TypeDef::EMPTY
};
const ARGS: usize = 0;
/// Empty until asked for.
const PARAMETERS: usize = 1;
/// A tuple of the members that had no hash when the union was made, or Empty.
const UNHASHABLE: usize = 2;

static METHODS: &[Method] = methods! {
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__or__(self, value, /)" => calls own_or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__getitem__(self, key, /)" => calls get_item(this, key), "Return self[key].";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "__mro_entries__(self, object, /)" => calls mro_entries(this, bases), "";
    "__instancecheck__(self, object, /)" => calls instance_check(this, object), "";
    "__subclasscheck__(self, object, /)" => calls subclass_check(this, object), "";
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: |vm, _| support::str_ret(vm, b"Union"),
        set: None,
        doc: "Name of the type",
    },
    GetSet {
        name: "__qualname__",
        get: |vm, _| support::str_ret(vm, b"Union"),
        set: None,
        doc: "Qualified name of the type",
    },
    GetSet {
        name: "__origin__",
        get: |vm, _| Ok(vm.ret(vm.type_object(&UNION).value())),
        set: None,
        doc: "Always returns the type",
    },
    GetSet {
        name: "__parameters__",
        get: parameters,
        set: None,
        doc: "Type variables in the types.UnionType.",
    },
];

/// The members of a union.
pub(crate) fn members<'v>(vm: &'v Vm, value: Value<'v>) -> Option<Tuple<'v>> {
    let o = value
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Instance && o.layout(vm) == UNION.id.get().0)?;
    o.slot(vm, ARGS).as_tuple(vm)
}
fn is_unionable(vm: &Vm, x: Value<'_>) -> bool {
    x.is_none()
        || vm.is_type(x)
        || generic_alias::is_alias(vm, x)
        || members(vm, x).is_some()
        || typing::is_type_alias(vm, x)
}
/// `x | y` for types.
pub fn or(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    if !is_unionable(vm, x.value(vm)) || !is_unionable(vm, y.value(vm)) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let pair = vm.local(vm.new_tuple(&[x.value(vm), y.value(vm)])?.value());
    union_of(vm, pair, false)
}
/// `Union[…]` of a tuple: a union, or the only member. `checked`: members are checked and converted by `typing`.
pub(crate) fn union_of(vm: &mut Vm, parts: Local, checked: bool) -> Py<Ret> {
    let list: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let unhashable: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let hashed = vm.local(vm.new_set().value());
    let part = vm.local(Value::NONE);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, parts, i) {
        i += 1;
        part.set(vm, word.value(vm));
        let top = vm.top.get();
        let inner = members(vm, part.value(vm)).map(|t| t.value().word());
        match inner {
            Some(inner) => {
                let inner = vm.local(inner.value(vm));
                let mut j = 0;
                while let Some(word) = support::item_of(vm, inner, j) {
                    j += 1;
                    part.set(vm, word.value(vm));
                    add(vm, list, unhashable, hashed, part)?;
                }
            }
            None => {
                if part.value(vm).is_none() {
                    part.set(vm, vm.type_object(&none::NONE_TYPE).value());
                } else if checked && !vm.is_type(part.value(vm)) {
                    let message = vm.local(
                        vm.new_str(b"Union[arg, ...]: each arg must be a type.")?
                            .value(),
                    );
                    typing::call_typing(vm, "_type_check", &[part, message])?.put(vm, part);
                }
                add(vm, list, unhashable, hashed, part)?;
            }
        }
        vm.top.set(top);
    }
    let vm: &Vm = vm;
    let all = list.get(vm).to_vec(vm);
    match all.as_slice() {
        [] => Err(vm.type_error("Cannot take a Union of no types.")),
        [one] => Ok(vm.ret(*one)),
        _ => {
            let shape = vm
                .type_object(&UNION)
                .slot(vm, types::ROOT_SHAPE)
                .as_shape(vm);
            let union = vm.new_object(Kind::Instance, UNION.id.get().0, shape, 3);
            union.set_slot(vm, ARGS, vm.new_tuple(&all)?.value());
            let odd = unhashable.get(vm).to_vec(vm);
            if !odd.is_empty() {
                union.set_slot(vm, UNHASHABLE, vm.new_tuple(&odd)?.value());
            }
            Ok(vm.ret(union.value()))
        }
    }
}
/// Adds a member unless an equal one is there; those without a hash are compared among themselves.
fn add(
    vm: &mut Vm,
    list: Local<k::List>,
    unhashable: Local<k::List>,
    hashed: Local,
    part: Local,
) -> Py<()> {
    let hash = vm.hash(part);
    let known = match vm.caught(hash, &exc::EXCEPTION)? {
        Some(hash) => {
            let known = vm.set_find(hashed, part, hash as u64)?.is_some();
            if !known {
                vm.set_add_hashed(hashed, part, hash as u64)?;
            }
            known
        }
        None => {
            let known = support::sequence_contains(vm, unhashable.any(), part)?;
            if !known {
                unhashable.get(vm).push(vm, part.value(vm))?;
            }
            known
        }
    };
    if !known {
        list.get(vm).push(vm, part.value(vm))?;
    }
    Ok(())
}

fn args_of(vm: &Vm, this: Local) -> Local {
    vm.local(members(vm, this.value(vm)).map_or(vm.empty_tuple().value(), |t| t.value()))
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (args, item) = (args_of(vm, this), vm.local(Value::NONE));
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(word) = support::item_of(vm, args, i) {
        if i > 0 {
            out.extend_from_slice(b" | ");
        }
        i += 1;
        item.set(vm, word.value(vm));
        if item.value(vm) == vm.type_object(&none::NONE_TYPE).value() {
            out.extend_from_slice(b"None");
        } else {
            generic_alias::push_type_repr(vm, &mut out, item)?;
        }
    }
    support::str_ret(vm, &out)
}
fn unhashable_of(vm: &Vm, this: Local) -> Local {
    let odd = this
        .value(vm)
        .as_obj()
        .map_or(Value::EMPTY, |o| o.slot(vm, UNHASHABLE));
    vm.local(odd.non_empty().unwrap_or(vm.roots.empty_tuple(vm)))
}
/// The members that had a hash when the union was made, as a frozenset.
fn hashable_set(vm: &mut Vm, this: Local) -> Py<Local> {
    let (args, odd) = (args_of(vm, this), unhashable_of(vm, this));
    let rest = {
        let vm: &Vm = vm;
        let odd = support::items_of(vm, odd);
        let all = support::items_of(vm, args);
        let rest: Vec<Value<'_>> = all.into_iter().filter(|v| !odd.contains(v)).collect();
        vm.local(vm.new_tuple(&rest)?.value())
    };
    let set = vm.local(vm.new_frozenset().value());
    crate::objects::set::update_from(vm, set, rest)?;
    Ok(set)
}
fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let odd = unhashable_of(vm, this);
    let n = support::len_of(vm, odd);
    let item = vm.local(Value::NONE);
    for i in 0..n {
        if let Some(word) = support::item_of(vm, odd, i) {
            item.set(vm, word.value(vm));
            vm.hash(item)?;
        }
    }
    if n > 0 {
        return Err(vm.type_error(format!("union contains {n} unhashable elements")));
    }
    let set = hashable_set(vm, this)?;
    vm.hash(set)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if members(vm, other.value(vm)).is_none() {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    // As sets, but members need not be hashable.
    let (a, b) = (unhashable_of(vm, this), unhashable_of(vm, other));
    if support::len_of(vm, a) != support::len_of(vm, b) {
        return Ok(vm.ret(Value::FALSE));
    }
    let (left, right) = (hashable_set(vm, this)?, hashable_set(vm, other)?);
    let mut same = vm.equal(left, right)?;
    let item = vm.local(Value::NONE);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, a, i).filter(|_| same) {
        i += 1;
        item.set(vm, word.value(vm));
        same = vm.scope(|vm| support::sequence_contains(vm, b, item))?;
    }
    Ok(vm.ret(Value::bool(same)))
}
/// With a union, anything that `Union[…]` takes.
fn own_or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let pair = vm.local(vm.new_tuple(&[this.value(vm), other.value(vm)])?.value());
    union_of(vm, pair, true)
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    own_or(vm, other, this)
}
fn parameters(vm: &mut Vm, this: Local) -> Py<Ret> {
    let known = vm.local(
        this.value(vm)
            .as_obj()
            .map_or(Value::EMPTY, |o| o.slot(vm, PARAMETERS)),
    );
    if !known.value(vm).is_empty() {
        return Ok(vm.ret(known.value(vm)));
    }
    let args = args_of(vm, this);
    let made = generic_alias::make_parameters(vm, args)?.keep(vm);
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, PARAMETERS, made.value(vm));
    }
    Ok(vm.ret(made.value(vm)))
}
fn get_item(vm: &mut Vm, this: Local, item: Local) -> Py<Ret> {
    let params = parameters(vm, this)?.keep(vm);
    let args = args_of(vm, this);
    let new_args = generic_alias::substitute(vm, this, args, params, item)?.keep(vm);
    union_of(vm, new_args, true)
}
fn class_getitem(vm: &mut Vm, _cls: Local, item: Local) -> Py<Ret> {
    let parts = if item.value(vm).as_tuple(vm).is_some() {
        item
    } else {
        vm.local(vm.new_tuple(&[item.value(vm)])?.value())
    };
    union_of(vm, parts, true)
}
fn mro_entries(vm: &mut Vm, this: Local, _bases: Local) -> Py<Ret> {
    let text = vm.repr_text(this)?;
    Err(vm.type_error(format!("Cannot subclass {text}")))
}
fn instance_check(vm: &mut Vm, this: Local, object: Local) -> Py<bool> {
    let args = args_of(vm, this);
    vm.is_instance(object, args)
}
fn subclass_check(vm: &mut Vm, this: Local, class: Local) -> Py<bool> {
    let args = args_of(vm, this);
    vm.is_subclass(class, args)
}

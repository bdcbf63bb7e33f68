//! `dict_keys`, `dict_items`, `dict_values`: views of a dict, the first two with set operations.
//!
//! A view is an object of kind `Iter` whose mode is one of the three view modes and whose source is the dict, so that `for` needs no call to start.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::iterators::{self, Part};
use crate::objects::{mappingproxy, set, support};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Dict, Value};

macro_rules! view_types {
    ($($def:ident $name:literal $methods:ident;)*) => { $(
        pub static $def: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            layout: Layout::Slots(iterators::SLOTS as u16),
            flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
            methods: $methods,
            getset: GETSET,
            ..TypeDef::EMPTY
        };
    )* };
}
view_types! {
    DICT_KEYS "dict_keys" SET_LIKE;
    DICT_ITEMS "dict_items" SET_LIKE;
    DICT_VALUES "dict_values" VALUES;
}

static SET_LIKE: &[Method] = methods! {
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => leaf reversed(this), "Return a reverse iterator over the dict's keys or items.";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__and__(self, value, /)" => calls and(this, value), "Return self&value.";
    "__rand__(self, value, /)" => calls rand(this, value), "Return value&self.";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__sub__(self, value, /)" => calls sub(this, value), "Return self-value.";
    "__rsub__(self, value, /)" => calls rsub(this, value), "Return value-self.";
    "__xor__(self, value, /)" => calls xor(this, value), "Return self^value.";
    "__rxor__(self, value, /)" => calls rxor(this, value), "Return value^self.";
    "isdisjoint(self, object, /)" => calls isdisjoint(this, other), "Return True if the view and the given iterable have a null intersection.";
};
static VALUES: &[Method] = methods! {
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => leaf reversed(this), "Return a reverse iterator over the dict's values.";
};
static GETSET: &[GetSet] = &[GetSet {
    name: "mapping",
    get: mapping,
    set: None,
    doc: "dictionary that this view refers to",
}];

/// A view of a dict (or of an instance of a subclass).
pub(crate) fn new_view<'v>(vm: &'v Vm, dict: Value<'v>, part: Part) -> Value<'v> {
    let def = match part {
        Part::Keys => &DICT_KEYS,
        Part::Values => &DICT_VALUES,
        Part::Items => &DICT_ITEMS,
    };
    iterators::new_iter(vm, def, iterators::view_mode(part), dict)
}

/// The source of a view and what it shows of it.
pub(crate) fn view_of<'v>(vm: &'v Vm, view: Value<'v>) -> Option<(Value<'v>, Part)> {
    let obj = view.as_obj()?;
    let part = iterators::view_part(vm, obj)?;
    Some((obj.slot(vm, iterators::SOURCE), part))
}
fn dict_of_view<'v>(vm: &'v Vm, view: Value<'v>) -> Py<(Dict<'v>, Part)> {
    match view_of(vm, view).and_then(|(source, part)| Some((source.as_dict(vm)?, part))) {
        Some(found) => Ok(found),
        None => Err(vm.type_error("not a dict view")),
    }
}
fn mapping(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let (source, _) = view_of(vm, this.value(vm)).unwrap_or((Value::NONE, Part::Keys));
    Ok(vm.ret(mappingproxy::proxy_value(vm, source)))
}
fn len(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(dict_of_view(vm, this)?.0.len(vm))
}
fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    iter_of(vm, this, false)
}
fn reversed<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    iter_of(vm, this, true)
}
fn iter_of<'v>(vm: &'v Vm, this: Value<'v>, backwards: bool) -> Py<Value<'v>> {
    match view_of(vm, this) {
        Some((source, part)) => Ok(iterators::dict_iterator(vm, source, part, backwards)),
        None => Err(vm.type_error("not a dict view")),
    }
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    let list = support::repr_guarded(vm, this, |vm| {
        let items = vm.list_from_iterable(this)?.keep(vm);
        let mut out = format!("{name}(").into_bytes();
        support::push_repr(vm, &mut out, items)?;
        out.push(b')');
        support::str_ret(vm, &out)
    })?;
    match list {
        Some(ret) => Ok(ret),
        None => support::str_ret(vm, b"..."),
    }
}

fn contains(vm: &mut Vm, this: Local, item: Local) -> Py<bool> {
    let (dict, part) = {
        let vm: &Vm = vm;
        let (source, part) = view_of(vm, this.value(vm)).unwrap_or((Value::NONE, Part::Keys));
        (vm.local(source), part)
    };
    if part == Part::Keys {
        return vm.dict_contains(dict, item);
    }
    let [key, value] = {
        let vm: &Vm = vm;
        match item.value(vm).as_tuple(vm) {
            Some(t) if t.len(vm) == 2 => vm.locals([t.get(vm, 0), t.get(vm, 1)]),
            _ => return Ok(false),
        }
    };
    match vm.dict_get(dict, key)? {
        Some(found) => {
            let found = found.keep(vm);
            vm.equal(found, value)
        }
        None => Ok(false),
    }
}

fn is_set_like(vm: &Vm, x: Value<'_>) -> bool {
    x.as_any_set(vm).is_some() || view_of(vm, x).is_some_and(|(_, part)| part != Part::Values)
}
/// Whether every element of `a` is in `b`.
fn all_in(vm: &mut Vm, a: Local, b: Local) -> Py<bool> {
    let iterator = vm.iter(a)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        if !vm.contains(b, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    if !is_set_like(vm, other.value(vm)) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    vm.check_native_stack()?;
    let (a, b) = (vm.len(this)?, vm.len(other)?);
    let holds = match op {
        CmpOp::Eq | CmpOp::Ne => (a == b && all_in(vm, this, other)?) == (op == CmpOp::Eq),
        CmpOp::Lt => a < b && all_in(vm, this, other)?,
        CmpOp::Le => a <= b && all_in(vm, this, other)?,
        CmpOp::Gt => a > b && all_in(vm, other, this)?,
        CmpOp::Ge => a >= b && all_in(vm, other, this)?,
    };
    Ok(vm.ret(Value::bool(holds)))
}
support::comparisons!(k::Any, compare);

/// A new set of the items of anything iterable.
fn set_from(vm: &mut Vm, x: Local) -> Py<Local> {
    let fresh = vm.local(vm.new_set().value());
    set::update_from(vm, fresh, x)?;
    Ok(fresh)
}
fn and(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    intersection(vm, this, other)
}
fn rand(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    intersection(vm, this, other)
}
/// Looks the items of `other` up in the view; of two views the shorter is walked.
fn intersection(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let (mut view, mut walked) = (this, other);
    if view_of(vm, other.value(vm)).is_some_and(|(_, part)| part != Part::Values)
        && vm.len(other)? > vm.len(this)?
    {
        (view, walked) = (other, this);
    }
    let iterator = vm.iter(walked)?.keep(vm);
    let [result, item] = vm.locals([vm.new_set().value(), Value::NONE]);
    while vm.next_into(iterator, item)? {
        if contains(vm, view, item)? {
            vm.set_add(result, item)?;
        }
    }
    Ok(vm.ret(result.value(vm)))
}
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let result = set_from(vm, this)?;
    set::update_from(vm, result, other)?;
    Ok(vm.ret(result.value(vm)))
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    or(vm, other, this)
}
fn sub(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let result = set_from(vm, this)?;
    set::subtract(vm, result, other)?;
    Ok(vm.ret(result.value(vm)))
}
fn rsub(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    sub(vm, other, this)
}
fn xor(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let result = set_from(vm, this)?;
    set::toggle(vm, result, other)?;
    Ok(vm.ret(result.value(vm)))
}
fn rxor(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    xor(vm, other, this)
}
fn isdisjoint(vm: &mut Vm, this: Local, other: Local) -> Py<bool> {
    if this.word(vm) == other.word(vm) {
        return Ok(vm.len(this)? == 0);
    }
    let (mut view, mut walked) = (this, other);
    if is_set_like(vm, other.value(vm)) && vm.len(other)? > vm.len(this)? {
        (view, walked) = (other, this);
    }
    let iterator = vm.iter(walked)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        if vm.contains(view, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

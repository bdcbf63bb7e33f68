//! The methods of `set` and `frozenset`, over the algebra in `set.rs`.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::set::{self, set_of};
use crate::objects::{generic_alias, iterators, support};
use crate::quick::containers::{set_add, set_discard};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{AnySet, Kind, Value};

pub static SET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "set",
    doc: "Build an unordered collection of unique elements.",
    layout: Layout::Kind(Kind::Set),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::WEAKREF)
        .with(TypeFlags::IMMUTABLE),
    methods: SET_METHODS,
    ..TypeDef::EMPTY
};
pub static FROZENSET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "frozenset",
    doc: "Build an immutable unordered collection of unique elements.",
    layout: Layout::Kind(Kind::FrozenSet),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::WEAKREF)
        .with(TypeFlags::IMMUTABLE),
    methods: FROZENSET_METHODS,
    ..TypeDef::EMPTY
};

/// The rows of both types around those of one.
macro_rules! set_rows {
    ($name:ident, $copy:ident { $($own:tt)* }) => {
        static $name: &[Method] = methods! {
            "__repr__(self, /)" => calls repr(this), "Return repr(self).";
            "__len__(self, /)" => leaf len(this), "Return len(self).";
            "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
            "__contains__(self, object, /)" => calls contains(this, item), "x.__contains__(y) <==> y in x.";
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
            "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
            "__sizeof__(self, /)" => leaf size_of(this), "Return the size of the set in memory, in bytes.";
            "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
            "copy(self, /)" => calls $copy(this), "Return a shallow copy of a set.";
            "difference(self, /, *others)" => calls difference(this, others), "Return a new set with elements in the set that are not in the others.";
            "intersection(self, /, *others)" => calls intersection(this, others), "Return a new set with elements common to the set and all others.";
            "isdisjoint(self, other, /)" => calls isdisjoint(this, other), "Return True if two sets have a null intersection.";
            "issubset(self, other, /)" => calls issubset(this, other), "Report whether another set contains this set.";
            "issuperset(self, other, /)" => calls issuperset(this, other), "Report whether this set contains another set.";
            "symmetric_difference(self, other, /)" => calls symmetric_difference(this, other), "Return a new set with elements in either the set or other but not both.";
            "union(self, /, *others)" => calls union(this, others), "Return a new set with elements from the set and all others.";
            $($own)*
        };
    };
}
set_rows! { SET_METHODS, copy {
    "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.";
    "__iand__(self, value, /)" => calls iand(this, value), "Return self&=value.";
    "__ior__(self, value, /)" => calls ior(this, value), "Return self|=value.";
    "__isub__(self, value, /)" => calls isub(this, value), "Return self-=value.";
    "__ixor__(self, value, /)" => calls ixor(this, value), "Return self^=value.";
    "add(self, object, /)" => quick set_add calls add(this, item), "Add an element to a set.\n\nThis has no effect if the element is already present.";
    "clear(self, /)" => leaf clear(this), "Remove all elements from this set.";
    "difference_update(self, /, *others)" => calls difference_update(this, others), "Update the set, removing elements found in others.";
    "discard(self, object, /)" => quick set_discard calls discard(this, item), "Remove an element from a set if it is a member.";
    "intersection_update(self, /, *others)" => calls intersection_update(this, others), "Update the set, keeping only elements found in it and all others.";
    "pop(self, /)" => leaf pop(this), "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.";
    "remove(self, object, /)" => calls remove(this, item), "Remove an element from a set; it must be a member.";
    "symmetric_difference_update(self, other, /)" => calls symmetric_difference_update(this, other), "Update the set, keeping only elements found in either set, but not in both.";
    "update(self, /, *others)" => calls update(this, others), "Update the set, adding elements from all others.";
} }
set_rows! { FROZENSET_METHODS, frozen_copy {
    "__new__(cls, /, *args, **kwargs)" => static calls frozen_new(cls, args, kwargs), "Create and return a new object.";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
} }

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Ret> {
    let fresh = vm.local(vm.new_set().value());
    support::as_instance(vm, cls, &SET, fresh)
}
fn init(vm: &mut Vm, this: Local<k::Set>, args: Local<k::Tuple>, kwargs: Local) -> Py<()> {
    let source = support::optional_argument(vm, "set", args, kwargs)?;
    this.get(vm).clear(vm);
    match source {
        Some(x) => set::update_from(vm, this.any(), x),
        None => Ok(()),
    }
}
fn frozen_new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let exact = cls.value(vm) == vm.type_object(&FROZENSET).value();
    support::no_keywords_unless_init(vm, "frozenset", cls, &FROZENSET, kwargs)?;
    let n = args.get(vm).len(vm);
    if n > 1 {
        return Err(vm.type_error(format!("frozenset expected at most 1 argument, got {n}")));
    }
    let source = args.get(vm).at(vm, 0).map(|v| vm.local(v));
    if let Some(x) = source.filter(|x| exact && x.value(vm).as_exact_frozenset(vm).is_some()) {
        return Ok(vm.ret(x.value(vm)));
    }
    let fresh = vm.local(vm.new_frozenset().value());
    if let Some(x) = source {
        set::update_from(vm, fresh, x)?;
    }
    support::as_instance(vm, cls, &FROZENSET, fresh)
}
fn hash(vm: &mut Vm, this: Local<k::Set>) -> Py<i64> {
    set::hash_elements(vm, this.any())
}
fn repr(vm: &mut Vm, this: Local<k::Set>) -> Py<Ret> {
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    if this.get(vm).is_empty(vm) {
        return support::str_ret(vm, format!("{name}()").as_bytes());
    }
    let bare = this.value(vm).as_exact_set(vm).is_some();
    let done = support::repr_guarded(vm, this.any(), |vm| {
        let items = vm.list_from_iterable(this.any())?.keep(vm);
        if bare {
            return support::repr_sequence(vm, items, b"{", b"}");
        }
        support::repr_sequence(vm, items, format!("{name}({{").as_bytes(), b"})")
    })?;
    match done {
        Some(ret) => Ok(ret),
        None => support::str_ret(vm, format!("{name}(...)").as_bytes()),
    }
}
fn len(vm: &Vm, this: AnySet<'_>) -> Py<usize> {
    Ok(this.len(vm))
}
fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::set_iterator(vm, this))
}
fn contains(vm: &mut Vm, this: Local<k::Set>, item: Local) -> Py<bool> {
    vm.set_contains(this.any(), item)
}
fn compare(vm: &mut Vm, this: Local<k::Set>, other: Local, op: CmpOp) -> Py<Ret> {
    if !other.is::<k::Set>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    vm.check_native_stack()?;
    let (this, a, b) = (this.any(), this.get(vm).len(vm), set_of(vm, other)?.len(vm));
    let holds = match op {
        CmpOp::Eq | CmpOp::Ne => (a == b && set::is_subset(vm, this, other)?) == (op == CmpOp::Eq),
        CmpOp::Lt => a < b && set::is_subset(vm, this, other)?,
        CmpOp::Le => a <= b && set::is_subset(vm, this, other)?,
        CmpOp::Gt => a > b && set::is_subset(vm, other, this)?,
        CmpOp::Ge => a >= b && set::is_subset(vm, other, this)?,
    };
    Ok(vm.ret(Value::bool(holds)))
}
support::comparisons!(k::Set, compare);

/// What an operator makes of two sets; the result's type is the left one's base type.
#[derive(Clone, Copy)]
enum Algebra {
    And,
    Or,
    Sub,
    Xor,
}
fn combine(vm: &mut Vm, left: Local, right: Local, op: Algebra) -> Py<Ret> {
    if !left.is::<k::Set>(vm) || !right.is::<k::Set>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    combine_any(vm, left, right, op)
}
/// The same where the right operand is any iterable.
fn combine_any(vm: &mut Vm, left: Local, right: Local, op: Algebra) -> Py<Ret> {
    let result = match op {
        Algebra::And => {
            let result = set::new_like(vm, left, None)?;
            set::intersect(vm, result, left, right)?;
            result
        }
        Algebra::Or => {
            let result = set::new_like(vm, left, Some(left))?;
            set::update_from(vm, result, right)?;
            result
        }
        Algebra::Sub => set::difference(vm, left, right)?,
        Algebra::Xor => set::symmetric_difference(vm, left, right)?,
    };
    Ok(vm.ret(result.value(vm)))
}
fn and(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, this.any(), other, Algebra::And)
}
fn rand(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, other, this.any(), Algebra::And)
}
fn or(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, this.any(), other, Algebra::Or)
}
fn ror(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, other, this.any(), Algebra::Or)
}
fn sub(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, this.any(), other, Algebra::Sub)
}
fn rsub(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, other, this.any(), Algebra::Sub)
}
fn xor(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, this.any(), other, Algebra::Xor)
}
fn rxor(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine(vm, other, this.any(), Algebra::Xor)
}
/// `this op= other` for sets.
fn in_place(
    vm: &mut Vm,
    this: Local<k::Set>,
    other: Local,
    op: fn(&mut Vm, Local, Local) -> Py<()>,
) -> Py<Ret> {
    if !other.is::<k::Set>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    op(vm, this.any(), other)?;
    Ok(vm.ret(this.value(vm)))
}
fn iand(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    in_place(vm, this, other, keep_common)
}
fn ior(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    in_place(vm, this, other, set::update_from)
}
fn isub(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    in_place(vm, this, other, set::subtract)
}
fn ixor(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    in_place(vm, this, other, set::toggle)
}
/// `set &= x` for any iterable.
fn keep_common(vm: &mut Vm, set: Local, x: Local) -> Py<()> {
    let common = vm.local(vm.new_set().value());
    set::intersect(vm, common, set, x)?;
    set_of(vm, set)?.swap(vm, set_of(vm, common)?);
    Ok(())
}
fn reduce(vm: &mut Vm, this: Local<k::Set>) -> Py<Ret> {
    let list = vm.list_from_iterable(this.any())?.keep(vm);
    let state = vm.call_method(this.any(), "__getstate__", &[])?.keep(vm);
    let vm: &Vm = vm;
    let args = vm.new_tuple(&[list.value(vm)])?;
    let class = vm.type_of(this.value(vm)).value();
    Ok(vm.ret(
        vm.new_tuple(&[class, args.value(), state.value(vm)])?
            .value(),
    ))
}
fn size_of(vm: &Vm, this: AnySet<'_>) -> Py<usize> {
    Ok(vm.size_of(this.value()))
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
fn copy(vm: &mut Vm, this: Local<k::Set>) -> Py<Local> {
    set::new_like(vm, this.any(), Some(this.any()))
}
fn frozen_copy(vm: &mut Vm, this: Local<k::Set>) -> Py<Local> {
    if this.value(vm).as_exact_frozenset(vm).is_some() {
        return Ok(this.any());
    }
    copy(vm, this)
}
/// The i-th of `*others` into a local.
fn nth(vm: &Vm, others: Local<k::Tuple>, i: usize, into: Local) -> bool {
    match others.get(vm).at(vm, i) {
        Some(v) => {
            into.set(vm, v);
            true
        }
        None => false,
    }
}
/// A copy, changed by each of the others in turn.
fn with_each(
    vm: &mut Vm,
    this: Local<k::Set>,
    others: Local<k::Tuple>,
    op: fn(&mut Vm, Local, Local) -> Py<()>,
) -> Py<Local> {
    let result = copy(vm, this)?;
    each(vm, result, others, op)?;
    Ok(result)
}
fn each(
    vm: &mut Vm,
    set: Local,
    others: Local<k::Tuple>,
    op: fn(&mut Vm, Local, Local) -> Py<()>,
) -> Py<()> {
    let other = vm.local(Value::NONE);
    let mut i = 0;
    while nth(vm, others, i, other) {
        i += 1;
        vm.scope(|vm| op(vm, set, other))?;
    }
    Ok(())
}
fn difference(vm: &mut Vm, this: Local<k::Set>, others: Local<k::Tuple>) -> Py<Local> {
    let first = vm.local(Value::NONE);
    if !nth(vm, others, 0, first) {
        return copy(vm, this);
    }
    let result = set::difference(vm, this.any(), first)?;
    let mut i = 1;
    while nth(vm, others, i, first) {
        i += 1;
        vm.scope(|vm| set::subtract(vm, result, first))?;
    }
    Ok(result)
}
fn union(vm: &mut Vm, this: Local<k::Set>, others: Local<k::Tuple>) -> Py<Local> {
    with_each(vm, this, others, set::update_from)
}
fn intersection(vm: &mut Vm, this: Local<k::Set>, others: Local<k::Tuple>) -> Py<Local> {
    let other = vm.local(Value::NONE);
    if !nth(vm, others, 0, other) {
        return copy(vm, this);
    }
    let result = set::new_like(vm, this.any(), None)?;
    set::intersect(vm, result, this.any(), other)?;
    let mut i = 1;
    while nth(vm, others, i, other) {
        i += 1;
        vm.scope(|vm| keep_common(vm, result, other))?;
    }
    Ok(result)
}
fn symmetric_difference(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<Ret> {
    combine_any(vm, this.any(), other, Algebra::Xor)
}
fn isdisjoint(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<bool> {
    set::is_disjoint(vm, this.any(), other)
}
/// `other` if it is a set, else a set of its elements.
fn as_set(vm: &mut Vm, other: Local) -> Py<Local> {
    if other.is::<k::Set>(vm) {
        return Ok(other);
    }
    let fresh = vm.local(vm.new_set().value());
    set::update_from(vm, fresh, other)?;
    Ok(fresh)
}
fn issubset(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<bool> {
    let other = as_set(vm, other)?;
    set::is_subset(vm, this.any(), other)
}
fn issuperset(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<bool> {
    let other = as_set(vm, other)?;
    set::is_subset(vm, other, this.any())
}

fn add(vm: &mut Vm, this: Local<k::Set>, item: Local) -> Py<()> {
    vm.set_add(this.any(), item)
}
fn clear(vm: &Vm, this: AnySet<'_>) -> Py<()> {
    this.clear(vm);
    Ok(())
}
fn discard(vm: &mut Vm, this: Local<k::Set>, item: Local) -> Py<()> {
    vm.set_discard(this.any(), item).map(|_| ())
}
fn remove(vm: &mut Vm, this: Local<k::Set>, item: Local) -> Py<()> {
    if vm.set_discard(this.any(), item)? {
        Ok(())
    } else {
        Err(vm.key_error(item.value(vm)))
    }
}
fn pop<'v>(vm: &'v Vm, this: AnySet<'v>) -> Py<Value<'v>> {
    match this.pop(vm) {
        Some(v) => Ok(v),
        None => {
            let text = vm.new_str(b"pop from an empty set")?;
            Err(vm.key_error(text.value()))
        }
    }
}
fn update(vm: &mut Vm, this: Local<k::Set>, others: Local<k::Tuple>) -> Py<()> {
    each(vm, this.any(), others, set::update_from)
}
fn difference_update(vm: &mut Vm, this: Local<k::Set>, others: Local<k::Tuple>) -> Py<()> {
    each(vm, this.any(), others, set::subtract)
}
fn intersection_update(vm: &mut Vm, this: Local<k::Set>, others: Local<k::Tuple>) -> Py<()> {
    let result = intersection(vm, this, others)?;
    this.get(vm).swap(vm, set_of(vm, result)?);
    Ok(())
}
fn symmetric_difference_update(vm: &mut Vm, this: Local<k::Set>, other: Local) -> Py<()> {
    set::toggle(vm, this.any(), other)
}

//! `tuple`.

use crate::convert::SliceBound;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::support::{self, Subscript};
use crate::objects::{generic_alias, iterators};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Tuple, Value};

pub static TUPLE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "tuple",
    doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.",
    layout: Layout::Kind(Kind::Tuple),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::SEQUENCE)
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    ..TypeDef::EMPTY
};

pub static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__getitem__(self, key, /)" => calls get_item(this, key), "Return self[key].";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__add__(self, value, /)" => leaf add(this, value), "Return self+value.";
    "__mul__(self, value, /)" => calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, value), "Return value*self.";
    "__getnewargs__(self, /)" => leaf getnewargs(this), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "count(self, value, /)" => calls count(this, value), "Return number of occurrences of value.";
    "index(self, value, start=0, stop=sys.maxsize, /)" => calls index(this, value, start, stop), "Return first index of value.\n\nRaises ValueError if the value is not present.";
};

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    support::no_keywords_unless_init(vm, "tuple", cls, &TUPLE, kwargs)?;
    let source = {
        let n = args.get(vm).len(vm);
        if n > 1 {
            return Err(vm.type_error(format!("tuple expected at most 1 argument, got {n}")));
        }
        args.get(vm).at(vm, 0).map(|v| vm.local(v))
    };
    let tuple = match source {
        Some(x) => vm.tuple_from_iterable(x)?.keep(vm),
        None => vm.local(vm.empty_tuple().value()),
    };
    support::as_instance(vm, cls, &TUPLE, tuple)
}
fn repr(vm: &mut Vm, this: Local<k::Tuple>) -> Py<Ret> {
    let mut out = Vec::new();
    support::push_sequence(vm, &mut out, this.any())?;
    support::str_ret(vm, &out)
}

/// Mixes item hashes into a tuple's (CPython: Objects/tupleobject.c, tuple_hash, after xxHash).
pub(crate) struct TupleHash(u64, u64);
impl TupleHash {
    const PRIME_1: u64 = 11400714785074694791;
    const PRIME_2: u64 = 14029467366897019727;
    const PRIME_5: u64 = 2870177450012600261;
    pub(crate) fn new() -> TupleHash {
        TupleHash(Self::PRIME_5, 0)
    }
    #[inline]
    pub(crate) fn add(&mut self, lane: i64) {
        self.0 = self
            .0
            .wrapping_add((lane as u64).wrapping_mul(Self::PRIME_2))
            .rotate_left(31)
            .wrapping_mul(Self::PRIME_1);
        self.1 += 1;
    }
    pub(crate) fn finish(self) -> i64 {
        match self.0.wrapping_add(self.1 ^ (Self::PRIME_5 ^ 3527539)) {
            u64::MAX => 1546275796,
            h => h as i64,
        }
    }
}
fn hash(vm: &mut Vm, this: Local<k::Tuple>) -> Py<i64> {
    let mut mix = TupleHash::new();
    let item = vm.local(Value::NONE);
    for i in 0..this.get(vm).len(vm) {
        item.set(vm, this.get(vm).get(vm, i));
        mix.add(vm.hash(item)?);
    }
    Ok(mix.finish())
}
fn len(vm: &Vm, this: Tuple<'_>) -> Py<usize> {
    Ok(this.len(vm))
}
fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::tuple_iterator(vm, this))
}
fn contains(vm: &mut Vm, this: Local<k::Tuple>, item: Local) -> Py<bool> {
    support::sequence_contains(vm, this.any(), item)
}
fn compare(vm: &mut Vm, this: Local<k::Tuple>, other: Local, op: CmpOp) -> Py<Ret> {
    if !other.is::<k::Tuple>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    support::compare_sequences(vm, this.any(), other, op)
}
support::comparisons!(k::Tuple, compare);

fn get_item(vm: &mut Vm, this: Local<k::Tuple>, key: Local) -> Py<Ret> {
    let subscript = support::subscript(vm, key, "tuple")?;
    let vm: &Vm = vm;
    let tuple = this.get(vm);
    match subscript {
        Subscript::Index(i) => {
            match support::wrap_index(i, tuple.len(vm)).and_then(|i| tuple.at(vm, i)) {
                Some(v) => Ok(vm.ret(v)),
                None => Err(vm.index_error("tuple index out of range")),
            }
        }
        Subscript::Slice(slice) => {
            let span = slice.adjust(tuple.len(vm));
            if span.n == tuple.len(vm) && span.step == 1 {
                return Ok(vm.ret(tuple.value()));
            }
            Ok(vm.ret(
                vm.new_tuple_from(span.n, |i| tuple.get(vm, span.at(i)))?
                    .value(),
            ))
        }
    }
}
fn add<'v>(vm: &'v Vm, this: Tuple<'v>, other: Value<'v>) -> Py<Value<'v>> {
    let Some(other) = other.as_tuple(vm) else {
        return Err(vm.type_error(format!(
            "can only concatenate tuple (not \"{}\") to tuple",
            vm.type_name_for_error(other)
        )));
    };
    let (a, b) = (this.len(vm), other.len(vm));
    if b == 0 {
        return Ok(this.value());
    }
    if a == 0 {
        return Ok(other.value());
    }
    Ok(vm
        .new_tuple_from(a + b, |i| {
            if i < a {
                this.get(vm, i)
            } else {
                other.get(vm, i - a)
            }
        })?
        .value())
}
fn mul(vm: &mut Vm, this: Local<k::Tuple>, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let vm: &Vm = vm;
    let tuple = this.get(vm);
    let n = tuple.len(vm);
    if times == 1 {
        return Ok(vm.ret(tuple.value()));
    }
    let total = support::repeated_len(vm, n, times)?;
    Ok(vm.ret(vm.new_tuple_from(total, |i| tuple.get(vm, i % n))?.value()))
}
fn getnewargs<'v>(vm: &'v Vm, this: Tuple<'v>) -> Py<Tuple<'v>> {
    Ok(vm.new_tuple(&[this.value()])?)
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
fn count(vm: &mut Vm, this: Local<k::Tuple>, item: Local) -> Py<usize> {
    support::sequence_count(vm, this.any(), item)
}
fn index(
    vm: &mut Vm,
    this: Local<k::Tuple>,
    item: Local,
    start: Option<SliceBound>,
    stop: Option<SliceBound>,
) -> Py<usize> {
    let (start, stop) =
        support::find_bounds(start.map(|i| i.0), stop.map(|i| i.0), this.get(vm).len(vm));
    match support::sequence_find(vm, this.any(), item, start, stop)? {
        Some(i) => Ok(i),
        None => Err(vm.value_error("tuple.index(x): x not in tuple")),
    }
}

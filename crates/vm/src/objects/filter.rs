//! `filter`.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::enumerate::{new_of, next_by};
use crate::objects::iterators::{A, SLOTS, SOURCE, mode, myself, set_slot, slot_local};
use crate::objects::support;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::Value;

pub static FILTER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "filter",
    doc: "Return an iterator yielding those items of iterable for which function(item)\nis true. If function is None, return the items that are true.",
    layout: Layout::Slots(SLOTS as u16),
    flags: TypeFlags::BASETYPE.with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    iternext: Some(step),
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__next__(self, /)" => calls next(this), "Implement next(self).";
    "__reduce__(self, /)" => leaf reduce(this), "Return state information for pickling.";
};

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    support::no_keywords_unless_init(vm, "filter", cls, &FILTER, kwargs)?;
    let n = args.get(vm).len(vm);
    if n != 2 {
        return Err(vm.type_error(format!("filter expected 2 arguments, got {n}")));
    }
    let iterable = vm.local(args.get(vm).get(vm, 1));
    let source = vm.iter(iterable)?.keep(vm);
    let it = new_of(vm, cls, &FILTER, mode::FILTER)?;
    set_slot(vm, it, SOURCE, source.value(vm));
    set_slot(vm, it, A, args.get(vm).get(vm, 0));
    Ok(vm.ret(it.value(vm)))
}
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (source, predicate, item, verdict) = (
        slot_local(vm, this, SOURCE),
        slot_local(vm, this, A),
        vm.local(Value::NONE),
        vm.local(Value::NONE),
    );
    if source.value(vm).is_empty() {
        return Ok(false);
    }
    let by_truth = predicate.value(vm).is_none();
    while vm.next_into(source, item)? {
        let keep = if by_truth {
            vm.truth(item)?
        } else {
            vm.call(predicate, &[item])?.put(vm, verdict);
            vm.truth(verdict)?
        };
        if keep {
            vm.ret.set(item.word(vm));
            return Ok(true);
        }
    }
    Ok(false)
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    next_by(vm, this, step)
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (source, predicate) = this.as_obj().map_or((Value::NONE, Value::NONE), |o| {
        (o.slot(vm, SOURCE), o.slot(vm, A))
    });
    let args = vm.new_tuple(&[predicate, source])?;
    Ok(vm
        .new_tuple(&[vm.type_of(this).value(), args.value()])?
        .value())
}

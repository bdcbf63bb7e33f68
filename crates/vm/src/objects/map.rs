//! `map`.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::enumerate::{new_of, next_by};
use crate::objects::iterators::{A, B, SLOTS, SOURCE, mode, myself, set_slot, slot_local};
use crate::objects::zip::{count, gather, iterators_of, strict_keyword};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::Value;

pub static MAP: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "map",
    doc: "Make an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.",
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
    "__setstate__(self, object, /)" => calls set_state(this, state), "Set state information for unpickling.";
};

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let strict = strict_keyword(vm, "map", kwargs)?;
    if args.get(vm).len(vm) < 2 {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let iters = iterators_of(vm, args, 1)?;
    let it = new_of(vm, cls, &MAP, mode::MAP)?;
    set_slot(vm, it, SOURCE, args.get(vm).get(vm, 0));
    set_slot(vm, it, A, iters.value(vm));
    set_slot(vm, it, B, Value::bool(strict));
    Ok(vm.ret(it.value(vm)))
}
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (function, iters, strict) = (
        slot_local(vm, this, SOURCE),
        slot_local(vm, this, A),
        slot_local(vm, this, B).value(vm) == Value::TRUE,
    );
    let n = count(vm, iters);
    if n == 0 {
        return Ok(false);
    }
    let items: Vec<Local> = (0..n).map(|_| vm.local(Value::NONE)).collect();
    if !gather(vm, iters, strict, "map", &items)? {
        return Ok(false);
    }
    let word = vm.call(function, &items)?.get(vm).word();
    vm.ret.set(word);
    Ok(true)
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    next_by(vm, this, step)
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let Some(o) = this.as_obj() else {
        return Ok(Value::NONE);
    };
    let mut args = vec![o.slot(vm, SOURCE)];
    args.extend(
        o.slot(vm, A)
            .as_tuple(vm)
            .into_iter()
            .flat_map(|t| t.to_vec(vm)),
    );
    let args = vm.new_tuple(&args)?.value();
    let class = vm.type_of(this).value();
    Ok(if o.slot(vm, B) == Value::TRUE {
        vm.new_tuple(&[class, args, Value::TRUE])?
    } else {
        vm.new_tuple(&[class, args])?
    }
    .value())
}
fn set_state(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    let strict = vm.truth(state)?;
    set_slot(vm, this, B, Value::bool(strict));
    Ok(())
}

//! `zip`.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::enumerate::{new_of, next_by};
use crate::objects::iterators::{self, A, SLOTS, SOURCE, mode, set_slot, slot_local};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::Value;

pub static ZIP: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "zip",
    doc: "Yields tuples of one item from each iterable, until an iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.",
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
use crate::objects::iterators::myself;

/// The value of the only keyword, `strict`.
pub(crate) fn strict_keyword(vm: &mut Vm, name: &str, kwargs: Local) -> Py<bool> {
    let strict = {
        let vm: &Vm = vm;
        let Some(d) = kwargs.value(vm).as_dict(vm) else {
            return Ok(false);
        };
        let mut strict = Value::FALSE;
        for (key, value) in d.iter(vm) {
            let key = vm.text_of(key);
            if key != "strict" {
                let known = ["strict"].into_iter();
                return Err(vm.type_error(crate::suggest::unexpected_keyword(name, &key, known)));
            }
            strict = value;
        }
        vm.local(strict)
    };
    vm.truth(strict)
}
/// Iterators over arguments `first..`, as a tuple.
pub(crate) fn iterators_of(vm: &mut Vm, args: Local<k::Tuple>, first: usize) -> Py<Local> {
    let list: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let arg = vm.local(Value::NONE);
    for i in first..args.get(vm).len(vm) {
        arg.set(vm, args.get(vm).get(vm, i));
        let ret = vm.iter(arg)?;
        let it = ret.get(vm);
        list.get(vm).push(vm, it)?;
    }
    let items = list.get(vm).to_vec(vm);
    Ok(vm.local(vm.new_tuple(&items)?.value()))
}
/// One item of each iterator of a tuple: None when one is exhausted. Where `strict`, they must all be.
pub(crate) fn gather(
    vm: &mut Vm,
    iters: Local,
    strict: bool,
    name: &str,
    into: &[Local],
) -> Py<bool> {
    let it = vm.local(Value::NONE);
    for (i, slot) in into.iter().enumerate() {
        it.set(vm, nth(vm, iters, i));
        if vm.next_into(it, *slot)? {
            continue;
        }
        if !strict {
            return Ok(false);
        }
        if i > 0 {
            let which = if i == 1 {
                "argument 1".to_string()
            } else {
                format!("arguments 1-{i}")
            };
            return Err(vm.value_error(format!(
                "{name}() argument {} is shorter than {which}",
                i + 1
            )));
        }
        for j in 1..into.len() {
            it.set(vm, nth(vm, iters, j));
            if vm.next(it)? {
                let which = if j == 1 {
                    "argument 1".to_string()
                } else {
                    format!("arguments 1-{j}")
                };
                return Err(vm.value_error(format!(
                    "{name}() argument {} is longer than {which}",
                    j + 1
                )));
            }
        }
        return Ok(false);
    }
    Ok(true)
}
fn nth<'v>(vm: &'v Vm, tuple: Local, i: usize) -> Value<'v> {
    tuple
        .value(vm)
        .as_tuple(vm)
        .map_or(Value::NONE, |t| t.get(vm, i))
}
pub(crate) fn count(vm: &Vm, tuple: Local) -> usize {
    tuple.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm))
}

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let strict = strict_keyword(vm, "zip", kwargs)?;
    let iters = iterators_of(vm, args, 0)?;
    let it = new_of(vm, cls, &ZIP, mode::ZIP)?;
    set_slot(vm, it, SOURCE, iters.value(vm));
    set_slot(vm, it, A, Value::bool(strict));
    Ok(vm.ret(it.value(vm)))
}
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (iters, strict) = (
        slot_local(vm, this, SOURCE),
        slot_local(vm, this, A).value(vm) == Value::TRUE,
    );
    let n = count(vm, iters);
    if n == 0 {
        return Ok(false);
    }
    let items: Vec<Local> = (0..n).map(|_| vm.local(Value::NONE)).collect();
    if !gather(vm, iters, strict, "zip", &items)? {
        return Ok(false);
    }
    let tuple = vm.new_tuple_from(n, |i| items[i].value(vm))?.value().word();
    vm.ret.set(tuple);
    Ok(true)
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    next_by(vm, this, step)
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (iters, strict) = this.as_obj().map_or((Value::NONE, Value::NONE), |o| {
        (o.slot(vm, SOURCE), o.slot(vm, A))
    });
    let class = vm.type_of(this).value();
    Ok(if strict == Value::TRUE {
        vm.new_tuple(&[class, iters, Value::TRUE])?
    } else {
        vm.new_tuple(&[class, iters])?
    }
    .value())
}
fn set_state(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    let strict = vm.truth(state)?;
    iterators::set_slot(vm, this, A, Value::bool(strict));
    Ok(())
}

//! `enumerate`. Over a builtin iterator it is stepped by `iterators::fast_next` without a call.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::iterators::{self, Fast, POS, SLOTS, SOURCE, mode};
use crate::objects::{generic_alias, object};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::BinOp;
use mesapy_heap::Value;

pub static ENUMERATE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "enumerate",
    doc: "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nIts items are pairs of a count (from start, which defaults to zero) and a value\nyielded by the iterable argument.",
    layout: Layout::Slots(SLOTS as u16),
    flags: TypeFlags::BASETYPE.with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    iternext: Some(step),
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__next__(self, /)" => calls next(this), "Implement next(self).";
    "__reduce__(self, /)" => leaf reduce(this), "Return state information for pickling.";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
};

/// An iterator object of one of the builtin iterator classes: of kind `Iter` for the class itself, an instance for its subclasses.
pub(crate) fn new_of(vm: &Vm, cls: Local, def: &'static TypeDef, mode: i64) -> Py<Local> {
    let class = object::check_new_class(vm, cls, def)?;
    if class == vm.type_object(def) {
        return Ok(vm.local(iterators::new_iter(vm, def, mode, Value::EMPTY)));
    }
    let it = vm.local(object::instantiate(vm, class)?);
    iterators::set_slot(vm, it, iterators::MODE, Value::int32(mode as i32));
    Ok(it)
}
/// The only keyword that the function knows, from its keywords.
fn keyword<'v>(vm: &'v Vm, kwargs: Local, name: &str) -> Option<Value<'v>> {
    kwargs
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())))
}

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let (iterable, start) = {
        let vm: &Vm = vm;
        let args = args.get(vm);
        let nkw = kwargs.value(vm).as_dict(vm).map_or(0, |d| d.len(vm));
        let n = args.len(vm) + nkw;
        if n > 2 {
            return Err(vm.type_error(format!("enumerate() takes at most 2 arguments ({n} given)")));
        }
        let (by_iterable, by_start) = (
            keyword(vm, kwargs, "iterable"),
            keyword(vm, kwargs, "start"),
        );
        let iterable = args.at(vm, 0).or(by_iterable);
        let start = args.at(vm, 1).or(by_start);
        let used = args.len(vm)
            + usize::from(args.is_empty(vm) && by_iterable.is_some())
            + usize::from(args.len(vm) < 2 && by_start.is_some());
        let Some(iterable) = iterable.filter(|_| used == n) else {
            let first = kwargs.value(vm).as_dict(vm).and_then(|d| {
                d.iter(vm)
                    .map(|(name, _)| vm.text_of(name))
                    .find(|name| n == 1 || name != "start" && name != "iterable")
            });
            return Err(match first {
                Some(name) if !(name == "iterable" && args.is_empty(vm)) => vm.type_error(format!(
                    "'{name}' is an invalid keyword argument for enumerate()"
                )),
                _ => vm.type_error("enumerate() missing required argument 'iterable'"),
            });
        };
        (
            vm.local(iterable),
            vm.local(start.unwrap_or(Value::int32(0))),
        )
    };
    let start = vm.index_value(start)?.keep(vm);
    let source = vm.iter(iterable)?.keep(vm);
    let it = new_of(vm, cls, &ENUMERATE, mode::ENUMERATE)?;
    iterators::set_slot(vm, it, SOURCE, source.value(vm));
    iterators::set_slot(vm, it, POS, start.value(vm));
    Ok(vm.ret(it.value(vm)))
}
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    if let Some(o) = this.value(vm).as_obj() {
        match iterators::fast_next(vm, o) {
            Fast::Item(word) => {
                vm.ret.set(word);
                return Ok(true);
            }
            Fast::End => return Ok(false),
            Fast::Slow => {}
        }
    }
    let source = iterators::slot_local(vm, this, SOURCE);
    if source.value(vm).is_empty() || !vm.next(source)? {
        return Ok(false);
    }
    let item = vm.local(vm.ret.get().value(vm));
    let count = iterators::slot_local(vm, this, POS);
    let next = match count.value(vm).as_small_int() {
        Some(n) => vm.local(vm.int(n + 1)),
        None => {
            let one = vm.local(Value::int32(1));
            vm.binary(BinOp::Add, count, one)?.keep(vm)
        }
    };
    iterators::set_slot(vm, this, POS, next.value(vm));
    let pair = vm
        .new_tuple(&[count.value(vm), item.value(vm)])?
        .value()
        .word();
    vm.ret.set(pair);
    Ok(true)
}
/// `__next__` of a type that is stepped by `iternext`: direct, so that a subclass's own `__next__` can call it.
pub(crate) fn next_by(vm: &mut Vm, this: Local, step: fn(&mut Vm, Local) -> Py<bool>) -> Py<Ret> {
    if step(vm, this)? {
        let word = vm.ret.get();
        return Ok(vm.ret(word.value(vm)));
    }
    Err(vm.stop_iteration(Value::NONE))
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    next_by(vm, this, step)
}
fn iter<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (source, count) = this.as_obj().map_or((Value::NONE, Value::NONE), |o| {
        (o.slot(vm, SOURCE), o.slot(vm, POS))
    });
    let args = vm.new_tuple(&[source, count])?;
    Ok(vm
        .new_tuple(&[vm.type_of(this).value(), args.value()])?
        .value())
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}

//! Iterators that choose or map: `compress`, `dropwhile`, `takewhile`, `filterfalse`, `starmap`.

use super::{item, iterator_of, itself};
use crate::support::*;

const FUNCTION: usize = 0;
const ITERATOR: usize = 1;
/// dropwhile: whether an item was given; takewhile: whether it is over.
const STATE: usize = 2;

macro_rules! filters {
    ($($def:ident $name:literal $slots:literal $sig:literal $new:ident $next:ident $doc:literal;)*) => { $(
        pub static $def: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            doc: $doc,
            layout: Layout::Slots($slots),
            flags: BASE,
            methods: methods! {
                $sig => static calls $new(cls, function, iterable), "Create and return a new object.  See help(type) for accurate signature.";
                "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
            },
            iternext: Some($next),
            ..TypeDef::EMPTY
        };
        fn $new(vm: &mut Vm, cls: Local, function: Local, iterable: Local) -> Py<Local> {
            let iterator = iterator_of(vm, iterable)?;
            let made = make(vm, cls, &$def)?;
            set_slot(vm, made, FUNCTION, function.value(vm));
            set_slot(vm, made, ITERATOR, iterator.value(vm));
            Ok(made)
        }
    )* };
}
filters! {
    DROPWHILE "itertools.dropwhile" 3 "__new__(cls, predicate, iterable, /)" dropwhile_new dropwhile_next "Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.";
    TAKEWHILE "itertools.takewhile" 3 "__new__(cls, predicate, iterable, /)" takewhile_new takewhile_next "Return successive entries from an iterable as long as the predicate evaluates to true for each entry.";
    FILTERFALSE "itertools.filterfalse" 2 "__new__(cls, function, iterable, /)" filterfalse_new filterfalse_next "Return those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.";
    STARMAP "itertools.starmap" 2 "__new__(cls, function, iterable, /)" starmap_new starmap_next "Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.";
}

/// The truth of `function(item)`.
fn holds(vm: &mut Vm, function: Local, item: Local) -> Py<bool> {
    vm.scope(|vm| {
        let answer = vm.call(function, &[item])?.keep(vm);
        vm.truth(answer)
    })
}
fn dropwhile_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let (function, iterator) = (
        slot_local(vm, this, FUNCTION),
        slot_local(vm, this, ITERATOR),
    );
    let found = vm.local(Value::NONE);
    while vm.next_into(iterator, found)? {
        if slot(vm, this, STATE) == Value::TRUE {
            return item(vm, found.value(vm));
        }
        if !holds(vm, function, found)? {
            set_slot(vm, this, STATE, Value::TRUE);
            return item(vm, found.value(vm));
        }
        vm.poll()?;
    }
    Ok(false)
}
fn takewhile_next(vm: &mut Vm, this: Local) -> Py<bool> {
    if slot(vm, this, STATE) == Value::TRUE {
        return Ok(false);
    }
    let (function, iterator) = (
        slot_local(vm, this, FUNCTION),
        slot_local(vm, this, ITERATOR),
    );
    let found = vm.local(Value::NONE);
    if !vm.next_into(iterator, found)? {
        return Ok(false);
    }
    if holds(vm, function, found)? {
        return item(vm, found.value(vm));
    }
    set_slot(vm, this, STATE, Value::TRUE);
    Ok(false)
}
fn filterfalse_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let (function, iterator) = (
        slot_local(vm, this, FUNCTION),
        slot_local(vm, this, ITERATOR),
    );
    let by_truth = function.value(vm).is_none()
        || function.value(vm) == vm.type_object(&mesapy_vm::objects::bool::BOOL).value();
    let found = vm.local(Value::NONE);
    while vm.next_into(iterator, found)? {
        let good = if by_truth {
            vm.truth(found)?
        } else {
            holds(vm, function, found)?
        };
        if !good {
            return item(vm, found.value(vm));
        }
        vm.poll()?;
    }
    Ok(false)
}
fn starmap_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let (function, iterator) = (
        slot_local(vm, this, FUNCTION),
        slot_local(vm, this, ITERATOR),
    );
    let args = vm.local(Value::NONE);
    if !vm.next_into(iterator, args)? {
        return Ok(false);
    }
    if args.value(vm).as_exact_tuple(vm).is_none() {
        vm.tuple_from_iterable(args)?.put(vm, args);
    }
    let none = vm.local(Value::EMPTY);
    super::give(vm.call_ex(function, args, none)?)
}

pub static COMPRESS: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.compress",
    doc: "Return data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors to\nchoose the data elements.",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, data, selectors)" => static calls compress_new(cls, data, selectors), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(compress_next),
    ..TypeDef::EMPTY
};
const DATA: usize = 0;
const SELECTORS: usize = 1;

fn compress_new(vm: &mut Vm, cls: Local, data: Local, selectors: Local) -> Py<Local> {
    let data = iterator_of(vm, data)?;
    let selectors = iterator_of(vm, selectors)?;
    let made = make(vm, cls, &COMPRESS)?;
    set_slot(vm, made, DATA, data.value(vm));
    set_slot(vm, made, SELECTORS, selectors.value(vm));
    Ok(made)
}
fn compress_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let (data, selectors) = (slot_local(vm, this, DATA), slot_local(vm, this, SELECTORS));
    let [found, selector] = vm.locals([Value::NONE, Value::NONE]);
    loop {
        if !vm.next_into(data, found)? || !vm.next_into(selectors, selector)? {
            return Ok(false);
        }
        if vm.truth(selector)? {
            return item(vm, found.value(vm));
        }
        vm.poll()?;
    }
}

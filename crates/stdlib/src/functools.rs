//! `_functools`: `partial`, `reduce`, `cmp_to_key` and the cache behind `lru_cache`, each in a file.

use crate::support::*;
use mesapy_vm::vm::Pinned;

mod compare;
mod lru;
mod partial;

pub static MODULE: NativeModule = NativeModule {
    name: "_functools",
    doc: "Tools that operate on functions.",
    functions: methods! {
        "reduce(function, iterable, /, initial=<unrepresentable>)" => static calls reduce(function, iterable, initial), "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is present,\nit is placed before the items of the iterable in the calculation, and serves as\na default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).";
        "cmp_to_key(mycmp)" => static calls cmp_to_key(mycmp), "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.";
    },
    types: &[
        &partial::PARTIAL,
        &partial::PLACEHOLDER_TYPE,
        &lru::LRU_CACHE,
    ],
    init: Some(init),
};

/// Objects of which each interpreter has one.
#[derive(Default)]
struct Singletons {
    placeholder: Option<Pinned>,
    keyword_mark: Option<Pinned>,
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&compare::KEY_WRAPPER)?;
    vm.register_type(&lru::KEYWORD_MARK)?;
    let placeholder = make_exact(vm, &partial::PLACEHOLDER_TYPE)?;
    let mark = make_exact(vm, &lru::KEYWORD_MARK)?;
    let singletons = Singletons {
        placeholder: Some(vm.pin(placeholder.value(vm))),
        keyword_mark: Some(vm.pin(mark.value(vm))),
    };
    *vm.state::<Singletons>() = singletons;
    set_global(vm, dict, "Placeholder", placeholder.value(vm))
}
fn singleton(vm: &Vm, which: fn(&Singletons) -> Option<Pinned>) -> Value<'_> {
    vm.state_if_any::<Singletons>()
        .and_then(which)
        .map_or(Value::EMPTY, |p| vm.pinned(p))
}

fn reduce(vm: &mut Vm, function: Local, iterable: Local, initial: Option<Local>) -> Py<Ret> {
    let result = vm.iter(iterable);
    let Some(r) = vm.caught(result, &exc::TYPE_ERROR)? else {
        return Err(vm.type_error("reduce() arg 2 must support iteration"));
    };
    let iterator = r.keep(vm);
    let value = vm.local(Value::NONE);
    match initial {
        Some(i) => value.set(vm, i.value(vm)),
        None => {
            if !vm.next_into(iterator, value)? {
                return Err(vm.type_error("reduce() of empty iterable with no initial value"));
            }
        }
    }
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        vm.call(function, &[value, item])?.put(vm, value);
    }
    Ok(vm.ret(value.value(vm)))
}
fn cmp_to_key(vm: &mut Vm, mycmp: Local) -> Py<Local> {
    compare::new_key(vm, mycmp, None)
}

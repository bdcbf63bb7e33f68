//! `itertools`: building blocks of iterators, grouped by what they do.
//!
//! Each is a type whose step is its `iternext`; its state is in native slots. A step may run any Python code, which may step the same iterator again: so
//! state is read from the slots after every call, and written before the next.

use crate::support::*;

mod chains;
mod combine;
mod count;
mod filters;
mod group;
mod tee;
mod windows;
mod zip_longest;

pub static MODULE: NativeModule = NativeModule {
    name: "itertools",
    doc: "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times",
    functions: methods! {
        "tee(iterable, n=2, /)" => static calls tee_function(iterable, n), "Returns a tuple of n independent iterators.";
    },
    types: &[
        &windows::ACCUMULATE,
        &windows::BATCHED,
        &chains::CHAIN,
        &combine::COMBINATIONS,
        &combine::COMBINATIONS_WITH_REPLACEMENT,
        &filters::COMPRESS,
        &count::COUNT,
        &chains::CYCLE,
        &filters::DROPWHILE,
        &filters::FILTERFALSE,
        &group::GROUPBY,
        &group::GROUPER,
        &windows::ISLICE,
        &windows::PAIRWISE,
        &combine::PERMUTATIONS,
        &combine::PRODUCT,
        &count::REPEAT,
        &filters::STARMAP,
        &filters::TAKEWHILE,
        &tee::TEE,
        &tee::TEE_DATA,
        &zip_longest::ZIP_LONGEST,
    ],
    init: None,
};

fn tee_function(vm: &mut Vm, iterable: Local, n: Option<i64>) -> Py<Ret> {
    tee::tee(vm, iterable, n.unwrap_or(2))
}

/// `__iter__` of every iterator.
fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
/// Leaves a value as the item of a step.
fn item(vm: &Vm, value: Value<'_>) -> Py<bool> {
    give(vm.ret(value))
}
/// The item of a step is what waits in the return register.
fn give(ret: Ret) -> Py<bool> {
    let _waits = ret;
    Ok(true)
}
/// An iterator of the argument in a fresh local.
fn iterator_of(vm: &mut Vm, iterable: Local) -> Py<Local> {
    Ok(vm.iter(iterable)?.keep(vm))
}

//! `gc`: the collector as programs see it. Objects are freed by collections only, so `collect` counts all that it freed.

use crate::support::*;
use mesapy_heap::Collection;

pub static MODULE: NativeModule = NativeModule {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.",
    functions: methods! {
        "enable()" => static leaf enable(), "Enable automatic garbage collection.";
        "disable()" => static leaf disable(), "Disable automatic garbage collection.";
        "isenabled()" => static leaf isenabled(), "Returns true if automatic garbage collection is enabled.";
        "collect(generation=2)" => static calls collect(generation), "Run the garbage collector.\n\nThe number of unreachable objects is returned.";
        "get_referents(*objs)" => static leaf get_referents(objs), "Return the list of objects that are directly referred to by 'objs'.";
        "get_referrers(*objs)" => static leaf get_referrers(objs), "Return the list of objects that directly refer to any of 'objs'.";
        "is_tracked(obj, /)" => static leaf is_tracked(obj), "Returns true if the object is tracked by the garbage collector.";
    },
    types: &[],
    init: Some(init),
};
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    set_global(vm, dict, "garbage", vm.new_list(&[])?.value())?;
    set_global(vm, dict, "callbacks", vm.new_list(&[])?.value())?;
    for (name, bit) in [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ] {
        set_global(vm, dict, name, vm.int(bit))?;
    }
    Ok(())
}
fn enable(vm: &Vm) -> Py<()> {
    vm.set_gc_enabled(true);
    Ok(())
}
fn disable(vm: &Vm) -> Py<()> {
    vm.set_gc_enabled(false);
    Ok(())
}
fn isenabled(vm: &Vm) -> Py<bool> {
    Ok(vm.gc_is_enabled())
}
fn collect(vm: &mut Vm, generation: Option<i64>) -> Py<usize> {
    let which = match generation.unwrap_or(2) {
        0 | 1 => Collection::Minor,
        2 => Collection::Full,
        _ => return Err(vm.value_error("invalid generation")),
    };
    let freed = vm.collect_garbage(which);
    vm.run_finalizers();
    Ok(freed)
}
fn get_referents<'v>(vm: &'v Vm, objs: Tuple<'v>) -> Py<List<'v>> {
    let all: Vec<Value<'v>> = objs
        .iter(vm)
        .flat_map(|o| mesapy_vm::gc::referents(vm, o))
        .collect();
    Ok(vm.new_list(&all)?)
}
fn get_referrers<'v>(vm: &'v Vm, objs: Tuple<'v>) -> Py<List<'v>> {
    let wanted: Vec<Value<'v>> = objs.iter(vm).collect();
    let mut found = Vec::new();
    vm.for_each_object(&mut |o| {
        if o.value() != objs.value()
            && vm.is_tracked(o.value())
            && vm.heap.referents(o).iter().any(|r| wanted.contains(r))
        {
            found.push(o.value().word());
        }
    });
    let found: Vec<Value<'v>> = found.into_iter().map(|w| w.value(vm)).collect();
    Ok(vm.new_list(&found)?)
}
fn is_tracked(vm: &Vm, obj: Value<'_>) -> Py<bool> {
    Ok(vm.is_tracked(obj))
}

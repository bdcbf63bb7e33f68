//! `gc`: the collector as programs see it. Objects are freed by collections only, so `collect` counts all that it freed.
//!
//! The collector has two generations, young and old: what programs call 0 and 1 is a minor collection, 2 a full one. Callbacks hear of the collections that
//! programs ask for; those that start by themselves happen between two instructions and call nobody.

use crate::support::*;
use mesapy_heap::Collection;

pub static MODULE: NativeModule = NativeModule {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.",
    functions: methods! {
        "enable()" => static calls enable(), "Enable automatic garbage collection.";
        "disable()" => static calls disable(), "Disable automatic garbage collection.";
        "isenabled()" => static calls isenabled(), "Returns true if automatic garbage collection is enabled.";
        "collect(generation=2)" => static calls collect(generation), "Run the garbage collector.\n\nThe number of unreachable objects is returned.";
        "get_referents(*objs)" => static leaf get_referents(objs), "Return the list of objects that are directly referred to by 'objs'.";
        "get_referrers(*objs)" => static calls get_referrers(objs), "Return the list of objects that directly refer to any of 'objs'.";
        "is_tracked(obj, /)" => static leaf is_tracked(obj), "Returns true if the object is tracked by the garbage collector.";
        "is_finalized(obj, /)" => static leaf is_finalized(obj), "Returns true if the object's finalizer has run.";
        "get_objects(generation=None)" => static calls get_objects(generation), "Return a list of the objects that the collector tracks.\n\n  generation\n    0: the young ones, of which none is left by the collection that looks for them; 1 or 2: the old ones; None: all.";
        "get_count()" => static calls get_count(), "Return a tuple of the current counts of collections.";
        "get_threshold()" => static calls get_threshold(), "Return the collection thresholds as last set.";
        "set_threshold(threshold0, threshold1=10, threshold2=10, /)" => static calls set_threshold(first, second, third), "Set the collection thresholds.\n\nThe collector paces itself by memory; a threshold0 of 0 turns automatic collection off.";
        "get_debug()" => static calls get_debug(), "Get the garbage collection debugging flags.";
        "set_debug(flags, /)" => static calls set_debug(flags), "Set the garbage collection debugging flags.";
        "get_stats()" => static calls get_stats(), "Return a list of dictionaries with what was collected, one for each generation.";
        "freeze()" => static calls freeze(), "Regard all objects there are as permanent.";
        "unfreeze()" => static calls unfreeze(), "Regard permanent objects as old ones again.";
        "get_freeze_count()" => static calls get_freeze_count(), "Return the number of objects regarded as permanent.";
    },
    types: &[],
    init: Some(init),
};

/// What programs have set.
struct Settings {
    enabled: bool,
    thresholds: [i64; 3],
    debug: i64,
    frozen: usize,
    /// Minor collections at the last full one.
    minor_at_full: usize,
    /// Full collections beyond those asked for, which frees what finalizers left.
    extra_rounds: usize,
    /// Objects freed by the minor and by the full collections that programs asked for.
    collected: [usize; 2],
}
impl Default for Settings {
    fn default() -> Settings {
        Settings {
            enabled: true,
            thresholds: [2000, 10, 10],
            debug: 0,
            frozen: 0,
            minor_at_full: 0,
            extra_rounds: 0,
            collected: [0; 2],
        }
    }
}
/// The module's own list of callbacks, which stays the same if a program rebinds the name.
#[derive(Default)]
struct Callbacks(Option<mesapy_vm::vm::Pinned>);

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    {
        let vm: &Vm = vm;
        set_global(vm, dict, "garbage", vm.new_list(&[])?.value())?;
        for (name, bit) in [
            ("DEBUG_STATS", 1),
            ("DEBUG_COLLECTABLE", 2),
            ("DEBUG_UNCOLLECTABLE", 4),
            ("DEBUG_SAVEALL", 32),
            ("DEBUG_LEAK", 38),
        ] {
            set_global(vm, dict, name, vm.int(bit))?;
        }
    }
    let callbacks = vm.local(vm.new_list(&[])?.value());
    set_global(vm, dict, "callbacks", callbacks.value(vm))?;
    let pin = vm.pin(callbacks.value(vm));
    if let Some(old) = vm.state::<Callbacks>().0.replace(pin) {
        vm.unpin(old);
    }
    Ok(())
}

// ---- switching

fn apply(vm: &mut Vm) {
    let settings = vm.state::<Settings>();
    let on = settings.enabled && settings.thresholds[0] != 0;
    vm.set_gc_enabled(on);
}
fn enable(vm: &mut Vm) -> Py<()> {
    vm.state::<Settings>().enabled = true;
    apply(vm);
    Ok(())
}
fn disable(vm: &mut Vm) -> Py<()> {
    vm.state::<Settings>().enabled = false;
    apply(vm);
    Ok(())
}
fn isenabled(vm: &mut Vm) -> Py<bool> {
    Ok(vm.state::<Settings>().enabled)
}
fn get_threshold(vm: &mut Vm) -> Py<Ret> {
    let values = vm.state::<Settings>().thresholds;
    numbers(vm, &values)
}
fn set_threshold(vm: &mut Vm, first: i64, second: Option<i64>, third: Option<i64>) -> Py<()> {
    let thresholds = &mut vm.state::<Settings>().thresholds;
    thresholds[0] = first;
    thresholds[1] = second.unwrap_or(thresholds[1]);
    thresholds[2] = third.unwrap_or(thresholds[2]);
    apply(vm);
    Ok(())
}
fn get_debug(vm: &mut Vm) -> Py<i64> {
    Ok(vm.state::<Settings>().debug)
}
fn set_debug(vm: &mut Vm, flags: i64) -> Py<()> {
    vm.state::<Settings>().debug = flags;
    Ok(())
}
fn numbers(vm: &Vm, values: &[i64]) -> Py<Ret> {
    let values: Vec<Value<'_>> = values.iter().map(|n| vm.int(*n)).collect();
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}

// ---- collecting

/// Finalizers may make more objects with finalizers without end.
const ROUNDS_MAX: usize = 8;

fn collect(vm: &mut Vm, generation: Option<i64>) -> Py<usize> {
    let generation = generation.unwrap_or(2);
    let which = match generation {
        0 | 1 => Collection::Minor,
        2 => Collection::Full,
        _ => return Err(vm.value_error("invalid generation")),
    };
    const DEBUG_STATS: i64 = 1;
    let told = vm.state::<Settings>().debug & DEBUG_STATS != 0;
    tell(vm, "start", generation, 0)?;
    if told {
        let old = tracked(vm);
        let frozen = vm.state::<Settings>().frozen;
        let text = format!(
            "gc: collecting generation {generation}...\ngc: objects in each generation: 0 0 {old}\ngc: objects in permanent generation: {frozen}\n"
        );
        mesapy_vm::hooks::write_stderr(vm, text.as_bytes());
    }
    vm.forget_results();
    let mut freed = vm.collect_garbage(which);
    // What was finalized and not brought back dies now, and weak references to it with it.
    let mut rounds = 1;
    while vm.has_finalizers() && vm.run_finalizers() > 0 && rounds < ROUNDS_MAX {
        if which == Collection::Full {
            freed += vm.collect_garbage(which);
            vm.state::<Settings>().extra_rounds += 1;
        }
        rounds += 1;
    }
    if told {
        let text = format!("gc: done, {freed} unreachable, 0 uncollectable, 0.0000s elapsed\n");
        mesapy_vm::hooks::write_stderr(vm, text.as_bytes());
    }
    let minor = vm.heap.stats().minor;
    let settings = vm.state::<Settings>();
    settings.collected[usize::from(generation == 2)] += freed;
    if generation == 2 {
        settings.minor_at_full = minor;
    }
    tell(vm, "stop", generation, freed)?;
    Ok(freed)
}
/// Calls the callbacks; what they raise is reported, not raised.
fn tell(vm: &mut Vm, phase: &str, generation: i64, collected: usize) -> Py<()> {
    let Some(pin) = vm.state::<Callbacks>().0 else {
        return Ok(());
    };
    let list = vm.local(vm.pinned(pin));
    if list.value(vm).as_list(vm).is_none_or(|l| l.is_empty(vm)) {
        return Ok(());
    }
    let [callback, phase, info] = {
        let vm: &Vm = vm;
        let info = vm.new_dict();
        for (name, n) in [
            ("generation", generation),
            ("collected", collected as i64),
            ("uncollectable", 0),
        ] {
            info.set_str(vm, vm.intern(name.as_bytes()), vm.int(n))?;
        }
        vm.locals([
            Value::NONE,
            vm.new_str(phase.as_bytes())?.value(),
            info.value(),
        ])
    };
    let mut i = 0;
    while let Some(f) = list.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) {
        callback.set(vm, f);
        if let Err(raised) = vm.call(callback, &[phase, info]) {
            mesapy_vm::hooks::unraisable(
                vm,
                raised,
                callback,
                "Exception ignored while calling GC callback",
            );
        }
        i += 1;
    }
    Ok(())
}
/// Young collections since the last full one stand for all counts: the collector does not count objects.
fn get_count(vm: &mut Vm) -> Py<Ret> {
    let minor = vm.heap.stats().minor;
    let since = minor.saturating_sub(vm.state::<Settings>().minor_at_full);
    numbers(vm, &[0, since as i64, 0])
}
fn get_stats(vm: &mut Vm) -> Py<Local> {
    let stats = vm.heap.stats();
    let [minor, full] = vm.state::<Settings>().collected;
    let asked = stats
        .full
        .saturating_sub(vm.state::<Settings>().extra_rounds);
    let rows = [(stats.minor, minor), (0, 0), (asked, full)];
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for (collections, collected) in rows {
        let row = vm.new_dict();
        for (name, n) in [
            ("collections", collections),
            ("collected", collected),
            ("uncollectable", 0),
        ] {
            row.set_str(vm, vm.intern(name.as_bytes()), vm.int(n as i64))?;
        }
        list.push(vm, row.value())?;
    }
    Ok(vm.local(list.value()))
}
fn tracked(vm: &Vm) -> usize {
    let mut n = 0;
    vm.for_each_object(&mut |o| n += usize::from(vm.is_tracked(o.value())));
    n
}
fn freeze(vm: &mut Vm) -> Py<()> {
    let n = tracked(vm);
    vm.state::<Settings>().frozen = n;
    Ok(())
}
fn unfreeze(vm: &mut Vm) -> Py<()> {
    vm.state::<Settings>().frozen = 0;
    Ok(())
}
fn get_freeze_count(vm: &mut Vm) -> Py<usize> {
    Ok(vm.state::<Settings>().frozen)
}

// ---- looking

/// Frees what is dead: it must not be found, and so come back to life.
fn only_living(vm: &mut Vm) {
    vm.collect_garbage(Collection::Full);
    vm.run_finalizers();
}
fn get_objects(vm: &mut Vm, generation: Option<Local>) -> Py<Local> {
    let generation = generation.filter(|g| !g.value(vm).is_none());
    if let Some(generation) = generation {
        let n = vm.index(generation)?;
        if n >= 3 {
            return Err(vm.value_error(
                "generation parameter must be less than the number of available generations (3)",
            ));
        }
        if n < 0 {
            return Err(vm.value_error("generation parameter cannot be negative"));
        }
        if n == 0 {
            return Ok(vm.local(vm.new_list(&[])?.value()));
        }
    }
    only_living(vm);
    let vm: &Vm = vm;
    let mut found = Vec::new();
    vm.for_each_object(&mut |o| {
        if vm.is_tracked(o.value()) {
            found.push(o.value().word());
        }
    });
    let found: Vec<Value<'_>> = found.into_iter().map(|w| w.value(vm)).collect();
    Ok(vm.local(vm.new_list(&found)?.value()))
}
fn get_referents<'v>(vm: &'v Vm, objs: Tuple<'v>) -> Py<List<'v>> {
    let all: Vec<Value<'v>> = objs
        .iter(vm)
        .flat_map(|o| mesapy_vm::gc::referents(vm, o))
        .collect();
    Ok(vm.new_list(&all)?)
}
fn get_referrers(vm: &mut Vm, objs: Local<k::Tuple>) -> Py<Local> {
    only_living(vm);
    let vm: &Vm = vm;
    let objs = objs.get(vm);
    let wanted: Vec<Value<'_>> = objs.iter(vm).collect();
    let mut found = Vec::new();
    vm.for_each_object(&mut |o| {
        if o.value() != objs.value()
            && vm.is_tracked(o.value())
            && vm.heap.referents(o).iter().any(|r| wanted.contains(r))
        {
            found.push(o.value().word());
        }
    });
    let found: Vec<Value<'_>> = found.into_iter().map(|w| w.value(vm)).collect();
    Ok(vm.local(vm.new_list(&found)?.value()))
}
fn is_tracked(vm: &Vm, obj: Value<'_>) -> Py<bool> {
    // What CPython has no need to look at: its own types, and objects that hold nothing.
    let holds_nothing = match obj.as_obj() {
        Some(class) if vm.is_type(obj) => vm.is_core_type(class),
        _ => obj.kind(vm) == Kind::ByteArray || vm.is_exactly(obj, &object::OBJECT),
    };
    Ok(vm.is_tracked(obj) && !holds_nothing)
}
fn is_finalized(vm: &Vm, obj: Value<'_>) -> Py<bool> {
    let Some(o) = obj.as_obj() else {
        return Ok(false);
    };
    Ok(vm.special_of(obj, Dunder::Del).is_some() && !vm.heap.has_finalizer(o))
}

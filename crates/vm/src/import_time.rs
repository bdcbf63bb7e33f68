//! `-X importtime`: how long each import takes, on descriptor 2. CPython: Python/import.c, import_find_and_load

use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_heap::Value;

/// Where imports that are under way stand.
#[derive(Default)]
struct ImportTimes {
    /// Imports around this one.
    depth: usize,
    /// Microseconds that imports inside of the current one took.
    inner_us: i64,
    header_shown: bool,
}

fn now_us(vm: &Vm) -> i64 {
    const CLOCK_MONOTONIC: i32 = 1;
    let now = vm.platform().clock_time(CLOCK_MONOTONIC);
    now.map_or(0, |t| t.seconds * 1_000_000 + i64::from(t.nanos) / 1000)
}
/// The absolute name that an import asks for.
fn absolute_name(vm: &Vm, args: &[Local; 5]) -> String {
    let [name, globals, _, _, level] = args;
    let name = vm.text_of(name.value(vm));
    let level = level.value(vm).as_small_int().unwrap_or(0);
    let Some(level) = usize::try_from(level).ok().filter(|n| *n > 0) else {
        return name;
    };
    let package = globals
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"__package__")))
        .map(|p: Value<'_>| vm.text_of(p))
        .unwrap_or_default();
    let mut parts: Vec<&str> = package.split('.').collect();
    parts.truncate(parts.len().saturating_sub(level - 1));
    if !name.is_empty() {
        parts.push(&name);
    }
    parts.join(".")
}
fn say(vm: &Vm, text: &str) {
    // Nobody can be told that telling failed.
    let _ = vm.platform().write(2, text.as_bytes());
}

/// An import that found its module there, with `-X importtime=2`.
pub(crate) fn cached(vm: &Vm, name: &str) {
    let depth = vm.state_if_any::<ImportTimes>().map_or(0, |t| t.depth);
    let indent = " ".repeat(2 * depth);
    say(
        vm,
        &format!("import time: cached    | cached     | {indent}{name}\n"),
    );
}

pub(crate) fn measured(vm: &mut Vm, import: Local, args: &[Local; 5]) -> Py<Ret> {
    let name = absolute_name(vm, args);
    let loaded = vm
        .roots
        .modules(vm)
        .as_dict(vm)
        .is_some_and(|m| m.get_str(vm, vm.intern(name.as_bytes())).is_some());
    let header = !std::mem::replace(&mut vm.state::<ImportTimes>().header_shown, true);
    if header {
        say(
            vm,
            "import time: self [us] | cumulative | imported package\n",
        );
    }
    let depth = vm.state::<ImportTimes>().depth;
    let indent = " ".repeat(2 * depth);
    if loaded {
        if vm.sys_config.import_time > 1 {
            cached(vm, &name);
        }
        return vm.call(import, args);
    }
    let outer_us = std::mem::take(&mut vm.state::<ImportTimes>().inner_us);
    vm.state::<ImportTimes>().depth = depth + 1;
    let start = now_us(vm);
    let result = vm.call(import, args);
    let took = now_us(vm) - start;
    let times = vm.state::<ImportTimes>();
    times.depth = depth;
    let own = took - times.inner_us;
    times.inner_us = outer_us + took;
    say(
        vm,
        &format!("import time: {own:9} | {took:10} | {indent}{name}\n"),
    );
    result
}

//! Files open for writing that nothing refers to any more.
//!
//! CPython closes a file with its last reference, and programs rely on it: `open(path, "w").write(text)` is followed by something that reads the file.
//! Here the collector finds such files, so before the file system is looked at it is made to, if a file was opened for writing since the last time
//! and is open still. Programs that close their files never pay for it.

use mesapy_heap::Collection;
use mesapy_vm::Vm;

#[derive(Default)]
struct Writers {
    /// Opened by path, for writing, and not closed.
    open: u32,
    /// How many of them were in use when this was last looked at.
    in_use: u32,
    /// The number of minor collections when the last one was opened: those opened before it may have become old.
    minor: usize,
}

pub fn opened(vm: &mut Vm) {
    let minor = vm.heap.stats().minor;
    let writers = vm.state::<Writers>();
    writers.open = writers.open.saturating_add(1);
    writers.minor = minor;
}
pub fn closed(vm: &mut Vm) {
    let writers = vm.state::<Writers>();
    writers.open = writers.open.saturating_sub(1);
    writers.in_use = writers.in_use.min(writers.open);
}
/// Finds and finishes files that only the collector knows of.
pub fn settle(vm: &mut Vm) {
    let Some(writers) = vm.state_if_any::<Writers>() else {
        return;
    };
    if writers.open == writers.in_use {
        return;
    }
    let young = vm.heap.stats().minor == writers.minor;
    vm.collect_garbage(if young {
        Collection::Minor
    } else {
        Collection::Full
    });
    vm.run_finalizers();
    let writers = vm.state::<Writers>();
    writers.in_use = writers.open;
}

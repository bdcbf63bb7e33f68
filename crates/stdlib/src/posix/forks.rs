//! Forking, and what `register_at_fork` wants done around it.

use crate::support::*;
use mesapy_vm::vm::Pinned;

/// The functions of `register_at_fork`.
#[derive(Default)]
struct Hooks {
    before: Vec<Pinned>,
    in_parent: Vec<Pinned>,
    in_child: Vec<Pinned>,
}

pub fn register_at_fork(
    vm: &mut Vm,
    before: Option<Local>,
    in_child: Option<Local>,
    in_parent: Option<Local>,
) -> Py<()> {
    if before.is_none() && in_child.is_none() && in_parent.is_none() {
        return Err(vm.type_error("At least one argument is required."));
    }
    for (f, name) in [
        (before, "before"),
        (in_child, "after_in_child"),
        (in_parent, "after_in_parent"),
    ] {
        if let Some(f) = f
            && !vm.is_callable(f.value(vm))
        {
            return Err(vm.type_error(format!(
                "'{name}' must be callable, not {}",
                vm.type_name_for_error(f.value(vm))
            )));
        }
    }
    let pin = |vm: &Vm, f: Option<Local>| f.map(|f| vm.pin(f.value(vm)));
    let (before, in_child, in_parent) = (pin(vm, before), pin(vm, in_child), pin(vm, in_parent));
    let hooks = vm.state::<Hooks>();
    hooks.before.extend(before);
    hooks.in_child.extend(in_child);
    hooks.in_parent.extend(in_parent);
    Ok(())
}
/// Calls the hooks; what they raise is reported, and stops nothing.
fn call_all(vm: &mut Vm, hooks: Vec<Pinned>) {
    for hook in hooks {
        vm.scope(|vm| {
            let f = vm.local(vm.pinned(hook));
            let result = vm.call(f, &[]).map(|r| r.keep(vm));
            if let Err(raised) = result {
                mesapy_vm::hooks::unraisable(vm, raised, f, "Exception ignored in");
            }
        });
    }
}
pub fn before_fork(vm: &mut Vm) -> Py<()> {
    // Last registered, first called.
    let mut hooks = vm.state::<Hooks>().before.clone();
    hooks.reverse();
    call_all(vm, hooks);
    Ok(())
}
pub fn after_fork_in_parent(vm: &mut Vm) {
    let hooks = vm.state::<Hooks>().in_parent.clone();
    call_all(vm, hooks);
}
pub fn after_fork_in_child(vm: &mut Vm) {
    vm.after_fork_in_child();
    crate::thread::after_fork_in_child(vm);
    let hooks = vm.state::<Hooks>().in_child.clone();
    call_all(vm, hooks);
}
pub fn fork(vm: &mut Vm) -> Py<i64> {
    before_fork(vm)?;
    // Other threads must not run while the process is copied: the child has the interpreter of the one that forks.
    vm.with_open_signals(|vm| {
        let forked = vm.platform().fork();
        let pid = forked.map_err(|e| vm.platform_error(e, None));
        if matches!(pid, Ok(0)) {
            after_fork_in_child(vm);
        } else {
            after_fork_in_parent(vm);
        }
        pid.map(i64::from)
    })
}

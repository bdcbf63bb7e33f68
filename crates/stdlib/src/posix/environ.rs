//! The environment: `environ` as it was at the start, and the changes of `putenv`, which children get.

use crate::paths;
use mesapy_vm::local::{Local, Py};
use mesapy_vm::vm::Vm;

/// `posix.environ`: a dict of bytes.
pub fn initial(vm: &mut Vm) -> Py<Local> {
    let entries = vm.environment().clone();
    let dict = vm.local(vm.new_dict().value());
    for (name, value) in &entries {
        vm.scope(|vm| -> Py<()> {
            let [name, value] = {
                let vm: &Vm = vm;
                vm.locals([vm.new_bytes(name)?.value(), vm.new_bytes(value)?.value()])
            };
            vm.set_item(dict, name, value)
        })?;
    }
    Ok(dict)
}
fn text(vm: &mut Vm, given: Local, function: &str) -> Py<Vec<u8>> {
    Ok(paths::path_argument(vm, given, function, "name", false, false)?.bytes)
}
pub fn putenv(vm: &mut Vm, name: Local, value: Local) -> Py<()> {
    let name = text(vm, name, "putenv")?;
    let value = text(vm, value, "putenv")?;
    if name.contains(&b'=') {
        return Err(vm.value_error("illegal environment variable name"));
    }
    let entries = vm.environment();
    entries.retain(|(n, _)| *n != name);
    entries.push((name, value));
    Ok(())
}
pub fn unsetenv(vm: &mut Vm, name: Local) -> Py<()> {
    let name = text(vm, name, "unsetenv")?;
    if name.is_empty() || name.contains(&b'=') {
        return Err(vm.os_error(22, None));
    }
    vm.environment().retain(|(n, _)| *n != name);
    Ok(())
}
/// `NAME=value` for each variable.
pub fn block(vm: &mut Vm) -> Vec<Vec<u8>> {
    vm.environment()
        .iter()
        .map(|(n, v)| [n, &b"="[..], v].concat())
        .collect()
}

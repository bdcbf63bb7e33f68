//! The environment: `environ` as it was at the start, and the changes of `putenv`, which children get.

use crate::paths;
use mesapy_vm::local::{Local, Py};
use mesapy_vm::vm::Vm;

/// The environment that children of this interpreter get.
#[derive(Default)]
pub struct Environment(pub Vec<(Vec<u8>, Vec<u8>)>);

/// `posix.environ`: a dict of bytes.
pub fn initial(vm: &mut Vm) -> Py<Local> {
    let entries = vm.platform().environment().unwrap_or_default();
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
    vm.state::<Environment>().0 = entries;
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
    let entries = &mut vm.state::<Environment>().0;
    entries.retain(|(n, _)| *n != name);
    entries.push((name, value));
    Ok(())
}
pub fn unsetenv(vm: &mut Vm, name: Local) -> Py<()> {
    let name = text(vm, name, "unsetenv")?;
    if name.is_empty() || name.contains(&b'=') {
        return Err(vm.os_error(22, None));
    }
    vm.state::<Environment>().0.retain(|(n, _)| *n != name);
    Ok(())
}
/// `NAME=value` for each variable.
pub fn block(vm: &mut Vm) -> Vec<Vec<u8>> {
    vm.state::<Environment>()
        .0
        .iter()
        .map(|(n, v)| [n, &b"="[..], v].concat())
        .collect()
}
/// A variable's value, as `putenv` left it; before `posix` is imported as the process got it.
pub fn variable(vm: &mut Vm, name: &[u8]) -> Option<Vec<u8>> {
    let mut entries = vm.state::<Environment>().0.clone();
    if entries.is_empty() {
        entries = vm.platform().environment().unwrap_or_default();
    }
    entries.into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

//! `errno`: the error numbers and their names.

use mesapy_platform::errno::ERRNO;
use mesapy_vm::local::{Local, Py, k};
use mesapy_vm::module::NativeModule;
use mesapy_vm::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "errno",
    doc: "This module makes available standard errno system symbols.",
    functions: &[],
    types: &[],
    init: Some(init),
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let names = vm.local(vm.new_dict().value());
    for (name, number, _) in ERRNO {
        let number_local = vm.local(vm.int(i64::from(*number)));
        let text = vm.local(vm.intern(name.as_bytes()).value());
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), number_local.value(vm))?;
        // Where two names share a number the first stands for it.
        let known = names
            .value(vm)
            .as_dict(vm)
            .is_some_and(|d| d.get_int(vm, i64::from(*number)).is_some());
        if !known {
            vm.set_item(names, number_local, text)?;
        }
    }
    dict.get(vm)
        .set_str(vm, vm.intern(b"errorcode"), names.value(vm))?;
    Ok(())
}

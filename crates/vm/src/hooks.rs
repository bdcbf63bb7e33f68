//! Seed.
use crate::local::{Local, Py, Raised};
use crate::vm::Vm;
pub fn at_safepoint(_: &mut Vm, _: u32) -> Py<()> {
    Ok(())
}
pub fn unraisable(vm: &mut Vm, raised: Raised, _: Local, what: &str) {
    let e = vm.take_exception(raised);
    eprintln!("{what}: {}", vm.type_name_for_error(e));
}

//! `sys._jit`: what programs can ask of the JIT. There is none yet.

use crate::local::Py;
use crate::module::NativeModule;
use crate::vm::Vm;

pub static JIT: NativeModule = NativeModule {
    name: "sys._jit",
    doc: "Utilities for observing just-in-time compilation.",
    functions: crate::methods! {
        "is_available()" => static leaf no(), "Return True if the current Python executable supports JIT compilation, and False otherwise.";
        "is_enabled()" => static leaf no(), "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise.";
        "is_active()" => static leaf no(), "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise.";
    },
    types: &[],
    init: None,
};
fn no(_: &Vm) -> Py<bool> {
    Ok(false)
}

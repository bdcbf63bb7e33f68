//! The library's native modules, a file or folder each, and the one list of them.
#![forbid(unsafe_code)]

mod math;

use mesapy_vm::module::NativeModule;

/// Every native module, sorted by name.
pub static MODULES: &[&NativeModule] = &[&math::MODULE];

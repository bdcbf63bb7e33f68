//! A stand-in for the crates.io crate `stacker`, which `ruff_python_parser` depends on.
//!
//! The original grows the native stack with assembly that a C compiler must build, and with memory maps of its own.
//! MesaPy bounds nesting before it parses and gives deep sources a thread with a large stack (`mesapy-syntax`, `parse.rs`),
//! so growing is not needed: this crate calls the closure where it stands.
#![forbid(unsafe_code)]

/// Calls `callback` on the current stack.
#[inline]
pub fn maybe_grow<R>(_red_zone: usize, _stack_size: usize, callback: impl FnOnce() -> R) -> R {
    callback()
}

/// Calls `callback` on the current stack.
#[inline]
pub fn grow<R>(_stack_size: usize, callback: impl FnOnce() -> R) -> R {
    callback()
}

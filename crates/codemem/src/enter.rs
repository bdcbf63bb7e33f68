//! The way into machine code.

use mesapy_cage::Cage;

use crate::{CodeMemory, NOT_COMPILED};

/// What a function returns: two words that mean what compiler and caller have agreed on.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: u64,
    pub value: u64,
}

impl Outcome {
    const NONE: Outcome = Outcome {
        status: NOT_COMPILED,
        value: 0,
    };
}

impl<T> CodeMemory<T> {
    /// Runs the function in `row` on the words of `cage`. Without effect, as if the row held none, where there is no such row or the cage has no guards.
    /// What makes this safe is said in the crate's head.
    #[inline]
    pub fn enter(&self, cage: &Cage, row: u32, context: &T, base: u32, at: u32) -> Outcome {
        match self.entry(row) {
            Some(entry) if cage.guarded() => run(entry, cage.base_address(), context, base, at),
            _ => Outcome::NONE,
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[allow(unsafe_code)]
#[inline]
fn run<T>(entry: usize, cage: usize, context: &T, base: u32, at: u32) -> Outcome {
    let (status, value);
    // SAFETY: `entry` comes from the table of a code memory, so it is verified code (or the stub), which was accepted for a call just like this one: the context in
    // rdi, the base of a guarded cage in r15, the stack aligned. It accesses only what the crate's head says, and comes back with the registers that
    // System V preserves, and r15, as they were.
    unsafe {
        core::arch::asm!(
            "call rax",
            inout("rax") entry => status,
            in("rdi") std::ptr::from_ref(context),
            in("esi") base,
            inout("rdx") u64::from(at) => value,
            in("r15") cage,
            clobber_abi("sysv64"),
        );
    }
    Outcome { status, value }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn run<T>(_: usize, _: usize, _: &T, _: u32, _: u32) -> Outcome {
    Outcome::NONE
}

//! Code memory: the only way by which machine code gets to run in this process.
//!
//! A function's bytes are *verified* ([`verify`]) and only then copied to executable memory. Neither the compiler that made them nor its optimizer is trusted:
//! what the verifier accepts can read and write the cage, its own stack frame, and the few words of its context that a [`Policy`] lists; it can call what the
//! policy says may be called, and other verified functions; and nothing else, whatever the values are that it works on.
//!
//! # A function
//!
//! System V: rdi is the context, esi and edx two numbers of the caller's choice, r15 the address of the cage's word 0, which the code never changes. It returns
//! two words (rax, rdx): [`Outcome`]. x86-64 Linux only; elsewhere [`CodeMemory::new`] gives None.
//!
//! # The contract of a policy
//!
//! [`CodeMemory::enter`] is safe to call because of the verifier and of these promises, which the maker of a `CodeMemory<T>` gives:
//! * each [`Field`] of the policy lies within `T` at that offset, in storage that may be changed behind a shared reference if it is [`Access::ReadWrite`] (a
//!   `Cell`), and of a type for which every bit pattern is a value (an integer or a float, not a `bool`, an enum or a reference);
//! * an [`Access::Pointer`] field holds the address of memory that is as large as the pointee says, that stays where it is while an `enter` with that context
//!   runs, and that may be read as plain data; if it holds code entries, it is the table of a `CodeMemory` with the same policy;
//! * an [`Access::Helper`] field holds the address of an `extern "sysv64"` function that may be called with any values at all: its first parameter is `&T`, at
//!   most five more are u32, u64, i32, i64 or f64; it returns nothing, an integer, a float or an [`Outcome`]. It does not unwind: a panic must
//!   be caught, or aborts;
//! * nothing of the cage is lent where `enter` is called (see the contract of lending in the cage's crate): the code may write any word of it;
//! * every thread that enters has a stack with at least one guard page below it.
#![deny(unsafe_code)]

mod enter;
mod memory;
pub mod verify;

pub use mesapy_cage::{CAGE_GUARD_HIGH, CAGE_GUARD_LOW};

pub use enter::Outcome;
pub use memory::CodeMemory;
pub use verify::{Access, Field, Holds, Pointee, Policy, Refusal};

/// Rows of the entry table.
pub const ROWS: usize = 8192;

/// The status that a row returns which holds no function.
pub const NOT_COMPILED: u64 = 5;

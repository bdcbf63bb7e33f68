//! All contact with the world outside: files, processes, clocks, randomness, the environment, terminals, signals.
//!
//! Everything above calls through the trait [`Platform`], whose whole list is `calls.rs`; so permissions, an enclave and deterministic tests are a
//! matter of which implementation an interpreter was given. [`OsPlatform`] is this process's operating system (Linux, x86_64 and aarch64), [`DenyPlatform`]
//! refuses everything.
//!
//! Two things are not calls but facts of the running thread or plain arithmetic, and are free functions: [`stack_remaining`] and the calendar of [`Zone`].
//!
//! **Invariants.** Errors are error numbers, `EINTR` included: whoever can run Python's signal handlers decides about trying again. Every descriptor made here
//! is close-on-exec. No call takes a memory address from Python, and none can be used to write this process's memory. `unsafe` appears only where
//! neither `rustix` nor std has a safe way: handing raw descriptor numbers on, the child side of fork, signal handlers, and C structs filled by
//! C functions.
//!
//! **Must not know** of Python objects, of the VM, or of policy.

mod calls;
mod clock;
pub mod consts;
mod dir;
pub mod errno;
mod error;
mod event;
mod fd;
mod fs;
mod limits;
mod net;
mod process;
mod raw;
mod signals;
mod spawn;
mod stack;
mod system;
mod terminal;
mod types;
mod users;
mod zone;

pub use calls::{CALLS, DenyPlatform, Need, OsPlatform, Platform};
pub use dir::DirStream;
pub use error::{OsError, OsResult};
pub use limits::{MemoryLimits, memory_limits};
pub use signals::{NSIG, strsignal};
pub use stack::{STACK_RESERVE_BYTES, StackBounds, stack_bounds, stack_remaining};
pub use types::*;
pub use users::{Group, User};
pub use zone::{Fields, Zone, gmtime};

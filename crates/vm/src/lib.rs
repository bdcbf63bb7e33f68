//! MesaPy's virtual machine: objects, interpreter, calls, exceptions, imports, builtins.
//!
//! Everything Python-visible is in the cage (see crate `heap`). `&Vm` reads and allocates; `&mut Vm` runs Python code.
#![forbid(unsafe_code)]

#[macro_use]
mod macros;
pub mod attr;
pub mod bind;
pub mod bootstrap;
pub mod builtins;
pub mod call;
pub mod code;
pub mod code_unit;
pub mod codecs;
pub mod convert;
pub mod dunder;
mod environment;
pub mod frame;
pub mod gc;
pub mod generator;
pub mod guard;
pub mod hooks;
pub mod import;
mod import_time;
pub mod interp;
pub mod jit;
pub mod layout;
pub mod library;
pub mod local;
pub mod module;
mod monitor;
pub mod native;
pub mod objects;
pub(crate) mod park;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod quick;
pub mod raise;
pub mod roots;
pub mod signature;
pub(crate) mod sink;
mod stale;
pub mod suggest;
pub(crate) mod surface;
pub mod sys;
pub mod threads;
mod trace;
mod traceback_carets;
mod traceback_hints;
mod traceback_print;
pub(crate) mod traits;
pub mod typedef;
pub mod types;
pub mod vm;

pub use convert::SliceIndex;
pub use dunder::Dunder;
pub use local::{Local, Py, Raised, Ret, k};
pub use native::{GetSet, Method};
pub use typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
pub use vm::{Config, Vm};

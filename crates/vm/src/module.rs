//! Native modules: what a file of the library declares.

use crate::local::{Local, Py, k};
use crate::native::Method;
use crate::typedef::TypeDef;
use crate::vm::Vm;

/// A module written in Rust. A file of the library holds one; the list of them stands in one place.
pub struct NativeModule {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [Method],
    /// Types to register and put into the module under their short names.
    pub types: &'static [&'static TypeDef],
    /// What else the module holds: constants, exceptions, instances. Runs once, when the module is first imported; the local is the module's dict.
    pub init: Option<fn(&mut Vm, Local<k::Dict>) -> Py<()>>,
}

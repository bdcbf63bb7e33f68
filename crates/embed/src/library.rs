//! The embedded library as the VM wants it.

use std::borrow::Cow;

use mesapy_vm::import::Library;

/// Crate `pylib` behind the VM's interface.
pub struct Embedded;

impl Library for Embedded {
    fn find(&self, name: &str) -> Option<(&'static str, bool)> {
        mesapy_pylib::find(name).map(|e| (e.file.path, e.is_package))
    }
    fn code(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        mesapy_pylib::file(path)?.code()
    }
    fn data(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        mesapy_pylib::file(path).map(|f| f.data())
    }
    fn list(&self, folder: &str) -> Option<Vec<(&'static str, bool)>> {
        mesapy_pylib::list(folder)
    }
    fn absence(&self, name: &str) -> Option<&'static str> {
        mesapy_pylib::absence(name)
    }
}

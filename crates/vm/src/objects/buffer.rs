//! The buffer protocol: how natives read and write the bytes of any object that has some.
//!
//! Nothing here ever hands out a pointer. Who wants bytes gets a copy ([`Vm::buffer_bytes`]); who wants to look at, or write to, memory for a while makes
//! a view ([`Vm::buffer_view`], a `memoryview`) and reads and writes through it, each access checked against the exporter as it is then. So an exporter that
//! changes its size behind a view's back can make an access fail, and nothing worse.
//!
//! `bytes`, `bytearray` and `memoryview` are known. Any other native type becomes an exporter by a [`BufferProcs`] table, registered in its module's `init`:
//!
//! ```text
//! static PROCS: BufferProcs = BufferProcs { info, read, write, exports };
//! vm.register_buffer(&ARRAY, &PROCS);
//! ```
//!
//! * `info` describes the memory as it is now: one dimension, C-contiguous. An error refuses (a closed BytesIO).
//! * `read` and `write` copy at a byte offset; false when the bytes don't lie inside.
//! * `exports` gives the slot of the object in which the views over it are listed. Before it changes its size, the type calls
//!   [`Vm::check_no_exports`] with that slot's content, which raises BufferError while an unreleased view is alive.
//!
//! Views are listed weakly. A view that nobody refers to any more must not block its exporter, and there are no reference counts: so when the list
//! is not empty, a collection decides.
//!
//! Classes written in Python export by `__buffer__`.

use super::memoryview;
use crate::dunder::Dunder;
use crate::local::{Local, Py, Raised};
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value};
use std::collections::HashMap;

/// What an exporter's memory looks like.
#[derive(Clone, Debug)]
pub struct BufferInfo {
    pub readonly: bool,
    /// As in module `struct`: `B` for bytes.
    pub format: String,
    pub itemsize: usize,
    /// Length in bytes.
    pub len: usize,
}

impl BufferInfo {
    pub fn bytes(len: usize, readonly: bool) -> BufferInfo {
        BufferInfo {
            readonly,
            format: "B".to_owned(),
            itemsize: 1,
            len,
        }
    }
}

/// How a native type exports its memory. See the module's head.
pub struct BufferProcs {
    pub info: fn(&Vm, Obj<'_>) -> Py<BufferInfo>,
    pub read: fn(&Vm, Obj<'_>, usize, &mut [u8]) -> bool,
    pub write: fn(&Vm, Obj<'_>, usize, &[u8]) -> bool,
    /// The slot that lists the views.
    pub exports: usize,
}

#[derive(Default)]
struct Exporters(HashMap<u16, &'static BufferProcs>);

/// Flags of `__buffer__`; CPython: Include/cpython/object.h.
pub mod flags {
    pub const SIMPLE: i64 = 0;
    pub const WRITABLE: i64 = 1;
    pub const FULL_RO: i64 = 0x11C;
}

/// See [`Vm::overrides`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Override {
    Nothing,
    Buffer,
    Release,
}

/// Something native that has memory.
#[derive(Clone, Copy)]
pub(crate) enum Exporter {
    Bytes,
    ByteArray,
    View,
    Native(&'static BufferProcs),
}

impl Vm {
    /// Makes a native type an exporter.
    pub fn register_buffer(&mut self, def: &'static TypeDef, procs: &'static BufferProcs) {
        let id = def.id.get().0;
        self.state::<Exporters>().0.insert(id, procs);
    }

    pub(crate) fn exporter(&self, value: Value<'_>) -> Option<Exporter> {
        if value.as_bytes(self).is_some() {
            return Some(Exporter::Bytes);
        }
        if value.as_bytearray(self).is_some() {
            return Some(Exporter::ByteArray);
        }
        match value.kind(self) {
            Kind::MemoryView => Some(Exporter::View),
            Kind::Instance => {
                let layout = value.as_obj()?.layout(self);
                self.state_if_any::<Exporters>()?
                    .0
                    .get(&layout)
                    .map(|p| Exporter::Native(p))
            }
            _ => None,
        }
    }

    /// Whether an object has the buffer protocol.
    pub fn has_buffer(&self, value: Value<'_>) -> bool {
        self.exporter(value).is_some() || self.special_of(value, Dunder::Buffer).is_some()
    }

    /// What an instance of a native exporter's subclass has of the protocol in Python.
    fn overrides(&self, value: Value<'_>) -> Override {
        if !matches!(value.kind(self), Kind::Wrapped | Kind::Instance) {
            return Override::Nothing;
        }
        let in_python = |dunder| {
            self.special_of(value, dunder)
                .is_some_and(|f| f.kind(self) != Kind::Native)
        };
        if in_python(Dunder::Buffer) {
            Override::Buffer
        } else if in_python(Dunder::ReleaseBuffer) {
            Override::Release
        } else {
            Override::Nothing
        }
    }

    #[cold]
    pub(crate) fn not_bytes_like(&self, value: Value<'_>) -> Raised {
        self.type_error(format!(
            "a bytes-like object is required, not '{}'",
            self.type_name_for_error(value)
        ))
    }

    /// A copy of the bytes of a native exporter, in C order; None for anything else.
    pub fn native_buffer_bytes(&self, value: Value<'_>) -> Py<Option<Vec<u8>>> {
        Ok(match self.exporter(value) {
            Some(Exporter::Bytes) => value.as_bytes(self).map(|b| b.bytes(self).to_vec()),
            Some(Exporter::ByteArray) => value
                .as_bytearray(self)
                .map(|b| b.to_vec(self, 0..usize::MAX)),
            Some(Exporter::View) => Some(memoryview::contents(self, value)?),
            Some(Exporter::Native(procs)) => {
                let Some(obj) = value.as_obj() else {
                    return Err(self.not_bytes_like(value));
                };
                let info = (procs.info)(self, obj)?;
                let mut out = vec![0; info.len];
                if !(procs.read)(self, obj, 0, &mut out) {
                    return Err(self.buffer_error("the buffer changed its size"));
                }
                Some(out)
            }
            None => None,
        })
    }

    /// A copy of the bytes of any object that exports some, in C order.
    pub fn buffer_bytes(&mut self, x: Local) -> Py<Vec<u8>> {
        if self.overrides(x.value(self)) == Override::Nothing
            && let Some(bytes) = self.native_buffer_bytes(x.value(self))?
        {
            return Ok(bytes);
        }
        self.scope(|vm| {
            let view = vm.buffer_view(x, false)?;
            let bytes = memoryview::contents(vm, view.value(vm));
            memoryview::release(vm, view)?;
            bytes
        })
    }

    /// The length in bytes of an object that exports some.
    pub fn buffer_len(&mut self, x: Local) -> Py<usize> {
        self.scope(|vm| {
            let view = vm.buffer_view(x, false)?;
            let len = memoryview::byte_len(vm, view.value(vm));
            memoryview::release(vm, view)?;
            len
        })
    }

    /// A memoryview over an object. Asked for a writable one, it raises BufferError ("Object is not writable.") where there is none.
    pub fn buffer_view(&mut self, x: Local, writable: bool) -> Py<Local> {
        if self.exporter(x.value(self)).is_some() {
            match self.overrides(x.value(self)) {
                Override::Nothing => return self.native_view(x, writable),
                Override::Release => {
                    let view = memoryview::over_releasing(self, x)?;
                    return self.checked_view(view, writable);
                }
                Override::Buffer => {}
            }
        }
        if self.special_of(x.value(self), Dunder::Buffer).is_none() {
            return Err(self.not_bytes_like(x.value(self)));
        }
        memoryview::over_python_exporter(
            self,
            x,
            if writable {
                flags::FULL_RO | flags::WRITABLE
            } else {
                flags::FULL_RO
            },
        )
    }

    /// A view over a native exporter, whatever a subclass has of the protocol.
    pub(crate) fn native_view(&mut self, x: Local, writable: bool) -> Py<Local> {
        let view = {
            let vm: &Vm = self;
            vm.local(memoryview::over(vm, x)?)
        };
        self.checked_view(view, writable)
    }
    fn checked_view(&mut self, view: Local, writable: bool) -> Py<Local> {
        if writable && memoryview::is_readonly(self, view.value(self)) {
            memoryview::release(self, view)?;
            return Err(self.buffer_error("Object is not writable."));
        }
        Ok(view)
    }

    /// A copy of a view's bytes.
    pub fn view_bytes(&self, view: Local) -> Py<Vec<u8>> {
        memoryview::contents(self, view.value(self))
    }
    /// A view's length in bytes.
    pub fn view_len(&self, view: Local) -> Py<usize> {
        memoryview::byte_len(self, view.value(self))
    }
    /// Stores bytes into a contiguous view at a byte offset.
    pub fn view_store(&self, view: Local, at: usize, bytes: &[u8]) -> Py<()> {
        memoryview::store(self, view.value(self), at, bytes)
    }
    /// Gives a view back: its exporter may change its size again.
    pub fn view_release(&mut self, view: Local) -> Py<()> {
        memoryview::release(self, view)
    }

    /// Raises BufferError while an unreleased view over an exporter is alive; `list` is what its `exports` slot holds.
    pub fn check_no_exports(&mut self, list: Local) -> Py<()> {
        if live_views(self, list.value(self)) == 0 {
            return Ok(());
        }
        // Views that nobody has any more are only found by collecting.
        self.collect_garbage(mesapy_heap::Collection::Full);
        if live_views(self, list.value(self)) == 0 {
            return Ok(());
        }
        Err(self.buffer_error("Existing exports of data: object cannot be re-sized"))
    }
}

/// How many views of a list are alive and not released. What is dead is taken out.
fn live_views(vm: &Vm, list: Value<'_>) -> usize {
    let Some(list) = list.as_list(vm) else {
        return 0;
    };
    let mut i = 0;
    while let Some(entry) = list.at(vm, i) {
        let live = entry
            .as_weakref(vm)
            .and_then(|w| w.target(vm))
            .is_some_and(|view| memoryview::is_live(vm, view));
        if live {
            i += 1;
        } else {
            list.remove_range(vm, i, i + 1);
        }
    }
    list.len(vm)
}

/// Where an exporter lists its views: made when first needed. Exporters that never change their size have none.
fn export_list<'v>(vm: &'v Vm, exporter: Value<'v>) -> Py<Option<mesapy_heap::List<'v>>> {
    let held = match vm.exporter(exporter) {
        Some(Exporter::ByteArray) => exporter.as_bytearray(vm).map(|b| b.extra(vm, 0)),
        Some(Exporter::Native(procs)) => exporter.as_obj().map(|o| o.slot(vm, procs.exports)),
        _ => None,
    };
    let Some(held) = held else { return Ok(None) };
    if let Some(list) = held.as_list(vm) {
        return Ok(Some(list));
    }
    let list = vm.new_list(&[])?;
    match vm.exporter(exporter) {
        Some(Exporter::ByteArray) => {
            if let Some(b) = exporter.as_bytearray(vm) {
                b.set_extra(vm, 0, list.value());
            }
        }
        Some(Exporter::Native(procs)) => {
            if let Some(o) = exporter.as_obj() {
                o.set_slot(vm, procs.exports, list.value());
            }
        }
        _ => {}
    }
    Ok(Some(list))
}

/// Notes that a view looks at an exporter.
pub(crate) fn add_export(vm: &Vm, exporter: Value<'_>, view: Obj<'_>) -> Py<()> {
    if let Some(list) = export_list(vm, exporter.word().value(vm))? {
        let weak = vm.new_weakref(view, Value::NONE)?;
        // The list is swept when it doubles, so that many short-lived views don't pile up.
        let len = list.len(vm);
        if len >= 16 && len.is_power_of_two() {
            live_views(vm, list.value());
        }
        list.push(vm, weak.value())?;
    }
    Ok(())
}

/// Takes a released view out of its exporter's list.
pub(crate) fn remove_export(vm: &Vm, exporter: Value<'_>) {
    if let Ok(Some(list)) = export_list(vm, exporter.word().value(vm)) {
        live_views(vm, list.value());
    }
}

/// The memory of an exporter other than a view.
pub(crate) fn info_of(vm: &Vm, exporter: Value<'_>) -> Py<BufferInfo> {
    match (vm.exporter(exporter), exporter.as_obj()) {
        (Some(Exporter::Bytes), _) => Ok(BufferInfo::bytes(
            exporter.as_bytes(vm).map_or(0, |b| b.len(vm)),
            true,
        )),
        (Some(Exporter::ByteArray), _) => Ok(BufferInfo::bytes(
            exporter.as_bytearray(vm).map_or(0, |b| b.len(vm)),
            false,
        )),
        (Some(Exporter::Native(procs)), Some(obj)) => (procs.info)(vm, obj),
        _ => Err(vm.not_bytes_like(exporter)),
    }
}
/// Copies bytes out of an exporter; false when they don't lie inside.
pub(crate) fn read(vm: &Vm, exporter: Value<'_>, at: usize, out: &mut [u8]) -> bool {
    match (vm.exporter(exporter), exporter.as_obj()) {
        (Some(Exporter::Bytes), _) => match exporter
            .as_bytes(vm)
            .and_then(|b| b.bytes(vm).get(at..)?.get(..out.len()))
        {
            Some(bytes) => {
                out.copy_from_slice(bytes);
                true
            }
            None => false,
        },
        (Some(Exporter::ByteArray), _) => exporter
            .as_bytearray(vm)
            .is_some_and(|b| b.copy_out(vm, at, out)),
        (Some(Exporter::Native(procs)), Some(obj)) => (procs.read)(vm, obj, at, out),
        _ => false,
    }
}
/// Copies bytes into an exporter; false when they don't lie inside, or it can't be written.
pub(crate) fn write(vm: &Vm, exporter: Value<'_>, at: usize, bytes: &[u8]) -> bool {
    match (vm.exporter(exporter), exporter.as_obj()) {
        (Some(Exporter::ByteArray), _) => exporter
            .as_bytearray(vm)
            .is_some_and(|b| b.copy_in(vm, at, bytes)),
        (Some(Exporter::Native(procs)), Some(obj)) => (procs.write)(vm, obj, at, bytes),
        _ => false,
    }
}

/// Hexadecimal digits with a separator, as `bytes.hex(sep, bytes_per_sep)` makes them; also for the library's modules.
pub fn hex_with_separator(
    vm: &mut Vm,
    bytes: &[u8],
    separator: Local,
    group: Option<i64>,
) -> Py<Vec<u8>> {
    super::bytes_methods::hex_text(vm, bytes, Some(separator), group)
}

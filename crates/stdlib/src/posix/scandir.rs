//! `listdir`, `scandir` and `DirEntry`.

use super::{run_path, stat};
use crate::paths::{self, PathArg};
use crate::support::class_getitem;
use mesapy_heap::Value;
use mesapy_platform::{AT_CWD, DirStream, OsResult};
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::Method;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;
use std::sync::Mutex;

const NAME: u16 = 0;
const PATH: u16 = 1;
const KIND: usize = 2;
const INODE: usize = 3;
/// The directory's descriptor as an int, where one was scanned.
const DIR_FD: usize = 4;

pub static DIR_ENTRY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "posix.DirEntry",
    layout: Layout::Slots(5),
    flags: TypeFlags::NO_NEW,
    methods: ENTRY,
    members: &[
        (
            "name",
            NAME,
            "the entry's base filename, relative to scandir() \"path\" argument",
        ),
        (
            "path",
            PATH,
            "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)",
        ),
    ],
    ..TypeDef::EMPTY
};
static ENTRY: &[Method] = methods! {
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "is_dir(self, /, *, follow_symlinks=True)" => calls is_dir(this, follow), "Return True if the entry is a directory; cached per entry.";
    "is_file(self, /, *, follow_symlinks=True)" => calls is_file(this, follow), "Return True if the entry is a file; cached per entry.";
    "is_symlink(self, /)" => calls is_symlink(this), "Return True if the entry is a symbolic link; cached per entry.";
    "is_junction(self, /)" => calls is_junction(this), "Return True if the entry is a junction; cached per entry.";
    "stat(self, /, *, follow_symlinks=True)" => calls entry_stat(this, follow), "Return stat_result object for the entry; cached per entry.";
    "inode(self, /)" => calls inode(this), "Return inode of the entry; cached per entry.";
    "__fspath__(self, /)" => calls entry_path(this), "Returns the path for the entry.";
    "__repr__(self, /)" => calls entry_repr(this), "Return repr(self).";
};
/// Slots: host index of the stream, the directory's path, whether names are bytes, its descriptor.
pub static SCANDIR_ITERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "posix.ScandirIterator",
    layout: Layout::Slots(4),
    flags: TypeFlags::NO_NEW,
    methods: ITERATOR,
    iternext: Some(next_entry),
    ..TypeDef::EMPTY
};
static ITERATOR: &[Method] = methods! {
    "__iter__(self, /)" => calls itself(this), "Implement iter(self).";
    "__enter__(self, /)" => calls itself(this), "";
    "__exit__(self, /, *args)" => calls exit(this, args), "";
    "close(self, /)" => calls close(this), "";
};

fn open(vm: &mut Vm, path: &PathArg) -> Py<DirStream> {
    match path.fd {
        Some(fd) => run_path(vm, path, |o| o.fdscandir(fd)),
        None => run_path(vm, path, |o| o.scandir(&path.bytes)),
    }
}
fn argument(vm: &mut Vm, given: Option<Local>, function: &str) -> Py<PathArg> {
    let given = match given {
        Some(g) => g,
        None => vm.local(Value::NONE),
    };
    paths::path_argument(vm, given, function, "path", true, true)
}
pub fn f_listdir(vm: &mut Vm, given: Option<Local>) -> Py<Ret> {
    let p = argument(vm, given, "listdir")?;
    let stream = open(vm, &p)?;
    let list = vm.local(vm.new_list(&[])?.value());
    for entry in stream {
        let entry = match entry {
            Ok(e) => e,
            Err(e) => return Err(super::path_error(vm, &p, e)),
        };
        let vm: &Vm = vm;
        if let Some(l) = list.value(vm).as_list(vm) {
            l.push(vm, paths::to_value(vm, &entry.name, p.is_bytes)?)?;
        }
    }
    Ok(vm.ret(list.value(vm)))
}
/// A stream that can sit in the host table.
struct Stream(Mutex<DirStream>);
pub fn f_scandir(vm: &mut Vm, given: Option<Local>) -> Py<Ret> {
    let p = argument(vm, given, "scandir")?;
    let stream = open(vm, &p)?;
    let index = vm.host_insert(Box::new(Stream(Mutex::new(stream))));
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &SCANDIR_ITERATOR)?;
    vm.set_host(made, index);
    made.set_slot(vm, 0, vm.int(i64::from(index)));
    let shown = match p.fd {
        Some(_) => vm.new_str(b"")?.value(),
        None if p.is_none => vm.new_str(b".")?.value(),
        None => p.object.value(vm),
    };
    made.set_slot(vm, 1, shown);
    made.set_slot(vm, 2, Value::bool(p.is_bytes));
    made.set_slot(vm, 3, p.fd.map_or(Value::NONE, |fd| vm.int(i64::from(fd))));
    Ok(vm.ret(made.value()))
}
fn slot(vm: &Vm, this: Local, i: usize) -> Value<'_> {
    this.value(vm)
        .as_obj()
        .map_or(Value::EMPTY, |o| o.slot(vm, i))
}
fn next_entry(vm: &mut Vm, this: Local) -> Py<bool> {
    let index = slot(vm, this, 0)
        .as_small_int()
        .and_then(|i| u32::try_from(i).ok());
    let Some(index) = index else { return Ok(false) };
    let next: Option<OsResult<mesapy_platform::DirEntry>> =
        match vm.heap.host_get_mut::<Stream>(index) {
            Some(stream) => stream.0.get_mut().unwrap_or_else(|p| p.into_inner()).next(),
            None => None,
        };
    let entry = match next {
        None => {
            close(vm, this)?;
            return Ok(false);
        }
        Some(Err(e)) => return Err(vm.platform_error(e, None)),
        Some(Ok(entry)) => entry,
    };
    let vm: &Vm = vm;
    let as_bytes = slot(vm, this, 2).as_bool() == Some(true);
    let base = slot(vm, this, 1);
    let mut full = match (base.as_str(vm), base.as_bytes(vm)) {
        (Some(s), _) => s.bytes(vm).to_vec(),
        (_, Some(b)) => b.bytes(vm).to_vec(),
        _ => Vec::new(),
    };
    if !full.is_empty() && !full.ends_with(b"/") {
        full.push(b'/');
    }
    let made = object::new_native_instance(vm, &DIR_ENTRY)?;
    let full = if as_bytes {
        full.extend_from_slice(&entry.name);
        vm.new_bytes(&full)?.value()
    } else {
        full.extend_from_slice(&paths::decode(&entry.name));
        vm.new_str(&full)?.value()
    };
    made.set_slot(
        vm,
        usize::from(NAME),
        paths::to_value(vm, &entry.name, as_bytes)?,
    );
    made.set_slot(vm, usize::from(PATH), full);
    made.set_slot(vm, KIND, vm.int(i64::from(entry.kind)));
    made.set_slot(vm, INODE, vm.uint(entry.inode));
    made.set_slot(vm, DIR_FD, slot(vm, this, 3));
    let _: Ret = vm.ret(made.value());
    Ok(true)
}
fn itself(_: &mut Vm, this: Local) -> Py<Local> {
    Ok(this)
}
fn exit(vm: &mut Vm, this: Local, _: Local) -> Py<()> {
    close(vm, this)
}
fn close(vm: &mut Vm, this: Local) -> Py<()> {
    if let Some(index) = slot(vm, this, 0)
        .as_small_int()
        .and_then(|i| u32::try_from(i).ok())
    {
        drop(vm.heap.host_remove(index));
        if let Some(o) = this.value(vm).as_obj() {
            o.set_slot(vm, 0, Value::NONE);
        }
    }
    Ok(())
}

// ---- entries

fn status(vm: &mut Vm, this: Local, follow: bool) -> Py<OsResult<mesapy_platform::Stat>> {
    let dir_fd = slot(vm, this, DIR_FD).as_small_int();
    let which = if dir_fd.is_some() { NAME } else { PATH };
    let name = vm.local(slot(vm, this, usize::from(which)));
    let p = paths::path_argument(vm, name, "stat", "path", false, false)?;
    let at = dir_fd
        .and_then(|fd| i32::try_from(fd).ok())
        .unwrap_or(AT_CWD);
    crate::io::retry(vm, |o| o.stat(at, &p.bytes, follow))
}
fn is_kind(vm: &mut Vm, this: Local, follow: bool, mode: u32, kind: i64) -> Py<bool> {
    let known = slot(vm, this, KIND).as_small_int().unwrap_or(0);
    // Links are followed, and unknown kinds looked at; the rest the directory told.
    if known != 0 && (known != 10 || !follow) {
        return Ok(known == kind);
    }
    match status(vm, this, follow)? {
        Ok(st) => Ok(st.mode & 0o170000 == mode),
        Err(e) if e.errno == 2 => Ok(false),
        Err(e) => {
            let path = slot(vm, this, usize::from(PATH));
            Err(vm.platform_error(e, Some(path)))
        }
    }
}
fn is_dir(vm: &mut Vm, this: Local, follow: Option<bool>) -> Py<bool> {
    is_kind(vm, this, follow.unwrap_or(true), 0o040000, 4)
}
fn is_file(vm: &mut Vm, this: Local, follow: Option<bool>) -> Py<bool> {
    is_kind(vm, this, follow.unwrap_or(true), 0o100000, 8)
}
fn is_symlink(vm: &mut Vm, this: Local) -> Py<bool> {
    is_kind(vm, this, false, 0o120000, 10)
}
fn is_junction(_: &mut Vm, _: Local) -> Py<bool> {
    Ok(false)
}
fn entry_stat(vm: &mut Vm, this: Local, follow: Option<bool>) -> Py<Ret> {
    match status(vm, this, follow.unwrap_or(true))? {
        Ok(st) => Ok(vm.ret(stat::value(vm, &st)?)),
        Err(e) => {
            let path = slot(vm, this, usize::from(PATH));
            Err(vm.platform_error(e, Some(path)))
        }
    }
}
fn inode(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(vm.ret(slot(vm, this, INODE)))
}
fn entry_path(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(vm.ret(slot(vm, this, usize::from(PATH))))
}
fn entry_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = vm.local(slot(vm, this, usize::from(NAME)));
    let shown = vm.repr_text(name)?;
    Ok(format!("<DirEntry {shown}>"))
}

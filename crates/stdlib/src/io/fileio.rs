//! `FileIO`: a file descriptor as a raw stream.

use super::iobase::{RAW_IO_BASE, close as base_close, is_base_closed};
use super::support::*;
use crate::paths::{self, PathArg};
use mesapy_heap::Value;
use mesapy_platform::{AT_CWD, consts};
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;

/// A FileIO's state; without one (never initialised) the stream counts as closed.
#[derive(Default)]
pub struct File {
    /// -1: closed.
    pub fd: i32,
    pub readable: bool,
    pub writable: bool,
    created: bool,
    appending: bool,
    close_fd: bool,
    seekable: Option<bool>,
    finalizing: bool,
    /// Counted among `writers`.
    counted: bool,
}

pub static FILE_IO: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io.FileIO",
    doc: "Open a file.",
    base: Some(&RAW_IO_BASE),
    layout: Layout::Slots(2),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: &[
        GetSet {
            name: "closed",
            get: closed,
            set: None,
            doc: "True if the file is closed",
        },
        GetSet {
            name: "closefd",
            get: close_fd,
            set: None,
            doc: "True if the file descriptor will be closed by close().",
        },
        GetSet {
            name: "mode",
            get: mode,
            set: None,
            doc: "String giving the file mode",
        },
        GetSet {
            name: "_finalizing",
            get: finalizing,
            set: Some(set_finalizing),
            doc: "",
        },
    ],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__init__(self, file, mode='r', closefd=True, opener=None)" => calls init(this, file, mode, closefd, opener), "Initialize self.  See help(type(self)) for accurate signature.";
    "close(self, /)" => calls close(this), "Close the file.";
    "seekable(self, /)" => calls seekable(this), "True if file supports random-access.";
    "readable(self, /)" => calls readable(this), "True if file was opened in a read mode.";
    "writable(self, /)" => calls writable(this), "True if file was opened in a write mode.";
    "fileno(self, /)" => calls fileno(this), "Return the underlying file descriptor (an integer).";
    "isatty(self, /)" => calls isatty(this), "True if the file is connected to a TTY device.";
    "_isatty_open_only(self, /)" => calls isatty(this), "";
    "read(self, size=-1, /)" => calls read(this, size), "Read at most size bytes, returned as bytes.";
    "readall(self, /)" => calls readall(this), "Read all data from the file, returned as bytes.";
    "readinto(self, buffer, /)" => calls readinto(this, buffer), "Same as RawIOBase.readinto().";
    "write(self, b, /)" => calls write(this, b), "Write buffer b to file, return number of bytes written.";
    "seek(self, pos, whence=0, /)" => calls seek(this, pos, whence), "Move to new file position and return the file position.";
    "tell(self, /)" => calls tell(this), "Current file position.";
    "truncate(self, size=None, /)" => calls truncate(this, size), "Truncate the file to at most size bytes and return the truncated size.";
    "_dealloc_warn(self, source, /)" => calls dealloc_warn(this, source), "";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__del__(self, /)" => calls finalize(this), "";
    "__getstate__(self, /)" => calls getstate(this), "";
};

fn constant(name: &str) -> i32 {
    consts::POSIX
        .iter()
        .find(|c| c.0 == name)
        .map_or(0, |c| c.1 as i32)
}
/// What a mode string asks for.
fn parse_mode(vm: &Vm, mode: &str) -> Py<(File, i32)> {
    let invalid = "Must have exactly one of create/read/write/append mode and at most one plus";
    let mut file = File {
        fd: -1,
        ..File::default()
    };
    let (mut flags, mut kinds, mut plus) = (0, 0, 0);
    for c in mode.chars() {
        match c {
            'r' => file.readable = true,
            'w' => {
                file.writable = true;
                flags |= constant("O_CREAT") | constant("O_TRUNC");
            }
            'x' => {
                file.writable = true;
                file.created = true;
                flags |= constant("O_CREAT") | constant("O_EXCL");
            }
            'a' => {
                file.writable = true;
                file.appending = true;
                flags |= constant("O_CREAT") | constant("O_APPEND");
            }
            'b' => continue,
            '+' => {
                plus += 1;
                continue;
            }
            _ => return Err(vm.value_error(format!("invalid mode: {mode}"))),
        }
        kinds += 1;
    }
    if kinds != 1 || plus > 1 {
        return Err(vm.value_error(invalid));
    }
    if plus == 1 {
        file.readable = true;
        file.writable = true;
    }
    flags |= constant(match (file.readable, file.writable) {
        (true, true) => "O_RDWR",
        (true, false) => "O_RDONLY",
        _ => "O_WRONLY",
    }) | constant("O_CLOEXEC");
    Ok((file, flags))
}

fn init(
    vm: &mut Vm,
    this: Local,
    name: Local,
    mode: Option<String>,
    closefd: Option<bool>,
    opener: Option<Local>,
) -> Py<()> {
    let (mut file, flags) = parse_mode(vm, mode.as_deref().unwrap_or("r"))?;
    let closefd = closefd.unwrap_or(true);
    // Initialising again closes what was open before.
    if slot(vm, this, STATE).as_small_int().is_some() {
        let (fd, owned) = state(vm, this, |s: &mut File| {
            (std::mem::replace(&mut s.fd, -1), s.close_fd)
        })?;
        if fd >= 0 && owned {
            let _ = vm.platform().close(fd);
        }
    }
    set_slot(vm, this, CLOSED, Value::FALSE);
    let number = if vm.is_int(name.value(vm)) {
        if name.value(vm).is_bool() {
            vm.warn(
                &exc::RUNTIME_WARNING,
                "bool is used as a file descriptor",
                1,
            )?;
        }
        Some(vm.index(name)?)
    } else {
        None
    };
    match number {
        Some(fd) if fd < 0 => return Err(vm.value_error("negative file descriptor")),
        Some(fd) => {
            file.fd = i32::try_from(fd)
                .map_err(|_| vm.overflow_error("Python int too large to convert to C int"))?
        }
        None => {
            let path = paths::path_argument(vm, name, "open", "path", false, false)?;
            if !closefd {
                return Err(vm.value_error("Cannot use closefd=False with file name"));
            }
            match opener.filter(|o| !o.value(vm).is_none()) {
                Some(opener) => {
                    let flags = int_local(vm, i64::from(flags));
                    let fd = vm.call(opener, &[name, flags])?.keep(vm);
                    if !vm.is_int(fd.value(vm)) {
                        return Err(vm.type_error("expected integer from opener"));
                    }
                    let fd = vm.index(fd)?;
                    file.fd = i32::try_from(fd).unwrap_or(-1);
                    if fd < 0 {
                        return Err(vm.value_error(format!("opener returned {fd}")));
                    }
                }
                None => {
                    let PathArg { bytes, .. } = path;
                    let [shown, given] = {
                        let vm: &Vm = vm;
                        let text = mode.as_deref().unwrap_or("r").as_bytes();
                        vm.locals([vm.new_str(text)?.value(), vm.int(i64::from(flags))])
                    };
                    vm.audit("open", &[name, shown, given])?;
                    match retry(vm, |p| p.open(AT_CWD, &bytes, flags, 0o666))? {
                        Ok(fd) => file.fd = fd,
                        Err(e) => return Err(vm.platform_error(e, Some(name.value(vm)))),
                    }
                }
            }
        }
    }
    let fd = file.fd;
    file.close_fd = closefd;
    let opened_here = number.is_none();
    match vm.platform().fstat(fd) {
        Ok(st) if st.mode & 0o170000 == 0o040000 => {
            if opened_here {
                let _ = vm.platform().close(fd);
            }
            return Err(vm.os_error(21, Some(name.value(vm))));
        }
        Err(e) if e.errno == 9 => return Err(vm.platform_error(e, Some(name.value(vm)))),
        Ok(st) => {
            let size = int_local(vm, st.block_size.max(1));
            vm.set_attr_str(this, "_blksize", size)?;
        }
        Err(_) => {}
    }
    let appending = file.appending;
    if opened_here && file.writable {
        file.counted = true;
        super::writers::opened(vm);
    }
    set_state(vm, this, file)?;
    vm.set_attr_str(this, "name", name)?;
    if appending {
        let _ = vm.platform().lseek(fd, 0, 2);
    }
    Ok(())
}

/// The descriptor of an open FileIO.
pub fn descriptor(vm: &mut Vm, this: Local) -> Py<i32> {
    let fd = if slot(vm, this, STATE).as_small_int().is_some() {
        state(vm, this, |s: &mut File| s.fd)?
    } else {
        -1
    };
    if fd < 0 {
        return Err(vm.value_error("I/O operation on closed file"));
    }
    Ok(fd)
}
fn with<R: Default>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut File) -> R) -> R {
    if slot(vm, this, STATE).as_small_int().is_none() {
        return R::default();
    }
    state(vm, this, f).unwrap_or_default()
}
fn is_closed(vm: &mut Vm, this: Local) -> bool {
    slot(vm, this, STATE).as_small_int().is_none() || with(vm, this, |s| s.fd < 0)
}
fn for_reading(vm: &mut Vm, this: Local) -> Py<i32> {
    let fd = descriptor(vm, this)?;
    if !with(vm, this, |s| s.readable) {
        return Err(unsupported(vm, "File not open for reading"));
    }
    Ok(fd)
}
fn for_writing(vm: &mut Vm, this: Local) -> Py<i32> {
    let fd = descriptor(vm, this)?;
    if !with(vm, this, |s| s.writable) {
        return Err(unsupported(vm, "File not open for writing"));
    }
    Ok(fd)
}

fn close(vm: &mut Vm, this: Local) -> Py<()> {
    both(
        vm,
        |vm| base_close(vm, this),
        |vm| {
            if with(vm, this, |s| std::mem::take(&mut s.counted)) {
                super::writers::closed(vm);
            }
            let (fd, owned) = with(vm, this, |s| {
                if s.close_fd {
                    (std::mem::replace(&mut s.fd, -1), true)
                } else {
                    s.fd = -1;
                    (-1, false)
                }
            });
            if fd >= 0 && owned {
                // After EINTR the descriptor is closed already.
                match vm.platform().close(fd) {
                    Err(e) if !e.interrupted() => return Err(vm.platform_error(e, None)),
                    _ => {}
                }
            }
            Ok(())
        },
    )
}
fn seekable(vm: &mut Vm, this: Local) -> Py<bool> {
    let fd = descriptor(vm, this)?;
    if let Some(known) = with(vm, this, |s| s.seekable) {
        return Ok(known);
    }
    let can = vm.platform().lseek(fd, 0, 1).is_ok();
    with(vm, this, |s| s.seekable = Some(can));
    Ok(can)
}
fn readable(vm: &mut Vm, this: Local) -> Py<bool> {
    descriptor(vm, this)?;
    Ok(with(vm, this, |s| s.readable))
}
fn writable(vm: &mut Vm, this: Local) -> Py<bool> {
    descriptor(vm, this)?;
    Ok(with(vm, this, |s| s.writable))
}
fn fileno(vm: &mut Vm, this: Local) -> Py<i64> {
    Ok(i64::from(descriptor(vm, this)?))
}
fn isatty(vm: &mut Vm, this: Local) -> Py<bool> {
    let fd = descriptor(vm, this)?;
    Ok(vm.platform().isatty(fd).unwrap_or(false))
}
/// One read of at most `n` bytes; None if it would block.
pub fn read_some(vm: &mut Vm, this: Local, n: usize) -> Py<Option<Vec<u8>>> {
    let fd = for_reading(vm, this)?;
    let n = n.min(0x7fff_f000);
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(n).is_err() {
        return Err(vm.memory_error());
    }
    buffer.resize(n, 0);
    match retry(vm, |p| p.read(fd, &mut buffer))? {
        Ok(got) => {
            buffer.truncate(got);
            Ok(Some(buffer))
        }
        Err(e) if e.errno == 11 => Ok(None),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
/// Reads to the end; None if nothing was there and it would block.
pub fn read_rest(vm: &mut Vm, this: Local) -> Py<Option<Vec<u8>>> {
    let fd = for_reading(vm, this)?;
    let mut expect = DEFAULT_BUFFER_SIZE;
    if let (Ok(st), Ok(at)) = (vm.platform().fstat(fd), vm.platform().lseek(fd, 0, 1)) {
        if st.size > at {
            expect = usize::try_from(st.size - at)
                .unwrap_or(0)
                .saturating_add(1)
                .min(1 << 30);
        }
    }
    let mut all = Vec::new();
    loop {
        if all.try_reserve(expect).is_err() {
            return Err(vm.memory_error());
        }
        let start = all.len();
        all.resize(start + expect, 0);
        let got = retry(vm, |p| p.read(fd, &mut all[start..]))?;
        match got {
            Ok(n) => {
                all.truncate(start + n);
                if n == 0 {
                    return Ok(Some(all));
                }
            }
            Err(e) if e.errno == 11 => {
                all.truncate(start);
                return Ok(if all.is_empty() { None } else { Some(all) });
            }
            Err(e) => return Err(vm.platform_error(e, None)),
        }
        expect = DEFAULT_BUFFER_SIZE.max(all.len() / 4);
    }
}
fn read(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    for_reading(vm, this)?;
    let Some(n) = size_argument(vm, size)? else {
        return vm.call_method(this, "readall", &[]);
    };
    match read_some(vm, this, n)? {
        Some(data) => new_bytes(vm, &data),
        None => Ok(vm.ret(Value::NONE)),
    }
}
fn readall(vm: &mut Vm, this: Local) -> Py<Ret> {
    match read_rest(vm, this)? {
        Some(data) => new_bytes(vm, &data),
        None => Ok(vm.ret(Value::NONE)),
    }
}
fn readinto(vm: &mut Vm, this: Local, buffer: Local) -> Py<Ret> {
    for_reading(vm, this)?;
    let (view, len) = writable_view(vm, buffer, "readinto")?;
    let Some(data) = read_some(vm, this, len)? else {
        release(vm, view)?;
        return Ok(vm.ret(Value::NONE));
    };
    store(vm, view, &data)?;
    release(vm, view)?;
    Ok(vm.ret(vm.int(data.len() as i64)))
}
/// One write; None if it would block.
pub fn write_some(vm: &mut Vm, this: Local, data: &[u8]) -> Py<Option<usize>> {
    let fd = for_writing(vm, this)?;
    let part = &data[..data.len().min(0x7fff_f000)];
    match retry(vm, |p| p.write(fd, part))? {
        Ok(n) => Ok(Some(n)),
        Err(e) if e.errno == 11 => Ok(None),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn write(vm: &mut Vm, this: Local, data: Local) -> Py<Ret> {
    for_writing(vm, this)?;
    let data = bytes_argument(vm, data)?;
    match write_some(vm, this, &data)? {
        Some(n) => Ok(vm.ret(vm.int(n as i64))),
        None => Ok(vm.ret(Value::NONE)),
    }
}
/// Moves the position.
pub fn seek_to(vm: &mut Vm, this: Local, pos: i64, whence: i64) -> Py<i64> {
    let fd = descriptor(vm, this)?;
    let whence = i32::try_from(whence).unwrap_or(-1);
    match vm.platform().lseek(fd, pos, whence) {
        Ok(at) => {
            with(vm, this, |s| s.seekable = Some(true));
            Ok(at)
        }
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn seek(vm: &mut Vm, this: Local, pos: Local, whence: Option<i64>) -> Py<i64> {
    descriptor(vm, this)?;
    if pos.value(vm).as_f64(vm).is_some() && !vm.is_int(pos.value(vm)) {
        return Err(vm.type_error("an integer is required"));
    }
    let pos = vm.index(pos)?;
    seek_to(vm, this, pos, whence.unwrap_or(0))
}
fn tell(vm: &mut Vm, this: Local) -> Py<i64> {
    seek_to(vm, this, 0, 1)
}
fn truncate(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let fd = for_writing(vm, this)?;
    let size = match size.filter(|s| !s.value(vm).is_none()) {
        Some(s) => vm.index(s)?,
        None => tell(vm, this)?,
    };
    match retry(vm, |p| p.ftruncate(fd, size))? {
        Ok(()) => Ok(vm.ret(vm.int(size))),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
fn mode_text(vm: &mut Vm, this: Local) -> &'static str {
    let (created, appending, readable, writable) = with(vm, this, |s| {
        (s.created, s.appending, s.readable, s.writable)
    });
    match (created, appending, readable, writable) {
        (true, _, true, _) => "xb+",
        (true, ..) => "xb",
        (_, true, true, _) => "ab+",
        (_, true, ..) => "ab",
        (_, _, true, true) => "rb+",
        (_, _, true, false) => "rb",
        _ => "wb",
    }
}
fn mode(vm: &mut Vm, this: Local) -> Py<Ret> {
    let text = mode_text(vm, this);
    new_str(vm, text.as_bytes())
}
fn closed(vm: &mut Vm, this: Local) -> Py<Ret> {
    let closed = is_closed(vm, this);
    Ok(vm.ret(Value::bool(closed)))
}
fn close_fd(vm: &mut Vm, this: Local) -> Py<Ret> {
    let closes = with(vm, this, |s| s.close_fd);
    Ok(vm.ret(Value::bool(closes)))
}
fn finalizing(vm: &mut Vm, this: Local) -> Py<Ret> {
    let is = with(vm, this, |s| s.finalizing);
    Ok(vm.ret(Value::bool(is)))
}
fn set_finalizing(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let on = vm.truth(value)?;
    with(vm, this, |s| s.finalizing = on);
    Ok(())
}
fn dealloc_warn(vm: &mut Vm, this: Local, source: Local) -> Py<()> {
    let open = with(vm, this, |s| s.fd >= 0 && s.close_fd);
    if open {
        let shown = vm.repr_text(source)?;
        vm.warn(&exc::RESOURCE_WARNING, &format!("unclosed file {shown}"), 1)?;
    }
    Ok(())
}
fn finalize(vm: &mut Vm, this: Local) -> Py<()> {
    if is_closed(vm, this) {
        return Ok(());
    }
    with(vm, this, |s| s.finalizing = true);
    let warned = dealloc_warn(vm, this, this);
    both(vm, |_| warned, |vm| call_plain(vm, this, "close"))
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let class = vm.type_name_for_error(this.value(vm));
    if is_closed(vm, this) || is_base_closed(vm, this) {
        return Ok(format!("<{class} [closed]>"));
    }
    let (fd, close_fd) = with(vm, this, |s| (s.fd, s.close_fd));
    let mode = mode_text(vm, this);
    let closes = if close_fd { "True" } else { "False" };
    match vm.lookup_attr_str(this, "name")?.map(|r| r.keep(vm)) {
        Some(name) => {
            let name = vm.repr_text(name)?;
            Ok(format!(
                "<{class} name={name} mode='{mode}' closefd={closes}>"
            ))
        }
        None => Ok(format!("<{class} fd={fd} mode='{mode}' closefd={closes}>")),
    }
}
fn getstate(vm: &mut Vm, this: Local) -> Py<()> {
    let class = vm.type_name_for_error(this.value(vm));
    Err(vm.type_error(format!("cannot pickle '{class}' instances")))
}

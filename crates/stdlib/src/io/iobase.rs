//! The abstract streams: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`. Python classes derive from them, so everything goes through methods that those may override.

use super::support::*;
use mesapy_heap::Value;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;

pub static IO_BASE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io._IOBase",
    doc: "The abstract base class for all I/O classes.",
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::DICT)
        .with(TypeFlags::WEAKREF),
    methods: BASE,
    getset: &[
        GetSet {
            name: "__dict__",
            get: mesapy_vm::objects::object::get_dict,
            set: Some(mesapy_vm::objects::object::set_dict),
            doc: "dictionary for instance variables",
        },
        GetSet {
            name: "closed",
            get: |vm, this| {
                let closed = is_base_closed(vm, this);
                Ok(vm.ret(Value::bool(closed)))
            },
            set: None,
            doc: "",
        },
    ],
    iternext: Some(next_line),
    ..TypeDef::EMPTY
};
pub static RAW_IO_BASE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io._RawIOBase",
    doc: "Base class for raw binary I/O.",
    base: Some(&IO_BASE),
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE,
    methods: RAW,
    ..TypeDef::EMPTY
};
pub static BUFFERED_IO_BASE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io._BufferedIOBase",
    doc: "Base class for buffered IO objects.",
    base: Some(&IO_BASE),
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE,
    methods: BUFFERED,
    ..TypeDef::EMPTY
};
pub static TEXT_IO_BASE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io._TextIOBase",
    doc: "Base class for text I/O.",
    base: Some(&IO_BASE),
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE,
    methods: TEXT,
    getset: &[
        GetSet {
            name: "encoding",
            get: none,
            set: None,
            doc: "Encoding of the text stream.",
        },
        GetSet {
            name: "errors",
            get: none,
            set: None,
            doc: "The error setting of the decoder or encoder.",
        },
        GetSet {
            name: "newlines",
            get: none,
            set: None,
            doc: "Line endings translated so far.",
        },
    ],
    ..TypeDef::EMPTY
};

static BASE: &[Method] = methods! {
    "seek(self, offset, whence=0, /)" => calls seek(this, offset, whence), "Change the stream position to the given byte offset.";
    "tell(self, /)" => calls tell(this), "Return current stream position.";
    "truncate(self, size=None, /)" => calls truncate(this, size), "Truncate file to size bytes.";
    "fileno(self, /)" => calls fileno(this), "Return underlying file descriptor if one exists.";
    "flush(self, /)" => calls flush(this), "Flush write buffers, if applicable.";
    "close(self, /)" => calls close(this), "Flush and close the IO object.";
    "seekable(self, /)" => calls no(this), "Return whether object supports random access.";
    "readable(self, /)" => calls no(this), "Return whether object was opened for reading.";
    "writable(self, /)" => calls no(this), "Return whether object was opened for writing.";
    "isatty(self, /)" => calls isatty(this), "Return whether this is an 'interactive' stream.";
    "_checkClosed(self, msg=None, /)" => calls check_closed_row(this, msg), "";
    "_checkSeekable(self, msg=None, /)" => calls check_seekable(this, msg), "";
    "_checkReadable(self, msg=None, /)" => calls check_readable(this, msg), "";
    "_checkWritable(self, msg=None, /)" => calls check_writable(this, msg), "";
    "readline(self, size=-1, /)" => calls readline(this, size), "Read and return a line from the stream.";
    "readlines(self, hint=-1, /)" => calls readlines(this, hint), "Return a list of lines from the stream.";
    "writelines(self, lines, /)" => calls writelines(this, lines), "Write a list of lines to stream.";
    "__enter__(self, /)" => calls enter(this), "";
    "__exit__(self, /, *args)" => calls exit(this, args), "";
    "__iter__(self, /)" => calls enter(this), "Implement iter(self).";
    "__del__(self, /)" => calls finalize(this), "";
};
static RAW: &[Method] = methods! {
    "read(self, size=-1, /)" => calls raw_read(this, size), "";
    "readall(self, /)" => calls raw_readall(this), "Read until EOF, using multiple read() call.";
    "readinto(self, buffer, /)" => calls raw_missing(this, buffer), "";
    "write(self, b, /)" => calls raw_missing(this, b), "";
};
static BUFFERED: &[Method] = methods! {
    "detach(self, /)" => calls b_detach(this), "Disconnect this buffer from its underlying raw stream and return it.";
    "read(self, size=-1, /)" => calls b_read(this, size), "Read and return up to n bytes.";
    "read1(self, size=-1, /)" => calls b_read1(this, size), "Read and return up to size bytes, with at most one read() call to the underlying raw stream.";
    "write(self, b, /)" => calls b_write(this, b), "Write buffer b to the IO stream.";
    "readinto(self, buffer, /)" => calls b_readinto(this, buffer), "";
    "readinto1(self, buffer, /)" => calls b_readinto1(this, buffer), "";
};
static TEXT: &[Method] = methods! {
    "detach(self, /)" => calls b_detach(this), "Separate the underlying buffer from the TextIOBase and return it.";
    "read(self, size=-1, /)" => calls b_read(this, size), "Read at most size characters from stream.";
    "readline(self, size=-1, /)" => calls t_readline(this, size), "Read until newline or EOF.";
    "write(self, s, /)" => calls b_write(this, s), "Write string s to stream.";
};

fn none(vm: &mut Vm, _: Local) -> Py<Ret> {
    Ok(vm.ret(Value::NONE))
}
pub fn is_base_closed(vm: &Vm, this: Local) -> bool {
    slot(vm, this, CLOSED).as_bool() == Some(true)
}
/// Raises if the stream says that it is closed.
pub fn check_closed(vm: &mut Vm, this: Local) -> Py<()> {
    if flag(vm, this, "closed")? {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(())
}
fn check_closed_row(vm: &mut Vm, this: Local, _: Option<Local>) -> Py<()> {
    check_closed(vm, this)
}
fn check(vm: &mut Vm, this: Local, method: &str, text: &str) -> Py<Ret> {
    let answer = vm.call_method(this, method, &[])?.keep(vm);
    if answer.value(vm) != Value::TRUE {
        return Err(unsupported(vm, text));
    }
    Ok(vm.ret(Value::TRUE))
}
fn check_seekable(vm: &mut Vm, this: Local, _: Option<Local>) -> Py<Ret> {
    check(vm, this, "seekable", "File or stream is not seekable.")
}
fn check_readable(vm: &mut Vm, this: Local, _: Option<Local>) -> Py<Ret> {
    check(vm, this, "readable", "File or stream is not readable.")
}
fn check_writable(vm: &mut Vm, this: Local, _: Option<Local>) -> Py<Ret> {
    check(vm, this, "writable", "File or stream is not writable.")
}
fn seek(vm: &mut Vm, _: Local, _: Local, _: Option<Local>) -> Py<()> {
    Err(unsupported(vm, "seek"))
}
fn truncate(vm: &mut Vm, _: Local, _: Option<Local>) -> Py<()> {
    Err(unsupported(vm, "truncate"))
}
fn fileno(vm: &mut Vm, _: Local) -> Py<()> {
    Err(unsupported(vm, "fileno"))
}
fn tell(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (zero, one) = (int_local(vm, 0), int_local(vm, 1));
    vm.call_method(this, "seek", &[zero, one])
}
fn flush(vm: &mut Vm, this: Local) -> Py<()> {
    if is_base_closed(vm, this) {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(())
}
pub fn close(vm: &mut Vm, this: Local) -> Py<()> {
    if is_base_closed(vm, this) {
        return Ok(());
    }
    let result = call_plain(vm, this, "flush");
    set_slot(vm, this, CLOSED, Value::TRUE);
    result
}
fn no(_: &mut Vm, _: Local) -> Py<bool> {
    Ok(false)
}
fn isatty(vm: &mut Vm, this: Local) -> Py<bool> {
    check_closed(vm, this)?;
    Ok(false)
}
fn enter(vm: &mut Vm, this: Local) -> Py<Local> {
    check_closed(vm, this)?;
    Ok(this)
}
fn exit(vm: &mut Vm, this: Local, _: Local) -> Py<()> {
    call_plain(vm, this, "close")
}
/// Closes what was left open; errors of a stream that can't say whether it is closed are nobody's concern.
fn finalize(vm: &mut Vm, this: Local) -> Py<()> {
    match flag(vm, this, "closed") {
        Ok(true) => Ok(()),
        Ok(false) => call_plain(vm, this, "close"),
        Err(raised) => {
            vm.take_exception(raised);
            match call_plain(vm, this, "close") {
                Ok(()) => Ok(()),
                Err(raised) => {
                    vm.take_exception(raised);
                    Ok(())
                }
            }
        }
    }
}
/// A line by `peek` and `read`, for streams that have nothing better.
fn readline(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let limit = size_argument(vm, size)?;
    let peek = vm.lookup_attr_str(this, "peek")?.map(|r| r.keep(vm));
    let (one, data) = (int_local(vm, 1), vm.local(Value::NONE));
    let mut line: Vec<u8> = Vec::new();
    while limit.is_none_or(|l| line.len() < l) {
        let mut want = 1;
        if let Some(peek) = peek {
            vm.call(peek, &[one])?.put(vm, data);
            let Some(seen) = data.value(vm).as_bytes(vm) else {
                return Err(vm.raise_text(
                    &exc::OS_ERROR,
                    &format!(
                        "peek() should have returned a bytes object, not '{}'",
                        vm.type_name_for_error(data.value(vm))
                    ),
                ));
            };
            let seen = seen.bytes(vm);
            if !seen.is_empty() {
                want = seen
                    .iter()
                    .position(|b| *b == b'\n')
                    .map_or(seen.len(), |i| i + 1);
                if let Some(l) = limit {
                    want = want.min(l - line.len());
                }
            }
        }
        vm.scope(|vm| -> Py<()> {
            let want = int_local(vm, want as i64);
            vm.call_method(this, "read", &[want])?.put(vm, data);
            Ok(())
        })?;
        let Some(got) = data.value(vm).as_bytes(vm) else {
            return Err(vm.raise_text(
                &exc::OS_ERROR,
                &format!(
                    "read() should have returned a bytes object, not '{}'",
                    vm.type_name_for_error(data.value(vm))
                ),
            ));
        };
        let got = got.bytes(vm);
        if got.is_empty() {
            break;
        }
        line.extend_from_slice(got);
        if line.ends_with(b"\n") {
            break;
        }
    }
    new_bytes(vm, &line)
}
fn next_line(vm: &mut Vm, this: Local) -> Py<bool> {
    let line = vm.call_method(this, "readline", &[])?.keep(vm);
    if vm.len(line)? == 0 {
        return Ok(false);
    }
    let _: Ret = vm.ret(line.value(vm));
    Ok(true)
}
fn readlines(vm: &mut Vm, this: Local, hint: Option<Local>) -> Py<Ret> {
    let hint = size_argument(vm, hint)?.filter(|h| *h > 0);
    let list = vm.local(vm.new_list(&[])?.value());
    let lines = vm.iter(this)?.keep(vm);
    let line = vm.local(Value::NONE);
    let mut total = 0usize;
    while vm.next_into(lines, line)? {
        if let Some(l) = list.value(vm).as_list(vm) {
            l.push(vm, line.value(vm))?;
        }
        if let Some(hint) = hint {
            total = total.saturating_add(vm.len(line)?);
            if total > hint {
                break;
            }
        }
    }
    Ok(vm.ret(list.value(vm)))
}
fn writelines(vm: &mut Vm, this: Local, lines: Local) -> Py<()> {
    check_closed(vm, this)?;
    let lines = vm.iter(lines)?.keep(vm);
    let line = vm.local(Value::NONE);
    while vm.next_into(lines, line)? {
        vm.scope(|vm| {
            vm.call_method(this, "write", &[line])
                .map(|r| r.put(vm, line))
        })?;
    }
    Ok(())
}

// ---- raw streams

fn raw_read(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let Some(n) = size_argument(vm, size)? else {
        return vm.call_method(this, "readall", &[]);
    };
    let class = builtin(vm, "bytearray")?;
    let n_local = int_local(vm, n as i64);
    let buffer = vm.call(class, &[n_local])?.keep(vm);
    let got = vm.call_method(this, "readinto", &[buffer])?.keep(vm);
    if got.value(vm).is_none() {
        return Ok(vm.ret(Value::NONE));
    }
    let got = vm.index(got)?;
    let data = vm.buffer_bytes(buffer)?;
    match usize::try_from(got).ok().and_then(|g| data.get(..g)) {
        Some(part) => new_bytes(vm, part),
        None => Err(vm.value_error(format!("readinto returned {got} outside buffer size {n}"))),
    }
}
fn raw_readall(vm: &mut Vm, this: Local) -> Py<Ret> {
    let size = int_local(vm, DEFAULT_BUFFER_SIZE as i64);
    let data = vm.local(Value::NONE);
    let mut all = Vec::new();
    loop {
        vm.call_method(this, "read", &[size])?.put(vm, data);
        if data.value(vm).is_none() {
            if all.is_empty() {
                return Ok(vm.ret(Value::NONE));
            }
            break;
        }
        let Some(part) = data.value(vm).as_bytes(vm) else {
            return Err(vm.type_error("read() should return bytes"));
        };
        if part.bytes(vm).is_empty() {
            break;
        }
        all.extend_from_slice(part.bytes(vm));
    }
    new_bytes(vm, &all)
}
fn raw_missing(vm: &mut Vm, _: Local, _: Local) -> Py<()> {
    Err(vm.raise_text(&exc::NOT_IMPLEMENTED_ERROR, ""))
}

// ---- buffered and text streams

fn b_detach(vm: &mut Vm, _: Local) -> Py<()> {
    Err(unsupported(vm, "detach"))
}
fn b_read(vm: &mut Vm, _: Local, _: Option<Local>) -> Py<()> {
    Err(unsupported(vm, "read"))
}
fn b_read1(vm: &mut Vm, _: Local, _: Option<Local>) -> Py<()> {
    Err(unsupported(vm, "read1"))
}
fn t_readline(vm: &mut Vm, _: Local, _: Option<Local>) -> Py<()> {
    Err(unsupported(vm, "readline"))
}
fn b_write(vm: &mut Vm, _: Local, _: Local) -> Py<()> {
    Err(unsupported(vm, "write"))
}
fn b_readinto(vm: &mut Vm, this: Local, buffer: Local) -> Py<Ret> {
    readinto_by(vm, this, buffer, "read")
}
fn b_readinto1(vm: &mut Vm, this: Local, buffer: Local) -> Py<Ret> {
    readinto_by(vm, this, buffer, "read1")
}
/// `readinto` of any stream by its `read` or `read1`.
pub fn readinto_by(vm: &mut Vm, this: Local, buffer: Local, method: &str) -> Py<Ret> {
    let name = if method == "read" {
        "readinto"
    } else {
        "readinto1"
    };
    let (view, len) = writable_view(vm, buffer, name)?;
    let n = int_local(vm, len as i64);
    let got = vm.call_method(this, method, &[n])?.keep(vm);
    if got.value(vm).is_none() {
        release(vm, view)?;
        return Ok(vm.ret(Value::NONE));
    }
    let Some(data) = got.value(vm).as_bytes(vm).map(|b| b.bytes(vm).to_vec()) else {
        return Err(vm.type_error("read() should return bytes"));
    };
    if data.len() > len {
        return Err(vm.value_error(format!(
            "read() returned too much data: {len} bytes requested, {} returned",
            data.len()
        )));
    }
    store(vm, view, &data)?;
    release(vm, view)?;
    Ok(vm.ret(vm.int(data.len() as i64)))
}

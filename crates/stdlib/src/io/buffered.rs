//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`: buffers over any raw stream.
//!
//! The buffers are on the host's side, and no borrow of them lives while the raw stream runs: a raw stream that calls back in, closes or keeps what it was given
//! meets a consistent object. Raw streams of exactly the type FileIO are asked without going through Python.

use super::fileio::{self, FILE_IO};
use super::iobase::{BUFFERED_IO_BASE, readinto_by};
use super::support::*;
use mesapy_heap::Value;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;

/// Slot of the raw stream; None when detached.
const RAW: usize = 2;

/// What a buffered stream holds back.
#[derive(Default)]
struct Buffer {
    size: usize,
    /// Bytes read ahead; those before `at` were given out.
    read: Vec<u8>,
    at: usize,
    /// Bytes to write.
    write: Vec<u8>,
    finalizing: bool,
}
impl Buffer {
    fn unread(&self) -> &[u8] {
        self.read.get(self.at..).unwrap_or(&[])
    }
    fn take(&mut self, n: usize) -> Vec<u8> {
        let part = self.unread();
        let part = part[..n.min(part.len())].to_vec();
        self.at += part.len();
        part
    }
}

macro_rules! buffered {
    ($($id:ident $name:literal $methods:ident $next:expr, $doc:literal;)*) => { $(
        pub static $id: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            doc: $doc,
            base: Some(&BUFFERED_IO_BASE),
            layout: Layout::Slots(3),
            flags: TypeFlags::BASETYPE,
            methods: $methods,
            getset: GETSET,
            iternext: $next,
            ..TypeDef::EMPTY
        };
    )* };
}
buffered! {
    BUFFERED_READER "_io.BufferedReader" READER Some(next_line), "Create a new buffered reader using the given readable raw IO object.";
    BUFFERED_WRITER "_io.BufferedWriter" WRITER None, "A buffer for a writeable sequential RawIO object.";
    BUFFERED_RANDOM "_io.BufferedRandom" RANDOM Some(next_line), "A buffered interface to random access streams.";
}
static GETSET: &[GetSet] = &[
    GetSet {
        name: "closed",
        get: closed,
        set: None,
        doc: "",
    },
    GetSet {
        name: "name",
        get: |vm, this| raw_attribute(vm, this, "name"),
        set: None,
        doc: "",
    },
    GetSet {
        name: "mode",
        get: |vm, this| raw_attribute(vm, this, "mode"),
        set: None,
        doc: "",
    },
    GetSet {
        name: "raw",
        get: |vm, this| {
            let raw = slot(vm, this, RAW);
            Ok(vm.ret(raw.non_empty().unwrap_or(Value::NONE)))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "_finalizing",
        get: |vm, this| {
            let f = state(vm, this, |b: &mut Buffer| b.finalizing)?;
            Ok(vm.ret(Value::bool(f)))
        },
        set: None,
        doc: "",
    },
];

macro_rules! rows {
    ($($id:ident: $init:ident { $($extra:tt)* })*) => { $(
        static $id: &[Method] = methods! {
            "__init__(self, raw, buffer_size=131072)" => calls $init(this, raw, size), "Initialize self.  See help(type(self)) for accurate signature.";
            $($extra)*
            "flush(self, /)" => calls flush(this), "";
            "close(self, /)" => calls close(this), "";
            "detach(self, /)" => calls detach(this), "";
            "seekable(self, /)" => calls seekable(this), "";
            "fileno(self, /)" => calls fileno(this), "";
            "isatty(self, /)" => calls isatty(this), "";
            "tell(self, /)" => calls tell(this), "";
            "seek(self, target, whence=0, /)" => calls seek(this, target, whence), "";
            "truncate(self, pos=None, /)" => calls truncate(this, pos), "";
            "_dealloc_warn(self, source, /)" => calls dealloc_warn(this, source), "";
            "__repr__(self, /)" => calls repr(this), "Return repr(self).";
            "__del__(self, /)" => calls finalize(this), "";
            "__getstate__(self, /)" => calls getstate(this), "";
        };
    )* };
}
rows! {
    READER: init_reader {
        "readable(self, /)" => calls readable(this), "";
        "peek(self, size=0, /)" => calls peek(this, size), "";
        "read(self, size=-1, /)" => calls read(this, size), "";
        "read1(self, size=-1, /)" => calls read1(this, size), "";
        "readinto(self, buffer, /)" => calls readinto(this, buffer), "";
        "readinto1(self, buffer, /)" => calls readinto1(this, buffer), "";
        "readline(self, size=-1, /)" => calls readline(this, size), "";
    }
    WRITER: init_writer {
        "writable(self, /)" => calls writable(this), "";
        "write(self, buffer, /)" => calls write(this, data), "Write buffer b to the IO stream.";
    }
    RANDOM: init_random {
        "readable(self, /)" => calls readable(this), "";
        "writable(self, /)" => calls writable(this), "";
        "peek(self, size=0, /)" => calls peek(this, size), "";
        "read(self, size=-1, /)" => calls read(this, size), "";
        "read1(self, size=-1, /)" => calls read1(this, size), "";
        "readinto(self, buffer, /)" => calls readinto(this, buffer), "";
        "readinto1(self, buffer, /)" => calls readinto1(this, buffer), "";
        "readline(self, size=-1, /)" => calls readline(this, size), "";
        "write(self, buffer, /)" => calls write(this, data), "Write buffer b to the IO stream.";
    }
}

fn init(vm: &mut Vm, this: Local, raw: Local, size: Option<i64>) -> Py<()> {
    let size = size.unwrap_or(DEFAULT_BUFFER_SIZE as i64);
    let Some(size) = usize::try_from(size).ok().filter(|s| *s > 0) else {
        return Err(vm.value_error("buffer size must be strictly positive"));
    };
    if size > 1 << 40 {
        return Err(vm.memory_error());
    }
    set_state(
        vm,
        this,
        Buffer {
            size,
            ..Buffer::default()
        },
    )?;
    set_slot_from(vm, this, RAW, raw);
    Ok(())
}
fn init_reader(vm: &mut Vm, this: Local, raw: Local, size: Option<i64>) -> Py<()> {
    if !ask(vm, raw, "readable")? {
        return Err(unsupported(vm, "File or stream is not readable."));
    }
    init(vm, this, raw, size)
}
fn init_writer(vm: &mut Vm, this: Local, raw: Local, size: Option<i64>) -> Py<()> {
    if !ask(vm, raw, "writable")? {
        return Err(unsupported(vm, "File or stream is not writable."));
    }
    init(vm, this, raw, size)
}
fn init_random(vm: &mut Vm, this: Local, raw: Local, size: Option<i64>) -> Py<()> {
    if !ask(vm, raw, "seekable")? {
        return Err(unsupported(vm, "File or stream is not seekable."));
    }
    if !ask(vm, raw, "readable")? {
        return Err(unsupported(vm, "File or stream is not readable."));
    }
    init_writer(vm, this, raw, size)
}

/// The raw stream, with the errors of streams that have none.
fn raw(vm: &Vm, this: Local) -> Py<Local> {
    let raw = slot(vm, this, RAW);
    if raw.is_none() {
        return Err(vm.value_error("raw stream has been detached"));
    }
    match raw.non_empty() {
        Some(raw) => Ok(vm.local(raw)),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}
fn is_file(vm: &Vm, raw: Local) -> bool {
    vm.is_exactly(raw.value(vm), &FILE_IO)
}
fn is_closed(vm: &mut Vm, this: Local) -> Py<bool> {
    let raw = raw(vm, this)?;
    if is_file(vm, raw) {
        return match fileio::descriptor(vm, raw) {
            Ok(_) => Ok(false),
            Err(raised) => {
                vm.take_exception(raised);
                Ok(true)
            }
        };
    }
    flag(vm, raw, "closed")
}
fn open_raw(vm: &mut Vm, this: Local, what: &str) -> Py<Local> {
    let raw = raw(vm, this)?;
    if is_closed(vm, this)? {
        return Err(vm.value_error(what));
    }
    Ok(raw)
}
fn buffer<R>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut Buffer) -> R) -> Py<R> {
    state(vm, this, f)
}

// ---- the raw side

/// One read of the raw stream; None if it would block.
fn raw_read(vm: &mut Vm, raw: Local, n: usize) -> Py<Option<Vec<u8>>> {
    if is_file(vm, raw) {
        return fileio::read_some(vm, raw, n);
    }
    vm.scope(|vm| {
        let class = builtin(vm, "bytearray")?;
        let n_local = int_local(vm, n as i64);
        let target = vm.call(class, &[n_local])?.keep(vm);
        let got = vm.call_method(raw, "readinto", &[target])?.keep(vm);
        if got.value(vm).is_none() {
            return Ok(None);
        }
        let got = vm.index(got)?;
        let mut data = vm.buffer_bytes(target)?;
        match usize::try_from(got) {
            Ok(count) if count <= n && count <= data.len() => {
                data.truncate(count);
                Ok(Some(data))
            }
            _ => Err(vm.raise_text(
                &exc::OS_ERROR,
                &format!("raw readinto() returned invalid length {got} (should have been between 0 and {n})"),
            )),
        }
    })
}
/// One write to the raw stream; None if it would block.
fn raw_write(vm: &mut Vm, raw: Local, data: &[u8]) -> Py<Option<usize>> {
    if is_file(vm, raw) {
        return fileio::write_some(vm, raw, data);
    }
    vm.scope(|vm| {
        let bytes = bytes_local(vm, data)?;
        let class = builtin(vm, "memoryview")?;
        let view = vm.call(class, &[bytes])?.keep(vm);
        let got = vm.call_method(raw, "write", &[view])?.keep(vm);
        if got.value(vm).is_none() {
            return Ok(None);
        }
        let n = vm.index(got)?;
        match usize::try_from(n) {
            Ok(n) if n <= data.len() => Ok(Some(n)),
            _ => Err(vm.raise_text(
                &exc::OS_ERROR,
                &format!(
                    "raw write() returned invalid length {n} (should have been between 0 and {})",
                    data.len()
                ),
            )),
        }
    })
}
fn raw_seek(vm: &mut Vm, raw: Local, pos: i64, whence: i64) -> Py<i64> {
    if is_file(vm, raw) {
        return fileio::seek_to(vm, raw, pos, whence);
    }
    let (p, w) = (int_local(vm, pos), int_local(vm, whence));
    let at = ask_int(vm, raw, "seek", &[p, w])?;
    if at < 0 {
        return Err(vm.raise_text(
            &exc::OS_ERROR,
            &format!("Raw stream returned invalid position {at}"),
        ));
    }
    Ok(at)
}
fn raw_tell(vm: &mut Vm, raw: Local) -> Py<i64> {
    if is_file(vm, raw) {
        return fileio::seek_to(vm, raw, 0, 1);
    }
    let at = ask_int(vm, raw, "tell", &[])?;
    if at < 0 {
        return Err(vm.raise_text(
            &exc::OS_ERROR,
            &format!("Raw stream returned invalid position {at}"),
        ));
    }
    Ok(at)
}

/// Writes out what is held back.
fn flush_writes(vm: &mut Vm, this: Local, raw: Local) -> Py<()> {
    loop {
        let data = buffer(vm, this, |b| std::mem::take(&mut b.write))?;
        if data.is_empty() {
            return Ok(());
        }
        let result = raw_write(vm, raw, &data);
        let done = match &result {
            Ok(Some(n)) => *n,
            _ => 0,
        };
        // What came in meanwhile goes behind.
        buffer(vm, this, |b| {
            let newer = std::mem::take(&mut b.write);
            b.write = data[done..].to_vec();
            b.write.extend_from_slice(&newer);
        })?;
        if result?.is_none() {
            return Err(blocking(vm, 0));
        }
        vm.poll()?;
    }
}
fn blocking(vm: &mut Vm, written: usize) -> mesapy_vm::Raised {
    let args = (|| -> Py<[Value<'_>; 3]> {
        Ok([
            vm.int(11),
            vm.new_str(b"write could not complete without blocking")?
                .value(),
            vm.int(written as i64),
        ])
    })();
    let class = vm.local(vm.type_object(&exc::BLOCKING_IO_ERROR).value());
    let locals = match args {
        Ok(args) => vm.locals(args),
        Err(raised) => return raised,
    };
    match vm.call(class, &locals) {
        Ok(ret) => {
            let e = ret.keep(vm);
            vm.raise(e.value(vm))
        }
        Err(raised) => raised,
    }
}
/// Before a read: writes go out.
fn before_read(vm: &mut Vm, this: Local, what: &str) -> Py<Local> {
    let raw = open_raw(vm, this, what)?;
    flush_writes(vm, this, raw)?;
    Ok(raw)
}
/// Before a write: what was read ahead is given back to the raw stream's position.
fn drop_read_ahead(vm: &mut Vm, this: Local, raw: Local) -> Py<()> {
    let unread = buffer(vm, this, |b| {
        let n = b.unread().len();
        b.read.clear();
        b.at = 0;
        n
    })?;
    if unread > 0 {
        raw_seek(vm, raw, -(unread as i64), 1)?;
    }
    Ok(())
}
/// Reads ahead once; false at the end, None if it would block.
fn fill(vm: &mut Vm, this: Local, raw: Local) -> Py<Option<bool>> {
    let size = buffer(vm, this, |b| b.size)?;
    let Some(data) = raw_read(vm, raw, size)? else {
        return Ok(None);
    };
    let any = !data.is_empty();
    buffer(vm, this, |b| {
        b.read.drain(..b.at.min(b.read.len()));
        b.at = 0;
        b.read.extend_from_slice(&data);
    })?;
    Ok(Some(any))
}

// ---- reading

/// `read(n)`: None means that nothing is there and it would block.
fn read_n(vm: &mut Vm, this: Local, n: usize) -> Py<Option<Vec<u8>>> {
    let raw = before_read(vm, this, "read of closed file")?;
    let mut out = buffer(vm, this, |b| b.take(n))?;
    let size = buffer(vm, this, |b| b.size)?;
    while out.len() < n {
        let want = n - out.len();
        if want >= size {
            match raw_read(vm, raw, want.min(1 << 26))? {
                None if out.is_empty() => return Ok(None),
                None => break,
                Some(data) if data.is_empty() => break,
                Some(data) => out.extend_from_slice(&data),
            }
        } else {
            match fill(vm, this, raw)? {
                None if out.is_empty() => return Ok(None),
                None | Some(false) => break,
                Some(true) => out.extend(buffer(vm, this, |b| b.take(want))?),
            }
        }
    }
    Ok(Some(out))
}
fn read(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    if let Some(n) = size.filter(|s| vm.is_int(s.value(vm))) {
        if vm.index(n)? < -1 {
            return Err(vm.value_error("read length must be non-negative or -1"));
        }
    }
    if let Some(n) = size_argument(vm, size)? {
        return match read_n(vm, this, n)? {
            Some(data) => new_bytes(vm, &data),
            None => Ok(vm.ret(Value::NONE)),
        };
    }
    let raw = before_read(vm, this, "read of closed file")?;
    let mut out = buffer(vm, this, |b| b.take(usize::MAX))?;
    if is_file(vm, raw) {
        match fileio::read_rest(vm, raw)? {
            Some(rest) if out.is_empty() => out = rest,
            Some(rest) => out.extend_from_slice(&rest),
            None if out.is_empty() => return Ok(vm.ret(Value::NONE)),
            None => {}
        }
        return new_bytes(vm, &out);
    }
    let part = vm.local(Value::NONE);
    if let Some(readall) = vm.lookup_attr_str(raw, "readall")? {
        let readall = readall.keep(vm);
        vm.call(readall, &[])?.put(vm, part);
        if part.value(vm).is_none() {
            return if out.is_empty() {
                Ok(vm.ret(Value::NONE))
            } else {
                new_bytes(vm, &out)
            };
        }
        let Some(data) = part.value(vm).as_bytes(vm) else {
            return Err(vm.type_error("readall() should return bytes"));
        };
        out.extend_from_slice(data.bytes(vm));
        return new_bytes(vm, &out);
    }
    loop {
        vm.call_method(raw, "read", &[])?.put(vm, part);
        if part.value(vm).is_none() && out.is_empty() {
            return Ok(vm.ret(Value::NONE));
        }
        match part.value(vm).as_bytes(vm) {
            Some(data) if !data.bytes(vm).is_empty() => out.extend_from_slice(data.bytes(vm)),
            Some(_) => break,
            None if part.value(vm).is_none() => break,
            None => return Err(vm.type_error("read() should return bytes")),
        }
    }
    new_bytes(vm, &out)
}
fn read1_n(vm: &mut Vm, this: Local, n: Option<usize>) -> Py<Vec<u8>> {
    let raw = before_read(vm, this, "read of closed file")?;
    let size = buffer(vm, this, |b| b.size)?;
    let n = n.unwrap_or(size);
    if n == 0 {
        return Ok(Vec::new());
    }
    let have = buffer(vm, this, |b| b.take(n))?;
    if !have.is_empty() {
        return Ok(have);
    }
    Ok(raw_read(vm, raw, n.min(1 << 30))?.unwrap_or_default())
}
fn read1(vm: &mut Vm, this: Local, size: Option<i64>) -> Py<Ret> {
    let n = size.and_then(|s| usize::try_from(s).ok());
    let data = read1_n(vm, this, n)?;
    new_bytes(vm, &data)
}
fn peek(vm: &mut Vm, this: Local, _: Option<i64>) -> Py<Ret> {
    let raw = before_read(vm, this, "peek of closed file")?;
    if buffer(vm, this, |b| b.unread().is_empty())? {
        let _ = fill(vm, this, raw)?;
    }
    let data = buffer(vm, this, |b| b.unread().to_vec())?;
    new_bytes(vm, &data)
}
fn readinto(vm: &mut Vm, this: Local, target: Local) -> Py<Ret> {
    open_raw(vm, this, "readinto of closed file")?;
    readinto_by(vm, this, target, "read")
}
fn readinto1(vm: &mut Vm, this: Local, target: Local) -> Py<Ret> {
    open_raw(vm, this, "readinto of closed file")?;
    readinto_by(vm, this, target, "read1")
}
fn line(vm: &mut Vm, this: Local, limit: Option<usize>) -> Py<Vec<u8>> {
    let limit = limit.unwrap_or(usize::MAX);
    // What is buffered is looked at first, and mostly is enough.
    let take_line = |b: &mut Buffer, limit: usize| {
        let unread = b.unread();
        let end = unread.iter().take(limit).position(|c| *c == b'\n');
        let (n, whole) = match end {
            Some(i) => (i + 1, true),
            None => (unread.len().min(limit), false),
        };
        (b.take(n), whole)
    };
    let raw = before_read(vm, this, "readline of closed file")?;
    let mut out = Vec::new();
    loop {
        let (part, whole) = buffer(vm, this, |b| take_line(b, limit - out.len()))?;
        out.extend_from_slice(&part);
        if whole || out.len() >= limit {
            return Ok(out);
        }
        match fill(vm, this, raw)? {
            Some(true) => {}
            _ => return Ok(out),
        }
    }
}
fn readline(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let limit = size_argument(vm, size)?;
    let data = line(vm, this, limit)?;
    new_bytes(vm, &data)
}
fn next_line(vm: &mut Vm, this: Local) -> Py<bool> {
    let exact = vm.is_exactly(this.value(vm), &BUFFERED_READER)
        || vm.is_exactly(this.value(vm), &BUFFERED_RANDOM);
    if exact {
        let data = line(vm, this, None)?;
        let _: Ret = new_bytes(vm, &data)?;
        return Ok(!data.is_empty());
    }
    let data = vm.call_method(this, "readline", &[])?.keep(vm);
    if vm.len(data)? == 0 {
        return Ok(false);
    }
    let _: Ret = vm.ret(data.value(vm));
    Ok(true)
}

// ---- writing

fn write(vm: &mut Vm, this: Local, data: Local) -> Py<i64> {
    raw(vm, this)?;
    let data = bytes_argument(vm, data)?;
    let raw = open_raw(vm, this, "write to closed file")?;
    drop_read_ahead(vm, this, raw)?;
    let fits = buffer(vm, this, |b| {
        let fits = b.write.len().saturating_add(data.len()) <= b.size;
        if fits {
            b.write.extend_from_slice(&data);
        }
        fits
    })?;
    if fits {
        return Ok(data.len() as i64);
    }
    let flushed = flush_writes(vm, this, raw);
    let size = buffer(vm, this, |b| b.size)?;
    if let Err(raised) = flushed {
        if !vm.raised_is(&raised, &exc::BLOCKING_IO_ERROR) {
            return Err(raised);
        }
        // What still fits is kept.
        let room = buffer(vm, this, |b| size.saturating_sub(b.write.len()))?;
        let part = data[..room.min(data.len())].to_vec();
        buffer(vm, this, |b| b.write.extend_from_slice(&part))?;
        if part.len() == data.len() {
            vm.take_exception(raised);
            return Ok(data.len() as i64);
        }
        vm.take_exception(raised);
        return Err(blocking(vm, part.len()));
    }
    let mut done = 0;
    while data.len() - done > size {
        match raw_write(vm, raw, &data[done..])? {
            Some(n) => done += n,
            None => {
                let part = data[done..].iter().take(size).copied().collect::<Vec<u8>>();
                let kept = part.len();
                buffer(vm, this, |b| b.write.extend_from_slice(&part))?;
                return Err(blocking(vm, done + kept));
            }
        }
        vm.poll()?;
    }
    buffer(vm, this, |b| b.write.extend_from_slice(&data[done..]))?;
    Ok(data.len() as i64)
}
fn flush(vm: &mut Vm, this: Local) -> Py<()> {
    let raw = open_raw(vm, this, "flush of closed file")?;
    flush_writes(vm, this, raw)?;
    if vm.is_instance_of(this.value(vm), &BUFFERED_RANDOM) {
        drop_read_ahead(vm, this, raw)?;
    }
    if is_file(vm, raw) {
        return Ok(());
    }
    call_plain(vm, raw, "flush")
}
fn close(vm: &mut Vm, this: Local) -> Py<()> {
    if is_closed(vm, this)? {
        return Ok(());
    }
    let raw = raw(vm, this)?;
    if buffer(vm, this, |b| b.finalizing)? {
        dealloc_warn(vm, this, this)?;
    }
    both(
        vm,
        |vm| call_plain(vm, this, "flush"),
        |vm| call_plain(vm, raw, "close"),
    )?;
    buffer(vm, this, |b| {
        b.read = Vec::new();
        b.at = 0;
        b.write = Vec::new();
    })
}
fn detach(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    call_plain(vm, this, "flush")?;
    set_slot(vm, this, RAW, Value::NONE);
    Ok(vm.ret(raw.value(vm)))
}

// ---- position

fn tell(vm: &mut Vm, this: Local) -> Py<i64> {
    let raw = raw(vm, this)?;
    let at = raw_tell(vm, raw)?;
    let (ahead, behind) = buffer(vm, this, |b| (b.unread().len(), b.write.len()))?;
    Ok((at - ahead as i64).max(0) + behind as i64)
}
fn seek(vm: &mut Vm, this: Local, target: Local, whence: Option<i64>) -> Py<i64> {
    let whence = whence.unwrap_or(0);
    if !(0..=4).contains(&whence) {
        return Err(vm.value_error(format!("whence value {whence} unsupported")));
    }
    let raw = open_raw(vm, this, "seek of closed file")?;
    if !ask(vm, raw, "seekable")? {
        return Err(unsupported(vm, "File or stream is not seekable."));
    }
    let mut target = vm.index(target)?;
    flush_writes(vm, this, raw)?;
    let ahead = buffer(vm, this, |b| b.unread().len())? as i64;
    if whence == 1 {
        target = target.saturating_sub(ahead);
    }
    if whence == 0 && ahead > 0 {
        // A position inside what was read ahead needs no seek.
        let end = raw_tell(vm, raw)?;
        let inside = buffer(vm, this, |b| {
            let start = end - b.read.len() as i64;
            match usize::try_from(target - start) {
                Ok(at) if target >= start && at <= b.read.len() => {
                    b.at = at;
                    true
                }
                _ => false,
            }
        })?;
        if inside {
            return Ok(target);
        }
    }
    let at = raw_seek(vm, raw, target, whence)?;
    buffer(vm, this, |b| {
        b.read.clear();
        b.at = 0;
    })?;
    Ok(at)
}
fn truncate(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let raw = open_raw(vm, this, "truncate of closed file")?;
    if !ask(vm, raw, "writable")? {
        return Err(unsupported(vm, "truncate"));
    }
    flush_writes(vm, this, raw)?;
    let size = match size.filter(|s| !s.value(vm).is_none()) {
        Some(size) => size,
        None => {
            let at = tell(vm, this)?;
            int_local(vm, at)
        }
    };
    drop_read_ahead(vm, this, raw)?;
    vm.call_method(raw, "truncate", &[size])
}

// ---- the rest

fn closed(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.get_attr_str(raw, "closed")
}
fn raw_attribute(vm: &mut Vm, this: Local, name: &str) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.get_attr_str(raw, name)
}
fn seekable(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.call_method(raw, "seekable", &[])
}
fn readable(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.call_method(raw, "readable", &[])
}
fn writable(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.call_method(raw, "writable", &[])
}
fn fileno(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.call_method(raw, "fileno", &[])
}
fn isatty(vm: &mut Vm, this: Local) -> Py<Ret> {
    let raw = raw(vm, this)?;
    vm.call_method(raw, "isatty", &[])
}
fn dealloc_warn(vm: &mut Vm, this: Local, source: Local) -> Py<()> {
    let Ok(raw) = raw(vm, this).map_err(|raised| vm.take_exception(raised)) else {
        return Ok(());
    };
    if let Some(warn) = vm.lookup_attr_str(raw, "_dealloc_warn")? {
        let warn = warn.keep(vm);
        vm.call(warn, &[source])?.keep(vm);
    }
    Ok(())
}
fn finalize(vm: &mut Vm, this: Local) -> Py<()> {
    // Never initialised, or detached: nothing to close.
    let present = slot(vm, this, RAW);
    if present.is_empty() || present.is_none() {
        return Ok(());
    }
    if flag(vm, this, "closed")? {
        return Ok(());
    }
    buffer(vm, this, |b| b.finalizing = true)?;
    call_plain(vm, this, "close")
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let class = vm.type_name_for_error(this.value(vm));
    let found = vm.lookup_attr_str(this, "name");
    match vm.caught(found, &exc::VALUE_ERROR)?.flatten() {
        Some(name) => {
            let name = name.keep(vm);
            if !vm.repr_enter(this.value(vm))? {
                return Err(vm.runtime_error(format!("reentrant call inside {class}.__repr__")));
            }
            let text = vm.repr_text(name);
            vm.repr_leave(this.value(vm));
            Ok(format!("<{class} name={}>", text?))
        }
        None => Ok(format!("<{class}>")),
    }
}
fn getstate(vm: &mut Vm, this: Local) -> Py<()> {
    let class = vm.type_name_for_error(this.value(vm));
    Err(vm.type_error(format!("cannot pickle '{class}' instances")))
}

// ---- a pair of streams

const READER_SLOT: usize = 1;
const WRITER_SLOT: usize = 2;

pub static BUFFERED_RW_PAIR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io.BufferedRWPair",
    doc: "A buffered reader and writer object together.",
    base: Some(&BUFFERED_IO_BASE),
    layout: Layout::Slots(3),
    flags: TypeFlags::BASETYPE,
    methods: PAIR,
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| {
            let w = pair(vm, this, WRITER_SLOT)?;
            vm.get_attr_str(w, "closed")
        },
        set: None,
        doc: "",
    }],
    ..TypeDef::EMPTY
};
static PAIR: &[Method] = methods! {
    "__init__(self, reader, writer, buffer_size=131072, /)" => calls pair_init(this, reader, writer, size), "Initialize self.  See help(type(self)) for accurate signature.";
    "read(self, *args)" => calls pair_read(this, args), "";
    "peek(self, *args)" => calls pair_peek(this, args), "";
    "read1(self, *args)" => calls pair_read1(this, args), "";
    "readinto(self, *args)" => calls pair_readinto(this, args), "";
    "readinto1(self, *args)" => calls pair_readinto1(this, args), "";
    "write(self, *args)" => calls pair_write(this, args), "";
    "flush(self, *args)" => calls pair_flush(this, args), "";
    "readable(self, *args)" => calls pair_readable(this, args), "";
    "writable(self, *args)" => calls pair_writable(this, args), "";
    "close(self, /)" => calls pair_close(this), "";
    "isatty(self, /)" => calls pair_isatty(this), "";
};
fn pair(vm: &Vm, this: Local, which: usize) -> Py<Local> {
    match slot(vm, this, which).non_empty() {
        Some(v) => Ok(vm.local(v)),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}
fn pair_init(vm: &mut Vm, this: Local, reader: Local, writer: Local, size: Option<i64>) -> Py<()> {
    if !ask(vm, reader, "readable")? {
        return Err(unsupported(vm, "File or stream is not readable."));
    }
    if !ask(vm, writer, "writable")? {
        return Err(unsupported(vm, "File or stream is not writable."));
    }
    let size = int_local(vm, size.unwrap_or(DEFAULT_BUFFER_SIZE as i64));
    for (def, stream, place) in [
        (&BUFFERED_READER, reader, READER_SLOT),
        (&BUFFERED_WRITER, writer, WRITER_SLOT),
    ] {
        let class = vm.local(vm.type_object(def).value());
        let made = vm.call(class, &[stream, size])?.keep(vm);
        set_slot_from(vm, this, place, made);
    }
    Ok(())
}
fn forward(vm: &mut Vm, this: Local, which: usize, name: &str, args: Local) -> Py<Ret> {
    let target = pair(vm, this, which)?;
    let method = vm.get_attr_str(target, name)?.keep(vm);
    let none = vm.local(Value::EMPTY);
    vm.call_ex(method, args, none)
}
macro_rules! forwards {
    ($($f:ident $which:ident $name:literal;)*) => { $(
        fn $f(vm: &mut Vm, this: Local, args: Local) -> Py<Ret> { forward(vm, this, $which, $name, args) }
    )* };
}
forwards! {
    pair_read READER_SLOT "read"; pair_peek READER_SLOT "peek"; pair_read1 READER_SLOT "read1"; pair_readinto READER_SLOT "readinto"; pair_readinto1 READER_SLOT "readinto1";
    pair_readable READER_SLOT "readable"; pair_write WRITER_SLOT "write"; pair_flush WRITER_SLOT "flush"; pair_writable WRITER_SLOT "writable";
}
fn pair_close(vm: &mut Vm, this: Local) -> Py<()> {
    let (reader, writer) = (pair(vm, this, READER_SLOT)?, pair(vm, this, WRITER_SLOT)?);
    both(
        vm,
        |vm| call_plain(vm, writer, "close"),
        |vm| call_plain(vm, reader, "close"),
    )
}
fn pair_isatty(vm: &mut Vm, this: Local) -> Py<bool> {
    let writer = pair(vm, this, WRITER_SLOT)?;
    if ask(vm, writer, "isatty")? {
        return Ok(true);
    }
    let reader = pair(vm, this, READER_SLOT)?;
    ask(vm, reader, "isatty")
}

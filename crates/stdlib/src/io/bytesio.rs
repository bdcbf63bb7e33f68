//! `BytesIO`: a bytearray as a stream. `getbuffer` gives a memoryview of it, and while one lives the size can't change.

use super::iobase::BUFFERED_IO_BASE;
use super::support::*;
use mesapy_heap::{ByteArray, Value, Word};
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method, quick_argument};
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;

/// The bytearray; None when closed.
const DATA: usize = 1;
const POS: usize = 2;

pub static BYTES_IO: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io.BytesIO",
    doc: "Buffered I/O implementation using an in-memory bytes buffer.",
    base: Some(&BUFFERED_IO_BASE),
    layout: Layout::Slots(3),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| {
            let c = slot(vm, this, DATA).is_none();
            Ok(vm.ret(Value::bool(c)))
        },
        set: None,
        doc: "True if the file is closed.",
    }],
    iternext: Some(next_line),
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__init__(self, initial_bytes=b'')" => calls init(this, initial), "Initialize self.  See help(type(self)) for accurate signature.";
    "readable(self, /)" => calls yes(this), "Returns True if the IO object can be read.";
    "writable(self, /)" => calls yes(this), "Returns True if the IO object can be written.";
    "seekable(self, /)" => calls yes(this), "Returns True if the IO object can be seeked.";
    "isatty(self, /)" => calls isatty(this), "Always returns False.";
    "flush(self, /)" => calls flush(this), "Does nothing.";
    "tell(self, /)" => calls tell(this), "Current file position, an integer.";
    "read(self, size=-1, /)" => quick quick_read calls read(this, size), "Read at most size bytes, returned as a bytes object.";
    "read1(self, size=-1, /)" => calls read(this, size), "Read at most size bytes, returned as a bytes object.";
    "readline(self, size=-1, /)" => calls readline(this, size), "Next line from the file, as a bytes object.";
    "readlines(self, size=None, /)" => calls readlines(this, size), "List of bytes objects, each a line from the file.";
    "readinto(self, buffer, /)" => calls readinto(this, buffer), "Read bytes into buffer.";
    "readinto1(self, buffer, /)" => calls readinto(this, buffer), "Read bytes into buffer.";
    "seek(self, pos, whence=0, /)" => calls seek(this, pos, whence), "Change stream position.";
    "truncate(self, size=None, /)" => calls truncate(this, size), "Truncate the file to at most size bytes.";
    "write(self, b, /)" => calls write(this, data), "Write bytes to file.";
    "getvalue(self, /)" => calls getvalue(this), "Retrieve the entire contents of the BytesIO object.";
    "getbuffer(self, /)" => calls getbuffer(this), "Get a read-write view over the contents of the BytesIO object.";
    "close(self, /)" => calls close(this), "Disable all I/O operations.";
    "__getstate__(self, /)" => calls getstate(this), "";
    "__setstate__(self, state, /)" => calls setstate(this, state), "";
};

fn data(vm: &Vm, this: Local) -> Py<ByteArray<'_>> {
    let v = slot(vm, this, DATA);
    if v.is_none() {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    v.as_bytearray(vm)
        .ok_or_else(|| vm.value_error("I/O operation on uninitialized object"))
}
/// Raises BufferError while a view of `getbuffer` lives.
fn resizable(vm: &mut Vm, this: Local) -> Py<()> {
    let views = {
        let vm: &Vm = vm;
        let views = data(vm, this)?.extra(vm, 0);
        if views.as_list(vm).is_none_or(|l| l.is_empty(vm)) {
            return Ok(());
        }
        vm.local(views)
    };
    vm.check_no_exports(views)
}
fn pos(vm: &Vm, this: Local) -> usize {
    slot(vm, this, POS)
        .as_small_int()
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(0)
}
fn set_pos(vm: &Vm, this: Local, at: usize) {
    set_slot(vm, this, POS, vm.int(at as i64));
}
fn init(vm: &mut Vm, this: Local, initial: Option<Local>) -> Py<()> {
    if slot(vm, this, DATA).as_bytearray(vm).is_some() {
        resizable(vm, this)?;
    }
    let bytes = match initial.filter(|i| !i.value(vm).is_none()) {
        Some(i) => bytes_argument(vm, i)?,
        None => Vec::new(),
    };
    let vm: &Vm = vm;
    set_slot(vm, this, DATA, vm.new_bytearray(&bytes)?.value());
    set_pos(vm, this, 0);
    Ok(())
}
fn yes(vm: &mut Vm, this: Local) -> Py<bool> {
    data(vm, this).map(|_| true)
}
fn isatty(vm: &mut Vm, this: Local) -> Py<bool> {
    data(vm, this).map(|_| false)
}
fn flush(vm: &mut Vm, this: Local) -> Py<()> {
    data(vm, this).map(|_| ())
}
fn tell(vm: &mut Vm, this: Local) -> Py<usize> {
    data(vm, this)?;
    Ok(pos(vm, this))
}
/// Takes bytes from the position on, up to and with the first newline if `line`.
fn take(vm: &Vm, this: Local, limit: Option<usize>, line: bool) -> Py<Vec<u8>> {
    let d = data(vm, this)?;
    let (at, len) = (pos(vm, this), d.len(vm));
    let end = at.saturating_add(limit.unwrap_or(usize::MAX)).min(len);
    if at >= end {
        return Ok(Vec::new());
    }
    let mut out;
    if line {
        // Lines are short: the search goes by steps.
        out = Vec::new();
        let mut from = at;
        while from < end {
            let step = d.to_vec(vm, from..end.min(from + 512));
            match step.iter().position(|c| *c == b'\n') {
                Some(i) => {
                    out.extend_from_slice(&step[..=i]);
                    break;
                }
                None => out.extend_from_slice(&step),
            }
            from += step.len().max(1);
        }
    } else {
        out = d.to_vec(vm, at..end);
    }
    set_pos(vm, this, at + out.len());
    Ok(out)
}
/// So many bytes, where they are there.
fn quick_read(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (this, size) = (quick_argument(base, 0), quick_argument(base, 1));
    if n != 2 || !vm.has_layout(this.value(vm), &BYTES_IO) {
        return None;
    }
    let size = usize::try_from(size.value(vm).as_small_int()?).ok()?;
    let data = slot(vm, this, DATA).as_exact_bytearray(vm)?;
    let at = pos(vm, this);
    let end = at.checked_add(size).filter(|end| *end <= data.len(vm))?;
    let mut few = [0; 64];
    let made = match few.get_mut(..size) {
        Some(room) => {
            data.copy_out(vm, at, room);
            vm.new_bytes(room)
        }
        None => vm.new_bytes(&data.to_vec(vm, at..end)),
    };
    set_pos(vm, this, end);
    Some(made.ok()?.word())
}
fn read(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    data(vm, this)?;
    let n = size_argument(vm, size)?;
    let out = take(vm, this, n, false)?;
    new_bytes(vm, &out)
}
fn readline(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    data(vm, this)?;
    let n = size_argument(vm, size)?;
    let out = take(vm, this, n, true)?;
    new_bytes(vm, &out)
}
fn readlines(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    data(vm, this)?;
    let hint = size_argument(vm, size)?.filter(|n| *n > 0);
    let vm: &Vm = vm;
    let list = vm.local(vm.new_list(&[])?.value());
    let mut total = 0;
    loop {
        let line = take(vm, this, None, true)?;
        if line.is_empty() {
            break;
        }
        total += line.len();
        if let Some(l) = list.value(vm).as_list(vm) {
            l.push(vm, vm.new_bytes(&line)?.value())?;
        }
        if hint.is_some_and(|h| total >= h) {
            break;
        }
    }
    Ok(vm.ret(list.value(vm)))
}
fn next_line(vm: &mut Vm, this: Local) -> Py<bool> {
    let out = take(vm, this, None, true)?;
    let _: Ret = new_bytes(vm, &out)?;
    Ok(!out.is_empty())
}
fn readinto(vm: &mut Vm, this: Local, buffer: Local) -> Py<usize> {
    data(vm, this)?;
    let (view, len) = writable_view(vm, buffer, "readinto")?;
    let out = take(vm, this, Some(len), false)?;
    store(vm, view, &out)?;
    release(vm, view)?;
    Ok(out.len())
}
fn seek(vm: &mut Vm, this: Local, target: i64, whence: Option<i64>) -> Py<usize> {
    let len = data(vm, this)?.len(vm) as i64;
    let at = pos(vm, this) as i64;
    let target = match whence.unwrap_or(0) {
        0 if target < 0 => return Err(vm.value_error(format!("negative seek value {target}"))),
        0 => target,
        1 => at.saturating_add(target),
        2 => len.saturating_add(target),
        w => return Err(vm.value_error(format!("invalid whence ({w}, should be 0, 1 or 2)"))),
    };
    let target = usize::try_from(target.max(0)).unwrap_or(0).min(1 << 59);
    set_pos(vm, this, target);
    Ok(target)
}
fn truncate(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<i64> {
    resizable(vm, this)?;
    let size = match size.filter(|s| !s.value(vm).is_none()) {
        Some(s) => vm.index(s)?,
        None => pos(vm, this) as i64,
    };
    let Ok(n) = usize::try_from(size) else {
        return Err(vm.value_error(format!("negative size value {size}")));
    };
    let vm: &Vm = vm;
    let d = data(vm, this)?;
    if n < d.len(vm) {
        d.resize(vm, n)?;
    }
    Ok(size)
}
fn write(vm: &mut Vm, this: Local, given: Local) -> Py<usize> {
    resizable(vm, this)?;
    let bytes = bytes_argument(vm, given)?;
    if bytes.is_empty() {
        return Ok(0);
    }
    resizable(vm, this)?;
    let vm: &Vm = vm;
    let d = data(vm, this)?;
    let at = pos(vm, this);
    let Some(end) = at.checked_add(bytes.len()).filter(|e| *e < 1 << 35) else {
        return Err(vm.memory_error());
    };
    let len = d.len(vm);
    if at == len {
        d.extend(vm, &bytes)?;
    } else {
        if end > len {
            d.resize(vm, end)?;
            // A gap reads as zeros.
            let zeros = [0u8; 512];
            let mut from = len;
            while from < at {
                let n = (at - from).min(zeros.len());
                d.copy_in(vm, from, &zeros[..n]);
                from += n;
            }
        }
        d.copy_in(vm, at, &bytes);
    }
    set_pos(vm, this, end);
    Ok(bytes.len())
}
fn getvalue(vm: &mut Vm, this: Local) -> Py<Ret> {
    let d = data(vm, this)?;
    let all = d.to_vec(vm, 0..d.len(vm));
    new_bytes(vm, &all)
}
fn getbuffer(vm: &mut Vm, this: Local) -> Py<Ret> {
    data(vm, this)?;
    let inner = slot_local(vm, this, DATA);
    let class = builtin(vm, "memoryview")?;
    vm.call(class, &[inner])
}
fn close(vm: &mut Vm, this: Local) -> Py<()> {
    if slot(vm, this, DATA).as_bytearray(vm).is_some() {
        resizable(vm, this)?;
    }
    set_slot(vm, this, DATA, Value::NONE);
    Ok(())
}
fn getstate(vm: &mut Vm, this: Local) -> Py<Ret> {
    let value = getvalue(vm, this)?.keep(vm);
    let dict = vm.get_attr_str(this, "__dict__")?.keep(vm);
    let vm: &Vm = vm;
    let t = vm.new_tuple(&[
        value.value(vm),
        vm.int(pos(vm, this) as i64),
        dict.value(vm),
    ])?;
    Ok(vm.ret(t.value()))
}
fn setstate(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    let Some(t) = state.value(vm).as_tuple(vm).filter(|t| t.len(vm) >= 3) else {
        return Err(vm.type_error(format!(
            "{}.__setstate__ argument should be 3-tuple, got {}",
            vm.type_name_for_error(this.value(vm)),
            vm.type_name_for_error(state.value(vm))
        )));
    };
    let [value, at, dict] = vm.locals([t.get(vm, 0), t.get(vm, 1), t.get(vm, 2)]);
    resizable(vm, this)?;
    init(vm, this, Some(value))?;
    let at = vm.index(at)?;
    match usize::try_from(at) {
        Ok(at) => set_pos(vm, this, at.min(1 << 59)),
        Err(_) => return Err(vm.value_error("position value cannot be negative")),
    }
    if !dict.value(vm).is_none() {
        let own = vm.get_attr_str(this, "__dict__")?.keep(vm);
        vm.call_method(own, "update", &[dict])?.keep(vm);
    }
    Ok(())
}

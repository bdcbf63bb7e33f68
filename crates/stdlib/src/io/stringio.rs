//! `StringIO`: text in memory. Positions are in characters; while the text is ASCII they are byte offsets too.

use super::decoder::{newlines_value, seen, translate};
use super::iobase::TEXT_IO_BASE;
use super::support::*;
use mesapy_heap::{Value, Word};
use mesapy_text::wtf8;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method, quick_argument};
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;
use std::cell::RefCell;

/// Texts get no longer: more is a MemoryError.
const SIZE_MAX: usize = 1 << 34;

/// The state, in a cell since `write` mostly does without `&mut Vm`.
struct Memory {
    text: Vec<u8>,
    ascii: bool,
    /// In characters.
    pos: usize,
    /// Byte offset of `pos`, where it is known.
    at: Option<usize>,
    universal: bool,
    translate: bool,
    newline: Vec<u8>,
    seen: u8,
    closed: bool,
}
impl Memory {
    /// Byte offset of the position; the end if it is behind it.
    fn offset(&mut self) -> usize {
        let at = match self.at {
            Some(at) => at,
            None if self.ascii => self.pos.min(self.text.len()),
            None => wtf8::forward(&self.text, 0, self.pos).min(self.text.len()),
        };
        self.at = Some(at);
        at
    }
    fn chars(&self) -> usize {
        if self.ascii {
            self.text.len()
        } else {
            wtf8::count(&self.text)
        }
    }
    fn take(&mut self, limit: Option<usize>, line: bool) -> Vec<u8> {
        let at = self.offset();
        let from = &self.text[at..];
        let mut end = from.len();
        if line {
            let found = match (self.universal && !self.translate, &self.newline[..]) {
                (true, _) => from
                    .iter()
                    .position(|c| matches!(c, b'\n' | b'\r'))
                    .map(|i| {
                        i + 1 + usize::from(from[i] == b'\r' && from.get(i + 1) == Some(&b'\n'))
                    }),
                (_, b"\r") => from.iter().position(|c| *c == b'\r').map(|i| i + 1),
                (_, b"\r\n") => from.windows(2).position(|w| w == b"\r\n").map(|i| i + 2),
                _ => from.iter().position(|c| *c == b'\n').map(|i| i + 1),
            };
            end = found.unwrap_or(end);
        }
        if let Some(limit) = limit {
            end = end.min(if self.ascii {
                limit
            } else {
                wtf8::forward(from, 0, limit)
            });
        }
        let out = from[..end].to_vec();
        self.pos += if self.ascii {
            out.len()
        } else {
            wtf8::count(&out)
        };
        self.at = Some(at + out.len());
        out
    }
    /// Appends ASCII where nothing is translated and everything is ASCII; false: nothing was done.
    fn append(&mut self, ascii: &[u8]) -> bool {
        let usual =
            self.ascii && self.pos == self.text.len() && !self.universal && self.newline == b"\n";
        if usual {
            self.text.extend_from_slice(ascii);
            self.pos = self.text.len();
            self.at = Some(self.pos);
        }
        usual
    }
    fn put(&mut self, given: &[u8]) {
        let mut text = std::borrow::Cow::Borrowed(given);
        if self.universal && text.contains(&b'\r') || self.universal && text.contains(&b'\n') {
            self.seen |= seen(&text);
            if self.translate && text.contains(&b'\r') {
                text = translate(&text).into();
            }
        }
        if !self.universal && self.newline != b"\n" && text.contains(&b'\n') {
            let mut out = Vec::new();
            for (i, part) in text.split(|c| *c == b'\n').enumerate() {
                if i > 0 {
                    out.extend_from_slice(&self.newline);
                }
                out.extend_from_slice(part);
            }
            text = out.into();
        }
        let ascii = text.is_ascii();
        let n = if ascii {
            text.len()
        } else {
            wtf8::count(&text)
        };
        let at = self.offset();
        if at == self.text.len() {
            // Behind the end: the gap is filled with NULs.
            let have = if self.at.is_some() && self.ascii {
                self.text.len()
            } else {
                self.chars()
            };
            let gap = self.pos.saturating_sub(have);
            self.text.resize(self.text.len() + gap, 0);
            self.text.extend_from_slice(&text);
            self.at = Some(self.text.len());
        } else {
            let rest = &self.text[at..];
            let over = if self.ascii {
                n.min(rest.len())
            } else {
                wtf8::forward(rest, 0, n).min(rest.len())
            };
            self.text.splice(at..at + over, text.iter().copied());
            self.at = Some(at + text.len());
        }
        self.ascii &= ascii;
        self.pos += n;
    }
}

pub static STRING_IO: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io.StringIO",
    doc: "Text I/O implementation using an in-memory buffer.",
    base: Some(&TEXT_IO_BASE),
    layout: Layout::Slots(2),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: &[
        GetSet {
            name: "closed",
            get: |vm, this| {
                let c = memory(vm, this, |m| m.closed)?;
                Ok(vm.ret(Value::bool(c)))
            },
            set: None,
            doc: "",
        },
        GetSet {
            name: "line_buffering",
            get: |vm, this| {
                open(vm, this, |_| ())?;
                Ok(vm.ret(Value::FALSE))
            },
            set: None,
            doc: "",
        },
        GetSet {
            name: "newlines",
            get: |vm, this| {
                let s = open(vm, this, |m| m.seen)?;
                Ok(vm.ret(newlines_value(vm, s)?))
            },
            set: None,
            doc: "",
        },
    ],
    iternext: Some(next_line),
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__init__(self, initial_value='', newline='\\n')" => calls init(this, initial, newline), "Initialize self.  See help(type(self)) for accurate signature.";
    "getvalue(self, /)" => calls getvalue(this), "Retrieve the entire contents of the object.";
    "tell(self, /)" => calls tell(this), "Tell the current file position.";
    "read(self, size=-1, /)" => calls read(this, size), "Read at most size characters, returned as a string.";
    "readline(self, size=-1, /)" => calls readline(this, size), "Read until newline or EOF.";
    "truncate(self, pos=None, /)" => calls truncate(this, pos), "Truncate size to pos.";
    "seek(self, pos, whence=0, /)" => calls seek(this, pos, whence), "Change stream position.";
    "write(self, s, /)" => quick quick_write calls write(this, s), "Write string to file.";
    "close(self, /)" => calls close(this), "Close the IO object.";
    "seekable(self, /)" => calls yes(this), "Returns True if the IO object can be seeked.";
    "readable(self, /)" => calls yes(this), "Returns True if the IO object can be read.";
    "writable(self, /)" => calls yes(this), "Returns True if the IO object can be written.";
};
fn memory<R>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut Memory) -> R) -> Py<R> {
    state(vm, this, |m: &mut RefCell<Memory>| f(m.get_mut()))
}
fn open<R>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut Memory) -> R) -> Py<R> {
    match memory(vm, this, |m| (!m.closed).then(|| f(m)))? {
        Some(done) => Ok(done),
        None => Err(vm.value_error("I/O operation on closed file")),
    }
}
fn init(vm: &mut Vm, this: Local, initial: Option<Local>, newline: Option<Local>) -> Py<()> {
    let newline = match newline {
        None => Some(b"\n".to_vec()),
        Some(n) if n.value(vm).is_none() => None,
        Some(n) => match n.value(vm).as_str(vm) {
            Some(s) => Some(s.bytes(vm).to_vec()),
            None => {
                return Err(vm.type_error(format!(
                    "newline must be str or None, not {}",
                    vm.type_name_for_error(n.value(vm))
                )));
            }
        },
    };
    if !matches!(
        newline.as_deref(),
        None | Some(b"" | b"\n" | b"\r" | b"\r\n")
    ) {
        let l = str_local(vm, newline.as_deref().unwrap_or(b""))?;
        let shown = vm.repr_text(l)?;
        return Err(vm.value_error(format!("illegal newline value: {shown}")));
    }
    let text = match initial.filter(|i| !i.value(vm).is_none()) {
        None => Vec::new(),
        Some(i) => match i.value(vm).as_str(vm) {
            Some(s) => s.bytes(vm).to_vec(),
            None => {
                return Err(vm.type_error(format!(
                    "initial_value must be str or None, not {}",
                    vm.type_name_for_error(i.value(vm))
                )));
            }
        },
    };
    let mut fresh = Memory {
        text: Vec::new(),
        ascii: true,
        pos: 0,
        at: Some(0),
        universal: matches!(newline.as_deref(), None | Some(b"")),
        translate: newline.is_none(),
        newline: newline.unwrap_or_default(),
        seen: 0,
        closed: false,
    };
    fresh.put(&text);
    fresh.pos = 0;
    fresh.at = Some(0);
    set_state(vm, this, RefCell::new(fresh))
}
fn getvalue(vm: &mut Vm, this: Local) -> Py<Ret> {
    let text = open(vm, this, |m| m.text.clone())?;
    new_str(vm, &text)
}
fn tell(vm: &mut Vm, this: Local) -> Py<usize> {
    open(vm, this, |m| m.pos)
}
fn read(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let n = size_argument(vm, size)?;
    let out = open(vm, this, |m| m.take(n, false))?;
    new_str(vm, &out)
}
fn readline(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let n = size_argument(vm, size)?;
    let out = open(vm, this, |m| m.take(n, true))?;
    new_str(vm, &out)
}
fn next_line(vm: &mut Vm, this: Local) -> Py<bool> {
    if vm.is_exactly(this.value(vm), &STRING_IO) {
        let out = open(vm, this, |m| m.take(None, true))?;
        let _: Ret = new_str(vm, &out)?;
        return Ok(!out.is_empty());
    }
    let line = vm.call_method(this, "readline", &[])?.keep(vm);
    if vm.len(line)? == 0 {
        return Ok(false);
    }
    let _: Ret = vm.ret(line.value(vm));
    Ok(true)
}
fn truncate(vm: &mut Vm, this: Local, pos: Option<Local>) -> Py<i64> {
    let here = open(vm, this, |m| m.pos)? as i64;
    let n = match pos.filter(|p| !p.value(vm).is_none()) {
        Some(p) => vm.index(p)?,
        None => here,
    };
    let Ok(keep) = usize::try_from(n) else {
        return Err(vm.value_error(format!("Negative size value {n}")));
    };
    open(vm, this, |m| {
        let end = wtf8::forward(&m.text, 0, keep).min(m.text.len());
        m.text.truncate(end);
        m.at = None;
    })?;
    Ok(n)
}
fn seek(vm: &mut Vm, this: Local, pos: i64, whence: Option<i64>) -> Py<usize> {
    let whence = whence.unwrap_or(0);
    open(vm, this, |_| ())?;
    if !(0..=2).contains(&whence) {
        return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && pos < 0 {
        return Err(vm.value_error(format!("Negative seek position {pos}")));
    }
    if whence != 0 && pos != 0 {
        return Err(vm.raise_text(
            &mesapy_vm::objects::exceptions::OS_ERROR,
            "Can't do nonzero cur-relative seeks",
        ));
    }
    open(vm, this, |m| {
        m.pos = match whence {
            0 => usize::try_from(pos).unwrap_or(0),
            1 => m.pos,
            _ => m.chars(),
        };
        m.at = None;
        m.pos
    })
}
fn write(vm: &mut Vm, this: Local, s: Local) -> Py<usize> {
    let Some(given) = s.value(vm).as_str(vm) else {
        return Err(vm.type_error(format!(
            "string argument expected, got '{}'",
            vm.type_name_for_error(s.value(vm))
        )));
    };
    let (mut room, long);
    let (given, chars) = (given.bytes(vm), given.char_len(vm));
    // A copy, since the stream is changed while the VM is borrowed.
    room = [0; 128];
    let bytes = match room.get_mut(..given.len()) {
        Some(few) => {
            few.copy_from_slice(given);
            &*few
        }
        None => {
            long = given.to_vec();
            &long[..]
        }
    };
    let done = open(vm, this, |m| {
        let fits = m.pos.saturating_add(bytes.len()) <= SIZE_MAX;
        if fits && chars > 0 {
            m.put(bytes);
        }
        fits
    })?;
    if !done {
        return Err(vm.memory_error());
    }
    Ok(chars)
}
/// Behind what is there, where that is a matter of bytes.
fn quick_write(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let this = quick_argument(base, 0);
    if n != 2 || !vm.has_layout(this.value(vm), &STRING_IO) {
        return None;
    }
    let s = quick_argument(base, 1).value(vm).as_exact_str(vm)?;
    let index = u32::try_from(slot(vm, this, STATE).as_small_int()?).ok()?;
    let memory = vm.heap.host_get::<RefCell<Memory>>(index)?;
    let mut memory = memory.try_borrow_mut().ok()?;
    let fits = memory.pos.saturating_add(s.byte_len(vm)) <= SIZE_MAX;
    let done = s.is_ascii(vm) && fits && !memory.closed && memory.append(s.bytes(vm));
    done.then(|| Value::len(s.byte_len(vm)).word())
}
fn close(vm: &mut Vm, this: Local) -> Py<()> {
    memory(vm, this, |m| {
        m.closed = true;
        m.text = Vec::new();
        m.at = None;
    })
}
fn yes(vm: &mut Vm, this: Local) -> Py<bool> {
    open(vm, this, |_| true)
}

//! `TextIOWrapper`: text over a buffered stream. The codec's work and what is read ahead are in `textcodec`; here are the Python surface, reading, writing and positions.
//!
//! What was decoded is kept untranslated, as the chunk of bytes that it came from is: so a position in the text is a position in the file.
//! Line ends are translated when text is given out.

use super::buffered::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use super::decoder::{CR, CRLF, LF, newlines_value, seen, translate};
use super::iobase::TEXT_IO_BASE;
use super::support::*;
use super::textcodec::{self as codec, BUFFER, DECODER, ENCODING, ERRORS, Text};
use mesapy_heap::Value;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::methods;
use mesapy_vm::native::{GetSet, Method};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use mesapy_vm::vm::Vm;

pub static TEXT_IO_WRAPPER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_io.TextIOWrapper",
    doc: "Character and line based layer over a BufferedIOBase object, buffer.",
    base: Some(&TEXT_IO_BASE),
    layout: Layout::Slots(7),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: GETSET,
    iternext: Some(next_line),
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__init__(self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)" =>
        calls init(this, buffer, encoding, errors, newline, lines, through), "Initialize self.  See help(type(self)) for accurate signature.";
    "reconfigure(self, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)" =>
        calls reconfigure(this, encoding, errors, newline, lines, through), "Reconfigure the text stream with new parameters.";
    "detach(self, /)" => calls detach(this), "";
    "write(self, text, /)" => calls write(this, text), "";
    "read(self, size=-1, /)" => calls read(this, size), "";
    "readline(self, size=-1, /)" => calls readline(this, size), "";
    "flush(self, /)" => calls flush(this), "";
    "close(self, /)" => calls close(this), "";
    "fileno(self, /)" => calls fileno(this), "";
    "seekable(self, /)" => calls seekable(this), "";
    "readable(self, /)" => calls readable(this), "";
    "writable(self, /)" => calls writable(this), "";
    "isatty(self, /)" => calls isatty(this), "";
    "seek(self, cookie, whence=0, /)" => calls seek(this, cookie, whence), "Set the stream position, and return the new stream position.";
    "tell(self, /)" => calls tell(this), "Return the stream position as an opaque number.";
    "truncate(self, pos=None, /)" => calls truncate(this, pos), "";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__del__(self, /)" => calls finalize(this), "";
    "__getstate__(self, /)" => calls getstate(this), "";
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "buffer",
        get: |vm, this| {
            let b = slot(vm, this, BUFFER).non_empty().unwrap_or(Value::NONE);
            Ok(vm.ret(b))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "encoding",
        get: |vm, this| {
            let v = slot(vm, this, ENCODING).non_empty().unwrap_or(Value::NONE);
            Ok(vm.ret(v))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "errors",
        get: |vm, this| {
            let v = slot(vm, this, ERRORS).non_empty().unwrap_or(Value::NONE);
            Ok(vm.ret(v))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "name",
        get: |vm, this| {
            let b = buffer(vm, this)?;
            vm.get_attr_str(b, "name")
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "closed",
        get: |vm, this| {
            let b = buffer(vm, this)?;
            vm.get_attr_str(b, "closed")
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "newlines",
        get: |vm, this| {
            let s = text(vm, this, |t| t.seen)?;
            Ok(vm.ret(newlines_value(vm, s)?))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "line_buffering",
        get: |vm, this| {
            let b = text(vm, this, |t| t.line_buffering)?;
            Ok(vm.ret(Value::bool(b)))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "write_through",
        get: |vm, this| {
            let b = text(vm, this, |t| t.write_through)?;
            Ok(vm.ret(Value::bool(b)))
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "_finalizing",
        get: |vm, _| Ok(vm.ret(Value::FALSE)),
        set: None,
        doc: "",
    },
    GetSet {
        name: "_CHUNK_SIZE",
        get: |vm, this| {
            let n = text(vm, this, |t| t.chunk_size)?;
            Ok(vm.ret(vm.int(n as i64)))
        },
        set: Some(set_chunk_size),
        doc: "",
    },
];

fn text<R>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut Text) -> R) -> Py<R> {
    state(vm, this, f)
}
fn buffer(vm: &Vm, this: Local) -> Py<Local> {
    let b = slot(vm, this, BUFFER);
    if b.is_none() {
        return Err(vm.value_error("underlying buffer has been detached"));
    }
    match b.non_empty() {
        Some(b) => Ok(vm.local(b)),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}
fn open_buffer(vm: &mut Vm, this: Local) -> Py<Local> {
    let b = buffer(vm, this)?;
    if flag(vm, b, "closed")? {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(b)
}
fn set_chunk_size(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    if value.value(vm).is_empty() {
        return Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "cannot delete attribute"));
    }
    let n = vm.index(value)?;
    match usize::try_from(n) {
        Ok(n) if n > 0 => text(vm, this, |t| t.chunk_size = n),
        _ => Err(vm.value_error("a strictly positive integer is required")),
    }
}

// ---- making

/// A str or None; for parameters.
fn text_option(vm: &Vm, value: Option<Local>, name: &str) -> Py<Option<Vec<u8>>> {
    let Some(value) = value.filter(|v| !v.value(vm).is_none()) else {
        return Ok(None);
    };
    match value.value(vm).as_str(vm) {
        Some(s) if s.bytes(vm).contains(&0) => Err(vm.value_error("embedded null character")),
        Some(s) => Ok(Some(s.bytes(vm).to_vec())),
        None => Err(vm.type_error(format!(
            "TextIOWrapper() argument '{name}' must be str or None, not {}",
            vm.type_name_for_error(value.value(vm))
        ))),
    }
}
fn set_newline(vm: &mut Vm, this: Local, newline: Option<Vec<u8>>) -> Py<()> {
    match newline.as_deref() {
        None | Some(b"" | b"\n" | b"\r" | b"\r\n") => {}
        Some(other) => {
            let shown = String::from_utf8_lossy(other).into_owned();
            return Err(vm.value_error(format!("illegal newline value: {shown}")));
        }
    }
    text(vm, this, |t| t.set_newline(newline.as_deref()))
}
fn init(
    vm: &mut Vm,
    this: Local,
    buffer: Local,
    encoding: Option<Local>,
    errors: Option<Local>,
    newline: Option<Local>,
    lines: Option<bool>,
    through: Option<bool>,
) -> Py<()> {
    let encoding = text_option(vm, encoding, "encoding")?;
    let errors = text_option(vm, errors, "errors")?.unwrap_or_else(|| b"strict".to_vec());
    let newline = text_option(vm, newline, "newline")?;
    let encoding = match encoding {
        Some(e) if e != b"locale" => e,
        _ => locale_encoding(vm),
    };
    set_state(vm, this, Text::default())?;
    set_slot(vm, this, BUFFER, Value::EMPTY);
    set_newline(vm, this, newline)?;
    codec::choose(vm, this, &encoding, &errors)?;
    let seekable = ask(vm, buffer, "seekable")?;
    let writable = ask(vm, buffer, "writable")?;
    let exact = [&BUFFERED_READER, &BUFFERED_WRITER, &BUFFERED_RANDOM]
        .iter()
        .any(|d| vm.is_exactly(buffer.value(vm), d));
    let has_read1 = exact
        || vm
            .lookup_attr_str(buffer, "read1")?
            .map(|r| r.keep(vm))
            .is_some();
    text(vm, this, |t| {
        t.line_buffering = lines.unwrap_or(false);
        t.write_through = through.unwrap_or(false);
        t.seekable = seekable;
        t.telling = seekable;
        t.has_read1 = has_read1;
        t.writable = writable;
    })?;
    set_slot_from(vm, this, BUFFER, buffer);
    if seekable && writable {
        let at = ask_int(vm, buffer, "tell", &[])?;
        if at != 0 {
            codec::skip_bom(vm, this)?;
        }
    }
    Ok(())
}
/// What "locale" stands for: always UTF-8, spelled as C spells it unless UTF-8 mode is on.
fn locale_encoding(vm: &Vm) -> Vec<u8> {
    if vm.sys_config.flags.utf8_mode {
        b"utf-8".to_vec()
    } else {
        b"UTF-8".to_vec()
    }
}
fn reconfigure(
    vm: &mut Vm,
    this: Local,
    encoding: Option<Local>,
    errors: Option<Local>,
    newline: Option<Local>,
    lines: Option<Local>,
    through: Option<Local>,
) -> Py<()> {
    buffer(vm, this)?;
    let read = text(vm, this, |t| !t.decoded.is_empty() || t.was_read)?;
    let given = |vm: &Vm, v: Option<Local>| v.is_some_and(|v| !v.value(vm).is_none());
    if read && (given(vm, encoding) || given(vm, errors) || newline.is_some()) {
        return Err(unsupported(
            vm,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    let new_encoding = text_option(vm, encoding, "encoding")?;
    let new_errors = text_option(vm, errors, "errors")?;
    let newline_text = text_option(vm, newline, "newline")?;
    let (mut line_buffering, mut write_through) =
        text(vm, this, |t| (t.line_buffering, t.write_through))?;
    if let Some(l) = lines.filter(|l| !l.value(vm).is_none()) {
        line_buffering = vm.truth(l)?;
    }
    if let Some(l) = through.filter(|l| !l.value(vm).is_none()) {
        write_through = vm.truth(l)?;
    }
    call_plain(vm, this, "flush")?;
    if newline.is_some() {
        set_newline(vm, this, newline_text)?;
    }
    if new_encoding.is_some() || new_errors.is_some() {
        let old_encoding = codec::slot_text(vm, this, ENCODING);
        let old_errors = codec::slot_text(vm, this, ERRORS);
        let errors = match (&new_encoding, new_errors) {
            (_, Some(e)) => e,
            (Some(_), None) => b"strict".to_vec(),
            (None, None) => old_errors,
        };
        let encoding = match new_encoding {
            Some(e) if e == b"locale" => locale_encoding(vm),
            Some(e) => e,
            None => old_encoding,
        };
        codec::choose(vm, this, &encoding, &errors)?;
    }
    text(vm, this, |t| {
        t.line_buffering = line_buffering;
        t.write_through = write_through;
    })
}

// ---- writing

/// Gives what is pending to the buffer.
fn write_pending(vm: &mut Vm, this: Local) -> Py<()> {
    let pending = text(vm, this, |t| std::mem::take(&mut t.pending))?;
    if pending.is_empty() {
        return Ok(());
    }
    let b = buffer(vm, this)?;
    vm.scope(|vm| {
        let data = bytes_local(vm, &pending)?;
        vm.call_method(b, "write", &[data])?.keep(vm);
        Ok(())
    })
}
fn write(vm: &mut Vm, this: Local, data: Local) -> Py<i64> {
    let Some(s) = data.value(vm).as_str(vm) else {
        return Err(vm.type_error(format!(
            "write() argument must be str, not {}",
            vm.type_name_for_error(data.value(vm))
        )));
    };
    let (chars, has_lf, has_cr) = {
        let bytes = s.bytes(vm);
        (
            s.char_len(vm),
            bytes.contains(&b'\n'),
            bytes.contains(&b'\r'),
        )
    };
    let b = open_buffer(vm, this)?;
    if !text(vm, this, |t| t.writable)? {
        return Err(unsupported(vm, "not writable"));
    }
    let (newline, native, handler) = text(vm, this, |t| (t.write_newline, t.native, t.handler))?;
    let converted = match newline {
        Some(nl) if has_lf => {
            let vm: &Vm = vm;
            let source = data.value(vm).as_str(vm).map_or(&b""[..], |s| s.bytes(vm));
            let mut out = Vec::with_capacity(source.len() + 16);
            for (i, part) in source.split(|c| *c == b'\n').enumerate() {
                if i > 0 {
                    out.extend_from_slice(nl);
                }
                out.extend_from_slice(part);
            }
            str_local(vm, &out)?
        }
        _ => data,
    };
    let encoded = codec::encode(vm, this, converted, native, handler)?;
    let (flush_now, lines) = text(vm, this, |t| {
        t.pending.extend_from_slice(&encoded);
        let lines = t.line_buffering && (has_lf || has_cr);
        (
            t.write_through || lines || t.pending.len() > t.chunk_size,
            lines,
        )
    })?;
    if flush_now {
        write_pending(vm, this)?;
    }
    if lines {
        call_plain(vm, b, "flush")?;
    }
    text(vm, this, Text::forget_read)?;
    if native.is_none() {
        let decoder = slot_local(vm, this, DECODER);
        if !decoder.value(vm).is_none() && !decoder.value(vm).is_empty() {
            call_plain(vm, decoder, "reset")?;
        }
    }
    Ok(chars as i64)
}
fn flush(vm: &mut Vm, this: Local) -> Py<()> {
    let b = open_buffer(vm, this)?;
    text(vm, this, |t| t.telling = t.seekable)?;
    write_pending(vm, this)?;
    call_plain(vm, b, "flush")
}
fn close(vm: &mut Vm, this: Local) -> Py<()> {
    let b = buffer(vm, this)?;
    if flag(vm, b, "closed")? {
        return Ok(());
    }
    both(
        vm,
        |vm| call_plain(vm, this, "flush"),
        |vm| call_plain(vm, b, "close"),
    )
}
fn detach(vm: &mut Vm, this: Local) -> Py<Ret> {
    let b = buffer(vm, this)?;
    call_plain(vm, this, "flush")?;
    set_slot(vm, this, BUFFER, Value::NONE);
    Ok(vm.ret(b.value(vm)))
}

// ---- reading

/// Reads and decodes the next chunk in place of the last one, which must be used up. False at the end.
fn read_chunk(vm: &mut Vm, this: Local) -> Py<bool> {
    write_pending(vm, this)?;
    let b = buffer(vm, this)?;
    loop {
        let (size, read1) = text(vm, this, |t| (t.chunk_size, t.has_read1))?;
        let input = vm.scope(|vm| -> Py<Vec<u8>> {
            let size = int_local(vm, size as i64);
            let method = if read1 { "read1" } else { "read" };
            let got = vm.call_method(b, method, &[size])?.keep(vm);
            codec::input_bytes(vm, got, method)
        })?;
        let eof = input.is_empty();
        let any = codec::decode_chunk(vm, this, input, eof)?;
        if any || eof {
            return Ok(any);
        }
    }
}
fn readable_buffer(vm: &mut Vm, this: Local) -> Py<Local> {
    let b = open_buffer(vm, this)?;
    if text(vm, this, |t| t.was_read)? {
        return Ok(b);
    }
    if !ask(vm, b, "readable")? {
        return Err(unsupported(vm, "not readable"));
    }
    text(vm, this, |t| t.was_read = true)?;
    Ok(b)
}
fn read(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let size = size_argument(vm, size)?;
    let b = readable_buffer(vm, this)?;
    write_pending(vm, this)?;
    let Some(n) = size else {
        let got = vm.call_method(b, "read", &[])?.keep(vm);
        if got.value(vm).is_none() {
            return Err(vm.raise_text(&exc::BLOCKING_IO_ERROR, "Read returned None."));
        }
        let input = codec::input_bytes(vm, got, "read")?;
        let mut out = text(vm, this, |t| t.take_rest())?;
        codec::decode_chunk(vm, this, input, true)?;
        let (rest, translated) = text(vm, this, |t| (t.take_rest(), t.translates()))?;
        if out.is_empty() {
            out = rest;
        } else {
            out.extend_from_slice(&rest);
        }
        text(vm, this, Text::forget_read)?;
        return give(vm, this, out, translated);
    };
    let mut out = Vec::new();
    let mut left = n;
    while left > 0 {
        let (part, chars, dangling) = text(vm, this, |t| t.take_chars(left))?;
        out.extend_from_slice(&part);
        left -= chars;
        if dangling {
            // A \r that ends a chunk takes a \n at the start of the next one with it.
            if read_chunk(vm, this)? {
                text(vm, this, |t| {
                    if t.decoded.get(t.pos) == Some(&b'\n') {
                        t.pos += 1;
                        t.seen |= CRLF;
                    } else {
                        t.seen |= CR;
                    }
                })?;
            } else {
                text(vm, this, |t| t.seen |= CR)?;
            }
            continue;
        }
        if left > 0 && !read_chunk(vm, this)? {
            break;
        }
    }
    new_str(vm, &out)
}
/// Gives text out, its line ends translated if that is asked for.
fn give(vm: &mut Vm, this: Local, out: Vec<u8>, translated: bool) -> Py<Ret> {
    let kinds = if text(vm, this, |t| t.universal)? {
        seen(&out)
    } else {
        0
    };
    text(vm, this, |t| t.seen |= kinds)?;
    if translated && kinds & (CR | CRLF) != 0 {
        return new_str(vm, &translate(&out));
    }
    new_str(vm, &out)
}

/// A whole line, its end translated if that is asked for; empty at the end of the file.
fn line(vm: &mut Vm, this: Local) -> Py<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    loop {
        let (part, end) = text(vm, this, |t| t.take_line(out.last().copied()))?;
        if out.is_empty() {
            out = part;
        } else {
            out.extend_from_slice(&part);
        }
        match end {
            codec::LineEnd::Found => break,
            codec::LineEnd::CarriageReturn => {
                if read_chunk(vm, this)? {
                    let lf = text(vm, this, |t| {
                        let lf = t.decoded.get(t.pos) == Some(&b'\n');
                        t.pos += usize::from(lf);
                        lf
                    })?;
                    if lf {
                        out.push(b'\n');
                    }
                }
                break;
            }
            codec::LineEnd::None => {
                if !read_chunk(vm, this)? {
                    break;
                }
            }
        }
    }
    let (universal, translated) = text(vm, this, |t| (t.universal, t.translates()))?;
    if universal {
        let (kind, cut) = if out.ends_with(b"\r\n") {
            (CRLF, 2)
        } else if out.ends_with(b"\r") {
            (CR, 1)
        } else if out.ends_with(b"\n") {
            (LF, 0)
        } else {
            (0, 0)
        };
        text(vm, this, |t| t.seen |= kind)?;
        if translated && cut > 0 {
            out.truncate(out.len() - cut);
            out.push(b'\n');
        }
    }
    Ok(out)
}
fn readline(vm: &mut Vm, this: Local, size: Option<Local>) -> Py<Ret> {
    let limit = match size {
        Some(s) if !vm.is_int(s.value(vm)) => {
            let n = vm.index(s)?;
            usize::try_from(n).ok()
        }
        s => size_argument(vm, s)?,
    };
    readable_buffer(vm, this)?;
    let Some(limit) = limit else {
        let out = line(vm, this)?;
        return new_str(vm, &out);
    };
    // Character by character: limits are rare.
    let mut out: Vec<u8> = Vec::new();
    let mut chars = 0;
    let ends = text(vm, this, |t| t.line_ends())?;
    while chars < limit {
        let (part, n, dangling) = text(vm, this, |t| t.take_chars(1))?;
        out.extend_from_slice(&part);
        chars += n;
        if dangling || n == 0 {
            if !read_chunk(vm, this)? {
                break;
            }
            if dangling {
                text(vm, this, |t| {
                    if t.decoded.get(t.pos) == Some(&b'\n') {
                        t.pos += 1;
                    }
                })?;
                break;
            }
            continue;
        }
        if ends.iter().any(|e| out.ends_with(e)) {
            // `\r\n` is one end where both count.
            if out.ends_with(b"\r") && chars < limit && ends.len() > 1 {
                let more = text(vm, this, |t| t.pos < t.decoded.len())? || read_chunk(vm, this)?;
                if more {
                    let lf = text(vm, this, |t| {
                        let lf = t.decoded.get(t.pos) == Some(&b'\n');
                        t.pos += usize::from(lf);
                        lf
                    })?;
                    if lf {
                        out.push(b'\n');
                    }
                }
            }
            break;
        }
    }
    new_str(vm, &out)
}
fn next_line(vm: &mut Vm, this: Local) -> Py<bool> {
    if vm.is_exactly(this.value(vm), &TEXT_IO_WRAPPER) {
        readable_buffer(vm, this)?;
        text(vm, this, |t| t.telling = false)?;
        let out = line(vm, this)?;
        if out.is_empty() {
            text(vm, this, |t| t.telling = t.seekable)?;
            return Ok(false);
        }
        let _: Ret = new_str(vm, &out)?;
        return Ok(true);
    }
    text(vm, this, |t| t.telling = false)?;
    let out = vm.call_method(this, "readline", &[])?.keep(vm);
    if out.value(vm).as_str(vm).is_none() {
        return Err(vm.raise_text(
            &exc::OS_ERROR,
            &format!(
                "readline() should have returned a str object, not '{}'",
                vm.type_name_for_error(out.value(vm))
            ),
        ));
    }
    if vm.len(out)? == 0 {
        text(vm, this, |t| t.telling = t.seekable)?;
        return Ok(false);
    }
    let _: Ret = vm.ret(out.value(vm));
    Ok(true)
}

// ---- positions

fn tell(vm: &mut Vm, this: Local) -> Py<Ret> {
    let b = open_buffer(vm, this)?;
    let (seekable, telling) = text(vm, this, |t| (t.seekable, t.telling))?;
    if !seekable {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    if !telling {
        return Err(vm.raise_text(&exc::OS_ERROR, "telling position disabled by next() call"));
    }
    write_pending(vm, this)?;
    call_plain(vm, this, "flush")?;
    let position = ask_int(vm, b, "tell", &[])?;
    codec::cookie(vm, this, position)
}
fn seek(vm: &mut Vm, this: Local, cookie: Local, whence: Option<i64>) -> Py<Ret> {
    let b = open_buffer(vm, this)?;
    if !text(vm, this, |t| t.seekable)? {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    let whence = whence.unwrap_or(0);
    let zero = int_local(vm, 0);
    match whence {
        0 => {}
        1 => {
            if !vm.equal(cookie, zero)? {
                return Err(unsupported(vm, "can't do nonzero cur-relative seeks"));
            }
            let here = vm.call_method(this, "tell", &[])?.keep(vm);
            return seek(vm, this, here, Some(0));
        }
        2 => {
            if !vm.equal(cookie, zero)? {
                return Err(unsupported(vm, "can't do nonzero end-relative seeks"));
            }
            call_plain(vm, this, "flush")?;
            text(vm, this, Text::forget_read)?;
            codec::reset_decoder(vm, this)?;
            let two = int_local(vm, 2);
            let at = vm.call_method(b, "seek", &[zero, two])?.keep(vm);
            let start = vm.index(at)? == 0;
            codec::position_encoder(vm, this, start)?;
            return Ok(vm.ret(at.value(vm)));
        }
        other => {
            return Err(vm.value_error(format!("invalid whence ({other}, should be 0, 1 or 2)")));
        }
    }
    let cookie = vm.index_value(cookie)?.keep(vm);
    if vm.int_is_negative(cookie.value(vm)) {
        let shown = vm.repr_text(cookie)?;
        return Err(vm.value_error(format!("negative seek position {shown}")));
    }
    call_plain(vm, this, "flush")?;
    codec::seek_cookie(vm, this, b, cookie)?;
    Ok(vm.ret(cookie.value(vm)))
}
fn truncate(vm: &mut Vm, this: Local, pos: Option<Local>) -> Py<Ret> {
    let b = buffer(vm, this)?;
    call_plain(vm, this, "flush")?;
    let pos = match pos {
        Some(p) => p,
        None => vm.local(Value::NONE),
    };
    vm.call_method(b, "truncate", &[pos])
}

// ---- the rest

fn forward(vm: &mut Vm, this: Local, name: &str) -> Py<Ret> {
    let b = buffer(vm, this)?;
    vm.call_method(b, name, &[])
}
fn fileno(vm: &mut Vm, this: Local) -> Py<Ret> {
    forward(vm, this, "fileno")
}
fn seekable(vm: &mut Vm, this: Local) -> Py<Ret> {
    forward(vm, this, "seekable")
}
fn readable(vm: &mut Vm, this: Local) -> Py<Ret> {
    forward(vm, this, "readable")
}
fn writable(vm: &mut Vm, this: Local) -> Py<Ret> {
    forward(vm, this, "writable")
}
fn isatty(vm: &mut Vm, this: Local) -> Py<Ret> {
    forward(vm, this, "isatty")
}
fn finalize(vm: &mut Vm, this: Local) -> Py<()> {
    let b = slot(vm, this, BUFFER);
    if b.is_empty() || b.is_none() {
        return Ok(());
    }
    if flag(vm, this, "closed")? {
        return Ok(());
    }
    let b = buffer(vm, this)?;
    if let Some(warn) = vm.lookup_attr_str(b, "_dealloc_warn")? {
        let warn = warn.keep(vm);
        vm.call(warn, &[this])?.keep(vm);
    }
    call_plain(vm, this, "close")
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let mut out = format!("<{}", vm.type_name_for_error(this.value(vm)));
    if !vm.repr_enter(this.value(vm))? {
        return Err(vm.runtime_error("reentrant call inside _io.TextIOWrapper.__repr__"));
    }
    let result = (|| -> Py<()> {
        for name in ["name", "mode"] {
            let found = vm.lookup_attr_str(this, name);
            if let Some(v) = vm.caught(found, &exc::VALUE_ERROR)?.flatten() {
                let v = v.keep(vm);
                let shown = vm.repr_text(v)?;
                out.push_str(&format!(" {name}={shown}"));
            }
        }
        let encoding = slot_local(vm, this, ENCODING);
        let shown = vm.repr_text(encoding)?;
        out.push_str(&format!(" encoding={shown}>"));
        Ok(())
    })();
    vm.repr_leave(this.value(vm));
    result?;
    Ok(out)
}
fn getstate(vm: &mut Vm, this: Local) -> Py<()> {
    let class = vm.type_name_for_error(this.value(vm));
    Err(vm.type_error(format!("cannot pickle '{class}' instances")))
}

//! The codec side of `TextIOWrapper`: what is read ahead, decoding and encoding, and the cookies that `tell` gives.
//!
//! UTF-8, ASCII and Latin-1 with the built-in error handlers are done here; other codecs by the incremental decoders and encoders of the module `codecs`.

use super::support::*;
use mesapy_heap::Value;
use mesapy_text::codec::handlers::{
    Handler, Replacement, UtfKind, on_decode_error, on_encode_error,
};
use mesapy_text::codec::{DecodeError, EncodeError, single, utf8};
use mesapy_text::wtf8;
use mesapy_vm::local::{Local, Py, Raised, Ret};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::vm::Vm;

pub const BUFFER: usize = 2;
pub const ENCODING: usize = 3;
pub const ERRORS: usize = 4;
pub const DECODER: usize = 5;
pub const ENCODER: usize = 6;

/// Bytes that are read at a time, and written at once.
const CHUNK_SIZE: usize = 8192;

/// Codecs that are done natively.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Native {
    Utf8,
    Ascii,
    Latin1,
}

pub struct Text {
    pub native: Option<Native>,
    pub handler: Handler,
    /// `\r` and `\r\n` end lines too.
    pub universal: bool,
    translate: bool,
    /// Where it is not universal: what ends a line.
    end: &'static [u8],
    /// What `\n` is written as, if not as itself.
    pub write_newline: Option<&'static [u8]>,
    pub line_buffering: bool,
    pub write_through: bool,
    pub seekable: bool,
    pub telling: bool,
    pub has_read1: bool,
    pub was_read: bool,
    pub writable: bool,
    pub chunk_size: usize,
    /// Encoded, not yet given to the buffer.
    pub pending: Vec<u8>,
    /// Decoded text of `chunk`, given out up to byte `pos`.
    pub decoded: Vec<u8>,
    pub pos: usize,
    chunk: Vec<u8>,
    /// Bytes behind `chunk` that are the start of a character.
    rest: Vec<u8>,
    /// State of a foreign decoder before `chunk`.
    flags: u64,
    pub seen: u8,
}
impl Default for Text {
    fn default() -> Text {
        Text {
            native: Some(Native::Utf8),
            handler: Handler::Strict,
            universal: true,
            translate: true,
            end: b"\n",
            write_newline: None,
            line_buffering: false,
            write_through: false,
            seekable: false,
            telling: false,
            has_read1: false,
            was_read: false,
            writable: false,
            chunk_size: CHUNK_SIZE,
            pending: Vec::new(),
            decoded: Vec::new(),
            pos: 0,
            chunk: Vec::new(),
            rest: Vec::new(),
            flags: 0,
            seen: 0,
        }
    }
}

/// How a piece of a line ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineEnd {
    Found,
    /// With a `\r` that ends the chunk: a `\n` may follow.
    CarriageReturn,
    None,
}

impl Text {
    pub fn set_newline(&mut self, newline: Option<&[u8]>) {
        self.universal = matches!(newline, None | Some(b""));
        self.translate = newline.is_none();
        self.end = match newline {
            Some(b"\r") => b"\r",
            Some(b"\r\n") => b"\r\n",
            _ => b"\n",
        };
        self.write_newline = (self.end != b"\n").then_some(self.end);
    }
    pub fn translates(&self) -> bool {
        self.translate
    }
    pub fn line_ends(&self) -> Vec<&'static [u8]> {
        match (self.universal, self.translate) {
            (true, true) => vec![b"\n"],
            (true, false) => vec![b"\n", b"\r"],
            _ => vec![self.end],
        }
    }
    /// Forgets what was read ahead.
    pub fn forget_read(&mut self) {
        self.decoded.clear();
        self.chunk.clear();
        self.rest.clear();
        self.pos = 0;
    }
    /// All that is left of the chunk.
    pub fn take_rest(&mut self) -> Vec<u8> {
        let part = self.decoded.get(self.pos..).unwrap_or(&[]).to_vec();
        self.pos = self.decoded.len();
        part
    }
    /// Up to so many characters of the chunk, their number (translated), and whether they end with a `\r` whose successor is unknown.
    pub fn take_chars(&mut self, n: usize) -> (Vec<u8>, usize, bool) {
        let from = self.decoded.get(self.pos..).unwrap_or(&[]);
        let end = wtf8::forward(from, 0, n);
        let part = &from[..end.min(from.len())];
        if !self.translate || !part.contains(&b'\r') {
            let part = part.to_vec();
            if self.universal {
                self.seen |= super::decoder::seen(&part);
            }
            self.pos += part.len();
            let chars = wtf8::count(&part);
            return (part, chars, false);
        }
        let (mut out, mut chars, mut at) = (Vec::new(), 0, 0);
        let mut dangling = false;
        while chars < n && at < from.len() {
            if from[at] == b'\r' {
                out.push(b'\n');
                chars += 1;
                at += 1;
                match from.get(at) {
                    Some(b'\n') => {
                        at += 1;
                        self.seen |= super::decoder::CRLF;
                    }
                    Some(_) => self.seen |= super::decoder::CR,
                    None => dangling = true,
                }
                continue;
            }
            if from[at] == b'\n' {
                self.seen |= super::decoder::LF;
            }
            let width = wtf8::width_of_lead(from[at]).max(1).min(from.len() - at);
            out.extend_from_slice(&from[at..at + width]);
            at += width;
            chars += 1;
        }
        self.pos += at;
        (out, chars, dangling)
    }
    /// The rest of a line, as far as the chunk has it; `before` is the last byte of what was taken from earlier chunks.
    pub fn take_line(&mut self, before: Option<u8>) -> (Vec<u8>, LineEnd) {
        let from = self.decoded.get(self.pos..).unwrap_or(&[]);
        let (n, end) = if self.universal {
            match from.iter().position(|c| matches!(c, b'\n' | b'\r')) {
                None => (from.len(), LineEnd::None),
                Some(i) if from[i] == b'\n' => (i + 1, LineEnd::Found),
                Some(i) => match from.get(i + 1) {
                    Some(b'\n') => (i + 2, LineEnd::Found),
                    Some(_) => (i + 1, LineEnd::Found),
                    None => (i + 1, LineEnd::CarriageReturn),
                },
            }
        } else if self.end.len() == 1 {
            match from.iter().position(|c| *c == self.end[0]) {
                None => (from.len(), LineEnd::None),
                Some(i) => (i + 1, LineEnd::Found),
            }
        } else if before == Some(b'\r') && from.first() == Some(&b'\n') {
            (1, LineEnd::Found)
        } else {
            match from.windows(2).position(|w| w == b"\r\n") {
                None => (from.len(), LineEnd::None),
                Some(i) => (i + 2, LineEnd::Found),
            }
        };
        let part = from[..n].to_vec();
        self.pos += n;
        (part, end)
    }
}

fn text<R>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut Text) -> R) -> Py<R> {
    state(vm, this, f)
}
pub fn slot_text(vm: &Vm, this: Local, i: usize) -> Vec<u8> {
    slot(vm, this, i)
        .as_str(vm)
        .map_or(Vec::new(), |s| s.bytes(vm).to_vec())
}

// ---- choosing

fn native_codec(name: &[u8]) -> Option<Native> {
    let name: Vec<u8> = name
        .iter()
        .map(|c| match c.to_ascii_lowercase() {
            b'_' | b' ' => b'-',
            c => c,
        })
        .collect();
    Some(match &name[..] {
        b"utf-8" | b"utf8" | b"u8" => Native::Utf8,
        b"ascii" | b"us-ascii" | b"646" => Native::Ascii,
        b"latin-1" | b"latin1" | b"iso-8859-1" | b"iso8859-1" | b"l1" | b"8859" => Native::Latin1,
        _ => return None,
    })
}
/// Sets the stream's codec.
pub fn choose(vm: &mut Vm, this: Local, encoding: &[u8], errors: &[u8]) -> Py<()> {
    let name = str_local(vm, encoding)?;
    let errors_local = str_local(vm, errors)?;
    let handler = std::str::from_utf8(errors).ok().and_then(Handler::parse);
    let native = native_codec(encoding).filter(|_| handler.is_some());
    let (decoder, encoder) = if native.is_none() {
        let codecs = mesapy_vm::import::import_module(vm, "codecs")?;
        let info = vm.call_method(codecs, "lookup", &[name])?.keep(vm);
        if let Some(is_text) = vm.lookup_attr_str(info, "_is_text_encoding")? {
            let is_text = is_text.keep(vm);
            if !vm.truth(is_text)? {
                let shown = vm.repr_text(name)?;
                return Err(vm.raise_text(&exc::LOOKUP_ERROR, &format!("{shown} is not a text encoding; use codecs.open() to handle arbitrary codecs")));
            }
        }
        let mut made = [vm.local(Value::NONE), vm.local(Value::NONE)];
        for (place, factory) in made
            .iter_mut()
            .zip(["incrementaldecoder", "incrementalencoder"])
        {
            let factory = vm.get_attr_str(info, factory)?.keep(vm);
            if !factory.value(vm).is_none() {
                *place = vm.call(factory, &[errors_local])?.keep(vm);
            }
        }
        (made[0], made[1])
    } else {
        (vm.local(Value::NONE), vm.local(Value::NONE))
    };
    set_slot_from(vm, this, ENCODING, name);
    set_slot_from(vm, this, ERRORS, errors_local);
    set_slot_from(vm, this, DECODER, decoder);
    set_slot_from(vm, this, ENCODER, encoder);
    text(vm, this, |t| {
        t.native = native;
        t.handler = handler.unwrap_or(Handler::Strict);
    })
}
/// For a stream that does not start at 0: no byte order mark.
pub fn skip_bom(vm: &mut Vm, this: Local) -> Py<()> {
    position_encoder(vm, this, false)
}
pub fn position_encoder(vm: &mut Vm, this: Local, at_start: bool) -> Py<()> {
    let encoder = slot_local(vm, this, ENCODER);
    if encoder.value(vm).is_none() || encoder.value(vm).is_empty() {
        return Ok(());
    }
    if at_start {
        return call_plain(vm, encoder, "reset");
    }
    let zero = int_local(vm, 0);
    vm.call_method(encoder, "setstate", &[zero])?.keep(vm);
    Ok(())
}
pub fn reset_decoder(vm: &mut Vm, this: Local) -> Py<()> {
    let decoder = slot_local(vm, this, DECODER);
    if decoder.value(vm).is_none() || decoder.value(vm).is_empty() {
        return Ok(());
    }
    call_plain(vm, decoder, "reset")
}

// ---- encoding

fn codec_name(native: Native) -> &'static str {
    match native {
        Native::Utf8 => "utf-8",
        Native::Ascii => "ascii",
        Native::Latin1 => "latin-1",
    }
}
fn encode_step(
    native: Native,
    text: &[u8],
    at: usize,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match native {
        Native::Utf8 => utf8::encode(text, at, out),
        Native::Ascii => single::encode_ascii(text, at, out),
        Native::Latin1 => single::encode_latin1(text, at, out),
    }
}
fn utf(native: Native) -> Option<UtfKind> {
    (native == Native::Utf8).then_some(UtfKind::Utf8)
}
fn encode_native(native: Native, handler: Handler, text: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    loop {
        let Err(e) = encode_step(native, text, at, &mut out) else {
            return Ok(out);
        };
        match on_encode_error(handler, text, e, utf(native)) {
            Some((Replacement::Bytes(b), next)) => {
                out.extend_from_slice(&b);
                at = next.max(at + 1);
            }
            Some((Replacement::Text(t), next)) => {
                if encode_step(native, &t, 0, &mut out).is_err() {
                    return Err(e);
                }
                at = next.max(at + 1);
            }
            None => return Err(e),
        }
    }
}
/// The bytes of a text.
pub fn encode(
    vm: &mut Vm,
    this: Local,
    data: Local,
    native: Option<Native>,
    handler: Handler,
) -> Py<Vec<u8>> {
    if let Some(native) = native {
        let vm: &Vm = vm;
        let Some(s) = data.value(vm).as_str(vm) else {
            return Ok(Vec::new());
        };
        return encode_native(native, handler, s.bytes(vm))
            .map_err(|e| encode_error(vm, native, s.bytes(vm), e));
    }
    let encoder = slot_local(vm, this, ENCODER);
    if encoder.value(vm).is_none() {
        return Err(unsupported(vm, "not writable"));
    }
    let out = vm.call_method(encoder, "encode", &[data])?.keep(vm);
    match out.value(vm).as_bytes(vm) {
        Some(b) => Ok(b.bytes(vm).to_vec()),
        None => Err(vm.type_error(format!(
            "encoder should return a bytes object, not '{}'",
            vm.type_name_for_error(out.value(vm))
        ))),
    }
}
fn encode_error(vm: &Vm, native: Native, text: &[u8], e: EncodeError) -> Raised {
    let made = (|| -> Py<Raised> {
        let (start, end) = (
            wtf8::char_of_offset(text, e.start),
            wtf8::char_of_offset(text, e.end),
        );
        let object = vm.new_str(text)?.value();
        Ok(vm.unicode_encode_error(codec_name(native), object, start, end, e.reason))
    })();
    match made {
        Ok(raised) | Err(raised) => raised,
    }
}
// ---- decoding

fn decode_step(
    native: Native,
    bytes: &[u8],
    at: usize,
    is_final: bool,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    match native {
        Native::Utf8 => utf8::decode(bytes, at, is_final, out),
        Native::Ascii => single::decode_ascii(bytes, at, out),
        Native::Latin1 => {
            single::decode_latin1(bytes.get(at..).unwrap_or(&[]), out);
            Ok(bytes.len())
        }
    }
}
/// Decodes; gives the text and how many bytes it is of.
fn decode_native(
    native: Native,
    handler: Handler,
    bytes: &[u8],
    is_final: bool,
) -> Result<(Vec<u8>, usize), DecodeError> {
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    loop {
        match decode_step(native, bytes, at, is_final, &mut out) {
            Ok(done) => return Ok((out, done)),
            Err(e) => match on_decode_error(handler, bytes, e, utf(native)) {
                Some((text, next)) => {
                    out.extend_from_slice(&text);
                    at = next.max(at + 1);
                    if at >= bytes.len() {
                        return Ok((out, bytes.len()));
                    }
                }
                None => return Err(e),
            },
        }
    }
}
fn decode_error(vm: &Vm, native: Native, bytes: &[u8], e: DecodeError) -> Raised {
    let made = (|| -> Py<Raised> {
        let object = vm.new_bytes(bytes)?.value();
        Ok(vm.unicode_decode_error(codec_name(native), object, e.start, e.end, e.reason))
    })();
    match made {
        Ok(raised) | Err(raised) => raised,
    }
}
/// What the buffer's `read` gave, as bytes.
pub fn input_bytes(vm: &mut Vm, got: Local, method: &str) -> Py<Vec<u8>> {
    if let Some(b) = got.value(vm).as_bytes(vm) {
        return Ok(b.bytes(vm).to_vec());
    }
    if got.value(vm).is_none() || got.value(vm).as_str(vm).is_some() || vm.is_int(got.value(vm)) {
        return Err(vm.type_error(format!(
            "underlying {method}() should have returned a bytes-like object, not '{}'",
            vm.type_name_for_error(got.value(vm))
        )));
    }
    vm.buffer_bytes(got)
}
/// Decodes what was read into a fresh chunk; whether there is any text.
pub fn decode_chunk(vm: &mut Vm, this: Local, input: Vec<u8>, eof: bool) -> Py<bool> {
    let (native, handler, mut data) = text(vm, this, |t| {
        t.decoded.clear();
        t.pos = 0;
        t.chunk.clear();
        (t.native, t.handler, std::mem::take(&mut t.rest))
    })?;
    if let Some(native) = native {
        if data.is_empty() {
            data = input;
        } else {
            data.extend_from_slice(&input);
        }
        let (decoded, used) = decode_native(native, handler, &data, eof)
            .map_err(|e| decode_error(vm, native, &data, e))?;
        return text(vm, this, |t| {
            t.rest = data.split_off(used.min(data.len()));
            t.chunk = data;
            t.decoded = decoded;
            !t.decoded.is_empty()
        });
    }
    let decoder = slot_local(vm, this, DECODER);
    if decoder.value(vm).is_none() {
        return Err(unsupported(vm, "not readable"));
    }
    let telling = text(vm, this, |t| t.seekable)?;
    let (mut chunk, mut flags) = (Vec::new(), 0);
    vm.scope(|vm| -> Py<()> {
        if telling {
            (chunk, flags) = decoder_state(vm, decoder)?;
        }
        let (data, is_final) = (bytes_local(vm, &input)?, vm.local(Value::bool(eof)));
        let out = vm
            .call_method(decoder, "decode", &[data, is_final])?
            .keep(vm);
        let Some(decoded) = out.value(vm).as_str(vm).map(|s| s.bytes(vm).to_vec()) else {
            return Err(vm.type_error(format!(
                "decoder should return a string result, not '{}'",
                vm.type_name_for_error(out.value(vm))
            )));
        };
        chunk.extend_from_slice(&input);
        text(vm, this, |t| {
            t.decoded = decoded;
            t.chunk = chunk;
            t.flags = flags;
        })
    })?;
    text(vm, this, |t| !t.decoded.is_empty())
}
/// What a foreign decoder holds back, and its flags.
fn decoder_state(vm: &mut Vm, decoder: Local) -> Py<(Vec<u8>, u64)> {
    let state = vm.call_method(decoder, "getstate", &[])?.keep(vm);
    let Some(t) = state.value(vm).as_tuple(vm).filter(|t| t.len(vm) == 2) else {
        return Err(vm.type_error("illegal decoder state"));
    };
    let (bytes, flags) = (vm.local(t.get(vm, 0)), vm.local(t.get(vm, 1)));
    let Some(held) = bytes.value(vm).as_bytes(vm).map(|b| b.bytes(vm).to_vec()) else {
        return Err(vm.type_error(format!(
            "illegal decoder state: the first item should be a bytes object, not '{}'",
            vm.type_name_for_error(bytes.value(vm))
        )));
    };
    let flags = vm.index(flags)?;
    Ok((held, flags as u64))
}
fn set_decoder_state(vm: &mut Vm, decoder: Local, flags: u64) -> Py<()> {
    let state = {
        let vm: &Vm = vm;
        let (empty, flags) = (vm.new_bytes(b"")?.value(), vm.uint(flags));
        vm.local(vm.new_tuple(&[empty, flags])?.value())
    };
    vm.call_method(decoder, "setstate", &[state])?.keep(vm);
    Ok(())
}

// ---- positions

/// The position of the next character, when the buffer is at `position`: a number for `seek`, with CPython's layout of its parts.
pub fn cookie(vm: &mut Vm, this: Local, position: i64) -> Py<Ret> {
    let (native, handler) = text(vm, this, |t| (t.native, t.handler))?;
    if let Some(native) = native {
        let back = text(vm, this, |t| {
            let used = if t.pos >= t.decoded.len() {
                t.chunk.len()
            } else if t.chunk.len() == t.decoded.len()
                && native != Native::Latin1
                && handler == Handler::Strict
            {
                t.pos
            } else {
                consumed(native, handler, &t.chunk, t.pos)
            };
            t.chunk.len() - used.min(t.chunk.len()) + t.rest.len()
        })?;
        return Ok(vm.ret(vm.int(position - back as i64)));
    }
    let decoder = slot_local(vm, this, DECODER);
    let (chunk, flags, skip, all) = text(vm, this, |t| {
        (
            t.chunk.len(),
            t.flags,
            wtf8::count(t.decoded.get(..t.pos).unwrap_or(&[])),
            t.pos >= t.decoded.len(),
        )
    })?;
    if decoder.value(vm).is_none() || decoder.value(vm).is_empty() || chunk == 0 {
        return Ok(vm.ret(vm.int(position)));
    }
    if all {
        let (held, flags) = decoder_state(vm, decoder)?;
        if held.is_empty() {
            return Ok(vm.ret(vm.new_bigint(false, &[position as u64, flags])?));
        }
    }
    let start = (position - chunk as i64).max(0) as u64;
    Ok(vm.ret(vm.new_bigint(false, &[start, flags, chunk as u64, skip as u64])?))
}
/// How many bytes of a chunk the first `pos` bytes of its text come from.
fn consumed(native: Native, handler: Handler, chunk: &[u8], pos: usize) -> usize {
    let decoded_len = |n: usize| {
        decode_native(native, handler, chunk.get(..n).unwrap_or(&[]), false)
            .map_or(0, |(text, _)| text.len())
    };
    let (mut low, mut high) = (0, chunk.len());
    // The shortest prefix that gives that much text.
    while low < high {
        let middle = (low + high) / 2;
        if decoded_len(middle) >= pos {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
/// Goes to a position that [`cookie`] gave.
pub fn seek_cookie(vm: &mut Vm, this: Local, buffer: Local, cookie: Local) -> Py<()> {
    let parts: Vec<u64> = {
        let vm: &Vm = vm;
        match cookie.value(vm).as_i64(vm) {
            Some(n) => vec![n as u64],
            None => cookie
                .value(vm)
                .as_bigint(vm)
                .map_or(Vec::new(), |b| b.limbs(vm).to_vec()),
        }
    };
    let part = |i: usize| parts.get(i).copied().unwrap_or(0);
    let start = vm.local(vm.uint(part(0)));
    vm.call_method(buffer, "seek", &[start])?.keep(vm);
    text(vm, this, Text::forget_read)?;
    let decoder = slot_local(vm, this, DECODER);
    let foreign = !decoder.value(vm).is_none() && !decoder.value(vm).is_empty();
    if foreign {
        if parts.iter().all(|p| *p == 0) {
            call_plain(vm, decoder, "reset")?;
        } else {
            set_decoder_state(vm, decoder, part(1))?;
        }
        if part(2) > 0 {
            let n = vm.local(vm.uint(part(2)));
            let data = vm.call_method(buffer, "read", &[n])?.keep(vm);
            let input = input_bytes(vm, data, "read")?;
            decode_chunk(vm, this, input, part(4) & 0xff != 0)?;
            let skip = usize::try_from(part(3)).unwrap_or(usize::MAX);
            let enough = text(vm, this, |t| {
                let at = wtf8::forward(&t.decoded, 0, skip);
                t.pos = at.min(t.decoded.len());
                wtf8::count(&t.decoded) >= skip
            })?;
            if !enough {
                return Err(vm.raise_text(&exc::OS_ERROR, "can't restore logical file position"));
            }
        }
    } else if parts.len() > 1 && parts[1..].iter().any(|p| *p != 0) {
        return Err(vm.raise_text(&exc::OS_ERROR, "can't restore logical file position"));
    }
    position_encoder(vm, this, part(0) == 0 && part(1) == 0)
}

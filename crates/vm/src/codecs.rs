//! Encoding and decoding: the codecs that need no registry, the loop around error handlers, and the registry itself.
//!
//! The codecs of crate `text` stop at each error. [`decode_with`] and [`encode_with`] then ask the error handler: the built-in ones natively, registered
//! ones by calling them. A registered handler may return anything, replace the input, and run any code meanwhile; so the input is a copy, and what the
//! handler says is checked. CPython: Python/codecs.c, Objects/unicodeobject.c.

use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::Method;
use crate::objects::exceptions as exc;
use crate::roots::Root;
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::Value;
use mesapy_text::codec::handlers::{
    Handler, Replacement, UtfKind, on_decode_error, on_encode_error,
};
use mesapy_text::codec::{DecodeError, EncodeError, Endian, single, utf8, utf16, utf32};
use mesapy_text::wtf8;

/// Codecs that are served without the registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Native {
    Utf8,
    Ascii,
    Latin1,
    Utf16(Option<Endian>),
    Utf32(Option<Endian>),
}

impl Native {
    /// By any of the usual spellings of its name.
    pub fn by_name(name: &str) -> Option<Native> {
        Some(match normalized(name).as_str() {
            "utf_8" | "utf8" | "u8" | "cp65001" => Native::Utf8,
            "ascii" | "us_ascii" | "646" => Native::Ascii,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "8859" | "l1" => Native::Latin1,
            "utf_16" | "utf16" => Native::Utf16(None),
            "utf_16_le" => Native::Utf16(Some(Endian::Little)),
            "utf_16_be" => Native::Utf16(Some(Endian::Big)),
            "utf_32" | "utf32" => Native::Utf32(None),
            "utf_32_le" => Native::Utf32(Some(Endian::Little)),
            "utf_32_be" => Native::Utf32(Some(Endian::Big)),
            _ => return None,
        })
    }
    /// The name in exceptions.
    pub fn name(self) -> &'static str {
        match self {
            Native::Utf8 => "utf-8",
            Native::Ascii => "ascii",
            Native::Latin1 => "latin-1",
            Native::Utf16(None) => "utf-16",
            Native::Utf16(Some(Endian::Little)) => "utf-16-le",
            Native::Utf16(Some(Endian::Big)) => "utf-16-be",
            Native::Utf32(None) => "utf-32",
            Native::Utf32(Some(Endian::Little)) => "utf-32-le",
            Native::Utf32(Some(Endian::Big)) => "utf-32-be",
        }
    }
    fn utf(self) -> Option<UtfKind> {
        match self {
            Native::Utf8 => Some(UtfKind::Utf8),
            Native::Utf16(e) => Some(UtfKind::Utf16(e.unwrap_or(Endian::Little))),
            Native::Utf32(e) => Some(UtfKind::Utf32(e.unwrap_or(Endian::Little))),
            Native::Ascii | Native::Latin1 => None,
        }
    }
    /// The text of bytes, and how many of them were used.
    pub fn decode(
        self,
        vm: &mut Vm,
        bytes: Vec<u8>,
        errors: &str,
        is_final: bool,
    ) -> Py<(Vec<u8>, usize)> {
        let (codec, skip) = self.resolve(&bytes);
        decode_with(
            vm,
            codec.name(),
            bytes,
            skip,
            errors,
            codec.utf(),
            &mut |_, bytes, at, out| Ok(codec.decode_step(bytes, at, is_final, out)),
        )
    }
    /// The byte order that a mark names; without a mark it is the machine's.
    fn resolve(self, bytes: &[u8]) -> (Native, usize) {
        match self {
            Native::Utf16(None) => match utf16::byte_order(bytes) {
                Some(endian) => (Native::Utf16(Some(endian)), 2),
                None => (Native::Utf16(Some(Endian::Little)), 0),
            },
            Native::Utf32(None) => match utf32::byte_order(bytes) {
                Some(endian) => (Native::Utf32(Some(endian)), 4),
                None => (Native::Utf32(Some(Endian::Little)), 0),
            },
            other => (other, 0),
        }
    }
    fn decode_step(
        self,
        bytes: &[u8],
        at: usize,
        is_final: bool,
        out: &mut Vec<u8>,
    ) -> Result<usize, DecodeError> {
        match self {
            Native::Utf8 => utf8::decode(bytes, at, is_final, out),
            Native::Ascii => single::decode_ascii(bytes, at, out),
            Native::Latin1 => {
                single::decode_latin1(bytes.get(at..).unwrap_or(&[]), out);
                Ok(bytes.len())
            }
            Native::Utf16(e) => {
                utf16::decode(bytes, at, is_final, e.unwrap_or(Endian::Little), out)
            }
            Native::Utf32(e) => {
                utf32::decode(bytes, at, is_final, e.unwrap_or(Endian::Little), out)
            }
        }
    }
    pub fn encode(self, vm: &mut Vm, text: Local<k::Str>, errors: &str) -> Py<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Native::Utf16(None) => out.extend_from_slice(&[0xFF, 0xFE]),
            Native::Utf32(None) => out.extend_from_slice(&[0xFF, 0xFE, 0, 0]),
            _ => {}
        }
        encode_with(
            vm,
            self.name(),
            text,
            out,
            errors,
            self.utf(),
            &mut |_, text, at, out| Ok(self.encode_step(text, at, out)),
        )
    }
    fn encode_step(self, text: &[u8], at: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Native::Utf8 => utf8::encode(text, at, out),
            Native::Ascii => single::encode_ascii(text, at, out),
            Native::Latin1 => single::encode_latin1(text, at, out),
            Native::Utf16(e) => utf16::encode(text, at, e.unwrap_or(Endian::Little), out),
            Native::Utf32(e) => utf32::encode(text, at, e.unwrap_or(Endian::Little), out),
        }
    }
}

/// An encoding's name as search functions get it: lower case, other characters than letters, digits and dots as underscores.
pub fn normalized(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

// ---- the loops around error handlers

/// Decodes from a position on, appending to the output: the position behind, or an error.
pub type DecodeStep<'a> =
    &'a mut dyn FnMut(&mut Vm, &[u8], usize, &mut Vec<u8>) -> Py<Result<usize, DecodeError>>;
/// Encodes from a position (in bytes of the text) to the end.
pub type EncodeStep<'a> =
    &'a mut dyn FnMut(&mut Vm, &[u8], usize, &mut Vec<u8>) -> Py<Result<(), EncodeError>>;

/// Runs a decoder over bytes from `start` on: the text, and how many bytes were used.
pub fn decode_with(
    vm: &mut Vm,
    encoding: &str,
    mut bytes: Vec<u8>,
    start: usize,
    errors: &str,
    utf: Option<UtfKind>,
    step: DecodeStep<'_>,
) -> Py<(Vec<u8>, usize)> {
    let native = Handler::parse(errors);
    let (mut at, mut out) = (start, Vec::new());
    let mut failures = 0u32;
    loop {
        let error = match step(vm, &bytes, at, &mut out)? {
            Ok(end) => return Ok((out, end)),
            Err(error) => error,
        };
        failures = failures.wrapping_add(1);
        if failures.is_multiple_of(1024) {
            vm.poll()?;
        }
        match native {
            Some(handler) => match on_decode_error(handler, &bytes, error, utf) {
                Some((text, next)) => {
                    out.extend_from_slice(&text);
                    at = next;
                }
                None => return Err(decode_error(vm, encoding, &bytes, error)),
            },
            None => {
                at = vm.scope(|vm| {
                    registered_decode(vm, encoding, &mut bytes, error, errors, &mut out)
                })?
            }
        }
        if out.len() > u32::MAX as usize {
            return Err(vm.memory_error());
        }
    }
}

/// A Unicode error instance in a local: made by calling the class, as programs would.
fn unicode_error(
    vm: &mut Vm,
    def: &'static TypeDef,
    encoding: &str,
    object: Local,
    (start, end): (usize, usize),
    reason: &str,
) -> Py<Local> {
    let args = {
        let vm: &Vm = vm;
        vm.locals([
            vm.type_object(def).value(),
            vm.new_str(encoding.as_bytes())?.value(),
            object.value(vm),
            vm.int(start as i64),
            vm.int(end as i64),
            vm.new_str(reason.as_bytes())?.value(),
        ])
    };
    Ok(vm.call(args[0], &args[1..])?.keep(vm))
}
fn raised_instance(vm: &Vm, instance: Local) -> Raised {
    vm.raise(instance.value(vm))
}
/// UnicodeDecodeError.
pub fn decode_error(vm: &mut Vm, encoding: &str, bytes: &[u8], error: DecodeError) -> Raised {
    let made = (|| {
        let object = {
            let vm: &Vm = vm;
            vm.local(vm.new_bytes(bytes)?.value())
        };
        unicode_error(
            vm,
            &exc::UNICODE_DECODE_ERROR,
            encoding,
            object,
            (error.start, error.end),
            error.reason,
        )
    })();
    made.map_or_else(|raised| raised, |instance| raised_instance(vm, instance))
}
/// UnicodeEncodeError.
fn encode_error(vm: &mut Vm, encoding: &str, text: Local<k::Str>, error: EncodeError) -> Raised {
    let range = char_range(vm, text, error);
    let made = unicode_error(
        vm,
        &exc::UNICODE_ENCODE_ERROR,
        encoding,
        text.any(),
        range,
        error.reason,
    );
    made.map_or_else(|raised| raised, |instance| raised_instance(vm, instance))
}
fn char_range(vm: &Vm, text: Local<k::Str>, error: EncodeError) -> (usize, usize) {
    let s = text.get(vm);
    (
        s.byte_to_char(vm, error.start),
        s.byte_to_char(vm, error.end),
    )
}

/// What a handler returned: a tuple of a replacement and a position; the position counted from the start, checked against `len`.
fn answer(
    vm: &mut Vm,
    result: Local,
    len: usize,
    wanted: &str,
    bytes_too: bool,
) -> Py<(Local, usize)> {
    let parts = {
        let vm: &Vm = vm;
        let pair = result
            .value(vm)
            .as_tuple(vm)
            .filter(|t| t.len(vm) == 2)
            .map(|t| (t.get(vm, 0), t.get(vm, 1)));
        let good = pair.filter(|(text, at)| {
            (text.as_str(vm).is_some() || bytes_too && text.as_bytes(vm).is_some())
                && vm.is_int(*at)
        });
        good.map(|(text, at)| vm.locals([text, at]))
    };
    let Some([text, at]) = parts else {
        return Err(vm.type_error(wanted));
    };
    let position = vm.int_value(at.value(vm)).unwrap_or(i64::MAX);
    let place = if position < 0 {
        position.saturating_add(len as i64)
    } else {
        position
    };
    match usize::try_from(place).ok().filter(|p| *p <= len) {
        Some(place) => Ok((text, place)),
        None => Err(vm.index_error(format!(
            "position {position} from error handler out of bounds"
        ))),
    }
}

fn registered_decode(
    vm: &mut Vm,
    encoding: &str,
    bytes: &mut Vec<u8>,
    error: DecodeError,
    errors: &str,
    out: &mut Vec<u8>,
) -> Py<usize> {
    let handler = lookup_error(vm, errors)?;
    let object = {
        let vm: &Vm = vm;
        vm.local(vm.new_bytes(bytes)?.value())
    };
    let instance = unicode_error(
        vm,
        &exc::UNICODE_DECODE_ERROR,
        encoding,
        object,
        (error.start, error.end),
        error.reason,
    )?;
    let result = vm.call(handler, &[instance])?.keep(vm);
    // The handler may have put other bytes into the exception.
    let now = vm.get_attr_str(instance, "object")?.keep(vm);
    match now.value(vm).as_bytes(vm) {
        Some(now) => *bytes = now.bytes(vm).to_vec(),
        None => return Err(vm.type_error("object attribute must be bytes")),
    }
    let (text, at) = answer(
        vm,
        result,
        bytes.len(),
        "decoding error handler must return (str, int) tuple",
        false,
    )?;
    if let Some(text) = text.value(vm).as_str(vm) {
        out.extend_from_slice(text.bytes(vm));
    }
    Ok(at)
}

/// Runs an encoder over a text; `out` holds what comes first (a byte order mark).
pub fn encode_with(
    vm: &mut Vm,
    encoding: &str,
    text: Local<k::Str>,
    mut out: Vec<u8>,
    errors: &str,
    utf: Option<UtfKind>,
    step: EncodeStep<'_>,
) -> Py<Vec<u8>> {
    let native = Handler::parse(errors);
    let bytes = vm.str_bytes(text);
    let mut at = 0;
    loop {
        let error = match step(vm, &bytes, at, &mut out)? {
            Ok(()) => return Ok(out),
            Err(error) => error,
        };
        let (replacement, next) = match native {
            Some(handler) => match on_encode_error(handler, &bytes, error, utf) {
                Some(found) => found,
                None => return Err(encode_error(vm, encoding, text, error)),
            },
            None => vm.scope(|vm| registered_encode(vm, encoding, text, error, errors))?,
        };
        match replacement {
            Replacement::Bytes(raw) => {
                let unit = match utf {
                    Some(UtfKind::Utf16(_)) => 2,
                    Some(UtfKind::Utf32(_)) => 4,
                    _ => 1,
                };
                if raw.len() % unit != 0 {
                    return Err(encode_error(vm, encoding, text, error));
                }
                out.extend_from_slice(&raw);
            }
            Replacement::Text(replaced) => {
                // A registered handler's text must be ASCII where the codec can encode anything else.
                let refused = utf.is_some() && native.is_none() && !replaced.is_ascii();
                if refused || step(vm, &replaced, 0, &mut out)?.is_err() {
                    return Err(encode_error(vm, encoding, text, error));
                }
            }
        }
        at = next;
        if out.len() > u32::MAX as usize {
            return Err(vm.memory_error());
        }
    }
}
fn registered_encode(
    vm: &mut Vm,
    encoding: &str,
    text: Local<k::Str>,
    error: EncodeError,
    errors: &str,
) -> Py<(Replacement, usize)> {
    let handler = lookup_error(vm, errors)?;
    let range = char_range(vm, text, error);
    let instance = unicode_error(
        vm,
        &exc::UNICODE_ENCODE_ERROR,
        encoding,
        text.any(),
        range,
        error.reason,
    )?;
    let result = vm.call(handler, &[instance])?.keep(vm);
    let chars = text.get(vm).char_len(vm);
    let (made, at) = answer(
        vm,
        result,
        chars,
        "encoding error handler must return (str/bytes, int) tuple",
        true,
    )?;
    let next = text.get(vm).char_to_byte(vm, at);
    let value = made.value(vm);
    Ok(match (value.as_str(vm), value.as_bytes(vm)) {
        (Some(s), _) => (Replacement::Text(s.bytes(vm).to_vec()), next),
        (None, Some(b)) => (Replacement::Bytes(b.bytes(vm).to_vec()), next),
        (None, None) => (Replacement::Bytes(Vec::new()), next),
    })
}

// ---- str.encode, bytes.decode

impl Vm {
    /// The str that an object's buffer encodes, as `bytes.decode` makes it.
    pub fn decode(&mut self, bytes: Local, encoding: &str, errors: &str) -> Py<Ret> {
        if let Some(native) = Native::by_name(encoding) {
            if native == Native::Utf8 || native == Native::Ascii {
                let vm: &Vm = self;
                // What is valid already is copied once.
                if let Some(raw) = bytes.value(vm).as_bytes(vm).map(|b| b.bytes(vm)) {
                    if raw.is_ascii() {
                        return Ok(vm.ret(vm.new_str_ascii(raw)?.value()));
                    }
                    if native == Native::Utf8 && std::str::from_utf8(raw).is_ok() {
                        return vm.ret_str(raw);
                    }
                }
            }
            let raw = self.buffer_bytes(bytes)?;
            let (text, _) = native.decode(self, raw, errors, true)?;
            return self.ret_str(&text);
        }
        let codec = text_codec(self, encoding, "decode")?;
        let made = run_codec(self, encoding, codec, 1, bytes, errors, "decoder")?;
        if made.value(self).as_str(self).is_none() {
            return Err(self.type_error(format!("'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types", self.type_name_for_error(made.value(self)))));
        }
        Ok(self.ret(made.value(self)))
    }

    /// The bytes object that encodes a str.
    pub fn encode(&mut self, s: Local<k::Str>, encoding: &str, errors: &str) -> Py<Ret> {
        if let Some(native) = Native::by_name(encoding) {
            let vm: &Vm = self;
            let text = s.get(vm);
            let plain = text.is_ascii(vm)
                && matches!(native, Native::Utf8 | Native::Ascii | Native::Latin1);
            if plain || native == Native::Utf8 && text.as_utf8(vm).is_some() {
                return vm.ret_bytes(text.bytes(vm));
            }
            let made = native.encode(self, s, errors)?;
            return self.ret_bytes(&made);
        }
        let codec = text_codec(self, encoding, "encode")?;
        let made = run_codec(self, encoding, codec, 0, s.any(), errors, "encoder")?;
        if let Some(array) = made.value(self).as_bytearray(self) {
            let bytes = array.to_vec(self, 0..usize::MAX);
            return self.ret_bytes(&bytes);
        }
        if made.value(self).as_bytes(self).is_none() {
            return Err(self.type_error(format!("'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types", self.type_name_for_error(made.value(self)))));
        }
        Ok(self.ret(made.value(self)))
    }
}

// ---- the registry

fn root_list(vm: &mut Vm) -> Py<Local<k::List>> {
    if vm.roots.codec_search(vm).as_list(vm).is_none() {
        {
            let vm: &Vm = vm;
            vm.roots.set(Root::CodecSearch, vm.new_list(&[])?.value());
            vm.roots.set(Root::CodecCache, vm.new_dict().value());
        }
        // The package registers its search function when it is imported.
        if let Err(raised) = crate::import::import_module(vm, "encodings") {
            vm.roots.set(Root::CodecSearch, Value::EMPTY);
            return Err(raised);
        }
    }
    Ok(vm.local_of(vm.roots.codec_search(vm)))
}
fn cache(vm: &Vm) -> Local {
    vm.local(vm.roots.codec_cache(vm))
}
/// `codecs.register`.
pub fn register(vm: &mut Vm, search: Local) -> Py<()> {
    if !vm.is_callable(search.value(vm)) {
        return Err(vm.type_error("argument must be callable"));
    }
    let list = root_list(vm)?;
    Ok(list.get(vm).push(vm, search.value(vm))?)
}
/// `codecs.unregister`.
pub fn unregister(vm: &mut Vm, search: Local) -> Py<()> {
    let list = root_list(vm)?;
    let list = list.get(vm);
    if let Some(at) = list.iter(vm).position(|f| f == search.value(vm)) {
        list.remove_range(vm, at, at + 1);
        if let Some(cache) = vm.roots.codec_cache(vm).as_dict(vm) {
            cache.clear(vm);
        }
    }
    Ok(())
}
/// `codecs.lookup`: the CodecInfo.
pub fn lookup(vm: &mut Vm, encoding: &str) -> Py<Local> {
    let name = normalized(encoding);
    let list = root_list(vm)?;
    let key: Local<k::Str> = {
        let vm: &Vm = vm;
        vm.local_of(vm.new_str(name.as_bytes())?.value())
    };
    let cached = cache(vm)
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, key.get(vm)));
    if let Some(found) = cached {
        return Ok(vm.local(found));
    }
    let [search, found] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    while let Some(next) = list.get(vm).at(vm, i) {
        i += 1;
        search.set(vm, next);
        vm.call(search, &[key.any()])?.put(vm, found);
        if found.value(vm).is_none() {
            continue;
        }
        if found.value(vm).as_tuple(vm).is_none_or(|t| t.len(vm) != 4) {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        }
        if let Some(cache) = vm.roots.codec_cache(vm).as_dict(vm) {
            cache.set_str(vm, key.get(vm), found.value(vm))?;
        }
        return Ok(found);
    }
    Err(vm.lookup_error(format!("unknown encoding: {encoding}")))
}
/// A codec that `str.encode` and `bytes.decode` may use.
fn text_codec(vm: &mut Vm, encoding: &str, operation: &str) -> Py<Local> {
    let codec = lookup(vm, encoding)?;
    if codec.value(vm).as_exact_tuple(vm).is_none()
        && let Some(ret) = vm.lookup_attr_str(codec, "_is_text_encoding")?
    {
        let is_text = ret.keep(vm);
        if !vm.truth(is_text)? {
            return Err(vm.lookup_error(format!("'{encoding}' is not a text encoding; use codecs.{operation}() to handle arbitrary codecs")));
        }
    }
    Ok(codec)
}
/// The exception under way with a note added to it.
fn noted(vm: &mut Vm, raised: Raised, text: &str) -> Raised {
    vm.scope(|vm| {
        let e = vm.take_exception_local(raised);
        let text = vm.new_str(text.as_bytes()).map(|s| s.value().word());
        let added = match text {
            Ok(text) => {
                let text = vm.local(text.value(vm));
                vm.call_method(e, "add_note", &[text]).map(|_| ())
            }
            Err(no_memory) => Err(no_memory.into()),
        };
        match added {
            Ok(()) => vm.raise_again(e.value(vm)),
            Err(raised) => raised,
        }
    })
}
/// Calls member `which` of a CodecInfo: the first item of what it returns.
fn run_codec(
    vm: &mut Vm,
    encoding: &str,
    codec: Local,
    which: usize,
    object: Local,
    errors: &str,
    what: &str,
) -> Py<Local> {
    let [function, errors_local] = {
        let vm: &Vm = vm;
        let function = codec
            .value(vm)
            .as_tuple(vm)
            .and_then(|t| t.at(vm, which))
            .unwrap_or(Value::NONE);
        vm.locals([function, vm.new_str(errors.as_bytes())?.value()])
    };
    let args = [object, errors_local];
    let result = match vm.call(
        function,
        if errors == "strict" {
            &args[..1]
        } else {
            &args
        },
    ) {
        Ok(ret) => ret.keep(vm),
        Err(raised) => {
            let operation = what.replace("coder", "coding");
            let text = format!("{operation} with '{encoding}' codec failed");
            return Err(noted(vm, raised, &text));
        }
    };
    let first = result
        .value(vm)
        .as_tuple(vm)
        .filter(|t| t.len(vm) == 2)
        .and_then(|t| t.at(vm, 0));
    match first {
        Some(first) => Ok(vm.local(first)),
        None => Err(vm.type_error(format!("{what} must return a tuple (object, integer)"))),
    }
}
/// `codecs.encode`: any codec, any objects.
pub fn encode_any(vm: &mut Vm, object: Local, encoding: &str, errors: &str) -> Py<Local> {
    let codec = lookup(vm, encoding)?;
    run_codec(vm, encoding, codec, 0, object, errors, "encoder")
}
/// `codecs.decode`.
pub fn decode_any(vm: &mut Vm, object: Local, encoding: &str, errors: &str) -> Py<Local> {
    let codec = lookup(vm, encoding)?;
    run_codec(vm, encoding, codec, 1, object, errors, "decoder")
}

// ---- error handlers

/// The names of the built-in handlers, in the order of [`HANDLERS`].
const HANDLER_NAMES: [&str; 8] = [
    "strict",
    "ignore",
    "replace",
    "xmlcharrefreplace",
    "backslashreplace",
    "namereplace",
    "surrogatepass",
    "surrogateescape",
];
static HANDLERS: &[Method] = crate::methods! {
    "strict_errors(exc, /)" => static calls strict_errors(e), "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.";
    "ignore_errors(exc, /)" => static calls ignore_errors(e), "Implements the 'ignore' error handling, which ignores malformed data and continues.";
    "replace_errors(exc, /)" => static calls replace_errors(e), "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.";
    "xmlcharrefreplace_errors(exc, /)" => static calls xmlcharrefreplace_errors(e), "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.";
    "backslashreplace_errors(exc, /)" => static calls backslashreplace_errors(e), "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.";
    "namereplace_errors(exc, /)" => static calls namereplace_errors(e), "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.";
    "surrogatepass(exc, /)" => static calls surrogatepass_errors(e), "";
    "surrogateescape(exc, /)" => static calls surrogateescape_errors(e), "";
};
fn strict_errors(vm: &mut Vm, e: Local) -> Py<Ret> {
    if vm.is_exception_instance(e.value(vm)) {
        Err(vm.raise(e.value(vm)))
    } else {
        Err(vm.type_error("codec must pass exception instance"))
    }
}
macro_rules! handler_functions {
    ($($name:ident $handler:ident;)*) => { $( fn $name(vm: &mut Vm, e: Local) -> Py<Ret> { handle(vm, e, Handler::$handler) } )* };
}
handler_functions! {
    ignore_errors Ignore; replace_errors Replace; xmlcharrefreplace_errors XmlCharRefReplace; backslashreplace_errors BackslashReplace;
    namereplace_errors NameReplace; surrogatepass_errors SurrogatePass; surrogateescape_errors SurrogateEscape;
}

/// A built-in handler called as a function.
fn handle(vm: &mut Vm, e: Local, handler: Handler) -> Py<Ret> {
    let is = |vm: &Vm, def| vm.is_instance_of(e.value(vm), def);
    let (decoding, encoding, translating) = (
        is(vm, &exc::UNICODE_DECODE_ERROR),
        is(vm, &exc::UNICODE_ENCODE_ERROR),
        is(vm, &exc::UNICODE_TRANSLATE_ERROR),
    );
    let unknown = |vm: &Vm| {
        vm.type_error(format!(
            "don't know how to handle {} in error callback",
            vm.type_name_for_error(e.value(vm))
        ))
    };
    let allowed = match handler {
        Handler::XmlCharRefReplace => encoding,
        Handler::NameReplace | Handler::SurrogatePass | Handler::SurrogateEscape => {
            encoding || decoding && handler != Handler::NameReplace
        }
        _ => decoding || encoding || translating,
    };
    if !allowed {
        return Err(unknown(vm));
    }
    let object = vm.get_attr_str(e, "object")?.keep(vm);
    let start = vm.get_attr_str(e, "start")?.keep(vm);
    let end = vm.get_attr_str(e, "end")?.keep(vm);
    let (start, end) = (vm.index(start)?, vm.index(end)?);
    let utf = match handler {
        Handler::SurrogatePass => {
            let name = vm.get_attr_str(e, "encoding")?.keep(vm);
            surrogate_form(&vm.text_of(name.value(vm)))
        }
        _ => None,
    };
    let failed = |vm: &Vm| vm.raise(e.value(vm));
    if decoding {
        let Some(bytes) = object.value(vm).as_bytes(vm).map(|b| b.bytes(vm).to_vec()) else {
            return Err(vm.type_error("object attribute must be bytes"));
        };
        let (start, end) = clamp(start, end, bytes.len());
        let error = DecodeError {
            start,
            end,
            reason: "",
        };
        return match on_decode_error(handler, &bytes, error, utf) {
            Some((text, next)) => pair(vm, &Replacement::Text(text), next),
            None => Err(failed(vm)),
        };
    }
    let Some(text) = object.cast::<k::Str>(vm) else {
        return Err(vm.type_error("object attribute must be unicode"));
    };
    let (start, end) = clamp(start, end, text.get(vm).char_len(vm));
    if translating && handler == Handler::Replace {
        return pair(
            vm,
            &Replacement::Text("\u{FFFD}".repeat(end - start).into_bytes()),
            end,
        );
    }
    let s = text.get(vm);
    let error = EncodeError {
        start: s.char_to_byte(vm, start),
        end: s.char_to_byte(vm, end),
        reason: "",
    };
    match on_encode_error(handler, s.bytes(vm), error, utf) {
        Some((replacement, _)) => pair(vm, &replacement, end),
        None => Err(failed(vm)),
    }
}
/// The form that a codec's name says: "utf", a width, perhaps a byte order, with or without hyphens.
fn surrogate_form(name: &str) -> Option<UtfKind> {
    let name = name.to_ascii_lowercase();
    let skip = |s: &'_ str| s.strip_prefix(['-', '_']).unwrap_or(s).to_owned();
    let rest = skip(name.strip_prefix("utf")?);
    if rest == "8" {
        return Some(UtfKind::Utf8);
    }
    let (width, order) = rest.split_at_checked(2)?;
    let endian = match (order, skip(order).as_str()) {
        ("", _) | (_, "le") => Endian::Little,
        (_, "be") => Endian::Big,
        _ => return None,
    };
    match width {
        "16" => Some(UtfKind::Utf16(endian)),
        "32" => Some(UtfKind::Utf32(endian)),
        _ => None,
    }
}
fn clamp(start: i64, end: i64, len: usize) -> (usize, usize) {
    let start = usize::try_from(start)
        .unwrap_or(0)
        .min(len.saturating_sub(1));
    let end = usize::try_from(end).unwrap_or(0).clamp(start.min(len), len);
    (start, end)
}
fn pair(vm: &Vm, replacement: &Replacement, next: usize) -> Py<Ret> {
    let first = match replacement {
        Replacement::Text(text) => vm.new_str(text)?.value(),
        Replacement::Bytes(bytes) => vm.new_bytes(bytes)?.value(),
    };
    Ok(vm.ret(vm.new_tuple(&[first, vm.int(next as i64)])?.value()))
}

fn errors_dict(vm: &Vm) -> Py<mesapy_heap::Dict<'_>> {
    if let Some(dict) = vm.roots.codec_errors(vm).as_dict(vm) {
        return Ok(dict);
    }
    let dict = vm.new_dict();
    vm.roots.set(Root::CodecErrors, dict.value());
    let module = vm.intern(b"_codecs").value();
    for (name, method) in HANDLER_NAMES.iter().zip(HANDLERS) {
        dict.set_str(
            vm,
            vm.intern(name.as_bytes()),
            vm.native_function(method, module),
        )?;
    }
    Ok(dict)
}
/// `codecs.lookup_error`.
pub fn lookup_error(vm: &mut Vm, name: &str) -> Py<Local> {
    let vm: &Vm = vm;
    let key = vm.new_str(name.as_bytes())?;
    match errors_dict(vm)?.get_str(vm, key) {
        Some(handler) => Ok(vm.local(handler)),
        None => Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}
/// `codecs.register_error`.
pub fn register_error(vm: &mut Vm, name: &str, handler: Local) -> Py<()> {
    if !vm.is_callable(handler.value(vm)) {
        return Err(vm.type_error("handler must be callable"));
    }
    let vm: &Vm = vm;
    let key = vm.new_str(name.as_bytes())?;
    Ok(errors_dict(vm)?.set_str(vm, key, handler.value(vm))?)
}
/// `_codecs._unregister_error`: whether there was such a handler; the built-in ones stay.
pub fn unregister_error(vm: &mut Vm, name: &str) -> Py<bool> {
    if HANDLER_NAMES.contains(&name) {
        return Err(vm.value_error(format!(
            "cannot un-register built-in error handler '{name}'"
        )));
    }
    let vm: &Vm = vm;
    let key = vm.new_str(name.as_bytes())?;
    Ok(errors_dict(vm)?.del_str(vm, key))
}

/// The characters of a text as a table for `charmap` codecs.
pub fn table_of(text: &[u8]) -> Vec<u32> {
    wtf8::to_code_points(text)
}

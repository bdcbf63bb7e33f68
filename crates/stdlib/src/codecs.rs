//! `_codecs`: the registry of codecs and error handlers, and the codecs themselves as functions, which the package `encodings` is built on.
//!
//! Decoders give `(text, bytes used)`, encoders `(bytes, characters used)`. CPython: Modules/_codecsmodule.c.

use mesapy_heap::Value;
use mesapy_text::codec::escape::InvalidEscape;
use mesapy_text::codec::{DecodeError, EncodeError, Endian, escape, utf7};
use mesapy_text::{repr, wtf8};
use mesapy_vm::codecs::{self, Native, decode_with, encode_with};
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions::LOOKUP_ERROR;
use mesapy_vm::objects::numbers::deprecated;
use mesapy_vm::{Local, Py, Ret, Vm, k, methods};
use std::collections::HashMap;

pub static MODULE: NativeModule = NativeModule {
    name: "_codecs",
    doc: "",
    functions: FUNCTIONS,
    types: &[],
    init: None,
};

static FUNCTIONS: &[Method] = methods! {
    "register(search_function, /)" => static calls register(search), "Register a codec search function.\n\nSearch functions are expected to take one argument, the encoding name in\nall lower case letters, and either return None, or a tuple of functions\n(encoder, decoder, stream_reader, stream_writer) (or a CodecInfo object).";
    "unregister(search_function, /)" => static calls unregister(search), "Unregister a codec search function and clear the registry's cache.\n\nIf the search function is not registered, do nothing.";
    "lookup(encoding, /)" => static calls lookup(encoding), "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.";
    "encode(obj, encoding='utf-8', errors='strict')" => static calls encode(object, encoding, errors), "Encodes obj using the codec registered for encoding.\n\nThe default encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that encoding\nerrors raise a ValueError.  Other possible values are 'ignore', 'replace'\nand 'backslashreplace' as well as any other name registered with\ncodecs.register_error that can handle ValueErrors.";
    "decode(obj, encoding='utf-8', errors='strict')" => static calls decode(object, encoding, errors), "Decodes obj using the codec registered for encoding.\n\nDefault encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that encoding\nerrors raise a ValueError.  Other possible values are 'ignore', 'replace'\nand 'backslashreplace' as well as any other name registered with\ncodecs.register_error that can handle ValueErrors.";
    "register_error(errors, handler, /)" => static calls register_error(name, handler), "Register the specified error handler under the name errors.\n\nhandler must be a callable object, that\nwill be called with an exception instance containing\ninformation about the location of the encoding/decoding\nerror and must return a (replacement, new position) tuple.";
    "_unregister_error(errors, /)" => static calls unregister_error(name), "Un-register the specified error handler for the error handling `errors'.\n\nOnly custom error handlers can be un-registered. An exception is raised\nif the error handling is a built-in one (e.g., 'strict'), or if an error\noccurs.\n\nOtherwise, this returns True if a custom handler has been successfully\nun-registered, and False if no custom handler for the specified error\nhandling exists.";
    "lookup_error(name, /)" => static calls lookup_error(name), "lookup_error(errors) -> handler\n\nReturn the error handler for the specified error handling name or raise a\nLookupError, if no handler exists under this name.";
    "utf_8_encode(str, errors=None, /)" => static calls utf_8_encode(text, errors), "";
    "utf_8_decode(data, errors=None, final=False, /)" => static calls utf_8_decode(data, errors, last), "";
    "ascii_encode(str, errors=None, /)" => static calls ascii_encode(text, errors), "";
    "ascii_decode(data, errors=None, /)" => static calls ascii_decode(data, errors), "";
    "latin_1_encode(str, errors=None, /)" => static calls latin_1_encode(text, errors), "";
    "latin_1_decode(data, errors=None, /)" => static calls latin_1_decode(data, errors), "";
    "utf_16_encode(str, errors=None, byteorder=0, /)" => static calls utf_16_encode(text, errors, order), "";
    "utf_16_le_encode(str, errors=None, /)" => static calls utf_16_le_encode(text, errors), "";
    "utf_16_be_encode(str, errors=None, /)" => static calls utf_16_be_encode(text, errors), "";
    "utf_16_decode(data, errors=None, final=False, /)" => static calls utf_16_decode(data, errors, last), "";
    "utf_16_le_decode(data, errors=None, final=False, /)" => static calls utf_16_le_decode(data, errors, last), "";
    "utf_16_be_decode(data, errors=None, final=False, /)" => static calls utf_16_be_decode(data, errors, last), "";
    "utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)" => static calls utf_16_ex_decode(data, errors, order, last), "";
    "utf_32_encode(str, errors=None, byteorder=0, /)" => static calls utf_32_encode(text, errors, order), "";
    "utf_32_le_encode(str, errors=None, /)" => static calls utf_32_le_encode(text, errors), "";
    "utf_32_be_encode(str, errors=None, /)" => static calls utf_32_be_encode(text, errors), "";
    "utf_32_decode(data, errors=None, final=False, /)" => static calls utf_32_decode(data, errors, last), "";
    "utf_32_le_decode(data, errors=None, final=False, /)" => static calls utf_32_le_decode(data, errors, last), "";
    "utf_32_be_decode(data, errors=None, final=False, /)" => static calls utf_32_be_decode(data, errors, last), "";
    "utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)" => static calls utf_32_ex_decode(data, errors, order, last), "";
    "utf_7_encode(str, errors=None, /)" => static calls utf_7_encode(text, errors), "";
    "utf_7_decode(data, errors=None, final=False, /)" => static calls utf_7_decode(data, errors, last), "";
    "unicode_escape_encode(str, errors=None, /)" => static calls unicode_escape_encode(text, errors), "";
    "unicode_escape_decode(data, errors=None, final=True, /)" => static calls unicode_escape_decode(data, errors, last), "";
    "raw_unicode_escape_encode(str, errors=None, /)" => static calls raw_unicode_escape_encode(text, errors), "";
    "raw_unicode_escape_decode(data, errors=None, final=True, /)" => static calls raw_unicode_escape_decode(data, errors, last), "";
    "escape_encode(data, errors=None, /)" => static calls escape_encode(data, errors), "";
    "escape_decode(data, errors=None, /)" => static calls escape_decode(data, errors), "";
    "readbuffer_encode(data, errors=None, /)" => static calls readbuffer_encode(data, errors), "";
    "charmap_build(map, /)" => static calls charmap_build(map), "";
    "charmap_encode(str, errors=None, mapping=None, /)" => static calls charmap_encode(text, errors, mapping), "";
    "charmap_decode(data, errors=None, mapping=None, /)" => static calls charmap_decode(data, errors, mapping), "";
};

// ---- the registry

fn register(vm: &mut Vm, search: Local) -> Py<()> {
    codecs::register(vm, search)
}
fn unregister(vm: &mut Vm, search: Local) -> Py<()> {
    codecs::unregister(vm, search)
}
fn lookup(vm: &mut Vm, encoding: String) -> Py<Local> {
    codecs::lookup(vm, &encoding)
}
fn encode(
    vm: &mut Vm,
    object: Local,
    encoding: Option<String>,
    errors: Option<String>,
) -> Py<Local> {
    codecs::encode_any(
        vm,
        object,
        encoding.as_deref().unwrap_or("utf-8"),
        errors.as_deref().unwrap_or("strict"),
    )
}
fn decode(
    vm: &mut Vm,
    object: Local,
    encoding: Option<String>,
    errors: Option<String>,
) -> Py<Local> {
    codecs::decode_any(
        vm,
        object,
        encoding.as_deref().unwrap_or("utf-8"),
        errors.as_deref().unwrap_or("strict"),
    )
}
fn register_error(vm: &mut Vm, name: String, handler: Local) -> Py<()> {
    codecs::register_error(vm, &name, handler)
}
fn unregister_error(vm: &mut Vm, name: String) -> Py<bool> {
    codecs::unregister_error(vm, &name)
}
fn lookup_error(vm: &mut Vm, name: String) -> Py<Local> {
    codecs::lookup_error(vm, &name)
}

// ---- arguments and results

/// The name of an error handler; absent or None is strict.
fn errors_name(vm: &Vm, function: &str, errors: Option<Local>) -> Py<String> {
    let Some(errors) = errors.map(|e| e.value(vm)).filter(|e| !e.is_none()) else {
        return Ok("strict".to_owned());
    };
    match errors.as_str(vm) {
        Some(name) => Ok(name.to_string_lossy(vm)),
        None => Err(vm.type_error(format!(
            "{function}() argument 2 must be str or None, not {}",
            vm.type_name_for_error(errors)
        ))),
    }
}
/// The bytes to decode: a buffer, or (for some codecs) a str.
fn data_bytes(vm: &mut Vm, data: Local) -> Py<Vec<u8>> {
    match data.cast::<k::Str>(vm) {
        Some(text) => Ok(vm.str_bytes(text)),
        None => vm.buffer_bytes(data),
    }
}
fn decoded(vm: &Vm, text: &[u8], used: usize) -> Py<Ret> {
    Ok(vm.ret(
        vm.new_tuple(&[vm.new_str(text)?.value(), vm.int(used as i64)])?
            .value(),
    ))
}
fn encoded(vm: &Vm, bytes: &[u8], used: usize) -> Py<Ret> {
    Ok(vm.ret(
        vm.new_tuple(&[vm.new_bytes(bytes)?.value(), vm.int(used as i64)])?
            .value(),
    ))
}
fn native_encode(
    vm: &mut Vm,
    name: &str,
    codec: Native,
    text: Local<k::Str>,
    errors: Option<Local>,
) -> Py<Ret> {
    let errors = errors_name(vm, name, errors)?;
    let bytes = codec.encode(vm, text, &errors)?;
    encoded(vm, &bytes, text.get(vm).char_len(vm))
}
fn native_decode(
    vm: &mut Vm,
    name: &str,
    codec: Native,
    data: Local,
    errors: Option<Local>,
    last: bool,
) -> Py<Ret> {
    let errors = errors_name(vm, name, errors)?;
    let bytes = vm.buffer_bytes(data)?;
    let (text, used) = codec.decode(vm, bytes, &errors, last)?;
    decoded(vm, &text, used)
}

macro_rules! encoders {
    ($($name:ident $codec:expr;)*) => { $( fn $name(vm: &mut Vm, text: Local<k::Str>, errors: Option<Local>) -> Py<Ret> { native_encode(vm, stringify!($name), $codec, text, errors) } )* };
}
encoders! {
    utf_8_encode Native::Utf8;
    ascii_encode Native::Ascii;
    latin_1_encode Native::Latin1;
    utf_16_le_encode Native::Utf16(Some(Endian::Little));
    utf_16_be_encode Native::Utf16(Some(Endian::Big));
    utf_32_le_encode Native::Utf32(Some(Endian::Little));
    utf_32_be_encode Native::Utf32(Some(Endian::Big));
}
macro_rules! decoders {
    ($($name:ident $codec:expr;)*) => { $(
        fn $name(vm: &mut Vm, data: Local, errors: Option<Local>, last: Option<bool>) -> Py<Ret> { native_decode(vm, stringify!($name), $codec, data, errors, last.unwrap_or(false)) }
    )* };
}
decoders! {
    utf_8_decode Native::Utf8;
    utf_16_decode Native::Utf16(None);
    utf_16_le_decode Native::Utf16(Some(Endian::Little));
    utf_16_be_decode Native::Utf16(Some(Endian::Big));
    utf_32_decode Native::Utf32(None);
    utf_32_le_decode Native::Utf32(Some(Endian::Little));
    utf_32_be_decode Native::Utf32(Some(Endian::Big));
}
fn ascii_decode(vm: &mut Vm, data: Local, errors: Option<Local>) -> Py<Ret> {
    native_decode(vm, "ascii_decode", Native::Ascii, data, errors, true)
}
fn latin_1_decode(vm: &mut Vm, data: Local, errors: Option<Local>) -> Py<Ret> {
    native_decode(vm, "latin_1_decode", Native::Latin1, data, errors, true)
}
/// `byteorder` arguments: negative little, positive big, 0 by the mark.
fn byte_order(order: Option<i64>) -> Option<Endian> {
    match order.unwrap_or(0).signum() {
        -1 => Some(Endian::Little),
        1 => Some(Endian::Big),
        _ => None,
    }
}
fn utf_16_encode(
    vm: &mut Vm,
    text: Local<k::Str>,
    errors: Option<Local>,
    order: Option<i64>,
) -> Py<Ret> {
    native_encode(
        vm,
        "utf_16_encode",
        Native::Utf16(byte_order(order)),
        text,
        errors,
    )
}
fn utf_32_encode(
    vm: &mut Vm,
    text: Local<k::Str>,
    errors: Option<Local>,
    order: Option<i64>,
) -> Py<Ret> {
    native_encode(
        vm,
        "utf_32_encode",
        Native::Utf32(byte_order(order)),
        text,
        errors,
    )
}
/// A decoder that also tells the byte order that it found.
fn ex_decode(
    vm: &mut Vm,
    (name, width): (&str, usize),
    data: Local,
    errors: Option<Local>,
    order: Option<i64>,
    last: Option<bool>,
) -> Py<Ret> {
    let errors = errors_name(vm, name, errors)?;
    let bytes = vm.buffer_bytes(data)?;
    let given = byte_order(order);
    let mark = if width == 2 {
        mesapy_text::codec::utf16::byte_order(&bytes)
    } else {
        mesapy_text::codec::utf32::byte_order(&bytes)
    };
    let codec = if width == 2 {
        Native::Utf16(given)
    } else {
        Native::Utf32(given)
    };
    let found = match given.or(mark) {
        Some(Endian::Little) => -1,
        Some(Endian::Big) => 1,
        None => 0,
    };
    let (text, used) = codec.decode(vm, bytes, &errors, last.unwrap_or(false))?;
    let vm: &Vm = vm;
    Ok(vm.ret(
        vm.new_tuple(&[
            vm.new_str(&text)?.value(),
            vm.int(used as i64),
            vm.int(found),
        ])?
        .value(),
    ))
}
fn utf_16_ex_decode(
    vm: &mut Vm,
    data: Local,
    errors: Option<Local>,
    order: Option<i64>,
    last: Option<bool>,
) -> Py<Ret> {
    ex_decode(vm, ("utf_16_ex_decode", 2), data, errors, order, last)
}
fn utf_32_ex_decode(
    vm: &mut Vm,
    data: Local,
    errors: Option<Local>,
    order: Option<i64>,
    last: Option<bool>,
) -> Py<Ret> {
    ex_decode(vm, ("utf_32_ex_decode", 4), data, errors, order, last)
}

// ---- escapes and UTF-7

fn whole_encode(
    vm: &mut Vm,
    name: &str,
    text: Local<k::Str>,
    errors: Option<Local>,
    how: fn(&[u8]) -> Vec<u8>,
) -> Py<Ret> {
    errors_name(vm, name, errors)?;
    let s = text.get(vm);
    encoded(vm, &how(s.bytes(vm)), s.char_len(vm))
}
fn utf_7_encode(vm: &mut Vm, text: Local<k::Str>, errors: Option<Local>) -> Py<Ret> {
    whole_encode(vm, "utf_7_encode", text, errors, utf7::encode)
}
fn unicode_escape_encode(vm: &mut Vm, text: Local<k::Str>, errors: Option<Local>) -> Py<Ret> {
    whole_encode(
        vm,
        "unicode_escape_encode",
        text,
        errors,
        escape::encode_unicode_escape,
    )
}
fn raw_unicode_escape_encode(vm: &mut Vm, text: Local<k::Str>, errors: Option<Local>) -> Py<Ret> {
    whole_encode(
        vm,
        "raw_unicode_escape_encode",
        text,
        errors,
        escape::encode_raw_unicode_escape,
    )
}
fn utf_7_decode(vm: &mut Vm, data: Local, errors: Option<Local>, last: Option<bool>) -> Py<Ret> {
    let errors = errors_name(vm, "utf_7_decode", errors)?;
    let bytes = vm.buffer_bytes(data)?;
    let last = last.unwrap_or(false);
    let (text, used) = decode_with(
        vm,
        "utf7",
        bytes,
        0,
        &errors,
        None,
        &mut |_, bytes, at, out| Ok(utf7::decode(bytes, at, last, out)),
    )?;
    decoded(vm, &text, used)
}
fn unicode_escape_decode(
    vm: &mut Vm,
    data: Local,
    errors: Option<Local>,
    last: Option<bool>,
) -> Py<Ret> {
    let errors = errors_name(vm, "unicode_escape_decode", errors)?;
    let bytes = data_bytes(vm, data)?;
    let given = bytes.len();
    let last = last.unwrap_or(true);
    let mut invalid = None;
    let (text, used) = decode_with(
        vm,
        "unicodeescape",
        bytes,
        0,
        &errors,
        None,
        &mut |_, bytes, at, out| {
            Ok(escape::decode_unicode_escape(
                bytes,
                at,
                last,
                out,
                &mut invalid,
            ))
        },
    )?;
    warn_invalid(vm, invalid, "")?;
    decoded(vm, &text, if last { given } else { used })
}
/// The warning about the first escape that is none.
fn warn_invalid(vm: &mut Vm, invalid: Option<InvalidEscape>, prefix: &str) -> Py<()> {
    const WHY: &str = "Such sequences will not work in the future. ";
    match invalid {
        None => Ok(()),
        Some(InvalidEscape::Unknown { byte, .. }) => deprecated(
            vm,
            &format!(
                "{prefix}\"\\{}\" is an invalid escape sequence. {WHY}",
                char::from(byte)
            ),
        ),
        Some(InvalidEscape::Octal { value, .. }) => deprecated(
            vm,
            &format!("{prefix}\"\\{value:o}\" is an invalid octal escape sequence. {WHY}"),
        ),
    }
}
fn raw_unicode_escape_decode(
    vm: &mut Vm,
    data: Local,
    errors: Option<Local>,
    last: Option<bool>,
) -> Py<Ret> {
    let errors = errors_name(vm, "raw_unicode_escape_decode", errors)?;
    let bytes = data_bytes(vm, data)?;
    let last = last.unwrap_or(true);
    let (text, used) = decode_with(
        vm,
        "rawunicodeescape",
        bytes,
        0,
        &errors,
        None,
        &mut |_, bytes, at, out| Ok(escape::decode_raw_unicode_escape(bytes, at, last, out)),
    )?;
    decoded(vm, &text, used)
}
fn escape_encode(vm: &mut Vm, data: Local<k::Bytes>, errors: Option<Local>) -> Py<Ret> {
    errors_name(vm, "escape_encode", errors)?;
    let bytes = data.get(vm).bytes(vm);
    // The inside of a literal in single quotes; the text's own choice of quotes must not matter.
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\'' => out.extend_from_slice(b"\\'"),
            b'"' => out.push(b'"'),
            _ => {
                let shown = repr::repr_bytes(&[*byte]);
                out.extend_from_slice(shown.get(2..shown.len() - 1).unwrap_or(&[]));
            }
        }
    }
    encoded(vm, &out, bytes.len())
}
fn escape_decode(vm: &mut Vm, data: Local, errors: Option<Local>) -> Py<Ret> {
    let errors = errors_name(vm, "escape_decode", errors)?;
    let bytes = data_bytes(vm, data)?;
    let (mut out, mut at) = (Vec::new(), 0);
    let mut invalid = None;
    // Each bad `\x` is dealt with by the handler, then decoding goes on behind it.
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        match escape::decode_bytes_escape(rest, &mut invalid) {
            Ok(part) => {
                warn_invalid(vm, invalid, "b")?;
                out.extend_from_slice(&part);
                return encoded(vm, &out, bytes.len());
            }
            Err(None) => return Err(vm.value_error("Trailing \\ in string")),
            Err(Some(bad)) => {
                if let Ok(part) =
                    escape::decode_bytes_escape(rest.get(..bad).unwrap_or(&[]), &mut None)
                {
                    out.extend_from_slice(&part);
                }
                match errors.as_str() {
                    "strict" => {
                        return Err(
                            vm.value_error(format!("invalid \\x escape at position {}", at + bad))
                        );
                    }
                    "replace" => out.push(b'?'),
                    "ignore" => {}
                    _ => {
                        return Err(vm.value_error(format!(
                            "decoding error; unknown error handling code: {errors}"
                        )));
                    }
                }
                let digit = rest.get(bad + 2).is_some_and(u8::is_ascii_hexdigit) as usize;
                at += bad + 2 + digit;
            }
        }
    }
}
fn readbuffer_encode(vm: &mut Vm, data: Local, errors: Option<Local>) -> Py<Ret> {
    errors_name(vm, "readbuffer_encode", errors)?;
    let bytes = data_bytes(vm, data)?;
    encoded(vm, &bytes, bytes.len())
}

// ---- charmap

const UNDEFINED: &str = "character maps to <undefined>";

/// A dict from characters to bytes, of a decoding table.
fn charmap_build(vm: &mut Vm, map: Local<k::Str>) -> Py<Local> {
    let table: Vec<u32> = map.get(vm).chars(vm).take(256).collect();
    let dict = vm.local(vm.new_dict().value());
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    for (byte, cp) in table
        .into_iter()
        .enumerate()
        .filter(|(_, cp)| *cp != 0xFFFE)
    {
        key.set(vm, Value::int32(cp as i32));
        value.set(vm, Value::int32(byte as i32));
        vm.set_item(dict, key, value)?;
    }
    Ok(dict)
}
/// What a mapping says about a number, in `value`: false if nothing.
fn look_up(vm: &mut Vm, mapping: Local, number: u32, value: Local) -> Py<bool> {
    value.set(vm, Value::int32(number as i32));
    let found = vm.get_item(mapping, value);
    match vm.caught(found, &LOOKUP_ERROR)? {
        Some(ret) => {
            ret.put(vm, value);
            Ok(!value.value(vm).is_none())
        }
        None => Ok(false),
    }
}
fn charmap_decode(
    vm: &mut Vm,
    data: Local,
    errors: Option<Local>,
    mapping: Option<Local>,
) -> Py<Ret> {
    let errors = errors_name(vm, "charmap_decode", errors)?;
    let bytes = vm.buffer_bytes(data)?;
    let Some(mapping) = mapping.filter(|m| !m.value(vm).is_none()) else {
        let (text, used) = Native::Latin1.decode(vm, bytes, &errors, true)?;
        return decoded(vm, &text, used);
    };
    if let Some(table) = mapping
        .value(vm)
        .as_str(vm)
        .map(|s| codecs::table_of(s.bytes(vm)))
    {
        let (text, used) = decode_with(
            vm,
            "charmap",
            bytes,
            0,
            &errors,
            None,
            &mut |_, bytes, at, out| {
                Ok(mesapy_text::codec::charmap::decode(bytes, at, &table, out))
            },
        )?;
        return decoded(vm, &text, used);
    }
    let value = vm.local(Value::NONE);
    // What the mapping says about a byte is asked once.
    let mut known: HashMap<u8, Option<Vec<u8>>> = HashMap::new();
    let (text, used) = decode_with(
        vm,
        "charmap",
        bytes,
        0,
        &errors,
        None,
        &mut |vm, bytes, start, out| {
            for (at, byte) in bytes.iter().enumerate().skip(start) {
                if !known.contains_key(byte) {
                    let found = vm.scope(|vm| mapped_text(vm, mapping, *byte, value))?;
                    known.insert(*byte, found);
                }
                match known.get(byte).cloned().flatten() {
                    Some(text) => out.extend_from_slice(&text),
                    None => {
                        return Ok(Err(DecodeError {
                            start: at,
                            end: at + 1,
                            reason: UNDEFINED,
                        }));
                    }
                }
            }
            Ok(Ok(bytes.len()))
        },
    )?;
    decoded(vm, &text, used)
}
fn mapped_text(vm: &mut Vm, mapping: Local, byte: u8, value: Local) -> Py<Option<Vec<u8>>> {
    if !look_up(vm, mapping, byte as u32, value)? {
        return Ok(None);
    }
    let found = value.value(vm);
    if let Some(text) = found.as_str(vm) {
        return Ok(Some(text.bytes(vm).to_vec()).filter(|t| *t != wtf8::from_code_point(0xFFFE)));
    }
    if !vm.is_int(found) {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    }
    match vm
        .int_value(found)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= wtf8::CODE_POINT_MAX)
    {
        Some(0xFFFE) => Ok(None),
        Some(cp) => Ok(Some(wtf8::from_code_point(cp))),
        None => Err(vm.type_error("character mapping must be in range(0x110000)")),
    }
}
fn charmap_encode(
    vm: &mut Vm,
    text: Local<k::Str>,
    errors: Option<Local>,
    mapping: Option<Local>,
) -> Py<Ret> {
    let errors = errors_name(vm, "charmap_encode", errors)?;
    let chars = text.get(vm).char_len(vm);
    let Some(mapping) = mapping.filter(|m| !m.value(vm).is_none()) else {
        let bytes = Native::Latin1.encode(vm, text, &errors)?;
        return encoded(vm, &bytes, chars);
    };
    let value = vm.local(Value::NONE);
    let mut known: HashMap<u32, Option<Vec<u8>>> = HashMap::new();
    let bytes = encode_with(
        vm,
        "charmap",
        text,
        Vec::new(),
        &errors,
        None,
        &mut |vm, text, start, out| {
            let mut at = start;
            let mut bad = None;
            while let Some((cp, width)) = wtf8::decode_at(text, at) {
                if let std::collections::hash_map::Entry::Vacant(e) = known.entry(cp) {
                    let found = vm.scope(|vm| mapped_bytes(vm, mapping, cp, value))?;
                    e.insert(found);
                }
                match (known.get(&cp).cloned().flatten(), bad) {
                    (Some(bytes), None) => out.extend_from_slice(&bytes),
                    (Some(_), Some(from)) => {
                        return Ok(Err(EncodeError {
                            start: from,
                            end: at,
                            reason: UNDEFINED,
                        }));
                    }
                    (None, _) => bad = bad.or(Some(at)),
                }
                at += width;
            }
            Ok(bad.map_or(Ok(()), |from| {
                Err(EncodeError {
                    start: from,
                    end: text.len(),
                    reason: UNDEFINED,
                })
            }))
        },
    )?;
    encoded(vm, &bytes, chars)
}
fn mapped_bytes(vm: &mut Vm, mapping: Local, cp: u32, value: Local) -> Py<Option<Vec<u8>>> {
    if !look_up(vm, mapping, cp, value)? {
        return Ok(None);
    }
    let found = value.value(vm);
    if let Some(bytes) = found.as_bytes(vm) {
        return Ok(Some(bytes.bytes(vm).to_vec()));
    }
    if !vm.is_int(found) {
        return Err(vm.type_error(format!(
            "character mapping must return integer, bytes or None, not {}",
            vm.type_name_for_error(found)
        )));
    }
    match vm.int_value(found).and_then(|n| u8::try_from(n).ok()) {
        Some(byte) => Ok(Some(vec![byte])),
        None => Err(vm.type_error("character mapping must be in range(256)")),
    }
}

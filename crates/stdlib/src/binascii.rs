//! `binascii`: conversions between binary data and ASCII: base64, uuencode, hex, quoted-printable, CRCs.
//!
//! CPython: Modules/binascii.c.

use mesapy_text::repr;
use mesapy_vm::layout::exception;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions::{EXCEPTION, VALUE_ERROR};
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Raised, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: FUNCTIONS,
    types: &[&ERROR, &INCOMPLETE],
    init: None,
};
static ERROR: TypeDef = TypeDef {
    name: "binascii.Error",
    base: Some(&VALUE_ERROR),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::DICT)
        .with(TypeFlags::WEAKREF),
    ..TypeDef::EMPTY
};
static INCOMPLETE: TypeDef = TypeDef {
    name: "binascii.Incomplete",
    base: Some(&EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::DICT)
        .with(TypeFlags::WEAKREF),
    ..TypeDef::EMPTY
};

static FUNCTIONS: &[Method] = methods! {
    "a2b_base64(data, /, *, strict_mode=False)" => static calls a2b_base64(data, strict), "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not in the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==).";
    "a2b_hex(hexstr, /)" => static calls a2b_hex(text), "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).\nThis function is also available as \"unhexlify()\".";
    "a2b_qp(data, header=False)" => static calls a2b_qp(data, header), "Decode a string of qp-encoded data.";
    "a2b_uu(data, /)" => static calls a2b_uu(data), "Decode a line of uuencoded data.";
    "b2a_base64(data, /, *, newline=True)" => static calls b2a_base64(data, newline), "Base64-code line of data.";
    "b2a_hex(data, sep=<unrepresentable>, bytes_per_sep=1)" => static calls b2a_hex(data, sep, group), "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"hexlify()\".";
    "b2a_qp(data, quotetabs=False, istext=True, header=False)" => static calls b2a_qp(data, quotetabs, istext, header), "Encode a string using quoted-printable encoding.\n\nOn encoding, when istext is set, newlines are not encoded, and white\nspace at end of lines is.  When istext is not set, \\r and \\n (CR/LF)\nare both encoded.  When quotetabs is set, space and tabs are encoded.";
    "b2a_uu(data, /, *, backtick=False)" => static calls b2a_uu(data, backtick), "Uuencode line of data.";
    "crc32(data, crc=0, /)" => static calls crc32(data, crc), "Compute CRC-32 incrementally.";
    "crc_hqx(data, crc, /)" => static calls crc_hqx(data, crc), "Compute CRC-CCITT incrementally.";
    "hexlify(data, sep=<unrepresentable>, bytes_per_sep=1)" => static calls b2a_hex(data, sep, group), "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"b2a_hex()\".";
    "unhexlify(hexstr, /)" => static calls a2b_hex(text), "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).";
};

fn error(vm: &Vm, text: impl AsRef<str>) -> Raised {
    vm.raise_text(&ERROR, text.as_ref())
}
/// Data to decode: bytes-like, or an ASCII str.
fn ascii_data(vm: &mut Vm, data: Local) -> Py<Vec<u8>> {
    if let Some(text) = data.value(vm).as_str(vm) {
        if !text.is_ascii(vm) {
            return Err(vm.value_error("string argument should contain only ASCII characters"));
        }
        return Ok(text.bytes(vm).to_vec());
    }
    if !vm.has_buffer(data.value(vm)) {
        return Err(vm.type_error(format!(
            "argument should be bytes, buffer or ASCII string, not '{}'",
            vm.type_name_for_error(data.value(vm))
        )));
    }
    crate::support::contiguous_bytes(vm, data)
}

// ---- base64

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
/// What a base64 text holds, or why it is wrong.
fn decode_base64(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    if strict && data.first() == Some(&b'=') {
        return Err("Leading padding not allowed".to_owned());
    }
    let mut out = Vec::with_capacity(data.len() / 4 * 3);
    let (mut quad, mut left, mut pads) = (0u8, 0u8, 0u32);
    for &byte in data {
        let complete = quad >= 2 && u32::from(quad) + pads >= 4;
        if byte == b'=' {
            if strict && (quad == 0 || complete) {
                return Err("Excess padding not allowed".to_owned());
            }
            pads += 1;
            continue;
        }
        let Some(value) = sextet(byte) else {
            if strict {
                return Err("Only base64 data is allowed".to_owned());
            }
            continue;
        };
        if strict && pads > 0 {
            let text = if complete {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            };
            return Err(text.to_owned());
        }
        pads = 0;
        match quad {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 0x0F;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 0x03;
            }
            _ => out.push(left << 6 | value),
        }
        quad = (quad + 1) % 4;
    }
    match quad {
        0 => Ok(out),
        2 | 3 if u32::from(quad) + pads >= 4 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ => Err("Incorrect padding".to_owned()),
    }
}
fn a2b_base64(vm: &mut Vm, data: Local, strict: Option<bool>) -> Py<Ret> {
    let data = ascii_data(vm, data)?;
    match decode_base64(&data, strict.unwrap_or(false)) {
        Ok(bytes) => vm.ret_bytes(&bytes),
        Err(text) => Err(error(vm, text)),
    }
}
fn b2a_base64(vm: &mut Vm, data: Local, newline: Option<bool>) -> Py<Ret> {
    let data = crate::support::contiguous_bytes(vm, data)?;
    let mut out = Vec::with_capacity(data.len() / 3 * 4 + 5);
    for chunk in data.chunks(3) {
        let (a, b, c) = (
            chunk[0],
            chunk.get(1).copied().unwrap_or(0),
            chunk.get(2).copied().unwrap_or(0),
        );
        let six = [
            a >> 2,
            (a & 3) << 4 | b >> 4,
            (b & 15) << 2 | c >> 6,
            c & 63,
        ];
        for (i, value) in six.iter().enumerate() {
            out.push(if i <= chunk.len() {
                BASE64[*value as usize]
            } else {
                b'='
            });
        }
    }
    if newline.unwrap_or(true) {
        out.push(b'\n');
    }
    vm.ret_bytes(&out)
}

// ---- hex

fn a2b_hex(vm: &mut Vm, text: Local) -> Py<Ret> {
    let digits = ascii_data(vm, text)?;
    if digits.len() % 2 != 0 {
        return Err(error(vm, "Odd-length string"));
    }
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect();
    match bytes {
        Some(bytes) => vm.ret_bytes(&bytes),
        None => Err(error(vm, "Non-hexadecimal digit found")),
    }
}
fn b2a_hex(vm: &mut Vm, data: Local, sep: Option<Local>, group: Option<i64>) -> Py<Ret> {
    let bytes = crate::support::contiguous_bytes(vm, data)?;
    let Some(sep) = sep else {
        return vm.ret_bytes(&repr::hex(&bytes, None, 0));
    };
    let text = mesapy_vm::objects::buffer::hex_with_separator(vm, &bytes, sep, group)?;
    vm.ret_bytes(&text)
}

// ---- uuencode

fn a2b_uu(vm: &mut Vm, data: Local) -> Py<Ret> {
    let data = ascii_data(vm, data)?;
    let Some((first, rest)) = data.split_first() else {
        return Err(error(vm, "Missing length byte"));
    };
    let wanted = (first.wrapping_sub(b' ') & 0o77) as usize;
    let mut out = Vec::with_capacity(wanted);
    let (mut bits, mut left) = (0u32, 0u32);
    let mut at = 0;
    while out.len() < wanted {
        // Missing characters at the end of a line count as spaces.
        let byte = rest.get(at).copied().unwrap_or(0);
        let value = if matches!(byte, b'\n' | b'\r') || at >= rest.len() {
            0
        } else if !(b' '..=b' ' + 64).contains(&byte) {
            return Err(error(vm, "Illegal char"));
        } else {
            byte.wrapping_sub(b' ') as u32 & 0o77
        };
        at += 1;
        left = (left << 6 | value) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((left >> bits) as u8);
            left &= (1 << bits) - 1;
        }
    }
    let garbage = rest
        .get(at..)
        .unwrap_or(&[])
        .iter()
        .any(|b| !matches!(b, b' ' | b'`' | b'\n' | b'\r'));
    if garbage {
        return Err(error(vm, "Trailing garbage"));
    }
    vm.ret_bytes(&out)
}
fn b2a_uu(vm: &mut Vm, data: Local, backtick: Option<bool>) -> Py<Ret> {
    let data = crate::support::contiguous_bytes(vm, data)?;
    if data.len() > 45 {
        return Err(error(vm, "At most 45 bytes at once"));
    }
    let backtick = backtick.unwrap_or(false);
    let shown = |value: u8| {
        if backtick && value == 0 {
            b'`'
        } else {
            b' ' + value
        }
    };
    let mut out = vec![shown(data.len() as u8)];
    for chunk in data.chunks(3) {
        let (a, b, c) = (
            chunk[0],
            chunk.get(1).copied().unwrap_or(0),
            chunk.get(2).copied().unwrap_or(0),
        );
        out.extend(
            [
                a >> 2,
                (a & 3) << 4 | b >> 4,
                (b & 15) << 2 | c >> 6,
                c & 63,
            ]
            .map(shown),
        );
    }
    out.push(b'\n');
    vm.ret_bytes(&out)
}

// ---- quoted-printable

fn a2b_qp(vm: &mut Vm, data: Local, header: Option<bool>) -> Py<Ret> {
    let data = ascii_data(vm, data)?;
    let header = header.unwrap_or(false);
    let digit = |b: Option<&u8>| b.and_then(|b| (*b as char).to_digit(16)).map(|d| d as u8);
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while let Some(&byte) = data.get(at) {
        at += 1;
        match byte {
            b'=' => match data.get(at) {
                None => break,
                // A soft line break: everything up to the end of the line goes.
                Some(b'\n' | b'\r') => {
                    while data.get(at).is_some_and(|b| *b != b'\n') {
                        at += 1;
                    }
                    at += 1;
                }
                // Broken encoders write a bare `=` as `==`.
                Some(b'=') => {
                    out.push(b'=');
                    at += 1;
                }
                Some(_) => match (digit(data.get(at)), digit(data.get(at + 1))) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        at += 2;
                    }
                    _ => out.push(b'='),
                },
            },
            b'_' if header => out.push(b' '),
            _ => out.push(byte),
        }
    }
    vm.ret_bytes(&out)
}
/// Characters of a line at most, with the `=` of a soft break.
const QP_LINE_MAX: usize = 76;
fn b2a_qp(
    vm: &mut Vm,
    data: Local,
    quotetabs: Option<bool>,
    istext: Option<bool>,
    header: Option<bool>,
) -> Py<Ret> {
    let data = crate::support::contiguous_bytes(vm, data)?;
    let (quotetabs, istext, header) = (
        quotetabs.unwrap_or(false),
        istext.unwrap_or(true),
        header.unwrap_or(false),
    );
    // Line ends are written as the first one is.
    let crlf = data
        .iter()
        .position(|b| *b == b'\n')
        .is_some_and(|at| at > 0 && data[at - 1] == b'\r');
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut line = 0;
    let mut at = 0;
    let hex = |out: &mut Vec<u8>, byte: u8| out.extend(format!("={byte:02X}").into_bytes());
    while let Some(&byte) = data.get(at) {
        let next = data.get(at + 1).copied();
        let quoted = byte > 126
            || byte == b'='
            || header && byte == b'_'
            || byte == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0))
            || !istext && matches!(byte, b'\r' | b'\n')
            || matches!(byte, b'\t' | b' ') && next.is_none()
            || byte < 33 && !matches!(byte, b'\r' | b'\n' | b'\t' | b' ')
            || byte < 33
                && !matches!(byte, b'\r' | b'\n')
                && (quotetabs || !quotetabs && !matches!(byte, b'\t' | b' '));
        if quoted {
            if line + 3 >= QP_LINE_MAX {
                out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
                line = 0;
            }
            hex(&mut out, byte);
            at += 1;
            line += 3;
            continue;
        }
        if istext && (byte == b'\n' || byte == b'\r' && next == Some(b'\n')) {
            // White space at the end of a line is encoded.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                hex(&mut out, last);
            }
            out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            at += if byte == b'\r' { 2 } else { 1 };
            line = 0;
            continue;
        }
        if next.is_some_and(|n| n != b'\n') && line + 1 >= QP_LINE_MAX {
            out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
            line = 0;
        }
        line += 1;
        out.push(if header && byte == b' ' { b'_' } else { byte });
        at += 1;
    }
    vm.ret_bytes(&out)
}

// ---- checksums

static CRC32: [u32; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut c, mut bit) = (n as u32, 0);
        while bit < 8 {
            c = if c & 1 != 0 {
                c >> 1 ^ 0xEDB8_8320
            } else {
                c >> 1
            };
            bit += 1;
        }
        table[n] = c;
        n += 1;
    }
    table
};
/// The low bits of an int of any size.
fn low_bits(vm: &mut Vm, n: Option<Local>) -> Py<u32> {
    let Some(n) = n else { return Ok(0) };
    let value = vm.index_value(n)?.keep(vm);
    if let Some(n) = vm.int_value(value.value(vm)) {
        return Ok(n as u32);
    }
    let Some(big) = value.value(vm).as_bigint(vm) else {
        return Ok(0);
    };
    let low = big.limbs(vm).first().copied().unwrap_or(0) as u32;
    Ok(if big.is_negative(vm) {
        low.wrapping_neg()
    } else {
        low
    })
}
fn crc32(vm: &mut Vm, data: Local, crc: Option<Local>) -> Py<i64> {
    let data = crate::support::contiguous_bytes(vm, data)?;
    let start = !low_bits(vm, crc)?;
    Ok(!data
        .iter()
        .fold(start, |c, b| CRC32[(c as u8 ^ b) as usize] ^ c >> 8) as i64)
}
fn crc_hqx(vm: &mut Vm, data: Local, crc: Local) -> Py<i64> {
    let data = crate::support::contiguous_bytes(vm, data)?;
    let start = low_bits(vm, Some(crc))? as u16;
    Ok(data.iter().fold(start, |mut c, b| {
        c ^= (*b as u16) << 8;
        for _ in 0..8 {
            c = if c & 0x8000 != 0 {
                c << 1 ^ 0x1021
            } else {
                c << 1
            };
        }
        c
    }) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_cpython_reads_it() {
        let cases: &[(&str, bool, Result<&[u8], &str>)] = &[
            ("abc", false, Err("Incorrect padding")),
            ("ab=c=", false, Ok(b"i\xb7")),
            ("YWJj=YQ==", false, Ok(b"abca")),
            ("=", false, Ok(b"")),
            ("YQ==", true, Ok(b"a")),
            ("=YQ==", true, Err("Leading padding not allowed")),
            ("YQ==a", true, Err("Excess data after padding")),
            ("YQ==\n", true, Err("Only base64 data is allowed")),
            ("YQ=a=", true, Err("Discontinuous padding not allowed")),
            ("YWI=c", true, Err("Excess data after padding")),
            ("YWJj==", true, Err("Excess padding not allowed")),
            ("YQ===", true, Err("Excess padding not allowed")),
            ("YQ=", true, Err("Incorrect padding")),
        ];
        for (text, strict, expected) in cases {
            let found = decode_base64(text.as_bytes(), *strict);
            assert_eq!(
                found.as_deref().map_err(|e| e.as_str()),
                *expected,
                "{text}"
            );
        }
    }
}

//! `unicode_escape`, `raw_unicode_escape` and the escapes of bytes literals: the escapes of Python's own literals.

use super::DecodeError;
use crate::{repr, unicode, wtf8};

/// The first escape of a decoding that isn't one, which Python warns about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidEscape {
    /// The byte behind the backslash at this position is none of those that follow one.
    Unknown { at: usize, byte: u8 },
    /// An octal escape at this position past `\377`.
    Octal { at: usize, value: u32 },
}

/// Reads up to `count` hexadecimal digits from `at`: the value if all are there, else how many are.
fn hex(bytes: &[u8], at: usize, count: usize) -> Result<u32, usize> {
    let mut value = 0u32;
    for i in 0..count {
        match bytes.get(at + i).and_then(|&b| (b as char).to_digit(16)) {
            Some(digit) => value = value << 4 | digit,
            None => return Err(i),
        }
    }
    Ok(value)
}

/// The value of an escape of one letter.
fn simple(byte: u8) -> Option<u8> {
    Some(match byte {
        b'\\' | b'\'' | b'"' => byte,
        b'a' => 7,
        b'b' => 8,
        b't' => 9,
        b'n' => 10,
        b'v' => 11,
        b'f' => 12,
        b'r' => 13,
        _ => return None,
    })
}

/// Octal digits from `at`, three at most: the value, and how many there are.
fn octal(bytes: &[u8], at: usize) -> (u32, usize) {
    let digits = bytes[at.min(bytes.len())..]
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'0'..=b'7'));
    digits.fold((0, 0), |(value, len), b| {
        (value << 3 | (b - b'0') as u32, len + 1)
    })
}

/// `unicode_escape`: bytes past ASCII are Latin-1.
pub fn decode_unicode_escape(
    bytes: &[u8],
    start: usize,
    is_final: bool,
    out: &mut Vec<u8>,
    invalid: &mut Option<InvalidEscape>,
) -> Result<usize, DecodeError> {
    let mut at = start;
    while at < bytes.len() {
        let plain = memchr::memchr(b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        super::single::decode_latin1(&bytes[at..at + plain], out);
        at += plain;
        if at >= bytes.len() {
            break;
        }
        let begin = at;
        let fail = |end: usize, reason: &'static str| {
            Err(DecodeError {
                start: begin,
                end,
                reason,
            })
        };
        let Some(&byte) = bytes.get(at + 1) else {
            return if is_final {
                fail(at + 1, "\\ at end of string")
            } else {
                Ok(begin)
            };
        };
        at += 2;
        let (count, reason) = match byte {
            b'\n' => continue,
            b'0'..=b'7' => {
                let (value, len) = octal(bytes, begin + 1);
                if value > 0o377 && invalid.is_none() {
                    *invalid = Some(InvalidEscape::Octal { at: begin, value });
                }
                wtf8::push(out, value);
                at = begin + 1 + len;
                continue;
            }
            b'x' => (2, "truncated \\xXX escape"),
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            b'N' => match named(bytes, at) {
                Named::Character(cp, end) => {
                    wtf8::push(out, cp);
                    at = end;
                    continue;
                }
                Named::Incomplete if !is_final => return Ok(begin),
                Named::Incomplete => return fail(bytes.len(), "malformed \\N character escape"),
                Named::Malformed(end) => return fail(end, "malformed \\N character escape"),
                Named::Unknown(end) => return fail(end, "unknown Unicode character name"),
            },
            _ => {
                match simple(byte) {
                    Some(value) => out.push(value),
                    None => {
                        if invalid.is_none() {
                            *invalid = Some(InvalidEscape::Unknown { at: begin, byte });
                        }
                        out.push(b'\\');
                        // The byte itself is read as text again.
                        at = begin + 1;
                        super::single::decode_latin1(&bytes[at..at + 1], out);
                        at += 1;
                    }
                }
                continue;
            }
        };
        match hex(bytes, at, count) {
            Ok(cp) if cp <= wtf8::CODE_POINT_MAX => wtf8::push(out, cp),
            Ok(_) => return fail(at + count, "illegal Unicode character"),
            Err(found) if !is_final && at + found == bytes.len() => return Ok(begin),
            Err(found) => return fail(at + found, reason),
        }
        at += count;
    }
    Ok(at)
}

enum Named {
    Character(u32, usize),
    Unknown(usize),
    Malformed(usize),
    Incomplete,
}

/// What stands behind `\N`.
fn named(bytes: &[u8], at: usize) -> Named {
    match bytes.get(at) {
        None => return Named::Incomplete,
        Some(b'{') => {}
        Some(_) => return Named::Malformed(at),
    }
    let Some(len) = memchr::memchr(b'}', &bytes[at + 1..]) else {
        return Named::Incomplete;
    };
    if len == 0 {
        return Named::Malformed(at + 1);
    }
    let end = at + 1 + len;
    match unicode::names::lookup_code_point(&bytes[at + 1..end]) {
        Some(cp) => Named::Character(cp, end + 1),
        None => Named::Unknown(end + 1),
    }
}

/// `raw_unicode_escape`: only `\u` and `\U` behind an odd number of backslashes are escapes.
pub fn decode_raw_unicode_escape(
    bytes: &[u8],
    start: usize,
    is_final: bool,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let mut at = start;
    while at < bytes.len() {
        let plain = memchr::memchr(b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        super::single::decode_latin1(&bytes[at..at + plain], out);
        at += plain;
        if at >= bytes.len() {
            break;
        }
        let (count, reason) = match bytes.get(at + 1) {
            None if !is_final => return Ok(at),
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            _ => {
                // This backslash and what follows, perhaps a second one, are plain.
                let end = (at + 2).min(bytes.len());
                super::single::decode_latin1(&bytes[at..end], out);
                at = end;
                continue;
            }
        };
        match hex(bytes, at + 2, count) {
            Ok(cp) if cp <= wtf8::CODE_POINT_MAX => wtf8::push(out, cp),
            Ok(_) => {
                return Err(DecodeError {
                    start: at,
                    end: at + 2 + count,
                    reason: "\\Uxxxxxxxx out of range",
                });
            }
            Err(found) if !is_final && at + 2 + found == bytes.len() => return Ok(at),
            Err(found) => {
                return Err(DecodeError {
                    start: at,
                    end: at + 2 + found,
                    reason,
                });
            }
        }
        at += 2 + count;
    }
    Ok(at)
}

/// Encodes all of a string; never fails.
pub fn encode_unicode_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for cp in wtf8::code_points(text) {
        match cp {
            0x5C => out.extend_from_slice(b"\\\\"),
            0x0A => out.extend_from_slice(b"\\n"),
            0x0D => out.extend_from_slice(b"\\r"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x20..=0x7E => out.push(cp as u8),
            _ => repr::push_escape(&mut out, cp),
        }
    }
    out
}

/// Encodes all of a string; never fails.
pub fn encode_raw_unicode_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for cp in wtf8::code_points(text) {
        match cp {
            0..=0xFF => out.push(cp as u8),
            _ => repr::push_escape(&mut out, cp),
        }
    }
    out
}

/// `codecs.escape_decode`, the escapes of bytes literals. The error is the position of a bad `\x` (the text is
/// "invalid \x escape at position %d") or `None` for a backslash at the end ("Trailing \ in string").
pub fn decode_bytes_escape(
    bytes: &[u8],
    invalid: &mut Option<InvalidEscape>,
) -> Result<Vec<u8>, Option<usize>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let plain = memchr::memchr(b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        out.extend_from_slice(&bytes[at..at + plain]);
        at += plain;
        if at >= bytes.len() {
            break;
        }
        let begin = at;
        let byte = *bytes.get(at + 1).ok_or(None)?;
        at += 2;
        match byte {
            b'\n' => {}
            b'0'..=b'7' => {
                let (value, len) = octal(bytes, begin + 1);
                if value > 0o377 && invalid.is_none() {
                    *invalid = Some(InvalidEscape::Octal { at: begin, value });
                }
                out.push(value as u8);
                at = begin + 1 + len;
            }
            b'x' => {
                out.push(hex(bytes, at, 2).map_err(|_| Some(begin))? as u8);
                at += 2;
            }
            _ => match simple(byte) {
                Some(value) => out.push(value),
                None => {
                    if invalid.is_none() {
                        *invalid = Some(InvalidEscape::Unknown { at: begin, byte });
                    }
                    out.extend_from_slice(&[b'\\', byte]);
                }
            },
        }
    }
    Ok(out)
}

//! `repr` of `str` and `bytes`, and `ascii`.

use crate::{unicode, wtf8};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Single quotes, unless there are such inside and no double ones.
fn quote_for(s: &[u8]) -> u8 {
    if memchr::memchr(b'\'', s).is_some() && memchr::memchr(b'"', s).is_none() {
        b'"'
    } else {
        b'\''
    }
}

fn push_hex(out: &mut Vec<u8>, value: u32, digits: u32) {
    for i in (0..digits).rev() {
        out.push(HEX[(value >> (4 * i) & 15) as usize]);
    }
}

/// Appends `\xhh`, `\uhhhh` or `\Uhhhhhhhh`, the shortest that fits.
pub fn push_escape(out: &mut Vec<u8>, cp: u32) {
    let (kind, digits) = match cp {
        0..=0xFF => (b'x', 2),
        0x100..=0xFFFF => (b'u', 4),
        _ => (b'U', 8),
    };
    out.extend_from_slice(&[b'\\', kind]);
    push_hex(out, cp, digits);
}

/// Appends an ASCII character as it stands inside a literal.
#[inline]
fn push_ascii(out: &mut Vec<u8>, byte: u8, quote: u8) {
    match byte {
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ if byte == quote => out.extend_from_slice(&[b'\\', byte]),
        0x20..=0x7E => out.push(byte),
        _ => push_escape(out, byte as u32),
    }
}

fn repr_text(s: &[u8], keep: impl Fn(u32) -> bool) -> Vec<u8> {
    let quote = quote_for(s);
    let mut out = Vec::with_capacity(s.len() + 2);
    out.push(quote);
    // Stretches that need no escape are copied whole.
    let plain = |b: u8| matches!(b, 0x20..=0x7E) && b != b'\\' && b != quote;
    let mut at = 0;
    while at < s.len() {
        let end = s[at..]
            .iter()
            .position(|&b| !plain(b))
            .map_or(s.len(), |n| at + n);
        out.extend_from_slice(&s[at..end]);
        at = end;
        let Some((cp, width)) = wtf8::decode_at(s, at) else {
            break;
        };
        if cp < 0x80 {
            push_ascii(&mut out, cp as u8, quote);
        } else if keep(cp) {
            out.extend_from_slice(s.get(at..at + width).unwrap_or(&[]));
        } else {
            push_escape(&mut out, cp);
        }
        at += width;
    }
    out.push(quote);
    out
}

/// `repr(str)`.
pub fn repr_str(s: &[u8]) -> Vec<u8> {
    repr_text(s, unicode::is_printable)
}

/// Whether a text stands for itself between single quotes: printable ASCII, no quote, no backslash.
pub fn is_plain(s: &[u8]) -> bool {
    let odd = |c: &u8| !(0x20..0x7f).contains(c) || *c == b'\'' || *c == b'\\';
    // Without a way out within a piece, so that it is done many bytes at a time.
    s.chunks(64)
        .all(|piece| !piece.iter().fold(false, |any, c| any | odd(c)))
}

/// `ascii(str)`.
pub fn ascii_str(s: &[u8]) -> Vec<u8> {
    repr_text(s, |_| false)
}

/// Escapes what isn't ASCII in a finished representation, as `ascii(x)` does with `repr(x)` of any object.
pub fn escape_non_ascii(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for cp in wtf8::code_points(s) {
        if cp < 0x80 {
            out.push(cp as u8);
        } else {
            push_escape(&mut out, cp);
        }
    }
    out
}

/// `repr(bytes)`.
pub fn repr_bytes(b: &[u8]) -> Vec<u8> {
    let quote = quote_for(b);
    let mut out = Vec::with_capacity(b.len() + 3);
    out.extend_from_slice(&[b'b', quote]);
    b.iter().for_each(|&byte| push_ascii(&mut out, byte, quote));
    out.push(quote);
    out
}

/// `repr(bytearray)`, for a class of this name.
pub fn repr_bytearray(class_name: &[u8], b: &[u8]) -> Vec<u8> {
    let mut inner = repr_bytes(b);
    // Unlike bytes, it escapes single quotes between double ones.
    if inner.get(1) == Some(&b'"') && b.contains(&b'\'') {
        let mut escaped = Vec::with_capacity(inner.len() + 1);
        for c in inner {
            if c == b'\'' {
                escaped.push(b'\\');
            }
            escaped.push(c);
        }
        inner = escaped;
    }
    [class_name, b"(", &inner, b")"].concat()
}

/// `bytes.hex()`, with a separator every `group` bytes: counted from the right if positive, from the left if negative.
pub fn hex(b: &[u8], separator: Option<u8>, group: isize) -> Vec<u8> {
    let size = group.unsigned_abs();
    let mut out = Vec::with_capacity(b.len() * 2);
    for (i, &byte) in b.iter().enumerate() {
        if let Some(separator) = separator.filter(|_| size > 0 && i > 0) {
            let position = if group > 0 { b.len() - i } else { i };
            if position % size == 0 {
                out.push(separator);
            }
        }
        push_hex(&mut out, byte as u32, 2);
    }
    out
}

/// `bytes.fromhex`: white space between pairs is skipped. The error is the position of the first character that is
/// neither, or `None` when the number of digits is odd.
pub fn from_hex(s: &[u8]) -> Result<Vec<u8>, Option<usize>> {
    let mut out = Vec::with_capacity(s.len() / 2);
    let mut at = 0;
    let digit = |at: usize| {
        s.get(at)
            .and_then(|&b| (b as char).to_digit(16))
            .map(|d| d as u8)
    };
    while at < s.len() {
        if crate::case::is_ascii_space(s[at]) {
            at += 1;
            continue;
        }
        let Some(high) = digit(at) else {
            return Err(Some(at));
        };
        match digit(at + 1) {
            Some(low) => out.push(high << 4 | low),
            None if at + 1 >= s.len() => return Err(None),
            None => return Err(Some(at + 1)),
        }
        at += 2;
    }
    Ok(out)
}

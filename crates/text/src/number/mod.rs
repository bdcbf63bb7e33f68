//! Numbers: parsing, printing, rounding, and integers of any size.

pub mod bigint;
pub mod complex;
pub mod decimal;
pub mod float;
pub mod float_hex;
pub mod int;

use crate::{unicode, wtf8};
use std::borrow::Cow;

/// A number's text in ASCII: Unicode digits and spaces replaced by those of ASCII, anything else beyond ASCII by `?`,
/// which no number contains. CPython: `_PyUnicode_TransformDecimalAndSpaceToASCII`.
pub fn to_ascii_number(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let map = |cp: u32| match cp {
        0..=0x7F => cp as u8,
        _ if unicode::is_space(cp) => b' ',
        _ => unicode::decimal(cp).map_or(b'?', |d| b'0' + d),
    };
    Cow::Owned(wtf8::code_points(text).map(map).collect())
}

/// Strips the white space that C's `isspace` knows.
pub(crate) fn strip(mut s: &[u8]) -> &[u8] {
    while let [b' ' | 9..=13, rest @ ..] = s {
        s = rest;
    }
    while let [rest @ .., b' ' | 9..=13] = s {
        s = rest;
    }
    s
}

/// Removes underscores, each of which must stand between two digits; `None` if one doesn't.
pub(crate) fn without_underscores(s: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr(b'_', s).is_none() {
        return Some(Cow::Borrowed(s));
    }
    let digit = |at: Option<usize>| at.and_then(|i| s.get(i)).is_some_and(u8::is_ascii_digit);
    let mut out = Vec::with_capacity(s.len());
    for (i, &byte) in s.iter().enumerate() {
        if byte != b'_' {
            out.push(byte);
        } else if !digit(i.checked_sub(1)) || !digit(Some(i + 1)) {
            return None;
        }
    }
    Some(Cow::Owned(out))
}

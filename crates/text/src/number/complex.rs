//! `complex('…')` and `repr(complex)`.

use super::float::{FloatFlags, format_double, parse_prefix};
use super::{strip, to_ascii_number, without_underscores};
use crate::TextError;

/// `complex(text)`. `shown` is the `repr` of the argument, needed for the text of one error.
pub fn parse_complex(
    text: &[u8],
    shown: impl FnOnce() -> Vec<u8>,
) -> Result<(f64, f64), TextError> {
    let ascii = to_ascii_number(text);
    let Some(text) = without_underscores(strip(&ascii)) else {
        let mut message = b"could not convert string to complex: ".to_vec();
        message.extend_from_slice(&shown());
        return Err(TextError::value(message));
    };
    parse(strip(&text)).ok_or_else(|| TextError::value("complex() arg is a malformed string"))
}

fn parse(mut s: &[u8]) -> Option<(f64, f64)> {
    if let [b'(', inner @ .., b')'] = s {
        s = strip(inner);
    }
    let is_j = |b: Option<&u8>| matches!(b, Some(b'j' | b'J'));
    // The forms: real, imaginary j, real±imaginary j; the number before j may be missing.
    let unit = |s: &[u8]| match s {
        [b'+', b'j' | b'J'] | [b'j' | b'J'] => Some(1.0),
        [b'-', b'j' | b'J'] => Some(-1.0),
        _ => None,
    };
    if let Some(imaginary) = unit(s) {
        return Some((0.0, imaginary));
    }
    let (first, used) = parse_prefix(s)?;
    let rest = &s[used..];
    if rest.is_empty() {
        return Some((first, 0.0));
    }
    if is_j(rest.first()) {
        return (rest.len() == 1).then_some((0.0, first));
    }
    if !matches!(rest[0], b'+' | b'-') {
        return None;
    }
    if let Some(imaginary) = unit(rest) {
        return Some((first, imaginary));
    }
    let (second, used) = parse_prefix(rest)?;
    (is_j(rest.get(used)) && used + 1 == rest.len()).then_some((first, second))
}

/// `repr(complex)`.
pub fn repr(real: f64, imaginary: f64) -> String {
    let plain = FloatFlags::default();
    if real == 0.0 && real.is_sign_positive() {
        return format_double(imaginary, b'r', 0, plain) + "j";
    }
    let re = format_double(real, b'r', 0, plain);
    let im = format_double(
        imaginary,
        b'r',
        0,
        FloatFlags {
            plus: true,
            ..plain
        },
    );
    format!("({re}{im}j)")
}

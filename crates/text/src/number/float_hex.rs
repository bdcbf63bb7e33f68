//! `float.hex` and `float.fromhex`.

use super::bigint::{decompose, scale_to_f64};
use super::strip;
use crate::TextError;

/// `float.hex()`.
pub fn to_hex(value: f64) -> String {
    if !value.is_finite() {
        return super::float::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (mantissa, exponent) = decompose(value);
    let (whole, fraction) = (mantissa >> 52, mantissa & ((1 << 52) - 1));
    format!("{sign}0x{whole}.{fraction:013x}p{:+}", exponent + 52)
}

/// `float.fromhex(text)`.
pub fn from_hex(text: &[u8]) -> Result<f64, TextError> {
    let invalid = || TextError::value("invalid hexadecimal floating-point string");
    let s = strip(text);
    let (negative, body) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let signed = |x: f64| if negative { -x } else { x };
    if body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity") {
        return Ok(signed(f64::INFINITY));
    }
    if body.eq_ignore_ascii_case(b"nan") {
        return Ok(signed(f64::NAN.copysign(1.0)));
    }
    let body = match body {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => body,
    };
    // The first 30 significant digits go into the mantissa, the rest only tells whether there is more.
    let (mut mantissa, mut taken, mut sticky) = (0u128, 0u32, false);
    let (mut exponent, mut seen, mut seen_point) = (0i64, false, false);
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        if byte == b'.' && !seen_point {
            seen_point = true;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            seen = true;
            if taken < 30 {
                mantissa = mantissa << 4 | digit as u128;
                taken += (mantissa != 0) as u32;
                exponent -= if seen_point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if seen_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if !seen {
        return Err(invalid());
    }
    if let Some(b'p' | b'P') = body.get(at) {
        let rest = &body[at + 1..];
        let (minus, digits) = match rest {
            [b'-', d @ ..] => (true, d),
            [b'+', d @ ..] => (false, d),
            _ => (false, rest),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(invalid());
        }
        let value = digits
            .iter()
            .fold(0i64, |acc, b| (acc * 10 + (b - b'0') as i64).min(1 << 50));
        exponent += if minus { -value } else { value };
        at = body.len();
    }
    if at != body.len() {
        return Err(invalid());
    }
    match scale_to_f64(
        &[mantissa as u64, (mantissa >> 64) as u64],
        sticky,
        exponent,
    ) {
        Some(x) => Ok(signed(x)),
        None => Err(TextError::overflow(
            "hexadecimal value too large to represent as a float",
        )),
    }
}

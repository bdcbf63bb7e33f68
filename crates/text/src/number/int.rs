//! `int('…', base)`, and small ints to text.

use super::bigint::{self, Big};
use crate::{Interrupted, Step, TextError};

/// The default of `sys.set_int_max_str_digits`, and the least that may be set.
pub const MAX_STR_DIGITS_DEFAULT: usize = 4300;
pub const MAX_STR_DIGITS_THRESHOLD: usize = 640;

/// Why a text isn't an int.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntParseError {
    /// Not a literal of this base.
    Invalid,
    /// It has this many digits, which is more than allowed.
    TooManyDigits(usize),
    Interrupted,
}

impl From<Interrupted> for IntParseError {
    fn from(_: Interrupted) -> Self {
        IntParseError::Interrupted
    }
}

impl IntParseError {
    /// CPython's text. `shown` is the `repr` of the argument.
    pub fn into_error(self, shown: &[u8], base: u32, max_digits: usize) -> TextError {
        match self {
            IntParseError::Invalid => {
                let mut message =
                    format!("invalid literal for int() with base {base}: ").into_bytes();
                // CPython shows no more than 200 characters of it.
                let shown = &shown[..crate::wtf8::offset_of_char(shown, 200)];
                message.extend_from_slice(shown);
                TextError::value(message)
            }
            IntParseError::TooManyDigits(digits) => TextError::value(format!(
                "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
            )),
            IntParseError::Interrupted => Interrupted.into(),
        }
    }
}

/// What `str(int)` raises when the result would be longer than allowed.
pub fn too_many_digits_to_print(max_digits: usize) -> TextError {
    TextError::value(format!(
        "Exceeds the limit ({max_digits} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// Has the number certainly or possibly more than `max_digits` decimal digits? Exact, and cheap: numbers far from the
/// limit are told by their bit length. A limit of 0 is none.
pub fn exceeds_digits(
    a: bigint::BigRef,
    max_digits: usize,
    step: Step,
) -> Result<bool, Interrupted> {
    let bits = bigint::bit_length(a);
    // A number of b bits has more than (b - 1) * log10(2) digits and at most that plus one.
    let at_least = (bits.saturating_sub(1) as u128 * 30102 / 100_000) as u64 + 1;
    let at_most = (bits as u128 * 30103 / 100_000) as u64 + 1;
    if max_digits == 0 || at_most <= max_digits as u64 || bits == 0 {
        return Ok(false);
    }
    if at_least > max_digits as u64 {
        return Ok(true);
    }
    Ok(bigint::to_decimal(a, step)?.trim_start_matches('-').len() > max_digits)
}

/// The common case of [`parse_int`]: a short decimal number in ASCII without decoration. `None` says nothing.
#[inline]
pub fn parse_small(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + (byte - b'0') as i64;
    }
    Some(if negative { -value } else { value })
}

/// `int(text, base)` for a base of 0 or 2..=36. `max_digits` limits bases that aren't powers of two; 0 is no limit.
/// For `bytes` pass the bytes: what isn't ASCII is invalid there, which this gets right when `is_str` is false.
pub fn parse_int(
    text: &[u8],
    base: u32,
    is_str: bool,
    max_digits: usize,
    step: Step,
) -> Result<Big, IntParseError> {
    if base == 10
        && let Some(value) = parse_small(text)
    {
        return Ok(Big::from_i64(value));
    }
    let ascii;
    let text = if is_str {
        ascii = super::to_ascii_number(text);
        &ascii[..]
    } else {
        text
    };
    let mut rest = super::strip(text);
    let mut negative = false;
    if let [sign @ (b'+' | b'-'), after @ ..] = rest {
        negative = *sign == b'-';
        rest = after;
    }
    let prefix_base = match rest {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut actual = base;
    let mut only_zeros = false;
    if base == 0 {
        actual = if prefix_base != 0 { prefix_base } else { 10 };
        // "007" isn't a literal, "00" is.
        only_zeros = prefix_base == 0 && rest.first() == Some(&b'0');
    }
    if prefix_base != 0 && prefix_base == actual {
        rest = &rest[2..];
        if let [b'_', after @ ..] = rest {
            rest = after;
        }
    }
    let digits = digits_only(rest, actual).ok_or(IntParseError::Invalid)?;
    if only_zeros && digits.iter().any(|&b| b != b'0') {
        return Err(IntParseError::Invalid);
    }
    if max_digits != 0 && digits.len() > max_digits && !actual.is_power_of_two() {
        return Err(IntParseError::TooManyDigits(digits.len()));
    }
    let value = bigint::parse_radix(&digits, actual, step)?.ok_or(IntParseError::Invalid)?;
    Ok(Big::new(negative, value.limbs))
}

/// The digits without the single underscores between them, or `None` if there is anything else.
fn digits_only(s: &[u8], base: u32) -> Option<std::borrow::Cow<'_, [u8]>> {
    let is_digit = |b: u8| bigint::digit_value(b).is_some_and(|d| d < base);
    if s.first() == Some(&b'_') || s.last() == Some(&b'_') || s.is_empty() {
        return None;
    }
    if s.iter().all(|&b| is_digit(b)) {
        return Some(s.into());
    }
    let mut out = Vec::with_capacity(s.len());
    let mut previous = 0;
    for &byte in s {
        if byte == b'_' && previous != b'_' {
        } else if is_digit(byte) {
            out.push(byte);
        } else {
            return None;
        }
        previous = byte;
    }
    Some(out.into())
}

/// An int's decimal text.
pub fn i64_to_decimal(value: i64) -> String {
    value.to_string()
}

/// The same behind what a buffer has.
pub fn push_decimal(out: &mut Vec<u8>, value: i64) {
    // The digits of 2^63 and a sign.
    let mut buffer = [0u8; 20];
    let mut at = buffer.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    out.extend_from_slice(&buffer[at..]);
}

/// The digits of a small int in a base of 2..=36, with a sign and without prefix.
pub fn i64_to_radix(value: i64, base: u32) -> String {
    let base = if (2..=36).contains(&base) {
        base as u64
    } else {
        10
    };
    let mut buffer = [0u8; 65];
    let mut at = buffer.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = std::char::from_digit((rest % base) as u32, base as u32).unwrap_or('0') as u8;
        rest /= base;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    buffer[at..].iter().map(|&b| b as char).collect()
}

//! Floats to and from decimal text, rounding to digits, exact ratios.
//!
//! All conversions are correctly rounded at any precision: the standard library prints exactly (with ties to even), and
//! this module only lays digits out as C's `printf` and Python's `repr` do.

use super::bigint::{self, Big, shl_mag};
use super::{strip, to_ascii_number, without_underscores};
use crate::TextError;
use std::fmt::Write;

/// No float has more digits than this behind its point, nor in all; zeros follow.
const DIGITS_MAX: usize = 1100;

// ---- parsing ----

/// `float(text)`: `None` if it isn't a number ("could not convert string to float: …"). For bytes too: bytes beyond ASCII
/// that aren't valid text are rejected.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let ascii = to_ascii_number(text);
    let text = strip(&ascii);
    let text = without_underscores(text)?;
    let (value, used) = parse_prefix(&text)?;
    (used == text.len()).then_some(value)
}

/// A float at the start of ASCII text, as C's `strtod` without hexadecimal, and the length of it.
pub fn parse_prefix(s: &[u8]) -> Option<(f64, usize)> {
    let sign = matches!(s.first(), Some(b'+' | b'-')) as usize;
    let negative = s.first() == Some(&b'-');
    let body = &s[sign..];
    let word = |w: &str| {
        body.get(..w.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(w.as_bytes()))
            .then_some(w.len())
    };
    let signed = |x: f64| if negative { -x } else { x };
    if let Some(len) = word("infinity").or_else(|| word("inf")) {
        return Some((signed(f64::INFINITY), sign + len));
    }
    if let Some(len) = word("nan") {
        return Some((signed(f64::NAN.copysign(1.0)), sign + len));
    }
    let digits = |from: usize| {
        body[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let whole = digits(0);
    let mut end = whole;
    let mut fraction = 0;
    if body.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(body.get(end), Some(b'e' | b'E')) {
        let at = end + 1 + matches!(body.get(end + 1), Some(b'+' | b'-')) as usize;
        let exponent = body.get(at..).map_or(0, |_| digits(at));
        if exponent > 0 {
            end = at + exponent;
        }
    }
    let number = std::str::from_utf8(&body[..end])
        .ok()?
        .parse::<f64>()
        .ok()?;
    Some((signed(number), sign + end))
}

// ---- printing ----

/// How [`format_double`] is to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FloatFlags {
    /// A plus sign for what isn't negative.
    pub plus: bool,
    /// `.0` behind what would look like an int.
    pub add_dot_0: bool,
    /// C's `#`: always a point, and trailing zeros for `g`.
    pub alternate: bool,
    /// No minus sign for what rounds to zero (PEP 682).
    pub no_negative_zero: bool,
}

/// `repr(float)`.
pub fn repr(value: f64) -> String {
    format_double(
        value,
        b'r',
        0,
        FloatFlags {
            add_dot_0: true,
            ..FloatFlags::default()
        },
    )
}

/// Decimal digits without leading zeros, and where the point is: 0.ddd × 10^point.
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

/// Takes the digits out of `d.dddde±x`.
fn from_scientific(text: &str) -> Digits {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    Digits {
        digits,
        point: exponent.parse::<i64>().unwrap_or(0) + 1,
    }
}

/// The shortest digits that read back as the value, which is finite and positive.
fn shortest(value: f64) -> Digits {
    if value == 0.0 {
        return Digits {
            digits: vec![b'0'],
            point: 1,
        };
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let mut point = whole.len() as i64 + exponent.parse::<i64>().unwrap_or(0);
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    digits.drain(..zeros);
    point -= zeros as i64;
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    Digits { digits, point }
}

/// Exactly rounded to `count` significant digits (1 at least).
fn significant(value: f64, count: usize) -> Digits {
    let shown = count.clamp(1, DIGITS_MAX);
    let mut digits = from_scientific(&format!("{:.*e}", shown - 1, value));
    digits.digits.resize(count.max(1), b'0');
    digits
}

/// A float as `e`, `f`, `g` (upper case too) with a precision, or `r` for the shortest form, which ignores it.
/// CPython: `PyOS_double_to_string`. The length of the result is about `precision`: limit it before.
pub fn format_double(value: f64, kind: u8, precision: usize, flags: FloatFlags) -> String {
    let upper = kind.is_ascii_uppercase();
    let mut out = String::new();
    if !value.is_finite() {
        if value.is_infinite() && value < 0.0 {
            out.push('-');
        } else if flags.plus {
            out.push('+');
        }
        out.push_str(match (value.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        });
        return out;
    }
    let magnitude = value.abs();
    let body = match kind.to_ascii_lowercase() {
        b'f' => fixed(magnitude, precision, flags.alternate),
        b'e' => {
            let digits = significant(magnitude, precision.saturating_add(1));
            lay_out(&digits, Some(precision), true, flags)
        }
        b'g' => {
            let count = precision.max(1);
            let mut digits = significant(magnitude, count);
            let exponent = digits.point - 1;
            if !flags.alternate {
                while digits.digits.len() > 1 && digits.digits.last() == Some(&b'0') {
                    digits.digits.pop();
                }
            }
            let threshold = count as i64 - flags.add_dot_0 as i64;
            lay_out(&digits, None, exponent < -4 || exponent >= threshold, flags)
        }
        _ => {
            let digits = shortest(magnitude);
            let exponent = digits.point - 1;
            lay_out(&digits, None, !(-4..16).contains(&exponent), flags)
        }
    };
    let zero = body
        .bytes()
        .take_while(|b| !b.eq_ignore_ascii_case(&b'e'))
        .all(|b| matches!(b, b'0' | b'.'));
    if value.is_sign_negative() && !(flags.no_negative_zero && zero) {
        out.push('-');
    } else if flags.plus {
        out.push('+');
    }
    if upper {
        out.push_str(&body.to_ascii_uppercase());
    } else {
        out.push_str(&body);
    }
    out
}

fn fixed(value: f64, precision: usize, alternate: bool) -> String {
    let shown = precision.min(DIGITS_MAX);
    let mut out = format!("{value:.shown$}");
    if precision == 0 && alternate {
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', precision - shown));
    out
}

/// Writes digits with a point and perhaps an exponent.
fn lay_out(
    d: &Digits,
    fraction_digits: Option<usize>,
    use_exponent: bool,
    flags: FloatFlags,
) -> String {
    let digits = std::str::from_utf8(&d.digits).unwrap_or("0");
    let mut out = String::with_capacity(digits.len() + 8);
    let point = if use_exponent { 1 } else { d.point };
    if point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        out.push_str(digits);
    } else {
        let point = point as usize;
        let whole = &digits[..point.min(digits.len())];
        out.push_str(whole);
        out.extend(std::iter::repeat_n('0', point - whole.len()));
        let rest = &digits[whole.len()..];
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        } else if flags.add_dot_0 && !use_exponent {
            out.push_str(".0");
        } else if flags.alternate || fraction_digits.is_some_and(|n| n > 0) {
            out.push('.');
        }
    }
    if use_exponent {
        let exponent = d.point - 1;
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to a String can't fail.
        let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
    }
    out
}

// ---- rounding ----

/// `round(value, ndigits)`: correctly rounded, ties to even by the exact value. An error is an overflow.
pub fn round_digits(value: f64, ndigits: i64) -> Result<f64, TextError> {
    if !value.is_finite() || value == 0.0 || ndigits > 323 {
        return Ok(value);
    }
    if ndigits < -308 {
        return Ok(0.0 * value);
    }
    let magnitude = value.abs();
    let rounded = if ndigits >= 0 {
        format!("{magnitude:.*}", ndigits as usize).parse::<f64>()
    } else {
        let exact = from_scientific(&format!("{magnitude:.*e}", DIGITS_MAX));
        let kept = exact.point + ndigits;
        if kept < 0 {
            Ok(0.0)
        } else if kept == 0 {
            // Only a half that is exact rounds to the even zero.
            let above = exact.digits.first() > Some(&b'5')
                || exact.digits.first() == Some(&b'5')
                    && exact.digits[1..].iter().any(|&b| b != b'0');
            if above {
                format!("1e{}", -ndigits).parse()
            } else {
                Ok(0.0)
            }
        } else {
            format!("{magnitude:.*e}", kept as usize - 1).parse()
        }
    };
    match rounded {
        Ok(x) if x.is_finite() => Ok(x.copysign(value)),
        _ => Err(TextError::overflow("rounded value too large to represent")),
    }
}

/// `float.as_integer_ratio()`.
pub fn as_integer_ratio(value: f64) -> Result<(Big, Big), TextError> {
    if value.is_nan() {
        return Err(TextError::value("cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(TextError::overflow(
            "cannot convert Infinity to integer ratio",
        ));
    }
    let (mut mantissa, mut exponent) = bigint::decompose(value);
    if mantissa == 0 {
        return Ok((Big::zero(), Big::from_i64(1)));
    }
    let twos = mantissa.trailing_zeros();
    mantissa >>= twos;
    exponent += twos as i64;
    let power = |bits: i64, m: u64| shl_mag(&[m], bits as usize / 64, bits as u32 % 64);
    Ok(if exponent >= 0 {
        (
            Big::new(value < 0.0, power(exponent, mantissa)),
            Big::from_i64(1),
        )
    } else {
        (
            Big::new(value < 0.0, vec![mantissa]),
            Big::new(false, power(-exponent, 1)),
        )
    })
}

/// `float(bytes)`: what isn't ASCII isn't a number.
pub fn parse_float_bytes(data: &[u8]) -> Option<f64> {
    if data.is_ascii() {
        parse_float(data)
    } else {
        None
    }
}

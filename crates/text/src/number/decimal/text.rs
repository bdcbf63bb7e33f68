//! Numbers from text and to text, and their hashes.

use super::{Class, Coef, Dec};
use crate::number::{strip, to_ascii_number};

/// `Decimal(text)`: None if it is no number. `loose` allows surrounding white space and underscores.
pub fn parse(text: &[u8], loose: bool) -> Option<Dec> {
    let ascii = to_ascii_number(text);
    let owned;
    let mut s: &[u8] = &ascii;
    if loose {
        s = strip(s);
        if s.contains(&b'_') {
            owned = s
                .iter()
                .copied()
                .filter(|b| *b != b'_')
                .collect::<Vec<u8>>();
            s = &owned;
        }
    }
    let (negative, rest) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    if rest.first().is_some_and(u8::is_ascii_alphabetic) {
        return special(rest, negative);
    }
    let digits_end = |from: usize| {
        rest[from..]
            .iter()
            .position(|b| !b.is_ascii_digit())
            .map_or(rest.len(), |n| from + n)
    };
    let whole_end = digits_end(0);
    let mut digits = rest[..whole_end].to_vec();
    let (mut at, mut exp) = (whole_end, 0i64);
    if rest.get(at) == Some(&b'.') {
        let end = digits_end(at + 1);
        digits.extend_from_slice(&rest[at + 1..end]);
        exp = -((end - at - 1) as i64);
        at = end;
    }
    if digits.is_empty() {
        return None;
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        at += 1;
        let minus = rest.get(at) == Some(&b'-');
        if matches!(rest.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        let end = digits_end(at);
        if end == at {
            return None;
        }
        // What is beyond all limits may as well be less far beyond.
        let size = rest[at..end].iter().fold(0i64, |n, d| {
            (n.saturating_mul(10).saturating_add(i64::from(d - b'0'))).min(1 << 61)
        });
        exp += if minus { -size } else { size };
        at = end;
    }
    if at != rest.len() {
        return None;
    }
    Some(Dec::finite(negative, Coef::parse(&digits)?, exp))
}
fn special(word: &[u8], negative: bool) -> Option<Dec> {
    let lower = word.to_ascii_lowercase();
    if lower == b"inf" || lower == b"infinity" {
        return Some(Dec::infinity(negative));
    }
    let (class, payload) = match &*lower {
        [b's', b'n', b'a', b'n', payload @ ..] => (Class::Signaling, payload),
        [b'n', b'a', b'n', payload @ ..] => (Class::Quiet, payload),
        _ => return None,
    };
    if !payload.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Dec {
        negative,
        class,
        exp: 0,
        coef: Coef::parse(payload)?,
    })
}

/// Scientific notation, or engineering notation. `capitals`: E or e.
pub fn to_text(x: &Dec, engineering: bool, capitals: bool) -> String {
    let sign = if x.negative { "-" } else { "" };
    match x.class {
        Class::Infinite => return format!("{sign}Infinity"),
        Class::Quiet | Class::Signaling => {
            let name = if x.class == Class::Quiet {
                "NaN"
            } else {
                "sNaN"
            };
            let payload = if x.coef.is_zero() {
                String::new()
            } else {
                x.coef.text()
            };
            return format!("{sign}{name}{payload}");
        }
        Class::Finite => {}
    }
    let digits = x.coef.text();
    let len = digits.len() as i64;
    // How many digits stand in front of the point if the exponent is as written out.
    let left = x.exp + len;
    let point = if x.exp <= 0 && left > -6 {
        left
    } else if !engineering {
        1
    } else if digits == "0" {
        (left + 1).rem_euclid(3) - 1
    } else {
        (left - 1).rem_euclid(3) + 1
    };
    let mut out = String::with_capacity(digits.len() + 8);
    out.push_str(sign);
    let zeros = |out: &mut String, n: i64| (0..n).for_each(|_| out.push('0'));
    if point <= 0 {
        out.push_str("0.");
        zeros(&mut out, -point);
        out.push_str(&digits);
    } else if point >= len {
        out.push_str(&digits);
        zeros(&mut out, point - len);
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    }
    if left != point {
        let e = if capitals { 'E' } else { 'e' };
        out.push_str(&format!("{e}{:+}", left - point));
    }
    out
}

/// The modulus of Python's hashes of numbers.
const MODULUS: u64 = (1 << 61) - 1;
fn mul_mod(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(MODULUS)) as u64
}
/// The hash of a number that is no NaN, equal to that of an equal number of another type.
pub fn hash(x: &Dec) -> i64 {
    if x.is_infinite() {
        return if x.negative { -314159 } else { 314159 };
    }
    // The inverse of ten, for exponents below zero.
    const TENTH: u64 = 2075258708292324556;
    let mut base = if x.exp >= 0 { 10 } else { TENTH };
    let mut n = x.exp.unsigned_abs();
    let mut result = x.coef.rem_small(MODULUS);
    while n > 0 {
        if n & 1 == 1 {
            result = mul_mod(result, base);
        }
        base = mul_mod(base, base);
        n >>= 1;
    }
    let signed = if x.negative {
        -(result as i64)
    } else {
        result as i64
    };
    if signed == -1 { -2 } else { signed }
}

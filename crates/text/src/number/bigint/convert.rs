//! Conversions to and from floats and bytes.

use super::{Big, BigRef, bit_length_mag, shl_mag, shr_mag, trim, trimmed};
use crate::TextError;

/// Two to some power from -1074 to 1023.
pub(crate) fn pow2(exponent: i64) -> f64 {
    if exponent < -1022 {
        f64::from_bits(
            1u64.checked_shl((exponent + 1074).max(0) as u32)
                .unwrap_or(0),
        )
    } else {
        f64::from_bits(((exponent.min(1023) + 1023) as u64) << 52)
    }
}

/// The float nearest to `m * 2^exponent` (a little more, if `sticky`), ties to even; `None` when it overflows.
pub(crate) fn scale_to_f64(m: &[u64], sticky: bool, exponent: i64) -> Option<f64> {
    let bits = bit_length_mag(m) as i64;
    if bits == 0 {
        return Some(0.0);
    }
    let top = bits.saturating_add(exponent);
    if top > 1024 {
        return None;
    }
    let precision = if top < -1021 { 1074 + top } else { 53 };
    if precision < 0 {
        return Some(0.0);
    }
    let drop = bits - precision;
    if drop <= 0 {
        // Few bits: they all fit.
        let mantissa = m.first().copied().unwrap_or(0);
        return Some(mantissa as f64 * pow2(exponent.max(-1074)));
    }
    let mut mantissa = shr_mag(m, drop as usize / 64, drop as u32 % 64)
        .first()
        .copied()
        .unwrap_or(0);
    let half = (drop - 1) as u64;
    let half_set = m
        .get((half / 64) as usize)
        .is_some_and(|x| x >> (half % 64) & 1 == 1);
    if half_set {
        let below = sticky
            || m[..(half / 64) as usize].iter().any(|&x| x != 0)
            || m[(half / 64) as usize] & ((1u64 << (half % 64)) - 1) != 0;
        mantissa += (below || mantissa & 1 == 1) as u64;
    }
    let value = mantissa as f64 * pow2(drop + exponent);
    value.is_finite().then_some(value)
}

/// The nearest float, ties to even; `None` when it overflows ("int too large to convert to float").
pub fn to_f64(a: BigRef) -> Option<f64> {
    let x = scale_to_f64(a.limbs, false, 0)?;
    Some(if a.negative { -x } else { x })
}

/// `(m, e)` with `0.5 <= |m| < 1` and `a` about `m * 2^e`, for logarithms of huge ints. CPython: `_PyLong_Frexp`.
pub fn frexp(a: BigRef) -> (f64, i64) {
    let bits = bit_length_mag(a.limbs) as i64;
    let m = scale_to_f64(a.limbs, false, -bits).unwrap_or(0.0);
    let m = if a.negative { -m } else { m };
    if m.abs() == 1.0 {
        (m / 2.0, bits + 1)
    } else {
        (m, bits)
    }
}

/// Mantissa and exponent with `value = mantissa * 2^exponent`, for a finite float.
pub(crate) fn decompose(value: f64) -> (u64, i64) {
    let bits = value.to_bits() & !(1 << 63);
    match (bits >> 52) as i64 {
        0 => (bits, -1074),
        e => (bits & ((1 << 52) - 1) | 1 << 52, e - 1075),
    }
}

/// The float rounded towards zero; `None` for infinities and NaN.
pub fn from_f64(value: f64) -> Option<Big> {
    if !value.is_finite() {
        return None;
    }
    let (mantissa, exponent) = decompose(value);
    let limbs = if exponent >= 0 {
        shl_mag(&[mantissa], exponent as usize / 64, exponent as u32 % 64)
    } else {
        vec![
            mantissa
                .checked_shr(exponent.unsigned_abs() as u32)
                .unwrap_or(0),
        ]
    };
    Some(Big::new(value < 0.0, limbs))
}

/// How an int and a float compare, exactly. `None` when the float is NaN.
pub fn cmp_f64(a: BigRef, b: f64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering::*;
    if b.is_nan() {
        return None;
    }
    if b.is_infinite() {
        return Some(if b > 0.0 { Less } else { Greater });
    }
    let whole = from_f64(b)?;
    Some(super::cmp(a, whole.view()).then_with(|| {
        if b.fract() > 0.0 {
            Less
        } else if b.fract() < 0.0 {
            Greater
        } else {
            Equal
        }
    }))
}

/// `int.to_bytes(length, byteorder, signed=…)`.
pub fn to_bytes(
    a: BigRef,
    length: usize,
    little_endian: bool,
    signed: bool,
) -> Result<Vec<u8>, TextError> {
    let limbs = trimmed(a.limbs);
    let negative = a.negative && !limbs.is_empty();
    if negative && !signed {
        return Err(TextError::overflow(
            "can't convert negative int to unsigned",
        ));
    }
    let too_big = || TextError::overflow("int too big to convert");
    let bits = bit_length_mag(limbs);
    let room = (length as u64).saturating_mul(8);
    let power_of_two = limbs.iter().map(|x| x.count_ones() as u64).sum::<u64>() == 1;
    let needed = if !signed || bits == 0 || negative && power_of_two {
        bits
    } else {
        bits + 1
    };
    if needed > room {
        return Err(too_big());
    }
    let mut out = Vec::new();
    out.try_reserve_exact(length)
        .map_err(|_| TextError::memory())?;
    out.extend(limbs.iter().flat_map(|x| x.to_le_bytes()).take(length));
    out.resize(length, 0);
    if negative {
        let mut carry = true;
        for byte in &mut out {
            (*byte, carry) = (!*byte).overflowing_add(carry as u8);
        }
    }
    if !little_endian {
        out.reverse();
    }
    Ok(out)
}

/// `int.from_bytes(data, byteorder, signed=…)`.
pub fn from_bytes(data: &[u8], little_endian: bool, signed: bool) -> Big {
    let top = if little_endian {
        data.last()
    } else {
        data.first()
    };
    let negative = signed && top.is_some_and(|&b| b & 0x80 != 0);
    let mut limbs = vec![0u64; data.len().div_ceil(8)];
    for i in 0..data.len() {
        let byte = if little_endian {
            data[i]
        } else {
            data[data.len() - 1 - i]
        };
        let byte = if negative { !byte } else { byte };
        limbs[i / 8] |= (byte as u64) << (8 * (i % 8));
    }
    if negative && super::add_into(&mut limbs, &[1]) {
        limbs.push(1);
    }
    trim(&mut limbs);
    Big::new(negative, limbs)
}

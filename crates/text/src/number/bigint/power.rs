//! Powers, modular powers, roots and greatest common divisors.

use super::div::div_rem_mag;
use super::mul::mul_mag;
use super::{
    BITS_MAX, Big, BigRef, Pace, add, add_mag, bit_length_mag, cmp, cmp_mag, div_rem_floor,
    shr_mag, sub_mag, trim, trimmed,
};
use crate::{ErrorKind, Interrupted, Step, TextError};
use std::cmp::Ordering;

/// `a ** exponent`.
pub fn pow(a: BigRef, exponent: u64, mut step: Step) -> Result<Big, TextError> {
    let base = trimmed(a.limbs);
    if exponent == 0 {
        return Ok(Big::from_i64(1));
    }
    let negative = a.negative && exponent % 2 == 1;
    if base.is_empty() || *base == [1] {
        return Ok(Big::new(negative, base.to_vec()));
    }
    // A power of two in the base is a shift of the result.
    let twos = super::trailing_zeros(BigRef {
        negative: false,
        limbs: base,
    })
    .unwrap_or(0);
    let odd = shr_mag(base, (twos / 64) as usize, (twos % 64) as u32);
    let bits = (bit_length_mag(base) - 1).checked_mul(exponent);
    if bits.is_none_or(|n| n > BITS_MAX) {
        return Err(TextError::memory());
    }
    let pace = &mut Pace::new(&mut step);
    let mut result = odd.clone();
    for i in (0..exponent.ilog2()).rev() {
        result = mul_mag(&result, &result, pace)?;
        if exponent >> i & 1 == 1 {
            result = mul_mag(&result, &odd, pace)?;
        }
    }
    super::shl(
        BigRef {
            negative,
            limbs: &result,
        },
        twos.saturating_mul(exponent),
    )
}

/// `pow(a, exponent, modulus)` with Python's signs; a negative exponent needs an inverse.
pub fn pow_mod(
    a: BigRef,
    exponent: BigRef,
    modulus: BigRef,
    mut step: Step,
) -> Result<Big, TextError> {
    if modulus.is_zero() {
        return Err(TextError::value("pow() 3rd argument cannot be 0"));
    }
    let m = trimmed(modulus.limbs);
    if *m == [1] {
        return Ok(Big::zero());
    }
    let positive = BigRef {
        negative: false,
        limbs: m,
    };
    let base = if exponent.negative && !exponent.is_zero() {
        inverse_mod(a, positive, &mut *step)?
    } else {
        remainder(a, positive, &mut *step)?
    };
    let e = trimmed(exponent.limbs);
    let pace = &mut Pace::new(&mut step);
    let reduce = |x: Vec<u64>, pace: &mut Pace| -> Result<Vec<u64>, Interrupted> {
        Ok(div_rem_mag(&x, m, pace)?.1)
    };
    // Windows of four bits for long exponents, of one for short ones.
    let width = if e.len() > 1 { 4 } else { 1 };
    let mut table = vec![vec![1], base.limbs];
    for i in 2..1usize << width {
        let product = mul_mag(&table[i - 1], &table[1], pace)?;
        table.push(reduce(product, pace)?);
    }
    let bits = bit_length_mag(e).div_ceil(width) * width;
    let mut result: Vec<u64> = vec![1];
    let mut at = bits;
    while at > 0 {
        at -= width;
        if *result != [1] {
            for _ in 0..width {
                result = mul_mag(&result, &result, pace)?;
                result = reduce(result, pace)?;
            }
        }
        let digit = (e.get((at / 64) as usize).copied().unwrap_or(0) >> (at % 64)) as usize
            & ((1 << width) - 1);
        if digit != 0 {
            result = mul_mag(&result, &table[digit], pace)?;
            result = reduce(result, pace)?;
        }
    }
    let result = Big::new(false, result);
    if modulus.negative && !result.is_zero() {
        return Ok(add(result.view(), modulus));
    }
    Ok(result)
}

fn remainder(a: BigRef, m: BigRef, step: Step) -> Result<Big, TextError> {
    match div_rem_floor(a, m, step) {
        Ok((_, r)) => Ok(r),
        Err(super::DivisionByZero::Interrupted) => Err(Interrupted.into()),
        Err(super::DivisionByZero::DivisionByZero) => Err(TextError::new(
            ErrorKind::ZeroDivisionError,
            "division by zero",
        )),
    }
}

/// The inverse of `a` modulo a positive `m`.
pub fn inverse_mod(a: BigRef, m: BigRef, step: Step) -> Result<Big, TextError> {
    let mut a = remainder(a, m, &mut *step)?;
    let mut n = m.to_big();
    let (mut b, mut c) = (Big::from_i64(1), Big::zero());
    while !n.is_zero() {
        let (q, r) = match div_rem_floor(a.view(), n.view(), &mut *step) {
            Ok(pair) => pair,
            Err(_) => return Err(Interrupted.into()),
        };
        a = std::mem::replace(&mut n, r);
        let product = super::mul(q.view(), c.view(), &mut *step)?;
        let next = super::sub(b.view(), product.view());
        b = std::mem::replace(&mut c, next);
    }
    if *a.limbs != [1] {
        return Err(TextError::value(
            "base is not invertible for the given modulus",
        ));
    }
    remainder(b.view(), m, step)
}

/// The floor of the square root; `None` for negative numbers.
///
/// Newton's iteration with a precision that doubles, so that the cost is that of the last division
/// (CPython: Modules/mathmodule.c has a proof of this form of it).
pub fn isqrt(n: BigRef, mut step: Step) -> Result<Option<Big>, Interrupted> {
    let limbs = trimmed(n.limbs);
    if limbs.is_empty() {
        return Ok(Some(Big::zero()));
    }
    if n.negative {
        return Ok(None);
    }
    let pace = &mut Pace::new(&mut step);
    let c = (bit_length_mag(limbs) - 1) / 2;
    let mut a: Vec<u64> = vec![1];
    let mut d = 0u64;
    for s in (0..64 - c.leading_zeros()).rev() {
        let e = d;
        d = c >> s;
        let shift = 2 * c - e - d + 1;
        let top = shr_mag(limbs, (shift / 64) as usize, (shift % 64) as u32);
        let (q, _) = div_rem_mag(&top, &a, pace)?;
        let up = d - e - 1;
        a = add_mag(
            &super::shl_mag(&a, (up / 64) as usize, (up % 64) as u32),
            &q,
        );
    }
    let square = mul_mag(&a, &a, pace)?;
    if cmp_mag(&square, limbs) == Ordering::Greater {
        a = sub_mag(&a, &[1]);
    }
    Ok(Some(Big::new(false, a)))
}

fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let shift = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << shift
}

/// The greatest common divisor, never negative: Lehmer's method on the leading 62 bits.
pub fn gcd(a: BigRef, b: BigRef, mut step: Step) -> Result<Big, Interrupted> {
    let (mut a, mut b) = (trimmed(a.limbs).to_vec(), trimmed(b.limbs).to_vec());
    if cmp_mag(&a, &b) == Ordering::Less {
        std::mem::swap(&mut a, &mut b);
    }
    let pace = &mut Pace::new(&mut step);
    while b.len() > 1 {
        pace.spend(a.len() * 8)?;
        let cut = bit_length_mag(&a) - 62;
        let lead = |v: &[u64]| {
            shr_mag(v, (cut / 64) as usize, (cut % 64) as u32)
                .first()
                .copied()
                .unwrap_or(0) as i128
        };
        let (mut x, mut y) = (lead(&a), lead(&b));
        // The cofactors so far: a row (p, q) of each of the two numbers, signs alternating.
        let (mut ca, mut cb, mut cc, mut cd) = (1i128, 0i128, 0i128, 1i128);
        let mut odd = false;
        while y != cc {
            let q = (x + (ca - 1)) / (y - cc);
            let s = cb + q * cd;
            let t = x - q * y;
            if s > t {
                break;
            }
            (x, y) = (y, t);
            let t = ca + q * cc;
            (ca, cb, cc, cd) = (cd, cc, s, t);
            odd = !odd;
        }
        if cb == 0 {
            let (_, r) = div_rem_mag(&a, &b, pace)?;
            a = std::mem::replace(&mut b, r);
            continue;
        }
        let (na, nb) = if odd {
            (combine(&b, ca, &a, cb), combine(&a, cd, &b, cc))
        } else {
            (combine(&a, ca, &b, cb), combine(&b, cd, &a, cc))
        };
        (a, b) = (na, nb);
    }
    let small = match *b {
        [] => return Ok(Big::new(false, a)),
        [x, ..] => x,
    };
    let mut q = a;
    let r = super::div::div_limb(&mut q, small);
    Ok(Big::from_u64(gcd_u64(small, r)))
}

/// `x * p - y * q`, known not to be negative, for factors below 2^63.
fn combine(x: &[u64], p: i128, y: &[u64], q: i128) -> Vec<u64> {
    let mut out = vec![0; x.len().max(y.len()) + 1];
    let mut carry = 0i128;
    for (i, slot) in out.iter_mut().enumerate() {
        let plus = x.get(i).copied().unwrap_or(0) as i128 * p;
        let minus = y.get(i).copied().unwrap_or(0) as i128 * q;
        let t = (plus - minus).wrapping_add(carry);
        *slot = t as u64;
        carry = t >> 64;
    }
    trim(&mut out);
    out
}

/// The sign-aware maximum bit count check of `**`: is `|a| ** exponent` certain to be too large?
pub fn pow_is_too_large(a: BigRef, exponent: BigRef) -> bool {
    let mut one = [0];
    let unit = BigRef::from_i64(1, &mut one);
    let magnitude = BigRef {
        negative: false,
        limbs: a.limbs,
    };
    cmp(magnitude, unit) == Ordering::Greater && exponent.to_u64().is_none()
}

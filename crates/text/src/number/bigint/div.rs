//! Division: by one limb, schoolbook (Knuth's algorithm D), and recursive (Burnikel and Ziegler) above; and the true
//! division of two integers to the nearest float.

use super::mul::mul_mag;
use super::{
    Big, BigRef, Pace, add_mag, bit_length_mag, cmp_mag, shl_mag, shr_mag, sub_from, sub_mag, trim,
    trimmed,
};
use crate::{ErrorKind, Interrupted, Step, TextError};
use std::cmp::Ordering;

/// Below this many limbs of divisor schoolbook wins.
const RECURSIVE_LIMBS: usize = 80;

/// The divisor was zero. The text differs by operation (`//`, `%`, `divmod`), so the caller supplies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DivisionByZero {
    DivisionByZero,
    Interrupted,
}

impl From<Interrupted> for DivisionByZero {
    fn from(_: Interrupted) -> Self {
        DivisionByZero::Interrupted
    }
}

/// `divmod(a, b)`: the quotient rounds towards minus infinity, the remainder has the divisor's sign.
pub fn div_rem_floor(a: BigRef, b: BigRef, step: Step) -> Result<(Big, Big), DivisionByZero> {
    let (q, r) = div_rem_trunc(a, b, step)?;
    if !r.is_zero() && a.negative != b.negative {
        let q = Big::new(true, add_mag(&q.limbs, &[1]));
        return Ok((q, Big::new(b.negative, sub_mag(trimmed(b.limbs), &r.limbs))));
    }
    Ok((q, r))
}

/// `a // b`.
pub fn div_floor(a: BigRef, b: BigRef, step: Step) -> Result<Big, DivisionByZero> {
    match short_quotient(trimmed(a.limbs), trimmed(b.limbs)) {
        Some(q) if a.negative == b.negative => Ok(Big::from_u64(q)),
        Some(q) => Ok(Big::new(true, vec![q + 1])),
        None => div_rem_floor(a, b, step).map(|(q, _)| q),
    }
}
/// The quotient of long magnitudes that are of nearly the same length, where their leading bits tell it and that there is a remainder.
///
/// With `b` between `y` and `y + 1` and `a` between `x` and `x + 1` in units of some power of two, the last included nowhere, `a / b` lies strictly between
/// `x / (y + 1)` and `(x + 1) / y`. Where no integer is between those, rounding down gives the same for all.
fn short_quotient(a: &[u64], b: &[u64]) -> Option<u64> {
    let (long, bits) = (bit_length_mag(a), bit_length_mag(b));
    if bits < 128 || long == 0 || long > bits + 60 {
        return None;
    }
    let shift = bits - 64;
    let (x, y) = (leading(a, shift), leading(b, shift));
    let q = x / (y + 1);
    (x < (q + 1) * y).then_some(q as u64)
}
/// `a >> shift`, which has at most 128 bits.
fn leading(a: &[u64], shift: u64) -> u128 {
    let (at, bits) = ((shift / 64) as usize, shift % 64);
    let limb = |i: usize| u128::from(a.get(at + i).copied().unwrap_or(0));
    let low = (limb(1) << 64 | limb(0)) >> bits;
    if bits == 0 {
        low
    } else {
        low | limb(2) << (128 - bits)
    }
}

/// The quotient rounds towards zero, the remainder has the dividend's sign.
pub fn div_rem_trunc(a: BigRef, b: BigRef, mut step: Step) -> Result<(Big, Big), DivisionByZero> {
    if b.is_zero() {
        return Err(DivisionByZero::DivisionByZero);
    }
    let (q, r) = div_rem_mag(a.limbs, b.limbs, &mut Pace::new(&mut step))?;
    Ok((
        Big::new(a.negative != b.negative, q),
        Big::new(a.negative, r),
    ))
}

/// Divides in place by one limb and gives the remainder.
pub(crate) fn div_limb(a: &mut [u64], d: u64) -> u64 {
    let mut rem = 0u64;
    if d <= u32::MAX as u64 {
        // Two 64-bit divisions are much cheaper than one of 128 bits.
        for x in a.iter_mut().rev() {
            let high = rem << 32 | *x >> 32;
            let low = (high % d) << 32 | (*x & 0xFFFF_FFFF);
            *x = ((high / d) << 32) | (low / d);
            rem = low % d;
        }
        return rem;
    }
    let divisor = Reciprocal::new(d);
    for x in a.iter_mut().rev() {
        (*x, rem) = divisor.divide(rem, *x);
    }
    rem
}

/// Division of two limbs by one through a precomputed reciprocal (Möller and Granlund, 2011), since the 128-bit division
/// of the language is a slow library call.
struct Reciprocal {
    d: u64,
    shift: u32,
    v: u64,
}

impl Reciprocal {
    fn new(d: u64) -> Self {
        let shift = d.leading_zeros();
        let d = d << shift;
        let v = (((!d as u128) << 64 | u64::MAX as u128) / d as u128) as u64;
        Reciprocal { d, shift, v }
    }
    /// `(high, low)` divided, where `high` is below the divisor.
    #[inline]
    fn divide(&self, high: u64, low: u64) -> (u64, u64) {
        let wide = ((high as u128) << 64 | low as u128) << self.shift;
        let (q, r) = self.divide_normalised((wide >> 64) as u64, wide as u64);
        (q, r >> self.shift)
    }
    #[inline]
    fn divide_normalised(&self, u1: u64, u0: u64) -> (u64, u64) {
        let q = (self.v as u128 * u1 as u128).wrapping_add((u1 as u128) << 64 | u0 as u128);
        let q0 = q as u64;
        let mut q1 = ((q >> 64) as u64).wrapping_add(1);
        let mut r = u0.wrapping_sub(q1.wrapping_mul(self.d));
        if r > q0 {
            q1 = q1.wrapping_sub(1);
            r = r.wrapping_add(self.d);
        }
        if r >= self.d {
            q1 = q1.wrapping_add(1);
            r -= self.d;
        }
        (q1, r)
    }
}

/// Quotient and remainder of magnitudes; the divisor isn't zero.
pub(crate) fn div_rem_mag(
    a: &[u64],
    b: &[u64],
    pace: &mut Pace,
) -> Result<(Vec<u64>, Vec<u64>), Interrupted> {
    let (a, b) = (trimmed(a), trimmed(b));
    if cmp_mag(a, b) == Ordering::Less {
        return Ok((Vec::new(), a.to_vec()));
    }
    if let [d] = *b {
        let mut q = a.to_vec();
        let mut r = vec![div_limb(&mut q, d)];
        trim(&mut q);
        trim(&mut r);
        return Ok((q, r));
    }
    if b.len() < RECURSIVE_LIMBS || a.len() - b.len() < RECURSIVE_LIMBS / 2 {
        knuth(a, b, pace)
    } else {
        burnikel_ziegler(a, b, pace)
    }
}

/// Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D. Two limbs of divisor at least.
fn knuth(a: &[u64], b: &[u64], pace: &mut Pace) -> Result<(Vec<u64>, Vec<u64>), Interrupted> {
    let n = b.len();
    let shift = b[n - 1].leading_zeros();
    let b = shl_mag(b, 0, shift);
    let mut rem = shl_mag(a, 0, shift);
    rem.resize(a.len() + 1, 0);
    let (top, next) = (b[n - 1], b[n - 2]);
    let reciprocal = Reciprocal::new(top);
    let mut q = vec![0; a.len() - n + 1];
    for j in (0..q.len()).rev() {
        pace.spend(n)?;
        let window = &mut rem[j..=j + n];
        let (u2, u1, u0) = (window[n], window[n - 1], window[n - 2]);
        // The estimate is at most two too large.
        let mut qhat;
        let mut rhat;
        if u2 >= top {
            qhat = u64::MAX;
            rhat = u1 as u128 + top as u128;
        } else {
            let (q, r) = reciprocal.divide_normalised(u2, u1);
            qhat = q;
            rhat = r as u128;
        }
        while rhat >> 64 == 0 && qhat as u128 * next as u128 > (rhat << 64 | u0 as u128) {
            qhat -= 1;
            rhat += top as u128;
        }
        // The high half of a product is at most 2^64 - 2: there is room for the borrow.
        let mut carry = 0u64;
        for (x, &y) in window.iter_mut().zip(&b) {
            let product = qhat as u128 * y as u128 + carry as u128;
            let (d, borrow) = x.overflowing_sub(product as u64);
            *x = d;
            carry = (product >> 64) as u64 + borrow as u64;
        }
        let (d, borrow) = window[n].overflowing_sub(carry);
        window[n] = d;
        if borrow {
            qhat -= 1;
            let carry = super::add_into(&mut window[..n], &b);
            window[n] = window[n].wrapping_add(carry as u64);
        }
        q[j] = qhat;
    }
    trim(&mut q);
    let rem = shr_mag(&rem, 0, shift);
    Ok((q, rem))
}

/// Burnikel and Ziegler, Fast Recursive Division, 1998.
fn burnikel_ziegler(
    a: &[u64],
    b: &[u64],
    pace: &mut Pace,
) -> Result<(Vec<u64>, Vec<u64>), Interrupted> {
    // The divisor is padded at its low end to `n` limbs, `n` halving down to the schoolbook range without remainder.
    let mut parts = 1;
    while b.len().div_ceil(parts) >= RECURSIVE_LIMBS {
        parts *= 2;
    }
    let n = b.len().div_ceil(parts) * parts;
    let pad = n - b.len();
    let shift = b[b.len() - 1].leading_zeros();
    let divisor = shl_mag(b, pad, shift);
    let a = shl_mag(a, pad, shift);
    let mut rem: Vec<u64> = Vec::new();
    let mut q = vec![0; a.len().div_ceil(n) * n];
    for (i, block) in a.chunks(n).enumerate().rev() {
        let (digit, r) = divide_2_by_1(join(&rem, block, n), &divisor, n, pace)?;
        q[i * n..i * n + digit.len()].copy_from_slice(&digit);
        rem = r;
    }
    trim(&mut q);
    Ok((q, shr_mag(&rem, pad, shift)))
}

/// `high * B^n + low`, trimmed.
fn join(high: &[u64], low: &[u64], n: usize) -> Vec<u64> {
    let mut out = Vec::with_capacity(n + high.len());
    out.extend_from_slice(&low[..low.len().min(n)]);
    out.resize(n, 0);
    out.extend_from_slice(high);
    trim(&mut out);
    out
}

fn low_part(a: &[u64], n: usize) -> &[u64] {
    trimmed(&a[..a.len().min(n)])
}

fn high_part(a: &[u64], n: usize) -> &[u64] {
    a.get(n..).unwrap_or(&[])
}

/// Divides up to `2n` limbs by the `n` of `b`, where the quotient fits `n` limbs. Depth is logarithmic.
fn divide_2_by_1(
    a: Vec<u64>,
    b: &[u64],
    n: usize,
    pace: &mut Pace,
) -> Result<(Vec<u64>, Vec<u64>), Interrupted> {
    if cmp_mag(&a, b) == Ordering::Less {
        return Ok((Vec::new(), a));
    }
    if !n.is_multiple_of(2) || n < RECURSIVE_LIMBS {
        return if b.len() < 2 {
            div_rem_mag(&a, b, pace)
        } else {
            knuth(&a, b, pace)
        };
    }
    let half = n / 2;
    let (q1, r1) = divide_3_by_2(high_part(&a, half), b, half, pace)?;
    let (q0, r) = divide_3_by_2(&join(&r1, low_part(&a, half), half), b, half, pace)?;
    Ok((join(&q1, &q0, half), r))
}

/// Divides up to `3n` limbs by the `2n` of `b`, where the quotient fits `n` limbs.
fn divide_3_by_2(
    a: &[u64],
    b: &[u64],
    n: usize,
    pace: &mut Pace,
) -> Result<(Vec<u64>, Vec<u64>), Interrupted> {
    let (b1, b0) = (high_part(b, n), low_part(b, n));
    let a_high = trimmed(high_part(a, n));
    let (mut q, c) = if cmp_mag(high_part(a, 2 * n), b1) == Ordering::Less {
        divide_2_by_1(a_high.to_vec(), b1, n, pace)?
    } else {
        // The quotient would overflow: it is B^n - 1, so c = a_high - b1 B^n + b1.
        let mut c = add_mag(a_high, b1);
        if c.len() > n {
            sub_from(&mut c[n..], trimmed(b1));
        }
        trim(&mut c);
        (vec![u64::MAX; n], c)
    };
    let d = mul_mag(&q, b0, pace)?;
    let mut r = join(&c, low_part(a, n), n);
    while cmp_mag(&r, &d) == Ordering::Less {
        q = sub_mag(&q, &[1]);
        r = add_mag(&r, b);
    }
    Ok((q, sub_mag(&r, &d)))
}

/// `a / b` as the nearest float, ties to even. CPython: Objects/longobject.c, long_true_divide.
pub fn true_div(a: BigRef, b: BigRef, mut step: Step) -> Result<f64, TextError> {
    let (an, bn) = (trimmed(a.limbs), trimmed(b.limbs));
    if bn.is_empty() {
        return Err(TextError::new(
            ErrorKind::ZeroDivisionError,
            "division by zero",
        ));
    }
    let negative = a.negative != b.negative;
    let sign = if negative { -1.0 } else { 1.0 };
    if an.is_empty() {
        return Ok(if b.negative { -0.0 } else { 0.0 });
    }
    let too_large = || TextError::overflow("integer division result too large for a float");
    let scale = bit_length_mag(an) as i64 - bit_length_mag(bn) as i64;
    if scale > 1025 {
        return Err(too_large());
    }
    if scale < -1080 {
        return Ok(0.0 * sign);
    }
    // A quotient of 66 bits or so, with a sticky bit below, rounds right whatever the exponent.
    let shift = 66 - scale;
    let pace = &mut Pace::new(&mut step);
    let (q, r) = if shift >= 0 {
        div_rem_mag(
            &shl_mag(an, shift as usize / 64, shift as u32 % 64),
            bn,
            pace,
        )?
    } else {
        let shift = -shift;
        div_rem_mag(
            an,
            &shl_mag(bn, shift as usize / 64, shift as u32 % 64),
            pace,
        )?
    };
    match super::convert::scale_to_f64(&q, !r.is_empty(), -shift) {
        Some(x) => Ok(x * sign),
        None => Err(too_large()),
    }
}

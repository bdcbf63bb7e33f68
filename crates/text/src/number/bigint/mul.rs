//! Multiplication: schoolbook for small operands, Karatsuba above, unbalanced operands in blocks.

use super::{Big, BigRef, Pace, add_into, sub_from, trim, trimmed};
use crate::{Interrupted, Step};

/// Below this many limbs schoolbook wins.
const KARATSUBA_LIMBS: usize = 40;

pub fn mul(a: BigRef, b: BigRef, mut step: Step) -> Result<Big, Interrupted> {
    let negative = a.negative != b.negative;
    let limbs = mul_mag(a.limbs, b.limbs, &mut Pace::new(&mut step))?;
    Ok(Big::new(negative, limbs))
}

pub(crate) fn mul_mag(a: &[u64], b: &[u64], pace: &mut Pace) -> Result<Vec<u64>, Interrupted> {
    let (a, b) = (trimmed(a), trimmed(b));
    if a.is_empty() || b.is_empty() {
        return Ok(Vec::new());
    }
    if let Some((a, x)) = by_limb(a, b) {
        pace.spend(a.len())?;
        return Ok(mul_limb(a, x));
    }
    let mut out = vec![0; a.len() + b.len()];
    mul_into(&mut out, a, b, pace)?;
    trim(&mut out);
    Ok(out)
}

/// The factors, if one of them is a single limb.
fn by_limb<'a>(a: &'a [u64], b: &'a [u64]) -> Option<(&'a [u64], u64)> {
    match (a, b) {
        (_, [x]) => Some((a, *x)),
        ([x], _) => Some((b, *x)),
        _ => None,
    }
}
fn mul_limb(a: &[u64], x: u64) -> Vec<u64> {
    let mut out = Vec::with_capacity(a.len() + 1);
    let mut carry = 0u64;
    out.extend(a.iter().map(|&y| {
        let t = y as u128 * x as u128 + carry as u128;
        carry = (t >> 64) as u64;
        t as u64
    }));
    if carry != 0 {
        out.push(carry);
    }
    out
}

/// `out += a * x`; the carry goes on into `out`'s limbs behind `a`'s length, which must have room.
#[inline]
pub(crate) fn add_mul_limb(out: &mut [u64], a: &[u64], x: u64) -> u64 {
    let mut carry = 0u64;
    for (o, &y) in out.iter_mut().zip(a) {
        let t = y as u128 * x as u128 + *o as u128 + carry as u128;
        *o = t as u64;
        carry = (t >> 64) as u64;
    }
    carry
}

/// Writes `a * b` to `out`, which has exactly the sum of their lengths and is zero.
fn mul_into(out: &mut [u64], a: &[u64], b: &[u64], pace: &mut Pace) -> Result<(), Interrupted> {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if b.len() < KARATSUBA_LIMBS {
        for (i, &x) in b.iter().enumerate() {
            pace.spend(a.len())?;
            let carry = add_mul_limb(&mut out[i..], a, x);
            out[i + a.len()] = carry;
        }
        return Ok(());
    }
    if a.len() >= 2 * b.len() {
        let mut product = Vec::new();
        for (i, block) in a.chunks(b.len()).enumerate() {
            product.clear();
            product.resize(block.len() + b.len(), 0);
            mul_into(&mut product, block, b, pace)?;
            add_into(&mut out[i * b.len()..], &product);
        }
        return Ok(());
    }
    // (a1 B + a0)(b1 B + b0) = a1 b1 B² + ((a0+a1)(b0+b1) - a1 b1 - a0 b0) B + a0 b0
    let half = a.len().div_ceil(2);
    if half >= b.len() {
        // `b` has no upper half: two products.
        let (a0, a1) = a.split_at(half);
        mul_into(&mut out[..half + b.len()], a0, b, pace)?;
        let mut high = vec![0; a1.len() + b.len()];
        mul_into(&mut high, a1, b, pace)?;
        add_into(&mut out[half..], &high);
        return Ok(());
    }
    let (a0, a1) = a.split_at(half);
    let (b0, b1) = b.split_at(half);
    let (low, high) = out.split_at_mut(2 * half);
    mul_into(low, a0, b0, pace)?;
    mul_into(high, a1, b1, pace)?;
    let sum_a = sum(a0, a1);
    let sum_b = sum(b0, b1);
    let mut middle = vec![0; sum_a.len() + sum_b.len()];
    mul_into(&mut middle, &sum_a, &sum_b, pace)?;
    sub_from(&mut middle, trimmed(low));
    sub_from(&mut middle, trimmed(high));
    add_into(&mut out[half..], trimmed(&middle));
    Ok(())
}

fn sum(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = a.to_vec();
    out.push(0);
    add_into(&mut out, b);
    trim(&mut out);
    if out.is_empty() {
        out.push(0);
    }
    out
}

//! Integers to and from digits of a base from 2 to 36, both sub-quadratic by splitting in halves.

use super::div::{div_limb, div_rem_mag};
use super::mul::mul_mag;
use super::{Big, BigRef, Pace, add_into, bit_length_mag, trim, trimmed};
use crate::{Interrupted, Step};

/// Up to this many limbs are converted by repeated division (multiplication) by one limb.
const LEAF_LIMBS: usize = 40;
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The largest power of the base that fits a limb, and its exponent.
fn chunk_of(base: u32) -> (u64, usize) {
    let (mut power, mut digits) = (base as u64, 1);
    while let Some(next) = power.checked_mul(base as u64) {
        power = next;
        digits += 1;
    }
    (power, digits)
}

pub fn to_decimal(a: BigRef, step: Step) -> Result<String, Interrupted> {
    to_radix(a, 10, step)
}

/// The digits with a minus sign if negative, in lower case and without prefix. Bases other than 2..=36 count as 10.
pub fn to_radix(a: BigRef, base: u32, mut step: Step) -> Result<String, Interrupted> {
    let base = if (2..=36).contains(&base) { base } else { 10 };
    let limbs = trimmed(a.limbs);
    let mut out = Vec::new();
    if a.negative && !limbs.is_empty() {
        out.push(b'-');
    }
    if limbs.is_empty() {
        out.push(b'0');
    } else if base.is_power_of_two() {
        digits_of_bits(limbs, base.trailing_zeros(), &mut out);
    } else {
        let pace = &mut Pace::new(&mut step);
        let (chunk, chunk_digits) = chunk_of(base);
        // powers[i] = base^(chunk_digits * 2^i); the last is at most about the square root of the number.
        let mut powers: Vec<Vec<u64>> = Vec::new();
        if limbs.len() > LEAF_LIMBS {
            powers.push(vec![chunk]);
            while let Some(last) = powers.last() {
                if last.len() * 2 > limbs.len() + 1 {
                    break;
                }
                let square = mul_mag(last, last, pace)?;
                powers.push(square);
            }
        }
        let start = out.len();
        split_digits(limbs, base, chunk, chunk_digits, &powers, 0, &mut out, pace)?;
        let zeros = out[start..].iter().take_while(|&&b| b == b'0').count();
        out.drain(start..start + zeros);
    }
    // Digits are ASCII, so the conversion can't fail.
    Ok(String::from_utf8(out).unwrap_or_default())
}

fn digits_of_bits(limbs: &[u64], width: u32, out: &mut Vec<u8>) {
    let count = bit_length_mag(limbs).div_ceil(width as u64);
    out.reserve(count as usize);
    for i in (0..count).rev() {
        let bit = i * width as u64;
        let (at, low) = ((bit / 64) as usize, (bit % 64) as u32);
        let mut digit = limbs[at] >> low;
        if low + width > 64 {
            digit |= limbs.get(at + 1).copied().unwrap_or(0) << (64 - low);
        }
        out.push(DIGITS[(digit & ((1 << width) - 1)) as usize]);
    }
}

/// Appends the digits, padded on the left to `pad`. Recursion depth is the number of powers, a logarithm.
#[allow(
    clippy::too_many_arguments,
    reason = "a recursion over constant context"
)]
fn split_digits(
    a: &[u64],
    base: u32,
    chunk: u64,
    chunk_digits: usize,
    powers: &[Vec<u64>],
    pad: usize,
    out: &mut Vec<u8>,
    pace: &mut Pace,
) -> Result<(), Interrupted> {
    if a.len() > LEAF_LIMBS
        && let Some((power, smaller)) = powers.split_last()
    {
        if super::cmp_mag(a, power) == std::cmp::Ordering::Less {
            return split_digits(a, base, chunk, chunk_digits, smaller, pad, out, pace);
        }
        let low_digits = chunk_digits << smaller.len();
        let (q, r) = div_rem_mag(a, power, pace)?;
        split_digits(
            &q,
            base,
            chunk,
            chunk_digits,
            powers,
            pad.saturating_sub(low_digits),
            out,
            pace,
        )?;
        return split_digits(
            &r,
            base,
            chunk,
            chunk_digits,
            smaller,
            low_digits,
            out,
            pace,
        );
    }
    pace.spend(a.len() * a.len())?;
    let start = out.len();
    let mut a = a.to_vec();
    while !a.is_empty() {
        let mut rem = div_limb(&mut a, chunk);
        trim(&mut a);
        for _ in 0..chunk_digits {
            out.push(DIGITS[(rem % base as u64) as usize]);
            rem /= base as u64;
        }
    }
    while out.len() - start > pad && out.last() == Some(&b'0') {
        out.pop();
    }
    let missing = pad.saturating_sub(out.len() - start);
    out.extend(std::iter::repeat_n(b'0', missing));
    out[start..].reverse();
    Ok(())
}

/// The value of a digit in bases up to 36.
#[inline]
pub fn digit_value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some((byte - b'0') as u32),
        b'a'..=b'z' => Some((byte - b'a') as u32 + 10),
        b'A'..=b'Z' => Some((byte - b'A') as u32 + 10),
        _ => None,
    }
}

/// The number that ASCII digits (nothing else: no sign, no underscores) stand for. `None` when one isn't a digit.
pub fn parse_radix(digits: &[u8], base: u32, mut step: Step) -> Result<Option<Big>, Interrupted> {
    if digits.is_empty()
        || !(2..=36).contains(&base)
        || digits
            .iter()
            .any(|&b| digit_value(b).is_none_or(|d| d >= base))
    {
        return Ok(None);
    }
    if base.is_power_of_two() {
        let width = base.trailing_zeros();
        let mut limbs = vec![0u64; (digits.len() * width as usize).div_ceil(64) + 1];
        for (i, &byte) in digits.iter().rev().enumerate() {
            let bit = i * width as usize;
            let digit = digit_value(byte).unwrap_or(0) as u64;
            limbs[bit / 64] |= digit << (bit % 64);
            if bit % 64 + width as usize > 64 {
                limbs[bit / 64 + 1] |= digit >> (64 - bit % 64);
            }
        }
        return Ok(Some(Big::new(false, limbs)));
    }
    let (chunk, chunk_digits) = chunk_of(base);
    let pace = &mut Pace::new(&mut step);
    // Leaves of equal numbers of digits from the right, then neighbours are joined, level by level.
    let leaf_digits = chunk_digits * LEAF_LIMBS;
    let mut level: Vec<Vec<u64>> = Vec::with_capacity(digits.len() / leaf_digits + 1);
    for leaf in digits.rchunks(leaf_digits) {
        pace.spend(leaf.len() * 4)?;
        level.push(parse_leaf(leaf, base, chunk, chunk_digits));
    }
    let mut power = if level.len() > 1 {
        let mut p = vec![1u64];
        for _ in 0..LEAF_LIMBS {
            p = mul_mag(&p, &[chunk], pace)?;
        }
        p
    } else {
        Vec::new()
    };
    while level.len() > 1 {
        let mut next = Vec::with_capacity(level.len().div_ceil(2));
        for pair in level.chunks(2) {
            next.push(match pair {
                [low, high] => {
                    let mut joined = mul_mag(high, &power, pace)?;
                    let len = joined.len().max(low.len()) + 1;
                    joined.resize(len, 0);
                    add_into(&mut joined, low);
                    trim(&mut joined);
                    joined
                }
                _ => pair.concat(),
            });
        }
        level = next;
        if level.len() > 1 {
            power = mul_mag(&power, &power, pace)?;
        }
    }
    Ok(Some(Big::new(false, level.pop().unwrap_or_default())))
}

fn parse_leaf(digits: &[u8], base: u32, chunk: u64, chunk_digits: usize) -> Vec<u64> {
    let mut limbs: Vec<u64> = Vec::with_capacity(digits.len() / chunk_digits + 1);
    let (first, rest) = digits.split_at(digits.len() % chunk_digits);
    for part in std::iter::once(first).chain(rest.chunks(chunk_digits)) {
        let value = part.iter().fold(0u64, |acc, &b| {
            acc * base as u64 + digit_value(b).unwrap_or(0) as u64
        });
        let mut carry = value;
        for x in &mut limbs {
            let t = *x as u128 * chunk as u128 + carry as u128;
            *x = t as u64;
            carry = (t >> 64) as u64;
        }
        let top = carry;
        if top != 0 {
            limbs.push(top);
        }
    }
    trim(&mut limbs);
    limbs
}

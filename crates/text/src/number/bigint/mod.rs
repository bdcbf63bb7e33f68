//! Integers of any size, as sign and magnitude over 64-bit limbs, least significant first.
//!
//! The VM keeps limbs of its own and lends them as a [`BigRef`]; results come back as an owned [`Big`]. Limbs are used
//! directly rather than through a big-integer crate so that the common case, operands of two to ten limbs, costs no
//! conversion, and so that every long operation can be interrupted: the sub-quadratic recursions call a [`Step`].
//!
//! Invariant: a [`Big`] has no leading zero limbs, and zero isn't negative. A [`BigRef`] may have leading zeros.

mod bits;
mod convert;
mod div;
mod mul;
mod power;
mod radix;

pub use bits::*;
pub use convert::*;
pub use div::{DivisionByZero, div_floor, div_rem_floor, div_rem_trunc, true_div};
pub use mul::mul;
pub use power::*;
pub use radix::*;

use crate::{Step, TextError};
use std::cmp::Ordering;

/// No result gets more bits than this (2 GiB); what would is a `MemoryError`.
pub const BITS_MAX: u64 = 1 << 34;

/// An integer. See the invariant at the head of this file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Big {
    pub negative: bool,
    pub limbs: Vec<u64>,
}

/// A borrowed integer.
#[derive(Debug, Clone, Copy)]
pub struct BigRef<'a> {
    pub negative: bool,
    pub limbs: &'a [u64],
}

impl Big {
    pub fn new(negative: bool, mut limbs: Vec<u64>) -> Big {
        trim(&mut limbs);
        Big {
            negative: negative && !limbs.is_empty(),
            limbs,
        }
    }
    pub fn zero() -> Big {
        Big::default()
    }
    pub fn from_i64(value: i64) -> Big {
        Big::new(value < 0, vec![value.unsigned_abs()])
    }
    pub fn from_u64(value: u64) -> Big {
        Big::new(false, vec![value])
    }
    pub fn from_i128(value: i128) -> Big {
        let magnitude = value.unsigned_abs();
        Big::new(value < 0, vec![magnitude as u64, (magnitude >> 64) as u64])
    }
    #[inline]
    pub fn view(&self) -> BigRef<'_> {
        BigRef {
            negative: self.negative,
            limbs: &self.limbs,
        }
    }
    /// The value if it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        self.view().to_i64()
    }
    pub fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }
}

impl<'a> BigRef<'a> {
    /// A small value, its magnitude put in `room`.
    pub fn from_i64(value: i64, room: &'a mut [u64; 1]) -> BigRef<'a> {
        room[0] = value.unsigned_abs();
        BigRef {
            negative: value < 0,
            limbs: &room[..],
        }
    }
    pub fn to_i64(self) -> Option<i64> {
        match *trimmed(self.limbs) {
            [] => Some(0),
            [x] if self.negative => 0i64.checked_sub_unsigned(x),
            [x] => i64::try_from(x).ok(),
            _ => None,
        }
    }
    pub fn to_u64(self) -> Option<u64> {
        match *trimmed(self.limbs) {
            [] => Some(0),
            [x] if !self.negative => Some(x),
            _ => None,
        }
    }
    pub fn to_big(self) -> Big {
        Big::new(self.negative, self.limbs.to_vec())
    }
    pub fn is_zero(self) -> bool {
        trimmed(self.limbs).is_empty()
    }
    /// -1, 0 or 1.
    pub fn signum(self) -> i32 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        }
    }
    fn trimmed(self) -> BigRef<'a> {
        let limbs = trimmed(self.limbs);
        BigRef {
            negative: self.negative && !limbs.is_empty(),
            limbs,
        }
    }
}

pub(crate) fn trim(limbs: &mut Vec<u64>) {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
}

pub(crate) fn trimmed(mut limbs: &[u64]) -> &[u64] {
    while let [head @ .., 0] = limbs {
        limbs = head;
    }
    limbs
}

// ---- magnitudes ----

pub(crate) fn cmp_mag(a: &[u64], b: &[u64]) -> Ordering {
    let (a, b) = (trimmed(a), trimmed(b));
    a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Adds `b` into `a`, which is at least as long, and gives the carry out of its end.
pub(crate) fn add_into(a: &mut [u64], b: &[u64]) -> bool {
    let mut carry = false;
    let (low, high) = a.split_at_mut(b.len().min(a.len()));
    for (x, &y) in low.iter_mut().zip(b) {
        let (sum, c1) = x.overflowing_add(y);
        let (sum, c2) = sum.overflowing_add(carry as u64);
        *x = sum;
        carry = c1 | c2;
    }
    for x in high {
        if !carry {
            return false;
        }
        (*x, carry) = x.overflowing_add(1);
    }
    carry
}

/// Subtracts `b` from `a`, which is at least as long, and gives the borrow out of its end.
pub(crate) fn sub_from(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = false;
    let (low, high) = a.split_at_mut(b.len().min(a.len()));
    for (x, &y) in low.iter_mut().zip(b) {
        let (diff, c1) = x.overflowing_sub(y);
        let (diff, c2) = diff.overflowing_sub(borrow as u64);
        *x = diff;
        borrow = c1 | c2;
    }
    for x in high {
        if !borrow {
            return false;
        }
        (*x, borrow) = x.overflowing_sub(1);
    }
    borrow
}

pub(crate) fn add_mag(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = Vec::with_capacity(a.len() + 1);
    let mut carry = false;
    out.extend(a.iter().zip(b).map(|(&x, &y)| {
        let (sum, c1) = x.overflowing_add(y);
        let (sum, c2) = sum.overflowing_add(carry as u64);
        carry = c1 | c2;
        sum
    }));
    out.extend_from_slice(&a[b.len()..]);
    for limb in &mut out[b.len()..] {
        if !carry {
            break;
        }
        (*limb, carry) = limb.overflowing_add(1);
    }
    if carry {
        out.push(1);
    }
    out
}

/// `a - b` where `a >= b`.
pub(crate) fn sub_mag(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = a.to_vec();
    sub_from(&mut out, trimmed(b));
    trim(&mut out);
    out
}

pub(crate) fn shl_mag(a: &[u64], limbs: usize, bits: u32) -> Vec<u64> {
    let a = trimmed(a);
    if a.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::with_capacity(a.len() + limbs + 1);
    out.resize(limbs, 0);
    if bits == 0 {
        out.extend_from_slice(a);
        return out;
    }
    out.push(a[0] << bits);
    out.extend(a.windows(2).map(|w| w[1] << bits | w[0] >> (64 - bits)));
    let carry = a[a.len() - 1] >> (64 - bits);
    if carry != 0 {
        out.push(carry);
    }
    out
}

pub(crate) fn shr_mag(a: &[u64], limbs: usize, bits: u32) -> Vec<u64> {
    let Some(a) = a.get(limbs..) else {
        return Vec::new();
    };
    if bits == 0 {
        return trimmed(a).to_vec();
    }
    let mut out = Vec::with_capacity(a.len());
    out.extend(a.windows(2).map(|w| w[0] >> bits | w[1] << (64 - bits)));
    out.extend(a.last().map(|top| top >> bits));
    trim(&mut out);
    out
}

pub(crate) fn bit_length_mag(a: &[u64]) -> u64 {
    let a = trimmed(a);
    a.last()
        .map_or(0, |&top| a.len() as u64 * 64 - top.leading_zeros() as u64)
}

// ---- signed ----

pub fn cmp(a: BigRef, b: BigRef) -> Ordering {
    let (a, b) = (a.trimmed(), b.trimmed());
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => cmp_mag(a.limbs, b.limbs),
        (true, true) => cmp_mag(b.limbs, a.limbs),
    }
}

pub fn add(a: BigRef, b: BigRef) -> Big {
    if a.negative == b.negative {
        return Big::new(a.negative, add_mag(a.limbs, b.limbs));
    }
    match cmp_mag(a.limbs, b.limbs) {
        Ordering::Equal => Big::zero(),
        Ordering::Greater => Big::new(a.negative, sub_mag(a.limbs, b.limbs)),
        Ordering::Less => Big::new(b.negative, sub_mag(b.limbs, a.limbs)),
    }
}

pub fn sub(a: BigRef, b: BigRef) -> Big {
    add(
        a,
        BigRef {
            negative: !b.negative,
            limbs: b.limbs,
        },
    )
}

pub fn neg(a: BigRef) -> Big {
    Big::new(!a.negative, a.limbs.to_vec())
}

pub fn abs(a: BigRef) -> Big {
    Big::new(false, a.limbs.to_vec())
}

/// `a << bits`.
pub fn shl(a: BigRef, bits: u64) -> Result<Big, TextError> {
    if a.is_zero() {
        return Ok(Big::zero());
    }
    if bit_length(a).checked_add(bits).is_none_or(|n| n > BITS_MAX) {
        return Err(TextError::memory());
    }
    Ok(Big::new(
        a.negative,
        shl_mag(a.limbs, (bits / 64) as usize, (bits % 64) as u32),
    ))
}

/// `a >> bits`, rounding towards minus infinity.
pub fn shr(a: BigRef, bits: u64) -> Big {
    let limbs = usize::try_from(bits / 64).unwrap_or(usize::MAX);
    let low = (bits % 64) as u32;
    let mut out = shr_mag(a.limbs, limbs, low);
    if a.negative {
        let whole = a.limbs.iter().take(limbs).any(|&x| x != 0);
        let part = a
            .limbs
            .get(limbs)
            .is_some_and(|&x| x & ((1u64 << low) - 1) != 0);
        if whole || part {
            out = add_mag(&out, &[1]);
        }
    }
    Big::new(a.negative, out)
}

pub fn bit_length(a: BigRef) -> u64 {
    bit_length_mag(a.limbs)
}

pub fn bit_count(a: BigRef) -> u64 {
    a.limbs.iter().map(|x| x.count_ones() as u64).sum()
}

/// How many low bits are zero; `None` for zero.
pub fn trailing_zeros(a: BigRef) -> Option<u64> {
    let at = a.limbs.iter().position(|&x| x != 0)?;
    Some(at as u64 * 64 + a.limbs[at].trailing_zeros() as u64)
}

/// The step counter of inner loops: calls `step` about every 2^16 units of work.
pub(crate) struct Pace<'a, 'b> {
    step: &'a mut Step<'b>,
    work: usize,
}

impl<'a, 'b> Pace<'a, 'b> {
    pub(crate) fn new(step: &'a mut Step<'b>) -> Self {
        Pace { step, work: 0 }
    }
    #[inline]
    pub(crate) fn spend(&mut self, work: usize) -> Result<(), crate::Interrupted> {
        self.work += work;
        if self.work >= 1 << 18 {
            self.work = 0;
            (self.step)()?;
        }
        Ok(())
    }
}

//! Coefficients: natural numbers with the operations that decimal arithmetic needs.

use super::DIGITS_MAX;
use crate::no_step;
use crate::number::bigint::{self, Big};
use std::cmp::Ordering;

/// Invariant: `Large` holds what `Small` can't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coef {
    Small(u128),
    Large(Big),
}

/// What was cut off, in relation to a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tail {
    Zero,
    Less,
    Half,
    More,
}

/// 10 to this power is the greatest that fits in 128 bits.
const SMALL_POWER_MAX: u64 = 38;
fn power(n: u64) -> u128 {
    10u128.pow(n as u32)
}
/// 10 to the n; None if that is absurdly large.
fn big_power(n: u64) -> Option<Big> {
    if n > DIGITS_MAX {
        return None;
    }
    let ten = Big::from_u64(10);
    bigint::pow(ten.view(), n, &mut no_step).ok()
}

impl Coef {
    pub const ZERO: Coef = Coef::Small(0);

    pub fn from_big(big: Big) -> Coef {
        match *big.limbs {
            [] => Coef::ZERO,
            [a] => Coef::Small(u128::from(a)),
            [a, b] => Coef::Small(u128::from(a) | u128::from(b) << 64),
            _ => Coef::Large(Big::new(false, big.limbs)),
        }
    }
    pub fn to_big(&self) -> Big {
        match self {
            Coef::Small(n) => Big::new(false, vec![*n as u64, (*n >> 64) as u64]),
            Coef::Large(big) => big.clone(),
        }
    }
    pub fn is_zero(&self) -> bool {
        *self == Coef::ZERO
    }
    pub(super) fn is_odd(&self) -> bool {
        match self {
            Coef::Small(n) => n & 1 == 1,
            Coef::Large(big) => big.limbs.first().is_some_and(|l| l & 1 == 1),
        }
    }
    pub(super) fn rem_small(&self, d: u64) -> u64 {
        match self {
            Coef::Small(n) => (n % u128::from(d)) as u64,
            Coef::Large(big) => big.limbs.iter().rev().fold(0u128, |rest, limb| {
                (rest << 64 | u128::from(*limb)) % u128::from(d)
            }) as u64,
        }
    }
    /// How many digits; zero has one.
    pub fn digits(&self) -> u64 {
        match self {
            Coef::Small(0) => 1,
            Coef::Small(n) => u64::from(n.ilog10()) + 1,
            Coef::Large(big) => {
                // floor(bits * log10 2) digits at least, one more at most.
                let bits = bigint::bit_length(big.view());
                let least =
                    ((bits - 1) as u128 * 30_102_999_566_398_119 / 100_000_000_000_000_000) as u64;
                match big_power(least + 1) {
                    Some(p) if bigint::cmp(big.view(), p.view()) != Ordering::Less => least + 2,
                    _ => least + 1,
                }
            }
        }
    }
    /// All digits as text.
    pub fn text(&self) -> String {
        match self {
            Coef::Small(n) => n.to_string(),
            Coef::Large(big) => bigint::to_decimal(big.view(), &mut no_step).unwrap_or_default(),
        }
    }
    /// Of nothing but digits.
    pub fn parse(digits: &[u8]) -> Option<Coef> {
        let digits = match digits.iter().position(|d| *d != b'0') {
            Some(at) => &digits[at..],
            None => return Some(Coef::ZERO),
        };
        if digits.len() as u64 <= SMALL_POWER_MAX {
            return Some(Coef::Small(
                digits.iter().fold(0, |n, d| n * 10 + u128::from(d - b'0')),
            ));
        }
        bigint::parse_radix(digits, 10, &mut no_step)
            .ok()
            .flatten()
            .map(Coef::from_big)
    }
    /// Times ten to the n; None: out of memory.
    pub fn shifted(&self, n: u64) -> Option<Coef> {
        if n == 0 || self.is_zero() {
            return Some(self.clone());
        }
        if let Coef::Small(x) = self {
            if n <= SMALL_POWER_MAX {
                if let Some(y) = x.checked_mul(power(n)) {
                    return Some(Coef::Small(y));
                }
            }
        }
        let p = big_power(n)?;
        bigint::mul(self.to_big().view(), p.view(), &mut no_step)
            .ok()
            .map(Coef::from_big)
    }
    /// Without its last n digits, and what those were.
    pub(super) fn cut(&self, n: u64) -> (Coef, Tail) {
        if n == 0 {
            return (self.clone(), Tail::Zero);
        }
        let size = self.digits();
        if n > size {
            let tail = if self.is_zero() {
                Tail::Zero
            } else {
                Tail::Less
            };
            return (Coef::ZERO, tail);
        }
        let weigh = |order: Ordering| match order {
            Ordering::Less => Tail::Less,
            Ordering::Equal => Tail::Half,
            Ordering::Greater => Tail::More,
        };
        match self {
            Coef::Small(x) if n <= SMALL_POWER_MAX => {
                let p = power(n);
                let rest = x % p;
                let tail = if rest == 0 {
                    Tail::Zero
                } else {
                    weigh(rest.cmp(&(p / 2)))
                };
                (Coef::Small(x / p), tail)
            }
            _ => {
                let Some(p) = big_power(n) else {
                    return (Coef::ZERO, Tail::Less);
                };
                let Ok((kept, rest)) =
                    bigint::div_rem_trunc(self.to_big().view(), p.view(), &mut no_step)
                else {
                    return (Coef::ZERO, Tail::Less);
                };
                let tail = if rest.is_zero() {
                    Tail::Zero
                } else {
                    let twice = bigint::add(rest.view(), rest.view());
                    weigh(bigint::cmp(twice.view(), p.view()))
                };
                (Coef::from_big(kept), tail)
            }
        }
    }
    pub(super) fn low_digits(&self, n: u64) -> Coef {
        let text = self.text();
        let from = text.len().saturating_sub(n as usize);
        Coef::parse(&text.as_bytes()[from..]).unwrap_or(Coef::ZERO)
    }
    /// n nines.
    pub(super) fn nines(n: u64) -> Option<Coef> {
        let p = big_power(n)?;
        Some(Coef::from_big(bigint::sub(
            p.view(),
            Big::from_u64(1).view(),
        )))
    }
    pub(super) fn plus_one(&self) -> Coef {
        self.add(&Coef::Small(1))
    }
    pub(super) fn add(&self, other: &Coef) -> Coef {
        if let (Coef::Small(a), Coef::Small(b)) = (self, other) {
            if let Some(sum) = a.checked_add(*b) {
                return Coef::Small(sum);
            }
        }
        Coef::from_big(bigint::add(self.to_big().view(), other.to_big().view()))
    }
    /// The difference of a greater and a smaller one.
    pub(super) fn sub(&self, other: &Coef) -> Coef {
        if let (Coef::Small(a), Coef::Small(b)) = (self, other) {
            return Coef::Small(a.saturating_sub(*b));
        }
        Coef::from_big(bigint::sub(self.to_big().view(), other.to_big().view()))
    }
    pub(super) fn mul(&self, other: &Coef) -> Option<Coef> {
        if let (Coef::Small(a), Coef::Small(b)) = (self, other) {
            if let Some(product) = a.checked_mul(*b) {
                return Some(Coef::Small(product));
            }
        }
        bigint::mul(self.to_big().view(), other.to_big().view(), &mut no_step)
            .ok()
            .map(Coef::from_big)
    }
    pub(super) fn div_rem(&self, other: &Coef) -> Option<(Coef, Coef)> {
        if let (Coef::Small(a), Coef::Small(b)) = (self, other) {
            return Some((
                Coef::Small(a.checked_div(*b)?),
                Coef::Small(a.checked_rem(*b)?),
            ));
        }
        let (q, r) =
            bigint::div_rem_trunc(self.to_big().view(), other.to_big().view(), &mut no_step)
                .ok()?;
        Some((Coef::from_big(q), Coef::from_big(r)))
    }
    pub(super) fn compare(&self, other: &Coef) -> Ordering {
        match (self, other) {
            (Coef::Small(a), Coef::Small(b)) => a.cmp(b),
            (Coef::Small(_), Coef::Large(_)) => Ordering::Less,
            (Coef::Large(_), Coef::Small(_)) => Ordering::Greater,
            (Coef::Large(a), Coef::Large(b)) => bigint::cmp(a.view(), b.view()),
        }
    }
    /// How many of the last digits are zero; of zero, none.
    pub(super) fn trailing_zeros(&self) -> u64 {
        match self {
            Coef::Small(0) => 0,
            Coef::Small(n) => {
                let (mut n, mut count) = (*n, 0);
                while n % 10 == 0 {
                    n /= 10;
                    count += 1;
                }
                count
            }
            Coef::Large(_) => {
                let text = self.text();
                (text.len() - text.trim_end_matches('0').len()) as u64
            }
        }
    }
}

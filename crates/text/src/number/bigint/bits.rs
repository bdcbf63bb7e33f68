//! Bitwise operations on two's complement of infinite width.

use super::{Big, BigRef, add_into, trimmed};

/// The limbs of the two's complement form, with the sign going on for ever.
struct TwosComplement<'a> {
    limbs: &'a [u64],
    negative: bool,
    carry: bool,
    at: usize,
}

impl<'a> TwosComplement<'a> {
    fn new(a: BigRef<'a>) -> Self {
        let limbs = trimmed(a.limbs);
        let negative = a.negative && !limbs.is_empty();
        TwosComplement {
            limbs,
            negative,
            carry: negative,
            at: 0,
        }
    }
    #[inline]
    fn next(&mut self) -> u64 {
        let x = self.limbs.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        if !self.negative {
            return x;
        }
        let (x, carry) = (!x).overflowing_add(self.carry as u64);
        self.carry = carry;
        x
    }
}

fn bitwise(a: BigRef, b: BigRef, op: impl Fn(u64, u64) -> u64) -> Big {
    let (mut x, mut y) = (TwosComplement::new(a), TwosComplement::new(b));
    let negative = op(x.negative as u64, y.negative as u64) & 1 == 1;
    let len = x.limbs.len().max(y.limbs.len()) + 1;
    let mut out: Vec<u64> = (0..len).map(|_| op(x.next(), y.next())).collect();
    if negative {
        out.iter_mut().for_each(|x| *x = !*x);
        add_into(&mut out, &[1]);
    }
    Big::new(negative, out)
}

pub fn and(a: BigRef, b: BigRef) -> Big {
    bitwise(a, b, |x, y| x & y)
}

pub fn or(a: BigRef, b: BigRef) -> Big {
    bitwise(a, b, |x, y| x | y)
}

pub fn xor(a: BigRef, b: BigRef) -> Big {
    bitwise(a, b, |x, y| x ^ y)
}

/// `~a`.
pub fn invert(a: BigRef) -> Big {
    let mut room = [0];
    super::sub(super::neg(a).view(), BigRef::from_i64(1, &mut room))
}

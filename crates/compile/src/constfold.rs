//! Constant folding: what CPython computes at compile time, and nothing more, since programs can see it (`is`, `co_consts`, timing).
//!
//! Pure functions over constants. None means "leave it to run time", which includes every operation that would raise. Results are bounded as
//! in CPython (Python/flowgraph.c, const_folding_*): integers of 128 bits, strings of 4096 characters, 256 elements.

use mesapy_bytecode::Const;
use mesapy_syntax::ast::{Operator, UnaryOp};

const STR_MAX: usize = 4096;
const ITEMS_MAX: usize = 256;
const INT_BITS_MAX: u32 = 128;

/// An integer or bool of at most 127 bits.
fn int_of(value: &Const) -> Option<i128> {
    match value {
        Const::Int(i) => Some(*i as i128),
        Const::Bool(b) => Some(*b as i128),
        Const::BigInt(negative, limbs) if limbs.len() <= 2 => {
            let low = limbs.first().copied().unwrap_or(0) as u128;
            let high = limbs.get(1).copied().unwrap_or(0) as u128;
            let magnitude = i128::try_from(high << 64 | low).ok()?;
            Some(if *negative { -magnitude } else { magnitude })
        }
        _ => None,
    }
}

pub fn int_const(value: i128) -> Const {
    match i64::try_from(value) {
        Ok(small) => Const::Int(small),
        Err(_) => {
            let magnitude = value.unsigned_abs();
            let mut limbs = vec![magnitude as u64, (magnitude >> 64) as u64];
            while limbs.last() == Some(&0) {
                limbs.pop();
            }
            Const::BigInt(value < 0, limbs)
        }
    }
}

fn float_of(value: &Const) -> Option<f64> {
    match value {
        Const::Float(f) => Some(*f),
        // Exactly representable ones only: the conversion of larger ones is the run time's business.
        Const::Int(i) if i.unsigned_abs() <= 1 << 53 => Some(*i as f64),
        Const::Bool(b) => Some(*b as u8 as f64),
        _ => None,
    }
}

fn complex_of(value: &Const) -> Option<(f64, f64)> {
    match value {
        Const::Complex(re, im) => Some((*re, *im)),
        other => float_of(other).map(|f| (f, 0.0)),
    }
}

/// Truth of a constant.
pub fn truth(value: &Const) -> bool {
    match value {
        Const::None => false,
        Const::Bool(b) => *b,
        Const::Ellipsis | Const::Code(_) | Const::Slice(_) => true,
        Const::Int(i) => *i != 0,
        Const::BigInt(_, limbs) => limbs.iter().any(|l| *l != 0),
        Const::Float(f) => *f != 0.0,
        Const::Complex(re, im) => *re != 0.0 || *im != 0.0,
        Const::Str(s) | Const::Bytes(s) => !s.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

pub fn unary(op: UnaryOp, value: &Const) -> Option<Const> {
    match op {
        UnaryOp::Not => Some(Const::Bool(!truth(value))),
        UnaryOp::USub => match value {
            Const::Float(f) => Some(Const::Float(-f)),
            Const::Complex(re, im) => Some(Const::Complex(-re, -im)),
            Const::BigInt(negative, limbs) => {
                if *negative || limbs.as_slice() != [1 << 63] {
                    Some(Const::BigInt(!negative, limbs.clone()))
                } else {
                    Some(Const::Int(i64::MIN))
                }
            }
            other => int_of(other).map(|i| int_const(-i)),
        },
        UnaryOp::UAdd => match value {
            Const::Bool(b) => Some(Const::Int(*b as i64)),
            Const::Int(_) | Const::BigInt(..) | Const::Float(_) | Const::Complex(..) => {
                Some(value.clone())
            }
            _ => None,
        },
        UnaryOp::Invert => match value {
            // `~True` warns at run time.
            Const::Bool(_) => None,
            other => int_of(other).map(|i| int_const(!i)),
        },
    }
}

pub fn binary(op: Operator, left: &Const, right: &Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (int_of(left), int_of(right)) {
        return int_binary(
            op,
            a,
            b,
            matches!((left, right), (Const::Bool(_), Const::Bool(_))),
        );
    }
    match (left, right) {
        (Const::Str(s), n) | (n, Const::Str(s)) if op == Operator::Mult && int_of(n).is_some() => {
            repeat(s, int_of(n)?).map(Const::Str)
        }
        (Const::Bytes(s), n) | (n, Const::Bytes(s))
            if op == Operator::Mult && int_of(n).is_some() =>
        {
            repeat(s, int_of(n)?).map(Const::Bytes)
        }
        (Const::Tuple(t), n) | (n, Const::Tuple(t))
            if op == Operator::Mult && int_of(n).is_some() =>
        {
            let times = usize::try_from(int_of(n)?.max(0)).ok()?;
            if !t.is_empty()
                && (times > ITEMS_MAX / t.len() || items(t).saturating_mul(times) > 1024)
            {
                return None;
            }
            Some(Const::Tuple(
                t.iter().cloned().cycle().take(t.len() * times).collect(),
            ))
        }
        (Const::Str(a), Const::Str(b)) if op == Operator::Add => {
            Some(Const::Str([&a[..], b].concat()))
        }
        (Const::Bytes(a), Const::Bytes(b)) if op == Operator::Add => {
            Some(Const::Bytes([&a[..], b].concat()))
        }
        (Const::Tuple(a), Const::Tuple(b)) if op == Operator::Add => {
            Some(Const::Tuple([&a[..], b].concat()))
        }
        (Const::Complex(..), _) | (_, Const::Complex(..)) => {
            let ((a, b), (c, d)) = (complex_of(left)?, complex_of(right)?);
            let mixed = !matches!((left, right), (Const::Complex(..), Const::Complex(..)));
            match op {
                // Mixed operations keep the sign of a zero part (as CPython 3.14 does).
                Operator::Add if mixed => match left {
                    Const::Complex(..) => Some(Const::Complex(a + c, b)),
                    _ => Some(Const::Complex(a + c, d)),
                },
                Operator::Sub if mixed => match left {
                    Const::Complex(..) => Some(Const::Complex(a - c, b)),
                    _ => Some(Const::Complex(a - c, -d)),
                },
                Operator::Add => Some(Const::Complex(a + c, b + d)),
                Operator::Sub => Some(Const::Complex(a - c, b - d)),
                _ => None,
            }
        }
        _ => {
            let (a, b) = (float_of(left)?, float_of(right)?);
            match op {
                Operator::Add => Some(Const::Float(a + b)),
                Operator::Sub => Some(Const::Float(a - b)),
                Operator::Mult => Some(Const::Float(a * b)),
                Operator::Div if b != 0.0 => Some(Const::Float(a / b)),
                _ => None,
            }
        }
    }
}

fn items(list: &[Const]) -> usize {
    list.iter()
        .map(|c| {
            if let Const::Tuple(inner) = c {
                1 + items(inner)
            } else {
                1
            }
        })
        .sum()
}

fn repeat(text: &[u8], times: i128) -> Option<Vec<u8>> {
    let times = usize::try_from(times.max(0)).ok()?;
    if !text.is_empty() && times > STR_MAX / text.len() {
        return None;
    }
    Some(text.repeat(times))
}

fn int_binary(op: Operator, a: i128, b: i128, bools: bool) -> Option<Const> {
    let value = match op {
        Operator::Add => a.checked_add(b)?,
        Operator::Sub => a.checked_sub(b)?,
        Operator::Mult => a.checked_mul(b)?,
        Operator::Div => {
            // Correctly rounded when both are exact.
            if b == 0 || a.unsigned_abs() > 1 << 53 || b.unsigned_abs() > 1 << 53 {
                return None;
            }
            return Some(Const::Float(a as f64 / b as f64));
        }
        Operator::FloorDiv => {
            let q = a.checked_div(b)?;
            if a % b != 0 && (a < 0) != (b < 0) {
                q - 1
            } else {
                q
            }
        }
        Operator::Mod => {
            let r = a.checked_rem(b)?;
            if r != 0 && (r < 0) != (b < 0) {
                r + b
            } else {
                r
            }
        }
        Operator::Pow => {
            let exponent = u32::try_from(b).ok()?;
            let bits = i128::BITS - a.unsigned_abs().leading_zeros();
            if bits.checked_mul(exponent)? > INT_BITS_MAX {
                return None;
            }
            a.checked_pow(exponent)?
        }
        Operator::LShift => {
            let shift = u32::try_from(b).ok()?;
            let bits = i128::BITS - a.unsigned_abs().leading_zeros();
            if a != 0 && bits.checked_add(shift)? > 126 {
                return None;
            }
            if a == 0 { 0 } else { a << shift }
        }
        Operator::RShift => {
            let shift = u32::try_from(b).ok()?;
            a >> shift.min(127)
        }
        Operator::BitAnd if bools => return Some(Const::Bool(a & b != 0)),
        Operator::BitOr if bools => return Some(Const::Bool(a | b != 0)),
        Operator::BitXor if bools => return Some(Const::Bool(a ^ b != 0)),
        Operator::BitAnd => a & b,
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::MatMult => return None,
    };
    Some(int_const(value))
}

/// `value[index]` of constants.
pub fn subscript(value: &Const, index: &Const) -> Option<Const> {
    let at = int_of(index)?;
    let pick = |len: usize| {
        let len = len as i128;
        let at = if at < 0 { at + len } else { at };
        usize::try_from(at).ok().filter(|&at| (at as i128) < len)
    };
    match value {
        Const::Tuple(items) => Some(items[pick(items.len())?].clone()),
        Const::Bytes(bytes) => Some(Const::Int(bytes[pick(bytes.len())?] as i64)),
        Const::Str(text) if text.is_ascii() => Some(Const::Str(vec![text[pick(text.len())?]])),
        _ => None,
    }
}

/// The value of an integer literal that does not fit 63 bits, from its source text.
pub fn big_literal(text: &str) -> Const {
    let text: String = text.chars().filter(|c| *c != '_').collect();
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16u32, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ => (10, &lower[..]),
    };
    let mut limbs: Vec<u64> = Vec::new();
    if radix == 10 {
        // Nineteen digits at a time.
        let bytes = digits.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let end = (at + 19).min(bytes.len());
            let mut chunk = 0u64;
            let mut scale = 1u64;
            for byte in &bytes[at..end] {
                chunk = chunk
                    .wrapping_mul(10)
                    .wrapping_add(byte.wrapping_sub(b'0') as u64);
                scale = scale.wrapping_mul(10);
            }
            let mut carry = chunk as u128;
            for limb in &mut limbs {
                let wide = *limb as u128 * scale as u128 + carry;
                *limb = wide as u64;
                carry = wide >> 64;
            }
            if carry != 0 {
                limbs.push(carry as u64);
            }
            at = end;
        }
    } else {
        let step = radix.trailing_zeros() as usize;
        let mut bit = 0usize;
        for c in digits.chars().rev() {
            let digit = c.to_digit(radix).unwrap_or(0) as u128;
            let (word, shift) = (bit / 64, bit % 64);
            if limbs.len() < word + 2 {
                limbs.resize(word + 2, 0);
            }
            let wide = digit << shift;
            limbs[word] |= wide as u64;
            limbs[word + 1] |= (wide >> 64) as u64;
            bit += step;
        }
    }
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
    match limbs.as_slice() {
        [] => Const::Int(0),
        [one] if i64::try_from(*one).is_ok() => Const::Int(*one as i64),
        _ => Const::BigInt(false, limbs),
    }
}

//! The operations. Where the specification leaves a choice it is CPython's. CPython: Lib/_pydecimal.py.

use super::coef::{Coef, Tail};
use super::{
    Class, Context, Dec, EMAX_MAX, ETINY_MIN, Outcome, Rounding, finalize, invalid, nans, status,
};
use std::cmp::Ordering;

/// x with another exponent, rounded; None: out of memory.
fn rescaled(x: &Dec, exp: i64, rounding: Rounding) -> Option<(Dec, Tail)> {
    if x.coef.is_zero() {
        return Some((Dec::zero(x.negative, exp), Tail::Zero));
    }
    if exp <= x.exp {
        let coef = x.coef.shifted(x.exp.checked_sub(exp)? as u64)?;
        return Some((Dec::finite(x.negative, coef, exp), Tail::Zero));
    }
    let (mut kept, tail) = x.coef.cut(exp.abs_diff(x.exp));
    if rounding.increments(x.negative, &kept, tail) {
        kept = kept.plus_one();
    }
    Some((Dec::finite(x.negative, kept, exp), tail))
}

/// Two finite numbers that are not zero, with one exponent. One that is too small to matter becomes a one where it cannot be mistaken for more.
fn aligned(a: &Dec, b: &Dec, prec: i64) -> Option<(Coef, Coef, i64)> {
    let (high, low, swapped) = if a.exp >= b.exp {
        (a, b, false)
    } else {
        (b, a, true)
    };
    let high_digits = high.coef.digits() as i64;
    let floor = high
        .exp
        .saturating_add((high_digits.saturating_sub(prec).saturating_sub(2)).min(-1));
    let (low_coef, low_exp) = if low.adjusted() < floor {
        (Coef::Small(1), floor)
    } else {
        (low.coef.clone(), low.exp)
    };
    let high_coef = high.coef.shifted((high.exp - low_exp) as u64)?;
    Some(if swapped {
        (low_coef, high_coef, low_exp)
    } else {
        (high_coef, low_coef, low_exp)
    })
}

pub fn add(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    match (a.is_infinite(), b.is_infinite()) {
        (true, true) if a.negative != b.negative => return invalid(status::INVALID_OPERATION),
        (true, _) => return (a.clone(), 0),
        (_, true) => return (b.clone(), 0),
        _ => {}
    }
    let exp = a.exp.min(b.exp);
    let zero_is_negative = c.rounding == Rounding::Floor && a.negative != b.negative;
    let out_of_memory = || invalid(status::MALLOC_ERROR);
    match (a.coef.is_zero(), b.coef.is_zero()) {
        (true, true) => {
            let negative = a.negative && b.negative || zero_is_negative;
            return finalize(Dec::zero(negative, exp), c);
        }
        (true, false) | (false, true) => {
            let x = if a.coef.is_zero() { b } else { a };
            let exp = exp.max(x.exp.saturating_sub(c.prec).saturating_sub(1));
            return match rescaled(x, exp, c.rounding) {
                Some((x, _)) => finalize(x, c),
                None => out_of_memory(),
            };
        }
        (false, false) => {}
    }
    let Some((x, y, exp)) = aligned(a, b, c.prec) else {
        return out_of_memory();
    };
    let (negative, coef) = if a.negative == b.negative {
        (a.negative, x.add(&y))
    } else {
        match x.compare(&y) {
            Ordering::Equal => (zero_is_negative, Coef::ZERO),
            Ordering::Greater => (a.negative, x.sub(&y)),
            Ordering::Less => (b.negative, y.sub(&x)),
        }
    };
    finalize(Dec::finite(negative, coef, exp), c)
}
pub fn sub(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    add(a, &b.clone().with_sign(!b.negative), c)
}
/// The product with all its digits.
fn exact_product(a: &Dec, b: &Dec) -> Option<Dec> {
    Some(Dec::finite(
        a.negative != b.negative,
        a.coef.mul(&b.coef)?,
        a.exp + b.exp,
    ))
}
pub fn mul(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    if a.is_infinite() || b.is_infinite() {
        if a.is_zero() || b.is_zero() {
            return invalid(status::INVALID_OPERATION);
        }
        return (Dec::infinity(a.negative != b.negative), 0);
    }
    match exact_product(a, b) {
        Some(x) => finalize(x, c),
        None => invalid(status::MALLOC_ERROR),
    }
}
/// a * b + t, rounded once.
pub fn fma(a: &Dec, b: &Dec, t: &Dec, c: &Context) -> Outcome {
    if a.is_nan() || b.is_nan() {
        if let Some(nan) = nans(&[a, b, t], c) {
            return nan;
        }
    }
    let product = if a.is_infinite() || b.is_infinite() {
        if a.is_zero() || b.is_zero() {
            return invalid(status::INVALID_OPERATION);
        }
        Dec::infinity(a.negative != b.negative)
    } else {
        match exact_product(a, b) {
            Some(x) => x,
            None => return invalid(status::MALLOC_ERROR),
        }
    };
    add(&product, t, c)
}
pub fn div(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    let negative = a.negative != b.negative;
    match (a.is_infinite(), b.is_infinite()) {
        (true, true) => return invalid(status::INVALID_OPERATION),
        (true, _) => return (Dec::infinity(negative), 0),
        (_, true) => return (Dec::zero(negative, c.etiny()), status::CLAMPED),
        _ => {}
    }
    if b.coef.is_zero() {
        if a.coef.is_zero() {
            return invalid(status::DIVISION_UNDEFINED);
        }
        return (Dec::infinity(negative), status::DIVISION_BY_ZERO);
    }
    let ideal = a.exp - b.exp;
    if a.coef.is_zero() {
        return finalize(Dec::zero(negative, ideal), c);
    }
    let shift = b.coef.digits() as i64 - a.coef.digits() as i64 + c.prec + 1;
    let mut exp = ideal - shift;
    let divided = if shift >= 0 {
        a.coef
            .shifted(shift as u64)
            .and_then(|x| x.div_rem(&b.coef))
    } else {
        b.coef
            .shifted(shift.unsigned_abs())
            .and_then(|y| a.coef.div_rem(&y))
    };
    let Some((mut coef, rest)) = divided else {
        return invalid(status::MALLOC_ERROR);
    };
    if !rest.is_zero() {
        // A last digit that stands for more than it shows.
        if coef.rem_small(5) == 0 {
            coef = coef.plus_one();
        }
    } else if exp < ideal {
        let drop = coef.trailing_zeros().min((ideal - exp) as u64);
        coef = coef.cut(drop).0;
        exp += drop as i64;
    }
    finalize(Dec::finite(negative, coef, exp), c)
}
/// Quotient and remainder of finite numbers, the divisor not zero (or infinite).
fn integer_division(a: &Dec, b: &Dec, c: &Context) -> Result<(Dec, Dec), u32> {
    let negative = a.negative != b.negative;
    let ideal = if b.is_infinite() {
        a.exp
    } else {
        a.exp.min(b.exp)
    };
    let distance = a.adjusted() - b.adjusted();
    if a.is_zero() || b.is_infinite() || distance <= -2 {
        let (rest, _) = rescaled(a, ideal, c.rounding).ok_or(status::MALLOC_ERROR)?;
        return Ok((Dec::zero(negative, 0), rest));
    }
    if distance > c.prec {
        return Err(status::DIVISION_IMPOSSIBLE);
    }
    let (x, y) = if a.exp >= b.exp {
        (a.coef.shifted((a.exp - b.exp) as u64), Some(b.coef.clone()))
    } else {
        (Some(a.coef.clone()), b.coef.shifted((b.exp - a.exp) as u64))
    };
    let (q, r) = x
        .zip(y)
        .and_then(|(x, y)| x.div_rem(&y))
        .ok_or(status::MALLOC_ERROR)?;
    if q.digits() as i64 > c.prec {
        return Err(status::DIVISION_IMPOSSIBLE);
    }
    Ok((
        Dec::finite(negative, q, 0),
        Dec::finite(a.negative, r, ideal),
    ))
}
pub fn div_int(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    let negative = a.negative != b.negative;
    if a.is_infinite() {
        return if b.is_infinite() {
            invalid(status::INVALID_OPERATION)
        } else {
            (Dec::infinity(negative), 0)
        };
    }
    if b.is_zero() {
        return if a.is_zero() {
            invalid(status::DIVISION_UNDEFINED)
        } else {
            (Dec::infinity(negative), status::DIVISION_BY_ZERO)
        };
    }
    match integer_division(a, b, c) {
        Ok((q, _)) => finalize(q, c),
        Err(what) => invalid(what),
    }
}
pub fn rem(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    if a.is_infinite() {
        return invalid(status::INVALID_OPERATION);
    }
    if b.is_zero() {
        return invalid(if a.is_zero() {
            status::DIVISION_UNDEFINED
        } else {
            status::INVALID_OPERATION
        });
    }
    match integer_division(a, b, c) {
        Ok((_, r)) => finalize(r, c),
        Err(what) => invalid(what),
    }
}
pub fn div_mod(a: &Dec, b: &Dec, c: &Context) -> (Dec, Dec, u32) {
    if let Some((nan, what)) = nans(&[a, b], c) {
        return (nan.clone(), nan, what);
    }
    let negative = a.negative != b.negative;
    if a.is_infinite() {
        let quotient = if b.is_infinite() {
            Dec::nan()
        } else {
            Dec::infinity(negative)
        };
        return (quotient, Dec::nan(), status::INVALID_OPERATION);
    }
    if b.is_zero() {
        return if a.is_zero() {
            (Dec::nan(), Dec::nan(), status::DIVISION_UNDEFINED)
        } else {
            (
                Dec::infinity(negative),
                Dec::nan(),
                status::DIVISION_BY_ZERO | status::INVALID_OPERATION,
            )
        };
    }
    match integer_division(a, b, c) {
        Ok((q, r)) => {
            let (q, first) = finalize(q, c);
            let (r, second) = finalize(r, c);
            (q, r, first | second)
        }
        Err(what) => (Dec::nan(), Dec::nan(), what),
    }
}
/// The sign changed, and rounded: minus of a zero is a positive zero but for rounding down.
pub fn minus(x: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[x], c) {
        return nan;
    }
    let negative = !x.negative && (!x.is_zero() || c.rounding == Rounding::Floor);
    finalize(x.clone().with_sign(negative), c)
}
pub fn plus(x: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[x], c) {
        return nan;
    }
    let negative = if x.is_zero() {
        c.rounding == Rounding::Floor && x.negative
    } else {
        x.negative
    };
    finalize(x.clone().with_sign(negative), c)
}
pub fn abs(x: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[x], c) {
        return nan;
    }
    finalize(x.clone().with_sign(false), c)
}
/// x with the exponent of another.
pub fn quantize(x: &Dec, like: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[x, like], c) {
        return nan;
    }
    if x.is_infinite() || like.is_infinite() {
        if x.is_infinite() && like.is_infinite() {
            return (x.clone(), 0);
        }
        return invalid(status::INVALID_OPERATION);
    }
    if like.exp < c.etiny() || like.exp > c.emax {
        return invalid(status::INVALID_OPERATION);
    }
    if x.coef.is_zero() {
        return finalize(Dec::zero(x.negative, like.exp), c);
    }
    let adjusted = x.adjusted();
    if adjusted > c.emax || adjusted - like.exp + 1 > c.prec {
        return invalid(status::INVALID_OPERATION);
    }
    let Some((ans, tail)) = rescaled(x, like.exp, c.rounding) else {
        return invalid(status::MALLOC_ERROR);
    };
    if ans.adjusted() > c.emax || ans.coef.digits() as i64 > c.prec {
        return invalid(status::INVALID_OPERATION);
    }
    let mut what = 0;
    if !ans.coef.is_zero() && ans.adjusted() < c.emin {
        what |= status::SUBNORMAL;
    }
    if ans.exp > x.exp {
        if tail != Tail::Zero {
            what |= status::INEXACT;
        }
        what |= status::ROUNDED;
    }
    let (ans, more) = finalize(ans, c);
    (ans, what | more)
}
/// Rounded to a whole number; `exact`: with the flags that tell.
pub fn to_integral(x: &Dec, c: &Context, exact: bool) -> Outcome {
    if let Some(nan) = nans(&[x], c) {
        return nan;
    }
    if x.is_infinite() || x.exp >= 0 {
        return (x.clone(), 0);
    }
    match rescaled(x, 0, c.rounding) {
        Some((ans, tail)) => {
            let mut what = 0;
            if exact && !x.coef.is_zero() {
                what = status::ROUNDED;
                if tail != Tail::Zero {
                    what |= status::INEXACT;
                }
            }
            (ans, what)
        }
        None => invalid(status::MALLOC_ERROR),
    }
}
/// Without trailing zeros.
pub fn normalize(x: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[x], c) {
        return nan;
    }
    let (x, what) = finalize(x.clone(), c);
    if x.is_infinite() || x.is_nan() {
        return (x, what);
    }
    if x.coef.is_zero() {
        return (Dec::zero(x.negative, 0), what);
    }
    let most = if c.clamp { c.etop() } else { c.emax };
    let drop = x.coef.trailing_zeros().min((most - x.exp).max(0) as u64);
    let coef = x.coef.cut(drop).0;
    (Dec::finite(x.negative, coef, x.exp + drop as i64), what)
}

/// The order of two numbers; None if one is a NaN.
pub fn compare(a: &Dec, b: &Dec) -> Option<Ordering> {
    if a.is_nan() || b.is_nan() {
        return None;
    }
    let sign = |x: &Dec| match (x.is_zero(), x.negative) {
        (true, _) => 0,
        (_, true) => -1,
        _ => 1,
    };
    let (sa, sb) = (sign(a), sign(b));
    if sa != sb {
        return Some(sa.cmp(&sb));
    }
    if sa == 0 {
        return Some(Ordering::Equal);
    }
    let sizes = match (a.is_infinite(), b.is_infinite()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => sizes(a, b),
    };
    Some(if sa < 0 { sizes.reverse() } else { sizes })
}
/// The order of the sizes of two finite numbers that are not zero.
fn sizes(a: &Dec, b: &Dec) -> Ordering {
    a.adjusted().cmp(&b.adjusted()).then_with(|| {
        // As many digits in front of the point: the shift is less than the digits that there are.
        let pad = |x: &Dec, y: &Dec| {
            x.coef
                .shifted(x.exp.saturating_sub(y.exp).max(0) as u64)
                .unwrap_or(Coef::ZERO)
        };
        pad(a, b).compare(&pad(b, a))
    })
}
/// The result of the specification's `compare`.
pub fn compared(a: &Dec, b: &Dec, c: &Context) -> Outcome {
    if let Some(nan) = nans(&[a, b], c) {
        return nan;
    }
    let order = compare(a, b).unwrap_or(Ordering::Equal);
    (
        Dec::finite(
            order == Ordering::Less,
            Coef::Small(u128::from(order != Ordering::Equal)),
            0,
        ),
        0,
    )
}

/// The kind of number, in the words of the specification.
pub fn number_class(x: &Dec, c: &Context) -> &'static str {
    match (x.class, x.negative) {
        (Class::Signaling, _) => "sNaN",
        (Class::Quiet, _) => "NaN",
        (Class::Infinite, true) => "-Infinity",
        (Class::Infinite, false) => "+Infinity",
        (Class::Finite, negative) => match (x.coef.is_zero(), x.adjusted() < c.emin, negative) {
            (true, _, true) => "-Zero",
            (true, _, false) => "+Zero",
            (_, true, true) => "-Subnormal",
            (_, true, false) => "+Subnormal",
            (_, _, true) => "-Normal",
            (_, _, false) => "+Normal",
        },
    }
}

/// A number that was written down or converted: what no context has room for is an invalid operation, since digits would be lost.
pub fn in_limits(x: Dec) -> Outcome {
    let fits = x.exp >= ETINY_MIN && x.exp <= EMAX_MAX && x.adjusted() <= EMAX_MAX;
    if !x.is_finite() || fits {
        return (x, 0);
    }
    let (x, what) = finalize(x, &Context::MAX);
    if what & (status::INEXACT | status::ROUNDED | status::CLAMPED) != 0 {
        return invalid(status::INVALID_OPERATION);
    }
    (x, what)
}

//! Decimal floating-point numbers after the General Decimal Arithmetic Specification, as module `decimal` has them.
//!
//! Every operation gives its result and a set of [`status`] bits; what of them becomes an exception is the caller's business. Coefficients of up to 38 digits
//! are machine integers, larger ones are [`Big`].

mod arith;
mod coef;
mod text;

pub use arith::*;
pub use coef::Coef;
pub use text::*;

use coef::Tail;

/// What happened in an operation; the bits are libmpdec's.
pub mod status {
    pub const CLAMPED: u32 = 0x1;
    pub const CONVERSION_SYNTAX: u32 = 0x2;
    pub const DIVISION_BY_ZERO: u32 = 0x4;
    pub const DIVISION_IMPOSSIBLE: u32 = 0x8;
    pub const DIVISION_UNDEFINED: u32 = 0x10;
    pub const INEXACT: u32 = 0x40;
    pub const INVALID_CONTEXT: u32 = 0x80;
    pub const INVALID_OPERATION: u32 = 0x100;
    pub const MALLOC_ERROR: u32 = 0x200;
    pub const OVERFLOW: u32 = 0x800;
    pub const ROUNDED: u32 = 0x1000;
    pub const SUBNORMAL: u32 = 0x2000;
    pub const UNDERFLOW: u32 = 0x4000;
    pub const FLOAT_OPERATION: u32 = 0x8000;
    /// All that the signal InvalidOperation stands for.
    pub const INVALID: u32 = CONVERSION_SYNTAX
        | DIVISION_IMPOSSIBLE
        | DIVISION_UNDEFINED
        | INVALID_CONTEXT
        | INVALID_OPERATION
        | MALLOC_ERROR;
}

pub const PREC_MAX: i64 = 999_999_999_999_999_999;
pub const EMAX_MAX: i64 = 999_999_999_999_999_999;
pub const EMIN_MIN: i64 = -999_999_999_999_999_999;
pub const ETINY_MIN: i64 = EMIN_MIN - (PREC_MAX - 1);
/// Coefficients of intermediate results get no more digits than this: what would is out of memory.
const DIGITS_MAX: u64 = 100_000_000;

/// Rounding modes, in the order of libmpdec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    ZeroFiveUp,
}
impl Rounding {
    pub const NAMES: [&'static str; 8] = [
        "ROUND_UP",
        "ROUND_DOWN",
        "ROUND_CEILING",
        "ROUND_FLOOR",
        "ROUND_HALF_UP",
        "ROUND_HALF_DOWN",
        "ROUND_HALF_EVEN",
        "ROUND_05UP",
    ];
    const ALL: [Rounding; 8] = [
        Rounding::Up,
        Rounding::Down,
        Rounding::Ceiling,
        Rounding::Floor,
        Rounding::HalfUp,
        Rounding::HalfDown,
        Rounding::HalfEven,
        Rounding::ZeroFiveUp,
    ];
    pub fn from_index(i: usize) -> Option<Rounding> {
        Self::ALL.get(i).copied()
    }
    pub fn by_name(name: &str) -> Option<usize> {
        Self::NAMES.iter().position(|n| *n == name)
    }
    /// Whether a truncated coefficient goes up by one, for what was cut off.
    fn increments(self, negative: bool, kept: &Coef, tail: Tail) -> bool {
        if tail == Tail::Zero {
            return false;
        }
        match self {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::HalfUp => tail >= Tail::Half,
            Rounding::HalfDown => tail > Tail::Half,
            Rounding::HalfEven => tail > Tail::Half || tail == Tail::Half && kept.is_odd(),
            Rounding::ZeroFiveUp => kept.rem_small(5) == 0,
        }
    }
}

/// What an operation regards.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    pub prec: i64,
    pub emin: i64,
    pub emax: i64,
    pub rounding: Rounding,
    pub clamp: bool,
}
impl Context {
    /// For conversions that keep every digit.
    pub const MAX: Context = Context {
        prec: PREC_MAX,
        emin: EMIN_MIN,
        emax: EMAX_MAX,
        rounding: Rounding::HalfEven,
        clamp: false,
    };
    pub fn etiny(&self) -> i64 {
        self.emin - (self.prec - 1)
    }
    pub fn etop(&self) -> i64 {
        self.emax - (self.prec - 1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Finite,
    Infinite,
    Quiet,
    Signaling,
}

/// A decimal number. Of infinities only the sign counts; the coefficient of a NaN is its payload.
#[derive(Debug, Clone)]
pub struct Dec {
    pub negative: bool,
    pub class: Class,
    pub exp: i64,
    pub coef: Coef,
}

impl Dec {
    pub fn finite(negative: bool, coef: Coef, exp: i64) -> Dec {
        Dec {
            negative,
            class: Class::Finite,
            exp,
            coef,
        }
    }
    pub fn zero(negative: bool, exp: i64) -> Dec {
        Dec::finite(negative, Coef::ZERO, exp)
    }
    pub fn infinity(negative: bool) -> Dec {
        Dec {
            negative,
            class: Class::Infinite,
            exp: 0,
            coef: Coef::ZERO,
        }
    }
    pub fn nan() -> Dec {
        Dec {
            negative: false,
            class: Class::Quiet,
            exp: 0,
            coef: Coef::ZERO,
        }
    }
    pub fn is_nan(&self) -> bool {
        matches!(self.class, Class::Quiet | Class::Signaling)
    }
    pub fn is_finite(&self) -> bool {
        self.class == Class::Finite
    }
    pub fn is_infinite(&self) -> bool {
        self.class == Class::Infinite
    }
    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.coef.is_zero()
    }
    /// The exponent of the first digit.
    pub fn adjusted(&self) -> i64 {
        self.exp + self.coef.digits() as i64 - 1
    }
    pub fn with_sign(mut self, negative: bool) -> Dec {
        self.negative = negative;
        self
    }
}

/// The result of an operation, and its status.
pub type Outcome = (Dec, u32);

fn invalid(which: u32) -> Outcome {
    (Dec::nan(), which)
}

/// A payload longer than the precision loses its first digits.
fn fix_nan(mut nan: Dec, c: &Context) -> Dec {
    let most = (c.prec - c.clamp as i64).max(0) as u64;
    if nan.coef.digits() > most {
        nan.coef = nan.coef.low_digits(most);
    }
    nan
}

/// What comes of operands of which one at least is a NaN; signaling ones first.
fn nans(operands: &[&Dec], c: &Context) -> Option<Outcome> {
    if !operands.iter().any(|x| x.is_nan()) {
        return None;
    }
    if let Some(x) = operands.iter().find(|x| x.class == Class::Signaling) {
        let mut quiet = (*x).clone();
        quiet.class = Class::Quiet;
        return Some((fix_nan(quiet, c), status::INVALID_OPERATION));
    }
    let x = operands.iter().find(|x| x.is_nan())?;
    Some((fix_nan((*x).clone(), c), 0))
}

fn overflowed(negative: bool, c: &Context) -> Outcome {
    let to_infinity = match c.rounding {
        Rounding::Down | Rounding::ZeroFiveUp => false,
        Rounding::Ceiling => !negative,
        Rounding::Floor => negative,
        _ => true,
    };
    let what = status::OVERFLOW | status::INEXACT | status::ROUNDED;
    if to_infinity {
        return (Dec::infinity(negative), what);
    }
    match Coef::nines(c.prec as u64) {
        Some(coef) => (Dec::finite(negative, coef, c.etop()), what),
        None => invalid(status::MALLOC_ERROR),
    }
}

/// Brings a result into the context's precision and range.
pub fn finalize(x: Dec, c: &Context) -> Outcome {
    match x.class {
        Class::Infinite => return (x, 0),
        Class::Quiet | Class::Signaling => return (fix_nan(x, c), 0),
        Class::Finite => {}
    }
    let (etiny, etop) = (c.etiny(), c.etop());
    if x.coef.is_zero() {
        let most = if c.clamp { etop } else { c.emax };
        let exp = x.exp.max(etiny).min(most);
        let what = if exp == x.exp { 0 } else { status::CLAMPED };
        return (Dec::zero(x.negative, exp), what);
    }
    let digits = x.coef.digits() as i64;
    let mut least = x.exp.saturating_add(digits).saturating_sub(c.prec);
    if least > etop {
        return overflowed(x.negative, c);
    }
    let subnormal = least < etiny;
    if subnormal {
        least = etiny;
    }
    let mut what = 0;
    if x.exp < least {
        let cut = (least - x.exp) as u64;
        let (mut kept, tail) = x.coef.cut(cut);
        if c.rounding.increments(x.negative, &kept, tail) {
            kept = kept.plus_one();
            if kept.digits() as i64 > c.prec {
                kept = kept.cut(1).0;
                least += 1;
            }
        }
        if least > etop {
            return overflowed(x.negative, c);
        }
        let inexact = tail != Tail::Zero;
        if subnormal {
            what |= status::SUBNORMAL;
            if inexact {
                what |= status::UNDERFLOW;
            }
        }
        if inexact {
            what |= status::INEXACT;
        }
        what |= status::ROUNDED;
        if kept.is_zero() {
            what |= status::CLAMPED;
        }
        return (Dec::finite(x.negative, kept, least), what);
    }
    if subnormal {
        what |= status::SUBNORMAL;
    }
    if c.clamp && x.exp > etop {
        let Some(coef) = x.coef.shifted((x.exp - etop) as u64) else {
            return invalid(status::MALLOC_ERROR);
        };
        return (Dec::finite(x.negative, coef, etop), what | status::CLAMPED);
    }
    (x, what)
}

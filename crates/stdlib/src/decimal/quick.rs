//! Decimals as money has them: finite, of at most 18 digits, with exponents near zero. Their arithmetic is exact or rounds by a small power of ten, in machine integers.
//! None wherever that is not so, where a signal is trapped, or where the context has unusual limits: then the general functions do it.

use super::number::DECIMAL;
use super::values::{COEF, EXP, META, SLOTS};
use super::{Support, context};
use crate::support::*;
use mesapy_heap::Word;
use mesapy_text::number::decimal::{Rounding, status};
use std::cmp::Ordering;

/// Exponents are no farther from zero.
const EXP_MAX: i64 = 1000;
/// Coefficients are immediate ints, which have at most 19 digits.
const PREC_MIN: i64 = 19;
/// 10 to this power is the greatest that a coefficient can have.
const POWER_MAX: u64 = 18;

/// Two words, so that it stays in registers.
#[derive(Clone, Copy)]
struct Small {
    coef: u64,
    exp: i32,
    negative: bool,
}
fn power(n: u64) -> Option<u64> {
    (n <= POWER_MAX).then(|| 10u64.pow(n as u32))
}
impl Small {
    /// A Decimal, or an int.
    #[inline(always)]
    fn of(vm: &Vm, value: Value<'_>) -> Option<Small> {
        if let Some(n) = value.as_small_int() {
            return Some(Small {
                negative: n < 0,
                exp: 0,
                coef: n.unsigned_abs(),
            });
        }
        if !vm.has_layout(value, &DECIMAL) {
            return None;
        }
        let slots = vm
            .heap
            .view()
            .array::<{ SLOTS as usize }>(value.as_obj()?.index() + 1)?;
        let int = |slot: usize| Word::from_bits(slots[slot]).as_small_int();
        let (meta, exp) = (int(META)?, int(EXP)?);
        let coef = u64::try_from(int(COEF)?).ok()?;
        (meta <= 1 && exp.abs() <= EXP_MAX).then_some(Small {
            negative: meta == 1,
            exp: exp as i32,
            coef,
        })
    }
    /// A new Decimal.
    #[inline]
    fn word(self, vm: &Vm) -> Option<Word> {
        let (coef, exp) = (Value::small_int(self.coef as i64), i64::from(self.exp));
        let coef = coef.filter(|_| self.coef <= i64::MAX as u64 && exp.abs() <= EXP_MAX)?;
        let meta = Value::int32(i32::from(self.negative));
        // META, EXP, COEF.
        let made = object::new_native_of(vm, &DECIMAL, [meta, vm.int(exp), coef]);
        Some(made.ok()?.word())
    }
    /// The coefficient for a smaller exponent.
    fn shifted(self, exp: i32) -> Option<u64> {
        self.coef
            .checked_mul(power(u64::try_from(self.exp - exp).ok()?)?)
    }
}

#[inline(always)]
fn arg(vm: &Vm, base: u32, i: u32) -> Value<'_> {
    quick_argument(base, i).value(vm)
}
#[inline(always)]
fn two(vm: &Vm, base: u32, n: u32) -> Option<(Small, Small)> {
    if n != 2 {
        return None;
    }
    let x = Small::of(vm, arg(vm, base, 0))?;
    let y = Small::of(vm, arg(vm, base, 1))?;
    Some((x, y))
}
/// The current context as it was found last: in which variables, and how many collections ago. Until the next one no index has another meaning.
#[derive(Clone, Copy, Default)]
pub(super) struct Current {
    vars: u64,
    collections: usize,
    context: u64,
}
/// The current context, if there is one.
fn current(vm: &Vm) -> Option<Obj<'_>> {
    let support = vm.state_if_any::<Support>()?;
    let vars = crate::contextvars::current_vars(vm)?;
    let (stats, known) = (vm.heap.stats(), support.current.get());
    let collections = stats.minor + stats.full;
    if known.vars == vars.bits() && known.collections == collections && known.context != 0 {
        return Word::from_bits(known.context).value(vm).as_obj();
    }
    let variable = vm.pinned(support.variable?);
    let found = crate::contextvars::value_in(vm, vars, variable)?;
    let found = found
        .as_obj()
        .filter(|o| context::is_context(vm, o.value()))?;
    support.current.set(Current {
        vars: vars.bits(),
        collections,
        context: found.word().bits(),
    });
    Some(found)
}
/// How it rounds, if its limits are none to such numbers.
fn roomy(vm: &Vm, ctx: Obj<'_>) -> Option<Rounding> {
    context::rounding_within(vm, ctx, PREC_MIN, 4 * EXP_MAX)
}
fn usual(vm: &Vm) -> Option<Rounding> {
    roomy(vm, current(vm)?)
}

pub(super) fn quick_mul(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (x, y) = two(vm, base, n)?;
    usual(vm)?;
    let made = Small {
        negative: x.negative != y.negative,
        exp: x.exp + y.exp,
        coef: x.coef.checked_mul(y.coef)?,
    };
    made.word(vm)
}
fn sum(vm: &Vm, x: Small, y: Small) -> Option<Word> {
    usual(vm)?;
    let exp = x.exp.min(y.exp);
    let (a, b) = (x.shifted(exp)?, y.shifted(exp)?);
    let (negative, coef) = if x.negative == y.negative {
        // The sign of a sum that is zero is a matter of rules.
        (x.negative, a.checked_add(b).filter(|sum| *sum > 0)?)
    } else {
        match a.cmp(&b) {
            Ordering::Greater => (x.negative, a - b),
            Ordering::Less => (y.negative, b - a),
            Ordering::Equal => return None,
        }
    };
    let made = Small {
        negative,
        exp,
        coef,
    };
    made.word(vm)
}
pub(super) fn quick_add(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (x, y) = two(vm, base, n)?;
    sum(vm, x, y)
}
fn minus(x: Small) -> Small {
    Small {
        negative: !x.negative,
        ..x
    }
}
pub(super) fn quick_sub(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (x, y) = two(vm, base, n)?;
    sum(vm, x, minus(y))
}
pub(super) fn quick_rsub(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (x, y) = two(vm, base, n)?;
    sum(vm, y, minus(x))
}

fn compare(vm: &Vm, base: u32, n: u32) -> Option<Ordering> {
    let (x, y) = two(vm, base, n)?;
    let exp = x.exp.min(y.exp);
    let signed = |x: Small| {
        let size = i128::from(x.coef) * i128::from(power(u64::from(x.exp.abs_diff(exp)))?);
        Some(if x.negative { -size } else { size })
    };
    Some(signed(x)?.cmp(&signed(y)?))
}
macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => { $(
        pub(super) fn $name(vm: &Vm, base: u32, n: u32) -> Option<Word> {
            compare(vm, base, n).map(|order| Value::bool(order.$test()).word())
        }
    )* };
}
comparisons! {
    quick_eq is_eq; quick_ne is_ne; quick_lt is_lt; quick_le is_le; quick_gt is_gt; quick_ge is_ge;
}

fn quantized(vm: &Vm, ctx: Obj<'_>, x: Value<'_>, like: Value<'_>) -> Option<Word> {
    let (x, like) = (Small::of(vm, x)?, Small::of(vm, like)?);
    let rounding = roomy(vm, ctx)?;
    let (negative, exp) = (x.negative, like.exp);
    if x.coef == 0 {
        let coef = 0;
        return Small {
            negative,
            exp,
            coef,
        }
        .word(vm);
    }
    if exp <= x.exp {
        let coef = x.shifted(exp)?;
        return Small {
            negative,
            exp,
            coef,
        }
        .word(vm);
    }
    let p = power(u64::from(exp.abs_diff(x.exp)))?;
    let (kept, rest) = (x.coef / p, x.coef % p);
    let up = rest != 0
        && match rounding {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::HalfUp => rest >= p / 2,
            Rounding::HalfDown => rest > p / 2,
            Rounding::HalfEven => rest > p / 2 || rest == p / 2 && kept & 1 == 1,
            Rounding::ZeroFiveUp => kept % 5 == 0,
        };
    let inexact = if rest != 0 { status::INEXACT } else { 0 };
    let what = i64::from(status::ROUNDED | inexact);
    let (old, traps) = context::signals(vm, ctx);
    if what & traps != 0 {
        return None;
    }
    let made = Small {
        negative,
        exp,
        coef: kept + u64::from(up),
    };
    let word = made.word(vm)?;
    if old | what != old {
        context::set_status(vm, ctx, old | what);
    }
    Some(word)
}
/// `x.quantize(like)`
pub(super) fn quick_quantize(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 {
        return None;
    }
    quantized(vm, current(vm)?, arg(vm, base, 0), arg(vm, base, 1))
}
/// `context.quantize(x, like)`
pub(super) fn quick_context_quantize(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let ctx = arg(vm, base, 0);
    if n != 3 || !context::is_context(vm, ctx) {
        return None;
    }
    quantized(vm, ctx.as_obj()?, arg(vm, base, 1), arg(vm, base, 2))
}

/// Digits before and behind a point.
pub(super) fn quick_str(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let x = Small::of(vm, arg(vm, base, 0)).filter(|_| n == 1)?;
    let places = usize::try_from(-x.exp).ok()?;
    let (mut room, mut at, mut rest, mut done) = ([b'0'; 32], 32, x.coef, 0);
    // With more zeros than these before the digits, or none behind an exponent, it is written otherwise.
    if places > x.coef.checked_ilog10().unwrap_or(0) as usize + 6 {
        return None;
    }
    while rest > 0 || done <= places {
        if done == places && places > 0 {
            at -= 1;
            room[at] = b'.';
        }
        at -= 1;
        room[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        done += 1;
    }
    if x.negative {
        at -= 1;
        room[at] = b'-';
    }
    Some(vm.new_str(&room[at..]).ok()?.word())
}
/// `Decimal(text)` of plain digits, `Decimal(int)`, `Decimal(decimal)`.
pub(super) fn quick_new(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (class, x) = (arg(vm, base, 0), arg(vm, base, 1));
    if n != 2 || class != vm.type_object(&DECIMAL).value() {
        return None;
    }
    if vm.is_exactly(x, &DECIMAL) {
        return Some(x.word());
    }
    if x.is_small_int() {
        return Small::of(vm, x)?.word(vm);
    }
    let text = x.as_exact_str(vm)?.bytes(vm);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let point = digits.iter().position(|b| *b == b'.');
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || count > POWER_MAX as usize {
        return None;
    }
    let mut coef = 0;
    for (i, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => coef = coef * 10 + u64::from(byte - b'0'),
            b'.' if Some(i) == point => {}
            _ => return None,
        }
    }
    let exp = point.map_or(0, |at| -((digits.len() - at - 1) as i32));
    let made = Small {
        negative,
        exp,
        coef,
    };
    made.word(vm)
}

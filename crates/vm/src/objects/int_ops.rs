//! Arithmetic, comparison and bit operations of `int`, and the special methods over them.
//!
//! Each begins with the case of two immediate ints. Operations of linear cost are leaves; multiplication, division and powers take the VM, so that
//! signals come through while huge operands are worked on.

use crate::local::{Local, Py, Ret};
use crate::objects::float;
use crate::objects::numbers::{Int, big_value, heavy, is_short, stepping, text_error, wide_value};
use crate::vm::Vm;
use mesapy_bytecode::BinOp;
use mesapy_heap::{Value, Word};
use mesapy_text::number::bigint::{self, Big, BigRef, DivisionByZero};
use mesapy_text::{ErrorKind, Interrupted, TextError, no_step};
use std::cmp::Ordering;

/// Integers up to this size are floats exactly.
const EXACT_FLOAT: u64 = 1 << 53;

pub fn division_error(error: DivisionByZero) -> TextError {
    match error {
        DivisionByZero::DivisionByZero => {
            TextError::new(ErrorKind::ZeroDivisionError, "division by zero")
        }
        DivisionByZero::Interrupted => Interrupted.into(),
    }
}
fn not_implemented(vm: &Vm) -> Py<Ret> {
    Ok(vm.ret(Value::NOT_IMPLEMENTED))
}
fn ret_big(vm: &Vm, big: Option<Big>) -> Py<Ret> {
    match big {
        Some(big) => Ok(vm.ret(big_value(vm, big)?)),
        None => not_implemented(vm),
    }
}
/// Both operands, if both are small: the fast way of everything here.
#[inline(always)]
fn small(vm: &Vm, x: Local, y: Local) -> Option<(i64, i64)> {
    Some((x.value(vm).as_small_int()?, y.value(vm).as_small_int()?))
}
/// Both operands, if neither has more than 127 bits.
#[inline]
fn middle(vm: &Vm, x: Local, y: Local) -> Option<(i128, i128)> {
    let (a, b) = (Int::of(vm, x.value(vm))?, Int::of(vm, y.value(vm))?);
    Some((a.to_i128(vm)?, b.to_i128(vm)?))
}
fn ret_wide(vm: &Vm, n: i128) -> Py<Ret> {
    Ok(vm.ret(wide_value(vm, n)?))
}

// ---- comparison

macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => { $(
        pub fn $name<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
            let (Some(a), Some(b)) = (Int::of(vm, x), Int::of(vm, y)) else { return Ok(Value::NOT_IMPLEMENTED) };
            Ok(Value::bool(a.compare(vm, b).$test()))
        }
    )* };
}
comparisons! { lt is_lt; le is_le; eq is_eq; ne is_ne; gt is_gt; ge is_ge; }

// ---- what costs no more than its operands are long

/// Computes by `narrow` when both are small, by `middle` while operands and result have at most 127 bits, else by the algorithm for limbs.
#[inline]
fn linear<'v>(
    vm: &'v Vm,
    x: Value<'v>,
    y: Value<'v>,
    narrow: impl Fn(i64, i64) -> i64,
    middle: impl Fn(i128, i128) -> Option<i128>,
    wide: impl Fn(BigRef<'_>, BigRef<'_>) -> Big,
) -> Py<Value<'v>> {
    let (Some(a), Some(b)) = (Int::of(vm, x), Int::of(vm, y)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Ok(vm.int(narrow(a, b)));
    }
    if let (Some(a), Some(b)) = (a.to_i128(vm), b.to_i128(vm)) {
        if let Some(n) = middle(a, b) {
            return wide_value(vm, n);
        }
    }
    let (mut ra, mut rb) = ([0], [0]);
    big_value(vm, wide(a.view(vm, &mut ra), b.view(vm, &mut rb)))
}
// Small ints have 61 bits, so their sums and differences fit 64.
pub fn add<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    linear(vm, x, y, |a, b| a + b, i128::checked_add, bigint::add)
}
pub fn sub<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    linear(vm, x, y, |a, b| a - b, i128::checked_sub, bigint::sub)
}
pub fn and<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    linear(vm, x, y, |a, b| a & b, |a, b| Some(a & b), bigint::and)
}
pub fn or<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    linear(vm, x, y, |a, b| a | b, |a, b| Some(a | b), bigint::or)
}
pub fn xor<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    linear(vm, x, y, |a, b| a ^ b, |a, b| Some(a ^ b), bigint::xor)
}

fn unary<'v>(
    vm: &'v Vm,
    x: Value<'v>,
    narrow: impl Fn(i64) -> i64,
    wide: impl Fn(BigRef<'_>) -> Big,
) -> Py<Value<'v>> {
    match Int::of(vm, x) {
        Some(Int::Small(n)) => Ok(vm.int(narrow(n))),
        Some(n) => big_value(vm, wide(n.view(vm, &mut [0]))),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
pub fn neg<'v>(vm: &'v Vm, x: Value<'v>) -> Py<Value<'v>> {
    unary(vm, x, |n| -n, bigint::neg)
}
pub fn abs<'v>(vm: &'v Vm, x: Value<'v>) -> Py<Value<'v>> {
    unary(vm, x, |n| n.abs(), bigint::abs)
}
pub fn invert<'v>(vm: &'v Vm, x: Value<'v>) -> Py<Value<'v>> {
    unary(vm, x, |n| !n, bigint::invert)
}

pub fn lshift<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    let (Some(a), Some(by)) = (Int::of(vm, x), Int::of(vm, y)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if by.is_negative(vm) {
        return Err(vm.value_error("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Value::int32(0));
    }
    let Some(by) = by.to_i64(vm) else {
        return Err(vm.overflow_error("too many digits in integer"));
    };
    if let (Int::Small(n), 0..=62) = (a, by) {
        return wide_value(vm, (n as i128) << by);
    }
    let shifted = bigint::shl(a.view(vm, &mut [0]), by as u64).map_err(|e| text_error(vm, e))?;
    big_value(vm, shifted)
}
pub fn rshift<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    let (Some(a), Some(by)) = (Int::of(vm, x), Int::of(vm, y)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if by.is_negative(vm) {
        return Err(vm.value_error("negative shift count"));
    }
    let by = by.to_i64(vm).unwrap_or(i64::MAX);
    if let Int::Small(n) = a {
        return Ok(vm.int(n >> by.min(63)));
    }
    big_value(vm, bigint::shr(a.view(vm, &mut [0]), by as u64))
}

pub fn truediv<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    let (Some(a), Some(b)) = (Int::of(vm, x), Int::of(vm, y)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        if b != 0 && a.unsigned_abs() <= EXACT_FLOAT && b.unsigned_abs() <= EXACT_FLOAT {
            return Ok(vm.float(a as f64 / b as f64));
        }
    }
    let (mut ra, mut rb) = ([0], [0]);
    let quotient = bigint::true_div(a.view(vm, &mut ra), b.view(vm, &mut rb), &mut no_step)
        .map_err(|e| text_error(vm, e))?;
    Ok(vm.float(quotient))
}

// ---- what may take long

pub fn mul(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    if let Some((a, b)) = small(vm, x, y) {
        let vm: &Vm = vm;
        return Ok(vm.ret(wide_value(vm, a as i128 * b as i128)?));
    }
    if let Some(n) = middle(vm, x, y).and_then(|(a, b)| a.checked_mul(b)) {
        return ret_wide(vm, n);
    }
    let product = heavy(vm, x, y, |a, b, step| {
        if (a.limbs.len() + b.limbs.len()) as u64 > bigint::BITS_MAX / 64 {
            return Err(TextError::memory());
        }
        Ok(bigint::mul(a, b, step)?)
    })?;
    ret_big(vm, product)
}
/// `x op y` where it needs no look at signals and is no error; None where that is not known.
#[inline(never)]
pub fn quick(vm: &Vm, op: BinOp, x: Value<'_>, y: Value<'_>) -> Option<Word> {
    let (a, b) = (Int::of(vm, x)?, Int::of(vm, y)?);
    if let (Some(a), Some(b)) = (a.to_i128(vm), b.to_i128(vm)) {
        let n = match op {
            BinOp::Add => a.checked_add(b),
            BinOp::Sub => a.checked_sub(b),
            BinOp::Mul => a.checked_mul(b),
            BinOp::And => Some(a & b),
            BinOp::Or => Some(a | b),
            BinOp::Xor => Some(a ^ b),
            _ => None,
        };
        if let Some(n) = n {
            return Some(vm.int_wide(n).word());
        }
    }
    let short = is_short(a.limb_count(vm), b.limb_count(vm));
    let (mut ra, mut rb) = ([0], [0]);
    let result = match op {
        BinOp::Add => add(vm, x, y),
        BinOp::Sub => sub(vm, x, y),
        BinOp::And => and(vm, x, y),
        BinOp::Or => or(vm, x, y),
        BinOp::Xor => xor(vm, x, y),
        BinOp::LShift if (0..4096).contains(&y.as_small_int()?) => lshift(vm, x, y),
        BinOp::RShift if y.as_small_int()? >= 0 => rshift(vm, x, y),
        BinOp::Mul if short => {
            let (a, b) = (a.view(vm, &mut ra), b.view(vm, &mut rb));
            big_value(vm, bigint::mul(a, b, &mut no_step).ok()?)
        }
        BinOp::FloorDiv if short && !b.is_zero() => {
            let (a, b) = (a.view(vm, &mut ra), b.view(vm, &mut rb));
            big_value(vm, bigint::div_floor(a, b, &mut no_step).ok()?)
        }
        BinOp::Mod if short && !b.is_zero() => {
            let (a, b) = (a.view(vm, &mut ra), b.view(vm, &mut rb));
            big_value(vm, bigint::div_rem_floor(a, b, &mut no_step).ok()?.1)
        }
        _ => return None,
    };
    result.ok().map(|v| v.word())
}

#[inline]
fn small_floor_div(a: i64, b: i64) -> i64 {
    let (q, r) = (a / b, a % b);
    if r != 0 && (r < 0) != (b < 0) {
        q - 1
    } else {
        q
    }
}
#[inline]
fn small_mod(a: i64, b: i64) -> i64 {
    let r = a % b;
    if r != 0 && (r < 0) != (b < 0) {
        r + b
    } else {
        r
    }
}
/// Quotient and rest of small ints; None for a division by zero.
pub fn small_divmod(a: i64, b: i64) -> Option<(i64, i64)> {
    (b != 0).then(|| (small_floor_div(a, b), small_mod(a, b)))
}
pub fn floordiv(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    if let Some((a, b)) = small(vm, x, y).filter(|(_, b)| *b != 0) {
        return Ok(vm.ret(vm.int(small_floor_div(a, b))));
    }
    if let Some((a, b)) = middle(vm, x, y).filter(|(_, b)| *b != 0) {
        let (q, r) = (a / b, a % b);
        return ret_wide(vm, q - i128::from(r != 0 && (r < 0) != (b < 0)));
    }
    let quotient = heavy(vm, x, y, |a, b, step| {
        bigint::div_floor(a, b, step).map_err(division_error)
    })?;
    ret_big(vm, quotient)
}
pub fn modulo(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    if let Some((a, b)) = small(vm, x, y).filter(|(_, b)| *b != 0) {
        return Ok(vm.ret(vm.int(small_mod(a, b))));
    }
    if let Some((a, b)) = middle(vm, x, y).filter(|(_, b)| *b != 0) {
        let r = a % b;
        return ret_wide(
            vm,
            if r != 0 && (r < 0) != (b < 0) {
                r + b
            } else {
                r
            },
        );
    }
    let rest = heavy(vm, x, y, |a, b, step| {
        bigint::div_rem_floor(a, b, step)
            .map(|(_, r)| r)
            .map_err(division_error)
    })?;
    ret_big(vm, rest)
}
pub fn divmod(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> {
    if let Some((a, b)) = small(vm, x, y).filter(|(_, b)| *b != 0) {
        let vm: &Vm = vm;
        return Ok(vm.ret(
            vm.new_tuple(&[vm.int(small_floor_div(a, b)), vm.int(small_mod(a, b))])?
                .value(),
        ));
    }
    let Some((q, r)) = heavy(vm, x, y, |a, b, step| {
        bigint::div_rem_floor(a, b, step).map_err(division_error)
    })?
    else {
        return not_implemented(vm);
    };
    let vm: &Vm = vm;
    let pair = [big_value(vm, q)?, big_value(vm, r)?];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}

pub fn pow(vm: &mut Vm, x: Local, y: Local, modulus: Option<Local>) -> Py<Ret> {
    let modulus = modulus.filter(|m| !m.value(vm).is_none());
    if let (Some((a, e)), None) = (small(vm, x, y), modulus) {
        if let Some(power) = u32::try_from(e).ok().and_then(|e| a.checked_pow(e)) {
            return Ok(vm.ret(vm.int(power)));
        }
    }
    let (a, e, m) = {
        let vm: &Vm = vm;
        let (Some(a), Some(e)) = (Int::of(vm, x.value(vm)), Int::of(vm, y.value(vm))) else {
            return not_implemented(vm);
        };
        let m = match modulus {
            None => None,
            Some(m) => match Int::of(vm, m.value(vm)) {
                None => return not_implemented(vm),
                Some(m) => Some(m.to_big(vm)),
            },
        };
        if m.is_none() && e.is_negative(vm) {
            let power = float::power(vm, a.to_f64(vm)?, e.to_f64(vm)?)?;
            return Ok(vm.ret(power));
        }
        (a.to_big(vm), e.to_big(vm), m)
    };
    let power = match m {
        Some(m) => stepping(vm, |step| {
            bigint::pow_mod(a.view(), e.view(), m.view(), step)
        })?,
        None => match e.view().to_u64() {
            Some(exponent) => stepping(vm, |step| bigint::pow(a.view(), exponent, step))?,
            // Only powers of -1, 0 and 1 with such exponents fit anywhere.
            None if a.limbs.len() > 1 || a.limbs.first().is_some_and(|l| *l > 1) => {
                return Err(vm.memory_error());
            }
            None if a.negative && e.limbs.first().is_some_and(|l| l & 1 == 0) => Big::from_i64(1),
            None => a,
        },
    };
    ret_big(vm, Some(power))
}

// ---- with the operands the other way round

macro_rules! reflected_leaves {
    ($($name:ident $of:ident;)*) => { $(
        pub fn $name<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> { $of(vm, y, x) }
    )* };
}
reflected_leaves! { radd add; rsub sub; rand and; ror or; rxor xor; rlshift lshift; rrshift rshift; rtruediv truediv; }

macro_rules! reflected {
    ($($name:ident $of:ident;)*) => { $(
        pub fn $name(vm: &mut Vm, x: Local, y: Local) -> Py<Ret> { $of(vm, y, x) }
    )* };
}
reflected! { rmul mul; rfloordiv floordiv; rmodulo modulo; rdivmod divmod; }

pub fn rpow(vm: &mut Vm, x: Local, y: Local, modulus: Option<Local>) -> Py<Ret> {
    pow(vm, y, x, modulus)
}

/// How two ints compare, for code that has them as values.
pub fn compare(vm: &Vm, x: Value<'_>, y: Value<'_>) -> Option<Ordering> {
    Some(Int::of(vm, x.word().value(vm))?.compare(vm, Int::of(vm, y.word().value(vm))?))
}

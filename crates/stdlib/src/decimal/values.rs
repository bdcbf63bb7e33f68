//! Decimal objects as the arithmetic's numbers, and back.

use super::context;
use super::number::DECIMAL;
use crate::support::*;
use mesapy_text::number::bigint::{self, Big};
use mesapy_text::number::decimal::{Class, Coef, Dec};
use mesapy_vm::objects::numbers::Int;

/// Class and sign, exponent, coefficient (an int).
pub(super) const META: usize = 0;
pub(super) const EXP: usize = 1;
pub(super) const COEF: usize = 2;
pub(super) const SLOTS: u16 = 3;

const CLASSES: [Class; 4] = [
    Class::Finite,
    Class::Infinite,
    Class::Quiet,
    Class::Signaling,
];

pub(super) fn is_decimal(vm: &Vm, value: Value<'_>) -> bool {
    vm.has_layout(value, &DECIMAL)
}
fn coef_of(vm: &Vm, value: Value<'_>) -> Coef {
    if let Some(n) = value.as_small_int() {
        return Coef::Small(u128::from(n.unsigned_abs()));
    }
    match Int::of(vm, value) {
        Some(n) => Coef::from_big(n.to_big(vm)),
        None => Coef::ZERO,
    }
}
/// The number that a Decimal is; None for anything else.
pub(super) fn number(vm: &Vm, value: Value<'_>) -> Option<Dec> {
    if !is_decimal(vm, value) {
        return None;
    }
    let o = value.as_obj()?;
    let meta = o.slot(vm, META).as_small_int().unwrap_or(0);
    Some(Dec {
        negative: meta & 1 == 1,
        class: CLASSES[(meta >> 1) as usize & 3],
        exp: o.slot(vm, EXP).as_i64(vm).unwrap_or(0),
        coef: coef_of(vm, o.slot(vm, COEF)),
    })
}
/// The receiver of a method.
pub(super) fn own(vm: &Vm, this: Local) -> Dec {
    number(vm, this.value(vm)).unwrap_or_else(Dec::nan)
}
/// An int as a number, exactly.
pub(super) fn of_int(vm: &Vm, value: Value<'_>) -> Option<Dec> {
    if let Some(n) = value.as_small_int() {
        let coef = Coef::Small(u128::from(n.unsigned_abs()));
        return Some(Dec::finite(n < 0, coef, 0));
    }
    let n = Int::of(vm, value)?;
    Some(Dec::finite(
        n.is_negative(vm),
        Coef::from_big(n.to_big(vm)),
        0,
    ))
}
/// An operand: a Decimal or an int.
pub(super) fn operand(vm: &Vm, value: Value<'_>) -> Option<Dec> {
    number(vm, value).or_else(|| of_int(vm, value))
}
/// An argument that must be one.
pub(super) fn required(vm: &Vm, value: Value<'_>) -> Py<Dec> {
    operand(vm, value).ok_or_else(|| unsupported(vm, value))
}
pub(super) fn unsupported(vm: &Vm, value: Value<'_>) -> Raised {
    vm.type_error(format!(
        "conversion from {} to Decimal is not supported",
        vm.type_name_for_error(value)
    ))
}
/// A float, exactly: m * 2^e = m * 5^-e * 10^e.
pub(super) fn of_float(f: f64) -> Dec {
    let negative = f.is_sign_negative();
    if f.is_nan() {
        return Dec::nan().with_sign(negative);
    }
    if f.is_infinite() {
        return Dec::infinity(negative);
    }
    if f == 0.0 {
        return Dec::zero(negative, 0);
    }
    let bits = f.to_bits();
    let field = (bits >> 52 & 0x7FF) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mut m, mut e) = if field == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, field - 1075)
    };
    let zeros = m
        .trailing_zeros()
        .min(if e < 0 { e.unsigned_abs() as u32 } else { 0 });
    m >>= zeros;
    e += i64::from(zeros);
    let m = Big::from_u64(m);
    let step = &mut mesapy_text::no_step;
    let coef = if e >= 0 {
        bigint::shl(m.view(), e as u64).ok()
    } else {
        bigint::pow(Big::from_u64(5).view(), e.unsigned_abs(), &mut *step)
            .ok()
            .and_then(|p| bigint::mul(m.view(), p.view(), &mut *step).ok())
    };
    let coef = coef.map_or(Coef::ZERO, Coef::from_big);
    Dec::finite(negative, coef, e.min(0))
}

pub(super) fn coef_value<'v>(vm: &'v Vm, coef: &Coef) -> Py<Value<'v>> {
    if let Coef::Small(n) = coef {
        if let Ok(n) = i64::try_from(*n) {
            return Ok(vm.int(n));
        }
    }
    Ok(vm.new_bigint(false, &coef.to_big().limbs)?)
}
/// Puts a number into a fresh object.
pub(super) fn fill(vm: &Vm, made: Value<'_>, x: &Dec) -> Py<()> {
    let Some(o) = made.as_obj() else {
        return Ok(());
    };
    let class = match x.class {
        Class::Finite => 0,
        Class::Infinite => 1,
        Class::Quiet => 2,
        Class::Signaling => 3,
    };
    o.set_slot(vm, META, Value::int32(class << 1 | i32::from(x.negative)));
    o.set_slot(vm, EXP, vm.int(x.exp));
    o.set_slot(vm, COEF, coef_value(vm, &x.coef)?);
    Ok(())
}
pub(super) fn decimal<'v>(vm: &'v Vm, x: &Dec) -> Py<Value<'v>> {
    let made = object::new_native_instance(vm, &DECIMAL)?.value();
    fill(vm, made, x)?;
    Ok(made)
}
pub(super) fn ret_decimal(vm: &Vm, x: &Dec) -> Py<Ret> {
    Ok(vm.ret(decimal(vm, x)?))
}
/// The end of an operation: its status goes to the context, which may raise; else its result is given.
pub(super) fn finish(vm: &mut Vm, ctx: Local, (x, what): (Dec, u32)) -> Py<Ret> {
    if what != 0 {
        context::add_status(vm, ctx, what)?;
    }
    ret_decimal(vm, &x)
}

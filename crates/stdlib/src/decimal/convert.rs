//! `Decimal(x)` and `Context.create_decimal(x)`.

use super::values;
use super::{call_support, context};
use crate::support::*;
use mesapy_text::number::decimal::{self as arith, Dec, Outcome, status};
use mesapy_vm::objects::numbers::float_of;

fn no_number() -> Outcome {
    (Dec::nan(), status::CONVERSION_SYNTAX)
}
/// A text; `loose` as in [`arith::parse`].
fn of_text(text: &[u8], loose: bool) -> Outcome {
    match arith::parse(text, loose) {
        Some(x) => arith::in_limits(x),
        None => no_number(),
    }
}
/// Any value that is neither a Decimal nor an int, with all its digits.
pub(super) fn exact(vm: &mut Vm, v: Local, ctx: Local) -> Py<Dec> {
    let (x, what) = convert(vm, v, ctx, true)?;
    context::add_status(vm, ctx, what)?;
    Ok(x)
}
fn convert(vm: &mut Vm, v: Local, ctx: Local, loose: bool) -> Py<Outcome> {
    if let Some(x) = values::operand(vm, v.value(vm)) {
        return Ok((x, 0));
    }
    if let Some(s) = v.value(vm).as_str(vm) {
        return Ok(of_text(s.bytes(vm), loose));
    }
    if let Some(f) = float_of(vm, v.value(vm)) {
        context::add_status(vm, ctx, status::FLOAT_OPERATION)?;
        return Ok((values::of_float(f), 0));
    }
    if is_sequence(vm, v) {
        let text = call_support(vm, "_tuple_text", &[v])?.keep(vm);
        let vm: &Vm = vm;
        return Ok(match text.value(vm).as_str(vm) {
            Some(s) => of_text(s.bytes(vm), false),
            None => no_number(),
        });
    }
    Err(values::unsupported(vm, v.value(vm)))
}
fn is_sequence(vm: &Vm, v: Local) -> bool {
    v.value(vm).as_tuple(vm).is_some() || v.value(vm).as_list(vm).is_some()
}
/// Rounded by the context.
pub(super) fn create(vm: &mut Vm, v: Local, ctx: Local) -> Py<Ret> {
    let c = context::view(vm, ctx);
    let v = if is_sequence(vm, v) {
        call_support(vm, "_tuple_text", &[v])?.keep(vm)
    } else {
        v
    };
    let (x, what) = match v.value(vm).as_str(vm) {
        Some(s) => match arith::parse(s.bytes(vm), false) {
            Some(x) => (x, 0),
            None => no_number(),
        },
        None => convert(vm, v, ctx, false)?,
    };
    let payload_too_long =
        x.is_nan() && !x.coef.is_zero() && x.coef.digits() as i64 > c.prec - i64::from(c.clamp);
    let (x, more) = if payload_too_long {
        no_number()
    } else {
        arith::finalize(x, &c)
    };
    values::finish(vm, ctx, (x, what | more))
}

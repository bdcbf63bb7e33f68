//! Operations that are left to `_pydecimal`: the Python half calls them with a context of the same settings and tells which signals they raised.

use super::values::{self, is_decimal};
use super::{call_support, context};
use crate::support::*;
use mesapy_text::number::decimal::Dec;

/// Calls a method of the pure-Python class.
pub(super) fn rare(vm: &mut Vm, name: &str, ctx: Local, args: &[Local]) -> Py<Ret> {
    let mut all = {
        let vm: &Vm = vm;
        vec![vm.local(vm.intern(name.as_bytes()).value()), ctx]
    };
    all.extend_from_slice(args);
    let both = call_support(vm, "_rare", &all)?.keep(vm);
    let [result, bits] = {
        let vm: &Vm = vm;
        vm.locals([tuple_at(vm, both, 0), tuple_at(vm, both, 1)])
    };
    let what = vm.index(bits)?;
    context::add_status(vm, ctx, what as u32)?;
    Ok(vm.ret(result.value(vm)))
}
/// An argument as a Decimal object.
pub(super) fn as_decimal(vm: &mut Vm, v: Local) -> Py<Local> {
    if is_decimal(vm, v.value(vm)) {
        return Ok(v);
    }
    let x: Dec = values::required(vm, v.value(vm))?;
    Ok(values::ret_decimal(vm, &x)?.keep(vm))
}
macro_rules! rare_unary {
    ($($d:ident $c:ident $name:literal;)*) => { $(
        pub(super) fn $d(vm: &mut Vm, this: Local, ctx: Option<Local>) -> Py<Ret> {
            let ctx = context::given(vm, ctx)?;
            rare(vm, $name, ctx, &[this])
        }
        pub(super) fn $c(vm: &mut Vm, ctx: Local, x: Local) -> Py<Ret> {
            let x = as_decimal(vm, x)?;
            rare(vm, $name, ctx, &[x])
        }
    )* };
}
macro_rules! rare_binary {
    ($($d:ident $c:ident $name:literal;)*) => { $(
        pub(super) fn $d(vm: &mut Vm, this: Local, other: Local, ctx: Option<Local>) -> Py<Ret> {
            let ctx = context::given(vm, ctx)?;
            let other = as_decimal(vm, other)?;
            rare(vm, $name, ctx, &[this, other])
        }
        pub(super) fn $c(vm: &mut Vm, ctx: Local, x: Local, y: Local) -> Py<Ret> {
            let (x, y) = (as_decimal(vm, x)?, as_decimal(vm, y)?);
            rare(vm, $name, ctx, &[x, y])
        }
    )* };
}
rare_unary! {
    d_exp c_exp "exp"; d_ln c_ln "ln"; d_log10 c_log10 "log10"; d_logb c_logb "logb"; d_logical_invert c_logical_invert "logical_invert";
    d_next_minus c_next_minus "next_minus"; d_next_plus c_next_plus "next_plus"; d_sqrt c_sqrt "sqrt";
}
rare_binary! {
    d_compare_signal c_compare_signal "compare_signal"; d_compare_total c_compare_total "compare_total";
    d_compare_total_mag c_compare_total_mag "compare_total_mag"; d_logical_and c_logical_and "logical_and"; d_logical_or c_logical_or "logical_or";
    d_logical_xor c_logical_xor "logical_xor"; d_max c_max "max"; d_max_mag c_max_mag "max_mag"; d_min c_min "min"; d_min_mag c_min_mag "min_mag";
    d_next_toward c_next_toward "next_toward"; d_remainder_near c_remainder_near "remainder_near"; d_rotate c_rotate "rotate";
    d_scaleb c_scaleb "scaleb"; d_shift c_shift "shift";
}
fn power(vm: &mut Vm, a: Local, b: Local, modulus: Option<Local>, ctx: Local) -> Py<Ret> {
    let modulus = match modulus.filter(|m| !m.value(vm).is_none()) {
        Some(m) => as_decimal(vm, m)?,
        None => vm.local(Value::NONE),
    };
    rare(vm, "__pow__", ctx, &[a, b, modulus])
}
fn power_operator(vm: &mut Vm, a: Local, b: Local, modulus: Option<Local>) -> Py<Ret> {
    let both = values::operand(vm, a.value(vm))
        .and(values::operand(vm, b.value(vm)))
        .is_some();
    let modulus_too =
        modulus.is_none_or(|m| m.value(vm).is_none() || values::operand(vm, m.value(vm)).is_some());
    if !both || !modulus_too {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let (a, b) = (as_decimal(vm, a)?, as_decimal(vm, b)?);
    let ctx = context::current(vm)?;
    power(vm, a, b, modulus, ctx)
}
pub(super) fn pow(vm: &mut Vm, this: Local, value: Local, modulus: Option<Local>) -> Py<Ret> {
    power_operator(vm, this, value, modulus)
}
pub(super) fn rpow(vm: &mut Vm, this: Local, value: Local, modulus: Option<Local>) -> Py<Ret> {
    power_operator(vm, value, this, modulus)
}
pub(super) fn c_power(
    vm: &mut Vm,
    ctx: Local,
    a: Local,
    b: Local,
    modulo: Option<Local>,
) -> Py<Ret> {
    let (a, b) = (as_decimal(vm, a)?, as_decimal(vm, b)?);
    power(vm, a, b, modulo, ctx)
}

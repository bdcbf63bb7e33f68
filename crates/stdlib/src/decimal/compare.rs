//! Comparisons with numbers of all kinds.

use super::values::{self, own};
use super::{call_support, context};
use crate::support::*;
use mesapy_bytecode::CmpOp;
use mesapy_text::number::decimal::{self as arith, Class, Dec, status};
use mesapy_vm::objects::numbers::float_of;
use std::cmp::Ordering;

/// The two numbers to compare; None: the other is of no kind that compares.
fn operands(
    vm: &mut Vm,
    this: Local,
    other: Local,
    op: CmpOp,
    ctx: Local,
) -> Py<Option<(Dec, Dec)>> {
    let x = own(vm, this);
    if let Some(y) = values::operand(vm, other.value(vm)) {
        return Ok(Some((x, y)));
    }
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    let complex = mesapy_vm::objects::complex::complex_of(vm, other.value(vm));
    let float = match (float_of(vm, other.value(vm)), complex) {
        (Some(f), _) => Some(f),
        (None, Some((re, im))) if equality && im == 0.0 => Some(re),
        _ => None,
    };
    if let Some(f) = float {
        if equality {
            context::note_status(vm, ctx, status::FLOAT_OPERATION);
        } else {
            context::add_status(vm, ctx, status::FLOAT_OPERATION)?;
        }
        return Ok(Some((x, values::of_float(f))));
    }
    if complex.is_some() {
        return Ok(None);
    }
    // A rational number: both are multiplied by its denominator.
    let scaled = call_support(vm, "_rational", &[this, other])?.keep(vm);
    if scaled.value(vm).is_none() {
        return Ok(None);
    }
    let [a, b] = {
        let vm: &Vm = vm;
        vm.locals([tuple_at(vm, scaled, 0), tuple_at(vm, scaled, 1)])
    };
    let vm: &Vm = vm;
    Ok(values::operand(vm, a.value(vm)).zip(values::operand(vm, b.value(vm))))
}
fn rich(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    let ctx = context::current(vm)?;
    let Some((x, y)) = operands(vm, this, other, op, ctx)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let Some(order) = arith::compare(&x, &y) else {
        let signaling = x.class == Class::Signaling || y.class == Class::Signaling;
        if signaling || !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            context::add_status(vm, ctx, status::INVALID_OPERATION)?;
        }
        return Ok(vm.ret(Value::bool(op == CmpOp::Ne)));
    };
    let holds = match op {
        CmpOp::Eq => order == Ordering::Equal,
        CmpOp::Ne => order != Ordering::Equal,
        CmpOp::Lt => order == Ordering::Less,
        CmpOp::Le => order != Ordering::Greater,
        CmpOp::Gt => order == Ordering::Greater,
        CmpOp::Ge => order != Ordering::Less,
    };
    Ok(vm.ret(Value::bool(holds)))
}
macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => { $(
        pub(super) fn $name(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> { rich(vm, this, other, CmpOp::$op) }
    )* };
}
comparisons! { eq Eq; ne Ne; lt Lt; le Le; gt Gt; ge Ge; }

//! Functions over integers: divisors, factorials, combinations, square roots.

use mesapy_heap::Value;
use mesapy_text::number::bigint::{self, Big};
use mesapy_text::{Step, TextError};
use mesapy_vm::objects::int_ops::division_error;
use mesapy_vm::objects::numbers::{Int, big_value, stepping};
use mesapy_vm::{Local, Py, Ret, Vm, k};
use std::cmp::Ordering;

fn ret_big(vm: &Vm, big: Big) -> Py<Ret> {
    Ok(vm.ret(big_value(vm, big)?))
}
/// An argument by `__index__`.
fn read(vm: &mut Vm, x: Local) -> Py<Big> {
    let ret = vm.index_value(x)?;
    let vm: &Vm = vm;
    Ok(Int::of(vm, ret.get(vm)).map_or(Big::zero(), |n| n.to_big(vm)))
}
/// Folds the absolute values of the arguments.
fn fold(
    vm: &mut Vm,
    integers: Local<k::Tuple>,
    start: i64,
    f: impl Fn(&Big, &Big, Step<'_>) -> Result<Big, TextError>,
) -> Py<Ret> {
    let mut total = Big::from_i64(start);
    let slot = vm.local(Value::NONE);
    for i in 0..integers.get(vm).len(vm) {
        slot.set(vm, integers.get(vm).get(vm, i));
        let n = read(vm, slot)?;
        total = stepping(vm, |step| f(&total, &n, step))?;
    }
    ret_big(vm, bigint::abs(total.view()))
}
pub(super) fn gcd(vm: &mut Vm, integers: Local<k::Tuple>) -> Py<Ret> {
    fold(vm, integers, 0, |a, b, step| {
        Ok(bigint::gcd(a.view(), b.view(), step)?)
    })
}
pub(super) fn lcm(vm: &mut Vm, integers: Local<k::Tuple>) -> Py<Ret> {
    fold(vm, integers, 1, |a, b, step| {
        if a.is_zero() || b.is_zero() {
            return Ok(Big::zero());
        }
        let divisor = bigint::gcd(a.view(), b.view(), &mut *step)?;
        let (part, _) =
            bigint::div_rem_floor(a.view(), divisor.view(), &mut *step).map_err(division_error)?;
        multiply(&part, b, step)
    })
}
fn multiply(a: &Big, b: &Big, step: Step<'_>) -> Result<Big, TextError> {
    if (a.limbs.len() + b.limbs.len()) as u64 > bigint::BITS_MAX / 64 {
        return Err(TextError::memory());
    }
    Ok(bigint::mul(a.view(), b.view(), step)?)
}
/// `n * (n - 1) * … ` of `k` factors, halves first, so that the operands of the multiplications are of like size.
fn falling(n: &Big, k: u64, step: Step<'_>) -> Result<Big, TextError> {
    if k == 0 {
        return Ok(Big::from_i64(1));
    }
    if let (Some(n), 1..=20) = (n.to_i64(), k) {
        let product = (0..k as i64).try_fold(1i128, |p, i| p.checked_mul(n as i128 - i as i128));
        if let Some(product) = product {
            return Ok(Big::from_i128(product));
        }
    }
    if k == 1 {
        return Ok(n.clone());
    }
    let half = k / 2;
    let low = bigint::sub(n.view(), Big::from_u64(half).view());
    let (a, b) = (
        falling(n, half, &mut *step)?,
        falling(&low, k - half, &mut *step)?,
    );
    multiply(&a, &b, step)
}
pub(super) fn factorial(vm: &mut Vm, n: Local) -> Py<Ret> {
    let n = read(vm, n)?;
    factorial_of(vm, &n)
}
fn factorial_of(vm: &mut Vm, n: &Big) -> Py<Ret> {
    if n.negative {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(count) = n.to_i64() else {
        return Err(vm.overflow_error(format!(
            "factorial() argument should not exceed {}",
            i64::MAX
        )));
    };
    let product = stepping(vm, |step| falling(n, count as u64, step))?;
    ret_big(vm, product)
}
/// Checks n and k; None: there are more items to choose than there are.
fn checked(vm: &mut Vm, n: Local, k: Local) -> Py<Option<(Big, Big)>> {
    let (n, k) = (read(vm, n)?, read(vm, k)?);
    if n.negative {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.negative {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    Ok(if bigint::cmp(n.view(), k.view()) == Ordering::Less {
        None
    } else {
        Some((n, k))
    })
}
pub(super) fn perm(vm: &mut Vm, n: Local, k: Option<Local>) -> Py<Ret> {
    let Some(k) = k.filter(|k| !k.value(vm).is_none()) else {
        return factorial(vm, n);
    };
    let Some((n, k)) = checked(vm, n, k)? else {
        return Ok(vm.ret(Value::int32(0)));
    };
    let Some(count) = k.to_i64() else {
        return Err(vm.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    let product = stepping(vm, |step| falling(&n, count as u64, step))?;
    ret_big(vm, product)
}
pub(super) fn comb(vm: &mut Vm, n: Local, k: Local) -> Py<Ret> {
    let Some((n, k)) = checked(vm, n, k)? else {
        return Ok(vm.ret(Value::int32(0)));
    };
    let rest = bigint::sub(n.view(), k.view());
    let k = if bigint::cmp(rest.view(), k.view()) == Ordering::Less {
        rest
    } else {
        k
    };
    let Some(count) = k.to_i64() else {
        return Err(vm.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let ways = stepping(vm, |step| {
        let (above, below) = (
            falling(&n, count as u64, &mut *step)?,
            falling(&k, count as u64, &mut *step)?,
        );
        bigint::div_rem_floor(above.view(), below.view(), step)
            .map(|(q, _)| q)
            .map_err(division_error)
    })?;
    ret_big(vm, ways)
}
pub(super) fn isqrt(vm: &mut Vm, n: Local) -> Py<Ret> {
    let n = read(vm, n)?;
    match stepping(vm, |step| Ok(bigint::isqrt(n.view(), step)?))? {
        Some(root) => ret_big(vm, root),
        None => Err(vm.value_error("isqrt() argument must be nonnegative")),
    }
}

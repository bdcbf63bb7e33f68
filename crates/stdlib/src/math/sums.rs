//! Functions over many numbers: exact sums, distances, products.

use mesapy_bytecode::BinOp;
use mesapy_heap::Value;
use mesapy_vm::objects::numbers::Int;
use mesapy_vm::{Local, Py, Ret, Vm, k};

/// `a + b` and what rounding lost.
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let virtual_b = sum - a;
    (sum, (a - (sum - virtual_b)) + (b - virtual_b))
}
/// `a * b` and what rounding lost.
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, libm::fma(a, b, -product))
}

/// Shewchuk's sum: partial sums that do not overlap hold the exact total.
pub(super) fn fsum(vm: &mut Vm, seq: Local) -> Py<f64> {
    let iterator = vm.iter(seq)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0f64, 0.0f64);
    while vm.next_into(iterator, item)? {
        let given = vm.to_f64(item)?;
        let mut x = given;
        let mut kept = 0;
        for i in 0..partials.len() {
            let (hi, lo) = two_sum(x, partials[i]);
            if lo != 0.0 {
                partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        partials.truncate(kept);
        if x == 0.0 {
            continue;
        }
        if x.is_finite() {
            partials.push(x);
        } else if given.is_finite() {
            return Err(vm.overflow_error("intermediate overflow in fsum"));
        } else {
            if given.is_infinite() {
                infinities += given;
            }
            special += given;
            partials.clear();
        }
    }
    if special != 0.0 {
        return if infinities.is_nan() {
            Err(vm.value_error("-inf + inf in fsum"))
        } else {
            Ok(special)
        };
    }
    let Some(mut total) = partials.pop() else {
        return Ok(0.0);
    };
    while let Some(next) = partials.pop() {
        let (hi, lo) = two_sum(total, next);
        total = hi;
        if lo != 0.0 {
            // What is left decides between two floats that are equally near.
            if partials.last().is_some_and(|p| (lo < 0.0) == (*p < 0.0)) {
                let twice = lo * 2.0;
                let other = total + twice;
                if twice == other - total {
                    total = other;
                }
            }
            break;
        }
    }
    Ok(total)
}

/// The length of a vector, its squares summed with their rounding errors.
fn norm(vector: &[f64]) -> f64 {
    let largest = vector.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    if vector.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    if vector.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 {
        return 0.0;
    }
    // Scaled by a power of two, so that squares neither overflow nor vanish.
    let exponent = libm::frexp(largest).1;
    let (mut sum, mut rest) = (0.0f64, 0.0f64);
    for x in vector {
        let (square, lost) = two_product(libm::scalbn(*x, -exponent), libm::scalbn(*x, -exponent));
        let (total, lost_too) = two_sum(sum, square);
        sum = total;
        rest += lost + lost_too;
    }
    let root = (sum + rest).sqrt();
    let (square, lost) = two_product(root, root);
    let error = ((sum - square) - lost) + rest;
    libm::scalbn(root + error / (2.0 * root), exponent)
}
fn floats(vm: &mut Vm, values: Local<k::Tuple>) -> Py<Vec<f64>> {
    let slot = vm.local(Value::NONE);
    let n = values.get(vm).len(vm);
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        slot.set(vm, values.get(vm).get(vm, i));
        out.push(vm.to_f64(slot)?);
    }
    Ok(out)
}
pub(super) fn hypot(vm: &mut Vm, coordinates: Local<k::Tuple>) -> Py<f64> {
    Ok(norm(&floats(vm, coordinates)?))
}
fn as_tuple(vm: &mut Vm, x: Local) -> Py<Local<k::Tuple>> {
    if let Some(tuple) = x.cast::<k::Tuple>(vm) {
        return Ok(tuple);
    }
    let made = vm.tuple_from_iterable(x)?.keep(vm);
    made.cast::<k::Tuple>(vm)
        .ok_or_else(|| vm.type_error("a tuple is required"))
}
pub(super) fn dist(vm: &mut Vm, p: Local, q: Local) -> Py<f64> {
    let (p, q) = (as_tuple(vm, p)?, as_tuple(vm, q)?);
    if p.get(vm).len(vm) != q.get(vm).len(vm) {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let (a, b) = (floats(vm, p)?, floats(vm, q)?);
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
    Ok(norm(&differences))
}
pub(super) fn prod(vm: &mut Vm, iterable: Local, start: Option<Local>) -> Py<Ret> {
    let iterator = vm.iter(iterable)?.keep(vm);
    let total = vm.local(start.map_or(Value::int32(1), |s| s.value(vm)));
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        let ret = vm.binary(BinOp::Mul, total, item)?;
        ret.put(vm, total);
    }
    Ok(vm.ret(total.value(vm)))
}

/// Exactly an int of one word.
fn small(value: Value<'_>) -> Option<i64> {
    value.as_small_int()
}
/// Factors of which one at least is exactly a float, the other that or exactly an int or bool that a float can hold.
fn float_factors(vm: &Vm, a: Value<'_>, b: Value<'_>) -> Option<(f64, f64)> {
    let whole = |v: Value<'_>| match v {
        Value::TRUE => Some(1.0),
        Value::FALSE => Some(0.0),
        _ if v.is_kind(vm, mesapy_heap::Kind::Wrapped) => None,
        _ => Int::of(vm, v)?.to_f64(vm).map_or_else(
            |overflow| {
                vm.take_exception(overflow);
                None
            },
            Some,
        ),
    };
    match (a.as_f64(vm), b.as_f64(vm)) {
        (Some(x), Some(y)) => Some((x, y)),
        (Some(x), None) => Some((x, whole(b)?)),
        (None, Some(y)) => Some((whole(a)?, y)),
        (None, None) => None,
    }
}
/// The sum begins on a path for small ints, goes over to one for floats (exact, rounded at its end), and from that to objects: never back. CPython: Modules/mathmodule.c,
/// math_sumprod_impl.
pub(super) fn sumprod(vm: &mut Vm, p: Local, q: Local) -> Py<Ret> {
    let first = vm.iter(p)?.keep(vm);
    let second = vm.iter(q)?.keep(vm);
    let [total, a, b, product] =
        vm.locals([Value::int32(0), Value::NONE, Value::NONE, Value::NONE]);
    let add = |vm: &mut Vm, what: Local| -> Py<()> {
        let ret = vm.binary(BinOp::Add, total, what)?;
        ret.put(vm, total);
        Ok(())
    };
    let mut ints = Some(0i64);
    let mut floats = true;
    // The part of the total that is floats, in three floats of falling size.
    let (mut any, mut high, mut middle, mut low) = (false, 0.0f64, 0.0f64, 0.0f64);
    loop {
        let (more, more_too) = (vm.next_into(first, a)?, vm.next_into(second, b)?);
        if more != more_too {
            return Err(vm.value_error("Inputs are not the same length"));
        }
        if let Some(sum) = ints {
            if more {
                if let (Some(x), Some(y)) = (small(a.value(vm)), small(b.value(vm))) {
                    if let Some(next) = x.checked_mul(y).and_then(|xy| sum.checked_add(xy)) {
                        ints = Some(next);
                        continue;
                    }
                }
            }
            ints = None;
            if sum != 0 {
                product.set(vm, vm.int(sum));
                add(vm, product)?;
            }
        }
        if floats {
            if let Some((x, y)) = more
                .then(|| float_factors(vm, a.value(vm), b.value(vm)))
                .flatten()
            {
                let (value, lost) = two_product(x, y);
                let (sum, rest) = two_sum(high, value);
                let (rest, last) = two_sum(middle, rest + lost);
                if sum.is_finite() && rest.is_finite() && last.is_finite() {
                    (any, high, middle, low) = (true, sum, rest, low + last);
                    continue;
                }
            }
            floats = false;
            if any {
                product.set(vm, vm.float(high + (middle + low)));
                add(vm, product)?;
            }
        }
        if !more {
            return Ok(vm.ret(total.value(vm)));
        }
        let ret = vm.binary(BinOp::Mul, a, b)?;
        ret.put(vm, product);
        add(vm, product)?;
    }
}

//! Functions over many numbers: exact sums, distances, products.

use mesapy_bytecode::BinOp;
use mesapy_heap::Value;
use mesapy_vm::objects::numbers::Int;
use mesapy_vm::{Local, Py, Ret, Vm, k};

/// `a + b` and what rounding lost.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let virtual_b = sum - a;
    (sum, (a - (sum - virtual_b)) + (b - virtual_b))
}
/// `a * b` and what rounding lost.
fn two_product(a: f64, b: f64) -> (f64, f64) {
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

/// Exactly a float, or exactly an int that a float holds exactly: whether it was a float, and its value.
fn plain(vm: &Vm, value: Value<'_>) -> Option<(bool, f64)> {
    if let Some(f) = value.as_f64(vm) {
        return Some((true, f));
    }
    match Int::of(vm, value)? {
        Int::Small(n) if n.unsigned_abs() <= 1 << 53 => Some((false, n as f64)),
        _ => None,
    }
}
pub(super) fn sumprod(vm: &mut Vm, p: Local, q: Local) -> Py<Ret> {
    let first = vm.iter(p)?.keep(vm);
    let second = vm.iter(q)?.keep(vm);
    let [total, a, b] = vm.locals([Value::int32(0), Value::NONE, Value::NONE]);
    let product = vm.local(Value::NONE);
    // The part of the total that is floats, in three floats of falling size.
    let (mut any, mut high, mut middle, mut low) = (false, 0.0f64, 0.0f64, 0.0f64);
    loop {
        let (more, more_too) = (vm.next_into(first, a)?, vm.next_into(second, b)?);
        if more != more_too {
            return Err(vm.value_error("Inputs are not the same length"));
        }
        if !more {
            break;
        }
        if let (Some((fa, x)), Some((fb, y))) = (plain(vm, a.value(vm)), plain(vm, b.value(vm))) {
            let (value, lost) = two_product(x, y);
            if (fa || fb) && value.is_finite() && lost.is_finite() && (high + value).is_finite() {
                let (sum, rest) = two_sum(high, value);
                let (rest, last) = two_sum(middle, rest + lost);
                (any, high, middle, low) = (true, sum, rest, low + last);
                continue;
            }
        }
        let ret = vm.binary(BinOp::Mul, a, b)?;
        ret.put(vm, product);
        let ret = vm.binary(BinOp::Add, total, product)?;
        ret.put(vm, total);
    }
    if any {
        product.set(vm, vm.float(high + (middle + low)));
        return vm.binary(BinOp::Add, total, product);
    }
    Ok(vm.ret(total.value(vm)))
}

//! `cmath`: functions of complex numbers.
//!
//! What is computed stands in `cmath/functions.rs`, the values at infinities, zeros and nans in `cmath/special.rs`; here is how Python sees it.
//! A function reports an argument outside its domain (a pole, an infinity that leads nowhere) as ValueError and an overflow as OverflowError.
//! CPython: Modules/cmathmodule.c.

use mesapy_vm::module::NativeModule;
use mesapy_vm::objects::complex::{argument, quotient};
use mesapy_vm::{Local, Method, Py, Ret, Vm, k};

mod functions;
mod special;

use functions::{C, Fault};

pub static MODULE: NativeModule = NativeModule {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};

static FUNCTIONS: &[Method] = mesapy_vm::methods! {
    "acos(z, /)" => static calls acos(z), "Return the arc cosine of z.";
    "acosh(z, /)" => static calls acosh(z), "Return the inverse hyperbolic cosine of z.";
    "asin(z, /)" => static calls asin(z), "Return the arc sine of z.";
    "asinh(z, /)" => static calls asinh(z), "Return the inverse hyperbolic sine of z.";
    "atan(z, /)" => static calls atan(z), "Return the arc tangent of z.";
    "atanh(z, /)" => static calls atanh(z), "Return the inverse hyperbolic tangent of z.";
    "cos(z, /)" => static calls cos(z), "Return the cosine of z.";
    "cosh(z, /)" => static calls cosh(z), "Return the hyperbolic cosine of z.";
    "exp(z, /)" => static calls exp(z), "Return the exponential value e**z.";
    "isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)" => static calls isclose(a, b, rel_tol, abs_tol), "Whether two complex numbers are close in value.\n\n  rel_tol\n    largest difference in relation to the larger of the two\n  abs_tol\n    difference that is always close enough";
    "isfinite(z, /)" => static calls isfinite(z), "Return True if both the real and imaginary parts of z are finite, else False.";
    "isinf(z, /)" => static calls isinf(z), "Checks if the real or imaginary part of z is infinite.";
    "isnan(z, /)" => static calls isnan(z), "Checks if the real or imaginary part of z not a number (NaN).";
    "log(z, base=<unrepresentable>, /)" => static calls log(z, base), "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of z.";
    "log10(z, /)" => static calls log10(z), "Return the base-10 logarithm of z.";
    "phase(z, /)" => static calls phase(z), "Return argument, also known as the phase angle, of a complex.";
    "polar(z, /)" => static calls polar(z), "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.";
    "rect(r, phi, /)" => static calls rect(r, phi), "Convert from polar coordinates to rectangular coordinates.";
    "sin(z, /)" => static calls sin(z), "Return the sine of z.";
    "sinh(z, /)" => static calls sinh(z), "Return the hyperbolic sine of z.";
    "sqrt(z, /)" => static calls sqrt(z), "Return the square root of z.";
    "tan(z, /)" => static calls tan(z), "Return the tangent of z.";
    "tanh(z, /)" => static calls tanh(z), "Return the hyperbolic tangent of z.";
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    let nan = f64::NAN.copysign(1.0);
    for (name, value) in [
        ("pi", vm.float(std::f64::consts::PI)),
        ("e", vm.float(std::f64::consts::E)),
        ("tau", vm.float(std::f64::consts::TAU)),
        ("inf", vm.float(f64::INFINITY)),
        ("nan", vm.float(nan)),
        ("infj", vm.new_complex(0.0, f64::INFINITY).value()),
        ("nanj", vm.new_complex(0.0, nan).value()),
    ] {
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), value)?;
    }
    Ok(())
}

/// The result or the exception that stands for the fault.
fn checked<T>(vm: &Vm, result: Result<T, Fault>) -> Py<T> {
    result.map_err(|fault| match fault {
        Fault::Domain => super::math::domain_error(vm),
        Fault::Range => super::math::range_error(vm),
    })
}
fn apply(vm: &mut Vm, z: Local, f: fn(C) -> Result<C, Fault>) -> Py<Ret> {
    let z = argument(vm, z)?;
    let vm: &Vm = vm;
    let (re, im) = checked(vm, f(z))?;
    Ok(vm.ret(vm.new_complex(re, im).value()))
}

macro_rules! of_one_argument {
    ($($name:ident)*) => { $(
        fn $name(vm: &mut Vm, z: Local) -> Py<Ret> {
            apply(vm, z, functions::$name)
        }
    )* };
}
of_one_argument! { acos acosh asin asinh atan atanh cos cosh exp log10 sin sinh sqrt tan tanh }

fn log(vm: &mut Vm, z: Local, base: Option<Local>) -> Py<Ret> {
    let z = argument(vm, z)?;
    let base = match base {
        Some(base) => Some(argument(vm, base)?),
        None => None,
    };
    let vm: &Vm = vm;
    let logarithms = (functions::log(z), base.map(functions::log));
    let result = match logarithms {
        (value, None) => value,
        (Ok(value), Some(Ok(divisor))) => quotient(value, divisor).ok_or(Fault::Domain),
        (Err(fault), Some(_)) | (Ok(_), Some(Err(fault))) => Err(fault),
    };
    let (re, im) = checked(vm, result)?;
    Ok(vm.ret(vm.new_complex(re, im).value()))
}

fn phase(vm: &mut Vm, z: Local) -> Py<f64> {
    let (re, im) = argument(vm, z)?;
    Ok(im.atan2(re))
}
fn polar(vm: &mut Vm, z: Local) -> Py<Ret> {
    let z = argument(vm, z)?;
    let vm: &Vm = vm;
    let r = checked(vm, functions::absolute(z))?;
    let pair = [vm.float(r), vm.float(z.1.atan2(z.0))];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
fn rect(vm: &mut Vm, r: f64, phi: f64) -> Py<Ret> {
    let vm: &Vm = vm;
    let (re, im) = checked(vm, functions::rect(r, phi))?;
    Ok(vm.ret(vm.new_complex(re, im).value()))
}

fn isfinite(vm: &mut Vm, z: Local) -> Py<bool> {
    let (re, im) = argument(vm, z)?;
    Ok(re.is_finite() && im.is_finite())
}
fn isinf(vm: &mut Vm, z: Local) -> Py<bool> {
    let (re, im) = argument(vm, z)?;
    Ok(re.is_infinite() || im.is_infinite())
}
fn isnan(vm: &mut Vm, z: Local) -> Py<bool> {
    let (re, im) = argument(vm, z)?;
    Ok(re.is_nan() || im.is_nan())
}
fn isclose(
    vm: &mut Vm,
    a: Local,
    b: Local,
    rel_tol: Option<f64>,
    abs_tol: Option<f64>,
) -> Py<bool> {
    let (a, b) = (argument(vm, a)?, argument(vm, b)?);
    let (relative, absolute) = (rel_tol.unwrap_or(1e-9), abs_tol.unwrap_or(0.0));
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if [a.0, a.1, b.0, b.1].iter().any(|x| x.is_infinite()) {
        return Ok(false);
    }
    let size = |z: C| z.0.hypot(z.1);
    let difference = size((a.0 - b.0, a.1 - b.1));
    Ok(difference <= relative * size(b)
        || difference <= relative * size(a)
        || difference <= absolute)
}

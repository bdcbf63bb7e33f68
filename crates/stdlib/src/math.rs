//! `math`: real functions on the platform's mathematics and on `libm`, with CPython's checks of domain and range.
//!
//! A result that is nan although no argument is one is an argument out of the domain; an infinite one is an overflow, or a pole where the
//! function can't overflow. Functions over integers and over many numbers are in the files beside this one.

use mesapy_heap::{Value, Word};
use mesapy_text::number::{bigint, float as text};
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::quick_argument;
use mesapy_vm::objects::float;
use mesapy_vm::objects::numbers::Int;
use mesapy_vm::{Dunder, Local, Method, Py, Raised, Ret, Vm, k};

mod integers;
mod precise;
mod sums;

pub static MODULE: NativeModule = NativeModule {
    name: "math",
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};

pub static FUNCTIONS: &[Method] = mesapy_vm::methods! {
    "acos(x, /)" => static calls acos(x), "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.";
    "acosh(x, /)" => static calls acosh(x), "Return the inverse hyperbolic cosine of x.";
    "asin(x, /)" => static calls asin(x), "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.";
    "asinh(x, /)" => static calls asinh(x), "Return the inverse hyperbolic sine of x.";
    "atan(x, /)" => static calls atan(x), "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.";
    "atan2(y, x, /)" => static calls atan2(y, x), "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered.";
    "atanh(x, /)" => static calls atanh(x), "Return the inverse hyperbolic tangent of x.";
    "cbrt(x, /)" => static calls cbrt(x), "Return the cube root of x.";
    "ceil(x, /)" => quick quick_ceil static calls ceil(x), "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x.";
    "comb(n, k, /)" => static calls comb(n, k), "Number of ways to choose k of n items, each at most once and in no order.";
    "copysign(x, y, /)" => static calls copysign(x, y), "The absolute value of x with the sign of y.";
    "cos(x, /)" => quick quick_cos static calls cos(x), "Return the cosine of x (measured in radians).";
    "cosh(x, /)" => static calls cosh(x), "Return the hyperbolic cosine of x.";
    "degrees(x, /)" => static calls degrees(x), "Convert angle x from radians to degrees.";
    "dist(p, q, /)" => static calls dist(p, q), "Return the Euclidean distance between two points p and q.\n\nThe points are sequences of coordinates, of the same dimension.";
    "erf(x, /)" => static calls erf(x), "Error function at x.";
    "erfc(x, /)" => static calls erfc(x), "Complementary error function at x.";
    "exp(x, /)" => static calls exp(x), "Return e raised to the power of x.";
    "exp2(x, /)" => static calls exp2(x), "Return 2 raised to the power of x.";
    "expm1(x, /)" => static calls expm1(x), "Return exp(x)-1.\n\nExact also for small x, where exp(x)-1 would lose digits.";
    "fabs(x, /)" => static calls fabs(x), "Return the absolute value of the float x.";
    "factorial(n, /)" => static calls factorial(n), "Find n!.";
    "floor(x, /)" => quick quick_floor static calls floor(x), "Return the floor of x as an Integral.\n\nThis is the largest integer <= x.";
    "fma(x, y, z, /)" => static calls fma(x, y, z), "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round.";
    "fmod(x, y, /)" => static calls fmod(x, y), "Return fmod(x, y), according to platform C.\n\nx % y may differ.";
    "frexp(x, /)" => static calls frexp(x), "Return the mantissa and exponent of x, as pair (m, e).\n\nm is a float and e is an int, such that x = m * 2.**e.\nIf x is 0, m and e are both 0.  Else 0.5 <= abs(m) < 1.0.";
    "fsum(seq, /)" => static calls fsum(seq), "Return an accurate floating-point sum of values in the iterable seq.";
    "gamma(x, /)" => static calls gamma(x), "Gamma function at x.";
    "gcd(*integers)" => static calls gcd(integers), "Greatest Common Divisor.";
    "hypot(*coordinates)" => static calls hypot(coordinates), "Distance of a point from the origin in any number of dimensions:\nthe square root of the sum of the squares of the coordinates.";
    "isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)" => static calls isclose(a, b, rel_tol, abs_tol), "Whether two numbers are close in value.\n\n  rel_tol\n    largest difference in relation to the larger of the two\n  abs_tol\n    difference that is always close enough";
    "isfinite(x, /)" => static calls isfinite(x), "Return True if x is neither an infinity nor a NaN, and False otherwise.";
    "isinf(x, /)" => static calls isinf(x), "Return True if x is a positive or negative infinity, and False otherwise.";
    "isnan(x, /)" => static calls isnan(x), "Return True if x is a NaN (not a number), and False otherwise.";
    "isqrt(n, /)" => static calls isqrt(n), "Return the integer part of the square root of the input.";
    "lcm(*integers)" => static calls lcm(integers), "Least Common Multiple.";
    "ldexp(x, i, /)" => static calls ldexp(x, i), "Return x * (2**i).\n\nThis is essentially the inverse of frexp().";
    "lgamma(x, /)" => static calls lgamma(x), "Natural logarithm of absolute value of Gamma function at x.";
    "log(...)" => static calls log(args, kwargs), "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x.";
    "log10(x, /)" => static calls log10(x), "Return the base 10 logarithm of x.";
    "log1p(x, /)" => static calls log1p(x), "Return the natural logarithm of 1+x (base e).\n\nExact also for x near zero.";
    "log2(x, /)" => static calls log2(x), "Return the base 2 logarithm of x.";
    "modf(x, /)" => static calls modf(x), "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats.";
    "nextafter(x, y, /, *, steps=None)" => static calls nextafter(x, y, steps), "The float that is some steps after x towards y; one step by default.";
    "perm(n, k=None, /)" => static calls perm(n, k), "Number of ways to choose k of n items, each at most once and in order.\n\nWithout k, or with None, n!.";
    "pow(x, y, /)" => static calls pow(x, y), "Return x**y (x to the power of y).";
    "prod(iterable, /, *, start=1)" => static calls prod(iterable, start), "The product of start and all items of the iterable.";
    "radians(x, /)" => static calls radians(x), "Convert angle x from degrees to radians.";
    "remainder(x, y, /)" => static calls remainder(x, y), "x - n*y with n*y the multiple of y closest to x; of two that are equally close, the even n.";
    "sin(x, /)" => quick quick_sin static calls sin(x), "Return the sine of x (measured in radians).";
    "sinh(x, /)" => static calls sinh(x), "Return the hyperbolic sine of x.";
    "sqrt(x, /)" => quick quick_sqrt static calls sqrt(x), "Return the square root of x.";
    "sumprod(p, q, /)" => static calls sumprod(p, q), "The sum of the products of the items of two iterables of the same length.";
    "tan(x, /)" => static calls tan(x), "Return the tangent of x (measured in radians).";
    "tanh(x, /)" => static calls tanh(x), "Return the hyperbolic tangent of x.";
    "trunc(x, /)" => static calls trunc(x), "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method.";
    "ulp(x, /)" => static calls ulp(x), "Return the value of the least significant bit of the float x.";
};
use integers::{comb, factorial, gcd, isqrt, lcm, perm};
use sums::{dist, fsum, hypot, prod, sumprod};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN.copysign(1.0)),
    ] {
        let name = vm.new_str(name.as_bytes())?;
        dict.get(vm)
            .set_str(vm, vm.intern_str(name), vm.float(value))?;
    }
    Ok(())
}

pub(crate) fn domain_error(vm: &Vm) -> Raised {
    vm.value_error("math domain error")
}
pub(crate) fn range_error(vm: &Vm) -> Raised {
    vm.overflow_error("math range error")
}
/// Checks the result of a function of one argument; `what` begins the text for an argument out of its domain.
fn checked(vm: &Vm, x: f64, result: f64, overflows: bool, what: &str) -> Py<f64> {
    let out = result.is_nan() && !x.is_nan() || result.is_infinite() && x.is_finite() && !overflows;
    if out {
        return Err(vm.value_error(format!("{what}, got {}", text::repr(x))));
    }
    if result.is_infinite() && x.is_finite() {
        Err(range_error(vm))
    } else {
        Ok(result)
    }
}
/// Checks the result of a function of two arguments.
fn checked_two(vm: &Vm, x: f64, y: f64, result: f64) -> Py<f64> {
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        Err(range_error(vm))
    } else {
        Ok(result)
    }
}

macro_rules! functions {
    ($($name:ident $f:expr, $overflows:literal, $what:literal;)*) => { $(
        fn $name(vm: &mut Vm, x: f64) -> Py<f64> {
            let f: fn(f64) -> f64 = $f;
            checked(vm, x, f(x), $overflows, $what)
        }
    )* };
}
functions! {
    acos f64::acos, false, "expected a number in range from -1 up to 1";
    acosh precise::acosh, false, "expected argument value not less than 1";
    asin f64::asin, false, "expected a number in range from -1 up to 1";
    asinh precise::asinh, false, "math domain error";
    atan f64::atan, false, "math domain error";
    atanh precise::atanh, false, "expected a number between -1 and 1";
    cbrt precise::cbrt, false, "math domain error";
    cos f64::cos, false, "expected a finite input";
    cosh f64::cosh, true, "math domain error";
    erf precise::erf, false, "math domain error";
    erfc precise::erfc, false, "math domain error";
    exp f64::exp, true, "math domain error";
    exp2 f64::exp2, true, "math domain error";
    expm1 f64::exp_m1, true, "math domain error";
    log1p f64::ln_1p, false, "expected argument value > -1";
    sin f64::sin, false, "expected a finite input";
    sinh f64::sinh, true, "math domain error";
    sqrt f64::sqrt, false, "expected a nonnegative input";
    tan f64::tan, false, "expected a finite input";
    tanh f64::tanh, false, "math domain error";
}
fn fabs(_: &mut Vm, x: f64) -> Py<f64> {
    Ok(x.abs())
}
fn degrees(_: &mut Vm, x: f64) -> Py<f64> {
    Ok(x * (180.0 / std::f64::consts::PI))
}
fn radians(_: &mut Vm, x: f64) -> Py<f64> {
    Ok(x * (std::f64::consts::PI / 180.0))
}
fn copysign(_: &mut Vm, x: f64, y: f64) -> Py<f64> {
    Ok(x.copysign(y))
}
fn atan2(_: &mut Vm, y: f64, x: f64) -> Py<f64> {
    Ok(y.atan2(x))
}
fn isfinite(_: &mut Vm, x: f64) -> Py<bool> {
    Ok(x.is_finite())
}
fn isinf(_: &mut Vm, x: f64) -> Py<bool> {
    Ok(x.is_infinite())
}
fn isnan(_: &mut Vm, x: f64) -> Py<bool> {
    Ok(x.is_nan())
}
/// Whether the gamma function has no value here: zero, negative integers, minus infinity.
fn is_gamma_pole(x: f64) -> bool {
    x <= 0.0 && x == x.floor()
}
fn gamma(vm: &mut Vm, x: f64) -> Py<f64> {
    let result = if is_gamma_pole(x) {
        f64::NAN
    } else {
        precise::gamma(x)
    };
    checked(
        vm,
        x,
        result,
        true,
        "expected a noninteger or positive integer",
    )
}
fn lgamma(vm: &mut Vm, x: f64) -> Py<f64> {
    let result = if x.is_infinite() {
        f64::INFINITY
    } else if is_gamma_pole(x) {
        f64::NAN
    } else {
        precise::ln_gamma(x)
    };
    checked(
        vm,
        x,
        result,
        true,
        "expected a noninteger or positive integer",
    )
}
fn fma(vm: &mut Vm, x: f64, y: f64, z: f64) -> Py<f64> {
    let result = libm::fma(x, y, z);
    if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(result)
}
fn fmod(vm: &mut Vm, x: f64, y: f64) -> Py<f64> {
    checked_two(vm, x, y, x % y)
}
fn remainder(vm: &mut Vm, x: f64, y: f64) -> Py<f64> {
    if x.is_finite() && y.is_infinite() {
        return Ok(x);
    }
    checked_two(
        vm,
        x,
        y,
        if y == 0.0 && !x.is_nan() {
            f64::NAN
        } else {
            libm::remainder(x, y)
        },
    )
}
fn pow(vm: &mut Vm, x: f64, y: f64) -> Py<f64> {
    let result = x.powf(y);
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(domain_error(vm));
    }
    checked_two(vm, x, y, result)
}
fn frexp(vm: &mut Vm, x: f64) -> Py<Ret> {
    let (m, e) = if x == 0.0 || !x.is_finite() {
        (x, 0)
    } else {
        libm::frexp(x)
    };
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_tuple(&[vm.float(m), Value::int32(e)])?.value()))
}
fn modf(vm: &mut Vm, x: f64) -> Py<Ret> {
    let (fraction, whole) = if x.is_infinite() {
        (0.0f64.copysign(x), x)
    } else {
        ((x - x.trunc()).copysign(x), x.trunc())
    };
    let vm: &Vm = vm;
    Ok(vm.ret(
        vm.new_tuple(&[vm.float(fraction), vm.float(whole)])?
            .value(),
    ))
}
fn ldexp(vm: &mut Vm, x: f64, i: Local) -> Py<f64> {
    let Some(n) = Int::of(vm, i.value(vm)) else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    let exponent = n.to_i64(vm).unwrap_or(if n.is_negative(vm) {
        i64::MIN
    } else {
        i64::MAX
    });
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    // No float is further from another than this.
    let result = libm::scalbn(x, exponent.clamp(-5000, 5000) as i32);
    if result.is_infinite() {
        Err(range_error(vm))
    } else {
        Ok(result)
    }
}
fn ulp(_: &mut Vm, x: f64) -> Py<f64> {
    let x = x.abs();
    if !x.is_finite() {
        return Ok(x);
    }
    let up = x.next_up();
    Ok(if up.is_infinite() {
        x - x.next_down()
    } else {
        up - x
    })
}
fn nextafter(vm: &mut Vm, x: f64, y: f64, steps: Option<Local>) -> Py<f64> {
    let steps = steps.filter(|s| !s.value(vm).is_none());
    let by_default = steps.is_none();
    let steps = match steps {
        None => 1,
        Some(s) => match vm.index_clamped(s)? {
            n if n < 0 => return Err(vm.value_error("steps must be a non-negative integer")),
            n => n as u64,
        },
    };
    if steps == 0 || x.is_nan() {
        return Ok(x);
    }
    if y.is_nan() {
        return Ok(y);
    }
    if x == y {
        return Ok(y);
    }
    // Floats in order, as integers in order.
    let ordinal = |f: f64| {
        if f.is_sign_negative() {
            -((f.to_bits() & !(1 << 63)) as i64)
        } else {
            f.to_bits() as i64
        }
    };
    let (from, to) = (ordinal(x), ordinal(y));
    if from.abs_diff(to) <= steps {
        // A zero reached by the one step that is the default has the sign of the side it is reached from.
        return Ok(if y == 0.0 && by_default {
            y.copysign(x)
        } else {
            y
        });
    }
    let at = if from < to {
        from.saturating_add_unsigned(steps)
    } else {
        from.saturating_sub_unsigned(steps)
    };
    Ok(if at < 0 || at == 0 && from < 0 {
        -f64::from_bits(at.unsigned_abs())
    } else {
        f64::from_bits(at as u64)
    })
}
fn isclose(vm: &mut Vm, a: f64, b: f64, rel_tol: Option<f64>, abs_tol: Option<f64>) -> Py<bool> {
    let (relative, absolute) = (rel_tol.unwrap_or(1e-9), abs_tol.unwrap_or(0.0));
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let difference = (b - a).abs();
    Ok(difference <= (relative * b).abs()
        || difference <= (relative * a).abs()
        || difference <= absolute)
}

// ---- logarithms: of ints of any size, too

fn logarithm(vm: &mut Vm, x: Local, f: fn(f64) -> f64) -> Py<f64> {
    {
        let vm: &Vm = vm;
        if let Some(n) = Int::of(vm, x.value(vm)) {
            if n.is_negative(vm) || n.is_zero() {
                return Err(vm.value_error("expected a positive input"));
            }
            let mut room = [0];
            let view = n.view(vm, &mut room);
            return Ok(match bigint::to_f64(view) {
                Some(x) => f(x),
                None => {
                    let (mantissa, exponent) = bigint::frexp(view);
                    f(mantissa) + f(2.0) * exponent as f64
                }
            });
        }
    }
    let x = vm.to_f64(x)?;
    let result = if x == 0.0 { f64::NAN } else { f(x) };
    checked(vm, x, result, false, "expected a positive input")
}
fn log(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Option<Local>) -> Py<f64> {
    if kwargs.is_some_and(|d| d.value(vm).as_dict(vm).is_some_and(|d| !d.is_empty(vm))) {
        return Err(vm.type_error("math.log() takes no keyword arguments"));
    }
    let given = args.get(vm).len(vm);
    let (x, base) = {
        let vm: &Vm = vm;
        let tuple = args.get(vm);
        match given {
            0 => return Err(vm.type_error("log expected at least 1 argument, got 0")),
            1 | 2 => (
                vm.local(tuple.get(vm, 0)),
                (given == 2).then(|| vm.local(tuple.get(vm, 1))),
            ),
            n => return Err(vm.type_error(format!("log expected at most 2 arguments, got {n}"))),
        }
    };
    let numerator = logarithm(vm, x, f64::ln)?;
    let Some(base) = base else {
        return Ok(numerator);
    };
    let denominator = logarithm(vm, base, f64::ln)?;
    if denominator == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    Ok(numerator / denominator)
}
fn log2(vm: &mut Vm, x: Local) -> Py<f64> {
    logarithm(vm, x, f64::log2)
}
fn log10(vm: &mut Vm, x: Local) -> Py<f64> {
    logarithm(vm, x, f64::log10)
}

// ---- whole numbers by special methods

fn rounded(vm: &mut Vm, x: Local, dunder: Dunder, f: fn(f64) -> f64) -> Py<Ret> {
    if x.value(vm).as_f64(vm).is_none() {
        if let Some(ret) = vm.call_dunder(x, dunder, &[])? {
            return Ok(ret);
        }
    }
    let whole = f(vm.to_f64(x)?);
    let vm: &Vm = vm;
    Ok(vm.ret(float::to_int(vm, whole)?))
}
/// The only argument, a float or an int that is one exactly.
fn only(vm: &Vm, base: u32, n: u32) -> Option<f64> {
    let x = quick_argument(base, 0).value(vm);
    let x = match x.as_small_int() {
        Some(i) if i.unsigned_abs() <= 1 << 53 => Some(i as f64),
        _ => x.as_f64(vm),
    };
    x.filter(|_| n == 1)
}
fn quick_sqrt(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let x = only(vm, base, n).filter(|x| *x >= 0.0 && x.is_finite())?;
    Some(vm.float(x.sqrt()).word())
}
fn quick_sin(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let x = only(vm, base, n).filter(|x| x.is_finite())?;
    Some(vm.float(x.sin()).word())
}
fn quick_cos(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let x = only(vm, base, n).filter(|x| x.is_finite())?;
    Some(vm.float(x.cos()).word())
}
/// A float of moderate size as an int.
fn whole(vm: &Vm, base: u32, n: u32, how: fn(f64) -> f64) -> Option<Word> {
    let x = quick_argument(base, 0).value(vm).as_float_imm()?;
    let x = how(x);
    (n == 1 && x.abs() < (1i64 << 53) as f64).then(|| vm.int(x as i64).word())
}
fn quick_floor(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    whole(vm, base, n, f64::floor)
}
fn quick_ceil(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    whole(vm, base, n, f64::ceil)
}
fn floor(vm: &mut Vm, x: Local) -> Py<Ret> {
    rounded(vm, x, Dunder::Floor, f64::floor)
}
fn ceil(vm: &mut Vm, x: Local) -> Py<Ret> {
    rounded(vm, x, Dunder::Ceil, f64::ceil)
}
fn trunc(vm: &mut Vm, x: Local) -> Py<Ret> {
    match vm.call_dunder(x, Dunder::Trunc, &[])? {
        Some(ret) => Ok(ret),
        None => Err(vm.type_error(format!(
            "type {} doesn't define __trunc__ method",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}

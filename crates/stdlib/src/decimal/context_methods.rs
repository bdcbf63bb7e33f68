//! The methods of `Context`: the operations with this context in place of the current one.

use super::context::{self, clear_flags, clear_traps, copy, init, new};
use super::quick::quick_context_quantize;
use super::rare::{
    c_compare_signal, c_compare_total, c_compare_total_mag, c_exp, c_ln, c_log10, c_logb,
    c_logical_and, c_logical_invert, c_logical_or, c_logical_xor, c_max, c_max_mag, c_min,
    c_min_mag, c_next_minus, c_next_plus, c_next_toward, c_power, c_remainder_near, c_rotate,
    c_scaleb, c_shift, c_sqrt,
};
use super::values::{self, finish, ret_decimal};
use super::{call_support, convert, number};
use crate::support::*;
use mesapy_text::number::decimal::{self as arith, Class, Coef, Context, Dec, Outcome, status};
use mesapy_vm::objects::numbers::float_of;

pub(super) static METHODS: &[Method] = methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls new(cls, _args, _kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)" => calls init(this, prec, rounding, emin, emax, capitals, clamp, flags, traps), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "";
    "__reduce__(self, /)" => calls reduce(this), "";
    "__copy__(self, /)" => calls copy(this), "";
    "copy(self, /)" => calls copy(this), "Return a duplicate of the context.";
    "clear_flags(self, /)" => calls clear_flags(this), "Reset all flags to False.";
    "clear_traps(self, /)" => calls clear_traps(this), "Set all traps to False.";
    "Etiny(self, /)" => calls etiny(this), "Return a value equal to Emin - prec + 1, which is the minimum exponent value";
    "Etop(self, /)" => calls etop(this), "Return a value equal to Emax - prec + 1.  This is the maximum exponent";
    "radix(self, /)" => calls radix(_this), "Return 10.";
    "_apply(self, object, /)" => calls plain_finalize(this, x), "";
    "create_decimal(self, num='0', /)" => calls create_decimal(this, num), "Create a new Decimal instance from num, using self as the context. Unlike the";
    "create_decimal_from_float(self, f, /)" => calls create_decimal_from_float(this, f), "Create a new Decimal instance from float f.  Unlike the Decimal.from_float()";
    "abs(self, x, /)" => calls abs(this, x), "Return the absolute value of x.";
    "plus(self, x, /)" => calls plus(this, x), "Plus corresponds to the unary prefix plus operator in Python, but applies";
    "minus(self, x, /)" => calls minus(this, x), "Minus corresponds to the unary prefix minus operator in Python, but applies";
    "normalize(self, x, /)" => calls normalize(this, x), "Reduce x to its simplest form. Alias for reduce(x).";
    "to_integral(self, x, /)" => calls to_integral_value(this, x), "Identical to to_integral_value(x).";
    "to_integral_value(self, x, /)" => calls to_integral_value(this, x), "Round to an integer.";
    "to_integral_exact(self, x, /)" => calls to_integral_exact(this, x), "Round to an integer. Signal if the result is rounded or inexact.";
    "canonical(self, x, /)" => calls canonical(this, x), "Return a new instance of x.";
    "copy_abs(self, x, /)" => calls copy_abs(this, x), "Return a copy of x with the sign set to 0.";
    "copy_decimal(self, x, /)" => calls copy_decimal(this, x), "Return a copy of Decimal x.";
    "copy_negate(self, x, /)" => calls copy_negate(this, x), "Return a copy of x with the sign inverted.";
    "is_canonical(self, x, /)" => calls is_canonical(this, x), "Return True if x is canonical, False otherwise.";
    "is_finite(self, x, /)" => calls is_finite(this, x), "Return True if x is finite, False otherwise.";
    "is_infinite(self, x, /)" => calls is_infinite(this, x), "Return True if x is infinite, False otherwise.";
    "is_nan(self, x, /)" => calls is_nan(this, x), "Return True if x is a qNaN or sNaN, False otherwise.";
    "is_qnan(self, x, /)" => calls is_qnan(this, x), "Return True if x is a quiet NaN, False otherwise.";
    "is_snan(self, x, /)" => calls is_snan(this, x), "Return True if x is a signaling NaN, False otherwise.";
    "is_signed(self, x, /)" => calls is_signed(this, x), "Return True if x is negative, False otherwise.";
    "is_zero(self, x, /)" => calls is_zero(this, x), "Return True if x is a zero, False otherwise.";
    "is_normal(self, x, /)" => calls is_normal(this, x), "Return True if x is a normal number, False otherwise.";
    "is_subnormal(self, x, /)" => calls is_subnormal(this, x), "Return True if x is subnormal, False otherwise.";
    "number_class(self, x, /)" => calls number_class(this, x), "Return an indication of the class of x.";
    "to_sci_string(self, x, /)" => calls to_sci_string(this, x), "Convert a number to a string using scientific notation.";
    "to_eng_string(self, x, /)" => calls to_eng_string(this, x), "Convert a number to a string, using engineering notation.";
    "add(self, x, y, /)" => calls add(this, x, y), "Return the sum of x and y.";
    "subtract(self, x, y, /)" => calls subtract(this, x, y), "Return the difference between x and y.";
    "multiply(self, x, y, /)" => calls multiply(this, x, y), "Return the product of x and y.";
    "divide(self, x, y, /)" => calls divide(this, x, y), "Return x divided by y.";
    "divide_int(self, x, y, /)" => calls divide_int(this, x, y), "Return x divided by y, truncated to an integer.";
    "remainder(self, x, y, /)" => calls remainder(this, x, y), "Return the remainder from integer division.  The sign of the result,";
    "divmod(self, x, y, /)" => calls divmod(this, x, y), "Return quotient and remainder of the division x / y.";
    "compare(self, x, y, /)" => calls compare(this, x, y), "Compare x and y numerically.";
    "quantize(self, x, y, /)" => quick quick_context_quantize calls quantize(this, x, y), "Return a value equal to x (rounded), having the exponent of y.";
    "same_quantum(self, x, y, /)" => calls same_quantum(this, x, y), "Return True if the two operands have the same exponent.";
    "copy_sign(self, x, y, /)" => calls copy_sign(this, x, y), "Copy the sign from y to x.";
    "fma(self, x, y, z, /)" => calls fma(this, x, y, z), "Return x multiplied by y, plus z.";
    "power(self, /, a, b, modulo=None)" => calls c_power(this, a, b, modulo), "Compute a**b. If 'a' is negative, then 'b' must be integral. The result";
    "exp(self, x, /)" => calls c_exp(this, x), "Return e ** x.";
    "ln(self, x, /)" => calls c_ln(this, x), "Return the natural (base e) logarithm of x.";
    "log10(self, x, /)" => calls c_log10(this, x), "Return the base 10 logarithm of x.";
    "logb(self, x, /)" => calls c_logb(this, x), "Return the exponent of the magnitude of the operand's MSD.";
    "logical_invert(self, x, /)" => calls c_logical_invert(this, x), "Invert all the digits in the operand.";
    "next_minus(self, x, /)" => calls c_next_minus(this, x), "Return the largest representable number smaller than x.";
    "next_plus(self, x, /)" => calls c_next_plus(this, x), "Return the smallest representable number larger than x.";
    "sqrt(self, x, /)" => calls c_sqrt(this, x), "Square root of a non-negative number to context precision.";
    "compare_signal(self, x, y, /)" => calls c_compare_signal(this, x, y), "Compare x and y numerically.  All NaNs signal.";
    "compare_total(self, x, y, /)" => calls c_compare_total(this, x, y), "Compare x and y using their abstract representation.";
    "compare_total_mag(self, x, y, /)" => calls c_compare_total_mag(this, x, y), "Compare x and y using their abstract representation, ignoring sign.";
    "logical_and(self, x, y, /)" => calls c_logical_and(this, x, y), "Applies the logical operation 'and' between each operand's digits.";
    "logical_or(self, x, y, /)" => calls c_logical_or(this, x, y), "Applies the logical operation 'or' between each operand's digits.";
    "logical_xor(self, x, y, /)" => calls c_logical_xor(this, x, y), "Applies the logical operation 'xor' between each operand's digits.";
    "max(self, x, y, /)" => calls c_max(this, x, y), "Compare the values numerically and return the maximum.";
    "max_mag(self, x, y, /)" => calls c_max_mag(this, x, y), "Compare the values numerically with their sign ignored.";
    "min(self, x, y, /)" => calls c_min(this, x, y), "Compare the values numerically and return the minimum.";
    "min_mag(self, x, y, /)" => calls c_min_mag(this, x, y), "Compare the values numerically with their sign ignored.";
    "next_toward(self, x, y, /)" => calls c_next_toward(this, x, y), "Return the number closest to x, in the direction towards y.";
    "remainder_near(self, x, y, /)" => calls c_remainder_near(this, x, y), "Return x - y * n, where n is the integer nearest the exact value of x / y";
    "rotate(self, x, y, /)" => calls c_rotate(this, x, y), "Return a copy of x, rotated by y places.";
    "scaleb(self, x, y, /)" => calls c_scaleb(this, x, y), "Return the first operand after adding the second value to its exp.";
    "shift(self, x, y, /)" => calls c_shift(this, x, y), "Return a copy of x, shifted by y places.";
};

fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    call_support(vm, "_context_repr", &[this])
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    call_support(vm, "_context_reduce", &[this])
}
fn etiny(vm: &mut Vm, this: Local) -> Py<i64> {
    Ok(context::view(vm, this).etiny())
}
fn etop(vm: &mut Vm, this: Local) -> Py<i64> {
    Ok(context::view(vm, this).etop())
}
fn radix(vm: &mut Vm, _this: Local) -> Py<Ret> {
    ret_decimal(vm, &Dec::finite(false, Coef::Small(10), 0))
}
fn create_decimal(vm: &mut Vm, this: Local, num: Option<Local>) -> Py<Ret> {
    match num {
        Some(v) => convert::create(vm, v, this),
        None => finish(
            vm,
            this,
            arith::finalize(Dec::zero(false, 0), &context::view(vm, this)),
        ),
    }
}
fn create_decimal_from_float(vm: &mut Vm, this: Local, f: Local) -> Py<Ret> {
    let x = match float_of(vm, f.value(vm)) {
        Some(f) => values::of_float(f),
        None => match values::of_int(vm, f.value(vm)) {
            Some(x) => x,
            None => return Err(vm.type_error("argument must be int or float")),
        },
    };
    let c = context::view(vm, this);
    finish(vm, this, arith::finalize(x, &c))
}

fn unary(vm: &mut Vm, ctx: Local, x: Local, f: fn(&Dec, &Context) -> Outcome) -> Py<Ret> {
    let x = values::required(vm, x.value(vm))?;
    let c = context::view(vm, ctx);
    finish(vm, ctx, f(&x, &c))
}
macro_rules! unary_methods {
    ($($name:ident $f:expr;)*) => { $( fn $name(vm: &mut Vm, this: Local, x: Local) -> Py<Ret> { unary(vm, this, x, $f) } )* };
}
unary_methods! {
    abs arith::abs;
    plus arith::plus;
    minus arith::minus;
    normalize arith::normalize;
    plain_finalize |x, c| arith::finalize(x.clone(), c);
    to_integral_exact |x, c| arith::to_integral(x, c, true);
    to_integral_value |x, c| {
        let (x, what) = arith::to_integral(x, c, false);
        (x, what & status::INVALID)
    };
    copy_abs |x, _| (x.clone().with_sign(false), 0);
    copy_negate |x, _| (x.clone().with_sign(!x.negative), 0);
}
fn canonical(vm: &mut Vm, _this: Local, x: Local) -> Py<Local> {
    if !values::is_decimal(vm, x.value(vm)) {
        return Err(vm.type_error("argument must be a Decimal"));
    }
    Ok(x)
}
fn is_canonical(vm: &mut Vm, _this: Local, x: Local) -> Py<bool> {
    if !values::is_decimal(vm, x.value(vm)) {
        return Err(vm.type_error("argument must be a Decimal"));
    }
    Ok(true)
}
fn copy_decimal(vm: &mut Vm, _this: Local, x: Local) -> Py<Local> {
    super::rare::as_decimal(vm, x)
}
macro_rules! questions {
    ($($name:ident $of:expr;)*) => { $(
        fn $name(vm: &mut Vm, this: Local, x: Local) -> Py<bool> {
            let of: fn(&Dec, &Context) -> bool = $of;
            let x = values::required(vm, x.value(vm))?;
            Ok(of(&x, &context::view(vm, this)))
        }
    )* };
}
questions! {
    is_finite |x, _| x.is_finite();
    is_infinite |x, _| x.is_infinite();
    is_nan |x, _| x.is_nan();
    is_qnan |x, _| x.class == Class::Quiet;
    is_snan |x, _| x.class == Class::Signaling;
    is_signed |x, _| x.negative;
    is_zero |x, _| x.is_zero();
    is_normal |x, c| x.is_finite() && !x.is_zero() && x.adjusted() >= c.emin;
    is_subnormal |x, c| x.is_finite() && !x.is_zero() && x.adjusted() < c.emin;
}
fn number_class(vm: &mut Vm, this: Local, x: Local) -> Py<&'static str> {
    let x = values::required(vm, x.value(vm))?;
    Ok(arith::number_class(&x, &context::view(vm, this)))
}
fn to_sci_string(vm: &mut Vm, this: Local, x: Local) -> Py<String> {
    let x = values::required(vm, x.value(vm))?;
    Ok(arith::to_text(&x, false, context::capitals(vm, this)))
}
fn to_eng_string(vm: &mut Vm, this: Local, x: Local) -> Py<String> {
    let x = values::required(vm, x.value(vm))?;
    Ok(arith::to_text(&x, true, context::capitals(vm, this)))
}

fn both(vm: &Vm, x: Local, y: Local) -> Py<(Dec, Dec)> {
    Ok((
        values::required(vm, x.value(vm))?,
        values::required(vm, y.value(vm))?,
    ))
}
macro_rules! binary_methods {
    ($($name:ident $f:expr;)*) => { $(
        fn $name(vm: &mut Vm, this: Local, x: Local, y: Local) -> Py<Ret> {
            let f: fn(&Dec, &Dec, &Context) -> Outcome = $f;
            let (x, y) = both(vm, x, y)?;
            let c = context::view(vm, this);
            finish(vm, this, f(&x, &y, &c))
        }
    )* };
}
binary_methods! {
    add arith::add;
    subtract arith::sub;
    multiply arith::mul;
    divide arith::div;
    divide_int arith::div_int;
    remainder arith::rem;
    compare arith::compared;
    quantize arith::quantize;
    copy_sign |x, y, _| (x.clone().with_sign(y.negative), 0);
}
fn divmod(vm: &mut Vm, this: Local, x: Local, y: Local) -> Py<Ret> {
    let (x, y) = both(vm, x, y)?;
    number::div_mod(vm, this, &x, &y)
}
fn same_quantum(vm: &mut Vm, _this: Local, x: Local, y: Local) -> Py<bool> {
    let (x, y) = both(vm, x, y)?;
    Ok(number::have_same_quantum(&x, &y))
}
fn fma(vm: &mut Vm, this: Local, x: Local, y: Local, z: Local) -> Py<Ret> {
    let (x, y) = both(vm, x, y)?;
    let z = values::required(vm, z.value(vm))?;
    let c = context::view(vm, this);
    finish(vm, this, arith::fma(&x, &y, &z, &c))
}

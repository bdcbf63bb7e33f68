//! `Decimal`: construction, operators, methods.

use super::quick::{
    quick_add, quick_eq, quick_ge, quick_gt, quick_le, quick_lt, quick_mul, quick_ne, quick_new,
    quick_quantize, quick_rsub, quick_str, quick_sub,
};
use super::values::{self, finish, own, ret_decimal};
use super::{call_support, compare, context, convert, rare};
use crate::support::*;
use mesapy_text::number::decimal::{
    self as arith, Class, Coef, Context, Dec, Outcome, Rounding, status,
};

pub static DECIMAL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "decimal.Decimal",
    doc: "Construct a new Decimal object. 'value' can be an integer, string, tuple,\nor another Decimal object. If no value is given, return Decimal('0'). The\ncontext does not affect the conversion and is only passed to determine if\nthe InvalidOperation trap is active.\n\n",
    layout: Layout::Slots(values::SLOTS),
    flags: BASE,
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "real",
        get: |vm, this| Ok(vm.ret(this.value(vm))),
        set: None,
        doc: "",
    },
    GetSet {
        name: "imag",
        get: |vm, _| ret_decimal(vm, &Dec::zero(false, 0)),
        set: None,
        doc: "",
    },
];
static METHODS: &[Method] = methods! {
    "__new__(cls, value='0', context=None)" => quick quick_new static calls new(cls, value, context), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__str__(self, /)" => quick quick_str calls str(this), "Return str(self).";
    "__format__(self, format_spec, override=<unrepresentable>, /)" => calls format(this, format_spec, _override), "Formats the Decimal according to format_spec.";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__bool__(self, /)" => leaf is_true(this), "True if self else False";
    "__eq__(self, value, /)" => quick quick_eq calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => quick quick_ne calls ne(this, value), "Return self!=value.";
    "__lt__(self, value, /)" => quick quick_lt calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => quick quick_le calls le(this, value), "Return self<=value.";
    "__gt__(self, value, /)" => quick quick_gt calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => quick quick_ge calls ge(this, value), "Return self>=value.";
    "__add__(self, value, /)" => quick quick_add calls add(this, value), "Return self+value.";
    "__radd__(self, value, /)" => quick quick_add calls radd(this, value), "Return value+self.";
    "__sub__(self, value, /)" => quick quick_sub calls sub(this, value), "Return self-value.";
    "__rsub__(self, value, /)" => quick quick_rsub calls rsub(this, value), "Return value-self.";
    "__mul__(self, value, /)" => quick quick_mul calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => quick quick_mul calls rmul(this, value), "Return value*self.";
    "__truediv__(self, value, /)" => calls truediv(this, value), "Return self/value.";
    "__rtruediv__(self, value, /)" => calls rtruediv(this, value), "Return value/self.";
    "__floordiv__(self, value, /)" => calls floordiv(this, value), "Return self//value.";
    "__rfloordiv__(self, value, /)" => calls rfloordiv(this, value), "Return value//self.";
    "__mod__(self, value, /)" => calls rem(this, value), "Return self%value.";
    "__rmod__(self, value, /)" => calls rrem(this, value), "Return value%self.";
    "__divmod__(self, value, /)" => calls divmod(this, value), "Return divmod(self, value).";
    "__rdivmod__(self, value, /)" => calls rdivmod(this, value), "Return divmod(value, self).";
    "__pow__(self, value, mod=None, /)" => calls pow(this, value, modulus), "Return pow(self, value, mod).";
    "__rpow__(self, value, mod=None, /)" => calls rpow(this, value, modulus), "Return pow(value, self, mod).";
    "__neg__(self, /)" => calls neg(this), "-self";
    "__pos__(self, /)" => calls pos(this), "+self";
    "__abs__(self, /)" => calls abs(this), "abs(self)";
    "__int__(self, /)" => calls int(this), "int(self)";
    "__float__(self, /)" => calls float(this), "float(self)";
    "__complex__(self, /)" => calls complex(this), "Convert this value to exact type complex.";
    "__round__(self, ndigits=None, /)" => calls round(this, ndigits), "Return the Integral closest to self, rounding half toward even.";
    "__trunc__(self, /)" => calls int(this), "Return the Integral closest to x between 0 and x.";
    "__floor__(self, /)" => calls floor(this), "Return the largest Integral <= self.";
    "__ceil__(self, /)" => calls ceil(this), "Return the smallest Integral >= self.";
    "__copy__(self, /)" => calls itself(this), "";
    "__deepcopy__(self, memo, /)" => calls deepcopy(this, _memo), "";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
    "adjusted(self, /)" => leaf adjusted(this), "Return the adjusted exponent of the number.\n\nDefined as exp + digits - 1.";
    "as_integer_ratio(self, /)" => calls as_integer_ratio(this), "Express a finite Decimal instance in the form n / d.";
    "as_tuple(self, /)" => calls as_tuple(this), "Return a tuple representation of the number.";
    "canonical(self, /)" => calls itself(this), "Return the canonical encoding of the argument.";
    "conjugate(self, /)" => calls itself(this), "Return self.";
    "radix(self, /)" => calls radix(_this), "Return Decimal(10).";
    "compare(self, /, other, context=None)" => calls compare_method(this, other, ctx), "Compare self to other.";
    "copy_abs(self, /)" => calls copy_abs(this), "Return the absolute value of the argument.";
    "copy_negate(self, /)" => calls copy_negate(this), "Return the negation of the argument.";
    "copy_sign(self, /, other, context=None)" => calls copy_sign(this, other, ctx), "Return a copy of the first operand with the sign of the second.";
    "fma(self, /, other, third, context=None)" => calls fma(this, other, third, ctx), "Fused multiply-add.";
    "is_canonical(self, /)" => leaf yes(_this), "Return True if the argument is canonical and False otherwise.";
    "is_finite(self, /)" => leaf is_finite(this), "Return True if the argument is a finite number.";
    "is_infinite(self, /)" => leaf is_infinite(this), "Return True if the argument is infinite and False otherwise.";
    "is_nan(self, /)" => leaf is_nan(this), "Return True if the argument is a NaN and False otherwise.";
    "is_qnan(self, /)" => leaf is_qnan(this), "Return True if the argument is a quiet NaN and False otherwise.";
    "is_snan(self, /)" => leaf is_snan(this), "Return True if the argument is a signaling NaN and False otherwise.";
    "is_signed(self, /)" => leaf is_signed(this), "Return True if the argument has a negative sign and False otherwise.";
    "is_zero(self, /)" => leaf is_zero(this), "Return True if the argument is a zero and False otherwise.";
    "is_normal(self, /, context=None)" => calls is_normal(this, ctx), "Return True if the argument is a normal number and False otherwise.";
    "is_subnormal(self, /, context=None)" => calls is_subnormal(this, ctx), "Return True if the argument is subnormal, and False otherwise.";
    "normalize(self, /, context=None)" => calls normalize(this, ctx), "Normalize the number by stripping trailing 0s";
    "number_class(self, /, context=None)" => calls number_class(this, ctx), "Return a string describing the class of the operand.";
    "quantize(self, /, exp, rounding=None, context=None)" => quick quick_quantize calls quantize(this, exp, rounding, ctx), "Quantize *self* so its exponent is the same as that of *exp*.";
    "same_quantum(self, /, other, context=None)" => calls same_quantum(this, other, ctx), "Test whether self and other have the same exponent.";
    "to_eng_string(self, /, context=None)" => calls to_eng_string(this, ctx), "Convert to an engineering-type string.";
    "to_integral(self, /, rounding=None, context=None)" => calls to_integral_value(this, rounding, ctx), "Identical to the to_integral_value() method.";
    "to_integral_value(self, /, rounding=None, context=None)" => calls to_integral_value(this, rounding, ctx), "Round to the nearest integer without signaling Inexact or Rounded.";
    "to_integral_exact(self, /, rounding=None, context=None)" => calls to_integral_exact(this, rounding, ctx), "Round to the nearest integer.";
    "from_float(type, f, /)" => class calls from_float(cls, f), "Class method that converts a float to a decimal number, exactly.";
    "from_number(type, number, /)" => class calls from_number(cls, number), "Class method that converts a real number to a decimal number, exactly.";
    "compare_signal(self, /, other, context=None)" => calls d_compare_signal(this, other, ctx), "Identical to compare, except that all NaNs signal.";
    "compare_total(self, /, other, context=None)" => calls d_compare_total(this, other, ctx), "Compare two operands using their abstract representation.";
    "compare_total_mag(self, /, other, context=None)" => calls d_compare_total_mag(this, other, ctx), "As compare_total(), but ignores the sign of each operand.";
    "exp(self, /, context=None)" => calls d_exp(this, ctx), "Return the value of the (natural) exponential function e**x.";
    "ln(self, /, context=None)" => calls d_ln(this, ctx), "Return the natural (base e) logarithm of the operand.";
    "log10(self, /, context=None)" => calls d_log10(this, ctx), "Return the base ten logarithm of the operand.";
    "logb(self, /, context=None)" => calls d_logb(this, ctx), "Return the adjusted exponent of the operand as a Decimal instance.";
    "logical_and(self, /, other, context=None)" => calls d_logical_and(this, other, ctx), "Return the digit-wise 'and' of the two (logical) operands.";
    "logical_invert(self, /, context=None)" => calls d_logical_invert(this, ctx), "Return the digit-wise inversion of the (logical) operand.";
    "logical_or(self, /, other, context=None)" => calls d_logical_or(this, other, ctx), "Return the digit-wise 'or' of the two (logical) operands.";
    "logical_xor(self, /, other, context=None)" => calls d_logical_xor(this, other, ctx), "Return the digit-wise 'xor' of the two (logical) operands.";
    "max(self, /, other, context=None)" => calls d_max(this, other, ctx), "Maximum of self and other.";
    "max_mag(self, /, other, context=None)" => calls d_max_mag(this, other, ctx), "As the max() method, but compares the absolute values.";
    "min(self, /, other, context=None)" => calls d_min(this, other, ctx), "Minimum of self and other.";
    "min_mag(self, /, other, context=None)" => calls d_min_mag(this, other, ctx), "As the min() method, but compares the absolute values.";
    "next_minus(self, /, context=None)" => calls d_next_minus(this, ctx), "Return the largest number that is smaller than the operand.";
    "next_plus(self, /, context=None)" => calls d_next_plus(this, ctx), "Return the smallest number that is larger than the operand.";
    "next_toward(self, /, other, context=None)" => calls d_next_toward(this, other, ctx), "Returns the number closest to self, in the direction towards other.";
    "remainder_near(self, /, other, context=None)" => calls d_remainder_near(this, other, ctx), "Return the remainder from dividing self by other.";
    "rotate(self, /, other, context=None)" => calls d_rotate(this, other, ctx), "Returns a rotated copy of self's digits, value-of-other times.";
    "scaleb(self, /, other, context=None)" => calls d_scaleb(this, other, ctx), "Return the first operand with the exponent adjusted the second.";
    "shift(self, /, other, context=None)" => calls d_shift(this, other, ctx), "Returns a copy of self's digits, shifted by the value of other.";
    "sqrt(self, /, context=None)" => calls d_sqrt(this, ctx), "Return the square root of the argument to full precision.";
};
use compare::{eq, ge, gt, le, lt, ne};
use rare::{
    d_compare_signal, d_compare_total, d_compare_total_mag, d_exp, d_ln, d_log10, d_logb,
    d_logical_and, d_logical_invert, d_logical_or, d_logical_xor, d_max, d_max_mag, d_min,
    d_min_mag, d_next_minus, d_next_plus, d_next_toward, d_remainder_near, d_rotate, d_scaleb,
    d_shift, d_sqrt, pow, rpow,
};

// ---- construction

fn new(vm: &mut Vm, cls: Local, value: Option<Local>, ctx: Option<Local>) -> Py<Ret> {
    if ctx.is_some() {
        context::given(vm, ctx)?;
    }
    let exact = cls.value(vm) == vm.type_object(&DECIMAL).value();
    if let Some(v) = value.filter(|v| exact && vm.is_exactly(v.value(vm), &DECIMAL)) {
        return Ok(vm.ret(v.value(vm)));
    }
    let x = match value {
        Some(v) => {
            // The usual arguments don't look at the context.
            match values::operand(vm, v.value(vm)) {
                Some(x) => x,
                None => {
                    let ctx = context::given(vm, ctx)?;
                    convert::exact(vm, v, ctx)?
                }
            }
        }
        None => Dec::zero(false, 0),
    };
    instance(vm, cls, &x)
}
/// A number as an instance of a class.
fn instance(vm: &mut Vm, cls: Local, x: &Dec) -> Py<Ret> {
    let made = make(vm, cls, &DECIMAL)?;
    values::fill(vm, made.value(vm), x)?;
    Ok(vm.ret(made.value(vm)))
}
/// As above; a subclass is called with the Decimal.
fn by_call(vm: &mut Vm, cls: Local, x: &Dec) -> Py<Ret> {
    if cls.value(vm) == vm.type_object(&DECIMAL).value() {
        return ret_decimal(vm, x);
    }
    let made = ret_decimal(vm, x)?.keep(vm);
    vm.call(cls, &[made])
}
fn from_float(vm: &mut Vm, cls: Local, f: Local) -> Py<Ret> {
    let x = {
        let vm: &Vm = vm;
        let v = f.value(vm);
        match mesapy_vm::objects::numbers::float_of(vm, v) {
            Some(f) => values::of_float(f),
            None => match values::of_int(vm, v) {
                Some(x) => x,
                None => return Err(vm.type_error("argument must be int or float")),
            },
        }
    };
    by_call(vm, cls, &x)
}
fn from_number(vm: &mut Vm, cls: Local, number: Local) -> Py<Ret> {
    let x = {
        let vm: &Vm = vm;
        let v = number.value(vm);
        match mesapy_vm::objects::numbers::float_of(vm, v) {
            Some(f) => Some(values::of_float(f)),
            None => values::operand(vm, v),
        }
    };
    match x {
        Some(x) => by_call(vm, cls, &x),
        None => {
            let shown = vm.repr_text(number)?;
            Err(vm.type_error(format!("Cannot convert {shown} to Decimal")))
        }
    }
}

// ---- operators

type Operation = fn(&Dec, &Dec, &Context) -> Outcome;
fn operate(vm: &mut Vm, a: Local, b: Local, f: Operation) -> Py<Ret> {
    let (x, y) = {
        let vm: &Vm = vm;
        match (
            values::operand(vm, a.value(vm)),
            values::operand(vm, b.value(vm)),
        ) {
            (Some(x), Some(y)) => (x, y),
            _ => return Ok(vm.ret(Value::NOT_IMPLEMENTED)),
        }
    };
    let ctx = context::current(vm)?;
    let c = context::view(vm, ctx);
    finish(vm, ctx, f(&x, &y, &c))
}
macro_rules! operators {
    ($($name:ident $reversed:ident $f:path;)*) => { $(
        fn $name(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> { operate(vm, this, other, $f) }
        fn $reversed(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> { operate(vm, other, this, $f) }
    )* };
}
operators! {
    add radd arith::add;
    sub rsub arith::sub;
    mul rmul arith::mul;
    truediv rtruediv arith::div;
    floordiv rfloordiv arith::div_int;
    rem rrem arith::rem;
}
/// Both results as a tuple.
pub(super) fn div_mod(vm: &mut Vm, ctx: Local, x: &Dec, y: &Dec) -> Py<Ret> {
    let c = context::view(vm, ctx);
    let (q, r, what) = arith::div_mod(x, y, &c);
    context::add_status(vm, ctx, what)?;
    let vm: &Vm = vm;
    let both = [values::decimal(vm, &q)?, values::decimal(vm, &r)?];
    Ok(vm.ret(vm.new_tuple(&both)?.value()))
}
fn divmod_of(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> {
    let (x, y) = (
        values::operand(vm, a.value(vm)),
        values::operand(vm, b.value(vm)),
    );
    let (Some(x), Some(y)) = (x, y) else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let ctx = context::current(vm)?;
    div_mod(vm, ctx, &x, &y)
}
fn divmod(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    divmod_of(vm, this, other)
}
fn rdivmod(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    divmod_of(vm, other, this)
}
/// An operation on one number, by the context given or the current one.
fn alone(
    vm: &mut Vm,
    this: Local,
    ctx: Option<Local>,
    f: fn(&Dec, &Context) -> Outcome,
) -> Py<Ret> {
    let ctx = context::given(vm, ctx)?;
    let c = context::view(vm, ctx);
    let x = own(vm, this);
    finish(vm, ctx, f(&x, &c))
}
fn neg(vm: &mut Vm, this: Local) -> Py<Ret> {
    alone(vm, this, None, arith::minus)
}
fn pos(vm: &mut Vm, this: Local) -> Py<Ret> {
    alone(vm, this, None, arith::plus)
}
fn abs(vm: &mut Vm, this: Local) -> Py<Ret> {
    alone(vm, this, None, arith::abs)
}
fn normalize(vm: &mut Vm, this: Local, ctx: Option<Local>) -> Py<Ret> {
    alone(vm, this, ctx, arith::normalize)
}
fn is_true(vm: &Vm, this: Value<'_>) -> Py<bool> {
    Ok(values::number(vm, this).is_some_and(|x| !x.is_zero()))
}

// ---- texts and hashes

fn shown(vm: &mut Vm, this: Local, engineering: bool, ctx: Option<Local>) -> Py<String> {
    let ctx = context::given(vm, ctx)?;
    Ok(arith::to_text(
        &own(vm, this),
        engineering,
        context::capitals(vm, ctx),
    ))
}
fn str(vm: &mut Vm, this: Local) -> Py<String> {
    shown(vm, this, false, None)
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    Ok(format!("Decimal('{}')", shown(vm, this, false, None)?))
}
fn to_eng_string(vm: &mut Vm, this: Local, ctx: Option<Local>) -> Py<String> {
    shown(vm, this, true, ctx)
}
fn format(vm: &mut Vm, this: Local, spec: Local, locale: Option<Local>) -> Py<Ret> {
    let locale = locale.unwrap_or_else(|| vm.local(Value::NONE));
    let ctx = context::current(vm)?;
    call_support(vm, "_format", &[this, spec, ctx, locale])
}
fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let x = own(vm, this);
    match x.class {
        Class::Signaling => Err(vm.type_error("Cannot hash a signaling NaN value.")),
        Class::Quiet => Ok((vm.id(this.value(vm)).rotate_right(4) & i64::MAX as u64) as i64),
        _ => Ok(arith::hash(&x)),
    }
}

// ---- conversions

/// A number rounded to an int.
fn whole(vm: &mut Vm, this: Local, rounding: Rounding) -> Py<Ret> {
    let x = own(vm, this);
    if x.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer"));
    }
    if x.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer"));
    }
    let c = Context {
        rounding,
        ..Context::MAX
    };
    let (x, what) = arith::to_integral(&x, &c, false);
    let coef = match u64::try_from(x.exp) {
        Ok(n) if what == 0 => x.coef.shifted(n),
        _ => None,
    };
    let Some(coef) = coef else {
        return Err(vm.memory_error());
    };
    let vm: &Vm = vm;
    let value = match &coef {
        Coef::Small(n) if i64::try_from(*n).is_ok() => {
            let n = *n as i64;
            vm.int(if x.negative { -n } else { n })
        }
        _ => vm.new_bigint(x.negative, &coef.to_big().limbs)?,
    };
    Ok(vm.ret(value))
}
fn int(vm: &mut Vm, this: Local) -> Py<Ret> {
    whole(vm, this, Rounding::Down)
}
fn floor(vm: &mut Vm, this: Local) -> Py<Ret> {
    whole(vm, this, Rounding::Floor)
}
fn ceil(vm: &mut Vm, this: Local) -> Py<Ret> {
    whole(vm, this, Rounding::Ceiling)
}
fn round(vm: &mut Vm, this: Local, ndigits: Option<Local>) -> Py<Ret> {
    let Some(n) = ndigits.filter(|n| !n.value(vm).is_none()) else {
        return whole(vm, this, Rounding::HalfEven);
    };
    if !vm.is_int(n.value(vm)) {
        return Err(vm.type_error("optional arg must be an integer"));
    }
    let n = vm.index(n)?;
    let like = Dec::finite(false, Coef::Small(1), n.saturating_neg());
    let ctx = context::current(vm)?;
    let c = context::view(vm, ctx);
    let x = own(vm, this);
    finish(vm, ctx, arith::quantize(&x, &like, &c))
}
fn to_f64(vm: &Vm, x: &Dec) -> Py<f64> {
    let f = match x.class {
        Class::Signaling => return Err(vm.value_error("cannot convert signaling NaN to float")),
        Class::Quiet => f64::NAN,
        Class::Infinite => f64::INFINITY,
        Class::Finite => format!("{}e{}", x.coef.text(), x.exp)
            .parse()
            .unwrap_or(f64::NAN),
    };
    Ok(f.copysign(if x.negative { -1.0 } else { 1.0 }))
}
fn float(vm: &mut Vm, this: Local) -> Py<f64> {
    to_f64(vm, &own(vm, this))
}
fn complex(vm: &mut Vm, this: Local) -> Py<Ret> {
    let f = to_f64(vm, &own(vm, this))?;
    Ok(vm.ret(vm.new_complex(f, 0.0).value()))
}
fn as_tuple(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = own(vm, this);
    let args = {
        let vm: &Vm = vm;
        let no_digits = x.is_nan() && x.coef.is_zero();
        let text = if no_digits {
            String::new()
        } else {
            x.coef.text()
        };
        let digits: Vec<Value<'_>> = text
            .bytes()
            .map(|d| Value::int32(i32::from(d - b'0')))
            .collect();
        let exp = match x.class {
            Class::Finite => vm.int(x.exp),
            Class::Infinite => vm.intern(b"F").value(),
            Class::Quiet => vm.intern(b"n").value(),
            Class::Signaling => vm.intern(b"N").value(),
        };
        vm.locals([
            Value::int32(i32::from(x.negative)),
            vm.new_tuple(&digits)?.value(),
            exp,
        ])
    };
    call_support(vm, "DecimalTuple", &args)
}
fn as_integer_ratio(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = own(vm, this);
    if x.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let parts = {
        let vm: &Vm = vm;
        vm.locals([
            Value::bool(x.negative),
            values::coef_value(vm, &x.coef)?,
            vm.int(x.exp),
        ])
    };
    call_support(vm, "_ratio", &parts)
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let text = shown(vm, this, false, None)?;
    let text = vm.local(vm.new_str(text.as_bytes())?.value());
    let args = tuple_of(vm, &[text])?;
    let class = class_local(vm, this);
    ret_tuple(vm, &[class, args])
}
fn itself(_: &mut Vm, this: Local) -> Py<Local> {
    Ok(this)
}
fn deepcopy(_: &mut Vm, this: Local, _memo: Local) -> Py<Local> {
    Ok(this)
}
fn radix(vm: &mut Vm, _this: Local) -> Py<Ret> {
    ret_decimal(vm, &Dec::finite(false, Coef::Small(10), 0))
}

// ---- methods

fn adjusted(vm: &Vm, this: Value<'_>) -> Py<i64> {
    Ok(values::number(vm, this)
        .filter(Dec::is_finite)
        .map_or(0, |x| x.adjusted()))
}
fn yes(_: &Vm, _this: Value<'_>) -> Py<bool> {
    Ok(true)
}
macro_rules! questions {
    ($($name:ident $of:expr;)*) => { $(
        fn $name(vm: &Vm, this: Value<'_>) -> Py<bool> {
            let of: fn(&Dec) -> bool = $of;
            Ok(values::number(vm, this).is_some_and(|x| of(&x)))
        }
    )* };
}
questions! {
    is_finite Dec::is_finite;
    is_infinite Dec::is_infinite;
    is_nan Dec::is_nan;
    is_qnan |x| x.class == Class::Quiet;
    is_snan |x| x.class == Class::Signaling;
    is_signed |x| x.negative;
    is_zero Dec::is_zero;
}
fn is_normal(vm: &mut Vm, this: Local, ctx: Option<Local>) -> Py<bool> {
    let ctx = context::given(vm, ctx)?;
    let (c, x) = (context::view(vm, ctx), own(vm, this));
    Ok(x.is_finite() && !x.is_zero() && x.adjusted() >= c.emin)
}
fn is_subnormal(vm: &mut Vm, this: Local, ctx: Option<Local>) -> Py<bool> {
    let ctx = context::given(vm, ctx)?;
    let (c, x) = (context::view(vm, ctx), own(vm, this));
    Ok(x.is_finite() && !x.is_zero() && x.adjusted() < c.emin)
}
fn number_class(vm: &mut Vm, this: Local, ctx: Option<Local>) -> Py<&'static str> {
    let ctx = context::given(vm, ctx)?;
    Ok(arith::number_class(&own(vm, this), &context::view(vm, ctx)))
}
fn copy_abs(vm: &mut Vm, this: Local) -> Py<Ret> {
    ret_decimal(vm, &own(vm, this).with_sign(false))
}
fn copy_negate(vm: &mut Vm, this: Local) -> Py<Ret> {
    let x = own(vm, this);
    let negative = !x.negative;
    ret_decimal(vm, &x.with_sign(negative))
}
fn copy_sign(vm: &mut Vm, this: Local, other: Local, ctx: Option<Local>) -> Py<Ret> {
    context::given(vm, ctx)?;
    let y = values::required(vm, other.value(vm))?;
    ret_decimal(vm, &own(vm, this).with_sign(y.negative))
}
fn same_quantum(vm: &mut Vm, this: Local, other: Local, ctx: Option<Local>) -> Py<bool> {
    context::given(vm, ctx)?;
    let y = values::required(vm, other.value(vm))?;
    Ok(have_same_quantum(&own(vm, this), &y))
}
pub(super) fn have_same_quantum(x: &Dec, y: &Dec) -> bool {
    if x.is_finite() && y.is_finite() {
        return x.exp == y.exp;
    }
    x.is_nan() && y.is_nan() || x.is_infinite() && y.is_infinite()
}
fn compare_method(vm: &mut Vm, this: Local, other: Local, ctx: Option<Local>) -> Py<Ret> {
    let ctx = context::given(vm, ctx)?;
    let y = values::required(vm, other.value(vm))?;
    let c = context::view(vm, ctx);
    let x = own(vm, this);
    finish(vm, ctx, arith::compared(&x, &y, &c))
}
fn fma(vm: &mut Vm, this: Local, other: Local, third: Local, ctx: Option<Local>) -> Py<Ret> {
    let ctx = context::given(vm, ctx)?;
    let y = values::required(vm, other.value(vm))?;
    let z = values::required(vm, third.value(vm))?;
    let c = context::view(vm, ctx);
    let x = own(vm, this);
    finish(vm, ctx, arith::fma(&x, &y, &z, &c))
}
/// The context's view with the rounding that was given, if any.
fn rounded_view(vm: &Vm, ctx: Local, rounding: Option<Local>) -> Py<Context> {
    let mut c = context::view(vm, ctx);
    if let Some(r) = rounding.filter(|r| !r.value(vm).is_none()) {
        let i = context::rounding_index(vm, r)?;
        c.rounding = Rounding::from_index(i).unwrap_or(c.rounding);
    }
    Ok(c)
}
fn quantize(
    vm: &mut Vm,
    this: Local,
    exp: Local,
    rounding: Option<Local>,
    ctx: Option<Local>,
) -> Py<Ret> {
    let ctx = context::given(vm, ctx)?;
    let c = rounded_view(vm, ctx, rounding)?;
    let like = values::required(vm, exp.value(vm))?;
    let x = own(vm, this);
    finish(vm, ctx, arith::quantize(&x, &like, &c))
}
fn to_integral_value(
    vm: &mut Vm,
    this: Local,
    rounding: Option<Local>,
    ctx: Option<Local>,
) -> Py<Ret> {
    let ctx = context::given(vm, ctx)?;
    let c = rounded_view(vm, ctx, rounding)?;
    let x = own(vm, this);
    let (x, what) = arith::to_integral(&x, &c, false);
    finish(vm, ctx, (x, what & status::INVALID))
}
fn to_integral_exact(
    vm: &mut Vm,
    this: Local,
    rounding: Option<Local>,
    ctx: Option<Local>,
) -> Py<Ret> {
    let ctx = context::given(vm, ctx)?;
    let c = rounded_view(vm, ctx, rounding)?;
    let x = own(vm, this);
    finish(vm, ctx, arith::to_integral(&x, &c, true))
}

//! `float`: IEEE doubles, with CPython's rules for remainders, powers and rounding.
//!
//! Comparison with ints is exact: neither side is rounded to the other's type.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::numbers::{Int, big_value, finish_new, float_of, real_of, text_error};
use crate::objects::object::check_new_class;
use crate::objects::{complex, hash};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};
use mesapy_text::format_spec::{NumberLocale, format_float};
use mesapy_text::number::bigint;
use mesapy_text::number::float as text;
use mesapy_text::number::float_hex;
use std::cmp::Ordering;

pub static FLOAT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "float",
    doc: "Make a float of a number or of a string.",
    layout: Layout::Kind(Kind::Float),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

pub static METHODS: &[Method] = methods! {
    "__new__(cls, x=0, /)" => static calls new(cls, x), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__hash__(self, /)" => leaf float_hash(this), "Return hash(self).";
    "__bool__(self, /)" => leaf is_true(this), "True if self else False";
    "__lt__(self, value, /)" => leaf lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => leaf le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => leaf eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => leaf ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => leaf gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => leaf ge(this, value), "Return self>=value.";
    "__add__(self, value, /)" => leaf add(this, value), "Return self+value.";
    "__radd__(self, value, /)" => leaf radd(this, value), "Return value+self.";
    "__sub__(self, value, /)" => leaf sub(this, value), "Return self-value.";
    "__rsub__(self, value, /)" => leaf rsub(this, value), "Return value-self.";
    "__mul__(self, value, /)" => leaf mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => leaf rmul(this, value), "Return value*self.";
    "__mod__(self, value, /)" => leaf modulo(this, value), "Return self%value.";
    "__rmod__(self, value, /)" => leaf rmodulo(this, value), "Return value%self.";
    "__divmod__(self, value, /)" => leaf divmod(this, value), "Return divmod(self, value).";
    "__rdivmod__(self, value, /)" => leaf rdivmod(this, value), "Return divmod(value, self).";
    "__pow__(self, value, mod=None, /)" => leaf pow(this, value, modulus), "Return pow(self, value, mod).";
    "__rpow__(self, value, mod=None, /)" => leaf rpow(this, value, modulus), "Return pow(value, self, mod).";
    "__neg__(self, /)" => leaf neg(this), "-self";
    "__pos__(self, /)" => leaf itself(this), "+self";
    "__abs__(self, /)" => leaf abs(this), "abs(self)";
    "__int__(self, /)" => leaf trunc(this), "int(self)";
    "__float__(self, /)" => leaf itself(this), "float(self)";
    "__floordiv__(self, value, /)" => leaf floordiv(this, value), "Return self//value.";
    "__rfloordiv__(self, value, /)" => leaf rfloordiv(this, value), "Return value//self.";
    "__truediv__(self, value, /)" => leaf truediv(this, value), "Return self/value.";
    "__rtruediv__(self, value, /)" => leaf rtruediv(this, value), "Return value/self.";
    "__trunc__(self, /)" => leaf trunc(this), "The float as an int, cut off towards zero.";
    "__floor__(self, /)" => leaf floor(this), "The largest int that is not larger.";
    "__ceil__(self, /)" => leaf ceil(this), "The smallest int that is not smaller.";
    "__round__(self, ndigits=None, /)" => calls round(this, ndigits), "Round, ties to even: to an int, or with ndigits to a float of that many digits behind the point.";
    "__format__(self, format_spec, /)" => calls format(this, format_spec), "Formats the float according to format_spec.";
    "__getnewargs__(self, /)" => leaf getnewargs(this), "";
    "__getformat__(cls, typestr, /)" => class calls getformat(cls, typestr), "How 'double' or 'float' is laid out in memory; for the test suite of Python.";
    "conjugate(self, /)" => leaf itself(this), "Return self, the complex conjugate of any float.";
    "as_integer_ratio(self, /)" => leaf as_integer_ratio(this), "Two ints whose ratio is exactly the float, the second positive, in lowest terms.";
    "is_integer(self, /)" => leaf is_integer(this), "Return True if the float is an integer.";
    "hex(self, /)" => leaf hex(this), "The float in hexadecimal: (-0.1).hex() is '-0x1.999999999999ap-4'.";
    "fromhex(cls, string, /)" => class calls fromhex(cls, string), "Create a floating-point number from a hexadecimal string.";
    "from_number(cls, number, /)" => class calls from_number(cls, number), "Convert real number to a floating-point number.";
};

static GETSET: &[GetSet] = &[
    GetSet {
        name: "real",
        get: get_itself,
        set: None,
        doc: "the real part of a complex number",
    },
    GetSet {
        name: "imag",
        get: get_zero,
        set: None,
        doc: "the imaginary part of a complex number",
    },
];

// ---- construction

fn new(vm: &mut Vm, cls: Local, x: Option<Local>) -> Py<Ret> {
    check_new_class(vm, cls, &FLOAT)?;
    let f = match x {
        Some(x) => from_object(vm, x)?,
        None => 0.0,
    };
    let vm: &Vm = vm;
    // A float of exactly this type stays the same object.
    let value = match x.map(|x| x.value(vm)) {
        Some(v) if v.as_f64(vm).is_some() => v,
        _ => vm.float(f),
    };
    finish_new(vm, check_new_class(vm, cls, &FLOAT)?, &FLOAT, value)
}
/// `float(x)` of anything.
pub fn from_object(vm: &mut Vm, x: Local) -> Py<f64> {
    if let Some(f) = x.value(vm).as_f64(vm) {
        return Ok(f);
    }
    if x.value(vm).as_exact_str(vm).is_none() {
        // A subclass of float or str may have a `__float__` of its own.
        if x.value(vm).is_kind(vm, Kind::Wrapped) {
            if let Some(f) = vm.float_by_method(x)? {
                return Ok(f);
            }
        }
        if let Some(f) = vm.try_f64(x)? {
            return Ok(f);
        }
    }
    let (bytes, is_str) = {
        let vm: &Vm = vm;
        let value = x.value(vm);
        match (value.as_str(vm), value.as_bytes(vm), value.as_bytearray(vm)) {
            (Some(s), ..) => (Some(s.bytes(vm).to_vec()), true),
            (_, Some(b), _) => (Some(b.bytes(vm).to_vec()), false),
            (_, _, Some(b)) => (Some(b.to_vec(vm, 0..b.len(vm))), false),
            _ => (None, false),
        }
    };
    let bytes = match bytes {
        None if vm.has_buffer(x.value(vm)) => Some(vm.buffer_bytes(x)?),
        bytes => bytes,
    };
    let bytes = match bytes {
        Some(bytes) => bytes,
        None if vm
            .special_of(x.value(vm), crate::dunder::Dunder::Buffer)
            .is_some() =>
        {
            let copy = crate::objects::int::bytes_of(vm, x)?;
            copy.value(vm)
                .as_bytes(vm)
                .map_or(Vec::new(), |b| b.bytes(vm).to_vec())
        }
        None => {
            return Err(vm.type_error(format!(
                "float() argument must be a string or a real number, not '{}'",
                vm.type_name_for_error(x.value(vm))
            )));
        }
    };
    let parsed = if is_str {
        text::parse_float(&bytes)
    } else {
        text::parse_float_bytes(&bytes)
    };
    match parsed {
        Some(f) => Ok(f),
        None => {
            let ret = vm.repr(x)?;
            let mut message = b"could not convert string to float: ".to_vec();
            if let Some(shown) = ret.get(vm).as_str(vm) {
                message.extend_from_slice(shown.bytes(vm));
            }
            Err(text_error(vm, mesapy_text::TextError::value(message)))
        }
    }
}
/// A float as a result of a class method: through the class if it is a subclass.
fn through_class(vm: &mut Vm, cls: Local, f: f64) -> Py<Ret> {
    if cls.value(vm) == vm.type_object(&FLOAT).value() {
        return Ok(vm.ret(vm.float(f)));
    }
    let number = vm.local(vm.float(f));
    vm.call(cls, &[number])
}
fn fromhex(vm: &mut Vm, cls: Local, string: Local) -> Py<Ret> {
    let parsed = match string.value(vm).as_str(vm) {
        Some(s) => float_hex::from_hex(s.bytes(vm)),
        None => return Err(vm.type_error("bad argument type for built-in operation")),
    };
    let f = parsed.map_err(|e| text_error(vm, e))?;
    through_class(vm, cls, f)
}
fn from_number(vm: &mut Vm, cls: Local, number: Local) -> Py<Ret> {
    let exact = number.value(vm).as_f64(vm).is_some();
    if exact && cls.value(vm) == vm.type_object(&FLOAT).value() {
        return Ok(vm.ret(number.value(vm)));
    }
    let f = vm.to_f64(number)?;
    through_class(vm, cls, f)
}
fn getformat(vm: &mut Vm, _cls: Local, typestr: Local<k::Str>) -> Py<Ret> {
    match typestr.get(vm).bytes(vm) {
        b"double" | b"float" => {
            let shown = if cfg!(target_endian = "little") {
                "IEEE, little-endian"
            } else {
                "IEEE, big-endian"
            };
            let vm: &Vm = vm;
            Ok(vm.ret(vm.new_str(shown.as_bytes())?.value()))
        }
        _ => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

// ---- arithmetic

/// Applies an operation to two real numbers.
#[inline]
fn binary<'v>(
    vm: &'v Vm,
    x: Value<'v>,
    y: Value<'v>,
    op: impl Fn(f64, f64) -> Py<Value<'v>>,
) -> Py<Value<'v>> {
    match (real_of(vm, x), real_of(vm, y)) {
        (Some(a), Some(b)) => op(a?, b?),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn add<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| Ok(vm.float(a + b)))
}
fn sub<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| Ok(vm.float(a - b)))
}
fn mul<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| Ok(vm.float(a * b)))
}
fn nonzero(vm: &Vm, b: f64) -> Py<()> {
    if b == 0.0 {
        Err(vm.zero_division_error("division by zero"))
    } else {
        Ok(())
    }
}
fn truediv<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| nonzero(vm, b).map(|()| vm.float(a / b)))
}
fn modulo<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| {
        nonzero(vm, b).map(|()| vm.float(divide(a, b).1))
    })
}
fn floordiv<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| {
        nonzero(vm, b).map(|()| vm.float(divide(a, b).0))
    })
}
fn divmod<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |a, b| {
        nonzero(vm, b)?;
        let (q, r) = divide(a, b);
        Ok(vm.new_tuple(&[vm.float(q), vm.float(r)])?.value())
    })
}
/// Floored quotient and remainder with the divisor's sign; the divisor is not zero.
pub fn divide(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    // The quotient is computed from what the remainder leaves, so that it is almost a whole number.
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0.0f64.copysign(b);
    }
    let whole = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    } else {
        0.0f64.copysign(a / b)
    };
    (whole, rest)
}
fn pow<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>, modulus: Option<Value<'v>>) -> Py<Value<'v>> {
    if modulus.is_some_and(|m| !m.is_none()) {
        return Err(
            vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    binary(vm, x, y, |a, b| power(vm, a, b))
}
fn rpow<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>, modulus: Option<Value<'v>>) -> Py<Value<'v>> {
    pow(vm, y, x, modulus)
}
/// `a ** b`: complex for a root of a negative number.
pub fn power(vm: &Vm, a: f64, b: f64) -> Py<Value<'_>> {
    if a == 0.0 && b < 0.0 && b.is_finite() {
        return Err(vm.zero_division_error("zero to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        let (re, im) = complex::power(vm, (a, 0.0), (b, 0.0))?;
        return Ok(vm.new_complex(re, im).value());
    }
    // IEEE 754's pow has Python's special cases: 1 ** nan, nan ** 0, -1 ** inf are 1.
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(vm.raise_with(
            &crate::objects::exceptions::OVERFLOW_ERROR,
            &[
                vm.int(34),
                vm.new_str(b"Numerical result out of range")?.value(),
            ],
        ));
    }
    Ok(vm.float(result))
}

macro_rules! reflected {
    ($($name:ident $of:ident;)*) => { $(
        fn $name<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> { $of(vm, y, x) }
    )* };
}
reflected! { radd add; rsub sub; rmul mul; rtruediv truediv; rmodulo modulo; rfloordiv floordiv; rdivmod divmod; }

/// The receiver of a method.
#[inline]
fn own(vm: &Vm, this: Value<'_>) -> f64 {
    float_of(vm, this).unwrap_or(f64::NAN)
}
fn neg<'v>(vm: &'v Vm, this: Value<'v>) -> Py<f64> {
    Ok(-own(vm, this))
}
fn abs<'v>(vm: &'v Vm, this: Value<'v>) -> Py<f64> {
    Ok(own(vm, this).abs())
}
/// The exact float behind an instance of a subclass; a float itself.
fn itself<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this.unwrapped(vm))
}
fn get_itself(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(this.value(vm).unwrapped(vm)))
}
fn get_zero(vm: &mut Vm, _: Local) -> Py<Ret> {
    Ok(vm.ret(vm.float(0.0)))
}

// ---- comparison

/// How a float compares to a float or an int; None for a nan. The outer None: neither a float nor an int.
fn compare(vm: &Vm, x: f64, y: Value<'_>) -> Option<Option<Ordering>> {
    if let Some(y) = float_of(vm, y) {
        return Some(x.partial_cmp(&y));
    }
    Some(match Int::of(vm, y)? {
        Int::Small(n) if n.unsigned_abs() <= 1 << 53 => x.partial_cmp(&(n as f64)),
        n => bigint::cmp_f64(n.view(vm, &mut [0]), x).map(Ordering::reverse),
    })
}
macro_rules! comparisons {
    ($($name:ident $test:expr;)*) => { $(
        fn $name<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
            let test: fn(Option<Ordering>) -> bool = $test;
            Ok(match compare(vm, own(vm, x), y) {
                Some(order) => Value::bool(test(order)),
                None => Value::NOT_IMPLEMENTED,
            })
        }
    )* };
}
comparisons! {
    lt |o| o == Some(Ordering::Less);
    le |o| matches!(o, Some(Ordering::Less | Ordering::Equal));
    eq |o| o == Some(Ordering::Equal);
    ne |o| o != Some(Ordering::Equal);
    gt |o| o == Some(Ordering::Greater);
    ge |o| matches!(o, Some(Ordering::Greater | Ordering::Equal));
}
fn float_hash<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    Ok(hash::of_float(vm, own(vm, this), this))
}
fn is_true<'v>(vm: &'v Vm, this: Value<'v>) -> Py<bool> {
    Ok(own(vm, this) != 0.0)
}

// ---- whole numbers

/// The int that a float is when cut off towards zero.
pub fn to_int(vm: &Vm, f: f64) -> Py<Value<'_>> {
    // All floats below 2^60 fit a small int.
    if f.abs() < (1u64 << 60) as f64 {
        return Ok(vm.int(f as i64));
    }
    match bigint::from_f64(f) {
        Some(big) => big_value(vm, big),
        None if f.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}
fn trunc<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    to_int(vm, own(vm, this))
}
fn floor<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    to_int(vm, own(vm, this).floor())
}
fn ceil<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    to_int(vm, own(vm, this).ceil())
}
fn is_integer<'v>(vm: &'v Vm, this: Value<'v>) -> Py<bool> {
    let f = own(vm, this);
    Ok(f.is_finite() && f.floor() == f)
}
fn round(vm: &mut Vm, this: Local, ndigits: Option<Local>) -> Py<Ret> {
    let digits = match ndigits {
        Some(n) if !n.value(vm).is_none() => Some(vm.index_clamped(n)?),
        _ => None,
    };
    let vm: &Vm = vm;
    let f = own(vm, this.value(vm));
    let rounded = match digits {
        None => to_int(vm, f.round_ties_even())?,
        Some(n) => vm.float(text::round_digits(f, n).map_err(|e| text_error(vm, e))?),
    };
    Ok(vm.ret(rounded))
}
fn as_integer_ratio<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (n, d) = text::as_integer_ratio(own(vm, this)).map_err(|e| text_error(vm, e))?;
    let pair = [big_value(vm, n)?, big_value(vm, d)?];
    Ok(vm.new_tuple(&pair)?.value())
}

// ---- text

fn repr<'v>(vm: &'v Vm, this: Value<'v>) -> Py<String> {
    Ok(text::repr(own(vm, this)))
}
fn hex<'v>(vm: &'v Vm, this: Value<'v>) -> Py<String> {
    Ok(float_hex::to_hex(own(vm, this)))
}
fn getnewargs<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(vm.new_tuple(&[this.unwrapped(vm)])?.value())
}
fn format(vm: &mut Vm, this: Local, format_spec: Local<k::Str>) -> Py<Ret> {
    if format_spec.get(vm).byte_len(vm) == 0 {
        // A subclass may have its own `__str__`.
        return vm.str(this);
    }
    let vm: &Vm = vm;
    let name = vm.type_name_for_error(this.value(vm));
    let out = format_float(
        own(vm, this.value(vm)),
        format_spec.get(vm).bytes(vm),
        &name,
        &NumberLocale::c(),
    )
    .map_err(|e| text_error(vm, e))?;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}

//! `complex`, with the rules for mixed operands of C's annex G that Python 3.14 has: a real operand has no imaginary part, not one of zero.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::hash;
use crate::objects::numbers::{deprecated, finish_new, real_of, text_error};
use crate::objects::object::check_new_class;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};
use mesapy_text::format_spec::{NumberLocale, format_complex};
use mesapy_text::number::complex as text;

/// Real and imaginary part.
pub type C = (f64, f64);

pub static COMPLEX: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "complex",
    doc: "Make a complex number of a string or of numbers.\n\nA string like '1+2j' is parsed; of two numbers the result is real + imag*1j.",
    layout: Layout::Kind(Kind::Complex),
    flags: TypeFlags::BASETYPE.with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, real=0, imag=0)" => static calls new(cls, real, imag), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__hash__(self, /)" => leaf complex_hash(this), "Return hash(self).";
    "__bool__(self, /)" => leaf is_true(this), "True if self else False";
    "__lt__(self, value, /)" => leaf unordered(this, value), "Return self<value.";
    "__le__(self, value, /)" => leaf unordered(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => leaf eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => leaf ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => leaf unordered(this, value), "Return self>value.";
    "__ge__(self, value, /)" => leaf unordered(this, value), "Return self>=value.";
    "__add__(self, value, /)" => leaf add(this, value), "Return self+value.";
    "__radd__(self, value, /)" => leaf radd(this, value), "Return value+self.";
    "__sub__(self, value, /)" => leaf sub(this, value), "Return self-value.";
    "__rsub__(self, value, /)" => leaf rsub(this, value), "Return value-self.";
    "__mul__(self, value, /)" => leaf mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => leaf rmul(this, value), "Return value*self.";
    "__pow__(self, value, mod=None, /)" => leaf pow(this, value, modulus), "Return pow(self, value, mod).";
    "__rpow__(self, value, mod=None, /)" => leaf rpow(this, value, modulus), "Return pow(value, self, mod).";
    "__neg__(self, /)" => leaf neg(this), "-self";
    "__pos__(self, /)" => leaf itself(this), "+self";
    "__abs__(self, /)" => leaf abs(this), "abs(self)";
    "__truediv__(self, value, /)" => leaf truediv(this, value), "Return self/value.";
    "__rtruediv__(self, value, /)" => leaf rtruediv(this, value), "Return value/self.";
    "__complex__(self, /)" => leaf itself(this), "Convert this value to exact type complex.";
    "__format__(self, format_spec, /)" => calls format(this, format_spec), "Convert to a string according to format_spec.";
    "__getnewargs__(self, /)" => leaf getnewargs(this), "";
    "conjugate(self, /)" => leaf conjugate(this), "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.";
    "from_number(cls, number, /)" => class calls from_number(cls, number), "Convert number to a complex floating-point number.";
};

static GETSET: &[GetSet] = &[
    GetSet {
        name: "real",
        get: get_real,
        set: None,
        doc: "the real part of a complex number",
    },
    GetSet {
        name: "imag",
        get: get_imag,
        set: None,
        doc: "the imaginary part of a complex number",
    },
];

/// The parts of a complex number or an instance of a subclass.
pub fn complex_of(vm: &Vm, value: Value<'_>) -> Option<C> {
    if !value.is_ref() {
        return None;
    }
    value.as_complex(vm).map(|c| (c.re(vm), c.im(vm)))
}
fn own(vm: &Vm, this: Value<'_>) -> C {
    complex_of(vm, this).unwrap_or((f64::NAN, f64::NAN))
}

// ---- construction

fn new(vm: &mut Vm, cls: Local, real: Option<Local>, imag: Option<Local>) -> Py<Ret> {
    check_new_class(vm, cls, &COMPLEX)?;
    let exact = cls.value(vm) == vm.type_object(&COMPLEX).value();
    let (re, im) = match (real, imag) {
        (None, None) => (0.0, 0.0),
        (Some(x), None) if exact && x.value(vm).as_exact_complex(vm).is_some() => {
            return Ok(vm.ret(x.value(vm)));
        }
        (Some(x), None) => from_object(vm, x)?,
        (real, imag) => from_parts(vm, real, imag)?,
    };
    let vm: &Vm = vm;
    finish_new(
        vm,
        check_new_class(vm, cls, &COMPLEX)?,
        &COMPLEX,
        vm.new_complex(re, im).value(),
    )
}
/// `complex(x)` of anything.
fn from_object(vm: &mut Vm, x: Local) -> Py<C> {
    if let Some(s) = x.value(vm).as_str(vm) {
        let bytes = s.bytes(vm);
        return text::parse_complex(bytes, || mesapy_text::repr::repr_str(bytes))
            .map_err(|e| text_error(vm, e));
    }
    if let Some(c) = by_method(vm, x)? {
        return Ok(c);
    }
    if let Some(c) = complex_of(vm, x.value(vm)) {
        return Ok(c);
    }
    match vm.try_f64(x)? {
        Some(f) => Ok((f, 0.0)),
        None => Err(vm.type_error(format!(
            "complex() argument must be a string or a number, not {}",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}
/// `type(x).__complex__(x)` of what is not exactly a complex; None if there is no such method.
pub fn by_method(vm: &mut Vm, x: Local) -> Py<Option<C>> {
    if x.value(vm).as_exact_complex(vm).is_some() {
        return Ok(None);
    }
    let Some(ret) = vm.call_dunder(x, Dunder::Complex, &[])? else {
        return Ok(None);
    };
    let (c, exact, got) = {
        let vm: &Vm = vm;
        let value = ret.get(vm);
        let got = vm.type_name_for_error(value);
        let Some(c) = complex_of(vm, value) else {
            return Err(vm.type_error(format!("__complex__ returned non-complex (type {got})")));
        };
        (c, value.as_exact_complex(vm).is_some(), got)
    };
    if !exact {
        deprecated(
            vm,
            &format!(
                "__complex__ returned non-complex (type {got}).  The ability to return an instance of a strict subclass of complex is deprecated, and may be removed in a future version of Python."
            ),
        )?;
    }
    Ok(Some(c))
}
/// A part given to the constructor: real, or complex (which is deprecated), and whether it was.
fn part(vm: &mut Vm, x: Local, name: &str) -> Py<(C, bool)> {
    if name == "real" {
        if let Some(c) = by_method(vm, x)? {
            not_real(vm, x, name)?;
            return Ok((c, true));
        }
    }
    if let Some(c) = complex_of(vm, x.value(vm)) {
        not_real(vm, x, name)?;
        return Ok((c, true));
    }
    match vm.try_f64(x)? {
        Some(f) => Ok(((f, 0.0), false)),
        None => Err(vm.type_error(format!(
            "complex() argument '{name}' must be a real number, not {}",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}
/// Warns of a part that is complex itself.
fn not_real(vm: &mut Vm, x: Local, name: &str) -> Py<()> {
    let got = vm.type_name_for_error(x.value(vm));
    let text = format!("complex() argument '{name}' must be a real number, not {got}");
    deprecated(vm, &text)
}
fn from_parts(vm: &mut Vm, real: Option<Local>, imag: Option<Local>) -> Py<C> {
    let (mut re, re_complex) = match real {
        Some(x) => part(vm, x, "real")?,
        None => ((0.0, 0.0), false),
    };
    let Some(imag) = imag else { return Ok(re) };
    let (mut im, im_complex) = part(vm, imag, "imag")?;
    // real + imag * 1j, where what is real has no imaginary part.
    if im_complex {
        re.0 -= im.1;
    }
    if re_complex {
        im.0 += re.1;
    }
    Ok((re.0, im.0))
}
fn from_number(vm: &mut Vm, cls: Local, number: Local) -> Py<Ret> {
    let exact = cls.value(vm) == vm.type_object(&COMPLEX).value();
    if exact && number.value(vm).as_exact_complex(vm).is_some() {
        return Ok(vm.ret(number.value(vm)));
    }
    let (re, im) = argument(vm, number)?;
    if exact {
        return Ok(vm.ret(vm.new_complex(re, im).value()));
    }
    let number = vm.local(vm.new_complex(re, im).value());
    vm.call(cls, &[number])
}
/// A complex argument: by `__complex__`, else a real number.
pub fn argument(vm: &mut Vm, x: Local) -> Py<C> {
    if let Some(c) = by_method(vm, x)? {
        return Ok(c);
    }
    match complex_of(vm, x.value(vm)) {
        Some(c) => Ok(c),
        None => Ok((vm.to_f64(x)?, 0.0)),
    }
}

// ---- arithmetic on parts

/// Infinities of a number that has one become ones, the rest zeros; signs stay.
fn box_infinity(z: C) -> C {
    let one = |x: f64| if x.is_infinite() { 1.0f64 } else { 0.0 }.copysign(x);
    (one(z.0), one(z.1))
}
fn nan_to_zero(z: C) -> C {
    let zero = |x: f64| if x.is_nan() { 0.0f64.copysign(x) } else { x };
    (zero(z.0), zero(z.1))
}
fn has_infinity(z: C) -> bool {
    z.0.is_infinite() || z.1.is_infinite()
}
fn is_finite(z: C) -> bool {
    z.0.is_finite() && z.1.is_finite()
}

/// The product; where it comes out as nan although a factor is infinite, the infinity is recovered (C11, G.5.1).
pub fn product(z: C, w: C) -> C {
    let (ac, bd, ad, bc) = (z.0 * w.0, z.1 * w.1, z.0 * w.1, z.1 * w.0);
    let result = (ac - bd, ad + bc);
    if !(result.0.is_nan() && result.1.is_nan()) {
        return result;
    }
    let (mut z, mut w, mut again) = (z, w, false);
    if has_infinity(z) {
        (z, w, again) = (box_infinity(z), nan_to_zero(w), true);
    }
    if has_infinity(w) {
        (w, z, again) = (box_infinity(w), nan_to_zero(z), true);
    }
    if !again && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
        (z, w, again) = (nan_to_zero(z), nan_to_zero(w), true);
    }
    if again {
        (
            f64::INFINITY * (z.0 * w.0 - z.1 * w.1),
            f64::INFINITY * (z.0 * w.1 + z.1 * w.0),
        )
    } else {
        result
    }
}
/// The quotient by Smith's method; None for a division by zero. Infinities and zeros are recovered as in [`product`].
pub fn quotient(a: C, b: C) -> Option<C> {
    let result = if b.0.abs() >= b.1.abs() {
        if b.0 == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        (
            (a.0 + a.1 * ratio) / denominator,
            (a.1 - a.0 * ratio) / denominator,
        )
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        (
            (a.0 * ratio + a.1) / denominator,
            (a.1 * ratio - a.0) / denominator,
        )
    } else {
        (f64::NAN, f64::NAN)
    };
    if result.0.is_nan() && result.1.is_nan() {
        if has_infinity(a) && is_finite(b) {
            let (x, y) = box_infinity(a);
            return Some((
                f64::INFINITY * (x * b.0 + y * b.1),
                f64::INFINITY * (y * b.0 - x * b.1),
            ));
        }
        if has_infinity(b) && is_finite(a) {
            let (x, y) = box_infinity(b);
            return Some((0.0 * (a.0 * x + a.1 * y), 0.0 * (a.1 * x - a.0 * y)));
        }
    }
    Some(result)
}
/// A real number divided by a complex one.
pub fn real_quotient(a: f64, b: C) -> Option<C> {
    let result = if b.0.abs() >= b.1.abs() {
        if b.0 == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        (a / denominator, (-a * ratio) / denominator)
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        ((a * ratio) / denominator, -a / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if result.0.is_nan() && result.1.is_nan() && has_infinity(b) && a.is_finite() {
        let (x, y) = box_infinity(b);
        return Some((0.0 * (a * x), 0.0 * (-a * y)));
    }
    Some(result)
}
/// Exponents up to this size that are whole are computed by multiplication.
const SMALL_EXPONENT: f64 = 100.0;

/// `a ** b`.
pub fn power(vm: &Vm, a: C, b: C) -> Py<C> {
    let zero_error = || vm.zero_division_error("zero to a negative or complex power");
    let result = if b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= SMALL_EXPONENT {
        let by_multiplication = |n: u32| {
            let (mut result, mut square, mut rest) = ((1.0, 0.0), a, n);
            while rest > 0 {
                if rest & 1 == 1 {
                    result = product(result, square);
                }
                rest >>= 1;
                square = product(square, square);
            }
            result
        };
        if b.0 > 0.0 {
            by_multiplication(b.0 as u32)
        } else {
            quotient((1.0, 0.0), by_multiplication(-b.0 as u32)).ok_or_else(zero_error)?
        }
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return Err(zero_error());
        }
        (0.0, 0.0)
    } else {
        let (size, angle) = (a.0.hypot(a.1), a.1.atan2(a.0));
        let (mut length, mut phase) = (size.powf(b.0), angle * b.0);
        if b.1 != 0.0 {
            length *= (-angle * b.1).exp();
            phase += b.1 * size.ln();
        }
        (length * phase.cos(), length * phase.sin())
    };
    if has_infinity(result) {
        return Err(vm.overflow_error("complex exponentiation"));
    }
    Ok(result)
}

// ---- special methods

/// An operand.
enum Operand {
    Real(f64),
    Complex(C),
}
use Operand::{Complex, Real};

#[inline]
fn operand(vm: &Vm, value: Value<'_>) -> Option<Py<Operand>> {
    match complex_of(vm, value) {
        Some(c) => Some(Ok(Complex(c))),
        None => real_of(vm, value).map(|r| r.map(Real)),
    }
}
#[inline]
fn binary<'v>(
    vm: &'v Vm,
    x: Value<'v>,
    y: Value<'v>,
    op: impl Fn(Operand, Operand) -> Py<C>,
) -> Py<Value<'v>> {
    let (Some(a), Some(b)) = (operand(vm, x), operand(vm, y)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (re, im) = op(a?, b?)?;
    Ok(vm.new_complex(re, im).value())
}
fn add<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |x, y| {
        Ok(match (x, y) {
            (Complex(a), Complex(b)) => (a.0 + b.0, a.1 + b.1),
            (Complex(a), Real(b)) | (Real(b), Complex(a)) => (a.0 + b, a.1),
            (Real(a), Real(b)) => (a + b, 0.0),
        })
    })
}
fn sub<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |x, y| {
        Ok(match (x, y) {
            (Complex(a), Complex(b)) => (a.0 - b.0, a.1 - b.1),
            (Complex(a), Real(b)) => (a.0 - b, a.1),
            (Real(a), Complex(b)) => (a - b.0, -b.1),
            (Real(a), Real(b)) => (a - b, 0.0),
        })
    })
}
fn mul<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |x, y| {
        Ok(match (x, y) {
            (Complex(a), Complex(b)) => product(a, b),
            (Complex(a), Real(b)) | (Real(b), Complex(a)) => (a.0 * b, a.1 * b),
            (Real(a), Real(b)) => (a * b, 0.0),
        })
    })
}
fn truediv<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    binary(vm, x, y, |x, y| {
        let result = match (x, y) {
            (Complex(a), Complex(b)) => quotient(a, b),
            (_, Real(0.0)) => None,
            (Complex(a), Real(b)) => Some((a.0 / b, a.1 / b)),
            (Real(a), Complex(b)) => real_quotient(a, b),
            (Real(a), Real(b)) => Some((a / b, 0.0)),
        };
        result.ok_or_else(|| vm.zero_division_error("division by zero"))
    })
}
fn pow<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>, modulus: Option<Value<'v>>) -> Py<Value<'v>> {
    if operand(vm, x).is_none() || operand(vm, y).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    if modulus.is_some_and(|m| !m.is_none()) {
        return Err(vm.value_error("complex modulo"));
    }
    let whole = |x: Operand| match x {
        Complex(c) => c,
        Real(r) => (r, 0.0),
    };
    binary(vm, x, y, |x, y| power(vm, whole(x), whole(y)))
}
fn rpow<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>, modulus: Option<Value<'v>>) -> Py<Value<'v>> {
    pow(vm, y, x, modulus)
}
macro_rules! reflected {
    ($($name:ident $of:ident;)*) => { $(
        fn $name<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> { $of(vm, y, x) }
    )* };
}
reflected! { radd add; rsub sub; rmul mul; rtruediv truediv; }

fn neg<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (re, im) = own(vm, this);
    Ok(vm.new_complex(-re, -im).value())
}
fn itself<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this.unwrapped(vm))
}
fn conjugate<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (re, im) = own(vm, this);
    Ok(vm.new_complex(re, -im).value())
}
fn abs<'v>(vm: &'v Vm, this: Value<'v>) -> Py<f64> {
    let (re, im) = own(vm, this);
    let size = re.hypot(im);
    if size.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(vm.overflow_error("absolute value too large"));
    }
    Ok(size)
}
/// Whether a complex number equals another number; None if the other is none.
fn equals(vm: &Vm, this: Value<'_>, other: Value<'_>) -> Option<bool> {
    let (re, im) = own(vm, this);
    if let Some(c) = complex_of(vm, other) {
        return Some(re == c.0 && im == c.1);
    }
    if let Some(f) = crate::objects::numbers::float_of(vm, other) {
        return Some(re == f && im == 0.0);
    }
    // Exactly, as a float compares to an int.
    let n = crate::objects::numbers::Int::of(vm, other)?;
    Some(
        im == 0.0
            && mesapy_text::number::bigint::cmp_f64(n.view(vm, &mut [0]), re)
                == Some(std::cmp::Ordering::Equal),
    )
}
fn eq<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    Ok(equals(vm, x, y).map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn ne<'v>(vm: &'v Vm, x: Value<'v>, y: Value<'v>) -> Py<Value<'v>> {
    Ok(equals(vm, x, y).map_or(Value::NOT_IMPLEMENTED, |e| Value::bool(!e)))
}
fn unordered<'v>(_: &'v Vm, _: Value<'v>, _: Value<'v>) -> Py<Value<'v>> {
    Ok(Value::NOT_IMPLEMENTED)
}
fn complex_hash<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    let (re, im) = own(vm, this);
    Ok(hash::of_complex(vm, re, im, this))
}
fn is_true<'v>(vm: &'v Vm, this: Value<'v>) -> Py<bool> {
    let (re, im) = own(vm, this);
    Ok(re != 0.0 || im != 0.0)
}
fn repr<'v>(vm: &'v Vm, this: Value<'v>) -> Py<String> {
    let (re, im) = own(vm, this);
    Ok(text::repr(re, im))
}
fn getnewargs<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (re, im) = own(vm, this);
    Ok(vm.new_tuple(&[vm.float(re), vm.float(im)])?.value())
}
fn get_real(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(vm.float(own(vm, this.value(vm)).0)))
}
fn get_imag(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(vm.float(own(vm, this.value(vm)).1)))
}
fn format(vm: &mut Vm, this: Local, format_spec: Local<k::Str>) -> Py<Ret> {
    if format_spec.get(vm).byte_len(vm) == 0 {
        return vm.str(this);
    }
    let vm: &Vm = vm;
    let (re, im) = own(vm, this.value(vm));
    let name = vm.type_name_for_error(this.value(vm));
    let out = format_complex(
        re,
        im,
        format_spec.get(vm).bytes(vm),
        &name,
        &NumberLocale::c(),
    )
    .map_err(|e| text_error(vm, e))?;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}

//! `int`: construction, text, bytes, attributes. Arithmetic is in `int_ops`.

use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::int_ops::*;
use crate::objects::numbers::{Int, big_value, finish_new, stepping, text_error};
use crate::objects::object::check_new_class;
use crate::objects::{bool as boolean, hash};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};
use mesapy_text::format_spec::{NumberLocale, format_int};
use mesapy_text::number::bigint::{self, Big};
use mesapy_text::number::int as text;
use mesapy_text::{TextError, no_step};

pub static INT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "int",
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nMake an integer of a number, or of a string in the given base (2 to 36; 0 reads the base from the string's prefix).\nNumbers with a fraction are cut off towards zero.",
    layout: Layout::Kind(Kind::Int),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

pub static METHODS: &[Method] = methods! {
    "__new__(cls, x=0, /, base=10)" => static calls new(cls, x, base), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => leaf int_hash(this), "Return hash(self).";
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
    "__mul__(self, value, /)" => calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => calls rmul(this, value), "Return value*self.";
    "__mod__(self, value, /)" => calls modulo(this, value), "Return self%value.";
    "__rmod__(self, value, /)" => calls rmodulo(this, value), "Return value%self.";
    "__divmod__(self, value, /)" => calls divmod(this, value), "Return divmod(self, value).";
    "__rdivmod__(self, value, /)" => calls rdivmod(this, value), "Return divmod(value, self).";
    "__pow__(self, value, mod=None, /)" => calls pow(this, value, modulus), "Return pow(self, value, mod).";
    "__rpow__(self, value, mod=None, /)" => calls rpow(this, value, modulus), "Return pow(value, self, mod).";
    "__neg__(self, /)" => leaf neg(this), "-self";
    "__pos__(self, /)" => leaf itself(this), "+self";
    "__abs__(self, /)" => leaf abs(this), "abs(self)";
    "__invert__(self, /)" => leaf invert(this), "~self";
    "__lshift__(self, value, /)" => leaf lshift(this, value), "Return self<<value.";
    "__rlshift__(self, value, /)" => leaf rlshift(this, value), "Return value<<self.";
    "__rshift__(self, value, /)" => leaf rshift(this, value), "Return self>>value.";
    "__rrshift__(self, value, /)" => leaf rrshift(this, value), "Return value>>self.";
    "__and__(self, value, /)" => leaf and(this, value), "Return self&value.";
    "__rand__(self, value, /)" => leaf rand(this, value), "Return value&self.";
    "__xor__(self, value, /)" => leaf xor(this, value), "Return self^value.";
    "__rxor__(self, value, /)" => leaf rxor(this, value), "Return value^self.";
    "__or__(self, value, /)" => leaf or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => leaf ror(this, value), "Return value|self.";
    "__int__(self, /)" => leaf itself(this), "int(self)";
    "__float__(self, /)" => leaf float(this), "float(self)";
    "__floordiv__(self, value, /)" => calls floordiv(this, value), "Return self//value.";
    "__rfloordiv__(self, value, /)" => calls rfloordiv(this, value), "Return value//self.";
    "__truediv__(self, value, /)" => leaf truediv(this, value), "Return self/value.";
    "__rtruediv__(self, value, /)" => leaf rtruediv(this, value), "Return value/self.";
    "__index__(self, /)" => leaf itself(this), "Return self converted to an integer, if self is suitable for use as an index into a list.";
    "__trunc__(self, /)" => leaf itself(this), "Truncating an Integral returns itself.";
    "__floor__(self, /)" => leaf itself(this), "Flooring an Integral returns itself.";
    "__ceil__(self, /)" => leaf itself(this), "Ceiling of an Integral returns itself.";
    "__round__(self, ndigits=None, /)" => calls round(this, ndigits), "Round to a power of ten: ndigits is negative for digits in front of the point.";
    "__format__(self, format_spec, /)" => calls format(this, format_spec), "Convert to a string according to format_spec.";
    "__getnewargs__(self, /)" => leaf getnewargs(this), "";
    "__sizeof__(self, /)" => leaf size_of(this), "Returns size in memory, in bytes.";
    "conjugate(self, /)" => leaf itself(this), "Returns self, the complex conjugate of any int.";
    "bit_length(self, /)" => leaf bit_length(this), "Number of bits that the absolute value needs in binary.";
    "bit_count(self, /)" => leaf bit_count(this), "Number of ones in the binary form of the absolute value.";
    "to_bytes(self, /, length=1, byteorder='big', *, signed=False)" => calls to_bytes(this, length, byteorder, signed), "Bytes that represent the integer.\n\n  length\n    Number of bytes; OverflowError if they do not suffice.\n  byteorder\n    'big' or 'little': which end comes first.\n  signed\n    Whether two's complement is used.";
    "from_bytes(cls, /, bytes, byteorder='big', *, signed=False)" => class calls from_bytes(cls, bytes, byteorder, signed), "The integer that bytes represent.\n\n  bytes\n    A bytes-like object or an iterable of ints.\n  byteorder\n    'big' or 'little': which end comes first.\n  signed\n    Whether two's complement is used.";
    "as_integer_ratio(self, /)" => leaf as_integer_ratio(this), "The pair of the integer and 1.";
    "is_integer(self, /)" => leaf is_integer(this), "Returns True. Exists for duck type compatibility with float.is_integer.";
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
    GetSet {
        name: "numerator",
        get: get_itself,
        set: None,
        doc: "the numerator of a rational number in lowest terms",
    },
    GetSet {
        name: "denominator",
        get: get_one,
        set: None,
        doc: "the denominator of a rational number in lowest terms",
    },
];

// ---- construction

fn new(vm: &mut Vm, cls: Local, x: Option<Local>, base: Option<Local>) -> Py<Ret> {
    let class = check_new_class(vm, cls, &INT)?;
    if class == vm.type_object(&boolean::BOOL) {
        return Err(vm.type_error("int.__new__(bool) is not safe, use bool.__new__()"));
    }
    let exact = class == vm.type_object(&INT);
    let ret = convert(vm, x, base)?;
    if exact {
        return Ok(ret);
    }
    let vm: &Vm = vm;
    let value = ret.get(vm);
    finish_new(vm, check_new_class(vm, cls, &INT)?, &INT, value)
}
fn convert(vm: &mut Vm, x: Option<Local>, base: Option<Local>) -> Py<Ret> {
    let Some(x) = x else {
        return match base {
            Some(_) => Err(vm.type_error("int() missing string argument")),
            None => Ok(vm.ret(Value::int32(0))),
        };
    };
    let Some(base) = base else {
        return from_object(vm, x);
    };
    let base = vm.index_clamped(base)?;
    let base = match base {
        0 | 2..=36 => base as u32,
        _ => return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
    };
    let value = x.value(vm);
    if value.as_str(vm).is_none()
        && value.as_bytes(vm).is_none()
        && value.as_bytearray(vm).is_none()
    {
        return Err(vm.type_error("int() can't convert non-string with explicit base"));
    }
    parse(vm, x, base)
}
/// `int(x)` of anything.
pub fn from_object(vm: &mut Vm, x: Local) -> Py<Ret> {
    if let Some(s) = x.value(vm).as_exact_str(vm) {
        if let Some(n) = text::parse_small(s.bytes(vm)) {
            return Ok(vm.ret(vm.int(n)));
        }
        return parse(vm, x, 10);
    }
    if let Some(ret) = vm.try_int(x)? {
        return Ok(ret);
    }
    let value = x.value(vm);
    if value.as_str(vm).is_some()
        || value.as_bytes(vm).is_some()
        || value.as_bytearray(vm).is_some()
    {
        return parse(vm, x, 10);
    }
    // What exports its bytes some other way.
    if vm.has_buffer(x.value(vm)) {
        let copy = bytes_of(vm, x)?;
        return parse(vm, copy, 10);
    }
    Err(vm.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        vm.type_name_for_error(x.value(vm))
    )))
}
/// `bytes(x)`.
pub fn bytes_of(vm: &mut Vm, x: Local) -> Py<Local> {
    let class = vm.local(vm.type_object(&crate::objects::bytes::BYTES).value());
    Ok(vm.call(class, &[x])?.keep(vm))
}
/// `int` of a str, bytes or bytearray.
fn parse(vm: &mut Vm, x: Local, base: u32) -> Py<Ret> {
    let (bytes, is_str) = {
        let vm: &Vm = vm;
        let value = x.value(vm);
        match (value.as_str(vm), value.as_bytes(vm), value.as_bytearray(vm)) {
            (Some(s), ..) => (s.bytes(vm).to_vec(), true),
            (_, Some(b), _) => (b.bytes(vm).to_vec(), false),
            (_, _, Some(b)) => (b.to_vec(vm, 0..b.len(vm)), false),
            _ => (Vec::new(), false),
        }
    };
    let max_digits = vm.int_max_str_digits.get();
    let parsed = stepping(vm, |step| {
        text::parse_int(&bytes, base, is_str, max_digits, step).map_err(|error| {
            let shown = if is_str {
                mesapy_text::repr::repr_str(&bytes)
            } else {
                mesapy_text::repr::repr_bytes(&bytes)
            };
            error.into_error(&shown, base, max_digits)
        })
    })?;
    let vm: &Vm = vm;
    Ok(vm.ret(big_value(vm, parsed)?))
}

// ---- text

/// The decimal text of a small int.
pub fn small_text(vm: &Vm, n: i64) -> Py<Value<'_>> {
    let mut buffer = [0u8; 20];
    let (mut at, mut rest) = (buffer.len(), n.unsigned_abs());
    while let Some(slot) = at.checked_sub(1).and_then(|i| buffer.get_mut(i)) {
        *slot = b'0' + (rest % 10) as u8;
        at -= 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        if let Some(slot) = at.checked_sub(1).and_then(|i| buffer.get_mut(i)) {
            *slot = b'-';
            at -= 1;
        }
    }
    Ok(vm.new_str_ascii(&buffer[at..])?.value())
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let big = {
        let vm: &Vm = vm;
        match Int::of(vm, this.value(vm)) {
            Some(Int::Small(n)) => return Ok(vm.ret(small_text(vm, n)?)),
            Some(n) => n.to_big(vm),
            None => return Err(vm.type_error("an int is required")),
        }
    };
    let digits = decimal(vm, &big)?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str_ascii(digits.as_bytes())?.value()))
}
/// A big int's decimal digits, within the limit of `sys.set_int_max_str_digits`.
fn decimal(vm: &mut Vm, big: &Big) -> Py<String> {
    let max_digits = vm.int_max_str_digits.get();
    stepping(vm, |step| {
        if text::exceeds_digits(big.view(), max_digits, &mut *step)? {
            return Err(text::too_many_digits_to_print(max_digits));
        }
        Ok(bigint::to_decimal(big.view(), step)?)
    })
}
/// The digits of any int in a base that is a power of two, with a prefix: `0b`, `0o`, `0x`.
pub fn prefixed(vm: &Vm, n: Int<'_>, base: u32, prefix: &str) -> Py<String> {
    let digits = match n {
        Int::Small(n) => text::i64_to_radix(n, base),
        Int::Big(_) => {
            let mut room = [0];
            bigint::to_radix(n.view(vm, &mut room), base, &mut no_step)
                .map_err(|e| text_error(vm, e.into()))?
        }
    };
    Ok(match digits.strip_prefix('-') {
        Some(rest) => format!("-{prefix}{rest}"),
        None => format!("{prefix}{digits}"),
    })
}
fn format(vm: &mut Vm, this: Local, format_spec: Local<k::Str>) -> Py<Ret> {
    if format_spec.get(vm).byte_len(vm) == 0 {
        // A subclass may have its own `__str__`.
        return vm.str(this);
    }
    let (big, spec, name) = {
        let vm: &Vm = vm;
        let Some(n) = Int::of(vm, this.value(vm)) else {
            return Err(vm.type_error("an int is required"));
        };
        (
            n.to_big(vm),
            format_spec.get(vm).bytes(vm).to_vec(),
            vm.type_name_for_error(this.value(vm)),
        )
    };
    let max_digits = vm.int_max_str_digits.get();
    let out = stepping(vm, |step| {
        format_int(
            big.view(),
            &spec,
            &name,
            &NumberLocale::c(),
            max_digits,
            step,
        )
    })?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}

// ---- bytes

/// `'little'` or `'big'`: whether little.
fn is_little(vm: &Vm, byteorder: Option<Local<k::Str>>) -> Py<bool> {
    match byteorder.map(|b| b.get(vm).bytes(vm)) {
        None | Some(b"big") => Ok(false),
        Some(b"little") => Ok(true),
        Some(_) => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}
fn to_bytes(
    vm: &mut Vm,
    this: Local,
    length: Option<i64>,
    byteorder: Option<Local<k::Str>>,
    signed: Option<bool>,
) -> Py<Ret> {
    let little = is_little(vm, byteorder)?;
    let Ok(length) = usize::try_from(length.unwrap_or(1)) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    let vm: &Vm = vm;
    let Some(n) = Int::of(vm, this.value(vm)) else {
        return Err(vm.type_error("an int is required"));
    };
    if length as u64 > bigint::BITS_MAX / 8 {
        return Err(vm.memory_error());
    }
    let mut room = [0];
    let out = bigint::to_bytes(
        n.view(vm, &mut room),
        length,
        little,
        signed.unwrap_or(false),
    )
    .map_err(|e| text_error(vm, e))?;
    Ok(vm.ret(vm.new_bytes(&out)?.value()))
}
fn from_bytes(
    vm: &mut Vm,
    cls: Local,
    bytes: Local,
    byteorder: Option<Local<k::Str>>,
    signed: Option<bool>,
) -> Py<Ret> {
    let little = is_little(vm, byteorder)?;
    let data = if let Some(b) = bytes.value(vm).as_bytes(vm) {
        b.bytes(vm).to_vec()
    } else {
        use crate::dunder::Dunder;
        let makes = [Dunder::Bytes, Dunder::Buffer, Dunder::Iter, Dunder::GetItem];
        if bytes.value(vm).as_str(vm).is_some()
            || !makes
                .into_iter()
                .any(|d| vm.special_of(bytes.value(vm), d).is_some())
        {
            return Err(vm.type_error(format!(
                "cannot convert '{}' object to bytes",
                vm.type_name_for_error(bytes.value(vm))
            )));
        }
        let made = bytes_of(vm, bytes)?;
        match made.value(vm).as_bytes(vm) {
            Some(b) => b.bytes(vm).to_vec(),
            None => {
                return Err(vm.type_error(format!(
                    "cannot convert '{}' object to bytes",
                    vm.type_name_for_error(bytes.value(vm))
                )));
            }
        }
    };
    let big = bigint::from_bytes(&data, little, signed.unwrap_or(false));
    let word = big_value(vm, big)?.word();
    if cls.value(vm) == vm.type_object(&INT).value() {
        return Ok(vm.ret(word.value(vm)));
    }
    let number = vm.local(word.value(vm));
    vm.call(cls, &[number])
}

// ---- the rest

fn int_hash<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    Int::of(vm, this)
        .map(|n| hash::of_int(vm, n))
        .ok_or_else(|| vm.type_error("an int is required"))
}
fn is_true<'v>(vm: &'v Vm, this: Value<'v>) -> Py<bool> {
    Ok(Int::of(vm, this).is_some_and(|n| !n.is_zero()))
}
fn itself<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(Int::of(vm, this).map_or(this, |n| n.value(vm)))
}
fn float<'v>(vm: &'v Vm, this: Value<'v>) -> Py<f64> {
    match Int::of(vm, this) {
        Some(n) => n.to_f64(vm),
        None => Err(vm.type_error("an int is required")),
    }
}
fn getnewargs<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let value = itself(vm, this)?;
    Ok(vm.new_tuple(&[value])?.value())
}
/// CPython's figure, so that `sys.getsizeof` is comparable: 24 bytes and 4 for each 30 bits.
fn size_of<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    let bits = bit_length(vm, this)?;
    Ok(24 + 4 * ((bits + 29) / 30).max(1))
}
fn bit_length<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    let mut room = [0];
    Ok(Int::of(vm, this).map_or(0, |n| bigint::bit_length(n.view(vm, &mut room)) as i64))
}
fn bit_count<'v>(vm: &'v Vm, this: Value<'v>) -> Py<i64> {
    let mut room = [0];
    Ok(Int::of(vm, this).map_or(0, |n| bigint::bit_count(n.view(vm, &mut room)) as i64))
}
fn as_integer_ratio<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let value = itself(vm, this)?;
    Ok(vm.new_tuple(&[value, Value::int32(1)])?.value())
}
fn is_integer<'v>(_: &'v Vm, _: Value<'v>) -> Py<bool> {
    Ok(true)
}
fn get_itself(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(itself(vm, this.value(vm))?))
}
fn get_zero(vm: &mut Vm, _: Local) -> Py<Ret> {
    Ok(vm.ret(Value::int32(0)))
}
fn get_one(vm: &mut Vm, _: Local) -> Py<Ret> {
    Ok(vm.ret(Value::int32(1)))
}
/// `round(int, ndigits)`: to a power of ten, ties to even.
fn round(vm: &mut Vm, this: Local, ndigits: Option<Local>) -> Py<Ret> {
    let ndigits = match ndigits {
        Some(n) if !n.value(vm).is_none() => vm.index_clamped(n)?,
        _ => 0,
    };
    let big = {
        let vm: &Vm = vm;
        let Some(n) = Int::of(vm, this.value(vm)) else {
            return Err(vm.type_error("an int is required"));
        };
        if ndigits >= 0 {
            return Ok(vm.ret(n.value(vm)));
        }
        n.to_big(vm)
    };
    let places = ndigits.unsigned_abs();
    // Beyond its own length everything rounds to zero; a digit is more than three bits.
    if places > bigint::bit_length(big.view()) / 3 + 2 {
        return Ok(vm.ret(Value::int32(0)));
    }
    let rounded = stepping(vm, |step| round_to(&big, places, step))?;
    let vm: &Vm = vm;
    Ok(vm.ret(big_value(vm, rounded)?))
}
fn round_to(n: &Big, places: u64, step: mesapy_text::Step<'_>) -> Result<Big, TextError> {
    let unit = bigint::pow(Big::from_i64(10).view(), places, &mut *step)?;
    let (quotient, rest) =
        bigint::div_rem_floor(n.view(), unit.view(), &mut *step).map_err(division_error)?;
    let twice = bigint::add(rest.view(), rest.view());
    let up = match bigint::cmp(twice.view(), unit.view()) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient.limbs.first().is_some_and(|l| l & 1 == 1),
    };
    let down = bigint::sub(n.view(), rest.view());
    Ok(if up {
        bigint::add(down.view(), unit.view())
    } else {
        down
    })
}

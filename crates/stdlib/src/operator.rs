//! `_operator`: Python's operators as functions.

use crate::support::*;
use mesapy_bytecode::{BinOp, CmpOp};

mod getters;

macro_rules! binary {
    ($($name:ident $inplace:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> { vm.binary(BinOp::$op, a, b) }
        fn $inplace(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> { vm.binary_in_place(BinOp::$op, a, b) }
    )* };
}
binary! {
    add iadd Add; sub isub Sub; mul imul Mul; matmul imatmul MatMul; truediv itruediv TrueDiv; floordiv ifloordiv FloorDiv; modulo imod Mod;
    lshift ilshift LShift; rshift irshift RShift; and_ iand And; or_ ior Or; xor ixor Xor; pow ipow Pow;
}
macro_rules! compare {
    ($($name:ident $op:ident;)*) => { $( fn $name(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> { vm.rich_compare(a, b, CmpOp::$op) } )* };
}
compare! { lt Lt; le Le; eq Eq; ne Ne; gt Gt; ge Ge; }

pub static MODULE: NativeModule = NativeModule {
    name: "_operator",
    doc: "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.",
    functions: methods! {
        "truth(a, /)" => static calls truth(a), "Return True if a is true, False otherwise.";
        "contains(a, b, /)" => static calls contains(a, b), "Same as b in a (note reversed operands).";
        "indexOf(a, b, /)" => static calls index_of(a, b), "Return the first index of b in a.";
        "countOf(a, b, /)" => static calls count_of(a, b), "Return the number of items in a which are, or which equal, b.";
        "is_(a, b, /)" => static leaf is_(a, b), "Same as a is b.";
        "is_not(a, b, /)" => static leaf is_not(a, b), "Same as a is not b.";
        "is_none(a, /)" => static leaf is_none(a), "Same as a is None.";
        "is_not_none(a, /)" => static leaf is_not_none(a), "Same as a is not None.";
        "add(a, b, /)" => static calls add(a, b), "Same as a + b.";
        "sub(a, b, /)" => static calls sub(a, b), "Same as a - b.";
        "mul(a, b, /)" => static calls mul(a, b), "Same as a * b.";
        "matmul(a, b, /)" => static calls matmul(a, b), "Same as a @ b.";
        "floordiv(a, b, /)" => static calls floordiv(a, b), "Same as a // b.";
        "truediv(a, b, /)" => static calls truediv(a, b), "Same as a / b.";
        "mod(a, b, /)" => static calls modulo(a, b), "Same as a % b.";
        "neg(a, /)" => static calls neg(a), "Same as -a.";
        "pos(a, /)" => static calls pos(a), "Same as +a.";
        "abs(a, /)" => static calls abs(a), "Same as abs(a).";
        "inv(a, /)" => static calls invert(a), "Same as ~a.";
        "invert(a, /)" => static calls invert(a), "Same as ~a.";
        "lshift(a, b, /)" => static calls lshift(a, b), "Same as a << b.";
        "rshift(a, b, /)" => static calls rshift(a, b), "Same as a >> b.";
        "not_(a, /)" => static calls not_(a), "Same as not a.";
        "and_(a, b, /)" => static calls and_(a, b), "Same as a & b.";
        "xor(a, b, /)" => static calls xor(a, b), "Same as a ^ b.";
        "or_(a, b, /)" => static calls or_(a, b), "Same as a | b.";
        "iadd(a, b, /)" => static calls iadd(a, b), "Same as a += b.";
        "isub(a, b, /)" => static calls isub(a, b), "Same as a -= b.";
        "imul(a, b, /)" => static calls imul(a, b), "Same as a *= b.";
        "imatmul(a, b, /)" => static calls imatmul(a, b), "Same as a @= b.";
        "ifloordiv(a, b, /)" => static calls ifloordiv(a, b), "Same as a //= b.";
        "itruediv(a, b, /)" => static calls itruediv(a, b), "Same as a /= b.";
        "imod(a, b, /)" => static calls imod(a, b), "Same as a %= b.";
        "ilshift(a, b, /)" => static calls ilshift(a, b), "Same as a <<= b.";
        "irshift(a, b, /)" => static calls irshift(a, b), "Same as a >>= b.";
        "iand(a, b, /)" => static calls iand(a, b), "Same as a &= b.";
        "ixor(a, b, /)" => static calls ixor(a, b), "Same as a ^= b.";
        "ior(a, b, /)" => static calls ior(a, b), "Same as a |= b.";
        "concat(a, b, /)" => static calls concat(a, b), "Same as a + b, for a and b sequences.";
        "iconcat(a, b, /)" => static calls iconcat(a, b), "Same as a += b, for a and b sequences.";
        "getitem(a, b, /)" => static calls getitem(a, b), "Same as a[b].";
        "setitem(a, b, c, /)" => static calls setitem(a, b, c), "Same as a[b] = c.";
        "delitem(a, b, /)" => static calls delitem(a, b), "Same as del a[b].";
        "pow(a, b, /)" => static calls pow(a, b), "Same as a ** b.";
        "ipow(a, b, /)" => static calls ipow(a, b), "Same as a **= b.";
        "eq(a, b, /)" => static calls eq(a, b), "Same as a == b.";
        "ne(a, b, /)" => static calls ne(a, b), "Same as a != b.";
        "lt(a, b, /)" => static calls lt(a, b), "Same as a < b.";
        "le(a, b, /)" => static calls le(a, b), "Same as a <= b.";
        "gt(a, b, /)" => static calls gt(a, b), "Same as a > b.";
        "ge(a, b, /)" => static calls ge(a, b), "Same as a >= b.";
        "index(a, /)" => static calls index(a), "Same as a.__index__()";
        "length_hint(obj, default=0, /)" => static calls length_hint(obj, default), "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.\nThe result will be an integer >= 0.";
        "call(obj, /, *args, **kwargs)" => static calls call(obj, args, kwargs), "Same as obj(*args, **kwargs).";
        "_compare_digest(a, b, /)" => static calls compare_digest(a, b), "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.";
    },
    types: &[
        &getters::ATTRGETTER,
        &getters::ITEMGETTER,
        &getters::METHODCALLER,
    ],
    init: None,
};

fn truth(vm: &mut Vm, a: Local) -> Py<bool> {
    vm.truth(a)
}
fn not_(vm: &mut Vm, a: Local) -> Py<bool> {
    Ok(!vm.truth(a)?)
}
fn contains(vm: &mut Vm, a: Local, b: Local) -> Py<bool> {
    vm.contains(a, b)
}
fn is_(_: &Vm, a: Value<'_>, b: Value<'_>) -> Py<bool> {
    Ok(a == b)
}
fn is_not(_: &Vm, a: Value<'_>, b: Value<'_>) -> Py<bool> {
    Ok(a != b)
}
fn is_none(_: &Vm, a: Value<'_>) -> Py<bool> {
    Ok(a.is_none())
}
fn is_not_none(_: &Vm, a: Value<'_>) -> Py<bool> {
    Ok(!a.is_none())
}
fn neg(vm: &mut Vm, a: Local) -> Py<Ret> {
    vm.negative(a)
}
fn pos(vm: &mut Vm, a: Local) -> Py<Ret> {
    vm.positive(a)
}
fn invert(vm: &mut Vm, a: Local) -> Py<Ret> {
    vm.invert(a)
}
fn abs(vm: &mut Vm, a: Local) -> Py<Ret> {
    let f = imported(vm, "builtins", "abs")?;
    vm.call(f, &[a])
}
fn getitem(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> {
    vm.get_item(a, b)
}
fn setitem(vm: &mut Vm, a: Local, b: Local, c: Local) -> Py<()> {
    vm.set_item(a, b, c)
}
fn delitem(vm: &mut Vm, a: Local, b: Local) -> Py<()> {
    vm.del_item(a, b)
}
fn index(vm: &mut Vm, a: Local) -> Py<Ret> {
    vm.index_value(a)
}
fn call(vm: &mut Vm, f: Local, args: Local, kwargs: Local) -> Py<Ret> {
    vm.call_ex(f, args, kwargs)
}
/// Iterates for `countOf` and `indexOf`, whose error text is their own.
fn iterate(vm: &mut Vm, a: Local) -> Py<Local> {
    let result = vm.iter(a);
    match vm.caught(result, &exc::TYPE_ERROR)? {
        Some(r) => Ok(r.keep(vm)),
        None => Err(vm.type_error(format!(
            "argument of type '{}' is not iterable",
            vm.type_name_for_error(a.value(vm))
        ))),
    }
}
fn index_of(vm: &mut Vm, a: Local, b: Local) -> Py<i64> {
    let iterator = iterate(vm, a)?;
    let item = vm.local(Value::NONE);
    let mut i: i64 = 0;
    while vm.next_into(iterator, item)? {
        if vm.equal(item, b)? {
            return Ok(i);
        }
        i += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}
fn count_of(vm: &mut Vm, a: Local, b: Local) -> Py<i64> {
    let iterator = iterate(vm, a)?;
    let item = vm.local(Value::NONE);
    let mut n: i64 = 0;
    while vm.next_into(iterator, item)? {
        if vm.equal(item, b)? {
            n += 1;
        }
    }
    Ok(n)
}
/// Whether a value can be concatenated: it has items and an addition, and is no mapping.
fn is_sequence(vm: &Vm, a: Local) -> bool {
    vm.special_of(a.value(vm), Dunder::GetItem).is_some() && a.value(vm).as_dict(vm).is_none()
}
fn concat(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> {
    if !is_sequence(vm, a) {
        return Err(not_sequence(vm, a));
    }
    match vm.binary_or_not_implemented(BinOp::Add, a, b)? {
        Some(r) => Ok(r),
        None => Err(not_sequence(vm, a)),
    }
}
fn iconcat(vm: &mut Vm, a: Local, b: Local) -> Py<Ret> {
    if !is_sequence(vm, a) {
        return Err(not_sequence(vm, a));
    }
    vm.binary_in_place(BinOp::Add, a, b)
}
fn not_sequence(vm: &Vm, a: Local) -> Raised {
    vm.type_error(format!(
        "'{}' object can't be concatenated",
        vm.type_name_for_error(a.value(vm))
    ))
}
fn length_hint(vm: &mut Vm, x: Local, default: Option<Local>) -> Py<i64> {
    let default = match default {
        Some(d) if !vm.is_int(d.value(vm)) => {
            return Err(vm.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                vm.type_name_for_error(d.value(vm))
            )));
        }
        Some(d) => vm.index(d)?,
        None => 0,
    };
    // Nothing but the default itself can be negative.
    match usize::try_from(default) {
        Ok(n) => Ok(i64::try_from(vm.length_hint(x, n)?).unwrap_or(i64::MAX)),
        Err(_) => {
            let without = vm.length_hint(x, usize::MAX)?;
            Ok(i64::try_from(without).unwrap_or(default))
        }
    }
}
fn compare_digest(vm: &mut Vm, a: Local, b: Local) -> Py<bool> {
    let texts = {
        let vm: &Vm = vm;
        match (a.value(vm).as_str(vm), b.value(vm).as_str(vm)) {
            (Some(x), Some(y)) => {
                if !x.is_ascii(vm) || !y.is_ascii(vm) {
                    return Err(vm.type_error(
                        "comparing strings with non-ASCII characters is not supported",
                    ));
                }
                Some((x.bytes(vm).to_vec(), y.bytes(vm).to_vec()))
            }
            _ => None,
        }
    };
    let (x, y) = match texts {
        Some(pair) => pair,
        None => {
            let (x, y) = (bytes_like(vm, a)?, bytes_like(vm, b)?);
            match (x, y) {
                (Some(x), Some(y)) => (x, y),
                _ => {
                    return Err(vm.type_error(format!(
                        "unsupported operand types(s) or combination of types: '{}' and '{}'",
                        vm.type_name_for_error(a.value(vm)),
                        vm.type_name_for_error(b.value(vm))
                    )));
                }
            }
        }
    };
    // Every byte of the second is looked at, whatever the first holds.
    let mut difference = u8::from(x.len() != y.len());
    for (i, byte) in y.iter().enumerate() {
        difference |= byte ^ if x.len() == y.len() { x[i] } else { *byte };
    }
    Ok(std::hint::black_box(difference) == 0)
}

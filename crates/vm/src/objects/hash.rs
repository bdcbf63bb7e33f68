//! Hashes of what needs no Python code, and the mixing of containers' hashes.
//!
//! Numbers that compare equal hash equal, with CPython's values: reduction modulo 2^61-1. Texts hash as the heap's tables hash them.

use crate::local::Py;
use crate::objects::numbers::Int;
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};
use mesapy_text::hash::{
    hash_complex, hash_f64, hash_i64, hash_identity, hash_limbs, not_minus_one,
};

pub use mesapy_text::hash::{SetHash, TupleHash};

/// `hash(None)`.
pub const NONE: i64 = 0xFCA8_6420;

/// The hash of a value of a builtin type whose hash needs no Python code; None for everything else.
#[inline]
pub fn fast(vm: &Vm, v: Value<'_>) -> Option<i64> {
    if let Some(n) = v.as_small_int() {
        return Some(hash_i64(n));
    }
    if let Some(s) = v.as_exact_str(vm) {
        return Some(s.hash(vm) as i64);
    }
    match v.kind(vm) {
        Kind::Float | Kind::BoxedFloat => v.as_f64(vm).map(|f| of_float(vm, f, v)),
        Kind::Bool => Some((v == Value::TRUE) as i64),
        Kind::None => Some(NONE),
        Kind::Bytes => v.as_exact_bytes(vm).map(|b| b.hash(vm) as i64),
        Kind::BigInt => v
            .as_exact_bigint(vm)
            .map(|b| hash_limbs(b.is_negative(vm), b.limbs(vm))),
        Kind::Complex => v
            .as_exact_complex(vm)
            .map(|c| of_complex(vm, c.re(vm), c.im(vm), v)),
        Kind::Ellipsis | Kind::NotImplemented => Some(of_identity(vm, v)),
        _ => None,
    }
}

/// The hash of a float; a nan hashes by the identity of the object that it is in.
pub fn of_float(vm: &Vm, f: f64, object: Value<'_>) -> i64 {
    hash_f64(f).unwrap_or_else(|| of_identity(vm, object))
}
/// The hash of a complex number.
pub fn of_complex(vm: &Vm, re: f64, im: f64, object: Value<'_>) -> i64 {
    hash_complex(of_float(vm, re, object), of_float(vm, im, object))
}
/// `object.__hash__`.
pub fn of_identity(vm: &Vm, object: Value<'_>) -> i64 {
    hash_identity(vm.id(object))
}

/// What a `__hash__` written in Python gave, as a hash: ints beyond 64 bits are reduced.
pub fn of_result(vm: &Vm, v: Value<'_>) -> Py<i64> {
    let Some(n) = Int::of(vm, v) else {
        return Err(vm.type_error("__hash__ method should return an integer"));
    };
    Ok(match n.to_i64(vm) {
        Some(n) => not_minus_one(n),
        None => of_int(vm, n),
    })
}
/// `hash(int)`.
pub fn of_int(vm: &Vm, n: Int<'_>) -> i64 {
    match n {
        Int::Small(n) => hash_i64(n),
        Int::Big(b) => hash_limbs(b.is_negative(vm), b.limbs(vm)),
    }
}

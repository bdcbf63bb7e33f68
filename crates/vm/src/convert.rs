//! Conversions between Python values and the Rust types that natives ask for and give, for each of the two capabilities.

use crate::dunder::Dunder;
use crate::local::{Held, Local, Py, Raised, Ret, k};
use crate::native::Args;
use crate::vm::Vm;
use mesapy_heap::{AnySet, Bytes, Dict, List, Obj, Str, Tuple, Value};

/// A parameter of a leaf.
pub trait FromValue<'v>: Sized {
    fn from_value(vm: &'v Vm, value: Value<'v>) -> Option<Self>;
    /// The error for a value that `from_value` refused.
    fn mismatch(vm: &Vm, args: &Args, i: u32, value: Value<'_>) -> Raised;
}

/// "index() argument 1 must be str, not int"; parameter 0 of a method is its receiver.
#[cold]
pub fn argument_error(vm: &Vm, args: &Args, i: u32, expected: &str, value: Value<'_>) -> Raised {
    let name = match args.method.name() {
        constructor @ ("__new__" | "__init__") => {
            defining_class(vm, args, constructor).unwrap_or_else(|| constructor.to_string())
        }
        other => other.to_string(),
    };
    let has_self = !matches!(args.method.binding, crate::native::Binding::Static)
        && args.method.signature.contains("(self")
        || args.method.signature.contains("(cls");
    // `str` has its own check of its arguments in CPython, and says the type.
    let got = if value.is_none() && name != "str" {
        "None".to_owned()
    } else {
        vm.type_name_for_error(value)
    };
    if has_self && i == 0 {
        return vm.type_error(format!(
            "descriptor '{name}' requires a '{expected}' object but received a '{got}'"
        ));
    }
    let params = crate::signature::Params::parse(args.method);
    if let Some(shown) = params.shown_name(i as usize) {
        return vm.type_error(format!(
            "{name}() argument '{shown}' must be {expected}, not {got}"
        ));
    }
    let shown = if has_self { args.len - 1 } else { args.len };
    let number = if has_self { i } else { i + 1 };
    if shown == 1 {
        vm.type_error(format!("{name}() argument must be {expected}, not {got}"))
    } else {
        vm.type_error(format!(
            "{name}() argument {number} must be {expected}, not {got}"
        ))
    }
}

/// The native type whose row for a constructor was called: the first on the way up from the class at hand that has one.
fn defining_class(vm: &Vm, args: &Args, name: &str) -> Option<String> {
    let first = args.local(0).value(vm);
    let class = if vm.is_type(first) {
        first.as_obj()?
    } else {
        vm.type_of(first)
    };
    let name = vm.intern(name.as_bytes());
    let mro = class.slot(vm, crate::layout::types::MRO).as_tuple(vm)?;
    mro.iter(vm)
        .filter_map(|c| c.as_obj())
        .find(|c| {
            vm.type_dict(*c)
                .get_str(vm, name)
                .and_then(|v| v.as_obj())
                .filter(|o| o.kind(vm) == mesapy_heap::Kind::Native)
                .and_then(|o| vm.native_entry_of(o))
                .is_some_and(|e| std::ptr::eq(e.method, args.method))
        })
        .map(|c| vm.type_short_name(c.value()))
}

impl<'v> FromValue<'v> for Value<'v> {
    #[inline(always)]
    fn from_value(_: &'v Vm, value: Value<'v>) -> Option<Self> {
        Some(value)
    }
    fn mismatch(vm: &Vm, args: &Args, i: u32, value: Value<'_>) -> Raised {
        argument_error(vm, args, i, "object", value)
    }
}
macro_rules! from_value_ref {
    ($($t:ident $as:ident $py:literal;)*) => { $(
        impl<'v> FromValue<'v> for $t<'v> {
            #[inline(always)]
            fn from_value(vm: &'v Vm, value: Value<'v>) -> Option<Self> { value.$as(vm) }
            fn mismatch(vm: &Vm, args: &Args, i: u32, value: Value<'_>) -> Raised { argument_error(vm, args, i, $py, value) }
        }
    )* };
}
from_value_ref! { Str as_str "str"; Bytes as_bytes "bytes"; List as_list "list"; Tuple as_tuple "tuple"; Dict as_dict "dict"; AnySet as_any_set "set"; }
impl<'v> FromValue<'v> for Obj<'v> {
    #[inline(always)]
    fn from_value(_: &'v Vm, value: Value<'v>) -> Option<Self> {
        value.as_obj()
    }
    fn mismatch(vm: &Vm, args: &Args, i: u32, value: Value<'_>) -> Raised {
        argument_error(vm, args, i, "object", value)
    }
}

impl<'v> FromValue<'v> for i64 {
    /// An int or bool that fits. Where users pass objects with `__index__`, make the native `calls`.
    #[inline]
    fn from_value(vm: &'v Vm, value: Value<'v>) -> Option<i64> {
        vm.int_value(value)
    }
    fn mismatch(vm: &Vm, _: &Args, _: u32, value: Value<'_>) -> Raised {
        if vm.is_int(value) {
            vm.overflow_error("Python int too large to convert to C ssize_t")
        } else {
            vm.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                vm.type_name_for_error(value)
            ))
        }
    }
}
impl<'v, T: FromValue<'v>> FromValue<'v> for Option<T> {
    #[inline(always)]
    fn from_value(vm: &'v Vm, value: Value<'v>) -> Option<Self> {
        if value.is_empty() {
            Some(None)
        } else {
            T::from_value(vm, value).map(Some)
        }
    }
    fn mismatch(vm: &Vm, args: &Args, i: u32, value: Value<'_>) -> Raised {
        T::mismatch(vm, args, i, value)
    }
}

/// A parameter of a native that may run Python code.
pub trait FromSlot: Sized {
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<Self>;
}
impl<T: Held> FromSlot for Local<T> {
    #[inline(always)]
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<Self> {
        let slot: Local<T> = Local::at(args.local(i).0);
        match T::cast(vm, slot.value(vm)) {
            Some(_) => Ok(slot),
            None => Err(argument_error(vm, args, i, T::PY, slot.value(vm))),
        }
    }
}
impl<T: FromSlot> FromSlot for Option<T> {
    #[inline(always)]
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<Self> {
        if args.local(i).value(vm).is_empty() {
            Ok(None)
        } else {
            T::from_slot(vm, args, i).map(Some)
        }
    }
}
/// By `__index__`; OverflowError beyond 64 bits.
impl FromSlot for i64 {
    #[inline]
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<i64> {
        vm.index(args.local(i))
    }
}
/// A length or count: by `__index__`, not negative.
impl FromSlot for usize {
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<usize> {
        let n = vm.index(args.local(i))?;
        usize::try_from(n).map_err(|_| vm.value_error("value must be non-negative"))
    }
}
/// By `__float__` or `__index__`.
impl FromSlot for f64 {
    #[inline]
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<f64> {
        vm.to_f64(args.local(i))
    }
}
/// By truth value.
impl FromSlot for bool {
    #[inline]
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<bool> {
        vm.truth(args.local(i))
    }
}
/// A slice index: by `__index__`, clamped to the range of i64; None is None.
#[derive(Clone, Copy, Debug)]
pub struct SliceIndex(pub Option<i64>);
impl FromSlot for SliceIndex {
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<SliceIndex> {
        let slot = args.local(i);
        if slot.value(vm).is_none() || slot.value(vm).is_empty() {
            return Ok(SliceIndex(None));
        }
        vm.slice_index(slot).map(|n| SliceIndex(Some(n)))
    }
}
/// A slice index that can't be None: by `__index__`, clamped to the range of i64.
#[derive(Clone, Copy, Debug)]
pub struct SliceBound(pub i64);
impl FromSlot for SliceBound {
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<SliceBound> {
        let slot = args.local(i);
        let value = slot.value(vm);
        if !vm.is_int(value) && vm.special_of(value, Dunder::Index).is_none() {
            return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
        }
        vm.slice_index(slot).map(SliceBound)
    }
}
/// A text copied out, lone surrogates replaced by U+FFFD: for names and options, not for data.
impl FromSlot for String {
    fn from_slot(vm: &mut Vm, args: &Args, i: u32) -> Py<String> {
        let s: Local<k::Str> = FromSlot::from_slot(vm, args, i)?;
        Ok(String::from_utf8_lossy(s.get(vm).bytes(vm)).into_owned())
    }
}

/// The result of a leaf.
pub trait IntoValue<'v> {
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>>;
}
impl<'v> IntoValue<'v> for Value<'v> {
    #[inline(always)]
    fn into_value(self, _: &'v Vm) -> Py<Value<'v>> {
        Ok(self)
    }
}
impl<'v> IntoValue<'v> for () {
    #[inline(always)]
    fn into_value(self, _: &'v Vm) -> Py<Value<'v>> {
        Ok(Value::NONE)
    }
}
impl<'v> IntoValue<'v> for bool {
    #[inline(always)]
    fn into_value(self, _: &'v Vm) -> Py<Value<'v>> {
        Ok(Value::bool(self))
    }
}
impl<'v> IntoValue<'v> for i64 {
    #[inline(always)]
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>> {
        Ok(vm.int(self))
    }
}
impl<'v> IntoValue<'v> for usize {
    #[inline(always)]
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>> {
        Ok(vm.int(self as i64))
    }
}
impl<'v> IntoValue<'v> for f64 {
    #[inline(always)]
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>> {
        Ok(vm.float(self))
    }
}
impl<'v> IntoValue<'v> for String {
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>> {
        Ok(vm.new_str(self.as_bytes())?.value())
    }
}
impl<'v> IntoValue<'v> for &str {
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>> {
        Ok(vm.new_str(self.as_bytes())?.value())
    }
}
impl<'v, T: IntoValue<'v>> IntoValue<'v> for Option<T> {
    #[inline(always)]
    fn into_value(self, vm: &'v Vm) -> Py<Value<'v>> {
        match self {
            Some(t) => t.into_value(vm),
            None => Ok(Value::NONE),
        }
    }
}
macro_rules! into_value_ref {
    ($($t:ident)*) => { $(
        impl<'v> IntoValue<'v> for $t<'v> {
            #[inline(always)]
            fn into_value(self, _: &'v Vm) -> Py<Value<'v>> { Ok(self.value()) }
        }
    )* };
}
into_value_ref! { Str Bytes List Tuple Dict AnySet Obj }

/// The result of a native that may run Python code.
pub trait IntoRet {
    fn into_ret(self, vm: &mut Vm) -> Py<Ret>;
}
impl IntoRet for Ret {
    #[inline(always)]
    fn into_ret(self, _: &mut Vm) -> Py<Ret> {
        Ok(self)
    }
}
impl<T: Held> IntoRet for Local<T> {
    #[inline(always)]
    fn into_ret(self, vm: &mut Vm) -> Py<Ret> {
        Ok(vm.ret(self.value(vm)))
    }
}
impl<T: IntoRet> IntoRet for Option<T> {
    fn into_ret(self, vm: &mut Vm) -> Py<Ret> {
        match self {
            Some(t) => t.into_ret(vm),
            None => Ok(vm.ret(Value::NONE)),
        }
    }
}
macro_rules! into_ret_by_value {
    ($($t:ty)*) => { $(
        impl IntoRet for $t {
            #[inline(always)]
            fn into_ret(self, vm: &mut Vm) -> Py<Ret> {
                let word = { let vm: &Vm = vm; self.into_value(vm)?.word() };
                vm.ret.set(word);
                Ok(Ret(()))
            }
        }
    )* };
}
into_ret_by_value! { () bool i64 usize f64 String &str }

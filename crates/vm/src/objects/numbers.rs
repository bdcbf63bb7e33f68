//! The number protocol: reading numbers out of values, seen through subclasses, and the conversions `__index__`, `__int__`, `__float__` give.
//!
//! Ints are read as [`Int`], immediate or borrowed limbs, and computed with by the algorithms of the `text` crate; results go back through
//! `Heap::new_bigint`, so that whatever fits a word is immediate. Operations whose time grows faster than their operands run by
//! [`heavy`], which lets signals in.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Raised, Ret};
use crate::objects::exceptions as exc;
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{BigInt, Kind, Value};
use mesapy_text::number::bigint::{self, Big, BigRef};
use mesapy_text::{ErrorKind, Interrupted, Step, TextError, no_step};
use std::cmp::Ordering;

/// Multiplications and divisions of so many steps, each a limb by a limb, need no look at signals in between: a fraction of a millisecond.
const SHORT_STEPS: usize = 1 << 17;
/// Whether operands of so many limbs are short in this sense.
pub(crate) fn is_short(a: usize, b: usize) -> bool {
    a.max(1).saturating_mul(b.max(1)) <= SHORT_STEPS
}

/// An int (or bool, or instance of a subclass).
#[derive(Clone, Copy)]
pub enum Int<'v> {
    /// At most 61 bits.
    Small(i64),
    Big(BigInt<'v>),
}

impl<'v> Int<'v> {
    /// The int that a value is, None for what is no int.
    #[inline]
    pub fn of(vm: &Vm, value: Value<'v>) -> Option<Int<'v>> {
        if let Some(n) = value.as_small_int() {
            return Some(Int::Small(n));
        }
        if let Some(b) = value.as_bool() {
            return Some(Int::Small(b as i64));
        }
        let inner = value.unwrapped(vm);
        match inner.as_small_int() {
            Some(n) => Some(Int::Small(n)),
            None => inner.as_exact_bigint(vm).map(Int::Big),
        }
    }
    /// Sign and limbs; those of a small one are put into `room`.
    #[inline]
    pub fn view<'a>(self, vm: &'a Vm, room: &'a mut [u64; 1]) -> BigRef<'a> {
        match self {
            Int::Small(n) => BigRef::from_i64(n, room),
            Int::Big(b) => BigRef {
                negative: b.is_negative(vm),
                limbs: b.limbs(vm),
            },
        }
    }
    pub fn to_big(self, vm: &Vm) -> Big {
        let mut room = [0];
        self.view(vm, &mut room).to_big()
    }
    #[inline]
    pub fn to_i64(self, vm: &Vm) -> Option<i64> {
        match self {
            Int::Small(n) => Some(n),
            Int::Big(b) => b.as_i64(vm),
        }
    }
    /// What has at most 127 bits: computed with in registers, without limbs on the host's heap.
    #[inline]
    pub fn to_i128(self, vm: &Vm) -> Option<i128> {
        let (negative, limbs) = match self {
            Int::Small(n) => return Some(i128::from(n)),
            Int::Big(b) => (b.is_negative(vm), b.limbs(vm)),
        };
        let size = match *limbs {
            [low] => u128::from(low),
            [low, high] => u128::from(high) << 64 | u128::from(low),
            _ => return None,
        };
        let size = i128::try_from(size).ok()?;
        Some(if negative { -size } else { size })
    }
    pub fn is_negative(self, vm: &Vm) -> bool {
        match self {
            Int::Small(n) => n < 0,
            Int::Big(b) => b.is_negative(vm),
        }
    }
    pub fn is_zero(self) -> bool {
        matches!(self, Int::Small(0))
    }
    pub(crate) fn limb_count(self, vm: &Vm) -> usize {
        match self {
            Int::Small(_) => 1,
            Int::Big(b) => b.limbs(vm).len(),
        }
    }
    pub fn compare(self, vm: &Vm, other: Int<'_>) -> Ordering {
        if let (Int::Small(a), Int::Small(b)) = (self, other) {
            return a.cmp(&b);
        }
        let (mut a, mut b) = ([0], [0]);
        bigint::cmp(self.view(vm, &mut a), other.view(vm, &mut b))
    }
    /// The nearest float; OverflowError beyond their range.
    #[inline]
    pub fn to_f64(self, vm: &Vm) -> Py<f64> {
        match self {
            Int::Small(n) => Ok(n as f64),
            Int::Big(_) => {
                let mut room = [0];
                bigint::to_f64(self.view(vm, &mut room))
                    .ok_or_else(|| vm.overflow_error("int too large to convert to float"))
            }
        }
    }
    /// The int itself as a value of exactly type int.
    pub fn value(self, vm: &'v Vm) -> Value<'v> {
        match self {
            Int::Small(n) => vm.int(n),
            Int::Big(b) => b.value(),
        }
    }
}

/// An int value of what the algorithms computed.
pub fn big_value(vm: &Vm, big: Big) -> Py<Value<'_>> {
    Ok(vm.new_bigint(big.negative, &big.limbs)?)
}
/// An int value of 128 bits.
pub fn wide_value(vm: &Vm, n: i128) -> Py<Value<'_>> {
    Ok(vm.int_wide(n))
}

/// Raises what an algorithm of the `text` crate reports.
#[cold]
pub fn text_error(vm: &Vm, error: TextError) -> Raised {
    let def: &'static TypeDef = match error.kind {
        ErrorKind::ValueError => &exc::VALUE_ERROR,
        ErrorKind::TypeError => &exc::TYPE_ERROR,
        ErrorKind::OverflowError => &exc::OVERFLOW_ERROR,
        ErrorKind::IndexError => &exc::INDEX_ERROR,
        ErrorKind::KeyError => &exc::KEY_ERROR,
        ErrorKind::ZeroDivisionError => &exc::ZERO_DIVISION_ERROR,
        ErrorKind::MemoryError => return vm.memory_error(),
        ErrorKind::Interrupted => &exc::KEYBOARD_INTERRUPT,
    };
    match vm.new_str(&error.message) {
        Ok(text) => vm.raise_with(def, &[text.value()]),
        Err(none) => none.into(),
    }
}

/// Runs an algorithm that may take long, looking for signals on the way.
pub fn stepping<T>(vm: &mut Vm, work: impl FnOnce(Step<'_>) -> Result<T, TextError>) -> Py<T> {
    let mut raised = None;
    let mut step = || {
        vm.poll().map_err(|r| {
            raised = Some(r);
            Interrupted
        })
    };
    let result = work(&mut step);
    match (result, raised) {
        (_, Some(raised)) => Err(raised),
        (Ok(done), None) => Ok(done),
        (Err(error), None) => Err(text_error(vm, error)),
    }
}

/// Computes with two ints by an algorithm that may take long if they are long; None if one of them is no int.
pub fn heavy<T>(
    vm: &mut Vm,
    x: Local,
    y: Local,
    work: impl FnOnce(BigRef<'_>, BigRef<'_>, Step<'_>) -> Result<T, TextError>,
) -> Py<Option<T>> {
    let (a, b) = {
        let vm: &Vm = vm;
        let (Some(a), Some(b)) = (Int::of(vm, x.value(vm)), Int::of(vm, y.value(vm))) else {
            return Ok(None);
        };
        if is_short(a.limb_count(vm), b.limb_count(vm)) {
            let (mut ra, mut rb) = ([0], [0]);
            let result = work(a.view(vm, &mut ra), b.view(vm, &mut rb), &mut no_step);
            return result.map(Some).map_err(|e| text_error(vm, e));
        }
        (a.to_big(vm), b.to_big(vm))
    };
    stepping(vm, |step| work(a.view(), b.view(), step)).map(Some)
}

/// A real number read without running Python code: float or int, or an instance of a subclass. `None`: something else.
#[inline]
pub fn real_of(vm: &Vm, value: Value<'_>) -> Option<Py<f64>> {
    if let Some(f) = float_of(vm, value) {
        return Some(Ok(f));
    }
    Int::of(vm, value).map(|n| n.to_f64(vm))
}
/// The float that a float or an instance of a subclass of float is.
#[inline]
pub fn float_of(vm: &Vm, value: Value<'_>) -> Option<f64> {
    match value.as_float_imm() {
        Some(f) => Some(f),
        None if value.is_ref() => value.unwrapped(vm).as_f64(vm),
        None => None,
    }
}

/// A new instance of `class` for a number: the value itself for the exact type, else an instance around it.
pub fn finish_new(
    vm: &Vm,
    class: mesapy_heap::Obj<'_>,
    def: &'static TypeDef,
    exact: Value<'_>,
) -> Py<Ret> {
    if class == vm.type_object(def) {
        return Ok(vm.ret(exact));
    }
    let wrapped = crate::objects::object::wrap(
        vm,
        class
            .word()
            .value(vm)
            .as_obj()
            .unwrap_or_else(|| vm.type_object(def)),
        exact.word().value(vm),
    )?;
    Ok(vm.ret(wrapped))
}

impl Vm {
    /// The integer, if the value is an int, a bool or an instance of a subclass and fits 64 bits.
    #[inline]
    pub fn int_value(&self, value: Value<'_>) -> Option<i64> {
        match value.as_small_int() {
            Some(n) => Some(n),
            None => Int::of(self, value)?.to_i64(self),
        }
    }
    /// Whether the value is an int, a bool or an instance of a subclass.
    #[inline]
    pub fn is_int(&self, value: Value<'_>) -> bool {
        Int::of(self, value).is_some()
    }
    /// Whether the value is an int below zero.
    pub fn int_is_negative(&self, value: Value<'_>) -> bool {
        Int::of(self, value).is_some_and(|n| n.is_negative(self))
    }

    #[cold]
    fn not_an_integer(&self, x: Local) -> Raised {
        self.type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            self.type_name_for_error(x.value(self))
        ))
    }

    /// `operator.index(x)`: an exact int.
    pub fn index_value(&mut self, x: Local) -> Py<Ret> {
        match self.try_index_value(x)? {
            Some(ret) => Ok(ret),
            None => Err(self.not_an_integer(x)),
        }
    }
    /// `operator.index(x)`, None if `x` has no `__index__`.
    pub fn try_index_value(&mut self, x: Local) -> Py<Option<Ret>> {
        if let Some(n) = Int::of(self, x.value(self)) {
            return Ok(Some(self.ret(n.value(self))));
        }
        let Some(ret) = self.call_dunder(x, Dunder::Index, &[])? else {
            return Ok(None);
        };
        let result = ret.get(self).word();
        self.exact_int_result("__index__", result).map(Some)
    }
    /// What a special method that must give an int gave, as an exact int.
    fn exact_int_result(&mut self, method: &str, result: mesapy_heap::Word) -> Py<Ret> {
        {
            let vm: &Vm = self;
            let value = result.value(vm);
            let Some(n) = Int::of(vm, value) else {
                return Err(vm.type_error(format!(
                    "{method} returned non-int (type {})",
                    vm.type_name_for_error(value)
                )));
            };
            if value.is_small_int() || value.as_exact_bigint(vm).is_some() {
                return Ok(vm.ret(n.value(vm)));
            }
        }
        // An instance of a strict subclass.
        let top = self.top.get();
        let kept = self.local(result.value(self));
        let name = self.type_name_for_error(kept.value(self));
        deprecated(
            self,
            &format!(
                "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python."
            ),
        )?;
        let vm: &Vm = self;
        let value = Int::of(vm, kept.value(vm)).map_or(Value::NONE, |n| n.value(vm));
        vm.top.set(top);
        Ok(vm.ret(value))
    }

    /// `x.__index__()` that fits 64 bits or not at all; an error if there is none.
    fn index_wide(&mut self, x: Local) -> Py<Result<i64, bool>> {
        if let Some(n) = x.value(self).as_small_int() {
            return Ok(Ok(n));
        }
        let ret = self.index_value(x)?;
        let value = ret.get(self);
        Ok(self
            .int_value(value)
            .ok_or_else(|| self.int_is_negative(value)))
    }
    /// An index argument: OverflowError beyond 64 bits.
    #[inline]
    pub fn index(&mut self, x: Local) -> Py<i64> {
        if let Some(n) = x.value(self).as_small_int() {
            return Ok(n);
        }
        self.index_wide(x)?
            .map_err(|_| self.overflow_error("Python int too large to convert to C ssize_t"))
    }
    /// The position in an item access: IndexError beyond 64 bits.
    #[inline]
    pub fn index_for_item(&mut self, x: Local) -> Py<i64> {
        if let Some(n) = x.value(self).as_small_int() {
            return Ok(n);
        }
        self.index_wide(x)?.map_err(|_| {
            self.index_error(format!(
                "cannot fit '{}' into an index-sized integer",
                self.type_name_for_error(x.value(self))
            ))
        })
    }
    /// A number of repetitions, a size: OverflowError beyond 64 bits, in the words of item access.
    #[inline]
    pub fn index_for_count(&mut self, x: Local) -> Py<i64> {
        if let Some(n) = x.value(self).as_small_int() {
            return Ok(n);
        }
        self.index_wide(x)?.map_err(|_| {
            self.overflow_error(format!(
                "cannot fit '{}' into an index-sized integer",
                self.type_name_for_error(x.value(self))
            ))
        })
    }
    /// An index clamped to 64 bits.
    #[inline]
    pub fn index_clamped(&mut self, x: Local) -> Py<i64> {
        Ok(match self.index_wide(x)? {
            Ok(n) => n,
            Err(negative) => {
                if negative {
                    i64::MIN
                } else {
                    i64::MAX
                }
            }
        })
    }
    /// A bound of a slice: by `__index__`, clamped to 64 bits. None is the caller's business.
    #[inline]
    pub fn slice_index(&mut self, x: Local) -> Py<i64> {
        if let Some(n) = x.value(self).as_small_int() {
            return Ok(n);
        }
        if Int::of(self, x.value(self)).is_none()
            && self.special_of(x.value(self), Dunder::Index).is_none()
        {
            return Err(self
                .type_error("slice indices must be integers or None or have an __index__ method"));
        }
        self.index_clamped(x)
    }

    /// A real number argument, by `__float__` or `__index__`.
    #[inline]
    pub fn to_f64(&mut self, x: Local) -> Py<f64> {
        if let Some(f) = float_of(self, x.value(self)) {
            return Ok(f);
        }
        if let Some(n) = x.value(self).as_small_int() {
            return Ok(n as f64);
        }
        match self.try_f64(x)? {
            Some(f) => Ok(f),
            None => Err(self.type_error(format!(
                "must be real number, not {}",
                self.type_name_for_error(x.value(self))
            ))),
        }
    }
    /// A real number, by `__float__` or `__index__`; None if there is neither.
    pub fn try_f64(&mut self, x: Local) -> Py<Option<f64>> {
        if let Some(f) = float_of(self, x.value(self)) {
            return Ok(Some(f));
        }
        // Exact ints and bools need no call; a subclass may have a `__float__` of its own.
        if !x.value(self).is_kind(self, Kind::Wrapped) {
            if let Some(n) = Int::of(self, x.value(self)) {
                return n.to_f64(self).map(Some);
            }
        }
        if let Some(f) = self.float_by_method(x)? {
            return Ok(Some(f));
        }
        match self.try_index_value(x)? {
            Some(ret) => {
                let vm: &Vm = self;
                Int::of(vm, ret.get(vm)).map(|n| n.to_f64(vm)).transpose()
            }
            None => Ok(None),
        }
    }
    /// `type(x).__float__(x)`; None if there is no such method.
    pub fn float_by_method(&mut self, x: Local) -> Py<Option<f64>> {
        let Some(ret) = self.call_dunder(x, Dunder::Float, &[])? else {
            return Ok(None);
        };
        let (f, exact, result) = {
            let vm: &Vm = self;
            let value = ret.get(vm);
            let Some(f) = float_of(vm, value) else {
                return Err(vm.type_error(format!(
                    "{}.__float__ returned non-float (type {})",
                    vm.type_name_for_error(x.value(vm)),
                    vm.type_name_for_error(value)
                )));
            };
            (f, value.as_f64(vm).is_some(), vm.type_name_for_error(value))
        };
        if !exact {
            let owner = self.type_name_for_error(x.value(self));
            deprecated(
                self,
                &format!(
                    "{owner}.__float__ returned non-float (type {result}).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python."
                ),
            )?;
        }
        Ok(Some(f))
    }
    /// `int(x)` for a number: by `__int__` or `__index__`; None if there is neither.
    pub fn try_int(&mut self, x: Local) -> Py<Option<Ret>> {
        {
            let vm: &Vm = self;
            let value = x.value(vm);
            if !value.is_kind(vm, Kind::Wrapped) {
                if let Some(n) = Int::of(vm, value) {
                    return Ok(Some(vm.ret(n.value(vm))));
                }
                if let Some(f) = value.as_f64(vm) {
                    return Ok(Some(vm.ret(crate::objects::float::to_int(vm, f)?)));
                }
            }
        }
        if let Some(ret) = self.call_dunder(x, Dunder::Int, &[])? {
            let result = ret.get(self).word();
            return self.exact_int_result("__int__", result).map(Some);
        }
        self.try_index_value(x)
    }
}

/// A DeprecationWarning that points at the running code. Before `_warnings` or `warnings` is loaded nobody can see warnings.
pub fn deprecated(vm: &mut Vm, text: &str) -> Py<()> {
    let top = vm.top.get();
    let module = {
        let vm: &Vm = vm;
        let find = |name: &[u8]| {
            vm.interned(name)
                .and_then(|n| vm.roots.modules(vm).as_dict(vm)?.get_str(vm, n))
        };
        find(b"_warnings")
            .or_else(|| find(b"warnings"))
            .map(|m| vm.local(m))
    };
    if let Some(module) = module {
        let text = vm.new_str(text.as_bytes())?.value().word();
        let text = vm.local(text.value(vm));
        let category = vm.local(vm.type_object(&exc::DEPRECATION_WARNING).value());
        let level = vm.local(Value::int32(1));
        let _ = vm
            .call_method(module, "warn", &[text, category, level])?
            .get(vm);
    }
    vm.top.set(top);
    Ok(())
}

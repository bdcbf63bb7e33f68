//! Comparison, equality, hashing, truth: the fast paths and the general protocols.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret};
use crate::objects::exceptions as exc;
use crate::traits::Traits;
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value, Word};

#[inline(always)]
pub(crate) fn ordered<T: PartialOrd>(op: CmpOp, x: T, y: T) -> bool {
    match op {
        CmpOp::Lt => x < y,
        CmpOp::Le => x <= y,
        CmpOp::Eq => x == y,
        CmpOp::Ne => x != y,
        CmpOp::Gt => x > y,
        CmpOp::Ge => x >= y,
    }
}
/// Immediate numbers.
#[inline(always)]
pub(crate) fn fast(op: CmpOp, x: Word, y: Word) -> Option<bool> {
    if (x.bits() | y.bits()) & 7 == 0 {
        return Some(ordered(op, x.bits() as i64, y.bits() as i64));
    }
    match (x.as_float_imm(), y.as_float_imm()) {
        (Some(a), Some(b)) => Some(ordered(op, a, b)),
        _ => None,
    }
}
/// Equality of values that need no Python code: identical interned strings, strings, constants.
#[inline]
pub(crate) fn equal_fast(vm: &Vm, x: Value<'_>, y: Value<'_>) -> Option<bool> {
    if x.is_ref() && y.is_ref() {
        if let (Some(a), Some(b)) = (x.as_exact_str(vm), y.as_exact_str(vm)) {
            return Some(a == b || a.eq(vm, b));
        }
        return None;
    }
    // Constants are equal to themselves only; numbers compare by value.
    let number = |v: Value<'_>| matches!(v.kind(vm), Kind::Int | Kind::Float | Kind::Bool);
    if number(x) && number(y) {
        return fast(CmpOp::Eq, x.word(), y.word());
    }
    match (x.kind(vm), y.kind(vm)) {
        (Kind::None, Kind::None) => Some(true),
        (Kind::None, Kind::Str | Kind::Int | Kind::Float | Kind::Bool)
        | (Kind::Str | Kind::Int | Kind::Float | Kind::Bool, Kind::None) => Some(false),
        (Kind::Str, Kind::Int | Kind::Float | Kind::Bool)
        | (Kind::Int | Kind::Float | Kind::Bool, Kind::Str) => Some(false),
        _ => None,
    }
}
/// The truth of `x op y`.
pub(crate) fn test(vm: &mut Vm, x: Local, y: Local, op: CmpOp) -> Py<bool> {
    if matches!(op, CmpOp::Eq | CmpOp::Ne) {
        if let Some(same) = equal_fast(vm, x.value(vm), y.value(vm)) {
            return Ok(same == (op == CmpOp::Eq));
        }
    }
    let ret = vm.rich_compare(x, y, op)?;
    match ret.get(vm).as_bool() {
        Some(b) => Ok(b),
        None => {
            let result = vm.local(vm.ret.get().value(vm));
            vm.truth(result)
        }
    }
}

pub(crate) fn symbol(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Lt => "<",
        CmpOp::Le => "<=",
        CmpOp::Eq => "==",
        CmpOp::Ne => "!=",
        CmpOp::Gt => ">",
        CmpOp::Ge => ">=",
    }
}

impl Vm {
    /// `x op y` as a value.
    pub fn rich_compare(&mut self, x: Local, y: Local, op: CmpOp) -> Py<Ret> {
        if matches!(op, CmpOp::Eq | CmpOp::Ne) {
            if let Some(same) = equal_fast(self, x.value(self), y.value(self)) {
                return Ok(self.ret(Value::bool(same == (op == CmpOp::Eq))));
            }
        }
        let top = self.top.get();
        if self.check_native_stack().is_err() {
            return Err(self.recursion_error(" in comparison"));
        }
        let (forward, mirrored) = Dunder::of_compare(op);
        let vm: &Vm = self;
        let (tx, ty) = (vm.type_of(x.value(vm)), vm.type_of(y.value(vm)));
        let left = vm.special(tx, forward).unwrap_or(Value::EMPTY);
        let right = vm.special(ty, mirrored).unwrap_or(Value::EMPTY);
        let right_first = tx != ty && !right.is_empty() && vm.is_subtype(ty, tx);
        let [left, right] = vm.locals([left, right]);
        let order: [(Local, Local, Local); 2] = if right_first {
            [(right, y, x), (left, x, y)]
        } else {
            [(left, x, y), (right, y, x)]
        };
        for (f, a, b) in order {
            if f.value(self).is_empty() {
                continue;
            }
            let ret = match self.compare_with(f, a, b)? {
                Some(ret) => ret,
                None => continue,
            };
            if self.ret.get() != Word::NOT_IMPLEMENTED {
                self.top.set(top);
                return Ok(ret);
            }
            let _ = ret.get(self);
        }
        self.top.set(top);
        match op {
            CmpOp::Eq => Ok(self.ret(Value::bool(x.word(self) == y.word(self)))),
            CmpOp::Ne => Ok(self.ret(Value::bool(x.word(self) != y.word(self)))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                symbol(op),
                self.type_name_for_error(x.value(self)),
                self.type_name_for_error(y.value(self))
            ))),
        }
    }
    /// Calls a comparison found on a type. None if it could not even be bound, which counts as not implemented (`slot_tp_richcompare`).
    fn compare_with(&mut self, f: Local, a: Local, b: Local) -> Py<Option<Ret>> {
        if matches!(f.value(self).kind(self), Kind::Function | Kind::Native) {
            return self.call_special(f, a, &[b]).map(Some);
        }
        let class = self.local(self.type_of(a.value(self)).value());
        match self.descr_get(f, a, class) {
            Ok(bound) => {
                let bound = bound.keep(self);
                self.call(bound, &[b]).map(Some)
            }
            Err(raised) if self.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => {
                self.take_exception(raised);
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }
    /// The truth of `x op y`.
    pub fn compare(&mut self, x: Local, y: Local, op: CmpOp) -> Py<bool> {
        if let Some(b) = fast(op, x.word(self), y.word(self)) {
            return Ok(b);
        }
        let top = self.top.get();
        let result = test(self, x, y, op);
        self.top.set(top);
        result
    }
    /// `x is y or x == y`, as containers compare.
    pub fn equal(&mut self, x: Local, y: Local) -> Py<bool> {
        if x.word(self) == y.word(self) {
            return Ok(true);
        }
        self.compare(x, y, CmpOp::Eq)
    }
    /// `x < y`, as sorting compares.
    pub fn less(&mut self, x: Local, y: Local) -> Py<bool> {
        self.compare(x, y, CmpOp::Lt)
    }

    /// `bool(x)`.
    pub fn truth(&mut self, x: Local) -> Py<bool> {
        if let Some(b) = self.truth_fast(x.value(self)) {
            return Ok(b);
        }
        let top = self.top.get();
        let result = self.truth_slow(x);
        self.top.set(top);
        result
    }
    /// The truth of builtin values, None where a special method decides.
    #[inline]
    pub fn truth_fast(&self, x: Value<'_>) -> Option<bool> {
        Some(match x.kind(self) {
            Kind::Bool => x == Value::TRUE,
            Kind::None => false,
            Kind::Int => x.as_small_int() != Some(0),
            Kind::Float => x.as_float_imm() != Some(0.0),
            Kind::Str => x.as_exact_str(self)?.byte_len(self) != 0,
            Kind::List => x.as_exact_list(self)?.len(self) != 0,
            Kind::Tuple => x.as_exact_tuple(self)?.len(self) != 0,
            Kind::Dict => x.as_exact_dict(self)?.len(self) != 0,
            Kind::Bytes => x.as_bytes(self)?.len(self) != 0,
            Kind::BigInt | Kind::Function | Kind::BoundMethod | Kind::Native | Kind::Ellipsis => {
                true
            }
            Kind::Instance if self.traits_of(x).has(Traits::TRUE) => true,
            Kind::Wrapped => {
                let inner = self.plainly_wrapped(x, Traits::NATIVE_TRUTH)?;
                return self.truth_fast(inner);
            }
            _ => return None,
        })
    }
    fn truth_slow(&mut self, x: Local) -> Py<bool> {
        if let Some(ret) = self.call_dunder(x, Dunder::Bool, &[])? {
            return match ret.get(self).as_bool() {
                Some(b) => Ok(b),
                None => {
                    let got = self.ret.get().value(self);
                    Err(self.type_error(format!(
                        "__bool__ should return bool, returned {}",
                        self.type_name_for_error(got)
                    )))
                }
            };
        }
        if self.special_of(x.value(self), Dunder::Len).is_some() {
            return Ok(self.len(x)? != 0);
        }
        Ok(true)
    }

    /// `hash(x)`.
    pub fn hash(&mut self, x: Local) -> Py<i64> {
        if let Some(h) = crate::objects::hash::fast(self, x.value(self)) {
            return Ok(h);
        }
        let top = self.top.get();
        let result = self.hash_slow(x);
        self.top.set(top);
        result
    }
    fn hash_slow(&mut self, x: Local) -> Py<i64> {
        if self.check_native_stack().is_err() {
            let what = if x.value(self).as_tuple(self).is_some() {
                " while hashing a tuple"
            } else {
                ""
            };
            return Err(self.recursion_error(what));
        }
        match self.special_of(x.value(self), Dunder::Hash) {
            Some(f) if !f.is_none() => {
                let f = self.local(f);
                let ret = self.call_special(f, x, &[])?;
                let value = ret.get(self);
                crate::objects::hash::of_result(self, value)
            }
            _ => Err(self.type_error(format!(
                "unhashable type: '{}'",
                self.type_name_for_error(x.value(self))
            ))),
        }
    }
}

//! Binary operators: the fast paths over immediates, and the general dispatch over special methods.

use crate::dunder::Dunder;
use crate::layout::native;
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_bytecode::BinOp;
use mesapy_heap::{Kind, Value, Word};

#[inline(always)]
fn both_ints(x: Word, y: Word) -> bool {
    (x.bits() | y.bits()) & 7 == 0
}
// Immediate integers are shifted left by three with tag 0, so words add and subtract as they are, and i64 overflow is overflow of 61 bits.
#[inline(always)]
pub(crate) fn int_add(x: Word, y: Word) -> Option<Word> {
    if both_ints(x, y) {
        (x.bits() as i64)
            .checked_add(y.bits() as i64)
            .map(|n| Word::from_bits(n as u64))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_sub(x: Word, y: Word) -> Option<Word> {
    if both_ints(x, y) {
        (x.bits() as i64)
            .checked_sub(y.bits() as i64)
            .map(|n| Word::from_bits(n as u64))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_mul(x: Word, y: Word) -> Option<Word> {
    if both_ints(x, y) {
        (x.bits() as i64)
            .checked_mul(y.bits() as i64 >> 3)
            .map(|n| Word::from_bits(n as u64))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_floor_div(x: Word, y: Word) -> Option<Word> {
    if !both_ints(x, y) || y.bits() == 0 {
        return None;
    }
    let (a, b) = (x.bits() as i64 >> 3, y.bits() as i64 >> 3);
    let q = a.wrapping_div(b);
    Word::small_int(if a % b != 0 && (a < 0) != (b < 0) {
        q - 1
    } else {
        q
    })
}
#[inline(always)]
pub(crate) fn int_mod(x: Word, y: Word) -> Option<Word> {
    if !both_ints(x, y) || y.bits() == 0 {
        return None;
    }
    let (a, b) = (x.bits() as i64 >> 3, y.bits() as i64 >> 3);
    let r = a.wrapping_rem(b);
    Word::small_int(if r != 0 && (r < 0) != (b < 0) {
        r + b
    } else {
        r
    })
}
#[inline(always)]
pub(crate) fn int_and(x: Word, y: Word) -> Option<Word> {
    if both_ints(x, y) {
        Some(Word::from_bits(x.bits() & y.bits()))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_or(x: Word, y: Word) -> Option<Word> {
    if both_ints(x, y) {
        Some(Word::from_bits(x.bits() | y.bits()))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_xor(x: Word, y: Word) -> Option<Word> {
    if both_ints(x, y) {
        Some(Word::from_bits(x.bits() ^ y.bits()))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_lshift(x: Word, y: Word) -> Option<Word> {
    let by = y.bits() >> 3;
    if !both_ints(x, y) || by >= 60 {
        return None;
    }
    let n = x.bits() as i64;
    let shifted = n << by;
    if shifted >> by == n {
        Some(Word::from_bits(shifted as u64))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn int_rshift(x: Word, y: Word) -> Option<Word> {
    let by = y.bits() as i64 >> 3;
    if !both_ints(x, y) || by < 0 {
        None
    } else {
        Some(Word::int_wrapping(x.bits() as i64 >> 3 >> by.min(63)))
    }
}
/// Small powers of small numbers.
#[inline(always)]
pub(crate) fn int_pow(x: Word, y: Word) -> Option<Word> {
    if !both_ints(x, y) {
        return None;
    }
    let (base, exponent) = (x.bits() as i64 >> 3, y.bits() as i64 >> 3);
    base.checked_pow(u32::try_from(exponent).ok()?)
        .and_then(Word::small_int)
}
/// For operators without an integer fast path.
#[inline(always)]
pub(crate) fn none(_: Word, _: Word) -> Option<Word> {
    None
}
#[inline(always)]
pub(crate) fn neg_fast(x: Word) -> Option<Word> {
    match x.as_small_int() {
        Some(n) => Word::small_int(-n),
        None => x.as_float_imm().and_then(|f| Word::float_imm(-f)),
    }
}

/// An immediate number as a float.
#[inline(always)]
fn immediate(w: Word) -> Option<f64> {
    match w.as_float_imm() {
        Some(f) => Some(f),
        None => w
            .as_small_int()
            .filter(|n| n.unsigned_abs() <= 1 << 53)
            .map(|n| n as f64),
    }
}
/// The same as `float_fast` as far as the result is an immediate too.
#[inline(always)]
pub(crate) fn float_imm(op: BinOp, x: Word, y: Word) -> Option<Word> {
    if !(x.is_float_imm() || y.is_float_imm() || op as u8 == BinOp::TrueDiv as u8) {
        return None;
    }
    let (a, b) = (immediate(x)?, immediate(y)?);
    Word::float_imm(match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::TrueDiv if b != 0.0 => a / b,
        _ => return None,
    })
}
/// Arithmetic with at least one immediate float, or true division of small integers.
#[inline(always)]
pub(crate) fn float_fast(vm: &Vm, op: BinOp, x: Word, y: Word) -> Option<Word> {
    if !(x.is_float_imm() || y.is_float_imm() || op as u8 == BinOp::TrueDiv as u8) {
        return None;
    }
    let (a, b) = (immediate(x)?, immediate(y)?);
    let result = match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::TrueDiv if b != 0.0 => a / b,
        _ => return None,
    };
    Some(match Word::float_imm(result) {
        Some(word) => word,
        None => vm.float(result).word(),
    })
}

/// `x op y` by the special methods of the operands.
pub(crate) fn binary(vm: &mut Vm, op: BinOp, in_place: bool, x: Local, y: Local) -> Py<Ret> {
    if in_place {
        if let Some(f) = vm.special_of(x.value(vm), Dunder::of_binary(op).2) {
            let f = vm.local(f);
            if let Some(ret) = try_method(vm, f, x, y)? {
                return Ok(ret);
            }
        }
    }
    if let Some(ret) = vm.binary_or_not_implemented(op, x, y)? {
        return Ok(ret);
    }
    Err(unsupported(vm, op, in_place, x, y))
}

/// `x op y` after the first method of `x` to be asked has declined: the in-place one if there is one, else the plain one.
pub(crate) fn binary_declined(
    vm: &mut Vm,
    op: BinOp,
    in_place: bool,
    x: Local,
    y: Local,
) -> Py<Ret> {
    let (_, reflected, own) = Dunder::of_binary(op);
    let (class, other) = (vm.type_of(x.value(vm)), vm.type_of(y.value(vm)));
    let rest = if in_place && vm.special(class, own).is_some() {
        vm.binary_or_not_implemented(op, x, y)?
    } else if class == other {
        None
    } else {
        match vm.special(other, reflected) {
            Some(f) => {
                let f = vm.local(f);
                try_method(vm, f, y, x)?
            }
            None => None,
        }
    };
    match rest {
        Some(ret) => Ok(ret),
        None => Err(unsupported(vm, op, in_place, x, y)),
    }
}

/// Calls `f(x, y)`; NotImplemented is None.
fn try_method(vm: &mut Vm, f: Local, x: Local, y: Local) -> Py<Option<Ret>> {
    let ret = vm.call_special(f, x, &[y])?;
    if vm.ret.get() == Word::NOT_IMPLEMENTED {
        let _ = ret.get(vm);
        return Ok(None);
    }
    Ok(Some(ret))
}

/// Whether a native method is one of CPython's sequence slots: concatenation and repetition come after the other operand's number slots.
fn is_sequence_slot(vm: &Vm, op: BinOp, f: Value<'_>) -> bool {
    if !matches!(op, BinOp::Add | BinOp::Mul) {
        return false;
    }
    f.as_obj()
        .filter(|o| o.kind(vm) == Kind::Native)
        .and_then(|o| o.slot(vm, native::OWNER).as_obj())
        .is_some_and(|owner| {
            vm.type_flags(owner).has(crate::types::Flags::SEQUENCE)
                || crate::objects::is_concatenable(vm, owner)
        })
}

impl Vm {
    /// `x op y`, None if neither operand implements it.
    pub fn binary_or_not_implemented(&mut self, op: BinOp, x: Local, y: Local) -> Py<Option<Ret>> {
        let (forward, reflected, _) = Dunder::of_binary(op);
        self.binary_by(op, forward, reflected, x, y)
    }
    pub(crate) fn binary_by(
        &mut self,
        op: BinOp,
        forward: Dunder,
        reflected: Dunder,
        x: Local,
        y: Local,
    ) -> Py<Option<Ret>> {
        let vm: &Vm = self;
        let (tx, ty) = (vm.type_of(x.value(vm)), vm.type_of(y.value(vm)));
        let left = vm.special(tx, forward).unwrap_or(Value::EMPTY);
        let right = if tx == ty {
            Value::EMPTY
        } else {
            vm.special(ty, reflected).unwrap_or(Value::EMPTY)
        };
        // The right operand comes first if its class is a subclass that defines its own reflected method; and before a sequence's concatenation or repetition.
        let overrides =
            !right.is_empty() && vm.is_subtype(ty, tx) && vm.special(tx, reflected) != Some(right);
        let sequence =
            !right.is_empty() && is_sequence_slot(vm, op, left) && !is_sequence_slot(vm, op, right);
        let [left, right] = vm.locals([left, right]);
        let right_first = overrides || sequence;
        if right_first {
            if let Some(ret) = try_method(self, right, y, x)? {
                return Ok(Some(ret));
            }
        }
        if !left.value(self).is_empty() {
            if let Some(ret) = try_method(self, left, x, y)? {
                return Ok(Some(ret));
            }
        }
        if !right_first && !right.value(self).is_empty() {
            return try_method(self, right, y, x);
        }
        Ok(None)
    }
    /// `x op y` as an operation of natives.
    pub fn binary(&mut self, op: BinOp, x: Local, y: Local) -> Py<Ret> {
        binary(self, op, false, x, y)
    }
    /// `x op= y`.
    pub fn binary_in_place(&mut self, op: BinOp, x: Local, y: Local) -> Py<Ret> {
        binary(self, op, true, x, y)
    }
    pub fn negative(&mut self, x: Local) -> Py<Ret> {
        self.unary(x, Dunder::Neg, "unary -")
    }
    pub fn positive(&mut self, x: Local) -> Py<Ret> {
        self.unary(x, Dunder::Pos, "unary +")
    }
    pub fn invert(&mut self, x: Local) -> Py<Ret> {
        self.unary(x, Dunder::Invert, "unary ~")
    }
    fn unary(&mut self, x: Local, dunder: Dunder, shown: &str) -> Py<Ret> {
        match self.call_dunder(x, dunder, &[])? {
            Some(ret) => Ok(ret),
            None => Err(self.type_error(format!(
                "bad operand type for {shown}: '{}'",
                self.type_name_for_error(x.value(self))
            ))),
        }
    }
}

pub(crate) fn symbol(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::TrueDiv => "/",
        BinOp::FloorDiv => "//",
        BinOp::Mod => "%",
        BinOp::Pow => "** or pow()",
        BinOp::MatMul => "@",
        BinOp::LShift => "<<",
        BinOp::RShift => ">>",
        BinOp::And => "&",
        BinOp::Or => "|",
        BinOp::Xor => "^",
    }
}
#[cold]
fn unsupported(vm: &Vm, op: BinOp, in_place: bool, x: Local, y: Local) -> crate::local::Raised {
    let (tx, ty) = (
        vm.type_name_for_error(x.value(vm)),
        vm.type_name_for_error(y.value(vm)),
    );
    let symbol = match (symbol(op), in_place) {
        ("** or pow()", true) => "**=".to_string(),
        (s, true) => format!("{s}="),
        (s, false) => s.to_string(),
    };
    if op == BinOp::Mul {
        // CPython words repetition by something that is no integer differently.
        for (sequence, other) in [(x, y), (y, x)] {
            let class = vm.type_of(sequence.value(vm));
            if (vm.type_flags(class).has(crate::types::Flags::SEQUENCE)
                || crate::objects::is_concatenable(vm, class))
                && vm.special(class, Dunder::RMul).is_some()
            {
                return vm.type_error(format!(
                    "can't multiply sequence by non-int of type '{}'",
                    vm.type_name_for_error(other.value(vm))
                ));
            }
        }
    }
    if op == BinOp::RShift
        && !in_place
        && vm.text_of(crate::objects::function::native_name(vm, x.value(vm))) == "print"
    {
        return vm.type_error(format!("unsupported operand type(s) for {symbol}: '{tx}' and '{ty}'. Did you mean \"print(<message>, file=<output_stream>)\"?"));
    }
    vm.type_error(format!(
        "unsupported operand type(s) for {symbol}: '{tx}' and '{ty}'"
    ))
}

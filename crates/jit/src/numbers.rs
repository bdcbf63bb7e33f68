//! Arithmetic, comparison, truth, and the jumps that depend on them.

use crate::emit::{Emitter, Held, Ty};
use crate::plan::target;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value};
use mesapy_bytecode::{BinOp, CmpOp, Instr, Op};
use mesapy_heap::Word;
use mesapy_vm::jit::{Helper, MET_FLOATS};

/// The right operand of an instruction.
#[derive(Clone, Copy)]
enum Right {
    Register(u16),
    Constant(u16),
}

fn binary_of(op: Op) -> Option<(BinOp, bool)> {
    Some(match op {
        Op::Add => (BinOp::Add, false),
        Op::AddK => (BinOp::Add, true),
        Op::Sub => (BinOp::Sub, false),
        Op::SubK => (BinOp::Sub, true),
        Op::Mul => (BinOp::Mul, false),
        Op::MulK => (BinOp::Mul, true),
        Op::TrueDiv => (BinOp::TrueDiv, false),
        Op::TrueDivK => (BinOp::TrueDiv, true),
        Op::FloorDiv => (BinOp::FloorDiv, false),
        Op::FloorDivK => (BinOp::FloorDiv, true),
        Op::Mod => (BinOp::Mod, false),
        Op::ModK => (BinOp::Mod, true),
        Op::Pow => (BinOp::Pow, false),
        Op::PowK => (BinOp::Pow, true),
        Op::LShift => (BinOp::LShift, false),
        Op::LShiftK => (BinOp::LShift, true),
        Op::RShift => (BinOp::RShift, false),
        Op::RShiftK => (BinOp::RShift, true),
        Op::And => (BinOp::And, false),
        Op::AndK => (BinOp::And, true),
        Op::Or => (BinOp::Or, false),
        Op::OrK => (BinOp::Or, true),
        Op::Xor => (BinOp::Xor, false),
        Op::XorK => (BinOp::Xor, true),
        _ => return None,
    })
}
fn compare_of(op: Op) -> Option<(CmpOp, bool)> {
    Some(match op {
        Op::Lt => (CmpOp::Lt, false),
        Op::LtK => (CmpOp::Lt, true),
        Op::Le => (CmpOp::Le, false),
        Op::LeK => (CmpOp::Le, true),
        Op::Eq => (CmpOp::Eq, false),
        Op::EqK => (CmpOp::Eq, true),
        Op::Ne => (CmpOp::Ne, false),
        Op::NeK => (CmpOp::Ne, true),
        Op::Gt => (CmpOp::Gt, false),
        Op::GtK => (CmpOp::Gt, true),
        Op::Ge => (CmpOp::Ge, false),
        Op::GeK => (CmpOp::Ge, true),
        _ => return None,
    })
}
/// A fused comparison: operator, whether with a constant, and which outcome jumps.
fn compare_jump_of(op: Op) -> Option<(CmpOp, bool, bool)> {
    Some(match op {
        Op::JumpLt => (CmpOp::Lt, false, true),
        Op::JumpLe => (CmpOp::Le, false, true),
        Op::JumpEq => (CmpOp::Eq, false, true),
        Op::JumpNe => (CmpOp::Ne, false, true),
        Op::JumpGt => (CmpOp::Gt, false, true),
        Op::JumpGe => (CmpOp::Ge, false, true),
        Op::JumpNotLt => (CmpOp::Lt, false, false),
        Op::JumpNotLe => (CmpOp::Le, false, false),
        Op::JumpNotEq => (CmpOp::Eq, false, false),
        Op::JumpNotNe => (CmpOp::Ne, false, false),
        Op::JumpNotGt => (CmpOp::Gt, false, false),
        Op::JumpNotGe => (CmpOp::Ge, false, false),
        Op::JumpLtK => (CmpOp::Lt, true, true),
        Op::JumpLeK => (CmpOp::Le, true, true),
        Op::JumpEqK => (CmpOp::Eq, true, true),
        Op::JumpNeK => (CmpOp::Ne, true, true),
        Op::JumpGtK => (CmpOp::Gt, true, true),
        Op::JumpGeK => (CmpOp::Ge, true, true),
        Op::JumpNotLtK => (CmpOp::Lt, true, false),
        Op::JumpNotLeK => (CmpOp::Le, true, false),
        Op::JumpNotEqK => (CmpOp::Eq, true, false),
        Op::JumpNotNeK => (CmpOp::Ne, true, false),
        Op::JumpNotGtK => (CmpOp::Gt, true, false),
        Op::JumpNotGeK => (CmpOp::Ge, true, false),
        _ => return None,
    })
}
fn int_condition(op: CmpOp) -> IntCC {
    match op {
        CmpOp::Lt => IntCC::SignedLessThan,
        CmpOp::Le => IntCC::SignedLessThanOrEqual,
        CmpOp::Eq => IntCC::Equal,
        CmpOp::Ne => IntCC::NotEqual,
        CmpOp::Gt => IntCC::SignedGreaterThan,
        CmpOp::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}
fn float_condition(op: CmpOp) -> FloatCC {
    match op {
        CmpOp::Lt => FloatCC::LessThan,
        CmpOp::Le => FloatCC::LessThanOrEqual,
        CmpOp::Eq => FloatCC::Equal,
        CmpOp::Ne => FloatCC::NotEqual,
        CmpOp::Gt => FloatCC::GreaterThan,
        CmpOp::Ge => FloatCC::GreaterThanOrEqual,
    }
}

impl Emitter<'_, '_> {
    /// Compiles an instruction of numbers or truth; false: it is none.
    pub(crate) fn number(&mut self, op: Op, i: Instr) -> Option<bool> {
        if let Some((op, constant)) = binary_of(op) {
            let right = if constant {
                Right::Constant(i.c())
            } else {
                Right::Register(i.c())
            };
            self.binary(op, i, right);
            return Some(true);
        }
        if let Some((op, constant)) = compare_of(op) {
            let right = if constant {
                Right::Constant(i.c())
            } else {
                Right::Register(i.c())
            };
            let holds = self.compare(op, i.b(), right);
            let word = self.bool_word(holds);
            self.set(i.a(), word);
            return Some(true);
        }
        let to = target(self.pc, i);
        if let Some((op, constant, sense)) = compare_jump_of(op) {
            let right = if constant {
                Right::Constant(i.b())
            } else {
                Right::Register(i.b())
            };
            let holds = self.compare(op, i.a(), right);
            let (to, next) = (to?, self.pc + 1);
            if sense {
                self.branch_to(holds, to, next);
            } else {
                self.branch_to(holds, next, to);
            }
            return Some(true);
        }
        match op {
            Op::JumpIfTrue | Op::JumpIfFalse => {
                let holds = self.truth(i.a());
                let (to, next) = (to?, self.pc + 1);
                if op == Op::JumpIfTrue {
                    self.branch_to(holds, to, next);
                } else {
                    self.branch_to(holds, next, to);
                }
            }
            Op::JumpIfNone | Op::JumpIfNotNone => {
                let word = self.word(i.a());
                let none = self.is_word(word, Word::NONE);
                let (to, next) = (to?, self.pc + 1);
                if op == Op::JumpIfNone {
                    self.branch_to(none, to, next);
                } else {
                    self.branch_to(none, next, to);
                }
            }
            Op::JumpIs | Op::JumpIsNot => {
                let (x, y) = (self.word(i.a()), self.word(i.b()));
                let same = self.b.ins().icmp(IntCC::Equal, x, y);
                let (to, next) = (to?, self.pc + 1);
                if op == Op::JumpIs {
                    self.branch_to(same, to, next);
                } else {
                    self.branch_to(same, next, to);
                }
            }
            Op::Is => {
                let (x, y) = (self.word(i.b()), self.word(i.c()));
                let condition = if i.d() & 1 == 1 {
                    IntCC::NotEqual
                } else {
                    IntCC::Equal
                };
                let same = self.b.ins().icmp(condition, x, y);
                let word = self.bool_word(same);
                self.set(i.a(), word);
            }
            Op::Not | Op::ToBool => {
                let mut holds = self.truth(i.b());
                if op == Op::Not {
                    holds = self.equals(holds, 0);
                }
                let word = self.bool_word(holds);
                self.set(i.a(), word);
            }
            Op::Neg => self.negate(i),
            _ => return Some(false),
        }
        Some(true)
    }

    fn right_word(&mut self, right: Right) -> Value {
        match right {
            Right::Register(r) => self.word(r),
            Right::Constant(k) => self.code_constant(u32::from(k)),
        }
    }
    fn right_held(&mut self, right: Right) -> Held {
        match right {
            Right::Register(r) => self.held(r),
            Right::Constant(k) => {
                let word = self.code_constant(u32::from(k));
                Held {
                    word: Some(word),
                    ..Held::default()
                }
            }
        }
    }
    /// What is known of a register's value.
    fn type_of(&self, held: Held) -> Option<Ty> {
        match held.word {
            Some(word) => self
                .known
                .get(&word)
                .copied()
                .or(held.float.map(|_| Ty::Float)),
            None => held.float.map(|_| Ty::Float),
        }
    }

    // ---- arithmetic

    fn binary(&mut self, op: BinOp, i: Instr, right: Right) {
        let (left, other) = (self.held(i.b()), self.right_held(right));
        let types = (self.type_of(left), self.type_of(other));
        let met_floats = i.d() & MET_FLOATS != 0;
        let has_floats = matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::TrueDiv);
        let is_float = |t: Option<Ty>| t == Some(Ty::Float);
        if self.request.has_failed(self.pc) {
            self.any_arithmetic(op, i, right);
        } else if has_floats && (met_floats || is_float(types.0) || is_float(types.1)) {
            self.float_arithmetic(op, i, right);
        } else if matches!(op, BinOp::TrueDiv | BinOp::Pow)
            || is_float(types.0)
            || is_float(types.1)
        {
            self.any_arithmetic(op, i, right);
        } else {
            self.int_arithmetic(op, i, right);
        }
    }
    /// Whatever the operands are: small integers and floats in place, everything else by a helper.
    fn any_arithmetic(&mut self, op: BinOp, i: Instr, right: Right) {
        let (x, y) = (self.word(i.b()), self.right_word(right));
        // What failed here may be an operator of a Python class: a call.
        let foreseen = self.request.has_failed(self.pc);
        if foreseen {
            self.flush(self.live(self.pc));
        }
        let done = self.new_block();
        let result = self.b.append_block_param(done, I64);
        if matches!(
            op,
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor
        ) {
            let (ints, others) = (self.new_block(), self.new_block());
            let both = self.both_ints(x, y);
            self.b.ins().brif(both, ints, &[], others, &[]);
            self.b.switch_to_block(ints);
            let (word, overflows) = self.simple_int(op, x, y);
            match overflows {
                Some(overflows) => {
                    self.b
                        .ins()
                        .brif(overflows, others, &[], done, &[BlockArg::Value(word)]);
                }
                None => self.jump(done, &[word]),
            }
            self.b.switch_to_block(others);
        }
        if matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul) {
            let (floats, others) = (self.new_block(), self.cold_block());
            let (fx, fy) = (self.is_float(x), self.is_float(y));
            let both = self.b.ins().band(fx, fy);
            self.b.ins().brif(both, floats, &[], others, &[]);
            self.b.switch_to_block(floats);
            let (fx, fy) = (self.unbox(x), self.unbox(y));
            let f = match op {
                BinOp::Add => self.b.ins().fadd(fx, fy),
                BinOp::Sub => self.b.ins().fsub(fx, fy),
                _ => self.b.ins().fmul(fx, fy),
            };
            let word = self.box_float(f);
            self.jump(done, &[word]);
            self.b.switch_to_block(others);
        }
        let selector = self
            .b
            .ins()
            .iconst(I64, op as i64 | i64::from(i.d() & 1) << 8);
        let word = self.call_pushing(Helper::Arithmetic, &[selector, x, y], Some(i.a()), foreseen);
        self.jump(done, &[word]);
        self.b.switch_to_block(done);
        if foreseen {
            self.forget();
        }
        self.set(i.a(), result);
    }
    fn both_ints(&mut self, x: Value, y: Value) -> Value {
        let bits = match (self.known.get(&x), self.known.get(&y)) {
            (Some(Ty::Int), _) => y,
            (_, Some(Ty::Int)) => x,
            _ => self.b.ins().bor(x, y),
        };
        let tag = self.b.ins().band_imm_s(bits, 7);
        self.equals(tag, 0)
    }
    fn require_ints(&mut self, x: Value, y: Value) {
        if self.known.get(&x) == Some(&Ty::Int) && self.known.get(&y) == Some(&Ty::Int) {
            return;
        }
        let failed = self.failed();
        let both = self.both_ints(x, y);
        self.guard(both, failed);
        self.known.insert(x, Ty::Int);
        self.known.insert(y, Ty::Int);
    }
    /// The result, and whether it overflows where it can.
    fn simple_int(&mut self, op: BinOp, x: Value, y: Value) -> (Value, Option<Value>) {
        match op {
            BinOp::Add => {
                let (word, overflows) = self.b.ins().sadd_overflow(x, y);
                (word, Some(overflows))
            }
            BinOp::Sub => {
                let (word, overflows) = self.b.ins().ssub_overflow(x, y);
                (word, Some(overflows))
            }
            BinOp::Mul => {
                let factor = self.b.ins().sshr_imm_s(y, 3);
                let (word, overflows) = self.b.ins().smul_overflow(x, factor);
                (word, Some(overflows))
            }
            BinOp::And => (self.b.ins().band(x, y), None),
            BinOp::Or => (self.b.ins().bor(x, y), None),
            _ => (self.b.ins().bxor(x, y), None),
        }
    }
    fn constant_int(&self, v: Value) -> Option<i64> {
        self.constants
            .get(&v)
            .and_then(|bits| Word::from_bits(*bits).as_small_int())
    }
    fn int_arithmetic(&mut self, op: BinOp, i: Instr, right: Right) {
        let (x, y) = (self.word(i.b()), self.right_word(right));
        self.require_ints(x, y);
        let failed = self.failed();
        let word = match op {
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor => {
                let (word, overflows) = self.simple_int(op, x, y);
                if let Some(overflows) = overflows {
                    self.guard_not(overflows, failed);
                }
                word
            }
            BinOp::LShift => {
                let by = self.b.ins().ushr_imm_s(y, 3);
                let fits = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, by, 60);
                self.guard(fits, failed);
                let word = self.b.ins().ishl(x, by);
                let back = self.b.ins().sshr(word, by);
                let same = self.b.ins().icmp(IntCC::Equal, back, x);
                self.guard(same, failed);
                word
            }
            BinOp::RShift => {
                let by = self.b.ins().ushr_imm_s(y, 3);
                let fits = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, by, 61);
                self.guard(fits, failed);
                let shifted = self.b.ins().sshr(x, by);
                self.b.ins().band_imm_s(shifted, !7)
            }
            BinOp::FloorDiv | BinOp::Mod => self.divide(op, x, y),
            _ => {
                let selector = self
                    .b
                    .ins()
                    .iconst(I64, op as i64 | i64::from(i.d() & 1) << 8);
                self.call_helper(Helper::Arithmetic, &[selector, x, y])
            }
        };
        self.known.insert(word, Ty::Int);
        self.set(i.a(), word);
    }
    /// Division of integers, rounding down, of words: the quotient of words is one of integers, the remainder a word.
    fn divide(&mut self, op: BinOp, x: Value, y: Value) -> Value {
        let failed = self.failed();
        if let Some(n) = self
            .constant_int(y)
            .filter(|n| *n > 0 && (*n as u64).is_power_of_two())
        {
            let log = i64::from(n.trailing_zeros());
            return if op == BinOp::Mod {
                self.b.ins().band_imm_s(x, (n - 1) << 3)
            } else {
                let shifted = self.b.ins().sshr_imm_s(x, log);
                self.b.ins().band_imm_s(shifted, !7)
            };
        }
        // Zero divides nothing; of negative divisors only -1 could overflow, and all are left out.
        let positive = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, y, 0);
        self.guard(positive, failed);
        let remainder = self.b.ins().srem(x, y);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, remainder, 0);
        if op == BinOp::Mod {
            let other = self.b.ins().iadd(remainder, y);
            return self.b.ins().select(negative, other, remainder);
        }
        let quotient = self.b.ins().sdiv(x, y);
        let below = self.b.ins().iadd_imm_s(quotient, -1);
        let rounded = self.b.ins().select(negative, below, quotient);
        self.b.ins().ishl_imm_s(rounded, 3)
    }

    /// A register's or constant's value as a float, if it is a number that is one exactly; else the code is left.
    fn float_of(&mut self, held: Held, register: Option<u16>) -> Value {
        if let Some(f) = held.float {
            return f;
        }
        let word = match (held.word, register) {
            (Some(word), _) => word,
            (None, Some(r)) => self.word(r),
            (None, None) => self.constant(Word::EMPTY.bits()),
        };
        let float = match self.known.get(&word) {
            Some(Ty::Float) => self.unbox(word),
            Some(Ty::Int) => self.int_to_float(word),
            _ => {
                let failed = self.failed();
                let (floats, others, done) =
                    (self.new_block(), self.cold_block(), self.new_block());
                let result = self.b.append_block_param(done, F64);
                let is_float = self.is_float(word);
                self.b.ins().brif(is_float, floats, &[], others, &[]);
                self.b.switch_to_block(others);
                let tag = self.b.ins().band_imm_s(word, 7);
                self.guard_not(tag, failed);
                let converted = self.int_to_float(word);
                self.jump(done, &[converted]);
                self.b.switch_to_block(floats);
                let unboxed = self.unbox(word);
                self.jump(done, &[unboxed]);
                self.b.switch_to_block(done);
                // The word may be an integer's, so it stays what the register is known by.
                return result;
            }
        };
        if let Some(r) = register {
            if self.known.get(&word) == Some(&Ty::Float) {
                self.also_float(r, float);
            }
        }
        float
    }
    fn int_to_float(&mut self, word: Value) -> Value {
        if let Some(n) = self
            .constant_int(word)
            .filter(|n| n.unsigned_abs() <= 1 << 53)
        {
            let bits = self.b.ins().iconst(I64, (n as f64).to_bits() as i64);
            return self
                .b
                .ins()
                .bitcast(F64, cranelift_codegen::ir::MemFlagsData::new(), bits);
        }
        let failed = self.failed();
        let n = self.b.ins().sshr_imm_s(word, 3);
        let shifted = self.b.ins().iadd_imm_s(n, 1 << 53);
        let exact = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, shifted, 1 << 54);
        self.guard(exact, failed);
        self.b.ins().fcvt_from_sint(F64, n)
    }
    fn float_arithmetic(&mut self, op: BinOp, i: Instr, right: Right) {
        let left = self.held(i.b());
        let x = self.float_of(left, Some(i.b()));
        let register = match right {
            Right::Register(r) => Some(r),
            Right::Constant(_) => None,
        };
        let other = self.right_held(right);
        let y = self.float_of(other, register);
        // Two integers here give a float only by true division.
        if op != BinOp::TrueDiv {
            let sure = |e: &Self, held: Held| e.type_of(held) == Some(Ty::Float);
            let (l, r) = (self.held(i.b()), other);
            if !sure(self, l) && !sure(self, r) {
                let (Some(a), b) = (self.held(i.b()).word, self.right_word(right)) else {
                    unreachable!("float_of has loaded it");
                };
                let failed = self.failed();
                let both = self.both_ints(a, b);
                self.guard_not(both, failed);
            }
        }
        let result = match op {
            BinOp::Add => self.b.ins().fadd(x, y),
            BinOp::Sub => self.b.ins().fsub(x, y),
            BinOp::Mul => self.b.ins().fmul(x, y),
            _ => {
                let zero = self.b.ins().f64const(0.0);
                let is_zero = self.b.ins().fcmp(FloatCC::Equal, y, zero);
                let exit = self.exit(false);
                self.guard_not(is_zero, exit);
                self.b.ins().fdiv(x, y)
            }
        };
        self.set_float(i.a(), result);
    }
    fn negate(&mut self, i: Instr) {
        let held = self.held(i.b());
        if self.type_of(held) == Some(Ty::Float) {
            let f = self.float_of(held, Some(i.b()));
            let negative = self.b.ins().fneg(f);
            self.set_float(i.a(), negative);
            return;
        }
        let failed = self.failed();
        let word = self.word(i.b());
        let done = self.new_block();
        let result = self.b.append_block_param(done, I64);
        let (ints, floats) = (self.new_block(), self.new_block());
        let tag = self.b.ins().band_imm_s(word, 7);
        self.b.ins().brif(tag, floats, &[], ints, &[]);
        self.b.switch_to_block(ints);
        let zero = self.b.ins().iconst(I64, 0);
        let (negative, overflows) = self.b.ins().ssub_overflow(zero, word);
        self.b
            .ins()
            .brif(overflows, failed, &[], done, &[BlockArg::Value(negative)]);
        self.b.switch_to_block(floats);
        let is_float = self.is_float(word);
        self.guard(is_float, failed);
        let f = self.unbox(word);
        let negative = self.b.ins().fneg(f);
        let boxed = self.box_float(negative);
        self.jump(done, &[boxed]);
        self.b.switch_to_block(done);
        self.set(i.a(), result);
    }

    // ---- comparison and truth

    /// Whether `x op y`, as a byte that is 0 or not.
    fn compare(&mut self, op: CmpOp, x: u16, right: Right) -> Value {
        let (left, other) = (self.held(x), self.right_held(right));
        let types = (self.type_of(left), self.type_of(other));
        if types == (Some(Ty::Int), Some(Ty::Int)) {
            let (a, b) = (self.word(x), self.right_word(right));
            return self.b.ins().icmp(int_condition(op), a, b);
        }
        if types == (Some(Ty::Float), Some(Ty::Float)) {
            let a = self.float_of(left, Some(x));
            let register = match right {
                Right::Register(r) => Some(r),
                Right::Constant(_) => None,
            };
            let b = self.float_of(other, register);
            return self.b.ins().fcmp(float_condition(op), a, b);
        }
        let (a, b) = (self.word(x), self.right_word(right));
        let (done, result) = self.truth_block();
        let may_be = |t: Option<Ty>, what: Ty| t.is_none() || t == Some(what);
        if may_be(types.0, Ty::Int) && may_be(types.1, Ty::Int) {
            let (ints, others) = (self.new_block(), self.new_block());
            let both = self.both_ints(a, b);
            self.b.ins().brif(both, ints, &[], others, &[]);
            self.b.switch_to_block(ints);
            let holds = self.b.ins().icmp(int_condition(op), a, b);
            self.jump(done, &[holds]);
            self.b.switch_to_block(others);
        }
        if may_be(types.0, Ty::Float) && may_be(types.1, Ty::Float) {
            let (floats, others) = (self.new_block(), self.cold_block());
            let (fa, fb) = (self.is_float(a), self.is_float(b));
            let both = self.b.ins().band(fa, fb);
            self.b.ins().brif(both, floats, &[], others, &[]);
            self.b.switch_to_block(floats);
            let (fa, fb) = (self.unbox(a), self.unbox(b));
            let holds = self.b.ins().fcmp(float_condition(op), fa, fb);
            self.jump(done, &[holds]);
            self.b.switch_to_block(others);
        }
        let selector = self.b.ins().iconst(I64, op as i64);
        let answer = self.call_helper(Helper::Compare, &[selector, a, b]);
        let holds = self.b.ins().icmp_imm_s(IntCC::NotEqual, answer, 0);
        self.jump(done, &[holds]);
        self.b.switch_to_block(done);
        result
    }
    /// The truth of a register, as a byte that is 0 or not.
    fn truth(&mut self, r: u16) -> Value {
        let held = self.held(r);
        let known = self.type_of(held);
        if known == Some(Ty::Float) && held.float.is_some() {
            let zero = self.b.ins().f64const(0.0);
            let f = self.float_of(held, Some(r));
            return self.b.ins().fcmp(FloatCC::NotEqual, f, zero);
        }
        let word = self.word(r);
        match known {
            Some(Ty::Bool) => return self.is_word(word, Word::TRUE),
            Some(Ty::Int) => return self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0),
            _ => {}
        }
        let (done, result) = self.truth_block();
        let tag = self.b.ins().band_imm_s(word, 7);
        let (constants, others) = (self.new_block(), self.new_block());
        let is_constant = self.equals(tag, 3);
        self.b.ins().brif(is_constant, constants, &[], others, &[]);
        self.b.switch_to_block(constants);
        // True, False and None; of the others the helper knows.
        let is_true = self.is_word(word, Word::TRUE);
        let plain = self.b.ins().icmp_imm_s(
            IntCC::UnsignedLessThanOrEqual,
            word,
            Word::TRUE.bits() as i64,
        );
        let slow = self.cold_block();
        self.b
            .ins()
            .brif(plain, done, &[BlockArg::Value(is_true)], slow, &[]);
        self.b.switch_to_block(others);
        let ints = self.new_block();
        self.b.ins().brif(tag, slow, &[], ints, &[]);
        self.b.switch_to_block(ints);
        let holds = self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0);
        self.jump(done, &[holds]);
        self.b.switch_to_block(slow);
        let answer = self.call_helper(Helper::Truth, &[word]);
        let holds = self.b.ins().icmp_imm_s(IntCC::NotEqual, answer, 0);
        self.jump(done, &[holds]);
        self.b.switch_to_block(done);
        result
    }
}

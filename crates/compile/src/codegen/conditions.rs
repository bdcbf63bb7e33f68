//! Truth: conditions that jump, `and`, `or`, `not`, comparisons, conditional expressions.
//!
//! A condition never makes a bool when all that is wanted is where to go: comparisons fuse with the jump, `and`/`or`/`not` become
//! control flow.

use super::expressions::compare_ops;
use super::{Codegen, Result};
use crate::constfold;
use crate::emit::{Label, Reg};
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast::{self, BoolOp, CmpOp, Expr, UnaryOp};
use mesapy_syntax::text_size::{Ranged, TextRange};

/// Fused opcodes of a rich comparison: jump if true and if false, against a register and against a constant.
fn jump_ops(op: CmpOp, when: bool) -> Option<(Op, Op)> {
    Some(match (op, when) {
        (CmpOp::Lt, true) => (Op::JumpLt, Op::JumpLtK),
        (CmpOp::LtE, true) => (Op::JumpLe, Op::JumpLeK),
        (CmpOp::Eq, true) => (Op::JumpEq, Op::JumpEqK),
        (CmpOp::NotEq, true) => (Op::JumpNe, Op::JumpNeK),
        (CmpOp::Gt, true) => (Op::JumpGt, Op::JumpGtK),
        (CmpOp::GtE, true) => (Op::JumpGe, Op::JumpGeK),
        (CmpOp::Lt, false) => (Op::JumpNotLt, Op::JumpNotLtK),
        (CmpOp::LtE, false) => (Op::JumpNotLe, Op::JumpNotLeK),
        (CmpOp::Eq, false) => (Op::JumpNotEq, Op::JumpNotEqK),
        (CmpOp::NotEq, false) => (Op::JumpNotNe, Op::JumpNotNeK),
        (CmpOp::Gt, false) => (Op::JumpNotGt, Op::JumpNotGtK),
        (CmpOp::GtE, false) => (Op::JumpNotGe, Op::JumpNotGeK),
        (CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn, _) => return None,
    })
}

/// Chains of more comparisons than this pass their operands on in one register.
const CHAIN_INLINE_MAX: usize = 8;

impl<'a> Codegen<'a> {
    /// Jumps to `target` if the expression's truth is `when`, else falls through.
    pub fn jump_if(&mut self, expr: &'a Expr, when: bool, target: Label) -> Result {
        self.deeper(expr.range())?;
        let mark = self.mark();
        match expr {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                self.jump_if(&node.operand, !when, target)?
            }
            Expr::BoolOp(node) => {
                // With `and`, one false operand decides; with `or`, one true one.
                let deciding = node.op == BoolOp::Or;
                let through = self.e().label();
                if let Some((last, init)) = node.values.split_last() {
                    for value in init {
                        let to = if deciding == when { target } else { through };
                        self.jump_if(value, deciding, to)?;
                    }
                    self.jump_if(last, when, target)?;
                }
                self.e().bind(through);
            }
            Expr::If(node) => {
                let (orelse, done) = (self.e().label(), self.e().label());
                self.jump_if(&node.test, false, orelse)?;
                self.jump_if(&node.body, when, target)?;
                self.e().goto(done);
                self.e().bind(orelse);
                self.jump_if(&node.orelse, when, target)?;
                self.e().bind(done);
            }
            Expr::Compare(node) => {
                self.check_compare(node);
                match (&*node.ops, &*node.comparators) {
                    ([op], [right]) => {
                        let left = self.operand(&node.left)?;
                        self.compare_jump(left, *op, right, when, target, node.range)?;
                    }
                    _ => {
                        let fails = self.e().label();
                        let mut left = self.operand(&node.left)?;
                        let last = node.ops.len().saturating_sub(1);
                        let passing = self.passing(last);
                        for (index, (op, right)) in
                            node.ops.iter().zip(&node.comparators).enumerate()
                        {
                            if index == last {
                                self.compare_jump(left, *op, right, when, target, node.range)?;
                            } else {
                                let next = self.operand(right)?;
                                let to = if when { fails } else { target };
                                self.registers_jump(left, *op, next, false, to, node.range);
                                left = self.pass_on(next, passing);
                            }
                        }
                        self.e().bind(fails);
                    }
                }
            }
            _ => {
                if let Some(value) = self.fold(expr) {
                    if constfold::truth(&value) == when {
                        self.at(expr.range());
                        self.e().goto(target);
                    }
                } else {
                    let value = self.operand(expr)?;
                    self.at(expr.range());
                    let op = if when {
                        Op::JumpIfTrue
                    } else {
                        Op::JumpIfFalse
                    };
                    self.e().jump_a(op, value, target);
                }
            }
        }
        self.release(mark);
        self.depth -= 1;
        Ok(())
    }

    /// For a long chain of comparisons the register in which each operand is kept for the next one, and the mark above it.
    fn passing(&mut self, links: usize) -> Option<(Reg, u32)> {
        (links > CHAIN_INLINE_MAX).then(|| (self.temp(), self.mark()))
    }
    /// The right operand of one comparison becomes the left one of the next; in long chains its register is free again.
    fn pass_on(&mut self, next: Reg, passing: Option<(Reg, u32)>) -> Reg {
        let Some((keep, mark)) = passing else {
            return next;
        };
        let kept = match u32::from(next) >= mark {
            true => {
                self.e().moves(keep, next);
                keep
            }
            false => next,
        };
        self.release(mark);
        kept
    }

    /// `left op right`, right not evaluated yet.
    fn compare_jump(
        &mut self,
        left: Reg,
        op: CmpOp,
        right: &'a Expr,
        when: bool,
        target: Label,
        range: TextRange,
    ) -> Result {
        if matches!(op, CmpOp::Is | CmpOp::IsNot) && right.is_none_literal_expr() {
            let op = if (op == CmpOp::Is) == when {
                Op::JumpIfNone
            } else {
                Op::JumpIfNotNone
            };
            self.at(range);
            self.e().jump_a(op, left, target);
            return Ok(());
        }
        if let Some((_, k)) = jump_ops(op, when)
            && let Some(value) = self.fold(right)
            && let Some(at) = self.e().small_constant(value)
        {
            self.at(range);
            self.e().jump_ab(k, left, at, target);
            return Ok(());
        }
        let right = self.container_operand(op, right)?;
        self.registers_jump(left, op, right, when, target, range);
        Ok(())
    }

    fn registers_jump(
        &mut self,
        left: Reg,
        op: CmpOp,
        right: Reg,
        when: bool,
        target: Label,
        range: TextRange,
    ) {
        self.at(range);
        if let Some((fused, _)) = jump_ops(op, when) {
            self.e().jump_ab(fused, left, right, target);
            return;
        }
        if matches!(op, CmpOp::Is | CmpOp::IsNot) {
            let fused = if (op == CmpOp::Is) == when {
                Op::JumpIs
            } else {
                Op::JumpIsNot
            };
            self.e().jump_ab(fused, left, right, target);
            return;
        }
        let t = self.temp();
        self.e().op_abc(Op::Contains, t, left, right);
        let jump = if (op == CmpOp::In) == when {
            Op::JumpIfTrue
        } else {
            Op::JumpIfFalse
        };
        self.e().jump_a(jump, t, target);
    }

    /// The right operand; a constant display after `in` becomes one constant.
    fn container_operand(&mut self, op: CmpOp, right: &'a Expr) -> Result<Reg> {
        if let Some(constant) = self.constant_container(op, right) {
            let t = self.temp();
            self.at(right.range());
            self.load_const(t, constant);
            return Ok(t);
        }
        self.operand(right)
    }

    /// `[1, 2]` and `{1, 2}` that are only looked into: a constant tuple or frozenset.
    pub fn constant_container(&mut self, op: CmpOp, expr: &'a Expr) -> Option<Const> {
        if !matches!(op, CmpOp::In | CmpOp::NotIn) {
            return None;
        }
        let (elts, set) = match expr {
            Expr::List(node) => (&node.elts, false),
            Expr::Set(node) => (&node.elts, true),
            _ => return None,
        };
        let items = elts
            .iter()
            .map(|e| self.fold(e))
            .collect::<Option<Vec<Const>>>()?;
        Some(if set {
            Const::FrozenSet(super::displays::unique(items))
        } else {
            Const::Tuple(items)
        })
    }

    /// A comparison's value.
    pub fn compare(&mut self, node: &'a ast::ExprCompare, dst: Reg) -> Result {
        self.check_compare(node);
        let mut left = self.operand(&node.left)?;
        if let ([op], [right]) = (&*node.ops, &*node.comparators) {
            return self.compare_once(left, *op, right, dst, node.range);
        }
        let done = self.e().label();
        let work = self.scratch(dst);
        let last = node.ops.len().saturating_sub(1);
        let passing = self.passing(last);
        for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
            if index == last {
                self.compare_once(left, *op, right, work, node.range)?;
            } else {
                let next = self.operand(right)?;
                self.at(node.range);
                self.compare_registers(left, *op, next, work);
                self.e().jump_a(Op::JumpIfFalse, work, done);
                left = self.pass_on(next, passing);
            }
        }
        self.e().bind(done);
        self.at(node.range);
        self.e().moves(dst, work);
        Ok(())
    }

    fn compare_once(
        &mut self,
        left: Reg,
        op: CmpOp,
        right: &'a Expr,
        dst: Reg,
        range: TextRange,
    ) -> Result {
        if let Some((_, k)) = compare_ops(op)
            && let Some(value) = self.fold(right)
            && let Some(at) = self.e().small_constant(value)
        {
            self.at(range);
            self.e().op_abc(k, dst, left, at);
            return Ok(());
        }
        let right = self.container_operand(op, right)?;
        self.at(range);
        self.compare_registers(left, op, right, dst);
        Ok(())
    }

    fn compare_registers(&mut self, left: Reg, op: CmpOp, right: Reg, dst: Reg) {
        let e = self.e();
        match op {
            CmpOp::Is => e.op_abcd(Op::Is, dst, left, right, 0),
            CmpOp::IsNot => e.op_abcd(Op::Is, dst, left, right, 1),
            CmpOp::In => e.op_abcd(Op::Contains, dst, left, right, 0),
            CmpOp::NotIn => e.op_abcd(Op::Contains, dst, left, right, 1),
            rich => {
                if let Some((op, _)) = compare_ops(rich) {
                    e.op_abc(op, dst, left, right);
                }
            }
        }
    }

    /// `not x`; `not (a is b)` and `not (a in b)` turn the comparison round.
    pub fn negation(&mut self, node: &'a ast::ExprUnaryOp, dst: Reg) -> Result {
        if let Expr::Compare(compare) = &*node.operand
            && let ([op], [right]) = (&*compare.ops, &*compare.comparators)
        {
            let turned = match op {
                CmpOp::Is => Some(CmpOp::IsNot),
                CmpOp::IsNot => Some(CmpOp::Is),
                CmpOp::In => Some(CmpOp::NotIn),
                CmpOp::NotIn => Some(CmpOp::In),
                _ => None,
            };
            if let Some(turned) = turned {
                self.check_compare(compare);
                let left = self.operand(&compare.left)?;
                return self.compare_once(left, turned, right, dst, compare.range);
            }
        }
        let value = self.operand(&node.operand)?;
        self.at(node.range);
        self.e().op_ab(Op::Not, dst, value);
        Ok(())
    }

    /// An operand's value to `work`, and a jump to `done` if its truth is `deciding`. The truth of each operand inside is asked for once.
    fn decided(
        &mut self,
        expr: &'a Expr,
        deciding: bool,
        done: Label,
        work: Reg,
        range: TextRange,
    ) -> Result {
        if let Expr::BoolOp(node) = expr
            && let Some((last, init)) = node.values.split_last()
            && node.values.iter().all(|v| self.fold(v).is_none())
        {
            self.deeper(range)?;
            let inner = node.op == BoolOp::Or;
            let through = self.e().label();
            for value in init {
                let to = if inner == deciding { done } else { through };
                self.decided(value, inner, to, work, node.range)?;
            }
            self.decided(last, deciding, done, work, range)?;
            self.e().bind(through);
            self.depth -= 1;
            return Ok(());
        }
        self.expr_to(expr, work)?;
        self.at(range);
        let op = if deciding {
            Op::JumpIfTrue
        } else {
            Op::JumpIfFalse
        };
        self.e().jump_a(op, work, done);
        Ok(())
    }

    /// The value of `a and b`, `a or b`.
    pub fn bool_op(&mut self, node: &'a ast::ExprBoolOp, dst: Reg) -> Result {
        let Some((last, init)) = node.values.split_last() else {
            return Ok(());
        };
        let deciding = node.op == BoolOp::Or;
        let done = self.e().label();
        let work = self.scratch(dst);
        for value in init {
            if let Some(constant) = self.fold(value) {
                // A constant that can't decide is passed over; one that decides ends the chain.
                if constfold::truth(&constant) != deciding {
                    continue;
                }
                self.at(value.range());
                self.load_const(work, constant);
                self.e().bind(done);
                self.e().moves(dst, work);
                return Ok(());
            }
            self.decided(value, deciding, done, work, node.range)?;
        }
        self.expr_to(last, work)?;
        self.e().bind(done);
        self.at(node.range);
        self.e().moves(dst, work);
        Ok(())
    }

    pub fn if_expression(&mut self, node: &'a ast::ExprIf, dst: Reg) -> Result {
        let (orelse, done) = (self.e().label(), self.e().label());
        self.jump_if(&node.test, false, orelse)?;
        self.expr_to(&node.body, dst)?;
        self.e().goto(done);
        self.e().bind(orelse);
        self.expr_to(&node.orelse, dst)?;
        self.e().bind(done);
        Ok(())
    }

    /// `x is 1` is nearly always a mistake.
    fn check_compare(&mut self, node: &'a ast::ExprCompare) {
        let mut left = self.literal_type(&node.left);
        for (op, right) in node.ops.iter().zip(&node.comparators) {
            let right_type = self.literal_type(right);
            if matches!(op, CmpOp::Is | CmpOp::IsNot)
                && let Some(name) = left.or(right_type)
            {
                let (word, better) = if *op == CmpOp::Is {
                    ("is", "==")
                } else {
                    ("is not", "!=")
                };
                self.warn(
                    format!("\"{word}\" with '{name}' literal. Did you mean \"{better}\"?"),
                    node.range,
                );
                return;
            }
            left = right_type;
        }
    }

    fn literal_type(&mut self, expr: &'a Expr) -> Option<&'static str> {
        match expr {
            Expr::NumberLiteral(node) => Some(match node.value {
                ast::Number::Int(_) => "int",
                ast::Number::Float(_) => "float",
                ast::Number::Complex { .. } => "complex",
            }),
            Expr::StringLiteral(_) => Some("str"),
            Expr::BytesLiteral(_) => Some("bytes"),
            Expr::Tuple(_) if self.fold(expr).is_some() => Some("tuple"),
            _ => None,
        }
    }
}

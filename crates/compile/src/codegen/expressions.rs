//! Expressions: constants, names, operators, attributes, items, displays.
//!
//! Chains that lean left are compiled along their spine without recursion.

use super::{Codegen, Result};
use crate::constfold;
use crate::emit::Reg;
use crate::limits::CONST_DEPTH_MAX;
use mesapy_bytecode::{Const, Op};
use mesapy_syntax::ast::{self, CmpOp, Expr, Number, Operator, UnaryOp};
use mesapy_syntax::text_size::{Ranged, TextRange};

/// Opcode of a binary operator, and of its form with a constant right operand.
pub(super) fn binary_ops(op: Operator) -> (Op, Option<Op>) {
    match op {
        Operator::Add => (Op::Add, Some(Op::AddK)),
        Operator::Sub => (Op::Sub, Some(Op::SubK)),
        Operator::Mult => (Op::Mul, Some(Op::MulK)),
        Operator::MatMult => (Op::MatMul, None),
        Operator::Div => (Op::TrueDiv, Some(Op::TrueDivK)),
        Operator::Mod => (Op::Mod, Some(Op::ModK)),
        Operator::Pow => (Op::Pow, Some(Op::PowK)),
        Operator::LShift => (Op::LShift, Some(Op::LShiftK)),
        Operator::RShift => (Op::RShift, Some(Op::RShiftK)),
        Operator::BitOr => (Op::Or, Some(Op::OrK)),
        Operator::BitXor => (Op::Xor, Some(Op::XorK)),
        Operator::BitAnd => (Op::And, Some(Op::AndK)),
        Operator::FloorDiv => (Op::FloorDiv, Some(Op::FloorDivK)),
    }
}

/// Opcodes of a rich comparison: value form and K form.
pub(super) fn compare_ops(op: CmpOp) -> Option<(Op, Op)> {
    match op {
        CmpOp::Lt => Some((Op::Lt, Op::LtK)),
        CmpOp::LtE => Some((Op::Le, Op::LeK)),
        CmpOp::Eq => Some((Op::Eq, Op::EqK)),
        CmpOp::NotEq => Some((Op::Ne, Op::NeK)),
        CmpOp::Gt => Some((Op::Gt, Op::GtK)),
        CmpOp::GtE => Some((Op::Ge, Op::GeK)),
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => None,
    }
}

impl<'a> Codegen<'a> {
    /// The expression's value in a register: a local in place, anything else in a new temporary.
    pub fn operand(&mut self, expr: &'a Expr) -> Result<Reg> {
        if let Expr::Name(name) = expr
            && let Some(reg) = self.local_operand(name)
        {
            return Ok(reg);
        }
        let t = self.temp();
        self.expr_to(expr, t)?;
        Ok(t)
    }

    /// Evaluates for the effect only.
    pub fn effect(&mut self, expr: &'a Expr) -> Result {
        let mark = self.mark();
        self.operand(expr)?;
        self.release(mark);
        Ok(())
    }

    /// Compiles the expression into `dst`.
    pub fn expr_to(&mut self, expr: &'a Expr, dst: Reg) -> Result {
        self.deeper(expr.range())?;
        let done = self.expr_inner(expr, dst);
        self.depth -= 1;
        done
    }

    fn expr_inner(&mut self, expr: &'a Expr, dst: Reg) -> Result {
        let mark = self.mark();
        match expr {
            Expr::Name(node) => {
                self.at(node.range);
                if node.id == "__debug__" {
                    self.load_const(dst, Const::Bool(self.options.optimize == 0));
                } else {
                    self.load_name(&node.id, dst)?;
                }
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => {
                self.at(expr.range());
                if let Some(value) = self.literal(expr) {
                    self.load_const(dst, value);
                }
            }
            Expr::BinOp(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Call(_) => {
                self.spine(expr, dst)?
            }
            Expr::UnaryOp(node) => {
                if let Some(value) = self.fold(expr) {
                    self.at(node.range);
                    self.load_const(dst, value);
                } else if node.op == UnaryOp::Not {
                    self.negation(node, dst)?;
                } else {
                    let value = self.operand(&node.operand)?;
                    self.at(node.range);
                    let op = match node.op {
                        UnaryOp::USub => Op::Neg,
                        UnaryOp::UAdd => Op::Pos,
                        UnaryOp::Invert | UnaryOp::Not => Op::Invert,
                    };
                    self.e().op_ab(op, dst, value);
                }
            }
            Expr::BoolOp(node) => self.bool_op(node, dst)?,
            Expr::Compare(node) => self.compare(node, dst)?,
            Expr::If(node) => self.if_expression(node, dst)?,
            Expr::Named(node) => {
                self.expr_to(&node.value, dst)?;
                if let Expr::Name(name) = &*node.target {
                    self.at(node.range);
                    self.store_name(&name.id, dst)?;
                }
            }
            Expr::Tuple(node) => {
                if let Some(value) = self.fold(expr) {
                    self.at(node.range);
                    self.load_const(dst, value);
                } else {
                    self.sequence(Op::BuildTuple, &node.elts, node.range, dst)?;
                }
            }
            Expr::List(node) => self.sequence(Op::BuildList, &node.elts, node.range, dst)?,
            Expr::Set(node) => self.sequence(Op::BuildSet, &node.elts, node.range, dst)?,
            Expr::Dict(node) => self.dict(node, dst)?,
            Expr::Lambda(node) => self.lambda(node, dst)?,
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr, dst)?
            }
            Expr::Await(node) => self.await_expression(node, dst)?,
            Expr::Yield(node) => self.yield_expression(node, dst)?,
            Expr::YieldFrom(node) => self.yield_from(node, dst)?,
            Expr::FString(node) => self.f_string(node, dst)?,
            Expr::TString(node) => self.t_string(node, dst)?,
            Expr::Slice(node) => {
                if let Some(value) = self.const_slice(node) {
                    self.at(node.range);
                    self.load_const(dst, value);
                } else {
                    let (first, count) = self.slice_parts(node)?;
                    self.at(node.range);
                    self.e().op_abc(Op::BuildSlice, dst, first, count);
                }
            }
            Expr::Starred(node) => {
                return self.error("can't use starred expression here", node.range);
            }
            Expr::IpyEscapeCommand(node) => return self.error("invalid syntax", node.range),
        }
        self.release(mark);
        Ok(())
    }

    /// Binary operators, attributes, items and calls, from the innermost left operand outwards.
    fn spine(&mut self, expr: &'a Expr, dst: Reg) -> Result {
        let mut nodes: Vec<&'a Expr> = Vec::new();
        let mut current = expr;
        loop {
            let inner = match current {
                Expr::BinOp(node) => &*node.left,
                Expr::Attribute(node) if !self.is_super_attribute(node) => &*node.value,
                Expr::Subscript(node) => &*node.value,
                Expr::Call(node) => match self.call_base(node) {
                    Some(base) => base,
                    None => break,
                },
                _ => break,
            };
            nodes.push(current);
            current = inner;
        }
        let mark = self.mark();
        // Constants along the spine's beginning.
        let mut known = match current {
            Expr::Call(_) | Expr::Attribute(_) => None,
            other => self.fold(other),
        };
        while let (Some(value), Some(node)) = (&known, nodes.last().copied()) {
            match self.fold_step(value, node) {
                Some(next) => {
                    known = Some(next);
                    current = node;
                    nodes.pop();
                }
                None => break,
            }
        }
        if nodes.is_empty() {
            self.at(expr.range());
            return match known {
                Some(value) => {
                    self.load_const(dst, value);
                    Ok(())
                }
                None => self.spine_start(current, dst),
            };
        }
        let mut value = match known {
            Some(value) => {
                let t = self.temp();
                self.at(current.range());
                self.load_const(t, value);
                t
            }
            None => match current {
                Expr::Call(_) | Expr::Attribute(_) => {
                    let t = self.temp();
                    self.spine_start(current, t)?;
                    t
                }
                other => self.operand(other)?,
            },
        };
        while let Some(node) = nodes.pop() {
            // The value so far is in a local or in the one temporary at `mark`, which is reused.
            let last = nodes.is_empty();
            let reuse = |g: &mut Self| {
                if last {
                    dst
                } else {
                    g.release(mark);
                    g.temp()
                }
            };
            match node {
                Expr::BinOp(node) => {
                    let (op, k) = binary_ops(node.op);
                    let constant = k.and_then(|k| {
                        let value = self.fold(&node.right)?;
                        Some((k, self.e().small_constant(value)?))
                    });
                    let (op, right) = match constant {
                        Some((k, at)) => (k, at),
                        None => (op, self.operand(&node.right)?),
                    };
                    let to = reuse(self);
                    self.at(node.range);
                    self.e().op_abc(op, to, value, right);
                    value = to;
                }
                Expr::Attribute(node) => {
                    let name = self.mangled(&node.attr);
                    let to = reuse(self);
                    let range = self.attribute_range(node);
                    self.at(range);
                    self.e().op_site(Op::LoadAttr, to, value, &name);
                    value = to;
                }
                Expr::Subscript(node) => {
                    self.check_subscript(node);
                    value = self.item(node, value, reuse)?;
                }
                Expr::Call(node) => {
                    // The callee is an attribute of `value`, or `value` itself; the layout lies above both.
                    let to = reuse(self);
                    self.call(node, Some(value), to)?;
                    value = to;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What a spine starts from: a call of a plain callee, an attribute of super, or no node of a spine at all.
    fn spine_start(&mut self, expr: &'a Expr, dst: Reg) -> Result {
        match expr {
            Expr::Call(node) => self.call(node, None, dst),
            Expr::Attribute(node) => self.super_attribute(node, dst),
            other => self.expr_to(other, dst),
        }
    }

    /// The part of a call that the spine goes on with: the object of a method call, else the callee.
    fn call_base(&mut self, node: &'a ast::ExprCall) -> Option<&'a Expr> {
        if self.is_super_call(node) {
            return None;
        }
        match &*node.func {
            Expr::Attribute(attribute) if self.calls_method(node) => Some(&attribute.value),
            // A plain callee goes straight into the call's layout.
            Expr::Call(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::BinOp(_) => {
                Some(&node.func)
            }
            _ => None,
        }
    }

    fn fold_step(&mut self, left: &Const, node: &'a Expr) -> Option<Const> {
        match node {
            Expr::BinOp(node) => {
                let right = self.fold(&node.right)?;
                constfold::binary(node.op, left, &right)
            }
            Expr::Subscript(node) if node.ctx == ast::ExprContext::Load => {
                let index = self.fold(&node.slice)?;
                constfold::subscript(left, &index)
            }
            _ => None,
        }
    }

    /// The value of an expression that CPython knows at compile time.
    pub fn fold(&mut self, expr: &'a Expr) -> Option<Const> {
        match expr {
            Expr::Tuple(node) if node.ctx == ast::ExprContext::Load => {
                if node.elts.iter().any(Expr::is_starred_expr) || self.fold_depth >= CONST_DEPTH_MAX
                {
                    return None;
                }
                self.fold_depth += 1;
                let items = node
                    .elts
                    .iter()
                    .map(|e| self.fold(e))
                    .collect::<Option<Vec<Const>>>();
                self.fold_depth -= 1;
                items.map(Const::Tuple)
            }
            Expr::UnaryOp(node) => {
                if self.fold_depth >= 2 * CONST_DEPTH_MAX {
                    return None;
                }
                self.fold_depth += 1;
                let value = self.fold(&node.operand);
                self.fold_depth -= 1;
                constfold::unary(node.op, &value?)
            }
            Expr::BinOp(_) | Expr::Subscript(_) => {
                if self.fold_depth >= 2 * CONST_DEPTH_MAX {
                    return None;
                }
                let mut nodes = Vec::new();
                let mut current = expr;
                loop {
                    match current {
                        Expr::BinOp(node) => {
                            nodes.push(current);
                            current = &node.left;
                        }
                        Expr::Subscript(node) => {
                            nodes.push(current);
                            current = &node.value;
                        }
                        _ => break,
                    }
                }
                self.fold_depth += 1;
                let mut value = self.fold(current);
                while let (Some(left), Some(node)) = (&value, nodes.pop()) {
                    value = self.fold_step(left, node);
                }
                self.fold_depth -= 1;
                value
            }
            Expr::Name(node) if node.id == "__debug__" => {
                Some(Const::Bool(self.options.optimize == 0))
            }
            _ => self.literal(expr),
        }
    }

    pub fn literal(&self, expr: &'a Expr) -> Option<Const> {
        Some(match expr {
            Expr::StringLiteral(node) => Const::Str(self.source.string(node)),
            Expr::BytesLiteral(node) => Const::Bytes(node.value.bytes().collect()),
            Expr::BooleanLiteral(node) => Const::Bool(node.value),
            Expr::NoneLiteral(_) => Const::None,
            Expr::EllipsisLiteral(_) => Const::Ellipsis,
            Expr::NumberLiteral(node) => self.source.number(node),
            _ => return None,
        })
    }

    /// Like CPython, points at the attribute's name when it is on another line than the object.
    pub fn attribute_range(&self, node: &ast::ExprAttribute) -> TextRange {
        let start = self.lines.line(node.range.start().into());
        let end = self.lines.line(node.range.end().into());
        if start == end {
            node.range
        } else {
            node.attr.range
        }
    }

    fn item(
        &mut self,
        node: &'a ast::ExprSubscript,
        value: Reg,
        reuse: impl FnOnce(&mut Self) -> Reg,
    ) -> Result<Reg> {
        if let Expr::Slice(slice) = &*node.slice
            && slice.step.is_none()
            && self.const_slice(slice).is_none()
        {
            let (first, _) = self.slice_parts(slice)?;
            let to = reuse(self);
            self.at(node.range);
            self.e().op_abc(Op::LoadSlice, to, value, first);
            return Ok(to);
        }
        let constant = match &*node.slice {
            Expr::Slice(slice) => self.const_slice(slice),
            other => self.fold(other),
        };
        if let Some(constant) = constant
            && let Some(at) = self.e().small_constant(constant)
        {
            let to = reuse(self);
            self.at(node.range);
            self.e().op_abc(Op::LoadItemK, to, value, at);
            return Ok(to);
        }
        let index = self.operand(&node.slice)?;
        let to = reuse(self);
        self.at(node.range);
        self.e().op_abc(Op::LoadItem, to, value, index);
        Ok(to)
    }

    /// A slice whose parts are all constants is one constant.
    pub fn const_slice(&mut self, node: &'a ast::ExprSlice) -> Option<Const> {
        let mut part = |expr: &'a Option<Box<Expr>>| match expr {
            None => Some(Const::None),
            Some(expr) => match self.fold(expr)? {
                value @ (Const::Int(_)
                | Const::None
                | Const::Bool(_)
                | Const::Str(_)
                | Const::Float(_)) => Some(value),
                _ => None,
            },
        };
        Some(Const::Slice(Box::new([
            part(&node.lower)?,
            part(&node.upper)?,
            part(&node.step)?,
        ])))
    }

    /// The parts in consecutive temporaries, missing ones None.
    pub fn slice_parts(&mut self, node: &'a ast::ExprSlice) -> Result<(Reg, u16)> {
        let first = self.mark() as Reg;
        for part in [&node.lower, &node.upper] {
            let t = self.temp();
            match part {
                Some(expr) => self.expr_to(expr, t)?,
                None => {
                    self.at(node.range);
                    self.load_const(t, Const::None);
                }
            }
        }
        if let Some(step) = &node.step {
            let t = self.temp();
            self.expr_to(step, t)?;
            return Ok((first, 3));
        }
        Ok((first, 2))
    }

    // ---- warnings about constants that are no callables, no containers, no good indexes

    fn check_subscript(&mut self, node: &'a ast::ExprSubscript) {
        if node.ctx != ast::ExprContext::Load {
            return;
        }
        let not_subscriptable = match &*node.value {
            Expr::Set(_) | Expr::SetComp(_) => Some("set"),
            Expr::Generator(_) => Some("generator"),
            Expr::Lambda(_) => Some("function"),
            Expr::TString(_) => Some("string.templatelib.Template"),
            other => match self.literal(other) {
                Some(Const::None) => Some("NoneType"),
                Some(Const::Ellipsis) => Some("ellipsis"),
                Some(Const::Bool(_)) => Some("bool"),
                Some(Const::Int(_) | Const::BigInt(..)) => Some("int"),
                Some(Const::Float(_)) => Some("float"),
                Some(Const::Complex(..)) => Some("complex"),
                _ => None,
            },
        };
        if let Some(name) = not_subscriptable {
            self.warn(
                format!("'{name}' object is not subscriptable; perhaps you missed a comma?"),
                node.range,
            );
            return;
        }
        let container = match &*node.value {
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            _ => return,
        };
        let index = match &*node.slice {
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::Lambda(_) => "function",
            Expr::TString(_) => "string.templatelib.Template",
            Expr::NoneLiteral(_) => "NoneType",
            Expr::EllipsisLiteral(_) => "ellipsis",
            Expr::NumberLiteral(n) => match n.value {
                Number::Float(_) => "float",
                Number::Complex { .. } => "complex",
                Number::Int(_) => return,
            },
            _ => return,
        };
        self.warn(
            format!("{container} indices must be integers or slices, not {index}; perhaps you missed a comma?"),
            node.range,
        );
    }
}

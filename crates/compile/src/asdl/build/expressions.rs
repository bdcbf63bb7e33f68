//! Expressions. Chains that grow to the left (`a.b.c`, `a + b + c`) are walked in a loop.

use super::Builder;
use crate::asdl::{Class, Field, NodeId};
use crate::error::{CompileError, ErrorKind};
use crate::limits::CHAIN_MAX;
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{self, CmpOp, Expr, UnaryOp};
use mesapy_syntax::text_size::{Ranged, TextRange};

/// The operand that a chain goes on with.
fn chained(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::BinOp(node) => Some(&node.left),
        Expr::Attribute(node) => Some(&node.value),
        Expr::Subscript(node) => Some(&node.value),
        Expr::Call(node) => Some(&node.func),
        _ => None,
    }
}

impl<'a> Builder<'a> {
    pub fn expr(&mut self, expr: &'a Expr) -> NodeId {
        let mut chain = Vec::new();
        let mut inner = expr;
        while let Some(next) = chained(inner) {
            chain.push(inner);
            inner = next;
        }
        if chain.len() > CHAIN_MAX {
            self.too_deep(expr.range());
            return NodeId(0);
        }
        let mut id = self.unchained(inner);
        while let Some(outer) = chain.pop() {
            id = self.link(outer, id);
        }
        id
    }

    /// A link of a chain whose left operand is made.
    fn link(&mut self, expr: &'a Expr, left: NodeId) -> NodeId {
        let (class, fields) = match expr {
            Expr::BinOp(node) => {
                let op = self.operator(node.op);
                let right = self.expr(&node.right).into();
                (Class::BinOp, vec![left.into(), op, right])
            }
            Expr::Attribute(node) => {
                let context = self.context(node.ctx);
                let name = Self::identifier(&node.attr);
                (Class::Attribute, vec![left.into(), name, context])
            }
            Expr::Subscript(node) => {
                let slice = self.expr(&node.slice).into();
                let context = self.context(node.ctx);
                (Class::Subscript, vec![left.into(), slice, context])
            }
            Expr::Call(node) => {
                let arguments = &node.arguments;
                let args = match &*arguments.args {
                    // The only argument shares the call's parentheses.
                    [Expr::Generator(only)]
                        if !only.parenthesized && arguments.keywords.is_empty() =>
                    {
                        self.generator(only, arguments.range)
                    }
                    args => self.exprs(args),
                };
                let keywords = self.keywords(&arguments.keywords);
                (Class::Call, vec![left.into(), args, keywords])
            }
            _ => return left,
        };
        self.node(class, expr.range(), fields)
    }
    fn generator(&mut self, node: &'a ast::ExprGenerator, range: TextRange) -> Field {
        let elt = self.expr(&node.elt).into();
        let generators = self.comprehensions(&node.generators);
        vec![self.node(Class::GeneratorExp, range, vec![elt, generators])].into()
    }

    fn unchained(&mut self, expr: &'a Expr) -> NodeId {
        let (class, fields) = match expr {
            Expr::BoolOp(node) => {
                let op = match node.op {
                    ast::BoolOp::And => Class::And,
                    ast::BoolOp::Or => Class::Or,
                };
                let op = self.bare(op, Vec::new()).into();
                (Class::BoolOp, vec![op, self.exprs(&node.values)])
            }
            Expr::Named(node) => {
                let target = self.expr(&node.target).into();
                (
                    Class::NamedExpr,
                    vec![target, self.expr(&node.value).into()],
                )
            }
            Expr::UnaryOp(node) => {
                let op = match node.op {
                    UnaryOp::Invert => Class::Invert,
                    UnaryOp::Not => Class::Not,
                    UnaryOp::UAdd => Class::UAdd,
                    UnaryOp::USub => Class::USub,
                };
                let op = self.bare(op, Vec::new()).into();
                (Class::UnaryOp, vec![op, self.expr(&node.operand).into()])
            }
            Expr::Lambda(node) => {
                let arguments = self.parameters(node.parameters.as_deref());
                (Class::Lambda, vec![arguments, self.expr(&node.body).into()])
            }
            Expr::If(node) => {
                let test = self.expr(&node.test).into();
                let body = self.expr(&node.body).into();
                let orelse = self.expr(&node.orelse).into();
                (Class::IfExp, vec![test, body, orelse])
            }
            Expr::Dict(node) => {
                let keys = node.items.iter().map(|item| match &item.key {
                    Some(key) => self.expr(key).into(),
                    None => Field::None,
                });
                let keys = Field::List(keys.collect());
                let values = node.items.iter().map(|i| self.expr(&i.value).into());
                (Class::Dict, vec![keys, Field::List(values.collect())])
            }
            Expr::Set(node) => (Class::Set, vec![self.exprs(&node.elts)]),
            Expr::ListComp(node) => {
                let elt = self.expr(&node.elt).into();
                let generators = self.comprehensions(&node.generators);
                (Class::ListComp, vec![elt, generators])
            }
            Expr::SetComp(node) => {
                let elt = self.expr(&node.elt).into();
                let generators = self.comprehensions(&node.generators);
                (Class::SetComp, vec![elt, generators])
            }
            Expr::DictComp(node) => {
                let key = self.maybe(&node.key);
                let value = self.expr(&node.value).into();
                let generators = self.comprehensions(&node.generators);
                (Class::DictComp, vec![key, value, generators])
            }
            Expr::Generator(node) => {
                let elt = self.expr(&node.elt).into();
                let generators = self.comprehensions(&node.generators);
                (Class::GeneratorExp, vec![elt, generators])
            }
            Expr::Await(node) => (Class::Await, vec![self.expr(&node.value).into()]),
            Expr::Yield(node) => (Class::Yield, vec![self.maybe(&node.value)]),
            Expr::YieldFrom(node) => (Class::YieldFrom, vec![self.expr(&node.value).into()]),
            Expr::Compare(node) => {
                let left = self.expr(&node.left).into();
                let ops = node.ops.iter().map(|op| self.comparison(*op));
                let ops = Field::List(ops.collect());
                (
                    Class::Compare,
                    vec![left, ops, self.exprs(&node.comparators)],
                )
            }
            Expr::FString(node) => return self.f_string(node),
            Expr::TString(node) => return self.t_string(node),
            Expr::StringLiteral(node) => return self.string(node),
            Expr::BytesLiteral(node) => {
                return self.constant(Const::Bytes(node.value.bytes().collect()), node.range);
            }
            Expr::NumberLiteral(node) => {
                return self.constant(self.source.number(node), node.range);
            }
            Expr::BooleanLiteral(node) => {
                return self.constant(Const::Bool(node.value), node.range);
            }
            Expr::NoneLiteral(node) => return self.constant(Const::None, node.range),
            Expr::EllipsisLiteral(node) => return self.constant(Const::Ellipsis, node.range),
            Expr::Starred(node) => {
                let value = self.expr(&node.value).into();
                (Class::Starred, vec![value, self.context(node.ctx)])
            }
            Expr::Name(node) => {
                // Only as characters that normalise to one of these.
                if let name @ ("None" | "True" | "False") = node.id.as_str() {
                    let message = format!("identifier field can't represent '{name}' constant");
                    self.error.get_or_insert(CompileError {
                        kind: ErrorKind::Value,
                        message,
                        range: node.range,
                    });
                }
                let context = self.context(node.ctx);
                (Class::Name, vec![node.id.as_str().into(), context])
            }
            Expr::List(node) => {
                let elts = self.exprs(&node.elts);
                (Class::List, vec![elts, self.context(node.ctx)])
            }
            Expr::Tuple(node) => {
                let elts = self.exprs(&node.elts);
                (Class::Tuple, vec![elts, self.context(node.ctx)])
            }
            Expr::Slice(node) => {
                let lower = self.maybe(&node.lower);
                let upper = self.maybe(&node.upper);
                (Class::Slice, vec![lower, upper, self.maybe(&node.step)])
            }
            // Links of a chain don't come here, and notebooks are not parsed.
            Expr::BinOp(_)
            | Expr::Attribute(_)
            | Expr::Subscript(_)
            | Expr::Call(_)
            | Expr::IpyEscapeCommand(_) => return self.constant(Const::None, expr.range()),
        };
        self.node(class, expr.range(), fields)
    }

    pub fn constant(&mut self, value: Const, range: TextRange) -> NodeId {
        self.node(
            Class::Constant,
            range,
            vec![Field::Constant(value), Field::None],
        )
    }

    fn comparison(&mut self, op: CmpOp) -> Field {
        let class = match op {
            CmpOp::Eq => Class::Eq,
            CmpOp::NotEq => Class::NotEq,
            CmpOp::Lt => Class::Lt,
            CmpOp::LtE => Class::LtE,
            CmpOp::Gt => Class::Gt,
            CmpOp::GtE => Class::GtE,
            CmpOp::Is => Class::Is,
            CmpOp::IsNot => Class::IsNot,
            CmpOp::In => Class::In,
            CmpOp::NotIn => Class::NotIn,
        };
        self.bare(class, Vec::new()).into()
    }

    fn comprehensions(&mut self, list: &'a [ast::Comprehension]) -> Field {
        let list = list.iter().map(|c| {
            let target = self.expr(&c.target).into();
            let iter = self.expr(&c.iter).into();
            let ifs = self.exprs(&c.ifs);
            let is_async = Field::Int(c.is_async.into());
            self.bare(Class::Comprehension, vec![target, iter, ifs, is_async])
                .into()
        });
        Field::List(list.collect())
    }
}

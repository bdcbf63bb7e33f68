//! Expressions.

use super::Lowering;
use crate::asdl::{Class, Field, Node, NodeId, Place};
use mesapy_bytecode::Const;
use mesapy_syntax::ast::{self, CmpOp, Expr, ExprContext, Number, UnaryOp};
use mesapy_syntax::text_size::TextRange;

impl<'t> Lowering<'t> {
    pub fn expr(&mut self, id: Option<NodeId>) -> Expr {
        let node_index = Default::default();
        // Validated trees have no holes.
        let Some(node) = self.node(id) else {
            return Expr::NoneLiteral(ast::ExprNoneLiteral::default());
        };
        let open = self.open(node);
        // Every arm closes the node last, when its children have had their places.
        match node.class {
            Class::BoolOp => {
                let values = self.exprs(node.list(1));
                let op = match self.class_of(node.child(0)) {
                    Some(Class::Or) => ast::BoolOp::Or,
                    _ => ast::BoolOp::And,
                };
                let range = self.close(open);
                Expr::BoolOp(ast::ExprBoolOp {
                    node_index,
                    range,
                    op,
                    values,
                })
            }
            Class::NamedExpr => {
                let target = self.boxed(node.child(0));
                let value = self.boxed(node.child(1));
                let range = self.close(open);
                Expr::Named(ast::ExprNamed {
                    node_index,
                    range,
                    target,
                    value,
                })
            }
            Class::BinOp => {
                let left = self.boxed(node.child(0));
                let op = self.operator(node.child(1));
                let right = self.boxed(node.child(2));
                let range = self.close(open);
                Expr::BinOp(ast::ExprBinOp {
                    node_index,
                    range,
                    left,
                    op,
                    right,
                })
            }
            Class::UnaryOp => {
                let op = match self.class_of(node.child(0)) {
                    Some(Class::Invert) => UnaryOp::Invert,
                    Some(Class::Not) => UnaryOp::Not,
                    Some(Class::UAdd) => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                };
                let operand = self.boxed(node.child(1));
                let range = self.close(open);
                Expr::UnaryOp(ast::ExprUnaryOp {
                    node_index,
                    range,
                    op,
                    operand,
                })
            }
            Class::Lambda => {
                let parameters = Some(Box::new(self.parameters(node.child(0))));
                let body = self.boxed(node.child(1));
                let range = self.close(open);
                Expr::Lambda(ast::ExprLambda {
                    node_index,
                    range,
                    parameters,
                    body,
                })
            }
            Class::IfExp => {
                let test = self.boxed(node.child(0));
                let body = self.boxed(node.child(1));
                let orelse = self.boxed(node.child(2));
                let range = self.close(open);
                Expr::If(ast::ExprIf {
                    node_index,
                    range,
                    test,
                    body,
                    orelse,
                })
            }
            Class::Dict => {
                let mut items = Vec::with_capacity(node.list(0).len());
                for (key, value) in node.list(0).iter().zip(node.list(1)) {
                    let key = key.node().map(|id| self.expr(Some(id)));
                    let value = self.expr(value.node());
                    items.push(ast::DictItem { key, value });
                }
                let range = self.close(open);
                Expr::Dict(ast::ExprDict {
                    node_index,
                    range,
                    items,
                })
            }
            Class::Set => {
                let elts = self.exprs(node.list(0));
                let range = self.close(open);
                Expr::Set(ast::ExprSet {
                    node_index,
                    range,
                    elts,
                })
            }
            Class::ListComp => {
                let elt = self.boxed(node.child(0));
                let generators = self.comprehensions(node.list(1));
                let range = self.close(open);
                Expr::ListComp(ast::ExprListComp {
                    node_index,
                    range,
                    elt,
                    generators,
                })
            }
            Class::SetComp => {
                let elt = self.boxed(node.child(0));
                let generators = self.comprehensions(node.list(1));
                let range = self.close(open);
                Expr::SetComp(ast::ExprSetComp {
                    node_index,
                    range,
                    elt,
                    generators,
                })
            }
            Class::DictComp => {
                let key = self.maybe(node.child(0));
                let value = self.boxed(node.child(1));
                let generators = self.comprehensions(node.list(2));
                let range = self.close(open);
                Expr::DictComp(ast::ExprDictComp {
                    node_index,
                    range,
                    key,
                    value,
                    generators,
                })
            }
            Class::GeneratorExp => {
                let elt = self.boxed(node.child(0));
                let generators = self.comprehensions(node.list(1));
                let range = self.close(open);
                Expr::Generator(ast::ExprGenerator {
                    node_index,
                    range,
                    elt,
                    generators,
                    parenthesized: true,
                })
            }
            Class::Await => {
                let value = self.boxed(node.child(0));
                let range = self.close(open);
                Expr::Await(ast::ExprAwait {
                    node_index,
                    range,
                    value,
                })
            }
            Class::Yield => {
                let value = self.maybe(node.child(0));
                let range = self.close(open);
                Expr::Yield(ast::ExprYield {
                    node_index,
                    range,
                    value,
                })
            }
            Class::YieldFrom => {
                let value = self.boxed(node.child(0));
                let range = self.close(open);
                Expr::YieldFrom(ast::ExprYieldFrom {
                    node_index,
                    range,
                    value,
                })
            }
            Class::Compare => {
                let left = self.boxed(node.child(0));
                let ops = node.list(1).iter().map(|op| self.comparison(op)).collect();
                let comparators = self.exprs(node.list(2)).into_boxed_slice();
                let range = self.close(open);
                Expr::Compare(ast::ExprCompare {
                    node_index,
                    range,
                    left,
                    ops,
                    comparators,
                })
            }
            Class::Call => {
                let func = self.boxed(node.child(0));
                let place = open.place;
                let inner = self.open_at(place);
                let inner_start = inner.start;
                let args = self.exprs(node.list(1)).into_boxed_slice();
                let keywords = self.keywords(node.list(2)).into_iter().collect();
                let range = self.close(open);
                Expr::Call(ast::ExprCall {
                    node_index,
                    range_start: range.start(),
                    func,
                    arguments: ast::Arguments {
                        range: TextRange::new(inner_start, range.end()),
                        node_index: Default::default(),
                        args,
                        keywords,
                    },
                })
            }
            Class::JoinedStr | Class::FormattedValue => {
                let elements = self.elements(node);
                let range = self.close(open);
                Self::f_string(elements, range)
            }
            Class::TemplateStr | Class::Interpolation => {
                let elements = self.elements(node);
                let range = self.close(open);
                Self::t_string(elements, range)
            }
            Class::Constant => {
                let range = self.close(open);
                self.constant(node, range)
            }
            Class::Attribute => {
                let value = self.boxed(node.child(0));
                let name = node.text(1).unwrap_or("");
                let at = open.place;
                // Where an attribute's name stands shows in tracebacks: at the node's end.
                let length = i32::try_from(name.len()).unwrap_or(0);
                let attr = self.identifier_at(
                    name,
                    Place {
                        line: at.end_line,
                        column: at.end_column.saturating_sub(length),
                        ..at
                    },
                );
                let ctx = self.context(node.child(2));
                let range = self.close(open);
                Expr::Attribute(ast::ExprAttribute {
                    node_index,
                    range,
                    value,
                    attr,
                    ctx,
                })
            }
            Class::Subscript => {
                let value = self.boxed(node.child(0));
                let slice = self.boxed(node.child(1));
                let ctx = self.context(node.child(2));
                let range = self.close(open);
                Expr::Subscript(ast::ExprSubscript {
                    node_index,
                    range,
                    value,
                    slice,
                    ctx,
                })
            }
            Class::Starred => {
                let value = self.boxed(node.child(0));
                let ctx = self.context(node.child(1));
                let range = self.close(open);
                Expr::Starred(ast::ExprStarred {
                    node_index,
                    range,
                    value,
                    ctx,
                })
            }
            Class::Name => {
                let ctx = self.context(node.child(1));
                let range = self.close(open);
                Expr::Name(ast::ExprName {
                    node_index,
                    range,
                    id: node.text(0).unwrap_or("").into(),
                    ctx,
                })
            }
            Class::List => {
                let elts = self.exprs(node.list(0));
                let ctx = self.context(node.child(1));
                let range = self.close(open);
                Expr::List(ast::ExprList {
                    node_index,
                    range,
                    elts,
                    ctx,
                })
            }
            Class::Tuple => {
                let elts = self.exprs(node.list(0));
                let ctx = self.context(node.child(1));
                let range = self.close(open);
                Expr::Tuple(ast::ExprTuple {
                    node_index,
                    range,
                    elts,
                    ctx,
                    parenthesized: true,
                })
            }
            Class::Slice => {
                let lower = self.maybe(node.child(0));
                let upper = self.maybe(node.child(1));
                let step = self.maybe(node.child(2));
                let range = self.close(open);
                Expr::Slice(ast::ExprSlice {
                    node_index,
                    range,
                    lower,
                    upper,
                    step,
                })
            }
            _ => {
                let range = self.close(open);
                Expr::NoneLiteral(ast::ExprNoneLiteral { node_index, range })
            }
        }
    }

    fn constant(&mut self, node: &Node, range: TextRange) -> Expr {
        let node_index = Default::default();
        let value = match node.fields.first() {
            Some(Field::Constant(value)) => value.clone(),
            _ => Const::None,
        };
        match value {
            Const::None => Expr::NoneLiteral(ast::ExprNoneLiteral { node_index, range }),
            Const::Bool(value) => Expr::BooleanLiteral(ast::ExprBooleanLiteral {
                node_index,
                range,
                value,
            }),
            Const::Ellipsis => {
                Expr::EllipsisLiteral(ast::ExprEllipsisLiteral { node_index, range })
            }
            Const::Str(text) => {
                let unicode = node.text(1) == Some("u");
                self.string(text, range, unicode)
            }
            Const::Bytes(bytes) => Expr::BytesLiteral(ast::ExprBytesLiteral {
                node_index,
                range,
                value: ast::BytesLiteralValue::single(ast::BytesLiteral {
                    range,
                    node_index: Default::default(),
                    value: bytes.into_boxed_slice(),
                    flags: ast::BytesLiteralFlags::empty(),
                }),
            }),
            other => {
                let value = match other {
                    Const::Float(f) => Number::Float(f),
                    Const::Complex(real, imag) => Number::Complex { real, imag },
                    _ => Number::Int(ast::Int::ZERO),
                };
                self.override_with(range, other);
                Expr::NumberLiteral(ast::ExprNumberLiteral {
                    node_index,
                    range,
                    value,
                })
            }
        }
    }

    fn class_of(&self, id: Option<NodeId>) -> Option<Class> {
        self.node(id).map(|n| n.class)
    }
    fn context(&self, id: Option<NodeId>) -> ExprContext {
        match self.class_of(id) {
            Some(Class::Store) => ExprContext::Store,
            Some(Class::Del) => ExprContext::Del,
            _ => ExprContext::Load,
        }
    }
    fn comparison(&self, op: &Field) -> CmpOp {
        match self.class_of(op.node()) {
            Some(Class::NotEq) => CmpOp::NotEq,
            Some(Class::Lt) => CmpOp::Lt,
            Some(Class::LtE) => CmpOp::LtE,
            Some(Class::Gt) => CmpOp::Gt,
            Some(Class::GtE) => CmpOp::GtE,
            Some(Class::Is) => CmpOp::Is,
            Some(Class::IsNot) => CmpOp::IsNot,
            Some(Class::In) => CmpOp::In,
            Some(Class::NotIn) => CmpOp::NotIn,
            _ => CmpOp::Eq,
        }
    }
    fn comprehensions(&mut self, list: &'t [Field]) -> Vec<ast::Comprehension> {
        let mut made = Vec::with_capacity(list.len());
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            let last = self.last;
            let open = self.open_at(last);
            let target = self.expr(node.child(0));
            let iter = self.expr(node.child(1));
            let ifs = self.exprs(node.list(2));
            let range = self.close(open);
            made.push(ast::Comprehension {
                range,
                node_index: Default::default(),
                target,
                iter,
                ifs,
                is_async: node.int(3) != 0,
            });
        }
        made
    }
}

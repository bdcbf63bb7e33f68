//! Statements.

use super::Builder;
use crate::asdl::{Class, Field, NodeId};
use mesapy_syntax::ast::{self, Expr, Stmt};
use mesapy_syntax::text_size::{Ranged, TextRange};

impl<'a> Builder<'a> {
    pub fn stmt(&mut self, stmt: &'a Stmt) -> NodeId {
        let mut range = stmt.range();
        let (class, fields) = match stmt {
            Stmt::FunctionDef(node) => return self.function(node),
            Stmt::ClassDef(node) => return self.class(node),
            Stmt::If(node) => return self.if_(node),
            Stmt::Return(node) => (Class::Return, vec![self.maybe(&node.value)]),
            Stmt::Delete(node) => (Class::Delete, vec![self.exprs(&node.targets)]),
            Stmt::Assign(node) => {
                let targets = self.exprs(&node.targets);
                let value = self.expr(&node.value).into();
                let comment = self.comment_after(node.range.end());
                (Class::Assign, vec![targets, value, comment])
            }
            Stmt::AugAssign(node) => {
                let target = self.expr(&node.target).into();
                let op = self.operator(node.op);
                let value = self.expr(&node.value).into();
                (Class::AugAssign, vec![target, op, value])
            }
            Stmt::AnnAssign(node) => {
                let target = self.expr(&node.target).into();
                let annotation = self.expr(&node.annotation).into();
                let value = self.maybe(&node.value);
                let simple = Field::Int(node.simple.into());
                (Class::AnnAssign, vec![target, annotation, value, simple])
            }
            Stmt::TypeAlias(node) => {
                let name = self.expr(&node.name).into();
                let params = self.type_params(node.type_params.as_deref());
                let value = self.expr(&node.value).into();
                (Class::TypeAlias, vec![name, params, value])
            }
            Stmt::For(node) => {
                let class = if node.is_async {
                    Class::AsyncFor
                } else {
                    Class::For
                };
                let target = self.expr(&node.target).into();
                let iter = self.expr(&node.iter).into();
                let body = self.body(&node.body);
                let orelse = self.body(&node.orelse);
                let comment = self.header_comment(node.iter.end(), &node.body);
                (class, vec![target, iter, body, orelse, comment])
            }
            Stmt::While(node) => {
                let test = self.expr(&node.test).into();
                let body = self.body(&node.body);
                let orelse = self.body(&node.orelse);
                (Class::While, vec![test, body, orelse])
            }
            Stmt::With(node) => {
                let class = if node.is_async {
                    Class::AsyncWith
                } else {
                    Class::With
                };
                let items = node.items.iter().map(|i| self.with_item(i)).collect();
                let body = self.body(&node.body);
                let end = node
                    .items
                    .last()
                    .map_or(node.range.start(), |i| i.range.end());
                let comment = self.header_comment(end, &node.body);
                (class, vec![Field::List(items), body, comment])
            }
            Stmt::Match(node) => {
                let subject = self.expr(&node.subject).into();
                let cases = node.cases.iter().map(|c| self.match_case(c)).collect();
                (Class::Match, vec![subject, Field::List(cases)])
            }
            Stmt::Raise(node) => {
                let exc = self.maybe(&node.exc);
                (Class::Raise, vec![exc, self.maybe(&node.cause)])
            }
            Stmt::Try(node) => {
                let class = if node.is_star {
                    Class::TryStar
                } else {
                    Class::Try
                };
                let body = self.body(&node.body);
                let handlers = node.handlers.iter().map(|h| self.handler(h)).collect();
                let orelse = self.body(&node.orelse);
                let finalbody = self.body(&node.finalbody);
                (class, vec![body, Field::List(handlers), orelse, finalbody])
            }
            Stmt::Assert(node) => {
                let test = self.expr(&node.test).into();
                (Class::Assert, vec![test, self.maybe(&node.msg)])
            }
            Stmt::Import(node) => (Class::Import, vec![self.aliases(&node.names)]),
            Stmt::ImportFrom(node) => {
                let module = Self::maybe_identifier(node.module.as_ref());
                let names = self.aliases(&node.names);
                let level = Field::Int(node.level.into());
                (Class::ImportFrom, vec![module, names, level])
            }
            Stmt::Global(node) => (Class::Global, vec![Self::names(&node.names)]),
            Stmt::Nonlocal(node) => (Class::Nonlocal, vec![Self::names(&node.names)]),
            Stmt::Expr(node) => (Class::Expr, vec![self.expr(&node.value).into()]),
            Stmt::Pass(_) => (Class::Pass, Vec::new()),
            Stmt::Break(_) => (Class::Break, Vec::new()),
            Stmt::Continue(_) => (Class::Continue, Vec::new()),
            // Not parsed outside of notebooks.
            Stmt::IpyEscapeCommand(_) => (Class::Pass, Vec::new()),
        };
        if matches!(
            stmt,
            Stmt::For(_) | Stmt::While(_) | Stmt::With(_) | Stmt::Match(_) | Stmt::Try(_)
        ) {
            range = self.source.block_range(range);
        }
        self.node(class, range, fields)
    }

    /// `elif` is an `if` in the `else`, which reaches to the end of the whole.
    fn if_(&mut self, node: &'a ast::StmtIf) -> NodeId {
        let whole = self.source.block_range(node.range);
        // Children come first, so the tests and bodies are made from the last clause upwards.
        let mut orelse = Field::List(Vec::new());
        for clause in node.elif_else_clauses.iter().rev() {
            match &clause.test {
                None => orelse = self.body(&clause.body),
                Some(test) => {
                    let range = TextRange::new(clause.range.start(), whole.end());
                    let test = self.expr(test).into();
                    let body = self.body(&clause.body);
                    let id = self.node(Class::If, range, vec![test, body, orelse]);
                    orelse = vec![id].into();
                }
            }
        }
        let test = self.expr(&node.test).into();
        let body = self.body(&node.body);
        self.node(Class::If, whole, vec![test, body, orelse])
    }

    fn with_item(&mut self, item: &'a ast::WithItem) -> Field {
        let context = self.expr(&item.context_expr).into();
        let vars = self.maybe(&item.optional_vars);
        self.bare(Class::Withitem, vec![context, vars]).into()
    }

    fn handler(&mut self, handler: &'a ast::ExceptHandler) -> Field {
        let ast::ExceptHandler::ExceptHandler(node) = handler;
        let kind = self.maybe(&node.type_);
        let name = Self::maybe_identifier(node.name.as_ref());
        let body = self.body(&node.body);
        let range = self.source.block_range(node.range);
        self.node(Class::ExceptHandler, range, vec![kind, name, body])
            .into()
    }

    fn aliases(&mut self, names: &'a [ast::Alias]) -> Field {
        let list = names.iter().map(|alias| {
            let name = Self::identifier(&alias.name);
            let asname = Self::maybe_identifier(alias.asname.as_ref());
            self.node(Class::Alias, alias.range, vec![name, asname])
                .into()
        });
        Field::List(list.collect())
    }

    pub fn operator(&mut self, op: ast::Operator) -> Field {
        let class = match op {
            ast::Operator::Add => Class::Add,
            ast::Operator::Sub => Class::Sub,
            ast::Operator::Mult => Class::Mult,
            ast::Operator::MatMult => Class::MatMult,
            ast::Operator::Div => Class::Div,
            ast::Operator::Mod => Class::Mod,
            ast::Operator::Pow => Class::Pow,
            ast::Operator::LShift => Class::LShift,
            ast::Operator::RShift => Class::RShift,
            ast::Operator::BitOr => Class::BitOr,
            ast::Operator::BitXor => Class::BitXor,
            ast::Operator::BitAnd => Class::BitAnd,
            ast::Operator::FloorDiv => Class::FloorDiv,
        };
        self.bare(class, Vec::new()).into()
    }

    pub fn keywords(&mut self, keywords: &'a [ast::Keyword]) -> Field {
        let list = keywords.iter().map(|keyword| {
            let name = Self::maybe_identifier(keyword.arg.as_ref());
            let value = self.expr(&keyword.value).into();
            self.node(Class::Keyword, keyword.range, vec![name, value])
                .into()
        });
        Field::List(list.collect())
    }

    pub fn decorators(&mut self, list: &'a [ast::Decorator]) -> Field {
        let list = list.iter().map(|d| self.decorator(&d.expression));
        Field::List(list.collect())
    }
    fn decorator(&mut self, expr: &'a Expr) -> Field {
        self.expr(expr).into()
    }
}

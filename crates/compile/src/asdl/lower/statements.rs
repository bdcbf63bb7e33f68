//! Statements.

use super::Lowering;
use crate::asdl::{Class, Field, Node};
use mesapy_syntax::ast::{self, Stmt};
use mesapy_syntax::text_size::TextRange;

impl<'t> Lowering<'t> {
    pub fn stmt(&mut self, node: &'t Node) -> Stmt {
        match node.class {
            Class::FunctionDef | Class::AsyncFunctionDef => return self.function(node),
            Class::ClassDef => return self.class(node),
            Class::If => return self.if_(node),
            _ => {}
        }
        let open = self.open(node);
        let node_index = Default::default();
        // Every arm closes the node last, when its children have had their places.
        match node.class {
            Class::Return => {
                let value = self.maybe(node.child(0));
                let range = self.close(open);
                Stmt::Return(ast::StmtReturn {
                    node_index,
                    range,
                    value,
                })
            }
            Class::Delete => {
                let targets = self.exprs(node.list(0));
                let range = self.close(open);
                Stmt::Delete(ast::StmtDelete {
                    node_index,
                    range,
                    targets,
                })
            }
            Class::Assign => {
                let targets = self.exprs(node.list(0));
                let value = self.boxed(node.child(1));
                let range = self.close(open);
                Stmt::Assign(ast::StmtAssign {
                    node_index,
                    range,
                    targets,
                    value,
                })
            }
            Class::TypeAlias => {
                let name = self.boxed(node.child(0));
                let type_params = self.type_params(node.list(1));
                let value = self.boxed(node.child(2));
                let range = self.close(open);
                Stmt::TypeAlias(ast::StmtTypeAlias {
                    node_index,
                    range,
                    name,
                    type_params,
                    value,
                })
            }
            Class::AugAssign => {
                let target = self.boxed(node.child(0));
                let op = self.operator(node.child(1));
                let value = self.boxed(node.child(2));
                let range = self.close(open);
                Stmt::AugAssign(ast::StmtAugAssign {
                    node_index,
                    range,
                    target,
                    op,
                    value,
                })
            }
            Class::AnnAssign => {
                let target = self.boxed(node.child(0));
                let annotation = self.boxed(node.child(1));
                let value = self.maybe(node.child(2));
                let range = self.close(open);
                Stmt::AnnAssign(ast::StmtAnnAssign {
                    node_index,
                    range,
                    target,
                    annotation,
                    value,
                    simple: node.int(3) != 0,
                })
            }
            Class::For | Class::AsyncFor => {
                let target = self.boxed(node.child(0));
                let iter = self.boxed(node.child(1));
                let body = self.body(node.list(2)).into_iter().collect();
                let orelse = self.body(node.list(3)).into_iter().collect();
                let range = self.close(open);
                Stmt::For(ast::StmtFor {
                    node_index,
                    range,
                    is_async: node.class == Class::AsyncFor,
                    target,
                    iter,
                    body,
                    orelse,
                })
            }
            Class::While => {
                let test = self.boxed(node.child(0));
                let body = self.body(node.list(1)).into_iter().collect();
                let orelse = self.body(node.list(2)).into_iter().collect();
                let range = self.close(open);
                Stmt::While(ast::StmtWhile {
                    node_index,
                    range,
                    test,
                    body,
                    orelse,
                })
            }
            Class::With | Class::AsyncWith => {
                let items = self.with_items(node.list(0));
                let body = self.body(node.list(1)).into_iter().collect();
                let range = self.close(open);
                Stmt::With(ast::StmtWith {
                    node_index,
                    range,
                    is_async: node.class == Class::AsyncWith,
                    items,
                    body,
                })
            }
            Class::Match => {
                let subject = self.boxed(node.child(0));
                let cases = self.match_cases(node.list(1));
                let range = self.close(open);
                Stmt::Match(ast::StmtMatch {
                    node_index,
                    range,
                    subject,
                    cases,
                })
            }
            Class::Raise => {
                let exc = self.maybe(node.child(0));
                let cause = self.maybe(node.child(1));
                let range = self.close(open);
                Stmt::Raise(ast::StmtRaise {
                    node_index,
                    range,
                    exc,
                    cause,
                })
            }
            Class::Try | Class::TryStar => {
                let body = self.body(node.list(0)).into_iter().collect();
                let handlers = self.handlers(node.list(1));
                let orelse = self.body(node.list(2)).into_iter().collect();
                let finalbody = self.body(node.list(3)).into_iter().collect();
                let range = self.close(open);
                Stmt::Try(ast::StmtTry {
                    node_index,
                    range,
                    body,
                    handlers,
                    orelse,
                    finalbody,
                    is_star: node.class == Class::TryStar,
                })
            }
            Class::Assert => {
                let test = self.boxed(node.child(0));
                let msg = self.maybe(node.child(1));
                let range = self.close(open);
                Stmt::Assert(ast::StmtAssert {
                    node_index,
                    range,
                    test,
                    msg,
                })
            }
            Class::Import => {
                let names = self.aliases(node.list(0));
                let range = self.close(open);
                Stmt::Import(ast::StmtImport {
                    node_index,
                    range,
                    names,
                    is_lazy: false,
                })
            }
            Class::ImportFrom => {
                let module = self.maybe_identifier(node.text(0));
                let names = self.aliases(node.list(1));
                let range = self.close(open);
                Stmt::ImportFrom(ast::StmtImportFrom {
                    node_index,
                    range,
                    module,
                    names,
                    level: u32::try_from(node.int(2)).unwrap_or(0),
                    is_lazy: false,
                })
            }
            Class::Global => {
                let names = self.identifiers(node.list(0));
                let range = self.close(open);
                Stmt::Global(ast::StmtGlobal {
                    node_index,
                    range,
                    names,
                })
            }
            Class::Nonlocal => {
                let names = self.identifiers(node.list(0));
                let range = self.close(open);
                Stmt::Nonlocal(ast::StmtNonlocal {
                    node_index,
                    range,
                    names,
                })
            }
            Class::Expr => {
                let value = self.boxed(node.child(0));
                let range = self.close(open);
                Stmt::Expr(ast::StmtExpr {
                    node_index,
                    range,
                    value,
                })
            }
            Class::Break => {
                let range = self.close(open);
                Stmt::Break(ast::StmtBreak { node_index, range })
            }
            Class::Continue => {
                let range = self.close(open);
                Stmt::Continue(ast::StmtContinue { node_index, range })
            }
            _ => {
                let range = self.close(open);
                Stmt::Pass(ast::StmtPass { node_index, range })
            }
        }
    }

    /// An `else` that holds nothing but an `if` is an `elif`.
    fn if_(&mut self, node: &'t Node) -> Stmt {
        let open = self.open(node);
        let test = self.boxed(node.child(0));
        let body = self.body(node.list(1)).into_iter().collect();
        let mut clauses = Vec::new();
        let mut opened = Vec::new();
        let mut orelse = node.list(2);
        while let [only] = orelse
            && let Some(next) = self.node(only.node())
            && next.class == Class::If
        {
            let open = self.open(next);
            let test = self.expr(next.child(0));
            let body = self.body(next.list(1)).into_iter().collect();
            clauses.push(ast::ElifElseClause {
                range: TextRange::empty(open.start),
                node_index: Default::default(),
                test: Some(test),
                body,
            });
            opened.push(open);
            orelse = next.list(2);
        }
        if !orelse.is_empty() {
            let last = self.last;
            let open = self.open_at(last);
            let body = self.body(orelse).into_iter().collect();
            let range = self.close(open);
            clauses.push(ast::ElifElseClause {
                range,
                node_index: Default::default(),
                test: None,
                body,
            });
        }
        for at in (0..opened.len()).rev() {
            if let (Some(open), Some(clause)) = (opened.pop(), clauses.get_mut(at)) {
                clause.range = self.close(open);
            }
        }
        let range = self.close(open);
        Stmt::If(ast::StmtIf {
            node_index: Default::default(),
            range,
            test,
            body,
            elif_else_clauses: clauses,
        })
    }

    fn with_items(&mut self, list: &'t [Field]) -> Vec<ast::WithItem> {
        let mut items = Vec::with_capacity(list.len());
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            let place = self.node(node.child(0)).and_then(|n| n.place);
            let place = place.unwrap_or(self.last);
            let open = self.open_at(place);
            let context_expr = self.expr(node.child(0));
            let optional_vars = self.maybe(node.child(1));
            let range = self.close(open);
            items.push(ast::WithItem {
                range,
                node_index: Default::default(),
                context_expr,
                optional_vars,
            });
        }
        items
    }

    fn handlers(&mut self, list: &'t [Field]) -> Vec<ast::ExceptHandler> {
        let mut handlers = Vec::with_capacity(list.len());
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            let open = self.open(node);
            let type_ = self.maybe(node.child(0));
            let name = self.maybe_identifier(node.text(1));
            let body = self.body(node.list(2)).into_iter().collect();
            let range = self.close(open);
            handlers.push(ast::ExceptHandler::ExceptHandler(
                ast::ExceptHandlerExceptHandler {
                    range,
                    node_index: Default::default(),
                    type_,
                    name,
                    body,
                },
            ));
        }
        handlers
    }

    fn aliases(&mut self, list: &'t [Field]) -> Vec<ast::Alias> {
        let mut aliases = Vec::with_capacity(list.len());
        for item in list {
            let Some(node) = self.node(item.node()) else {
                continue;
            };
            let open = self.open(node);
            let name = self.identifier(node.text(0).unwrap_or(""));
            let asname = self.maybe_identifier(node.text(1));
            let range = self.close(open);
            aliases.push(ast::Alias {
                range,
                node_index: Default::default(),
                name,
                asname,
            });
        }
        aliases
    }

    pub fn operator(&self, id: Option<crate::asdl::NodeId>) -> ast::Operator {
        match self.node(id).map(|n| n.class) {
            Some(Class::Sub) => ast::Operator::Sub,
            Some(Class::Mult) => ast::Operator::Mult,
            Some(Class::MatMult) => ast::Operator::MatMult,
            Some(Class::Div) => ast::Operator::Div,
            Some(Class::Mod) => ast::Operator::Mod,
            Some(Class::Pow) => ast::Operator::Pow,
            Some(Class::LShift) => ast::Operator::LShift,
            Some(Class::RShift) => ast::Operator::RShift,
            Some(Class::BitOr) => ast::Operator::BitOr,
            Some(Class::BitXor) => ast::Operator::BitXor,
            Some(Class::BitAnd) => ast::Operator::BitAnd,
            Some(Class::FloorDiv) => ast::Operator::FloorDiv,
            _ => ast::Operator::Add,
        }
    }
}

//! The parsed tree: what it holds, how deep it is, and how it is dropped without deep recursion.
//!
//! A chain such as `1+1+…` is as deep as it is long, and Rust's own drop would recurse on it. So dropping takes
//! the children out of each expression onto a list first, one level at a time.

use std::cell::RefCell;
use std::mem;

use ruff_python_ast as ast;
use ruff_python_ast::visitor::transformer::{self, Transformer};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};

/// A tree of one of the four modes.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// `exec` and `single`
    Module(ast::ModModule),
    /// `eval`
    Expression(ast::ModExpression),
    /// `func_type`: `(int, *str) -> bool`
    FunctionType {
        /// The argument types, stars removed.
        arguments: Vec<Expr>,
        /// The result type.
        returns: Box<Expr>,
    },
}

/// Trees at most this deep are dropped by Rust's own recursion.
const DROP_DEPTH_MAX: usize = 500;

impl Tree {
    /// The nesting of expressions at its deepest, counted without recursion.
    pub fn expression_depth(&self) -> usize {
        let mut walk = DepthWalk { found: Vec::new() };
        match self {
            Tree::Module(module) => visitor::walk_body(&mut walk, &module.body),
            Tree::Expression(module) => walk.found.push(&module.body),
            Tree::FunctionType { arguments, returns } => {
                walk.found.extend(arguments);
                walk.found.push(returns);
            }
        }
        let mut level = mem::take(&mut walk.found);
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            for expr in level {
                visitor::walk_expr(&mut walk, expr);
            }
            level = mem::take(&mut walk.found);
        }
        depth
    }

    /// Drops a tree of any depth in constant native stack.
    pub(crate) fn dismantle(&mut self, depth: usize) {
        if depth <= DROP_DEPTH_MAX {
            return;
        }
        let taker = Taker {
            taken: RefCell::new(Vec::new()),
        };
        match self {
            Tree::Module(module) => transformer::walk_body(&taker, &mut module.body),
            Tree::Expression(module) => taker.visit_expr(&mut module.body),
            Tree::FunctionType { arguments, returns } => {
                for argument in arguments {
                    taker.visit_expr(argument);
                }
                taker.visit_expr(returns);
            }
        }
        loop {
            let Some(mut expr) = taker.taken.borrow_mut().pop() else {
                break;
            };
            transformer::walk_expr(&taker, &mut expr);
        }
    }
}

/// Collects the expressions one level below.
struct DepthWalk<'a> {
    found: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for DepthWalk<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.found.push(expr);
    }

    // The nesting of statements is bounded by the tokenizer's limit of indentation levels.
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        visitor::walk_stmt(self, stmt);
    }
}

/// Moves expressions out of their parents.
struct Taker {
    taken: RefCell<Vec<Expr>>,
}

impl Transformer for Taker {
    fn visit_expr(&self, expr: &mut Expr) {
        let nothing = Expr::NoneLiteral(ast::ExprNoneLiteral::default());
        self.taken.borrow_mut().push(mem::replace(expr, nothing));
    }
}

//! Docstrings: a body's first statement, if it is a plain string.

use mesapy_syntax::ast::{Expr, ExprStringLiteral, Stmt};

/// The string literal that documents `body`.
pub fn find(body: &[Stmt]) -> Option<&ExprStringLiteral> {
    match body.first() {
        Some(Stmt::Expr(statement)) => match &*statement.value {
            Expr::StringLiteral(literal) => Some(literal),
            _ => None,
        },
        _ => None,
    }
}

pub fn has(body: &[Stmt]) -> bool {
    find(body).is_some()
}

//! Expressions as text, the way `from __future__ import annotations` shows them.
use mesapy_syntax::ast::Expr;
use mesapy_syntax::text_size::Ranged;

pub fn expression(expr: &Expr, source: &str) -> Vec<u8> {
    source
        .get(expr.range().to_std_range())
        .unwrap_or("")
        .as_bytes()
        .to_vec()
}

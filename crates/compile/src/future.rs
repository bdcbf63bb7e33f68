//! `from __future__ import …`: which features are asked for, and whether in a place where one may.

use crate::error::CompileError;
use mesapy_bytecode::CodeFlags;
use mesapy_syntax::Tree;
use mesapy_syntax::ast::Stmt;
use mesapy_syntax::text_size::{Ranged, TextSize};

/// The features of a module, and where the statements end among which they may stand: everything before but the docstring is one of them.
pub fn features(tree: &Tree) -> Result<(CodeFlags, TextSize), CompileError> {
    let Tree::Module(module) = tree else {
        return Ok((CodeFlags(0), TextSize::new(0)));
    };
    let mut flags = 0;
    let mut end = TextSize::new(0);
    for (index, statement) in module.body.iter().enumerate() {
        match statement {
            Stmt::ImportFrom(import)
                if import.level == 0
                    && import
                        .module
                        .as_ref()
                        .is_some_and(|m| m.as_str() == "__future__") =>
            {
                for alias in &import.names {
                    flags |= match alias.name.as_str() {
                        "nested_scopes" | "generators" | "division" | "absolute_import"
                        | "with_statement" | "print_function" | "unicode_literals"
                        | "generator_stop" => 0,
                        "barry_as_FLUFL" => CodeFlags::FUTURE_BARRY_AS_BDFL,
                        "annotations" => CodeFlags::FUTURE_ANNOTATIONS,
                        "braces" => {
                            return Err(CompileError::syntax("not a chance", alias.range()));
                        }
                        name => {
                            return Err(CompileError::syntax(
                                format!("future feature {name} is not defined"),
                                alias.range(),
                            ));
                        }
                    };
                }
            }
            Stmt::Expr(node) if index == 0 && node.value.is_string_literal_expr() => {}
            _ => break,
        }
        end = statement.end();
    }
    Ok((CodeFlags(flags), end))
}

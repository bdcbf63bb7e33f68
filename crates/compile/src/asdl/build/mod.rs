//! The parser's tree → Python's. Where the two differ in shape or place, CPython's grammar actions decide (Grammar/python.gram, Parser/action_helpers.c).

mod comments;
mod definitions;
mod expressions;
mod patterns;
mod statements;
mod strings;

use super::{Ast, Class, Field, NodeId, Place};
use crate::error::{CompileError, ErrorKind};
use crate::source::Source;
use mesapy_syntax::ast::{self, Expr, ExprContext, Stmt};
use mesapy_syntax::text_size::{TextRange, TextSize};
use mesapy_syntax::{Lines, Tree};

/// Makes Python's tree of the parser's. `source` is the text that was parsed, `interactive` whether a module is one statement of a session,
/// `type_comments` whether comments about types belong to the tree.
///
/// Recurses on nesting, which the parser limits: the caller provides the stack (`mesapy_syntax::with_stack`).
///
/// # Errors
/// Recursion, for chains that are too long.
pub fn build(
    source: &str,
    tree: &Tree,
    interactive: bool,
    type_comments: bool,
) -> Result<Ast, CompileError> {
    let mut builder = Builder {
        source: Source::new(source),
        lines: Lines::new(source),
        ast: Ast::default(),
        error: None,
        type_comments,
    };
    match tree {
        Tree::Module(module) => {
            let body = builder.body(&module.body);
            let ignores = builder.ignores();
            if interactive {
                builder.bare(Class::Interactive, vec![body]);
            } else {
                builder.bare(Class::Module, vec![body, ignores]);
            }
        }
        Tree::Expression(module) => {
            let body = builder.expr(&module.body);
            builder.bare(Class::Expression, vec![body.into()]);
        }
        Tree::FunctionType { arguments, returns } => {
            let arguments = builder.exprs(arguments);
            let returns = builder.expr(returns);
            builder.bare(Class::FunctionType, vec![arguments, returns.into()]);
        }
    }
    match builder.error {
        Some(error) => Err(error),
        None => Ok(builder.ast),
    }
}

struct Builder<'a> {
    source: Source<'a>,
    lines: Lines,
    ast: Ast,
    error: Option<CompileError>,
    /// Whether comments about types are part of the tree.
    type_comments: bool,
}

impl<'a> Builder<'a> {
    fn place(&self, range: TextRange) -> Place {
        let (line, column) = self.lines.position(range.start().into());
        let (end_line, end_column) = self.lines.position(range.end().into());
        Place {
            line: line as i32,
            column: column as i32,
            end_line: end_line as i32,
            end_column: end_column as i32,
        }
    }
    /// A node with a place.
    fn node(&mut self, class: Class, range: TextRange, fields: Vec<Field>) -> NodeId {
        let place = self.place(range);
        self.ast.push(class, Some(place), fields)
    }
    /// A node without.
    fn bare(&mut self, class: Class, fields: Vec<Field>) -> NodeId {
        self.ast.push(class, None, fields)
    }
    fn context(&mut self, context: ExprContext) -> Field {
        let class = match context {
            ExprContext::Load | ExprContext::Invalid => Class::Load,
            ExprContext::Store => Class::Store,
            ExprContext::Del => Class::Del,
        };
        self.bare(class, Vec::new()).into()
    }
    fn exprs(&mut self, list: &'a [Expr]) -> Field {
        Field::List(list.iter().map(|e| self.expr(e).into()).collect())
    }
    fn maybe(&mut self, expr: &'a Option<Box<Expr>>) -> Field {
        match expr {
            Some(expr) => self.expr(expr).into(),
            None => Field::None,
        }
    }
    fn body(&mut self, body: &'a [Stmt]) -> Field {
        Field::List(body.iter().map(|s| self.stmt(s).into()).collect())
    }
    fn identifier(name: &ast::Identifier) -> Field {
        Field::Text(name.id.as_str().into())
    }
    fn maybe_identifier(name: Option<&ast::Identifier>) -> Field {
        name.map_or(Field::None, Self::identifier)
    }
    fn names(names: &[ast::Identifier]) -> Field {
        Field::List(names.iter().map(Self::identifier).collect())
    }
    fn too_deep(&mut self, range: TextRange) {
        self.error.get_or_insert(CompileError {
            kind: ErrorKind::Recursion,
            message: "maximum recursion depth exceeded during ast construction".into(),
            range,
        });
    }
    /// Past blanks, comments and what else may stand between two tokens.
    fn next_token(&self, from: TextSize) -> TextSize {
        let text = self.source.text.as_bytes();
        let mut at = usize::from(from);
        let mut comment = false;
        while let Some(&byte) = text.get(at) {
            match byte {
                b'\n' => comment = false,
                _ if comment => {}
                b'#' => comment = true,
                b' ' | b'\t' | b'\x0c' | b'\\' => {}
                _ => break,
            }
            at += 1;
        }
        TextSize::try_from(at).unwrap_or(from)
    }
}

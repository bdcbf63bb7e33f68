//! Text → tree, or the error that CPython reports.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use crate::error::{SyntaxError, SyntaxErrorKind, Warning};
use crate::lines::Lines;
use crate::strings::{NameLookup, unicode_name};
use crate::tree::Tree;

/// What the source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A module
    Exec,
    /// One expression
    Eval,
    /// One interactive statement
    Single,
    /// A function type comment
    FuncType,
}

/// `compile()`'s options, as far as they concern the parser.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `PyCF_TYPE_COMMENTS`
    pub type_comments: bool,
    /// The minor version of `feature_version=(3, minor)`
    pub feature_version: Option<u8>,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: errors at the end of the input are [`SyntaxErrorKind::Incomplete`]
    pub allow_incomplete_input: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`
    pub dont_imply_dedent: bool,
    /// Names of characters for `\N{…}`
    pub names: NameLookup,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            type_comments: false,
            feature_version: None,
            allow_incomplete_input: false,
            dont_imply_dedent: false,
            names: unicode_name,
        }
    }
}

/// A parsed source. Dropping it is safe at any depth, so keep the tree inside.
#[derive(Debug)]
pub struct Parsed {
    /// The tree.
    pub tree: Tree,
    /// Warnings, in source order.
    pub warnings: Vec<Warning>,
    /// The nesting of expressions at its deepest: what recurses on the tree must have room for it, or raise RecursionError.
    pub depth: usize,
}

impl Parsed {
    /// The module of `exec` and `single`.
    pub fn module(&self) -> Option<&ast::ModModule> {
        match &self.tree {
            Tree::Module(module) => Some(module),
            Tree::Expression(_) | Tree::FunctionType { .. } => None,
        }
    }

    /// The expression of `eval`.
    pub fn expression(&self) -> Option<&ast::Expr> {
        match &self.tree {
            Tree::Expression(module) => Some(&module.body),
            Tree::Module(_) | Tree::FunctionType { .. } => None,
        }
    }
}

impl Drop for Parsed {
    fn drop(&mut self) {
        self.tree.dismantle(self.depth);
    }
}

/// Parses normalised text (see [`crate::decode`]).
///
/// # Errors
/// The error that CPython 3.14's parser raises. What its symbol table and compiler raise is left to the compiler.
pub fn parse(source: &str, mode: Mode, options: &Options) -> Result<Parsed, Box<SyntaxError>> {
    let _ = options;
    if u32::try_from(source.len()).is_err() {
        return Err(Box::new(SyntaxError::bare(
            SyntaxErrorKind::Memory,
            "source is too large",
        )));
    }
    let ruff_mode = match mode {
        Mode::Exec | Mode::Single => ruff_python_parser::Mode::Module,
        Mode::Eval | Mode::FuncType => ruff_python_parser::Mode::Expression,
    };
    let ruff_options = ruff_python_parser::ParseOptions::from(ruff_mode)
        .with_target_version(ast::PythonVersion::PY314);
    let parsed = ruff_python_parser::parse_unchecked(source, ruff_options);
    if let Some(error) = parsed.errors().first() {
        return Err(Box::new(plain_error(source, error)));
    }
    let tree = match parsed.into_syntax() {
        ast::Mod::Module(module) => Tree::Module(module),
        ast::Mod::Expression(expression) => Tree::Expression(expression),
    };
    let depth = tree.expression_depth();
    Ok(Parsed {
        tree,
        warnings: Vec::new(),
        depth,
    })
}

fn plain_error(source: &str, error: &ruff_python_parser::ParseError) -> SyntaxError {
    let lines = Lines::new(source);
    let (line, column) = lines.position(error.start().into());
    let text = lines.text(line, source);
    let chars = text
        .get(..column as usize)
        .map_or(0, |before| before.chars().count());
    let offset = u32::try_from(chars + 1).unwrap_or(u32::MAX);
    SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: "invalid syntax".to_owned(),
        lineno: Some(line),
        offset: Some(offset),
        end_lineno: Some(line),
        end_offset: Some(offset),
        text: Some(text.to_owned()),
    }
}

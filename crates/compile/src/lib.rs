//! Syntax tree → scopes → `CodeUnit`.
//!
//! `scope` finds out what every name means, `codegen` walks the tree and emits register instructions through `emit`, `assemble` turns those
//! into the final tables. `constfold` computes what CPython computes at compile time. Behaviour that programs can observe (evaluation order,
//! source positions, code object metadata, error texts) is CPython 3.14's.
//!
//! Invariants: no panic and no unbounded recursion on any tree; the same tree always gives the same code.
#![forbid(unsafe_code)]

pub mod asdl;
mod assemble;
mod codegen;
mod constfold;
mod docstring;
mod emit;
mod error;
mod future;
mod limits;
pub mod scope;
mod source;
mod unparse;

pub use error::{CompileError, ErrorKind, Warning};

use mesapy_bytecode::{CodeFlags, CodeUnit};
use mesapy_syntax::{Lines, Tree};
use source::Source;

/// What the code is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    #[default]
    Exec,
    Eval,
    /// Interactive: expression statements are displayed.
    Single,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub mode: Mode,
    /// 0, 1 (`-O`: no asserts) or 2 (`-OO`: no docstrings either).
    pub optimize: u8,
    /// Future features inherited from the code that calls `compile`.
    pub future: CodeFlags,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub top_level_await: bool,
}

/// A finished compilation.
#[derive(Debug)]
pub struct Compiled {
    pub code: CodeUnit,
    pub warnings: Vec<Warning>,
}

/// Compiles a tree that was parsed from `source`.
pub fn compile(source: &str, tree: &Tree, options: &Options) -> Result<Compiled, CompileError> {
    let (future, future_end) = future::features(tree)?;
    let mut options = *options;
    options.future = CodeFlags(options.future.0 | future.0);
    let scopes = scope::build(tree, options.future.has(CodeFlags::FUTURE_ANNOTATIONS))?;
    let (text, lines) = (Source::new(source), Lines::new(source));
    codegen::generate(text, lines, tree, scopes, options, future_end)
}

/// The scopes of a tree, for the `_symtable` module.
pub fn symbols(tree: &Tree) -> Result<scope::Scopes, CompileError> {
    let (future, _) = future::features(tree)?;
    scope::build(tree, future.has(CodeFlags::FUTURE_ANNOTATIONS))
}

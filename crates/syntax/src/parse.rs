//! Text → tree, or the error that CPython reports.

use std::borrow::Cow;

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::error::{SyntaxError, SyntaxErrorKind, Warning};
use crate::grammar::{Verdict, diagnose, is_flufl};
use crate::lines::Lines;
use crate::prescan::{Prescan, prescan};
use crate::strings::{NameLookup, unicode_name};
use crate::token::Kind;
use crate::tokenizer::{Config, Tokenizer};
use crate::tree::Tree;

/// Nesting at which CPython's parser gives up, between 5,000 and 10,000 unary operators.
const NESTING_MAX: usize = 7_000;
/// Nesting that is parsed on the caller's stack.
const NESTING_INLINE_MAX: usize = 200;
/// The stack for deeper sources: several times what `NESTING_MAX` needs in a debug build.
const DEEP_STACK_BYTES: usize = 256 << 20;
/// Below this many tokens in a statement their number bounds its depth well enough.
const DEPTH_BOUND_MAX: usize = 300;

/// The text of the MemoryError for a source that nests too deeply.
pub(crate) const TOO_COMPLEX: &str = "Parser stack overflowed - Python source too complex to parse";

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
    /// At least the nesting of expressions at its deepest: what recurses on the tree must have room for it, or raise RecursionError.
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
    if u32::try_from(source.len()).is_err() {
        return Err(Box::new(SyntaxError::bare(
            SyntaxErrorKind::Memory,
            "source is too large",
        )));
    }
    // CPython ends the last line of a module; the tree's offsets are the same either way.
    let text = match mode {
        Mode::Exec if !source.ends_with('\n') => Cow::Owned(format!("{source}\n")),
        _ => Cow::Borrowed(source),
    };
    let scan = prescan(&text, options.names);
    if scan.nesting > NESTING_MAX {
        return Err(too_complex());
    }
    let small = matches!(mode, Mode::Single | Mode::FuncType);
    let old = options.feature_version.is_some_and(|minor| minor < 14);
    // Blanks on a last line that does not end are an indent to `eval`.
    let tail = text
        .rsplit_once('\n')
        .is_some_and(|(_, tail)| !tail.is_empty() && tail.trim_ascii().is_empty());
    let blank_tail = mode == Mode::Eval && tail;
    if (scan.refused || scan.suspicious || small || old || blank_tail)
        && let Verdict::Rejected(error) = diagnose(&text, mode, options, scan.depth())
    {
        return Err(error);
    }
    // `<>` is as long as `!=`, so offsets stay.
    let flufl = (scan.suspicious && is_flufl(source)).then(|| source.replace("<>", "!="));
    let built = flufl.as_deref().unwrap_or(source);
    let (tree, error) = with_stack(scan.nesting, || build(built, mode))?;
    if let Some(error) = error {
        return Err(match diagnose(&text, mode, options, scan.depth()) {
            Verdict::Rejected(error) => error,
            // The grammar accepts what ruff does not: only what ruff says of meaning can be passed over.
            Verdict::Accepted if is_about_meaning(&error.error) => return Ok(finish(tree, scan)),
            Verdict::Accepted => Box::new(plain_error(source, &error)),
        });
    }
    Ok(finish(tree, scan))
}

/// The warnings of a source that does not parse: those of what stands before the error.
pub fn warnings_before(source: &str, error: &SyntaxError, names: NameLookup) -> Vec<Warning> {
    let mut warnings = prescan(source, names).warnings;
    let (Some(line), offset) = (error.lineno, error.offset.unwrap_or(0)) else {
        return Vec::new();
    };
    warnings.retain(|w| (w.range.0, w.range.1) < (line, offset));
    warnings
}

/// A decimal literal of more digits than may be converted. `max` digits are few to look for in most sources, so tokens are only made when there is
/// such a run of digits anywhere.
pub fn long_decimal(source: &str, max: usize) -> Option<SyntaxError> {
    let is_digit = |b: &u8| b.is_ascii_digit() || *b == b'_';
    if source.len() <= max
        || !source
            .as_bytes()
            .split(|b| !is_digit(b))
            .any(|run| run.len() > max)
    {
        return None;
    }
    let mut tokenizer = Tokenizer::new(source, Config::default());
    while let Ok(token) = tokenizer.next_token() {
        if token.kind == Kind::EndMarker {
            return None;
        }
        let text = source
            .get(token.start as usize..token.end as usize)
            .unwrap_or("");
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if token.kind == Kind::Number && digits > max && text.bytes().all(|b| is_digit(&b)) {
            let lines = Lines::new(source);
            let line = lines.line(token.start);
            return Some(SyntaxError {
                kind: SyntaxErrorKind::Syntax,
                msg: format!(
                    "Exceeds the limit ({max} digits) for integer string conversion: value has {digits} digits; use \
                     sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid \
                     decimal conversion limits."
                ),
                lineno: Some(line),
                offset: Some(0),
                end_lineno: Some(line),
                end_offset: Some(0),
                text: Some(lines.text(line, source).to_owned()),
            });
        }
    }
    None
}

fn finish(tree: Tree, scan: Prescan) -> Parsed {
    let bound = scan.longest_statement;
    let depth = if bound > DEPTH_BOUND_MAX {
        tree.expression_depth()
    } else {
        bound
    };
    Parsed {
        tree,
        warnings: scan.warnings,
        depth,
    }
}

/// ruff's tree and its first error.
fn build(source: &str, mode: Mode) -> (Tree, Option<ruff_python_parser::ParseError>) {
    if mode == Mode::FuncType {
        return function_type(source);
    }
    let ruff_mode = if mode == Mode::Eval {
        ruff_python_parser::Mode::Expression
    } else {
        ruff_python_parser::Mode::Module
    };
    let (tree, errors) = ruff(source, ruff_mode);
    let tree = match tree {
        ast::Mod::Module(module) => Tree::Module(module),
        ast::Mod::Expression(expression) => Tree::Expression(expression),
    };
    (tree, errors)
}

fn ruff(
    source: &str,
    mode: ruff_python_parser::Mode,
) -> (ast::Mod, Option<ruff_python_parser::ParseError>) {
    let options =
        ruff_python_parser::ParseOptions::from(mode).with_target_version(ast::PythonVersion::PY314);
    let parsed = ruff_python_parser::parse_unchecked(source, options);
    let unsupported = || {
        let error = parsed.unsupported_syntax_errors().first()?;
        Some(ruff_python_parser::ParseError {
            error: ruff_python_parser::ParseErrorType::OtherError(error.to_string()),
            location: error.range(),
        })
    };
    let error = parsed
        .errors()
        .iter()
        .find(|e| !is_about_meaning(&e.error))
        .or(parsed.errors().first())
        .cloned();
    let error = error.or_else(unsupported);
    (parsed.into_syntax(), error)
}

/// `(int, *str, **bool) -> None`, which the grammar has accepted. ruff has no such mode, so each type is parsed for itself.
fn function_type(source: &str) -> (Tree, Option<ruff_python_parser::ParseError>) {
    let mut tokenizer = Tokenizer::new(source, Config::default());
    let mut ranges = Vec::new();
    let mut from = None;
    let mut end = 0;
    let mut after_arrow = false;
    while let Ok(token) = tokenizer.next_token() {
        let level = tokenizer.bracket_level();
        let ends = match token.kind {
            Kind::Comma => level == 1 && !after_arrow,
            Kind::RPar => level == 0 && !after_arrow,
            Kind::EndMarker | Kind::Newline => true,
            Kind::LPar if level == 1 && from.is_none() && ranges.is_empty() => continue,
            Kind::Star | Kind::DoubleStar if from.is_none() => continue,
            Kind::RArrow if level == 0 => {
                after_arrow = true;
                from = None;
                continue;
            }
            _ => false,
        };
        if ends && let Some(from) = from.take() {
            ranges.push(TextRange::new(TextSize::new(from), TextSize::new(end)));
        }
        match token.kind {
            Kind::EndMarker | Kind::Newline => break,
            _ if ends => {}
            _ => {
                from.get_or_insert(token.start);
                end = token.end;
            }
        }
    }
    let mut types = Vec::new();
    let mut error = None;
    for range in ranges {
        match ruff_python_parser::parse_parenthesized_expression_range(source, range) {
            Ok(parsed) => types.push(parsed.into_syntax().body),
            Err(failed) => error = error.or(Some(failed)),
        }
    }
    let nothing = || Box::new(ast::Expr::NoneLiteral(ast::ExprNoneLiteral::default()));
    let returns = types.pop().unwrap_or_else(nothing);
    (
        Tree::FunctionType {
            arguments: types.into_iter().map(|e| *e).collect(),
            returns,
        },
        error,
    )
}

/// Errors of ruff's parser that CPython's does not have, and that leave the tree whole.
fn is_about_meaning(error: &ruff_python_parser::ParseErrorType) -> bool {
    use ruff_python_parser::{LexicalErrorType, ParseErrorType};
    matches!(
        error,
        ParseErrorType::Lexical(LexicalErrorType::UnicodeError)
    )
}

/// Calls `parse` with enough native stack for sources that nest this deep: for all that recurses on a tree.
///
/// # Errors
/// No stack could be had.
pub fn with_stack<R: Send>(
    nesting: usize,
    parse: impl FnOnce() -> R + Send,
) -> Result<R, Box<SyntaxError>> {
    if nesting <= NESTING_INLINE_MAX {
        return Ok(parse());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(DEEP_STACK_BYTES)
            .spawn_scoped(scope, parse);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Err(too_complex()),
        }
    })
}

fn too_complex() -> Box<SyntaxError> {
    Box::new(SyntaxError::bare(SyntaxErrorKind::Memory, TOO_COMPLEX))
}

/// Where ruff found the error, when the grammar found none.
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

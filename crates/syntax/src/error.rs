//! What the front end reports: errors and warnings, positioned as CPython's exceptions position them.

use std::fmt;

/// Which exception an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `_IncompleteInputError`: only with `Options::allow_incomplete_input`
    Incomplete,
    /// `MemoryError`: too deep for CPython's parser. Only `msg` matters.
    Memory,
    /// `RecursionError`: parsed, but too deep for what comes after. Only `msg` matters.
    Recursion,
}

impl SyntaxErrorKind {
    /// The name of the Python exception.
    pub fn exception_name(self) -> &'static str {
        match self {
            Self::Syntax => "SyntaxError",
            Self::Indentation => "IndentationError",
            Self::Tab => "TabError",
            Self::Incomplete => "_IncompleteInputError",
            Self::Memory => "MemoryError",
            Self::Recursion => "RecursionError",
        }
    }
}

/// An error of the source. Lines are 1-based, offsets 1-based and in characters. `None` is Python's `None` or "not given", but for the
/// end of an error with a start: there Python shows -1.
///
/// What the VM adds: the file name (`None` for errors of decoding), and for errors of `parse` the attribute `_metadata`, which is
/// `(0, 0, text)` with the text that was parsed (in `exec` mode ended by a newline): `traceback` finds misspelt keywords with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which exception.
    pub kind: SyntaxErrorKind,
    /// CPython's wording.
    pub msg: String,
    /// Line of the start.
    pub lineno: Option<u32>,
    /// Column of the start.
    pub offset: Option<u32>,
    /// Line of the end.
    pub end_lineno: Option<u32>,
    /// Column after the end.
    pub end_offset: Option<u32>,
    /// The line it starts on, with its `\n` if it has one.
    pub text: Option<String>,
}

impl SyntaxError {
    /// An error without a place.
    pub fn bare(kind: SyntaxErrorKind, msg: &str) -> SyntaxError {
        SyntaxError {
            kind,
            msg: msg.to_owned(),
            lineno: None,
            offset: None,
            end_lineno: None,
            end_offset: None,
            text: None,
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.exception_name(), self.msg)?;
        if let Some(line) = self.lineno {
            write!(f, " (line {line})")?;
        }
        Ok(())
    }
}

impl std::error::Error for SyntaxError {}

/// What a warning's category is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// `SyntaxWarning`
    Syntax,
    /// `DeprecationWarning`
    Deprecation,
}

/// A warning given while parsing. The VM passes it to `warnings.warn_explicit`; if that raises, the error's text is `msg` at this place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its category.
    pub kind: WarningKind,
    /// CPython's wording.
    pub msg: String,
    /// The SyntaxError's wording, when a filter turns the warning into an error.
    pub error_msg: String,
    /// The 1-based line that is reported.
    pub lineno: u32,
    /// The range `(line, offset, end line, end offset)` that a SyntaxError made of it has, 1-based in characters.
    pub range: (u32, u32, u32, u32),
}

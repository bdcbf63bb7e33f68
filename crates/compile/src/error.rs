//! What compilation reports: errors, and the warnings that go to the `warnings` module.

use mesapy_syntax::text_size::TextRange;

/// The Python exception that a failed compilation raises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    Syntax,
    Recursion,
    Overflow,
    Value,
}

/// A failed compilation: the exception's type, its text and the source range it points at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    pub kind: ErrorKind,
    pub message: String,
    pub range: TextRange,
}

impl CompileError {
    pub fn syntax(message: impl Into<String>, range: TextRange) -> CompileError {
        CompileError {
            kind: ErrorKind::Syntax,
            message: message.into(),
            range,
        }
    }
    pub fn recursion(range: TextRange) -> CompileError {
        CompileError {
            kind: ErrorKind::Recursion,
            message: "maximum recursion depth exceeded during compilation".into(),
            range,
        }
    }
    pub fn overflow(message: impl Into<String>, range: TextRange) -> CompileError {
        CompileError {
            kind: ErrorKind::Overflow,
            message: message.into(),
            range,
        }
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CompileError {}

/// A SyntaxWarning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    pub message: String,
    pub range: TextRange,
}

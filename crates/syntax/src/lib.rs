//! The source front end: bytes → text → tokens → tree, with CPython 3.14's errors. It knows nothing of the VM.
//!
//! * [`decode`] turns bytes into text (PEP 263).
//! * [`parse()`] gives ruff's tree (re-exported as [`ast`]) or one [`SyntaxError`] with CPython's wording and range. ruff only builds the
//!   tree; whether a source is accepted, and what is wrong with it, is decided by this crate.
//! * [`strings`] gives the values of string literals as WTF-8, [`lines`] turns byte offsets into lines and columns.
//!
//! Invariants: no input makes this crate panic or overflow the native stack. Offsets are bytes of the *normalised* text
//! ([`decode::from_text`]), which is what the compiler must pass to [`strings::string_value`] and [`lines::Lines`].
#![forbid(unsafe_code)]

pub mod decode;
pub mod error;
mod grammar;
pub mod lines;
pub mod parse;
mod prescan;
pub mod strings;
pub mod token;
pub mod tokenize;
pub mod tokenizer;
pub mod tree;

pub use error::{SyntaxError, SyntaxErrorKind, Warning, WarningKind};
pub use lines::Lines;
pub use parse::{Mode, Options, Parsed, long_decimal, parse, warnings_before, with_stack};
pub use ruff_python_ast as ast;
pub use ruff_text_size as text_size;
pub use strings::{interpolated_value, string_value};
pub use tree::Tree;

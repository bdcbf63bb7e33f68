//! The algorithms over text, bytes and numbers that builtin types are made of.
//!
//! Everything here is a pure function over slices: no heap, no Python objects, no I/O. That is why it can be tested
//! against answers recorded from CPython without a running interpreter.
//!
//! Invariants, which hold for every function of this crate:
//!
//! * A *string* is a `&[u8]` holding generalised UTF-8 (see [`wtf8`]): UTF-8 in which lone surrogates are three bytes
//!   too. Two surrogates that happen to form a pair stay two code points, as in Python. Functions that make strings
//!   return valid ones when given valid ones. Given bytes that aren't valid they return nonsense, and never panic.
//! * Nothing panics, recurses without bound, or takes more than near-linear time, except big-integer work, which takes a
//!   [`Step`] to be called now and then so that it can be interrupted.
//! * Positions are byte offsets unless a name says `char`.
//! * Error texts are CPython 3.14's. An error type says which Python exception to raise when that isn't evident.
#![forbid(unsafe_code)]

pub mod case;
pub mod codec;
pub mod format_spec;
pub mod hash;
pub mod number;
pub mod pad;
pub mod percent;
pub mod repr;
pub mod search;
pub mod split;
pub mod str_format;
pub mod unicode;
pub mod wtf8;

/// A long operation was told to stop (Ctrl-C, a limit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Called by long operations at least every few milliseconds of work.
pub type Step<'a> = &'a mut dyn FnMut() -> Result<(), Interrupted>;

/// A [`Step`] that never interrupts.
pub fn no_step() -> Result<(), Interrupted> {
    Ok(())
}

/// Which exception a failed operation of this crate becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    ValueError,
    TypeError,
    OverflowError,
    IndexError,
    KeyError,
    ZeroDivisionError,
    MemoryError,
    /// Not an error of the program: the [`Step`] asked to stop, and holds the reason.
    Interrupted,
}

/// A failed operation: the exception's type and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    pub kind: ErrorKind,
    /// WTF-8, since messages quote strings of the program.
    pub message: Vec<u8>,
}

impl TextError {
    pub fn new(kind: ErrorKind, message: impl Into<Vec<u8>>) -> Self {
        TextError {
            kind,
            message: message.into(),
        }
    }
    pub fn value(message: impl Into<Vec<u8>>) -> Self {
        Self::new(ErrorKind::ValueError, message)
    }
    pub fn type_error(message: impl Into<Vec<u8>>) -> Self {
        Self::new(ErrorKind::TypeError, message)
    }
    pub fn overflow(message: impl Into<Vec<u8>>) -> Self {
        Self::new(ErrorKind::OverflowError, message)
    }
    pub fn memory() -> Self {
        Self::new(ErrorKind::MemoryError, Vec::new())
    }
}

impl From<Interrupted> for TextError {
    fn from(_: Interrupted) -> Self {
        Self::new(ErrorKind::Interrupted, Vec::new())
    }
}

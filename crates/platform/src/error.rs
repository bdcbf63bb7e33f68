//! The error of every platform call: an error number, and nothing else.
//!
//! Python programs compare `errno` values, so the number is kept as the kernel gave it. `EINTR` is not hidden: whether a call is tried
//! again (PEP 475) is decided by whoever can run signal handlers in between, and that is the VM.

use crate::errno;
use std::fmt;

/// Result of a platform call.
pub type OsResult<T> = Result<T, OsError>;

/// A failed platform call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OsError {
    /// The number, as in Python's `errno` module.
    pub errno: i32,
}

impl OsError {
    /// What every call answers where the outside world is denied.
    pub const DENIED: OsError = OsError::new(libc::EPERM);

    /// An error of that number.
    pub const fn new(errno: i32) -> OsError {
        OsError { errno }
    }

    /// True if a signal arrived before anything was done.
    pub fn interrupted(self) -> bool {
        self.errno == libc::EINTR
    }

    /// The text Python shows for it.
    pub fn message(self) -> String {
        errno::strerror(self.errno)
    }
}

impl fmt::Display for OsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[Errno {}] {}", self.errno, self.message())
    }
}

impl std::error::Error for OsError {}

impl From<rustix::io::Errno> for OsError {
    fn from(error: rustix::io::Errno) -> OsError {
        OsError::new(error.raw_os_error())
    }
}

impl From<std::io::Error> for OsError {
    fn from(error: std::io::Error) -> OsError {
        OsError::new(error.raw_os_error().unwrap_or(libc::EIO))
    }
}

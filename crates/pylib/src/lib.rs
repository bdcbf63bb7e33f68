//! pylib
#![forbid(unsafe_code)]

//! compile
#![forbid(unsafe_code)]

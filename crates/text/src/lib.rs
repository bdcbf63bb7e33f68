//! text
#![forbid(unsafe_code)]

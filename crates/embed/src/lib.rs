//! embed
#![forbid(unsafe_code)]

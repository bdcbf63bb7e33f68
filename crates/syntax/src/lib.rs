//! syntax
#![forbid(unsafe_code)]

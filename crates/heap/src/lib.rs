//! heap
#![forbid(unsafe_code)]

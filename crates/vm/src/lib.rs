//! vm
#![forbid(unsafe_code)]

//! Numbers: parsing, printing, rounding, and integers of any size.

pub mod bigint;

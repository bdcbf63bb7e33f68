//! PyGuard: finds memory-safety bugs in the C code of Python virtual machines and extension modules, without building it.
//!
//! The way through: [`scan`] lists the files, the front end reads each, the analysis runs over each function's control-flow graph with the facts of the
//! knowledge base ([`kb`]), the [`rules`] turn what it sees into [`finding::Finding`]s, and `report` prints them.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod arbitrate;
pub mod audit;
pub mod baseline;
pub mod cfg;
pub mod cli;
pub mod compile_commands;
pub mod diff;
pub mod discover;
pub mod eval;
pub mod explain;
pub mod finding;
pub mod fix;
pub mod front;
pub mod generated;
pub mod identity;
pub mod kb;
pub mod progress;
pub mod record;
pub mod repair;
pub mod report;
pub mod rules;
pub mod scan;
pub mod source;
pub mod sources;
pub mod suppress;

//! The analysis: path-sensitive abstract interpretation of each function, with what its callees are known to do.
//!
//! [`state`] is what is known on a path, [`engine`] walks the graph, [`eval`] and [`call`] are the transfer functions, [`exit`] and [`summary`] turn the
//! ends of paths into what callers see, and [`program`] runs all functions in the order of the call graph. The rules are asked at the places that
//! concern them: a pointer is followed, a call is made, a reference dropped, a path ends.

pub mod call;
pub mod engine;
pub mod eval;
pub mod exit;
pub mod format;
pub mod model;
pub mod program;
pub mod report;
pub mod state;
pub mod summary;
pub mod types;

//! The diagnosis of syntax errors: CPython's parser, as far as its errors depend on how it parses.
//!
//! ruff's parser recovers from errors and words them its own way. CPython's wording, and which of several errors is reported, follow
//! from ordered choice over a grammar, in two passes: the first finds that the source is wrong and how far the tokenizer came, the
//! second has extra rules for what people get wrong. So this module has that grammar as data (`rules.txt`), a small
//! packrat interpreter for it (`engine.rs`), and the messages (`report.rs`). It builds no tree, only spans. It runs when ruff or the
//! tokenizer found something wrong, so its speed does not matter to sources that are right.

mod engine;
mod report;
mod rules;

pub(crate) use engine::is_flufl;
pub use engine::{Verdict, diagnose};
pub(crate) use report::{code_error, literal_parts};

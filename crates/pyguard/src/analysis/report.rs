//! What a check found, before it becomes a finding of a file.

use crate::finding::Tier;
use crate::rules::Rule;

pub struct Report {
    pub rule: &'static Rule,
    pub subtype: &'static str,
    pub tier: Tier,
    pub pos: u32,
    /// The call that it all comes from, if there is one.
    pub root: u32,
    pub message: String,
    /// Offsets with what happens there, in the order of execution.
    pub path: Vec<(u32, String)>,
}

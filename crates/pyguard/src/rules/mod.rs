//! The rules, a file each, in one table. What a row says is also the rule's page in the documentation and what `pyguard explain` prints.

use crate::finding::{Category, Finding, Tier};
use crate::front::ast::Unit;
use crate::kb::Kb;
use crate::source::SourceFile;

/// A kind of defect that is looked for.
pub struct Rule {
    /// Short, kebab-case: what suppressions and baselines name.
    pub id: &'static str,
    /// A title of a few words.
    pub name: &'static str,
    pub category: Category,
    pub cwe: u32,
    /// The tier of a finding that nothing makes more or less likely.
    pub tier: Tier,
    /// The words of the label files that it covers; the first is a finding's default.
    pub subtypes: &'static [&'static str],
    /// One sentence: what it reports.
    pub summary: &'static str,
    /// Why that is bad, and when it is not reported.
    pub why: &'static str,
    /// C code with the bug.
    pub example_bad: &'static str,
    /// The same without it.
    pub example_good: &'static str,
    /// How to repair it.
    pub fix: &'static str,
    /// For a rule that needs no more than the syntax of a file. What follows values and paths is reported by the analysis under the rule's id.
    pub check: Option<Check>,
}

/// Looks at a file and adds findings.
pub type Check = fn(&FileContext<'_>, &mut Vec<Finding>);

/// What a rule of syntax sees.
pub struct FileContext<'a> {
    pub source: &'a SourceFile,
    pub unit: &'a Unit,
    pub kb: &'a Kb,
}

/// Every rule, in the order of the documentation.
pub const ALL: &[&Rule] = &[];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

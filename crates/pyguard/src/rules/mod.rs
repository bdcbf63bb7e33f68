//! The rules, a file each, in one table. What a row says is also the rule's page in the documentation and what `pyguard explain` prints.

pub mod borrowed_across_call;
pub mod error_return;
pub mod exception_pending;
pub mod float_to_int;
pub mod format_arguments;
pub mod format_string;
pub mod gil;
mod lengths;
pub mod memory_leak;
pub mod missing_type_check;
pub mod over_release;
pub mod parse_unit;
pub mod reference_leak;
pub mod reinit_leak;
pub mod size_arithmetic;
pub mod swallowed_exception;
pub mod syntax;
pub mod traverse;
pub mod truncated_size;
pub mod unchecked_null;
pub mod unchecked_result;
pub mod unchecked_unit;
pub mod uninitialised_field;
pub mod use_after_release;
pub mod user;
pub mod wrong_allocator;
pub mod wrong_variable;

use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::exit::Returned;
use crate::analysis::model::Model;
use crate::analysis::state::{State, Val};
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
pub static ALL: &[&Rule] = &[
    &unchecked_null::RULE,
    &wrong_variable::RULE,
    &unchecked_result::RULE,
    &missing_type_check::RULE,
    &uninitialised_field::RULE,
    &exception_pending::RULE,
    &error_return::NULL_WITHOUT_EXCEPTION,
    &error_return::SUCCESS_WITH_EXCEPTION,
    &swallowed_exception::RULE,
    &reference_leak::RULE,
    &reinit_leak::RULE,
    &over_release::RULE,
    &use_after_release::OBJECT,
    &borrowed_across_call::RULE,
    &memory_leak::MEMORY,
    &memory_leak::BUFFER,
    &use_after_release::MEMORY,
    &wrong_allocator::RULE,
    &gil::RULE,
    &format_string::OVERFLOW,
    &format_string::LITERAL,
    &format_arguments::RULE,
    &parse_unit::RULE,
    &unchecked_unit::RULE,
    &traverse::RULE,
    &size_arithmetic::ALLOCATION,
    &size_arithmetic::SIGNED,
    &float_to_int::RULE,
    &truncated_size::RULE,
];

/// Asks every rule that looks at calls, before the call has its effects.
pub fn on_call(engine: &mut Engine, state: &mut State, call: &Call, model: &Model) {
    for index in 0..call.values.len() {
        if let Val::Sym(id) = call.values[index] {
            use_after_release::on_use(engine, state, id, call.pos, call.name);
        }
    }
    exception_pending::on_call(engine, state, call, model);
    borrowed_across_call::on_call(engine, state, call, model);
    swallowed_exception::on_call(engine, state, call);
    size_arithmetic::on_call(engine, state, call, model);
    format_string::on_call(engine, state, call);
    missing_type_check::on_call(engine, state, call);
    gil::on_call(engine, state, call, model);
}

/// Asks every rule that looks at the ends of paths.
pub fn on_exit(
    engine: &mut Engine,
    state: &State,
    val: Val,
    returned: Returned,
    _maybe_null: bool,
    pos: u32,
) {
    unchecked_result::on_exit(engine, state, val, returned, pos);
    error_return::on_exit(engine, state, val, returned, pos);
    reference_leak::on_exit(engine, state, val, returned, pos);
    memory_leak::on_exit(engine, state, val, returned, pos);
}

/// Asks every rule that looks at all paths together.
pub fn on_end(engine: &mut Engine) {
    over_release::on_end(engine);
    unchecked_result::on_end(engine);
    reference_leak::on_end(engine);
    memory_leak::on_end(engine);
}

/// A key for findings that are told once per function and name.
pub fn key_of(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

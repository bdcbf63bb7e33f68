//! A block goes back to another allocator than it came from.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::kb::Family;

pub static RULE: Rule = Rule {
    id: "wrong-allocator",
    name: "Freed by the wrong family",
    category: Category::MemoryManagement,
    cwe: 762,
    tier: Tier::High,
    subtypes: &["wrong-allocator"],
    summary: "A block is freed by a function of another family than the one that allocated it.",
    why: "`malloc`, `PyMem_RawMalloc`, `PyMem_Malloc` and `PyObject_Malloc` manage different heaps; mixing them corrupts one, or aborts under the debug allocator.",
    example_bad: "char *p = PyMem_Malloc(10);\nfree(p);",
    example_good: "char *p = PyMem_Malloc(10);\nPyMem_Free(p);",
    fix: "Use the free function of the same family.",
    check: None,
};

pub fn report(
    engine: &mut Engine,
    state: &State,
    id: SymId,
    call: &Call,
    from: Family,
    to: Family,
) {
    let sym = *state.sym(id);
    if sym.origin.how != How::New || matches!((from, to), (Family::Gc, Family::Object)) {
        return;
    }
    let message = format!(
        "{} comes from {}() and is freed by {}(), of another family",
        engine.name_of(&sym),
        sym.origin.name,
        call.name
    );
    engine.report(
        state,
        &RULE,
        "wrong-allocator",
        Tier::High,
        sym.origin.pos,
        call.pos,
        message,
    );
}

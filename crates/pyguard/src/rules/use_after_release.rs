//! What was released is used.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static OBJECT: Rule = Rule {
    id: "use-after-decref",
    name: "Use after the last reference was dropped",
    category: Category::MemoryManagement,
    cwe: 416,
    tier: Tier::Medium,
    subtypes: &["use-after-decref"],
    summary: "An object is used, or returned, after the function dropped the only reference it had to it.",
    why: "Whether the object still lives then depends on others: a container that Python code can change, another thread. Where nobody else holds it, it is freed at once.",
    example_bad: "PyObject_SetItem(modules, name, mod);\nPy_DECREF(mod);\nreturn mod;",
    example_good: "PyObject_SetItem(modules, name, mod);\nreturn mod;",
    fix: "Drop the reference after the last use.",
    check: None,
};

pub static MEMORY: Rule = Rule {
    id: "use-after-free",
    name: "Use or second release of freed memory",
    category: Category::MemoryManagement,
    cwe: 416,
    tier: Tier::High,
    subtypes: &["use-after-free", "double-free"],
    summary: "A block of memory is used, or freed again, after it was freed on the path.",
    why: "The allocator hands the block to the next who asks; what is written there by the one is read by the other.",
    example_bad: "PyMem_Free(buffer);\nbuffer[0] = 0;",
    example_good: "buffer[0] = 0;\nPyMem_Free(buffer);",
    fix: "Free the block last, and set pointers that outlive it to NULL.",
    check: None,
};

pub fn on_use(engine: &mut Engine, state: &mut State, id: SymId, pos: u32, callee: &str) {
    let sym = *state.sym(id);
    // A macro that gets and drops in one place means to.
    if sym.released == 0 || sym.escaped || sym.released == sym.origin.pos {
        return;
    }
    let name = engine.name_of(&sym);
    let line = engine.line(sym.released);
    if matches!(sym.kind, Kind::Object) {
        let tier = if sym.origin.how == How::Borrowed {
            Tier::Low
        } else {
            Tier::Medium
        };
        let message = format!("{name} is used after its reference was dropped on line {line}");
        engine.report(
            state,
            &OBJECT,
            "use-after-decref",
            tier,
            sym.origin.pos,
            pos,
            message,
        );
    } else if callee.is_empty() || matches!(sym.kind, Kind::Memory(_)) {
        let tier = if matches!(sym.kind, Kind::Memory(_)) {
            Tier::High
        } else {
            Tier::Medium
        };
        let message = format!("{name} is used after it was freed on line {line}");
        engine.report(
            state,
            &MEMORY,
            "use-after-free",
            tier,
            sym.origin.pos,
            pos,
            message,
        );
    }
}

pub fn on_free(engine: &mut Engine, state: &mut State, id: SymId, call: &Call) {
    let sym = *state.sym(id);
    let message = format!(
        "{} is freed again by {}(); it was freed on line {}",
        engine.name_of(&sym),
        call.name,
        engine.line(sym.released)
    );
    engine.report(
        state,
        &MEMORY,
        "double-free",
        Tier::High,
        sym.origin.pos,
        call.pos,
        message,
    );
}

pub fn on_return(engine: &mut Engine, state: &mut State, id: SymId, pos: u32) {
    let sym = *state.sym(id);
    if sym.released == 0
        || sym.escaped
        || sym.null == Null::Yes
        || !engine.function.result.is_pointer()
    {
        return;
    }
    let message = format!(
        "{} is returned after its reference was dropped on line {}",
        engine.name_of(&sym),
        engine.line(sym.released)
    );
    let rule = if sym.kind == Kind::Object {
        &OBJECT
    } else {
        &MEMORY
    };
    let subtype = if sym.kind == Kind::Object {
        "use-after-decref"
    } else {
        "use-after-free"
    };
    engine.report(
        state,
        rule,
        subtype,
        Tier::Medium,
        sym.origin.pos,
        pos,
        message,
    );
}

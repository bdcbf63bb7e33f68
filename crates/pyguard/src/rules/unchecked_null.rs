//! The result of a call that may be NULL is used without a test.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::front::ast::ExprId;
use crate::kb::{Failure, Sets};

pub static RULE: Rule = Rule {
    id: "unchecked-null",
    name: "Unchecked NULL result",
    category: Category::InsufficientErrorCheck,
    cwe: 476,
    tier: Tier::High,
    subtypes: &["unchecked-null", "wrong-variable-check"],
    summary: "The result of a call that may fail is followed, or passed on to what follows it, before it is tested for NULL.",
    why: "Memory runs out, attributes are missing, and Python code raises: each call that can give NULL once does. Following it crashes the interpreter. Not reported when the path tests the value first, also through another variable that holds it.",
    example_bad: "PyObject *list = PyList_New(0);\nPyList_Append(list, item);",
    example_good: "PyObject *list = PyList_New(0);\nif (list == NULL)\n    return NULL;\nif (PyList_Append(list, item) < 0) { Py_DECREF(list); return NULL; }",
    fix: "Test the result at once, release what was obtained before, and return the error.",
    check: None,
};

pub fn on_dereference(engine: &mut Engine, state: &mut State, id: SymId, _expr: ExprId, pos: u32) {
    let sym = *state.sym(id);
    if sym.fails != Failure::Null || sym.null == Null::No {
        return;
    }
    if sym.null == Null::Yes {
        // The path knows it: either it cannot happen, or the test was forgotten in the cleanup.
        let message = format!(
            "{} is NULL on this path, since {}() failed, and is followed",
            engine.name_of(&sym),
            sym.origin.name
        );
        engine.report(
            state,
            &RULE,
            "unchecked-null",
            Tier::Medium,
            sym.origin.pos,
            pos,
            message,
        );
        return;
    }
    let message = format!(
        "{} may be NULL when {}() fails (line {}), and is followed without a test",
        engine.name_of(&sym),
        sym.origin.name,
        engine.line(sym.origin.pos)
    );
    let tier = tier_of(engine, &sym);
    engine.report(
        state,
        &RULE,
        "unchecked-null",
        tier,
        sym.origin.pos,
        pos,
        message,
    );
}

pub fn on_argument(engine: &mut Engine, state: &mut State, id: SymId, call: &Call, index: usize) {
    let sym = *state.sym(id);
    if sym.fails != Failure::Null || sym.null != Null::Maybe || call.name.starts_with("PyErr_") {
        return;
    }
    let message = format!(
        "{} may be NULL when {}() fails (line {}), and is passed to {}(), argument {}, without a test",
        engine.name_of(&sym),
        sym.origin.name,
        engine.line(sym.origin.pos),
        call.name,
        index + 1
    );
    let tier = tier_of(engine, &sym);
    engine.report(
        state,
        &RULE,
        "unchecked-null",
        tier,
        sym.origin.pos,
        call.pos,
        message,
    );
}

/// The knowledge base is surer than what a body showed.
fn tier_of(engine: &Engine, sym: &Sym) -> Tier {
    match engine.model(sym.origin.name) {
        Some(model) if model.is_api && sym.origin.how == How::New => Tier::High,
        _ if matches!(
            sym.origin.name,
            "PyList_GetItem"
                | "PyTuple_GetItem"
                | "PyModule_GetState"
                | "PyModule_GetDict"
                | "PyBytes_AsString"
                | "PyUnicode_AsUTF8"
                | "PyWeakref_GetObject"
                | "PyType_GetModule"
                | "PyType_GetModuleState"
        ) =>
        {
            Tier::Low
        }
        Some(model) if model.is_api && sym.sets == Sets::Always => Tier::Medium,
        // A body that gives new objects, and whose every failure raises.
        Some(_)
            if sym.origin.how == How::New
                && sym.kind == Kind::Object
                && sym.sets == Sets::Always =>
        {
            Tier::Medium
        }
        Some(model) if model.is_api && matches!(sym.kind, Kind::Memory(_)) => Tier::High,
        _ => Tier::Low,
    }
}

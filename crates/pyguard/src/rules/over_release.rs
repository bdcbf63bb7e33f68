//! A reference is dropped that the function does not own.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static RULE: Rule = Rule {
    id: "over-release",
    name: "Reference dropped twice",
    category: Category::MemoryManagement,
    cwe: 415,
    tier: Tier::Medium,
    subtypes: &["over-decref"],
    summary: "A reference is released that was released or given away before on the path, or that was only borrowed.",
    why: "The object is freed while others still point to it: a use after free, exploitable where Python code can fill the hole. Functions that take over a parameter's reference on every path are understood; doing so on some paths only is reported.",
    example_bad: "PyObject *item = PyList_GetItem(list, 0);\nPy_DECREF(item);",
    example_good: "PyObject *item = PyList_GetItem(list, 0);\nPy_INCREF(item);\nuse(item);\nPy_DECREF(item);",
    fix: "Drop only references that were obtained; take one first where it was borrowed.",
    check: None,
};

pub fn on_drop(engine: &mut Engine, state: &State, id: SymId, call: &Call) {
    let sym = *state.sym(id);
    if sym.owned > 0 || sym.escaped {
        return;
    }
    let name = engine.name_of(&sym);
    let (message, tier) = match sym.origin.how {
        How::New | How::Out if sym.released != 0 => (
            format!(
                "{name} is released again; it was released on line {}",
                engine.line(sym.released)
            ),
            Tier::High,
        ),
        How::New if sym.shared && sym.stores == 0 => (
            format!("{name} is released although its reference was given away before"),
            Tier::Medium,
        ),
        How::Borrowed
            if sym.stores == 0
                && sym.kind == Kind::Object
                && !sym.origin.name.contains("GET")
                && sym.origin.name != "Py_TYPE" =>
        {
            let is_api = engine
                .model(sym.origin.name)
                .is_some_and(|model| model.is_api);
            (
                format!("{name} is released, but {}() only lent it", sym.origin.name),
                if is_api { Tier::Medium } else { Tier::Low },
            )
        }
        _ => return,
    };
    engine.report(
        state,
        &RULE,
        "over-decref",
        tier,
        sym.origin.pos,
        call.pos,
        message,
    );
}

pub fn on_steal(engine: &mut Engine, state: &State, id: SymId, call: &Call) {
    let sym = *state.sym(id);
    if sym.escaped || sym.stores > 0 || sym.origin.how != How::Borrowed || sym.kind != Kind::Object
    {
        return;
    }
    // The count may follow the call.
    let message = format!(
        "{}() takes a reference to {}, which {}() only lent",
        call.name,
        engine.name_of(&sym),
        sym.origin.name
    );
    engine.report(
        state,
        &RULE,
        "over-decref",
        Tier::Low,
        sym.origin.pos,
        call.pos,
        message,
    );
}

/// A parameter that some successful paths release and others don't.
pub fn on_end(engine: &mut Engine) {
    let params = engine.function.params;
    for index in 0..params {
        if !engine.facts.params_dropped.contains(&(index as u32))
            || !engine.function.vars[index].ty.is_object()
        {
            continue;
        }
        let mut dropped = false;
        let mut kept = false;
        let mut odd = false;
        for exit in &engine.exits {
            let Some(effect) = exit.params.get(index).copied().flatten() else {
                continue;
            };
            if effect.is_null || matches!(exit.error, Indicator::Set(_)) {
                continue;
            }
            odd |= effect.escaped || effect.stores > 0;
            dropped |= effect.owned < 0;
            kept |= effect.owned >= 0;
        }
        if dropped && kept && !odd && !crate::analysis::engine::is_destructor(engine.function.name)
        {
            let var = engine.function.vars[index];
            let state = State::new(0);
            let message = format!(
                "the parameter `{}` is released on some paths and not on others: the caller cannot know",
                var.name
            );
            engine.report(
                &state,
                &RULE,
                "over-decref",
                Tier::Medium,
                var.pos,
                engine.function.pos,
                message,
            );
        }
    }
}

//! A borrowed reference is used after Python code may have dropped the object.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::model::{ArgUse, Model};
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::kb::Use;

pub static RULE: Rule = Rule {
    id: "borrowed-across-call",
    name: "Borrowed reference across a call into Python",
    category: Category::MemoryManagement,
    cwe: 416,
    tier: Tier::Medium,
    subtypes: &["borrowed-ref"],
    summary: "A reference borrowed from a container that can change is used after, or handed to, a call that may run Python code.",
    why: "The code that runs (a comparison, a finalizer, a callback) can remove the object from its container; it is freed, and the borrowed pointer dangles. Not reported for what is borrowed from tuples, and from containers that only this function knows.",
    example_bad: "item = PyList_GET_ITEM(list, i);\ncmp = PyObject_RichCompareBool(item, value, Py_EQ);",
    example_good: "item = PyList_GET_ITEM(list, i);\nPy_INCREF(item);\ncmp = PyObject_RichCompareBool(item, value, Py_EQ);\nPy_DECREF(item);",
    fix: "Take a reference for as long as the object is used.",
    check: None,
};

pub fn on_call(engine: &mut Engine, state: &mut State, call: &Call, model: &Model) {
    for (index, val) in call.values.iter().enumerate() {
        let Val::Sym(id) = *val else { continue };
        let sym = *state.sym(id);
        if sym.owned > 0
            || sym.stores > 0
            || sym.escaped
            || sym.null == Null::Yes
            || !(sym.volatile || sym.stale != 0)
        {
            continue;
        }
        if sym.origin.how == How::Borrowed
            && sym.stale == 0
            // Public functions rely on their caller's references, as documented.
            && !call.name.starts_with("Py")
            && engine
                .program
                .own_summary(engine.file, call.name, engine.function.variant)
                .is_some_and(|own| own.uses_after.get(index) == Some(&true))
        {
            let message = format!(
                "{} is borrowed, and {}() uses it after running Python code",
                engine.name_of(&sym),
                call.name
            );
            let tier = if engine
                .model(sym.origin.name)
                .is_some_and(|model| model.is_api)
            {
                Tier::Medium
            } else {
                Tier::Low
            };
            engine.report(
                state,
                &RULE,
                "borrowed-ref",
                tier,
                sym.origin.pos,
                call.pos,
                message,
            );
            continue;
        }
        let uses =
            !matches!(model.arg(index).how, ArgUse::Kb(Use::Value | Use::Size)) || !model.is_api;
        if sym.stale != 0 && uses {
            used(engine, state, id, call.pos);
        } else if call.name.starts_with("PyObject_RichCompare") && sym.kind != Kind::Int {
            compared(engine, state, id, call);
        }
    }
}

/// A stale reference is followed.
pub fn used(engine: &mut Engine, state: &mut State, id: SymId, pos: u32) {
    let sym = *state.sym(id);
    if sym.stale == 0 || sym.owned > 0 || sym.null == Null::Yes {
        return;
    }
    if sym.origin.how == How::Param {
        // The caller may have borrowed it.
        if let Some(var) = sym.var {
            engine.facts.used_after_python.insert(var.0);
        }
        return;
    }
    let message = format!(
        "{} is borrowed, and is used after Python code may have run on line {}",
        engine.name_of(&sym),
        engine.line(sym.stale)
    );
    let tier = match sym.origin.how {
        How::Borrowed
            if engine
                .model(sym.origin.name)
                .is_some_and(|model| model.is_api) =>
        {
            Tier::Medium
        }
        _ => Tier::Low,
    };
    engine.report(
        state,
        &RULE,
        "borrowed-ref",
        tier,
        sym.origin.pos,
        pos,
        message,
    );
}

/// Tuples don't change.
fn is_tuple(engine: &Engine, call: &Call) -> bool {
    engine.function.name.contains("tuple")
        || call.arguments.iter().any(|argument| {
            engine
                .show(*argument)
                .to_ascii_lowercase()
                .contains("tuple")
        })
}

fn compared(engine: &mut Engine, state: &mut State, id: SymId, call: &Call) {
    let sym = *state.sym(id);
    let from_container = match sym.origin.how {
        How::Element => true,
        How::Borrowed => true,
        How::Field => sym.origin.name.starts_with('['),
        _ => false,
    };
    if !from_container {
        return;
    }
    // Elements of plain C arrays have other owners: only what hangs on an object counts.
    let in_object = sym
        .from
        .is_some_and(|from| matches!(state.sym(from).origin.how, How::Field));
    if sym.origin.how != How::Borrowed && !in_object {
        return;
    }
    // A container of its own is safe.
    if sym.from.is_some_and(|from| {
        let from = state.sym(from);
        from.origin.how == How::New && from.stores == 0 && !from.escaped
    }) {
        return;
    }
    if is_tuple(engine, call) {
        return;
    }
    let message = format!(
        "{} is borrowed from a container that the comparison can change",
        engine.name_of(&sym)
    );
    engine.report(
        state,
        &RULE,
        "borrowed-ref",
        Tier::Medium,
        call.pos,
        call.pos,
        message,
    );
}

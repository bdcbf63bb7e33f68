//! A call that may raise is made while an exception is, or may be, set already.

use super::{Rule, unchecked_result};
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::model::Model;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::kb::{Effect, Failure, ResultKind, Sets};

pub static RULE: Rule = Rule {
    id: "exception-pending",
    name: "Call with an exception set",
    category: Category::ExceptionHandling,
    cwe: 755,
    tier: Tier::Medium,
    subtypes: &["call-with-exception-set"],
    summary: "A call that may raise or run Python code is made before the result of an earlier one was tested, or on a path where an exception is set.",
    why: "Python code that runs with an exception set sees it as its own; the interpreter's debug build aborts, and the release build loses one of the two exceptions or reports a SystemError. Not reported for calls that are safe then (`PyErr_*`, releasing references), and for callees that handle errors themselves.",
    example_bad: "a = PyLong_FromLong(1);\nb = PyLong_FromLong(2);\nif (a == NULL || b == NULL) goto error;",
    example_good: "a = PyLong_FromLong(1);\nif (a == NULL) goto error;\nb = PyLong_FromLong(2);\nif (b == NULL) goto error;",
    fix: "Test each result before the next call.",
    check: None,
};

/// Calls that fail only for a wrong type or index, which the caller usually knows.
pub fn may_be_trusted(name: &str) -> bool {
    matches!(
        name,
        "PyList_GetItem"
            | "PyTuple_GetItem"
            | "PyBytes_AsString"
            | "PyBytes_Size"
            | "PyTuple_Size"
            | "PyList_Size"
            | "PyDict_Size"
            | "PyModule_GetState"
            | "PyModule_GetDict"
            | "PyUnicode_AsUTF8"
            | "PyUnicode_GetLength"
            | "PyLong_AS_LONG"
            | "_PyUnicode_FromId"
            | "PyCapsule_GetPointer"
            | "PyType_GetModule"
            | "PyUnicode_Compare"
            | "PySequence_Length"
            | "PySequence_Size"
            | "PyObject_Size"
            | "PyLong_AsUnsignedLongMask"
            | "PyComplex_ImagAsDouble"
            | "PyComplex_RealAsDouble"
            | "PyFloat_AsDouble"
    )
}

/// Initialisation that fails ends the program: nobody sees which exception it was.
pub fn is_init(engine: &Engine) -> bool {
    let name = engine.function.name;
    name.starts_with("PyInit")
        || name.starts_with("init_")
        || name.contains("_Init")
        || name.contains("_exec")
        || name.ends_with("_Init")
        || name.starts_with("test_")
}

pub fn on_call(engine: &mut Engine, state: &mut State, call: &Call, model: &Model) {
    let sets = model.has(Effect::SetsException) || model.fails == Failure::Always;
    let harmless = model.has(Effect::ClearsException)
        || model.has(Effect::TestsException)
        || model.has(Effect::KeepsException)
        || model.result == ResultKind::Void && !sets;
    if harmless && !sets {
        return;
    }
    let touchy = sets || model.raises() && model.sets == Sets::Always || model.runs_python;
    if !touchy {
        return;
    }
    let pending: Vec<SymId> = state.pending().collect();
    for id in pending {
        let sym = *state.sym(id);
        if sym.sets != Sets::Always {
            continue;
        }
        if unchecked_result::on_next_call(engine, state, id, call, sets) {
            state.sym_mut(id).pending = false;
            continue;
        }
        if sets {
            continue;
        }
        let rejected = call
            .values
            .iter()
            .position(|val| *val == Val::Sym(id))
            .is_some_and(|index| model.rejects_null.get(index) == Some(&true));
        if rejected {
            continue;
        }
        // Some accept NULL from a call that failed, and fail themselves.
        if call.values.contains(&Val::Sym(id))
            && (call.name.contains("BuildValue")
                || call.name.starts_with("PyModule_AddObject")
                || call.name.contains("SET_ITEM"))
        {
            continue;
        }
        let message = format!(
            "{}() is called before the result of {}() (line {}) is tested: an exception may be set",
            call.name,
            sym.origin.name,
            engine.line(sym.origin.pos)
        );
        let known = !may_be_trusted(sym.origin.name)
            && engine
                .model(sym.origin.name)
                .is_none_or(|first| first.is_api || first.fails != Failure::Ambiguous);
        // A body that gives an object, after another that gives a pointer.
        let gives_object = engine
            .program
            .result_type(engine.file, call.name)
            .is_some_and(|ty| ty.is_object());
        let objects = gives_object && model.fails == Failure::Null && sym.fails == Failure::Null;
        // Arguments of one call: an idiom, with the outer call as the test.
        let known = known && sym.fails != Failure::Ambiguous && id.0 < engine.statement_start;
        let tier = if known && (model.is_api || objects) && !is_init(engine) {
            Tier::Medium
        } else {
            Tier::Low
        };
        let before = engine.reports.len();
        engine.report(
            state,
            &RULE,
            "call-with-exception-set",
            tier,
            0,
            call.pos,
            message,
        );
        if let Some(report) = engine.reports.get_mut(before) {
            report.root = sym.origin.pos;
        }
        state.sym_mut(id).pending = false;
    }
    if let (Indicator::Set(at), false) = (state.error, sets) {
        if at != 0
            && model.is_api
            && (model.runs_python || matches!(model.result, ResultKind::New))
            && !crate::analysis::engine::is_destructor(engine.function.name)
        {
            let message = format!(
                "{}() is called with an exception set (since line {})",
                call.name,
                engine.line(at)
            );
            let tier = Tier::Low;
            engine.report(
                state,
                &RULE,
                "call-with-exception-set",
                tier,
                0,
                call.pos,
                message,
            );
        }
    }
}

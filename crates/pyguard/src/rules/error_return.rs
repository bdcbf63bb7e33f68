//! The result says one thing and the error indicator another.

use super::Rule;
use crate::analysis::engine::Engine;
use crate::analysis::exit::Returned;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static NULL_WITHOUT_EXCEPTION: Rule = Rule {
    id: "null-without-exception",
    name: "Failure without an exception",
    category: Category::ExceptionHandling,
    cwe: 703,
    tier: Tier::Medium,
    subtypes: &["return-without-exception"],
    summary: "A function that Python calls returns NULL although no exception was set on the path.",
    why: "The interpreter raises `SystemError: returned NULL without setting an exception`, and the real reason is lost. Only reported for methods and slots, whose contract is known, and where every call on the path is known.",
    example_bad: "if (n < 0)\n    return NULL;",
    example_good: "if (n < 0) {\n    PyErr_SetString(PyExc_ValueError, \"negative\");\n    return NULL;\n}",
    fix: "Set an exception before returning.",
    check: None,
};

pub static SUCCESS_WITH_EXCEPTION: Rule = Rule {
    id: "success-with-exception",
    name: "Success with an exception set",
    category: Category::ExceptionHandling,
    cwe: 703,
    tier: Tier::Medium,
    subtypes: &["exception-and-success"],
    summary: "A function that Python calls returns a result on a path that set an exception and did not clear it.",
    why: "The interpreter raises `SystemError: returned a result with an exception set`, or the exception surfaces in unrelated code.",
    example_bad: "if (value == NULL)\n    PyErr_SetString(PyExc_TypeError, \"no value\");\nPy_RETURN_NONE;",
    example_good: "if (value == NULL) {\n    PyErr_SetString(PyExc_TypeError, \"no value\");\n    return NULL;\n}\nPy_RETURN_NONE;",
    fix: "Return NULL, or clear the exception.",
    check: None,
};

pub fn on_exit(engine: &mut Engine, state: &State, val: Val, returned: Returned, pos: u32) {
    if !engine.is_entry {
        return;
    }
    match returned {
        Returned::Null if state.error == Indicator::Clear && engine.function.result.is_object() => {
            if state.pending().next().is_some() || engine.function.name.contains("next") {
                return;
            }
            engine.report(
                state,
                &NULL_WITHOUT_EXCEPTION,
                "return-without-exception",
                Tier::Low,
                pos,
                pos,
                "returns NULL without an exception on this path".to_string(),
            );
        }
        Returned::New | Returned::Borrowed { .. } => {
            if let Indicator::Set(at) = state.error {
                if at != 0 && !matches!(val, Val::Sym(id) if state.sym(id).null == Null::Maybe) {
                    let message = format!(
                        "returns a result although an exception was set on this path (line {})",
                        engine.line(at)
                    );
                    engine.report(
                        state,
                        &SUCCESS_WITH_EXCEPTION,
                        "exception-and-success",
                        Tier::Low,
                        pos,
                        pos,
                        message,
                    );
                }
            }
        }
        _ => {}
    }
}

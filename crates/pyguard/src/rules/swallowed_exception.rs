//! Calls that throw away whatever exception they meet.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::State;
use crate::finding::{Category, Tier};
use crate::kb::Effect;

pub static RULE: Rule = Rule {
    id: "swallowed-exception",
    name: "Swallowed exception",
    category: Category::ExceptionHandling,
    cwe: 390,
    tier: Tier::Medium,
    subtypes: &["exception-swallowed"],
    summary: "A look-up suppresses every exception, so that MemoryError, KeyboardInterrupt and errors in `__eq__` read as \"not there\".",
    why: "`PyDict_GetItem`, `PyDict_GetItemString` and `PyObject_HasAttr` cannot tell a missing key from a failure, and lose an exception that was set before. Their `WithError` and `Lookup` forms can.",
    example_bad: "value = PyDict_GetItem(dict, key);\nif (value == NULL) value = Py_None;",
    example_good: "value = PyDict_GetItemWithError(dict, key);\nif (value == NULL) {\n    if (PyErr_Occurred()) return NULL;\n    value = Py_None;\n}",
    fix: "Use PyDict_GetItemWithError (or PyObject_GetOptionalAttr) and handle the failure.",
    check: None,
};

pub fn on_call(engine: &mut Engine, state: &State, call: &Call) {
    let advice = match call.name {
        "PyDict_GetItem" => "PyDict_GetItemWithError",
        "PyDict_GetItemString" | "_PyDict_GetItemId" => "PyDict_GetItemWithError",
        "PyObject_HasAttr" | "PyObject_HasAttrString" => "_PyObject_LookupAttr",
        "PyMapping_HasKey" | "PyMapping_HasKeyString" => "PyObject_GetItem",
        _ => return,
    };
    // Who is known to do it himself is reported where he is called, and identifiers compare without fail.
    let own = engine
        .model(engine.function.name)
        .is_some_and(|model| model.is_api && model.has(Effect::SwallowsException));
    let tier =
        if call.name.starts_with("PyDict") && !own && !super::exception_pending::is_init(engine) {
            Tier::Medium
        } else {
            Tier::Low
        };
    let message = format!(
        "{}() suppresses every exception; {advice} tells a failure from an absence",
        call.name
    );
    engine.report(
        state,
        &RULE,
        "exception-swallowed",
        tier,
        super::key_of(call.name),
        call.pos,
        message,
    );
}

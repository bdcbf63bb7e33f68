//! A call that trusts the type of its argument.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static RULE: Rule = Rule {
    id: "missing-type-check",
    name: "Missing type check",
    category: Category::InsufficientErrorCheck,
    cwe: 843,
    tier: Tier::Medium,
    subtypes: &["missing-type-check"],
    summary: "`PyIter_Next` is called on an object that nothing on the path showed to be an iterator.",
    why: "It calls `tp_iternext` without a look: for an object of another type that is NULL.",
    example_bad: "return PyIter_Next(proxy->wr_object);",
    example_good: "if (!PyIter_Check(obj)) { PyErr_SetString(PyExc_TypeError, \"not an iterator\"); return NULL; }\nreturn PyIter_Next(obj);",
    fix: "Check with PyIter_Check, or obtain the object from PyObject_GetIter.",
    check: None,
};

pub fn on_call(engine: &mut Engine, state: &State, call: &Call) {
    if call.name != "PyIter_Next" {
        return;
    }
    let Some(Val::Sym(id)) = call.values.first() else {
        return;
    };
    let sym = *state.sym(*id);
    let suspicious = match sym.origin.how {
        // What a tuple of its own holds was checked when it was put there.
        How::Borrowed => {
            !sym.typed && !sym.origin.name.contains("Iter") && !sym.origin.name.contains("Tuple")
        }
        How::Param => !sym.typed && engine.is_entry,
        _ => false,
    };
    if suspicious {
        let message = format!(
            "PyIter_Next() is called on {}, which need not be an iterator",
            engine.name_of(&sym)
        );
        engine.report(
            state,
            &RULE,
            "missing-type-check",
            Tier::Medium,
            call.pos,
            call.pos,
            message,
        );
    }
}

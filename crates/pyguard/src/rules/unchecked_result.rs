//! A call that says by its number that it failed, and nobody looks.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::exit::Returned;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::kb::{Failure, Sets};

pub static RULE: Rule = Rule {
    id: "unchecked-result",
    name: "Unchecked failure of a call",
    category: Category::InsufficientErrorCheck,
    cwe: 252,
    tier: Tier::Medium,
    subtypes: &["unchecked-negative"],
    summary: "The result of a call that reports failure by a number (-1, 0) is thrown away or used as if it had succeeded.",
    why: "The exception stays set while the program goes on as if nothing had happened: it surfaces far away as a SystemError, or hides another. A length of -1 becomes a size. Not reported when the exception is cleared, or when `PyErr_Occurred()` is asked afterwards.",
    example_bad: "Py_ssize_t n = PyUnicode_GetLength(name);\ncopy(buffer, n);",
    example_good: "Py_ssize_t n = PyUnicode_GetLength(name);\nif (n < 0)\n    return NULL;",
    fix: "Test the result and return the error.",
    check: None,
};

/// A call as a statement.
pub fn ignored(_engine: &mut Engine, state: &mut State, id: SymId, voided: bool) {
    let sym = *state.sym(id);
    if sym.origin.name.contains("Resize") {
        // The object's variable tells as well.
        state.sym_mut(id).pending = false;
        return;
    }
    if voided {
        // On purpose, it says.
        state.sym_mut(id).typed = true;
    }
    if !sym.pending || voided || sym.sets != Sets::Always || sym.kind != Kind::Int {
        return;
    }
    if !matches!(
        sym.fails,
        Failure::MinusOne | Failure::Negative | Failure::Zero | Failure::NonZero
    ) {
        return;
    }
    // Whether the exception is cleared next shows later; until then it is marked by being thrown away.
    state.sym_mut(id).ignored = true;
}

/// The next call that may raise, or replaces the exception, comes while nobody has looked.
pub fn on_next_call(
    engine: &mut Engine,
    state: &mut State,
    id: SymId,
    call: &Call,
    overwrites: bool,
) -> bool {
    let sym = *state.sym(id);
    if sym.kind == Kind::Int && !sym.ignored && call.values.contains(&Val::Sym(id)) && !overwrites {
        let message = format!(
            "the result of {}() (line {}) is passed to {}() without a test for failure",
            sym.origin.name,
            engine.line(sym.origin.pos),
            call.name
        );
        let tier = if engine
            .model(sym.origin.name)
            .is_some_and(|model| model.is_api)
            && (!trusted(sym.origin.name) || sym.origin.name == "PyUnicode_GetLength")
        {
            Tier::Medium
        } else {
            Tier::Low
        };
        engine.report(
            state,
            &RULE,
            "unchecked-negative",
            tier,
            sym.origin.pos,
            sym.origin.pos,
            message,
        );
        return true;
    }
    if sym.kind != Kind::Int {
        return false;
    }
    let thrown_away = sym.ignored;
    if thrown_away {
        report_ignored(engine, state, &sym);
        return true;
    }
    if overwrites
        && sym.fails == Failure::Ambiguous
        && !call.name.contains("Chain")
        && !call.name.contains("Restore")
    {
        let message = format!(
            "the failure of {}() (line {}) is not tested before {}() replaces the exception",
            sym.origin.name,
            engine.line(sym.origin.pos),
            call.name
        );
        // Where a negative value leads to the new exception, the failure does, too.
        let tier = if sym.hi < 0 || sym.guarded || trusted(sym.origin.name) {
            Tier::Low
        } else {
            Tier::Medium
        };
        engine.report(
            state,
            &RULE,
            "unchecked-negative",
            tier,
            sym.origin.pos,
            sym.origin.pos,
            message,
        );
        return true;
    }
    false
}

/// Calls that fail only for objects of another type, or not in practice.
fn trusted(name: &str) -> bool {
    super::exception_pending::may_be_trusted(name)
        || matches!(
            name,
            "PyLong_AS_LONG"
                | "PyUnicode_Compare"
                | "PyComplex_ImagAsDouble"
                | "PyComplex_RealAsDouble"
                | "PySequence_Size"
                | "PySequence_Length"
                | "PyObject_Size"
                | "PyObject_Length"
                | "PyBuffer_FillInfo"
                | "PyUnicode_CompareWithASCIIString"
                | "PyException_SetTraceback"
                | "PyUnicode_ReadChar"
                | "PyFloat_AsDouble"
                | "PyCell_Set"
                | "PyFile_WriteString"
                | "PyFile_WriteObject"
                | "PyArg_UnpackTuple"
                | "PyObject_Print"
                | "PyList_SetSlice"
                | "_PyObject_DebugMallocStats"
                | "PyTraceBack_Here"
                | "PyList_Reverse"
                | "PyOS_string_to_double"
                | "PyST_GetScope"
                | "_PyST_GetSymbol"
        )
}

fn report_ignored(engine: &mut Engine, state: &State, sym: &Sym) {
    let message = format!(
        "the result of {}() is ignored: when it fails, the function goes on with an exception set",
        sym.origin.name
    );
    engine.facts.ignored.insert(sym.origin.pos);
    // One per function and callee: a module's initialisation has dozens in a row.
    let key = crate::rules::key_of(sym.origin.name);
    let known = engine
        .model(sym.origin.name)
        .is_some_and(|model| model.is_api)
        && !trusted(sym.origin.name);
    let tier = if known { Tier::Medium } else { Tier::Low };
    engine.report(
        state,
        &RULE,
        "unchecked-negative",
        tier,
        key,
        sym.origin.pos,
        message,
    );
}

pub fn on_exit(engine: &mut Engine, state: &State, val: Val, returned: Returned, pos: u32) {
    // A failure that is passed on in another form is passed on.
    let fails = matches!(returned, Returned::Null | Returned::Int { lo: -1, hi: -1 })
        || matches!(val, Val::Sym(id) if state.sym(id).pending);
    if fails {
        return;
    }
    for id in state.pending().collect::<Vec<_>>() {
        let sym = *state.sym(id);
        if Val::Sym(id) == val || sym.kind != Kind::Int || sym.sets != Sets::Always {
            continue;
        }
        if sym.ignored {
            report_ignored(engine, state, &sym);
        } else if sym.origin.how == How::Call && !sym.typed {
            let message = format!(
                "the failure of {}() (line {}) is never tested",
                sym.origin.name,
                engine.line(sym.origin.pos)
            );
            let known = engine
                .model(sym.origin.name)
                .is_some_and(|model| model.is_api)
                && !trusted(sym.origin.name)
                && sym.hi >= 0
                && !sym.origin.name.starts_with("PyLong_As");
            let tier = if known { Tier::Medium } else { Tier::Low };
            engine.report(
                state,
                &RULE,
                "unchecked-negative",
                tier,
                sym.origin.pos,
                sym.origin.pos,
                message,
            );
        }
    }
    let _ = pos;
}

/// Who never looks at any result has other habits; who looks at most of them forgot one.
pub fn on_end(engine: &mut Engine) {
    let is_init = engine.function.name.starts_with("PyInit_")
        || engine.function.name.contains("_exec")
        || engine.function.name.to_ascii_lowercase().contains("init");
    if !is_init {
        return;
    }
    let ignored = engine.facts.ignored.len();
    let careless = engine.facts.tested.len() < 3
        || ignored > 1
        || engine.function.name.starts_with("PyInit_")
        || engine.function.name.ends_with("InitMain");
    if careless {
        for report in &mut engine.reports {
            if report.rule.id == RULE.id {
                report.tier = Tier::Low;
            }
        }
    }
}

//! The C API is used while the lock is released.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::model::Model;
use crate::analysis::state::State;
use crate::finding::{Category, Tier};

pub static RULE: Rule = Rule {
    id: "gil-released",
    name: "API call without the GIL",
    category: Category::MemoryManagement,
    cwe: 362,
    tier: Tier::High,
    subtypes: &["gil-released"],
    summary: "A function that needs the GIL is called between `Py_BEGIN_ALLOW_THREADS` and `Py_END_ALLOW_THREADS`.",
    why: "Another thread changes reference counts and lists at the same time.",
    example_bad: "Py_BEGIN_ALLOW_THREADS\nif (read(fd, buf, n) < 0) PyErr_SetFromErrno(PyExc_OSError);\nPy_END_ALLOW_THREADS",
    example_good: "Py_BEGIN_ALLOW_THREADS\nresult = read(fd, buf, n);\nPy_END_ALLOW_THREADS\nif (result < 0) PyErr_SetFromErrno(PyExc_OSError);",
    fix: "Take the lock first.",
    check: None,
};

pub fn on_call(engine: &mut Engine, state: &State, call: &Call, model: &Model) {
    if state.gil_released == 0 || !model.needs_gil || !model.is_api {
        return;
    }
    // Macros that only read a struct are safe in practice.
    let reads = call
        .name
        .bytes()
        .filter(|byte| byte.is_ascii_uppercase())
        .count()
        > 6
        || !call.name.contains("Py");
    // Given up under a condition, it may be asked for under the same.
    let conditional = engine.program.word(engine.file, state.gil_released) == "Py_UNBLOCK_THREADS";
    let tier = if reads || conditional {
        Tier::Low
    } else {
        Tier::High
    };
    let message = format!(
        "{}() needs the GIL, which was released on line {}",
        call.name,
        engine.line(state.gil_released)
    );
    engine.report(
        state,
        &RULE,
        "gil-released",
        tier,
        call.pos,
        call.pos,
        message,
    );
}

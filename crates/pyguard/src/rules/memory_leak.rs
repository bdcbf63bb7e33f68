//! A block of memory, or a buffer, that a path obtains and does not release.

use super::Rule;
use crate::analysis::engine::Engine;
use crate::analysis::exit::Returned;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static MEMORY: Rule = Rule {
    id: "memory-leak",
    name: "Leaked memory",
    category: Category::MemoryManagement,
    cwe: 401,
    tier: Tier::Medium,
    subtypes: &["memory-leak"],
    summary: "A path ends with a block of memory that nobody can free any more.",
    why: "Error paths are taken as often as an attacker likes. Not reported when the block was stored, returned, or passed to a function that may keep it.",
    example_bad: "buf = PyMem_Malloc(n);\nif (fill(buf) < 0)\n    return NULL;",
    example_good: "buf = PyMem_Malloc(n);\nif (fill(buf) < 0) {\n    PyMem_Free(buf);\n    return NULL;\n}",
    fix: "Free the block on every path.",
    check: None,
};

pub static BUFFER: Rule = Rule {
    id: "buffer-leak",
    name: "Buffer not released",
    category: Category::MemoryManagement,
    cwe: 772,
    tier: Tier::Medium,
    subtypes: &["buffer-leak"],
    summary: "A path ends without `PyBuffer_Release()` for a buffer that was acquired.",
    why: "The exporter stays locked: a bytearray can never be resized again, and its memory is never freed.",
    example_bad: "if (PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE) < 0) return NULL;\nif (view.len > 10) return NULL;\nPyBuffer_Release(&view);",
    example_good: "if (PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE) < 0) return NULL;\nif (view.len > 10) { PyBuffer_Release(&view); return NULL; }\nPyBuffer_Release(&view);",
    fix: "Release the buffer on every path.",
    check: None,
};

/// A block that no path frees has another owner, most likely.
pub fn on_end(engine: &mut Engine) {
    for report in &mut engine.reports {
        if report.rule.id == MEMORY.id && !engine.facts.settled.contains(&report.root) {
            report.tier = Tier::Low;
        }
    }
}

pub fn on_exit(engine: &mut Engine, state: &State, _val: Val, returned: Returned, pos: u32) {
    let failed = matches!(state.error, Indicator::Set(_)) && !matches!(returned, Returned::New);
    for id in state.ids() {
        let sym = *state.sym(id);
        if sym.escaped || sym.null == Null::Yes || sym.stores > 0 || sym.owned <= 0 {
            continue;
        }
        let open = state.dependents.iter().any(|dependent| dependent.sym == id);
        if open {
            continue;
        }
        let line = engine.line(sym.origin.pos);
        let name = engine.name_of(&sym);
        let settled = engine.facts.settled.contains(&sym.origin.pos);
        let tier = if settled && failed {
            Tier::High
        } else {
            Tier::Medium
        };
        match sym.kind {
            Kind::Memory(_) => {
                let message = format!(
                    "{name}, allocated by {}() on line {line}, is not freed on this path",
                    sym.origin.name
                );
                engine.report(
                    state,
                    &MEMORY,
                    "memory-leak",
                    tier,
                    sym.origin.pos,
                    pos,
                    message,
                );
            }
            Kind::Buffer => {
                let message = format!(
                    "the buffer {name}, filled by {}() on line {line}, is not released on this path",
                    sym.origin.name
                );
                engine.report(
                    state,
                    &BUFFER,
                    "buffer-leak",
                    tier,
                    sym.origin.pos,
                    pos,
                    message,
                );
            }
            _ => {}
        }
    }
}

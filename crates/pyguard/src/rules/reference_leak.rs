//! A reference that a path obtains and neither releases nor gives away.

use super::Rule;
use crate::analysis::engine::Engine;
use crate::analysis::exit::Returned;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};

pub static RULE: Rule = Rule {
    id: "reference-leak",
    name: "Leaked reference",
    category: Category::MemoryManagement,
    cwe: 401,
    tier: Tier::Medium,
    subtypes: &["refleak"],
    summary: "A path ends with a reference that the function owns and nobody else knows of.",
    why: "The object lives for ever. In a loop or a server that is a memory leak, and counts that only grow overflow in the end. Also reported: references that `PyModule_AddObject` and its like take only when they succeed, and a count too many on an object that was stored. Not reported once a reference went where the analysis does not follow it.",
    example_bad: "item = PyLong_FromLong(n);\nif (item == NULL) return NULL;\nif (PyList_Append(list, item) < 0) return NULL;\nPy_DECREF(item);",
    example_good: "item = PyLong_FromLong(n);\nif (item == NULL) return NULL;\nif (PyList_Append(list, item) < 0) { Py_DECREF(item); return NULL; }\nPy_DECREF(item);",
    fix: "Release the reference before leaving.",
    check: None,
};

pub fn on_exit(engine: &mut Engine, state: &State, val: Val, returned: Returned, pos: u32) {
    for id in state.ids() {
        let sym = *state.sym(id);
        if !matches!(sym.kind, Kind::Object | Kind::Unknown) || sym.escaped || sym.null == Null::Yes
        {
            continue;
        }
        let mut count = i32::from(sym.owned) - i32::from(sym.stores);
        // An out parameter is the caller's only when the function succeeds.
        let handed_out = state.fields.iter().any(|(base, name, stored)| {
            *name == "*"
                && *stored == Val::Sym(id)
                && matches!(base, Base::Sym(base) if state.sym(*base).origin.how == How::Param && !state.sym(*base).guarded)
        });
        let failed = matches!(state.error, Indicator::Unknown)
            && matches!(returned, Returned::Null | Returned::Int { lo: -1, hi: -1 })
            || matches!(state.error, Indicator::Set(_))
                && (matches!(
                    returned,
                    Returned::Null
                        | Returned::Int { lo: -1, hi: -1 }
                        | Returned::Int { lo: 0, hi: 0 }
                ));
        if handed_out && failed && sym.owned > 0 {
            count = i32::from(sym.owned);
        }
        if count <= 0 {
            continue;
        }
        // An open outcome decides; only a result that is passed on unseen makes it certain that nobody will.
        let open = state
            .dependents
            .iter()
            .find(|dependent| dependent.sym == id && dependent.outcome == Outcome::Steals);
        let mut what = "is not released on this path";
        let mut is_own = false;
        if let Some(dependent) = open {
            if count > 1 {
                // One more than the callee may take.
            } else if val == Val::Sym(dependent.on) {
                what = "is lost when the call that should take it fails";
                is_own = engine
                    .model(state.sym(dependent.on).origin.name)
                    .is_some_and(|model| !model.is_api);
            } else {
                continue;
            }
        }
        if sym.null == Null::Maybe
            && matches!(sym.origin.how, How::Out)
            && state.dependents.iter().any(|dependent| dependent.sym == id)
        {
            // Whether anything was written is not known.
            continue;
        }
        report(engine, state, &sym, what, pos, failed, handed_out, is_own);
    }
}

fn report(
    engine: &mut Engine,
    state: &State,
    sym: &Sym,
    what: &str,
    pos: u32,
    failed: bool,
    handed_out: bool,
    is_own: bool,
) {
    let name = engine.name_of(sym);
    let line = engine.line(sym.origin.pos);
    let message = match sym.origin.how {
        How::New | How::Out => format!(
            "{name}, a new reference from {}() (line {line}), {what}",
            sym.origin.name
        ),
        _ => format!("the reference taken to {name} {what}"),
    };
    let index = engine.reports.len();
    engine.report(
        state,
        &RULE,
        "refleak",
        Tier::Low,
        sym.origin.pos,
        pos,
        message,
    );
    if engine.reports.len() > index {
        engine.leaks.push(Leak {
            index,
            sym: *sym,
            failed,
            handed_out,
            is_own,
        });
    }
}

/// A leak whose rank is only known when every path was seen.
pub struct Leak {
    index: usize,
    sym: Sym,
    failed: bool,
    handed_out: bool,
    is_own: bool,
}

/// Ranks the leaks: what another path lets go of was forgotten on this one; what none does is most likely somebody else's.
pub fn on_end(engine: &mut Engine) {
    for leak in std::mem::take(&mut engine.leaks) {
        let sym = leak.sym;
        let settled = engine.facts.settled.contains(&sym.origin.pos);
        let tier = match sym.origin.how {
            // Static types are never freed, and a module whose initialisation fails is the least of one's worries.
            How::Global => Tier::Low,
            // A start that fails is the end of the program.
            _ if engine.function.result.name == "PyStatus" => Tier::Low,
            _ if leak.is_own
                || sym.origin.name == "Py_TYPE"
                || sym.origin.name.starts_with("PyModule_Create") =>
            {
                Tier::Low
            }
            How::New if settled && leak.failed => Tier::High,
            How::New | How::Out if settled || leak.handed_out => Tier::Medium,
            // Taken on purpose, perhaps, where the function succeeds.
            How::Field | How::Param | How::Borrowed if settled && leak.failed => Tier::Medium,
            _ => Tier::Low,
        };
        engine.reports[leak.index].tier = tier;
    }
}

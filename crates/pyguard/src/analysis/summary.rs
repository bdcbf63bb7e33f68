//! What a function does, as its callers see it, from the ends of its paths.

use super::engine::Engine;
use super::exit::{Exit, Out, Returned};
use super::model::{ArgModel, ArgUse, Model};
use super::state::Indicator;
use crate::kb::{Effect, Failure, Family, ResultKind, Sets, Use};

/// `None` when nothing is known: the function was given up.
pub fn summarise(engine: &Engine) -> Option<Model> {
    let mut model = Model {
        result: ResultKind::Void,
        fails: Failure::Never,
        sets: Sets::Never,
        runs_python: engine.facts.runs_strong,
        args: Vec::new(),
        variadic: false,
        family: None,
        effects: Vec::new(),
        needs_gil: false,
        is_api: false,
        two_valued: false,
        volatile: false,
        disturbs: false,
        uses_after: (0..engine.function.params as u32)
            .map(|index| engine.facts.used_after_python.contains(&index))
            .collect(),
        drops_fields: (0..engine.function.params as u32)
            .map(|index| engine.facts.fields_dropped.contains(&index))
            .collect(),
        rejects_null: (0..engine.function.params)
            .map(|index| rejects_null(engine, index))
            .collect(),
        same_as: same_as(engine),
        range: None,
    };
    if engine.exits.is_empty() {
        if engine.truncated {
            return None;
        }
        model.effects.push(Effect::NoReturn);
        return Some(model);
    }
    if engine.facts.handles_error {
        model.effects.push(Effect::KeepsException);
    }
    let result = engine.function.result;
    if result.is_pointer() {
        pointer(&mut model, engine);
    } else if result.name != "void" {
        number(&mut model, engine);
    } else {
        nothing(&mut model, engine);
    }
    for index in 0..engine.function.params {
        model.args.push(argument(engine, index));
    }
    Some(model)
}

/// NULL for that parameter always ends in failure.
fn rejects_null(engine: &Engine, index: usize) -> bool {
    let mut exits = engine
        .exits
        .iter()
        .filter(|exit| {
            exit.params
                .get(index)
                .copied()
                .flatten()
                .is_some_and(|effect| effect.is_null)
        })
        .peekable();
    exits.peek().is_some()
        && exits.all(|exit| {
            matches!(
                exit.returned,
                Returned::Null | Returned::Int { lo: -1, hi: -1 }
            ) || is_set(exit) && matches!(exit.returned, Returned::Int { lo: 0, hi: 0 })
        })
}

/// The parameter that every path returns as it came, if it returns anything.
fn same_as(engine: &Engine) -> Option<usize> {
    let mut values = engine
        .exits
        .iter()
        .filter(|exit| exit.returned != Returned::Null);
    let first = values.next()?.same_as?;
    values
        .all(|exit| exit.same_as == Some(first))
        .then_some(first as usize)
}

fn is_set(exit: &Exit) -> bool {
    matches!(exit.error, Indicator::Set(_))
}

fn pointer(model: &mut Model, engine: &Engine) {
    let (mut new, mut borrowed, mut other, mut pointer) = (0, 0, 0, 0);
    let mut family: Option<Family> = None;
    let mut memory = 0;
    // Failures with an exception, without, and in doubt.
    let (mut with, mut without, mut doubt) = (0, 0, 0);
    for exit in &engine.exits {
        match exit.returned {
            Returned::Null => {
                match exit.error {
                    Indicator::Set(_) => with += 1,
                    Indicator::Clear => without += 1,
                    _ => doubt += 1,
                }
                continue;
            }
            Returned::New => new += 1,
            Returned::Borrowed { volatile } => {
                borrowed += 1;
                model.volatile |= volatile;
            }
            Returned::Memory(of) => {
                memory += 1;
                family = Some(of);
            }
            Returned::Pointer => pointer += 1,
            _ => other += 1,
        }
        match exit.open {
            Some((Failure::Null, Sets::Always)) => with += 1,
            Some((Failure::Null, Sets::Sometimes)) => doubt += 1,
            Some((Failure::Null, Sets::Never)) => without += 1,
            // NULL by other ways, such as a field that was never set.
            _ if exit.maybe_null && exit.returned == Returned::Unknown => other += 1,
            _ => {}
        }
        if is_set(exit) || matches!(exit.error, Indicator::Unknown | Indicator::Maybe(_)) {
            model.disturbs = true;
        }
    }
    let values = new + borrowed + other + memory + pointer;
    model.result = match () {
        () if new > 0 && new == values => ResultKind::New,
        () if memory > 0 && memory == values => {
            model.family = family;
            ResultKind::Memory
        }
        () if borrowed > 0 && borrowed == values => ResultKind::Borrowed,
        () => ResultKind::Ptr,
    };
    if model.result == ResultKind::Borrowed && !engine.function.result.is_object() {
        model.result = ResultKind::Ptr;
    }
    if with + without + doubt > 0 {
        model.fails = Failure::Null;
        model.sets = if without + doubt == 0 {
            Sets::Always
        } else if with + doubt == 0 {
            Sets::Never
        } else {
            Sets::Sometimes
        };
        if values == 0 && model.sets == Sets::Always {
            model.fails = Failure::Always;
            model.range = Some((0, 0));
        }
        if engine.truncated && model.sets == Sets::Always {
            // Paths that were not seen may be quiet.
            model.sets = Sets::Sometimes;
        }
    }
}

fn number(model: &mut Model, engine: &Engine) {
    model.result = ResultKind::Int;
    let mut failures: Vec<(i64, i64)> = Vec::new();
    let mut successes: Vec<(i64, i64)> = Vec::new();
    let mut doubtful = false;
    let mut unknown = false;
    let mut open = None;
    for exit in &engine.exits {
        let range = match exit.returned {
            Returned::Int { lo, hi } => (lo, hi),
            _ => {
                unknown = true;
                (i64::MIN, i64::MAX)
            }
        };
        match exit.error {
            Indicator::Set(_) => failures.push(range),
            Indicator::Clear => {
                successes.push(range);
                if let Some(how) = exit.open {
                    open = Some(how);
                }
            }
            _ => {
                doubtful = true;
                successes.push(range);
            }
        }
    }
    model.disturbs = doubtful;
    if !unknown && open.is_none() && !engine.truncated {
        let all = failures.iter().chain(&successes);
        let lo = all.clone().map(|range| range.0).min().unwrap_or(i64::MIN);
        let hi = all.map(|range| range.1).max().unwrap_or(i64::MAX);
        model.range = Some((lo, hi));
    }
    if let Some((fails, sets)) = open {
        if failures.iter().all(|range| *range == (-1, -1)) {
            (model.fails, model.sets) = (fails, sets);
            if matches!(fails, Failure::Null | Failure::Always) {
                model.fails = Failure::Never;
                model.sets = Sets::Never;
            }
        } else {
            model.disturbs = true;
        }
    } else if !failures.is_empty() {
        let all = |value: i64| failures.iter().all(|range| *range == (value, value));
        let succeeds_with = |value: i64| {
            successes
                .iter()
                .any(|range| range.0 <= value && value <= range.1)
        };
        if successes.is_empty() && all(-1) {
            model.fails = Failure::Always;
        } else if successes.is_empty() && all(0) {
            model.fails = Failure::Always;
            model.range = Some((0, 0));
        } else if all(-1) {
            model.fails = if succeeds_with(-1) {
                Failure::Ambiguous
            } else {
                Failure::MinusOne
            };
        } else if failures.iter().all(|range| range.1 < 0)
            && !successes.iter().any(|range| range.0 < 0)
        {
            model.fails = Failure::Negative;
        } else if all(0) && !succeeds_with(0) {
            model.fails = Failure::Zero;
        } else if all(0)
            && successes.iter().any(|range| range.0 > 0)
            && successes.iter().all(|range| range.0 >= 0)
        {
            // 0 also says "not mine", without an exception.
            model.fails = Failure::Zero;
            model.sets = Sets::Sometimes;
            return;
        } else if !failures.iter().any(|range| range.0 <= 0 && 0 <= range.1)
            && successes.iter().all(|range| *range == (0, 0))
        {
            model.fails = Failure::NonZero;
        } else {
            model.disturbs = true;
            return;
        }
        model.sets = Sets::Always;
        if doubtful && model.fails == Failure::Ambiguous {
            // Most likely the same failure, seen less clearly.
            model.disturbs = false;
        }
    }
    if matches!(
        engine.function.result.name,
        "double" | "float" | "long double"
    ) || engine.function.result.name.starts_with("unsigned")
        || engine.function.result.name == "size_t"
    {
        model.range = None;
        if model.fails == Failure::MinusOne {
            model.fails = Failure::Ambiguous;
        }
    }
    model.two_valued = model.fails == Failure::MinusOne && model.range == Some((-1, 0));
    if model.range == Some((-1, -1)) && model.fails != Failure::Always {
        model.range = None;
    }
}

fn nothing(model: &mut Model, engine: &Engine) {
    if engine.exits.iter().all(is_set) {
        model.effects.push(Effect::SetsException);
        // Whoever sets an exception on purpose may replace one.
        model.effects.push(Effect::KeepsException);
    } else if engine
        .exits
        .iter()
        .any(|exit| exit.error != Indicator::Clear)
    {
        model.disturbs = true;
    }
}

fn argument(engine: &Engine, index: usize) -> ArgModel {
    let var = &engine.function.vars[index];
    let nullable = !engine.facts.dereferenced.contains(&(index as u32));
    if !var.ty.is_pointer() {
        return ArgModel::PLAIN;
    }
    let effects: Vec<_> = engine
        .exits
        .iter()
        .filter_map(|exit| Some((exit.params.get(index).copied().flatten()?, is_set(exit))))
        .filter(|(effect, _)| !effect.is_null)
        .collect();
    let plain = ArgModel {
        how: ArgUse::Kb(Use::Borrows),
        nullable,
    };
    if effects.is_empty() {
        return plain;
    }
    if effects.iter().all(|(effect, _)| effect.freed) {
        return ArgModel {
            how: ArgUse::Kb(Use::Frees),
            nullable,
        };
    }
    if var.ty.pointers >= 2 {
        let outs: Vec<Out> = effects
            .iter()
            .filter(|(_, failed)| !failed)
            .filter_map(|(effect, _)| effect.out)
            .collect();
        let how = if outs.is_empty() {
            if effects
                .iter()
                .any(|(effect, _)| effect.escaped || effect.stores > 0 || effect.freed)
            {
                ArgUse::Escapes
            } else {
                ArgUse::Changes
            }
        } else if outs.len() < effects.iter().filter(|(_, failed)| !failed).count() {
            // Some paths succeed without writing anything.
            ArgUse::Changes
        } else if outs.iter().all(|out| *out == Out::New) && var.ty.is_object_pointer() {
            ArgUse::Kb(Use::OutNew)
        } else if outs.iter().all(|out| *out == Out::Borrowed) {
            ArgUse::Kb(Use::OutBorrowed)
        } else {
            ArgUse::Changes
        };
        return ArgModel { how, nullable };
    }
    let how = if effects.iter().any(|(effect, _)| effect.escaped) {
        ArgUse::Escapes
    } else if effects.iter().all(|(effect, _)| effect.freed) {
        ArgUse::Kb(Use::Frees)
    } else if effects.iter().any(|(effect, _)| effect.freed) {
        ArgUse::Escapes
    } else if effects.iter().all(|(effect, _)| effect.owned < 0) {
        ArgUse::Kb(Use::Steals)
    } else if effects
        .iter()
        .any(|(effect, _)| effect.owned < 0 || effect.stores > 0 && effect.owned <= 0)
    {
        ArgUse::Escapes
    } else if var.ty.is_object() {
        ArgUse::Kb(Use::Borrows)
    } else {
        ArgUse::Changes
    };
    ArgModel { how, nullable }
}

impl crate::front::ast::Type {
    /// `PyObject **`
    pub fn is_object_pointer(&self) -> bool {
        self.pointers == 2 && crate::front::ast::is_object_name(self.name)
    }
}

/// A summary as a line, for tests and for looking at it.
pub fn show(model: &Model) -> String {
    let args: Vec<String> = model
        .args
        .iter()
        .map(|arg| {
            let how = match arg.how {
                ArgUse::Kb(how) => format!("{how:?}").to_lowercase(),
                ArgUse::Escapes => "escapes".to_string(),
                ArgUse::Changes => "changes".to_string(),
            };
            format!("{how}{}", if arg.nullable { "?" } else { "" })
        })
        .collect();
    let after: Vec<usize> = (0..model.uses_after.len())
        .filter(|index| model.uses_after[*index])
        .collect();
    format!(
        "{:?} fails {:?} sets {:?}{}{} ({}){} {after:?}",
        model.result,
        model.fails,
        model.sets,
        if model.runs_python {
            " runs-python"
        } else {
            ""
        },
        if model.disturbs { " disturbs" } else { "" },
        args.join(", "),
        if model.has(Effect::NoReturn) {
            " no-return"
        } else {
            ""
        }
    )
}

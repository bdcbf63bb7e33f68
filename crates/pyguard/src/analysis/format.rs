//! Calls whose effects a format string describes: `Py_BuildValue("NO")`, `PyArg_ParseTuple("s*|n")`.

use super::call::Call;
use super::engine::Engine;
use super::model::{ArgUse, Model};
use super::state::*;
use crate::front::ast::*;
use crate::front::intern::{Name, intern};
use crate::kb::{ResultKind, Use};

/// A unit of a format, and how many arguments it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub letter: char,
    /// `#`, `*`, `!`, `&` behind it, or nothing.
    pub mark: char,
    pub arguments: usize,
}

/// The units of a format for building values.
pub fn building(format: &str) -> Vec<Unit> {
    units(format, |letter, mark| match (letter, mark) {
        (_, '#' | '&') => 2,
        _ => 1,
    })
}

/// The units of a format for parsing arguments.
pub fn parsing(format: &str) -> Vec<Unit> {
    let end = format.find([':', ';']).unwrap_or(format.len());
    units(&format[..end], |letter, mark| match (letter, mark) {
        ('e', '#') => 3,
        ('e', _) => 2,
        (_, '#' | '&' | '!') => 2,
        _ => 1,
    })
}

fn units(format: &str, arguments: impl Fn(char, char) -> usize) -> Vec<Unit> {
    let mut found = Vec::new();
    let mut chars = format.chars().peekable();
    while let Some(letter) = chars.next() {
        if !letter.is_ascii_alphabetic() {
            continue;
        }
        if letter == 'e' {
            // `es`, `et#`
            chars.next();
        }
        let mut mark = ' ';
        if let Some(next @ ('#' | '*' | '!' | '&')) = chars.peek().copied() {
            mark = next;
            chars.next();
        }
        found.push(Unit {
            letter,
            mark,
            arguments: arguments(letter, mark),
        });
    }
    found
}

impl Engine<'_> {
    fn format_of(&self, call: &Call, index: usize) -> Option<Name> {
        match self.graph.expr(*call.arguments.get(index)?).kind {
            ExprKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether an argument stands behind a format that is known.
    pub fn is_formatted(&self, call: &Call, model: &Model, index: usize) -> bool {
        model
            .args
            .iter()
            .position(|arg| arg.how == ArgUse::Kb(Use::Format))
            .is_some_and(|format| {
                let behind = if call.name.starts_with("PyArg_ParseTupleAndKeywords") {
                    format + 1
                } else {
                    format
                };
                index > behind
                    && call.name.starts_with("Py")
                    && !call.name.contains("Err")
                    && self.format_of(call, format).is_some()
            })
    }

    /// What a format does with the arguments behind it.
    pub fn formatted(
        &mut self,
        state: &mut State,
        call: &Call,
        index: usize,
        result: Option<SymId>,
    ) {
        let Some(format) = self.format_of(call, index) else {
            return;
        };
        if call.name.contains("BuildValue") || call.name.contains("_Call") {
            let mut at = index + 1;
            for unit in building(format) {
                // NULL for an object makes it fail.
                if let (Some(Val::Sym(id)), Some(on), 'N' | 'O' | 'S' | 'U') =
                    (call.values.get(at), result, unit.letter)
                {
                    if state.sym(*id).null == Null::Maybe {
                        state.sym_mut(*id).pending = false;
                        state.dependents.push(Dependent {
                            on,
                            sym: *id,
                            outcome: Outcome::NotNull,
                        });
                    }
                }
                if unit.letter == 'N' {
                    if let Some(Val::Sym(id)) = call.values.get(at) {
                        let sym = state.sym_mut(*id);
                        if sym.null != Null::Yes {
                            sym.owned -= 1;
                            sym.shared = true;
                        }
                        self.facts.settled.insert(sym.origin.pos);
                    }
                }
                at += unit.arguments;
            }
        } else if call.name.starts_with("PyArg_Parse") || call.name.starts_with("_PyArg_Parse") {
            let mut at = index + 1;
            if call.name.contains("Keywords") {
                at += 1;
            }
            for unit in parsing(format) {
                self.parsed(state, call, unit, at, result);
                at += unit.arguments;
            }
        }
    }

    fn parsed(
        &mut self,
        state: &mut State,
        call: &Call,
        unit: Unit,
        at: usize,
        result: Option<SymId>,
    ) {
        let last = at + unit.arguments - 1;
        let target = |at: usize| match call.values.get(at) {
            Some(Val::Address(var)) => Some(*var),
            _ => None,
        };
        match (unit.letter, unit.mark) {
            ('s' | 'y' | 'z' | 'w', '*') => {
                if let Some(val) = call.values.get(at) {
                    self.acquire(state, call, *val, result);
                }
                return;
            }
            ('O', '&') => {
                if let Some(var) = target(last) {
                    state.vars[var.0 as usize] = Val::Unknown;
                }
                return;
            }
            _ => {}
        }
        for index in at..=last {
            let Some(var) = target(index) else { continue };
            if self.graph.vars[var.0 as usize].ty.arrays > 0 {
                continue;
            }
            let is_object = matches!(unit.letter, 'O' | 'U' | 'S' | 'Y') && index == last;
            let is_number = matches!(
                unit.letter,
                'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'l' | 'k' | 'L' | 'K' | 'n' | 'p' | 'C' | 'c'
            );
            let kind = if is_object {
                Kind::Object
            } else if is_number {
                Kind::Int
            } else {
                Kind::Unknown
            };
            // What was not given keeps its default: nothing is known of it but that it may have been written.
            let how = if is_object { How::Borrowed } else { How::Out };
            let mut sym = Sym::new(kind, how, call.name, call.pos);
            sym.var = Some(var);
            sym.untrusted = matches!(unit.letter, 'n' | 'l' | 'L' | 'k' | 'K' | 'i' | 'I');
            sym.typed = is_object && (unit.mark == '!' || unit.letter != 'O');
            let id = state.add(sym);
            state.vars[var.0 as usize] = Val::Sym(id);
        }
    }

    /// Getters without effects give the same value again while nothing has changed.
    fn memory_key(&self, call: &Call, model: &Model) -> Option<(Base, Name)> {
        if !matches!(model.result, ResultKind::Ptr | ResultKind::Borrowed)
            || call.values.len() > 2
            || model.runs_python
        {
            return None;
        }
        if !model.is_api && !call.name.to_ascii_lowercase().contains("state") {
            return None;
        }
        let mut name = format!("{}(", call.name);
        for val in call.values.iter().skip(1) {
            match val {
                Val::Int(value) => name.push_str(&value.to_string()),
                _ => return None,
            }
        }
        let base = match call.values.first() {
            Some(Val::Sym(id)) => Base::Sym(*id),
            None | Some(Val::Address(_)) => Base::Global(call.name),
            _ => return None,
        };
        if model.has(crate::kb::Effect::TestsException) || model.has(crate::kb::Effect::NoReturn) {
            return None;
        }
        Some((base, intern(&name)))
    }

    pub fn remembered(&mut self, state: &State, call: &Call, model: &Model) -> Option<Val> {
        let (base, name) = self.memory_key(call, model)?;
        let val = state.field(base, name)?;
        match val {
            Val::Sym(id)
                if state.sym(id).stale == 0
                    && state.sym(id).released == 0
                    && !state.sym(id).pending =>
            {
                Some(val)
            }
            _ => None,
        }
    }

    pub fn remember(&mut self, state: &mut State, call: &Call, model: &Model, id: SymId) {
        if let Some((base, name)) = self.memory_key(call, model) {
            state.set_field(base, name, Val::Sym(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_their_arguments() {
        let count = |units: Vec<Unit>| units.iter().map(|unit| unit.arguments).collect::<Vec<_>>();
        assert_eq!(count(parsing("O!s#|n$O&es:name")), [2, 2, 1, 2, 2]);
        assert_eq!(count(building("(ON){s:O&}y#")), [1, 1, 1, 2, 2]);
    }
}

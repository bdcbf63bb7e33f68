//! The end of a path: what is left over, and what the caller will see.

use super::engine::Engine;
use super::state::*;
use crate::front::ast::*;
use crate::kb::{Failure, Family, Sets};
use crate::rules;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    Nothing,
    Null,
    Int {
        lo: i64,
        hi: i64,
    },
    New,
    /// Someone else owns it.
    Borrowed {
        volatile: bool,
    },
    Memory(Family),
    Pointer,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    New,
    Borrowed,
    Other,
}

/// What a path did to a parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamEffect {
    pub owned: i16,
    pub stores: u8,
    pub escaped: bool,
    pub freed: bool,
    pub is_null: bool,
    pub out: Option<Out>,
}

/// A path's end.
#[derive(Clone, Debug)]
pub struct Exit {
    pub returned: Returned,
    /// The returned value may be NULL, although the path does not say so.
    pub maybe_null: bool,
    /// The value comes straight from a call whose outcome nobody looked at.
    pub open: Option<(Failure, Sets)>,
    pub error: Indicator,
    /// It returns this parameter, without a reference of its own.
    pub same_as: Option<u32>,
    pub params: Vec<Option<ParamEffect>>,
}

impl Engine<'_> {
    pub fn leave(&mut self, mut state: State, value: Option<ExprId>, pos: u32) {
        let val = match value {
            Some(value) => match self.eval(&mut state, value) {
                Some(val) => val,
                None => return,
            },
            None => Val::Unknown,
        };
        self.leave_with(state, val, pos);
    }

    pub fn leave_with(&mut self, mut state: State, val: Val, pos: u32) {
        let is_void = self.function.result.name == "void" && self.function.result.pointers == 0;
        let mut open = None;
        let mut maybe_null = false;
        let mut returned = match val {
            _ if is_void => Returned::Nothing,
            Val::Int(0) if self.function.result.is_pointer() => Returned::Null,
            Val::Int(value) => Returned::Int {
                lo: value,
                hi: value,
            },
            Val::Str | Val::Address(_) => Returned::Pointer,
            Val::Unknown | Val::ErrorTest => Returned::Unknown,
            Val::Sym(_) => Returned::Unknown,
        };
        if let (Val::Sym(id), false) = (val, is_void) {
            let sym = *state.sym(id);
            maybe_null = sym.null == Null::Maybe;
            if sym.pending {
                open = Some((sym.fails, sym.sets));
            }
            let returns_pointer = self.function.result.is_pointer()
                || self.resolve(self.function.result).is_pointer()
                || matches!(sym.kind, Kind::Memory(_) | Kind::Object);
            if returns_pointer {
                returned = match (sym.kind, sym.null) {
                    (_, Null::Yes) => Returned::Null,
                    (Kind::Memory(family), _) if sym.owned > 0 && sym.stores == 0 => {
                        Returned::Memory(family)
                    }
                    (Kind::Memory(_), _) => Returned::Pointer,
                    _ if i32::from(sym.owned) > i32::from(sym.stores) => Returned::New,
                    // Stored, and returned: whose the one reference is, is for the caller to know.
                    _ if sym.owned > 0 && sym.stores > 0 && sym.kind == Kind::Object => {
                        Returned::Borrowed { volatile: true }
                    }
                    _ => match sym.origin.how {
                        How::Borrowed | How::Param | How::Global => Returned::Borrowed {
                            volatile: sym.volatile,
                        },
                        How::Field => Returned::Borrowed { volatile: true },
                        How::New | How::Out if sym.stores > 0 || sym.shared => {
                            Returned::Borrowed { volatile: true }
                        }
                        _ => Returned::Unknown,
                    },
                };
            } else {
                returned = Returned::Int {
                    lo: sym.lo,
                    hi: sym.hi,
                };
            }
            if sym.origin.how == How::Computed && sym.from.is_some() {
                // A place within a block: the block goes along.
                state.escape(id);
            }
            rules::use_after_release::on_return(self, &mut state, id, pos);
        }
        if let Val::Sym(id) = val {
            // The caller gets a reference.
            if matches!(returned, Returned::New | Returned::Memory(_)) {
                let sym = state.sym_mut(id);
                sym.owned -= 1;
                sym.shared = true;
                self.facts.settled.insert(sym.origin.pos);
            }
        }
        rules::on_exit(self, &state, val, returned, maybe_null, pos);
        let params: Vec<Option<ParamEffect>> = (0..self.function.params)
            .map(|index| self.param_effect(&state, index))
            .collect();
        let mut same_as = None;
        if let (Val::Sym(id), Returned::Borrowed { .. } | Returned::Pointer | Returned::Unknown) =
            (val, returned)
        {
            let sym = state.sym(id);
            if let (How::Param, Some(var)) = (sym.origin.how, sym.var) {
                same_as = Some(var.0);
            }
        }
        self.exits.push(Exit {
            returned,
            maybe_null,
            open,
            error: self.error_at_exit(&state, val),
            same_as,
            params,
        });
    }

    /// Where other paths drop a parameter, one that returns it passes the caller's reference on.
    pub fn settle_exits(&mut self) {
        for exit in &mut self.exits {
            let Some(index) = exit.same_as else { continue };
            if !self.facts.params_dropped.contains(&index) {
                continue;
            }
            if let Some(Some(effect)) = exit.params.get_mut(index as usize) {
                if effect.owned == 0 {
                    effect.owned = -1;
                    exit.returned = Returned::New;
                    exit.same_as = None;
                }
            }
        }
    }

    /// Open outcomes of other calls leave the indicator in doubt.
    fn error_at_exit(&self, state: &State, val: Val) -> Indicator {
        let others = state
            .pending()
            .any(|id| Val::Sym(id) != val && state.sym(id).sets == Sets::Always);
        match state.error {
            Indicator::Clear if others => Indicator::Unknown,
            error => error,
        }
    }

    fn param_effect(&self, state: &State, index: usize) -> Option<ParamEffect> {
        // A parameter's first symbol stays in the state whatever the variable now holds.
        let id = state.ids().find(|id| {
            let sym = state.sym(*id);
            sym.origin.how == How::Param && sym.var == Some(VarId(index as u32))
        })?;
        let sym = state.sym(id);
        let out = state.field(Base::Sym(id), "*").map(|val| match val {
            Val::Sym(out) => {
                let out = state.sym(out);
                match out.origin.how {
                    How::New | How::Out if out.owned > 0 => Out::New,
                    How::Param | How::Field | How::Global | How::Borrowed if out.owned > 0 => {
                        Out::New
                    }
                    How::Param | How::Borrowed => Out::Borrowed,
                    _ => Out::Other,
                }
            }
            _ => Out::Other,
        });
        Some(ParamEffect {
            owned: sym.owned,
            stores: sym.stores,
            escaped: sym.escaped,
            freed: sym.released != 0,
            is_null: sym.null == Null::Yes,
            out,
        })
    }
}

//! Expressions: what they evaluate to, and what that does to the state.

use super::engine::{Engine, compare};
use super::state::*;
use crate::front::ast::*;
use crate::front::intern::{Name, intern};
use crate::rules;

impl Engine<'_> {
    /// The value; `None` if evaluation does not come back.
    pub fn eval(&mut self, state: &mut State, expr: ExprId) -> Option<Val> {
        let graph = self.graph.clone();
        let Expr { kind, pos } = graph.expr(expr);
        let pos = *pos;
        Some(match kind {
            ExprKind::Int(value) => Val::Int(*value as i64),
            // `x == -1.0`
            ExprKind::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                Val::Int(*value as i64)
            }
            ExprKind::Float(_) | ExprKind::Opaque | ExprKind::Statements(_) => Val::Unknown,
            ExprKind::SizeofExpr(_) | ExprKind::SizeofType(_) => {
                let mut sym = Sym::new(Kind::Int, How::Computed, "sizeof", pos);
                (sym.lo, sym.hi, sym.nonzero, sym.guarded) = (1, 1 << 20, true, true);
                Val::Sym(state.add(sym))
            }
            ExprKind::Str(_) => Val::Str,
            ExprKind::Var(_)
            | ExprKind::Global(_)
            | ExprKind::Member(..)
            | ExprKind::Index(..)
            | ExprKind::Unary(UnaryOp::Deref, _) => {
                let place = self.place(state, expr)?;
                self.load(state, place, expr, pos)
            }
            ExprKind::Unary(UnaryOp::AddrOf, inner) => {
                let place = self.place(state, *inner)?;
                self.address(state, place, pos)
            }
            ExprKind::Unary(
                op @ (UnaryOp::PreInc | UnaryOp::PreDec | UnaryOp::PostInc | UnaryOp::PostDec),
                inner,
            ) => {
                let place = self.place(state, *inner)?;
                let old = self.load(state, place, *inner, pos);
                let up = matches!(op, UnaryOp::PreInc | UnaryOp::PostInc);
                let new = self.counted(state, old, up, pos);
                self.write(state, place, new);
                if matches!(op, UnaryOp::PreInc | UnaryOp::PreDec) {
                    new
                } else {
                    old
                }
            }
            ExprKind::Unary(op, inner) => {
                let val = self.eval(state, *inner)?;
                match (op, val) {
                    (UnaryOp::Neg, Val::Int(value)) => Val::Int(value.wrapping_neg()),
                    (UnaryOp::Not, Val::Int(value)) => Val::Int(i64::from(value == 0)),
                    (UnaryOp::BitNot, Val::Int(value)) => Val::Int(!value),
                    (UnaryOp::Plus, val) => val,
                    (_, val) => {
                        self.tested(state, val);
                        Val::Unknown
                    }
                }
            }
            ExprKind::Binary(op, left, right) => {
                let left_val = self.eval(state, *left)?;
                let right_val = self.eval(state, *right)?;
                self.binary(state, *op, left_val, right_val, pos)
            }
            ExprKind::Assign(None, target, value) => {
                let val = self.eval(state, *value)?;
                let place = self.place(state, *target)?;
                rules::reinit_leak::on_assign(self, state, *target, place, val, pos);
                self.store(state, place, val, pos);
                val
            }
            ExprKind::Assign(Some(op), target, value) => {
                let val = self.eval(state, *value)?;
                let place = self.place(state, *target)?;
                let old = self.load(state, place, *target, pos);
                self.tested(state, val);
                if let Val::Sym(id) = old {
                    if matches!(state.sym(id).kind, Kind::Memory(_)) {
                        // The start of the block is lost from sight.
                        state.sym_mut(id).escaped = true;
                    }
                }
                let new = self.binary(state, *op, old, val, pos);
                self.write(state, place, new);
                new
            }
            ExprKind::Conditional(condition, yes, no) => {
                // Lowered elsewhere; only what lowering left alone comes here.
                self.eval(state, *condition)?;
                self.eval(state, *yes)?;
                self.eval(state, *no)?;
                Val::Unknown
            }
            ExprKind::Call(callee, arguments) => {
                return self.call(state, expr, *callee, arguments, pos);
            }
            ExprKind::Cast(ty, inner) => {
                let val = self.eval(state, *inner)?;
                rules::float_to_int::on_cast(self, state, expr, *ty, *inner, val);
                val
            }
            ExprKind::List(items) => {
                for (_, item) in items {
                    let val = self.eval(state, *item)?;
                    if let Val::Sym(id) = val {
                        state.sym_mut(id).escaped = true;
                    }
                }
                Val::Unknown
            }
        })
    }

    /// A counter's next value: bounds stay coarse, so that loops settle.
    fn counted(&mut self, state: &mut State, old: Val, up: bool, pos: u32) -> Val {
        let mut sym = Sym::new(Kind::Int, How::Computed, "", pos);
        match old {
            Val::Int(value) if up && value >= 0 => (sym.lo, sym.nonzero) = (1, true),
            Val::Int(_) => {}
            Val::Sym(id) => {
                let old = *state.sym(id);
                if old.kind != Kind::Int && old.kind != Kind::Unknown
                    || old.null != Null::Maybe && old.origin.how != How::Computed
                {
                    // A pointer that moves on.
                    sym.kind = Kind::Unknown;
                    sym.null = Null::No;
                    sym.from = Some(id);
                    return Val::Sym(state.add(sym));
                }
                if up && old.lo >= 0 {
                    (sym.lo, sym.nonzero) = (1, true);
                }
                sym.guarded = old.guarded;
                sym.untrusted = old.untrusted;
            }
            _ => {}
        }
        Val::Sym(state.add(sym))
    }

    fn binary(&mut self, state: &mut State, op: BinaryOp, left: Val, right: Val, pos: u32) -> Val {
        if let (Val::Int(left), Val::Int(right)) = (left, right) {
            let folded = match op {
                BinaryOp::Add => left.checked_add(right),
                BinaryOp::Sub => left.checked_sub(right),
                BinaryOp::Mul => left.checked_mul(right),
                BinaryOp::Div => left.checked_div(right),
                BinaryOp::Rem => left.checked_rem(right),
                BinaryOp::Shl => u32::try_from(right)
                    .ok()
                    .and_then(|by| left.checked_shl(by)),
                BinaryOp::Shr => u32::try_from(right)
                    .ok()
                    .and_then(|by| left.checked_shr(by)),
                BinaryOp::BitAnd => Some(left & right),
                BinaryOp::BitOr => Some(left | right),
                BinaryOp::BitXor => Some(left ^ right),
                op if op.is_comparison() => Some(i64::from(compare(left, op, right))),
                _ => None,
            };
            return folded.map_or(Val::Unknown, Val::Int);
        }
        if op.is_comparison() {
            self.tested(state, left);
            self.tested(state, right);
            let mut sym = Sym::new(Kind::Int, How::Computed, "", pos);
            (sym.lo, sym.hi) = (0, 1);
            return Val::Sym(state.add(sym));
        }
        let mut sym = Sym::new(Kind::Int, How::Computed, "", pos);
        let mut known = false;
        for val in [left, right] {
            if let Val::Sym(id) = val {
                let operand = *state.sym(id);
                sym.guarded |= operand.guarded;
                sym.untrusted |= operand.untrusted;
                if operand.kind != Kind::Int
                    && matches!(op, BinaryOp::Add | BinaryOp::Sub)
                    && sym.from.is_none()
                {
                    sym.from = Some(id);
                    if operand.null == Null::No || matches!(operand.kind, Kind::Memory(_)) {
                        sym.kind = Kind::Unknown;
                        sym.null = Null::No;
                    }
                }
                known = true;
            }
        }
        if !known && op != BinaryOp::BitAnd {
            return Val::Unknown;
        }
        Val::Sym(state.add(sym))
    }

    /// A result was looked at in a way that is not followed.
    pub fn tested(&mut self, state: &mut State, val: Val) {
        if let Val::Sym(id) = val {
            if state.sym(id).pending && state.sym(id).kind == Kind::Int {
                state.sym_mut(id).pending = false;
                state.error = Indicator::Unknown;
            }
        }
    }

    /// Where an lvalue is.
    pub fn place(&mut self, state: &mut State, expr: ExprId) -> Option<Place> {
        let graph = self.graph.clone();
        let Expr { kind, pos } = graph.expr(expr);
        Some(match kind {
            ExprKind::Var(var) => {
                if graph.vars[var.0 as usize].is_static {
                    Place::Field(Base::Global(graph.vars[var.0 as usize].name), "")
                } else {
                    Place::Var(*var)
                }
            }
            ExprKind::Global(name) => Place::Field(Base::Global(name), ""),
            ExprKind::Cast(_, inner) => self.place(state, *inner)?,
            ExprKind::Member(inner, field, true) => {
                let val = self.eval(state, *inner)?;
                self.dereference(state, val, *inner, *pos);
                match self.base(state, val) {
                    Some(base) => Place::Field(base, field),
                    None => Place::Nowhere,
                }
            }
            ExprKind::Member(inner, field, false) => match self.place(state, *inner)? {
                Place::Var(var) => Place::Field(Base::Var(var), field),
                Place::Field(base, "") => Place::Field(base, field),
                Place::Field(base, outer) => {
                    Place::Field(base, intern(&format!("{outer}.{field}")))
                }
                Place::Element(base) => Place::Element(base),
                Place::Nowhere => Place::Nowhere,
            },
            ExprKind::Index(inner, index) => {
                let val = self.eval(state, *inner)?;
                let by = *index;
                let index = self.eval(state, *index)?;
                self.dereference(state, val, *inner, *pos);
                match (self.base(state, val), index) {
                    (Some(base), Val::Int(index)) => {
                        Place::Field(base, intern(&format!("[{index}]")))
                    }
                    (Some(base), _) => match graph.expr(by).kind {
                        // The same element until the variable changes.
                        ExprKind::Var(var) => Place::Field(base, intern(&format!("[={}]", var.0))),
                        _ => Place::Element(base),
                    },
                    (None, _) => Place::Nowhere,
                }
            }
            ExprKind::Unary(UnaryOp::Deref, inner) => {
                let val = self.eval(state, *inner)?;
                self.dereference(state, val, *inner, *pos);
                match val {
                    Val::Address(var) => Place::Var(var),
                    val => match self.base(state, val) {
                        Some(base) => Place::Field(base, "*"),
                        None => Place::Nowhere,
                    },
                }
            }
            _ => {
                self.eval(state, expr)?;
                Place::Nowhere
            }
        })
    }

    fn base(&self, _state: &State, val: Val) -> Option<Base> {
        match val {
            Val::Sym(id) => Some(Base::Sym(id)),
            Val::Address(var) => Some(Base::Var(var)),
            _ => None,
        }
    }

    fn address(&mut self, state: &mut State, place: Place, pos: u32) -> Val {
        match place {
            Place::Var(var) => Val::Address(var),
            Place::Field(base, name) => {
                let key = intern(&format!("&{name}"));
                if let Some(val) = state.field(base, key) {
                    return val;
                }
                let shown: Name = match base {
                    Base::Global(global) => global,
                    _ => key,
                };
                let how = if matches!(base, Base::Global(_)) {
                    How::Global
                } else {
                    How::Field
                };
                let mut sym = Sym::new(Kind::Unknown, how, shown, pos);
                sym.null = Null::No;
                if let Base::Sym(id) = base {
                    sym.from = Some(id);
                }
                let val = Val::Sym(state.add(sym));
                state.set_field(base, key, val);
                val
            }
            Place::Element(base) => {
                let mut sym = Sym::new(Kind::Unknown, How::Element, "", pos);
                sym.null = Null::No;
                if let Base::Sym(id) = base {
                    sym.from = Some(id);
                }
                Val::Sym(state.add(sym))
            }
            Place::Nowhere => Val::Unknown,
        }
    }

    /// Reads a place; what was never seen gets a symbol.
    pub fn load(&mut self, state: &mut State, place: Place, expr: ExprId, pos: u32) -> Val {
        match place {
            Place::Var(var) => {
                let declared = self.graph.vars[var.0 as usize];
                if declared.ty.arrays > 0 {
                    return Val::Address(var);
                }
                if !declared.ty.is_pointer() && !state.fields.is_empty() {
                    // A record as a whole: what it holds goes along.
                    for index in 0..state.fields.len() {
                        if let (Base::Var(of), name, Val::Sym(id)) = state.fields[index] {
                            if of == var && !name.starts_with('@') {
                                state.sym_mut(id).escaped = true;
                            }
                        }
                    }
                }
                let val = state.vars[var.0 as usize];
                if val != Val::Unknown {
                    return val;
                }
                let mut sym = Sym::new(
                    if declared.ty.is_object() {
                        Kind::Object
                    } else {
                        Kind::Unknown
                    },
                    How::Unknown,
                    declared.name,
                    pos,
                );
                sym.var = Some(var);
                let val = Val::Sym(state.add(sym));
                state.vars[var.0 as usize] = val;
                val
            }
            Place::Field(base, name) => {
                if let Some(val) = state.field(base, name) {
                    if val != Val::Unknown {
                        return val;
                    }
                }
                if let (Base::Sym(id), "*") = (base, name) {
                    // Read before it was written: no mere out parameter.
                    state.sym_mut(id).guarded = true;
                }
                let val = self.fresh_field(state, base, name, expr, pos);
                state.set_field(base, name, val);
                val
            }
            Place::Element(base) => {
                let mut sym = Sym::new(Kind::Unknown, How::Element, "", pos);
                if let Base::Sym(id) = base {
                    sym.from = Some(id);
                    sym.volatile = true;
                }
                Val::Sym(state.add(sym))
            }
            Place::Nowhere => Val::Unknown,
        }
    }

    fn fresh_field(
        &mut self,
        state: &mut State,
        base: Base,
        name: Name,
        expr: ExprId,
        pos: u32,
    ) -> Val {
        match base {
            Base::Global(global) if name.is_empty() => {
                if global == "NULL" {
                    return Val::Int(0);
                }
                if let Some(value) = self.program.constant(self.file, global) {
                    return Val::Int(value);
                }
                let mut sym = Sym::new(Kind::Unknown, How::Global, global, pos);
                let is_python = global.starts_with("Py") || global.starts_with("_Py");
                if is_python || self.program.is_function(self.file, global) {
                    sym.null = Null::No;
                }
                Val::Sym(state.add(sym))
            }
            _ => {
                let ty = self.type_of(expr);
                let kind = match ty {
                    Some(ty) if ty.is_object() => Kind::Object,
                    Some(ty) if !ty.is_pointer() && !ty.name.is_empty() => Kind::Int,
                    _ => Kind::Unknown,
                };
                let mut sym = Sym::new(kind, How::Field, name, pos);
                if let Base::Sym(id) = base {
                    sym.from = Some(id);
                    sym.volatile = true;
                }
                Val::Sym(state.add(sym))
            }
        }
    }

    /// Writes without consequences for ownership.
    fn write(&mut self, state: &mut State, place: Place, val: Val) {
        match place {
            Place::Var(var) => {
                state.vars[var.0 as usize] = val;
                if state.fields.iter().any(|(_, name, _)| name.contains("[=")) {
                    let key = format!("[={}]", var.0);
                    state.fields.retain(|(_, name, _)| !name.contains(&key));
                }
            }
            Place::Field(base, name) => state.set_field(base, name, val),
            _ => {}
        }
    }

    /// Assignment.
    pub fn store(&mut self, state: &mut State, place: Place, val: Val, _pos: u32) {
        self.write(state, place, val);
        let Val::Sym(id) = val else { return };
        match place {
            Place::Var(var) => {
                let sym = state.sym_mut(id);
                if sym.var.is_none() && !self.graph.vars[var.0 as usize].name.starts_with('(') {
                    sym.var = Some(var);
                }
            }
            Place::Field(Base::Var(var), name) => {
                let sym = state.sym_mut(id);
                if self.graph.vars[var.0 as usize].ty.arrays > 0 || name.contains('[') {
                    sym.escaped = true;
                }
            }
            Place::Field(Base::Sym(base), "*")
                if state.sym(base).origin.how == How::Param
                    && state.sym(base).null != Null::Yes =>
            {
                // An out parameter: whether that is right depends on how the function ends.
                let sym = state.sym_mut(id);
                sym.stores = sym.stores.saturating_add(1);
            }
            Place::Element(Base::Var(_)) => state.sym_mut(id).escaped = true,
            // What a global holds stays: a cache, not a leak.
            Place::Field(Base::Global(_), _) => state.escape(id),
            Place::Field(..) | Place::Element(_) | Place::Nowhere => {
                if state.sym(id).from.is_some() && state.sym(id).origin.name.starts_with('&') {
                    state.escape(id);
                }
                let sym = state.sym_mut(id);
                sym.stores = sym.stores.saturating_add(1);
                if sym.owned > 0 {
                    self.facts.settled.insert(sym.origin.pos);
                }
            }
        }
    }

    /// A pointer is followed.
    pub fn dereference(&mut self, state: &mut State, val: Val, expr: ExprId, pos: u32) {
        if let Val::Sym(id) = val {
            let sym = *state.sym(id);
            if sym.origin.how == How::Param && sym.null == Null::Maybe {
                if let Some(var) = sym.var {
                    self.facts.dereferenced.insert(var.0);
                }
            }
            rules::unchecked_null::on_dereference(self, state, id, expr, pos);
            rules::uninitialised_field::on_use(self, state, id, pos);
            rules::use_after_release::on_use(self, state, id, pos, "");
            if state.sym(id).null == Null::Maybe {
                // It survived: not NULL from here on.
                state.sym_mut(id).null = Null::No;
                self.settle(state, id);
            }
        }
    }
}

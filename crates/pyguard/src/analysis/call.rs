//! Calls: what the callee's model says happens to arguments, result, error indicator and borrowed references.

use super::engine::Engine;
use super::model::{ArgUse, Model};
use super::state::*;
use crate::front::ast::*;
use crate::front::intern::Name;
use crate::kb::{Effect, Failure, Family, ResultKind, Sets, Use};
use crate::rules;

/// A call as the rules see it.
pub struct Call<'c> {
    pub name: Name,
    pub pos: u32,
    pub expr: ExprId,
    pub arguments: &'c [ExprId],
    pub values: &'c [Val],
}

impl Engine<'_> {
    pub fn call(
        &mut self,
        state: &mut State,
        expr: ExprId,
        callee: ExprId,
        arguments: &[ExprId],
        pos: u32,
    ) -> Option<Val> {
        let graph = self.graph.clone();
        let mut target = callee;
        while let ExprKind::Unary(UnaryOp::Deref, inner) | ExprKind::Cast(_, inner) =
            &graph.expr(target).kind
        {
            target = *inner;
        }
        let mut model = None;
        let name: Name = match &graph.expr(target).kind {
            ExprKind::Global(name) => {
                model = self.model(name);
                if model.is_none() {
                    if let Some(global) = self
                        .program
                        .unit(self.file)
                        .globals
                        .iter()
                        .find(|global| global.name == *name)
                    {
                        model = self.program.models.of_type(global.ty.name);
                    }
                }
                name
            }
            // `self->method(…)`: a slot, or an unknown callee.
            ExprKind::Member(_, field, _) => {
                self.eval(state, target)?;
                model = self.program.models.of_slot(field);
                if model.is_some() { field } else { "" }
            }
            _ => {
                self.eval(state, callee)?;
                ""
            }
        };
        let mut values = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let how = model.map(|model| model.arg(index).how);
            let val = match how {
                // These take the lvalue itself.
                Some(ArgUse::Kb(Use::Clears | Use::Replaces)) => Val::Unknown,
                _ => self.eval(state, *argument)?,
            };
            values.push(val);
        }
        let call = Call {
            name,
            pos,
            expr,
            arguments,
            values: &values,
        };
        match model {
            Some(model) => self.known_call(state, &call, model),
            None => self.unknown_call(state, &call),
        }
    }

    fn unknown_call(&mut self, state: &mut State, call: &Call) -> Option<Val> {
        if matches!(
            call.name,
            "abort" | "exit" | "_exit" | "__builtin_unreachable" | "longjmp"
        ) {
            return None;
        }
        rules::format_string::on_call(self, state, call);
        // Functions that call each other in a circle: taken for well-behaved.
        let recursive = !call.name.is_empty() && self.program.is_defined(self.file, call.name);
        // A harmless macro or a function of the C library keeps its hands off Python's state.
        let in_tree = call.name.is_empty() || self.program.is_function(self.file, call.name);
        let is_macro = !in_tree
            && call
                .name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let python =
            in_tree || call.name.starts_with("Py") || call.name.starts_with("_Py") || is_macro;
        for val in call.values {
            match *val {
                Val::Sym(id) => {
                    rules::use_after_release::on_use(self, state, id, call.pos, call.name);
                    if python && !recursive
                        || matches!(state.sym(id).kind, Kind::Memory(_))
                        || state.sym(id).from.is_some()
                    {
                        state.escape(id);
                    }
                    state.forget_fields(Base::Sym(id));
                }
                Val::Address(var) => self.changed(state, var),
                _ => {}
            }
        }
        if python {
            self.facts.unknown_calls = true;
            for id in state.pending().collect::<Vec<_>>() {
                state.sym_mut(id).pending = false;
            }
            state.error = Indicator::Unknown;
        }
        let mut sym = Sym::new(Kind::Unknown, How::Call, call.name, call.pos);
        if let Some(ty) = self.program.result_type(self.file, call.name) {
            if !ty.is_pointer() {
                sym.kind = Kind::Int;
            }
        }
        Some(Val::Sym(state.add(sym)))
    }

    /// A variable that is a record of this function.
    fn is_record(&self, var: VarId) -> bool {
        let ty = self.graph.vars[var.0 as usize].ty;
        !ty.is_pointer() && super::types::int_type(ty.name).is_none()
    }

    /// A variable whose address went to a call that is not followed.
    fn changed(&mut self, state: &mut State, var: VarId) {
        for (base, _, val) in state.fields.clone() {
            if base == Base::Var(var) {
                if let Val::Sym(id) = val {
                    state.sym_mut(id).escaped = true;
                    state.sym_mut(id).pending = false;
                }
            }
        }
        state.forget_fields(Base::Var(var));
        state.fields.retain(|(base, ..)| *base != Base::Var(var));
        if self.graph.vars[var.0 as usize].ty.arrays == 0 {
            if let Val::Sym(id) = state.vars[var.0 as usize] {
                state.sym_mut(id).escaped = true;
            }
            state.vars[var.0 as usize] = Val::Unknown;
        }
    }

    fn known_call(&mut self, state: &mut State, call: &Call, model: &Model) -> Option<Val> {
        if model.has(Effect::NoReturn) {
            return None;
        }
        rules::on_call(self, state, call, model);
        if let Some(val) = self.remembered(state, call, model) {
            return Some(val);
        }
        self.facts.handles_error |= model.has(Effect::ClearsException)
            || model.has(Effect::TestsException)
            || call.name.contains("ExceptionMatches")
            || !model.is_api && model.has(Effect::KeepsException);
        // The result first: what happens to the arguments may hang on it.
        let result = self.result(state, call, model);
        for index in 0..call.arguments.len() {
            let rejects = model.rejects_null.get(index) == Some(&true)
                || index == 2 && call.name.starts_with("PyModule_AddObject");
            if let (true, Val::Sym(id), Some(on)) = (rejects, call.values[index], result) {
                if state.sym(id).null == Null::Maybe {
                    state.sym_mut(id).pending = false;
                    state.dependents.push(Dependent {
                        on,
                        sym: id,
                        outcome: Outcome::NotNull,
                    });
                }
            }
            if let (Val::Sym(id), true) = (
                call.values[index],
                is_destroyer(call.name) || keeps_pointer(call.name),
            ) {
                state.sym_mut(id).escaped |= matches!(state.sym(id).kind, Kind::Memory(_))
                    && matches!(
                        model.arg(index).how,
                        ArgUse::Kb(Use::Value | Use::Borrows) | ArgUse::Changes
                    );
            }
            self.argument(state, call, model, index, result);
        }
        if call.name.contains("Err_Fetch") {
            self.fetched(state, call);
        }
        if model.has(Effect::EmptiesFirst) {
            if let Some(Val::Sym(container)) = call.values.first() {
                self.released_container(state, *container, call.pos);
            }
        }
        let strong = model.runs_python && (!model.is_api || runs_any_code(call.name));
        self.facts.runs_strong |= strong;
        if strong && !is_drop(call.name) {
            self.python_runs(state, call.pos);
        }
        if model.has(Effect::ClearsException) {
            for id in state.pending().collect::<Vec<_>>() {
                state.sym_mut(id).pending = false;
            }
            state.error = Indicator::Clear;
        }
        if model.has(Effect::SetsException)
            || model.fails == Failure::Always && model.sets != Sets::Never
        {
            for id in state.pending().collect::<Vec<_>>() {
                state.sym_mut(id).pending = false;
            }
            state.error = Indicator::Set(call.pos);
        }
        if !model.is_api
            && model.has(Effect::KeepsException)
            && matches!(state.error, Indicator::Set(_))
            && !model.has(Effect::SetsException)
            && model.fails != Failure::Always
        {
            // It looks at the exception: perhaps it cleared it.
            state.error = Indicator::Unknown;
        }
        if model.disturbs && !matches!(state.error, Indicator::Unknown) {
            state.error = Indicator::Unknown;
        }
        if model.has(Effect::ReleasesGil) {
            state.gil_released = call.pos;
            self.facts.releases_gil = true;
        }
        if model.has(Effect::TakesGil) {
            state.gil_released = 0;
        }
        if model.has(Effect::Returns) {
            let state = std::mem::replace(state, State::new(0));
            self.leave_with(state, result.map_or(Val::Unknown, Val::Sym), call.pos);
            return None;
        }
        if let Some(index) = model
            .args
            .iter()
            .position(|arg| arg.how == ArgUse::Kb(Use::Format))
        {
            self.formatted(state, call, index, result);
        }
        if let Some(id) = result {
            self.remember(state, call, model, id);
        }
        Some(match result {
            Some(id) => Val::Sym(id),
            None if model.has(Effect::TestsException) => Val::ErrorTest,
            None if model.fails == Failure::Always && model.range == Some((0, 0)) => Val::Int(0),
            None if model.fails == Failure::Always => {
                Val::Int(if model.result == ResultKind::Int {
                    -1
                } else {
                    0
                })
            }
            None => Val::Unknown,
        })
    }

    fn result(&mut self, state: &mut State, call: &Call, model: &Model) -> Option<SymId> {
        if model.has(Effect::TestsException) || model.fails == Failure::Always {
            return None;
        }
        let (kind, how) = match model.result {
            ResultKind::New => (Kind::Object, How::New),
            ResultKind::Borrowed => (Kind::Object, How::Borrowed),
            ResultKind::Memory => (Kind::Memory(model.family.unwrap_or(Family::Mem)), How::New),
            ResultKind::Int => (Kind::Int, How::Call),
            ResultKind::Ptr => (Kind::Unknown, How::Call),
            ResultKind::Void => return None,
        };
        if let Some(Val::Sym(id)) = model.same_as.and_then(|index| call.values.get(index)) {
            return Some(*id);
        }
        if call.name.starts_with("PyObject_INIT") || call.name.starts_with("PyObject_Init") {
            if let Some(Val::Sym(id)) = call.values.first() {
                state.sym_mut(*id).kind = Kind::Object;
                return Some(*id);
            }
        }
        if model.has(Effect::SameAsFirst) {
            if let Some(Val::Sym(id)) = call.values.first() {
                if matches!(state.sym(*id).kind, Kind::Memory(_)) {
                    // A block becomes an object: its one reference is the block's owner's.
                    state.sym_mut(*id).kind = Kind::Object;
                    return Some(*id);
                }
                if model.result == ResultKind::New {
                    state.sym_mut(*id).owned += 1;
                }
                return Some(*id);
            }
        }
        if gives_first(call.name) {
            if let Some(Val::Sym(id)) = call.values.first() {
                return Some(*id);
            }
        }
        let mut sym = Sym::new(kind, how, call.name, call.pos);
        sym.fails = model.fails;
        sym.sets = model.sets;
        let first = match call.values.first() {
            Some(Val::Sym(id)) => Some(*id),
            _ => None,
        };
        if first.is_some_and(|first| state.sym(first).typed) && trusts_type(call.name) {
            sym.fails = Failure::Never;
        }
        if call.name.ends_with("AndOverflow") {
            sym.sets = Sets::Sometimes;
        }
        if kind == Kind::Int && super::engine::is_check(call.name) {
            sym.from = first;
        }
        if how == How::New && (call.name.ends_with("_New") || call.name.contains("_From")) {
            sym.typed = true;
        }
        match model.result {
            ResultKind::New | ResultKind::Memory => {
                sym.owned = 1;
                let what = if kind == Kind::Object {
                    What::NewReference
                } else {
                    What::Memory
                };
                state.note(call.pos, Event::Gives(call.name, what));
            }
            ResultKind::Borrowed => {
                if let Some(Val::Sym(from)) = call.values.first() {
                    sym.from = Some(*from);
                }
                // Interned names live for ever.
                sym.volatile = model.volatile && !call.name.ends_with("FromId");
                if sym.volatile {
                    state.note(call.pos, Event::Gives(call.name, What::Borrowed));
                }
            }
            _ => {}
        }
        match sym.fails {
            Failure::Never => {
                if kind != Kind::Int && !(model.result == ResultKind::Ptr && !model.is_api) {
                    sym.null = Null::No;
                }
                if kind == Kind::Int && is_size(call.name) {
                    sym.lo = 0;
                    sym.guarded = true;
                }
            }
            Failure::MinusOne | Failure::Negative => {
                sym.lo = -1;
                if model.two_valued {
                    sym.hi = 0;
                }
            }
            _ => {}
        }
        if let Some((lo, hi)) = model.range {
            (sym.lo, sym.hi) = (lo, hi);
        }
        sym.pending = sym.fails != Failure::Never && model.sets != Sets::Never;
        if kind == Kind::Int
            && (call.name.starts_with("PyLong_As")
                || call.name.starts_with("PyNumber_AsSsize_t")
                || call.name.starts_with("_PyLong_As"))
        {
            sym.untrusted = true;
        }
        if kind == Kind::Int && is_size(call.name) {
            sym.guarded = true;
        }
        Some(state.add(sym))
    }

    fn argument(
        &mut self,
        state: &mut State,
        call: &Call,
        model: &Model,
        index: usize,
        result: Option<SymId>,
    ) {
        let arg = model.arg(index);
        let val = call.values[index];
        let expr = call.arguments[index];
        match arg.how {
            ArgUse::Escapes => match val {
                Val::Sym(id) => state.escape(id),
                Val::Address(var) => self.changed(state, var),
                _ => {}
            },
            ArgUse::Changes => match val {
                Val::Sym(id) => {
                    state.forget_fields(Base::Sym(id));
                }
                // A record whose references the callee does not release: they stay this function's.
                Val::Address(var)
                    if self.is_record(var)
                        && model.drops_fields.get(index) == Some(&false)
                        && !is_destroyer(call.name) => {}
                Val::Address(var) => self.changed(state, var),
                _ => {}
            },
            ArgUse::Kb(r#use) => match r#use {
                // A format says what becomes of the arguments behind it.
                _ if index > 0 && self.is_formatted(call, model, index) => {}
                Use::Value | Use::Size | Use::Format => {
                    if let Val::Sym(id) = val {
                        // An object as a plain pointer: a table or a context that keeps it.
                        if state.sym(id).kind == Kind::Object
                            && state.sym(id).owned > 0
                            && (call.name.starts_with("_Py") || !model.is_api)
                        {
                            state.escape(id);
                        }
                    }
                    if let Val::Address(var) = val {
                        if !model.is_api
                            || r#use == Use::Value && self.graph.vars[var.0 as usize].ty.arrays == 0
                        {
                            self.changed(state, var);
                        }
                    }
                }
                Use::Borrows => {
                    if let Val::Sym(id) = val {
                        if !arg.nullable {
                            self.must_be_object(state, call, id, index);
                        }
                        if !model.is_api {
                            state.forget_fields(Base::Sym(id));
                        }
                    }
                }
                Use::Steals | Use::StealsOnSuccess => {
                    let Val::Sym(id) = val else { return };
                    if !arg.nullable {
                        self.must_be_object(state, call, id, index);
                    }
                    if r#use == Use::StealsOnSuccess {
                        if let Some(on) = result {
                            state.dependents.push(Dependent {
                                on,
                                sym: id,
                                outcome: Outcome::Steals,
                            });
                            return;
                        }
                    }
                    let sym = state.sym_mut(id);
                    self.facts.settled.insert(sym.origin.pos);
                    if sym.null != Null::Yes {
                        sym.owned -= 1;
                        sym.shared = true;
                    }
                    if sym.owned < 0 && !matches!(sym.origin.how, How::Param) {
                        rules::over_release::on_steal(self, state, id, call);
                    }
                }
                Use::Increfs => {
                    if let Val::Sym(id) = val {
                        if !arg.nullable {
                            self.must_be_object(state, call, id, index);
                        }
                        if state.sym(id).null != Null::Yes {
                            let sym = state.sym_mut(id);
                            sym.owned += 1;
                            sym.kind = Kind::Object;
                        }
                    }
                }
                Use::Decrefs => self.drop_reference(state, call, val, expr, arg.nullable),
                Use::Clears | Use::Replaces => {
                    let Some(place) = self.place(state, expr) else {
                        return;
                    };
                    let old = self.load(state, place, expr, call.pos);
                    self.drop_reference(state, call, old, expr, true);
                    let new = match r#use {
                        Use::Clears => Val::Int(0),
                        _ => {
                            // The next argument's reference moves here: a store, not a theft.
                            call.values.get(index + 1).copied().unwrap_or(Val::Unknown)
                        }
                    };
                    if r#use == Use::Replaces {
                        if let Val::Sym(id) = new {
                            // `argument` will count it as stolen; a variable or a field holds it now.
                            let sym = state.sym_mut(id);
                            sym.owned += 1;
                            if !matches!(place, Place::Var(_)) {
                                sym.stores = sym.stores.saturating_add(1);
                            }
                        }
                        match place {
                            Place::Var(var) => state.vars[var.0 as usize] = new,
                            Place::Field(base, name) => state.set_field(base, name, new),
                            _ => {}
                        }
                    } else {
                        self.store(state, place, new, call.pos);
                    }
                }
                Use::OutNew | Use::OutBorrowed => {
                    let mut sym = Sym::new(Kind::Object, How::Out, call.name, call.pos);
                    sym.owned = i16::from(r#use == Use::OutNew);
                    if r#use == Use::OutBorrowed {
                        sym.origin.how = How::Borrowed;
                        sym.volatile = model.volatile;
                        if let Some(Val::Sym(from)) = call.values.first() {
                            sym.from = Some(*from);
                        }
                    } else {
                        state.note(call.pos, Event::Gives(call.name, What::NewReference));
                    }
                    self.write_out(
                        state,
                        val,
                        sym,
                        result,
                        Outcome::Out {
                            nullable: arg.nullable
                                || model.sets == Sets::Sometimes
                                || model.result == ResultKind::Void
                                || !model.two_valued,
                        },
                        call,
                    );
                }
                Use::InOut => {
                    // The old reference is gone, and what comes is new, or NULL after a failure.
                    if let Val::Sym(target) = val {
                        self.resized_field(state, call, target, result);
                    }
                    if let Val::Address(var) = val {
                        if let Val::Sym(old) = state.vars[var.0 as usize] {
                            let sym = state.sym_mut(old);
                            self.facts.settled.insert(sym.origin.pos);
                            sym.owned -= 1;
                        }
                        let mut sym = Sym::new(Kind::Object, How::Out, call.name, call.pos);
                        sym.owned = 1;
                        self.write_out(
                            state,
                            val,
                            sym,
                            result,
                            Outcome::Out { nullable: false },
                            call,
                        );
                    }
                }
                Use::Out => match val {
                    Val::Address(var) => {
                        if self.graph.vars[var.0 as usize].ty.arrays == 0 {
                            state.vars[var.0 as usize] = Val::Unknown;
                            state.fields.retain(|(base, ..)| *base != Base::Var(var));
                        }
                    }
                    Val::Sym(id) => state.forget_fields(Base::Sym(id)),
                    _ => {}
                },
                Use::Frees => self.free(state, call, val, model),
                Use::Reallocates => {
                    if let (Val::Sym(id), Some(on)) = (val, result) {
                        if state.sym(id).released != 0 {
                            rules::use_after_release::on_use(self, state, id, call.pos, call.name);
                        }
                        state.dependents.push(Dependent {
                            on,
                            sym: id,
                            outcome: Outcome::Frees,
                        });
                    }
                }
                Use::Acquires => self.acquire(state, call, val, result),
                Use::Releases => match val {
                    Val::Address(var) => {
                        if let Some(Val::Sym(id)) = state.field(Base::Var(var), "@buffer") {
                            let sym = state.sym_mut(id);
                            sym.owned = 0;
                            self.facts.settled.insert(sym.origin.pos);
                        }
                    }
                    Val::Sym(_) | Val::Unknown | Val::Int(_) | Val::Str | Val::ErrorTest => {}
                },
            },
        }
    }

    /// Something is written through a pointer argument.
    fn write_out(
        &mut self,
        state: &mut State,
        target: Val,
        sym: Sym,
        result: Option<SymId>,
        outcome: Outcome,
        call: &Call,
    ) {
        let _ = call;
        match target {
            Val::Address(var) => {
                let id = state.add(sym);
                self.store(state, Place::Var(var), Val::Sym(id), sym.origin.pos);
                if let Some(on) = result {
                    state.dependents.push(Dependent {
                        on,
                        sym: id,
                        outcome,
                    });
                }
            }
            Val::Sym(target) => {
                // `&self->field`: it has an owner.
                let mut sym = sym;
                sym.escaped = true;
                let name = state.sym(target).origin.name;
                if let (Some(from), Some(field)) = (state.sym(target).from, name.strip_prefix('&'))
                {
                    let id = state.add(sym);
                    state.set_field(Base::Sym(from), field, Val::Sym(id));
                    if let Some(on) = result {
                        state.dependents.push(Dependent {
                            on,
                            sym: id,
                            outcome,
                        });
                    }
                } else {
                    let id = state.add(sym);
                    state.set_field(Base::Sym(target), "*", Val::Sym(id));
                }
            }
            _ => {}
        }
    }

    /// `_PyBytes_Resize(&writer.bytes, n)`
    fn resized_field(
        &mut self,
        state: &mut State,
        call: &Call,
        target: SymId,
        result: Option<SymId>,
    ) {
        let found = state.fields.iter().find_map(|(base, name, val)| {
            (*val == Val::Sym(target))
                .then(|| Some((*base, name.strip_prefix('&')?)))
                .flatten()
        });
        let Some((base, field)) = found else { return };
        if let Some(Val::Sym(old)) = state.field(base, field) {
            let sym = state.sym_mut(old);
            self.facts.settled.insert(sym.origin.pos);
            sym.owned -= 1;
            sym.shared = true;
        }
        let mut sym = Sym::new(Kind::Object, How::Out, call.name, call.pos);
        sym.owned = 1;
        sym.escaped = !matches!(base, Base::Var(_));
        let id = state.add(sym);
        state.set_field(base, field, Val::Sym(id));
        if let Some(on) = result {
            state.dependents.push(Dependent {
                on,
                sym: id,
                outcome: Outcome::Out { nullable: false },
            });
        }
    }

    /// Without a type there is neither a value nor a traceback.
    fn fetched(&mut self, state: &mut State, call: &Call) {
        let outs: Vec<SymId> = call
            .values
            .iter()
            .filter_map(|val| match val {
                Val::Address(var) => match state.vars[var.0 as usize] {
                    Val::Sym(id) => Some(id),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        if let [ty, rest @ ..] = outs.as_slice() {
            state.sym_mut(*ty).fails = Failure::Null;
            for sym in rest {
                state.dependents.push(Dependent {
                    on: *ty,
                    sym: *sym,
                    outcome: Outcome::Out { nullable: true },
                });
            }
        }
    }

    pub fn acquire(&mut self, state: &mut State, call: &Call, target: Val, result: Option<SymId>) {
        if let Val::Address(var) = target {
            let mut sym = Sym::new(Kind::Buffer, How::Out, call.name, call.pos);
            sym.owned = 1;
            sym.null = Null::No;
            sym.var = Some(var);
            let id = state.add(sym);
            state.fields.retain(|(base, ..)| *base != Base::Var(var));
            state.set_field(Base::Var(var), "@buffer", Val::Sym(id));
            // What a filled buffer says of itself; the program may ask that instead of the result.
            let mut len = Sym::new(Kind::Int, How::Out, call.name, call.pos);
            (len.lo, len.guarded) = (0, true);
            let len = state.add(len);
            state.set_field(Base::Var(var), "len", Val::Sym(len));
            for name in ["buf", "obj"] {
                let mut pointer = Sym::new(Kind::Unknown, How::Out, call.name, call.pos);
                pointer.null = Null::No;
                pointer.nonzero = true;
                let pointer = state.add(pointer);
                state.set_field(Base::Var(var), name, Val::Sym(pointer));
            }
            state.note(call.pos, Event::Gives(call.name, What::Buffer));
            if let Some(on) = result {
                state.dependents.push(Dependent {
                    on,
                    sym: id,
                    outcome: Outcome::Acquires,
                });
            }
        }
    }

    /// An argument that the callee follows.
    fn must_be_object(&mut self, state: &mut State, call: &Call, id: SymId, index: usize) {
        let sym = *state.sym(id);
        if sym.origin.how == How::Param && sym.null == Null::Maybe {
            if let Some(var) = sym.var {
                self.facts.dereferenced.insert(var.0);
            }
        }
        rules::unchecked_null::on_argument(self, state, id, call, index);
        rules::uninitialised_field::on_use(self, state, id, call.pos);
        // It survives the call, or nothing does.
        let is_api = self.model(call.name).is_some_and(|model| model.is_api);
        if state.sym(id).null == Null::Maybe && (sym.pending || is_api) {
            state.sym_mut(id).null = Null::No;
            self.settle(state, id);
        }
    }

    fn drop_reference(
        &mut self,
        state: &mut State,
        call: &Call,
        val: Val,
        expr: ExprId,
        nullable: bool,
    ) {
        let Val::Sym(id) = val else { return };
        let sym = *state.sym(id);
        if sym.null == Null::Yes {
            if !nullable {
                rules::unchecked_null::on_dereference(self, state, id, expr, call.pos);
            }
            return;
        }
        if !nullable {
            if sym.origin.how == How::Param && sym.null == Null::Maybe {
                if let Some(var) = sym.var {
                    self.facts.dereferenced.insert(var.0);
                }
            }
            if sym.null == Null::Maybe && sym.fails == Failure::Null {
                rules::unchecked_null::on_argument(self, state, id, call, 0);
                let sym = state.sym_mut(id);
                sym.null = Null::No;
                self.settle(state, id);
            }
        }
        if let (How::Field, Some(from)) = (sym.origin.how, sym.from) {
            if let (How::Param, Some(var)) = (state.sym(from).origin.how, state.sym(from).var) {
                self.facts.fields_dropped.insert(var.0);
            }
        }
        rules::over_release::on_drop(self, state, id, call);
        self.facts.settled.insert(sym.origin.pos);
        if let (How::Param, Some(var)) = (sym.origin.how, sym.var) {
            self.facts.params_dropped.insert(var.0);
        }
        state.note(call.pos, Event::Drops(call.name));
        let sym = state.sym_mut(id);
        sym.owned -= 1;
        let owner = matches!(sym.origin.how, How::New | How::Out);
        if sym.owned <= 0 && sym.stores == 0 && !sym.shared && !sym.escaped && owner {
            sym.released = call.pos.max(1);
            self.released_container(state, id, call.pos);
        }
    }

    /// What was borrowed from a dropped object may be gone.
    fn released_container(&mut self, state: &mut State, container: SymId, pos: u32) {
        for id in state.ids() {
            let sym = state.sym_mut(id);
            if sym.from == Some(container)
                && sym.owned <= 0
                && sym.kind == Kind::Object
                && sym.origin.how == How::Borrowed
                && sym.released == 0
                && sym.stores == 0
            {
                sym.released = pos.max(1);
            }
        }
    }

    /// Python code may have run: what is only borrowed from what it can change is no longer sure.
    fn python_runs(&mut self, state: &mut State, pos: u32) {
        for id in state.ids() {
            let sym = *state.sym(id);
            let is_param = sym.origin.how == How::Param && sym.kind == Kind::Object;
            if !(sym.volatile || is_param)
                || sym.stale != 0
                || sym.owned > 0
                || sym.stores > 0
                || sym.escaped
            {
                continue;
            }
            // What this function itself made and still holds alone does not change behind its back.
            let private = sym.from.is_some_and(|from| {
                let from = state.sym(from);
                from.origin.how == How::New && from.stores == 0 && !from.escaped && from.owned > 0
            });
            if !private {
                state.sym_mut(id).stale = pos.max(1);
            }
        }
    }

    fn free(&mut self, state: &mut State, call: &Call, val: Val, model: &Model) {
        let Val::Sym(id) = val else { return };
        let sym = *state.sym(id);
        if sym.null == Null::Yes {
            return;
        }
        if sym.released != 0 {
            rules::use_after_release::on_free(self, state, id, call);
            return;
        }
        if let (Kind::Memory(family), Some(free)) = (sym.kind, model.family) {
            if family != free {
                rules::wrong_allocator::report(self, state, id, call, family, free);
            }
        }
        self.facts.settled.insert(sym.origin.pos);
        if let Some(from) = sym.from {
            if let (How::Param, Some(var)) = (state.sym(from).origin.how, state.sym(from).var) {
                self.facts.fields_dropped.insert(var.0);
            }
        }
        state.note(call.pos, Event::Drops(call.name));
        let sym = state.sym_mut(id);
        sym.owned = 0;
        if !sym.escaped || sym.origin.how == How::New {
            sym.released = call.pos.max(1);
        }
    }
}

/// Functions of the C library that return their first argument.
fn gives_first(name: &str) -> bool {
    matches!(
        name,
        "floor"
            | "ceil"
            | "fabs"
            | "round"
            | "trunc"
            | "strcpy"
            | "strncpy"
            | "strcat"
            | "memcpy"
            | "memmove"
            | "memset"
            | "wcscpy"
            | "wcsncpy"
            | "wmemcpy"
            | "stpcpy"
    )
}

/// Functions of the API that hold on to a plain pointer.
fn keeps_pointer(name: &str) -> bool {
    matches!(
        name,
        "PyCapsule_New"
            | "PyCapsule_SetContext"
            | "PyCapsule_SetPointer"
            | "PyThread_start_new_thread"
            | "Py_AddPendingCall"
            | "PyThread_tss_set"
            | "PyThread_set_key_value"
            | "Py_SetPath"
            | "Py_SetProgramName"
            | "Py_SetPythonHome"
            | "putenv"
    )
}

/// Who takes a block to destroy it.
fn is_destroyer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "free", "destroy", "dealloc", "release", "close", "delete", "cleanup",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Calls that run whatever code the program likes, not only a finalizer or the comparison of odd keys.
fn runs_any_code(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    [
        "PyObject_",
        "PyNumber_",
        "PySequence_",
        "PyIter_",
        "PyMapping_",
        "PyEval_",
        "PyImport_Import",
        "PyFile_",
        "PyObject",
        "PyErr_Warn",
        "tp_",
        "nb_",
        "sq_",
        "mp_",
    ]
    .iter()
    .any(|start| name.starts_with(start))
        && !matches!(
            name,
            "PyObject_GC_New"
                | "PyObject_New"
                | "PyObject_Hash"
                | "PyObject_GetBuffer"
                | "PyObject_IsTrue"
                | "PyObject_Size"
                | "PyObject_GC_Del"
        )
        && !name.starts_with("PySequence_Fast")
}

/// Functions that only fail for an object of another type.
fn trusts_type(name: &str) -> bool {
    matches!(
        name,
        "PyTuple_Size"
            | "PyList_Size"
            | "PyDict_Size"
            | "PyBytes_Size"
            | "PyByteArray_Size"
            | "PySet_Size"
            | "PyBytes_AsString"
            | "PyByteArray_AsString"
            | "PyFloat_AsDouble"
            | "PyUnicode_GetLength"
            | "PyTuple_GetItem"
            | "PyList_GetItem"
            | "PyBytes_AsStringAndSize"
            | "PyLong_AsUnsignedLongMask"
            | "PyLong_AsUnsignedLongLongMask"
            | "PyList_GetSlice"
            | "PyComplex_AsCComplex"
            | "PyComplex_RealAsDouble"
            | "PyTuple_SetItem"
            | "PyList_SetItem"
            | "PyUnicode_GetSize"
    )
}

/// Drops of references run finalizers; what that endangers is another rule's matter.
fn is_drop(name: &str) -> bool {
    matches!(
        name,
        "Py_DECREF"
            | "Py_XDECREF"
            | "Py_CLEAR"
            | "Py_SETREF"
            | "Py_XSETREF"
            | "_Py_Dealloc"
            | "PyObject_GC_Del"
            | "PyBuffer_Release"
    )
}

/// Sizes of what exists in memory: they cannot be absurd.
fn is_size(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    name.contains("GET_SIZE")
        || name.contains("_Size")
        || name.contains("GET_LENGTH")
        || name.contains("GetLength")
        || name.contains("_Length")
        || matches!(name, "Py_SIZE" | "strlen" | "wcslen" | "PyBytes_Size")
}

//! The walk over one function: states go along the graph, in reverse postorder, so that paths that meet with equal states go on as one.
//!
//! Each block takes a bounded number of different states; what comes beyond is dropped. That loses paths, never makes up any.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::exit::Exit;
use super::model::Model;
use super::program::{FileId, Program};
use super::report::Report;
use super::state::*;
use crate::cfg::{BlockId, End, Graph, Item, show};
use crate::finding::Tier;
use crate::front::ast::*;
use crate::front::intern::{FastSet, Name};
use crate::kb::{Failure, Sets};
use crate::rules::{self, Rule};

/// Different states that a block takes at most, and at least.
const STATES_MAX: usize = 32;
const STATES_LEAST: usize = 4;
/// Block visits per function that `STATES_MAX` may add up to.
const VISITS_MAX: usize = 24_000;
/// Blocks times variables beyond which a function is only skimmed.
const SIZE_MAX: usize = 500_000;
/// Symbols of one state; more are of no use to anybody.
const SYMS_MAX: usize = 400;
/// Steps of a path that are told.
const STEPS_MAX: usize = 24;

/// What becomes of a function's caller-visible pieces besides its exits.
#[derive(Default)]
pub struct Facts {
    /// Parameters that were followed while they might be NULL.
    pub dereferenced: FastSet<u32>,
    /// It runs code of the program's choice.
    pub runs_strong: bool,
    pub unknown_calls: bool,
    /// It asks for, or changes, the error indicator: it may be called with an exception set.
    pub handles_error: bool,
    pub releases_gil: bool,
    /// Places where something was obtained that some path let go of, gave away or returned.
    pub settled: FastSet<u32>,
    /// Calls whose outcome was tested.
    pub tested: FastSet<u32>,
    /// Calls whose result was thrown away.
    pub ignored: FastSet<u32>,
    /// Parameters of whose fields some were released.
    pub fields_dropped: FastSet<u32>,
    /// Parameters that were used after Python code may have run.
    pub used_after_python: FastSet<u32>,
    /// Parameters of which some path dropped a reference.
    pub params_dropped: FastSet<u32>,
}

pub struct Engine<'a> {
    pub program: &'a Program,
    pub file: FileId,
    pub function: &'a Function,
    pub graph: Rc<Graph>,
    pub facts: Facts,
    pub exits: Vec<Exit>,
    pub reports: Vec<Report>,
    /// Leaks among them, to be ranked at the end.
    pub leaks: Vec<rules::reference_leak::Leak>,
    reported: FastSet<(&'static str, u32)>,
    /// It is called from Python, directly.
    pub is_entry: bool,
    /// Some path was not followed.
    pub truncated: bool,
    block: BlockId,
    /// Symbols from here on were made by the statement that runs.
    pub statement_start: u32,
}

impl<'a> Engine<'a> {
    pub fn new(
        program: &'a Program,
        file: FileId,
        function: &'a Function,
        graph: Graph,
    ) -> Engine<'a> {
        Engine {
            is_entry: program.is_entry(file, function),
            program,
            file,
            function,
            graph: Rc::new(graph),
            facts: Facts::default(),
            exits: Vec::new(),
            reports: Vec::new(),
            leaks: Vec::new(),
            reported: FastSet::default(),
            truncated: false,
            block: 0,
            statement_start: 0,
        }
    }

    pub fn run(&mut self) {
        let blocks = self.graph.blocks.len();
        // A state costs by its variables: an interpreter's main loop has thousands of blocks and hundreds of them.
        let size = blocks * self.graph.vars.len();
        let states_max = if size > SIZE_MAX {
            // Alternatives of a function that large are seen once.
            if self.function.variant > 0 { 1 } else { 2 }
        } else {
            (VISITS_MAX / blocks.max(1)).clamp(STATES_LEAST, STATES_MAX)
        };
        let mut seen: Vec<Vec<u64>> = vec![Vec::new(); blocks];
        let mut work: BTreeMap<(usize, usize), (BlockId, State)> = BTreeMap::new();
        let mut number = 0;
        work.insert((0, 0), (0, self.entry()));
        while let Some((_, (block, state))) = work.pop_first() {
            self.block = block;
            for (next, mut state) in self.step(block, state) {
                if state.syms.len() > SYMS_MAX {
                    self.truncated = true;
                    continue;
                }
                let graph = &self.graph;
                let hash = state.normalise(|var| graph.is_live(next, var));
                let known = &mut seen[next];
                if known.contains(&hash) {
                    continue;
                }
                if known.len() >= states_max {
                    self.truncated = true;
                    continue;
                }
                known.push(hash);
                number += 1;
                work.insert((self.graph.order[next], number), (next, state));
            }
        }
    }

    fn entry(&self) -> State {
        let mut state = State::new(self.graph.vars.len());
        for index in 0..self.function.params {
            let var = self.function.vars[index];
            if var.ty.arrays > 0 || var.name.is_empty() {
                continue;
            }
            let kind = if var.ty.is_object() {
                Kind::Object
            } else if var.ty.is_pointer() {
                Kind::Unknown
            } else {
                Kind::Int
            };
            let mut sym = Sym::new(kind, How::Param, var.name, var.pos);
            sym.var = Some(VarId(index as u32));
            let id = state.add(sym);
            state.vars[index] = Val::Sym(id);
        }
        if is_destructor(self.function.name) {
            state.error = Indicator::Unknown;
        }
        state
    }

    /// Runs a block, and gives the states with which the next ones are entered.
    fn step(&mut self, block: BlockId, mut state: State) -> Vec<(BlockId, State)> {
        let graph = self.graph.clone();
        let body = &graph.blocks[block];
        for item in &body.items {
            self.statement_start = state.syms.len() as u32;
            let alive = match item {
                Item::Eval(expr) => self.evaluate(&mut state, *expr),
                Item::Init(var, expr) => match self.eval(&mut state, *expr) {
                    Some(val) => {
                        self.store(&mut state, Place::Var(*var), val, graph.expr(*expr).pos);
                        true
                    }
                    None => false,
                },
                Item::Declare(var) => {
                    state.vars[var.0 as usize] = Val::Unknown;
                    true
                }
                Item::Marker(name, pos) => self.marker(&mut state, name, *pos),
            };
            if !alive {
                return Vec::new();
            }
        }
        self.statement_start = state.syms.len() as u32;
        match &body.end {
            End::Goto(to) => vec![(*to, state)],
            End::Stop => Vec::new(),
            End::Return { value, pos } => {
                self.leave(state, *value, *pos);
                Vec::new()
            }
            End::Branch { condition, yes, no } => {
                let mut next = Vec::new();
                for (mut state, truth) in self.decide(state, *condition) {
                    state.note(graph.expr(*condition).pos, Event::Branch(*condition, truth));
                    next.push((if truth { *yes } else { *no }, state));
                }
                next
            }
            End::Switch { on, cases, default } => {
                let Some(val) = self.eval(&mut state, *on) else {
                    return Vec::new();
                };
                let mut next = Vec::new();
                let mut rest = Some(state);
                for (value, to) in cases {
                    let Some(state) = &mut rest else { break };
                    let constant = self.constant(*value);
                    let mut taken = state.clone();
                    let feasible = match constant {
                        Some(constant) => self.assume(&mut taken, val, BinaryOp::Eq, constant),
                        None => true,
                    };
                    if feasible {
                        taken.note(graph.expr(*value).pos, Event::Case(*value));
                        next.push((*to, taken));
                    }
                    if let Some(constant) = constant {
                        if !self.assume(state, val, BinaryOp::Ne, constant) {
                            rest = None;
                        }
                    }
                }
                if let Some(state) = rest {
                    next.push((*default, state));
                }
                next
            }
        }
    }

    /// An expression as a statement; false if it does not come back.
    fn evaluate(&mut self, state: &mut State, expr: ExprId) -> bool {
        let (inner, voided) = match &self.graph.expr(expr).kind {
            ExprKind::Cast(ty, inner) if ty.name == "void" && ty.pointers == 0 => (*inner, true),
            _ => (expr, false),
        };
        let before = state.syms.len();
        let Some(val) = self.eval(state, inner) else {
            return false;
        };
        if let (Val::Sym(id), ExprKind::Call(..)) = (val, &self.graph.expr(inner).kind) {
            if id.0 as usize >= before {
                self.ignored(state, id, voided);
            }
        }
        true
    }

    /// Both outcomes of a condition, as far as they are possible.
    fn decide(&mut self, mut state: State, condition: ExprId) -> Vec<(State, bool)> {
        let graph = self.graph.clone();
        let (val, op, constant) = match &graph.expr(condition).kind {
            ExprKind::Binary(op, left, right) if op.is_comparison() => {
                let Some(left_val) = self.eval(&mut state, *left) else {
                    return Vec::new();
                };
                let Some(right_val) = self.eval(&mut state, *right) else {
                    return Vec::new();
                };
                match (left_val, right_val) {
                    (Val::Int(left), Val::Int(right)) => {
                        return vec![(state, compare(left, *op, right))];
                    }
                    (val, Val::Int(constant)) => (val, *op, constant),
                    (Val::Int(constant), val) => (val, mirror(*op), constant),
                    // A cast may have cut it.
                    (Val::Sym(a), Val::Sym(b))
                        if a == b
                            && [left, right].iter().any(|side| {
                                matches!(graph.expr(**side).kind, ExprKind::Cast(..))
                            }) =>
                    {
                        return vec![(state.clone(), true), (state, false)];
                    }
                    (Val::Sym(a), Val::Sym(b)) => return self.decide_pair(state, a, *op, b),
                    (Val::Address(a), Val::Address(b))
                        if matches!(op, BinaryOp::Eq | BinaryOp::Ne) =>
                    {
                        return vec![(state, (a == b) == (*op == BinaryOp::Eq))];
                    }
                    // A new block is no variable of this function.
                    (Val::Sym(id), Val::Address(_)) | (Val::Address(_), Val::Sym(id))
                        if matches!(op, BinaryOp::Eq | BinaryOp::Ne)
                            && state.sym(id).origin.how == How::New =>
                    {
                        return vec![(state, *op == BinaryOp::Ne)];
                    }
                    (Val::Sym(id), _) | (_, Val::Sym(id)) => {
                        state.sym_mut(id).guarded = true;
                        return vec![(state.clone(), true), (state, false)];
                    }
                    _ => return vec![(state.clone(), true), (state, false)],
                }
            }
            _ => {
                let Some(val) = self.eval(&mut state, condition) else {
                    return Vec::new();
                };
                (val, BinaryOp::Ne, 0)
            }
        };
        let mut outcomes = Vec::new();
        let mut other = state.clone();
        if self.assume(&mut state, val, op, constant) {
            outcomes.push((state, true));
        }
        if self.assume(&mut other, val, negate(op), constant) {
            outcomes.push((other, false));
        }
        outcomes
    }

    fn decide_pair(
        &mut self,
        mut state: State,
        a: SymId,
        op: BinaryOp,
        b: SymId,
    ) -> Vec<(State, bool)> {
        if a == b && matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            return vec![(state, op == BinaryOp::Eq)];
        }
        if !matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            state.sym_mut(a).guarded = true;
            state.sym_mut(b).guarded = true;
            return vec![(state.clone(), true), (state, false)];
        }
        let (a, b) = (a.min(b), a.max(b));
        if let Some((.., same)) = state.compared.iter().find(|(x, y, _)| (*x, *y) == (a, b)) {
            let truth = *same == (op == BinaryOp::Eq);
            return vec![(state, truth)];
        }
        // Equal to something that is not NULL: not NULL.
        let mut outcomes = Vec::new();
        for truth in [true, false] {
            let mut state = state.clone();
            let mut possible = true;
            state.compared.push((a, b, truth == (op == BinaryOp::Eq)));
            if truth == (op == BinaryOp::Eq) {
                for (one, other) in [(a, b), (b, a)] {
                    // It is a known object after all, and who owns that is another question.
                    if matches!(
                        state.sym(other).origin.how,
                        How::New | How::Out | How::Borrowed
                    ) || state.sym(one).origin.how == How::Global
                        && state.sym(other).origin.how != How::Param
                    {
                        state.sym_mut(other).escaped = true;
                    }
                }
                if state.sym(b).null == Null::No && state.sym(b).kind != Kind::Int {
                    possible = self.assume(&mut state, Val::Sym(a), BinaryOp::Ne, 0);
                } else if state.sym(a).null == Null::No && state.sym(a).kind != Kind::Int {
                    possible = self.assume(&mut state, Val::Sym(b), BinaryOp::Ne, 0);
                }
            }
            if possible {
                outcomes.push((state, truth));
            }
        }
        outcomes
    }

    pub fn constant(&self, expr: ExprId) -> Option<i64> {
        if let Some(value) = crate::front::constant(&self.graph.exprs, expr) {
            return Some(value as i64);
        }
        match &self.graph.expr(expr).kind {
            ExprKind::Global(name) => self.program.constant(self.file, name),
            _ => None,
        }
    }

    /// Narrows the state to where `val op constant` holds; false if it cannot.
    pub fn assume(&mut self, state: &mut State, val: Val, op: BinaryOp, constant: i64) -> bool {
        match val {
            Val::Int(value) => compare(value, op, constant),
            Val::Unknown => true,
            Val::Str | Val::Address(_) => !(op == BinaryOp::Eq && constant == 0),
            Val::ErrorTest => self.assume_error(state, (op == BinaryOp::Ne) == (constant == 0)),
            Val::Sym(id) => {
                let sym = state.sym_mut(id);
                match op {
                    BinaryOp::Eq => {
                        if constant < sym.lo
                            || constant > sym.hi
                            || constant == 0 && (sym.nonzero || sym.null == Null::No)
                        {
                            return false;
                        }
                        if constant != 0 && sym.null == Null::Yes {
                            return false;
                        }
                        (sym.lo, sym.hi) = (constant, constant);
                        sym.null = if constant == 0 { Null::Yes } else { Null::No };
                    }
                    BinaryOp::Ne => {
                        if sym.lo == constant && sym.hi == constant
                            || constant == 0 && sym.null == Null::Yes
                        {
                            return false;
                        }
                        if sym.lo == constant {
                            sym.lo += 1;
                        }
                        if sym.hi == constant {
                            sym.hi -= 1;
                        }
                        if constant == -1 && sym.fails == Failure::Ambiguous {
                            sym.pending = false;
                            sym.fails = Failure::Never;
                            self.facts.tested.insert(sym.origin.pos);
                            self.outcome(state, id, true);
                            return true;
                        }
                        if constant == 0 {
                            sym.nonzero = true;
                            sym.null = Null::No;
                        }
                    }
                    BinaryOp::Lt => sym.hi = sym.hi.min(constant.saturating_sub(1)),
                    BinaryOp::Le => sym.hi = sym.hi.min(constant),
                    BinaryOp::Gt => sym.lo = sym.lo.max(constant.saturating_add(1)),
                    BinaryOp::Ge => sym.lo = sym.lo.max(constant),
                    _ => {}
                }
                if matches!(
                    op,
                    BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
                ) && !matches!(constant, -1..=1)
                {
                    sym.guarded = true;
                }
                if sym.nonzero && sym.lo == 0 {
                    sym.lo = 1;
                }
                if sym.nonzero && sym.hi == 0 {
                    sym.hi = -1;
                }
                if sym.lo > sym.hi {
                    return false;
                }
                if (sym.lo > 0 || sym.hi < 0 || sym.nonzero)
                    && sym.fails == Failure::Never
                    && is_check(sym.origin.name)
                {
                    // `PyList_Check(x)` holds.
                    if let Some(id) = sym.from {
                        let of = state.sym_mut(id);
                        of.typed = true;
                        if of.null == Null::Maybe {
                            of.null = Null::No;
                            self.settle(state, id);
                        }
                    }
                }
                let sym = state.sym_mut(id);
                if sym.lo > 0 || sym.hi < 0 {
                    sym.nonzero = true;
                    if sym.null == Null::Yes {
                        return false;
                    }
                    sym.null = Null::No;
                }
                self.settle(state, id);
                true
            }
        }
    }

    /// `PyErr_Occurred()` was true or false.
    fn assume_error(&mut self, state: &mut State, set: bool) -> bool {
        let pending: Vec<SymId> = state.pending().collect();
        if set {
            for id in pending {
                state.sym_mut(id).pending = false;
            }
            if !matches!(state.error, Indicator::Set(_)) {
                let pos = match state.error {
                    Indicator::Maybe(pos) => pos,
                    _ => 0,
                };
                state.error = Indicator::Set(pos);
            }
            return true;
        }
        if matches!(state.error, Indicator::Set(_)) {
            return false;
        }
        for id in pending {
            let sym = state.sym_mut(id);
            sym.pending = false;
            // No exception: those that always set one have succeeded.
            if sym.sets == Sets::Always {
                match sym.fails {
                    Failure::Null if sym.null == Null::Yes => return false,
                    Failure::Null => sym.null = Null::No,
                    Failure::MinusOne | Failure::Negative => sym.lo = sym.lo.max(0),
                    _ => {}
                }
                self.outcome(state, id, true);
            }
        }
        state.error = Indicator::Clear;
        true
    }

    /// What a symbol's bounds now say of the call that gave it.
    pub fn settle(&mut self, state: &mut State, id: SymId) {
        let sym = *state.sym(id);
        if sym.null == Null::Yes && sym.kind != Kind::Int {
            state.sym_mut(id).owned = 0;
        }
        if sym.origin.how == How::Out && sym.null == Null::No {
            // Something was written: the call succeeded.
            if let Some(dependent) = state
                .dependents
                .iter()
                .find(|dependent| {
                    dependent.sym == id && matches!(dependent.outcome, Outcome::Out { .. })
                })
                .copied()
            {
                let on = state.sym_mut(dependent.on);
                on.pending = false;
                if matches!(on.fails, Failure::MinusOne | Failure::Negative) {
                    on.lo = on.lo.max(0);
                }
            }
        }
        let failed = match sym.fails {
            Failure::Never | Failure::Always => return,
            Failure::Null => match sym.null {
                Null::Yes => true,
                Null::No => false,
                Null::Maybe => return,
            },
            Failure::Zero => {
                if sym.lo == 0 && sym.hi == 0 {
                    true
                } else if sym.nonzero {
                    false
                } else {
                    return;
                }
            }
            Failure::NonZero => {
                if sym.nonzero {
                    true
                } else if sym.lo == 0 && sym.hi == 0 {
                    false
                } else {
                    return;
                }
            }
            Failure::MinusOne | Failure::Negative => {
                if sym.hi < 0 {
                    true
                } else if sym.lo >= 0 {
                    false
                } else {
                    if sym.hi <= 0 {
                        // Failure or nothing found: nothing was written, either way.
                        for index in 0..state.dependents.len() {
                            let dependent = state.dependents[index];
                            if dependent.on == id
                                && dependent.outcome == (Outcome::Out { nullable: true })
                            {
                                let out = state.sym_mut(dependent.sym);
                                out.null = Null::Yes;
                                out.owned = 0;
                            }
                        }
                    }
                    if sym.nonzero && sym.pending {
                        // `if (f())` where 1 is an answer: nobody can tell.
                        state.sym_mut(id).pending = false;
                        state.error = Indicator::Unknown;
                    }
                    return;
                }
            }
            Failure::Ambiguous => {
                if sym.lo > -1 || sym.hi < -1 {
                    false
                } else {
                    return;
                }
            }
        };
        if sym.pending {
            state.sym_mut(id).pending = false;
            self.facts.tested.insert(pos_of(&sym));
            if failed {
                let pos = sym.origin.pos;
                match sym.sets {
                    Sets::Always => {
                        state.error = Indicator::Set(pos);
                        state.note(pos, Event::Fails(sym.origin.name));
                    }
                    Sets::Sometimes => state.error = Indicator::Maybe(pos),
                    Sets::Never => {}
                }
            }
        }
        self.outcome(state, id, !failed);
    }

    /// Tells the dependents of a call how it went.
    fn outcome(&mut self, state: &mut State, on: SymId, success: bool) {
        if !state.dependents.iter().any(|dependent| dependent.on == on) {
            return;
        }
        let (done, rest) = std::mem::take(&mut state.dependents)
            .into_iter()
            .partition(|dependent| dependent.on == on);
        state.dependents = rest;
        let done: Vec<Dependent> = done;
        for dependent in done {
            let is_zero = state.sym(on).lo == 0 && state.sym(on).hi == 0;
            let sym = state.sym_mut(dependent.sym);
            match (dependent.outcome, success) {
                (Outcome::Out { nullable }, true) => {
                    if nullable && is_zero {
                        sym.null = Null::Yes;
                        sym.owned = 0;
                    } else if !nullable && sym.null == Null::Maybe {
                        sym.null = Null::No;
                    }
                }
                (Outcome::Out { .. }, false) => {
                    sym.null = Null::Yes;
                    sym.owned = 0;
                }
                (Outcome::Steals, true) => {
                    sym.owned -= 1;
                    self.facts.settled.insert(sym.origin.pos);
                }
                (Outcome::Frees, true) => {
                    if sym.owned > 0 {
                        sym.owned -= 1;
                        self.facts.settled.insert(sym.origin.pos);
                    }
                }
                (Outcome::Acquires, false) => sym.owned = 0,
                (Outcome::NotNull, true) if sym.null == Null::Maybe => {
                    sym.null = Null::No;
                    self.settle(state, dependent.sym);
                }
                _ => {}
            }
        }
    }

    fn marker(&mut self, state: &mut State, name: Name, pos: u32) -> bool {
        match name {
            "Py_BEGIN_ALLOW_THREADS" | "Py_UNBLOCK_THREADS" | "PySSL_BEGIN_ALLOW_THREADS" => {
                state.gil_released = pos;
                self.facts.releases_gil = true;
            }
            "Py_END_ALLOW_THREADS" | "Py_BLOCK_THREADS" | "PySSL_END_ALLOW_THREADS" => {
                state.gil_released = 0
            }
            "Py_RETURN_NONE"
            | "Py_RETURN_TRUE"
            | "Py_RETURN_FALSE"
            | "Py_RETURN_NOTIMPLEMENTED"
            | "Py_RETURN_ELLIPSIS"
            | "Py_RETURN_NAN" => {
                let mut sym = Sym::new(Kind::Object, How::Global, name, pos);
                sym.null = Null::No;
                sym.owned = 1;
                let id = state.add(sym);
                let state = std::mem::replace(state, State::new(0));
                self.leave_with(state, Val::Sym(id), pos);
                return false;
            }
            "Py_UNREACHABLE" => return false,
            _ => {}
        }
        true
    }

    /// What the callee of that name does, if that is known.
    pub fn model(&self, name: &str) -> Option<&'a Model> {
        self.program.model(self.file, name, self.function.variant)
    }

    pub fn show(&self, expr: ExprId) -> String {
        show(&self.graph.exprs, &self.graph.vars, expr)
    }

    /// How a message names a value.
    pub fn name_of(&self, sym: &Sym) -> String {
        let var = sym
            .var
            .map(|var| self.graph.vars[var.0 as usize].name)
            .filter(|name| !name.starts_with('('));
        match (var, sym.origin.how) {
            (Some(name), _) => format!("`{name}`"),
            (None, How::New | How::Borrowed | How::Call | How::Out) => {
                format!("the result of {}()", sym.origin.name)
            }
            (None, How::Field) if sym.origin.name.contains('[') => "an element".to_string(),
            (None, How::Field) => {
                format!("the field `{}`", sym.origin.name.trim_start_matches('&'))
            }
            (None, How::Element) => "an element".to_string(),
            (None, _) => format!("`{}`", sym.origin.name.trim_start_matches('&')),
        }
    }

    pub fn line(&self, pos: u32) -> u32 {
        self.program.line(self.file, pos)
    }

    /// Reports once per rule and `key`.
    pub fn report(
        &mut self,
        state: &State,
        rule: &'static Rule,
        subtype: &'static str,
        tier: Tier,
        key: u32,
        pos: u32,
        message: String,
    ) {
        if !self.reported.insert((rule.id, key)) {
            return;
        }
        let path = self.path(state);
        self.reports.push(Report {
            rule,
            subtype,
            tier,
            pos,
            root: key,
            message,
            path,
        });
    }

    pub fn was_reported(&self, rule: &'static Rule, key: u32) -> bool {
        self.reported.contains(&(rule.id, key))
    }

    /// The last steps of the path, in the order of execution.
    fn path(&self, state: &State) -> Vec<(u32, String)> {
        let mut steps = Vec::new();
        let mut next = state.trail.as_ref();
        while let Some(trail) = next {
            if steps.len() >= STEPS_MAX {
                break;
            }
            let note = match trail.event {
                Event::Branch(condition, truth) => format!("`{}` is {truth}", self.show(condition)),
                Event::Case(value) => format!("case `{}`", self.show(value)),
                Event::Gives(name, What::NewReference) => format!("{name}() gives a new reference"),
                Event::Gives(name, What::Borrowed) => {
                    format!("{name}() gives a borrowed reference")
                }
                Event::Gives(name, What::Memory) => format!("{name}() gives a block of memory"),
                Event::Gives(name, What::Buffer) => {
                    format!("{name}() fills a buffer that must be released")
                }
                Event::Drops(name) => format!("{name}() drops a reference"),
                Event::Fails(name) => format!("{name}() failed and set an exception"),
            };
            // A loop's steps are told once.
            if !steps.contains(&(trail.pos, note.clone())) {
                steps.push((trail.pos, note));
            }
            next = trail.before.as_ref();
        }
        steps.reverse();
        steps
    }
}

fn pos_of(sym: &Sym) -> u32 {
    sym.origin.pos
}

/// `PyList_Check`, `PyUnicode_CheckExact`, …
pub fn is_check(name: &str) -> bool {
    name.ends_with("_Check") || name.ends_with("_CheckExact") || name.ends_with("Check_Exact")
}

/// Destructors may run while an exception is set.
pub fn is_destructor(name: &str) -> bool {
    ["dealloc", "finalize", "_clear", "_free", "_del", "traverse"]
        .iter()
        .any(|part| name.contains(part))
}

pub fn compare(left: i64, op: BinaryOp, right: i64) -> bool {
    match op {
        BinaryOp::Eq => left == right,
        BinaryOp::Ne => left != right,
        BinaryOp::Lt => left < right,
        BinaryOp::Le => left <= right,
        BinaryOp::Gt => left > right,
        _ => left >= right,
    }
}

fn negate(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Eq => BinaryOp::Ne,
        BinaryOp::Ne => BinaryOp::Eq,
        BinaryOp::Lt => BinaryOp::Ge,
        BinaryOp::Le => BinaryOp::Gt,
        BinaryOp::Gt => BinaryOp::Le,
        _ => BinaryOp::Lt,
    }
}

fn mirror(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        op => op,
    }
}

impl Engine<'_> {
    /// The result of a call as a statement is thrown away.
    fn ignored(&mut self, state: &mut State, id: SymId, voided: bool) {
        rules::unchecked_result::ignored(self, state, id, voided);
    }
}

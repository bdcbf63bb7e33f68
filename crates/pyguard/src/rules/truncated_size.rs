//! `truncated-size`: a length loses its upper half and is then used as a size, a count or an index.

use std::cell::Cell;

use super::lengths::{DEPTH_MAX, Length, Seen, is_length_name};
use super::syntax::{place, statements, type_of, uncast};
use super::{FileContext, Rule};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::{BinaryOp, ExprId, ExprKind, Function, StmtKind, Type, UnaryOp};
use crate::front::intern::{FastMap, Name};
use crate::kb::Use;

pub static RULE: Rule = Rule {
    id: "truncated-size",
    name: "Length is cut to a smaller type and used as a size",
    category: Category::IntegerOverflow,
    cwe: 197,
    tier: Tier::Medium,
    subtypes: &["truncation"],
    summary: "A `Py_ssize_t` or `size_t` length is converted to a smaller integer type, by a cast or without one, and then used as a size, a count, an index \
              or the bound of a loop, and nothing compares it with the limit of that type.",
    why: "A string of 2**32 + 5 bytes has the length 5 afterwards, one of 2**31 bytes a negative length: too little is allocated, or less is done than the \
          caller believes. Reported at medium tier where the length is that of bytes, of text or of a buffer and goes into the size of a block or a copy, or \
          to a function beside the very memory that it is the length of. At low tier (off by default): lengths of containers, which need sixteen gigabytes \
          to get there; `strlen` of strings that do not come from Python; parameters that are lengths by their name; bounds of loops and indices; `long`, which \
          is smaller on 64-bit Windows only; and functions that name a limit such as `INT_MAX` for something else. Not reported where the length was compared with a constant or a limit before, where both lengths are compared after the conversion, and for \
          `Py_SAFE_DOWNCAST`.",
    example_bad: "int len = PyBytes_GET_SIZE(value);\nchar *copy = PyMem_Malloc(len + 1);",
    example_good: "if (PyBytes_GET_SIZE(value) > INT_MAX - 1) {\n    PyErr_SetString(PyExc_OverflowError, \"value is too long\");\n    return NULL;\n}\n\
                   int len = (int)PyBytes_GET_SIZE(value);\nchar *copy = PyMem_Malloc(len + 1);",
    fix: "Keep the length in a Py_ssize_t; where an interface takes an int, compare with INT_MAX first and raise OverflowError.",
    check: Some(check),
};

/// Functions that a length is followed into, one from the other.
const CALLS_MAX: u32 = 2;
/// Expressions that are looked at in a file: each length is looked for in all of its function, and files may be made to make that many.
const BUDGET: usize = 200_000_000;

/// A length that loses bits.
struct Cut {
    expr: ExprId,
    pos: u32,
    /// The variable or field that takes it; nothing for a cast in the middle of an expression.
    into: Option<String>,
    to: Type,
    windows_only: bool,
    length: Length,
}

fn check(context: &FileContext<'_>, findings: &mut Vec<Finding>) {
    let budget = Cell::new(BUDGET);
    let mut defined: FastMap<Name, &Function> = FastMap::default();
    for function in &context.unit.functions {
        defined.entry(function.name).or_insert(function);
    }
    for function in &context.unit.functions {
        let seen = Seen::new(context, &defined, &budget, function);
        for cut in seen.cuts() {
            let finding = seen.judge(&cut);
            // What was cut short may have overlooked a check.
            if budget.get() == 0 {
                return;
            }
            findings.extend(finding);
        }
    }
}

impl Seen<'_> {
    fn cuts(&self) -> Vec<Cut> {
        let function = self.function;
        let mut cuts = Vec::new();
        let mut add = |ty: Type, value: ExprId, expr: ExprId, into: Option<String>| {
            let Some((unix, windows)) = self.bytes(ty) else {
                return;
            };
            // Single bytes are characters and flags, not sizes.
            if windows >= 8 || windows < 2 {
                return;
            }
            let pos = function.expr(expr).pos;
            let Some(length) = self.length(value, pos, DEPTH_MAX) else {
                return;
            };
            cuts.push(Cut {
                expr,
                pos,
                into,
                to: ty,
                windows_only: unix >= 8,
                length,
            });
        };
        for (var, value) in &self.initialised {
            let var = function.var(*var);
            add(
                var.ty,
                self.inside_cut(*value),
                *value,
                Some(var.name.to_owned()),
            );
        }
        for (index, expr) in function.exprs.iter().enumerate() {
            let id = ExprId(index as u32);
            match &expr.kind {
                ExprKind::Assign(None, target, value) => {
                    if let (Some(ty), Some(into)) = (
                        type_of(self.context, function, *target),
                        place(function, *target),
                    ) {
                        add(ty, self.inside_cut(*value), id, Some(into));
                    }
                }
                ExprKind::Cast(ty, inner) => add(*ty, *inner, id, None),
                ExprKind::Call(callee, args) => {
                    let ExprKind::Global(name) = function.expr(*callee).kind else {
                        continue;
                    };
                    let Some(callee) = self.defined.get(name) else {
                        continue;
                    };
                    for (arg, param) in args.iter().zip(&callee.vars[..callee.params]) {
                        if !matches!(function.expr(*arg).kind, ExprKind::Cast(..)) {
                            add(param.ty, *arg, *arg, None);
                        }
                    }
                }
                _ => {}
            }
        }
        cuts
    }

    /// Without a cast to a smaller type around it.
    fn inside_cut(&self, value: ExprId) -> ExprId {
        match self.function.expr(value).kind {
            ExprKind::Cast(ty, inner) if self.bytes(ty).is_some_and(|(_, windows)| windows < 8) => {
                inner
            }
            _ => value,
        }
    }

    fn judge(&self, cut: &Cut) -> Option<Finding> {
        let (pos, what, sure) = self.used(cut, CALLS_MAX)?;
        if self.checked(cut, pos) {
            return None;
        }
        let line = |pos| self.context.source.line(pos);
        let name = cut.length.keys.last().cloned();
        let shown = name.clone().unwrap_or_else(|| "a length".to_owned());
        let shown = if shown.starts_with("the length") {
            shown
        } else {
            format!("`{shown}`")
        };
        let windows = if cut.windows_only {
            ", which has four bytes on 64-bit Windows,"
        } else {
            ""
        };
        let mut finding = Finding::new(
            &RULE,
            &self.context.source.path,
            line(cut.pos),
            self.function.shown,
            format!(
                "{shown} is cut to {}{windows} without a check, and goes into {what}",
                cut.to.name
            ),
        );
        // A function that knows limits may have checked in a way that was not understood.
        let limits = self.function.exprs.iter().any(
            |expr| matches!(expr.kind, ExprKind::Global(name) if is_limit(name) && expr.pos < pos),
        );
        if !(sure && cut.length.large) || cut.windows_only || limits {
            finding.tier = Tier::Low;
        }
        finding.step(
            line(cut.pos),
            format!("a length of 64 bits becomes {}", cut.to.name),
        );
        finding.step(line(pos), format!("it goes into {what}"));
        Some(finding)
    }

    /// Where a length that was cut matters first: position, words, and whether that is sure to do harm.
    fn used(&self, cut: &Cut, depth: u32) -> Option<(u32, String, bool)> {
        let function = self.function;
        if !self.spend() {
            return None;
        }
        let next_store = match &cut.into {
            Some(into) => self
                .stores
                .iter()
                .find(|(pos, target, _)| *pos > cut.pos && target == into)
                .map_or(u32::MAX, |(pos, ..)| *pos),
            None => u32::MAX,
        };
        let uses = |id: ExprId| self.mentions(id, cut);
        let mut found: Option<(u32, String, bool)> = None;
        for expr in &function.exprs {
            let within = match cut.into {
                Some(_) => expr.pos > cut.pos && expr.pos < next_store,
                None => true,
            };
            if !within {
                continue;
            }
            let what = match &expr.kind {
                ExprKind::Call(callee, args) => match function.expr(*callee).kind {
                    ExprKind::Global(name) => args
                        .iter()
                        .enumerate()
                        .find(|(_, arg)| uses(**arg))
                        .and_then(|(index, _)| self.argument(cut, name, args, index, depth)),
                    _ => None,
                },
                ExprKind::Index(_, index) if uses(*index) => Some(("an index".to_owned(), false)),
                ExprKind::Binary(
                    BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                    left,
                    right,
                ) if cut.into.is_some()
                    && (uses(*left) && self.is_counter(*right)
                        || uses(*right) && self.is_counter(*left))
                    && self.in_loop(expr.pos) =>
                {
                    Some(("the bound of a loop".to_owned(), false))
                }
                _ => None,
            };
            let Some((what, sure)) = what else { continue };
            let better = found
                .as_ref()
                .is_none_or(|(pos, _, was)| sure && !was || sure == *was && expr.pos < *pos);
            if better {
                found = Some((expr.pos, what, sure));
            }
        }
        // The lengths of objects' memory: what reads them is elsewhere.
        if found.is_none()
            && let Some(into) = &cut.into
            && into.contains("->")
            && into.rsplit("->").next().is_some_and(is_length_name)
        {
            found = Some((cut.pos, format!("`{into}`"), false));
        }
        found
    }

    /// What it means for a length to be that argument of a call.
    fn argument(
        &self,
        cut: &Cut,
        name: &str,
        args: &[ExprId],
        index: usize,
        depth: u32,
    ) -> Option<(String, bool)> {
        let arg = args[index];
        if self
            .context
            .kb
            .get(name)
            .is_some_and(|row| row.arg(index).r#use == Use::Size)
        {
            return Some((format!("a size of {name}()"), true));
        }
        if let Some(callee) = self.defined.get(name) {
            let depth = depth.checked_sub(1)?;
            let param = callee.vars[..callee.params].get(index)?;
            if self.bytes(param.ty)?.1 >= 8 && cut.into.is_none() && arg != cut.expr {
                return None;
            }
            let inner = Seen::new(self.context, self.defined, self.budget, callee);
            let inner_cut = Cut {
                expr: ExprId(u32::MAX),
                pos: callee.pos,
                into: Some(param.name.to_owned()),
                to: param.ty,
                windows_only: false,
                length: Length {
                    large: false,
                    keys: vec![param.name.to_owned()],
                    of: None,
                },
            };
            let (pos, what, sure) = inner.used(&inner_cut, depth)?;
            if inner.checked(&inner_cut, pos) {
                return None;
            }
            return Some((format!("{name}(), where it is {what}"), sure));
        }
        // `f(view.buf, (int)view.len)`: the length of what goes there, too.
        let of = cut.length.of.as_ref()?;
        let plain = match self.function.expr(arg).kind {
            ExprKind::Cast(..) => true,
            _ => place(self.function, arg).is_some(),
        };
        let memory = *args.get(index.checked_sub(1)?)?;
        (plain && self.memory_of(memory, of, cut.pos)).then(|| {
            (
                format!("{name}(), beside the memory that it is the length of"),
                true,
            )
        })
    }

    /// Whether the length that was cut is part of an expression of arithmetic.
    fn mentions(&self, id: ExprId, cut: &Cut) -> bool {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if id == cut.expr {
                return true;
            }
            match &self.function.expr(id).kind {
                ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right) => {
                    open.extend([*left, *right])
                }
                ExprKind::Cast(_, inner) => open.push(*inner),
                _ => {
                    if let Some(into) = &cut.into
                        && place(self.function, id).is_some_and(|place| place == *into)
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn is_counter(&self, id: ExprId) -> bool {
        matches!(
            self.function.expr(uncast(self.function, id)).kind,
            ExprKind::Var(_)
        )
    }

    /// Whether an expression stands in the condition of a loop.
    fn in_loop(&self, pos: u32) -> bool {
        self.spend()
            && self.loops.iter().any(|condition| {
                self.parts(*condition)
                    .iter()
                    .any(|part| self.function.expr(*part).pos == pos)
            })
    }

    /// The operands of `&&` and `||`. Chains may be long: no recursion.
    fn parts(&self, id: ExprId) -> Vec<ExprId> {
        let (mut open, mut parts) = (vec![id], Vec::new());
        while let Some(id) = open.pop() {
            match self.function.expr(id).kind {
                ExprKind::Binary(BinaryOp::And | BinaryOp::Or, left, right) => {
                    open.extend([left, right])
                }
                _ => parts.push(id),
            }
        }
        parts
    }

    /// Whether something before the use speaks of the range.
    fn checked(&self, cut: &Cut, used: u32) -> bool {
        let end = used.max(cut.pos);
        if !self.spend() {
            return true;
        }
        self.function.exprs.iter().any(|expr| {
            if expr.pos > end {
                return false;
            }
            match &expr.kind {
                ExprKind::Binary(op, left, right) if op.is_comparison() => {
                    let sides = [(*left, *right), (*right, *left)];
                    sides.iter().any(|(one, other)| {
                        self.speaks_of(*one, cut) && !self.is_trivial(*other, expr.pos)
                    })
                }
                _ => false,
            }
        }) || self.switched(cut, end)
    }

    /// `switch (PyTuple_GET_SIZE(args))`
    fn switched(&self, cut: &Cut, end: u32) -> bool {
        let mut found = false;
        statements(&self.function.body, &mut |stmt| {
            if let StmtKind::Switch(on, _) = stmt.kind {
                found |= stmt.pos < end && self.speaks_of(on, cut);
            }
        });
        found
    }

    /// Whether the length is part of an operand of a comparison.
    fn speaks_of(&self, id: ExprId, cut: &Cut) -> bool {
        let keys = &cut.length.keys;
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let id = uncast(self.function, id);
            match &self.function.expr(id).kind {
                ExprKind::Binary(op, left, right) if !op.is_comparison() => {
                    open.extend([*left, *right])
                }
                ExprKind::Assign(_, left, right) => open.extend([*left, *right]),
                _ => {
                    // Or it is another variable, or another call, that gives the same.
                    if place(self.function, id).is_some_and(|place| keys.contains(&place))
                        || self
                            .length(id, self.function.expr(id).pos, DEPTH_MAX)
                            .is_some_and(|length| length.keys.iter().any(|key| keys.contains(key)))
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// What bounds nothing: zero, one, an error's -1, and the counter of a loop.
    fn is_trivial(&self, id: ExprId, pos: u32) -> bool {
        let id = uncast(self.function, id);
        match self.function.expr(id).kind {
            ExprKind::Int(value) => value < 2,
            ExprKind::Unary(UnaryOp::Neg, _) => true,
            ExprKind::Var(_) => self.in_loop(pos),
            _ => false,
        }
    }
}

/// `INT_MAX`, and constants that are named like it.
fn is_limit(name: &str) -> bool {
    name.ends_with("_MAX") || name.contains("MAX_") || name.ends_with("MAXINT")
}

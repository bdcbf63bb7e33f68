//! `unchecked-unit`: units without an overflow check, ranked by where the value goes.

use super::parse_unit::{format_at, units};
use super::syntax::{calls, place, uncast};
use super::{FileContext, Rule};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::{BinaryOp, ExprId, ExprKind, Function, UnaryOp};
use crate::kb::Use;

pub static RULE: Rule = Rule {
    id: "unchecked-unit",
    name: "Argument is cut to the size of its type without a check",
    category: Category::IntegerOverflow,
    cwe: 190,
    tier: Tier::Low,
    subtypes: &["unchecked-unit"],
    summary: "One of the units `B`, `H`, `I`, `k` and `K`, which cut a Python integer to the size of a C type and say nothing, reads a value that matters.",
    why: "`PyArg_ParseTuple(args, \"I\", &n)` with 2**32 + 1 gives 1 and no exception. Where the value is then a size, an index or a count, a check that was \
          made on the Python side no longer holds on the C side. Reported at medium tier where the value goes into an allocation, a copy or an index, and at \
          low tier (off by default) everywhere else: cutting may be meant, as for a mask or a checksum.",
    example_bad: "unsigned int n;\nif (!PyArg_ParseTuple(args, \"I\", &n))\n    return NULL;\nchar *block = PyMem_Malloc(n);",
    example_good: "Py_ssize_t n;\nif (!PyArg_ParseTuple(args, \"n\", &n))      /* raises OverflowError */\n    return NULL;\nif (n < 0) {\n    \
                   PyErr_SetString(PyExc_ValueError, \"n must not be negative\");\n    return NULL;\n}\nchar *block = PyMem_Malloc(n);",
    fix: "Take `n`, `l` or `L`, which raise OverflowError, and check the range; or read an object with `O` and convert it with a function that fails.",
    check: Some(check),
};

fn check(context: &FileContext<'_>, findings: &mut Vec<Finding>) {
    for function in &context.unit.functions {
        for call in calls(function) {
            let Some((format_at, first)) = format_at(context, call.name) else {
                continue;
            };
            let Some(ExprKind::Str(format)) =
                call.args.get(format_at).map(|id| &function.expr(*id).kind)
            else {
                continue;
            };
            let Some(units) = units(format, true) else {
                continue;
            };
            for ((unit, _), id) in units.iter().zip(&call.args[first.min(call.args.len())..]) {
                if !matches!(unit.as_str(), "B" | "H" | "I" | "k" | "K") {
                    continue;
                }
                let id = uncast(function, *id);
                let ExprKind::Unary(UnaryOp::AddrOf, target) = function.expr(id).kind else {
                    continue;
                };
                let Some(name) = place(function, target) else {
                    continue;
                };
                let used = goes_into(context, function, &name, function.expr(id).pos);
                let into = used
                    .as_ref()
                    .map_or(String::new(), |(_, what)| format!(", and goes into {what}"));
                let mut finding = Finding::new(
                    &RULE,
                    &context.source.path,
                    context.source.line(function.expr(id).pos),
                    function.shown,
                    format!("`{name}` is cut to its type without a check (unit `{unit}`){into}"),
                );
                if let Some((pos, what)) = used {
                    finding.tier = Tier::Medium;
                    finding.step(
                        context.source.line(function.expr(id).pos),
                        format!("`{unit}` raises no OverflowError"),
                    );
                    finding.step(
                        context.source.line(pos),
                        format!("the value goes into {what}"),
                    );
                }
                findings.push(finding);
            }
        }
    }
}

/// Where a value matters: a size or an index behind `after`, unless it was compared in between.
fn goes_into(
    context: &FileContext<'_>,
    function: &Function,
    name: &str,
    after: u32,
) -> Option<(u32, String)> {
    let mentions = |id: ExprId| mentions(function, id, name);
    let mut found: Option<(u32, String)> = None;
    let mut compared = u32::MAX;
    for expr in function.exprs.iter().filter(|expr| expr.pos > after) {
        let what = match &expr.kind {
            ExprKind::Call(callee, args) => match function.expr(*callee).kind {
                ExprKind::Global(callee) => context.kb.get(callee).and_then(|row| {
                    args.iter()
                        .enumerate()
                        .any(|(index, id)| row.arg(index).r#use == Use::Size && mentions(*id))
                        .then(|| format!("a size of {callee}"))
                }),
                _ => None,
            },
            ExprKind::Index(_, index) => mentions(*index).then(|| "an index".to_owned()),
            ExprKind::Binary(
                BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                left,
                right,
            ) => {
                if mentions(*left) || mentions(*right) {
                    compared = compared.min(expr.pos);
                }
                None
            }
            _ => None,
        };
        if let Some(what) = what
            && found.as_ref().is_none_or(|(pos, _)| expr.pos < *pos)
        {
            found = Some((expr.pos, what));
        }
    }
    found.filter(|(pos, _)| *pos < compared)
}

/// Whether a place is part of an expression of arithmetic.
fn mentions(function: &Function, id: ExprId, name: &str) -> bool {
    if place(function, id).is_some_and(|place| place == name) {
        return true;
    }
    match &function.expr(id).kind {
        ExprKind::Binary(op, left, right) if !op.is_comparison() => {
            mentions(function, *left, name) || mentions(function, *right, name)
        }
        ExprKind::Cast(_, inner) | ExprKind::Unary(_, inner) => mentions(function, *inner, name),
        _ => false,
    }
}

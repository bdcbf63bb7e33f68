//! Arithmetic that may overflow where its result matters.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::model::{ArgUse, Model};
use crate::analysis::state::*;
use crate::analysis::types::int_type;
use crate::finding::{Category, Tier};
use crate::front::ast::*;
use crate::kb::Use;

pub static ALLOCATION: Rule = Rule {
    id: "allocation-overflow",
    name: "Unchecked allocation size",
    category: Category::IntegerOverflow,
    cwe: 190,
    tier: Tier::Medium,
    subtypes: &["allocation-overflow"],
    summary: "The size of an allocation is computed from a number that nothing on the path bounds.",
    why: "The product wraps round, a small block is allocated, and the following loop writes far beyond it. Not reported for lengths of objects that exist, for numbers that were compared with a bound, and for `PyMem_New` and its like, which check.",
    example_bad: "Py_ssize_t n = PyLong_AsSsize_t(arg);\nint *a = PyMem_Malloc(n * sizeof(int));",
    example_good: "if (n > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(int)) return PyErr_NoMemory();\nint *a = PyMem_Malloc(n * sizeof(int));",
    fix: "Compare with PY_SSIZE_T_MAX / size first, or use PyMem_New / PyMem_Calloc.",
    check: None,
};

pub static SIGNED: Rule = Rule {
    id: "signed-overflow",
    name: "Signed overflow in a result",
    category: Category::IntegerOverflow,
    cwe: 190,
    tier: Tier::Medium,
    subtypes: &["signed-overflow"],
    summary: "A product of C integers that nothing bounds becomes a Python integer.",
    why: "Signed overflow is undefined, and Python's integers have no limit: the caller gets a wrong number. Not reported where an operand was compared with a bound.",
    example_bad: "return PyLong_FromLong(r->start + r->len * r->step);",
    example_good: "if (mul_overflow(r->len, r->step, &end)) return big_result(r);\nreturn PyLong_FromLong(end);",
    fix: "Check for overflow, or compute with Python integers.",
    check: None,
};

pub fn on_call(engine: &mut Engine, state: &State, call: &Call, model: &Model) {
    for (index, argument) in call.arguments.iter().enumerate() {
        if model.arg(index).how == ArgUse::Kb(Use::Size) && model.is_api {
            allocation(engine, state, call, *argument);
        }
    }
    if matches!(
        call.name,
        "PyLong_FromLong" | "PyLong_FromSsize_t" | "PyLong_FromLongLong"
    ) {
        if let Some(argument) = call.arguments.first() {
            result(engine, state, call, *argument);
        }
    }
}

/// The product in an expression, under sums and casts.
fn product(engine: &Engine, expr: ExprId, depth: u32) -> Option<(ExprId, ExprId)> {
    let depth = depth.checked_sub(1)?;
    match &engine.graph.expr(expr).kind {
        ExprKind::Binary(BinaryOp::Mul, left, right) => Some((*left, *right)),
        ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub, left, right) => {
            product(engine, *left, depth).or_else(|| product(engine, *right, depth))
        }
        ExprKind::Cast(_, inner) => product(engine, *inner, depth),
        _ => None,
    }
}

/// The value of a plain operand, without evaluating anything anew.
fn known(engine: &Engine, state: &State, expr: ExprId) -> Option<Sym> {
    match &engine.graph.expr(expr).kind {
        ExprKind::Cast(_, inner) => known(engine, state, *inner),
        ExprKind::Var(var) => match state.vars[var.0 as usize] {
            Val::Sym(id) => Some(*state.sym(id)),
            _ => None,
        },
        ExprKind::Member(inner, field, true) => match &engine.graph.expr(*inner).kind {
            ExprKind::Var(var) => match state.vars[var.0 as usize] {
                Val::Sym(base) => match state.field(Base::Sym(base), field) {
                    Some(Val::Sym(id)) => Some(*state.sym(id)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn allocation(engine: &mut Engine, state: &State, call: &Call, argument: ExprId) {
    let Some((left, right)) = product(engine, argument, 8) else {
        return;
    };
    for operand in [left, right] {
        let Some(sym) = known(engine, state, operand) else {
            continue;
        };
        if sym.guarded || sym.hi < 1 << 31 {
            continue;
        }
        if engine
            .type_of(operand)
            .map(|ty| engine.resolve(ty))
            .and_then(|ty| int_type(ty.name))
            .is_none_or(|ty| ty.bits < 64)
        {
            continue;
        }
        let tier = if sym.untrusted { Tier::High } else { Tier::Low };
        let message = format!(
            "the size `{}` may overflow: nothing bounds `{}`",
            engine.show(argument),
            engine.show(operand)
        );
        engine.report(
            state,
            &ALLOCATION,
            "allocation-overflow",
            tier,
            call.pos,
            call.pos,
            message,
        );
        return;
    }
}

fn result(engine: &mut Engine, state: &State, call: &Call, argument: ExprId) {
    let Some((left, right)) = product(engine, argument, 8) else {
        return;
    };
    let mut unbounded = 0;
    for operand in [left, right] {
        let Some(ty) = engine
            .type_of(operand)
            .map(|ty| engine.resolve(ty))
            .and_then(|ty| int_type(ty.name))
        else {
            return;
        };
        if !ty.signed || ty.bits < 64 {
            continue;
        }
        match known(engine, state, operand) {
            Some(sym) if !sym.guarded && sym.hi > 1 << 31 => unbounded += 1,
            _ => {}
        }
    }
    if unbounded == 2 {
        let message = format!(
            "`{}` may overflow before it becomes a Python integer",
            engine.show(argument)
        );
        engine.report(
            state,
            &SIGNED,
            "signed-overflow",
            Tier::Medium,
            call.pos,
            call.pos,
            message,
        );
    }
}

//! A floating-point number becomes an integer without a look at its size.

use super::Rule;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::analysis::types::{int_type, is_floating};
use crate::finding::{Category, Tier};
use crate::front::ast::*;

pub static RULE: Rule = Rule {
    id: "float-to-int",
    name: "Unchecked conversion of a float to an integer",
    category: Category::IntegerOverflow,
    cwe: 681,
    tier: Tier::Medium,
    subtypes: &["float-to-int-ub"],
    summary: "A double is cast to an integer type on a path that never compared it with anything.",
    why: "Out of range, and for NaN, the conversion is undefined: compilers assume it does not happen, and what comes out differs between machines.",
    example_bad: "long n = (long)x;",
    example_good: "if (!(x >= LONG_MIN && x < -(double)LONG_MIN)) { overflow(); return -1; }\nlong n = (long)x;",
    fix: "Compare with the bounds of the integer type first; write the test so that NaN fails it.",
    check: None,
};

pub fn on_cast(
    engine: &mut Engine,
    state: &State,
    expr: ExprId,
    ty: Type,
    inner: ExprId,
    val: Val,
) {
    let target = engine.resolve(ty);
    if target.is_pointer() || int_type(target.name).is_none_or(|int| int.bits < 32) {
        return;
    }
    let Some(source) = engine.type_of(inner) else {
        return;
    };
    if !is_floating(source) {
        return;
    }
    // Constants, and arithmetic on checked values, are not followed: only a plain value is.
    let plain = matches!(
        engine.graph.expr(inner).kind,
        ExprKind::Var(_) | ExprKind::Member(..)
    );
    let checked = match val {
        Val::Sym(id) => {
            state.sym(id).guarded
                || !(matches!(state.sym(id).origin.how, How::Param | How::Field)
                    || state
                        .sym(id)
                        .origin
                        .name
                        .to_ascii_lowercase()
                        .contains("asdouble"))
        }
        Val::Int(_) => true,
        _ => !plain,
    };
    if checked || !plain {
        return;
    }
    let pos = engine.graph.expr(expr).pos;
    let message = format!(
        "`{}` is cast to {} without a check of its range",
        engine.show(inner),
        ty.name
    );
    engine.report(
        state,
        &RULE,
        "float-to-int-ub",
        Tier::Medium,
        pos,
        pos,
        message,
    );
}

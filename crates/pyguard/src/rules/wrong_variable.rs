//! A result is obtained, and the test that follows looks at another variable.

use super::{FileContext, Rule};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::*;

pub static RULE: Rule = Rule {
    id: "wrong-variable-check",
    name: "Wrong variable tested",
    category: Category::InsufficientErrorCheck,
    cwe: 252,
    tier: Tier::High,
    subtypes: &["wrong-variable-check", "unchecked-null"],
    summary: "A variable takes the result of an allocation, the next statement tests a variable of nearly the same name for NULL, and the first is never tested.",
    why: "It is a slip of the pen: the allocation stays unchecked although the code looks as if it were.",
    example_bad: "trace2 = malloc(sizeof(trace_t));\nif (traces2 == NULL) return -1;",
    example_good: "trace2 = malloc(sizeof(trace_t));\nif (trace2 == NULL) return -1;",
    fix: "Test the variable that was assigned.",
    check: Some(check),
};

fn check(context: &FileContext, findings: &mut Vec<Finding>) {
    for function in &context.unit.functions {
        if function.errors == 0 {
            blocks(context, function, &function.body, findings, 0);
        }
    }
}

fn blocks(
    context: &FileContext,
    function: &Function,
    statement: &Stmt,
    findings: &mut Vec<Finding>,
    depth: u32,
) {
    if depth > 100 {
        return;
    }
    match &statement.kind {
        StmtKind::Block(body) => {
            for pair in body.windows(2) {
                if let Some((assigned, tested)) = slip(function, &pair[0], &pair[1]) {
                    let line = context.source.line(pair[1].pos);
                    let message = format!(
                        "`{}` is assigned here and never tested; the test that follows looks at `{}`",
                        function.var(assigned).name,
                        function.var(tested).name
                    );
                    findings.push(Finding::new(
                        &RULE,
                        &context.source.path,
                        line,
                        function.shown,
                        message,
                    ));
                }
            }
            for inner in body {
                blocks(context, function, inner, findings, depth + 1);
            }
        }
        StmtKind::If(_, yes, no) => {
            blocks(context, function, yes, findings, depth + 1);
            if let Some(no) = no {
                blocks(context, function, no, findings, depth + 1);
            }
        }
        StmtKind::While(_, body)
        | StmtKind::DoWhile(body, _)
        | StmtKind::For(.., body)
        | StmtKind::Switch(_, body) => blocks(context, function, body, findings, depth + 1),
        _ => {}
    }
}

/// The variable assigned and the one tested, if they look alike.
fn slip(function: &Function, first: &Stmt, second: &Stmt) -> Option<(VarId, VarId)> {
    let (assigned, value) = match &first.kind {
        StmtKind::Expr(expr) => match function.expr(*expr).kind {
            ExprKind::Assign(None, target, value) => match function.expr(target).kind {
                ExprKind::Var(var) => (var, value),
                _ => return None,
            },
            _ => return None,
        },
        StmtKind::Decl(declared) => match declared.as_slice() {
            [(var, Some(value))] => (*var, *value),
            _ => return None,
        },
        _ => return None,
    };
    let mut value = value;
    while let ExprKind::Cast(_, inner) = function.expr(value).kind {
        value = inner;
    }
    if !matches!(function.expr(value).kind, ExprKind::Call(..))
        || !function.var(assigned).ty.is_pointer()
    {
        return None;
    }
    let StmtKind::If(condition, ..) = &second.kind else {
        return None;
    };
    let tested = null_test(function, *condition)?;
    if tested == assigned
        || !alike(function.var(assigned).name, function.var(tested).name)
        || !function.var(tested).ty.is_pointer()
    {
        return None;
    }
    let is_tested = function.exprs.iter().any(|expr| match expr.kind {
        ExprKind::Binary(op, left, right) if op.is_comparison() => [left, right]
            .iter()
            .any(|side| matches!(function.expr(*side).kind, ExprKind::Var(var) if var == assigned)),
        ExprKind::Unary(UnaryOp::Not, inner) => {
            matches!(function.expr(inner).kind, ExprKind::Var(var) if var == assigned)
        }
        _ => false,
    });
    (!is_tested).then_some((assigned, tested))
}

/// `x == NULL`, `!x`
fn null_test(function: &Function, condition: ExprId) -> Option<VarId> {
    let inner = match function.expr(condition).kind {
        ExprKind::Unary(UnaryOp::Not, inner) => inner,
        ExprKind::Binary(BinaryOp::Eq, left, right)
            if matches!(
                function.expr(right).kind,
                ExprKind::Global("NULL") | ExprKind::Int(0)
            ) =>
        {
            left
        }
        _ => return None,
    };
    match function.expr(inner).kind {
        ExprKind::Var(var) => Some(var),
        _ => None,
    }
}

/// Names that differ by one or two letters.
fn alike(a: &str, b: &str) -> bool {
    if a.len() < 3 || b.len() < 3 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let common_start = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let common_end = a
        .bytes()
        .rev()
        .zip(b.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count();
    common_start + common_end + 1 >= a.len().max(b.len()) && common_start + common_end > 0
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn slips_of_the_pen() {
        assert!(alike("trace2", "traces2"));
        assert!(alike("name", "nane"));
        assert!(!alike("key", "value"));
    }
}

//! `sprintf` and formats that are no literals.

use super::Rule;
use crate::analysis::call::Call;
use crate::analysis::engine::Engine;
use crate::analysis::state::*;
use crate::finding::{Category, Tier};
use crate::front::ast::*;

pub static OVERFLOW: Rule = Rule {
    id: "sprintf-overflow",
    name: "sprintf into a fixed buffer",
    category: Category::MemoryManagement,
    cwe: 120,
    tier: Tier::Medium,
    subtypes: &["buffer-overflow"],
    summary: "`sprintf` writes something of unbounded length, such as `%f` of a double or `%s`, into an array of fixed size.",
    why: "`%f` of 1e300 needs more than 300 characters. What does not fit overwrites the stack.",
    example_bad: "char buffer[256];\nsprintf(buffer, \"<value %f>\", value);",
    example_good: "char buffer[256];\nPyOS_snprintf(buffer, sizeof(buffer), \"<value %g>\", value);",
    fix: "Use PyUnicode_FromFormat or snprintf.",
    check: None,
};

pub static LITERAL: Rule = Rule {
    id: "format-not-literal",
    name: "Format string from data",
    category: Category::MemoryManagement,
    cwe: 134,
    tier: Tier::Medium,
    subtypes: &["format-string"],
    summary: "The format of a printf-like call is a variable and there are no arguments for it.",
    why: "A `%s` or `%n` in the data reads or writes whatever lies on the stack.",
    example_bad: "PyErr_Format(PyExc_ValueError, message);",
    example_good: "PyErr_Format(PyExc_ValueError, \"%s\", message);",
    fix: "Pass \"%s\" as the format.",
    check: None,
};

pub fn on_call(engine: &mut Engine, state: &State, call: &Call) {
    if matches!(call.name, "sprintf" | "vsprintf") {
        sprintf(engine, state, call);
    }
    let format = match call.name {
        "PyErr_Format" | "fprintf" | "sprintf" => 1,
        "PyUnicode_FromFormat" | "printf" | "PyBytes_FromFormat" => 0,
        "snprintf" | "PyOS_snprintf" => 2,
        _ => return,
    };
    if call.arguments.len() != format + 1 {
        return;
    }
    let expr = &engine.graph.expr(call.arguments[format]).kind;
    let from_data = match expr {
        ExprKind::Var(var) => {
            let var = engine.graph.vars[var.0 as usize];
            // A constant array, or a choice between literals.
            var.ty.arrays == 0
                && !var.name.starts_with('(')
                && !matches!(call.values[format], Val::Str)
        }
        ExprKind::Member(..) => true,
        _ => false,
    };
    if from_data {
        let message = format!(
            "the format of {}() is `{}`, which is data",
            call.name,
            engine.show(call.arguments[format])
        );
        engine.report(
            state,
            &LITERAL,
            "format-string",
            Tier::Medium,
            call.pos,
            call.pos,
            message,
        );
    }
}

fn sprintf(engine: &mut Engine, state: &State, call: &Call) {
    let (Some(target), Some(format)) = (call.arguments.first(), call.arguments.get(1)) else {
        return;
    };
    let ExprKind::Str(text) = engine.graph.expr(*format).kind else {
        return;
    };
    let fixed = engine.type_of(*target).is_some_and(|ty| ty.arrays > 0);
    if !fixed {
        return;
    }
    if let Some(conversion) = unbounded(text) {
        let message = format!(
            "`%{conversion}` has no bound, and the buffer `{}` has",
            engine.show(*target)
        );
        engine.report(
            state,
            &OVERFLOW,
            "buffer-overflow",
            Tier::Medium,
            super::key_of("sprintf"),
            call.pos,
            message,
        );
    }
}

/// The first conversion of a format that may write any number of characters.
fn unbounded(format: &str) -> Option<char> {
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        let mut precision = false;
        for c in chars.by_ref() {
            match c {
                '.' => precision = true,
                '0'..='9' | '-' | '+' | ' ' | '#' | '*' | 'l' | 'h' | 'z' | 'j' | 't' | 'L' => {}
                'f' | 'F' => return Some(c),
                's' if !precision => return Some(c),
                _ => break,
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::unbounded;

    #[test]
    fn conversions_without_a_bound() {
        assert_eq!(unbounded("%d %.10s %g"), None);
        assert_eq!(unbounded("<%c (%f)>"), Some('f'));
        assert_eq!(unbounded("100%% %-5s"), Some('s'));
    }
}

//! `missing-traverse`: fields that `tp_traverse` or `tp_clear` leave out.

use super::syntax::{self, Call, calls, type_of};
use super::{FileContext, Rule};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::{ExprId, ExprKind, Function};
use crate::front::intern::Name;
use std::collections::{BTreeMap, BTreeSet};

pub static RULE: Rule = Rule {
    id: "missing-traverse",
    name: "Field is left out of tp_traverse or tp_clear",
    category: Category::MemoryManagement,
    cwe: 401,
    tier: Tier::Medium,
    subtypes: &["refleak"],
    summary: "A field that holds an object is cleared in `tp_clear` but not visited in `tp_traverse`, or visited and released nowhere.",
    why: "The garbage collector finds cycles by the references that `tp_traverse` shows it. A cycle through a field that is left out is never freed; a field \
          that is visited but not released keeps its object for ever. Fields of types that can't be part of a cycle, such as `str` and `bytes`, need no visit: \
          a field that is only released when the object goes away is of low tier for that reason.",
    example_bad: "static int\nnode_traverse(Node *self, visitproc visit, void *arg)\n{\n    Py_VISIT(self->left);\n    return 0;                    /* right is cleared, but not visited */\n}\n\n\
                  static int\nnode_clear(Node *self)\n{\n    Py_CLEAR(self->left);\n    Py_CLEAR(self->right);\n    return 0;\n}",
    example_good: "static int\nnode_traverse(Node *self, visitproc visit, void *arg)\n{\n    Py_VISIT(self->left);\n    Py_VISIT(self->right);\n    return 0;\n}",
    fix: "Visit the field in `tp_traverse`, and clear it in `tp_clear`.",
    check: Some(check),
};

/// Types whose objects hold no others.
const LEAVES: &[&str] = &[
    "PyBytesObject",
    "PyUnicodeObject",
    "PyLongObject",
    "PyFloatObject",
    "PyComplexObject",
    "PyByteArrayObject",
];

/// What makes such objects.
const LEAF_MAKERS: &[&str] = &[
    "PyBytes_",
    "PyUnicode_",
    "PyLong_",
    "PyFloat_",
    "PyByteArray_",
    "_PyBytes_",
    "_PyUnicode_",
    "_PyLong_",
];

/// A field of a struct.
type Field = (Name, Name);

/// What the functions of a file do with fields.
#[derive(Default)]
struct Fields {
    /// By struct: the traversing function, and what it visits.
    visited: BTreeMap<Name, (usize, BTreeSet<Name>)>,
    /// Cleared by a function that clears: with the position.
    cleared: BTreeMap<Field, (usize, u32)>,
    /// Released anywhere.
    released: BTreeMap<Field, (usize, u32)>,
    /// Fields that get a text or a number somewhere.
    leaves: BTreeSet<Field>,
    /// Structs whose traversal is left to a helper in part.
    delegated: BTreeSet<Name>,
}

fn check(context: &FileContext<'_>, findings: &mut Vec<Finding>) {
    let functions = &context.unit.functions;
    let mut fields = Fields::default();
    for (index, function) in functions.iter().enumerate() {
        collect(context, function, index, &mut fields);
    }
    for (record_name, (index, visited)) in &fields.visited {
        if fields.delegated.contains(record_name) {
            continue;
        }
        let Some(record) = record_of(context, record_name) else {
            continue;
        };
        let traverse = &functions[*index];
        for (field, ty) in &record.fields {
            if !ty.is_object() || LEAVES.contains(&ty.name) {
                continue;
            }
            let key = (*record_name, *field);
            let report = |function: &Function, pos: u32, tier: Tier, message: String| {
                let mut finding = Finding::new(
                    &RULE,
                    &context.source.path,
                    context.source.line(pos),
                    function.shown,
                    message,
                );
                finding.tier = tier;
                finding
            };
            if fields.leaves.contains(&key) {
                continue;
            }
            if !visited.contains(field) {
                let (tier, place) = match (fields.cleared.get(&key), fields.released.get(&key)) {
                    (Some(place), _) => (Tier::Medium, place),
                    (None, Some(place)) => (Tier::Low, place),
                    (None, None) => continue,
                };
                let mut finding = report(
                    traverse,
                    traverse.pos,
                    tier,
                    format!("`{field}`, which the object owns, is not visited"),
                );
                let (other, pos) = place;
                finding.step(
                    context.source.line(*pos),
                    format!("`{field}` is released in {}", functions[*other].shown),
                );
                finding.step(
                    context.source.line(traverse.pos),
                    "but it is not visited here",
                );
                findings.push(finding);
            } else if !fields.released.contains_key(&key) {
                findings.push(report(
                    traverse,
                    traverse.pos,
                    Tier::Low,
                    format!("`{field}` is visited, but nothing in this file releases it"),
                ));
            }
        }
    }
}

fn collect(context: &FileContext<'_>, function: &Function, index: usize, fields: &mut Fields) {
    let params = &function.vars[..function.params.min(function.vars.len())];
    let traverses = params.iter().any(|var| var.ty.name == "visitproc");
    let clears = !traverses
        && function.params == 1
        && function.result.name == "int"
        && function.name.contains("clear");
    for expr in &function.exprs {
        if let ExprKind::Assign(None, left, right) = expr.kind
            && let ExprKind::Call(callee, _) = function.expr(syntax::uncast(function, right)).kind
            && let ExprKind::Global(name) = function.expr(callee).kind
            && LEAF_MAKERS.iter().any(|prefix| name.starts_with(prefix))
        {
            fields.leaves.extend(field_of(context, function, left));
        }
    }
    for call in calls(function) {
        match call.name {
            "Py_VISIT" if traverses => {
                if let Some((record, field)) = call
                    .args
                    .first()
                    .and_then(|id| field_of(context, function, *id))
                {
                    fields
                        .visited
                        .entry(record)
                        .or_insert_with(|| (index, BTreeSet::new()))
                        .1
                        .insert(field);
                }
            }
            "Py_CLEAR" | "Py_XDECREF" | "Py_DECREF" | "Py_SETREF" | "Py_XSETREF" => {
                if let Some(key) = call
                    .args
                    .first()
                    .and_then(|id| field_of(context, function, *id))
                {
                    let place = (index, call.expr.pos);
                    fields.released.entry(key).or_insert(place);
                    if clears {
                        fields.cleared.entry(key).or_insert(place);
                    }
                }
            }
            _ if traverses => delegate(context, function, &call, fields),
            _ => {}
        }
    }
}

/// A helper that gets the object and the visitor may visit anything.
fn delegate(context: &FileContext<'_>, function: &Function, call: &Call<'_>, fields: &mut Fields) {
    let visitor = call.args.iter().any(|id| {
        matches!(function.expr(syntax::uncast(function, *id)).kind, ExprKind::Var(var) if function.var(var).ty.name == "visitproc")
    });
    if visitor {
        for id in call.args {
            if let Some(ty) = type_of(context, function, syntax::uncast(function, *id)) {
                fields.delegated.insert(base_name(context, ty.name));
            }
        }
    }
}

/// The struct and the field of `self->field`.
fn field_of(context: &FileContext<'_>, function: &Function, id: ExprId) -> Option<Field> {
    let id = syntax::uncast(function, id);
    let ExprKind::Member(base, field, _) = function.expr(id).kind else {
        return None;
    };
    let ty = type_of(context, function, base)?;
    (ty.arrays == 0 && ty.pointers <= 1).then(|| (base_name(context, ty.name), field))
}

/// A struct by one name, whatever typedef it is reached by.
fn base_name(context: &FileContext<'_>, name: Name) -> Name {
    let mut name = name;
    for _ in 0..4 {
        match context.unit.typedefs.get(name) {
            _ if context.unit.records.contains_key(name) => break,
            Some(ty) if !ty.is_pointer() && ty.name != name => name = ty.name,
            _ => break,
        }
    }
    name
}

fn record_of<'a>(
    context: &'a FileContext<'_>,
    name: Name,
) -> Option<&'a crate::front::ast::Record> {
    context.unit.records.get(name)
}

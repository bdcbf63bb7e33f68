//! What rules of syntax ask of a function's tree: its calls, the types of expressions, and an expression as text.

use super::FileContext;
use crate::front::ast::{
    BinaryOp, Expr, ExprId, ExprKind, Function, Stmt, StmtKind, Type, UnaryOp,
};
use crate::front::intern::Name;

/// Chains of typedefs are no longer than this.
const TYPEDEF_DEPTH_MAX: usize = 8;

/// A call of a function by its name.
pub struct Call<'a> {
    pub name: Name,
    pub args: &'a [ExprId],
    pub expr: &'a Expr,
}

/// The calls of a function, in the order of the source.
pub fn calls(function: &Function) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = function
        .exprs
        .iter()
        .filter_map(|expr| match &expr.kind {
            ExprKind::Call(callee, args) => match function.expr(*callee).kind {
                ExprKind::Global(name) => Some(Call { name, args, expr }),
                _ => None,
            },
            _ => None,
        })
        .collect();
    calls.sort_by_key(|call| call.expr.pos);
    calls
}

/// The type of an expression, where it is known.
pub fn type_of(context: &FileContext<'_>, function: &Function, id: ExprId) -> Option<Type> {
    let ty = match &function.expr(id).kind {
        ExprKind::Var(var) => function.var(*var).ty,
        ExprKind::Int(_) => Type::named("int"),
        ExprKind::Float(_) => Type::named("double"),
        ExprKind::Str(_) => Type {
            pointers: 1,
            ..Type::named("char")
        },
        ExprKind::Cast(ty, _) => *ty,
        ExprKind::SizeofExpr(_) | ExprKind::SizeofType(_) => Type::named("size_t"),
        ExprKind::Unary(UnaryOp::AddrOf, inner) => {
            let mut ty = type_of(context, function, *inner)?;
            if ty.arrays > 0 {
                return None;
            }
            ty.pointers += 1;
            ty
        }
        ExprKind::Unary(UnaryOp::Deref, inner) => type_of(context, function, *inner)?.pointee(),
        ExprKind::Unary(UnaryOp::Not, _) => Type::named("int"),
        ExprKind::Unary(_, inner) => type_of(context, function, *inner)?,
        ExprKind::Index(base, _) => {
            let ty = type_of(context, function, *base)?;
            if !ty.is_pointer() {
                return None;
            }
            ty.pointee()
        }
        ExprKind::Member(base, field, _) => {
            let base = type_of(context, function, *base)?;
            field_type(context, base, field)?
        }
        ExprKind::Assign(_, left, _) => type_of(context, function, *left)?,
        ExprKind::Binary(op, left, right) => {
            if op.is_comparison() || matches!(op, BinaryOp::And | BinaryOp::Or) {
                Type::named("int")
            } else {
                let left = type_of(context, function, *left)?;
                let right = type_of(context, function, *right)?;
                usual(context, *op, left, right)?
            }
        }
        ExprKind::Conditional(_, left, right) => {
            let left = type_of(context, function, *left)?;
            // NULL takes the other's type.
            if left.is_pointer() {
                left
            } else {
                type_of(context, function, *right)?
            }
        }
        ExprKind::Call(callee, _) => {
            let ExprKind::Global(name) = function.expr(*callee).kind else {
                return None;
            };
            *context.unit.prototypes.get(name)?
        }
        _ => return None,
    };
    (!ty.name.is_empty()).then_some(ty)
}

/// The type of a field of a record, or of what a pointer to one points to.
pub fn field_type(context: &FileContext<'_>, base: Type, field: &str) -> Option<Type> {
    if base.arrays > 0 {
        return None;
    }
    let mut name = base.name;
    for _ in 0..TYPEDEF_DEPTH_MAX {
        if let Some(record) = context.unit.records.get(name) {
            return record
                .fields
                .iter()
                .find(|(known, _)| *known == field)
                .map(|(_, ty)| *ty);
        }
        name = context
            .unit
            .typedefs
            .get(name)
            .filter(|ty| !ty.is_pointer())?
            .name;
    }
    None
}

/// A type with typedefs of this file looked through, down to a name that is known or no typedef.
pub fn resolve(context: &FileContext<'_>, mut ty: Type) -> Type {
    for _ in 0..TYPEDEF_DEPTH_MAX {
        if number(ty.name).is_some() {
            break;
        }
        let Some(behind) = context.unit.typedefs.get(ty.name) else {
            break;
        };
        if behind.is_function || behind.arrays > 0 {
            break;
        }
        ty.name = behind.name;
        ty.pointers += behind.pointers;
    }
    ty
}

/// A type of numbers: its bytes on a 64-bit Unix and on 64-bit Windows, its signedness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    pub unix: u8,
    pub windows: u8,
    pub signed: bool,
    pub float: bool,
}

/// The type of numbers of that name.
pub fn number(name: &str) -> Option<Number> {
    let (unix, windows, signed) = match name {
        "char" | "signed char" | "int8_t" => (1, 1, true),
        "unsigned char" | "uint8_t" | "Py_UCS1" | "_Bool" | "bool" => (1, 1, false),
        "short" | "int16_t" => (2, 2, true),
        "unsigned short" | "uint16_t" | "Py_UCS2" => (2, 2, false),
        "int" | "int32_t" | "pid_t" => (4, 4, true),
        "unsigned int" | "uint32_t" | "Py_UCS4" | "uid_t" | "gid_t" => (4, 4, false),
        "long" => (8, 4, true),
        "unsigned long" => (8, 4, false),
        "long long" | "int64_t" | "PY_LONG_LONG" => (8, 8, true),
        "unsigned long long" | "uint64_t" | "unsigned PY_LONG_LONG" => (8, 8, false),
        "Py_ssize_t" | "ssize_t" | "Py_hash_t" | "intptr_t" | "ptrdiff_t" | "Py_intptr_t" => {
            (8, 8, true)
        }
        "size_t" | "Py_uhash_t" | "uintptr_t" | "Py_uintptr_t" => (8, 8, false),
        "float" => (4, 4, true),
        "double" => (8, 8, true),
        _ => return None,
    };
    Some(Number {
        unix,
        windows,
        signed,
        float: matches!(name, "float" | "double"),
    })
}

/// The usual arithmetic conversions, as far as rules need them.
fn usual(context: &FileContext<'_>, op: BinaryOp, left: Type, right: Type) -> Option<Type> {
    if op == BinaryOp::Sub && left.is_pointer() && right.is_pointer() {
        return Some(Type::named("ptrdiff_t"));
    }
    if left.is_pointer() || right.is_pointer() {
        return Some(if left.is_pointer() { left } else { right });
    }
    let (left, right) = (resolve(context, left), resolve(context, right));
    let (a, b) = (number(left.name)?, number(right.name)?);
    Some(if a.float || b.float {
        Type::named("double")
    } else if a.unix.max(b.unix) < 4 {
        Type::named("int")
    } else if a.unix > b.unix || (a.unix == b.unix && !a.signed) {
        left
    } else {
        right
    })
}

/// Whether a text is made of literals alone, as the source has it: macros between them (`PRId64`) may not be known, and what they add is missing.
pub fn literal_is_whole(context: &FileContext<'_>, function: &Function, id: ExprId) -> bool {
    let text = &context.source.text;
    let pos = function.expr(id).pos as usize;
    let Some(mut rest) = text.get(pos..) else {
        return false;
    };
    let name_before = text[..pos]
        .trim_end()
        .ends_with(|c: char| c.is_alphanumeric() || c == '_');
    if name_before || !rest.starts_with('"') {
        return false;
    }
    loop {
        if let Some(body) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = body.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let Some(end) = end else { return false };
            rest = &body[end + 1..];
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else if rest.starts_with(|c: char| c.is_whitespace() || c == '\\') {
            rest = rest[1..].trim_start();
        } else {
            return rest.starts_with([',', ')', ':', ';', '}', ']', '?']);
        }
    }
}

/// A type as it is written.
pub fn type_text(ty: Type) -> String {
    let mut text = ty.name.to_owned();
    if ty.pointers > 0 {
        text.push(' ');
        text.extend(std::iter::repeat_n('*', ty.pointers as usize));
    }
    for _ in 0..ty.arrays {
        text.push_str("[]");
    }
    text
}

/// Without the casts around it.
pub fn uncast(function: &Function, mut id: ExprId) -> ExprId {
    while let ExprKind::Cast(_, inner) = function.expr(id).kind {
        id = inner;
    }
    id
}

/// A place (`x`, `self->x`, `*p`) as text, for messages and to know it again; nothing for what is no place.
pub fn place(function: &Function, id: ExprId) -> Option<String> {
    Some(match &function.expr(id).kind {
        ExprKind::Var(var) => function.var(*var).name.to_owned(),
        ExprKind::Global(name) => (*name).to_owned(),
        ExprKind::Member(base, field, arrow) => {
            format!(
                "{}{}{field}",
                place(function, *base)?,
                if *arrow { "->" } else { "." }
            )
        }
        ExprKind::Unary(UnaryOp::Deref, inner) => format!("*{}", place(function, *inner)?),
        ExprKind::Index(base, index) => {
            let index = match function.expr(*index).kind {
                ExprKind::Int(value) => value.to_string(),
                _ => place(function, *index)?,
            };
            format!("{}[{index}]", place(function, *base)?)
        }
        ExprKind::Cast(_, inner) => place(function, *inner)?,
        _ => return None,
    })
}

/// Calls `visit` on each statement, outer ones first.
pub fn statements<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(&'a Stmt)) {
    visit(stmt);
    match &stmt.kind {
        StmtKind::Block(inner) => inner.iter().for_each(|stmt| statements(stmt, visit)),
        StmtKind::If(_, then, otherwise) => {
            statements(then, visit);
            if let Some(otherwise) = otherwise {
                statements(otherwise, visit);
            }
        }
        StmtKind::While(_, body) | StmtKind::DoWhile(body, _) | StmtKind::Switch(_, body) => {
            statements(body, visit)
        }
        StmtKind::For(first, _, _, body) => {
            if let Some(first) = first {
                statements(first, visit);
            }
            statements(body, visit);
        }
        _ => {}
    }
}

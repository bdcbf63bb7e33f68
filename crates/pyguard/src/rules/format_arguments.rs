//! `format-arguments`: formats of `PyErr_Format`, `PyUnicode_FromFormat` and `printf` against what is given for them.

use super::syntax::{Call, calls, literal_is_whole, number, place, type_of, type_text};
use super::{FileContext, Rule};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::{ExprId, ExprKind, Function, Type};
use crate::kb::{ResultKind, Use};

pub static RULE: Rule = Rule {
    id: "format-arguments",
    name: "Format does not fit its arguments",
    category: Category::MemoryManagement,
    cwe: 686,
    tier: Tier::High,
    subtypes: &["format-string"],
    summary: "A format of `PyErr_Format`, `PyUnicode_FromFormat`, `printf` and the like has another number of conversions than arguments, a conversion of \
              another kind or size than its argument.",
    why: "The called function takes its arguments from the stack as the format says. A `%s` for an object reads the object's header as text; a conversion \
          without an argument reads what happens to be there. Integers of another size are of medium tier where more is read than given, and of low tier \
          where less is: a wrong number, on the machines of today.",
    example_bad: "PyErr_Format(PyExc_TypeError, \"bad key %s\", key);        /* key is an object */",
    example_good: "PyErr_Format(PyExc_TypeError, \"bad key %R\", key);",
    fix: "Use `%S`, `%R`, `%A` or `%U` for objects, `%zd` for `Py_ssize_t`, `%ld` for `long`.",
    check: Some(check),
};

/// What a conversion takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// A number of that many bytes (Unix, Windows).
    Int(u8, u8),
    Double,
    Text,
    Object,
    Pointer,
    Any,
}

fn check(context: &FileContext<'_>, findings: &mut Vec<Finding>) {
    for function in &context.unit.functions {
        for call in calls(function) {
            check_call(context, function, &call, findings);
        }
    }
}

fn check_call(
    context: &FileContext<'_>,
    function: &Function,
    call: &Call<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some(row) = context.kb.get(call.name) else {
        return;
    };
    // Formats of `Py_BuildValue` and `PyArg_Parse` are of another kind.
    let python =
        matches!(row.name.as_str(), name if name.starts_with("Py") || name.starts_with("_Py"));
    if row.name.contains("Arg_")
        || row.name.contains("BuildValue")
        || row.name.contains("_Call")
        || row.name.contains("Audit")
    {
        return;
    }
    let Some(at) = row.args.iter().position(|arg| arg.r#use == Use::Format) else {
        return;
    };
    let Some(format_id) = call.args.get(at) else {
        return;
    };
    let report = |pos: u32, tier: Tier, cwe: u32, message: String| {
        let mut finding = Finding::new(
            &RULE,
            &context.source.path,
            context.source.line(pos),
            function.shown,
            message,
        );
        finding.tier = tier;
        finding.cwe = cwe;
        finding
    };
    let Some(formats) = constants(context, function, *format_id) else {
        return;
    };
    if !row.variadic {
        return;
    }
    for format in formats {
        let Some(takes) = conversions(format, python) else {
            continue;
        };
        let given = &call.args[at + 1..];
        if takes.len() != given.len() {
            // More than needed does no harm.
            let (tier, cwe) = if takes.len() > given.len() {
                (Tier::High, 685)
            } else {
                (Tier::Low, 685)
            };
            findings.push(report(
                call.expr.pos,
                tier,
                cwe,
                format!(
                    "the format \"{format}\" of {} takes {} arguments, but {} are given",
                    call.name,
                    takes.len(),
                    given.len()
                ),
            ));
            continue;
        }
        for ((conversion, takes), id) in takes.iter().zip(given) {
            let Some(ty) = argument_type(context, function, *id) else {
                continue;
            };
            if let Some(tier) = mismatch(*takes, ty) {
                let what = place(function, *id)
                    .map_or("the argument".to_owned(), |name| format!("`{name}`"));
                findings.push(report(
                    function.expr(*id).pos,
                    tier,
                    686,
                    format!(
                        "`{conversion}` of {} takes {}, but {what} is {}",
                        call.name,
                        describe(*takes),
                        type_text(ty)
                    ),
                ));
            }
        }
    }
}

/// The constant texts that an expression may be; nothing when it may be something else.
fn constants(
    context: &FileContext<'_>,
    function: &Function,
    id: ExprId,
) -> Option<Vec<&'static str>> {
    match &function.expr(id).kind {
        ExprKind::Str(text) => literal_is_whole(context, function, id).then(|| vec![*text]),
        ExprKind::Conditional(_, left, right) => {
            let mut both = constants(context, function, *left)?;
            both.extend(constants(context, function, *right)?);
            Some(both)
        }
        ExprKind::Cast(_, inner) => constants(context, function, *inner),
        _ => None,
    }
}

/// The conversions of a format, each with what it takes; nothing when there is one that is not known.
fn conversions(format: &str, python: bool) -> Option<Vec<(String, Takes)>> {
    let mut found = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let start = &rest[at..];
        let mut chars = start.char_indices().skip(1).peekable();
        let mut next = || chars.next();
        let (mut index, mut c) = next()?;
        while matches!(c, '-' | '+' | ' ' | '#' | '0' | '\'') {
            (index, c) = next()?;
        }
        // A `*` takes an int of its own.
        while c.is_ascii_digit() || c == '.' || c == '*' {
            if c == '*' {
                found.push(("*".to_owned(), Takes::Int(4, 4)));
            }
            (index, c) = next()?;
        }
        let from = index;
        while matches!(c, 'h' | 'l' | 'z' | 'j' | 't' | 'L' | 'q') {
            (index, c) = next()?;
        }
        let length = &start[from..index];
        let conversion = start[..index + c.len_utf8()].to_owned();
        let int = match length {
            "" | "h" | "hh" => Takes::Int(4, 4),
            "l" => Takes::Int(8, 4),
            "ll" | "j" | "z" | "t" | "q" => Takes::Int(8, 8),
            _ => Takes::Any,
        };
        let takes = match c {
            '%' => None,
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => Some(int),
            'c' => Some(Takes::Int(4, 4)),
            's' if length.is_empty() => Some(Takes::Text),
            's' => Some(Takes::Pointer),
            'p' => Some(Takes::Pointer),
            'e' | 'f' | 'g' | 'E' | 'F' | 'G' | 'a' if !python => Some(Takes::Double),
            'A' if !python => Some(Takes::Double),
            'U' | 'S' | 'R' | 'A' | 'T' | 'N' if python => Some(Takes::Object),
            // An object and a text.
            'V' if python => {
                found.push((conversion.clone(), Takes::Object));
                Some(Takes::Text)
            }
            'm' if !python => None,
            'n' if !python => Some(Takes::Pointer),
            _ => return None,
        };
        if let Some(takes) = takes {
            found.push((conversion.clone(), takes));
        }
        rest = &start[conversion.len()..];
    }
    Some(found)
}

/// The type of an argument; of a call that the knowledge base knows, too.
fn argument_type(context: &FileContext<'_>, function: &Function, id: ExprId) -> Option<Type> {
    if let Some(ty) = type_of(context, function, id) {
        return Some(ty);
    }
    if let ExprKind::Call(callee, _) = &function.expr(id).kind
        && let ExprKind::Global(name) = function.expr(*callee).kind
    {
        let row = context.kb.get(name)?;
        return match row.result {
            ResultKind::New | ResultKind::Borrowed if row.c_type.is_empty() => Some(Type {
                pointers: 1,
                ..Type::named("PyObject")
            }),
            ResultKind::Int if !row.c_type.is_empty() && number(&row.c_type).is_some() => {
                Some(Type::named(crate::front::intern::intern(&row.c_type)))
            }
            _ => None,
        };
    }
    None
}

fn mismatch(takes: Takes, ty: Type) -> Option<Tier> {
    let is_number = |ty: Type| {
        if ty.is_pointer() {
            None
        } else {
            number(ty.name)
        }
    };
    match takes {
        Takes::Any => None,
        Takes::Int(unix, windows) => {
            if ty.is_object() || (ty.pointers > 0 && ty.name == "char") {
                return Some(Tier::High);
            }
            let has = is_number(ty)?;
            if has.float {
                return Some(Tier::High);
            }
            // Smaller ones are widened to int.
            let (has_unix, has_windows) = (has.unix.max(4), has.windows.max(4));
            if has_unix < unix {
                Some(Tier::Medium)
            } else if has_unix != unix || has_windows != windows {
                Some(Tier::Low)
            } else {
                None
            }
        }
        Takes::Double => {
            let has = is_number(ty)?;
            (!has.float).then_some(Tier::High)
        }
        Takes::Text => (ty.is_object() || is_number(ty).is_some()).then_some(Tier::High),
        Takes::Object => {
            if ty.is_pointer() {
                (ty.name == "char" || ty.name == "wchar_t").then_some(Tier::High)
            } else {
                is_number(ty).map(|_| Tier::High)
            }
        }
        Takes::Pointer => is_number(ty).map(|_| Tier::Medium),
    }
}

fn describe(takes: Takes) -> &'static str {
    match takes {
        Takes::Int(4, _) => "an int",
        Takes::Int(8, 4) => "a long",
        Takes::Int(..) => "a 64-bit integer",
        Takes::Double => "a double",
        Takes::Text => "text",
        Takes::Object => "an object",
        Takes::Pointer => "a pointer",
        Takes::Any => "something",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_taken_apart() {
        let of = |format, python| {
            conversions(format, python).map(|found| {
                found
                    .into_iter()
                    .map(|(_, takes)| takes)
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            of("%s: %zd of %ld%%", true),
            Some(vec![Takes::Text, Takes::Int(8, 8), Takes::Int(8, 4)])
        );
        assert_eq!(
            of("%R %.200s %*d", true),
            Some(vec![
                Takes::Object,
                Takes::Text,
                Takes::Int(4, 4),
                Takes::Int(4, 4)
            ])
        );
        assert_eq!(of("%V", true), Some(vec![Takes::Object, Takes::Text]));
        assert_eq!(of("%f", false), Some(vec![Takes::Double]));
        assert_eq!(of("%", true), None);
    }
}

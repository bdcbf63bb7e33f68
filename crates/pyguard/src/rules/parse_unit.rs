//! `parse-unit`: a unit of an argument format against the C variable that it writes.

use super::syntax::{Call, calls, literal_is_whole, number, place, resolve, type_of, type_text};
use super::{FileContext, Rule};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::{ExprKind, Function, Type, UnaryOp};
use crate::kb::Use;

pub static RULE: Rule = Rule {
    id: "parse-unit",
    name: "Unit of an argument format does not fit its variable",
    category: Category::MemoryManagement,
    cwe: 843,
    tier: Tier::High,
    subtypes: &["buffer-overflow", "uninitialised-field"],
    summary: "A unit of a `PyArg_Parse*` format writes more or fewer bytes than the variable that its argument points to has, or the format has another \
              number of units than there are arguments.",
    why: "`PyArg_ParseTuple` writes through untyped pointers. A unit that writes more bytes than the variable has overwrites what lies beside it; one that \
          writes fewer leaves the rest of the variable as it was, which is what the stack held. The compiler does not see it, and a machine with other \
          sizes of `long` shows it first. Where sizes differ only on Windows, where `long` has four bytes, the tier is medium. Variables whose type is not \
          known, and converters (`O&`), are left out.",
    example_bad: "int count;\nif (!PyArg_ParseTuple(args, \"n\", &count))   /* writes a Py_ssize_t: eight bytes into four */\n    return NULL;",
    example_good: "Py_ssize_t count;\nif (!PyArg_ParseTuple(args, \"n\", &count))\n    return NULL;",
    fix: "Give the variable the type that the unit writes, or take the unit of the variable's type.",
    check: Some(check),
};

/// What a unit writes into one of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// A number of the type of that name.
    Number(&'static str),
    /// A pointer: anything that is one.
    Pointer,
    /// A `Py_buffer`.
    Buffer,
    /// Not checked: a type object, a converter and what it takes.
    Any,
}

/// The unit at the head of a format, with how many characters it has and what it writes. Nothing for an end or a character that is no unit.
fn unit(format: &str, clean: bool) -> Option<(usize, Vec<Written>)> {
    use Written::{Any, Buffer, Number, Pointer};
    // Without the macro it is an int up to Python 3.12 and a Py_ssize_t from then on, and a header may define the macro.
    let length = if clean { Number("Py_ssize_t") } else { Any };
    let two = format.get(..2).unwrap_or("");
    let (len, written): (usize, &[Written]) = match two {
        "s#" | "z#" | "y#" | "u#" | "Z#" => (2, &[Pointer, Number("")]),
        "s*" | "z*" | "y*" | "w*" => (2, &[Buffer]),
        "es" | "et" => {
            if format[2..].starts_with('#') {
                (3, &[Any, Pointer, Number("")])
            } else {
                (2, &[Any, Pointer])
            }
        }
        "O!" => (2, &[Any, Pointer]),
        "O&" => (2, &[Any, Any]),
        _ => match format.chars().next()? {
            's' | 'z' | 'y' | 'u' | 'Z' | 'S' | 'Y' | 'U' | 'O' => (1, &[Pointer]),
            'b' | 'B' => (1, &[Number("unsigned char")]),
            'c' => (1, &[Number("char")]),
            'h' => (1, &[Number("short")]),
            'H' => (1, &[Number("unsigned short")]),
            'i' | 'C' | 'p' => (1, &[Number("int")]),
            'I' => (1, &[Number("unsigned int")]),
            'l' => (1, &[Number("long")]),
            'k' => (1, &[Number("unsigned long")]),
            'L' => (1, &[Number("long long")]),
            'K' => (1, &[Number("unsigned long long")]),
            'n' => (1, &[Number("Py_ssize_t")]),
            'f' => (1, &[Number("float")]),
            'd' => (1, &[Number("double")]),
            'D' => (1, &[Any]),
            _ => return None,
        },
    };
    let written = written
        .iter()
        .map(|written| {
            if *written == Number("") {
                length
            } else {
                *written
            }
        })
        .collect();
    Some((len, written))
}

/// The units of a format and what each writes; nothing when it holds what is no unit.
pub(super) fn units(format: &str, clean: bool) -> Option<Vec<(String, Written)>> {
    let mut rest = format;
    let mut units = Vec::new();
    loop {
        rest = rest.trim_start_matches(['(', ')', '|', '$', ' ', ',']);
        if rest.is_empty() || rest.starts_with([':', ';']) {
            return Some(units);
        }
        let (len, written) = unit(rest, clean)?;
        let name = rest[..len].to_owned();
        units.extend(written.into_iter().map(|written| (name.clone(), written)));
        rest = &rest[len..];
    }
}

/// The place of the format among a parsing function's arguments, and of the first variable.
pub(super) fn format_at(context: &FileContext<'_>, name: &str) -> Option<(usize, usize)> {
    if !name.contains("Arg_Parse")
        || name.contains("Va")
        || name.contains("Fast")
        || name.contains("StackAndKeywords")
    {
        return None;
    }
    let row = context.kb.get(name)?;
    let format = row.args.iter().position(|arg| arg.r#use == Use::Format)?;
    let first = row.args.iter().position(|arg| arg.r#use == Use::Out)?;
    Some((format, first))
}

fn check(context: &FileContext<'_>, findings: &mut Vec<Finding>) {
    let clean = context.source.text.contains("PY_SSIZE_T_CLEAN");
    for function in &context.unit.functions {
        for call in calls(function) {
            check_call(context, function, &call, clean, findings);
        }
    }
}

fn check_call(
    context: &FileContext<'_>,
    function: &Function,
    call: &Call<'_>,
    clean: bool,
    findings: &mut Vec<Finding>,
) {
    let Some((format_at, first)) = format_at(context, call.name) else {
        return;
    };
    let Some(ExprKind::Str(format)) = call.args.get(format_at).map(|id| &function.expr(*id).kind)
    else {
        return;
    };
    if !literal_is_whole(context, function, call.args[format_at]) {
        return;
    }
    let Some(units) = units(format, clean) else {
        return;
    };
    let variables = &call.args[first.min(call.args.len())..];
    let line = |pos| context.source.line(pos);
    let report = |pos: u32, tier: Tier, subtype: &'static str, message: String| {
        let mut finding = Finding::new(
            &RULE,
            &context.source.path,
            line(pos),
            function.shown,
            message,
        );
        finding.tier = tier;
        finding.subtype = subtype;
        finding
    };
    if units.len() != variables.len() {
        findings.push(report(
            call.expr.pos,
            Tier::High,
            "buffer-overflow",
            format!(
                "the format \"{format}\" of {} takes {} pointers, but {} are given",
                call.name,
                units.len(),
                variables.len()
            ),
        ));
        return;
    }
    for ((unit, written), id) in units.iter().zip(variables) {
        // A cast says that the author knows better.
        let id = *id;
        let Some(ty) = type_of(context, function, id) else {
            continue;
        };
        let ExprKind::Unary(UnaryOp::AddrOf, target) = function.expr(id).kind else {
            continue;
        };
        let target_type = resolve(context, ty.pointee());
        let Some(tier) = mismatch(*written, target_type) else {
            continue;
        };
        let name = place(function, target).unwrap_or_else(|| "the variable".to_owned());
        let (wants, what) = match written {
            Written::Number(wants) => (*wants, bytes(wants, target_type.name)),
            Written::Buffer => ("Py_buffer", String::new()),
            _ => ("a pointer", String::new()),
        };
        findings.push(report(
            function.expr(id).pos,
            tier,
            "buffer-overflow",
            format!(
                "unit `{unit}` of {} writes {wants}, but `{name}` is {}{what}",
                call.name,
                type_text(ty.pointee())
            ),
        ));
    }
}

/// The sizes, for the message.
fn bytes(wants: &str, has: &str) -> String {
    match (number(wants), number(has)) {
        (Some(wants), Some(has)) if wants.unix != has.unix => {
            format!(": {} bytes into {}", wants.unix, has.unix)
        }
        (Some(wants), Some(has)) if wants.windows != has.windows => {
            format!(": {} bytes into {} on Windows", wants.windows, has.windows)
        }
        _ => String::new(),
    }
}

/// How sure it is that what is written does not fit.
fn mismatch(written: Written, target: Type) -> Option<Tier> {
    match written {
        Written::Any => None,
        Written::Pointer => {
            if target.is_pointer() {
                None
            } else {
                // A type that is no number may be a typedef of a pointer.
                number(target.name).map(|_| Tier::High)
            }
        }
        Written::Buffer => {
            (target.is_pointer() || number(target.name).is_some()).then_some(Tier::High)
        }
        Written::Number(wants) => {
            if target.is_pointer() {
                return Some(Tier::High);
            }
            let (wants, has) = (number(wants)?, number(target.name)?);
            if wants.float != has.float || wants.unix != has.unix {
                Some(Tier::High)
            } else if wants.windows != has.windows {
                Some(Tier::Medium)
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_taken_apart() {
        let names = |format| {
            units(format, true).map(|units| {
                units
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            names("O!s#|(ii)$p:f").expect("units"),
            ["O!", "O!", "s#", "s#", "i", "i", "p"]
        );
        assert_eq!(names("es#").expect("units"), ["es#", "es#", "es#"]);
        assert!(names("i%").is_none());
        assert!(names("").expect("none").is_empty());
    }
}

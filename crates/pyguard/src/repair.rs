//! Repairs of the mechanical kind: a missing test for NULL, a missing release on one early exit.
//!
//! A repair is only proposed where the text around it leaves no doubt: the statement stands on lines of its own, the exit is an early one of the block in
//! which the value was obtained, and what has to be undone is that value alone. Everything else is left to a person.

use crate::finding::{Edit, Finding};
use crate::source::SourceFile;
use crate::sources::Sources;

/// Lines between obtaining a value and an exit that is still "of the same block".
const DISTANCE_MAX: u32 = 80;
/// Lines of a statement.
const STATEMENT_LINES_MAX: u32 = 8;

/// Adds repairs to the findings that have none and allow one.
pub fn propose(findings: &mut [Finding], sources: &Sources) {
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.fixes.is_empty())
    {
        let Some(source) = sources.file(&finding.file) else {
            continue;
        };
        let edits = match finding.rule {
            "reference-leak" => release(finding, &source, |name, _| {
                Some(format!("Py_DECREF({name});"))
            }),
            "memory-leak" => release(finding, &source, |name, maker| {
                Some(format!("{}({name});", freeing(maker)?))
            }),
            "buffer-leak" => release(finding, &source, |name, _| {
                Some(format!("PyBuffer_Release(&{name});"))
            }),
            "unchecked-null" => test(finding, &source),
            _ => None,
        };
        finding.fixes = edits.unwrap_or_default();
    }
}

/// The function that frees what another one allocates.
fn freeing(maker: &str) -> Option<&'static str> {
    Some(match maker {
        "malloc" | "calloc" | "realloc" | "strdup" => "free",
        "PyMem_Malloc" | "PyMem_Calloc" | "PyMem_Realloc" | "PyMem_New" | "PyMem_NEW"
        | "PyMem_MALLOC" => "PyMem_Free",
        "PyMem_RawMalloc" | "PyMem_RawCalloc" | "PyMem_RawRealloc" => "PyMem_RawFree",
        "PyObject_Malloc" | "PyObject_Calloc" | "PyObject_Realloc" | "PyObject_MALLOC" => {
            "PyObject_Free"
        }
        _ => return None,
    })
}

/// What a message says: the variable, the function that gave its value, and the line of that call.
struct Subject<'a> {
    name: &'a str,
    maker: &'a str,
    line: u32,
}

fn subject(message: &str) -> Option<Subject<'_>> {
    let name = message.split('`').nth(1)?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    let maker_end = message.find("()")?;
    let maker = message[..maker_end].rsplit(' ').next()?;
    let after = message.split("line ").nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    is_name.then_some(Subject {
        name,
        maker,
        line: digits.parse().ok()?,
    })
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// A release before an early `return`.
fn release(
    finding: &Finding,
    source: &SourceFile,
    statement: impl Fn(&str, &str) -> Option<String>,
) -> Option<Vec<Edit>> {
    let subject = subject(&finding.message)?;
    let exit = source.line_text(finding.line);
    let leaves = exit.trim_start().starts_with("return") && exit.trim_end().ends_with(';');
    let near = finding.line > subject.line && finding.line - subject.line < DISTANCE_MAX;
    let obtained = source.line_text(subject.line);
    // Deeper than where the value was obtained: only paths through this block come here.
    if !leaves
        || !near
        || indent(exit).len() <= indent(obtained).len()
        || !obtained.contains(subject.name)
    {
        return None;
    }
    for line in subject.line + 1..finding.line {
        let text = source.line_text(line);
        let label = !text.starts_with(char::is_whitespace) || text.trim_end().ends_with(':');
        let shallower = !text.trim().is_empty()
            && !text.starts_with('#')
            && indent(text).len() < indent(obtained).len();
        // What is done with the value in between may give it away.
        let handled = text.contains(subject.name)
            && (text.contains("DECREF")
                || text.contains("Free")
                || text.contains(&format!("{} = ", subject.name)));
        if label || shallower || handled {
            return None;
        }
    }
    // The value itself is not what is returned.
    if exit.contains(subject.name) {
        return None;
    }
    let space = indent(exit);
    let call = statement(subject.name, subject.maker)?;
    let before = source.line_text(finding.line - 1).trim_end();
    if before.ends_with('{') || before.ends_with(';') || before.ends_with('}') {
        return Some(vec![Edit {
            file: finding.file.clone(),
            line: finding.line,
            remove: 0,
            text: format!("{space}{call}\n"),
        }]);
    }
    // A body without braces gets them.
    let outer = indent(before);
    (before.ends_with(')') && before.trim_start().starts_with("if") && outer.len() < space.len())
        .then(|| {
            vec![Edit {
                file: finding.file.clone(),
                line: finding.line - 1,
                remove: 2,
                text: format!(
                    "{before} {{\n{space}{call}\n{}\n{outer}}}\n",
                    exit.trim_end()
                ),
            }]
        })
}

/// A test for NULL behind the statement that obtains the value.
fn test(finding: &Finding, source: &SourceFile) -> Option<Vec<Edit>> {
    let subject = subject(&finding.message)?;
    let first = source.line_text(subject.line);
    // `x = f(…);` or `T *x = f(…);` on lines of their own, used only later.
    let (left, _) = first.split_once('=')?;
    let target: String = left
        .trim_end()
        .chars()
        .rev()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let target: String = target.chars().rev().collect();
    if target != subject.name || left.contains(['(', '{', '?']) {
        return None;
    }
    let end = (subject.line..subject.line + STATEMENT_LINES_MAX)
        .find(|line| source.line_text(*line).trim_end().ends_with(';'))?;
    if end >= finding.line || source.line_text(subject.line - 1).trim_end().ends_with(')') {
        return None;
    }
    let space = indent(first);
    let leave = match error_label(source, end, space) {
        Some(label) => format!("goto {label};"),
        None => {
            // Nothing else may be owned here, or the new exit would leak it.
            let owns = finding.path.iter().any(|step| {
                step.line != subject.line
                    && (step.note.contains("new reference")
                        || step.note.contains("block of memory")
                        || step.note.contains("fills a buffer"))
            });
            if owns {
                return None;
            }
            format!(
                "return {};",
                failure_value(source, &finding.function, subject.line)?
            )
        }
    };
    Some(vec![Edit {
        file: finding.file.clone(),
        line: end + 1,
        remove: 0,
        text: format!(
            "{space}if ({} == NULL) {{\n{space}    {leave}\n{space}}}\n",
            subject.name
        ),
    }])
}

/// The label that the next test of a result in the same block leaves to.
fn error_label(source: &SourceFile, after: u32, space: &str) -> Option<String> {
    for line in after + 1..(after + DISTANCE_MAX).min(source.lines() as u32) {
        let text = source.line_text(line);
        if text.starts_with('}') {
            return None;
        }
        if let Some(label) = text.trim().strip_prefix("goto ") {
            let test = source.line_text(line - 1);
            let tests = test.contains("NULL")
                || test.contains("< 0")
                || test.contains("-1")
                || test.contains("!");
            return (tests && indent(test) == space)
                .then(|| label.trim_end_matches(';').trim().to_owned());
        }
    }
    None
}

/// What the function returns for an error, by its type.
fn failure_value(source: &SourceFile, function: &str, line: u32) -> Option<&'static str> {
    let head = (1..line).rev().find(|line| {
        let text = source.line_text(*line);
        text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && text.contains(&format!("{function}("))
    })?;
    let text = source.line_text(head);
    let before = text.split(function).next().unwrap_or("");
    let result = if before.trim().is_empty() {
        source.line_text(head - 1)
    } else {
        before
    };
    if result.contains("PyObject") && result.contains('*') {
        Some("NULL")
    } else if result.split_whitespace().any(|word| word == "int") {
        Some("-1")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_their_subject() {
        let found = subject(
            "`b`, a new reference from convert_op() (line 4125), is not released on this path",
        )
        .expect("a subject");
        assert_eq!(
            (found.name, found.maker, found.line),
            ("b", "convert_op", 4125)
        );
        let found = subject(
            "`node`, allocated by PyMem_RawCalloc() on line 2052, is not freed on this path",
        )
        .expect("a subject");
        assert_eq!(
            (found.name, found.maker, found.line),
            ("node", "PyMem_RawCalloc", 2052)
        );
        assert!(subject("the result of f() (line 3) is not released").is_none());
    }
}

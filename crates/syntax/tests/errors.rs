//! Sources and what CPython 3.14 says of them (`errors.txt`, written by `record_errors.py`).
//!
//! `SYNTAX_CASES=FILE` runs another such file, and prints each difference. `KNOWN` lists the differences that remain in
//! `errors.txt`; one that has gone fails the test too.

use std::fmt::Write as _;

use mesapy_syntax::{Mode, Options, SyntaxErrorKind, parse};

/// Sources of `errors.txt` whose error still differs from CPython's.
const KNOWN: &[&str] = &[
    // CPython's parser takes the f-string, and its compiler refuses it as a key.
    "match x:\n    case {f\"\": _}:\n        pass\n",
];

fn judge(source: &str, mode: Mode) -> String {
    let incomplete = std::env::var("SYNTAX_INCOMPLETE").is_ok();
    let options = Options {
        allow_incomplete_input: incomplete,
        dont_imply_dedent: incomplete,
        ..Options::default()
    };
    match parse(source, mode, &options) {
        Ok(parsed) if incomplete || parsed.warnings.is_empty() => "[\"ok\"]".to_owned(),
        Ok(parsed) => {
            let said: Vec<String> = parsed
                .warnings
                .iter()
                .map(|w| format!("[{}, {}]", json(&w.msg), w.lineno))
                .collect();
            format!("[\"ok\", [{}]]", said.join(", "))
        }
        Err(error) => {
            let mut out = format!(
                "[{}, {}",
                json(error.kind.exception_name()),
                json(&error.msg)
            );
            if !matches!(
                error.kind,
                SyntaxErrorKind::Memory | SyntaxErrorKind::Recursion
            ) {
                let number =
                    |n: Option<u32>, none: &str| n.map_or(none.to_owned(), |n| n.to_string());
                let _ = write!(
                    out,
                    ", {}, {}, {}, {}, {}",
                    number(error.lineno, "null"),
                    number(error.offset, "null"),
                    number(error.end_lineno, "null"),
                    number(
                        error.end_offset,
                        if error.lineno.is_some() { "-1" } else { "null" }
                    ),
                    error.text.as_deref().map_or("null".to_owned(), json)
                );
            }
            out + "]"
        }
    }
}

/// A JSON string, as Python's `json.dumps` writes it.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out + "\""
}

fn from_json(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text[1..text.len() - 1].chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('u') => {
                    let hex: String = chars.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&hex, 16).expect("four hexadecimal digits"));
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            c => c,
        };
        units.extend(c.encode_utf16(&mut [0; 2]).iter());
    }
    String::from_utf16_lossy(&units)
}

fn cases(text: &str) -> Vec<(Mode, String, String)> {
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    let pairs = lines.chunks_exact(2);
    pairs
        .map(|pair| {
            let (mode, source) = pair[0].split_once(' ').expect("mode and source");
            let mode = match mode {
                "eval" => Mode::Eval,
                "single" => Mode::Single,
                "func_type" => Mode::FuncType,
                _ => Mode::Exec,
            };
            (mode, from_json(source), pair[1].trim().to_owned())
        })
        .collect()
}

#[test]
fn errors_are_those_of_cpython() {
    if let Ok(path) = std::env::var("SYNTAX_CASES") {
        let text = std::fs::read_to_string(path).expect("the file of cases");
        let (mut same, mut message, mut all) = (0, 0, 0);
        for (mode, source, expected) in cases(&text) {
            if std::env::var("SYNTAX_TRACE").is_ok() {
                println!("{mode:?} {}", json(&source));
            }
            let actual = judge(&source, mode);
            all += 1;
            let head = |s: &str| {
                s.split("\", ")
                    .take(2)
                    .collect::<Vec<_>>()
                    .join("\", ")
                    .split("\", ")
                    .collect::<Vec<_>>()
                    .join("|")
            };
            if actual == expected {
                same += 1;
            } else {
                let near = head(&actual) == head(&expected);
                message += usize::from(near);
                let mark = if near { "~" } else { "X" };
                println!(
                    "{mark} {mode:?} {}\n      want {expected}\n      have {actual}",
                    json(&source)
                );
            }
        }
        println!("{same} of {all} the same, {message} more with the same message");
        return;
    }
    let mut differences = Vec::new();
    let mut gone = Vec::new();
    for (mode, source, expected) in cases(include_str!("errors.txt")) {
        let actual = judge(&source, mode);
        match (actual == expected, KNOWN.contains(&source.as_str())) {
            (false, false) => differences.push(format!(
                "{}\n  want {expected}\n  have {actual}",
                json(&source)
            )),
            (true, true) => gone.push(source),
            _ => {}
        }
    }
    assert!(
        gone.is_empty(),
        "these agree now, take them off KNOWN: {gone:#?}"
    );
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

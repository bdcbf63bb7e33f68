//! Compile errors and warnings, compared with what CPython 3.14 says. `errors.txt` holds the snippets, `errors.expected` what CPython printed:
//! `python3.14 errors.py errors.txt > errors.expected`. `UPDATE_GOLDEN=1` writes our answers there instead, so that the difference can be seen.

use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;

fn answer(source: &str) -> String {
    let lines = syntax::Lines::new(source);
    let place = |range: syntax::text_size::TextRange| {
        let (line, column) = lines.position(range.start().into());
        let (end_line, end_column) = lines.position(range.end().into());
        format!("{line}:{}-{end_line}:{}", column + 1, end_column + 1)
    };
    let parsed = match syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let number = |n: Option<u32>| n.map_or("None".into(), |n| n.to_string());
            return format!(
                "{} @ {}:{}-{}:{}",
                error.msg,
                number(error.lineno),
                number(error.offset),
                number(error.end_lineno),
                number(error.end_offset)
            );
        }
    };
    match compile(source, &parsed.tree, &Options::default()) {
        Ok(compiled) => {
            let line = |w: &mesapy_compile::Warning| lines.line(w.range.start().into());
            let notes: String = compiled
                .warnings
                .iter()
                .map(|w| format!(" | {} @ {}", w.message, line(w)))
                .collect();
            format!("ok{notes}")
        }
        Err(error) => format!("{} @ {}", error.message, place(error.range)),
    }
}

#[test]
fn errors_are_cpythons() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let snippets = std::fs::read_to_string(folder.join("errors.txt")).expect("snippets");
    let expected = std::fs::read_to_string(folder.join("errors.expected")).expect("expected");
    let actual: Vec<String> = snippets
        .split("\n---\n")
        .enumerate()
        .map(|(number, source)| {
            format!(
                "{number}: {}",
                answer(&format!("{}\n", source.trim_end_matches('\n')))
            )
        })
        .collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(folder.join("errors.expected"), actual.join("\n") + "\n").expect("writable");
        return;
    }
    let wrong: Vec<String> = actual
        .iter()
        .zip(expected.lines())
        .filter(|(actual, expected)| actual != expected)
        .map(|(actual, expected)| format!("{expected}\n    we: {actual}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(actual.len(), expected.lines().count());
}

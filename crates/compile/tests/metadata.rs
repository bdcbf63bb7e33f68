//! Metadata of code objects (names, flags, counts, first lines) is CPython's. `metadata.expected` was printed by
//! `python3.14 ../metadata.py *.py > ../metadata.expected` in `tests/corpus`.

use mesapy_bytecode::{CodeUnit, Const};
use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;

fn show(path: &str, unit: &CodeUnit, out: &mut Vec<String>) {
    let names = |names: &[std::borrow::Cow<'_, [u8]>]| {
        String::from_utf8_lossy(&names.join(&b',')).into_owned()
    };
    out.push(format!(
        "{path}\t{}\t{}\t{:#x}\t{}/{}/{}\t{}\t{}\t{}",
        unit.first_line,
        String::from_utf8_lossy(&unit.qualname),
        unit.flags.0,
        unit.posonly_count,
        unit.arg_count,
        unit.kwonly_count,
        names(&unit.varnames),
        names(&unit.cellvars),
        names(&unit.freevars)
    ));
    for constant in &unit.consts {
        if let Const::Code(code) = constant {
            show(path, code, out);
        }
    }
}

/// Code that differs: CPython lists a comprehension's variable that inner functions capture as a local, too, since it shares the register.
const KNOWN: &[&str] = &["\tclos\t"];

#[test]
fn metadata_is_cpythons() {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let expected = std::fs::read_to_string(tests.join("metadata.expected")).expect("expected");
    let mut files: Vec<&str> = expected
        .lines()
        .filter_map(|l| l.split('\t').next())
        .collect();
    files.dedup();
    let mut actual = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(tests.join("corpus").join(file)).expect("source");
        let parsed = syntax::parse(&source, syntax::Mode::Exec, &syntax::Options::default())
            .expect("parses");
        let compiled = compile(&source, &parsed.tree, &Options::default()).expect("compiles");
        let mut lines = Vec::new();
        show(file, &compiled.code, &mut lines);
        lines.sort();
        lines.dedup();
        actual.extend(lines);
    }
    let wrong: Vec<String> = expected
        .lines()
        .zip(&actual)
        .filter(|(expected, actual)| {
            expected != actual && !KNOWN.iter().any(|known| expected.contains(known))
        })
        .map(|(expected, actual)| format!("{expected}\n    we: {actual}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(expected.lines().count(), actual.len());
}

//! Bytecode goldens: every file of `tests/golden` holds a source, a line `=>`, and the dump of its code.
//! `UPDATE_GOLDEN=1 cargo test -p mesapy-compile --test golden` renews them; review the difference.

use mesapy_compile::{Mode, Options, compile};
use mesapy_syntax as syntax;

fn dump(source: &str) -> String {
    let parsed =
        syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()).expect("parses");
    match compile(
        source,
        &parsed.tree,
        &Options {
            mode: Mode::Exec,
            ..Options::default()
        },
    ) {
        Ok(compiled) => {
            mesapy_bytecode::verify(&compiled.code).expect("verifies");
            let decoded =
                mesapy_bytecode::serial::decode(&mesapy_bytecode::serial::encode(&compiled.code));
            assert_eq!(decoded.as_ref(), Ok(&compiled.code));
            let mut text = mesapy_bytecode::dump(&compiled.code);
            for warning in compiled.warnings {
                text.push_str(&format!("warning: {}\n", warning.message));
            }
            text
        }
        Err(error) => format!("{:?}Error: {}\n", error.kind, error.message),
    }
}

#[test]
fn goldens() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("folder")
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("readable");
        let (source, expected) = text.split_once("=>\n").unwrap_or((&text, ""));
        let actual = dump(source);
        if update {
            std::fs::write(&path, format!("{source}=>\n{actual}")).expect("writable");
        } else {
            assert_eq!(
                actual,
                expected,
                "{}: UPDATE_GOLDEN=1 renews it",
                path.display()
            );
        }
    }
}

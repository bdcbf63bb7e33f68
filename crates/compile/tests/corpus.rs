//! Compiles every `.py` file below the folder named by `MESAPY_TEST_PYTHON_LIB` (CPython's `Lib`) and verifies what comes out.
//! Without the variable there is nothing to do.

use mesapy_compile::{Options, compile};
use mesapy_syntax as syntax;
use std::path::{Path, PathBuf};

/// Everything CPython itself refuses to compile is expected to fail.
const BAD: &[&str] = &[
    "bad_",
    "badsyntax",
    "lib2to3/tests/data",
    "bad_coding",
    "encoded_modules",
    "cjkencodings",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "py") {
            found.push(path);
        }
    }
}

#[test]
fn library_compiles_and_verifies() {
    let Some(root) = std::env::var_os("MESAPY_TEST_PYTHON_LIB") else {
        return;
    };
    let mut found = Vec::new();
    files(Path::new(&root), &mut found);
    found.sort();
    let worker = std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(move || {
            let (mut failures, mut count) = (Vec::new(), 0);
            for path in found {
                let name = path.to_string_lossy().into_owned();
                if BAD.iter().any(|bad| name.contains(bad)) {
                    continue;
                }
                let Ok(bytes) = std::fs::read(&path) else {
                    continue;
                };
                let Ok(source) = syntax::decode::decode(&bytes) else {
                    continue;
                };
                let Ok(parsed) = syntax::parse(
                    &source.text,
                    syntax::Mode::Exec,
                    &syntax::Options::default(),
                ) else {
                    failures.push(format!("{name}: does not parse"));
                    continue;
                };
                count += 1;
                match compile(&source.text, &parsed.tree, &Options::default()) {
                    Ok(compiled) => {
                        if let Err(error) = mesapy_bytecode::verify(&compiled.code) {
                            failures.push(format!("{name}: {error}"));
                        }
                    }
                    Err(error) => failures.push(format!("{name}: {error}")),
                }
            }
            (failures, count)
        });
    let (failures, count) = worker.expect("thread").join().expect("no panic");
    assert!(count > 100, "only {count} files");
    assert!(
        failures.is_empty(),
        "{} of {count} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

//! Every module of the embedded library: that each compiles is shown where the library is packed; here each is imported. What can't be is listed, with
//! the error, in `tests/modules/not_importable.txt`; `UPDATE_GOLDEN=1` renews the list.

use std::path::Path;
use std::process::Command;

/// At least so many must be importable.
const IMPORTABLE_MIN: usize = 300;
/// Errors that the library's own code raises for what belongs to another system, or lacks a parser.
const OWN_REASONS: &[&str] = &[
    "win32 only",
    "cannot import name 'mbcs_encode' from 'codecs'",
    "cannot import name 'oem_encode' from 'codecs'",
    "No support for sending fds between processes",
    "SAXReaderNotAvailable: expat not supported",
];

#[test]
fn the_library_can_be_imported_but_for_a_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/modules");
    let run = Command::new(env!("CARGO_BIN_EXE_mesapy"))
        .arg("-I")
        .arg(folder.join("import_all.py"))
        .output()
        .expect("the interpreter runs");
    let (list, told) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{told}");
    let count = told
        .lines()
        .filter_map(|line| line.strip_suffix(" modules can be imported")?.parse().ok())
        .next_back()
        .unwrap_or(0);
    println!("{count} modules can be imported");
    assert!(count >= IMPORTABLE_MIN, "{told}");
    for line in list.lines() {
        let explained = line.contains("Error: ") && line.contains("(mesapy: ")
            || OWN_REASONS.iter().any(|reason| line.contains(reason));
        assert!(explained, "no reason is given: {line}");
    }
    let expected = folder.join("not_importable.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&expected, list.as_bytes()).expect("the list can be written");
    }
    let known = std::fs::read_to_string(&expected).unwrap_or_default();
    assert_eq!(
        known, list,
        "tests/modules/not_importable.txt is not as it is now"
    );
}

//! The documentation's pages of rules are what `pyguard explain` prints. `PYGUARD_BLESS=1 cargo test -p pyguard --test docs` writes them anew.

use pyguard::explain;
use pyguard::rules;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pyguard")
}

#[test]
fn pages_are_what_explain_prints() {
    let folder = docs().join("rules");
    if std::env::var_os("PYGUARD_BLESS").is_some() {
        explain::write_pages(&folder).expect("the pages");
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    for rule in rules::ALL {
        let name = format!("{}.md", rule.id);
        assert!(
            read(&name) == explain::page(rule),
            "docs/pyguard/rules/{name} is not what `pyguard explain {}` prints",
            rule.id
        );
    }
    assert!(
        read("README.md") == explain::index(),
        "docs/pyguard/rules/README.md lists other rules"
    );
    let expected: BTreeSet<String> = rules::ALL
        .iter()
        .map(|rule| format!("{}.md", rule.id))
        .chain(["README.md".to_owned()])
        .collect();
    let found: BTreeSet<String> = fs::read_dir(&folder)
        .expect("the pages")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, expected, "pages of rules that are gone");
}

/// What a row of the table must say, so that its page is of use.
#[test]
fn every_rule_is_explained() {
    let mut ids = BTreeSet::new();
    for rule in rules::ALL {
        let id = rule.id;
        assert!(ids.insert(id), "{id} stands twice");
        assert!(
            id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{id} is not kebab-case"
        );
        assert!(rule.cwe > 0, "{id} has no CWE");
        assert!(!rule.subtypes.is_empty(), "{id} has no subtype");
        for (what, text) in [
            ("name", rule.name),
            ("summary", rule.summary),
            ("why", rule.why),
            ("example_bad", rule.example_bad),
            ("example_good", rule.example_good),
            ("fix", rule.fix),
        ] {
            assert!(!text.trim().is_empty(), "{id} has no {what}");
        }
    }
}

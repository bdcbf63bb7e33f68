//! Each rule's fixtures: C files with the bug, its correct twins and the tricky correct cases. A line that must be reported ends with
//! `// expect: rule-id` (or several, with commas); nothing else may be, of the default tiers or of the rule that the folder is named after.

use pyguard::finding::Tier;
use pyguard::rules;
use pyguard::scan::{Options, scan};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// What the comments of a file expect: lines and rules.
fn expected(text: &str) -> BTreeSet<(u32, String)> {
    let mut expected = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        if let Some((_, rules)) = line.split_once("// expect: ") {
            for rule in rules.split(',') {
                expected.insert((index as u32 + 1, rule.trim().to_owned()));
            }
        }
    }
    expected
}

fn check(path: &Path, of_rule: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).expect("a fixture")).into_owned();
    let options = Options {
        paths: vec![path.to_owned()],
        tier: Some(Tier::Low),
        jobs: 1,
        ..Options::default()
    };
    let scan = scan(&options).expect("a scan");
    let found: BTreeSet<(u32, String)> = scan
        .findings
        .iter()
        .filter(|finding| finding.tier <= Tier::Medium || finding.rule == of_rule)
        .map(|finding| (finding.line, finding.rule.to_owned()))
        .collect();
    let expected = expected(&text);
    let name = path
        .strip_prefix(folder())
        .unwrap_or(path)
        .display()
        .to_string();
    let missing = expected
        .difference(&found)
        .map(|(line, rule)| format!("{name}:{line}: {rule} is not reported"));
    let extra = found
        .difference(&expected)
        .map(|(line, rule)| format!("{name}:{line}: {rule} is reported"));
    missing.chain(extra).collect()
}

#[test]
fn fixtures_give_what_they_expect() {
    let mut problems = Vec::new();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the fixtures")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    for rule in folders {
        let id = rule
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if rules::find(&id).is_none() {
            problems.push(format!("{id}: there is no such rule"));
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(&rule)
            .expect("a folder for each rule")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        files.sort();
        for file in files {
            problems.extend(check(&file, &id));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

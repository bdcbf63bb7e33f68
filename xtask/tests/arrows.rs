//! The crates' arrows: a crate of the table in ARCHITECTURE.md may depend on those above it in the table (the lower layers), never on one below.

use std::collections::BTreeMap;
use std::fs;

/// The crates in the table's order, lowest layer first.
fn table() -> Vec<String> {
    let text = fs::read_to_string(xtask::root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = text
        .split("## Crates")
        .nth(1)
        .expect("a section on the crates");
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| {
        row.split('|')
            .nth(1)?
            .trim()
            .strip_prefix('`')?
            .strip_suffix('`')
            .map(str::to_owned)
    })
    .collect()
}

/// Names of our crates in the `[dependencies]` of a manifest: what the program is made of, not what its tests need.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line == "[build-dependencies]";
        } else if inside
            && let Some(name) = line
                .split(['=', '.', ' '])
                .next()
                .and_then(|name| name.strip_prefix("mesapy-"))
        {
            found.push(name.to_owned());
        }
    }
    found
}

#[test]
fn arrows_point_down() {
    let order = table();
    let rank: BTreeMap<&str, usize> = order
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let mut problems = Vec::new();
    for entry in fs::read_dir(xtask::root().join("crates"))
        .expect("the crates")
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(manifest) = fs::read_to_string(entry.path().join("Cargo.toml")) else {
            continue;
        };
        let Some(&own) = rank.get(name.as_str()) else {
            problems.push(format!("{name}: not in the table of ARCHITECTURE.md"));
            continue;
        };
        for other in dependencies(&manifest) {
            match rank.get(other.as_str()) {
                None => problems.push(format!(
                    "{name} → {other}: not in the table of ARCHITECTURE.md"
                )),
                Some(&rank) if rank >= own => {
                    problems.push(format!("{name} → {other}: this arrow points up"))
                }
                Some(_) => {}
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The crates that are the floor and know nothing of any other.
#[test]
fn the_lowest_crates_know_no_other() {
    for name in ["cage", "bytecode", "text", "syntax", "platform"] {
        let manifest =
            fs::read_to_string(xtask::root().join("crates").join(name).join("Cargo.toml"))
                .expect("a manifest");
        let known = dependencies(&manifest);
        assert!(
            known
                .iter()
                .all(|other| name == "syntax" && other == "text"),
            "{name} depends on {known:?}"
        );
    }
}

#[test]
fn unsafe_code_is_forbidden_elsewhere() {
    for entry in fs::read_dir(xtask::root().join("crates"))
        .expect("the crates")
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["cage", "codemem", "platform"].contains(&name.as_str()) {
            continue;
        }
        for root in ["lib.rs", "main.rs"] {
            if let Ok(text) = fs::read_to_string(entry.path().join("src").join(root)) {
                assert!(
                    text.contains("#![forbid(unsafe_code)]"),
                    "crates/{name}/src/{root} must forbid unsafe code"
                );
            }
        }
    }
}

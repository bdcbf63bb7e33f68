//! SARIF against its schema (version 2.1.0, without its descriptions), by a validator of the keywords that the schema uses; it fails on any other.

use pyguard::finding::{Edit, Tier};
use pyguard::report::sarif;
use pyguard::scan::{Notice, Options, Scan, scan};
use pyguard::suppress::Suppressed;
use serde_json::Value;
use std::path::Path;

struct Schema {
    root: Value,
}

impl Schema {
    /// What is wrong with a value, each with its place.
    fn problems(&self, value: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(&self.root, value, "", &mut problems);
        problems
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        let schema = match schema["$ref"].as_str() {
            Some(path) => self
                .root
                .pointer(path.trim_start_matches('#'))
                .expect("a definition"),
            None => schema,
        };
        for (keyword, wanted) in schema.as_object().expect("a schema") {
            let fine = match keyword.as_str() {
                "type" => match wanted {
                    Value::Array(types) => types.iter().any(|one| is_type(value, one)),
                    one => is_type(value, one),
                },
                "enum" => wanted.as_array().expect("values").contains(value),
                "minimum" => value
                    .as_f64()
                    .is_none_or(|number| number >= wanted.as_f64().expect("a number")),
                "maximum" => value
                    .as_f64()
                    .is_none_or(|number| number <= wanted.as_f64().expect("a number")),
                "minItems" => value
                    .as_array()
                    .is_none_or(|items| items.len() as u64 >= wanted.as_u64().expect("a count")),
                "uniqueItems" => value.as_array().is_none_or(|items| {
                    items
                        .iter()
                        .enumerate()
                        .all(|(index, item)| !items[..index].contains(item))
                }),
                "required" => value.as_object().is_none_or(|object| {
                    wanted
                        .as_array()
                        .expect("names")
                        .iter()
                        .all(|name| object.contains_key(name.as_str().expect("a name")))
                }),
                "properties" => {
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        if let Some(schema) = wanted.get(name) {
                            self.check(schema, inner, &format!("{at}/{name}"), problems);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        if schema["properties"].get(name).is_some() {
                            continue;
                        }
                        if *wanted == Value::Bool(false) {
                            problems.push(format!("{at}/{name}: no such property"));
                        } else if wanted.is_object() {
                            self.check(wanted, inner, &format!("{at}/{name}"), problems);
                        }
                    }
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{at}/{index}"), problems);
                    }
                    true
                }
                "anyOf" | "oneOf" => {
                    let fits = |schema: &Value| {
                        let mut inner = Vec::new();
                        self.check(schema, value, at, &mut inner);
                        inner.is_empty()
                    };
                    let count = wanted
                        .as_array()
                        .expect("schemas")
                        .iter()
                        .filter(|schema| fits(schema))
                        .count();
                    if keyword == "oneOf" {
                        count == 1
                    } else {
                        count > 0
                    }
                }
                "format" => value.as_str().is_none_or(|text| match wanted.as_str() {
                    // No space and nothing that a URI has to escape.
                    Some("uri" | "uri-reference") => text
                        .chars()
                        .all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c)),
                    Some("date-time") => text.contains('T'),
                    _ => false,
                }),
                // Patterns are for versions, languages and identifiers of a kind that we don't write.
                "pattern" => value.is_string(),
                "definitions" => true,
                other => panic!("the validator does not know `{other}`"),
            };
            if !fine {
                problems.push(format!("{at}: {keyword} {wanted}"));
            }
        }
    }
}

fn is_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.as_i64().is_some(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

fn schema() -> Schema {
    Schema {
        root: serde_json::from_str(include_str!("data/sarif-2.1.0.json")).expect("the schema"),
    }
}

fn fixtures() -> Scan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let options = Options {
        paths: vec![folder.clone()],
        root: Some(folder),
        tier: Some(Tier::Low),
        ..Options::default()
    };
    scan(&options).expect("a scan")
}

#[test]
fn the_report_is_valid() {
    let mut scan = fixtures();
    assert!(!scan.findings.is_empty());
    // Everything that a report can hold.
    let mut suppressed = scan.findings[0].clone();
    suppressed.file = "a b/ü[1].c".to_owned();
    scan.suppressed.push(Suppressed {
        finding: suppressed,
        reason: "known".to_owned(),
        line: 1,
    });
    let file = scan.findings[0].file.clone();
    scan.findings[0].fixes.push(Edit {
        file,
        line: 3,
        remove: 0,
        text: "    return NULL;\n".to_owned(),
    });
    scan.findings[0].step(1, "the first step");
    scan.notices.push(Notice {
        file: "x.c".to_owned(),
        line: 0,
        kind: "unreadable",
        message: "why".to_owned(),
    });
    let report = sarif::value(&scan);
    let problems = schema().problems(&report);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let schema = schema();
    let mut report = sarif::value(&fixtures());
    report["runs"][0]["results"][0]["kind"] = Value::from("no such kind");
    report["runs"][0]["results"][0]["more"] = Value::from(1);
    report["runs"][0]["tool"]["driver"]
        .as_object_mut()
        .expect("an object")
        .remove("name");
    let problems = schema.problems(&report).join("\n");
    assert!(problems.contains("/kind: enum"), "{problems}");
    assert!(problems.contains("/more: no such property"), "{problems}");
    assert!(problems.contains("/driver: required"), "{problems}");
}

//! Clang's analyser writes property lists: a dictionary with `files` and `diagnostics`, whose places name a file by its index.

use super::External;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

/// Deeper lists are not from clang.
const DEPTH_MAX: usize = 64;

pub fn read(text: &str) -> Result<Vec<External>, String> {
    let list = parse(text)?;
    let files: Vec<&str> = list["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut found = Vec::new();
    for diagnostic in list["diagnostics"].as_array().into_iter().flatten() {
        let place = &diagnostic["location"];
        let file = place["file"]
            .as_u64()
            .and_then(|index| files.get(index as usize));
        let (Some(file), Some(line)) = (file, place["line"].as_u64()) else {
            continue;
        };
        let text = |name: &str| diagnostic[name].as_str().unwrap_or_default().to_owned();
        found.push(External {
            tool: "clang".to_owned(),
            rule: text("check_name"),
            file: (*file).to_owned(),
            line: line as u32,
            cwe: None,
            message: text("description"),
        });
    }
    Ok(found)
}

/// A property list as a value.
fn parse(text: &str) -> Result<Value, String> {
    enum Open {
        Array(Vec<Value>),
        Dict(Map<String, Value>, Option<String>),
    }
    fn put(open: &mut [Open], value: Value) -> Option<Value> {
        match open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Dict(items, key)) => {
                if let Some(key) = key.take() {
                    items.insert(key, value);
                }
            }
            None => return Some(value),
        }
        None
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut words = String::new();
    let mut root = Value::Null;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let mut done = None;
        match event {
            Event::Eof => break,
            Event::Start(tag) => {
                words.clear();
                if open.len() > DEPTH_MAX {
                    return Err("too deep".to_owned());
                }
                match tag.name().as_ref() {
                    b"array" => open.push(Open::Array(Vec::new())),
                    b"dict" => open.push(Open::Dict(Map::new(), None)),
                    _ => {}
                }
            }
            Event::Empty(tag) => match tag.name().as_ref() {
                b"true" => done = Some(Value::Bool(true)),
                b"false" => done = Some(Value::Bool(false)),
                b"array" => done = Some(Value::Array(Vec::new())),
                b"dict" => done = Some(Value::Object(Map::new())),
                b"string" => done = Some(Value::String(String::new())),
                _ => {}
            },
            Event::Text(piece) => words.push_str(&String::from_utf8_lossy(&piece)),
            Event::GeneralRef(name) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                words.push_str(
                    &quick_xml::escape::unescape(&format!("&{name};")).unwrap_or_default(),
                );
            }
            Event::End(tag) => match tag.name().as_ref() {
                b"array" | b"dict" => {
                    done = match open.pop() {
                        Some(Open::Array(items)) => Some(Value::Array(items)),
                        Some(Open::Dict(items, _)) => Some(Value::Object(items)),
                        None => None,
                    }
                }
                b"key" => {
                    if let Some(Open::Dict(_, key)) = open.last_mut() {
                        *key = Some(std::mem::take(&mut words));
                    }
                }
                b"string" | b"date" | b"data" => {
                    done = Some(Value::String(std::mem::take(&mut words)))
                }
                b"integer" => {
                    done = Some(words.trim().parse::<i64>().map_or(Value::Null, Value::from))
                }
                b"real" => {
                    done = Some(words.trim().parse::<f64>().map_or(Value::Null, Value::from))
                }
                _ => {}
            },
            _ => {}
        }
        if let Some(value) = done
            && let Some(whole) = put(&mut open, value)
        {
            root = whole;
        }
    }
    Ok(root)
}

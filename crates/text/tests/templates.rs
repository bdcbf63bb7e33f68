//! Templates of `str.format` and of `%` against CPython's answers.

mod common;
use common::*;
use mesapy_text::percent::{self, Layout};
use mesapy_text::search::Kind;
use mesapy_text::str_format::{self, Accessor, Key};
use mesapy_text::{TextError, no_step, wtf8};

fn show_key(key: &Key) -> String {
    match key {
        Key::Number(n) => n.to_string(),
        Key::Name(name) => format!("={}", hex(name)),
    }
}

fn parse(text: &[u8]) -> Result<String, TextError> {
    let mut out = Vec::new();
    for piece in str_format::Template::new(text) {
        let piece = piece?;
        let literal = hex(&text[piece.literal]);
        out.push(match piece.field {
            None => format!("{literal},-,-,-"),
            Some(f) => {
                let conversion = f
                    .conversion
                    .map_or("-".into(), |cp| hex(&wtf8::from_code_point(cp)));
                format!(
                    "{literal},{},{},{conversion}",
                    hex(&text[f.name]),
                    hex(&text[f.spec])
                )
            }
        });
    }
    Ok(out.join(" "))
}

fn name(text: &[u8]) -> Result<String, TextError> {
    let (first, path) = str_format::split_name(text)?;
    let mut out = vec![show_key(&first)];
    for step in path {
        out.push(match step? {
            Accessor::Attribute(name) => format!("1={}", hex(name)),
            Accessor::Item(key) => format!("0{}", show_key(&key)),
        });
    }
    Ok(out.join(","))
}

#[test]
fn templates() {
    replay("templates", |fields| {
        let text = unhex(fields[1]);
        let result = if fields[0] == "parse" {
            parse(&text)
        } else {
            name(&text)
        };
        result.unwrap_or_else(|e| error_field(&e))
    });
}

fn format(fields: &[&str]) -> Result<Vec<u8>, TextError> {
    let template = unhex(fields[1]);
    let piece = percent::Template::new(&template, Kind::Str)
        .next()
        .unwrap()?;
    let conversion = piece.conversion.unwrap();
    let layout = conversion.layout(fields[2].parse().unwrap(), fields[3].parse().unwrap());
    match conversion.kind as u8 {
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => percent::format_int(
            int(fields[4]).view(),
            conversion.kind as u8,
            layout,
            &mut no_step,
        ),
        b'c' => percent::format_text(
            &unhex(fields[4]),
            Layout {
                precision: None,
                ..layout
            },
            Kind::Str,
        ),
        b's' | b'r' => percent::format_text(&unhex(fields[4]), layout, Kind::Str),
        kind => percent::format_float(float(fields[4]), kind, layout),
    }
}

fn error(text: &[u8]) -> Result<Vec<u8>, TextError> {
    for piece in percent::Template::new(text, Kind::Str) {
        if let Some(conversion) = piece?.conversion {
            return Err(conversion.unsupported());
        }
    }
    Ok(Vec::new())
}

#[test]
fn percents() {
    replay("percents", |fields| {
        bytes_field(if fields[0] == "format" {
            format(fields)
        } else {
            error(&unhex(fields[1]))
        })
    });
}

//! Reading of the cases that `record.py` recorded.
#![allow(dead_code, reason = "each test file uses some of these")]

use mesapy_text::TextError;
use mesapy_text::number::bigint::{self, Big};

pub fn unhex(field: &str) -> Vec<u8> {
    (0..field.len() / 2)
        .map(|i| u8::from_str_radix(&field[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

pub fn float(field: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(field, 16).unwrap())
}

pub fn float_field(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

pub fn int(field: &str) -> Big {
    let digits = field.strip_prefix('-').unwrap_or(field);
    let big = bigint::parse_radix(digits.as_bytes(), 16, &mut mesapy_text::no_step)
        .unwrap()
        .unwrap();
    Big::new(field.starts_with('-'), big.limbs)
}

pub fn int_field(value: &Big) -> String {
    bigint::to_radix(value.view(), 16, &mut mesapy_text::no_step).unwrap()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn error_field(error: &TextError) -> String {
    let text: String = mesapy_text::wtf8::code_points(&error.message)
        .map(|cp| match cp {
            0x5C => "\\\\".to_owned(),
            0x0A => "\\n".to_owned(),
            0x0D => "\\r".to_owned(),
            0x09 => "\\t".to_owned(),
            0x20..=0x7E => char::from_u32(cp).unwrap().to_string(),
            0..=0xFF => format!("\\x{cp:02x}"),
            0x100..=0xFFFF => format!("\\u{cp:04x}"),
            _ => format!("\\U{cp:08x}"),
        })
        .collect();
    format!("!{:?}: {text}", error.kind)
}

pub fn bytes_field(result: Result<Vec<u8>, TextError>) -> String {
    match result {
        Ok(bytes) => hex(&bytes),
        Err(error) => error_field(&error),
    }
}

/// Runs `check` over the cases of a file; it gives what we answer for the fields before the last, and the last is compared.
/// Collects all failures so that one run shows them.
pub fn replay(name: &str, mut check: impl FnMut(&[&str]) -> String) {
    let path = format!("{}/tests/data/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut failures = Vec::new();
    let mut cases = 0;
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (expected, input) = fields.split_last().unwrap();
        let got = check(input);
        cases += 1;
        if got != *expected {
            failures.push(format!(
                "{}\n   expected {}\n        got {}",
                shown(&input.join(" ")),
                shown(expected),
                shown(&got)
            ));
        }
    }
    assert!(cases > 0, "{name}: no cases");
    if !failures.is_empty() {
        let shown: Vec<_> = failures.iter().take(25).cloned().collect();
        panic!(
            "{name}: {} of {cases} cases differ\n{}",
            failures.len(),
            shown.join("\n")
        );
    }
}

fn shown(field: &str) -> String {
    let text: Vec<String> = field
        .split(' ')
        .map(|part| {
            let even = part.len() % 2 == 0
                && part.bytes().all(|b| b.is_ascii_hexdigit())
                && !part.is_empty();
            if even {
                format!("{part}={:?}", String::from_utf8_lossy(&unhex(part)))
            } else {
                part.to_owned()
            }
        })
        .collect();
    text.join(" ")
}

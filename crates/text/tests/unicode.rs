//! Every property of every code point against checksums of CPython's, and normalization against recorded cases.

mod common;
use common::*;
use mesapy_text::unicode::normalize::{self, Form};
use mesapy_text::{case, unicode, wtf8};

struct Crc {
    state: u32,
    table: [u32; 256],
}

impl Crc {
    fn new() -> Crc {
        let entry = |i| {
            (0..8).fold(i as u32, |x, _| {
                x >> 1 ^ 0xEDB88320 & (x & 1).wrapping_neg()
            })
        };
        Crc {
            state: u32::MAX,
            table: std::array::from_fn(entry),
        }
    }
    fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.state = self.state >> 8 ^ self.table[(self.state as u8 ^ byte) as usize];
        }
    }
}

fn property(name: &str, cp: u32) -> Vec<u8> {
    let s = wtf8::from_code_point(cp);
    let yes = |b: bool| if b { b"1".to_vec() } else { b"0".to_vec() };
    let number = |n: Option<u8>| n.map_or("-1".into(), |n| n.to_string()).into_bytes();
    match name {
        "isalpha" => yes(case::is_alpha(&s)),
        "isdecimal" => yes(case::is_decimal(&s)),
        "isdigit" => yes(case::is_digit(&s)),
        "isnumeric" => yes(case::is_numeric(&s)),
        "isalnum" => yes(case::is_alnum(&s)),
        "islower" => yes(case::is_lower(&s)),
        "isupper" => yes(case::is_upper(&s)),
        "istitle" => yes(case::is_title(&s)),
        "isspace" => yes(case::is_space(&s)),
        "isprintable" => yes(case::is_printable(&s)),
        "isidentifier" => yes(unicode::is_identifier(&s)),
        "id_continue" => yes(unicode::is_id_continue(cp)),
        "upper" => case::upper(&s),
        "lower" => case::lower(&s),
        "title" => case::title(&s),
        "casefold" => case::casefold(&s),
        "swapcase" => case::swapcase(&s),
        "capitalize" => case::capitalize(&s),
        "category" => unicode::category(cp).into(),
        "bidirectional" => unicode::bidirectional(cp).into(),
        "combining" => unicode::combining(cp).to_string().into(),
        "east_asian_width" => unicode::east_asian_width(cp).into(),
        "mirrored" => yes(unicode::mirrored(cp)),
        "decomposition" => normalize::decomposition(cp).into(),
        "decimal" => number(unicode::decimal(cp)),
        "digit" => number(unicode::digit(cp)),
        "numeric" => float_field(unicode::numeric(cp).unwrap_or(-1.0)).into(),
        "name" => unicode::names::name(cp).unwrap_or_default().into(),
        _ => {
            let form = Form::parse(name.trim_end_matches('+')).expect("a normalization form");
            let text = if name.ends_with('+') {
                wtf8::from_code_points([0x41, 0x1100, cp, 0x301, 0x323, 0x11A8])
            } else {
                s
            };
            let out = normalize::normalize(form, &text);
            assert_eq!(normalize::is_normalized(form, &text), out == text);
            out
        }
    }
}

#[test]
fn every_code_point() {
    replay("unicode", |fields| {
        let mut crc = Crc::new();
        for cp in 0..=wtf8::CODE_POINT_MAX {
            crc.update(&property(fields[0], cp));
            crc.update(b"\n");
        }
        (!crc.state).to_string()
    });
}

#[test]
fn normalizations() {
    replay("normalize", |fields| {
        hex(&normalize::normalize(
            Form::parse(fields[0]).unwrap(),
            &unhex(fields[1]),
        ))
    });
}

#[test]
fn names_are_found_again() {
    for cp in 0..=wtf8::CODE_POINT_MAX {
        if let Some(name) = unicode::names::name(cp) {
            assert_eq!(
                unicode::names::lookup_code_point(name.to_ascii_lowercase().as_bytes()),
                Some(cp),
                "{name}"
            );
        }
    }
    assert_eq!(unicode::names::lookup_code_point(b"NO SUCH NAME"), None);
}

//! Codecs with each error handler, whole and in parts, against CPython's answers.

mod common;
use common::*;
use mesapy_text::codec::handlers::{
    Handler, Replacement, UtfKind, on_decode_error, on_encode_error,
};
use mesapy_text::codec::{
    DecodeError, EncodeError, Endian, charmap, escape, single, utf7, utf8, utf16, utf32,
};
use mesapy_text::wtf8;

fn decode(
    name: &str,
    b: &[u8],
    at: usize,
    last: bool,
    table: &[u32],
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    match name {
        "utf-8" => utf8::decode(b, at, last, out),
        "utf-16-le" => utf16::decode(b, at, last, Endian::Little, out),
        "utf-16-be" => utf16::decode(b, at, last, Endian::Big, out),
        "utf-32-le" => utf32::decode(b, at, last, Endian::Little, out),
        "utf-32-be" => utf32::decode(b, at, last, Endian::Big, out),
        "ascii" => single::decode_ascii(b, at, out),
        "latin-1" => {
            single::decode_latin1(&b[at..], out);
            Ok(b.len())
        }
        "utf-7" => utf7::decode(b, at, last, out),
        "unicode_escape" => escape::decode_unicode_escape(b, at, last, out, &mut None),
        "raw_unicode_escape" => escape::decode_raw_unicode_escape(b, at, last, out),
        _ => charmap::decode(b, at, table, out),
    }
}

fn encode(
    name: &str,
    s: &[u8],
    at: usize,
    table: &[u32],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match name {
        "utf-8" => utf8::encode(s, at, out),
        "utf-16-le" => utf16::encode(s, at, Endian::Little, out),
        "utf-16-be" => utf16::encode(s, at, Endian::Big, out),
        "utf-32-le" => utf32::encode(s, at, Endian::Little, out),
        "utf-32-be" => utf32::encode(s, at, Endian::Big, out),
        "ascii" => single::encode_ascii(s, at, out),
        "latin-1" => single::encode_latin1(s, at, out),
        "cp1252" => charmap::encode(s, at, &charmap::EncodingMap::from_table(table), out),
        _ => {
            out.extend(match name {
                "utf-7" => utf7::encode(s),
                "unicode_escape" => escape::encode_unicode_escape(s),
                _ => escape::encode_raw_unicode_escape(s),
            });
            Ok(())
        }
    }
}

fn utf(name: &str) -> Option<UtfKind> {
    Some(match name {
        "utf-8" => UtfKind::Utf8,
        "utf-16-le" => UtfKind::Utf16(Endian::Little),
        "utf-16-be" => UtfKind::Utf16(Endian::Big),
        "utf-32-le" => UtfKind::Utf32(Endian::Little),
        "utf-32-be" => UtfKind::Utf32(Endian::Big),
        _ => return None,
    })
}

fn decode_all(name: &str, handler: Handler, bytes: &[u8], table: &[u32]) -> String {
    let (mut at, mut out) = (0, Vec::new());
    while at < bytes.len() {
        match decode(name, bytes, at, true, table, &mut out) {
            Ok(end) => at = end,
            Err(e) => match on_decode_error(handler, bytes, e, utf(name)) {
                Some((text, next)) => {
                    out.extend(text);
                    at = next;
                }
                None => return format!("!{} {} {}", e.start, e.end, e.reason),
            },
        }
    }
    hex(&out)
}

fn encode_all(name: &str, handler: Handler, text: &[u8], table: &[u32]) -> String {
    let (mut at, mut out) = (0, Vec::new());
    while at < text.len() {
        let Err(e) = encode(name, text, at, table, &mut out) else {
            break;
        };
        let stands = || {
            format!(
                "!{} {} {}",
                wtf8::char_of_offset(text, e.start),
                wtf8::char_of_offset(text, e.end),
                e.reason
            )
        };
        match on_encode_error(handler, text, e, utf(name)) {
            Some((Replacement::Bytes(bytes), next)) => {
                out.extend(bytes);
                at = next;
            }
            Some((Replacement::Text(replacement), next)) => {
                if encode(name, &replacement, 0, table, &mut out).is_err() {
                    return stands();
                }
                at = next;
            }
            None => return stands(),
        }
    }
    hex(&out)
}

#[test]
fn codecs() {
    let path = format!("{}/tests/data/codecs.txt", env!("CARGO_MANIFEST_DIR"));
    let data = std::fs::read_to_string(path).unwrap();
    let table = wtf8::to_code_points(&unhex(
        data.lines().last().unwrap().rsplit('\t').next().unwrap(),
    ));
    replay("codecs", |fields| {
        let (name, input) = (fields[1], unhex(fields[3]));
        match fields[0] {
            "decode" => decode_all(name, Handler::parse(fields[2]).unwrap(), &input, &table),
            "encode" => encode_all(name, Handler::parse(fields[2]).unwrap(), &input, &table),
            "partial" => {
                let mut out = Vec::new();
                match decode(name, &input, 0, false, &table, &mut out) {
                    Ok(used) => format!("{} {used}", hex(&out)),
                    Err(e) => format!("!{} {} {}", e.start, e.end, e.reason),
                }
            }
            _ => hex(&wtf8::from_code_points(table.iter().copied())),
        }
    });
}

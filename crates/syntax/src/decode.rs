//! Bytes → source text (PEP 263): byte-order mark, coding cookie, the common encodings, null bytes, line ends.
//!
//! UTF-8, Latin-1, ASCII, ISO-8859-15 and Windows-1252 are decoded here, since they need no running VM. Any other name comes back
//! as [`DecodeError::Codec`], and the VM asks its `codecs` registry, then calls [`normalize`] on what the codec gave.

use crate::error::{SyntaxError, SyntaxErrorKind};

/// A decoded source: no BOM, lines ended by `\n` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The text.
    pub text: String,
    /// The normalised name of the encoding it came in: `utf-8`, `iso-8859-1`, or the cookie's own spelling.
    pub encoding: String,
}

/// Why bytes did not become text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// CPython's SyntaxError for it.
    Syntax(Box<SyntaxError>),
    /// The cookie names an encoding that this crate does not know: decode with the VM's codec of that name.
    Codec(String),
}

const NULL_BYTES: &str = "source code string cannot contain null bytes";

/// Decodes a source as `compile(bytes, …)` and the file reader do.
///
/// # Errors
/// [`DecodeError::Syntax`] for undecodable bytes and null bytes; [`DecodeError::Codec`] for an encoding that the VM must resolve.
pub fn decode(bytes: &[u8]) -> Result<Source, DecodeError> {
    if bytes.contains(&0) {
        return Err(bare(NULL_BYTES));
    }
    let (bom, body) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let cookie = cookie(body);
    let encoding = cookie.as_ref().map_or("utf-8", |(name, _)| name.as_str());
    if bom && encoding != "utf-8" {
        let line = cookie.as_ref().map_or(0, |(_, line)| *line);
        let text = String::from_utf8_lossy(nth_line(body, line)).into_owned();
        let end = u32::try_from(text.chars().count().saturating_sub(1)).unwrap_or(u32::MAX);
        return Err(DecodeError::Syntax(Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: format!("encoding problem: {encoding} with BOM"),
            lineno: Some(line + 1),
            offset: Some(0),
            end_lineno: Some(line + 1),
            end_offset: Some(end),
            text: Some(text),
        })));
    }
    let text = match single_byte_table(encoding) {
        None if encoding == "utf-8" => utf8(body)?,
        None => return Err(DecodeError::Codec(encoding.to_owned())),
        Some(table) => single_byte(bytes, encoding, table)?,
    };
    Ok(Source {
        text: normalize(&text),
        encoding: encoding.to_owned(),
    })
}

/// Decodes a script that is read from a file: as [`decode`], but CPython's file reader words some errors its own way.
///
/// # Errors
/// As [`decode`].
pub fn decode_file(bytes: &[u8], filename: &str) -> Result<Source, DecodeError> {
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        let before = &bytes[..at];
        let start = before
            .iter()
            .rposition(|b| matches!(b, b'\n' | b'\r'))
            .map_or(0, |n| n + 1);
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        return Err(DecodeError::Syntax(Box::new(SyntaxError {
            lineno: Some(u32::try_from(line).unwrap_or(u32::MAX)),
            offset: Some(0),
            text: Some(String::from_utf8_lossy(&bytes[start..at]).into_owned()),
            ..SyntaxError::bare(
                SyntaxErrorKind::Syntax,
                "source code cannot contain null bytes",
            )
        })));
    }
    let mut error = match decode(bytes) {
        Err(DecodeError::Syntax(error)) if error.msg.starts_with("Non-UTF-8") => error,
        other => return other,
    };
    let declared = bytes.starts_with(b"\xef\xbb\xbf") || cookie(bytes).is_some();
    if declared && let Err(invalid) = std::str::from_utf8(bytes) {
        let at = invalid.valid_up_to();
        let start = bytes[..at]
            .iter()
            .rposition(|b| matches!(b, b'\n' | b'\r'))
            .map_or(0, |n| n + 1);
        let byte = bytes.get(at).copied().unwrap_or(0);
        let why = match (invalid.error_len(), byte) {
            (None, _) => "unexpected end of data",
            (Some(_), 0xc2..=0xf4) => "invalid continuation byte",
            (Some(_), _) => "invalid start byte",
        };
        error.msg = format!(
            "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {}: {why}",
            at - start
        );
        error.offset = Some(0);
        error.end_offset = Some(0);
    } else {
        error.msg = error
            .msg
            .replacen(" on line", &format!(" in file {filename} on line"), 1);
    }
    Err(DecodeError::Syntax(error))
}

/// Checks and normalises text that is decoded already: `compile(str, …)`, and what a codec of the VM returned.
///
/// # Errors
/// Null bytes.
pub fn from_text(text: &str) -> Result<String, Box<SyntaxError>> {
    if text.contains('\0') {
        return Err(Box::new(SyntaxError::bare(
            SyntaxErrorKind::Syntax,
            NULL_BYTES,
        )));
    }
    Ok(normalize(text))
}

/// `\r\n` and `\r` become `\n`.
pub fn normalize(text: &str) -> String {
    if !text.contains('\r') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\r') {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// The encoding that a comment on line 1 or 2 declares (normalised), and its 0-based line.
pub fn cookie(bytes: &[u8]) -> Option<(String, u32)> {
    for index in 0..2 {
        let line = nth_line(bytes, index);
        let blank = line
            .iter()
            .position(|b| !matches!(b, b' ' | b'\t' | b'\x0c'));
        match blank.map(|at| line[at]) {
            // A blank line lets the second one speak; a line of code does not.
            None => continue,
            Some(b'#') => {}
            Some(_) => return None,
        }
        if let Some(name) = cookie_name(line) {
            return Some((normal_name(&name), index));
        }
    }
    None
}

/// The name after `coding:` or `coding=` in a comment.
fn cookie_name(line: &[u8]) -> Option<String> {
    let mut from = 0;
    while let Some(found) = line[from..].windows(6).position(|w| w == b"coding") {
        let mut at = from + found + 6;
        from = at;
        if !matches!(line.get(at), Some(b':' | b'=')) {
            continue;
        }
        at += 1;
        while matches!(line.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        let name: String = line[at..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            .map(|&b| char::from(b))
            .collect();
        if !name.is_empty() {
            return Some(name);
        }
    }
    None
}

/// CPython's short list of spellings; other names stay as they are.
fn normal_name(name: &str) -> String {
    let folded: String = name
        .chars()
        .take(12)
        .map(|c| {
            if c == '_' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    let is = |known: &str| {
        folded == known
            || folded
                .strip_prefix(known)
                .is_some_and(|rest| rest.starts_with('-'))
    };
    if is("utf-8") || folded == "utf8" {
        "utf-8".to_owned()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        "iso-8859-1".to_owned()
    } else {
        name.to_owned()
    }
}

fn nth_line(bytes: &[u8], index: u32) -> &[u8] {
    let mut rest = bytes;
    let mut skip = index;
    loop {
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
        if skip == 0 {
            return &rest[..end.unwrap_or(rest.len())];
        }
        skip -= 1;
        match end {
            None => return b"",
            Some(at) if rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n') => {
                rest = &rest[at + 2..]
            }
            Some(at) => rest = &rest[at + 1..],
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<String, DecodeError> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error.valid_up_to(),
    };
    let bad = bytes.get(error).copied().unwrap_or(0);
    let before = &bytes[..error];
    let mut line = 1;
    let mut start = 0;
    for (at, byte) in before.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && before.get(at + 1) != Some(&b'\n')) {
            line += 1;
            start = at + 1;
        }
    }
    let column = String::from_utf8_lossy(&bytes[start..error])
        .chars()
        .count()
        + 1;
    let column = u32::try_from(column).unwrap_or(u32::MAX);
    let end = bytes[start..]
        .iter()
        .position(|b| matches!(b, b'\n' | b'\r'))
        .map_or(bytes.len(), |n| start + n);
    Err(DecodeError::Syntax(Box::new(SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: format!(
            "Non-UTF-8 code starting with '\\x{bad:02x}' on line {line}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details"
        ),
        lineno: Some(line),
        offset: Some(column),
        end_lineno: Some(line),
        end_offset: Some(column),
        text: Some(String::from_utf8_lossy(&bytes[start..end]).into_owned()),
    })))
}

enum Table {
    Ascii,
    Latin1,
    Latin9,
    Cp1252,
}

fn single_byte_table(encoding: &str) -> Option<Table> {
    let folded: String = encoding
        .chars()
        .map(|c| {
            if c == '_' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    match folded.as_str() {
        "iso-8859-1" | "latin1" | "latin" | "l1" | "iso8859-1" | "8859" | "cp819" => {
            Some(Table::Latin1)
        }
        "ascii" | "us-ascii" | "646" => Some(Table::Ascii),
        "iso-8859-15" | "iso8859-15" | "latin9" | "latin-9" | "l9" => Some(Table::Latin9),
        "cp1252" | "windows-1252" | "1252" => Some(Table::Cp1252),
        _ => None,
    }
}

/// What 0x80–0x9F are in Windows-1252; 0 where undefined.
const CP1252_HIGH: [u16; 32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
];

fn single_byte(bytes: &[u8], encoding: &str, table: Table) -> Result<String, DecodeError> {
    let mut text = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let decoded = match (&table, byte) {
            (_, 0..=0x7f) => Some(char::from(byte)),
            (Table::Ascii, _) => None,
            (Table::Cp1252, 0x80..=0x9f) => {
                char::from_u32(u32::from(CP1252_HIGH[usize::from(byte & 0x1f)]))
                    .filter(|c| *c != '\0')
            }
            (Table::Latin9, _) => Some(match byte {
                0xa4 => '€',
                0xa6 => 'Š',
                0xa8 => 'š',
                0xb4 => 'Ž',
                0xb8 => 'ž',
                0xbc => 'Œ',
                0xbd => 'œ',
                0xbe => 'Ÿ',
                other => char::from(other),
            }),
            (Table::Latin1 | Table::Cp1252, _) => Some(char::from(byte)),
        };
        let Some(c) = decoded else {
            let (codec, why) = match table {
                Table::Ascii => ("ascii", "ordinal not in range(128)"),
                _ => ("charmap", "character maps to <undefined>"),
            };
            let _ = encoding;
            return Err(DecodeError::Syntax(Box::new(SyntaxError {
                lineno: Some(0),
                offset: None,
                ..SyntaxError::bare(
                    SyntaxErrorKind::Syntax,
                    &format!(
                        "'{codec}' codec can't decode byte 0x{byte:02x} in position {at}: {why}"
                    ),
                )
            })));
        };
        text.push(c);
    }
    Ok(text)
}

fn bare(msg: &str) -> DecodeError {
    DecodeError::Syntax(Box::new(SyntaxError::bare(SyntaxErrorKind::Syntax, msg)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let ok = |bytes: &[u8]| decode(bytes).map(|s| (s.text, s.encoding));
        assert_eq!(ok(b"x\r\ny\rz\n"), Ok(("x\ny\nz\n".into(), "utf-8".into())));
        assert_eq!(
            ok(b"# coding: latin-1\n\xe9"),
            Ok(("# coding: latin-1\né".into(), "iso-8859-1".into()))
        );
        assert_eq!(ok(b"\xef\xbb\xbfx"), Ok(("x".into(), "utf-8".into())));
        assert_eq!(
            ok(b"# coding: foo\n"),
            Err(DecodeError::Codec("foo".into()))
        );
        assert_eq!(ok(b"x=1\n# coding: foo\n").map(|s| s.1), Ok("utf-8".into()));
        let message = |bytes: &[u8]| match decode(bytes) {
            Err(DecodeError::Syntax(error)) => (error.msg, error.lineno, error.offset, error.text),
            other => panic!("{other:?}"),
        };
        let (msg, line, offset, text) = message(b"x=1\ny='\xff'\n");
        assert!(
            msg.starts_with("Non-UTF-8 code starting with '\\xff' on line 2, but"),
            "{msg}"
        );
        assert_eq!(
            (line, offset, text),
            (Some(2), Some(4), Some("y='\u{fffd}'".into()))
        );
        assert_eq!(message(b"x\0").0, NULL_BYTES);
        let of_file = |bytes: &[u8]| match decode_file(bytes, "f.py") {
            Err(DecodeError::Syntax(error)) => error.msg,
            other => panic!("{other:?}"),
        };
        assert!(
            of_file(b"a\nb\nx='\xe9'\n")
                .starts_with("Non-UTF-8 code starting with '\\xe9' in file f.py on line 3, but")
        );
        assert_eq!(
            of_file(b"# coding: utf-8\nx='\xe9'\n"),
            "(unicode error) 'utf-8' codec can't decode byte 0xe9 in position 3: invalid continuation byte"
        );
        assert_eq!(
            of_file(b"a\nx\0y\n"),
            "source code cannot contain null bytes"
        );
    }
}

//! The values of string and bytes literals, decoded from the source text.
//!
//! ruff's tree holds `str`, which cannot hold the lone surrogates that `"\ud800"` makes; here a value is WTF-8. Literals without
//! a backslash are borrowed.

use std::borrow::Cow;

use ruff_python_ast::{self as ast, StringFlags};
use ruff_text_size::Ranged;

/// Finds the character that a `\N{name}` names. Named sequences are not characters.
pub type NameLookup = fn(&str) -> Option<char>;

/// The names of Unicode 16, with aliases.
pub fn unicode_name(name: &str) -> Option<char> {
    unicode_names2::character(name)
}

/// An escape that does not decode; the message is CPython's, without the `(unicode error)` in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscapeError {
    /// Which wording stands in front: `(unicode error)` or `(value error)`.
    pub prefix: &'static str,
    /// The codec's message.
    pub msg: String,
}

/// A doubtful escape: where its backslash is (byte offset in the decoded text), and how many characters follow that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtfulEscape {
    /// Byte offset of the backslash within the text.
    pub at: usize,
    /// The characters after the backslash: one, or three for an octal escape above 0o377.
    pub shown: String,
}

/// The WTF-8 value of one part of a string literal.
pub fn string_value<'s>(
    part: &ast::StringLiteral,
    source: &'s str,
    names: NameLookup,
) -> Cow<'s, [u8]> {
    let range = part.range();
    let from = usize::from(range.start()) + usize::from(part.flags.opener_len());
    let to = usize::from(range.end()).saturating_sub(usize::from(part.flags.closer_len()));
    text_value(
        source.get(from..to).unwrap_or(""),
        part.flags.prefix().is_raw(),
        false,
        names,
    )
}

/// The WTF-8 value of a literal piece of an f-string or t-string; `raw` when the string has an `r` prefix.
pub fn interpolated_value<'s>(
    piece: &ast::InterpolatedStringLiteralElement,
    raw: bool,
    source: &'s str,
    names: NameLookup,
) -> Cow<'s, [u8]> {
    text_value(
        source.get(piece.range().to_std_range()).unwrap_or(""),
        raw,
        true,
        names,
    )
}

fn text_value(text: &str, raw: bool, braces: bool, names: NameLookup) -> Cow<'_, [u8]> {
    if (raw || !text.contains('\\')) && !(braces && text.contains(['{', '}'])) {
        return Cow::Borrowed(text.as_bytes());
    }
    // `parse` has refused undecodable escapes, so an error here can only come from a tree that was not parsed from this source.
    Cow::Owned(
        decode_text(text, raw, braces, names, &mut |_| {})
            .unwrap_or_else(|_| text.as_bytes().to_vec()),
    )
}

/// Decodes the text between the quotes to WTF-8. `braces` halves `{{` and `}}`.
///
/// # Errors
/// The first escape that does not decode.
pub fn decode_text(
    text: &str,
    raw: bool,
    braces: bool,
    names: NameLookup,
    doubtful: &mut dyn FnMut(DoubtfulEscape),
) -> Result<Vec<u8>, EscapeError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    // CPython escapes non-ASCII characters to `\UXXXXXXXX` before it decodes, which shows in the positions of its messages.
    let mut shown_at = 0;
    while let Some(&byte) = bytes.get(at) {
        if braces && (byte == b'{' || byte == b'}') {
            out.push(byte);
            at += if bytes.get(at + 1) == Some(&byte) {
                2
            } else {
                1
            };
            shown_at += 1;
            continue;
        }
        if raw || byte != b'\\' {
            let len = text[at..].chars().next().map_or(1, char::len_utf8);
            out.extend_from_slice(&bytes[at..at + len]);
            at += len;
            shown_at += if len == 1 { 1 } else { 10 };
            continue;
        }
        let start = at;
        let shown_start = shown_at;
        let Some(escape) = text[at + 1..].chars().next() else {
            out.push(b'\\');
            break;
        };
        at += 1 + escape.len_utf8();
        shown_at += 2;
        let mut hex = |digits: usize, kind: &str| {
            let run = bytes[at..]
                .iter()
                .take(digits)
                .take_while(|b| b.is_ascii_hexdigit())
                .count();
            if run < digits {
                return Err(unicode_escape_error(
                    shown_start,
                    shown_at + run,
                    &format!("truncated \\{kind} escape"),
                ));
            }
            let value = text
                .get(at..at + digits)
                .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                .unwrap_or(0);
            at += digits;
            shown_at += digits;
            if value > 0x10_ffff {
                return Err(unicode_escape_error(
                    shown_start,
                    shown_at,
                    "illegal Unicode character",
                ));
            }
            Ok(value)
        };
        let code = match escape {
            '\n' => continue,
            '\\' | '\'' | '"' => escape as u32,
            'a' => 7,
            'b' => 8,
            't' => 9,
            'n' => 10,
            'v' => 11,
            'f' => 12,
            'r' => 13,
            '0'..='7' => {
                let more = bytes[at..]
                    .iter()
                    .take(2)
                    .take_while(|b| matches!(b, b'0'..=b'7'))
                    .count();
                let value = u32::from_str_radix(&text[start + 1..at + more], 8).unwrap_or(0);
                at += more;
                shown_at += more;
                if value > 0o377 {
                    doubtful(DoubtfulEscape {
                        at: start,
                        shown: text[start + 1..at].to_owned(),
                    });
                }
                value
            }
            'x' => hex(2, "xXX")?,
            'u' => hex(4, "uXXXX")?,
            'U' => hex(8, "UXXXXXXXX")?,
            'N' => {
                let rest = &text[at..];
                let close = rest.strip_prefix('{').and_then(|name| name.find('}'));
                let Some(close) = close.filter(|&n| n > 0) else {
                    let shown = match rest.strip_prefix('{') {
                        // An empty name counts to its opening brace, one that never closes counts all there is.
                        Some(name) if name.starts_with('}') => shown_at + 1,
                        Some(name) => {
                            shown_at
                                + 1
                                + name
                                    .chars()
                                    .map(|c| if c.is_ascii() { 1 } else { 10 })
                                    .sum::<usize>()
                        }
                        None => shown_at,
                    };
                    return Err(unicode_escape_error(
                        shown_start,
                        shown,
                        "malformed \\N character escape",
                    ));
                };
                let name = &rest[1..=close];
                at += close + 2;
                shown_at += 2 + name
                    .chars()
                    .map(|c| if c.is_ascii() { 1 } else { 10 })
                    .sum::<usize>();
                match names(name) {
                    Some(c) => c as u32,
                    None => {
                        return Err(unicode_escape_error(
                            shown_start,
                            shown_at,
                            "unknown Unicode character name",
                        ));
                    }
                }
            }
            other => {
                // CPython writes the backslash before a character that is not ASCII as an escape, and so never doubts it.
                if other.is_ascii() {
                    doubtful(DoubtfulEscape {
                        at: start,
                        shown: other.to_string(),
                    });
                }
                out.push(b'\\');
                // The character itself is taken by the next turn, since it may be a brace or not ASCII.
                at = start + 1;
                shown_at = shown_start + if other.is_ascii() { 1 } else { 6 };
                continue;
            }
        };
        push_wtf8(&mut out, code);
    }
    Ok(out)
}

fn unicode_escape_error(from: usize, to: usize, why: &str) -> EscapeError {
    let last = to.saturating_sub(1);
    let place = if last <= from {
        format!("byte 0x5c in position {from}")
    } else {
        format!("bytes in position {from}-{last}")
    };
    EscapeError {
        prefix: "(unicode error)",
        msg: format!("'unicodeescape' codec can't decode {place}: {why}"),
    }
}

/// Appends a code point. A low surrogate that completes a high one stays two code points, as in CPython: WTF-8 with pairs kept
/// apart is what callers store, so nothing is joined here.
fn push_wtf8(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let [_, _, high, low] = code.to_be_bytes();
            out.extend_from_slice(&[
                0xe0 | (high >> 4),
                0x80 | ((high & 0xf) << 2) | (low >> 6),
                0x80 | (low & 0x3f),
            ]);
        }
    }
}

/// Decodes the text between the quotes of a bytes literal, which `parse` has checked to be ASCII.
///
/// # Errors
/// `\x` without two hexadecimal digits.
pub fn decode_bytes(
    text: &str,
    raw: bool,
    doubtful: &mut dyn FnMut(DoubtfulEscape),
) -> Result<Vec<u8>, EscapeError> {
    let bytes = text.as_bytes();
    if raw {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'\\' {
            out.push(byte);
            at += 1;
            continue;
        }
        let start = at;
        let Some(&escape) = bytes.get(at + 1) else {
            break;
        };
        at += 2;
        let value = match escape {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => escape,
            b'a' => 7,
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'v' => 11,
            b'f' => 12,
            b'r' => 13,
            b'0'..=b'7' => {
                let more = bytes[at..]
                    .iter()
                    .take(2)
                    .take_while(|b| matches!(b, b'0'..=b'7'))
                    .count();
                let value = u32::from_str_radix(&text[start + 1..at + more], 8).unwrap_or(0);
                at += more;
                if value > 0o377 {
                    doubtful(DoubtfulEscape {
                        at: start,
                        shown: text[start + 1..at].to_owned(),
                    });
                }
                value.to_be_bytes()[3]
            }
            b'x' => {
                let value = text
                    .get(at..at + 2)
                    .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
                let Some(value) = value.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
                    let msg = format!("invalid \\x escape at position {start}");
                    return Err(EscapeError {
                        prefix: "(value error)",
                        msg,
                    });
                };
                at += 2;
                value
            }
            other => {
                doubtful(DoubtfulEscape {
                    at: start,
                    shown: char::from(other).to_string(),
                });
                out.push(b'\\');
                other
            }
        };
        out.push(value);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Vec<u8>, String> {
        decode_text(text, false, false, unicode_name, &mut |_| {}).map_err(|e| e.msg)
    }

    #[test]
    fn escapes() {
        assert_eq!(
            value(r"a\n\x41\u00e9\101\N{DIGIT ONE}\q"),
            Ok("a\nAéA1\\q".as_bytes().to_vec())
        );
        assert_eq!(value(r"\ud800"), Ok(vec![0xed, 0xa0, 0x80]));
        assert_eq!(
            value(r"é\x4"),
            Err("'unicodeescape' codec can't decode bytes in position 10-12: truncated \\xXX escape".into())
        );
        assert!(value(r"\U99999999").is_err_and(|e| e.ends_with("0-9: illegal Unicode character")));
        assert!(
            value(r"\N{nope}").is_err_and(|e| e.ends_with("0-7: unknown Unicode character name"))
        );
        assert_eq!(
            decode_bytes(r"\xff\0q\q", false, &mut |_| {}),
            Ok(b"\xff\0q\\q".to_vec())
        );
    }
}

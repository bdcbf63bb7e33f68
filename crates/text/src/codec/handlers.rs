//! The built-in error handlers, as pure functions, so that the usual cases need no call into Python.
//!
//! Each gives what replaces the bad part and where to resume, or `None`: the error stands.

use super::{DecodeError, EncodeError, Endian};
use crate::{repr, unicode, wtf8};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
}

impl Handler {
    /// By name; `None` for those that are registered by programs.
    pub fn parse(name: &str) -> Option<Handler> {
        Some(match name {
            "strict" => Handler::Strict,
            "ignore" => Handler::Ignore,
            "replace" => Handler::Replace,
            "backslashreplace" => Handler::BackslashReplace,
            "xmlcharrefreplace" => Handler::XmlCharRefReplace,
            "namereplace" => Handler::NameReplace,
            "surrogateescape" => Handler::SurrogateEscape,
            "surrogatepass" => Handler::SurrogatePass,
            _ => return None,
        })
    }
}

/// The form in which `surrogatepass` lets surrogates through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UtfKind {
    Utf8,
    Utf16(Endian),
    Utf32(Endian),
}

/// What replaces bytes that can't be decoded, and where in `bytes` to resume. `utf` is the codec if it is a UTF.
pub fn on_decode_error(
    handler: Handler,
    bytes: &[u8],
    error: DecodeError,
    utf: Option<UtfKind>,
) -> Option<(Vec<u8>, usize)> {
    let bad = bytes
        .get(error.start..error.end.min(bytes.len()))
        .unwrap_or(&[]);
    match handler {
        Handler::Strict | Handler::XmlCharRefReplace | Handler::NameReplace => None,
        Handler::Ignore => Some((Vec::new(), error.end)),
        Handler::Replace => Some((wtf8::from_code_point(0xFFFD), error.end)),
        Handler::BackslashReplace => {
            let mut out = Vec::new();
            bad.iter()
                .for_each(|&b| repr::push_escape(&mut out, b as u32));
            Some((out, error.end))
        }
        Handler::SurrogateEscape => {
            // ASCII must not be smuggled through, so the escape ends before it.
            let escaped = bad.iter().take(4).take_while(|&&b| b >= 0x80);
            let out: Vec<u8> = wtf8::from_code_points(escaped.map(|&b| 0xDC00 + b as u32));
            let count = out.len() / 3;
            (count > 0).then_some((out, error.start + count))
        }
        Handler::SurrogatePass => {
            let at = error.start;
            let pair = |e: Endian| match (bytes.get(at..at + 2), e) {
                (Some(&[a, b]), Endian::Little) => Some(u16::from_le_bytes([a, b]) as u32),
                (Some(&[a, b]), Endian::Big) => Some(u16::from_be_bytes([a, b]) as u32),
                _ => None,
            };
            let (cp, width) = match utf? {
                UtfKind::Utf8 => match bytes.get(at..at + 3) {
                    Some(s @ [0xED, 0xA0..=0xBF, 0x80..=0xBF]) => wtf8::decode_at(s, 0)?,
                    _ => return None,
                },
                UtfKind::Utf16(endian) => (pair(endian)?, 2),
                UtfKind::Utf32(endian) => match (bytes.get(at..at + 4), endian) {
                    (Some(&[a, b, c, d]), Endian::Little) => (u32::from_le_bytes([a, b, c, d]), 4),
                    (Some(&[a, b, c, d]), Endian::Big) => (u32::from_be_bytes([a, b, c, d]), 4),
                    _ => return None,
                },
            };
            wtf8::is_surrogate(cp).then(|| (wtf8::from_code_point(cp), at + width))
        }
    }
}

/// What replaces text that can't be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// To be encoded by the same codec, strictly.
    Text(Vec<u8>),
    /// To go to the output as it is.
    Bytes(Vec<u8>),
}

/// What replaces `text[error.start..error.end]`, and where in `text` to resume.
pub fn on_encode_error(
    handler: Handler,
    text: &[u8],
    error: EncodeError,
    utf: Option<UtfKind>,
) -> Option<(Replacement, usize)> {
    let bad = text
        .get(error.start..error.end.min(text.len()))
        .unwrap_or(&[]);
    let cps = || wtf8::code_points(bad);
    let mut out = Vec::new();
    match handler {
        Handler::Strict => return None,
        Handler::Ignore => {}
        Handler::Replace => out.resize(wtf8::count(bad), b'?'),
        Handler::BackslashReplace => cps().for_each(|cp| repr::push_escape(&mut out, cp)),
        Handler::XmlCharRefReplace => {
            cps().for_each(|cp| out.extend_from_slice(format!("&#{cp};").as_bytes()))
        }
        Handler::NameReplace => {
            for cp in cps() {
                match unicode::names::name(cp) {
                    Some(name) => out.extend_from_slice(format!("\\N{{{name}}}").as_bytes()),
                    None => repr::push_escape(&mut out, cp),
                }
            }
        }
        Handler::SurrogateEscape => {
            // One byte isn't a unit of UTF-16 or UTF-32.
            if matches!(utf, Some(UtfKind::Utf16(_) | UtfKind::Utf32(_))) {
                return None;
            }
            // The escapes at the start are taken; what follows them meets the next error.
            out.extend(
                cps()
                    .take_while(|cp| (0xDC80..=0xDCFF).contains(cp))
                    .map(|cp| (cp - 0xDC00) as u8),
            );
            let next = error.start + 3 * out.len();
            return (!out.is_empty()).then_some((Replacement::Bytes(out), next));
        }
        Handler::SurrogatePass => {
            for cp in cps() {
                if !wtf8::is_surrogate(cp) {
                    return None;
                }
                match utf? {
                    UtfKind::Utf8 => wtf8::push(&mut out, cp),
                    UtfKind::Utf16(Endian::Little) => {
                        out.extend_from_slice(&(cp as u16).to_le_bytes())
                    }
                    UtfKind::Utf16(Endian::Big) => {
                        out.extend_from_slice(&(cp as u16).to_be_bytes())
                    }
                    UtfKind::Utf32(Endian::Little) => out.extend_from_slice(&cp.to_le_bytes()),
                    UtfKind::Utf32(Endian::Big) => out.extend_from_slice(&cp.to_be_bytes()),
                }
            }
            return Some((Replacement::Bytes(out), error.end));
        }
    }
    Some((Replacement::Text(out), error.end))
}

//! UTF-16 in either byte order. Byte order marks are the caller's to write, and [`byte_order`] reads them.

use super::{DecodeError, EncodeError, Endian};
use crate::wtf8;

/// The byte order that a mark at the start names.
pub fn byte_order(bytes: &[u8]) -> Option<Endian> {
    match bytes {
        [0xFF, 0xFE, ..] => Some(Endian::Little),
        [0xFE, 0xFF, ..] => Some(Endian::Big),
        _ => None,
    }
}

pub fn decode(
    bytes: &[u8],
    start: usize,
    is_final: bool,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let unit = |at: usize| match bytes.get(at..at + 2) {
        Some(&[a, b]) => Some(match endian {
            Endian::Little => u16::from_le_bytes([a, b]),
            Endian::Big => u16::from_be_bytes([a, b]),
        } as u32),
        _ => None,
    };
    let mut at = start;
    let truncated = |at, reason| {
        if is_final {
            Err(DecodeError {
                start: at,
                end: bytes.len(),
                reason,
            })
        } else {
            Ok(at)
        }
    };
    while at < bytes.len() {
        let Some(first) = unit(at) else {
            return truncated(at, "truncated data");
        };
        match first {
            0xD800..=0xDBFF => match unit(at + 2) {
                Some(second @ 0xDC00..=0xDFFF) => {
                    wtf8::push(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
                    at += 4;
                }
                Some(_) => {
                    return Err(DecodeError {
                        start: at,
                        end: at + 2,
                        reason: "illegal UTF-16 surrogate",
                    });
                }
                None => return truncated(at, "unexpected end of data"),
            },
            0xDC00..=0xDFFF => {
                return Err(DecodeError {
                    start: at,
                    end: at + 2,
                    reason: "illegal encoding",
                });
            }
            _ => {
                wtf8::push(out, first);
                at += 2;
            }
        }
    }
    Ok(at)
}

pub fn encode(
    text: &[u8],
    start: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut put = |unit: u32| match endian {
        Endian::Little => out.extend_from_slice(&(unit as u16).to_le_bytes()),
        Endian::Big => out.extend_from_slice(&(unit as u16).to_be_bytes()),
    };
    let mut at = start;
    while let Some((cp, width)) = wtf8::decode_at(text, at) {
        match cp {
            0xD800..=0xDFFF => {
                return Err(EncodeError {
                    start: at,
                    end: at + width,
                    reason: "surrogates not allowed",
                });
            }
            0x10000.. => {
                put(0xD800 + ((cp - 0x10000) >> 10));
                put(0xDC00 + ((cp - 0x10000) & 0x3FF));
            }
            _ => put(cp),
        }
        at += width;
    }
    Ok(())
}

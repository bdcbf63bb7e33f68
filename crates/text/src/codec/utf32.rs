//! UTF-32 in either byte order.

use super::{DecodeError, EncodeError, Endian};
use crate::wtf8;

/// The byte order that a mark at the start names.
pub fn byte_order(bytes: &[u8]) -> Option<Endian> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => Some(Endian::Little),
        [0, 0, 0xFE, 0xFF, ..] => Some(Endian::Big),
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
    let mut at = start;
    while at < bytes.len() {
        let Some(&[a, b, c, d]) = bytes.get(at..at + 4) else {
            if is_final {
                return Err(DecodeError {
                    start: at,
                    end: bytes.len(),
                    reason: "truncated data",
                });
            }
            return Ok(at);
        };
        let cp = match endian {
            Endian::Little => u32::from_le_bytes([a, b, c, d]),
            Endian::Big => u32::from_be_bytes([a, b, c, d]),
        };
        let reason = match cp {
            0xD800..=0xDFFF => "code point in surrogate code point range(0xd800, 0xe000)",
            0x110000.. => "code point not in range(0x110000)",
            _ => {
                wtf8::push(out, cp);
                at += 4;
                continue;
            }
        };
        return Err(DecodeError {
            start: at,
            end: at + 4,
            reason,
        });
    }
    Ok(at)
}

pub fn encode(
    text: &[u8],
    start: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut at = start;
    while let Some((cp, width)) = wtf8::decode_at(text, at) {
        if wtf8::is_surrogate(cp) {
            return Err(EncodeError {
                start: at,
                end: at + width,
                reason: "surrogates not allowed",
            });
        }
        match endian {
            Endian::Little => out.extend_from_slice(&cp.to_le_bytes()),
            Endian::Big => out.extend_from_slice(&cp.to_be_bytes()),
        }
        at += width;
    }
    Ok(())
}

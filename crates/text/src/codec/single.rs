//! ASCII and Latin-1.

use super::{DecodeError, EncodeError, run_end};
use crate::wtf8;

pub fn decode_ascii(bytes: &[u8], start: usize, out: &mut Vec<u8>) -> Result<usize, DecodeError> {
    let rest = bytes.get(start..).unwrap_or(&[]);
    if rest.is_ascii() {
        out.extend_from_slice(rest);
        return Ok(bytes.len().max(start));
    }
    let len = rest
        .iter()
        .position(|b| !b.is_ascii())
        .unwrap_or(rest.len());
    out.extend_from_slice(&rest[..len]);
    let at = start + len;
    Err(DecodeError {
        start: at,
        end: at + 1,
        reason: "ordinal not in range(128)",
    })
}

pub fn encode_ascii(text: &[u8], start: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let rest = text.get(start..).unwrap_or(&[]);
    let len = if rest.is_ascii() {
        rest.len()
    } else {
        rest.iter()
            .position(|b| !b.is_ascii())
            .unwrap_or(rest.len())
    };
    out.extend_from_slice(&rest[..len]);
    if len == rest.len() {
        return Ok(());
    }
    let at = start + len;
    Err(EncodeError {
        start: at,
        end: run_end(text, at, |cp| cp >= 128),
        reason: "ordinal not in range(128)",
    })
}

/// Latin-1 decodes anything.
pub fn decode_latin1(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.is_ascii() {
        out.extend_from_slice(bytes);
    } else {
        bytes.iter().for_each(|&b| wtf8::push(out, b as u32));
    }
}

pub fn encode_latin1(text: &[u8], start: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let rest = text.get(start..).unwrap_or(&[]);
    if rest.is_ascii() {
        out.extend_from_slice(rest);
        return Ok(());
    }
    let mut at = start;
    while let Some((cp, width)) = wtf8::decode_at(text, at) {
        if cp > 255 {
            return Err(EncodeError {
                start: at,
                end: run_end(text, at, |cp| cp > 255),
                reason: "ordinal not in range(256)",
            });
        }
        out.push(cp as u8);
        at += width;
    }
    Ok(())
}

//! UTF-8, strict: surrogates are errors both ways.

use super::{DecodeError, EncodeError, run_end};
use crate::wtf8;

pub fn decode(
    bytes: &[u8],
    start: usize,
    is_final: bool,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let error = match std::str::from_utf8(rest) {
        Ok(_) => {
            out.extend_from_slice(rest);
            return Ok(bytes.len().max(start));
        }
        Err(error) => error,
    };
    let valid = error.valid_up_to();
    out.extend_from_slice(&rest[..valid]);
    let at = start + valid;
    if !is_final && matches!(bytes[at..], [0xED, 0xA0..=0xBF]) {
        // A surrogate may be complete with the next part, which `surrogatepass` wants to see.
        return Ok(at);
    }
    match error.error_len() {
        None if !is_final => Ok(at),
        None => Err(DecodeError {
            start: at,
            end: bytes.len(),
            reason: "unexpected end of data",
        }),
        Some(len) => {
            let reason = if matches!(bytes[at], 0xC2..=0xF4) {
                "invalid continuation byte"
            } else {
                "invalid start byte"
            };
            Err(DecodeError {
                start: at,
                end: at + len,
                reason,
            })
        }
    }
}

pub fn encode(text: &[u8], start: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let rest = text.get(start..).unwrap_or(&[]);
    let Some(at) = wtf8::find_surrogate(rest) else {
        out.extend_from_slice(rest);
        return Ok(());
    };
    out.extend_from_slice(&rest[..at]);
    let start = start + at;
    let end = run_end(text, start, wtf8::is_surrogate);
    Err(EncodeError {
        start,
        end,
        reason: "surrogates not allowed",
    })
}

//! UTF-7 (RFC 2152). Stateless: an unfinished shift sequence is decoded again when more of it is there.

use super::DecodeError;
use crate::wtf8;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

/// The bits of a shift sequence that don't make a character yet.
#[derive(Default)]
struct Shift {
    start: usize,
    out_start: usize,
    bits: u32,
    buffer: u32,
    /// A high surrogate that waits for its other half.
    surrogate: Option<u32>,
}

impl Shift {
    fn take(&mut self, six: u32, out: &mut Vec<u8>) {
        self.buffer = self.buffer << 6 | six;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits & 0xFFFF;
        self.buffer &= (1 << self.bits) - 1;
        if let Some(high) = self.surrogate.take() {
            if (0xDC00..=0xDFFF).contains(&unit) {
                wtf8::push(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
                return;
            }
            wtf8::push(out, high);
        }
        if (0xD800..=0xDBFF).contains(&unit) {
            self.surrogate = Some(unit);
        } else {
            wtf8::push(out, unit);
        }
    }
}

pub fn decode(
    bytes: &[u8],
    start: usize,
    is_final: bool,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let mut at = start;
    let mut shift: Option<Shift> = None;
    while let Some(&byte) = bytes.get(at) {
        if let Some(s) = &mut shift {
            if let Some(six) = value(byte) {
                s.take(six, out);
                at += 1;
                continue;
            }
            let fail = |reason| {
                Err(DecodeError {
                    start: s.start,
                    end: at + 1,
                    reason,
                })
            };
            if s.bits >= 6 {
                return fail("partial character in shift sequence");
            }
            if s.bits > 0 && s.buffer != 0 {
                return fail("non-zero padding bits in shift sequence");
            }
            if let Some(high) = s.surrogate.filter(|_| byte < 0x80 && byte != b'+') {
                wtf8::push(out, high);
            }
            shift = None;
            at += (byte == b'-') as usize;
        } else if byte == b'+' {
            match bytes.get(at + 1) {
                Some(b'-') => {
                    out.push(b'+');
                    at += 2;
                }
                Some(&next) if value(next).is_none() => {
                    return Err(DecodeError {
                        start: at,
                        end: at + 2,
                        reason: "ill-formed sequence",
                    });
                }
                _ => {
                    shift = Some(Shift {
                        start: at,
                        out_start: out.len(),
                        ..Shift::default()
                    });
                    at += 1;
                }
            }
        } else if byte < 0x80 {
            out.push(byte);
            at += 1;
        } else {
            return Err(DecodeError {
                start: at,
                end: at + 1,
                reason: "unexpected special character",
            });
        }
    }
    if let Some(s) = shift {
        if !is_final {
            out.truncate(s.out_start);
            return Ok(s.start);
        }
        if s.surrogate.is_some() || s.bits >= 6 || s.bits > 0 && s.buffer != 0 {
            return Err(DecodeError {
                start: s.start,
                end: bytes.len(),
                reason: "unterminated shift sequence",
            });
        }
    }
    Ok(at)
}

/// Encodes all of a string; never fails, since surrogates are units like others.
pub fn encode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut shifted, mut bits, mut buffer) = (false, 0u32, 0u32);
    for cp in wtf8::code_points(text) {
        let direct = matches!(cp, 9 | 10 | 13 | 0x20..=0x7D) && !matches!(cp, 0x2B | 0x5C);
        if direct {
            if shifted {
                if bits > 0 {
                    out.push(BASE64[(buffer << (6 - bits) & 63) as usize]);
                }
                (shifted, bits, buffer) = (false, 0, 0);
                if value(cp as u8).is_some() || cp == b'-' as u32 {
                    out.push(b'-');
                }
            }
            out.push(cp as u8);
            continue;
        }
        if !shifted {
            out.push(b'+');
            if cp == b'+' as u32 {
                out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let units = match cp {
            0x10000.. => [
                Some(0xD800 + ((cp - 0x10000) >> 10)),
                Some(0xDC00 + ((cp - 0x10000) & 0x3FF)),
            ],
            _ => [Some(cp), None],
        };
        for unit in units.into_iter().flatten() {
            buffer = buffer << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(BASE64[(buffer >> bits & 63) as usize]);
            }
            buffer &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(BASE64[(buffer << (6 - bits) & 63) as usize]);
    }
    if shifted {
        out.push(b'-');
    }
    out
}

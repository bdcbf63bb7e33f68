//! Codecs of 8 bits by a table of 256 characters, which is what most of Python's `encodings` package is.

use super::{DecodeError, EncodeError, run_end};
use crate::wtf8;
use std::collections::HashMap;

/// In a table: no character.
pub const UNDEFINED: u32 = 0xFFFE;
const REASON: &str = "character maps to <undefined>";

/// `table[i]` is the character of byte `i`; past the end of the table bytes are undefined.
pub fn decode(
    bytes: &[u8],
    start: usize,
    table: &[u32],
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match table.get(byte as usize) {
            Some(&cp) if cp != UNDEFINED => wtf8::push(out, cp),
            _ => {
                return Err(DecodeError {
                    start: at,
                    end: at + 1,
                    reason: REASON,
                });
            }
        }
        at += 1;
    }
    Ok(at)
}

/// The inverse of a decoding table (`codecs.charmap_build`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodingMap {
    ascii: [Option<u8>; 128],
    others: HashMap<u32, u8>,
}

impl EncodingMap {
    /// Of the first 256 characters; where one occurs twice the later byte wins.
    pub fn from_table(table: &[u32]) -> Self {
        let mut map = EncodingMap {
            ascii: [None; 128],
            others: HashMap::new(),
        };
        for (byte, &cp) in table
            .iter()
            .take(256)
            .enumerate()
            .filter(|&(_, &cp)| cp != UNDEFINED)
        {
            match map.ascii.get_mut(cp as usize) {
                Some(slot) => *slot = Some(byte as u8),
                None => {
                    map.others.insert(cp, byte as u8);
                }
            }
        }
        map
    }
    pub fn get(&self, cp: u32) -> Option<u8> {
        match self.ascii.get(cp as usize) {
            Some(&byte) => byte,
            None => self.others.get(&cp).copied(),
        }
    }
}

pub fn encode(
    text: &[u8],
    start: usize,
    map: &EncodingMap,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut at = start;
    while let Some((cp, width)) = wtf8::decode_at(text, at) {
        let Some(byte) = map.get(cp) else {
            return Err(EncodeError {
                start: at,
                end: run_end(text, at, |cp| map.get(cp).is_none()),
                reason: REASON,
            });
        };
        out.push(byte);
        at += width;
    }
    Ok(())
}

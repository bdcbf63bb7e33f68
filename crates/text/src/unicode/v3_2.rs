//! Unicode 3.2 as `unicodedata.ucd_3_2_0` shows it, for `stringprep` and the codec `idna`: the current database with its differences taken back.

use super::normalize::{self, Form};
use super::v3_2_data as data;
use crate::wtf8;

/// `unidata_version`.
pub const VERSION: &str = "3.2.0";

/// The value of the range that a code point is in.
fn in_ranges<T: Copy>(ranges: &[(u32, u32, T)], cp: u32) -> Option<T> {
    let at = ranges.partition_point(|(_, last, _)| *last < cp);
    ranges
        .get(at)
        .filter(|(first, _, _)| *first <= cp)
        .map(|r| r.2)
}

pub fn is_assigned(cp: u32) -> bool {
    let at = data::UNASSIGNED.partition_point(|(_, last)| *last < cp);
    data::UNASSIGNED
        .get(at)
        .is_none_or(|(first, _)| cp < *first)
}
pub fn category(cp: u32) -> &'static str {
    if !is_assigned(cp) {
        return "Cn";
    }
    in_ranges(data::CATEGORY, cp).unwrap_or_else(|| super::category(cp))
}
pub fn bidirectional(cp: u32) -> &'static str {
    if !is_assigned(cp) {
        return "";
    }
    in_ranges(data::BIDIRECTIONAL, cp).unwrap_or_else(|| super::bidirectional(cp))
}
pub fn combining(cp: u32) -> u8 {
    if is_assigned(cp) {
        super::combining(cp)
    } else {
        0
    }
}
pub fn east_asian_width(cp: u32) -> &'static str {
    if !is_assigned(cp) {
        return "N";
    }
    in_ranges(data::EAST_ASIAN_WIDTH, cp).unwrap_or_else(|| super::east_asian_width(cp))
}
pub fn mirrored(cp: u32) -> bool {
    is_assigned(cp) && in_ranges(data::MIRRORED, cp).map_or_else(|| super::mirrored(cp), |m| m != 0)
}
pub fn decimal(cp: u32) -> Option<u8> {
    if !is_assigned(cp) {
        return None;
    }
    match in_ranges(data::DECIMAL, cp) {
        Some(n) => u8::try_from(n).ok(),
        None => super::decimal(cp),
    }
}
pub fn numeric(cp: u32) -> Option<f64> {
    if !is_assigned(cp) {
        return None;
    }
    match in_ranges(data::NUMERIC, cp) {
        Some(n) => Some(n).filter(|n| !n.is_nan()),
        None => super::numeric(cp),
    }
}
pub fn decomposition(cp: u32) -> String {
    if is_assigned(cp) {
        normalize::decomposition(cp)
    } else {
        String::new()
    }
}
/// What was not assigned takes no part in normalization, so it separates parts that are normalized alone.
pub fn normalized(form: Form, s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    let mut part = Vec::new();
    let flush = |part: &mut Vec<u32>, out: &mut Vec<u8>| {
        let text = wtf8::from_code_points(part.drain(..));
        out.extend_from_slice(&normalize::normalize(form, &text));
    };
    for cp in wtf8::code_points(s) {
        if is_assigned(cp) {
            let corrected = data::CORRECTED.iter().find(|(c, _)| *c == cp);
            part.push(corrected.map_or(cp, |c| c.1));
        } else {
            flush(&mut part, &mut out);
            out.extend_from_slice(&wtf8::from_code_points([cp]));
        }
    }
    flush(&mut part, &mut out);
    out
}

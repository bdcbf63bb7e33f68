//! The Unicode 16.0 character database, as CPython 3.14's `unicodedata` and `str` see it.
//!
//! The tables are blobs in `data/`, written by `tools/gen_unicode.py` and read in place: they cost nothing at start and
//! next to nothing to compile. Every function is total: numbers past U+10FFFF count as unassigned.

pub mod case_map;
pub mod names;
pub mod normalize;
pub mod v3_2;
mod v3_2_data;

use crate::wtf8;

/// `unicodedata.unidata_version`.
pub const VERSION: &str = "16.0.0";

const BLOCK_BITS: u32 = 7;
const RECORD_BYTES: usize = 12;
static RECORD1: &[u8] = include_bytes!("data/record1.bin");
static RECORD2: &[u8] = include_bytes!("data/record2.bin");
static RECORDS: &[u8] = include_bytes!("data/records.bin");
static NUMBERS: &[u8] = include_bytes!("data/numbers.bin");

const CATEGORIES: [&str; 30] = [
    "Cn", "Lu", "Ll", "Lt", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs",
    "Co", "Lm", "Lo", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
];
const BIDIRECTIONAL: [&str; 24] = [
    "", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM",
    "BN", "B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI",
];
const WIDTHS: [&str; 6] = ["F", "H", "W", "Na", "A", "N"];

/// A set of the yes-or-no properties.
pub mod flag {
    pub const ALPHA: u16 = 1 << 0;
    pub const DECIMAL: u16 = 1 << 1;
    pub const DIGIT: u16 = 1 << 2;
    pub const NUMERIC: u16 = 1 << 3;
    pub const LOWER: u16 = 1 << 4;
    pub const UPPER: u16 = 1 << 5;
    pub const TITLE: u16 = 1 << 6;
    pub const SPACE: u16 = 1 << 7;
    pub const PRINTABLE: u16 = 1 << 8;
    pub const ID_START: u16 = 1 << 9;
    pub const ID_CONTINUE: u16 = 1 << 10;
    pub const CASED: u16 = 1 << 11;
    pub const CASE_IGNORABLE: u16 = 1 << 12;
}

#[inline]
pub(crate) fn u16_at(blob: &[u8], index: usize) -> u16 {
    match blob.get(2 * index..2 * index + 2) {
        Some(&[a, b]) => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}

#[inline]
pub(crate) fn u32_at(blob: &[u8], index: usize) -> u32 {
    match blob.get(4 * index..4 * index + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// The value of a code point in a two-level trie.
#[inline]
pub(crate) fn lookup_trie(first: &[u8], second: &[u8], cp: u32) -> usize {
    if cp > wtf8::CODE_POINT_MAX {
        return 0;
    }
    let block = u16_at(first, (cp >> BLOCK_BITS) as usize) as usize;
    u16_at(
        second,
        (block << BLOCK_BITS) + (cp & ((1 << BLOCK_BITS) - 1)) as usize,
    ) as usize
}

#[inline]
fn record(cp: u32) -> &'static [u8] {
    let at = lookup_trie(RECORD1, RECORD2, cp) * RECORD_BYTES;
    // Past the end of Unicode the answer is that of U+0378, which is unassigned.
    let at = if cp > wtf8::CODE_POINT_MAX {
        lookup_trie(RECORD1, RECORD2, 0x378) * RECORD_BYTES
    } else {
        at
    };
    RECORDS
        .get(at..at + RECORD_BYTES)
        .unwrap_or(&[0; RECORD_BYTES])
}

/// The yes-or-no properties of a code point, of [`flag`].
#[inline]
pub fn flags(cp: u32) -> u16 {
    u16_at(&record(cp)[8..], 0)
}

#[inline]
fn has(cp: u32, flag: u16) -> bool {
    flags(cp) & flag != 0
}

/// `unicodedata.category`.
pub fn category(cp: u32) -> &'static str {
    CATEGORIES
        .get(record(cp)[0] as usize)
        .copied()
        .unwrap_or("Cn")
}

/// `unicodedata.bidirectional`.
pub fn bidirectional(cp: u32) -> &'static str {
    BIDIRECTIONAL
        .get(record(cp)[1] as usize)
        .copied()
        .unwrap_or("")
}

/// `unicodedata.combining`.
#[inline]
pub fn combining(cp: u32) -> u8 {
    if cp < 0x300 { 0 } else { record(cp)[2] }
}

/// `unicodedata.east_asian_width`.
pub fn east_asian_width(cp: u32) -> &'static str {
    WIDTHS.get(record(cp)[3] as usize).copied().unwrap_or("N")
}

/// `unicodedata.mirrored`.
pub fn mirrored(cp: u32) -> bool {
    record(cp)[4] != 0
}

/// `unicodedata.decimal`.
#[inline]
pub fn decimal(cp: u32) -> Option<u8> {
    if cp < 0x80 {
        return (b'0' as u32..=b'9' as u32)
            .contains(&cp)
            .then(|| cp as u8 - b'0');
    }
    Some(record(cp)[5]).filter(|&d| d != 255)
}

/// `unicodedata.digit`.
pub fn digit(cp: u32) -> Option<u8> {
    Some(record(cp)[6]).filter(|&d| d != 255)
}

/// `unicodedata.numeric`.
pub fn numeric(cp: u32) -> Option<f64> {
    let index = record(cp)[7] as usize;
    if index == 0 {
        return None;
    }
    let bytes = NUMBERS.get(8 * index..8 * index + 8)?;
    Some(f64::from_le_bytes(bytes.try_into().ok()?))
}

pub fn is_alpha(cp: u32) -> bool {
    has(cp, flag::ALPHA)
}
pub fn is_decimal(cp: u32) -> bool {
    has(cp, flag::DECIMAL)
}
pub fn is_digit(cp: u32) -> bool {
    has(cp, flag::DIGIT)
}
pub fn is_numeric(cp: u32) -> bool {
    has(cp, flag::NUMERIC)
}
/// Alphabetic or any kind of number, as `str.isalnum` has it.
pub fn is_alnum(cp: u32) -> bool {
    has(
        cp,
        flag::ALPHA | flag::DECIMAL | flag::DIGIT | flag::NUMERIC,
    )
}
pub fn is_lower(cp: u32) -> bool {
    has(cp, flag::LOWER)
}
pub fn is_upper(cp: u32) -> bool {
    has(cp, flag::UPPER)
}
/// In title case (ǅ), which isn't upper case.
pub fn is_title(cp: u32) -> bool {
    has(cp, flag::TITLE)
}
#[inline]
pub fn is_space(cp: u32) -> bool {
    if cp < 0x80 {
        matches!(cp, 9..=13 | 28..=32)
    } else {
        has(cp, flag::SPACE)
    }
}
#[inline]
pub fn is_printable(cp: u32) -> bool {
    if cp < 0x80 {
        matches!(cp, 0x20..=0x7E)
    } else {
        has(cp, flag::PRINTABLE)
    }
}
/// May start an identifier: XID_Start or `_`.
pub fn is_id_start(cp: u32) -> bool {
    has(cp, flag::ID_START)
}
pub fn is_id_continue(cp: u32) -> bool {
    has(cp, flag::ID_CONTINUE)
}
pub fn is_cased(cp: u32) -> bool {
    has(cp, flag::CASED)
}
pub fn is_case_ignorable(cp: u32) -> bool {
    has(cp, flag::CASE_IGNORABLE)
}
/// Ends a line for `str.splitlines` (bytes know only `\n` and `\r`).
#[inline]
pub fn is_line_break(cp: u32) -> bool {
    matches!(cp, 10..=13 | 28..=30 | 0x85 | 0x2028 | 0x2029)
}

/// `str.isidentifier`.
pub fn is_identifier(s: &[u8]) -> bool {
    let mut cps = wtf8::code_points(s);
    cps.next().is_some_and(is_id_start) && cps.all(is_id_continue)
}

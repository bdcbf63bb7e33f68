//! Case conversion and the `is…` predicates of `str`, and their ASCII-only forms for `bytes`.
//!
//! `str` uses the full mappings of Unicode: one character may become three, and Σ at the end of a word is ς.

use crate::unicode::{self, case_map, flag};
use crate::wtf8;

/// Does the Σ at `at..after` end a word? CPython: Objects/unicodeobject.c, handle_capital_sigma.
fn is_final_sigma(s: &[u8], at: usize, after: usize) -> bool {
    let before = wtf8::code_points(&s[..at])
        .rev()
        .find(|&cp| !unicode::is_case_ignorable(cp));
    let behind = wtf8::code_points(&s[after..]).find(|&cp| !unicode::is_case_ignorable(cp));
    before.is_some_and(unicode::is_cased) && !behind.is_some_and(unicode::is_cased)
}

fn push_all(out: &mut Vec<u8>, mapped: case_map::Mapped) {
    mapped.as_slice().iter().for_each(|&cp| wtf8::push(out, cp));
}

fn push_lower(out: &mut Vec<u8>, s: &[u8], at: usize, cp: u32) {
    if cp < 0x80 {
        out.push((cp as u8).to_ascii_lowercase());
    } else if cp == 0x3A3 {
        wtf8::push(
            out,
            if is_final_sigma(s, at, at + 2) {
                0x3C2
            } else {
                0x3C3
            },
        );
    } else {
        push_all(out, case_map::lower(cp));
    }
}

pub fn lower(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() {
        return s.to_ascii_lowercase();
    }
    let mut out = Vec::with_capacity(s.len());
    for (at, cp) in wtf8::code_point_offsets(s) {
        push_lower(&mut out, s, at, cp);
    }
    out
}

pub fn upper(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() {
        return s.to_ascii_uppercase();
    }
    let mut out = Vec::with_capacity(s.len());
    for cp in wtf8::code_points(s) {
        if cp < 0x80 {
            out.push((cp as u8).to_ascii_uppercase());
        } else {
            push_all(&mut out, case_map::upper(cp));
        }
    }
    out
}

pub fn casefold(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() {
        return s.to_ascii_lowercase();
    }
    let mut out = Vec::with_capacity(s.len());
    wtf8::code_points(s).for_each(|cp| push_all(&mut out, case_map::fold(cp)));
    out
}

pub fn title(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() {
        return ascii_title(s);
    }
    let mut out = Vec::with_capacity(s.len());
    let mut in_word = false;
    for (at, cp) in wtf8::code_point_offsets(s) {
        if in_word {
            push_lower(&mut out, s, at, cp);
        } else {
            push_all(&mut out, case_map::title(cp));
        }
        in_word = unicode::is_cased(cp);
    }
    out
}

pub fn capitalize(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() {
        return ascii_capitalize(s);
    }
    let mut out = Vec::with_capacity(s.len());
    for (at, cp) in wtf8::code_point_offsets(s) {
        if at == 0 {
            push_all(&mut out, case_map::title(cp));
        } else {
            push_lower(&mut out, s, at, cp);
        }
    }
    out
}

pub fn swapcase(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() {
        return ascii_swapcase(s);
    }
    let mut out = Vec::with_capacity(s.len());
    for (at, cp) in wtf8::code_point_offsets(s) {
        let flags = unicode::flags(cp);
        if flags & flag::UPPER != 0 {
            push_lower(&mut out, s, at, cp);
        } else if flags & flag::LOWER != 0 {
            push_all(&mut out, case_map::upper(cp));
        } else {
            wtf8::push(&mut out, cp);
        }
    }
    out
}

/// Not empty, and every character has one of these [`flag`]s.
fn all(s: &[u8], flags: u16) -> bool {
    !s.is_empty() && wtf8::code_points(s).all(|cp| unicode::flags(cp) & flags != 0)
}

pub fn is_alpha(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_alpha(s)
    } else {
        all(s, flag::ALPHA)
    }
}
pub fn is_alnum(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_alnum(s)
    } else {
        all(s, flag::ALPHA | flag::DECIMAL | flag::DIGIT | flag::NUMERIC)
    }
}
pub fn is_decimal(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_digit(s)
    } else {
        all(s, flag::DECIMAL)
    }
}
pub fn is_digit(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_digit(s)
    } else {
        all(s, flag::DIGIT)
    }
}
pub fn is_numeric(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_digit(s)
    } else {
        all(s, flag::NUMERIC)
    }
}
pub fn is_space(s: &[u8]) -> bool {
    !s.is_empty() && wtf8::code_points(s).all(unicode::is_space)
}
/// True of the empty string too.
pub fn is_printable(s: &[u8]) -> bool {
    wtf8::code_points(s).all(unicode::is_printable)
}

/// At least one character is of the wanted kind, and none of the others.
fn only_cased(s: &[u8], wanted: u16, unwanted: u16) -> bool {
    let mut seen = false;
    for cp in wtf8::code_points(s) {
        let flags = unicode::flags(cp);
        if flags & unwanted != 0 {
            return false;
        }
        seen |= flags & wanted != 0;
    }
    seen
}

pub fn is_lower(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_lower(s)
    } else {
        only_cased(s, flag::LOWER, flag::UPPER | flag::TITLE)
    }
}
pub fn is_upper(s: &[u8]) -> bool {
    if s.is_ascii() {
        ascii_is_upper(s)
    } else {
        only_cased(s, flag::UPPER, flag::LOWER | flag::TITLE)
    }
}
pub fn is_title(s: &[u8]) -> bool {
    let (mut seen, mut in_word) = (false, false);
    for cp in wtf8::code_points(s) {
        let flags = unicode::flags(cp);
        if flags & (flag::UPPER | flag::TITLE) != 0 {
            if in_word {
                return false;
            }
            (seen, in_word) = (true, true);
        } else if flags & flag::LOWER != 0 {
            if !in_word {
                return false;
            }
            seen = true;
        } else {
            in_word = false;
        }
    }
    seen
}

// ---- bytes: only ASCII letters have case ----

pub fn ascii_lower(s: &[u8]) -> Vec<u8> {
    s.to_ascii_lowercase()
}
pub fn ascii_upper(s: &[u8]) -> Vec<u8> {
    s.to_ascii_uppercase()
}
pub fn ascii_capitalize(s: &[u8]) -> Vec<u8> {
    let mut out = s.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}
pub fn ascii_title(s: &[u8]) -> Vec<u8> {
    let mut in_word = false;
    s.iter()
        .map(|b| {
            let mapped = if in_word {
                b.to_ascii_lowercase()
            } else {
                b.to_ascii_uppercase()
            };
            in_word = b.is_ascii_alphabetic();
            mapped
        })
        .collect()
}
pub fn ascii_swapcase(s: &[u8]) -> Vec<u8> {
    s.iter()
        .map(|&b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { b })
        .collect()
}

pub fn ascii_is_alpha(s: &[u8]) -> bool {
    !s.is_empty() && s.iter().all(u8::is_ascii_alphabetic)
}
pub fn ascii_is_alnum(s: &[u8]) -> bool {
    !s.is_empty() && s.iter().all(u8::is_ascii_alphanumeric)
}
pub fn ascii_is_digit(s: &[u8]) -> bool {
    !s.is_empty() && s.iter().all(u8::is_ascii_digit)
}
pub fn ascii_is_space(s: &[u8]) -> bool {
    !s.is_empty() && s.iter().copied().all(is_ascii_space)
}
pub fn ascii_is_lower(s: &[u8]) -> bool {
    s.iter().any(u8::is_ascii_lowercase) && !s.iter().any(u8::is_ascii_uppercase)
}
pub fn ascii_is_upper(s: &[u8]) -> bool {
    s.iter().any(u8::is_ascii_uppercase) && !s.iter().any(u8::is_ascii_lowercase)
}
pub fn ascii_is_title(s: &[u8]) -> bool {
    let (mut seen, mut in_word) = (false, false);
    for b in s {
        let wrong = if in_word {
            b.is_ascii_uppercase()
        } else {
            b.is_ascii_lowercase()
        };
        if wrong {
            return false;
        }
        in_word = b.is_ascii_alphabetic();
        seen |= in_word;
    }
    seen
}

/// What `bytes` methods count as white space (`str` has four more in ASCII: 28 to 31).
#[inline]
pub fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, 9..=13 | 32)
}

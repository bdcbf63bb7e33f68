//! Characters as the regular expression engine sees them: the two ways a subject is spelled, categories, case.
//!
//! Positions are byte offsets in both spellings, so that ASCII text and bytes need no table.

use super::opcode::category as c;
use mesapy_text::unicode::{self, case_map};
use mesapy_text::wtf8;

/// How a subject spells its characters.
pub trait Encoding {
    /// The character at `pos` and the position behind it.
    fn next(text: &[u8], pos: usize) -> Option<(u32, usize)>;
    /// The character that ends at `pos` and its position.
    fn prev(text: &[u8], pos: usize) -> Option<(u32, usize)>;
    /// `n` characters back.
    fn back(text: &[u8], pos: usize, n: usize) -> Option<usize>;
}

/// Bytes, and ASCII text.
pub struct Narrow;
impl Encoding for Narrow {
    #[inline(always)]
    fn next(text: &[u8], pos: usize) -> Option<(u32, usize)> {
        text.get(pos).map(|b| (*b as u32, pos + 1))
    }
    #[inline(always)]
    fn prev(text: &[u8], pos: usize) -> Option<(u32, usize)> {
        let at = pos.checked_sub(1)?;
        text.get(at).map(|b| (*b as u32, at))
    }

    fn back(_: &[u8], pos: usize, n: usize) -> Option<usize> {
        pos.checked_sub(n)
    }
}

/// WTF-8 with characters beyond ASCII.
pub struct Wide;
impl Encoding for Wide {
    #[inline(always)]
    fn next(text: &[u8], pos: usize) -> Option<(u32, usize)> {
        let lead = *text.get(pos)?;
        if lead < 0x80 {
            return Some((lead as u32, pos + 1));
        }
        wtf8::decode_at(text, pos).map(|(ch, width)| (ch, pos + width.max(1)))
    }
    #[inline(always)]
    fn prev(text: &[u8], pos: usize) -> Option<(u32, usize)> {
        let at = pos.checked_sub(1)?;
        let last = *text.get(at)?;
        if last < 0x80 {
            return Some((last as u32, at));
        }
        let (ch, width) = wtf8::decode_before(text, pos)?;
        Some((ch, pos.checked_sub(width.max(1))?))
    }
    fn back(text: &[u8], mut pos: usize, n: usize) -> Option<usize> {
        for _ in 0..n {
            pos = Self::prev(text, pos)?.1;
        }
        Some(pos)
    }
}

#[inline]
pub fn is_word_ascii(ch: u32) -> bool {
    ch < 128 && ((ch as u8).is_ascii_alphanumeric() || ch as u8 == b'_')
}
#[inline]
pub fn is_word_unicode(ch: u32) -> bool {
    if ch < 128 {
        is_word_ascii(ch)
    } else {
        unicode::is_alnum(ch)
    }
}
#[inline]
fn is_space_ascii(ch: u32) -> bool {
    matches!(ch, 9..=13 | 32)
}

/// Whether a character is of a category of character classes. The locale is the C locale, where only ASCII letters are letters.
pub fn in_category(category: u32, ch: u32) -> bool {
    match category {
        c::DIGIT => (48..=57).contains(&ch),
        c::NOT_DIGIT => !(48..=57).contains(&ch),
        c::SPACE => is_space_ascii(ch),
        c::NOT_SPACE => !is_space_ascii(ch),
        c::WORD | c::LOC_WORD => is_word_ascii(ch),
        c::NOT_WORD | c::LOC_NOT_WORD => !is_word_ascii(ch),
        c::LINEBREAK => ch == 10,
        c::NOT_LINEBREAK => ch != 10,
        c::UNI_DIGIT => unicode::is_decimal(ch),
        c::UNI_NOT_DIGIT => !unicode::is_decimal(ch),
        c::UNI_SPACE => unicode::is_space(ch),
        c::UNI_NOT_SPACE => !unicode::is_space(ch),
        c::UNI_WORD => is_word_unicode(ch),
        c::UNI_NOT_WORD => !is_word_unicode(ch),
        c::UNI_LINEBREAK => unicode::is_line_break(ch),
        c::UNI_NOT_LINEBREAK => !unicode::is_line_break(ch),
        _ => false,
    }
}

#[inline]
pub fn lower_ascii(ch: u32) -> u32 {
    if (65..=90).contains(&ch) { ch + 32 } else { ch }
}
#[inline]
pub fn upper_ascii(ch: u32) -> u32 {
    if (97..=122).contains(&ch) {
        ch - 32
    } else {
        ch
    }
}
#[inline]
pub fn lower_unicode(ch: u32) -> u32 {
    if ch < 128 {
        lower_ascii(ch)
    } else {
        case_map::simple_lower(ch)
    }
}
#[inline]
pub fn upper_unicode(ch: u32) -> u32 {
    if ch < 128 {
        upper_ascii(ch)
    } else {
        case_map::simple_upper(ch)
    }
}

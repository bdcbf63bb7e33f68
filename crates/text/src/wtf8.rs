//! Generalised UTF-8: the byte form of every Python string.
//!
//! A Python `str` is a sequence of code points 0..=0x10FFFF, *including* lone surrogates. Each is encoded by the plain
//! UTF-8 scheme, so U+D800..=U+DFFF take three bytes. Unlike strict WTF-8 a high surrogate followed by a low one is
//! allowed and stays two code points: concatenation is therefore plain concatenation of bytes, and byte order equals
//! code point order, and a substring search over bytes finds exactly the code point matches.
//!
//! Decoding is total: on bytes that aren't well-formed it yields U+FFFD for a byte and goes on.

/// The largest code point.
pub const CODE_POINT_MAX: u32 = 0x10FFFF;
/// How far apart, in characters, the positions of a [`Checkpoints`] table are.
pub const CHECKPOINT_CHARS: usize = 64;

/// Is this byte the first of a code point?
#[inline]
pub fn is_boundary_byte(byte: u8) -> bool {
    (byte as i8) >= -0x40
}

#[inline]
pub fn is_surrogate(cp: u32) -> bool {
    (0xD800..=0xDFFF).contains(&cp)
}

/// How many bytes a code point takes.
#[inline]
pub fn encoded_len(cp: u32) -> usize {
    match cp {
        0..=0x7F => 1,
        0x80..=0x7FF => 2,
        0x800..=0xFFFF => 3,
        _ => 4,
    }
}

/// How many bytes the code point takes that starts with this byte.
#[inline]
pub fn width_of_lead(byte: u8) -> usize {
    match byte {
        0..=0xBF => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}

/// The code point at byte `at` and its width; `None` at the end.
#[inline]
pub fn decode_at(s: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = *s.get(at)?;
    if first < 0x80 {
        return Some((first as u32, 1));
    }
    let tail = |i: usize| s.get(at + i).map(|&b| (b & 0x3F) as u32);
    let decoded = match first {
        0xC2..=0xDF => tail(1).map(|b| (((first & 0x1F) as u32) << 6 | b, 2)),
        0xE0..=0xEF => match (tail(1), tail(2)) {
            (Some(b), Some(c)) => Some((((first & 0x0F) as u32) << 12 | b << 6 | c, 3)),
            _ => None,
        },
        0xF0..=0xF4 => match (tail(1), tail(2), tail(3)) {
            (Some(b), Some(c), Some(d)) => {
                Some((((first & 0x07) as u32) << 18 | b << 12 | c << 6 | d, 4))
                    .filter(|&(cp, _)| cp <= CODE_POINT_MAX)
            }
            _ => None,
        },
        _ => None,
    };
    Some(decoded.unwrap_or((0xFFFD, 1)))
}

/// The code point that ends just before byte `end`, and its width; `None` at the start.
#[inline]
pub fn decode_before(s: &[u8], end: usize) -> Option<(u32, usize)> {
    let end = end.min(s.len());
    let last = *s.get(end.checked_sub(1)?)?;
    if last < 0x80 {
        return Some((last as u32, 1));
    }
    for width in 2..=4 {
        let Some(at) = end.checked_sub(width) else {
            break;
        };
        if is_boundary_byte(s[at]) {
            return match decode_at(&s[..end], at) {
                Some((cp, w)) if w == width => Some((cp, w)),
                _ => break,
            };
        }
    }
    Some((0xFFFD, 1))
}

/// Appends a code point. Values past U+10FFFF become U+FFFD.
#[inline]
pub fn push(out: &mut Vec<u8>, cp: u32) {
    if cp < 0x80 {
        out.push(cp as u8);
    } else {
        let (bytes, len) = encode(cp);
        out.extend_from_slice(&bytes[..len]);
    }
}

/// The bytes of a code point, and how many of them count.
#[inline]
pub fn encode(cp: u32) -> ([u8; 4], usize) {
    let low = |shift: u32| 0x80 | (cp >> shift & 0x3F) as u8;
    match cp {
        0..=0x7F => ([cp as u8, 0, 0, 0], 1),
        0x80..=0x7FF => ([0xC0 | (cp >> 6) as u8, low(0), 0, 0], 2),
        0x800..=0xFFFF => ([0xE0 | (cp >> 12) as u8, low(6), low(0), 0], 3),
        0x10000..=CODE_POINT_MAX => ([0xF0 | (cp >> 18) as u8, low(12), low(6), low(0)], 4),
        _ => ([0xEF, 0xBF, 0xBD, 0], 3),
    }
}

/// A string of one code point.
pub fn from_code_point(cp: u32) -> Vec<u8> {
    let (bytes, len) = encode(cp);
    bytes[..len].to_vec()
}

pub fn from_code_points(cps: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let cps = cps.into_iter();
    let mut out = Vec::with_capacity(cps.size_hint().0);
    for cp in cps {
        push(&mut out, cp);
    }
    out
}

pub fn to_code_points(s: &[u8]) -> Vec<u32> {
    code_points(s).collect()
}

/// The code points of a string, from either end.
#[inline]
pub fn code_points(s: &[u8]) -> CodePoints<'_> {
    CodePoints {
        s,
        front: 0,
        back: s.len(),
    }
}

/// The code points of a string with the byte offset of each.
#[inline]
pub fn code_point_offsets(s: &[u8]) -> impl Iterator<Item = (usize, u32)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (cp, width) = decode_at(s, at)?;
        let start = at;
        at += width;
        Some((start, cp))
    })
}

#[derive(Debug, Clone)]
pub struct CodePoints<'a> {
    s: &'a [u8],
    front: usize,
    back: usize,
}

impl CodePoints<'_> {
    /// The byte offset of what `next` would return.
    pub fn offset(&self) -> usize {
        self.front
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;
    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        let (cp, width) = decode_at(self.s, self.front)?;
        self.front += width;
        Some(cp)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.back.saturating_sub(self.front);
        (left.div_ceil(4), Some(left))
    }
}

impl DoubleEndedIterator for CodePoints<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        let (cp, width) = decode_before(self.s, self.back)?;
        self.back -= width;
        Some(cp)
    }
}

/// How many code points a string has.
pub fn count(s: &[u8]) -> usize {
    // The compiler vectorises the inner sum only while it fits a byte.
    s.chunks(255)
        .map(|chunk| chunk.iter().map(|&b| is_boundary_byte(b) as u8).sum::<u8>() as usize)
        .sum()
}

/// The byte offset of character `index`; the length of the string if there is no such character.
pub fn offset_of_char(s: &[u8], index: usize) -> usize {
    forward(s, 0, index)
}

/// The byte offset `chars` characters after byte `at`.
pub fn forward(s: &[u8], mut at: usize, mut chars: usize) -> usize {
    // Whole blocks are counted, so a far index costs about what `count` does.
    while chars > 64 {
        let Some(block) = s.get(at..at + 64) else {
            break;
        };
        chars -= block.iter().map(|&b| is_boundary_byte(b) as u8).sum::<u8>() as usize;
        at += 64;
    }
    // A block may have ended inside a character, which has been counted.
    while at < s.len() && !is_boundary_byte(s[at]) {
        at += 1;
    }
    while chars > 0 && at < s.len() {
        at += width_of_lead(s[at]);
        chars -= 1;
    }
    at.min(s.len())
}

/// The byte offset `chars` characters before byte `at`.
pub fn backward(s: &[u8], at: usize, mut chars: usize) -> usize {
    let mut at = at.min(s.len());
    while chars > 0 && at > 0 {
        at -= 1;
        if is_boundary_byte(s[at]) {
            chars -= 1;
        }
    }
    at
}

/// Which character the byte at `offset` belongs to.
pub fn char_of_offset(s: &[u8], offset: usize) -> usize {
    count(&s[..offset.min(s.len())])
}

/// Byte offsets of every [`CHECKPOINT_CHARS`]th character, so that indexing a long non-ASCII string is O(1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoints {
    offsets: Vec<u32>,
    chars: usize,
}

impl Checkpoints {
    /// `None` for strings of 4 GiB and more, whose offsets don't fit.
    pub fn new(s: &[u8]) -> Option<Self> {
        u32::try_from(s.len()).ok()?;
        let mut offsets = Vec::with_capacity(s.len() / CHECKPOINT_CHARS / 2 + 1);
        let mut chars = 0;
        for (at, &byte) in s.iter().enumerate() {
            if is_boundary_byte(byte) {
                if chars % CHECKPOINT_CHARS == 0 {
                    offsets.push(at as u32);
                }
                chars += 1;
            }
        }
        Some(Checkpoints { offsets, chars })
    }
    /// From offsets stored elsewhere, as [`Checkpoints::offsets`] gave them.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }
    pub fn char_count(&self) -> usize {
        self.chars
    }
    pub fn offset_of_char(&self, s: &[u8], index: usize) -> usize {
        offset_with_table(s, &self.offsets, index)
    }
    pub fn char_of_offset(&self, s: &[u8], offset: usize) -> usize {
        char_with_table(s, &self.offsets, offset)
    }
}

/// [`offset_of_char`] through a table made by [`Checkpoints::new`] and kept as a slice.
pub fn offset_with_table(s: &[u8], table: &[u32], index: usize) -> usize {
    match table.get(index / CHECKPOINT_CHARS) {
        Some(&at) => forward(s, at as usize, index % CHECKPOINT_CHARS),
        None => s.len(),
    }
}

/// [`char_of_offset`] through a table made by [`Checkpoints::new`] and kept as a slice.
pub fn char_with_table(s: &[u8], table: &[u32], offset: usize) -> usize {
    let offset = offset.min(s.len());
    let block = table
        .partition_point(|&at| at as usize <= offset)
        .saturating_sub(1);
    let start = table.get(block).map_or(0, |&at| at as usize).min(offset);
    block * CHECKPOINT_CHARS + count(&s[start..offset])
}

/// Is this well-formed generalised UTF-8?
pub fn is_valid(mut s: &[u8]) -> bool {
    loop {
        match std::str::from_utf8(s) {
            Ok(_) => return true,
            Err(error) => {
                let rest = &s[error.valid_up_to()..];
                match rest {
                    [0xED, 0xA0..=0xBF, 0x80..=0xBF, after @ ..] => s = after,
                    _ => return false,
                }
            }
        }
    }
}

/// The string as Rust's, if it has no surrogates.
#[inline]
pub fn as_str(s: &[u8]) -> Option<&str> {
    std::str::from_utf8(s).ok()
}

/// The offset of the first lone surrogate.
pub fn find_surrogate(s: &[u8]) -> Option<usize> {
    memchr::memchr_iter(0xED, s).find(|&at| s.get(at + 1).is_some_and(|&b| b >= 0xA0))
}

/// Replaces surrogates by U+FFFD, for showing.
pub fn to_string_lossy(s: &[u8]) -> String {
    match std::str::from_utf8(s) {
        Ok(text) => text.to_owned(),
        Err(_) => code_points(s)
            .map(|cp| char::from_u32(cp).unwrap_or('\u{FFFD}'))
            .collect(),
    }
}

/// The largest code point of a string (0 for the empty one), as `str`'s storage kind and `sys.getsizeof` need it.
pub fn max_code_point(s: &[u8]) -> u32 {
    if s.is_ascii() {
        s.iter().copied().max().unwrap_or(0) as u32
    } else {
        code_points(s).max().unwrap_or(0)
    }
}

/// `s[start:stop:step]` by character indices that are already adjusted as `slice.indices` does; `length` characters.
pub fn slice_with_step(s: &[u8], start: usize, step: isize, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    let mut at = offset_of_char(s, start);
    for i in 0..length {
        let Some((_, width)) = decode_at(s, at) else {
            break;
        };
        out.extend_from_slice(s.get(at..at + width).unwrap_or(&[]));
        if i + 1 < length {
            at = if step > 0 {
                forward(s, at, step as usize)
            } else {
                backward(s, at, step.unsigned_abs())
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_point_round_trips() {
        let mut all = Vec::new();
        for cp in 0..=CODE_POINT_MAX {
            let s = from_code_point(cp);
            assert_eq!(decode_at(&s, 0), Some((cp, s.len())));
            assert_eq!(decode_before(&s, s.len()), Some((cp, s.len())));
            assert_eq!(encoded_len(cp), s.len());
            assert_eq!(width_of_lead(s[0]), s.len());
            if cp % 97 == 0 {
                all.extend_from_slice(&s);
            }
        }
        assert!(is_valid(&all));
        let points = to_code_points(&all);
        assert_eq!(points.len(), count(&all));
        let mut backwards: Vec<u32> = code_points(&all).rev().collect();
        backwards.reverse();
        assert_eq!(points, backwards);
        let table = Checkpoints::new(&all).unwrap();
        let mut at = 0;
        for (i, &cp) in points.iter().enumerate() {
            assert_eq!(table.offset_of_char(&all, i), at);
            assert_eq!(table.char_of_offset(&all, at), i);
            if i % 500 == 0 {
                assert_eq!(offset_of_char(&all, i), at);
                assert_eq!(backward(&all, all.len(), points.len() - i), at);
            }
            at += encoded_len(cp);
        }
        assert_eq!(table.offset_of_char(&all, points.len() + 5), all.len());
    }

    #[test]
    fn pairs_do_not_merge() {
        let s = from_code_points([0xD83D, 0xDE00]);
        assert_eq!(s.len(), 6);
        assert_eq!(to_code_points(&s), [0xD83D, 0xDE00]);
        assert!(is_valid(&s) && as_str(&s).is_none());
        assert_eq!(find_surrogate(&s), Some(0));
    }

    #[test]
    fn garbage_is_total() {
        for a in 0..=255u8 {
            for b in [0, 0x80, 0xBF, 0xC3, 0xE2, 0xF4, 0xFF] {
                let s = [a, b, 0x80, a];
                assert!(code_points(&s).count() <= 4);
                assert!(code_points(&s).rev().count() <= 4);
                forward(&s, 0, 3);
            }
        }
    }
}

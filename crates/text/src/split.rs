//! Splitting, stripping and lines. Results are ranges of bytes, so that the caller makes the strings.

use crate::case::is_ascii_space;
use crate::search::{Kind, find};
use crate::{unicode, wtf8};
use memchr::memmem;
use std::ops::Range;

/// The width of the white space at byte `at`; 0 if there is none.
#[inline]
fn space_at(s: &[u8], at: usize, kind: Kind) -> usize {
    match (kind, s.get(at)) {
        (_, None) => 0,
        (Kind::Bytes, Some(&b)) => is_ascii_space(b) as usize,
        (Kind::Str, Some(&b)) if b < 0x80 => unicode::is_space(b as u32) as usize,
        (Kind::Str, _) => wtf8::decode_at(s, at)
            .filter(|&(cp, _)| unicode::is_space(cp))
            .map_or(0, |(_, width)| width),
    }
}

/// The width of the white space that ends at byte `end`; 0 if there is none.
#[inline]
fn space_before(s: &[u8], end: usize, kind: Kind) -> usize {
    match kind {
        Kind::Bytes => end
            .checked_sub(1)
            .and_then(|i| s.get(i))
            .is_some_and(|&b| is_ascii_space(b)) as usize,
        Kind::Str => wtf8::decode_before(s, end)
            .filter(|&(cp, _)| unicode::is_space(cp))
            .map_or(0, |(_, width)| width),
    }
}

fn char_width(s: &[u8], at: usize, kind: Kind) -> usize {
    match kind {
        Kind::Bytes => 1,
        Kind::Str => s.get(at).map_or(1, |&b| wtf8::width_of_lead(b)),
    }
}

fn char_width_before(s: &[u8], end: usize, kind: Kind) -> usize {
    match kind {
        Kind::Bytes => 1,
        Kind::Str => wtf8::decode_before(s, end).map_or(1, |(_, width)| width),
    }
}

/// `split()`: words between white space, `max` splits at most.
pub fn split_whitespace(s: &[u8], max: usize, kind: Kind) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        at += spaces_from(s, at, kind);
        if at >= s.len() {
            return out;
        }
        if out.len() >= max {
            // The rest keeps the white space at its end.
            out.push(at..s.len());
            return out;
        }
        let start = at;
        while at < s.len() && space_at(s, at, kind) == 0 {
            at += char_width(s, at, kind);
        }
        at = at.min(s.len());
        out.push(start..at);
    }
}

fn spaces_from(s: &[u8], start: usize, kind: Kind) -> usize {
    let mut at = start;
    loop {
        match space_at(s, at, kind) {
            0 => return at - start,
            width => at += width,
        }
    }
}

/// `rsplit()`: as [`split_whitespace`], splitting from the right; in order from left to right.
pub fn rsplit_whitespace(s: &[u8], max: usize, kind: Kind) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut end = s.len();
    loop {
        loop {
            match space_before(s, end, kind) {
                0 => break,
                width => end -= width,
            }
        }
        if end == 0 {
            break;
        }
        if out.len() >= max {
            out.push(0..end);
            break;
        }
        let stop = end;
        while end > 0 && space_before(s, end, kind) == 0 {
            end -= char_width_before(s, end, kind).min(end);
        }
        out.push(end..stop);
    }
    out.reverse();
    out
}

/// `split(sep)` for a separator that isn't empty ("empty separator" is the caller's error).
pub fn split_sep(s: &[u8], sep: &[u8], max: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    if let [byte] = *sep {
        for at in memchr::memchr_iter(byte, s).take(max) {
            out.push(start..at);
            start = at + 1;
        }
    } else if !sep.is_empty() {
        for at in memmem::find_iter(s, sep).take(max) {
            out.push(start..at);
            start = at + sep.len();
        }
    }
    out.push(start..s.len());
    out
}

/// `rsplit(sep)`, in order from left to right.
pub fn rsplit_sep(s: &[u8], sep: &[u8], max: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut end = s.len();
    if !sep.is_empty() {
        for at in memmem::rfind_iter(s, sep).take(max) {
            out.push(at + sep.len()..end);
            end = at;
        }
    }
    out.push(0..end);
    out.reverse();
    out
}

/// `splitlines`. `str` knows eleven line ends, `bytes` only `\n`, `\r` and `\r\n`.
pub fn lines(s: &[u8], keep_ends: bool, kind: Kind) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < s.len() {
        let byte = s[at];
        let width = match kind {
            _ if matches!(byte, b'\n' | b'\r') => {
                1 + (byte == b'\r' && s.get(at + 1) == Some(&b'\n')) as usize
            }
            Kind::Str if byte < 0x80 => unicode::is_line_break(byte as u32) as usize,
            Kind::Str if matches!(byte, 0xC2 | 0xE2) => wtf8::decode_at(s, at)
                .filter(|&(cp, _)| unicode::is_line_break(cp))
                .map_or(0, |(_, width)| width),
            _ => 0,
        };
        if width > 0 {
            out.push(start..if keep_ends { at + width } else { at });
            start = at + width;
        }
        at += width.max(1);
    }
    if start < s.len() {
        out.push(start..s.len());
    }
    out
}

/// Where what is left of white space on the wanted sides is.
pub fn strip_whitespace(s: &[u8], left: bool, right: bool, kind: Kind) -> Range<usize> {
    let start = if left { spaces_from(s, 0, kind) } else { 0 };
    let mut end = s.len();
    while right && end > start {
        match space_before(s, end, kind) {
            0 => break,
            width => end -= width,
        }
    }
    start..end.max(start)
}

/// Where what is left of the characters of a set on the wanted sides is.
pub fn strip_chars(s: &[u8], set: &[u8], left: bool, right: bool, kind: Kind) -> Range<usize> {
    let (mut start, mut end) = (0, s.len());
    if kind == Kind::Bytes || set.is_ascii() {
        let mut wanted = [false; 256];
        set.iter().for_each(|&b| wanted[b as usize] = true);
        while left && start < end && wanted[s[start] as usize] {
            start += 1;
        }
        while right && start < end && wanted[s[end - 1] as usize] {
            end -= 1;
        }
        return start..end;
    }
    let mut wanted = wtf8::to_code_points(set);
    wanted.sort_unstable();
    let is_wanted = |cp: u32| wanted.binary_search(&cp).is_ok();
    while left && start < end {
        match wtf8::decode_at(s, start) {
            Some((cp, width)) if is_wanted(cp) => start += width,
            _ => break,
        }
    }
    while right && start < end {
        match wtf8::decode_before(s, end) {
            Some((cp, width)) if is_wanted(cp) => end -= width,
            _ => break,
        }
    }
    start..end.max(start)
}

/// `partition(sep)`: where the separator is.
pub fn partition(s: &[u8], sep: &[u8]) -> Option<Range<usize>> {
    find(s, sep).map(|at| at..at + sep.len())
}

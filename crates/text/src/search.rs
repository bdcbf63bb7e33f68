//! Finding, counting and replacing. The same functions serve `str` and `bytes`, since in generalised UTF-8 a match of
//! bytes always is a match of characters; only the empty needle needs to know which it is, by [`Kind`].
//!
//! All searches are linear in the worst case (`memchr`'s two-way search).

use crate::{TextError, wtf8};
use memchr::memmem;

/// Are these characters, or bytes?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Str,
    Bytes,
}

impl Kind {
    /// The length in units of this kind.
    pub fn len(self, s: &[u8]) -> usize {
        match self {
            Kind::Str => wtf8::count(s),
            Kind::Bytes => s.len(),
        }
    }
}

/// The byte offset of the first match.
#[inline]
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, haystack),
        _ => memmem::find(haystack, needle),
    }
}

/// The byte offset of the last match.
#[inline]
/// Where a byte is first.
pub fn position(byte: u8, haystack: &[u8]) -> Option<usize> {
    memchr::memchr(byte, haystack)
}

pub fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(haystack.len()),
        [byte] => memchr::memrchr(*byte, haystack),
        _ => memmem::rfind(haystack, needle),
    }
}

#[inline]
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

/// How many matches there are that don't overlap.
pub fn count(haystack: &[u8], needle: &[u8], kind: Kind) -> usize {
    match needle {
        [] => kind.len(haystack).saturating_add(1),
        [byte] => memchr::memchr_iter(*byte, haystack).count(),
        _ => memmem::find_iter(haystack, needle).count(),
    }
}

/// Replaces the first `max` matches; `None` if there are none, so that the original can be shared.
pub fn replace(
    s: &[u8],
    old: &[u8],
    new: &[u8],
    max: usize,
    kind: Kind,
) -> Result<Option<Vec<u8>>, TextError> {
    if max == 0 {
        return Ok(None);
    }
    if old.is_empty() {
        return insert_between(s, new, max, kind);
    }
    let mut matches = memmem::find_iter(s, old).take(max);
    let Some(first) = matches.next() else {
        return Ok(None);
    };
    let mut out = Vec::new();
    if new.len() <= old.len() {
        out.try_reserve_exact(s.len())
            .map_err(|_| TextError::memory())?;
    } else {
        let count = matches.clone().count() + 1;
        let total = (new.len() - old.len())
            .checked_mul(count)
            .and_then(|extra| extra.checked_add(s.len()));
        let total = total.ok_or_else(|| TextError::overflow("replace string is too long"))?;
        out.try_reserve_exact(total)
            .map_err(|_| TextError::memory())?;
    }
    let mut end = 0;
    for at in std::iter::once(first).chain(matches) {
        out.extend_from_slice(&s[end..at]);
        out.extend_from_slice(new);
        end = at + old.len();
    }
    out.extend_from_slice(&s[end..]);
    Ok(Some(out))
}

fn insert_between(
    s: &[u8],
    new: &[u8],
    max: usize,
    kind: Kind,
) -> Result<Option<Vec<u8>>, TextError> {
    let gaps = kind.len(s).saturating_add(1).min(max);
    let total = new
        .len()
        .checked_mul(gaps)
        .and_then(|extra| extra.checked_add(s.len()));
    let total = total.ok_or_else(|| TextError::overflow("replace string is too long"))?;
    let mut out = Vec::new();
    out.try_reserve_exact(total)
        .map_err(|_| TextError::memory())?;
    let mut at = 0;
    for _ in 0..gaps {
        out.extend_from_slice(new);
        let width = match (kind, s.get(at)) {
            (_, None) => 0,
            (Kind::Bytes, _) => 1,
            (Kind::Str, Some(&lead)) => wtf8::width_of_lead(lead),
        };
        let next = (at + width).min(s.len());
        out.extend_from_slice(&s[at..next]);
        at = next;
    }
    out.extend_from_slice(&s[at..]);
    Ok(Some(out))
}

/// `bytes.translate`: drops the bytes of `delete`, maps the others.
pub fn translate_bytes(s: &[u8], table: Option<&[u8; 256]>, delete: &[u8]) -> Vec<u8> {
    let mut dropped = [false; 256];
    delete.iter().for_each(|&b| dropped[b as usize] = true);
    s.iter()
        .filter(|&&b| !dropped[b as usize])
        .map(|&b| table.map_or(b, |t| t[b as usize]))
        .collect()
}

/// How many bytes two strings share at their start, ending at a character's border.
pub fn common_prefix(a: &[u8], b: &[u8], kind: Kind) -> usize {
    let mut len = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    while kind == Kind::Str && len > 0 && a.get(len).is_some_and(|&x| !wtf8::is_boundary_byte(x)) {
        len -= 1;
    }
    len
}

//! Case mappings of single code points. Those of strings, with their context rules, are in [`crate::case`].

use super::{lookup_trie, u32_at};

static CASE1: &[u8] = include_bytes!("data/case1.bin");
static CASE2: &[u8] = include_bytes!("data/case2.bin");
static CASES: &[u8] = include_bytes!("data/cases.bin");
static SPECIAL: &[u8] = include_bytes!("data/case_special.bin");

/// What a code point maps to: one to three code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapped {
    cps: [u32; 3],
    len: u8,
}

impl Mapped {
    pub fn as_slice(&self) -> &[u32] {
        &self.cps[..self.len as usize]
    }
    /// The mapping if it is a single code point.
    pub fn single(&self) -> Option<u32> {
        (self.len == 1).then_some(self.cps[0])
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Upper,
    Lower,
    Title,
    Fold,
}

fn map(cp: u32, kind: Kind) -> Mapped {
    let record = lookup_trie(CASE1, CASE2, cp);
    let code = u32_at(CASES, record * 4 + kind as usize);
    if code >> 31 == 0 {
        return Mapped {
            cps: [cp.wrapping_add(code).wrapping_sub(1 << 21), 0, 0],
            len: 1,
        };
    }
    let (offset, len) = (
        (code & 0x7FFF_FFFF) as usize >> 4,
        (code & 15).min(3) as usize,
    );
    let mut cps = [0; 3];
    for (i, slot) in cps.iter_mut().enumerate().take(len) {
        *slot = u32_at(SPECIAL, offset + i);
    }
    Mapped {
        cps,
        len: len as u8,
    }
}

/// The full upper case.
pub fn upper(cp: u32) -> Mapped {
    map(cp, Kind::Upper)
}
/// The full lower case; Σ gives σ, whose final form depends on the context.
pub fn lower(cp: u32) -> Mapped {
    map(cp, Kind::Lower)
}
/// The full title case.
pub fn title(cp: u32) -> Mapped {
    map(cp, Kind::Title)
}
/// The full case folding.
pub fn fold(cp: u32) -> Mapped {
    map(cp, Kind::Fold)
}

/// The simple lower case, as regular expressions use it.
pub fn simple_lower(cp: u32) -> u32 {
    // U+0130 alone has both a simple and a longer full form.
    if cp == 0x130 {
        'i' as u32
    } else {
        lower(cp).single().unwrap_or(cp)
    }
}

/// The simple upper case. Where the full one is a sequence, the title case letter if there is one.
pub fn simple_upper(cp: u32) -> u32 {
    upper(cp)
        .single()
        .or_else(|| title(cp).single())
        .unwrap_or(cp)
}

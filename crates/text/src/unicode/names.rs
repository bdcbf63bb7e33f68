//! Names of code points, and code points by name.
//!
//! A name is a sequence of words of a common dictionary. Hangul syllables and characters named after their number are
//! rules. Lookup is a binary search over the names in order, each spelled out for the comparison.

use crate::wtf8;

static WORDS: &[u8] = include_bytes!("data/name_words.bin");
static CODES: &[u8] = include_bytes!("data/name_codes.bin");
static INDEX: &[u8] = include_bytes!("data/name_index.bin");
static SORTED: &[u8] = include_bytes!("data/name_sorted.bin");

/// Aliases and named sequences: lines of a name, a semicolon and code points, in the order of the names.
static MORE: &str = include_str!("data/more_names.txt");

const WORD_COUNT: usize = 12075;
/// The names that consist of a prefix and the character's number in hexadecimal.
const NUMBERED: &[(&str, u32, u32)] = &[
    ("CJK UNIFIED IDEOGRAPH-", 0x3400, 0x4DBF),
    ("CJK UNIFIED IDEOGRAPH-", 0x4E00, 0x9FFF),
    ("CJK COMPATIBILITY IDEOGRAPH-", 0xF900, 0xFA6D),
    ("CJK COMPATIBILITY IDEOGRAPH-", 0xFA70, 0xFAD9),
    ("EGYPTIAN HIEROGLYPH-", 0x13460, 0x143FA),
    ("KHITAN SMALL SCRIPT CHARACTER-", 0x18B00, 0x18CD5),
    ("KHITAN SMALL SCRIPT CHARACTER-", 0x18CFF, 0x18CFF),
    ("NUSHU CHARACTER-", 0x1B170, 0x1B2FB),
    ("CJK UNIFIED IDEOGRAPH-", 0x20000, 0x2A6DF),
    ("CJK UNIFIED IDEOGRAPH-", 0x2A700, 0x2B739),
    ("CJK UNIFIED IDEOGRAPH-", 0x2B740, 0x2B81D),
    ("CJK UNIFIED IDEOGRAPH-", 0x2B820, 0x2CEA1),
    ("CJK UNIFIED IDEOGRAPH-", 0x2CEB0, 0x2EBE0),
    ("CJK UNIFIED IDEOGRAPH-", 0x2EBF0, 0x2EE5D),
    ("CJK COMPATIBILITY IDEOGRAPH-", 0x2F800, 0x2FA1D),
    ("CJK UNIFIED IDEOGRAPH-", 0x30000, 0x3134A),
    ("CJK UNIFIED IDEOGRAPH-", 0x31350, 0x323AF),
];

/// Found by [`lookup_code_point`], but CPython's `name` doesn't know them.
const NUMBERED_LOOKUP_ONLY: &[(&str, u32, u32)] = &[
    ("TANGUT IDEOGRAPH-", 0x17000, 0x187F7),
    ("TANGUT IDEOGRAPH-", 0x18D00, 0x18D08),
];

const HANGUL: &str = "HANGUL SYLLABLE ";
const LEADS: [&str; 19] = [
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P",
    "H",
];
const VOWELS: [&str; 21] = [
    "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
    "WI", "YU", "EU", "YI", "I",
];
const TAILS: [&str; 28] = [
    "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M",
    "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H",
];

fn u24(blob: &[u8], at: usize) -> usize {
    match blob.get(at..at + 3) {
        Some(&[a, b, c]) => a as usize | (b as usize) << 8 | (c as usize) << 16,
        _ => 0,
    }
}

fn word(number: usize) -> &'static [u8] {
    let text = (WORD_COUNT + 1) * 3;
    let (start, end) = (u24(WORDS, number * 3), u24(WORDS, number * 3 + 3));
    WORDS.get(text + start..text + end).unwrap_or(&[])
}

/// Spells out the name at an offset of [`CODES`].
fn spell(mut at: usize, out: &mut Vec<u8>) {
    out.clear();
    while let Some(&code) = CODES.get(at) {
        let number = match code {
            0xFF => break,
            0..=0xBF => code as usize,
            _ => {
                at += 1;
                (code as usize - 0xC0) << 8 | CODES.get(at).copied().unwrap_or(0) as usize
            }
        };
        at += 1;
        let text = word(number);
        // A word that begins with a hyphen continues the one before it.
        if !out.is_empty() && text.first() != Some(&b'-') {
            out.push(b' ');
        }
        out.extend_from_slice(text);
    }
}

/// `unicodedata.name`.
pub fn name(cp: u32) -> Option<String> {
    if let Some(syllable) = cp.checked_sub(0xAC00).filter(|&s| s < 11172) {
        let (l, v, t) = (syllable / 588, syllable % 588 / 28, syllable % 28);
        return Some(
            [
                HANGUL,
                LEADS[l as usize],
                VOWELS[v as usize],
                TAILS[t as usize],
            ]
            .concat(),
        );
    }
    if let Some((prefix, ..)) = NUMBERED
        .iter()
        .find(|(_, low, high)| (*low..=*high).contains(&cp))
    {
        return Some(format!("{prefix}{cp:04X}"));
    }
    let (mut low, mut high) = (0, INDEX.len() / 6);
    while low < high {
        let middle = (low + high) / 2;
        match (u24(INDEX, middle * 6) as u32).cmp(&cp) {
            std::cmp::Ordering::Equal => {
                let mut out = Vec::new();
                spell(u24(INDEX, middle * 6 + 3), &mut out);
                return String::from_utf8(out).ok();
            }
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The code points of an alias or a named sequence, given in upper case.
fn more(name: &[u8]) -> Option<Vec<u32>> {
    let (mut low, mut high) = (0, MORE.len());
    while low < high {
        // The line that holds the byte in the middle.
        let middle = (low + high) / 2;
        let start = MORE[..middle].rfind('\n').map_or(0, |i| i + 1);
        let end = MORE[middle..].find('\n').map_or(MORE.len(), |i| middle + i);
        let (found, points) = MORE[start..end].split_once(';')?;
        match found.as_bytes().cmp(name) {
            std::cmp::Ordering::Equal => {
                let points = points.split(' ').map(|p| u32::from_str_radix(p, 16));
                return points.collect::<Result<_, _>>().ok();
            }
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

/// The code point of a name or an alias, in any case (`\N{…}`). Named sequences aren't in here.
pub fn lookup_code_point(name: &[u8]) -> Option<u32> {
    let name = name.to_ascii_uppercase();
    if let Some(cp) = named(&name) {
        return Some(cp);
    }
    match *more(&name)? {
        [cp] => Some(cp),
        _ => None,
    }
}

fn named(name: &[u8]) -> Option<u32> {
    if let Some(rest) = name.strip_prefix(HANGUL.as_bytes()) {
        return hangul(rest);
    }
    for (prefix, low, high) in NUMBERED.iter().chain(NUMBERED_LOOKUP_ONLY) {
        if let Some(digits) = name.strip_prefix(prefix.as_bytes()) {
            let text = std::str::from_utf8(digits).ok()?;
            if !(4..=5).contains(&digits.len())
                || !digits.iter().all(u8::is_ascii_hexdigit)
                || digits.starts_with(b"0")
            {
                break;
            }
            let cp = u32::from_str_radix(text, 16).ok()?;
            if (*low..=*high).contains(&cp) {
                return Some(cp);
            }
        }
    }
    let (mut low, mut high) = (0, SORTED.len() / 2);
    let mut spelled = Vec::new();
    while low < high {
        let middle = (low + high) / 2;
        let entry = super::u16_at(SORTED, middle) as usize;
        spell(u24(INDEX, entry * 6 + 3), &mut spelled);
        match spelled.as_slice().cmp(name) {
            std::cmp::Ordering::Equal => return Some(u24(INDEX, entry * 6) as u32),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

fn hangul(rest: &[u8]) -> Option<u32> {
    let longest = |table: &[&str], text: &[u8]| {
        (0..table.len())
            .filter(|&i| text.starts_with(table[i].as_bytes()))
            .max_by_key(|&i| table[i].len())
    };
    let l = longest(&LEADS, rest)?;
    let rest = &rest[LEADS[l].len()..];
    let v = longest(&VOWELS, rest)?;
    let rest = &rest[VOWELS[v].len()..];
    let t = longest(&TAILS, rest)?;
    (rest.len() == TAILS[t].len()).then_some(0xAC00 + (l as u32 * 21 + v as u32) * 28 + t as u32)
}

/// `unicodedata.lookup`: a character, or a named sequence of some.
pub fn lookup(name: &[u8]) -> Option<Vec<u8>> {
    let name = name.to_ascii_uppercase();
    if let Some(cp) = named(&name) {
        return Some(wtf8::from_code_point(cp));
    }
    let points = more(&name)?;
    Some(points.into_iter().flat_map(wtf8::from_code_point).collect())
}

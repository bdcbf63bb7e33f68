//! Normalization forms: canonical and compatibility decomposition, reordering, composition (UAX #15).

use super::{combining, lookup_trie, u32_at};
use crate::wtf8;

static DECOMP1: &[u8] = include_bytes!("data/decomp1.bin");
static DECOMP2: &[u8] = include_bytes!("data/decomp2.bin");
static DECOMPS: &[u8] = include_bytes!("data/decomps.bin");
static COMPOSE: &[u8] = include_bytes!("data/compose.bin");

const TAGS: [&str; 17] = [
    "",
    "<font>",
    "<noBreak>",
    "<initial>",
    "<medial>",
    "<final>",
    "<isolated>",
    "<circle>",
    "<super>",
    "<sub>",
    "<vertical>",
    "<wide>",
    "<narrow>",
    "<small>",
    "<square>",
    "<fraction>",
    "<compat>",
];

const S_BASE: u32 = 0xAC00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11A7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;
const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    pub fn parse(name: &str) -> Option<Form> {
        match name {
            "NFC" => Some(Form::Nfc),
            "NFD" => Some(Form::Nfd),
            "NFKC" => Some(Form::Nfkc),
            "NFKD" => Some(Form::Nfkd),
            _ => None,
        }
    }
    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }
    fn compatibility(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }
}

/// Where the decomposition of a code point is in [`DECOMPS`]: tag, first word, number of words.
#[inline]
fn entry(cp: u32) -> Option<(u32, usize, usize)> {
    let at = lookup_trie(DECOMP1, DECOMP2, cp);
    if at == 0 {
        return None;
    }
    let head = u32_at(DECOMPS, at);
    Some((head >> 8, at + 1, (head & 0xFF) as usize))
}

/// `unicodedata.decomposition`.
pub fn decomposition(cp: u32) -> String {
    if cp.wrapping_sub(S_BASE) < S_COUNT {
        let mut parts = Vec::new();
        decompose(cp, false, &mut parts, 0);
        return parts
            .iter()
            .map(|p| format!("{:04X}", p.1))
            .collect::<Vec<_>>()
            .join(" ");
    }
    let Some((tag, at, len)) = entry(cp) else {
        return String::new();
    };
    let mut out = TAGS.get(tag as usize).copied().unwrap_or("").to_owned();
    for i in 0..len {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&format!("{:04X}", u32_at(DECOMPS, at + i)));
    }
    out
}

/// Appends the full decomposition with combining classes. The data nest a few levels, which `depth` bounds.
fn decompose(cp: u32, compatibility: bool, out: &mut Vec<(u8, u32)>, depth: u32) {
    let syllable = cp.wrapping_sub(S_BASE);
    if syllable < S_COUNT {
        out.push((0, L_BASE + syllable / (V_COUNT * T_COUNT)));
        out.push((0, V_BASE + syllable % (V_COUNT * T_COUNT) / T_COUNT));
        if !syllable.is_multiple_of(T_COUNT) {
            out.push((0, T_BASE + syllable % T_COUNT));
        }
        return;
    }
    match entry(cp) {
        Some((tag, at, len)) if (tag == 0 || compatibility) && depth < 16 => {
            for i in 0..len {
                decompose(u32_at(DECOMPS, at + i), compatibility, out, depth + 1);
            }
        }
        _ => out.push((combining(cp), cp)),
    }
}

fn compose_pair(first: u32, second: u32) -> Option<u32> {
    let (l, v) = (first.wrapping_sub(L_BASE), second.wrapping_sub(V_BASE));
    if l < L_COUNT && v < V_COUNT {
        return Some(S_BASE + (l * V_COUNT + v) * T_COUNT);
    }
    let (s, t) = (first.wrapping_sub(S_BASE), second.wrapping_sub(T_BASE));
    if s < S_COUNT && s % T_COUNT == 0 && (1..T_COUNT).contains(&t) {
        return Some(first + t);
    }
    let (mut low, mut high) = (0, COMPOSE.len() / 12);
    while low < high {
        let middle = (low + high) / 2;
        let key = (u32_at(COMPOSE, middle * 3), u32_at(COMPOSE, middle * 3 + 1));
        match key.cmp(&(first, second)) {
            std::cmp::Ordering::Equal => return Some(u32_at(COMPOSE, middle * 3 + 2)),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// Is every character below the first that the form could change?
fn is_trivially_normal(form: Form, s: &[u8]) -> bool {
    s.is_ascii() || form == Form::Nfc && s.iter().all(|&b| b < 0xCC)
}

/// `unicodedata.normalize`.
pub fn normalize(form: Form, s: &[u8]) -> Vec<u8> {
    if is_trivially_normal(form, s) {
        return s.to_vec();
    }
    let mut points: Vec<(u8, u32)> = Vec::with_capacity(s.len());
    let mut run_start = 0;
    for cp in wtf8::code_points(s) {
        let at = points.len();
        decompose(cp, form.compatibility(), &mut points, 0);
        for i in at..points.len() {
            if points[i].0 == 0 {
                // Marks are sorted by class, those of a class keeping their order.
                points[run_start..i].sort_by_key(|p| p.0);
                run_start = i + 1;
            }
        }
    }
    points[run_start..].sort_by_key(|p| p.0);
    if form.composes() {
        compose(&mut points);
    }
    wtf8::from_code_points(points.into_iter().map(|p| p.1))
}

fn compose(points: &mut Vec<(u8, u32)>) {
    let mut starter: Option<usize> = None;
    let mut kept = 0;
    let mut last_class: Option<u8> = None;
    for i in 0..points.len() {
        let (class, cp) = points[i];
        if let Some(at) = starter {
            // Blocked if something kept since the starter has the same class or a higher one.
            let blocked = last_class.is_some_and(|last| last >= class || last == 0);
            if !blocked && let Some(joined) = compose_pair(points[at].1, cp) {
                points[at].1 = joined;
                continue;
            }
        }
        points[kept] = (class, cp);
        if class == 0 {
            starter = Some(kept);
            last_class = None;
        } else {
            last_class = Some(class);
        }
        kept += 1;
    }
    points.truncate(kept);
}

/// `unicodedata.is_normalized`.
pub fn is_normalized(form: Form, s: &[u8]) -> bool {
    is_trivially_normal(form, s) || normalize(form, s) == s
}

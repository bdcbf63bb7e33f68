//! Strings: WTF-8 (generalised UTF-8, surrogates allowed and never merged).
//!
//! Header layout bit 0: ASCII, bit 1: interned. Word 1: byte length (low 32), hash (high 32, 0: not computed). ASCII strings' bytes
//! follow. Others have word 2: character count (low 32), index of the checkpoint table (high 32, 0: none), then the bytes. The table has the
//! byte offset of every 64th character and is built the first time that a character deep inside is asked for.

use crate::header;
use crate::kind::Kind;
use crate::object::typed;
use crate::siphash::siphash13;
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// A str.
    Str as_exact_str as_str Str;
}

pub(crate) const ASCII: u16 = 1;
pub(crate) const INTERNED: u16 = 2;
/// Characters between two checkpoints.
const CHECKPOINT: usize = 64;
const LOW: u64 = 0xFFFF_FFFF;

/// The number of characters of WTF-8 text.
fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| (**b as i8) >= -0x40).count()
}

/// How many bytes the character that starts with `lead` has.
#[inline(always)]
fn char_bytes(lead: u8) -> usize {
    match lead {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

/// The character at the start of `bytes`, and its length; a lone byte of broken text stands for itself.
#[inline]
fn decode(bytes: &[u8]) -> Option<(u32, usize)> {
    let b = |i: usize| bytes.get(i).map_or(0, |b| (*b & 0x3F) as u32);
    let lead = *bytes.first()?;
    let n = char_bytes(lead).min(bytes.len());
    let c = match n {
        1 => lead as u32,
        2 => ((lead & 0x1F) as u32) << 6 | b(1),
        3 => ((lead & 0x0F) as u32) << 12 | b(1) << 6 | b(2),
        _ => ((lead & 0x07) as u32) << 18 | b(1) << 12 | b(2) << 6 | b(3),
    };
    Some((c, n))
}

/// The 32 bits that a string stores of its hash; never 0.
pub(crate) fn hash32(key: (u64, u64), bytes: &[u8]) -> u32 {
    let h = siphash13(key, bytes);
    ((h ^ h >> 32) as u32).max(1)
}

/// Python's `hash()` of a string or bytes whose stored bits are `h`: bijective, and never -1.
#[inline(always)]
pub(crate) fn spread(h: u32) -> u64 {
    let x = (h as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if x == u64::MAX { u64::MAX - 1 } else { x }
}

/// The characters of a string as code points.
#[derive(Clone)]
pub struct StrIter<'v>(&'v [u8]);

impl Iterator for StrIter<'_> {
    type Item = u32;
    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (c, n) = decode(self.0)?;
        self.0 = &self.0[n..];
        Some(c)
    }
}

impl<'v> Str<'v> {
    #[inline(always)]
    fn flags(self, heap: &Heap) -> u16 {
        header::layout(heap.load(self.place(0)))
    }

    /// Whether all characters are ASCII.
    #[inline(always)]
    pub fn is_ascii(self, heap: &Heap) -> bool {
        self.flags(heap) & ASCII != 0
    }

    /// Whether it is the one interned string of its content, so that pointer equality decides.
    #[inline(always)]
    pub fn is_interned(self, heap: &Heap) -> bool {
        self.flags(heap) & INTERNED != 0
    }

    /// Length in bytes of WTF-8.
    #[inline(always)]
    pub fn byte_len(self, heap: &Heap) -> usize {
        (heap.load(self.place(1)) & LOW) as usize
    }

    /// Length in characters: Python's `len()`.
    #[inline(always)]
    pub fn char_len(self, heap: &Heap) -> usize {
        if self.is_ascii(heap) {
            self.byte_len(heap)
        } else {
            (heap.load(self.place(2)) & LOW) as usize
        }
    }

    /// The bytes: WTF-8.
    #[inline(always)]
    pub fn bytes(self, heap: &Heap) -> &[u8] {
        let start = if self.is_ascii(heap) { 2 } else { 3 };
        heap.cage.lend_bytes(self.place(start), self.byte_len(heap))
    }

    /// The text, unless it has surrogates.
    #[inline]
    pub fn as_utf8(self, heap: &Heap) -> Option<&str> {
        std::str::from_utf8(self.bytes(heap)).ok()
    }

    /// The text, surrogates replaced by U+FFFD: for messages of ours.
    pub fn to_string_lossy(self, heap: &Heap) -> String {
        self.chars(heap)
            .map(|c| char::from_u32(c).unwrap_or('\u{FFFD}'))
            .collect()
    }

    /// The characters as code points.
    #[inline]
    pub fn chars(self, heap: &Heap) -> StrIter<'_> {
        StrIter(self.bytes(heap))
    }

    /// The byte offset of character `i`; the end for `i` at or beyond it.
    pub fn char_to_byte(self, heap: &Heap, i: usize) -> usize {
        if self.is_ascii(heap) {
            return i.min(self.byte_len(heap));
        }
        let bytes = self.bytes(heap);
        if i >= self.char_len(heap) {
            return bytes.len();
        }
        let mut at = if i >= CHECKPOINT {
            self.checkpoint(heap, i / CHECKPOINT)
        } else {
            0
        };
        let from = if at == 0 {
            0
        } else {
            i / CHECKPOINT * CHECKPOINT
        };
        for _ in from..i {
            at += char_bytes(bytes.get(at).copied().unwrap_or(0));
        }
        at.min(bytes.len())
    }

    /// The character that byte offset `at` is in or starts.
    pub fn byte_to_char(self, heap: &Heap, at: usize) -> usize {
        if self.is_ascii(heap) {
            return at.min(self.byte_len(heap));
        }
        let bytes = self.bytes(heap);
        let at = at.min(bytes.len());
        let chars = self.char_len(heap);
        if chars <= CHECKPOINT || at <= CHECKPOINT {
            return count_chars(&bytes[..at]);
        }
        // The last checkpoint at or before the offset.
        let (mut low, mut high) = (0, (chars - 1) / CHECKPOINT);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if self.checkpoint(heap, middle) <= at {
                low = middle
            } else {
                high = middle - 1
            }
        }
        let from = if low == 0 {
            0
        } else {
            self.checkpoint(heap, low)
        };
        low * CHECKPOINT + count_chars(bytes.get(from..at).unwrap_or(&[]))
    }

    /// Byte offset of character `n * CHECKPOINT`.
    fn checkpoint(self, heap: &Heap, n: usize) -> usize {
        let word = heap.load(self.place(2));
        let mut table = (word >> 32) as usize;
        if table == 0 {
            match self.build_checkpoints(heap) {
                Ok(t) => table = t as usize,
                // Without memory for a table the walk starts at the front.
                Err(NoMemory) => return 0,
            }
        }
        let pair = heap.load(table + 2 + n / 2);
        (pair >> (n % 2 * 32) & LOW) as usize
    }

    #[cold]
    fn build_checkpoints(self, heap: &Heap) -> Result<u32, NoMemory> {
        let bytes = self.bytes(heap);
        let entries = self.char_len(heap).div_ceil(CHECKPOINT);
        let table = heap.new_raw(entries * 4)?;
        let (mut n, mut pair) = (0, 0);
        for (i, (at, _)) in bytes
            .iter()
            .enumerate()
            .filter(|(_, b)| (**b as i8) >= -0x40)
            .enumerate()
        {
            if i % CHECKPOINT == 0 {
                pair |= (at as u64) << (n % 2 * 32);
                if n % 2 == 1 {
                    heap.put(table.place(2 + n / 2), std::mem::take(&mut pair));
                }
                n += 1;
            }
        }
        if n % 2 == 1 {
            heap.put(table.place(2 + n / 2), pair);
        }
        // Word 2 is in front of the payload, so no loan sees this store.
        heap.put(
            self.place(2),
            heap.load(self.place(2)) & LOW | (table.index() as u64) << 32,
        );
        heap.barrier(self.index());
        Ok(table.index())
    }

    /// The character at index `i`.
    #[inline]
    pub fn char_at(self, heap: &Heap, i: usize) -> Option<u32> {
        if i >= self.char_len(heap) {
            return None;
        }
        let at = self.char_to_byte(heap, i);
        decode(self.bytes(heap).get(at..)?).map(|(c, _)| c)
    }

    /// Whether both have the same content.
    #[inline]
    pub fn eq(self, heap: &Heap, other: Str<'_>) -> bool {
        if self.index() == other.index() {
            return true;
        }
        let (a, b) = (heap.load(self.place(1)), heap.load(other.place(1)));
        if a & LOW != b & LOW {
            return false;
        }
        // Stored hashes that differ settle it.
        if a >> 32 != b >> 32 && a >> 32 != 0 && b >> 32 != 0 {
            return false;
        }
        if self.is_interned(heap) && other.is_interned(heap) {
            return false;
        }
        self.bytes(heap) == other.bytes(heap)
    }

    /// The bits of the hash that are stored.
    #[inline(always)]
    pub(crate) fn hash32(self, heap: &Heap) -> u32 {
        let word = heap.load(self.place(1));
        if word >> 32 != 0 {
            (word >> 32) as u32
        } else {
            self.compute_hash(heap, word)
        }
    }

    /// Stores the hash, which whoever looked for such a string has computed.
    pub(crate) fn set_hash32(self, heap: &Heap, hash: u32) {
        let word = heap.load(self.place(1));
        heap.put(self.place(1), word & LOW | u64::from(hash) << 32);
    }

    #[inline(never)]
    fn compute_hash(self, heap: &Heap, word: u64) -> u32 {
        let h = hash32(heap.hash_key, self.bytes(heap));
        heap.put(self.place(1), word & LOW | (h as u64) << 32);
        h
    }

    /// Python's `hash()`.
    #[inline(always)]
    pub fn hash(self, heap: &Heap) -> u64 {
        if heap.load(self.place(1)) & LOW == 0 {
            0
        } else {
            spread(self.hash32(heap))
        }
    }
}

impl Heap {
    /// A str of WTF-8 bytes.
    #[inline]
    pub fn new_str(&self, bytes: &[u8]) -> Result<Str<'_>, NoMemory> {
        if let [byte @ ..0x80] = *bytes {
            return Ok(self.str_from_char(u32::from(byte)));
        }
        if bytes.len() <= 2 || !bytes.is_ascii() {
            return self.new_str_parts(&[bytes]);
        }
        let s = self.alloc_str(bytes.len(), true, bytes.len())?;
        self.cage.write_bytes(s.place(2) * 8, bytes);
        Ok(s)
    }

    /// Strings with `sep` between them; None if one of the items is no exact str. They are walked twice.
    pub fn new_str_joined<'v>(
        &'v self,
        sep: Str<'v>,
        items: impl Iterator<Item = Value<'v>> + Clone,
    ) -> Result<Option<Str<'v>>, NoMemory> {
        let (mut len, mut chars, mut ascii, mut gaps) = (0usize, 0usize, true, 0usize);
        for item in items.clone() {
            let Some(s) = item.as_exact_str(self) else {
                return Ok(None);
            };
            len = len.checked_add(s.byte_len(self)).ok_or(NoMemory)?;
            chars += s.char_len(self);
            ascii &= s.is_ascii(self);
            gaps += 1;
        }
        let gaps = gaps.saturating_sub(1);
        let between = sep.bytes(self);
        if gaps > 0 && !between.is_empty() {
            let more = between.len().checked_mul(gaps).ok_or(NoMemory)?;
            len = len.checked_add(more).ok_or(NoMemory)?;
            chars += sep.char_len(self) * gaps;
            ascii &= sep.is_ascii(self);
        }
        if len <= 2 {
            let parts = items.flat_map(|i| i.as_exact_str(self)).enumerate();
            let mut few = Vec::with_capacity(2);
            for (i, part) in parts {
                few.extend_from_slice(if i > 0 { between } else { b"" });
                few.extend_from_slice(part.bytes(self));
            }
            return self.new_str(&few).map(Some);
        }
        let made = self.alloc_str(len, ascii, chars)?;
        let mut at = made.place(if ascii { 2 } else { 3 }) * 8;
        let end = at + len;
        for (i, item) in items.enumerate() {
            if i > 0 && !between.is_empty() {
                at = self.write_part(at, end, sep);
            }
            if let Some(s) = item.as_exact_str(self) {
                at = self.write_part(at, end, s);
            }
        }
        Ok(Some(made))
    }

    /// Writes a part of a text that goes on to byte offset `end`, and gives the offset behind it.
    #[inline(always)]
    fn write_part(&self, at: usize, end: usize, part: Str<'_>) -> usize {
        let n = part.byte_len(self);
        if n <= 8 && at + 8 <= end {
            // The whole word: what follows is written over the rest.
            let word = self.load(part.place(if part.is_ascii(self) { 2 } else { 3 }));
            self.cage.write_bytes(at, &word.to_ne_bytes());
        } else {
            self.cage.write_bytes(at, part.bytes(self));
        }
        at + n
    }

    /// `x` and `y` behind each other, neither of them empty: what they are made of is known without looking.
    pub fn new_str_concat<'v>(&'v self, x: Str<'v>, y: Str<'v>) -> Result<Str<'v>, NoMemory> {
        let (a, b) = (x.bytes(self), y.bytes(self));
        let ascii = x.is_ascii(self) && y.is_ascii(self);
        let len = a.len().checked_add(b.len()).ok_or(NoMemory)?;
        let s = self.alloc_str(len, ascii, x.char_len(self) + y.char_len(self))?;
        let at = s.place(if ascii { 2 } else { 3 }) * 8;
        self.cage.write_bytes(at, a);
        self.cage.write_bytes(at + a.len(), b);
        Ok(s)
    }

    /// A str of ASCII bytes; others are taken as WTF-8.
    #[inline]
    pub fn new_str_ascii(&self, bytes: &[u8]) -> Result<Str<'_>, NoMemory> {
        self.new_str(bytes)
    }

    /// A str.
    #[inline]
    pub fn str_from(&self, text: &str) -> Result<Str<'_>, NoMemory> {
        self.new_str_parts(&[text.as_bytes()])
    }

    /// The concatenation of parts, each WTF-8. (A high surrogate at the end of one and a low one at the start of the next stay two characters.)
    pub fn new_str_parts(&self, parts: &[&[u8]]) -> Result<Str<'_>, NoMemory> {
        let mut len = 0usize;
        let mut ascii = true;
        for part in parts {
            len = len.checked_add(part.len()).ok_or(NoMemory)?;
            ascii = ascii && part.is_ascii();
        }
        if len <= 2
            && let Some(cached) = self.cached_str(parts, len)
        {
            return Ok(cached);
        }
        let chars = if ascii {
            len
        } else {
            parts.iter().map(|p| count_chars(p)).sum()
        };
        let s = self.alloc_str(len, ascii, chars)?;
        let mut at = s.place(if ascii { 2 } else { 3 }) * 8;
        for part in parts {
            self.cage.write_bytes(at, part);
            at += part.len();
        }
        Ok(s)
    }

    /// `part` `times` times over.
    pub fn new_str_repeated(&self, part: &[u8], times: usize) -> Result<Str<'_>, NoMemory> {
        let len = part.len().checked_mul(times).ok_or(NoMemory)?;
        if len == 0 || times == 1 {
            return self.new_str(if len == 0 { b"" } else { part });
        }
        let ascii = part.is_ascii();
        let chars = if ascii {
            len
        } else {
            count_chars(part) * times
        };
        let s = self.alloc_str(len, ascii, chars)?;
        let start = s.place(if ascii { 2 } else { 3 }) * 8;
        self.cage.write_bytes(start, part);
        // Double what is there.
        let mut done = part.len();
        while done < len {
            let n = done.min(len - done);
            self.cage.copy_bytes(start, start + done, n);
            done += n;
        }
        Ok(s)
    }

    /// The str of one character (a surrogate is one too); U+FFFD stands for what is none.
    pub fn str_from_char(&self, c: u32) -> Str<'_> {
        if c < 256
            && let Some(word) = self.latin1.get(c as usize).map(|w| w.get())
            && !word.is_empty()
        {
            return Str(word.value(self));
        }
        let c = if c > 0x10FFFF { 0xFFFD } else { c };
        let tail = |shift: u32| 0x80 | (c >> shift & 0x3F) as u8;
        let mut bytes = [0; 8];
        let n = match c {
            0..0x80 => {
                bytes[0] = c as u8;
                1
            }
            0x80..0x800 => {
                bytes[..2].copy_from_slice(&[0xC0 | (c >> 6) as u8, tail(0)]);
                2
            }
            0x800..0x10000 => {
                bytes[..3].copy_from_slice(&[0xE0 | (c >> 12) as u8, tail(6), tail(0)]);
                3
            }
            _ => {
                bytes[..4].copy_from_slice(&[0xF0 | (c >> 18) as u8, tail(12), tail(6), tail(0)]);
                4
            }
        };
        let ascii = n == 1;
        let at = self.alloc_small(
            Kind::Str,
            if ascii { ASCII } else { 0 },
            0,
            if ascii { 3 } else { 4 },
        );
        self.put(at as usize + 1, n);
        if !ascii {
            self.put(at as usize + 2, 1);
        }
        self.put(
            at as usize + if ascii { 2 } else { 3 },
            u64::from_le_bytes(bytes),
        );
        Str(Word::reference(at).value(self))
    }

    /// The empty str.
    #[inline(always)]
    pub fn empty_str(&self) -> Str<'_> {
        Str(self.latin1[256].get().value(self))
    }

    fn alloc_str(&self, len: usize, ascii: bool, chars: usize) -> Result<Str<'_>, NoMemory> {
        if len > u32::MAX as usize {
            return Err(NoMemory);
        }
        let start = if ascii { 2 } else { 3 };
        let (at, _) = self.alloc(
            Kind::Str,
            if ascii { ASCII } else { 0 },
            0,
            start + len.div_ceil(8),
        )?;
        self.put(at as usize + 1, len as u64);
        if !ascii {
            self.put(at as usize + 2, chars as u64);
        }
        Ok(Str(Word::reference(at).value(self)))
    }

    /// The cached strings: "" and those of one Latin-1 character.
    fn cached_str(&self, parts: &[&[u8]], len: usize) -> Option<Str<'_>> {
        let mut bytes = parts.iter().flat_map(|p| p.iter().copied());
        let index = match (len, bytes.next(), bytes.next()) {
            (0, _, _) => 256,
            (1, Some(b), _) if b < 0x80 => b as usize,
            (2, Some(a @ 0xC2..=0xC3), Some(b)) => ((a & 3) as usize) << 6 | (b & 0x3F) as usize,
            _ => return None,
        };
        self.latin1
            .get(index)
            .map(|w| w.get())
            .filter(|w| !w.is_empty())
            .map(|w| Str(w.value(self)))
    }

    pub(crate) fn make_singletons(&self) -> Result<(), NoMemory> {
        let empty = self.alloc_str(0, true, 0)?;
        self.latin1[256].set(empty.word());
        for c in 0..256 {
            self.latin1[c as usize].set(self.str_from_char(c).word());
        }
        for word in &self.latin1 {
            self.make_old((word.get().bits() >> 32) as u32);
            self.intern_str(Str(word.get().value(self)));
        }
        let tuple = self.new_tuple_from(0, |_| Value::EMPTY)?;
        self.make_old(tuple.index());
        self.empty_tuple.set(tuple.word());
        Ok(())
    }
}

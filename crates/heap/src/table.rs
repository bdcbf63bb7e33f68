//! The hash table behind dicts: compact and insertion-ordered. Sets have their own, in `set_table.rs`.
//!
//! *Entries* are a value array in order of insertion: key, value (dicts), hash (only when some key's hash cannot be derived from
//! its word, that is when not all keys are exact strings and immediate integers). A removed entry has the key EMPTY. The *index* is a raw array of
//! 8-, 16- or 32-bit elements, absent while there are at most eight entries; an element holds the entry number plus one in its low bits (as
//! many as the slot count has) and bits of the hash above them, so that hardly any key is looked at in vain.
//!
//! Both storages belong to one table, so they are freed as soon as they are outgrown. The number of entries used never exceeds two thirds of the slots,
//! and every entry takes at most one slot (removed ones leave a tombstone), so that probing ends.
//!
//! Nothing here calls Python: where a key could equal another only by its `__eq__`, `probe` hands the pair to the VM and can go on afterwards.

use crate::header;
use crate::kind::Kind;
use crate::strings::Str;
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

/// Hashes count modulo 2^61, since they are stored as immediate integers.
pub(crate) const HASH_MASK: u64 = (1 << 61) - 1;
/// Tables of at most so many entries are scanned.
const SCAN_MAX: usize = 8;
/// Tables that have had fewer entries than this grow rather than close gaps.
const SMALL_MAX: usize = 5;
/// The most entries: the count shares a word.
const ENTRIES_MAX: usize = (1 << 30) - 1;

const LIVE: usize = 1;
const USED: usize = 2;
const ENTRIES: usize = 3;
const INDEX: usize = 4;
pub(crate) const VERSION: usize = 5;
const ROOM: usize = 6;
/// Words of a table object.
const TABLE_WORDS: usize = 7;

/// How far a look-up has got.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub(crate) hash: u64,
    pub(crate) version: u32,
    pub(crate) started: bool,
    pub(crate) at: usize,
    /// For sets: the neighbour of `at`.
    pub(crate) near: usize,
    pub(crate) perturb: u64,
}

impl Probe {
    /// A look-up of a key with this hash.
    pub fn new(hash: u64) -> Probe {
        Probe {
            hash: hash & HASH_MASK,
            version: 0,
            started: false,
            at: 0,
            near: 0,
            perturb: 0,
        }
    }
}

/// What a look-up found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'v> {
    /// The entry of the key.
    Entry(usize),
    /// An entry whose key has the same hash: ask Python whether it equals, and if not, probe on.
    Candidate(usize, Value<'v>),
    /// The key is not there.
    Absent,
}

/// The table at an index of the cage; `V` says whether entries have a value.
#[derive(Clone, Copy)]
pub(crate) struct Table<const V: usize>(pub u32);

/// The hash of a key that needs none stored.
#[inline(always)]
pub(crate) fn derived_hash(heap: &Heap, key: Value<'_>) -> Option<u64> {
    if let Some(i) = key.as_small_int() {
        return Some(int_hash(i));
    }
    key.as_exact_str(heap).map(|s| s.hash(heap) & HASH_MASK)
}

#[inline(always)]
pub(crate) fn int_hash(i: i64) -> u64 {
    (if i == -1 { -2i64 } else { i }) as u64 & HASH_MASK
}

/// The slots of an index.
#[derive(Clone, Copy)]
struct Index {
    /// First word of the elements.
    at: usize,
    /// Two to this many slots.
    bits: u32,
}

impl Index {
    #[inline(always)]
    fn mask(self) -> usize {
        (1 << self.bits) - 1
    }

    /// Two to this many bits an element.
    #[inline(always)]
    fn width_log(self) -> u32 {
        match self.bits {
            0..=8 => 3,
            9..=16 => 4,
            _ => 5,
        }
    }

    #[inline(always)]
    fn load(self, heap: &Heap, slot: usize) -> u32 {
        let bit = slot << self.width_log();
        let word = heap.load(self.at + bit / 64) >> (bit % 64);
        (word & (u64::MAX >> (64 - (1 << self.width_log())))) as u32
    }

    #[inline(always)]
    fn store(self, heap: &Heap, slot: usize, element: u32) {
        let bit = slot << self.width_log();
        let at = self.at + bit / 64;
        let mask = u64::MAX >> (64 - (1 << self.width_log())) << (bit % 64);
        heap.put(
            at,
            heap.load(at) & !mask | (element as u64) << (bit % 64) & mask,
        );
    }

    /// The bits of the hash that an element carries above the entry number.
    #[inline(always)]
    fn tag(self, hash: u64) -> u32 {
        let spread = (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32;
        let width = 1u32 << self.width_log();
        let keep = if width == 32 {
            u32::MAX
        } else {
            (1 << width) - 1
        };
        (spread & keep) >> self.bits << self.bits
    }

    #[inline(always)]
    fn entry(self, element: u32) -> usize {
        element as usize & self.mask()
    }

    /// The element of a removed entry.
    #[inline(always)]
    fn tombstone(self) -> u32 {
        self.mask() as u32
    }
}

/// The slots that an index for so many entries has, as a power of two.
fn index_bits(room: usize) -> u32 {
    (room * 3 / 2 + 2)
        .next_power_of_two()
        .max(16)
        .trailing_zeros()
}

impl<const V: usize> Table<V> {
    #[inline(always)]
    fn place(self, word: usize) -> usize {
        self.0 as usize + word
    }

    #[inline(always)]
    fn field(self, heap: &Heap, field: usize) -> usize {
        (heap.load(self.place(field)) >> 3) as usize
    }

    #[inline(always)]
    fn set_field(self, heap: &Heap, field: usize, n: usize) {
        heap.put(self.place(field), (n as u64) << 3);
    }

    /// Live entries.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        self.field(heap, LIVE)
    }

    /// Entries used, removed ones included: positions of iteration are below this.
    #[inline(always)]
    pub fn used(self, heap: &Heap) -> usize {
        self.field(heap, USED) & ENTRIES_MAX
    }

    /// No live entry is before this one.
    #[inline(always)]
    fn first(self, heap: &Heap) -> usize {
        self.field(heap, USED) >> 30
    }

    #[inline(always)]
    fn set_used(self, heap: &Heap, first: usize, used: usize) {
        self.set_field(heap, USED, first << 30 | used);
    }

    #[inline(always)]
    pub fn version(self, heap: &Heap) -> u32 {
        (self.field(heap, VERSION) >> 1) as u32
    }

    #[inline(always)]
    fn hashed(self, heap: &Heap) -> bool {
        self.field(heap, VERSION) & 1 != 0
    }

    #[inline(always)]
    fn touch(self, heap: &Heap, hashed: bool) {
        self.set_field(
            heap,
            VERSION,
            (heap.next_version() as usize) << 1 | hashed as usize,
        );
    }

    #[inline(always)]
    fn stride(self, heap: &Heap) -> usize {
        1 + V + self.hashed(heap) as usize
    }

    /// The storage of the entries; 0 for none.
    #[inline(always)]
    fn entries(self, heap: &Heap) -> usize {
        let word = heap.load(self.place(ENTRIES));
        if Word::from_bits(word).is_ref() {
            (word >> 32) as usize
        } else {
            0
        }
    }

    #[inline(always)]
    fn index(self, heap: &Heap) -> Option<Index> {
        let word = heap.load(self.place(INDEX));
        if !Word::from_bits(word).is_ref() {
            return None;
        }
        let raw = (word >> 32) as usize;
        // The bits are kept in the layout field of the raw array.
        Some(Index {
            at: raw + 2,
            bits: header::layout(heap.load(raw)) as u32 & 31,
        })
    }

    /// Stores a value where `value_at` said that an entry's is, with the version unchanged since; false for any other place.
    pub fn set_value_place(self, heap: &Heap, at: usize, value: Value<'_>) -> bool {
        let s = self.entries(heap);
        let inside = s != 0 && at > s + 2 && at < s + 2 + self.used(heap) * self.stride(heap);
        if inside {
            heap.store(s as u32, heap.load(s), at, value.word());
        }
        inside
    }

    /// The word of the value of an entry.
    pub fn value_at(self, heap: &Heap, entry: usize) -> usize {
        self.key_at(heap, entry) + V
    }

    /// The word of the key of an entry.
    #[inline(always)]
    fn key_at(self, heap: &Heap, entry: usize) -> usize {
        self.entries(heap) + 2 + entry * self.stride(heap)
    }

    /// The key of a live entry.
    #[inline(always)]
    pub fn key(self, heap: &Heap, entry: usize) -> Option<Value<'_>> {
        if entry >= self.used(heap) {
            return None;
        }
        heap.load_word(self.key_at(heap, entry))
            .value(heap)
            .non_empty()
    }

    /// The value of a live entry.
    #[inline(always)]
    pub fn value(self, heap: &Heap, entry: usize) -> Option<Value<'_>> {
        if V == 0 || entry >= self.used(heap) {
            return None;
        }
        heap.load_word(self.key_at(heap, entry) + 1)
            .value(heap)
            .non_empty()
    }

    /// Stores the value of a live entry.
    #[inline(always)]
    pub fn set_value(self, heap: &Heap, entry: usize, value: Value<'_>) -> bool {
        if V == 0 || entry >= self.used(heap) {
            return false;
        }
        let (s, at) = (self.entries(heap), self.key_at(heap, entry));
        if heap.load(at) == Word::EMPTY.bits() {
            return false;
        }
        heap.store(s as u32, heap.load(s), at + 1, value.word());
        true
    }

    /// The hash of a live entry, modulo 2^61.
    pub fn hash_of(self, heap: &Heap, entry: usize) -> u64 {
        let at = self.key_at(heap, entry);
        if self.hashed(heap) {
            heap.load(at + 1 + V) >> 3
        } else {
            derived_hash(heap, heap.load_word(at).value(heap)).unwrap_or(0)
        }
    }

    /// The first live entry at or behind `pos`.
    #[inline]
    pub fn next(self, heap: &Heap, pos: usize) -> Option<usize> {
        let used = self.used(heap);
        let mut pos = pos.max(self.first(heap));
        while pos < used {
            if heap.load(self.key_at(heap, pos)) != Word::EMPTY.bits() {
                return Some(pos);
            }
            pos += 1;
        }
        None
    }

    /// The last live entry before `end`.
    pub fn previous(self, heap: &Heap, end: usize) -> Option<usize> {
        let first = self.first(heap);
        (first..end.min(self.used(heap)))
            .rev()
            .find(|e| heap.load(self.key_at(heap, *e)) != Word::EMPTY.bits())
    }

    /// Looks a string up by content; keys that are instances of subclasses of str count by content too.
    #[inline]
    pub fn find_str(self, heap: &Heap, key: Str<'_>) -> Option<usize> {
        let Some(index) = self.index(heap) else {
            return self.scan_str(heap, key);
        };
        let hash = key.hash(heap) & HASH_MASK;
        let (tag, mask) = (index.tag(hash), index.mask());
        let (mut slot, mut perturb) = (hash as usize & mask, hash);
        let (entries, stride) = (self.entries(heap) + 2, self.stride(heap));
        loop {
            let element = index.load(heap, slot);
            if element == 0 {
                return None;
            }
            let entry = index.entry(element);
            if element & !(mask as u32) == tag && entry != mask {
                let word = heap.load_word(entries + (entry - 1) * stride);
                if word == key.word() || same_str(heap, word, key) {
                    return Some(entry - 1);
                }
            }
            perturb >>= 5;
            slot = (slot * 5 + perturb as usize + 1) & mask;
        }
    }

    fn scan_str(self, heap: &Heap, key: Str<'_>) -> Option<usize> {
        let (start, stride, used) = (self.entries(heap) + 2, self.stride(heap), self.used(heap));
        let keys = heap.cage.words().get(start..start + used * stride)?;
        if let Some(i) = keys
            .chunks_exact(stride)
            .position(|e| e[0].get() == key.word().bits())
        {
            return Some(i);
        }
        keys.chunks_exact(stride)
            .position(|e| same_str(heap, Word::from_bits(e[0].get()), key))
    }

    /// Looks an immediate integer up; keys of other types that equal it are not found.
    #[inline]
    pub fn find_int(self, heap: &Heap, key: i64) -> Option<usize> {
        let word = Word::small_int(key)?;
        let Some(index) = self.index(heap) else {
            return (0..self.used(heap)).find(|e| heap.load(self.key_at(heap, *e)) == word.bits());
        };
        let hash = int_hash(key);
        let mask = index.mask();
        let (mut slot, mut perturb) = (hash as usize & mask, hash);
        let (entries, stride) = (self.entries(heap) + 2, self.stride(heap));
        loop {
            let element = index.load(heap, slot);
            if element == 0 {
                return None;
            }
            let entry = index.entry(element);
            if entry != mask && heap.load(entries + (entry - 1) * stride) == word.bits() {
                return Some(entry - 1);
            }
            perturb >>= 5;
            slot = (slot * 5 + perturb as usize + 1) & mask;
        }
    }

    /// Starts or resumes a look-up. When the keys changed in between it starts over.
    pub fn probe<'v>(self, heap: &'v Heap, key: Value<'_>, probe: &mut Probe) -> Found<'v> {
        let hash = probe.hash;
        if !probe.started || probe.version != self.version(heap) {
            *probe = Probe {
                hash,
                version: self.version(heap),
                started: true,
                at: 0,
                near: 0,
                perturb: hash,
            };
            probe.at = self
                .index(heap)
                .map_or(0, |index| hash as usize & index.mask());
        }
        let Some(index) = self.index(heap) else {
            while probe.at < self.used(heap) {
                let entry = probe.at;
                probe.at += 1;
                if let Some(found) = self.judge(heap, entry, key, hash) {
                    return found;
                }
            }
            return Found::Absent;
        };
        let (tag, mask) = (index.tag(hash), index.mask());
        loop {
            let slot = probe.at & mask;
            let element = index.load(heap, slot);
            if element == 0 {
                return Found::Absent;
            }
            probe.perturb >>= 5;
            probe.at = (slot * 5 + probe.perturb as usize + 1) & mask;
            let entry = index.entry(element);
            if element & !(mask as u32) == tag
                && entry != mask
                && let Some(found) = self.judge(heap, entry - 1, key, hash)
            {
                return found;
            }
        }
    }

    /// Whether an entry may be the key's.
    #[inline]
    fn judge<'v>(
        self,
        heap: &'v Heap,
        entry: usize,
        key: Value<'_>,
        hash: u64,
    ) -> Option<Found<'v>> {
        let other = self.key(heap, entry)?;
        if other.bits() == key.bits() {
            return Some(Found::Entry(entry));
        }
        if self.hash_of(heap, entry) != hash {
            return None;
        }
        if let (Some(a), Some(b)) = (other.as_exact_str(heap), key.as_exact_str(heap)) {
            return a.eq(heap, b).then_some(Found::Entry(entry));
        }
        if other.is_small_int() && key.is_small_int() {
            return None;
        }
        Some(Found::Candidate(entry, other))
    }

    /// Appends an entry for a key that is not there.
    #[inline]
    pub fn insert(
        self,
        heap: &Heap,
        hash: u64,
        key: Value<'_>,
        value: Value<'_>,
    ) -> Result<usize, NoMemory> {
        let hash = hash & HASH_MASK;
        let hashed = self.hashed(heap);
        if !hashed && derived_hash(heap, key) != Some(hash) {
            self.rebuild(heap, self.len(heap) + 1, true)?;
        } else if self.used(heap) >= self.field(heap, ROOM) {
            self.grow(heap)?;
        }
        let hashed = self.hashed(heap);
        let (entry, stride, s) = (self.used(heap), self.stride(heap), self.entries(heap));
        let header = heap.load(s);
        let at = s + 2 + entry * stride;
        heap.store(s as u32, header, at, key.word());
        if V == 1 {
            heap.store(s as u32, heap.load(s), at + 1, value.word());
        }
        if hashed {
            heap.put(at + 1 + V, hash << 3);
        }
        heap.put(s + 1, (((entry + 1) * stride) as u64) << 3);
        self.set_used(heap, self.first(heap), entry + 1);
        self.set_field(heap, LIVE, self.len(heap) + 1);
        self.touch(heap, hashed);
        if let Some(index) = self.index(heap) {
            place(heap, index, hash, entry);
        }
        Ok(entry)
    }

    /// Puts entries that need no stored hash, all different, into a table that never had any.
    pub fn fill<'a>(
        self,
        heap: &Heap,
        entries: impl ExactSizeIterator<Item = Value<'a>>,
    ) -> Result<(), NoMemory> {
        let (n, stride) = (entries.len() / (1 + V), 1 + V);
        self.reserve(heap, n)?;
        let s = self.entries(heap);
        let to = heap.cage.words().get(s + 2..s + 2 + n * stride);
        let cells = to.unwrap_or_default().iter().zip(entries);
        cells.for_each(|(cell, value)| cell.set(value.bits()));
        heap.barrier_range(s as u32, s + 2..s + 2 + n * stride);
        heap.put(s + 1, ((n * stride) as u64) << 3);
        self.set_used(heap, 0, n);
        self.set_field(heap, LIVE, n);
        self.touch(heap, false);
        if let Some(index) = self.index(heap) {
            for entry in 0..n {
                place(heap, index, self.hash_of(heap, entry), entry);
            }
        }
        Ok(())
    }

    /// Makes room for one more entry.
    #[cold]
    #[inline(never)]
    fn grow(self, heap: &Heap) -> Result<(), NoMemory> {
        let (live, used) = (self.len(heap), self.used(heap));
        if live == 0 && used > 0 && self.index(heap).is_none() {
            heap.put(self.entries(heap) + 1, 0);
            self.set_used(heap, 0, 0);
            self.touch(heap, self.hashed(heap));
            return Ok(());
        }
        if self.lost_room(heap) {
            return self.rebuild(heap, live + live / 4 + 1, self.hashed(heap));
        }
        if used >= SMALL_MAX && live + live / 8 < used {
            // Mostly removed entries: close the gaps instead. In small tables an iteration under way is rather told that keys changed.
            return self.rebuild(heap, live + live / 4 + 1, self.hashed(heap));
        }
        let more = match used {
            0 => 3,
            1..=7 => 3,
            8..=0xFFFF => used / 2,
            _ => used / 4,
        };
        let room = used.saturating_add(more).min(ENTRIES_MAX);
        if room <= used {
            return Err(NoMemory);
        }
        self.reserve(heap, room)
    }

    /// Whether tombstones of entries that were given back take from the room.
    fn lost_room(self, heap: &Heap) -> bool {
        let (s, Some(index)) = (self.entries(heap), self.index(heap)) else {
            return false;
        };
        let words = heap.cell_words(s as u32, heap.load(s)).saturating_sub(2);
        let whole = (words / self.stride(heap)).min((1usize << index.bits) * 2 / 3 - 1);
        self.field(heap, ROOM) < whole
    }

    /// Room for `room` entries in all, without closing gaps.
    pub fn reserve(self, heap: &Heap, room: usize) -> Result<(), NoMemory> {
        if room <= self.field(heap, ROOM) {
            return Ok(());
        }
        if room > ENTRIES_MAX {
            return Err(NoMemory);
        }
        if self.lost_room(heap) {
            return self.rebuild(heap, room, self.hashed(heap));
        }
        let stride = self.stride(heap);
        // The index first: if the entries then cannot grow, nothing is broken.
        let slots = if room > SCAN_MAX {
            Some(index_bits(room))
        } else {
            None
        };
        let fits = match (slots, self.index(heap)) {
            (None, _) => true,
            (Some(bits), Some(index)) => bits <= index.bits,
            (Some(_), None) => false,
        };
        if !fits && let Some(bits) = slots {
            self.make_index(heap, bits)?;
        }
        let (storage, words) = match self.entries(heap) {
            0 => heap.new_storage(room * stride)?,
            s => heap.grow_storage(s as u32, room * stride)?,
        };
        let most = self
            .index(heap)
            .map_or(SCAN_MAX, |index| (1usize << index.bits) * 2 / 3 - 1);
        self.set_field(heap, ROOM, (words / stride).min(most).min(ENTRIES_MAX));
        heap.store(
            self.0,
            heap.load(self.place(0)),
            self.place(ENTRIES),
            Word::reference(storage),
        );
        Ok(())
    }

    fn make_index(self, heap: &Heap, bits: u32) -> Result<(), NoMemory> {
        let shape = Index { at: 0, bits };
        let raw = heap.new_raw(1 << (bits + shape.width_log() - 3))?;
        let at = raw.index();
        heap.put(
            at as usize,
            header::with_layout(heap.load(at as usize), bits as u16),
        );
        let index = Index {
            at: at as usize + 2,
            bits,
        };
        for entry in 0..self.used(heap) {
            if heap.load(self.key_at(heap, entry)) != Word::EMPTY.bits() {
                place(heap, index, self.hash_of(heap, entry), entry);
            }
        }
        let old = heap.load_word(self.place(INDEX));
        heap.store(
            self.0,
            heap.load(self.place(0)),
            self.place(INDEX),
            Word::reference(at),
        );
        if let Some(old) = old.as_ref_index() {
            heap.free_now(old);
        }
        Ok(())
    }

    /// New storages without gaps, with room for `room` entries, with hashes or without.
    fn rebuild(self, heap: &Heap, room: usize, hashed: bool) -> Result<(), NoMemory> {
        let room = room.max(self.len(heap)).max(3);
        if room > ENTRIES_MAX {
            return Err(NoMemory);
        }
        let stride = 1 + V + hashed as usize;
        let (s, words) = heap.new_storage(room * stride)?;
        let new = s as usize;
        let mut n = 0;
        let mut pos = 0;
        while let Some(entry) = self.next(heap, pos) {
            let (from, to) = (self.key_at(heap, entry), new + 2 + n * stride);
            heap.put(to, heap.load(from));
            if V == 1 {
                heap.put(to + 1, heap.load(from + 1));
            }
            if hashed {
                heap.put(to + 1 + V, self.hash_of(heap, entry) << 3);
            }
            n += 1;
            pos = entry + 1;
        }
        heap.put(new + 1, ((n * stride) as u64) << 3);
        let index = if room > SCAN_MAX {
            let bits = index_bits(room);
            let raw = match heap.new_raw(1 << (bits + Index { at: 0, bits }.width_log() - 3)) {
                Ok(raw) => raw,
                Err(NoMemory) => {
                    heap.free_now(s);
                    return Err(NoMemory);
                }
            };
            let at = raw.place(0);
            heap.put(at, header::with_layout(heap.load(at), bits as u16));
            Some(raw.index())
        } else {
            None
        };
        let (old_entries, old_index) = (
            heap.load_word(self.place(ENTRIES)),
            heap.load_word(self.place(INDEX)),
        );
        heap.store(
            self.0,
            heap.load(self.place(0)),
            self.place(ENTRIES),
            Word::reference(s),
        );
        heap.store(
            self.0,
            heap.load(self.place(0)),
            self.place(INDEX),
            index.map_or(Word::EMPTY, Word::reference),
        );
        self.set_used(heap, 0, n);
        self.touch(heap, hashed);
        let mut most = SCAN_MAX;
        if let Some(index) = self.index(heap) {
            most = (1usize << index.bits) * 2 / 3 - 1;
            for entry in 0..n {
                place(heap, index, self.hash_of(heap, entry), entry);
            }
        }
        self.set_field(heap, ROOM, (words / stride).min(most).min(ENTRIES_MAX));
        for old in [old_entries, old_index] {
            if let Some(at) = old.as_ref_index() {
                heap.free_now(at);
            }
        }
        Ok(())
    }

    /// Removes a live entry.
    pub fn remove(self, heap: &Heap, entry: usize) -> bool {
        if self.key(heap, entry).is_none() {
            return false;
        }
        let live = self.len(heap) - 1;
        // A small table keeps its storage, which will probably be filled again. Its entries stay used, so that an iterator sees what comes after.
        if live == 0 && self.index(heap).is_some() {
            self.clear(heap);
            return true;
        }
        if let Some(index) = self.index(heap) {
            let hash = self.hash_of(heap, entry);
            let mask = index.mask();
            let (mut slot, mut perturb) = (hash as usize & mask, hash);
            loop {
                let element = index.load(heap, slot);
                if element == 0 {
                    break;
                }
                if index.entry(element) == entry + 1 {
                    index.store(heap, slot, index.tombstone());
                    break;
                }
                perturb >>= 5;
                slot = (slot * 5 + perturb as usize + 1) & mask;
            }
        }
        let at = self.key_at(heap, entry);
        heap.put(at, Word::EMPTY.bits());
        if V == 1 {
            heap.put(at + 1, Word::EMPTY.bits());
        }
        self.set_field(heap, LIVE, live);
        let (mut first, used) = (self.first(heap), self.used(heap));
        if entry == first {
            first = self.next(heap, entry).unwrap_or(used);
        }
        self.set_used(heap, first, used);
        self.touch(heap, self.hashed(heap));
        true
    }

    /// Gives removed entries at the end back, so that taking from the end again and again finds the next at once. Their tombstones stay in the index,
    /// and count as entries against the room until it is made anew.
    pub fn give_back(self, heap: &Heap) {
        let used = self.used(heap);
        if self.index(heap).is_none() {
            return;
        }
        let Some(last) = self.previous(heap, used) else {
            return;
        };
        let end = last + 1;
        let room = self.field(heap, ROOM).saturating_sub(used - end);
        self.set_field(heap, ROOM, room);
        let s = self.entries(heap);
        heap.put(s + 1, ((end * self.stride(heap)) as u64) << 3);
        self.set_used(heap, self.first(heap).min(end), end);
    }

    /// Removes all entries.
    pub fn clear(self, heap: &Heap) {
        for field in [ENTRIES, INDEX] {
            let old = heap.load_word(self.place(field));
            heap.put(self.place(field), Word::EMPTY.bits());
            if let Some(at) = old.as_ref_index() {
                heap.free_now(at);
            }
        }
        for field in [LIVE, USED, ROOM] {
            self.set_field(heap, field, 0);
        }
        self.touch(heap, false);
    }

    /// Makes this empty table a copy of another.
    pub fn copy_from(self, heap: &Heap, other: Table<V>) -> Result<(), NoMemory> {
        self.clear(heap);
        self.touch(heap, other.hashed(heap));
        self.reserve(heap, other.len(heap).max(1))?;
        let mut pos = 0;
        while let Some(entry) = other.next(heap, pos) {
            pos = entry + 1;
            if let Some(key) = other.key(heap, entry) {
                self.insert(
                    heap,
                    other.hash_of(heap, entry),
                    key,
                    other.value(heap, entry).unwrap_or(Value::EMPTY),
                )?;
            }
        }
        Ok(())
    }

    /// Bytes of the storages.
    pub fn storage_bytes(self, heap: &Heap) -> usize {
        [ENTRIES, INDEX]
            .into_iter()
            .filter_map(|f| heap.load_word(self.place(f)).as_ref_index())
            .map(|at| heap.cell_words(at, heap.load(at as usize)) * 8)
            .sum()
    }
}

fn same_str(heap: &Heap, word: Word, key: Str<'_>) -> bool {
    word.is_ref()
        && word
            .value(heap)
            .as_str(heap)
            .is_some_and(|s| s.eq(heap, key))
}

/// Puts an entry into the first vacant slot of its probe sequence.
#[inline]
fn place(heap: &Heap, index: Index, hash: u64, entry: usize) {
    let mask = index.mask();
    let (mut slot, mut perturb) = (hash as usize & mask, hash);
    while index.load(heap, slot) != 0 {
        perturb >>= 5;
        slot = (slot * 5 + perturb as usize + 1) & mask;
    }
    index.store(heap, slot, index.tag(hash) | (entry as u32 + 1));
}

impl Heap {
    pub(crate) fn new_table(&self, kind: Kind) -> Word {
        let at = self.alloc_small(kind, 0, 0, TABLE_WORDS);
        for field in [LIVE, USED, ROOM] {
            self.put(at as usize + field, 0);
        }
        self.put(at as usize + ENTRIES, Word::EMPTY.bits());
        self.put(at as usize + INDEX, Word::EMPTY.bits());
        self.put(at as usize + VERSION, (self.next_version() as u64) << 4);
        Word::reference(at)
    }
}

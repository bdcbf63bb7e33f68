//! The hash table behind sets: open addressing, with the probe sequence, growth and hence order of iteration that CPython's sets have.
//!
//! That order is no promise of the language, but programs show it: a set of small integers prints in their order, and `pop` takes the first.
//! A *slot* is a word of a value array with an element, EMPTY where none has ever been, or REMOVED; behind it a second word for the hash, only when some
//! element's hash cannot be derived from its word (that is when not all are exact strings and immediate integers). A look-up starts at the
//! slot that the low bits of the hash name, looks at that and nine neighbours, and goes on by a sequence that the other bits enter.
//!
//! At most three fifths of the slots are in use, removed ones included, so that every look-up meets an empty one.
//! Nothing here calls Python: see `table.rs`, whose `Probe` and `Found` these are.
//!
//! CPython: Objects/setobject.c

use std::cell::Cell;

use crate::kind::Kind;
use crate::set_view::SetView;
use crate::strings::Str;
use crate::table::{Found, HASH_MASK, Probe, derived_hash, int_hash};
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

/// Slots of a set that has just got its first element.
const SLOTS_MIN: usize = 8;
/// The most slots: the count of those used shares the range of table entries.
const SLOTS_MAX: usize = 1 << 30;
/// So many neighbours of a slot are looked at before the sequence jumps.
const NEIGHBOURS: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// Sets of more elements grow by a factor of two, smaller ones of four.
const MODEST_GROWTH: usize = 50_000;

const LIVE: usize = 1;
/// Slots that have or had an element.
const FILL: usize = 2;
const SLOTS: usize = 3;
/// Where `pop` goes on.
const FINGER: usize = 4;
const VERSION: usize = 5;
/// The number of slots less one; above [`MASK_BITS`], for a frozen set whose hash is known, its upper bits and whether it is.
const MASK: usize = 6;
const MASK_BITS: u32 = 32;
/// In a frozen set, which nothing is popped from: the lower 61 bits of its hash.
const HASH: usize = FINGER;
const HASH_KNOWN: usize = 1 << (MASK_BITS + 3);
/// Words of a set.
const SET_WORDS: usize = 7;

/// The set at an index of the cage.
#[derive(Clone, Copy)]
pub(crate) struct SetTable(pub u32);

/// Where a look-up goes: slot numbers without end.
pub(crate) struct Walk {
    base: usize,
    near: usize,
    perturb: u64,
    mask: usize,
}

impl Walk {
    #[inline(always)]
    pub fn new(hash: u64, mask: usize) -> Walk {
        // Hashes are kept modulo 2^61; the sequence is that of the sign-extended hash.
        let hash = ((hash << 3) as i64 >> 3) as u64;
        Walk {
            base: hash as usize & mask,
            near: 0,
            perturb: hash,
            mask,
        }
    }
    #[inline(always)]
    pub fn slot(&self) -> usize {
        self.base + self.near
    }
    #[inline(always)]
    pub fn advance(&mut self) {
        if self.near < NEIGHBOURS && self.base + NEIGHBOURS <= self.mask {
            self.near += 1;
            return;
        }
        self.perturb >>= PERTURB_SHIFT;
        self.base = self
            .base
            .wrapping_mul(5)
            .wrapping_add(1)
            .wrapping_add(self.perturb as usize)
            & self.mask;
        self.near = 0;
    }
}

/// Whether a slot's word is an element.
#[inline(always)]
pub(crate) fn is_element(bits: u64) -> bool {
    bits != Word::EMPTY.bits() && bits != Word::REMOVED.bits()
}

impl SetTable {
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

    /// The number of elements.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        self.field(heap, LIVE)
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
    fn mask(self, heap: &Heap) -> usize {
        self.field(heap, MASK) & ((1 << MASK_BITS) - 1)
    }
    /// The hash of a frozen set, once it was told.
    pub fn known_hash(self, heap: &Heap) -> Option<u64> {
        let field = self.field(heap, MASK);
        let high = (field >> MASK_BITS & 7) as u64;
        (field & HASH_KNOWN != 0).then(|| high << 61 | self.field(heap, HASH) as u64)
    }
    pub fn set_known_hash(self, heap: &Heap, hash: u64) {
        self.set_field(heap, HASH, (hash & HASH_MASK) as usize);
        let high = (hash >> 61) as usize;
        self.set_field(heap, MASK, self.mask(heap) | high << MASK_BITS | HASH_KNOWN);
    }
    #[inline(always)]
    pub fn stride(self, heap: &Heap) -> usize {
        1 + self.hashed(heap) as usize
    }
    /// The storage of the slots; 0 for none.
    #[inline(always)]
    pub fn storage(self, heap: &Heap) -> usize {
        let word = heap.load(self.place(SLOTS));
        if Word::from_bits(word).is_ref() {
            (word >> 32) as usize
        } else {
            0
        }
    }
    /// The number of slots: positions of iteration are below this.
    #[inline(always)]
    pub fn slots(self, heap: &Heap) -> usize {
        if self.storage(heap) == 0 {
            0
        } else {
            self.mask(heap) + 1
        }
    }
    #[inline(always)]
    fn at(self, heap: &Heap, slot: usize) -> usize {
        self.storage(heap) + 2 + slot * self.stride(heap)
    }

    /// The element of a slot.
    #[inline(always)]
    pub fn key(self, heap: &Heap, slot: usize) -> Option<Value<'_>> {
        if slot >= self.slots(heap) {
            return None;
        }
        let bits = heap.load(self.at(heap, slot));
        is_element(bits).then(|| Word::from_bits(bits).value(heap))
    }

    /// The hash of a slot's element, modulo 2^61.
    pub fn hash_of(self, heap: &Heap, slot: usize) -> u64 {
        let at = self.at(heap, slot);
        if self.hashed(heap) {
            heap.load(at + 1) >> 3
        } else {
            derived_hash(heap, heap.load_word(at).value(heap)).unwrap_or(0)
        }
    }

    /// The first slot with an element at or behind `pos`, and the element.
    #[inline]
    pub fn next(self, heap: &Heap, pos: usize) -> Option<(usize, Value<'_>)> {
        let slots = self.slots(heap);
        if pos >= slots {
            return None;
        }
        let (start, stride) = (self.storage(heap) + 2, self.stride(heap));
        let words = heap.cage.words();
        let rest = words.get(start + pos * stride..start + slots * stride)?;
        let mut at = 0;
        for slot in pos..slots {
            let bits = rest.get(at)?.get();
            if is_element(bits) {
                return Some((slot, Word::from_bits(bits).value(heap)));
            }
            at += stride;
        }
        None
    }

    /// Looks a string up by content; elements that are instances of subclasses of str count by content too.
    #[inline]
    pub fn find_str(self, heap: &Heap, key: Str<'_>) -> Option<usize> {
        let mask = self.slots(heap).checked_sub(1)?;
        let hash = key.hash(heap) & HASH_MASK;
        let mut walk = Walk::new(hash, mask);
        loop {
            let slot = walk.slot();
            let word = heap.load_word(self.at(heap, slot));
            if word.is_empty() {
                return None;
            }
            let same = word == key.word()
                || word.is_ref()
                    && word
                        .value(heap)
                        .as_str(heap)
                        .is_some_and(|s| s.eq(heap, key));
            if same {
                return Some(slot);
            }
            walk.advance();
        }
    }

    /// Looks an immediate integer up; elements of other types that equal it are not found.
    #[inline]
    pub fn find_int(self, heap: &Heap, key: i64) -> Option<usize> {
        let word = Word::small_int(key)?;
        let mask = self.slots(heap).checked_sub(1)?;
        let (start, stride) = (self.storage(heap) + 2, self.stride(heap));
        let mut walk = Walk::new(int_hash(key), mask);
        loop {
            let slot = walk.slot();
            let bits = heap.load(start + slot * stride);
            if bits == word.bits() {
                return Some(slot);
            }
            if bits == Word::EMPTY.bits() {
                return None;
            }
            walk.advance();
        }
    }

    /// Starts or resumes a look-up. When the elements changed in between it starts over.
    pub fn probe<'v>(self, heap: &'v Heap, key: Value<'_>, probe: &mut Probe) -> Found<'v> {
        let Some(mask) = self.slots(heap).checked_sub(1) else {
            return Found::Absent;
        };
        let hash = probe.hash;
        if !probe.started || probe.version != self.version(heap) {
            let walk = Walk::new(hash, mask);
            *probe = Probe {
                hash,
                version: self.version(heap),
                started: true,
                at: walk.base,
                near: 0,
                perturb: walk.perturb,
            };
        }
        let mut walk = Walk {
            base: probe.at,
            near: probe.near,
            perturb: probe.perturb,
            mask,
        };
        let (start, stride, hashed) =
            (self.storage(heap) + 2, self.stride(heap), self.hashed(heap));
        loop {
            let slot = walk.slot();
            let at = start + slot * stride;
            let bits = heap.load(at);
            if bits == Word::EMPTY.bits() {
                return Found::Absent;
            }
            walk.advance();
            if bits == Word::REMOVED.bits() {
                continue;
            }
            if bits == key.bits() {
                return Found::Entry(slot);
            }
            let other = Word::from_bits(bits).value(heap);
            let other_hash = if hashed {
                heap.load(at + 1) >> 3
            } else {
                derived_hash(heap, other).unwrap_or(0)
            };
            if other_hash != hash {
                continue;
            }
            if let (Some(a), Some(b)) = (other.as_exact_str(heap), key.as_exact_str(heap)) {
                if a.eq(heap, b) {
                    return Found::Entry(slot);
                }
                continue;
            }
            if other.is_small_int() && key.is_small_int() {
                continue;
            }
            (probe.at, probe.near, probe.perturb) = (walk.base, walk.near, walk.perturb);
            return Found::Candidate(slot, other);
        }
    }

    /// Adds an element that is not there.
    pub fn insert(self, heap: &Heap, hash: u64, key: Value<'_>) -> Result<(), NoMemory> {
        let hash = hash & HASH_MASK;
        if !self.hashed(heap) && derived_hash(heap, key) != Some(hash) {
            let slots = self.slots(heap).max(SLOTS_MIN);
            self.rebuild(heap, slots, true)?;
        } else if self.storage(heap) == 0 {
            self.rebuild(heap, SLOTS_MIN, self.hashed(heap))?;
        }
        if self.field(heap, FILL) >= self.mask(heap) {
            // One slot always stays empty, so that look-ups end.
            let slots = slots_for(self.len(heap) * 2);
            self.rebuild(heap, slots, self.hashed(heap))?;
        }
        let slot = self.vacant(heap, hash);
        let (fill, live) = (self.field(heap, FILL) + 1, self.len(heap) + 1);
        self.put(heap, slot, hash, key);
        self.set_field(heap, FILL, fill);
        self.set_field(heap, LIVE, live);
        if fill * 5 >= self.mask(heap) * 3 {
            // CPython grows behind the insertion; the new element then comes last, in the order of slots, where it lands here.
            let wanted = if live > MODEST_GROWTH {
                live * 2
            } else {
                live * 4
            };
            let grown = self.rebuild(heap, slots_for(wanted), self.hashed(heap));
            if grown.is_ok() {
                return Ok(());
            }
            // Without memory to grow there is room for some more; that it does not get full is seen to above.
        }
        self.touch(heap, self.hashed(heap));
        Ok(())
    }

    /// Adds an immediate int, where nothing has to grow for it. False: nothing was done.
    #[inline]
    pub fn add_small(self, heap: &Heap, key: Value<'_>) -> bool {
        let (Some(i), storage) = (key.as_small_int(), self.storage(heap)) else {
            return false;
        };
        let (fill, mask) = (self.field(heap, FILL) + 1, self.mask(heap));
        if storage == 0 || self.hashed(heap) || fill * 5 >= mask * 3 {
            return false;
        }
        let start = storage + 2;
        let Some(slots) = heap.cage.words().get(start..start + mask + 1) else {
            return false;
        };
        let mut walk = Walk::new(int_hash(i), mask);
        loop {
            match slots.get(walk.slot()).map(Cell::get) {
                Some(bits) if bits == key.bits() => return true,
                Some(bits) if bits == Word::EMPTY.bits() => break,
                Some(_) => walk.advance(),
                None => return false,
            }
        }
        // An immediate value needs no barrier.
        heap.put(start + walk.slot(), key.bits());
        self.set_field(heap, FILL, fill);
        self.set_field(heap, LIVE, self.len(heap) + 1);
        self.touch(heap, false);
        true
    }

    /// Adds elements that are not there and all different, just as `insert` does one by one.
    pub fn insert_all<'a>(
        self,
        heap: &Heap,
        mut elements: impl Iterator<Item = (Value<'a>, u64)>,
    ) -> Result<(), NoMemory> {
        loop {
            // What stays as it is until the storage grows.
            let (storage, mask, hashed) = (self.storage(heap), self.mask(heap), self.hashed(heap));
            let stride = 1 + hashed as usize;
            let start = storage + 2;
            let end = if storage == 0 {
                start
            } else {
                start + (mask + 1) * stride
            };
            let slots = heap.cage.words().get(start..end).unwrap_or_default();
            let (mut fill, mut added) = (self.field(heap, FILL), 0);
            let next = elements.by_ref().find(|(key, hash)| {
                let hash = hash & HASH_MASK;
                if (fill + 1) * 5 >= mask * 3 || !hashed && derived_hash(heap, *key) != Some(hash) {
                    return true;
                }
                let mut walk = Walk::new(hash, mask);
                let slot = loop {
                    match slots.get(walk.slot() * stride) {
                        Some(word) if word.get() != Word::EMPTY.bits() => walk.advance(),
                        Some(word) => break word,
                        None => return true,
                    }
                };
                slot.set(key.bits());
                if hashed && let Some(word) = slots.get(walk.slot() * stride + 1) {
                    word.set(hash << 3);
                }
                fill += 1;
                added += 1;
                false
            });
            if added > 0 {
                self.set_field(heap, FILL, fill);
                self.set_field(heap, LIVE, self.len(heap) + added);
                self.touch(heap, hashed);
                heap.barrier_range(storage as u32, start..end);
            }
            match next {
                Some((key, hash)) => self.insert(heap, hash, key)?,
                None => return Ok(()),
            };
        }
    }

    /// The slot for a new element.
    fn vacant(self, heap: &Heap, hash: u64) -> usize {
        let (start, stride) = (self.storage(heap) + 2, self.stride(heap));
        let mut walk = Walk::new(hash, self.mask(heap));
        while heap.load(start + walk.slot() * stride) != Word::EMPTY.bits() {
            walk.advance();
        }
        walk.slot()
    }

    #[inline]
    fn put(self, heap: &Heap, slot: usize, hash: u64, key: Value<'_>) {
        let (s, at) = (self.storage(heap), self.at(heap, slot));
        heap.store(s as u32, heap.load(s), at, key.word());
        if self.hashed(heap) {
            heap.put(at + 1, hash << 3);
        }
    }

    /// A storage of so many empty slots.
    fn new_slots(heap: &Heap, slots: usize, stride: usize) -> Result<u32, NoMemory> {
        if slots > SLOTS_MAX {
            return Err(NoMemory);
        }
        let (s, _) = heap.new_storage(slots * stride)?;
        heap.fill_empty(s as usize + 2, slots * stride);
        heap.put(s as usize + 1, ((slots * stride) as u64) << 3);
        Ok(s)
    }

    /// A new storage with so many slots (a power of two, enough for all elements), without removed ones, with hashes or without.
    fn rebuild(self, heap: &Heap, slots: usize, hashed: bool) -> Result<(), NoMemory> {
        let stride = 1 + hashed as usize;
        let new = SetTable::new_slots(heap, slots, stride)?;
        let start = new as usize + 2;
        let target = heap.cage.words().get(start..start + slots * stride);
        fill_slots(SetView::new(heap, self), target.unwrap_or_default(), stride);
        let old = heap.load_word(self.place(SLOTS));
        heap.store(
            self.0,
            heap.load(self.place(0)),
            self.place(SLOTS),
            Word::reference(new),
        );
        self.set_field(heap, MASK, slots - 1);
        self.set_field(heap, FILL, self.len(heap));
        self.touch(heap, hashed);
        if let Some(at) = old.as_ref_index() {
            heap.free_now(at);
        }
        Ok(())
    }

    /// Removes the element of a slot; false if there is none.
    pub fn remove(self, heap: &Heap, slot: usize) -> bool {
        if self.key(heap, slot).is_none() {
            return false;
        }
        heap.put(self.at(heap, slot), Word::REMOVED.bits());
        self.set_field(heap, LIVE, self.len(heap) - 1);
        self.touch(heap, self.hashed(heap));
        true
    }

    /// Removes an element: the first behind where the last `pop` was.
    pub fn pop<'v>(self, heap: &'v Heap) -> Option<Value<'v>> {
        if self.len(heap) == 0 {
            return None;
        }
        let finger = self.field(heap, FINGER) & self.mask(heap);
        let found = self.next(heap, finger);
        let (slot, key) = found.or_else(|| self.next(heap, 0))?;
        self.remove(heap, slot);
        self.set_field(heap, FINGER, slot + 1);
        Some(key)
    }

    /// Removes all elements.
    pub fn clear(self, heap: &Heap) {
        let old = heap.load_word(self.place(SLOTS));
        heap.put(self.place(SLOTS), Word::EMPTY.bits());
        if let Some(at) = old.as_ref_index() {
            heap.free_now(at);
        }
        for field in [LIVE, FILL, FINGER, MASK] {
            self.set_field(heap, field, 0);
        }
        self.touch(heap, false);
    }

    /// Makes room before the elements of another set, or the keys of a dict, so many, are added.
    pub fn expect(self, heap: &Heap, more: usize) -> Result<(), NoMemory> {
        let mask = self.mask(heap).max(SLOTS_MIN - 1);
        if (self.field(heap, FILL) + more) * 5 < mask * 3 {
            return Ok(());
        }
        let slots = slots_for((self.len(heap) + more) * 2);
        self.rebuild(heap, slots, self.hashed(heap))
    }

    /// Makes this set a copy of another.
    pub fn copy_from(self, heap: &Heap, other: SetTable) -> Result<(), NoMemory> {
        self.clear(heap);
        let live = other.len(heap);
        if live == 0 {
            return Ok(());
        }
        let hashed = other.hashed(heap);
        // As many slots as when the elements were added at once.
        let slots = if live * 5 < (SLOTS_MIN - 1) * 3 {
            SLOTS_MIN
        } else {
            slots_for(live * 2)
        };
        let stride = other.stride(heap);
        let new = SetTable::new_slots(heap, slots, stride)?;
        let words = heap.cage.words();
        let start = new as usize + 2;
        let to = words.get(start..start + slots * stride).unwrap_or_default();
        if other.field(heap, FILL) == live && other.slots(heap) == slots {
            // Nothing was removed and nothing moves.
            let start = other.storage(heap) + 2;
            let from = words.get(start..start + slots * stride);
            let pairs = to.iter().zip(from.unwrap_or_default());
            pairs.for_each(|(to, from)| to.set(from.get()));
        } else {
            fill_slots(SetView::new(heap, other), to, stride);
        }
        let header = heap.load(self.place(0));
        heap.store(self.0, header, self.place(SLOTS), Word::reference(new));
        self.set_field(heap, MASK, slots - 1);
        self.set_field(heap, LIVE, live);
        self.set_field(heap, FILL, live);
        self.touch(heap, hashed);
        Ok(())
    }

    /// Exchanges the elements of two sets.
    pub fn swap(self, heap: &Heap, other: SetTable) {
        for field in [LIVE, FILL, FINGER, MASK] {
            let (mine, theirs) = (self.field(heap, field), other.field(heap, field));
            self.set_field(heap, field, theirs);
            other.set_field(heap, field, mine);
        }
        let slots = |set: SetTable| heap.load_word(set.place(SLOTS));
        let (mine, theirs) = (slots(self), slots(other));
        for (set, word) in [(self, theirs), (other, mine)] {
            heap.store(set.0, heap.load(set.place(0)), set.place(SLOTS), word);
        }
        let (mine, theirs) = (self.hashed(heap), other.hashed(heap));
        self.touch(heap, theirs);
        other.touch(heap, mine);
    }

    /// Bytes of the slots.
    pub fn storage_bytes(self, heap: &Heap) -> usize {
        match self.storage(heap) {
            0 => 0,
            at => heap.cell_words(at as u32, heap.load(at)) * 8,
        }
    }
}

/// Puts elements that are all different into empty slots of a new storage.
fn fill_slots(elements: SetView<'_>, slots: &[Cell<u64>], stride: usize) {
    let Some(mask) = (slots.len() / stride).checked_sub(1) else {
        return;
    };
    for (key, hash) in elements.entries() {
        let mut walk = Walk::new(hash, mask);
        loop {
            match slots.get(walk.slot() * stride) {
                Some(word) if word.get() != Word::EMPTY.bits() => walk.advance(),
                Some(word) => break word.set(key.bits()),
                None => return,
            }
        }
        if stride == 2
            && let Some(word) = slots.get(walk.slot() * stride + 1)
        {
            word.set(hash << 3);
        }
    }
}

/// The smallest number of slots above so many elements.
fn slots_for(elements: usize) -> usize {
    (elements + 1)
        .checked_next_power_of_two()
        .unwrap_or(usize::MAX)
        .max(SLOTS_MIN)
}

impl Heap {
    pub(crate) fn new_set_table(&self, kind: Kind) -> Word {
        let at = self.alloc_small(kind, 0, 0, SET_WORDS);
        for field in [LIVE, FILL, FINGER, MASK] {
            self.put(at as usize + field, 0);
        }
        self.put(at as usize + SLOTS, Word::EMPTY.bits());
        self.put(at as usize + VERSION, (self.next_version() as u64) << 4);
        Word::reference(at)
    }
}

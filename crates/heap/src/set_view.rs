//! A set as it stands while nothing changes it: walks and look-ups over one slice of the cage, for operations between sets.

use std::cell::Cell;

use crate::Heap;
use crate::set_table::{SetTable, Walk, is_element};
use crate::table::{HASH_MASK, derived_hash, int_hash};
use crate::word::{Value, Word};

/// Whether two values are equal takes Python to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Undecided;

/// The slots of a set. What is added to the set or removed from it afterwards is not seen reliably: take another view then.
#[derive(Clone, Copy)]
pub struct SetView<'v> {
    heap: &'v Heap,
    slots: &'v [Cell<u64>],
    /// Words of a slot: two where hashes are stored.
    stride: usize,
    mask: usize,
}

impl<'v> SetView<'v> {
    #[inline]
    pub(crate) fn new(heap: &'v Heap, table: SetTable) -> SetView<'v> {
        let (count, stride) = (table.slots(heap), table.stride(heap));
        let start = table.storage(heap) + 2;
        let words = heap.cage.words().get(start..start + count * stride);
        SetView {
            heap,
            slots: words.unwrap_or_default(),
            stride,
            mask: count.wrapping_sub(1),
        }
    }

    /// The elements with their hashes, modulo 2^61, in the order of their slots.
    #[inline(always)]
    pub fn entries(self) -> Entries<'v> {
        Entries {
            view: self,
            slots: self.slots.chunks_exact(self.stride),
        }
    }

    /// The elements.
    #[inline(always)]
    pub fn elements(self) -> Elements<'v> {
        Elements(self.entries())
    }

    #[inline(always)]
    fn hash_of(self, key: Value<'v>, slot: &[Cell<u64>]) -> u64 {
        match slot.get(1) {
            Some(hash) => hash.get() >> 3,
            None => derived_hash(self.heap, key).unwrap_or(0),
        }
    }

    /// The slot of the element that equals `key`, whose hash is `hash`; None if it is not there. Where this takes more than a look at the words,
    /// `equal` is asked; what it does not know ends the search.
    #[inline(always)]
    pub fn find(
        self,
        key: Value<'_>,
        hash: u64,
        equal: impl FnMut(Value<'v>) -> Option<bool>,
    ) -> Result<Option<usize>, Undecided> {
        if self.stride == 1 && key.is_small_int() {
            // Without stored hashes elements are strings and immediate ints: nothing else can equal it.
            return Ok(self.find_word(key.bits(), hash));
        }
        self.find_equal(key, hash, equal)
    }

    /// Whether all elements are among those of `other`. `equal` is asked as `find` asks it, with the element first.
    pub fn is_subset(
        self,
        other: SetView<'v>,
        mut equal: impl FnMut(Value<'v>, Value<'v>) -> Option<bool>,
    ) -> Result<bool, Undecided> {
        if self.stride == 1 && other.stride == 1 {
            for slot in self.slots {
                let word = Word::from_bits(slot.get());
                let found = match word.as_small_int() {
                    Some(i) => other.find_word(word.bits(), int_hash(i)),
                    None if !is_element(word.bits()) => continue,
                    None => {
                        let key = word.value(self.heap);
                        let hash = derived_hash(self.heap, key).unwrap_or(0);
                        other.find_equal(key, hash, |x| equal(key, x))?
                    }
                };
                if found.is_none() {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        for (key, hash) in self.entries() {
            if other.find(key, hash, |x| equal(key, x))?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    #[inline(always)]
    fn find_word(self, bits: u64, hash: u64) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let mut walk = Walk::new(hash & HASH_MASK, self.mask);
        loop {
            let word = self.slots.get(walk.slot())?.get();
            if word == bits {
                return Some(walk.slot());
            }
            if word == Word::EMPTY.bits() {
                return None;
            }
            walk.advance();
        }
    }

    fn find_equal(
        self,
        key: Value<'_>,
        hash: u64,
        mut equal: impl FnMut(Value<'v>) -> Option<bool>,
    ) -> Result<Option<usize>, Undecided> {
        if self.slots.is_empty() {
            return Ok(None);
        }
        let hash = hash & HASH_MASK;
        let small = key.is_small_int();
        let mut walk = Walk::new(hash, self.mask);
        loop {
            let slot = walk.slot();
            let at = slot * self.stride;
            let Some(words) = self.slots.get(at..at + self.stride) else {
                return Ok(None);
            };
            let bits = words[0].get();
            if bits == key.bits() {
                return Ok(Some(slot));
            }
            if bits == Word::EMPTY.bits() {
                return Ok(None);
            }
            walk.advance();
            let other = Word::from_bits(bits).value(self.heap);
            if bits == Word::REMOVED.bits()
                || small && other.is_small_int()
                || self.hash_of(other, words) != hash
            {
                continue;
            }
            if let (Some(a), Some(b)) = (other.as_exact_str(self.heap), key.as_exact_str(self.heap))
            {
                if a.eq(self.heap, b) {
                    return Ok(Some(slot));
                }
                continue;
            }
            match equal(other) {
                Some(true) => return Ok(Some(slot)),
                Some(false) => {}
                None => return Err(Undecided),
            }
        }
    }
}

/// See [`SetView::entries`].
pub struct Entries<'v> {
    view: SetView<'v>,
    slots: std::slice::ChunksExact<'v, Cell<u64>>,
}

impl<'v> Entries<'v> {
    /// The words of the next slot with an element.
    #[inline(always)]
    fn advance(&mut self) -> Option<(Value<'v>, &'v [Cell<u64>])> {
        let words = self.slots.find(|words| is_element(words[0].get()))?;
        Some((Word::from_bits(words[0].get()).value(self.view.heap), words))
    }
}

impl<'v> Iterator for Entries<'v> {
    type Item = (Value<'v>, u64);

    #[inline(always)]
    fn next(&mut self) -> Option<(Value<'v>, u64)> {
        let (key, words) = self.advance()?;
        Some((key, self.view.hash_of(key, words)))
    }
}

/// See [`SetView::elements`].
pub struct Elements<'v>(Entries<'v>);

impl<'v> Iterator for Elements<'v> {
    type Item = Value<'v>;

    #[inline(always)]
    fn next(&mut self) -> Option<Value<'v>> {
        self.0.advance().map(|(key, _)| key)
    }
}

//! Lists: slot 0 the storage (a value array whose length is the list's, EMPTY for an empty list), slot 1 the room that the storage has.
//!
//! The storage belongs to the list alone: its handle never leaves this file, so it is freed at once when the list outgrows it.
//! Values beyond the length are never read, by the collector neither.

use std::cell::Cell;

use crate::header;
use crate::kind::Kind;
use crate::object::{copy_words, typed};
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// A list.
    List as_exact_list as_list List;
}

impl<'v> List<'v> {
    /// The storage's index in the cage, 0 for none.
    #[inline(always)]
    fn storage(self, heap: &Heap) -> usize {
        let word = heap.load(self.place(1));
        if Word::from_bits(word).is_ref() {
            (word >> 32) as usize
        } else {
            0
        }
    }

    #[inline(always)]
    fn room(self, heap: &Heap) -> usize {
        (heap.load(self.place(2)) >> 3) as usize
    }

    #[inline(always)]
    fn set_storage(self, heap: &Heap, storage: u32, room: usize) {
        heap.put(self.place(2), (room as u64) << 3);
        heap.store(
            self.index(),
            heap.load(self.place(0)),
            self.place(1),
            Word::reference(storage),
        );
    }

    #[inline(always)]
    fn set_len(self, heap: &Heap, storage: usize, len: usize) {
        heap.put(storage + 1, (len as u64) << 3);
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        match self.storage(heap) {
            0 => 0,
            s => (heap.load(s + 1) >> 3) as usize,
        }
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(self, heap: &Heap) -> bool {
        self.len(heap) == 0
    }

    /// An element.
    #[inline(always)]
    pub fn at(self, heap: &'v Heap, i: usize) -> Option<Value<'v>> {
        let s = self.storage(heap);
        if s != 0 && i < (heap.load(s + 1) >> 3) as usize {
            Some(heap.load_word(s + 2 + i).value(heap))
        } else {
            None
        }
    }

    /// An element; EMPTY beyond the end.
    #[inline(always)]
    pub fn get(self, heap: &'v Heap, i: usize) -> Value<'v> {
        self.at(heap, i).unwrap_or(Value::EMPTY)
    }

    /// Stores an element; false beyond the end.
    #[inline(always)]
    pub fn set(self, heap: &Heap, i: usize, value: Value<'_>) -> bool {
        let s = self.storage(heap);
        if s == 0 || i >= (heap.load(s + 1) >> 3) as usize {
            return false;
        }
        heap.store(s as u32, heap.load(s), s + 2 + i, value.word());
        true
    }

    /// The words of the elements.
    #[inline]
    pub(crate) fn words(self, heap: &'v Heap) -> &'v [Cell<u64>] {
        let (s, n) = (self.storage(heap), self.len(heap));
        heap.cage.words().get(s + 2..s + 2 + n).unwrap_or_default()
    }

    /// Appends an element.
    #[inline(always)]
    pub fn push(self, heap: &Heap, value: Value<'_>) -> Result<(), NoMemory> {
        let s = self.storage(heap);
        if s != 0 {
            let len = (heap.load(s + 1) >> 3) as usize;
            if len < self.room(heap) {
                self.set_len(heap, s, len + 1);
                heap.store(s as u32, heap.load(s), s + 2 + len, value.word());
                return Ok(());
            }
        }
        self.push_slow(heap, value)
    }

    #[cold]
    #[inline(never)]
    fn push_slow(self, heap: &Heap, value: Value<'_>) -> Result<(), NoMemory> {
        let len = self.len(heap);
        self.grow(heap, len + 1)?;
        let s = self.storage(heap);
        self.set_len(heap, s, len + 1);
        heap.store(s as u32, heap.load(s), s + 2 + len, value.word());
        Ok(())
    }

    /// Room for `n` elements and some more, so that appending is amortised.
    fn grow(self, heap: &Heap, n: usize) -> Result<(), NoMemory> {
        if n <= self.room(heap) {
            return Ok(());
        }
        // CPython: Objects/listobject.c, list_resize.
        let generous = n.checked_add(n / 8 + 6).ok_or(NoMemory)? & !3;
        self.reserve(heap, generous)
            .or_else(|NoMemory| self.reserve(heap, n))
    }

    /// Room for `n` elements.
    pub fn reserve(self, heap: &Heap, n: usize) -> Result<(), NoMemory> {
        if n <= self.room(heap) {
            return Ok(());
        }
        let (storage, room) = match self.storage(heap) {
            0 => heap.new_storage(n)?,
            s => heap.grow_storage(s as u32, n)?,
        };
        self.set_storage(heap, storage, room);
        Ok(())
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(self, heap: &'v Heap) -> Option<Value<'v>> {
        let len = self.len(heap).checked_sub(1)?;
        let last = self.at(heap, len)?;
        self.truncate(heap, len);
        Some(last)
    }

    /// Removes the elements from `len` on.
    pub fn truncate(self, heap: &Heap, len: usize) {
        let s = self.storage(heap);
        if s == 0 || len >= self.len(heap) {
            return;
        }
        if len == 0 {
            heap.put(self.place(1), Word::EMPTY.bits());
            heap.put(self.place(2), 0);
            heap.free_now(s as u32);
            return;
        }
        self.set_len(heap, s, len);
        // A storage that is mostly room shrinks; hysteresis keeps a list used as a stack from doing so over and over.
        let room = self.room(heap);
        if room > 64 && len < room / 4 {
            if header::class(heap.load(s)) == header::LARGE_CLASS && len > 1024 {
                heap.shrink_large(s as u32, 2 + len * 2);
                heap.put(
                    self.place(2),
                    ((heap.cell_words(s as u32, heap.load(s)) - 2) as u64) << 3,
                );
            } else if let Ok((new, new_room)) = heap.new_storage(len * 2) {
                heap.cage
                    .copy_bytes((s + 2) * 8, (new as usize + 2) * 8, len * 8);
                self.set_len(heap, new as usize, len);
                self.set_storage(heap, new, new_room);
                heap.free_now(s as u32);
            }
        }
    }

    /// Removes all elements.
    pub fn clear(self, heap: &Heap) {
        self.truncate(heap, 0);
    }

    /// Removes all elements, and marks the list so that [`List::is_untouched`] tells whether anything was stored since.
    pub fn clear_and_mark(self, heap: &Heap) {
        self.truncate(heap, 0);
        // As a number of elements that there is room for it reads as 0.
        heap.put(self.place(2), Word::EMPTY.bits());
    }

    /// Whether nothing was stored since `clear_and_mark`.
    pub fn is_untouched(self, heap: &Heap) -> bool {
        self.storage(heap) == 0 && heap.load(self.place(2)) == Word::EMPTY.bits()
    }

    /// Inserts before `i`, at the end for larger `i`.
    pub fn insert(self, heap: &Heap, i: usize, value: Value<'_>) -> Result<(), NoMemory> {
        let i = i.min(self.len(heap));
        self.splice(heap, i, i, &[value])
    }

    /// Removes the elements of `i..j` (cut at the end).
    pub fn remove_range(self, heap: &Heap, i: usize, j: usize) {
        let len = self.len(heap);
        let (i, j) = (i.min(len), j.min(len));
        if i < j {
            let s = self.storage(heap) + 2;
            heap.cage
                .copy_bytes((s + j) * 8, (s + i) * 8, (len - j) * 8);
            heap.barrier_range(s as u32 - 2, s + i..s + len);
            self.truncate(heap, len - (j - i));
        }
    }

    /// Replaces the elements of `i..j` (cut at the end) by others.
    pub fn splice(
        self,
        heap: &Heap,
        i: usize,
        j: usize,
        values: &[Value<'_>],
    ) -> Result<(), NoMemory> {
        let len = self.len(heap);
        let i = i.min(len);
        let j = j.clamp(i, len);
        let new = (len - (j - i)).checked_add(values.len()).ok_or(NoMemory)?;
        if new == 0 {
            self.clear(heap);
            return Ok(());
        }
        self.grow(heap, new)?;
        let s = self.storage(heap);
        if new != len {
            heap.cage.copy_bytes(
                (s + 2 + j) * 8,
                (s + 2 + i + values.len()) * 8,
                (len - j) * 8,
            );
        }
        heap.put_values(s + 2 + i, values);
        let changed = if new == len { i + values.len() } else { new };
        heap.barrier_range(s as u32, s + 2 + i..s + 2 + changed);
        if new >= len {
            self.set_len(heap, s, new);
        } else {
            self.truncate(heap, new);
        }
        Ok(())
    }

    /// Appends values.
    pub fn extend(self, heap: &Heap, values: &[Value<'_>]) -> Result<(), NoMemory> {
        let len = self.len(heap);
        self.splice(heap, len, len, values)
    }

    /// Stores the elements of another list over those from `start` on, of which there are enough.
    pub fn overwrite(self, heap: &Heap, start: usize, other: List<'_>) {
        let from = other.words(heap);
        let s = self.storage(heap);
        if self.0 == other.0 || s == 0 {
            return;
        }
        if let Some(to) = self.words(heap).get(start..start + from.len()) {
            copy_words(from, to);
            let at = s + 2 + start;
            heap.barrier_range(s as u32, at..at + from.len());
        }
    }

    /// Appends `n` elements of a list, which may be this one, from `start` on; fewer if it has no more.
    pub fn append_range(
        self,
        heap: &Heap,
        other: List<'_>,
        start: usize,
        n: usize,
    ) -> Result<(), NoMemory> {
        let n = n.min(other.len(heap).saturating_sub(start));
        if n == 0 {
            return Ok(());
        }
        let len = self.len(heap);
        self.reserve(heap, len.checked_add(n).ok_or(NoMemory)?)?;
        let (s, from) = (self.storage(heap), other.storage(heap) + 2 + start);
        let to = s + 2 + len;
        heap.cage.copy_bytes(from * 8, to * 8, n * 8);
        self.set_len(heap, s, len + n);
        heap.barrier_range(s as u32, to..to + n);
        Ok(())
    }

    /// Exchanges two elements.
    pub fn swap(self, heap: &Heap, i: usize, j: usize) {
        let (s, len) = (self.storage(heap), self.len(heap));
        if i < len && j < len {
            let (a, b) = (heap.load_word(s + 2 + i), heap.load_word(s + 2 + j));
            heap.store(s as u32, heap.load(s), s + 2 + i, b);
            heap.store(s as u32, heap.load(s), s + 2 + j, a);
        }
    }

    /// Reverses the elements in place.
    pub fn reverse(self, heap: &Heap) {
        let (s, len) = (self.storage(heap) + 2, self.len(heap));
        if let Some(cells) = heap.cage.words().get(s..s + len) {
            (0..len / 2).for_each(|i| cells[i].swap(&cells[len - 1 - i]));
            heap.barrier_range(s as u32 - 2, s..s + len);
        }
    }

    /// The elements. A list that is changed meanwhile yields what is then there (EMPTY beyond its end).
    pub fn iter(
        self,
        heap: &'v Heap,
    ) -> impl ExactSizeIterator<Item = Value<'v>> + DoubleEndedIterator + 'v {
        (0..self.len(heap)).map(move |i| self.get(heap, i))
    }

    /// A copy of the elements.
    pub fn to_vec(self, heap: &'v Heap) -> Vec<Value<'v>> {
        let (s, len) = (self.storage(heap) + 2, self.len(heap));
        let cells = heap.cage.words().get(s..s + len).unwrap_or(&[]);
        crate::collected(cells.iter().map(|c| Word::from_bits(c.get()).value(heap)))
    }

    /// How many elements fit without growing.
    pub fn capacity(self, heap: &Heap) -> usize {
        self.room(heap)
    }

    /// Takes all elements out, leaving the list empty: for sorting.
    pub fn take(self, heap: &'v Heap) -> Vec<Value<'v>> {
        let all = self.to_vec(heap);
        self.clear(heap);
        all
    }
}

impl Heap {
    /// A list.
    pub fn new_list(&self, values: &[Value<'_>]) -> Result<List<'_>, NoMemory> {
        let list = self.list_with_capacity(values.len())?;
        if !values.is_empty() {
            let s = list.storage(self);
            self.put_values(s + 2, values);
            list.set_len(self, s, values.len());
        }
        Ok(list)
    }

    /// A list of `n` elements of another from `start` on; of fewer if it has no more.
    pub fn new_list_of(
        &self,
        list: List<'_>,
        start: usize,
        n: usize,
    ) -> Result<List<'_>, NoMemory> {
        let words = list.words(self);
        let end = start.saturating_add(n).min(words.len());
        self.list_of_words(words.get(start..end).unwrap_or_default(), &[])
    }

    /// The elements of two lists behind each other.
    pub fn new_list_concat(&self, a: List<'_>, b: List<'_>) -> Result<List<'_>, NoMemory> {
        self.list_of_words(a.words(self), b.words(self))
    }

    fn list_of_words(&self, a: &[Cell<u64>], b: &[Cell<u64>]) -> Result<List<'_>, NoMemory> {
        let n = a.len() + b.len();
        let list = self.list_with_capacity(n)?;
        let s = list.storage(self);
        if s != 0 {
            let to = self.cage.words().get(s + 2..s + 2 + n);
            let (first, second) = to.unwrap_or_default().split_at(a.len());
            copy_words(a, first);
            copy_words(b, second);
            list.set_len(self, s, n);
        }
        Ok(list)
    }

    /// An empty list with room.
    pub fn list_with_capacity(&self, n: usize) -> Result<List<'_>, NoMemory> {
        let storage = if n > 0 {
            Some(self.new_storage(n)?)
        } else {
            None
        };
        let (at, _) = self.alloc(Kind::List, 0, 0, 3)?;
        let (word, room) = storage.map_or((Word::EMPTY, 0), |(s, room)| (Word::reference(s), room));
        self.put(at as usize + 1, word.bits());
        self.put(at as usize + 2, (room as u64) << 3);
        Ok(List(Word::reference(at).value(self)))
    }
}

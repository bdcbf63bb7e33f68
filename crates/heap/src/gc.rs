//! The collector: precise, non-moving, generational by sticky mark bits.
//!
//! New objects are unmarked. A minor collection marks from the roots and from the remembered objects (old ones that were stored a
//! reference to since), stops at marked objects, and sweeps only what was allocated into since the last collection; survivors stay marked, so they are old. A full
//! collection flips the meaning of the mark bit and starts anew.
//!
//! Marking uses a stack of its own, and takes large arrays in pieces, so neither deep nor wide graphs make it long.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::Ordering;

use crate::cards::CARD_WORDS;
use crate::header::{MARK, REMEMBERED};
use crate::kind::{Kind, Scan};
use crate::pages::{PAGE_BYTES, PAGE_WORDS, Use};
use crate::word::{Value, Word};
use crate::{BREAK_GC, Heap, header};

/// How thoroughly to collect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Collection {
    /// Only objects allocated since the last collection.
    Minor,
    /// All objects.
    Full,
}

/// What a collection found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Unreachable objects with finalizers, kept alive for now: call `__del__`, once.
    pub finalize: Vec<Word>,
    /// For each of them a rank: what leads to another has the higher one.
    pub ranks: Vec<u32>,
    /// Weak references (or the instances that wrap them) whose referents died: call their callbacks.
    pub callbacks: Vec<Word>,
    /// Bytes of the objects that were freed.
    pub freed_bytes: usize,
    /// How many objects were freed (storages of lists and dicts count as objects).
    pub freed_objects: usize,
}

/// Counts since the heap was made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Minor collections.
    pub minor: usize,
    /// Full collections.
    pub full: usize,
    /// Bytes freed.
    pub freed_bytes: usize,
    /// Objects freed.
    pub freed_objects: usize,
    /// Bytes in use after the last collection.
    pub live_bytes: usize,
}

/// A hash of object indexes that costs next to nothing.
#[derive(Default)]
pub(crate) struct IndexHasher(u64);

impl Hasher for IndexHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u32(*b as u32));
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0 ^ n as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29);
    }
}

pub(crate) type IndexSet = HashSet<u32, BuildHasherDefault<IndexHasher>>;

/// Elements of an array that are scanned in one go.
const PIECE: usize = 512;

/// Marks what is reachable from the words it is given.
pub struct Marker<'a> {
    heap: &'a Heap,
    /// What the mark bit is in marked objects.
    marked: u64,
    full: bool,
    /// Objects to scan, from which word on.
    stack: Vec<(u32, u32)>,
}

impl Marker<'_> {
    /// Marks the object that a word refers to, if it is a reference.
    #[inline(always)]
    pub fn mark(&mut self, word: Word) {
        if let Some(at) = word.as_ref_index() {
            self.mark_index(at);
        }
    }

    /// Marks an object by its index; 0 is none.
    #[inline]
    pub fn mark_index(&mut self, at: u32) {
        let header = self.heap.load(at as usize);
        if header & MARK == self.marked
            || header::kind(header) == Kind::Free as u8
            || (at as usize) < self.heap.stack_words
        {
            return;
        }
        self.heap.put(at as usize, header ^ MARK);
        match Kind::from_u8(header::kind(header)).scan() {
            Scan::Raw | Scan::Nothing => {}
            Scan::Text => self.mark_checkpoints(at, header),
            Scan::Counted | Scan::Whole => self.stack.push((at, 1)),
        }
    }

    /// Marks the values on the VM stack in a range of words.
    pub fn mark_stack(&mut self, range: std::ops::Range<usize>) {
        let heap = self.heap;
        let end = range.end.min(heap.stack_words);
        for cell in heap
            .cage
            .words()
            .get(range.start.min(end)..end)
            .unwrap_or(&[])
        {
            self.mark(Word::from_bits(cell.get()));
        }
    }

    /// Whether an object is known to be alive.
    pub(crate) fn is_marked(&self, at: u32) -> bool {
        self.heap.load(at as usize) & MARK == self.marked
    }

    fn mark_checkpoints(&mut self, at: u32, header: u64) {
        if header::layout(header) & crate::strings::ASCII == 0 {
            let table = (self.heap.load(at as usize + 2) >> 32) as u32;
            if table != 0 {
                self.mark_index(table);
            }
        }
    }

    /// Scans until nothing is left to scan.
    fn drain(&mut self) {
        while let Some((at, from)) = self.stack.pop() {
            self.scan(at, from as usize);
        }
    }

    /// Scans the part of a large object that lies on a card. The object may have been freed since, and its pages used anew.
    fn scan_card(&mut self, obj: u32, card: usize) {
        let heap = self.heap;
        let Use::Large(pages) = heap.pages.borrow().usage(obj / PAGE_WORDS as u32) else {
            return;
        };
        let header = heap.load(obj as usize);
        let (start, end) = (obj as usize, obj as usize + pages as usize * PAGE_WORDS);
        let (from, to) = match Kind::from_u8(header::kind(header)).scan() {
            Scan::Counted => (
                start + 2,
                end.min(start + 2 + (heap.load(start + 1) >> 3) as usize),
            ),
            Scan::Whole => (start + 1, end),
            Scan::Text => return self.mark_checkpoints(obj, header),
            Scan::Raw | Scan::Nothing => return,
        };
        if card == start / CARD_WORDS {
            self.mark_index(header::shape(header));
        }
        let from = from.max(card * CARD_WORDS);
        let to = to.min((card + 1) * CARD_WORDS);
        for cell in heap.cage.words().get(from..to).unwrap_or(&[]) {
            self.mark(Word::from_bits(cell.get()));
        }
    }

    fn scan(&mut self, at: u32, from: usize) {
        let heap = self.heap;
        let header = heap.load(at as usize);
        let kind = Kind::from_u8(header::kind(header));
        let end = match kind.scan() {
            Scan::Counted => 2 + (heap.load(at as usize + 1) >> 3) as usize,
            Scan::Whole => heap.cell_words(at, header),
            Scan::Text => return self.mark_checkpoints(at, header),
            Scan::Raw | Scan::Nothing => return,
        };
        if from == 1 {
            let shape = header::shape(header);
            if shape != 0 {
                self.mark_index(shape);
            }
            if kind == Kind::Code && self.full {
                heap.clear_code_cache(at);
            }
        }
        let stop = end.min(from + PIECE);
        if stop < end {
            self.stack.push((at, stop as u32));
        }
        let start = at as usize;
        for cell in heap
            .cage
            .words()
            .get(start + from..start + stop)
            .unwrap_or(&[])
        {
            self.mark(Word::from_bits(cell.get()));
        }
    }
}

impl Heap {
    /// What the next collection should be.
    pub fn collection_due(&self) -> Collection {
        if self.pages.borrow().used() >= self.full_at_pages.get() || self.limit_hit.get() {
            Collection::Full
        } else {
            Collection::Minor
        }
    }

    /// Frees what is unreachable from the words that `roots` marks.
    pub fn collect(&mut self, what: Collection, roots: &mut dyn FnMut(&mut Marker<'_>)) -> Outcome {
        let full = what == Collection::Full;
        self.retire();
        let remembered = std::mem::take(&mut *self.remembered.borrow_mut());
        for at in &remembered {
            self.put(*at as usize, self.load(*at as usize) & !REMEMBERED);
        }
        let cards = self.cards.borrow_mut().take();
        let filled = std::mem::take(&mut *self.filled_caches.borrow_mut());
        if full {
            self.age_young();
            self.young.set(self.young.get() ^ MARK);
            self.old.set(self.old.get() ^ MARK);
        }
        let heap = &*self;
        let mut marker = Marker {
            heap,
            marked: heap.old.get() & MARK,
            full,
            stack: Vec::new(),
        };
        if !full {
            remembered.iter().for_each(|at| marker.stack.push((*at, 1)));
            cards
                .iter()
                .for_each(|(obj, card)| marker.scan_card(*obj, *card as usize));
            filled.iter().for_each(|code| heap.clear_code_cache(*code));
        }
        roots(&mut marker);
        heap.latin1.iter().for_each(|w| marker.mark(w.get()));
        marker.mark(heap.empty_tuple.get());
        marker.drain();
        let mut weak = heap.weak.take();
        let (finalize, ranks) = weak.finalize(full, heap, &mut marker);
        marker.drain();
        let callbacks = weak.clear_dead(full, heap, &marker);
        heap.weak.replace(weak);
        let marked = marker.marked;
        if full {
            heap.interned
                .borrow_mut()
                .retain(|s| heap.load(s as usize) & MARK == marked);
        }
        let mut host = std::mem::take(&mut self.host);
        host.sweep(full, |at| self.load(at as usize) & MARK == marked);
        self.host = host;
        let (freed_objects, freed_words) = self.sweep(full);
        self.allocated_words.set(0);
        self.limit_hit.set(false);
        if full {
            let used = self.pages.borrow().used();
            if used + self.reserve_pages() / 4 <= self.limit_pages.get() {
                self.grace_pages.set(0);
            }
            self.pages
                .borrow_mut()
                .release(&self.cage, ((4 << 20 >> 12) + used / 8) as u32);
            self.full_at_pages
                .set((used + used * 7 / 10).max((32 << 20) / PAGE_BYTES));
        }
        self.set_trigger();
        if !self.stress {
            self.breaker.fetch_and(!BREAK_GC, Ordering::Relaxed);
        }
        let mut stats = self.stats.get();
        *(if full {
            &mut stats.full
        } else {
            &mut stats.minor
        }) += 1;
        stats.freed_objects += freed_objects;
        stats.freed_bytes += freed_words * 8;
        stats.live_bytes = self.bytes_in_use();
        self.stats.set(stats);
        Outcome {
            finalize,
            ranks,
            callbacks,
            freed_bytes: freed_words * 8,
            freed_objects,
        }
    }

    /// Takes a request for a collection back until as much again was allocated: for `gc.disable()`.
    pub fn postpone_collection(&self) {
        self.allocated_words.set(0);
        if !self.stress {
            self.breaker.fetch_and(!BREAK_GC, Ordering::Relaxed);
        }
    }

    /// How much to allocate until the next collection: less when the limit is near.
    pub(crate) fn set_trigger(&self) {
        let room = self
            .limit_pages
            .get()
            .saturating_sub(self.pages.borrow().used())
            * (PAGE_BYTES / 8);
        self.trigger_words
            .set(self.nursery_words.min(room / 4).max(1 << 12));
    }

    /// Tells the collector that an inline cache of this code object was filled. Caches refer weakly to objects: a minor collection
    /// zeroes those filled since the last collection (older ones refer to old objects), a full one all.
    pub fn cache_filled(&self, code: Word) {
        if let Some(at) = code.as_ref_index() {
            self.filled_caches.borrow_mut().insert(at);
        }
    }

    fn clear_code_cache(&self, code: u32) {
        let Some(slot) = self.code_cache_slot else {
            return;
        };
        let cache = self.load_word(code as usize + 1 + slot).value(self);
        if let Some(cache) = cache.as_exact_raw(self) {
            let words = cache.len(self).div_ceil(8);
            for cell in self
                .cage
                .words()
                .get(cache.place(2)..cache.place(2) + words)
                .unwrap_or(&[])
            {
                cell.set(0);
            }
        }
    }

    /// Counts since the heap was made.
    pub fn stats(&self) -> Stats {
        self.stats.get()
    }

    /// Calls `f` with every object, dead ones that were not collected yet included, but not with what is inside of others
    /// (value arrays, raw arrays, shapes).
    pub fn for_each_object<'v>(&'v self, f: &mut dyn FnMut(crate::Obj<'v>)) {
        self.retire();
        self.each_cell(&mut |at, header| {
            let hidden = match Kind::from_u8(header::kind(header)) {
                Kind::Free | Kind::ValueArray | Kind::RawArray | Kind::Shape => true,
                Kind::Dict => header::layout(header) == crate::shape::INTERNAL,
                _ => false,
            };
            if !hidden {
                f(crate::Obj::from_index(self, at));
            }
        });
    }

    /// The values that an object refers to; elements in place of storages.
    pub fn referents<'v>(&'v self, obj: crate::Obj<'v>) -> Vec<Value<'v>> {
        let mut out = Vec::new();
        let value = obj.value();
        let header = obj.header(self);
        let kind = Kind::from_u8(header::kind(header));
        let at = obj.index() as usize;
        let mut push_words = |range: std::ops::Range<usize>| {
            for cell in self.cage.words().get(range).unwrap_or(&[]) {
                let v = Word::from_bits(cell.get()).value(self);
                if !v.is_empty() {
                    out.push(v);
                }
            }
        };
        match kind {
            Kind::List => {
                if let Some(list) = value.as_exact_list(self) {
                    out.extend(list.iter(self));
                }
            }
            Kind::Dict => {
                if let Some(dict) = value.as_exact_dict(self) {
                    out.extend(dict.iter(self).flat_map(|(k, v)| [k, v]));
                }
            }
            Kind::Set | Kind::FrozenSet => {
                if let Some(set) = value.as_any_set(self) {
                    out.extend(set.iter(self));
                }
            }
            Kind::WeakRef => {
                if let Some(w) = value.as_exact_weakref(self) {
                    out.extend(w.callback(self).non_empty());
                }
            }
            Kind::ByteArray | Kind::Shape => {}
            _ => match kind.scan() {
                Scan::Counted => push_words(at + 2..at + 2 + (self.load(at + 1) >> 3) as usize),
                Scan::Whole => {
                    push_words(at + 1..at + self.cell_words(at as u32, header));
                    // Attributes beyond the inline slots.
                    if matches!(kind, Kind::Instance | Kind::Wrapped)
                        && let Some(array) = self.overflow(obj)
                    {
                        out.retain(|v| *v != array.value());
                        out.extend(array.iter(self).filter(|v| !v.is_empty()));
                    }
                }
                _ => {}
            },
        }
        out
    }

    /// Whether the collector looks into the object: false for str, numbers and the like.
    pub fn is_tracked(&self, value: Value<'_>) -> bool {
        value.as_obj().is_some_and(|o| !o.kind(self).is_raw())
    }

    /// Bytes of an object, storages of its own included; 0 for immediate values.
    pub fn size_of(&self, value: Value<'_>) -> usize {
        let Some(obj) = value.as_obj() else { return 0 };
        let header = obj.header(self);
        let own = self.cell_words(obj.index(), header) * 8;
        let storage = |word: usize| {
            let at = self.load_word(obj.index() as usize + word).as_ref_index();
            at.map_or(0, |at| self.cell_words(at, self.load(at as usize)) * 8)
        };
        own + match Kind::from_u8(header::kind(header)) {
            Kind::List | Kind::ByteArray => storage(1),
            Kind::Dict => crate::table::Table::<1>(obj.index()).storage_bytes(self),
            Kind::Set | Kind::FrozenSet => {
                crate::set_table::SetTable(obj.index()).storage_bytes(self)
            }
            _ => 0,
        }
    }
}

//! The heap: object layouts, allocation, garbage collection, strings, dicts and shapes, in safe Rust over the cage's words.
//!
//! It knows how values are laid out and what keeps them alive, and nothing of Python's semantics, types and calls.
//!
//! * [`Word`] is a value without a lifetime, [`Value`] one that borrows the heap. Allocation takes `&Heap` and never collects;
//!   [`Heap::collect`] takes `&mut Heap`, so no `Value` lives across it.
//! * Typed references ([`Str`], [`List`], [`Dict`], …) come from `Value::as_*`, which check the kind; every access is bounds-checked on the cage, so
//!   a mistake can yield a wrong value but never touch memory outside.
//! * Every store of a reference goes through the write barrier in this file ([`Heap::store`]).
#![forbid(unsafe_code)]

use std::cell::{Cell as StdCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mesapy_cage::Cage;

mod alloc;
mod bytes;
mod cards;
mod dict;
mod gc;
mod header;
mod host;
mod instance;
mod intern;
mod kind;
mod list;
mod number;
mod object;
mod order;
mod pages;
mod seq;
mod set;
mod set_table;
mod set_view;
mod shape;
mod siphash;
mod small;
mod stack;
mod strings;
mod sweep;
mod table;
mod weak;
mod word;

pub use bytes::{ByteArray, Bytes, RawArray};
pub use dict::Dict;
pub use gc::{Collection, Marker, Outcome, Stats};
pub use kind::Kind;
pub use list::List;
pub use number::{BigInt, BoxedFloat, Complex};
pub use object::Obj;
pub use seq::{Tuple, ValueArray};
pub use set::{AnySet, FrozenSet, Set};
pub use set_view::{SetView, Undecided};
pub use shape::{Location, SHAPE_ATTRS_MAX, Shape};
pub use siphash::siphash13;
pub use small::{Cell, Range, Slice};
pub use stack::{WINDOW_WORDS, Words};
pub use strings::{Str, StrIter};
pub use table::{Found, Probe};
/// The word of a dict that holds its keys version, shifted left by four.
pub const DICT_VERSION_WORD: usize = table::VERSION;
/// The bits of a header that say whether stores to the object need the write barrier.
pub const MARK_AND_REMEMBERED: u64 = header::MARK | header::REMEMBERED;
pub use weak::WeakRef;
pub use word::{SMALL_INT_MAX, SMALL_INT_MIN, Value, Word};

/// The memory limit or the cage's end was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

/// Collects what may be as large as the heap itself into the host's memory, where an allocation that fails would end the process.
pub(crate) fn collected<T>(items: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    if out.try_reserve_exact(items.len()).is_err() {
        std::panic::panic_any(NoMemory);
    }
    out.extend(items);
    out
}

/// The bit of the breaker that asks for a collection.
pub const BREAK_GC: u32 = 1;

/// The smallest stack: a window of registers and as much for the frames before it.
const STACK_WORDS_MIN: usize = 1 << 17;

/// How a heap is set up.
#[derive(Clone, Debug)]
pub struct HeapConfig {
    /// Address space to try for, stack included.
    pub cage_bytes_max: usize,
    /// The VM stack's share, if the cage is at least eight times as large.
    pub stack_bytes_max: usize,
    /// Pages of objects may take no more than this; None: no limit but the cage.
    pub limit_bytes: Option<usize>,
    /// Key of the string hash; zero as with PYTHONHASHSEED=0.
    pub hash_key: (u64, u64),
    /// Ask for a collection always, and poison what is freed.
    pub stress: bool,
    /// The slot of `Code` objects that holds a `RawArray` of inline caches, zeroed by full collections.
    pub code_cache_slot: Option<usize>,
    /// Bytes allocated between collections.
    pub nursery_bytes: usize,
}

impl Default for HeapConfig {
    fn default() -> HeapConfig {
        HeapConfig {
            cage_bytes_max: mesapy_cage::CAGE_BYTES_MAX,
            stack_bytes_max: 256 << 20,
            limit_bytes: None,
            hash_key: (0, 0),
            stress: false,
            code_cache_slot: None,
            nursery_bytes: 4 << 20,
        }
    }
}

/// All Python state of one interpreter. See the module's head.
pub struct Heap {
    pub(crate) cage: Cage,
    pub(crate) classes: [alloc::Class; 64],
    pub(crate) pages: RefCell<pages::Pages>,
    pub(crate) blocks: RefCell<alloc::Blocks>,
    /// The mark bit of new objects.
    pub(crate) young: StdCell<u64>,
    /// What mark and remembered bits look like in an object whose stores need the barrier.
    pub(crate) old: StdCell<u64>,
    pub(crate) remembered: RefCell<gc::IndexSet>,
    pub(crate) cards: RefCell<cards::Cards>,
    pub(crate) allocated_words: StdCell<usize>,
    pub(crate) trigger_words: StdCell<usize>,
    pub(crate) nursery_words: usize,
    pub(crate) full_at_pages: StdCell<usize>,
    pub(crate) limit_pages: StdCell<usize>,
    /// What all small objects may use of the reserve since a refusal was reported.
    pub(crate) grace_pages: StdCell<usize>,
    pub(crate) limit_hit: StdCell<bool>,
    pub(crate) breaker: Arc<AtomicU32>,
    pub(crate) stress: bool,
    pub(crate) stack_words: usize,
    pub(crate) hash_key: (u64, u64),
    pub(crate) code_cache_slot: Option<usize>,
    pub(crate) filled_caches: RefCell<gc::IndexSet>,
    pub(crate) keys_version: StdCell<u32>,
    pub(crate) interned: RefCell<intern::InternTable>,
    pub(crate) latin1: [StdCell<Word>; 257],
    pub(crate) empty_tuple: StdCell<Word>,
    pub(crate) weak: RefCell<weak::WeakTable>,
    pub(crate) host: host::HostTable,
    pub(crate) stats: StdCell<Stats>,
}

/// How much of the heap has memory from the start.
const FIRST_WORDS: usize = (1 << 20) / 8;

impl Heap {
    /// A heap with its cage; fails when not even the smallest cage can be had.
    pub fn new(config: HeapConfig) -> Result<Heap, NoMemory> {
        let cage = Cage::reserve(config.cage_bytes_max).map_err(|_| NoMemory)?;
        let reserved = cage.reserved_words();
        // A committed stack counts as data even before it is touched.
        let data_words = Cage::data_limit_bytes().map_or(usize::MAX, |b| b / 8);
        let share = reserved.min(data_words) / 8;
        let mut stack_words = (config.stack_bytes_max / 8).min(share).max(STACK_WORDS_MIN)
            & !(alloc::BLOCK_WORDS - 1);
        while !cage.commit(stack_words + alloc::BLOCK_WORDS) {
            if stack_words <= STACK_WORDS_MIN {
                return Err(NoMemory);
            }
            stack_words = (stack_words / 2).max(STACK_WORDS_MIN) & !(alloc::BLOCK_WORDS - 1);
        }
        // What every interpreter uses at once.
        cage.populate(stack_words..stack_words + FIRST_WORDS);
        let first_page = (stack_words / pages::PAGE_WORDS) as u32;
        let end_page = (reserved / pages::PAGE_WORDS) as u32;
        let heap = Heap::with_cage(&config, cage, stack_words, first_page..end_page);
        heap.set_limit(config.limit_bytes);
        heap.make_singletons()?;
        Ok(heap)
    }

    /// Where in a heap the bits are that an object has when stores to it need the barrier.
    pub const OLD_BITS_OFFSET: usize = std::mem::offset_of!(Heap, old);

    /// Whether the cage is one that compiled code can work in.
    pub fn is_guarded(&self) -> bool {
        self.cage.guarded()
    }
    /// The cage, for entering compiled code.
    pub fn cage(&self) -> &Cage {
        &self.cage
    }
    /// The write barrier alone, for a store that compiled code made to a word of an object.
    pub fn barrier_at(&self, obj: u32, at: u32) {
        self.barrier_range(obj, at as usize..at as usize + 1);
    }

    /// A heap without memory, in which nothing can be made: what stands in while the real one is with another thread.
    pub fn vacant() -> Heap {
        Heap::with_cage(&HeapConfig::default(), Cage::vacant(), 0, 0..0)
    }

    fn with_cage(
        config: &HeapConfig,
        cage: Cage,
        stack_words: usize,
        pages: std::ops::Range<u32>,
    ) -> Heap {
        Heap {
            cage,
            classes: std::array::from_fn(|_| alloc::Class::default()),
            pages: RefCell::new(pages::Pages::new(pages.start, pages.end)),
            blocks: RefCell::new(alloc::Blocks {
                roomy: vec![Vec::new(); 64],
                ..alloc::Blocks::default()
            }),
            young: StdCell::new(header::MARK),
            old: StdCell::new(0),
            remembered: RefCell::default(),
            cards: RefCell::default(),
            allocated_words: StdCell::new(0),
            trigger_words: StdCell::new(config.nursery_bytes / 8),
            nursery_words: config.nursery_bytes / 8,
            full_at_pages: StdCell::new((32 << 20) / pages::PAGE_BYTES),
            limit_pages: StdCell::new(usize::MAX >> 16),
            grace_pages: StdCell::new(0),
            limit_hit: StdCell::new(false),
            breaker: Arc::new(AtomicU32::new(if config.stress { BREAK_GC } else { 0 })),
            stress: config.stress,
            stack_words,
            hash_key: config.hash_key,
            code_cache_slot: config.code_cache_slot,
            filled_caches: RefCell::default(),
            keys_version: StdCell::new(1),
            interned: RefCell::default(),
            latin1: std::array::from_fn(|_| StdCell::new(Word::EMPTY)),
            empty_tuple: StdCell::new(Word::EMPTY),
            weak: RefCell::default(),
            host: host::HostTable::default(),
            stats: StdCell::default(),
        }
    }

    /// The word at an index; outside of the cage it reads as poison.
    #[inline(always)]
    pub(crate) fn load(&self, at: usize) -> u64 {
        match self.cage.words().get(at) {
            Some(cell) => cell.get(),
            None => Word::POISON.bits() & !0xFF,
        }
    }

    /// Any word of the cage, 0 beyond its end: for the interpreter's inner loop, which knows what it reads. It must come from an index
    /// that was got since the last collection.
    #[inline(always)]
    pub fn word_at(&self, at: u32) -> u64 {
        match self.cage.words().get(at as usize) {
            Some(cell) => cell.get(),
            None => 0,
        }
    }

    /// The word at an index as a `Word`.
    #[inline(always)]
    pub(crate) fn load_word(&self, at: usize) -> Word {
        match self.cage.words().get(at) {
            Some(cell) => {
                let word = Word::from_bits(cell.get());
                debug_assert!(
                    !self.stress || word != Word::POISON,
                    "freed memory was read at word {at}"
                );
                word
            }
            None => Word::EMPTY,
        }
    }

    /// Stores without the barrier: for new objects, for what is no reference, and for headers.
    #[inline(always)]
    pub(crate) fn put(&self, at: usize, bits: u64) {
        if let Some(cell) = self.cage.words().get(at) {
            cell.set(bits);
        }
    }

    /// Stores a value into the object at `obj`, whose header is `header`; `at` is the word's index in the cage.
    #[inline(always)]
    pub(crate) fn store(&self, obj: u32, header: u64, at: usize, word: Word) {
        self.put(at, word.bits());
        if word.is_ref() && header & (header::MARK | header::REMEMBERED) == self.old.get() {
            self.remember(obj, header, at);
        }
    }

    #[cold]
    #[inline(never)]
    fn remember(&self, obj: u32, header: u64, at: usize) {
        if header::class(header) == header::LARGE_CLASS {
            self.cards.borrow_mut().soil(obj, at);
        } else {
            self.put(obj as usize, header | header::REMEMBERED);
            self.remembered.borrow_mut().insert(obj);
        }
    }

    /// The write barrier alone, for stores to an object's first words that were made by `put`.
    #[inline(always)]
    pub(crate) fn barrier(&self, obj: u32) {
        self.barrier_range(obj, obj as usize..obj as usize + 1);
    }

    /// The write barrier alone, for stores to a range of words that were made otherwise.
    #[inline]
    pub(crate) fn barrier_range(&self, obj: u32, range: std::ops::Range<usize>) {
        let header = self.load(obj as usize);
        if header & (header::MARK | header::REMEMBERED) == self.old.get() {
            for at in range.clone().step_by(cards::CARD_WORDS).chain(range.last()) {
                self.remember(obj, header, at);
                if header::class(header) != header::LARGE_CLASS {
                    break;
                }
            }
        }
    }

    /// A number that no table of this heap has had: for `keys_version`.
    #[inline]
    pub(crate) fn next_version(&self) -> u32 {
        let v = self.keys_version.get();
        // Zero stays unused, so that a cache can start with it.
        self.keys_version.set(v.wrapping_add(1).max(1));
        v
    }

    /// The flag word that the interpreter polls; its bit [`BREAK_GC`] asks for a collection. Other bits are the VM's.
    pub fn breaker(&self) -> &Arc<AtomicU32> {
        &self.breaker
    }

    /// Whether a collection is due.
    #[inline(always)]
    pub fn gc_requested(&self) -> bool {
        self.breaker.load(Ordering::Relaxed) & BREAK_GC != 0
    }

    /// Asks for a collection at the next safepoint.
    pub fn request_gc(&self) {
        self.breaker.fetch_or(BREAK_GC, Ordering::Relaxed);
    }

    /// Whether this heap poisons what it frees and wants a collection at every safepoint.
    pub fn is_stress(&self) -> bool {
        self.stress
    }

    /// Sets the most bytes that objects may take. Where the system limits data, a quarter of that stays for the host in any case:
    /// its allocations, unlike ours, cannot fail without ending the process.
    pub fn set_limit(&self, bytes: Option<usize>) {
        let data =
            Cage::data_limit_bytes().map(|b| (b / 4 * 3).saturating_sub(self.stack_words * 8));
        let bytes = bytes.into_iter().chain(data).min();
        let pages = bytes.map_or(usize::MAX >> 16, |b| b / pages::PAGE_BYTES);
        self.limit_pages.set(pages);
        self.set_trigger();
    }

    /// Address space that this heap has reserved, used or not.
    pub fn reserved_bytes(&self) -> usize {
        self.cage.reserved_words() * 8
    }

    /// The limit in bytes, if there is one.
    pub fn limit(&self) -> Option<usize> {
        let pages = self.limit_pages.get();
        (pages < usize::MAX >> 16).then_some(pages * pages::PAGE_BYTES)
    }

    /// Whether an allocation was refused since the last collection, or small objects have gone beyond the limit.
    pub fn limit_exceeded(&self) -> bool {
        self.limit_hit.get()
            || self.pages.borrow().used() > self.limit_pages.get() + self.grace_pages.get()
    }

    /// A refusal is being reported: small objects may use half of the reserve, until a full collection finds the heap below its limit again.
    pub fn grant_grace(&self) {
        self.grace_pages.set(self.reserve_pages() / 2);
    }
}

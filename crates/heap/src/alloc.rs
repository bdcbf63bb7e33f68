//! Allocation: size classes in 32 KiB blocks for up to 1024 words, page runs for what is larger.
//!
//! A class has cells of one size: exact from 2 to 16 words, then eight steps for each doubling (9 % waste on average). Allocation bumps through a
//! *run* of adjacent free cells; the sweeper makes such runs, each with a header word (kind `Free`, length in the high half) and the
//! index of the next run of the class in its second word. A cell that is freed at once (the old storage of a grown list) is a run of one.
//!
//! Invariants: a block is *dirty* when it was allocated into or freed from since the last collection; the runs that hang on a class belong to dirty blocks;
//! the runs of a clean block hang on the block. New objects are unmarked (young).

use std::cell::Cell;

use crate::header::{self, LARGE_CLASS};
use crate::kind::Kind;
use crate::pages::{PAGE_BYTES, PAGE_WORDS, Use};
use crate::{Heap, NoMemory};

pub(crate) const BLOCK_PAGES: u32 = 8;
pub(crate) const BLOCK_WORDS: usize = BLOCK_PAGES as usize * PAGE_WORDS;
/// Cells larger than this are page runs.
pub(crate) const SMALL_WORDS_MAX: usize = 1024;
/// No object is larger (a length has 32 bits).
pub(crate) const OBJECT_WORDS_MAX: usize = u32::MAX as usize;

/// Words of a cell of each class.
pub(crate) const CELL_WORDS: [u16; 64] = {
    let mut table = [0; 64];
    let mut class = 0;
    while class < 15 {
        table[class] = class as u16 + 2;
        class += 1;
    }
    while class < 63 {
        let (doubling, step) = ((class - 15) / 8, (class - 15) % 8 + 1);
        table[class] = (16 << doubling) + (2 << doubling) * step as u16;
        class += 1;
    }
    table
};

/// The class whose cells hold `words` words.
#[inline(always)]
pub(crate) fn class_of(words: usize) -> usize {
    if words <= 16 {
        return words.max(2) - 2;
    }
    let doubling = (words - 1).ilog2() as usize - 4;
    if doubling > 5 {
        return LARGE_CLASS;
    }
    15 + doubling * 8 + ((words - 1 - (16 << doubling)) >> (doubling + 1))
}

/// Where the next cell of a class comes from.
#[derive(Default)]
pub(crate) struct Class {
    pub bump: Cell<u32>,
    pub limit: Cell<u32>,
    /// More runs, linked through their second words; 0 ends the list.
    pub runs: Cell<u32>,
}

/// A block of small cells.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    /// First word; 0 for an unused entry of the block table.
    pub start: u32,
    pub class: u8,
    pub dirty: bool,
    /// Runs of free cells, while the block is clean.
    pub runs: u32,
}

/// The block table and, for each class, the clean blocks that have room.
#[derive(Default)]
pub(crate) struct Blocks {
    pub table: Vec<Block>,
    pub unused: Vec<u32>,
    pub roomy: Vec<Vec<u32>>,
    pub dirty: Vec<u32>,
    /// Large objects allocated since the last collection.
    pub young_large: Vec<u32>,
}

impl Heap {
    /// A new object of `words` words (the header's included) with only the header written. Also: the words that it really has.
    #[inline]
    pub(crate) fn alloc(
        &self,
        kind: Kind,
        layout: u16,
        shape: u32,
        words: usize,
    ) -> Result<(u32, usize), NoMemory> {
        let class = class_of(words);
        if class == LARGE_CLASS {
            return self.alloc_large(header::make(kind, layout, shape) | self.young.get(), words);
        }
        let at = match self.bump(class) {
            Some(at) => at,
            None => self.refill(class, false)?,
        };
        self.put(
            at as usize,
            header::make(kind, layout, shape) | self.young.get() | header::class_bits(class),
        );
        Ok((at, CELL_WORDS[class & 63] as usize))
    }

    /// A small object that must not fail: it may use the reserve behind the memory limit, and panics with `NoMemory` when nothing is left.
    #[inline]
    pub(crate) fn alloc_small(&self, kind: Kind, layout: u16, shape: u32, words: usize) -> u32 {
        let class = class_of(words).min(LARGE_CLASS - 1);
        let at = match self.bump(class) {
            Some(at) => at,
            None => match self.refill(class, true) {
                Ok(at) => at,
                Err(NoMemory) => std::panic::panic_any(NoMemory),
            },
        };
        self.put(
            at as usize,
            header::make(kind, layout, shape) | self.young.get() | header::class_bits(class),
        );
        at
    }

    /// Words of the cell that `alloc_small` gives for so many.
    #[inline(always)]
    pub(crate) fn small_cell_words(&self, words: usize) -> usize {
        CELL_WORDS[class_of(words).min(LARGE_CLASS - 1) & 63] as usize
    }

    #[inline(always)]
    fn bump(&self, class: usize) -> Option<u32> {
        let c = &self.classes[class & 63];
        let at = c.bump.get();
        let next = at + CELL_WORDS[class & 63] as u32;
        if next <= c.limit.get() {
            c.bump.set(next);
            return Some(at);
        }
        None
    }

    /// The next run of the class: one that hangs on the class, else a clean block with room, else a new block.
    #[cold]
    #[inline(never)]
    fn refill(&self, class: usize, reserve: bool) -> Result<u32, NoMemory> {
        let c = &self.classes[class & 63];
        if c.runs.get() == 0 {
            let mut blocks = self.blocks.borrow_mut();
            if let Some(id) = blocks.roomy.get_mut(class).and_then(Vec::pop) {
                if let Some(block) = blocks.table.get_mut(id as usize) {
                    block.dirty = true;
                    c.runs.set(std::mem::take(&mut block.runs));
                }
                blocks.dirty.push(id);
            } else {
                let start = self.take_pages(BLOCK_PAGES, reserve)?;
                let at = start * PAGE_WORDS as u32;
                let block = Block {
                    start: at,
                    class: class as u8,
                    dirty: true,
                    runs: 0,
                };
                let id = match blocks.unused.pop() {
                    Some(id) => {
                        blocks.table[id as usize] = block;
                        id
                    }
                    None => {
                        blocks.table.push(block);
                        blocks.table.len() as u32 - 1
                    }
                };
                blocks.dirty.push(id);
                let mut pages = self.pages.borrow_mut();
                (start..start + BLOCK_PAGES).for_each(|page| pages.set_usage(page, Use::Block(id)));
                let cell = CELL_WORDS[class & 63] as usize;
                self.put(at as usize, header::free_run(BLOCK_WORDS / cell * cell));
                self.put(at as usize + 1, 0);
                c.runs.set(at);
            }
        }
        let run = c.runs.get();
        let len = header::free_run_words(self.load(run as usize));
        if run == 0 || len < CELL_WORDS[class & 63] as usize {
            c.runs.set(0);
            return Err(NoMemory);
        }
        c.runs.set(self.load(run as usize + 1) as u32);
        c.bump.set(run + CELL_WORDS[class & 63] as u32);
        c.limit.set(run + len as u32);
        self.count_allocated(len);
        Ok(run)
    }

    #[cold]
    #[inline(never)]
    fn alloc_large(&self, header: u64, words: usize) -> Result<(u32, usize), NoMemory> {
        if words > OBJECT_WORDS_MAX {
            return Err(NoMemory);
        }
        let n = words.div_ceil(PAGE_WORDS) as u32;
        let start = self.take_pages(n, false)?;
        self.pages.borrow_mut().set_usage(start, Use::Large(n));
        self.blocks.borrow_mut().young_large.push(start);
        self.count_allocated(n as usize * PAGE_WORDS);
        let at = start * PAGE_WORDS as u32;
        self.put(at as usize, header | header::class_bits(LARGE_CLASS));
        Ok((at, n as usize * PAGE_WORDS))
    }

    fn take_pages(&self, n: u32, reserve: bool) -> Result<u32, NoMemory> {
        let mut pages = self.pages.borrow_mut();
        let beyond = if reserve {
            self.reserve_pages()
        } else if n as usize <= BLOCK_PAGES as usize {
            self.grace_pages.get()
        } else {
            0
        };
        let limit = self.limit_pages.get() + beyond;
        if pages.used() + n as usize > limit {
            self.limit_hit.set(true);
            self.request_gc();
            return Err(NoMemory);
        }
        let Some(page) = pages.take(&self.cage, n) else {
            self.limit_hit.set(true);
            self.request_gc();
            return Err(NoMemory);
        };
        Ok(page)
    }

    /// What small objects may use beyond the limit, so that the way to a MemoryError can allocate.
    pub(crate) fn reserve_pages(&self) -> usize {
        (self.limit_pages.get() / 64).clamp(256, 16 << 20 >> 12)
    }

    /// Words of the cell or page run that an object has.
    #[inline(always)]
    pub(crate) fn cell_words(&self, at: u32, header: u64) -> usize {
        let class = header::class(header);
        if class == LARGE_CLASS {
            self.large_words(at)
        } else {
            CELL_WORDS[class & 63] as usize
        }
    }

    #[cold]
    fn large_words(&self, at: u32) -> usize {
        match self.pages.borrow().usage(at / PAGE_WORDS as u32) {
            Use::Large(n) => n as usize * PAGE_WORDS,
            _ => 0,
        }
    }

    /// Frees an object that nobody refers to any more. Only for storages (their handles never leave this crate), so no loan is cut.
    pub(crate) fn free_now(&self, at: u32) {
        let header = self.load(at as usize);
        if header::kind(header) == Kind::Free as u8 {
            return;
        }
        if header & header::REMEMBERED != 0 {
            self.remembered.borrow_mut().remove(&at);
        }
        let class = header::class(header);
        let page = at / PAGE_WORDS as u32;
        let usage = self.pages.borrow().usage(page);
        match usage {
            Use::Large(n) if class == LARGE_CLASS => {
                self.put(at as usize, 0);
                if self.stress {
                    self.poison(at as usize + 2, n as usize * PAGE_WORDS - 2);
                }
                let mut pages = self.pages.borrow_mut();
                pages.set_usage(page, Use::Inside);
                pages.give(page, n);
                if n >= 64 {
                    self.cage
                        .decommit(at as usize..at as usize + n as usize * PAGE_WORDS);
                }
            }
            Use::Block(id) if class != LARGE_CLASS => {
                let cell = CELL_WORDS[class & 63] as usize;
                if self.stress {
                    self.poison(at as usize + 2, cell - 2);
                }
                let mut blocks = self.blocks.borrow_mut();
                let Some(block) = blocks.table.get_mut(id as usize) else {
                    return;
                };
                if block.dirty {
                    self.put(at as usize, header::free_run(cell));
                    let c = &self.classes[class & 63];
                    self.put(at as usize + 1, c.runs.get() as u64);
                    c.runs.set(at);
                } else {
                    // The block's own list of runs is still waiting for its turn: put the cell there.
                    self.put(at as usize, header::free_run(cell));
                    self.put(at as usize + 1, block.runs as u64);
                    let had_room = std::mem::replace(&mut block.runs, at) != 0;
                    if !had_room && let Some(roomy) = blocks.roomy.get_mut(class) {
                        roomy.push(id);
                    }
                }
            }
            _ => {}
        }
    }

    /// Lets a large object grow in place; true when it has at least `words` words afterwards.
    pub(crate) fn extend_large(&self, at: u32, words: usize) -> bool {
        let page = at / PAGE_WORDS as u32;
        let mut pages = self.pages.borrow_mut();
        let Use::Large(n) = pages.usage(page) else {
            return false;
        };
        let Ok(new) = u32::try_from(words.div_ceil(PAGE_WORDS)) else {
            return false;
        };
        if new <= n {
            return true;
        }
        let more = (new - n) as usize;
        if pages.used() + more > self.limit_pages.get() || !pages.extend(&self.cage, page, n, new) {
            return false;
        }
        pages.set_usage(page, Use::Large(new));
        drop(pages);
        self.count_allocated(more * PAGE_WORDS);
        true
    }

    /// Gives the pages of a large object behind the first `words` words back.
    pub(crate) fn shrink_large(&self, at: u32, words: usize) {
        let page = at / PAGE_WORDS as u32;
        let mut pages = self.pages.borrow_mut();
        let Use::Large(n) = pages.usage(page) else {
            return;
        };
        let keep = (words.div_ceil(PAGE_WORDS) as u32).max(1);
        if keep < n {
            pages.set_usage(page, Use::Large(keep));
            pages.give(page + keep, n - keep);
            if n - keep >= 64 {
                self.cage.decommit(
                    (page + keep) as usize * PAGE_WORDS..(page + n) as usize * PAGE_WORDS,
                );
            }
        }
    }

    /// Counts words towards the next collection.
    #[inline]
    pub(crate) fn count_allocated(&self, words: usize) {
        let total = self.allocated_words.get() + words;
        self.allocated_words.set(total);
        if total >= self.trigger_words.get() {
            self.request_gc();
        }
    }

    pub(crate) fn poison(&self, at: usize, words: usize) {
        if let Some(cells) = self.cage.words().get(at..at + words) {
            cells.iter().for_each(|c| c.set(crate::Word::POISON.bits()));
        }
    }

    /// Bytes of the pages that hold objects.
    pub fn bytes_in_use(&self) -> usize {
        self.pages.borrow().used() * PAGE_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_they_are_for() {
        for words in 0..=SMALL_WORDS_MAX {
            let class = class_of(words);
            assert!(class < LARGE_CLASS, "{words}");
            assert!(CELL_WORDS[class] as usize >= words, "{words}");
            assert!(
                class == 0 || (CELL_WORDS[class - 1] as usize) < words,
                "{words}"
            );
        }
        assert_eq!(class_of(SMALL_WORDS_MAX + 1), LARGE_CLASS);
        assert_eq!(CELL_WORDS[62], 1024);
    }
}

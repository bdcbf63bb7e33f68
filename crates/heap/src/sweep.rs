//! Sweeping: dead cells become runs of free cells, empty blocks and dead large objects become free pages.

use crate::Heap;
use crate::alloc::{BLOCK_PAGES, BLOCK_WORDS, Block, CELL_WORDS};
use crate::header::{self, LARGE_CLASS, MARK};
use crate::kind::Kind;
use crate::pages::{PAGE_WORDS, Use};

impl Heap {
    /// Turns what is left of the runs that allocation is in into proper runs, so that blocks can be walked.
    pub(crate) fn retire(&self) {
        for class in &self.classes {
            let (bump, limit) = (class.bump.get(), class.limit.get());
            if bump < limit {
                self.put(bump as usize, header::free_run((limit - bump) as usize));
                self.put(bump as usize + 1, class.runs.get() as u64);
                class.runs.set(bump);
            }
            class.bump.set(0);
            class.limit.set(0);
        }
    }

    /// Marks all young objects as old: so that flipping the mark makes all objects unmarked.
    pub(crate) fn age_young(&self) {
        let old = self.old.get() & MARK;
        let blocks = self.blocks.borrow();
        for id in &blocks.dirty {
            if let Some(block) = blocks.table.get(*id as usize) {
                self.each_in_block(*block, &mut |at, header| {
                    self.put(at as usize, header & !MARK | old)
                });
            }
        }
        for page in &blocks.young_large {
            let at = *page as usize * PAGE_WORDS;
            if matches!(self.pages.borrow().usage(*page), Use::Large(_)) {
                self.put(at, self.load(at) & !MARK | old);
            }
        }
    }

    fn each_in_block(&self, block: Block, f: &mut dyn FnMut(u32, u64)) {
        if block.start == 0 {
            return;
        }
        let cell = CELL_WORDS[block.class as usize & 63] as usize;
        let end = block.start as usize + BLOCK_WORDS / cell * cell;
        let mut at = block.start as usize;
        while at < end {
            let header = self.load(at);
            if header::kind(header) == Kind::Free as u8 {
                at += header::free_run_words(header).max(cell);
            } else {
                f(at as u32, header);
                at += cell;
            }
        }
    }

    /// Calls `f` with every object's index and header. The caller has retired the runs.
    pub(crate) fn each_cell(&self, f: &mut dyn FnMut(u32, u64)) {
        let blocks: Vec<Block> = self.blocks.borrow().table.clone();
        for block in blocks {
            self.each_in_block(block, f);
        }
        for page in self.large_pages() {
            let at = page * PAGE_WORDS as u32;
            f(at, self.load(at as usize));
        }
    }

    /// The first pages of all large objects.
    fn large_pages(&self) -> Vec<u32> {
        let pages = self.pages.borrow();
        let mut found = Vec::new();
        let mut page = pages.first();
        while page < pages.frontier() {
            match pages.usage(page) {
                Use::Large(n) => {
                    found.push(page);
                    page += n.max(1);
                }
                Use::Block(_) => page += BLOCK_PAGES,
                Use::Inside => page += 1,
            }
        }
        found
    }

    /// Frees all unmarked objects in what was allocated into since the last collection, or everywhere. Objects and words freed.
    pub(crate) fn sweep(&mut self, full: bool) -> (usize, usize) {
        let marked = self.old.get() & MARK;
        let mut freed = (0, 0);
        let mut blocks = std::mem::take(&mut *self.blocks.borrow_mut());
        let dirty = std::mem::take(&mut blocks.dirty);
        let ids: Vec<u32> = if full {
            (0..blocks.table.len() as u32).collect()
        } else {
            dirty
        };
        for class in &self.classes {
            class.runs.set(0);
        }
        if full {
            blocks.roomy.iter_mut().for_each(Vec::clear);
        }
        for id in ids {
            let Some(block) = blocks.table.get_mut(id as usize) else {
                continue;
            };
            if block.start == 0 {
                continue;
            }
            let live = self.sweep_block(block, marked, &mut freed);
            if live == 0 {
                let page = block.start / PAGE_WORDS as u32;
                block.start = 0;
                blocks.unused.push(id);
                let mut pages = self.pages.borrow_mut();
                (page..page + BLOCK_PAGES).for_each(|p| pages.set_usage(p, Use::Inside));
                pages.give(page, BLOCK_PAGES);
            } else if block.runs != 0 {
                let class = block.class as usize;
                if let Some(roomy) = blocks.roomy.get_mut(class) {
                    roomy.push(id);
                }
            }
        }
        let young_large = std::mem::take(&mut blocks.young_large);
        self.blocks.replace(blocks);
        for page in if full {
            self.large_pages()
        } else {
            young_large
        } {
            self.sweep_large(page, marked, &mut freed);
        }
        freed
    }

    /// Makes the runs of a block anew; how many objects live in it.
    fn sweep_block(&self, block: &mut Block, marked: u64, freed: &mut (usize, usize)) -> usize {
        let cell = CELL_WORDS[block.class as usize & 63] as usize;
        let end = block.start as usize + BLOCK_WORDS / cell * cell;
        let mut at = block.start as usize;
        let mut live = 0;
        // The run that is being made, and the last that was finished.
        let (mut run, mut last) = (0usize, 0usize);
        block.runs = 0;
        block.dirty = false;
        while at < end {
            let header = self.load(at);
            let free = header::kind(header) == Kind::Free as u8;
            if !free && header & MARK == marked {
                live += 1;
                if run != 0 {
                    self.finish_run(block, run, at, &mut last);
                    run = 0;
                }
                at += cell;
                continue;
            }
            let mut words = cell;
            if free {
                words = header::free_run_words(header).max(cell);
            } else {
                freed.0 += 1;
                freed.1 += cell;
                if self.stress {
                    self.poison(at + 1, cell - 1);
                }
            }
            self.put(at, 0);
            if run == 0 {
                run = at;
            }
            at += words;
        }
        if run != 0 {
            self.finish_run(block, run, end, &mut last);
        }
        live
    }

    fn finish_run(&self, block: &mut Block, run: usize, end: usize, last: &mut usize) {
        self.put(run, header::free_run(end - run));
        self.put(run + 1, 0);
        match *last {
            0 => block.runs = run as u32,
            last => self.put(last + 1, run as u64),
        }
        *last = run;
    }

    fn sweep_large(&self, page: u32, marked: u64, freed: &mut (usize, usize)) {
        let at = page as usize * PAGE_WORDS;
        let header = self.load(at);
        let Use::Large(n) = self.pages.borrow().usage(page) else {
            return;
        };
        if header & MARK == marked
            && header::kind(header) != Kind::Free as u8
            && header::class(header) == LARGE_CLASS
        {
            return;
        }
        freed.0 += 1;
        freed.1 += n as usize * PAGE_WORDS;
        self.put(at, 0);
        if self.stress {
            self.poison(at + 1, n as usize * PAGE_WORDS - 1);
        }
        let mut pages = self.pages.borrow_mut();
        pages.set_usage(page, Use::Inside);
        pages.give(page, n);
    }
}

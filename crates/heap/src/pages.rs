//! Runs of 4 KiB pages: what blocks of small cells and large objects are made of.
//!
//! Pages are taken from free runs, best fit first, and from the uncommitted rest of the cage when none fits. Free runs that touch are
//! joined. What each page is used for is written in a table beside the cage, so the sweeper needs no list of large objects.

use std::collections::{BTreeMap, BTreeSet};

use mesapy_cage::Cage;

pub(crate) const PAGE_WORDS: usize = 512;
pub(crate) const PAGE_BYTES: usize = PAGE_WORDS * 8;

/// What a page is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// Free, or inside a large object.
    Inside,
    /// The first page of a large object of so many pages.
    Large(u32),
    /// Part of this block of small cells.
    Block(u32),
}

pub(crate) struct Pages {
    first: u32,
    /// Pages from here on were never handed out.
    frontier: u32,
    end: u32,
    /// Free runs: start to length, and whether the system still holds memory for it.
    free: BTreeMap<u32, Run>,
    by_len: BTreeSet<(u32, u32)>,
    uses: Vec<u32>,
    used: usize,
}

#[derive(Clone, Copy)]
struct Run {
    len: u32,
    resident: bool,
}

const TAG_SHIFT: u32 = 30;
const TAG_LARGE: u32 = 1;
const TAG_BLOCK: u32 = 2;

impl Pages {
    pub fn new(first: u32, end: u32) -> Pages {
        Pages {
            first,
            frontier: first,
            end,
            free: BTreeMap::new(),
            by_len: BTreeSet::new(),
            uses: Vec::new(),
            used: 0,
        }
    }

    /// Pages in use.
    pub fn used(&self) -> usize {
        self.used
    }

    /// One past the last page ever handed out.
    pub fn frontier(&self) -> u32 {
        self.frontier
    }

    pub fn first(&self) -> u32 {
        self.first
    }

    pub fn usage(&self, page: u32) -> Use {
        let Some(entry) = page
            .checked_sub(self.first)
            .and_then(|i| self.uses.get(i as usize))
        else {
            return Use::Inside;
        };
        let payload = entry & ((1 << TAG_SHIFT) - 1);
        match entry >> TAG_SHIFT {
            TAG_LARGE => Use::Large(payload),
            TAG_BLOCK => Use::Block(payload),
            _ => Use::Inside,
        }
    }

    pub fn set_usage(&mut self, page: u32, usage: Use) {
        let entry = match usage {
            Use::Inside => 0,
            Use::Large(len) => TAG_LARGE << TAG_SHIFT | len,
            Use::Block(id) => TAG_BLOCK << TAG_SHIFT | id,
        };
        let Some(i) = page.checked_sub(self.first).map(|i| i as usize) else {
            return;
        };
        if self.uses.len() <= i {
            self.uses.resize(i + 1, 0);
        }
        self.uses[i] = entry;
    }

    fn insert_free(&mut self, start: u32, run: Run) {
        self.free.insert(start, run);
        self.by_len.insert((run.len, start));
    }

    fn remove_free(&mut self, start: u32) -> Option<Run> {
        let run = self.free.remove(&start)?;
        self.by_len.remove(&(run.len, start));
        Some(run)
    }

    /// `n` pages in a row.
    pub fn take(&mut self, cage: &Cage, n: u32) -> Option<u32> {
        if let Some(&(_, start)) = self.by_len.range((n, 0)..).next() {
            let run = self.remove_free(start)?;
            if run.len > n {
                self.insert_free(
                    start + n,
                    Run {
                        len: run.len - n,
                        ..run
                    },
                );
            }
            self.used += n as usize;
            return Some(start);
        }
        // The last free run may reach the frontier: use it and go on from there.
        let tail = self
            .free
            .last_key_value()
            .filter(|(start, run)| **start + run.len == self.frontier)
            .map(|(start, _)| *start);
        let start = tail.unwrap_or(self.frontier);
        self.advance(cage, start.checked_add(n)?)?;
        if tail.is_some() {
            self.remove_free(start);
        }
        self.used += n as usize;
        Some(start)
    }

    fn advance(&mut self, cage: &Cage, frontier: u32) -> Option<()> {
        if frontier > self.end || !cage.commit(frontier as usize * PAGE_WORDS) {
            return None;
        }
        self.frontier = frontier;
        Some(())
    }

    /// Makes the run at `start` longer in place, if the pages behind it are free.
    pub fn extend(&mut self, cage: &Cage, start: u32, old: u32, new: u32) -> bool {
        let (behind, more) = (start + old, new - old);
        if let Some(run) = self.free.get(&behind).copied() {
            if run.len >= more {
                self.remove_free(behind);
                if run.len > more {
                    self.insert_free(
                        behind + more,
                        Run {
                            len: run.len - more,
                            ..run
                        },
                    );
                }
            } else if behind + run.len == self.frontier
                && self.advance(cage, behind + more).is_some()
            {
                self.remove_free(behind);
            } else {
                return false;
            }
        } else if behind != self.frontier || self.advance(cage, behind + more).is_none() {
            return false;
        }
        self.used += more as usize;
        true
    }

    /// Takes `n` pages back.
    pub fn give(&mut self, mut start: u32, n: u32) {
        self.used -= n as usize;
        let mut run = Run {
            len: n,
            resident: true,
        };
        if let Some((&before, r)) = self.free.range(..start).next_back()
            && before + r.len == start
        {
            let r = *r;
            self.remove_free(before);
            start = before;
            run.len += r.len;
        }
        if let Some(r) = self.remove_free(start + run.len) {
            run.len += r.len;
        }
        self.insert_free(start, run);
    }

    /// Returns the memory of free runs to the system, the longest first, but for `keep` pages.
    pub fn release(&mut self, cage: &Cage, keep: u32) -> usize {
        let mut resident: u32 = self
            .free
            .values()
            .filter(|r| r.resident)
            .map(|r| r.len)
            .fold(0, u32::saturating_add);
        let mut released = 0;
        let runs: Vec<(u32, u32)> = self.by_len.iter().rev().copied().collect();
        for (len, start) in runs {
            if resident <= keep || len < 4 {
                break;
            }
            if let Some(run) = self.free.get_mut(&start).filter(|r| r.resident) {
                run.resident = false;
                resident -= run.len;
                released += len as usize * PAGE_BYTES;
                cage.decommit(start as usize * PAGE_WORDS..(start + len) as usize * PAGE_WORDS);
            }
        }
        released
    }
}

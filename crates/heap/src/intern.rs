//! The table of interned strings: for each content at most one string is interned, so that names compare by reference.
//!
//! The table is weak. Interned strings count as old from the start, so only full collections free them, and only those clean the table.

use crate::Heap;
use crate::NoMemory;
use crate::header;
use crate::strings::{INTERNED, Str, hash32};
use crate::word::Word;

/// Open addressing over strings: the hash in a slot's high half, so that looking for one reads few others, the index in its low half; 0 is vacant.
#[derive(Default)]
pub(crate) struct InternTable {
    slots: Vec<u64>,
    used: usize,
}

#[inline(always)]
fn slot(hash: u32, index: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(index)
}
#[inline(always)]
fn hash_in(slot: u64) -> u32 {
    (slot >> 32) as u32
}

/// Slots at least: as many as a start of the interpreter needs.
const SLOTS_MIN: usize = 1 << 14;

impl InternTable {
    /// Keeps the strings that `lives` approves.
    pub fn retain(&mut self, lives: impl Fn(u32) -> bool) {
        let old = std::mem::take(&mut self.slots);
        let live: Vec<u64> = old
            .into_iter()
            .filter(|s| *s != 0 && lives(*s as u32))
            .collect();
        self.slots = vec![0; (live.len() * 2).next_power_of_two().max(SLOTS_MIN)];
        self.used = live.len();
        for s in live {
            self.place(s);
        }
    }

    fn place(&mut self, slot: u64) {
        let mask = self.slots.len() - 1;
        let mut i = hash_in(slot) as usize & mask;
        while self.slots[i] != 0 {
            i = (i + 1) & mask;
        }
        self.slots[i] = slot;
    }

    fn find<'v>(&self, heap: &'v Heap, hash: u32, bytes: &[u8]) -> Option<Str<'v>> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut i = hash as usize & mask;
        loop {
            let s = self.slots[i];
            if s == 0 {
                return None;
            }
            if hash_in(s) == hash {
                let s = Str(Word::reference(s as u32).value(heap));
                if s.bytes(heap) == bytes {
                    return Some(s);
                }
            }
            i = (i + 1) & mask;
        }
    }

    fn add(&mut self, hash: u32, s: u32) {
        if (self.used + 1) * 3 > self.slots.len() * 2 {
            self.retain(|_| true);
        }
        self.used += 1;
        self.place(slot(hash, s));
    }
}

impl Heap {
    /// The interned string of this content. Panics with `NoMemory` when nothing is left: for names, which are short.
    pub fn intern(&self, bytes: &[u8]) -> Str<'_> {
        match self.try_intern(bytes) {
            Ok(s) => s,
            Err(NoMemory) => std::panic::panic_any(NoMemory),
        }
    }

    /// The interned string of this content.
    pub fn try_intern(&self, bytes: &[u8]) -> Result<Str<'_>, NoMemory> {
        let hash = hash32(self.hash_key, bytes);
        let found = self.interned.borrow().find(self, hash, bytes);
        match found {
            Some(s) => Ok(s),
            None => {
                let s = self.new_str(bytes)?;
                s.set_hash32(self, hash);
                Ok(self.add_interned(s, hash))
            }
        }
    }

    /// The interned string of the content of `s`: an older one, or else `s` itself, which becomes interned.
    pub fn intern_str<'v>(&'v self, s: Str<'v>) -> Str<'v> {
        if s.is_interned(self) {
            return s;
        }
        let hash = s.hash32(self);
        let found = self.interned.borrow().find(self, hash, s.bytes(self));
        match found {
            Some(found) => found,
            None => self.add_interned(s, hash),
        }
    }

    /// Makes `s` the interned string of its content, of which there is none yet.
    fn add_interned<'v>(&'v self, s: Str<'v>, hash: u32) -> Str<'v> {
        let header = self.load(s.place(0));
        let header = header::with_layout(header, header::layout(header) | INTERNED);
        self.put(s.place(0), header);
        if header & header::MARK != self.old.get() & header::MARK {
            self.make_old(s.index());
        }
        self.interned.borrow_mut().add(hash, s.index());
        s
    }

    /// The interned string of this content, if there is one.
    pub fn interned(&self, bytes: &[u8]) -> Option<Str<'_>> {
        self.interned
            .borrow()
            .find(self, hash32(self.hash_key, bytes), bytes)
    }
}

//! The table of interned strings: for each content at most one string is interned, so that names compare by reference.
//!
//! The table is weak. Interned strings count as old from the start, so only full collections free them, and only those clean the table.

use crate::Heap;
use crate::NoMemory;
use crate::header;
use crate::strings::{INTERNED, Str, hash32};
use crate::word::Word;

/// Open addressing over string indexes; 0 is vacant.
#[derive(Default)]
pub(crate) struct InternTable {
    slots: Vec<u32>,
    used: usize,
}

impl InternTable {
    /// Keeps the strings that `lives` approves.
    pub fn retain(&mut self, heap: &Heap, lives: impl Fn(u32) -> bool) {
        let old = std::mem::take(&mut self.slots);
        let live: Vec<u32> = old.into_iter().filter(|s| *s != 0 && lives(*s)).collect();
        self.slots = vec![0; (live.len() * 2).next_power_of_two().max(1024)];
        self.used = live.len();
        for s in live {
            self.place(heap, s);
        }
    }

    fn place(&mut self, heap: &Heap, s: u32) {
        let mask = self.slots.len() - 1;
        let mut i = Str(Word::reference(s).value(heap)).hash32(heap) as usize & mask;
        while self.slots[i] != 0 {
            i = (i + 1) & mask;
        }
        self.slots[i] = s;
    }

    fn find<'v>(&self, heap: &'v Heap, hash: u32, bytes: &[u8]) -> Option<Str<'v>> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut i = hash as usize & mask;
        loop {
            let s = self.slots[i];
            if s == 0 {
                return None;
            }
            let s = Str(Word::reference(s).value(heap));
            if s.hash32(heap) == hash && s.bytes(heap) == bytes {
                return Some(s);
            }
            i = (i + 1) & mask;
        }
    }

    fn add(&mut self, heap: &Heap, s: u32) {
        if (self.used + 1) * 3 > self.slots.len() * 2 {
            self.retain(heap, |_| true);
        }
        self.used += 1;
        self.place(heap, s);
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
            None => Ok(self.intern_str(self.new_str(bytes)?)),
        }
    }

    /// The interned string of the content of `s`: an older one, or else `s` itself, which becomes interned.
    pub fn intern_str<'v>(&'v self, s: Str<'v>) -> Str<'v> {
        if s.is_interned(self) {
            return s;
        }
        let hash = s.hash32(self);
        let mut table = self.interned.borrow_mut();
        if let Some(found) = table.find(self, hash, s.bytes(self)) {
            return found;
        }
        let header = self.load(s.place(0));
        let header = header::with_layout(header, header::layout(header) | INTERNED);
        self.put(s.place(0), header);
        if header & header::MARK != self.old.get() & header::MARK {
            self.make_old(s.index());
        }
        table.add(self, s.index());
        s
    }

    /// The interned string of this content, if there is one.
    pub fn interned(&self, bytes: &[u8]) -> Option<Str<'_>> {
        self.interned
            .borrow()
            .find(self, hash32(self.hash_key, bytes), bytes)
    }
}

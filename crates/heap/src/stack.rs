//! The VM stack: the first part of the cage. Frames and registers live there; the VM says what of it is a root.

use std::cell::Cell;
use std::ops::Range;

use crate::Heap;
use crate::kind::Kind;
use crate::object::copy_words;
use crate::table::VERSION;
use crate::word::{Value, Word};

/// Words of a [`Heap::stack_window`]: a frame's header, what a 16-bit operand can name, and the header of a call laid out behind.
pub const WINDOW_WORDS: usize = (1 << 16) + 32;

/// The committed words of the cage as they were when the view was taken, for reading: the interpreter's inner loop keeps it in machine registers.
/// Objects never straddle its end but for large ones, so a read beyond it means "take another view", and is no value.
#[derive(Clone, Copy)]
pub struct Words<'h>(&'h [Cell<u64>]);

impl Words<'_> {
    /// The word at an index, None beyond the view.
    #[inline(always)]
    pub fn get(self, at: u32) -> Option<u64> {
        self.0.get(at as usize).map(Cell::get)
    }
    /// Two words in a row.
    #[inline(always)]
    pub fn two(self, at: u32) -> Option<[u64; 2]> {
        let [a, b]: &[Cell<u64>; 2] = self.0.get(at as usize..)?.first_chunk()?;
        Some([a.get(), b.get()])
    }
    /// The keys version of the dict at an index, None for what is no dict.
    #[inline(always)]
    pub fn keys_version(self, dict: u32) -> Option<u32> {
        let words: [u64; VERSION + 1] = self.array(dict)?;
        (words[0] as u8 == Kind::Dict as u8).then_some((words[VERSION] >> 4) as u32)
    }
    /// That many words in a row.
    #[inline(always)]
    pub fn array<const N: usize>(self, at: u32) -> Option<[u64; N]> {
        let cells: &[Cell<u64>; N] = self.0.get(at as usize..)?.first_chunk()?;
        Some(std::array::from_fn(|i| cells[i].get()))
    }
    /// Four words in a row.
    #[inline(always)]
    pub fn four(self, at: u32) -> Option<[u64; 4]> {
        let [a, b, c, d]: &[Cell<u64>; 4] = self.0.get(at as usize..)?.first_chunk()?;
        Some([a.get(), b.get(), c.get(), d.get()])
    }
}

impl Heap {
    /// The word indexes of the stack.
    pub fn stack_range(&self) -> Range<usize> {
        0..self.stack_words
    }

    /// Whether the stack has that many words.
    #[inline(always)]
    pub fn ensure_stack(&self, words: usize) -> bool {
        words <= self.stack_words
    }

    /// The stack's words, for direct access to registers.
    #[inline(always)]
    pub fn stack(&self) -> &[Cell<u64>] {
        let words = self.cage.words();
        words.get(..self.stack_words).unwrap_or(words)
    }

    /// All committed words, for reading.
    #[inline(always)]
    pub fn view(&self) -> Words<'_> {
        Words(self.cage.words())
    }

    /// The stack's words from `first` on, as many as operands can name: indexing it by an operand needs no check. None near the stack's end.
    #[inline(always)]
    pub fn stack_window(&self, first: u32) -> Option<&[Cell<u64>; WINDOW_WORDS]> {
        self.stack().get(first as usize..)?.first_chunk()
    }

    /// Stores `first` to the stack from `to` on, and behind it `count` words of the cage from `from` on, the first of which it gives. None: they don't fit.
    #[inline(always)]
    pub fn copy_to_stack<const N: usize>(
        &self,
        to: u32,
        first: [u64; N],
        from: u32,
        count: usize,
    ) -> Option<Word> {
        let to = self.stack().get(to as usize..)?.get(..N + count)?;
        let (head, rest) = to.split_at(N);
        let from = self.cage.words().get(from as usize..)?.get(..count)?;
        for (to, word) in head.iter().zip(&first) {
            to.set(*word);
        }
        copy_words(from, rest);
        from.first().map(|word| Word::from_bits(word.get()))
    }

    /// The value in a stack word; EMPTY beyond the end.
    #[inline(always)]
    pub fn stack_value(&self, at: usize) -> Value<'_> {
        match self.stack().get(at) {
            Some(cell) => Word::from_bits(cell.get()).value(self),
            None => Value::EMPTY,
        }
    }

    /// Stores to a stack word; nothing happens beyond the end.
    #[inline(always)]
    pub fn set_stack(&self, at: usize, word: Word) {
        if let Some(cell) = self.stack().get(at) {
            cell.set(word.bits());
        }
    }

    /// Gives the memory of the stack from word `from` on back to the system; it reads as zero (the integer 0) afterwards.
    pub fn trim_stack(&self, from: usize) {
        self.cage.decommit(from..self.stack_words);
    }
}

//! The VM stack: the first part of the cage. Frames and registers live there; the VM says what of it is a root.

use std::cell::Cell;
use std::ops::Range;

use crate::Heap;
use crate::word::{Value, Word};

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

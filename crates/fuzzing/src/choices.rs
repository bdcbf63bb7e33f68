//! A string of bytes as a sequence of decisions. When it is used up every decision is the first one, so whatever is being made comes to an end.

/// Decisions read from the front of some bytes.
pub struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Choices<'a> {
        Choices { rest: bytes }
    }

    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `limit`, 0 for a limit of 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let mut n = usize::from(self.byte());
        if limit > 256 {
            n |= usize::from(self.byte()) << 8;
            n |= usize::from(self.byte()) << 16;
        }
        n % limit.max(1)
    }

    /// One of the items; they must not be none.
    pub fn pick<'t, T: ?Sized>(&mut self, items: &[&'t T]) -> &'t T {
        items[self.below(items.len())]
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

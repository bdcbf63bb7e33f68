//! Cards: which parts of old large objects were stored to since the last collection.
//!
//! A small object that was stored to is remembered whole. To scan a list of millions again for each store would make minor collections as slow as
//! full ones, so of large objects only the *cards* (128 words) that were stored to are scanned.

/// Words of a card.
pub(crate) const CARD_WORDS: usize = 128;

/// A byte for each card of the cage, and the list of those that are dirty with the object they were dirtied for.
#[derive(Default)]
pub(crate) struct Cards {
    map: Vec<u8>,
    dirty: Vec<(u32, u32)>,
}

impl Cards {
    /// Notes a store to word `at` of the object at `obj`.
    pub fn soil(&mut self, obj: u32, at: usize) {
        let card = at / CARD_WORDS;
        if card >= self.map.len() {
            self.map.resize((card + 1).next_power_of_two(), 0);
        }
        if self.map[card] == 0 {
            self.map[card] = 1;
            self.dirty.push((obj, card as u32));
        }
    }

    /// Takes the list of dirty cards, which are clean from now on.
    pub fn take(&mut self) -> Vec<(u32, u32)> {
        let dirty = std::mem::take(&mut self.dirty);
        for (_, card) in &dirty {
            if let Some(byte) = self.map.get_mut(*card as usize) {
                *byte = 0;
            }
        }
        dirty
    }
}

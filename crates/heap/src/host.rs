//! What the host owns (files, compiled regular expressions, …) in a table beside the cage; the cage holds indexes.
//!
//! Entries never move, so that a shared borrow of the heap lends them while others are added. Removal needs the heap mutably.

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use crate::Heap;
use crate::object::Obj;

type Entry = OnceCell<Box<dyn Any + Send>>;

/// Segments double in size: the first has this many entries.
const FIRST: u32 = 32;

#[derive(Default)]
pub(crate) struct HostTable {
    segments: [OnceCell<Box<[Entry]>>; 26],
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    next: u32,
    vacant: Vec<u32>,
    /// Which entries an object owns.
    owned: HashMap<u32, Vec<u32>>,
    /// Owners registered since the last collection.
    young: Vec<u32>,
}

/// Segment and place in it.
fn locate(index: u32) -> (usize, usize) {
    let n = index as u64 / FIRST as u64 + 1;
    let segment = n.ilog2() as usize;
    let start = ((1u64 << segment) - 1) * FIRST as u64;
    (segment, (index as u64 - start) as usize)
}

impl HostTable {
    fn entry(&self, index: u32) -> Option<&Entry> {
        let (segment, i) = locate(index);
        self.segments.get(segment)?.get()?.get(i)
    }

    /// Drops what dead owners own. `lives` tells of an object's index.
    pub fn sweep(&mut self, full: bool, lives: impl Fn(u32) -> bool) {
        let state = self.state.get_mut();
        let young = std::mem::take(&mut state.young);
        let candidates: Vec<u32> = if full {
            state.owned.keys().copied().collect()
        } else {
            young
        };
        let mut dead = Vec::new();
        for owner in candidates {
            if !lives(owner) {
                dead.extend(state.owned.remove(&owner).unwrap_or_default());
            }
        }
        for index in dead {
            self.remove(index);
        }
    }

    fn remove(&mut self, index: u32) -> Option<Box<dyn Any + Send>> {
        let (segment, i) = locate(index);
        let taken = self
            .segments
            .get_mut(segment)?
            .get_mut()?
            .get_mut(i)?
            .take()?;
        self.state.get_mut().vacant.push(index);
        Some(taken)
    }
}

impl Heap {
    /// Puts a host resource into the table; its index.
    pub fn host_insert(&self, resource: Box<dyn Any + Send>) -> u32 {
        let mut state = self.host.state.borrow_mut();
        let index = state.vacant.pop().unwrap_or_else(|| {
            let next = state.next;
            state.next += 1;
            next
        });
        let (segment, i) = locate(index);
        if let Some(segment_cell) = self.host.segments.get(segment) {
            let entries = segment_cell.get_or_init(|| {
                (0..(FIRST as usize) << segment)
                    .map(|_| Entry::new())
                    .collect()
            });
            if let Some(entry) = entries.get(i) {
                // The entry is vacant: it is new or was taken out.
                let _ = entry.set(resource);
            }
        }
        index
    }

    /// A host resource.
    pub fn host(&self, index: u32) -> Option<&(dyn Any + Send)> {
        Some(&**self.host.entry(index)?.get()?)
    }

    /// A host resource of a known type.
    pub fn host_get<T: Any>(&self, index: u32) -> Option<&T> {
        self.host(index)?.downcast_ref()
    }

    /// A host resource of a known type, mutably.
    pub fn host_get_mut<T: Any>(&mut self, index: u32) -> Option<&mut T> {
        let (segment, i) = locate(index);
        self.host
            .segments
            .get_mut(segment)?
            .get_mut()?
            .get_mut(i)?
            .get_mut()?
            .downcast_mut()
    }

    /// Takes a host resource out.
    pub fn host_remove(&mut self, index: u32) -> Option<Box<dyn Any + Send>> {
        let state = self.host.state.get_mut();
        state.owned.retain(|_, owned| {
            owned.retain(|i| *i != index);
            !owned.is_empty()
        });
        self.host.remove(index)
    }

    /// Makes an object the owner of a host resource: when it dies, the resource is dropped.
    pub fn set_host(&self, obj: Obj<'_>, index: u32) {
        let mut state = self.host.state.borrow_mut();
        state.owned.entry(obj.index()).or_default().push(index);
        state.young.push(obj.index());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments() {
        let mut expected = (0, 0);
        for index in 0..5000 {
            assert_eq!(locate(index), expected);
            expected.1 += 1;
            if expected.1 == (FIRST as usize) << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }
}

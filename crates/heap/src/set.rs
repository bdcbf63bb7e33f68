//! Sets and frozen sets, over the table of `set_table.rs`.

use crate::kind::Kind;
use crate::object::typed;
use crate::set_table::SetTable;
use crate::set_view::SetView;
use crate::strings::Str;
use crate::table::{Found, Probe};
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// A set.
    Set as_exact_set as_set Set;
    /// A frozenset; its hash is the VM's to compute.
    FrozenSet as_exact_frozenset as_frozenset FrozenSet;
}

/// A set or a frozen set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnySet<'v>(Value<'v>);

impl<'v> From<Set<'v>> for AnySet<'v> {
    fn from(s: Set<'v>) -> AnySet<'v> {
        AnySet(s.value())
    }
}

impl<'v> From<FrozenSet<'v>> for AnySet<'v> {
    fn from(s: FrozenSet<'v>) -> AnySet<'v> {
        AnySet(s.value())
    }
}

impl<'v> Value<'v> {
    /// The set, if this is a set, a frozen set or an instance of a subclass.
    #[inline]
    pub fn as_any_set(self, heap: &Heap) -> Option<AnySet<'v>> {
        self.as_set(heap)
            .map(AnySet::from)
            .or_else(|| self.as_frozenset(heap).map(AnySet::from))
    }
}

impl<'v> Set<'v> {
    /// What sets and frozen sets have in common.
    pub fn any(self) -> AnySet<'v> {
        self.into()
    }
}

impl<'v> FrozenSet<'v> {
    /// What sets and frozen sets have in common.
    pub fn any(self) -> AnySet<'v> {
        self.into()
    }
}

impl<'v> AnySet<'v> {
    #[inline(always)]
    fn table(self) -> SetTable {
        SetTable((self.0.bits() >> 32) as u32)
    }

    /// The value.
    pub fn value(self) -> Value<'v> {
        self.0
    }

    /// The word.
    pub fn word(self) -> Word {
        self.0.word()
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        self.table().len(heap)
    }

    /// Whether there are none.
    pub fn is_empty(self, heap: &Heap) -> bool {
        self.len(heap) == 0
    }

    /// The elements for operations that don't change them.
    #[inline]
    pub fn view(self, heap: &'v Heap) -> SetView<'v> {
        SetView::new(heap, self.table())
    }

    /// The hash that `set_known_hash` was told.
    pub fn known_hash(self, heap: &Heap) -> Option<u64> {
        self.table().known_hash(heap)
    }

    /// Keeps the hash of a frozen set, which has all its elements.
    pub fn set_known_hash(self, heap: &Heap, hash: u64) {
        self.table().set_known_hash(heap, hash);
    }

    /// Changes whenever an element is added or removed or entries move.
    pub fn keys_version(self, heap: &Heap) -> u32 {
        self.table().version(heap)
    }

    /// Starts or resumes the look-up of an element. See [`Found`].
    pub fn probe(self, heap: &'v Heap, key: Value<'_>, probe: &mut Probe) -> Found<'v> {
        self.table().probe(heap, key, probe)
    }

    /// The entry of a str.
    pub fn find_str(self, heap: &Heap, key: Str<'_>) -> Option<usize> {
        self.table().find_str(heap, key)
    }

    /// The entry of an immediate int.
    pub fn find_int(self, heap: &Heap, key: i64) -> Option<usize> {
        self.table().find_int(heap, key)
    }

    /// The element of an entry, if it is live.
    pub fn entry(self, heap: &'v Heap, i: usize) -> Option<Value<'v>> {
        self.table().key(heap, i)
    }

    /// The hash of a live entry, modulo 2^61.
    pub fn hash_at(self, heap: &Heap, i: usize) -> u64 {
        self.table().hash_of(heap, i)
    }

    /// The first live entry at or behind `pos`. Go on from entry + 1.
    #[inline]
    pub fn next_entry(self, heap: &'v Heap, pos: usize) -> Option<(usize, Value<'v>)> {
        self.table().next(heap, pos)
    }

    /// One past the last entry.
    pub fn entry_end(self, heap: &Heap) -> usize {
        self.table().slots(heap)
    }

    /// The elements as they are now.
    pub fn iter(self, heap: &'v Heap) -> impl Iterator<Item = Value<'v>> + 'v {
        let mut pos = 0;
        std::iter::from_fn(move || {
            let (e, k) = self.next_entry(heap, pos)?;
            pos = e + 1;
            Some(k)
        })
    }

    /// Adds an element that `probe` said is absent, with no Python run since.
    pub fn insert_new(self, heap: &Heap, hash: u64, key: Value<'_>) -> Result<(), NoMemory> {
        self.table().insert(heap, hash, key)
    }

    /// Adds an immediate int, if that takes no more than its word. False: nothing was done.
    #[inline]
    pub fn add_small(self, heap: &Heap, key: Value<'_>) -> bool {
        self.table().add_small(heap, key)
    }

    /// Adds elements that are not there and all different, with their hashes, in this order.
    pub fn insert_all_new<'a>(
        self,
        heap: &Heap,
        elements: impl Iterator<Item = (Value<'a>, u64)>,
    ) -> Result<(), NoMemory> {
        self.table().insert_all(heap, elements)
    }

    /// Removes a live entry; false if it is not.
    pub fn remove_at(self, heap: &Heap, i: usize) -> bool {
        self.table().remove(heap, i)
    }

    /// Removes and returns an element: the first, or the one behind where the last was popped.
    pub fn pop(self, heap: &'v Heap) -> Option<Value<'v>> {
        self.table().pop(heap)
    }

    /// Makes room for `more` elements that are about to be added.
    pub fn expect(self, heap: &Heap, more: usize) -> Result<(), NoMemory> {
        self.table().expect(heap, more)
    }

    /// Removes all elements.
    pub fn clear(self, heap: &Heap) {
        self.table().clear(heap);
    }

    /// Exchanges the elements with those of another set.
    pub fn swap(self, heap: &Heap, other: AnySet<'_>) {
        if self.0 != other.0 {
            self.table().swap(heap, other.table());
        }
    }

    /// Replaces the content by that of another set.
    pub fn copy_from(self, heap: &Heap, other: AnySet<'_>) -> Result<(), NoMemory> {
        if self.0 == other.0 {
            Ok(())
        } else {
            self.table().copy_from(heap, other.table())
        }
    }
}

impl Heap {
    /// An empty set.
    pub fn new_set(&self) -> Set<'_> {
        Set(self.new_set_table(Kind::Set).value(self))
    }

    /// An empty frozen set, to be filled before Python sees it.
    pub fn new_frozenset(&self) -> FrozenSet<'_> {
        FrozenSet(self.new_set_table(Kind::FrozenSet).value(self))
    }
}

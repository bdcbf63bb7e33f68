//! Dicts: the table of `table.rs` with values.
//!
//! Two ways to look a key up. For str and int keys that are exactly of these types, `get_str`, `set_str`, `del_str` and `get_int` need no
//! Python. For all others the VM hashes the key, drives `probe`, calls `__eq__` on candidates, and ends in `set_value_at`, `insert_new` or `remove_at`.

use crate::kind::Kind;
use crate::object::typed;
use crate::strings::Str;
use crate::table::{Found, Probe, Table};
use crate::word::Value;
use crate::{Heap, NoMemory};

typed! {
    /// A dict.
    Dict as_exact_dict as_dict Dict;
}

impl<'v> Dict<'v> {
    #[inline(always)]
    pub(crate) fn table(self) -> Table<1> {
        Table(self.index())
    }

    /// The number of items.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        self.table().len(heap)
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(self, heap: &Heap) -> bool {
        self.len(heap) == 0
    }

    /// Changes whenever a key is added or removed or entries move, never when only a value is stored; no two dicts ever share one. Never 0.
    #[inline(always)]
    pub fn keys_version(self, heap: &Heap) -> u32 {
        self.table().version(heap)
    }

    /// The value of a str key.
    #[inline]
    pub fn get_str(self, heap: &'v Heap, key: Str<'_>) -> Option<Value<'v>> {
        self.table()
            .find_str(heap, key)
            .and_then(|e| self.table().value(heap, e))
    }

    /// The entry of a str key: good for as long as `keys_version` stays.
    #[inline]
    pub fn entry_of_str(self, heap: &Heap, key: Str<'_>) -> Option<usize> {
        self.table().find_str(heap, key)
    }

    /// Sets the value of a str key.
    #[inline]
    pub fn set_str(self, heap: &Heap, key: Str<'_>, value: Value<'_>) -> Result<(), NoMemory> {
        match self.table().find_str(heap, key) {
            Some(e) => {
                self.table().set_value(heap, e, value);
            }
            None => {
                self.table()
                    .insert(heap, key.hash(heap), key.value(), value)?;
            }
        }
        Ok(())
    }

    /// Removes a str key; whether it was there.
    pub fn del_str(self, heap: &Heap, key: Str<'_>) -> bool {
        self.table()
            .find_str(heap, key)
            .is_some_and(|e| self.table().remove(heap, e))
    }

    /// Removes a str key; its value, if it was there.
    pub fn take_str(self, heap: &'v Heap, key: Str<'_>) -> Option<Value<'v>> {
        let e = self.table().find_str(heap, key)?;
        let value = self.table().value(heap, e);
        self.table().remove(heap, e);
        value
    }

    /// The value of an int key (keys of other types that equal it, as 1.0, are not found: on None the VM probes).
    #[inline]
    pub fn get_int(self, heap: &'v Heap, key: i64) -> Option<Value<'v>> {
        self.table()
            .find_int(heap, key)
            .and_then(|e| self.table().value(heap, e))
    }

    /// The entry of an int key, as for `get_int`.
    #[inline]
    pub fn find_int(self, heap: &Heap, key: i64) -> Option<usize> {
        self.table().find_int(heap, key)
    }

    /// Starts or resumes the look-up of a key. See [`Found`].
    #[inline]
    pub fn probe(self, heap: &'v Heap, key: Value<'_>, probe: &mut Probe) -> Found<'v> {
        self.table().probe(heap, key, probe)
    }

    /// Key and value of an entry, if it is live.
    #[inline]
    pub fn entry(self, heap: &'v Heap, i: usize) -> Option<(Value<'v>, Value<'v>)> {
        Some((self.table().key(heap, i)?, self.table().value(heap, i)?))
    }

    /// The value of an entry, if it is live: for inline caches that compare `keys_version`.
    #[inline(always)]
    pub fn value_at_entry(self, heap: &'v Heap, i: usize) -> Option<Value<'v>> {
        self.table().value(heap, i)
    }

    /// Where in the cage the value of an entry is: good for as long as `keys_version` stays.
    pub fn value_place(self, heap: &Heap, i: usize) -> usize {
        self.table().value_at(heap, i)
    }

    /// Stores a value at the place of an entry's, good for as long as `keys_version` stays; false for any other place.
    pub fn set_value_place(self, heap: &Heap, place: usize, value: Value<'_>) -> bool {
        self.table().set_value_place(heap, place, value)
    }

    /// The hash of a live entry's key, modulo 2^61; good for `insert_new` and `Probe::new`.
    pub fn hash_at(self, heap: &Heap, i: usize) -> u64 {
        self.table().hash_of(heap, i)
    }

    /// The first live entry at or behind `pos`, with key and value. Go on from entry + 1.
    #[inline]
    pub fn next_entry(self, heap: &'v Heap, pos: usize) -> Option<(usize, Value<'v>, Value<'v>)> {
        let e = self.table().next(heap, pos)?;
        let (k, v) = self.entry(heap, e)?;
        Some((e, k, v))
    }

    /// The last live entry before `end`, with key and value: for reversed iteration, from `entry_end` on.
    pub fn previous_entry(
        self,
        heap: &'v Heap,
        end: usize,
    ) -> Option<(usize, Value<'v>, Value<'v>)> {
        let e = self.table().previous(heap, end)?;
        let (k, v) = self.entry(heap, e)?;
        Some((e, k, v))
    }

    /// One past the last entry.
    #[inline]
    pub fn entry_end(self, heap: &Heap) -> usize {
        self.table().used(heap)
    }

    /// The items as they are now.
    pub fn iter(self, heap: &'v Heap) -> impl Iterator<Item = (Value<'v>, Value<'v>)> + 'v {
        let mut pos = 0;
        std::iter::from_fn(move || {
            let (e, k, v) = self.next_entry(heap, pos)?;
            pos = e + 1;
            Some((k, v))
        })
    }

    /// Adds a key that `probe` said is absent, with no Python run since; its entry.
    #[inline]
    pub fn insert_new(
        self,
        heap: &Heap,
        hash: u64,
        key: Value<'_>,
        value: Value<'_>,
    ) -> Result<usize, NoMemory> {
        self.table().insert(heap, hash, key, value)
    }

    /// Stores the value of a live entry; false if it is not.
    #[inline]
    pub fn set_value_at(self, heap: &Heap, i: usize, value: Value<'_>) -> bool {
        self.table().set_value(heap, i, value)
    }

    /// Removes a live entry; false if it is not.
    pub fn remove_at(self, heap: &Heap, i: usize) -> bool {
        self.table().remove(heap, i)
    }

    /// Room for `n` items in all.
    pub fn reserve(self, heap: &Heap, n: usize) -> Result<(), NoMemory> {
        self.table().reserve(heap, n)
    }

    /// Removes all items.
    pub fn clear(self, heap: &Heap) {
        self.table().clear(heap);
    }

    /// A new dict with the same items.
    pub fn copy(self, heap: &'v Heap) -> Result<Dict<'v>, NoMemory> {
        let new = heap.new_dict();
        new.table().copy_from(heap, self.table())?;
        Ok(new)
    }

    /// Removes and returns the last item.
    pub fn popitem_last(self, heap: &'v Heap) -> Option<(Value<'v>, Value<'v>)> {
        let (e, k, v) = self.previous_entry(heap, usize::MAX)?;
        self.table().remove(heap, e);
        self.table().give_back(heap);
        Some((k, v))
    }

    /// Removes and returns the first item.
    pub fn pop_first(self, heap: &'v Heap) -> Option<(Value<'v>, Value<'v>)> {
        let (e, k, v) = self.next_entry(heap, 0)?;
        self.table().remove(heap, e);
        Some((k, v))
    }

    /// Moves a live entry to the end; its new number.
    pub fn move_to_end(self, heap: &'v Heap, i: usize) -> Result<usize, NoMemory> {
        let Some((k, v)) = self.entry(heap, i) else {
            return Ok(i);
        };
        let hash = self.hash_at(heap, i);
        self.table().remove(heap, i);
        self.table().insert(heap, hash, k, v)
    }
}

impl Heap {
    /// An empty dict.
    #[inline]
    pub fn new_dict(&self) -> Dict<'_> {
        Dict(self.new_table(Kind::Dict).value(self))
    }

    /// A dict of keys and values in turn. The keys are exact strings, all different.
    pub fn new_dict_of<'a>(
        &self,
        pairs: impl ExactSizeIterator<Item = Value<'a>>,
    ) -> Result<Dict<'_>, NoMemory> {
        let dict = self.new_dict();
        dict.table().fill(self, pairs)?;
        Ok(dict)
    }
}

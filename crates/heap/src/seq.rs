//! Tuples, and the arrays of values that lists and tables store their elements in: word 1 has the length, the values follow.

use crate::kind::Kind;
use crate::list::List;
use crate::object::typed;
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// A tuple.
    Tuple as_exact_tuple as_tuple Tuple;
    /// A mutable array of values of fixed length.
    ValueArray as_exact_value_array as_value_array ValueArray;
}

/// What tuples and value arrays have in common.
macro_rules! counted {
    ($name:ident) => {
        impl<'v> $name<'v> {
            /// The number of elements.
            #[inline(always)]
            pub fn len(self, heap: &Heap) -> usize {
                (heap.load(self.place(1)) >> 3) as usize
            }

            /// The cage index of the first element, for `Heap::word_at`.
            #[inline(always)]
            pub fn payload_index(self, _heap: &Heap) -> u32 {
                self.index() + 2
            }

            /// Whether there are none.
            #[inline(always)]
            pub fn is_empty(self, heap: &Heap) -> bool {
                self.len(heap) == 0
            }

            /// An element.
            #[inline(always)]
            pub fn at(self, heap: &'v Heap, i: usize) -> Option<Value<'v>> {
                if i < self.len(heap) {
                    Some(heap.load_word(self.place(2 + i)).value(heap))
                } else {
                    None
                }
            }

            /// An element; EMPTY beyond the end.
            #[inline(always)]
            pub fn get(self, heap: &'v Heap, i: usize) -> Value<'v> {
                self.at(heap, i).unwrap_or(Value::EMPTY)
            }

            /// The elements.
            pub fn iter(
                self,
                heap: &'v Heap,
            ) -> impl ExactSizeIterator<Item = Value<'v>> + DoubleEndedIterator + 'v {
                let start = self.place(2);
                heap.cage
                    .words()
                    .get(start..start + self.len(heap))
                    .unwrap_or(&[])
                    .iter()
                    .map(|c| Word::from_bits(c.get()).value(heap))
            }

            /// A copy of the elements.
            pub fn to_vec(self, heap: &'v Heap) -> Vec<Value<'v>> {
                crate::collected(self.iter(heap))
            }
        }
    };
}

counted!(Tuple);
counted!(ValueArray);

impl Tuple<'_> {
    /// Stores an element while the tuple is being made, before Python can see it.
    #[inline]
    pub fn init(self, heap: &Heap, i: usize, value: Value<'_>) {
        let header = heap.load(self.place(0));
        if i < self.len(heap) && self.0.is_kind(heap, Kind::Tuple) {
            heap.store(self.index(), header, self.place(2 + i), value.word());
        }
    }
}

impl ValueArray<'_> {
    /// Stores an element; nothing happens beyond the end.
    #[inline(always)]
    pub fn set(self, heap: &Heap, i: usize, value: Value<'_>) {
        let header = heap.load(self.place(0));
        if i < self.len(heap) && crate::header::kind(header) == Kind::ValueArray as u8 {
            heap.store(self.index(), header, self.place(2 + i), value.word());
        }
    }
}

impl Heap {
    fn new_counted(&self, kind: Kind, n: usize) -> Result<u32, NoMemory> {
        let (at, _) = self.alloc(kind, 0, 0, n.checked_add(2).ok_or(NoMemory)?)?;
        self.put(at as usize + 1, Word::int_wrapping(n as i64).bits());
        Ok(at)
    }

    #[inline]
    pub(crate) fn put_values(&self, at: usize, values: &[Value<'_>]) {
        if let Some(cells) = self.cage.words().get(at..at + values.len()) {
            cells.iter().zip(values).for_each(|(c, v)| c.set(v.bits()));
        }
    }

    /// A tuple.
    #[inline]
    pub fn new_tuple(&self, values: &[Value<'_>]) -> Result<Tuple<'_>, NoMemory> {
        if values.is_empty() {
            return Ok(self.empty_tuple());
        }
        let at = self.new_counted(Kind::Tuple, values.len())?;
        self.put_values(at as usize + 2, values);
        Ok(Tuple(Word::reference(at).value(self)))
    }

    /// The empty tuple.
    #[inline(always)]
    pub fn empty_tuple(&self) -> Tuple<'_> {
        Tuple(self.empty_tuple.get().value(self))
    }

    /// A tuple of `n` elements made one by one.
    #[inline]
    pub fn new_tuple_from<'v>(
        &'v self,
        n: usize,
        mut element: impl FnMut(usize) -> Value<'v>,
    ) -> Result<Tuple<'v>, NoMemory> {
        if n == 0 && !self.empty_tuple.get().is_empty() {
            return Ok(self.empty_tuple());
        }
        let at = self.new_counted(Kind::Tuple, n)?;
        self.fill_empty(at as usize + 2, n);
        let cells = self.cage.words().get(at as usize + 2..at as usize + 2 + n);
        for (i, cell) in cells.unwrap_or_default().iter().enumerate() {
            cell.set(element(i).bits());
        }
        Ok(Tuple(Word::reference(at).value(self)))
    }

    /// A tuple of a list's items.
    pub fn new_tuple_of(&self, list: List<'_>) -> Result<Tuple<'_>, NoMemory> {
        let n = list.len(self);
        if n == 0 {
            return self.new_tuple(&[]);
        }
        let at = self.new_counted(Kind::Tuple, n)? as usize + 2;
        self.fill_empty(at, n);
        let cells = self.cage.words().get(at..at + n).unwrap_or_default();
        for (cell, item) in cells.iter().zip(list.words(self)) {
            cell.set(item.get());
        }
        Ok(Tuple(Word::reference(at as u32 - 2).value(self)))
    }

    /// An array of `n` EMPTY values.
    pub fn new_value_array(&self, n: usize) -> Result<ValueArray<'_>, NoMemory> {
        let at = self.new_counted(Kind::ValueArray, n)?;
        self.fill_empty(at as usize + 2, n);
        Ok(ValueArray(Word::reference(at).value(self)))
    }

    /// An array of these values.
    pub fn new_value_array_from(&self, values: &[Value<'_>]) -> Result<ValueArray<'_>, NoMemory> {
        let at = self.new_counted(Kind::ValueArray, values.len())?;
        self.put_values(at as usize + 2, values);
        Ok(ValueArray(Word::reference(at).value(self)))
    }

    /// A storage for lists and tables: length 0, room for at least `n`. Also: the room it has.
    pub(crate) fn new_storage(&self, n: usize) -> Result<(u32, usize), NoMemory> {
        let (at, words) = self.alloc(Kind::ValueArray, 0, 0, n.checked_add(2).ok_or(NoMemory)?)?;
        self.put(at as usize + 1, 0);
        Ok((at, words - 2))
    }

    /// Makes a storage that belongs to one object larger: in place where the pages behind it are free, else by moving it and
    /// freeing the old one at once. The owner must store the new index with the barrier.
    pub(crate) fn grow_storage(&self, at: u32, n: usize) -> Result<(u32, usize), NoMemory> {
        let words = n.checked_add(2).ok_or(NoMemory)?;
        let header = self.load(at as usize);
        if crate::header::class(header) == crate::header::LARGE_CLASS
            && self.extend_large(at, words)
        {
            return Ok((at, self.cell_words(at, header) - 2));
        }
        let (new, room) = self.new_storage(n)?;
        let len = self.load(at as usize + 1);
        self.put(new as usize + 1, len);
        self.cage.copy_bytes(
            (at as usize + 2) * 8,
            (new as usize + 2) * 8,
            (len >> 3) as usize * 8,
        );
        self.free_now(at);
        Ok((new, room))
    }
}

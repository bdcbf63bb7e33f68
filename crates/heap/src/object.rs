//! References to objects: the untyped [`Obj`], and how the typed references are made.

use std::cell::Cell;

use crate::alloc::{OBJECT_WORDS_MAX, SMALL_WORDS_MAX};
use crate::header;
use crate::kind::Kind;
use crate::shape::Shape;
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

/// Any object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Obj<'v>(Value<'v>);

/// Defines a typed reference and the two ways to get one.
macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident $exact:ident $any:ident $kind:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(transparent)]
        pub struct $name<'v>(pub(crate) $crate::word::Value<'v>);

        impl<'v> $name<'v> {
            /// The value.
            #[inline(always)]
            pub fn value(self) -> $crate::word::Value<'v> {
                self.0
            }

            /// The word.
            #[inline(always)]
            pub fn word(self) -> $crate::word::Word {
                self.0.word()
            }

            /// The untyped reference.
            #[inline(always)]
            pub fn obj(self) -> $crate::object::Obj<'v> {
                $crate::object::Obj::from_value(self.0)
            }

            /// The index of the object in the cage.
            #[inline(always)]
            pub fn index(self) -> u32 {
                (self.0.bits() >> 32) as u32
            }

            #[allow(dead_code, reason = "not every type needs it")]
            #[inline(always)]
            pub(crate) fn place(self, word: usize) -> usize {
                self.index() as usize + word
            }
        }

        impl<'v> From<$name<'v>> for $crate::word::Value<'v> {
            #[inline(always)]
            fn from(v: $name<'v>) -> $crate::word::Value<'v> {
                v.0
            }
        }

        impl<'v> $crate::word::Value<'v> {
            /// The typed reference, if this is exactly of that builtin type.
            #[inline(always)]
            pub fn $exact(self, heap: &$crate::Heap) -> Option<$name<'v>> {
                if self.is_kind(heap, $crate::kind::Kind::$kind) { Some($name(self)) } else { None }
            }

            /// The typed reference, if this is of that builtin type or of a subclass (then it is the wrapped value).
            #[inline]
            pub fn $any(self, heap: &$crate::Heap) -> Option<$name<'v>> {
                if self.is_kind(heap, $crate::kind::Kind::$kind) {
                    return Some($name(self));
                }
                let inner = $crate::object::Obj::wrapped_of(self, heap)?;
                if inner.is_kind(heap, $crate::kind::Kind::$kind) { Some($name(inner)) } else { None }
            }
        }
    )*};
}
pub(crate) use typed;

/// Copies as many words as both have. Few words go one by one: they have just been stored so, and wider loads would wait for those stores
/// (a generator's step takes a third longer). No word has all bits set; asking keeps the compiler from making it a block copy.
#[inline(always)]
pub(crate) fn copy_words(from: &[Cell<u64>], to: &[Cell<u64>]) {
    const FEW: usize = 32;
    if from.len() > FEW {
        to.iter()
            .zip(from)
            .for_each(|(to, from)| to.set(from.get()));
        return;
    }
    for (to, from) in to.iter().zip(from) {
        let word = from.get();
        if word == u64::MAX {
            break;
        }
        to.set(word);
    }
}

impl<'v> Obj<'v> {
    #[inline(always)]
    pub(crate) fn from_value(value: Value<'v>) -> Obj<'v> {
        Obj(value)
    }

    #[inline(always)]
    pub(crate) fn from_index(heap: &'v Heap, index: u32) -> Obj<'v> {
        Obj(Word::reference(index).value(heap))
    }

    /// The value that a `Wrapped` object wraps (an instance of a subclass of a builtin type).
    #[inline]
    pub(crate) fn wrapped_of(value: Value<'v>, heap: &Heap) -> Option<Value<'v>> {
        if !value.is_kind(heap, Kind::Wrapped) {
            return None;
        }
        let index = (value.bits() >> 32) as usize;
        // The lifetime of the wrapped value is that of its wrapper.
        Some(value.with_word(heap.load_word(index + 1)))
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value<'v> {
        self.0
    }

    /// The word.
    #[inline(always)]
    pub fn word(self) -> Word {
        self.0.word()
    }

    /// The index of the object in the cage.
    #[inline(always)]
    pub fn index(self) -> u32 {
        (self.0.bits() >> 32) as u32
    }

    #[inline(always)]
    pub(crate) fn header(self, heap: &Heap) -> u64 {
        heap.load(self.index() as usize)
    }

    #[inline(always)]
    pub(crate) fn kind_byte(self, heap: &Heap) -> u8 {
        header::kind(self.header(heap))
    }

    /// How the object is laid out.
    #[inline(always)]
    pub fn kind(self, heap: &Heap) -> Kind {
        Kind::from_u8(self.kind_byte(heap))
    }

    /// The id of the native type that the object's class derives from.
    #[inline(always)]
    pub fn layout(self, heap: &Heap) -> u16 {
        header::layout(self.header(heap))
    }

    /// Sets the layout (for strings the field holds flags, which stay).
    pub fn set_layout(self, heap: &Heap, layout: u16) {
        let header = self.header(heap);
        if Kind::from_u8(header::kind(header)).has_open_slots() {
            heap.put(self.index() as usize, header::with_layout(header, layout));
        }
    }

    /// The shape's index, 0 for none: what inline caches compare.
    #[inline(always)]
    pub fn shape_index(self, heap: &Heap) -> u32 {
        header::shape(self.header(heap))
    }

    /// The shape.
    #[inline]
    pub fn shape(self, heap: &Heap) -> Option<Shape<'v>> {
        let index = self.shape_index(heap);
        if index == 0 {
            None
        } else {
            self.0
                .with_word(Word::reference(index))
                .as_exact_shape(heap)
        }
    }

    /// Gives the object another shape. The caller keeps slots and shape in step.
    pub fn set_shape(self, heap: &Heap, shape: Shape<'_>) {
        let header = self.header(heap);
        if header::kind(header) == Kind::Free as u8 {
            return;
        }
        heap.put(
            self.index() as usize,
            header::with_shape(header, shape.index()),
        );
        heap.barrier(self.index());
    }

    /// How many slots the object has: at least as many as it was made with (cells are rounded up; the surplus is EMPTY).
    #[inline]
    pub fn slot_count(self, heap: &Heap) -> usize {
        let header = self.header(heap);
        if is_open(header) {
            heap.cell_words(self.index(), header) - 1
        } else {
            0
        }
    }

    /// A slot; EMPTY beyond the end, and for kinds whose slots are this crate's own (list, dict, str, …).
    #[inline(always)]
    pub fn slot(self, heap: &'v Heap, slot: usize) -> Value<'v> {
        let header = self.header(heap);
        if is_open(header) && slot < heap.cell_words(self.index(), header).saturating_sub(1) {
            heap.load_word(self.index() as usize + 1 + slot).value(heap)
        } else {
            Value::EMPTY
        }
    }

    /// Stores to a slot; nothing happens where `slot` would read EMPTY for lack of a slot.
    #[inline(always)]
    pub fn set_slot(self, heap: &Heap, slot: usize, value: Value<'_>) {
        let header = self.header(heap);
        if is_open(header) && slot < heap.cell_words(self.index(), header).saturating_sub(1) {
            heap.store(
                self.index(),
                header,
                self.index() as usize + 1 + slot,
                value.word(),
            );
        }
    }

    /// The first slots: one check for all. None where there are fewer.
    #[inline]
    pub fn first_slots<const N: usize>(self, heap: &'v Heap) -> Option<[Value<'v>; N]> {
        let header = self.header(heap);
        if !is_open(header) || N >= heap.cell_words(self.index(), header) {
            return None;
        }
        let cells = heap.cage.words().get(self.index() as usize + 1..)?;
        let cells: &[std::cell::Cell<u64>; N] = cells.first_chunk()?;
        let mut values = [Value::EMPTY; N];
        for (value, cell) in values.iter_mut().zip(cells) {
            *value = Word::from_bits(cell.get()).value(heap);
        }
        Some(values)
    }

    /// Stores to the first slots: one check and one barrier for all. Nothing happens where there are fewer.
    #[inline]
    pub fn set_first_slots<const N: usize>(self, heap: &Heap, values: [Value<'_>; N]) {
        let header = self.header(heap);
        if !is_open(header) || N >= heap.cell_words(self.index(), header) {
            return;
        }
        let start = self.index() as usize + 1;
        if let Some(cells) = heap.cage.words().get(start..start + N) {
            for (cell, value) in cells.iter().zip(values) {
                cell.set(value.bits());
            }
        }
        heap.barrier_range(self.index(), start..start + N);
    }

    /// Stores an integer to a slot, as `set_slot` does: without a barrier.
    #[inline(always)]
    pub fn set_int_slot(self, heap: &Heap, slot: usize, n: i64) {
        let header = self.header(heap);
        if is_open(header) && slot < heap.cell_words(self.index(), header).saturating_sub(1) {
            heap.put(
                self.index() as usize + 1 + slot,
                Word::int_wrapping(n).bits(),
            );
        }
    }

    /// Stores `first` and then `count` words of the VM stack from `from` on to the slots from `slot` on: one check and one barrier for all. False:
    /// they don't fit.
    #[inline(always)]
    pub fn set_slots_from_stack<const N: usize>(
        self,
        heap: &Heap,
        slot: usize,
        first: [Word; N],
        from: usize,
        count: usize,
    ) -> bool {
        let header = self.header(heap);
        let n = N + count;
        if !is_open(header) || slot + n >= heap.cell_words(self.index(), header) {
            return false;
        }
        let start = self.index() as usize + 1 + slot;
        let (Some(to), Some(from)) = (
            heap.cage.words().get(start..start + n),
            heap.stack().get(from..from + count),
        ) else {
            return false;
        };
        let (head, rest) = to.split_at(N);
        for (to, word) in head.iter().zip(&first) {
            to.set(word.bits());
        }
        copy_words(from, rest);
        if n > 0 {
            heap.barrier_range(self.index(), start..start + n);
        }
        true
    }

    /// Makes the slots from `slot` on EMPTY.
    pub fn clear_slots(self, heap: &Heap, slot: usize) {
        let header = self.header(heap);
        let words = heap.cell_words(self.index(), header);
        if is_open(header) && slot + 1 < words {
            heap.fill_empty(self.index() as usize + 1 + slot, words - 1 - slot);
        }
    }

    /// Makes the slots from `from` to before `to` EMPTY.
    pub fn clear_range(self, heap: &Heap, from: usize, to: usize) {
        let header = self.header(heap);
        if is_open(header) && from < to && to < heap.cell_words(self.index(), header) {
            heap.fill_empty(self.index() as usize + 1 + from, to - from);
        }
    }

    /// A slot, if the object is of that kind: for natives that expect their own type.
    #[inline]
    pub fn slot_of(self, heap: &'v Heap, kind: Kind, slot: usize) -> Option<Value<'v>> {
        if self.kind_byte(heap) == kind as u8 {
            Some(self.slot(heap, slot))
        } else {
            None
        }
    }
}

impl<'v> From<Obj<'v>> for Value<'v> {
    #[inline(always)]
    fn from(obj: Obj<'v>) -> Value<'v> {
        obj.0
    }
}

/// Kinds with open slots are a range of the table.
#[inline(always)]
fn is_open(header: u64) -> bool {
    header::kind(header).wrapping_sub(Kind::Slice as u8) <= Kind::Wrapped as u8 - Kind::Slice as u8
}

impl<'v> Value<'v> {
    #[inline(always)]
    pub(crate) fn with_word(self, word: Word) -> Value<'v> {
        Value::from_word(word)
    }

    /// The value itself, or what it wraps if it is an instance of a subclass of a builtin type.
    #[inline]
    pub fn unwrapped(self, heap: &Heap) -> Value<'v> {
        Obj::wrapped_of(self, heap).unwrap_or(self)
    }
}

impl Heap {
    /// An object of a kind with open slots, all EMPTY. `shape` may be None while the types are being made.
    pub fn try_new_object(
        &self,
        kind: Kind,
        layout: u16,
        shape: Option<Shape<'_>>,
        slots: usize,
    ) -> Result<Obj<'_>, NoMemory> {
        debug_assert!(kind.has_open_slots(), "{kind:?} has its own constructor");
        if !kind.has_open_slots() || slots >= OBJECT_WORDS_MAX {
            return Err(NoMemory);
        }
        let (at, words) = self.alloc(kind, layout, shape.map_or(0, Shape::index), slots + 1)?;
        self.fill_empty(at as usize + 1, words - 1);
        if kind == Kind::Type || kind == Kind::Code {
            self.make_old(at);
        }
        Ok(Obj::from_index(self, at))
    }

    /// Like `try_new_object`; may use the reserve behind the memory limit, and panics with `NoMemory` when nothing is left.
    #[inline]
    pub fn new_object(
        &self,
        kind: Kind,
        layout: u16,
        shape: Option<Shape<'_>>,
        slots: usize,
    ) -> Obj<'_> {
        debug_assert!(kind.has_open_slots(), "{kind:?} has its own constructor");
        let kind = if kind.has_open_slots() {
            kind
        } else {
            Kind::Instance
        };
        if slots >= SMALL_WORDS_MAX {
            return match self.try_new_object(kind, layout, shape, slots) {
                Ok(obj) => obj,
                Err(NoMemory) => std::panic::panic_any(NoMemory),
            };
        }
        let at = self.alloc_small(kind, layout, shape.map_or(0, Shape::index), slots + 1);
        let words = self.small_cell_words(slots + 1);
        self.fill_empty(at as usize + 1, words - 1);
        if kind == Kind::Type || kind == Kind::Code {
            self.make_old(at);
        }
        Obj::from_index(self, at)
    }

    /// A new object whose first slots hold these words, the others being EMPTY. `slots` must be small: more are cut off.
    #[inline]
    pub fn new_object_of<const N: usize>(
        &self,
        kind: Kind,
        layout: u16,
        shape: Option<Shape<'_>>,
        slots: usize,
        first: [Word; N],
    ) -> Obj<'_> {
        if slots >= SMALL_WORDS_MAX || !kind.has_open_slots() || kind == Kind::Type {
            let obj = self.new_object(kind, layout, shape, slots);
            for (i, word) in first.into_iter().enumerate() {
                obj.set_slot(self, i, word.value(self));
            }
            return obj;
        }
        let at = self.alloc_small(
            kind,
            layout,
            shape.map_or(0, Shape::index),
            slots.max(N) + 1,
        );
        let words = self.small_cell_words(slots.max(N) + 1);
        if let Some(cells) = self.cage.words().get(at as usize + 1..at as usize + words) {
            // A new object is young: its stores need no barrier.
            let (head, rest) = cells.split_at(N);
            head.iter()
                .zip(first)
                .for_each(|(c, word)| c.set(word.bits()));
            rest.iter().for_each(|c| c.set(Word::EMPTY.bits()));
        }
        Obj::from_index(self, at)
    }

    #[inline(always)]
    pub(crate) fn fill_empty(&self, at: usize, words: usize) {
        if let Some(cells) = self.cage.words().get(at..at + words) {
            for cell in cells {
                cell.set(Word::EMPTY.bits());
            }
        }
    }

    /// Treats a new object as one that survived, so that minor collections never free it: for what inline caches refer to weakly.
    pub(crate) fn make_old(&self, at: u32) {
        let header = self.load(at as usize);
        self.put(at as usize, header ^ header::MARK);
        self.barrier(at);
    }

    /// Follows the shape of a value: its class, if it has a shape.
    pub fn class_of<'v>(&'v self, value: Value<'v>) -> Option<Value<'v>> {
        Some(value.as_obj()?.shape(self)?.class(self))
    }

    /// `id()`: unique among values that exist at the same time.
    pub fn id(&self, value: Value<'_>) -> u64 {
        if value.is_ref() {
            (value.bits() >> 32) * 8
        } else {
            value.bits() << 3 | 7
        }
    }
}

//! Shapes (hidden classes): which attributes an instance has and where they are.
//!
//! The shapes of a class are a tree. The root has no attributes; each transition adds one. An instance has `fixed` slots (for
//! `__slots__` and native state), then `inline` slots for attributes. When an instance has more attributes than inline slots, the last inline slot holds a
//! value array with the rest. Past [`SHAPE_ATTRS_MAX`] attributes, or once somebody wants the `__dict__`, an instance has the class's *dict-mode* shape, and its first
//! inline slot holds a dict.
//!
//! Where a shape says that an attribute is never changes, so `(shape index, location)` is a valid inline cache. Shapes are born old, so only full
//! collections free them, and those clear the caches.

use crate::Heap;
use crate::header;
use crate::kind::Kind;
use crate::object::typed;
use crate::strings::Str;
use crate::word::{Value, Word};

typed! {
    /// A shape.
    Shape as_exact_shape as_shape Shape;
}

/// Instances with more attributes keep them in a dict.
pub const SHAPE_ATTRS_MAX: usize = 64;
/// Shapes with more attributes get a table after some look-ups.
const WALK_MAX: usize = 12;
const LOOKUPS_BEFORE_TABLE: u64 = 16;

/// The layout of the dicts that shapes use.
pub(crate) const INTERNAL: u16 = u16::MAX;

const CLASS: usize = 1;
const PARENT: usize = 2;
const NAME: usize = 3;
const SIZES: usize = 4;
const TRANSITIONS: usize = 5;
const TABLE: usize = 6;
const ROOT: usize = 7;
const DICT_MODE: usize = 8;
const SHAPE_WORDS: usize = 9;

/// Where an attribute is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// In this slot of the object.
    Inline(usize),
    /// In the value array that the last inline slot holds, at this index.
    Overflow(usize),
}

/// The sizes of a shape, kept as one immediate integer.
#[derive(Clone, Copy)]
struct Sizes {
    count: u64,
    fixed: u64,
    inline: u64,
    dict_mode: bool,
    lookups: u64,
}

impl Sizes {
    #[inline(always)]
    fn unpack(bits: u64) -> Sizes {
        let b = bits >> 3;
        Sizes {
            count: b & 0xFF,
            fixed: b >> 8 & 0xFFFF,
            inline: b >> 24 & 0xFFFF,
            dict_mode: b >> 40 & 1 != 0,
            lookups: b >> 41 & 0xFF,
        }
    }

    fn pack(self) -> u64 {
        (self.count
            | self.fixed << 8
            | self.inline << 24
            | (self.dict_mode as u64) << 40
            | self.lookups << 41)
            << 3
    }
}

impl<'v> Shape<'v> {
    #[inline]
    fn sizes(self, heap: &Heap) -> Sizes {
        Sizes::unpack(heap.load(self.place(SIZES)))
    }

    #[inline]
    fn field(self, heap: &Heap, field: usize) -> Value<'v> {
        self.0.with_word(heap.load_word(self.place(field)))
    }

    fn set_field(self, heap: &Heap, field: usize, word: Word) {
        heap.store(
            self.index(),
            heap.load(self.place(0)),
            self.place(field),
            word,
        );
    }

    /// The class.
    #[inline(always)]
    pub fn class(self, heap: &'v Heap) -> Value<'v> {
        self.field(heap, CLASS)
    }

    /// The shape without attributes that this one comes from.
    pub fn root(self, heap: &Heap) -> Shape<'v> {
        self.field(heap, ROOT).as_exact_shape(heap).unwrap_or(self)
    }

    /// How many attributes instances of this shape have (outside of a dict).
    pub fn count(self, heap: &Heap) -> usize {
        self.sizes(heap).count as usize
    }

    /// How many slots come before the attributes.
    #[inline]
    pub fn fixed_slots(self, heap: &Heap) -> usize {
        self.sizes(heap).fixed as usize
    }

    /// How many slots there are for attributes; 0: instances have none.
    #[inline]
    pub fn inline_capacity(self, heap: &Heap) -> usize {
        self.sizes(heap).inline as usize
    }

    /// How many slots an instance has, attributes and others.
    #[inline]
    pub fn slots(self, heap: &Heap) -> usize {
        let sizes = self.sizes(heap);
        (sizes.fixed + sizes.inline) as usize
    }

    /// Whether instances can have attributes.
    #[inline]
    pub fn has_dict(self, heap: &Heap) -> bool {
        self.sizes(heap).inline > 0
    }

    /// Whether instances keep their attributes in a dict (in slot `fixed_slots`).
    #[inline]
    pub fn is_dict_mode(self, heap: &Heap) -> bool {
        self.sizes(heap).dict_mode
    }

    /// Whether this shape is `before` with one more attribute that is inline: then a store and `set_shape` make the transition.
    pub fn adds_inline(self, heap: &Heap, before: Shape<'_>) -> bool {
        let (new, old) = (self.sizes(heap), before.sizes(heap));
        new.count == old.count + 1
            && new.count <= new.inline
            && heap.load(self.place(PARENT)) == before.word().bits()
    }

    /// Where attribute number `ordinal` is.
    pub(crate) fn location(self, heap: &Heap, ordinal: usize) -> Location {
        let s = self.sizes(heap);
        let (count, inline) = (s.count as usize, s.inline as usize);
        if count <= inline || ordinal + 1 < inline {
            Location::Inline(s.fixed as usize + ordinal)
        } else {
            Location::Overflow(ordinal + 1 - inline)
        }
    }

    /// Where the attribute of this (interned) name is.
    pub fn lookup(self, heap: &Heap, name: Str<'_>) -> Option<Location> {
        let mut sizes = self.sizes(heap);
        if sizes.count as usize > WALK_MAX {
            if let Some(table) = self.field(heap, TABLE).as_exact_dict(heap) {
                let at = table.entry_of_str(heap, name)?;
                let ordinal = table.value_at_entry(heap, at)?.as_small_int()?;
                return Some(self.location(heap, ordinal as usize));
            }
            if sizes.lookups < LOOKUPS_BEFORE_TABLE {
                sizes.lookups += 1;
                heap.put(self.place(SIZES), sizes.pack());
            } else {
                self.make_table(heap);
            }
        }
        let mut shape = self;
        loop {
            let n = heap.load(shape.place(SIZES)) >> 3 & 0xFF;
            if n == 0 {
                return None;
            }
            if heap.load(shape.place(NAME)) == name.word().bits() {
                return Some(self.location(heap, n as usize - 1));
            }
            shape = shape.field(heap, PARENT).as_exact_shape(heap)?;
        }
    }

    fn make_table(self, heap: &Heap) {
        let table = heap.internal_dict();
        for (i, name) in self.names(heap).into_iter().enumerate() {
            if table.set_str(heap, name, Value::len(i)).is_err() {
                return;
            }
        }
        self.set_field(heap, TABLE, table.word());
    }

    /// The names of the attributes in the order in which they were added.
    pub fn names(self, heap: &Heap) -> Vec<Str<'v>> {
        let mut names = Vec::with_capacity(self.count(heap));
        let mut shape = self;
        while shape.count(heap) > 0 {
            if let Some(name) = shape.field(heap, NAME).as_exact_str(heap) {
                names.push(name);
            }
            match shape.field(heap, PARENT).as_exact_shape(heap) {
                Some(parent) => shape = parent,
                None => break,
            }
        }
        names.reverse();
        names
    }

    /// The shape that an existing transition for this name leads to.
    pub fn transition(self, heap: &Heap, name: Str<'_>) -> Option<Shape<'v>> {
        let t = self.field(heap, TRANSITIONS);
        if let Some(shape) = t.as_exact_shape(heap) {
            return (heap.load(shape.place(NAME)) == name.word().bits()).then_some(shape);
        }
        let dict = t.as_exact_dict(heap)?;
        let found = dict.get_str(heap, name)?.word();
        self.0.with_word(found).as_exact_shape(heap)
    }

    /// The shape with one more attribute; None when instances can't have more (or any): then they go to dict mode.
    pub fn add(self, heap: &'v Heap, name: Str<'_>) -> Option<Shape<'v>> {
        let sizes = self.sizes(heap);
        if sizes.inline == 0 || sizes.dict_mode || sizes.count as usize >= SHAPE_ATTRS_MAX {
            return None;
        }
        if let Some(shape) = self.transition(heap, name) {
            return Some(shape);
        }
        let new = heap.make_shape(
            Sizes {
                count: sizes.count + 1,
                lookups: 0,
                ..sizes
            },
            self.class(heap).word(),
        );
        new.set_field(heap, PARENT, self.word());
        new.set_field(heap, NAME, name.word());
        new.set_field(heap, ROOT, self.root(heap).word());
        let t = self.field(heap, TRANSITIONS);
        if t.is_empty() {
            self.set_field(heap, TRANSITIONS, new.word());
        } else {
            let dict = match t.as_exact_dict(heap) {
                Some(dict) => dict,
                None => {
                    let dict = heap.internal_dict();
                    let only = t.as_exact_shape(heap)?;
                    let only_name = only.field(heap, NAME).as_exact_str(heap)?;
                    dict.set_str(heap, only_name, only.value()).ok()?;
                    self.set_field(heap, TRANSITIONS, dict.word());
                    dict
                }
            };
            dict.set_str(heap, name, new.value()).ok()?;
        }
        Some(new)
    }

    /// The shape of this class's instances that keep their attributes in a dict.
    pub fn dict_mode(self, heap: &'v Heap) -> Option<Shape<'v>> {
        if self.is_dict_mode(heap) {
            return Some(self);
        }
        let root = self.root(heap);
        let sizes = root.sizes(heap);
        if sizes.inline == 0 {
            return None;
        }
        if let Some(shape) = root.field(heap, DICT_MODE).as_exact_shape(heap) {
            return Some(shape);
        }
        let new = heap.make_shape(
            Sizes {
                count: 0,
                lookups: 0,
                dict_mode: true,
                ..sizes
            },
            root.class(heap).word(),
        );
        new.set_field(heap, ROOT, root.word());
        root.set_field(heap, DICT_MODE, new.word());
        Some(new)
    }
}

impl Heap {
    /// A dict that Python never sees, and `for_each_object` neither.
    fn internal_dict(&self) -> crate::Dict<'_> {
        let dict = self.new_dict();
        self.put(
            dict.place(0),
            header::with_layout(self.load(dict.place(0)), INTERNAL),
        );
        dict
    }

    fn make_shape(&self, sizes: Sizes, class: Word) -> Shape<'_> {
        let at = self.alloc_small(Kind::Shape, 0, 0, SHAPE_WORDS);
        let words = self.cell_words(at, self.load(at as usize));
        self.fill_empty(at as usize + 1, words - 1);
        self.put(at as usize + SIZES, sizes.pack());
        self.put(at as usize + CLASS, class.bits());
        self.make_old(at);
        Shape(Word::reference(at).value(self))
    }

    /// The root shape of a new class. Instances have `fixed_slots` slots and, with `has_dict`, room for `inline_capacity` (at least one) attributes.
    pub fn new_class_shapes(
        &self,
        class: Value<'_>,
        fixed_slots: usize,
        inline_capacity: usize,
        has_dict: bool,
    ) -> Shape<'_> {
        let inline = if has_dict {
            inline_capacity.clamp(1, SHAPE_ATTRS_MAX)
        } else {
            0
        };
        let sizes = Sizes {
            count: 0,
            fixed: fixed_slots.min(900) as u64,
            inline: inline as u64,
            dict_mode: false,
            lookups: 0,
        };
        let shape = self.make_shape(sizes, class.word());
        shape.set_field(self, ROOT, shape.word());
        shape
    }

    /// Sets the class of a root shape that was made before its class (for the first types).
    pub fn set_shape_class(&self, shape: Shape<'_>, class: Value<'_>) {
        shape.set_field(self, CLASS, class.word());
    }
}

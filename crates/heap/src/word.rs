//! Words and values: how Python values are told apart by the low three bits of a word.
//!
//! | tag | meaning |
//! |---|---|
//! | 0 | integer, 61 bits signed |
//! | 1, 4, 5 | float by self-tagging: `bits.rotate_left(4) + 1` (Melançon, Serrano, Feeley 2024) |
//! | 2 | reference: word index of the object in the high half |
//! | 3 | constants |
//! | 7 | poison: what freed memory is filled with in stress mode |
//!
//! A `Word` has no lifetime and is what registers, caches and roots hold; it is dead data until it is turned into a `Value<'v>`, which
//! borrows the heap and so cannot outlive the next collection.
//!
//! A value cannot be held across anything that takes the heap mutably:
//! ```compile_fail
//! use mesapy_heap::*;
//! let mut heap = Heap::new(HeapConfig::default()).unwrap();
//! let list = heap.new_list(&[]).unwrap();
//! heap.collect(Collection::Full, &mut |_| {});
//! list.len(&heap);
//! ```
//! nor can what a string lends:
//! ```compile_fail
//! use mesapy_heap::*;
//! let mut heap = Heap::new(HeapConfig::default()).unwrap();
//! let bytes = heap.new_str(b"abc").unwrap().bytes(&heap);
//! heap.collect(Collection::Full, &mut |_| {});
//! assert_eq!(bytes, b"abc");
//! ```
//! while a word can, as long as somebody marks it:
//! ```
//! use mesapy_heap::*;
//! let mut heap = Heap::new(HeapConfig::default()).unwrap();
//! let word = heap.new_str(b"abc").unwrap().value().word();
//! heap.collect(Collection::Full, &mut |marker| marker.mark(word));
//! assert_eq!(word.value(&heap).as_str(&heap).unwrap().bytes(&heap), b"abc");
//! ```

use std::marker::PhantomData;

use crate::Heap;
use crate::kind::Kind;
use crate::object::Obj;

const TAG_BITS: u64 = 7;
const TAG_INT: u64 = 0;
const TAG_REF: u64 = 2;
/// Bit n says whether tag n is a float's.
const FLOAT_TAGS: u64 = 1 << 1 | 1 << 4 | 1 << 5;

/// The largest immediate integer.
pub const SMALL_INT_MAX: i64 = (1 << 60) - 1;
/// The smallest immediate integer.
pub const SMALL_INT_MIN: i64 = -(1 << 60);

/// A Python value without a lifetime: for registers, inline caches and roots.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Word(u64);

impl Word {
    /// An unset slot; never visible to Python.
    pub const EMPTY: Word = Word(3);
    /// `None`
    pub const NONE: Word = Word(1 << 3 | 3);
    /// `False`
    pub const FALSE: Word = Word(2 << 3 | 3);
    /// `True`
    pub const TRUE: Word = Word(3 << 3 | 3);
    /// `...`
    pub const ELLIPSIS: Word = Word(4 << 3 | 3);
    /// `NotImplemented`
    pub const NOT_IMPLEMENTED: Word = Word(5 << 3 | 3);
    /// Where an element of a set was removed; never visible to Python.
    pub(crate) const REMOVED: Word = Word(6 << 3 | 3);
    /// What freed memory is filled with in stress mode.
    pub const POISON: Word = Word(0xDEAD_DEAD_DEAD_DEA7);

    /// The word with these bits. Any bits do: a reference to where no object is behaves as an object of kind `Free`.
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Word {
        Word(bits)
    }

    /// The bits.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The value, for as long as the heap is not borrowed mutably.
    #[inline(always)]
    pub fn value(self, _heap: &Heap) -> Value<'_> {
        Value(self, PhantomData)
    }

    /// An immediate integer, wrapping what lies beyond 61 bits.
    #[inline(always)]
    pub const fn int_wrapping(i: i64) -> Word {
        Word((i << 3) as u64)
    }

    /// An immediate integer, if it fits 61 bits.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Option<Word> {
        let shifted = i << 3;
        if shifted >> 3 == i {
            Some(Word(shifted as u64))
        } else {
            None
        }
    }

    /// The integer, if this is an immediate one.
    #[inline(always)]
    pub const fn as_small_int(self) -> Option<i64> {
        if self.0 & TAG_BITS == TAG_INT {
            Some(self.0 as i64 >> 3)
        } else {
            None
        }
    }

    /// An immediate float, if its exponent allows.
    #[inline(always)]
    pub const fn float_imm(f: f64) -> Option<Word> {
        let bits = f.to_bits().rotate_left(4).wrapping_add(1);
        if FLOAT_TAGS >> (bits & TAG_BITS) & 1 != 0 {
            Some(Word(bits))
        } else {
            None
        }
    }

    /// Whether this is an immediate integer.
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.0 & TAG_BITS == TAG_INT
    }

    /// Whether this is an immediate float.
    #[inline(always)]
    pub const fn is_float_imm(self) -> bool {
        FLOAT_TAGS >> (self.0 & TAG_BITS) & 1 != 0
    }

    /// The float, if this is an immediate one.
    #[inline(always)]
    pub const fn as_float_imm(self) -> Option<f64> {
        if self.is_float_imm() {
            Some(f64::from_bits(self.0.wrapping_sub(1).rotate_right(4)))
        } else {
            None
        }
    }

    /// A reference to the object at this word index.
    #[inline(always)]
    pub const fn reference(index: u32) -> Word {
        Word((index as u64) << 32 | TAG_REF)
    }

    /// Whether this is a reference.
    #[inline(always)]
    pub const fn is_ref(self) -> bool {
        self.0 & TAG_BITS == TAG_REF
    }

    /// The index of the object referred to.
    #[inline(always)]
    pub const fn as_ref_index(self) -> Option<u32> {
        if self.is_ref() {
            Some((self.0 >> 32) as u32)
        } else {
            None
        }
    }

    /// Whether this is the mark of an unset slot.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.0 == Word::EMPTY.0
    }
}

impl Default for Word {
    fn default() -> Word {
        Word::EMPTY
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Word::EMPTY => f.write_str("Empty"),
            Word::NONE => f.write_str("None"),
            Word::FALSE => f.write_str("False"),
            Word::TRUE => f.write_str("True"),
            Word::ELLIPSIS => f.write_str("Ellipsis"),
            Word::NOT_IMPLEMENTED => f.write_str("NotImplemented"),
            w if w.is_small_int() => write!(f, "{}", w.0 as i64 >> 3),
            w if w.is_ref() => write!(f, "@{}", w.0 >> 32),
            w => match w.as_float_imm() {
                Some(x) => write!(f, "{x:?}"),
                None => write!(f, "?{:#x}", w.0),
            },
        }
    }
}

/// A Python value, valid until the heap is borrowed mutably. `==` is identity of the word (Python's `is`, but for boxed numbers).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value<'v>(Word, PhantomData<&'v Heap>);

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'v> Value<'v> {
    /// An unset slot; never visible to Python.
    pub const EMPTY: Value<'static> = Value(Word::EMPTY, PhantomData);
    /// `None`
    pub const NONE: Value<'static> = Value(Word::NONE, PhantomData);
    /// `False`
    pub const FALSE: Value<'static> = Value(Word::FALSE, PhantomData);
    /// `True`
    pub const TRUE: Value<'static> = Value(Word::TRUE, PhantomData);
    /// `...`
    pub const ELLIPSIS: Value<'static> = Value(Word::ELLIPSIS, PhantomData);
    /// `NotImplemented`
    pub const NOT_IMPLEMENTED: Value<'static> = Value(Word::NOT_IMPLEMENTED, PhantomData);

    /// For this crate only: gives a word whatever lifetime the context asks for.
    #[inline(always)]
    pub(crate) const fn from_word(word: Word) -> Value<'v> {
        Value(word, PhantomData)
    }

    /// `True` or `False`
    #[inline(always)]
    pub const fn bool(b: bool) -> Value<'static> {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// An immediate integer, if it fits 61 bits. `Heap::int` takes any.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Option<Value<'static>> {
        match Word::small_int(i) {
            Some(w) => Some(Value(w, PhantomData)),
            None => None,
        }
    }

    /// An integer of at most 32 bits.
    #[inline(always)]
    pub const fn int32(i: i32) -> Value<'static> {
        Value(Word::int_wrapping(i as i64), PhantomData)
    }

    /// The length of something that is in memory (so it fits).
    #[inline(always)]
    pub const fn len(n: usize) -> Value<'static> {
        Value(Word::int_wrapping(n as i64), PhantomData)
    }

    /// An immediate float, if its exponent allows. `Heap::float` takes any.
    #[inline(always)]
    pub const fn float_imm(f: f64) -> Option<Value<'static>> {
        match Word::float_imm(f) {
            Some(w) => Some(Value(w, PhantomData)),
            None => None,
        }
    }

    /// The word.
    #[inline(always)]
    pub const fn word(self) -> Word {
        self.0
    }

    /// The word's bits.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0.0
    }

    /// Whether this is an immediate integer.
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.0.is_small_int()
    }

    /// The integer, if this is an immediate one (not a bool).
    #[inline(always)]
    pub const fn as_small_int(self) -> Option<i64> {
        self.0.as_small_int()
    }

    /// Whether this is an immediate float.
    #[inline(always)]
    pub const fn is_float_imm(self) -> bool {
        self.0.is_float_imm()
    }

    /// The float, if this is an immediate one.
    #[inline(always)]
    pub const fn as_float_imm(self) -> Option<f64> {
        self.0.as_float_imm()
    }

    /// Whether this is a reference.
    #[inline(always)]
    pub const fn is_ref(self) -> bool {
        self.0.is_ref()
    }

    /// Whether this is `None`.
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0.0 == Word::NONE.0
    }

    /// Whether this is the mark of an unset slot.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `True` or `False`.
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0.0 == Word::TRUE.0 || self.0.0 == Word::FALSE.0
    }

    /// The truth value, if this is a bool.
    #[inline(always)]
    pub const fn as_bool(self) -> Option<bool> {
        if self.is_bool() {
            Some(self.0.0 == Word::TRUE.0)
        } else {
            None
        }
    }

    /// None in place of the mark of an unset slot.
    #[inline(always)]
    pub const fn non_empty(self) -> Option<Value<'v>> {
        if self.is_empty() { None } else { Some(self) }
    }

    /// The object, if this is a reference.
    #[inline(always)]
    pub fn as_obj(self) -> Option<Obj<'v>> {
        if self.is_ref() {
            Some(Obj::from_value(self))
        } else {
            None
        }
    }

    /// How this value is laid out.
    #[inline]
    pub fn kind(self, heap: &Heap) -> Kind {
        if let Some(obj) = self.as_obj() {
            return obj.kind(heap);
        }
        if self.is_small_int() {
            return Kind::Int;
        }
        if self.is_float_imm() {
            return Kind::Float;
        }
        match self.0 {
            Word::NONE => Kind::None,
            Word::TRUE | Word::FALSE => Kind::Bool,
            Word::ELLIPSIS => Kind::Ellipsis,
            Word::NOT_IMPLEMENTED => Kind::NotImplemented,
            Word::EMPTY => Kind::Empty,
            _ => Kind::Free,
        }
    }

    /// Whether this is an object of that kind.
    #[inline(always)]
    pub fn is_kind(self, heap: &Heap, kind: Kind) -> bool {
        match self.as_obj() {
            Some(obj) => obj.kind_byte(heap) == kind as u8,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for i in [0, 1, -1, SMALL_INT_MAX, SMALL_INT_MIN, 12345678901234567] {
            assert_eq!(Word::small_int(i).unwrap().as_small_int(), Some(i));
        }
        for i in [SMALL_INT_MAX + 1, SMALL_INT_MIN - 1, i64::MAX, i64::MIN] {
            assert_eq!(Word::small_int(i), None);
        }
    }

    #[test]
    fn floats() {
        for f in [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.1,
            1e77,
            -1e-76,
            f64::MIN_POSITIVE,
            5e-324,
            1e-300,
        ] {
            let w = Word::float_imm(f).unwrap();
            assert!(w.is_float_imm() && !w.is_small_int() && !w.is_ref());
            assert_eq!(w.as_float_imm().unwrap().to_bits(), f.to_bits());
        }
        for f in [1e300, f64::INFINITY, f64::NAN, 1e-100, -1e200, f64::MAX] {
            assert_eq!(Word::float_imm(f), None);
        }
    }

    #[test]
    fn constants_are_nothing_else() {
        let all = [
            Word::EMPTY,
            Word::NONE,
            Word::FALSE,
            Word::TRUE,
            Word::ELLIPSIS,
            Word::NOT_IMPLEMENTED,
            Word::POISON,
        ];
        for w in all {
            assert!(!w.is_ref() && !w.is_small_int() && !w.is_float_imm());
        }
    }
}

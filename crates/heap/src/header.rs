//! The header word of an object: kind (8 bits), collector bits (8), layout (16), shape (32).

use crate::kind::Kind;

/// The mark; which value means "marked" flips with every full collection.
pub(crate) const MARK: u64 = 1 << 8;
/// The object is in the remembered set.
pub(crate) const REMEMBERED: u64 = 1 << 9;
const CLASS_SHIFT: u32 = 10;
const LAYOUT_SHIFT: u32 = 16;
const SHAPE_SHIFT: u32 = 32;
/// The size class of objects that have page runs of their own.
pub(crate) const LARGE_CLASS: usize = 63;

#[inline(always)]
pub(crate) fn make(kind: Kind, layout: u16, shape: u32) -> u64 {
    kind as u64 | (layout as u64) << LAYOUT_SHIFT | (shape as u64) << SHAPE_SHIFT
}

#[inline(always)]
pub(crate) fn class_bits(class: usize) -> u64 {
    (class as u64) << CLASS_SHIFT
}

#[inline(always)]
pub(crate) fn kind(header: u64) -> u8 {
    header as u8
}

#[inline(always)]
pub(crate) fn class(header: u64) -> usize {
    (header >> CLASS_SHIFT) as usize & 63
}

#[inline(always)]
pub(crate) fn layout(header: u64) -> u16 {
    (header >> LAYOUT_SHIFT) as u16
}

#[inline(always)]
pub(crate) fn with_layout(header: u64, layout: u16) -> u64 {
    header & !(0xFFFF << LAYOUT_SHIFT) | (layout as u64) << LAYOUT_SHIFT
}

#[inline(always)]
pub(crate) fn shape(header: u64) -> u32 {
    (header >> SHAPE_SHIFT) as u32
}

#[inline(always)]
pub(crate) fn with_shape(header: u64, shape: u32) -> u64 {
    header & ((1 << SHAPE_SHIFT) - 1) | (shape as u64) << SHAPE_SHIFT
}

/// The header of a run of free cells.
#[inline(always)]
pub(crate) fn free_run(words: usize) -> u64 {
    (words as u64) << SHAPE_SHIFT
}

#[inline(always)]
pub(crate) fn free_run_words(header: u64) -> usize {
    if kind(header) == Kind::Free as u8 {
        (header >> SHAPE_SHIFT) as usize
    } else {
        0
    }
}

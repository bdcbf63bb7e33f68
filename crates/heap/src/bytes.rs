//! Bytes: immutable and lent; raw arrays: mutable, only ever copied in and out; byte arrays: a raw array that can grow.

use std::ops::Range;

use crate::kind::Kind;
use crate::object::typed;
use crate::strings::{hash32, spread};
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

typed! {
    /// A bytes object. Word 1: length, word 2: hash (0: not computed), then the bytes.
    Bytes as_exact_bytes as_bytes Bytes;
    /// Mutable bytes for the inside of other objects. Word 1: length in bytes, then the bytes.
    RawArray as_exact_raw as_raw RawArray;
    /// A bytearray. Slots: raw array, length, start (bytes dropped at the front), exports, and two that the VM may use.
    ByteArray as_exact_bytearray as_bytearray ByteArray;
}

const LOW: u64 = 0xFFFF_FFFF;

impl Bytes<'_> {
    /// Length in bytes.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        heap.load(self.place(1)) as usize
    }

    /// The bytes.
    #[inline(always)]
    pub fn bytes(self, heap: &Heap) -> &[u8] {
        heap.cage.lend_bytes(self.place(3), self.len(heap))
    }

    /// Python's `hash()`.
    pub fn hash(self, heap: &Heap) -> u64 {
        if self.len(heap) == 0 {
            return 0;
        }
        let mut h = heap.load(self.place(2)) as u32;
        if h == 0 {
            h = hash32(heap.hash_key, self.bytes(heap));
            // In front of the payload, so no loan sees this store.
            heap.put(self.place(2), h as u64);
        }
        spread(h)
    }
}

macro_rules! numbers {
    ($($get:ident $set:ident $ty:ty, $bytes:literal;)*) => {$(
        /// The little-endian number at a byte offset, if it lies inside.
        #[inline]
        pub fn $get(self, heap: &Heap, at: usize) -> Option<$ty> {
            let mut out = [0; $bytes];
            self.copy_out(heap, at, &mut out).then(|| <$ty>::from_le_bytes(out))
        }

        /// Stores the number little-endian at a byte offset; false when it would not lie inside.
        #[inline]
        pub fn $set(self, heap: &Heap, at: usize, value: $ty) -> bool {
            self.copy_in(heap, at, &value.to_le_bytes())
        }
    )*};
}

impl<'v> RawArray<'v> {
    /// The cage index of the first byte, for `Heap::word_at`.
    #[inline(always)]
    pub fn payload_index(self, _heap: &Heap) -> u32 {
        self.index() + 2
    }

    /// Length in bytes.
    #[inline(always)]
    pub fn len(self, heap: &Heap) -> usize {
        heap.load(self.place(1)) as usize
    }

    /// The byte offset in the cage of `len` bytes from `at` on, if they lie inside.
    #[inline(always)]
    fn inside(self, heap: &Heap, at: usize, len: usize) -> Option<usize> {
        let all = if self.0.is_kind(heap, Kind::RawArray) {
            self.len(heap)
        } else {
            0
        };
        if at <= all && len <= all - at {
            Some(self.place(2) * 8 + at)
        } else {
            None
        }
    }

    /// Copies bytes out; false (and nothing done) when they do not lie inside.
    #[inline]
    pub fn copy_out(self, heap: &Heap, at: usize, out: &mut [u8]) -> bool {
        self.inside(heap, at, out.len())
            .is_some_and(|from| heap.cage.read_bytes(from, out))
    }

    /// Copies bytes in; false (and nothing done) when they do not fit.
    #[inline]
    pub fn copy_in(self, heap: &Heap, at: usize, bytes: &[u8]) -> bool {
        self.inside(heap, at, bytes.len())
            .is_some_and(|to| heap.cage.write_bytes(to, bytes))
    }

    /// Moves bytes inside.
    pub fn copy_within(self, heap: &Heap, from: Range<usize>, to: usize) -> bool {
        let len = from.end.saturating_sub(from.start);
        match (
            self.inside(heap, from.start, len),
            self.inside(heap, to, len),
        ) {
            (Some(from), Some(to)) => heap.cage.copy_bytes(from, to, len),
            _ => false,
        }
    }

    /// A copy of bytes; short when they do not lie inside.
    pub fn to_vec(self, heap: &Heap, range: Range<usize>) -> Vec<u8> {
        let end = range.end.min(self.len(heap));
        let mut out = crate::collected(std::iter::repeat_n(0, end.saturating_sub(range.start)));
        if !self.copy_out(heap, range.start, &mut out) {
            out.clear();
        }
        out
    }

    /// Sets bytes to one value.
    pub fn fill(self, heap: &Heap, range: Range<usize>, byte: u8) {
        let block = [byte; 256];
        let end = range.end.min(self.len(heap));
        let mut at = range.start;
        while at < end {
            let n = (end - at).min(block.len());
            self.copy_in(heap, at, &block[..n]);
            at += n;
        }
    }

    /// The word at word index `i`, 0 beyond the end: for tables of the VM.
    #[inline(always)]
    pub fn word_at(self, heap: &Heap, i: usize) -> u64 {
        if i < self.len(heap) / 8 {
            heap.load(self.place(2 + i))
        } else {
            0
        }
    }

    /// Stores the word at word index `i`; nothing happens beyond the end.
    #[inline(always)]
    pub fn set_word_at(self, heap: &Heap, i: usize, bits: u64) {
        if self.0.is_kind(heap, Kind::RawArray) && i < self.len(heap) / 8 {
            heap.put(self.place(2 + i), bits);
        }
    }

    numbers! {
        get_u8 set_u8 u8, 1;
        get_u16 set_u16 u16, 2;
        get_u32 set_u32 u32, 4;
        get_u64 set_u64 u64, 8;
    }

    /// An array of another length with the same content, cut or filled with zeroes: this one if it has room, else a copy.
    pub fn resize(self, heap: &'v Heap, len: usize) -> Result<RawArray<'v>, NoMemory> {
        let old = self.len(heap);
        let room = (heap
            .cell_words(self.index(), heap.load(self.place(0)))
            .saturating_sub(2))
            * 8;
        if len <= room || heap.extend_large(self.index(), 2 + len.div_ceil(8)) {
            heap.put(self.place(1), len as u64);
            if len > old {
                self.fill(heap, old..len, 0);
            }
            return Ok(self);
        }
        let new = heap.new_raw(len)?;
        heap.cage
            .copy_bytes(self.place(2) * 8, new.place(2) * 8, old.min(len));
        Ok(new)
    }
}

impl<'v> ByteArray<'v> {
    const RAW: usize = 1;
    const LEN: usize = 2;
    const START: usize = 3;
    const EXPORTS: usize = 4;
    const EXTRA: usize = 5;
    /// How many slots the VM has for itself.
    pub const EXTRA_SLOTS: usize = 2;

    fn raw(self, heap: &'v Heap) -> Option<RawArray<'v>> {
        heap.load_word(self.place(Self::RAW))
            .value(heap)
            .as_exact_raw(heap)
    }

    fn field(self, heap: &Heap, field: usize) -> usize {
        heap.load_word(self.place(field))
            .as_small_int()
            .unwrap_or(0) as usize
    }

    fn set_field(self, heap: &Heap, field: usize, n: usize) {
        heap.put(self.place(field), Word::int_wrapping(n as i64).bits());
    }

    /// Length in bytes.
    #[inline]
    pub fn len(self, heap: &Heap) -> usize {
        self.field(heap, Self::LEN)
    }

    /// How many buffers are exported (while any is, the VM must not resize).
    pub fn exports(self, heap: &Heap) -> usize {
        self.field(heap, Self::EXPORTS)
    }

    /// Sets the number of exported buffers.
    pub fn set_exports(self, heap: &Heap, n: usize) {
        self.set_field(heap, Self::EXPORTS, n);
    }

    /// A slot for the VM's use.
    pub fn extra(self, heap: &'v Heap, i: usize) -> Value<'v> {
        if i < Self::EXTRA_SLOTS {
            heap.load_word(self.place(Self::EXTRA + i)).value(heap)
        } else {
            Value::EMPTY
        }
    }

    /// Sets a slot for the VM's use.
    pub fn set_extra(self, heap: &Heap, i: usize, value: Value<'_>) {
        if i < Self::EXTRA_SLOTS {
            heap.store(
                self.index(),
                heap.load(self.place(0)),
                self.place(Self::EXTRA + i),
                value.word(),
            );
        }
    }

    fn inside(self, heap: &Heap, at: usize, len: usize) -> bool {
        let all = self.len(heap);
        at <= all && len <= all - at
    }

    /// Copies bytes out; false when they do not lie inside.
    pub fn copy_out(self, heap: &Heap, at: usize, out: &mut [u8]) -> bool {
        if out.is_empty() {
            return at <= self.len(heap);
        }
        self.inside(heap, at, out.len())
            && heap
                .raw_of(self)
                .is_some_and(|raw| raw.copy_out(heap, self.field(heap, Self::START) + at, out))
    }

    /// Copies bytes in; false when they do not lie inside.
    pub fn copy_in(self, heap: &Heap, at: usize, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return at <= self.len(heap);
        }
        self.inside(heap, at, bytes.len())
            && heap
                .raw_of(self)
                .is_some_and(|raw| raw.copy_in(heap, self.field(heap, Self::START) + at, bytes))
    }

    /// The byte at `at`.
    pub fn get(self, heap: &Heap, at: usize) -> Option<u8> {
        let mut out = [0];
        self.copy_out(heap, at, &mut out).then_some(out[0])
    }

    /// Stores a byte; false beyond the end.
    pub fn set(self, heap: &Heap, at: usize, byte: u8) -> bool {
        self.copy_in(heap, at, &[byte])
    }

    /// A copy of the bytes of a range, cut at the end.
    pub fn to_vec(self, heap: &Heap, range: Range<usize>) -> Vec<u8> {
        let end = range.end.min(self.len(heap));
        let mut out = crate::collected(std::iter::repeat_n(0, end.saturating_sub(range.start)));
        if !self.copy_out(heap, range.start, &mut out) {
            out.clear();
        }
        out
    }

    /// Bytes that fit without moving.
    pub fn capacity(self, heap: &Heap) -> usize {
        heap.raw_of(self).map_or(0, |raw| {
            raw.len(heap) - self.field(heap, Self::START).min(raw.len(heap))
        })
    }

    /// Makes room for `len` bytes in all.
    pub fn reserve(self, heap: &'v Heap, len: usize) -> Result<(), NoMemory> {
        if len <= self.capacity(heap) {
            return Ok(());
        }
        let have = self.len(heap);
        let start = self.field(heap, Self::START);
        let room = len
            .checked_add(have / 8)
            .and_then(|n| n.checked_add(16))
            .ok_or(NoMemory)?;
        if let Some(raw) = self.raw(heap) {
            if start == 0 && heap.extend_large(raw.index(), 2 + room.div_ceil(8)) {
                let words = heap.cell_words(raw.index(), heap.load(raw.place(0)));
                heap.put(raw.place(1), (words as u64 - 2) * 8);
                return Ok(());
            }
            let new = heap.raw_uninit(room).or_else(|_| heap.raw_uninit(len))?;
            heap.cage
                .copy_bytes(raw.place(2) * 8 + start, new.place(2) * 8, have);
            self.adopt(heap, new);
            heap.free_now(raw.index());
        } else {
            let new = heap.raw_uninit(room).or_else(|_| heap.raw_uninit(len))?;
            self.adopt(heap, new);
        }
        Ok(())
    }

    fn adopt(self, heap: &Heap, raw: RawArray<'_>) {
        self.set_field(heap, Self::START, 0);
        heap.store(
            self.index(),
            heap.load(self.place(0)),
            self.place(Self::RAW),
            raw.word(),
        );
    }

    /// Sets the length; new bytes are zero.
    pub fn resize(self, heap: &'v Heap, len: usize) -> Result<(), NoMemory> {
        let old = self.len(heap);
        self.reserve(heap, len)?;
        self.set_field(heap, Self::LEN, len);
        if len > old
            && let Some(raw) = self.raw(heap)
        {
            let start = self.field(heap, Self::START);
            raw.fill(heap, start + old..start + len, 0);
        }
        if len == 0
            && let Some(raw) = self.raw(heap)
        {
            heap.put(self.place(Self::RAW), Word::EMPTY.bits());
            self.set_field(heap, Self::START, 0);
            heap.free_now(raw.index());
        }
        Ok(())
    }

    /// Replaces the bytes of a range (cut at the end) by others.
    pub fn splice(self, heap: &'v Heap, range: Range<usize>, bytes: &[u8]) -> Result<(), NoMemory> {
        let old = self.len(heap);
        let start = range.start.min(old);
        let end = range.end.clamp(start, old);
        let new = (old - (end - start))
            .checked_add(bytes.len())
            .ok_or(NoMemory)?;
        if start == 0 && new < old && new > 0 {
            // Dropping at the front moves the start, so that a queue of bytes is not quadratic.
            self.set_field(
                heap,
                Self::START,
                self.field(heap, Self::START) + (old - new),
            );
            self.set_field(heap, Self::LEN, new);
        } else {
            self.reserve(heap, new)?;
            if let Some(raw) = self.raw(heap) {
                let first = self.field(heap, Self::START);
                raw.copy_within(heap, first + end..first + old, first + start + bytes.len());
            }
            self.set_field(heap, Self::LEN, new);
            if new == 0 {
                return self.resize(heap, 0);
            }
        }
        self.copy_in(heap, start, bytes);
        Ok(())
    }

    /// Appends bytes.
    pub fn extend(self, heap: &'v Heap, bytes: &[u8]) -> Result<(), NoMemory> {
        let len = self.len(heap);
        self.splice(heap, len..len, bytes)
    }
}

impl Heap {
    /// A bytes object.
    #[inline]
    pub fn new_bytes(&self, bytes: &[u8]) -> Result<Bytes<'_>, NoMemory> {
        let b = self.alloc_bytes(bytes.len())?;
        self.cage.write_bytes(b.place(3) * 8, bytes);
        Ok(b)
    }

    fn alloc_bytes(&self, len: usize) -> Result<Bytes<'_>, NoMemory> {
        let (at, _) = self.alloc(Kind::Bytes, 0, 0, 3 + len.div_ceil(8))?;
        let b = Bytes(Word::reference(at).value(self));
        self.put(b.place(1), len as u64 & LOW.max(len as u64));
        self.put(b.place(2), 0);
        Ok(b)
    }

    /// The concatenation of parts.
    pub fn new_bytes_parts(&self, parts: &[&[u8]]) -> Result<Bytes<'_>, NoMemory> {
        let mut len = 0usize;
        for part in parts {
            len = len.checked_add(part.len()).ok_or(NoMemory)?;
        }
        let b = self.alloc_bytes(len)?;
        let mut to = b.place(3) * 8;
        for part in parts {
            self.cage.write_bytes(to, part);
            to += part.len();
        }
        Ok(b)
    }

    /// A raw array of zeroes.
    pub fn new_raw(&self, len: usize) -> Result<RawArray<'_>, NoMemory> {
        let raw = self.raw_uninit(len)?;
        if let Some(cells) = self
            .cage
            .words()
            .get(raw.place(2)..raw.place(2) + len.div_ceil(8))
        {
            cells.iter().for_each(|c| c.set(0));
        }
        Ok(raw)
    }

    pub(crate) fn raw_uninit(&self, len: usize) -> Result<RawArray<'_>, NoMemory> {
        let (at, _) = self.alloc(Kind::RawArray, 0, 0, 2 + len.div_ceil(8))?;
        self.put(at as usize + 1, len as u64);
        Ok(RawArray(Word::reference(at).value(self)))
    }

    fn raw_of(&self, b: ByteArray<'_>) -> Option<RawArray<'_>> {
        self.load_word(b.place(ByteArray::RAW))
            .value(self)
            .as_exact_raw(self)
    }

    /// A bytearray.
    pub fn new_bytearray(&self, bytes: &[u8]) -> Result<ByteArray<'_>, NoMemory> {
        let (at, words) = self.alloc(
            Kind::ByteArray,
            0,
            0,
            ByteArray::EXTRA + ByteArray::EXTRA_SLOTS,
        )?;
        self.fill_empty(at as usize + 1, words - 1);
        let b = ByteArray(Word::reference(at).value(self));
        b.set_field(self, ByteArray::LEN, 0);
        b.set_field(self, ByteArray::START, 0);
        b.set_field(self, ByteArray::EXPORTS, 0);
        b.extend(self, bytes)?;
        Ok(b)
    }
}

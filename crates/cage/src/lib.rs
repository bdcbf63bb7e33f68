//! The cage: one reserved mapping that holds all state of one interpreter, seen as `&[Cell<u64>]`.
//!
//! A prefix of the reservation is *committed* (readable and writable), the rest faults. The prefix only grows, so a slice that was
//! handed out stays valid for as long as the cage is borrowed. No pointer is ever stored inside; to Rust the words are plain data.
//!
//! # The contract of lending
//!
//! [`Cage::lend_bytes`] and [`Cage::lend_words`] give out `&[u8]` and `&[u64]` over words that are also reachable as `Cell`s. That is
//! sound as long as nobody stores to a lent word while the loan lives. The only user of this crate, the heap, keeps that promise thus:
//! * only payloads of immutable objects are lent, and the heap never stores to such a payload after the constructor returned;
//! * the loan borrows the heap, and objects are freed (their words reused) only where the heap is borrowed mutably.
//!
//! # The guards
//!
//! Verified machine code addresses words as `base + 8 * u32 + displacement`, unchecked. The reservation is therefore made large enough for every such address,
//! however small the cage that was asked for: [`CAGE_GUARD_LOW`] bytes in front, 2^32 words, and [`CAGE_GUARD_HIGH`] bytes behind them, of which
//! only the committed prefix can be accessed. Where so much address space is refused, [`Cage::guarded`] is false, and no machine code runs.

use std::cell::Cell;
use std::ffi::c_void;
use std::ops::Range;
use std::ptr::{self, NonNull};

use rustix::mm::{
    Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap_anonymous, mprotect, munmap,
};
use rustix::process::{Resource, getrlimit};

/// The largest cage: references are 32-bit word indexes, and the last block stays unused so that `index + size` fits 32 bits.
pub const CAGE_BYTES_MAX: usize = (32 << 30) - (1 << 20);
/// The smallest cage worth having.
pub const CAGE_BYTES_MIN: usize = 64 << 20;
/// Inaccessible bytes in front of word 0 of a guarded cage.
pub const CAGE_GUARD_LOW: i64 = 64 << 10;
/// Inaccessible bytes behind word 2^32 - 1 of a guarded cage.
pub const CAGE_GUARD_HIGH: i64 = 1 << 20;
/// Everything that a 32-bit index reaches.
const INDEXED_BYTES: usize = 8 << 32;
/// Commits are rounded to this.
const STEP_BYTES: usize = 1 << 20;
const PAGE_BYTES: usize = 4096;

/// The address space was refused even at the smallest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// One reserved mapping. See the module's head.
pub struct Cage {
    base: NonNull<u64>,
    /// Words that may be committed.
    reserved: usize,
    /// Bytes of the mapping in front of the base, and from the base on; none for a vacant cage.
    mapped: (usize, usize),
    committed: Cell<usize>,
}

// SAFETY: the cage owns its mapping alone, and a mapping may be used from any thread. (It is not Sync: its words are `Cell`s.)
unsafe impl Send for Cage {}

impl Cage {
    /// Reserves up to `max_bytes` of address space, half of it where that is refused, and so on down to 64 MiB. With guards if they can be had.
    pub fn reserve(max_bytes: usize) -> Result<Cage, Refused> {
        let mut bytes = max_bytes.clamp(CAGE_BYTES_MIN, CAGE_BYTES_MAX) / STEP_BYTES * STEP_BYTES;
        let high = INDEXED_BYTES + CAGE_GUARD_HIGH as usize;
        if let Some(cage) = Cage::map(CAGE_GUARD_LOW as usize, high, bytes) {
            return Ok(cage);
        }
        loop {
            if let Some(cage) = Cage::map(0, bytes, bytes) {
                return Ok(cage);
            }
            if bytes == CAGE_BYTES_MIN {
                return Err(Refused);
            }
            bytes = (bytes / 2 / STEP_BYTES * STEP_BYTES).max(CAGE_BYTES_MIN);
        }
    }

    /// Maps `low` bytes in front of the base and `high` behind, of which the first `usable` may be committed.
    fn map(low: usize, high: usize, usable: usize) -> Option<Cage> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice touches no memory of ours.
        let mapped =
            unsafe { mmap_anonymous(ptr::null_mut(), low + high, ProtFlags::empty(), flags) };
        // SAFETY: `low` is less than the length of the mapping.
        let base = unsafe { mapped.ok()?.byte_add(low) };
        Some(Cage {
            base: NonNull::new(base.cast::<u64>())?,
            reserved: usable / 8,
            mapped: (low, high),
            committed: Cell::new(0),
        })
    }

    /// A cage without any memory: what stands in while the real one is elsewhere.
    pub fn vacant() -> Cage {
        Cage {
            base: NonNull::dangling(),
            reserved: 0,
            mapped: (0, 0),
            committed: Cell::new(0),
        }
    }

    /// Whether every address that verified machine code can make lies within the mapping. See the module's head.
    #[inline]
    pub fn guarded(&self) -> bool {
        self.mapped.0 >= CAGE_GUARD_LOW as usize
            && self.mapped.1 >= INDEXED_BYTES + CAGE_GUARD_HIGH as usize
    }

    /// The address of word 0, for machine code; nothing in safe Rust can be done with it.
    #[inline]
    pub fn base_address(&self) -> usize {
        self.base.as_ptr().expose_provenance()
    }

    /// Words of address space.
    pub fn reserved_words(&self) -> usize {
        self.reserved
    }

    /// What the system lets this process have of data (RLIMIT_DATA), if that is limited.
    pub fn data_limit_bytes() -> Option<usize> {
        usize::try_from(getrlimit(Resource::Data).current?).ok()
    }

    /// Words that can be used now.
    #[inline(always)]
    pub fn committed_words(&self) -> usize {
        self.committed.get()
    }

    /// Makes at least the first `words` words usable; they read as zero. False when the reservation ends before or the system refuses.
    pub fn commit(&self, words: usize) -> bool {
        let have = self.committed.get();
        if words <= have {
            return true;
        }
        if words > self.reserved {
            return false;
        }
        let step = STEP_BYTES / 8;
        let exact = words.div_ceil(step).saturating_mul(step).min(self.reserved);
        let generous = (exact + have / 16 / step * step).min(self.reserved);
        [generous, exact].into_iter().any(|target| {
            // SAFETY: [have, target) lies inside the reservation, which this cage owns, and is used by nobody yet.
            let done = unsafe {
                let start = self.base.as_ptr().add(have).cast::<c_void>();
                mprotect(
                    start,
                    (target - have) * 8,
                    MprotectFlags::READ | MprotectFlags::WRITE,
                )
            };
            if done.is_ok() {
                self.committed.set(target);
            }
            done.is_ok()
        })
    }

    /// The committed prefix.
    #[inline(always)]
    pub fn words(&self) -> &[Cell<u64>] {
        // SAFETY: the prefix is mapped readable and writable until drop, aligned (it starts a page), and initialised (zero pages).
        // `Cell<u64>` has u64's layout and allows shared mutation; the cage is not Sync. Lent words: see the contract in the head.
        unsafe {
            std::slice::from_raw_parts(self.base.as_ptr().cast::<Cell<u64>>(), self.committed.get())
        }
    }

    /// Has the system find memory for the whole pages within `words` in one go, where touching them would interrupt for each. Where it won't, that is so.
    pub fn populate(&self, words: Range<usize>) {
        let page = PAGE_BYTES / 8;
        let start = words.start.div_ceil(page) * page;
        let end = words.end.min(self.committed.get()) / page * page;
        if start < end {
            // SAFETY: whole pages inside the committed prefix of our own private mapping; what they hold does not change.
            let _ = unsafe {
                madvise(
                    self.base.as_ptr().add(start).cast::<c_void>(),
                    (end - start) * 8,
                    Advice::LinuxPopulateWrite,
                )
            };
        }
    }

    /// Gives the whole pages within `words` back to the system; they read as zero afterwards. Nothing in there may be lent.
    pub fn decommit(&self, words: Range<usize>) {
        let page = PAGE_BYTES / 8;
        let start = words.start.div_ceil(page) * page;
        let end = words.end.min(self.committed.get()) / page * page;
        if start >= end {
            return;
        }
        // SAFETY: whole pages inside the committed prefix of our own private mapping; DONTNEED acts like storing zeroes to them.
        let done = unsafe {
            madvise(
                self.base.as_ptr().add(start).cast::<c_void>(),
                (end - start) * 8,
                Advice::LinuxDontNeed,
            )
        };
        if done.is_err() {
            self.words()[start..end].iter().for_each(|w| w.set(0));
        }
    }

    /// The `len` bytes from `word` on; empty when they are not all committed. Contract of lending: see the module's head.
    #[inline]
    pub fn lend_bytes(&self, word: usize, len: usize) -> &[u8] {
        if !self.holds(word.saturating_mul(8), len) {
            return &[];
        }
        // SAFETY: in the committed prefix (just checked), initialised, and not stored to while lent by the contract in the head.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(word).cast::<u8>(), len) }
    }

    /// The `len` words from `word` on; empty when they are not all committed. Contract of lending: see the module's head.
    #[inline]
    pub fn lend_words(&self, word: usize, len: usize) -> &[u64] {
        if !self.holds(word.saturating_mul(8), len.saturating_mul(8)) {
            return &[];
        }
        // SAFETY: as for `lend_bytes`; the base is aligned for words.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(word), len) }
    }

    /// Copies `bytes` to byte offset `at`; false (and nothing done) outside of the committed prefix.
    #[inline]
    pub fn write_bytes(&self, at: usize, bytes: &[u8]) -> bool {
        let fits = self.holds(at, bytes.len());
        if fits {
            // SAFETY: the target is committed (checked); `copy` allows overlap; by the contract the target is not lent.
            unsafe {
                ptr::copy(
                    bytes.as_ptr(),
                    self.base.as_ptr().cast::<u8>().add(at),
                    bytes.len(),
                )
            }
        }
        fits
    }

    /// Copies the bytes at byte offset `at` out; false (and nothing done) outside of the committed prefix.
    #[inline]
    pub fn read_bytes(&self, at: usize, out: &mut [u8]) -> bool {
        let fits = self.holds(at, out.len());
        if fits {
            // SAFETY: the source is committed (checked) and initialised; `out` is a unique borrow, so it is not cage memory.
            unsafe {
                ptr::copy(
                    self.base.as_ptr().cast::<u8>().add(at),
                    out.as_mut_ptr(),
                    out.len(),
                )
            }
        }
        fits
    }

    /// Moves `len` bytes inside the cage (byte offsets, overlap allowed); false outside of the committed prefix.
    #[inline]
    pub fn copy_bytes(&self, from: usize, to: usize, len: usize) -> bool {
        let fits = self.holds(from, len) && self.holds(to, len);
        if fits {
            let base = self.base.as_ptr().cast::<u8>();
            // SAFETY: both ranges are committed (checked); `copy` allows overlap; by the contract the target is not lent.
            unsafe { ptr::copy(base.add(from), base.add(to), len) }
        }
        fits
    }

    #[inline(always)]
    fn holds(&self, at: usize, len: usize) -> bool {
        let end = self.committed.get() * 8;
        at <= end && len <= end - at
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        let (low, high) = self.mapped;
        if low + high == 0 {
            return;
        }
        // SAFETY: the mapping is ours, and every borrow of it has ended since the cage is dropped. Nothing can be done about an error.
        let _ = unsafe {
            munmap(
                self.base.as_ptr().byte_sub(low).cast::<c_void>(),
                low + high,
            )
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_grow_and_read_zero() {
        let cage = Cage::reserve(1 << 30).unwrap();
        assert!(cage.words().is_empty());
        assert!(cage.commit(1000));
        let n = cage.words().len();
        assert!(n >= 1000 && cage.words().iter().all(|w| w.get() == 0));
        cage.words()[n - 1].set(7);
        assert!(cage.commit(n + 1));
        assert_eq!(cage.words()[n - 1].get(), 7);
        assert!(!cage.commit(cage.reserved_words() + 1));
    }

    #[test]
    fn guards_do_not_depend_on_the_size() {
        let cage = Cage::reserve(CAGE_BYTES_MIN).unwrap();
        assert!(cage.guarded());
        assert_eq!(cage.reserved_words(), CAGE_BYTES_MIN / 8);
        assert!(!cage.commit(cage.reserved_words() + 1));
        assert!(!Cage::vacant().guarded());
    }

    #[test]
    fn bytes_in_and_out() {
        let cage = Cage::reserve(CAGE_BYTES_MIN).unwrap();
        assert!(cage.commit(512 * 4));
        assert!(cage.write_bytes(8, b"hello"));
        assert_eq!(cage.lend_bytes(1, 5), b"hello");
        assert!(cage.copy_bytes(8, 10, 5));
        let mut out = [0; 7];
        assert!(cage.read_bytes(8, &mut out));
        assert_eq!(&out, b"hehello");
        assert!(
            !cage.write_bytes(usize::MAX, b"x")
                && !cage.read_bytes(cage.words().len() * 8, &mut out)
        );
        assert_eq!(cage.lend_bytes(usize::MAX, 3), b"");
        assert_eq!(cage.lend_words(cage.words().len(), 1), &[] as &[u64]);
        cage.decommit(0..1024);
        assert_eq!(cage.words()[1].get(), 0);
    }
}

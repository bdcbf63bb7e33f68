//! Executable memory, and the table of entries.
//!
//! Code memory is an anonymous file that is mapped twice: one view can be executed and never written, the other can be written only while a function is
//! copied there, and is inaccessible otherwise. The file itself is closed at once, so that no file descriptor leads to it. Memory is
//! not used twice: a function that was withdrawn may still be running.
//!
//! The views are shared with the children of a fork, which would overwrite each other's functions. So a region belongs to the process that made it: a child that
//! publishes makes one of its own, and runs what it has inherited as it is.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mprotect, munmap};
use rustix::process::{Pid, getpid};

use crate::verify::{Policy, Refusal, verify};
use crate::{NOT_COMPILED, ROWS};

/// Functions start at multiples of this, which is also the alignment of their constants.
const ALIGN_BYTES: usize = 64;
const PAGE_BYTES: usize = 4096;

/// `mov eax, NOT_COMPILED; xor edx, edx; ret`
const STUB: [u8; 8] = [0xB8, NOT_COMPILED as u8, 0, 0, 0, 0x31, 0xD2, 0xC3];

/// Where verified functions lie and are entered. `T` is the type of their context.
pub struct CodeMemory<T> {
    policy: Policy,
    /// The last one is written to.
    regions: RefCell<Vec<Region>>,
    bytes: usize,
    /// Addresses of functions, or of the stub. Machine code reads them too.
    table: Box<[AtomicUsize]>,
    stub: usize,
    rows_used: Cell<u32>,
    context: PhantomData<fn(&T)>,
}

impl<T> CodeMemory<T> {
    /// Room for `bytes` of code; None where there can't be any, and for a policy that can't be true. The policy is a promise: see the crate's head.
    pub fn new(policy: Policy, bytes: usize) -> Option<CodeMemory<T>> {
        let is_known = cfg!(all(target_arch = "x86_64", target_os = "linux"));
        if !is_known || !policy.is_sound(size_of::<T>()) {
            return None;
        }
        let bytes = bytes.max(PAGE_BYTES).checked_next_multiple_of(PAGE_BYTES)?;
        let region = Region::new(bytes)?;
        let stub = region.append(&STUB)?;
        Some(CodeMemory {
            policy: policy.sorted(),
            regions: RefCell::new(vec![region]),
            bytes,
            table: (0..ROWS).map(|_| AtomicUsize::new(stub)).collect(),
            stub,
            rows_used: Cell::new(0),
            context: PhantomData,
        })
    }

    /// Whether `publish` would accept `code[..code_len]`, with its constants in `code[code_len..]`.
    pub fn verify(&self, code: &[u8], code_len: usize) -> Result<(), Refusal> {
        verify(&self.policy, code, code_len)
    }

    /// A row of the table; it holds the stub, which returns `NOT_COMPILED`, until `publish`. None when all are taken.
    pub fn reserve(&self) -> Option<u32> {
        let row = self.rows_used.get();
        if row as usize >= ROWS {
            return None;
        }
        self.rows_used.set(row + 1);
        Some(row)
    }

    /// Verifies the function, copies it to executable memory, and makes the row lead to it.
    pub fn publish(&self, row: u32, code: &[u8], code_len: usize) -> Result<(), Refusal> {
        if row >= self.rows_used.get() {
            return Err(Refusal::whole("the row is not reserved"));
        }
        self.verify(code, code_len)?;
        let entry = self
            .place(code)
            .ok_or(Refusal::whole("no room in the code memory"))?;
        self.table[row as usize].store(entry, Ordering::Release);
        Ok(())
    }

    fn place(&self, code: &[u8]) -> Option<usize> {
        let mut regions = self.regions.borrow_mut();
        if regions.last()?.owner != getpid() {
            regions.push(Region::new(self.bytes)?);
        }
        regions.last()?.append(code)
    }

    /// Makes the row hold the stub again; it stays reserved. The function's memory is not used again, for it may be running.
    pub fn withdraw(&self, row: u32) {
        if let Some(entry) = self.table.get(row as usize) {
            entry.store(self.stub, Ordering::Release);
        }
    }

    /// The address of row 0 of the table, which has `ROWS` rows of 8 bytes: for a pointer field of the context.
    pub fn table_address(&self) -> usize {
        self.table.as_ptr().expose_provenance()
    }

    /// Bytes of code memory that are taken.
    pub fn used_bytes(&self) -> usize {
        self.regions.borrow().last().map_or(0, |r| r.used.get())
    }

    /// What leads to the function in `row`, or to the stub.
    #[inline]
    pub(crate) fn entry(&self, row: u32) -> Option<usize> {
        Some(self.table.get(row as usize)?.load(Ordering::Relaxed))
    }
}

/// One file, mapped twice. Addresses are kept as numbers: nothing in safe Rust refers to this memory.
struct Region {
    execute: usize,
    write: usize,
    bytes: usize,
    used: Cell<usize>,
    owner: Pid,
}

impl Region {
    #[allow(unsafe_code)]
    fn new(bytes: usize) -> Option<Region> {
        let file = memfd_create(c"code", MemfdFlags::CLOEXEC).ok()?;
        ftruncate(&file, bytes as u64).ok()?;
        let map = |protection| {
            // SAFETY: a fresh mapping at an address of the kernel's choice touches no memory of ours.
            let view = unsafe {
                mmap(
                    ptr::null_mut(),
                    bytes,
                    protection,
                    MapFlags::SHARED,
                    &file,
                    0,
                )
            };
            view.map(|start| start.expose_provenance())
        };
        let mut region = Region {
            execute: map(ProtFlags::READ | ProtFlags::EXEC).ok()?,
            write: 0,
            bytes,
            used: Cell::new(0),
            owner: getpid(),
        };
        region.write = map(ProtFlags::empty()).ok()?;
        Some(region)
    }

    /// Copies `code` behind what is there, and gives the address where it can be executed; None when there is no room.
    fn append(&self, code: &[u8]) -> Option<usize> {
        let start = self.used.get();
        let end = start.checked_add(code.len())?;
        if end > self.bytes {
            return None;
        }
        self.copy(start, code)?;
        self.used
            .set(end.next_multiple_of(ALIGN_BYTES).min(self.bytes));
        Some(self.execute + start)
    }

    #[allow(unsafe_code)]
    fn copy(&self, start: usize, code: &[u8]) -> Option<()> {
        let page = start / PAGE_BYTES * PAGE_BYTES;
        let pages = ptr::with_exposed_provenance_mut(self.write + page);
        let len = start + code.len() - page;
        // SAFETY: the pages belong to the writable view, which this region owns (`append` has checked the end) and no reference points into. The bytes
        // from `start` on have never been handed out, so nothing executes them.
        unsafe {
            mprotect(pages, len, MprotectFlags::READ | MprotectFlags::WRITE).ok()?;
            ptr::copy_nonoverlapping(
                code.as_ptr(),
                pages.cast::<u8>().add(start - page),
                code.len(),
            );
            mprotect(pages, len, MprotectFlags::empty()).ok()
        }
    }
}

impl Drop for Region {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        for view in [self.execute, self.write] {
            if view != 0 {
                // SAFETY: the view is ours, and nothing runs in it: `enter` borrows the code memory. Nothing can be done about an error.
                let _ = unsafe { munmap(ptr::with_exposed_provenance_mut(view), self.bytes) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesapy_cage::Cage;

    /// `mov eax, N; ret`
    fn function(n: u8) -> [u8; 6] {
        [0xB8, n, 0, 0, 0, 0xC3]
    }

    /// A child of a fork has the region of its parent, and must not write to it.
    #[test]
    fn a_region_belongs_to_a_process() {
        let memory = CodeMemory::<()>::new(Policy::default(), 1 << 16).expect("code memory");
        let cage = Cage::reserve(64 << 20).expect("a cage");
        let status = |row| memory.enter(&cage, row, &(), 0, 0).status;
        let (first, second) = (memory.reserve(), memory.reserve());
        let (first, second) = (first.expect("a row"), second.expect("a row"));
        memory.publish(first, &function(7), 6).expect("accepted");
        let used = memory.used_bytes();
        for region in memory.regions.borrow_mut().iter_mut() {
            region.owner = Pid::INIT;
        }
        memory.publish(second, &function(9), 6).expect("accepted");
        assert_eq!((status(first), status(second)), (7, 9));
        let regions = memory.regions.borrow();
        assert_eq!(regions.len(), 2);
        assert_eq!(regions[0].used.get(), used);
    }
}

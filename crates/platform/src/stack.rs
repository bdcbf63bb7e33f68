//! How much native stack the calling thread has left.
//!
//! Recursion of the runtime's own (repr, comparison, the parser) asks before it goes deeper, and raises `RecursionError` in time. The bounds are fetched once per
//! thread; the stack pointer is approximated by the address of a local, which needs no `unsafe` and is off by one frame at most.

use std::cell::Cell;

/// Lowest and one past the highest address of a thread's stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackBounds {
    pub low: usize,
    pub high: usize,
}

/// What is kept free at the low end: the guard page, signal handlers, and frames of libraries that do not ask.
pub const STACK_RESERVE_BYTES: usize = 64 << 10;
/// Assumed where the bounds can't be learnt.
const STACK_BYTES_FALLBACK: usize = 512 << 10;

thread_local! {
    static BOUNDS: Cell<Option<StackBounds>> = const { Cell::new(None) };
}

/// An address within the caller's frame, or nearly so.
#[inline(always)]
fn stack_pointer() -> usize {
    let local = 0u8;
    std::hint::black_box(&raw const local) as usize
}

/// The bounds of the calling thread's stack.
pub fn stack_bounds() -> StackBounds {
    if let Some(bounds) = BOUNDS.get() {
        return bounds;
    }
    let here = stack_pointer();
    let bounds = ask()
        .filter(|b| (b.low..b.high).contains(&here))
        .unwrap_or(StackBounds {
            low: here.saturating_sub(STACK_BYTES_FALLBACK),
            high: here,
        });
    BOUNDS.set(Some(bounds));
    bounds
}

/// Bytes left for the calling thread before [`STACK_RESERVE_BYTES`] is touched; 0 means stop. Costs a thread-local load.
#[inline]
pub fn stack_remaining() -> usize {
    stack_pointer().saturating_sub(stack_bounds().low.saturating_add(STACK_RESERVE_BYTES))
}

fn ask() -> Option<StackBounds> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: on success the first call initialises the attributes, which the second reads and the third frees; the thread is the caller.
    let known = unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let result = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        result == 0
    };
    let low = low as usize;
    known.then(|| StackBounds {
        low,
        high: low.saturating_add(size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(levels: usize) -> usize {
        let filler = std::hint::black_box([levels as u8; 1000]);
        if levels == 0 {
            stack_remaining()
        } else {
            deep(levels - 1).min(usize::MAX - filler[0] as usize % 2)
        }
    }

    #[test]
    fn a_thread_knows_its_own_size_and_sees_it_shrink() {
        let thread = std::thread::Builder::new().stack_size(4 << 20);
        let (first, later) = thread
            .spawn(|| (stack_remaining(), deep(500)))
            .unwrap()
            .join()
            .unwrap();
        assert!(first > 3 << 20 && first < 5 << 20, "{first}");
        assert!(later < first - 400_000, "{first} {later}");
        assert!(stack_remaining() > 0);
    }
}

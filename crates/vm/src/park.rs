//! Parked generators: frames that a `for` has got a value from and that stay where they are on the stack.
//!
//! The value that a generator yields mostly comes to a `for`, and what the loop's body does until it wants the next one often leaves the stack above its own
//! frame alone. So nothing is copied at first: the frames of the generator, and of all that it delegates to, lie above the stack's top as they are, and the next
//! step puts them back into operation by setting a few registers, however long the chain. The limits of the stack are lowered to where they begin. Whatever would reach
//! beyond (a call, a local of a native) meets the limit, and there the frames are saved to their generators as they would have been at once. So are they before the inner loop
//! ends, and before anybody looks at how far a generator has come: what is parked is seen by nothing outside of the inner loop and this file.

use crate::frame::{Entry, Link};
use crate::generator;
use crate::interp::Fr;
use crate::layout::{code, header};
use crate::vm::Vm;
use mesapy_bytecode::Op;
use mesapy_heap::Word;
use std::cell::Cell;

/// A chain of frames above the stack's top.
#[derive(Clone, Copy, Default)]
struct Park {
    /// Stack index of the word below the outermost frame's header: the generator that the `for` iterates over.
    bottom: u32,
    /// The innermost frame, and where it goes on.
    base: u32,
    pc: u32,
    /// Frames.
    levels: u32,
}

/// Parks within parks: a generator that yields within a loop over another.
const PARKS_MAX: usize = 8;

#[derive(Default)]
pub(crate) struct Parks {
    /// Those further up the stack first.
    chains: [Cell<Park>; PARKS_MAX],
    count: Cell<u32>,
    /// The stack's limits while nothing is parked.
    high: Cell<u32>,
    end: Cell<u32>,
}
impl Parks {
    fn last(&self) -> Option<Park> {
        let last = self.count.get().checked_sub(1)?;
        self.chains.get(last as usize).map(Cell::get)
    }
}

impl Vm {
    #[inline(always)]
    pub(crate) fn any_parked(&self) -> bool {
        self.parks.count.get() != 0
    }
    /// Saves what is parked: natives that read generators' slots ask for it.
    #[inline(always)]
    pub fn unpark(&self) {
        if self.any_parked() {
            self.unpark_all();
        }
    }
    #[cold]
    #[inline(never)]
    fn unpark_all(&self) {
        let parks = &self.parks;
        self.stack_high.set(parks.high.get());
        self.stack_end.set(parks.end.get());
        let count = parks.count.replace(0);
        for chain in parks.chains.iter().take(count as usize) {
            let park = chain.get();
            let (mut base, mut pc) = (park.base, park.pc);
            for _ in 0..park.levels {
                generator::save_frame(self, base, pc);
                let link = self.link(base);
                (base, pc) = (link.base(), link.pc());
            }
        }
    }
    /// Sets the stack's limits by what is still parked.
    fn set_limits(&self) {
        let (high, end) = match self.parks.last() {
            Some(park) => (park.bottom, park.bottom + Vm::STACK_RESERVE),
            None => (self.parks.high.get(), self.parks.end.get()),
        };
        self.stack_high.set(high);
        self.stack_end.set(end);
    }
    /// Whether a frame may reach to stack index `end`.
    #[inline(always)]
    pub(crate) fn has_room(&self, end: u32) -> bool {
        end + Self::STACK_RESERVE <= self.stack_end.get() || self.makes_room(end)
    }
    #[cold]
    #[inline(never)]
    fn makes_room(&self, end: u32) -> bool {
        self.unpark();
        end + Self::STACK_RESERVE <= self.stack_end.get()
    }
}

/// Makes the frame at `base`, which goes on at `pc`, the running one.
#[inline(always)]
fn go_to(vm: &Vm, f: &mut Fr, base: u32, pc: u32) -> Option<u32> {
    let words = vm.heap.view();
    let code_at = (words.get(base.checked_sub(header::CODE)?)? >> 32) as u32;
    let row = words.four(code_at + 1 + code::CALL_INFO as u32)?;
    vm.base.set(base);
    vm.pc.set(pc);
    f.base = base;
    f.pc = pc;
    f.instrs = (row[1] >> 3) as u32;
    f.consts = (row[2] >> 3) as u32;
    f.caches = (row[3] >> 3) as u32;
    Some(base + crate::code::CallInfo::from_word(row[0]).registers())
}

/// The running frame, which has just executed the `Yield` or `YieldFrom` before `f.pc`, yields to a `for`, perhaps through frames that delegate to it: they are parked, and
/// `f` is the frame of the `for`. None: nothing was done.
#[inline(never)]
pub(crate) fn park(vm: &Vm, f: &mut Fr, value: Word) -> Option<()> {
    let words = vm.heap.view();
    let (mut base, mut levels) = (f.base, 1);
    let link = loop {
        // The generator and the frame's header.
        let [_, _, _, link, _, locals, _]: [u64; 7] =
            words.array(base.checked_sub(header::SIZE + 1)?)?;
        let link = Link(link);
        // A frame that has an object is saved at once: the object must know.
        if Word::from_bits(locals).is_ref() {
            return None;
        }
        match link.entry() {
            Entry::ForIter => break link,
            Entry::Delegate => {
                base = link.base();
                levels += 1;
            }
            _ => return None,
        }
    };
    let (parks, bottom) = (&vm.parks, base - header::SIZE - 1);
    let count = parks.count.get();
    let chain = parks.chains.get(count as usize)?;
    chain.set(Park {
        bottom,
        base: f.base,
        pc: f.pc,
        levels,
    });
    if count == 0 {
        parks.high.set(vm.stack_high.get());
        parks.end.set(vm.stack_end.get());
    }
    go_to(vm, f, link.base(), link.pc())?;
    parks.count.set(count + 1);
    vm.stack_high.set(bottom);
    vm.stack_end.set(bottom + Vm::STACK_RESERVE);
    vm.depth.set(vm.depth.get() - levels);
    // The generator's word was put on the caller's top.
    vm.top.set(bottom);
    let target = f.current(vm).a();
    f.set(vm, target, value);
    Some(())
}

/// A `for` over a generator that is parked above its frame: the innermost frame goes on. None: nothing was done.
#[inline(always)]
pub(crate) fn resume(vm: &Vm, f: &mut Fr, generator: Word) -> Option<()> {
    let park = vm.parks.last()?;
    if park.bottom != vm.top.get() || vm.stack_word(park.bottom) != generator {
        return None;
    }
    let depth = vm.depth.get() + park.levels;
    if depth >= vm.recursion_limit.get() {
        return None;
    }
    vm.depth.set(depth);
    let link = Link::new(vm.base.get(), vm.pc.get(), Entry::ForIter);
    let outermost = park.bottom + 1 + header::SIZE;
    vm.set_stack_word(outermost - header::LINK, Word::from_bits(link.0));
    vm.parks.count.set(vm.parks.count.get() - 1);
    vm.set_limits();
    let top = go_to(vm, f, park.base, park.pc)?;
    vm.top.set(top);
    let i = f.current(vm);
    if i.op_byte() == Op::YieldFrom as u8 {
        // It runs again.
        f.pc -= 1;
        vm.pc.set(f.pc);
        f.set(vm, i.c(), Word::NONE);
    } else {
        f.set(vm, i.a(), Word::NONE);
    }
    Some(())
}

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
use crate::layout::header;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::Word;
use std::cell::Cell;

/// A chain of frames above the stack's top. What the loop keeps of a frame lies apart here (in C's order), so that the compiler copies it piece by piece: it has
/// just been stored so, and wider loads would wait for those stores.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Park {
    /// The innermost frame, which has executed the instruction before its pc,
    base: u32,
    /// the end of its registers, and the one that gets what is sent.
    top: u32,
    instrs: u32,
    target: u32,
    consts: u32,
    /// Stack index of the word below the outermost frame's header: the generator that the `for` iterates over.
    bottom: u32,
    caches: u32,
    /// Frames.
    levels: u32,
    pc: u32,
    /// 1 if that instruction, a `YieldFrom`, runs again.
    again: u32,
}

/// The frame of a `for` that resumed a chain, so that nothing need be looked up when that is parked again. Laid out likewise.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Consumer {
    base: u32,
    /// The register that gets the item.
    target: u32,
    pc: u32,
    /// Its code object.
    code: u32,
    instrs: u32,
    _apart: u32,
    consts: u32,
    _further: u32,
    caches: u32,
}

/// Parks within parks: a generator that yields within a loop over another.
const PARKS_MAX: usize = 8;

#[derive(Default)]
pub(crate) struct Parks {
    /// Those further up the stack first.
    chains: [Cell<Park>; PARKS_MAX],
    count: Cell<u32>,
    /// Of the chain that was parked there last. Forgotten in collections.
    consumers: [Cell<Consumer>; PARKS_MAX],
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
    /// To be called in a collection: nothing is kept alive here.
    pub(crate) fn forget_consumers(&self) {
        for consumer in &self.parks.consumers {
            consumer.take();
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

/// The running frame, which has just executed the `Yield` or `YieldFrom` before `f.pc`, yields to a `for`, perhaps through frames that delegate to it: they are parked, and
/// `f` is the frame of the `for`. None: nothing was done.
#[inline(never)]
pub(crate) fn park(vm: &Vm, f: &mut Fr, i: Instr, value: Word) -> Option<()> {
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
    let again = i.op_byte() == Op::YieldFrom as u8;
    chain.set(Park {
        base: f.base,
        top: vm.top.get(),
        instrs: f.instrs,
        target: u32::from(if again { i.c() } else { i.a() }),
        consts: f.consts,
        bottom,
        caches: f.caches,
        levels,
        pc: f.pc,
        again: u32::from(again),
    });
    if count == 0 {
        parks.high.set(vm.stack_high.get());
        parks.end.set(vm.stack_end.get());
    }
    parks.count.set(count + 1);
    vm.stack_high.set(bottom);
    vm.stack_end.set(bottom + Vm::STACK_RESERVE);
    vm.depth.set(vm.depth.get() - levels);
    vm.base.set(link.base());
    vm.pc.set(link.pc());
    // The generator's word was put on the caller's top.
    vm.top.set(bottom);
    let known = parks.consumers.get(count as usize)?.get();
    let code = words.get(link.base().wrapping_sub(header::CODE))?;
    let fits = known.base == link.base() && known.pc == link.pc();
    let target = if fits && known.code == (code >> 32) as u32 {
        f.base = known.base;
        f.pc = known.pc;
        f.instrs = known.instrs;
        f.consts = known.consts;
        f.caches = known.caches;
        known.target
    } else {
        *f = Fr::load(vm);
        u32::from(f.current(vm).a())
    };
    vm.set_stack_word(f.base + target, value);
    Some(())
}

/// A `for`, by instruction `i`, over a generator that is parked above its frame: the innermost frame goes on. None: nothing was done.
#[inline(always)]
pub(crate) fn resume(vm: &Vm, f: &mut Fr, i: Instr, generator: Word) -> Option<()> {
    let parks = &vm.parks;
    let count = parks.count.get().checked_sub(1)?;
    let park = parks.chains.get(count as usize)?.get();
    if park.bottom != vm.top.get() || vm.stack_word(park.bottom) != generator {
        return None;
    }
    let depth = vm.depth.get() + park.levels;
    if depth >= vm.recursion_limit.get() {
        return None;
    }
    vm.depth.set(depth);
    let pc = vm.pc.get();
    let link = Link::new(f.base, pc, Entry::ForIter);
    let outermost = park.bottom + 1 + header::SIZE;
    vm.set_stack_word(outermost - header::LINK, Word::from_bits(link.0));
    parks.consumers.get(count as usize)?.set(Consumer {
        base: f.base,
        target: u32::from(i.a()),
        pc,
        code: (vm.stack_word(f.base - header::CODE).bits() >> 32) as u32,
        instrs: f.instrs,
        consts: f.consts,
        caches: f.caches,
        ..Consumer::default()
    });
    parks.count.set(count);
    vm.set_limits();
    f.base = park.base;
    f.pc = park.pc - park.again;
    f.instrs = park.instrs;
    f.consts = park.consts;
    f.caches = park.caches;
    vm.base.set(f.base);
    vm.pc.set(f.pc);
    vm.top.set(park.top);
    vm.set_stack_word(f.base + park.target, Word::NONE);
    Some(())
}

//! Safepoints: collections, finalizers, weak-reference callbacks, and what else interrupts a running program.

use crate::code;
use crate::dunder::Dunder;
use crate::frame::Entry;
use crate::generator;
use crate::layout::header;
use crate::local::{Local, Py};
use crate::vm::Vm;
use mesapy_heap::{Collection, Kind, Marker, Obj, Value, Word};
use std::collections::HashSet;
use std::sync::atomic::Ordering;

/// Bits of the breaker beyond the heap's own (bit 0: a collection is due).
pub mod breaker {
    pub const GC: u32 = 1;
    pub const SIGNAL: u32 = 2;
    pub const GIL: u32 = 4;
    pub const PENDING_CALLS: u32 = 8;
    pub const ASYNC_EXC: u32 = 16;
    pub const LIMIT: u32 = 32;
    /// Something watches the program: see `trace.rs`.
    pub const TRACE: u32 = 64;
}

impl Vm {
    /// Looks around in a long native loop: signals, collections.
    #[inline]
    pub fn poll(&mut self) -> Py<()> {
        if self.breaker.load(Ordering::Relaxed) == 0 {
            Ok(())
        } else {
            self.safepoint()
        }
    }
    /// What a non-zero breaker asks for. Called where Python code may run: loop back-edges, function entries.
    #[cold]
    #[inline(never)]
    pub(crate) fn safepoint(&mut self) -> Py<()> {
        let bits = self.breaker.load(Ordering::Relaxed);
        if bits & breaker::GC != 0 {
            if self.gc_enabled.get() || self.heap.limit_exceeded() {
                let due = self.heap.collection_due();
                self.collect_garbage(due);
                if self.heap.limit_exceeded() {
                    if due == Collection::Minor {
                        self.collect_garbage(Collection::Full);
                    }
                    if self.heap.limit_exceeded() {
                        self.run_finalizers();
                        return Err(self.memory_error());
                    }
                }
            } else {
                self.heap.postpone_collection();
            }
            self.run_finalizers();
        }
        crate::hooks::at_safepoint(self, bits)
    }

    /// Collects now. Finalizers wait for `run_finalizers`.
    pub fn collect_garbage(&mut self, which: Collection) -> usize {
        self.clear_dead_stack(which == Collection::Full);
        self.clear_method_cache();
        // Generators and coroutines that have come to their end have nothing left to close.
        self.heap
            .retain_finalizers(which == Collection::Full, |object| {
                object.kind(self) != Kind::Generator
                    || generator::state(self, object) != generator::State::Finished
            });
        let roots = StackRoots::of(self);
        let Vm {
            heap,
            roots: named,
            monitor,
            types,
            kind_types,
            dunder_names,
            pinned,
            finalizers,
            threads,
            tracer,
            jit,
            ret,
            stop_value,
            pending,
            ..
        } = self;
        let outcome = heap.collect(which, &mut |marker: &mut Marker<'_>| {
            named.each(&mut |w| marker.mark(w));
            monitor.each(&mut |w| marker.mark(w));
            types.iter().for_each(|w| marker.mark(w.get()));
            kind_types.iter().for_each(|w| marker.mark(w.get()));
            dunder_names.iter().for_each(|w| marker.mark(*w));
            pinned.borrow().iter().for_each(|w| marker.mark(*w));
            jit.keeps.borrow().iter().for_each(|w| marker.mark(*w));
            finalizers.borrow().iter().for_each(|w| marker.mark(*w));
            marker.mark(ret.get());
            marker.mark(stop_value.get());
            marker.mark(pending.get());
            threads.each(&mut |w| marker.mark(w));
            tracer.each(&mut |w| marker.mark(w));
            roots.words.iter().for_each(|w| marker.mark(*w));
        });
        let mut waiting = self.finalizers.borrow_mut();
        waiting.extend(outcome.callbacks);
        waiting.extend(self.in_order(outcome.finalize, outcome.ranks));
        outcome.freed_objects
    }
    /// The order in which objects that died together are finalized: what Python code defines comes first, what leads to another before that, otherwise
    /// in the order of creation; then the natives that have finalizers, streams, from the outermost (made last) to the one that owns the descriptor. An
    /// object that was registered twice is there once.
    fn in_order(&self, dead: Vec<Word>, ranks: Vec<u32>) -> Vec<Word> {
        let mut seen = HashSet::new();
        let (native, mut order): (Vec<_>, Vec<_>) = dead
            .into_iter()
            .zip(ranks)
            .filter(|(w, _)| seen.insert(w.bits()))
            .partition(|(w, _)| {
                self.special_of(w.value(self), Dunder::Del)
                    .is_some_and(|f| f.kind(self) == Kind::Native)
            });
        order.sort_by_key(|(_, rank)| std::cmp::Reverse(*rank));
        order.extend(native.into_iter().rev());
        order.into_iter().map(|(w, _)| w).collect()
    }

    /// What natives returned last is not in use where a native begins: it must not keep anything alive.
    pub fn forget_results(&self) {
        self.ret.set(Word::NONE);
        self.stop_value.set(Word::NONE);
    }
    /// Whether a collection found finalizers due that have not run.
    pub fn has_finalizers(&self) -> bool {
        !self.finalizers.borrow().is_empty()
    }
    /// Whether a collection may find finalizers or callbacks to run, if `alive` lives: finalizers of objects that are not reached from there by way of
    /// others that have one, and callbacks other than importlib's, which only tidy its table of locks.
    pub fn may_finalize(&self, alive: &[Value<'_>]) -> bool {
        let harmless = |object: Obj<'_>| {
            object.kind(self) == Kind::Generator
                && match generator::state(self, object) {
                    generator::State::Finished => true,
                    // One that has not begun, and that no event loop knows of, has nothing to close.
                    generator::State::Created => {
                        let extra = object.slot(self, crate::layout::generator::EXTRA);
                        extra.is_empty()
                            && !crate::objects::generators::is_coroutine(self, object.value())
                    }
                    _ => false,
                }
        };
        let mut unknown: HashSet<u64> = self
            .heap
            .finalizable()
            .into_iter()
            .filter(|w| !w.value(self).as_obj().is_some_and(harmless))
            .map(|w| w.bits())
            .collect();
        let mut reached: Vec<Value<'_>> = alive.to_vec();
        while let Some(value) = reached.pop() {
            if unknown.remove(&value.word().bits()) {
                reached.extend(referents(self, value));
            }
        }
        let tidies = |callback: &Value<'_>| {
            callback
                .as_obj()
                .filter(|f| f.kind(self) == Kind::Function)
                .and_then(|f| f.slot(self, crate::layout::function::CODE).as_obj())
                .is_some_and(|code| crate::import::is_machinery(self, code))
        };
        self.has_finalizers()
            || !unknown.is_empty()
            || !self.heap.weakref_callbacks().iter().all(tidies)
    }
    /// Runs `__del__` methods and weak-reference callbacks that a collection found due, and says how many. Their exceptions are reported, not raised.
    pub fn run_finalizers(&mut self) -> usize {
        if self.in_finalizers.replace(true) {
            return 0;
        }
        let mut count = 0;
        let top = self.top.get();
        // What is pending and returned belongs to the interrupted program.
        let (pending, ret) = (self.pending.replace(Word::EMPTY), self.ret.get());
        let stop = self.stop_value.get();
        let kept = self.locals([pending.value(self), ret.value(self), stop.value(self)]);
        loop {
            let next = self.finalizers.borrow_mut().pop_front();
            let Some(word) = next else { break };
            count += 1;
            let inner = self.top.get();
            let object = self.local(word.value(self));
            self.finalize(object);
            self.top.set(inner);
        }
        self.pending.set(kept[0].word(self));
        self.ret.set(kept[1].word(self));
        self.stop_value.set(kept[2].word(self));
        self.top.set(top);
        self.in_finalizers.set(false);
        count
    }
    fn finalize(&mut self, object: Local) {
        // A weak reference whose callback is due has lost its referent; one that is itself finalized (a subclass with `__del__`) may be alive.
        let due = self
            .weakref_behind(object.value(self))
            .filter(|w| w.target(self).is_none())
            .and_then(|w| {
                let callback = w.callback(self);
                w.clear_callback(self);
                callback.non_empty().filter(|c| !c.is_none())
            })
            .map(|c| self.local(c));
        if let Some(callback) = due {
            if let Err(raised) = self.call(callback, &[object]) {
                crate::hooks::unraisable(
                    self,
                    raised,
                    callback,
                    "Exception ignored while calling weakref callback",
                );
            }
            return;
        }
        let result = match object.value(self).kind(self) {
            Kind::Generator => crate::objects::generators::finalize(self, object),
            _ => match self.special_of(object.value(self), Dunder::Del) {
                Some(f) => {
                    let f = self.local(f);
                    if let Err(raised) = self.call_special(f, object, &[]) {
                        crate::hooks::unraisable_while(self, raised, "calling deallocator", f);
                    }
                    return;
                }
                None => return,
            },
        };
        if let Err(raised) = result {
            crate::hooks::unraisable_while(self, raised, "finalizing generator", object);
        }
    }

    /// Unbinds everything on the stack that no frame can read any more, so that nothing stale is ever taken for a value. `thorough`: dead temporaries
    /// among the live ones, too.
    fn clear_dead_stack(&self, thorough: bool) {
        for part in self.stack_parts() {
            for i in part.top..part.high {
                self.set_stack_word(i, Word::EMPTY);
            }
            let mut base = part.base;
            let mut next_pc = part.pc;
            let mut above = part.top;
            let mut constructs = false;
            while base != 0 {
                let pc = next_pc.saturating_sub(1);
                let code_obj = self.frame_code(base);
                let live = base + code::live_registers(self, code_obj, pc);
                // From there on words belong to the frame that lies above, or to nobody.
                let end = self.frame_end(base).min(above);
                let live = live.min(end);
                if thorough {
                    self.clear_stale(code_obj, pc, base, live - base);
                }
                for i in live..end {
                    self.set_stack_word(i, Word::EMPTY);
                }
                // The instance that an `__init__` is running for stands below its frame's header.
                if !constructs {
                    self.clear_call_header(code_obj, pc, base, end);
                }
                above = base - header::SIZE;
                let link = self.link(base);
                constructs = link.entry() == Entry::Init;
                (base, next_pc) = (link.base(), link.pc());
            }
        }
    }

    /// The five words between a callable and its arguments are free while a native is called, and hold what was there before.
    fn clear_call_header(&self, code: mesapy_heap::Obj<'_>, pc: u32, base: u32, end: u32) {
        use mesapy_bytecode::Op;
        let instr = code
            .slot(self, crate::layout::code::INSTRS)
            .as_raw(self)
            .filter(|raw| (pc as usize) < raw.len(self) / 8)
            .map(|raw| mesapy_bytecode::Instr(raw.word_at(self, pc as usize)));
        let Some((instr, op)) = instr.and_then(|i| Some((i, i.op()?.general()))) else {
            return;
        };
        let at = base + u32::from(instr.b());
        // A plain callable of a method pair stands one register further up.
        let plain = op == Op::CallMethod && self.stack_word(at + header::SIZE).is_empty();
        if !matches!(op, Op::Call | Op::CallMethod) {
            return;
        }
        if plain && at < end {
            self.set_stack_word(at, Word::EMPTY);
        }
        let first = at + 1 + u32::from(plain);
        for i in first..(first + header::SIZE - 1).min(end) {
            self.set_stack_word(i, Word::EMPTY);
        }
    }
}

/// What a thread uses of the stack, and its running frame.
pub(crate) struct StackPart {
    pub start: u32,
    pub top: u32,
    /// Words up to here may hold anything.
    pub high: u32,
    pub base: u32,
    pub pc: u32,
}

/// Every live word of the stack.
struct StackRoots {
    words: Vec<Word>,
}
impl StackRoots {
    fn of(vm: &Vm) -> StackRoots {
        // Dead words were cleared, so all of the stack below the top is exact; links carry an integer tag.
        let words = vm
            .stack_parts()
            .into_iter()
            .flat_map(|part| part.start..part.top)
            .map(|i| vm.stack_word(i))
            .filter(|w| w.is_ref())
            .collect();
        StackRoots { words }
    }
}

/// For the `gc` module: values directly referred to.
pub fn referents<'v>(vm: &'v Vm, value: Value<'v>) -> Vec<Value<'v>> {
    vm.unpark();
    value
        .as_obj()
        .map_or_else(Vec::new, |o| vm.heap.referents(o))
}

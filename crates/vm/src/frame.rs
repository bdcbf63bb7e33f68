//! Frames on the VM stack: the header below the registers, pushing and popping.

use crate::code;
use crate::layout::{frame, header};
use crate::local::{Local, Py};
use crate::vm::Vm;
use mesapy_heap::{Obj, Value, Word};

/// Who gets the result of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Entry {
    /// The calling Python frame's instruction.
    Python = 0,
    /// Rust code: `run` returns.
    Native = 1,
    /// A class call: the result must be None and the instance, in the word below the header, is what the caller gets.
    Init = 2,
    /// A generator resumed by the calling frame's `ForIter`; the generator is in the word below the header.
    ForIter = 3,
    /// A generator resumed by Rust code; the generator is in the word below the header.
    Resume = 4,
    /// As `Resume`, by Rust code that only collects what comes: see `sink.rs`.
    Drain = 5,
    /// A binary operator's method: NotImplemented is not the result yet.
    Operator = 6,
    /// A method whose result nobody wants: `__setitem__`.
    Discard = 7,
    /// A generator or coroutine resumed by the calling frame's `YieldFrom`, to which it gives what it returns, and through which it yields.
    Delegate = 8,
    /// A generator whose items the calling frame's instruction collects: a call of `list`, `tuple`, `set` or `frozenset`. See `sink.rs`.
    Collect = 9,
}

impl Entry {
    /// Whether the frame is a generator's, which is in the word below the header.
    #[inline(always)]
    pub(crate) fn is_generator(self) -> bool {
        matches!(
            self,
            Entry::ForIter | Entry::Resume | Entry::Drain | Entry::Delegate | Entry::Collect
        )
    }
    /// Whether Rust code waits for the frame, so that a run ends with it.
    #[inline(always)]
    pub(crate) fn ends_run(self) -> bool {
        matches!(self, Entry::Native | Entry::Resume | Entry::Drain)
    }
    /// Whether what the generator yields goes into a sink.
    #[inline(always)]
    pub(crate) fn has_sink(self) -> bool {
        matches!(self, Entry::Drain | Entry::Collect)
    }
    #[inline(always)]
    pub(crate) fn from_bits(bits: u64) -> Entry {
        match bits & 31 {
            0 => Entry::Python,
            2 => Entry::Init,
            3 => Entry::ForIter,
            4 => Entry::Resume,
            5 => Entry::Drain,
            6 => Entry::Operator,
            7 => Entry::Discard,
            8 => Entry::Delegate,
            9 => Entry::Collect,
            _ => Entry::Native,
        }
    }
}

/// LINK: caller's base (high 32), caller's pc (bits 8…31), entry (bits 3…7), integer tag.
#[derive(Clone, Copy)]
pub(crate) struct Link(pub u64);
impl Link {
    #[inline(always)]
    pub(crate) fn new(base: u32, pc: u32, entry: Entry) -> Link {
        Link((base as u64) << 32 | (pc as u64) << 8 | (entry as u64) << 3)
    }
    #[inline(always)]
    pub(crate) fn base(self) -> u32 {
        (self.0 >> 32) as u32
    }
    #[inline(always)]
    pub(crate) fn pc(self) -> u32 {
        self.0 as u32 >> 8
    }
    #[inline(always)]
    pub(crate) fn entry(self) -> Entry {
        Entry::from_bits(self.0 >> 3)
    }
}

impl Vm {
    #[inline(always)]
    pub(crate) fn link(&self, base: u32) -> Link {
        Link(self.stack_word(base - header::LINK).bits())
    }
    #[inline]
    pub(crate) fn caller_base(&self, base: u32) -> u32 {
        self.link(base).base()
    }
    /// The code of the frame at `base`.
    #[inline]
    pub(crate) fn frame_code(&self, base: u32) -> Obj<'_> {
        self.stack_word(base - header::CODE)
            .value(self)
            .as_obj()
            .expect("a frame has code")
    }
    #[inline]
    pub(crate) fn frame_globals(&self, base: u32) -> Value<'_> {
        self.stack_word(base - header::GLOBALS).value(self)
    }
    /// Globals of the running frame; None outside of all frames.
    pub fn current_globals(&self) -> Option<Value<'_>> {
        if self.base.get() == 0 {
            None
        } else {
            Some(self.frame_globals(self.base.get()))
        }
    }
    /// First word behind the registers of the frame at `base`.
    #[inline]
    pub(crate) fn frame_end(&self, base: u32) -> u32 {
        let code_at = (self.stack_word(base - header::CODE).bits() >> 32) as u32 + 1;
        base + code::CallInfo::from_word(
            self.heap
                .word_at(code_at + crate::layout::code::CALL_INFO as u32),
        )
        .registers()
    }

    /// Makes the words below `base` a frame header and the frame the running one. The arguments are bound already: registers 0…`bound`;
    /// other locals become unbound here.
    #[inline]
    pub(crate) fn push_frame(
        &self,
        func: Value<'_>,
        code: Obj<'_>,
        globals: Value<'_>,
        base: u32,
        bound: u32,
        entry: Entry,
    ) -> Py<()> {
        let info = code::call_info(self, code);
        let end = base + info.registers();
        if self.depth.get() >= self.recursion_limit.get() || !self.has_room(end) {
            return Err(self.recursion_error(""));
        }
        self.depth.set(self.depth.get() + 1);
        self.ensure_top(end);
        let stack = &self.heap.stack()[(base - header::SIZE) as usize..end as usize];
        stack[0].set(func.word().bits());
        stack[1].set(code.value().word().bits());
        stack[2].set(Link::new(self.base.get(), self.pc.get(), entry).0);
        stack[3].set(globals.word().bits());
        stack[4].set(Word::EMPTY.bits());
        stack[5].set(Word::EMPTY.bits());
        for i in bound..info.locals() {
            stack[(header::SIZE + i) as usize].set(Word::EMPTY.bits());
        }
        self.base.set(base);
        self.top.set(end);
        self.pc.set(0);
        Ok(())
    }

    /// Pushes the frame of a function, laid out behind the running one, that takes just `n` arguments by position: what `lay_out_call` and `push_frame`
    /// do together. None: nothing was done, for what is called is something else, makes a generator, or may not be called any deeper.
    #[inline(always)]
    pub(crate) fn push_call(
        &self,
        func: Word,
        n: u32,
        arg: impl Fn(u32) -> Word,
        entry: Entry,
    ) -> Option<()> {
        use crate::layout::function;
        let words = self.heap.view();
        let at = func.as_ref_index()?;
        let [header, code, globals]: [u64; 3] = words.array(at)?;
        const { assert!(function::CODE == 0 && function::GLOBALS == 1) };
        if header as u8 != mesapy_heap::Kind::Function as u8 {
            return None;
        }
        let code_at = (code >> 32) as u32 + 1;
        let info = words.get(code_at + crate::layout::code::CALL_INFO as u32)?;
        let info = code::CallInfo::from_word(info);
        let first = self.top.get();
        let base = first + header::SIZE;
        let end = base + info.registers();
        if !info.takes_exactly(n)
            || self.depth.get() >= self.recursion_limit.get()
            || !self.has_room(end)
        {
            return None;
        }
        self.ensure_top(end);
        let frame = self.heap.stack().get(first as usize..end as usize)?;
        let (head, registers) = frame.split_first_chunk::<{ header::SIZE as usize }>()?;
        let (given, others) = registers
            .get(..info.locals() as usize)?
            .split_at_checked(n as usize)?;
        head[0].set(func.bits());
        head[1].set(code);
        head[2].set(Link::new(self.base.get(), self.pc.get(), entry).0);
        head[3].set(globals);
        head[4].set(Word::EMPTY.bits());
        head[5].set(Word::EMPTY.bits());
        for (i, to) in (0..).zip(given) {
            to.set(arg(i).bits());
        }
        for local in others {
            local.set(Word::EMPTY.bits());
        }
        self.depth.set(self.depth.get() + 1);
        self.base.set(base);
        self.top.set(end);
        self.pc.set(0);
        Some(())
    }

    /// Leaves the running frame: the caller becomes the running one, with its stack top. A frame object that Python code holds keeps the registers.
    #[inline]
    pub(crate) fn pop_frame(&self) -> Link {
        let base = self.base.get();
        let link = self.link(base);
        let locals = self.stack_word(base - header::LOCALS);
        if locals.is_ref() {
            self.detach_frame_object(base);
        }
        self.depth.set(self.depth.get() - 1);
        self.base.set(link.base());
        self.pc.set(link.pc());
        let top = if link.base() == 0 || link.entry().ends_run() {
            base - header::SIZE
        } else {
            self.frame_end(link.base())
        };
        self.top.set(top);
        link
    }

    // ---- frame objects

    /// The namespace mapping of the frame at `base` (module and class bodies), Empty for functions.
    #[inline]
    pub(crate) fn frame_namespace(&self, base: u32) -> Value<'_> {
        let locals = self.stack_word(base - header::LOCALS).value(self);
        match locals.as_obj() {
            Some(o) if o.kind(self) == mesapy_heap::Kind::Frame => o.slot(self, frame::NAMESPACE),
            _ => locals,
        }
    }
    /// The frame object of the frame at `base`, made when first asked for.
    pub fn frame_object(&self, base: u32) -> Obj<'_> {
        let word = self.stack_word(base - header::LOCALS);
        if let Some(o) = word.value(self).as_obj() {
            if o.kind(self) == mesapy_heap::Kind::Frame {
                return o;
            }
        }
        let object = self.new_object(mesapy_heap::Kind::Frame, 0, None, frame::COUNT);
        // CODE, FUNC, GLOBALS, NAMESPACE, BASE.
        object.set_first_slots(
            self,
            [
                self.stack_word(base - header::CODE).value(self),
                self.stack_word(base - header::FUNC).value(self),
                self.frame_globals(base),
                word.value(self),
                self.int(base as i64),
            ],
        );
        if self.link(base).entry().is_generator() {
            object.set_slot(
                self,
                frame::GENERATOR,
                self.stack_word(base - header::SIZE - 1).value(self),
            );
        }
        self.set_stack_word(base - header::LOCALS, object.value().word());
        object
    }
    /// The frame object of the running frame and its depth-th caller.
    pub fn frame_at_depth(&self, depth: usize) -> Option<Obj<'_>> {
        let mut base = self.base.get();
        for _ in 0..depth {
            if base == 0 {
                return None;
            }
            base = self.caller_base(base);
        }
        if base == 0 {
            None
        } else {
            Some(self.frame_object(base))
        }
    }
    /// Index of the instruction in progress in the frame at `base`.
    pub(crate) fn frame_pc(&self, base: u32) -> u32 {
        self.frame_next_pc(base).saturating_sub(1)
    }
    /// Index of the instruction behind that; 0 before the first.
    pub(crate) fn frame_next_pc(&self, base: u32) -> u32 {
        let in_chain = |mut inner: u32, pc: u32| {
            if inner == base {
                return Some(pc);
            }
            while inner != 0 {
                let link = self.link(inner);
                if link.base() == base {
                    return Some(link.pc());
                }
                inner = link.base();
            }
            None
        };
        in_chain(self.base.get(), self.pc.get())
            .or_else(|| {
                // A frame of another thread.
                let others = self.parked_frames();
                others.into_iter().find_map(|(base, pc)| in_chain(base, pc))
            })
            .unwrap_or(0)
    }
    /// The frame at `base` leaves the stack while Python code may hold its object: it takes the registers along.
    #[cold]
    #[inline(never)]
    fn detach_frame_object(&self, base: u32) {
        let Some(object) = self.stack_word(base - header::LOCALS).value(self).as_obj() else {
            return;
        };
        if object.kind(self) != mesapy_heap::Kind::Frame {
            return;
        }
        let info = code::call_info(self, self.frame_code(base));
        object.set_slot(
            self,
            frame::PC,
            self.int(self.pc.get().saturating_sub(1) as i64),
        );
        let link = self.link(base);
        if link.entry().is_generator() {
            // A generator's registers are in the generator.
            object.set_slot(self, frame::BASE, self.int(-2));
            return;
        }
        object.set_slot(self, frame::BASE, self.int(-1));
        if let Ok(registers) = self.new_value_array(info.locals() as usize) {
            for i in 0..info.locals() {
                registers.set(self, i as usize, self.stack_word(base + i).value(self));
            }
            object.set_slot(self, frame::REGISTERS, registers.value());
        }
        if link.base() != 0 {
            object.set_slot(self, frame::BACK, self.frame_object(link.base()).value());
        }
    }

    /// The call layout at the stack's top for a call from Rust: callable and arguments copied there. Gives the index of the callable's word.
    #[inline]
    pub(crate) fn lay_out_call(
        &self,
        callable: Value<'_>,
        receiver: Option<Value<'_>>,
        args: &[Local],
    ) -> (u32, u32) {
        let at = self.top.get();
        let n = args.len() as u32 + receiver.is_some() as u32;
        let end = at + header::SIZE + n;
        self.ensure_top(end);
        self.set_stack_word(at, callable.word());
        for i in 1..header::SIZE {
            self.set_stack_word(at + i, Word::EMPTY);
        }
        let mut next = at + header::SIZE;
        if let Some(r) = receiver {
            self.set_stack_word(next, r.word());
            next += 1;
        }
        for arg in args {
            self.set_stack_word(next, arg.word(self));
            next += 1;
        }
        self.top.set(end);
        (at, n)
    }
}

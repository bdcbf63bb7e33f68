//! How far a generator has come, in one word of its object: to resume it, that word and the registers are all that must be read.

use crate::code::{self, CallInfo};
use crate::layout::generator as g;
use crate::vm::Vm;
use mesapy_bytecode::{CodeFlags, Instr, Op};
use mesapy_heap::{Obj, RawArray, Word};

/// What a generator is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum State {
    Created = 0,
    Suspended = 1,
    Running = 2,
    Finished = 3,
}

/// What it is: its class says the same, this is at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Sort {
    Generator = 0,
    Coroutine = 1,
    AsyncGenerator = 2,
}
impl Sort {
    pub(crate) fn of(flags: CodeFlags) -> Sort {
        if flags.has(CodeFlags::COROUTINE) {
            Sort::Coroutine
        } else if flags.has(CodeFlags::ASYNC_GENERATOR) {
            Sort::AsyncGenerator
        } else {
            Sort::Generator
        }
    }
}

/// An integer word. Bits 3 and 4: state, 5: suspended in `YieldFrom`, 6 and 7: sort. The register that gets what is sent is where `Yield` has it (16…31), the
/// count of live registers too (48…63), and the next instruction lies in between (its low bits in 8…15, the others in 32…47). While it runs, all but the state
/// are as they were when it was last suspended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress(u64);

const TAG: u32 = 3;
const DELEGATING: u32 = 5;
const SORT: u32 = 6;
const TARGET: u32 = 16;
const LIVE: u32 = 48;
const STATE_MASK: u64 = 3 << TAG;
const SORT_MASK: u64 = 3 << SORT;
const OF_YIELD: u64 = 0xffff << TARGET | 0xffff << LIVE;

#[inline(always)]
fn pc_bits(pc: u32) -> u64 {
    u64::from(pc & 0xff) << 8 | u64::from(pc >> 8 & 0xffff) << 32
}

impl Progress {
    #[inline(always)]
    pub(crate) fn from_bits(bits: u64) -> Progress {
        Progress(bits)
    }
    #[inline(always)]
    pub(crate) fn word(self) -> Word {
        Word::from_bits(self.0)
    }
    #[inline(always)]
    pub(crate) fn of(vm: &Vm, generator: Obj<'_>) -> Progress {
        vm.unpark();
        Progress::saved(vm, generator)
    }
    /// The same where the generator may be parked.
    #[inline(always)]
    pub(crate) fn saved(vm: &Vm, generator: Obj<'_>) -> Progress {
        Progress(vm.field(generator, g::PROGRESS).bits())
    }
    #[inline(always)]
    pub(crate) fn store(self, vm: &Vm, generator: Obj<'_>) {
        generator.set_int_slot(vm, g::PROGRESS, self.0 as i64 >> TAG);
    }
    /// Of one that has its arguments.
    pub(crate) fn created(sort: Sort, info: CallInfo) -> Progress {
        Progress((sort as u64) << SORT | u64::from(info.locals()) << LIVE)
    }
    /// After instruction `i`, in front of `pc`, has suspended it. `YieldFrom` will run again.
    #[inline(always)]
    pub(crate) fn suspended(self, i: Instr, pc: u32, registers: impl FnOnce() -> u32) -> Progress {
        let fixed = self.0 & SORT_MASK | (State::Suspended as u64) << TAG;
        if i.op_byte() != Op::YieldFrom as u8 {
            return Progress(fixed | i.0 & OF_YIELD | pc_bits(pc));
        }
        let live = match u64::from(i.d()) {
            0 => u64::from(registers()),
            live => live,
        };
        Progress(
            fixed
                | 1 << DELEGATING
                | live << LIVE
                | u64::from(i.c()) << TARGET
                | pc_bits(pc.wrapping_sub(1)),
        )
    }
    /// In front of a `YieldFrom`, at which `i` is: instead behind it, with what is sent next as its result.
    pub(crate) fn behind(self, i: Instr) -> Progress {
        let kept = self.0 & (STATE_MASK | SORT_MASK | 0xffff << LIVE);
        Progress(kept | u64::from(i.a()) << TARGET | pc_bits(self.pc() + 1))
    }
    #[inline(always)]
    pub(crate) fn with_state(self, state: State) -> Progress {
        Progress(self.0 & !STATE_MASK | (state as u64) << TAG)
    }
    #[inline(always)]
    pub(crate) fn state(self) -> State {
        match self.0 >> TAG & 3 {
            0 => State::Created,
            1 => State::Suspended,
            2 => State::Running,
            _ => State::Finished,
        }
    }
    #[inline(always)]
    pub(crate) fn sort(self) -> Sort {
        match self.0 >> SORT & 3 {
            0 => Sort::Generator,
            1 => Sort::Coroutine,
            _ => Sort::AsyncGenerator,
        }
    }
    /// Whether it waits in `YieldFrom`.
    #[inline(always)]
    pub(crate) fn is_delegating(self) -> bool {
        self.0 >> DELEGATING & 1 != 0
    }
    /// Registers that hold anything.
    #[inline(always)]
    pub(crate) fn live(self) -> u32 {
        (self.0 >> LIVE) as u32
    }
    #[inline(always)]
    pub(crate) fn target(self) -> u16 {
        (self.0 >> TARGET) as u16
    }
    #[inline(always)]
    pub(crate) fn pc(self) -> u32 {
        (self.0 >> 8) as u32 & 0xff | ((self.0 >> 32) as u32 & 0xffff) << 8
    }
}

/// Writes to the instructions that suspend how many registers are live then, into operands that they do not use: `Yield` c, `YieldFrom` d (0: too many).
pub(crate) fn note_live(vm: &Vm, code_obj: Obj<'_>, instrs: RawArray<'_>) {
    for at in 0..instrs.len(vm) / 8 {
        let i = Instr(instrs.word_at(vm, at));
        let noted = match i.op() {
            Some(Op::Yield) => {
                let live = code::live_registers(vm, code_obj, at as u32 + 1);
                Instr::abcd(Op::Yield, i.a(), i.b(), live as u16, i.d())
            }
            Some(Op::YieldFrom) => {
                let live = code::live_registers(vm, code_obj, at as u32);
                let live = u8::try_from(live).unwrap_or(0);
                Instr::abcd(Op::YieldFrom, i.a(), i.b(), i.c(), live)
            }
            _ => continue,
        };
        instrs.set_word_at(vm, at, noted.0);
    }
}
/// The instruction without that.
pub(crate) fn without_live(i: Instr) -> Instr {
    match i.op() {
        Some(Op::Yield) => Instr::abcd(Op::Yield, i.a(), i.b(), 0, i.d()),
        Some(Op::YieldFrom) => Instr::abcd(Op::YieldFrom, i.a(), i.b(), i.c(), 0),
        _ => i,
    }
}

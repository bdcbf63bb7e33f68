//! The interpreter: a loop over instructions in `run.rs`, with what the instructions do, by area, in the files beside it.
//!
//! A Python function called from Python pushes a frame and the loop goes on in it: the native stack does not grow. Rust code that calls Python runs a loop of its own
//! until the frame it pushed returns.

pub(crate) mod arith;
pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod calls;
pub(crate) mod compare;
mod compiled;
pub(crate) mod exceptions;
pub(crate) mod fast;
pub(crate) mod imports;
mod inner;
pub(crate) mod intrinsics;
pub(crate) mod items;
pub(crate) mod iterate;
pub(crate) mod matching;
pub(crate) mod names;
mod operators;
mod run;
pub(crate) mod sets;
mod simple;
mod spread;
pub(crate) mod unwind;

use crate::layout::code;
use crate::vm::Vm;
pub(crate) use compiled::{further_shapes, helper_addresses};
pub(crate) use inner::Exit as Aside;
use mesapy_bytecode::Instr;
use mesapy_heap::{Value, Word};
pub(crate) use run::run;

/// What the loop keeps at hand of the running frame: stack index of its registers, next instruction, and where its code's tables are in the cage.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fr {
    pub base: u32,
    pub pc: u32,
    pub instrs: u32,
    pub consts: u32,
    pub caches: u32,
}

impl Fr {
    /// Of the VM's running frame.
    #[inline(always)]
    pub(crate) fn load(vm: &Vm) -> Fr {
        let base = vm.base.get();
        let code_at = (vm.stack_word(base - crate::layout::header::CODE).bits() >> 32) as u32 + 1;
        let table = |slot: usize| (vm.heap.word_at(code_at + slot as u32) >> 3) as u32;
        Fr {
            base,
            pc: vm.pc.get(),
            instrs: table(code::INSTRS_AT),
            consts: table(code::CONSTS_AT),
            caches: table(code::CACHES_AT),
        }
    }
    /// Leaves the running frame, of which no object exists, for its caller in the same run.
    #[inline(always)]
    pub(crate) fn back(vm: &Vm, link: crate::frame::Link) -> Option<Fr> {
        let base = link.base();
        let words = vm.heap.view();
        let code_at = (words.get(base.wrapping_sub(crate::layout::header::CODE))? >> 32) as u32;
        let row = words.four(code_at + 1 + code::CALL_INFO as u32)?;
        vm.depth.set(vm.depth.get() - 1);
        vm.base.set(base);
        vm.pc.set(link.pc());
        vm.top
            .set(base + crate::code::CallInfo::from_word(row[0]).registers());
        Some(Fr {
            base,
            pc: link.pc(),
            instrs: (row[1] >> 3) as u32,
            consts: (row[2] >> 3) as u32,
            caches: (row[3] >> 3) as u32,
        })
    }
    #[inline(always)]
    pub(crate) fn fetch(&mut self, vm: &Vm) -> Instr {
        let instr = Instr(vm.heap.word_at(self.instrs + self.pc));
        self.pc += 1;
        instr
    }
    /// The instruction in progress.
    #[inline(always)]
    pub(crate) fn current(&self, vm: &Vm) -> Instr {
        Instr(vm.heap.word_at(self.instrs + self.pc - 1))
    }
    #[inline(always)]
    pub(crate) fn reg(&self, vm: &Vm, r: u16) -> Word {
        vm.stack_word(self.base + u32::from(r))
    }
    #[inline(always)]
    pub(crate) fn value<'v>(&self, vm: &'v Vm, r: u16) -> Value<'v> {
        self.reg(vm, r).value(vm)
    }
    #[inline(always)]
    pub(crate) fn set(&self, vm: &Vm, r: u16, word: Word) {
        vm.set_stack_word(self.base + u32::from(r), word);
    }
    #[inline(always)]
    pub(crate) fn constant(&self, vm: &Vm, i: u32) -> Word {
        Word::from_bits(vm.heap.word_at(self.consts + i))
    }
    #[inline(always)]
    pub(crate) fn jump(&mut self, by: i32) {
        self.pc = self.pc.wrapping_add_signed(by);
    }
}

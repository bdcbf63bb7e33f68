//! Temporaries of running frames that hold what nothing reads any more.
//!
//! The compiler's table says how many registers are live at an instruction. Among them are those that were set aside for a result that is still being
//! computed, and hold what was there before. A program that asks for a collection must not see that kept alive, so full collections look
//! ahead from the running call: a temporary that is written before it is read is dead.

use crate::code;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Op, operands};
use mesapy_heap::{Obj, RawArray, Word};

/// How far to look ahead.
const INSTRUCTIONS_MAX: u32 = 64;

impl Vm {
    /// Unbinds the dead temporaries below register `live` of the frame at `base`, whose running instruction is the one at `pc`.
    pub(crate) fn clear_stale(&self, code_obj: Obj<'_>, pc: u32, base: u32, live: u32) {
        let fixed = code::call_info(self, code_obj).locals();
        if live <= fixed {
            return;
        }
        let Some(instrs) = code_obj
            .slot(self, crate::layout::code::INSTRS)
            .as_raw(self)
        else {
            return;
        };
        // Other instructions may have written a part of their results when they run Python code.
        let running = instr_at(self, instrs, pc);
        if !running.is_some_and(|(op, _)| is_call(op)) {
            return;
        }
        let handler = code::find_handler(self, code_obj, pc).map_or(0, |(_, reg)| u32::from(reg));
        for reg in fixed.max(handler)..live {
            if self.is_dead_after(code_obj, instrs, pc, reg as u16) {
                self.set_stack_word(base + reg, Word::EMPTY);
            }
        }
    }
    fn is_dead_after(&self, code_obj: Obj<'_>, instrs: RawArray<'_>, pc: u32, reg: u16) -> bool {
        for at in pc..pc + INSTRUCTIONS_MAX {
            let Some((op, instr)) = instr_at(self, instrs, at) else {
                return false;
            };
            // A handler that this instruction may go to reads what lies below its own register.
            let guarded = code::find_handler(self, code_obj, at);
            if op == Op::UnpackEx || guarded.is_some_and(|(_, from)| reg < from) {
                return false;
            }
            let access = operands::access_of(op, instr, instr);
            if access.reads.iter().any(|regs| regs.contains(reg)) {
                return false;
            }
            if access.writes.contains(reg) || op == Op::Return {
                return true;
            }
            if operands::jump_of(op, instr).is_some() || operands::ends_block(op) {
                return false;
            }
        }
        false
    }
}

fn is_call(op: Op) -> bool {
    matches!(
        op,
        Op::Call | Op::CallKw | Op::CallMethod | Op::CallMethodKw | Op::CallEx
    )
}
fn instr_at(vm: &Vm, instrs: RawArray<'_>, pc: u32) -> Option<(Op, Instr)> {
    if pc as usize >= instrs.len(vm) / 8 {
        return None;
    }
    let instr = Instr(instrs.word_at(vm, pc as usize));
    Some((instr.op()?.general(), instr))
}

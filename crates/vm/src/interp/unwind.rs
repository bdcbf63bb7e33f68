//! Unwinding: from a raised exception to its handler, or out of the run.

use super::Fr;
use crate::code;
use crate::local::{Py, Raised};
use crate::monitor::Event;
use crate::objects::traceback;
use crate::trace;
use crate::vm::{Vm, settled};
use mesapy_heap::Word;

/// The exception was raised in the running frame: adds the frame to its traceback and finds the handler.
#[cold]
#[inline(never)]
pub(crate) fn unwind(vm: &mut Vm, f: &mut Fr, raised: Raised) -> Py<()> {
    go(vm, f, raised, Entries::All)
}
/// The same for an exception that is raised again in the frame it came through.
#[cold]
#[inline(never)]
pub(crate) fn unwind_again(vm: &mut Vm, f: &mut Fr, raised: Raised) -> Py<()> {
    go(vm, f, raised, Entries::Callers)
}
/// Where there is no memory for traceback entries.
#[cold]
pub(crate) fn unwind_without_traceback(vm: &mut Vm, f: &mut Fr, raised: Raised) -> Py<()> {
    go(vm, f, raised, Entries::None)
}

/// Frames that get an entry in the traceback.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entries {
    All,
    Callers,
    None,
}

fn go(vm: &mut Vm, f: &mut Fr, raised: Raised, mut add: Entries) -> Py<()> {
    settled(raised);
    if vm.pending.get().is_empty() {
        // A ticket without an exception: memory ran out.
        settled(vm.memory_error());
    }
    loop {
        let base = vm.base.get();
        let pc = vm.pc.get().saturating_sub(1);
        vm.top.set(vm.frame_end(base));
        if add == Entries::All {
            traceback::add_entry(vm, base, pc);
        }
        if vm.tracing() {
            match add {
                Entries::All => trace::exception(vm, base, pc, Event::RAISE),
                Entries::Callers => trace::exception(vm, base, pc, Event::RERAISE),
                Entries::None => {}
            }
        }
        let again = add == Entries::Callers;
        if again {
            add = Entries::All;
        }
        if let Some((handler, register)) = code::find_handler(vm, vm.frame_code(base), pc) {
            if vm.tracing() {
                trace::exception(vm, base, pc, Event::EXCEPTION_HANDLED);
            }
            vm.caught_at.set((base, pc));
            let e = vm.pending.replace(Word::EMPTY);
            vm.pc.set(handler);
            *f = Fr::load(vm);
            f.set(vm, register, e);
            return Ok(());
        }
        let traced = vm.tracing();
        if traced {
            trace::exception(vm, base, pc, Event::PY_UNWIND);
        }
        if again {
            blame(vm, base, pc);
        }
        let entry = vm.link(base).entry();
        if entry.is_generator() {
            crate::generator::failed(vm, base);
        }
        vm.pop_frame();
        if traced {
            trace::unwound(vm);
        }
        // (A generator's own StopIteration was made a RuntimeError: nothing ends a `for` loop here.)
        if entry.ends_run() {
            return Err(Raised(()));
        }
    }
}

/// A frame left by an instruction that only raised again: the frame object keeps where the exception came from, if it says so or stands on no line.
fn blame(vm: &Vm, base: u32, pc: u32) {
    let code_obj = vm.frame_code(base);
    let on_line = |pc| code::position(vm, code_obj, pc).line != 0;
    let instrs = code_obj.slot(vm, crate::layout::code::INSTRS).as_raw(vm);
    let keeps = instrs.is_some_and(|raw| {
        (pc as usize) < raw.len(vm) / 8
            && mesapy_bytecode::Instr(raw.word_at(vm, pc as usize)).b() == 0
    });
    if keeps && on_line(pc) {
        return;
    }
    let (frame, last) = vm.caught_at.get();
    let from = match frame == base && on_line(last) {
        true => Some(last),
        false => traceback::last_pc(vm, base),
    };
    if let Some(from) = from {
        vm.pc.set(from + 1);
    }
}

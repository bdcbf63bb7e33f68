//! Where Rust panics end.
//!
//! Two kinds exist. A panic whose payload is [`NoMemory`] is how allocations of fixed small size run out: it ends in the innermost run of the interpreter, which
//! raises MemoryError in the Python frame that was running, or at the host's boundary. Any other panic is a bug of ours: it ends at the boundary
//! only, where it is told as such; what Python code ran is gone then, but the cage is as consistent as every word of it is checked when it is read.

use crate::interp::{Fr, unwind};
use crate::local::{Py, Ret};
use crate::vm::Vm;
use mesapy_heap::{NoMemory, Word};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A panic that was no shortage of memory.
#[derive(Clone, Debug)]
pub struct InternalError {
    pub message: String,
    /// File, line and column; empty if the hook of [`install_panic_hook`] is not installed.
    pub location: String,
}

impl std::fmt::Display for InternalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "internal error (a bug of ours): {}", self.message)?;
        if !self.location.is_empty() {
            write!(f, " at {}", self.location)?;
        }
        Ok(())
    }
}

thread_local! {
    static LAST_LOCATION: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes panics silent: where they end says what happened. For a process that is an interpreter and nothing else.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string);
        LAST_LOCATION.with(|last| {
            if let Ok(mut last) = last.try_borrow_mut() {
                *last = location.unwrap_or_default();
            }
        });
    }));
}

impl InternalError {
    /// Of a panic's payload.
    pub fn of(payload: &(dyn Any + Send)) -> InternalError {
        let message = match (
            payload.downcast_ref::<&str>(),
            payload.downcast_ref::<String>(),
        ) {
            (Some(text), _) => (*text).to_string(),
            (_, Some(text)) => text.clone(),
            _ => "a panic without a message".to_string(),
        };
        InternalError {
            message,
            location: LAST_LOCATION.with(RefCell::take),
        }
    }
}

/// What a panic must leave as it was.
struct Before {
    base: u32,
    top: u32,
    pc: u32,
    depth: u32,
    in_finalizers: bool,
    repr_active: usize,
}

impl Before {
    fn of(vm: &Vm) -> Before {
        Before {
            base: vm.base.get(),
            top: vm.top.get(),
            pc: vm.pc.get(),
            depth: vm.depth.get(),
            in_finalizers: vm.in_finalizers.get(),
            repr_active: vm.repr_active.borrow().depth(),
        }
    }
    fn restore_flags(&self, vm: &Vm) {
        vm.in_finalizers.set(self.in_finalizers);
        vm.repr_active.borrow_mut().truncate(self.repr_active);
    }
    fn restore(&self, vm: &Vm) {
        self.restore_flags(vm);
        vm.unpark();
        vm.base.set(self.base);
        vm.top.set(self.top);
        vm.pc.set(self.pc);
        vm.depth.set(self.depth);
    }
}

impl Vm {
    /// The host's boundary: runs `f`, and no panic leaves.
    pub fn protected<R>(
        &mut self,
        f: impl FnOnce(&mut Vm) -> Py<R>,
    ) -> Result<Py<R>, InternalError> {
        let before = Before::of(self);
        match catch_unwind(AssertUnwindSafe(|| f(self))) {
            Ok(result) => Ok(result),
            Err(payload) => {
                before.restore(self);
                self.pending.set(Word::EMPTY);
                if payload.is::<NoMemory>() {
                    Ok(Err(self.memory_error()))
                } else {
                    Err(InternalError::of(&*payload))
                }
            }
        }
    }
}

/// Runs the loop for the frame on top; a shortage of memory in it, or in natives that it called, is a MemoryError in the frame that was running.
pub(crate) fn run_guarded(vm: &mut Vm, run: fn(&mut Vm) -> Py<Ret>) -> Py<Ret> {
    let before = Before::of(vm);
    let mut out_of_memory = false;
    loop {
        let step = AssertUnwindSafe(|| {
            if out_of_memory {
                recover(vm, &before)?;
            }
            run(vm)
        });
        match catch_unwind(step) {
            Ok(result) => return result,
            // Once more while recovering: the next boundary outwards is in a better position.
            Err(payload) if payload.is::<NoMemory>() && vm.base.get() >= before.base => {
                out_of_memory = true;
            }
            Err(payload) => resume_unwind(payload),
        }
    }
}

fn recover(vm: &mut Vm, before: &Before) -> Py<()> {
    before.restore_flags(vm);
    vm.unpark();
    // Frames that natives had pushed above this run's are given up; the running one of this run gets the exception.
    let mut base = vm.base.get();
    let mut innermost = base;
    while base > before.base {
        let link = vm.link(base);
        if link.entry().ends_run() {
            innermost = link.base();
        }
        base = link.base();
    }
    while vm.base.get() > innermost {
        let base = vm.base.get();
        let entry = vm.link(base).entry();
        vm.pending.set(Word::EMPTY);
        let _ = vm.memory_error();
        if entry.is_generator() {
            crate::generator::failed(vm, base);
        }
        vm.pop_frame();
    }
    let mut f = Fr::load(vm);
    let raised = vm.memory_error();
    unwind::unwind_without_traceback(vm, &mut f, raised)
}

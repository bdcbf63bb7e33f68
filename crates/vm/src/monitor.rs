//! Which tools watch the program, and for what: the state behind `sys.monitoring`, `sys.settrace` and `sys.setprofile`.
//!
//! A tool is a number below [`TOOLS`]; programs name the first six, the last two are the functions of `sys.setprofile` and `sys.settrace`. Events that a tool wants
//! everywhere are bits of `global`; events that it wants in one code object are in that object's `EXTRA` slot, an array of one integer a tool.

use crate::layout::code;
use crate::local::Py;
use crate::vm::Vm;
use mesapy_heap::{Obj, Value, Word};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;

/// Tools in all.
pub(crate) const TOOLS: usize = 8;
/// Tools that programs can name.
pub(crate) const USER_TOOLS: usize = 6;

macro_rules! events {
    ($($name:ident)*) => {
        /// What can be told to a tool. CPython: Include/cpython/monitoring.h.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, dead_code)]
        #[repr(u8)]
        pub(crate) enum Event { $($name,)* }
        pub(crate) const EVENT_NAMES: &[&str] = &[$(stringify!($name),)*];
    };
}
events! {
    PY_START PY_RESUME PY_RETURN PY_YIELD CALL LINE INSTRUCTION JUMP BRANCH_LEFT BRANCH_RIGHT STOP_ITERATION
    RAISE EXCEPTION_HANDLED PY_UNWIND PY_THROW RERAISE
    C_RETURN C_RAISE BRANCH
}
impl Event {
    pub(crate) const fn bit(self) -> u32 {
        1 << self as u32
    }
}
/// Events that belong to a place in the code, and can be wanted for one code object.
pub(crate) const LOCAL_EVENTS: usize = Event::RAISE as usize;
pub(crate) const EVENTS: usize = EVENT_NAMES.len();

/// See the module's head.
pub(crate) struct Monitor {
    names: [Cell<Word>; TOOLS],
    callbacks: RefCell<[[Word; EVENTS]; TOOLS]>,
    global: [Cell<u32>; TOOLS],
    /// Places where a tool does not want an event any more: number of the code object, instruction, tool, event.
    disabled: RefCell<HashSet<(u64, u32, u8, u8)>>,
    /// Number for the next code object that has local events or disabled places.
    next_code: Cell<u64>,
    /// Whether some code object may have local events.
    any_local: Cell<bool>,
}

impl Default for Monitor {
    fn default() -> Monitor {
        Monitor {
            names: std::array::from_fn(|_| Cell::new(Word::EMPTY)),
            callbacks: RefCell::new([[Word::EMPTY; EVENTS]; TOOLS]),
            global: std::array::from_fn(|_| Cell::new(0)),
            disabled: RefCell::default(),
            next_code: Cell::new(1),
            any_local: Cell::new(false),
        }
    }
}

impl Monitor {
    /// For the collector.
    pub(crate) fn each(&self, f: &mut dyn FnMut(Word)) {
        self.names.iter().for_each(|w| f(w.get()));
        for row in self.callbacks.borrow().iter() {
            row.iter().for_each(|w| f(*w));
        }
    }
    pub(crate) fn name<'v>(&self, vm: &'v Vm, tool: usize) -> Option<Value<'v>> {
        self.names.get(tool)?.get().value(vm).non_empty()
    }
    pub(crate) fn set_name(&self, tool: usize, name: Value<'_>) {
        if let Some(place) = self.names.get(tool) {
            place.set(name.word());
        }
    }
    pub(crate) fn callback<'v>(&self, vm: &'v Vm, tool: usize, event: usize) -> Option<Value<'v>> {
        let word = *self.callbacks.borrow().get(tool)?.get(event)?;
        word.value(vm).non_empty()
    }
    pub(crate) fn set_callback(&self, tool: usize, event: usize, callback: Value<'_>) {
        let mut rows = self.callbacks.borrow_mut();
        if let Some(place) = rows.get_mut(tool).and_then(|row| row.get_mut(event)) {
            *place = callback.word();
        }
    }
    pub(crate) fn global(&self, tool: usize) -> u32 {
        self.global.get(tool).map_or(0, Cell::get)
    }
    pub(crate) fn set_global(&self, tool: usize, events: u32) {
        if let Some(place) = self.global.get(tool) {
            place.set(events);
        }
    }
    /// Whether any tool wants anything.
    pub(crate) fn any(&self) -> bool {
        self.any_local.get() || self.global.iter().any(|g| g.get() != 0)
    }
    /// No tool is left: no code object has local events.
    pub(crate) fn no_locals(&self) {
        if self.names.iter().all(|n| n.get().is_empty()) {
            self.any_local.set(false);
        }
    }
    /// Every place is heard of again.
    pub(crate) fn restart(&self) {
        self.disabled.borrow_mut().clear();
    }
}

/// Slots of the array in a code object's `EXTRA`: events by tool, then the object's number.
const NUMBER: usize = TOOLS;

/// The events that a tool wants in one code object.
pub(crate) fn local_events(vm: &Vm, c: Obj<'_>, tool: usize) -> u32 {
    c.slot(vm, code::EXTRA)
        .as_value_array(vm)
        .and_then(|a| a.get(vm, tool).as_small_int())
        .unwrap_or(0) as u32
}
fn extra<'v>(vm: &'v Vm, c: Obj<'v>) -> Py<mesapy_heap::ValueArray<'v>> {
    if let Some(a) = c.slot(vm, code::EXTRA).as_value_array(vm) {
        return Ok(a);
    }
    let a = vm.new_value_array(TOOLS + 1)?;
    for i in 0..TOOLS {
        a.set(vm, i, Value::int32(0));
    }
    let number = vm.monitor.next_code.get();
    vm.monitor.next_code.set(number + 1);
    a.set(vm, NUMBER, vm.int(number as i64));
    c.set_slot(vm, code::EXTRA, a.value());
    Ok(a)
}
pub(crate) fn set_local_events(vm: &Vm, c: Obj<'_>, tool: usize, events: u32) -> Py<()> {
    if c.slot(vm, code::EXTRA).is_empty() && events == 0 {
        return Ok(());
    }
    if events != 0 {
        vm.monitor.any_local.set(true);
    }
    extra(vm, c)?.set(vm, tool, vm.int(i64::from(events)));
    Ok(())
}
/// The events that any tool wants in a code object.
pub(crate) fn wanted(vm: &Vm, c: Obj<'_>) -> u32 {
    let global = vm.monitor.global.iter().fold(0, |all, g| all | g.get());
    if c.slot(vm, code::EXTRA).is_empty() {
        return global;
    }
    (0..TOOLS).fold(global, |all, tool| all | local_events(vm, c, tool))
}
/// A tool does not want an event of this place any more.
pub(crate) fn disable(vm: &Vm, c: Obj<'_>, pc: u32, tool: usize, event: Event) -> Py<()> {
    let number = extra(vm, c)?.get(vm, NUMBER).as_small_int().unwrap_or(0) as u64;
    let key = (number, pc, tool as u8, event as u8);
    vm.monitor.disabled.borrow_mut().insert(key);
    Ok(())
}
pub(crate) fn is_disabled(vm: &Vm, c: Obj<'_>, pc: u32, tool: usize, event: Event) -> bool {
    let disabled = vm.monitor.disabled.borrow();
    if disabled.is_empty() {
        return false;
    }
    let number = c
        .slot(vm, code::EXTRA)
        .as_value_array(vm)
        .and_then(|a| a.get(vm, NUMBER).as_small_int());
    number.is_some_and(|n| disabled.contains(&(n as u64, pc, tool as u8, event as u8)))
}

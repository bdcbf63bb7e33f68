//! Watching a program: what `sys.monitoring`, `sys.settrace` and `sys.setprofile` hear.
//!
//! While something wants events the breaker's bit TRACE is set, and the interpreter runs a second form of its loop, which comes here before each instruction. The plain loop
//! changes over where it looks at the breaker anyway. What happened is told from the instruction at hand and the one before it: a new frame, a line that begins, a jump
//! that was taken, a native that returned. While a callback runs nothing is told, and its code runs in the plain loop.

use crate::code;
use crate::gc::breaker;
use crate::interp::{Fr, calls};
use crate::layout::{frame, header, method};
use crate::local::{Local, Py};
use crate::monitor::{self, Event};
use crate::roots::Root;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::{Kind, Obj, Value, Word};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// See the module's head. The cells are the running thread's.
#[derive(Default)]
pub(crate) struct Tracer {
    /// Callbacks that run.
    pub busy: Cell<u32>,
    /// The last instruction that was watched: its frame (0: left) and index; and the depth of frames then.
    pub base: Cell<u32>,
    pub pc: Cell<u32>,
    pub depth: Cell<u32>,
    /// Natives that were told as called and have not returned.
    pending: RefCell<Vec<PendingCall>>,
    /// Where a trace function wants a frame to go on: base and instruction.
    jump: Cell<Option<(u32, u32)>>,
    /// What the trace function that runs was told.
    pub what: Cell<Option<What>>,
    /// Lines of code objects, by index; forgotten at collections.
    lines: RefCell<HashMap<u32, Arc<[u32]>>>,
}
struct PendingCall {
    base: u32,
    pc: u32,
    callable: Word,
    arg0: Word,
}
/// What trace functions are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Call,
    Line,
    Opcode,
    Return,
    Exception,
}
impl What {
    fn name(self) -> &'static str {
        match self {
            What::Call => "call",
            What::Line => "line",
            What::Opcode => "opcode",
            What::Return => "return",
            What::Exception => "exception",
        }
    }
}
/// How the loop goes on.
pub(crate) enum Step {
    Go,
    /// The frame's pc was changed.
    Again,
    /// Nothing is watched any more: the plain loop goes on.
    Leave,
}

impl Tracer {
    /// For the collector, which may also free code objects.
    pub(crate) fn each(&self, f: &mut dyn FnMut(Word)) {
        self.lines.borrow_mut().clear();
        for call in self.pending.borrow().iter() {
            f(call.callable);
            f(call.arg0);
        }
    }
    fn left(&self, depth: u32) {
        self.base.set(0);
        self.depth.set(depth);
    }
}

impl Vm {
    /// Whether the watching form of the loop is to run.
    #[inline(always)]
    pub(crate) fn tracing(&self) -> bool {
        self.breaker.load(Ordering::Relaxed) & breaker::TRACE != 0
    }
    /// After what is wanted, or whose turn it is, has changed.
    pub(crate) fn update_tracing(&self) {
        let legacy = |root| !self.roots.get(self, root).is_empty();
        let wanted = self.tracer.busy.get() == 0
            && (self.monitor.any() || legacy(Root::TraceFunc) || legacy(Root::ProfileFunc));
        if wanted {
            self.breaker.fetch_or(breaker::TRACE, Ordering::Relaxed);
        } else {
            self.breaker.fetch_and(!breaker::TRACE, Ordering::Relaxed);
        }
    }
    /// The plain loop is about to change over: the running frame counts as watched up to here, a new one as not begun.
    pub(crate) fn begin_tracing(&self) {
        let (pc, depth) = (self.pc.get(), self.depth.get());
        if pc == 0 {
            self.tracer.left(depth.saturating_sub(1));
        } else {
            self.tracer.base.set(self.base.get());
            self.tracer.pc.set(pc - 1);
            self.tracer.depth.set(depth);
        }
    }
    fn watched_call(&mut self, callback: Local, args: &[Local]) -> Py<Local> {
        let tracer = &self.tracer;
        let before = (tracer.base.get(), tracer.pc.get(), tracer.depth.get());
        tracer.busy.set(tracer.busy.get() + 1);
        self.update_tracing();
        let result = self.call(callback, args).map(|r| r.keep(self));
        let tracer = &self.tracer;
        tracer.busy.set(tracer.busy.get().saturating_sub(1));
        tracer.base.set(before.0);
        tracer.pc.set(before.1);
        tracer.depth.set(before.2);
        self.update_tracing();
        result
    }
    /// `sys.call_tracing`: events are told although a callback runs.
    pub(crate) fn call_tracing(&mut self, func: Local, args: Local) -> Py<Local> {
        let empty = self.local(Value::EMPTY);
        let tracer = &self.tracer;
        let before = (tracer.base.get(), tracer.pc.get(), tracer.depth.get());
        let (busy, what) = (tracer.busy.replace(0), tracer.what.replace(None));
        tracer.left(self.depth.get());
        self.update_tracing();
        let result = self.call_ex(func, args, empty).map(|r| r.keep(self));
        let tracer = &self.tracer;
        tracer.busy.set(busy);
        tracer.what.set(what);
        tracer.base.set(before.0);
        tracer.pc.set(before.1);
        tracer.depth.set(before.2);
        self.update_tracing();
        result
    }
    fn code_lines(&self, c: Obj<'_>) -> Arc<[u32]> {
        if let Some(lines) = self.tracer.lines.borrow().get(&c.index()) {
            return lines.clone();
        }
        let mut lines = Vec::new();
        let table = c.slot(self, crate::layout::code::POSITIONS).as_bytes(self);
        for (run, position) in table
            .into_iter()
            .flat_map(|t| code::position_runs(t.bytes(self)))
        {
            lines.extend(std::iter::repeat_n(position.line, run as usize));
        }
        let lines: Arc<[u32]> = lines.into();
        self.tracer
            .lines
            .borrow_mut()
            .insert(c.index(), lines.clone());
        lines
    }
}

/// Before an instruction of the watching loop.
#[inline(never)]
pub(crate) fn before(vm: &mut Vm, f: &mut Fr, i: Instr) -> Py<Step> {
    if !vm.tracing() {
        f.pc -= 1;
        vm.pc.set(f.pc);
        return Ok(Step::Leave);
    }
    vm.pc.set(f.pc);
    let top = vm.top.get();
    let result = step(vm, f, i);
    vm.top.set(top);
    if let Some((base, pc)) = vm.tracer.jump.take() {
        if base == f.base && result.is_ok() {
            f.pc = pc;
            vm.pc.set(pc);
            // The line that is jumped to begins.
            vm.tracer.pc.set(u32::MAX);
            return Ok(Step::Again);
        }
    }
    result.map(|()| Step::Go)
}

/// One place of a program, for events.
struct Place {
    base: u32,
    pc: u32,
    code: Local,
    /// Events that some tool of `sys.monitoring` wants here.
    wanted: u32,
}
impl Place {
    fn of(vm: &Vm, base: u32, pc: u32) -> Place {
        let c = vm.frame_code(base);
        Place {
            base,
            pc,
            wanted: monitor::wanted(vm, c),
            code: vm.local(c.value()),
        }
    }
    fn offset(&self, vm: &Vm, pc: u32) -> Local {
        vm.local(vm.int(i64::from(pc) * crate::objects::frame::LASTI_SCALE))
    }
}

fn step(vm: &mut Vm, f: &Fr, i: Instr) -> Py<()> {
    let pc = f.pc - 1;
    let depth = vm.depth.get();
    let (last_base, last_pc, last_depth) = (
        vm.tracer.base.replace(f.base),
        vm.tracer.pc.replace(pc),
        vm.tracer.depth.replace(depth),
    );
    let same = last_base == f.base;
    let entered = !same && depth > last_depth;
    let place = Place::of(vm, f.base, pc);
    let came_from = if same { last_pc } else { pc.wrapping_sub(1) };
    if !entered {
        if let Some(call) = returned(vm, f.base, came_from) {
            native_ended(vm, &place, came_from, call, Event::C_RETURN)?;
        }
    }
    if entered {
        let event = if pc == 0 {
            Event::PY_START
        } else {
            Event::PY_RESUME
        };
        begun(vm, &place, event)?;
    }
    if same && place.wanted & (JUMPS | Event::BRANCH.bit()) != 0 && last_pc != u32::MAX {
        jumped(vm, f, &place, last_pc)?;
    }
    // Lines.
    let lines = vm.code_lines(vm.frame_code(f.base));
    let line_at = |pc: u32| lines.get(pc as usize).copied().unwrap_or(0);
    let line = line_at(pc);
    let fresh = pc == 0 && !same;
    let begins = line != 0 && (fresh || line_at(came_from) != line);
    // Trace functions hear of a line again when it is jumped back to.
    if begins || line != 0 && same && pc <= last_pc {
        if begins && place.wanted & Event::LINE.bit() != 0 {
            let line = vm.local(vm.int(i64::from(line)));
            fire(vm, &place, Event::LINE, pc, &[place.code, line])?;
        }
        let none = vm.local(Value::NONE);
        trace(vm, f.base, What::Line, none)?;
        if vm.tracer.jump.get().is_some() {
            return Ok(());
        }
    }
    if place.wanted & Event::INSTRUCTION.bit() != 0 {
        let offset = place.offset(vm, pc);
        fire(vm, &place, Event::INSTRUCTION, pc, &[place.code, offset])?;
    }
    let none = vm.local(Value::NONE);
    trace(vm, f.base, What::Opcode, none)?;
    match i.op().map(Op::general) {
        Some(Op::Call | Op::CallKw) => {
            called(vm, &place, f.base + u32::from(i.b()), u32::from(i.c()))
        }
        Some(Op::CallMethod | Op::CallMethodKw) => {
            let (at, n) = calls::method_pair(vm, f, i);
            called(vm, &place, f.base + u32::from(at), n)
        }
        Some(Op::CallEx) => called_spread(vm, &place, f.base + u32::from(i.b())),
        Some(Op::Return) => {
            let value: Local = Local::at(f.base + u32::from(i.a()));
            ended(vm, &place, Event::PY_RETURN, value)
        }
        Some(Op::Yield) => {
            let value: Local = Local::at(f.base + u32::from(i.b()));
            ended(vm, &place, Event::PY_YIELD, value)
        }
        _ => Ok(()),
    }
}
/// A `yield from` passes a value on, which is in the return register.
#[inline(never)]
pub(crate) fn yields(vm: &mut Vm, f: &Fr) -> Py<()> {
    if !vm.tracing() {
        return Ok(());
    }
    let top = vm.top.get();
    let value = vm.local(vm.ret.get().value(vm));
    let place = Place::of(vm, f.base, f.pc - 1);
    let result = ended(vm, &place, Event::PY_YIELD, value);
    vm.ret.set(value.word(vm));
    vm.top.set(top);
    result
}

const JUMPS: u32 = Event::JUMP.bit() | Event::BRANCH_LEFT.bit() | Event::BRANCH_RIGHT.bit();

/// The instruction before this one in the frame may have been a jump.
fn jumped(vm: &mut Vm, f: &Fr, place: &Place, from: u32) -> Py<()> {
    let instr = Instr(vm.heap.word_at(f.instrs + from));
    let Some(op) = instr.op().map(Op::general) else {
        return Ok(());
    };
    let event = match op {
        Op::Jump | Op::JumpBack => Event::JUMP,
        _ if op == Op::ForIter || op.name().starts_with("Jump") => {
            if place.pc == from + 1 {
                Event::BRANCH_LEFT
            } else {
                Event::BRANCH_RIGHT
            }
        }
        _ => return Ok(()),
    };
    let (at, to) = (place.offset(vm, from), place.offset(vm, place.pc));
    fire(vm, place, event, from, &[place.code, at, to])
}

// ---- frames

fn begun(vm: &mut Vm, place: &Place, event: Event) -> Py<()> {
    if place.wanted & event.bit() != 0 {
        let offset = place.offset(vm, place.pc);
        fire(vm, place, event, place.pc, &[place.code, offset])?;
    }
    let none = vm.local(Value::NONE);
    // The frame is at its first line, or where it yielded.
    vm.pc.set(place.pc);
    profile(vm, place.base, "call", none)?;
    trace(vm, place.base, What::Call, none)?;
    vm.pc.set(place.pc + 1);
    Ok(())
}
fn ended(vm: &mut Vm, place: &Place, event: Event, value: Local) -> Py<()> {
    if place.wanted & event.bit() != 0 {
        let offset = place.offset(vm, place.pc);
        fire(vm, place, event, place.pc, &[place.code, offset, value])?;
    }
    trace(vm, place.base, What::Return, value)?;
    profile(vm, place.base, "return", value)?;
    vm.tracer.left(vm.depth.get().saturating_sub(1));
    Ok(())
}

// ---- calls

fn called(vm: &mut Vm, place: &Place, at: u32, n: u32) -> Py<()> {
    let callable: Local = Local::at(at);
    let first = if n > 0 {
        vm.stack_word(at + header::SIZE)
    } else {
        Word::EMPTY
    };
    let first = vm.local(first.value(vm));
    tell_call(vm, place, callable, first)
}
fn called_spread(vm: &mut Vm, place: &Place, at: u32) -> Py<()> {
    let callable: Local = Local::at(at);
    let args = vm.stack_word(at + header::SIZE).value(vm);
    let first = args
        .as_tuple(vm)
        .and_then(|t| t.at(vm, 0))
        .unwrap_or(Value::EMPTY);
    let first = vm.local(first);
    tell_call(vm, place, callable, first)
}
fn tell_call(vm: &mut Vm, place: &Place, callable: Local, first: Local) -> Py<()> {
    let profiled = !vm.roots.get(vm, Root::ProfileFunc).is_empty();
    if place.wanted & Event::CALL.bit() == 0 && !profiled {
        return Ok(());
    }
    // A bound method stands for its function and receiver.
    let (function, first) = {
        let vm: &Vm = vm;
        match callable.value(vm).as_obj() {
            Some(o) if o.kind(vm) == Kind::BoundMethod => (
                vm.local(o.slot(vm, method::FUNC)),
                vm.local(o.slot(vm, method::SELF)),
            ),
            _ => (vm.local(callable.value(vm)), first),
        }
    };
    let is_native = function.value(vm).kind(vm) != Kind::Function;
    if is_native {
        let call = PendingCall {
            base: place.base,
            pc: place.pc,
            callable: function.word(vm),
            arg0: first.word(vm),
        };
        let mut pending = vm.tracer.pending.borrow_mut();
        // Calls of frames that are gone.
        pending.retain(|p| p.base < place.base);
        pending.push(call);
    }
    if place.wanted & Event::CALL.bit() != 0 {
        let offset = place.offset(vm, place.pc);
        let arg = arg_or_missing(vm, first);
        let args = [place.code, offset, function, arg];
        fire(vm, place, Event::CALL, place.pc, &args)?;
    }
    if is_native && function.value(vm).kind(vm) == Kind::Native {
        profile(vm, place.base, "c_call", function)?;
    }
    Ok(())
}
fn arg_or_missing(vm: &Vm, arg: Local) -> Local {
    let value = arg.value(vm);
    vm.local(if value.is_empty() {
        vm.roots.monitor_missing(vm)
    } else {
        value
    })
}
/// The native that the instruction called, if one was told as called.
fn returned(vm: &Vm, base: u32, pc: u32) -> Option<PendingCall> {
    let mut pending = vm.tracer.pending.borrow_mut();
    while pending.last().is_some_and(|p| p.base > base) {
        pending.pop();
    }
    let last = pending.last()?;
    if last.base == base && last.pc == pc {
        return pending.pop();
    }
    None
}
fn native_ended(vm: &mut Vm, place: &Place, pc: u32, call: PendingCall, event: Event) -> Py<()> {
    let (function, arg) = (
        vm.local(call.callable.value(vm)),
        vm.local(call.arg0.value(vm)),
    );
    if place.wanted & Event::CALL.bit() != 0 {
        let offset = place.offset(vm, pc);
        let arg = arg_or_missing(vm, arg);
        fire(vm, place, event, pc, &[place.code, offset, function, arg])?;
    }
    if function.value(vm).kind(vm) == Kind::Native {
        let what = if event == Event::C_RETURN {
            "c_return"
        } else {
            "c_exception"
        };
        profile(vm, place.base, what, function)?;
    }
    Ok(())
}

// ---- exceptions

/// An exception is in the frame at `base`. What the callbacks raise takes its place.
#[inline(never)]
pub(crate) fn exception(vm: &mut Vm, base: u32, pc: u32, event: Event) {
    let top = vm.top.get();
    let e = vm.local(vm.pending.replace(Word::EMPTY).value(vm));
    let place = Place::of(vm, base, pc);
    let told = tell_exception(vm, &place, event, e);
    vm.top.set(top);
    // Otherwise a new exception is pending.
    if told.is_ok() {
        vm.pending.set(e.word(vm));
    }
    vm.tracer.base.set(base);
    vm.tracer.pc.set(pc);
    vm.tracer.depth.set(vm.depth.get());
}
fn tell_exception(vm: &mut Vm, place: &Place, event: Event, e: Local) -> Py<()> {
    if event == Event::RAISE {
        if let Some(call) = returned(vm, place.base, place.pc) {
            native_ended(vm, place, place.pc, call, Event::C_RAISE)?;
        }
    }
    if place.wanted & event.bit() != 0 {
        let offset = place.offset(vm, place.pc);
        fire(vm, place, event, place.pc, &[place.code, offset, e])?;
    }
    match event {
        Event::RAISE => {
            if f_trace(vm, place.base).is_some() {
                let triple = {
                    let vm: &Vm = vm;
                    let traceback = e.value(vm).as_obj().map_or(Value::NONE, |o| {
                        o.slot(vm, crate::layout::exception::TRACEBACK)
                    });
                    let class = vm.type_of(e.value(vm)).value();
                    vm.local(vm.new_tuple(&[class, e.value(vm), traceback])?.value())
                };
                trace(vm, place.base, What::Exception, triple)?;
            }
            Ok(())
        }
        Event::PY_UNWIND => {
            let none = vm.local(Value::NONE);
            trace(vm, place.base, What::Return, none)?;
            profile(vm, place.base, "return", none)
        }
        Event::PY_THROW => {
            let none = vm.local(Value::NONE);
            profile(vm, place.base, "call", none)?;
            trace(vm, place.base, What::Call, none)
        }
        _ => Ok(()),
    }
}
/// The frame on top is left by an exception.
pub(crate) fn unwound(vm: &Vm) {
    vm.tracer.left(vm.depth.get());
}

// ---- telling

/// Calls the callbacks of tools that want an event.
fn fire(vm: &mut Vm, place: &Place, event: Event, pc: u32, args: &[Local]) -> Py<()> {
    // What natives do is told to those who asked for calls.
    let asked = match event {
        Event::C_RETURN | Event::C_RAISE => Event::CALL,
        other => other,
    };
    for tool in 0..monitor::USER_TOOLS {
        let callback = {
            let vm: &Vm = vm;
            let Some(c) = place.code.value(vm).as_obj() else {
                continue;
            };
            let bits = vm.monitor.global(tool) | monitor::local_events(vm, c, tool);
            if bits & asked.bit() == 0 || monitor::is_disabled(vm, c, pc, tool, event) {
                continue;
            }
            let own = vm.monitor.callback(vm, tool, event as usize);
            let either = match event {
                Event::BRANCH_LEFT | Event::BRANCH_RIGHT => {
                    own.or_else(|| vm.monitor.callback(vm, tool, Event::BRANCH as usize))
                }
                _ => own,
            };
            match either {
                Some(callback) => vm.local(callback),
                None => continue,
            }
        };
        let result = vm.watched_call(callback, args)?;
        if result.value(vm) == vm.roots.monitor_disable(vm) {
            if (event as usize) < monitor::LOCAL_EVENTS {
                let vm: &Vm = vm;
                if let Some(c) = place.code.value(vm).as_obj() {
                    monitor::disable(vm, c, pc, tool, event)?;
                }
            } else if !matches!(event, Event::C_RETURN | Event::C_RAISE) {
                vm.monitor.set_callback(tool, event as usize, Value::EMPTY);
                let name = monitor::EVENT_NAMES[event as usize];
                return Err(
                    vm.value_error(format!("Cannot disable {name} events. Callback removed."))
                );
            }
        }
    }
    Ok(())
}
/// The local trace function of a frame, if it has one.
fn f_trace(vm: &Vm, base: u32) -> Option<Local> {
    let object = vm.stack_word(base - header::LOCALS).value(vm).as_obj()?;
    if object.kind(vm) != Kind::Frame || vm.roots.get(vm, Root::TraceFunc).is_empty() {
        return None;
    }
    object
        .slot(vm, frame::TRACE)
        .non_empty()
        .map(|f| vm.local(f))
}
/// Tells the trace function of `sys.settrace`, or the frame's own. CPython: Python/sysmodule.c, trace_trampoline.
fn trace(vm: &mut Vm, base: u32, what: What, arg: Local) -> Py<()> {
    if vm.roots.get(vm, Root::TraceFunc).is_empty() || vm.tracer.busy.get() != 0 {
        return Ok(());
    }
    let function = match what {
        What::Call => vm.local(vm.roots.trace_func(vm)),
        _ => match f_trace(vm, base) {
            Some(f) => f,
            None => return Ok(()),
        },
    };
    let object = vm.local(vm.frame_object(base).value());
    {
        let vm: &Vm = vm;
        let flag = |slot| object.value(vm).as_obj().map(|o| o.slot(vm, slot));
        if what == What::Line && flag(frame::TRACE_LINES) == Some(Value::FALSE)
            || what == What::Opcode && flag(frame::TRACE_OPCODES) != Some(Value::TRUE)
        {
            return Ok(());
        }
    }
    let name = vm.local(vm.intern(what.name().as_bytes()).value());
    let before = vm.tracer.what.replace(Some(what));
    let result = vm.watched_call(function, &[object, name, arg]);
    vm.tracer.what.set(before);
    let set = |vm: &Vm, value: Value<'_>| {
        if let Some(o) = object.value(vm).as_obj() {
            o.set_slot(vm, frame::TRACE, value);
        }
    };
    match result {
        Ok(own) => {
            if !own.value(vm).is_none() {
                set(vm, own.value(vm));
            }
            Ok(())
        }
        Err(raised) => {
            vm.roots.set(Root::TraceFunc, Value::EMPTY);
            set(vm, Value::EMPTY);
            vm.update_tracing();
            Err(raised)
        }
    }
}
fn profile(vm: &mut Vm, base: u32, what: &str, arg: Local) -> Py<()> {
    if vm.roots.get(vm, Root::ProfileFunc).is_empty() || vm.tracer.busy.get() != 0 {
        return Ok(());
    }
    let [function, object, name] = vm.locals([
        vm.roots.profile_func(vm),
        vm.frame_object(base).value(),
        vm.intern(what.as_bytes()).value(),
    ]);
    match vm.watched_call(function, &[object, name, arg]) {
        Ok(_) => Ok(()),
        Err(raised) => {
            vm.roots.set(Root::ProfileFunc, Value::EMPTY);
            vm.update_tracing();
            Err(raised)
        }
    }
}

// ---- jumps of debuggers

/// `frame.f_lineno = line` in a trace function. CPython: Objects/frameobject.c, frame_lineno_set_impl.
pub(crate) fn jump_to_line(vm: &mut Vm, object: Local, line: i64) -> Py<()> {
    let refuse = |text: &'static str| Err(vm.value_error(text));
    let held = object.value(vm).as_obj();
    match vm.tracer.what.get() {
        Some(What::Line) => {}
        Some(What::Call) => {
            return refuse("can't jump from the 'call' trace event of a new frame");
        }
        Some(_) => return refuse("can only jump from a 'line' trace event"),
        None => return refuse("f_lineno can only be set in a trace function"),
    }
    let base = match held.and_then(|o| o.slot(vm, frame::BASE).as_small_int()) {
        Some(b) if b > 0 => b as u32,
        _ => return refuse("f_lineno can only be set in a trace function"),
    };
    let c = vm.frame_code(base);
    let first = code::int_slot(vm, c, crate::layout::code::FIRST_LINE) as i64;
    if line < first {
        return Err(vm.value_error(format!("line {line} comes before the current code block")));
    }
    let lines = vm.code_lines(c);
    // A line without code stands for the next one that has some.
    let Some(target) = lines
        .iter()
        .map(|l| i64::from(*l))
        .filter(|l| *l >= line)
        .min()
    else {
        return Err(vm.value_error(format!("line {line} comes after the current code block")));
    };
    let now = vm.frame_pc(base);
    let live = code::live_registers(vm, c, now);
    let starts = (0..lines.len() as u32).filter(|i| {
        let at = |i: u32| lines.get(i as usize).map_or(0, |l| i64::from(*l));
        at(*i) == target && (*i == 0 || at(*i - 1) != target)
    });
    let mut first = None;
    for mut pc in starts {
        // Cells are made once.
        while matches!(instr_at(vm, c, pc), Some(Op::MakeCell | Op::CopyFree)) {
            pc += 1;
        }
        if code::live_registers(vm, c, pc) <= live {
            leave_handlers(vm, base, now, code::live_registers(vm, c, pc));
            vm.tracer.jump.set(Some((base, pc)));
            return bind_unbound(vm, base);
        }
        first = first.or(Some(pc));
    }
    let text = first.map_or("incompatible stacks", |pc| why_not(vm, c, pc, live));
    Err(vm.value_error(text))
}
/// The instruction at an index of a code object.
fn instr_at(vm: &Vm, c: Obj<'_>, pc: u32) -> Option<Op> {
    let raw = c.slot(vm, crate::layout::code::INSTRS).as_raw(vm)?;
    Instr(raw.word_at(vm, pc as usize)).op().map(Op::general)
}
/// What is in the way of a jump to a place with more live registers than there are: what made the first of them.
fn why_not(vm: &Vm, c: Obj<'_>, target: u32, live: u32) -> &'static str {
    let maker = (0..target)
        .rev()
        .find(|pc| code::live_registers(vm, c, *pc) <= live)
        .unwrap_or(0);
    if code::handler_starts(vm, c).any(|h| maker < h && h <= target) {
        return "can't jump into an 'except' block as there's no exception";
    }
    match instr_at(vm, c, maker) {
        Some(Op::GetIter | Op::GetAIter) => "can't jump into the body of a for loop",
        _ => "incompatible stacks",
    }
}
/// A jump leaves except blocks whose saved exception is in a register that is dead at the target.
fn leave_handlers(vm: &Vm, base: u32, now: u32, live: u32) {
    let c = vm.frame_code(base);
    let Some(raw) = c.slot(vm, crate::layout::code::INSTRS).as_raw(vm) else {
        return;
    };
    if vm.stack_word(base - header::EXC).is_empty() {
        return;
    }
    for pc in 0..now {
        let instr = Instr(raw.word_at(vm, pc as usize));
        let save = u32::from(instr.a());
        // The outermost block that is left saved what was handled before all of them.
        if instr.op() == Some(Op::PushExc)
            && save >= live
            && save < code::live_registers(vm, c, now)
        {
            let before = vm.stack_word(base + save);
            vm.set_stack_word(base - header::EXC, before);
            return;
        }
    }
}
/// Variables that a jump may have left unbound become None, with a warning.
fn bind_unbound(vm: &mut Vm, base: u32) -> Py<()> {
    let n = code::int_slot(vm, vm.frame_code(base), crate::layout::code::NLOCALS) as u32;
    let unbound: Vec<u32> = (base..base + n)
        .filter(|i| vm.stack_word(*i).is_empty())
        .collect();
    if unbound.is_empty() {
        return Ok(());
    }
    let plural = if unbound.len() == 1 { "" } else { "s" };
    let text = format!("assigning None to {} unbound local{plural}", unbound.len());
    if let Err(raised) = vm.warn(&crate::objects::exceptions::RUNTIME_WARNING, &text, 0) {
        vm.tracer.jump.set(None);
        return Err(raised);
    }
    for i in unbound {
        vm.set_stack_word(i, Word::NONE);
    }
    Ok(())
}

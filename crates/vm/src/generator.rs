//! Generators, coroutines and async generators: frames that leave the stack and come back.
//!
//! While suspended, a generator holds its registers in its own object (behind the fixed slots). To resume, they are copied to the top of the stack,
//! where they are a frame like any other; at a yield they are copied back.

use crate::code;
use crate::dunder::Dunder;
use crate::frame::{Entry, Link};
use crate::interp::{Fr, calls::Left};
use crate::layout::{frame, function, generator as g, header};
use crate::local::{Local, Py, Raised, Ret};
use crate::objects::iterators::{Fast, fast_next};
use crate::objects::{exceptions as exc, generators as types};
use crate::progress::{Progress, Sort};
use crate::vm::{Vm, settled};
use mesapy_bytecode::{CodeFlags, Instr, Op};
use mesapy_heap::{Kind, Obj, Value, Word};

pub(crate) use crate::progress::State;

pub(crate) fn state(vm: &Vm, generator: Obj<'_>) -> State {
    Progress::of(vm, generator).state()
}
pub(crate) fn set_state(vm: &Vm, generator: Obj<'_>, state: State) {
    Progress::of(vm, generator)
        .with_state(state)
        .store(vm, generator);
}

/// The generator of a generator function whose arguments are bound at `base`; in the return register.
pub(crate) fn make(vm: &Vm, func: Obj<'_>, code_obj: Obj<'_>, base: u32, bound: u32) -> Py<()> {
    let info = code::call_info(vm, code_obj);
    let flags = code::flags(vm, code_obj);
    let sort = Sort::of(flags);
    let def = match sort {
        Sort::Generator => &types::GENERATOR,
        Sort::Coroutine => &types::COROUTINE,
        Sort::AsyncGenerator => &types::ASYNC_GENERATOR,
    };
    let shape = vm
        .type_object(def)
        .slot(vm, crate::layout::types::ROOT_SHAPE)
        .as_shape(vm);
    let mut first = [Word::EMPTY; g::REGISTERS];
    first[g::FUNC] = func.word();
    first[g::CODE] = code_obj.word();
    first[g::GLOBALS] = vm.field(func, function::GLOBALS);
    first[g::NAME] = vm.field(func, function::NAME);
    first[g::QUALNAME] = vm.field(func, function::QUALNAME);
    first[g::PROGRESS] = Progress::created(sort, info).word();
    let slots = g::REGISTERS + info.registers() as usize;
    let object = vm.new_object_of(Kind::Generator, 0, shape, slots, first);
    object.set_slots_from_stack(vm, g::REGISTERS, [], base as usize, bound as usize);
    if vm.coroutine_origin_depth.get() > 0 && flags.has(CodeFlags::COROUTINE) {
        object.set_slot(vm, g::EXTRA, types::origin(vm)?);
    }
    types::register_for_close(vm, object);
    vm.ret.set(object.value().word());
    Ok(())
}

/// The generator of the frame at `base`.
fn of_frame(vm: &Vm, base: u32) -> Option<Obj<'_>> {
    vm.stack_word(base - header::SIZE - 1)
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)
}

/// Brings a generator's frame to the top of the stack. `sent` goes where the suspended instruction wants it.
#[inline(never)]
pub(crate) fn push(vm: &Vm, f: &mut Fr, generator: Obj<'_>, sent: Word, entry: Entry) -> Py<()> {
    push_inline(vm, f, generator, sent, entry)
}
#[inline(always)]
fn push_inline(vm: &Vm, f: &mut Fr, generator: Obj<'_>, sent: Word, entry: Entry) -> Py<()> {
    let words = vm.heap.view();
    let slots = generator.index() + 1;
    let Some(fixed) = words.array::<{ g::PROGRESS + 1 }>(slots) else {
        return Err(Raised(()));
    };
    let [func, code_word, globals] = [fixed[g::FUNC], fixed[g::CODE], fixed[g::GLOBALS]];
    let progress = Progress::from_bits(fixed[g::PROGRESS]);
    let live = progress.live();
    let code_at = (code_word >> 32) as u32 + 1;
    let Some(row) = words.four(code_at + crate::layout::code::CALL_INFO as u32) else {
        return Err(Raised(()));
    };
    let count = code::CallInfo::from_word(row[0]).registers();
    let at = vm.top.get();
    let base = at + 1 + header::SIZE;
    let end = base + count;
    if vm.depth.get() >= vm.recursion_limit.get() || !vm.has_room(end) {
        return Err(vm.recursion_error(""));
    }
    vm.ensure_top(end);
    let link = Link::new(vm.base.get(), vm.pc.get(), entry).0;
    let header = [generator.word().bits(), func, code_word, link, globals];
    // The header's last two words and the registers lie in the object as they do on the stack.
    let rest = slots + g::LOCALS as u32;
    let Some(locals) = vm.heap.copy_to_stack(at, header, rest, live as usize + 2) else {
        return Err(Raised(()));
    };
    if locals.is_ref()
        && let Some(object) = locals
            .value(vm)
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Frame)
    {
        object.set_slot(vm, frame::BASE, vm.int(i64::from(base)));
    }
    // Field by field, as they will be read.
    f.base = base;
    f.pc = progress.pc();
    f.instrs = (row[1] >> 3) as u32;
    f.consts = (row[2] >> 3) as u32;
    f.caches = (row[3] >> 3) as u32;
    if progress.state() == State::Suspended {
        f.set(vm, progress.target(), sent);
    }
    progress.with_state(State::Running).store(vm, generator);
    vm.depth.set(vm.depth.get() + 1);
    vm.base.set(base);
    vm.top.set(end);
    vm.pc.set(f.pc);
    Ok(())
}
/// The instruction in front of which a generator is suspended, if that is a `YieldFrom`.
pub(crate) fn suspended_at(vm: &Vm, generator: Obj<'_>) -> Option<Instr> {
    let progress = Progress::of(vm, generator);
    if !progress.is_delegating() || progress.state() != State::Suspended {
        return None;
    }
    let instrs = generator
        .slot(vm, g::CODE)
        .as_obj()?
        .slot(vm, crate::layout::code::INSTRS)
        .as_raw(vm)?;
    Some(Instr(instrs.word_at(vm, progress.pc() as usize)))
        .filter(|i| i.op() == Some(Op::YieldFrom))
}
/// What a suspended generator delegates to (`gi_yieldfrom`, `cr_await`).
pub(crate) fn delegate<'v>(vm: &'v Vm, generator: Obj<'v>) -> Option<Value<'v>> {
    let i = suspended_at(vm, generator)?;
    Some(generator.slot(vm, g::REGISTERS + usize::from(i.b())))
}

/// The running generator frame, which has just executed the `Yield` or `YieldFrom` before `f.pc`, yields `value`: its registers go back into the object, and
/// so do those of the frames that delegate to it. `Rust`: Rust code resumed the outermost and gets the value from the return register; `Caller`: the loop goes on
/// in the frame of the `for`, or in one whose sink has taken the value; `Declined`: the value is in the return register, and `sink::go_on` is to be called.
#[inline(never)]
pub(crate) fn suspend(vm: &Vm, f: &mut Fr, value: Word) -> Left {
    let mut i = f.current(vm);
    if suspend_for(vm, f, i, value).is_some() {
        return Left::Caller;
    }
    loop {
        let base = f.base;
        let link = vm.link(base);
        store(vm, f, i);
        let seen = vm.stack_word(base - header::LOCALS).is_ref();
        let caller = if seen || link.entry().ends_run() {
            None
        } else {
            Fr::back(vm, link)
        };
        match caller {
            Some(caller) => {
                f.base = caller.base;
                f.pc = caller.pc;
                f.instrs = caller.instrs;
                f.consts = caller.consts;
                f.caches = caller.caches;
            }
            None => {
                vm.pop_frame();
                if link.entry().ends_run() {
                    vm.ret.set(value);
                    return Left::Rust;
                }
                *f = Fr::load(vm);
            }
        }
        i = f.current(vm);
        match link.entry() {
            Entry::Delegate => {}
            Entry::Collect => {
                // The words below the generator's frame are still wanted.
                vm.top.set(base - header::SIZE);
                vm.ret.set(value);
                return Left::Declined;
            }
            _ => {
                f.set(vm, i.a(), value);
                return Left::Caller;
            }
        }
        // The delegating frame yields the same in turn, and its `YieldFrom` will run again.
        if taken(vm, f, i, value) {
            return Left::Caller;
        }
    }
}
/// Whether `YieldFrom` `i`, the instruction before `f.pc`, yields to a sink that takes the value; it is to run again then.
#[inline]
fn taken(vm: &Vm, f: &mut Fr, i: Instr, value: Word) -> bool {
    if !vm.link(f.base).entry().has_sink() || !crate::sink::yielded(vm, f.base, value) {
        return false;
    }
    f.pc -= 1;
    vm.pc.set(f.pc);
    f.set(vm, i.c(), Word::NONE);
    true
}
/// The same where a `for` resumed the frame and nobody has seen it, which is mostly so. None: nothing was done.
#[inline(always)]
fn suspend_for(vm: &Vm, f: &mut Fr, i: Instr, value: Word) -> Option<()> {
    let words = vm.heap.view();
    // The generator and the frame's header.
    let below = f.base.checked_sub(header::SIZE + 1)?;
    let [generator, _, _, link, _, locals, _] = words.array(below)?;
    let link = Link(link);
    if link.entry() != Entry::ForIter || Word::from_bits(locals).is_ref() {
        return None;
    }
    let base = link.base();
    let code_at = (words.get(base.checked_sub(header::CODE)?)? >> 32) as u32;
    let row = words.four(code_at + 1 + crate::layout::code::CALL_INFO as u32)?;
    let generator = Word::from_bits(generator).value(vm).as_obj()?;
    save(vm, generator, f, i);
    vm.depth.set(vm.depth.get() - 1);
    vm.base.set(base);
    vm.pc.set(link.pc());
    // The generator's word was put on the caller's top.
    vm.top.set(below);
    f.base = base;
    f.pc = link.pc();
    f.instrs = (row[1] >> 3) as u32;
    f.consts = (row[2] >> 3) as u32;
    f.caches = (row[3] >> 3) as u32;
    let target = f.current(vm).a();
    f.set(vm, target, value);
    Some(())
}
/// Saves the running generator frame, which instruction `i` suspends.
#[inline(always)]
fn store(vm: &Vm, f: &Fr, i: Instr) {
    if let Some(generator) = of_frame(vm, f.base) {
        save(vm, generator, f, i);
    }
}
/// Saves a generator frame that is on the stack and will go on at `pc`.
pub(crate) fn save_frame(vm: &Vm, base: u32, pc: u32) {
    let at = crate::layout::code::INSTRS_AT;
    let instrs = (vm.field(vm.frame_code(base), at).bits() >> 3) as u32;
    let f = Fr {
        base,
        pc,
        instrs,
        ..Fr::default()
    };
    store(vm, &f, f.current(vm));
}
#[inline(always)]
fn save(vm: &Vm, object: Obj<'_>, f: &Fr, i: Instr) {
    let before = Progress::saved(vm, object);
    let progress = before.suspended(i, f.pc, || {
        code::call_info(vm, vm.frame_code(f.base)).registers()
    });
    let (was, live) = (before.live() as usize, progress.live() as usize);
    if was > live {
        // What a deeper place had in its temporaries is not kept alive.
        object.clear_range(vm, g::REGISTERS + live, g::REGISTERS + was);
    }
    object.set_slots_from_stack(
        vm,
        g::PROGRESS,
        [progress.word()],
        f.base as usize - 2,
        live + 2,
    );
}
/// The generator frame at `base` returned.
pub(crate) fn finish(vm: &Vm, base: u32) {
    if let Some(object) = of_frame(vm, base) {
        retire(vm, object, base);
    }
}
/// Forgets everything that a finished generator held.
pub(crate) fn retire(vm: &Vm, object: Obj<'_>, base: u32) {
    let progress = Progress::of(vm, object);
    progress.with_state(State::Finished).store(vm, object);
    if base != 0 {
        // A frame object outlives the generator with the variables as they are now.
        let locals = vm.stack_word(base - header::LOCALS).value(vm);
        if let Some(frame_object) = locals.as_obj().filter(|o| o.kind(vm) == Kind::Frame) {
            object.set_slot(vm, g::LOCALS, frame_object.value());
            let n = code::call_info(vm, vm.frame_code(base)).locals();
            if let Ok(registers) = vm.new_value_array(n as usize) {
                for i in 0..n {
                    registers.set(vm, i as usize, vm.stack_word(base + i).value(vm));
                }
                frame_object.set_slot(vm, frame::REGISTERS, registers.value());
            }
        }
    }
    // The exception that is being handled, and the registers that were saved.
    object.clear_range(vm, g::EXC, g::REGISTERS + progress.live() as usize);
}
/// An exception leaves the generator frame at `base`; StopIteration may not (PEP 479).
pub(crate) fn failed(vm: &Vm, base: u32) {
    let Some(object) = of_frame(vm, base) else {
        return;
    };
    retire(vm, object, base);
    if vm.pc.get() <= 1 {
        // Thrown in before anything ran: the body had no say in it.
        return;
    }
    let flags = code::flags(vm, vm.frame_code(base));
    let e = vm.pending.get().value(vm);
    let (what, wrong) = if flags.has(CodeFlags::COROUTINE) {
        (
            "coroutine raised StopIteration",
            vm.is_instance_of(e, &exc::STOP_ITERATION),
        )
    } else if flags.has(CodeFlags::ASYNC_GENERATOR) {
        if vm.is_instance_of(e, &exc::STOP_ASYNC_ITERATION) {
            ("async generator raised StopAsyncIteration", true)
        } else {
            (
                "async generator raised StopIteration",
                vm.is_instance_of(e, &exc::STOP_ITERATION),
            )
        }
    } else {
        (
            "generator raised StopIteration",
            vm.is_instance_of(e, &exc::STOP_ITERATION),
        )
    };
    if !wrong {
        return;
    }
    let cause = e;
    settled(vm.runtime_error(what));
    if let Some(new) = vm.pending.get().value(vm).as_obj() {
        new.set_slot(vm, crate::layout::exception::CAUSE, cause);
        new.set_slot(vm, crate::layout::exception::CONTEXT, cause);
        new.set_slot(vm, crate::layout::exception::SUPPRESS_CONTEXT, Value::TRUE);
    }
}

/// A `for` over a plain generator: pushes its frame, the loop goes on in it. False: take the general way.
#[inline(never)]
pub(crate) fn enter_for(vm: &Vm, f: &mut Fr, i: Instr) -> Py<bool> {
    if crate::park::resume(vm, f, i, f.reg(vm, i.b())).is_some() {
        return Ok(true);
    }
    let Some(object) = f.value(vm, i.b()).as_obj() else {
        return Ok(false);
    };
    let progress = Progress::of(vm, object);
    if progress.sort() != Sort::Generator {
        return Ok(false);
    }
    match progress.state() {
        State::Created | State::Suspended => {
            push_inline(vm, f, object, Word::NONE, Entry::ForIter)?;
            Ok(true)
        }
        State::Finished => {
            f.jump(i.off());
            Ok(true)
        }
        State::Running => Ok(false),
    }
}

/// One step of the `YieldFrom` before `f.pc`: pushes the frame of a generator or coroutine, or yields the next item of a builtin iterator.
/// None: nothing was done, take the general way.
#[inline(never)]
pub(crate) fn step_delegate(vm: &Vm, f: &mut Fr, i: Instr) -> Py<Option<Left>> {
    let (iterator, sent) = (f.value(vm, i.b()), f.reg(vm, i.c()));
    let Some(object) = iterator.as_obj() else {
        return Ok(None);
    };
    match object.kind(vm) {
        Kind::Generator => {}
        Kind::Iter if sent == Word::NONE => {
            return Ok(match fast_next(vm, object) {
                Fast::Item(word) if taken(vm, f, i, word) => Some(Left::Caller),
                Fast::Item(word) => Some(match crate::park::park(vm, f, i, word) {
                    Some(()) => Left::Caller,
                    None => suspend(vm, f, word),
                }),
                Fast::End => {
                    f.set(vm, i.a(), Word::NONE);
                    Some(Left::Caller)
                }
                Fast::Slow => None,
            });
        }
        _ => return Ok(None),
    }
    let progress = Progress::of(vm, object);
    let startable = match progress.state() {
        State::Created => sent == Word::NONE,
        State::Suspended => true,
        State::Running | State::Finished => false,
    };
    if !startable || progress.sort() == Sort::AsyncGenerator {
        return Ok(None);
    }
    push_inline(vm, f, object, sent, Entry::Delegate)?;
    Ok(Some(Left::Caller))
}

/// How a resumption ended; the value is in the return register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resumed {
    Yielded,
    Returned,
}

pub(crate) fn word_for(vm: &Vm, generator: Obj<'_>) -> &'static str {
    match Progress::of(vm, generator).sort() {
        Sort::Coroutine => "coroutine",
        Sort::AsyncGenerator => "async generator",
        Sort::Generator => "generator",
    }
}

/// Whether it is a plain generator that can be resumed.
pub(crate) fn can_start(vm: &Vm, object: Obj<'_>) -> bool {
    types::is_plain_generator(vm, object)
        && matches!(state(vm, object), State::Created | State::Suspended)
}
/// Resumes a plain generator for code that collects its items, the sink and its kind being the two words on top of the stack. None: it can't run now.
pub(crate) fn drain(vm: &mut Vm, generator: Local) -> Option<Py<Resumed>> {
    let object = generator.value(vm).as_obj()?;
    if !can_start(vm, object) {
        return None;
    }
    let pushed = vm
        .check_native_stack()
        .and_then(|()| push(vm, &mut Fr::default(), object, Word::NONE, Entry::Drain));
    Some(match pushed {
        Ok(()) => run(vm, generator),
        Err(raised) => Err(raised),
    })
}

/// Resumes with a value to send. For a finished generator: Returned with None, and for a coroutine RuntimeError.
pub(crate) fn send(vm: &mut Vm, generator: Local, value: Local) -> Py<Resumed> {
    {
        let vm: &Vm = vm;
        let object = generator.value(vm).as_obj().ok_or(Raised(()))?;
        match state(vm, object) {
            State::Running => {
                return Err(vm.value_error(format!("{} already executing", word_for(vm, object))));
            }
            State::Finished => {
                if word_for(vm, object) == "coroutine" {
                    return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
                }
                vm.ret.set(Word::NONE);
                return Ok(Resumed::Returned);
            }
            State::Created if !value.value(vm).is_none() => {
                return Err(vm.type_error(format!(
                    "can't send non-None value to a just-started {}",
                    word_for(vm, object)
                )));
            }
            _ => {}
        }
        vm.check_native_stack()?;
        push(
            vm,
            &mut Fr::default(),
            object,
            value.word(vm),
            Entry::Resume,
        )?;
    }
    run(vm, generator)
}
fn run(vm: &mut Vm, generator: Local) -> Py<Resumed> {
    let ret = crate::interp::run(vm)?;
    let Ret(()) = ret;
    let finished = generator
        .value(vm)
        .as_obj()
        .is_none_or(|o| state(vm, o) == State::Finished);
    Ok(if finished {
        Resumed::Returned
    } else {
        Resumed::Yielded
    })
}
/// Puts a generator that delegates on the stack while something is thrown into its delegate, so that it is seen there: as running, and in stacks.
pub(crate) fn enter_delegating(vm: &Vm, generator: Obj<'_>) -> Py<()> {
    push(vm, &mut Fr::default(), generator, Word::NONE, Entry::Resume)?;
    // The instruction in progress is the `YieldFrom`.
    vm.pc.set(vm.pc.get() + 1);
    Ok(())
}
/// Takes it off again; it is suspended as before.
pub(crate) fn leave_delegating(vm: &Vm) {
    let base = vm.base.get();
    if let Some(object) = of_frame(vm, base) {
        let locals = vm.stack_word(base - header::LOCALS).value(vm);
        object.set_slot(vm, g::LOCALS, locals);
        set_state(vm, object, State::Suspended);
    }
    vm.pop_frame();
}
/// Raises the pending exception at the point where the generator is suspended.
pub(crate) fn throw(vm: &mut Vm, generator: Local, e: Local) -> Py<Resumed> {
    let object = generator.value(vm).as_obj().ok_or(Raised(()))?;
    match state(vm, object) {
        State::Running => {
            return Err(vm.value_error(format!("{} already executing", word_for(vm, object))));
        }
        State::Finished => {
            if word_for(vm, object) == "coroutine" {
                return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
            }
            return Err(vm.raise_again(e.value(vm)));
        }
        State::Created => {
            // Nothing has run: the exception passes through the first line, and no handler of the body's sees it.
            vm.check_native_stack()?;
            push(vm, &mut Fr::default(), object, Word::NONE, Entry::Resume)?;
            vm.pc.set(1);
            let raised = vm.raise(e.value(vm));
            let base = vm.base.get();
            crate::objects::traceback::add_entry(vm, base, 0);
            failed(vm, base);
            vm.pop_frame();
            return Err(raised);
        }
        State::Suspended => {
            vm.check_native_stack()?;
            let delegating = Progress::of(vm, object).is_delegating();
            push(vm, &mut Fr::default(), object, Word::NONE, Entry::Resume)?;
            if delegating {
                // The instruction in progress is the `YieldFrom`.
                vm.pc.set(vm.pc.get() + 1);
            }
        }
    }
    let mut f = Fr::load(vm);
    let raised = vm.raise(e.value(vm));
    if vm.tracing() {
        let pc = vm.pc.get().saturating_sub(1);
        crate::trace::exception(vm, f.base, pc, crate::monitor::Event::PY_THROW);
    }
    crate::interp::unwind::unwind(vm, &mut f, raised)?;
    run(vm, generator)
}

/// `next(generator)` for iteration; None if it is no plain generator.
pub(crate) fn next(vm: &mut Vm, generator: Local) -> Option<Py<bool>> {
    let object = generator.value(vm).as_obj()?;
    if !types::is_plain_generator(vm, object) {
        return None;
    }
    let top = vm.top.get();
    let none = vm.local(Value::NONE);
    let result = send(vm, generator, none).map(|r| r == Resumed::Yielded);
    if matches!(result, Ok(false)) {
        vm.stop_value.set(vm.ret.get());
    }
    vm.top.set(top);
    Some(result)
}

// ---- delegation

/// One step of `yield from`/`await`: true if the iterator yielded (value in the return register), false if it returned.
pub(crate) fn yield_from(vm: &mut Vm, iterator: Local, sent: Local) -> Py<bool> {
    let value = iterator.value(vm);
    if value.kind(vm) == Kind::Generator && !types::is_async_generator(vm, value) {
        return send(vm, iterator, sent).map(|r| r == Resumed::Yielded);
    }
    if sent.value(vm).is_none() {
        vm.stop_value.set(Word::NONE);
        if vm.next(iterator)? {
            return Ok(true);
        }
        // Iteration natively at its end returns None; StopIteration carried its value here.
        let value = types::take_stop_value(vm);
        vm.ret.set(value);
        return Ok(false);
    }
    match vm.call_method(iterator, "send", &[sent]) {
        Ok(ret) => {
            let Ret(()) = ret;
            Ok(true)
        }
        Err(raised) if vm.raised_is(&raised, &exc::STOP_ITERATION) => {
            let e = vm.take_exception(raised);
            let value = exc::stop_iteration_value(vm, e).word();
            vm.ret.set(value);
            Ok(false)
        }
        Err(raised) => Err(raised),
    }
}
pub(crate) fn yield_from_iter(vm: &mut Vm, x: Local) -> Py<Ret> {
    let value = x.value(vm);
    if let Some(object) = value.as_obj().filter(|o| o.kind(vm) == Kind::Generator) {
        let flags = object
            .slot(vm, g::CODE)
            .as_obj()
            .map_or(CodeFlags(0), |c| code::flags(vm, c));
        if flags.has(CodeFlags::COROUTINE) {
            let own = code::flags(vm, vm.frame_code(vm.base.get()));
            if !own.has(CodeFlags::COROUTINE | CodeFlags::ITERABLE_COROUTINE) {
                return Err(vm.type_error(
                    "cannot 'yield from' a coroutine object in a non-coroutine generator",
                ));
            }
            return Ok(vm.ret(x.value(vm)));
        }
        if flags.has(CodeFlags::GENERATOR) {
            return Ok(vm.ret(x.value(vm)));
        }
    }
    vm.iter(x)
}
/// What `yield from x` and `await x` run, if it is a generator or coroutine that it may be.
pub(crate) fn delegate_quick(vm: &Vm, x: Word, wanted: Sort) -> Option<Word> {
    let object = x
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)?;
    let progress = Progress::of(vm, object);
    (progress.sort() == wanted && !progress.is_delegating()).then_some(x)
}
/// The iterator that `await x` runs.
pub(crate) fn awaitable(vm: &mut Vm, x: Local, context: u8) -> Py<Ret> {
    let value = x.value(vm);
    if let Some(object) = value.as_obj().filter(|o| o.kind(vm) == Kind::Generator) {
        let flags = object
            .slot(vm, g::CODE)
            .as_obj()
            .map_or(CodeFlags(0), |c| code::flags(vm, c));
        if flags.has(CodeFlags::COROUTINE) {
            if delegate(vm, object).is_some() {
                return Err(vm.runtime_error("coroutine is being awaited already"));
            }
            return Ok(vm.ret(x.value(vm)));
        }
        if flags.has(CodeFlags::ITERABLE_COROUTINE) {
            return Ok(vm.ret(x.value(vm)));
        }
    }
    let Some(ret) = vm.call_dunder(x, Dunder::Await, &[])? else {
        let class = vm.type_name_for_error(x.value(vm));
        return Err(vm.type_error(match context {
            1 => format!("'async with' received an object from __aenter__ that does not implement __await__: {class}"),
            2 => format!("'async with' received an object from __aexit__ that does not implement __await__: {class}"),
            _ => format!("'{class}' object can't be awaited"),
        }));
    };
    let iterator = ret.keep(vm);
    if types::is_coroutine(vm, iterator.value(vm)) {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    if !vm.is_iterator(iterator.value(vm)) {
        return Err(vm.type_error(format!(
            "__await__() returned non-iterator of type '{}'",
            vm.type_name_for_error(iterator.value(vm))
        )));
    }
    Ok(vm.ret(iterator.value(vm)))
}
pub(crate) fn aiter(vm: &mut Vm, x: Local) -> Py<Ret> {
    let Some(ret) = vm.call_dunder(x, Dunder::AIter, &[])? else {
        return Err(vm.type_error(format!(
            "'async for' requires an object with __aiter__ method, got {}",
            vm.type_name_for_error(x.value(vm))
        )));
    };
    let iterator = ret.keep(vm);
    if vm.special_of(iterator.value(vm), Dunder::ANext).is_none() {
        return Err(vm.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            vm.type_name_for_error(iterator.value(vm))
        )));
    }
    Ok(vm.ret(iterator.value(vm)))
}
pub(crate) fn anext(vm: &mut Vm, x: Local) -> Py<Ret> {
    let Some(ret) = vm.call_dunder(x, Dunder::ANext, &[])? else {
        return Err(vm.type_error(format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            vm.type_name_for_error(x.value(vm))
        )));
    };
    let step = ret.keep(vm);
    match awaitable(vm, step, 0) {
        Ok(ret) => Ok(ret),
        Err(raised) => {
            let cause = vm.take_exception_local(raised);
            let text = format!(
                "'async for' received an invalid object from __anext__: {}",
                vm.type_name_for_error(step.value(vm))
            );
            let raised = vm.type_error(text);
            if let (Some(e), c) = (
                vm.pending_exception().and_then(|e| e.as_obj()),
                cause.value(vm),
            ) {
                e.set_slot(vm, crate::layout::exception::CAUSE, c);
                e.set_slot(vm, crate::layout::exception::CONTEXT, c);
                e.set_slot(vm, crate::layout::exception::SUPPRESS_CONTEXT, Value::TRUE);
            }
            Err(raised)
        }
    }
}

//! `generator`, `coroutine`, and the iterator that `coroutine.__await__` gives. What resumes and suspends frames is in `generator.rs` of this crate.

use crate::code;
use crate::generator::{self, Resumed, State};
use crate::hooks::unraisable_while;
use crate::layout::{code as c, frame, generator as g, header};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::iterators::myself;
use crate::objects::{async_generators, exceptions as exc, generic_alias, support};
use crate::progress::{Progress, Sort};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

pub use async_generators::{ASYNC_GENERATOR, wrap_async_value};

pub static GENERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "generator",
    layout: Layout::Kind(Kind::Generator),
    flags: TypeFlags::IMMUTABLE
        .with(TypeFlags::NO_NEW)
        .with(TypeFlags::WEAKREF),
    methods: GENERATOR_METHODS,
    getset: GENERATOR_GETSET,
    ..TypeDef::EMPTY
};
pub static COROUTINE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "coroutine",
    layout: Layout::Kind(Kind::Generator),
    flags: TypeFlags::IMMUTABLE
        .with(TypeFlags::NO_NEW)
        .with(TypeFlags::WEAKREF),
    methods: COROUTINE_METHODS,
    getset: COROUTINE_GETSET,
    ..TypeDef::EMPTY
};
pub static COROUTINE_WRAPPER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "coroutine_wrapper",
    doc: "A wrapper object implementing __await__ for coroutines.",
    layout: Layout::Slots(1),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
    methods: WRAPPER_METHODS,
    ..TypeDef::EMPTY
};

static GENERATOR_METHODS: &[Method] = methods! {
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__next__(self, /)" => calls next(this), "Implement next(self).";
    "__del__(self, /)" => calls finalize(this), "Called when the instance is about to be destroyed.";
    "__sizeof__(self, /)" => leaf size_of(this), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "close(self, /)" => calls close_method(this), "Raise GeneratorExit inside generator; give the value that it returns.";
    "send(self, object, /)" => calls send(this, value), "Send 'value' into generator,\nreturn next yielded value or raise StopIteration.";
    "throw(self, ...)" => calls throw(this, args, kwargs), "Raise exception in generator, return next yielded value or raise StopIteration.";
};
static COROUTINE_METHODS: &[Method] = methods! {
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__await__(self, /)" => leaf coroutine_await(this), "Return an iterator to be used in await expression.";
    "__del__(self, /)" => calls finalize(this), "Called when the instance is about to be destroyed.";
    "__sizeof__(self, /)" => leaf size_of(this), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "close(self, /)" => calls close_method(this), "Raise GeneratorExit inside coroutine; give the value that it returns.";
    "send(self, object, /)" => calls send(this, value), "Send 'value' into coroutine,\nreturn next iterated value or raise StopIteration.";
    "throw(self, ...)" => calls throw(this, args, kwargs), "Raise exception in coroutine, return next iterated value or raise StopIteration.";
};
static WRAPPER_METHODS: &[Method] = methods! {
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__next__(self, /)" => calls wrapper_next(this), "Implement next(self).";
    "close(self, /)" => calls wrapper_close(this), "Raise GeneratorExit inside coroutine.";
    "send(self, object, /)" => calls wrapper_send(this, value), "Send 'value' into coroutine,\nreturn next iterated value or raise StopIteration.";
    "throw(self, ...)" => calls wrapper_throw(this, args, kwargs), "Raise exception in coroutine, return next iterated value or raise StopIteration.";
};
static GENERATOR_GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: get_name,
        set: Some(set_name),
        doc: "name of the generator",
    },
    GetSet {
        name: "__qualname__",
        get: get_qualname,
        set: Some(set_qualname),
        doc: "qualified name of the generator",
    },
    GetSet {
        name: "gi_code",
        get: get_code,
        set: None,
        doc: "",
    },
    GetSet {
        name: "gi_frame",
        get: get_frame,
        set: None,
        doc: "",
    },
    GetSet {
        name: "gi_running",
        get: get_running,
        set: None,
        doc: "",
    },
    GetSet {
        name: "gi_suspended",
        get: get_suspended,
        set: None,
        doc: "",
    },
    GetSet {
        name: "gi_yieldfrom",
        get: get_delegate,
        set: None,
        doc: "object being iterated by yield from, or None",
    },
];
static COROUTINE_GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: get_name,
        set: Some(set_name),
        doc: "name of the coroutine",
    },
    GetSet {
        name: "__qualname__",
        get: get_qualname,
        set: Some(set_qualname),
        doc: "qualified name of the coroutine",
    },
    GetSet {
        name: "cr_await",
        get: get_delegate,
        set: None,
        doc: "object being awaited on, or None",
    },
    GetSet {
        name: "cr_code",
        get: get_code,
        set: None,
        doc: "",
    },
    GetSet {
        name: "cr_frame",
        get: get_frame,
        set: None,
        doc: "",
    },
    GetSet {
        name: "cr_origin",
        get: get_origin,
        set: None,
        doc: "",
    },
    GetSet {
        name: "cr_running",
        get: get_running,
        set: None,
        doc: "",
    },
    GetSet {
        name: "cr_suspended",
        get: get_suspended,
        set: None,
        doc: "",
    },
];

// ---- what the core asks

#[inline]
pub fn is_plain_generator(vm: &Vm, o: Obj<'_>) -> bool {
    o.kind(vm) == Kind::Generator && Progress::of(vm, o).sort() == Sort::Generator
}
pub fn is_coroutine(vm: &Vm, value: Value<'_>) -> bool {
    is_of(vm, value, Sort::Coroutine)
}
pub fn is_async_generator(vm: &Vm, value: Value<'_>) -> bool {
    is_of(vm, value, Sort::AsyncGenerator)
}
fn is_of(vm: &Vm, value: Value<'_>, sort: Sort) -> bool {
    value
        .as_obj()
        .is_some_and(|o| o.kind(vm) == Kind::Generator && Progress::of(vm, o).sort() == sort)
}
/// Arranges for `finalize` where dropping a suspended frame could be noticed: it has handlers to run, or was never awaited.
pub fn register_for_close(vm: &Vm, o: Obj<'_>) {
    let has_handlers = o.slot(vm, g::CODE).as_obj().is_some_and(|code| {
        code.slot(vm, c::EXCEPTIONS)
            .as_raw(vm)
            .is_some_and(|table| table.len(vm) > 0)
    });
    if has_handlers || !is_plain_generator(vm, o) {
        vm.register_finalizer(o);
    }
}
/// The value of the StopIteration that ended the last `vm.next`.
pub fn take_stop_value(vm: &Vm) -> Word {
    vm.stop_value.replace(Word::NONE)
}
/// A generator that nobody can resume any more: its handlers run, a coroutine that never ran is reported.
pub fn finalize(vm: &mut Vm, this: Local) -> Py<()> {
    let Some(o) = this
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)
    else {
        return Ok(());
    };
    match generator::state(vm, o) {
        State::Finished | State::Running => return Ok(()),
        State::Created | State::Suspended => {}
    }
    if is_async_generator(vm, o.value()) {
        match async_generators::call_finalizer(vm, this) {
            Ok(false) => {}
            Ok(true) => return Ok(()),
            Err(raised) => {
                unraisable_while(vm, raised, "finalizing generator", this);
                return Ok(());
            }
        }
    }
    let created = this
        .value(vm)
        .as_obj()
        .is_some_and(|o| generator::state(vm, o) == State::Created);
    if created {
        if is_coroutine(vm, this.value(vm)) {
            never_awaited(vm, this);
        }
        if let Some(o) = this.value(vm).as_obj() {
            generator::retire(vm, o, 0);
        }
        return Ok(());
    }
    if let Err(raised) = close(vm, this) {
        unraisable_while(vm, raised, "closing generator", this);
    }
    Ok(())
}
/// Warns of a coroutine that was never awaited, by the module `warnings` if that has a way to.
fn never_awaited(vm: &mut Vm, this: Local) {
    let warned = match crate::builtins::warnings::unawaited_coroutine(vm, this) {
        Ok(warned) => warned,
        Err(raised) => {
            let warned = vm.raised_is(&raised, &exc::RUNTIME_WARNING);
            unraisable_while(vm, raised, "finalizing coroutine", this);
            warned
        }
    };
    if warned {
        return;
    }
    let name = this
        .value(vm)
        .as_obj()
        .map_or(String::new(), |o| vm.text_of(o.slot(vm, g::QUALNAME)));
    let text = format!("coroutine '{name}' was never awaited");
    if let Err(raised) = vm.warn_about(&exc::RUNTIME_WARNING, &text, 1, this) {
        unraisable_while(vm, raised, "finalizing coroutine", this);
    }
}
/// Where a coroutine is being made: file, line and function of the frames around it, as many as `sys.set_coroutine_origin_tracking_depth` says.
pub(crate) fn origin(vm: &Vm) -> Py<Value<'_>> {
    let mut entries = Vec::new();
    let mut base = vm.base.get();
    let mut next_pc = vm.pc.get();
    while base != 0 && entries.len() < vm.coroutine_origin_depth.get() as usize {
        let code_obj = vm.frame_code(base);
        let line = code::position(vm, code_obj, next_pc.saturating_sub(1)).line;
        let entry = [
            code_obj.slot(vm, c::FILENAME),
            vm.int(i64::from(line)),
            code_obj.slot(vm, c::NAME),
        ];
        entries.push(vm.new_tuple(&entry)?.value());
        let link = vm.link(base);
        (base, next_pc) = (link.base(), link.pc());
    }
    Ok(vm.new_tuple(&entries)?.value())
}

// ---- resuming

fn check(vm: &Vm, this: Local) -> Py<()> {
    if this.value(vm).kind(vm) == Kind::Generator {
        Ok(())
    } else {
        Err(vm.type_error("not a generator"))
    }
}
/// The end of a resumption as Python sees it: the value, or StopIteration with it.
pub(crate) fn outcome(vm: &mut Vm, resumed: Resumed) -> Py<Ret> {
    let value = vm.ret.get();
    match resumed {
        Resumed::Yielded => Ok(vm.ret(value.value(vm))),
        Resumed::Returned => Err(stop_with(vm, value)),
    }
}
/// StopIteration with a value, which the constructor must not take apart if it is a tuple or an exception.
pub(crate) fn stop_with(vm: &Vm, value: Word) -> Raised {
    vm.stop_iteration(value.value(vm))
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    let none = vm.local(Value::NONE);
    send(vm, this, none)
}
fn send(vm: &mut Vm, this: Local, value: Local) -> Py<Ret> {
    check(vm, this)?;
    let resumed = generator::send(vm, this, value)?;
    outcome(vm, resumed)
}
fn throw(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    check(vm, this)?;
    support::no_keywords(vm, "throw", kwargs)?;
    let e = exception_of(vm, args)?;
    let resumed = throw_args_into(vm, this, e, Some(args), true)?;
    outcome(vm, resumed)
}

/// The exception that `throw(type, value, traceback)` or `throw(exception)` means.
pub(crate) fn exception_of(vm: &mut Vm, args: Local<k::Tuple>) -> Py<Local> {
    let n = args.get(vm).len(vm);
    if n == 0 || n > 3 {
        return Err(vm.type_error(if n == 0 {
            "throw expected at least 1 argument, got 0".to_string()
        } else {
            format!("throw expected at most 3 arguments, got {n}")
        }));
    }
    if n > 1 {
        vm.warn(&exc::DEPRECATION_WARNING,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    let [kind, value, tb] = {
        let vm: &Vm = vm;
        let t = args.get(vm);
        vm.locals([0, 1, 2].map(|i| t.at(vm, i).unwrap_or(Value::NONE)))
    };
    let traceback_given = !tb.value(vm).is_none();
    if traceback_given && !vm.is_exactly(tb.value(vm), &crate::objects::traceback::TRACEBACK) {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    let e = if vm.is_exception_instance(kind.value(vm)) {
        if !value.value(vm).is_none() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        kind
    } else if vm.is_exception_class(kind.value(vm)) {
        // What goes wrong in making it is raised in the generator, too.
        match make_exception(vm, kind, value) {
            Ok(made) => made,
            Err(raised) => vm.take_exception_local(raised),
        }
    } else {
        return Err(vm.type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            vm.type_name_for_error(kind.value(vm))
        )));
    };
    if traceback_given {
        if let Some(o) = e.value(vm).as_obj() {
            o.set_slot(vm, crate::layout::exception::TRACEBACK, tb.value(vm));
        }
    }
    Ok(e)
}
fn make_exception(vm: &mut Vm, class: Local, value: Local) -> Py<Local> {
    let given = value.value(vm);
    let is_instance = class
        .value(vm)
        .as_obj()
        .is_some_and(|c| vm.is_subtype(vm.type_of(given), c));
    if is_instance {
        return Ok(value);
    }
    let made = if given.is_none() {
        vm.call(class, &[])?
    } else if given.as_tuple(vm).is_some() {
        let empty = vm.local(Value::EMPTY);
        vm.call_ex(class, value, empty)?
    } else {
        vm.call(class, &[value])?
    }
    .keep(vm);
    if !vm.is_exception_instance(made.value(vm)) {
        let class = class
            .value(vm)
            .as_obj()
            .map_or(String::new(), |c| vm.tp_name(c));
        return Err(vm.type_error(format!(
            "calling <class '{class}'> should have returned an instance of BaseException, not {}",
            vm.type_name_for_error(made.value(vm))
        )));
    }
    Ok(made)
}

/// Raises `e` where the generator is suspended; while it delegates, in the innermost delegate. `close_first`: a GeneratorExit closes the delegate instead.
pub(crate) fn throw_into(vm: &mut Vm, this: Local, e: Local, close_first: bool) -> Py<Resumed> {
    throw_args_into(vm, this, e, None, close_first)
}
/// The same; a delegate that is no generator gets the arguments as they were given.
fn throw_args_into(
    vm: &mut Vm,
    this: Local,
    e: Local,
    args: Option<Local<k::Tuple>>,
    close_first: bool,
) -> Py<Resumed> {
    vm.check_native_stack()?;
    let Some(o) = this.value(vm).as_obj() else {
        return Err(vm.type_error("not a generator"));
    };
    let Some(delegate) = generator::delegate(vm, o).map(|d| vm.local(d)) else {
        return generator::throw(vm, this, e);
    };
    if close_first && vm.is_instance_of(e.value(vm), &exc::GENERATOR_EXIT) {
        return match running(vm, this, |vm| close_delegate(vm, delegate)) {
            Ok(()) => generator::throw(vm, this, e),
            Err(raised) => {
                let e = vm.take_exception_local(raised);
                generator::throw(vm, this, e)
            }
        };
    }
    let result = if delegate.value(vm).kind(vm) == Kind::Generator
        && !is_async_generator(vm, delegate.value(vm))
    {
        running(vm, this, |vm| {
            throw_args_into(vm, delegate, e, args, close_first)
        })
    } else {
        match vm.lookup_attr_str(delegate, "throw")? {
            None => return generator::throw(vm, this, e),
            Some(method) => {
                let method = method.keep(vm);
                running(vm, this, |vm| {
                    let ret = match args {
                        Some(args) => {
                            let none = vm.local(Value::EMPTY);
                            vm.call_ex(method, args.any(), none)?
                        }
                        None => vm.call(method, &[e])?,
                    };
                    let word = ret.get(vm).word();
                    vm.ret.set(word);
                    Ok(Resumed::Yielded)
                })
            }
        }
    };
    match result {
        Ok(Resumed::Yielded) => Ok(Resumed::Yielded),
        Ok(Resumed::Returned) => {
            let value = vm.local(vm.ret.get().value(vm));
            after_delegate(vm, this, value)
        }
        Err(raised) if vm.raised_is(&raised, &exc::STOP_ITERATION) => {
            let e = vm.take_exception_local(raised);
            let value = vm.local(exc::stop_iteration_value(vm, e.value(vm)));
            after_delegate(vm, this, value)
        }
        Err(raised) => {
            let e = vm.take_exception_local(raised);
            generator::throw(vm, this, e)
        }
    }
}
/// Runs something on the generator's behalf, while which it counts as running and its frame is on the stack.
fn running<R>(vm: &mut Vm, this: Local, body: impl FnOnce(&mut Vm) -> Py<R>) -> Py<R> {
    let top = vm.top.get();
    if let Some(o) = this.value(vm).as_obj() {
        generator::enter_delegating(vm, o)?;
    }
    let result = body(vm);
    generator::leave_delegating(vm);
    vm.top.set(top);
    result
}
/// The delegate returned: the generator goes on behind its `YieldFrom` with the value.
fn after_delegate(vm: &mut Vm, this: Local, value: Local) -> Py<Resumed> {
    if let Some(o) = this.value(vm).as_obj() {
        let progress = Progress::of(vm, o);
        if let Some(i) = generator::suspended_at(vm, o) {
            progress.behind(i).store(vm, o);
        }
    }
    generator::send(vm, this, value)
}
/// Where a delegate can't be asked for its `close`, that is told, and the generator closes nevertheless.
fn close_delegate(vm: &mut Vm, delegate: Local) -> Py<()> {
    if delegate.value(vm).kind(vm) == Kind::Generator && !is_async_generator(vm, delegate.value(vm))
    {
        return close(vm, delegate).map(|_| ());
    }
    match vm.lookup_attr_str(delegate, "close") {
        Ok(Some(method)) => {
            let method = method.keep(vm);
            vm.call(method, &[]).map(|_| ())
        }
        Ok(None) => Ok(()),
        Err(raised) => {
            unraisable_while(vm, raised, "closing generator", delegate);
            Ok(())
        }
    }
}
/// `close()`: the value that the generator returned.
pub(crate) fn close(vm: &mut Vm, this: Local) -> Py<Word> {
    vm.check_native_stack()?;
    let Some(o) = this.value(vm).as_obj() else {
        return Ok(Word::NONE);
    };
    match generator::state(vm, o) {
        State::Finished => return Ok(Word::NONE),
        State::Created => {
            generator::retire(vm, o, 0);
            return Ok(Word::NONE);
        }
        State::Running | State::Suspended => {}
    }
    let word = generator::word_for(vm, o);
    let exit = vm.new_exception(&exc::GENERATOR_EXIT, &[])?.value().word();
    let exit = vm.local(exit.value(vm));
    match throw_into(vm, this, exit, true) {
        Ok(Resumed::Yielded) => Err(vm.runtime_error(format!("{word} ignored GeneratorExit"))),
        Ok(Resumed::Returned) => Ok(vm.ret.get()),
        Err(raised) if vm.raised_is(&raised, &exc::GENERATOR_EXIT) => {
            vm.take_exception(raised);
            Ok(Word::NONE)
        }
        Err(raised) => Err(raised),
    }
}
fn close_method(vm: &mut Vm, this: Local) -> Py<Ret> {
    check(vm, this)?;
    let word = close(vm, this)?;
    Ok(vm.ret(word.value(vm)))
}

// ---- attributes

pub(crate) fn repr<'v>(vm: &'v Vm, this: Value<'v>) -> Py<String> {
    let name = this
        .as_obj()
        .map_or(String::new(), |o| vm.text_of(o.slot(vm, g::QUALNAME)));
    Ok(format!(
        "<{} object {name} at {:#x}>",
        vm.type_short_name(vm.type_of(this).value()),
        vm.id(this)
    ))
}
pub(crate) fn size_of(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(vm.size_of(this))
}
pub(crate) fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
fn slot(vm: &Vm, this: Local, slot: usize) -> Py<Ret> {
    let value = this
        .value(vm)
        .as_obj()
        .and_then(|o| o.slot_of(vm, Kind::Generator, slot))
        .and_then(|v| v.non_empty());
    Ok(vm.ret(value.unwrap_or(Value::NONE)))
}
pub(crate) fn get_name(vm: &mut Vm, this: Local) -> Py<Ret> {
    slot(vm, this, g::NAME)
}
pub(crate) fn get_qualname(vm: &mut Vm, this: Local) -> Py<Ret> {
    slot(vm, this, g::QUALNAME)
}
fn set_text(vm: &Vm, this: Local, value: Local, slot: usize, name: &str) -> Py<()> {
    if value.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error(format!("{name} must be set to a string object")));
    }
    if let Some(o) = this
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)
    {
        o.set_slot(vm, slot, value.value(vm));
    }
    Ok(())
}
pub(crate) fn set_name(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    set_text(vm, this, value, g::NAME, "__name__")
}
pub(crate) fn set_qualname(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    set_text(vm, this, value, g::QUALNAME, "__qualname__")
}
pub(crate) fn get_code(vm: &mut Vm, this: Local) -> Py<Ret> {
    slot(vm, this, g::CODE)
}
fn get_origin(vm: &mut Vm, this: Local) -> Py<Ret> {
    slot(vm, this, g::EXTRA)
}
fn state_of(vm: &Vm, this: Local) -> State {
    this.value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)
        .map_or(State::Finished, |o| generator::state(vm, o))
}
pub(crate) fn get_running(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(vm.ret(Value::bool(state_of(vm, this) == State::Running)))
}
pub(crate) fn get_suspended(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(vm.ret(Value::bool(state_of(vm, this) == State::Suspended)))
}
pub(crate) fn get_delegate(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let delegate = this
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)
        .and_then(|o| generator::delegate(vm, o));
    Ok(vm.ret(delegate.unwrap_or(Value::NONE)))
}
/// The generator's frame as an object, None when it has finished.
pub(crate) fn get_frame(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let Some(o) = this
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)
    else {
        return Ok(vm.ret(Value::NONE));
    };
    match generator::state(vm, o) {
        State::Finished => Ok(vm.ret(Value::NONE)),
        State::Running => {
            let mut base = vm.base.get();
            while base != 0 {
                if vm.stack_word(base - header::SIZE - 1) == o.word()
                    && is_generator_frame(vm, base)
                {
                    return Ok(vm.ret(vm.frame_object(base).value()));
                }
                base = vm.caller_base(base);
            }
            Ok(vm.ret(suspended_frame(vm, o)))
        }
        State::Created | State::Suspended => Ok(vm.ret(suspended_frame(vm, o))),
    }
}
fn is_generator_frame(vm: &Vm, base: u32) -> bool {
    code::flags(vm, vm.frame_code(base)).has(
        mesapy_bytecode::CodeFlags::GENERATOR
            | mesapy_bytecode::CodeFlags::COROUTINE
            | mesapy_bytecode::CodeFlags::ASYNC_GENERATOR,
    )
}
/// The frame object of a generator that is not on the stack.
fn suspended_frame<'v>(vm: &'v Vm, o: Obj<'v>) -> Value<'v> {
    let known = o.slot(vm, g::LOCALS);
    if known.kind(vm) == Kind::Frame {
        return known;
    }
    let shape = vm
        .type_object(&crate::objects::frame::FRAME)
        .slot(vm, crate::layout::types::ROOT_SHAPE)
        .as_shape(vm);
    let object = vm.new_object(Kind::Frame, 0, shape, frame::COUNT);
    object.set_slot(vm, frame::CODE, o.slot(vm, g::CODE));
    object.set_slot(vm, frame::FUNC, o.slot(vm, g::FUNC));
    object.set_slot(vm, frame::GLOBALS, o.slot(vm, g::GLOBALS));
    object.set_slot(vm, frame::NAMESPACE, known);
    // The registers are in the generator.
    object.set_slot(vm, frame::BASE, Value::int32(-2));
    let pc = Progress::of(vm, o).pc();
    object.set_slot(vm, frame::PC, vm.int(i64::from(pc)));
    object.set_slot(vm, frame::GENERATOR, o.value());
    o.set_slot(vm, g::LOCALS, object.value());
    object.value()
}

// ---- coroutine_wrapper

fn coroutine_await<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let shape = vm
        .type_object(&COROUTINE_WRAPPER)
        .slot(vm, crate::layout::types::ROOT_SHAPE)
        .as_shape(vm);
    let wrapper = vm.new_object(Kind::Instance, COROUTINE_WRAPPER.id.get().0, shape, 1);
    wrapper.set_slot(vm, 0, this);
    Ok(wrapper.value())
}
fn wrapped(vm: &Vm, this: Local) -> Py<Local> {
    match this
        .value(vm)
        .as_obj()
        .filter(|_| vm.has_layout(this.value(vm), &COROUTINE_WRAPPER))
    {
        Some(o) => Ok(vm.local(o.slot(vm, 0))),
        None => Err(vm.type_error("not a coroutine_wrapper")),
    }
}
fn wrapper_next(vm: &mut Vm, this: Local) -> Py<Ret> {
    let coroutine = wrapped(vm, this)?;
    next(vm, coroutine)
}
fn wrapper_send(vm: &mut Vm, this: Local, value: Local) -> Py<Ret> {
    let coroutine = wrapped(vm, this)?;
    send(vm, coroutine, value)
}
fn wrapper_throw(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let coroutine = wrapped(vm, this)?;
    throw(vm, coroutine, args, kwargs)
}
fn wrapper_close(vm: &mut Vm, this: Local) -> Py<Ret> {
    let coroutine = wrapped(vm, this)?;
    close_method(vm, coroutine)
}

//! `async_generator`, the awaitables of its methods, and what `anext(iterator, default)` gives.
//!
//! A yield of an async generator wraps its value (`wrap_async_value`), which tells it from what the awaitables inside yield to the event loop.

use crate::generator::{self, Resumed, State};
use crate::layout::{generator as g, types};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::generators::{self, class_getitem, exception_of, repr, size_of, throw_into};
use crate::objects::iterators::myself;
use crate::objects::{exceptions as exc, support};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value, ValueArray};

pub static ASYNC_GENERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "async_generator",
    layout: Layout::Kind(Kind::Generator),
    flags: TypeFlags::IMMUTABLE
        .with(TypeFlags::NO_NEW)
        .with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
macro_rules! step_types {
    ($($def:ident $name:literal $methods:ident;)*) => { $(
        pub static $def: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            layout: Layout::Slots(STEP_SLOTS as u16),
            flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
            methods: $methods,
            ..TypeDef::EMPTY
        };
    )* };
}
step_types! {
    ASEND "async_generator_asend" STEP_METHODS;
    ATHROW "async_generator_athrow" STEP_METHODS;
    WRAPPED_VALUE "async_generator_wrapped_value" NO_METHODS;
    ANEXT_AWAITABLE "anext_awaitable" ANEXT_METHODS;
}
/// For registration.
pub static ALL: &[&TypeDef] = &[&ASEND, &ATHROW, &WRAPPED_VALUE, &ANEXT_AWAITABLE];

static NO_METHODS: &[Method] = &[];
static METHODS: &[Method] = methods! {
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__aiter__(self, /)" => leaf myself(this), "Return an awaitable, that resolves in asynchronous iterator.";
    "__anext__(self, /)" => calls anext(this), "Return a value or raise StopAsyncIteration.";
    "__del__(self, /)" => calls finalize(this), "Called when the instance is about to be destroyed.";
    "__sizeof__(self, /)" => leaf size_of(this), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "aclose(self, /)" => calls aclose(this), "Raise GeneratorExit inside the generator.";
    "asend(self, object, /)" => calls asend(this, value), "Send 'value' into the generator.";
    "athrow(self, ...)" => calls athrow(this, args, kwargs), "Raise an exception in the generator.";
};
use generators::finalize;
static GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: generators::get_name,
        set: Some(generators::set_name),
        doc: "name of the async generator",
    },
    GetSet {
        name: "__qualname__",
        get: generators::get_qualname,
        set: Some(generators::set_qualname),
        doc: "qualified name of the async generator",
    },
    GetSet {
        name: "ag_await",
        get: generators::get_delegate,
        set: None,
        doc: "object being awaited on, or None",
    },
    GetSet {
        name: "ag_code",
        get: generators::get_code,
        set: None,
        doc: "",
    },
    GetSet {
        name: "ag_frame",
        get: generators::get_frame,
        set: None,
        doc: "",
    },
    GetSet {
        name: "ag_running",
        get: get_running,
        set: None,
        doc: "",
    },
    GetSet {
        name: "ag_suspended",
        get: generators::get_suspended,
        set: None,
        doc: "",
    },
];
static STEP_METHODS: &[Method] = methods! {
    "__await__(self, /)" => leaf myself(this), "Return an iterator to be used in await expression.";
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__next__(self, /)" => calls step_next(this), "Implement next(self).";
    "__del__(self, /)" => calls step_finalize(this), "Called when the instance is about to be destroyed.";
    "close(self, /)" => calls step_close(this), "Raise GeneratorExit inside the generator.";
    "send(self, object, /)" => calls step_send(this, value), "Send 'value' into the generator.";
    "throw(self, ...)" => calls step_throw(this, args, kwargs), "Raise an exception in the generator.";
};
static ANEXT_METHODS: &[Method] = methods! {
    "__await__(self, /)" => leaf myself(this), "Return an iterator to be used in await expression.";
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__next__(self, /)" => calls default_next(this), "Implement next(self).";
    "close(self, /)" => calls default_close(this), "Raise GeneratorExit inside the awaitable.";
    "send(self, object, /)" => calls default_send(this, value), "Send 'value' into the awaitable.";
    "throw(self, ...)" => calls default_throw(this, args, kwargs), "Raise an exception in the awaitable.";
};

// ---- what an async generator remembers: a value array in its slot EXTRA

const HOOKED: usize = 0;
const CLOSED: usize = 1;
/// One of its awaitables is in progress.
const BUSY: usize = 2;
const FINALIZER: usize = 3;
const MEMORY: usize = 4;

fn memory<'v>(vm: &'v Vm, this: Local) -> Option<ValueArray<'v>> {
    let o = this
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator)?;
    if let Some(array) = o.slot(vm, g::EXTRA).as_value_array(vm) {
        return Some(array);
    }
    let array = vm.new_value_array(MEMORY).ok()?;
    o.set_slot(vm, g::EXTRA, array.value());
    Some(array)
}
fn flag(vm: &Vm, this: Local, which: usize) -> bool {
    memory(vm, this).is_some_and(|m| m.get(vm, which) == Value::TRUE)
}
fn set_flag(vm: &Vm, this: Local, which: usize, on: bool) {
    if let Some(m) = memory(vm, this) {
        m.set(vm, which, Value::bool(on));
    }
}
fn get_running(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(vm.ret(Value::bool(flag(vm, this, BUSY))))
}
/// The first iteration tells the event loop (`sys.set_asyncgen_hooks`).
fn call_hooks(vm: &mut Vm, this: Local) -> Py<()> {
    if flag(vm, this, HOOKED) {
        return Ok(());
    }
    set_flag(vm, this, HOOKED, true);
    let first = {
        let vm: &Vm = vm;
        if let (Some(f), Some(m)) = (hook(vm.roots.asyncgen_finalizer(vm)), memory(vm, this)) {
            m.set(vm, FINALIZER, f);
        }
        hook(vm.roots.asyncgen_firstiter(vm)).map(|f| vm.local(f))
    };
    match first {
        Some(f) => vm.call(f, &[this]).map(|_| ()),
        None => Ok(()),
    }
}
fn hook(value: Value<'_>) -> Option<Value<'_>> {
    value.non_empty().filter(|v| !v.is_none())
}
/// Hands an unfinished generator to the event loop's finalizer; false if there is none.
pub(crate) fn call_finalizer(vm: &mut Vm, this: Local) -> Py<bool> {
    if flag(vm, this, CLOSED) {
        return Ok(false);
    }
    let Some(f) = memory(vm, this)
        .and_then(|m| hook(m.get(vm, FINALIZER)))
        .map(|f| vm.local(f))
    else {
        return Ok(false);
    };
    vm.call(f, &[this]).map(|_| true)
}

// ---- methods

/// What an async generator's `yield` gives.
pub fn wrap_async_value(vm: &mut Vm, value: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let shape = vm
        .type_object(&WRAPPED_VALUE)
        .slot(vm, types::ROOT_SHAPE)
        .as_shape(vm);
    let wrapped = vm.new_object(Kind::Instance, WRAPPED_VALUE.id.get().0, shape, STEP_SLOTS);
    wrapped.set_slot(vm, 0, value.value(vm));
    Ok(vm.ret(wrapped.value()))
}
/// What was wrapped.
fn unwrap_value<'v>(vm: &'v Vm, value: Value<'v>) -> Option<Value<'v>> {
    let o = value.as_obj()?;
    if o.kind(vm) == Kind::Instance && o.layout(vm) == WRAPPED_VALUE.id.get().0 {
        Some(o.slot(vm, 0))
    } else {
        None
    }
}

// Slots of the awaitables.
const OWNER: usize = 0;
/// `asend`: the value to send. `athrow`: the exception, Empty for `aclose`.
const PAYLOAD: usize = 1;
const STAGE: usize = 2;
const STEP_SLOTS: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Init = 0,
    Iterating = 1,
    Closed = 2,
}
fn new_step(vm: &mut Vm, def: &'static TypeDef, owner: Local, payload: Value<'static>) -> Local {
    let vm: &Vm = vm;
    let shape = vm.type_object(def).slot(vm, types::ROOT_SHAPE).as_shape(vm);
    let step = vm.new_object(Kind::Instance, def.id.get().0, shape, STEP_SLOTS);
    step.set_slot(vm, OWNER, owner.value(vm));
    step.set_slot(vm, PAYLOAD, payload);
    step.set_slot(vm, STAGE, Value::int32(Stage::Init as i32));
    vm.register_finalizer(step);
    vm.local(step.value())
}
fn set_payload(vm: &Vm, step: Local, value: Value<'_>) {
    if let Some(o) = step.value(vm).as_obj() {
        o.set_slot(vm, PAYLOAD, value);
    }
}
fn anext(vm: &mut Vm, this: Local) -> Py<Local> {
    call_hooks(vm, this)?;
    Ok(new_step(vm, &ASEND, this, Value::NONE))
}
fn asend(vm: &mut Vm, this: Local, value: Local) -> Py<Local> {
    call_hooks(vm, this)?;
    let step = new_step(vm, &ASEND, this, Value::NONE);
    set_payload(vm, step, value.value(vm));
    Ok(step)
}
fn aclose(vm: &mut Vm, this: Local) -> Py<Local> {
    call_hooks(vm, this)?;
    Ok(new_step(vm, &ATHROW, this, Value::EMPTY))
}
fn athrow(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Local> {
    support::no_keywords(vm, "athrow", kwargs)?;
    if args.get(vm).len(vm) > 1 {
        vm.warn(&exc::DEPRECATION_WARNING,
            "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    call_hooks(vm, this)?;
    let step = new_step(vm, &ATHROW, this, Value::EMPTY);
    set_payload(vm, step, args.value(vm));
    Ok(step)
}

/// One of `asend(…)`, `athrow(…)`, `aclose()`.
struct Step {
    this: Local,
    owner: Local,
    payload: Local,
    is_send: bool,
}
impl Step {
    fn of(vm: &Vm, this: Local) -> Py<Step> {
        let value = this.value(vm);
        let is_send = vm.has_layout(value, &ASEND);
        match value
            .as_obj()
            .filter(|_| is_send || vm.has_layout(value, &ATHROW))
        {
            Some(o) => {
                let [owner, payload] = vm.locals([o.slot(vm, OWNER), o.slot(vm, PAYLOAD)]);
                Ok(Step {
                    this,
                    owner,
                    payload,
                    is_send,
                })
            }
            None => Err(vm.type_error("not an awaitable of an async generator")),
        }
    }
    fn is_close(&self, vm: &Vm) -> bool {
        !self.is_send && self.payload.value(vm).is_empty()
    }
    fn stage(&self, vm: &Vm) -> Stage {
        match self
            .this
            .value(vm)
            .as_obj()
            .and_then(|o| o.slot(vm, STAGE).as_small_int())
        {
            Some(0) => Stage::Init,
            Some(1) => Stage::Iterating,
            _ => Stage::Closed,
        }
    }
    fn set_stage(&self, vm: &Vm, stage: Stage) {
        if let Some(o) = self.this.value(vm).as_obj() {
            o.set_slot(vm, STAGE, Value::int32(stage as i32));
        }
    }
    fn name(&self, vm: &Vm) -> &'static str {
        match (self.is_send, self.is_close(vm)) {
            (true, _) => "anext()",
            (_, true) => "aclose()",
            _ => "athrow()",
        }
    }
    fn reused(&self, vm: &Vm) -> Raised {
        vm.runtime_error(if self.is_send {
            "cannot reuse already awaited __anext__()/asend()"
        } else {
            "cannot reuse already awaited aclose()/athrow()"
        })
    }
    /// Takes the generator for itself when it starts.
    fn start(&self, vm: &Vm) -> Py<()> {
        if flag(vm, self.owner, BUSY) {
            self.set_stage(vm, Stage::Closed);
            return Err(vm.runtime_error(format!(
                "{}: asynchronous generator is already running",
                self.name(vm)
            )));
        }
        self.set_stage(vm, Stage::Iterating);
        set_flag(vm, self.owner, BUSY, true);
        Ok(())
    }
    /// Turns the end of a resumption into what the awaiting side sees: a wrapped value is the step's result.
    fn unwrap(&self, vm: &mut Vm, result: Py<Resumed>) -> Py<Ret> {
        let result = match result {
            Ok(Resumed::Yielded) => {
                let word = vm.ret.get();
                if let Some(value) = unwrap_value(vm, word.value(vm)) {
                    set_flag(vm, self.owner, BUSY, false);
                    let value = value.word();
                    Err(generators::stop_with(vm, value))
                } else {
                    return Ok(vm.ret(word.value(vm)));
                }
            }
            Ok(Resumed::Returned) => {
                Err(self.exhausted(vm, vm.raise_with(&exc::STOP_ASYNC_ITERATION, &[])))
            }
            Err(raised) => Err(self.exhausted(vm, raised)),
        };
        self.set_stage(vm, Stage::Closed);
        result
    }
    fn exhausted(&self, vm: &Vm, raised: Raised) -> Raised {
        if vm.raised_is(&raised, &exc::STOP_ASYNC_ITERATION)
            || vm.raised_is(&raised, &exc::GENERATOR_EXIT)
        {
            set_flag(vm, self.owner, CLOSED, true);
        }
        set_flag(vm, self.owner, BUSY, false);
        raised
    }
    /// The end of a resumption of `aclose()`: StopAsyncIteration and GeneratorExit are its success.
    fn unwrap_close(&self, vm: &mut Vm, result: Py<Resumed>) -> Py<Ret> {
        let raised = match result {
            Ok(Resumed::Yielded) => {
                let word = vm.ret.get();
                if unwrap_value(vm, word.value(vm)).is_none() {
                    return Ok(vm.ret(word.value(vm)));
                }
                vm.runtime_error("async generator ignored GeneratorExit")
            }
            Ok(Resumed::Returned) => vm.stop_iteration(Value::NONE),
            Err(raised)
                if vm.raised_is(&raised, &exc::STOP_ASYNC_ITERATION)
                    || vm.raised_is(&raised, &exc::GENERATOR_EXIT) =>
            {
                vm.take_exception(raised);
                vm.stop_iteration(Value::NONE)
            }
            Err(raised) => raised,
        };
        set_flag(vm, self.owner, BUSY, false);
        self.set_stage(vm, Stage::Closed);
        Err(raised)
    }
    fn finish(&self, vm: &mut Vm, result: Py<Resumed>) -> Py<Ret> {
        if self.is_close(vm) {
            self.unwrap_close(vm, result)
        } else {
            self.unwrap(vm, result)
        }
    }
    /// Raises in the generator what the step is about.
    fn begin_throw(&self, vm: &mut Vm) -> Py<Ret> {
        let e = if self.is_close(vm) {
            set_flag(vm, self.owner, CLOSED, true);
            let exit = vm.new_exception(&exc::GENERATOR_EXIT, &[])?.value().word();
            vm.local(exit.value(vm))
        } else {
            let args: Local<k::Tuple> = self.payload.cast(vm).ok_or(Raised(()))?;
            match payload_exception(vm, args) {
                Ok(e) => e,
                Err(raised) => {
                    set_flag(vm, self.owner, BUSY, false);
                    self.set_stage(vm, Stage::Closed);
                    return Err(raised);
                }
            }
        };
        let result = throw_into(vm, self.owner, e, false);
        self.finish(vm, result)
    }
}
/// As `exception_of`, the signature's deprecation having been told.
fn payload_exception(vm: &mut Vm, args: Local<k::Tuple>) -> Py<Local> {
    exception_of(vm, args)
}

fn step_next(vm: &mut Vm, this: Local) -> Py<Ret> {
    let none = vm.local(Value::NONE);
    step_send(vm, this, none)
}
fn step_send(vm: &mut Vm, this: Local, value: Local) -> Py<Ret> {
    let step = Step::of(vm, this)?;
    if step.stage(vm) == Stage::Closed {
        return Err(step.reused(vm));
    }
    if step.is_send {
        let mut value = value;
        if step.stage(vm) == Stage::Init {
            step.start(vm)?;
            if value.value(vm).is_none() {
                value = step.payload;
            }
        }
        let result = generator::send(vm, step.owner, value);
        return step.unwrap(vm, result);
    }
    let finished = step
        .owner
        .value(vm)
        .as_obj()
        .is_none_or(|o| generator::state(vm, o) == State::Finished);
    if finished {
        step.set_stage(vm, Stage::Closed);
        set_flag(vm, step.owner, BUSY, false);
        return Err(vm.stop_iteration(Value::NONE));
    }
    if step.stage(vm) == Stage::Iterating {
        let result = generator::send(vm, step.owner, value);
        return step.finish(vm, result);
    }
    if flag(vm, step.owner, BUSY) {
        return step.start(vm).and_then(|()| step.begin_throw(vm));
    }
    if flag(vm, step.owner, CLOSED) {
        step.set_stage(vm, Stage::Closed);
        return Err(vm.raise_with(&exc::STOP_ASYNC_ITERATION, &[]));
    }
    if !value.value(vm).is_none() {
        return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
    }
    step.start(vm)?;
    step.begin_throw(vm)
}
fn step_throw(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    support::no_keywords(vm, "throw", kwargs)?;
    let step = Step::of(vm, this)?;
    if step.stage(vm) == Stage::Closed {
        return Err(step.reused(vm));
    }
    let e = exception_of(vm, args)?;
    if step.stage(vm) == Stage::Init {
        step.start(vm)?;
    }
    let result = throw_into(vm, step.owner, e, true);
    step.finish(vm, result)
}
fn step_close(vm: &mut Vm, this: Local) -> Py<Ret> {
    let step = Step::of(vm, this)?;
    if step.stage(vm) == Stage::Closed {
        return Ok(vm.ret(Value::NONE));
    }
    let exit = vm.new_exception(&exc::GENERATOR_EXIT, &[])?.value().word();
    let args: Local<k::Tuple> = vm.local_of(vm.new_tuple(&[exit.value(vm)])?.value());
    let none = vm.local(Value::EMPTY);
    match step_throw(vm, this, args, none) {
        Ok(ret) => {
            let _ = ret.get(vm);
            Err(vm.runtime_error("coroutine ignored GeneratorExit"))
        }
        Err(raised)
            if [
                &exc::STOP_ITERATION,
                &exc::STOP_ASYNC_ITERATION,
                &exc::GENERATOR_EXIT,
            ]
            .iter()
            .any(|def| vm.raised_is(&raised, def)) =>
        {
            vm.take_exception(raised);
            Ok(vm.ret(Value::NONE))
        }
        Err(raised) => Err(raised),
    }
}
fn step_finalize(vm: &mut Vm, this: Local) -> Py<()> {
    let step = Step::of(vm, this)?;
    if step.stage(vm) != Stage::Init {
        return Ok(());
    }
    step.set_stage(vm, Stage::Closed);
    let method = match (step.is_send, step.is_close(vm)) {
        (true, _) => "asend",
        (_, true) => "aclose",
        _ => "athrow",
    };
    let owner = step
        .owner
        .value(vm)
        .as_obj()
        .map_or(String::new(), |o| vm.text_of(o.slot(vm, g::QUALNAME)));
    vm.warn(
        &exc::RUNTIME_WARNING,
        &format!("coroutine method '{method}' of '{owner}' was never awaited"),
        1,
    )
}

// ---- anext(iterator, default): slot OWNER the awaitable, slot PAYLOAD the default

/// The awaitable of `anext(iterator, default)` over what `__anext__` gave.
pub fn new_anext_awaitable(vm: &mut Vm, awaitable: Local, default: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let shape = vm
        .type_object(&ANEXT_AWAITABLE)
        .slot(vm, types::ROOT_SHAPE)
        .as_shape(vm);
    let object = vm.new_object(
        Kind::Instance,
        ANEXT_AWAITABLE.id.get().0,
        shape,
        STEP_SLOTS,
    );
    object.set_slot(vm, OWNER, awaitable.value(vm));
    object.set_slot(vm, PAYLOAD, default.value(vm));
    Ok(vm.ret(object.value()))
}
fn default_parts(vm: &mut Vm, this: Local) -> Py<(Local, Local)> {
    let [awaitable, default] = {
        let vm: &Vm = vm;
        match this
            .value(vm)
            .as_obj()
            .filter(|_| vm.has_layout(this.value(vm), &ANEXT_AWAITABLE))
        {
            Some(o) => vm.locals([o.slot(vm, OWNER), o.slot(vm, PAYLOAD)]),
            None => return Err(vm.type_error("not an anext_awaitable")),
        }
    };
    let iterator = generator::awaitable(vm, awaitable, 0)?.keep(vm);
    if generators::is_coroutine(vm, iterator.value(vm)) {
        let wrapper = vm.call_method(iterator, "__await__", &[])?.keep(vm);
        return Ok((wrapper, default));
    }
    Ok((iterator, default))
}
/// StopAsyncIteration means the default.
fn or_default(vm: &mut Vm, result: Py<Ret>, default: Local) -> Py<Ret> {
    match result {
        Err(raised) if vm.raised_is(&raised, &exc::STOP_ASYNC_ITERATION) => {
            vm.take_exception(raised);
            Err(vm.stop_iteration(default.value(vm)))
        }
        other => other,
    }
}
fn default_next(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (iterator, default) = default_parts(vm, this)?;
    let result = vm.call_method(iterator, "__next__", &[]);
    or_default(vm, result, default)
}
fn default_send(vm: &mut Vm, this: Local, value: Local) -> Py<Ret> {
    let (iterator, default) = default_parts(vm, this)?;
    let result = vm.call_method(iterator, "send", &[value]);
    or_default(vm, result, default)
}
fn default_throw(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let (iterator, default) = default_parts(vm, this)?;
    let method = vm.get_attr_str(iterator, "throw")?.keep(vm);
    let result = vm.call_ex(method, args.any(), kwargs);
    or_default(vm, result, default)
}
fn default_close(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (iterator, default) = default_parts(vm, this)?;
    let result = vm.call_method(iterator, "close", &[]);
    or_default(vm, result, default)
}

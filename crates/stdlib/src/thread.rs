//! `_thread` while there is one thread: locks, thread-local data, handles.
//!
//! Starting another thread is refused in one place, [`start`]. A lock that is held can then be released only by a signal handler or a finalizer, which
//! run while a blocked `acquire` waits.

use crate::support::*;
use mesapy_vm::objects::structseq;

mod local;
mod locks;

use locks::allocate;
pub use locks::wait;

pub static MODULE: NativeModule = NativeModule {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: methods! {
        "start_new_thread(function, args, kwargs={}, /)" => static calls start_new(function, args, kwargs), "Start a new thread and return its identifier.";
        "start_new(function, args, kwargs={}, /)" => static calls start_new(function, args, kwargs), "An obsolete synonym of start_new_thread().";
        "start_joinable_thread(function, handle=None, daemon=True)" => static calls start_joinable(function, handle, daemon), "*For internal use only*: start a new thread.";
        "daemon_threads_allowed()" => static leaf daemon_threads_allowed(), "Return True if daemon threads are allowed in the current interpreter,\nand False otherwise.\n";
        "allocate_lock()" => static calls allocate(), "Create a new lock object. See help(type(threading.Lock())) for\ninformation about locks.";
        "allocate()" => static calls allocate(), "An obsolete synonym of allocate_lock().";
        "get_ident()" => static leaf get_ident(), "Return a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously.";
        "_get_main_thread_ident()" => static leaf get_ident(), "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof the main interpreter.";
        "get_native_id()" => static calls get_native_id(), "Return a non-negative integer identifying the thread as reported\nby the OS (kernel).";
        "_count()" => static leaf count(), "Return the number of currently running Python threads, excluding\nthe main thread.";
        "stack_size(size=0, /)" => static calls stack_size(size), "Return the thread stack size used when creating new threads.";
        "exit()" => static calls exit(), "This is synonymous to ``raise SystemExit''.";
        "exit_thread()" => static calls exit(), "An obsolete synonym of exit().";
        "interrupt_main(signum=signal.SIGINT, /)" => static calls interrupt_main(signum), "Simulate the arrival of a signal in the main thread. Nothing happens if Python does not handle it.";
        "_shutdown()" => static leaf shutdown(), "Wait for all non-daemon threads (other than the calling thread) to stop.";
        "_is_main_interpreter()" => static leaf is_main(), "Return True if the current interpreter is the main Python interpreter.";
        "_make_thread_handle(ident, /)" => static calls make_handle(ident), "Internal only. Make a thread handle for threads not spawned\nby the _thread or threading module.";
        "_excepthook(args, /)" => static calls excepthook(args), "Handle uncaught Thread.run() exception.";
        "set_name(name)" => static calls set_name(name), "Set the name of the current thread.";
        "_get_name()" => static leaf get_name(), "Get the name of the current thread.";
    },
    types: &[&locks::LOCK, &locks::RLOCK, &local::LOCAL, &HANDLE],
    init: Some(init),
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    structseq::register(vm, &HOOK_ARGS)?;
    let vm: &Vm = vm;
    set_global(vm, dict, "LockType", vm.type_object(&locks::LOCK).value())?;
    set_global(
        vm,
        dict,
        "_ExceptHookArgs",
        vm.type_object(&HOOK_ARGS.def).value(),
    )?;
    set_global(
        vm,
        dict,
        "error",
        vm.type_object(&exc::RUNTIME_ERROR).value(),
    )?;
    set_global(
        vm,
        dict,
        "TIMEOUT_MAX",
        vm.float(locks::TIMEOUT_MAX_SECONDS),
    )?;
    set_global(vm, dict, "_NAME_MAXLEN", vm.int(15))
}

mesapy_vm::struct_sequence!(pub static HOOK_ARGS = "_thread._ExceptHookArgs", "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.", visible 4, ["exc_type", "exc_value", "exc_traceback", "thread"]);

/// The one place that refuses to start a thread.
fn start(vm: &mut Vm) -> Py<Ret> {
    Err(vm.runtime_error("can't start new thread"))
}
fn start_new(vm: &mut Vm, function: Local, args: Local, kwargs: Option<Local>) -> Py<Ret> {
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if args.value(vm).as_tuple(vm).is_none() {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    if kwargs.is_some_and(|kw| kw.value(vm).as_dict(vm).is_none()) {
        return Err(vm.type_error("optional 3rd arg must be a dictionary"));
    }
    start(vm)
}
fn start_joinable(
    vm: &mut Vm,
    function: Local,
    handle: Option<Local>,
    _daemon: Option<bool>,
) -> Py<Ret> {
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("thread function must be callable"));
    }
    if handle.is_some_and(|h| !h.value(vm).is_none() && !vm.is_exactly(h.value(vm), &HANDLE)) {
        return Err(vm.type_error("'handle' must be a _ThreadHandle"));
    }
    start(vm)
}
fn daemon_threads_allowed(_: &Vm) -> Py<bool> {
    Ok(true)
}
/// The one thread's number.
pub fn ident(vm: &Vm) -> i64 {
    vm.platform().gettid().map_or(1, |t| i64::from(t).max(1))
}
fn get_ident(vm: &Vm) -> Py<i64> {
    Ok(ident(vm))
}
fn get_native_id(vm: &mut Vm) -> Py<i64> {
    Ok(ident(vm))
}
fn count(_: &Vm) -> Py<i64> {
    Ok(0)
}
/// What was asked for; it applies to threads to come.
#[derive(Default)]
struct StackSize(i64);
fn stack_size(vm: &mut Vm, size: Option<i64>) -> Py<i64> {
    let old = vm.state::<StackSize>().0;
    if let Some(size) = size {
        if size < 0 {
            return Err(vm.value_error("size must be 0 or a positive value"));
        }
        const LEAST: i64 = 53248;
        if size != 0 && size < LEAST {
            return Err(vm.value_error(format!("size must be at least {LEAST} bytes")));
        }
        vm.state::<StackSize>().0 = size;
    }
    Ok(old)
}
fn exit(vm: &mut Vm) -> Py<()> {
    Err(vm.raise_with(&exc::SYSTEM_EXIT, &[]))
}
fn interrupt_main(vm: &mut Vm, signum: Option<i64>) -> Py<()> {
    const SIGINT: i64 = 2;
    crate::signal::interrupt(vm, signum.unwrap_or(SIGINT))
}
fn shutdown(_: &Vm) -> Py<()> {
    Ok(())
}
fn is_main(_: &Vm) -> Py<bool> {
    Ok(true)
}
fn set_name(_: &mut Vm, _name: String) -> Py<()> {
    Ok(())
}
fn get_name(_: &Vm) -> Py<&'static str> {
    Ok("mesapy")
}
/// Tells of an exception that ended a thread, on `sys.stderr`.
fn excepthook(vm: &mut Vm, args: Local) -> Py<()> {
    if !vm.is_exactly(args.value(vm), &HOOK_ARGS.def) {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let e = vm.get_attr_str(args, "exc_value")?.keep(vm);
    let thread = vm.get_attr_str(args, "thread")?.keep(vm);
    if vm.is_exception_instance(e.value(vm)) && !vm.is_instance_of(e.value(vm), &exc::SYSTEM_EXIT) {
        let raised = vm.raise_again(e.value(vm));
        mesapy_vm::hooks::unraisable(vm, raised, thread, "Exception in thread");
    }
    Ok(())
}

// ---- handles

const IDENT: usize = 0;
const DONE: usize = 1;
static HANDLE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_thread._ThreadHandle",
    layout: Layout::Slots(2),
    methods: methods! {
        "__new__(cls, /)" => static calls handle_new(cls), "Create and return a new object.  See help(type) for accurate signature.";
        "__repr__(self, /)" => calls handle_repr(this), "Return repr(self).";
        "join(self, timeout=None, /)" => calls handle_join(this, timeout), "";
        "_set_done(self, /)" => calls handle_set_done(this), "";
        "is_done(self, /)" => calls handle_is_done(this), "";
    },
    members: &[("ident", IDENT as u16, "")],
    ..TypeDef::EMPTY
};
fn handle_new(vm: &mut Vm, cls: Local) -> Py<Local> {
    let made = make(vm, cls, &HANDLE)?;
    set_int_slot(vm, made, IDENT, 0);
    set_slot(vm, made, DONE, Value::NONE);
    Ok(made)
}
fn make_handle(vm: &mut Vm, ident: i64) -> Py<Local> {
    let made = make_exact(vm, &HANDLE)?;
    set_int_slot(vm, made, IDENT, ident);
    set_slot(vm, made, DONE, Value::FALSE);
    Ok(made)
}
fn handle_repr(vm: &mut Vm, this: Local) -> Py<String> {
    Ok(format!(
        "<_ThreadHandle object: ident={}>",
        int_slot(vm, this, IDENT)
    ))
}
fn handle_join(vm: &mut Vm, this: Local, _timeout: Option<Local>) -> Py<()> {
    let done = slot(vm, this, DONE);
    if done.is_none() {
        return Err(vm.runtime_error("thread not started"));
    }
    if done == Value::TRUE {
        return Ok(());
    }
    // The only thread there can be a handle of is the one that asks.
    Err(vm.runtime_error("Cannot join current thread"))
}
fn handle_set_done(vm: &mut Vm, this: Local) -> Py<()> {
    if slot(vm, this, DONE).is_none() {
        return Err(vm.runtime_error("thread not started"));
    }
    set_slot(vm, this, DONE, Value::TRUE);
    Ok(())
}
fn handle_is_done(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(slot(vm, this, DONE) == Value::TRUE)
}

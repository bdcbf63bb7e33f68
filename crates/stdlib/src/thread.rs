//! `_thread`: locks, thread-local data, handles, and starting threads. How threads take turns is the VM's: see `mesapy_vm::threads`.

use crate::support::*;
use mesapy_vm::objects::structseq;

mod local;
mod locks;

use locks::allocate;
pub use locks::wait_key;

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
        "_get_main_thread_ident()" => static leaf main_ident(), "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof the main interpreter.";
        "get_native_id()" => static calls get_native_id(), "Return a non-negative integer identifying the thread as reported\nby the OS (kernel).";
        "_count()" => static leaf count(), "Return the number of currently running Python threads, excluding\nthe main thread.";
        "stack_size(size=0, /)" => static calls stack_size(size), "Return the thread stack size used when creating new threads.";
        "exit()" => static calls exit(), "This is synonymous to ``raise SystemExit''.";
        "exit_thread()" => static calls exit(), "An obsolete synonym of exit().";
        "interrupt_main(signum=signal.SIGINT, /)" => static calls interrupt_main(signum), "Simulate the arrival of a signal in the main thread. Nothing happens if Python does not handle it.";
        "_shutdown()" => static calls shutdown(), "Wait for all non-daemon threads (other than the calling thread) to stop.";
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

fn start_new(vm: &mut Vm, function: Local, args: Local, kwargs: Option<Local>) -> Py<i64> {
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if args.value(vm).as_tuple(vm).is_none() {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    if kwargs.is_some_and(|kw| kw.value(vm).as_dict(vm).is_none()) {
        return Err(vm.type_error("optional 3rd arg must be a dictionary"));
    }
    let [none, empty] = vm.locals([Value::NONE, Value::EMPTY]);
    start(vm, [function, args, kwargs.unwrap_or(empty), none], true)
}
fn start(vm: &mut Vm, values: [Local; 4], daemon: bool) -> Py<i64> {
    if vm.is_finalizing() {
        return Err(vm.raise_text(
            &exc::PYTHON_FINALIZATION_ERROR,
            "can't create new thread at interpreter shutdown",
        ));
    }
    match vm.start_thread(values, daemon, run) {
        Some(ident) => Ok(ident),
        None => Err(vm.runtime_error("can't start new thread")),
    }
}
fn start_joinable(
    vm: &mut Vm,
    function: Local,
    handle: Option<Local>,
    daemon: Option<bool>,
) -> Py<Local> {
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let handle = match handle.filter(|h| !h.value(vm).is_none()) {
        Some(h) => h,
        None => {
            let fresh = make_exact(vm, &HANDLE)?;
            set_int_slot(vm, fresh, IDENT, 0);
            set_slot(vm, fresh, DONE, Value::NONE);
            fresh
        }
    };
    if !vm.is_exactly(handle.value(vm), &HANDLE) {
        return Err(vm.type_error("'handle' must be a _ThreadHandle"));
    }
    if !slot(vm, handle, DONE).is_none() {
        return Err(vm.runtime_error("thread already started"));
    }
    let args = vm.local(vm.new_tuple(&[])?.value());
    let empty = vm.local(Value::EMPTY);
    set_slot(vm, handle, DONE, Value::FALSE);
    match start(vm, [function, args, empty, handle], daemon.unwrap_or(true)) {
        Ok(ident) => {
            set_int_slot(vm, handle, IDENT, ident);
            Ok(handle)
        }
        Err(raised) => {
            set_slot(vm, handle, DONE, Value::NONE);
            Err(raised)
        }
    }
}
/// What a thread does: a function with its arguments; then its handle, if it has one, says that it is done.
fn run(vm: &mut Vm, [function, args, kwargs, handle]: [Local; 4]) {
    if vm.is_exactly(handle.value(vm), &HANDLE) {
        let ident = vm.thread_ident();
        set_int_slot(vm, handle, IDENT, ident);
    }
    let result = vm.call_ex(function, args, kwargs).map(|r| {
        r.keep(vm);
    });
    if let Err(raised) = result {
        if vm.raised_is(&raised, &exc::SYSTEM_EXIT) {
            vm.take_exception(raised);
        } else {
            let e = vm.take_exception_local(raised);
            let shown = match vm.repr(function) {
                Ok(text) => {
                    let text = text.keep(vm);
                    vm.text_of(text.value(vm))
                }
                Err(raised) => {
                    vm.take_exception(raised);
                    String::new()
                }
            };
            let none = vm.local(Value::NONE);
            let raised = vm.raise_again(e.value(vm));
            let what = format!("Exception ignored in thread started by {shown}");
            mesapy_vm::hooks::unraisable(vm, raised, none, &what);
        }
    }
    for kept in [function, args, kwargs] {
        kept.set(vm, Value::NONE);
    }
    let ident = vm.thread_ident();
    local::forget_thread(vm, ident);
    if vm.is_exactly(handle.value(vm), &HANDLE) {
        finish(vm, handle);
    }
}
fn finish(vm: &Vm, handle: Local) {
    set_slot(vm, handle, DONE, Value::TRUE);
    vm.wake_all(wait_key(vm, handle));
}
fn daemon_threads_allowed(_: &Vm) -> Py<bool> {
    Ok(true)
}
/// The running thread's number.
pub fn ident(vm: &Vm) -> i64 {
    vm.thread_ident()
}
fn get_ident(vm: &Vm) -> Py<i64> {
    Ok(ident(vm))
}
fn main_ident(vm: &Vm) -> Py<i64> {
    Ok(vm.main_thread_ident())
}
fn get_native_id(vm: &mut Vm) -> Py<i64> {
    Ok(vm.platform().gettid().map_or(1, |t| i64::from(t).max(1)))
}
fn count(vm: &Vm) -> Py<usize> {
    Ok(vm.thread_count())
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
        vm.set_native_stack_bytes(size as usize);
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
fn shutdown(vm: &mut Vm) -> Py<()> {
    vm.join_threads()
}
fn is_main(_: &Vm) -> Py<bool> {
    Ok(true)
}
fn set_name(vm: &mut Vm, name: Local<k::Str>) -> Py<()> {
    let mut bytes = crate::paths::fs_bytes(vm, name.any())?;
    // What the kernel keeps.
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    bytes.truncate(end.min(NAME_MAX));
    vm.set_thread_name(bytes);
    Ok(())
}
const NAME_MAX: usize = 15;
fn get_name(vm: &Vm) -> Py<Value<'_>> {
    let name = vm.thread_name();
    mesapy_vm::sys::fs_str(vm, if name.is_empty() { b"mesapy" } else { &name })
}
/// In the child of a fork: the handles of all threads but this one say that these are done.
pub fn after_fork_in_child(vm: &mut Vm) {
    if !vm.is_registered(&HANDLE) {
        return;
    }
    let (me, layout) = (vm.thread_ident(), HANDLE.id.get().0);
    let vm: &Vm = vm;
    vm.for_each_object(&mut |o| {
        if o.kind(vm) == Kind::Instance
            && o.layout(vm) == layout
            && o.slot(vm, DONE) == Value::FALSE
            && o.slot(vm, IDENT).as_i64(vm) != Some(me)
        {
            o.set_slot(vm, DONE, Value::TRUE);
        }
    });
}
/// Tells of an exception that ended a thread, on `sys.stderr`. CPython: Modules/_threadmodule.c, thread_excepthook.
fn excepthook(vm: &mut Vm, args: Local) -> Py<()> {
    if !vm.is_exactly(args.value(vm), &HOOK_ARGS.def) {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let class = vm.get_attr_str(args, "exc_type")?.keep(vm);
    if class.value(vm) == vm.type_object(&exc::SYSTEM_EXIT).value() {
        return Ok(());
    }
    let e = vm.get_attr_str(args, "exc_value")?.keep(vm);
    let traceback = vm.get_attr_str(args, "exc_traceback")?.keep(vm);
    let thread = vm.get_attr_str(args, "thread")?.keep(vm);
    let sys = mesapy_vm::import::import_module(vm, "sys")?;
    let file = vm.lookup_attr_str(sys, "stderr")?.map(|r| r.keep(vm));
    let file = match file.filter(|f| !f.value(vm).is_none()) {
        Some(f) => f,
        None if thread.value(vm).is_none() => return Ok(()),
        None => {
            let own = vm.get_attr_str(thread, "_stderr")?.keep(vm);
            if own.value(vm).is_none() {
                return Ok(());
            }
            own
        }
    };
    let name = if thread.value(vm).is_none() {
        None
    } else {
        vm.lookup_attr_str(thread, "name")?.map(|r| r.keep(vm))
    };
    let name = match name {
        Some(name) => {
            let text = vm.str(name)?.keep(vm);
            vm.text_of(text.value(vm))
        }
        None => vm.thread_ident().to_string(),
    };
    let head = vm.local(
        vm.new_str(format!("Exception in thread {name}:\n").as_bytes())?
            .value(),
    );
    let _: Ret = vm.call_method(file, "write", &[head])?;
    if vm.is_exception_instance(e.value(vm)) {
        if !traceback.value(vm).is_none() {
            vm.set_attr_str(e, "__traceback__", traceback)?;
        }
        let stderr = vm.lookup_attr_str(sys, "stderr")?.map(|r| r.keep(vm));
        if stderr.is_some_and(|s| s.value(vm) == file.value(vm)) {
            mesapy_vm::hooks::print_exception(vm, e);
        } else {
            let print = imported(vm, "traceback", "print_exception")?;
            vm.call_kw(print, &[e], &[("file", file)])?.keep(vm);
        }
    } else {
        let format = imported(vm, "traceback", "print_exception")?;
        vm.call_kw(format, &[class, e, traceback], &[("file", file)])?
            .keep(vm);
    }
    let _: Ret = vm.call_method(file, "flush", &[])?;
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
fn handle_join(vm: &mut Vm, this: Local, timeout: Option<Local>) -> Py<()> {
    let timeout = timeout.filter(|t| !t.value(vm).is_none());
    let patience = match timeout {
        Some(t) => {
            let seconds = vm.to_f64(t)?;
            if seconds < 0.0 {
                None
            } else if seconds > locks::TIMEOUT_MAX_SECONDS {
                return Err(vm.overflow_error("timeout value is too large"));
            } else {
                Some((seconds * 1e9) as u64)
            }
        }
        None => None,
    };
    let done = slot(vm, this, DONE);
    if done.is_none() {
        return Err(vm.runtime_error("thread not started"));
    }
    if done == Value::TRUE {
        return Ok(());
    }
    if int_slot(vm, this, IDENT) == vm.thread_ident() {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    if vm.is_finalizing() {
        // Other threads don't run any more.
        return Err(vm.raise_text(
            &exc::PYTHON_FINALIZATION_ERROR,
            "cannot join thread at interpreter shutdown",
        ));
    }
    let key = wait_key(vm, this);
    vm.wait_until(key, patience, |vm| slot(vm, this, DONE) == Value::TRUE)?;
    Ok(())
}
fn handle_set_done(vm: &mut Vm, this: Local) -> Py<()> {
    if slot(vm, this, DONE).is_none() {
        return Err(vm.runtime_error("thread not started"));
    }
    finish(vm, this);
    Ok(())
}
fn handle_is_done(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(slot(vm, this, DONE) == Value::TRUE)
}

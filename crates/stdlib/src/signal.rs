//! `_signal`: handlers are Python objects here, and run at safepoints of the interpreter.
//!
//! The platform only notes a signal and raises a bit of the interpreter's breaker, which the next safepoint sees. The signal handler needs the breaker for as long as
//! the process lives, so one reference to it is leaked when the interpreter that handles signals is chosen.

use mesapy_heap::Value;
use mesapy_platform::{Disposition, IntervalTimer, NSIG, Time, consts};
use mesapy_vm::gc::breaker;
use mesapy_vm::local::{Local, Py, Ret, k};
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::vm::{Pinned, Vm};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

const SIGINT: i32 = 2;
const SIGPIPE: i32 = 13;

pub static MODULE: NativeModule = NativeModule {
    name: "_signal",
    doc: "This module provides mechanisms to use signal handlers in Python.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "signal(signalnum, handler, /)" => static calls signal(number, handler), "Set the action for the given signal.";
    "getsignal(signalnum, /)" => static calls getsignal(number), "Return the current action for the given signal.";
    "default_int_handler(signalnum, frame, /)" => static calls default_int_handler(number, frame), "The default handler for SIGINT installed by Python.";
    "raise_signal(signalnum, /)" => static calls raise_signal(number), "Send a signal to the executing process.";
    "strsignal(signalnum, /)" => static calls strsignal(number), "Return the system description of the given signal.";
    "alarm(seconds, /)" => static calls alarm(seconds), "Arrange for SIGALRM to arrive after the given number of seconds.";
    "pause()" => static calls pause(), "Wait until a signal arrives.";
    "setitimer(which, seconds, interval=0.0, /)" => static calls setitimer(which, seconds, interval), "Sets given itimer.";
    "getitimer(which, /)" => static calls getitimer(which), "Returns current value of given itimer.";
    "siginterrupt(signalnum, flag, /)" => static calls siginterrupt(number, flag), "Change system call restart behaviour.";
    "set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)" => static calls set_wakeup_fd(fd, warn), "Sets the fd to be written to (with the signal number) when a signal comes in.";
    "pthread_sigmask(how, mask, /)" => static calls pthread_sigmask(how, mask), "Fetch and/or change the signal mask of the calling thread.";
    "pthread_kill(thread_id, signalnum, /)" => static calls pthread_kill(thread, number), "Send a signal to a thread.";
    "sigpending()" => static calls sigpending(), "Examine pending signals.";
    "sigwait(sigset, /)" => static calls sigwait(set), "Wait for a signal.";
    "valid_signals()" => static calls valid_signals(), "Return a set of valid signal numbers on this platform.";
};

/// The handlers of an interpreter, by signal number.
#[derive(Default)]
struct Handlers {
    installed: bool,
    table: Vec<Option<Pinned>>,
}

/// Wires signals to this interpreter: SIGINT becomes KeyboardInterrupt, SIGPIPE is ignored. Also when `_signal` is first imported.
pub fn install(vm: &mut Vm) -> Py<()> {
    if vm.state::<Handlers>().installed {
        return Ok(());
    }
    let state = vm.state::<Handlers>();
    state.installed = true;
    state.table = vec![None; NSIG as usize];
    // The word must outlive the process's handlers: one reference is never given back.
    let word: &'static Arc<AtomicU32> = Box::leak(Box::new(vm.heap.breaker().clone()));
    let _ = vm.platform().wake_on_signal(word, breaker::SIGNAL);
    vm.set_signal_hook(run_handlers);
    let _ = vm.platform().set_disposition(SIGPIPE, Disposition::Ignore);
    if vm.platform().disposition(SIGINT) == Ok(Disposition::Default) {
        let _ = vm
            .platform()
            .set_disposition(SIGINT, Disposition::Note { restart: false });
    }
    Ok(())
}
/// Runs the handlers of the signals that have arrived.
fn run_handlers(vm: &mut Vm) -> Py<()> {
    let mut pending = vm.platform().take_pending().unwrap_or(0);
    while pending != 0 {
        let number = pending.trailing_zeros() as i32 + 1;
        pending &= pending - 1;
        let handler = vm
            .state::<Handlers>()
            .table
            .get(number as usize)
            .copied()
            .flatten();
        let result = match handler {
            None if number == SIGINT => Err(vm.raise_with(&exc::KEYBOARD_INTERRUPT, &[])),
            None => Ok(()),
            Some(pin) => vm.scope(|vm| {
                let handler = vm.local(vm.pinned(pin));
                // None, SIG_DFL and SIG_IGN have nothing to call.
                if !vm.is_callable(handler.value(vm)) || vm.is_int(handler.value(vm)) {
                    return Ok(());
                }
                let (n, frame) = (vm.local(vm.int(i64::from(number))), current_frame(vm)?);
                vm.call(handler, &[n, frame]).map(|r| {
                    r.keep(vm);
                })
            }),
        };
        if let Err(raised) = result {
            // The others wait for the next safepoint.
            for later in 1..NSIG {
                if pending & (1 << (later - 1)) != 0 {
                    let _ = vm.platform().simulate(later);
                }
            }
            return Err(raised);
        }
    }
    Ok(())
}
/// Does what the arrival of a signal does, if Python handles it.
pub fn interrupt(vm: &mut Vm, n: i64) -> Py<()> {
    let n = number(vm, n)?;
    if let Ok(Disposition::Note { .. }) = vm.platform().disposition(n) {
        let simulated = vm.platform().simulate(n);
        platform(vm, simulated)?;
        vm.poll()?;
    }
    Ok(())
}
/// The interrupted frame, for handlers; None where `sys` can't tell.
fn current_frame(vm: &mut Vm) -> Py<Local> {
    let found = (|| -> Py<Local> {
        let sys = mesapy_vm::import::import_module(vm, "sys")?;
        Ok(vm.call_method(sys, "_getframe", &[])?.keep(vm))
    })();
    match found {
        Ok(frame) => Ok(frame),
        Err(raised) => {
            vm.take_exception(raised);
            Ok(vm.local(Value::NONE))
        }
    }
}

fn number(vm: &Vm, n: i64) -> Py<i32> {
    match i32::try_from(n) {
        Ok(n) if (1..NSIG).contains(&n) => Ok(n),
        _ => Err(vm.value_error("signal number out of range")),
    }
}
fn platform<T>(vm: &Vm, result: mesapy_platform::OsResult<T>) -> Py<T> {
    result.map_err(|e| vm.platform_error(e, None))
}
/// What Python sees as a signal's handler.
fn handler_value(vm: &mut Vm, n: i32) -> Py<Local> {
    if let Some(pin) = vm
        .state::<Handlers>()
        .table
        .get(n as usize)
        .copied()
        .flatten()
    {
        return Ok(vm.local(vm.pinned(pin)));
    }
    Ok(match vm.platform().disposition(n) {
        Ok(Disposition::Default) => vm.local(vm.int(0)),
        Ok(Disposition::Ignore) => vm.local(vm.int(1)),
        Ok(Disposition::Note { .. }) if n == SIGINT => {
            let module = mesapy_vm::import::import_module(vm, "_signal")?;
            vm.get_attr_str(module, "default_int_handler")?.keep(vm)
        }
        _ => vm.local(Value::NONE),
    })
}
fn signal(vm: &mut Vm, n: i64, handler: Local) -> Py<Ret> {
    let n = number(vm, n)?;
    let is_int = vm.is_int(handler.value(vm));
    let new = if is_int {
        match vm.index(handler)? {
            0 => Disposition::Default,
            1 => Disposition::Ignore,
            _ => return Err(bad_handler(vm)),
        }
    } else if vm.is_callable(handler.value(vm)) {
        Disposition::Note { restart: false }
    } else {
        return Err(bad_handler(vm));
    };
    let old = handler_value(vm, n)?;
    vm.poll()?;
    let done = vm.platform().set_disposition(n, new);
    platform(vm, done)?;
    let pin = if is_int {
        None
    } else {
        Some(vm.pin(handler.value(vm)))
    };
    let before = vm
        .state::<Handlers>()
        .table
        .get_mut(n as usize)
        .and_then(|place| std::mem::replace(place, pin));
    if let Some(before) = before {
        vm.unpin(before);
    }
    Ok(vm.ret(old.value(vm)))
}
fn bad_handler(vm: &Vm) -> mesapy_vm::Raised {
    vm.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
}
fn getsignal(vm: &mut Vm, n: i64) -> Py<Local> {
    let n = number(vm, n)?;
    handler_value(vm, n)
}
fn default_int_handler(vm: &mut Vm, _: Local, _: Local) -> Py<()> {
    Err(vm.raise_with(&exc::KEYBOARD_INTERRUPT, &[]))
}
fn raise_signal(vm: &mut Vm, n: i64) -> Py<()> {
    let n = i32::try_from(n).unwrap_or(-1);
    let done = vm.platform().raise_signal(n);
    platform(vm, done)?;
    vm.poll()
}
fn strsignal(vm: &mut Vm, n: i64) -> Py<Option<String>> {
    let n = number(vm, n)?;
    Ok(mesapy_platform::strsignal(n))
}
fn alarm(vm: &mut Vm, seconds: i64) -> Py<i64> {
    let left = vm.platform().alarm(seconds as u32);
    platform(vm, left).map(i64::from)
}
fn pause(vm: &mut Vm) -> Py<()> {
    let _ = vm.blocking(|o| o.pause());
    vm.poll()
}
fn duration(vm: &Vm, seconds: f64) -> Py<Time> {
    if seconds.is_nan() || seconds.abs() > 9e9 {
        return Err(vm.value_error("timer value out of range"));
    }
    Time::from_nanos((seconds * 1e9).ceil() as i128)
        .ok_or_else(|| vm.value_error("timer value out of range"))
}
fn timer_value(vm: &Vm, t: IntervalTimer) -> Py<Ret> {
    let float = |t: Time| vm.float(t.seconds as f64 + f64::from(t.nanos) * 1e-9);
    Ok(vm.ret(vm.new_tuple(&[float(t.first), float(t.interval)])?.value()))
}
fn timer_error(vm: &mut Vm, e: mesapy_platform::OsError) -> Py<Ret> {
    let module = mesapy_vm::import::import_module(vm, "_signal")?;
    let class = vm.get_attr_str(module, "ItimerError")?.keep(vm);
    let [number, text] = {
        let vm: &Vm = vm;
        vm.locals([
            vm.int(i64::from(e.errno)),
            vm.new_str(e.message().as_bytes())?.value(),
        ])
    };
    let made = vm.call(class, &[number, text])?.keep(vm);
    Err(vm.raise(made.value(vm)))
}
fn setitimer(vm: &mut Vm, which: i64, seconds: f64, interval: Option<f64>) -> Py<Ret> {
    let timer = IntervalTimer {
        first: duration(vm, seconds)?,
        interval: duration(vm, interval.unwrap_or(0.0))?,
    };
    match vm.platform().setitimer(which as u32, timer) {
        Ok(old) => timer_value(vm, old),
        Err(e) => timer_error(vm, e),
    }
}
fn getitimer(vm: &mut Vm, which: i64) -> Py<Ret> {
    match vm.platform().getitimer(which as u32) {
        Ok(t) => timer_value(vm, t),
        Err(e) => timer_error(vm, e),
    }
}
fn siginterrupt(vm: &mut Vm, n: i64, interrupt: bool) -> Py<()> {
    let n = number(vm, n)?;
    let now = vm.platform().disposition(n);
    if let Disposition::Note { .. } = platform(vm, now)? {
        let done = vm.platform().set_disposition(
            n,
            Disposition::Note {
                restart: !interrupt,
            },
        );
        platform(vm, done)?;
    }
    Ok(())
}
fn set_wakeup_fd(vm: &mut Vm, fd: i64, _: Option<bool>) -> Py<i64> {
    let fd = i32::try_from(fd).unwrap_or(-1);
    if fd >= 0 {
        let blocking = vm.platform().get_blocking(fd);
        if platform(vm, blocking)? {
            return Err(vm.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    let old = vm.platform().set_wakeup_fd(fd);
    platform(vm, old).map(i64::from)
}
/// A mask of an iterable of signal numbers.
fn mask_of(vm: &mut Vm, set: Local) -> Py<u64> {
    let items = vm.iter(set)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut mask = 0u64;
    while vm.next_into(items, item)? {
        let n = match vm.index(item) {
            Ok(n) => n,
            Err(raised) if vm.raised_is(&raised, &exc::OVERFLOW_ERROR) => {
                vm.take_exception(raised);
                i64::MAX
            }
            Err(raised) => return Err(raised),
        };
        match i32::try_from(n) {
            Ok(n) if (1..NSIG).contains(&n) => mask |= 1 << (n - 1),
            _ => {
                return Err(
                    vm.value_error(format!("signal number {n} out of range [1; {}]", NSIG - 1))
                );
            }
        }
    }
    Ok(mask)
}
fn set_of(vm: &mut Vm, mask: u64) -> Py<Ret> {
    let list = vm.local(vm.new_list(&[])?.value());
    {
        let vm: &Vm = vm;
        for n in (1..i64::from(NSIG)).filter(|n| mask & (1 << (n - 1)) != 0) {
            if let Some(l) = list.value(vm).as_list(vm) {
                l.push(vm, vm.int(n))?;
            }
        }
    }
    let builtins = mesapy_vm::import::import_module(vm, "builtins")?;
    vm.call_method(builtins, "set", &[list])
}
fn pthread_sigmask(vm: &mut Vm, how: i64, set: Local) -> Py<Ret> {
    let mask = mask_of(vm, set)?;
    let old = vm.platform().pthread_sigmask(how as i32, mask);
    let old = platform(vm, old)?;
    vm.poll()?;
    set_of(vm, old)
}
/// Signals are the main thread's to handle, so the process is as good as any of its threads.
fn pthread_kill(vm: &mut Vm, thread: i64, n: i64) -> Py<()> {
    const ESRCH: i32 = 3;
    let n = i32::try_from(n).unwrap_or(-1);
    if !vm.has_thread(thread) {
        return Err(vm.os_error(ESRCH, None));
    }
    let done = if vm.thread_ident() == thread && vm.is_main_thread() {
        vm.platform().raise_signal(n)
    } else {
        vm.platform()
            .getpid()
            .and_then(|pid| vm.platform().kill(pid, n))
    };
    platform(vm, done)?;
    vm.poll()
}
fn sigpending(vm: &mut Vm) -> Py<Ret> {
    let set = vm.platform().sigpending();
    let set = platform(vm, set)?;
    set_of(vm, set)
}
fn sigwait(vm: &mut Vm, set: Local) -> Py<i64> {
    let mask = mask_of(vm, set)?;
    let n = vm.blocking(|o| o.sigwait(mask));
    platform(vm, n).map(i64::from)
}
fn valid_signals(vm: &mut Vm) -> Py<Ret> {
    // 32 and 33 belong to the threads library.
    set_of(vm, !(1 << 31) & !(1 << 32))
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    install(vm)?;
    let [name, bases, space] = {
        let vm: &Vm = vm;
        let bases = vm.new_tuple(&[vm.type_object(&exc::OS_ERROR).value()])?;
        let space = vm.new_dict();
        space.set_str(vm, vm.intern(b"__module__"), vm.intern(b"signal").value())?;
        vm.locals([
            vm.intern(b"itimer_error").value(),
            bases.value(),
            space.value(),
        ])
    };
    let class = vm.local(vm.type_object(&mesapy_vm::objects::type_::TYPE).value());
    let error = vm.call(class, &[name, bases, space])?.keep(vm);
    let vm: &Vm = vm;
    let d = dict.get(vm);
    for (name, value) in consts::SIGNAL {
        d.set_str(vm, vm.intern(name.as_bytes()), vm.int(*value))?;
    }
    d.set_str(vm, vm.intern(b"SIG_DFL"), vm.int(0))?;
    d.set_str(vm, vm.intern(b"SIG_IGN"), vm.int(1))?;
    d.set_str(vm, vm.intern(b"NSIG"), vm.int(i64::from(NSIG)))?;
    d.set_str(vm, vm.intern(b"ItimerError"), error.value(vm))?;
    Ok(())
}

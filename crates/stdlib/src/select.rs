//! `select`: waiting for descriptors, by `select`, `poll` objects and `epoll`.

use crate::posix::{c_int, descriptor, run};
use crate::support::*;
use mesapy_platform::{OsResult, Platform, PollRequest, SelectSets, Time, consts};

pub static MODULE: NativeModule = NativeModule {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    functions: FUNCTIONS,
    types: &[&EPOLL],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "select(rlist, wlist, xlist, timeout=None, /)" => static calls select(r, w, x, timeout), "Wait until one or more file descriptors are ready for some kind of I/O.";
    "poll()" => static calls new_poll(), "Returns a polling object.";
};
const MONOTONIC: i32 = 1;
const ENOENT: i32 = 2;

/// When a wait ends; None is never. `unit` is how many nanoseconds 1 stands for.
fn deadline(vm: &mut Vm, timeout: Option<Local>, unit: i64, negative_ok: bool) -> Py<Option<i128>> {
    let Some(t) = timeout.filter(|t| !t.value(vm).is_none()) else {
        return Ok(None);
    };
    let nanos = if vm.is_int(t.value(vm)) {
        i128::from(vm.index(t)?) * i128::from(unit)
    } else if t.value(vm).as_f64(vm).is_some()
        || vm.special_of(t.value(vm), Dunder::Float).is_some()
    {
        let f = vm.to_f64(t)?;
        if f.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        (f * unit as f64).ceil() as i128
    } else {
        return Err(vm.type_error(if unit == 1_000_000 {
            "timeout must be an integer or None"
        } else if negative_ok {
            "timeout must be a real number or None"
        } else {
            "timeout must be a float or None"
        }));
    };
    if nanos > i128::from(i64::MAX) {
        return Err(vm.overflow_error("timeout is too large"));
    }
    if nanos < 0 {
        if negative_ok {
            return Ok(None);
        }
        return Err(vm.value_error("timeout must be non-negative"));
    }
    let now = run(vm, |o| o.clock_time(MONOTONIC))?;
    Ok(Some(now.as_nanos() + nanos))
}
/// Waits again after signals, for what is left of the time.
fn wait<T>(
    vm: &mut Vm,
    until: Option<i128>,
    mut call: impl FnMut(&dyn Platform, Option<Time>) -> OsResult<T>,
) -> Py<T> {
    run(vm, |o| {
        let left = match until {
            Some(end) => Time::from_nanos((end - o.clock_time(MONOTONIC)?.as_nanos()).max(0)),
            None => None,
        };
        call(o, left)
    })
}
/// The objects of a list and their descriptors.
fn watched(vm: &mut Vm, list: Local) -> Py<(Local, Vec<i32>)> {
    if vm.special_of(list.value(vm), Dunder::Iter).is_none() {
        return Err(vm.type_error("arguments 1-3 must be sequences"));
    }
    let copy = vm.list_from_iterable(list)?.keep(vm);
    let mut fds = Vec::new();
    while let Some(item) = copy.value(vm).as_list(vm).and_then(|l| l.at(vm, fds.len())) {
        let item = vm.local(item);
        let fd = descriptor(vm, item)?;
        if fd < 0 {
            return Err(vm.value_error(format!(
                "file descriptor cannot be a negative integer ({fd})"
            )));
        }
        fds.push(fd);
    }
    Ok((copy, fds))
}
fn select(vm: &mut Vm, r: Local, w: Local, x: Local, timeout: Option<Local>) -> Py<Ret> {
    let until = deadline(vm, timeout, 1_000_000_000, false)?;
    let (r, read) = watched(vm, r)?;
    let (w, write) = watched(vm, w)?;
    let (x, except) = watched(vm, x)?;
    let sets = SelectSets {
        read,
        write,
        except,
    };
    let ready = wait(vm, until, |o, left| o.select(&sets, left))?;
    let vm: &Vm = vm;
    let mut out = Vec::new();
    for (objects, fds, ready) in [
        (r, &sets.read, &ready.read),
        (w, &sets.write, &ready.write),
        (x, &sets.except, &ready.except),
    ] {
        let list = vm.new_list(&[])?;
        for (i, fd) in fds.iter().enumerate() {
            let object = objects.value(vm).as_list(vm).and_then(|l| l.at(vm, i));
            if let Some(object) = object.filter(|_| ready.contains(fd)) {
                list.push(vm, object)?;
            }
        }
        out.push(list.value());
    }
    Ok(vm.ret(vm.new_tuple(&out)?.value()))
}

// ---- poll objects

/// The dict of descriptors and events of a poll object; the descriptor of an epoll object, -1 when closed.
const STATE: usize = 0;

pub static POLL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "select.poll",
    layout: Layout::Slots(1),
    flags: TypeFlags::NO_NEW,
    methods: POLL_METHODS,
    ..TypeDef::EMPTY
};
static POLL_METHODS: &[Method] = methods! {
    "register(self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)" => calls poll_register(this, fd, events), "Register a file descriptor with the polling object.";
    "modify(self, fd, eventmask, /)" => calls poll_modify(this, fd, events), "Modify an already registered file descriptor.";
    "unregister(self, fd, /)" => calls poll_unregister(this, fd), "Remove a file descriptor being tracked by the polling object.";
    "poll(self, timeout=None, /)" => calls poll_poll(this, timeout), "Polls the set of registered file descriptors.";
};
fn new_poll(vm: &mut Vm) -> Py<Local> {
    let vm: &Vm = vm;
    let made = make_exact(vm, &POLL)?;
    set_slot(vm, made, STATE, vm.new_dict().value());
    Ok(made)
}
fn mask(vm: &Vm, events: i64) -> Py<u16> {
    u16::try_from(events).map_err(|_| {
        if events < 0 {
            vm.value_error("value must be positive")
        } else {
            vm.overflow_error("Python int too large for C unsigned short")
        }
    })
}
fn poll_register(vm: &mut Vm, this: Local, fd: Local, events: Option<i64>) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let events = mask(vm, events.unwrap_or(7))?;
    let [key, value] = vm.locals([vm.int(i64::from(fd)), vm.int(i64::from(events))]);
    let table = slot_local(vm, this, STATE);
    vm.set_item(table, key, value)
}
fn poll_modify(vm: &mut Vm, this: Local, fd: Local, events: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let events = mask(vm, events)?;
    let [key, value] = vm.locals([vm.int(i64::from(fd)), vm.int(i64::from(events))]);
    let table = slot_local(vm, this, STATE);
    if !vm.contains(table, key)? {
        return Err(vm.os_error(ENOENT, None));
    }
    vm.set_item(table, key, value)
}
fn poll_unregister(vm: &mut Vm, this: Local, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let key = vm.local(vm.int(i64::from(fd)));
    let table = slot_local(vm, this, STATE);
    vm.del_item(table, key)
}
fn poll_poll(vm: &mut Vm, this: Local, timeout: Option<Local>) -> Py<Ret> {
    let until = deadline(vm, timeout, 1_000_000, true)?;
    let table = slot_local(vm, this, STATE);
    let items = vm.call_method(table, "items", &[])?.keep(vm);
    let items = vm.list_from_iterable(items)?.keep(vm);
    let mut requests = Vec::new();
    while let Some(pair) = items
        .value(vm)
        .as_list(vm)
        .and_then(|l| l.at(vm, requests.len()))
    {
        let number = |i| {
            let item = pair.as_tuple(vm).and_then(|t| t.at(vm, i));
            item.and_then(|v| v.as_i64(vm)).unwrap_or(0)
        };
        requests.push(PollRequest {
            fd: number(0) as i32,
            events: number(1) as u16 as i16,
            ready: 0,
        });
    }
    wait(vm, until, |o, left| o.poll(&mut requests, left))?;
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for r in requests.iter().filter(|r| r.ready != 0) {
        let pair = [vm.int(i64::from(r.fd)), vm.int(i64::from(r.ready as u16))];
        list.push(vm, vm.new_tuple(&pair)?.value())?;
    }
    Ok(vm.ret(list.value()))
}

// ---- epoll

pub static EPOLL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "select.epoll",
    doc: "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object",
    layout: Layout::Slots(1),
    methods: EPOLL_METHODS,
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| {
            let closed = int_slot(vm, this, STATE) < 0;
            Ok(vm.ret(Value::bool(closed)))
        },
        set: None,
        doc: "True if the epoll handler is closed",
    }],
    ..TypeDef::EMPTY
};
static EPOLL_METHODS: &[Method] = methods! {
    "__new__(cls, sizehint=-1, flags=0)" => static calls epoll_new(cls, size, flags), "Create and return a new object.  See help(type) for accurate signature.";
    "fromfd(type, fd, /)" => class calls epoll_fromfd(cls, fd), "Create an epoll object from a given control fd.";
    "close(self, /)" => calls epoll_close(this), "Close the epoll control file descriptor.";
    "fileno(self, /)" => calls epoll_fileno(this), "Return the epoll control file descriptor.";
    "register(self, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)" => calls epoll_register(this, fd, events), "Registers a new fd or raises an OSError if the fd is already registered.";
    "modify(self, fd, eventmask)" => calls epoll_modify(this, fd, events), "Modify event mask for a registered file descriptor.";
    "unregister(self, fd)" => calls epoll_unregister(this, fd), "Remove a registered file descriptor from the epoll object.";
    "poll(self, timeout=None, maxevents=-1)" => calls epoll_poll(this, timeout, maxevents), "Wait for events on the epoll file descriptor.";
    "__enter__(self, /)" => calls epoll_enter(this), "";
    "__exit__(self, exc_type=None, exc_value=None, exc_tb=None, /)" => calls epoll_exit(this, a, b, c), "";
};
/// Events that one `poll` gives if the program does not say.
const EVENTS: i64 = 1023;
const CTL_ADD: i32 = 1;
const CTL_DEL: i32 = 2;
const CTL_MOD: i32 = 3;

fn epoll_new(vm: &mut Vm, cls: Local, size: Option<i64>, flags: Option<i64>) -> Py<Local> {
    if size.is_some_and(|s| s != -1 && s <= 0) {
        return Err(vm.value_error("sizehint must be positive or -1"));
    }
    if flags.is_some_and(|f| f & !0o2000000 != 0) {
        return Err(vm.os_error(22, None));
    }
    let made = make(vm, cls, &EPOLL)?;
    set_int_slot(vm, made, STATE, -1);
    let fd = run(vm, |o| o.epoll_create())?;
    set_int_slot(vm, made, STATE, i64::from(fd));
    Ok(made)
}
fn epoll_fromfd(vm: &mut Vm, cls: Local, fd: i64) -> Py<Local> {
    let fd = c_int(vm, fd)?;
    let made = make(vm, cls, &EPOLL)?;
    set_int_slot(vm, made, STATE, i64::from(fd));
    Ok(made)
}
fn open(vm: &Vm, this: Local) -> Py<i32> {
    match i32::try_from(int_slot(vm, this, STATE)) {
        Ok(fd) if fd >= 0 => Ok(fd),
        _ => Err(vm.value_error("I/O operation on closed epoll object")),
    }
}
fn epoll_close(vm: &mut Vm, this: Local) -> Py<()> {
    let Ok(fd) = i32::try_from(int_slot(vm, this, STATE)) else {
        return Ok(());
    };
    set_int_slot(vm, this, STATE, -1);
    if fd < 0 {
        return Ok(());
    }
    run(vm, |o| o.close(fd))
}
fn epoll_fileno(vm: &mut Vm, this: Local) -> Py<i64> {
    open(vm, this).map(i64::from)
}
fn control(vm: &mut Vm, this: Local, operation: i32, fd: Local, events: i64) -> Py<()> {
    let epoll = open(vm, this)?;
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.epoll_control(epoll, operation, fd, events as u32))
}
fn epoll_register(vm: &mut Vm, this: Local, fd: Local, events: Option<i64>) -> Py<()> {
    control(vm, this, CTL_ADD, fd, events.unwrap_or(7))
}
fn epoll_modify(vm: &mut Vm, this: Local, fd: Local, events: i64) -> Py<()> {
    control(vm, this, CTL_MOD, fd, events)
}
fn epoll_unregister(vm: &mut Vm, this: Local, fd: Local) -> Py<()> {
    control(vm, this, CTL_DEL, fd, 0)
}
fn epoll_poll(vm: &mut Vm, this: Local, timeout: Option<Local>, maxevents: Option<i64>) -> Py<Ret> {
    let epoll = open(vm, this)?;
    let until = deadline(vm, timeout, 1_000_000_000, true)?;
    let n = match maxevents.unwrap_or(-1) {
        -1 => EVENTS,
        n if n > 0 => n,
        n => {
            return Err(vm.value_error(format!("maxevents must be greater than 0, got {n}")));
        }
    };
    let events = wait(vm, until, |o, left| o.epoll_wait(epoll, n as usize, left))?;
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for e in events {
        let pair = [vm.int(i64::from(e.fd)), vm.int(i64::from(e.events))];
        list.push(vm, vm.new_tuple(&pair)?.value())?;
    }
    Ok(vm.ret(list.value()))
}
fn epoll_enter(vm: &mut Vm, this: Local) -> Py<Local> {
    open(vm, this)?;
    Ok(this)
}
fn epoll_exit(
    vm: &mut Vm,
    this: Local,
    _: Option<Local>,
    _: Option<Local>,
    _: Option<Local>,
) -> Py<()> {
    epoll_close(vm, this)
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (name, value) in consts::SELECT {
        set_global(vm, dict, name, vm.int(*value))?;
    }
    // The name `poll` belongs to the function that makes them.
    vm.register_type(&POLL)?;
    set_global(vm, dict, "error", vm.type_object(&exc::OS_ERROR).value())
}

//! `lock` and `RLock`.

use crate::support::*;

pub const TIMEOUT_MAX_SECONDS: f64 = 9_223_372_036.0;

const HELD: usize = 0;
pub static LOCK: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_thread.lock",
    doc: "A lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().",
    layout: Layout::Slots(1),
    flags: TypeFlags::WEAKREF,
    methods: methods! {
        "__new__(cls, /)" => static calls lock_new(cls), "Create and return a new object.  See help(type) for accurate signature.";
        "__repr__(self, /)" => calls lock_repr(this), "Return repr(self).";
        "acquire(self, /, blocking=True, timeout=-1)" => calls lock_acquire(this, blocking, timeout), "Lock the lock.";
        "acquire_lock(self, /, blocking=True, timeout=-1)" => calls lock_acquire(this, blocking, timeout), "An obsolete synonym of acquire().";
        "release(self, /)" => calls lock_release(this), "Release the lock.";
        "release_lock(self, /)" => calls lock_release(this), "An obsolete synonym of release().";
        "locked(self, /)" => calls lock_locked(this), "Return whether the lock is in the locked state.";
        "locked_lock(self, /)" => calls lock_locked(this), "An obsolete synonym of locked().";
        "__enter__(self, /)" => calls lock_enter(this), "Lock the lock.";
        "__exit__(self, /, *exc_info)" => calls lock_exit(this, info), "Release the lock.";
        "_at_fork_reinit(self, /)" => calls lock_reinit(this), "";
    },
    ..TypeDef::EMPTY
};

const COUNT: usize = 0;
const OWNER: usize = 1;
pub static RLOCK: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_thread.RLock",
    layout: Layout::Slots(2),
    flags: BASE_WEAK,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls rlock_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__repr__(self, /)" => calls rlock_repr(this), "Return repr(self).";
        "acquire(self, /, blocking=True, timeout=-1)" => calls rlock_acquire(this, blocking, timeout), "Lock the lock.";
        "release(self, /)" => calls rlock_release(this), "Release the lock.";
        "locked(self, /)" => calls rlock_locked(this), "Return a boolean indicating whether this object is locked right now.";
        "_is_owned(self, /)" => calls rlock_is_owned(this), "For internal use by `threading.Condition`.";
        "_recursion_count(self, /)" => calls rlock_count(this), "For internal use by reentrancy checks in test.support.";
        "_acquire_restore(self, state, /)" => calls acquire_restore(this, state), "For internal use by `threading.Condition`.";
        "_release_save(self, /)" => calls release_save(this), "For internal use by `threading.Condition`.";
        "__enter__(self, /)" => calls rlock_enter(this), "Lock the lock.";
        "__exit__(self, /, *exc_info)" => calls rlock_exit(this, info), "Release the lock.";
        "_at_fork_reinit(self, /)" => calls rlock_reinit(this), "";
    },
    ..TypeDef::EMPTY
};

/// How long to wait: None for ever, 0 not at all; in nanoseconds.
fn patience(vm: &mut Vm, blocking: Option<bool>, timeout: Option<Local>) -> Py<Option<u64>> {
    let blocking = blocking.unwrap_or(true);
    let seconds = match timeout {
        Some(t) => vm.to_f64(t)?,
        None => -1.0,
    };
    if !blocking {
        if seconds != -1.0 {
            return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
        }
        return Ok(Some(0));
    }
    if seconds == -1.0 {
        return Ok(None);
    }
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if seconds * 1e9 >= i64::MAX as f64 {
        return Err(vm.overflow_error("timestamp out of range for C PyTime_t"));
    }
    Ok(Some((seconds * 1e9) as u64))
}
/// What a waiter for an object waits by: objects don't move, and a waiter keeps its object alive.
pub fn wait_key(vm: &Vm, this: Local) -> u64 {
    this.value(vm).as_obj().map_or(0, |o| u64::from(o.index()))
}

pub fn allocate(vm: &mut Vm) -> Py<Local> {
    let made = make_exact(vm, &LOCK)?;
    set_slot(vm, made, HELD, Value::FALSE);
    Ok(made)
}
fn lock_new(vm: &mut Vm, _cls: Local) -> Py<Local> {
    allocate(vm)
}
fn is_held(vm: &Vm, this: Local) -> bool {
    slot(vm, this, HELD) == Value::TRUE
}
fn lock_acquire(
    vm: &mut Vm,
    this: Local,
    blocking: Option<bool>,
    timeout: Option<Local>,
) -> Py<bool> {
    let patience = patience(vm, blocking, timeout)?;
    let key = wait_key(vm, this);
    let free = vm.wait_until(key, patience, |vm| !is_held(vm, this))?;
    if free {
        set_slot(vm, this, HELD, Value::TRUE);
    }
    Ok(free)
}
fn lock_release(vm: &mut Vm, this: Local) -> Py<()> {
    if !is_held(vm, this) {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    set_slot(vm, this, HELD, Value::FALSE);
    vm.wake(wait_key(vm, this));
    Ok(())
}
fn lock_locked(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(is_held(vm, this))
}
fn lock_enter(vm: &mut Vm, this: Local) -> Py<bool> {
    lock_acquire(vm, this, None, None)
}
fn lock_exit(vm: &mut Vm, this: Local, _info: Local) -> Py<()> {
    lock_release(vm, this)
}
fn lock_reinit(vm: &mut Vm, this: Local) -> Py<()> {
    set_slot(vm, this, HELD, Value::FALSE);
    Ok(())
}
fn lock_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let state = if is_held(vm, this) {
        "locked"
    } else {
        "unlocked"
    };
    Ok(format!(
        "<{state} _thread.lock object at {}>",
        address(vm, this.value(vm))
    ))
}

fn rlock_new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let made = make(vm, cls, &RLOCK)?;
    rlock_reinit(vm, made)?;
    Ok(made)
}
fn rlock_acquire(
    vm: &mut Vm,
    this: Local,
    blocking: Option<bool>,
    timeout: Option<Local>,
) -> Py<bool> {
    let patience = patience(vm, blocking, timeout)?;
    let me = vm.thread_ident();
    if int_slot(vm, this, COUNT) > 0 && int_slot(vm, this, OWNER) != me {
        let key = wait_key(vm, this);
        if !vm.wait_until(key, patience, |vm| int_slot(vm, this, COUNT) == 0)? {
            return Ok(false);
        }
    }
    let Some(n) = int_slot(vm, this, COUNT).checked_add(1) else {
        return Err(vm.overflow_error("Internal lock count overflowed"));
    };
    set_int_slot(vm, this, COUNT, n);
    set_int_slot(vm, this, OWNER, me);
    Ok(true)
}
fn is_owned(vm: &Vm, this: Local) -> bool {
    int_slot(vm, this, COUNT) > 0 && int_slot(vm, this, OWNER) == vm.thread_ident()
}
fn rlock_release(vm: &mut Vm, this: Local) -> Py<()> {
    if !is_owned(vm, this) {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    let n = int_slot(vm, this, COUNT);
    set_int_slot(vm, this, COUNT, n - 1);
    if n == 1 {
        set_int_slot(vm, this, OWNER, 0);
        vm.wake(wait_key(vm, this));
    }
    Ok(())
}
fn rlock_is_owned(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(is_owned(vm, this))
}
fn rlock_locked(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(int_slot(vm, this, COUNT) > 0)
}
fn rlock_count(vm: &mut Vm, this: Local) -> Py<i64> {
    let owned = is_owned(vm, this);
    Ok(if owned { int_slot(vm, this, COUNT) } else { 0 })
}
fn acquire_restore(vm: &mut Vm, this: Local, state: Local<k::Tuple>) -> Py<()> {
    let (count, owner) = (
        tuple_item(vm, state.any(), 0),
        tuple_item(vm, state.any(), 1),
    );
    let (count, owner) = (vm.index(count)?, vm.index(owner)?);
    let key = wait_key(vm, this);
    vm.wait_until(key, None, |vm| int_slot(vm, this, COUNT) == 0)?;
    set_int_slot(vm, this, COUNT, count.max(0));
    set_int_slot(vm, this, OWNER, owner);
    Ok(())
}
fn release_save(vm: &mut Vm, this: Local) -> Py<Ret> {
    if !is_owned(vm, this) {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    let (count, owner) = (slot_local(vm, this, COUNT), slot_local(vm, this, OWNER));
    rlock_reinit(vm, this)?;
    vm.wake(wait_key(vm, this));
    ret_tuple(vm, &[count, owner])
}
fn rlock_enter(vm: &mut Vm, this: Local) -> Py<bool> {
    rlock_acquire(vm, this, None, None)
}
fn rlock_exit(vm: &mut Vm, this: Local, _info: Local) -> Py<()> {
    rlock_release(vm, this)
}
fn rlock_reinit(vm: &mut Vm, this: Local) -> Py<()> {
    set_int_slot(vm, this, COUNT, 0);
    set_int_slot(vm, this, OWNER, 0);
    Ok(())
}
fn rlock_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let count = int_slot(vm, this, COUNT);
    let state = if count > 0 { "locked" } else { "unlocked" };
    let name = vm.tp_name(vm.type_of(this.value(vm)));
    Ok(format!(
        "<{state} {name} object owner={} count={count} at {}>",
        int_slot(vm, this, OWNER),
        address(vm, this.value(vm))
    ))
}

//! What all of `_io` shares: slots, platform calls that survive signals, buffers of callers, the exceptions of the module.

use mesapy_heap::{Obj, Value};
use mesapy_platform::{OsResult, Platform};
use mesapy_vm::local::{Local, Py, Raised, Ret};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::vm::{Pinned, Vm};

/// Bytes that buffers hold by default.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

/// Slot of every stream: whether `close` was called on the base class.
pub const CLOSED: usize = 0;
/// Slot of every native stream with state: its index in the host table.
pub const STATE: usize = 1;

/// What an interpreter keeps for this module.
#[derive(Default)]
pub struct Shared {
    pub unsupported: Option<Pinned>,
}

pub fn object<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    this.value(vm)
        .as_obj()
        .ok_or_else(|| vm.type_error("a stream is needed"))
}
pub fn slot(vm: &Vm, this: Local, i: usize) -> Value<'_> {
    this.value(vm)
        .as_obj()
        .map_or(Value::EMPTY, |o| o.slot(vm, i))
}
pub fn slot_local(vm: &Vm, this: Local, i: usize) -> Local {
    vm.local(slot(vm, this, i))
}
pub fn set_slot(vm: &Vm, this: Local, i: usize, value: Value<'_>) {
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, i, value);
    }
}
/// Stores what a local holds.
pub fn set_slot_from(vm: &Vm, this: Local, i: usize, from: Local) {
    set_slot(vm, this, i, from.value(vm));
}

/// The host state of a stream, if it was initialised.
pub fn state<T: 'static, R>(vm: &mut Vm, this: Local, f: impl FnOnce(&mut T) -> R) -> Py<R> {
    let index = slot(vm, this, STATE).as_small_int();
    let found = index
        .and_then(|i| u32::try_from(i).ok())
        .and_then(|i| vm.heap.host_get_mut::<T>(i));
    match found {
        Some(state) => Ok(f(state)),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}
/// Gives a stream a fresh state, and its finalizer the first time.
pub fn set_state<T: Send + 'static>(vm: &mut Vm, this: Local, fresh: T) -> Py<()> {
    let old = slot(vm, this, STATE)
        .as_small_int()
        .and_then(|i| u32::try_from(i).ok());
    if let Some(place) = old.and_then(|i| vm.heap.host_get_mut::<T>(i)) {
        *place = fresh;
        return Ok(());
    }
    let index = vm.host_insert(Box::new(fresh));
    let vm: &Vm = vm;
    let o = object(vm, this)?;
    vm.set_host(o, index);
    o.set_slot(vm, STATE, vm.int(i64::from(index)));
    vm.register_finalizer(o);
    Ok(())
}

/// A platform call that is made again after a signal, when the handlers have run (PEP 475).
pub fn retry<T>(
    vm: &mut Vm,
    mut call: impl FnMut(&dyn Platform) -> OsResult<T>,
) -> Py<OsResult<T>> {
    loop {
        match vm.blocking(&mut call) {
            Err(error) if error.interrupted() => vm.poll()?,
            result => return Ok(result),
        }
    }
}

pub fn new_bytes(vm: &Vm, bytes: &[u8]) -> Py<Ret> {
    Ok(vm.ret(vm.new_bytes(bytes)?.value()))
}
pub fn bytes_local(vm: &Vm, bytes: &[u8]) -> Py<Local> {
    Ok(vm.local(vm.new_bytes(bytes)?.value()))
}
pub fn new_str(vm: &Vm, text: &[u8]) -> Py<Ret> {
    Ok(vm.ret(vm.new_str(text)?.value()))
}
pub fn str_local(vm: &Vm, text: &[u8]) -> Py<Local> {
    Ok(vm.local(vm.new_str(text)?.value()))
}
pub fn int_local(vm: &Vm, n: i64) -> Local {
    vm.local(vm.int(n))
}

/// `io.UnsupportedOperation` with a text.
pub fn unsupported(vm: &mut Vm, text: &str) -> Raised {
    let class = vm.state::<Shared>().unsupported;
    let Some(class) = class else {
        return vm.raise_text(&exc::OS_ERROR, text);
    };
    let made = (|| -> Py<Local> {
        let class = vm.local(vm.pinned(class));
        let text = str_local(vm, text.as_bytes())?;
        Ok(vm.call(class, &[text])?.keep(vm))
    })();
    match made {
        Ok(e) => vm.raise(e.value(vm)),
        Err(raised) => raised,
    }
}

/// A name from `builtins`.
pub fn builtin(vm: &Vm, name: &str) -> Py<Local> {
    let found = vm
        .roots
        .builtins(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())));
    match found {
        Some(v) => Ok(vm.local(v)),
        None => Err(vm.runtime_error(format!("builtins.{name} is missing"))),
    }
}

/// A caller's buffer to write into, as a flat view of bytes, with its length. Release it with [`release`].
pub fn writable_view(vm: &mut Vm, target: Local, function: &str) -> Py<(Local, usize)> {
    let class = builtin(vm, "memoryview")?;
    let made = vm.call(class, &[target]);
    let view = match vm.caught(made, &exc::TYPE_ERROR)? {
        Some(ret) => ret.keep(vm),
        None => {
            let got = vm.type_name_for_error(target.value(vm));
            return Err(vm.type_error(format!(
                "{function}() argument must be read-write bytes-like object, not {got}"
            )));
        }
    };
    let readonly = vm.get_attr_str(view, "readonly")?.keep(vm);
    if vm.truth(readonly)? {
        let got = vm.type_name_for_error(target.value(vm));
        return Err(vm.type_error(format!(
            "{function}() argument must be read-write bytes-like object, not {got}"
        )));
    }
    let format = str_local(vm, b"B")?;
    let flat = vm.call_method(view, "cast", &[format])?.keep(vm);
    let len = vm.len(flat)?;
    Ok((flat, len))
}
/// Stores bytes at the start of a view of at least that length.
pub fn store(vm: &mut Vm, view: Local, bytes: &[u8]) -> Py<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let class = builtin(vm, "slice")?;
    let end = int_local(vm, bytes.len() as i64);
    let part = vm.call(class, &[end])?.keep(vm);
    let data = bytes_local(vm, bytes)?;
    vm.set_item(view, part, data)
}
pub fn release(vm: &mut Vm, view: Local) -> Py<()> {
    vm.call_method(view, "release", &[])?.keep(vm);
    Ok(())
}

/// The bytes of what `write` was given, with the error for text.
pub fn bytes_argument(vm: &mut Vm, data: Local) -> Py<Vec<u8>> {
    if let Some(b) = data.value(vm).as_bytes(vm) {
        return Ok(b.bytes(vm).to_vec());
    }
    if data.value(vm).as_str(vm).is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    vm.buffer_bytes(data)
}

/// An optional size: None and negative mean "all".
pub fn size_argument(vm: &mut Vm, size: Option<Local>) -> Py<Option<usize>> {
    let Some(size) = size else { return Ok(None) };
    if size.value(vm).is_none() {
        return Ok(None);
    }
    let integral = vm.is_int(size.value(vm))
        || vm
            .special_of(size.value(vm), mesapy_vm::Dunder::Index)
            .is_some();
    if !integral {
        return Err(vm.type_error(format!(
            "argument should be integer or None, not '{}'",
            vm.type_name_for_error(size.value(vm))
        )));
    }
    Ok(usize::try_from(vm.index(size)?).ok())
}

/// Truth of an attribute.
pub fn flag(vm: &mut Vm, of: Local, name: &str) -> Py<bool> {
    let value = vm.get_attr_str(of, name)?.keep(vm);
    vm.truth(value)
}
/// Truth of what a method without arguments gives.
pub fn ask(vm: &mut Vm, of: Local, name: &str) -> Py<bool> {
    let value = vm.call_method(of, name, &[])?.keep(vm);
    vm.truth(value)
}
/// An int that a method gives.
pub fn ask_int(vm: &mut Vm, of: Local, name: &str, args: &[Local]) -> Py<i64> {
    let value = vm.call_method(of, name, args)?.keep(vm);
    vm.index(value)
}
pub fn call_plain(vm: &mut Vm, of: Local, name: &str) -> Py<()> {
    vm.call_method(of, name, &[])?.keep(vm);
    Ok(())
}

/// Runs `first`, then `second` whatever happened; an error of the second has the first as its context.
pub fn both(
    vm: &mut Vm,
    first: impl FnOnce(&mut Vm) -> Py<()>,
    second: impl FnOnce(&mut Vm) -> Py<()>,
) -> Py<()> {
    let Err(raised) = first(vm) else {
        return second(vm);
    };
    let e = vm.take_exception_local(raised);
    match second(vm) {
        Ok(()) => Err(vm.raise_again(e.value(vm))),
        Err(raised) => {
            let later = vm.take_exception_local(raised);
            if later.value(vm) != e.value(vm) {
                vm.set_attr_str(later, "__context__", e)?;
            }
            Err(vm.raise_again(later.value(vm)))
        }
    }
}

//! What the natives of compressed streams share: the state is in the host's table, what the Python object shows (`unused_data` and so on) in its slots,
//! and output comes in chunks.

use mesapy_heap::{Obj, Value};
use mesapy_vm::{Local, Py, Vm};
use std::cell::RefCell;

/// Bytes of output between two looks for signals.
pub(crate) const CHUNK: usize = 1 << 18;

/// Slots of all stream types.
pub(crate) mod slot {
    pub const HOST: usize = 0;
    pub const UNUSED: usize = 1;
    /// `unconsumed_tail`, or what a `_ZlibDecompressor` has not looked at yet.
    pub const TAIL: usize = 2;
    pub const EOF: usize = 3;
    pub const NEEDS_INPUT: usize = 4;
    /// Nothing more can come after an error.
    pub const FAILED: usize = 5;
    pub const COUNT: u16 = 6;
}
/// What a decompressor shows of its state.
pub(crate) const DECOMPRESSOR_MEMBERS: &[(&str, u16, &str)] = &[
    (
        "unused_data",
        slot::UNUSED as u16,
        "Data found after the end of the compressed stream.",
    ),
    (
        "eof",
        slot::EOF as u16,
        "True if the end-of-stream marker has been reached.",
    ),
    (
        "needs_input",
        slot::NEEDS_INPUT as u16,
        "True if more input is needed before more decompressed data can be produced.",
    ),
];
pub(crate) fn check_room(vm: &Vm, bytes: usize) -> Py<()> {
    let room = Vec::<u8>::new().try_reserve_exact(bytes);
    room.map_err(|_| vm.memory_error())
}
/// Room for one more chunk of output.
pub(crate) fn make_room(vm: &Vm, out: &mut Vec<u8>) -> Py<()> {
    out.try_reserve(CHUNK).map_err(|_| vm.memory_error())
}
pub(crate) fn host<T: Send + 'static>(vm: &Vm, this: Local) -> Option<&RefCell<T>> {
    let index = get(vm, this, slot::HOST).as_small_int()?;
    vm.host_get::<RefCell<T>>(index as u32)
}
pub(crate) fn get<'v>(vm: &'v Vm, this: Local, slot: usize) -> Value<'v> {
    this.value(vm)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, slot))
}
pub(crate) fn set(vm: &Vm, this: Local, slot: usize, value: Value<'_>) {
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, slot, value);
    }
}
pub(crate) fn attach<T: Send + 'static>(vm: &Vm, made: Obj<'_>, state: T) -> Py<()> {
    let index = vm.host_insert(Box::new(RefCell::new(state)));
    vm.set_host(made, index);
    made.set_slot(vm, slot::HOST, vm.int(i64::from(index)));
    let empty = vm.new_bytes(b"")?.value();
    made.set_slot(vm, slot::UNUSED, empty);
    made.set_slot(vm, slot::TAIL, empty);
    made.set_slot(vm, slot::EOF, Value::FALSE);
    made.set_slot(vm, slot::FAILED, Value::FALSE);
    made.set_slot(vm, slot::NEEDS_INPUT, Value::TRUE);
    Ok(())
}

/// Appends to the `bytes` in a slot.
pub(crate) fn append(vm: &Vm, this: Local, slot: usize, more: &[u8]) -> Py<()> {
    let joined = match get(vm, this, slot).as_bytes(vm) {
        Some(old) => vm.new_bytes_parts(&[old.bytes(vm), more])?,
        None => vm.new_bytes(more)?,
    };
    set(vm, this, slot, joined.value());
    Ok(())
}
/// What a decompressor has not looked at yet, and more of it.
pub(crate) fn pending_input(vm: &Vm, this: Local, more: &[u8]) -> Vec<u8> {
    let mut input = get(vm, this, slot::TAIL)
        .as_bytes(vm)
        .map_or(Vec::new(), |b| b.bytes(vm).to_vec());
    input.extend_from_slice(more);
    input
}
/// Sets `needs_input` after at most `max` bytes came out.
pub(crate) fn tell_needs_input(vm: &Vm, this: Local, out: Local, max: usize) {
    let eof = get(vm, this, slot::EOF) == Value::TRUE;
    let full = out.value(vm).as_bytes(vm).is_some_and(|b| b.len(vm) >= max);
    let waiting = get(vm, this, slot::TAIL)
        .as_bytes(vm)
        .is_some_and(|b| b.len(vm) > 0);
    set(
        vm,
        this,
        slot::NEEDS_INPUT,
        Value::bool(!eof && !full && !waiting),
    );
}

//! What most native modules need: the VM's names in one place, and access to the slots of instances.

pub use mesapy_heap::{Kind, List, Obj, Tuple, Value};
pub use mesapy_vm::methods;
pub use mesapy_vm::module::NativeModule;
pub use mesapy_vm::native::quick_argument;
pub use mesapy_vm::objects::exceptions as exc;
pub use mesapy_vm::objects::object;
pub use mesapy_vm::objects::support::no_keywords_unless_init;
pub use mesapy_vm::{
    Dunder, GetSet, Layout, Local, Method, Py, Raised, Ret, TypeDef, TypeFlags, TypeIdCell, Vm, k,
};

/// Flags of an ordinary extensible type.
pub const BASE: TypeFlags = TypeFlags::BASETYPE;
/// A type that may be subclassed and referenced weakly.
pub const BASE_WEAK: TypeFlags = TypeFlags::BASETYPE.with(TypeFlags::WEAKREF);

/// A native slot of an instance. The receiver of a method is an instance of its type, so it has the slot; anything else reads as Empty.
#[inline]
pub fn slot<'v>(vm: &'v Vm, this: Local, index: usize) -> Value<'v> {
    this.value(vm)
        .as_obj()
        .map_or(Value::EMPTY, |o| o.slot(vm, index))
}
/// A native slot in a fresh local.
#[inline]
pub fn slot_local(vm: &Vm, this: Local, index: usize) -> Local {
    vm.local(slot(vm, this, index))
}
#[inline]
pub fn set_slot(vm: &Vm, this: Local, index: usize, value: Value<'_>) {
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, index, value);
    }
}
/// A slot that holds a small number, 0 if it holds anything else.
#[inline]
pub fn int_slot(vm: &Vm, this: Local, index: usize) -> i64 {
    slot(vm, this, index).as_i64(vm).unwrap_or(0)
}
#[inline]
pub fn set_int_slot(vm: &Vm, this: Local, index: usize, n: i64) {
    set_slot(vm, this, index, vm.int(n));
}
/// A fresh instance for a `__new__` of a type with slots: `cls` is checked.
pub fn make(vm: &Vm, cls: Local, def: &'static TypeDef) -> Py<Local> {
    let class = object::check_new_class(vm, cls, def)?;
    Ok(vm.local(object::instantiate(vm, class)?))
}
/// A fresh instance of exactly a type with slots.
pub fn make_exact(vm: &Vm, def: &'static TypeDef) -> Py<Local> {
    Ok(vm.local(object::new_native_instance(vm, def)?.value()))
}
/// The class of a value, kept.
pub fn class_local(vm: &Vm, value: Local) -> Local {
    vm.local(vm.type_of(value.value(vm)).value())
}
/// Item of a tuple in a local.
pub fn tuple_item(vm: &Vm, tuple: Local, i: usize) -> Local {
    vm.local(tuple_at(vm, tuple, i))
}
pub fn tuple_at<'v>(vm: &'v Vm, tuple: Local, i: usize) -> Value<'v> {
    tuple
        .value(vm)
        .as_tuple(vm)
        .and_then(|t| t.at(vm, i))
        .unwrap_or(Value::NONE)
}
pub fn tuple_len(vm: &Vm, tuple: Local) -> usize {
    tuple.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm))
}
/// All items of a tuple, each in a local of its own.
pub fn tuple_locals(vm: &Vm, tuple: Local) -> Vec<Local> {
    (0..tuple_len(vm, tuple))
        .map(|i| tuple_item(vm, tuple, i))
        .collect()
}
/// Keywords given, if any: an Empty slot stands for none.
pub fn has_keywords(vm: &Vm, kwargs: Local) -> bool {
    kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0)
}
/// For constructors that exact instances call without keywords only.
pub fn no_keywords(vm: &Vm, name: &str, kwargs: Local) -> Py<()> {
    if has_keywords(vm, kwargs) {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}
/// Positional arguments of a raw signature: between `min` and `max`, with CPython's `PyArg_UnpackTuple` texts.
pub fn arity(vm: &Vm, name: &str, args: Local, min: usize, max: usize) -> Py<usize> {
    let n = tuple_len(vm, args);
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if n < min || n > max {
        let (bound, limit) = if n < min {
            ("at least ", min)
        } else {
            ("at most ", max)
        };
        let bound = if min == max { "" } else { bound };
        return Err(vm.type_error(format!(
            "{name} expected {bound}{limit} argument{}, got {n}",
            plural(limit)
        )));
    }
    Ok(n)
}
/// A new tuple kept in a local.
pub fn tuple_of(vm: &Vm, values: &[Local]) -> Py<Local> {
    let values: Vec<Value<'_>> = values.iter().map(|l| l.value(vm)).collect();
    Ok(vm.local(vm.new_tuple(&values)?.value()))
}
/// A new tuple in the return register.
pub fn ret_tuple(vm: &Vm, values: &[Local]) -> Py<Ret> {
    let values: Vec<Value<'_>> = values.iter().map(|l| l.value(vm)).collect();
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
/// Sets a name in a module's dict.
pub fn set_global(vm: &Vm, dict: Local<k::Dict>, name: &str, value: Value<'_>) -> Py<()> {
    dict.get(vm)
        .set_str(vm, vm.intern(name.as_bytes()), value)?;
    Ok(())
}
/// An attribute of a module that Python code defines, in a local.
pub fn imported(vm: &mut Vm, module: &str, name: &str) -> Py<Local> {
    let module = mesapy_vm::import::import_module(vm, module)?;
    Ok(vm.get_attr_str(module, name)?.keep(vm))
}
/// `Class[item]`: the row that makes a native type subscriptable calls this.
pub fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    mesapy_vm::objects::generic_alias::new_alias(vm, cls, item)
}
/// The address that a repr shows.
pub fn address(vm: &Vm, value: Value<'_>) -> String {
    format!("{:#x}", vm.id(value))
}

/// The hash of a key as the heap's tables want it.
pub fn key_hash(vm: &mut Vm, key: Local) -> Py<u64> {
    Ok(vm.hash(key)? as u64)
}
/// The entry of a key in a dict, whose keys have not changed since when this returns.
pub fn find_entry(vm: &mut Vm, dict: Local, key: Local, hash: u64) -> Py<Option<usize>> {
    let mut probe = mesapy_heap::Probe::new(hash);
    vm.scope(|vm| {
        let held = vm.local(Value::NONE);
        // Keys that were found to be others by comparisons that changed the dict: the probe starts anew then, and must end.
        let mut others: Vec<Local> = Vec::new();
        loop {
            let (entry, version) = {
                let vm: &Vm = vm;
                let Some(d) = dict.value(vm).as_dict(vm) else {
                    return Ok(None);
                };
                match d.probe(vm, key.value(vm), &mut probe) {
                    mesapy_heap::Found::Entry(e) => return Ok(Some(e)),
                    mesapy_heap::Found::Absent => return Ok(None),
                    mesapy_heap::Found::Candidate(e, v) => {
                        held.set(vm, v);
                        (e, d.keys_version(vm))
                    }
                }
            };
            if others.iter().any(|o| o.word(vm) == held.word(vm)) {
                continue;
            }
            let same = vm.equal(held, key)?;
            let vm: &Vm = vm;
            let Some(d) = dict.value(vm).as_dict(vm) else {
                return Ok(None);
            };
            if d.keys_version(vm) == version {
                if same {
                    return Ok(Some(entry));
                }
                continue;
            }
            if !same {
                others.push(vm.local(held.value(vm)));
                continue;
            }
            // It may stand elsewhere now.
            let mut pos = 0;
            while let Some((at, found, _)) = d.next_entry(vm, pos) {
                if found == held.value(vm) {
                    return Ok(Some(at));
                }
                pos = at + 1;
            }
        }
    })
}

/// Whether an object is a memoryview whose items don't lie side by side.
pub fn is_scattered(vm: &mut Vm, x: Local) -> Py<bool> {
    if !x.value(vm).is_kind(vm, Kind::MemoryView) {
        return Ok(false);
    }
    let whole = vm.get_attr_str(x, "c_contiguous")?.keep(vm);
    Ok(!vm.truth(whole)?)
}
/// A copy of the bytes of an object, which must lie side by side.
pub fn contiguous_bytes(vm: &mut Vm, x: Local) -> Py<Vec<u8>> {
    if is_scattered(vm, x)? {
        return Err(vm.buffer_error("memoryview: underlying buffer is not C-contiguous"));
    }
    vm.buffer_bytes(x)
}
/// A copy of the bytes of an object that has some, None if it has none.
pub fn bytes_like(vm: &mut Vm, x: Local) -> Py<Option<Vec<u8>>> {
    let value = x.value(vm);
    if let Some(b) = value.as_bytes(vm) {
        return Ok(Some(b.bytes(vm).to_vec()));
    }
    Ok(value.as_bytearray(vm).map(|b| b.to_vec(vm, 0..b.len(vm))))
}

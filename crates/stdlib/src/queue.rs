//! `_queue`: `SimpleQueue`, a queue without bound.
//!
//! The items are a list and the place of the first: what is in front of it was taken, and is cut off now and then.

use crate::support::*;
use crate::thread::wait_key;
use mesapy_vm::layout::exception;

pub static MODULE: NativeModule = NativeModule {
    name: "_queue",
    doc: "What module queue is accelerated with.",
    functions: &[],
    types: &[&SIMPLE_QUEUE, &EMPTY],
    init: None,
};
static EMPTY: TypeDef = TypeDef {
    name: "_queue.Empty",
    doc: "Exception raised by Queue.get(block=0)/get_nowait().",
    base: Some(&exc::EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};

const ITEMS: usize = 0;
const FIRST: usize = 1;
static SIMPLE_QUEUE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_queue.SimpleQueue",
    doc: "Simple, unbounded, reentrant FIFO queue.",
    layout: Layout::Slots(2),
    flags: BASE_WEAK,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "empty(self, /)" => calls empty(this), "Return True if the queue is empty, False otherwise (not reliable!).";
        "get(self, /, block=True, timeout=None)" => calls get(this, block, timeout), "Remove and return an item from the queue.\n\nWithout one it waits, at most timeout seconds if that is given, and raises Empty then; with block=False it raises Empty at once.";
        "get_nowait(self, /)" => calls get_nowait(this), "Remove and return an item from the queue, or raise Empty.";
        "put(self, /, item, block=True, timeout=None)" => calls put(this, item, block, timeout), "Put the item on the queue. It never blocks; block and timeout are there for compatibility with Queue.";
        "put_nowait(self, /, item)" => calls put_nowait(this, item), "Put an item into the queue: the same as put(item).";
        "qsize(self, /)" => calls qsize(this), "Return the approximate size of the queue (not reliable!).";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "SimpleQueues are generic over the type of their contents";
    },
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    let exact = cls.value(vm) == vm.type_object(&SIMPLE_QUEUE).value();
    if exact && tuple_len(vm, args) > 0 {
        return Err(vm.type_error("SimpleQueue() takes no positional arguments"));
    }
    if exact {
        no_keywords(vm, "SimpleQueue", kwargs)?;
    }
    let made = make(vm, cls, &SIMPLE_QUEUE)?;
    set_slot(vm, made, ITEMS, vm.new_list(&[])?.value());
    set_int_slot(vm, made, FIRST, 0);
    Ok(made)
}
fn len(vm: &Vm, this: Local) -> usize {
    let all = slot(vm, this, ITEMS).as_list(vm).map_or(0, |l| l.len(vm));
    all.saturating_sub(int_slot(vm, this, FIRST) as usize)
}
fn empty(vm: &mut Vm, this: Local) -> Py<bool> {
    Ok(len(vm, this) == 0)
}
fn qsize(vm: &mut Vm, this: Local) -> Py<usize> {
    Ok(len(vm, this))
}
fn push(vm: &Vm, this: Local, item: Local) -> Py<()> {
    if let Some(items) = slot(vm, this, ITEMS).as_list(vm) {
        items.push(vm, item.value(vm))?;
    }
    vm.wake(wait_key(vm, this));
    Ok(())
}
fn put(
    vm: &mut Vm,
    this: Local,
    item: Local,
    _block: Option<bool>,
    _timeout: Option<Local>,
) -> Py<()> {
    push(vm, this, item)
}
fn put_nowait(vm: &mut Vm, this: Local, item: Local) -> Py<()> {
    push(vm, this, item)
}
fn take<'v>(vm: &'v Vm, this: Local) -> Py<Value<'v>> {
    /// Fewer taken places than this are not worth cutting off.
    const SLACK: usize = 32;
    let first = int_slot(vm, this, FIRST) as usize;
    let items = slot(vm, this, ITEMS).as_list(vm);
    let Some((items, item)) = items.and_then(|l| Some((l, l.at(vm, first)?))) else {
        return Err(vm.raise_with(&EMPTY, &[]));
    };
    items.set(vm, first, Value::NONE);
    let mut first = first + 1;
    if first >= SLACK && first * 2 >= items.len(vm) {
        items.remove_range(vm, 0, first);
        first = 0;
    }
    set_int_slot(vm, this, FIRST, first as i64);
    Ok(item)
}
fn get(vm: &mut Vm, this: Local, block: Option<bool>, timeout: Option<Local>) -> Py<Ret> {
    let timeout = timeout.filter(|t| !t.value(vm).is_none());
    let patience_ns = if !block.unwrap_or(true) {
        Some(0)
    } else if let Some(timeout) = timeout {
        Some(nanoseconds(vm, timeout)?)
    } else {
        None
    };
    let key = wait_key(vm, this);
    vm.wait_until(key, patience_ns, |vm| len(vm, this) > 0)?;
    let vm: &Vm = vm;
    Ok(vm.ret(take(vm, this)?))
}
fn nanoseconds(vm: &mut Vm, timeout: Local) -> Py<u64> {
    let value = timeout.value(vm);
    let seconds = if vm.is_instance_of(value, &mesapy_vm::objects::float::FLOAT) {
        vm.to_f64(timeout)?
    } else {
        match vm.try_index_value(timeout)? {
            Some(ret) => {
                let n = vm.int_value(ret.get(vm));
                n.map_or(f64::INFINITY, |n| n as f64)
            }
            None => {
                return Err(vm.type_error(format!(
                    "'{}' object cannot be interpreted as an integer or float",
                    vm.type_name_for_error(timeout.value(vm))
                )));
            }
        }
    };
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds.abs() * 1e9 >= i64::MAX as f64 {
        return Err(vm.overflow_error("timestamp out of range for C PyTime_t"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("'timeout' must be a non-negative number"));
    }
    Ok((seconds * 1e9) as u64)
}
fn get_nowait(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(take(vm, this)?))
}

//! `deque`: a ring buffer in a heap list.
//!
//! The list's length is the ring's capacity, a power of two; unused places hold None. `HEAD` is the place of the first item. `VERSION` changes with every
//! change of the items' number or order, so iterators and searches that call Python notice mutation, as CPython's `state` does.

use super::deque_iter;
use crate::support::*;
use mesapy_bytecode::CmpOp;

const RING: usize = 0;
const HEAD: usize = 1;
const LEN: usize = 2;
/// -1: unbounded.
const MAXLEN: usize = 3;
const VERSION: usize = 4;

const NAME: &str = "deque";

pub static DEQUE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "collections.deque",
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    layout: Layout::Slots(5),
    flags: BASE_WEAK.with(TypeFlags::SEQUENCE),
    methods: METHODS,
    getset: &[GetSet {
        name: "maxlen",
        get: |vm, this| {
            let n = int_slot(vm, this, MAXLEN);
            Ok(vm.ret(if n < 0 { Value::NONE } else { vm.int(n) }))
        },
        set: None,
        doc: "maximum size of a deque or None if unbounded",
    }],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => leaf deque_len(this), "Return len(self).";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => calls reversed(this), "Return a reverse iterator over the deque.";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls setitem(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls delitem(this, key), "Delete self[key].";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__add__(self, value, /)" => calls add(this, value), "Return self+value.";
    "__iadd__(self, value, /)" => calls iadd(this, value), "Implement self+=value.";
    "__mul__(self, value, /)" => calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, value), "Return value*self.";
    "__imul__(self, value, /)" => calls imul(this, value), "Implement self*=value.";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "append(self, item, /)" => calls append(this, item), "Add an element to the right side of the deque.";
    "appendleft(self, item, /)" => calls appendleft(this, item), "Add an element to the left side of the deque.";
    "clear(self, /)" => calls clear(this), "Remove all elements from the deque.";
    "copy(self, /)" => calls copy(this), "Return a shallow copy of a deque.";
    "__copy__(self, /)" => calls copy(this), "Return a shallow copy of a deque.";
    "count(self, value, /)" => calls count(this, value), "Return number of occurrences of value.";
    "extend(self, iterable, /)" => calls extend(this, iterable), "Extend the right side of the deque with elements from the iterable.";
    "extendleft(self, iterable, /)" => calls extendleft(this, iterable), "Extend the left side of the deque with elements from the iterable.";
    "index(self, value, start=0, stop=sys.maxsize, /)" => calls index(this, value, start, stop), "Return first index of value.\n\nRaises ValueError if the value is not present.";
    "insert(self, index, value, /)" => calls insert(this, index, value), "Insert value before index.";
    "pop(self, /)" => calls pop(this), "Remove and return the rightmost element.";
    "popleft(self, /)" => calls popleft(this), "Remove and return the leftmost element.";
    "remove(self, value, /)" => calls remove(this, value), "Remove first occurrence of value.";
    "reverse(self, /)" => calls reverse(this), "Reverse *IN PLACE*.";
    "rotate(self, n=1, /)" => calls rotate(this, n), "Rotate the deque n steps to the right.  If n is negative, rotates left.";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
};

// ---- the ring

pub fn len(vm: &Vm, this: Local) -> usize {
    int_slot(vm, this, LEN) as usize
}
pub fn version(vm: &Vm, this: Local) -> i64 {
    int_slot(vm, this, VERSION)
}
fn ring<'v>(vm: &'v Vm, this: Local) -> Py<List<'v>> {
    slot(vm, this, RING)
        .as_list(vm)
        .ok_or_else(|| vm.system_error("an uninitialized deque"))
}
fn place(vm: &Vm, this: Local, i: usize) -> usize {
    let capacity = slot(vm, this, RING)
        .as_list(vm)
        .map_or(1, |l| l.len(vm))
        .max(1);
    (int_slot(vm, this, HEAD) as usize + i) & (capacity - 1)
}
pub fn at<'v>(vm: &'v Vm, this: Local, i: usize) -> Option<Value<'v>> {
    if i >= len(vm, this) {
        return None;
    }
    slot(vm, this, RING).as_list(vm)?.at(vm, place(vm, this, i))
}
fn put(vm: &Vm, this: Local, i: usize, value: Value<'_>) -> Py<()> {
    ring(vm, this)?.set(vm, place(vm, this, i), value);
    Ok(())
}
fn touch(vm: &Vm, this: Local) {
    set_int_slot(
        vm,
        this,
        VERSION,
        version(vm, this).wrapping_add(1) & i64::from(u32::MAX),
    );
}
fn resized(vm: &Vm, this: Local, head: usize, n: usize) {
    set_int_slot(vm, this, HEAD, head as i64);
    set_int_slot(vm, this, LEN, n as i64);
    touch(vm, this);
}
/// The items, in order.
pub fn items<'v>(vm: &'v Vm, this: Local) -> Vec<Value<'v>> {
    (0..len(vm, this)).filter_map(|i| at(vm, this, i)).collect()
}
/// Replaces everything.
fn assign(vm: &Vm, this: Local, values: &[Value<'_>]) -> Py<()> {
    let capacity = values.len().max(8).next_power_of_two();
    let fresh = vm.new_list(values)?;
    fresh.reserve(vm, capacity)?;
    for _ in values.len()..capacity {
        fresh.push(vm, Value::NONE)?;
    }
    set_slot(vm, this, RING, fresh.value());
    resized(vm, this, 0, values.len());
    Ok(())
}
/// Makes room for one more item.
fn grow(vm: &Vm, this: Local) -> Py<()> {
    let n = len(vm, this);
    let ring = ring(vm, this)?;
    let capacity = ring.len(vm);
    if n < capacity {
        return Ok(());
    }
    let head = int_slot(vm, this, HEAD) as usize;
    // The ring grows in place: what is in front of the head moves behind the old end.
    ring.reserve(vm, capacity * 2)?;
    for i in 0..capacity {
        let moved = if i < head {
            ring.at(vm, i).unwrap_or(Value::NONE)
        } else {
            Value::NONE
        };
        ring.push(vm, moved)?;
        if i < head {
            ring.set(vm, i, Value::NONE);
        }
    }
    Ok(())
}
/// Gives storage back when little of it is used.
fn shrink(vm: &Vm, this: Local) -> Py<()> {
    let (n, capacity) = (len(vm, this), ring(vm, this)?.len(vm));
    if capacity > 64 && n * 4 <= capacity {
        let values = items(vm, this);
        assign(vm, this, &values)?;
    }
    Ok(())
}
pub fn push_back(vm: &Vm, this: Local, value: Value<'_>) -> Py<()> {
    let max = int_slot(vm, this, MAXLEN);
    if max == 0 {
        return Ok(());
    }
    grow(vm, this)?;
    let n = len(vm, this);
    set_int_slot(vm, this, LEN, n as i64 + 1);
    put(vm, this, n, value)?;
    touch(vm, this);
    if max >= 0 && n as i64 >= max {
        take_front(vm, this)?;
    }
    Ok(())
}
fn push_front(vm: &Vm, this: Local, value: Value<'_>) -> Py<()> {
    let max = int_slot(vm, this, MAXLEN);
    if max == 0 {
        return Ok(());
    }
    grow(vm, this)?;
    let n = len(vm, this);
    let capacity = ring(vm, this)?.len(vm);
    let head = (int_slot(vm, this, HEAD) as usize + capacity - 1) & (capacity - 1);
    resized(vm, this, head, n + 1);
    put(vm, this, 0, value)?;
    if max >= 0 && n as i64 >= max {
        take_back(vm, this)?;
    }
    Ok(())
}
fn take_front<'v>(vm: &'v Vm, this: Local) -> Py<Option<Value<'v>>> {
    let Some(value) = at(vm, this, 0) else {
        return Ok(None);
    };
    put(vm, this, 0, Value::NONE)?;
    let (head, n) = (place(vm, this, 1), len(vm, this) - 1);
    resized(vm, this, head, n);
    shrink(vm, this)?;
    Ok(Some(value))
}
fn take_back<'v>(vm: &'v Vm, this: Local) -> Py<Option<Value<'v>>> {
    let n = len(vm, this);
    let Some(value) = n.checked_sub(1).and_then(|i| at(vm, this, i)) else {
        return Ok(None);
    };
    put(vm, this, n - 1, Value::NONE)?;
    let head = int_slot(vm, this, HEAD) as usize;
    resized(vm, this, head, n - 1);
    shrink(vm, this)?;
    Ok(Some(value))
}
/// Rotates to the right by moving the shorter way.
fn rotate_by(vm: &Vm, this: Local, n: i64) -> Py<()> {
    let len = len(vm, this) as i64;
    if len < 2 {
        return Ok(());
    }
    let capacity = ring(vm, this)?.len(vm) as i64;
    if len == capacity {
        // A full ring rotates by its head alone.
        let head = (int_slot(vm, this, HEAD) - n.rem_euclid(len)).rem_euclid(capacity);
        resized(vm, this, head as usize, len as usize);
        return Ok(());
    }
    let right = n.rem_euclid(len);
    if right * 2 <= len {
        for _ in 0..right {
            let Some(v) = at(vm, this, len as usize - 1) else {
                break;
            };
            put(vm, this, len as usize - 1, Value::NONE)?;
            let head = (int_slot(vm, this, HEAD) + capacity - 1) & (capacity - 1);
            set_int_slot(vm, this, HEAD, head);
            put(vm, this, 0, v)?;
        }
    } else {
        for _ in 0..len - right {
            let Some(v) = at(vm, this, 0) else { break };
            put(vm, this, 0, Value::NONE)?;
            let head = (int_slot(vm, this, HEAD) + 1) & (capacity - 1);
            set_int_slot(vm, this, HEAD, head);
            put(vm, this, len as usize - 1, v)?;
        }
    }
    touch(vm, this);
    Ok(())
}
fn remove_at(vm: &Vm, this: Local, i: usize) -> Py<()> {
    let n = len(vm, this);
    if i < n / 2 {
        for j in (0..i).rev() {
            let v = at(vm, this, j).unwrap_or(Value::NONE);
            put(vm, this, j + 1, v)?;
        }
        take_front(vm, this)?;
    } else {
        for j in i + 1..n {
            let v = at(vm, this, j).unwrap_or(Value::NONE);
            put(vm, this, j - 1, v)?;
        }
        take_back(vm, this)?;
    }
    Ok(())
}

// ---- making

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let made = make(vm, cls, &DEQUE)?;
    set_int_slot(vm, made, MAXLEN, -1);
    set_int_slot(vm, made, VERSION, 0);
    assign(vm, made, &[])?;
    Ok(made)
}
fn init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    let n = tuple_len(vm, args);
    let named = kwargs.value(vm).as_dict(vm).map_or(0, |d| d.len(vm));
    if n + named > 2 {
        return Err(vm.type_error(format!(
            "deque() takes at most 2 arguments ({} given)",
            n + named
        )));
    }
    let [iterable, maxlen] = vm.locals([Value::EMPTY, Value::NONE]);
    if n > 0 {
        iterable.set(vm, tuple_at(vm, args, 0));
    }
    if n > 1 {
        maxlen.set(vm, tuple_at(vm, args, 1));
    }
    if let Some(d) = kwargs.value(vm).as_dict(vm) {
        for (key, v) in d.iter(vm) {
            match vm.text_of(key).as_str() {
                "iterable" if n == 0 => iterable.set(vm, v),
                "maxlen" if n < 2 => maxlen.set(vm, v),
                name @ ("iterable" | "maxlen") => {
                    return Err(vm.type_error(format!(
                        "argument for deque() given by name ('{name}') and position ({})",
                        if name == "iterable" { 1 } else { 2 }
                    )));
                }
                name => {
                    return Err(vm.type_error(format!(
                        "deque() got an unexpected keyword argument '{name}'"
                    )));
                }
            }
        }
    }
    let max = if maxlen.value(vm).is_none() {
        -1
    } else {
        if !vm.is_int(maxlen.value(vm)) {
            return Err(vm.type_error("an integer is required"));
        }
        let m = vm.index(maxlen)?;
        if m < 0 {
            return Err(vm.value_error("maxlen must be non-negative"));
        }
        m
    };
    set_int_slot(vm, this, MAXLEN, max);
    if len(vm, this) > 0 {
        assign(vm, this, &[])?;
    }
    if !iterable.value(vm).is_empty() {
        extend(vm, this, iterable)?;
    }
    Ok(())
}
/// An empty deque of the same class and bound: made by calling the class, unless it is deque itself.
fn like(vm: &mut Vm, this: Local) -> Py<Local> {
    let class = class_local(vm, this);
    let max = int_slot(vm, this, MAXLEN);
    if vm.is_exactly(this.value(vm), &DEQUE) {
        let empty = vm.local(Value::EMPTY);
        let made = new(vm, class, empty, empty)?;
        set_int_slot(vm, made, MAXLEN, max);
        return Ok(made);
    }
    let nothing = vm.local(vm.new_tuple(&[])?.value());
    let made = if max < 0 {
        vm.call(class, &[])?.keep(vm)
    } else {
        let max = vm.local(vm.int(max));
        vm.call(class, &[nothing, max])?.keep(vm)
    };
    if !vm.is_instance_of(made.value(vm), &DEQUE) {
        return Err(vm.type_error(format!(
            "{}() must return a deque, not {}",
            vm.type_short_name(class.value(vm)),
            vm.type_name_for_error(made.value(vm))
        )));
    }
    Ok(made)
}
fn copy(vm: &mut Vm, this: Local) -> Py<Local> {
    let made = like(vm, this)?;
    extend(vm, made, this)?;
    Ok(made)
}

// ---- ends

fn append(vm: &mut Vm, this: Local, item: Local) -> Py<()> {
    push_back(vm, this, item.value(vm))
}
fn appendleft(vm: &mut Vm, this: Local, item: Local) -> Py<()> {
    push_front(vm, this, item.value(vm))
}
fn pop(vm: &mut Vm, this: Local) -> Py<Ret> {
    match take_back(vm, this)? {
        Some(v) => Ok(vm.ret(v)),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}
fn popleft(vm: &mut Vm, this: Local) -> Py<Ret> {
    match take_front(vm, this)? {
        Some(v) => Ok(vm.ret(v)),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}
fn clear(vm: &mut Vm, this: Local) -> Py<()> {
    assign(vm, this, &[])
}
/// Adds all items at one end. A deque that is extended by itself is read before it grows.
fn extend_by(
    vm: &mut Vm,
    this: Local,
    iterable: Local,
    push: fn(&Vm, Local, Value<'_>) -> Py<()>,
) -> Py<()> {
    let source = if iterable.value(vm) == this.value(vm) {
        let vm: &Vm = vm;
        vm.local(vm.new_list(&items(vm, this))?.value())
    } else {
        iterable
    };
    let iterator = vm.iter(source)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        push(vm, this, item.value(vm))?;
    }
    Ok(())
}
fn extend(vm: &mut Vm, this: Local, iterable: Local) -> Py<()> {
    extend_by(vm, this, iterable, push_back)
}
fn extendleft(vm: &mut Vm, this: Local, iterable: Local) -> Py<()> {
    extend_by(vm, this, iterable, push_front)
}
fn rotate(vm: &mut Vm, this: Local, n: Option<i64>) -> Py<()> {
    rotate_by(vm, this, n.unwrap_or(1))
}
fn reverse(vm: &mut Vm, this: Local) -> Py<()> {
    let vm: &Vm = vm;
    let n = len(vm, this);
    for i in 0..n / 2 {
        let (a, b) = (at(vm, this, i), at(vm, this, n - 1 - i));
        put(vm, this, i, b.unwrap_or(Value::NONE))?;
        put(vm, this, n - 1 - i, a.unwrap_or(Value::NONE))?;
    }
    Ok(())
}

// ---- items

fn deque_len(vm: &Vm, this: Value<'_>) -> Py<i64> {
    Ok(this
        .as_obj()
        .and_then(|o| o.slot(vm, LEN).as_i64(vm))
        .unwrap_or(0))
}
fn item_index(vm: &mut Vm, this: Local, key: Local) -> Py<usize> {
    if vm.special_of(key.value(vm), Dunder::Index).is_none() {
        return Err(vm.type_error(format!(
            "sequence index must be integer, not '{}'",
            vm.type_name_for_error(key.value(vm))
        )));
    }
    let i = vm.index_for_item(key)?;
    let n = len(vm, this) as i64;
    let i = if i < 0 { i.saturating_add(n) } else { i };
    if i < 0 || i >= n {
        return Err(vm.index_error("deque index out of range"));
    }
    Ok(i as usize)
}
fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let i = item_index(vm, this, key)?;
    let value = at(vm, this, i).unwrap_or(Value::NONE);
    Ok(vm.ret(value))
}
fn setitem(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    let i = item_index(vm, this, key)?;
    put(vm, this, i, value.value(vm))
}
fn delitem(vm: &mut Vm, this: Local, key: Local) -> Py<()> {
    let i = item_index(vm, this, key)?;
    remove_at(vm, this, i)
}
fn insert(vm: &mut Vm, this: Local, index: i64, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let n = len(vm, this) as i64;
    if int_slot(vm, this, MAXLEN) == n {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let index = if index < 0 {
        index.saturating_add(n).max(0)
    } else {
        index.min(n)
    } as usize;
    push_back(vm, this, value.value(vm))?;
    for j in (index..n as usize).rev() {
        let v = at(vm, this, j).unwrap_or(Value::NONE);
        put(vm, this, j + 1, v)?;
    }
    put(vm, this, index, value.value(vm))
}
/// The first place in a range that holds the value.
fn find(
    vm: &mut Vm,
    this: Local,
    value: Local,
    range: std::ops::Range<usize>,
    mutated: fn(&Vm) -> Raised,
) -> Py<Option<usize>> {
    let start = version(vm, this);
    let item = vm.local(Value::NONE);
    for i in range {
        let Some(v) = at(vm, this, i) else { break };
        item.set(vm, v);
        let same = vm.equal(item, value)?;
        if version(vm, this) != start {
            return Err(mutated(vm));
        }
        if same {
            return Ok(Some(i));
        }
    }
    Ok(None)
}
fn mutated_during_iteration(vm: &Vm) -> Raised {
    vm.runtime_error("deque mutated during iteration")
}
fn contains(vm: &mut Vm, this: Local, value: Local) -> Py<bool> {
    let n = len(vm, this);
    Ok(find(vm, this, value, 0..n, mutated_during_iteration)?.is_some())
}
fn index(
    vm: &mut Vm,
    this: Local,
    value: Local,
    start: Option<mesapy_vm::SliceIndex>,
    stop: Option<mesapy_vm::SliceIndex>,
) -> Py<usize> {
    let n = len(vm, this) as i64;
    let clamp = |i: Option<mesapy_vm::SliceIndex>, default: i64| {
        let i = i.and_then(|i| i.0).unwrap_or(default);
        (if i < 0 {
            i.saturating_add(n).max(0)
        } else {
            i.min(n)
        }) as usize
    };
    let (start, stop) = (clamp(start, 0), clamp(stop, n));
    match find(vm, this, value, start..stop, mutated_during_iteration)? {
        Some(i) => Ok(i),
        None => Err(vm.value_error("deque.index(x): x not in deque")),
    }
}
fn remove(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let n = len(vm, this);
    match find(vm, this, value, 0..n, |vm| {
        vm.index_error("deque mutated during iteration")
    })? {
        Some(i) => remove_at(vm, this, i),
        None => Err(vm.value_error("deque.remove(x): x not in deque")),
    }
}
fn count(vm: &mut Vm, this: Local, value: Local) -> Py<i64> {
    let mut found = 0;
    let mut from = 0;
    let n = len(vm, this);
    while let Some(i) = find(vm, this, value, from..n, mutated_during_iteration)? {
        found += 1;
        from = i + 1;
    }
    Ok(found)
}

// ---- operators

fn add(vm: &mut Vm, this: Local, other: Local) -> Py<Local> {
    if !vm.is_instance_of(other.value(vm), &DEQUE) {
        return Err(vm.type_error(format!(
            "can only concatenate deque (not \"{}\") to deque",
            vm.type_name_for_error(other.value(vm))
        )));
    }
    let made = copy(vm, this)?;
    extend(vm, made, other)?;
    Ok(made)
}
fn iadd(vm: &mut Vm, this: Local, other: Local) -> Py<Local> {
    extend(vm, this, other)?;
    Ok(this)
}
fn repetitions(vm: &mut Vm, by: Local) -> Py<i64> {
    if vm.special_of(by.value(vm), Dunder::Index).is_none() {
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            vm.type_name_for_error(by.value(vm))
        )));
    }
    vm.index_for_count(by)
}
fn mul(vm: &mut Vm, this: Local, by: Local) -> Py<Local> {
    let n = repetitions(vm, by)?;
    let made = copy(vm, this)?;
    repeat(vm, made, n)?;
    Ok(made)
}
fn imul(vm: &mut Vm, this: Local, by: Local) -> Py<Local> {
    let n = repetitions(vm, by)?;
    repeat(vm, this, n)?;
    Ok(this)
}
fn repeat(vm: &mut Vm, this: Local, n: i64) -> Py<()> {
    let vm: &Vm = vm;
    let values = items(vm, this);
    if n <= 0 {
        return assign(vm, this, &[]);
    }
    let (n, max) = (n as usize, int_slot(vm, this, MAXLEN));
    let Some(total) = values
        .len()
        .checked_mul(n)
        .filter(|t| max >= 0 || *t <= 1 << 31)
    else {
        if max < 0 {
            return Err(vm.memory_error());
        }
        return Ok(());
    };
    if values.is_empty() || n == 1 {
        return Ok(());
    }
    // A bounded deque keeps the last items of the repetition.
    let keep = if max >= 0 {
        total.min(max as usize)
    } else {
        total
    };
    let all: Vec<Value<'_>> = (total - keep..total)
        .map(|i| values[i % values.len()])
        .collect();
    assign(vm, this, &all)
}
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    if !vm.is_instance_of(other.value(vm), &DEQUE) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && len(vm, this) != len(vm, other) {
        return Ok(vm.ret(Value::bool(op == CmpOp::Ne)));
    }
    vm.check_native_stack()?;
    let (mine, theirs) = (iter(vm, this)?, iter(vm, other)?);
    let [x, y] = vm.locals([Value::NONE, Value::NONE]);
    loop {
        let (more_x, more_y) = (vm.next_into(mine, x)?, vm.next_into(theirs, y)?);
        if !more_x || !more_y {
            let answer = match op {
                CmpOp::Lt => !more_x && more_y,
                CmpOp::Le => !more_x,
                CmpOp::Eq => more_x == more_y,
                CmpOp::Ne => more_x != more_y,
                CmpOp::Gt => more_x && !more_y,
                CmpOp::Ge => !more_y,
            };
            return Ok(vm.ret(Value::bool(answer)));
        }
        if !vm.equal(x, y)? {
            return match op {
                CmpOp::Eq => Ok(vm.ret(Value::FALSE)),
                CmpOp::Ne => Ok(vm.ret(Value::TRUE)),
                _ => vm.rich_compare(x, y, op),
            };
        }
    }
}
macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => { $( fn $name(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> { compare(vm, this, other, CmpOp::$op) } )* };
}
comparisons! { lt Lt; le Le; eq Eq; ne Ne; gt Gt; ge Ge; }

fn iter(vm: &mut Vm, this: Local) -> Py<Local> {
    deque_iter::make_iterator(vm, &deque_iter::DEQUE_ITERATOR, this)
}
fn reversed(vm: &mut Vm, this: Local) -> Py<Local> {
    deque_iter::make_iterator(vm, &deque_iter::DEQUE_REVERSE_ITERATOR, this)
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    if !vm.repr_enter(this.value(vm))? {
        return Ok("[...]".to_owned());
    }
    let listed = vm.list_from_iterable(this).map(|r| r.keep(vm));
    let text = listed.and_then(|l| vm.repr_text(l));
    vm.repr_leave(this.value(vm));
    let text = text?;
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    let max = int_slot(vm, this, MAXLEN);
    Ok(if max >= 0 {
        format!("{name}({text}, maxlen={max})")
    } else {
        format!("{name}({text})")
    })
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let state = vm.call_method(this, "__getstate__", &[])?.keep(vm);
    let iterator = vm.iter(this)?.keep(vm);
    let max = int_slot(vm, this, MAXLEN);
    let args = if max < 0 {
        tuple_of(vm, &[])?
    } else {
        let nothing = tuple_of(vm, &[])?;
        let max = vm.local(vm.int(max));
        tuple_of(vm, &[nothing, max])?
    };
    ret_tuple(vm, &[class, args, state, iterator])
}

/// For errors that name the type.
pub fn check(vm: &Vm, value: Local) -> Py<()> {
    if vm.is_instance_of(value.value(vm), &DEQUE) {
        return Ok(());
    }
    Err(vm.type_error(format!(
        "argument 1 must be collections.{NAME}, not {}",
        vm.type_name_for_error(value.value(vm))
    )))
}

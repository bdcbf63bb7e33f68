//! What the container types share: subscripts, slices, sequence comparison, the guard against endless `repr`, arguments of constructors.
//!
//! Everything here re-reads lengths and items through locals after each call into Python, since any `__eq__` or `__index__` may change the container.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::objects::{exceptions as exc, object};
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value, Word};

/// A slice's members, before they meet a length.
#[derive(Clone, Copy, Debug)]
pub struct RawSlice {
    pub start: Option<i64>,
    pub stop: Option<i64>,
    pub step: i64,
}

/// A slice over a sequence of known length: `n` indices from `start` on, `step` apart; for step 1 they are `start..start + n`.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub start: usize,
    pub step: i64,
    pub n: usize,
}

impl RawSlice {
    /// CPython: Objects/sliceobject.c, PySlice_AdjustIndices
    pub fn adjust(self, len: usize) -> Span {
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let step = self.step.max(-i64::MAX);
        let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let clamp = |i: i64| {
            if i < 0 {
                i.saturating_add(len).max(low)
            } else {
                i.min(high)
            }
        };
        let start = self.start.map_or(if step < 0 { high } else { low }, clamp);
        let stop = self.stop.map_or(if step < 0 { low } else { high }, clamp);
        let n = if step < 0 {
            if stop < start {
                (start - stop - 1) / -step + 1
            } else {
                0
            }
        } else if start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        Span {
            start: start.max(0) as usize,
            step,
            n: n as usize,
        }
    }
}

impl Span {
    /// The i-th index.
    #[inline]
    pub fn at(self, i: usize) -> usize {
        (self.start as i64).wrapping_add((i as i64).wrapping_mul(self.step)) as usize
    }
    pub fn indices(self) -> impl Iterator<Item = usize> {
        (0..self.n).map(move |i| self.at(i))
    }
}

/// What a subscript of a sequence is.
#[derive(Clone, Copy, Debug)]
pub enum Subscript {
    Index(i64),
    Slice(RawSlice),
}

/// The members of a slice object.
pub fn raw_slice(vm: &mut Vm, slice: Local) -> Py<RawSlice> {
    let [start, stop, step] = {
        let vm: &Vm = vm;
        let s = slice
            .value(vm)
            .as_slice(vm)
            .ok_or_else(|| vm.system_error("not a slice"))?;
        vm.locals([s.start(vm), s.stop(vm), s.step(vm)])
    };
    let step = if step.value(vm).is_none() {
        1
    } else {
        vm.slice_index(step)?
    };
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let start = if start.value(vm).is_none() {
        None
    } else {
        Some(vm.slice_index(start)?)
    };
    let stop = if stop.value(vm).is_none() {
        None
    } else {
        Some(vm.slice_index(stop)?)
    };
    Ok(RawSlice { start, stop, step })
}

/// Reads a subscript; `what` names the sequence in the error: "list indices must be integers or slices, not str".
pub fn subscript(vm: &mut Vm, key: Local, what: &str) -> Py<Subscript> {
    if let Some(i) = key.value(vm).as_small_int() {
        return Ok(Subscript::Index(i));
    }
    if key.value(vm).kind(vm) == Kind::Slice {
        return raw_slice(vm, key).map(Subscript::Slice);
    }
    if vm.is_int(key.value(vm)) || vm.special_of(key.value(vm), Dunder::Index).is_some() {
        let i = vm.index_value(key)?.keep(vm);
        return match vm.int_value(i.value(vm)) {
            Some(i) => Ok(Subscript::Index(i)),
            None => Err(vm.index_error(format!(
                "cannot fit '{}' into an index-sized integer",
                vm.type_name_for_error(key.value(vm))
            ))),
        };
    }
    Err(vm.type_error(format!(
        "{what} indices must be integers or slices, not {}",
        vm.type_name_for_error(key.value(vm))
    )))
}

/// An index from the end counted from the start; None if out of range.
#[inline]
pub fn wrap_index(i: i64, len: usize) -> Option<usize> {
    let i = if i < 0 { i.checked_add(len as i64)? } else { i };
    usize::try_from(i).ok().filter(|i| *i < len)
}

/// How often a sequence is to be repeated. Negative counts are 0. For what is no integer: None if a class written in Python may take the multiplication over,
/// else a TypeError, since of CPython's own types none would.
pub fn repeat_count(vm: &mut Vm, n: Local) -> Py<Option<usize>> {
    if let Some(i) = n.value(vm).as_small_int() {
        return Ok(Some(i.max(0) as usize));
    }
    if !vm.is_int(n.value(vm)) && vm.special_of(n.value(vm), Dunder::Index).is_none() {
        let other = vm.special_of(n.value(vm), Dunder::RMul);
        if other.is_some_and(|f| !f.is_kind(vm, mesapy_heap::Kind::Native)) {
            return Ok(None);
        }
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            vm.type_name_for_error(n.value(vm))
        )));
    }
    let i = vm.index_value(n)?.keep(vm);
    match vm.int_value(i.value(vm)) {
        Some(i) => Ok(Some(i.max(0) as usize)),
        None => Err(vm.overflow_error(format!(
            "cannot fit '{}' into an index-sized integer",
            vm.type_name_for_error(n.value(vm))
        ))),
    }
}

/// More elements than any container can hold.
pub(crate) const ELEMENTS_MAX: usize = 1 << 32;

/// `len * times`, if that many elements can exist.
pub(crate) fn repeated_len(vm: &Vm, len: usize, times: usize) -> Py<usize> {
    match len.checked_mul(times) {
        Some(n) if n < ELEMENTS_MAX => Ok(n),
        _ => Err(vm.memory_error()),
    }
}

/// `x` if it is a list or tuple, else a list of its items; a TypeError of `iter(x)` becomes one with `message`.
pub(crate) fn fast_sequence(vm: &mut Vm, x: Local, message: &str) -> Py<Local> {
    if matches!(x.value(vm).kind(vm), Kind::List | Kind::Tuple) {
        return Ok(x);
    }
    let iterator = vm.iter(x);
    match vm.caught(iterator, &exc::TYPE_ERROR)? {
        Some(ret) => {
            let iterator = ret.keep(vm);
            Ok(vm.list_from_iterable(iterator)?.keep(vm))
        }
        None => Err(vm.type_error(message)),
    }
}
/// The items of what `fast_sequence` gave.
pub(crate) fn items_of<'v>(vm: &'v Vm, sequence: Local) -> Vec<Value<'v>> {
    let value = sequence.value(vm);
    match value.as_list(vm) {
        Some(list) => list.to_vec(vm),
        None => value.as_tuple(vm).map(|t| t.to_vec(vm)).unwrap_or_default(),
    }
}

/// The i-th item of a list or tuple, as it is now.
#[inline]
pub(crate) fn item_of(vm: &Vm, sequence: Local, i: usize) -> Option<Word> {
    let value = sequence.value(vm);
    if let Some(list) = value.as_list(vm) {
        return list.at(vm, i).map(|v| v.word());
    }
    value
        .as_tuple(vm)
        .and_then(|t| t.at(vm, i))
        .map(|v| v.word())
}
#[inline]
pub(crate) fn len_of(vm: &Vm, sequence: Local) -> usize {
    let value = sequence.value(vm);
    value.as_list(vm).map_or_else(
        || value.as_tuple(vm).map_or(0, |t| t.len(vm)),
        |l| l.len(vm),
    )
}

/// Rich comparison of two lists or two tuples.
pub(crate) fn compare_sequences(vm: &mut Vm, x: Local, y: Local, op: CmpOp) -> Py<Ret> {
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    if equality && len_of(vm, x) != len_of(vm, y) {
        return Ok(vm.ret(Value::bool(op == CmpOp::Ne)));
    }
    vm.check_native_stack()?;
    let [a, b] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    while let (Some(v), Some(w)) = (item_of(vm, x, i), item_of(vm, y, i)) {
        i += 1;
        if v == w {
            continue;
        }
        a.set(vm, v.value(vm));
        b.set(vm, w.value(vm));
        if vm.equal(a, b)? {
            continue;
        }
        // The comparison may have shortened them, so that these two no longer count.
        if i > len_of(vm, x) || i > len_of(vm, y) {
            break;
        }
        return match op {
            CmpOp::Eq => Ok(vm.ret(Value::FALSE)),
            CmpOp::Ne => Ok(vm.ret(Value::TRUE)),
            _ => vm.rich_compare(a, b, op),
        };
    }
    let order = len_of(vm, x).cmp(&len_of(vm, y));
    let result = match op {
        CmpOp::Lt => order.is_lt(),
        CmpOp::Le => order.is_le(),
        CmpOp::Eq => order.is_eq(),
        CmpOp::Ne => order.is_ne(),
        CmpOp::Gt => order.is_gt(),
        CmpOp::Ge => order.is_ge(),
    };
    Ok(vm.ret(Value::bool(result)))
}

/// The six comparison natives of a type, over one function of `(vm, this, other, op)`.
macro_rules! comparisons {
    ($held:ty, $compare:ident) => {
        fn lt(vm: &mut Vm, this: Local<$held>, other: Local) -> Py<Ret> {
            $compare(vm, this, other, mesapy_bytecode::CmpOp::Lt)
        }
        fn le(vm: &mut Vm, this: Local<$held>, other: Local) -> Py<Ret> {
            $compare(vm, this, other, mesapy_bytecode::CmpOp::Le)
        }
        fn eq(vm: &mut Vm, this: Local<$held>, other: Local) -> Py<Ret> {
            $compare(vm, this, other, mesapy_bytecode::CmpOp::Eq)
        }
        fn ne(vm: &mut Vm, this: Local<$held>, other: Local) -> Py<Ret> {
            $compare(vm, this, other, mesapy_bytecode::CmpOp::Ne)
        }
        fn gt(vm: &mut Vm, this: Local<$held>, other: Local) -> Py<Ret> {
            $compare(vm, this, other, mesapy_bytecode::CmpOp::Gt)
        }
        fn ge(vm: &mut Vm, this: Local<$held>, other: Local) -> Py<Ret> {
            $compare(vm, this, other, mesapy_bytecode::CmpOp::Ge)
        }
    };
}
pub(crate) use comparisons;

/// `item in sequence` for lists and tuples.
pub(crate) fn sequence_contains(vm: &mut Vm, sequence: Local, item: Local) -> Py<bool> {
    Ok(sequence_find(vm, sequence, item, 0, usize::MAX)?.is_some())
}
/// The first index in `start..stop` whose item equals `item`.
pub(crate) fn sequence_find(
    vm: &mut Vm,
    sequence: Local,
    item: Local,
    start: usize,
    stop: usize,
) -> Py<Option<usize>> {
    let element = vm.local(Value::NONE);
    let wanted = item.word(vm);
    let mut i = start;
    while i < stop {
        let Some(word) = item_of(vm, sequence, i) else {
            break;
        };
        if word == wanted {
            return Ok(Some(i));
        }
        element.set(vm, word.value(vm));
        if vm.equal(element, item)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}
pub(crate) fn sequence_count(vm: &mut Vm, sequence: Local, item: Local) -> Py<usize> {
    let element = vm.local(Value::NONE);
    let (mut i, mut n) = (0, 0);
    while let Some(word) = item_of(vm, sequence, i) {
        i += 1;
        element.set(vm, word.value(vm));
        if vm.equal(element, item)? {
            n += 1;
        }
    }
    Ok(n)
}
/// The bounds of `index(value, start, stop)`.
pub fn find_bounds(start: Option<i64>, stop: Option<i64>, len: usize) -> (usize, usize) {
    let fix = |i: i64| {
        if i < 0 {
            i.saturating_add(len as i64).max(0) as usize
        } else {
            i as usize
        }
    };
    (start.map_or(0, fix), stop.map_or(usize::MAX, fix))
}

/// Runs `body` unless the object's `repr` is running already; then gives `None`.
pub(crate) fn repr_guarded<R>(
    vm: &mut Vm,
    this: Local,
    body: impl FnOnce(&mut Vm) -> Py<R>,
) -> Py<Option<R>> {
    if !vm.repr_enter(this.value(vm))? {
        return Ok(None);
    }
    let result = body(vm);
    vm.repr_leave(this.value(vm));
    result.map(Some)
}
/// Appends `repr(x)`. Lists, tuples and dicts are written straight behind what is there: a text for each level would take the square of the depth.
pub(crate) fn push_repr(vm: &mut Vm, out: &mut Vec<u8>, x: Local) -> Py<()> {
    let top = vm.top.get();
    let value = x.value(vm);
    if value.as_exact_list(vm).is_some() || value.as_exact_tuple(vm).is_some() {
        push_sequence(vm, out, x)?;
    } else if value.as_exact_dict(vm).is_some() {
        super::dict::push_dict(vm, out, x)?;
    } else {
        let ret = vm.repr(x)?;
        if let Some(s) = ret.get(vm).as_str(vm) {
            append(vm, out, s.bytes(vm))?;
        }
    }
    vm.top.set(top);
    Ok(())
}
/// Appends bytes to a text of the host's; MemoryError where the host has no room for them.
pub(crate) fn append(vm: &Vm, out: &mut Vec<u8>, bytes: &[u8]) -> Py<()> {
    out.try_reserve(bytes.len())
        .map_err(|_| vm.memory_error())?;
    out.extend_from_slice(bytes);
    Ok(())
}
/// Appends the text of a list or a tuple.
pub(crate) fn push_sequence(vm: &mut Vm, out: &mut Vec<u8>, x: Local) -> Py<()> {
    let (open, close): (&[u8], &[u8]) = match x.value(vm).as_tuple(vm).map(|t| t.len(vm)) {
        None => (b"[", b"]"),
        Some(1) => (b"(", b",)"),
        Some(_) => (b"(", b")"),
    };
    out.extend_from_slice(open);
    if len_of(vm, x) > 0 {
        let done = repr_guarded(vm, x, |vm| push_items(vm, out, x))?;
        if done.is_none() {
            out.extend_from_slice(b"...");
            out.extend_from_slice(&close[close.len() - 1..]);
            return Ok(());
        }
    }
    out.extend_from_slice(close);
    Ok(())
}
/// Appends the items' texts with commas between them.
fn push_items(vm: &mut Vm, out: &mut Vec<u8>, sequence: Local) -> Py<()> {
    let item = vm.local(Value::NONE);
    let mut i = 0;
    while let Some(word) = item_of(vm, sequence, i) {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        i += 1;
        item.set(vm, word.value(vm));
        push_repr(vm, out, item)?;
    }
    Ok(())
}
/// A str of these bytes, as a result.
pub(crate) fn str_ret(vm: &Vm, bytes: &[u8]) -> Py<Ret> {
    Ok(vm.ret(vm.new_str(bytes)?.value()))
}
/// `repr` of the items between brackets.
pub(crate) fn repr_sequence(vm: &mut Vm, sequence: Local, open: &[u8], close: &[u8]) -> Py<Ret> {
    vm.check_native_stack()?;
    let mut out = open.to_vec();
    push_items(vm, &mut out, sequence)?;
    out.extend_from_slice(close);
    str_ret(vm, &out)
}

/// The only argument of a constructor that takes at most one, by position.
pub(crate) fn optional_argument(
    vm: &mut Vm,
    name: &str,
    args: Local<k::Tuple>,
    kwargs: Local,
) -> Py<Option<Local>> {
    no_keywords(vm, name, kwargs)?;
    let n = args.get(vm).len(vm);
    if n > 1 {
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {n}")));
    }
    Ok(args.get(vm).at(vm, 0).map(|v| vm.local(v)))
}
/// For a constructor without keywords: they are left to the `__init__` of a subclass, if it has one of its own.
pub fn no_keywords_unless_init(
    vm: &Vm,
    name: &str,
    cls: Local,
    def: &'static TypeDef,
    kwargs: Local,
) -> Py<()> {
    match cls.value(vm).as_obj() {
        Some(class) if vm.init_takes_keywords(class, vm.type_object(def)) => Ok(()),
        _ => no_keywords(vm, name, kwargs),
    }
}
/// The keywords that an `__init__` without any has to refuse: none if a subclass has a `__new__` that may have taken them.
pub(crate) fn keywords_for(vm: &Vm, this: Local, def: &'static TypeDef, kwargs: Local) -> Local {
    let class = vm.type_of(this.value(vm));
    let name = vm.intern(b"__new__");
    let base = vm.type_object(def);
    if vm.type_lookup(class, name) != vm.type_lookup(base, name) {
        return vm.local(Value::EMPTY);
    }
    kwargs
}
pub(crate) fn no_keywords(vm: &Vm, name: &str, kwargs: Local) -> Py<()> {
    if kwargs
        .value(vm)
        .as_dict(vm)
        .is_some_and(|d| !d.is_empty(vm))
    {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}
/// An exact builtin value as an instance of `class`, a subclass of `def`: itself for the exact class, else wrapped.
pub(crate) fn as_instance(vm: &Vm, class: Local, def: &'static TypeDef, value: Local) -> Py<Ret> {
    let class = object::check_new_class(vm, class, def)?;
    if class == vm.type_object(def) {
        return Ok(vm.ret(value.value(vm)));
    }
    Ok(vm.ret(object::wrap(vm, class, value.value(vm))?))
}

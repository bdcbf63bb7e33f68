//! `list`.
//!
//! Elements are in the heap's list; everything that calls Python reads length and items anew afterwards. Sorting is in `list_sort.rs`.

use crate::convert::SliceBound;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::support::{self, Span, Subscript};
use crate::objects::{generic_alias, iterators};
use crate::quick::containers::{
    list_append, list_count, list_extend, list_index, list_insert, list_pop, list_remove,
};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, List, Value};

use crate::objects::list_sort::sort;

pub static LIST: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "list",
    doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    layout: Layout::Kind(Kind::List),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::SEQUENCE)
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    ..TypeDef::EMPTY
};

pub static METHODS: &[Method] = methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__init__(self, ...)" => calls init(this, args, kwargs), "Initialize self.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__getitem__(self, index, /)" => calls get_item(this, index), "Return self[index].";
    "__setitem__(self, key, value, /)" => calls set_item(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls del_item(this, key), "Delete self[key].";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => leaf reversed(this), "Return a reverse iterator over the list.";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__add__(self, value, /)" => leaf add(this, value), "Return self+value.";
    "__mul__(self, value, /)" => calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, value), "Return value*self.";
    "__iadd__(self, value, /)" => calls iadd(this, value), "Implement self+=value.";
    "__imul__(self, value, /)" => calls imul(this, value), "Implement self*=value.";
    "__sizeof__(self, /)" => leaf size_of(this), "Return the size of the list in memory, in bytes.";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "append(self, object, /)" => quick list_append leaf append(this, object), "Append object to the end of the list.";
    "clear(self, /)" => leaf clear(this), "Remove all items from list.";
    "copy(self, /)" => leaf copy(this), "Return a shallow copy of the list.";
    "count(self, value, /)" => quick list_count calls count(this, value), "Return number of occurrences of value.";
    "extend(self, iterable, /)" => quick list_extend calls extend(this, iterable), "Extend list by appending elements from the iterable.";
    "index(self, value, start=0, stop=sys.maxsize, /)" => quick list_index calls index(this, value, start, stop), "Return first index of value.\n\nRaises ValueError if the value is not present.";
    "insert(self, index, object, /)" => quick list_insert calls insert(this, index, object), "Insert object before index.";
    "pop(self, index=-1, /)" => quick list_pop calls pop(this, index), "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.";
    "remove(self, value, /)" => quick list_remove calls remove(this, value), "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.";
    "reverse(self, /)" => leaf reverse(this), "Reverse *IN PLACE*.";
    "sort(self, /, *, key=None, reverse=False)" => calls sort(this, key, reverse), "Sort the list in ascending order and return None.\n\nThe sort is in-place and stable.";
};

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Ret> {
    let list = vm.local(vm.new_list(&[])?.value());
    support::as_instance(vm, cls, &LIST, list)
}
fn init(vm: &mut Vm, this: Local<k::List>, args: Local<k::Tuple>, kwargs: Local) -> Py<()> {
    let kwargs = support::keywords_for(vm, this.any(), &LIST, kwargs);
    let source = support::optional_argument(vm, "list", args, kwargs)?;
    this.get(vm).clear(vm);
    match source {
        Some(x) => vm.extend_list(this, x),
        None => Ok(()),
    }
}
fn repr(vm: &mut Vm, this: Local<k::List>) -> Py<Ret> {
    let mut out = Vec::new();
    support::push_sequence(vm, &mut out, this.any())?;
    support::str_ret(vm, &out)
}
fn len(vm: &Vm, this: List<'_>) -> Py<usize> {
    Ok(this.len(vm))
}
fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::list_iterator(vm, this))
}
fn reversed<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::list_reverse_iterator(vm, this))
}
fn contains(vm: &mut Vm, this: Local<k::List>, item: Local) -> Py<bool> {
    support::sequence_contains(vm, this.any(), item)
}
fn compare(vm: &mut Vm, this: Local<k::List>, other: Local, op: CmpOp) -> Py<Ret> {
    if !other.is::<k::List>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    support::compare_sequences(vm, this.any(), other, op)
}
support::comparisons!(k::List, compare);

fn get_item(vm: &mut Vm, this: Local<k::List>, key: Local) -> Py<Ret> {
    let subscript = support::subscript(vm, key, "list")?;
    let vm: &Vm = vm;
    let list = this.get(vm);
    match subscript {
        Subscript::Index(i) => {
            match support::wrap_index(i, list.len(vm)).and_then(|i| list.at(vm, i)) {
                Some(v) => Ok(vm.ret(v)),
                None => Err(vm.index_error("list index out of range")),
            }
        }
        Subscript::Slice(slice) => {
            let span = slice.adjust(list.len(vm));
            Ok(vm.ret(vm.new_list(&part(vm, list, span))?.value()))
        }
    }
}
fn part<'v>(vm: &'v Vm, list: List<'v>, span: Span) -> Vec<Value<'v>> {
    if span.step == 1 {
        list.iter(vm).skip(span.start).take(span.n).collect()
    } else {
        span.indices().filter_map(|i| list.at(vm, i)).collect()
    }
}
fn set_item(vm: &mut Vm, this: Local<k::List>, key: Local, value: Local) -> Py<()> {
    match support::subscript(vm, key, "list")? {
        Subscript::Index(i) => {
            let vm: &Vm = vm;
            let list = this.get(vm);
            match support::wrap_index(i, list.len(vm)) {
                Some(i) => {
                    list.set(vm, i, value.value(vm));
                    Ok(())
                }
                None => Err(vm.index_error("list assignment index out of range")),
            }
        }
        Subscript::Slice(slice) => {
            let message = "must assign iterable to extended slice";
            let source = support::fast_sequence(vm, value, message)?;
            let vm: &Vm = vm;
            let list = this.get(vm);
            let items = support::items_of(vm, source);
            let span = slice.adjust(list.len(vm));
            if span.step == 1 {
                list.splice(vm, span.start, span.start + span.n, &items)?;
                return Ok(());
            }
            if items.len() != span.n {
                return Err(vm.value_error(format!(
                    "attempt to assign sequence of size {} to extended slice of size {}",
                    items.len(),
                    span.n
                )));
            }
            span.indices().zip(items).for_each(|(i, v)| {
                list.set(vm, i, v);
            });
            Ok(())
        }
    }
}
fn del_item(vm: &mut Vm, this: Local<k::List>, key: Local) -> Py<()> {
    let subscript = support::subscript(vm, key, "list")?;
    let vm: &Vm = vm;
    let list = this.get(vm);
    match subscript {
        Subscript::Index(i) => match support::wrap_index(i, list.len(vm)) {
            Some(i) => {
                list.remove_range(vm, i, i + 1);
                Ok(())
            }
            None => Err(vm.index_error("list assignment index out of range")),
        },
        Subscript::Slice(slice) => {
            delete_span(vm, list, slice.adjust(list.len(vm)));
            Ok(())
        }
    }
}
fn delete_span(vm: &Vm, list: List<'_>, span: Span) {
    if span.n == 0 {
        return;
    }
    if span.step == 1 {
        list.remove_range(vm, span.start, span.start + span.n);
        return;
    }
    // What stays moves down over what goes, in one pass.
    let (first, stride) = if span.step > 0 {
        (span.start, span.step as usize)
    } else {
        (span.at(span.n - 1), span.step.unsigned_abs() as usize)
    };
    let len = list.len(vm);
    let (mut to, mut removed) = (first, 0);
    for i in first..len {
        if removed < span.n && i == first + removed * stride {
            removed += 1;
        } else {
            list.set(vm, to, list.get(vm, i));
            to += 1;
        }
    }
    list.truncate(vm, to);
}

fn add<'v>(vm: &'v Vm, this: List<'v>, other: Value<'v>) -> Py<Value<'v>> {
    let Some(other) = other.as_list(vm) else {
        return Err(vm.type_error(format!(
            "can only concatenate list (not \"{}\") to list",
            vm.type_name_for_error(other)
        )));
    };
    let (a, b) = (this.len(vm), other.len(vm));
    let sum = vm.list_with_capacity(a + b)?;
    sum.extend(vm, &this.to_vec(vm))?;
    sum.extend(vm, &other.to_vec(vm))?;
    Ok(sum.value())
}
/// Appends `times` copies of the items.
fn push_repeated<'v>(vm: &'v Vm, list: List<'v>, items: &[Value<'v>], times: usize) -> Py<()> {
    /// Short patterns are repeated in a buffer of about this many elements.
    const CHUNK: usize = 1024;
    let total = support::repeated_len(vm, items.len(), times)?;
    if total == 0 {
        return Ok(());
    }
    list.reserve(vm, list.len(vm) + total)?;
    let per_chunk = (CHUNK / items.len()).clamp(1, times);
    let chunk = items.repeat(per_chunk);
    for _ in 0..times / per_chunk {
        list.extend(vm, &chunk)?;
    }
    list.extend(vm, &chunk[..times % per_chunk * items.len()])?;
    Ok(())
}
fn mul(vm: &mut Vm, this: Local<k::List>, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let vm: &Vm = vm;
    let product = vm.new_list(&[])?;
    push_repeated(vm, product, &this.get(vm).to_vec(vm), times)?;
    Ok(vm.ret(product.value()))
}
fn imul(vm: &mut Vm, this: Local<k::List>, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let vm: &Vm = vm;
    let list = this.get(vm);
    match times {
        0 => list.clear(vm),
        n => push_repeated(vm, list, &list.to_vec(vm), n - 1)?,
    }
    Ok(vm.ret(this.value(vm)))
}
fn iadd(vm: &mut Vm, this: Local<k::List>, x: Local) -> Py<Ret> {
    vm.extend_list(this, x)?;
    Ok(vm.ret(this.value(vm)))
}
fn size_of(vm: &Vm, this: List<'_>) -> Py<usize> {
    Ok(vm.size_of(this.value()))
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
fn append(vm: &Vm, this: List<'_>, item: Value<'_>) -> Py<()> {
    Ok(this.push(vm, item)?)
}
fn clear(vm: &Vm, this: List<'_>) -> Py<()> {
    this.clear(vm);
    Ok(())
}
fn copy<'v>(vm: &'v Vm, this: List<'v>) -> Py<List<'v>> {
    Ok(vm.new_list(&this.to_vec(vm))?)
}
fn count(vm: &mut Vm, this: Local<k::List>, item: Local) -> Py<usize> {
    support::sequence_count(vm, this.any(), item)
}
fn extend(vm: &mut Vm, this: Local<k::List>, x: Local) -> Py<()> {
    vm.extend_list(this, x)
}
fn index(
    vm: &mut Vm,
    this: Local<k::List>,
    item: Local,
    start: Option<SliceBound>,
    stop: Option<SliceBound>,
) -> Py<usize> {
    let (start, stop) =
        support::find_bounds(start.map(|i| i.0), stop.map(|i| i.0), this.get(vm).len(vm));
    match support::sequence_find(vm, this.any(), item, start, stop)? {
        Some(i) => Ok(i),
        None => Err(vm.value_error("list.index(x): x not in list")),
    }
}
fn insert(vm: &mut Vm, this: Local<k::List>, i: i64, item: Local) -> Py<()> {
    let vm: &Vm = vm;
    let list = this.get(vm);
    let len = list.len(vm);
    let i = if i < 0 {
        i.saturating_add(len as i64).max(0) as usize
    } else {
        i as usize
    };
    Ok(list.insert(vm, i.min(len), item.value(vm))?)
}
fn pop(vm: &mut Vm, this: Local<k::List>, i: Option<i64>) -> Py<Ret> {
    let vm: &Vm = vm;
    let list = this.get(vm);
    let len = list.len(vm);
    if len == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let Some(i) = support::wrap_index(i.unwrap_or(-1), len) else {
        return Err(vm.index_error("pop index out of range"));
    };
    let value = list.get(vm, i);
    if i + 1 == len {
        list.truncate(vm, i);
    } else {
        list.remove_range(vm, i, i + 1);
    }
    Ok(vm.ret(value))
}
fn remove(vm: &mut Vm, this: Local<k::List>, item: Local) -> Py<()> {
    match support::sequence_find(vm, this.any(), item, 0, usize::MAX)? {
        Some(i) => {
            this.get(vm).remove_range(vm, i, i + 1);
            Ok(())
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}
fn reverse(vm: &Vm, this: List<'_>) -> Py<()> {
    this.reverse(vm);
    Ok(())
}

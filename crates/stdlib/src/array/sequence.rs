//! Arrays as sequences: items, slices, comparison, search, iteration.

use super::{
    ARRAY, ITER_ARRAY, ITER_INDEX, ITERATOR, append_iterable, append_one, bad_argument, is_array,
    store,
};
use crate::support::*;
use mesapy_bytecode::CmpOp;
use mesapy_vm::objects::support::{self, RawSlice, Subscript};
use store::{byte_len, code, itemsize, len};

pub fn length(vm: &mut Vm, this: Local) -> Py<usize> {
    Ok(len(vm, this.value(vm)))
}
/// The item at an index into a slot; false past the end.
fn load(vm: &Vm, this: Local, i: usize, into: Local) -> Py<bool> {
    match store::item(vm, this.value(vm), i)? {
        Some(v) => {
            into.set(vm, v);
            Ok(true)
        }
        None => Ok(false),
    }
}
pub fn tolist(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let n = len(vm, this.value(vm));
    let list = vm.list_with_capacity(n)?;
    for i in 0..n {
        if let Some(v) = store::item(vm, this.value(vm), i)? {
            list.push(vm, v)?;
        }
    }
    Ok(vm.ret(list.value()))
}

// ---- subscripts

fn subscript(vm: &mut Vm, key: Local) -> Py<Subscript> {
    let value = key.value(vm);
    if value.kind(vm) == Kind::Slice {
        return support::raw_slice(vm, key).map(Subscript::Slice);
    }
    if !vm.is_int(value) && vm.special_of(value, Dunder::Index).is_none() {
        return Err(vm.type_error("array indices must be integers"));
    }
    vm.index_for_item(key).map(Subscript::Index)
}
fn at(vm: &Vm, this: Local, i: i64, text: &str) -> Py<usize> {
    support::wrap_index(i, len(vm, this.value(vm))).ok_or_else(|| vm.index_error(text))
}
pub fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    match subscript(vm, key)? {
        Subscript::Index(i) => {
            let vm: &Vm = vm;
            let i = at(vm, this, i, "array index out of range")?;
            let item = store::item(vm, this.value(vm), i)?;
            Ok(vm.ret(item.unwrap_or(Value::NONE)))
        }
        Subscript::Slice(slice) => {
            let (code, bytes) = {
                let value = this.value(vm);
                (code(vm, value), slice_bytes(vm, value, slice))
            };
            let made = store::new_array(vm, code, &bytes)?;
            Ok(vm.ret(made.value(vm)))
        }
    }
}
fn slice_bytes(vm: &Vm, this: Value<'_>, slice: RawSlice) -> Vec<u8> {
    let size = itemsize(vm, this);
    let span = slice.adjust(len(vm, this));
    if span.step == 1 {
        return store::bytes(vm, this, span.start * size..(span.start + span.n) * size);
    }
    let all = store::all_bytes(vm, this);
    span.indices()
        .filter_map(|i| all.get(i * size..i * size + size))
        .flatten()
        .copied()
        .collect()
}
pub fn setitem(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    let slice = match subscript(vm, key)? {
        Subscript::Index(i) => {
            const TEXT: &str = "array assignment index out of range";
            let i = at(vm, this, i, TEXT)?;
            let code = code(vm, this.value(vm));
            let bytes = store::item_bytes(vm, code, value)?;
            let size = itemsize(vm, this.value(vm));
            let item = bytes.get(..size).unwrap_or(&[]);
            // Converting the item may have run code that made the array shorter.
            return if store::overwrite(vm, this.value(vm), i * size, item) {
                Ok(())
            } else {
                Err(vm.index_error(TEXT))
            };
        }
        Subscript::Slice(slice) => slice,
    };
    if !is_array(vm, value) {
        return Err(vm.type_error(format!(
            "can only assign array (not \"{}\") to array slice",
            vm.type_name_for_error(value.value(vm))
        )));
    }
    if code(vm, this.value(vm)) != code(vm, value.value(vm)) {
        return Err(bad_argument(vm));
    }
    let new = store::all_bytes(vm, value.value(vm));
    let size = itemsize(vm, this.value(vm));
    let span = slice.adjust(len(vm, this.value(vm)));
    if span.step == 1 {
        return store::splice(
            vm,
            this,
            span.start * size..(span.start + span.n) * size,
            &new,
        );
    }
    if new.len() / size != span.n {
        return Err(vm.value_error(format!(
            "attempt to assign array of size {} to extended slice of size {}",
            new.len() / size,
            span.n
        )));
    }
    for (i, item) in span.indices().zip(new.chunks_exact(size)) {
        store::overwrite(vm, this.value(vm), i * size, item);
    }
    Ok(())
}
pub fn delitem(vm: &mut Vm, this: Local, key: Local) -> Py<()> {
    let subscript = subscript(vm, key)?;
    let size = itemsize(vm, this.value(vm));
    let slice = match subscript {
        Subscript::Index(i) => {
            let i = at(vm, this, i, "array assignment index out of range")?;
            return store::splice(vm, this, i * size..i * size + size, &[]);
        }
        Subscript::Slice(slice) => slice,
    };
    let span = slice.adjust(len(vm, this.value(vm)));
    if span.step == 1 {
        return store::splice(
            vm,
            this,
            span.start * size..(span.start + span.n) * size,
            &[],
        );
    }
    if span.n == 0 {
        return Ok(());
    }
    let all = store::all_bytes(vm, this.value(vm));
    let mut keep = vec![true; all.len() / size];
    for i in span.indices() {
        if let Some(k) = keep.get_mut(i) {
            *k = false;
        }
    }
    let kept: Vec<u8> = all
        .chunks_exact(size)
        .zip(&keep)
        .filter(|(_, keep)| **keep)
        .flat_map(|(item, _)| item.iter().copied())
        .collect();
    store::splice(vm, this, 0..all.len(), &kept)
}

// ---- operators

pub fn add(vm: &mut Vm, this: Local, value: Local) -> Py<Local> {
    if !is_array(vm, value) {
        return Err(vm.type_error(format!(
            "can only append array (not \"{}\") to array",
            vm.type_name_for_error(value.value(vm))
        )));
    }
    let code_here = code(vm, this.value(vm));
    if code_here != code(vm, value.value(vm)) {
        return Err(bad_argument(vm));
    }
    let mut bytes = store::all_bytes(vm, this.value(vm));
    bytes.extend(store::all_bytes(vm, value.value(vm)));
    store::new_array(vm, code_here, &bytes)
}
fn extend_by_array(vm: &mut Vm, this: Local, other: Local) -> Py<()> {
    if code(vm, this.value(vm)) != code(vm, other.value(vm)) {
        return Err(vm.type_error("can only extend with array of same kind"));
    }
    let bytes = store::all_bytes(vm, other.value(vm));
    let end = byte_len(vm, this.value(vm));
    store::splice(vm, this, end..end, &bytes)
}
pub fn iadd(vm: &mut Vm, this: Local, value: Local) -> Py<Local> {
    if !is_array(vm, value) {
        return Err(vm.type_error(format!(
            "can only extend with array (not \"{}\")",
            vm.type_name_for_error(value.value(vm))
        )));
    }
    extend_by_array(vm, this, value)?;
    Ok(this)
}
pub fn extend(vm: &mut Vm, this: Local, items: Local) -> Py<()> {
    if is_array(vm, items) {
        extend_by_array(vm, this, items)
    } else {
        append_iterable(vm, this, items)
    }
}
fn repeated(vm: &Vm, this: Local, times: usize) -> Py<Vec<u8>> {
    let bytes = store::all_bytes(vm, this.value(vm));
    let len = bytes
        .len()
        .checked_mul(times)
        .ok_or_else(|| vm.memory_error())?;
    // The heap is asked first whether there is so much memory.
    vm.new_raw(len)?;
    Ok(bytes.repeat(times))
}
pub fn mul(vm: &mut Vm, this: Local, n: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, n)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let bytes = repeated(vm, this, times)?;
    let code = code(vm, this.value(vm));
    let made = store::new_array(vm, code, &bytes)?;
    Ok(vm.ret(made.value(vm)))
}
pub fn imul(vm: &mut Vm, this: Local, n: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, n)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let bytes = repeated(vm, this, times)?;
    store::splice(vm, this, 0..usize::MAX, &bytes)?;
    Ok(vm.ret(this.value(vm)))
}

fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    if !is_array(vm, this) || !is_array(vm, other) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let unequal_lengths = len(vm, this.value(vm)) != len(vm, other.value(vm));
    if unequal_lengths && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(vm.ret(Value::bool(op == CmpOp::Ne)));
    }
    let [x, y] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    while load(vm, this, i, x)? && load(vm, other, i, y)? {
        if !vm.equal(x, y)? {
            return match op {
                CmpOp::Eq => Ok(vm.ret(Value::FALSE)),
                CmpOp::Ne => Ok(vm.ret(Value::TRUE)),
                _ => vm.rich_compare(x, y, op),
            };
        }
        i += 1;
        vm.poll()?;
    }
    let (n, m) = (len(vm, this.value(vm)), len(vm, other.value(vm)));
    Ok(vm.ret(Value::bool(match op {
        CmpOp::Lt => n < m,
        CmpOp::Le => n <= m,
        CmpOp::Eq => n == m,
        CmpOp::Ne => n != m,
        CmpOp::Gt => n > m,
        CmpOp::Ge => n >= m,
    })))
}
pub fn lt(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Lt)
}
pub fn le(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Le)
}
pub fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Eq)
}
pub fn ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ne)
}
pub fn gt(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Gt)
}
pub fn ge(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ge)
}

// ---- search

fn find(vm: &mut Vm, this: Local, v: Local, start: usize, stop: usize) -> Py<Option<usize>> {
    let item = vm.local(Value::NONE);
    let mut i = start;
    while i < stop && load(vm, this, i, item)? {
        if vm.equal(item, v)? {
            return Ok(Some(i));
        }
        i += 1;
        vm.poll()?;
    }
    Ok(None)
}
pub fn contains(vm: &mut Vm, this: Local, v: Local) -> Py<bool> {
    Ok(find(vm, this, v, 0, usize::MAX)?.is_some())
}
pub fn count(vm: &mut Vm, this: Local, v: Local) -> Py<usize> {
    let (mut n, mut at) = (0, 0);
    while let Some(i) = vm.scope(|vm| find(vm, this, v, at, usize::MAX))? {
        n += 1;
        at = i + 1;
    }
    Ok(n)
}
pub fn index(
    vm: &mut Vm,
    this: Local,
    v: Local,
    start: Option<i64>,
    stop: Option<i64>,
) -> Py<usize> {
    let (start, stop) = support::find_bounds(start, stop, len(vm, this.value(vm)));
    find(vm, this, v, start, stop)?.ok_or_else(|| vm.value_error("array.index(x): x not in array"))
}
pub fn remove(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    let Some(i) = find(vm, this, v, 0, usize::MAX)? else {
        return Err(vm.value_error("array.remove(x): x not in array"));
    };
    let size = itemsize(vm, this.value(vm));
    store::splice(vm, this, i * size..i * size + size, &[])
}

// ---- changes

pub fn append(vm: &mut Vm, this: Local, v: Local) -> Py<()> {
    append_one(vm, this, v)
}
pub fn insert(vm: &mut Vm, this: Local, i: i64, v: Local) -> Py<()> {
    let code = code(vm, this.value(vm));
    let bytes = store::item_bytes(vm, code, v)?;
    let (n, size) = (len(vm, this.value(vm)), itemsize(vm, this.value(vm)));
    let i = if i < 0 {
        i.saturating_add(n as i64).max(0) as usize
    } else {
        (i as usize).min(n)
    };
    store::splice(
        vm,
        this,
        i * size..i * size,
        bytes.get(..size).unwrap_or(&[]),
    )
}
pub fn pop(vm: &mut Vm, this: Local, i: Option<i64>) -> Py<Local> {
    let n = len(vm, this.value(vm));
    if n == 0 {
        return Err(vm.index_error("pop from empty array"));
    }
    let i = at(vm, this, i.unwrap_or(-1), "pop index out of range")?;
    let item = vm.local(Value::NONE);
    load(vm, this, i, item)?;
    let size = itemsize(vm, this.value(vm));
    store::splice(vm, this, i * size..i * size + size, &[])?;
    Ok(item)
}
pub fn clear(vm: &mut Vm, this: Local) -> Py<()> {
    store::splice(vm, this, 0..usize::MAX, &[])
}
pub fn reverse(vm: &mut Vm, this: Local) -> Py<()> {
    let value = this.value(vm);
    let mut bytes = store::all_bytes(vm, value);
    // Reversed as a whole and then each item in itself.
    bytes.reverse();
    bytes
        .chunks_exact_mut(itemsize(vm, value))
        .for_each(<[u8]>::reverse);
    store::overwrite(vm, value, 0, &bytes);
    Ok(())
}

// ---- iteration

pub fn iter(vm: &mut Vm, this: Local) -> Py<Local> {
    let made = make_exact(vm, &ITERATOR)?;
    set_slot(vm, made, ITER_ARRAY, this.value(vm));
    set_int_slot(vm, made, ITER_INDEX, 0);
    Ok(made)
}
pub fn itself(_: &mut Vm, this: Local) -> Py<Local> {
    Ok(this)
}
pub fn next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let array = slot(vm, this, ITER_ARRAY);
    if !vm.is_instance_of(array, &ARRAY) {
        return Ok(false);
    }
    let i = int_slot(vm, this, ITER_INDEX);
    match store::item(vm, array, i as usize)? {
        Some(v) => {
            let _item = vm.ret(v);
            set_int_slot(vm, this, ITER_INDEX, i + 1);
            Ok(true)
        }
        None => {
            set_slot(vm, this, ITER_ARRAY, Value::NONE);
            Ok(false)
        }
    }
}
pub fn iter_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let builtins = mesapy_vm::import::import_module(vm, "builtins")?;
    let function = vm.get_attr_str(builtins, "iter")?.keep(vm);
    let array = slot_local(vm, this, ITER_ARRAY);
    if array.value(vm).is_none() {
        let empty = tuple_of(vm, &[])?;
        let arguments = tuple_of(vm, &[empty])?;
        return ret_tuple(vm, &[function, arguments]);
    }
    let arguments = tuple_of(vm, &[array])?;
    let index = slot_local(vm, this, ITER_INDEX);
    ret_tuple(vm, &[function, arguments, index])
}
pub fn iter_setstate(vm: &mut Vm, this: Local, state: i64) -> Py<()> {
    let array = slot(vm, this, ITER_ARRAY);
    if vm.is_instance_of(array, &ARRAY) {
        let index = state.clamp(0, len(vm, array) as i64);
        set_int_slot(vm, this, ITER_INDEX, index);
    }
    Ok(())
}

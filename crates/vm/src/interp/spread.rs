//! `*` and `**` in calls and displays, as far as tuples, lists and dicts go and no Python code is needed.

use super::calls::{self, Entered};
use crate::layout::header;
use crate::local::{Local, Py};
use crate::vm::Vm;
use mesapy_heap::{Kind, Word};

/// The call `f(*args, **kwargs)` whose callable stands in stack word `at`, args and kwargs where arguments do: laid out behind the frame, and entered there.
#[inline(never)]
pub(super) fn enter(vm: &Vm, at: u32) -> Py<Entered> {
    let (args, kwargs) = (
        vm.stack_word(at + header::SIZE).value(vm),
        vm.stack_word(at + header::SIZE + 1).value(vm),
    );
    let Some(args) = args.as_exact_tuple(vm) else {
        return Ok(Entered::Not);
    };
    let keywords = kwargs.as_exact_dict(vm).filter(|d| !d.is_empty(vm));
    if keywords.is_none() && !kwargs.is_empty() && kwargs.as_exact_dict(vm).is_none() {
        return Ok(Entered::Not);
    }
    let callable = vm.stack_word(at);
    let kind = callable.value(vm).kind(vm);
    if !matches!(
        kind,
        Kind::Function | Kind::BoundMethod | Kind::Type | Kind::Native
    ) {
        return Ok(Entered::Not);
    }
    let npos = args.len(vm);
    let n = (npos + keywords.map_or(0, |d| d.len(vm))) as u32;
    let names_at = vm.top.get();
    let index = names_at + 1;
    let first = index + header::SIZE;
    let Some(end) = first.checked_add(n).filter(|end| *end < u32::MAX / 2) else {
        return Ok(Entered::Not);
    };
    if !vm.has_room(end) {
        return Ok(Entered::Not);
    }
    vm.ensure_top(end);
    vm.set_stack_word(names_at, Word::EMPTY);
    vm.set_stack_word(index, callable);
    for i in 1..header::SIZE {
        vm.set_stack_word(index + i, Word::EMPTY);
    }
    let mut next = first;
    for value in args.iter(vm) {
        vm.set_stack_word(next, value.word());
        next += 1;
    }
    let mut names = None;
    if let Some(dict) = keywords {
        let mut keys = Vec::with_capacity(dict.len(vm));
        for (key, value) in dict.iter(vm) {
            if key.as_exact_str(vm).is_none() {
                return Ok(Entered::Not);
            }
            keys.push(key);
            vm.set_stack_word(next, value.word());
            next += 1;
        }
        vm.set_stack_word(names_at, vm.new_tuple(&keys)?.value().word());
        names = Some(Local::at(names_at));
    }
    vm.top.set(next);
    if kind == Kind::Native && names.is_none() {
        calls::leaf(vm, index, n)
    } else {
        calls::enter(vm, index, n, names)
    }
}

/// `[*source]` with the items of a list or tuple. False: the general way.
pub(super) fn extend(vm: &Vm, list: Word, source: Word) -> Py<bool> {
    let Some(list) = list.value(vm).as_exact_list(vm) else {
        return Ok(false);
    };
    let source = source.value(vm);
    if let Some(tuple) = source.as_exact_tuple(vm) {
        for item in tuple.iter(vm) {
            list.push(vm, item)?;
        }
        return Ok(true);
    }
    let Some(source) = source.as_exact_list(vm) else {
        return Ok(false);
    };
    for i in 0..source.len(vm) {
        list.push(vm, source.get(vm, i))?;
    }
    Ok(true)
}

/// `f(**source)`: names from a dict into the dict of keywords, in which they must be new. False: the general way.
pub(super) fn merge(vm: &Vm, dict: Word, source: Word) -> Py<bool> {
    let (Some(dict), Some(source)) = (
        dict.value(vm).as_exact_dict(vm),
        source.value(vm).as_exact_dict(vm),
    ) else {
        return Ok(false);
    };
    let fresh = source.iter(vm).all(|(key, _)| {
        key.as_exact_str(vm)
            .is_some_and(|name| dict.is_empty(vm) || dict.get_str(vm, name).is_none())
    });
    if !fresh {
        return Ok(false);
    }
    for (key, value) in source.iter(vm) {
        if let Some(name) = key.as_exact_str(vm) {
            dict.set_str(vm, name, value)?;
        }
    }
    Ok(true)
}

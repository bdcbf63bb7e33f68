//! Methods of lists, dicts and sets.

use super::{arg, two};
use crate::interp::{fast, sets};
use crate::vm::Vm;
use mesapy_heap::{Value, Word};

pub(crate) fn dict_get(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 && n != 3 {
        return None;
    }
    let dict = arg(vm, base, 0).as_dict(vm)?;
    match fast::entry(vm, dict, arg(vm, base, 1))? {
        Ok(e) => dict.value_at_entry(vm, e).map(|v| v.word()),
        Err(_) if n == 3 => Some(arg(vm, base, 2).word()),
        Err(_) => Some(Word::NONE),
    }
}
pub(crate) fn list_pop(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let list = arg(vm, base, 0).as_list(vm)?;
    let len = list.len(vm);
    let i = match n {
        1 => len.checked_sub(1)?,
        2 => {
            let i = arg(vm, base, 1).as_small_int()?;
            usize::try_from(if i < 0 { i + len as i64 } else { i }).ok()?
        }
        _ => return None,
    };
    let value = list.at(vm, i)?.word();
    if i + 1 == len {
        list.truncate(vm, i);
    } else {
        list.remove_range(vm, i, i + 1);
    }
    Some(value)
}
pub(crate) fn list_insert(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let list = (n == 3).then(|| arg(vm, base, 0))?.as_list(vm)?;
    let i = usize::try_from(arg(vm, base, 1).as_small_int()?).ok()?;
    list.insert(vm, i, arg(vm, base, 2)).ok()?;
    Some(Word::NONE)
}
pub(crate) fn list_extend(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, source) = two(vm, base, n)?;
    let list = list.as_list(vm)?;
    if let Some(tuple) = source.as_exact_tuple(vm) {
        for item in tuple.iter(vm) {
            list.push(vm, item).ok()?;
        }
        return Some(Word::NONE);
    }
    let other = source.as_exact_list(vm)?;
    list.append_range(vm, other, 0, other.len(vm)).ok()?;
    Some(Word::NONE)
}
pub(crate) fn list_remove(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, item) = two(vm, base, n)?;
    let list = list.as_list(vm)?;
    let items = (0..list.len(vm)).map(|i| list.get(vm, i));
    let i = fast::position(vm, items, item)??;
    list.remove_range(vm, i, i + 1);
    Some(Word::NONE)
}
pub(crate) fn set_add(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (set, item) = two(vm, base, n)?;
    sets::add(vm, set.as_exact_set(vm)?.any(), item)?;
    Some(Word::NONE)
}

pub(crate) fn list_append(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, item) = two(vm, base, n)?;
    list.as_list(vm)?.push(vm, item).ok()?;
    Some(Word::NONE)
}
pub(crate) fn list_count(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, item) = two(vm, base, n)?;
    let list = list.as_list(vm)?;
    let mut count = 0;
    for i in 0..list.len(vm) {
        let other = list.get(vm, i);
        if other == item || fast::equal(vm, other, item, 0)? {
            count += 1;
        }
    }
    Some(Value::len(count).word())
}
pub(crate) fn list_index(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, item) = two(vm, base, n)?;
    let list = list.as_list(vm)?;
    let items = (0..list.len(vm)).map(|i| list.get(vm, i));
    Some(Value::len(fast::position(vm, items, item)??).word())
}
pub(crate) fn dict_setdefault(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 && n != 3 {
        return None;
    }
    let (dict, key) = (arg(vm, base, 0).as_dict(vm)?, arg(vm, base, 1));
    match fast::entry(vm, dict, key)? {
        Ok(e) => dict.value_at_entry(vm, e).map(|v| v.word()),
        Err(hash) => {
            let value = if n == 3 {
                arg(vm, base, 2)
            } else {
                Value::NONE
            };
            dict.insert_new(vm, hash, key, value).ok()?;
            Some(value.word())
        }
    }
}
pub(crate) fn dict_pop(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 && n != 3 {
        return None;
    }
    let dict = arg(vm, base, 0).as_dict(vm)?;
    match fast::entry(vm, dict, arg(vm, base, 1))? {
        Ok(e) => {
            let value = dict.value_at_entry(vm, e)?.word();
            dict.remove_at(vm, e).then_some(value)
        }
        Err(_) if n == 3 => Some(arg(vm, base, 2).word()),
        Err(_) => None,
    }
}
pub(crate) fn set_discard(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (set, item) = two(vm, base, n)?;
    sets::discard(vm, set.as_exact_set(vm)?.any(), item)?;
    Some(Word::NONE)
}

//! Subscripts: `x[i]`, `x[i] = v`, `del x[i]`, slices, `len`, `in`.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value, Word};

/// Lists and tuples by small integers, dicts by strings and small integers.
#[inline(always)]
pub(crate) fn get_fast(vm: &Vm, x: Word, key: Word) -> Option<Word> {
    let x = x.value(vm);
    if let Some(i) = key.as_small_int() {
        if let Some(list) = x.as_exact_list(vm) {
            let i = if i < 0 { i + list.len(vm) as i64 } else { i };
            return usize::try_from(i)
                .ok()
                .and_then(|i| list.at(vm, i))
                .map(|v| v.word());
        }
        if let Some(tuple) = x.as_exact_tuple(vm) {
            let i = if i < 0 { i + tuple.len(vm) as i64 } else { i };
            return usize::try_from(i)
                .ok()
                .and_then(|i| tuple.at(vm, i))
                .map(|v| v.word());
        }
        if let Some(dict) = x.as_exact_dict(vm) {
            return dict.get_int(vm, i).map(|v| v.word());
        }
        return None;
    }
    let s = key.value(vm).as_exact_str(vm)?;
    x.as_exact_dict(vm)?.get_str(vm, s).map(|v| v.word())
}
/// Stores to a list by an index from its start; false: not stored.
#[inline(always)]
pub(crate) fn set_list_item(vm: &Vm, x: Word, key: Word, value: Word) -> bool {
    match (x.value(vm).as_exact_list(vm), key.as_small_int()) {
        (Some(list), Some(i)) if i >= 0 => list.set(vm, i as usize, value.value(vm)),
        _ => false,
    }
}
/// The same for stores; false: not stored.
#[inline(always)]
pub(crate) fn set_fast(vm: &Vm, x: Word, key: Word, value: Word) -> bool {
    let (x, value) = (x.value(vm), value.value(vm));
    if let Some(i) = key.as_small_int() {
        if let Some(list) = x.as_exact_list(vm) {
            let n = list.len(vm) as i64;
            let i = if i < 0 { i + n } else { i };
            if i >= 0 && i < n {
                list.set(vm, i as usize, value);
                return true;
            }
        }
        return false;
    }
    match (key.value(vm).as_exact_str(vm), x.as_exact_dict(vm)) {
        (Some(s), Some(dict)) => dict.set_str(vm, s, value).is_ok(),
        _ => false,
    }
}

impl Vm {
    /// `x[key]`.
    pub fn get_item(&mut self, x: Local, key: Local) -> Py<Ret> {
        if let Some(word) = get_fast(self, x.word(self), key.word(self)) {
            let value = word.value(self);
            return Ok(self.ret(value));
        }
        if let Some(ret) = self.call_dunder(x, Dunder::GetItem, &[key])? {
            return Ok(ret);
        }
        if self.is_type(x.value(self)) {
            if x.value(self) == self.type_object(&crate::objects::type_::TYPE).value() {
                return crate::objects::generic_alias::new_alias(self, x, key);
            }
            if let Some(f) = self.lookup_attr_str(x, "__class_getitem__")? {
                let f = f.keep(self);
                if !f.value(self).is_none() {
                    return self.call(f, &[key]);
                }
            }
            return Err(self.type_error(format!(
                "type '{}' is not subscriptable",
                self.type_short_name(x.value(self))
            )));
        }
        Err(self.type_error(format!(
            "'{}' object is not subscriptable",
            self.type_name_for_error(x.value(self))
        )))
    }
    /// `x[key] = value`.
    pub fn set_item(&mut self, x: Local, key: Local, value: Local) -> Py<()> {
        if set_fast(self, x.word(self), key.word(self), value.word(self)) {
            return Ok(());
        }
        if x.value(self).as_exact_dict(self).is_some() {
            return self.dict_set(x, key, value);
        }
        match self.call_dunder(x, Dunder::SetItem, &[key, value])? {
            Some(ret) => {
                let _ = ret.get(self);
                Ok(())
            }
            None => Err(self.type_error(format!(
                "'{}' object does not support item assignment",
                self.type_name_for_error(x.value(self))
            ))),
        }
    }
    /// `del x[key]`.
    pub fn del_item(&mut self, x: Local, key: Local) -> Py<()> {
        match self.call_dunder(x, Dunder::DelItem, &[key])? {
            Some(ret) => {
                let _ = ret.get(self);
                Ok(())
            }
            None => Err(self.type_error(format!(
                "'{}' object doesn't support item deletion",
                self.type_name_for_error(x.value(self))
            ))),
        }
    }
    /// `len(x)`.
    pub fn len(&mut self, x: Local) -> Py<usize> {
        let value = x.value(self);
        let known = match value.kind(self) {
            Kind::List => value.as_exact_list(self).map(|l| l.len(self)),
            Kind::Tuple => value.as_exact_tuple(self).map(|t| t.len(self)),
            Kind::Dict => value.as_exact_dict(self).map(|d| d.len(self)),
            Kind::Str => value.as_exact_str(self).map(|s| s.char_len(self)),
            Kind::Bytes => value.as_bytes(self).map(|b| b.len(self)),
            _ => None,
        };
        if let Some(n) = known {
            return Ok(n);
        }
        match self.call_dunder(x, Dunder::Len, &[])? {
            Some(ret) => {
                let result = ret.keep(self);
                self.check_length(result)
            }
            None => Err(self.type_error(format!(
                "object of type '{}' has no len()",
                self.type_name_for_error(x.value(self))
            ))),
        }
    }
    /// The result of `__len__` as a length.
    fn check_length(&mut self, result: Local) -> Py<usize> {
        let kind = result.value(self).kind(self);
        if kind != Kind::Int {
            let i = self.index_value(result)?.keep(self);
            return match self.int_value(i.value(self)) {
                Some(n) if n >= 0 => Ok(n as usize),
                Some(_) => Err(self.value_error("__len__() should return >= 0")),
                None if self.int_is_negative(i.value(self)) => {
                    Err(self.value_error("__len__() should return >= 0"))
                }
                None => Err(self.overflow_error("cannot fit 'int' into an index-sized integer")),
            };
        }
        match self.int_value(result.value(self)) {
            Some(n) if n >= 0 => Ok(n as usize),
            _ => Err(self.value_error("__len__() should return >= 0")),
        }
    }

    /// `item in container`.
    pub fn contains(&mut self, container: Local, item: Local) -> Py<bool> {
        if let (Some(dict), Some(s)) = (
            container.value(self).as_exact_dict(self),
            item.value(self).as_exact_str(self),
        ) {
            return Ok(dict.get_str(self, s).is_some());
        }
        if let Some(f) = self.special_of(container.value(self), Dunder::Contains) {
            if f.is_none() {
                return Err(self.type_error(format!(
                    "'{}' object is not a container",
                    self.type_name_for_error(container.value(self))
                )));
            }
            let f = self.local(f);
            let result = self.call_special(f, container, &[item])?.keep(self);
            return self.truth(result);
        }
        // By iteration.
        if self
            .special_of(container.value(self), Dunder::Iter)
            .is_none()
            && !self.is_sequence(container.value(self))
        {
            return Err(self.type_error(format!(
                "argument of type '{}' is not a container or iterable",
                self.type_name_for_error(container.value(self))
            )));
        }
        let iterator = self.iter(container)?.keep(self);
        let element = self.local(Value::NONE);
        while self.next_into(iterator, element)? {
            if self.equal(element, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `x[start:stop]`.
pub(crate) fn load_slice(vm: &mut Vm, x: Local, start: Local, stop: Local) -> Py<Ret> {
    let slice = vm.local(crate::objects::slice::new_slice(
        vm,
        start.value(vm),
        stop.value(vm),
        Value::NONE,
    ));
    vm.get_item(x, slice)
}
pub(crate) fn store_slice(
    vm: &mut Vm,
    x: Local,
    start: Local,
    stop: Local,
    value: Local,
) -> Py<()> {
    let slice = vm.local(crate::objects::slice::new_slice(
        vm,
        start.value(vm),
        stop.value(vm),
        Value::NONE,
    ));
    vm.set_item(x, slice, value)
}

//! Iteration: `iter`, `next`, `for`, unpacking, and turning iterables into lists and tuples.

use super::Fr;
use crate::dunder::Dunder;
use crate::layout::native;
use crate::local::{Local, Py, Ret, k};
use crate::objects::{exceptions as exc, iterators};
use crate::sink::Sink;
use crate::typedef::TypeDef;
use crate::vm::{Vm, settled};
use mesapy_bytecode::Instr;
use mesapy_heap::{Kind, Value, Word};

/// `iter(x)` for `for`.
pub(crate) fn get_iter(vm: &mut Vm, x: Local) -> Py<Ret> {
    vm.iter(x)
}

/// One step of an iterator of kind `Iter`.
#[inline(never)]
pub(crate) fn step(vm: &Vm, iterator: Word) -> iterators::Fast {
    match iterator.value(vm).as_obj() {
        Some(obj) => iterators::fast_next(vm, obj),
        None => iterators::Fast::Slow,
    }
}

/// One step of a `for` loop.
#[inline(always)]
pub(crate) fn for_iter(vm: &mut Vm, f: &mut Fr, i: Instr) -> Py<()> {
    let iterator = f.value(vm, i.b());
    if let Some(obj) = iterator.as_obj() {
        match obj.kind(vm) {
            Kind::Iter => match iterators::fast_next(vm, obj) {
                iterators::Fast::Item(word) => {
                    f.set(vm, i.a(), word);
                    return Ok(());
                }
                iterators::Fast::End => {
                    f.jump(i.off());
                    return Ok(());
                }
                iterators::Fast::Slow => {}
            },
            Kind::Generator => {
                if crate::generator::enter_for(vm, f, i)? {
                    return Ok(());
                }
            }
            _ => {}
        }
    }
    let top = vm.top.get();
    let more = vm.next(Local::at(f.base + u32::from(i.b())))?;
    vm.top.set(top);
    if more {
        let word = vm.ret.get();
        f.set(vm, i.a(), word);
    } else {
        f.jump(i.off());
    }
    Ok(())
}

/// More items than any list has room for.
const ITEMS_MAX: usize = 1 << 32;

impl Vm {
    /// `iter(x)`.
    pub fn iter(&mut self, x: Local) -> Py<Ret> {
        if let Some(word) = iterators::fast_iter(self, x.value(self)) {
            let value = word.value(self);
            return Ok(self.ret(value));
        }
        match self.special_of(x.value(self), Dunder::Iter) {
            Some(f) if f.is_none() => Err(self.not_iterable(x.value(self))),
            Some(f) => {
                let top = self.top.get();
                let f = self.local(f);
                let iterator = self.call_special(f, x, &[])?.keep(self);
                if !self.is_iterator(iterator.value(self)) {
                    return Err(self.type_error(format!(
                        "iter() returned non-iterator of type '{}'",
                        self.type_name_for_error(iterator.value(self))
                    )));
                }
                let word = iterator.word(self);
                self.top.set(top);
                self.ret.set(word);
                Ok(Ret(()))
            }
            None if self.is_sequence(x.value(self)) => {
                let iterator = iterators::sequence_iterator(self, x.value(self)).word();
                self.ret.set(iterator);
                Ok(Ret(()))
            }
            None => Err(self.not_iterable(x.value(self))),
        }
    }
    /// Whether items can be had by position (`PySequence_Check`): natives with `__getitem__` may be mere mappings.
    pub(crate) fn is_sequence(&self, x: Value<'_>) -> bool {
        let Some(f) = self.special_of(x, Dunder::GetItem) else {
            return false;
        };
        let owner = f
            .as_obj()
            .filter(|o| o.kind(self) == Kind::Native)
            .and_then(|o| o.slot(self, crate::layout::native::OWNER).as_obj())
            .filter(|o| self.is_type(o.value()));
        match owner {
            Some(owner) => {
                self.type_flags(owner).has(crate::types::Flags::SEQUENCE)
                    || matches!(
                        self.type_short_name(owner.value()).as_str(),
                        "str" | "bytes" | "bytearray" | "mmap"
                    )
            }
            None => x.as_dict(self).is_none(),
        }
    }
    #[cold]
    pub(crate) fn not_iterable(&self, x: Value<'_>) -> crate::local::Raised {
        self.type_error(format!(
            "'{}' object is not iterable",
            self.type_name_for_error(x)
        ))
    }
    pub fn is_iterator(&self, x: Value<'_>) -> bool {
        self.special_of(x, Dunder::Next)
            .is_some_and(|f| !f.is_none())
    }

    /// The next item: true with it in the return register, false at the end.
    pub fn next(&mut self, iterator: Local) -> Py<bool> {
        // Natives that consume an iterable, which may be endless, are interruptible here.
        self.poll()?;
        let value = iterator.value(self);
        if let Some(obj) = value.as_obj() {
            match obj.kind(self) {
                Kind::Iter => match iterators::fast_next(self, obj) {
                    iterators::Fast::Item(word) => {
                        self.ret.set(word);
                        return Ok(true);
                    }
                    iterators::Fast::End => return Ok(false),
                    iterators::Fast::Slow => {}
                },
                Kind::Generator => {
                    if let Some(done) = crate::generator::next(self, iterator) {
                        return done;
                    }
                }
                _ => {}
            }
        }
        let top = self.top.get();
        let result = self.next_slow(iterator);
        self.top.set(top);
        result
    }
    fn next_slow(&mut self, iterator: Local) -> Py<bool> {
        let class = self.type_of(iterator.value(self));
        let Some(f) = self.special(class, Dunder::Next) else {
            return Err(self.type_error(format!(
                "'{}' object is not an iterator",
                self.type_name_for_error(iterator.value(self))
            )));
        };
        // A native iterator's step, without the price of StopIteration.
        if let Some(step) = f
            .as_obj()
            .filter(|o| o.kind(self) == Kind::Native)
            .and_then(|o| self.iternext_of(o))
        {
            self.check_native_stack()?;
            return step(self, iterator);
        }
        let f = self.local(f);
        match self.call_special(f, iterator, &[]) {
            Ok(ret) => {
                let Ret(()) = ret;
                Ok(true)
            }
            Err(raised) if self.raised_is(&raised, &exc::STOP_ITERATION) => {
                settled(raised);
                let e = self.pending.replace(Word::EMPTY);
                self.stop_value
                    .set(exc::stop_iteration_value(self, e.value(self)).word());
                Ok(false)
            }
            Err(raised) => Err(raised),
        }
    }
    fn iternext_of(&self, native: mesapy_heap::Obj<'_>) -> Option<fn(&mut Vm, Local) -> Py<bool>> {
        let owner = native.slot(self, native::OWNER).as_obj()?;
        self.native_def_of(owner)?.iternext
    }
    /// What declares a native type, or the native type that a class derives from.
    fn native_def_of(&self, class: mesapy_heap::Obj<'_>) -> Option<&'static TypeDef> {
        let id = class
            .slot(self, crate::layout::types::LAYOUT)
            .as_small_int()? as usize;
        *self.type_defs.get(id)?
    }
    /// Refuses to collect all items of an iterator that never ends: memory would not do.
    pub(crate) fn refuse_endless(&self, iterator: Local) -> Py<()> {
        let value = iterator.value(self);
        let class = self.type_of(value);
        let Some(def) = self.native_def_of(class) else {
            return Ok(());
        };
        match def.endless {
            Some(endless) if class == self.type_object(def) && endless(self, value) => {
                Err(self.memory_error())
            }
            _ => Ok(()),
        }
    }
    /// The next item into a local.
    pub fn next_into(&mut self, iterator: Local, into: Local) -> Py<bool> {
        if self.next(iterator)? {
            into.set(self, self.ret.get().value(self));
            Ok(true)
        } else {
            Ok(false)
        }
    }

    /// `list(x)`, a fresh list.
    pub fn list_from_iterable(&mut self, x: Local) -> Py<Ret> {
        let top = self.top.get();
        let list = self.new_list(&[])?.value().word();
        let list: Local<k::List> = Local::at(self.local(list.value(self)).0);
        self.extend_list(list, x)?;
        let word = list.word(self);
        self.top.set(top);
        self.ret.set(word);
        Ok(Ret(()))
    }
    /// Appends all items of an iterable.
    pub fn extend_list(&mut self, list: Local<k::List>, x: Local) -> Py<()> {
        {
            let vm: &Vm = self;
            let source = x.value(vm);
            // A list extended by itself must not chase its own tail.
            let items = match source.kind(vm) {
                Kind::List => source.as_exact_list(vm).map(|l| l.to_vec(vm)),
                Kind::Tuple => source
                    .as_exact_tuple(vm)
                    .map(|t| t.iter(vm).collect::<Vec<_>>()),
                _ => None,
            };
            if let Some(items) = items {
                let target = list.get(vm);
                target.reserve(vm, items.len())?;
                for v in items {
                    target.push(vm, v)?;
                }
                return Ok(());
            }
        }
        let top = self.top.get();
        let iterator = self.iter(x)?.keep(self);
        self.refuse_endless(iterator)?;
        let hint = self.length_hint(x, 0)?;
        // A hint that no list could have room for beside what is there already is taken for nonsense.
        let possible = hint <= isize::MAX as usize - list.get(self).len(self);
        if hint > 0 && possible {
            if hint > ITEMS_MAX {
                return Err(self.memory_error());
            }
            // A hint is no promise: a false one must not exhaust memory.
            let _ = list.get(self).reserve(self, hint.min(1 << 16));
        }
        while self.next_beyond(iterator, list.any(), Sink::List)? {
            let item = self.ret.get().value(self);
            list.get(self).push(self, item)?;
        }
        self.top.set(top);
        Ok(())
    }
    /// `tuple(x)`.
    pub fn tuple_from_iterable(&mut self, x: Local) -> Py<Ret> {
        if x.value(self).as_exact_tuple(self).is_some() {
            return Ok(self.ret(x.value(self)));
        }
        let top = self.top.get();
        let list = self.list_from_iterable(x)?.keep(self);
        let word = {
            let vm: &Vm = self;
            let items = list
                .value(vm)
                .as_exact_list(vm)
                .map(|l| l.to_vec(vm))
                .unwrap_or_default();
            vm.new_tuple(&items)?.value().word()
        };
        self.top.set(top);
        self.ret.set(word);
        Ok(Ret(()))
    }
    /// `operator.length_hint(x, default)`.
    pub fn length_hint(&mut self, x: Local, default: usize) -> Py<usize> {
        if self.special_of(x.value(self), Dunder::Len).is_some() {
            let known = self.len(x);
            return match self.caught(known, &exc::TYPE_ERROR)? {
                Some(n) => Ok(n),
                None => Ok(default),
            };
        }
        let result = self.call_dunder(x, Dunder::LengthHint, &[]);
        let Some(Some(ret)) = self.caught(result, &exc::TYPE_ERROR)? else {
            return Ok(default);
        };
        let hint = ret.keep(self);
        if hint.value(self) == Value::NOT_IMPLEMENTED {
            return Ok(default);
        }
        match self.int_value(hint.value(self)) {
            Some(n) if n >= 0 => Ok(n as usize),
            Some(_) => Err(self.value_error("__length_hint__() should return >= 0")),
            None if self.is_int(hint.value(self)) => {
                Err(self.overflow_error("Python int too large to convert to C ssize_t"))
            }
            None => Err(self.type_error(format!(
                "__length_hint__ must be an integer, not {}",
                self.type_name_for_error(hint.value(self))
            ))),
        }
    }
}

/// Exactly `n` items of `x` to the words from `at` on.
pub(crate) fn unpack(vm: &mut Vm, x: Local, at: u32, n: u32) -> Py<()> {
    {
        let vm: &Vm = vm;
        let source = x.value(vm);
        let items = match source.kind(vm) {
            Kind::Tuple => source.as_exact_tuple(vm).map(|t| (t.len(vm), 0)),
            Kind::List => source.as_exact_list(vm).map(|l| (l.len(vm), 1)),
            _ => None,
        };
        if let Some((len, kind)) = items {
            if len as u32 != n {
                return Err(wrong_count(vm, len, n as usize, true));
            }
            // The source may be one of the targets' registers: all are read before any is stored only if it is first; so go backwards from a copy of the reference.
            let word = source.word();
            for i in 0..n {
                let v = word.value(vm);
                let item = if kind == 0 {
                    v.as_exact_tuple(vm).and_then(|t| t.at(vm, i as usize))
                } else {
                    v.as_exact_list(vm).and_then(|l| l.at(vm, i as usize))
                };
                vm.set_stack_word(at + i, item.unwrap_or(Value::NONE).word());
            }
            return Ok(());
        }
    }
    let iterator = unpack_iter(vm, x)?;
    for i in 0..n {
        if !vm.next(iterator)? {
            return Err(wrong_count(vm, i as usize, n as usize, false));
        }
        vm.set_stack_word(at + i, vm.ret.get());
    }
    if vm.next(iterator)? {
        let known = x.value(vm).as_exact_dict(vm).map(|d| d.len(vm));
        return Err(wrong_count(
            vm,
            known.unwrap_or(usize::MAX),
            n as usize,
            known.is_some(),
        ));
    }
    Ok(())
}
fn unpack_iter(vm: &mut Vm, x: Local) -> Py<Local> {
    let value = x.value(vm);
    if vm.special_of(value, Dunder::Iter).is_none() && !vm.is_sequence(value) {
        return Err(vm.type_error(format!(
            "cannot unpack non-iterable {} object",
            vm.type_name_for_error(value)
        )));
    }
    Ok(vm.iter(x)?.keep(vm))
}
#[cold]
fn wrong_count(vm: &Vm, got: usize, want: usize, known: bool) -> crate::local::Raised {
    if got > want {
        return vm.value_error(if known {
            format!("too many values to unpack (expected {want}, got {got})")
        } else {
            format!("too many values to unpack (expected {want})")
        });
    }
    vm.value_error(format!(
        "not enough values to unpack (expected {want}, got {got})"
    ))
}
/// `before` items, a list, `after` items.
pub(crate) fn unpack_ex(vm: &mut Vm, x: Local, at: u32, before: u32, after: u32) -> Py<()> {
    let iterator = unpack_iter(vm, x)?;
    let rest = vm.list_from_iterable(iterator)?.keep(vm);
    let vm: &Vm = vm;
    let list = rest
        .value(vm)
        .as_exact_list(vm)
        .ok_or(crate::local::Raised(()))?;
    let n = list.len(vm);
    let (before, after) = (before as usize, after as usize);
    if n < before + after {
        return Err(vm.value_error(format!(
            "not enough values to unpack (expected at least {}, got {n})",
            before + after
        )));
    }
    let items = list.to_vec(vm);
    let middle = vm.new_list(&items[before..n - after])?;
    let words = items[..before]
        .iter()
        .copied()
        .chain([middle.value()])
        .chain(items[n - after..].iter().copied());
    for (i, v) in words.enumerate() {
        vm.set_stack_word(at + i as u32, v.word());
    }
    Ok(())
}

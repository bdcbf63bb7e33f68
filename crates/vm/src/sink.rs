//! Collecting the items of an iterator.
//!
//! What natives like `list`, `set` or `sum` do with each item of their argument mostly needs no Python. So they name a *sink*, into which items go as they come: those of
//! builtin iterators in a tight loop, and those of a generator right where it yields them, without leaving its frame. An item that a sink
//! can't take by itself (a hash of its own, a number of another type) is handed to the native, which deals with it and goes on.

use crate::frame::Entry;
use crate::generator::{self, Resumed};
use crate::interp::{Fr, fast, sets};
use crate::local::{Local, Py, Ret};
use crate::objects::iterators;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, Word};

/// What becomes of the items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Sink {
    /// Appended to the list.
    List = 0,
    /// Added to the set.
    Set = 1,
    /// Immediate numbers, appended to the list up to [`CHUNK`].
    Numbers = 2,
    /// Dropped if they are true.
    All = 3,
    /// Dropped if they are false.
    Any = 4,
}
/// Numbers that are taken in a row.
const CHUNK: usize = 1000;

impl Sink {
    fn from_word(word: Word) -> Sink {
        match word.as_small_int().map(|n| n & SINK_MASK) {
            Some(1) => Sink::Set,
            Some(2) => Sink::Numbers,
            Some(3) => Sink::All,
            Some(4) => Sink::Any,
            _ => Sink::List,
        }
    }
}
const SINK_MASK: i64 = (1 << RESULT_SHIFT) - 1;
/// Above it the kind word of `Entry::Collect` has the kind of the result.
const RESULT_SHIFT: u32 = 4;
/// Room for items of a sequence that is collected.
const ITEMS_EXPECTED: usize = 8;

/// Words below a generator's frame header: the generator, the sink's kind, the sink.
const KIND: u32 = crate::layout::header::SIZE + 2;
const SINK: u32 = crate::layout::header::SIZE + 3;

/// The generator frame at `base`, which has a sink, yields: true if the sink has taken the item.
#[inline]
pub(crate) fn yielded(vm: &Vm, base: u32, item: Word) -> bool {
    let kind = Sink::from_word(vm.stack_word(base - KIND));
    take(
        vm,
        kind,
        vm.stack_word(base - SINK).value(vm),
        item.value(vm),
    )
}
fn take(vm: &Vm, kind: Sink, sink: Value<'_>, item: Value<'_>) -> bool {
    match kind {
        Sink::List => match sink.as_exact_list(vm) {
            Some(list) => list.push(vm, item).is_ok(),
            None => false,
        },
        Sink::Set => sink
            .as_any_set(vm)
            .is_some_and(|set| sets::add(vm, set, item).is_some()),
        Sink::Numbers => match sink.as_exact_list(vm) {
            Some(list) => {
                matches!(item.kind(vm), Kind::Int | Kind::Float)
                    && list.len(vm) < CHUNK
                    && list.push(vm, item).is_ok()
            }
            None => false,
        },
        Sink::All => fast::truth(vm, item.word()) == Some(true),
        Sink::Any => fast::truth(vm, item.word()) == Some(false),
    }
}

/// A call of a builtin class on a generator, in the stack word `arg`: pushes the generator's frame, with a sink for what it yields. False: it is no such call.
pub(crate) fn enter_collecting(vm: &Vm, class: Obj<'_>, arg: u32) -> Py<bool> {
    let generator = vm.stack_word(arg).value(vm).as_obj();
    let Some(generator) = generator.filter(|o| o.kind(vm) == Kind::Generator) else {
        return Ok(false);
    };
    let result = [Kind::Tuple, Kind::List, Kind::Set, Kind::FrozenSet]
        .into_iter()
        .find(|kind| vm.kind_types[*kind as usize].get() == class.word());
    let Some(result) = result.filter(|_| generator::can_start(vm, generator)) else {
        return Ok(false);
    };
    let (kind, sink) = match result {
        Kind::Set => (Sink::Set, vm.new_set().value()),
        Kind::FrozenSet => (Sink::Set, vm.new_frozenset().value()),
        _ => (Sink::List, vm.list_with_capacity(ITEMS_EXPECTED)?.value()),
    };
    vm.locals([
        sink,
        Value::int32(kind as i32 | (result as i32) << RESULT_SHIFT),
    ]);
    generator::push(
        vm,
        &mut Fr::default(),
        generator,
        Word::NONE,
        Entry::Collect,
    )?;
    Ok(true)
}
/// What the items have become that the generator frame at `base`, which returns now, has yielded.
pub(crate) fn collected(vm: &Vm, base: u32) -> Py<Word> {
    result(vm, vm.stack_word(base - KIND), vm.stack_word(base - SINK))
}
fn result(vm: &Vm, kind: Word, sink: Word) -> Py<Word> {
    let result = kind.as_small_int().unwrap_or(0) >> RESULT_SHIFT;
    match sink.value(vm).as_exact_list(vm) {
        Some(list) if result == Kind::Tuple as i64 => {
            let tuple = vm.new_tuple_of(list)?;
            // Nobody else has seen the list: its room is free.
            list.clear(vm);
            Ok(tuple.value().word())
        }
        _ => Ok(sink),
    }
}
/// The rest of a collecting call whose sink has not taken the item in the return register: that item and what the generator yields then, with Python.
/// Sink, kind and generator are the three words on top of the stack.
pub(crate) fn go_on(vm: &mut Vm) -> Py<Ret> {
    let top = vm.top.get();
    let [sink, kind, generator] = [3, 2, 1].map(|below| Local::at(top - below));
    let kind = kind.word(vm);
    let item = vm.local(Value::NONE);
    loop {
        item.set(vm, vm.ret.get().value(vm));
        match sink.value(vm).as_exact_list(vm) {
            Some(list) => list.push(vm, item.value(vm))?,
            None => vm.set_add(sink, item)?,
        }
        if !vm.next_beyond(generator, sink, Sink::from_word(kind))? {
            let word = result(vm, kind, sink.word(vm))?;
            return Ok(vm.ret(word.value(vm)));
        }
    }
}

impl Vm {
    /// Items of an iterator into a sink. True: the sink did not take the one that is in the return register; false: that was all.
    pub(crate) fn next_beyond(&mut self, iterator: Local, sink: Local, kind: Sink) -> Py<bool> {
        let value = iterator.value(self);
        match value.kind(self) {
            Kind::Iter => loop {
                self.poll()?;
                let vm: &Vm = self;
                let Some(obj) = iterator.value(vm).as_obj() else {
                    return Ok(false);
                };
                let target = sink.value(vm);
                // As many as may pass between two looks at the breaker.
                for _ in 0..CHUNK {
                    match iterators::fast_next(vm, obj) {
                        iterators::Fast::Item(word) => {
                            if !take(vm, kind, target, word.value(vm)) {
                                vm.ret.set(word);
                                return Ok(true);
                            }
                        }
                        iterators::Fast::End => return Ok(false),
                        iterators::Fast::Slow => return self.next(iterator),
                    }
                }
            },
            Kind::Generator => {
                self.poll()?;
                let top = self.top.get();
                let target = sink.value(self);
                self.locals([target, Value::int32(kind as i32)]);
                let result = generator::drain(self, iterator);
                self.top.set(top);
                match result {
                    Some(Ok(resumed)) => Ok(resumed == Resumed::Yielded),
                    Some(Err(raised)) => Err(raised),
                    None => self.next(iterator),
                }
            }
            _ => self.next(iterator),
        }
    }
}

//! Compiled code from the interpreter's side: when it is entered, how the loop goes on after it, and the helpers that it calls.

use super::inner::{self, Exit};
use super::{Fr, arith, build, calls, fast, iterate, operators};
use crate::dunder::Dunder;
use crate::frame::{Entry, Link};
use crate::generator;
use crate::jit::{ENTRY_WEIGHT, HELPERS, Helper, answer, place, status};
use crate::layout::header;
use crate::local::{Py, Raised};
use crate::objects::iterators;
use crate::sink;
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, CmpOp, Op};
use mesapy_codemem::Outcome;
use mesapy_heap::{Kind, Value, Word};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering;

// ---- entering

#[inline(always)]
fn count_of(vm: &Vm, code_at: u32) -> i64 {
    let word = vm.heap.view().get(code_at + place::CODE_JIT);
    word.unwrap_or(u64::MAX >> 1) as i64 >> 3
}
/// Counts a back-edge, or an entry, of a code object. True: it is compiled, or due to be.
#[inline(always)]
pub(super) fn is_hot(vm: &Vm, code_at: u32, weight: i64) -> bool {
    let count = count_of(vm, code_at);
    if count < weight {
        return true;
    }
    if let Some(code) = Word::reference(code_at).value(vm).as_obj() {
        code.set_int_slot(vm, crate::layout::code::JIT, count - weight);
    }
    false
}
/// Whether a code object is compiled.
#[inline(always)]
pub(super) fn is_compiled(vm: &Vm, code_at: u32) -> bool {
    count_of(vm, code_at) < 0
}
#[inline(always)]
pub(super) fn is_hot_entry(vm: &Vm, code_at: u32) -> bool {
    is_hot(vm, code_at, ENTRY_WEIGHT)
}
#[inline(always)]
fn code_at(vm: &Vm, base: u32) -> u32 {
    (vm.stack_word(base - header::CODE).bits() >> 32) as u32
}

/// Goes on in compiled code, which is made if it is due, for as long as there is some for the running frame. None: the interpreter goes on at `f`.
#[inline(never)]
pub(super) fn enter(vm: &Vm, f: &mut Fr) -> Option<Exit> {
    loop {
        let code = code_at(vm, f.base);
        let row = match Vm::row_of_count(count_of(vm, code)) {
            Some(row) => row,
            None if count_of(vm, code) < ENTRY_WEIGHT => vm.compile_code(code)?,
            None => return None,
        };
        if !vm.has_entry(row, f.pc) {
            return None;
        }
        let memory = vm.jit.memory()?;
        vm.pc.set(f.pc);
        let outcome = memory.enter(vm.heap.cage(), row, vm, f.base, f.pc);
        match outcome.status {
            status::RETURNED => {
                let link = Link(vm.stack_word(f.base - header::LINK).bits());
                *f = Fr::back(vm, link)?;
                if link.entry() != Entry::Discard {
                    let a = f.current(vm).a();
                    f.set(vm, a, Word::from_bits(outcome.value));
                }
                if !is_compiled(vm, code_at(vm, f.base)) {
                    return None;
                }
            }
            status::NOT_COMPILED => {
                vm.pc.set(0);
                *f = Fr::load(vm);
                if vm.breaker.load(Ordering::Relaxed) != 0 {
                    return Some(Exit::Safepoint);
                }
                if !is_hot_entry(vm, code_at(vm, f.base)) {
                    return None;
                }
            }
            status::ENTER | status::UNWIND => *f = Fr::load(vm),
            status::RAISED => {
                *f = Fr::load(vm);
                return Some(Exit::Raised(Raised(())));
            }
            status::PUT_ASIDE => {
                if let Some(panic) = vm.jit.panic.take() {
                    resume_unwind(panic);
                }
                let exit = vm.jit.aside.take();
                if !matches!(exit, Some(Exit::Returned)) {
                    *f = Fr::load(vm);
                }
                return exit;
            }
            status::YIELDED => {
                *f = Fr::load(vm);
                if !is_compiled(vm, code_at(vm, f.base)) {
                    return None;
                }
            }
            status::EXHAUSTED => {
                *f = Fr::load(vm);
                if !is_compiled(vm, code_at(vm, f.base)) {
                    return None;
                }
            }
            status::NO_ENTRY => return None,
            _ => {
                *f = Fr::load(vm);
                // Another frame's code, perhaps.
                if outcome.value != 0 {
                    if let Some(row) = Vm::row_of_count(count_of(vm, code_at(vm, f.base))) {
                        vm.assumption_failed(row, outcome.value as u32 - 1);
                    }
                }
                return None;
            }
        }
    }
}

/// The operator at a place of the code has met immediate floats: compiled code will expect them.
#[cold]
pub(super) fn met_floats(vm: &Vm, f: &Fr, ip: u32) {
    let code = Word::reference(code_at(vm, f.base)).value(vm).as_obj();
    let instrs = code.and_then(|c| c.slot(vm, crate::layout::code::INSTRS).as_raw(vm));
    if let Some(instrs) = instrs {
        let at = (ip - f.instrs) as usize;
        let word = instrs.word_at(vm, at) | u64::from(crate::jit::MET_FLOATS) << 8;
        instrs.set_word_at(vm, at, word);
    }
}

// ---- helpers

type HelperFn = extern "C" fn(&Vm, u64, u64, u64) -> Outcome;

/// Their addresses, as compiled code finds them in the VM.
pub(crate) fn helper_addresses() -> [usize; HELPERS] {
    let mut addresses = [0; HELPERS];
    for helper in Helper::ALL {
        addresses[*helper as usize] = function(*helper) as usize;
    }
    addresses
}

fn done(value: u64) -> Outcome {
    Outcome {
        status: answer::DONE,
        value,
    }
}
const NOT: Outcome = Outcome {
    status: answer::NOT,
    value: 0,
};
fn of_status(status: u64) -> Outcome {
    Outcome { status, value: 0 }
}
fn of_option(word: Option<Word>) -> Outcome {
    word.map_or(NOT, |w| done(w.bits()))
}
fn of_bool(b: Option<bool>) -> Outcome {
    b.map_or(NOT, |b| done(u64::from(b)))
}
fn of_result(value: Py<Value<'_>>) -> Outcome {
    match value {
        Ok(v) => done(v.bits()),
        Err(Raised(())) => of_status(status::RAISED),
    }
}
/// The frame that was pushed, to be entered at the VM's pc.
fn pushed(vm: &Vm) -> Outcome {
    let row = Vm::row_of_count(count_of(vm, code_at(vm, vm.base.get())));
    Outcome {
        status: answer::FRAME,
        value: u64::from(row.unwrap_or(0)) | u64::from(vm.pc.get()) << 32,
    }
}
fn of_operation(vm: &Vm, done_: Py<operators::Done>) -> Outcome {
    match done_ {
        Ok(operators::Done::Value(word)) => done(word.bits()),
        Ok(operators::Done::Frame) => pushed(vm),
        Ok(operators::Done::Not) => NOT,
        Err(Raised(())) => of_status(status::RAISED),
    }
}
fn put_aside(vm: &Vm, exit: Exit) -> Outcome {
    vm.jit.aside.set(Some(exit));
    of_status(status::PUT_ASIDE)
}

/// Panics don't go through compiled code: they are put aside until it has returned.
#[inline(always)]
fn guarded(vm: &Vm, f: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        vm.jit.panic.set(Some(panic));
        of_status(status::PUT_ASIDE)
    })
}

macro_rules! helper_functions {
    ($($name:ident($vm:ident, $a:ident, $b:ident, $c:ident) $body:block)*) => {
        fn function(helper: Helper) -> HelperFn {
            match helper { $(Helper::$name => {
                extern "C" fn entry($vm: &Vm, $a: u64, $b: u64, $c: u64) -> Outcome {
                    let _ = ($a, $b, $c);
                    guarded($vm, || $body)
                }
                entry
            })* }
        }
    };
}
helper_functions! {
    Step(vm, pc, b, c) { step(vm, pc as u32) }
    Call(vm, at, n, pc) { call(vm, at as u32, n as u32, pc as u32) }
    BoxFloat(vm, bits, b, c) { done(vm.float(f64::from_bits(bits)).word().bits()) }
    Simple(vm, pc, b, c) {
        let f = running(vm, pc as u32 + 1);
        match super::simple::execute(vm, &f, f.current(vm)) {
            Ok(true) => done(0),
            Ok(false) => NOT,
            Err(Raised(())) => of_status(status::RAISED),
        }
    }
    SinkYield(vm, item, b, c) {
        if sink::yielded(vm, vm.base.get(), Word::from_bits(item)) { done(0) } else { NOT }
    }
    Suspend(vm, item, pc, c) {
        let mut f = running(vm, pc as u32 + 1);
        let item = Word::from_bits(item);
        let i = f.current(vm);
        let left = match crate::park::park(vm, &mut f, i, item) {
            Some(()) => calls::Left::Caller,
            None => generator::suspend(vm, &mut f, item),
        };
        went(vm, &f, left, Outcome { status: status::YIELDED, value: item.bits() })
    }
    Finish(vm, value, pc, c) {
        let mut f = running(vm, pc as u32 + 1);
        let by_for = vm.link(f.base).entry() == Entry::ForIter;
        match calls::leave(vm, &mut f, Word::from_bits(value)) {
            Ok(left) => went(vm, &f, left, of_status(if by_for { status::EXHAUSTED } else { status::ENTER })),
            Err(Raised(())) => of_status(status::RAISED),
        }
    }
    Item(vm, x, key, c) {
        let (x, key) = (Word::from_bits(x), Word::from_bits(key));
        match fast::item(vm, x, key) {
            Some(word) => done(word.bits()),
            None => of_operation(vm, operators::item(vm, Dunder::GetItem, Entry::Python, [x, key])),
        }
    }
    StoreItem(vm, x, key, value) {
        let (x, key, value) = (Word::from_bits(x), Word::from_bits(key), Word::from_bits(value));
        if super::items::set_list_item(vm, x, key, value) || fast::set_item(vm, x, key, value).is_some() {
            return done(0);
        }
        of_operation(vm, operators::item(vm, Dunder::SetItem, Entry::Discard, [x, key, value]))
    }
    Compare(vm, op, x, y) {
        let (x, y) = (Word::from_bits(x), Word::from_bits(y));
        let op = CmpOp::from_u8(op as u8);
        of_bool(op.and_then(|op| super::compare::fast(op, x, y).or_else(|| fast::compare(vm, op, x, y))))
    }
    Truth(vm, x, b, c) { of_bool(fast::truth(vm, Word::from_bits(x))) }
    Contains(vm, x, item, c) { of_bool(fast::contains(vm, Word::from_bits(x), Word::from_bits(item))) }
    ForStep(vm, iterator, pc, c) { for_step(vm, Word::from_bits(iterator), pc as u32) }
    GetIter(vm, x, b, c) { of_option(iterators::fast_iter(vm, Word::from_bits(x).value(vm))) }
    Remember(vm, obj, at, c) {
        vm.heap.barrier_at(obj as u32, at as u32);
        done(0)
    }
    BuildTuple(vm, first, n, c) { of_result(build::tuple(vm, &frame(vm), first as u16, n as u16)) }
    BuildList(vm, first, n, c) { of_result(build::list(vm, &frame(vm), first as u16, n as u16)) }
    ListAppend(vm, list, item, c) {
        match build::list_append(vm, Word::from_bits(list).value(vm), Word::from_bits(item).value(vm)) {
            Ok(()) => done(0),
            Err(Raised(())) => of_status(status::RAISED),
        }
    }
    Arithmetic(vm, op, x, y) {
        let (x, y) = (Word::from_bits(x), Word::from_bits(y));
        let Some(binary) = BinOp::from_u8(op as u8) else { return NOT };
        match arith::float_fast(vm, binary, x, y) {
            Some(word) => done(word.bits()),
            None => of_operation(vm, operators::binary(vm, binary, op >> 8 != 0, x, y)),
        }
    }
}

/// The running frame, as far as what builds of its registers wants to know.
fn frame(vm: &Vm) -> Fr {
    Fr {
        base: vm.base.get(),
        pc: vm.pc.get(),
        ..Fr::default()
    }
}

/// After the running frame was left for `f`.
fn went(vm: &Vm, f: &Fr, left: calls::Left, to_caller: Outcome) -> Outcome {
    match left {
        calls::Left::Caller => {
            vm.pc.set(f.pc);
            to_caller
        }
        calls::Left::Rust => put_aside(vm, Exit::Returned),
        calls::Left::Declined => {
            vm.pc.set(f.pc);
            put_aside(vm, Exit::Declined)
        }
    }
}

/// The running frame, its pc set.
fn running(vm: &Vm, pc: u32) -> Fr {
    vm.pc.set(pc);
    Fr::load(vm)
}

/// A step of the `for` at `pc`.
fn for_step(vm: &Vm, iterator: Word, pc: u32) -> Outcome {
    match iterator.value(vm).kind(vm) {
        Kind::Generator => {}
        Kind::Iter => {
            return match iterate::step(vm, iterator) {
                iterators::Fast::Item(word) => done(word.bits()),
                iterators::Fast::End => of_status(answer::END),
                iterators::Fast::Slow => NOT,
            };
        }
        _ => return NOT,
    }
    let mut f = running(vm, pc + 1);
    let (base, i) = (f.base, f.current(vm));
    match generator::enter_for(vm, &mut f, i) {
        Ok(true) if f.base == base => of_status(answer::END),
        Ok(true) => {
            vm.pc.set(f.pc);
            let code = code_at(vm, f.base);
            match Vm::row_of_count(count_of(vm, code)) {
                Some(row) if vm.has_entry(row, f.pc) => pushed(vm),
                Some(_) => of_status(status::CONTINUE),
                None if is_hot(vm, code, 1) => of_status(status::ENTER),
                None => of_status(status::CONTINUE),
            }
        }
        Ok(false) => NOT,
        Err(Raised(())) => of_status(status::RAISED),
    }
}

/// One instruction in full, as far as that takes no more than `&Vm`.
fn step(vm: &Vm, pc: u32) -> Outcome {
    vm.pc.set(pc);
    let mut f = Fr::load(vm);
    let base = f.base;
    let exit = inner::run::<true>(vm, &mut f);
    if matches!(exit, Exit::Returned) {
        // The run is over; perhaps there is no frame any more.
        return put_aside(vm, exit);
    }
    vm.pc.set(f.pc);
    match exit {
        Exit::Stepped if f.base == base => done(u64::from(f.pc)),
        Exit::Stepped if f.base > base && f.pc == 0 => {
            // What comes back is the instruction's result, or nobody wants it.
            let entry = vm.link(f.base).entry();
            if matches!(entry, Entry::Python | Entry::Init | Entry::Operator) {
                return pushed(vm);
            }
            of_status(status::CONTINUE)
        }
        Exit::Stepped | Exit::General => of_status(status::CONTINUE),
        Exit::Raised(Raised(())) => of_status(status::RAISED),
        exit => put_aside(vm, exit),
    }
}

/// What a positional call comes to that is not plainly a Python function's.
fn call(vm: &Vm, at: u32, n: u32, pc: u32) -> Outcome {
    vm.pc.set(pc + 1);
    let callable = vm.stack_word(at);
    let Some(index) = callable.as_ref_index() else {
        return NOT;
    };
    let top = vm.top.get();
    let outcome = if callable.value(vm).kind(vm) == Kind::Native {
        if let Some(word) = calls::quick(vm, index, at, n) {
            vm.top.set(top);
            return done(word.bits());
        }
        calls::leaf(vm, at, n)
    } else {
        calls::enter(vm, at, n, None)
    };
    match outcome {
        Ok(calls::Entered::Value) => {
            vm.top.set(top);
            done(vm.ret.get().bits())
        }
        // A generator whose items are collected goes on where it was.
        Ok(calls::Entered::Frame) if vm.link(vm.base.get()).entry().is_generator() => {
            of_status(status::CONTINUE)
        }
        Ok(calls::Entered::Frame) => pushed(vm),
        Ok(calls::Entered::Native(f, args)) => {
            let a = current_target(vm);
            put_aside(vm, Exit::Native(f, args, a))
        }
        Ok(calls::Entered::Not) => {
            vm.top.set(top);
            NOT
        }
        Err(Raised(())) => of_status(status::RAISED),
    }
}
/// Where the instruction before the VM's pc puts its result.
fn current_target(vm: &Vm) -> u16 {
    Fr::load(vm).current(vm).a()
}

/// What a site remembers of further shapes: see `cache::more`.
pub(crate) fn further_shapes(vm: &Vm, site_at: u32, op: Op) -> Vec<[u64; 2]> {
    super::cache::all_more(vm, site_at, op)
}

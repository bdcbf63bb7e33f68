//! Binary operators of Python classes, entered as frames of the loop.
//!
//! Where the left operand's class has the method and nothing comes before it, its frame is pushed with `Entry::Operator`. If it returns NotImplemented, `declined` goes on
//! with what is left to try. Everything else takes the general way (`arith::binary`).

use super::{Fr, arith, fast};
use crate::dunder::Dunder;
use crate::frame::Entry;
use crate::layout::header;
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, Instr, Op};
use mesapy_heap::{Kind, Value, Word};

/// How an operation without `&mut Vm` went.
pub(super) enum Done {
    Value(Word),
    /// A frame was pushed: go on in it.
    Frame,
    /// Nothing was done: it takes more than `&Vm`.
    Not,
}

/// `x op y` for what no immediate is.
#[inline(never)]
pub(super) fn binary(vm: &Vm, op: BinOp, in_place: bool, x: Word, y: Word) -> Py<Done> {
    if fast::BINARY >> (op as u32) & 1 != 0 {
        if let Some(word) = fast::binary(vm, op, in_place, x, y) {
            return Ok(Done::Value(word));
        }
    }
    let (x, y) = (x.value(vm), y.value(vm));
    match method(vm, op, in_place, x, y) {
        Some(f) => enter(vm, f, Entry::Operator, [x.word(), y.word()]),
        None => Ok(Done::Not),
    }
}
/// The Python function that is to be tried first.
fn method<'v>(
    vm: &'v Vm,
    op: BinOp,
    in_place: bool,
    x: Value<'v>,
    y: Value<'v>,
) -> Option<Value<'v>> {
    if !matches!(x.kind(vm), Kind::Instance | Kind::Wrapped) {
        return None;
    }
    let (forward, reflected, own) = Dunder::of_binary(op);
    let class = vm.type_of(x);
    let mut found = if in_place {
        vm.special(class, own)
    } else {
        None
    };
    if found.is_none() {
        found = vm.special(class, forward);
        let other = vm.type_of(y);
        // The right operand comes first if its class is a subclass that defines its own reflected method.
        if other != class && vm.is_subtype(other, class) {
            let right = vm.special(other, reflected);
            if right.is_some() && vm.special(class, reflected) != right {
                return None;
            }
        }
    }
    found.filter(|f| f.kind(vm) == Kind::Function)
}
/// `x[key]` and `x[key] = value` by a Python method.
#[inline(never)]
pub(super) fn item<const N: usize>(
    vm: &Vm,
    dunder: Dunder,
    entry: Entry,
    args: [Word; N],
) -> Py<Done> {
    let x = args[0].value(vm);
    let found = match x.kind(vm) {
        Kind::Instance | Kind::Wrapped => vm.special_of(x, dunder),
        _ => None,
    };
    match found.filter(|f| f.kind(vm) == Kind::Function) {
        Some(f) => enter(vm, f, entry, args),
        None => Ok(Done::Not),
    }
}
/// Pushes the frame of a Python function behind the running one.
fn enter<const N: usize>(vm: &Vm, f: Value<'_>, entry: Entry, args: [Word; N]) -> Py<Done> {
    if vm
        .push_call(f.word(), N as u32, |i| args[i as usize % N], entry)
        .is_some()
    {
        return Ok(Done::Frame);
    }
    let at = vm.top.get();
    let base = at + header::SIZE;
    let end = base + args.len() as u32;
    vm.ensure_top(end);
    vm.set_stack_word(at, f.word());
    for i in 1..header::SIZE {
        vm.set_stack_word(at + i, Word::EMPTY);
    }
    for (i, arg) in args.iter().enumerate() {
        vm.set_stack_word(base + i as u32, *arg);
    }
    vm.top.set(end);
    if vm.enter_function(at, base, args.len() as u32, None, entry)? {
        return Ok(Done::Frame);
    }
    // A generator function's generator.
    vm.top.set(at);
    Ok(Done::Value(vm.ret.get()))
}

/// Finishes the instruction before `f.pc`, whose operator's method has returned NotImplemented, or whose sink didn't take an item.
pub(super) fn finish_declined(vm: &mut Vm, f: &Fr) -> Py<()> {
    vm.pc.set(f.pc);
    let i = f.current(vm);
    let ret = match operator(i) {
        Some((op, constant)) => declined(vm, f, op, constant)?,
        // A call.
        None => crate::sink::go_on(vm)?,
    };
    let word = ret.get(vm).word();
    vm.top.set(vm.frame_end(f.base));
    f.set(vm, i.a(), word);
    Ok(())
}
/// After the method that `method` found has returned NotImplemented: what is left to try.
fn declined(vm: &mut Vm, f: &Fr, op: BinOp, constant: bool) -> Py<Ret> {
    let i = f.current(vm);
    let (x, y): (Local, Local) = (
        Local::at(f.base + u32::from(i.b())),
        if constant {
            vm.local(f.constant(vm, u32::from(i.c())).value(vm))
        } else {
            Local::at(f.base + u32::from(i.c()))
        },
    );
    arith::binary_declined(vm, op, i.d() & 1 != 0, x, y)
}
/// The operator of an instruction, and whether its right operand is a constant.
fn operator(i: Instr) -> Option<(BinOp, bool)> {
    let op = i.op()?;
    let found = BinOp::ALL.iter().find_map(|b| {
        let name = op.name();
        let constant = name.strip_suffix('K');
        (constant.unwrap_or(name) == b.name()).then_some((*b, constant.is_some()))
    });
    found.filter(|_| op >= Op::Add && op <= Op::XorK)
}

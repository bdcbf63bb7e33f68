//! Natives that can mostly do without running Python: what the inner loop tries before it makes a full call of them.
//!
//! The row of a native names its quick function, which gets the arguments where they stand and answers None, with nothing done, wherever the general
//! function must be asked: for values of other types, and for every error. It checks the receiver itself, so that it serves the rows of its own type only.

pub(crate) mod builtins;
pub(crate) mod containers;
pub(crate) mod text;

use crate::dunder::Dunder;
use crate::interp::{fast, sets};
use crate::layout::{header, native, types};
use crate::local::{Local, Py, Ret};
use crate::objects::{enumerate, exceptions, iterators, object, range, reversed, set, type_, zip};
use crate::traits::Traits;
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, CmpOp, Conversion};
use mesapy_heap::{Kind, Obj, Value, Word};

#[inline(always)]
fn arg(vm: &Vm, base: u32, i: u32) -> Value<'_> {
    vm.stack_word(base + i).value(vm)
}
/// The only argument.
#[inline(always)]
fn only(vm: &Vm, base: u32, n: u32) -> Option<Value<'_>> {
    (n == 1).then(|| arg(vm, base, 0))
}
/// Both arguments.
#[inline(always)]
fn two(vm: &Vm, base: u32, n: u32) -> Option<(Value<'_>, Value<'_>)> {
    (n == 2).then(|| (arg(vm, base, 0), arg(vm, base, 1)))
}

/// A special method of `args[0]` that a native type has, by its quick function.
#[inline(never)]
pub(crate) fn special(vm: &Vm, dunder: Dunder, args: &[Word]) -> Option<Word> {
    let f = vm.special_of(args.first()?.value(vm), dunder)?.as_obj()?;
    quick_of(vm, f, args)
}
/// The quick function of a native that is no bound method.
fn quick_of(vm: &Vm, f: Obj<'_>, args: &[Word]) -> Option<Word> {
    if f.kind(vm) != Kind::Native {
        return None;
    }
    let number = vm.field(f, native::INDEX).as_small_int()?;
    let quick = vm.natives.borrow().get(number as usize)?.quick?;
    let base = vm.top.get();
    vm.ensure_top(base + args.len() as u32);
    for (i, arg) in args.iter().enumerate() {
        vm.set_stack_word(base + i as u32, *arg);
    }
    quick(vm, base, args.len() as u32)
}
/// `x op y` where one of them is of a native type and the other of the same or a number.
#[inline(never)]
pub(crate) fn operator(
    vm: &Vm,
    op: BinOp,
    in_place: bool,
    x: Value<'_>,
    y: Value<'_>,
) -> Option<Word> {
    let (forward, reflected, own) = Dunder::of_binary(op);
    let number = |v: Value<'_>| matches!(v.kind(vm), Kind::Int | Kind::Float);
    if x.kind(vm) == Kind::Instance {
        let class = vm.type_of(x);
        if !number(y) && class != vm.type_of(y) || in_place && vm.special(class, own).is_some() {
            return None;
        }
        let f = vm.special(class, forward)?.as_obj()?;
        return quick_of(vm, f, &[x.word(), y.word()]);
    }
    if !number(x) || y.kind(vm) != Kind::Instance {
        return None;
    }
    special(vm, reflected, &[y.word(), x.word()])
}
/// `x op y` likewise.
#[inline(never)]
pub(crate) fn comparison(vm: &Vm, op: CmpOp, x: Value<'_>, y: Value<'_>) -> Option<bool> {
    let number = matches!(y.kind(vm), Kind::Int | Kind::Float);
    if x.kind(vm) != Kind::Instance || !number && vm.type_of(x) != vm.type_of(y) {
        return None;
    }
    let (forward, _) = Dunder::of_compare(op);
    let holds = special(vm, forward, &[x.word(), y.word()])?;
    holds.value(vm).as_bool()
}

/// Calls of builtin classes on simple arguments, and of classes that take none.
pub(crate) fn class(vm: &Vm, class: Obj<'_>, base: u32, n: u32) -> Option<Word> {
    let is = |kind: Kind| vm.kind_types[kind as usize].get() == class.word();
    let flags = vm.type_flags(class);
    if flags.has(Flags::EXCEPTION) {
        return exception(vm, class, base, n).map(|e| e.word());
    }
    if flags.has(Flags::HEAP) {
        let plain = n == 0 && vm.class_traits(class).has(Traits::NO_INIT);
        return plain
            .then(|| object::instantiate(vm, class).ok())?
            .map(|made| made.word());
    }
    if is(Kind::Range) {
        return range_of(vm, base, n);
    }
    if BUILTIN_KINDS.into_iter().any(is) {
        return match n {
            0 => empty(vm, class),
            1 => of_one(vm, class, arg(vm, base, 0)),
            _ => None,
        };
    }
    if let Some(made) = iterator_class(vm, class, base, n) {
        return Some(made);
    }
    if class
        .slot(vm, types::LAYOUT)
        .as_small_int()
        .is_some_and(|n| n > 0)
        && let Some(made) = made_by_native(vm, class, base, n)
    {
        return Some(made);
    }
    None
}
/// Builtin classes that are called with one value at most; most calls of classes without a Python `__init__` are of these.
const BUILTIN_KINDS: [Kind; 10] = [
    Kind::Str,
    Kind::Int,
    Kind::Set,
    Kind::List,
    Kind::Tuple,
    Kind::Float,
    Kind::Dict,
    Kind::FrozenSet,
    Kind::Bool,
    Kind::Type,
];
/// The call without arguments.
fn empty(vm: &Vm, class: Obj<'_>) -> Option<Word> {
    let is = |kind: Kind| vm.kind_types[kind as usize].get() == class.word();
    Some(if is(Kind::List) {
        vm.new_list(&[]).ok()?.word()
    } else if is(Kind::Dict) {
        vm.new_dict().word()
    } else if is(Kind::Set) {
        vm.new_set().value().word()
    } else {
        return None;
    })
}
/// The call with one.
fn of_one(vm: &Vm, class: Obj<'_>, x: Value<'_>) -> Option<Word> {
    let is = |kind: Kind| vm.kind_types[kind as usize].get() == class.word();
    if is(Kind::Set) || is(Kind::FrozenSet) {
        return sets::of(vm, is(Kind::FrozenSet), x);
    }
    if is(Kind::Str) {
        return fast::format(vm, x.word(), Conversion::Str as u8);
    }
    if is(Kind::Int) {
        if x.is_small_int() {
            return Some(x.word());
        }
        // Beyond 2^60 the result is no immediate.
        let f = x.as_float_imm().filter(|f| f.abs() < (1i64 << 60) as f64)?;
        return Word::small_int(f as i64);
    }
    if is(Kind::Float) {
        return match x.as_small_int() {
            Some(i) if i.unsigned_abs() <= 1 << 53 => Word::float_imm(i as f64),
            Some(_) => None,
            None => x.as_float_imm().map(|_| x.word()),
        };
    }
    if is(Kind::Bool) {
        return vm.truth_fast(x).map(|b| Value::bool(b).word());
    }
    if is(Kind::Type) {
        return Some(vm.type_of(x).word());
    }
    if is(Kind::Tuple) {
        if x.as_exact_tuple(vm).is_some() {
            return Some(x.word());
        }
        let list = x.as_exact_list(vm)?;
        return Some(vm.new_tuple_of(list).ok()?.word());
    }
    if is(Kind::List) {
        if x.as_exact_list(vm).is_some() {
            return fast::slice(vm, x.word(), Word::NONE, Word::NONE);
        }
        if let Some(tuple) = x.as_exact_tuple(vm) {
            let made = vm.list_with_capacity(tuple.len(vm)).ok()?;
            tuple.iter(vm).try_for_each(|v| made.push(vm, v)).ok()?;
            return Some(made.word());
        }
        if let Some((start, step, len)) = range::small_parts(vm, x) {
            let len = usize::try_from(len).ok().filter(|n| *n <= 1 << 20)?;
            let made = vm.list_with_capacity(len).ok()?;
            let mut i = start;
            for _ in 0..len {
                made.push(vm, Word::small_int(i)?.value(vm)).ok()?;
                i = i.wrapping_add(step);
            }
            return Some(made.word());
        }
    }
    None
}
/// `enumerate`, `reversed` and `zip` of what is iterated without Python.
fn iterator_class(vm: &Vm, class: Obj<'_>, base: u32, n: u32) -> Option<Word> {
    if class == vm.type_object(&enumerate::ENUMERATE) {
        let source = iterators::fast_iter(vm, (n == 1).then(|| arg(vm, base, 0))?)?;
        let mode = iterators::mode::ENUMERATE;
        let it = iterators::new_iter(vm, &enumerate::ENUMERATE, mode, source.value(vm));
        return Some(it.word());
    }
    if class == vm.type_object(&zip::ZIP) {
        let mut sources = [Value::NONE; 4];
        let n = n as usize;
        for (i, source) in sources.get_mut(..n)?.iter_mut().enumerate() {
            *source = iterators::fast_iter(vm, arg(vm, base, i as u32))?.value(vm);
        }
        let sources = vm.new_tuple(&sources[..n]).ok()?;
        let it = iterators::new_iter(vm, &zip::ZIP, iterators::mode::ZIP, sources.value());
        it.as_obj()?.set_slot(vm, iterators::A, Value::FALSE);
        return Some(it.word());
    }
    if class == vm.type_object(&reversed::REVERSED) && n == 1 {
        let x = arg(vm, base, 0);
        if x.as_exact_list(vm).is_some() {
            return Some(iterators::list_reverse_iterator(vm, x).word());
        }
        let (start, step, len) = range::small_parts(vm, x)?;
        return iterators::small_range_reversed(vm, start, step, len).map(|it| it.word());
    }
    None
}
/// Calls of builtin classes whose construction is one function, on a single argument, `at` being the class's word. None: take the general way.
pub(crate) fn construct(vm: &mut Vm, at: u32, n: u32) -> Option<Py<Ret>> {
    let class = vm.stack_word(at);
    let is = |vm: &Vm, kind: Kind| vm.kind_types[kind as usize].get() == class;
    let x: Local = Local::at(at + header::SIZE);
    if n != 1 {
        return None;
    }
    let top = vm.top.get();
    let made = if is(vm, Kind::Tuple) {
        vm.tuple_from_iterable(x)
    } else if is(vm, Kind::List) {
        vm.list_from_iterable(x)
    } else if is(vm, Kind::Set) {
        let set = vm.new_set().value().word();
        let set = vm.local(set.value(vm));
        set::update_from(vm, set, x).map(|()| {
            let value = set.value(vm);
            vm.ret(value)
        })
    } else {
        return None;
    };
    vm.top.set(top);
    Some(made)
}
fn range_of(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let int = |i: u32| arg(vm, base, i).as_small_int();
    let (start, stop, step) = match n {
        1 => (0, int(0)?, 1),
        2 => (int(0)?, int(1)?, 1),
        3 => (int(0)?, int(1)?, int(2)?),
        _ => return None,
    };
    if step == 0 {
        return None;
    }
    Some(range::make_small(vm, start, stop, step).word())
}
/// By the quick function of `__new__`, where there is no `__init__`.
fn made_by_native(vm: &Vm, class: Obj<'_>, base: u32, n: u32) -> Option<Word> {
    let new = vm.special(class, Dunder::New)?.as_obj()?;
    if new.kind(vm) != Kind::Native {
        return None;
    }
    let quick = vm.native_entry_of(new)?.method.quick?;
    let object = vm.type_object(&object::OBJECT);
    if vm.special(class, Dunder::Init) != vm.special(object, Dunder::Init) {
        return None;
    }
    // The class in front of the arguments, where the layout of calls has a word to lend: it tells whether this is a method's call.
    let lent = vm.stack_word(base - 1);
    vm.set_stack_word(base - 1, class.word());
    let made = quick(vm, base - 1, n + 1);
    vm.set_stack_word(base - 1, lent);
    made
}
/// An exception of a class that leaves construction to BaseException.
pub(crate) fn exception<'v>(vm: &'v Vm, class: Obj<'v>, base: u32, n: u32) -> Option<Obj<'v>> {
    let root = vm.type_object(&exceptions::BASE_EXCEPTION);
    let inherits = |dunder: Dunder| vm.special(class, dunder) == vm.special(root, dunder);
    if vm.type_of(class.value()) != vm.type_object(&type_::TYPE)
        || !inherits(Dunder::New)
        || !inherits(Dunder::Init)
    {
        return None;
    }
    let args = vm.new_tuple_from(n as usize, |i| arg(vm, base, i as u32));
    exceptions::make(vm, class, args.ok()?.value()).ok()
}

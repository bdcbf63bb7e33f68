//! Natives that can mostly do without running Python: what the inner loop tries before it makes a full call of them.
//!
//! A row names a native by its signature. Its function gets the arguments where they stand and answers None, with nothing done, wherever the general
//! function must be asked: for values of other types, and for every error.

use crate::dunder::Dunder;
use crate::interp::{fast, sets};
use crate::layout::types;
use crate::objects::{object, range, type_};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Obj, Value, Word};

/// `n` arguments from stack word `base` on, the receiver among them.
pub(crate) type Quick = fn(vm: &Vm, base: u32, n: u32) -> Option<Word>;

static TABLE: &[(&str, Quick)] = &[
    ("len(obj, /)", len),
    ("isinstance(obj, class_or_tuple, /)", isinstance),
    ("abs(number, /)", abs),
    ("min(...)", min),
    ("max(...)", max),
    ("chr(i, /)", chr),
    ("get(self, key, default=None, /)", dict_get),
    ("pop(self, index=-1, /)", list_pop),
    ("insert(self, index, object, /)", list_insert),
    ("extend(self, iterable, /)", list_extend),
    ("remove(self, value, /)", list_remove),
    ("add(self, object, /)", set_add),
];

/// The quick function of a native with this signature.
pub(crate) fn of(signature: &str) -> Option<Quick> {
    TABLE
        .iter()
        .find(|(s, _)| *s == signature)
        .map(|(_, quick)| *quick)
}

fn arg(vm: &Vm, base: u32, i: u32) -> Value<'_> {
    vm.stack_word(base + i).value(vm)
}
fn len(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 1 {
        return None;
    }
    let x = arg(vm, base, 0);
    let n = match x.kind(vm) {
        Kind::List => x.as_exact_list(vm)?.len(vm),
        Kind::Tuple => x.as_exact_tuple(vm)?.len(vm),
        Kind::Dict => x.as_exact_dict(vm)?.len(vm),
        Kind::Str => x.as_exact_str(vm)?.char_len(vm),
        Kind::Bytes => x.as_exact_bytes(vm)?.len(vm),
        Kind::Set | Kind::FrozenSet => x.as_any_set(vm)?.len(vm),
        _ => return None,
    };
    Some(Value::len(n).word())
}
/// Classes whose metaclass is `type`; what is no instance by its type may still claim another class, unless it is of a kind without one.
fn isinstance(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 {
        return None;
    }
    let (x, class) = (arg(vm, base, 0), arg(vm, base, 1));
    let meta = vm.type_object(&type_::TYPE);
    let own = vm.type_of(x);
    let is = |class: Value<'_>| {
        let class = class.as_obj().filter(|c| c.kind(vm) == Kind::Type)?;
        (vm.type_of(class.value()) == meta).then(|| vm.is_subtype(own, class))
    };
    let found = match class.as_exact_tuple(vm) {
        Some(classes) => {
            let mut found = false;
            for class in classes.iter(vm) {
                if is(class)? {
                    found = true;
                    break;
                }
            }
            found
        }
        None => is(class)?,
    };
    if !found && x.is_ref() && matches!(x.kind(vm), Kind::Instance | Kind::Wrapped) {
        let name = vm.roots.names.class(vm);
        let plain = vm.type_lookup(own, name)
            == vm.type_lookup(vm.type_object(&object::OBJECT), name)
            && !vm.has_custom_getattr(own);
        if !plain {
            return None;
        }
    }
    Some(Value::bool(found).word())
}
fn abs(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let x = (n == 1).then(|| arg(vm, base, 0))?;
    match x.as_small_int() {
        Some(i) => Word::small_int(i.abs()),
        None => Word::float_imm(x.as_float_imm()?.abs()),
    }
}
fn min(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    extreme(vm, base, n, CmpOp::Lt)
}
fn max(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    extreme(vm, base, n, CmpOp::Gt)
}
fn extreme(vm: &Vm, base: u32, n: u32, op: CmpOp) -> Option<Word> {
    if n != 1 {
        return extreme_of(op, (0..n).map(|i| arg(vm, base, i)));
    }
    let x = arg(vm, base, 0);
    match x.kind(vm) {
        Kind::List => {
            let list = x.as_exact_list(vm)?;
            extreme_of(op, (0..list.len(vm)).map(|i| list.get(vm, i)))
        }
        Kind::Tuple => extreme_of(op, x.as_exact_tuple(vm)?.iter(vm)),
        Kind::Set | Kind::FrozenSet => extreme_of(op, x.as_any_set(vm)?.view(vm).elements()),
        _ => None,
    }
}
fn extreme_of<'v>(op: CmpOp, mut items: impl Iterator<Item = Value<'v>>) -> Option<Word> {
    let mut best = items.next()?.word();
    for x in items {
        if crate::interp::compare::fast(op, x.word(), best)? {
            best = x.word();
        }
    }
    Some(best)
}
fn chr(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let i = (n == 1).then(|| arg(vm, base, 0))?.as_small_int()?;
    let c = u32::try_from(i).ok().filter(|c| *c < 0x110000)?;
    Some(vm.str_from_char(c).word())
}
fn dict_get(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 && n != 3 {
        return None;
    }
    let dict = arg(vm, base, 0).as_exact_dict(vm)?;
    match fast::entry(vm, dict, arg(vm, base, 1))? {
        Ok(e) => dict.value_at_entry(vm, e).map(|v| v.word()),
        Err(_) if n == 3 => Some(arg(vm, base, 2).word()),
        Err(_) => Some(Word::NONE),
    }
}
fn list_pop(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let list = arg(vm, base, 0).as_exact_list(vm)?;
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
fn list_insert(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let list = (n == 3).then(|| arg(vm, base, 0))?.as_exact_list(vm)?;
    let i = usize::try_from(arg(vm, base, 1).as_small_int()?).ok()?;
    list.insert(vm, i, arg(vm, base, 2)).ok()?;
    Some(Word::NONE)
}
fn list_extend(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, source) = (n == 2).then(|| (arg(vm, base, 0), arg(vm, base, 1)))?;
    let list = list.as_exact_list(vm)?;
    if let Some(tuple) = source.as_exact_tuple(vm) {
        tuple.iter(vm).try_for_each(|v| list.push(vm, v)).ok()?;
        return Some(Word::NONE);
    }
    None
}
fn list_remove(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (list, item) = (n == 2).then(|| (arg(vm, base, 0), arg(vm, base, 1)))?;
    let list = list.as_exact_list(vm)?;
    let items = (0..list.len(vm)).map(|i| list.get(vm, i));
    let i = fast::position(vm, items, item)??;
    list.remove_range(vm, i, i + 1);
    Some(Word::NONE)
}
fn set_add(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (set, item) = (n == 2).then(|| (arg(vm, base, 0), arg(vm, base, 1)))?;
    sets::add(vm, set.as_exact_set(vm)?.any(), item)?;
    Some(Word::NONE)
}

/// Calls of builtin classes on simple arguments, and of classes that take none.
pub(crate) fn class(vm: &Vm, class: Obj<'_>, base: u32, n: u32) -> Option<Word> {
    let is = |kind: Kind| vm.kind_types[kind as usize].get() == class.word();
    if vm.type_flags(class).has(Flags::HEAP) {
        return if n == 0 {
            plain_instance(vm, class)
        } else {
            None
        };
    }
    if is(Kind::Range) {
        return range_of(vm, base, n);
    }
    if n == 0 {
        return Some(if is(Kind::List) {
            vm.new_list(&[]).ok()?.word()
        } else if is(Kind::Dict) {
            vm.new_dict().word()
        } else if is(Kind::Set) {
            vm.new_set().value().word()
        } else {
            return None;
        });
    }
    if n != 1 {
        return None;
    }
    let x = arg(vm, base, 0);
    if is(Kind::Set) || is(Kind::FrozenSet) {
        return sets::of(vm, is(Kind::FrozenSet), x);
    }
    if is(Kind::Str) {
        return fast::format(vm, x.word(), 0);
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
        let tuple = vm.new_tuple_from(list.len(vm), |i| list.get(vm, i));
        return Some(tuple.ok()?.word());
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
/// An instance of a class that has its construction from `object`.
fn plain_instance(vm: &Vm, class: Obj<'_>) -> Option<Word> {
    let object = vm.type_object(&object::OBJECT);
    let flags = vm.type_flags(class);
    let inherits = |dunder: Dunder| vm.special(class, dunder) == vm.special(object, dunder);
    if vm.type_of(class.value()) != vm.type_object(&type_::TYPE)
        || !inherits(Dunder::New)
        || !inherits(Dunder::Init)
        || flags.has(Flags::ABSTRACT)
        || flags.has(Flags::WRAPPED)
        || flags.has(Flags::META)
        || class.slot(vm, types::LAYOUT) != object.slot(vm, types::LAYOUT)
    {
        return None;
    }
    object::instantiate(vm, class).ok().map(|v| v.word())
}

//! Builtin functions.

use super::{arg, only, two};
use crate::interp::{compare, fast};
use crate::objects::{int_ops, iterators, object, type_};
use crate::traits::Traits;
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value, Word};

pub(crate) fn quick_len(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 1 {
        return None;
    }
    let x = arg(vm, base, 0);
    let x = match x.kind(vm) {
        Kind::Wrapped => vm.plainly_wrapped(x, Traits::NATIVE_LEN)?,
        _ => x,
    };
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
pub(crate) fn quick_isinstance(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    if n != 2 {
        return None;
    }
    let (x, class) = (arg(vm, base, 0), arg(vm, base, 1));
    let own = vm.type_of(x);
    // Of just that class: then nobody else is asked.
    if own.value() == class {
        return Some(Word::TRUE);
    }
    let meta = vm.type_object(&type_::TYPE);
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
pub(crate) fn quick_abs(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let x = (n == 1).then(|| arg(vm, base, 0))?;
    match x.as_small_int() {
        Some(i) => Word::small_int(i.abs()),
        None => Word::float_imm(x.as_float_imm()?.abs()),
    }
}
pub(crate) fn quick_min(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    extreme(vm, base, n, CmpOp::Lt)
}
pub(crate) fn quick_max(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    extreme(vm, base, n, CmpOp::Gt)
}
pub(crate) fn quick_chr(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let i = (n == 1).then(|| arg(vm, base, 0))?.as_small_int()?;
    let c = u32::try_from(i).ok().filter(|c| *c < 0x110000)?;
    Some(vm.str_from_char(c).word())
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
        if compare::fast(op, x.word(), best)? {
            best = x.word();
        }
    }
    Some(best)
}

pub(crate) fn quick_ord(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    match only(vm, base, n)?.as_exact_str(vm)?.bytes(vm) {
        [byte @ ..0x80] => Some(Word::int_wrapping(i64::from(*byte))),
        _ => None,
    }
}
pub(crate) fn quick_hash(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let hash = fast::hash(vm, only(vm, base, n)?, 0)?;
    Some(vm.int(hash as i64).word())
}
pub(crate) fn quick_divmod(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let (x, y) = two(vm, base, n)?;
    let (q, r) = int_ops::small_divmod(x.as_small_int()?, y.as_small_int()?)?;
    let pair = vm.new_tuple(&[vm.int(q), vm.int(r)]).ok()?;
    Some(pair.value().word())
}
pub(crate) fn quick_iter(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    iterators::fast_iter(vm, only(vm, base, n)?)
}
/// An iterator that has ended stays so, and the general function sees it.
pub(crate) fn quick_next(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let iterator = arg(vm, base, 0)
        .as_obj()
        .filter(|o| (1..=2).contains(&n) && o.kind(vm) == Kind::Iter)?;
    match iterators::fast_next(vm, iterator) {
        iterators::Fast::Item(word) => Some(word),
        iterators::Fast::End if n == 2 => Some(arg(vm, base, 1).word()),
        _ => None,
    }
}

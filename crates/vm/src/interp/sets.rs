//! Set algebra and displays as far as they need no Python: elements whose hash and equality builtin types decide. None: something else is asked for, and
//! nothing that Python sees was done. The general functions are in `objects/set.rs`; elements are added in the same order here, so sets look the same.

use super::fast;
use crate::objects::{hash::SetHash, range};
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, CmpOp};
use mesapy_heap::{AnySet, Kind, SetView, Value, Word};

/// The slot of an element, in a set that is `depth` deep in what is compared.
#[inline(always)]
fn find_at(
    vm: &Vm,
    view: SetView<'_>,
    key: Value<'_>,
    hash: u64,
    depth: u32,
) -> Option<Option<usize>> {
    view.find(key, hash, |other| fast::equal(vm, other, key, depth + 1))
        .ok()
}
#[inline(always)]
fn find(vm: &Vm, view: SetView<'_>, key: Value<'_>, hash: u64) -> Option<Option<usize>> {
    find_at(vm, view, key, hash, 0)
}
/// Adds an element if it is not there.
fn add_hashed(vm: &Vm, set: AnySet<'_>, key: Value<'_>, hash: u64) -> Option<()> {
    if find(vm, set.view(vm), key, hash)?.is_none() {
        set.insert_new(vm, hash, key).ok()?;
    }
    Some(())
}
/// `set.add(item)`
pub(crate) fn add(vm: &Vm, set: AnySet<'_>, item: Value<'_>) -> Option<()> {
    if set.add_small(vm, item) {
        return Some(());
    }
    add_hashed(vm, set, item, fast::hash(vm, item, 0)?)
}
/// `set.discard(item)`
pub(crate) fn discard(vm: &Vm, set: AnySet<'_>, item: Value<'_>) -> Option<()> {
    if let Some(slot) = find(vm, set.view(vm), item, fast::hash(vm, item, 0)?)? {
        set.remove_at(vm, slot);
    }
    Some(())
}
/// `item in set`
pub(crate) fn contains(vm: &Vm, set: AnySet<'_>, item: Value<'_>) -> Option<bool> {
    Some(find(vm, set.view(vm), item, fast::hash(vm, item, 0)?)?.is_some())
}
fn empty_like<'v>(vm: &'v Vm, like: Value<'_>) -> AnySet<'v> {
    empty(vm, like.kind(vm) == Kind::FrozenSet)
}
fn empty(vm: &Vm, frozen: bool) -> AnySet<'_> {
    if frozen {
        vm.new_frozenset().any()
    } else {
        vm.new_set().any()
    }
}
fn exact<'v>(vm: &'v Vm, x: Value<'v>) -> Option<AnySet<'v>> {
    match x.kind(vm) {
        Kind::Set => x.as_exact_set(vm).map(|s| s.any()),
        Kind::FrozenSet => x.as_exact_frozenset(vm).map(|s| s.any()),
        _ => None,
    }
}

/// `x op y` for sets and frozen sets.
pub(crate) fn algebra(vm: &Vm, op: BinOp, x: Value<'_>, y: Value<'_>) -> Option<Word> {
    let (a, b) = (exact(vm, x)?, exact(vm, y)?);
    let made = empty_like(vm, x);
    match op {
        BinOp::And => {
            let (small, large) = if b.len(vm) > a.len(vm) {
                (a, b)
            } else {
                (b, a)
            };
            add_where(vm, made, small, large, true)?;
        }
        BinOp::Or => {
            made.copy_from(vm, a).ok()?;
            join(vm, made, b)?;
        }
        BinOp::Sub if a.len(vm) / 4 > b.len(vm) => {
            made.copy_from(vm, a).ok()?;
            for (key, hash) in b.view(vm).entries() {
                if let Some(slot) = find(vm, made.view(vm), key, hash)? {
                    made.remove_at(vm, slot);
                }
            }
        }
        BinOp::Sub => add_where(vm, made, a, b, false)?,
        BinOp::Xor => {
            made.copy_from(vm, b).ok()?;
            for (key, hash) in a.view(vm).entries() {
                match find(vm, made.view(vm), key, hash)? {
                    Some(slot) => {
                        made.remove_at(vm, slot);
                    }
                    None => {
                        made.insert_new(vm, hash, key).ok()?;
                    }
                }
            }
        }
        _ => return None,
    }
    Some(made.word())
}
/// Adds the elements of `from` that are in `other`, or those that are not.
fn add_where(
    vm: &Vm,
    set: AnySet<'_>,
    from: AnySet<'_>,
    other: AnySet<'_>,
    there: bool,
) -> Option<()> {
    let other = other.view(vm);
    let mut known = Some(());
    let wanted = |(key, hash): &(Value<'_>, u64)| match find(vm, other, *key, *hash) {
        Some(found) => found.is_some() == there,
        None => {
            known = None;
            false
        }
    };
    let elements = from.view(vm).entries().filter(wanted);
    set.insert_all_new(vm, elements).ok()?;
    known
}
/// Adds the elements of another set.
fn join(vm: &Vm, set: AnySet<'_>, other: AnySet<'_>) -> Option<()> {
    if set.is_empty(vm) {
        return set.copy_from(vm, other).ok();
    }
    set.expect(vm, other.len(vm)).ok()?;
    for (key, hash) in other.view(vm).entries() {
        add_hashed(vm, set, key, hash)?;
    }
    Some(())
}
fn is_subset(vm: &Vm, a: AnySet<'_>, b: AnySet<'_>, depth: u32) -> Option<bool> {
    let equal = |key: Value<'_>, other: Value<'_>| fast::equal(vm, other, key, depth + 1);
    a.view(vm).is_subset(b.view(vm), equal).ok()
}
/// `x op y` for sets and frozen sets.
pub(crate) fn compare(vm: &Vm, op: CmpOp, x: Value<'_>, y: Value<'_>, depth: u32) -> Option<bool> {
    let (a, b) = (exact(vm, x)?, exact(vm, y)?);
    let (n, m) = (a.len(vm), b.len(vm));
    match op {
        CmpOp::Eq => Some(n == m && is_subset(vm, a, b, depth)?),
        CmpOp::Ne => Some(n != m || !is_subset(vm, a, b, depth)?),
        CmpOp::Lt => Some(n < m && is_subset(vm, a, b, depth)?),
        CmpOp::Le => Some(n <= m && is_subset(vm, a, b, depth)?),
        CmpOp::Gt => Some(n > m && is_subset(vm, b, a, depth)?),
        CmpOp::Ge => Some(n >= m && is_subset(vm, b, a, depth)?),
    }
}
/// The hash of a frozen set.
pub(crate) fn hash(vm: &Vm, x: Value<'_>, depth: u32) -> Option<u64> {
    let set = x.as_exact_frozenset(vm)?.any();
    if let Some(known) = set.known_hash(vm) {
        return Some(known);
    }
    let mut mix = SetHash::new();
    for item in set.view(vm).elements() {
        mix.add(fast::hash(vm, item, depth + 1)? as i64);
    }
    let hash = mix.finish() as u64;
    set.set_known_hash(vm, hash);
    Some(hash)
}

/// `set(x)` and `frozenset(x)` of builtin containers.
pub(crate) fn of(vm: &Vm, frozen: bool, x: Value<'_>) -> Option<Word> {
    if frozen && x.kind(vm) == Kind::FrozenSet {
        return Some(x.word());
    }
    let made = empty(vm, frozen);
    match x.kind(vm) {
        Kind::Set | Kind::FrozenSet => made.copy_from(vm, x.as_any_set(vm)?).ok()?,
        Kind::List => {
            let list = x.as_exact_list(vm)?;
            for i in 0..list.len(vm) {
                add(vm, made, list.get(vm, i))?;
            }
        }
        Kind::Tuple => {
            let tuple = x.as_exact_tuple(vm)?;
            for item in tuple.iter(vm) {
                add(vm, made, item)?;
            }
        }
        Kind::Range => {
            let (start, step, len) = range::small_parts(vm, x).filter(|(.., n)| *n < 1 << 20)?;
            for i in 0..len {
                let item = Word::small_int(start.checked_add(step.checked_mul(i)?)?)?;
                add(vm, made, item.value(vm))?;
            }
        }
        _ => return None,
    }
    Some(made.word())
}
/// `{a, b, …}` of the words from stack index `first` on.
#[inline(never)]
pub(crate) fn display(vm: &Vm, first: u32, n: u16) -> Option<Word> {
    let made = vm.new_set().any();
    for i in 0..u32::from(n) {
        add(vm, made, vm.stack_word(first + i).value(vm))?;
    }
    Some(made.word())
}
/// `SetAdd`
#[inline(never)]
pub(crate) fn add_to(vm: &Vm, set: Word, item: Word) -> Option<()> {
    add(vm, set.value(vm).as_exact_set(vm)?.any(), item.value(vm))
}

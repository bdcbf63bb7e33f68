//! `set` and `frozenset`: the general look-up over the heap's probe, the algebra on it, and the types' methods in `set_methods.rs`.
//!
//! As for dicts, a comparison in Python may change the set that is looked at; a result counts only if `keys_version` is the same afterwards. Operations
//! between sets use the hashes that the tables hold, so `__hash__` is not called again.

use crate::local::{Local, Py};
use crate::objects::dict::key_hash;
use crate::objects::{hash as hashing, tuple};
use crate::sink::Sink;
use crate::vm::Vm;
use mesapy_heap::{AnySet, Found, FrozenSet, Kind, Probe, Value};

pub use crate::objects::set_methods::{FROZENSET, SET};

const WHAT: &str = "set element";

/// The set in a local that holds a set, a frozenset, or an instance of a subclass.
#[inline]
pub(crate) fn set_of<'v>(vm: &'v Vm, set: Local) -> Py<AnySet<'v>> {
    match set.value(vm).as_any_set(vm) {
        Some(s) => Ok(s),
        None => Err(vm.type_error(format!(
            "'{}' object is not a set",
            vm.type_name_for_error(set.value(vm))
        ))),
    }
}

impl Vm {
    /// The entry of an element; the set has not changed since when this returns.
    pub(crate) fn set_find(&mut self, set: Local, key: Local, hash: u64) -> Py<Option<usize>> {
        let mut probe = Probe::new(hash);
        let top = self.top.get();
        let mut slot: Option<Local> = None;
        loop {
            let (entry, candidate, version) = {
                let vm: &Vm = self;
                let s = set_of(vm, set)?;
                match s.probe(vm, key.value(vm), &mut probe) {
                    Found::Entry(e) => {
                        vm.top.set(top);
                        return Ok(Some(e));
                    }
                    Found::Absent => {
                        vm.top.set(top);
                        return Ok(None);
                    }
                    Found::Candidate(e, v) => (e, v.word(), s.keys_version(vm)),
                }
            };
            let local = *slot.get_or_insert_with(|| self.local(Value::NONE));
            local.set(self, candidate.value(self));
            if self.equal(local, key)? && set_of(self, set)?.keys_version(self) == version {
                self.top.set(top);
                return Ok(Some(entry));
            }
        }
    }
    pub fn set_add(&mut self, set: Local, key: Local) -> Py<()> {
        let hash = key_hash(self, key, WHAT)?;
        self.set_add_hashed(set, key, hash)
    }
    pub(crate) fn set_add_hashed(&mut self, set: Local, key: Local, hash: u64) -> Py<()> {
        if self.set_find(set, key, hash)?.is_none() {
            set_of(self, set)?.insert_new(self, hash, key.value(self))?;
        }
        Ok(())
    }
    /// `key in set`; a set as the key is looked up as the frozenset it equals.
    pub fn set_contains(&mut self, set: Local, key: Local) -> Py<bool> {
        let hash = element_hash(self, key)?;
        Ok(self.set_find(set, key, hash)?.is_some())
    }
    /// Removes an element; false if it was not there.
    pub fn set_discard(&mut self, set: Local, key: Local) -> Py<bool> {
        let hash = element_hash(self, key)?;
        self.set_discard_hashed(set, key, hash)
    }
    pub(crate) fn set_discard_hashed(&mut self, set: Local, key: Local, hash: u64) -> Py<bool> {
        match self.set_find(set, key, hash)? {
            Some(e) => Ok(set_of(self, set)?.remove_at(self, e)),
            None => Ok(false),
        }
    }
}
/// The hash of what is looked up in a set: a set itself counts as a frozenset of its elements.
fn element_hash(vm: &mut Vm, key: Local) -> Py<u64> {
    if key.value(vm).as_set(vm).is_some()
        && vm
            .special_of(key.value(vm), crate::dunder::Dunder::Hash)
            .is_none_or(|f| f.is_none())
    {
        return hash_elements(vm, key).map(|h| h as u64);
    }
    key_hash(vm, key, WHAT)
}

/// The hash of a frozenset (CPython: Objects/setobject.c, frozenset_hash).
pub(crate) fn hash_elements(vm: &mut Vm, set: Local) -> Py<i64> {
    let frozen = set.value(vm).as_frozenset(vm).is_some();
    if frozen && let Some(hash) = set_of(vm, set)?.known_hash(vm) {
        return Ok(hash as i64);
    }
    vm.check_native_stack()?;
    let item = vm.local(Value::NONE);
    let (mut pos, mut mix) = (0, hashing::SetHash::new());
    while let Some((e, _)) = next_element(vm, set, pos, item) {
        pos = e + 1;
        mix.add(vm.hash(item)?);
    }
    let hash = mix.finish();
    if frozen {
        set_of(vm, set)?.set_known_hash(vm, hash as u64);
    }
    Ok(hash)
}

/// The first element at or behind `pos` into a local: its entry and hash.
pub(crate) fn next_element(vm: &Vm, set: Local, pos: usize, into: Local) -> Option<(usize, u64)> {
    let s = set.value(vm).as_any_set(vm)?;
    let (e, v) = s.next_entry(vm, pos)?;
    into.set(vm, v);
    Some((e, s.hash_at(vm, e)))
}

/// Adds a constant (a number, a string, or a tuple of such) to a frozenset that is being made.
pub(crate) fn add_constant(vm: &Vm, set: FrozenSet<'_>, value: Value<'_>) -> Py<()> {
    let hash = constant_hash(vm, value)? as u64;
    let mut probe = Probe::new(hash);
    loop {
        match set.any().probe(vm, value, &mut probe) {
            Found::Entry(_) => return Ok(()),
            Found::Absent => {
                set.any().insert_new(vm, hash, value)?;
                return Ok(());
            }
            // The compiler has merged equal constants of one type already.
            Found::Candidate(_, other) if constants_equal(vm, other, value) => return Ok(()),
            Found::Candidate(..) => {}
        }
    }
}
fn constant_hash(vm: &Vm, value: Value<'_>) -> Py<i64> {
    if let Some(h) = hashing::fast(vm, value) {
        return Ok(h);
    }
    if let Some(t) = value.as_exact_tuple(vm) {
        let mut mix = tuple::TupleHash::new();
        for item in t.iter(vm) {
            mix.add(constant_hash(vm, item)?);
        }
        return Ok(mix.finish());
    }
    if let Some(s) = value.as_exact_frozenset(vm) {
        let mut mix = hashing::SetHash::new();
        for item in s.any().iter(vm) {
            mix.add(constant_hash(vm, item)?);
        }
        return Ok(mix.finish());
    }
    Err(vm.system_error("a constant cannot be hashed"))
}
fn constants_equal(vm: &Vm, a: Value<'_>, b: Value<'_>) -> bool {
    match (a.as_exact_tuple(vm), b.as_exact_tuple(vm)) {
        (Some(a), Some(b)) => {
            a.len(vm) == b.len(vm)
                && a.iter(vm)
                    .zip(b.iter(vm))
                    .all(|(x, y)| constants_equal(vm, x, y))
        }
        _ => a == b || crate::interp::compare::equal_fast(vm, a, b) == Some(true),
    }
}

// ---- algebra: `set` is a local with the set that changes

/// The elements of a dict count as its keys, with their hashes.
pub(crate) fn next_hashed(vm: &Vm, source: Local, pos: &mut usize, item: Local) -> Option<u64> {
    let value = source.value(vm);
    let hash = if let Some(d) = value.as_exact_dict(vm) {
        let (e, k, _) = d.next_entry(vm, *pos)?;
        *pos = e + 1;
        item.set(vm, k);
        d.hash_at(vm, e)
    } else {
        let (e, hash) = next_element(vm, source, *pos, item)?;
        *pos = e + 1;
        hash
    };
    Some(hash)
}
/// Whether the hashes of the elements are at hand. Subclasses of set may iterate differently, but as operands count as what they hold.
pub(crate) fn has_hashes(vm: &Vm, source: Local) -> bool {
    matches!(source.value(vm).kind(vm), Kind::Dict) || source.value(vm).as_any_set(vm).is_some()
}

fn hashed_len(vm: &Vm, source: Local) -> usize {
    let value = source.value(vm);
    match (value.as_exact_dict(vm), value.as_any_set(vm)) {
        (Some(d), _) => d.len(vm),
        (_, Some(s)) => s.len(vm),
        _ => 0,
    }
}
/// `a - b` for any iterable `b`: what is in few others is made by leaving out, else by taking away from a copy.
pub(crate) fn difference(vm: &mut Vm, a: Local, b: Local) -> Py<Local> {
    if !has_hashes(vm, b) || set_of(vm, a)?.len(vm) / 4 > hashed_len(vm, b) {
        let result = new_like(vm, a, Some(a))?;
        subtract(vm, result, b)?;
        return Ok(result);
    }
    let result = new_like(vm, a, None)?;
    let item = vm.local(Value::NONE);
    let is_dict = b.value(vm).as_exact_dict(vm).is_some();
    let mut pos = 0;
    while let Some((e, hash)) = next_element(vm, a, pos, item) {
        pos = e + 1;
        let found = if is_dict {
            vm.dict_find(b, item, hash)?.is_some()
        } else {
            vm.set_find(b, item, hash)?.is_some()
        };
        if !found {
            vm.set_add_hashed(result, item, hash)?;
        }
    }
    Ok(result)
}
/// `a ^ b` for any iterable `b`. CPython: Objects/setobject.c, set_symmetric_difference
pub(crate) fn symmetric_difference(vm: &mut Vm, a: Local, b: Local) -> Py<Local> {
    let result = new_like(vm, a, Some(b))?;
    toggle(vm, result, a)?;
    Ok(result)
}

/// `set |= x` for any iterable.
pub(crate) fn update_from(vm: &mut Vm, set: Local, x: Local) -> Py<()> {
    let item = vm.local(Value::NONE);
    if has_hashes(vm, x) {
        if set.word(vm) == x.word(vm) {
            return Ok(());
        }
        {
            let vm: &Vm = vm;
            let to = set_of(vm, set)?;
            if let (true, Some(from)) = (to.is_empty(vm), x.value(vm).as_any_set(vm)) {
                if to != from {
                    to.copy_from(vm, from)?;
                }
                return Ok(());
            }
            to.expect(vm, hashed_len(vm, x))?;
        }
        let mut pos = 0;
        while let Some(hash) = next_hashed(vm, x, &mut pos, item) {
            vm.set_add_hashed(set, item, hash)?;
        }
        return Ok(());
    }
    let iterator = vm.iter(x)?.keep(vm);
    vm.refuse_endless(iterator)?;
    while vm.next_beyond(iterator, set, Sink::Set)? {
        item.set(vm, vm.ret.get().value(vm));
        vm.set_add(set, item)?;
    }
    Ok(())
}
/// `set -= x` for any iterable.
pub(crate) fn subtract(vm: &mut Vm, set: Local, x: Local) -> Py<()> {
    if set_of(vm, set)?.value() == x.value(vm).unwrapped(vm) {
        set_of(vm, set)?.clear(vm);
        return Ok(());
    }
    let item = vm.local(Value::NONE);
    if has_hashes(vm, x) {
        let mut pos = 0;
        while let Some(hash) = next_hashed(vm, x, &mut pos, item) {
            vm.set_discard_hashed(set, item, hash)?;
        }
        return Ok(());
    }
    let iterator = vm.iter(x)?.keep(vm);
    while vm.next_into(iterator, item)? {
        let hash = key_hash(vm, item, WHAT)?;
        vm.set_discard_hashed(set, item, hash)?;
    }
    Ok(())
}
/// `set ^= x` for any iterable.
pub(crate) fn toggle(vm: &mut Vm, set: Local, x: Local) -> Py<()> {
    if set_of(vm, set)?.value() == x.value(vm).unwrapped(vm) {
        set_of(vm, set)?.clear(vm);
        return Ok(());
    }
    // An element that an iterable gives twice counts once.
    let source = if has_hashes(vm, x) {
        x
    } else {
        let fresh = vm.local(vm.new_set().value());
        update_from(vm, fresh, x)?;
        fresh
    };
    let item = vm.local(Value::NONE);
    let mut pos = 0;
    while let Some(hash) = next_hashed(vm, source, &mut pos, item) {
        if !vm.set_discard_hashed(set, item, hash)? {
            vm.set_add_hashed(set, item, hash)?;
        }
    }
    Ok(())
}
/// Adds what `a` and the iterable `b` share to the empty set `result`.
pub(crate) fn intersect(vm: &mut Vm, result: Local, a: Local, b: Local) -> Py<()> {
    let item = vm.local(Value::NONE);
    if b.value(vm).as_any_set(vm).is_some() {
        // Walks the smaller one.
        let (small, large) = if set_of(vm, b)?.len(vm) > set_of(vm, a)?.len(vm) {
            (a, b)
        } else {
            (b, a)
        };
        let mut pos = 0;
        while let Some((e, hash)) = next_element(vm, small, pos, item) {
            pos = e + 1;
            if vm.set_find(large, item, hash)?.is_some() {
                vm.set_add_hashed(result, item, hash)?;
            }
        }
        return Ok(());
    }
    let iterator = vm.iter(b)?.keep(vm);
    while vm.next_into(iterator, item)? {
        let hash = key_hash(vm, item, WHAT)?;
        if vm.set_find(a, item, hash)?.is_some() {
            vm.set_add_hashed(result, item, hash)?;
        }
    }
    Ok(())
}
/// Whether all elements of `a` are in `b`, both sets.
pub(crate) fn is_subset(vm: &mut Vm, a: Local, b: Local) -> Py<bool> {
    if set_of(vm, a)?.len(vm) > set_of(vm, b)?.len(vm) {
        return Ok(false);
    }
    let item = vm.local(Value::NONE);
    let mut pos = 0;
    while let Some((e, hash)) = next_element(vm, a, pos, item) {
        pos = e + 1;
        if vm.set_find(b, item, hash)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
/// Whether `a` and the iterable `b` share nothing.
pub(crate) fn is_disjoint(vm: &mut Vm, a: Local, b: Local) -> Py<bool> {
    let item = vm.local(Value::NONE);
    if b.value(vm).as_any_set(vm).is_some() {
        let (small, large) = if set_of(vm, b)?.len(vm) > set_of(vm, a)?.len(vm) {
            (a, b)
        } else {
            (b, a)
        };
        let mut pos = 0;
        while let Some((e, hash)) = next_element(vm, small, pos, item) {
            pos = e + 1;
            if vm.set_find(large, item, hash)?.is_some() {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let iterator = vm.iter(b)?.keep(vm);
    while vm.next_into(iterator, item)? {
        let hash = key_hash(vm, item, WHAT)?;
        if vm.set_find(a, item, hash)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
/// A new set, or frozenset if `like` is one, with the elements of the iterable `x`.
pub(crate) fn new_like(vm: &mut Vm, like: Local, x: Option<Local>) -> Py<Local> {
    let fresh = {
        let vm: &Vm = vm;
        vm.local(if like.value(vm).as_frozenset(vm).is_some() {
            vm.new_frozenset().value()
        } else {
            vm.new_set().value()
        })
    };
    if let Some(x) = x {
        update_from(vm, fresh, x)?;
    }
    Ok(fresh)
}

//! `dict`: the general look-up over the heap's probe, and the type's methods. Views are in `dict_views.rs`.
//!
//! The heap finds a key by identity, and strings and small integers by value. Where only `__eq__` can tell it hands back a candidate; the key is then
//! compared by the VM, and since that may have changed the dict, the result counts only if the dict's keys are still the same (`keys_version`).

use crate::dunder::Dunder;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::{dict_views, exceptions as exc, generic_alias, iterators, support};
use crate::quick::containers::{dict_get, dict_pop, dict_setdefault};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Dict, Found, Kind, Probe, Value};

pub static DICT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "dict",
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary with the iterable's pairs\ndict(**kwargs) -> new dictionary with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    layout: Layout::Kind(Kind::Dict),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::MAPPING)
        .with(TypeFlags::MATCH_SELF)
        .with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    ..TypeDef::EMPTY
};

pub static METHODS: &[Method] = methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__getitem__(self, key, /)" => calls get_item(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls set_item(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls del_item(this, key), "Delete self[key].";
    "__contains__(self, key, /)" => calls contains(this, key), "True if the dictionary has the specified key, else False.";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => leaf reversed(this), "Return a reverse iterator over the dict keys.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__lt__(self, value, /)" => leaf unordered(this, value), "Return self<value.";
    "__le__(self, value, /)" => leaf unordered(this, value), "Return self<=value.";
    "__gt__(self, value, /)" => leaf unordered(this, value), "Return self>value.";
    "__ge__(self, value, /)" => leaf unordered(this, value), "Return self>=value.";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__ior__(self, value, /)" => calls ior(this, value), "Return self|=value.";
    "__sizeof__(self, /)" => leaf size_of(this), "Return the size of the dict in memory.";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "clear(self, /)" => leaf clear(this), "Remove all items from the dict.";
    "copy(self, /)" => leaf copy(this), "Return a shallow copy of the dict.";
    "fromkeys(cls, iterable, value=None, /)" => class calls fromkeys(cls, iterable, value), "Create a new dictionary with keys from iterable and values set to value.";
    "get(self, key, default=None, /)" => quick dict_get calls get(this, key, default), "Return the value for key if key is in the dictionary, else default.";
    "items(self, /)" => leaf items(this), "Return a set-like object providing a view on the dict's items.";
    "keys(self, /)" => leaf keys(this), "Return a set-like object providing a view on the dict's keys.";
    "pop(self, key, default=<unrepresentable>, /)" => quick dict_pop calls pop(this, key, default), "Remove the key and return its value, or default, or raise KeyError.";
    "popitem(self, /)" => leaf popitem(this), "Remove and return a (key, value) pair as a 2-tuple, the last one inserted.\n\nRaises KeyError if the dict is empty.";
    "setdefault(self, key, default=None, /)" => quick dict_setdefault calls setdefault(this, key, default), "Return the value for key, inserting default if key is not in the dictionary.";
    "update(self, ...)" => calls update(this, args, kwargs), "Update the dict from a mapping, an iterable of pairs, and keywords.";
    "values(self, /)" => leaf values(this), "Return an object providing a view on the dict's values.";
};

// ---- the protocol

/// The dict in a local that holds one, or an instance of a subclass.
#[inline]
pub(crate) fn dict_of<'v>(vm: &'v Vm, dict: Local) -> Py<Dict<'v>> {
    match dict.value(vm).as_dict(vm) {
        Some(d) => Ok(d),
        None => Err(vm.system_error("bad internal call: not a dict")),
    }
}

/// The hash of a key, with the error that names the container.
#[inline]
pub(crate) fn key_hash(vm: &mut Vm, key: Local, what: &str) -> Py<u64> {
    match vm.hash(key) {
        Ok(h) => Ok(h as u64),
        Err(raised) => Err(unhashable(vm, raised, key, what)),
    }
}
#[cold]
fn unhashable(vm: &mut Vm, raised: Raised, key: Local, what: &str) -> Raised {
    let is_type_error = vm
        .pending_exception()
        .is_some_and(|e| vm.is_exactly(e, &exc::TYPE_ERROR));
    if !is_type_error {
        return raised;
    }
    let e = vm.take_exception_local(raised);
    let reason = match vm.str(e) {
        Ok(ret) => vm.text_of(ret.get(vm)),
        Err(raised) => return raised,
    };
    vm.type_error(format!(
        "cannot use '{}' as a {what} ({reason})",
        vm.type_name_for_error(key.value(vm))
    ))
}

impl Vm {
    /// The entry of a key; the dict has not changed since when this returns.
    pub(crate) fn dict_find(&mut self, dict: Local, key: Local, hash: u64) -> Py<Option<usize>> {
        let mut probe = Probe::new(hash);
        let top = self.top.get();
        let mut slot: Option<Local> = None;
        loop {
            let (entry, candidate, version) = {
                let vm: &Vm = self;
                let d = dict_of(vm, dict)?;
                match d.probe(vm, key.value(vm), &mut probe) {
                    Found::Entry(e) => {
                        vm.top.set(top);
                        return Ok(Some(e));
                    }
                    Found::Absent => {
                        vm.top.set(top);
                        return Ok(None);
                    }
                    Found::Candidate(e, v) => (e, v.word(), d.keys_version(vm)),
                }
            };
            let local = *slot.get_or_insert_with(|| self.local(Value::NONE));
            local.set(self, candidate.value(self));
            if self.equal(local, key)? && dict_of(self, dict)?.keys_version(self) == version {
                self.top.set(top);
                return Ok(Some(entry));
            }
            // Otherwise the probe goes on, from the start if the keys have changed.
        }
    }
    /// `dict[key]` without `__missing__`; None if the key is not there.
    pub fn dict_get(&mut self, dict: Local, key: Local) -> Py<Option<Ret>> {
        {
            let vm: &Vm = self;
            let d = dict_of(vm, dict)?;
            let k = key.value(vm);
            let found = if let Some(s) = k.as_exact_str(vm) {
                d.get_str(vm, s)
            } else if let Some(i) = k.as_small_int() {
                d.get_int(vm, i)
            } else {
                None
            };
            if let Some(v) = found {
                return Ok(Some(vm.ret(v)));
            }
        }
        let hash = key_hash(self, key, "dict key")?;
        let entry = self.dict_find(dict, key, hash)?;
        let vm: &Vm = self;
        Ok(match entry {
            Some(e) => dict_of(vm, dict)?.value_at_entry(vm, e).map(|v| vm.ret(v)),
            None => None,
        })
    }
    pub fn dict_contains(&mut self, dict: Local, key: Local) -> Py<bool> {
        let hash = key_hash(self, key, "dict key")?;
        Ok(self.dict_find(dict, key, hash)?.is_some())
    }
    /// `dict[key] = value`
    pub fn dict_set(&mut self, dict: Local, key: Local, value: Local) -> Py<()> {
        {
            let vm: &Vm = self;
            let d = dict_of(vm, dict)?;
            let k = key.value(vm);
            let found = if let Some(s) = k.as_exact_str(vm) {
                d.entry_of_str(vm, s)
            } else if let Some(i) = k.as_small_int() {
                d.find_int(vm, i)
            } else {
                None
            };
            if let Some(e) = found {
                d.set_value_at(vm, e, value.value(vm));
                return Ok(());
            }
        }
        let hash = key_hash(self, key, "dict key")?;
        self.dict_set_hashed(dict, key, hash, value)
    }
    /// The same with a hash that is known.
    pub(crate) fn dict_set_hashed(
        &mut self,
        dict: Local,
        key: Local,
        hash: u64,
        value: Local,
    ) -> Py<()> {
        let entry = self.dict_find(dict, key, hash)?;
        let vm: &Vm = self;
        let d = dict_of(vm, dict)?;
        match entry {
            Some(e) => {
                d.set_value_at(vm, e, value.value(vm));
            }
            None => {
                d.insert_new(vm, hash, key.value(vm), value.value(vm))?;
            }
        }
        Ok(())
    }
    /// `del dict[key]`; false if the key was not there.
    pub fn dict_del(&mut self, dict: Local, key: Local) -> Py<bool> {
        let hash = key_hash(self, key, "dict key")?;
        let Some(entry) = self.dict_find(dict, key, hash)? else {
            return Ok(false);
        };
        Ok(dict_of(self, dict)?.remove_at(self, entry))
    }
    /// Removes a key and gives its value.
    pub fn dict_pop(&mut self, dict: Local, key: Local) -> Py<Option<Ret>> {
        let hash = key_hash(self, key, "dict key")?;
        let Some(entry) = self.dict_find(dict, key, hash)? else {
            return Ok(None);
        };
        let vm: &Vm = self;
        let d = dict_of(vm, dict)?;
        let value = d.value_at_entry(vm, entry);
        d.remove_at(vm, entry);
        Ok(value.map(|v| vm.ret(v)))
    }
    /// The value of a key, which is set to `default` first if it is not there.
    pub fn dict_set_default(&mut self, dict: Local, key: Local, default: Local) -> Py<Ret> {
        let hash = key_hash(self, key, "dict key")?;
        let entry = self.dict_find(dict, key, hash)?;
        let vm: &Vm = self;
        let d = dict_of(vm, dict)?;
        let found = entry.and_then(|e| d.value_at_entry(vm, e));
        if let Some(v) = found {
            return Ok(vm.ret(v));
        }
        d.insert_new(vm, hash, key.value(vm), default.value(vm))?;
        Ok(vm.ret(default.value(vm)))
    }
}

/// Whether a mapping is a dict whose items can be read off directly: a subclass may override iteration.
fn is_plain_dict(vm: &Vm, x: Value<'_>) -> bool {
    if x.as_exact_dict(vm).is_some() {
        return true;
    }
    x.as_dict(vm).is_some()
        && vm.special_of(x, Dunder::Iter) == vm.special(vm.type_object(&DICT), Dunder::Iter)
}

/// Takes the items of a mapping: a dict, or anything with `keys()` and `[]`. AttributeError if there is no `keys()`.
pub(crate) fn merge(vm: &mut Vm, dict: Local, x: Local) -> Py<()> {
    if is_plain_dict(vm, x.value(vm)) {
        return merge_dict(vm, dict, x);
    }
    let keys = vm.call_method(x, "keys", &[])?.keep(vm);
    let iterator = vm.iter(keys)?.keep(vm);
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    while vm.next_into(iterator, key)? {
        vm.get_item(x, key)?.put(vm, value);
        vm.dict_set(dict, key, value)?;
    }
    Ok(())
}
/// Takes the items of a dict.
pub(crate) fn merge_dict(vm: &mut Vm, dict: Local, source: Local) -> Py<()> {
    let n = {
        let vm: &Vm = vm;
        let (to, from) = (dict_of(vm, dict)?, dict_of(vm, source)?);
        if to == from || from.is_empty(vm) {
            return Ok(());
        }
        let n = from.len(vm);
        if to.is_empty(vm) {
            to.reserve(vm, n)?;
        }
        n
    };
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    let mut pos = 0;
    loop {
        let hash = {
            let vm: &Vm = vm;
            let from = dict_of(vm, source)?;
            if from.len(vm) != n {
                return Err(vm.runtime_error("dict mutated during update"));
            }
            let Some((e, k, v)) = from.next_entry(vm, pos) else {
                return Ok(());
            };
            pos = e + 1;
            key.set(vm, k);
            value.set(vm, v);
            from.hash_at(vm, e)
        };
        vm.dict_set_hashed(dict, key, hash, value)?;
    }
}
/// Takes pairs from an iterable.
fn merge_pairs(vm: &mut Vm, dict: Local, x: Local) -> Py<()> {
    let iterator = vm.iter(x)?.keep(vm);
    let [pair, key, value] = vm.locals([Value::NONE, Value::NONE, Value::NONE]);
    let mut i = 0usize;
    while vm.next_into(iterator, pair)? {
        let top = vm.top.get();
        let items = match support::fast_sequence(vm, pair, "object is not iterable") {
            Ok(items) => items,
            Err(raised) => return Err(with_element_note(vm, raised, i)),
        };
        let n = support::len_of(vm, items);
        if n != 2 {
            return Err(vm.value_error(format!(
                "dictionary update sequence element #{i} has length {n}; 2 is required"
            )));
        }
        let (k, v) = (
            support::item_of(vm, items, 0),
            support::item_of(vm, items, 1),
        );
        key.set(vm, k.unwrap_or_default().value(vm));
        value.set(vm, v.unwrap_or_default().value(vm));
        vm.top.set(top);
        vm.dict_set(dict, key, value)?;
        i += 1;
    }
    Ok(())
}
#[cold]
fn with_element_note(vm: &mut Vm, raised: Raised, i: usize) -> Raised {
    if !vm.raised_is(&raised, &exc::TYPE_ERROR) {
        return raised;
    }
    let e = vm.take_exception_local(raised);
    let notes = vm
        .new_str(
            format!("Cannot convert dictionary update sequence element #{i} to a sequence")
                .as_bytes(),
        )
        .and_then(|s| vm.new_list(&[s.value()]))
        .map(|l| vm.local(l.value()));
    match notes {
        Ok(notes) => match vm.set_attr_str(e, "__notes__", notes) {
            Ok(()) => vm.raise_again(e.value(vm)),
            Err(raised) => raised,
        },
        Err(no_memory) => Raised::from(no_memory),
    }
}
/// The positional argument of `update`: a mapping, or an iterable of pairs.
pub(crate) fn update_from(vm: &mut Vm, dict: Local, x: Local) -> Py<()> {
    if x.value(vm).as_exact_dict(vm).is_some() {
        return merge_dict(vm, dict, x);
    }
    if vm.lookup_attr_str(x, "keys")?.is_some() {
        merge(vm, dict, x)
    } else {
        merge_pairs(vm, dict, x)
    }
}
fn update_common(
    vm: &mut Vm,
    name: &str,
    dict: Local,
    args: Local<k::Tuple>,
    kwargs: Local,
) -> Py<()> {
    let n = args.get(vm).len(vm);
    if n > 1 {
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {n}")));
    }
    if n == 1 {
        let x = vm.local(args.get(vm).get(vm, 0));
        update_from(vm, dict, x)?;
    }
    if kwargs.value(vm).as_dict(vm).is_some() {
        merge_dict(vm, dict, kwargs)
    } else {
        Ok(())
    }
}

// ---- methods

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Ret> {
    let dict = vm.local(vm.new_dict().value());
    support::as_instance(vm, cls, &DICT, dict)
}
fn init(vm: &mut Vm, this: Local<k::Dict>, args: Local<k::Tuple>, kwargs: Local) -> Py<()> {
    update_common(vm, "dict", this.any(), args, kwargs)
}
fn update(vm: &mut Vm, this: Local<k::Dict>, args: Local<k::Tuple>, kwargs: Local) -> Py<()> {
    update_common(vm, "update", this.any(), args, kwargs)
}
fn repr(vm: &mut Vm, this: Local<k::Dict>) -> Py<Ret> {
    let mut out = Vec::new();
    push_dict(vm, &mut out, this.any())?;
    support::str_ret(vm, &out)
}
/// Appends the text of a dict.
pub(crate) fn push_dict(vm: &mut Vm, out: &mut Vec<u8>, dict: Local) -> Py<()> {
    out.push(b'{');
    if support::repr_guarded(vm, dict, |vm| push_items(vm, out, dict))?.is_none() {
        out.extend_from_slice(b"...");
    }
    out.push(b'}');
    Ok(())
}
fn push_items(vm: &mut Vm, out: &mut Vec<u8>, dict: Local) -> Py<()> {
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    let (mut pos, mut first) = (0, true);
    while next_item(vm, dict, &mut pos, key, value) {
        if !first {
            out.extend_from_slice(b", ");
        }
        first = false;
        support::push_repr(vm, out, key)?;
        out.extend_from_slice(b": ");
        support::push_repr(vm, out, value)?;
    }
    Ok(())
}
/// The next item from `pos` on into two locals; false at the end.
pub(crate) fn next_item(vm: &Vm, dict: Local, pos: &mut usize, key: Local, value: Local) -> bool {
    match dict
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.next_entry(vm, *pos))
    {
        Some((e, k, v)) => {
            *pos = e + 1;
            key.set(vm, k);
            value.set(vm, v);
            true
        }
        None => false,
    }
}
fn len(vm: &Vm, this: Dict<'_>) -> Py<usize> {
    Ok(this.len(vm))
}
fn get_item(vm: &mut Vm, this: Local<k::Dict>, key: Local) -> Py<Ret> {
    if let Some(ret) = vm.dict_get(this.any(), key)? {
        return Ok(ret);
    }
    if this.value(vm).as_exact_dict(vm).is_none() {
        if let Some(ret) = vm.call_dunder(this.any(), Dunder::Missing, &[key])? {
            return Ok(ret);
        }
    }
    Err(vm.key_error(key.value(vm)))
}
fn set_item(vm: &mut Vm, this: Local<k::Dict>, key: Local, value: Local) -> Py<()> {
    vm.dict_set(this.any(), key, value)
}
fn del_item(vm: &mut Vm, this: Local<k::Dict>, key: Local) -> Py<()> {
    if vm.dict_del(this.any(), key)? {
        Ok(())
    } else {
        Err(vm.key_error(key.value(vm)))
    }
}
fn contains(vm: &mut Vm, this: Local<k::Dict>, key: Local) -> Py<bool> {
    vm.dict_contains(this.any(), key)
}
fn iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::dict_iterator(
        vm,
        this,
        iterators::Part::Keys,
        false,
    ))
}
fn reversed<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(iterators::dict_iterator(
        vm,
        this,
        iterators::Part::Keys,
        true,
    ))
}
fn unordered<'v>(_: &'v Vm, _this: Value<'v>, _other: Value<'v>) -> Py<Value<'v>> {
    Ok(Value::NOT_IMPLEMENTED)
}
fn eq(vm: &mut Vm, this: Local<k::Dict>, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Eq)
}
fn ne(vm: &mut Vm, this: Local<k::Dict>, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ne)
}
fn compare(vm: &mut Vm, this: Local<k::Dict>, other: Local, op: CmpOp) -> Py<Ret> {
    if !other.is::<k::Dict>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    vm.check_native_stack()?;
    let same = dicts_equal(vm, this.any(), other)?;
    Ok(vm.ret(Value::bool(same == (op == CmpOp::Eq))))
}
fn dicts_equal(vm: &mut Vm, a: Local, b: Local) -> Py<bool> {
    if dict_of(vm, a)?.len(vm) != dict_of(vm, b)?.len(vm) {
        return Ok(false);
    }
    let [key, value, other] = vm.locals([Value::NONE, Value::NONE, Value::NONE]);
    let mut pos = 0;
    loop {
        let hash = {
            let vm: &Vm = vm;
            let d = dict_of(vm, a)?;
            let Some((e, k, v)) = d.next_entry(vm, pos) else {
                return Ok(true);
            };
            pos = e + 1;
            key.set(vm, k);
            value.set(vm, v);
            d.hash_at(vm, e)
        };
        let Some(entry) = vm.dict_find(b, key, hash)? else {
            return Ok(false);
        };
        let found = dict_of(vm, b)?
            .value_at_entry(vm, entry)
            .unwrap_or(Value::NONE);
        other.set(vm, found);
        if !vm.equal(other, value)? {
            return Ok(false);
        }
    }
}
fn or(vm: &mut Vm, this: Local<k::Dict>, other: Local) -> Py<Ret> {
    united(vm, this.any(), other)
}
fn ror(vm: &mut Vm, this: Local<k::Dict>, other: Local) -> Py<Ret> {
    united(vm, other, this.any())
}
fn united(vm: &mut Vm, left: Local, right: Local) -> Py<Ret> {
    if !left.is::<k::Dict>(vm) || !right.is::<k::Dict>(vm) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let new = {
        let vm: &Vm = vm;
        vm.local(dict_of(vm, left)?.copy(vm)?.value())
    };
    update_from(vm, new, right)?;
    Ok(vm.ret(new.value(vm)))
}
fn ior(vm: &mut Vm, this: Local<k::Dict>, other: Local) -> Py<Ret> {
    update_from(vm, this.any(), other)?;
    Ok(vm.ret(this.value(vm)))
}
fn size_of(vm: &Vm, this: Dict<'_>) -> Py<usize> {
    Ok(vm.size_of(this.value()))
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
fn clear(vm: &Vm, this: Dict<'_>) -> Py<()> {
    this.clear(vm);
    Ok(())
}
fn copy<'v>(vm: &'v Vm, this: Dict<'v>) -> Py<Dict<'v>> {
    Ok(this.copy(vm)?)
}
fn fromkeys(vm: &mut Vm, cls: Local, iterable: Local, value: Option<Local>) -> Py<Ret> {
    let value = value.unwrap_or_else(|| vm.local(Value::NONE));
    let dict = vm.call(cls, &[])?.keep(vm);
    let exact = dict.value(vm).as_exact_dict(vm).is_some();
    let key = vm.local(Value::NONE);
    if exact && super::set::has_hashes(vm, iterable) {
        let mut pos = 0;
        while let Some(hash) = super::set::next_hashed(vm, iterable, &mut pos, key) {
            vm.dict_set_hashed(dict, key, hash, value)?;
        }
        return Ok(vm.ret(dict.value(vm)));
    }
    let iterator = vm.iter(iterable)?.keep(vm);
    vm.refuse_endless(iterator)?;
    while vm.next_into(iterator, key)? {
        if exact {
            vm.dict_set(dict, key, value)?;
        } else {
            vm.set_item(dict, key, value)?;
        }
    }
    Ok(vm.ret(dict.value(vm)))
}
fn get(vm: &mut Vm, this: Local<k::Dict>, key: Local, default: Option<Local>) -> Py<Ret> {
    match vm.dict_get(this.any(), key)? {
        Some(ret) => Ok(ret),
        None => Ok(vm.ret(default.map_or(Value::NONE, |d| d.value(vm)))),
    }
}
fn items<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(dict_views::new_view(vm, this, iterators::Part::Items))
}
fn keys<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(dict_views::new_view(vm, this, iterators::Part::Keys))
}
fn values<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(dict_views::new_view(vm, this, iterators::Part::Values))
}
fn pop(vm: &mut Vm, this: Local<k::Dict>, key: Local, default: Option<Local>) -> Py<Ret> {
    if this.get(vm).is_empty(vm) {
        // An empty dict does not even hash the key.
        return match default {
            Some(d) => Ok(vm.ret(d.value(vm))),
            None => Err(vm.key_error(key.value(vm))),
        };
    }
    match (vm.dict_pop(this.any(), key)?, default) {
        (Some(ret), _) => Ok(ret),
        (None, Some(d)) => Ok(vm.ret(d.value(vm))),
        (None, None) => Err(vm.key_error(key.value(vm))),
    }
}
fn popitem<'v>(vm: &'v Vm, this: Dict<'v>) -> Py<Value<'v>> {
    match this.popitem_last(vm) {
        Some((k, v)) => Ok(vm.new_tuple(&[k, v])?.value()),
        None => {
            let text = vm.new_str(b"popitem(): dictionary is empty")?;
            Err(vm.key_error(text.value()))
        }
    }
}
fn setdefault(vm: &mut Vm, this: Local<k::Dict>, key: Local, default: Option<Local>) -> Py<Ret> {
    let default = default.unwrap_or_else(|| vm.local(Value::NONE));
    vm.dict_set_default(this.any(), key, default)
}

//! `OrderedDict`: the heap's dicts are ordered, so this is a dict with what order is for: moving, popping at either end, comparison by order.

use crate::support::*;
use mesapy_vm::objects::dict::DICT;

pub static ORDERED_DICT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "collections.OrderedDict",
    doc: "Dictionary that remembers insertion order",
    base: Some(&DICT),
    layout: Layout::Slots(1),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
        "__repr__(self, /)" => calls repr(this), "Return repr(self).";
        "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
        "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
        "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
        "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
        "__ior__(self, value, /)" => calls ior(this, value), "Return self|=value.";
        "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling";
        "fromkeys(type, /, iterable, value=None)" => class calls fromkeys(cls, iterable, value), "Create a new ordered dictionary with keys from iterable and values set to value.";
        "setdefault(self, /, key, default=None)" => calls setdefault(this, key, default), "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.";
        "pop(self, /, key, default=<unrepresentable>)" => calls pop(this, key, default), "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\n If the key is not found, return the default if given; otherwise,\n raise a KeyError.";
        "popitem(self, /, last=True)" => calls popitem(this, last), "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if false.";
        "move_to_end(self, /, key, last=True)" => calls move_to_end(this, key, last), "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.";
        "update(self, ...)" => calls update(this, args, kwargs), "";
        "__sizeof__(self, /)" => calls size_of(this), "Size of object in memory, in bytes.";
        "copy(self, /)" => calls copy(this), "A shallow copy of ordered dict.";
    },
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let vm: &Vm = vm;
    let class = object::check_new_class(vm, cls, &ORDERED_DICT)?;
    Ok(vm.local(object::wrap(vm, class, vm.new_dict().value())?))
}
fn init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    let n = tuple_len(vm, args);
    if n > 1 {
        return Err(vm.type_error(format!("expected at most 1 argument, got {n}")));
    }
    update(vm, this, args, kwargs)
}
/// Whether item assignment is dict's own, so that the table can be written directly.
fn plain_set(vm: &Vm, this: Local) -> bool {
    let name = vm.intern(b"__setitem__");
    vm.type_lookup(vm.type_of(this.value(vm)), name) == vm.type_lookup(vm.type_object(&DICT), name)
}
fn set(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    if plain_set(vm, this) {
        vm.dict_set(this, key, value)
    } else {
        vm.set_item(this, key, value)
    }
}
fn update(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    let n = tuple_len(vm, args);
    if n > 1 {
        return Err(vm.type_error(format!(
            "update() takes at most 1 positional argument ({n} given)"
        )));
    }
    if plain_set(vm, this) {
        let class = vm.local(vm.type_object(&DICT).value());
        let base = vm.get_attr_str(class, "update")?.keep(vm);
        let mut all = vec![this];
        all.extend(tuple_locals(vm, args));
        let all = tuple_of(vm, &all)?;
        let _ = vm.call_ex(base, all, kwargs)?.get(vm);
        return Ok(());
    }
    // A subclass sees every item go through its own `__setitem__`.
    let class = vm.local(vm.type_object(&DICT).value());
    let merged = vm.call_ex(class, args, kwargs)?.keep(vm);
    let items = vm.call_method(merged, "items", &[])?.keep(vm);
    let iterator = vm.iter(items)?.keep(vm);
    let [pair, key, value] = vm.locals([Value::NONE, Value::NONE, Value::NONE]);
    while vm.next_into(iterator, pair)? {
        key.set(vm, tuple_at(vm, pair, 0));
        value.set(vm, tuple_at(vm, pair, 1));
        vm.set_item(this, key, value)?;
    }
    Ok(())
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    if vm.len(this)? == 0 {
        return Ok(format!("{name}()"));
    }
    if !vm.repr_enter(this.value(vm))? {
        return Ok("...".to_owned());
    }
    let plain = vm.local(vm.new_dict().value());
    let text = vm
        .call_method(plain, "update", &[this])
        .map(|r| r.keep(vm))
        .and_then(|_| vm.repr_text(plain));
    vm.repr_leave(this.value(vm));
    Ok(format!("{name}({})", text?))
}
/// Equality with another ordered dict regards order, with other dicts not.
fn same(vm: &mut Vm, this: Local, other: Local) -> Py<Option<bool>> {
    if other.value(vm).as_dict(vm).is_none() {
        return Ok(None);
    }
    let class = vm.local(vm.type_object(&DICT).value());
    let base = vm.get_attr_str(class, "__eq__")?.keep(vm);
    let equal = vm.call(base, &[this, other])?.keep(vm);
    if !vm.truth(equal)? {
        return Ok(Some(false));
    }
    if !vm.is_instance_of(other.value(vm), &ORDERED_DICT) {
        return Ok(Some(true));
    }
    let (mine, theirs) = (vm.iter(this)?.keep(vm), vm.iter(other)?.keep(vm));
    let [x, y] = vm.locals([Value::NONE, Value::NONE]);
    loop {
        let (more_x, more_y) = (step(vm, mine, x)?, step(vm, theirs, y)?);
        if !more_x || !more_y {
            return Ok(Some(more_x == more_y));
        }
        if !vm.equal(x, y)? {
            return Ok(Some(false));
        }
    }
}
/// The next key of an ordered dict.
fn step(vm: &mut Vm, iterator: Local, into: Local) -> Py<bool> {
    let more = vm.next_into(iterator, into);
    match vm.caught(more, &exc::RUNTIME_ERROR)? {
        Some(more) => Ok(more),
        None => Err(vm.runtime_error("OrderedDict mutated during iteration")),
    }
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let same = same(vm, this, other)?;
    Ok(vm.ret(same.map_or(Value::NOT_IMPLEMENTED, Value::bool)))
}
fn ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let same = same(vm, this, other)?;
    Ok(vm.ret(same.map_or(Value::NOT_IMPLEMENTED, |s| Value::bool(!s))))
}
fn merged(vm: &mut Vm, class_of: Local, first: Local, second: Local) -> Py<Ret> {
    if first.value(vm).as_dict(vm).is_none() || second.value(vm).as_dict(vm).is_none() {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let class = class_local(vm, class_of);
    let made = vm.call(class, &[first])?.keep(vm);
    let args = tuple_of(vm, &[second])?;
    let none = vm.local(Value::EMPTY);
    update(vm, made, args, none)?;
    Ok(vm.ret(made.value(vm)))
}
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    merged(vm, this, this, other)
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    merged(vm, this, other, this)
}
fn ior(vm: &mut Vm, this: Local, other: Local) -> Py<Local> {
    let args = tuple_of(vm, &[other])?;
    let none = vm.local(Value::EMPTY);
    update(vm, this, args, none)?;
    Ok(this)
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let state = vm.call_method(this, "__getstate__", &[])?.keep(vm);
    let args = tuple_of(vm, &[])?;
    let items = vm.call_method(this, "items", &[])?.keep(vm);
    let iterator = vm.iter(items)?.keep(vm);
    let none = vm.local(Value::NONE);
    ret_tuple(vm, &[class, args, state, none, iterator])
}
fn fromkeys(vm: &mut Vm, cls: Local, iterable: Local, value: Option<Local>) -> Py<Local> {
    let value = value.unwrap_or_else(|| vm.local(Value::NONE));
    let made = vm.call(cls, &[])?.keep(vm);
    let iterator = vm.iter(iterable)?.keep(vm);
    let key = vm.local(Value::NONE);
    while vm.next_into(iterator, key)? {
        vm.set_item(made, key, value)?;
    }
    Ok(made)
}
fn setdefault(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    let default = default.unwrap_or_else(|| vm.local(Value::NONE));
    if let Some(found) = vm.dict_get(this, key)? {
        return Ok(found);
    }
    set(vm, this, key, default)?;
    Ok(vm.ret(default.value(vm)))
}
fn pop(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    if let Some(found) = vm.dict_pop(this, key)? {
        return Ok(found);
    }
    match default {
        Some(d) => Ok(vm.ret(d.value(vm))),
        None => Err(vm.key_error(key.value(vm))),
    }
}
fn popitem(vm: &mut Vm, this: Local, last: Option<bool>) -> Py<Ret> {
    let vm: &Vm = vm;
    let found = this.value(vm).as_dict(vm).and_then(|d| {
        if last.unwrap_or(true) {
            d.popitem_last(vm)
        } else {
            d.pop_first(vm)
        }
    });
    match found {
        Some((key, value)) => Ok(vm.ret(vm.new_tuple(&[key, value])?.value())),
        None => Err(vm.key_error(vm.new_str(b"dictionary is empty")?.value())),
    }
}
fn move_to_end(vm: &mut Vm, this: Local, key: Local, last: Option<bool>) -> Py<()> {
    let hash = key_hash(vm, key)?;
    let Some(entry) = find_entry(vm, this, key, hash)? else {
        return Err(vm.key_error(key.value(vm)));
    };
    let vm: &Vm = vm;
    let Some(d) = this.value(vm).as_dict(vm) else {
        return Ok(());
    };
    if last.unwrap_or(true) {
        d.move_to_end(vm, entry)?;
        return Ok(());
    }
    // To the front: everything else goes behind it, in order.
    let others: Vec<_> = (0..d.entry_end(vm))
        .filter(|e| *e != entry)
        .filter_map(|e| d.entry(vm, e).map(|(key, v)| (d.hash_at(vm, e), key, v)))
        .collect();
    let Some((key, value)) = d.entry(vm, entry) else {
        return Ok(());
    };
    let hash = d.hash_at(vm, entry);
    d.clear(vm);
    d.reserve(vm, others.len() + 1)?;
    d.insert_new(vm, hash, key, value)?;
    for (h, key, v) in others {
        d.insert_new(vm, h, key, v)?;
    }
    Ok(())
}
fn copy(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let exact = class.value(vm) == vm.type_object(&ORDERED_DICT).value();
    let made = vm.call(class, &[])?.keep(vm);
    let iterator = vm.iter(this)?.keep(vm);
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    while step(vm, iterator, key)? {
        let found = match exact {
            true => vm.dict_get(this, key)?,
            false => Some(vm.get_item(this, key)?),
        };
        match found {
            Some(found) => found.put(vm, value),
            None => return Err(vm.key_error(key.value(vm))),
        }
        match exact {
            true => vm.dict_set(made, key, value)?,
            false => vm.set_item(made, key, value)?,
        }
    }
    Ok(vm.ret(made.value(vm)))
}
/// What a dict takes, and what the order takes in addition elsewhere: programs compare the two.
fn size_of(vm: &mut Vm, this: Local) -> Py<i64> {
    let class = vm.local(vm.type_object(&DICT).value());
    let base = vm.get_attr_str(class, "__sizeof__")?.keep(vm);
    let size = vm.call(base, &[this])?.keep(vm);
    Ok(vm.index(size)? + 8 * (1 + vm.len(this)? as i64))
}

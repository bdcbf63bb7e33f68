//! `_abc`: what `abc.ABCMeta` delegates to.
//!
//! The registry and the two caches of a class are dicts from a class's identity to a weak reference to it. An identity may come back with another class
//! after the first has died, so an entry counts only while its reference leads to the very class that is asked for.

use crate::support::*;

/// How often a virtual subclass was registered anywhere: negative caches of an older count are void.
#[derive(Default)]
struct Registrations(i64);

const REGISTRY: usize = 0;
const CACHE: usize = 1;
const NEGATIVE: usize = 2;
/// The count of registrations that the negative cache holds for.
const NEGATIVE_VERSION: usize = 3;

pub static MODULE: NativeModule = NativeModule {
    name: "_abc",
    doc: "Module contains faster C implementation of abc.ABCMeta",
    functions: methods! {
        "get_cache_token()" => static calls get_cache_token(), "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying the\ncurrent version of the ABC cache for virtual subclasses. The token changes\nwith every call to register() on any ABC.";
        "_abc_init(self, /)" => static calls abc_init(this), "Internal ABC helper for class set-up. Should be never used outside abc module.";
        "_reset_registry(self, /)" => static calls reset_registry(this), "Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py";
        "_reset_caches(self, /)" => static calls reset_caches(this), "Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py";
        "_get_dump(self, /)" => static calls get_dump(this), "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function directly,\ninstead use ABC._dump_registry() for a nice repr.";
        "_abc_register(self, subclass, /)" => static calls abc_register(this, subclass), "Internal ABC helper for subclasss registration. Should be never used outside abc module.";
        "_abc_instancecheck(self, instance, /)" => static calls abc_instancecheck(this, instance), "Internal ABC helper for instance checks. Should be never used outside abc module.";
        "_abc_subclasscheck(self, subclass, /)" => static calls abc_subclasscheck(this, subclass), "Internal ABC helper for subclasss checks. Should be never used outside abc module.";
    },
    types: &[],
    init: Some(|vm, _| vm.register_type(&DATA)),
};

static DATA: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_abc._abc_data",
    doc: "Internal state held by ABC machinery.",
    layout: Layout::Slots(4),
    methods: methods! { "__new__(cls, /, *args, **kwargs)" => static calls data_new(cls, args, kwargs), ""; },
    ..TypeDef::EMPTY
};

fn data_new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let made = make(vm, cls, &DATA)?;
    for i in [REGISTRY, CACHE, NEGATIVE] {
        set_slot(vm, made, i, vm.new_dict().value());
    }
    let count = vm.state::<Registrations>().0;
    set_int_slot(vm, made, NEGATIVE_VERSION, count);
    Ok(made)
}
/// The state of an abstract class.
fn data(vm: &mut Vm, class: Local) -> Py<Local> {
    let found = vm.get_attr_str(class, "_abc_impl")?.keep(vm);
    if !vm.is_exactly(found.value(vm), &DATA) {
        return Err(vm.type_error("_abc_impl is set to a wrong type"));
    }
    Ok(found)
}
fn get_cache_token(vm: &mut Vm) -> Py<i64> {
    Ok(vm.state::<Registrations>().0)
}

// ---- the weak tables

fn key_of(class: Value<'_>) -> i64 {
    class.as_obj().map_or(0, |o| i64::from(o.index()))
}
fn holds(vm: &Vm, data: Local, table: usize, class: Local) -> bool {
    slot(vm, data, table)
        .as_dict(vm)
        .and_then(|d| d.get_int(vm, key_of(class.value(vm))))
        .and_then(|w| vm.weakref_target(w))
        == Some(class.value(vm))
}
fn remember(vm: &mut Vm, data: Local, table: usize, class: Local) -> Py<()> {
    let dict = slot_local(vm, data, table);
    let (key, weak) = {
        let vm: &Vm = vm;
        let Some(o) = class.value(vm).as_obj() else {
            return Ok(());
        };
        (
            vm.local(vm.int(key_of(o.value()))),
            vm.local(vm.new_weakref_value(o, Value::EMPTY)),
        )
    };
    vm.dict_set(dict, key, weak)
}
fn clear(vm: &Vm, data: Local, table: usize) {
    if let Some(d) = slot(vm, data, table).as_dict(vm) {
        d.clear(vm);
    }
}
/// The references of a table whose classes live.
fn living(vm: &Vm, data: Local, table: usize) -> Vec<Local> {
    let Some(d) = slot(vm, data, table).as_dict(vm) else {
        return Vec::new();
    };
    d.iter(vm)
        .filter(|(_, w)| vm.weakref_target(*w).is_some())
        .map(|(_, w)| w.word())
        .collect::<Vec<_>>()
        .into_iter()
        .map(|w| vm.local(w.value(vm)))
        .collect()
}
fn reset_registry(vm: &mut Vm, this: Local) -> Py<()> {
    let data = data(vm, this)?;
    clear(vm, data, REGISTRY);
    Ok(())
}
fn reset_caches(vm: &mut Vm, this: Local) -> Py<()> {
    let data = data(vm, this)?;
    clear(vm, data, CACHE);
    clear(vm, data, NEGATIVE);
    Ok(())
}
fn get_dump(vm: &mut Vm, this: Local) -> Py<Ret> {
    let data = data(vm, this)?;
    let mut parts = Vec::new();
    for table in [REGISTRY, CACHE, NEGATIVE] {
        let set = vm.local(vm.new_set().value());
        for w in living(vm, data, table) {
            vm.set_add(set, w)?;
        }
        parts.push(set);
    }
    parts.push(slot_local(vm, data, NEGATIVE_VERSION));
    ret_tuple(vm, &parts)
}

// ---- setting up

fn is_abstract(vm: &mut Vm, value: Local) -> Py<bool> {
    match vm.lookup_attr_str(value, "__isabstractmethod__")? {
        Some(r) => {
            let flag = r.keep(vm);
            vm.truth(flag)
        }
        None => Ok(false),
    }
}
/// The names of the methods that a class leaves abstract.
fn compute_abstract(vm: &mut Vm, class: Local) -> Py<()> {
    let names = vm.local(vm.new_list(&[])?.value());
    let add = |vm: &Vm, name: Local| -> Py<()> {
        if let Some(l) = names.value(vm).as_list(vm) {
            l.push(vm, name.value(vm))?;
        }
        Ok(())
    };
    let own = {
        let vm: &Vm = vm;
        let c = class
            .value(vm)
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Type);
        let Some(c) = c else {
            return Err(vm.type_error("_abc_init() argument must be a class"));
        };
        let flat: Vec<Value<'_>> = vm.type_dict(c).iter(vm).flat_map(|(k, v)| [k, v]).collect();
        vm.local(vm.new_list(&flat)?.value())
    };
    let [name, value] = vm.locals([Value::NONE, Value::NONE]);
    let count = own.value(vm).as_list(vm).map_or(0, |l| l.len(vm));
    for i in (0..count).step_by(2) {
        if let Some(l) = own.value(vm).as_list(vm) {
            name.set(vm, l.at(vm, i).unwrap_or(Value::NONE));
            value.set(vm, l.at(vm, i + 1).unwrap_or(Value::NONE));
        }
        if vm.scope(|vm| is_abstract(vm, value))? {
            add(vm, name)?;
        }
    }
    let bases = vm.get_attr_str(class, "__bases__")?.keep(vm);
    for base in tuple_locals(vm, bases) {
        let Some(inherited) = vm
            .lookup_attr_str(base, "__abstractmethods__")?
            .map(|r| r.keep(vm))
        else {
            continue;
        };
        let iterator = vm.iter(inherited)?.keep(vm);
        while vm.next_into(iterator, name)? {
            let Some(text) = name.cast::<k::Str>(vm) else {
                continue;
            };
            let found = vm.lookup_attr(class, text)?;
            if let Some(r) = found {
                r.put(vm, value);
                if vm.scope(|vm| is_abstract(vm, value))? {
                    add(vm, name)?;
                }
            }
        }
    }
    let frozen = {
        let vm: &Vm = vm;
        let set = vm.new_frozenset();
        for n in names
            .value(vm)
            .as_list(vm)
            .map(|l| l.to_vec(vm))
            .unwrap_or_default()
        {
            if let Some(s) = n.as_str(vm) {
                if set.any().find_str(vm, s).is_none() {
                    set.any().insert_new(vm, s.hash(vm), n)?;
                }
            }
        }
        vm.local(set.any().value())
    };
    vm.set_attr_str(class, "__abstractmethods__", frozen)
}
const TPFLAGS_SEQUENCE: i64 = 1 << 5;
const TPFLAGS_MAPPING: i64 = 1 << 6;

fn abc_init(vm: &mut Vm, this: Local) -> Py<()> {
    compute_abstract(vm, this)?;
    let class = vm.local(vm.type_object(&DATA).value());
    let none = vm.local(Value::EMPTY);
    let state = data_new(vm, class, none, none)?;
    vm.set_attr_str(this, "_abc_impl", state)?;
    // The classes of collections.abc say by this attribute what patterns they match.
    let flags = {
        let vm: &Vm = vm;
        let Some(c) = this.value(vm).as_obj().filter(|o| o.kind(vm) == Kind::Type) else {
            return Ok(());
        };
        vm.type_dict(c)
            .get_str(vm, vm.intern(b"__abc_tpflags__"))
            .and_then(|v| v.as_i64(vm))
    };
    if let Some(flags) = flags {
        let both = TPFLAGS_SEQUENCE | TPFLAGS_MAPPING;
        if flags & both == both {
            return Err(vm.type_error(
                "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING",
            ));
        }
        if let Some(c) = this.value(vm).as_obj() {
            vm.set_collection_flags(
                c,
                flags & TPFLAGS_SEQUENCE != 0,
                flags & TPFLAGS_MAPPING != 0,
            );
        }
        let name = vm.local_of::<k::Str>(vm.intern(b"__abc_tpflags__").value());
        let empty = vm.local(Value::EMPTY);
        vm.type_set_attr(this, name, empty)?;
    }
    Ok(())
}

// ---- registering and checking

fn abc_register(vm: &mut Vm, this: Local, subclass: Local) -> Py<Local> {
    if !vm.is_type(subclass.value(vm)) {
        return Err(vm.type_error("Can only register classes"));
    }
    if vm.is_subclass(subclass, this)? {
        return Ok(subclass);
    }
    // Checked behind the first test, so that X.register(X) means X.register(X).
    if vm.is_subclass(this, subclass)? {
        return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
    }
    let data = data(vm, this)?;
    remember(vm, data, REGISTRY, subclass)?;
    vm.state::<Registrations>().0 += 1;
    let vm: &Vm = vm;
    if let (Some(from), Some(to)) = (this.value(vm).as_obj(), subclass.value(vm).as_obj()) {
        if vm.is_type(from.value()) {
            let (sequence, mapping) = vm.collection_flags(from);
            if sequence || mapping {
                vm.spread_collection_flags(to, sequence, mapping);
            }
        }
    }
    Ok(subclass)
}
fn current(vm: &mut Vm, data: Local) -> bool {
    int_slot(vm, data, NEGATIVE_VERSION) == vm.state::<Registrations>().0
}
fn abc_instancecheck(vm: &mut Vm, this: Local, instance: Local) -> Py<Ret> {
    let data = data(vm, this)?;
    // Without a `__class__` its type counts, as it does for `isinstance`.
    let subclass = match vm.lookup_attr_str(instance, "__class__")? {
        Some(found) => found.keep(vm),
        None => class_local(vm, instance),
    };
    if holds(vm, data, CACHE, subclass) {
        return Ok(vm.ret(Value::TRUE));
    }
    let own = class_local(vm, instance);
    if own.value(vm) == subclass.value(vm) {
        if current(vm, data) && holds(vm, data, NEGATIVE, subclass) {
            return Ok(vm.ret(Value::FALSE));
        }
        return vm.call_method(this, "__subclasscheck__", &[subclass]);
    }
    let result = vm
        .call_method(this, "__subclasscheck__", &[subclass])?
        .keep(vm);
    if vm.truth(result)? {
        return Ok(vm.ret(result.value(vm)));
    }
    vm.call_method(this, "__subclasscheck__", &[own])
}
fn abc_subclasscheck(vm: &mut Vm, this: Local, subclass: Local) -> Py<bool> {
    vm.check_native_stack()?;
    if !vm.is_type(subclass.value(vm)) {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    }
    let data = data(vm, this)?;
    if holds(vm, data, CACHE, subclass) {
        return Ok(true);
    }
    if !current(vm, data) {
        clear(vm, data, NEGATIVE);
        let count = vm.state::<Registrations>().0;
        set_int_slot(vm, data, NEGATIVE_VERSION, count);
    } else if holds(vm, data, NEGATIVE, subclass) {
        return Ok(false);
    }
    let found = search(vm, this, data, subclass)?;
    remember(vm, data, if found { CACHE } else { NEGATIVE }, subclass)?;
    Ok(found)
}
/// Asks the hook, the real bases, the registered classes and the subclasses, in this order.
fn search(vm: &mut Vm, this: Local, data: Local, subclass: Local) -> Py<bool> {
    let answer = vm
        .call_method(this, "__subclasshook__", &[subclass])?
        .keep(vm);
    match answer.value(vm).as_bool() {
        Some(b) => return Ok(b),
        None if answer.value(vm) != Value::NOT_IMPLEMENTED => {
            return Err(vm.assertion_error(
                "__subclasshook__ must return either False, True, or NotImplemented",
            ));
        }
        None => {}
    }
    {
        let vm: &Vm = vm;
        if let (Some(a), Some(b)) = (subclass.value(vm).as_obj(), this.value(vm).as_obj()) {
            if vm.is_subtype(a, b) {
                return Ok(true);
            }
        }
    }
    let candidate = vm.local(Value::NONE);
    for w in living(vm, data, REGISTRY) {
        // A hostile check may have let a class die meanwhile.
        let Some(c) = vm.weakref_target(w.value(vm)) else {
            continue;
        };
        candidate.set(vm, c);
        if vm.is_subclass(subclass, candidate)? {
            return Ok(true);
        }
    }
    let direct = vm.call_method(this, "__subclasses__", &[])?.keep(vm);
    if direct.value(vm).as_list(vm).is_none() {
        return Err(vm.type_error("__subclasses__() must return a list"));
    }
    let mut i = 0;
    while let Some(c) = direct.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) {
        candidate.set(vm, c);
        if vm.is_subclass(subclass, candidate)? {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}

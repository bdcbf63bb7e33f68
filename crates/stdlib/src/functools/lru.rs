//! The cache behind `functools.lru_cache` and `functools.cache`.
//!
//! Results are in a dict whose order is the order of use: a hit moves its entry to the end, and what is at the front goes when the cache is full. The
//! cached function may call itself, clear the cache, or raise; so nothing about the dict is assumed across the call, and the key is looked up again.

use super::singleton;
use crate::support::*;

const FUNC: usize = 0;
/// -1: without bound.
const MAXSIZE: usize = 1;
const TYPED: usize = 2;
const CACHE: usize = 3;
const HITS: usize = 4;
const MISSES: usize = 5;
const INFO_TYPE: usize = 6;

pub static LRU_CACHE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "functools._lru_cache_wrapper",
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize\n",
    layout: Layout::Slots(7),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    methods: methods! {
        "__new__(cls, user_function, maxsize, typed, cache_info_type)" => static calls lru_new(cls, function, maxsize, typed, info), "Create and return a new object.  See help(type) for accurate signature.";
        "__call__(self, /, *args, **kwargs)" => calls lru_call(this, args, kwargs), "Call self as a function.";
        "__get__(self, instance, owner=None, /)" => calls lru_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
        "cache_info(self, /)" => calls cache_info(this), "Report cache statistics";
        "cache_clear(self, /)" => leaf cache_clear(this), "Clear the cache and cache statistics";
        "__reduce__(self, /)" => calls lru_reduce(this), "";
        "__copy__(self, /)" => leaf lru_copy(this), "";
        "__deepcopy__(self, memo, /)" => leaf lru_deepcopy(this, memo), "";
    },
    ..TypeDef::EMPTY
};
/// What separates positional from keyword arguments in keys.
pub static KEYWORD_MARK: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "functools._kwd_mark",
    layout: Layout::Slots(0),
    flags: TypeFlags::NO_NEW,
    ..TypeDef::EMPTY
};

fn lru_new(
    vm: &mut Vm,
    cls: Local,
    function: Local,
    maxsize: Local,
    typed: bool,
    info: Local,
) -> Py<Local> {
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let size = if maxsize.value(vm).is_none() {
        -1
    } else if vm.special_of(maxsize.value(vm), Dunder::Index).is_some() {
        vm.index(maxsize)?.max(0)
    } else {
        return Err(vm.type_error("maxsize should be integer or None"));
    };
    let made = make(vm, cls, &LRU_CACHE)?;
    set_slot(vm, made, FUNC, function.value(vm));
    set_int_slot(vm, made, MAXSIZE, size);
    set_slot(vm, made, TYPED, Value::bool(typed));
    set_slot(vm, made, CACHE, vm.new_dict().value());
    set_int_slot(vm, made, HITS, 0);
    set_int_slot(vm, made, MISSES, 0);
    set_slot(vm, made, INFO_TYPE, info.value(vm));
    Ok(made)
}
/// The key of a call: the one argument itself if it is an exact str or int, else a tuple of all there is.
fn key_of(vm: &Vm, this: Local, args: Local, kwargs: Local) -> Py<Local> {
    let typed = slot(vm, this, TYPED) == Value::TRUE;
    let Some(positional) = args.value(vm).as_tuple(vm) else {
        return Ok(args);
    };
    let named: Vec<(Value<'_>, Value<'_>)> = kwargs
        .value(vm)
        .as_dict(vm)
        .into_iter()
        .flat_map(|d| d.iter(vm).collect::<Vec<_>>())
        .collect();
    if !typed && named.is_empty() {
        if let (1, Some(only)) = (positional.len(vm), positional.at(vm, 0)) {
            if only.as_exact_str(vm).is_some() || matches!(only.kind(vm), Kind::Int | Kind::BigInt)
            {
                return Ok(vm.local(only));
            }
        }
        return Ok(args);
    }
    let mut key = positional.to_vec(vm);
    if !named.is_empty() {
        key.push(singleton(vm, |s| s.keyword_mark));
        key.extend(named.iter().flat_map(|(n, v)| [*n, *v]));
    }
    if typed {
        key.extend(positional.iter(vm).map(|v| vm.type_of(v).value()));
        key.extend(named.iter().map(|(_, v)| vm.type_of(*v).value()));
    }
    Ok(vm.local(vm.new_tuple(&key)?.value()))
}
fn count(vm: &Vm, this: Local, what: usize) {
    set_int_slot(vm, this, what, int_slot(vm, this, what).saturating_add(1));
}
fn lru_call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let func = slot_local(vm, this, FUNC);
    let maxsize = int_slot(vm, this, MAXSIZE);
    if maxsize == 0 {
        count(vm, this, MISSES);
        return vm.call_ex(func, args, kwargs);
    }
    let key = key_of(vm, this, args, kwargs)?;
    let cache = slot_local(vm, this, CACHE);
    let hash = key_hash(vm, key)?;
    if let Some(entry) = find_entry(vm, cache, key, hash)? {
        let vm: &Vm = vm;
        if let Some(d) = cache.value(vm).as_dict(vm) {
            let found = d.value_at_entry(vm, entry).unwrap_or(Value::NONE);
            if maxsize > 0 {
                d.move_to_end(vm, entry)?;
            }
            count(vm, this, HITS);
            return Ok(vm.ret(found));
        }
    }
    count(vm, this, MISSES);
    let result = vm.call_ex(func, args, kwargs)?.keep(vm);
    if find_entry(vm, cache, key, hash)?.is_none() {
        let vm: &Vm = vm;
        if let Some(d) = cache.value(vm).as_dict(vm) {
            if maxsize > 0 && d.len(vm) as i64 >= maxsize {
                d.pop_first(vm);
            }
            d.insert_new(vm, hash, key.value(vm), result.value(vm))?;
        }
    } else if maxsize < 0 {
        vm.dict_set(cache, key, result)?;
    }
    Ok(vm.ret(result.value(vm)))
}
fn lru_get(vm: &mut Vm, this: Local, instance: Local, _owner: Option<Local>) -> Py<Ret> {
    if instance.value(vm).is_none() {
        return Ok(vm.ret(this.value(vm)));
    }
    let bound = vm.bound_method(this.value(vm), instance.value(vm));
    Ok(vm.ret(bound))
}
fn cache_info(vm: &mut Vm, this: Local) -> Py<Ret> {
    let info = slot_local(vm, this, INFO_TYPE);
    let maxsize = int_slot(vm, this, MAXSIZE);
    let size = slot(vm, this, CACHE).as_dict(vm).map_or(0, |d| d.len(vm));
    let fields = [
        vm.local(vm.int(int_slot(vm, this, HITS))),
        vm.local(vm.int(int_slot(vm, this, MISSES))),
        vm.local(if maxsize < 0 {
            Value::NONE
        } else {
            vm.int(maxsize)
        }),
        vm.local(vm.int(size as i64)),
    ];
    vm.call(info, &fields)
}
fn cache_clear(vm: &Vm, this: Value<'_>) -> Py<()> {
    if let Some(o) = this.as_obj() {
        o.set_slot(vm, HITS, vm.int(0));
        o.set_slot(vm, MISSES, vm.int(0));
        if let Some(d) = o.slot(vm, CACHE).as_dict(vm) {
            d.clear(vm);
        }
    }
    Ok(())
}
fn lru_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.get_attr_str(this, "__qualname__")
}
fn lru_copy<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn lru_deepcopy<'v>(_: &'v Vm, this: Value<'v>, _memo: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}

//! `partial`, with the placeholders of 3.14.

use super::singleton;
use crate::support::*;

const FUNC: usize = 0;
const ARGS: usize = 1;
const KEYWORDS: usize = 2;
/// How many of the arguments are placeholders.
const HOLES: usize = 3;

pub static PLACEHOLDER_TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "functools._PlaceholderType",
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    layout: Layout::Slots(0),
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls placeholder_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__repr__(self, /)" => leaf placeholder_name(this), "Return repr(self).";
        "__reduce__(self, /)" => leaf placeholder_name(this), "";
    },
    ..TypeDef::EMPTY
};
fn placeholder_new(vm: &mut Vm, _cls: Local, args: Local, kwargs: Local) -> Py<Ret> {
    if tuple_len(vm, args) > 0 || has_keywords(vm, kwargs) {
        return Err(vm.type_error("PlaceholderType takes no arguments"));
    }
    Ok(vm.ret(placeholder(vm)))
}
fn placeholder_name<'v>(_: &'v Vm, _this: Value<'v>) -> Py<&'static str> {
    Ok("Placeholder")
}
fn placeholder(vm: &Vm) -> Value<'_> {
    singleton(vm, |s| s.placeholder)
}

pub static PARTIAL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "functools.partial",
    doc: "Create a new function with partial application of the given arguments\nand keywords.",
    layout: Layout::Slots(4),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    methods: methods! {
        "__new__(cls, ...)" => static calls partial_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__call__(self, /, *args, **kwargs)" => calls partial_call(this, args, kwargs), "Call self as a function.";
        "__get__(self, instance, owner=None, /)" => calls partial_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
        "__repr__(self, /)" => calls partial_repr(this), "Return repr(self).";
        "__reduce__(self, /)" => calls partial_reduce(this), "";
        "__setstate__(self, state, /)" => calls partial_setstate(this, state), "";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    },
    members: &[
        (
            "func",
            FUNC as u16,
            "function object to use in future partial calls",
        ),
        (
            "args",
            ARGS as u16,
            "tuple of arguments to future partial calls",
        ),
        (
            "keywords",
            KEYWORDS as u16,
            "dictionary of keyword arguments to future partial calls",
        ),
    ],
    ..TypeDef::EMPTY
};

/// Positional arguments of a tuple from `from` on.
fn tail(vm: &Vm, args: Local, from: usize) -> Vec<Local> {
    (from..tuple_len(vm, args))
        .map(|i| tuple_item(vm, args, i))
        .collect()
}
fn count_holes(vm: &Vm, args: &[Local]) -> usize {
    args.iter()
        .filter(|a| a.value(vm) == placeholder(vm))
        .count()
}
fn partial_new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    if tuple_len(vm, args) < 1 {
        return Err(vm.type_error("type 'partial' takes at least one argument"));
    }
    let func = tuple_item(vm, args, 0);
    if !vm.is_callable(func.value(vm)) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let given = tail(vm, args, 1);
    if given.last().is_some_and(|a| a.value(vm) == placeholder(vm)) {
        return Err(vm.type_error("trailing Placeholders are not allowed"));
    }
    if let Some(d) = kwargs.value(vm).as_dict(vm) {
        if d.iter(vm).any(|(_, v)| v == placeholder(vm)) {
            return Err(vm.type_error("Placeholder cannot be passed as a keyword argument"));
        }
    }
    let keywords = {
        let vm: &Vm = vm;
        match kwargs.value(vm).as_dict(vm) {
            Some(d) => vm.local(d.copy(vm)?.value()),
            None => vm.local(vm.new_dict().value()),
        }
    };
    // A partial of a partial without attributes of its own is one partial.
    let nested = vm.is_instance_of(func.value(vm), &PARTIAL)
        && func
            .value(vm)
            .as_obj()
            .is_some_and(|o| vm.attr_names(o).is_empty());
    let (func, all, keywords) = if nested {
        let inner_args = slot_local(vm, func, ARGS);
        let mut all = tail(vm, inner_args, 0);
        let mut rest = given.into_iter();
        for a in &mut all {
            if a.value(vm) == placeholder(vm) {
                match rest.next() {
                    Some(g) => *a = g,
                    None => break,
                }
            }
        }
        all.extend(rest);
        let inner_keywords = slot_local(vm, func, KEYWORDS);
        let merged = merged(vm, inner_keywords, keywords)?;
        (slot_local(vm, func, FUNC), all, merged)
    } else {
        (func, given, keywords)
    };
    let made = make(vm, cls, &PARTIAL)?;
    let args = tuple_of(vm, &all)?;
    fill(vm, made, func, args, keywords);
    Ok(made)
}
fn fill(vm: &Vm, this: Local, func: Local, args: Local, keywords: Local) {
    let holes = count_holes(vm, &tail(vm, args, 0));
    set_slot(vm, this, FUNC, func.value(vm));
    set_slot(vm, this, ARGS, args.value(vm));
    set_slot(vm, this, KEYWORDS, keywords.value(vm));
    set_int_slot(vm, this, HOLES, holes as i64);
}
/// A copy of the first dict updated with the second.
fn merged(vm: &mut Vm, first: Local, second: Local) -> Py<Local> {
    let (copy, pairs) = {
        let vm: &Vm = vm;
        let copy = match first.value(vm).as_dict(vm) {
            Some(d) => d.copy(vm)?,
            None => vm.new_dict(),
        };
        let flat: Vec<Value<'_>> = second
            .value(vm)
            .as_dict(vm)
            .into_iter()
            .flat_map(|d| d.iter(vm).collect::<Vec<_>>())
            .flat_map(|(key, v)| [key, v])
            .collect();
        (
            vm.local(copy.value()),
            vm.local(vm.new_tuple(&flat)?.value()),
        )
    };
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    for i in (0..tuple_len(vm, pairs)).step_by(2) {
        key.set(vm, tuple_at(vm, pairs, i));
        value.set(vm, tuple_at(vm, pairs, i + 1));
        vm.dict_set(copy, key, value)?;
    }
    Ok(copy)
}
fn partial_call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let func = slot_local(vm, this, FUNC);
    let holes = int_slot(vm, this, HOLES) as usize;
    let given = tuple_len(vm, args);
    if given < holes {
        return Err(vm.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {holes}, got {given}"
        )));
    }
    let all = {
        let vm: &Vm = vm;
        let hole = placeholder(vm);
        let mut rest = args
            .value(vm)
            .as_tuple(vm)
            .map(|t| t.to_vec(vm))
            .unwrap_or_default()
            .into_iter();
        let mut all = slot(vm, this, ARGS)
            .as_tuple(vm)
            .map(|t| t.to_vec(vm))
            .unwrap_or_default();
        for a in &mut all {
            if *a == hole {
                *a = rest.next().unwrap_or(Value::NONE);
            }
        }
        all.extend(rest);
        vm.local(vm.new_tuple(&all)?.value())
    };
    let own = slot_local(vm, this, KEYWORDS);
    let keywords = if !has_keywords(vm, own) {
        kwargs
    } else if !has_keywords(vm, kwargs) {
        own
    } else {
        merged(vm, own, kwargs)?
    };
    vm.call_ex(func, all, keywords)
}
fn partial_get(vm: &mut Vm, this: Local, instance: Local, _owner: Option<Local>) -> Py<Ret> {
    if instance.value(vm).is_none() {
        return Ok(vm.ret(this.value(vm)));
    }
    let bound = vm.bound_method(this.value(vm), instance.value(vm));
    Ok(vm.ret(bound))
}
/// The class as a repr shows it: qualified by its module.
pub(super) fn qualified_class(vm: &mut Vm, this: Local) -> Py<String> {
    let class = class_local(vm, this);
    let module = vm.get_attr_str(class, "__module__")?.keep(vm);
    let name = vm.get_attr_str(class, "__qualname__")?.keep(vm);
    Ok(format!(
        "{}.{}",
        vm.text_of(module.value(vm)),
        vm.text_of(name.value(vm))
    ))
}
fn partial_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = qualified_class(vm, this)?;
    if !vm.repr_enter(this.value(vm))? {
        return Ok("...".to_owned());
    }
    let text = partial_text(vm, this, &name);
    vm.repr_leave(this.value(vm));
    text
}
fn partial_text(vm: &mut Vm, this: Local, name: &str) -> Py<String> {
    // All parts are taken first: a hostile repr may change the state.
    let (func, args, keywords) = (
        slot_local(vm, this, FUNC),
        slot_local(vm, this, ARGS),
        slot_local(vm, this, KEYWORDS),
    );
    let pairs: Vec<(Local, Local)> = {
        let vm: &Vm = vm;
        keywords
            .value(vm)
            .as_dict(vm)
            .into_iter()
            .flat_map(|d| d.iter(vm).collect::<Vec<_>>())
            .map(|(key, v)| (vm.local(key), vm.local(v)))
            .collect()
    };
    let mut text = format!("{name}({}", vm.repr_text(func)?);
    for a in tuple_locals(vm, args) {
        text.push_str(", ");
        text.push_str(&vm.repr_text(a)?);
    }
    for (key, v) in pairs {
        let key = vm.str(key)?;
        let key = vm.text_of(key.get(vm));
        text.push_str(&format!(", {key}={}", vm.repr_text(v)?));
    }
    text.push(')');
    Ok(text)
}
fn partial_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let (func, args, keywords) = (
        slot_local(vm, this, FUNC),
        slot_local(vm, this, ARGS),
        slot_local(vm, this, KEYWORDS),
    );
    let dict = {
        let vm: &Vm = vm;
        let has = this
            .value(vm)
            .as_obj()
            .is_some_and(|o| !vm.attr_names(o).is_empty());
        if has {
            let vm: &Vm = vm;
            let o = this
                .value(vm)
                .as_obj()
                .ok_or_else(|| vm.system_error("no object"))?;
            vm.local(vm.attr_dict(o)?.map_or(Value::NONE, |d| d.value()))
        } else {
            vm.local(Value::NONE)
        }
    };
    let first = tuple_of(vm, &[func])?;
    let state = tuple_of(vm, &[func, args, keywords, dict])?;
    ret_tuple(vm, &[class, first, state])
}
fn partial_setstate(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    let invalid = |vm: &Vm| vm.type_error("invalid partial state");
    if tuple_len(vm, state) != 4 {
        return Err(invalid(vm));
    }
    let [func, args, keywords, dict] = std::array::from_fn(|i| tuple_item(vm, state, i));
    if !vm.is_callable(func.value(vm))
        || args.value(vm).as_tuple(vm).is_none()
        || (keywords.value(vm).as_dict(vm).is_none() && !keywords.value(vm).is_none())
        || (dict.value(vm).as_dict(vm).is_none() && !dict.value(vm).is_none())
    {
        return Err(invalid(vm));
    }
    let n = tuple_len(vm, args);
    if n > 0 && tuple_at(vm, args, n - 1) == placeholder(vm) {
        return Err(vm.type_error("trailing Placeholders are not allowed"));
    }
    // Subclasses of tuple and dict are copied, so that calls see the exact thing.
    let args = if args.value(vm).as_exact_tuple(vm).is_some() {
        args
    } else {
        tuple_of(vm, &tail(vm, args, 0))?
    };
    let keywords = {
        let vm: &Vm = vm;
        match keywords.value(vm).as_dict(vm) {
            Some(d) if keywords.value(vm).as_exact_dict(vm).is_none() => {
                vm.local(d.copy(vm)?.value())
            }
            Some(_) => keywords,
            None => vm.local(vm.new_dict().value()),
        }
    };
    fill(vm, this, func, args, keywords);
    let dict = if dict.value(vm).is_none() {
        vm.local(vm.new_dict().value())
    } else {
        dict
    };
    vm.set_attr_str(this, "__dict__", dict)
}

//! `attrgetter`, `itemgetter`, `methodcaller`.

use crate::support::*;

/// attrgetter: the names as given; itemgetter: the items.
const ITEMS: usize = 0;
/// methodcaller: name, positional arguments, keywords.
const NAME: usize = 0;
const ARGS: usize = 1;
const KWARGS: usize = 2;

pub static ATTRGETTER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "operator.attrgetter",
    doc: "Return a callable object that fetches the given attribute(s) from its operand.\n\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    layout: Layout::Slots(1),
    methods: methods! {
        "__new__(cls, attr, /, *attrs)" => static calls attrgetter_new(cls, attr, attrs), "Create and return a new object.  See help(type) for accurate signature.";
        "__call__(self, obj, /)" => calls attrgetter_call(this, obj), "Call self as a function.";
        "__repr__(self, /)" => calls getter_repr(this), "Return repr(self).";
        "__reduce__(self, /)" => leaf getter_reduce(this), "Return state information for pickling";
    },
    ..TypeDef::EMPTY
};
pub static ITEMGETTER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "operator.itemgetter",
    doc: "Return a callable object that fetches the given item(s) from its operand.\n\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    layout: Layout::Slots(1),
    methods: methods! {
        "__new__(cls, item, /, *items)" => static calls itemgetter_new(cls, item, items), "Create and return a new object.  See help(type) for accurate signature.";
        "__call__(self, obj, /)" => calls itemgetter_call(this, obj), "Call self as a function.";
        "__repr__(self, /)" => calls getter_repr(this), "Return repr(self).";
        "__reduce__(self, /)" => leaf getter_reduce(this), "Return state information for pickling";
    },
    ..TypeDef::EMPTY
};
pub static METHODCALLER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "operator.methodcaller",
    doc: "Return a callable object that calls the given method on its operand.\n\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    layout: Layout::Slots(3),
    methods: methods! {
        "__new__(cls, ...)" => static calls methodcaller_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__call__(self, obj, /)" => calls methodcaller_call(this, obj), "Call self as a function.";
        "__repr__(self, /)" => calls methodcaller_repr(this), "Return repr(self).";
        "__reduce__(self, /)" => calls methodcaller_reduce(this), "Return state information for pickling";
    },
    ..TypeDef::EMPTY
};

/// One item and the rest as one tuple.
fn joined(vm: &Vm, first: Local, rest: Local) -> Py<Local> {
    let mut all = vec![first];
    all.extend(tuple_locals(vm, rest));
    tuple_of(vm, &all)
}
fn attrgetter_new(vm: &mut Vm, cls: Local, attr: Local, attrs: Local) -> Py<Local> {
    let names = joined(vm, attr, attrs)?;
    for n in tuple_locals(vm, names) {
        if n.value(vm).as_str(vm).is_none() {
            return Err(vm.type_error("attribute name must be a string"));
        }
    }
    let made = make(vm, cls, &ATTRGETTER)?;
    set_slot(vm, made, ITEMS, names.value(vm));
    Ok(made)
}
/// `a.b.c` of an object, by attribute look-ups.
fn dotted(vm: &mut Vm, obj: Local, name: Local) -> Py<Ret> {
    let text: Vec<u8> = name
        .value(vm)
        .as_str(vm)
        .map(|s| s.bytes(vm).to_vec())
        .unwrap_or_default();
    let current = vm.local(obj.value(vm));
    let part = vm.local_of::<k::Str>(vm.intern(b"").value());
    for piece in text.split(|b| *b == b'.') {
        part.any().set(vm, vm.intern(piece).value());
        vm.get_attr(current, part)?.put(vm, current);
    }
    Ok(vm.ret(current.value(vm)))
}
/// One result by itself, several as a tuple.
fn gather(
    vm: &mut Vm,
    this: Local,
    obj: Local,
    f: fn(&mut Vm, Local, Local) -> Py<Ret>,
) -> Py<Ret> {
    let items = slot_local(vm, this, ITEMS);
    let n = tuple_len(vm, items);
    let item = vm.local(tuple_at(vm, items, 0));
    if n == 1 {
        return f(vm, obj, item);
    }
    let results = vm.local(vm.new_list(&[])?.value());
    for i in 0..n {
        item.set(vm, tuple_at(vm, items, i));
        let found = vm.scope(|vm| f(vm, obj, item))?;
        let found = found.get(vm);
        if let Some(l) = results.value(vm).as_list(vm) {
            l.push(vm, found)?;
        }
    }
    vm.tuple_from_iterable(results)
}
fn attrgetter_call(vm: &mut Vm, this: Local, obj: Local) -> Py<Ret> {
    gather(vm, this, obj, dotted)
}
fn itemgetter_new(vm: &mut Vm, cls: Local, item: Local, items: Local) -> Py<Local> {
    let items = joined(vm, item, items)?;
    let made = make(vm, cls, &ITEMGETTER)?;
    set_slot(vm, made, ITEMS, items.value(vm));
    Ok(made)
}
fn itemgetter_call(vm: &mut Vm, this: Local, obj: Local) -> Py<Ret> {
    gather(vm, this, obj, |vm, obj, key| vm.get_item(obj, key))
}
/// The class as a repr shows it: `module.name`.
fn shown_class(vm: &Vm, this: Local) -> String {
    vm.tp_name(vm.type_of(this.value(vm)))
}
fn getter_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = shown_class(vm, this);
    if !vm.repr_enter(this.value(vm))? {
        return Ok(format!("{name}(...)"));
    }
    let items = slot_local(vm, this, ITEMS);
    let mut shown = Vec::new();
    let mut failed = None;
    for item in tuple_locals(vm, items) {
        match vm.repr_text(item) {
            Ok(t) => shown.push(t),
            Err(raised) => {
                failed = Some(raised);
                break;
            }
        }
    }
    vm.repr_leave(this.value(vm));
    match failed {
        Some(raised) => Err(raised),
        None => Ok(format!("{name}({})", shown.join(", "))),
    }
}
fn getter_reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Tuple<'v>> {
    let items = this.as_obj().map_or(Value::NONE, |o| o.slot(vm, ITEMS));
    Ok(vm.new_tuple(&[vm.type_of(this).value(), items])?)
}

fn methodcaller_new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    if tuple_len(vm, args) < 1 {
        return Err(vm.type_error("methodcaller needs at least one argument, the method name"));
    }
    let name = tuple_item(vm, args, 0);
    let Some(text) = name.cast::<k::Str>(vm) else {
        return Err(vm.type_error("method name must be a string"));
    };
    vm.intern_local(text);
    let made = make(vm, cls, &METHODCALLER)?;
    let rest = tuple_locals(vm, args);
    let rest = tuple_of(vm, rest.get(1..).unwrap_or_default())?;
    set_slot(vm, made, NAME, name.value(vm));
    set_slot(vm, made, ARGS, rest.value(vm));
    set_slot(
        vm,
        made,
        KWARGS,
        if has_keywords(vm, kwargs) {
            kwargs.value(vm)
        } else {
            Value::EMPTY
        },
    );
    Ok(made)
}
fn methodcaller_call(vm: &mut Vm, this: Local, obj: Local) -> Py<Ret> {
    let name = slot_local(vm, this, NAME);
    let (args, kwargs) = (slot_local(vm, this, ARGS), slot_local(vm, this, KWARGS));
    let Some(name) = name.cast::<k::Str>(vm) else {
        return Err(vm.type_error("method name must be a string"));
    };
    let bound = vm.get_attr(obj, name)?.keep(vm);
    vm.call_ex(bound, args, kwargs)
}
fn methodcaller_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = shown_class(vm, this);
    if !vm.repr_enter(this.value(vm))? {
        return Ok(format!("{name}(...)"));
    }
    let text = methodcaller_text(vm, this);
    vm.repr_leave(this.value(vm));
    Ok(format!("{name}({})", text?))
}
fn methodcaller_text(vm: &mut Vm, this: Local) -> Py<String> {
    let method = slot_local(vm, this, NAME);
    let mut parts = vec![vm.repr_text(method)?];
    let args = slot_local(vm, this, ARGS);
    for a in tuple_locals(vm, args) {
        parts.push(vm.repr_text(a)?);
    }
    let pairs: Vec<(String, Local)> = {
        let vm: &Vm = vm;
        slot(vm, this, KWARGS)
            .as_dict(vm)
            .into_iter()
            .flat_map(|d| d.iter(vm).collect::<Vec<_>>())
            .map(|(key, v)| (vm.text_of(key), vm.local(v)))
            .collect()
    };
    for (key, v) in pairs {
        parts.push(format!("{key}={}", vm.repr_text(v)?));
    }
    Ok(parts.join(", "))
}
fn methodcaller_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let (name, args, kwargs) = (
        slot_local(vm, this, NAME),
        slot_local(vm, this, ARGS),
        slot_local(vm, this, KWARGS),
    );
    if kwargs.value(vm).is_empty() {
        let all = joined(vm, name, args)?;
        return ret_tuple(vm, &[class, all]);
    }
    let partial = imported(vm, "functools", "partial")?;
    let given = tuple_of(vm, &[class, name])?;
    let maker = vm.call_ex(partial, given, kwargs)?.keep(vm);
    ret_tuple(vm, &[maker, args])
}

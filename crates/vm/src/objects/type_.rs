//! `type`: class creation, method resolution order, and the attributes of classes.

use crate::layout::types;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::{GetSet, Method};
use crate::objects::class_new;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Str, Tuple, Value};

pub static TYPE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "type",
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    layout: Layout::Kind(Kind::Type),
    flags: TypeFlags::BASETYPE.with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = crate::methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls type_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, *args, **kwargs)" => calls type_init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__call__(self, /, *args, **kwargs)" => calls type_call(this, args, kwargs), "Call self as a function.";
    "__repr__(self, /)" => calls type_repr(this), "Return repr(self).";
    "__getattribute__(self, name, /)" => calls type_getattribute(this, name), "Return getattr(self, name).";
    "__setattr__(self, name, value, /)" => calls type_setattr(this, name, value), "Implement setattr(self, name, value).";
    "__delattr__(self, name, /)" => calls type_delattr(this, name), "Implement delattr(self, name).";
    "__or__(self, value, /)" => calls type_or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls type_ror(this, value), "Return value|self.";
    "__instancecheck__(self, instance, /)" => calls type_instancecheck(this, instance), "Check if an object is an instance.";
    "__subclasscheck__(self, subclass, /)" => calls type_subclasscheck(this, subclass), "Check if a class is a subclass.";
    "__subclasses__(self, /)" => leaf type_subclasses(this), "Return a list of immediate subclasses.";
    "__prepare__(type, /, *args, **kwargs)" => class leaf type_prepare(cls, args, kwargs), "Create the namespace for the class statement";
    "__dir__(self, /)" => calls type_dir(this), "Specialized __dir__ implementation for types.";
    "__sizeof__(self, /)" => leaf type_sizeof(this), "Return memory consumption of the type object.";
    "mro(self, /)" => calls type_mro(this), "Return a type's method resolution order.";
};
fn class_of<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    this.value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Type)
        .ok_or_else(|| {
            vm.type_error(format!(
                "expected a type, got '{}'",
                vm.type_name_for_error(this.value(vm))
            ))
        })
}
fn type_new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let n = args.get(vm).len(vm);
    if n != 3 {
        return Err(
            vm.type_error(if cls.value(vm) == vm.type_object(&TYPE).value() {
                "type() takes 1 or 3 arguments".to_string()
            } else {
                format!("type.__new__() takes exactly 3 arguments ({n} given)")
            }),
        );
    }
    let at = |vm: &Vm, i: usize| args.get(vm).at(vm, i).unwrap_or(Value::NONE).word();
    let words = [at(vm, 0), at(vm, 1), at(vm, 2)];
    let [name, bases, ns] = vm.locals([words[0].value(vm), words[1].value(vm), words[2].value(vm)]);
    for (i, (arg, ok, want)) in [
        (name, name.value(vm).as_str(vm).is_some(), "str"),
        (bases, bases.value(vm).as_tuple(vm).is_some(), "tuple"),
        (ns, ns.value(vm).as_dict(vm).is_some(), "dict"),
    ]
    .into_iter()
    .enumerate()
    {
        if !ok {
            return Err(vm.type_error(format!(
                "type.__new__() argument {} must be {want}, not {}",
                i + 1,
                vm.type_name_for_error(arg.value(vm))
            )));
        }
    }
    class_new::new_class(vm, cls, name, bases, ns, kwargs)
}
fn type_init(vm: &mut Vm, _this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<()> {
    let n = args.get(vm).len(vm);
    if n == 1 && kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0) {
        return Err(vm.type_error("type.__init__() takes no keyword arguments"));
    }
    if n != 1 && n != 3 {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}
/// `type.__call__(cls, …)` called as a method: the same as a call of the class.
fn type_call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    class_of(vm, this)?;
    let tuple = args.value(vm).as_tuple(vm);
    let nkw = kwargs.value(vm).as_dict(vm).map_or(0, |d| d.len(vm));
    if this.value(vm) == vm.type_object(&TYPE).value()
        && nkw == 0
        && tuple.is_some_and(|t| t.len(vm) == 1)
    {
        let x = tuple.and_then(|t| t.at(vm, 0)).unwrap_or(Value::NONE);
        return Ok(vm.ret(vm.type_of(x).value()));
    }
    let mut all: Vec<Local> = Vec::new();
    if let Some(t) = args.value(vm).as_tuple(vm) {
        all.extend(t.iter(vm).map(|v| vm.local(v)));
    }
    let mut names = Vec::new();
    if let Some(d) = kwargs.value(vm).as_dict(vm) {
        let mut pos = 0;
        while let Some((next, key, value)) = d.next_entry(vm, pos) {
            names.push(key);
            all.push(vm.local(value));
            pos = next + 1;
        }
    }
    let kwnames = if names.is_empty() {
        None
    } else {
        Some(vm.local(vm.new_tuple(&names)?.value()))
    };
    let (at, n) = vm.lay_out_call(this.value(vm), None, &all);
    vm.instantiate_at(at, n, kwnames)
}
fn type_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let module = vm
        .lookup_attr_str(this, "__module__")?
        .map(|r| {
            r.get(vm)
                .as_str(vm)
                .map(|s| String::from_utf8_lossy(s.bytes(vm)).into_owned())
        })
        .unwrap_or(None);
    let c = class_of(vm, this)?;
    let qualname = vm.text_of(c.slot(vm, types::QUALNAME));
    Ok(match module {
        Some(m) if m != "builtins" => format!("<class '{m}.{qualname}'>"),
        _ => format!(
            "<class '{}'>",
            if vm.type_flags(c).has(Flags::HEAP) {
                qualname
            } else {
                vm.type_short_name(c.value())
            }
        ),
    })
}
impl Vm {
    /// `module.qualname` of a class, without the module for builtins (`%N` of CPython's formats).
    pub fn qualified_class_name(&mut self, class: Local) -> Py<String> {
        let module = self.lookup_attr_str(class, "__module__")?;
        let module = module
            .map(|r| self.text_of(r.get(self)))
            .unwrap_or_default();
        let c = class_of(self, class)?;
        let qualname = self.text_of(c.slot(self, types::QUALNAME));
        Ok(if module.is_empty() || module == "builtins" {
            qualname
        } else {
            format!("{module}.{qualname}")
        })
    }
}
fn name_arg(vm: &Vm, name: Local) -> Py<Local<k::Str>> {
    name.cast(vm).ok_or_else(|| {
        vm.type_error(format!(
            "attribute name must be string, not '{}'",
            vm.type_name_for_error(name.value(vm))
        ))
    })
}
fn type_getattribute(vm: &mut Vm, this: Local, name: Local) -> Py<Ret> {
    let name = name_arg(vm, name)?;
    vm.intern_local(name);
    match vm.lookup_type_attr(this, name)? {
        Some(ret) => Ok(ret),
        None => Err(vm.no_attribute(this, name)),
    }
}
fn type_setattr(vm: &mut Vm, this: Local, name: Local, value: Local) -> Py<()> {
    let name = name_arg(vm, name)?;
    vm.type_set_attr(this, name, value)
}
fn type_delattr(vm: &mut Vm, this: Local, name: Local) -> Py<()> {
    let name = name_arg(vm, name)?;
    let empty = vm.local(Value::EMPTY);
    vm.type_set_attr(this, name, empty)
}
fn type_or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    crate::objects::union::or(vm, this, other)
}
fn type_ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    crate::objects::union::or(vm, other, this)
}
fn type_instancecheck(vm: &mut Vm, this: Local, instance: Local) -> Py<bool> {
    vm.is_instance_by_class(instance, this)
}
fn type_subclasscheck(vm: &mut Vm, this: Local, subclass: Local) -> Py<bool> {
    vm.is_subclass_by_class(subclass, this)
}
fn type_subclasses<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let subclasses: Vec<Value<'_>> = this.as_obj().map_or_else(Vec::new, |c| {
        vm.subclasses(c).into_iter().map(|c| c.value()).collect()
    });
    Ok(vm.new_list(&subclasses)?.value())
}
fn type_prepare<'v>(
    vm: &'v Vm,
    _cls: Value<'v>,
    _args: Value<'v>,
    _kwargs: Value<'v>,
) -> Py<Value<'v>> {
    Ok(vm.new_dict().value())
}
fn type_sizeof(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(vm.size_of(this))
}
/// Puts the attribute names of a class and its bases into a dict.
pub(crate) fn merge_class_names(vm: &mut Vm, names: Local, class: Local) -> Py<()> {
    vm.check_native_stack()?;
    if let Some(d) = vm.lookup_attr_str(class, "__dict__")?.map(|r| r.keep(vm)) {
        crate::objects::dict::merge(vm, names, d)?;
    }
    let Some(bases) = vm.lookup_attr_str(class, "__bases__")?.map(|r| r.keep(vm)) else {
        return Ok(());
    };
    let n = bases.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm));
    for i in 0..n {
        let top = vm.top.get();
        let base = vm.local(
            bases
                .value(vm)
                .as_tuple(vm)
                .and_then(|t| t.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        merge_class_names(vm, names, base)?;
        vm.top.set(top);
    }
    Ok(())
}
fn type_dir(vm: &mut Vm, this: Local) -> Py<Ret> {
    let names = vm.local(vm.new_dict().value());
    merge_class_names(vm, names, this)?;
    vm.list_from_iterable(names)
}

// ---- method resolution order

fn type_mro(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let order = c3(vm, c)?;
    let word = vm.new_list(&order)?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
/// The C3 linearisation of a class's bases.
fn c3<'v>(vm: &'v Vm, class: Obj<'v>) -> Py<Vec<Value<'v>>> {
    let Some(bases) = class.slot(vm, types::BASES).as_tuple(vm) else {
        return Ok(vec![class.value()]);
    };
    let bases: Vec<Value<'_>> = bases.iter(vm).collect();
    for (i, b) in bases.iter().enumerate() {
        if bases[..i].contains(b) {
            return Err(vm.type_error(format!("duplicate base class {}", vm.type_short_name(*b))));
        }
    }
    let mut sequences: Vec<Vec<Value<'_>>> = Vec::new();
    for b in &bases {
        let order = b.as_obj().and_then(|b| b.slot(vm, types::MRO).as_tuple(vm));
        let Some(order) = order else {
            return Err(vm.type_error(format!(
                "Cannot extend an incomplete type '{}'",
                vm.type_short_name(*b)
            )));
        };
        sequences.push(order.iter(vm).collect());
    }
    sequences.push(bases);
    let mut heads = vec![0usize; sequences.len()];
    let mut result = vec![class.value()];
    loop {
        let mut done = true;
        let mut chosen = None;
        for (s, h) in sequences.iter().zip(&heads) {
            let Some(candidate) = s.get(*h) else { continue };
            done = false;
            let in_a_tail = sequences
                .iter()
                .zip(&heads)
                .any(|(t, th)| t.get(th + 1..).is_some_and(|tail| tail.contains(candidate)));
            if !in_a_tail {
                chosen = Some(*candidate);
                break;
            }
        }
        if done {
            return Ok(result);
        }
        let Some(next) = chosen else {
            let mut left: Vec<String> = Vec::new();
            for (s, h) in sequences.iter().zip(&heads) {
                if let Some(v) = s.get(*h) {
                    let name = vm.type_short_name(*v);
                    if !left.contains(&name) {
                        left.push(name);
                    }
                }
            }
            return Err(vm.type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                left.join(", ")
            )));
        };
        result.push(next);
        for (s, h) in sequences.iter().zip(heads.iter_mut()) {
            if s.get(*h) == Some(&next) {
                *h += 1;
            }
        }
    }
}
/// Computes and stores the order: by the metaclass's `mro()` if it defines one. False if that has itself set another order, which stands.
pub(crate) fn set_mro(vm: &mut Vm, class: Local) -> Py<bool> {
    let c = class_of(vm, class)?;
    let meta = vm.type_of(c.value());
    let name = vm.roots.names.mro_method(vm);
    let custom = vm
        .type_lookup(meta, name)
        .filter(|f| Some(*f) != vm.type_lookup(vm.type_object(&TYPE), name));
    let order = match custom {
        None => {
            let order = c3(vm, c)?;
            vm.local(vm.new_tuple(&order)?.value())
        }
        Some(f) => {
            let before = c.slot(vm, types::MRO).word();
            let f = vm.local(f);
            let result = vm.call_special(f, class, &[])?.keep(vm);
            let tuple = vm.tuple_from_iterable(result)?.keep(vm);
            let vm: &Vm = vm;
            let c = class_of(vm, class)?;
            let solid = solid_base(vm, c);
            for b in tuple
                .value(vm)
                .as_tuple(vm)
                .into_iter()
                .flat_map(|t| t.iter(vm).collect::<Vec<_>>())
            {
                let Some(b) = b.as_obj().filter(|o| o.kind(vm) == Kind::Type) else {
                    return Err(vm.type_error(format!(
                        "mro() returned a non-class ('{}')",
                        vm.type_name_for_error(b)
                    )));
                };
                if !vm.is_subtype(solid, solid_base(vm, b)) {
                    return Err(vm.type_error(format!(
                        "mro() returned base with unsuitable layout ('{}')",
                        vm.tp_name(b)
                    )));
                }
            }
            if c.slot(vm, types::MRO).word() != before {
                return Ok(false);
            }
            let known = all_bases(vm, c);
            let foreign = tuple
                .value(vm)
                .as_tuple(vm)
                .is_some_and(|t| t.iter(vm).any(|b| !known.contains(&b)));
            let flags = vm.type_flags(c);
            vm.set_type_flags(
                c,
                if foreign {
                    flags.with(Flags::UNCACHED)
                } else {
                    Flags(flags.0 & !Flags::UNCACHED.0)
                },
            );
            tuple
        }
    };
    let c = class_of(vm, class)?;
    c.set_slot(vm, types::MRO, order.value(vm));
    vm.type_modified(c);
    Ok(true)
}

/// A class with its bases and their bases.
fn all_bases<'v>(vm: &'v Vm, class: Obj<'v>) -> Vec<Value<'v>> {
    let (mut found, mut work) = (Vec::new(), vec![class.value()]);
    while let Some(v) = work.pop() {
        if found.contains(&v) {
            continue;
        }
        found.push(v);
        let bases = v
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Type)
            .and_then(|o| o.slot(vm, types::BASES).as_tuple(vm));
        work.extend(bases.into_iter().flat_map(|t| t.iter(vm)));
    }
    found
}
/// The base that decides how instances are laid out: the nearest that adds slots, or a native type.
pub(crate) fn solid_base<'v>(vm: &'v Vm, class: Obj<'v>) -> Obj<'v> {
    let mut c = class;
    loop {
        let Some(base) = c.slot(vm, types::BASE).as_obj() else {
            return c;
        };
        if !vm.type_flags(c).has(Flags::HEAP) && native_layout_differs(vm, c, base) {
            return c;
        }
        if vm.instance_slots(c) > vm.instance_slots(base) {
            return c;
        }
        c = base;
    }
}
fn native_layout_differs(vm: &Vm, c: Obj<'_>, base: Obj<'_>) -> bool {
    let layout = |o: Obj<'_>| o.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0);
    let def = vm.type_defs.get(layout(c) as usize).copied().flatten();
    let own_kind = def.is_some_and(|d| matches!(d.layout, Layout::Kind(_)));
    own_kind || vm.instance_slots(c) > vm.instance_slots(base)
}
/// Whether instances of two classes are laid out alike, so that `__class__` can change from one to the other.
pub(crate) fn same_instance_layout(vm: &Vm, a: Obj<'_>, b: Obj<'_>) -> bool {
    let fl = |o: Obj<'_>| {
        let f = vm.type_flags(o);
        (
            f.has(Flags::DICT),
            f.has(Flags::WEAKREF),
            f.has(Flags::WRAPPED),
            f.has(Flags::META),
            o.slot(vm, types::LAYOUT).as_small_int(),
            vm.instance_slots(o),
        )
    };
    if fl(a) != fl(b) {
        return false;
    }
    let (sa, sb) = (solid_base(vm, a), solid_base(vm, b));
    sa == sb || same_slots(vm, sa, sb)
}
/// Two classes that add the same `__slots__` to the same base.
fn same_slots(vm: &Vm, a: Obj<'_>, b: Obj<'_>) -> bool {
    let names = |c: Obj<'_>| crate::objects::descriptors::member_names(vm, c);
    a.slot(vm, types::BASE) == b.slot(vm, types::BASE) && names(a) == names(b)
}

/// After an attribute of a Python class changed: flags that depend on it.
pub(crate) fn attribute_changed(vm: &Vm, class: Obj<'_>, name: Str<'_>) {
    if name.bytes(vm) == b"__del__" {
        let mut work = vec![class];
        while let Some(c) = work.pop() {
            vm.set_type_flags(c, vm.type_flags(c).with(Flags::FINALIZER));
            work.extend(vm.subclasses(c));
        }
    }
}

// ---- attributes of classes

fn slot_ret(vm: &mut Vm, this: Local, slot: usize) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let v = c.slot(vm, slot);
    Ok(vm.ret(if v.is_empty() { Value::NONE } else { v }))
}
fn check_settable(vm: &Vm, this: Local, value: Local, name: &str) -> Py<()> {
    let c = class_of(vm, this)?;
    if vm.type_flags(c).has(Flags::IMMUTABLE) {
        return Err(vm.type_error(format!(
            "cannot set '{name}' attribute of immutable type '{}'",
            vm.tp_name(c)
        )));
    }
    if value.value(vm).is_empty() {
        return Err(vm.type_error(format!(
            "cannot delete '{name}' attribute of immutable type '{}'",
            vm.tp_name(c)
        )));
    }
    Ok(())
}
fn set_name(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__name__")?;
    let c = class_of(vm, this)?;
    let v = value.value(vm);
    let Some(s) = v.as_str(vm) else {
        return Err(vm.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            vm.tp_name(c),
            vm.type_name_for_error(v)
        )));
    };
    if s.bytes(vm).contains(&0) {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    if std::str::from_utf8(s.bytes(vm)).is_err() {
        return Err(surrogates_error(vm, v));
    }
    c.set_slot(vm, types::NAME, v);
    Ok(())
}
/// A name with lone surrogates has no UTF-8 form.
pub fn surrogates_error(vm: &Vm, name: Value<'_>) -> Raised {
    let at = name
        .as_str(vm)
        .and_then(|s| s.chars(vm).position(|c| (0xd800..0xe000).contains(&c)))
        .unwrap_or(0);
    vm.unicode_encode_error("utf-8", name, at, at + 1, "surrogates not allowed")
}
fn set_qualname(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__qualname__")?;
    let c = class_of(vm, this)?;
    let v = value.value(vm);
    if v.as_str(vm).is_none() {
        return Err(vm.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            vm.tp_name(c),
            vm.type_name_for_error(v)
        )));
    }
    c.set_slot(vm, types::QUALNAME, v);
    Ok(())
}
fn get_module(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let own = vm.type_dict(c).get_str(vm, vm.roots.names.module(vm));
    if let Some(v) = own.filter(|v| !crate::objects::descriptors::is_native_data(vm, *v)) {
        return Ok(vm.ret(v));
    }
    if vm.type_flags(c).has(Flags::HEAP) {
        let name = vm.roots.names.module(vm).value();
        return Err(vm.attribute_error("__module__", c.value(), name));
    }
    Ok(vm.ret(c.slot(vm, types::MODULE)))
}
fn set_in_class_dict(vm: &mut Vm, this: Local, name: Local<k::Str>, value: Local) -> Py<()> {
    let c = class_of(vm, this)?;
    vm.type_dict(c).set_str(vm, name.get(vm), value.value(vm))?;
    vm.type_modified(c);
    Ok(())
}
fn set_module(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__module__")?;
    let name = vm.local_of(vm.roots.names.module(vm).value());
    let c = class_of(vm, this)?;
    vm.type_dict(c).del_str(vm, vm.roots.names.firstlineno(vm));
    set_in_class_dict(vm, this, name, value)
}
fn get_bases(vm: &mut Vm, this: Local) -> Py<Ret> {
    slot_ret(vm, this, types::BASES)
}
/// `cls.__bases__ = …`: checks layouts, and computes the order of the class and everything below it anew; all or nothing.
fn set_bases(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__bases__")?;
    let best = {
        let vm: &Vm = vm;
        let c = class_of(vm, this)?;
        let name = vm.tp_name(c);
        let Some(bases) = value.value(vm).as_tuple(vm) else {
            return Err(vm.type_error(format!(
                "can only assign tuple to {name}.__bases__, not {}",
                vm.type_name_for_error(value.value(vm))
            )));
        };
        if bases.len(vm) == 0 {
            return Err(vm.type_error(format!(
                "can only assign non-empty tuple to {name}.__bases__, not ()"
            )));
        }
        for b in bases.iter(vm) {
            let Some(b) = b.as_obj().filter(|o| o.kind(vm) == Kind::Type) else {
                return Err(vm.type_error(format!(
                    "{name}.__bases__ must be tuple of classes, not '{}'",
                    vm.type_name_for_error(b)
                )));
            };
            // While orders are being computed anew the chain of bases may be ahead of them.
            if vm.is_subtype(b, c) || base_chain_has(vm, b, c) {
                return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
            }
        }
        let best = best_base(vm, bases)?;
        let old = c.slot(vm, types::BASE).as_obj().ok_or(Raised(()))?;
        if !same_instance_layout(vm, best, old) && solid_base(vm, best) != solid_base(vm, old) {
            return Err(vm.type_error(format!(
                "__bases__ assignment: '{}' object layout differs from '{}'",
                vm.tp_name(best),
                vm.tp_name(old)
            )));
        }
        vm.local(best.value())
    };
    let c = class_of(vm, this)?;
    let saved: [Local; 2] = vm.locals([c.slot(vm, types::BASES), c.slot(vm, types::BASE)]);
    c.set_slot(vm, types::BASES, value.value(vm));
    c.set_slot(vm, types::BASE, best.value(vm));
    let undo = vm.local(vm.new_list(&[])?.value());
    match recompute_order(vm, this, undo) {
        Ok(()) => {
            let vm: &Vm = vm;
            let c = class_of(vm, this)?;
            if c.slot(vm, types::BASES) != value.value(vm) {
                // A metaclass's mro() assigned bases itself: those stand.
                return Ok(());
            }
            for b in saved[0]
                .value(vm)
                .as_tuple(vm)
                .into_iter()
                .flat_map(|t| t.iter(vm))
                .filter_map(|b| b.as_obj())
            {
                vm.remove_subclass(b, c);
            }
            for b in value
                .value(vm)
                .as_tuple(vm)
                .into_iter()
                .flat_map(|t| t.iter(vm))
                .filter_map(|b| b.as_obj())
            {
                vm.add_subclass(b, c)?;
            }
            vm.type_modified(c);
            Ok(())
        }
        Err(raised) => {
            let vm: &Vm = vm;
            let items = undo
                .value(vm)
                .as_list(vm)
                .map(|l| l.to_vec(vm))
                .unwrap_or_default();
            for entry in items.chunks(3).rev() {
                if let [c, order, made] = entry {
                    // Unless it has got a newer order since.
                    let c = c.as_obj().filter(|c| c.slot(vm, types::MRO) == *made);
                    if let Some(c) = c {
                        c.set_slot(vm, types::MRO, *order);
                        vm.type_modified(c);
                    }
                }
            }
            let c = class_of(vm, this)?;
            if c.slot(vm, types::BASES) == value.value(vm) {
                c.set_slot(vm, types::BASES, saved[0].value(vm));
                c.set_slot(vm, types::BASE, saved[1].value(vm));
                vm.type_modified(c);
            }
            Err(raised)
        }
    }
}
fn base_chain_has(vm: &Vm, class: Obj<'_>, wanted: Obj<'_>) -> bool {
    let mut c = Some(class);
    while let Some(now) = c {
        if now == wanted {
            return true;
        }
        c = now.slot(vm, types::BASE).as_obj();
    }
    false
}
/// The order of a class and of all its subclasses; what stood before goes into `undo`: class, order before, order now.
fn recompute_order(vm: &mut Vm, class: Local, undo: Local) -> Py<()> {
    vm.check_native_stack()?;
    let before = vm.local(class_of(vm, class)?.slot(vm, types::MRO));
    if !set_mro(vm, class)? {
        return Ok(());
    }
    {
        let vm: &Vm = vm;
        let c = class_of(vm, class)?;
        let l = undo.value(vm).as_list(vm).ok_or(Raised(()))?;
        l.push(vm, c.value())?;
        l.push(vm, before.value(vm))?;
        l.push(vm, c.slot(vm, types::MRO))?;
    }
    let c = class_of(vm, class)?;
    let below: Vec<Local> = vm
        .subclasses(c)
        .into_iter()
        .map(|s| vm.local(s.value()))
        .collect();
    for s in below {
        recompute_order(vm, s, undo)?;
    }
    Ok(())
}
/// Of several bases, the one whose layout contains the others'.
pub(crate) fn best_base<'v>(vm: &'v Vm, bases: Tuple<'v>) -> Py<Obj<'v>> {
    let (mut best, mut winner): (Option<Obj<'_>>, Option<Obj<'_>>) = (None, None);
    for b in bases.iter(vm) {
        let Some(b) = b.as_obj().filter(|o| o.kind(vm) == Kind::Type) else {
            return Err(vm.type_error("bases must be types"));
        };
        if b.slot(vm, types::MRO).as_tuple(vm).is_none() {
            return Err(vm.type_error(format!(
                "Cannot extend an incomplete type '{}'",
                vm.tp_name(b)
            )));
        }
        if !vm.type_flags(b).has(Flags::BASETYPE) {
            return Err(vm.type_error(format!(
                "type '{}' is not an acceptable base type",
                vm.tp_name(b)
            )));
        }
        let candidate = solid_base(vm, b);
        match winner {
            None => (best, winner) = (Some(b), Some(candidate)),
            Some(w) if vm.is_subtype(w, candidate) => {}
            Some(w) if vm.is_subtype(candidate, w) => (best, winner) = (Some(b), Some(candidate)),
            Some(_) => return Err(vm.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    best.ok_or_else(|| vm.type_error("a new-style class can't have only classic bases"))
}
pub(crate) fn get_dict(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let dict = vm.local(c.slot(vm, types::DICT));
    crate::objects::mappingproxy::new_proxy(vm, dict)
}
/// A class's doc: of Python classes what the dict holds, through `__get__`.
fn get_doc(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let found = vm
        .type_dict(c)
        .get_str(vm, vm.roots.names.doc(vm))
        .unwrap_or(Value::NONE);
    if crate::objects::descriptors::is_native_data(vm, found) {
        let doc = c.slot(vm, types::DOC).non_empty().unwrap_or(Value::NONE);
        return Ok(vm.ret(doc));
    }
    let [found, none] = vm.locals([found, Value::EMPTY]);
    if matches!(vm.binds(found.value(vm)), crate::attr::Binds::Plain) {
        return Ok(vm.ret(found.value(vm)));
    }
    vm.descr_get(found, none, this)
}
fn set_doc(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__doc__")?;
    let name = vm.local_of(vm.roots.names.doc(vm).value());
    set_in_class_dict(vm, this, name, value)
}
fn missing(vm: &Vm, this: Local, name: &str) -> Raised {
    let text = format!(
        "type object '{}' has no attribute '{name}'",
        this.value(vm)
            .as_obj()
            .map_or(String::new(), |c| vm.tp_name(c))
    );
    let name = vm.intern(name.as_bytes()).value();
    vm.attribute_error(&text, this.value(vm), name)
}
fn get_abstract(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    match vm
        .type_dict(c)
        .get_str(vm, vm.roots.names.abstractmethods(vm))
    {
        Some(v) if c.value() != vm.type_object(&TYPE).value() => Ok(vm.ret(v)),
        _ => {
            let name = vm.roots.names.abstractmethods(vm).value();
            Err(vm.attribute_error("__abstractmethods__", this.value(vm), name))
        }
    }
}
fn set_abstract(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let delete = value.value(vm).is_empty();
    let on = !delete && vm.truth(value)?;
    let c = class_of(vm, this)?;
    let name = vm.roots.names.abstractmethods(vm);
    if delete {
        if !vm.type_dict(c).del_str(vm, name) {
            return Err(vm.attribute_error("__abstractmethods__", this.value(vm), name.value()));
        }
    } else {
        vm.type_dict(c).set_str(vm, name, value.value(vm))?;
    }
    let flags = vm.type_flags(c);
    vm.set_type_flags(
        c,
        if on {
            flags.with(Flags::ABSTRACT)
        } else {
            Flags(flags.0 & !Flags::ABSTRACT.0)
        },
    );
    vm.type_modified(c);
    Ok(())
}
/// `__annotate__` of a class: from its own dict, None if it has none.
fn get_annotate(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    if !vm.type_flags(c).has(Flags::HEAP) {
        return Err(missing(vm, this, "__annotate__"));
    }
    let d = vm.type_dict(c);
    let n = &vm.roots.names;
    let found = d
        .get_str(vm, n.annotate(vm))
        .or_else(|| d.get_str(vm, n.annotate_func(vm)))
        .unwrap_or(Value::NONE);
    let [found, none] = vm.locals([found, Value::EMPTY]);
    if matches!(vm.binds(found.value(vm)), crate::attr::Binds::Plain) {
        return Ok(vm.ret(found.value(vm)));
    }
    vm.descr_get(found, none, this)
}
fn set_annotate(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__annotate__")?;
    let v = value.value(vm);
    if !v.is_none() && !vm.is_callable(v) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    let c = class_of(vm, this)?;
    let d = vm.type_dict(c);
    let n = &vm.roots.names;
    d.set_str(vm, n.annotate_func(vm), v)?;
    d.del_str(vm, n.annotate(vm));
    if !v.is_none() {
        d.del_str(vm, n.annotations(vm));
        d.del_str(vm, n.annotations_cache(vm));
    }
    vm.type_modified(c);
    Ok(())
}
fn get_annotations(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    if !vm.type_flags(c).has(Flags::HEAP) {
        return Err(missing(vm, this, "__annotations__"));
    }
    let d = vm.type_dict(c);
    let n = &vm.roots.names;
    if let Some(v) = d
        .get_str(vm, n.annotations(vm))
        .or_else(|| d.get_str(vm, n.annotations_cache(vm)))
    {
        let [found, none] = vm.locals([v, Value::EMPTY]);
        if matches!(vm.binds(found.value(vm)), crate::attr::Binds::Plain) {
            return Ok(vm.ret(found.value(vm)));
        }
        return vm.descr_get(found, none, this);
    }
    let annotate = get_annotate(vm, this)?.keep(vm);
    let fresh = if annotate.value(vm).is_none() {
        vm.local(vm.new_dict().value())
    } else {
        let format = vm.local(vm.int(1));
        let made = vm.call(annotate, &[format])?.keep(vm);
        if made.value(vm).as_dict(vm).is_none() {
            return Err(vm.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                vm.type_name_for_error(made.value(vm))
            )));
        }
        made
    };
    let c = class_of(vm, this)?;
    vm.type_dict(c)
        .set_str(vm, vm.roots.names.annotations_cache(vm), fresh.value(vm))?;
    vm.type_modified(c);
    Ok(vm.ret(fresh.value(vm)))
}
fn set_annotations(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let c = class_of(vm, this)?;
    if vm.type_flags(c).has(Flags::IMMUTABLE) {
        return Err(vm.type_error(format!(
            "cannot set '__annotations__' attribute of immutable type '{}'",
            vm.tp_name(c)
        )));
    }
    let d = vm.type_dict(c);
    let n = &vm.roots.names;
    if value.value(vm).is_empty() {
        let had = d.del_str(vm, n.annotations(vm)) | d.del_str(vm, n.annotations_cache(vm));
        if !had {
            return Err(missing(vm, this, "__annotations__"));
        }
    } else {
        let own = if d.get_str(vm, n.annotations(vm)).is_some() {
            n.annotations(vm)
        } else {
            n.annotations_cache(vm)
        };
        d.set_str(vm, own, value.value(vm))?;
    }
    d.del_str(vm, n.annotate(vm));
    d.del_str(vm, n.annotate_func(vm));
    vm.type_modified(c);
    Ok(())
}
fn get_type_params(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let found = vm
        .type_dict(c)
        .get_str(vm, vm.roots.names.type_params(vm))
        .filter(|v| !crate::objects::descriptors::is_native_data(vm, *v));
    Ok(vm.ret(found.unwrap_or(vm.roots.empty_tuple(vm))))
}
fn set_type_params(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    check_settable(vm, this, value, "__type_params__")?;
    let name = vm.local_of(vm.roots.names.type_params(vm).value());
    set_in_class_dict(vm, this, name, value)
}
/// A Python class may give its signature as C code does: `Name(…)`, a line of two dashes, and the text.
fn signature_in_doc(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let doc = vm.type_dict(c).get_str(vm, vm.roots.names.doc(vm));
    let doc = doc.map_or(String::new(), |d| vm.text_of(d));
    let name = vm.type_short_name(c.value());
    let found = doc
        .strip_prefix(name.as_str())
        .filter(|rest| rest.starts_with('('))
        .and_then(|rest| rest.split_once(")\n--\n\n"))
        .map(|(inside, _)| format!("{inside})"));
    match found {
        Some(text) => {
            let word = vm.new_str(text.as_bytes())?.value().word();
            Ok(vm.ret(word.value(vm)))
        }
        None => Ok(vm.ret(Value::NONE)),
    }
}
fn get_text_signature(vm: &mut Vm, this: Local) -> Py<Ret> {
    let c = class_of(vm, this)?;
    let id = c.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as usize;
    let native = !vm.type_flags(c).has(Flags::HEAP);
    if native && let Some(known) = crate::surface::type_signature(&vm.tp_name(c)) {
        let text = known.map(|t| vm.new_str(t.as_bytes())).transpose()?;
        return Ok(vm.ret(text.map_or(Value::NONE, |t| t.value())));
    }
    if !native {
        return signature_in_doc(vm, this);
    }
    let def = vm.type_defs.get(id).copied().flatten().filter(|_| native);
    let row = def.and_then(|d| {
        d.methods
            .iter()
            .find(|m| m.name() == "__new__")
            .or_else(|| d.methods.iter().find(|m| m.name() == "__init__"))
    });
    let text = row.and_then(crate::signature::own_signature).map(|t| {
        // The class's own signature has no receiver.
        let inner = t.trim_start_matches('(');
        let rest = inner.split_once(", ").map_or(")", |(_, rest)| rest);
        format!(
            "({}",
            rest.strip_prefix("/, ")
                .unwrap_or(if rest == "/)" { ")" } else { rest })
        )
    });
    match text {
        Some(t) if !t.contains("*args, **kwargs") => {
            let word = vm.new_str(t.as_bytes())?.value().word();
            vm.ret.set(word);
            Ok(Ret(()))
        }
        _ => Ok(vm.ret(Value::NONE)),
    }
}
fn basicsize(vm: &mut Vm, this: Local) -> Py<i64> {
    let c = class_of(vm, this)?;
    Ok(8 * (1 + vm.instance_slots(c) as i64))
}
fn ret_int(vm: &mut Vm, n: Py<i64>) -> Py<Ret> {
    let word = vm.int(n?).word();
    vm.ret.set(word);
    Ok(Ret(()))
}
/// CPython's `tp_flags` as far as programs look at them.
fn py_flags(vm: &mut Vm, this: Local) -> Py<i64> {
    let c = class_of(vm, this)?;
    let f = vm.type_flags(c);
    let mut bits = 1 << 12 | 1 << 14;
    for (flag, bit) in [
        (Flags::HEAP, 9),
        (Flags::BASETYPE, 10),
        (Flags::IMMUTABLE, 8),
        (Flags::ABSTRACT, 20),
        (Flags::SEQUENCE, 5),
        (Flags::MAPPING, 6),
        (Flags::NO_NEW, 7),
        (Flags::META, 31),
        (Flags::EXCEPTION, 30),
        (Flags::MATCH_SELF, 22),
    ] {
        if f.has(flag) {
            bits |= 1 << bit;
        }
    }
    if !f.has(Flags::HEAP) {
        // Most types of the library are heap types in CPython, if immutable ones.
        let module = vm.text_of(c.slot(vm, types::MODULE));
        let fixed = matches!(
            module.as_str(),
            "builtins" | "types" | "weakref" | "_contextvars" | "sys" | "posix" | "datetime"
        );
        if !fixed
            && !matches!(
                vm.tp_name(c).as_str(),
                "typing.Union" | "collections.OrderedDict"
            )
        {
            bits |= 1 << 9;
        }
    }
    if f.has(Flags::HEAP) {
        if f.has(Flags::DICT) {
            // Managed dict; plain objects have inline values.
            let plain = c.slot(vm, types::LAYOUT).as_small_int() == Some(0);
            bits |= 1 << 4 | (plain as i64) << 2;
        }
        if f.has(Flags::WEAKREF) {
            bits |= 1 << 3;
        }
    }
    for (def, bit) in [
        (&crate::objects::int::INT, 24),
        (&crate::objects::list::LIST, 25),
        (&crate::objects::tuple::TUPLE, 26),
        (&crate::objects::bytes::BYTES, 27),
        (&crate::objects::str::STR, 28),
        (&crate::objects::dict::DICT, 29),
    ] {
        if vm.is_subtype(c, vm.type_object(def)) {
            bits |= 1 << bit | 1 << 22;
        }
    }
    for def in [
        &crate::objects::function::FUNCTION,
        &crate::objects::descriptors::METHOD_DESCRIPTOR,
        &crate::objects::descriptors::WRAPPER_DESCRIPTOR,
    ] {
        if c == vm.type_object(def) {
            bits |= 1 << 17;
        }
    }
    Ok(bits)
}
static GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: |vm, this| slot_ret(vm, this, types::NAME),
        set: Some(set_name),
        doc: "",
    },
    GetSet {
        name: "__qualname__",
        get: |vm, this| slot_ret(vm, this, types::QUALNAME),
        set: Some(set_qualname),
        doc: "",
    },
    GetSet {
        name: "__bases__",
        get: get_bases,
        set: Some(set_bases),
        doc: "",
    },
    GetSet {
        name: "__mro__",
        get: |vm, this| slot_ret(vm, this, types::MRO),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__base__",
        get: |vm, this| slot_ret(vm, this, types::BASE),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__module__",
        get: get_module,
        set: Some(set_module),
        doc: "",
    },
    GetSet {
        name: "__dict__",
        get: get_dict,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: get_doc,
        set: Some(set_doc),
        doc: "",
    },
    GetSet {
        name: "__abstractmethods__",
        get: get_abstract,
        set: Some(set_abstract),
        doc: "",
    },
    GetSet {
        name: "__annotations__",
        get: get_annotations,
        set: Some(set_annotations),
        doc: "",
    },
    GetSet {
        name: "__annotate__",
        get: get_annotate,
        set: Some(set_annotate),
        doc: "",
    },
    GetSet {
        name: "__type_params__",
        get: get_type_params,
        set: Some(set_type_params),
        doc: "",
    },
    GetSet {
        name: "__text_signature__",
        get: get_text_signature,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__basicsize__",
        get: |vm, this| {
            let n = basicsize(vm, this);
            ret_int(vm, n)
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "__itemsize__",
        get: |vm, this| {
            let size = class_of(vm, this).map(|c| {
                let is = |def: &'static TypeDef| vm.is_subtype(c, vm.type_object(def));
                if is(&crate::objects::tuple::TUPLE) {
                    8
                } else if is(&crate::objects::int::INT) {
                    4
                } else if is(&crate::objects::bytes::BYTES) {
                    1
                } else if is(&TYPE) {
                    40
                } else {
                    0
                }
            });
            ret_int(vm, size)
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "__dictoffset__",
        get: |vm, this| {
            let n = class_of(vm, this).map(|c| {
                let own = [&TYPE, &crate::objects::module::MODULE];
                if own.iter().any(|d| vm.is_subtype(c, vm.type_object(d))) {
                    16
                } else if vm.type_flags(c).has(Flags::DICT) {
                    -1
                } else {
                    0
                }
            });
            ret_int(vm, n)
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "__weakrefoffset__",
        get: |vm, this| {
            let n = class_of(vm, this).map(|c| {
                if vm.type_flags(c).has(Flags::WEAKREF) {
                    8
                } else {
                    0
                }
            });
            ret_int(vm, n)
        },
        set: None,
        doc: "",
    },
    GetSet {
        name: "__flags__",
        get: |vm, this| {
            let n = py_flags(vm, this);
            ret_int(vm, n)
        },
        set: None,
        doc: "",
    },
];

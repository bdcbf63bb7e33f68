//! Class creation: `type.__new__`, `__slots__`, and `__build_class__`.

use crate::code;
use crate::dunder::Dunder;
use crate::frame::Entry;
use crate::layout::{code as c, function, header, types};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::objects::{descriptors, exceptions as exc, object, type_};
use crate::typedef::TypeId;
use crate::types::{Flags, NewType};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value};

/// Dynamic attributes that instances of a class get room for if nothing is known of it.
const INLINE_DEFAULT: usize = 4;
/// And at most.
const INLINE_MAX: usize = 16;

/// The most derived metaclass of a class statement's bases.
fn winner_metaclass<'v>(vm: &'v Vm, meta: Obj<'v>, bases: mesapy_heap::Tuple<'v>) -> Py<Obj<'v>> {
    let mut winner = meta;
    for b in bases.iter(vm) {
        let m = vm.type_of(b);
        if vm.is_subtype(winner, m) {
            continue;
        }
        if vm.is_subtype(m, winner) {
            winner = m;
            continue;
        }
        return Err(vm.type_error("metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"));
    }
    Ok(winner)
}

/// `type.__new__(meta, name, bases, ns, **kwargs)`, arguments checked to be str, tuple, dict.
pub(crate) fn new_class(
    vm: &mut Vm,
    meta: Local,
    name: Local,
    bases: Local,
    ns: Local,
    kwargs: Local,
) -> Py<Ret> {
    {
        let vm: &Vm = vm;
        if name
            .value(vm)
            .as_str(vm)
            .is_some_and(|s| s.bytes(vm).contains(&0))
        {
            return Err(vm.value_error("type name must not contain null characters"));
        }
        if name
            .value(vm)
            .as_str(vm)
            .is_some_and(|s| std::str::from_utf8(s.bytes(vm)).is_err())
        {
            return Err(crate::objects::type_::surrogates_error(vm, name.value(vm)));
        }
        // Something in the bases that is no class, but says what it stands for.
        for b in bases
            .value(vm)
            .as_tuple(vm)
            .into_iter()
            .flat_map(|t| t.iter(vm))
        {
            if !vm.is_type(b) && vm.special_of(b, Dunder::MroEntries).is_some() {
                return Err(vm.type_error(
                    "type() doesn't support MRO entry resolution; use types.new_class()",
                ));
            }
        }
    }
    // Another metaclass may be the one to make the class.
    let winner = {
        let vm: &Vm = vm;
        let m = meta
            .value(vm)
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Type)
            .ok_or_else(|| vm.type_error("type.__new__(X): X is not a type object"))?;
        vm.local(winner_metaclass(vm, m, bases.value(vm).as_tuple(vm).ok_or(Raised(()))?)?.value())
    };
    if winner.value(vm) != meta.value(vm) {
        let w = winner.value(vm).as_obj().ok_or(Raised(()))?;
        let other = vm.special(w, Dunder::New);
        if other != vm.special(vm.type_object(&type_::TYPE), Dunder::New) {
            let f = vm.local(descriptors::unwrap_static(vm, other.unwrap_or(Value::NONE)));
            let args = vm.new_tuple(&[
                winner.value(vm),
                name.value(vm),
                bases.value(vm),
                ns.value(vm),
            ])?;
            let args = vm.local(args.value());
            return vm.call_ex(f, args, kwargs);
        }
    }
    let class = make(vm, winner, name, bases, ns)?;
    set_names(vm, class)?;
    init_subclass(vm, class, kwargs)?;
    Ok(vm.ret(class.value(vm)))
}

/// Where the class's `__slots__` lead.
struct SlotPlan {
    names: Vec<(Local, String)>,
    dict: bool,
    weakref: bool,
    given: bool,
}

fn make(vm: &mut Vm, meta: Local, name: Local, bases: Local, ns: Local) -> Py<Local> {
    let dict = vm.local(vm.new_dict().value());
    crate::objects::dict::merge(vm, dict, ns)?;
    let object_base = vm.new_tuple(&[vm.type_object(&object::OBJECT).value()])?;
    if bases.value(vm).as_tuple(vm).is_some_and(|t| t.len(vm) == 0) {
        bases.set(vm, object_base.value());
    }
    let base = {
        let vm: &Vm = vm;
        let b = type_::best_base(vm, bases.value(vm).as_tuple(vm).ok_or(Raised(()))?)?;
        vm.local(b.value())
    };
    let plan = plan_slots(vm, name, bases, base, dict)?;
    warn_of_odd_keys(vm, name, dict)?;
    let class = {
        let vm: &Vm = vm;
        let b = base.value(vm).as_obj().ok_or(Raised(()))?;
        let d = dict.value(vm).as_dict(vm).ok_or(Raised(()))?;
        let tuple = bases.value(vm).as_tuple(vm).ok_or(Raised(()))?;
        let base_flags = vm.type_flags(b);
        let inherited = [
            Flags::SEQUENCE,
            Flags::MAPPING,
            Flags::WRAPPED,
            Flags::META,
            Flags::EXCEPTION,
        ];
        let mut flags = Flags::HEAP.with(Flags::BASETYPE);
        for f in inherited {
            if base_flags.has(f) {
                flags = flags.with(f);
            }
        }
        for other in tuple.iter(vm).filter_map(|t| t.as_obj()) {
            for f in [
                Flags::DICT,
                Flags::WEAKREF,
                Flags::FINALIZER,
                Flags::SEQUENCE,
                Flags::MAPPING,
            ] {
                if vm.type_flags(other).has(f) {
                    flags = flags.with(f);
                }
            }
        }
        // A native type in a kind of its own is wrapped by its subclasses; `type` and slot layouts are extended in place.
        let layout = b.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as u16;
        let def = vm.type_defs.get(layout as usize).copied().flatten();
        if let Some(crate::typedef::Layout::Kind(kind)) = def.map(|d| d.layout) {
            if kind != Kind::Type {
                flags = flags.with(Flags::WRAPPED);
            }
        }
        let (may_dict, may_weak) = (
            !base_flags.has(Flags::DICT),
            !base_flags.has(Flags::WEAKREF),
        );
        // Types and modules have dicts of their own.
        let own_dict =
            flags.has(Flags::META) || layout == crate::objects::module::MODULE.id.get().0;
        if (!plan.given && may_dict && !own_dict) || plan.dict {
            flags = flags.with(Flags::DICT);
        }
        if !plan.given || plan.weakref {
            flags = flags.with(Flags::WEAKREF);
        }
        let n = &vm.roots.names;
        if d.get_str(vm, vm.dunder_name(Dunder::Del)).is_some() {
            flags = flags.with(Flags::FINALIZER);
        }
        let first_slot = vm.instance_slots(b).max(flags.has(Flags::WRAPPED) as usize);
        let made = vm.new_type(NewType {
            metaclass: Some(meta.value(vm).as_obj().ok_or(Raised(()))?),
            name: name.value(vm).as_str(vm).ok_or(Raised(()))?,
            bases: tuple,
            base: b.value(),
            dict: d,
            layout: TypeId(layout),
            nslots: first_slot + plan.names.len(),
            flags,
        })?;
        let class = vm.local(made.value());
        // A subclass of tuple stays what it is.
        if tuple.len(vm) > 0 {
            made.set_slot(vm, types::BASES, bases.value(vm));
        }
        if let Some(doc) = d.get_str(vm, n.doc(vm)).filter(|d| {
            d.as_str(vm)
                .is_some_and(|s| std::str::from_utf8(s.bytes(vm)).is_err())
        }) {
            return Err(crate::objects::type_::surrogates_error(vm, doc));
        }
        // Names that the body leaves in the namespace for the class itself.
        match d.get_str(vm, n.qualname(vm)) {
            Some(q) if q.as_str(vm).is_none() => {
                return Err(vm.type_error(format!(
                    "type __qualname__ must be a str, not {}",
                    vm.type_name_for_error(q)
                )));
            }
            Some(q) => {
                made.set_slot(vm, types::QUALNAME, q);
                d.del_str(vm, n.qualname(vm));
            }
            None => {}
        }
        if d.get_str(vm, n.module(vm)).is_none() {
            if let Some(m) = vm
                .current_globals()
                .and_then(|g| g.as_dict(vm))
                .and_then(|g| g.get_str(vm, n.name(vm)))
            {
                d.set_str(vm, n.module(vm), m)?;
            }
        }
        if d.get_str(vm, n.doc(vm)).is_none() {
            d.set_str(vm, n.doc(vm), Value::NONE)?;
        }
        for (dunder, def) in [
            (Dunder::New, &descriptors::STATICMETHOD),
            (Dunder::InitSubclass, &descriptors::CLASSMETHOD),
            (Dunder::ClassGetItem, &descriptors::CLASSMETHOD),
        ] {
            let key = vm.dunder_name(dunder);
            if let Some(f) = d.get_str(vm, key).filter(|f| f.kind(vm) == Kind::Function) {
                d.set_str(vm, key, descriptors::wrap_implicit(vm, def, f)?)?;
            }
        }
        if d.get_str(vm, vm.dunder_name(Dunder::Eq)).is_some()
            && d.get_str(vm, vm.dunder_name(Dunder::Hash)).is_none()
        {
            d.set_str(vm, vm.dunder_name(Dunder::Hash), Value::NONE)?;
        }
        if flags.has(Flags::DICT) && may_dict {
            if d.get_str(vm, n.dict(vm)).is_none() {
                d.set_str(
                    vm,
                    n.dict(vm),
                    descriptors::new_getset(vm, &object::DICT_GETSET, n.dict(vm), made)?,
                )?;
            }
        }
        if flags.has(Flags::WEAKREF) && may_weak && d.get_str(vm, n.weakref(vm)).is_none() {
            d.set_str(
                vm,
                n.weakref(vm),
                descriptors::new_getset(vm, &object::WEAKREF_GETSET, n.weakref(vm), made)?,
            )?;
        }
        vm.make_root_shape(made, inline_hint(vm, made, b));
        class
    };
    // The body's `__class__` cell learns the class; the names that carried it disappear.
    for (key, value) in [("__classcell__", class), ("__classdictcell__", dict)] {
        let vm: &Vm = vm;
        let d = dict.value(vm).as_dict(vm).ok_or(Raised(()))?;
        let key = vm.intern(key.as_bytes());
        if let Some(cell) = d.get_str(vm, key) {
            let Some(cell) = cell.as_cell(vm) else {
                return Err(vm.type_error(format!(
                    "{} must be a nonlocal cell, not <class '{}'>",
                    vm.text_of(key.value()),
                    vm.type_name_for_error(cell)
                )));
            };
            cell.set(vm, value.value(vm));
            d.del_str(vm, key);
        }
    }
    {
        let vm: &Vm = vm;
        let made = class.value(vm).as_obj().ok_or(Raised(()))?;
        let first_slot = vm.instance_slots(made) - plan.names.len();
        for (i, (key, _)) in plan.names.iter().enumerate() {
            let key = vm.intern(key.value(vm).as_str(vm).ok_or(Raised(()))?.bytes(vm));
            vm.type_dict(made).set_str(
                vm,
                key,
                descriptors::new_member(vm, key, made, first_slot + i, "", false)?,
            )?;
        }
    }
    type_::set_mro(vm, class)?;
    let vm: &Vm = vm;
    let made = class.value(vm).as_obj().ok_or(Raised(()))?;
    for b in bases
        .value(vm)
        .as_tuple(vm)
        .into_iter()
        .flat_map(|t| t.iter(vm))
        .filter_map(|b| b.as_obj())
    {
        vm.add_subclass(b, made)?;
    }
    let del = vm.special(made, Dunder::Del).is_some();
    if del {
        vm.set_type_flags(made, vm.type_flags(made).with(Flags::FINALIZER));
    }
    Ok(class)
}

/// A namespace with keys that are no strings is accepted, with a warning.
fn warn_of_odd_keys(vm: &mut Vm, name: Local, dict: Local) -> Py<()> {
    let d = dict.value(vm).as_dict(vm).ok_or(Raised(()))?;
    let mut pos = 0;
    while let Some((next, key, _)) = d.next_entry(vm, pos) {
        if key.as_str(vm).is_none() {
            let text = format!(
                "non-string key in the __dict__ of class {}",
                vm.text_of(name.value(vm))
            );
            return vm.warn(&exc::RUNTIME_WARNING, &text, 1);
        }
        pos = next + 1;
    }
    Ok(())
}

/// Attributes beyond those of `__init__` that instances get room for.
const INLINE_MORE: usize = 6;
/// The names that a function assigns on its first parameter.
fn assigned_on_self(vm: &Vm, code: Obj<'_>, names: &mut Vec<mesapy_heap::Word>) {
    use mesapy_bytecode::Op;
    let (Some(instrs), Some(sites)) = (
        code.slot(vm, c::INSTRS).as_raw(vm),
        code.slot(vm, c::SITE_NAMES).as_tuple(vm),
    ) else {
        return;
    };
    for i in (0..instrs.len(vm) / 8).map(|i| mesapy_bytecode::Instr(instrs.word_at(vm, i))) {
        let stores = matches!(
            i.op(),
            Some(Op::StoreAttr | Op::StoreAttrSlot | Op::StoreAttrAdd)
        );
        if stores && i.a() == 0 {
            names.extend(sites.at(vm, usize::from(i.c())).map(|name| name.word()));
        }
    }
}
/// Attributes that methods assign on self, counted in their code: the room that instances get.
fn inline_hint(vm: &Vm, class: Obj<'_>, base: Obj<'_>) -> usize {
    if !vm.type_flags(class).has(Flags::DICT) {
        return 0;
    }
    let inherited = base
        .slot(vm, types::INLINE_HINT)
        .as_small_int()
        .unwrap_or(0) as usize;
    let init = vm.dunder_name(Dunder::Init);
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for (name, f) in vm.type_dict(class).iter(vm) {
        let f = f.as_obj().filter(|f| f.kind(vm) == Kind::Function);
        if let Some(code) = f.and_then(|f| f.slot(vm, function::CODE).as_obj()) {
            let names = if name == init.value() {
                &mut first
            } else {
                &mut others
            };
            assigned_on_self(vm, code, names);
        }
    }
    let distinct = |names: &mut Vec<mesapy_heap::Word>| {
        names.sort_unstable_by_key(|w| w.bits());
        names.dedup();
        names.len()
    };
    let certain = distinct(&mut first);
    others.append(&mut first);
    let own = distinct(&mut others).min(certain + INLINE_MORE);
    let hint = (own + inherited).min(INLINE_MAX);
    class.set_slot(vm, types::INLINE_HINT, Value::int32(hint as i32));
    if hint == 0 { INLINE_DEFAULT } else { hint }
}

/// Reads `__slots__`.
fn plan_slots(vm: &mut Vm, name: Local, bases: Local, base: Local, dict: Local) -> Py<SlotPlan> {
    let mut plan = SlotPlan {
        names: Vec::new(),
        dict: false,
        weakref: false,
        given: false,
    };
    let d = dict.value(vm).as_dict(vm).ok_or(Raised(()))?;
    let Some(slots) = d.get_str(vm, vm.roots.names.slots(vm)) else {
        return Ok(plan);
    };
    plan.given = true;
    let slots = vm.local(slots);
    let items = if slots.value(vm).as_str(vm).is_some() {
        let t = vm.new_tuple(&[slots.value(vm)])?;
        vm.local(t.value())
    } else {
        vm.tuple_from_iterable(slots)?.keep(vm)
    };
    let vm: &Vm = vm;
    let b = base.value(vm).as_obj().ok_or(Raised(()))?;
    let tuple = items.value(vm).as_tuple(vm).ok_or(Raised(()))?;
    let layout = b.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as usize;
    let var_sized = vm
        .type_defs
        .get(layout)
        .copied()
        .flatten()
        .is_some_and(|d| {
            matches!(
                d.layout,
                crate::typedef::Layout::Kind(
                    Kind::Type | Kind::BigInt | Kind::Int | Kind::Tuple | Kind::Bytes
                )
            )
        });
    if tuple.len(vm) > 0 && var_sized {
        let only_dict = tuple.iter(vm).all(|v| {
            v.as_str(vm)
                .is_some_and(|s| matches!(s.bytes(vm), b"__dict__" | b"__weakref__"))
        });
        if !only_dict {
            return Err(vm.type_error(format!(
                "nonempty __slots__ not supported for subtype of '{}'",
                vm.tp_name(b)
            )));
        }
    }
    let flags = vm.type_flags(b);
    let any_base = |f: Flags| {
        bases
            .value(vm)
            .as_tuple(vm)
            .into_iter()
            .flat_map(|t| t.iter(vm))
            .filter_map(|b| b.as_obj())
            .any(|b| vm.type_flags(b).has(f))
    };
    for item in tuple.iter(vm) {
        let Some(s) = item.as_str(vm) else {
            return Err(vm.type_error(format!(
                "__slots__ items must be strings, not '{}'",
                vm.type_name_for_error(item)
            )));
        };
        let text = vm.text_of(item);
        if !mesapy_text::unicode::is_identifier(s.bytes(vm)) {
            return Err(vm.type_error("__slots__ must be identifiers"));
        }
        match text.as_str() {
            "__dict__" => {
                if plan.dict || flags.has(Flags::DICT) {
                    return Err(vm.type_error("__dict__ slot disallowed: we already got one"));
                }
                plan.dict = true;
            }
            "__weakref__" => {
                if plan.weakref || flags.has(Flags::WEAKREF) {
                    return Err(vm.type_error("__weakref__ slot disallowed: we already got one"));
                }
                plan.weakref = true;
            }
            _ => {
                let mangled = mangle(&vm.text_of(name.value(vm)), &text);
                let key = vm.intern(mangled.as_bytes());
                let d = dict.value(vm).as_dict(vm).ok_or(Raised(()))?;
                if d.get_str(vm, key).is_some()
                    && !matches!(
                        mangled.as_str(),
                        "__qualname__" | "__classcell__" | "__classdictcell__"
                    )
                {
                    return Err(vm.value_error(format!(
                        "'{mangled}' in __slots__ conflicts with class variable"
                    )));
                }
                if !plan.names.iter().any(|(_, n)| *n == mangled) {
                    plan.names.push((vm.local(key.value()), mangled));
                }
            }
        }
    }
    plan.names.sort_by(|a, b| a.1.cmp(&b.1));
    if any_base(Flags::DICT) {
        plan.dict = false;
    }
    Ok(plan)
}
/// Private names carry the class's name.
fn mangle(class: &str, name: &str) -> String {
    let stripped = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || stripped.is_empty()
    {
        name.to_string()
    } else {
        format!("_{stripped}{name}")
    }
}

/// Calls `__set_name__` of what the namespace holds.
fn set_names(vm: &mut Vm, class: Local) -> Py<()> {
    let dict = class
        .value(vm)
        .as_obj()
        .map(|c| vm.type_dict(c).copy(vm))
        .ok_or(Raised(()))??;
    let dict = vm.local(dict.value());
    let [key, value, f] = vm.locals([Value::NONE, Value::NONE, Value::NONE]);
    let mut pos = 0;
    loop {
        {
            let vm: &Vm = vm;
            let Some((next, name, v)) = dict
                .value(vm)
                .as_dict(vm)
                .and_then(|d| d.next_entry(vm, pos))
            else {
                return Ok(());
            };
            pos = next + 1;
            if !v.is_ref() || v.kind(vm) == Kind::Function {
                continue;
            }
            let Some(set_name) = vm.special_of(v, Dunder::SetName) else {
                continue;
            };
            key.set(vm, name);
            value.set(vm, v);
            f.set(vm, set_name);
        }
        let top = vm.top.get();
        if let Err(raised) = vm.call_special(f, value, &[class, key]) {
            let text = format!(
                "Error calling __set_name__ on '{}' instance '{}' in '{}'",
                vm.type_name_for_error(value.value(vm)),
                vm.text_of(key.value(vm)),
                vm.type_short_name(class.value(vm))
            );
            return Err(exc::with_note(vm, raised, &text));
        }
        vm.top.set(top);
    }
}
/// `super(cls, cls).__init_subclass__(**kwargs)`.
fn init_subclass(vm: &mut Vm, class: Local, kwargs: Local) -> Py<()> {
    let in_own_order = class.value(vm).as_obj().is_some_and(|c| {
        c.slot(vm, types::MRO)
            .as_tuple(vm)
            .is_some_and(|mro| mro.iter(vm).any(|b| b == c.value()))
    });
    if !in_own_order {
        let name = vm.type_short_name(class.value(vm));
        return Err(vm.type_error(format!(
            "super(type, obj): obj (type {name}) is not an instance or subtype of type ({name})."
        )));
    }
    let name = vm.dunder_name(Dunder::InitSubclass);
    let Some(found) = crate::objects::super_::lookup(vm, class.value(vm), class.value(vm), name)
    else {
        return Ok(());
    };
    let plain = vm.type_lookup(vm.type_object(&object::OBJECT), name) == Some(found);
    if plain && kwargs.value(vm).as_dict(vm).is_none_or(|d| d.len(vm) == 0) {
        return Ok(());
    }
    let [found, none] = vm.locals([found, Value::EMPTY]);
    let bound = vm.descr_get(found, none, class)?.keep(vm);
    let args = vm.local(vm.roots.empty_tuple(vm));
    let _: Ret = vm.call_ex(bound, args, kwargs)?;
    Ok(())
}

/// `__build_class__(func, name, *bases, metaclass=…, **kwds)`.
pub(crate) fn build_class(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let n = args.get(vm).len(vm);
    if n < 2 {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    }
    let items = args.get(vm).iter(vm).map(|v| v.word()).collect::<Vec<_>>();
    let [func, name] = vm.locals([items[0].value(vm), items[1].value(vm)]);
    if func.value(vm).kind(vm) != Kind::Function {
        return Err(vm.type_error("__build_class__: func must be a function"));
    }
    if name.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let rest: Vec<Value<'_>> = items[2..].iter().map(|w| w.value(vm)).collect();
    let orig_bases = vm.local(vm.new_tuple(&rest)?.value());
    let bases = resolve_bases(vm, orig_bases)?;
    let kwds = match kwargs.value(vm).as_dict(vm) {
        Some(d) => vm.local(d.copy(vm)?.value()),
        None => vm.local(vm.new_dict().value()),
    };
    let given = kwds
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.roots.names.metaclass(vm)));
    let meta = match given {
        Some(m) => {
            let m = vm.local(m);
            if let Some(d) = kwds.value(vm).as_dict(vm) {
                d.del_str(vm, vm.roots.names.metaclass(vm));
            }
            m
        }
        None => match bases.value(vm).as_tuple(vm).and_then(|t| t.at(vm, 0)) {
            Some(first) => vm.local(vm.type_of(first).value()),
            None => vm.local(vm.type_object(&type_::TYPE).value()),
        },
    };
    if let Some(m) = meta.value(vm).as_obj().filter(|o| o.kind(vm) == Kind::Type) {
        let winner = winner_metaclass(vm, m, bases.value(vm).as_tuple(vm).ok_or(Raised(()))?)?;
        meta.set(vm, winner.value());
    }
    // The namespace.
    let ns = match vm.lookup_attr_str(meta, "__prepare__")? {
        Some(r) => {
            let prepare = r.keep(vm);
            let t = vm.new_tuple(&[name.value(vm), bases.value(vm)])?;
            let t = vm.local(t.value());
            vm.call_ex(prepare, t, kwds)?.keep(vm)
        }
        None => vm.local(vm.new_dict().value()),
    };
    let is_mapping = ns.value(vm).as_dict(vm).is_some()
        || vm.special_of(ns.value(vm), Dunder::GetItem).is_some();
    if !is_mapping {
        let m = if vm.is_type(meta.value(vm)) {
            vm.type_short_name(meta.value(vm))
        } else {
            "<metaclass>".to_string()
        };
        return Err(vm.type_error(format!(
            "{m}.__prepare__() must return a mapping, not {}",
            vm.type_name_for_error(ns.value(vm))
        )));
    }
    let cell = run_body(vm, func, ns)?.keep(vm);
    if bases.value(vm) != orig_bases.value(vm) {
        let key = vm.local(vm.roots.names.orig_bases(vm).value());
        vm.set_item(ns, key, orig_bases)?;
    }
    let t = vm.new_tuple(&[name.value(vm), bases.value(vm), ns.value(vm)])?;
    let t = vm.local(t.value());
    let class = vm.call_ex(meta, t, kwds)?.keep(vm);
    // What the body gave as its cell must hold the class by now.
    if vm.is_type(class.value(vm)) {
        if let Some(cell) = cell.value(vm).as_cell(vm) {
            let held = cell.get(vm);
            let shown = vm.text_of(name.value(vm));
            if held.is_empty() {
                let class_text = vm.repr_text(class)?;
                return Err(vm.runtime_error(format!("__class__ not set defining '{shown}' as {class_text}. Was __classcell__ propagated to type.__new__?")));
            }
            if held != class.value(vm) {
                let held = vm.local(held);
                let (held, class_text) = (vm.repr_text(held)?, vm.repr_text(class)?);
                return Err(vm.type_error(format!(
                    "__class__ set to {held} defining '{shown}' as {class_text}"
                )));
            }
        }
    }
    Ok(vm.ret(class.value(vm)))
}
/// Bases that are no classes say by `__mro_entries__` what they stand for.
fn resolve_bases(vm: &mut Vm, bases: Local) -> Py<Local> {
    let n = bases.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm));
    let list = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    let mut changed = false;
    for i in 0..n {
        let base = vm.local(
            bases
                .value(vm)
                .as_tuple(vm)
                .and_then(|t| t.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        let entries = if vm.is_type(base.value(vm)) {
            None
        } else {
            vm.lookup_attr_str(base, "__mro_entries__")?
                .map(|r| r.keep(vm))
        };
        let Some(f) = entries else {
            list.get(vm).push(vm, base.value(vm))?;
            continue;
        };
        let replaced = vm.call(f, &[bases])?.keep(vm);
        if replaced.value(vm).as_tuple(vm).is_none() {
            return Err(vm.type_error("__mro_entries__ must return a tuple"));
        }
        changed = true;
        vm.extend_list(list, replaced)?;
    }
    if !changed {
        return Ok(bases);
    }
    let items = list.get(vm).to_vec(vm);
    let tuple = vm.new_tuple(&items)?;
    Ok(vm.local(tuple.value()))
}
/// Runs a class body with a namespace; its value is the `__class__` cell or None.
fn run_body(vm: &mut Vm, func: Local, ns: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    {
        let vm: &Vm = vm;
        let f = func.value(vm).as_obj().ok_or(Raised(()))?;
        let code_obj = f.slot(vm, function::CODE).as_obj().ok_or(Raised(()))?;
        if code::call_info(vm, code_obj).makes_generator()
            || code::parameter_count(vm, code_obj) > 0
        {
            return Err(vm.type_error("__build_class__: func must be a class body"));
        }
        let (at, _) = vm.lay_out_call(f.value(), None, &[]);
        let base = at + header::SIZE;
        vm.push_frame(
            f.value(),
            code_obj,
            f.slot(vm, function::GLOBALS),
            base,
            0,
            Entry::Native,
        )?;
        vm.set_stack_word(base - header::LOCALS, ns.word(vm));
    }
    let top = vm.top.get();
    let result = crate::interp::run(vm);
    let _ = top;
    result
}

//! Names: globals, builtins, class namespaces, cells, `super()`, and special methods of `with`.

use super::Fr;
use super::cache::{self, site_name, site_name_local};
use crate::code;
use crate::dunder::Dunder;
use crate::layout::{function, header};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Special};
use mesapy_heap::{Kind, Str, Value, Word};

#[cold]
pub(crate) fn unbound_local(vm: &Vm, name: u32) -> Raised {
    let name = code::name(vm, vm.frame_code(vm.base.get()), name as usize);
    let text = format!(
        "cannot access local variable '{}' where it is not associated with a value",
        vm.text_of(name)
    );
    vm.unbound_local_error(&text, name)
}
#[cold]
pub(crate) fn unbound_cell(vm: &Vm, name: u16, free: bool) -> Raised {
    if !free {
        return unbound_local(vm, u32::from(name));
    }
    let name = code::name(vm, vm.frame_code(vm.base.get()), usize::from(name));
    let text = format!(
        "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
        vm.text_of(name)
    );
    vm.name_error(&text, name)
}
pub(crate) fn copy_free(vm: &Vm, f: &Fr, first: u16, n: u32) {
    let closure = vm
        .stack_word(f.base - header::FUNC)
        .value(vm)
        .as_obj()
        .and_then(|o| o.slot(vm, function::CLOSURE).as_tuple(vm));
    for i in 0..n {
        let cell = closure
            .and_then(|t| t.at(vm, i as usize))
            .unwrap_or(Value::EMPTY);
        vm.set_stack_word(f.base + u32::from(first) + i, cell.word());
    }
}

/// The builtins that the running frame sees: `__builtins__` of its globals, else the interpreter's.
pub(crate) fn frame_builtins(vm: &Vm) -> Value<'_> {
    let base = vm.base.get();
    let func = vm.stack_word(base - header::FUNC).value(vm);
    if let Some(f) = func.as_obj().filter(|o| o.kind(vm) == Kind::Function) {
        let own = f.slot(vm, function::BUILTINS);
        if !own.is_empty() {
            return own;
        }
    }
    builtins_of(vm, vm.frame_globals(base))
}
/// `globals["__builtins__"]` as a mapping; the interpreter's own where there is none.
pub(crate) fn builtins_of<'v>(vm: &'v Vm, globals: Value<'v>) -> Value<'v> {
    own_builtins(vm, globals).unwrap_or(vm.roots.builtins(vm))
}
/// The builtins of a function made now: those that its globals name, else those of the running frame.
pub(crate) fn builtins_for_function<'v>(vm: &'v Vm, globals: Value<'v>) -> Value<'v> {
    match own_builtins(vm, globals) {
        Some(found) => found,
        None if vm.base.get() == 0 => vm.roots.builtins(vm),
        None => frame_builtins(vm),
    }
}
fn own_builtins<'v>(vm: &'v Vm, globals: Value<'v>) -> Option<Value<'v>> {
    let found = match places(vm, globals) {
        Some(places) => at_place(vm, places.builtins)?,
        None => globals
            .as_dict(vm)
            .and_then(|d| d.get_str(vm, vm.roots.names.builtins(vm)))?,
    };
    Some(match found.as_obj() {
        Some(m) if crate::objects::module::is_module(vm, found) => {
            m.slot(vm, crate::layout::module::DICT)
        }
        _ => found,
    })
}
/// `globals["__name__"]`.
pub(crate) fn own_name<'v>(vm: &'v Vm, globals: Value<'v>) -> Option<Value<'v>> {
    match places(vm, globals) {
        Some(places) => at_place(vm, places.name),
        None => globals
            .as_dict(vm)
            .and_then(|d| d.get_str(vm, vm.roots.names.name(vm))),
    }
}
/// Where the globals that functions were last made with have what every function wants to know of them: good for as long as the dict has that keys
/// version, which no other dict ever has.
#[derive(Clone, Copy, Default)]
pub(crate) struct GlobalsPlaces {
    version: u32,
    name: u32,
    builtins: u32,
}
fn places(vm: &Vm, globals: Value<'_>) -> Option<GlobalsPlaces> {
    let dict = globals.as_exact_dict(vm)?;
    let (known, version) = (vm.globals_places.get(), dict.keys_version(vm));
    if known.version == version && version != 0 {
        return Some(known);
    }
    let place = |name: Str<'_>| {
        dict.entry_of_str(vm, name)
            .map_or(0, |entry| dict.value_place(vm, entry) as u32)
    };
    let found = GlobalsPlaces {
        version,
        name: place(vm.roots.names.name(vm)),
        builtins: place(vm.roots.names.builtins(vm)),
    };
    vm.globals_places.set(found);
    Some(found)
}
fn at_place(vm: &Vm, place: u32) -> Option<Value<'_>> {
    if place == 0 {
        return None;
    }
    Some(Word::from_bits(vm.heap.word_at(place)).value(vm))
}
#[cold]
fn undefined(vm: &Vm, name: Local<k::Str>) -> Raised {
    let text = format!("name '{}' is not defined", vm.text_of(name.value(vm)));
    vm.name_error(&text, name.value(vm))
}

/// A global, or else a builtin; None if neither.
fn global_or_builtin(vm: &mut Vm, name: Local<k::Str>) -> Py<Option<Ret>> {
    let globals = vm.frame_globals(vm.base.get());
    if let Some(d) = globals.as_exact_dict(vm) {
        if let Some(v) = d.get_str(vm, name.get(vm)) {
            return Ok(Some(vm.ret(v)));
        }
    } else {
        // A subclass of dict may define __getitem__ or __missing__.
        let globals = vm.local(globals);
        if let Some(ret) = lookup_mapping(vm, globals, name)? {
            return Ok(Some(ret));
        }
    }
    let builtins = frame_builtins(vm);
    if let Some(d) = builtins.as_exact_dict(vm) {
        return Ok(d.get_str(vm, name.get(vm)).map(|v| vm.ret(v)));
    }
    let builtins = vm.local(builtins);
    lookup_mapping(vm, builtins, name)
}
/// `mapping[name]`, None for KeyError.
pub(crate) fn lookup_mapping(vm: &mut Vm, mapping: Local, name: Local<k::Str>) -> Py<Option<Ret>> {
    if let Some(d) = mapping.value(vm).as_exact_dict(vm) {
        return Ok(d.get_str(vm, name.get(vm)).map(|v| vm.ret(v)));
    }
    let result = vm.get_item(mapping, name.any());
    vm.caught(result, &exc::KEY_ERROR)
}
pub(crate) fn load_global(vm: &mut Vm, _: &Fr, i: Instr) -> Py<Ret> {
    let name = site_name_local(vm, i.c());
    match global_or_builtin(vm, name)? {
        Some(ret) => {
            cache::fill_global(vm, i.c(), name.get(vm));
            Ok(ret)
        }
        None => Err(undefined(vm, name)),
    }
}
/// An Empty value deletes.
pub(crate) fn store_global(vm: &mut Vm, site: u16, value: Local) -> Py<()> {
    let globals = vm.frame_globals(vm.base.get());
    if let Some(d) = globals.as_exact_dict(vm) {
        if value.value(vm).is_empty() {
            if !d.del_str(vm, site_name(vm, site)) {
                let name = site_name_local(vm, site);
                return Err(undefined(vm, name));
            }
            return Ok(());
        }
        let name = site_name(vm, site);
        d.set_str(vm, name, value.value(vm))?;
        cache::fill_store_global(vm, site, d, name);
        return Ok(());
    }
    let globals = vm.local(globals);
    let name = site_name_local(vm, site);
    if value.value(vm).is_empty() {
        vm.del_item(globals, name.any())
    } else {
        vm.set_item(globals, name.any(), value)
    }
}

fn namespace(vm: &Vm) -> Local {
    let base = vm.base.get();
    let ns = vm.frame_namespace(base);
    vm.local(if ns.is_empty() {
        vm.frame_globals(base)
    } else {
        ns
    })
}
pub(crate) fn load_name(vm: &mut Vm, site: u16) -> Py<Ret> {
    let name = site_name_local(vm, site);
    let ns = namespace(vm);
    if ns.value(vm) == vm.frame_globals(vm.base.get()) {
        cache::fill_global_site(vm, site, name.get(vm));
    }
    if let Some(ret) = lookup_mapping(vm, ns, name)? {
        return Ok(ret);
    }
    match global_or_builtin(vm, name)? {
        Some(ret) => Ok(ret),
        None => Err(undefined(vm, name)),
    }
}
pub(crate) fn store_name(vm: &mut Vm, site: u16, value: Local) -> Py<()> {
    let ns = namespace(vm);
    if let Some(d) = ns.value(vm).as_exact_dict(vm) {
        let name = site_name(vm, site);
        d.set_str(vm, name, value.value(vm))?;
        if d.value() == vm.frame_globals(vm.base.get()) {
            cache::fill_store_global(vm, site, d, name);
        }
        return Ok(());
    }
    let name = site_name_local(vm, site);
    vm.set_item(ns, name.any(), value)
}
pub(crate) fn delete_name(vm: &mut Vm, site: u16) -> Py<()> {
    let ns = namespace(vm);
    let name = site_name_local(vm, site);
    if let Some(d) = ns.value(vm).as_exact_dict(vm) {
        return if d.del_str(vm, name.get(vm)) {
            Ok(())
        } else {
            Err(undefined(vm, name))
        };
    }
    let done = vm.del_item(ns, name.any());
    match vm.caught(done, &exc::KEY_ERROR)? {
        Some(()) => Ok(()),
        None => Err(undefined(vm, name)),
    }
}
pub(crate) fn load_from_dict_or_global(vm: &mut Vm, mapping: Local, site: u16) -> Py<Ret> {
    let name = site_name_local(vm, site);
    if let Some(ret) = lookup_mapping(vm, mapping, name)? {
        return Ok(ret);
    }
    match global_or_builtin(vm, name)? {
        Some(ret) => Ok(ret),
        None => Err(undefined(vm, name)),
    }
}
pub(crate) fn load_from_dict_or_cell(
    vm: &mut Vm,
    mapping: Local,
    cell: Local,
    site: u16,
) -> Py<Ret> {
    let name = site_name_local(vm, site);
    if let Some(ret) = lookup_mapping(vm, mapping, name)? {
        return Ok(ret);
    }
    match cell.value(vm).as_cell(vm).map(|c| c.get(vm)) {
        Some(v) if !v.is_empty() => Ok(vm.ret(v)),
        _ => {
            let text = format!(
                "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
                vm.text_of(name.value(vm))
            );
            Err(vm.name_error(&text, name.value(vm)))
        }
    }
}
pub(crate) fn load_locals(vm: &mut Vm) -> Py<Ret> {
    let ns = namespace(vm);
    Ok(vm.ret(ns.value(vm)))
}
pub(crate) fn load_build_class(vm: &mut Vm) -> Py<Ret> {
    let name = vm.local_of::<k::Str>(vm.roots.names.build_class(vm).value());
    let builtins = vm.local(frame_builtins(vm));
    match lookup_mapping(vm, builtins, name)? {
        Some(ret) => Ok(ret),
        None => Err(vm.name_error("__build_class__ not found", name.value(vm))),
    }
}
pub(crate) fn common(vm: &Vm, which: u8) -> Value<'_> {
    use crate::objects::{list, set, tuple};
    let builtin = |name: &str| {
        vm.roots
            .builtins(vm)
            .as_dict(vm)
            .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())))
            .unwrap_or(Value::NONE)
    };
    match which {
        0 => vm.type_object(&exc::ASSERTION_ERROR).value(),
        1 => vm.type_object(&exc::NOT_IMPLEMENTED_ERROR).value(),
        2 => vm.type_object(&tuple::TUPLE).value(),
        3 => builtin("all"),
        4 => builtin("any"),
        5 => vm.type_object(&set::SET).value(),
        _ => vm.type_object(&list::LIST).value(),
    }
}
pub(crate) fn setup_annotations(vm: &mut Vm) -> Py<()> {
    let ns = namespace(vm);
    let name = vm.local_of::<k::Str>(vm.roots.names.annotations(vm).value());
    if lookup_mapping(vm, ns, name)?.is_none() {
        let fresh = vm.local(vm.new_dict().value());
        vm.set_item(ns, name.any(), fresh)?;
    }
    Ok(())
}

// ---- super

/// Looks `super(class, self).name` up: (what was found on the order behind `class`, the receiver's class), None for a real `super` object's way.
fn super_lookup(vm: &mut Vm, args: Local, site: u16) -> Py<Option<(Local, Local)>> {
    let (callable, class, receiver) = (
        Local::<k::Any>::at(args.0),
        Local::<k::Any>::at(args.0 + 1),
        Local::<k::Any>::at(args.0 + 2),
    );
    let vm_ref: &Vm = vm;
    if callable.value(vm_ref) != vm_ref.type_object(&crate::objects::super_::SUPER).value() {
        return Ok(None);
    }
    let start = crate::objects::super_::receiver_class(vm, class, receiver)?;
    let name = site_name_local(vm, site);
    let vm: &Vm = vm;
    let Some(found) =
        crate::objects::super_::lookup(vm, class.value(vm), start.value(vm), name.get(vm))
    else {
        return Ok(None);
    };
    Ok(Some((vm.local(found), start)))
}
fn super_object(vm: &mut Vm, args: Local, explicit: bool) -> Py<Local> {
    let callable = Local::at(args.0);
    let (class, receiver) = (Local::at(args.0 + 1), Local::at(args.0 + 2));
    // Without arguments `super` itself finds class and self; what it was rebound to is called as it was written.
    let ret = if explicit
        || callable.value(vm) == vm.type_object(&crate::objects::super_::SUPER).value()
    {
        vm.call(callable, &[class, receiver])?
    } else {
        vm.call(callable, &[])?
    };
    Ok(ret.keep(vm))
}
pub(crate) fn load_super_attr(vm: &mut Vm, args: Local, site: u16, explicit: bool) -> Py<Ret> {
    if let Some((found, class)) = super_lookup(vm, args, site)? {
        let receiver = Local::at(args.0 + 2);
        // `super(C, C)` in a class method: binding without an instance where the receiver is the class itself.
        let none = vm.local(Value::EMPTY);
        let obj = if receiver.value(vm) == class.value(vm) {
            none
        } else {
            receiver
        };
        if vm.binds(found.value(vm)) == crate::attr::Binds::Method {
            if obj.value(vm).is_empty() {
                return Ok(vm.ret(found.value(vm)));
            }
            let bound = crate::objects::function::bind(vm, found.value(vm), obj.value(vm)).word();
            vm.ret.set(bound);
            return Ok(Ret(()));
        }
        return vm.descr_get(found, obj, class);
    }
    let object = super_object(vm, args, explicit)?;
    let name = site_name_local(vm, site);
    vm.get_attr(object, name)
}
pub(crate) fn load_super_method(vm: &mut Vm, f: &Fr, i: Instr) -> Py<()> {
    let args: Local = Local::at(f.base + u32::from(i.b()));
    let pair = f.base + u32::from(i.a());
    if let Some((found, class)) = super_lookup(vm, args, i.c())? {
        let receiver = Local::<k::Any>::at(args.0 + 2);
        if vm.binds(found.value(vm)) == crate::attr::Binds::Method
            && receiver.value(vm) != class.value(vm)
        {
            let (func, this) = (found.word(vm), receiver.word(vm));
            let start = Local::<k::Any>::at(args.0 + 1).value(vm);
            cache::fill_super_method(vm, i.c(), start, receiver.value(vm), found.value(vm));
            vm.set_stack_word(pair, func);
            vm.set_stack_word(pair + header::SIZE, this);
            return Ok(());
        }
    }
    let word = load_super_attr(vm, args, i.c(), i.d() == 1)?.get(vm).word();
    vm.set_stack_word(pair + 1, word);
    vm.set_stack_word(pair + header::SIZE, Word::EMPTY);
    Ok(())
}

/// A special method of a context manager as a method pair.
pub(crate) fn load_special(vm: &mut Vm, f: &Fr, i: Instr) -> Py<()> {
    let obj = Local::at(f.base + u32::from(i.b()));
    let pair = f.base + u32::from(i.a());
    let which = Special::from_u8(i.d()).unwrap_or(Special::Enter);
    let dunder = match which {
        Special::Enter => Dunder::Enter,
        Special::Exit => Dunder::Exit,
        Special::AEnter => Dunder::AEnter,
        Special::AExit => Dunder::AExit,
    };
    let Some(method) = vm.special_of(obj.value(vm), dunder) else {
        return Err(no_context_manager(vm, obj, which));
    };
    if vm.binds(method) == crate::attr::Binds::Method {
        let (func, this) = (method.word(), obj.word(vm));
        vm.set_stack_word(pair, func);
        vm.set_stack_word(pair + header::SIZE, this);
        return Ok(());
    }
    let [method, class] = vm.locals([method, vm.type_of(obj.value(vm)).value()]);
    let bound = vm.descr_get(method, obj, class)?.get(vm).word();
    vm.set_stack_word(pair + 1, bound);
    vm.set_stack_word(pair + header::SIZE, Word::EMPTY);
    Ok(())
}
#[cold]
fn no_context_manager(vm: &Vm, obj: Local, which: Special) -> Raised {
    let class = vm.type_name_for_error(obj.value(vm));
    // Only what binds to the object counts as a method of the other protocol.
    let has = |d: Dunder| {
        vm.special_of(obj.value(vm), d).is_some_and(|f| {
            f.kind(vm) == Kind::Function || vm.special_of(f, Dunder::Get).is_some()
        })
    };
    let (protocol, missed, other) = match which {
        Special::Enter => (
            "context manager",
            "__enter__",
            has(Dunder::AEnter) && has(Dunder::AExit),
        ),
        Special::Exit => (
            "context manager",
            "__exit__",
            has(Dunder::AEnter) && has(Dunder::AExit),
        ),
        Special::AEnter => (
            "asynchronous context manager",
            "__aenter__",
            has(Dunder::Enter) && has(Dunder::Exit),
        ),
        Special::AExit => (
            "asynchronous context manager",
            "__aexit__",
            has(Dunder::Enter) && has(Dunder::Exit),
        ),
    };
    let hint = match (which, other) {
        (Special::Enter | Special::Exit, true) => {
            " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
        }
        (Special::AEnter | Special::AExit, true) => {
            " but it supports the context manager protocol. Did you mean to use 'with'?"
        }
        _ => "",
    };
    vm.type_error(format!(
        "'{class}' object does not support the {protocol} protocol (missed {missed} method){hint}"
    ))
}

//! `_local`: attributes that each thread has for itself.
//!
//! An instance keeps a dict for each thread that has used it. Before anything is looked up or set the running thread's dict becomes the instance's own, so that what follows is
//! an ordinary object's. A thread notes, by weak references, which instances it has used; when it ends its dicts go.

use crate::support::*;
use mesapy_vm::vm::Pinned;

/// Dict from the idents of threads to their dicts.
const DICTS: usize = 0;
/// The ident of the thread whose dict is the instance's own.
const CURRENT: usize = 1;
/// What `__init__` was given.
const ARGS: usize = 2;
const KWARGS: usize = 3;
pub static LOCAL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_thread._local",
    doc: "Thread-local data",
    layout: Layout::Slots(4),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__getattribute__(self, name, /)" => calls getattribute(this, name), "Return getattr(self, name).";
        "__setattr__(self, name, value, /)" => calls setattr(this, name, value), "Implement setattr(self, name, value).";
        "__delattr__(self, name, /)" => calls delattr(this, name), "Implement delattr(self, name).";
    },
    ..TypeDef::EMPTY
};

/// Lists of weak references to the instances that threads have used, by ident.
#[derive(Default)]
pub struct Used(std::collections::HashMap<i64, Pinned>);

fn new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    let given = tuple_len(vm, args) > 0 || has_keywords(vm, kwargs);
    if given {
        let vm: &Vm = vm;
        let init = vm.intern(b"__init__");
        let class = object::check_new_class(vm, cls, &LOCAL)?;
        if vm.type_lookup(class, init) == vm.type_lookup(vm.type_object(&object::OBJECT), init) {
            return Err(vm.type_error("Initialization arguments are not supported"));
        }
    }
    let made = make(vm, cls, &LOCAL)?;
    set_slot(vm, made, DICTS, vm.new_dict().value());
    set_slot(vm, made, ARGS, args.value(vm));
    set_slot(vm, made, KWARGS, kwargs.value(vm));
    let me = vm.thread_ident();
    set_int_slot(vm, made, CURRENT, me);
    // The dict that it was made with is this thread's.
    let dict = object::get_dict(vm, made)?.keep(vm);
    remember(vm, made, me, dict)?;
    Ok(made)
}
fn remember(vm: &mut Vm, this: Local, me: i64, dict: Local) -> Py<()> {
    let dicts = slot_local(vm, this, DICTS);
    let key = vm.local(vm.int(me));
    vm.dict_set(dicts, key, dict)?;
    let pin = vm.state::<Used>().0.get(&me).copied();
    let vm: &mut Vm = vm;
    let list = match pin {
        Some(pin) => vm.local(vm.pinned(pin)),
        None => {
            let list = vm.local(vm.new_list(&[])?.value());
            let pin = vm.pin(list.value(vm));
            vm.state::<Used>().0.insert(me, pin);
            list
        }
    };
    let vm: &Vm = vm;
    if let (Some(o), Some(l)) = (this.value(vm).as_obj(), list.value(vm).as_list(vm)) {
        // Where many have died the list is made shorter.
        if l.len(vm) >= 64 && l.len(vm).is_power_of_two() {
            let mut i = l.len(vm);
            while i > 0 {
                i -= 1;
                if l.at(vm, i).is_some_and(|w| vm.weakref_target(w).is_none()) {
                    l.remove_range(vm, i, i + 1);
                }
            }
        }
        l.push(vm, vm.new_weakref_value(o, Value::EMPTY))?;
    }
    Ok(())
}
/// Makes the running thread's dict the instance's own.
fn enter(vm: &mut Vm, this: Local) -> Py<()> {
    let me = vm.thread_ident();
    if int_slot(vm, this, CURRENT) == me {
        return Ok(());
    }
    vm.scope(|vm| {
        let key = vm.local(vm.int(me));
        let dicts = slot_local(vm, this, DICTS);
        if dicts.value(vm).as_dict(vm).is_none() {
            return Ok(());
        }
        let known = vm.dict_get(dicts, key)?;
        let known = known.map(|r| r.keep(vm));
        if let Some(dict) = known {
            object::set_dict(vm, this, dict)?;
            set_int_slot(vm, this, CURRENT, me);
            return Ok(());
        }
        let dict = vm.local(vm.new_dict().value());
        object::set_dict(vm, this, dict)?;
        set_int_slot(vm, this, CURRENT, me);
        remember(vm, this, me, dict)?;
        let class = class_local(vm, this);
        let init = vm.get_attr_str(class, "__init__")?.keep(vm);
        let plain = {
            let vm: &Vm = vm;
            let name = vm.intern(b"__init__");
            vm.type_lookup(vm.type_of(this.value(vm)), name)
                == vm.type_lookup(vm.type_object(&object::OBJECT), name)
        };
        if plain {
            return Ok(());
        }
        let mut all = vec![this];
        let args = slot_local(vm, this, ARGS);
        all.extend(tuple_locals(vm, args));
        let args = tuple_of(vm, &all)?;
        let kwargs = slot_local(vm, this, KWARGS);
        let made = vm.call_ex(init, args, kwargs).map(|r| {
            r.keep(vm);
        });
        if made.is_err() {
            let e = made;
            let raised = match e {
                Err(raised) => raised,
                Ok(()) => return Ok(()),
            };
            let e = vm.take_exception_local(raised);
            vm.dict_del(dicts, key)?;
            set_int_slot(vm, this, CURRENT, 0);
            return Err(vm.raise_again(e.value(vm)));
        }
        Ok(())
    })
}
fn getattribute(vm: &mut Vm, this: Local, name: Local) -> Py<Ret> {
    enter(vm, this)?;
    object::object_getattribute(vm, this, name)
}
fn is_dict_name(vm: &Vm, name: Local) -> bool {
    name.value(vm)
        .as_str(vm)
        .is_some_and(|s| s.bytes(vm) == b"__dict__")
}
fn read_only(vm: &Vm, this: Local) -> Raised {
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    vm.raise_text(
        &exc::ATTRIBUTE_ERROR,
        &format!("'{name}' object attribute '__dict__' is read-only"),
    )
}
fn setattr(vm: &mut Vm, this: Local, name: Local<k::Str>, value: Local) -> Py<()> {
    if is_dict_name(vm, name.any()) {
        return Err(read_only(vm, this));
    }
    enter(vm, this)?;
    vm.generic_set_attr(this, name, value)
}
fn delattr(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<()> {
    if is_dict_name(vm, name.any()) {
        return Err(read_only(vm, this));
    }
    enter(vm, this)?;
    let empty = vm.local(Value::EMPTY);
    vm.generic_set_attr(this, name, empty)
}
/// A thread ends: its dicts go.
pub fn forget_thread(vm: &mut Vm, ident: i64) {
    let Some(pin) = vm.state::<Used>().0.remove(&ident) else {
        return;
    };
    let list = vm.local(vm.pinned(pin));
    vm.unpin(pin);
    let [key, object] = vm.locals([vm.int(ident), Value::NONE]);
    let mut i = 0;
    while let Some(reference) = list.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) {
        i += 1;
        let Some(target) = vm.weakref_target(reference) else {
            continue;
        };
        object.set(vm, target);
        let dicts = slot_local(vm, object, DICTS);
        if let Err(raised) = vm.dict_del(dicts, key) {
            vm.take_exception(raised);
        }
        if int_slot(vm, object, CURRENT) == ident {
            set_int_slot(vm, object, CURRENT, 0);
            let fresh = vm.local(vm.new_dict().value());
            if let Err(raised) = object::set_dict(vm, object, fresh) {
                vm.take_exception(raised);
            }
        }
    }
}

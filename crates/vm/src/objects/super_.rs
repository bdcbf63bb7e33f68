//! `super`.

use crate::layout::types;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::{GetSet, Method};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Str, Value};

pub static SUPER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "super",
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)",
    layout: Layout::Slots(3),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
const THIS_CLASS: usize = 0;
const SELF: usize = 1;
const SELF_CLASS: usize = 2;

static METHODS: &[Method] = crate::methods! {
    "__init__(self, /, *args)" => calls init(this, args), "Initialize self.  See help(type(self)) for accurate signature.";
    "__getattribute__(self, name, /)" => calls getattribute(this, name), "Return getattr(self, name).";
    "__get__(self, instance, owner=None, /)" => calls get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
};

/// The class whose order `super(class, receiver)` follows.
pub(crate) fn receiver_class(vm: &mut Vm, class: Local, receiver: Local) -> Py<Local> {
    let vm: &mut Vm = vm;
    {
        let vm: &Vm = vm;
        let Some(c) = class
            .value(vm)
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Type)
        else {
            return Err(vm.type_error(format!(
                "super() argument 1 must be a type, not {}",
                vm.type_name_for_error(class.value(vm))
            )));
        };
        if let Some(r) = receiver
            .value(vm)
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::Type)
        {
            if vm.is_subtype(r, c) {
                return Ok(vm.local(r.value()));
            }
        }
        let own = vm.type_of(receiver.value(vm));
        if vm.is_subtype(own, c) {
            return Ok(vm.local(own.value()));
        }
    }
    // A proxy may claim another class.
    if let Some(r) = vm.lookup_attr_str(receiver, "__class__")? {
        let claimed = r.keep(vm);
        let vm: &Vm = vm;
        if let (Some(a), Some(b)) = (
            claimed
                .value(vm)
                .as_obj()
                .filter(|o| o.kind(vm) == Kind::Type),
            class.value(vm).as_obj(),
        ) {
            if vm.is_subtype(a, b) {
                return Ok(claimed);
            }
        }
    }
    let is_type = vm.is_type(receiver.value(vm));
    let shown = if is_type {
        vm.type_short_name(receiver.value(vm))
    } else {
        vm.type_name_for_error(receiver.value(vm))
    };
    let what = if is_type { "type" } else { "instance of" };
    Err(vm.type_error(format!(
        "super(type, obj): obj ({what} {shown}) is not an instance or subtype of type ({}).",
        vm.type_short_name(class.value(vm))
    )))
}
/// The attribute in the order of `start`, behind `class`.
pub(crate) fn lookup<'v>(
    vm: &'v Vm,
    class: Value<'v>,
    start: Value<'v>,
    name: Str<'v>,
) -> Option<Value<'v>> {
    if name.bytes(vm) == b"__class__" {
        return None;
    }
    let mro = start.as_obj()?.slot(vm, types::MRO).as_tuple(vm)?;
    let name = vm.intern(name.bytes(vm));
    let mut behind = false;
    for c in mro.iter(vm) {
        if behind {
            if let Some(found) = c
                .as_obj()
                .filter(|o| o.kind(vm) == Kind::Type)
                .and_then(|c| vm.type_dict(c).get_str(vm, name))
            {
                return Some(found);
            }
        }
        behind |= c == class;
    }
    None
}

/// `super()` without arguments: the class from the `__class__` cell of the calling function, its first argument as receiver.
fn implicit(vm: &Vm) -> Py<(Value<'_>, Value<'_>)> {
    let base = vm.base.get();
    if base == 0 {
        return Err(vm.runtime_error("super(): no current frame"));
    }
    let code = vm.frame_code(base);
    if crate::code::int_slot(vm, code, crate::layout::code::ARGCOUNT) == 0
        && !crate::code::flags(vm, code).has(mesapy_bytecode::CodeFlags::VARARGS)
    {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    let first = vm.stack_word(base).value(vm);
    // Its cell, if the function shares it with inner ones; an argument may happen to be a cell, too.
    let name = crate::code::names(vm, code, crate::layout::code::VARNAMES).at(vm, 0);
    let shared = crate::code::names(vm, code, crate::layout::code::CELLVARS)
        .iter(vm)
        .any(|cell| Some(cell) == name);
    let first = match first.as_cell(vm) {
        Some(cell) if shared => cell.get(vm),
        _ => first,
    };
    if first.is_empty() {
        return Err(vm.runtime_error("super(): arg[0] deleted"));
    }
    let free = crate::code::names(vm, code, crate::layout::code::FREEVARS);
    let at = crate::code::int_slot(vm, code, crate::layout::code::FIRST_FREE) as u32;
    for (i, name) in free.iter(vm).enumerate() {
        if name.as_str(vm).is_some_and(|s| s.bytes(vm) == b"__class__") {
            let class = vm
                .stack_word(base + at + i as u32)
                .value(vm)
                .as_cell(vm)
                .map_or(Value::EMPTY, |c| c.get(vm));
            if class.is_empty() {
                return Err(vm.runtime_error("super(): empty __class__ cell"));
            }
            if !vm.is_type(class) {
                return Err(vm.runtime_error(format!(
                    "super(): __class__ is not a type ({})",
                    vm.type_name_for_error(class)
                )));
            }
            return Ok((class, first));
        }
    }
    Err(vm.runtime_error("super(): __class__ cell not found"))
}
fn init(vm: &mut Vm, this: Local, args: Local<k::Tuple>) -> Py<()> {
    let n = args.get(vm).len(vm);
    let at = |vm: &Vm, i: usize| args.get(vm).at(vm, i).unwrap_or(Value::NONE).word();
    let (class, receiver) = match n {
        0 => {
            let (c, r) = implicit(vm)?;
            (c.word(), r.word())
        }
        1 => (at(vm, 0), Value::NONE.word()),
        2 => (at(vm, 0), at(vm, 1)),
        _ => return Err(vm.type_error(format!("super() expected at most 2 arguments, got {n}"))),
    };
    let [class, receiver] = vm.locals([class.value(vm), receiver.value(vm)]);
    if !vm.is_type(class.value(vm)) {
        return Err(vm.type_error(format!(
            "super() argument 1 must be a type, not {}",
            vm.type_name_for_error(class.value(vm))
        )));
    }
    let start = if receiver.value(vm).is_none() {
        vm.local(Value::NONE)
    } else {
        receiver_class(vm, class, receiver)?
    };
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    o.set_slot(vm, THIS_CLASS, class.value(vm));
    o.set_slot(vm, SELF, receiver.value(vm));
    o.set_slot(vm, SELF_CLASS, start.value(vm));
    Ok(())
}
fn slot(vm: &Vm, this: Local, i: usize) -> Local {
    let v = this
        .value(vm)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, i));
    vm.local(if v.is_empty() { Value::NONE } else { v })
}
fn getattribute(vm: &mut Vm, this: Local, name: Local<k::Str>) -> Py<Ret> {
    vm.intern_local(name);
    let (class, receiver, start) = (
        slot(vm, this, THIS_CLASS),
        slot(vm, this, SELF),
        slot(vm, this, SELF_CLASS),
    );
    if !start.value(vm).is_none() {
        if let Some(found) = lookup(vm, class.value(vm), start.value(vm), name.get(vm)) {
            let found = vm.local(found);
            let none = vm.local(Value::EMPTY);
            let obj = if receiver.value(vm) == start.value(vm) {
                none
            } else {
                receiver
            };
            return vm.descr_get(found, obj, start);
        }
    }
    match vm.generic_lookup(this, name)? {
        Some(ret) => Ok(ret),
        None => {
            let text = format!(
                "'super' object has no attribute '{}'",
                vm.text_of(name.value(vm))
            );
            Err(vm.attribute_error(&text, this.value(vm), name.value(vm)))
        }
    }
}
fn get(vm: &mut Vm, this: Local, instance: Local, _owner: Option<Local>) -> Py<Ret> {
    let receiver = slot(vm, this, SELF);
    if instance.value(vm).is_none() || !receiver.value(vm).is_none() {
        return Ok(vm.ret(this.value(vm)));
    }
    let class = slot(vm, this, THIS_CLASS);
    let own = vm.local(vm.type_of(this.value(vm)).value());
    vm.call(own, &[class, instance])
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let (class, start) = (slot(vm, this, THIS_CLASS), slot(vm, this, SELF_CLASS));
    let name = if class.value(vm).is_none() {
        "NULL".to_string()
    } else {
        vm.type_short_name(class.value(vm))
    };
    Ok(if start.value(vm).is_none() {
        format!("<super: <class '{name}'>, NULL>")
    } else {
        format!(
            "<super: <class '{name}'>, <{} object>>",
            vm.type_short_name(start.value(vm))
        )
    })
}
static GETSET: &[GetSet] = &[
    GetSet {
        name: "__thisclass__",
        get: |vm, this| {
            Ok({
                let l = slot(vm, this, THIS_CLASS);
                vm.ret(l.value(vm))
            })
        },
        set: None,
        doc: "the class invoking super()",
    },
    GetSet {
        name: "__self__",
        get: |vm, this| {
            Ok({
                let l = slot(vm, this, SELF);
                vm.ret(l.value(vm))
            })
        },
        set: None,
        doc: "the instance invoking super(); may be None",
    },
    GetSet {
        name: "__self_class__",
        get: |vm, this| {
            Ok({
                let l = slot(vm, this, SELF_CLASS);
                vm.ret(l.value(vm))
            })
        },
        set: None,
        doc: "the type of the instance invoking super(); may be None",
    },
];

//! `defaultdict`: a dict whose missing keys are made by a factory. Slot 0 is the dict that the instance wraps.

use crate::support::*;
use mesapy_vm::objects::dict::DICT;

const FACTORY: usize = 1;

pub static DEFAULTDICT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "collections.defaultdict",
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.",
    base: Some(&DICT),
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
        "__missing__(self, object, /)" => calls missing(this, key), "Called by __getitem__ for missing key.";
        "__repr__(self, /)" => calls repr(this), "Return repr(self).";
        "copy(self, /)" => calls copy(this), "Return a shallow copy.";
        "__copy__(self, /)" => calls copy(this), "Return a shallow copy.";
        "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
        "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
        "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
        "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    },
    getset: &[GetSet {
        name: "default_factory",
        get: |vm, this| {
            let f = factory(vm, this);
            Ok(vm.ret(f.value(vm)))
        },
        set: Some(|vm, this, value| {
            let value = value.value(vm);
            set_slot(
                vm,
                this,
                FACTORY,
                if value.is_empty() { Value::NONE } else { value },
            );
            Ok(())
        }),
        doc: "Factory for default value called by __missing__().",
    }],
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    let vm: &Vm = vm;
    let class = object::check_new_class(vm, cls, &DEFAULTDICT)?;
    let made = vm.local(object::wrap(vm, class, vm.new_dict().value())?);
    set_slot(vm, made, FACTORY, Value::NONE);
    Ok(made)
}
fn factory(vm: &Vm, this: Local) -> Local {
    slot_local(vm, this, FACTORY)
}
/// `dict.name` of the base class.
fn dict_method(vm: &mut Vm, name: &str) -> Py<Local> {
    let class = vm.local(vm.type_object(&DICT).value());
    Ok(vm.get_attr_str(class, name)?.keep(vm))
}
fn init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    let given = tuple_locals(vm, args);
    let mut rest = vec![this];
    match given.split_first() {
        Some((f, others)) => {
            if !f.value(vm).is_none() && !vm.is_callable(f.value(vm)) {
                return Err(vm.type_error("first argument must be callable or None"));
            }
            set_slot(vm, this, FACTORY, f.value(vm));
            rest.extend_from_slice(others);
        }
        None => set_slot(vm, this, FACTORY, Value::NONE),
    }
    let base = dict_method(vm, "__init__")?;
    let rest = tuple_of(vm, &rest)?;
    let _ = vm.call_ex(base, rest, kwargs)?.get(vm);
    Ok(())
}
fn missing(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let f = factory(vm, this);
    if f.value(vm).is_none() {
        return Err(vm.key_error(key.value(vm)));
    }
    let value = vm.call(f, &[])?.keep(vm);
    // The factory may have set the key itself: then that value stays.
    vm.dict_set_default(this, key, value)
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let base = dict_method(vm, "__repr__")?;
    let shown = vm.call(base, &[this])?.keep(vm);
    let shown = vm.text_of(shown.value(vm));
    let f = factory(vm, this);
    // A factory that is a method of the very dict would go round for ever.
    let made_by = if f.value(vm).is_none() {
        "None".to_owned()
    } else if vm.repr_enter(f.value(vm))? {
        let text = vm.repr_text(f);
        vm.repr_leave(f.value(vm));
        text?
    } else {
        "...".to_owned()
    };
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    Ok(format!("{name}({made_by}, {shown})"))
}
fn copy(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let f = factory(vm, this);
    vm.call(class, &[f, this])
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let f = factory(vm, this);
    let args = if f.value(vm).is_none() {
        tuple_of(vm, &[])?
    } else {
        tuple_of(vm, &[f])?
    };
    let items = vm.call_method(this, "items", &[])?.keep(vm);
    let iterator = vm.iter(items)?.keep(vm);
    let none = vm.local(Value::NONE);
    ret_tuple(vm, &[class, args, none, none, iterator])
}
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if other.value(vm).as_dict(vm).is_none() {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let made = copy(vm, this)?.keep(vm);
    let _ = vm.call_method(made, "update", &[other])?.get(vm);
    Ok(vm.ret(made.value(vm)))
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if other.value(vm).as_dict(vm).is_none() {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let class = class_local(vm, this);
    let f = factory(vm, this);
    let made = vm.call(class, &[f, other])?.keep(vm);
    let _ = vm.call_method(made, "update", &[this])?.get(vm);
    Ok(vm.ret(made.value(vm)))
}

//! `types.SimpleNamespace`.

use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::{GetSet, Method};
use crate::objects::object;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::Value;

pub static NAMESPACE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "types.SimpleNamespace",
    doc: "A simple attribute-based namespace.",
    layout: Layout::Slots(0),
    flags: TypeFlags::BASETYPE.with(TypeFlags::DICT),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
static GETSET: &[GetSet] = &[GetSet {
    name: "__dict__",
    get: object::get_dict,
    set: None,
    doc: "",
}];
static METHODS: &[Method] = crate::methods! {
    "__init__(self, mapping_or_iterable=(), /, **kwargs)" => calls init(this, mapping, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling";
    "__replace__(self, /, **changes)" => calls replace(this, changes), "Return a copy of the namespace object with new values for the specified attributes.";
};
/// An empty namespace.
pub(crate) fn new_namespace(vm: &Vm) -> Py<Value<'_>> {
    Ok(object::new_native_instance(vm, &NAMESPACE)?.value())
}
fn own(vm: &mut Vm, this: Local) -> Py<Local> {
    Ok(object::get_dict(vm, this)?.keep(vm))
}
fn init(vm: &mut Vm, this: Local, mapping: Option<Local>, kwargs: Local) -> Py<()> {
    let dict = vm.local(vm.new_dict().value());
    if let Some(m) = mapping {
        if m.value(vm).as_dict(vm).is_some() || vm.lookup_attr_str(m, "keys")?.is_some() {
            crate::objects::dict::merge(vm, dict, m)?;
        } else {
            let class = vm.local(vm.type_object(&crate::objects::dict::DICT).value());
            let pairs = vm.call(class, &[m])?.keep(vm);
            crate::objects::dict::merge(vm, dict, pairs)?;
        }
    }
    if kwargs.value(vm).as_dict(vm).is_some() {
        crate::objects::dict::merge(vm, dict, kwargs)?;
    }
    let vm: &Vm = vm;
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    for (key, value) in dict
        .value(vm)
        .as_dict(vm)
        .into_iter()
        .flat_map(|d| d.iter(vm))
    {
        let Some(s) = key.as_str(vm) else {
            return Err(vm.type_error("keywords must be strings"));
        };
        vm.attr_set(o, vm.intern(s.bytes(vm)), value)?;
    }
    Ok(())
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let class = vm.type_of(this.value(vm));
    let exact = class == vm.type_object(&NAMESPACE);
    let name = if exact {
        "namespace".to_string()
    } else {
        vm.type_short_name(class.value())
    };
    if !vm.repr_enter(this.value(vm))? {
        return Ok(format!("{name}(...)"));
    }
    let result = repr_items(vm, this);
    vm.repr_leave(this.value(vm));
    Ok(format!("{name}({})", result?))
}
fn repr_items(vm: &mut Vm, this: Local) -> Py<String> {
    let dict = own(vm, this)?;
    let keys = vm.list_from_iterable(dict)?.keep(vm);
    let mut out = Vec::new();
    let n = keys.value(vm).as_list(vm).map_or(0, |l| l.len(vm));
    for i in 0..n {
        let key = vm.local(
            keys.value(vm)
                .as_list(vm)
                .and_then(|l| l.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        if key.value(vm).as_str(vm).is_none_or(|s| s.byte_len(vm) == 0) {
            continue;
        }
        let value = vm.get_item(dict, key)?.keep(vm);
        out.push(format!(
            "{}={}",
            vm.text_of(key.value(vm)),
            vm.repr_text(value)?
        ));
    }
    Ok(out.join(", "))
}
fn compare(vm: &mut Vm, this: Local, other: Local) -> Py<Option<bool>> {
    if !vm.is_instance_of(other.value(vm), &NAMESPACE)
        || !vm.is_instance_of(this.value(vm), &NAMESPACE)
    {
        return Ok(None);
    }
    let (a, b) = (own(vm, this)?, own(vm, other)?);
    vm.equal(a, b).map(Some)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let same = compare(vm, this, other)?;
    Ok(vm.ret(same.map_or(Value::NOT_IMPLEMENTED, Value::bool)))
}
fn ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let same = compare(vm, this, other)?;
    Ok(vm.ret(same.map_or(Value::NOT_IMPLEMENTED, |s| Value::bool(!s))))
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let dict = own(vm, this)?;
    let vm: &Vm = vm;
    let parts = [
        vm.type_of(this.value(vm)).value(),
        vm.roots.empty_tuple(vm),
        dict.value(vm),
    ];
    Ok(vm.ret(vm.new_tuple(&parts)?.value()))
}
fn replace(vm: &mut Vm, this: Local, changes: Local<k::Any>) -> Py<Ret> {
    let class = vm.local(vm.type_of(this.value(vm)).value());
    let made = vm.call(class, &[])?.keep(vm);
    if !vm.is_instance_of(made.value(vm), &NAMESPACE) {
        let name = vm.qualified_class_name(class)?;
        return Err(vm.type_error(format!(
            "expect types.SimpleNamespace type, but {}() returned '{}' object",
            name,
            vm.type_name_for_error(made.value(vm))
        )));
    }
    let (from, to) = (own(vm, this)?, own(vm, made)?);
    crate::objects::dict::merge(vm, to, from)?;
    if changes.value(vm).as_dict(vm).is_some() {
        crate::objects::dict::merge(vm, to, changes)?;
    }
    Ok(vm.ret(made.value(vm)))
}

//! `types.MappingProxyType`: a read-only view of a mapping.

use crate::layout::types;
use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::Method;
use crate::objects::{generic_alias, object, support};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::{BinOp, CmpOp};
use mesapy_heap::{Kind, Value};

pub static MAPPING_PROXY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "mappingproxy",
    doc: "Read-only proxy of a mapping.",
    layout: Layout::Slots(1),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::MAPPING),
    methods: METHODS,
    ..TypeDef::EMPTY
};
/// The slot with the mapping.
const MAPPING: usize = 0;

static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__str__(self, /)" => calls str(this), "Return str(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__len__(self, /)" => calls len(this), "Return len(self).";
    "__getitem__(self, key, /)" => calls get_item(this, key), "Return self[key].";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => calls reversed(this), "";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__ior__(self, value, /)" => leaf ior(this, value), "Return self|=value.";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "See PEP 585";
    "copy(self, /)" => calls copy(this), "Return a shallow copy of the mappingproxy.";
    "get(self, key, default=None, /)" => calls get(this, key, default), "Return the value for key if key is in the mapping, else default.";
    "items(self, /)" => calls items(this), "Return a set-like object providing a view on the items.";
    "keys(self, /)" => calls keys(this), "Return a set-like object providing a view on the keys.";
    "values(self, /)" => calls values(this), "Return an object providing a view on the values.";
};

/// A proxy of a mapping.
pub(crate) fn new_proxy(vm: &mut Vm, mapping: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(proxy_value(vm, mapping.value(vm))))
}
pub fn proxy_value<'v>(vm: &'v Vm, mapping: Value<'_>) -> Value<'v> {
    let shape = vm
        .type_object(&MAPPING_PROXY)
        .slot(vm, types::ROOT_SHAPE)
        .as_shape(vm);
    let proxy = vm.new_object(Kind::Instance, MAPPING_PROXY.id.get().0, shape, 1);
    proxy.set_slot(vm, MAPPING, mapping);
    proxy.value()
}
/// The mapping behind a proxy.
pub(crate) fn mapping_of(vm: &Vm, this: Local) -> Local {
    let value = this.value(vm);
    match value
        .as_obj()
        .filter(|_| vm.has_layout(value, &MAPPING_PROXY))
    {
        Some(o) => vm.local(o.slot(vm, MAPPING)),
        None => this,
    }
}

fn new(vm: &mut Vm, cls: Local, args: Local<crate::local::k::Tuple>, kwargs: Local) -> Py<Ret> {
    object::check_new_class(vm, cls, &MAPPING_PROXY)?;
    let vm: &Vm = vm;
    let by_name = kwargs
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"mapping")));
    let Some(mapping) = args.get(vm).at(vm, 0).or(by_name) else {
        return Err(vm.type_error("mappingproxy() missing required argument 'mapping' (pos 1)"));
    };
    let n = args.get(vm).len(vm) + kwargs.value(vm).as_dict(vm).map_or(0, |d| d.len(vm));
    if n > 1 {
        return Err(vm.type_error(format!(
            "mappingproxy() takes at most 1 argument ({n} given)"
        )));
    }
    let is_sequence = matches!(mapping.unwrapped(vm).kind(vm), Kind::List | Kind::Tuple);
    if is_sequence
        || vm
            .special_of(mapping, crate::dunder::Dunder::GetItem)
            .is_none()
    {
        return Err(vm.type_error(format!(
            "mappingproxy() argument must be a mapping, not {}",
            vm.type_name_for_error(mapping)
        )));
    }
    Ok(vm.ret(proxy_value(vm, mapping)))
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let mapping = mapping_of(vm, this);
    let mut out = b"mappingproxy(".to_vec();
    support::push_repr(vm, &mut out, mapping)?;
    out.push(b')');
    support::str_ret(vm, &out)
}
fn str(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.str(mapping)
}
fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let mapping = mapping_of(vm, this);
    vm.hash(mapping)
}
fn len(vm: &mut Vm, this: Local) -> Py<usize> {
    let mapping = mapping_of(vm, this);
    vm.len(mapping)
}
fn get_item(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.get_item(mapping, key)
}
fn contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    let mapping = mapping_of(vm, this);
    vm.contains(mapping, key)
}
fn iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.iter(mapping)
}
fn reversed(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.call_method(mapping, "__reversed__", &[])
}
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.rich_compare(mapping, other, op)
}
support::comparisons!(crate::local::k::Any, compare);
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let (a, b) = (mapping_of(vm, this), mapping_of(vm, other));
    vm.binary(BinOp::Or, a, b)
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    or(vm, other, this)
}
fn ior<'v>(vm: &'v Vm, this: Value<'v>, _other: Value<'v>) -> Py<Value<'v>> {
    Err(vm.type_error(format!(
        "'|=' is not supported by {}; use '|' instead",
        vm.type_name_for_error(this)
    )))
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    generic_alias::new_alias(vm, cls, item)
}
fn copy(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.call_method(mapping, "copy", &[])
}
fn get(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    let default = default.unwrap_or_else(|| vm.local(Value::NONE));
    vm.call_method(mapping, "get", &[key, default])
}
fn items(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.call_method(mapping, "items", &[])
}
fn keys(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.call_method(mapping, "keys", &[])
}
fn values(vm: &mut Vm, this: Local) -> Py<Ret> {
    let mapping = mapping_of(vm, this);
    vm.call_method(mapping, "values", &[])
}

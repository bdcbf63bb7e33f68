//! `_tuplegetter`: the descriptors of namedtuple fields.

use crate::support::*;

const INDEX: usize = 0;
const DOC: usize = 1;

pub static TUPLEGETTER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "collections._tuplegetter",
    layout: Layout::Slots(2),
    methods: methods! {
        "__new__(cls, index, doc, /)" => static calls new(cls, index, doc), "Create and return a new object.  See help(type) for accurate signature.";
        "__get__(self, instance, owner=None, /)" => leaf get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
        "__set__(self, instance, value, /)" => leaf set(this, instance, value), "Set an attribute of instance to value.";
        "__delete__(self, instance, /)" => leaf delete(this, instance), "Delete an attribute of instance.";
        "__reduce__(self, /)" => calls reduce(this), "";
        "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    },
    getset: &[GetSet {
        name: "__doc__",
        get: |vm, this| {
            let doc = slot_local(vm, this, DOC);
            Ok(vm.ret(doc.value(vm)))
        },
        set: Some(|vm, this, value| {
            let value = value.value(vm);
            set_slot(
                vm,
                this,
                DOC,
                if value.is_empty() { Value::NONE } else { value },
            );
            Ok(())
        }),
        doc: "",
    }],
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, index: i64, doc: Local) -> Py<Local> {
    let made = make(vm, cls, &TUPLEGETTER)?;
    set_int_slot(vm, made, INDEX, index);
    set_slot(vm, made, DOC, doc.value(vm));
    Ok(made)
}
fn get<'v>(
    vm: &'v Vm,
    this: Value<'v>,
    instance: Value<'v>,
    _owner: Option<Value<'v>>,
) -> Py<Value<'v>> {
    if instance.is_none() || instance.is_empty() {
        return Ok(this);
    }
    let index = this
        .as_obj()
        .and_then(|o| o.slot(vm, INDEX).as_i64(vm))
        .unwrap_or(0);
    let Some(tuple) = instance.as_tuple(vm) else {
        return Err(vm.type_error(format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{}' object",
            vm.type_name_for_error(instance)
        )));
    };
    usize::try_from(index)
        .ok()
        .and_then(|i| tuple.at(vm, i))
        .ok_or_else(|| vm.index_error("tuple index out of range"))
}
fn set(vm: &Vm, _this: Value<'_>, _instance: Value<'_>, _value: Value<'_>) -> Py<()> {
    Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "can't set attribute"))
}
fn delete(vm: &Vm, _this: Value<'_>, _instance: Value<'_>) -> Py<()> {
    Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "can't delete attribute"))
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let (index, doc) = (slot_local(vm, this, INDEX), slot_local(vm, this, DOC));
    let args = tuple_of(vm, &[index, doc])?;
    ret_tuple(vm, &[class, args])
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    let doc = slot_local(vm, this, DOC);
    let shown = vm.repr_text(doc)?;
    Ok(format!("{name}({}, {shown})", int_slot(vm, this, INDEX)))
}

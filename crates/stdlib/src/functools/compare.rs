//! The keys that `cmp_to_key` makes: ordered by an old-style comparison function.

use crate::support::*;
use mesapy_bytecode::CmpOp;

const CMP: usize = 0;
/// Empty in the factory that `cmp_to_key` returns.
const OBJ: usize = 1;

pub static KEY_WRAPPER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "functools.KeyWrapper",
    layout: Layout::Slots(2),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "__call__(self, /, obj)" => calls call(this, obj), "Call self as a function.";
        "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
        "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
        "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
        "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
        "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
        "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    },
    getset: &[GetSet {
        name: "obj",
        get: get_obj,
        set: Some(set_obj),
        doc: "Value wrapped by a key function.",
    }],
    ..TypeDef::EMPTY
};

pub fn new_key(vm: &mut Vm, cmp: Local, obj: Option<Local>) -> Py<Local> {
    let made = make_exact(vm, &KEY_WRAPPER)?;
    set_slot(vm, made, CMP, cmp.value(vm));
    if let Some(o) = obj {
        set_slot(vm, made, OBJ, o.value(vm));
    }
    Ok(made)
}
fn call(vm: &mut Vm, this: Local, obj: Local) -> Py<Local> {
    let cmp = slot_local(vm, this, CMP);
    new_key(vm, cmp, Some(obj))
}
fn get_obj(vm: &mut Vm, this: Local) -> Py<Ret> {
    let value = slot(vm, this, OBJ);
    Ok(vm.ret(if value.is_empty() { Value::NONE } else { value }))
}
fn set_obj(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    set_slot(vm, this, OBJ, value.value(vm));
    Ok(())
}
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    if !vm.is_exactly(other.value(vm), &KEY_WRAPPER) {
        return Err(vm.type_error("other argument must be K instance"));
    }
    let (x, y) = (slot_local(vm, this, OBJ), slot_local(vm, other, OBJ));
    if x.value(vm).is_empty() || y.value(vm).is_empty() {
        let name = vm.intern(b"object").value();
        return Err(vm.attribute_error("object", this.value(vm), name));
    }
    let cmp = slot_local(vm, this, CMP);
    let answer = vm.call(cmp, &[x, y])?.keep(vm);
    let zero = vm.local(vm.int(0));
    vm.rich_compare(answer, zero, op)
}
macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => { $( fn $name(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> { compare(vm, this, other, CmpOp::$op) } )* };
}
comparisons! { lt Lt; le Le; eq Eq; ne Ne; gt Gt; ge Ge; }

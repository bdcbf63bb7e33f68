//! Cells: variables that closures share. An Empty content is an unbound variable.

use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::object::check_new_class;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value};

pub static CELL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "cell",
    doc: "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    layout: Layout::Kind(Kind::Cell),
    flags: TypeFlags::IMMUTABLE,
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, contents=<unrepresentable>, /)" => static calls cell_new(cls, contents), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf cell_repr(this), "Return repr(self).";
    "__lt__(self, value, /)" => calls lt(this, other), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, other), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, other), "Return self>=value.";
};
static GETSET: &[GetSet] = &[GetSet {
    name: "cell_contents",
    get: contents,
    set: Some(set_contents),
    doc: "",
}];

fn cell_new(vm: &mut Vm, cls: Local, contents: Option<Local>) -> Py<Ret> {
    check_new_class(vm, cls, &CELL)?;
    let vm: &Vm = vm;
    let content = contents.map_or(Value::EMPTY, |c| c.value(vm));
    Ok(vm.ret(vm.new_cell(content).value()))
}
fn cell_repr(vm: &Vm, this: Value<'_>) -> Py<String> {
    let at = vm.id(this);
    let content = this.as_cell(vm).map_or(Value::EMPTY, |c| c.get(vm));
    Ok(if content.is_empty() {
        format!("<cell at {at:#x}: empty>")
    } else {
        format!(
            "<cell at {at:#x}: {} object at {:#x}>",
            vm.type_name_for_error(content),
            vm.id(content)
        )
    })
}
fn contents(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    match this.value(vm).as_cell(vm).map(|c| c.get(vm)) {
        Some(v) if !v.is_empty() => Ok(vm.ret(v)),
        _ => Err(vm.value_error("cell is empty")),
    }
}
fn set_contents(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    if let Some(cell) = this.value(vm).as_cell(vm) {
        cell.set(vm, value.value(vm));
    }
    Ok(())
}

/// Compares contents; an empty cell comes before every other.
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    let (a, b) = {
        let vm: &Vm = vm;
        match (this.value(vm).as_cell(vm), other.value(vm).as_cell(vm)) {
            (Some(a), Some(b)) => (vm.local(a.get(vm)), vm.local(b.get(vm))),
            _ => return Ok(vm.ret(Value::NOT_IMPLEMENTED)),
        }
    };
    let (full_a, full_b) = (!a.value(vm).is_empty(), !b.value(vm).is_empty());
    if full_a && full_b {
        return vm.rich_compare(a, b, op);
    }
    let order = full_a.cmp(&full_b);
    let holds = match op {
        CmpOp::Lt => order.is_lt(),
        CmpOp::Le => order.is_le(),
        CmpOp::Eq => order.is_eq(),
        CmpOp::Ne => order.is_ne(),
        CmpOp::Gt => order.is_gt(),
        CmpOp::Ge => order.is_ge(),
    };
    Ok(vm.ret(Value::bool(holds)))
}
fn lt(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Lt)
}
fn le(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Le)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Eq)
}
fn ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ne)
}
fn gt(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Gt)
}
fn ge(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ge)
}

//! Cells: variables that functions share.

use crate::local::{Local, Py, Ret};
use crate::native::{GetSet, Method};
use crate::objects::object;
use crate::typedef::{Layout, TypeDef, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value};

pub static CELL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "cell",
    doc: "Create a new cell object.",
    layout: Layout::Kind(Kind::Cell),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = crate::methods! {
    "__new__(cls, contents=<unrepresentable>, /)" => static calls new(cls, contents), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__lt__(self, value, /)" => calls lt(this, other), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, other), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, other), "Return self>=value.";
};
fn new(vm: &mut Vm, cls: Local, contents: Option<Local>) -> Py<Ret> {
    object::check_new_class(vm, cls, &CELL)?;
    let word = vm
        .new_cell(contents.map_or(Value::EMPTY, |c| c.value(vm)))
        .value()
        .word();
    Ok(vm.ret(word.value(vm)))
}
/// What a cell holds, in a local; Empty for an empty one.
fn content(vm: &Vm, this: Local) -> Local {
    vm.local(
        this.value(vm)
            .as_cell(vm)
            .map_or(Value::EMPTY, |c| c.get(vm)),
    )
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let held = content(vm, this).value(vm);
    let id = vm.id(this.value(vm));
    Ok(if held.is_empty() {
        format!("<cell at {id:#x}: empty>")
    } else {
        format!(
            "<cell at {id:#x}: {} object at {:#x}>",
            vm.type_name_for_error(held),
            vm.id(held)
        )
    })
}
/// By contents; an empty cell is less than any other.
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    if other.value(vm).kind(vm) != Kind::Cell {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let (a, b) = (content(vm, this), content(vm, other));
    let full = |l: Local| !l.value(vm).is_empty();
    let (x, y) = (full(a), full(b));
    if x && y {
        return vm.rich_compare(a, b, op);
    }
    let holds = match op {
        CmpOp::Lt => x < y,
        CmpOp::Le => x <= y,
        CmpOp::Eq => x == y,
        CmpOp::Ne => x != y,
        CmpOp::Gt => x > y,
        CmpOp::Ge => x >= y,
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
static GETSET: &[GetSet] = &[GetSet {
    name: "cell_contents",
    get: |vm, this| {
        let held = content(vm, this);
        if held.value(vm).is_empty() {
            return Err(vm.value_error("cell is empty"));
        }
        Ok(vm.ret(held.value(vm)))
    },
    set: Some(|vm, this, value| {
        if let Some(c) = this.value(vm).as_cell(vm) {
            c.set(vm, value.value(vm));
        }
        Ok(())
    }),
    doc: "",
}];

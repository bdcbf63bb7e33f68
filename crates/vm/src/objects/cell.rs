//! `cell`: a variable that closures share. Empty before it is assigned and after `del`.

use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::support;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Kind, Value};

pub static CELL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "cell",
    doc: "Create a new cell object.\n\n  contents\n    what the cell holds; without it the cell is empty,\n    and reading cell_contents raises ValueError",
    layout: Layout::Kind(Kind::Cell),
    flags: TypeFlags::IMMUTABLE,
    methods: METHODS,
    getset: &[GetSet {
        name: "cell_contents",
        get: |vm, this| match contents(vm, this.value(vm)) {
            Some(v) => Ok(vm.ret(v)),
            None => Err(vm.value_error("Cell is empty")),
        },
        set: Some(|vm, this, value| {
            if let Some(cell) = this.value(vm).as_cell(vm) {
                cell.set(vm, value.value(vm));
            }
            Ok(())
        }),
        doc: "",
    }],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__repr__(self, /)" => leaf repr(this), "Return repr(self).";
    "__lt__(self, value, /)" => calls lt(this, other), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, other), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, other), "Return self>=value.";
};

fn contents<'v>(vm: &'v Vm, this: Value<'v>) -> Option<Value<'v>> {
    this.as_cell(vm).and_then(|c| c.get(vm).non_empty())
}
fn new(vm: &mut Vm, _cls: Local, args: Local<crate::k::Tuple>, kwargs: Local) -> Py<Ret> {
    support::no_keywords(vm, "cell", kwargs)?;
    let vm: &Vm = vm;
    let args = args.get(vm);
    if args.len(vm) > 1 {
        return Err(vm.type_error(format!(
            "cell expected at most 1 argument, got {}",
            args.len(vm)
        )));
    }
    let held = args.at(vm, 0).unwrap_or(Value::EMPTY);
    Ok(vm.ret(vm.new_cell(held).value()))
}
fn repr(vm: &Vm, this: Value<'_>) -> Py<String> {
    let at = vm.id(this);
    Ok(match contents(vm, this) {
        Some(v) => format!(
            "<cell at {at:#x}: {} object at {:#x}>",
            vm.type_name_for_error(v),
            vm.id(v)
        ),
        None => format!("<cell at {at:#x}: empty>"),
    })
}
/// Cells compare by what they hold; an empty one is below all others.
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    if this.value(vm).as_cell(vm).is_none() || other.value(vm).as_cell(vm).is_none() {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let held = {
        let vm: &Vm = vm;
        let (x, y) = (contents(vm, this.value(vm)), contents(vm, other.value(vm)));
        match (x, y) {
            (Some(x), Some(y)) => vm.locals([x, y]),
            (x, y) => vm.locals([x, y].map(|v| vm.int(i64::from(v.is_some())))),
        }
    };
    vm.rich_compare(held[0], held[1], op)
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

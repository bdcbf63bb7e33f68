//! `cell`: the variable that closures share.

use crate::local::{Local, Py, Ret};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::typedef::{Layout, TypeDef, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Cell, Kind, Value};

pub static CELL: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "cell",
    doc: "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    layout: Layout::Kind(Kind::Cell),
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, contents=<unrepresentable>, /)" => static calls new(class, contents), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__lt__(self, value, /)" => calls less(this, other), "Return self<value.";
    "__le__(self, value, /)" => calls less_equal(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => calls equal(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls not_equal(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => calls greater(this, other), "Return self>value.";
    "__ge__(self, value, /)" => calls greater_equal(this, other), "Return self>=value.";
};
static GETSET: &[GetSet] = &[GetSet {
    name: "cell_contents",
    get: contents,
    set: Some(set_contents),
    doc: "",
}];

fn cell<'v>(vm: &'v Vm, this: Local) -> Py<Cell<'v>> {
    this.value(vm).as_exact_cell(vm).ok_or_else(|| {
        vm.type_error(format!(
            "expected cell object, got '{}'",
            vm.type_name_for_error(this.value(vm))
        ))
    })
}
fn new(vm: &mut Vm, class: Local, contents: Option<Local>) -> Py<Ret> {
    crate::objects::object::check_new_class(vm, class, &CELL)?;
    let vm: &Vm = vm;
    let content = contents.map_or(Value::EMPTY, |c| c.value(vm));
    Ok(vm.ret(vm.new_cell(content).value()))
}
/// Cells compare by what they hold; an empty one is less than any other.
fn compare(vm: &mut Vm, this: Local, other: Local, op: CmpOp) -> Py<Ret> {
    let held = |cell: Local| cell.value(vm).as_exact_cell(vm).map(|c| c.get(vm));
    let (Some(a), Some(b)) = (held(this), held(other)) else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    if a.is_empty() || b.is_empty() {
        let (a, b) = (!a.is_empty(), !b.is_empty());
        return Ok(vm.ret(Value::bool(match op {
            CmpOp::Lt => !a & b,
            CmpOp::Le => a <= b,
            CmpOp::Eq => a == b,
            CmpOp::Ne => a != b,
            CmpOp::Gt => a & !b,
            CmpOp::Ge => a >= b,
        })));
    }
    let [a, b] = vm.locals([a, b]);
    vm.rich_compare(a, b, op)
}
fn less(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Lt)
}
fn less_equal(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Le)
}
fn equal(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Eq)
}
fn not_equal(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ne)
}
fn greater(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Gt)
}
fn greater_equal(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    compare(vm, this, other, CmpOp::Ge)
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let vm: &Vm = vm;
    let address = |v: Value<'_>| v.word().bits() >> 32 << 3;
    let at = address(this.value(vm));
    Ok(match cell(vm, this)?.get(vm).non_empty() {
        None => format!("<cell at {at:#x}: empty>"),
        Some(v) => format!(
            "<cell at {at:#x}: {} object at {:#x}>",
            vm.type_name_for_error(v),
            address(v)
        ),
    })
}
fn contents(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    match cell(vm, this)?.get(vm).non_empty() {
        Some(v) => Ok(vm.ret(v)),
        None => Err(vm.value_error("Cell is empty")),
    }
}
fn set_contents(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    cell(vm, this)?.set(vm, value.value(vm));
    Ok(())
}

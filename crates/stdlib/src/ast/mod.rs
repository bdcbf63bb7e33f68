//! `_ast`: the classes of syntax trees.
//!
//! The classes are made in Python, from the grammar's table in `classes.py`, when the module is first imported. CPython: Python/Python-ast.c.

use mesapy_vm::builtins::execution::Request;
use mesapy_vm::local::k;
use mesapy_vm::module::NativeModule;
use mesapy_vm::{Local, Py, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_ast",
    doc: "",
    functions: &[],
    types: &[],
    init: Some(init),
};
const CLASSES: &str = include_str!("classes.py");
/// Names that `classes.py` needs only while it runs.
const HELPERS: &[&str] = &["_GRAMMAR", "_make", "_define", "_kinds"];

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let filename = vm.local_of::<k::Str>(vm.new_str(b"<frozen _ast>")?.value());
    let code = vm.compile_text(CLASSES, filename, Request::EXEC)?.keep(vm);
    let nothing = vm.local(mesapy_heap::Value::EMPTY);
    // The classes' functions see the names of their own namespace, of which the public ones go into the module.
    let space = vm.local_of::<k::Dict>(vm.new_dict().value());
    {
        let vm: &Vm = vm;
        let name = vm.new_str(b"ast")?;
        space
            .get(vm)
            .set_str(vm, vm.intern(b"__name__"), name.value())?;
    }
    let _: Ret = vm.run_code(code, space.any(), nothing, nothing)?;
    let vm: &Vm = vm;
    for (name, value) in space.get(vm).iter(vm) {
        let Some(name) = name.as_exact_str(vm) else {
            continue;
        };
        if !name.bytes(vm).starts_with(b"_") {
            dict.get(vm).set_str(vm, name, value)?;
        }
    }
    for helper in HELPERS {
        space.get(vm).del_str(vm, vm.intern(helper.as_bytes()));
    }
    Ok(())
}

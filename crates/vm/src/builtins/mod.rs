//! The `builtins` module: functions in the files beside this one, and the builtin types.

pub mod attributes;
pub mod classes;
pub mod execution;
pub mod interactive;
pub mod iteration;
pub mod numbers;
pub mod prompt;
pub mod text;
pub mod warnings;

use crate::layout::module;
use crate::local::{Local, Py, Raised, k};
use crate::module::NativeModule;
use crate::objects;
use crate::roots::Root;
use crate::vm::Vm;
use mesapy_heap::Value;

/// Tables of builtin functions, by area.
static TABLES: &[&[crate::native::Method]] = &[
    attributes::FUNCTIONS,
    classes::FUNCTIONS,
    execution::FUNCTIONS,
    interactive::FUNCTIONS,
    iteration::FUNCTIONS,
    numbers::FUNCTIONS,
    text::FUNCTIONS,
];

static BUILTINS: NativeModule = NativeModule {
    name: "builtins",
    doc: "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is not usually accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the same name as a builtin and need a value\nof the built-in.",
    functions: &[],
    types: &[],
    init: Some(fill),
};

/// Types whose names programs don't see in builtins.
fn is_public(name: &str) -> bool {
    matches!(
        name,
        "object"
            | "type"
            | "int"
            | "bool"
            | "float"
            | "complex"
            | "str"
            | "bytes"
            | "bytearray"
            | "memoryview"
            | "list"
            | "tuple"
            | "dict"
            | "set"
            | "frozenset"
            | "range"
            | "slice"
            | "property"
            | "classmethod"
            | "staticmethod"
            | "super"
            | "enumerate"
            | "zip"
            | "map"
            | "filter"
            | "reversed"
    )
}

fn fill(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    let d = dict.get(vm);
    let name = vm.intern(b"builtins").value();
    for f in TABLES.iter().flat_map(|t| t.iter()) {
        d.set_str(
            vm,
            vm.intern(f.name().as_bytes()),
            vm.native_function(f, name),
        )?;
    }
    for def in objects::all() {
        let class = vm.type_object(def);
        if is_public(def.name)
            || vm.type_flags(class).has(crate::types::Flags::EXCEPTION)
                && def.module() == "builtins"
        {
            d.set_str(vm, vm.intern(def.short_name().as_bytes()), class.value())?;
        }
    }
    for (name, value) in [
        ("None", Value::NONE),
        ("True", Value::TRUE),
        ("False", Value::FALSE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::bool(vm.config.optimize == 0)),
    ] {
        d.set_str(vm, vm.intern(name.as_bytes()), value)?;
    }
    for alias in ["IOError", "EnvironmentError"] {
        d.set_str(
            vm,
            vm.intern(alias.as_bytes()),
            vm.type_object(&objects::exceptions::OS_ERROR).value(),
        )?;
    }
    Ok(())
}

/// Makes the builtins module.
pub(crate) fn install(vm: &mut Vm) -> Py<()> {
    let module = crate::import::create_builtin(vm, &BUILTINS)?;
    let dict = module
        .value(vm)
        .as_obj()
        .map(|m| m.slot(vm, module::DICT))
        .ok_or(Raised(()))?;
    vm.roots.set(Root::Builtins, dict);
    if let Some(modules) = vm.roots.modules(vm).as_dict(vm) {
        modules.set_str(vm, vm.roots.names.builtins_module(vm), module.value(vm))?;
    }
    Ok(())
}

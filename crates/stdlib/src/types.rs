//! `_types`: names for the built-in types, which the `types` module takes over.

use crate::support::*;
use mesapy_vm::objects::{
    async_generators, cell, code, descriptors, frame, function, generators, generic_alias,
    mappingproxy, module, namespace, none, traceback, union,
};

pub static MODULE: NativeModule = NativeModule {
    name: "_types",
    doc: "Define names for built-in types.",
    functions: &[],
    types: &[],
    init: Some(init),
};
/// Modules hand each other C pointers in capsules. There is no C here, so no instance exists.
static CAPSULE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "PyCapsule",
    doc: "The type of objects that wrap a C pointer. None can be made.",
    flags: TypeFlags::NO_NEW,
    ..TypeDef::EMPTY
};
static NAMES: &[(&str, &TypeDef)] = &[
    ("AsyncGeneratorType", &async_generators::ASYNC_GENERATOR),
    ("BuiltinFunctionType", &function::BUILTIN),
    ("BuiltinMethodType", &function::BUILTIN),
    ("CapsuleType", &CAPSULE),
    ("CellType", &cell::CELL),
    (
        "ClassMethodDescriptorType",
        &descriptors::CLASSMETHOD_DESCRIPTOR,
    ),
    ("CodeType", &code::CODE),
    ("CoroutineType", &generators::COROUTINE),
    ("EllipsisType", &none::ELLIPSIS_TYPE),
    ("FrameType", &frame::FRAME),
    ("FunctionType", &function::FUNCTION),
    ("GeneratorType", &generators::GENERATOR),
    ("GenericAlias", &generic_alias::GENERIC_ALIAS),
    ("GetSetDescriptorType", &descriptors::GETSET),
    ("LambdaType", &function::FUNCTION),
    ("MappingProxyType", &mappingproxy::MAPPING_PROXY),
    ("MemberDescriptorType", &descriptors::MEMBER),
    ("MethodDescriptorType", &descriptors::METHOD_DESCRIPTOR),
    ("MethodType", &function::METHOD),
    ("MethodWrapperType", &descriptors::METHOD_WRAPPER),
    ("ModuleType", &module::MODULE),
    ("NoneType", &none::NONE_TYPE),
    ("NotImplementedType", &none::NOT_IMPLEMENTED_TYPE),
    ("SimpleNamespace", &namespace::NAMESPACE),
    ("TracebackType", &traceback::TRACEBACK),
    ("UnionType", &union::UNION),
    ("WrapperDescriptorType", &descriptors::WRAPPER_DESCRIPTOR),
];
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&CAPSULE)?;
    let vm: &Vm = vm;
    for (name, def) in NAMES {
        set_global(vm, dict, name, vm.type_object(def).value())?;
    }
    Ok(())
}

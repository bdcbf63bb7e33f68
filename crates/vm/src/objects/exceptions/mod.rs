//! The builtin exceptions: one table of types, and what all of them share.
//!
//! An exception is an `Instance` whose leading slots are those of `layout::exception`; families with fields of their own have them behind
//! ([`fields`]). A slot that was never set, or was deleted, is Empty and reads as None. Behaviour is by family: `base` (BaseException),
//! `carriers` (types that carry a field or two), `os`, `syntax`, `unicode`, `group`.

mod base;
mod carriers;
mod group;
mod import_from;
mod os;
mod raisers;
mod syntax;
mod unicode;

use crate::layout::{exception, types};
use crate::local::{Local, Py, Raised, Ret};
use crate::native::GetSet;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::{Obj, Value};

pub use carriers::stop_iteration_value;
pub(crate) use carriers::{
    complete_attribute_error, set_attribute_error_fields, set_name_error_field,
};
pub(crate) use group::{prep_reraise_star, wrap_in_group};
pub(crate) use import_from::cannot_import_name;

/// Native slots of the families, behind those of every exception.
pub mod fields {
    use crate::layout::exception::COUNT as FIRST;

    pub const PLAIN: u16 = FIRST as u16;

    pub mod stop {
        pub const VALUE: usize = super::FIRST;
        pub const COUNT: u16 = super::PLAIN + 1;
    }
    pub mod exit {
        pub const CODE: usize = super::FIRST;
        pub const COUNT: u16 = super::PLAIN + 1;
    }
    pub mod import {
        pub const MSG: usize = super::FIRST;
        pub const NAME: usize = super::FIRST + 1;
        pub const PATH: usize = super::FIRST + 2;
        pub const NAME_FROM: usize = super::FIRST + 3;
        pub const COUNT: u16 = super::PLAIN + 4;
    }
    pub mod attribute {
        pub const OBJ: usize = super::FIRST;
        pub const NAME: usize = super::FIRST + 1;
        pub const COUNT: u16 = super::PLAIN + 2;
    }
    pub mod name {
        pub const NAME: usize = super::FIRST;
        pub const COUNT: u16 = super::PLAIN + 1;
    }
    pub mod os {
        pub const ERRNO: usize = super::FIRST;
        pub const STRERROR: usize = super::FIRST + 1;
        pub const FILENAME: usize = super::FIRST + 2;
        pub const FILENAME2: usize = super::FIRST + 3;
        /// BlockingIOError: an int once it is known.
        pub const WRITTEN: usize = super::FIRST + 4;
        pub const COUNT: u16 = super::PLAIN + 5;
    }
    pub mod syntax {
        pub const MSG: usize = super::FIRST;
        pub const FILENAME: usize = super::FIRST + 1;
        pub const LINENO: usize = super::FIRST + 2;
        pub const OFFSET: usize = super::FIRST + 3;
        pub const TEXT: usize = super::FIRST + 4;
        pub const END_LINENO: usize = super::FIRST + 5;
        pub const END_OFFSET: usize = super::FIRST + 6;
        pub const PRINT_FILE_AND_LINE: usize = super::FIRST + 7;
        pub const METADATA: usize = super::FIRST + 8;
        pub const COUNT: u16 = super::PLAIN + 9;
    }
    pub mod unicode {
        pub const ENCODING: usize = super::FIRST;
        pub const OBJECT: usize = super::FIRST + 1;
        pub const START: usize = super::FIRST + 2;
        pub const END: usize = super::FIRST + 3;
        pub const REASON: usize = super::FIRST + 4;
        pub const COUNT: u16 = super::PLAIN + 5;
    }
    pub mod group {
        pub const MESSAGE: usize = super::FIRST;
        /// The tuple of exceptions.
        pub const EXCEPTIONS: usize = super::FIRST + 1;
        /// How the sequence given to the constructor looked, where it was neither list nor tuple.
        pub const SEQUENCE_REPR: usize = super::FIRST + 2;
        pub const COUNT: u16 = super::PLAIN + 3;
    }
}

/// The common base. Its flag `EXCEPTION`, which marks all exception types, is set by [`complete_types`].
pub static BASE_EXCEPTION: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "BaseException",
    doc: "Common base class for all exceptions",
    layout: Layout::Slots(fields::PLAIN),
    flags: TypeFlags::BASETYPE.with(TypeFlags::DICT),
    methods: base::METHODS,
    getset: base::GETSET,
    ..TypeDef::EMPTY
};

/// A row: `STATIC "Name" (BASE, slots) "doc" { fields that differ }`.
macro_rules! exceptions {
    ($($STATIC:ident $name:literal ($base:ident, $slots:expr) $doc:literal $({ $($field:ident: $value:expr),* })?;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $STATIC: TypeDef = TypeDef {
                id: TypeIdCell::new(),
                name: $name,
                doc: $doc,
                base: Some(&$base),
                layout: Layout::Slots($slots),
                flags: TypeFlags::BASETYPE,
                $($($field: $value,)*)?
                ..TypeDef::EMPTY
            };
        )*
        /// Every builtin exception, bases first.
        pub static ALL: &[&TypeDef] = &[&BASE_EXCEPTION, $(&$STATIC),*];
    };
}

use fields::PLAIN;
exceptions! {
    EXCEPTION "Exception" (BASE_EXCEPTION, PLAIN) "Common base class for all non-exit exceptions.";
    GENERATOR_EXIT "GeneratorExit" (BASE_EXCEPTION, PLAIN) "Request that a generator exit.";
    KEYBOARD_INTERRUPT "KeyboardInterrupt" (BASE_EXCEPTION, PLAIN) "Program interrupted by user.";
    SYSTEM_EXIT "SystemExit" (BASE_EXCEPTION, fields::exit::COUNT) "Request to exit from the interpreter." { methods: carriers::SYSTEM_EXIT, getset: carriers::SYSTEM_EXIT_FIELDS };
    BASE_EXCEPTION_GROUP "BaseExceptionGroup" (BASE_EXCEPTION, fields::group::COUNT) "A combination of multiple unrelated exceptions." { methods: group::METHODS, getset: group::GETSET };
    EXCEPTION_GROUP "ExceptionGroup" (BASE_EXCEPTION_GROUP, fields::group::COUNT) "";

    STOP_ITERATION "StopIteration" (EXCEPTION, fields::stop::COUNT) "Signal the end from iterator.__next__()." { methods: carriers::STOP_ITERATION, getset: carriers::STOP_ITERATION_FIELDS };
    STOP_ASYNC_ITERATION "StopAsyncIteration" (EXCEPTION, PLAIN) "Signal the end from iterator.__anext__().";
    ARITHMETIC_ERROR "ArithmeticError" (EXCEPTION, PLAIN) "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR "FloatingPointError" (ARITHMETIC_ERROR, PLAIN) "Floating-point operation failed.";
    OVERFLOW_ERROR "OverflowError" (ARITHMETIC_ERROR, PLAIN) "Result too large to be represented.";
    ZERO_DIVISION_ERROR "ZeroDivisionError" (ARITHMETIC_ERROR, PLAIN) "Second argument to a division or modulo operation was zero.";
    ASSERTION_ERROR "AssertionError" (EXCEPTION, PLAIN) "Assertion failed.";
    ATTRIBUTE_ERROR "AttributeError" (EXCEPTION, fields::attribute::COUNT) "Attribute not found." { methods: carriers::ATTRIBUTE_ERROR, getset: carriers::ATTRIBUTE_ERROR_FIELDS };
    BUFFER_ERROR "BufferError" (EXCEPTION, PLAIN) "Buffer error.";
    EOF_ERROR "EOFError" (EXCEPTION, PLAIN) "Read beyond end of file.";
    IMPORT_ERROR "ImportError" (EXCEPTION, fields::import::COUNT) "Import can't find module, or can't find name in module." { methods: carriers::IMPORT_ERROR, getset: carriers::IMPORT_ERROR_FIELDS };
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" (IMPORT_ERROR, fields::import::COUNT) "Module not found.";
    LOOKUP_ERROR "LookupError" (EXCEPTION, PLAIN) "Base class for lookup errors.";
    INDEX_ERROR "IndexError" (LOOKUP_ERROR, PLAIN) "Sequence index out of range.";
    KEY_ERROR "KeyError" (LOOKUP_ERROR, PLAIN) "Mapping key not found." { methods: carriers::KEY_ERROR };
    MEMORY_ERROR "MemoryError" (EXCEPTION, PLAIN) "Out of memory.";
    NAME_ERROR "NameError" (EXCEPTION, fields::name::COUNT) "Name not found globally." { methods: carriers::NAME_ERROR, getset: carriers::NAME_ERROR_FIELDS };
    UNBOUND_LOCAL_ERROR "UnboundLocalError" (NAME_ERROR, fields::name::COUNT) "Local name referenced but not bound to a value.";
    REFERENCE_ERROR "ReferenceError" (EXCEPTION, PLAIN) "Weak ref proxy used after referent went away.";
    RUNTIME_ERROR "RuntimeError" (EXCEPTION, PLAIN) "Unspecified run-time error.";
    NOT_IMPLEMENTED_ERROR "NotImplementedError" (RUNTIME_ERROR, PLAIN) "Method or function hasn't been implemented yet.";
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError" (RUNTIME_ERROR, PLAIN) "Operation blocked during Python finalization.";
    RECURSION_ERROR "RecursionError" (RUNTIME_ERROR, PLAIN) "Recursion limit exceeded.";
    SYNTAX_ERROR "SyntaxError" (EXCEPTION, fields::syntax::COUNT) "Invalid syntax." { methods: syntax::METHODS, getset: syntax::GETSET };
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError" (SYNTAX_ERROR, fields::syntax::COUNT) "incomplete input.";
    INDENTATION_ERROR "IndentationError" (SYNTAX_ERROR, fields::syntax::COUNT) "Improper indentation.";
    TAB_ERROR "TabError" (INDENTATION_ERROR, fields::syntax::COUNT) "Improper mixture of spaces and tabs.";
    SYSTEM_ERROR "SystemError" (EXCEPTION, PLAIN) "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    TYPE_ERROR "TypeError" (EXCEPTION, PLAIN) "Inappropriate argument type.";
    VALUE_ERROR "ValueError" (EXCEPTION, PLAIN) "Inappropriate argument value (of correct type).";
    UNICODE_ERROR "UnicodeError" (VALUE_ERROR, PLAIN) "Unicode related error.";
    UNICODE_DECODE_ERROR "UnicodeDecodeError" (UNICODE_ERROR, fields::unicode::COUNT) "Unicode decoding error." { methods: unicode::DECODE, getset: unicode::CODEC_FIELDS };
    UNICODE_ENCODE_ERROR "UnicodeEncodeError" (UNICODE_ERROR, fields::unicode::COUNT) "Unicode encoding error." { methods: unicode::ENCODE, getset: unicode::CODEC_FIELDS };
    UNICODE_TRANSLATE_ERROR "UnicodeTranslateError" (UNICODE_ERROR, fields::unicode::COUNT) "Unicode translation error." { methods: unicode::TRANSLATE, getset: unicode::TRANSLATE_FIELDS };

    OS_ERROR "OSError" (EXCEPTION, fields::os::COUNT) "Base class for I/O related errors." { methods: os::METHODS, getset: os::GETSET };
    BLOCKING_IO_ERROR "BlockingIOError" (OS_ERROR, fields::os::COUNT) "I/O operation would block.";
    CHILD_PROCESS_ERROR "ChildProcessError" (OS_ERROR, fields::os::COUNT) "Child process error.";
    CONNECTION_ERROR "ConnectionError" (OS_ERROR, fields::os::COUNT) "Connection error.";
    BROKEN_PIPE_ERROR "BrokenPipeError" (CONNECTION_ERROR, fields::os::COUNT) "Broken pipe.";
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" (CONNECTION_ERROR, fields::os::COUNT) "Connection aborted.";
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" (CONNECTION_ERROR, fields::os::COUNT) "Connection refused.";
    CONNECTION_RESET_ERROR "ConnectionResetError" (CONNECTION_ERROR, fields::os::COUNT) "Connection reset.";
    FILE_EXISTS_ERROR "FileExistsError" (OS_ERROR, fields::os::COUNT) "File already exists.";
    FILE_NOT_FOUND_ERROR "FileNotFoundError" (OS_ERROR, fields::os::COUNT) "File not found.";
    INTERRUPTED_ERROR "InterruptedError" (OS_ERROR, fields::os::COUNT) "Interrupted by signal.";
    IS_A_DIRECTORY_ERROR "IsADirectoryError" (OS_ERROR, fields::os::COUNT) "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" (OS_ERROR, fields::os::COUNT) "Operation only works on directories.";
    PERMISSION_ERROR "PermissionError" (OS_ERROR, fields::os::COUNT) "Not enough permissions.";
    PROCESS_LOOKUP_ERROR "ProcessLookupError" (OS_ERROR, fields::os::COUNT) "Process not found.";
    TIMEOUT_ERROR "TimeoutError" (OS_ERROR, fields::os::COUNT) "Timeout expired.";

    WARNING "Warning" (EXCEPTION, PLAIN) "Base class for warning categories.";
    BYTES_WARNING "BytesWarning" (WARNING, PLAIN) "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    DEPRECATION_WARNING "DeprecationWarning" (WARNING, PLAIN) "Base class for warnings about deprecated features.";
    ENCODING_WARNING "EncodingWarning" (WARNING, PLAIN) "Base class for warnings about encodings.";
    FUTURE_WARNING "FutureWarning" (WARNING, PLAIN) "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING "ImportWarning" (WARNING, PLAIN) "Base class for warnings about probable mistakes in module imports";
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" (WARNING, PLAIN) "Base class for warnings about features which will be deprecated\nin the future.";
    RESOURCE_WARNING "ResourceWarning" (WARNING, PLAIN) "Base class for warnings about resource usage.";
    RUNTIME_WARNING "RuntimeWarning" (WARNING, PLAIN) "Base class for warnings about dubious runtime behavior.";
    SYNTAX_WARNING "SyntaxWarning" (WARNING, PLAIN) "Base class for warnings about dubious syntax.";
    UNICODE_WARNING "UnicodeWarning" (WARNING, PLAIN) "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    USER_WARNING "UserWarning" (WARNING, PLAIN) "Base class for warnings generated by user code.";
}

/// What a row can't say: every exception type carries the flag, and ExceptionGroup has a second base. Once, after registration.
pub(crate) fn complete_types(vm: &Vm) -> Py<()> {
    for def in ALL {
        let class = vm.type_object(def);
        vm.set_type_flags(class, vm.type_flags(class).with(Flags::EXCEPTION));
    }
    let both = vm.type_object(&EXCEPTION_GROUP);
    let (group, plain, base) = (
        vm.type_object(&BASE_EXCEPTION_GROUP),
        vm.type_object(&EXCEPTION),
        vm.type_object(&BASE_EXCEPTION),
    );
    let object = vm.type_object(&crate::objects::object::OBJECT);
    let bases = vm.new_tuple(&[group.value(), plain.value()])?;
    both.set_slot(vm, types::BASES, bases.value());
    let order = [both, group, plain, base, object].map(|c| c.value());
    both.set_slot(vm, types::MRO, vm.new_tuple(&order)?.value());
    vm.add_subclass(plain, both)?;
    vm.type_modified(both);
    Ok(())
}

/// Fields that `__init__` would derive from the arguments, for exceptions that the VM makes without calling it.
pub(crate) fn init_from_arguments(vm: &Vm, e: Obj<'_>) {
    let layout = e.layout(vm);
    let slot = if layout == STOP_ITERATION.id.get().0 {
        fields::stop::VALUE
    } else if layout == IMPORT_ERROR.id.get().0 || layout == MODULE_NOT_FOUND_ERROR.id.get().0 {
        fields::import::MSG
    } else if layout == SYSTEM_EXIT.id.get().0 {
        fields::exit::CODE
    } else if [&SYNTAX_ERROR, &INDENTATION_ERROR, &TAB_ERROR]
        .iter()
        .any(|d| layout == d.id.get().0)
    {
        fields::syntax::MSG
    } else {
        return;
    };
    let args = e.slot(vm, exception::ARGS).as_tuple(vm);
    if let Some(first) = args.and_then(|a| a.at(vm, 0)) {
        e.set_slot(vm, slot, first);
    }
}

/// A bare instance of an exception class, its `__init__` not called.
pub(crate) fn instantiate<'v>(vm: &'v Vm, class: Obj<'v>) -> Py<Obj<'v>> {
    make(vm, class, vm.empty_tuple().value())
}
/// An instance with these arguments, and no fields of its own set.
pub(crate) fn make<'v>(vm: &'v Vm, class: Obj<'v>, args: Value<'v>) -> Py<Obj<'v>> {
    let root = class
        .slot(vm, types::ROOT_SHAPE)
        .as_shape(vm)
        .ok_or(Raised(()))?;
    let layout = class.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0);
    let (none, no) = (Value::NONE, Value::FALSE);
    // In the order of `layout::exception`.
    let first: [Value<'_>; exception::COUNT] = [args, none, none, none, no];
    let e = vm.new_instance_of(root, layout as u16, first);
    if vm.type_flags(class).has(Flags::FINALIZER) {
        vm.register_finalizer(e);
    }
    Ok(e)
}

/// The first argument of a `__new__` that belongs to `def`.
pub(crate) fn class_argument<'v>(vm: &'v Vm, class: Local, def: &'static TypeDef) -> Py<Obj<'v>> {
    let value = class.value(vm);
    let owner = def.name;
    match value.as_obj() {
        Some(c) if vm.is_type(value) => {
            if vm.is_subtype(c, vm.type_object(def)) {
                return Ok(c);
            }
            let name = vm.tp_name(c);
            Err(vm.type_error(format!(
                "{owner}.__new__({name}): {name} is not a subtype of {owner}"
            )))
        }
        _ => {
            let got = vm.type_name_for_error(value);
            Err(vm.type_error(format!(
                "{owner}.__new__(X): X is not a type object ({got})"
            )))
        }
    }
}

/// The exception in a local as an object.
pub(crate) fn object<'v>(vm: &'v Vm, e: Local) -> Py<Obj<'v>> {
    let value = e.value(vm);
    match value.as_obj() {
        Some(o) if vm.is_exception_instance(value) => Ok(o),
        _ => Err(vm.type_error(format!(
            "exception expected, got {}",
            vm.type_name_for_error(value)
        ))),
    }
}

/// Whether keywords were given at all.
fn has_keywords(vm: &Vm, kwargs: Option<Local<crate::k::Dict>>) -> bool {
    kwargs.is_some_and(|d| !d.get(vm).is_empty(vm))
}
/// "X() takes no keyword arguments"
fn no_keywords(vm: &Vm, this: Local, kwargs: Option<Local<crate::k::Dict>>) -> Py<()> {
    if !has_keywords(vm, kwargs) {
        return Ok(());
    }
    let name = vm.type_name_for_error(this.value(vm));
    Err(vm.type_error(format!("{name}() takes no keyword arguments")))
}

/// The bytes of a str that a call returned.
fn text(vm: &Vm, ret: Ret) -> Vec<u8> {
    ret.get(vm)
        .as_str(vm)
        .map_or_else(Vec::new, |s| s.bytes(vm).to_vec())
}

fn read_field<const SLOT: usize>(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = object(vm, this)?.slot(vm, SLOT);
    Ok(vm.ret(value.non_empty().unwrap_or(Value::NONE)))
}
fn write_field<const SLOT: usize>(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    object(vm, this)?.set_slot(vm, SLOT, value.value(vm));
    Ok(())
}
/// An attribute that is a native slot: readable, writable, None after deletion.
const fn field<const SLOT: usize>(name: &'static str, doc: &'static str) -> GetSet {
    GetSet {
        name,
        get: read_field::<SLOT>,
        set: Some(write_field::<SLOT>),
        doc,
    }
}

/// Adds a note to an exception on its way; an error of that takes its place.
pub(crate) fn with_note(
    vm: &mut crate::vm::Vm,
    raised: crate::local::Raised,
    text: &str,
) -> crate::local::Raised {
    let e = vm.take_exception_local(raised);
    let note = match vm.new_str(text.as_bytes()) {
        Ok(s) => vm.local_of::<crate::local::k::Str>(s.value()),
        Err(_) => return crate::interp::exceptions::reraise(vm, e.value(vm)),
    };
    match base::add_note(vm, e, note) {
        Ok(()) => crate::interp::exceptions::reraise(vm, e.value(vm)),
        Err(raised) => raised,
    }
}

//! `_imp`: what importlib asks of the interpreter; and `_mesapy_library`, the embedded library as a tree of files, for `_mesapy_importer`.
//!
//! There are no extension modules, so `create_dynamic` is absent, which importlib takes as such. "Frozen" are only importlib's own core modules: the rest of
//! the library comes through `_mesapy_importer`, so that its modules have files, sources and resources.

use mesapy_heap::siphash13;
use mesapy_vm::import::{self, FROZEN};

use crate::support::*;

pub static MODULE: NativeModule = NativeModule {
    name: "_imp",
    doc: "(Extremely) low-level import machinery bits as used by importlib.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};

static FUNCTIONS: &[Method] = methods! {
    "extension_suffixes()" => static calls extension_suffixes(), "Returns the list of file suffixes used to identify extension modules.";
    "lock_held()" => static calls lock_held(), "Return True if the import lock is currently held, else False.\n\nOn platforms without threads, return False.";
    "acquire_lock()" => static calls acquire_lock(), "Acquires the interpreter's import lock for the current thread.\n\nThis lock should be used by import hooks to ensure thread-safety when\nimporting modules. On platforms without threads, this function does nothing.";
    "release_lock()" => static calls release_lock(), "Release the interpreter's import lock.\n\nOn platforms without threads, this function does nothing.";
    "find_frozen(name, /, *, withdata=False)" => static calls find_frozen(name, withdata), "Return info about the corresponding frozen module (if there is one) or None.";
    "get_frozen_object(name, data=None, /)" => static calls get_frozen_object(name, data), "Create a code object for a frozen module.";
    "is_frozen_package(name, /)" => static calls is_frozen_package(name), "Returns True if the module name is of a frozen package.";
    "create_builtin(spec, /)" => static calls create_builtin(spec), "Create an extension module.";
    "init_frozen(name, /)" => static calls init_frozen(name), "Initializes a frozen module.";
    "is_builtin(name, /)" => static calls is_builtin(name), "Returns True if the module name corresponds to a built-in module.";
    "is_frozen(name, /)" => static calls is_frozen(name), "Returns True if the module name corresponds to a frozen module.";
    "_frozen_module_names()" => static calls frozen_module_names(), "Returns the list of available frozen modules.";
    "_override_frozen_modules_for_tests(override, /)" => static calls override_frozen(setting), "(internal-only) Override PyConfig.use_frozen_modules.";
    "_override_multi_interp_extensions_check(override, /)" => static calls override_check(setting), "(internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.";
    "exec_builtin(mod, /)" => static calls exec_builtin(module), "Initialize a built-in module.";
    "_fix_co_filename(code, path, /)" => static calls fix_co_filename(code, path), "Changes code.co_filename to specify the passed-in file path.";
    "source_hash(key, source)" => static calls source_hash(key, source), "";
};

/// Four bytes that start cache files: two that change with the instruction table, then a line end, so that a transfer as text is noticed.
fn magic_number_token() -> i64 {
    let hash = mesapy_bytecode::serial::TABLE_HASH ^ mesapy_bytecode::serial::VERSION;
    // The high bit keeps it apart from CPython's numbers, which are small.
    i64::from((hash ^ hash >> 16) & 0x7fff | 0x8000 | 0x0a0d_0000)
}

/// How files of compiled code start.
pub fn cache_magic() -> [u8; 4] {
    (magic_number_token() as u32).to_le_bytes()
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    let d = dict.get(vm);
    d.set_str(
        vm,
        vm.intern(b"pyc_magic_number_token"),
        vm.int(magic_number_token()),
    )?;
    d.set_str(
        vm,
        vm.intern(b"check_hash_based_pycs"),
        vm.intern(b"default").value(),
    )?;
    Ok(())
}

/// How often the import lock was taken. Only one thread runs Python at a time and importlib has locks of its own for each module.
#[derive(Default)]
struct ImportState {
    lock_depth: u32,
    override_check: i64,
}

fn extension_suffixes(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_list(&[])?.value()))
}
fn lock_held(vm: &mut Vm) -> Py<bool> {
    Ok(vm.state::<ImportState>().lock_depth > 0)
}
fn acquire_lock(vm: &mut Vm) -> Py<()> {
    let state = vm.state::<ImportState>();
    state.lock_depth = state.lock_depth.saturating_add(1);
    Ok(())
}
fn release_lock(vm: &mut Vm) -> Py<()> {
    let state = vm.state::<ImportState>();
    if state.lock_depth == 0 {
        return Err(vm.runtime_error("not holding the import lock"));
    }
    state.lock_depth -= 1;
    Ok(())
}

fn frozen_origin(name: &str) -> Option<&'static str> {
    FROZEN.iter().find(|(n, _)| *n == name).map(|(_, o)| *o)
}
fn no_such_frozen(vm: &Vm, name: Local<k::Str>) -> Raised {
    let text = format!("No such frozen object named {}", vm.text_of(name.value(vm)));
    vm.import_error(&text, Some(name.value(vm)), None)
}
fn find_frozen(vm: &mut Vm, name: Local<k::Str>, withdata: Option<bool>) -> Py<Ret> {
    let _ = withdata;
    let vm: &Vm = vm;
    let Some(origin) = frozen_origin(&vm.text_of(name.value(vm))) else {
        return Ok(vm.ret(Value::NONE));
    };
    let origin = vm.new_str(origin.as_bytes())?.value();
    Ok(vm.ret(vm.new_tuple(&[Value::NONE, Value::FALSE, origin])?.value()))
}
fn get_frozen_object(vm: &mut Vm, name: Local<k::Str>, data: Option<Local>) -> Py<Ret> {
    if let Some(data) = data.filter(|d| !d.value(vm).is_none()) {
        return crate::marshal::loads_code(vm, data, name);
    }
    let vm: &Vm = vm;
    match vm.frozen_code(&vm.text_of(name.value(vm)))? {
        Some(code) => Ok(vm.ret(code.value())),
        None => Err(no_such_frozen(vm, name)),
    }
}
fn is_frozen_package(vm: &mut Vm, name: Local<k::Str>) -> Py<bool> {
    match frozen_origin(&vm.text_of(name.value(vm))) {
        Some(_) => Ok(false),
        None => Err(no_such_frozen(vm, name)),
    }
}
fn is_frozen(vm: &mut Vm, name: Local<k::Str>) -> Py<bool> {
    Ok(frozen_origin(&vm.text_of(name.value(vm))).is_some())
}
fn frozen_module_names(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for (name, _) in FROZEN {
        list.push(vm, vm.intern(name.as_bytes()).value())?;
    }
    Ok(vm.ret(list.value()))
}
fn init_frozen(vm: &mut Vm, name: Local<k::Str>) -> Py<Ret> {
    let text = vm.text_of(name.value(vm));
    if frozen_origin(&text).is_none() {
        return Ok(vm.ret(Value::NONE));
    }
    let module = import::import_module(vm, &text)?;
    Ok(vm.ret(module.value(vm)))
}

/// Modules of which an interpreter has one only, whatever becomes of `sys.modules`.
fn singleton<'v>(vm: &'v Vm, name: &str) -> Option<Value<'v>> {
    if !matches!(name, "sys" | "builtins" | "_imp") {
        return None;
    }
    let modules = vm.roots.modules(vm).as_dict(vm)?;
    modules.get_str(vm, vm.intern(name.as_bytes()))
}
fn create_builtin(vm: &mut Vm, spec: Local) -> Py<Ret> {
    let name = vm.get_attr_str(spec, "name")?.keep(vm);
    let Some(name) = name.cast::<k::Str>(vm) else {
        return Err(vm.type_error(format!(
            "name must be string, not {}",
            vm.type_name_for_error(name.value(vm))
        )));
    };
    let text = vm.text_of(name.value(vm));
    if let Some(module) = singleton(vm, &text) {
        return Ok(vm.ret(module));
    }
    match vm.native_module(&text) {
        Some(def) => {
            let module = import::create_builtin(vm, def)?;
            Ok(vm.ret(module.value(vm)))
        }
        None => Ok(vm.ret(Value::NONE)),
    }
}
/// Modules are filled when they are created.
fn exec_builtin(vm: &mut Vm, module: Local) -> Py<i64> {
    let _ = (vm, module);
    Ok(0)
}
/// -1: there is one interpreter's instance of it, which can't be made anew; 1: built in; 0: no such module.
fn is_builtin(vm: &mut Vm, name: Local<k::Str>) -> Py<i64> {
    let text = vm.text_of(name.value(vm));
    Ok(match text.as_str() {
        "sys" | "builtins" => -1,
        _ => i64::from(vm.native_module(&text).is_some()),
    })
}
fn override_frozen(vm: &mut Vm, setting: i64) -> Py<()> {
    let _ = (vm, setting);
    Ok(())
}
fn override_check(vm: &mut Vm, setting: i64) -> Py<i64> {
    let state = vm.state::<ImportState>();
    Ok(std::mem::replace(&mut state.override_check, setting))
}
fn fix_co_filename(vm: &mut Vm, code: Local, path: Local<k::Str>) -> Py<()> {
    vm.set_code_filename(code, path)
}
/// CPython: Python/pyhash.c, _Py_KeyedHash
fn source_hash(vm: &mut Vm, key: i64, source: Local) -> Py<Ret> {
    let bytes = vm.buffer_bytes(source)?;
    let hash = siphash13((key as u64, 0), &bytes);
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_bytes(&hash.to_le_bytes())?.value()))
}

// ---- the embedded library

pub static LIBRARY: NativeModule = NativeModule {
    name: "_mesapy_library",
    doc: "The embedded standard library as a tree of files.",
    functions: LIBRARY_FUNCTIONS,
    types: &[],
    init: None,
};
static LIBRARY_FUNCTIONS: &[Method] = methods! {
    "find(name, /)" => static calls library_find(name), "Path of a module's file and whether it is a package, or None.";
    "code(path, filename, /)" => static calls library_code(path, filename), "The code of a Python file, or None.";
    "data(path, /)" => static calls library_data(path), "The contents of a file, or None.";
    "list(folder, /)" => static calls library_list(folder), "Names in a folder, each with whether it is a folder; None if there is no such folder.";
    "close_class(cls, /)" => static calls close_class(class), "Makes a class behave like a native type: it can't be changed, and errors name it with its module.";
};

fn library_find(vm: &mut Vm, name: String) -> Py<Ret> {
    let vm: &Vm = vm;
    let Some((path, is_package)) = vm.library().and_then(|l| l.find(&name)) else {
        return Ok(vm.ret(Value::NONE));
    };
    let path = vm.new_str(path.as_bytes())?.value();
    Ok(vm.ret(vm.new_tuple(&[path, Value::bool(is_package)])?.value()))
}
fn library_code(vm: &mut Vm, path: String, filename: Local<k::Str>) -> Py<Ret> {
    let vm: &Vm = vm;
    let code = vm.library_code(&path, filename)?;
    Ok(vm.ret(code.map_or(Value::NONE, |c| c.value())))
}
fn library_data(vm: &mut Vm, path: String) -> Py<Ret> {
    let vm: &Vm = vm;
    match vm.library().and_then(|l| l.data(&path)) {
        Some(data) => Ok(vm.ret(vm.new_bytes(&data)?.value())),
        None => Ok(vm.ret(Value::NONE)),
    }
}
fn close_class(vm: &mut Vm, class: Local) -> Py<()> {
    let vm: &Vm = vm;
    match class.value(vm).as_obj().filter(|c| vm.is_type(c.value())) {
        Some(class) => vm.close_class(class),
        None => return Err(vm.type_error("close_class() needs a class")),
    }
    Ok(())
}
fn library_list(vm: &mut Vm, folder: String) -> Py<Ret> {
    let vm: &Vm = vm;
    let Some(entries) = vm.library().and_then(|l| l.list(&folder)) else {
        return Ok(vm.ret(Value::NONE));
    };
    let list = vm.new_list(&[])?;
    for (name, is_folder) in entries {
        let name = vm.new_str(name.as_bytes())?.value();
        list.push(vm, vm.new_tuple(&[name, Value::bool(is_folder)])?.value())?;
    }
    Ok(vm.ret(list.value()))
}

//! The `sys` module: what the interpreter tells of itself and lets programs set.

mod functions;
mod info;
mod jit;
mod monitoring;

use crate::layout::module;
use crate::local::{Local, Py, Raised, k};
use crate::module::NativeModule;
use crate::objects::structseq;
use crate::roots::Root;
use crate::vm::Vm;
use mesapy_heap::Value;

pub use info::{FLAGS, Flags, version_text};

/// What the host decides of `sys`. Texts are as the operating system gives them.
#[derive(Clone, Debug, Default)]
pub struct SysConfig {
    pub argv: Vec<Vec<u8>>,
    pub orig_argv: Vec<Vec<u8>>,
    pub path: Vec<Vec<u8>>,
    pub executable: Vec<u8>,
    pub prefix: Vec<u8>,
    pub stdlib_dir: Vec<u8>,
    pub warn_options: Vec<Vec<u8>>,
    pub x_options: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub pycache_prefix: Option<Vec<u8>>,
    pub flags: Flags,
    /// `-X importtime`: 1, or 2 to tell of modules that were there already.
    pub import_time: u32,
    /// `-X no_debug_ranges`: code says nothing about columns.
    pub no_debug_ranges: bool,
    /// `-X cpu_count` and PYTHON_CPU_COUNT.
    pub cpu_count: Option<u32>,
    /// `-u`.
    pub unbuffered: bool,
    /// SIGINT becomes KeyboardInterrupt. For a host that leaves the process to its program; others keep their own handlers.
    pub install_signal_handlers: bool,
    /// PYTHONIOENCODING: encoding and, if given, error handler.
    pub io_encoding: Option<(String, Option<String>)>,
}

pub static SYS: NativeModule = NativeModule {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    functions: functions::FUNCTIONS,
    types: &[],
    init: Some(init),
};

/// Bytes of the operating system as a str: UTF-8 with surrogate escapes.
pub fn fs_str<'v>(vm: &'v Vm, bytes: &[u8]) -> Py<Value<'v>> {
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for b in chunk.invalid() {
            // U+DC80…U+DCFF, as three bytes of WTF-8.
            let c = 0xdc00 + u32::from(*b);
            out.extend_from_slice(&[
                0xe0 | (c >> 12) as u8,
                0x80 | (c >> 6 & 0x3f) as u8,
                0x80 | (c & 0x3f) as u8,
            ]);
        }
    }
    Ok(vm.new_str(&out)?.value())
}
fn list_of(vm: &Vm, items: &[Vec<u8>]) -> Py<Local> {
    let list = vm.new_list(&[])?;
    for item in items {
        list.push(vm, fs_str(vm, item)?)?;
    }
    Ok(vm.local(list.value()))
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for seq in info::SEQUENCES {
        structseq::register(vm, seq)?;
    }
    let config = vm.sys_config.clone();
    let monitoring = crate::import::create_builtin(vm, &monitoring::MONITORING)?;
    let jit = crate::import::create_builtin(vm, &jit::JIT)?;
    let vm: &Vm = vm;
    let set = |name: &str, value: Value<'_>| -> Py<()> {
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), value)?;
        Ok(())
    };
    let text = |s: &str| -> Py<Value<'_>> { Ok(vm.new_str(s.as_bytes())?.value()) };
    set("modules", vm.roots.modules(vm))?;
    for (name, items) in [
        ("argv", &config.argv),
        ("orig_argv", &config.orig_argv),
        ("path", &config.path),
        ("warnoptions", &config.warn_options),
    ] {
        set(name, list_of(vm, items)?.value(vm))?;
    }
    let x = vm.new_dict();
    for (key, value) in &config.x_options {
        let key = vm.intern(key);
        let value = match value {
            Some(v) => fs_str(vm, v)?,
            None => Value::TRUE,
        };
        x.set_str(vm, key, value)?;
    }
    set("_xoptions", x.value())?;
    for (name, bytes) in [
        ("executable", &config.executable),
        ("_base_executable", &config.executable),
        ("prefix", &config.prefix),
        ("exec_prefix", &config.prefix),
        ("base_prefix", &config.prefix),
        ("base_exec_prefix", &config.prefix),
        ("_stdlib_dir", &config.stdlib_dir),
    ] {
        set(name, fs_str(vm, bytes)?)?;
    }
    set(
        "pycache_prefix",
        config
            .pycache_prefix
            .as_ref()
            .map_or(Ok(Value::NONE), |p| fs_str(vm, p))?,
    )?;
    for (name, s) in [
        ("platform", "linux"),
        ("platlibdir", "lib"),
        (
            "byteorder",
            if cfg!(target_endian = "little") {
                "little"
            } else {
                "big"
            },
        ),
        ("float_repr_style", "short"),
        ("abiflags", ""),
        (
            "copyright",
            "Copyright (c) 2026, the MesaPy developers. All rights reserved.",
        ),
        ("_framework", ""),
    ] {
        set(name, text(s)?)?;
    }
    set("version", text(&info::version_text())?)?;
    for (name, n) in [
        ("maxsize", i64::MAX),
        ("maxunicode", 0x10ffff),
        ("hexversion", info::HEX_VERSION),
        ("api_version", 1013),
    ] {
        set(name, vm.int(n))?;
    }
    set(
        "dont_write_bytecode",
        Value::bool(config.flags.dont_write_bytecode),
    )?;
    for name in ["meta_path", "path_hooks"] {
        set(name, vm.new_list(&[])?.value())?;
    }
    set("path_importer_cache", vm.new_dict().value())?;
    let names = vm.native_module_names();
    let mut sorted: Vec<&str> = names.into_iter().chain(["builtins", "sys"]).collect();
    sorted.sort_unstable();
    sorted.dedup();
    set(
        "builtin_module_names",
        vm.new_tuple_from(sorted.len(), |i| vm.intern(sorted[i].as_bytes()).value())?
            .value(),
    )?;
    let stdlib: Vec<Value<'_>> = info::STDLIB_NAMES
        .split_ascii_whitespace()
        .map(|n| vm.intern(n.as_bytes()).value())
        .collect();
    let set_object = vm.new_frozenset();
    for v in stdlib {
        crate::objects::set::add_constant(vm, set_object, v)?;
    }
    set("stdlib_module_names", set_object.value())?;
    info::fill(vm, dict, &config.flags)?;
    set("monitoring", monitoring.value(vm))?;
    set("_jit", jit.value(vm))?;
    for hook in [
        "displayhook",
        "excepthook",
        "unraisablehook",
        "breakpointhook",
    ] {
        let function = dict
            .get(vm)
            .get_str(vm, vm.intern(hook.as_bytes()))
            .unwrap_or(Value::NONE);
        set(&format!("__{hook}__"), function)?;
    }
    Ok(())
}

/// Makes `sys` from `vm.sys_config` and puts it into sys.modules: after native modules are known, before anything is imported.
pub fn install(vm: &mut Vm) -> Py<()> {
    let made = crate::import::create_builtin(vm, &SYS)?;
    let dict = made
        .value(vm)
        .as_obj()
        .map(|m| m.slot(vm, module::DICT))
        .ok_or(Raised(()))?;
    vm.roots.set(Root::SysDict, dict);
    if let Some(modules) = vm.roots.modules(vm).as_dict(vm) {
        modules.set_str(vm, vm.intern(b"sys"), made.value(vm))?;
    }
    Ok(())
}

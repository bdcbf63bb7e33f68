//! `import`, `from … import`, `from … import *`.

use super::cache::site_name_local;
use super::names::{builtins_of, lookup_mapping};
use crate::local::{Local, Py, Ret, k};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::Value;

/// Calls `__import__` of the frame's builtins.
pub(crate) fn import_name(vm: &mut Vm, site: u16, level: Local, fromlist: Local) -> Py<Ret> {
    let name = site_name_local(vm, site);
    let globals = vm.local(vm.frame_globals(vm.base.get()));
    let builtins = vm.local(builtins_of(vm, globals.value(vm)));
    let key = vm.local_of::<k::Str>(vm.roots.names.import(vm).value());
    let Some(import) = lookup_mapping(vm, builtins, key)? else {
        return Err(vm.raise_text(&exc::IMPORT_ERROR, "__import__ not found"));
    };
    let import = import.keep(vm);
    // Already loaded and asked for by its own name: the common case, without a call of Python code.
    if import.value(vm) == vm.roots.import_func(vm) {
        if let Some(word) = crate::import::already_loaded(vm, name, fromlist, level) {
            let value = word.value(vm);
            return Ok(vm.ret(value));
        }
    }
    let ns = vm.frame_namespace(vm.base.get());
    let locals = vm.local(if ns.is_empty() { Value::NONE } else { ns });
    vm.call(import, &[name.any(), globals, locals, fromlist, level])
}

/// `from module import name`: an attribute, or else the submodule of that name in sys.modules.
pub(crate) fn import_from(vm: &mut Vm, module: Local, site: u16) -> Py<Ret> {
    let name = site_name_local(vm, site);
    if let Some(ret) = vm.lookup_attr(module, name)? {
        return Ok(ret);
    }
    crate::import::missing_import(vm, module, name)
}

/// Copies the public names of a module into the running frame's namespace.
pub(crate) fn import_star(vm: &mut Vm, module: Local) -> Py<()> {
    let base = vm.base.get();
    let ns = vm.frame_namespace(base);
    let target = vm.local(if ns.is_empty() {
        vm.frame_globals(base)
    } else {
        ns
    });
    let (names, from_all) = match vm.lookup_attr_str(module, "__all__")? {
        Some(all) => (all.keep(vm), true),
        None => {
            let Some(dict) = vm.lookup_attr_str(module, "__dict__")? else {
                return Err(vm.raise_text(
                    &exc::IMPORT_ERROR,
                    "from-import-* object has no __dict__ and no __all__",
                ));
            };
            let dict = dict.keep(vm);
            let keys = vm.call_method(dict, "keys", &[])?.keep(vm);
            (vm.list_from_iterable(keys)?.keep(vm), false)
        }
    };
    let iterator = vm.iter(names)?.keep(vm);
    let [name, value] = vm.locals([Value::NONE, Value::NONE]);
    while vm.next_into(iterator, name)? {
        let Some(text) = name.cast::<k::Str>(vm) else {
            let modname = vm
                .lookup_attr_str(module, "__name__")?
                .map(|r| vm.text_of(r.get(vm)))
                .unwrap_or_default();
            let got = vm.type_name_for_error(name.value(vm));
            let what = if from_all {
                format!("Item in {modname}.__all__ must be str, not {got}")
            } else {
                format!("Key in {modname}.__dict__ must be str, not {got}")
            };
            return Err(vm.type_error(what));
        };
        if !from_all && text.get(vm).bytes(vm).starts_with(b"_") {
            continue;
        }
        vm.get_attr(module, text)?.put(vm, value);
        vm.set_item(target, name, value)?;
    }
    Ok(())
}

//! Imports: the small part that is native. importlib does the rest.

use crate::layout::module;
use crate::local::{Local, Py, Ret, k};
use crate::objects::{exceptions as exc, module as module_object};
use crate::vm::Vm;
use mesapy_heap::{Value, Word};

/// The module of an absolute import that is loaded and complete already.
pub(crate) fn already_loaded(
    vm: &Vm,
    name: Local<k::Str>,
    fromlist: Local,
    level: Local,
) -> Option<Word> {
    if level.value(vm).as_small_int() != Some(0) {
        return None;
    }
    let modules = vm.roots.modules(vm).as_dict(vm)?;
    let wanted = fromlist.value(vm);
    let text = name.get(vm);
    let dotted = text.bytes(vm).contains(&b'.');
    // `import a.b` binds `a`; `from a.b import c` takes `a.b`, whose submodules importlib may have to load.
    let found = modules.get_str(vm, text)?;
    if initializing(vm, found) {
        return None;
    }
    if wanted.is_none() || wanted.as_tuple(vm).is_some_and(|t| t.len(vm) == 0) {
        if !dotted {
            return Some(found.word());
        }
        let first = text.bytes(vm).split(|b| *b == b'.').next()?;
        return modules.get_str(vm, vm.intern(first)).map(|v| v.word());
    }
    let dict = module_object::module_dict(vm, found)?;
    let all_there = wanted.as_tuple(vm)?.iter(vm).all(|n| {
        n.as_str(vm).is_some_and(|n| {
            n.bytes(vm) != b"*" && dict.get_str(vm, vm.intern(n.bytes(vm))).is_some()
        })
    });
    if all_there || dict.get_str(vm, vm.roots.names.path(vm)).is_none() {
        Some(found.word())
    } else {
        None
    }
}
fn initializing(vm: &Vm, found: Value<'_>) -> bool {
    let Some(dict) = found
        .as_obj()
        .filter(|_| module_object::is_module(vm, found))
        .and_then(|m| m.slot(vm, module::DICT).as_dict(vm))
    else {
        return true;
    };
    match dict.get_str(vm, vm.roots.names.spec(vm)) {
        Some(spec) => vm.own_attr(spec, vm.roots.names.initializing(vm)) == Some(Value::TRUE),
        None => false,
    }
}

/// `from module import name` where the module lacks the attribute: a submodule in sys.modules, or ImportError.
pub(crate) fn missing_import(vm: &mut Vm, module: Local, name: Local<k::Str>) -> Py<Ret> {
    let module_name = vm
        .lookup_attr_str(module, "__name__")?
        .map(|r| r.keep(vm))
        .filter(|n| n.value(vm).as_str(vm).is_some());
    if let Some(n) = module_name {
        let full = format!("{}.{}", vm.text_of(n.value(vm)), vm.text_of(name.value(vm)));
        let found = vm
            .roots
            .modules(vm)
            .as_dict(vm)
            .and_then(|m| m.get_str(vm, vm.intern(full.as_bytes())));
        if let Some(found) = found {
            return Ok(vm.ret(found));
        }
    }
    exc::cannot_import_name(vm, module, module_name, name)
}

/// Imports a module by its absolute name and gives it (not its top-level package).
pub fn import_module(vm: &mut Vm, name: &str) -> Py<Local> {
    let found = vm
        .roots
        .modules(vm)
        .as_dict(vm)
        .and_then(|m| m.get_str(vm, vm.intern(name.as_bytes())))
        .filter(|m| !initializing(vm, *m));
    if let Some(found) = found {
        return Ok(vm.local(found));
    }
    let import = vm.roots.import_func(vm);
    if import.is_empty() {
        return match load_builtin(vm, name)? {
            Some(m) => Ok(m),
            None => Err(vm.raise_text(
                &exc::MODULE_NOT_FOUND_ERROR,
                &format!("No module named '{name}'"),
            )),
        };
    }
    let star = vm.new_tuple(&[vm.intern(b"*").value()])?;
    let [import, text, globals, locals, fromlist, level] = vm.locals([
        import,
        vm.intern(name.as_bytes()).value(),
        Value::NONE,
        Value::NONE,
        star.value(),
        vm.int(0),
    ]);
    Ok(vm
        .call(import, &[text, globals, locals, fromlist, level])?
        .keep(vm))
}

/// Makes a native module and puts it into sys.modules; None if there is none of that name.
pub fn load_builtin(vm: &mut Vm, name: &str) -> Py<Option<Local>> {
    let Some(def) = vm.native_modules.iter().copied().find(|m| m.name == name) else {
        return Ok(None);
    };
    let module = create_builtin(vm, def)?;
    if let Some(modules) = vm.roots.modules(vm).as_dict(vm) {
        modules.set_str(vm, vm.intern(name.as_bytes()), module.value(vm))?;
    }
    Ok(Some(module))
}
/// Makes a native module object with all that its declaration lists.
pub fn create_builtin(vm: &mut Vm, def: &'static crate::module::NativeModule) -> Py<Local> {
    for t in def.types {
        vm.register_type(t)?;
    }
    let (made, dict) = {
        let vm: &Vm = vm;
        let made = module_object::new_module(vm, def.name)?;
        let dict = made
            .slot(vm, module::DICT)
            .as_dict(vm)
            .ok_or(crate::local::Raised(()))?;
        let name = vm.intern(def.name.as_bytes()).value();
        for f in def.functions {
            dict.set_str(
                vm,
                vm.intern(f.name().as_bytes()),
                vm.native_function(f, name),
            )?;
        }
        for t in def.types {
            dict.set_str(
                vm,
                vm.intern(t.short_name().as_bytes()),
                vm.type_object(t).value(),
            )?;
        }
        if !def.doc.is_empty() {
            dict.set_str(
                vm,
                vm.roots.names.doc(vm),
                vm.new_str(def.doc.as_bytes())?.value(),
            )?;
        }
        (vm.local(made.value()), vm.local_of::<k::Dict>(dict.value()))
    };
    if let Some(init) = def.init {
        init(vm, dict)?;
    }
    Ok(made)
}
impl Vm {
    /// Makes native modules known; those of the same name as one known before replace it.
    pub fn add_native_modules(&mut self, modules: &[&'static crate::module::NativeModule]) {
        self.native_modules.extend_from_slice(modules);
    }
    pub fn native_module_names(&self) -> Vec<&'static str> {
        self.native_modules.iter().map(|m| m.name).collect()
    }
}

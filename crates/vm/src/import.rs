//! Imports: the small part that is native. importlib does the rest.
//!
//! `init_imports` runs importlib's two core modules from the embedded library and then `_mesapy_importer`, which lets the rest of the library be
//! found as if it were files below `sys._stdlib_dir`. The builtin `__import__` is native: what is loaded already it gives at once, for the rest it calls
//! importlib's, and takes importlib's frames out of tracebacks.

use std::borrow::Cow;

use crate::layout::{code as code_slots, exception, frame, module, traceback};
use crate::local::{Local, Py, Ret, k};
use crate::objects::{exceptions as exc, module as module_object};
use crate::roots::Root;
use crate::vm::Vm;
use mesapy_heap::{Obj, Value, Word};

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
/// Whether a module is still being run for its import.
pub(crate) fn initializing(vm: &Vm, found: Value<'_>) -> bool {
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
        dict.reserve(vm, def.functions.len() + def.types.len())?;
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
/// The embedded library, a tree of files: what a host gives to the VM. Paths are relative to the tree's root, with `/`.
pub trait Library: Sync {
    /// The file of a module, by dotted name, and whether it is a package.
    fn find(&self, name: &str) -> Option<(&'static str, bool)>;
    /// The serialised code of a Python file.
    fn code(&self, path: &str) -> Option<Cow<'static, [u8]>>;
    /// The contents of a file.
    fn data(&self, path: &str) -> Option<Cow<'static, [u8]>>;
    /// Names in a folder, and which of them are folders.
    fn list(&self, folder: &str) -> Option<Vec<(&'static str, bool)>>;
    /// Why a module of the standard library is missing on purpose.
    fn absence(&self, name: &str) -> Option<&'static str>;
}

/// Modules of importlib's core under the names that `sys.modules` has for them, and where the library has them.
pub const FROZEN: &[(&str, &str)] = &[
    ("_frozen_importlib", "importlib._bootstrap"),
    (
        "_frozen_importlib_external",
        "importlib._bootstrap_external",
    ),
    ("_mesapy_importer", "_mesapy_importer"),
    ("zipimport", "zipimport"),
];
/// Code whose frames are left out of tracebacks where it only passes errors of imported modules on.
const IMPORT_MACHINERY: &[&[u8]] = &[
    b"<frozen importlib._bootstrap>",
    b"<frozen importlib._bootstrap_external>",
    b"<frozen _mesapy_importer>",
];

/// Whether code is importlib's.
pub(crate) fn is_machinery(vm: &Vm, code: Obj<'_>) -> bool {
    let filename = code.slot(vm, code_slots::FILENAME).as_str(vm);
    filename.is_some_and(|f| IMPORT_MACHINERY.contains(&f.bytes(vm)))
}

/// Imports on behalf of the builtin `__import__`, after its arguments were checked.
pub(crate) fn import_by_importlib(vm: &mut Vm, import: Local, args: &[Local; 5]) -> Py<Ret> {
    let result = if vm.sys_config.import_time > 0 {
        crate::import_time::measured(vm, import, args)
    } else {
        vm.call(import, args)
    };
    match result {
        Ok(ret) => Ok(ret),
        Err(raised) => {
            trim_traceback(vm, &raised);
            explain_absence(vm, &raised);
            Err(raised)
        }
    }
}
/// Takes chunks of importlib's frames out of the pending exception's traceback: all of them for ImportError, else those that end in
/// `_call_with_frames_removed`. CPython: Python/import.c, remove_importlib_frames
fn trim_traceback(vm: &Vm, raised: &crate::local::Raised) {
    let always = vm.raised_is(raised, &exc::IMPORT_ERROR);
    let Some(e) = vm.pending_exception().and_then(|e| e.as_obj()) else {
        return;
    };
    // A link is the slot that refers to an entry: of the exception, or of the entry before.
    let mut link = (e, exception::TRACEBACK);
    let mut outer = link;
    let mut inside = false;
    while let Some(entry) = link.0.slot(vm, link.1).as_obj() {
        let code = entry
            .slot(vm, traceback::FRAME)
            .as_obj()
            .and_then(|f| f.slot(vm, frame::CODE).as_obj());
        let text = |slot| {
            code.and_then(|c| c.slot(vm, slot).as_str(vm))
                .map_or(&b""[..], |s| s.bytes(vm))
        };
        let machinery = IMPORT_MACHINERY.contains(&text(code_slots::FILENAME));
        if machinery && !inside {
            outer = link;
        }
        inside = machinery;
        let next = (entry, traceback::NEXT);
        if machinery && (always || text(code_slots::NAME) == b"_call_with_frames_removed") {
            outer.0.set_slot(vm, outer.1, next.0.slot(vm, next.1));
            link = outer;
        } else {
            link = next;
        }
    }
}
/// Adds to "No module named 'x'" why there is none, if that is on purpose.
fn explain_absence(vm: &Vm, raised: &crate::local::Raised) {
    let Some(library) = vm.library else { return };
    if !vm.raised_is(raised, &exc::MODULE_NOT_FOUND_ERROR) {
        return;
    }
    let Some(e) = vm.pending_exception().and_then(|e| e.as_obj()) else {
        return;
    };
    let text = e
        .slot(vm, exception::ARGS)
        .as_tuple(vm)
        .and_then(|t| t.at(vm, 0))
        .and_then(|t| t.as_str(vm));
    let Some(text) = text.map(|t| t.to_string_lossy(vm)) else {
        return;
    };
    let name = text
        .strip_prefix("No module named '")
        .and_then(|t| t.strip_suffix('\''));
    let Some(reason) = name.and_then(|n| library.absence(n)) else {
        return;
    };
    let explained = vm.new_str(format!("{text} (mesapy: {reason})").as_bytes());
    if let Ok(explained) = explained {
        if let Ok(args) = vm.new_tuple(&[explained.value()]) {
            e.set_slot(vm, exception::ARGS, args.value());
        }
        e.set_slot(vm, exc::fields::import::MSG, explained.value());
    }
}

impl Vm {
    /// The embedded library; before `init_imports`.
    pub fn set_library(&mut self, library: &'static dyn Library) {
        self.library = Some(library);
    }
    pub fn library(&self) -> Option<&'static dyn Library> {
        self.library
    }
    /// The code of a file of the embedded library; None if there is none. It comes from the compiler at build time and is not verified again.
    pub fn library_code(&self, path: &str, filename: Local<k::Str>) -> Py<Option<Obj<'_>>> {
        let Some(bytes) = self.library.and_then(|l| l.code(path)) else {
            return Ok(None);
        };
        let unit = match bytes {
            Cow::Borrowed(bytes) => mesapy_bytecode::serial::decode_static(bytes),
            Cow::Owned(bytes) => mesapy_bytecode::serial::decode(&bytes),
        };
        match unit {
            Ok(unit) => self.load_code(&unit, filename).map(Some),
            Err(e) => Err(self.import_error(&format!("library file {path}: {e}"), None, None)),
        }
    }
    /// The code of a module of `FROZEN`.
    pub fn frozen_code(&self, name: &str) -> Py<Option<Obj<'_>>> {
        let Some((_, origin)) = FROZEN.iter().find(|(n, _)| *n == name) else {
            return Ok(None);
        };
        let Some((path, _)) = self.library.and_then(|l| l.find(origin)) else {
            return Ok(None);
        };
        let filename = self.new_str(format!("<frozen {origin}>").as_bytes())?;
        let filename = self.local_of(filename.value());
        self.library_code(path, filename)
    }
    /// Sets importlib up: from here on `import` finds the library and files. `sys` must be there, and the natives that importlib needs be known.
    pub fn init_imports(&mut self) -> Py<()> {
        let top = self.top.get();
        let result = self.init_imports_at_top();
        self.top.set(top);
        result
    }
    fn init_imports_at_top(&mut self) -> Py<()> {
        let sys = import_module(self, "sys")?;
        let imp = import_module(self, "_imp")?;
        let bootstrap = {
            let module = module_object::new_module(self, "_frozen_importlib")?
                .value()
                .word();
            self.local(module.value(self))
        };
        let Some(code) = self.frozen_code("_frozen_importlib")? else {
            return Err(self.system_error("the embedded library has no importlib"));
        };
        let code = self.local(code.value());
        let globals = module_object::module_dict(self, bootstrap.value(self))
            .map_or(Value::NONE, |d| d.value());
        let globals = self.local(globals);
        if let Some(dict) = globals.value(self).as_dict(self) {
            let origin = self.intern(b"importlib._bootstrap");
            dict.set_str(self, self.intern(b"__origname__"), origin.value())?;
        }
        if let Some(modules) = self.roots.modules(self).as_dict(self) {
            modules.set_str(
                self,
                self.intern(b"_frozen_importlib"),
                bootstrap.value(self),
            )?;
        }
        let none = self.local(Value::NONE);
        let _: Ret = self.run_code(code, globals, globals, none)?;
        let _: Ret = self.call_method(bootstrap, "_install", &[sys, imp])?;
        let import = self.get_attr_str(bootstrap, "__import__")?.keep(self);
        self.roots.set(Root::ImportlibImport, import.value(self));
        let builtin = self
            .roots
            .builtins(self)
            .as_dict(self)
            .and_then(|d| d.get_str(self, self.roots.names.import(self)))
            .unwrap_or(Value::EMPTY);
        self.roots.set(Root::ImportFunc, builtin);
        let _: Ret = self.call_method(bootstrap, "_install_external_importers", &[])?;
        let importer = import_module(self, "_mesapy_importer")?;
        let _: Ret = self.call_method(importer, "_install", &[])?;
        Ok(())
    }

    /// Makes native modules known; those of the same name as one known before replace it.
    pub fn add_native_modules(&mut self, modules: &[&'static crate::module::NativeModule]) {
        self.native_modules.extend_from_slice(modules);
    }
    pub fn native_module(&self, name: &str) -> Option<&'static crate::module::NativeModule> {
        self.native_modules.iter().copied().find(|m| m.name == name)
    }
    /// Gives a code object, and the code nested in it, another file name.
    pub fn set_code_filename(&mut self, code: Local, path: Local<k::Str>) -> Py<()> {
        let vm: &Vm = self;
        let top = crate::code::expect_code(vm, code.value(vm))?;
        let old = top.slot(vm, code_slots::FILENAME).word();
        if old
            .value(vm)
            .as_str(vm)
            .is_some_and(|s| s.eq(vm, path.get(vm)))
        {
            return Ok(());
        }
        let mut todo = vec![top];
        while let Some(c) = todo.pop() {
            // Code that came from another file (it can be put in by `replace`) keeps its name, as in CPython.
            if c.slot(vm, code_slots::FILENAME).word() != old {
                continue;
            }
            c.set_slot(vm, code_slots::FILENAME, path.value(vm));
            let consts = c.slot(vm, code_slots::CONSTS).as_value_array(vm);
            for value in consts.into_iter().flat_map(|a| a.iter(vm)) {
                todo.extend(
                    value
                        .as_obj()
                        .filter(|o| o.kind(vm) == mesapy_heap::Kind::Code),
                );
            }
        }
        Ok(())
    }
    pub fn native_module_names(&self) -> Vec<&'static str> {
        self.native_modules.iter().map(|m| m.name).collect()
    }
}

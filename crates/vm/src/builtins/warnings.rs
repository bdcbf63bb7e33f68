//! The module `_warnings`: filters, and what becomes of a warning.
//!
//! While the module `warnings` is loaded its attributes (`filters`, `defaultaction`, `onceregistry`, `_showwarnmsg`) count, as programs replace them; until then, and
//! for what it lacks, the objects made here do. A registry is a dict of a module that remembers what was told already; its key `version` says for which state
//! of the filters.

use crate::layout::{code as c, frame};
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::module::NativeModule;
use crate::native::Method;
use crate::objects::exceptions as exc;
use crate::objects::frame::line;
use crate::typedef::TypeDef;
use crate::vm::{Pinned, Vm};
use crate::{hooks, import, traceback_print};
use mesapy_heap::{Obj, Value};

pub static WARNINGS: NativeModule = NativeModule {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())" => static calls warn(message, category, level, source, skip),
        "Issue a warning, or maybe ignore it or raise an exception.";
    "warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)" =>
        static calls warn_explicit(message, category, filename, lineno, module, registry, globals, source),
        "Issue a warning, or maybe ignore it or raise an exception.";
    "_filters_mutated_lock_held()" => static calls filters_mutated(), "";
    "_acquire_lock()" => static calls acquire_lock(), "";
    "_release_lock()" => static calls release_lock(), "";
};

/// What an interpreter keeps for warnings.
#[derive(Default)]
struct State {
    made: Option<Objects>,
    /// Goes up whenever the filters change.
    version: i64,
    /// How often the lock is held.
    locked: u32,
}
#[derive(Clone, Copy)]
struct Objects {
    filters: Pinned,
    once: Pinned,
    default_action: Pinned,
}

/// The objects, made when first needed.
fn objects(vm: &mut Vm) -> Py<Objects> {
    if let Some(made) = vm.state::<State>().made {
        return Ok(made);
    }
    let made = {
        let vm: &Vm = vm;
        let filters = vm.new_list(&[])?;
        let rows: [(&str, &'static TypeDef, Option<&str>); 5] = [
            ("default", &exc::DEPRECATION_WARNING, Some("__main__")),
            ("ignore", &exc::DEPRECATION_WARNING, None),
            ("ignore", &exc::PENDING_DEPRECATION_WARNING, None),
            ("ignore", &exc::IMPORT_WARNING, None),
            ("ignore", &exc::RESOURCE_WARNING, None),
        ];
        for (action, category, module) in rows {
            let module = module.map_or(Value::NONE, |m| vm.intern(m.as_bytes()).value());
            let row = [
                vm.intern(action.as_bytes()).value(),
                Value::NONE,
                vm.type_object(category).value(),
                module,
                Value::int32(0),
            ];
            filters.push(vm, vm.new_tuple(&row)?.value())?;
        }
        Objects {
            filters: vm.pin(filters.value()),
            once: vm.pin(vm.new_dict().value()),
            default_action: vm.pin(vm.intern(b"default").value()),
        }
    };
    vm.state::<State>().made = Some(made);
    Ok(made)
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let made = objects(vm)?;
    // Tests and programs set contexts through this variable; without the module `contextvars` the library falls back to its own code.
    let context = match import::load_builtin(vm, "_contextvars") {
        Ok(Some(module)) => {
            let class = vm.get_attr_str(module, "ContextVar")?.keep(vm);
            let name = vm.local(vm.intern(b"_warnings_context").value());
            Some(vm.call(class, &[name])?.keep(vm))
        }
        Ok(None) => None,
        Err(raised) => return Err(raised),
    };
    let vm: &Vm = vm;
    let d = dict.get(vm);
    d.set_str(vm, vm.intern(b"filters"), vm.pinned(made.filters))?;
    d.set_str(vm, vm.intern(b"_onceregistry"), vm.pinned(made.once))?;
    d.set_str(
        vm,
        vm.intern(b"_defaultaction"),
        vm.pinned(made.default_action),
    )?;
    if let Some(context) = context {
        d.set_str(vm, vm.intern(b"_warnings_context"), context.value(vm))?;
    }
    Ok(())
}

// ---- the lock: one thread runs at a time, so it only counts

fn acquire_lock(vm: &mut Vm) -> Py<()> {
    let state = vm.state::<State>();
    state.locked = state.locked.saturating_add(1);
    Ok(())
}
fn release_lock(vm: &mut Vm) -> Py<()> {
    let state = vm.state::<State>();
    match state.locked.checked_sub(1) {
        Some(n) => state.locked = n,
        None => return Err(vm.runtime_error("cannot release un-acquired lock")),
    }
    Ok(())
}
fn filters_mutated(vm: &mut Vm) -> Py<()> {
    let state = vm.state::<State>();
    if state.locked == 0 {
        return Err(vm.runtime_error("warnings lock is not held"));
    }
    state.version += 1;
    Ok(())
}

// ---- filters

/// An attribute of the module `warnings`, if that is loaded.
fn module_attribute(vm: &mut Vm, name: &str) -> Py<Option<Local>> {
    let module = {
        let vm: &Vm = vm;
        let modules = vm.roots.modules(vm).as_dict(vm);
        modules
            .and_then(|m| m.get_str(vm, vm.intern(b"warnings")))
            .map(|m| vm.local(m))
    };
    match module {
        Some(module) => Ok(vm.lookup_attr_str(module, name)?.map(|r| r.keep(vm))),
        None => Ok(None),
    }
}
/// The attribute, or else the object made here.
fn attribute(vm: &mut Vm, name: &str, own: impl Fn(Objects) -> Pinned) -> Py<Local> {
    let made = objects(vm)?;
    if let Some(found) = module_attribute(vm, name)? {
        // It counts on when the attribute is deleted.
        vm.set_pinned(own(made), found.value(vm));
        return Ok(found);
    }
    Ok(vm.local(vm.pinned(own(made))))
}
/// The module `warnings`, imported if need be; None if that fails.
fn imported(vm: &mut Vm) -> Py<Option<Local>> {
    if vm.finalizing.get() {
        return Ok(None);
    }
    let import = {
        let vm: &Vm = vm;
        let builtins = vm.roots.builtins(vm).as_dict(vm);
        let import = builtins.and_then(|d| d.get_str(vm, vm.roots.names.import(vm)));
        vm.local(import.unwrap_or(Value::NONE))
    };
    let name = vm.local(vm.intern(b"warnings").value());
    let module = vm.call(import, &[name]);
    Ok(vm
        .caught(module, &exc::IMPORT_ERROR)?
        .map(|ret| ret.keep(vm)))
}
/// Lets `warnings._warn_unawaited_coroutine` tell of a coroutine that was never awaited. False: there is no such function.
pub(crate) fn unawaited_coroutine(vm: &mut Vm, coroutine: Local) -> Py<bool> {
    if module_attribute(vm, "warn")?.is_none() && imported(vm)?.is_none() {
        return Ok(false);
    }
    match module_attribute(vm, "_warn_unawaited_coroutine")? {
        Some(function) => {
            let _: Ret = vm.call(function, &[coroutine])?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// A warning on its way.
#[derive(Clone, Copy)]
struct Warning {
    category: Local,
    message: Local,
    text: Local,
    filename: Local,
    lineno: i64,
    module: Local,
    /// A dict, or Empty.
    registry: Local,
    /// Empty: none.
    source: Local,
    /// The line itself if the module's loader has it, else Empty.
    line: Local,
}

/// Whether a pattern of a filter (None, a text, or a regular expression) matches.
fn matches(vm: &mut Vm, pattern: Local, text: Local) -> Py<bool> {
    if pattern.value(vm).is_none() {
        return Ok(true);
    }
    if pattern.value(vm).as_exact_str(vm).is_some() {
        return vm.equal(pattern, text);
    }
    let found = vm.call_method(pattern, "match", &[text])?.keep(vm);
    vm.truth(found)
}
/// The action for a warning, and the filter that said so (None: the default).
fn action(vm: &mut Vm, warning: &Warning) -> Py<(String, Local)> {
    let filters = attribute(vm, "filters", |o| o.filters)?;
    if filters.value(vm).as_list(vm).is_none() {
        return Err(vm.value_error("warnings.filters must be a list"));
    }
    let fields = vm.locals([Value::NONE; 5]);
    let item = vm.local(Value::NONE);
    let mut i = 0;
    loop {
        {
            let vm: &Vm = vm;
            let Some(row) = filters.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) else {
                break;
            };
            item.set(vm, row);
            let Some(row) = row.as_tuple(vm).filter(|t| t.len(vm) == fields.len()) else {
                return Err(vm.value_error(format!("warnings.filters item {i} isn't a 5-tuple")));
            };
            for (field, value) in fields.iter().zip(row.iter(vm)) {
                field.set(vm, value);
            }
            if fields[0].value(vm).as_str(vm).is_none() {
                let got = vm.type_name_for_error(fields[0].value(vm));
                return Err(vm.type_error(format!("action must be a string, not '{got}'")));
            }
        }
        let [action, message, category, module, line] = fields;
        let applies = vm.scope(|vm| -> Py<bool> {
            let fits = matches(vm, message, warning.text)? && matches(vm, module, warning.module)?;
            let line = vm.index(line)?;
            Ok(fits
                && is_subclass(vm, warning.category, category)?
                && (line == 0 || line == warning.lineno))
        })?;
        if applies {
            return Ok((vm.text_of(action.value(vm)), item));
        }
        i += 1;
    }
    let default = attribute(vm, "defaultaction", |o| o.default_action)?;
    if default.value(vm).as_str(vm).is_none() {
        let got = vm.type_name_for_error(default.value(vm));
        return Err(vm.type_error(format!(
            "_warnings.defaultaction must be a string, not '{got}'"
        )));
    }
    item.set(vm, Value::NONE);
    Ok((vm.text_of(default.value(vm)), item))
}
fn is_subclass(vm: &Vm, class: Local, of: Local) -> Py<bool> {
    let (class, of) = (class.value(vm), of.value(vm));
    match (class.as_obj(), of.as_obj()) {
        (Some(class), Some(wanted)) if vm.is_type(of) => Ok(vm.is_subtype(class, wanted)),
        // `simplefilter` lets tuples of categories through.
        (Some(class), _) if of.as_tuple(vm).is_some() => Ok(of.as_tuple(vm).is_some_and(|t| {
            t.iter(vm).any(|one| match one.as_obj() {
                Some(wanted) => vm.is_type(one) && vm.is_subtype(class, wanted),
                None => false,
            })
        })),
        _ => {
            Err(vm.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"))
        }
    }
}

// ---- registries

/// Whether the registry knows the key; if it does not and `note` is set, it does from now on. A registry of another state of the filters is emptied first.
fn already_told(vm: &mut Vm, registry: Local, key: Local, note: bool) -> Py<bool> {
    let version = vm.state::<State>().version;
    let current = {
        let vm: &Vm = vm;
        let Some(dict) = registry.value(vm).as_dict(vm) else {
            return Ok(false);
        };
        let known = dict
            .get_str(vm, vm.intern(b"version"))
            .and_then(|v| v.as_i64(vm));
        if known != Some(version) {
            dict.clear(vm);
            dict.set_str(vm, vm.intern(b"version"), vm.int(version))?;
        }
        known == Some(version)
    };
    if current && vm.contains(registry, key)? {
        let told = vm.get_item(registry, key)?.keep(vm);
        if vm.truth(told)? {
            return Ok(true);
        }
    }
    if note {
        let yes = vm.local(Value::TRUE);
        vm.set_item(registry, key, yes)?;
    }
    Ok(false)
}

// ---- telling

fn explicit(vm: &mut Vm, warning: Warning) -> Py<()> {
    if warning.module.value(vm).is_none() {
        return Ok(());
    }
    let warning = instance(vm, warning)?;
    let key = {
        let vm: &Vm = vm;
        let key = vm.new_tuple(&[
            warning.text.value(vm),
            warning.category.value(vm),
            vm.int(warning.lineno),
        ])?;
        vm.local(key.value())
    };
    if already_told(vm, warning.registry, key, false)? {
        return Ok(());
    }
    let (action, filter) = action(vm, &warning)?;
    let told = match action.as_str() {
        "error" => return Err(vm.raise(warning.message.value(vm))),
        "ignore" => return Ok(()),
        "always" | "all" => false,
        _ => {
            if warning.registry.value(vm).as_dict(vm).is_some() {
                let yes = vm.local(Value::TRUE);
                vm.set_item(warning.registry, key, yes)?;
            }
            match action.as_str() {
                "once" => {
                    let registry = if warning.registry.value(vm).is_empty() {
                        attribute(vm, "onceregistry", |o| o.once)?
                    } else {
                        warning.registry
                    };
                    let key = once_key(vm, &warning, false)?;
                    already_told(vm, registry, key, true)?
                }
                "module" => {
                    let key = once_key(vm, &warning, true)?;
                    already_told(vm, warning.registry, key, true)?
                }
                "default" => false,
                _ => {
                    let shown = vm.repr_text(filter)?;
                    return Err(vm.runtime_error(format!(
                        "Unrecognized action ('{action}') in warnings.filters:\n {shown}"
                    )));
                }
            }
        }
    };
    if told { Ok(()) } else { show(vm, &warning) }
}
/// The message as an instance of its category, and its text.
fn instance(vm: &mut Vm, warning: Warning) -> Py<Warning> {
    if vm.is_instance_of(warning.message.value(vm), &exc::WARNING) {
        let text = vm.str(warning.message)?.keep(vm);
        let category = vm.local(vm.type_of(warning.message.value(vm)).value());
        return Ok(Warning {
            text,
            category,
            ..warning
        });
    }
    let message = vm.call(warning.category, &[warning.message])?.keep(vm);
    Ok(Warning {
        text: warning.message,
        message,
        ..warning
    })
}
fn once_key(vm: &Vm, warning: &Warning, zero: bool) -> Py<Local> {
    let (text, category) = (warning.text.value(vm), warning.category.value(vm));
    let key = if zero {
        vm.new_tuple(&[text, category, Value::int32(0)])?
    } else {
        vm.new_tuple(&[text, category])?
    };
    Ok(vm.local(key.value()))
}
fn show(vm: &mut Vm, warning: &Warning) -> Py<()> {
    let mut function = module_attribute(vm, "_showwarnmsg")?;
    if function.is_none() && !warning.source.value(vm).is_empty() && imported(vm)?.is_some() {
        // Only the module can say where the source came from.
        function = module_attribute(vm, "_showwarnmsg")?;
    }
    let Some(function) = function else {
        return show_natively(vm, warning);
    };
    if !vm.is_callable(function.value(vm)) {
        return Err(vm.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = module_attribute(vm, "WarningMessage")? else {
        return Err(vm.runtime_error("unable to get warnings.WarningMessage"));
    };
    let none = vm.local(Value::NONE);
    let line = vm.local(vm.int(warning.lineno));
    let text = if warning.line.value(vm).is_empty() {
        none
    } else {
        warning.line
    };
    let source = if warning.source.value(vm).is_empty() {
        none
    } else {
        warning.source
    };
    let message = vm
        .call(
            class,
            &[
                warning.message,
                warning.category,
                warning.filename,
                line,
                none,
                text,
                source,
            ],
        )?
        .keep(vm);
    let _: Ret = vm.call(function, &[message])?;
    Ok(())
}
/// `file:line: Category: text`, for before the module `warnings` is loaded.
fn show_natively(vm: &mut Vm, warning: &Warning) -> Py<()> {
    let text = vm.str(warning.text)?.keep(vm);
    let vm_ref: &Vm = vm;
    let bytes = |l: Local| {
        l.value(vm_ref)
            .as_str(vm_ref)
            .map_or_else(Vec::new, |s| s.bytes(vm_ref).to_vec())
    };
    let category = vm_ref.type_short_name(warning.category.value(vm_ref));
    let filename = bytes(warning.filename);
    let mut line = [
        &filename,
        format!(":{}: {category}: ", warning.lineno).as_bytes(),
        &bytes(text),
        b"\n",
    ]
    .concat();
    let given = warning.line.value(vm_ref).as_str(vm_ref);
    let source = match given {
        Some(text) => Some(text.bytes(vm_ref).trim_ascii().to_vec()),
        None => traceback_print::source_line(vm_ref, &filename, warning.lineno),
    };
    if let Some(source) = source {
        line.extend([b"  ", &source[..], b"\n"].concat());
    }
    hooks::write_stderr(vm, &line);
    Ok(())
}

// ---- where a warning comes from

/// Whether a frame is importlib's own, or of a file that the caller wants skipped.
fn is_skipped(vm: &Vm, f: Obj<'_>, prefixes: &[Vec<u8>]) -> bool {
    let name = f
        .slot(vm, frame::CODE)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, c::FILENAME));
    let Some(name) = name.as_str(vm).map(|s| s.bytes(vm)) else {
        return false;
    };
    let has = |part: &[u8]| name.windows(part.len()).any(|w| w == part);
    has(b"importlib") && has(b"_bootstrap") || prefixes.iter().any(|p| name.starts_with(p))
}
/// The depth of the frame that a warning of this stack level is about; None beyond the outermost.
fn depth_of_level(vm: &Vm, level: i64, prefixes: &[Vec<u8>]) -> Option<usize> {
    let mut depth = 0;
    let start = vm.frame_at_depth(0)?;
    let count_all = level <= 0 || is_skipped(vm, start, &[]);
    for _ in 1..level {
        depth += 1;
        let mut at = vm.frame_at_depth(depth)?;
        while !count_all && is_skipped(vm, at, prefixes) {
            depth += 1;
            at = vm.frame_at_depth(depth)?;
        }
    }
    Some(depth)
}
/// File, line, module and registry for a warning of this stack level.
fn context(vm: &mut Vm, level: i64, prefixes: &[Vec<u8>]) -> Py<(Local, i64, Local, Local)> {
    let vm: &Vm = vm;
    let found = depth_of_level(vm, level, prefixes).and_then(|depth| vm.frame_at_depth(depth));
    let (globals, filename, lineno) = match found {
        Some(f) => {
            let filename = f
                .slot(vm, frame::CODE)
                .as_obj()
                .map_or(Value::NONE, |o| o.slot(vm, c::FILENAME));
            (
                f.slot(vm, frame::GLOBALS),
                filename,
                line(vm, f).map_or(0, i64::from),
            )
        }
        None => (vm.roots.sys_dict(vm), vm.intern(b"<sys>").value(), 0),
    };
    let Some(globals) = globals.as_dict(vm) else {
        return Ok((
            vm.local(filename),
            lineno,
            vm.local(vm.intern(b"<string>").value()),
            vm.local(Value::EMPTY),
        ));
    };
    let module = match globals.get_str(vm, vm.roots.names.name(vm)) {
        Some(name) if name.is_none() || name.as_str(vm).is_some() => name,
        _ => vm.intern(b"<string>").value(),
    };
    let key = vm.intern(b"__warningregistry__");
    let registry = match globals.get_str(vm, key) {
        Some(registry) => registry,
        None => {
            let fresh = vm.new_dict().value();
            globals.set_str(vm, key, fresh)?;
            fresh
        }
    };
    let registry = if registry.as_dict(vm).is_some() {
        registry
    } else {
        Value::EMPTY
    };
    Ok((
        vm.local(filename),
        lineno,
        vm.local(module),
        vm.local(registry),
    ))
}

// ---- the functions

fn warn(
    vm: &mut Vm,
    message: Local,
    category: Option<Local>,
    level: Option<i64>,
    source: Option<Local>,
    skip: Option<Local>,
) -> Py<()> {
    let category = checked_category(vm, message, category)?;
    let prefixes = skip.map_or(Ok(Vec::new()), |skip| prefixes(vm, skip))?;
    let level = level.unwrap_or(1);
    let level = if prefixes.is_empty() {
        level
    } else {
        level.max(2)
    };
    let source = source
        .filter(|s| !s.value(vm).is_none())
        .unwrap_or_else(|| vm.local(Value::EMPTY));
    warn_at_level(vm, message, category, level, &prefixes, source)
}
fn warn_at_level(
    vm: &mut Vm,
    message: Local,
    category: Local,
    level: i64,
    prefixes: &[Vec<u8>],
    source: Local,
) -> Py<()> {
    let (filename, lineno, module, registry) = context(vm, level, prefixes)?;
    let line = vm.local(Value::EMPTY);
    explicit(
        vm,
        Warning {
            category,
            message,
            text: message,
            filename,
            lineno,
            module,
            registry,
            source,
            line,
        },
    )
}
fn checked_category(vm: &Vm, message: Local, category: Option<Local>) -> Py<Local> {
    if vm.is_instance_of(message.value(vm), &exc::WARNING) {
        return Ok(vm.local(vm.type_of(message.value(vm)).value()));
    }
    let Some(category) = category.filter(|c| !c.value(vm).is_none()) else {
        return Ok(vm.local(vm.type_object(&exc::USER_WARNING).value()));
    };
    let value = category.value(vm);
    let fits = value.as_obj().is_some_and(|class| {
        vm.is_type(value) && vm.is_subtype(class, vm.type_object(&exc::WARNING))
    });
    if fits {
        return Ok(category);
    }
    let got = vm.type_name_for_error(value);
    Err(vm.type_error(format!("category must be a Warning subclass, not '{got}'")))
}
fn prefixes(vm: &Vm, skip: Local) -> Py<Vec<Vec<u8>>> {
    let value = skip.value(vm);
    let Some(tuple) = value.as_tuple(vm) else {
        let got = vm.type_name_for_error(value);
        return Err(vm.type_error(format!(
            "warn() argument 'skip_file_prefixes' must be tuple, not {got}"
        )));
    };
    let text = |v: Value<'_>| match v.as_str(vm) {
        Some(s) => Ok(s.bytes(vm).to_vec()),
        None => Err(vm.type_error(format!(
            "Found non-str '{}' in skip_file_prefixes.",
            vm.type_name_for_error(v)
        ))),
    };
    tuple.iter(vm).map(text).collect()
}

#[allow(
    clippy::too_many_arguments,
    reason = "as many as the Python function has"
)]
fn warn_explicit(
    vm: &mut Vm,
    message: Local,
    category: Local,
    filename: Local,
    lineno: i64,
    module: Option<Local>,
    registry: Option<Local>,
    globals: Option<Local>,
    source: Option<Local>,
) -> Py<()> {
    if filename.value(vm).as_str(vm).is_none() {
        let got = vm.type_name_for_error(filename.value(vm));
        return Err(vm.type_error(format!(
            "warn_explicit() argument 'filename' must be str, not {got}"
        )));
    }
    if let Some(globals) =
        globals.filter(|g| !g.value(vm).is_none() && g.value(vm).as_dict(vm).is_none())
    {
        let got = vm.type_name_for_error(globals.value(vm));
        return Err(vm.type_error(format!("module_globals must be a dict, not '{got}'")));
    }
    let registry = registry.filter(|r| !r.value(vm).is_none());
    if registry.is_some_and(|r| r.value(vm).as_dict(vm).is_none()) {
        return Err(vm.type_error("'registry' must be a dict or None"));
    }
    let empty = vm.local(Value::EMPTY);
    let line = match globals.filter(|g| !g.value(vm).is_none()) {
        Some(globals) => line_by_loader(vm, globals, lineno)?,
        None => empty,
    };
    let module = module.unwrap_or(empty);
    let source = source.filter(|s| !s.value(vm).is_none()).unwrap_or(empty);
    explicit_at(
        vm,
        message,
        category,
        filename,
        lineno,
        module,
        registry.unwrap_or(empty),
        source,
        line,
    )
}
#[allow(clippy::too_many_arguments, reason = "a warning has that many parts")]
fn explicit_at(
    vm: &mut Vm,
    message: Local,
    category: Local,
    filename: Local,
    lineno: i64,
    module: Local,
    registry: Local,
    source: Local,
    line: Local,
) -> Py<()> {
    let module = if module.value(vm).is_empty() {
        module_of_file(vm, filename)?
    } else {
        module
    };
    explicit(
        vm,
        Warning {
            category,
            message,
            text: message,
            filename,
            lineno,
            module,
            registry,
            source,
            line,
        },
    )
}
/// The name under which a module's loader knows it: for `__main__` that is in `__spec__`, if anywhere.
fn module_name(vm: &mut Vm, globals: Local) -> Py<Option<Local>> {
    let (name, spec) = {
        let vm: &Vm = vm;
        let Some(dict) = globals.value(vm).as_dict(vm) else {
            return Ok(None);
        };
        let Some(name) = dict.get_str(vm, vm.roots.names.name(vm)) else {
            return Ok(None);
        };
        if vm.text_of(name) != "__main__" {
            return Ok(Some(vm.local(name)));
        }
        let spec = dict.get_str(vm, vm.intern(b"__spec__"));
        (vm.local(name), spec.map(|s| vm.local(s)))
    };
    let Some(spec) = spec.filter(|s| !s.value(vm).is_none()) else {
        return Ok(None);
    };
    let own = vm.lookup_attr_str(spec, "name")?;
    Ok(Some(own.map_or(name, |ret| ret.keep(vm))))
}
/// The line of a module's source as its loader (`__spec__.loader`, `__loader__`) has it; Empty if it can't say.
fn line_by_loader(vm: &mut Vm, globals: Local, lineno: i64) -> Py<Local> {
    let nothing = vm.local(Value::EMPTY);
    let importlib = {
        let vm: &Vm = vm;
        let modules = vm.roots.modules(vm).as_dict(vm);
        let name = vm.intern(b"_frozen_importlib_external");
        modules
            .and_then(|m| m.get_str(vm, name))
            .map(|m| vm.local(m))
    };
    let Some(importlib) = importlib else {
        return Ok(nothing);
    };
    let loader = vm
        .call_method(importlib, "_bless_my_loader", &[globals])?
        .keep(vm);
    let name = module_name(vm, globals)?;
    let (Some(name), Some(get_source)) = (name, vm.lookup_attr_str(loader, "get_source")?) else {
        return Ok(nothing);
    };
    let get_source = get_source.keep(vm);
    let source = vm.call(get_source, &[name])?.keep(vm);
    if source.value(vm).as_str(vm).is_none() {
        return Ok(nothing);
    }
    let lines = vm.call_method(source, "splitlines", &[])?.keep(vm);
    let vm: &Vm = vm;
    let at = usize::try_from(lineno - 1).ok();
    let line = at.and_then(|at| lines.value(vm).as_list(vm)?.at(vm, at));
    Ok(line.map_or(nothing, |line| vm.local(line)))
}
/// A file's name without `.py`, where no module was given.
fn module_of_file(vm: &Vm, filename: Local) -> Py<Local> {
    let name = filename
        .value(vm)
        .as_str(vm)
        .map_or(&b""[..], |s| s.bytes(vm));
    let name = if name.is_empty() {
        b"<unknown>"
    } else {
        name.strip_suffix(b".py").unwrap_or(name)
    };
    Ok(vm.local(vm.new_str(name)?.value()))
}

impl Vm {
    /// A warning of the VM, about the running Python code at stack level 1. An error if the filters say so.
    pub fn warn(&mut self, category: &'static TypeDef, text: &str, level: i64) -> Py<()> {
        let empty = self.local(Value::EMPTY);
        self.warn_about(category, text, level, empty)
    }
    /// The same, about an object that is going away.
    pub(crate) fn warn_about(
        &mut self,
        category: &'static TypeDef,
        text: &str,
        level: i64,
        source: Local,
    ) -> Py<()> {
        let top = self.top.get();
        let category = self.local(self.type_object(category).value());
        let message = self.local(self.new_str(text.as_bytes())?.value());
        let result = warn_at_level(self, message, category, level, &[], source);
        self.top.set(top);
        result
    }
    /// A warning about a place in a file, as the compiler gives them.
    pub fn warn_explicit(
        &mut self,
        category: &'static TypeDef,
        text: &str,
        filename: Local<k::Str>,
        lineno: i64,
    ) -> Py<()> {
        let top = self.top.get();
        let [category, empty] = self.locals([self.type_object(category).value(), Value::EMPTY]);
        let message = self.local(self.new_str(text.as_bytes())?.value());
        let result = explicit_at(
            self,
            message,
            category,
            filename.any(),
            lineno,
            empty,
            empty,
            empty,
            empty,
        );
        self.top.set(top);
        result
    }
}

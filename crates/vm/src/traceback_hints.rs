//! What an uncaught AttributeError, NameError or ImportError is told with besides its text: the name that was probably meant.
//!
//! Candidates are found through `dir`, which may run Python code; whatever that raises is dropped, as CPython's `traceback` does.

use crate::layout::{exception, traceback as tb};
use crate::local::{Local, Py, Raised, k};
use crate::objects::exceptions as exc;
use crate::objects::{frame as frames, traceback};
use crate::suggest;
use crate::vm::Vm;
use mesapy_heap::Value;

/// `. Did you mean: 'x'?`, or nothing.
pub(crate) fn hint(vm: &mut Vm, e: Local) -> String {
    let top = vm.top.get();
    let found = find(vm, e).unwrap_or_else(|raised| {
        vm.take_exception(raised);
        String::new()
    });
    vm.top.set(top);
    found
}
fn find(vm: &mut Vm, e: Local) -> Py<String> {
    let is = |vm: &Vm, def| vm.is_instance_of(e.value(vm), def);
    let (is_name, is_attribute, is_import) = (
        is(vm, &exc::NAME_ERROR),
        is(vm, &exc::ATTRIBUTE_ERROR),
        is(vm, &exc::IMPORT_ERROR),
    );
    if !is_name && !is_attribute && !is_import {
        return Ok(String::new());
    }
    let key = if is_import { "name_from" } else { "name" };
    let Some(name) = vm.lookup_attr_str(e, key)?.map(|r| r.keep(vm)) else {
        return Ok(String::new());
    };
    let Some(wrong) = name.value(vm).as_str(vm).map(|s| s.to_string_lossy(vm)) else {
        return Ok(String::new());
    };
    let wrong = wrong.to_string();
    let suggestion = if is_name {
        of_names(vm, e, name, &wrong)
    } else if is_attribute {
        of_attributes(vm, e, &wrong)
    } else {
        of_module(vm, e, &wrong)
    };
    // What fails here gives no suggestion, and the rest goes on.
    let suggestion = suggestion.unwrap_or_else(|raised| {
        vm.take_exception(raised);
        None
    });
    let mut text = suggestion
        .as_ref()
        .map_or(String::new(), |s| format!(". Did you mean: '{s}'?"));
    if is_name && is_library_module(vm, name)? {
        text.push_str(if suggestion.is_some() {
            " Or did"
        } else {
            ". Did"
        });
        text.push_str(&format!(" you forget to import '{wrong}'?"));
    }
    Ok(text)
}

/// The frame that raised.
fn innermost_frame(vm: &Vm, e: Local) -> Option<Local> {
    let mut link = e.value(vm).as_obj()?.slot(vm, exception::TRACEBACK);
    let mut found = None;
    while let Some(entry) = link.as_obj().filter(|_| traceback::is_traceback(vm, link)) {
        found = Some(entry.slot(vm, tb::FRAME));
        link = entry.slot(vm, tb::NEXT);
    }
    found.map(|f| vm.local(f))
}
/// The `self` among a frame's variables.
fn own_self(vm: &mut Vm, frame: Local) -> Py<Option<Local>> {
    let variables = frames::locals_of(vm, frame)?.keep(vm);
    let key = vm.local(vm.intern(b"self").value());
    let found = vm.get_item(variables, key);
    Ok(vm.caught(found, &exc::KEY_ERROR)?.map(|r| r.keep(vm)))
}
fn of_names(vm: &mut Vm, e: Local, name: Local, wrong: &str) -> Py<Option<String>> {
    let Some(frame_local) = innermost_frame(vm, e) else {
        return Ok(None);
    };
    if let Some(own) = own_self(vm, frame_local)?
        && let Some(name) = name.cast::<k::Str>(vm)
        && vm.lookup_attr(own, name)?.is_some()
    {
        return Ok(Some(format!("self.{wrong}")));
    }
    let mut names = Vec::new();
    let variables = frames::locals_of(vm, frame_local)?.keep(vm);
    collect(vm, variables, &mut names)?;
    for attribute in ["f_globals", "f_builtins"] {
        let scope = vm.get_attr_str(frame_local, attribute)?.keep(vm);
        collect(vm, scope, &mut names)?;
    }
    Ok(closest(wrong, &names))
}
fn of_attributes(vm: &mut Vm, e: Local, wrong: &str) -> Py<Option<String>> {
    let Some(obj) = vm.lookup_attr_str(e, "obj")?.map(|r| r.keep(vm)) else {
        return Ok(None);
    };
    let mut names = directory(vm, obj)?;
    let mut hidden = !wrong.starts_with('_');
    if hidden
        && let Some(frame) = innermost_frame(vm, e)
        && let Some(own) = own_self(vm, frame)?
    {
        hidden = own.value(vm) != obj.value(vm);
    }
    if hidden {
        names.retain(|n| !n.starts_with('_'));
    }
    Ok(closest(wrong, &names))
}
fn of_module(vm: &mut Vm, e: Local, wrong: &str) -> Py<Option<String>> {
    let name = vm.get_attr_str(e, "name")?.keep(vm);
    let module = {
        let vm: &Vm = vm;
        let modules = vm.roots.modules(vm).as_dict(vm);
        let found = name
            .value(vm)
            .as_str(vm)
            .and_then(|n| modules?.get_str(vm, vm.intern(n.bytes(vm))));
        found.map(|m| vm.local(m))
    };
    let Some(module) = module else {
        return Ok(None);
    };
    let mut names = directory(vm, module)?;
    if !wrong.starts_with('_') {
        names.retain(|n| !n.starts_with('_'));
    }
    Ok(closest(wrong, &names))
}
/// `dir(obj)`.
fn directory(vm: &mut Vm, obj: Local) -> Py<Vec<String>> {
    let dir = {
        let vm: &Vm = vm;
        let builtins = vm.roots.builtins(vm).as_dict(vm);
        let dir = builtins.and_then(|d| d.get_str(vm, vm.intern(b"dir")));
        vm.local(dir.ok_or(Raised(()))?)
    };
    let listed = vm.call(dir, &[obj])?.keep(vm);
    let mut names = Vec::new();
    collect(vm, listed, &mut names)?;
    Ok(names)
}
/// The strings that an iterable gives.
fn collect(vm: &mut Vm, iterable: Local, names: &mut Vec<String>) -> Py<()> {
    let list = vm.list_from_iterable(iterable)?.keep(vm);
    let vm: &Vm = vm;
    if let Some(list) = list.value(vm).as_list(vm) {
        let texts = (0..list.len(vm)).filter_map(|i| list.at(vm, i)?.as_str(vm));
        names.extend(texts.map(|s| s.to_string_lossy(vm).to_string()));
    }
    Ok(())
}
fn closest(wrong: &str, names: &[String]) -> Option<String> {
    suggest::closest(wrong, names.iter().map(String::as_str)).map(str::to_string)
}
fn is_library_module(vm: &mut Vm, name: Local) -> Py<bool> {
    let names = {
        let vm: &Vm = vm;
        let sys = vm.roots.sys_dict(vm).as_dict(vm);
        let names = sys.and_then(|d| d.get_str(vm, vm.intern(b"stdlib_module_names")));
        vm.local(names.unwrap_or(Value::NONE))
    };
    if names.value(vm).is_none() {
        return Ok(false);
    }
    vm.contains(names, name)
}

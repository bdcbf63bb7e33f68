//! What `from module import name` raises when the name is missing, from what the module says of itself.

use crate::local::{Local, Py, Ret, k};
use crate::vm::Vm;
use mesapy_heap::Value;

/// `from module import name` failed: ImportError with what is known of the module.
pub(crate) fn cannot_import_name(
    vm: &mut Vm,
    module: Local,
    module_name: Option<Local>,
    name: Local<k::Str>,
) -> Py<Ret> {
    let spec = match vm.lookup_attr_str(module, "__spec__")? {
        Some(ret) => ret.keep(vm),
        None => vm.local(Value::NONE),
    };
    let mut origin = None;
    if flag(vm, spec, "has_location")? {
        origin = text_attribute(vm, spec, "origin")?;
    }
    if origin.is_none() {
        origin = text_attribute(vm, module, "__file__")?;
    }
    let shown = match module_name {
        Some(n) => vm.repr_text(n)?,
        None => "'<unknown module name>'".to_string(),
    };
    let place = origin.map_or("unknown location".to_string(), |o| vm.text_of(o.value(vm)));
    let wanted = vm.repr_text(name.any())?;
    let text = if flag(vm, spec, "_initializing")? {
        format!(
            "cannot import name {wanted} from partially initialized module {shown} (most likely due to a circular import) ({place})"
        )
    } else {
        format!("cannot import name {wanted} from {shown} ({place})")
    };
    let vm: &Vm = vm;
    Err(vm.import_from_error(
        &text,
        module_name.map(|n| n.value(vm)),
        origin.map(|o| o.value(vm)),
        name.value(vm),
    ))
}
fn flag(vm: &mut Vm, object: Local, name: &str) -> Py<bool> {
    match vm.lookup_attr_str(object, name)? {
        Some(ret) => {
            let value = ret.keep(vm);
            vm.truth(value)
        }
        None => Ok(false),
    }
}
/// An attribute that is a string; None for any other.
fn text_attribute(vm: &mut Vm, object: Local, name: &str) -> Py<Option<Local>> {
    let found = vm.lookup_attr_str(object, name)?.map(|ret| ret.keep(vm));
    Ok(found.filter(|f| f.value(vm).as_str(vm).is_some()))
}

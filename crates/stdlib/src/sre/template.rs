//! Replacement templates: what `re._compile_template` makes of `r'\1-\g<name>'`.

use super::matching;
use super::pattern::slot_of;
use mesapy_heap::Value;
use mesapy_vm::import;
use mesapy_vm::local::k;
use mesapy_vm::objects::exceptions::TYPE_ERROR;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Ret, Vm};

mod slot {
    /// Literals and group numbers in turn; a tuple of odd length.
    pub const PARTS: usize = 0;
    pub const COUNT: u16 = 1;
}
pub static TEMPLATE: TypeDef = TypeDef {
    name: "_sre.SRE_Template",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
    ..TypeDef::EMPTY
};

/// `_sre.template`
pub fn template(vm: &mut Vm, _pattern: Local, parts: Local<k::List>) -> Py<Ret> {
    let vm: &Vm = vm;
    let items = parts.get(vm).to_vec(vm);
    let valid = items.len() % 2 == 1
        && items.iter().enumerate().all(|(i, v)| {
            if i % 2 == 0 {
                v.as_str(vm).is_some() || v.as_bytes(vm).is_some()
            } else {
                vm.int_value(*v).is_some_and(|n| n >= 0)
            }
        });
    if !valid {
        return Err(vm.type_error("invalid template"));
    }
    let made = object::new_native_instance(vm, &TEMPLATE)?;
    made.set_slot(vm, slot::PARTS, vm.new_tuple(&items)?.value());
    Ok(vm.ret(made.value()))
}
/// Calls `re._compile_template`; an unhashable or odd text is tried again as a plain one.
pub fn compile(vm: &mut Vm, pattern: Local, text: Local) -> Py<Local> {
    let module = import::import_module(vm, "re")?;
    let f = vm.get_attr_str(module, "_compile_template")?.keep(vm);
    match vm.call(f, &[pattern, text]) {
        Ok(ret) => Ok(ret.keep(vm)),
        Err(raised) if vm.raised_is(&raised, &TYPE_ERROR) => {
            let value = text.value(vm);
            let plain = value.as_exact_str(vm).is_some() || value.as_exact_bytes(vm).is_some();
            if plain || value.as_str(vm).is_none() && !vm.has_buffer(value) {
                return Err(raised);
            }
            vm.take_exception(raised);
            let plain = match text.value(vm).as_str(vm) {
                Some(s) => vm.local(vm.new_str(s.bytes(vm))?.value()),
                None => {
                    let bytes = vm.buffer_bytes(text)?;
                    vm.local(vm.new_bytes(&bytes)?.value())
                }
            };
            Ok(vm.call(f, &[pattern, plain])?.keep(vm))
        }
        Err(raised) => Err(raised),
    }
}
/// The text of a template without groups.
pub fn literal_of(vm: &Vm, made: Local) -> Option<Local> {
    if !vm.has_layout(made.value(vm), &TEMPLATE) {
        return None;
    }
    let parts = slot_of(vm, made, slot::PARTS).as_tuple(vm)?;
    if parts.len(vm) != 1 {
        return None;
    }
    Some(vm.local(parts.at(vm, 0)?))
}
/// The template's text for a match; groups that took no part are empty.
pub fn expand(vm: &mut Vm, made: Local, found: Local) -> Py<Ret> {
    let parts = vm.local(slot_of(vm, made, slot::PARTS));
    let [none, text] = vm.locals([Value::NONE; 2]);
    let mut out = Vec::new();
    let mut is_bytes = false;
    let mut i = 0;
    while let Some(part) = parts.value(vm).as_tuple(vm).and_then(|t| t.at(vm, i)) {
        text.set(vm, part);
        if let Some(group) = part.as_small_int() {
            matching::text_of_checked(vm, found, group, none, text)?;
        }
        let value = text.value(vm);
        if let Some(s) = value.as_str(vm) {
            out.extend_from_slice(s.bytes(vm));
        } else if let Some(b) = value.as_bytes(vm) {
            out.extend_from_slice(b.bytes(vm));
            is_bytes = true;
        }
        i += 1;
    }
    if is_bytes {
        vm.ret_bytes(&out)
    } else {
        vm.ret_str(&out)
    }
}

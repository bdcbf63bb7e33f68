//! `str % args`, `str.format` and `str.format_map`.
//!
//! CPython: Objects/stringlib/unicode_format.h. Templates and the paths in field names are parsed by crate `text`; here values are looked up and formatted.

use super::percent;
use crate::local::{Local, Py, Ret, k};
use crate::vm::Vm;
use mesapy_heap::Value;
use mesapy_text::search::Kind;
use mesapy_text::str_format::{
    self, Accessor, AutoNumber, Field, Key, RECURSION_ERROR, RECURSION_MAX, Template,
};

pub(super) fn mod_(vm: &mut Vm, this: Local<k::Str>, args: Local) -> Py<Ret> {
    let template = vm.str_bytes(this);
    let text = percent::format(vm, &template, args, Kind::Str)?;
    vm.ret_str(&text)
}
pub(super) fn rmod(vm: &mut Vm, this: Local<k::Str>, template: Local) -> Py<Ret> {
    match template.cast::<k::Str>(vm) {
        Some(template) => mod_(vm, template, this.any()),
        None => Ok(vm.ret(Value::NOT_IMPLEMENTED)),
    }
}
pub(super) fn format_method(
    vm: &mut Vm,
    this: Local<k::Str>,
    args: Local,
    kwargs: Local,
) -> Py<Ret> {
    let template = vm.str_bytes(this);
    let text = build(
        vm,
        &template,
        &mut Fields {
            args: Some(args),
            named: kwargs,
            auto: AutoNumber::default(),
        },
        RECURSION_MAX,
    )?;
    vm.ret_str(&text)
}
pub(super) fn format_map(vm: &mut Vm, this: Local<k::Str>, mapping: Local) -> Py<Ret> {
    let template = vm.str_bytes(this);
    let text = build(
        vm,
        &template,
        &mut Fields {
            args: None,
            named: mapping,
            auto: AutoNumber::default(),
        },
        RECURSION_MAX,
    )?;
    vm.ret_str(&text)
}

/// Where fields get their values from.
struct Fields {
    /// Positional arguments, a tuple; None for `format_map`.
    args: Option<Local>,
    /// A dict, or Empty if there are no keyword arguments; for `format_map` anything.
    named: Local,
    auto: AutoNumber,
}

fn build(vm: &mut Vm, template: &[u8], fields: &mut Fields, levels: u32) -> Py<Vec<u8>> {
    if levels == 0 {
        return Err(vm.value_error(RECURSION_ERROR));
    }
    let mut out = Vec::with_capacity(template.len() + 16);
    for piece in Template::new(template) {
        let piece = piece.map_err(|e| vm.text_error(e))?;
        out.extend_from_slice(template.get(piece.literal).unwrap_or(&[]));
        if let Some(field) = piece.field {
            vm.scope(|vm| render(vm, template, &field, fields, levels, &mut out))?;
        }
        if out.len() > u32::MAX as usize {
            return Err(vm.memory_error());
        }
    }
    Ok(out)
}

fn render(
    vm: &mut Vm,
    template: &[u8],
    field: &Field,
    fields: &mut Fields,
    levels: u32,
    out: &mut Vec<u8>,
) -> Py<()> {
    let value = look_up(vm, template.get(field.name.clone()).unwrap_or(&[]), fields)?;
    if let Some(conversion) = field.conversion {
        let ret = match char::from_u32(conversion) {
            Some('r') => vm.repr(value)?,
            Some('s') => vm.str(value)?,
            Some('a') => vm.ascii(value)?,
            _ => return Err(vm.text_error(str_format::unknown_conversion(conversion))),
        };
        ret.put(vm, value);
    }
    let spec = template.get(field.spec.clone()).unwrap_or(&[]);
    let spec = if field.spec_has_fields {
        build(vm, spec, fields, levels - 1)?
    } else {
        spec.to_vec()
    };
    if spec.is_empty()
        && let Some(text) = value.value(vm).as_exact_str(vm)
    {
        out.extend_from_slice(text.bytes(vm));
        return Ok(());
    }
    let spec = vm.local(vm.new_str(&spec)?.value());
    let ret = vm.format(value, Some(spec))?;
    if let Some(text) = ret.get(vm).as_str(vm) {
        out.extend_from_slice(text.bytes(vm));
    }
    Ok(())
}

/// The value of a field, in a fresh local.
fn look_up(vm: &mut Vm, name: &[u8], fields: &mut Fields) -> Py<Local> {
    let (first, path) = str_format::split_name(name).map_err(|e| vm.text_error(e))?;
    let number = fields.auto.resolve(&first).map_err(|e| vm.text_error(e))?;
    let [value, key] = vm.locals([Value::NONE, Value::NONE]);
    match (number, first) {
        (Some(i), _) => {
            let Some(args) = fields.args else {
                return Err(vm.value_error("Format string contains positional fields"));
            };
            match args.value(vm).as_tuple(vm).and_then(|t| t.at(vm, i)) {
                Some(found) => value.set(vm, found),
                None => {
                    return Err(vm.index_error(format!(
                        "Replacement index {i} out of range for positional args tuple"
                    )));
                }
            }
        }
        (None, Key::Name(name)) => {
            key.set(vm, vm.new_str(name)?.value());
            if fields.args.is_some() {
                let vm: &Vm = vm;
                let found = key
                    .value(vm)
                    .as_str(vm)
                    .and_then(|name| fields.named.value(vm).as_dict(vm)?.get_str(vm, name));
                match found {
                    Some(found) => value.set(vm, found),
                    None => return Err(vm.key_error(key.value(vm))),
                }
            } else {
                vm.get_item(fields.named, key)?.put(vm, value);
            }
        }
        (None, Key::Number(_)) => {}
    }
    for step in path {
        match step.map_err(|e| vm.text_error(e))? {
            Accessor::Attribute(name) => {
                let name = vm.local_of::<k::Str>(vm.intern(name).value());
                vm.get_attr(value, name)?.put(vm, value);
            }
            Accessor::Item(item) => {
                match item {
                    Key::Number(i) => key.set(vm, vm.int(i as i64)),
                    Key::Name(name) => key.set(vm, vm.new_str(name)?.value()),
                }
                vm.get_item(value, key)?.put(vm, value);
            }
        }
    }
    Ok(value)
}

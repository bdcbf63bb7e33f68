//! Displays, functions, format strings: instructions that construct.

use super::Fr;
use crate::layout::{code as c, function};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::objects::{exceptions as exc, function as func};
use crate::vm::Vm;
use mesapy_bytecode::Conversion;
use mesapy_heap::{Kind, Value};

pub(crate) fn tuple<'v>(vm: &'v Vm, f: &Fr, first: u16, n: u16) -> Py<Value<'v>> {
    Ok(vm
        .new_tuple_from(usize::from(n), |i| f.value(vm, first + i as u16))?
        .value())
}
pub(crate) fn list<'v>(vm: &'v Vm, f: &Fr, first: u16, n: u16) -> Py<Value<'v>> {
    let list = vm.list_with_capacity(usize::from(n))?;
    for i in 0..n {
        list.push(vm, f.value(vm, first + i))?;
    }
    Ok(list.value())
}
pub(crate) fn set(vm: &mut Vm, first: u32, n: u16) -> Py<Ret> {
    let set = vm.local(vm.new_set().value());
    for i in 0..u32::from(n) {
        vm.set_add(set, Local::at(first + i))?;
    }
    Ok(vm.ret(set.value(vm)))
}
pub(crate) fn map(vm: &mut Vm, first: u32, n: u16) -> Py<Ret> {
    let dict = vm.local(vm.new_dict().value());
    for i in 0..u32::from(n) {
        vm.dict_set(dict, Local::at(first + 2 * i), Local::at(first + 2 * i + 1))?;
    }
    Ok(vm.ret(dict.value(vm)))
}
/// Joins strings; an operand that is no exact string is one of a subclass, whose text counts.
pub(crate) fn string<'v>(vm: &'v Vm, f: &Fr, first: u16, n: u16) -> Py<Value<'v>> {
    let items = (0..n).map(|i| f.value(vm, first + i));
    if let Some(s) = vm.new_str_joined(vm.empty_str(), items)? {
        return Ok(s.value());
    }
    let mut out = Vec::new();
    for i in 0..n {
        if let Some(s) = f.value(vm, first + i).as_str(vm) {
            out.extend_from_slice(s.bytes(vm));
        }
    }
    Ok(vm.new_str(&out)?.value())
}
pub(crate) fn list_append(vm: &Vm, list: Value<'_>, item: Value<'_>) -> Py<()> {
    if let Some(l) = list.as_exact_list(vm) {
        l.push(vm, item)?;
    }
    Ok(())
}
pub(crate) fn list_extend(vm: &mut Vm, list: Local, x: Local) -> Py<()> {
    let value = x.value(vm);
    if vm.special_of(value, crate::dunder::Dunder::Iter).is_none()
        && vm
            .special_of(value, crate::dunder::Dunder::GetItem)
            .is_none()
    {
        return Err(vm.type_error(format!(
            "Value after * must be an iterable, not {}",
            vm.type_name_for_error(value)
        )));
    }
    let list: Local<k::List> = list.cast(vm).ok_or(Raised(()))?;
    vm.extend_list(list, x)
}
pub(crate) fn set_update(vm: &mut Vm, set: Local, x: Local) -> Py<()> {
    let iterator = vm.iter(x)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        vm.set_add(set, item)?;
    }
    Ok(())
}
/// `{**x}`.
pub(crate) fn dict_update(vm: &mut Vm, dict: Local, x: Local) -> Py<()> {
    let done = crate::objects::dict::merge(vm, dict, x);
    match vm.caught(done, &exc::ATTRIBUTE_ERROR)? {
        Some(()) => Ok(()),
        None => Err(vm.type_error(format!(
            "'{}' object is not a mapping",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}
/// Adds to the set of a comprehension, or of a body's conditional annotations, whose name a program can bind to anything.
pub(crate) fn set_add(vm: &mut Vm, set: Local, item: Local) -> Py<()> {
    let value = set.value(vm);
    if value.kind(vm) != Kind::Set && !vm.is_instance_of(value, &crate::objects::set::SET) {
        return Err(vm.type_error(format!(
            "__conditional_annotations__ must be a set, not {}",
            vm.type_name_for_error(value)
        )));
    }
    vm.set_add(set, item)
}
/// `f(**x)`: keys must be new strings.
pub(crate) fn dict_merge(vm: &mut Vm, dict: Local, x: Local, callable: Local) -> Py<()> {
    let is_mapping = x.value(vm).as_dict(vm).is_some() || vm.lookup_attr_str(x, "keys")?.is_some();
    if !is_mapping {
        let text = format!(
            "{} argument after ** must be a mapping, not {}",
            callable_text(vm, callable),
            vm.type_name_for_error(x.value(vm))
        );
        return Err(vm.type_error(text));
    }
    // A subclass of dict that iterates like one gives what it holds, whatever its `__getitem__` says.
    let x = {
        let vm: &Vm = vm;
        let own = vm.special(
            vm.type_object(&crate::objects::dict::DICT),
            crate::dunder::Dunder::Iter,
        );
        let plain = vm.special_of(x.value(vm), crate::dunder::Dunder::Iter) == own;
        match x.value(vm).as_dict(vm) {
            Some(d) if plain && x.value(vm).kind(vm) != Kind::Dict => vm.local(d.copy(vm)?.value()),
            _ => x,
        }
    };
    let keys = vm.call_method(x, "keys", &[])?.keep(vm);
    let iterator = vm.iter(keys)?.keep(vm);
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    while vm.next_into(iterator, key)? {
        if vm.contains(dict, key)? {
            let shown = match key.value(vm).as_str(vm) {
                Some(name) => name.to_string_lossy(vm),
                None => vm.repr_text(key)?,
            };
            let text = format!(
                "{} got multiple values for keyword argument '{shown}'",
                callable_text(vm, callable)
            );
            return Err(vm.type_error(text));
        }
        vm.get_item(x, key)?.put(vm, value);
        vm.dict_set(dict, key, value)?;
    }
    Ok(())
}
/// How error messages name a callable: `module.function()`.
pub(crate) fn callable_text(vm: &Vm, callable: Local) -> String {
    let value = callable.value(vm);
    if value.is_none() {
        return "None".into();
    }
    let Some(o) = value.as_obj() else {
        return if value.is_none() {
            "None".to_string()
        } else {
            vm.type_name_for_error(value)
        };
    };
    match o.kind(vm) {
        Kind::Function => {
            let module = vm.text_of(o.slot(vm, function::MODULE));
            let name = vm.text_of(o.slot(vm, function::QUALNAME));
            if module.is_empty() || module == "builtins" {
                format!("{name}()")
            } else {
                format!("{module}.{name}()")
            }
        }
        Kind::BoundMethod => {
            let inner = vm.local(o.slot(vm, crate::layout::method::FUNC));
            callable_text(vm, inner)
        }
        Kind::Native => format!("{}()", vm.native_qualname(value)),
        Kind::Type => {
            let module = vm.text_of(o.slot(vm, crate::layout::types::MODULE));
            let name = vm.text_of(o.slot(vm, crate::layout::types::QUALNAME));
            if module.is_empty() || module == "builtins" {
                format!("{name}()")
            } else {
                format!("{module}.{name}()")
            }
        }
        _ => format!("{} object", vm.type_name_for_error(value)),
    }
}
pub(crate) fn list_to_tuple<'v>(vm: &'v Vm, list: Value<'v>) -> Py<Value<'v>> {
    let items = list.as_list(vm).map(|l| l.to_vec(vm)).unwrap_or_default();
    Ok(vm.new_tuple(&items)?.value())
}

/// A function of the code in stack word `first` and what `flags` says stands behind it.
pub(crate) fn make_function(vm: &Vm, first: u32, flags: u8) -> Py<Value<'_>> {
    let at = |i: u32| vm.stack_word(first + i).value(vm);
    let code = crate::code::expect_code(vm, at(0))?;
    let globals = vm.frame_globals(vm.base.get());
    let f = func::new_function(vm, code, globals);
    for (bit, slot) in [
        (1, function::DEFAULTS),
        (2, function::KWDEFAULTS),
        (3, function::ANNOTATE),
        (4, function::CLOSURE),
    ] {
        if flags >> (bit - 1) & 1 == 1 {
            f.set_slot(vm, slot, at(bit));
        }
    }
    debug_assert!(code.slot(vm, c::NAME).is_ref());
    Ok(f.value())
}

pub(crate) fn format_value(vm: &mut Vm, x: Local, conversion: u8, spec: Option<Local>) -> Py<Ret> {
    let converted = match Conversion::from_u8(conversion).unwrap_or(Conversion::None) {
        Conversion::None => x,
        Conversion::Str => vm.str(x)?.keep(vm),
        Conversion::Repr => vm.repr(x)?.keep(vm),
        Conversion::Ascii => vm.ascii(x)?.keep(vm),
    };
    if spec.is_none() && converted.value(vm).as_exact_str(vm).is_some() {
        return Ok(vm.ret(converted.value(vm)));
    }
    vm.format(converted, spec)
}
pub(crate) fn template(vm: &mut Vm, strings: Local, interpolations: Local) -> Py<Ret> {
    crate::objects::template::new_template(vm, strings, interpolations)
}
pub(crate) fn interpolation(
    vm: &mut Vm,
    value: Local,
    expression: Local,
    conversion: u8,
    spec: Local,
) -> Py<Ret> {
    crate::objects::template::new_interpolation(vm, value, expression, conversion, spec)
}

//! Pattern matching.

use crate::local::{Local, Py, Ret, k};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::Value;

pub(crate) fn is_sequence(vm: &Vm, x: Value<'_>) -> bool {
    vm.type_flags(vm.type_of(x)).has(Flags::SEQUENCE)
}
pub(crate) fn is_mapping(vm: &Vm, x: Value<'_>) -> bool {
    vm.type_flags(vm.type_of(x)).has(Flags::MAPPING)
}

/// The attributes that the sub-patterns look at as a tuple, or None if the subject is no instance or lacks one.
pub(crate) fn match_class(
    vm: &mut Vm,
    subject: Local,
    class: Local,
    names: Local,
    positional: usize,
) -> Py<Ret> {
    if !vm.is_type(class.value(vm)) {
        return Err(vm.type_error("called match pattern must be a class"));
    }
    if !vm.is_instance(subject, class)? {
        return Ok(vm.ret(Value::NONE));
    }
    let seen = vm.local(vm.new_set().value());
    let found = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    if positional > 0 {
        let mut match_self = false;
        let given = vm.lookup_attr_str(class, "__match_args__")?;
        let args = match given {
            Some(ret) => {
                let args = ret.keep(vm);
                if args.value(vm).as_exact_tuple(vm).is_none() {
                    let text = format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        vm.type_short_name(class.value(vm)),
                        vm.type_name_for_error(args.value(vm))
                    );
                    return Err(vm.type_error(text));
                }
                args
            }
            None => {
                match_self = class.value(vm).as_obj().is_some_and(|c| vm.matches_self(c));
                vm.local(vm.roots.empty_tuple(vm))
            }
        };
        let allowed = if match_self {
            1
        } else {
            args.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm))
        };
        if allowed < positional {
            let plural = if allowed == 1 { "" } else { "s" };
            return Err(vm.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{plural} ({positional} given)",
                vm.type_short_name(class.value(vm))
            )));
        }
        if match_self {
            found.get(vm).push(vm, subject.value(vm))?;
        } else {
            for i in 0..positional {
                let name = vm.local(
                    args.value(vm)
                        .as_tuple(vm)
                        .and_then(|t| t.at(vm, i))
                        .unwrap_or(Value::NONE),
                );
                if name.value(vm).as_str(vm).is_none() {
                    return Err(vm.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        vm.type_name_for_error(name.value(vm))
                    )));
                }
                if !attribute(vm, subject, class, name, seen, found)? {
                    return Ok(vm.ret(Value::NONE));
                }
            }
        }
    }
    let n = names.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm));
    for i in 0..n {
        let name = vm.local(
            names
                .value(vm)
                .as_tuple(vm)
                .and_then(|t| t.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        if !attribute(vm, subject, class, name, seen, found)? {
            return Ok(vm.ret(Value::NONE));
        }
    }
    let word = super::build::list_to_tuple(vm, found.value(vm))?.word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn attribute(
    vm: &mut Vm,
    subject: Local,
    class: Local,
    name: Local,
    seen: Local,
    found: Local<k::List>,
) -> Py<bool> {
    if vm.contains(seen, name)? {
        let text = format!(
            "{}() got multiple sub-patterns for attribute '{}'",
            vm.type_short_name(class.value(vm)),
            vm.text_of(name.value(vm))
        );
        return Err(vm.type_error(text));
    }
    vm.set_add(seen, name)?;
    let Some(name) = name.cast::<k::Str>(vm) else {
        return Ok(false);
    };
    match vm.lookup_attr(subject, name)? {
        Some(ret) => {
            let value = ret.get(vm);
            found.get(vm).push(vm, value)?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// The values of the keys as a tuple, or None if one is missing.
pub(crate) fn match_keys(vm: &mut Vm, subject: Local, keys: Local) -> Py<Ret> {
    let n = keys.value(vm).as_tuple(vm).map_or(0, |t| t.len(vm));
    let seen = vm.local(vm.new_set().value());
    let found = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    let [marker, key] = vm.locals([Value::NONE, Value::NONE]);
    let fresh = crate::objects::object::new_plain_object(vm).word();
    marker.set(vm, fresh.value(vm));
    let get = vm.get_attr_str(subject, "get")?.keep(vm);
    for i in 0..n {
        key.set(
            vm,
            keys.value(vm)
                .as_tuple(vm)
                .and_then(|t| t.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        if vm.contains(seen, key)? {
            let shown = vm.repr_text(key)?;
            return Err(vm.value_error(format!("mapping pattern checks duplicate key ({shown})")));
        }
        vm.set_add(seen, key)?;
        let value = vm.call(get, &[key, marker])?.get(vm);
        if value == marker.value(vm) {
            return Ok(vm.ret(Value::NONE));
        }
        found.get(vm).push(vm, value)?;
    }
    let word = super::build::list_to_tuple(vm, found.value(vm))?.word();
    vm.ret.set(word);
    Ok(Ret(()))
}

impl Vm {
    /// Whether a positional sub-pattern of this class matches the subject itself (int, str, … and subclasses).
    fn matches_self(&self, class: mesapy_heap::Obj<'_>) -> bool {
        let mro = class.slot(self, crate::layout::types::MRO).as_tuple(self);
        mro.is_some_and(|m| {
            m.iter(self)
                .filter_map(|c| c.as_obj())
                .any(|c| self.type_flags(c).has(Flags::MATCH_SELF))
        })
    }
}

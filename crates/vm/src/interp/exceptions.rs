//! Raising, matching and handling exceptions.

use super::Fr;
use crate::layout::{exception, header};
use crate::local::{Local, Py, Raised, Ret};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::{Value, Word};

/// Enters an except block: the frame's handled exception is saved to register `save` and becomes register `new`.
pub(crate) fn push(vm: &Vm, f: &Fr, save: u16, new: u16) {
    let (old, new) = (vm.stack_word(f.base - header::EXC), f.reg(vm, new));
    f.set(vm, save, old);
    vm.set_stack_word(f.base - header::EXC, new);
}
pub(crate) fn pop(vm: &Vm, f: &Fr, saved: u16) {
    let old = f.reg(vm, saved);
    vm.set_stack_word(f.base - header::EXC, old);
}
/// type, value, traceback.
pub(crate) fn exc_info(vm: &Vm, f: &Fr, a: u16, b: u16) {
    let e = f.value(vm, b);
    let class = vm.type_of(e).value().word();
    let traceback = e
        .as_obj()
        .map_or(Word::NONE, |o| o.slot(vm, exception::TRACEBACK).word());
    let e = e.word();
    f.set(vm, a, class);
    f.set(vm, a + 1, e);
    f.set(vm, a + 2, traceback);
}

const CANNOT_CATCH: &str = "catching classes that do not inherit from BaseException is not allowed";

/// Whether exception `e` is caught by `except filter`; None if the filter is not made of exception classes.
#[inline(never)]
pub(crate) fn matches_quick(vm: &Vm, e: Word, filter: Word) -> Option<bool> {
    let class = vm.type_of(e.value(vm));
    let wanted = filter.value(vm);
    let is = |t: Value<'_>| {
        let t = t.as_obj().filter(|_| vm.is_exception_class(t))?;
        Some(vm.is_subtype(class, t))
    };
    let Some(tuple) = wanted.as_tuple(vm) else {
        return is(wanted);
    };
    let mut found = false;
    for t in tuple.iter(vm) {
        found |= is(t)?;
    }
    Some(found)
}
/// The same, with the error.
pub(crate) fn matches(vm: &Vm, e: Local, filter: Local) -> Py<bool> {
    matches_quick(vm, e.word(vm), filter.word(vm)).ok_or_else(|| vm.type_error(CANNOT_CATCH))
}
pub(crate) fn is_stop_async_iteration(vm: &Vm, e: Value<'_>) -> bool {
    vm.is_instance_of(e, &exc::STOP_ASYNC_ITERATION)
}

/// `raise` alone.
pub(crate) fn raise_handled(vm: &Vm) -> Raised {
    match vm.handled_exception() {
        Some(current) => vm.raise_again(current),
        None => vm.runtime_error("No active exception to reraise"),
    }
}
/// `raise e` and `raise e from cause`.
pub(crate) fn raise(vm: &mut Vm, argc: u8, e: Local, cause: Local) -> Py<()> {
    let instance = instantiate(vm, e, "exceptions must derive from BaseException")?;
    if argc == 2 {
        let none = cause.value(vm).is_none();
        let cause = if none {
            cause
        } else {
            instantiate(vm, cause, "exception causes must derive from BaseException")?
        };
        if let Some(o) = instance.value(vm).as_obj() {
            o.set_slot(vm, exception::CAUSE, cause.value(vm));
            o.set_slot(vm, exception::SUPPRESS_CONTEXT, Value::TRUE);
        }
    }
    Err(vm.raise(instance.value(vm)))
}
/// `raise e` where `e` is an exception, or a class whose construction takes no Python. None: nothing was done.
#[inline(never)]
pub(crate) fn raise_quick(vm: &Vm, e: Word) -> Option<Raised> {
    let e = e.value(vm);
    if vm.is_exception_instance(e) {
        return Some(vm.raise(e));
    }
    let class = e.as_obj().filter(|_| vm.is_exception_class(e))?;
    let made = crate::quick::exception(vm, class, vm.top.get(), 0)?;
    Some(vm.raise(made.value()))
}
fn repr_text(vm: &mut Vm, x: Local) -> Py<String> {
    let text = vm.repr(x)?.keep(vm);
    Ok(vm.text_of(text.value(vm)))
}
/// An exception instance of a class or instance.
fn instantiate(vm: &mut Vm, e: Local, otherwise: &str) -> Py<Local> {
    if vm.is_exception_class(e.value(vm)) {
        let made = vm.call(e, &[])?.keep(vm);
        if !vm.is_exception_instance(made.value(vm)) {
            let class = vm.local(vm.type_of(made.value(vm)).value());
            let (wanted, got) = (repr_text(vm, e)?, repr_text(vm, class)?);
            return Err(vm.type_error(format!(
                "calling {wanted} should have returned an instance of BaseException, not {got}"
            )));
        }
        return Ok(made);
    }
    if vm.is_exception_instance(e.value(vm)) {
        return Ok(e);
    }
    Err(vm.type_error(otherwise))
}
/// Sets an exception pending again as it is.
pub(crate) fn reraise(vm: &Vm, e: Value<'_>) -> Raised {
    vm.raise_again(e)
}

// ---- except*

/// Splits `e` by `filter`: the matching part and the rest, each None if empty.
pub(crate) fn match_star(
    vm: &mut Vm,
    e: Local,
    filter: Local,
    matching: Local,
    rest: Local,
) -> Py<()> {
    {
        let vm: &Vm = vm;
        let group = vm.type_object(&exc::BASE_EXCEPTION_GROUP);
        let wanted = filter.value(vm);
        let each: Vec<Value<'_>> = wanted
            .as_tuple(vm)
            .map_or_else(|| vec![wanted], |t| t.iter(vm).collect());
        if !each.iter().all(|t| vm.is_exception_class(*t)) {
            return Err(vm.type_error(
                "catching classes that do not inherit from BaseException is not allowed",
            ));
        }
        if each
            .iter()
            .any(|t| t.as_obj().is_some_and(|t| vm.is_subtype(t, group)))
        {
            return Err(vm.type_error(
                "catching ExceptionGroup with except* is not allowed. Use except instead.",
            ));
        }
    }
    let original = vm.local(e.value(vm));
    if original.value(vm).is_none() {
        matching.set(vm, Value::NONE);
        rest.set(vm, Value::NONE);
        return Ok(());
    }
    if matches(vm, original, filter)? {
        // A naked exception is wrapped.
        if !vm.is_instance_of(original.value(vm), &exc::BASE_EXCEPTION_GROUP) {
            let wrapped = exc::wrap_in_group(vm, original)?.keep(vm);
            matching.set(vm, wrapped.value(vm));
        } else {
            matching.set(vm, original.value(vm));
        }
        rest.set(vm, Value::NONE);
        return Ok(());
    }
    if vm.is_instance_of(original.value(vm), &exc::BASE_EXCEPTION_GROUP) {
        let pair = vm.call_method(original, "split", &[filter])?.keep(vm);
        let vm: &Vm = vm;
        let parts = pair.value(vm).as_tuple(vm).filter(|t| t.len(vm) >= 2);
        let Some(parts) = parts else {
            let class = vm.type_short_name(vm.type_of(original.value(vm)).value());
            return Err(vm.type_error(match pair.value(vm).as_tuple(vm) {
                Some(short) => format!(
                    "{class}.split must return a 2-tuple, got tuple of size {}",
                    short.len(vm)
                ),
                None => format!(
                    "{class}.split must return a tuple, not {}",
                    vm.type_name_for_error(pair.value(vm))
                ),
            }));
        };
        matching.set(vm, parts.at(vm, 0).unwrap_or(Value::NONE));
        rest.set(vm, parts.at(vm, 1).unwrap_or(Value::NONE));
        return Ok(());
    }
    matching.set(vm, Value::NONE);
    rest.set(vm, original.value(vm));
    Ok(())
}
pub(crate) fn prep_reraise_star(vm: &mut Vm, original: Local, raised: Local) -> Py<Ret> {
    exc::prep_reraise_star(vm, original, raised)
}

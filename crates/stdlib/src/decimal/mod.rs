//! `_mpdecimal`: the types `Decimal` and `Context` with the operations that programs live on, over the arithmetic of crate `text`.
//!
//! The rest of module `_decimal` is Python (`overlay/_pympdecimal.py`): signals, what is rarely called (logarithms, powers …), which goes to `_pydecimal`, and
//! what wants Python's own protocols. That module hands its namespace over with `_set_support`.

use crate::support::*;
use context::{getcontext, setcontext};
use mesapy_vm::vm::Pinned;
use std::cell::Cell;

mod compare;
mod context;
mod context_methods;
mod convert;
mod number;
mod quick;
mod rare;
mod values;

pub static MODULE: NativeModule = NativeModule {
    name: "_mpdecimal",
    doc: "Decimal numbers and contexts.",
    functions: methods! {
        "_set_support(namespace, variable, /)" => static calls set_support(namespace, variable), "";
        "getcontext()" => static calls getcontext(), "Get the current default context.";
        "setcontext(context, /)" => static calls setcontext(context), "Set a new default context.";
    },
    types: &[&number::DECIMAL, &context::CONTEXT],
    init: None,
};

/// The namespace of the Python half, and the context variable that holds the current context.
#[derive(Default)]
struct Support {
    namespace: Option<Pinned>,
    variable: Option<Pinned>,
    current: Cell<quick::Current>,
}

fn set_support(vm: &mut Vm, namespace: Local<k::Dict>, variable: Local) -> Py<()> {
    let (namespace, variable) = (vm.pin(namespace.value(vm)), vm.pin(variable.value(vm)));
    let support = vm.state::<Support>();
    support.namespace = Some(namespace);
    support.variable = Some(variable);
    Ok(())
}
/// Calls a function of the Python half.
fn call_support(vm: &mut Vm, name: &str, args: &[Local]) -> Py<Ret> {
    let function = {
        let vm: &Vm = vm;
        let found = vm
            .state_if_any::<Support>()
            .and_then(|s| s.namespace)
            .and_then(|pin| vm.pinned(pin).as_dict(vm))
            .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())));
        match found {
            Some(f) => vm.local(f),
            None => return Err(vm.system_error("module _decimal is not loaded")),
        }
    };
    vm.call(function, args)
}

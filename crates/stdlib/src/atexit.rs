//! `atexit`: functions to call at the end of the program, last registered first.

use crate::support::*;
use mesapy_vm::vm::Pinned;

/// The callbacks: a list of (function, args, kwargs or None).
#[derive(Default)]
struct Callbacks(Option<Pinned>);

pub static MODULE: NativeModule = NativeModule {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: methods! {
        "register(func, /, *args, **kwargs)" => static calls register(func, args, kwargs), "Register a function to be executed upon normal program termination.\n\n    func - function to be called at exit\n    args - optional arguments to pass to func\n    kwargs - optional keyword arguments to pass to func\n\n    func is returned to facilitate usage as a decorator.";
        "unregister(func, /)" => static calls unregister(func), "Unregister an exit function which was previously registered using\natexit.register\n\n    func - function to be unregistered";
        "_clear()" => static calls clear(), "Clear the list of previously registered exit functions.";
        "_run_exitfuncs()" => static calls run(), "Run all registered exit functions.\n\nIf a callback raises an exception, it is logged with sys.unraisablehook.";
        "_ncallbacks()" => static calls count(), "Return the number of registered exit functions.";
    },
    types: &[],
    init: None,
};

fn callbacks(vm: &mut Vm) -> Py<Local> {
    if let Some(p) = vm.state::<Callbacks>().0 {
        return Ok(vm.local(vm.pinned(p)));
    }
    let list = vm.local(vm.new_list(&[])?.value());
    let pin = vm.pin(list.value(vm));
    vm.state::<Callbacks>().0 = Some(pin);
    Ok(list)
}
fn register(vm: &mut Vm, func: Local, args: Local, kwargs: Local) -> Py<Local> {
    if !vm.is_callable(func.value(vm)) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let list = callbacks(vm)?;
    let keywords = if has_keywords(vm, kwargs) {
        kwargs
    } else {
        vm.local(Value::NONE)
    };
    let entry = tuple_of(vm, &[func, args, keywords])?;
    if let Some(l) = list.value(vm).as_list(vm) {
        l.push(vm, entry.value(vm))?;
    }
    Ok(func)
}
fn unregister(vm: &mut Vm, func: Local) -> Py<()> {
    let list = callbacks(vm)?;
    let [entry, registered] = vm.locals([Value::NONE, Value::NONE]);
    let mut i = 0;
    // Comparing may run anything, so the list is looked at anew each time.
    while let Some(e) = list.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) {
        entry.set(vm, e);
        registered.set(vm, tuple_at(vm, entry, 0));
        let same = vm.equal(registered, func)?;
        if let Some(l) = list.value(vm).as_list(vm).filter(|_| same) {
            if l.at(vm, i) == Some(entry.value(vm)) {
                l.remove_range(vm, i, i + 1);
                continue;
            }
        }
        i += 1;
    }
    Ok(())
}
fn clear(vm: &mut Vm) -> Py<()> {
    let list = callbacks(vm)?;
    if let Some(l) = list.value(vm).as_list(vm) {
        l.clear(vm);
    }
    Ok(())
}
fn count(vm: &mut Vm) -> Py<usize> {
    let list = callbacks(vm)?;
    Ok(list.value(vm).as_list(vm).map_or(0, |l| l.len(vm)))
}
/// Runs what was registered, last first: at the end of the interpreter, whether the module can still be found or not.
pub fn run(vm: &mut Vm) -> Py<()> {
    let list = callbacks(vm)?;
    let entry = vm.local(Value::NONE);
    while let Some(e) = list.value(vm).as_list(vm).and_then(|l| l.pop(vm)) {
        entry.set(vm, e);
        vm.scope(|vm| {
            let func = tuple_item(vm, entry, 0);
            let args = tuple_item(vm, entry, 1);
            let kwargs = tuple_item(vm, entry, 2);
            if let Err(raised) = vm.call_ex(func, args, kwargs) {
                mesapy_vm::hooks::unraisable(
                    vm,
                    raised,
                    func,
                    "Exception ignored in atexit callback",
                );
            }
        });
    }
    Ok(())
}

//! What happens to exceptions that nobody catches, and at safepoints: the hooks of `sys`, and their defaults.

use crate::gc::breaker;
use crate::layout::{exception, types};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::exceptions::{self as exc, fields};
use crate::traceback_print;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::Value;
use std::sync::atomic::Ordering;

/// Lets a host stop a running program from another of its threads.
#[derive(Clone, Debug)]
pub struct Interrupter(std::sync::Arc<std::sync::atomic::AtomicU32>);
impl Interrupter {
    /// The program gets a KeyboardInterrupt at its next safepoint: a loop's end, a call, a wait of its own.
    pub fn interrupt(&self) {
        self.0.fetch_or(breaker::LIMIT, Ordering::Relaxed);
    }
    /// Takes back an interrupt that did not arrive yet.
    pub fn forget(&self) {
        self.0.fetch_and(!breaker::LIMIT, Ordering::Relaxed);
    }
}
impl Vm {
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.breaker.clone())
    }
}

/// What the breaker asks for besides collections. A signal's bit is cleared before the callback runs, so that a signal that comes meanwhile counts.
pub fn at_safepoint(vm: &mut Vm, bits: u32) -> Py<()> {
    if bits & breaker::GIL != 0 {
        vm.yield_turn();
    }
    if bits & breaker::LIMIT != 0 {
        vm.breaker.fetch_and(!breaker::LIMIT, Ordering::Relaxed);
        return Err(vm.raise_with(&exc::KEYBOARD_INTERRUPT, &[]));
    }
    if bits & breaker::SIGNAL != 0 {
        vm.breaker.fetch_and(!breaker::SIGNAL, Ordering::Relaxed);
        if !vm.is_main_thread() {
            vm.pass_signal_on();
            return Ok(());
        }
        if let Some(hook) = vm.signal_hook {
            return hook(vm);
        }
    }
    Ok(())
}

// ---- sys

pub(crate) fn sys_attribute(vm: &Vm, name: &str) -> Option<Local> {
    let dict = vm.roots.sys_dict(vm).as_dict(vm)?;
    let value = dict.get_str(vm, vm.intern(name.as_bytes()))?;
    Some(vm.local(value))
}
fn set_sys_attribute(vm: &Vm, name: &str, value: Value<'_>) {
    if let Some(dict) = vm.roots.sys_dict(vm).as_dict(vm) {
        // Out of memory here must not hide what is being reported.
        let _ = dict.set_str(vm, vm.intern(name.as_bytes()), value);
    }
}
/// Writes to `sys.stderr`, or to the process's own where there is none or it fails.
pub fn write_stderr(vm: &mut Vm, text: &[u8]) {
    let top = vm.top.get();
    let file = sys_attribute(vm, "stderr").filter(|f| !f.value(vm).is_none());
    let done = match file {
        Some(file) => write_to(vm, file, text),
        None => Ok(false),
    };
    match done {
        Ok(true) => {}
        Ok(false) => vm.write_emergency(text),
        Err(raised) => {
            vm.take_exception(raised);
            vm.write_emergency(text);
        }
    }
    vm.top.set(top);
}
fn write_to(vm: &mut Vm, file: Local, text: &[u8]) -> Py<bool> {
    let text = vm.local(vm.new_str(text)?.value());
    let _: Ret = vm.call_method(file, "write", &[text])?;
    let _: Ret = vm.call_method(file, "flush", &[])?;
    Ok(true)
}

// ---- uncaught exceptions

/// Prints an exception as CPython prints one that nothing caught: by the module `traceback` if it can be had, else natively.
pub fn print_exception(vm: &mut Vm, e: Local) {
    let top = vm.top.get();
    if let Err(raised) = print_by_module(vm, e) {
        vm.take_exception(raised);
        let text = traceback_print::format(vm, e);
        write_stderr(vm, &text);
    }
    vm.top.set(top);
}
fn print_by_module(vm: &mut Vm, e: Local) -> Py<()> {
    let import = {
        let vm: &Vm = vm;
        let builtins = vm.roots.builtins(vm).as_dict(vm);
        let import = builtins.and_then(|d| d.get_str(vm, vm.roots.names.import(vm)));
        vm.local(import.ok_or(Raised(()))?)
    };
    let name = vm.local(vm.intern(b"traceback").value());
    let module = vm.call(import, &[name])?.keep(vm);
    let _: Ret = vm.call_method(module, "_print_exception_bltin", &[e])?;
    Ok(())
}

/// The exit status that SystemExit asks for; None for any other exception. A code that is neither None nor an int is printed, and means 1.
pub fn handle_system_exit(vm: &mut Vm, e: Local) -> Option<i32> {
    let code = {
        let vm: &Vm = vm;
        if !vm.is_instance_of(e.value(vm), &exc::SYSTEM_EXIT) {
            return None;
        }
        let code = e
            .value(vm)
            .as_obj()
            .map_or(Value::NONE, |o| o.slot(vm, fields::exit::CODE));
        if code.is_none() || code.is_empty() {
            return Some(0);
        }
        if vm.is_int(code) {
            return Some(vm.int_value(code).map_or(-1, |n| n as i32));
        }
        vm.local(code)
    };
    let mut text = match vm.str(code) {
        Ok(ret) => ret
            .get(vm)
            .as_str(vm)
            .map_or_else(Vec::new, |s| s.bytes(vm).to_vec()),
        Err(raised) => {
            vm.take_exception(raised);
            Vec::new()
        }
    };
    text.push(b'\n');
    write_stderr(vm, &text);
    Some(1)
}

/// The end of a program by an exception: the exit status, after `sys.excepthook` has had its say.
pub fn report_uncaught(vm: &mut Vm, raised: Raised) -> i32 {
    let top = vm.top.get();
    let e = vm.take_exception_local(raised);
    // With `-i` a prompt follows, and SystemExit is shown like any other exception.
    let exit = if vm.sys_config.flags.inspect {
        None
    } else {
        handle_system_exit(vm, e)
    };
    let status = match exit {
        Some(status) => status,
        None => excepthook(vm, e).unwrap_or(1),
    };
    vm.top.set(top);
    status
}

/// Calls `sys.excepthook`. Some: the hook raised SystemExit with this status.
pub fn excepthook(vm: &mut Vm, e: Local) -> Option<i32> {
    let [class, traceback] = {
        let vm: &Vm = vm;
        let value = e.value(vm);
        let class = vm.type_of(value).value();
        let traceback = value
            .as_obj()
            .and_then(|o| o.slot(vm, exception::TRACEBACK).non_empty())
            .unwrap_or(Value::NONE);
        for (name, value) in [
            ("last_exc", value),
            ("last_type", class),
            ("last_value", value),
            ("last_traceback", traceback),
        ] {
            set_sys_attribute(vm, name, value);
        }
        vm.locals([class, traceback])
    };
    let Some(hook) = sys_attribute(vm, "excepthook") else {
        write_stderr(vm, b"sys.excepthook is missing\n");
        print_exception(vm, e);
        return None;
    };
    let Err(raised) = vm.call(hook, &[class, e, traceback]) else {
        return None;
    };
    let second = vm.take_exception_local(raised);
    if let Some(status) = handle_system_exit(vm, second) {
        return Some(status);
    }
    write_stderr(vm, b"Error in sys.excepthook:\n");
    print_exception(vm, second);
    write_stderr(vm, b"\nOriginal exception was:\n");
    print_exception(vm, e);
    None
}

// ---- exceptions that can't be raised

mod args {
    pub const EXC_TYPE: u16 = 0;
    pub const EXC_VALUE: u16 = 1;
    pub const EXC_TRACEBACK: u16 = 2;
    pub const ERR_MSG: u16 = 3;
    pub const OBJECT: u16 = 4;
    pub const COUNT: u16 = 5;
}
/// The argument of `sys.unraisablehook`.
pub static UNRAISABLE_HOOK_ARGS: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "sys.UnraisableHookArgs",
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    layout: Layout::Slots(args::COUNT),
    flags: TypeFlags::NONE,
    methods: ARGS_METHODS,
    members: &[
        ("exc_type", args::EXC_TYPE, "Exception type"),
        ("exc_value", args::EXC_VALUE, "Exception value"),
        ("exc_traceback", args::EXC_TRACEBACK, "Exception traceback"),
        ("err_msg", args::ERR_MSG, "Error message"),
        ("object", args::OBJECT, "Object causing the exception"),
    ],
    ..TypeDef::EMPTY
};
static ARGS_METHODS: &[Method] = methods! {
    "__new__(type, iterable, /)" => static calls new_args(class, items), "Create and return a new object.  See help(type) for accurate signature.";
};
fn new_args(vm: &mut Vm, class: Local, items: Local) -> Py<Ret> {
    let _ = class;
    let tuple: Local<k::Tuple> = vm
        .tuple_from_iterable(items)?
        .keep(vm)
        .cast(vm)
        .ok_or(Raised(()))?;
    let vm: &Vm = vm;
    let given = tuple.get(vm);
    let n = given.len(vm);
    if n != usize::from(args::COUNT) {
        return Err(vm.type_error(format!(
            "UnraisableHookArgs() takes a 5-sequence ({n}-sequence given)"
        )));
    }
    let made = crate::objects::object::new_native_instance(vm, &UNRAISABLE_HOOK_ARGS)?;
    for (i, value) in given.iter(vm).enumerate() {
        made.set_slot(vm, i, value);
    }
    Ok(vm.ret(made.value()))
}

/// An exception where none can be raised (finalizers, callbacks): told to `sys.unraisablehook`, or to stderr. `object` may be Empty.
pub fn unraisable(vm: &mut Vm, raised: Raised, object: Local, what: &str) {
    let top = vm.top.get();
    // What the interrupted program was returning stays.
    let ret = vm.local(vm.ret.get().value(vm));
    let e = vm.take_exception_local(raised);
    if let Err(raised) = call_unraisable_hook(vm, e, object, what) {
        // The hook itself failed: both are told natively.
        let second = vm.take_exception_local(raised);
        let hook = sys_attribute(vm, "unraisablehook").unwrap_or_else(|| vm.local(Value::EMPTY));
        default_unraisable(vm, second, hook, "Exception ignored in sys.unraisablehook");
        default_unraisable(vm, e, object, what);
    }
    vm.ret.set(ret.word(vm));
    vm.top.set(top);
}
/// The same: "Exception ignored while … <object>".
pub(crate) fn unraisable_while(vm: &mut Vm, raised: Raised, doing: &str, object: Local) {
    let e = vm.take_exception_local(raised);
    let shown = vm.repr_text(object).unwrap_or_else(|raised| {
        vm.take_exception(raised);
        "<object repr() failed>".to_string()
    });
    let raised = vm.raise_again(e.value(vm));
    let nothing = vm.local(Value::EMPTY);
    unraisable(
        vm,
        raised,
        nothing,
        &format!("Exception ignored while {doing} {shown}"),
    );
}
fn call_unraisable_hook(vm: &mut Vm, e: Local, object: Local, what: &str) -> Py<()> {
    let hook = sys_attribute(vm, "unraisablehook").filter(|h| !h.value(vm).is_none());
    let Some(hook) = hook else {
        default_unraisable(vm, e, object, what);
        return Ok(());
    };
    let argument = {
        let vm: &Vm = vm;
        let value = e.value(vm);
        let made = crate::objects::object::new_native_instance(vm, &UNRAISABLE_HOOK_ARGS)?;
        let traceback = value
            .as_obj()
            .and_then(|o| o.slot(vm, exception::TRACEBACK).non_empty());
        made.set_slot(vm, usize::from(args::EXC_TYPE), vm.type_of(value).value());
        made.set_slot(vm, usize::from(args::EXC_VALUE), value);
        made.set_slot(
            vm,
            usize::from(args::EXC_TRACEBACK),
            traceback.unwrap_or(Value::NONE),
        );
        made.set_slot(
            vm,
            usize::from(args::ERR_MSG),
            vm.new_str(what.as_bytes())?.value(),
        );
        made.set_slot(
            vm,
            usize::from(args::OBJECT),
            object.value(vm).non_empty().unwrap_or(Value::NONE),
        );
        vm.local(made.value())
    };
    let _: Ret = vm.call(hook, &[argument])?;
    Ok(())
}
/// `sys.__unraisablehook__`.
pub fn default_unraisablehook(vm: &mut Vm, argument: Local) -> Py<()> {
    let (e, object, what) = {
        let vm: &Vm = vm;
        if !vm.is_exactly(argument.value(vm), &UNRAISABLE_HOOK_ARGS) {
            return Err(
                vm.type_error("sys.unraisablehook argument type must be UnraisableHookArgs")
            );
        }
        let o = argument.value(vm).as_obj().ok_or(Raised(()))?;
        let slot = |i: u16| o.slot(vm, usize::from(i));
        (
            vm.local(slot(args::EXC_VALUE)),
            vm.local(slot(args::OBJECT)),
            vm.text_of(slot(args::ERR_MSG)),
        )
    };
    default_unraisable(vm, e, object, &what);
    Ok(())
}
fn default_unraisable(vm: &mut Vm, e: Local, object: Local, what: &str) {
    let mut text = Vec::new();
    let shown = object.value(vm);
    if !shown.is_empty() && !shown.is_none() {
        text.extend(
            if what.is_empty() {
                "Exception ignored in"
            } else {
                what
            }
            .as_bytes(),
        );
        text.extend(b": ");
        match vm.repr(object) {
            Ok(ret) => text.extend(ret.get(vm).as_str(vm).map_or(&[][..], |s| s.bytes(vm))),
            Err(raised) => {
                vm.take_exception(raised);
                text.extend(b"<object repr() failed>");
            }
        }
        text.push(b'\n');
    } else if !what.is_empty() {
        text.extend(what.as_bytes());
        text.extend(b":\n");
    }
    text.extend(traceback_print::format_single(vm, e));
    write_stderr(vm, &text);
}

impl Vm {
    /// Descriptor 2, for when there is no `sys.stderr`.
    pub(crate) fn write_emergency(&self, text: &[u8]) {
        // Nothing is left to tell if even this fails.
        let _ = self.platform().write_emergency(text);
    }
    /// The module of a class, as exceptions are shown: None for builtins and `__main__`.
    pub(crate) fn shown_module(&self, class: mesapy_heap::Obj<'_>) -> Option<String> {
        let own = self.type_lookup(class, self.roots.names.module(self));
        let module = own.or_else(|| class.slot(self, types::MODULE).non_empty())?;
        let module = self.text_of(module);
        if module.is_empty() || module == "builtins" || module == "__main__" {
            None
        } else {
            Some(module)
        }
    }
}

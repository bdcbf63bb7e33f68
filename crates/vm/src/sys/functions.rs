//! The functions of `sys`.

use crate::hooks;
use crate::layout::{exception, header};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::Method;
use crate::objects::{exceptions as exc, structseq};
use crate::roots::Root;
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};

pub static FUNCTIONS: &[Method] = crate::methods! {
    "exc_info()" => static calls exc_info(), "Return current exception information: (type, value, traceback).";
    "exception()" => static leaf exception_value(), "Return the current exception.";
    "exit(status=None, /)" => static calls exit(status), "Exit the interpreter by raising SystemExit(status).";
    "displayhook(object, /)" => static calls displayhook(value), "Print an object to sys.stdout and also save it in builtins._";
    "excepthook(exctype, value, traceback, /)" => static calls excepthook(class, value, traceback), "Handle an exception by displaying it with a traceback on sys.stderr.";
    "unraisablehook(unraisable, /)" => static calls unraisablehook(args), "Handle an unraisable exception.";
    "breakpointhook(*args, **kws)" => static calls breakpointhook(args, kws), "This hook function is called by built-in breakpoint().";
    "getrecursionlimit()" => static leaf getrecursionlimit(), "Return the current value of the recursion limit.";
    "setrecursionlimit(limit, /)" => static calls setrecursionlimit(limit), "Set the maximum depth of the Python interpreter stack to n.";
    "getsizeof(...)" => static calls getsizeof(args, kwargs), "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.";
    "getrefcount(object, /)" => static leaf getrefcount(value), "Return the reference count of object.";
    "intern(string, /)" => static calls intern(string), "``Intern'' the given string.";
    "_is_interned(string, /)" => static leaf is_interned(string), "Return True if the given string is \"interned\".";
    "_is_immortal(op, /)" => static leaf is_immortal(value), "Return True if the given object is \"immortal\" per PEP 683.";
    "_getframe(depth=0, /)" => static calls getframe(depth), "Return a frame object from the call stack.";
    "_getframemodulename(depth=0)" => static calls getframemodulename(depth), "Return the name of the module for a calling frame.";
    "_current_frames()" => static calls current_frames(), "Return a dict mapping each thread's thread id to its current stack frame.";
    "_current_exceptions()" => static calls current_exceptions(), "Return a dict mapping each thread's identifier to its current raised exception.";
    "settrace(function, /)" => static calls settrace(function), "Set the global debug tracing function.";
    "_settraceallthreads(function, /)" => static leaf settrace_all(function), "Set the global debug tracing function in all running threads belonging to the current interpreter.";
    "_setprofileallthreads(function, /)" => static leaf setprofile_all(function), "Set the profiling function in all running threads belonging to the current interpreter.";
    "gettrace()" => static leaf gettrace(), "Return the global debug tracing function set with sys.settrace.";
    "setprofile(function, /)" => static calls setprofile(function), "Set the profiling function.";
    "getprofile()" => static leaf getprofile(), "Return the profiling function set with sys.setprofile.";
    "call_tracing(func, args, /)" => static calls call_tracing(func, args), "Call func(*args), while tracing is enabled.";
    "getdefaultencoding()" => static leaf utf8(), "Return the current default encoding used by the Unicode implementation.";
    "getfilesystemencoding()" => static leaf utf8(), "Return the encoding used to convert Unicode filenames to OS filenames.";
    "getfilesystemencodeerrors()" => static leaf fs_errors(), "Return the error mode used for Unicode to OS filename conversion.";
    "is_finalizing()" => static leaf is_finalizing(), "Return True if Python is exiting.";
    "is_stack_trampoline_active()" => static leaf no(), "Return *True* if a stack profiler trampoline is active.";
    "_get_cpu_count_config()" => static leaf cpu_count_config(), "Private function for getting PyConfig.cpu_count";
    "_is_gil_enabled()" => static leaf yes(), "Return True if the GIL is currently enabled and False if the GIL is disabled.";
    "is_remote_debug_enabled()" => static leaf no(), "Return True if remote debugging is enabled, False otherwise.";
    "get_int_max_str_digits()" => static leaf get_digits(), "Return the maximum string digits limit for non-binary int<->str conversions.";
    "set_int_max_str_digits(maxdigits)" => static calls set_digits(maxdigits), "Set the maximum string digits limit for non-binary int<->str conversions.";
    "getswitchinterval()" => static leaf getswitchinterval(), "Return the current thread switch interval; see sys.setswitchinterval().";
    "setswitchinterval(interval, /)" => static calls setswitchinterval(interval), "Set the ideal thread switching delay inside the Python interpreter.";
    "getallocatedblocks()" => static leaf blocks(), "Return the number of memory blocks currently allocated.";
    "getunicodeinternedsize(*, _only_immortal=False)" => static leaf interned_size(only), "Return the number of elements of the unicode interned dictionary";
    "audit(...)" => static calls audit(args, kwargs), "audit(event, *args)\n\nPasses the event to any hooks that are attached.";
    "addaudithook(hook)" => static calls addaudithook(hook), "Adds a new audit hook callback.";
    "_clear_type_cache()" => static leaf nothing(), "Clear the internal type lookup cache.";
    "_clear_internal_caches()" => static leaf nothing(), "Clear all internal performance-related caches.";
    "_clear_type_descriptors(type, /)" => static leaf clear_descriptors(class), "Private function for clearing certain descriptors from a type's dictionary.";
    "set_asyncgen_hooks(firstiter=None, finalizer=None)" => static leaf set_asyncgen_hooks(firstiter, finalizer), "Set a finalizer for async generators objects.";
    "get_asyncgen_hooks()" => static leaf get_asyncgen_hooks(), "Return the installed asynchronous generators hooks.";
    "set_coroutine_origin_tracking_depth(depth)" => static calls set_origin_depth(depth), "Enable or disable origin tracking for coroutine objects in this thread.";
    "get_coroutine_origin_tracking_depth()" => static leaf get_origin_depth(), "Check status of origin tracking for coroutine objects in this thread.";
};

fn exc_info(vm: &mut Vm) -> Py<Ret> {
    let vm: &Vm = vm;
    let none = Value::NONE;
    let parts = match vm.handled_exception() {
        Some(e) => [
            vm.type_of(e).value(),
            e,
            e.as_obj()
                .map_or(none, |o| o.slot(vm, exception::TRACEBACK)),
        ],
        None => [none, none, none],
    };
    Ok(vm.ret(vm.new_tuple(&parts)?.value()))
}
fn exception_value(vm: &Vm) -> Py<Value<'_>> {
    Ok(vm.handled_exception().unwrap_or(Value::NONE))
}
fn exit(vm: &mut Vm, status: Option<Local>) -> Py<()> {
    let none = vm.local(Value::NONE);
    let class = vm.local(vm.type_object(&exc::SYSTEM_EXIT).value());
    // A tuple spreads over the exception's arguments, as for any class that is raised with a value.
    let status = status.unwrap_or(none);
    let made = if status.value(vm).is_none() {
        vm.call(class, &[])?.keep(vm)
    } else if status.value(vm).as_tuple(vm).is_some() {
        let empty = vm.local(Value::EMPTY);
        vm.call_ex(class, status, empty)?.keep(vm)
    } else {
        vm.call(class, &[status])?.keep(vm)
    };
    Err(vm.raise(made.value(vm)))
}
fn displayhook(vm: &mut Vm, value: Local) -> Py<()> {
    let underscore = vm.local_of::<k::Str>(vm.roots.names.underscore(vm).value());
    let builtins = vm.local(vm.roots.builtins(vm));
    if value.value(vm).is_none() {
        return Ok(());
    }
    let none = vm.local(Value::NONE);
    vm.set_item(builtins, underscore.any(), none)?;
    let stdout = vm
        .roots
        .sys_dict(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.roots.names.stdout(vm)));
    let Some(stdout) = stdout.filter(|s| !s.is_none()) else {
        return Err(vm.runtime_error("lost sys.stdout"));
    };
    let stdout = vm.local(stdout);
    let text = vm.repr(value)?.keep(vm);
    let newline = vm.local(vm.intern(b"\n").value());
    match vm.call_method(stdout, "write", &[text]) {
        Ok(ret) => {
            let _ = ret.get(vm);
        }
        Err(raised) if vm.raised_is(&raised, &exc::UNICODE_ENCODE_ERROR) => {
            vm.take_exception(raised);
            let escaped = vm.ascii(value)?.keep(vm);
            let _: Ret = vm.call_method(stdout, "write", &[escaped])?;
        }
        Err(raised) => return Err(raised),
    }
    let _: Ret = vm.call_method(stdout, "write", &[newline])?;
    vm.set_item(builtins, underscore.any(), value)
}
fn excepthook(vm: &mut Vm, _class: Local, value: Local, traceback: Local) -> Py<()> {
    if !vm.is_exception_instance(value.value(vm)) {
        let text = format!(
            "TypeError: print_exception(): Exception expected for value, {} found\n",
            vm.type_name_for_error(value.value(vm))
        );
        hooks::write_stderr(vm, text.as_bytes());
        return Ok(());
    }
    if let Some(o) = value
        .value(vm)
        .as_obj()
        .filter(|_| vm.is_exception_instance(value.value(vm)))
    {
        if !traceback.value(vm).is_none() && o.slot(vm, exception::TRACEBACK).is_none() {
            o.set_slot(vm, exception::TRACEBACK, traceback.value(vm));
        }
    }
    hooks::print_exception(vm, value);
    Ok(())
}
fn unraisablehook(vm: &mut Vm, args: Local) -> Py<()> {
    hooks::default_unraisablehook(vm, args)
}
fn breakpointhook(vm: &mut Vm, args: Local, kws: Local) -> Py<Ret> {
    let wanted = match sys_flag(vm, "ignore_environment")? {
        true => None,
        false => vm.environment_variable(b"PYTHONBREAKPOINT"),
    };
    let wanted = String::from_utf8_lossy(&wanted.unwrap_or_default()).into_owned();
    let (module, name) = match wanted.as_str() {
        "" => ("pdb", "set_trace"),
        "0" => return Ok(vm.ret(Value::NONE)),
        path => path.rsplit_once('.').unwrap_or(("builtins", path)),
    };
    let hook = match module {
        "" => None,
        _ => match crate::import::import_module(vm, module) {
            Ok(module) => vm.lookup_attr_str(module, name)?.map(|hook| hook.keep(vm)),
            Err(raised) if vm.raised_is(&raised, &exc::IMPORT_ERROR) => {
                vm.take_exception(raised);
                None
            }
            Err(raised) => return Err(raised),
        },
    };
    match hook {
        Some(hook) => vm.call_ex(hook, args, kws),
        None => {
            let text = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{wanted}\"");
            vm.warn(&exc::RUNTIME_WARNING, &text, 1)?;
            Ok(vm.ret(Value::NONE))
        }
    }
}
/// Whether a field of `sys.flags` is set.
fn sys_flag(vm: &mut Vm, name: &str) -> Py<bool> {
    let Some(flags) = hooks::sys_attribute(vm, "flags") else {
        return Ok(false);
    };
    let flag = vm.get_attr_str(flags, name)?.keep(vm);
    vm.truth(flag)
}
fn getrecursionlimit(vm: &Vm) -> Py<i64> {
    Ok(i64::from(vm.recursion_limit.get()))
}
fn setrecursionlimit(vm: &mut Vm, limit: i64) -> Py<()> {
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    let Ok(limit) = i32::try_from(limit) else {
        return Err(vm.overflow_error("Python int too large to convert to C int"));
    };
    let depth = vm.depth.get();
    if limit as u32 <= depth {
        return Err(vm.recursion_error_text(&format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low")));
    }
    vm.recursion_limit.set(limit as u32);
    Ok(())
}
fn getsizeof(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let n = args.get(vm).len(vm);
    let named = kwargs
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"default")));
    if n == 0 {
        return Err(vm.type_error("getsizeof() missing required argument 'object' (pos 1)"));
    }
    if n > 2 {
        return Err(vm.type_error(format!(
            "getsizeof() takes from 1 to 2 positional arguments but {n} were given"
        )));
    }
    let [object, default] = vm.locals([
        args.get(vm).at(vm, 0).unwrap_or(Value::NONE),
        args.get(vm).at(vm, 1).or(named).unwrap_or(Value::EMPTY),
    ]);
    let result = match vm.call_dunder(object, crate::dunder::Dunder::SizeOf, &[]) {
        Ok(Some(ret)) => {
            let size = ret.keep(vm);
            match vm.index(size) {
                Ok(n) if n < 0 => Err(vm.value_error("__sizeof__() should return >= 0")),
                Ok(n) => Ok(n),
                Err(raised) => Err(raised),
            }
        }
        Ok(None) => Err(vm.type_error(format!(
            "Type {} doesn't define __sizeof__",
            vm.type_name_for_error(object.value(vm))
        ))),
        Err(raised) => Err(raised),
    };
    match result {
        Ok(n) => {
            let word = vm.int(n).word();
            vm.ret.set(word);
            Ok(Ret(()))
        }
        Err(raised) if !default.value(vm).is_empty() && vm.raised_is(&raised, &exc::TYPE_ERROR) => {
            vm.take_exception(raised);
            Ok(vm.ret(default.value(vm)))
        }
        Err(raised) => Err(raised),
    }
}
/// There are no reference counts: a plausible small one.
fn getrefcount(_: &Vm, _value: Value<'_>) -> Py<i64> {
    Ok(2)
}
fn intern(vm: &mut Vm, string: Local) -> Py<Ret> {
    let Some(s) = string.value(vm).as_exact_str(vm) else {
        return Err(vm.type_error(if string.value(vm).as_str(vm).is_some() {
            "can't intern str subclass".to_string()
        } else {
            format!(
                "intern() argument must be str, not {}",
                vm.type_name_for_error(string.value(vm))
            )
        }));
    };
    let word = vm.intern_str(s).word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn is_interned(vm: &Vm, string: Value<'_>) -> Py<bool> {
    if string.as_str(vm).is_none() {
        return Err(vm.type_error(format!(
            "_is_interned() argument must be str, not {}",
            vm.type_name_for_error(string)
        )));
    }
    Ok(string.as_exact_str(vm).is_some_and(|s| s.is_interned(vm)))
}
fn is_immortal(_: &Vm, value: Value<'_>) -> Py<bool> {
    Ok(!value.is_ref())
}
fn getframe(vm: &mut Vm, depth: Option<i64>) -> Py<Ret> {
    let depth = depth.unwrap_or(0).max(0) as usize;
    let found = vm.frame_at_depth(depth).map(|f| vm.local(f.value()));
    match found {
        Some(f) => {
            vm.audit("sys._getframe", &[f])?;
            Ok(vm.ret(f.value(vm)))
        }
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}
fn getframemodulename(vm: &mut Vm, depth: Option<i64>) -> Py<Ret> {
    let mut base = vm.base.get();
    for _ in 0..depth.unwrap_or(0).max(0) {
        if base == 0 {
            break;
        }
        base = vm.caller_base(base);
    }
    if base == 0 {
        return Ok(vm.ret(Value::NONE));
    }
    let func = vm
        .stack_word(base - header::FUNC)
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Function);
    let module = func.map_or(Value::NONE, |f| f.slot(vm, crate::layout::function::MODULE));
    Ok(vm.ret(if module.is_empty() {
        Value::NONE
    } else {
        module
    }))
}
fn current_frames(vm: &mut Vm) -> Py<Ret> {
    let dict = vm.local(vm.new_dict().value());
    let frames: Vec<(Local, Local)> = vm
        .thread_frames()
        .into_iter()
        .filter_map(|(id, frame)| Some((vm.local(vm.int(id)), vm.local(frame?.value()))))
        .collect();
    fill(vm, dict, &frames)
}
fn current_exceptions(vm: &mut Vm) -> Py<Ret> {
    let dict = vm.local(vm.new_dict().value());
    let handled: Vec<(Local, Local)> = vm
        .thread_exceptions()
        .into_iter()
        .map(|(id, e)| (vm.local(vm.int(id)), vm.local(e)))
        .collect();
    fill(vm, dict, &handled)
}
fn fill(vm: &mut Vm, dict: Local, pairs: &[(Local, Local)]) -> Py<Ret> {
    for (key, value) in pairs {
        vm.dict_set(dict, *key, *value)?;
    }
    Ok(vm.ret(dict.value(vm)))
}
fn set_function(vm: &Vm, root: Root, function: Value<'_>) {
    vm.roots.set(
        root,
        if function.is_none() {
            Value::EMPTY
        } else {
            function
        },
    );
}
fn get_function(vm: &Vm, root: Root) -> Py<Value<'_>> {
    let v = vm.roots.get(vm, root);
    Ok(if v.is_empty() { Value::NONE } else { v })
}
fn settrace(vm: &mut Vm, function: Local) -> Py<()> {
    vm.audit("sys.settrace", &[])?;
    set_function(vm, Root::TraceFunc, function.value(vm));
    vm.update_tracing();
    Ok(())
}
fn gettrace(vm: &Vm) -> Py<Value<'_>> {
    get_function(vm, Root::TraceFunc)
}
fn setprofile(vm: &mut Vm, function: Local) -> Py<()> {
    vm.audit("sys.setprofile", &[])?;
    set_function(vm, Root::ProfileFunc, function.value(vm));
    vm.update_tracing();
    Ok(())
}
fn getprofile(vm: &Vm) -> Py<Value<'_>> {
    get_function(vm, Root::ProfileFunc)
}
fn set_in_all_threads(vm: &Vm, root: Root, function: Value<'_>) -> Py<()> {
    let function = if function.is_none() {
        Value::EMPTY
    } else {
        function
    };
    vm.set_root_in_all_threads(root, function);
    vm.update_tracing();
    Ok(())
}
fn settrace_all(vm: &Vm, function: Value<'_>) -> Py<()> {
    set_in_all_threads(vm, Root::TraceFunc, function)
}
fn setprofile_all(vm: &Vm, function: Value<'_>) -> Py<()> {
    set_in_all_threads(vm, Root::ProfileFunc, function)
}
fn call_tracing(vm: &mut Vm, func: Local, args: Local<k::Tuple>) -> Py<Local> {
    vm.call_tracing(func, args.any())
}
fn utf8(vm: &Vm) -> Py<Value<'_>> {
    Ok(vm.intern(b"utf-8").value())
}
fn fs_errors(vm: &Vm) -> Py<Value<'_>> {
    Ok(vm.intern(b"surrogateescape").value())
}
fn is_finalizing(vm: &Vm) -> Py<bool> {
    Ok(vm.finalizing.get())
}
fn no(_: &Vm) -> Py<bool> {
    Ok(false)
}
fn yes(_: &Vm) -> Py<bool> {
    Ok(true)
}
/// What `-X cpu_count` says; -1: nothing.
fn cpu_count_config(vm: &Vm) -> Py<i64> {
    Ok(vm.sys_config.cpu_count.map_or(-1, i64::from))
}
fn nothing(_: &Vm) -> Py<()> {
    Ok(())
}
impl Vm {
    /// The most digits of a conversion between int and str, as the command line wants it.
    pub fn set_int_max_str_digits(&self, digits: u32) {
        self.int_max_str_digits.set(digits as _);
    }
}
fn get_digits(vm: &Vm) -> Py<i64> {
    Ok(vm.int_max_str_digits.get() as i64)
}
fn set_digits(vm: &mut Vm, maxdigits: i64) -> Py<()> {
    if maxdigits != 0 && maxdigits < 640 {
        return Err(vm.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    let Ok(digits) = i32::try_from(maxdigits) else {
        return Err(vm.overflow_error("Python int too large to convert to C int"));
    };
    vm.int_max_str_digits.set(digits as _);
    Ok(())
}
fn getswitchinterval(vm: &Vm) -> Py<f64> {
    Ok(vm.switch_interval.get())
}
fn setswitchinterval(vm: &mut Vm, interval: f64) -> Py<()> {
    if interval.is_nan() || interval <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    vm.switch_interval.set(interval);
    vm.apply_switch_interval();
    Ok(())
}
fn blocks(vm: &Vm) -> Py<i64> {
    let mut n = 0;
    vm.heap.for_each_object(&mut |_| n += 1);
    Ok(n)
}
fn interned_size(vm: &Vm, _only: Option<Value<'_>>) -> Py<i64> {
    let mut n = 0;
    vm.heap.for_each_object(&mut |o| {
        n += i64::from(
            o.value()
                .as_exact_str(vm)
                .is_some_and(|s| s.is_interned(vm)),
        )
    });
    Ok(n)
}
fn audit(vm: &mut Vm, args: Local<k::Tuple>, _kwargs: Local) -> Py<()> {
    let n = args.get(vm).len(vm);
    if n == 0 {
        return Err(vm.type_error("audit expected at least 1 argument, got 0"));
    }
    let first = args.get(vm).at(vm, 0).unwrap_or(Value::NONE);
    if first.as_str(vm).is_none() {
        return Err(vm.type_error(format!(
            "expected str for argument 'event', not {}",
            vm.type_name_for_error(first)
        )));
    }
    let event = vm.local(first);
    let rest: Vec<Value<'_>> = args.get(vm).iter(vm).skip(1).collect();
    let rest = vm.local(vm.new_tuple(&rest)?.value());
    vm.audit_event(event, rest)
}
/// CPython: Python/sysmodule.c, sys_addaudithook_impl.
fn addaudithook(vm: &mut Vm, hook: Local) -> Py<()> {
    if let Err(raised) = vm.audit("sys.addaudithook", &[]) {
        // A hook that is there may refuse another one.
        if vm.raised_is(&raised, &exc::EXCEPTION) {
            vm.take_exception(raised);
            return Ok(());
        }
        return Err(raised);
    }
    let vm: &Vm = vm;
    if vm.roots.audit_hooks(vm).is_empty() {
        vm.roots.set(Root::AuditHooks, vm.new_list(&[])?.value());
    }
    if let Some(l) = vm.roots.audit_hooks(vm).as_list(vm) {
        l.push(vm, hook.value(vm))?;
    }
    Ok(())
}
impl Vm {
    /// Tells the hooks of `sys.addaudithook` of an event. What they raise stops what was about to happen.
    pub fn audit(&mut self, event: &str, args: &[Local]) -> Py<()> {
        if self.roots.audit_hooks(self).is_empty() {
            return Ok(());
        }
        let (event, args) = {
            let vm: &Vm = self;
            let values: Vec<Value<'_>> = args.iter().map(|a| a.value(vm)).collect();
            (
                vm.local(vm.intern(event.as_bytes()).value()),
                vm.local(vm.new_tuple(&values)?.value()),
            )
        };
        self.audit_event(event, args)
    }
    fn audit_event(&mut self, event: Local, args: Local) -> Py<()> {
        let hook = self.local(Value::NONE);
        let mut i = 0;
        loop {
            let next = {
                let vm: &Vm = self;
                let hooks = vm.roots.audit_hooks(vm).as_list(vm);
                hooks.and_then(|l| l.at(vm, i)).map(|h| hook.set(vm, h))
            };
            if next.is_none() {
                return Ok(());
            }
            i += 1;
            self.scope(|vm| {
                vm.call(hook, &[event, args]).map(|r| {
                    r.keep(vm);
                })
            })?;
        }
    }
}
fn clear_descriptors(vm: &Vm, class: Value<'_>) -> Py<()> {
    let Some(c) = class.as_obj().filter(|_| vm.is_type(class)) else {
        return Err(vm.type_error("argument must be a type"));
    };
    let dict = vm.type_dict(c);
    dict.del_str(vm, vm.roots.names.dict(vm));
    dict.del_str(vm, vm.roots.names.weakref(vm));
    vm.type_modified(c);
    Ok(())
}
fn set_asyncgen_hooks<'v>(
    vm: &'v Vm,
    firstiter: Option<Value<'v>>,
    finalizer: Option<Value<'v>>,
) -> Py<()> {
    for (hook, name) in [(finalizer, "finalizer"), (firstiter, "firstiter")] {
        if let Some(h) = hook {
            if !h.is_none() && !vm.is_callable(h) {
                return Err(vm.type_error(format!(
                    "callable {name} expected, got {}",
                    vm.type_name_for_error(h)
                )));
            }
        }
    }
    for (hook, root) in [
        (finalizer, Root::AsyncGenFinalizer),
        (firstiter, Root::AsyncGenFirstIter),
    ] {
        if let Some(h) = hook {
            set_function(vm, root, h);
        }
    }
    Ok(())
}
fn get_asyncgen_hooks(vm: &Vm) -> Py<Value<'_>> {
    structseq::make(
        vm,
        &super::info::ASYNCGEN_HOOKS,
        &[
            get_function(vm, Root::AsyncGenFirstIter)?,
            get_function(vm, Root::AsyncGenFinalizer)?,
        ],
    )
}
fn set_origin_depth(vm: &mut Vm, depth: i64) -> Py<()> {
    if depth < 0 {
        return Err(vm.value_error("depth must be >= 0"));
    }
    vm.coroutine_origin_depth
        .set(depth.min(i64::from(i32::MAX)) as u32);
    Ok(())
}
fn get_origin_depth(vm: &Vm) -> Py<i64> {
    Ok(i64::from(vm.coroutine_origin_depth.get()))
}
impl Vm {
    /// RecursionError with a text of its own.
    pub(crate) fn recursion_error_text(&self, text: &str) -> Raised {
        self.raise_text(&exc::RECURSION_ERROR, text)
    }
}

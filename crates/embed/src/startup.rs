//! From a bare VM to a Python: native modules, sys, importlib, the standard streams, site.

use mesapy_heap::Value;
use mesapy_vm::{Local, Py, Vm, k};

/// Everything that happens before a program runs.
pub fn start(vm: &mut Vm) -> Py<()> {
    vm.add_native_modules(mesapy_stdlib::MODULES);
    vm.set_library(&crate::library::Embedded);
    vm.ast_hook = Some(mesapy_stdlib::ast::HOOK);
    mesapy_vm::sys::install(vm)?;
    if vm.sys_config.install_signal_handlers {
        mesapy_stdlib::signal::install(vm)?;
    }
    // What is told before there are streams is told to nobody.
    for name in ["stdin", "stdout", "stderr"] {
        set_sys(vm, name, Value::NONE)?;
    }
    let digits = vm.sys_config.flags.int_max_str_digits;
    vm.set_int_max_str_digits(digits);
    vm.init_imports()?;
    standard_streams(vm)?;
    if !vm.sys_config.warn_options.is_empty() {
        // It reads the options. A broken one must not keep the program from starting.
        vm.scope(
            |vm| match mesapy_vm::import::import_module(vm, "warnings") {
                Ok(_) => {}
                Err(raised) => drop(vm.take_exception(raised)),
            },
        );
    }
    if !vm.sys_config.flags.no_site {
        site(vm)?;
    }
    Ok(())
}

/// `site` sets up `sys.path` and the names that it puts into builtins.
fn site(vm: &mut Vm) -> Py<()> {
    vm.scope(|vm| mesapy_vm::import::import_module(vm, "site").map(|_| ()))
}

pub(crate) fn set_sys(vm: &Vm, name: &str, value: Value<'_>) -> Py<()> {
    if let Some(d) = vm.roots.sys_dict(vm).as_dict(vm) {
        d.set_str(vm, vm.intern(name.as_bytes()), value)?;
    }
    Ok(())
}

/// sys.stdin, stdout, stderr; a descriptor that is closed gives None.
fn standard_streams(vm: &mut Vm) -> Py<()> {
    let Some(io) = mesapy_vm::import::load_builtin(vm, "_io")? else {
        return Ok(());
    };
    let open = vm.get_attr_str(io, "open")?.keep(vm);
    if let Some(d) = vm.roots.builtins(vm).as_dict(vm) {
        d.set_str(vm, vm.intern(b"open"), open.value(vm))?;
    }
    let unbuffered = vm.sys_config.unbuffered;
    let encoding = vm.sys_config.io_encoding.clone();
    for (fd, name, mode, errors) in [
        (0, "stdin", "r", "strict"),
        (1, "stdout", "w", "strict"),
        (2, "stderr", "w", "backslashreplace"),
    ] {
        if vm.platform().fstat(fd).is_err() {
            set_sys(vm, name, Value::NONE)?;
            set_sys(vm, &format!("__{name}__"), Value::NONE)?;
            continue;
        }
        let (enc, err) = match (&encoding, name) {
            (Some((e, _)), "stderr") => (e.clone(), errors.to_string()),
            (Some((e, err)), _) => (e.clone(), err.clone().unwrap_or_else(|| errors.to_string())),
            (None, _) => ("utf-8".to_string(), errors.to_string()),
        };
        let values = [
            vm.int(fd.into()).word(),
            vm.intern(mode.as_bytes()).value().word(),
            vm.int(-1).word(),
            vm.intern(enc.as_bytes()).value().word(),
            vm.intern(err.as_bytes()).value().word(),
            vm.intern(b"\n").value().word(),
        ];
        let [fd_local, mode_local, buffering, enc, err, newline] =
            values.map(|w| vm.local(w.value(vm)));
        let [no, none] = vm.locals([Value::FALSE, Value::NONE]);
        let newline = if fd == 0 { none } else { newline };
        let stream = if unbuffered && fd != 0 {
            let [binary, zero] = [vm.intern(b"wb").value(), vm.int(0)].map(|v| v.word());
            let [binary, zero] = [binary, zero].map(|w| vm.local(w.value(vm)));
            let raw = vm
                .call_kw(
                    open,
                    &[fd_local, binary],
                    &[("buffering", zero), ("closefd", no)],
                )?
                .keep(vm);
            let wrapper = vm.get_attr_str(io, "TextIOWrapper")?.keep(vm);
            let yes = vm.local(Value::TRUE);
            vm.call_kw(
                wrapper,
                &[raw],
                &[
                    ("encoding", enc),
                    ("errors", err),
                    ("newline", newline),
                    ("write_through", yes),
                ],
            )?
            .keep(vm)
        } else {
            vm.call_kw(
                open,
                &[fd_local, mode_local],
                &[
                    ("buffering", buffering),
                    ("encoding", enc),
                    ("errors", err),
                    ("newline", newline),
                    ("closefd", no),
                ],
            )?
            .keep(vm)
        };
        let shown: Local<k::Any> = vm.local(vm.new_str(format!("<{name}>").as_bytes())?.value());
        let buffer = vm.get_attr_str(stream, "buffer")?.keep(vm);
        let raw = match vm.lookup_attr_str(buffer, "raw")? {
            Some(raw) => raw.keep(vm),
            None => buffer,
        };
        vm.set_attr_str(raw, "name", shown)?;
        let mode_value = vm.local(vm.intern(mode.as_bytes()).value());
        vm.set_attr_str(stream, "mode", mode_value)?;
        if fd != 0 {
            let terminal = vm.platform().isatty(fd).unwrap_or(false);
            let yes = vm.local(Value::TRUE);
            if !unbuffered && (terminal || fd == 2) {
                vm.call_kw_method(stream, "reconfigure", &[("line_buffering", yes)])?;
            }
        }
        set_sys(vm, name, stream.value(vm))?;
        set_sys(vm, &format!("__{name}__"), stream.value(vm))?;
    }
    Ok(())
}

/// The end of the interpreter: threads, atexit functions, the streams, and what `__main__` leaves behind. The exit status that a failing flush
/// asks for.
pub fn finish(vm: &mut Vm) -> Py<i32> {
    vm.scope(run_exit_functions);
    vm.close_threads();
    let status = vm.scope(flush_streams)?;
    finalize_main(vm);
    // What could not be flushed is not tried again.
    if status != 0 {
        return Ok(status);
    }
    vm.scope(flush_streams)
}
/// Drops `__main__`, so that the finalizers of what only it referred to run while streams and modules still work.
fn finalize_main(vm: &mut Vm) {
    {
        let vm: &Vm = vm;
        if let Some(sys) = vm.roots.sys_dict(vm).as_dict(vm) {
            for name in ["last_exc", "last_type", "last_value", "last_traceback"] {
                sys.del_str(vm, vm.intern(name.as_bytes()));
            }
            // What a program has put in the place of the streams goes before them.
            for name in ["stdin", "stdout", "stderr"] {
                let own = sys.get_str(vm, vm.intern(format!("__{name}__").as_bytes()));
                let _ = set_sys(vm, name, own.unwrap_or(Value::NONE));
            }
        }
        if let Some(modules) = vm.roots.modules(vm).as_dict(vm) {
            modules.del_str(vm, vm.intern(b"__main__"));
        }
        let sys = vm.roots.sys_dict(vm).as_dict(vm);
        let streams: Vec<Value<'_>> = ["stdin", "stdout", "stderr"]
            .into_iter()
            .flat_map(|name| [name.to_string(), format!("__{name}__")])
            .filter_map(|name| sys?.get_str(vm, vm.intern(name.as_bytes())))
            .collect();
        // Most programs leave nothing with a finalizer but the streams of `sys`.
        if !vm.may_finalize(&streams) {
            return;
        }
    }
    // What a finalizer lets go is found by the next collection.
    for _ in 0..FINAL_COLLECTIONS_MAX {
        vm.collect_garbage(mesapy_heap::Collection::Full);
        if !vm.has_finalizers() {
            break;
        }
        vm.run_finalizers();
    }
}
const FINAL_COLLECTIONS_MAX: usize = 4;
fn run_exit_functions(vm: &mut Vm) {
    let threading = vm
        .roots
        .modules(vm)
        .as_dict(vm)
        .and_then(|m| m.get_str(vm, vm.intern(b"threading")));
    if let Some(m) = threading {
        let m = vm.local(m);
        if let Err(raised) = vm.call_method(m, "_shutdown", &[]) {
            let _ = mesapy_vm::hooks::report_uncaught(vm, raised);
        }
    }
    if let Err(raised) = mesapy_stdlib::atexit::run(vm) {
        let _ = mesapy_vm::hooks::report_uncaught(vm, raised);
    }
}
fn flush_streams(vm: &mut Vm) -> Py<i32> {
    let mut status = 0;
    for (i, name) in ["stdout", "stderr"].into_iter().enumerate() {
        let stream = vm
            .roots
            .sys_dict(vm)
            .as_dict(vm)
            .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())))
            .filter(|s| !s.is_none());
        if let Some(s) = stream {
            let s = vm.local(s);
            let closed = match vm.lookup_attr_str(s, "closed")? {
                Some(r) => {
                    let flag = r.keep(vm);
                    vm.truth(flag)?
                }
                None => false,
            };
            if closed {
                continue;
            }
            if let Err(raised) = vm.call_method(s, "flush", &[]) {
                let none = vm.local(Value::NONE);
                mesapy_vm::hooks::unraisable(
                    vm,
                    raised,
                    if i == 0 { s } else { none },
                    "Exception ignored while flushing sys.stdout",
                );
                if i == 0 {
                    status = 120;
                }
            }
        }
    }
    Ok(status)
}

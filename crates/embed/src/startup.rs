//! From a bare VM to a Python: native modules, sys, importlib, the standard streams, site.

use mesapy_heap::Value;
use mesapy_vm::{Local, Py, Vm, k};

/// Everything that happens before a program runs.
pub fn start(vm: &mut Vm) -> Py<()> {
    vm.add_native_modules(mesapy_stdlib::MODULES);
    mesapy_vm::sys::install(vm)?;
    standard_streams(vm)?;
    Ok(())
}

fn set_sys(vm: &Vm, name: &str, value: Value<'_>) -> Py<()> {
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
        let stream = vm
            .call_kw(
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
            .keep(vm);
        let shown: Local<k::Any> = vm.local(vm.new_str(format!("<{name}>").as_bytes())?.value());
        let buffer = vm.get_attr_str(stream, "buffer")?.keep(vm);
        let raw = vm.get_attr_str(buffer, "raw")?.keep(vm);
        vm.set_attr_str(raw, "name", shown)?;
        let mode_value = vm.local(vm.intern(mode.as_bytes()).value());
        vm.set_attr_str(stream, "mode", mode_value)?;
        if fd != 0 {
            let terminal = vm.platform().isatty(fd).unwrap_or(false);
            let yes = vm.local(Value::TRUE);
            if unbuffered {
                vm.call_kw_method(
                    stream,
                    "reconfigure",
                    &[("write_through", yes), ("line_buffering", no)],
                )?;
            } else if terminal || fd == 2 {
                vm.call_kw_method(stream, "reconfigure", &[("line_buffering", yes)])?;
            }
        }
        set_sys(vm, name, stream.value(vm))?;
        set_sys(vm, &format!("__{name}__"), stream.value(vm))?;
    }
    Ok(())
}

//! Processes, waiting, and facts of the machine.

use super::{c_int, descriptor, run};
use crate::paths;
use mesapy_platform::Spawn;
use mesapy_vm::local::{Local, Py, Raised, Ret};
use mesapy_vm::objects::structseq;
use mesapy_vm::struct_sequence;
use mesapy_vm::vm::Vm;

struct_sequence!(pub static TERMINAL_SIZE = "os.terminal_size", "A tuple of (columns, lines) for holding terminal window size", visible 2, ["columns", "lines"]);
struct_sequence!(pub static TIMES_RESULT = "posix.times_result", "times_result: Result from os.times().", visible 5, ["user", "system", "children_user", "children_system", "elapsed"]);
struct_sequence!(pub static UNAME_RESULT = "posix.uname_result", "uname_result: Result from os.uname().", visible 5, ["sysname", "nodename", "release", "version", "machine"]);

pub fn strerror(vm: &mut Vm, code: i64) -> Py<String> {
    let code = c_int(vm, code)?;
    Ok(mesapy_platform::errno::strerror(code))
}
pub fn terminal_size(vm: &mut Vm, fd: Option<Local>) -> Py<Ret> {
    let fd = match fd {
        Some(fd) => descriptor(vm, fd)?,
        None => 1,
    };
    let size = run(vm, |o| o.terminal_size(fd))?;
    let vm: &Vm = vm;
    let values = [
        vm.int(i64::from(size.columns)),
        vm.int(i64::from(size.rows)),
    ];
    Ok(vm.ret(structseq::make(vm, &TERMINAL_SIZE, &values)?))
}
pub fn cpu_count(vm: &mut Vm) -> Py<usize> {
    if let Some(configured) = vm.sys_config.cpu_count {
        return Ok(configured as usize);
    }
    run(vm, |o| o.cpu_count())
}
macro_rules! facts {
    ($($name:ident)*) => { $( pub fn $name(vm: &mut Vm) -> Py<i64> { run(vm, |o| o.$name()).map(i64::from) } )* };
}
facts! { getpid getppid getuid geteuid getgid getegid }

pub fn getpgid(vm: &mut Vm, pid: i64) -> Py<i64> {
    let pid = c_int(vm, pid)?;
    run(vm, |o| o.getpgid(pid)).map(i64::from)
}
pub fn getsid(vm: &mut Vm, pid: i64) -> Py<i64> {
    let pid = c_int(vm, pid)?;
    run(vm, |o| o.getsid(pid)).map(i64::from)
}
pub fn setsid(vm: &mut Vm) -> Py<()> {
    run(vm, |o| o.setsid()).map(|_| ())
}
pub fn kill(vm: &mut Vm, pid: i64, signal: i64) -> Py<()> {
    let (pid, signal) = (c_int(vm, pid)?, c_int(vm, signal)?);
    run(vm, |o| o.kill(pid, signal))?;
    vm.poll()
}
pub fn killpg(vm: &mut Vm, pid: i64, signal: i64) -> Py<()> {
    let (pid, signal) = (c_int(vm, pid)?, c_int(vm, signal)?);
    run(vm, |o| o.killpg(pid, signal))?;
    vm.poll()
}
pub fn waitpid(vm: &mut Vm, pid: i64, options: i64) -> Py<Ret> {
    let (pid, options) = (c_int(vm, pid)?, c_int(vm, options)?);
    let waited = run(vm, |o| o.wait4(pid, options))?;
    let vm: &Vm = vm;
    let pair = [
        vm.int(i64::from(waited.pid)),
        vm.int(i64::from(waited.status)),
    ];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
pub fn wait(vm: &mut Vm) -> Py<Ret> {
    waitpid(vm, -1, 0)
}
pub fn waitstatus(vm: &mut Vm, status: i64) -> Py<i64> {
    if w_if_exited(vm, status)? {
        return w_exit_status(vm, status);
    }
    if w_if_signaled(vm, status)? {
        return w_term_sig(vm, status).map(|s| -s);
    }
    if w_if_stopped(vm, status)? {
        let signal = w_stop_sig(vm, status)?;
        return Err(vm.value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(vm.value_error(format!("invalid wait status: {status}")))
}
pub fn w_if_exited(_: &mut Vm, status: i64) -> Py<bool> {
    Ok(status & 0x7f == 0)
}
pub fn w_exit_status(_: &mut Vm, status: i64) -> Py<i64> {
    Ok(status >> 8 & 0xff)
}
pub fn w_if_signaled(_: &mut Vm, status: i64) -> Py<bool> {
    Ok(!matches!(status & 0x7f, 0 | 0x7f))
}
pub fn w_term_sig(_: &mut Vm, status: i64) -> Py<i64> {
    Ok(status & 0x7f)
}
pub fn w_if_stopped(_: &mut Vm, status: i64) -> Py<bool> {
    Ok(status & 0xff == 0x7f)
}
pub fn w_stop_sig(_: &mut Vm, status: i64) -> Py<i64> {
    Ok(status >> 8 & 0xff)
}
pub fn w_if_continued(_: &mut Vm, status: i64) -> Py<bool> {
    Ok(status == 0xffff)
}
pub fn w_core_dump(_: &mut Vm, status: i64) -> Py<bool> {
    Ok(status & 0x80 != 0)
}
/// A shell in a child; like C's `system`, its wait status.
pub fn system(vm: &mut Vm, command: Local) -> Py<i64> {
    crate::io::writers::settle(vm);
    let command = paths::path_argument(vm, command, "system", "command", false, false)?;
    let spawn = Spawn {
        arguments: vec![b"sh".to_vec(), b"-c".to_vec(), command.bytes],
        executables: vec![b"/bin/sh".to_vec()],
        environment: super::environ::block(vm),
        close_fds: false,
        restore_signals: true,
        ..Spawn::default()
    };
    let pid = vm.with_open_signals(|vm| run(vm, |o| o.fork_exec(&spawn, None)))?;
    let waited = run(vm, |o| o.wait4(pid, 0))?;
    Ok(i64::from(waited.status))
}
pub fn exit_now(vm: &mut Vm, status: i64) -> Py<()> {
    run(vm, |o| o.exit_now(status as i32))
}
pub fn abort(vm: &mut Vm) -> Py<()> {
    // SIGABRT; if that is caught, the status that it would give.
    let _ = vm.platform().raise_signal(6);
    run(vm, |o| o.exit_now(134))
}
fn argument_list(vm: &mut Vm, argv: Local, function: &str) -> Py<Vec<Vec<u8>>> {
    if argv.value(vm).as_list(vm).is_none() && argv.value(vm).as_tuple(vm).is_none() {
        return Err(vm.type_error(format!("{function}: argv must be a tuple or list")));
    }
    let items = vm.list_from_iterable(argv)?.keep(vm);
    let n = vm.len(items)?;
    if n == 0 {
        return Err(vm.value_error(format!("{function}: argv must not be empty")));
    }
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let item = items
            .value(vm)
            .as_list(vm)
            .and_then(|l| l.at(vm, i))
            .map(|v| vm.local(v));
        let Some(item) = item else { break };
        out.push(paths::path_argument(vm, item, function, "argv", false, false)?.bytes);
    }
    if out.first().is_some_and(|a| a.is_empty()) {
        return Err(vm.value_error(format!("{function}: argv first element cannot be empty")));
    }
    Ok(out)
}
pub fn execv(vm: &mut Vm, path: Local, argv: Local) -> Py<()> {
    let p = super::path(vm, path, "execv")?;
    let argv = argument_list(vm, argv, "execv")?;
    let env = super::environ::block(vm);
    super::run_path(vm, &p, |o| o.execve(&p.bytes, &argv, &env))
}
pub fn execve(vm: &mut Vm, path: Local, argv: Local, env: Local) -> Py<()> {
    let p = super::path(vm, path, "execve")?;
    let argv = argument_list(vm, argv, "execve")?;
    let items = vm.call_method(env, "items", &[])?.keep(vm);
    let items = vm.list_from_iterable(items)?.keep(vm);
    let mut block = Vec::new();
    for i in 0..vm.len(items)? {
        let pair = items
            .value(vm)
            .as_list(vm)
            .and_then(|l| l.at(vm, i))
            .and_then(|v| v.as_tuple(vm))
            .filter(|t| t.len(vm) == 2)
            .map(|t| (vm.local(t.get(vm, 0)), vm.local(t.get(vm, 1))));
        let Some((name, value)) = pair else {
            return Err(vm.type_error("env.keys() or env.values() is not a list"));
        };
        let name = paths::path_argument(vm, name, "execve", "env", false, false)?.bytes;
        let value = paths::path_argument(vm, value, "execve", "env", false, false)?.bytes;
        if name.get(1..).is_none_or(|rest| rest.contains(&b'=')) {
            return Err(vm.value_error("illegal environment variable name"));
        }
        block.push([name, b"=".to_vec(), value].concat());
    }
    super::run_path(vm, &p, |o| o.execve(&p.bytes, &argv, &block))
}
pub fn times(vm: &mut Vm) -> Py<Ret> {
    let ticks = run(vm, |o| o.times())?;
    let rate = run(vm, |o| o.clock_ticks())?.max(1) as f64;
    let vm: &Vm = vm;
    let values = ticks.map(|t| vm.float(t as f64 / rate));
    Ok(vm.ret(structseq::make(vm, &TIMES_RESULT, &values)?))
}
pub fn uname(vm: &mut Vm) -> Py<Ret> {
    let name = run(vm, |o| o.uname())?;
    let vm: &Vm = vm;
    let mut values = Vec::new();
    for part in [
        &name.system,
        &name.node,
        &name.release,
        &name.version,
        &name.machine,
    ] {
        values.push(paths::to_value(vm, part, false)?);
    }
    Ok(vm.ret(structseq::make(vm, &UNAME_RESULT, &values)?))
}
pub fn getloadavg(vm: &mut Vm) -> Py<Ret> {
    let load = run(vm, |o| o.load_average())?;
    let vm: &Vm = vm;
    let values = load.map(|l| vm.float(l));
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
pub fn sysconf(vm: &mut Vm, name: Local) -> Py<i64> {
    let number = match name.value(vm).as_str(vm).map(|s| s.bytes(vm)) {
        Some(text) => {
            let row = mesapy_platform::consts::SYSCONF
                .iter()
                .find(|c| c.0.as_bytes() == text);
            match row {
                Some(row) => row.1,
                None => return Err(unknown_name(vm)),
            }
        }
        None if vm.is_int(name.value(vm)) => vm.index(name)?,
        None => return Err(vm.type_error("configuration names must be strings or integers")),
    };
    let number = c_int(vm, number)?;
    run(vm, |o| o.sysconf(number))
}
fn unknown_name(vm: &Vm) -> Raised {
    vm.value_error("unrecognized configuration name")
}
pub fn sched_yield(vm: &mut Vm) -> Py<()> {
    run(vm, |o| o.sched_yield())
}
pub fn getlogin(vm: &mut Vm) -> Py<Ret> {
    let name = run(vm, |o| o.login_name())?;
    Ok(vm.ret(paths::to_value(vm, &name, false)?))
}

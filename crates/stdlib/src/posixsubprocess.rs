//! `_posixsubprocess`: the one function that `subprocess` starts programs with.

use crate::paths;
use crate::posix;
use crate::support::*;
use mesapy_platform::Spawn;

pub static MODULE: NativeModule = NativeModule {
    name: "_posixsubprocess",
    doc: "A POSIX helper for the subprocess module.",
    functions: FUNCTIONS,
    types: &[],
    init: None,
};
static FUNCTIONS: &[Method] = methods! {
    "fork_exec(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)" =>
        static calls fork_exec(args, executables, close_fds, keep, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore, setsid, group, gid, groups, uid, umask, preexec),
        "Spawn a fresh new child process.";
};

/// The items of a sequence, each through `each`.
fn items<T>(
    vm: &mut Vm,
    sequence: Local,
    mut each: impl FnMut(&mut Vm, Local) -> Py<T>,
) -> Py<Vec<T>> {
    let iterator = vm.iter(sequence)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut out = Vec::new();
    while vm.next_into(iterator, item)? {
        let made = vm.scope(|vm| each(vm, item))?;
        out.push(made);
    }
    Ok(out)
}
fn given(vm: &Vm, value: Local) -> Option<Local> {
    (!value.value(vm).is_none()).then_some(value)
}
/// A user or group, None for "as it is".
fn id(vm: &mut Vm, value: Local, name: &str) -> Py<Option<u32>> {
    match given(vm, value) {
        None => Ok(None),
        Some(v) => {
            let n = vm.index(v)?;
            posix::id_argument(vm, n, name).map(Some)
        }
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "they are the parameters of fork_exec()"
)]
fn fork_exec(
    vm: &mut Vm,
    args: Local,
    executables: Local,
    close_fds: bool,
    keep: Local,
    cwd: Local,
    env: Local,
    p2cread: i64,
    p2cwrite: i64,
    c2pread: i64,
    c2pwrite: i64,
    errread: i64,
    errwrite: i64,
    errpipe_read: i64,
    errpipe_write: i64,
    restore: bool,
    setsid: bool,
    group: i64,
    gid: Local,
    groups: Local,
    uid: Local,
    umask: i64,
    preexec: Local,
) -> Py<i64> {
    crate::io::writers::settle(vm);
    let mut keep_fds = Vec::new();
    for n in items(vm, keep, |vm, item| vm.index(item))? {
        // Each above the one before, as the closing of the others relies on.
        match i32::try_from(n) {
            Ok(n) if n >= 0 && keep_fds.last().is_none_or(|last| *last < n) => keep_fds.push(n),
            _ => return Err(vm.value_error("bad value(s) in fds_to_keep")),
        }
    }
    if close_fds && errpipe_write < 3 {
        return Err(vm.value_error("errpipe_write must be >= 3"));
    }
    let arguments = items(vm, args, paths::fs_bytes)?;
    let executables = items(vm, executables, paths::fs_bytes)?;
    let environment = match given(vm, env) {
        Some(env) => items(vm, env, paths::fs_bytes)?,
        None => posix::environment_block(vm),
    };
    let cwd = match given(vm, cwd) {
        Some(cwd) => Some(paths::fs_bytes(vm, cwd)?),
        None => None,
    };
    let groups = match given(vm, groups) {
        Some(groups) => Some(items(vm, groups, |vm, g| {
            let n = vm.index(g)?;
            posix::id_argument(vm, n, "group id")
        })?),
        None => None,
    };
    let fd = |vm: &Vm, n: i64| posix::c_int(vm, n);
    let spawn = Spawn {
        arguments,
        executables,
        environment,
        cwd,
        close_fds,
        keep_fds,
        stdin: fd(vm, p2cread)?,
        stdin_parent: fd(vm, p2cwrite)?,
        stdout: fd(vm, c2pwrite)?,
        stdout_parent: fd(vm, c2pread)?,
        stderr: fd(vm, errwrite)?,
        stderr_parent: fd(vm, errread)?,
        error_pipe: fd(vm, errpipe_write)?,
        error_pipe_parent: fd(vm, errpipe_read)?,
        restore_signals: restore,
        new_session: setsid,
        process_group: if group >= 0 {
            Some(fd(vm, group)?)
        } else {
            None
        },
        gid: id(vm, gid, "gid")?,
        groups,
        uid: id(vm, uid, "uid")?,
        umask: u32::try_from(umask).ok(),
    };
    let platform = vm.platform_handle();
    let pid = match given(vm, preexec) {
        None => vm.with_open_signals(|_| platform.fork_exec(&spawn, None)),
        Some(preexec) => {
            posix::before_fork(vm)?;
            let mut hook = || {
                posix::after_fork_in_child(vm);
                let result = vm.call(preexec, &[]).map(|r| r.keep(vm));
                match result {
                    Ok(_) => true,
                    Err(raised) => {
                        vm.take_exception(raised);
                        false
                    }
                }
            };
            let pid = platform.fork_exec(&spawn, Some(&mut hook));
            posix::after_fork_in_parent(vm);
            pid
        }
    };
    match pid {
        Ok(pid) => Ok(i64::from(pid)),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}

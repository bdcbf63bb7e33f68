//! The rarer half of `posix`: file systems, waiting with details, identities, scheduling, terminals, extended attributes.

use super::{c_int, descriptor, dir, id_argument, path, path_or_fd, run, run_path};
use crate::paths;
use crate::support::*;
use mesapy_platform::{FileLock, FileSystem, Waited, consts};
use mesapy_vm::objects::structseq;
use mesapy_vm::struct_sequence;

struct_sequence!(pub static STATVFS_RESULT = "os.statvfs_result", "statvfs_result: Result from statvfs or fstatvfs.", visible 10, [
    "f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_flag", "f_namemax", "f_fsid",
]);
struct_sequence!(pub static WAITID_RESULT = "posix.waitid_result", "waitid_result: Result from waitid.", visible 5, ["si_pid", "si_uid", "si_signo", "si_status", "si_code"]);

// ---- file systems

fn file_system(vm: &Vm, s: &FileSystem) -> Py<Ret> {
    let values = [
        s.block_size,
        s.fragment_size,
        s.blocks,
        s.blocks_free,
        s.blocks_available,
        s.files,
        s.files_free,
        s.files_available,
        s.flags,
        s.name_max,
        s.id,
    ]
    .map(|n| vm.uint(n));
    Ok(vm.ret(structseq::make(vm, &STATVFS_RESULT, &values)?))
}
pub fn statvfs(vm: &mut Vm, given: Local) -> Py<Ret> {
    let p = path_or_fd(vm, given, "statvfs")?;
    let s = match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.fstatvfs(fd))?,
        None => run_path(vm, &p, |o| o.statvfs(&p.bytes))?,
    };
    file_system(vm, &s)
}
pub fn fstatvfs(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let s = run(vm, |o| o.fstatvfs(fd))?;
    file_system(vm, &s)
}
fn limit_name(vm: &mut Vm, name: Local) -> Py<i32> {
    let text = name.value(vm).as_str(vm).map(|s| s.bytes(vm).to_vec());
    let number = match text {
        Some(text) => match consts::PATHCONF.iter().find(|c| c.0.as_bytes() == text) {
            Some(row) => row.1,
            None => return Err(vm.value_error("unrecognized configuration name")),
        },
        None if vm.is_int(name.value(vm)) => vm.index(name)?,
        None => return Err(vm.type_error("configuration names must be strings or integers")),
    };
    c_int(vm, number)
}
pub fn pathconf(vm: &mut Vm, given: Local, name: Local) -> Py<i64> {
    let p = path_or_fd(vm, given, "pathconf")?;
    let name = limit_name(vm, name)?;
    match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.fpathconf(fd, name)),
        None => run_path(vm, &p, |o| o.pathconf(&p.bytes, name)),
    }
}
pub fn fpathconf(vm: &mut Vm, fd: Local, name: Local) -> Py<i64> {
    let fd = descriptor(vm, fd)?;
    let name = limit_name(vm, name)?;
    run(vm, |o| o.fpathconf(fd, name))
}
const S_IFIFO: u32 = 0o010000;
pub fn mkfifo(vm: &mut Vm, given: Local, mode: Option<i64>, dir_fd: Option<Local>) -> Py<()> {
    let p = path(vm, given, "mkfifo")?;
    let at = dir(vm, dir_fd)?;
    let mode = mode.unwrap_or(0o666) as u32 & 0o7777 | S_IFIFO;
    run_path(vm, &p, |o| o.mknod(at, &p.bytes, mode, 0))
}
pub fn mknod(
    vm: &mut Vm,
    given: Local,
    mode: Option<i64>,
    device: Option<i64>,
    dir_fd: Option<Local>,
) -> Py<()> {
    let p = path(vm, given, "mknod")?;
    let at = dir(vm, dir_fd)?;
    let (mode, device) = (mode.unwrap_or(0o600) as u32, device.unwrap_or(0) as u64);
    run_path(vm, &p, |o| o.mknod(at, &p.bytes, mode, device))
}
pub fn chroot(vm: &mut Vm, given: Local) -> Py<()> {
    let p = path(vm, given, "chroot")?;
    run_path(vm, &p, |o| o.chroot(&p.bytes))
}
pub fn sync(vm: &mut Vm) -> Py<()> {
    run(vm, |o| o.sync())
}
/// glibc's packing of device numbers.
pub fn major(_: &mut Vm, device: i64) -> Py<i64> {
    Ok(device >> 8 & 0xfff | device >> 32 & !0xfff)
}
pub fn minor(_: &mut Vm, device: i64) -> Py<i64> {
    Ok(device & 0xff | device >> 12 & !0xff)
}
pub fn makedev(_: &mut Vm, major: i64, minor: i64) -> Py<i64> {
    Ok((major & 0xfff) << 8 | (major & !0xfff) << 32 | minor & 0xff | (minor & !0xff) << 12)
}

// ---- descriptors

pub fn device_encoding(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    if !vm.platform().isatty(fd).unwrap_or(false) {
        return Ok(vm.ret(Value::NONE));
    }
    let name: &[u8] = if vm.sys_config.flags.utf8_mode {
        b"utf-8"
    } else {
        b"UTF-8"
    };
    Ok(vm.ret(vm.intern(name).value()))
}
pub fn lockf(vm: &mut Vm, fd: Local, command: i64, length: i64) -> Py<()> {
    const F_GETLK: i32 = 5;
    const F_SETLK: i32 = 6;
    const F_SETLKW: i32 = 7;
    const F_WRLCK: i16 = 1;
    const F_UNLCK: i16 = 2;
    const SEEK_CUR: i16 = 1;
    let fd = descriptor(vm, fd)?;
    let (command, kind) = match command {
        0 => (F_SETLK, F_UNLCK),
        1 => (F_SETLKW, F_WRLCK),
        2 => (F_SETLK, F_WRLCK),
        3 => (F_GETLK, F_WRLCK),
        _ => return Err(vm.os_error(22, None)),
    };
    let lock = FileLock {
        kind,
        whence: SEEK_CUR,
        start: 0,
        length,
        pid: 0,
    };
    let found = run(vm, |o| o.fcntl_lock(fd, command, lock))?;
    if command == F_GETLK && found.kind != F_UNLCK {
        return Err(vm.os_error(13, None));
    }
    Ok(())
}
pub fn readinto(vm: &mut Vm, fd: Local, buffer: Local) -> Py<usize> {
    let fd = descriptor(vm, fd)?;
    crate::io::read_into(vm, buffer, "readinto", |vm, room| {
        run(vm, |o| o.read(fd, room))
    })
}
pub fn writev(vm: &mut Vm, fd: Local, buffers: Local) -> Py<usize> {
    let fd = descriptor(vm, fd)?;
    let iterator = vm.iter(buffers)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut parts = Vec::new();
    while vm.next_into(iterator, item)? {
        parts.push(vm.buffer_bytes(item)?);
    }
    let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    run(vm, |o| o.writev(fd, &slices, None))
}
fn offset(vm: &mut Vm, given: Option<Local>) -> Py<Option<i64>> {
    match given.filter(|g| !g.value(vm).is_none()) {
        Some(g) => vm.index(g).map(Some),
        None => Ok(None),
    }
}
fn count(vm: &Vm, n: i64) -> Py<usize> {
    usize::try_from(n).map_err(|_| vm.value_error("negative value for 'count' not allowed"))
}
pub fn sendfile(vm: &mut Vm, to: Local, from: Local, at: Local, n: i64) -> Py<usize> {
    let (to, from) = (descriptor(vm, to)?, descriptor(vm, from)?);
    let at = offset(vm, Some(at))?;
    let n = match usize::try_from(n) {
        Ok(n) => n,
        Err(_) => return Err(vm.os_error(22, None)),
    };
    run(vm, |o| o.sendfile(to, from, at, n))
}
pub fn copy_file_range(
    vm: &mut Vm,
    from: Local,
    to: Local,
    n: i64,
    from_at: Option<Local>,
    to_at: Option<Local>,
) -> Py<usize> {
    let (from, to) = (descriptor(vm, from)?, descriptor(vm, to)?);
    let n = count(vm, n)?;
    let (a, b) = (offset(vm, from_at)?, offset(vm, to_at)?);
    run(vm, |o| o.copy_file_range(from, to, n, a, b))
}
pub fn posix_fadvise(vm: &mut Vm, fd: Local, at: i64, length: i64, advice: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let advice = c_int(vm, advice)?;
    run(vm, |o| o.fadvise(fd, at, length, advice))
}

// ---- waiting

/// `(pid, status, rusage)`.
fn waited(vm: &mut Vm, w: &Waited) -> Py<Ret> {
    let usage = crate::resource::usage_value(vm, &w.usage)?;
    let vm: &Vm = vm;
    let values = [
        vm.int(i64::from(w.pid)),
        vm.int(i64::from(w.status)),
        usage.value(vm),
    ];
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
pub fn wait4(vm: &mut Vm, pid: i64, options: i64) -> Py<Ret> {
    let (pid, options) = (c_int(vm, pid)?, c_int(vm, options)?);
    let w = run(vm, |o| o.wait4(pid, options))?;
    waited(vm, &w)
}
pub fn wait3(vm: &mut Vm, options: i64) -> Py<Ret> {
    wait4(vm, -1, options)
}
pub fn waitid(vm: &mut Vm, kind: i64, id: i64, options: i64) -> Py<Ret> {
    let options = c_int(vm, options)?;
    let change = run(vm, |o| o.waitid(kind as u32, id as u32, options))?;
    let vm: &Vm = vm;
    let Some(c) = change else {
        return Ok(vm.ret(Value::NONE));
    };
    let values = [
        vm.int(i64::from(c.pid)),
        vm.int(i64::from(c.uid)),
        vm.int(i64::from(c.signal)),
        vm.int(i64::from(c.status)),
        vm.int(i64::from(c.code)),
    ];
    Ok(vm.ret(structseq::make(vm, &WAITID_RESULT, &values)?))
}
pub fn pidfd_open(vm: &mut Vm, pid: i64, flags: Option<i64>) -> Py<i64> {
    let pid = c_int(vm, pid)?;
    run(vm, |o| o.pidfd_open(pid, flags.unwrap_or(0) as u32)).map(i64::from)
}

// ---- identities

fn ids(vm: &Vm, ids: &[u32]) -> Py<Ret> {
    let values: Vec<Value<'_>> = ids.iter().map(|g| vm.int(i64::from(*g))).collect();
    Ok(vm.ret(vm.new_list(&values)?.value()))
}
pub fn getgroups(vm: &mut Vm) -> Py<Ret> {
    let groups = run(vm, |o| o.getgroups())?;
    ids(vm, &groups)
}
pub fn getgrouplist(vm: &mut Vm, user: Local, group: i64) -> Py<Ret> {
    let user = paths::fs_bytes(vm, user)?;
    let group = id_argument(vm, group, "group id")?;
    let mut found = vec![group];
    for g in run(vm, |o| o.groups())? {
        if g.members.contains(&user) && !found.contains(&g.gid) {
            found.push(g.gid);
        }
    }
    ids(vm, &found)
}
pub fn setgroups(vm: &mut Vm, groups: Local) -> Py<()> {
    let iterator = vm.iter(groups)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut numbers = Vec::new();
    while vm.next_into(iterator, item)? {
        let n = vm.index(item)?;
        numbers.push(id_argument(vm, n, "group id")?);
    }
    run(vm, |o| o.setgroups(&numbers))
}
fn three(vm: &Vm, (a, b, c): (u32, u32, u32)) -> Py<Ret> {
    let values = [a, b, c].map(|n| vm.int(i64::from(n)));
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
pub fn getresuid(vm: &mut Vm) -> Py<Ret> {
    let t = run(vm, |o| o.getresuid())?;
    three(vm, t)
}
pub fn getresgid(vm: &mut Vm) -> Py<Ret> {
    let t = run(vm, |o| o.getresgid())?;
    three(vm, t)
}
macro_rules! set_ids {
    ($($name:ident($($arg:ident),*) $what:literal;)*) => { $(
        pub fn $name(vm: &mut Vm, $($arg: i64),*) -> Py<()> {
            $( let $arg = id_argument(vm, $arg, $what)?; )*
            run(vm, |o| o.$name($($arg),*))
        }
    )* };
}
set_ids! {
    setuid(a) "uid";
    setgid(a) "gid";
    seteuid(a) "uid";
    setegid(a) "gid";
    setreuid(a, b) "uid";
    setregid(a, b) "gid";
    setresuid(a, b, c) "uid";
    setresgid(a, b, c) "gid";
}
pub fn getpgrp(vm: &mut Vm) -> Py<i64> {
    run(vm, |o| o.getpgid(0)).map(i64::from)
}
pub fn setpgrp(vm: &mut Vm) -> Py<()> {
    run(vm, |o| o.setpgid(0, 0))
}
pub fn setpgid(vm: &mut Vm, pid: i64, group: i64) -> Py<()> {
    let (pid, group) = (c_int(vm, pid)?, c_int(vm, group)?);
    run(vm, |o| o.setpgid(pid, group))
}

// ---- scheduling

pub fn nice(vm: &mut Vm, increment: i64) -> Py<i64> {
    let increment = c_int(vm, increment)?;
    run(vm, |o| o.nice(increment)).map(i64::from)
}
pub fn getpriority(vm: &mut Vm, which: i64, who: i64) -> Py<i64> {
    run(vm, |o| o.getpriority(which as u32, who as u32)).map(i64::from)
}
pub fn setpriority(vm: &mut Vm, which: i64, who: i64, priority: i64) -> Py<()> {
    let priority = c_int(vm, priority)?;
    run(vm, |o| o.setpriority(which as u32, who as u32, priority))
}
pub fn sched_getaffinity(vm: &mut Vm, pid: i64) -> Py<Ret> {
    let pid = c_int(vm, pid)?;
    let cpus = run(vm, |o| o.sched_getaffinity(pid))?;
    let set = crate::io::builtin_class(vm, "set")?;
    let list = {
        let vm: &Vm = vm;
        let values: Vec<Value<'_>> = cpus.iter().map(|c| vm.int(*c as i64)).collect();
        vm.local(vm.new_list(&values)?.value())
    };
    vm.call(set, &[list])
}
pub fn sched_setaffinity(vm: &mut Vm, pid: i64, mask: Local) -> Py<()> {
    let pid = c_int(vm, pid)?;
    let iterator = vm.iter(mask)?.keep(vm);
    let item = vm.local(Value::NONE);
    let mut cpus = Vec::new();
    while vm.next_into(iterator, item)? {
        let n = vm.index(item)?;
        match usize::try_from(n) {
            Ok(n) if n < i32::MAX as usize => cpus.push(n),
            Ok(_) => return Err(vm.overflow_error("CPU number too large")),
            Err(_) => return Err(vm.value_error("negative CPU number")),
        }
    }
    run(vm, |o| o.sched_setaffinity(pid, &cpus))
}
pub fn sched_get_priority_max(vm: &mut Vm, policy: i64) -> Py<i64> {
    let policy = c_int(vm, policy)?;
    run(vm, |o| o.sched_priority_max(policy)).map(i64::from)
}
pub fn sched_get_priority_min(vm: &mut Vm, policy: i64) -> Py<i64> {
    let policy = c_int(vm, policy)?;
    run(vm, |o| o.sched_priority_min(policy)).map(i64::from)
}
pub fn sched_getscheduler(vm: &mut Vm, pid: i64) -> Py<i64> {
    let pid = c_int(vm, pid)?;
    run(vm, |o| o.sched_getscheduler(pid)).map(i64::from)
}
/// No call gives more than this at once; callers that want more ask again.
const RANDOM_MAX: usize = 1 << 25;
pub fn getrandom(vm: &mut Vm, size: i64, flags: Option<i64>) -> Py<Ret> {
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.os_error(22, None));
    };
    let mut buffer = vec![0; size.min(RANDOM_MAX)];
    let n = run(vm, |o| o.getrandom(&mut buffer, flags.unwrap_or(0) as u32))?;
    Ok(vm.ret(vm.new_bytes(buffer.get(..n).unwrap_or(&[]))?.value()))
}

// ---- terminals

pub fn ttyname(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let name = run(vm, |o| o.ttyname(fd))?;
    Ok(vm.ret(paths::to_value(vm, &name, false)?))
}
pub fn ctermid(_: &mut Vm) -> Py<String> {
    Ok("/dev/tty".to_string())
}
pub fn tcgetpgrp(vm: &mut Vm, fd: Local) -> Py<i64> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.tcgetpgrp(fd)).map(i64::from)
}
pub fn tcsetpgrp(vm: &mut Vm, fd: Local, group: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let group = c_int(vm, group)?;
    run(vm, |o| o.tcsetpgrp(fd, group))
}
pub fn openpty(vm: &mut Vm) -> Py<Ret> {
    let (a, b) = run(vm, |o| o.openpty())?;
    let vm: &Vm = vm;
    let pair = [vm.int(i64::from(a)), vm.int(i64::from(b))];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
pub fn ptsname(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let name = run(vm, |o| o.ptsname(fd))?;
    Ok(vm.ret(paths::to_value(vm, &name, false)?))
}
pub fn login_tty(vm: &mut Vm, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.setsid())?;
    run(vm, |o| o.set_controlling_terminal(fd))?;
    for standard in 0..3 {
        run(vm, |o| o.dup2(fd, standard, true))?;
    }
    if fd > 2 {
        run(vm, |o| o.close(fd))?;
    }
    Ok(())
}

// ---- extended attributes

/// The path of an attribute call: an open file is reached through its entry in `/proc`.
fn attribute_path(vm: &mut Vm, given: Local, function: &str) -> Py<(paths::PathArg, Vec<u8>)> {
    let p = path_or_fd(vm, given, function)?;
    let bytes = match p.fd {
        Some(fd) => format!("/proc/self/fd/{fd}").into_bytes(),
        None => p.bytes.clone(),
    };
    Ok((p, bytes))
}
pub fn getxattr(vm: &mut Vm, given: Local, name: Local, follow: Option<bool>) -> Py<Ret> {
    let (p, at) = attribute_path(vm, given, "getxattr")?;
    let name = paths::fs_bytes(vm, name)?;
    let value = run_path(vm, &p, |o| o.getxattr(&at, &name, follow.unwrap_or(true)))?;
    Ok(vm.ret(vm.new_bytes(&value)?.value()))
}
pub fn setxattr(
    vm: &mut Vm,
    given: Local,
    name: Local,
    value: Local,
    flags: Option<i64>,
    follow: Option<bool>,
) -> Py<()> {
    let (p, at) = attribute_path(vm, given, "setxattr")?;
    let name = paths::fs_bytes(vm, name)?;
    let value = vm.buffer_bytes(value)?;
    let flags = flags.unwrap_or(0) as u32;
    run_path(vm, &p, |o| {
        o.setxattr(&at, &name, &value, flags, follow.unwrap_or(true))
    })
}
pub fn removexattr(vm: &mut Vm, given: Local, name: Local, follow: Option<bool>) -> Py<()> {
    let (p, at) = attribute_path(vm, given, "removexattr")?;
    let name = paths::fs_bytes(vm, name)?;
    run_path(vm, &p, |o| {
        o.removexattr(&at, &name, follow.unwrap_or(true))
    })
}
pub fn listxattr(vm: &mut Vm, given: Option<Local>, follow: Option<bool>) -> Py<Ret> {
    let given = match given.filter(|g| !g.value(vm).is_none()) {
        Some(g) => g,
        None => vm.local(vm.new_str(b".")?.value()),
    };
    let (p, at) = attribute_path(vm, given, "listxattr")?;
    let names = run_path(vm, &p, |o| o.listxattr(&at, follow.unwrap_or(true)))?;
    let vm: &Vm = vm;
    let list = vm.new_list(&[])?;
    for name in names {
        list.push(vm, paths::to_value(vm, &name, false)?)?;
    }
    Ok(vm.ret(list.value()))
}

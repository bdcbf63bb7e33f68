//! Files and paths.

use super::{descriptor, dir, id_argument, path, path_or_fd, run, run_path};
use crate::paths::{self, PathArg};
use mesapy_heap::Value;
use mesapy_platform::{AT_CWD, Time};
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::vm::Vm;

pub fn f_access(
    vm: &mut Vm,
    given: Local,
    mode: i64,
    dir_fd: Option<Local>,
    effective: Option<bool>,
    follow: Option<bool>,
) -> Py<bool> {
    let p = path(vm, given, "access")?;
    let at = dir(vm, dir_fd)?;
    let (effective, follow) = (effective.unwrap_or(false), follow.unwrap_or(true));
    let mode = u32::try_from(mode).unwrap_or(u32::MAX);
    Ok(vm
        .platform()
        .access(at, &p.bytes, mode, effective, follow)
        .is_ok())
}
pub fn f_mkdir(vm: &mut Vm, given: Local, mode: Option<i64>, dir_fd: Option<Local>) -> Py<()> {
    let p = path(vm, given, "mkdir")?;
    let at = dir(vm, dir_fd)?;
    run_path(vm, &p, |o| {
        o.mkdir(at, &p.bytes, mode.unwrap_or(0o777) as u32)
    })
}
pub fn f_rmdir(vm: &mut Vm, given: Local, dir_fd: Option<Local>) -> Py<()> {
    let p = path(vm, given, "rmdir")?;
    let at = dir(vm, dir_fd)?;
    run_path(vm, &p, |o| o.rmdir(at, &p.bytes))
}
pub fn f_unlink(vm: &mut Vm, given: Local, dir_fd: Option<Local>) -> Py<()> {
    unlink(vm, given, dir_fd, "unlink")
}
pub fn f_remove(vm: &mut Vm, given: Local, dir_fd: Option<Local>) -> Py<()> {
    unlink(vm, given, dir_fd, "remove")
}
fn unlink(vm: &mut Vm, given: Local, dir_fd: Option<Local>, name: &str) -> Py<()> {
    let p = path(vm, given, name)?;
    let at = dir(vm, dir_fd)?;
    run_path(vm, &p, |o| o.unlink(at, &p.bytes))
}
fn two(vm: &mut Vm, src: Local, dst: Local, function: &str) -> Py<(PathArg, PathArg)> {
    let from = paths::path_argument(vm, src, function, "src", false, false)?;
    let to = paths::path_argument(vm, dst, function, "dst", false, false)?;
    Ok((from, to))
}
fn run_two(
    vm: &mut Vm,
    from: &PathArg,
    to: &PathArg,
    call: impl FnMut(&dyn mesapy_platform::Platform) -> mesapy_platform::OsResult<()>,
) -> Py<()> {
    match crate::io::retry(vm, call)? {
        Ok(()) => Ok(()),
        Err(e) => Err(vm.os_error_with(
            e.errno,
            Some(from.object.value(vm)),
            Some(to.object.value(vm)),
        )),
    }
}
fn rename(
    vm: &mut Vm,
    src: Local,
    dst: Local,
    src_fd: Option<Local>,
    dst_fd: Option<Local>,
    name: &str,
) -> Py<()> {
    let (from, to) = two(vm, src, dst, name)?;
    let (a, b) = (dir(vm, src_fd)?, dir(vm, dst_fd)?);
    run_two(vm, &from, &to, |o| o.rename(a, &from.bytes, b, &to.bytes))
}
pub fn f_rename(
    vm: &mut Vm,
    src: Local,
    dst: Local,
    src_fd: Option<Local>,
    dst_fd: Option<Local>,
) -> Py<()> {
    rename(vm, src, dst, src_fd, dst_fd, "rename")
}
pub fn f_replace(
    vm: &mut Vm,
    src: Local,
    dst: Local,
    src_fd: Option<Local>,
    dst_fd: Option<Local>,
) -> Py<()> {
    rename(vm, src, dst, src_fd, dst_fd, "replace")
}
pub fn f_link(
    vm: &mut Vm,
    src: Local,
    dst: Local,
    src_fd: Option<Local>,
    dst_fd: Option<Local>,
    follow: Option<bool>,
) -> Py<()> {
    let (from, to) = two(vm, src, dst, "link")?;
    let (a, b) = (dir(vm, src_fd)?, dir(vm, dst_fd)?);
    run_two(vm, &from, &to, |o| {
        o.link(a, &from.bytes, b, &to.bytes, follow.unwrap_or(false))
    })
}
pub fn f_symlink(
    vm: &mut Vm,
    src: Local,
    dst: Local,
    _: Option<bool>,
    dir_fd: Option<Local>,
) -> Py<()> {
    let (from, to) = two(vm, src, dst, "symlink")?;
    let at = dir(vm, dir_fd)?;
    run_two(vm, &from, &to, |o| o.symlink(&from.bytes, at, &to.bytes))
}
pub fn f_readlink(vm: &mut Vm, given: Local, dir_fd: Option<Local>) -> Py<Ret> {
    let p = path(vm, given, "readlink")?;
    let at = dir(vm, dir_fd)?;
    let target = run_path(vm, &p, |o| o.readlink(at, &p.bytes))?;
    Ok(vm.ret(paths::to_value(vm, &target, p.is_bytes)?))
}
pub fn f_chmod(
    vm: &mut Vm,
    given: Local,
    mode: i64,
    dir_fd: Option<Local>,
    follow: Option<bool>,
) -> Py<()> {
    let p = path_or_fd(vm, given, "chmod")?;
    let at = dir(vm, dir_fd)?;
    let mode = mode as u32;
    match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.fchmod(fd, mode)),
        None => run_path(vm, &p, |o| {
            o.chmod(at, &p.bytes, mode, follow.unwrap_or(true))
        }),
    }
}
pub fn f_chown(
    vm: &mut Vm,
    given: Local,
    uid: i64,
    gid: i64,
    dir_fd: Option<Local>,
    follow: Option<bool>,
) -> Py<()> {
    let p = path_or_fd(vm, given, "chown")?;
    let at = dir(vm, dir_fd)?;
    let (uid, gid) = (id_argument(vm, uid, "uid")?, id_argument(vm, gid, "gid")?);
    match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.fchown(fd, uid, gid)),
        None => run_path(vm, &p, |o| {
            o.chown(at, &p.bytes, uid, gid, follow.unwrap_or(true))
        }),
    }
}
pub fn f_lchown(vm: &mut Vm, given: Local, uid: i64, gid: i64) -> Py<()> {
    let p = path(vm, given, "lchown")?;
    let (uid, gid) = (id_argument(vm, uid, "uid")?, id_argument(vm, gid, "gid")?);
    run_path(vm, &p, |o| o.chown(AT_CWD, &p.bytes, uid, gid, false))
}
/// Two times, as seconds or as nanoseconds.
fn time_pair(vm: &mut Vm, pair: Local, nanos: bool, what: &str) -> Py<(Time, Time)> {
    let Some((a, b)) = pair
        .value(vm)
        .as_tuple(vm)
        .filter(|t| t.len(vm) == 2)
        .map(|t| (vm.local(t.get(vm, 0)), vm.local(t.get(vm, 1))))
    else {
        return Err(vm.type_error(format!(
            "utime: '{what}' must be a tuple of two ints{}",
            if nanos { "" } else { " or None" }
        )));
    };
    let mut times = [Time::default(); 2];
    for (place, given) in times.iter_mut().zip([a, b]) {
        let total = if nanos {
            i128::from(vm.index(given)?)
        } else if vm.is_int(given.value(vm)) {
            i128::from(vm.index(given)?) * 1_000_000_000
        } else {
            let f = vm.to_f64(given)?;
            if f.is_nan() {
                return Err(vm.value_error("Invalid value NaN (not a number)"));
            }
            let whole = f.floor();
            whole as i128 * 1_000_000_000 + ((f - whole) * 1e9).floor() as i128
        };
        *place = match Time::from_nanos(total) {
            Some(t) => t,
            None => return Err(vm.overflow_error("timestamp out of range for platform time_t")),
        };
    }
    Ok((times[0], times[1]))
}
pub fn f_utime(
    vm: &mut Vm,
    given: Local,
    times: Option<Local>,
    ns: Option<Local>,
    dir_fd: Option<Local>,
    follow: Option<bool>,
) -> Py<()> {
    let p = path_or_fd(vm, given, "utime")?;
    let at = dir(vm, dir_fd)?;
    let times = times.filter(|t| !t.value(vm).is_none());
    let ns = ns.filter(|t| !t.value(vm).is_none());
    let times = match (times, ns) {
        (Some(_), Some(_)) => {
            return Err(
                vm.value_error("utime: you may specify either 'times' or 'ns' but not both")
            );
        }
        (Some(t), None) => Some(time_pair(vm, t, false, "times")?),
        (None, Some(t)) => Some(time_pair(vm, t, true, "ns")?),
        (None, None) => None,
    };
    match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.futimens(fd, times)),
        None => run_path(vm, &p, |o| {
            o.utimens(at, &p.bytes, times, follow.unwrap_or(true))
        }),
    }
}
pub fn f_truncate(vm: &mut Vm, given: Local, length: i64) -> Py<()> {
    let p = path_or_fd(vm, given, "truncate")?;
    match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.ftruncate(fd, length)),
        None => run_path(vm, &p, |o| o.truncate(&p.bytes, length)),
    }
}
pub fn f_chdir(vm: &mut Vm, given: Local) -> Py<()> {
    let p = path_or_fd(vm, given, "chdir")?;
    match p.fd {
        Some(fd) => run_path(vm, &p, |o| o.fchdir(fd)),
        None => run_path(vm, &p, |o| o.chdir(&p.bytes)),
    }
}
pub fn getcwd(vm: &mut Vm) -> Py<Ret> {
    let cwd = run(vm, |o| o.getcwd())?;
    Ok(vm.ret(paths::to_value(vm, &cwd, false)?))
}
pub fn getcwdb(vm: &mut Vm) -> Py<Ret> {
    let cwd = run(vm, |o| o.getcwd())?;
    Ok(vm.ret(paths::to_value(vm, &cwd, true)?))
}

// ---- path arithmetic

/// The bytes of a str or bytes argument as they are; null characters are allowed here.
fn raw_path(vm: &mut Vm, given: Local) -> Py<(Vec<u8>, bool)> {
    let given = paths::fspath(vm, given)?.keep(vm);
    let v = given.value(vm);
    Ok(match (v.as_str(vm), v.as_bytes(vm)) {
        (Some(s), _) => (s.bytes(vm).to_vec(), false),
        (_, Some(b)) => (b.bytes(vm).to_vec(), true),
        _ => (Vec::new(), false),
    })
}
fn path_value<'v>(vm: &'v Vm, part: &[u8], as_bytes: bool) -> Py<Value<'v>> {
    Ok(if as_bytes {
        vm.new_bytes(part)?.value()
    } else {
        vm.new_str(part)?.value()
    })
}
/// How many slashes the root has: one, or two where there are exactly two.
fn root_len(path: &[u8]) -> usize {
    match path {
        [b'/', b'/', b'/', ..] => 1,
        [b'/', b'/', ..] => 2,
        [b'/', ..] => 1,
        _ => 0,
    }
}
pub fn path_normpath(vm: &mut Vm, given: Local) -> Py<Ret> {
    let (path, as_bytes) = raw_path(vm, given)?;
    let root = root_len(&path);
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|c| *c == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|p| *p != b"..") => {
                parts.pop();
            }
            b".." if parts.is_empty() && root > 0 => {}
            part => parts.push(part),
        }
    }
    let mut out = path[..root].to_vec();
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    Ok(vm.ret(path_value(vm, &out, as_bytes)?))
}
pub fn path_splitroot(vm: &mut Vm, given: Local) -> Py<Ret> {
    let (path, as_bytes) = raw_path(vm, given)?;
    // Here all leading slashes beyond two belong to the tail.
    let root = root_len(&path);
    let vm: &Vm = vm;
    let parts = [
        path_value(vm, b"", as_bytes)?,
        path_value(vm, &path[..root], as_bytes)?,
        path_value(vm, &path[root..], as_bytes)?,
    ];
    Ok(vm.ret(vm.new_tuple(&parts)?.value()))
}

// ---- descriptors

pub fn f_open(
    vm: &mut Vm,
    given: Local,
    flags: i64,
    mode: Option<i64>,
    dir_fd: Option<Local>,
) -> Py<i64> {
    let p = path(vm, given, "open")?;
    let at = dir(vm, dir_fd)?;
    let flags = super::c_int(vm, flags)?;
    let fd = run_path(vm, &p, |o| {
        o.open(at, &p.bytes, flags, mode.unwrap_or(0o777) as u32)
    })?;
    Ok(i64::from(fd))
}
pub fn f_close(vm: &mut Vm, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    match vm.platform().close(fd) {
        Err(e) if !e.interrupted() => Err(vm.platform_error(e, None)),
        _ => Ok(()),
    }
}
pub fn f_closerange(vm: &mut Vm, low: Local, high: Local) -> Py<()> {
    let (low, high) = (descriptor(vm, low)?, descriptor(vm, high)?);
    let _ = vm.platform().closerange(low, high);
    Ok(())
}
fn room(vm: &Vm, length: i64) -> Py<Vec<u8>> {
    let Ok(n) = usize::try_from(length) else {
        return Err(vm.os_error(22, None));
    };
    let n = n.min(0x7fff_f000);
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(n).is_err() {
        return Err(vm.memory_error());
    }
    buffer.resize(n, 0);
    Ok(buffer)
}
fn bytes(vm: &Vm, data: &[u8]) -> Py<Ret> {
    Ok(vm.ret(vm.new_bytes(data)?.value()))
}
pub fn f_read(vm: &mut Vm, fd: Local, length: i64) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let mut buffer = room(vm, length)?;
    let n = run(vm, |o| o.read(fd, &mut buffer))?;
    bytes(vm, buffer.get(..n).unwrap_or(&[]))
}
pub fn f_pread(vm: &mut Vm, fd: Local, length: i64, at: i64) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let mut buffer = room(vm, length)?;
    let n = run(vm, |o| o.pread(fd, &mut buffer, at))?;
    bytes(vm, buffer.get(..n).unwrap_or(&[]))
}
pub fn f_write(vm: &mut Vm, fd: Local, data: Local) -> Py<usize> {
    let fd = descriptor(vm, fd)?;
    let data = data_bytes(vm, data)?;
    run(vm, |o| o.write(fd, &data[..data.len().min(0x7fff_f000)]))
}
pub fn f_pwrite(vm: &mut Vm, fd: Local, data: Local, at: i64) -> Py<usize> {
    let fd = descriptor(vm, fd)?;
    let data = data_bytes(vm, data)?;
    run(vm, |o| {
        o.pwrite(fd, &data[..data.len().min(0x7fff_f000)], at)
    })
}
fn data_bytes(vm: &mut Vm, data: Local) -> Py<Vec<u8>> {
    if data.value(vm).as_str(vm).is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    vm.buffer_bytes(data)
}
pub fn f_lseek(vm: &mut Vm, fd: Local, position: i64, how: i64) -> Py<i64> {
    let fd = descriptor(vm, fd)?;
    let how = super::c_int(vm, how)?;
    run(vm, |o| o.lseek(fd, position, how))
}
pub fn f_ftruncate(vm: &mut Vm, fd: Local, length: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.ftruncate(fd, length))
}
pub fn f_fsync(vm: &mut Vm, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.fsync(fd))
}
pub fn f_fdatasync(vm: &mut Vm, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.fdatasync(fd))
}
pub fn f_isatty(vm: &mut Vm, fd: Local) -> Py<bool> {
    let fd = descriptor(vm, fd)?;
    Ok(vm.platform().isatty(fd).unwrap_or(false))
}
pub fn f_dup(vm: &mut Vm, fd: Local) -> Py<i64> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.dup(fd)).map(i64::from)
}
pub fn f_dup2(vm: &mut Vm, fd: Local, fd2: Local, inheritable: Option<bool>) -> Py<i64> {
    let (a, b) = (descriptor(vm, fd)?, descriptor(vm, fd2)?);
    run(vm, |o| o.dup2(a, b, inheritable.unwrap_or(true))).map(i64::from)
}
fn pair(vm: &Vm, (a, b): (i32, i32)) -> Py<Ret> {
    Ok(vm.ret(
        vm.new_tuple(&[vm.int(i64::from(a)), vm.int(i64::from(b))])?
            .value(),
    ))
}
pub fn f_pipe(vm: &mut Vm) -> Py<Ret> {
    let ends = run(vm, |o| o.pipe2(0o2000000))?;
    pair(vm, ends)
}
pub fn f_pipe2(vm: &mut Vm, flags: i64) -> Py<Ret> {
    let flags = super::c_int(vm, flags)?;
    let ends = run(vm, |o| o.pipe2(flags))?;
    pair(vm, ends)
}
pub fn f_get_inheritable(vm: &mut Vm, fd: Local) -> Py<bool> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.get_inheritable(fd))
}
pub fn f_set_inheritable(vm: &mut Vm, fd: Local, on: bool) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.set_inheritable(fd, on))
}
pub fn f_get_blocking(vm: &mut Vm, fd: Local) -> Py<bool> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.get_blocking(fd))
}
pub fn f_set_blocking(vm: &mut Vm, fd: Local, on: bool) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.set_blocking(fd, on))
}
pub fn f_fchmod(vm: &mut Vm, fd: Local, mode: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.fchmod(fd, mode as u32))
}
pub fn f_fchown(vm: &mut Vm, fd: Local, uid: i64, gid: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let (uid, gid) = (id_argument(vm, uid, "uid")?, id_argument(vm, gid, "gid")?);
    run(vm, |o| o.fchown(fd, uid, gid))
}
pub fn f_fchdir(vm: &mut Vm, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.fchdir(fd))
}
pub fn umask(vm: &mut Vm, mask: i64) -> Py<i64> {
    run(vm, |o| o.umask(mask as u32)).map(i64::from)
}
pub fn urandom(vm: &mut Vm, size: i64) -> Py<Ret> {
    let Ok(n) = usize::try_from(size) else {
        return Err(vm.value_error("negative argument not allowed"));
    };
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(n).is_err() {
        return Err(vm.memory_error());
    }
    buffer.resize(n, 0);
    run(vm, |o| o.urandom(&mut buffer))?;
    bytes(vm, &buffer)
}

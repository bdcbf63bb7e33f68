//! `stat` and its result.

use super::{descriptor, dir, path, path_or_fd, run, run_path};
use mesapy_heap::Value;
use mesapy_platform::{Stat, Time};
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::objects::structseq;
use mesapy_vm::struct_sequence;
use mesapy_vm::vm::Vm;

struct_sequence!(pub static STAT_RESULT = "os.stat_result", "stat_result: Result from stat, fstat, or lstat.", visible 10, [
    "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "_unnamed_a", "_unnamed_m", "_unnamed_c",
    "st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_blksize", "st_blocks", "st_rdev",
]);

/// A `stat_result`.
pub fn value<'v>(vm: &'v Vm, st: &Stat) -> Py<Value<'v>> {
    let seconds = |t: Time| vm.int(t.seconds);
    let float = |t: Time| vm.float(t.seconds as f64 + 1e-9 * f64::from(t.nanos));
    let nanos = |t: Time| match i64::try_from(t.as_nanos()) {
        Ok(n) => vm.int(n),
        Err(_) => vm.int(0),
    };
    let values = [
        vm.int(i64::from(st.mode)),
        vm.uint(st.inode),
        vm.uint(st.device),
        vm.uint(st.links),
        vm.int(i64::from(st.uid)),
        vm.int(i64::from(st.gid)),
        vm.int(st.size),
        seconds(st.accessed),
        seconds(st.modified),
        seconds(st.changed),
        float(st.accessed),
        float(st.modified),
        float(st.changed),
        nanos(st.accessed),
        nanos(st.modified),
        nanos(st.changed),
        vm.int(st.block_size),
        vm.int(st.blocks),
        vm.uint(st.device_type),
    ];
    structseq::make(vm, &STAT_RESULT, &values)
}
pub fn stat_path(
    vm: &mut Vm,
    given: Local,
    dir_fd: Option<Local>,
    follow: Option<bool>,
) -> Py<Ret> {
    let p = path_or_fd(vm, given, "stat")?;
    let at = dir(vm, dir_fd)?;
    let follow = follow.unwrap_or(true);
    let st = match p.fd {
        Some(_) if at != mesapy_platform::AT_CWD => {
            return Err(vm.value_error("stat: can't specify dir_fd without matching path"));
        }
        Some(_) if !follow => {
            return Err(vm.value_error("stat: cannot use fd and follow_symlinks together"));
        }
        Some(fd) => run_path(vm, &p, |o| o.fstat(fd))?,
        None => run_path(vm, &p, |o| o.stat(at, &p.bytes, follow))?,
    };
    Ok(vm.ret(value(vm, &st)?))
}
pub fn lstat_path(vm: &mut Vm, given: Local, dir_fd: Option<Local>) -> Py<Ret> {
    let p = path(vm, given, "lstat")?;
    let at = dir(vm, dir_fd)?;
    let st = run_path(vm, &p, |o| o.stat(at, &p.bytes, false))?;
    Ok(vm.ret(value(vm, &st)?))
}
pub fn fstat(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let st = run(vm, |o| o.fstat(fd))?;
    Ok(vm.ret(value(vm, &st)?))
}

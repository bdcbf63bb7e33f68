//! `fcntl`: locks and descriptor commands.
//!
//! `ioctl` knows the window size of terminals only: a command's meaning decides what its argument is, and a wrong guess would write over memory.

use crate::posix::{c_int, descriptor, run};
use crate::support::*;
use mesapy_platform::{FileLock, TerminalSize, consts};

pub static MODULE: NativeModule = NativeModule {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file object.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "fcntl(fd, cmd, arg=0, /)" => static calls fcntl(fd, command, argument), "Perform the operation `cmd` on file descriptor fd.";
    "ioctl(fd, request, arg=0, mutate_flag=True, /)" => static calls ioctl(fd, request, argument, mutate), "Perform the operation request on file descriptor fd.";
    "flock(fd, operation, /)" => static calls flock(fd, operation), "Perform the lock operation on file descriptor fd.";
    "lockf(fd, cmd, len=0, start=0, whence=0, /)" => static calls lockf(fd, command, length, start, whence), "A wrapper around the fcntl() locking calls.";
};
const EINVAL: i32 = 22;
const ENOSYS: i32 = 38;
const F_GETLK: i32 = 5;
const F_SETLK: i32 = 6;
const F_SETLKW: i32 = 7;
/// Bytes of a `struct flock` on 64-bit Linux.
const FLOCK_BYTES: usize = 32;

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    if let Some(part) = bytes.get(at..at + N) {
        out.copy_from_slice(part);
    }
    out
}
fn fcntl(vm: &mut Vm, fd: Local, command: i64, argument: Option<Local>) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let command = c_int(vm, command)?;
    if let Some(a) = argument
        && !vm.is_int(a.value(vm))
        && vm.special_of(a.value(vm), Dunder::Index).is_none()
    {
        let bytes = vm.buffer_bytes(a)?;
        if !matches!(command, F_GETLK | F_SETLK | F_SETLKW) || bytes.len() < FLOCK_BYTES {
            return Err(vm.os_error(EINVAL, None));
        }
        let lock = FileLock {
            kind: i16::from_ne_bytes(number(&bytes, 0)),
            whence: i16::from_ne_bytes(number(&bytes, 2)),
            start: i64::from_ne_bytes(number(&bytes, 8)),
            length: i64::from_ne_bytes(number(&bytes, 16)),
            pid: i32::from_ne_bytes(number(&bytes, 24)),
        };
        let l = run(vm, |o| o.fcntl_lock(fd, command, lock))?;
        let mut out = bytes;
        let fields: [(usize, &[u8]); 5] = [
            (0, &l.kind.to_ne_bytes()),
            (2, &l.whence.to_ne_bytes()),
            (8, &l.start.to_ne_bytes()),
            (16, &l.length.to_ne_bytes()),
            (24, &l.pid.to_ne_bytes()),
        ];
        for (at, field) in fields {
            if let Some(place) = out.get_mut(at..at + field.len()) {
                place.copy_from_slice(field);
            }
        }
        return Ok(vm.ret(vm.new_bytes(&out)?.value()));
    }
    let n = match argument {
        Some(a) => vm.index(a)?,
        None => 0,
    };
    // C takes the low bits of it as they are.
    let result = run(vm, |o| o.fcntl(fd, command, n as i32))?;
    Ok(vm.ret(vm.int(result)))
}
fn ioctl(
    vm: &mut Vm,
    fd: Local,
    request: i64,
    argument: Option<Local>,
    mutate: Option<bool>,
) -> Py<Ret> {
    const TIOCGWINSZ: i64 = 0x5413;
    const TIOCSWINSZ: i64 = 0x5414;
    let fd = descriptor(vm, fd)?;
    let Some(argument) = argument.filter(|a| !vm.is_int(a.value(vm))) else {
        return Err(vm.os_error(ENOSYS, None));
    };
    let mut bytes = vm.buffer_bytes(argument)?;
    if bytes.len() < 8 {
        return Err(vm.os_error(EINVAL, None));
    }
    match request {
        TIOCGWINSZ => {
            let s = run(vm, |o| o.terminal_size(fd))?;
            for (i, n) in [s.rows, s.columns, s.width_px, s.height_px]
                .into_iter()
                .enumerate()
            {
                bytes[2 * i..2 * i + 2].copy_from_slice(&n.to_ne_bytes());
            }
            if mutate.unwrap_or(true) && argument.value(vm).as_bytes(vm).is_none() {
                crate::io::read_into(vm, argument, "ioctl", |_, room| {
                    let n = room.len().min(bytes.len());
                    room[..n].copy_from_slice(&bytes[..n]);
                    Ok(n)
                })?;
                return Ok(vm.ret(vm.int(0)));
            }
            Ok(vm.ret(vm.new_bytes(&bytes)?.value()))
        }
        TIOCSWINSZ => {
            let field = |i: usize| u16::from_ne_bytes(number(&bytes, 2 * i));
            let size = TerminalSize {
                rows: field(0),
                columns: field(1),
                width_px: field(2),
                height_px: field(3),
            };
            run(vm, |o| o.set_terminal_size(fd, size))?;
            Ok(vm.ret(vm.new_bytes(&bytes)?.value()))
        }
        _ => Err(vm.os_error(ENOSYS, None)),
    }
}
fn flock(vm: &mut Vm, fd: Local, operation: i64) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let operation = c_int(vm, operation)?;
    run(vm, |o| o.flock(fd, operation))
}
fn lockf(
    vm: &mut Vm,
    fd: Local,
    command: i64,
    length: Option<i64>,
    start: Option<i64>,
    whence: Option<i64>,
) -> Py<()> {
    const LOCK_SH: i64 = 1;
    const LOCK_EX: i64 = 2;
    const LOCK_NB: i64 = 4;
    const LOCK_UN: i64 = 8;
    let fd = descriptor(vm, fd)?;
    let kind = if command == LOCK_UN {
        2
    } else if command & LOCK_SH != 0 {
        0
    } else if command & LOCK_EX != 0 {
        1
    } else {
        return Err(vm.value_error("unrecognized lockf argument"));
    };
    let lock = FileLock {
        kind,
        whence: i16::try_from(whence.unwrap_or(0)).unwrap_or(-1),
        start: start.unwrap_or(0),
        length: length.unwrap_or(0),
        pid: 0,
    };
    let how = if command & LOCK_NB != 0 {
        F_SETLK
    } else {
        F_SETLKW
    };
    run(vm, |o| o.fcntl_lock(fd, how, lock)).map(|_| ())
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (name, value) in consts::FCNTL {
        set_global(vm, dict, name, vm.int(*value))?;
    }
    Ok(())
}

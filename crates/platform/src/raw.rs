//! System calls that take and return nothing but integers.
//!
//! Python's `posix` module exposes raw descriptors, process ids and signal numbers, for which `rustix` has (rightly) no types: a wrong number must
//! come back as `EBADF` or `EINVAL`. No memory of ours is passed to any call of this list, so none of them can break memory safety;
//! that is the invariant of the file, and the one `unsafe` in the macro rests on it.
//!
//! `close` and `dup2` can pull a descriptor away from under another owner in this process. The crates above keep no descriptor whose
//! reuse would matter to memory safety: nothing is mapped from a file, and no lock or allocator lives behind a descriptor.

use crate::error::{OsError, OsResult};

macro_rules! scalar_calls {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*);)*) => {$(
        $(#[$doc])*
        pub fn $name($($arg: $ty),*) -> OsResult<i64> {
            clear_errno();
            // SAFETY: only integers cross; see the head of the file.
            check(unsafe { libc::$name($($arg),*) } as i64)
        }
    )*};
}

scalar_calls! {
    fn close(fd: i32);
    fn dup2(from: i32, to: i32);
    fn dup3(from: i32, to: i32, flags: i32);
    fn lseek(fd: i32, offset: i64, whence: i32);
    fn isatty(fd: i32);
    /// Only for commands whose third argument is an integer: see `fd::fcntl`, the only caller.
    fn fcntl(fd: i32, command: i32, argument: i32);
    fn posix_fadvise(fd: i32, offset: i64, length: i64, advice: i32);
    fn posix_fallocate(fd: i32, offset: i64, length: i64);
    fn fork();
    fn kill(pid: i32, signal: i32);
    fn killpg(group: i32, signal: i32);
    fn raise(signal: i32);
    fn alarm(seconds: u32);
    fn pause();
    fn getpgid(pid: i32);
    fn setpgid(pid: i32, group: i32);
    fn getsid(pid: i32);
    fn setsid();
    fn tcgetpgrp(fd: i32);
    fn tcsetpgrp(fd: i32, group: i32);
    fn tcsendbreak(fd: i32, duration: i32);
    fn tcdrain(fd: i32);
    fn tcflush(fd: i32, queue: i32);
    fn tcflow(fd: i32, action: i32);
    fn setuid(uid: u32);
    fn setgid(gid: u32);
    fn seteuid(uid: u32);
    fn setegid(gid: u32);
    fn setreuid(real: u32, effective: u32);
    fn setregid(real: u32, effective: u32);
    fn setresuid(real: u32, effective: u32, saved: u32);
    fn setresgid(real: u32, effective: u32, saved: u32);
    fn umask(mask: u32);
    fn nice(increment: i32);
    fn getpriority(which: u32, who: u32);
    fn setpriority(which: u32, who: u32, priority: i32);
    fn sysconf(name: i32);
    fn fpathconf(fd: i32, name: i32);
    fn sched_getscheduler(pid: i32);
    fn sched_get_priority_max(policy: i32);
    fn sched_get_priority_min(policy: i32);
}

/// `-1` is an error only if the call set an error number: `getpriority`, `nice` and `sysconf` may mean it.
pub(crate) fn check(result: i64) -> OsResult<i64> {
    match (result, last_errno()) {
        (-1, errno) if errno != 0 => Err(OsError::new(errno)),
        _ => Ok(result),
    }
}

/// Sends a signal to one thread of this process.
pub fn tgkill(thread: i32, signal: i32) -> OsResult<i64> {
    clear_errno();
    // SAFETY: only integers cross.
    check(unsafe { libc::syscall(libc::SYS_tgkill, std::process::id() as i32, thread, signal) })
}

/// The calling thread's error number.
pub(crate) fn last_errno() -> i32 {
    // SAFETY: the C library returns a valid pointer to the calling thread's own integer.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's error number, so that what interrupts it can restore it.
pub(crate) fn set_errno(value: i32) {
    // SAFETY: as above; nobody else can be looking at this thread's integer.
    unsafe { *libc::__errno_location() = value }
}

pub(crate) fn clear_errno() {
    set_errno(0)
}

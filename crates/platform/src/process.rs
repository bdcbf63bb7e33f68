//! Processes: identities, waiting, signals to others, usage and limits.

use crate::calls::{ChildChange, Fd, Limit, Time, Usage, Waited};
use crate::error::{OsError, OsResult};
use crate::raw;
use rustix::process as rp;
use std::ptr;

macro_rules! forward {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $ret:ty = $call:expr;)*) => {$(
        pub(crate) fn $name($($arg: $ty),*) -> OsResult<$ret> {
            Ok($call as $ret)
        }
    )*};
}

forward! {
    getpid() -> i32 = rp::getpid().as_raw_pid();
    getppid() -> i32 = rp::Pid::as_raw(rp::getppid());
    gettid() -> i32 = rustix::thread::gettid().as_raw_pid();
    getuid() -> u32 = rp::getuid().as_raw();
    geteuid() -> u32 = rp::geteuid().as_raw();
    getgid() -> u32 = rp::getgid().as_raw();
    getegid() -> u32 = rp::getegid().as_raw();
    getpgid(pid: i32) -> i32 = raw::getpgid(pid)?;
    getsid(pid: i32) -> i32 = raw::getsid(pid)?;
    setsid() -> i32 = raw::setsid()?;
    nice(increment: i32) -> i32 = raw::nice(increment)?;
    getpriority(which: u32, who: u32) -> i32 = raw::getpriority(which, who)?;
    sched_getscheduler(pid: i32) -> i32 = raw::sched_getscheduler(pid)?;
    sched_priority_max(policy: i32) -> i32 = raw::sched_get_priority_max(policy)?;
    sched_priority_min(policy: i32) -> i32 = raw::sched_get_priority_min(policy)?;
    fork() -> i32 = raw::fork()?;
}

macro_rules! forward_unit {
    ($($name:ident($($arg:ident: $ty:ty),*);)*) => {$(
        pub(crate) fn $name($($arg: $ty),*) -> OsResult<()> {
            raw::$name($($arg),*).map(drop)
        }
    )*};
}

forward_unit! {
    setuid(uid: u32);
    setgid(gid: u32);
    seteuid(uid: u32);
    setegid(gid: u32);
    setreuid(real: u32, effective: u32);
    setregid(real: u32, effective: u32);
    setresuid(real: u32, effective: u32, saved: u32);
    setresgid(real: u32, effective: u32, saved: u32);
    setpgid(pid: i32, group: i32);
    setpriority(which: u32, who: u32, priority: i32);
    kill(pid: i32, signal: i32);
    killpg(group: i32, signal: i32);
}

/// The three numbers of a line of `/proc/self/status`: real, effective, saved.
fn status_ids(key: &str) -> OsResult<(u32, u32, u32)> {
    let status = std::fs::read_to_string("/proc/thread-self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .unwrap_or("");
    let mut ids = line
        .split_ascii_whitespace()
        .map_while(|field| field.parse().ok());
    match (ids.next(), ids.next(), ids.next()) {
        (Some(real), Some(effective), Some(saved)) => Ok((real, effective, saved)),
        _ => Err(OsError::new(libc::ENOSYS)),
    }
}

pub(crate) fn getresuid() -> OsResult<(u32, u32, u32)> {
    status_ids("Uid:")
}

pub(crate) fn getresgid() -> OsResult<(u32, u32, u32)> {
    status_ids("Gid:")
}

pub(crate) fn getgroups() -> OsResult<Vec<u32>> {
    Ok(rp::getgroups()?.into_iter().map(|g| g.as_raw()).collect())
}

pub(crate) fn setgroups(groups: &[u32]) -> OsResult<()> {
    raw::clear_errno();
    // SAFETY: the pointer and the length are those of one slice.
    raw::check(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) } as i64).map(drop)
}

fn time(t: libc::timeval) -> Time {
    Time {
        seconds: t.tv_sec,
        nanos: t.tv_usec as u32 * 1000,
    }
}

fn usage_of(r: &libc::rusage) -> Usage {
    Usage {
        user: time(r.ru_utime),
        system: time(r.ru_stime),
        max_rss: r.ru_maxrss,
        shared_rss: r.ru_ixrss,
        data_rss: r.ru_idrss,
        stack_rss: r.ru_isrss,
        minor_faults: r.ru_minflt,
        major_faults: r.ru_majflt,
        swaps: r.ru_nswap,
        blocks_in: r.ru_inblock,
        blocks_out: r.ru_oublock,
        messages_sent: r.ru_msgsnd,
        messages_received: r.ru_msgrcv,
        signals: r.ru_nsignals,
        voluntary_switches: r.ru_nvcsw,
        involuntary_switches: r.ru_nivcsw,
    }
}

fn no_usage() -> libc::rusage {
    // SAFETY: a struct of integers, for which zero bytes are a value.
    unsafe { std::mem::zeroed() }
}

pub(crate) fn wait4(pid: i32, options: i32) -> OsResult<Waited> {
    let (mut status, mut usage) = (0, no_usage());
    raw::clear_errno();
    // SAFETY: both out-pointers are to locals of the right type.
    let pid = raw::check(unsafe { libc::wait4(pid, &mut status, options, &mut usage) } as i64)?;
    Ok(Waited {
        pid: pid as i32,
        status,
        usage: usage_of(&usage),
    })
}

pub(crate) fn waitid(kind: u32, id: u32, options: i32) -> OsResult<Option<ChildChange>> {
    // SAFETY: zero bytes are a value of this C struct, and of the fields read below.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    raw::clear_errno();
    // SAFETY: it fills a local of the right type.
    raw::check(unsafe { libc::waitid(kind, id, &mut info, options) } as i64)?;
    // SAFETY: the fields belong to the variant that waitid fills; if it found nothing they are still zero.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    Ok((pid != 0).then_some(ChildChange {
        pid,
        uid,
        signal: info.si_signo,
        status,
        code: info.si_code,
    }))
}

pub(crate) fn getrusage(who: i32) -> OsResult<Usage> {
    let mut usage = no_usage();
    raw::clear_errno();
    // SAFETY: it fills a local of the right type.
    raw::check(unsafe { libc::getrusage(who, &mut usage) } as i64)?;
    Ok(usage_of(&usage))
}

pub(crate) fn prlimit(pid: i32, resource: u32, new: Option<Limit>) -> OsResult<Limit> {
    let new = new.map(|l| libc::rlimit {
        rlim_cur: l.soft,
        rlim_max: l.hard,
    });
    let mut old = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    let change = new.as_ref().map_or(ptr::null(), ptr::from_ref);
    raw::clear_errno();
    // SAFETY: `change` is null or a live local, `old` is a live local.
    raw::check(unsafe { libc::prlimit(pid, resource as _, change, &mut old) } as i64)?;
    Ok(Limit {
        soft: old.rlim_cur,
        hard: old.rlim_max,
    })
}

/// 0 is the caller; a negative number is no process.
fn process_id(pid: i32) -> OsResult<Option<rp::Pid>> {
    if pid < 0 {
        Err(OsError::new(libc::ESRCH))
    } else {
        Ok(rp::Pid::from_raw(pid))
    }
}

pub(crate) fn pidfd_open(pid: i32, flags: u32) -> OsResult<Fd> {
    let pid = process_id(pid)?.ok_or(OsError::new(libc::EINVAL))?;
    Ok(crate::fd::release(rp::pidfd_open(
        pid,
        rp::PidfdFlags::from_bits_retain(flags),
    )?))
}

pub(crate) fn sched_yield() -> OsResult<()> {
    rustix::thread::sched_yield();
    Ok(())
}

pub(crate) fn sched_getaffinity(pid: i32) -> OsResult<Vec<usize>> {
    let set = rustix::thread::sched_getaffinity(process_id(pid)?)?;
    Ok((0..rustix::thread::CpuSet::MAX_CPU)
        .filter(|&cpu| set.is_set(cpu))
        .collect())
}

pub(crate) fn sched_setaffinity(pid: i32, cpus: &[usize]) -> OsResult<()> {
    let mut set = rustix::thread::CpuSet::new();
    for &cpu in cpus {
        if cpu >= rustix::thread::CpuSet::MAX_CPU {
            return Err(OsError::new(libc::EINVAL));
        }
        set.set(cpu);
    }
    Ok(rustix::thread::sched_setaffinity(
        rp::Pid::from_raw(pid),
        &set,
    )?)
}

//! Facts about the machine, randomness, and the environment.

use crate::calls::{Fd, SystemName};
use crate::error::{OsError, OsResult};
use crate::raw;
use rustix::rand::GetRandomFlags;
use std::ffi::CStr;
use std::os::unix::ffi::OsStringExt;

/// Fills the buffer, or part of it: `getrandom(2)` gives up to 256 bytes whole and may stop early for more.
pub(crate) fn getrandom(buffer: &mut [u8], flags: u32) -> OsResult<usize> {
    Ok(rustix::rand::getrandom(
        buffer,
        GetRandomFlags::from_bits_retain(flags),
    )?)
}

/// Fills all of the buffer with unpredictable bytes.
pub(crate) fn urandom(mut buffer: &mut [u8]) -> OsResult<()> {
    while !buffer.is_empty() {
        match getrandom(buffer, 0) {
            Ok(filled) => buffer = buffer.get_mut(filled..).unwrap_or_default(),
            Err(error) if error.interrupted() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The environment that the process was started with, in order.
pub(crate) fn environment() -> OsResult<Vec<(Vec<u8>, Vec<u8>)>> {
    Ok(std::env::vars_os()
        .map(|(name, value)| (name.into_vec(), value.into_vec()))
        .collect())
}

/// The command line that the process was started with.
pub(crate) fn arguments() -> OsResult<Vec<Vec<u8>>> {
    Ok(std::env::args_os().map(OsStringExt::into_vec).collect())
}

/// The path of the running program.
pub(crate) fn program_path() -> OsResult<Vec<u8>> {
    Ok(std::env::current_exe()?.into_os_string().into_vec())
}

pub(crate) fn uname() -> OsResult<SystemName> {
    let name = rustix::system::uname();
    let text = |s: &CStr| s.to_bytes().to_vec();
    Ok(SystemName {
        system: text(name.sysname()),
        node: text(name.nodename()),
        release: text(name.release()),
        version: text(name.version()),
        machine: text(name.machine()),
    })
}

pub(crate) fn sysconf(name: i32) -> OsResult<i64> {
    raw::sysconf(name)
}

/// Processors that are online; what this process may use is `sched_getaffinity`.
pub(crate) fn cpu_count() -> OsResult<usize> {
    usize::try_from(raw::sysconf(libc::_SC_NPROCESSORS_ONLN)?)
        .map_err(|_| OsError::new(libc::EINVAL))
}

pub(crate) fn load_average() -> OsResult<[f64; 3]> {
    let loads = rustix::system::sysinfo().loads;
    Ok(loads.map(|load| load as f64 / 65536.0))
}

pub(crate) fn page_size() -> OsResult<usize> {
    Ok(rustix::param::page_size())
}

pub(crate) fn clock_ticks() -> OsResult<u64> {
    Ok(rustix::param::clock_ticks_per_second())
}

/// User, system, children's user, children's system and elapsed time, in clock ticks.
pub(crate) fn times() -> OsResult<[i64; 5]> {
    let mut times = libc::tms {
        tms_utime: 0,
        tms_stime: 0,
        tms_cutime: 0,
        tms_cstime: 0,
    };
    raw::clear_errno();
    // SAFETY: it fills a local of the right type.
    let elapsed = raw::check(unsafe { libc::times(&mut times) })?;
    Ok([
        times.tms_utime,
        times.tms_stime,
        times.tms_cutime,
        times.tms_cstime,
        elapsed,
    ])
}

/// Writes a message where even a broken interpreter can: descriptor 2, no buffer, errors ignored.
pub(crate) fn write_emergency(text: &[u8]) -> OsResult<()> {
    const STDERR: Fd = 2;
    crate::fd::write(STDERR, text).map(drop)
}

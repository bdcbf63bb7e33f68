//! Clocks and sleeping.

use crate::calls::Time;
use crate::error::{OsError, OsResult};
use rustix::thread::{self, NanosleepRelativeResult};
use rustix::time::{
    ClockId, DynamicClockId, Timespec, clock_getres, clock_gettime_dynamic, clock_settime,
};

fn time(t: Timespec) -> Time {
    Time {
        seconds: t.tv_sec,
        nanos: t.tv_nsec as u32,
    }
}

fn timespec(t: Time) -> Timespec {
    Timespec {
        tv_sec: t.seconds,
        tv_nsec: t.nanos as _,
    }
}

/// The clocks by their Linux numbers. `rustix` is given names only, so a number that is no clock cannot reach it.
fn clock_id(id: i32) -> OsResult<ClockId> {
    Ok(match id {
        libc::CLOCK_REALTIME => ClockId::Realtime,
        libc::CLOCK_MONOTONIC => ClockId::Monotonic,
        libc::CLOCK_PROCESS_CPUTIME_ID => ClockId::ProcessCPUTime,
        libc::CLOCK_THREAD_CPUTIME_ID => ClockId::ThreadCPUTime,
        libc::CLOCK_MONOTONIC_RAW => ClockId::MonotonicRaw,
        libc::CLOCK_REALTIME_COARSE => ClockId::RealtimeCoarse,
        libc::CLOCK_MONOTONIC_COARSE => ClockId::MonotonicCoarse,
        libc::CLOCK_BOOTTIME => ClockId::Boottime,
        libc::CLOCK_REALTIME_ALARM => ClockId::RealtimeAlarm,
        libc::CLOCK_BOOTTIME_ALARM => ClockId::BoottimeAlarm,
        libc::CLOCK_TAI => ClockId::Tai,
        _ => return Err(OsError::new(libc::EINVAL)),
    })
}

pub(crate) fn clock_time(clock: i32) -> OsResult<Time> {
    Ok(time(clock_gettime_dynamic(DynamicClockId::Known(
        clock_id(clock)?,
    ))?))
}

pub(crate) fn clock_resolution(clock: i32) -> OsResult<Time> {
    Ok(time(clock_getres(clock_id(clock)?)))
}

pub(crate) fn set_clock(clock: i32, to: Time) -> OsResult<()> {
    Ok(clock_settime(clock_id(clock)?, timespec(to))?)
}

/// Sleeps until the monotonic clock reaches `deadline`; `EINTR` if a signal came first. With an absolute time, going on afterwards loses nothing.
pub(crate) fn sleep_until(deadline: Time) -> OsResult<()> {
    Ok(thread::clock_nanosleep_absolute(
        ClockId::Monotonic,
        &timespec(deadline),
    )?)
}

/// Sleeps for a while on the given clock; the error is `EINTR` if a signal cut it short.
pub(crate) fn sleep(duration: Time) -> OsResult<()> {
    match thread::clock_nanosleep_relative(ClockId::Monotonic, &timespec(duration)) {
        NanosleepRelativeResult::Ok => Ok(()),
        NanosleepRelativeResult::Interrupted(_) => Err(OsError::new(libc::EINTR)),
        NanosleepRelativeResult::Err(error) => Err(error.into()),
    }
}

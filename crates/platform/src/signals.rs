//! Signals: the handler only notes that one arrived; Python code runs later, where the VM looks.
//!
//! The state is process-wide because signals are: a mask of the arrived ones, a wake flag of the VM that is asked to look, and the descriptor of
//! `signal.set_wakeup_fd`. All are atomics, since the handler may interrupt anything, including an allocator.

use crate::calls::{Disposition, Fd, IntervalTimer, Time};
use crate::error::{OsError, OsResult};
use crate::raw;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// One more than the highest signal number.
pub const NSIG: i32 = 65;

/// Bit `n - 1` is set while signal `n` has arrived and was not taken.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// What the handler raises so that the VM looks; null until one asks. Only ever holds `&'static` references.
static WAKE: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
static WAKE_BITS: AtomicU32 = AtomicU32::new(0);
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
/// The error number of the last failed write to `WAKEUP_FD`, for the VM to report.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

extern "C" fn on_signal(signal: i32) {
    let errno = raw::last_errno();
    PENDING.fetch_or(bit(signal), Ordering::SeqCst);
    // SAFETY: the pointer is null or came from a `&'static AtomicU32` in `wake_on_signal`.
    if let Some(wake) = unsafe { WAKE.load(Ordering::SeqCst).as_ref() } {
        wake.fetch_or(WAKE_BITS.load(Ordering::SeqCst), Ordering::SeqCst);
    }
    let fd = WAKEUP_FD.load(Ordering::SeqCst);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: one byte is read from a local; write(2) is async-signal-safe.
        if unsafe { libc::write(fd, (&raw const byte).cast(), 1) } < 0 {
            WAKEUP_ERROR.store(raw::last_errno(), Ordering::SeqCst);
        }
    }
    raw::set_errno(errno);
}

fn bit(signal: i32) -> u64 {
    if (1..NSIG).contains(&signal) {
        1 << (signal - 1)
    } else {
        0
    }
}

/// From now on an arriving signal sets `bits` in `flag`. The last caller wins: Python handles signals in one interpreter only.
pub(crate) fn wake_on_signal(flag: &'static AtomicU32, bits: u32) -> OsResult<()> {
    WAKE_BITS.store(bits, Ordering::SeqCst);
    WAKE.store(ptr::from_ref(flag).cast_mut(), Ordering::SeqCst);
    Ok(())
}

pub(crate) fn take_pending() -> OsResult<u64> {
    Ok(PENDING.swap(0, Ordering::SeqCst))
}

/// Marks a signal as arrived without the kernel (`_thread.interrupt_main`).
pub(crate) fn simulate(signal: i32) -> OsResult<()> {
    if bit(signal) == 0 {
        return Err(OsError::new(libc::EINVAL));
    }
    on_signal(signal);
    Ok(())
}

pub(crate) fn set_wakeup_fd(fd: Fd) -> OsResult<Fd> {
    Ok(WAKEUP_FD.swap(fd, Ordering::SeqCst))
}

pub(crate) fn take_wakeup_error() -> OsResult<i32> {
    Ok(WAKEUP_ERROR.swap(0, Ordering::SeqCst))
}

/// Calls sigaction; with `None` it only looks.
fn sigaction(signal: i32, new: Option<Disposition>) -> OsResult<Disposition> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all-zero bytes are a valid `sigaction`: default handler, no flags, empty mask.
    let (action, old) = unsafe { (action.assume_init_mut(), old.assume_init_mut()) };
    let ours = on_signal as extern "C" fn(i32) as usize;
    (action.sa_sigaction, action.sa_flags) = match new {
        Some(Disposition::Ignore) => (libc::SIG_IGN, 0),
        Some(Disposition::Note { restart }) => (
            ours,
            libc::SA_ONSTACK | if restart { libc::SA_RESTART } else { 0 },
        ),
        Some(Disposition::Default | Disposition::Foreign) | None => (libc::SIG_DFL, 0),
    };
    let change = if new.is_some() {
        ptr::from_ref(action)
    } else {
        ptr::null()
    };
    raw::clear_errno();
    // SAFETY: `change` is null or points to an initialised action whose handler, if any, is `on_signal`, which does only async-signal-safe things.
    raw::check(unsafe { libc::sigaction(signal, change, old) } as i64)?;
    Ok(match old.sa_sigaction {
        libc::SIG_DFL => Disposition::Default,
        libc::SIG_IGN => Disposition::Ignore,
        handler if handler == ours => Disposition::Note {
            restart: old.sa_flags & libc::SA_RESTART != 0,
        },
        _ => Disposition::Foreign,
    })
}

pub(crate) fn disposition(signal: i32) -> OsResult<Disposition> {
    sigaction(signal, None)
}

pub(crate) fn set_disposition(signal: i32, new: Disposition) -> OsResult<Disposition> {
    if new == Disposition::Foreign {
        return Err(OsError::new(libc::EINVAL));
    }
    sigaction(signal, Some(new))
}

pub(crate) fn raise_signal(signal: i32) -> OsResult<()> {
    raw::raise(signal).map(drop)
}

pub(crate) fn signal_thread(thread: i32, signal: i32) -> OsResult<()> {
    raw::tgkill(thread, signal).map(drop)
}

pub(crate) fn alarm(seconds: u32) -> OsResult<u32> {
    Ok(raw::alarm(seconds)? as u32)
}

/// Always ends with `EINTR`.
pub(crate) fn pause() -> OsResult<()> {
    raw::pause().map(drop)
}

fn timeval(t: Time) -> libc::timeval {
    libc::timeval {
        tv_sec: t.seconds,
        tv_usec: i64::from(t.nanos / 1000),
    }
}

fn interval_timer(t: libc::itimerval) -> IntervalTimer {
    let time = |t: libc::timeval| Time {
        seconds: t.tv_sec,
        nanos: t.tv_usec as u32 * 1000,
    };
    IntervalTimer {
        first: time(t.it_value),
        interval: time(t.it_interval),
    }
}

const ZERO_TIMER: libc::itimerval = libc::itimerval {
    it_interval: libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    },
    it_value: libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    },
};

pub(crate) fn setitimer(which: u32, timer: IntervalTimer) -> OsResult<IntervalTimer> {
    let new = libc::itimerval {
        it_interval: timeval(timer.interval),
        it_value: timeval(timer.first),
    };
    let mut old = ZERO_TIMER;
    raw::clear_errno();
    // SAFETY: both point to locals of the right type.
    raw::check(unsafe { libc::setitimer(which as _, &new, &mut old) } as i64)?;
    Ok(interval_timer(old))
}

pub(crate) fn getitimer(which: u32) -> OsResult<IntervalTimer> {
    let mut now = ZERO_TIMER;
    raw::clear_errno();
    // SAFETY: it fills a local of the right type.
    raw::check(unsafe { libc::getitimer(which as _, &mut now) } as i64)?;
    Ok(interval_timer(now))
}

/// A C signal set with the bits of a mask, and back.
fn set_of(mask: u64) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigemptyset and sigaddset write inside the set, which is thereby initialised.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in (1..NSIG).filter(|&s| mask & bit(s) != 0) {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

fn mask_of(set: &libc::sigset_t) -> u64 {
    // SAFETY: the set is an initialised local of the caller.
    (1..NSIG)
        .filter(|&s| unsafe { libc::sigismember(set, s) } == 1)
        .fold(0, |mask, s| mask | bit(s))
}

/// The functions of this family answer with the error number itself.
fn answered(errno: i32) -> OsResult<()> {
    if errno == 0 {
        Ok(())
    } else {
        Err(OsError::new(errno))
    }
}

pub(crate) fn pthread_sigmask(how: i32, mask: u64) -> OsResult<u64> {
    let new = set_of(mask);
    let mut old = set_of(0);
    // SAFETY: both sets are initialised locals.
    answered(unsafe { libc::pthread_sigmask(how, &new, &mut old) })?;
    Ok(mask_of(&old))
}

pub(crate) fn sigpending() -> OsResult<u64> {
    let mut set = set_of(0);
    raw::clear_errno();
    // SAFETY: it fills an initialised local.
    raw::check(unsafe { libc::sigpending(&mut set) } as i64)?;
    Ok(mask_of(&set))
}

pub(crate) fn sigwait(mask: u64) -> OsResult<i32> {
    let set = set_of(mask);
    let mut signal = 0;
    // SAFETY: it reads one local and writes the other.
    answered(unsafe { libc::sigwait(&set, &mut signal) })?;
    Ok(signal)
}

/// Description of a signal, as glibc words it; `None` for numbers that are no signal.
pub fn strsignal(signal: i32) -> Option<String> {
    match crate::consts::STRSIGNAL.iter().find(|row| row.0 == signal) {
        Some(row) => Some(row.1.to_string()),
        None if (34..NSIG).contains(&signal) => Some(format!("Real-time signal {}", signal - 34)),
        None => None,
    }
}

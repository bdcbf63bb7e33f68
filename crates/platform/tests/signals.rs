//! Signals, in one test since their state is the process's.

use mesapy_platform::*;
use std::sync::atomic::{AtomicU32, Ordering};

const OS: OsPlatform = OsPlatform;
static WAKE: AtomicU32 = AtomicU32::new(0);

#[test]
fn signals_are_noted_and_interrupt() {
    let note = Disposition::Note { restart: false };
    OS.wake_on_signal(&WAKE, 4).unwrap();
    assert_eq!(
        OS.set_disposition(libc::SIGUSR1, note).unwrap(),
        Disposition::Default
    );
    assert_eq!(OS.disposition(libc::SIGUSR1).unwrap(), note);
    let (reader, writer) = OS.pipe2(libc::O_NONBLOCK).unwrap();
    assert_eq!(OS.set_wakeup_fd(writer).unwrap(), -1);
    OS.raise_signal(libc::SIGUSR1).unwrap();
    assert_eq!(OS.take_pending().unwrap(), 1 << (libc::SIGUSR1 - 1));
    assert_eq!(OS.take_pending().unwrap(), 0);
    assert_eq!(WAKE.swap(0, Ordering::SeqCst), 4);
    let mut byte = [0; 8];
    assert_eq!(
        (OS.read(reader, &mut byte).unwrap(), byte[0]),
        (1, libc::SIGUSR1 as u8)
    );
    assert_eq!(OS.set_wakeup_fd(-1).unwrap(), writer);

    // A timer cuts a sleep short.
    OS.set_disposition(libc::SIGALRM, note).unwrap();
    let worker = std::thread::spawn(|| {
        let me = OS.gettid().unwrap();
        let other = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            OS.signal_thread(me, libc::SIGALRM).unwrap();
        });
        let result = OS.sleep(Time {
            seconds: 20,
            nanos: 0,
        });
        other.join().unwrap();
        result
    });
    assert_eq!(worker.join().unwrap(), Err(OsError::new(libc::EINTR)));
    assert_eq!(OS.take_pending().unwrap(), 1 << (libc::SIGALRM - 1));

    let timer = IntervalTimer {
        first: Time {
            seconds: 100,
            nanos: 500_000_000,
        },
        interval: Time::default(),
    };
    OS.setitimer(libc::ITIMER_REAL as u32, timer).unwrap();
    assert!(
        OS.getitimer(libc::ITIMER_REAL as u32)
            .unwrap()
            .first
            .seconds
            >= 99
    );
    OS.setitimer(libc::ITIMER_REAL as u32, IntervalTimer::default())
        .unwrap();

    // Blocked signals wait.
    let mask = 1 << (libc::SIGUSR2 - 1);
    let old = OS.pthread_sigmask(libc::SIG_BLOCK, mask).unwrap();
    OS.raise_signal(libc::SIGUSR2).unwrap();
    assert_eq!(OS.sigpending().unwrap() & mask, mask);
    assert_eq!(OS.sigwait(mask).unwrap(), libc::SIGUSR2);
    assert_eq!(
        OS.pthread_sigmask(libc::SIG_SETMASK, old).unwrap() & mask,
        mask
    );

    OS.simulate(libc::SIGINT).unwrap();
    assert_eq!(OS.take_pending().unwrap(), 1 << (libc::SIGINT - 1));
    assert_eq!(
        OS.set_disposition(libc::SIGKILL, note),
        Err(OsError::new(libc::EINVAL))
    );
    assert_eq!(
        OS.set_disposition(libc::SIGUSR1, Disposition::Default)
            .unwrap(),
        note
    );
    assert_eq!(strsignal(libc::SIGINT).as_deref(), Some("Interrupt"));
    assert_eq!(strsignal(35).as_deref(), Some("Real-time signal 1"));
    assert_eq!(strsignal(200), None);
}

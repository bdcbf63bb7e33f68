//! Waiting for descriptors: poll, select, epoll.

use crate::calls::{EpollEvent, Fd, PollRequest, SelectSets, Time};
use crate::error::{OsError, OsResult};
use crate::fd::{borrow, release};
use rustix::event::{self, PollFd, PollFlags, Timespec, epoll};
use std::mem::MaybeUninit;

fn timespec(timeout: Option<Time>) -> Option<Timespec> {
    timeout.map(|t| Timespec {
        tv_sec: t.seconds,
        tv_nsec: t.nanos as _,
    })
}

/// Waits until a request has an event; `ready` of each is filled. `None` waits for ever.
pub(crate) fn poll(requests: &mut [PollRequest], timeout: Option<Time>) -> OsResult<usize> {
    let mut fds = Vec::with_capacity(requests.len());
    for request in requests.iter() {
        let flags = PollFlags::from_bits_retain(request.events as u16);
        fds.push(PollFd::from_borrowed_fd(borrow(request.fd)?, flags));
    }
    let count = event::poll(&mut fds, timespec(timeout).as_ref())?;
    for (request, fd) in requests.iter_mut().zip(&fds) {
        request.ready = fd.revents().bits() as i16;
    }
    Ok(count)
}

/// `select` in terms of `poll`, with the kernel's own translation of events, so that there is no limit of 1024 and no bit set to overrun.
pub(crate) fn select(sets: &SelectSets, timeout: Option<Time>) -> OsResult<SelectSets> {
    const READABLE: i16 =
        libc::POLLIN | libc::POLLRDNORM | libc::POLLRDBAND | libc::POLLHUP | libc::POLLERR;
    const WRITABLE: i16 = libc::POLLOUT | libc::POLLWRNORM | libc::POLLWRBAND | libc::POLLERR;
    let kinds = [
        (&sets.read, READABLE),
        (&sets.write, WRITABLE),
        (&sets.except, libc::POLLPRI),
    ];
    let mut requests: Vec<PollRequest> = kinds
        .iter()
        .flat_map(|(fds, events)| {
            fds.iter().map(|&fd| PollRequest {
                fd,
                events: *events,
                ready: 0,
            })
        })
        .collect();
    poll(&mut requests, timeout)?;
    if requests.iter().any(|r| r.ready & libc::POLLNVAL != 0) {
        return Err(OsError::new(libc::EBADF));
    }
    let mut results = requests.iter();
    let mut taken = kinds.map(|(fds, events)| {
        let part = results.by_ref().take(fds.len());
        part.filter(|r| r.ready & events != 0)
            .map(|r| r.fd)
            .collect::<Vec<Fd>>()
    });
    let [read, write, except] = &mut taken;
    Ok(SelectSets {
        read: std::mem::take(read),
        write: std::mem::take(write),
        except: std::mem::take(except),
    })
}

pub(crate) fn epoll_create() -> OsResult<Fd> {
    Ok(release(epoll::create(epoll::CreateFlags::CLOEXEC)?))
}

pub(crate) fn epoll_control(epoll_fd: Fd, operation: i32, fd: Fd, events: u32) -> OsResult<()> {
    let data = epoll::EventData::new_u64(fd as u32 as u64);
    let flags = epoll::EventFlags::from_bits_retain(events);
    let (epoll_fd, fd) = (borrow(epoll_fd)?, borrow(fd)?);
    match operation {
        libc::EPOLL_CTL_ADD => Ok(epoll::add(epoll_fd, fd, data, flags)?),
        libc::EPOLL_CTL_MOD => Ok(epoll::modify(epoll_fd, fd, data, flags)?),
        libc::EPOLL_CTL_DEL => Ok(epoll::delete(epoll_fd, fd)?),
        _ => Err(OsError::new(libc::EINVAL)),
    }
}

/// No call asks for more events than this at a time, whatever the program says.
const EPOLL_EVENTS_MAX: usize = 1 << 16;

pub(crate) fn epoll_wait(
    epoll_fd: Fd,
    events_max: usize,
    timeout: Option<Time>,
) -> OsResult<Vec<EpollEvent>> {
    if events_max == 0 {
        return Err(OsError::new(libc::EINVAL));
    }
    let mut buffer = vec![MaybeUninit::uninit(); events_max.min(EPOLL_EVENTS_MAX)];
    let (events, _) = epoll::wait(
        borrow(epoll_fd)?,
        &mut buffer[..],
        timespec(timeout).as_ref(),
    )?;
    Ok(events
        .iter()
        .map(|e| EpollEvent {
            fd: { e.data }.u64() as Fd,
            events: { e.flags }.bits(),
        })
        .collect())
}

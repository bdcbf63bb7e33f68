//! Calls on open file descriptors: reading, writing, duplicating, locking.
//!
//! A descriptor is a plain `i32`, because that is what Python programs hold, pass around and get wrong. A number that is not open answers `EBADF`.
//! Every descriptor made here is close-on-exec (PEP 446).

use crate::calls::{Fd, FileLock};
use crate::error::{OsError, OsResult};
use crate::raw;
use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd};
use rustix::io::{self, FdFlags};
use std::io::{IoSlice, IoSliceMut};

/// Lends a raw descriptor to `rustix`.
pub(crate) fn borrow<'a>(fd: Fd) -> OsResult<BorrowedFd<'a>> {
    if fd < 0 && fd != crate::AT_CWD {
        return Err(OsError::new(libc::EBADF));
    }
    // SAFETY: -1 is excluded, which is all that memory safety requires (rustix wants the other negative numbers out, too). Whether the number is open, and stays open during the call, is
    // checked by the kernel, and nothing here depends on the answer: see `raw` on why a reused number does no harm.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Gives a new descriptor out as a number; from now on closing it is the caller's business.
pub(crate) fn release(fd: OwnedFd) -> Fd {
    fd.into_raw_fd()
}

fn flock_of(lock: &FileLock) -> libc::flock {
    libc::flock {
        l_type: lock.kind,
        l_whence: lock.whence,
        l_start: lock.start,
        l_len: lock.length,
        l_pid: lock.pid,
    }
}

pub(crate) fn close(fd: Fd) -> OsResult<()> {
    raw::close(fd).map(drop)
}

pub(crate) fn read(fd: Fd, buffer: &mut [u8]) -> OsResult<usize> {
    Ok(io::read(borrow(fd)?, buffer)?)
}

pub(crate) fn write(fd: Fd, bytes: &[u8]) -> OsResult<usize> {
    Ok(io::write(borrow(fd)?, bytes)?)
}

fn offset(at: i64) -> OsResult<u64> {
    u64::try_from(at).map_err(|_| OsError::new(libc::EINVAL))
}

pub(crate) fn pread(fd: Fd, buffer: &mut [u8], at: i64) -> OsResult<usize> {
    Ok(io::pread(borrow(fd)?, buffer, offset(at)?)?)
}

pub(crate) fn pwrite(fd: Fd, bytes: &[u8], at: i64) -> OsResult<usize> {
    Ok(io::pwrite(borrow(fd)?, bytes, offset(at)?)?)
}

pub(crate) fn readv(fd: Fd, buffers: &mut [&mut [u8]], at: Option<i64>) -> OsResult<usize> {
    let mut slices: Vec<IoSliceMut> = buffers.iter_mut().map(|b| IoSliceMut::new(b)).collect();
    Ok(match at {
        None => io::readv(borrow(fd)?, &mut slices)?,
        Some(at) => io::preadv(borrow(fd)?, &mut slices, offset(at)?)?,
    })
}

pub(crate) fn writev(fd: Fd, buffers: &[&[u8]], at: Option<i64>) -> OsResult<usize> {
    let slices: Vec<IoSlice> = buffers.iter().map(|b| IoSlice::new(b)).collect();
    Ok(match at {
        None => io::writev(borrow(fd)?, &slices)?,
        Some(at) => io::pwritev(borrow(fd)?, &slices, offset(at)?)?,
    })
}

pub(crate) fn lseek(fd: Fd, at: i64, whence: i32) -> OsResult<i64> {
    raw::lseek(fd, at, whence)
}

pub(crate) fn fsync(fd: Fd) -> OsResult<()> {
    Ok(rustix::fs::fsync(borrow(fd)?)?)
}

pub(crate) fn fdatasync(fd: Fd) -> OsResult<()> {
    Ok(rustix::fs::fdatasync(borrow(fd)?)?)
}

pub(crate) fn dup(fd: Fd) -> OsResult<Fd> {
    Ok(release(io::fcntl_dupfd_cloexec(borrow(fd)?, 0)?))
}

pub(crate) fn dup2(from: Fd, to: Fd, inheritable: bool) -> OsResult<Fd> {
    if inheritable || from == to {
        // For equal numbers dup2 only checks the descriptor; dup3 would refuse.
        raw::dup2(from, to)?;
        if !inheritable {
            set_inheritable(to, false)?;
        }
        return Ok(to);
    }
    raw::dup3(from, to, libc::O_CLOEXEC)?;
    Ok(to)
}

pub(crate) fn pipe2(flags: i32) -> OsResult<(Fd, Fd)> {
    let flags = rustix::pipe::PipeFlags::from_bits_retain(flags as u32);
    let (reader, writer) = rustix::pipe::pipe_with(flags)?;
    Ok((release(reader), release(writer)))
}

pub(crate) fn get_inheritable(fd: Fd) -> OsResult<bool> {
    Ok(!io::fcntl_getfd(borrow(fd)?)?.contains(FdFlags::CLOEXEC))
}

pub(crate) fn set_inheritable(fd: Fd, inheritable: bool) -> OsResult<()> {
    let mut flags = io::fcntl_getfd(borrow(fd)?)?;
    flags.set(FdFlags::CLOEXEC, !inheritable);
    Ok(io::fcntl_setfd(borrow(fd)?, flags)?)
}

pub(crate) fn get_blocking(fd: Fd) -> OsResult<bool> {
    Ok(!rustix::fs::fcntl_getfl(borrow(fd)?)?.contains(rustix::fs::OFlags::NONBLOCK))
}

pub(crate) fn set_blocking(fd: Fd, blocking: bool) -> OsResult<()> {
    let mut flags = rustix::fs::fcntl_getfl(borrow(fd)?)?;
    flags.set(rustix::fs::OFlags::NONBLOCK, !blocking);
    Ok(rustix::fs::fcntl_setfl(borrow(fd)?, flags)?)
}

/// The commands of `fcntl` whose argument is an integer or nothing. Any other could hand the kernel a forged pointer.
const FCNTL_INTEGER: &[i32] = &[
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETOWN,
    libc::F_SETOWN,
    libc::F_GETLEASE,
    libc::F_SETLEASE,
    libc::F_NOTIFY,
    libc::F_GETPIPE_SZ,
    libc::F_SETPIPE_SZ,
    libc::F_ADD_SEALS,
    libc::F_GET_SEALS,
    10, // F_SETSIG, which the libc crate does not name
    11, // F_GETSIG
];

pub(crate) fn fcntl(fd: Fd, command: i32, argument: i32) -> OsResult<i64> {
    if !FCNTL_INTEGER.contains(&command) {
        return Err(OsError::new(libc::EINVAL));
    }
    raw::fcntl(fd, command, argument)
}

/// The commands of `fcntl` whose argument is a `struct flock`.
const FCNTL_LOCK: &[i32] = &[
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_OFD_GETLK,
    libc::F_OFD_SETLK,
    libc::F_OFD_SETLKW,
];

pub(crate) fn fcntl_lock(fd: Fd, command: i32, lock: FileLock) -> OsResult<FileLock> {
    if !FCNTL_LOCK.contains(&command) {
        return Err(OsError::new(libc::EINVAL));
    }
    let mut record = flock_of(&lock);
    raw::clear_errno();
    // SAFETY: the command is one that reads or writes exactly one `struct flock`, and `record` is one that outlives the call.
    raw::check(unsafe { libc::fcntl(fd, command, &mut record) } as i64)?;
    Ok(FileLock {
        kind: record.l_type,
        whence: record.l_whence,
        start: record.l_start,
        length: record.l_len,
        pid: record.l_pid,
    })
}

pub(crate) fn flock(fd: Fd, operation: i32) -> OsResult<()> {
    use rustix::fs::FlockOperation as Op;
    let operation = match operation {
        libc::LOCK_SH => Op::LockShared,
        libc::LOCK_EX => Op::LockExclusive,
        libc::LOCK_UN => Op::Unlock,
        op if op == libc::LOCK_SH | libc::LOCK_NB => Op::NonBlockingLockShared,
        op if op == libc::LOCK_EX | libc::LOCK_NB => Op::NonBlockingLockExclusive,
        op if op == libc::LOCK_UN | libc::LOCK_NB => Op::NonBlockingUnlock,
        _ => return Err(OsError::new(libc::EINVAL)),
    };
    Ok(rustix::fs::flock(borrow(fd)?, operation)?)
}

pub(crate) fn sendfile(to: Fd, from: Fd, at: Option<i64>, count: usize) -> OsResult<usize> {
    let mut position = at.map(offset).transpose()?;
    Ok(rustix::fs::sendfile(
        borrow(to)?,
        borrow(from)?,
        position.as_mut(),
        count,
    )?)
}

pub(crate) fn copy_file_range(
    from: Fd,
    to: Fd,
    count: usize,
    from_at: Option<i64>,
    to_at: Option<i64>,
) -> OsResult<usize> {
    let mut from_at = from_at.map(offset).transpose()?;
    let mut to_at = to_at.map(offset).transpose()?;
    Ok(rustix::fs::copy_file_range(
        borrow(from)?,
        from_at.as_mut(),
        borrow(to)?,
        to_at.as_mut(),
        count,
    )?)
}

pub(crate) fn splice(
    from: Fd,
    from_at: Option<i64>,
    to: Fd,
    to_at: Option<i64>,
    count: usize,
    flags: u32,
) -> OsResult<usize> {
    let mut from_at = from_at.map(offset).transpose()?;
    let mut to_at = to_at.map(offset).transpose()?;
    let flags = rustix::pipe::SpliceFlags::from_bits_retain(flags);
    Ok(rustix::pipe::splice(
        borrow(from)?,
        from_at.as_mut(),
        borrow(to)?,
        to_at.as_mut(),
        count,
        flags,
    )?)
}

/// `posix_fadvise` and `posix_fallocate` answer with the error number itself.
fn number(result: i64) -> OsResult<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(OsError::new(result as i32))
    }
}

pub(crate) fn fadvise(fd: Fd, at: i64, length: i64, advice: i32) -> OsResult<()> {
    number(raw::posix_fadvise(fd, at, length, advice)?)
}

pub(crate) fn fallocate(fd: Fd, at: i64, length: i64) -> OsResult<()> {
    number(raw::posix_fallocate(fd, at, length)?)
}

pub(crate) fn bytes_readable(fd: Fd) -> OsResult<u64> {
    Ok(io::ioctl_fionread(borrow(fd)?)?)
}

pub(crate) fn eventfd(initial: u32, flags: u32) -> OsResult<Fd> {
    Ok(release(rustix::event::eventfd(
        initial,
        rustix::event::EventfdFlags::from_bits_retain(flags),
    )?))
}

pub(crate) fn memfd_create(name: &[u8], flags: u32) -> OsResult<Fd> {
    Ok(release(rustix::fs::memfd_create(
        name,
        rustix::fs::MemfdFlags::from_bits_retain(flags),
    )?))
}

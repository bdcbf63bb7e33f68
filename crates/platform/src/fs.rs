//! Calls on paths: opening, status, names, permissions, times.
//!
//! A path is bytes, as on Linux. `dir` is the directory descriptor that a relative path starts from, or [`AT_CWD`](crate::AT_CWD).
//! A NUL inside a path answers `EINVAL`; Python's "embedded null byte" is said by the VM before it gets here.

use crate::calls::{Fd, FileSystem, Stat, Time};
use crate::error::{OsError, OsResult};
use crate::fd::{borrow, release};
use crate::raw;
use rustix::fs::{self, Access, AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use rustix::process;

fn follow(follow_links: bool) -> AtFlags {
    if follow_links {
        AtFlags::empty()
    } else {
        AtFlags::SYMLINK_NOFOLLOW
    }
}

pub(crate) fn open(dir: Fd, path: &[u8], flags: i32, mode: u32) -> OsResult<Fd> {
    let flags = OFlags::from_bits_retain(flags as u32) | OFlags::CLOEXEC;
    let fd = fs::openat(borrow(dir)?, path, flags, Mode::from_raw_mode(mode))?;
    if flags.intersects(OFlags::WRONLY | OFlags::RDWR) && is_process_memory(&fd) {
        return Err(OsError::DENIED);
    }
    Ok(release(fd))
}

/// True for `/proc/PID/mem` under any name. Writing there changes memory behind the back of every check this runtime makes, so no
/// descriptor that could is ever handed out.
fn is_process_memory(fd: &rustix::fd::OwnedFd) -> bool {
    const PROC_SUPER_MAGIC: i64 = 0x9fa0;
    // A file system that can't answer is not /proc.
    if !fs::fstatfs(fd).is_ok_and(|s| s.f_type == PROC_SUPER_MAGIC) {
        return false;
    }
    use rustix::fd::AsRawFd;
    let name = fs::readlinkat(
        fs::CWD,
        format!("/proc/self/fd/{}", fd.as_raw_fd()),
        Vec::new(),
    );
    name.map_or(true, |name| name.to_bytes().ends_with(b"/mem"))
}

fn time(seconds: i64, nanos: u64) -> Time {
    Time {
        seconds,
        nanos: nanos as u32,
    }
}

#[allow(
    clippy::unnecessary_cast,
    reason = "the field types differ between architectures"
)]
fn stat_of(s: fs::Stat) -> Stat {
    Stat {
        mode: s.st_mode as u32,
        inode: s.st_ino as u64,
        device: s.st_dev as u64,
        links: s.st_nlink as u64,
        uid: s.st_uid,
        gid: s.st_gid,
        size: s.st_size as i64,
        block_size: s.st_blksize as i64,
        blocks: s.st_blocks as i64,
        device_type: s.st_rdev as u64,
        accessed: time(s.st_atime as i64, s.st_atime_nsec as u64),
        modified: time(s.st_mtime as i64, s.st_mtime_nsec as u64),
        changed: time(s.st_ctime as i64, s.st_ctime_nsec as u64),
    }
}

pub(crate) fn stat(dir: Fd, path: &[u8], follow_links: bool) -> OsResult<Stat> {
    Ok(stat_of(fs::statat(
        borrow(dir)?,
        path,
        follow(follow_links),
    )?))
}

pub(crate) fn fstat(fd: Fd) -> OsResult<Stat> {
    Ok(stat_of(fs::fstat(borrow(fd)?)?))
}

fn file_system(s: fs::StatVfs) -> FileSystem {
    FileSystem {
        block_size: s.f_bsize,
        fragment_size: s.f_frsize,
        blocks: s.f_blocks,
        blocks_free: s.f_bfree,
        blocks_available: s.f_bavail,
        files: s.f_files,
        files_free: s.f_ffree,
        files_available: s.f_favail,
        flags: s.f_flag.bits(),
        name_max: s.f_namemax,
        id: s.f_fsid,
    }
}

pub(crate) fn statvfs(path: &[u8]) -> OsResult<FileSystem> {
    Ok(file_system(fs::statvfs(path)?))
}

pub(crate) fn fstatvfs(fd: Fd) -> OsResult<FileSystem> {
    Ok(file_system(fs::fstatvfs(borrow(fd)?)?))
}

pub(crate) fn mkdir(dir: Fd, path: &[u8], mode: u32) -> OsResult<()> {
    Ok(fs::mkdirat(borrow(dir)?, path, Mode::from_raw_mode(mode))?)
}

pub(crate) fn rmdir(dir: Fd, path: &[u8]) -> OsResult<()> {
    Ok(fs::unlinkat(borrow(dir)?, path, AtFlags::REMOVEDIR)?)
}

pub(crate) fn unlink(dir: Fd, path: &[u8]) -> OsResult<()> {
    Ok(fs::unlinkat(borrow(dir)?, path, AtFlags::empty())?)
}

pub(crate) fn rename(from_dir: Fd, from: &[u8], to_dir: Fd, to: &[u8]) -> OsResult<()> {
    Ok(fs::renameat(borrow(from_dir)?, from, borrow(to_dir)?, to)?)
}

pub(crate) fn link(
    from_dir: Fd,
    from: &[u8],
    to_dir: Fd,
    to: &[u8],
    follow_links: bool,
) -> OsResult<()> {
    let flags = if follow_links {
        AtFlags::SYMLINK_FOLLOW
    } else {
        AtFlags::empty()
    };
    Ok(fs::linkat(
        borrow(from_dir)?,
        from,
        borrow(to_dir)?,
        to,
        flags,
    )?)
}

pub(crate) fn symlink(target: &[u8], dir: Fd, path: &[u8]) -> OsResult<()> {
    Ok(fs::symlinkat(target, borrow(dir)?, path)?)
}

pub(crate) fn readlink(dir: Fd, path: &[u8]) -> OsResult<Vec<u8>> {
    Ok(fs::readlinkat(borrow(dir)?, path, Vec::new())?.into_bytes())
}

pub(crate) fn chmod(dir: Fd, path: &[u8], mode: u32, follow_links: bool) -> OsResult<()> {
    Ok(fs::chmodat(
        borrow(dir)?,
        path,
        Mode::from_raw_mode(mode),
        follow(follow_links),
    )?)
}

pub(crate) fn fchmod(fd: Fd, mode: u32) -> OsResult<()> {
    Ok(fs::fchmod(borrow(fd)?, Mode::from_raw_mode(mode))?)
}

fn user(id: u32) -> Option<Uid> {
    (id != u32::MAX).then(|| Uid::from_raw(id))
}

fn group(id: u32) -> Option<Gid> {
    (id != u32::MAX).then(|| Gid::from_raw(id))
}

pub(crate) fn chown(dir: Fd, path: &[u8], uid: u32, gid: u32, follow_links: bool) -> OsResult<()> {
    Ok(fs::chownat(
        borrow(dir)?,
        path,
        user(uid),
        group(gid),
        follow(follow_links),
    )?)
}

pub(crate) fn fchown(fd: Fd, uid: u32, gid: u32) -> OsResult<()> {
    Ok(fs::fchown(borrow(fd)?, user(uid), group(gid))?)
}

fn timestamps(times: Option<(Time, Time)>) -> Timestamps {
    let spec = |t: Time| Timespec {
        tv_sec: t.seconds,
        tv_nsec: t.nanos as _,
    };
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: fs::UTIME_NOW,
    };
    match times {
        Some((accessed, modified)) => Timestamps {
            last_access: spec(accessed),
            last_modification: spec(modified),
        },
        None => Timestamps {
            last_access: now,
            last_modification: now,
        },
    }
}

pub(crate) fn utimens(
    dir: Fd,
    path: &[u8],
    times: Option<(Time, Time)>,
    follow_links: bool,
) -> OsResult<()> {
    Ok(fs::utimensat(
        borrow(dir)?,
        path,
        &timestamps(times),
        follow(follow_links),
    )?)
}

pub(crate) fn futimens(fd: Fd, times: Option<(Time, Time)>) -> OsResult<()> {
    Ok(fs::futimens(borrow(fd)?, &timestamps(times))?)
}

pub(crate) fn access(
    dir: Fd,
    path: &[u8],
    mode: u32,
    effective: bool,
    follow_links: bool,
) -> OsResult<()> {
    let mut flags = follow(follow_links);
    flags.set(AtFlags::EACCESS, effective);
    let mode = Access::from_bits(mode).ok_or(OsError::new(libc::EINVAL))?;
    Ok(fs::accessat(borrow(dir)?, path, mode, flags)?)
}

pub(crate) fn truncate(path: &[u8], length: i64) -> OsResult<()> {
    let length = u64::try_from(length).map_err(|_| OsError::new(libc::EINVAL))?;
    let fd = fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    Ok(fs::ftruncate(fd, length)?)
}

pub(crate) fn ftruncate(fd: Fd, length: i64) -> OsResult<()> {
    let length = u64::try_from(length).map_err(|_| OsError::new(libc::EINVAL))?;
    Ok(fs::ftruncate(borrow(fd)?, length)?)
}

pub(crate) fn mknod(dir: Fd, path: &[u8], mode: u32, device: u64) -> OsResult<()> {
    let kind = fs::FileType::from_raw_mode(mode);
    Ok(fs::mknodat(
        borrow(dir)?,
        path,
        kind,
        Mode::from_raw_mode(mode),
        device,
    )?)
}

pub(crate) fn getcwd() -> OsResult<Vec<u8>> {
    Ok(process::getcwd(Vec::new())?.into_bytes())
}

pub(crate) fn chdir(path: &[u8]) -> OsResult<()> {
    Ok(process::chdir(path)?)
}

pub(crate) fn fchdir(fd: Fd) -> OsResult<()> {
    Ok(process::fchdir(borrow(fd)?)?)
}

pub(crate) fn chroot(path: &[u8]) -> OsResult<()> {
    Ok(process::chroot(path)?)
}

pub(crate) fn umask(mask: u32) -> OsResult<u32> {
    Ok(raw::umask(mask)? as u32)
}

pub(crate) fn sync() -> OsResult<()> {
    fs::sync();
    Ok(())
}

pub(crate) fn pathconf(path: &[u8], name: i32) -> OsResult<i64> {
    let fd = fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    use rustix::fd::AsRawFd;
    raw::fpathconf(fd.as_raw_fd(), name)
}

pub(crate) fn fpathconf(fd: Fd, name: i32) -> OsResult<i64> {
    raw::fpathconf(fd, name)
}

/// Repeats a query whose answer may grow between asking for its size and fetching it.
fn sized(fetch: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> OsResult<Vec<u8>> {
    let mut size = 256;
    loop {
        let mut buffer = vec![0; size];
        match fetch(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(rustix::io::Errno::RANGE) if size < 1 << 20 => size *= 4,
            Err(error) => return Err(error.into()),
        }
    }
}

pub(crate) fn getxattr(path: &[u8], name: &[u8], follow_links: bool) -> OsResult<Vec<u8>> {
    sized(|b| {
        if follow_links {
            fs::getxattr(path, name, b)
        } else {
            fs::lgetxattr(path, name, b)
        }
    })
}

pub(crate) fn setxattr(
    path: &[u8],
    name: &[u8],
    value: &[u8],
    flags: u32,
    follow_links: bool,
) -> OsResult<()> {
    let flags = fs::XattrFlags::from_bits_retain(flags);
    Ok(if follow_links {
        fs::setxattr(path, name, value, flags)
    } else {
        fs::lsetxattr(path, name, value, flags)
    }?)
}

pub(crate) fn removexattr(path: &[u8], name: &[u8], follow_links: bool) -> OsResult<()> {
    Ok(if follow_links {
        fs::removexattr(path, name)
    } else {
        fs::lremovexattr(path, name)
    }?)
}

pub(crate) fn listxattr(path: &[u8], follow_links: bool) -> OsResult<Vec<Vec<u8>>> {
    let raw = sized(|b| {
        if follow_links {
            fs::listxattr(path, b)
        } else {
            fs::llistxattr(path, b)
        }
    })?;
    Ok(raw
        .split(|&b| b == 0)
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

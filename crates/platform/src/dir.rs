//! Reading directories.
//!
//! A [`DirStream`] owns its own descriptor and hands entries out one by one, `.` and `..` left out. The kernel is asked for a block of entries at a
//! time, so that a directory of millions costs no more memory than one of ten.

use crate::calls::{DirEntry, Fd};
use crate::error::OsResult;
use crate::fd::borrow;
use rustix::fd::OwnedFd;
use rustix::fs::{self, FileType, Mode, OFlags, RawDir, SeekFrom};
use std::collections::VecDeque;
use std::mem::MaybeUninit;

/// An open directory; iterate over it. Dropping it closes it.
pub struct DirStream {
    entries: Box<dyn Iterator<Item = OsResult<DirEntry>> + Send>,
}

impl DirStream {
    /// A stream over whatever an implementation of the platform reads its entries from.
    pub fn new(entries: impl Iterator<Item = OsResult<DirEntry>> + Send + 'static) -> DirStream {
        DirStream {
            entries: Box::new(entries),
        }
    }
}

impl Iterator for DirStream {
    type Item = OsResult<DirEntry>;

    fn next(&mut self) -> Option<OsResult<DirEntry>> {
        self.entries.next()
    }
}

struct OsDir {
    fd: OwnedFd,
    ready: VecDeque<DirEntry>,
    done: bool,
}

/// Bytes asked for at a time; larger than any single entry can be.
const BLOCK_BYTES: usize = 32 << 10;

impl OsDir {
    fn fill(&mut self) -> OsResult<()> {
        let mut block = [MaybeUninit::<u8>::uninit(); BLOCK_BYTES];
        let mut raw = RawDir::new(&self.fd, &mut block);
        loop {
            let Some(entry) = raw.next() else {
                self.done = true;
                return Ok(());
            };
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                self.ready.push_back(DirEntry {
                    name: name.to_vec(),
                    inode: entry.ino(),
                    kind: kind_of(entry.file_type()),
                });
            }
            if raw.is_buffer_empty() && !self.ready.is_empty() {
                return Ok(());
            }
        }
    }
}

impl Iterator for OsDir {
    type Item = OsResult<DirEntry>;

    fn next(&mut self) -> Option<OsResult<DirEntry>> {
        if self.ready.is_empty()
            && !self.done
            && let Err(error) = self.fill()
        {
            self.done = true;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}

fn kind_of(kind: FileType) -> u8 {
    match kind {
        FileType::RegularFile => libc::DT_REG,
        FileType::Directory => libc::DT_DIR,
        FileType::Symlink => libc::DT_LNK,
        FileType::Fifo => libc::DT_FIFO,
        FileType::Socket => libc::DT_SOCK,
        FileType::CharacterDevice => libc::DT_CHR,
        FileType::BlockDevice => libc::DT_BLK,
        FileType::Unknown => libc::DT_UNKNOWN,
    }
}

fn stream(fd: OwnedFd) -> DirStream {
    DirStream::new(OsDir {
        fd,
        ready: VecDeque::new(),
        done: false,
    })
}

pub(crate) fn scandir(path: &[u8]) -> OsResult<DirStream> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(stream(fs::open(path, flags, Mode::empty())?))
}

/// The caller's descriptor stays its own: the stream works on a duplicate, from the start of the directory.
pub(crate) fn fdscandir(fd: Fd) -> OsResult<DirStream> {
    let own = rustix::io::fcntl_dupfd_cloexec(borrow(fd)?, 0)?;
    if !FileType::from_raw_mode(fs::fstat(&own)?.st_mode).is_dir() {
        return Err(crate::OsError::new(libc::ENOTDIR));
    }
    fs::seek(&own, SeekFrom::Start(0))?;
    Ok(stream(own))
}

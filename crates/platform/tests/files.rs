//! Files, directories, descriptors and waiting, on a real directory.

use mesapy_platform::*;

fn errno<T: std::fmt::Debug>(result: OsResult<T>) -> i32 {
    result.unwrap_err().errno
}

/// A directory of its own that goes when the test ends.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path =
            std::env::temp_dir().join(format!("mesapy-platform-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn path(&self, name: &str) -> Vec<u8> {
        self.0.join(name).into_os_string().into_encoded_bytes()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const OS: OsPlatform = OsPlatform;

#[test]
fn a_file_is_written_read_and_described() {
    let dir = Scratch::new("file");
    let path = dir.path("a");
    let fd = OS
        .open(
            AT_CWD,
            &path,
            libc::O_RDWR | libc::O_CREAT | libc::O_EXCL,
            0o640,
        )
        .unwrap();
    assert!(!OS.get_inheritable(fd).unwrap());
    assert_eq!(OS.write(fd, b"hello world").unwrap(), 11);
    assert_eq!(OS.lseek(fd, -5, libc::SEEK_END).unwrap(), 6);
    let mut buffer = [0; 16];
    assert_eq!(OS.read(fd, &mut buffer).unwrap(), 5);
    assert_eq!(&buffer[..5], b"world");
    assert_eq!(OS.read(fd, &mut buffer).unwrap(), 0);
    assert_eq!(OS.pread(fd, &mut buffer, 1).unwrap(), 10);
    assert_eq!(errno(OS.pread(fd, &mut buffer, -1)), libc::EINVAL);
    let (mut a, mut b) = ([0; 3], [0; 4]);
    assert_eq!(OS.readv(fd, &mut [&mut a, &mut b], Some(0)).unwrap(), 7);
    assert_eq!((&a, &b), (b"hel", b"lo w"));
    OS.ftruncate(fd, 4).unwrap();
    let when = Time {
        seconds: -1,
        nanos: 999_999_999,
    };
    OS.futimens(
        fd,
        Some((
            when,
            Time {
                seconds: 1_700_000_000,
                nanos: 5,
            },
        )),
    )
    .unwrap();
    let status = OS.fstat(fd).unwrap();
    assert_eq!(
        (status.size, status.mode & libc::S_IFMT, status.accessed),
        (4, libc::S_IFREG, when)
    );
    assert_eq!(
        status.modified,
        Time {
            seconds: 1_700_000_000,
            nanos: 5
        }
    );
    assert_eq!(OS.stat(AT_CWD, &path, true).unwrap().inode, status.inode);
    OS.close(fd).unwrap();
    assert_eq!(errno(OS.close(fd)), libc::EBADF);
    assert_eq!(errno(OS.read(-1, &mut buffer)), libc::EBADF);
    assert_eq!(errno(OS.fstat(-5)), libc::EBADF);
    assert_eq!(errno(OS.open(AT_CWD, b"a\0b", 0, 0)), libc::EINVAL);
    assert_eq!(
        errno(OS.open(AT_CWD, &path, libc::O_CREAT | libc::O_EXCL, 0)),
        libc::EEXIST
    );
}

#[test]
fn names_are_made_listed_and_removed() {
    let dir = Scratch::new("names");
    OS.mkdir(AT_CWD, &dir.path("sub"), 0o755).unwrap();
    let top = OS
        .open(
            AT_CWD,
            &dir.path("."),
            libc::O_RDONLY | libc::O_DIRECTORY,
            0,
        )
        .unwrap();
    for i in 0..1000 {
        OS.close(
            OS.open(
                top,
                format!("file{i}").as_bytes(),
                libc::O_CREAT | libc::O_WRONLY,
                0o600,
            )
            .unwrap(),
        )
        .unwrap();
    }
    OS.symlink(b"file0", top, b"link").unwrap();
    OS.mknod(top, b"fifo", libc::S_IFIFO | 0o600, 0).unwrap();
    assert_eq!(OS.readlink(top, b"link").unwrap(), b"file0");
    let entries: Vec<DirEntry> = OS
        .scandir(&dir.path("."))
        .unwrap()
        .collect::<OsResult<_>>()
        .unwrap();
    assert_eq!(entries.len(), 1003);
    let kind = |name: &[u8]| entries.iter().find(|e| e.name == name).unwrap().kind;
    assert_eq!(
        (kind(b"sub"), kind(b"link"), kind(b"fifo")),
        (libc::DT_DIR, libc::DT_LNK, libc::DT_FIFO)
    );
    for _ in 0..2 {
        assert_eq!(
            OS.fdscandir(top).unwrap().count(),
            1003,
            "each listing starts at the start"
        );
    }
    OS.rename(top, b"file1", top, b"file2").unwrap();
    OS.link(top, b"file2", top, b"hard", false).unwrap();
    assert_eq!(OS.stat(top, b"hard", true).unwrap().links, 2);
    assert_eq!(errno(OS.stat(top, b"file1", true)), libc::ENOENT);
    OS.chmod(top, b"hard", 0o400, true).unwrap();
    assert_eq!(OS.stat(top, b"hard", false).unwrap().mode & 0o7777, 0o400);
    OS.access(top, b"hard", libc::R_OK as u32, false, true)
        .unwrap();
    OS.truncate(&dir.path("file3"), 99).unwrap();
    OS.utimens(top, b"file3", None, false).unwrap();
    assert_eq!(errno(OS.rmdir(AT_CWD, &dir.path("."))), libc::EINVAL);
    OS.unlink(top, b"link").unwrap();
    OS.rmdir(top, b"sub").unwrap();
    assert_eq!(
        errno(OS.scandir(&dir.path("file0")).map(drop)),
        libc::ENOTDIR
    );
    OS.close(top).unwrap();
    assert!(OS.statvfs(&dir.path(".")).unwrap().blocks > 0);
}

#[test]
fn process_memory_cannot_be_opened_for_writing() {
    assert_eq!(
        errno(OS.open(AT_CWD, b"/proc/self/mem", libc::O_RDWR, 0)),
        libc::EPERM
    );
    let proc = OS
        .open(
            AT_CWD,
            b"/proc/self/task",
            libc::O_RDONLY | libc::O_DIRECTORY,
            0,
        )
        .unwrap();
    let hidden = format!("{}/mem", OS.getpid().unwrap());
    assert_eq!(
        errno(OS.open(proc, hidden.as_bytes(), libc::O_WRONLY, 0)),
        libc::EPERM
    );
    OS.close(proc).unwrap();
    OS.close(OS.open(AT_CWD, b"/dev/null", libc::O_WRONLY, 0).unwrap())
        .unwrap();
}

#[test]
fn pipes_poll_select_and_epoll() {
    let (reader, writer) = OS.pipe2(libc::O_NONBLOCK).unwrap();
    assert!(!OS.get_blocking(reader).unwrap());
    assert_eq!(errno(OS.read(reader, &mut [0; 4])), libc::EAGAIN);
    let mut requests = [PollRequest {
        fd: reader,
        events: libc::POLLIN,
        ready: 0,
    }];
    let soon = Some(Time {
        seconds: 0,
        nanos: 1_000_000,
    });
    assert_eq!(OS.poll(&mut requests, soon).unwrap(), 0);
    let sets = SelectSets {
        read: vec![reader],
        write: vec![writer],
        except: vec![reader],
    };
    let ready = OS.select(&sets, soon).unwrap();
    assert_eq!(
        (
            ready.read.as_slice(),
            ready.write.as_slice(),
            ready.except.as_slice()
        ),
        (&[][..], &[writer][..], &[][..])
    );
    let epoll = OS.epoll_create().unwrap();
    OS.epoll_control(epoll, libc::EPOLL_CTL_ADD, reader, libc::EPOLLIN as u32)
        .unwrap();
    assert_eq!(
        errno(OS.epoll_control(epoll, libc::EPOLL_CTL_ADD, reader, 0)),
        libc::EEXIST
    );
    assert!(OS.epoll_wait(epoll, 4, soon).unwrap().is_empty());
    OS.writev(writer, &[b"ab", b"", b"cd"], None).unwrap();
    assert_eq!(OS.bytes_readable(reader).unwrap(), 4);
    assert_eq!(OS.poll(&mut requests, None).unwrap(), 1);
    assert_eq!(requests[0].ready, libc::POLLIN);
    assert_eq!(
        OS.epoll_wait(epoll, 4, None).unwrap(),
        [EpollEvent {
            fd: reader,
            events: libc::EPOLLIN as u32
        }]
    );
    let copy = OS.dup2(reader, 97, true).unwrap();
    assert!(OS.get_inheritable(copy).unwrap());
    OS.set_inheritable(copy, false).unwrap();
    assert!(!OS.get_inheritable(copy).unwrap());
    assert_eq!(
        OS.fcntl(copy, libc::F_GETFD, 0).unwrap(),
        i64::from(libc::FD_CLOEXEC)
    );
    assert_eq!(
        errno(OS.fcntl(copy, libc::F_GETLK, 4096)),
        libc::EINVAL,
        "a forged pointer is refused"
    );
    for fd in [copy, writer, epoll] {
        OS.close(fd).unwrap();
    }
    OS.close(reader).unwrap();
    let bad = SelectSets {
        read: vec![98_765],
        ..SelectSets::default()
    };
    assert_eq!(errno(OS.select(&bad, soon)), libc::EBADF);
}

#[test]
fn locks_and_pseudo_terminals() {
    let dir = Scratch::new("locks");
    let fd = OS
        .open(AT_CWD, &dir.path("l"), libc::O_RDWR | libc::O_CREAT, 0o600)
        .unwrap();
    OS.flock(fd, libc::LOCK_EX | libc::LOCK_NB).unwrap();
    let lock = FileLock {
        kind: libc::F_WRLCK as i16,
        whence: 0,
        start: 10,
        length: 5,
        pid: 0,
    };
    OS.fcntl_lock(fd, libc::F_SETLK, lock).unwrap();
    assert_eq!(
        OS.fcntl_lock(fd, libc::F_GETLK, lock).unwrap().kind,
        libc::F_UNLCK as i16
    );
    assert!(!OS.isatty(fd).unwrap());
    assert_eq!(errno(OS.tcgetattr(fd)), libc::ENOTTY);
    OS.close(fd).unwrap();
    let (controller, terminal) = OS.openpty().unwrap();
    assert!(OS.isatty(terminal).unwrap());
    assert_eq!(
        OS.ttyname(terminal).unwrap(),
        OS.ptsname(controller).unwrap()
    );
    let size = TerminalSize {
        columns: 100,
        rows: 30,
        width_px: 0,
        height_px: 0,
    };
    OS.set_terminal_size(controller, size).unwrap();
    assert_eq!(OS.terminal_size(terminal).unwrap(), size);
    let mut modes = OS.tcgetattr(terminal).unwrap();
    modes.local &= !(libc::ICANON | libc::ECHO);
    OS.tcsetattr(terminal, libc::TCSANOW, &modes).unwrap();
    assert_eq!(OS.tcgetattr(terminal).unwrap(), modes);
    OS.close(controller).unwrap();
    OS.close(terminal).unwrap();
}

#[test]
fn denied_means_denied() {
    let outside: &dyn Platform = &DenyPlatform;
    assert_eq!(errno(outside.open(AT_CWD, b"/dev/null", 0, 0)), libc::EPERM);
    assert_eq!(errno(outside.clock_time(0)), libc::EPERM);
    assert_eq!(errno(outside.scandir(b"/").map(drop)), libc::EPERM);
    assert_eq!(
        errno(outside.fork_exec(&Spawn::default(), None)),
        libc::EPERM
    );
    assert_eq!(memory_limits(outside), MemoryLimits::default());
    assert!(CALLS.contains(&("open", Need::ReadOrWrite)));
}

#[test]
fn error_texts_are_glibcs() {
    assert_eq!(
        OsError::new(libc::ENOENT).to_string(),
        "[Errno 2] No such file or directory"
    );
    assert_eq!(errno::strerror(0), "Success");
    assert_eq!(errno::strerror(5000), "Unknown error 5000");
    assert_eq!(errno::name(libc::EAGAIN), Some("EAGAIN"));
}

//! The plain values that platform calls take and return. Numbers keep the meaning that Linux and Python's modules give them.

/// A file descriptor, as Python programs see it.
pub type Fd = i32;

/// Stands for the current directory where a call takes a directory descriptor.
pub const AT_CWD: Fd = libc::AT_FDCWD;

/// A moment or a duration. `nanos` is always below one thousand million, also before 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Time {
    pub seconds: i64,
    pub nanos: u32,
}

impl Time {
    /// From nanoseconds.
    pub fn from_nanos(nanos: i128) -> Option<Time> {
        const SECOND: i128 = 1_000_000_000;
        let seconds = i64::try_from(nanos.div_euclid(SECOND)).ok()?;
        Some(Time {
            seconds,
            nanos: nanos.rem_euclid(SECOND) as u32,
        })
    }

    /// In nanoseconds.
    pub fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }
}

/// What `stat` knows of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stat {
    pub mode: u32,
    pub inode: u64,
    pub device: u64,
    pub links: u64,
    pub uid: u32,
    pub gid: u32,
    pub size: i64,
    pub block_size: i64,
    /// In units of 512 bytes.
    pub blocks: i64,
    pub device_type: u64,
    pub accessed: Time,
    pub modified: Time,
    pub changed: Time,
}

/// What `statvfs` knows of a file system; blocks are in units of `fragment_size`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileSystem {
    pub block_size: u64,
    pub fragment_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub blocks_available: u64,
    pub files: u64,
    pub files_free: u64,
    pub files_available: u64,
    pub flags: u64,
    pub name_max: u64,
    pub id: u64,
}

/// An entry of a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirEntry {
    pub name: Vec<u8>,
    pub inode: u64,
    /// One of libc's `DT_…`; `DT_UNKNOWN` (0) if the file system does not tell.
    pub kind: u8,
}

/// A `struct flock`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileLock {
    pub kind: i16,
    pub whence: i16,
    pub start: i64,
    pub length: i64,
    pub pid: i32,
}

/// One descriptor of a `poll` call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PollRequest {
    pub fd: Fd,
    pub events: i16,
    /// Filled by the call.
    pub ready: i16,
}

/// The three lists of `select`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SelectSets {
    pub read: Vec<Fd>,
    pub write: Vec<Fd>,
    pub except: Vec<Fd>,
}

/// An event from `epoll_wait`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EpollEvent {
    pub fd: Fd,
    pub events: u32,
}

/// Width and height of a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TerminalSize {
    pub columns: u16,
    pub rows: u16,
    pub width_px: u16,
    pub height_px: u16,
}

/// A terminal's modes. The speeds are the `B…` codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TerminalModes {
    pub input: u32,
    pub output: u32,
    pub control: u32,
    pub local: u32,
    pub input_speed: u32,
    pub output_speed: u32,
    pub characters: [u8; 32],
}

/// An address of a socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketAddress {
    /// None, or of a family that is not known here.
    Unnamed,
    V4 {
        ip: [u8; 4],
        port: u16,
    },
    V6 {
        ip: [u8; 16],
        port: u16,
        flow: u32,
        scope: u32,
    },
    /// A path; with a zero byte in front an abstract name.
    Unix(Vec<u8>),
}

/// What happens when a signal arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    Default,
    Ignore,
    /// It is noted for Python's handlers; `restart` makes the kernel repeat interrupted calls.
    Note {
        restart: bool,
    },
    /// A handler that somebody else in the process installed: can be seen, not set.
    Foreign,
}

/// An interval timer: the time to the first signal, then the distance between signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IntervalTimer {
    pub first: Time,
    pub interval: Time,
}

/// What a process used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    pub user: Time,
    pub system: Time,
    /// In KiB.
    pub max_rss: i64,
    pub shared_rss: i64,
    pub data_rss: i64,
    pub stack_rss: i64,
    pub minor_faults: i64,
    pub major_faults: i64,
    pub swaps: i64,
    pub blocks_in: i64,
    pub blocks_out: i64,
    pub messages_sent: i64,
    pub messages_received: i64,
    pub signals: i64,
    pub voluntary_switches: i64,
    pub involuntary_switches: i64,
}

/// A child that `wait4` reports; `pid` is 0 if `WNOHANG` found none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waited {
    pub pid: i32,
    /// The raw status word, as `os.WEXITSTATUS` and friends take it.
    pub status: i32,
    pub usage: Usage,
}

impl Waited {
    /// `os.waitstatus_to_exitcode`: the exit status, or minus the signal; `None` if the child only stopped.
    pub fn exit_code(&self) -> Option<i32> {
        match self.status & 0x7f {
            0 => Some(self.status >> 8 & 0xff),
            0x7f => None,
            signal => Some(-signal),
        }
    }
}

/// What `waitid` reports of a child: the fields of `os.waitid_result`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChildChange {
    pub pid: i32,
    pub uid: u32,
    pub signal: i32,
    pub status: i32,
    pub code: i32,
}

/// A resource limit in force and the most it may be raised to; `u64::MAX` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    pub soft: u64,
    pub hard: u64,
}

/// What `uname` says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SystemName {
    pub system: Vec<u8>,
    pub node: Vec<u8>,
    pub release: Vec<u8>,
    pub version: Vec<u8>,
    pub machine: Vec<u8>,
}

/// The arguments of `_posixsubprocess.fork_exec`. A descriptor of -1 means "none".
#[derive(Clone, Debug)]
pub struct Spawn {
    pub arguments: Vec<Vec<u8>>,
    /// Tried in turn.
    pub executables: Vec<Vec<u8>>,
    /// `NAME=value` each.
    pub environment: Vec<Vec<u8>>,
    pub cwd: Option<Vec<u8>>,
    pub close_fds: bool,
    /// Sorted; holds `error_pipe` too, as `subprocess.py` passes it.
    pub keep_fds: Vec<Fd>,
    pub stdin: Fd,
    pub stdin_parent: Fd,
    pub stdout: Fd,
    pub stdout_parent: Fd,
    pub stderr: Fd,
    pub stderr_parent: Fd,
    /// The write end, on which the child reports why it could not start.
    pub error_pipe: Fd,
    pub error_pipe_parent: Fd,
    /// Puts `SIGPIPE` and `SIGXFSZ`, which Python ignores, back to their defaults.
    pub restore_signals: bool,
    pub new_session: bool,
    pub process_group: Option<i32>,
    pub gid: Option<u32>,
    pub groups: Option<Vec<u32>>,
    pub uid: Option<u32>,
    pub umask: Option<u32>,
}

impl Default for Spawn {
    fn default() -> Spawn {
        Spawn {
            arguments: Vec::new(),
            executables: Vec::new(),
            environment: Vec::new(),
            cwd: None,
            close_fds: true,
            keep_fds: Vec::new(),
            stdin: -1,
            stdin_parent: -1,
            stdout: -1,
            stdout_parent: -1,
            stderr: -1,
            stderr_parent: -1,
            error_pipe: -1,
            error_pipe_parent: -1,
            restore_signals: true,
            new_session: false,
            process_group: None,
            gid: None,
            groups: None,
            uid: None,
            umask: None,
        }
    }
}

//! The one list of everything this runtime can ask of the outside world, each call with its reason.
//!
//! A row gives what the call needs to be allowed ([`Need`]), its signature, and the function that does it on a real operating system. The trait
//! [`Platform`], the implementations [`OsPlatform`] and [`DenyPlatform`] and the table [`CALLS`] all come from these rows, so a call can't be forgotten in one of them.
//! An enclave, or a policy that allows some paths only, is another implementation of the trait: copy the rows, answer what you support.
//!
//! All calls may fail, with [`OsError::DENIED`] at least.

pub use crate::dir::DirStream;
pub use crate::error::{OsError, OsResult};
pub use crate::types::*;
pub use crate::users::{Group, User};
pub use crate::zone::Zone;
use crate::{
    clock, dir, event, fd, fs, net, process, signals, spawn, system, terminal, users, zone,
};
use std::sync::atomic::AtomicU32;

/// The kind of permission that a call needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Works on a descriptor that was handed out before: the permission was given then.
    Descriptor,
    /// Reads what a path names.
    Read,
    /// Changes what a path names.
    Write,
    /// Reads or writes what a path names, depending on the arguments.
    ReadOrWrite,
    /// Starts, ends, awaits or signals processes, or changes what this one may do.
    Process,
    /// Tells facts about this process, its user and the machine.
    Facts,
    /// Reads or sets clocks, or waits.
    Clock,
    /// Draws random bytes.
    Random,
    /// Talks to other machines, or lets them in, or asks what their names mean.
    Network,
}

macro_rules! platform_calls {
    ($($(#[$doc:meta])* $need:ident fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty => $module:ident;)*) => {
        /// Everything outside the interpreter. See the head of the file.
        pub trait Platform: Send + Sync {$(
            $(#[$doc])*
            fn $name(&self, $($arg: $ty),*) -> OsResult<$ret>;
        )*}

        /// The operating system that this process runs on.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct OsPlatform;

        impl Platform for OsPlatform {$(
            fn $name(&self, $($arg: $ty),*) -> OsResult<$ret> {
                $module::$name($($arg),*)
            }
        )*}

        /// No outside at all: every call answers `EPERM`.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct DenyPlatform;

        #[allow(unused_variables, reason = "nothing is done with the arguments")]
        impl Platform for DenyPlatform {$(
            fn $name(&self, $($arg: $ty),*) -> OsResult<$ret> {
                Err(OsError::DENIED)
            }
        )*}

        /// Every call by name, with what it needs.
        pub const CALLS: &[(&str, Need)] = &[$((stringify!($name), Need::$need)),*];
    };
}

platform_calls! {
    // Open descriptors: os, io.FileIO, fcntl.

    /// Closes a descriptor.
    Descriptor fn close(fd: Fd) -> () => fd;
    /// Closes every descriptor from `first` to before `end` (`os.closerange`).
    Descriptor fn closerange(first: Fd, end: Fd) -> () => spawn;
    /// Reads up to the buffer's length; 0 at the end.
    Descriptor fn read(fd: Fd, buffer: &mut [u8]) -> usize => fd;
    /// Writes a part of the bytes, says how many.
    Descriptor fn write(fd: Fd, bytes: &[u8]) -> usize => fd;
    /// Reads at an offset, leaving the position alone.
    Descriptor fn pread(fd: Fd, buffer: &mut [u8], at: i64) -> usize => fd;
    /// Writes at an offset, leaving the position alone.
    Descriptor fn pwrite(fd: Fd, bytes: &[u8], at: i64) -> usize => fd;
    /// Reads into several buffers, at an offset if one is given.
    Descriptor fn readv(fd: Fd, buffers: &mut [&mut [u8]], at: Option<i64>) -> usize => fd;
    /// Writes several buffers, at an offset if one is given.
    Descriptor fn writev(fd: Fd, buffers: &[&[u8]], at: Option<i64>) -> usize => fd;
    /// Moves the position; answers the new one.
    Descriptor fn lseek(fd: Fd, at: i64, whence: i32) -> i64 => fd;
    /// Sets a file's length.
    Descriptor fn ftruncate(fd: Fd, length: i64) -> () => fs;
    /// Has data and metadata reach the disk.
    Descriptor fn fsync(fd: Fd) -> () => fd;
    /// Has data reach the disk.
    Descriptor fn fdatasync(fd: Fd) -> () => fd;
    /// A second descriptor for the same file, not inheritable.
    Descriptor fn dup(fd: Fd) -> Fd => fd;
    /// Makes `to` a descriptor for the same file as `from`.
    Descriptor fn dup2(from: Fd, to: Fd, inheritable: bool) -> Fd => fd;
    /// A pipe: read end, write end.
    Descriptor fn pipe2(flags: i32) -> (Fd, Fd) => fd;
    /// Does a descriptor survive exec?
    Descriptor fn get_inheritable(fd: Fd) -> bool => fd;
    /// Says whether a descriptor survives exec.
    Descriptor fn set_inheritable(fd: Fd, inheritable: bool) -> () => fd;
    /// Do reads and writes wait?
    Descriptor fn get_blocking(fd: Fd) -> bool => fd;
    /// Says whether reads and writes wait.
    Descriptor fn set_blocking(fd: Fd, blocking: bool) -> () => fd;
    /// The `fcntl` commands that take an integer; others answer `EINVAL`.
    Descriptor fn fcntl(fd: Fd, command: i32, argument: i32) -> i64 => fd;
    /// The `fcntl` commands that take a `struct flock` (`fcntl.lockf`, `os.lockf`).
    Descriptor fn fcntl_lock(fd: Fd, command: i32, lock: FileLock) -> FileLock => fd;
    /// Locks the whole file (`fcntl.flock`).
    Descriptor fn flock(fd: Fd, operation: i32) -> () => fd;
    /// Copies inside the kernel, from a file to any descriptor.
    Descriptor fn sendfile(to: Fd, from: Fd, at: Option<i64>, count: usize) -> usize => fd;
    /// Copies inside the kernel, from file to file.
    Descriptor fn copy_file_range(from: Fd, to: Fd, count: usize, from_at: Option<i64>, to_at: Option<i64>) -> usize => fd;
    /// Moves data between a pipe and another descriptor.
    Descriptor fn splice(from: Fd, from_at: Option<i64>, to: Fd, to_at: Option<i64>, count: usize, flags: u32) -> usize => fd;
    /// Announces how a file will be read.
    Descriptor fn fadvise(fd: Fd, at: i64, length: i64, advice: i32) -> () => fd;
    /// Reserves space for a file.
    Descriptor fn fallocate(fd: Fd, at: i64, length: i64) -> () => fd;
    /// How many bytes can be read without waiting (`FIONREAD`).
    Descriptor fn bytes_readable(fd: Fd) -> u64 => fd;
    /// A counter with a descriptor.
    Descriptor fn eventfd(initial: u32, flags: u32) -> Fd => fd;
    /// A file that lives in memory.
    Descriptor fn memfd_create(name: &[u8], flags: u32) -> Fd => fd;
    /// Status of an open file.
    Descriptor fn fstat(fd: Fd) -> Stat => fs;
    /// Status of the file system of an open file.
    Descriptor fn fstatvfs(fd: Fd) -> FileSystem => fs;
    /// Sets the permission bits of an open file.
    Descriptor fn fchmod(fd: Fd, mode: u32) -> () => fs;
    /// Sets the owner of an open file; `u32::MAX` leaves one as it is.
    Descriptor fn fchown(fd: Fd, uid: u32, gid: u32) -> () => fs;
    /// Sets the times of an open file; `None` is now.
    Descriptor fn futimens(fd: Fd, times: Option<(Time, Time)>) -> () => fs;
    /// Entries of an open directory.
    Descriptor fn fdscandir(fd: Fd) -> DirStream => dir;
    /// A limit that applies to an open file.
    Descriptor fn fpathconf(fd: Fd, name: i32) -> i64 => fs;

    // Paths.

    /// Opens a file; always close-on-exec. `EPERM` for writing to a process's memory in `/proc`.
    ReadOrWrite fn open(dir: Fd, path: &[u8], flags: i32, mode: u32) -> Fd => fs;
    /// Status of a path.
    Read fn stat(dir: Fd, path: &[u8], follow_links: bool) -> Stat => fs;
    /// Status of a path's file system.
    Read fn statvfs(path: &[u8]) -> FileSystem => fs;
    /// May this process read, write, execute it?
    Read fn access(dir: Fd, path: &[u8], mode: u32, effective: bool, follow_links: bool) -> () => fs;
    /// Entries of a directory.
    Read fn scandir(path: &[u8]) -> DirStream => dir;
    /// Target of a symbolic link.
    Read fn readlink(dir: Fd, path: &[u8]) -> Vec<u8> => fs;
    /// A limit that applies to a path.
    Read fn pathconf(path: &[u8], name: i32) -> i64 => fs;
    /// An extended attribute.
    Read fn getxattr(path: &[u8], name: &[u8], follow_links: bool) -> Vec<u8> => fs;
    /// Names of the extended attributes.
    Read fn listxattr(path: &[u8], follow_links: bool) -> Vec<Vec<u8>> => fs;
    /// Sets an extended attribute.
    Write fn setxattr(path: &[u8], name: &[u8], value: &[u8], flags: u32, follow_links: bool) -> () => fs;
    /// Removes an extended attribute.
    Write fn removexattr(path: &[u8], name: &[u8], follow_links: bool) -> () => fs;
    /// Makes a directory.
    Write fn mkdir(dir: Fd, path: &[u8], mode: u32) -> () => fs;
    /// Removes an empty directory.
    Write fn rmdir(dir: Fd, path: &[u8]) -> () => fs;
    /// Removes a file's name.
    Write fn unlink(dir: Fd, path: &[u8]) -> () => fs;
    /// Renames, replacing what is there (`os.rename`, `os.replace`).
    Write fn rename(from_dir: Fd, from: &[u8], to_dir: Fd, to: &[u8]) -> () => fs;
    /// Makes a hard link.
    Write fn link(from_dir: Fd, from: &[u8], to_dir: Fd, to: &[u8], follow_links: bool) -> () => fs;
    /// Makes a symbolic link.
    Write fn symlink(target: &[u8], dir: Fd, path: &[u8]) -> () => fs;
    /// Sets permission bits.
    Write fn chmod(dir: Fd, path: &[u8], mode: u32, follow_links: bool) -> () => fs;
    /// Sets the owner; `u32::MAX` leaves one as it is.
    Write fn chown(dir: Fd, path: &[u8], uid: u32, gid: u32, follow_links: bool) -> () => fs;
    /// Sets times of access and change; `None` is now.
    Write fn utimens(dir: Fd, path: &[u8], times: Option<(Time, Time)>, follow_links: bool) -> () => fs;
    /// Sets a file's length by path.
    Write fn truncate(path: &[u8], length: i64) -> () => fs;
    /// Makes a named pipe or device; the kind is in `mode` (`os.mkfifo`, `os.mknod`).
    Write fn mknod(dir: Fd, path: &[u8], mode: u32, device: u64) -> () => fs;
    /// Has all file systems reach the disk.
    Write fn sync() -> () => fs;
    /// The working directory.
    Read fn getcwd() -> Vec<u8> => fs;
    /// Changes the working directory, for all threads.
    Process fn chdir(path: &[u8]) -> () => fs;
    /// Changes the working directory to an open one.
    Process fn fchdir(fd: Fd) -> () => fs;
    /// Changes the root directory.
    Process fn chroot(path: &[u8]) -> () => fs;
    /// Sets the mask of permission bits for new files; answers the old one.
    Process fn umask(mask: u32) -> u32 => fs;

    // Waiting for descriptors: select.

    /// Waits for events; fills `ready` and counts. `None` waits for ever.
    Descriptor fn poll(requests: &mut [PollRequest], timeout: Option<Time>) -> usize => event;
    /// Waits for descriptors; answers those that are ready.
    Descriptor fn select(sets: &SelectSets, timeout: Option<Time>) -> SelectSets => event;
    /// A new epoll instance.
    Descriptor fn epoll_create() -> Fd => event;
    /// Adds, changes or removes a descriptor.
    Descriptor fn epoll_control(epoll_fd: Fd, operation: i32, fd: Fd, events: u32) -> () => event;
    /// Waits for events of an epoll instance.
    Descriptor fn epoll_wait(epoll_fd: Fd, events_max: usize, timeout: Option<Time>) -> Vec<EpollEvent> => event;

    // Terminals: termios, tty, pty, the prompt.

    /// Is it a terminal?
    Descriptor fn isatty(fd: Fd) -> bool => terminal;
    /// The path of a terminal.
    Descriptor fn ttyname(fd: Fd) -> Vec<u8> => terminal;
    /// Columns and rows.
    Descriptor fn terminal_size(fd: Fd) -> TerminalSize => terminal;
    /// Sets columns and rows.
    Descriptor fn set_terminal_size(fd: Fd, size: TerminalSize) -> () => terminal;
    /// The modes.
    Descriptor fn tcgetattr(fd: Fd) -> TerminalModes => terminal;
    /// Sets the modes; `when` is `TCSANOW` and so on.
    Descriptor fn tcsetattr(fd: Fd, when: i32, modes: &TerminalModes) -> () => terminal;
    /// Sends a break.
    Descriptor fn tcsendbreak(fd: Fd, duration: i32) -> () => terminal;
    /// Waits until all is sent.
    Descriptor fn tcdrain(fd: Fd) -> () => terminal;
    /// Throws away what is queued.
    Descriptor fn tcflush(fd: Fd, queue: i32) -> () => terminal;
    /// Stops or goes on.
    Descriptor fn tcflow(fd: Fd, action: i32) -> () => terminal;
    /// The process group in the foreground.
    Descriptor fn tcgetpgrp(fd: Fd) -> i32 => terminal;
    /// Puts a process group in the foreground.
    Descriptor fn tcsetpgrp(fd: Fd, group: i32) -> () => terminal;
    /// A pseudo-terminal: the controlling end, the terminal.
    Descriptor fn openpty() -> (Fd, Fd) => terminal;
    /// The terminal's path, from the controlling end.
    Descriptor fn ptsname(fd: Fd) -> Vec<u8> => terminal;
    /// Makes it this session's terminal.
    Process fn set_controlling_terminal(fd: Fd) -> () => terminal;

    // Processes.

    /// This process.
    Facts fn getpid() -> i32 => process;
    /// Its parent.
    Facts fn getppid() -> i32 => process;
    /// This thread, as the kernel numbers it.
    Facts fn gettid() -> i32 => process;
    /// The real user.
    Facts fn getuid() -> u32 => process;
    /// The effective user.
    Facts fn geteuid() -> u32 => process;
    /// The real group.
    Facts fn getgid() -> u32 => process;
    /// The effective group.
    Facts fn getegid() -> u32 => process;
    /// Real, effective and saved user.
    Facts fn getresuid() -> (u32, u32, u32) => process;
    /// Real, effective and saved group.
    Facts fn getresgid() -> (u32, u32, u32) => process;
    /// Supplementary groups.
    Facts fn getgroups() -> Vec<u32> => process;
    /// Process group of a process; 0 is this one.
    Facts fn getpgid(pid: i32) -> i32 => process;
    /// Session of a process.
    Facts fn getsid(pid: i32) -> i32 => process;
    /// Nice value of a process, group or user.
    Facts fn getpriority(which: u32, who: u32) -> i32 => process;
    /// What this process, thread or its children used.
    Facts fn getrusage(who: i32) -> Usage => process;
    /// Processors a process may run on.
    Facts fn sched_getaffinity(pid: i32) -> Vec<usize> => process;
    /// Scheduling policy of a process.
    Facts fn sched_getscheduler(pid: i32) -> i32 => process;
    /// Highest priority of a policy.
    Facts fn sched_priority_max(policy: i32) -> i32 => process;
    /// Lowest priority of a policy.
    Facts fn sched_priority_min(policy: i32) -> i32 => process;
    /// Reads a resource limit, and sets it if `new` is given.
    Process fn prlimit(pid: i32, resource: u32, new: Option<Limit>) -> Limit => process;
    /// Sets the user.
    Process fn setuid(uid: u32) -> () => process;
    /// Sets the group.
    Process fn setgid(gid: u32) -> () => process;
    /// Sets the effective user.
    Process fn seteuid(uid: u32) -> () => process;
    /// Sets the effective group.
    Process fn setegid(gid: u32) -> () => process;
    /// Sets real and effective user; `u32::MAX` leaves one.
    Process fn setreuid(real: u32, effective: u32) -> () => process;
    /// Sets real and effective group; `u32::MAX` leaves one.
    Process fn setregid(real: u32, effective: u32) -> () => process;
    /// Sets real, effective and saved user.
    Process fn setresuid(real: u32, effective: u32, saved: u32) -> () => process;
    /// Sets real, effective and saved group.
    Process fn setresgid(real: u32, effective: u32, saved: u32) -> () => process;
    /// Sets the supplementary groups.
    Process fn setgroups(groups: &[u32]) -> () => process;
    /// Moves a process to a group.
    Process fn setpgid(pid: i32, group: i32) -> () => process;
    /// Starts a session.
    Process fn setsid() -> i32 => process;
    /// Adds to the nice value; answers the new one.
    Process fn nice(increment: i32) -> i32 => process;
    /// Sets the nice value.
    Process fn setpriority(which: u32, who: u32, priority: i32) -> () => process;
    /// Lets another thread run.
    Clock fn sched_yield() -> () => process;
    /// Says which processors a process may run on.
    Process fn sched_setaffinity(pid: i32, cpus: &[usize]) -> () => process;
    /// Signals a process; 0 only asks whether it is there.
    Process fn kill(pid: i32, signal: i32) -> () => process;
    /// Signals a process group.
    Process fn killpg(group: i32, signal: i32) -> () => process;
    /// Waits for a child (`os.wait*`).
    Process fn wait4(pid: i32, options: i32) -> Waited => process;
    /// Waits for a change of a child; `None` if `WNOHANG` found none.
    Process fn waitid(kind: u32, id: u32, options: i32) -> Option<ChildChange> => process;
    /// A descriptor that stands for a process.
    Process fn pidfd_open(pid: i32, flags: u32) -> Fd => process;
    /// Copies this process: 0 in the child, which has the calling thread only. Locks that other threads held stay locked in it.
    Process fn fork() -> i32 => process;
    /// Starts a program in a child (`subprocess`). `hook` runs in the child just before, and says whether to go on.
    Process fn fork_exec(spawn: &Spawn, hook: Option<&mut dyn FnMut() -> bool>) -> i32 => spawn;
    /// Becomes another program; comes back only with an error.
    Process fn execve(path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> () => spawn;
    /// Ends the process at once (`os._exit`).
    Process fn exit_now(status: i32) -> () => spawn;

    // Signals: signal, _thread.

    /// From now on, an arriving signal that is noted sets `bits` in `flag`.
    Process fn wake_on_signal(flag: &'static AtomicU32, bits: u32) -> () => signals;
    /// Takes the noted signals: bit `n - 1` for signal `n`.
    Process fn take_pending() -> u64 => signals;
    /// Notes a signal as if it had arrived (`_thread.interrupt_main`).
    Process fn simulate(signal: i32) -> () => signals;
    /// The descriptor that gets a byte for each noted signal, or -1; answers the old one.
    Process fn set_wakeup_fd(fd: Fd) -> Fd => signals;
    /// Error number of the last byte that could not be written there, once; 0 if none.
    Process fn take_wakeup_error() -> i32 => signals;
    /// What happens on a signal.
    Process fn disposition(signal: i32) -> Disposition => signals;
    /// Says what happens on a signal; answers what did.
    Process fn set_disposition(signal: i32, new: Disposition) -> Disposition => signals;
    /// Signals this thread.
    Process fn raise_signal(signal: i32) -> () => signals;
    /// Signals a thread of this process, by its kernel number.
    Process fn signal_thread(thread: i32, signal: i32) -> () => signals;
    /// `SIGALRM` in some seconds; answers how many were left.
    Process fn alarm(seconds: u32) -> u32 => signals;
    /// Waits for a signal: always ends in `EINTR`.
    Process fn pause() -> () => signals;
    /// Sets an interval timer; answers the old one.
    Process fn setitimer(which: u32, timer: IntervalTimer) -> IntervalTimer => signals;
    /// Reads an interval timer.
    Process fn getitimer(which: u32) -> IntervalTimer => signals;
    /// Blocks and unblocks signals for this thread; answers the old mask.
    Process fn pthread_sigmask(how: i32, mask: u64) -> u64 => signals;
    /// Signals that are blocked and waiting.
    Process fn sigpending() -> u64 => signals;
    /// Waits for one of the signals.
    Process fn sigwait(mask: u64) -> i32 => signals;

    // Clocks: time.

    /// A clock by its Linux number.
    Clock fn clock_time(clock: i32) -> Time => clock;
    /// The step of a clock.
    Clock fn clock_resolution(clock: i32) -> Time => clock;
    /// Sets a clock.
    Clock fn set_clock(clock: i32, to: Time) -> () => clock;
    /// Sleeps until a moment of the monotonic clock; `EINTR` if a signal comes first.
    Clock fn sleep_until(deadline: Time) -> () => clock;
    /// Sleeps for a while; `EINTR` if a signal comes first.
    Clock fn sleep(duration: Time) -> () => clock;
    /// Ticks used: user, system, both of the children, elapsed.
    Clock fn times() -> [i64; 5] => system;
    /// The local time zone for a value of the `TZ` variable.
    Read fn load_zone(tz: Option<&[u8]>) -> Zone => zone;

    // Sockets: _socket.

    /// A new socket.
    Network fn socket(family: i32, kind: i32, protocol: i32) -> Fd => net;
    /// Two sockets that are connected with each other.
    Descriptor fn socketpair(family: i32, kind: i32, protocol: i32) -> (Fd, Fd) => net;
    /// Gives a socket its address.
    Network fn bind(fd: Fd, address: &SocketAddress) -> () => net;
    /// Connects a socket.
    Network fn connect(fd: Fd, address: &SocketAddress) -> () => net;
    /// Lets others connect.
    Network fn listen(fd: Fd, backlog: i32) -> () => net;
    /// Takes the next connection.
    Descriptor fn accept(fd: Fd) -> (Fd, SocketAddress) => net;
    /// A socket's own address.
    Descriptor fn getsockname(fd: Fd) -> SocketAddress => net;
    /// The address that a socket is connected with.
    Descriptor fn getpeername(fd: Fd) -> SocketAddress => net;
    /// Ends one direction of a connection, or both.
    Descriptor fn shutdown(fd: Fd, how: i32) -> () => net;
    /// Sends on a connected socket; never a SIGPIPE.
    Descriptor fn send(fd: Fd, bytes: &[u8], flags: i32) -> usize => net;
    /// Sends to an address.
    Network fn sendto(fd: Fd, bytes: &[u8], flags: i32, to: &SocketAddress) -> usize => net;
    /// Receives.
    Descriptor fn recv(fd: Fd, buffer: &mut [u8], flags: i32) -> usize => net;
    /// Receives, and tells from whom.
    Descriptor fn recvfrom(fd: Fd, buffer: &mut [u8], flags: i32) -> (usize, SocketAddress) => net;
    /// Sets an option, unless its value could be a memory address.
    Descriptor fn setsockopt(fd: Fd, level: i32, option: i32, value: &[u8]) -> () => net;
    /// The value of an option.
    Descriptor fn getsockopt(fd: Fd, level: i32, option: i32, len_max: usize) -> Vec<u8> => net;
    /// The addresses of a host name.
    Network fn resolve(host: &[u8]) -> Vec<SocketAddress> => net;

    // The machine, its users, randomness.

    /// Random bytes, as many as the kernel gives at once.
    Random fn getrandom(buffer: &mut [u8], flags: u32) -> usize => system;
    /// Fills the buffer with random bytes.
    Random fn urandom(buffer: &mut [u8]) -> () => system;
    /// The environment at the start; the VM keeps its own copy from then on.
    Facts fn environment() -> Vec<(Vec<u8>, Vec<u8>)> => system;
    /// The command line.
    Facts fn arguments() -> Vec<Vec<u8>> => system;
    /// The path of the running program.
    Facts fn program_path() -> Vec<u8> => system;
    /// System, node, release, version, machine.
    Facts fn uname() -> SystemName => system;
    /// A value of `sysconf`; -1 is "no limit".
    Facts fn sysconf(name: i32) -> i64 => system;
    /// Processors that are online.
    Facts fn cpu_count() -> usize => system;
    /// Load over 1, 5 and 15 minutes.
    Facts fn load_average() -> [f64; 3] => system;
    /// Bytes of a memory page.
    Facts fn page_size() -> usize => system;
    /// Ticks a second of `times`.
    Facts fn clock_ticks() -> u64 => system;
    /// All known users.
    Facts fn users() -> Vec<User> => users;
    /// All known groups.
    Facts fn groups() -> Vec<Group> => users;
    /// Who logged in.
    Facts fn login_name() -> Vec<u8> => users;
    /// A last word on descriptor 2, for when nothing else works.
    Descriptor fn write_emergency(text: &[u8]) -> () => system;
}

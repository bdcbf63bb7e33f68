//! Starting programs: `execve`, and the fork-and-exec of `subprocess`.
//!
//! Between fork and exec the child may do only what is safe in a signal handler: another thread may have held any lock. So everything is allocated
//! before the fork ([`Prepared`]), and the child makes system calls on it and nothing else. The steps and their order are those of
//! CPython: Modules/_posixsubprocess.c, child_exec; a failure travels through the error pipe as `OSError:HEX-ERRNO:STAGE`,
//! the format that `subprocess.py` parses.

use crate::calls::{Fd, Spawn};
use crate::error::{OsError, OsResult};
use crate::raw;
use std::ffi::{CStr, CString};
use std::ptr;

/// Strings in the form that the kernel takes: an array of pointers that ends with null.
struct StringTable {
    _strings: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

impl StringTable {
    fn new(strings: &[Vec<u8>]) -> OsResult<StringTable> {
        let strings = strings
            .iter()
            .map(|s| c_string(s))
            .collect::<OsResult<Vec<_>>>()?;
        let pointers = strings
            .iter()
            .map(|s| s.as_ptr())
            .chain([ptr::null()])
            .collect();
        Ok(StringTable {
            _strings: strings,
            pointers,
        })
    }
}

fn c_string(bytes: &[u8]) -> OsResult<CString> {
    CString::new(bytes).map_err(|_| OsError::new(libc::EINVAL))
}

/// Replaces the program. Comes back only with an error.
fn exec(path: &CStr, arguments: &StringTable, environment: &StringTable) -> OsError {
    // SAFETY: the path is a C string; both tables are null-terminated arrays of C strings that live as long as `self`.
    unsafe {
        libc::execve(
            path.as_ptr(),
            arguments.pointers.as_ptr(),
            environment.pointers.as_ptr(),
        )
    };
    OsError::new(raw::last_errno())
}

pub(crate) fn execve(path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> OsResult<()> {
    Err(exec(
        &c_string(path)?,
        &StringTable::new(arguments)?,
        &StringTable::new(environment)?,
    ))
}

/// Ends the process at once: no destructor, no buffer.
pub(crate) fn exit_now(status: i32) -> OsResult<()> {
    // SAFETY: takes an integer and does not return.
    unsafe { libc::_exit(status) }
}

struct Prepared<'a> {
    spawn: &'a Spawn,
    executables: Vec<CString>,
    arguments: StringTable,
    environment: StringTable,
    cwd: Option<CString>,
}

/// Forks and runs a program. `hook` is Python's `preexec_fn`: it runs in the child and says whether to go on.
pub(crate) fn fork_exec(
    spawn: &Spawn,
    mut hook: Option<&mut dyn FnMut() -> bool>,
) -> OsResult<i32> {
    let prepared = Prepared {
        spawn,
        executables: spawn
            .executables
            .iter()
            .map(|e| c_string(e))
            .collect::<OsResult<_>>()?,
        arguments: StringTable::new(&spawn.arguments)?,
        environment: StringTable::new(&spawn.environment)?,
        cwd: spawn.cwd.as_deref().map(c_string).transpose()?,
    };
    let pid = raw::fork()? as i32;
    if pid == 0 {
        prepared.run_child(&mut hook)
    }
    Ok(pid)
}

/// Where the child failed, in the words that `subprocess.py` knows.
struct Failure {
    error: OsError,
    stage: &'static [u8],
}

const BEFORE_EXEC: &[u8] = b"noexec";

impl From<OsError> for Failure {
    fn from(error: OsError) -> Failure {
        Failure {
            error,
            stage: BEFORE_EXEC,
        }
    }
}

impl Prepared<'_> {
    fn run_child(&self, hook: &mut Option<&mut dyn FnMut() -> bool>) -> ! {
        let failure = match self.set_up_child() {
            Err(failure) => failure,
            Ok(()) => {
                if let Some(hook) = hook
                    && !hook()
                {
                    report(
                        self.spawn.error_pipe,
                        b"SubprocessError:0:Exception occurred in preexec_fn.",
                    );
                }
                if self.spawn.close_fds {
                    close_all_but(&self.spawn.keep_fds);
                }
                Failure {
                    error: self.try_executables(),
                    stage: b"",
                }
            }
        };
        // Hand-made, since formatting could allocate.
        let mut text = [0u8; 64];
        let mut length = 0;
        let mut push = |bytes: &[u8]| {
            for &byte in bytes {
                text[length] = byte;
                length += 1;
            }
        };
        push(b"OSError:");
        let digits = (0..8)
            .rev()
            .map(|i| (failure.error.errno as u32 >> (4 * i)) & 15);
        for digit in digits.skip_while(|&d| d == 0) {
            push(&[b"0123456789ABCDEF"[digit as usize]]);
        }
        push(b":");
        push(failure.stage);
        report(self.spawn.error_pipe, &text[..length])
    }

    fn set_up_child(&self) -> Result<(), Failure> {
        let spawn = self.spawn;
        for &fd in &spawn.keep_fds {
            if fd != spawn.error_pipe {
                raw::fcntl(fd, libc::F_SETFD, 0)?;
            }
        }
        for fd in [
            spawn.stdin_parent,
            spawn.stdout_parent,
            spawn.stderr_parent,
            spawn.error_pipe_parent,
        ] {
            if fd >= 0 {
                raw::close(fd)?;
            }
        }
        // A pipe end may itself have a standard number; move it away before that number is filled.
        let mut output = spawn.stdout;
        if output == 0 {
            output = duplicate(output)?;
        }
        let mut errors = spawn.stderr;
        while errors == 0 || errors == 1 {
            errors = duplicate(errors)?;
        }
        for (from, to) in [(spawn.stdin, 0), (output, 1), (errors, 2)] {
            if from == to {
                raw::fcntl(to, libc::F_SETFD, 0)?;
            } else if from >= 0 {
                raw::dup2(from, to)?;
            }
        }
        if let Some(cwd) = &self.cwd {
            // SAFETY: a C string that lives in `self`.
            if unsafe { libc::chdir(cwd.as_ptr()) } != 0 {
                return Err(Failure {
                    error: OsError::new(raw::last_errno()),
                    stage: b"noexec:chdir",
                });
            }
        }
        if let Some(mask) = spawn.umask {
            raw::umask(mask)?;
        }
        if spawn.restore_signals {
            for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
                crate::signals::set_disposition(signal, crate::Disposition::Default)?;
            }
        }
        if spawn.new_session {
            raw::setsid()?;
        }
        if let Some(group) = spawn.process_group {
            raw::setpgid(0, group)?;
        }
        if let Some(groups) = &spawn.groups {
            crate::process::setgroups(groups)?;
        }
        if let Some(gid) = spawn.gid {
            raw::setregid(gid, gid)?;
        }
        if let Some(uid) = spawn.uid {
            raw::setreuid(uid, uid)?;
        }
        Ok(())
    }

    /// Tries the candidates in turn (`PATH` was searched by the caller). "Not there" gives way to any more telling error.
    fn try_executables(&self) -> OsError {
        let mut telling = None;
        let mut last = OsError::new(libc::ENOENT);
        for path in &self.executables {
            last = exec(path, &self.arguments, &self.environment);
            if last.errno != libc::ENOENT && last.errno != libc::ENOTDIR {
                telling = telling.or(Some(last));
            }
        }
        telling.unwrap_or(last)
    }
}

fn duplicate(fd: Fd) -> OsResult<Fd> {
    Ok(raw::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0)? as Fd)
}

fn report(pipe: Fd, text: &[u8]) -> ! {
    // SAFETY: reads `text`; both calls are async-signal-safe and the second does not return.
    unsafe {
        libc::write(pipe, text.as_ptr().cast(), text.len());
        libc::_exit(255)
    }
}

/// Closes every descriptor from 3 up that is not in `keep`, which is sorted.
fn close_all_but(keep: &[Fd]) {
    let mut first = 3;
    for &fd in keep.iter().filter(|&&fd| fd >= 3) {
        if fd > first {
            close_range(first, fd - 1);
        }
        first = fd.saturating_add(1);
    }
    close_range(first, Fd::MAX);
}

/// Closes `first..=last`, whether open or not.
pub(crate) fn close_range(first: Fd, last: Fd) {
    // SAFETY: takes integers only.
    if unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } == 0 {
        return;
    }
    // A kernel before 5.9: one by one, up to what can be open at all.
    let limit = raw::sysconf(libc::_SC_OPEN_MAX)
        .unwrap_or(1024)
        .clamp(256, 1 << 20) as Fd;
    for fd in first..=last.min(limit) {
        let _ = raw::close(fd);
    }
}

pub(crate) fn closerange(first: Fd, end: Fd) -> OsResult<()> {
    if first.max(0) < end {
        close_range(first.max(0), end - 1);
    }
    Ok(())
}

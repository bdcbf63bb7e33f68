//! `posix`: what `os` is made of. Every call goes through the platform; paths are bytes with `surrogateescape`.

mod environ;
mod facts;
mod files;
mod forks;
mod process;
mod scandir;
mod stat;

use mesapy_platform::{AT_CWD, OsError, OsResult, Platform, consts};
use mesapy_vm::local::{Local, Py, Raised, Ret, k};
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::objects::structseq;
use mesapy_vm::vm::Vm;

use crate::paths::{self, PathArg};

pub static MODULE: NativeModule = NativeModule {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    functions: FUNCTIONS,
    types: &[&scandir::DIR_ENTRY, &scandir::SCANDIR_ITERATOR],
    init: Some(init),
};

static FUNCTIONS: &[Method] = methods! {
    "stat(path, *, dir_fd=None, follow_symlinks=True)" => static calls stat_path(path, dir_fd, follow), "Perform a stat system call on the given path.";
    "lstat(path, *, dir_fd=None)" => static calls lstat_path(path, dir_fd), "Perform a stat system call on the given path, without following symbolic links.";
    "fstat(fd)" => static calls fstat(fd), "Perform a stat system call on the given file descriptor.";
    "access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)" => static calls f_access(path, mode, dir_fd, effective, follow), "Use the real uid/gid to test for access to a path.";
    "listdir(path=None)" => static calls f_listdir(path), "Return a list containing the names of the files in the directory.";
    "scandir(path=None)" => static calls f_scandir(path), "Return an iterator of DirEntry objects for given path.";
    "mkdir(path, mode=511, *, dir_fd=None)" => static calls f_mkdir(path, mode, dir_fd), "Create a directory.";
    "rmdir(path, *, dir_fd=None)" => static calls f_rmdir(path, dir_fd), "Remove a directory.";
    "unlink(path, *, dir_fd=None)" => static calls f_unlink(path, dir_fd), "Remove a file (same as remove()).";
    "remove(path, *, dir_fd=None)" => static calls f_remove(path, dir_fd), "Remove a file (same as unlink()).";
    "rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)" => static calls f_rename(src, dst, src_fd, dst_fd), "Rename a file or directory.";
    "replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)" => static calls f_replace(src, dst, src_fd, dst_fd), "Rename a file or directory, overwriting the destination.";
    "link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)" => static calls f_link(src, dst, src_fd, dst_fd, follow), "Create a hard link to a file.";
    "symlink(src, dst, target_is_directory=False, *, dir_fd=None)" => static calls f_symlink(src, dst, is_dir, dir_fd), "Create a symbolic link pointing to src named dst.";
    "readlink(path, *, dir_fd=None)" => static calls f_readlink(path, dir_fd), "Return a string representing the path to which the symbolic link points.";
    "chmod(path, mode, *, dir_fd=None, follow_symlinks=True)" => static calls f_chmod(path, mode, dir_fd, follow), "Change the access permissions of a file.";
    "chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)" => static calls f_chown(path, uid, gid, dir_fd, follow), "Change the owner and group id of path to the numeric uid and gid.";
    "lchown(path, uid, gid)" => static calls f_lchown(path, uid, gid), "";
    "utime(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)" => static calls f_utime(path, times, ns, dir_fd, follow), "Set the access and modified time of path.";
    "truncate(path, length)" => static calls f_truncate(path, length), "Truncate a file, specified by path, to a specific length.";
    "chdir(path)" => static calls f_chdir(path), "Change the current working directory to the specified path.";
    "getcwd()" => static calls getcwd(), "Return a unicode string representing the current working directory.";
    "getcwdb()" => static calls getcwdb(), "Return a bytes string representing the current working directory.";
    "fspath(path)" => static calls fspath(path), "Return the file system path representation of the object.";
    "_path_normpath(path)" => static calls path_normpath(path), "Normalize path, eliminating double slashes, etc.";
    "_path_splitroot_ex(path, /)" => static calls path_splitroot(path), "";
    "open(path, flags, mode=511, *, dir_fd=None)" => static calls f_open(path, flags, mode, dir_fd), "Open a file for low level IO.  Returns a file descriptor (integer).";
    "close(fd)" => static calls f_close(fd), "Close a file descriptor.";
    "closerange(fd_low, fd_high, /)" => static calls f_closerange(low, high), "Closes all file descriptors in [fd_low, fd_high), ignoring errors.";
    "read(fd, length, /)" => static calls f_read(fd, length), "Read from a file descriptor.  Returns a bytes object.";
    "write(fd, data, /)" => static calls f_write(fd, data), "Write a bytes object to a file descriptor.";
    "pread(fd, length, offset, /)" => static calls f_pread(fd, length, offset), "";
    "pwrite(fd, buffer, offset, /)" => static calls f_pwrite(fd, data, offset), "";
    "lseek(fd, position, whence, /)" => static calls f_lseek(fd, position, how), "Set the position of a file descriptor.  Return the new position.";
    "ftruncate(fd, length, /)" => static calls f_ftruncate(fd, length), "";
    "fsync(fd)" => static calls f_fsync(fd), "Force write of fd to disk.";
    "fdatasync(fd)" => static calls f_fdatasync(fd), "";
    "isatty(fd, /)" => static calls f_isatty(fd), "Return True if the fd is connected to a terminal.";
    "dup(fd, /)" => static calls f_dup(fd), "Return a duplicate of a file descriptor.";
    "dup2(fd, fd2, inheritable=True)" => static calls f_dup2(fd, fd2, inheritable), "Duplicate file descriptor.";
    "pipe()" => static calls f_pipe(), "Create a pipe.";
    "pipe2(flags, /)" => static calls f_pipe2(flags), "";
    "get_inheritable(fd, /)" => static calls f_get_inheritable(fd), "";
    "set_inheritable(fd, inheritable, /)" => static calls f_set_inheritable(fd, inheritable), "";
    "get_blocking(fd, /)" => static calls f_get_blocking(fd), "";
    "set_blocking(fd, blocking, /)" => static calls f_set_blocking(fd, blocking), "";
    "fchmod(fd, mode)" => static calls f_fchmod(fd, mode), "";
    "fchown(fd, uid, gid)" => static calls f_fchown(fd, uid, gid), "";
    "fchdir(fd)" => static calls f_fchdir(fd), "";
    "urandom(size, /)" => static calls urandom(size), "Return a bytes object containing random bytes suitable for cryptographic use.";
    "umask(mask, /)" => static calls umask(mask), "Set the current numeric umask and return the previous umask.";
    "strerror(code, /)" => static calls strerror(code), "Translate an error code to a message string.";
    "get_terminal_size(fd=1, /)" => static calls terminal_size(fd), "Return the size of the terminal window as (columns, lines).";
    "cpu_count()" => static calls cpu_count(), "Return the number of logical CPUs in the system.";
    "getpid()" => static calls getpid(), "Return the current process id.";
    "getppid()" => static calls getppid(), "Return the parent's process id.";
    "getuid()" => static calls getuid(), "Return the current process's user id.";
    "geteuid()" => static calls geteuid(), "Return the current process's effective user id.";
    "getgid()" => static calls getgid(), "Return the current process's group id.";
    "getegid()" => static calls getegid(), "Return the current process's effective group id.";
    "getpgid(pid)" => static calls getpgid(pid), "";
    "getsid(pid, /)" => static calls getsid(pid), "";
    "setsid()" => static calls setsid(), "";
    "kill(pid, signal, /)" => static calls kill(pid, signal), "Kill a process with a signal.";
    "killpg(pgid, signal, /)" => static calls killpg(pid, signal), "Kill a process group with a signal.";
    "waitpid(pid, options, /)" => static calls waitpid(pid, options), "Wait for completion of a given child process.";
    "wait()" => static calls wait(), "Wait for completion of a child process.";
    "waitstatus_to_exitcode(status)" => static calls waitstatus(status), "Convert a wait status to an exit code.";
    "WIFEXITED(status)" => static calls w_if_exited(status), "";
    "WEXITSTATUS(status)" => static calls w_exit_status(status), "";
    "WIFSIGNALED(status)" => static calls w_if_signaled(status), "";
    "WTERMSIG(status)" => static calls w_term_sig(status), "";
    "WIFSTOPPED(status)" => static calls w_if_stopped(status), "";
    "WSTOPSIG(status)" => static calls w_stop_sig(status), "";
    "WIFCONTINUED(status)" => static calls w_if_continued(status), "";
    "WCOREDUMP(status, /)" => static calls w_core_dump(status), "";
    "system(command)" => static calls system(command), "Execute the command in a subshell.";
    "_exit(status)" => static calls exit_now(status), "Exit to the system with specified status, without normal exit processing.";
    "abort()" => static calls abort(), "Abort the interpreter immediately.";
    "execv(path, argv, /)" => static calls execv(path, argv), "";
    "execve(path, argv, env)" => static calls execve(path, argv, env), "";
    "fork()" => static calls fork(), "Fork a child process.";
    "times()" => static calls times(), "Return a collection containing process timing information.";
    "uname()" => static calls uname(), "Return an object identifying the current operating system.";
    "getloadavg()" => static calls getloadavg(), "";
    "sysconf(name, /)" => static calls sysconf(name), "";
    "putenv(name, value, /)" => static calls putenv(name, value), "Change or add an environment variable.";
    "unsetenv(name, /)" => static calls unsetenv(name), "Delete an environment variable.";
    "sched_yield()" => static calls sched_yield(), "";
    "register_at_fork(*, before=None, after_in_child=None, after_in_parent=None)" => static calls register_at_fork(before, in_child, in_parent), "Register callables to be called when forking a new process.";
    "device_encoding(fd)" => static calls device_encoding(fd), "Return a string describing the encoding of a terminal's file descriptor.";
    "mkfifo(path, mode=438, *, dir_fd=None)" => static calls mkfifo(path, mode, dir_fd), "Create a \"fifo\" (a POSIX named pipe).";
    "mknod(path, mode=384, device=0, *, dir_fd=None)" => static calls mknod(path, mode, device, dir_fd), "Create a node in the file system.";
    "statvfs(path)" => static calls statvfs(path), "Perform a statvfs system call on the given path.";
    "fstatvfs(fd, /)" => static calls fstatvfs(fd), "Perform an fstatvfs system call on the given fd.";
    "pathconf(path, name)" => static calls pathconf(path, name), "Return the configuration limit name for the file or directory path.";
    "fpathconf(fd, name, /)" => static calls fpathconf(fd, name), "Return the configuration limit name for the file descriptor fd.";
    "lockf(fd, command, length, /)" => static calls lockf(fd, command, length), "Apply, test or remove a POSIX lock on an open file descriptor.";
    "wait3(options)" => static calls wait3(options), "Wait for completion of a child process.";
    "wait4(pid, options)" => static calls wait4(pid, options), "Wait for completion of a specific child process.";
    "waitid(idtype, id, options, /)" => static calls waitid(kind, id, options), "Returns the result of waiting for a process or processes.";
    "getgroups()" => static calls getgroups(), "Return list of supplemental group IDs for the process.";
    "getgrouplist(user, group, /)" => static calls getgrouplist(user, group), "Returns a list of groups to which a user belongs.";
    "setgroups(groups, /)" => static calls setgroups(groups), "Set the groups of the current process to list.";
    "getpgrp()" => static calls getpgrp(), "Return the current process group id.";
    "setpgrp()" => static calls setpgrp(), "Make the current process the leader of its process group.";
    "setpgid(pid, pgrp, /)" => static calls setpgid(pid, group), "Call the system call setpgid(pid, pgrp).";
    "getresuid()" => static calls getresuid(), "Return a tuple of the current process's real, effective, and saved user ids.";
    "getresgid()" => static calls getresgid(), "Return a tuple of the current process's real, effective, and saved group ids.";
    "setuid(uid, /)" => static calls setuid(id), "Set the current process's user id.";
    "setgid(gid, /)" => static calls setgid(id), "Set the current process's group id.";
    "seteuid(euid, /)" => static calls seteuid(id), "Set the current process's effective user id.";
    "setegid(egid, /)" => static calls setegid(id), "Set the current process's effective group id.";
    "setreuid(ruid, euid, /)" => static calls setreuid(a, b), "Set the current process's real and effective user ids.";
    "setregid(rgid, egid, /)" => static calls setregid(a, b), "Set the current process's real and effective group ids.";
    "setresuid(ruid, euid, suid, /)" => static calls setresuid(a, b, c), "Set the current process's real, effective, and saved user ids.";
    "setresgid(rgid, egid, sgid, /)" => static calls setresgid(a, b, c), "Set the current process's real, effective, and saved group ids.";
    "nice(increment, /)" => static calls nice(increment), "Add increment to the priority of process and return the new priority.";
    "getpriority(which, who)" => static calls getpriority(which, who), "Return program scheduling priority.";
    "setpriority(which, who, priority)" => static calls setpriority(which, who, priority), "Set program scheduling priority.";
    "getrandom(size, flags=0)" => static calls getrandom(size, flags), "Obtain a series of random bytes.";
    "sync()" => static calls sync(), "Force write of everything to disk.";
    "chroot(path)" => static calls chroot(path), "Change root directory to path.";
    "ttyname(fd, /)" => static calls ttyname(fd), "Return the name of the terminal device connected to 'fd'.";
    "ctermid()" => static calls ctermid(), "Return the name of the controlling terminal for this process.";
    "tcgetpgrp(fd, /)" => static calls tcgetpgrp(fd), "Return the process group associated with the terminal specified by fd.";
    "tcsetpgrp(fd, pgid, /)" => static calls tcsetpgrp(fd, group), "Set the process group associated with the terminal specified by fd.";
    "openpty()" => static calls openpty(), "Open a pseudo-terminal.";
    "ptsname(fd, /)" => static calls ptsname(fd), "Return the name of the slave pseudo-terminal device.";
    "login_tty(fd, /)" => static calls login_tty(fd), "Prepare the tty of which fd is a file descriptor for a new login session.";
    "major(device, /)" => static calls major(device), "Extracts a device major number from a raw device number.";
    "minor(device, /)" => static calls minor(device), "Extracts a device minor number from a raw device number.";
    "makedev(major, minor, /)" => static calls makedev(major, minor), "Composes a raw device number from the major and minor device numbers.";
    "sched_getaffinity(pid, /)" => static calls sched_getaffinity(pid), "Return the affinity of the process identified by pid (or the current process if zero).";
    "sched_setaffinity(pid, mask, /)" => static calls sched_setaffinity(pid, mask), "Set the CPU affinity of the process identified by pid to mask.";
    "sched_get_priority_max(policy)" => static calls sched_get_priority_max(policy), "Get the maximum scheduling priority for policy.";
    "sched_get_priority_min(policy)" => static calls sched_get_priority_min(policy), "Get the minimum scheduling priority for policy.";
    "sched_getscheduler(pid, /)" => static calls sched_getscheduler(pid), "Get the scheduling policy for the process identified by pid.";
    "pidfd_open(pid, flags=0)" => static calls pidfd_open(pid, flags), "Return a file descriptor referring to the process *pid*.";
    "readinto(fd, buffer, /)" => static calls readinto(fd, buffer), "Read into a buffer object from a file descriptor.";
    "writev(fd, buffers, /)" => static calls writev(fd, buffers), "Iterate over buffers, and write the contents of each to a file descriptor.";
    "sendfile(out_fd, in_fd, offset, count)" => static calls sendfile(to, from, offset, count), "Copy count bytes from file descriptor in_fd to file descriptor out_fd.";
    "copy_file_range(src, dst, count, offset_src=None, offset_dst=None)" => static calls copy_file_range(from, to, count, from_at, to_at), "Copy count bytes from one file descriptor to another.";
    "posix_fadvise(fd, offset, length, advice, /)" => static calls posix_fadvise(fd, offset, length, advice), "Announce an intention to access data in a specific pattern.";
    "getxattr(path, attribute, *, follow_symlinks=True)" => static calls getxattr(path, name, follow), "Return the value of extended attribute attribute on path.";
    "setxattr(path, attribute, value, flags=0, *, follow_symlinks=True)" => static calls setxattr(path, name, value, flags, follow), "Set extended attribute attribute on path to value.";
    "removexattr(path, attribute, *, follow_symlinks=True)" => static calls removexattr(path, name, follow), "Remove extended attribute attribute on path.";
    "listxattr(path=None, *, follow_symlinks=True)" => static calls listxattr(path, follow), "Return a list of extended attributes on path.";
    "getlogin()" => static calls getlogin(), "";
};

pub use environ::block as environment_block;
use environ::{putenv, unsetenv};
use facts::*;
use files::*;
pub use forks::{after_fork_in_child, after_fork_in_parent, before_fork};
use forks::{fork, register_at_fork};
use process::*;
use scandir::{f_listdir, f_scandir};
use stat::{fstat, lstat_path, stat_path};

/// A platform call that is made again after a signal, or the OSError.
pub(crate) fn run<T>(vm: &mut Vm, call: impl FnMut(&dyn Platform) -> OsResult<T>) -> Py<T> {
    match crate::io::retry(vm, call)? {
        Ok(t) => Ok(t),
        Err(e) => Err(vm.platform_error(e, None)),
    }
}
/// The same for a path, which the error names.
pub(crate) fn run_path<T>(
    vm: &mut Vm,
    path: &PathArg,
    call: impl FnMut(&dyn Platform) -> OsResult<T>,
) -> Py<T> {
    match crate::io::retry(vm, call)? {
        Ok(t) => Ok(t),
        Err(e) => Err(path_error(vm, path, e)),
    }
}
fn path_error(vm: &Vm, path: &PathArg, e: OsError) -> Raised {
    if path.is_none {
        return vm.platform_error(e, None);
    }
    vm.platform_error(e, Some(path.object.value(vm)))
}
pub(crate) fn path(vm: &mut Vm, given: Local, function: &str) -> Py<PathArg> {
    paths::path_argument(vm, given, function, "path", false, false)
}
pub(crate) fn path_or_fd(vm: &mut Vm, given: Local, function: &str) -> Py<PathArg> {
    paths::path_argument(vm, given, function, "path", true, false)
}
/// `dir_fd`: None is the current directory.
pub(crate) fn dir(vm: &mut Vm, dir_fd: Option<Local>) -> Py<i32> {
    match dir_fd.filter(|d| !d.value(vm).is_none()) {
        None => Ok(AT_CWD),
        Some(d) => {
            if !vm.is_int(d.value(vm))
                && vm
                    .special_of(d.value(vm), mesapy_vm::Dunder::Index)
                    .is_none()
            {
                return Err(vm.type_error(format!(
                    "argument should be integer or None, not {}",
                    vm.type_name_for_error(d.value(vm))
                )));
            }
            let n = vm.index(d)?;
            c_int(vm, n)
        }
    }
}
pub(crate) fn c_int(vm: &Vm, n: i64) -> Py<i32> {
    i32::try_from(n).map_err(|_| {
        vm.overflow_error(if n > 0 {
            "signed integer is greater than maximum"
        } else {
            "signed integer is less than minimum"
        })
    })
}
/// A descriptor argument: an int, or an object with `fileno`.
pub(crate) fn descriptor(vm: &mut Vm, fd: Local) -> Py<i32> {
    if vm.is_int(fd.value(vm)) {
        crate::paths::warn_of_bool(vm, fd)?;
        let n = vm.index(fd)?;
        return c_int(vm, n);
    }
    match vm.lookup_attr_str(fd, "fileno")? {
        Some(f) => {
            let f = f.keep(vm);
            let n = vm.call(f, &[])?.keep(vm);
            if !vm.is_int(n.value(vm)) {
                return Err(vm.type_error("fileno() returned a non-integer"));
            }
            let n = vm.index(n)?;
            c_int(vm, n)
        }
        None => Err(vm.type_error("argument must be an int, or have a fileno() method.")),
    }
}
pub(crate) fn id_argument(vm: &Vm, n: i64, name: &str) -> Py<u32> {
    if n == -1 {
        return Ok(u32::MAX);
    }
    u32::try_from(n).map_err(|_| {
        vm.overflow_error(if n < 0 {
            format!("{name} is less than minimum")
        } else {
            format!("{name} is greater than maximum")
        })
    })
}
fn fspath(vm: &mut Vm, given: Local) -> Py<Ret> {
    paths::fspath(vm, given)
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for seq in [
        &stat::STAT_RESULT,
        &process::TERMINAL_SIZE,
        &process::TIMES_RESULT,
        &process::UNAME_RESULT,
        &facts::STATVFS_RESULT,
        &facts::WAITID_RESULT,
    ] {
        structseq::register(vm, seq)?;
        let vm: &Vm = vm;
        dict.get(vm).set_str(
            vm,
            vm.intern(seq.def.short_name().as_bytes()),
            vm.type_object(&seq.def).value(),
        )?;
    }
    let environment = environ::initial(vm)?;
    let have = [
        "HAVE_FACCESSAT",
        "HAVE_FCHDIR",
        "HAVE_FCHMOD",
        "HAVE_FCHMODAT",
        "HAVE_FCHOWN",
        "HAVE_FCHOWNAT",
        "HAVE_FDOPENDIR",
        "HAVE_FSTATAT",
        "HAVE_FTRUNCATE",
        "HAVE_FPATHCONF",
        "HAVE_FSTATVFS",
        "HAVE_FUTIMENS",
        "HAVE_MKFIFOAT",
        "HAVE_MKNODAT",
        "HAVE_LINKAT",
        "HAVE_LCHOWN",
        "HAVE_LSTAT",
        "HAVE_MKDIRAT",
        "HAVE_OPENAT",
        "HAVE_READLINKAT",
        "HAVE_RENAMEAT",
        "HAVE_SYMLINKAT",
        "HAVE_UNLINKAT",
        "HAVE_UTIMENSAT",
    ];
    let vm: &Vm = vm;
    let d = dict.get(vm);
    for (name, value) in consts::POSIX {
        d.set_str(vm, vm.intern(name.as_bytes()), vm.int(*value))?;
    }
    d.set_str(vm, vm.intern(b"environ"), environment.value(vm))?;
    d.set_str(
        vm,
        vm.intern(b"error"),
        vm.type_object(&exc::OS_ERROR).value(),
    )?;
    let list = vm.new_list(&[])?;
    for name in have {
        list.push(vm, vm.intern(name.as_bytes()).value())?;
    }
    d.set_str(vm, vm.intern(b"_have_functions"), list.value())?;
    for (name, table) in [
        ("sysconf_names", consts::SYSCONF),
        ("pathconf_names", consts::PATHCONF),
    ] {
        let names = vm.new_dict();
        for (name, value) in table {
            names.set_str(vm, vm.intern(name.as_bytes()), vm.int(*value))?;
        }
        d.set_str(vm, vm.intern(name.as_bytes()), names.value())?;
    }
    Ok(())
}

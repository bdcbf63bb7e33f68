//! Children: what they get, what they answer, and how a failed start is told.

use mesapy_platform::*;

const OS: OsPlatform = OsPlatform;

/// Runs a program with its output in a pipe. Answers output, error report, exit code.
fn run(
    change: impl FnOnce(&mut Spawn),
    hook: Option<&mut dyn FnMut() -> bool>,
) -> (String, String, Option<i32>) {
    let (out_reader, out_writer) = OS.pipe2(0).unwrap();
    let (error_reader, error_writer) = OS.pipe2(0).unwrap();
    let mut spawn = Spawn {
        arguments: ["sh", "-c", "exit 0"].map(Vec::from).to_vec(),
        executables: ["/nowhere/sh", "/bin/sh"].map(Vec::from).to_vec(),
        environment: vec![b"PATH=/usr/bin:/bin".to_vec()],
        stdout: out_writer,
        stdout_parent: out_reader,
        error_pipe: error_writer,
        error_pipe_parent: error_reader,
        keep_fds: vec![error_writer],
        ..Spawn::default()
    };
    change(&mut spawn);
    let pid = OS.fork_exec(&spawn, hook).unwrap();
    OS.close(out_writer).unwrap();
    OS.close(error_writer).unwrap();
    let (report, output) = (read_all(error_reader), read_all(out_reader));
    (output, report, OS.wait4(pid, 0).unwrap().exit_code())
}

fn read_all(fd: Fd) -> String {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while let n @ 1.. = OS.read(fd, &mut buffer).unwrap() {
        text.extend_from_slice(&buffer[..n]);
    }
    OS.close(fd).unwrap();
    String::from_utf8(text).unwrap()
}

fn shell(command: &str) -> Vec<Vec<u8>> {
    ["sh", "-c", command].map(Vec::from).to_vec()
}

#[test]
fn a_child_gets_arguments_environment_and_directory() {
    let result = run(
        |s| {
            s.arguments = shell("echo $A:$(pwd):$(umask); exit 7");
            s.environment.push(b"A=b c".to_vec());
            s.cwd = Some(b"/".to_vec());
            s.umask = Some(0o027);
        },
        None,
    );
    assert_eq!(result, ("b c:/:0027\n".to_string(), String::new(), Some(7)));
}

#[test]
fn failures_travel_through_the_error_pipe() {
    let (_, report, code) = run(|s| s.executables = vec![b"/nowhere/program".to_vec()], None);
    assert_eq!((report.as_str(), code), ("OSError:2:", Some(255)));
    let (_, report, _) = run(|s| s.cwd = Some(b"/nowhere".to_vec()), None);
    assert_eq!(report, "OSError:2:noexec:chdir");
    let candidates = [&b"/etc/passwd"[..], b"/nowhere/x"]
        .map(<[u8]>::to_vec)
        .to_vec();
    let (_, report, _) = run(|s| s.executables = candidates, None);
    assert_eq!(
        report, "OSError:D:",
        "permission denied tells more than not found"
    );
    let (_, report, _) = run(|_| (), Some(&mut || false));
    assert_eq!(
        report,
        "SubprocessError:0:Exception occurred in preexec_fn."
    );
    let nul = Spawn {
        executables: vec![b"/bin\0/sh".to_vec()],
        ..Spawn::default()
    };
    assert_eq!(OS.fork_exec(&nul, None), Err(OsError::new(libc::EINVAL)));
}

#[test]
fn only_kept_descriptors_reach_the_child() {
    let (reader, writer) = OS.pipe2(0).unwrap();
    let kept = OS.dup2(writer, 200, false).unwrap();
    let closed = OS.dup2(writer, 201, true).unwrap();
    let (output, report, code) = run(
        |s| {
            s.arguments = shell("ls /proc/self/fd | tr '\\n' ' '; echo hi >/proc/self/fd/200");
            s.keep_fds.push(kept);
        },
        None,
    );
    assert_eq!((report.as_str(), code), ("", Some(0)));
    let listed: Vec<&str> = output.split_whitespace().collect();
    assert!(
        listed.contains(&"200") && !listed.contains(&"201"),
        "{output}"
    );
    for fd in [writer, kept, closed] {
        OS.close(fd).unwrap();
    }
    assert_eq!(read_all(reader), "hi\n");
}

#[test]
fn waiting_sees_signals_and_usage() {
    let (_, _, code) = run(|s| s.arguments = shell("kill -TERM $$"), None);
    assert_eq!(code, Some(-libc::SIGTERM));
    let pid = OS.fork().unwrap();
    if pid == 0 {
        let _ = OS.exit_now(3);
    }
    let change = OS
        .waitid(libc::P_PID, pid as u32, libc::WEXITED | libc::WNOWAIT)
        .unwrap()
        .unwrap();
    assert_eq!(
        (change.pid, change.code, change.status, change.signal),
        (pid, libc::CLD_EXITED, 3, libc::SIGCHLD)
    );
    let waited = OS.wait4(pid, 0).unwrap();
    assert_eq!((waited.pid, waited.exit_code()), (pid, Some(3)));
    assert_eq!(OS.wait4(pid, 0), Err(OsError::new(libc::ECHILD)));
    assert_eq!(OS.kill(i32::MAX, 0), Err(OsError::new(libc::ESRCH)));
    assert!(OS.getrusage(libc::RUSAGE_SELF).unwrap().max_rss > 0);
}

#[test]
fn facts_are_plausible() {
    assert_eq!(OS.getpid().unwrap(), std::process::id() as i32);
    assert_eq!(OS.getresuid().unwrap().0, OS.getuid().unwrap());
    assert_eq!(
        OS.users()
            .unwrap()
            .iter()
            .find(|u| u.uid == 0)
            .unwrap()
            .name,
        b"root"
    );
    assert!(!OS.sched_getaffinity(0).unwrap().is_empty());
    assert!(OS.cpu_count().unwrap() > 0);
    assert_eq!(OS.uname().unwrap().system, b"Linux");
    assert_eq!(
        OS.sysconf(libc::_SC_PAGESIZE).unwrap() as usize,
        OS.page_size().unwrap()
    );
    assert_eq!(OS.sysconf(-7), Err(OsError::new(libc::EINVAL)));
    let limit = OS.prlimit(0, libc::RLIMIT_NOFILE, None).unwrap();
    assert!(limit.soft <= limit.hard);
    let mut random = [[0; 300]; 2];
    random.iter_mut().for_each(|r| OS.urandom(r).unwrap());
    assert_ne!(random[0], random[1]);
}

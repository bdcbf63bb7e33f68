//! From a parsed command line to a running program, and its exit status.

use crate::options::{Config, DumpStage, Program};
use mesapy_embed::{program, prompt, startup};
use mesapy_platform::{OsPlatform, OsResult, Platform};
use mesapy_vm::hooks;
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::sys::{Flags, SysConfig};
use mesapy_vm::{Py, Vm};

/// Runs what the command line asks for, on a thread with a large stack.
pub fn run(platform: &dyn Platform, config: &Config) -> OsResult<u8> {
    mesapy_vm::guard::install_panic_hook();
    // The process ends with the interpreter: nothing is taken down that goes with it.
    let status = mesapy_embed::on_big_stack(|| -> std::convert::Infallible {
        warm_allocator();
        std::process::exit(run_here(config) & 0xff)
    });
    match status {
        Ok(never) => match never {},
        Err(error) => {
            crate::say(platform, 2, &format!("mesapy: {error}\n"))?;
            Ok(1)
        }
    }
}

/// The system's allocator grows what a thread other than the first has by a page at a time, each a system call. What it was given once it keeps.
fn warm_allocator() {
    const BLOCKS: usize = 12;
    const BLOCK_BYTES: usize = 100 << 10;
    let blocks: [Vec<u8>; BLOCKS] = std::array::from_fn(|_| Vec::with_capacity(BLOCK_BYTES));
    std::hint::black_box(&blocks);
}

fn sys_config(config: &Config) -> SysConfig {
    let f = &config.flags;
    let platform = OsPlatform;
    let executable = platform
        .readlink(mesapy_platform::AT_CWD, b"/proc/self/exe")
        .unwrap_or_default();
    // `PREFIX/bin/mesapy` is installed; a program elsewhere (a build folder) has its own folder as prefix.
    let folder = executable
        .iter()
        .rposition(|b| *b == b'/')
        .map_or(Vec::new(), |i| executable[..i].to_vec());
    let prefix = match &config.home {
        Some(home) => home.clone(),
        None => folder
            .strip_suffix(b"/bin")
            .map_or(folder.clone(), <[u8]>::to_vec),
    };
    let mut stdlib_dir = prefix.clone();
    stdlib_dir.extend_from_slice(b"/lib/python3.14");
    let io_encoding = config.io_encoding.as_ref().map(|e| {
        let text = String::from_utf8_lossy(e).into_owned();
        match text.split_once(':') {
            Some((enc, err)) => (
                if enc.is_empty() {
                    "utf-8".to_string()
                } else {
                    enc.to_string()
                },
                Some(err.to_string()).filter(|e| !e.is_empty()),
            ),
            None => (text, None),
        }
    });
    let mut path: Vec<Vec<u8>> = Vec::new();
    if let Some(extra) = &config.python_path {
        path.extend(extra.split(|b| *b == b':').map(<[u8]>::to_vec));
    }
    path.push(stdlib_dir.clone());
    SysConfig {
        argv: config.argv.clone(),
        orig_argv: config.orig_argv.clone(),
        path,
        executable,
        prefix,
        stdlib_dir,
        warn_options: config.warn_options.clone(),
        x_options: config.x_options.clone(),
        pycache_prefix: config.pycache_prefix.clone(),
        flags: Flags {
            debug: f.debug,
            inspect: f.inspect,
            interactive: f.interactive,
            optimize: f.optimize,
            dont_write_bytecode: f.dont_write_bytecode,
            no_user_site: f.no_user_site,
            no_site: f.no_site,
            ignore_environment: f.ignore_environment,
            verbose: f.verbose,
            bytes_warning: f.bytes_warning,
            quiet: f.quiet,
            hash_randomization: f.hash_randomization,
            isolated: f.isolated,
            dev_mode: f.dev_mode,
            utf8_mode: f.utf8_mode,
            warn_default_encoding: f.warn_default_encoding,
            safe_path: f.safe_path,
            int_max_str_digits: f.int_max_str_digits,
        },
        import_time: config.import_time,
        no_debug_ranges: config.no_debug_ranges,
        cpu_count: config.cpu_count,
        unbuffered: config.unbuffered,
        install_signal_handlers: true,
        io_encoding,
    }
}

fn vm_config(config: &Config) -> mesapy_vm::Config {
    let mut c = mesapy_vm::Config {
        optimize: config.flags.optimize.min(2) as u8,
        jit: config.jit,
        ..Default::default()
    };
    c.heap.limit_bytes = config
        .max_memory_bytes
        .map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    c.heap.stress = config
        .x_options
        .iter()
        .any(|(name, _)| name == b"gc-stress");
    c.heap.hash_key = match config.hash_seed {
        Some(0) => (0, 0),
        // As far as programs can tell: a seed gives the same hashes in each run.
        Some(seed) => (
            u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            u64::from(seed) ^ 0x5851_F42D_4C95_7F2D,
        ),
        None => {
            let mut key = [0u8; 16];
            if OsPlatform.getrandom(&mut key, 0).is_err() {
                return c;
            }
            let half = |i: usize| {
                u64::from_le_bytes([
                    key[i],
                    key[i + 1],
                    key[i + 2],
                    key[i + 3],
                    key[i + 4],
                    key[i + 5],
                    key[i + 6],
                    key[i + 7],
                ])
            };
            (half(0), half(8))
        }
    };
    c
}

fn run_here(config: &Config) -> i32 {
    let mut interpreter =
        match mesapy_embed::Interpreter::new(vm_config(config), sys_config(config)) {
            Ok(i) => i,
            Err(text) => {
                let _ = crate::say(
                    &OsPlatform,
                    2,
                    &format!("Fatal Python error: the interpreter could not start: {text}\n"),
                );
                return 1;
            }
        };
    let vm = interpreter.vm();
    let mut status = vm.scope(|vm| guarded(vm, |vm| run_program(vm, config)));
    if status != INTERNAL_ERROR_STATUS {
        if let Some(after) = vm.scope(|vm| inspect(vm, config)) {
            status = after;
        }
    }
    let interrupted = std::mem::take(&mut vm.state::<Interrupted>().0);
    let closing = guarded(vm, startup::finish);
    if interrupted {
        die_of_interrupt();
    }
    if status == 0 || closing == INTERNAL_ERROR_STATUS {
        closing
    } else {
        status
    }
}

/// EX_SOFTWARE of sysexits.h: a bug of ours, so neither success nor the program's failure.
const INTERNAL_ERROR_STATUS: i32 = 70;

/// Whether KeyboardInterrupt ended the program.
#[derive(Default)]
struct Interrupted(bool);

/// Ends the process by SIGINT, so that who waits for it knows: shells stop their scripts then.
fn die_of_interrupt() {
    const SIGINT: i32 = 2;
    let default = mesapy_platform::Disposition::Default;
    if OsPlatform.set_disposition(SIGINT, default).is_ok() {
        let _ = OsPlatform.kill(std::process::id() as i32, SIGINT);
    }
}

/// Runs something to its end: an uncaught exception is reported, and gives the exit status.
fn guarded(vm: &mut Vm, f: impl FnOnce(&mut Vm) -> Py<i32>) -> i32 {
    let told = vm.protected(f).and_then(|result| match result {
        Ok(status) => Ok(Ok(status)),
        Err(raised) if vm.raised_is(&raised, &exc::KEYBOARD_INTERRUPT) => {
            vm.state::<Interrupted>().0 = true;
            vm.protected(|vm| Ok(hooks::report_uncaught(vm, raised)))
        }
        Err(raised) => vm.protected(|vm| Ok(hooks::report_uncaught(vm, raised))),
    });
    match told {
        Ok(Ok(status)) => status,
        Ok(Err(_)) => {
            let _ = crate::say(&OsPlatform, 2, "MemoryError\n");
            1
        }
        Err(bug) => {
            let _ = crate::say(
                &OsPlatform,
                2,
                &format!(
                    "mesapy: {bug}\nPlease report it, with the program that led to it if you can share it.\n"
                ),
            );
            INTERNAL_ERROR_STATUS
        }
    }
}

fn run_program(vm: &mut Vm, config: &Config) -> Py<i32> {
    let safe_path = config.flags.safe_path;
    if let Some(dump) = &config.dump {
        let stage = match dump.stage {
            DumpStage::Tokens => "tokens",
            DumpStage::Ast => "ast",
            DumpStage::Bytecode => "bytecode",
        };
        let (kind, name): (&str, &[u8]) = match &config.program {
            Program::Command(text) => ("command", text),
            Program::Module(name) => ("module", name),
            Program::File(path) => ("file", path),
            Program::Stdin => ("stdin", b""),
        };
        let function = dump.function.as_deref().unwrap_or_default();
        program::dump(vm, stage, function, kind, name)?;
        return Ok(0);
    }
    match &config.program {
        Program::Command(text) => {
            program::prepend_path(vm, b"", safe_path)?;
            program::run_command(vm, text)?;
        }
        Program::Module(name) => {
            let here = OsPlatform.getcwd().unwrap_or_default();
            program::prepend_path(vm, &here, safe_path)?;
            program::run_module(vm, &String::from_utf8_lossy(name), true)?;
        }
        Program::File(path) => return program::run_file(vm, path, safe_path),
        Program::Stdin => {
            program::prepend_path(vm, b"", safe_path)?;
            if is_interactive(config) {
                greet(config);
                prompt::prepare(vm, config.startup.as_deref())?;
                return prompt::interact(vm);
            }
            program::run_stdin(vm)?;
        }
    }
    Ok(0)
}

/// Whether there is somebody to talk to: standard input is a terminal, or `-i` says so.
fn is_interactive(config: &Config) -> bool {
    config.flags.interactive || OsPlatform.isatty(0).unwrap_or(false)
}

/// What a prompt on standard input opens with.
fn greet(config: &Config) {
    if config.flags.quiet {
        return;
    }
    let mut text = format!(
        "Python {} on linux\n",
        mesapy_vm::sys::version_text().replace('\n', " ")
    );
    if !config.flags.no_site {
        text.push_str(
            "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n",
        );
    }
    let _ = crate::say(&OsPlatform, 2, &text);
}

/// `-i` and PYTHONINSPECT: a prompt after the program. Its status takes the place of the program's.
fn inspect(vm: &mut Vm, config: &Config) -> Option<i32> {
    if config.program == Program::Stdin || !is_interactive(config) {
        return None;
    }
    if !vm.sys_config.flags.inspect && !set_by_program(vm) {
        return None;
    }
    vm.sys_config.flags.inspect = false;
    Some(guarded(vm, |vm| {
        prompt::prepare(vm, None)?;
        prompt::interact(vm)
    }))
}
/// Programs may set PYTHONINSPECT while they run.
fn set_by_program(vm: &mut Vm) -> bool {
    if vm.sys_config.flags.ignore_environment {
        return false;
    }
    let found = vm.scope(|vm| -> Py<bool> {
        let os = mesapy_vm::import::import_module(vm, "os")?;
        let environ = vm.get_attr_str(os, "environ")?.keep(vm);
        let name = vm.local(vm.intern(b"PYTHONINSPECT").value());
        let value = vm.call_method(environ, "get", &[name])?.keep(vm);
        vm.truth(value)
    });
    found.unwrap_or_else(|raised| {
        vm.take_exception(raised);
        false
    })
}

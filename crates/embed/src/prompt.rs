//! The plain interactive prompt: reads statements from descriptor 0, runs each in `__main__`, and shows what goes wrong. CPython:
//! Python/pythonrun.c, PyRun_InteractiveLoop.
//!
//! Lines come from the descriptor and not from `sys.stdin`, which programs may replace; prompts go to descriptor 2. Editing is the terminal's own.

use mesapy_heap::Value;
use mesapy_vm::builtins::execution::decode_source;
use mesapy_vm::builtins::prompt::{Typed, judge};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::{Local, Py, Raised, Vm, hooks, k};

/// Bytes read from the descriptor and not yet used.
#[derive(Default)]
struct Input {
    buffer: Vec<u8>,
    at_end: bool,
}
const CHUNK_BYTES: usize = 8192;

impl Input {
    /// The next line with its end; the last one may lack it. Empty at the end of input.
    fn line(&mut self, vm: &mut Vm) -> Py<Vec<u8>> {
        loop {
            if let Some(i) = self.buffer.iter().position(|b| *b == b'\n') {
                return Ok(self.buffer.drain(..=i).collect());
            }
            if self.at_end {
                return Ok(std::mem::take(&mut self.buffer));
            }
            let mut chunk = vec![0; CHUNK_BYTES];
            match vm.platform().read(0, &mut chunk) {
                // A terminal can be read again after its end; each prompt asks anew.
                Ok(0) => return Ok(std::mem::take(&mut self.buffer)),
                Ok(n) => self
                    .buffer
                    .extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(e) if e.interrupted() => vm.poll()?,
                Err(_) => self.at_end = true,
            }
        }
    }
}

/// Shows the prompt until the input ends or the program exits: the exit status.
pub fn interact(vm: &mut Vm) -> Py<i32> {
    vm.sys_config.flags.inspect = false;
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if sys_attr(vm, name).is_none() {
            let vm: &Vm = vm;
            crate::startup::set_sys(vm, name, vm.new_str(text.as_bytes())?.value())?;
        }
    }
    let mut session = Session::default();
    loop {
        let step = vm.scope(|vm| match session.step(vm) {
            Ok(more) => Ok(more.then_some(None)),
            Err(raised) => {
                session.text.clear();
                let e = vm.take_exception_local(raised);
                if let Some(status) = hooks::handle_system_exit(vm, e) {
                    return Ok(Some(Some(status)));
                }
                if let Some(status) = hooks::excepthook(vm, e) {
                    return Ok(Some(Some(status)));
                }
                flush(vm);
                Ok::<_, Raised>(Some(None))
            }
        })?;
        match step {
            None => return Ok(0),
            Some(Some(status)) => return Ok(status),
            Some(None) => {}
        }
    }
}

#[derive(Default)]
struct Session {
    input: Input,
    /// Lines of the statement so far.
    text: Vec<u8>,
    /// Statements run so far: each has a file name of its own, by which linecache knows its lines.
    count: u64,
    /// `from __future__ import` features switched on so far.
    future: u32,
}

impl Session {
    /// Reads and runs one statement; false at the end of input.
    fn step(&mut self, vm: &mut Vm) -> Py<bool> {
        self.text.clear();
        let name: Local<k::Str> = {
            let vm: &Vm = vm;
            vm.local_of(vm.new_str(b"<stdin>")?.value())
        };
        loop {
            let prompt = if self.text.is_empty() { "ps1" } else { "ps2" };
            show_prompt(vm, prompt);
            let line = match self.input.line(vm) {
                Ok(line) => line,
                Err(raised) => {
                    let _ = vm.platform().write(2, b"\n");
                    return Err(raised);
                }
            };
            let ended = line.is_empty();
            self.text.extend_from_slice(&line);
            if !ended && !line.ends_with(b"\n") {
                self.text.push(b'\n');
            }
            if ended {
                let _ = vm.platform().write(2, b"\n");
                if self.text.is_empty() {
                    return Ok(false);
                }
            }
            let text = decode_source(vm, &self.text, name)?;
            match judge(&text) {
                Typed::Nothing => self.text.clear(),
                Typed::Part if !ended => continue,
                _ => {
                    self.run(vm, &text, name)?;
                    return Ok(true);
                }
            }
            return Ok(true);
        }
    }
    fn run(&mut self, vm: &mut Vm, text: &str, name: Local<k::Str>) -> Py<()> {
        let code = vm.compile_typed(text, name, self.future)?.keep(vm);
        self.future |= vm.future_features(code);
        let own_name: Local<k::Str> = {
            let vm: &Vm = vm;
            let own = format!("<stdin-{}>", self.count);
            vm.local_of(vm.new_str(own.as_bytes())?.value())
        };
        self.count += 1;
        vm.set_code_filename(code, own_name)?;
        remember_lines(vm, code, text, name.any());
        let globals = crate::main_dict(vm)?.any();
        let none = vm.local(Value::NONE);
        let result = vm.run_code(code, globals, globals, none).map(|r| {
            r.keep(vm);
        });
        if result.is_ok() {
            flush(vm);
        }
        result
    }
}

/// Lets `linecache` know the source of code that is in no file. Nothing depends on it but the lines that tracebacks show.
pub(crate) fn remember_lines(vm: &mut Vm, code: Local, text: &str, shown: Local) {
    let done = vm.scope(|vm| -> Py<()> {
        let linecache = mesapy_vm::import::import_module(vm, "linecache")?;
        let source = vm.local(vm.new_str(text.as_bytes())?.value());
        vm.call_method(linecache, "_register_code", &[code, source, shown])?
            .keep(vm);
        Ok(())
    });
    if let Err(raised) = done {
        vm.take_exception(raised);
    }
}

fn sys_attr(vm: &Vm, name: &str) -> Option<Local> {
    vm.roots
        .sys_dict(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(name.as_bytes())))
        .map(|v| vm.local(v))
}
/// Writes `str(sys.ps1)`, or nothing where there is none or it fails.
fn show_prompt(vm: &mut Vm, name: &str) {
    flush(vm);
    vm.scope(|vm| {
        let Some(prompt) = sys_attr(vm, name) else {
            return;
        };
        match vm.str(prompt) {
            Ok(text) => {
                let word = text.get(vm).word();
                let text = vm.text_of(word.value(vm));
                let _ = vm.platform().write(2, text.as_bytes());
            }
            Err(raised) => {
                vm.take_exception(raised);
            }
        }
    });
}
/// Flushes what statements have written; a stream that can't be flushed is the program's affair.
fn flush(vm: &mut Vm) {
    for name in ["stderr", "stdout"] {
        vm.scope(|vm| {
            let Some(stream) = sys_attr(vm, name).filter(|s| !s.value(vm).is_none()) else {
                return;
            };
            if let Err(raised) = vm.call_method(stream, "flush", &[]) {
                vm.take_exception(raised);
            }
        });
    }
}

/// What a prompt on standard input is preceded by: the file of PYTHONSTARTUP and `sys.__interactivehook__`.
pub fn prepare(vm: &mut Vm, startup: Option<&[u8]>) -> Py<()> {
    if let Some(path) = startup {
        run_startup(vm, path);
    }
    if vm.sys_config.flags.isolated {
        return Ok(());
    }
    vm.scope(|vm| {
        let Some(hook) = sys_attr(vm, "__interactivehook__") else {
            return;
        };
        if let Err(raised) = vm.call(hook, &[]) {
            let _ = vm
                .platform()
                .write(2, b"Failed calling sys.__interactivehook__\n");
            tell(vm, raised);
        }
    });
    Ok(())
}
fn tell(vm: &mut Vm, raised: Raised) {
    let e = vm.take_exception_local(raised);
    let _ = hooks::excepthook(vm, e);
}
fn run_startup(vm: &mut Vm, path: &[u8]) {
    let shown = String::from_utf8_lossy(path).into_owned();
    let done = vm.scope(|vm| match crate::program::read_file(vm, path) {
        Ok(source) => crate::run_main(vm, &source, &shown),
        Err(error) => {
            let _ = vm.platform().write(2, b"Could not open PYTHONSTARTUP\n");
            let name = mesapy_vm::sys::fs_str(vm, path)?.word();
            let name = vm.local(name.value(vm));
            Err(vm.platform_error(error, Some(name.value(vm))))
        }
    });
    if let Err(raised) = done {
        // Leaving by SystemExit here ends nothing: the prompt follows.
        if vm.raised_is(&raised, &exc::SYSTEM_EXIT) {
            vm.take_exception(raised);
        } else {
            tell(vm, raised);
        }
    }
}

//! The public Rust interface: make an interpreter, run programs in it, exchange values.
//!
//! ```
//! use mesapy_embed::{Interpreter, Object, on_big_stack};
//!
//! on_big_stack(|| {
//!     let mut python = Interpreter::new(Default::default(), Default::default()).unwrap();
//!     python.set_global("limit", 10).unwrap();
//!     python.exec("def squares(n):\n    return [i * i for i in range(min(n, limit))]").unwrap();
//!     assert_eq!(python.call("squares", &[Object::Int(3)]).unwrap(), Object::List(vec![0.into(), 1.into(), 4.into()]));
//!     // An exception comes back as a value.
//!     let error = python.exec("squares('x')").unwrap_err();
//!     assert_eq!(error.class, "TypeError");
//!     let (output, result) = python.capture("print('limit is', limit)");
//!     assert_eq!((output.as_str(), result), ("limit is 10\n", Ok(())));
//!     // The library comes along.
//!     python.exec("import json; text = json.dumps(squares(3))").unwrap();
//!     // Two interpreters know nothing of each other. This one may use 64 MiB.
//!     let mut config = mesapy_embed::Config::default();
//!     config.heap.limit_bytes = Some(64 << 20);
//!     let mut small = Interpreter::new(config, Default::default()).unwrap();
//!     assert_eq!(small.global("limit").unwrap(), None);
//!     assert_eq!(small.exec("x = [0] * 100_000_000").unwrap_err().class, "MemoryError");
//!     // Nor does a program run for ever.
//!     let limit = std::time::Duration::from_millis(50);
//!     assert_eq!(small.exec_within("while True: pass", limit).unwrap_err().class, "KeyboardInterrupt");
//! })
//! .unwrap();
//! ```
#![forbid(unsafe_code)]

mod exchange;
mod library;
pub mod program;
pub mod prompt;
pub mod startup;

pub use exchange::{Exception, Object};
pub use mesapy_vm::Config;
pub use mesapy_vm::hooks::Interrupter;

use mesapy_heap::Value;
use mesapy_platform::{OsPlatform, Platform};
use mesapy_vm::builtins::execution::{Request, decode_source};
use mesapy_vm::{Local, Py, Vm, k};

/// Native stack for the thread that an interpreter runs on, in bytes: enough for what CPython's stack allows, such as comparing lists that are nested 100,000 deep.
pub const STACK_BYTES: usize = 128 << 20;
/// Less native stack than this is not tried.
const STACK_BYTES_MIN: usize = 4 << 20;

/// Runs `f` on a thread with the native stack that an interpreter wants.
pub fn on_big_stack<R: Send>(f: impl FnOnce() -> R + Send) -> std::io::Result<R> {
    // Signals go to the interpreter's thread, so that they end its waiting; this one only waits.
    let platform = OsPlatform;
    let mask = platform.pthread_sigmask(SIG_SETMASK, u64::MAX);
    let f = std::sync::Mutex::new(Some(f));
    let run = || {
        if let Ok(mask) = mask {
            let _ = platform.pthread_sigmask(SIG_SETMASK, mask);
        }
        let f = f.lock().ok().and_then(|mut f| f.take());
        f.map(|f| f())
    };
    let result = std::thread::scope(|scope| {
        // Where so much address space is refused, or little is allowed, a smaller stack does; the VM asks how large it is.
        let allowed = mesapy_platform::memory_limits(&platform).smallest();
        let share = allowed.map_or(STACK_BYTES, |bytes| (bytes / 8) as usize);
        let mut bytes = share.clamp(STACK_BYTES_MIN, STACK_BYTES);
        let thread = loop {
            let made = std::thread::Builder::new()
                .name("main".into())
                .stack_size(bytes)
                .spawn_scoped(scope, run);
            match made {
                Ok(thread) => break thread,
                Err(_) if bytes > STACK_BYTES_MIN => bytes /= 4,
                Err(error) => return Err(error),
            }
        };
        match thread.join() {
            Ok(Some(result)) => Ok(result),
            Ok(None) => Err(std::io::Error::other("the interpreter did not start")),
            Err(payload) => Err(std::io::Error::other(
                mesapy_vm::guard::InternalError::of(&*payload).to_string(),
            )),
        }
    });
    if let Ok(mask) = mask {
        let _ = platform.pthread_sigmask(SIG_SETMASK, mask);
    }
    result
}
/// Linux's number for replacing a signal mask.
const SIG_SETMASK: i32 = 2;

/// An interpreter.
pub struct Interpreter {
    vm: Vm,
}

impl Interpreter {
    /// A fresh interpreter with the whole library; `sys` says what the host decides of `sys.argv`, `sys.path` and the like. To be used on the thread that made it.
    pub fn new(config: Config, sys: mesapy_vm::sys::SysConfig) -> Result<Interpreter, String> {
        let mut vm = Vm::new(config)
            .map_err(|_| "there is not enough memory for an interpreter".to_string())?;
        vm.set_compiler(&mesapy_jit::CRANELIFT);
        vm.set_native_stack(mesapy_platform::stack_remaining());
        vm.sys_config = sys;
        if vm.sys_config.path.is_empty() {
            // Nothing is said of where modules are: the library's own, at a place where the host has no file, and nothing of the machine's `site`.
            let library = b"/mesapy/lib/python3.14".to_vec();
            vm.sys_config.path.push(library.clone());
            vm.sys_config.stdlib_dir = library;
            vm.sys_config.flags.no_site = true;
        }
        let mut interpreter = Interpreter { vm };
        match interpreter.vm.protected(startup::start) {
            Ok(Ok(())) => Ok(interpreter),
            Err(bug) => Err(bug.to_string()),
            Ok(Err(raised)) => {
                let vm = &mut interpreter.vm;
                let e = vm.take_exception_local(raised);
                Err(describe(vm, e))
            }
        }
    }
    /// The VM inside, for natives of the host.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }
    /// Stops the running program from another thread of the host.
    pub fn interrupter(&self) -> Interrupter {
        self.vm.interrupter()
    }
    /// Runs source in `__main__`; the error is the exception's type and text.
    pub fn run(&mut self, source: &[u8], filename: &str) -> Result<(), String> {
        let vm = &mut self.vm;
        match vm.protected(|vm| run_main(vm, source, filename)) {
            Ok(Ok(())) => Ok(()),
            Err(bug) => Err(bug.to_string()),
            Ok(Err(raised)) => {
                let e = vm.take_exception_local(raised);
                Err(describe(vm, e))
            }
        }
    }
}

/// The namespace of `__main__`, made when first asked for.
pub fn main_dict(vm: &mut Vm) -> Py<Local<k::Dict>> {
    let vm: &Vm = vm;
    let name = vm.intern(b"__main__");
    let modules = vm.roots.modules(vm).as_dict(vm);
    let module = match modules.and_then(|m| m.get_str(vm, name)) {
        Some(m) => m,
        None => {
            let made = mesapy_vm::objects::module::new_module(vm, "__main__")?;
            if let Some(m) = modules {
                m.set_str(vm, name, made.value())?;
            }
            if let (Some(d), Some(loader)) = (
                mesapy_vm::objects::module::module_dict(vm, made.value()),
                builtin_importer(vm),
            ) {
                d.set_str(vm, vm.intern(b"__loader__"), loader)?;
            }
            made.value()
        }
    };
    match mesapy_vm::objects::module::module_dict(vm, module) {
        Some(d) => {
            let builtins = modules
                .and_then(|m| m.get_str(vm, vm.intern(b"builtins")))
                .unwrap_or(Value::NONE);
            d.set_str(vm, vm.intern(b"__builtins__"), builtins)?;
            Ok(vm.local_of(d.value()))
        }
        None => Err(vm.runtime_error("__main__ is no module")),
    }
}
/// What a `__main__` that came from no file names as its loader.
fn builtin_importer(vm: &Vm) -> Option<Value<'_>> {
    let modules = vm.roots.modules(vm).as_dict(vm)?;
    let bootstrap = modules.get_str(vm, vm.intern(b"_frozen_importlib"))?;
    let dict = mesapy_vm::objects::module::module_dict(vm, bootstrap)?;
    dict.get_str(vm, vm.intern(b"BuiltinImporter"))
}
/// Runs source in `__main__`.
pub fn run_main(vm: &mut Vm, source: &[u8], filename: &str) -> Py<()> {
    let name = vm.new_str(filename.as_bytes())?.value().word();
    let name: Local<k::Str> = vm.local_of(name.value(vm));
    let text = decode_source(vm, source, name)?;
    let code = compile_main(vm, &text, name)?;
    run_code_in_main(vm, code)
}
pub(crate) fn compile_main(vm: &mut Vm, text: &str, name: Local<k::Str>) -> Py<Local> {
    let request = Request {
        optimize: vm.config.optimize,
        ..Request::EXEC
    };
    Ok(vm.compile_text(text, name, request)?.keep(vm))
}
pub(crate) fn run_code_in_main(vm: &mut Vm, code: Local) -> Py<()> {
    let globals = main_dict(vm)?.any();
    let none = vm.local(Value::NONE);
    vm.run_code(code, globals, globals, none)?.keep(vm);
    Ok(())
}
fn describe(vm: &mut Vm, e: Local) -> String {
    let class = vm.type_name_for_error(e.value(vm));
    match vm.str(e) {
        Ok(r) => {
            let word = r.get(vm).word();
            format!("{class}: {}", vm.text_of(word.value(vm)))
        }
        Err(raised) => {
            vm.take_exception(raised);
            class
        }
    }
}

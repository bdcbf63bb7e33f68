//! The public Rust interface: make an interpreter, run programs in it, exchange values.
#![forbid(unsafe_code)]

use mesapy_vm::builtins::execution::Request;
use mesapy_vm::{Config, Local, Py, Raised, Vm, k};

/// Native stack for the thread that an interpreter runs on, in bytes.
pub const STACK_BYTES: usize = 256 << 20;

/// An interpreter.
pub struct Interpreter {
    vm: Vm,
}

impl Interpreter {
    /// A fresh interpreter with the whole library.
    pub fn new(config: Config) -> Result<Interpreter, String> {
        let mut vm =
            Vm::new(config).map_err(|_| "the interpreter could not be made".to_string())?;
        vm.set_native_stack(STACK_BYTES);
        vm.add_native_modules(mesapy_stdlib::MODULES);
        Ok(Interpreter { vm })
    }
    /// The VM inside, for natives of the host.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }
    /// Runs source as a module named `__main__`.
    pub fn run(&mut self, source: &[u8], filename: &str) -> Result<(), String> {
        let vm = &mut self.vm;
        match run_main(vm, source, filename) {
            Ok(()) => Ok(()),
            Err(raised) => {
                let e = vm.take_exception_local(raised);
                Err(describe(vm, e))
            }
        }
    }
}

fn run_main(vm: &mut Vm, source: &[u8], filename: &str) -> Py<()> {
    let name = vm.new_str(filename.as_bytes())?.value().word();
    let name: Local<k::Str> = vm.local_of(name.value(vm));
    let text = mesapy_vm::builtins::execution::decode_source(vm, source, name)?;
    let code = vm.compile_text(&text, name, Request::EXEC)?.keep(vm);
    let module = mesapy_vm::objects::module::new_module(vm, "__main__")?
        .value()
        .word();
    let dict = mesapy_vm::objects::module::module_dict(vm, module.value(vm))
        .ok_or_else(|| vm.system_error("a module has a dict"))?;
    let globals = vm.local(dict.value());
    let none = vm.local(mesapy_heap::Value::NONE);
    vm.run_code(code, globals, globals, none)?.keep(vm);
    Ok(())
}
fn describe(vm: &mut Vm, e: Local) -> String {
    let class = vm.type_name_for_error(e.value(vm));
    let text = match vm.str(e) {
        Ok(r) => {
            let v = r.get(vm).word();
            vm.text_of(v.value(vm))
        }
        Err(raised) => {
            let _: &Raised = &raised;
            vm.take_exception(raised);
            String::new()
        }
    };
    format!("{class}: {text}")
}

//! The builtin types, by Python programs full of assertions: `objects/*.py`, each run in an interpreter without the library.

use mesapy_vm::builtins::execution::Request;
use mesapy_vm::{Config, Vm, k};
use std::path::Path;

fn run(path: &Path) -> Result<(), String> {
    let source = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let mut vm = Vm::new(Config::default()).map_err(|_| "no interpreter")?;
    vm.set_native_stack(6 << 20);
    let name = vm
        .new_str(path.to_string_lossy().as_bytes())
        .map_err(|_| "memory")?
        .value()
        .word();
    let name = vm.local_of::<k::Str>(name.value(&vm));
    let done = execute(&mut vm, &source, name);
    done.map_err(|raised| {
        let e = vm.take_exception_local(raised);
        mesapy_vm::hooks::print_exception(&mut vm, e);
        "see its traceback".to_string()
    })
}
fn execute(vm: &mut Vm, source: &str, name: mesapy_vm::Local<k::Str>) -> mesapy_vm::Py<()> {
    let code = vm.compile_text(source, name, Request::EXEC)?.keep(vm);
    let globals = vm.local(vm.new_dict().value());
    let main = vm.local(vm.new_str(b"__main__")?.value());
    let key = vm.local(vm.intern(b"__name__").value());
    vm.dict_set(globals, key, main)?;
    let empty = vm.local(mesapy_heap::Value::EMPTY);
    let ret = vm.run_code(code, globals, empty, empty)?;
    let _ = ret.get(vm);
    Ok(())
}

#[test]
fn programs_run() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects");
    let only = std::env::var("OBJECTS_TEST").unwrap_or_default();
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "py") && p.to_string_lossy().contains(&only))
        .collect();
    paths.sort();
    // Deep recursion in debug builds needs room.
    let failures: Vec<String> = std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(move || {
            paths
                .iter()
                .filter_map(|p| run(p).err().map(|e| format!("{}:\n{e}", p.display())))
                .collect()
        })
        .unwrap()
        .join()
        .unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

//! What a command line can name: a file, a folder or archive with a `__main__`, a module, a text, standard input.

use mesapy_platform::OsResult;
use mesapy_vm::{Local, Py, Vm, k};

/// Puts a directory in front of sys.path, unless `-P` forbids it.
pub fn prepend_path(vm: &mut Vm, directory: &[u8], safe_path: bool) -> Py<()> {
    if safe_path {
        return Ok(());
    }
    let vm: &Vm = vm;
    let path = vm
        .roots
        .sys_dict(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"path")))
        .and_then(|p| p.as_list(vm));
    if let Some(list) = path {
        list.insert(vm, 0, mesapy_vm::sys::fs_str(vm, directory)?)?;
    }
    Ok(())
}

/// `-m name`: by runpy. `alter_argv`: `sys.argv[0]` becomes the module's path.
pub fn run_module(vm: &mut Vm, name: &str, alter_argv: bool) -> Py<()> {
    crate::main_dict(vm)?;
    let runpy = mesapy_vm::import::import_module(vm, "runpy")?;
    let f = vm.get_attr_str(runpy, "_run_module_as_main")?.keep(vm);
    let [name, alter] = vm.locals([
        vm.intern(name.as_bytes()).value(),
        mesapy_heap::Value::bool(alter_argv),
    ]);
    vm.call(f, &[name, alter])?.keep(vm);
    Ok(())
}

/// `-c`: its lines are kept for tracebacks.
pub fn run_command(vm: &mut Vm, source: &[u8]) -> Py<()> {
    let name: Local<k::Str> = {
        let vm: &Vm = vm;
        vm.local_of(vm.new_str(b"<string>")?.value())
    };
    let Ok(source) = std::str::from_utf8(source) else {
        let at = String::from_utf8_lossy(source)
            .chars()
            .position(|c| c == char::REPLACEMENT_CHARACTER)
            .unwrap_or_default();
        let text = "Unable to decode the command from the command line:\n";
        let _ = vm.platform().write(2, text.as_bytes());
        return Err(vm.raise_text(
            &mesapy_vm::objects::exceptions::SYNTAX_ERROR,
            &format!("the command is no UTF-8 at character {at}"),
        ));
    };
    let text = mesapy_vm::builtins::execution::normalised_text(vm, &dedent(source), name)?;
    let code = crate::compile_main(vm, &text, name)?;
    crate::prompt::remember_lines(vm, code, &text, name.any());
    crate::run_code_in_main(vm, code)
}

/// Takes away what all lines that are not blank begin with. CPython: Objects/unicodeobject.c, _PyUnicode_Dedent
fn dedent(text: &str) -> String {
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let indent_of = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut common: Option<&str> = None;
    for line in text.split('\n').filter(|l| !blank(l)) {
        let own = line.get(..indent_of(line)).unwrap_or_default();
        let shared = match common {
            None => own.len(),
            Some(c) => own
                .bytes()
                .zip(c.bytes())
                .take_while(|(a, b)| a == b)
                .count(),
        };
        common = own.get(..shared);
    }
    let cut = common.map_or(0, str::len);
    if cut == 0 {
        return text.to_owned();
    }
    let lines: Vec<&str> = text
        .split('\n')
        .map(|l| {
            if blank(l) {
                ""
            } else {
                l.get(cut..).unwrap_or_default()
            }
        })
        .collect();
    lines.join("\n")
}

/// `-X dump`: shows a program at a stage of its compilation. `kind` says what `name` is: command, module, file or stdin.
pub fn dump(vm: &mut Vm, stage: &str, function: &[u8], kind: &str, name: &[u8]) -> Py<()> {
    let module = mesapy_vm::import::import_module(vm, "_mesapy_dump")?;
    let main = vm.get_attr_str(module, "main")?.keep(vm);
    let texts = [stage.as_bytes(), function, kind.as_bytes(), name];
    let none = mesapy_heap::Value::NONE;
    let arguments = vm.locals([none; 4]);
    for (text, argument) in texts.into_iter().zip(arguments) {
        let text = mesapy_vm::sys::fs_str(vm, text)?;
        argument.set(vm, text);
    }
    vm.call(main, &arguments)?.keep(vm);
    Ok(())
}

/// The first of `sys.path_hooks` that takes the path.
fn has_importer(vm: &mut Vm, path: &[u8]) -> Py<bool> {
    let pkgutil = mesapy_vm::import::import_module(vm, "pkgutil")?;
    let text = mesapy_vm::sys::fs_str(vm, path)?.word();
    let text = vm.local(text.value(vm));
    let importer = vm.call_method(pkgutil, "get_importer", &[text])?;
    Ok(!importer.get(vm).is_none())
}
/// The end of a zip archive's directory, which stands near the end of the file.
const ZIP_END: &[u8] = b"PK\x05\x06";
const ZIP_TAIL_BYTES: usize = 22 + 0xffff;
fn may_be_archive(source: &[u8]) -> bool {
    let tail = &source[source.len().saturating_sub(ZIP_TAIL_BYTES)..];
    tail.windows(ZIP_END.len()).any(|w| w == ZIP_END)
}

/// Runs a script; a directory or archive by its `__main__`. The exit status.
pub fn run_file(vm: &mut Vm, path: &[u8], safe_path: bool) -> Py<i32> {
    // The main module's path is absolute, so that it stays valid when the program changes its folder.
    let absolute = match vm.platform().getcwd() {
        Ok(cwd) if !path.starts_with(b"/") => {
            let separator: &[u8] = if cwd.ends_with(b"/") { b"" } else { b"/" };
            [&cwd, separator, path].concat()
        }
        _ => path.to_vec(),
    };
    let path = &absolute[..];
    let shown = String::from_utf8_lossy(path).into_owned();
    let source = match read_file(vm, path) {
        Ok(source) => source,
        Err(error) if error.errno == EISDIR => {
            prepend_path(vm, path, false)?;
            run_module(vm, "__main__", false)?;
            return Ok(0);
        }
        Err(error) => {
            let program = vm
                .sys_config
                .orig_argv
                .first()
                .map(|a| String::from_utf8_lossy(a).into_owned())
                .unwrap_or_else(|| "mesapy".into());
            let text = format!(
                "{program}: can't open file '{shown}': [Errno {}] {}\n",
                error.errno,
                mesapy_platform::errno::strerror(error.errno)
            );
            let _ = vm.platform().write(2, text.as_bytes());
            return Ok(2);
        }
    };
    if may_be_archive(&source) && has_importer(vm, path)? {
        prepend_path(vm, path, false)?;
        run_module(vm, "__main__", false)?;
        return Ok(0);
    }
    // The folder that the script is really in, behind links.
    let mut real = path.to_vec();
    for _ in 0..LINKS_MAX {
        let Ok(target) = vm.platform().readlink(mesapy_platform::AT_CWD, &real) else {
            break;
        };
        real = if target.starts_with(b"/") {
            target
        } else {
            [folder_of(&real), b"/", &target].concat()
        };
    }
    prepend_path(vm, folder_of(&real), safe_path)?;
    let dict = crate::main_dict(vm)?;
    let is_cache = path.ends_with(b".pyc") || source.starts_with(&mesapy_stdlib::cache_magic());
    let class = if is_cache {
        "SourcelessFileLoader"
    } else {
        "SourceFileLoader"
    };
    let loader = set_main_file(vm, dict, path, class)?;
    if is_cache {
        let name = vm.local(vm.intern(b"__main__").value());
        let code = vm.call_method(loader, "get_code", &[name])?.keep(vm);
        crate::run_code_in_main(vm, code)?;
    } else {
        crate::run_main(vm, &source, &shown)?;
    }
    Ok(0)
}
const EISDIR: i32 = 21;
/// Links followed to a script's folder; the file was opened, so there are fewer.
const LINKS_MAX: usize = 40;

fn folder_of(path: &[u8]) -> &[u8] {
    let end = path
        .iter()
        .rposition(|b| *b == b'/')
        .map_or(0, |i| i.max(1));
    path.get(..end).unwrap_or_default()
}
/// `__file__`, `__cached__` and `__loader__` of `__main__`; the loader.
fn set_main_file(vm: &mut Vm, dict: Local<k::Dict>, path: &[u8], class: &str) -> Py<Local> {
    let external = mesapy_vm::import::import_module(vm, "_frozen_importlib_external")?;
    let class = vm.get_attr_str(external, class)?.keep(vm);
    let [name, file] = {
        let vm: &Vm = vm;
        vm.locals([
            vm.intern(b"__main__").value(),
            mesapy_vm::sys::fs_str(vm, path)?,
        ])
    };
    let loader = vm.call(class, &[name, file])?.keep(vm);
    let vm: &Vm = vm;
    let d = dict.get(vm);
    d.set_str(vm, vm.intern(b"__file__"), file.value(vm))?;
    d.set_str(vm, vm.intern(b"__cached__"), mesapy_heap::Value::NONE)?;
    d.set_str(vm, vm.intern(b"__loader__"), loader.value(vm))?;
    Ok(loader)
}

/// The program on standard input, when that is no prompt.
pub fn run_stdin(vm: &mut Vm) -> Py<()> {
    let mut source = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match vm.platform().read(0, &mut chunk) {
            Ok(0) => break,
            Ok(n) => source.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            Err(e) if e.interrupted() => vm.poll()?,
            Err(e) => return Err(vm.platform_error(e, None)),
        }
    }
    let dict = crate::main_dict(vm)?;
    {
        let vm: &Vm = vm;
        let d = dict.get(vm);
        d.set_str(vm, vm.intern(b"__file__"), vm.new_str(b"<stdin>")?.value())?;
        d.set_str(vm, vm.intern(b"__cached__"), mesapy_heap::Value::NONE)?;
    }
    crate::run_main(vm, &source, "<stdin>")
}

/// Everything in a file.
pub(crate) fn read_file(vm: &Vm, path: &[u8]) -> OsResult<Vec<u8>> {
    let platform = vm.platform();
    let fd = platform.open(mesapy_platform::AT_CWD, path, 0, 0)?;
    let mut out = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    let result = loop {
        match platform.read(fd, &mut chunk) {
            Ok(0) => break Ok(out),
            Ok(n) => out.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            Err(e) if e.interrupted() => {}
            Err(e) => break Err(e),
        }
    };
    let _ = platform.close(fd);
    result
}

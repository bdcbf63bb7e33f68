//! Builtins that talk to whoever sits at the terminal: input, breakpoint. Both go through `sys`, where programs replace the streams and the hook.

use crate::hooks;
use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::vm::Vm;

pub static FUNCTIONS: &[Method] = crate::methods! {
    "input(prompt='', /)" => static calls input(prompt), "Read a string from standard input.  The trailing newline is stripped.\n\nThe prompt string, if given, is printed to standard output without a\ntrailing newline before reading input.\n\nIf the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.";
    "breakpoint(*args, **kws)" => static calls breakpoint(args, kws), "Call sys.breakpointhook(*args, **kws).\n\nsys.breakpointhook() must accept whatever arguments are passed.\n\nBy default, this drops you into the pdb debugger.";
};

/// An attribute of sys that is there and not None.
fn sys_attr(vm: &Vm, name: &str) -> Option<Local> {
    hooks::sys_attribute(vm, name).filter(|v| !v.value(vm).is_none())
}
/// `sys.stdin` and the like.
fn stream(vm: &Vm, name: &str) -> Py<Local> {
    sys_attr(vm, name).ok_or_else(|| vm.runtime_error(format!("input(): lost sys.{name}")))
}

fn input(vm: &mut Vm, prompt: Option<Local>) -> Py<Ret> {
    let stdin = stream(vm, "stdin")?;
    let stdout = stream(vm, "stdout")?;
    if let Some(stderr) = sys_attr(vm, "stderr") {
        if let Err(raised) = vm.call_method(stderr, "flush", &[]) {
            vm.take_exception(raised);
        }
    }
    if let Some(prompt) = prompt {
        let text = vm.str(prompt)?.keep(vm);
        let _: Ret = vm.call_method(stdout, "write", &[text])?;
    }
    let _: Ret = vm.call_method(stdout, "flush", &[])?;
    let line = vm.call_method(stdin, "readline", &[])?.keep(vm);
    let Some(text) = line.cast::<k::Str>(vm) else {
        return Err(vm.type_error("object.readline() returned non-string"));
    };
    let bytes = text.get(vm).bytes(vm).to_vec();
    if bytes.is_empty() {
        return Err(vm.raise_text(
            &crate::objects::exceptions::EOF_ERROR,
            "EOF when reading a line",
        ));
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let word = vm.new_str(bytes)?.value().word();
    Ok(vm.ret(word.value(vm)))
}

fn breakpoint(vm: &mut Vm, args: Local, kws: Local) -> Py<Ret> {
    match sys_attr(vm, "breakpointhook") {
        Some(hook) => vm.call_ex(hook, args, kws),
        None => Err(vm.runtime_error("lost sys.breakpointhook")),
    }
}

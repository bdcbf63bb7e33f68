//! `_io`: streams. Layered as in CPython: raw files, buffers over any raw stream, text over any buffer.

mod buffered;
mod bytesio;
mod decoder;
mod fileio;
mod iobase;
mod open;
mod stringio;
mod support;
mod textcodec;
mod textio;
pub(crate) mod writers;

pub use open::standard_streams;

use mesapy_vm::local::{Local, Py, Ret, k};
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::vm::Vm;
use support::*;

pub use support::{builtin as builtin_class, retry};

/// Has `fill` put bytes into room as long as a caller's buffer, and stores them there. How many there were.
pub fn read_into(
    vm: &mut Vm,
    buffer: Local,
    function: &str,
    fill: impl FnOnce(&mut Vm, &mut [u8]) -> Py<usize>,
) -> Py<usize> {
    let (view, len) = writable_view(vm, buffer, function)?;
    let mut room = vec![0; len];
    let n = fill(vm, &mut room)?.min(len);
    store(vm, view, &room[..n])?;
    release(vm, view)?;
    Ok(n)
}

pub static IO: NativeModule = NativeModule {
    name: "_io",
    doc: "The io module provides the Python interfaces to stream handling.",
    functions: FUNCTIONS,
    types: &[
        &iobase::IO_BASE,
        &iobase::RAW_IO_BASE,
        &iobase::BUFFERED_IO_BASE,
        &iobase::TEXT_IO_BASE,
        &fileio::FILE_IO,
        &bytesio::BYTES_IO,
        &stringio::STRING_IO,
        &buffered::BUFFERED_READER,
        &buffered::BUFFERED_WRITER,
        &buffered::BUFFERED_RANDOM,
        &buffered::BUFFERED_RW_PAIR,
        &decoder::INCREMENTAL_NEWLINE_DECODER,
        &textio::TEXT_IO_WRAPPER,
    ],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)" =>
        static calls open_row(file, mode, buffering, encoding, errors, newline, closefd, opener), "Open file and return a stream.  Raise OSError upon failure.";
    "open_code(path)" => static calls open_code(path), "Opens the provided file with the intent to import the contents.";
    "text_encoding(encoding, stacklevel=2, /)" => static calls text_encoding(encoding, level), "A helper function to choose the text encoding.";
};

#[allow(
    clippy::too_many_arguments,
    reason = "they are the parameters of open()"
)]
fn open_row(
    vm: &mut Vm,
    file: Local,
    mode: Option<String>,
    buffering: Option<i64>,
    encoding: Option<Local>,
    errors: Option<Local>,
    newline: Option<Local>,
    closefd: Option<Local>,
    opener: Option<Local>,
) -> Py<Ret> {
    open::open(
        vm,
        open::Request {
            file,
            mode,
            buffering,
            encoding,
            errors,
            newline,
            closefd,
            opener,
        },
    )
}
fn open_code(vm: &mut Vm, path: Local) -> Py<Ret> {
    if path.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error(format!(
            "open_code() argument 'path' must be str, not {}",
            vm.type_name_for_error(path.value(vm))
        )));
    }
    open::open(
        vm,
        open::Request {
            file: path,
            mode: Some("rb".to_string()),
            buffering: None,
            encoding: None,
            errors: None,
            newline: None,
            closefd: None,
            opener: None,
        },
    )
}
fn text_encoding(vm: &mut Vm, encoding: Local, _: Option<i64>) -> Py<Ret> {
    if encoding.value(vm).is_none() {
        let name: &[u8] = if vm.sys_config.flags.utf8_mode {
            b"utf-8"
        } else {
            b"locale"
        };
        return Ok(vm.ret(vm.intern(name).value()));
    }
    Ok(vm.ret(encoding.value(vm)))
}

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let [name, bases, module, space] = {
        let vm: &Vm = vm;
        let bases = vm.new_tuple(&[
            vm.type_object(&exc::OS_ERROR).value(),
            vm.type_object(&exc::VALUE_ERROR).value(),
        ])?;
        vm.locals([
            vm.intern(b"UnsupportedOperation").value(),
            bases.value(),
            vm.intern(b"io").value(),
            vm.new_dict().value(),
        ])
    };
    {
        let vm: &Vm = vm;
        if let Some(d) = space.value(vm).as_dict(vm) {
            d.set_str(vm, vm.intern(b"__module__"), module.value(vm))?;
        }
    }
    let class = builtin(vm, "type")?;
    let class = vm.call(class, &[name, bases, space])?.keep(vm);
    let pinned = vm.pin(class.value(vm));
    vm.state::<Shared>().unsupported = Some(pinned);
    let vm: &Vm = vm;
    let d = dict.get(vm);
    d.set_str(vm, vm.intern(b"UnsupportedOperation"), class.value(vm))?;
    d.set_str(
        vm,
        vm.intern(b"BlockingIOError"),
        vm.type_object(&exc::BLOCKING_IO_ERROR).value(),
    )?;
    d.set_str(
        vm,
        vm.intern(b"DEFAULT_BUFFER_SIZE"),
        vm.int(DEFAULT_BUFFER_SIZE as i64),
    )?;
    Ok(())
}

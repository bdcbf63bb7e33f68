//! `marshal`: the form of values in cache files. CPython's format, versions 0 to 5.
//!
//! Code objects are the exception: theirs is the serial form of this machine's bytecode (length, bytes, then the file name as an object). Such bytes
//! may come from anywhere, so they are decoded by a total decoder and verified before they may run.
//!
//! CPython: Python/marshal.c

mod read;
mod write;

use crate::support::*;
use read::{Reader, Source};

pub static MODULE: NativeModule = NativeModule {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};

static FUNCTIONS: &[Method] = methods! {
    "dump(value, file, version=version, /, *, allow_code=True)" => static calls dump(value, file, version, allow_code), "Write the value on the open file.";
    "load(file, /, *, allow_code=True)" => static calls load(file, allow_code), "Read one value from the open file and return it.";
    "dumps(value, version=version, /, *, allow_code=True)" => static calls dumps(value, version, allow_code), "Return the bytes object that would be written to a file by dump(value, file).";
    "loads(bytes, /, *, allow_code=True)" => static calls loads(data, allow_code), "Convert the bytes-like object to a value.";
};

/// The newest version of the format.
const VERSION: i64 = 5;
/// How deep values may nest.
const DEPTH_MAX: u32 = 2000;
/// Set in a type code: the object may be referred to later.
const FLAG_REF: u8 = 0x80;
/// Bits of a digit of long ints.
const DIGIT_BITS: u32 = 15;

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let vm: &Vm = vm;
    dict.get(vm)
        .set_str(vm, vm.intern(b"version"), vm.int(VERSION))?;
    Ok(())
}

fn written(vm: &mut Vm, value: Local, version: Option<i64>, code: Option<bool>) -> Py<Vec<u8>> {
    write::write(vm, value, version.unwrap_or(VERSION), code.unwrap_or(true))
}
fn dumps(vm: &mut Vm, value: Local, version: Option<i64>, allow_code: Option<bool>) -> Py<Ret> {
    let bytes = written(vm, value, version, allow_code)?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_bytes(&bytes)?.value()))
}
fn dump(
    vm: &mut Vm,
    value: Local,
    file: Local,
    version: Option<i64>,
    allow_code: Option<bool>,
) -> Py<Ret> {
    let bytes = written(vm, value, version, allow_code)?;
    let data = {
        let vm: &Vm = vm;
        vm.local(vm.new_bytes(&bytes)?.value())
    };
    vm.call_method(file, "write", &[data])
}
fn loads(vm: &mut Vm, data: Local, allow_code: Option<bool>) -> Py<Ret> {
    let bytes = vm.buffer_bytes(data)?;
    Reader::new(vm, Source::bytes(bytes), allow_code.unwrap_or(true))?.whole(vm)
}
fn load(vm: &mut Vm, file: Local, allow_code: Option<bool>) -> Py<Ret> {
    let none = vm.local(vm.int(0));
    let probe = vm.call_method(file, "read", &[none])?.keep(vm);
    if probe.value(vm).as_bytes(vm).is_none() {
        return Err(vm.type_error(format!(
            "file.read() returned not bytes but {}",
            vm.type_name_for_error(probe.value(vm))
        )));
    }
    Reader::new(vm, Source::File(file), allow_code.unwrap_or(true))?.whole(vm)
}

/// A code object from marshalled data, as `_imp.get_frozen_object` takes it.
pub fn loads_code(vm: &mut Vm, data: Local, name: Local<k::Str>) -> Py<Ret> {
    let bytes = vm.buffer_bytes(data)?;
    let loaded = Reader::new(vm, Source::bytes(bytes), true)?
        .whole(vm)?
        .keep(vm);
    if loaded.value(vm).kind(vm) != Kind::Code {
        let text = format!(
            "frozen object '{}' is not a code object",
            vm.text_of(name.value(vm))
        );
        return Err(vm.type_error(text));
    }
    Ok(vm.ret(loaded.value(vm)))
}

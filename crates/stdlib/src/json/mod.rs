//! `_json`: the fast half of the module `json`. CPython: Modules/_json.c.

mod decode;
mod encode;
mod encoder;
mod quick;

use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::{Local, Py, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_json",
    doc: "json speedups\n",
    functions: FUNCTIONS,
    types: &[],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "scanstring(string, end, strict=True, /)" => static calls scanstring(string, end, strict), "scanstring(string, end, strict=True) -> (string, end)\n\nScan the string s for a JSON string. End is the index of the\ncharacter in s after the quote that started the JSON string.\nUnescapes all valid JSON string escape sequences and raises ValueError\non attempt to decode an invalid string. If strict is False then literal\ncontrol characters are allowed in the string.";
    "encode_basestring(string, /)" => static calls encode_basestring(string), "encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string";
    "encode_basestring_ascii(string, /)" => static calls encode_basestring_ascii(string), "encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string";
};
use decode::scanstring;
use encode::{encode_basestring, encode_basestring_ascii};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    for (name, def) in [
        ("make_scanner", &decode::SCANNER),
        ("make_encoder", &encode::ENCODER),
    ] {
        vm.register_type(def)?;
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), vm.type_object(def).value())?;
    }
    Ok(())
}

//! Builtins about text: ascii, chr, format, ord, repr.

use crate::local::{Local, Py, Ret};
use crate::native::Method;
use crate::quick::builtins::{quick_chr, quick_ord};
use crate::vm::Vm;
use mesapy_heap::Value;
use mesapy_text::wtf8;

pub static FUNCTIONS: &[Method] = crate::methods! {
    "ascii(obj, /)" => static calls ascii(obj), "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U escapes. This generates a string similar\nto that returned by repr() in Python 2.";
    "chr(i, /)" => quick quick_chr static calls chr(i), "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.";
    "format(value, format_spec='', /)" => static calls format(value, spec), "Return type(value).__format__(value, format_spec)\n\nMany built-in types implement format_spec according to the\nFormat Specification Mini-language. See help('FORMATTING') for\ndetails.\n\nIf type(value) does not supply a method named __format__\nand format_spec is empty, then str(value) is returned.\nOtherwise, TypeError is raised.";
    "ord(character, /)" => quick quick_ord static leaf ord(character), "Return the ordinal value of a character.\n\nIf the argument is a one-character string, return the Unicode code\npoint of that character.\n\nIf the argument is a bytes or bytearray object of length 1, return its\nsingle byte value.";
    "repr(obj, /)" => static calls repr(obj), "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval(repr(obj)) == obj.";
};
fn ascii(vm: &mut Vm, obj: Local) -> Py<Ret> {
    vm.ascii(obj)
}
fn chr(vm: &mut Vm, i: Local) -> Py<Ret> {
    let n = vm.index_value(i)?.keep(vm);
    match vm
        .int_value(n.value(vm))
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= wtf8::CODE_POINT_MAX)
    {
        Some(c) => Ok(vm.ret(vm.str_from_char(c).value())),
        None => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}
fn format(vm: &mut Vm, value: Local, spec: Option<Local>) -> Py<Ret> {
    if let Some(spec) = spec
        && spec.value(vm).as_str(vm).is_none()
    {
        return Err(vm.type_error(format!(
            "format() argument 2 must be str, not {}",
            vm.type_name_for_none(spec.value(vm))
        )));
    }
    vm.format(value, spec)
}
fn ord(vm: &Vm, character: Value<'_>) -> Py<i64> {
    let length = if let Some(s) = character.as_str(vm) {
        match (s.char_len(vm), s.char_at(vm, 0)) {
            (1, Some(c)) => return Ok(c as i64),
            (n, _) => n,
        }
    } else if let Some(b) = character.as_bytes(vm) {
        match b.bytes(vm) {
            [byte] => return Ok(*byte as i64),
            bytes => bytes.len(),
        }
    } else if let Some(b) = character.as_bytearray(vm) {
        match (b.len(vm), b.get(vm, 0)) {
            (1, Some(byte)) => return Ok(byte as i64),
            (n, _) => n,
        }
    } else {
        return Err(vm.type_error(format!(
            "ord() expected string of length 1, but {} found",
            vm.type_name_for_error(character)
        )));
    };
    Err(vm.type_error(format!(
        "ord() expected a character, but string of length {length} found"
    )))
}
fn repr(vm: &mut Vm, obj: Local) -> Py<Ret> {
    vm.repr(obj)
}

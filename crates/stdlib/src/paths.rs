//! Path arguments of `os` and `open`: str, bytes, objects with `__fspath__`, and descriptors where they are allowed.
//!
//! The file-system encoding is UTF-8 with `surrogateescape`: bytes that are no UTF-8 travel in strings as lone surrogates.

use mesapy_heap::Value;
use mesapy_text::codec::handlers::{Handler, Replacement, on_decode_error, on_encode_error};
use mesapy_text::codec::utf8;
use mesapy_vm::Dunder;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::vm::Vm;

/// A path, as the system takes it and as the program gave it.
pub struct PathArg {
    pub bytes: Vec<u8>,
    /// A descriptor was given in place of a path.
    pub fd: Option<i32>,
    /// What was given (after `__fspath__`), for errors.
    pub object: Local,
    /// bytes were given, so that results are bytes too.
    pub is_bytes: bool,
    /// None was given where that is allowed.
    pub is_none: bool,
}

/// The file-system form of a text.
pub fn encode(vm: &Vm, text: Value<'_>) -> Py<Vec<u8>> {
    let Some(s) = text.as_str(vm) else {
        return Err(vm.type_error("a str is needed"));
    };
    let text = s.bytes(vm);
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    loop {
        match utf8::encode(text, at, &mut out) {
            Ok(()) => return Ok(out),
            Err(e) => match on_encode_error(Handler::SurrogateEscape, text, e, None) {
                Some((Replacement::Bytes(b) | Replacement::Text(b), next)) => {
                    out.extend_from_slice(&b);
                    at = next;
                }
                None => {
                    let from = mesapy_text::wtf8::char_of_offset(text, e.start);
                    let (cp, _) = mesapy_text::wtf8::decode_at(text, e.start).unwrap_or((0, 0));
                    // The exception is made by hand: its arguments are what programs look at.
                    let args = [
                        vm.new_str(b"utf-8")?.value(),
                        s.value(),
                        vm.int(from as i64),
                        vm.int(from as i64 + 1),
                        vm.new_str(b"surrogates not allowed")?.value(),
                    ];
                    let _ = cp;
                    return Err(
                        vm.raise_with(&mesapy_vm::objects::exceptions::UNICODE_ENCODE_ERROR, &args)
                    );
                }
            },
        }
    }
}
/// The text of a file name.
pub fn decode(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    loop {
        match utf8::decode(bytes, at, true, &mut out) {
            Ok(_) => return out,
            Err(e) => match on_decode_error(Handler::SurrogateEscape, bytes, e, None) {
                Some((text, next)) => {
                    out.extend_from_slice(&text);
                    at = next.max(at + 1);
                }
                None => return out,
            },
        }
    }
}
/// A file name as the program wants it: bytes if it gave bytes.
pub fn to_value<'v>(vm: &'v Vm, name: &[u8], as_bytes: bool) -> Py<Value<'v>> {
    Ok(if as_bytes {
        vm.new_bytes(name)?.value()
    } else {
        vm.new_str(&decode(name))?.value()
    })
}

/// `os.fspath`: the str or bytes of a path.
pub fn fspath(vm: &mut Vm, path: Local) -> Py<Ret> {
    let v = path.value(vm);
    if v.as_str(vm).is_some() || v.as_bytes(vm).is_some() {
        return Ok(vm.ret(v));
    }
    let Some(ret) = vm.call_dunder(path, Dunder::Fspath, &[])? else {
        return Err(vm.type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            vm.type_name_for_error(path.value(vm))
        )));
    };
    let made = ret.keep(vm);
    let v = made.value(vm);
    if v.as_str(vm).is_some() || v.as_bytes(vm).is_some() {
        return Ok(vm.ret(v));
    }
    Err(vm.type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        vm.type_name_for_error(path.value(vm)),
        vm.type_name_for_error(v)
    )))
}

/// A path argument of `function`; the texts of its errors are CPython's `path_converter`'s.
pub(crate) fn warn_of_bool(vm: &mut Vm, fd: Local) -> Py<()> {
    if matches!(fd.value(vm), Value::TRUE | Value::FALSE) {
        vm.warn(
            &mesapy_vm::objects::exceptions::RUNTIME_WARNING,
            "bool is used as a file descriptor",
            1,
        )?;
    }
    Ok(())
}
pub fn path_argument(
    vm: &mut Vm,
    given: Local,
    function: &str,
    name: &str,
    allow_fd: bool,
    nullable: bool,
) -> Py<PathArg> {
    crate::io::writers::settle(vm);
    let v = given.value(vm);
    if nullable && (v.is_none() || v.is_empty()) {
        return Ok(PathArg {
            bytes: b".".to_vec(),
            fd: None,
            object: given,
            is_bytes: false,
            is_none: true,
        });
    }
    let plain = v.as_str(vm).is_some() || v.as_bytes(vm).is_some();
    if allow_fd && !plain && (vm.is_int(v) || vm.special_of(v, Dunder::Index).is_some()) {
        warn_of_bool(vm, given)?;
        let fd = vm.index(given)?;
        let fd = i32::try_from(fd).map_err(|_| {
            vm.overflow_error(if fd > 0 {
                "fd is greater than maximum"
            } else {
                "fd is less than minimum"
            })
        })?;
        return Ok(PathArg {
            bytes: Vec::new(),
            fd: Some(fd),
            object: given,
            is_bytes: false,
            is_none: false,
        });
    }
    let object = if plain {
        given
    } else if vm.special_of(v, Dunder::Fspath).is_some() {
        fspath(vm, given)?.keep(vm)
    } else {
        let kinds = match (allow_fd, nullable) {
            (true, true) => "string, bytes, os.PathLike, integer or None",
            (true, false) => "string, bytes, os.PathLike or integer",
            (false, true) => "string, bytes, os.PathLike or None",
            (false, false) => "string, bytes or os.PathLike",
        };
        return Err(vm.type_error(format!(
            "{function}: {name} should be {kinds}, not {}",
            vm.type_name_for_error(v)
        )));
    };
    let v = object.value(vm);
    let is_bytes = v.as_bytes(vm).is_some();
    let bytes = match v.as_bytes(vm) {
        Some(b) => b.bytes(vm).to_vec(),
        None => encode(vm, v)?,
    };
    if bytes.contains(&0) {
        return Err(vm.value_error(if function == "open" && name == "path" {
            "embedded null byte".to_string()
        } else {
            format!("{function}: embedded null character in {name}")
        }));
    }
    Ok(PathArg {
        bytes,
        fd: None,
        object,
        is_bytes,
        is_none: false,
    })
}

/// The bytes of a str, bytes or path without null bytes: CPython's `PyUnicode_FSConverter`.
pub fn fs_bytes(vm: &mut Vm, given: Local) -> Py<Vec<u8>> {
    let path = fspath(vm, given)?.keep(vm);
    let v = path.value(vm);
    let bytes = match v.as_bytes(vm) {
        Some(b) => b.bytes(vm).to_vec(),
        None => encode(vm, v)?,
    };
    if bytes.contains(&0) {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(bytes)
}

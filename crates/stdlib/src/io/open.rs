//! `open`, `open_code`, `text_encoding`, and the standard streams.

use super::buffered::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use super::fileio::FILE_IO;
use super::support::*;
use super::textio::TEXT_IO_WRAPPER;
use crate::paths;
use mesapy_heap::Value;
use mesapy_vm::local::{Local, Py, Ret};
use mesapy_vm::objects::exceptions as exc;
use mesapy_vm::typedef::TypeDef;
use mesapy_vm::vm::Vm;

fn class(vm: &Vm, def: &'static TypeDef) -> Local {
    vm.local(vm.type_object(def).value())
}

/// The eight parameters of `open`.
pub struct Request {
    pub file: Local,
    pub mode: Option<String>,
    pub buffering: Option<i64>,
    pub encoding: Option<Local>,
    pub errors: Option<Local>,
    pub newline: Option<Local>,
    pub closefd: Option<Local>,
    pub opener: Option<Local>,
}

fn given(vm: &Vm, value: Option<Local>) -> bool {
    value.is_some_and(|v| !v.value(vm).is_none())
}

pub fn open(vm: &mut Vm, r: Request) -> Py<Ret> {
    let is_number = vm.is_int(r.file.value(vm));
    let file = if is_number {
        r.file
    } else {
        paths::fspath(vm, r.file)?.keep(vm)
    };
    let mode = r.mode.as_deref().unwrap_or("r");
    let invalid = |vm: &Vm| vm.value_error(format!("invalid mode: '{mode}'"));
    let mut seen = String::new();
    for c in mode.chars() {
        if !"axrwb+t".contains(c) || seen.contains(c) {
            return Err(invalid(vm));
        }
        seen.push(c);
    }
    let has = |c: char| mode.contains(c);
    let (reading, writing, text, binary) = (has('r'), has('w'), has('t'), has('b'));
    if text && binary {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if [has('x'), reading, writing, has('a')]
        .iter()
        .filter(|b| **b)
        .count()
        != 1
    {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    if binary {
        for (value, name) in [
            (r.encoding, "an encoding"),
            (r.errors, "an errors"),
            (r.newline, "a newline"),
        ] {
            if given(vm, value) {
                return Err(vm.value_error(format!("binary mode doesn't take {name} argument")));
            }
        }
    }
    let mut buffering = r.buffering.unwrap_or(-1);
    if binary && buffering == 1 {
        vm.warn(&exc::RUNTIME_WARNING, "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used", 1)?;
    }
    let raw_mode: String = mode.chars().filter(|c| !"bt".contains(*c)).collect();
    let raw_mode = str_local(vm, raw_mode.as_bytes())?;
    let closefd = match r.closefd {
        Some(c) => c,
        None => vm.local(Value::TRUE),
    };
    let opener = match r.opener {
        Some(o) => o,
        None => vm.local(Value::NONE),
    };
    let file_io = class(vm, &FILE_IO);
    let raw = vm
        .call(file_io, &[file, raw_mode, closefd, opener])?
        .keep(vm);
    let made = finish(vm, &r, raw, mode, &mut buffering, binary);
    match made {
        Ok(stream) => Ok(vm.ret(stream.value(vm))),
        Err(raised) => {
            let e = vm.take_exception_local(raised);
            both(
                vm,
                |vm| Err(vm.raise_again(e.value(vm))),
                |vm| call_plain(vm, raw, "close"),
            )?;
            Err(vm.raise_again(e.value(vm)))
        }
    }
}
fn finish(
    vm: &mut Vm,
    r: &Request,
    raw: Local,
    mode: &str,
    buffering: &mut i64,
    binary: bool,
) -> Py<Local> {
    let mut line_buffering = false;
    let terminal = *buffering < 0 && ask(vm, raw, "_isatty_open_only")?;
    if *buffering == 1 && !binary || terminal {
        *buffering = -1;
        line_buffering = true;
    }
    if *buffering < 0 {
        let size = vm.get_attr_str(raw, "_blksize")?.keep(vm);
        *buffering = vm
            .index(size)?
            .clamp(8192, 8 << 20)
            .max(DEFAULT_BUFFER_SIZE as i64);
    }
    if *buffering == 0 {
        if !binary {
            return Err(vm.value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw);
    }
    let def = if mode.contains('+') {
        &BUFFERED_RANDOM
    } else if mode.contains('r') {
        &BUFFERED_READER
    } else {
        &BUFFERED_WRITER
    };
    let (class_of_buffer, size) = (class(vm, def), int_local(vm, *buffering));
    let buffer = vm.call(class_of_buffer, &[raw, size])?.keep(vm);
    if binary {
        return Ok(buffer);
    }
    let none = vm.local(Value::NONE);
    let wrapper = class(vm, &TEXT_IO_WRAPPER);
    let lines = vm.local(Value::bool(line_buffering));
    let text = vm
        .call(
            wrapper,
            &[
                buffer,
                r.encoding.unwrap_or(none),
                r.errors.unwrap_or(none),
                r.newline.unwrap_or(none),
                lines,
            ],
        )?
        .keep(vm);
    let mode = str_local(vm, mode.as_bytes())?;
    vm.set_attr_str(text, "mode", mode)?;
    Ok(text)
}

/// `sys.stdin`, `sys.stdout` and `sys.stderr`, as CPython makes them: UTF-8, None for descriptors that are not open.
pub fn standard_streams(vm: &mut Vm, unbuffered: bool) -> Py<[Local; 3]> {
    let mut streams = [
        vm.local(Value::NONE),
        vm.local(Value::NONE),
        vm.local(Value::NONE),
    ];
    for (fd, name, mode, errors) in [
        (0, "<stdin>", "r", "strict"),
        (1, "<stdout>", "w", "strict"),
        (2, "<stderr>", "w", "backslashreplace"),
    ] {
        if vm.platform().fstat(fd).is_err() {
            continue;
        }
        let fd_local = int_local(vm, i64::from(fd));
        let raw_mode = str_local(vm, mode.as_bytes())?;
        let no = vm.local(Value::FALSE);
        let file_io = class(vm, &FILE_IO);
        let raw = vm.call(file_io, &[fd_local, raw_mode, no])?.keep(vm);
        let name = str_local(vm, name.as_bytes())?;
        vm.set_attr_str(raw, "name", name)?;
        let terminal = vm.platform().isatty(fd).unwrap_or(false);
        let def = if fd == 0 {
            &BUFFERED_READER
        } else {
            &BUFFERED_WRITER
        };
        let direct = unbuffered && fd != 0;
        let buffer = if direct {
            raw
        } else {
            let size = int_local(
                vm,
                if fd == 0 {
                    8192
                } else {
                    DEFAULT_BUFFER_SIZE as i64
                },
            );
            let class = class(vm, def);
            vm.call(class, &[raw, size])?.keep(vm)
        };
        let encoding = str_local(vm, b"utf-8")?;
        let errors = str_local(vm, errors.as_bytes())?;
        let newline = str_local(vm, b"\n")?;
        let lines = vm.local(Value::bool(terminal || fd == 2));
        let through = vm.local(Value::bool(direct));
        let none = vm.local(Value::NONE);
        let wrapper = class(vm, &TEXT_IO_WRAPPER);
        let newline = if fd == 0 { none } else { newline };
        let text = vm
            .call(
                wrapper,
                &[buffer, encoding, errors, newline, lines, through],
            )?
            .keep(vm);
        let mode = str_local(vm, mode.as_bytes())?;
        vm.set_attr_str(text, "mode", mode)?;
        if let Some(stream) = usize::try_from(fd).ok().and_then(|i| streams.get_mut(i)) {
            *stream = text;
        }
    }
    Ok(streams)
}

//! `termios`: the modes of terminals.

use crate::posix::{c_int, descriptor};
use crate::support::*;
use mesapy_platform::{OsResult, Platform, TerminalModes, TerminalSize, consts};
use mesapy_vm::layout::exception;

pub static MODULE: NativeModule = NativeModule {
    name: "termios",
    doc: "This module provides an interface to the Posix calls for tty I/O control.\n\nFor a complete description of these calls, see the Posix or Unix manual\npages. It is only available for those Unix versions that support Posix\ntermios style tty I/O control.\n\nAll functions in this module take a file descriptor fd as their first\nargument. This can be an integer file descriptor, such as returned by\nsys.stdin.fileno(), or a file object, such as sys.stdin itself.",
    functions: methods! {
        "tcgetattr(fd, /)" => static calls tcgetattr(fd), "Get the tty attributes for file descriptor fd.\n\nReturns a list [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]\nwhere cc is a list of the tty special characters (each a string of\nlength 1, except the items with indices VMIN and VTIME, which are\nintegers when these fields are defined).  The interpretation of the\nflags and the speeds as well as the indexing in the cc array must be\ndone using the symbolic constants defined in this module.";
        "tcsetattr(fd, when, attributes, /)" => static calls tcsetattr(fd, when, attributes), "Set the tty attributes for file descriptor fd.\n\nThe attributes to be set are taken from the attributes argument, which\nis a list like the one returned by tcgetattr(). The when argument\ndetermines when the attributes are changed: termios.TCSANOW to\nchange immediately, termios.TCSADRAIN to change after transmitting all\nqueued output, or termios.TCSAFLUSH to change after transmitting all\nqueued output and discarding all queued input.";
        "tcsendbreak(fd, duration, /)" => static calls tcsendbreak(fd, duration), "Send a break on file descriptor fd.\n\nA zero duration sends a break for 0.25-0.5 seconds; a nonzero duration\nhas a system dependent meaning.";
        "tcdrain(fd, /)" => static calls tcdrain(fd), "Wait until all output written to file descriptor fd has been transmitted.";
        "tcflush(fd, queue, /)" => static calls tcflush(fd, queue), "Discard queued data on file descriptor fd.\n\nThe queue selector specifies which queue: termios.TCIFLUSH for the input\nqueue, termios.TCOFLUSH for the output queue, or termios.TCIOFLUSH for\nboth queues.";
        "tcflow(fd, action, /)" => static calls tcflow(fd, action), "Suspend or resume input or output on file descriptor fd.\n\nThe action argument can be termios.TCOOFF to suspend output,\ntermios.TCOON to restart output, termios.TCIOFF to suspend input,\nor termios.TCION to restart input.";
        "tcgetwinsize(fd, /)" => static calls tcgetwinsize(fd), "Get the tty winsize for file descriptor fd.\n\nReturns a tuple (ws_row, ws_col).";
        "tcsetwinsize(fd, winsize, /)" => static calls tcsetwinsize(fd, size), "Set the tty winsize for file descriptor fd.\n\nThe winsize to be set is taken from the winsize argument, which\nis a two-item tuple (ws_row, ws_col) like the one returned by tcgetwinsize().";
    },
    types: &[&ERROR],
    init: Some(|vm, dict| {
        for (name, value) in consts::TERMIOS {
            set_global(vm, dict, name, vm.int(*value))?;
        }
        Ok(())
    }),
};
static ERROR: TypeDef = TypeDef {
    name: "termios.error",
    base: Some(&exc::EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};

/// Places of `cc` that are numbers unless lines are edited.
const VTIME: usize = 5;
const VMIN: usize = 6;
const ICANON: u32 = 2;

fn run<T>(vm: &mut Vm, mut call: impl FnMut(&dyn Platform) -> OsResult<T>) -> Py<T> {
    loop {
        match call(vm.platform()) {
            Ok(done) => return Ok(done),
            Err(e) if e.interrupted() => vm.poll()?,
            Err(e) => {
                let vm: &Vm = vm;
                let text = mesapy_platform::errno::strerror(e.errno);
                let text = vm.new_str(text.as_bytes())?.value();
                return Err(vm.raise_with(&ERROR, &[vm.int(i64::from(e.errno)), text]));
            }
        }
    }
}
fn tcgetattr(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let modes = run(vm, |o| o.tcgetattr(fd))?;
    let vm: &Vm = vm;
    let raw = modes.local & ICANON == 0;
    let characters = vm.new_list(&[])?;
    for (i, c) in modes.characters.iter().enumerate() {
        let value = if raw && (i == VMIN || i == VTIME) {
            vm.int(i64::from(*c))
        } else {
            vm.new_bytes(&[*c])?.value()
        };
        characters.push(vm, value)?;
    }
    let number = |n: u32| vm.int(i64::from(n));
    let all = vm.new_list(&[
        number(modes.input),
        number(modes.output),
        number(modes.control),
        number(modes.local),
        number(modes.input_speed),
        number(modes.output_speed),
        characters.value(),
    ])?;
    Ok(vm.ret(all.value()))
}
fn tcsetattr(vm: &mut Vm, fd: Local, when: i64, attributes: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let when = c_int(vm, when)?;
    let items: Option<Vec<Local>> = attributes
        .value(vm)
        .as_list(vm)
        .filter(|l| l.len(vm) == 7)
        .map(|l| l.iter(vm).map(|v| vm.local(v)).collect());
    let Some(items) = items else {
        return Err(vm.type_error("tcsetattr, arg 3: must be 7 element list"));
    };
    let mut modes = run(vm, |o| o.tcgetattr(fd))?;
    let mut numbers = [0u32; 6];
    for (place, item) in numbers.iter_mut().zip(&items) {
        *place = vm.index(*item)? as u32;
    }
    let [input, output, control, local, input_speed, output_speed] = numbers;
    modes = TerminalModes {
        input,
        output,
        control,
        local,
        input_speed,
        output_speed,
        ..modes
    };
    let wrong = |vm: &Vm| {
        let n = modes.characters.len();
        vm.type_error(format!("tcsetattr: attributes[6] must be {n} element list"))
    };
    let Some(characters) = items.get(6) else {
        return Err(wrong(vm));
    };
    {
        let vm: &Vm = vm;
        let list = characters.value(vm).as_list(vm);
        let Some(list) = list.filter(|l| l.len(vm) == modes.characters.len()) else {
            return Err(wrong(vm));
        };
        for (place, value) in modes.characters.iter_mut().zip(list.iter(vm)) {
            let byte = match value.as_bytes(vm).map(|b| b.bytes(vm)) {
                Some([byte]) => Some(*byte),
                _ => vm.int_value(value).map(|n| n as u8),
            };
            *place = byte.ok_or_else(|| {
                vm.type_error("tcsetattr: elements of attributes must be characters or integers")
            })?;
        }
    }
    run(vm, |o| o.tcsetattr(fd, when, &modes))
}
fn tcsendbreak(vm: &mut Vm, fd: Local, duration: i64) -> Py<()> {
    let (fd, duration) = (descriptor(vm, fd)?, c_int(vm, duration)?);
    run(vm, |o| o.tcsendbreak(fd, duration))
}
fn tcdrain(vm: &mut Vm, fd: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    run(vm, |o| o.tcdrain(fd))
}
fn tcflush(vm: &mut Vm, fd: Local, queue: i64) -> Py<()> {
    let (fd, queue) = (descriptor(vm, fd)?, c_int(vm, queue)?);
    run(vm, |o| o.tcflush(fd, queue))
}
fn tcflow(vm: &mut Vm, fd: Local, action: i64) -> Py<()> {
    let (fd, action) = (descriptor(vm, fd)?, c_int(vm, action)?);
    run(vm, |o| o.tcflow(fd, action))
}
fn tcgetwinsize(vm: &mut Vm, fd: Local) -> Py<Ret> {
    let fd = descriptor(vm, fd)?;
    let size = run(vm, |o| o.terminal_size(fd))?;
    let vm: &Vm = vm;
    let pair = [size.rows, size.columns].map(|n| vm.int(i64::from(n)));
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
fn tcsetwinsize(vm: &mut Vm, fd: Local, size: Local) -> Py<()> {
    let fd = descriptor(vm, fd)?;
    let pair = vm.tuple_from_iterable(size)?.keep(vm);
    if tuple_len(vm, pair) != 2 {
        return Err(vm.type_error("tcsetwinsize, arg 2: must be a two-item sequence"));
    }
    let mut numbers = [0u16; 2];
    for (i, place) in numbers.iter_mut().enumerate() {
        let item = tuple_item(vm, pair, i);
        let n = vm.index(item)?;
        *place =
            u16::try_from(n).map_err(|_| vm.overflow_error("winsize value(s) out of range."))?;
    }
    let old = run(vm, |o| o.terminal_size(fd))?;
    let [rows, columns] = numbers;
    let new = TerminalSize {
        rows,
        columns,
        ..old
    };
    run(vm, |o| o.set_terminal_size(fd, new))
}

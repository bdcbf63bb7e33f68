//! `_bz2`: bzip2 streams, on the crate bzip2 with its implementation in Rust. CPython: Modules/_bz2module.c.

use crate::streams::{
    CHUNK, DECOMPRESSOR_MEMBERS, append, attach, check_room, get, host, make_room, pending_input,
    set, slot, tell_needs_input,
};
use bzip2::{Action, Compress, Compression, Decompress, Error, Status};
use mesapy_heap::Value;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Raised, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_bz2",
    doc: "",
    functions: &[],
    types: &[&COMPRESSOR, &DECOMPRESSOR],
    init: None,
};
static COMPRESSOR: TypeDef = TypeDef {
    name: "_bz2.BZ2Compressor",
    doc: "Create a compressor object for compressing data incrementally.\n\n  compresslevel\n    Compression level, as a number between 1 and 9.\n\nFor one-shot compression, use the compress() function instead.",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE,
    methods: COMPRESSOR_METHODS,
    ..TypeDef::EMPTY
};
static DECOMPRESSOR: TypeDef = TypeDef {
    name: "_bz2.BZ2Decompressor",
    doc: "Create a decompressor object for decompressing data incrementally.\n\nFor one-shot decompression, use the decompress() function instead.",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE,
    methods: DECOMPRESSOR_METHODS,
    members: DECOMPRESSOR_MEMBERS,
    ..TypeDef::EMPTY
};
static COMPRESSOR_METHODS: &[Method] = methods! {
    "__new__(cls, compresslevel=9, /)" => static calls new_compressor(_cls, level), "Create and return a new object.  See help(type) for accurate signature.";
    "compress(self, data, /)" => calls compress(this, data), "Provide data to the compressor object.\n\nReturns a chunk of compressed data if possible, or b'' otherwise.\n\nWhen you have finished providing data to the compressor, call the\nflush() method to finish the compression process.";
    "flush(self, /)" => calls flush(this), "Finish the compression process.\n\nReturns the compressed data left in internal buffers.\n\nThe compressor object may not be used after this method is called.";
};
static DECOMPRESSOR_METHODS: &[Method] = methods! {
    "__new__(cls, /)" => static calls new_decompressor(_cls), "Create and return a new object.  See help(type) for accurate signature.";
    "decompress(self, data, max_length=-1)" => calls decompress(this, data, max), "Decompress *data*, returning uncompressed data as bytes.\n\nIf *max_length* is nonnegative, returns at most *max_length* bytes of\ndecompressed data. If this limit is reached and further output can be\nproduced, *self.needs_input* will be set to ``False``. In this case, the next\ncall to *decompress()* may provide *data* as b'' to obtain more of the output.";
};

/// What a stream allocates, at most. The crate panics where that is refused at the start, so it is asked for first.
const COMPRESS_BYTES: usize = 16 << 20;
const DECOMPRESS_BYTES: usize = 1 << 17;
/// How the crate falls back on bad input: libbzip2's default.
const WORK_FACTOR: u32 = 0;

struct Compressor {
    stream: Compress,
    flushed: bool,
}

fn error(vm: &Vm, e: Error) -> Raised {
    match e {
        Error::Data | Error::DataMagic => vm.raise_text(
            &mesapy_vm::objects::exceptions::OS_ERROR,
            "Invalid data stream",
        ),
        Error::Param => vm.value_error("Internal error - invalid parameters passed to libbzip2"),
        Error::Sequence => {
            vm.runtime_error("Internal error - Invalid sequence of commands sent to libbzip2")
        }
    }
}
fn new_compressor(vm: &mut Vm, _cls: Local, level: Option<i64>) -> Py<Ret> {
    let level = level.unwrap_or(9);
    if !(1..=9).contains(&level) {
        return Err(vm.value_error("compresslevel must be between 1 and 9"));
    }
    check_room(vm, COMPRESS_BYTES)?;
    let state = Compressor {
        stream: Compress::new(Compression::new(level as u32), WORK_FACTOR),
        flushed: false,
    };
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &COMPRESSOR)?;
    attach(vm, made, state)?;
    Ok(vm.ret(made.value()))
}
fn new_decompressor(vm: &mut Vm, _cls: Local) -> Py<Ret> {
    check_room(vm, DECOMPRESS_BYTES)?;
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &DECOMPRESSOR)?;
    attach(vm, made, Decompress::new(false))?;
    Ok(vm.ret(made.value()))
}

fn compress(vm: &mut Vm, this: Local, data: Local) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    run(vm, this, &data, Action::Run, "Compressor has been flushed")
}
fn flush(vm: &mut Vm, this: Local) -> Py<Ret> {
    let done = run(vm, this, &[], Action::Finish, "Repeated call to flush()")?;
    if let Some(cell) = host::<Compressor>(vm, this) {
        cell.borrow_mut().flushed = true;
    }
    Ok(done)
}
fn run(vm: &mut Vm, this: Local, data: &[u8], action: Action, flushed: &str) -> Py<Ret> {
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        if action == Action::Run && at == data.len() {
            break;
        }
        make_room(vm, &mut out)?;
        let Some(cell) = host::<Compressor>(vm, this) else {
            return Err(vm.system_error("a stream object without state"));
        };
        let status = {
            let mut c = cell.borrow_mut();
            if c.flushed {
                return Err(vm.value_error(flushed));
            }
            let (taken, given, end) = (c.stream.total_in(), c.stream.total_out(), out.len());
            out.resize(end + CHUNK, 0);
            let rest = data.get(at..).unwrap_or(&[]);
            let status = c.stream.compress(rest, &mut out[end..], action);
            out.truncate(end + (c.stream.total_out() - given) as usize);
            at += (c.stream.total_in() - taken) as usize;
            status
        };
        match status {
            Ok(Status::StreamEnd) => break,
            Ok(Status::MemNeeded) => return Err(vm.memory_error()),
            Ok(_) => vm.poll()?,
            Err(e) => return Err(error(vm, e)),
        }
    }
    vm.ret_bytes(&out)
}

fn decompress(vm: &mut Vm, this: Local, data: Local, max: Option<i64>) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    if get(vm, this, slot::EOF) == Value::TRUE {
        return Err(vm.eof_error("End of stream already reached"));
    }
    if get(vm, this, slot::FAILED) == Value::TRUE {
        return Err(vm.value_error("Decompressor is unusable after a previous error"));
    }
    let input = pending_input(vm, this, &data);
    let max = usize::try_from(max.unwrap_or(-1)).unwrap_or(usize::MAX);
    let (mut out, mut at, mut ended) = (Vec::new(), 0, false);
    while !ended && out.len() < max {
        make_room(vm, &mut out)?;
        let Some(cell) = host::<Decompress>(vm, this) else {
            return Err(vm.system_error("a stream object without state"));
        };
        let (status, idle) = {
            let mut stream = cell.borrow_mut();
            let (taken, given, end) = (stream.total_in(), stream.total_out(), out.len());
            out.resize(end + CHUNK.min(max - end), 0);
            let rest = input.get(at..).unwrap_or(&[]);
            let status = stream.decompress(rest, &mut out[end..]);
            let n = (stream.total_out() - given) as usize;
            out.truncate(end + n);
            let used = (stream.total_in() - taken) as usize;
            at += used;
            (status, n == 0 && used == 0 || n == 0 && at == input.len())
        };
        match status {
            Ok(Status::StreamEnd) => ended = true,
            Ok(Status::MemNeeded) => return Err(vm.memory_error()),
            Ok(_) if idle => break,
            Ok(_) => vm.poll()?,
            Err(e) => {
                set(vm, this, slot::NEEDS_INPUT, Value::FALSE);
                set(vm, this, slot::FAILED, Value::TRUE);
                return Err(error(vm, e));
            }
        }
    }
    let rest = input.get(at..).unwrap_or(&[]);
    if ended {
        set(vm, this, slot::EOF, Value::TRUE);
        append(vm, this, slot::UNUSED, rest)?;
        set(vm, this, slot::TAIL, vm.new_bytes(b"")?.value());
    } else {
        set(vm, this, slot::TAIL, vm.new_bytes(rest)?.value());
    }
    let out = vm.ret_bytes(&out)?.keep(vm);
    tell_needs_input(vm, this, out, max);
    Ok(vm.ret(out.value(vm)))
}

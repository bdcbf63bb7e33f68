//! `zlib`: deflate streams, on the crate zlib-rs.
//!
//! A stream's state is in the host's table; what the Python object shows (`unused_data` and so on) is in its slots. Work goes on in chunks of output with
//! a look for signals between them. The crate can't copy a stream in progress, so `copy()` raises NotImplementedError. CPython: Modules/zlibmodule.c.

use crate::streams::{
    CHUNK, DECOMPRESSOR_MEMBERS, append, attach, check_room, get, host, make_room, pending_input,
    set, slot, tell_needs_input,
};
use mesapy_heap::Value;
use mesapy_vm::layout::exception;
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions::EXCEPTION;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Raised, Ret, Vm};
use std::cell::RefCell;
use zlib_rs::{
    Deflate, DeflateConfig, DeflateFlush, Inflate, InflateError, InflateFlush, Method as Algorithm,
    Status, Strategy,
};

pub static MODULE: NativeModule = NativeModule {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.",
    functions: FUNCTIONS,
    types: &[&ERROR, &DECOMPRESSOR],
    init: Some(init),
};
static ERROR: TypeDef = TypeDef {
    name: "zlib.error",
    base: Some(&EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: TypeFlags::BASETYPE
        .with(TypeFlags::DICT)
        .with(TypeFlags::WEAKREF),
    ..TypeDef::EMPTY
};
const CLOSED: TypeFlags = TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW);
static COMPRESS: TypeDef = TypeDef {
    name: "zlib.Compress",
    layout: Layout::Slots(slot::COUNT),
    flags: CLOSED,
    methods: COMPRESS_METHODS,
    ..TypeDef::EMPTY
};
static DECOMPRESS: TypeDef = TypeDef {
    name: "zlib.Decompress",
    layout: Layout::Slots(slot::COUNT),
    flags: CLOSED,
    methods: DECOMPRESS_METHODS,
    members: &[
        ("unused_data", slot::UNUSED as u16, ""),
        ("unconsumed_tail", slot::TAIL as u16, ""),
        ("eof", slot::EOF as u16, ""),
    ],
    ..TypeDef::EMPTY
};
static DECOMPRESSOR: TypeDef = TypeDef {
    name: "zlib._ZlibDecompressor",
    doc: "Create a decompressor object for decompressing data incrementally.",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE,
    methods: DECOMPRESSOR_METHODS,
    members: DECOMPRESSOR_MEMBERS,
    ..TypeDef::EMPTY
};
static FUNCTIONS: &[Method] = methods! {
    "adler32(data, value=1, /)" => static calls adler32(data, value), "Compute an Adler-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.";
    "crc32(data, value=0, /)" => static calls crc32(data, value), "Compute a CRC-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.";
    "compress(data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)" => static calls compress(data, level, wbits), "Returns a bytes object containing compressed data.";
    "decompress(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)" => static calls decompress(data, wbits, bufsize), "Returns a bytes object containing the uncompressed data.";
    "compressobj(level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)" =>
        static calls compressobj(level, method, wbits, mem_level, strategy, zdict), "Return a compressor object.";
    "decompressobj(wbits=MAX_WBITS, zdict=b'')" => static calls decompressobj(wbits, zdict), "Return a decompressor object.";
};
static COMPRESS_METHODS: &[Method] = methods! {
    "compress(self, data, /)" => calls stream_compress(this, data), "Returns a bytes object containing compressed data.";
    "flush(self, mode=zlib.Z_FINISH, /)" => calls stream_flush(this, mode), "Return a bytes object containing any remaining compressed data.";
    "copy(self, /)" => calls copy(this), "Return a copy of the compression object.";
    "__copy__(self, /)" => calls copy(this), "";
    "__deepcopy__(self, memo, /)" => calls deepcopy(this, _memo), "";
};
static DECOMPRESS_METHODS: &[Method] = methods! {
    "decompress(self, data, /, max_length=0)" => calls stream_decompress(this, data, max), "Return a bytes object containing the decompressed version of the data.";
    "flush(self, length=zlib.DEF_BUF_SIZE, /)" => calls decompress_flush(this, length), "Return a bytes object containing any remaining decompressed data.";
    "copy(self, /)" => calls copy(this), "Return a copy of the decompression object.";
    "__copy__(self, /)" => calls copy(this), "";
    "__deepcopy__(self, memo, /)" => calls deepcopy(this, _memo), "";
};
static DECOMPRESSOR_METHODS: &[Method] = methods! {
    "__new__(cls, wbits=MAX_WBITS, zdict=b'')" => static calls new_decompressor(cls, wbits, zdict), "";
    "decompress(self, data, max_length=-1)" => calls decompressor_decompress(this, data, max), "Decompress *data*, returning uncompressed data as bytes.";
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&COMPRESS)?;
    vm.register_type(&DECOMPRESS)?;
    let vm: &Vm = vm;
    let numbers = [
        ("DEFLATED", 8),
        ("DEF_BUF_SIZE", 16384),
        ("DEF_MEM_LEVEL", 8),
        ("MAX_WBITS", 15),
        ("Z_BEST_COMPRESSION", 9),
        ("Z_BEST_SPEED", 1),
        ("Z_BLOCK", 5),
        ("Z_DEFAULT_COMPRESSION", -1),
        ("Z_DEFAULT_STRATEGY", 0),
        ("Z_FILTERED", 1),
        ("Z_FINISH", 4),
        ("Z_FIXED", 4),
        ("Z_FULL_FLUSH", 3),
        ("Z_HUFFMAN_ONLY", 2),
        ("Z_NO_COMPRESSION", 0),
        ("Z_NO_FLUSH", 0),
        ("Z_PARTIAL_FLUSH", 1),
        ("Z_RLE", 3),
        ("Z_SYNC_FLUSH", 2),
        ("Z_TREES", 6),
    ];
    for (name, n) in numbers {
        dict.get(vm)
            .set_str(vm, vm.intern(name.as_bytes()), vm.int(n))?;
    }
    for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
        dict.get(vm).set_str(
            vm,
            vm.intern(name.as_bytes()),
            vm.new_str(b"1.3.1")?.value(),
        )?;
    }
    Ok(())
}
fn error(vm: &Vm, text: impl AsRef<str>) -> Raised {
    vm.raise_text(&ERROR, text.as_ref())
}

// ---- checksums

/// The low 32 bits of an int of any size.
fn low_bits(vm: &mut Vm, n: Option<Local>, default: u32) -> Py<u32> {
    let Some(n) = n else { return Ok(default) };
    let n = vm.index_value(n)?.keep(vm);
    if let Some(n) = vm.int_value(n.value(vm)) {
        return Ok(n as u32);
    }
    let Some(big) = n.value(vm).as_bigint(vm) else {
        return Ok(default);
    };
    let low = big.limbs(vm).first().copied().unwrap_or(0) as u32;
    Ok(if big.is_negative(vm) {
        low.wrapping_neg()
    } else {
        low
    })
}
fn adler32(vm: &mut Vm, data: Local, value: Option<Local>) -> Py<i64> {
    let data = vm.buffer_bytes(data)?;
    let start = low_bits(vm, value, 1)?;
    Ok(i64::from(zlib_rs::adler32::adler32(start, &data)))
}
fn crc32(vm: &mut Vm, data: Local, value: Option<Local>) -> Py<i64> {
    let data = vm.buffer_bytes(data)?;
    let start = low_bits(vm, value, 0)?;
    Ok(i64::from(zlib_rs::crc32::crc32(start, &data)))
}

// ---- running a stream

struct Compressor {
    stream: Deflate,
    finished: bool,
}
struct Decompressor {
    stream: Inflate,
    zdict: Option<Vec<u8>>,
}
/// What a stream allocates at its start, at most. The crate panics where that is refused, so it is asked for first.
const DEFLATE_BYTES: usize = 1 << 20;
const INFLATE_BYTES: usize = 1 << 17;

fn deflate(level: i64, wbits: i64, mem_level: i64, strategy: i64) -> Option<Compressor> {
    let valid = (-1..=9).contains(&level)
        && matches!(wbits, 9..=15 | 25..=31 | -15..=-9)
        && (1..=9).contains(&mem_level);
    let strategy = match strategy {
        0 => Strategy::Default,
        1 => Strategy::Filtered,
        2 => Strategy::HuffmanOnly,
        3 => Strategy::Rle,
        4 => Strategy::Fixed,
        _ => return None,
    };
    valid.then(|| Compressor {
        stream: Deflate::new_with_config(DeflateConfig {
            level: level as i32,
            method: Algorithm::Deflated,
            window_bits: wbits as i32,
            mem_level: mem_level as i32,
            strategy,
        }),
        finished: false,
    })
}
fn inflate(wbits: i64, zdict: Option<Vec<u8>>) -> Option<Decompressor> {
    let stream = match wbits {
        // Zero: what the header says, which is at most 15.
        0 => Inflate::new(true, 15),
        16 => Inflate::new(true, 31),
        32 => Inflate::new(true, 47),
        8..=15 | 24..=31 | 40..=47 => Inflate::new(true, wbits as u8),
        -15..=-8 => Inflate::new(false, wbits.unsigned_abs() as u8),
        _ => return None,
    };
    let mut made = Decompressor { stream, zdict };
    if wbits < 0 {
        // A raw stream has no header to ask for the dictionary.
        if let Some(zdict) = made.zdict.take() {
            let _ = made.stream.set_dictionary(&zdict);
        }
    }
    Some(made)
}
impl Compressor {
    /// One chunk: how much input was taken, and whether there is more to come.
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>, flush: DeflateFlush) -> (usize, bool) {
        let (before, at) = (self.stream.total_in(), out.len());
        let written = self.stream.total_out();
        out.resize(at + CHUNK, 0);
        let status = self.stream.compress(input, &mut out[at..], flush);
        let n = (self.stream.total_out() - written) as usize;
        out.truncate(at + n);
        let taken = (self.stream.total_in() - before) as usize;
        let more = match status {
            Ok(Status::StreamEnd) => {
                self.finished = true;
                false
            }
            Ok(_) => {
                (n > 0 || taken > 0)
                    && (n == CHUNK || taken < input.len() || matches!(flush, DeflateFlush::Finish))
            }
            Err(_) => false,
        };
        (taken, more)
    }
}
fn code_of(e: InflateError) -> (i32, &'static str) {
    match e {
        InflateError::NeedDict { .. } => (2, ""),
        InflateError::StreamError => (-2, "inconsistent stream state"),
        InflateError::DataError => (-3, "invalid input data"),
        InflateError::MemError => (-4, ""),
    }
}
fn stream_error(vm: &Vm, e: InflateError, message: Option<&'static str>, what: &str) -> Raised {
    let (code, text) = code_of(e);
    let text = message.unwrap_or(text);
    if text.is_empty() {
        error(vm, format!("Error {code} while {what}"))
    } else {
        error(vm, format!("Error {code} while {what}: {text}"))
    }
}
/// How a piece of input ended.
struct Inflated {
    out: Vec<u8>,
    taken: usize,
    eof: bool,
}
/// Inflates until the input is used up, the stream ends, or `max` bytes came out.
fn run_inflate(vm: &mut Vm, stream: &RefCellOf<'_>, input: &[u8], max: usize) -> Py<Inflated> {
    let mut done = Inflated {
        out: Vec::new(),
        taken: 0,
        eof: false,
    };
    loop {
        make_room(vm, &mut done.out)?;
        let at = done.out.len();
        let room = CHUNK.min(max - at);
        if room == 0 {
            return Ok(done);
        }
        let result = stream.with(vm, |d| {
            let (before, written) = (d.stream.total_in(), d.stream.total_out());
            done.out.resize(at + room, 0);
            let rest = input.get(done.taken..).unwrap_or(&[]);
            let status = d
                .stream
                .decompress(rest, &mut done.out[at..], InflateFlush::SyncFlush);
            let n = (d.stream.total_out() - written) as usize;
            done.out.truncate(at + n);
            let taken = (d.stream.total_in() - before) as usize;
            done.taken += taken;
            match status {
                Ok(Status::StreamEnd) => {
                    done.eof = true;
                    Ok(false)
                }
                Ok(_) => Ok(n == room || done.taken < input.len() && n + taken > 0),
                Err(InflateError::NeedDict { .. }) if d.zdict.is_some() => {
                    let zdict = d.zdict.take().unwrap_or_default();
                    match d.stream.set_dictionary(&zdict) {
                        Ok(_) => Ok(true),
                        Err(e) => Err((e, None, "setting zdict")),
                    }
                }
                Err(e) => Err((e, d.stream.error_message(), "decompressing data")),
            }
        })?;
        match result {
            Ok(true) => vm.poll()?,
            Ok(false) => return Ok(done),
            Err((e, message, what)) => return Err(stream_error(vm, e, message, what)),
        }
    }
}
/// A decompressor, here or in the host's table; never borrowed while Python code may run.
enum RefCellOf<'a> {
    Own(&'a RefCell<Decompressor>),
    Host(Local),
}
impl RefCellOf<'_> {
    fn with<R>(&self, vm: &Vm, f: impl FnOnce(&mut Decompressor) -> R) -> Py<R> {
        let cell = match self {
            RefCellOf::Own(cell) => Some(*cell),
            RefCellOf::Host(this) => host::<Decompressor>(vm, *this),
        };
        match cell {
            Some(cell) => Ok(f(&mut cell.borrow_mut())),
            None => Err(vm.system_error("a stream object without state")),
        }
    }
}
// ---- functions

fn compress(vm: &mut Vm, data: Local, level: Option<i64>, wbits: Option<i64>) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    check_room(vm, DEFLATE_BYTES)?;
    let Some(mut c) = deflate(level.unwrap_or(-1), wbits.unwrap_or(15), 8, 0) else {
        return Err(error(vm, "Bad compression level"));
    };
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        make_room(vm, &mut out)?;
        let (taken, more) = c.step(
            data.get(at..).unwrap_or(&[]),
            &mut out,
            DeflateFlush::Finish,
        );
        at += taken;
        if !more {
            return vm.ret_bytes(&out);
        }
        vm.poll()?;
    }
}
fn decompress(vm: &mut Vm, data: Local, wbits: Option<i64>, bufsize: Option<i64>) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    if bufsize.is_some_and(|n| n <= 0) {
        return Err(vm.value_error("bufsize must be greater than 0"));
    }
    check_room(vm, INFLATE_BYTES)?;
    let Some(d) = inflate(wbits.unwrap_or(15), None) else {
        return Err(error(
            vm,
            "Error -2 while preparing to decompress data: inconsistent stream state",
        ));
    };
    let cell = RefCell::new(d);
    let done = run_inflate(vm, &RefCellOf::Own(&cell), &data, usize::MAX)?;
    if !done.eof {
        return Err(error(
            vm,
            "Error -5 while decompressing data: incomplete or truncated stream",
        ));
    }
    vm.ret_bytes(&done.out)
}
fn compressobj(
    vm: &mut Vm,
    level: Option<i64>,
    method: Option<i64>,
    wbits: Option<i64>,
    mem_level: Option<i64>,
    strategy: Option<i64>,
    zdict: Option<Local>,
) -> Py<Ret> {
    let zdict = match zdict {
        Some(zdict) => Some(vm.buffer_bytes(zdict)?),
        None => None,
    };
    check_room(vm, DEFLATE_BYTES)?;
    let made = deflate(
        level.unwrap_or(-1),
        wbits.unwrap_or(15),
        mem_level.unwrap_or(8),
        strategy.unwrap_or(0),
    );
    let Some(mut c) = made.filter(|_| method.unwrap_or(8) == 8) else {
        return Err(vm.value_error("Invalid initialization option"));
    };
    if zdict.is_some_and(|zdict| c.stream.set_dictionary(&zdict).is_err()) {
        return Err(vm.value_error("Invalid dictionary"));
    }
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &COMPRESS)?;
    attach(vm, made, c)?;
    Ok(vm.ret(made.value()))
}
fn new_inflate(vm: &mut Vm, wbits: Option<i64>, zdict: Option<Local>) -> Py<Decompressor> {
    let zdict = match zdict {
        Some(zdict) => {
            if !vm.has_buffer(zdict.value(vm)) {
                return Err(vm.type_error("zdict argument must support the buffer protocol"));
            }
            Some(vm.buffer_bytes(zdict)?).filter(|z| !z.is_empty())
        }
        None => None,
    };
    check_room(vm, INFLATE_BYTES)?;
    inflate(wbits.unwrap_or(15), zdict)
        .ok_or_else(|| vm.value_error("Invalid initialization option"))
}
fn decompressobj(vm: &mut Vm, wbits: Option<i64>, zdict: Option<Local>) -> Py<Ret> {
    let d = new_inflate(vm, wbits, zdict)?;
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &DECOMPRESS)?;
    attach(vm, made, d)?;
    Ok(vm.ret(made.value()))
}
fn new_decompressor(vm: &mut Vm, _cls: Local, wbits: Option<i64>, zdict: Option<Local>) -> Py<Ret> {
    let d = new_inflate(vm, wbits, zdict)?;
    let vm: &Vm = vm;
    let made = object::new_native_instance(vm, &DECOMPRESSOR)?;
    attach(vm, made, d)?;
    Ok(vm.ret(made.value()))
}

// ---- stream objects

fn copy(vm: &mut Vm, _this: Local) -> Py<Ret> {
    Err(vm.not_implemented_error("copying a zlib stream is not supported"))
}
fn deepcopy(vm: &mut Vm, this: Local, _memo: Local) -> Py<Ret> {
    copy(vm, this)
}
fn run_deflate(vm: &mut Vm, this: Local, data: &[u8], flush: i64, what: &str) -> Py<Ret> {
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        make_room(vm, &mut out)?;
        let step = host::<Compressor>(vm, this).and_then(|cell| {
            let mut c = cell.borrow_mut();
            let flush = match flush {
                1 => DeflateFlush::PartialFlush,
                2 => DeflateFlush::SyncFlush,
                3 => DeflateFlush::FullFlush,
                4 => DeflateFlush::Finish,
                5 => DeflateFlush::Block,
                _ => DeflateFlush::NoFlush,
            };
            (!c.finished).then(|| c.step(data.get(at..).unwrap_or(&[]), &mut out, flush))
        });
        let Some((taken, more)) = step else {
            return Err(error(
                vm,
                format!("Error -2 while {what}: inconsistent stream state"),
            ));
        };
        at += taken;
        if !more {
            return vm.ret_bytes(&out);
        }
        vm.poll()?;
    }
}
fn stream_compress(vm: &mut Vm, this: Local, data: Local) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    run_deflate(vm, this, &data, 0, "compressing data")
}
fn stream_flush(vm: &mut Vm, this: Local, mode: Option<i64>) -> Py<Ret> {
    match mode.unwrap_or(4) {
        0 => vm.ret_bytes(b""),
        mode @ 1..=5 => run_deflate(vm, this, &[], mode, "flushing"),
        _ => Err(error(
            vm,
            "Error -2 while flushing: inconsistent stream state",
        )),
    }
}
fn inflate_into(vm: &mut Vm, this: Local, input: &[u8], max: usize) -> Py<Ret> {
    if get(vm, this, slot::EOF) == Value::TRUE {
        append(vm, this, slot::UNUSED, input)?;
        set(vm, this, slot::TAIL, vm.new_bytes(b"")?.value());
        return vm.ret_bytes(b"");
    }
    let done = run_inflate(vm, &RefCellOf::Host(this), input, max)?;
    let rest = input.get(done.taken..).unwrap_or(&[]);
    if done.eof {
        set(vm, this, slot::EOF, Value::TRUE);
        append(vm, this, slot::UNUSED, rest)?;
        set(vm, this, slot::TAIL, vm.new_bytes(b"")?.value());
    } else {
        set(vm, this, slot::TAIL, vm.new_bytes(rest)?.value());
    }
    vm.ret_bytes(&done.out)
}
fn stream_decompress(vm: &mut Vm, this: Local, data: Local, max: Option<i64>) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    let Ok(max) = usize::try_from(max.unwrap_or(0)) else {
        return Err(vm.value_error("max_length must be non-negative"));
    };
    inflate_into(vm, this, &data, if max == 0 { usize::MAX } else { max })
}
fn decompress_flush(vm: &mut Vm, this: Local, length: Option<i64>) -> Py<Ret> {
    if length.is_some_and(|n| n <= 0) {
        return Err(vm.value_error("length must be greater than zero"));
    }
    let tail = get(vm, this, slot::TAIL)
        .as_bytes(vm)
        .map_or(Vec::new(), |b| b.bytes(vm).to_vec());
    inflate_into(vm, this, &tail, usize::MAX)
}
fn decompressor_decompress(vm: &mut Vm, this: Local, data: Local, max: Option<i64>) -> Py<Ret> {
    let data = vm.buffer_bytes(data)?;
    if get(vm, this, slot::EOF) == Value::TRUE {
        return Err(vm.eof_error("End of stream already reached"));
    }
    let input = pending_input(vm, this, &data);
    let max = usize::try_from(max.unwrap_or(-1)).unwrap_or(usize::MAX);
    let out = inflate_into(vm, this, &input, max)?.keep(vm);
    tell_needs_input(vm, this, out, max);
    Ok(vm.ret(out.value(vm)))
}

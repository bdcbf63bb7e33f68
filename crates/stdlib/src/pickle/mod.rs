//! `_pickle`: pickles, written and read natively. The same bytes, and the same errors, as CPython's Modules/_pickle.c.
//!
//! `pickler` and `unpickler` hold the types, `save`/`reduce` write objects, `load` runs the little stack machine that a pickle is a program of,
//! `source` is where it reads from, `memo` shows memos to Python. A pickle is hostile until proven otherwise: lengths are checked against what is
//! there before anything is allocated, and saving checks the native stack.

mod buffer;
mod load;
mod memo;
mod pickler;
mod reduce;
mod save;
mod source;
mod unpickler;

use crate::support::*;
use mesapy_vm::layout::exception;

pub static MODULE: NativeModule = NativeModule {
    name: "_pickle",
    doc: "Optimized C implementation for the Python pickle module.",
    functions: methods! {
        "dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)" => static calls dump(obj, file, protocol, fix_imports, callback), "Write a pickled representation of obj to the open file object file.\n\nThis is equivalent to ``Pickler(file, protocol).dump(obj)``, but may\nbe more efficient.";
        "dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None)" => static calls dumps(obj, protocol, fix_imports, callback), "Return the pickled representation of the object as a bytes object.";
        "load(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())" => static calls load(file, fix_imports, encoding, errors, buffers), "Read and return an object from the pickle data stored in a file.\n\nThis is equivalent to ``Unpickler(file).load()``, but may be more\nefficient.";
        "loads(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())" => static calls loads(data, fix_imports, encoding, errors, buffers), "Read and return an object from the given pickle data.";
    },
    types: &[
        &PICKLE_ERROR,
        &PICKLING_ERROR,
        &UNPICKLING_ERROR,
        &pickler::PICKLER,
        &unpickler::UNPICKLER,
        &buffer::PICKLE_BUFFER,
    ],
    init: Some(|vm, _| {
        vm.register_type(&memo::PICKLER_MEMO)?;
        vm.register_type(&memo::UNPICKLER_MEMO)
    }),
};

macro_rules! error_type {
    ($name:ident, $py:literal, $base:expr) => {
        pub static $name: TypeDef = TypeDef {
            name: $py,
            base: Some($base),
            layout: Layout::Slots(exception::COUNT as u16),
            flags: BASE_WEAK.with(TypeFlags::DICT),
            ..TypeDef::EMPTY
        };
    };
}
error_type!(PICKLE_ERROR, "_pickle.PickleError", &exc::EXCEPTION);
error_type!(PICKLING_ERROR, "_pickle.PicklingError", &PICKLE_ERROR);
error_type!(UNPICKLING_ERROR, "_pickle.UnpicklingError", &PICKLE_ERROR);

pub const HIGHEST_PROTOCOL: u8 = 5;
const DEFAULT_PROTOCOL: u8 = 5;
/// Items that one APPENDS, SETITEMS or ADDITEMS takes.
pub const BATCH: usize = 1000;

/// The bytes that pickles are made of.
pub mod op {
    pub const MARK: u8 = b'(';
    pub const STOP: u8 = b'.';
    pub const POP: u8 = b'0';
    pub const POP_MARK: u8 = b'1';
    pub const DUP: u8 = b'2';
    pub const FLOAT: u8 = b'F';
    pub const INT: u8 = b'I';
    pub const BININT: u8 = b'J';
    pub const BININT1: u8 = b'K';
    pub const LONG: u8 = b'L';
    pub const BININT2: u8 = b'M';
    pub const NONE: u8 = b'N';
    pub const PERSID: u8 = b'P';
    pub const BINPERSID: u8 = b'Q';
    pub const REDUCE: u8 = b'R';
    pub const STRING: u8 = b'S';
    pub const BINSTRING: u8 = b'T';
    pub const SHORT_BINSTRING: u8 = b'U';
    pub const UNICODE: u8 = b'V';
    pub const BINUNICODE: u8 = b'X';
    pub const APPEND: u8 = b'a';
    pub const BUILD: u8 = b'b';
    pub const GLOBAL: u8 = b'c';
    pub const DICT: u8 = b'd';
    pub const EMPTY_DICT: u8 = b'}';
    pub const APPENDS: u8 = b'e';
    pub const GET: u8 = b'g';
    pub const BINGET: u8 = b'h';
    pub const INST: u8 = b'i';
    pub const LONG_BINGET: u8 = b'j';
    pub const LIST: u8 = b'l';
    pub const EMPTY_LIST: u8 = b']';
    pub const OBJ: u8 = b'o';
    pub const PUT: u8 = b'p';
    pub const BINPUT: u8 = b'q';
    pub const LONG_BINPUT: u8 = b'r';
    pub const SETITEM: u8 = b's';
    pub const TUPLE: u8 = b't';
    pub const EMPTY_TUPLE: u8 = b')';
    pub const SETITEMS: u8 = b'u';
    pub const BINFLOAT: u8 = b'G';
    pub const PROTO: u8 = 0x80;
    pub const NEWOBJ: u8 = 0x81;
    pub const EXT1: u8 = 0x82;
    pub const EXT2: u8 = 0x83;
    pub const EXT4: u8 = 0x84;
    pub const TUPLE1: u8 = 0x85;
    pub const TUPLE2: u8 = 0x86;
    pub const TUPLE3: u8 = 0x87;
    pub const NEWTRUE: u8 = 0x88;
    pub const NEWFALSE: u8 = 0x89;
    pub const LONG1: u8 = 0x8a;
    pub const LONG4: u8 = 0x8b;
    pub const BINBYTES: u8 = b'B';
    pub const SHORT_BINBYTES: u8 = b'C';
    pub const SHORT_BINUNICODE: u8 = 0x8c;
    pub const BINUNICODE8: u8 = 0x8d;
    pub const BINBYTES8: u8 = 0x8e;
    pub const EMPTY_SET: u8 = 0x8f;
    pub const ADDITEMS: u8 = 0x90;
    pub const FROZENSET: u8 = 0x91;
    pub const NEWOBJ_EX: u8 = 0x92;
    pub const STACK_GLOBAL: u8 = 0x93;
    pub const MEMOIZE: u8 = 0x94;
    pub const FRAME: u8 = 0x95;
    pub const BYTEARRAY8: u8 = 0x96;
    pub const NEXT_BUFFER: u8 = 0x97;
    pub const READONLY_BUFFER: u8 = 0x98;
}

/// `PicklingError`.
pub fn pickling_error(vm: &Vm, text: &str) -> Raised {
    vm.raise_text(&PICKLING_ERROR, text)
}
/// `UnpicklingError`.
pub fn unpickling_error(vm: &Vm, text: &str) -> Raised {
    vm.raise_text(&UNPICKLING_ERROR, text)
}
/// An error that came while another was being handled.
pub fn in_context(vm: &Vm, error: Raised, first: Local) -> Raised {
    let e = vm.take_exception_local(error);
    if let Some(o) = e.value(vm).as_obj() {
        o.set_slot(vm, exception::CONTEXT, first.value(vm));
    }
    vm.raise_again(e.value(vm))
}
/// A hook that subclasses or instances may have (`persistent_id`, `persistent_load`); None where only the base class's own would be found.
fn own_hook(
    vm: &mut Vm,
    this: Local,
    def: &'static TypeDef,
    place: usize,
    name: &str,
) -> Py<Option<Local>> {
    {
        let vm: &Vm = vm;
        let set = slot(vm, this, place);
        if !set.is_empty() {
            return Ok(Some(vm.local(set)));
        }
        let text = vm.intern(name.as_bytes());
        let own = vm.type_lookup(vm.type_of(this.value(vm)), text);
        // It is a data descriptor: nothing in the instance's dict hides it.
        if own == vm.type_lookup(vm.type_object(def), text) {
            return Ok(None);
        }
    }
    Ok(vm.lookup_attr_str(this, name)?.map(|r| r.keep(vm)))
}
/// Not None and given.
pub fn given(vm: &Vm, x: Option<Local>) -> Option<Local> {
    x.filter(|x| !x.value(vm).is_none())
}

/// The protocol that an argument asks for.
fn protocol_number(vm: &mut Vm, protocol: Option<Local>) -> Py<u8> {
    let Some(protocol) = given(vm, protocol) else {
        return Ok(DEFAULT_PROTOCOL);
    };
    match vm.index(protocol)? {
        n if n < 0 => Ok(HIGHEST_PROTOCOL),
        n if n <= i64::from(HIGHEST_PROTOCOL) => Ok(n as u8),
        _ => Err(vm.value_error(format!("pickle protocol must be <= {HIGHEST_PROTOCOL}"))),
    }
}
fn check_callback(vm: &Vm, callback: Option<Local>, protocol: u8) -> Py<Option<Local>> {
    let callback = given(vm, callback);
    if callback.is_some() && protocol < 5 {
        return Err(vm.value_error("buffer_callback needs protocol >= 5"));
    }
    Ok(callback)
}
/// The `write` of a file.
fn write_method(vm: &mut Vm, file: Local) -> Py<Local> {
    match vm.lookup_attr_str(file, "write")? {
        Some(write) => Ok(write.keep(vm)),
        None => Err(vm.type_error("file must have a 'write' attribute")),
    }
}

fn dump(
    vm: &mut Vm,
    obj: Local,
    file: Local,
    protocol: Option<Local>,
    fix_imports: Option<bool>,
    callback: Option<Local>,
) -> Py<()> {
    let protocol = protocol_number(vm, protocol)?;
    let callback = check_callback(vm, callback, protocol)?;
    let write = write_method(vm, file)?;
    let mut writer = save::Writer::new(vm, protocol, fix_imports.unwrap_or(true), callback)?;
    writer.write = Some(write);
    writer.dump(vm, obj)?;
    writer.flush(vm)
}
fn dumps(
    vm: &mut Vm,
    obj: Local,
    protocol: Option<Local>,
    fix_imports: Option<bool>,
    callback: Option<Local>,
) -> Py<Ret> {
    let protocol = protocol_number(vm, protocol)?;
    let callback = check_callback(vm, callback, protocol)?;
    let mut writer = save::Writer::new(vm, protocol, fix_imports.unwrap_or(true), callback)?;
    writer.dump(vm, obj)?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_bytes(&writer.out)?.value()))
}
fn load(
    vm: &mut Vm,
    file: Local,
    fix_imports: Option<bool>,
    encoding: Option<Local<k::Str>>,
    errors: Option<Local<k::Str>>,
    buffers: Option<Local>,
) -> Py<Ret> {
    let source = source::Source::file(vm, file)?;
    let options = unpickler::options(vm, fix_imports, encoding, errors, buffers)?;
    let mut reader = load::Reader::new(vm, source, options)?;
    reader.load(vm)
}
fn loads(
    vm: &mut Vm,
    data: Local,
    fix_imports: Option<bool>,
    encoding: Option<Local<k::Str>>,
    errors: Option<Local<k::Str>>,
    buffers: Option<Local>,
) -> Py<Ret> {
    let source = source::Source::bytes(vm.buffer_bytes(data)?);
    let options = unpickler::options(vm, fix_imports, encoding, errors, buffers)?;
    let mut reader = load::Reader::new(vm, source, options)?;
    reader.load(vm)
}

//! `_struct`: Python values as C structs in bytes.
//!
//! A format is understood once and kept in a cache beside the heap (`format`); `Struct` objects hold its text and find it there.

mod format;
mod items;

use crate::support::*;
use format::Format;
pub use items::wide;
use mesapy_heap::Word;
use mesapy_vm::layout::exception;
use std::sync::Arc;

pub static MODULE: NativeModule = NativeModule {
    name: "_struct",
    doc: "Conversion between Python values and C structs, which are represented as bytes.",
    functions: methods! {
        "calcsize(format, /)" => static calls calcsize(format), "Return the size in bytes of the struct that a format describes.";
        "pack(...)" => static calls pack(args, kwargs), "pack(format, v1, v2, ...) -> bytes\n\nThe values packed as the format says.";
        "pack_into(...)" => static calls pack_into(args, kwargs), "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values as the format says, into a writable buffer.";
        "unpack(format, buffer, /)" => quick quick_unpack static calls unpack(format, buffer), "Return the tuple of values in a buffer of exactly calcsize(format) bytes.";
        "unpack_from(format, /, buffer, offset=0)" => static calls unpack_from(format, buffer, offset), "Return the tuple of values at an offset of a buffer; a negative one counts from its end.";
        "iter_unpack(format, buffer, /)" => static calls iter_unpack(format, buffer), "Return an iterator over the tuples that follow each other in a buffer.";
        "_clearcache()" => static calls clear_cache(), "Forget the formats seen.";
    },
    types: &[&STRUCT, &ERROR],
    init: Some(|vm, _| vm.register_type(&ITERATOR)),
};
pub static ERROR: TypeDef = TypeDef {
    name: "struct.error",
    base: Some(&exc::EXCEPTION),
    layout: Layout::Slots(exception::COUNT as u16),
    flags: BASE_WEAK.with(TypeFlags::DICT),
    ..TypeDef::EMPTY
};

/// The format's text.
const FORMAT: usize = 0;
static STRUCT: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_struct.Struct",
    doc: "Struct(fmt) --> compiled struct object\n\n",
    layout: Layout::Slots(1),
    flags: BASE_WEAK,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls struct_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, ...)" => calls struct_init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
        "__repr__(self, /)" => calls struct_repr(this), "Return repr(self).";
        "pack(self, /, *values)" => calls struct_pack(this, values), "S.pack(v1, v2, ...) -> bytes\n\nThe values packed as S.format says.";
        "pack_into(self, /, *values)" => calls struct_pack_into(this, values), "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values as S.format says, into a writable buffer.";
        "unpack(self, buffer, /)" => quick quick_struct_unpack calls struct_unpack(this, buffer), "Return the tuple of values in a buffer of exactly S.size bytes.";
        "unpack_from(self, /, buffer, offset=0)" => calls struct_unpack_from(this, buffer, offset), "Return the tuple of values at an offset of a buffer; a negative one counts from its end.";
        "iter_unpack(self, buffer, /)" => calls struct_iter_unpack(this, buffer), "Return an iterator over the tuples that follow each other in a buffer.";
    },
    getset: &[
        GetSet {
            name: "format",
            get: |vm, this| {
                of_struct(vm, this)?;
                Ok(vm.ret(slot(vm, this, FORMAT)))
            },
            set: None,
            doc: "struct format string",
        },
        GetSet {
            name: "size",
            get: |vm, this| {
                let size = of_struct(vm, this)?.size;
                Ok(vm.ret(vm.int(size as i64)))
            },
            set: None,
            doc: "struct size in bytes",
        },
    ],
    ..TypeDef::EMPTY
};

const ITER_FORMAT: usize = 0;
const ITER_BUFFER: usize = 1;
const ITER_AT: usize = 2;
static ITERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_struct.unpack_iterator",
    layout: Layout::Slots(3),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
        "__length_hint__(self, /)" => calls length_hint(this), "Return how many tuples are still to come.";
    },
    iternext: Some(next),
    ..TypeDef::EMPTY
};

// ---- formats

/// The text of a format argument, as a str in a local.
fn format_text(vm: &mut Vm, x: Local) -> Py<Local<k::Str>> {
    if let Some(text) = x.cast::<k::Str>(vm) {
        vm.encode(text, "ascii", "strict")?.keep(vm);
        return Ok(text);
    }
    let vm: &Vm = vm;
    match x.value(vm).as_bytes(vm) {
        Some(bytes) if bytes.bytes(vm).is_ascii() => {
            Ok(vm.local_of(vm.new_str(bytes.bytes(vm))?.value()))
        }
        Some(_) => Err(vm.raise_text(&ERROR, "bad char in struct format")),
        None => Err(vm.type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {}",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}
fn of_argument(vm: &mut Vm, x: Local) -> Py<Arc<Format>> {
    let text = format_text(vm, x)?;
    let text = text.get(vm).bytes(vm).to_vec();
    format::lookup(vm, &text)
}
fn of_struct(vm: &mut Vm, this: Local) -> Py<Arc<Format>> {
    let text = slot(vm, this, FORMAT)
        .as_str(vm)
        .map(|s| s.bytes(vm).to_vec());
    match text {
        Some(text) => format::lookup(vm, &text),
        None => Err(vm.runtime_error("Struct object is not initialized")),
    }
}

// ---- the work

fn pack_values(vm: &mut Vm, format: &Format, args: Local, first: usize, name: &str) -> Py<Vec<u8>> {
    let given = tuple_len(vm, args).saturating_sub(first);
    if given != format.values {
        return Err(vm.raise_text(
            &ERROR,
            &format!(
                "{name} expected {} items for packing (got {given})",
                format.values
            ),
        ));
    }
    items::pack(vm, format, args, first)
}
fn pack_format(vm: &mut Vm, format: &Format, args: Local, first: usize) -> Py<Ret> {
    let packed = pack_values(vm, format, args, first, "pack")?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_bytes(&packed)?.value()))
}
/// Packs the values behind a buffer and an offset, which are the tuple's items from `first` on.
fn pack_format_into(vm: &mut Vm, format: &Format, args: Local, first: usize) -> Py<()> {
    let n = tuple_len(vm, args).saturating_sub(first);
    if n < 2 {
        let missing = if n == 0 { "buffer" } else { "offset" };
        return Err(vm.raise_text(&ERROR, &format!("pack_into expected {missing} argument")));
    }
    if n - 2 != format.values {
        return Err(vm.raise_text(
            &ERROR,
            &format!(
                "pack_into expected {} items for packing (got {})",
                format.values,
                n - 2
            ),
        ));
    }
    let (buffer, offset) = (tuple_item(vm, args, first), tuple_item(vm, args, first + 1));
    let view = match (is_scattered(vm, buffer)?, vm.buffer_view(buffer, true)) {
        (false, Ok(view)) => view,
        (_, refused) => {
            match refused {
                Ok(view) => vm.view_release(view)?,
                Err(raised) => {
                    vm.take_exception(raised);
                }
            }
            return Err(vm.type_error(format!(
                "argument must be read-write bytes-like object, not {}",
                vm.type_name_for_error(buffer.value(vm))
            )));
        }
    };
    let done = store_packed(vm, format, args, first, view, offset);
    vm.view_release(view)?;
    done
}
fn store_packed(
    vm: &mut Vm,
    format: &Format,
    args: Local,
    first: usize,
    view: Local,
    offset: Local,
) -> Py<()> {
    let offset = vm.index_for_item(offset)?;
    let size = format.size as i64;
    let len = vm.view_len(view)? as i64;
    let mut at = offset;
    if at < 0 {
        if at.saturating_add(size) > 0 {
            return Err(vm.raise_text(
                &ERROR,
                &format!("no space to pack {size} bytes at offset {offset}"),
            ));
        }
        at = at.saturating_add(len);
        if at < 0 {
            return Err(out_of_range(vm, offset, len));
        }
    }
    if len.saturating_sub(at) < size {
        let least = i128::from(at) + i128::from(size);
        return Err(vm.raise_text(
            &ERROR,
            &format!(
                "pack_into requires a buffer of at least {least} bytes for packing {size} bytes at offset {at} (actual buffer size is {len})"
            ),
        ));
    }
    let packed = items::pack(vm, format, args, first + 2)?;
    vm.view_store(view, at as usize, &packed)
}
fn out_of_range(vm: &Vm, offset: i64, len: i64) -> Raised {
    vm.raise_text(
        &ERROR,
        &format!("offset {offset} out of range for {len}-byte buffer"),
    )
}
fn unpack_whole(vm: &mut Vm, format: &Format, buffer: Local) -> Py<Ret> {
    let data = vm.buffer_bytes(buffer)?;
    if data.len() != format.size {
        return Err(vm.raise_text(
            &ERROR,
            &format!("unpack requires a buffer of {} bytes", format.size),
        ));
    }
    let vm: &Vm = vm;
    Ok(vm.ret(items::unpack(vm, format, &data)?.value()))
}
fn unpack_at(vm: &mut Vm, format: &Format, buffer: Local, offset: Option<i64>) -> Py<Ret> {
    let len = if let Some(b) = buffer.value(vm).as_bytes(vm) {
        b.len(vm)
    } else {
        vm.buffer_len(buffer)?
    } as i64;
    let offset = offset.unwrap_or(0);
    let size = format.size as i64;
    let mut at = offset;
    if at < 0 {
        if at.saturating_add(size) > 0 {
            return Err(vm.raise_text(
                &ERROR,
                &format!("not enough data to unpack {size} bytes at offset {offset}"),
            ));
        }
        at = at.saturating_add(len);
        if at < 0 {
            return Err(out_of_range(vm, offset, len));
        }
    }
    if len.saturating_sub(at) < size {
        let least = i128::from(at) + i128::from(size);
        return Err(vm.raise_text(
            &ERROR,
            &format!(
                "unpack_from requires a buffer of at least {least} bytes for unpacking {size} bytes at offset {at} (actual buffer size is {len})"
            ),
        ));
    }
    let range = at as usize..at as usize + format.size;
    let data = buffer_range(vm, buffer, range)?;
    let vm: &Vm = vm;
    Ok(vm.ret(items::unpack(vm, format, &data)?.value()))
}
/// Part of a buffer. Of the types that are mostly read so, only that part is copied.
fn buffer_range(vm: &mut Vm, buffer: Local, range: std::ops::Range<usize>) -> Py<Vec<u8>> {
    let value = buffer.value(vm);
    let part = if let Some(b) = value.as_bytes(vm) {
        b.bytes(vm).get(range).map(<[u8]>::to_vec)
    } else if let Some(b) = value.as_bytearray(vm) {
        Some(b.to_vec(vm, range))
    } else {
        vm.buffer_bytes(buffer)?.get(range).map(<[u8]>::to_vec)
    };
    Ok(part.unwrap_or_default())
}
fn iterator_over(vm: &mut Vm, format: &Format, text: Local, buffer: Local) -> Py<Local> {
    if format.size == 0 {
        return Err(vm.raise_text(
            &ERROR,
            "cannot iteratively unpack with a struct of length 0",
        ));
    }
    let held = if buffer.value(vm).as_exact_bytes(vm).is_some() {
        buffer
    } else {
        let data = vm.buffer_bytes(buffer)?;
        vm.local(vm.new_bytes(&data)?.value())
    };
    let len = held.value(vm).as_bytes(vm).map_or(0, |b| b.len(vm));
    if len % format.size != 0 {
        return Err(vm.raise_text(
            &ERROR,
            &format!(
                "iterative unpacking requires a buffer of a multiple of {} bytes",
                format.size
            ),
        ));
    }
    let made = make_exact(vm, &ITERATOR)?;
    set_slot(vm, made, ITER_FORMAT, text.value(vm));
    set_slot(vm, made, ITER_BUFFER, held.value(vm));
    set_int_slot(vm, made, ITER_AT, 0);
    Ok(made)
}

// ---- the iterator

fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn iterator_format(vm: &mut Vm, this: Local) -> Py<Option<Arc<Format>>> {
    let text = slot(vm, this, ITER_FORMAT)
        .as_str(vm)
        .map(|s| s.bytes(vm).to_vec());
    text.map(|t| format::lookup(vm, &t)).transpose()
}
fn remaining(vm: &Vm, this: Local) -> usize {
    let len = slot(vm, this, ITER_BUFFER)
        .as_bytes(vm)
        .map_or(0, |b| b.len(vm));
    len.saturating_sub(int_slot(vm, this, ITER_AT) as usize)
}
fn length_hint(vm: &mut Vm, this: Local) -> Py<usize> {
    let size = iterator_format(vm, this)?.map_or(0, |f| f.size);
    Ok(remaining(vm, this).checked_div(size).unwrap_or(0))
}
fn next(vm: &mut Vm, this: Local) -> Py<bool> {
    let Some(format) = iterator_format(vm, this)? else {
        return Ok(false);
    };
    let vm: &Vm = vm;
    let at = int_slot(vm, this, ITER_AT) as usize;
    let Some(data) = slot(vm, this, ITER_BUFFER)
        .as_bytes(vm)
        .and_then(|b| b.bytes(vm).get(at..at + format.size))
    else {
        set_slot(vm, this, ITER_FORMAT, Value::NONE);
        set_slot(vm, this, ITER_BUFFER, Value::NONE);
        return Ok(false);
    };
    let values = items::unpack(vm, &format, data)?;
    let _item = vm.ret(values.value());
    set_int_slot(vm, this, ITER_AT, (at + format.size) as i64);
    Ok(true)
}

// ---- functions

fn clear_cache(vm: &mut Vm) -> Py<()> {
    format::clear_cache(vm);
    Ok(())
}
fn calcsize(vm: &mut Vm, format: Local) -> Py<usize> {
    Ok(of_argument(vm, format)?.size)
}
/// The format that is the first of any number of arguments.
fn first_format(vm: &mut Vm, args: Local, kwargs: Local, name: &str) -> Py<Arc<Format>> {
    no_keywords(vm, name, kwargs)?;
    if tuple_len(vm, args) == 0 {
        return Err(vm.type_error("missing format argument"));
    }
    let format = tuple_item(vm, args, 0);
    of_argument(vm, format)
}
fn pack(vm: &mut Vm, args: Local, kwargs: Local) -> Py<Ret> {
    let format = first_format(vm, args, kwargs, "pack")?;
    pack_format(vm, &format, args, 1)
}
fn pack_into(vm: &mut Vm, args: Local, kwargs: Local) -> Py<()> {
    let format = first_format(vm, args, kwargs, "pack_into")?;
    pack_format_into(vm, &format, args, 1)
}
/// Bytes of the right length by a format that was seen already.
fn quick_unpack(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let text = quick_argument(base, 0).value(vm);
    unpack_known(vm, text, base, n)
}
fn quick_struct_unpack(vm: &Vm, base: u32, n: u32) -> Option<Word> {
    let this = quick_argument(base, 0);
    if !vm.has_layout(this.value(vm), &STRUCT) {
        return None;
    }
    unpack_known(vm, slot(vm, this, FORMAT), base, n)
}
fn unpack_known(vm: &Vm, text: Value<'_>, base: u32, n: u32) -> Option<Word> {
    let buffer = quick_argument(base, 1);
    let data = buffer.value(vm).as_exact_bytes(vm).filter(|_| n == 2)?;
    let format = format::known(vm, text.as_exact_str(vm)?.bytes(vm))?;
    let data = data.bytes(vm);
    if data.len() != format.size {
        return None;
    }
    Some(items::unpack(vm, format, data).ok()?.value().word())
}
fn unpack(vm: &mut Vm, format: Local, buffer: Local) -> Py<Ret> {
    let format = of_argument(vm, format)?;
    unpack_whole(vm, &format, buffer)
}
fn unpack_from(vm: &mut Vm, format: Local, buffer: Local, offset: Option<i64>) -> Py<Ret> {
    let format = of_argument(vm, format)?;
    unpack_at(vm, &format, buffer, offset)
}
fn iter_unpack(vm: &mut Vm, format: Local, buffer: Local) -> Py<Local> {
    let text = format_text(vm, format)?;
    let format = of_argument(vm, text.any())?;
    iterator_over(vm, &format, text.any(), buffer)
}

// ---- Struct

fn struct_new(vm: &mut Vm, cls: Local, _args: Local, _kwargs: Local) -> Py<Local> {
    make(vm, cls, &STRUCT)
}
fn struct_init(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<()> {
    let named = kwargs.value(vm).as_dict(vm).map_or(0, |d| d.len(vm));
    let given = tuple_len(vm, args) + named;
    if given > 1 {
        return Err(vm.type_error(format!("Struct() takes at most 1 argument ({given} given)")));
    }
    let format = if named == 0 {
        tuple_item(vm, args, 0)
    } else {
        let vm: &Vm = vm;
        let by_name = kwargs
            .value(vm)
            .as_dict(vm)
            .and_then(|d| d.get_str(vm, vm.intern(b"format")));
        vm.local(by_name.unwrap_or(Value::EMPTY))
    };
    if given == 0 || format.value(vm).is_empty() {
        return Err(vm.type_error("Struct() missing required argument 'format' (pos 1)"));
    }
    let text = format_text(vm, format)?;
    of_argument(vm, text.any())?;
    set_slot(vm, this, FORMAT, text.value(vm));
    Ok(())
}
fn struct_repr(vm: &mut Vm, this: Local) -> Py<String> {
    of_struct(vm, this)?;
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    // A format is ASCII without quotes or backslashes.
    let text = vm.text_of(slot(vm, this, FORMAT));
    Ok(format!("{name}('{text}')"))
}
fn struct_pack(vm: &mut Vm, this: Local, values: Local) -> Py<Ret> {
    let format = of_struct(vm, this)?;
    pack_format(vm, &format, values, 0)
}
fn struct_pack_into(vm: &mut Vm, this: Local, values: Local) -> Py<()> {
    let format = of_struct(vm, this)?;
    pack_format_into(vm, &format, values, 0)
}
fn struct_unpack(vm: &mut Vm, this: Local, buffer: Local) -> Py<Ret> {
    let format = of_struct(vm, this)?;
    unpack_whole(vm, &format, buffer)
}
fn struct_unpack_from(vm: &mut Vm, this: Local, buffer: Local, offset: Option<i64>) -> Py<Ret> {
    let format = of_struct(vm, this)?;
    unpack_at(vm, &format, buffer, offset)
}
fn struct_iter_unpack(vm: &mut Vm, this: Local, buffer: Local) -> Py<Local> {
    let format = of_struct(vm, this)?;
    let text = slot_local(vm, this, FORMAT);
    iterator_over(vm, &format, text, buffer)
}

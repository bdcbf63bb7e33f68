//! `array`: sequences of numbers or characters of one C type, stored as their bytes (`store`).

mod pickle;
mod sequence;
mod store;

use crate::support::*;
use sequence::*;
use store::{byte_len, code, itemsize, len};

pub static MODULE: NativeModule = NativeModule {
    name: "array",
    doc: "Arrays of basic values: characters, integers, floating-point numbers. They behave much like lists, but hold objects of one type only.",
    functions: methods! {
        "_array_reconstructor(arraytype, typecode, mformat_code, items, /)" => static calls reconstruct(arraytype, typecode, format, items), "Internal. Used for pickling support.";
    },
    types: &[&ARRAY],
    init: Some(init),
};

const DATA: usize = 0;
/// Bytes in use.
const LEN: usize = 1;
/// The type code's character.
const CODE: usize = 2;
const EXPORTS: usize = 3;

pub static ARRAY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "array.array",
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array of items of the C type that typecode names (see array.typecodes), from a list, a bytes-like object, another array or any iterable.",
    layout: Layout::Slots(4),
    flags: BASE_WEAK.with(TypeFlags::SEQUENCE),
    methods: METHODS,
    getset: &[
        GetSet {
            name: "typecode",
            get: |vm, this| {
                let code = char::from(code(vm, this.value(vm))).to_string();
                Ok(vm.ret(vm.new_str(code.as_bytes())?.value()))
            },
            set: None,
            doc: "the typecode character used to create the array",
        },
        GetSet {
            name: "itemsize",
            get: |vm, this| {
                let size = itemsize(vm, this.value(vm)) as i64;
                Ok(vm.ret(vm.int(size)))
            },
            set: None,
            doc: "the size, in bytes, of one array item",
        },
    ],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => calls length(this), "Return len(self).";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls setitem(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls delitem(this, key), "Delete self[key].";
    "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
    "__add__(self, value, /)" => calls add(this, value), "Return self+value.";
    "__iadd__(self, value, /)" => calls iadd(this, value), "Implement self+=value.";
    "__mul__(self, value, /)" => calls mul(this, value), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, value), "Return value*self.";
    "__imul__(self, value, /)" => calls imul(this, value), "Implement self*=value.";
    "__lt__(self, value, /)" => calls lt(this, value), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, value), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, value), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, value), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, value), "Return self>=value.";
    "__copy__(self, /)" => calls copy(this), "Return a copy of the array.";
    "__deepcopy__(self, unused, /)" => calls deepcopy(this, unused), "Return a copy of the array.";
    "__reduce_ex__(self, value, /)" => calls reduce_ex(this, protocol), "Return state information for pickling.";
    "__sizeof__(self, /)" => calls size_of(this), "Size of the array in memory, in bytes.";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(cls, object), "Arrays are generic over the type of their elements";
    "append(self, v, /)" => calls append(this, v), "Append new value v to the end of the array.";
    "buffer_info(self, /)" => calls buffer_info(this), "Return a tuple of an address and the number of items.";
    "byteswap(self, /)" => calls byteswap(this), "Reverse the bytes of every item.";
    "clear(self, /)" => calls clear(this), "Remove all items from the array.";
    "count(self, v, /)" => calls count(this, v), "Return number of occurrences of v in the array.";
    "extend(self, bb, /)" => calls extend(this, bb), "Append items to the end of the array.";
    "frombytes(self, buffer, /)" => calls frombytes(this, buffer), "Append items from the bytes of machine values.";
    "fromfile(self, f, n, /)" => calls fromfile(this, f, n), "Read n objects from the file object f and append them to the end of the array.";
    "fromlist(self, list, /)" => calls fromlist(this, list), "Append items to array from list.";
    "fromunicode(self, ustr, /)" => calls fromunicode(this, text), "Append the characters of a str to an array of characters.";
    "index(self, v, start=0, stop=sys.maxsize, /)" => calls index(this, v, start, stop), "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present.";
    "insert(self, i, v, /)" => calls insert(this, i, v), "Insert a new item v into the array before position i.";
    "pop(self, i=-1, /)" => calls pop(this, i), "Return the i-th element and delete it from the array.\n\ni defaults to -1.";
    "remove(self, v, /)" => calls remove(this, v), "Remove the first occurrence of v in the array.";
    "reverse(self, /)" => calls reverse(this), "Reverse the order of the items in the array.";
    "tobytes(self, /)" => calls tobytes(this), "Return the items as the bytes of machine values.";
    "tofile(self, f, /)" => calls tofile(this, f), "Write all items (as machine values) to the file object f.";
    "tolist(self, /)" => calls tolist(this), "Convert array to an ordinary list with the same items.";
    "tounicode(self, /)" => calls tounicode(this), "Return an array of characters as a str.";
};
const ITER_ARRAY: usize = 0;
const ITER_INDEX: usize = 1;
static ITERATOR: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "array.arrayiterator",
    layout: Layout::Slots(2),
    flags: TypeFlags::NO_NEW,
    methods: methods! {
        "__iter__(self, /)" => calls itself(this), "Implement iter(self).";
        "__reduce__(self, /)" => calls iter_reduce(this), "Return state information for pickling.";
        "__setstate__(self, state, /)" => calls iter_setstate(this, state), "Set state information for unpickling.";
    },
    iternext: Some(next),
    ..TypeDef::EMPTY
};

fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    vm.register_type(&ITERATOR)?;
    vm.register_buffer(&ARRAY, &store::PROCS);
    {
        let vm: &Vm = vm;
        let codes: Vec<u8> = store::CODES.iter().map(|(c, _)| *c).collect();
        set_global(vm, dict, "typecodes", vm.new_str(&codes)?.value())?;
        set_global(vm, dict, "ArrayType", vm.type_object(&ARRAY).value())?;
    }
    // Where the library is not there, neither is the abstract class that arrays belong to.
    let sequence = imported(vm, "collections.abc", "MutableSequence");
    if let Some(sequence) = vm.caught(sequence, &exc::IMPORT_ERROR)? {
        let class = vm.local(vm.type_object(&ARRAY).value());
        let _registered = vm.call_method(sequence, "register", &[class])?;
    }
    Ok(())
}

fn is_array(vm: &Vm, x: Local) -> bool {
    vm.is_instance_of(x.value(vm), &ARRAY)
}
fn bad_argument(vm: &Vm) -> Raised {
    vm.type_error("bad argument type for built-in operation")
}

// ---- making

fn typecode_of(vm: &Vm, x: Local, what: &str) -> Py<u32> {
    let Some(s) = x.value(vm).as_str(vm) else {
        return Err(vm.type_error(format!(
            "{what} must be a unicode character, not {}",
            vm.type_name_for_error(x.value(vm))
        )));
    };
    let points: Vec<u32> = store::code_points(s.bytes(vm)).collect();
    match points[..] {
        [c] => Ok(c),
        _ => Err(vm.type_error(format!(
            "{what} must be a unicode character, not a string of length {}",
            points.len()
        ))),
    }
}
fn new(vm: &mut Vm, cls: Local, args: Local, kwargs: Local) -> Py<Local> {
    if cls.value(vm) == vm.type_object(&ARRAY).value() {
        no_keywords(vm, "array.array", kwargs)?;
    }
    let n = tuple_len(vm, args);
    if !(1..=2).contains(&n) {
        let bound = if n == 0 {
            "at least 1 argument"
        } else {
            "at most 2 arguments"
        };
        return Err(vm.type_error(format!("array() takes {bound} ({n} given)")));
    }
    let code = tuple_item(vm, args, 0);
    let code = typecode_of(vm, code, "array() argument 1")?;
    if code == u32::from('u') {
        vm.warn(
            &exc::DEPRECATION_WARNING,
            "The 'u' type code is deprecated and will be removed in Python 3.16",
            1,
        )?;
    }
    let initial = (n == 2).then(|| tuple_item(vm, args, 1));
    let code = u8::try_from(code).unwrap_or(0);
    if let Some(x) = initial.filter(|_| !store::is_text(code)) {
        let what = if x.is::<k::Str>(vm) {
            Some("str")
        } else if is_array(vm, x) && store::is_text(store::code(vm, x.value(vm))) {
            Some("unicode array")
        } else {
            None
        };
        if let Some(what) = what {
            return Err(vm.type_error(format!(
                "cannot use a {what} to initialize an array with typecode '{}'",
                char::from(code)
            )));
        }
    }
    if store::size_of_code(code).is_none() {
        return Err(
            vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
        );
    }
    let made = make(vm, cls, &ARRAY)?;
    store::fill(vm, made, code, &[])?;
    if let Some(x) = initial {
        initialize(vm, made, code, x)?;
    }
    Ok(made)
}
fn initialize(vm: &mut Vm, this: Local, code: u8, x: Local) -> Py<()> {
    if let Some(bytes) = bytes_like(vm, x)? {
        return append_bytes(vm, this, &bytes);
    }
    if store::is_text(code) && x.is::<k::Str>(vm) {
        return append_text(vm, this, x);
    }
    if is_array(vm, x) && store::code(vm, x.value(vm)) == code {
        let bytes = store::all_bytes(vm, x.value(vm));
        return store::splice(vm, this, 0..0, &bytes);
    }
    append_iterable(vm, this, x)
}
fn append_bytes(vm: &mut Vm, this: Local, bytes: &[u8]) -> Py<()> {
    if !bytes.len().is_multiple_of(itemsize(vm, this.value(vm))) {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    let end = byte_len(vm, this.value(vm));
    store::splice(vm, this, end..end, bytes)
}
fn append_text(vm: &mut Vm, this: Local, text: Local) -> Py<()> {
    let bytes: Vec<u8> = {
        let Some(s) = text.value(vm).as_str(vm) else {
            return Err(bad_argument(vm));
        };
        store::code_points(s.bytes(vm))
            .flat_map(u32::to_le_bytes)
            .collect()
    };
    append_bytes(vm, this, &bytes)
}
fn append_one(vm: &mut Vm, this: Local, x: Local) -> Py<()> {
    let code = code(vm, this.value(vm));
    let bytes = store::item_bytes(vm, code, x)?;
    let end = byte_len(vm, this.value(vm));
    let size = itemsize(vm, this.value(vm));
    store::splice(vm, this, end..end, bytes.get(..size).unwrap_or(&[]))
}
fn append_iterable(vm: &mut Vm, this: Local, x: Local) -> Py<()> {
    let iterator = vm.iter(x)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_into(iterator, item)? {
        vm.scope(|vm| append_one(vm, this, item))?;
    }
    Ok(())
}

// ---- bytes, files, text

fn frombytes(vm: &mut Vm, this: Local, buffer: Local) -> Py<()> {
    let bytes = vm.buffer_bytes(buffer)?;
    append_bytes(vm, this, &bytes)
}
fn tobytes(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let bytes = store::all_bytes(vm, this.value(vm));
    Ok(vm.ret(vm.new_bytes(&bytes)?.value()))
}
fn fromfile(vm: &mut Vm, this: Local, f: Local, n: i64) -> Py<()> {
    let Ok(n) = usize::try_from(n) else {
        return Err(vm.value_error("negative count"));
    };
    let wanted = n
        .checked_mul(itemsize(vm, this.value(vm)))
        .and_then(|n| i64::try_from(n).ok())
        .ok_or_else(|| vm.memory_error())?;
    let size = vm.local(vm.int(wanted));
    let read = vm.call_method(f, "read", &[size])?.keep(vm);
    let Some(bytes) = read.value(vm).as_bytes(vm).map(|b| b.bytes(vm).to_vec()) else {
        return Err(vm.type_error("read() didn't return bytes"));
    };
    append_bytes(vm, this, &bytes)?;
    if bytes.len() as i64 != wanted {
        return Err(vm.raise_text(&exc::EOF_ERROR, "read() didn't return enough bytes"));
    }
    Ok(())
}
fn tofile(vm: &mut Vm, this: Local, f: Local) -> Py<()> {
    const BLOCK: usize = 64 * 1024;
    let mut at = 0;
    let block = vm.local(Value::NONE);
    while at < byte_len(vm, this.value(vm)) {
        let bytes = store::bytes(vm, this.value(vm), at..at + BLOCK);
        block.set(vm, vm.new_bytes(&bytes)?.value());
        let _written = vm.call_method(f, "write", &[block])?;
        at += BLOCK;
    }
    Ok(())
}
fn fromlist(vm: &mut Vm, this: Local, list: Local) -> Py<()> {
    let Some(list) = list.cast::<k::List>(vm) else {
        return Err(vm.type_error("arg must be list"));
    };
    let (n, code, size) = {
        let value = this.value(vm);
        (list.get(vm).len(vm), code(vm, value), itemsize(vm, value))
    };
    let item = vm.local(Value::NONE);
    let mut bytes = Vec::new();
    for i in 0..n {
        match list.get(vm).at(vm, i) {
            Some(v) => item.set(vm, v),
            None => return Err(vm.runtime_error("list changed size during iteration")),
        }
        let one = vm.scope(|vm| store::item_bytes(vm, code, item))?;
        bytes.extend_from_slice(one.get(..size).unwrap_or(&[]));
        if list.get(vm).len(vm) != n {
            return Err(vm.runtime_error("list changed size during iteration"));
        }
    }
    append_bytes(vm, this, &bytes)
}
fn fromunicode(vm: &mut Vm, this: Local, text: Local<k::Str>) -> Py<()> {
    if !store::is_text(code(vm, this.value(vm))) {
        return Err(
            vm.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    append_text(vm, this, text.any())
}
fn tounicode(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    if !store::is_text(code(vm, this.value(vm))) {
        return Err(
            vm.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    let mut text = Vec::new();
    for c in store::all_bytes(vm, this.value(vm)).chunks_exact(4) {
        let c = c.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b));
        text.extend(store::character(vm, c)?);
    }
    Ok(vm.ret(vm.new_str(&text)?.value()))
}
fn byteswap(vm: &mut Vm, this: Local) -> Py<()> {
    let value = this.value(vm);
    let mut bytes = store::all_bytes(vm, value);
    bytes
        .chunks_exact_mut(itemsize(vm, value))
        .for_each(<[u8]>::reverse);
    store::overwrite(vm, value, 0, &bytes);
    Ok(())
}
fn buffer_info(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = this.value(vm);
    let pair = [vm.uint(vm.id(value)), vm.int(len(vm, value) as i64)];
    Ok(vm.ret(vm.new_tuple(&pair)?.value()))
}
fn size_of(vm: &mut Vm, this: Local) -> Py<usize> {
    Ok(64 + byte_len(vm, this.value(vm)))
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let name = vm.type_short_name(vm.type_of(this.value(vm)).value());
    let code = char::from(code(vm, this.value(vm)));
    if byte_len(vm, this.value(vm)) == 0 {
        let vm: &Vm = vm;
        return Ok(vm.ret(vm.new_str(format!("{name}('{code}')").as_bytes())?.value()));
    }
    let items = if store::is_text(code as u8) {
        tounicode(vm, this)?
    } else {
        tolist(vm, this)?
    };
    let items = items.keep(vm);
    let shown = vm.repr(items)?.keep(vm);
    let vm: &Vm = vm;
    let mut text = format!("{name}('{code}', ").into_bytes();
    text.extend_from_slice(shown.value(vm).as_str(vm).map_or(&[], |s| s.bytes(vm)));
    text.push(b')');
    Ok(vm.ret(vm.new_str(&text)?.value()))
}

// ---- copies and pickles

fn copy(vm: &mut Vm, this: Local) -> Py<Local> {
    let value = this.value(vm);
    let (code, bytes) = (code(vm, value), store::all_bytes(vm, value));
    store::new_array(vm, code, &bytes)
}
fn deepcopy(vm: &mut Vm, this: Local, _memo: Local) -> Py<Local> {
    copy(vm, this)
}
fn reduce_ex(vm: &mut Vm, this: Local, protocol: Local) -> Py<Ret> {
    pickle::reduce(vm, this, protocol)
}
fn reconstruct(vm: &mut Vm, class: Local, code: Local, format: i64, items: Local) -> Py<Local> {
    pickle::reconstruct(vm, class, code, format, items)
}

//! `bytearray`: mutable bytes. The methods that don't change it are shared with `bytes`, in `bytes_methods`.
//!
//! Whatever changes the length first makes sure that no view looks at the bytes ([`resizable`]), after all arguments have been converted: an argument's
//! `__index__` or `__buffer__` may change the bytearray or make views of it.

use super::bytes::{dunder_buffer, in_class, repeated, truth_of};
use super::bytes_methods::{self, *};
use super::percent;
use super::support::{self, RawSlice, Subscript, subscript, wrap_index};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::Method;
use crate::objects::exceptions as exc;
use crate::objects::object;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{ByteArray, Kind, Value};
use mesapy_text::repr;
use mesapy_text::search::Kind as TextKind;

pub static BYTEARRAY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "bytearray",
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer",
    base: None,
    layout: Layout::Kind(Kind::ByteArray),
    flags: TypeFlags::BASETYPE.with(TypeFlags::MATCH_SELF),
    methods: METHODS,
    getset: &[],
    members: &[],
    iternext: None,
    endless: None,
};

pub static METHODS: &[Method] = with_shared_methods! {
    "__new__(cls, /, *args, **kwargs)" => static leaf bytearray_new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__init__(self, /, source=b'', encoding='utf-8', errors='strict')" => calls bytearray_init(this, source, encoding, errors), "Initialize self.  See help(type(self)) for accurate signature.";
    "__repr__(self, /)" => leaf bytearray_repr(this), "Return repr(self).";
    "__str__(self, /)" => calls bytearray_str(this), "Return str(self).";
    "__len__(self, /)" => leaf bytearray_len(this), "Return len(self).";
    "__lt__(self, value, /)" => calls lt(this, other), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, other), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, other), "Return self>=value.";
    "__iter__(self, /)" => leaf bytearray_iter(this), "Implement iter(self).";
    "__contains__(self, key, /)" => calls bytearray_contains(this, key), "Return bool(key in self).";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls setitem(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls delitem(this, key), "Delete self[key].";
    "__add__(self, value, /)" => calls add(this, other), "Return self+value.";
    "__iadd__(self, value, /)" => calls iadd(this, other), "Implement self+=value.";
    "__mul__(self, value, /)" => calls mul(this, times), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, times), "Return value*self.";
    "__imul__(self, value, /)" => calls imul(this, times), "Implement self*=value.";
    "__mod__(self, value, /)" => calls mod_(this, args), "Return self%value.";
    "__rmod__(self, value, /)" => calls rmod(this, template), "Return value%self.";
    "__buffer__(self, flags, /)" => calls dunder_buffer(this, flags), "Return a buffer object that exposes the underlying memory of the object.";
    "__release_buffer__(self, buffer, /)" => calls release_buffer(this, view), "Release the buffer object that exposes the underlying memory of the object.";
    "__alloc__(self, /)" => leaf alloc(this), "B.__alloc__() -> int\n\nReturn the number of bytes actually allocated.";
    "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
    "__reduce_ex__(self, proto=0, /)" => calls reduce_ex(this, proto), "Return state information for pickling.";
    "__sizeof__(self, /)" => leaf sizeof(this), "Returns the size of the bytearray object in memory, in bytes.";
    "append(self, item, /)" => calls append(this, item), "Append a single item to the end of the bytearray.\n\n  item\n    The item to be appended.";
    "clear(self, /)" => calls clear(this), "Remove all items from the bytearray.";
    "copy(self, /)" => leaf copy(this), "Return a copy of B.";
    "extend(self, iterable_of_ints, /)" => calls extend(this, source), "Append all the items from the iterator or sequence to the bytearray.\n\n  iterable_of_ints\n    The iterable of items to append.";
    "fromhex(cls, string, /)" => class calls fromhex(cls, text), "Create a bytearray object from a string of hexadecimal numbers.\n\nSpaces between two numbers are accepted.\nExample: bytearray.fromhex('B9 01EF') -> bytearray(b'\\\\xb9\\\\x01\\\\xef')";
    "insert(self, index, item, /)" => calls insert(this, index, item), "Insert a single item into the bytearray before the given index.\n\n  index\n    The index where the value is to be inserted.\n  item\n    The item to be inserted.";
    "pop(self, index=-1, /)" => calls pop(this, index), "Remove and return a single item from B.\n\n  index\n    The index from where to remove the item.\n    -1 (the default value) means remove the last item.\n\nIf no index argument is given, will pop the last item.";
    "remove(self, value, /)" => calls remove(this, value), "Remove the first occurrence of a value in the bytearray.\n\n  value\n    The value to remove.";
    "resize(self, size, /)" => calls resize(this, size), "Resize the internal buffer of bytearray to len.\n\n  size\n    New size to resize to.";
    "reverse(self, /)" => leaf reverse(this), "Reverse the order of the values in B in place.";
};

/// The receiver, if it is a bytearray or an instance of a subclass.
fn array<'v>(vm: &'v Vm, this: Local) -> Py<ByteArray<'v>> {
    let value = this.value(vm);
    value.as_bytearray(vm).ok_or_else(|| {
        vm.type_error(format!(
            "a bytearray is required, not '{}'",
            vm.type_name_for_error(value)
        ))
    })
}
fn array_of<'v>(vm: &'v Vm, this: Value<'v>) -> Py<ByteArray<'v>> {
    this.as_bytearray(vm).ok_or_else(|| {
        vm.type_error(format!(
            "a bytearray is required, not '{}'",
            vm.type_name_for_error(this)
        ))
    })
}
/// Raises BufferError if a view looks at the bytes.
fn resizable(vm: &mut Vm, this: Local) -> Py<()> {
    let views = {
        let vm: &Vm = vm;
        let views = array(vm, this)?.extra(vm, 0);
        if views.as_list(vm).is_none_or(|l| l.is_empty(vm)) {
            return Ok(());
        }
        vm.local(views)
    };
    vm.check_no_exports(views)
}
/// Replaces a range of bytes, if the length stays or may change.
fn splice(vm: &mut Vm, this: Local, range: std::ops::Range<usize>, bytes: &[u8]) -> Py<()> {
    if range.len() != bytes.len() {
        resizable(vm, this)?;
    }
    let vm: &Vm = vm;
    let array = array(vm, this)?;
    if array.len(vm).saturating_add(bytes.len()) > u32::MAX as usize {
        return Err(vm.memory_error());
    }
    Ok(array.splice(vm, range, bytes)?)
}

fn bytearray_new<'v>(
    vm: &'v Vm,
    cls: Value<'v>,
    _args: Value<'v>,
    _kwargs: Value<'v>,
) -> Py<Value<'v>> {
    let cls = vm.local(cls);
    let class = object::check_new_class(vm, cls, &BYTEARRAY)?;
    let made = vm.new_bytearray(b"")?.value();
    if class == vm.type_object(&BYTEARRAY) {
        Ok(made)
    } else {
        object::wrap(vm, class, made)
    }
}
fn bytearray_init(
    vm: &mut Vm,
    this: Local,
    source: Option<Local>,
    encoding: Option<Local>,
    errors: Option<Local>,
) -> Py<()> {
    // Empty first, so that this is what it is when the source fails.
    let len = array(vm, this)?.len(vm);
    if len > 0 {
        splice(vm, this, 0..len, b"")?;
    }
    let bytes = from_source(vm, "bytearray", source, encoding, errors)?;
    let len = array(vm, this)?.len(vm);
    splice(vm, this, 0..len, &bytes)
}
fn fromhex(vm: &mut Vm, cls: Local, text: Local) -> Py<Ret> {
    let bytes = from_hex(vm, text)?;
    in_class(vm, cls, &BYTEARRAY, &bytes)
}
fn bytearray_repr<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let name = vm.type_short_name(vm.type_of(this).value());
    let text = repr::repr_bytearray(name.as_bytes(), &own(vm, this));
    Ok(vm.new_str(&text)?.value())
}
fn bytearray_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    super::bytes::warn_of_str(vm, "bytearray")?;
    let vm: &Vm = vm;
    Ok(vm.ret(bytearray_repr(vm, this.value(vm))?))
}
fn bytearray_len(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(this.as_bytearray(vm).map_or(0, |b| b.len(vm)))
}
fn bytearray_iter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(crate::objects::iterators::bytearray_iterator(vm, this))
}
fn bytearray_contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    bytes_methods::contains(vm, this, key)
}
fn alloc(vm: &Vm, this: Value<'_>) -> Py<usize> {
    // CPython keeps a zero behind the bytes.
    Ok(this.as_bytearray(vm).map_or(0, |b| b.capacity(vm)) + 1)
}
fn sizeof(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(56 + this.as_bytearray(vm).map_or(0, |b| b.capacity(vm)))
}
fn copy<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(vm.new_bytearray(&own(vm, this))?.value())
}
fn release_buffer(vm: &mut Vm, this: Local, view: Local) -> Py<()> {
    super::memoryview::dunder_release_buffer(vm, this, view)
}
fn compare(vm: &mut Vm, this: Local<k::Any>, other: Local, op: CmpOp) -> Py<Ret> {
    let order = ordering(vm, this, other)?;
    Ok(vm.ret(truth_of(op, order)))
}
support::comparisons!(k::Any, compare);

// ---- operators

fn add(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if !vm.has_buffer(other.value(vm)) {
        return Err(cannot_concat(vm, other));
    }
    let other = plain(vm, other)?;
    let vm: &Vm = vm;
    let joined = [own(vm, this.value(vm)), own(vm, other.value(vm))].concat();
    Ok(vm.ret(vm.new_bytearray(&joined)?.value()))
}
fn cannot_concat(vm: &Vm, other: Local) -> Raised {
    vm.type_error(format!(
        "can't concat {} to bytearray",
        vm.type_name_for_error(other.value(vm))
    ))
}
fn iadd(vm: &mut Vm, this: Local, other: Local) -> Py<Local> {
    if !vm.has_buffer(other.value(vm)) {
        return Err(cannot_concat(vm, other));
    }
    let bytes = vm.buffer_bytes(other)?;
    let len = array(vm, this)?.len(vm);
    splice(vm, this, len..len, &bytes)?;
    Ok(this)
}
fn mul(vm: &mut Vm, this: Local, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let vm: &Vm = vm;
    let made = repeated(vm, &own(vm, this.value(vm)), times)?;
    Ok(vm.ret(vm.new_bytearray(&made)?.value()))
}
fn imul(vm: &mut Vm, this: Local, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let made = repeated(vm, &own(vm, this.value(vm)), times)?;
    let len = array(vm, this)?.len(vm);
    splice(vm, this, 0..len, &made)?;
    Ok(vm.ret(this.value(vm)))
}
fn mod_(vm: &mut Vm, this: Local, args: Local) -> Py<Ret> {
    let template = own(vm, this.value(vm)).into_owned();
    let view = vm.native_view(this, false)?;
    let made = percent::format(vm, &template, args, TextKind::Bytes);
    vm.view_release(view)?;
    let made = made?;
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_bytearray(&made)?.value()))
}
fn rmod(vm: &mut Vm, this: Local, template: Local) -> Py<Ret> {
    if template.value(vm).as_bytearray(vm).is_some() {
        mod_(vm, template, this)
    } else {
        Ok(vm.ret(Value::NOT_IMPLEMENTED))
    }
}

// ---- subscripts

fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    let key = subscript(vm, key, "bytearray")?;
    let vm: &Vm = vm;
    let array = array(vm, this)?;
    match key {
        Subscript::Index(i) => match wrap_index(i, array.len(vm)).and_then(|i| array.get(vm, i)) {
            Some(byte) => Ok(vm.ret(Value::int32(byte as i32))),
            None => Err(vm.index_error("bytearray index out of range")),
        },
        Subscript::Slice(raw) => {
            let span = raw.adjust(array.len(vm));
            let made = if span.step == 1 {
                array.to_vec(vm, span.start..span.start + span.n)
            } else {
                let bytes = array.to_vec(vm, 0..usize::MAX);
                span.indices()
                    .filter_map(|i| bytes.get(i).copied())
                    .collect()
            };
            Ok(vm.ret(vm.new_bytearray(&made)?.value()))
        }
    }
}
fn setitem(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    match subscript(vm, key, "bytearray")? {
        Subscript::Index(i) => {
            let byte = byte_value(vm, value)?;
            let array = array(vm, this)?;
            match wrap_index(i, array.len(vm)) {
                Some(i) if array.set(vm, i, byte) => Ok(()),
                _ => Err(vm.index_error("bytearray index out of range")),
            }
        }
        Subscript::Slice(raw) => {
            let bytes = assigned(vm, value)?;
            set_slice(vm, this, raw, &bytes)
        }
    }
}
/// The bytes that are assigned to a slice.
fn assigned(vm: &mut Vm, value: Local) -> Py<Vec<u8>> {
    if vm.has_buffer(value.value(vm)) {
        return vm.buffer_bytes(value);
    }
    let iterable = vm
        .special_of(value.value(vm), crate::dunder::Dunder::Iter)
        .is_some()
        || vm
            .special_of(value.value(vm), crate::dunder::Dunder::GetItem)
            .is_some();
    if vm.is_int(value.value(vm)) || value.value(vm).as_str(vm).is_some() || !iterable {
        return Err(
            vm.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
        );
    }
    bytes_from_iterable(vm, value, "byte must be in range(0, 256)")
}
fn set_slice(vm: &mut Vm, this: Local, raw: RawSlice, bytes: &[u8]) -> Py<()> {
    let span = raw.adjust(array(vm, this)?.len(vm));
    if span.step == 1 {
        return splice(vm, this, span.start..span.start + span.n, bytes);
    }
    if bytes.is_empty() {
        return del_slice(vm, this, raw);
    }
    if bytes.len() != span.n {
        return Err(vm.value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            bytes.len(),
            span.n
        )));
    }
    let array = array(vm, this)?;
    for (i, byte) in span.indices().zip(bytes) {
        array.set(vm, i, *byte);
    }
    Ok(())
}
fn del_slice(vm: &mut Vm, this: Local, raw: RawSlice) -> Py<()> {
    let len = array(vm, this)?.len(vm);
    let span = raw.adjust(len);
    if span.step == 1 {
        return splice(vm, this, span.start..span.start + span.n, b"");
    }
    if span.n == 0 {
        return Ok(());
    }
    let mut keep = vec![true; len];
    span.indices().for_each(|i| {
        if let Some(k) = keep.get_mut(i) {
            *k = false;
        }
    });
    let rest: Vec<u8> = own(vm, this.value(vm))
        .iter()
        .zip(keep)
        .filter(|(_, keep)| *keep)
        .map(|(b, _)| *b)
        .collect();
    splice(vm, this, 0..len, &rest)
}
fn delitem(vm: &mut Vm, this: Local, key: Local) -> Py<()> {
    match subscript(vm, key, "bytearray")? {
        Subscript::Index(i) => match wrap_index(i, array(vm, this)?.len(vm)) {
            Some(i) => splice(vm, this, i..i + 1, b""),
            None => Err(vm.index_error("bytearray index out of range")),
        },
        Subscript::Slice(raw) => del_slice(vm, this, raw),
    }
}

// ---- methods

fn append(vm: &mut Vm, this: Local, item: Local) -> Py<()> {
    let byte = byte_value(vm, item)?;
    let len = array(vm, this)?.len(vm);
    splice(vm, this, len..len, &[byte])
}
fn clear(vm: &mut Vm, this: Local) -> Py<()> {
    let len = array(vm, this)?.len(vm);
    splice(vm, this, 0..len, b"")
}
fn extend(vm: &mut Vm, this: Local, source: Local) -> Py<()> {
    if vm.has_buffer(source.value(vm)) {
        // Where the end is now, also if the source's `__buffer__` adds something.
        let end = array(vm, this)?.len(vm);
        let bytes = vm.buffer_bytes(source)?;
        let end = end.min(array(vm, this)?.len(vm));
        return splice(vm, this, end..end, &bytes);
    }
    let bytes = {
        if source
            .value(vm)
            .as_str(vm)
            .is_some_and(|s| s.byte_len(vm) > 0)
        {
            return Err(vm.type_error("expected iterable of integers; got: 'str'"));
        }
        let iterator = vm.iter(source);
        let Some(ret) = vm.caught(iterator, &exc::TYPE_ERROR)? else {
            return Err(vm.type_error(format!(
                "can't extend bytearray with {}",
                vm.type_name_for_error(source.value(vm))
            )));
        };
        let iterator = ret.keep(vm);
        // Nothing is reserved, but what the hint raises counts.
        let _ = vm.length_hint(source, 0)?;
        bytes_from_iterable(vm, iterator, "byte must be in range(0, 256)")?
    };
    let len = array(vm, this)?.len(vm);
    splice(vm, this, len..len, &bytes)
}
fn insert(vm: &mut Vm, this: Local, index: i64, item: Local) -> Py<()> {
    let byte = byte_value(vm, item)?;
    let len = array(vm, this)?.len(vm) as i64;
    let at = if index < 0 {
        index.saturating_add(len).max(0)
    } else {
        index.min(len)
    } as usize;
    splice(vm, this, at..at, &[byte])
}
fn pop(vm: &mut Vm, this: Local, index: Option<i64>) -> Py<i64> {
    let array = array(vm, this)?;
    let len = array.len(vm);
    if len == 0 {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    let Some((at, byte)) =
        wrap_index(index.unwrap_or(-1), len).and_then(|i| array.get(vm, i).map(|b| (i, b)))
    else {
        return Err(vm.index_error("pop index out of range"));
    };
    splice(vm, this, at..at + 1, b"")?;
    Ok(byte as i64)
}
fn remove(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let byte = byte_value(vm, value)?;
    let Some(at) = own(vm, this.value(vm)).iter().position(|b| *b == byte) else {
        return Err(vm.value_error("value not found in bytearray"));
    };
    splice(vm, this, at..at + 1, b"")
}
fn resize(vm: &mut Vm, this: Local, size: i64) -> Py<()> {
    let Ok(len) = usize::try_from(size) else {
        return Err(vm.value_error(format!("Can only resize to positive sizes, got {size}")));
    };
    if len > u32::MAX as usize {
        return Err(vm.memory_error());
    }
    if array(vm, this)?.len(vm) != len {
        resizable(vm, this)?;
    }
    let vm: &Vm = vm;
    Ok(array(vm, this)?.resize(vm, len)?)
}
fn reverse(vm: &Vm, this: Value<'_>) -> Py<()> {
    let array = array_of(vm, this.word().value(vm))?;
    let mut bytes = array.to_vec(vm, 0..usize::MAX);
    bytes.reverse();
    array.copy_in(vm, 0, &bytes);
    Ok(())
}

// ---- pickling

fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    reduce_by(vm, this, 2)
}
fn reduce_ex(vm: &mut Vm, this: Local, proto: Option<i64>) -> Py<Ret> {
    reduce_by(vm, this, proto.unwrap_or(0))
}
/// CPython: Objects/bytearrayobject.c, _common_reduce
fn reduce_by(vm: &mut Vm, this: Local, proto: i64) -> Py<Ret> {
    // The state: what `object.__getstate__` says, which is None for plain bytearrays.
    let state = vm.call_method(this, "__getstate__", &[])?.keep(vm);
    let vm: &Vm = vm;
    let bytes = own(vm, this.value(vm));
    let args = if proto < 3 {
        let mut text = Vec::new();
        mesapy_text::codec::single::decode_latin1(&bytes, &mut text);
        if bytes.is_empty() {
            vm.new_tuple(&[])?
        } else {
            vm.new_tuple(&[vm.new_str(&text)?.value(), vm.new_str(b"latin-1")?.value()])?
        }
    } else if bytes.is_empty() {
        vm.new_tuple(&[])?
    } else {
        vm.new_tuple(&[vm.new_bytes(&bytes)?.value()])?
    };
    let class = vm.type_of(this.value(vm));
    Ok(vm.ret(
        vm.new_tuple(&[class.value(), args.value(), state.value(vm)])?
            .value(),
    ))
}

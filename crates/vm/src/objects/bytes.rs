//! `bytes`: the type, its constructor, its operators and its subscripts. The methods are shared with `bytearray`, in `bytes_methods`.

use super::bytes_methods::{self, *};
use super::percent;
use super::support::{self, Subscript, subscript, wrap_index};
use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::objects::object;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::{Bytes, Kind, Tuple, Value};
use mesapy_text::repr;
use mesapy_text::search::Kind as TextKind;

pub static BYTES: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "bytes",
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer",
    base: None,
    layout: Layout::Kind(Kind::Bytes),
    flags: TypeFlags::BASETYPE.with(TypeFlags::MATCH_SELF),
    methods: METHODS,
    getset: &[],
    members: &[],
    iternext: None,
    endless: None,
};

pub static METHODS: &[Method] = with_shared_methods! {
    "__new__(cls, source=b'', encoding='utf-8', errors='strict')" => static calls bytes_new(cls, source, encoding, errors), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf bytes_repr(this), "Return repr(self).";
    "__str__(self, /)" => calls bytes_str(this), "Return str(self).";
    "__hash__(self, /)" => leaf bytes_hash(this), "Return hash(self).";
    "__len__(self, /)" => leaf bytes_len(this), "Return len(self).";
    "__lt__(self, value, /)" => calls lt(this, other), "Return self<value.";
    "__le__(self, value, /)" => calls le(this, other), "Return self<=value.";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__gt__(self, value, /)" => calls gt(this, other), "Return self>value.";
    "__ge__(self, value, /)" => calls ge(this, other), "Return self>=value.";
    "__iter__(self, /)" => leaf bytes_iter(this), "Implement iter(self).";
    "__contains__(self, key, /)" => calls bytes_contains(this, key), "Return bool(key in self).";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__add__(self, value, /)" => calls add(this, other), "Return self+value.";
    "__mul__(self, value, /)" => calls mul(this, times), "Return self*value.";
    "__rmul__(self, value, /)" => calls mul(this, times), "Return value*self.";
    "__mod__(self, value, /)" => calls mod_(this, args), "Return self%value.";
    "__rmod__(self, value, /)" => calls rmod(this, template), "Return value%self.";
    "__bytes__(self, /)" => leaf dunder_bytes(this), "Convert this value to exact type bytes.";
    "__buffer__(self, flags, /)" => calls dunder_buffer(this, flags), "Return a buffer object that exposes the underlying memory of the object.";
    "__getnewargs__(self, /)" => leaf getnewargs(this), "";
    "__sizeof__(self, /)" => leaf sizeof(this), "Size of object in memory, in bytes.";
    "fromhex(cls, string, /)" => class calls fromhex(cls, text), "Create a bytes object from a string of hexadecimal numbers.\n\nSpaces between two numbers are accepted.\nExample: bytes.fromhex('B9 01EF') -> b'\\\\xb9\\\\x01\\\\xef'.";
};

fn bytes_new(
    vm: &mut Vm,
    cls: Local,
    source: Option<Local>,
    encoding: Option<Local>,
    errors: Option<Local>,
) -> Py<Ret> {
    let exact = {
        let vm: &Vm = vm;
        object::check_new_class(vm, cls, &BYTES)? == vm.type_object(&BYTES)
    };
    if exact
        && encoding.is_none()
        && errors.is_none()
        && let Some(source) = source.filter(|s| s.value(vm).as_exact_bytes(vm).is_some())
    {
        return Ok(vm.ret(source.value(vm)));
    }
    let bytes = from_source(vm, "bytes", source, encoding, errors)?;
    let vm: &Vm = vm;
    let made = vm.new_bytes(&bytes)?.value();
    if exact {
        return Ok(vm.ret(made));
    }
    let class = object::check_new_class(vm, cls, &BYTES)?;
    Ok(vm.ret(object::wrap(vm, class, made)?))
}
fn fromhex(vm: &mut Vm, cls: Local, text: Local) -> Py<Ret> {
    let bytes = from_hex(vm, text)?;
    in_class(vm, cls, &BYTES, &bytes)
}
/// Bytes for a class method: of the class itself, or by calling the subclass.
pub(super) fn in_class(vm: &mut Vm, cls: Local, def: &'static TypeDef, bytes: &[u8]) -> Py<Ret> {
    let made = {
        let vm: &Vm = vm;
        vm.local(if std::ptr::eq(def, &BYTES) {
            vm.new_bytes(bytes)?.value()
        } else {
            vm.new_bytearray(bytes)?.value()
        })
    };
    if cls.value(vm) == vm.type_object(def).value() {
        return Ok(vm.ret(made.value(vm)));
    }
    vm.call(cls, &[made])
}

fn bytes_repr<'v>(vm: &'v Vm, this: Bytes<'v>) -> Py<Value<'v>> {
    Ok(vm.new_str(&repr::repr_bytes(this.bytes(vm)))?.value())
}
/// `str(b"…")`, which `-b` warns of.
fn bytes_str(vm: &mut Vm, this: Local) -> Py<Ret> {
    warn_of_str(vm, "bytes")?;
    let vm: &Vm = vm;
    match this.value(vm).as_bytes(vm) {
        Some(bytes) => Ok(vm.ret(bytes_repr(vm, bytes)?)),
        None => Err(vm.type_error("expected bytes")),
    }
}
pub(crate) fn warn_of_str(vm: &mut Vm, kind: &str) -> Py<()> {
    if vm.sys_config.flags.bytes_warning == 0 {
        return Ok(());
    }
    let text = format!("str() on a {kind} instance");
    vm.warn(&super::exceptions::BYTES_WARNING, &text, 1)
}
fn bytes_hash(vm: &Vm, this: Bytes<'_>) -> Py<i64> {
    Ok(this.hash(vm) as i64)
}
fn bytes_len(vm: &Vm, this: Bytes<'_>) -> Py<usize> {
    Ok(this.len(vm))
}
fn bytes_iter<'v>(vm: &'v Vm, this: Bytes<'v>) -> Py<Value<'v>> {
    Ok(crate::objects::iterators::bytes_iterator(vm, this.value()))
}
fn dunder_bytes<'v>(_: &'v Vm, this: Bytes<'v>) -> Py<Value<'v>> {
    Ok(this.value())
}
fn getnewargs<'v>(vm: &'v Vm, this: Bytes<'v>) -> Py<Tuple<'v>> {
    Ok(vm.new_tuple(&[this.value()])?)
}
fn sizeof(vm: &Vm, this: Bytes<'_>) -> Py<usize> {
    Ok(33 + this.len(vm))
}
/// `__buffer__` of native exporters.
pub(super) fn dunder_buffer(vm: &mut Vm, this: Local, flags: i64) -> Py<Ret> {
    let view = vm.native_view(this, flags & super::buffer::flags::WRITABLE != 0)?;
    Ok(vm.ret(view.value(vm)))
}
fn bytes_contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    bytes_methods::contains(vm, this, key)
}

fn compare(vm: &mut Vm, this: Local<k::Any>, other: Local, op: CmpOp) -> Py<Ret> {
    // With bytearrays and views it is they that compare.
    let ordering = match (this.value(vm).as_bytes(vm), other.value(vm).as_bytes(vm)) {
        (Some(x), Some(y)) => Some(x.bytes(vm).cmp(y.bytes(vm))),
        _ => None,
    };
    Ok(vm.ret(truth_of(op, ordering)))
}
/// A comparison's result.
pub(super) fn truth_of(op: CmpOp, ordering: Option<std::cmp::Ordering>) -> Value<'static> {
    let Some(order) = ordering else {
        return Value::NOT_IMPLEMENTED;
    };
    Value::bool(match op {
        CmpOp::Lt => order.is_lt(),
        CmpOp::Le => order.is_le(),
        CmpOp::Eq => order.is_eq(),
        CmpOp::Ne => order.is_ne(),
        CmpOp::Gt => order.is_gt(),
        CmpOp::Ge => order.is_ge(),
    })
}
support::comparisons!(k::Any, compare);

fn add(vm: &mut Vm, this: Local<k::Bytes>, other: Local) -> Py<Ret> {
    if !vm.has_buffer(other.value(vm)) {
        return Err(vm.type_error(format!(
            "can't concat {} to bytes",
            vm.type_name_for_error(other.value(vm))
        )));
    }
    let other = plain(vm, other)?;
    let vm: &Vm = vm;
    let (x, y) = (this.get(vm), own(vm, other.value(vm)));
    if y.is_empty() {
        return Ok(vm.ret(x.value()));
    }
    if let (true, Some(y)) = (x.len(vm) == 0, other.value(vm).as_exact_bytes(vm)) {
        return Ok(vm.ret(y.value()));
    }
    Ok(vm.ret(vm.new_bytes_parts(&[x.bytes(vm), &y])?.value()))
}
fn mul(vm: &mut Vm, this: Local<k::Bytes>, times: Local) -> Py<Ret> {
    let Some(times) = support::repeat_count(vm, times)? else {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    };
    let vm: &Vm = vm;
    let bytes = this.get(vm);
    if times == 1 {
        return Ok(vm.ret(bytes.value()));
    }
    if bytes
        .len(vm)
        .checked_mul(times)
        .is_none_or(|n| n > isize::MAX as usize)
    {
        return Err(vm.overflow_error("repeated bytes are too long"));
    }
    let made = repeated(vm, bytes.bytes(vm), times)?;
    vm.ret_bytes(&made)
}
/// `bytes * times`, refused before it is built if it is too long.
pub(super) fn repeated(vm: &Vm, bytes: &[u8], times: usize) -> Py<Vec<u8>> {
    let len = support::repeated_len(vm, bytes.len(), times)?;
    let mut out: Vec<u8> = Vec::new();
    out.try_reserve_exact(len).map_err(|_| vm.memory_error())?;
    match bytes {
        [byte] => out.resize(len, *byte),
        _ => (0..if len == 0 { 0 } else { times }).for_each(|_| out.extend_from_slice(bytes)),
    }
    Ok(out)
}
fn mod_(vm: &mut Vm, this: Local<k::Bytes>, args: Local) -> Py<Ret> {
    let template = this.get(vm).bytes(vm).to_vec();
    let made = percent::format(vm, &template, args, TextKind::Bytes)?;
    vm.ret_bytes(&made)
}
fn rmod(vm: &mut Vm, this: Local<k::Bytes>, template: Local) -> Py<Ret> {
    match template.cast::<k::Bytes>(vm) {
        Some(template) => mod_(vm, template, this.any()),
        None => Ok(vm.ret(Value::NOT_IMPLEMENTED)),
    }
}

fn getitem(vm: &mut Vm, this: Local<k::Bytes>, key: Local) -> Py<Ret> {
    match subscript(vm, key, "byte")? {
        Subscript::Index(i) => {
            let bytes = this.get(vm).bytes(vm);
            match wrap_index(i, bytes.len()).and_then(|i| bytes.get(i)) {
                Some(byte) => Ok(vm.ret(Value::int32(*byte as i32))),
                None => Err(vm.index_error("index out of range")),
            }
        }
        Subscript::Slice(raw) => {
            let vm: &Vm = vm;
            let whole = this.get(vm);
            let bytes = whole.bytes(vm);
            let span = raw.adjust(bytes.len());
            if span.step == 1 {
                if span.n == bytes.len() {
                    return Ok(vm.ret(whole.value()));
                }
                return vm.ret_bytes(bytes.get(span.start..span.start + span.n).unwrap_or(&[]));
            }
            let made: Vec<u8> = span
                .indices()
                .filter_map(|i| bytes.get(i).copied())
                .collect();
            vm.ret_bytes(&made)
        }
    }
}

//! `memoryview`: a window on the bytes of an exporter, with a format and any number of dimensions.
//!
//! A view holds its exporter, an offset, a shape and strides (as CPython's `Py_buffer`), and never a pointer: each access goes through `buffer::read` and
//! `buffer::write`, which check bounds against the exporter as it is. Formats of items are in `memory_format`.

mod iteration;
mod methods;
mod subscripts;

use super::buffer::{self, flags};
use super::bytes::dunder_buffer;
use super::bytes_methods::hex_text;
use super::memory_format::{self, item_size};
use super::support::{RawSlice, Subscript, raw_slice, subscript, wrap_index};
use crate::convert::SliceBound;
use crate::dunder::Dunder;
use crate::local::{Local, Py, Raised, Ret};
use crate::native::{GetSet, Method};
use crate::objects::exceptions as exc;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
pub use iteration::MEMORY_ITERATOR;
use iteration::iter;
use mesapy_heap::{Kind, Obj, Value, Word};
use methods::{cast, count, hex, index, tobytes, tolist, toreadonly};
use subscripts::{delitem, getitem, setitem};

mod slot {
    /// What the bytes are read from: bytes, bytearray or a native exporter.
    pub const BASE: usize = 0;
    /// What `obj` says.
    pub const OBJ: usize = 1;
    pub const FORMAT: usize = 2;
    pub const ITEMSIZE: usize = 3;
    pub const SHAPE: usize = 4;
    pub const STRIDES: usize = 5;
    pub const OFFSET: usize = 6;
    pub const READONLY: usize = 7;
    pub const RELEASED: usize = 8;
    /// For exporters written in Python: a list of the exporter, the view that its `__buffer__` gave, and the number of views on it.
    pub const MANAGED: usize = 9;
    /// The hash, once computed: it outlives the view's release.
    pub const HASH: usize = 10;
    /// How many operations under way need the view, which then can't be released.
    pub const HELD: usize = 11;
    /// True while the `__release_buffer__` of an exporter looks at the view: no views of it can be made.
    pub const RESTRICTED: usize = 12;
    pub const COUNT: usize = 13;
}

/// Dimensions at most, as in CPython.
const DIMENSIONS_MAX: usize = 64;

pub static MEMORYVIEW: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "memoryview",
    doc: "Create a new memoryview object which references the given object.",
    base: None,
    layout: Layout::Kind(Kind::MemoryView),
    flags: TypeFlags::SEQUENCE.with(TypeFlags::WEAKREF),
    methods: METHODS,
    getset: GETSET,
    members: &[],
    iternext: None,
    endless: None,
};
static METHODS: &[Method] = crate::methods! {
    "__new__(cls, object)" => static calls memoryview_new(cls, object), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => leaf memoryview_repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__len__(self, /)" => leaf len(this), "Return len(self).";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__iter__(self, /)" => leaf iter(this), "Implement iter(self).";
    "__getitem__(self, key, /)" => calls getitem(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls setitem(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => leaf delitem(this, key), "Delete self[key].";
    "__enter__(self, /)" => leaf enter(this), "";
    "__exit__(self, /, *exc_info)" => calls exit(this, info), "Release the underlying buffer exposed by the memoryview object.";
    "__buffer__(self, flags, /)" => calls dunder_buffer(this, flags), "Return a buffer object that exposes the underlying memory of the object.";
    "__release_buffer__(self, buffer, /)" => calls release_buffer(this, view), "Release the buffer object that exposes the underlying memory of the object.";
    "__class_getitem__(type, object, /)" => class calls class_getitem(cls, item), "See PEP 585";
    "_from_flags(type, /, object, flags)" => class calls from_flags(cls, object, flags), "Create a new memoryview object which references the given object.";
    "cast(self, /, format, shape=<unrepresentable>)" => calls cast(this, format, shape), "Cast a memoryview to a new format or shape.";
    "count(self, value, /)" => calls count(this, value), "Count the number of occurrences of a value.";
    "hex(self, /, sep=<unrepresentable>, bytes_per_sep=1)" => calls hex(this, sep, group), "Return the data in the buffer as a str of hexadecimal numbers.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.";
    "index(self, value, start=0, stop=sys.maxsize, /)" => calls index(this, value, start, stop), "Return the index of the first occurrence of a value.\n\nRaises ValueError if the value is not present.";
    "release(self, /)" => calls release_method(this), "Release the underlying buffer exposed by the memoryview object.";
    "tobytes(self, /, order='C')" => calls tobytes(this, order), "Return the data in the buffer as a byte string.\n\nOrder can be {'C', 'F', 'A'}. When order is 'C' or 'F', the data of the\noriginal array is converted to C or Fortran order. For contiguous views,\n'A' returns an exact copy of the physical memory. In particular, in-memory\nFortran order is preserved. For non-contiguous views, the data is converted\nto C first. order=None is the same as order='C'.";
    "tolist(self, /)" => leaf tolist(this), "Return the data in the buffer as a list of elements.";
    "toreadonly(self, /)" => leaf toreadonly(this), "Return a readonly version of the memoryview.";
};
macro_rules! attributes {
    ($($name:literal $view:ident => $value:expr;)*) => { &[$( GetSet {
        name: $name,
        get: |vm, this| {
            let vm: &Vm = vm;
            let $view = View::of(vm, this.value(vm))?;
            let get: for<'v> fn(&'v Vm, &View<'v>) -> Py<Value<'v>> = $value;
            Ok(vm.ret(get(vm, &$view)?))
        },
        set: None,
        doc: "",
    } ),*] };
}
static GETSET: &[GetSet] = attributes! {
    "obj" view => |vm, v| Ok(v.slot(vm, slot::OBJ));
    "nbytes" view => |vm, v| Ok(vm.int(v.byte_len() as i64));
    "readonly" view => |_, v| Ok(Value::bool(v.readonly));
    "itemsize" view => |vm, v| Ok(vm.int(v.itemsize as i64));
    "format" view => |vm, v| Ok(v.slot(vm, slot::FORMAT));
    "ndim" view => |vm, v| Ok(vm.int(v.dims.len() as i64));
    "shape" view => |vm, v| Ok(v.slot(vm, slot::SHAPE));
    "strides" view => |vm, v| Ok(v.slot(vm, slot::STRIDES));
    "suboffsets" view => |vm, _| Ok(vm.empty_tuple().value());
    "c_contiguous" view => |_, v| Ok(Value::bool(v.c_contiguous()));
    "f_contiguous" view => |_, v| Ok(Value::bool(v.f_contiguous()));
    "contiguous" view => |_, v| Ok(Value::bool(v.c_contiguous() || v.f_contiguous()));
};

/// A dimension: its length, and how many bytes apart its items are.
type Dim = (usize, isize);

/// A view that is not released, read into Rust.
struct View<'v> {
    obj: Obj<'v>,
    format: String,
    itemsize: usize,
    dims: Vec<Dim>,
    offset: usize,
    readonly: bool,
}

fn released(vm: &Vm) -> Raised {
    vm.value_error("operation forbidden on released memoryview object")
}
fn ints(vm: &Vm, tuple: Value<'_>) -> Vec<i64> {
    tuple
        .as_tuple(vm)
        .map(|t| t.iter(vm).map(|v| v.as_small_int().unwrap_or(0)).collect())
        .unwrap_or_default()
}
fn int_tuple<'v>(vm: &'v Vm, ints: impl Iterator<Item = i64>) -> Py<Value<'v>> {
    let values: Vec<Value<'v>> = ints.map(|i| vm.int(i)).collect();
    Ok(vm.new_tuple(&values)?.value())
}
/// Strides of memory without gaps, the last dimension running fastest.
fn c_strides(shape: &[usize], itemsize: usize) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut step = itemsize as isize;
    for (stride, len) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.wrapping_mul(*len as isize);
    }
    strides
}

impl<'v> View<'v> {
    fn of(vm: &'v Vm, value: Value<'v>) -> Py<View<'v>> {
        let Some(obj) = value.as_obj().filter(|o| o.kind(vm) == Kind::MemoryView) else {
            return Err(vm.type_error(format!(
                "a memoryview is required, not '{}'",
                vm.type_name_for_error(value)
            )));
        };
        if obj.slot(vm, slot::RELEASED) == Value::TRUE {
            return Err(released(vm));
        }
        let number = |s: usize| obj.slot(vm, s).as_small_int().unwrap_or(0) as usize;
        let strides = ints(vm, obj.slot(vm, slot::STRIDES));
        let dims = ints(vm, obj.slot(vm, slot::SHAPE))
            .into_iter()
            .zip(strides)
            .map(|(n, s)| (n as usize, s as isize))
            .collect();
        Ok(View {
            obj,
            format: vm.text_of(obj.slot(vm, slot::FORMAT)),
            itemsize: number(slot::ITEMSIZE),
            dims,
            offset: number(slot::OFFSET),
            readonly: obj.slot(vm, slot::READONLY) == Value::TRUE,
        })
    }
    fn slot(&self, vm: &'v Vm, i: usize) -> Value<'v> {
        self.obj.slot(vm, i)
    }
    fn items(&self) -> usize {
        self.dims.iter().fold(1usize, |n, d| n.saturating_mul(d.0))
    }
    fn byte_len(&self) -> usize {
        self.items().saturating_mul(self.itemsize)
    }
    fn is_contiguous(&self, dims: impl Iterator<Item = Dim>) -> bool {
        let mut step = self.itemsize as isize;
        if self.items() == 0 {
            return true;
        }
        for (len, stride) in dims {
            if len != 1 && stride != step {
                return false;
            }
            step = step.wrapping_mul(len as isize);
        }
        true
    }
    fn c_contiguous(&self) -> bool {
        self.is_contiguous(self.dims.iter().rev().copied())
    }
    fn f_contiguous(&self) -> bool {
        self.is_contiguous(self.dims.iter().copied())
    }
    fn read(&self, vm: &'v Vm, at: usize, out: &mut [u8]) -> Py<()> {
        if buffer::read(vm, self.slot(vm, slot::BASE), at, out) {
            Ok(())
        } else {
            Err(vm.buffer_error("the exporter of the buffer changed its size"))
        }
    }
    fn write(&self, vm: &'v Vm, at: usize, bytes: &[u8]) -> Py<()> {
        if buffer::write(vm, self.slot(vm, slot::BASE), at, bytes) {
            Ok(())
        } else {
            Err(vm.buffer_error("the exporter of the buffer changed its size"))
        }
    }
    /// The byte offset of an item.
    fn place(&self, indices: &[usize]) -> usize {
        let far = self
            .dims
            .iter()
            .zip(indices)
            .fold(0isize, |sum, ((_, stride), i)| {
                sum.wrapping_add(stride.wrapping_mul(*i as isize))
            });
        (self.offset as isize).wrapping_add(far) as usize
    }
    /// The byte offsets of all items; the last index runs fastest, or the first.
    fn places(&self, fortran: bool) -> Vec<usize> {
        let mut places = vec![self.offset as isize];
        let dims: Vec<Dim> = if fortran {
            self.dims.iter().rev().copied().collect()
        } else {
            self.dims.clone()
        };
        for (len, stride) in dims {
            places = places
                .iter()
                .flat_map(|p| {
                    (0..len).map(move |i| p.wrapping_add(stride.wrapping_mul(i as isize)))
                })
                .collect();
        }
        places.into_iter().map(|p| p as usize).collect()
    }
    fn bytes(&self, vm: &'v Vm, fortran: bool) -> Py<Vec<u8>> {
        let mut out = vec![0; self.byte_len()];
        if out.is_empty() {
            return Ok(out);
        }
        if if fortran {
            self.f_contiguous()
        } else {
            self.c_contiguous()
        } {
            self.read(vm, self.offset, &mut out)?;
            return Ok(out);
        }
        for (item, at) in out
            .chunks_mut(self.itemsize.max(1))
            .zip(self.places(fortran))
        {
            self.read(vm, at, item)?;
        }
        Ok(out)
    }
    /// The item at a byte offset.
    fn item(&self, vm: &'v Vm, at: usize) -> Py<Value<'v>> {
        let mut bytes = vec![0; self.itemsize];
        self.read(vm, at, &mut bytes)?;
        memory_format::unpack(vm, &self.format, &bytes)
    }
    /// A view on the same exporter.
    fn derive(
        &self,
        vm: &'v Vm,
        format: &str,
        itemsize: usize,
        dims: &[Dim],
        offset: usize,
        readonly: bool,
    ) -> Py<Value<'v>> {
        if self.slot(vm, slot::RESTRICTED) == Value::TRUE {
            return Err(vm.value_error("cannot create new view on restricted memoryview"));
        }
        let base = self.slot(vm, slot::BASE);
        let parts = Parts {
            base,
            obj: self.slot(vm, slot::OBJ),
            managed: self.slot(vm, slot::MANAGED),
            format,
            itemsize,
            dims,
            offset,
            readonly,
        };
        parts.build(vm)
    }
    fn copy(&self, vm: &'v Vm) -> Py<Value<'v>> {
        self.derive(
            vm,
            &self.format,
            self.itemsize,
            &self.dims,
            self.offset,
            self.readonly,
        )
    }
}

struct Parts<'v, 'a> {
    base: Value<'v>,
    obj: Value<'v>,
    managed: Value<'v>,
    format: &'a str,
    itemsize: usize,
    dims: &'a [Dim],
    offset: usize,
    readonly: bool,
}
impl<'v> Parts<'v, '_> {
    fn build(self, vm: &'v Vm) -> Py<Value<'v>> {
        let view = vm.new_object(Kind::MemoryView, MEMORYVIEW.id.get().0, None, slot::COUNT);
        view.set_slot(vm, slot::BASE, self.base);
        view.set_slot(vm, slot::OBJ, self.obj);
        view.set_slot(
            vm,
            slot::FORMAT,
            vm.new_str(self.format.as_bytes())?.value(),
        );
        view.set_slot(vm, slot::ITEMSIZE, vm.int(self.itemsize as i64));
        view.set_slot(
            vm,
            slot::SHAPE,
            int_tuple(vm, self.dims.iter().map(|d| d.0 as i64))?,
        );
        view.set_slot(
            vm,
            slot::STRIDES,
            int_tuple(vm, self.dims.iter().map(|d| d.1 as i64))?,
        );
        view.set_slot(vm, slot::OFFSET, vm.int(self.offset as i64));
        view.set_slot(vm, slot::READONLY, Value::bool(self.readonly));
        view.set_slot(vm, slot::RELEASED, Value::FALSE);
        view.set_slot(vm, slot::HELD, Value::int32(0));
        if let Some(managed) = self.managed.as_list(vm) {
            view.set_slot(vm, slot::MANAGED, managed.value());
            let n = managed.get(vm, 2).as_small_int().unwrap_or(0);
            managed.set(vm, 2, vm.int(n + 1));
        }
        buffer::add_export(vm, self.base, view)?;
        Ok(view.value())
    }
}

// ---- for the buffer protocol

/// A view over a native exporter.
pub(crate) fn over<'v>(vm: &'v Vm, x: Local) -> Py<Value<'v>> {
    let value = x.value(vm);
    if value.kind(vm) == Kind::MemoryView {
        return View::of(vm, value)?.copy(vm);
    }
    let info = buffer::info_of(vm, value)?;
    let dims = [(info.len / info.itemsize.max(1), info.itemsize as isize)];
    Parts {
        base: value,
        obj: value,
        managed: Value::EMPTY,
        format: &info.format,
        itemsize: info.itemsize,
        dims: &dims,
        offset: 0,
        readonly: info.readonly,
    }
    .build(vm)
}
/// A view over an object whose class has a `__buffer__` in Python.
pub(crate) fn over_python_exporter(vm: &mut Vm, x: Local, flags: i64) -> Py<Local> {
    vm.check_native_stack()?;
    let wanted = vm.local(vm.int(flags));
    let Some(ret) = vm.call_dunder(x, Dunder::Buffer, &[wanted])? else {
        return Err(vm.not_bytes_like(x.value(vm)));
    };
    let inner: Local = ret.keep(vm);
    let vm: &Vm = vm;
    if inner.value(vm).kind(vm) != Kind::MemoryView {
        return Err(vm.type_error("__buffer__ returned non-memoryview object"));
    }
    managed_view(vm, x, inner)
}
pub(crate) fn is_live(vm: &Vm, value: Value<'_>) -> bool {
    value.as_obj().is_some_and(|o| {
        o.kind(vm) == Kind::MemoryView && o.slot(vm, slot::RELEASED) != Value::TRUE
    })
}
pub(crate) fn is_readonly(vm: &Vm, value: Value<'_>) -> bool {
    value
        .as_obj()
        .is_none_or(|o| o.slot(vm, slot::READONLY) == Value::TRUE)
}
/// The bytes in C order.
pub(crate) fn contents(vm: &Vm, value: Value<'_>) -> Py<Vec<u8>> {
    View::of(vm, value.word().value(vm))?.bytes(vm, false)
}
pub(crate) fn byte_len(vm: &Vm, value: Value<'_>) -> Py<usize> {
    Ok(View::of(vm, value.word().value(vm))?.byte_len())
}
/// Stores bytes at a byte offset of a C-contiguous view.
pub(crate) fn store(vm: &Vm, value: Value<'_>, at: usize, bytes: &[u8]) -> Py<()> {
    let view = View::of(vm, value.word().value(vm))?;
    if view.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    if !view.c_contiguous() {
        return Err(vm.buffer_error("memoryview: underlying buffer is not C-contiguous"));
    }
    if at
        .checked_add(bytes.len())
        .is_none_or(|end| end > view.byte_len())
    {
        return Err(vm.index_error("index out of bounds"));
    }
    view.write(vm, view.offset + at, bytes)
}
/// Ends a view. The last one on an exporter written in Python calls its `__release_buffer__`.
pub(crate) fn release(vm: &mut Vm, view: Local) -> Py<()> {
    if !is_live(vm, view.value(vm)) {
        return Ok(());
    }
    vm.check_native_stack()?;
    let managed = {
        let vm: &Vm = vm;
        let Some(obj) = view.value(vm).as_obj() else {
            return Ok(());
        };
        obj.set_slot(vm, slot::RELEASED, Value::TRUE);
        buffer::remove_export(vm, obj.slot(vm, slot::BASE));
        obj.set_slot(vm, slot::BASE, Value::EMPTY);
        let Some(managed) = obj.slot(vm, slot::MANAGED).as_list(vm) else {
            return Ok(());
        };
        let left = managed.get(vm, 2).as_small_int().unwrap_or(0) - 1;
        managed.set(vm, 2, vm.int(left));
        if left > 0 {
            return Ok(());
        }
        vm.locals([managed.get(vm, 0), managed.get(vm, 1)])
    };
    let [exporter, inner] = managed;
    // A view of the exporter's own native memory ends with this one; one that its `__buffer__` gave of something else is left to who has it.
    let own = part_of(vm, inner, slot::OBJ) == exporter.word(vm);
    if has_release(vm, exporter.value(vm)) {
        restrict(vm, inner, own);
        let done = vm.call_dunder(exporter, Dunder::ReleaseBuffer, &[inner]);
        restrict(vm, inner, false);
        if let Err(raised) = done {
            crate::hooks::unraisable(
                vm,
                raised,
                exporter,
                "Exception ignored in bf_releasebuffer of",
            );
        }
    }
    if own { release(vm, inner) } else { Ok(()) }
}
fn part_of(vm: &Vm, view: Local, part: usize) -> Word {
    let view = view.value(vm).as_obj();
    view.map_or(Word::EMPTY, |o| o.slot(vm, part).word())
}
fn restrict(vm: &Vm, view: Local, on: bool) {
    if let Some(o) = view.value(vm).as_obj() {
        o.set_slot(vm, slot::RESTRICTED, Value::bool(on));
    }
}
/// Whether a class has its own `__release_buffer__`; a native one ends the view, which happens here anyway.
fn has_release(vm: &Vm, exporter: Value<'_>) -> bool {
    vm.special_of(exporter, Dunder::ReleaseBuffer)
        .is_some_and(|f| f.kind(vm) != Kind::Native)
}
/// A view over an instance of a native exporter's subclass that has a `__release_buffer__` in Python.
pub(crate) fn over_releasing(vm: &Vm, x: Local) -> Py<Local> {
    let inner = vm.local(over(vm, x)?);
    managed_view(vm, x, inner)
}
/// A view over what another one views, which tells `x` when the last view on it ends.
fn managed_view(vm: &Vm, x: Local, inner: Local) -> Py<Local> {
    let view = View::of(vm, inner.value(vm))?;
    let managed = vm.new_list(&[x.value(vm), inner.value(vm), Value::int32(0)])?;
    let parts = Parts {
        base: view.slot(vm, slot::BASE),
        obj: x.value(vm),
        managed: managed.value(),
        format: &view.format,
        itemsize: view.itemsize,
        dims: &view.dims,
        offset: view.offset,
        readonly: view.readonly,
    };
    Ok(vm.local(parts.build(vm)?))
}
/// Runs `f` while the view can't be released.
fn holding<R>(vm: &mut Vm, view: Local, f: impl FnOnce(&mut Vm) -> Py<R>) -> Py<R> {
    let count = |vm: &Vm, by: i64| {
        if let Some(o) = view.value(vm).as_obj() {
            let n = o.slot(vm, slot::HELD).as_small_int().unwrap_or(0);
            o.set_slot(vm, slot::HELD, vm.int(n + by));
        }
    };
    count(vm, 1);
    let result = f(vm);
    count(vm, -1);
    result
}

// ---- the type

fn memoryview_new(vm: &mut Vm, _cls: Local, object: Local) -> Py<Ret> {
    if !vm.has_buffer(object.value(vm)) {
        return Err(vm.type_error(format!(
            "memoryview: a bytes-like object is required, not '{}'",
            vm.type_name_for_error(object.value(vm))
        )));
    }
    let view = vm.buffer_view(object, false)?;
    Ok(vm.ret(view.value(vm)))
}
fn from_flags(vm: &mut Vm, _cls: Local, object: Local, wanted: i64) -> Py<Ret> {
    if !vm.has_buffer(object.value(vm)) {
        return Err(vm.type_error(format!(
            "memoryview: a bytes-like object is required, not '{}'",
            vm.type_name_for_error(object.value(vm))
        )));
    }
    let view = vm.buffer_view(object, wanted & flags::WRITABLE != 0)?;
    Ok(vm.ret(view.value(vm)))
}
fn class_getitem(vm: &mut Vm, cls: Local, item: Local) -> Py<Ret> {
    crate::objects::generic_alias::new_alias(vm, cls, item)
}
fn release_buffer(vm: &mut Vm, this: Local, view: Local) -> Py<()> {
    dunder_release_buffer(vm, this, view)
}
/// `__release_buffer__` of native exporters. CPython: Objects/typeobject.c, wrap_releasebuffer
pub(super) fn dunder_release_buffer(vm: &mut Vm, this: Local, view: Local) -> Py<()> {
    {
        let vm: &Vm = vm;
        let Some(obj) = view
            .value(vm)
            .as_obj()
            .filter(|o| o.kind(vm) == Kind::MemoryView)
        else {
            return Err(vm.type_error("expected a memoryview object"));
        };
        if obj.slot(vm, slot::RELEASED) == Value::TRUE {
            return Ok(());
        }
        if obj.slot(vm, slot::OBJ) != this.value(vm) {
            return Err(vm.value_error("memoryview's buffer is not this object"));
        }
    }
    release(vm, view)
}
fn release_method(vm: &mut Vm, this: Local) -> Py<()> {
    let held = part_of(vm, this, slot::HELD).as_small_int().unwrap_or(0);
    if held > 0 {
        let s = if held == 1 { "" } else { "s" };
        return Err(vm.buffer_error(format!("memoryview has {held} exported buffer{s}")));
    }
    release(vm, this)
}
fn enter<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    View::of(vm, this)?;
    Ok(this)
}
fn exit(vm: &mut Vm, this: Local, _info: Local) -> Py<()> {
    release_method(vm, this)
}
fn memoryview_repr(vm: &Vm, this: Value<'_>) -> Py<String> {
    let state = if is_live(vm, this) {
        "memory"
    } else {
        "released memory"
    };
    Ok(format!("<{state} at {:#x}>", vm.id(this)))
}
fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    if let Some(hash) = vm.int_value(part_of(vm, this, slot::HASH).value(vm)) {
        return Ok(hash);
    }
    let hash = holding(vm, this, |vm| fresh_hash(vm, this))?;
    let vm: &Vm = vm;
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, slot::HASH, vm.int(hash));
    }
    Ok(hash)
}
fn fresh_hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let vm_ref: &Vm = vm;
    let view = View::of(vm_ref, this.value(vm_ref))?;
    let hashable = view.readonly && matches!(view.format.trim_start_matches('@'), "B" | "b" | "c");
    if hashable {
        // What can't be hashed itself can't through a view.
        let obj = vm.local(view.slot(vm, slot::OBJ));
        if vm.has_layout(obj.value(vm), &MEMORYVIEW) || !obj.value(vm).is_ref() {
            // The hash of a view is that of its bytes, below.
        } else {
            vm.hash(obj)?;
        }
    }
    let vm: &Vm = vm;
    let view = View::of(vm, this.value(vm))?;
    if !view.readonly {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(view.format.trim_start_matches('@'), "B" | "b" | "c") {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    Ok(vm.new_bytes(&view.bytes(vm, false)?)?.hash(vm) as i64)
}
fn len(vm: &Vm, this: Value<'_>) -> Py<usize> {
    match View::of(vm, this.word().value(vm))?.dims.first() {
        Some(dim) => Ok(dim.0),
        None => Err(vm.type_error("0-dim memory has no length")),
    }
}
fn compare(vm: &mut Vm, this: Local, other: Local) -> Py<Option<bool>> {
    if !is_live(vm, this.value(vm))
        || other.value(vm).kind(vm) == Kind::MemoryView && !is_live(vm, other.value(vm))
    {
        return Ok(Some(this.word(vm) == other.word(vm)));
    }
    if !vm.has_buffer(other.value(vm)) {
        return Ok(None);
    }
    let view = vm.buffer_view(other, false)?;
    let result = same(vm, this, view);
    release(vm, view)?;
    result.map(Some)
}
fn same(vm: &mut Vm, x: Local, y: Local) -> Py<bool> {
    let items = {
        let vm: &Vm = vm;
        let (a, b) = (View::of(vm, x.value(vm))?, View::of(vm, y.value(vm))?);
        if !a.dims.iter().map(|d| d.0).eq(b.dims.iter().map(|d| d.0)) {
            return Ok(false);
        }
        let (f, g) = (
            a.format.trim_start_matches('@'),
            b.format.trim_start_matches('@'),
        );
        if item_size(f).is_none() || item_size(g).is_none() {
            return Ok(false);
        }
        if f == g && !matches!(f, "f" | "d" | "e" | "?") {
            return Ok(a.bytes(vm, false)? == b.bytes(vm, false)?);
        }
        a.places(false)
            .into_iter()
            .zip(b.places(false))
            .collect::<Vec<_>>()
    };
    let [left, right] = vm.locals([Value::NONE, Value::NONE]);
    for (i, j) in items {
        {
            let vm: &Vm = vm;
            left.set(vm, View::of(vm, x.value(vm))?.item(vm, i)?);
            right.set(vm, View::of(vm, y.value(vm))?.item(vm, j)?);
        }
        if !vm.compare(left, right, mesapy_bytecode::CmpOp::Eq)? {
            return Ok(false);
        }
    }
    Ok(true)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let same = compare(vm, this, other)?;
    Ok(vm.ret(same.map_or(Value::NOT_IMPLEMENTED, Value::bool)))
}
fn ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let same = compare(vm, this, other)?;
    Ok(vm.ret(same.map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same))))
}

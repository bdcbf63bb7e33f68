//! Subscripts of memoryviews: items, slices, and what is stored to them.

use super::*;

/// A subscript of a view.
enum Key {
    Index(i64),
    Slice(RawSlice),
    Indices(Vec<i64>),
    Slices,
    Ellipsis,
}
fn key_of(vm: &mut Vm, key: Local) -> Py<Key> {
    let is_index =
        |vm: &Vm, v: Value<'_>| vm.is_int(v) || vm.special_of(v, Dunder::Index).is_some();
    if key.value(vm).kind(vm) == Kind::Ellipsis {
        return Ok(Key::Ellipsis);
    }
    if key.value(vm).kind(vm) == Kind::Slice {
        return raw_slice(vm, key).map(Key::Slice);
    }
    if is_index(vm, key.value(vm)) {
        return match subscript(vm, key, "memoryview")? {
            Subscript::Index(i) => Ok(Key::Index(i)),
            Subscript::Slice(raw) => Ok(Key::Slice(raw)),
        };
    }
    let invalid = |vm: &Vm| Err(vm.type_error("memoryview: invalid slice key"));
    let Some(n) = key.value(vm).as_tuple(vm).map(|t| t.len(vm)) else {
        return invalid(vm);
    };
    let item = vm.local(Value::NONE);
    let (mut indices, mut slices) = (Vec::new(), 0);
    for i in 0..n {
        item.set(
            vm,
            key.value(vm)
                .as_tuple(vm)
                .and_then(|t| t.at(vm, i))
                .unwrap_or(Value::NONE),
        );
        if item.value(vm).kind(vm) == Kind::Slice {
            slices += 1;
        } else if is_index(vm, item.value(vm)) {
            indices.push(vm.scope(|vm| vm.index(item))?);
        } else {
            return invalid(vm);
        }
    }
    match (indices.len(), slices) {
        (_, 0) => Ok(Key::Indices(indices)),
        (0, _) => Ok(Key::Slices),
        _ => invalid(vm),
    }
}
/// The byte offset that indices name.
fn locate(vm: &Vm, view: &View<'_>, indices: &[i64]) -> Py<usize> {
    let ndim = view.dims.len();
    if indices.len() < ndim {
        return Err(vm.not_implemented_error("sub-views are not implemented"));
    }
    if indices.len() > ndim {
        return Err(vm.type_error(format!(
            "cannot index {ndim}-dimension view with {}-element tuple",
            indices.len()
        )));
    }
    let mut found = Vec::with_capacity(ndim);
    for (d, (i, (len, _))) in indices.iter().zip(&view.dims).enumerate() {
        match wrap_index(*i, *len) {
            Some(i) => found.push(i),
            None => {
                return Err(vm.index_error(format!("index out of bounds on dimension {}", d + 1)));
            }
        }
    }
    Ok(view.place(&found))
}
/// The byte at an index of a plain view of bytes; None if it isn't one or the index is out of range.
fn byte_at(vm: &Vm, this: Value<'_>, index: i64) -> Option<u8> {
    let obj = this.as_obj().filter(|o| o.kind(vm) == Kind::MemoryView)?;
    if obj.slot(vm, slot::RELEASED) == Value::TRUE
        || obj.slot(vm, slot::FORMAT).as_str(vm)?.bytes(vm) != b"B"
    {
        return None;
    }
    let (shape, strides) = (
        obj.slot(vm, slot::SHAPE).as_tuple(vm)?,
        obj.slot(vm, slot::STRIDES).as_tuple(vm)?,
    );
    if shape.len(vm) != 1 {
        return None;
    }
    let len = shape.at(vm, 0)?.as_small_int()? as usize;
    let (i, stride) = (wrap_index(index, len)?, strides.at(vm, 0)?.as_small_int()?);
    let offset = obj.slot(vm, slot::OFFSET).as_small_int()?;
    let at = offset.wrapping_add(stride.wrapping_mul(i as i64));
    let mut byte = [0];
    buffer::read(vm, obj.slot(vm, slot::BASE), at as usize, &mut byte).then_some(byte[0])
}
/// Whether reading a slice's members runs code.
fn is_plain_slice(vm: &Vm, key: Local) -> bool {
    let plain = |v: Value<'_>| v.is_none() || v.is_small_int();
    let slice = key.value(vm).as_slice(vm);
    slice.is_some_and(|s| plain(s.start(vm)) && plain(s.stop(vm)) && plain(s.step(vm)))
}
pub(super) fn getitem(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    if let Some(i) = key.value(vm).as_small_int()
        && let Some(byte) = byte_at(vm, this.value(vm), i)
    {
        return Ok(vm.ret(Value::int32(i32::from(byte))));
    }
    if key.value(vm).kind(vm) == Kind::Slice && !is_plain_slice(vm, key) {
        // The members' `__index__` may release the view; the memory is held by a copy meanwhile.
        let vm_ref: &Vm = vm;
        let copy = vm_ref.local(View::of(vm_ref, this.value(vm_ref))?.copy(vm_ref)?);
        let raw = raw_slice(vm, key);
        let made = match raw {
            Ok(raw) => {
                let vm: &Vm = vm;
                let view = View::of(vm, copy.value(vm))?;
                if view.dims.is_empty() {
                    Err(vm.type_error("invalid indexing of 0-dim memory"))
                } else {
                    sliced(vm, &view, raw).map(|v| vm.local(v))
                }
            }
            Err(raised) => Err(raised),
        };
        release(vm, copy)?;
        return made.map(|v| vm.ret(v.value(vm)));
    }
    View::of(vm, this.value(vm))?;
    let key = key_of(vm, key)?;
    let vm: &Vm = vm;
    let view = View::of(vm, this.value(vm))?;
    let made = match key {
        Key::Ellipsis if view.dims.is_empty() => this.value(vm),
        Key::Ellipsis => return Err(vm.type_error("memoryview: invalid slice key")),
        Key::Indices(indices) if view.dims.is_empty() && indices.is_empty() => {
            view.item(vm, view.offset)?
        }
        _ if view.dims.is_empty() => return Err(vm.type_error("invalid indexing of 0-dim memory")),
        Key::Index(_) if view.dims.len() > 1 => {
            return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        Key::Index(i) => view.item(vm, locate(vm, &view, &[i])?)?,
        Key::Slice(raw) => sliced(vm, &view, raw)?,
        Key::Indices(indices) => view.item(vm, locate(vm, &view, &indices)?)?,
        Key::Slices => {
            return Err(vm.not_implemented_error("multi-dimensional slicing is not implemented"));
        }
    };
    Ok(vm.ret(made))
}
/// The first dimension cut.
fn sliced<'v>(vm: &'v Vm, view: &View<'v>, raw: RawSlice) -> Py<Value<'v>> {
    let (dims, offset) = cut(view, raw);
    view.derive(
        vm,
        &view.format,
        view.itemsize,
        &dims,
        offset,
        view.readonly,
    )
}
fn cut(view: &View<'_>, raw: RawSlice) -> (Vec<Dim>, usize) {
    let mut dims = view.dims.clone();
    let mut offset = view.offset;
    if let Some(first) = dims.first_mut() {
        let span = raw.adjust(first.0);
        if span.n > 0 {
            offset =
                (offset as isize).wrapping_add(first.1.wrapping_mul(span.start as isize)) as usize;
        }
        *first = (span.n, first.1.wrapping_mul(span.step as isize));
    }
    (dims, offset)
}
pub(super) fn setitem(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    let read_only = |vm: &Vm| vm.type_error("cannot modify read-only memory");
    if View::of(vm, this.value(vm))?.readonly {
        return Err(read_only(vm));
    }
    let key = key_of(vm, key)?;
    let (at, format) = {
        let vm: &Vm = vm;
        let view = View::of(vm, this.value(vm))?;
        let at = match &key {
            Key::Ellipsis if view.dims.is_empty() => view.offset,
            Key::Indices(indices) if view.dims.is_empty() && indices.is_empty() => view.offset,
            _ if view.dims.is_empty() => {
                return Err(vm.type_error("invalid indexing of 0-dim memory"));
            }
            Key::Index(_) if view.dims.len() > 1 => {
                return Err(vm.not_implemented_error("sub-views are not implemented"));
            }
            Key::Index(i) => locate(vm, &view, &[*i])?,
            Key::Indices(indices) => locate(vm, &view, indices)?,
            Key::Slice(_) if view.dims.len() == 1 => 0,
            Key::Slice(_) | Key::Slices => {
                return Err(vm.not_implemented_error(
                    "memoryview slice assignments are currently restricted to ndim = 1",
                ));
            }
            Key::Ellipsis => return Err(vm.type_error("memoryview: invalid slice key")),
        };
        (at, view.format)
    };
    if let Key::Slice(raw) = key {
        return set_slice(vm, this, raw, value);
    }
    let bytes = memory_format::pack(vm, &format, value)?;
    // Packing may have run code that released the view.
    let vm: &Vm = vm;
    View::of(vm, this.value(vm))?.write(vm, at, &bytes)
}
fn set_slice(vm: &mut Vm, this: Local, raw: RawSlice, value: Local) -> Py<()> {
    let source = vm.buffer_view(value, false)?;
    let result = copy_into(vm, this, raw, source);
    release(vm, source)?;
    result
}
fn copy_into(vm: &Vm, this: Local, raw: RawSlice, source: Local) -> Py<()> {
    let (view, source) = (
        View::of(vm, this.value(vm))?,
        View::of(vm, source.value(vm))?,
    );
    let (dims, offset) = cut(&view, raw);
    let format = |v: &View<'_>| v.format.trim_start_matches('@').to_owned();
    if format(&view) != format(&source)
        || source.dims.len() != 1
        || source.dims.first().map(|d| d.0) != dims.first().map(|d| d.0)
    {
        return Err(
            vm.value_error("memoryview assignment: lvalue and rvalue have different structures")
        );
    }
    // The source is copied first: both may be the same memory.
    let bytes = source.bytes(vm, false)?;
    let target = View {
        dims,
        offset,
        format: view.format.clone(),
        ..View::of(vm, this.value(vm))?
    };
    if target.c_contiguous() {
        return target.write(vm, target.offset, &bytes);
    }
    for (item, at) in bytes.chunks(view.itemsize.max(1)).zip(target.places(false)) {
        target.write(vm, at, item)?;
    }
    Ok(())
}
pub(super) fn delitem(vm: &Vm, this: Value<'_>, _key: Value<'_>) -> Py<()> {
    if View::of(vm, this.word().value(vm))?.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    Err(vm.type_error("cannot delete memory"))
}

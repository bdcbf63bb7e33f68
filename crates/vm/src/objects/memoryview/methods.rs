//! Methods of memoryviews: casts, copies, searches.

use super::*;

/// CPython: Objects/memoryobject.c, memory_cast
pub(super) fn cast(vm: &mut Vm, this: Local, format: Local, shape: Option<Local>) -> Py<Ret> {
    View::of(vm, this.value(vm))?;
    if format.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error(format!(
            "cast() argument 'format' must be str, not {}",
            vm.type_name_for_none(format.value(vm))
        )));
    }
    let shape = match shape {
        Some(shape) => Some(shape_of(vm, shape)?),
        None => None,
    };
    let vm: &Vm = vm;
    let view = View::of(vm, this.value(vm))?;
    if !view.c_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (shape.is_some() || view.dims.len() != 1) && view.dims.iter().any(|d| d.0 == 0) {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    if let Some(shape) = &shape
        && shape.len() > 1
        && view.dims.len() != 1
    {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let format = vm.text_of(format.value(vm));
    let native = format.strip_prefix('@').unwrap_or(&format);
    let Some(itemsize) = item_size(native) else {
        return Err(vm.value_error("memoryview: destination format must be a native single character format prefixed with an optional '@'"));
    };
    let is_byte = |f: &str| matches!(f.trim_start_matches('@'), "b" | "B" | "c");
    if item_size(view.format.trim_start_matches('@')).is_none() {
        return Err(vm.value_error("memoryview: source format must be a native single character format prefixed with an optional '@'"));
    }
    if !is_byte(&view.format) && !is_byte(native) {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let bytes = view.byte_len();
    if bytes % itemsize != 0 {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = match shape {
        Some(shape) => {
            let product = shape.iter().try_fold(itemsize, |n, d| n.checked_mul(*d));
            if product != Some(bytes) {
                return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
            shape
        }
        None => vec![bytes / itemsize],
    };
    let dims: Vec<Dim> = shape
        .iter()
        .copied()
        .zip(c_strides(&shape, itemsize))
        .collect();
    Ok(vm.ret(view.derive(vm, &format, itemsize, &dims, view.offset, view.readonly)?))
}
fn shape_of(vm: &Vm, shape: Local) -> Py<Vec<usize>> {
    let value = shape.value(vm);
    let items = match (value.as_list(vm), value.as_tuple(vm)) {
        (Some(list), _) => list.to_vec(vm),
        (_, Some(tuple)) => tuple.to_vec(vm),
        _ => return Err(vm.type_error("shape must be a list or a tuple")),
    };
    if items.len() > DIMENSIONS_MAX {
        return Err(vm.value_error(format!(
            "memoryview: number of dimensions must not exceed {DIMENSIONS_MAX}"
        )));
    }
    items
        .into_iter()
        .map(|item| {
            if !vm.is_int(item) {
                return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
            }
            vm.int_value(item)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n > 0)
                .ok_or_else(|| {
                    vm.value_error("memoryview.cast(): elements of shape must be integers > 0")
                })
        })
        .collect()
}
pub(super) fn toreadonly<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let view = View::of(vm, this)?;
    view.derive(
        vm,
        &view.format,
        view.itemsize,
        &view.dims,
        view.offset,
        true,
    )
}
pub(super) fn tobytes(vm: &mut Vm, this: Local, order: Option<Local>) -> Py<Ret> {
    let vm: &Vm = vm;
    let view = View::of(vm, this.value(vm))?;
    let order = match order.map(|o| o.value(vm)).filter(|o| !o.is_none()) {
        None => "C".to_owned(),
        Some(order) if order.as_str(vm).is_some() => vm.text_of(order),
        Some(order) => {
            return Err(vm.type_error(format!(
                "tobytes() argument 'order' must be str or None, not {}",
                vm.type_name_for_error(order)
            )));
        }
    };
    let fortran = match order.as_str() {
        "C" => false,
        "F" => true,
        "A" => !view.c_contiguous() && view.f_contiguous(),
        _ => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
    };
    vm.ret_bytes(&view.bytes(vm, fortran)?)
}
pub(super) fn tolist<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let view = View::of(vm, this)?;
    if view.dims.is_empty() {
        return view.item(vm, view.offset);
    }
    let bytes = view.bytes(vm, false)?;
    let mut level = Vec::with_capacity(view.items());
    for item in bytes.chunks(view.itemsize.max(1)) {
        level.push(memory_format::unpack(vm, &view.format, item)?);
    }
    // From the innermost dimension outwards.
    for (i, (len, _)) in view.dims.iter().enumerate().rev() {
        let rows: usize = view.dims[..i].iter().map(|d| d.0).product();
        let mut lists = Vec::with_capacity(rows);
        for row in 0..rows {
            lists.push(
                vm.new_list(level.get(row * len..(row + 1) * len).unwrap_or(&[]))?
                    .value(),
            );
        }
        level = lists;
    }
    Ok(level.first().copied().unwrap_or(Value::NONE))
}
pub(super) fn hex(vm: &mut Vm, this: Local, sep: Option<Local>, group: Option<i64>) -> Py<Ret> {
    let bytes = contents(vm, this.value(vm))?;
    let text = holding(vm, this, |vm| hex_text(vm, &bytes, sep, group))?;
    vm.ret_str(&text)
}
/// Walks a one-dimensional view's items; `found` says whether to stop.
fn each_equal(
    vm: &mut Vm,
    this: Local,
    value: Local,
    range: std::ops::Range<usize>,
    mut found: impl FnMut(usize) -> bool,
) -> Py<()> {
    let item = vm.local(Value::NONE);
    for i in range {
        {
            let vm: &Vm = vm;
            let view = View::of(vm, this.value(vm))?;
            if view.dims.first().is_none_or(|d| i >= d.0) {
                break;
            }
            item.set(vm, view.item(vm, view.place(&[i]))?);
        }
        if vm.equal(item, value)? && found(i) {
            break;
        }
    }
    Ok(())
}
fn one_dimension(vm: &Vm, this: Local) -> Py<usize> {
    match View::of(vm, this.value(vm))?.dims.as_slice() {
        [] => Err(vm.type_error("invalid lookup on 0-dim memory")),
        [dim] => Ok(dim.0),
        _ => Err(vm.not_implemented_error("multi-dimensional lookup is not implemented")),
    }
}
pub(super) fn count(vm: &mut Vm, this: Local, value: Local) -> Py<usize> {
    let len = match one_dimension(vm, this) {
        Err(raised) if vm.raised_is(&raised, &exc::NOT_IMPLEMENTED_ERROR) => {
            vm.take_exception(raised);
            return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        other => other?,
    };
    let mut n = 0;
    each_equal(vm, this, value, 0..len, |_| {
        n += 1;
        false
    })?;
    Ok(n)
}
pub(super) fn index(
    vm: &mut Vm,
    this: Local,
    value: Local,
    start: Option<SliceBound>,
    stop: Option<SliceBound>,
) -> Py<usize> {
    let len = one_dimension(vm, this)?;
    let fix = |SliceBound(i): SliceBound| {
        if i < 0 {
            i.saturating_add(len as i64).max(0) as usize
        } else {
            (i as usize).min(len)
        }
    };
    let mut at = None;
    each_equal(
        vm,
        this,
        value,
        start.map_or(0, fix)..stop.map_or(len, fix),
        |i| {
            at = Some(i);
            true
        },
    )?;
    at.ok_or_else(|| vm.value_error("memoryview.index(x): x not found"))
}

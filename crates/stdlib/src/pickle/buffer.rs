//! `PickleBuffer`: a wrapper for buffers that may be pickled out of band (PEP 574).

use crate::support::*;

const VIEW: usize = 0;

pub static PICKLE_BUFFER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_pickle.PickleBuffer",
    doc: "Wrapper for potentially out-of-band buffers",
    layout: Layout::Slots(1),
    flags: BASE_WEAK,
    methods: methods! {
        "__new__(cls, object, /)" => static calls new(cls, object), "Create and return a new object.  See help(type) for accurate signature.";
        "raw(self, /)" => calls raw(this), "Return a memoryview of the raw memory underlying this buffer.\n\nWill raise BufferError is the buffer isn't contiguous.";
        "release(self, /)" => calls release(this), "Release the underlying buffer exposed by the PickleBuffer object.";
        "__buffer__(self, flags, /)" => calls export(this, flags), "Return a buffer object that exposes the underlying memory of the object.";
        "__release_buffer__(self, buffer, /)" => calls released(this, view), "Release the buffer object that exposes the underlying memory of the object.";
    },
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, object: Local) -> Py<Local> {
    let view = vm.buffer_view(object, false)?;
    let made = make(vm, cls, &PICKLE_BUFFER)?;
    set_slot(vm, made, VIEW, view.value(vm));
    Ok(made)
}
/// The view inside; ValueError once it was released.
pub fn view_of(vm: &mut Vm, this: Local) -> Py<Local> {
    let view = slot_local(vm, this, VIEW);
    if view.value(vm).is_empty() || view.value(vm).is_none() {
        return Err(vm.value_error("operation forbidden on released PickleBuffer object"));
    }
    Ok(view)
}
fn raw(vm: &mut Vm, this: Local) -> Py<Ret> {
    let view = view_of(vm, this)?;
    let contiguous = vm.get_attr_str(view, "contiguous")?.keep(vm);
    if !vm.truth(contiguous)? {
        return Err(vm.raise_text(
            &exc::BUFFER_ERROR,
            "cannot extract raw buffer from non-contiguous buffer",
        ));
    }
    let c_order = vm.get_attr_str(view, "c_contiguous")?.keep(vm);
    let format = vm.local(vm.intern(b"B").value());
    let c_order = vm.truth(c_order)?;
    let class = class_local(vm, view);
    let view = if c_order {
        vm.call(class, &[view])?.keep(vm)
    } else {
        // Columns first: the transposed view is what memory holds.
        vm.get_attr_str(view, "T")?.keep(vm)
    };
    vm.call_method(view, "cast", &[format])
}
fn release(vm: &mut Vm, this: Local) -> Py<()> {
    let view = slot_local(vm, this, VIEW);
    set_slot(vm, this, VIEW, Value::NONE);
    if !view.value(vm).is_empty() && !view.value(vm).is_none() {
        vm.view_release(view)?;
    }
    Ok(())
}
fn export(vm: &mut Vm, this: Local, flags: i64) -> Py<Ret> {
    let view = view_of(vm, this)?;
    if flags & mesapy_vm::objects::buffer::flags::WRITABLE != 0 {
        let readonly = vm.get_attr_str(view, "readonly")?.keep(vm);
        if vm.truth(readonly)? {
            return Err(vm.raise_text(&exc::BUFFER_ERROR, "Object is not writable."));
        }
    }
    let class = class_local(vm, view);
    vm.call(class, &[view])
}
fn released(_: &mut Vm, _: Local, _: Local) -> Py<()> {
    Ok(())
}

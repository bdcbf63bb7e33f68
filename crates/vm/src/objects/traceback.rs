//! Tracebacks: where an exception passed through, innermost frame last.

use crate::code;
use crate::layout::{exception, frame, traceback as slots, types};
use crate::local::{Local, Py, Raised, Ret};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::frame::{FRAME, LASTI_SCALE};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value};

pub static TRACEBACK: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "traceback",
    doc: "Create a new traceback object.",
    layout: Layout::Slots(slots::COUNT as u16),
    flags: TypeFlags::NONE,
    methods: METHODS,
    getset: GETSET,
    members: &[
        ("tb_frame", slots::FRAME as u16, ""),
        ("tb_lasti", slots::LASTI as u16, ""),
    ],
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(type, tb_next, tb_frame, tb_lasti, tb_lineno)" => static calls new(class, next, frame, lasti, lineno), "Create and return a new object.  See help(type) for accurate signature.";
    "__dir__(self, /)" => calls dir(this), "";
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "tb_next",
        get: next,
        set: Some(set_next),
        doc: "",
    },
    GetSet {
        name: "tb_lineno",
        get: lineno,
        set: None,
        doc: "",
    },
];

pub(crate) fn is_traceback(vm: &Vm, value: Value<'_>) -> bool {
    value
        .as_obj()
        .is_some_and(|o| o.kind(vm) == Kind::Instance && o.layout(vm) == TRACEBACK.id.get().0)
}

/// A traceback whose first entry is instruction `pc` of a frame. Its line is found when somebody asks.
pub(crate) fn new_entry<'v>(vm: &'v Vm, next: Value<'v>, frame: Obj<'v>, pc: u32) -> Py<Obj<'v>> {
    let root = vm
        .type_object(&TRACEBACK)
        .slot(vm, types::ROOT_SHAPE)
        .as_shape(vm)
        .ok_or(Raised(()))?;
    let lasti = vm.int(i64::from(pc) * LASTI_SCALE);
    // NEXT, FRAME, LASTI.
    let first = [next, frame.value(), lasti];
    Ok(vm.new_instance_of(root, TRACEBACK.id.get().0, first))
}

/// The pending exception passed through instruction `pc` of the frame at `base`: puts the frame in front of its traceback.
pub(crate) fn add_entry(vm: &Vm, base: u32, pc: u32) {
    let Some(e) = vm.pending_exception().and_then(|e| e.as_obj()) else {
        return;
    };
    let next = e
        .slot(vm, exception::TRACEBACK)
        .non_empty()
        .unwrap_or(Value::NONE);
    if let Ok(entry) = new_entry(vm, next, vm.frame_object(base), pc) {
        e.set_slot(vm, exception::TRACEBACK, entry.value());
    }
}

/// The instruction that the pending exception's first entry names, if that is of the frame at `base`.
pub(crate) fn last_pc(vm: &Vm, base: u32) -> Option<u32> {
    let e = vm.pending_exception()?.as_obj()?;
    let entry = e.slot(vm, exception::TRACEBACK).as_obj()?;
    if entry.slot(vm, slots::FRAME) != vm.frame_object(base).value() {
        return None;
    }
    let lasti = entry.slot(vm, slots::LASTI).as_i64(vm)?;
    u32::try_from(lasti / LASTI_SCALE).ok()
}

/// The line of the first entry.
pub(crate) fn line_of(vm: &Vm, entry: Obj<'_>) -> Option<i64> {
    if let Some(line) = entry.slot(vm, slots::LINENO).as_i64(vm) {
        return Some(line);
    }
    let lasti = entry.slot(vm, slots::LASTI).as_i64(vm)?;
    let code = entry
        .slot(vm, slots::FRAME)
        .as_obj()?
        .slot(vm, frame::CODE)
        .as_obj()?;
    let pc = u32::try_from(lasti / LASTI_SCALE).ok()?;
    let line = code::position(vm, code, pc).line;
    if line == 0 {
        None
    } else {
        Some(i64::from(line))
    }
}

/// Where in the source an entry stands, if its code says so.
pub(crate) fn position_of(vm: &Vm, entry: Obj<'_>) -> Option<mesapy_bytecode::Position> {
    let lasti = entry.slot(vm, slots::LASTI).as_i64(vm)?;
    let code = entry
        .slot(vm, slots::FRAME)
        .as_obj()?
        .slot(vm, frame::CODE)
        .as_obj()?;
    let pc = u32::try_from(lasti / LASTI_SCALE).ok()?;
    Some(code::position(vm, code, pc)).filter(|p| p.line != 0)
}

fn entry<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    let value = this.value(vm);
    match value.as_obj() {
        Some(o) if is_traceback(vm, value) => Ok(o),
        _ => Err(vm.type_error(format!(
            "expected traceback object, got '{}'",
            vm.type_name_for_error(value)
        ))),
    }
}

fn new(vm: &mut Vm, class: Local, next: Local, frame: Local, lasti: i64, lineno: i64) -> Py<Ret> {
    let _ = class;
    let vm: &Vm = vm;
    let given = next.value(vm);
    if !given.is_none() && !is_traceback(vm, given) {
        return Err(vm.type_error(format!(
            "expected traceback object or None, got '{}'",
            vm.type_name_for_error(given)
        )));
    }
    let Some(of) = frame
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Frame)
    else {
        let got = vm.type_name_for_error(frame.value(vm));
        return Err(vm.type_error(format!(
            "traceback() argument 'tb_frame' must be {}, not {got}",
            FRAME.name
        )));
    };
    let made = new_entry(vm, given, of, 0)?;
    made.set_slot(vm, slots::LASTI, vm.int(lasti));
    made.set_slot(vm, slots::LINENO, vm.int(lineno));
    Ok(vm.ret(made.value()))
}
fn dir(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    entry(vm, this)?;
    let names = vm.new_list(&[])?;
    for name in ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"] {
        names.push(vm, vm.intern(name.as_bytes()).value())?;
    }
    Ok(vm.ret(names.value()))
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let next = entry(vm, this)?.slot(vm, slots::NEXT);
    Ok(vm.ret(next.non_empty().unwrap_or(Value::NONE)))
}
fn set_next(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let (this, given) = (entry(vm, this)?, value.value(vm));
    if given.is_empty() {
        return Err(vm.type_error("can't delete tb_next attribute"));
    }
    if !given.is_none() {
        let mut link = Some(entry(vm, value)?);
        while let Some(at) = link {
            if at == this {
                return Err(vm.value_error("traceback loop detected"));
            }
            link = at.slot(vm, slots::NEXT).as_obj();
        }
    }
    this.set_slot(vm, slots::NEXT, given);
    Ok(())
}
fn lineno(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let line = line_of(vm, entry(vm, this)?);
    Ok(vm.ret(line.map_or(Value::NONE, |n| vm.int(n))))
}

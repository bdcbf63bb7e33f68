//! Frames as Python sees them, wherever their variables are now.
//!
//! A frame object can stand for a frame that runs on the VM stack, for one of a suspended generator, whose registers are in the generator's object, or
//! for one that is finished and left its registers behind. [`Place`] tells which; everything else is written once over it.

use super::frame_locals;
use crate::code;
use crate::generator::{self, State};
use crate::layout::{code as c, frame, function, generator as g, header};
use crate::local::{Local, Py, Raised, Ret};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::progress::Progress;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::CodeFlags;
use mesapy_heap::{Kind, Obj, Value};

/// Bytes of an instruction: `f_lasti`, `tb_lasti` and `co_lines` count bytes of `co_code`.
pub(crate) const LASTI_SCALE: i64 = 8;

pub static FRAME: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "frame",
    layout: Layout::Kind(Kind::Frame),
    flags: TypeFlags::NO_NEW,
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "clear(self, /)" => calls clear(this), "Clear all references held by the frame.";
    "__sizeof__(self, /)" => leaf size_of(this), "Return the size of the frame in memory, in bytes.";
};
static GETSET: &[GetSet] = &[
    GetSet {
        name: "f_back",
        get: back,
        set: None,
        doc: "",
    },
    GetSet {
        name: "f_code",
        get: f_code,
        set: None,
        doc: "Return the code object being executed in this frame.",
    },
    GetSet {
        name: "f_globals",
        get: globals,
        set: None,
        doc: "Return the global variables used by this frame.",
    },
    GetSet {
        name: "f_builtins",
        get: builtins,
        set: None,
        doc: "Return the built-in variables in the frame.",
    },
    GetSet {
        name: "f_locals",
        get: f_locals,
        set: None,
        doc: "Return the mapping used by the frame to look up local variables.",
    },
    GetSet {
        name: "f_lineno",
        get: lineno,
        set: Some(set_lineno),
        doc: "Return the current line number in the frame.",
    },
    GetSet {
        name: "f_lasti",
        get: lasti,
        set: None,
        doc: "Return the index of the last attempted instruction in the frame.",
    },
    GetSet {
        name: "f_trace",
        get: trace,
        set: Some(set_trace),
        doc: "Return the trace function for this frame, or None if no trace function is set.",
    },
    GetSet {
        name: "f_trace_lines",
        get: trace_lines,
        set: Some(set_trace_lines),
        doc: "",
    },
    GetSet {
        name: "f_trace_opcodes",
        get: trace_opcodes,
        set: Some(set_trace_opcodes),
        doc: "Return True if opcode tracing is enabled, False otherwise.",
    },
    GetSet {
        name: "f_generator",
        get: f_generator,
        set: None,
        doc: "Return the generator or coroutine associated with this frame, or None.",
    },
];

/// Where a frame's registers are.
#[derive(Clone, Copy)]
pub(crate) enum Place<'v> {
    /// On the stack, from this index on.
    Stack(u32),
    /// In the object of a generator that does not run.
    Generator(Obj<'v>),
    /// Nowhere but in what the frame object kept.
    Left,
}

/// The frame object in a local.
pub(crate) fn expect_frame<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    let value = this.value(vm);
    let found = value.as_obj().filter(|o| o.kind(vm) == Kind::Frame);
    found.ok_or_else(|| {
        vm.type_error(format!(
            "expect frame, not {}",
            vm.type_name_for_error(value)
        ))
    })
}
pub(crate) fn frame_code<'v>(vm: &'v Vm, f: Obj<'v>) -> Py<Obj<'v>> {
    f.slot(vm, frame::CODE).as_obj().ok_or(Raised(()))
}
pub(crate) fn place<'v>(vm: &'v Vm, f: Obj<'v>) -> Place<'v> {
    if let Some(base) = f
        .slot(vm, frame::BASE)
        .as_small_int()
        .and_then(|b| u32::try_from(b).ok())
    {
        return Place::Stack(base);
    }
    let generator = f
        .slot(vm, frame::GENERATOR)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Generator);
    match generator {
        Some(o) if matches!(generator::state(vm, o), State::Created | State::Suspended) => {
            Place::Generator(o)
        }
        _ => Place::Left,
    }
}
/// A register of a frame; Empty where there is none.
pub(crate) fn register<'v>(vm: &'v Vm, f: Obj<'v>, index: usize) -> Value<'v> {
    match place(vm, f) {
        Place::Stack(base) => vm.stack_word(base + index as u32).value(vm),
        Place::Generator(o) => o.slot(vm, g::REGISTERS + index),
        Place::Left => f
            .slot(vm, frame::REGISTERS)
            .as_value_array(vm)
            .map_or(Value::EMPTY, |a| a.get(vm, index)),
    }
}
pub(crate) fn set_register(vm: &Vm, f: Obj<'_>, index: usize, value: Value<'_>) {
    match place(vm, f) {
        Place::Stack(base) => vm.set_stack_word(base + index as u32, value.word()),
        Place::Generator(o) => o.set_slot(vm, g::REGISTERS + index, value),
        Place::Left => {
            if let Some(a) = f.slot(vm, frame::REGISTERS).as_value_array(vm) {
                a.set(vm, index, value);
            }
        }
    }
}
/// The instruction in progress; None before the first.
pub(crate) fn pc(vm: &Vm, f: Obj<'_>) -> Option<u32> {
    match place(vm, f) {
        Place::Stack(base) => Some(vm.frame_pc(base)),
        Place::Generator(o) => {
            if generator::state(vm, o) == State::Created {
                return None;
            }
            let progress = Progress::of(vm, o);
            // `YieldFrom` is suspended before itself, `Yield` behind.
            Some(if progress.is_delegating() {
                progress.pc()
            } else {
                progress.pc().saturating_sub(1)
            })
        }
        Place::Left => f
            .slot(vm, frame::PC)
            .as_small_int()
            .and_then(|n| u32::try_from(n).ok()),
    }
}
/// The line in progress; None if the instruction has none.
pub(crate) fn line(vm: &Vm, f: Obj<'_>) -> Option<u32> {
    let code_obj = f.slot(vm, frame::CODE).as_obj()?;
    // A frame that has not begun is at its first line.
    let begun = match place(vm, f) {
        Place::Stack(base) => vm.frame_next_pc(base) > 0,
        _ => true,
    };
    let line = match pc(vm, f).filter(|_| begun) {
        Some(pc) => code::position(vm, code_obj, pc).line,
        None => code::int_slot(vm, code_obj, c::FIRST_LINE) as u32,
    };
    (line != 0).then_some(line)
}

/// The frame object of a generator (`gi_frame`), None when it is finished.
#[expect(dead_code, reason = "gi_frame and its like will use it")]
pub(crate) fn of_generator<'v>(vm: &'v Vm, generator: Obj<'v>) -> Option<Obj<'v>> {
    match generator::state(vm, generator) {
        State::Finished => None,
        State::Running => {
            // Its frame is somewhere on the stack, with the generator in the word below the header.
            let mut base = vm.base.get();
            while base > header::SIZE {
                if vm.link(base).entry().is_generator()
                    && vm.stack_word(base - header::SIZE - 1) == generator.word()
                {
                    return Some(vm.frame_object(base));
                }
                base = vm.caller_base(base);
            }
            None
        }
        State::Created | State::Suspended => {
            let held = generator.slot(vm, g::LOCALS);
            if let Some(f) = held.as_obj().filter(|o| o.kind(vm) == Kind::Frame) {
                return Some(f);
            }
            let f = vm.new_object(Kind::Frame, 0, None, frame::COUNT);
            for (to, from) in [
                (frame::CODE, g::CODE),
                (frame::FUNC, g::FUNC),
                (frame::GLOBALS, g::GLOBALS),
            ] {
                f.set_slot(vm, to, generator.slot(vm, from));
            }
            f.set_slot(vm, frame::BASE, Value::int32(-2));
            f.set_slot(vm, frame::GENERATOR, generator.value());
            generator.set_slot(vm, g::LOCALS, f.value());
            Some(f)
        }
    }
}

// ---- attributes

fn none_if_empty(value: Value<'_>) -> Value<'_> {
    value.non_empty().unwrap_or(Value::NONE)
}
fn back(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let f = expect_frame(vm, this)?;
    Ok(match place(vm, f) {
        Place::Stack(base) => match vm.caller_base(base) {
            0 => vm.ret(Value::NONE),
            caller => vm.ret(vm.frame_object(caller).value()),
        },
        Place::Generator(_) => vm.ret(Value::NONE),
        Place::Left => vm.ret(none_if_empty(f.slot(vm, frame::BACK))),
    })
}
fn f_code(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = expect_frame(vm, this)?.slot(vm, frame::CODE);
    Ok(vm.ret(value))
}
fn globals(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = expect_frame(vm, this)?.slot(vm, frame::GLOBALS);
    Ok(vm.ret(none_if_empty(value)))
}
fn builtins(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let f = expect_frame(vm, this)?;
    let func = f
        .slot(vm, frame::FUNC)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Function);
    let own = func.and_then(|o| o.slot(vm, function::BUILTINS).non_empty());
    let value =
        own.unwrap_or_else(|| crate::interp::names::builtins_of(vm, f.slot(vm, frame::GLOBALS)));
    Ok(vm.ret(value))
}
fn f_locals(vm: &mut Vm, this: Local) -> Py<Ret> {
    locals_of(vm, this)
}
/// `f_locals`: a proxy for functions and while an inlined comprehension runs, else the namespace itself of the module or class.
pub(crate) fn locals_of(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let f = expect_frame(vm, this)?;
    let optimized = code::flags(vm, frame_code(vm, f)?).has(CodeFlags::OPTIMIZED);
    if !optimized && frame_locals::in_comprehension(vm, f)? {
        return Ok(vm.ret(frame_locals::new_proxy(vm, f)?.value()));
    }
    if let Some(namespace) = f.slot(vm, frame::NAMESPACE).non_empty() {
        return Ok(vm.ret(namespace));
    }
    if optimized {
        return Ok(vm.ret(frame_locals::new_proxy(vm, f)?.value()));
    }
    Ok(vm.ret(f.slot(vm, frame::GLOBALS)))
}
fn lineno(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let line = line(vm, expect_frame(vm, this)?);
    Ok(vm.ret(line.map_or(Value::NONE, |n| vm.int(i64::from(n)))))
}
fn set_lineno(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    expect_frame(vm, this)?;
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.raise_text(
            &super::exceptions::ATTRIBUTE_ERROR,
            "attribute 'f_lineno' of 'frame' objects cannot be deleted",
        ));
    }
    if !vm.is_int(given) {
        return Err(vm.value_error("lineno must be an integer"));
    }
    let line = vm.int_value(given).unwrap_or(i64::MAX);
    crate::trace::jump_to_line(vm, this, line)
}
fn lasti(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let pc = pc(vm, expect_frame(vm, this)?);
    Ok(vm.ret(vm.int(pc.map_or(-1, |pc| i64::from(pc) * LASTI_SCALE))))
}
fn trace(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = expect_frame(vm, this)?.slot(vm, frame::TRACE);
    Ok(vm.ret(none_if_empty(value)))
}
fn set_trace(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    let vm: &Vm = vm;
    let given = value.value(vm);
    expect_frame(vm, this)?.set_slot(
        vm,
        frame::TRACE,
        if given.is_none() { Value::EMPTY } else { given },
    );
    Ok(())
}
fn set_flag(vm: &Vm, this: Local, value: Local, slot: usize) -> Py<()> {
    let given = value.value(vm);
    if given.is_empty() {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    }
    if given.as_bool().is_none() {
        return Err(vm.type_error("attribute value type must be bool"));
    }
    expect_frame(vm, this)?.set_slot(vm, slot, given);
    Ok(())
}
fn trace_lines(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let off = expect_frame(vm, this)?.slot(vm, frame::TRACE_LINES) == Value::FALSE;
    Ok(vm.ret(Value::bool(!off)))
}
fn set_trace_lines(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    set_flag(vm, this, value, frame::TRACE_LINES)
}
fn trace_opcodes(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let on = expect_frame(vm, this)?.slot(vm, frame::TRACE_OPCODES) == Value::TRUE;
    Ok(vm.ret(Value::bool(on)))
}
fn set_trace_opcodes(vm: &mut Vm, this: Local, value: Local) -> Py<()> {
    if value.value(vm).is_empty() {
        return Err(vm.raise_text(
            &super::exceptions::ATTRIBUTE_ERROR,
            "attribute 'f_trace_opcodes' of 'frame' objects cannot be deleted",
        ));
    }
    set_flag(vm, this, value, frame::TRACE_OPCODES)
}
fn f_generator(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = expect_frame(vm, this)?.slot(vm, frame::GENERATOR);
    Ok(vm.ret(none_if_empty(value)))
}

// ---- methods

fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (id, filename, line, name) = {
        let vm: &Vm = vm;
        let f = expect_frame(vm, this)?;
        let code_obj = frame_code(vm, f)?;
        let name = vm.text_of(code_obj.slot(vm, c::NAME));
        (
            vm.id(f.value()),
            vm.local(code_obj.slot(vm, c::FILENAME)),
            line(vm, f).unwrap_or(0),
            name,
        )
    };
    let filename = vm.repr(filename)?.get(vm);
    let filename = vm.text_of(filename);
    let text = format!("<frame at {id:#x}, file {filename}, line {line}, code {name}>");
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(text.as_bytes())?.value()))
}
fn clear(vm: &mut Vm, this: Local) -> Py<()> {
    let unstarted = {
        let vm: &Vm = vm;
        let f = expect_frame(vm, this)?;
        match place(vm, f) {
            Place::Stack(_) => return Err(vm.runtime_error("cannot clear an executing frame")),
            Place::Generator(o) if generator::state(vm, o) == State::Suspended => {
                return Err(vm.runtime_error("cannot clear a suspended frame"));
            }
            Place::Generator(o) => vm.local(o.value()),
            Place::Left => {
                f.set_slot(vm, frame::REGISTERS, Value::EMPTY);
                f.set_slot(vm, frame::EXTRA_LOCALS, Value::EMPTY);
                return Ok(());
            }
        }
    };
    crate::objects::generators::finalize(vm, unstarted)
}
fn size_of(vm: &Vm, this: Value<'_>) -> Py<usize> {
    Ok(this.as_obj().map_or(0, |o| (o.slot_count(vm) + 1) * 8))
}

/// `locals()`: the namespace itself in modules and classes, a fresh dict of the variables in functions.
pub(crate) fn locals_of_running_frame(vm: &mut Vm) -> Py<Ret> {
    let this = {
        let vm: &Vm = vm;
        let Some(f) = vm.frame_at_depth(0) else {
            return Err(vm.system_error("frame does not exist"));
        };
        let optimized = code::flags(vm, frame_code(vm, f)?).has(CodeFlags::OPTIMIZED);
        if f.slot(vm, frame::NAMESPACE).is_empty() && optimized
            || !optimized && frame_locals::in_comprehension(vm, f)?
        {
            return Ok(vm.ret(frame_locals::to_dict(vm, f)?.value()));
        }
        vm.local(f.value())
    };
    locals_of(vm, this)
}

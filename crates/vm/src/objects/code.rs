//! The type `code`: its attributes, equality, and copies with changed attributes.
//!
//! `co_code` is this machine's bytecode, 8 bytes an instruction, as the compiler made it; offsets (`co_lines`, `f_lasti`) count its bytes, and `co_positions` has
//! one entry for every two of them, as its readers expect. Code objects are made by the compiler only: `replace()` changes names, constants,
//! lines and the flags that don't change how code runs, and refuses anything that would need other bytecode.

use super::frame::LASTI_SCALE;
use crate::code::{self, position_runs};
use crate::layout::code as c;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::exceptions as exc;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::operands::{ends_block, jump_of};
use mesapy_bytecode::{CodeFlags, Instr};
use mesapy_heap::{Kind, Obj, Tuple, Value};
use std::hash::Hasher;

/// Bytes that one entry of `co_positions` stands for.
const POSITION_BYTES: i64 = 2;
/// Flags that decide how code is called and run.
const STRUCTURAL_FLAGS: u32 = CodeFlags::OPTIMIZED
    | CodeFlags::NEWLOCALS
    | CodeFlags::VARARGS
    | CodeFlags::VARKEYWORDS
    | CodeFlags::GENERATOR
    | CodeFlags::COROUTINE
    | CodeFlags::ASYNC_GENERATOR;

pub static CODE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "code",
    doc: "Create a code object.  Not for the faint of heart.",
    layout: Layout::Kind(Kind::Code),
    flags: TypeFlags::WEAKREF,
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__hash__(self, /)" => calls hash(this), "Return hash(self).";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__sizeof__(self, /)" => leaf size_of(this), "Size of object in memory, in bytes.";
    "co_lines(self, /)" => calls co_lines(this), "";
    "co_positions(self, /)" => calls co_positions(this), "";
    "co_branches(self, /)" => calls co_branches(this), "";
    "replace(self, /, **changes)" => calls replace(this, changes), "Return a copy of the code object with new values for the specified fields.";
    "__replace__(self, /, **changes)" => calls replace(this, changes), "The same as replace().";
    "_varname_from_oparg(self, /, oparg)" => calls varname(this, oparg), "(internal-only) Return the local variable name for the given oparg.\n\nWARNING: this method is for internal use only and may change or go away.";
};

macro_rules! attributes {
    ($($name:literal $get:expr;)*) => { &[$(GetSet { name: $name, get: $get, set: Some(read_only), doc: "" }),*] };
}
static GETSET: &[GetSet] = attributes! {
    "co_argcount" slot::<{ c::ARGCOUNT }>;
    "co_posonlyargcount" slot::<{ c::POSONLY }>;
    "co_kwonlyargcount" slot::<{ c::KWONLY }>;
    "co_nlocals" slot::<{ c::NLOCALS }>;
    "co_stacksize" stack_size;
    "co_flags" slot::<{ c::FLAGS }>;
    "co_names" names;
    "co_filename" slot::<{ c::FILENAME }>;
    "co_name" slot::<{ c::NAME }>;
    "co_qualname" slot::<{ c::QUALNAME }>;
    "co_firstlineno" slot::<{ c::FIRST_LINE }>;
    "co_varnames" slot::<{ c::VARNAMES }>;
    "co_cellvars" slot::<{ c::CELLVARS }>;
    "co_freevars" slot::<{ c::FREEVARS }>;
    "co_linetable" slot::<{ c::POSITIONS }>;
    "co_consts" consts;
    "co_code" bytecode;
    "_co_code_adaptive" bytecode;
    "co_exceptiontable" exception_table;
    "co_lnotab" lnotab;
};

fn expect<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    code::expect_code(vm, this.value(vm))
}
fn read_only(vm: &mut Vm, _: Local, _: Local) -> Py<()> {
    Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "readonly attribute"))
}
fn new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    let _ = (class, kwargs);
    let n = args.get(vm).len(vm);
    if !(16..=18).contains(&n) {
        let (how, limit) = if n < 16 { ("least", 16) } else { ("most", 18) };
        return Err(vm.type_error(format!("code expected at {how} {limit} arguments, got {n}")));
    }
    Err(vm.not_implemented_error(
        "code objects are made by compile() only: bytecode from a program is not run",
    ))
}

// ---- attributes

fn slot<const SLOT: usize>(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let value = expect(vm, this)?.slot(vm, SLOT);
    Ok(vm.ret(value))
}
/// Which of the code's names programs see: those of sites. The others are of variables, for error messages.
fn shown_names(vm: &Vm, code_obj: Obj<'_>) -> Vec<usize> {
    let (names, sites) = (
        code::names(vm, code_obj, c::NAMES),
        code::names(vm, code_obj, c::SITE_NAMES),
    );
    let at_sites: std::collections::HashSet<u64> =
        sites.iter(vm).map(|site| site.word().bits()).collect();
    let mut seen = std::collections::HashSet::new();
    (0..names.len(vm))
        .filter(|i| {
            let name = names.get(vm, *i).word().bits();
            at_sites.contains(&name) && seen.insert(name)
        })
        .collect()
}
fn names(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let code_obj = expect(vm, this)?;
    let (all, shown) = (
        code::names(vm, code_obj, c::NAMES),
        shown_names(vm, code_obj),
    );
    let tuple = vm.new_tuple_from(shown.len(), |i| all.get(vm, shown[i]))?;
    Ok(vm.ret(tuple.value()))
}
fn stack_size(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let info = code::call_info(vm, expect(vm, this)?);
    // The words between a callable and its arguments are none of the program's.
    let header = crate::layout::header::SIZE - 1;
    let temporaries = info
        .registers()
        .saturating_sub(info.locals() + header)
        .max(1);
    Ok(vm.ret(vm.int(i64::from(temporaries))))
}
fn const_values<'v>(vm: &'v Vm, code_obj: Obj<'v>) -> Vec<Value<'v>> {
    code_obj
        .slot(vm, c::CONSTS)
        .as_value_array(vm)
        .map_or_else(Vec::new, |a| a.to_vec(vm))
}
fn consts(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let mut values = const_values(vm, expect(vm, this)?);
    if values.is_empty() {
        // CPython's code always has one, even if nothing uses it.
        values.push(Value::NONE);
    }
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
/// The instructions as the compiler made them.
pub(crate) fn instructions(vm: &Vm, code_obj: Obj<'_>) -> Vec<Instr> {
    let Some(raw) = code_obj.slot(vm, c::INSTRS).as_raw(vm) else {
        return Vec::new();
    };
    // The second word of a two-word instruction is a Nop, so every word has an opcode.
    let general = |instr: Instr| match instr.op() {
        Some(op) if crate::jit::notes_floats(op) => {
            Instr(instr.0 & !(u64::from(crate::jit::MET_FLOATS) << 8))
        }
        Some(op) => crate::progress::without_live(instr.with_op(op.general())),
        None => instr,
    };
    (0..raw.len(vm) / 8)
        .map(|i| general(Instr(raw.word_at(vm, i))))
        .collect()
}
/// The same as they are now.
pub(crate) fn raw_instructions(vm: &Vm, code_obj: Obj<'_>) -> Vec<Instr> {
    let raw = code_obj.slot(vm, c::INSTRS).as_raw(vm);
    raw.map_or(Vec::new(), |raw| {
        (0..raw.len(vm) / 8)
            .map(|i| Instr(raw.word_at(vm, i)))
            .collect()
    })
}
fn bytes_of(vm: &Vm, code_obj: Obj<'_>) -> Vec<u8> {
    instructions(vm, code_obj)
        .iter()
        .flat_map(|i| i.0.to_le_bytes())
        .collect()
}
fn bytecode(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let bytes = bytes_of(vm, expect(vm, this)?);
    Ok(vm.ret(vm.new_bytes(&bytes)?.value()))
}
fn exception_bytes(vm: &Vm, code_obj: Obj<'_>) -> Vec<u8> {
    code_obj
        .slot(vm, c::EXCEPTIONS)
        .as_raw(vm)
        .map_or_else(Vec::new, |raw| raw.to_vec(vm, 0..raw.len(vm)))
}
fn exception_table(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let bytes = exception_bytes(vm, expect(vm, this)?);
    Ok(vm.ret(vm.new_bytes(&bytes)?.value()))
}
/// Stretches of bytecode with the same line: start, end (bytes), line.
fn lines(vm: &Vm, code_obj: Obj<'_>) -> Vec<(i64, i64, Option<i64>)> {
    let mut all: Vec<(i64, i64, Option<i64>)> = Vec::new();
    let Some(table) = code_obj.slot(vm, c::POSITIONS).as_bytes(vm) else {
        return all;
    };
    let mut at = 0;
    for (run, position) in position_runs(table.bytes(vm)) {
        let end = at + i64::from(run) * LASTI_SCALE;
        let line = (position.line != 0).then_some(i64::from(position.line));
        match all.last_mut().filter(|last| last.2 == line) {
            Some(last) => last.1 = end,
            None => all.push((at, end, line)),
        }
        at = end;
    }
    // CPython's code begins with an instruction that stands on the line of the definition. There is none here, but its line counts.
    let is_module = code_obj
        .slot(vm, c::NAME)
        .as_str(vm)
        .is_some_and(|n| n.bytes(vm) == b"<module>");
    let first = match is_module {
        true => 0,
        false => code::int_slot(vm, code_obj, c::FIRST_LINE) as i64,
    };
    // What makes cells stands before it, on no line.
    let place = usize::from(all.first().is_some_and(|run| run.2.is_none()));
    if all.get(place).is_some_and(|run| run.2 != Some(first)) {
        let at = all[place].0;
        all.insert(place, (at, at, Some(first)));
    }
    all
}
/// The old table of line differences: pairs of a step in bytes and a signed step in lines.
fn lnotab(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.warn(
        &exc::DEPRECATION_WARNING,
        "co_lnotab is deprecated, use co_lines instead.",
        1,
    )?;
    let vm: &Vm = vm;
    let code_obj = expect(vm, this)?;
    let mut table: Vec<u8> = Vec::new();
    let (mut at, mut line) = (0, code::int_slot(vm, code_obj, c::FIRST_LINE) as i64);
    for (start, _, number) in lines(vm, code_obj) {
        let Some(number) = number.filter(|n| *n != line) else {
            continue;
        };
        let (mut bytes, mut step) = (start - at, number - line);
        while bytes > 255 {
            table.extend([255, 0]);
            bytes -= 255;
        }
        while !(-128..=127).contains(&step) {
            let part = if step < 0 { -128 } else { 127 };
            table.extend([bytes as u8, part as i8 as u8]);
            bytes = 0;
            step -= part;
        }
        table.extend([bytes as u8, step as i8 as u8]);
        (at, line) = (start, number);
    }
    Ok(vm.ret(vm.new_bytes(&table)?.value()))
}

// ---- methods

fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let vm: &Vm = vm;
    let o = expect(vm, this)?;
    let (name, file) = (
        vm.text_of(o.slot(vm, c::NAME)),
        vm.text_of(o.slot(vm, c::FILENAME)),
    );
    let line = code::int_slot(vm, o, c::FIRST_LINE) as i64;
    let line = if line == 0 { -1 } else { line };
    Ok(format!(
        "<code object {name} at {:#x}, file \"{file}\", line {line}>",
        vm.id(o.value())
    ))
}
fn size_of(vm: &Vm, this: Value<'_>) -> Py<usize> {
    let Some(o) = this.as_obj() else { return Ok(0) };
    let raw = |slot| o.slot(vm, slot).as_raw(vm).map_or(0, |r| r.len(vm));
    Ok((o.slot_count(vm) + 1) * 8 + raw(c::INSTRS) + raw(c::CACHES) + raw(c::EXCEPTIONS))
}
fn iterate(vm: &mut Vm, items: Local) -> Py<Ret> {
    vm.iter(items)
}
fn co_lines(vm: &mut Vm, this: Local) -> Py<Ret> {
    let list = {
        let vm: &Vm = vm;
        let list = vm.new_list(&[])?;
        for (start, end, line) in lines(vm, expect(vm, this)?) {
            let line = line.map_or(Value::NONE, |n| vm.int(n));
            list.push(
                vm,
                vm.new_tuple(&[vm.int(start), vm.int(end), line])?.value(),
            )?;
        }
        vm.local(list.value())
    };
    iterate(vm, list)
}
fn co_positions(vm: &mut Vm, this: Local) -> Py<Ret> {
    let list = {
        let vm: &Vm = vm;
        let list = vm.new_list(&[])?;
        let code_obj = expect(vm, this)?;
        let table = code_obj
            .slot(vm, c::POSITIONS)
            .as_bytes(vm)
            .map_or(&[][..], |b| b.bytes(vm));
        for (run, p) in position_runs(table) {
            let p = code::shown_position(vm, p);
            let line = |n: u32| {
                if n == 0 {
                    Value::NONE
                } else {
                    vm.int(i64::from(n))
                }
            };
            let column = |n: i32| {
                if n < 0 {
                    Value::NONE
                } else {
                    vm.int(i64::from(n))
                }
            };
            let entry = vm
                .new_tuple(&[
                    line(p.line),
                    line(p.end_line),
                    column(p.column),
                    column(p.end_column),
                ])?
                .value();
            for _ in 0..i64::from(run) * LASTI_SCALE / POSITION_BYTES {
                list.push(vm, entry)?;
            }
        }
        vm.local(list.value())
    };
    iterate(vm, list)
}
/// Conditional jumps: where they are, where control goes on, where they jump to.
fn co_branches(vm: &mut Vm, this: Local) -> Py<Ret> {
    let list = {
        let vm: &Vm = vm;
        let list = vm.new_list(&[])?;
        for (pc, instr) in instructions(vm, expect(vm, this)?).into_iter().enumerate() {
            let Some(op) = instr.op().filter(|op| !ends_block(*op)) else {
                continue;
            };
            let Some(distance) = jump_of(op, instr) else {
                continue;
            };
            let pc = pc as i64;
            let places =
                [pc, pc + 1, pc + 1 + i64::from(distance)].map(|at| vm.int(at * LASTI_SCALE));
            list.push(vm, vm.new_tuple(&places)?.value())?;
        }
        vm.local(list.value())
    };
    iterate(vm, list)
}
fn varname(vm: &mut Vm, this: Local, index: i64) -> Py<Ret> {
    let vm: &Vm = vm;
    let o = expect(vm, this)?;
    let plain = code::names(vm, o, c::VARNAMES);
    let registers = code::names(vm, o, c::CELL_REGS);
    let own = |i: &usize| {
        registers
            .at(vm, *i)
            .and_then(|r| r.as_small_int())
            .is_some_and(|r| r as usize >= plain.len(vm))
    };
    let cells = code::names(vm, o, c::CELLVARS)
        .iter(vm)
        .enumerate()
        .filter(|(i, _)| own(i))
        .map(|(_, n)| n);
    let mut all = plain
        .iter(vm)
        .chain(cells)
        .chain(code::names(vm, o, c::FREEVARS).iter(vm));
    let found = usize::try_from(index).ok().and_then(|i| all.nth(i));
    found
        .map(|n| vm.ret(n))
        .ok_or_else(|| vm.index_error("tuple index out of range"))
}

// ---- equality

/// Slots that two equal code objects have equal, besides constants and tables.
const COMPARED: [usize; 10] = [
    c::NAME,
    c::ARGCOUNT,
    c::POSONLY,
    c::KWONLY,
    c::FLAGS,
    c::FIRST_LINE,
    c::NAMES,
    c::VARNAMES,
    c::CELLVARS,
    c::FREEVARS,
];

fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if other.value(vm).kind(vm) != Kind::Code {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let same = equal_code(vm, this, other)?;
    Ok(vm.ret(Value::bool(same)))
}
fn equal_code(vm: &mut Vm, x: Local, y: Local) -> Py<bool> {
    vm.check_native_stack()?;
    let (left, right) = {
        let vm: &Vm = vm;
        let (a, b) = (expect(vm, x)?, expect(vm, y)?);
        if a == b {
            return Ok(true);
        }
        let same_tables = bytes_of(vm, a) == bytes_of(vm, b)
            && exception_bytes(vm, a) == exception_bytes(vm, b)
            && a.slot(vm, c::POSITIONS).as_bytes(vm).map(|t| t.bytes(vm))
                == b.slot(vm, c::POSITIONS).as_bytes(vm).map(|t| t.bytes(vm));
        if !same_tables
            || !COMPARED
                .iter()
                .all(|slot| same_plain(vm, a.slot(vm, *slot), b.slot(vm, *slot)))
        {
            return Ok(false);
        }
        let tuple = |o| Ok::<_, Raised>(vm.local(vm.new_tuple(&const_values(vm, o))?.value()));
        (tuple(a)?, tuple(b)?)
    };
    same_const(vm, left, right)
}
/// Ints, strings, and tuples of strings.
fn same_plain(vm: &Vm, x: Value<'_>, y: Value<'_>) -> bool {
    if x == y {
        return true;
    }
    match (x.as_str(vm), y.as_str(vm), x.as_tuple(vm), y.as_tuple(vm)) {
        (Some(a), Some(b), ..) => a.eq(vm, b),
        (_, _, Some(a), Some(b)) => {
            a.len(vm) == b.len(vm)
                && a.iter(vm)
                    .zip(b.iter(vm))
                    .all(|(a, b)| same_plain(vm, a, b))
        }
        _ => false,
    }
}
/// Constants are equal if their types are too: `1` and `1.0`, `0.0` and `-0.0` are different constants.
fn same_const(vm: &mut Vm, x: Local, y: Local) -> Py<bool> {
    vm.check_native_stack()?;
    let n = {
        let vm: &Vm = vm;
        let (a, b) = (x.value(vm), y.value(vm));
        if a == b {
            return Ok(true);
        }
        if vm.type_of(a) != vm.type_of(b) {
            return Ok(false);
        }
        if let (Some(a), Some(b)) = (a.as_f64(vm), b.as_f64(vm)) {
            return Ok(a.to_bits() == b.to_bits());
        }
        if let (Some(a), Some(b)) = (a.as_complex(vm), b.as_complex(vm)) {
            return Ok(a.re(vm).to_bits() == b.re(vm).to_bits()
                && a.im(vm).to_bits() == b.im(vm).to_bits());
        }
        match (a.as_exact_tuple(vm), b.as_exact_tuple(vm)) {
            (Some(a), Some(b)) if a.len(vm) != b.len(vm) => return Ok(false),
            (Some(a), Some(_)) => Some(a.len(vm)),
            _ => None,
        }
    };
    let Some(n) = n else {
        return if x.value(vm).kind(vm) == Kind::Code {
            equal_code(vm, x, y)
        } else {
            vm.equal(x, y)
        };
    };
    for i in 0..n {
        let item = |l: Local| {
            l.value(vm)
                .as_tuple(vm)
                .map_or(Value::NONE, |t| t.get(vm, i))
        };
        let [a, b] = [item(x), item(y)].map(|v| v.word());
        let same = vm.scope(|vm| {
            let [a, b] = [a, b].map(|w| vm.local(w.value(vm)));
            same_const(vm, a, b)
        })?;
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}
/// Equal code objects have equal names, counts, flags and instructions; constants are left out, as they may be unhashable after `replace`.
fn hash(vm: &mut Vm, this: Local) -> Py<i64> {
    let vm: &Vm = vm;
    let o = expect(vm, this)?;
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(vm.text_of(o.slot(vm, c::NAME)).as_bytes());
    hasher.write(&bytes_of(vm, o));
    for slot in [c::ARGCOUNT, c::POSONLY, c::KWONLY, c::FLAGS, c::FIRST_LINE] {
        hasher.write_usize(code::int_slot(vm, o, slot));
    }
    Ok((hasher.finish() >> 4) as i64)
}

// ---- replace

/// How an argument of `replace` is treated.
#[derive(Clone, Copy)]
enum Change {
    Text(usize),
    /// A tuple of strings of the same length.
    Names(usize),
    Line,
    Flags,
    Consts,
    LineTable,
    /// Numbers and tables that belong to the bytecode: must stay as they are.
    FixedInt(fn(&mut Vm, Local) -> Py<Ret>),
    FixedBytes(fn(&mut Vm, Local) -> Py<Ret>),
}
const CHANGES: &[(&str, Change)] = &[
    ("co_name", Change::Text(c::NAME)),
    ("co_qualname", Change::Text(c::QUALNAME)),
    ("co_filename", Change::Text(c::FILENAME)),
    ("co_names", Change::Names(c::NAMES)),
    ("co_varnames", Change::Names(c::VARNAMES)),
    ("co_cellvars", Change::Names(c::CELLVARS)),
    ("co_freevars", Change::Names(c::FREEVARS)),
    ("co_firstlineno", Change::Line),
    ("co_flags", Change::Flags),
    ("co_consts", Change::Consts),
    ("co_linetable", Change::LineTable),
    ("co_argcount", Change::FixedInt(slot::<{ c::ARGCOUNT }>)),
    (
        "co_posonlyargcount",
        Change::FixedInt(slot::<{ c::POSONLY }>),
    ),
    ("co_kwonlyargcount", Change::FixedInt(slot::<{ c::KWONLY }>)),
    ("co_nlocals", Change::FixedInt(slot::<{ c::NLOCALS }>)),
    ("co_stacksize", Change::FixedInt(stack_size)),
    ("co_code", Change::FixedBytes(bytecode)),
    ("co_exceptiontable", Change::FixedBytes(exception_table)),
];

fn replace(vm: &mut Vm, this: Local, changes: Option<Local<k::Dict>>) -> Py<Ret> {
    let copy = vm.local(duplicate(vm, expect(vm, this)?)?.value());
    let value = vm.local(Value::NONE);
    let mut pos = 0;
    while let Some(changes) = changes {
        let name = {
            let vm: &Vm = vm;
            let Some((next, key, given)) = changes.get(vm).next_entry(vm, pos) else {
                break;
            };
            pos = next + 1;
            value.set(vm, given);
            vm.text_of(key)
        };
        let Some((name, change)) = CHANGES.iter().find(|(n, _)| *n == name) else {
            return Err(vm.type_error(format!(
                "replace() got an unexpected keyword argument '{name}'"
            )));
        };
        apply(vm, this, copy, name, *change, value)?;
    }
    Ok(vm.ret(copy.value(vm)))
}
/// A copy with instructions and caches of its own, since quickening writes to them.
fn duplicate<'v>(vm: &'v Vm, from: Obj<'v>) -> Py<Obj<'v>> {
    let to = vm.new_object(Kind::Code, 0, None, c::COUNT);
    for slot in 0..c::COUNT {
        to.set_slot(vm, slot, from.slot(vm, slot));
    }
    to.set_slot(vm, c::WEAK, Value::EMPTY);
    to.set_slot(vm, c::EXTRA, Value::EMPTY);
    let instrs = instructions(vm, from);
    let raw = vm.new_raw(instrs.len() * 8)?;
    for (i, instr) in instrs.iter().enumerate() {
        raw.set_word_at(vm, i, instr.0);
    }
    crate::progress::note_live(vm, to, raw);
    to.set_slot(vm, c::INSTRS, raw.value());
    let cache_bytes = from.slot(vm, c::CACHES).as_raw(vm).map_or(0, |r| r.len(vm));
    to.set_slot(vm, c::CACHES, vm.new_raw(cache_bytes)?.value());
    crate::code::locate_tables(vm, to);
    Ok(to)
}
fn wrong_type(vm: &Vm, name: &str, wanted: &str, value: Local) -> Raised {
    let got = vm.type_name_for_error(value.value(vm));
    vm.type_error(format!(
        "replace() argument '{name}' must be {wanted}, not {got}"
    ))
}
fn fixed(vm: &Vm, name: &str) -> Raised {
    vm.value_error(format!(
        "code: {name} can't be changed, as that takes other bytecode; compile source instead"
    ))
}
fn apply(
    vm: &mut Vm,
    this: Local,
    copy: Local,
    name: &str,
    change: Change,
    value: Local,
) -> Py<()> {
    match change {
        Change::Text(slot) => {
            let vm: &Vm = vm;
            let Some(text) = value.value(vm).as_str(vm) else {
                return Err(wrong_type(vm, name, "str", value));
            };
            expect(vm, copy)?.set_slot(vm, slot, vm.intern_str(text).value());
            Ok(())
        }
        Change::Names(slot) => replace_names(vm, copy, name, slot, value),
        Change::Line => {
            let line = vm.index(value)?;
            let vm: &Vm = vm;
            if !(0..=i64::from(i32::MAX)).contains(&line) {
                return Err(vm.value_error("co_firstlineno must be a positive integer"));
            }
            expect(vm, copy)?.set_slot(vm, c::FIRST_LINE, vm.int(line));
            Ok(())
        }
        Change::Flags => {
            let flags = vm.index(value)?;
            let vm: &Vm = vm;
            let copy = expect(vm, copy)?;
            let Ok(flags) = u32::try_from(flags) else {
                return Err(vm.value_error("code: co_flags out of range"));
            };
            let docstring = CodeFlags::HAS_DOCSTRING;
            let old = code::flags(vm, copy).0;
            if (flags ^ old) & STRUCTURAL_FLAGS != 0 || flags & docstring > old & docstring {
                return Err(fixed(vm, name));
            }
            copy.set_slot(vm, c::FLAGS, vm.int(i64::from(flags)));
            Ok(())
        }
        Change::Consts => replace_consts(vm, copy, value),
        Change::LineTable => {
            let vm: &Vm = vm;
            let Some(bytes) = value.value(vm).as_bytes(vm) else {
                return Err(wrong_type(vm, name, "bytes", value));
            };
            let copy = expect(vm, copy)?;
            let same = copy
                .slot(vm, c::POSITIONS)
                .as_bytes(vm)
                .is_some_and(|b| b.bytes(vm) == bytes.bytes(vm));
            if !same && !bytes.bytes(vm).is_empty() {
                return Err(fixed(vm, name));
            }
            copy.set_slot(vm, c::POSITIONS, bytes.value());
            Ok(())
        }
        Change::FixedInt(get) => {
            let n = vm.index(value)?;
            if n < 0 {
                return Err(vm.value_error(format!("{name} must be a positive integer")));
            }
            let old = get(vm, this)?.get(vm).as_small_int();
            // More room for temporaries than is needed does no harm: it is ignored.
            if old == Some(n) || name == "co_stacksize" && old.is_some_and(|old| n >= old) {
                Ok(())
            } else {
                Err(fixed(vm, name))
            }
        }
        Change::FixedBytes(get) => {
            if value.value(vm).as_bytes(vm).is_none() {
                return Err(wrong_type(vm, name, "bytes", value));
            }
            let old = get(vm, this)?
                .get(vm)
                .as_bytes(vm)
                .map(|b| b.bytes(vm).to_vec());
            let new = value.value(vm).as_bytes(vm).map(|b| b.bytes(vm).to_vec());
            if old == new {
                Ok(())
            } else {
                Err(fixed(vm, name))
            }
        }
    }
}
fn replace_names(vm: &Vm, copy: Local, name: &str, slot: usize, value: Local) -> Py<()> {
    let Some(new) = value.value(vm).as_tuple(vm) else {
        return Err(wrong_type(vm, name, "tuple", value));
    };
    let copy = expect(vm, copy)?;
    let old = code::names(vm, copy, slot);
    let shown = match slot {
        c::NAMES => shown_names(vm, copy),
        _ => (0..old.len(vm)).collect(),
    };
    if new.iter(vm).any(|n| n.as_str(vm).is_none()) {
        return Err(vm.system_error("non-string found in code slot"));
    }
    if new.len(vm) < shown.len() {
        return Err(vm.value_error(format!("code: {name} is too small")));
    }
    if new.len(vm) > shown.len() {
        return Err(fixed(vm, name));
    }
    let interned = |t: Tuple<'_>, i| {
        t.get(vm, i)
            .as_str(vm)
            .map_or(Value::NONE, |s| vm.intern(s.bytes(vm)).value())
    };
    let names = vm.new_tuple_from(old.len(vm), |i| {
        let at = shown.iter().position(|place| *place == i);
        at.map_or(old.get(vm, i), |at| interned(new, at))
    })?;
    if slot == c::NAMES {
        // Sites hold the names themselves.
        let sites = code::names(vm, copy, c::SITE_NAMES);
        let renamed = |i| {
            let site = sites.get(vm, i);
            old.iter(vm)
                .position(|n| n == site)
                .map_or(site, |at| names.get(vm, at))
        };
        let sites = vm.new_tuple_from(sites.len(vm), renamed)?;
        copy.set_slot(vm, c::SITE_NAMES, sites.value());
    }
    copy.set_slot(vm, slot, names.value());
    Ok(())
}
/// Constants can be exchanged one for one; where instructions rely on a tuple of some length or on code, the new one must be like that.
fn replace_consts(vm: &Vm, copy: Local, value: Local) -> Py<()> {
    let Some(new) = value.value(vm).as_tuple(vm) else {
        return Err(wrong_type(vm, "co_consts", "tuple", value));
    };
    let copy = expect(vm, copy)?;
    let old = const_values(vm, copy);
    if new.len(vm) < old.len() {
        return Err(vm.value_error("code: co_consts is too small"));
    }
    for (old, new) in old.iter().zip(new.iter(vm)) {
        let fits = match old.kind(vm) {
            Kind::Tuple => new
                .as_exact_tuple(vm)
                .is_some_and(|n| Some(n.len(vm)) == old.as_tuple(vm).map(|o| o.len(vm))),
            Kind::Code => new.as_obj().zip(old.as_obj()).is_some_and(|(new, old)| {
                new.kind(vm) == Kind::Code
                    && code::names(vm, new, c::FREEVARS).len(vm)
                        == code::names(vm, old, c::FREEVARS).len(vm)
            }),
            _ => true,
        };
        if !fits {
            return Err(fixed(vm, "co_consts"));
        }
    }
    copy.set_slot(
        vm,
        c::CONSTS,
        vm.new_value_array_from(&new.to_vec(vm))?.value(),
    );
    crate::code::locate_tables(vm, copy);
    Ok(())
}

#[cfg(test)]
mod tests {
    use mesapy_bytecode::Op;

    #[test]
    fn general_forms_are_general() {
        for op in Op::ALL {
            assert_eq!(op.general().general(), op.general());
        }
    }
}

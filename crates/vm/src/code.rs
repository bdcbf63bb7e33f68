//! Code objects: a `CodeUnit` given a place in the heap, and the tables behind it.
//!
//! Tables are raw arrays: instructions one u64 each (rewritten in place by quickening), inline caches `CACHE_WORDS` u64 for each site (zeroed by full
//! collections: they keep nothing alive), exception entries four u32, live registers two u32 (start, count), positions varint-coded runs.

use crate::layout::code;
use crate::local::{Local, Py, Raised, k};
use crate::vm::{TypeHasher, Vm};
pub(crate) use mesapy_bytecode::positions::runs as position_runs;
use mesapy_bytecode::{CodeFlags, CodeUnit, Const, Position, Text};
use mesapy_heap::{Kind, Obj, Tuple, Value, Word};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Inline-cache words for each site.
pub(crate) const CACHE_WORDS: usize = 2;

/// What the call path needs, in one word: bit 0 simple (positional parameters only, no cells to fill by binding), bit 1 generator of some sort,
/// bits 2…17 positional parameters, 18…33 locals, 34…49 registers.
#[derive(Clone, Copy)]
pub(crate) struct CallInfo(u64);
impl CallInfo {
    /// From the word of the slot, an integer.
    #[inline(always)]
    pub(crate) fn from_word(word: u64) -> CallInfo {
        CallInfo(word >> 3)
    }
    fn new(simple: bool, generator: bool, args: u32, locals: u32, registers: u32) -> CallInfo {
        CallInfo(
            simple as u64
                | (generator as u64) << 1
                | u64::from(args & 0xffff) << 2
                | u64::from(locals & 0xffff) << 18
                | u64::from(registers & 0xffff) << 34,
        )
    }
    #[inline(always)]
    pub(crate) fn is_simple(self) -> bool {
        self.0 & 1 != 0
    }
    /// Whether a call with `n` positional arguments is bound by pushing the frame, and runs.
    #[inline(always)]
    pub(crate) fn takes_exactly(self, n: u32) -> bool {
        self.0 & 0x3ffff == 1 | u64::from(n) << 2
    }
    #[inline(always)]
    pub(crate) fn makes_generator(self) -> bool {
        self.0 & 2 != 0
    }
    #[inline(always)]
    pub(crate) fn arg_count(self) -> u32 {
        (self.0 >> 2) as u32 & 0xffff
    }
    /// Registers that are variables: cleared at entry, always live.
    #[inline(always)]
    pub(crate) fn registers(self) -> u32 {
        (self.0 >> 34) as u32 & 0xffff
    }
    #[inline(always)]
    pub(crate) fn locals(self) -> u32 {
        (self.0 >> 18) as u32 & 0xffff
    }
}

#[inline(always)]
pub(crate) fn call_info(vm: &Vm, code: Obj<'_>) -> CallInfo {
    CallInfo(vm.field(code, code::CALL_INFO).bits() >> 3)
}
pub(crate) fn int_slot(vm: &Vm, code: Obj<'_>, slot: usize) -> usize {
    code.slot(vm, slot).as_small_int().unwrap_or(0) as usize
}
pub(crate) fn flags(vm: &Vm, code: Obj<'_>) -> CodeFlags {
    CodeFlags(int_slot(vm, code, code::FLAGS) as u32)
}
/// Registers that parameters take, `*args` and `**kwargs` included.
pub(crate) fn parameter_count(vm: &Vm, code: Obj<'_>) -> u32 {
    let f = flags(vm, code);
    (int_slot(vm, code, code::ARGCOUNT) + int_slot(vm, code, code::KWONLY)) as u32
        + f.has(CodeFlags::VARARGS) as u32
        + f.has(CodeFlags::VARKEYWORDS) as u32
}
pub(crate) fn names<'v>(vm: &'v Vm, code: Obj<'v>, slot: usize) -> Tuple<'v> {
    code.slot(vm, slot)
        .as_tuple(vm)
        .expect("code tables are tuples")
}
pub(crate) fn name<'v>(vm: &'v Vm, code: Obj<'v>, index: usize) -> Value<'v> {
    names(vm, code, code::NAMES)
        .at(vm, index)
        .unwrap_or(Value::NONE)
}

/// Names of a file that were interned already, by where they stand in the library: most occur in many functions.
#[derive(Default)]
struct NamesSeen(RefCell<HashMap<(usize, usize), Word, BuildHasherDefault<TypeHasher>>>);

impl NamesSeen {
    fn name<'v>(&self, vm: &'v Vm, text: &Text) -> Value<'v> {
        let Text::Borrowed(bytes) = text else {
            return vm.intern(text).value();
        };
        let mut seen = self.0.borrow_mut();
        let word = seen
            .entry((bytes.as_ptr() as usize, bytes.len()))
            .or_insert_with(|| vm.intern(bytes).word());
        word.value(vm)
    }
}

impl Vm {
    /// Makes a code object of a unit, code objects of nested functions included. Iterative in depth only as deep as functions nest in source,
    /// which the parser bounds.
    pub fn load_code(&self, unit: &CodeUnit, filename: Local<k::Str>) -> Py<Obj<'_>> {
        self.load_unit(unit, filename, &NamesSeen::default())
    }
    fn load_unit(&self, unit: &CodeUnit, filename: Local<k::Str>, seen: &NamesSeen) -> Py<Obj<'_>> {
        let strings = |list: &[Text]| -> Py<Value<'_>> {
            Ok(self
                .new_tuple_from(list.len(), |i| seen.name(self, &list[i]))?
                .value())
        };
        let c = self.new_object(Kind::Code, 0, None, code::COUNT);
        let instrs = self.new_raw(unit.instrs.len() * 8)?;
        for (i, instr) in unit.instrs.iter().enumerate() {
            instrs.set_word_at(self, i, instr.0);
        }
        c.set_slot(self, code::INSTRS, instrs.value());
        c.set_slot(
            self,
            code::CACHES,
            self.new_raw(unit.sites.len() * CACHE_WORDS * 8)?.value(),
        );
        let consts = self.new_value_array(unit.consts.len())?;
        c.set_slot(self, code::CONSTS, consts.value());
        for (i, constant) in unit.consts.iter().enumerate() {
            let value = match constant {
                Const::Code(unit) => self.load_unit(unit, filename, seen)?.value(),
                _ => self.load_const(constant, filename)?,
            };
            consts.set(self, i, value);
        }
        let names = self.new_tuple_from(unit.names.len(), |i| seen.name(self, &unit.names[i]))?;
        c.set_slot(self, code::NAMES, names.value());
        let site_names = self.new_tuple_from(unit.sites.len(), |i| {
            names
                .at(self, unit.sites[i] as usize)
                .unwrap_or(Value::NONE)
        })?;
        c.set_slot(self, code::SITE_NAMES, site_names.value());
        let exceptions = self.new_raw(unit.exceptions.len() * 16)?;
        for (i, e) in unit.exceptions.iter().enumerate() {
            for (j, word) in [e.start, e.end, e.handler, u32::from(e.reg)]
                .into_iter()
                .enumerate()
            {
                exceptions.set_u32(self, (i * 4 + j) * 4, word);
            }
        }
        c.set_slot(self, code::EXCEPTIONS, exceptions.value());
        let live = self.new_raw(unit.live.len() * 8)?;
        for (i, (start, count)) in unit.live.iter().enumerate() {
            live.set_u32(self, i * 8, *start);
            live.set_u32(self, i * 8 + 4, u32::from(*count));
        }
        c.set_slot(self, code::LIVE, live.value());
        c.set_slot(
            self,
            code::POSITIONS,
            self.new_bytes(&unit.positions.0)?.value(),
        );
        c.set_slot(self, code::VARNAMES, strings(&unit.varnames)?);
        c.set_slot(self, code::CELLVARS, strings(&unit.cellvars)?);
        c.set_slot(self, code::FREEVARS, strings(&unit.freevars)?);
        c.set_slot(
            self,
            code::CELL_REGS,
            self.new_tuple_from(unit.cell_regs.len(), |i| {
                Value::int32(unit.cell_regs[i] as i32)
            })?
            .value(),
        );
        c.set_slot(self, code::NAME, seen.name(self, &unit.name));
        c.set_slot(self, code::QUALNAME, seen.name(self, &unit.qualname));
        c.set_slot(self, code::FILENAME, filename.value(self));
        // Variables: parameters and locals, cells with registers of their own, free variables.
        let cells_end = unit
            .cell_regs
            .iter()
            .map(|r| *r as u32 + 1)
            .max()
            .unwrap_or(0);
        let locals = (unit.varnames.len() as u32)
            .max(cells_end)
            .max(u32::from(unit.first_free) + unit.freevars.len() as u32);
        for (slot, n) in [
            (code::ARGCOUNT, unit.arg_count),
            (code::POSONLY, unit.posonly_count),
            (code::KWONLY, unit.kwonly_count),
            (code::NLOCALS, unit.varnames.len() as u32),
            (code::REGISTERS, u32::from(unit.registers)),
            (code::FLAGS, unit.flags.0),
            (code::FIRST_FREE, u32::from(unit.first_free)),
            (code::FIRST_LINE, unit.first_line),
        ] {
            c.set_slot(self, slot, self.int(i64::from(n)));
        }
        let generator = unit
            .flags
            .has(CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR);
        let simple =
            unit.kwonly_count == 0 && !unit.flags.has(CodeFlags::VARARGS | CodeFlags::VARKEYWORDS);
        let info = CallInfo::new(
            simple,
            generator,
            unit.arg_count,
            locals,
            u32::from(unit.registers).max(locals),
        );
        c.set_slot(self, code::CALL_INFO, self.int(info.0 as i64));
        if generator {
            crate::progress::note_live(self, c, instrs);
        }
        locate_tables(self, c);
        Ok(c)
    }

    /// The object of a constant.
    pub fn load_const<'v>(&'v self, constant: &Const, filename: Local<k::Str>) -> Py<Value<'v>> {
        Ok(match constant {
            Const::None => Value::NONE,
            Const::Bool(b) => Value::bool(*b),
            Const::Ellipsis => Value::ELLIPSIS,
            Const::Int(i) => self.int(*i),
            Const::BigInt(negative, limbs) => self.new_bigint(*negative, limbs)?,
            Const::Float(f) => self.float(*f),
            Const::Complex(re, im) => self.new_complex(*re, *im).value(),
            // Strings that look like names are shared by identity, as CPython does.
            Const::Str(s)
                if s.len() <= 64 && s.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') =>
            {
                self.intern(s).value()
            }
            Const::Str(s) => self.new_str(s)?.value(),
            Const::Bytes(b) if b.is_empty() => self.roots.empty_bytes(self),
            Const::Bytes(b) => self.new_bytes(b)?.value(),
            Const::Tuple(items) => {
                let tuple = self.new_tuple_from(items.len(), |_| Value::NONE)?;
                for (i, item) in items.iter().enumerate() {
                    tuple.init(self, i, self.load_const(item, filename)?);
                }
                tuple.value()
            }
            Const::FrozenSet(items) => {
                let set = self.new_frozenset();
                for item in items {
                    let value = self.load_const(item, filename)?;
                    crate::objects::set::add_constant(self, set, value)?;
                }
                set.value()
            }
            Const::Slice(parts) => {
                let mut values = [Value::NONE; 3];
                for (v, part) in values.iter_mut().zip(parts.iter()) {
                    *v = self.load_const(part, filename)?;
                }
                crate::objects::slice::new_slice(self, values[0], values[1], values[2])
            }
            Const::Code(unit) => self.load_code(unit, filename)?.value(),
        })
    }
}

/// Notes where a code object's tables are; to be called when one of them is replaced.
pub(crate) fn locate_tables(vm: &Vm, c: Obj<'_>) {
    let raw = |slot: usize| {
        c.slot(vm, slot)
            .as_raw(vm)
            .map_or(0, |r| r.payload_index(vm))
    };
    let consts = c
        .slot(vm, code::CONSTS)
        .as_value_array(vm)
        .map_or(0, |a| a.payload_index(vm));
    for (slot, at) in [
        (code::INSTRS_AT, raw(code::INSTRS)),
        (code::CONSTS_AT, consts),
        (code::CACHES_AT, raw(code::CACHES)),
    ] {
        c.set_slot(vm, slot, vm.int(i64::from(at)));
    }
    c.set_int_slot(vm, code::JIT, vm.first_count());
}

/// Live registers before instruction `pc`: those are scanned, the others are dead.
pub(crate) fn live_registers(vm: &Vm, code: Obj<'_>, pc: u32) -> u32 {
    let info = call_info(vm, code);
    let Some(table) = code.slot(vm, code::LIVE).as_raw(vm) else {
        return info.registers();
    };
    let n = table.len(vm) / 8;
    // The last run that starts at or before pc.
    let (mut low, mut high) = (0, n);
    while low < high {
        let mid = (low + high) / 2;
        if table.get_u32(vm, mid * 8).unwrap_or(0) <= pc {
            low = mid + 1
        } else {
            high = mid
        }
    }
    if low == 0 {
        info.registers()
    } else {
        table
            .get_u32(vm, low * 8 - 4)
            .unwrap_or(u32::MAX)
            .max(info.locals())
            .min(info.registers())
    }
}

/// The innermost handler that guards instruction `pc`: where it starts, and the register for the exception.
pub(crate) fn find_handler(vm: &Vm, code: Obj<'_>, pc: u32) -> Option<(u32, u16)> {
    let table = code.slot(vm, code::EXCEPTIONS).as_raw(vm)?;
    let word = |i: usize, j: usize| table.get_u32(vm, i * 16 + j * 4).unwrap_or(0);
    (0..table.len(vm) / 16)
        .find(|i| word(*i, 0) <= pc && pc < word(*i, 1))
        .map(|i| (word(i, 2), word(i, 3) as u16))
}

/// Where the handlers of a code object start.
pub(crate) fn handler_starts<'v>(vm: &'v Vm, code: Obj<'v>) -> impl Iterator<Item = u32> + 'v {
    let table = code.slot(vm, code::EXCEPTIONS).as_raw(vm);
    let n = table.map_or(0, |t| t.len(vm) / 16);
    (0..n).filter_map(move |i| table?.get_u32(vm, i * 16 + 8))
}

/// A position as far as the interpreter's options let it be known.
pub(crate) fn shown_position(vm: &Vm, position: Position) -> Position {
    if !vm.sys_config.no_debug_ranges {
        return position;
    }
    Position {
        line: position.line,
        end_line: position.line,
        column: -1,
        end_column: -1,
    }
}
/// Where instruction `pc` stands in the source.
pub(crate) fn position(vm: &Vm, code: Obj<'_>, pc: u32) -> Position {
    let Some(table) = code.slot(vm, code::POSITIONS).as_bytes(vm) else {
        return Position::default();
    };
    let mut at = 0;
    for (run, position) in position_runs(table.bytes(vm)) {
        at += run;
        if pc < at {
            return shown_position(vm, position);
        }
    }
    Position::default()
}

/// For natives that take a code object.
pub(crate) fn expect_code<'v>(vm: &'v Vm, value: Value<'v>) -> Py<Obj<'v>> {
    value
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Code)
        .ok_or_else(|| -> Raised {
            vm.type_error(format!(
                "a code object is required, not '{}'",
                vm.type_name_for_error(value)
            ))
        })
}

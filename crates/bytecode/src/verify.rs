//! Checks a code unit that comes from outside (or from a compiler with a bug) before it may run. What it accepts can't make the interpreter leave its
//! tables or its frame. It checks that
//!
//! 1. every instruction is a known opcode and no quickened form;
//! 2. every register operand, runs and call layouts included, is below `registers`;
//! 3. constants, names, sites, selectors and common objects are in range, and sites name existing names (or none);
//! 4. every jump lands on an instruction, and not on the second word of a two-word one;
//! 5. two-word instructions are whole;
//! 6. control can't run off the end;
//! 7. exception entries lie in the code, do not run backwards, and their handler and register are in range; handlers are instructions;
//! 8. there is one position for every instruction;
//! 9. the live table starts at 0, goes forward, and never counts more than `registers`;
//! 10. parameters, locals, cells and free variables fit the registers, one cell register for each cell;
//! 11. the docstring, if there is said to be one, is constant 0;
//! 12. the same holds for nested code, which is at most `NESTING_MAX` deep.

use crate::op::{Conversion, Intrinsic1, Intrinsic2, Op, Special};
use crate::operands::{access_of, const_of, ends_block, jump_of, name_of, site_of};
use crate::unit::{CodeFlags, CodeUnit, Const};

/// How deep code objects (and tuples of constants) may nest.
pub const NESTING_MAX: u32 = 200;

/// What is wrong with a code unit, and at which instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    pub pc: usize,
    pub what: &'static str,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "instruction {}: {}", self.pc, self.what)
    }
}

impl std::error::Error for VerifyError {}

pub fn verify(unit: &CodeUnit) -> Result<(), VerifyError> {
    verify_at(unit, 0)
}

fn check(ok: bool, pc: usize, what: &'static str) -> Result<(), VerifyError> {
    if ok {
        Ok(())
    } else {
        Err(VerifyError { pc, what })
    }
}

fn verify_at(unit: &CodeUnit, depth: u32) -> Result<(), VerifyError> {
    check(depth <= NESTING_MAX, 0, "nested too deeply")?;
    let len = unit.instrs.len();
    check(len > 0, 0, "no instructions")?;
    check(u32::try_from(len).is_ok(), 0, "too many instructions")?;
    check(
        unit.positions.count() == len as u64,
        0,
        "positions don't match",
    )?;
    verify_layout(unit)?;

    // Second words are no places to jump to.
    let mut second = vec![false; len];
    for (pc, instr) in unit.instrs.iter().enumerate() {
        if second[pc] {
            continue;
        }
        if instr.op() == Some(Op::UnpackEx) {
            check(
                unit.instrs.get(pc + 1).and_then(|i| i.op()) == Some(Op::Nop),
                pc,
                "half an instruction",
            )?;
            second[pc + 1] = true;
        }
    }
    let lands = |to: i64| usize::try_from(to).is_ok_and(|to| to < len && !second[to]);
    for (pc, &instr) in unit.instrs.iter().enumerate() {
        let Some(op) = instr.op() else {
            return check(false, pc, "unknown opcode");
        };
        check(!quickened(op), pc, "quickened opcode")?;
        let next = unit.instrs.get(pc + 1).copied().unwrap_or_default();
        let access = access_of(op, instr, next);
        for regs in access.reads.iter().chain([&access.writes]) {
            check(
                regs.count == 0 || regs.end() <= unit.registers as u32,
                pc,
                "register out of range",
            )?;
        }
        if let Some(index) = const_of(op, instr) {
            check(
                (index as usize) < unit.consts.len(),
                pc,
                "constant out of range",
            )?;
        }
        if let Some(index) = name_of(op, instr) {
            check((index as usize) < unit.names.len(), pc, "name out of range")?;
        }
        if let Some(index) = site_of(op, instr) {
            let name = unit.sites.get(index as usize);
            check(
                name.is_some_and(|&n| (n as usize) < unit.names.len()),
                pc,
                "site out of range",
            )?;
        }
        if let Some(distance) = jump_of(op, instr) {
            check(
                lands(pc as i64 + 1 + distance as i64),
                pc,
                "jump to nowhere",
            )?;
            if op == Op::JumpBack {
                check(distance < 0, pc, "backward jump goes forward")?;
            }
        }
        check(selector_known(op, instr.d()), pc, "unknown selector")?;
        if op == Op::CopyFree {
            check(
                instr.bx() as usize == unit.freevars.len(),
                pc,
                "wrong count of free variables",
            )?;
        }
    }
    let last = unit.instrs[len - 1].op();
    check(
        last.is_some_and(ends_block) && !second[len - 1],
        len - 1,
        "control runs off the end",
    )?;

    for entry in &unit.exceptions {
        check(
            entry.start <= entry.end && entry.end as usize <= len,
            entry.start as usize,
            "bad exception entry",
        )?;
        check(
            lands(entry.handler as i64),
            entry.start as usize,
            "handler out of range",
        )?;
        check(
            entry.reg < unit.registers,
            entry.start as usize,
            "handler's register out of range",
        )?;
    }
    let mut from = None;
    for &(start, count) in &unit.live {
        check(
            from.is_none_or(|f| start > f) && (start as usize) < len,
            start as usize,
            "live table out of order",
        )?;
        check(
            from.is_some() || start == 0,
            start as usize,
            "live table does not start at 0",
        )?;
        check(
            count <= unit.registers,
            start as usize,
            "more live registers than there are",
        )?;
        from = Some(start);
    }
    check(from.is_some(), 0, "no live table")?;
    for constant in &unit.consts {
        verify_const(constant, depth)?;
    }
    Ok(())
}

fn verify_const(constant: &Const, depth: u32) -> Result<(), VerifyError> {
    check(depth <= NESTING_MAX, 0, "nested too deeply")?;
    match constant {
        Const::Code(code) => verify_at(code, depth + 1),
        Const::Tuple(items) | Const::FrozenSet(items) => {
            items.iter().try_for_each(|c| verify_const(c, depth + 1))
        }
        Const::Slice(parts) => parts.iter().try_for_each(|c| verify_const(c, depth + 1)),
        Const::None
        | Const::Bool(_)
        | Const::Ellipsis
        | Const::Int(_)
        | Const::BigInt(..)
        | Const::Float(_)
        | Const::Complex(..)
        | Const::Str(_)
        | Const::Bytes(_) => Ok(()),
    }
}

fn verify_layout(unit: &CodeUnit) -> Result<(), VerifyError> {
    let registers = unit.registers as u64;
    let flag = |f: u32| unit.flags.has(f) as u64;
    let parameters = unit.arg_count as u64
        + unit.kwonly_count as u64
        + flag(CodeFlags::VARARGS)
        + flag(CodeFlags::VARKEYWORDS);
    check(
        unit.posonly_count <= unit.arg_count,
        0,
        "more positional-only parameters than parameters",
    )?;
    check(
        parameters <= unit.varnames.len() as u64,
        0,
        "parameters without names",
    )?;
    check(
        unit.varnames.len() as u64 <= registers,
        0,
        "locals out of range",
    )?;
    check(
        unit.cell_regs.len() == unit.cellvars.len(),
        0,
        "cells without registers",
    )?;
    check(
        unit.cell_regs.iter().all(|&r| (r as u64) < registers),
        0,
        "cell out of range",
    )?;
    check(
        unit.freevars.is_empty()
            || unit.first_free as u64 + unit.freevars.len() as u64 <= registers,
        0,
        "free variables out of range",
    )?;
    check(
        !unit.docstring || matches!(unit.consts.first(), Some(Const::Str(_))),
        0,
        "no docstring",
    )
}

fn quickened(op: Op) -> bool {
    op as u8 >= Op::LoadGlobalCached as u8
}

fn selector_known(op: Op, d: u8) -> bool {
    match op {
        Op::Intrinsic1 => Intrinsic1::from_u8(d).is_some(),
        Op::Intrinsic2 => Intrinsic2::from_u8(d).is_some(),
        Op::LoadSpecial => Special::from_u8(d).is_some(),
        Op::FormatValue | Op::BuildInterpolation => Conversion::from_u8(d).is_some(),
        Op::LoadCommon => d <= 6,
        Op::Raise | Op::GetAwaitable => d <= 2,
        Op::MakeFunction => d < 16,
        _ => true,
    }
}

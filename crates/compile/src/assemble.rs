//! From emitted instructions to a code unit's tables: jumps to jumps are shortened, what can't be reached is dropped, `CheckLocal` is
//! dropped where the local is bound on every path, labels become distances, guards become the exception table.
//!
//! Distances that do not fit their operand go through a trampoline (`jump +1; Jump +1; Jump target`), which keeps every conditional form
//! usable without an inverse.

use crate::emit::{Emitter, Ins, NONE};
use mesapy_bytecode::instr::OFF_MAX;
use mesapy_bytecode::op::Form;
use mesapy_bytecode::operands::{access_of, const_of, ends_block};
use mesapy_bytecode::{ExceptionEntry, Instr, Op, Position};
use mesapy_syntax::Lines;
use rustc_hash::FxHashMap;

/// The tables that depend on the final layout.
#[derive(Debug, Default)]
pub struct Assembled {
    pub instrs: Vec<Instr>,
    pub positions: Vec<Position>,
    pub live: Vec<(u32, u16)>,
    pub exceptions: Vec<ExceptionEntry>,
}

/// `bound` are the registers that hold a value on entry: the parameters.
pub fn assemble(emitter: &mut Emitter, bound: u32, lines: &Lines) -> Assembled {
    thread_jumps(emitter);
    drop_unreachable(emitter);
    drop_proven_checks(emitter, bound);
    spread_places(emitter);
    drop_nops(emitter, lines);
    drop_empty_jumps(emitter);
    drop_unused_constants(emitter);
    finish(emitter, lines)
}

/// Constants that only unreachable code used go; the first one may be the docstring and stays, as in CPython.
fn drop_unused_constants(emitter: &mut Emitter) {
    let mut used = vec![false; emitter.consts.len()];
    if let Some(first) = used.first_mut() {
        *first = true;
    }
    for ins in &emitter.code {
        if let Some(index) = const_of(ins.op(), ins.instr)
            && let Some(flag) = used.get_mut(index as usize)
        {
            *flag = true;
        }
    }
    if !used.contains(&false) {
        return;
    }
    let mut next = 0u32;
    let moved: Vec<u32> = used
        .iter()
        .map(|&kept| {
            next += kept as u32;
            next.saturating_sub(1)
        })
        .collect();
    for ins in &mut emitter.code {
        let (op, old) = (ins.op(), ins.instr);
        let Some(&to) = const_of(op, old).and_then(|index| moved.get(index as usize)) else {
            continue;
        };
        // Indexes only get smaller, so what fitted still fits.
        ins.instr = match op.form() {
            Form::AK => Instr::abx(op, old.a(), to),
            Form::ABK => Instr::abcd(op, old.a(), old.b(), to as u16, old.d()),
            Form::AKJ => Instr::abcd(op, old.a(), to as u16, old.c(), old.d()),
            _ => old,
        };
    }
    let mut at = 0;
    emitter.consts.retain(|_| {
        at += 1;
        used[at - 1]
    });
}

fn label_at(emitter: &Emitter, label: u32) -> usize {
    emitter
        .labels
        .get(label as usize)
        .map_or(usize::MAX, |&at| at as usize)
}

/// A jump to an unconditional jump goes to where that one goes.
fn thread_jumps(emitter: &mut Emitter) {
    for at in 0..emitter.code.len() {
        let mut target = emitter.code[at].target;
        if target == NONE {
            continue;
        }
        for _ in 0..8 {
            let to = label_at(emitter, target);
            let Some(next) = emitter.code.get(to) else {
                break;
            };
            match next.op() {
                Op::Jump if next.target != target => target = next.target,
                // A jump to a loop's back edge is a back edge itself, so the safepoint stays.
                Op::JumpBack
                    if emitter.code[at].op() == Op::Jump
                        && label_at(emitter, next.target) <= at =>
                {
                    let back = *next;
                    emitter.code[at].instr = emitter.code[at].instr.with_op(Op::JumpBack);
                    target = back.target;
                    break;
                }
                _ => break,
            }
        }
        emitter.code[at].target = target;
    }
}

/// Keeps the instructions for which `keep` holds; labels move to the next kept one.
fn compact(emitter: &mut Emitter, keep: &[bool]) {
    let mut moved = Vec::with_capacity(keep.len() + 1);
    let mut next = 0u32;
    for &kept in keep {
        moved.push(next);
        next += kept as u32;
    }
    moved.push(next);
    for label in &mut emitter.labels {
        if let Some(&to) = moved.get(*label as usize) {
            *label = to;
        }
    }
    let mut at = 0;
    emitter.code.retain(|_| {
        at += 1;
        keep[at - 1]
    });
}

fn drop_unreachable(emitter: &mut Emitter) {
    let mut reached = vec![false; emitter.code.len()];
    let mut work = vec![0usize];
    while let Some(mut at) = work.pop() {
        while at < reached.len() && !reached[at] {
            reached[at] = true;
            let ins = emitter.code[at];
            if ins.target != NONE {
                work.push(label_at(emitter, ins.target));
            }
            if ins.guard != NONE {
                work.push(label_at(
                    emitter,
                    emitter.guards[ins.guard as usize].handler.0,
                ));
            }
            if ends_block(ins.op()) {
                break;
            }
            at += 1;
        }
    }
    if reached.contains(&false) {
        compact(emitter, &reached);
    }
}

/// An instruction without a place takes that of the one that control comes from: the one before it, else the first that jumps to it.
/// The beginnings of handlers, where nothing but exceptions go, stay without.
fn spread_places(emitter: &mut Emitter) {
    let mut jump_from: Vec<u32> = vec![NONE; emitter.code.len()];
    for at in 0..emitter.code.len() {
        let target = emitter.code[at].target;
        if target != NONE
            && let Some(first) = jump_from.get_mut(label_at(emitter, target))
            && *first == NONE
        {
            *first = at as u32;
        }
    }
    for at in 1..emitter.code.len() {
        if emitter.code[at].placed {
            continue;
        }
        let mut from = emitter.code[at - 1];
        if ends_block(from.op()) {
            match emitter.code.get(jump_from[at] as usize) {
                Some(jump) => from = *jump,
                None => continue,
            }
        }
        let ins = &mut emitter.code[at];
        if from.placed {
            ins.placed = true;
            ins.range = from.range;
        }
    }
}

/// A `Nop` only stands for its line: it goes where a neighbour does that.
fn drop_nops(emitter: &mut Emitter, lines: &Lines) {
    let mut labelled = vec![false; emitter.code.len() + 1];
    for &label in &emitter.labels {
        if let Some(flag) = labelled.get_mut(label as usize) {
            *flag = true;
        }
    }
    let line = |ins: &Ins| {
        if ins.placed {
            lines.line(ins.range.start().into())
        } else {
            0
        }
    };
    let keep: Vec<bool> = (0..emitter.code.len())
        .map(|at| {
            let ins = &emitter.code[at];
            let before = at.checked_sub(1).map(|at| &emitter.code[at]);
            if ins.op() != Op::Nop || before.is_some_and(|b| b.op() == Op::UnpackEx) {
                return true;
            }
            let here = line(ins);
            let next = emitter.code.get(at + 1);
            let covered_before =
                !labelled[at] && before.is_some_and(|b| !ends_block(b.op()) && line(b) == here);
            here != 0 && !covered_before && next.is_none_or(|next| line(next) != here)
        })
        .collect();
    if keep.contains(&false) {
        compact(emitter, &keep);
    }
}

fn drop_empty_jumps(emitter: &mut Emitter) {
    loop {
        let keep: Vec<bool> = (0..emitter.code.len())
            .map(|at| {
                let ins = &emitter.code[at];
                !(ins.op() == Op::Jump && label_at(emitter, ins.target) == at + 1)
            })
            .collect();
        if !keep.contains(&false) {
            return;
        }
        compact(emitter, &keep);
    }
}

/// Registers that `CheckLocal` asks about, as bits; a block's state is the set of those that are bound on every path to it.
fn drop_proven_checks(emitter: &mut Emitter, bound: u32) {
    let mut bit_of: FxHashMap<u16, usize> = FxHashMap::default();
    for ins in &emitter.code {
        if matches!(ins.op(), Op::CheckLocal | Op::DeleteLocal) {
            let next = bit_of.len();
            bit_of.entry(ins.instr.a()).or_insert(next);
        }
    }
    if bit_of.is_empty() {
        return;
    }
    let words = bit_of.len().div_ceil(64);
    let leaders = leaders(emitter);
    let block_of: FxHashMap<usize, usize> = leaders
        .iter()
        .enumerate()
        .map(|(block, &at)| (at, block))
        .collect();
    let mut states: Vec<Option<Vec<u64>>> = vec![None; leaders.len()];
    let mut entry = vec![0u64; words];
    for (&reg, &bit) in &bit_of {
        if (reg as u32) < bound {
            entry[bit / 64] |= 1 << (bit % 64);
        }
    }
    states[0] = Some(entry);
    let mut work = std::collections::BTreeSet::from([0usize]);
    let mut regs: Vec<(u16, usize)> = bit_of.iter().map(|(&r, &b)| (r, b)).collect();
    regs.sort_unstable();
    while let Some(block) = work.pop_first() {
        let Some(mut state) = states[block].clone() else {
            continue;
        };
        let end = leaders
            .get(block + 1)
            .copied()
            .unwrap_or(emitter.code.len());
        let mut flows_on = true;
        let mut give = |at: usize, state: &[u64], states: &mut Vec<Option<Vec<u64>>>| {
            let Some(&to) = block_of.get(&at) else { return };
            match &mut states[to] {
                Some(old) => {
                    let mut changed = false;
                    for (o, s) in old.iter_mut().zip(state) {
                        changed |= *o & !s != 0;
                        *o &= s;
                    }
                    if changed {
                        work.insert(to);
                    }
                }
                empty => {
                    *empty = Some(state.to_vec());
                    work.insert(to);
                }
            }
        };
        let mut guarded = (NONE, false);
        for at in leaders[block]..end {
            let ins = emitter.code[at];
            if ins.guard != NONE && guarded != (ins.guard, true) {
                give(
                    label_at(emitter, emitter.guards[ins.guard as usize].handler.0),
                    &state,
                    &mut states,
                );
                guarded = (ins.guard, true);
            }
            if ins.target != NONE {
                // The jump edge of ForIter has nothing written yet; no other jump writes.
                give(label_at(emitter, ins.target), &state, &mut states);
            }
            if transfer(&ins, emitter.code.get(at + 1), &regs, &mut state) {
                // Something was unbound: the handler must hear of it again.
                guarded.1 = false;
            }
            if ends_block(ins.op()) {
                flows_on = false;
            }
        }
        if flows_on {
            give(end, &state, &mut states);
        }
    }
    let mut keep = vec![true; emitter.code.len()];
    for (block, state) in states.iter().enumerate() {
        let Some(mut state) = state.clone() else {
            continue;
        };
        let end = leaders
            .get(block + 1)
            .copied()
            .unwrap_or(emitter.code.len());
        for at in leaders[block]..end {
            let ins = emitter.code[at];
            if ins.op() == Op::CheckLocal
                && let Some(&bit) = bit_of.get(&ins.instr.a())
                && state[bit / 64] >> (bit % 64) & 1 == 1
            {
                keep[at] = false;
            }
            transfer(&ins, emitter.code.get(at + 1), &regs, &mut state);
        }
    }
    compact(emitter, &keep);
}

/// Applies one instruction to the set of bound registers; true if it unbound one.
fn transfer(ins: &Ins, next: Option<&Ins>, regs: &[(u16, usize)], state: &mut [u64]) -> bool {
    let op = ins.op();
    let unbinds = matches!(op, Op::LoadEmpty | Op::DeleteLocal);
    let written = if op == Op::CheckLocal {
        mesapy_bytecode::operands::Regs::one(ins.instr.a())
    } else {
        access_of(op, ins.instr, next.map_or(Instr::default(), |n| n.instr)).writes
    };
    if written.count == 0 {
        return false;
    }
    let from = regs.partition_point(|&(reg, _)| reg < written.first);
    for &(reg, bit) in &regs[from..] {
        if !written.contains(reg) {
            break;
        }
        if unbinds {
            state[bit / 64] &= !(1 << (bit % 64));
        } else {
            state[bit / 64] |= 1 << (bit % 64);
        }
    }
    unbinds
}

/// Starts of basic blocks, in order.
fn leaders(emitter: &Emitter) -> Vec<usize> {
    let mut is_leader = vec![false; emitter.code.len()];
    let mut set = |at: usize| {
        if let Some(flag) = is_leader.get_mut(at) {
            *flag = true;
        }
    };
    set(0);
    for (at, ins) in emitter.code.iter().enumerate() {
        if ins.target != NONE {
            set(label_at(emitter, ins.target));
            set(at + 1);
        }
        if ends_block(ins.op()) {
            set(at + 1);
        }
        if ins.guard != NONE {
            set(label_at(
                emitter,
                emitter.guards[ins.guard as usize].handler.0,
            ));
        }
    }
    is_leader
        .iter()
        .enumerate()
        .filter_map(|(at, &leads)| leads.then_some(at))
        .collect()
}

/// Whether a jump of this form reaches `distance`.
fn fits(op: Op, distance: i64) -> bool {
    match op.form() {
        Form::ABJ | Form::AKJ => (-(OFF_MAX as i64) - 1..=OFF_MAX as i64).contains(&distance),
        _ => i32::try_from(distance).is_ok(),
    }
}

fn finish(emitter: &mut Emitter, lines: &Lines) -> Assembled {
    // Lengths only grow, so this ends.
    let mut long = vec![false; emitter.code.len()];
    let starts = loop {
        let mut starts = Vec::with_capacity(long.len() + 1);
        let mut at = 0i64;
        for &is_long in &long {
            starts.push(at);
            at += if is_long { 3 } else { 1 };
        }
        starts.push(at);
        let mut grew = false;
        for (index, ins) in emitter.code.iter().enumerate() {
            if ins.target != NONE && !long[index] {
                let to = starts
                    .get(label_at(emitter, ins.target))
                    .copied()
                    .unwrap_or(at);
                if !fits(ins.op(), to - (starts[index] + 1)) {
                    long[index] = true;
                    grew = true;
                }
            }
        }
        if !grew {
            break starts;
        }
    };
    let end = starts.last().copied().unwrap_or(0);
    let place = |label: u32| starts.get(label_at(emitter, label)).copied().unwrap_or(end);
    let local_names_from = emitter.names.len() as u32;
    let mut out = Assembled::default();
    let mut guard = NONE;
    for (index, ins) in emitter.code.iter().enumerate() {
        let at = out.instrs.len() as u32;
        let op = ins.op();
        if ins.guard != guard {
            if guard != NONE
                && let Some(entry) = out.exceptions.last_mut()
            {
                entry.end = at;
            }
            guard = ins.guard;
            if guard != NONE {
                let to = emitter.guards[guard as usize];
                out.exceptions.push(ExceptionEntry {
                    start: at,
                    end: at,
                    handler: place(to.handler.0) as u32,
                    reg: to.reg,
                });
            }
        }
        if out.live.last().is_none_or(|&(_, live)| live != ins.live) {
            out.live.push((at, ins.live));
        }
        let position = position(ins, lines);
        let mut instr = match op {
            Op::CheckLocal | Op::DeleteLocal => Instr::abx(
                op,
                ins.instr.a(),
                local_names_from.saturating_add(ins.instr.bx()),
            ),
            Op::LoadCell | Op::DeleteCell => {
                let name = local_names_from
                    .saturating_add(ins.instr.c() as u32)
                    .min(u16::MAX as u32) as u16;
                Instr::abcd(op, ins.instr.a(), ins.instr.b(), name, ins.instr.d())
            }
            _ => ins.instr,
        };
        if ins.target != NONE {
            let to = place(ins.target);
            if long[index] {
                let beyond = i32::try_from(to - (starts[index] + 3)).unwrap_or(0);
                out.instrs.push(with_distance(op, instr, 1));
                out.instrs.push(Instr::asbx(Op::Jump, 0, 1));
                let far = if beyond < 0 { Op::JumpBack } else { Op::Jump };
                out.instrs.push(Instr::asbx(far, 0, beyond));
                out.positions.extend([position; 3]);
                continue;
            }
            instr = with_distance(
                op,
                instr,
                i32::try_from(to - (starts[index] + 1)).unwrap_or(0),
            );
        }
        out.instrs.push(instr);
        out.positions.push(position);
    }
    if guard != NONE
        && let Some(entry) = out.exceptions.last_mut()
    {
        entry.end = out.instrs.len() as u32;
    }
    out
}

fn with_distance(op: Op, instr: Instr, distance: i32) -> Instr {
    match op.form() {
        Form::ABJ | Form::AKJ => Instr::ab_off(op, instr.a(), instr.b(), distance),
        _ => Instr::asbx(op, instr.a(), distance),
    }
}

fn position(ins: &Ins, lines: &Lines) -> Position {
    if !ins.placed {
        return Position {
            line: 0,
            end_line: 0,
            column: -1,
            end_column: -1,
        };
    }
    let (line, column) = lines.position(ins.range.start().into());
    let (end_line, end_column) = lines.position(ins.range.end().into());
    Position {
        line,
        end_line,
        column: i32::try_from(column).unwrap_or(-1),
        end_column: i32::try_from(end_column).unwrap_or(-1),
    }
}

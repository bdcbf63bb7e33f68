//! Instructions in the making: labels instead of distances, source ranges instead of lines, guards instead of an exception table.
//!
//! The emitter also hands out temporaries. They are strictly stack-like: `temp` takes the next register, `release` goes back to a mark, so
//! that "how many registers are live" is one number per instruction. What a code object needs besides its instructions (constants, names,
//! sites) is collected here too; `assemble` turns the whole into a `CodeUnit`'s tables.

use crate::error::CompileError;
use crate::limits::{OWN_SITES_MAX, REGISTERS_MAX};
use mesapy_bytecode::operands::access_of;
use mesapy_bytecode::{Const, Instr, Op};
use mesapy_syntax::text_size::TextRange;
use rustc_hash::FxHashMap;

pub type Reg = u16;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(pub u32);

/// No label, no guard.
pub const NONE: u32 = u32::MAX;

/// One instruction before assembly.
#[derive(Clone, Copy, Debug)]
pub struct Ins {
    pub instr: Instr,
    pub range: TextRange,
    /// Whether the instruction has a place in the source at all.
    pub placed: bool,
    pub live: u16,
    /// The label it jumps to, or `NONE`.
    pub target: u32,
    /// The innermost guard over it, or `NONE`.
    pub guard: u32,
}

impl Ins {
    pub fn op(&self) -> Op {
        self.instr.op().unwrap_or(Op::Nop)
    }
}

/// Where an exception goes from the instructions under this guard.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    pub handler: Label,
    pub reg: Reg,
}

#[derive(Debug)]
pub struct Emitter {
    pub code: Vec<Ins>,
    /// Position of each label; `NONE` while unbound.
    pub labels: Vec<u32>,
    /// Where the last label was bound.
    bound_at: u32,
    pub guards: Vec<Guard>,
    pub guard: u32,
    pub range: TextRange,
    pub placed: bool,
    pub top: u32,
    pub registers: u32,
    pub consts: Vec<Const>,
    const_index: FxHashMap<Vec<u8>, u32>,
    pub names: Vec<Vec<u8>>,
    name_index: FxHashMap<Vec<u8>, u32>,
    /// Names of locals, for error messages only; assembly puts them behind `names`.
    pub local_names: Vec<Vec<u8>>,
    local_name_index: FxHashMap<Vec<u8>, u32>,
    pub sites: Vec<u32>,
    site_of_name: FxHashMap<u32, u16>,
    /// The first limit that was exceeded; reported at the end, so that emission itself can't fail.
    pub overflow: Option<CompileError>,
}

impl Emitter {
    /// `first_temp` is the first register behind locals and cells.
    pub fn new(first_temp: u32) -> Emitter {
        Emitter {
            code: Vec::new(),
            labels: Vec::new(),
            bound_at: NONE,
            guards: Vec::new(),
            guard: NONE,
            range: TextRange::default(),
            placed: true,
            top: first_temp,
            registers: first_temp,
            consts: Vec::new(),
            const_index: FxHashMap::default(),
            names: Vec::new(),
            name_index: FxHashMap::default(),
            local_names: Vec::new(),
            local_name_index: FxHashMap::default(),
            sites: Vec::new(),
            site_of_name: FxHashMap::default(),
            overflow: None,
        }
    }

    // ---- registers

    pub fn mark(&self) -> u32 {
        self.top
    }
    pub fn release(&mut self, mark: u32) {
        self.top = mark;
    }
    pub fn temp(&mut self) -> Reg {
        self.temps(1)
    }
    /// `count` registers in a row; gives the first.
    pub fn temps(&mut self, count: u32) -> Reg {
        let first = self.top;
        self.top = first.saturating_add(count);
        self.registers = self.registers.max(self.top);
        if self.top > REGISTERS_MAX {
            self.fail("too many registers: the code is too large");
            self.top = REGISTERS_MAX;
            return (REGISTERS_MAX - 1) as Reg;
        }
        first as Reg
    }
    fn fail(&mut self, message: &str) {
        if self.overflow.is_none() {
            self.overflow = Some(CompileError::overflow(message, self.range));
        }
    }

    // ---- tables

    pub fn constant(&mut self, value: Const) -> u32 {
        if matches!(value, Const::Code(_)) {
            self.consts.push(value);
            return self.consts.len() as u32 - 1;
        }
        let mut key = Vec::new();
        const_key(&value, &mut key);
        if let Some(&at) = self.const_index.get(&key) {
            return at;
        }
        let at = self.consts.len() as u32;
        self.consts.push(value);
        self.const_index.insert(key, at);
        at
    }

    /// The constant's index if it fits a 16-bit operand.
    pub fn small_constant(&mut self, value: Const) -> Option<u16> {
        if self.consts.len() >= u16::MAX as usize {
            return None;
        }
        u16::try_from(self.constant(value)).ok()
    }

    pub fn name(&mut self, name: &str) -> u32 {
        if let Some(&at) = self.name_index.get(name.as_bytes()) {
            return at;
        }
        let at = self.names.len() as u32;
        self.names.push(name.as_bytes().to_vec());
        self.name_index.insert(name.as_bytes().to_vec(), at);
        at
    }

    pub fn local_name(&mut self, name: &str) -> u32 {
        if let Some(&at) = self.local_name_index.get(name.as_bytes()) {
            return at;
        }
        let at = self.local_names.len() as u32;
        if at >= u16::MAX as u32 {
            self.fail("too many local variables");
            return 0;
        }
        self.local_names.push(name.as_bytes().to_vec());
        self.local_name_index.insert(name.as_bytes().to_vec(), at);
        at
    }

    /// A cache of its own for this use of `name`.
    pub fn site(&mut self, name: &str) -> u16 {
        let name = self.name(name);
        if self.sites.len() >= OWN_SITES_MAX
            && let Some(&site) = self.site_of_name.get(&name)
        {
            return site;
        }
        let Ok(site) = u16::try_from(self.sites.len()) else {
            self.fail("too many names: the code is too large");
            return 0;
        };
        self.sites.push(name);
        self.site_of_name.insert(name, site);
        site
    }

    // ---- labels and guards

    pub fn label(&mut self) -> Label {
        self.labels.push(NONE);
        Label(self.labels.len() as u32 - 1)
    }
    pub fn bind(&mut self, label: Label) {
        self.bound_at = self.code.len() as u32;
        self.labels[label.0 as usize] = self.bound_at;
    }
    pub fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }
    /// Guards what follows; gives the guard to go back to.
    pub fn push_guard(&mut self, handler: Label, reg: Reg) -> u32 {
        let outer = self.guard;
        self.guards.push(Guard { handler, reg });
        self.guard = self.guards.len() as u32 - 1;
        outer
    }
    /// Whether code emitted here can't be reached: the last instruction goes elsewhere and no label stands here.
    pub fn unreachable(&self) -> bool {
        let here = self.code.len() as u32;
        self.code
            .last()
            .is_some_and(|last| mesapy_bytecode::operands::ends_block(last.op()))
            && self.bound_at != here
    }

    // ---- instructions

    pub fn emit(&mut self, instr: Instr) {
        self.push(instr, NONE);
    }
    pub fn jump(&mut self, instr: Instr, label: Label) {
        self.push(instr, label.0);
    }
    fn push(&mut self, instr: Instr, target: u32) {
        let op = instr.op().unwrap_or(Op::Nop);
        let mut live = self.top;
        let access = access_of(op, instr, Instr::default());
        for read in access.reads {
            if read.count > 0 {
                live = live.max(read.end());
            }
        }
        self.registers = self.registers.max(live).max(access.writes.end());
        self.code.push(Ins {
            instr,
            range: self.range,
            placed: self.placed,
            live: live.min(u16::MAX as u32) as u16,
            target,
            guard: self.guard,
        });
    }
    pub fn op_a(&mut self, op: Op, a: Reg) {
        self.emit(Instr::abc(op, a, 0, 0));
    }
    pub fn op_ab(&mut self, op: Op, a: Reg, b: Reg) {
        self.emit(Instr::abc(op, a, b, 0));
    }
    pub fn op_abc(&mut self, op: Op, a: Reg, b: Reg, c: u16) {
        self.emit(Instr::abc(op, a, b, c));
    }
    pub fn op_abcd(&mut self, op: Op, a: Reg, b: Reg, c: u16, d: u8) {
        self.emit(Instr::abcd(op, a, b, c, d));
    }
    pub fn op_site(&mut self, op: Op, a: Reg, b: Reg, name: &str) {
        let site = self.site(name);
        self.emit(Instr::abc(op, a, b, site));
    }
    pub fn moves(&mut self, to: Reg, from: Reg) {
        if to != from {
            self.op_ab(Op::Move, to, from);
        }
    }
    pub fn goto(&mut self, label: Label) {
        if self.unreachable() {
            return;
        }
        self.jump(Instr::asbx(Op::Jump, 0, 0), label);
    }
    pub fn goto_back(&mut self, label: Label) {
        self.jump(Instr::asbx(Op::JumpBack, 0, 0), label);
    }
    pub fn jump_a(&mut self, op: Op, a: Reg, label: Label) {
        self.jump(Instr::asbx(op, a, 0), label);
    }
    pub fn jump_ab(&mut self, op: Op, a: Reg, b: u16, label: Label) {
        self.jump(Instr::ab_off(op, a, b, 0), label);
    }
    pub fn load_const(&mut self, to: Reg, value: Const) {
        match value {
            Const::Int(i @ 0..=255) => self.emit(Instr::asbx(Op::LoadInt, to, i as i32)),
            value => {
                let at = self.constant(value);
                self.emit(Instr::abx(Op::LoadConst, to, at));
            }
        }
    }
}

/// A key under which exactly the constants that may be one object are equal: types, signs of zero and bits of NaNs count.
pub fn const_key(value: &Const, out: &mut Vec<u8>) {
    let list = |tag: u8, items: &[Const], out: &mut Vec<u8>| {
        out.push(tag);
        out.extend((items.len() as u64).to_le_bytes());
        for item in items {
            const_key(item, out);
        }
    };
    let bytes = |tag: u8, text: &[u8], out: &mut Vec<u8>| {
        out.push(tag);
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text);
    };
    match value {
        Const::None => out.push(0),
        Const::Bool(b) => out.extend([1, *b as u8]),
        Const::Ellipsis => out.push(2),
        Const::Int(i) => {
            out.push(3);
            out.extend(i.to_le_bytes());
        }
        Const::BigInt(negative, limbs) => {
            out.extend([4, *negative as u8]);
            out.extend((limbs.len() as u64).to_le_bytes());
            for limb in limbs {
                out.extend(limb.to_le_bytes());
            }
        }
        Const::Float(f) => {
            out.push(5);
            out.extend(f.to_bits().to_le_bytes());
        }
        Const::Complex(re, im) => {
            out.push(6);
            out.extend(re.to_bits().to_le_bytes());
            out.extend(im.to_bits().to_le_bytes());
        }
        Const::Str(s) => bytes(7, s, out),
        Const::Bytes(b) => bytes(8, b, out),
        Const::Tuple(items) => list(9, items, out),
        Const::FrozenSet(items) => list(10, items, out),
        Const::Slice(parts) => list(11, &parts[..], out),
        // Code objects are never shared.
        Const::Code(code) => {
            out.push(12);
            out.extend((std::ptr::from_ref(&**code) as usize as u64).to_le_bytes());
        }
    }
}

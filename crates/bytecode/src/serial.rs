//! The binary form of a code unit: for `__pycache__` and for the embedded library.
//!
//! Names stand in a table in front and are referred to from there on: most occur in many functions of a file. Compact: counts and indexes are LEB128, positions are packed as `positions.rs` has them. Instructions are their
//! 64-bit words without trailing zero bytes. A file starts with `MAGIC` and `VERSION`; any change of the instruction table or of this format
//! changes `VERSION`, through `TABLE_HASH` even if one forgets.
//!
//! Decoding is total: bad input gives an error, never a panic, and no allocation is larger than a small multiple of the input.
//! What comes out is well-formed as data only; `verify` says whether it may run.

use crate::instr::Instr;
use crate::op::Op;
use crate::positions::Positions;
use crate::unit::{CodeFlags, CodeUnit, Const, ExceptionEntry, Text};
use crate::verify::NESTING_MAX;
use std::collections::HashMap;

pub const MAGIC: [u8; 4] = *b"MPYC";
pub const VERSION: u32 = 3;

/// Changes with the names and the order of the opcodes.
pub const TABLE_HASH: u32 = {
    let mut hash = 0x811c_9dc5u32;
    let mut at = 0;
    while at < Op::ALL.len() {
        let name = Op::ALL[at].name().as_bytes();
        let mut byte = 0;
        while byte < name.len() {
            hash = (hash ^ name[byte] as u32).wrapping_mul(0x0100_0193);
            byte += 1;
        }
        hash = (hash ^ 0x2c).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
};

/// Why bytes are no code unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Not this format, another version of it, or another instruction table.
    Version,
    /// The input ends too early.
    Truncated,
    /// A value that can't be.
    Invalid,
    /// Something follows the code unit.
    Trailing,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DecodeError::Version => "bytecode of another version",
            DecodeError::Truncated => "bytecode ends too early",
            DecodeError::Invalid => "bytecode is damaged",
            DecodeError::Trailing => "something follows the bytecode",
        })
    }
}

impl std::error::Error for DecodeError {}

pub fn encode(unit: &CodeUnit) -> Vec<u8> {
    let mut body = Writer::default();
    body.unit(unit);
    let mut w = Writer::default();
    w.out.extend(MAGIC);
    w.u(VERSION as u64);
    w.out.extend(TABLE_HASH.to_le_bytes());
    w.u(body.table.len() as u64);
    for text in &body.table {
        w.bytes(text);
    }
    w.out.extend(body.out);
    w.out
}

/// Longer texts are not in the table: a reference must not stand for much more than itself.
const IN_TABLE_MAX: usize = 32;

pub fn decode(bytes: &[u8]) -> Result<CodeUnit, DecodeError> {
    decode_with(bytes, |text| Text::Owned(text.to_vec()))
}

/// The same for bytes that stay: names are borrowed from them.
pub fn decode_static(bytes: &'static [u8]) -> Result<CodeUnit, DecodeError> {
    decode_with(bytes, Text::Borrowed)
}

fn decode_with<'b>(bytes: &'b [u8], text: fn(&'b [u8]) -> Text) -> Result<CodeUnit, DecodeError> {
    let mut r = Reader {
        rest: bytes,
        text,
        table: Vec::new(),
    };
    if r.take(4)? != MAGIC || r.u()? != VERSION as u64 || r.take(4)? != TABLE_HASH.to_le_bytes() {
        return Err(DecodeError::Version);
    }
    r.table = r.list(|r| {
        let count = r.count()?;
        if count > IN_TABLE_MAX {
            return Err(DecodeError::Invalid);
        }
        r.take(count)
    })?;
    let unit = r.unit(0)?;
    if r.rest.is_empty() {
        Ok(unit)
    } else {
        Err(DecodeError::Trailing)
    }
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    table: Vec<Vec<u8>>,
    places: HashMap<Vec<u8>, u64>,
}

impl Writer {
    fn u(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
    /// Signed, zigzag.
    fn i(&mut self, value: i64) {
        self.u(((value << 1) ^ (value >> 63)) as u64);
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.u(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }
    /// Twice a length and the bytes, or one more than twice a place in the table.
    fn text(&mut self, text: &[u8]) {
        if text.len() > IN_TABLE_MAX {
            self.u((text.len() as u64) << 1);
            self.out.extend_from_slice(text);
            return;
        }
        let place = match self.places.get(text) {
            Some(place) => *place,
            None => {
                let place = self.table.len() as u64;
                self.table.push(text.to_vec());
                self.places.insert(text.to_vec(), place);
                place
            }
        };
        self.u(place << 1 | 1);
    }
    fn names(&mut self, names: &[Text]) {
        self.u(names.len() as u64);
        for name in names {
            self.text(name);
        }
    }

    fn unit(&mut self, unit: &CodeUnit) {
        self.text(&unit.name);
        self.text(&unit.qualname);
        self.u(unit.flags.0 as u64);
        for count in [
            unit.arg_count,
            unit.posonly_count,
            unit.kwonly_count,
            unit.first_line,
        ] {
            self.u(count as u64);
        }
        self.names(&unit.varnames);
        self.names(&unit.cellvars);
        for &reg in &unit.cell_regs {
            self.u(reg as u64);
        }
        self.names(&unit.freevars);
        self.u(unit.first_free as u64);
        self.u(unit.registers as u64);
        self.u(unit.docstring as u64);
        self.names(&unit.names);
        self.u(unit.sites.len() as u64);
        for &site in &unit.sites {
            self.u((site as u64 + 1) & 0xffff_ffff);
        }
        self.u(unit.instrs.len() as u64);
        for instr in &unit.instrs {
            self.instr(*instr);
        }
        self.bytes(&unit.positions.0);
        self.u(unit.exceptions.len() as u64);
        for entry in &unit.exceptions {
            for value in [entry.start, entry.end, entry.handler, entry.reg as u32] {
                self.u(value as u64);
            }
        }
        self.u(unit.live.len() as u64);
        let mut before = 0;
        for &(start, count) in &unit.live {
            self.u(start.wrapping_sub(before) as u64);
            self.u(count as u64);
            before = start;
        }
        self.u(unit.consts.len() as u64);
        for constant in &unit.consts {
            self.constant(constant);
        }
    }

    /// The opcode, then how many of the other seven bytes count, in one go: trailing zeros are left out.
    fn instr(&mut self, instr: Instr) {
        let bytes = instr.0.to_le_bytes();
        let len = bytes.iter().rposition(|&b| b != 0).map_or(1, |at| at + 1);
        self.out.push(len as u8);
        self.out.extend_from_slice(&bytes[..len]);
    }

    fn constant(&mut self, constant: &Const) {
        match constant {
            Const::None => self.out.push(0),
            Const::Bool(false) => self.out.push(1),
            Const::Bool(true) => self.out.push(2),
            Const::Ellipsis => self.out.push(3),
            Const::Int(i) => {
                self.out.push(4);
                self.i(*i);
            }
            Const::BigInt(negative, limbs) => {
                self.out.push(5 + *negative as u8);
                self.u(limbs.len() as u64);
                for limb in limbs {
                    self.out.extend(limb.to_le_bytes());
                }
            }
            Const::Float(f) => {
                self.out.push(7);
                self.out.extend(f.to_bits().to_le_bytes());
            }
            Const::Complex(re, im) => {
                self.out.push(8);
                self.out.extend(re.to_bits().to_le_bytes());
                self.out.extend(im.to_bits().to_le_bytes());
            }
            Const::Str(text) => {
                self.out.push(9);
                self.bytes(text);
            }
            Const::Bytes(bytes) => {
                self.out.push(10);
                self.bytes(bytes);
            }
            Const::Tuple(items) => self.constants(11, items),
            Const::FrozenSet(items) => self.constants(12, items),
            Const::Slice(parts) => {
                self.out.push(13);
                for part in parts.iter() {
                    self.constant(part);
                }
            }
            Const::Code(code) => {
                self.out.push(14);
                self.unit(code);
            }
        }
    }
    fn constants(&mut self, tag: u8, items: &[Const]) {
        self.out.push(tag);
        self.u(items.len() as u64);
        for item in items {
            self.constant(item);
        }
    }
}

type Result_<T> = Result<T, DecodeError>;

struct Reader<'b> {
    rest: &'b [u8],
    text: fn(&'b [u8]) -> Text,
    table: Vec<&'b [u8]>,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result_<&'b [u8]> {
        let (head, tail) = self
            .rest
            .split_at_checked(count)
            .ok_or(DecodeError::Truncated)?;
        self.rest = tail;
        Ok(head)
    }
    fn byte(&mut self) -> Result_<u8> {
        self.take(1)?.first().copied().ok_or(DecodeError::Truncated)
    }
    fn word(&mut self) -> Result_<u64> {
        let bytes = self
            .take(8)?
            .try_into()
            .map_err(|_| DecodeError::Truncated)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn u(&mut self) -> Result_<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = (byte & 0x7f) as u64;
            if shift == 63 && part > 1 {
                return Err(DecodeError::Invalid);
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Invalid)
    }
    fn u32(&mut self) -> Result_<u32> {
        u32::try_from(self.u()?).map_err(|_| DecodeError::Invalid)
    }
    fn u16(&mut self) -> Result_<u16> {
        u16::try_from(self.u()?).map_err(|_| DecodeError::Invalid)
    }
    fn i(&mut self) -> Result_<i64> {
        let value = self.u()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }
    /// A count of things that take at least one byte each, so it can't be larger than what is left.
    fn count(&mut self) -> Result_<usize> {
        let count = usize::try_from(self.u()?).map_err(|_| DecodeError::Invalid)?;
        if count > self.rest.len() {
            Err(DecodeError::Truncated)
        } else {
            Ok(count)
        }
    }
    fn bytes(&mut self) -> Result_<Vec<u8>> {
        let count = self.count()?;
        Ok(self.take(count)?.to_vec())
    }
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result_<T>) -> Result_<Vec<T>> {
        let count = self.count()?;
        let mut list = Vec::with_capacity(count.min(4096));
        for _ in 0..count {
            list.push(one(self)?);
        }
        Ok(list)
    }
    fn text(&mut self) -> Result_<Text> {
        let n = usize::try_from(self.u()?).map_err(|_| DecodeError::Invalid)?;
        let text = if n & 1 == 0 {
            self.take(n >> 1)?
        } else {
            self.table.get(n >> 1).ok_or(DecodeError::Invalid)?
        };
        Ok((self.text)(text))
    }
    fn blob(&mut self) -> Result_<Text> {
        let count = self.count()?;
        Ok((self.text)(self.take(count)?))
    }
    fn names(&mut self) -> Result_<Vec<Text>> {
        self.list(Self::text)
    }

    fn unit(&mut self, depth: u32) -> Result_<CodeUnit> {
        if depth > NESTING_MAX {
            return Err(DecodeError::Invalid);
        }
        let name = self.text()?;
        let qualname = self.text()?;
        let flags = CodeFlags(self.u32()?);
        let (arg_count, posonly_count) = (self.u32()?, self.u32()?);
        let (kwonly_count, first_line) = (self.u32()?, self.u32()?);
        let varnames = self.names()?;
        let cellvars = self.names()?;
        let cell_regs = (0..cellvars.len())
            .map(|_| self.u16())
            .collect::<Result_<Vec<u16>>>()?;
        let freevars = self.names()?;
        let first_free = self.u16()?;
        let registers = self.u16()?;
        let docstring = match self.u()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Invalid),
        };
        let names = self.names()?;
        let sites = self.list(|r| Ok(r.u32()?.wrapping_sub(1)))?;
        let instrs = self.list(Self::instr)?;
        let positions = Positions(self.blob()?);
        let exceptions = self.list(|r| {
            Ok(ExceptionEntry {
                start: r.u32()?,
                end: r.u32()?,
                handler: r.u32()?,
                reg: r.u16()?,
            })
        })?;
        let mut before = 0u32;
        let live = self.list(|r| {
            before = before.checked_add(r.u32()?).ok_or(DecodeError::Invalid)?;
            Ok((before, r.u16()?))
        })?;
        let consts = self.list(|r| r.constant(depth))?;
        Ok(CodeUnit {
            name,
            qualname,
            flags,
            arg_count,
            posonly_count,
            kwonly_count,
            varnames,
            cellvars,
            cell_regs,
            freevars,
            first_free,
            registers,
            instrs,
            consts,
            names,
            sites,
            exceptions,
            positions,
            live,
            first_line,
            docstring,
        })
    }

    fn instr(&mut self) -> Result_<Instr> {
        let len = self.byte()? as usize;
        if !(1..=8).contains(&len) {
            return Err(DecodeError::Invalid);
        }
        let mut word = [0u8; 8];
        word[..len].copy_from_slice(self.take(len)?);
        Ok(Instr(u64::from_le_bytes(word)))
    }

    fn constant(&mut self, depth: u32) -> Result_<Const> {
        if depth > NESTING_MAX {
            return Err(DecodeError::Invalid);
        }
        Ok(match self.byte()? {
            0 => Const::None,
            1 => Const::Bool(false),
            2 => Const::Bool(true),
            3 => Const::Ellipsis,
            4 => Const::Int(self.i()?),
            tag @ (5 | 6) => Const::BigInt(tag == 6, self.list(Self::word)?),
            7 => Const::Float(f64::from_bits(self.word()?)),
            8 => Const::Complex(f64::from_bits(self.word()?), f64::from_bits(self.word()?)),
            9 => Const::Str(self.bytes()?),
            10 => Const::Bytes(self.bytes()?),
            11 => Const::Tuple(self.list(|r| r.constant(depth + 1))?),
            12 => Const::FrozenSet(self.list(|r| r.constant(depth + 1))?),
            13 => Const::Slice(Box::new([
                self.constant(depth + 1)?,
                self.constant(depth + 1)?,
                self.constant(depth + 1)?,
            ])),
            14 => Const::Code(Box::new(self.unit(depth + 1)?)),
            _ => return Err(DecodeError::Invalid),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::positions::Position;

    fn sample() -> CodeUnit {
        let inner = CodeUnit {
            name: b"f".into(),
            qualname: b"C.f".into(),
            registers: 1,
            instrs: vec![
                Instr::abx(Op::LoadConst, 0, 0),
                Instr::abc(Op::Return, 0, 0, 0),
            ],
            positions: Positions::pack(
                &[Position {
                    line: 7,
                    end_line: 8,
                    column: 3,
                    end_column: 1,
                }; 2],
            ),
            live: vec![(0, 0), (1, 1)],
            consts: vec![Const::BigInt(true, vec![1, 2, 3])],
            ..CodeUnit::default()
        };
        CodeUnit {
            name: b"<module>".into(),
            names: vec![b"x".into()],
            sites: vec![0, u32::MAX],
            registers: 9,
            instrs: vec![
                Instr::abx(Op::LoadConst, 0, 2),
                Instr::asbx(Op::JumpBack, 0, -2),
                Instr::abc(Op::Return, 0, 0, 0),
            ],
            positions: Positions::pack(&[
                Position {
                    line: 1,
                    end_line: 1,
                    column: 0,
                    end_column: 5,
                },
                Position {
                    line: 0,
                    end_line: 0,
                    column: -1,
                    end_column: -1,
                },
                Position {
                    line: 1_000_000,
                    end_line: 1_000_001,
                    column: 0,
                    end_column: 70_000,
                },
            ]),
            exceptions: vec![ExceptionEntry {
                start: 0,
                end: 1,
                handler: 2,
                reg: 3,
            }],
            live: vec![(0, 0), (2, 1)],
            consts: vec![
                Const::Tuple(vec![
                    Const::None,
                    Const::Bool(true),
                    Const::Int(i64::MIN),
                    Const::Float(-0.0),
                ]),
                Const::Slice(Box::new([Const::None, Const::Int(5), Const::None])),
                Const::Code(Box::new(inner)),
                Const::FrozenSet(vec![
                    Const::Str(b"\xed\xa0\x80".to_vec()),
                    Const::Bytes(vec![0, 255]),
                ]),
                Const::Complex(1.5, -2.0),
                Const::Ellipsis,
            ],
            ..CodeUnit::default()
        }
    }

    #[test]
    fn round_trip() {
        let unit = sample();
        assert_eq!(decode(&encode(&unit)).as_ref(), Ok(&unit));
    }

    #[test]
    fn damaged_input_is_refused_or_harmless() {
        let bytes = encode(&sample());
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err());
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(unit) = decode(&damaged) {
                    let _ = crate::verify(&unit);
                    let _ = crate::dump(&unit);
                }
            }
        }
    }
}

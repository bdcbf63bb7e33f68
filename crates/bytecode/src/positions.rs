//! Where instructions stand in the source: runs of equal positions, packed.
//!
//! A run is its length, its line as a difference to the run before, the end line above the line, and both columns; all LEB128, the last four zigzag.
//! It stays packed from the compiler to the code object, which unpacks what is asked for: hardly any program asks.

use crate::unit::Text;

/// Source range of an instruction: lines from 1 (0: none), columns in UTF-8 bytes from 0 (-1: none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Position {
    pub line: u32,
    pub end_line: u32,
    pub column: i32,
    pub end_column: i32,
}

/// The positions of a code unit's instructions.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Positions(pub Text);

impl Positions {
    pub fn pack(positions: &[Position]) -> Positions {
        let (mut out, mut i, mut line) = (Vec::new(), 0, 0i64);
        while let Some(p) = positions.get(i) {
            let run = positions[i..].iter().take_while(|q| *q == p).count();
            put_varint(&mut out, run as u64);
            put_varint(&mut out, zigzag(i64::from(p.line) - line));
            put_varint(&mut out, zigzag(i64::from(p.end_line) - i64::from(p.line)));
            put_varint(&mut out, zigzag(i64::from(p.column)));
            put_varint(&mut out, zigzag(i64::from(p.end_column)));
            line = i64::from(p.line);
            i += run;
        }
        Positions(out.into())
    }
    /// How many instructions the runs cover.
    pub fn count(&self) -> u64 {
        runs(&self.0).map(|(run, _)| u64::from(run)).sum()
    }
    /// The positions, one for each instruction.
    pub fn iter(&self) -> impl Iterator<Item = Position> + '_ {
        runs(&self.0).flat_map(|(run, position)| std::iter::repeat_n(position, run as usize))
    }
}

/// The runs of packed positions: (instructions, position). Any bytes will do.
pub fn runs(bytes: &[u8]) -> impl Iterator<Item = (u32, Position)> + '_ {
    let (mut at, mut line) = (0, 0i64);
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let run = take_varint(bytes, &mut at) as u32;
        line = line.wrapping_add(unzigzag(take_varint(bytes, &mut at)));
        let end_line = line.wrapping_add(unzigzag(take_varint(bytes, &mut at)));
        let column = unzigzag(take_varint(bytes, &mut at)) as i32;
        let end_column = unzigzag(take_varint(bytes, &mut at)) as i32;
        Some((
            run,
            Position {
                line: line as u32,
                end_line: end_line as u32,
                column,
                end_column,
            },
        ))
    })
}

fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}
fn take_varint(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut n, mut shift) = (0u64, 0);
    while let Some(&b) = bytes.get(*at) {
        *at += 1;
        n |= u64::from(b & 0x7f) << shift;
        shift += 7;
        if b & 0x80 == 0 || shift > 56 {
            break;
        }
    }
    n
}
fn zigzag(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}
fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

//! One instruction: 64 bits, `op:8 | d:8 | a:16 | b:16 | c:16` from the low end.
//!
//! `a`, `b` and `c` are registers or small indexes, `d` flags. Wider operands overlay them: `bx` is the 32 bits of `b` and `c`;
//! `sbx` the same signed; `off` is the signed 24 bits made of `d` (low) and `c` (high 16), for jumps that also need `a` and `b`.
//! Jump distances count instructions from the instruction after the jump.

use crate::op::Op;

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[repr(transparent)]
pub struct Instr(pub u64);

/// Largest distance that an `off` operand reaches.
pub const OFF_MAX: i32 = (1 << 23) - 1;

impl Instr {
    #[inline(always)]
    pub const fn abc(op: Op, a: u16, b: u16, c: u16) -> Instr {
        Instr::abcd(op, a, b, c, 0)
    }
    #[inline(always)]
    pub const fn abcd(op: Op, a: u16, b: u16, c: u16, d: u8) -> Instr {
        Instr(op as u64 | (d as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }
    #[inline(always)]
    pub const fn abx(op: Op, a: u16, bx: u32) -> Instr {
        Instr(op as u64 | (a as u64) << 16 | (bx as u64) << 32)
    }
    #[inline(always)]
    pub const fn asbx(op: Op, a: u16, sbx: i32) -> Instr {
        Instr::abx(op, a, sbx as u32)
    }
    /// With a 24-bit signed jump distance; the caller has checked the range.
    #[inline(always)]
    pub const fn ab_off(op: Op, a: u16, b: u16, off: i32) -> Instr {
        Instr::abcd(op, a, b, (off >> 8) as u16, off as u8)
    }
    #[inline(always)]
    pub const fn op_byte(self) -> u8 {
        self.0 as u8
    }
    /// None for a byte that is no instruction (bytecode from outside).
    #[inline(always)]
    pub const fn op(self) -> Option<Op> {
        Op::from_u8(self.0 as u8)
    }
    #[inline(always)]
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }
    #[inline(always)]
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }
    #[inline(always)]
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }
    #[inline(always)]
    pub const fn d(self) -> u8 {
        (self.0 >> 8) as u8
    }
    #[inline(always)]
    pub const fn bx(self) -> u32 {
        (self.0 >> 32) as u32
    }
    #[inline(always)]
    pub const fn sbx(self) -> i32 {
        (self.0 >> 32) as i32
    }
    #[inline(always)]
    pub const fn off(self) -> i32 {
        ((self.0 >> 48) as i16 as i32) << 8 | self.d() as i32
    }
    /// The same operands under another opcode: quickening.
    #[inline(always)]
    pub const fn with_op(self, op: Op) -> Instr {
        Instr(self.0 & !0xff | op as u64)
    }
}

//! The instructions that code may consist of, and what each does to general registers and memory. What is not here is refused.
//!
//! Flags and vector registers are not followed: nothing depends on them, and no caller expects any to be preserved.

use iced_x86::{Code, Instruction, Mnemonic, OpKind, Register};

use super::state::{RAX, RBP, RDX, RSP};

/// What the verifier does with an instruction. Operand 0 is the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    Mov,
    /// Of a narrower source, zero-extended; sign-extended.
    Movzx,
    Movsx,
    Lea,
    Add,
    Sub,
    And,
    /// `or` and `xor`.
    Or,
    Shl,
    Shr,
    Sar,
    /// With two or three operands.
    Imul,
    Cmov,
    Xchg,
    /// Writes its target, with a value that nothing is known of.
    Set,
    /// Reads and writes its target, which nothing is known of afterwards.
    Change,
    /// `bsf` and its like: for a zero the target may stay as it was, all 64 bits of it.
    Scan,
    /// Writes its first two operands, which nothing is known of afterwards.
    Two,
    /// Reads its operands only.
    Read,
    /// Writes rax and rdx, by the size of its operand; rax alone; rdx alone.
    Wide,
    Rax,
    Rdx,
    Push,
    Pop,
    Leave,
    Call,
    Ret,
    Jmp,
    Jcc,
    /// Stops the program.
    Trap,
    Nop,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Read,
    Write,
    Both,
}

impl Direction {
    pub fn writes(self) -> bool {
        self != Direction::Read
    }
}

impl Op {
    /// What happens to a memory operand, by its number.
    pub fn direction(self, operand: u32) -> Direction {
        match self {
            _ if operand > 0 => Direction::Read,
            Op::Mov | Op::Set => Direction::Write,
            Op::Add | Op::Sub | Op::And | Op::Or | Op::Shl | Op::Shr | Op::Sar | Op::Change => {
                Direction::Both
            }
            _ => Direction::Read,
        }
    }

    /// Whether the code after the instruction is reached from it.
    pub fn goes_on(self) -> bool {
        !matches!(self, Op::Ret | Op::Jmp | Op::Trap)
    }

    /// Whether an operand-size prefix means something else to some processors.
    pub fn has_fixed_size(self) -> bool {
        matches!(
            self,
            Op::Push | Op::Pop | Op::Leave | Op::Call | Op::Ret | Op::Jmp | Op::Jcc | Op::Trap
        )
    }

    /// The general registers that the instruction writes, a bit each.
    pub fn writes(self, instruction: &Instruction) -> u16 {
        let target = |operand: u32| match instruction.op_kind(operand) {
            OpKind::Register => bit(instruction.op_register(operand)),
            _ => 0,
        };
        match self {
            Op::Read | Op::Jmp | Op::Jcc | Op::Trap | Op::Nop => 0,
            Op::Xchg | Op::Two => target(0) | target(1),
            Op::Wide => 1 << RAX | 1 << RDX,
            Op::Rax => 1 << RAX,
            Op::Rdx => 1 << RDX,
            Op::Push | Op::Call | Op::Ret => 1 << RSP,
            Op::Pop => 1 << RSP | target(0),
            Op::Leave => 1 << RSP | 1 << RBP,
            Op::Mov
            | Op::Movzx
            | Op::Movsx
            | Op::Lea
            | Op::Add
            | Op::Sub
            | Op::And
            | Op::Or
            | Op::Shl
            | Op::Shr
            | Op::Sar
            | Op::Imul
            | Op::Cmov
            | Op::Set
            | Op::Change
            | Op::Scan => target(0),
        }
    }
}

/// The bit of the general register that this is or is a part of; 0 for others.
pub fn bit(register: Register) -> u16 {
    if register.is_gpr() {
        1 << number(register)
    } else {
        0
    }
}

/// The number of a general register, or of the one that it is a part of.
pub fn number(register: Register) -> usize {
    register.full_register().number() & 15
}

/// What the instruction does; None for what code may not do.
pub fn op(instruction: &Instruction) -> Option<Op> {
    let operands = instruction.op_count();
    Some(match instruction.mnemonic() {
        Mnemonic::Mov => Op::Mov,
        Mnemonic::Movzx => Op::Movzx,
        Mnemonic::Movsx => Op::Movsx,
        Mnemonic::Movsxd if instruction.code() == Code::Movsxd_r64_rm32 => Op::Movsx,
        Mnemonic::Lea => Op::Lea,
        Mnemonic::Add => Op::Add,
        Mnemonic::Sub => Op::Sub,
        Mnemonic::And => Op::And,
        Mnemonic::Or | Mnemonic::Xor => Op::Or,
        Mnemonic::Shl => Op::Shl,
        Mnemonic::Shr => Op::Shr,
        Mnemonic::Sar => Op::Sar,
        Mnemonic::Imul if operands > 1 => Op::Imul,
        Mnemonic::Imul | Mnemonic::Mul | Mnemonic::Div | Mnemonic::Idiv => Op::Wide,
        Mnemonic::Cbw | Mnemonic::Cwde | Mnemonic::Cdqe => Op::Rax,
        Mnemonic::Cwd | Mnemonic::Cdq | Mnemonic::Cqo => Op::Rdx,
        Mnemonic::Xchg => Op::Xchg,
        Mnemonic::Adc
        | Mnemonic::Sbb
        | Mnemonic::Inc
        | Mnemonic::Dec
        | Mnemonic::Neg
        | Mnemonic::Not
        | Mnemonic::Rol
        | Mnemonic::Ror
        | Mnemonic::Shld
        | Mnemonic::Shrd => Op::Change,
        // With a memory operand and a register these access memory at a distance of the register's choice.
        Mnemonic::Bts | Mnemonic::Btr | Mnemonic::Btc if is_on_register(instruction) => Op::Change,
        Mnemonic::Bt if is_on_register(instruction) => Op::Read,
        // Of 16 bits the result is undefined.
        Mnemonic::Bswap if instruction.op0_register().size() >= 4 => Op::Change,
        Mnemonic::Bsf | Mnemonic::Bsr | Mnemonic::Lzcnt | Mnemonic::Tzcnt => Op::Scan,
        Mnemonic::Popcnt
        | Mnemonic::Andn
        | Mnemonic::Bextr
        | Mnemonic::Blsi
        | Mnemonic::Blsmsk
        | Mnemonic::Blsr
        | Mnemonic::Bzhi
        | Mnemonic::Rorx
        | Mnemonic::Sarx
        | Mnemonic::Shlx
        | Mnemonic::Shrx => Op::Set,
        Mnemonic::Mulx => Op::Two,
        Mnemonic::Seta
        | Mnemonic::Setae
        | Mnemonic::Setb
        | Mnemonic::Setbe
        | Mnemonic::Sete
        | Mnemonic::Setg
        | Mnemonic::Setge
        | Mnemonic::Setl
        | Mnemonic::Setle
        | Mnemonic::Setne
        | Mnemonic::Setno
        | Mnemonic::Setnp
        | Mnemonic::Setns
        | Mnemonic::Seto
        | Mnemonic::Setp
        | Mnemonic::Sets => Op::Set,
        Mnemonic::Cmova
        | Mnemonic::Cmovae
        | Mnemonic::Cmovb
        | Mnemonic::Cmovbe
        | Mnemonic::Cmove
        | Mnemonic::Cmovg
        | Mnemonic::Cmovge
        | Mnemonic::Cmovl
        | Mnemonic::Cmovle
        | Mnemonic::Cmovne
        | Mnemonic::Cmovno
        | Mnemonic::Cmovnp
        | Mnemonic::Cmovns
        | Mnemonic::Cmovo
        | Mnemonic::Cmovp
        | Mnemonic::Cmovs => Op::Cmov,
        Mnemonic::Cmp
        | Mnemonic::Test
        | Mnemonic::Ucomisd
        | Mnemonic::Ucomiss
        | Mnemonic::Comisd
        | Mnemonic::Comiss
        | Mnemonic::Ptest => Op::Read,
        Mnemonic::Push => match instruction.code() {
            Code::Push_r64 | Code::Push_rm64 | Code::Pushq_imm8 | Code::Pushq_imm32 => Op::Push,
            _ => return None,
        },
        Mnemonic::Pop => match instruction.code() {
            Code::Pop_r64 => Op::Pop,
            Code::Pop_rm64 if instruction.op0_kind() == OpKind::Register => Op::Pop,
            _ => return None,
        },
        Mnemonic::Leave if instruction.code() == Code::Leaveq => Op::Leave,
        Mnemonic::Call if instruction.code() == Code::Call_rm64 => Op::Call,
        Mnemonic::Ret if instruction.code() == Code::Retnq => Op::Ret,
        Mnemonic::Jmp => match instruction.code() {
            Code::Jmp_rel8_64 | Code::Jmp_rel32_64 => Op::Jmp,
            _ => return None,
        },
        Mnemonic::Ud2 => Op::Trap,
        Mnemonic::Nop | Mnemonic::Endbr64 => Op::Nop,
        Mnemonic::Addpd
        | Mnemonic::Addps
        | Mnemonic::Addsd
        | Mnemonic::Addss
        | Mnemonic::Andnpd
        | Mnemonic::Andnps
        | Mnemonic::Andpd
        | Mnemonic::Andps
        | Mnemonic::Cmppd
        | Mnemonic::Cmpps
        | Mnemonic::Cmpsd
        | Mnemonic::Cmpss
        | Mnemonic::Cvtdq2pd
        | Mnemonic::Cvtdq2ps
        | Mnemonic::Cvtpd2ps
        | Mnemonic::Cvtps2pd
        | Mnemonic::Cvtsd2si
        | Mnemonic::Cvtsd2ss
        | Mnemonic::Cvtsi2sd
        | Mnemonic::Cvtsi2ss
        | Mnemonic::Cvtss2sd
        | Mnemonic::Cvtss2si
        | Mnemonic::Cvttpd2dq
        | Mnemonic::Cvttps2dq
        | Mnemonic::Cvttsd2si
        | Mnemonic::Cvttss2si
        | Mnemonic::Divpd
        | Mnemonic::Divps
        | Mnemonic::Divsd
        | Mnemonic::Divss
        | Mnemonic::Insertps
        | Mnemonic::Maxsd
        | Mnemonic::Maxss
        | Mnemonic::Minsd
        | Mnemonic::Minss
        | Mnemonic::Movapd
        | Mnemonic::Movaps
        | Mnemonic::Movd
        | Mnemonic::Movdqa
        | Mnemonic::Movdqu
        | Mnemonic::Movhlps
        | Mnemonic::Movhpd
        | Mnemonic::Movhps
        | Mnemonic::Movlhps
        | Mnemonic::Movlpd
        | Mnemonic::Movlps
        | Mnemonic::Movmskpd
        | Mnemonic::Movmskps
        | Mnemonic::Movq
        | Mnemonic::Movsd
        | Mnemonic::Movss
        | Mnemonic::Movupd
        | Mnemonic::Movups
        | Mnemonic::Mulpd
        | Mnemonic::Mulps
        | Mnemonic::Mulsd
        | Mnemonic::Mulss
        | Mnemonic::Orpd
        | Mnemonic::Orps
        | Mnemonic::Paddd
        | Mnemonic::Paddq
        | Mnemonic::Pand
        | Mnemonic::Pandn
        | Mnemonic::Pcmpeqd
        | Mnemonic::Pcmpeqb
        | Mnemonic::Pextrd
        | Mnemonic::Pextrq
        | Mnemonic::Pinsrd
        | Mnemonic::Pinsrq
        | Mnemonic::Pmovmskb
        | Mnemonic::Por
        | Mnemonic::Pshufd
        | Mnemonic::Pslld
        | Mnemonic::Psllq
        | Mnemonic::Psrld
        | Mnemonic::Psrlq
        | Mnemonic::Psubd
        | Mnemonic::Psubq
        | Mnemonic::Punpckldq
        | Mnemonic::Punpcklqdq
        | Mnemonic::Pxor
        | Mnemonic::Roundsd
        | Mnemonic::Roundss
        | Mnemonic::Shufpd
        | Mnemonic::Shufps
        | Mnemonic::Sqrtpd
        | Mnemonic::Sqrtsd
        | Mnemonic::Sqrtss
        | Mnemonic::Subpd
        | Mnemonic::Subps
        | Mnemonic::Subsd
        | Mnemonic::Subss
        | Mnemonic::Unpckhpd
        | Mnemonic::Unpcklpd
        | Mnemonic::Unpcklps
        | Mnemonic::Xorpd
        | Mnemonic::Xorps => Op::Set,
        _ if instruction.code().is_jcc_short_or_near() => Op::Jcc,
        _ => return None,
    })
}

fn is_on_register(instruction: &Instruction) -> bool {
    instruction.op0_kind() == OpKind::Register
}

//! Which registers an instruction reads and writes, and which of its operands are jumps, constants, names and sites.
//!
//! The compiler's definite-assignment analysis, the verifier and the dumper all ask here, so that the meaning of operands is written down
//! once. No default arms: a new opcode does not compile before it has its row.

use crate::FRAME_HEADER;
use crate::instr::Instr;
use crate::op::{Form, Op};

/// A run of registers: first and count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Regs {
    pub first: u16,
    pub count: u32,
}

impl Regs {
    pub const NONE: Regs = Regs { first: 0, count: 0 };
    pub const fn one(first: u16) -> Regs {
        Regs { first, count: 1 }
    }
    pub const fn run(first: u16, count: u32) -> Regs {
        Regs { first, count }
    }
    /// One past the last register.
    pub const fn end(self) -> u32 {
        self.first as u32 + self.count
    }
    pub const fn contains(self, reg: u16) -> bool {
        reg >= self.first && (reg as u32) < self.end()
    }
}

/// The registers of one instruction. A run may be longer than what is used of it (a call layout counts whole).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    pub writes: Regs,
    pub reads: [Regs; 3],
}

const fn access(writes: Regs, reads: [Regs; 3]) -> Access {
    Access { writes, reads }
}

/// The registers that `instr` touches; `next` is the word behind it (the second half of `UnpackEx`).
pub fn access_of(op: Op, instr: Instr, next: Instr) -> Access {
    const N: Regs = Regs::NONE;
    let (a, b, c) = (
        Regs::one(instr.a()),
        Regs::one(instr.b()),
        Regs::one(instr.c()),
    );
    let none = access(N, [N, N, N]);
    let writes_a = access(a, [N, N, N]);
    let reads_a = access(N, [a, N, N]);
    let a_of_b = access(a, [b, N, N]);
    let a_of_bc = access(a, [b, c, N]);
    let reads_ab = access(N, [a, b, N]);
    let count = instr.c() as u32;
    let layout = FRAME_HEADER as u32;
    let pair = Regs::run(instr.a(), layout + 1);
    match op {
        Op::Nop
        | Op::Jump
        | Op::JumpBack
        | Op::SetupAnnotations
        | Op::DeleteName
        | Op::DeleteGlobal => none,
        Op::Move => a_of_b,
        Op::LoadConst | Op::LoadInt | Op::LoadEmpty => writes_a,
        Op::CheckLocal => reads_a,
        Op::DeleteLocal => access(a, [a, N, N]),
        Op::MakeCell => access(a, [a, N, N]),
        Op::CopyFree => access(Regs::run(instr.a(), instr.bx()), [N, N, N]),
        Op::LoadCell => a_of_b,
        Op::StoreCell => reads_ab,
        Op::DeleteCell => reads_a,
        Op::LoadGlobal | Op::LoadGlobalCached | Op::LoadBuiltinCached => writes_a,
        Op::StoreGlobal | Op::StoreName => reads_a,
        Op::LoadName | Op::LoadLocals | Op::LoadBuildClass | Op::LoadCommon => writes_a,
        Op::LoadFromDictOrGlobal => a_of_b,
        Op::LoadFromDictOrCell => access(a, [a, b, N]),
        Op::LoadAttr
        | Op::LoadAttrSlot
        | Op::LoadAttrClass
        | Op::LoadAttrModule
        | Op::LoadAttrOfType => a_of_b,
        Op::LoadMethod | Op::LoadMethodCached | Op::LoadMethodClass | Op::LoadSpecial => {
            access(pair, [b, N, N])
        }
        Op::StoreAttr | Op::StoreAttrSlot | Op::StoreAttrAdd => reads_ab,
        Op::DeleteAttr => reads_a,
        Op::LoadSuperAttr => access(a, [Regs::run(instr.b(), 3), N, N]),
        Op::LoadSuperMethod => access(pair, [Regs::run(instr.b(), 3), N, N]),
        Op::LoadItem => a_of_bc,
        Op::LoadItemK => a_of_b,
        Op::StoreItem => access(N, [a, b, c]),
        Op::DeleteItem => reads_ab,
        Op::LoadSlice => access(a, [b, Regs::run(instr.c(), 2), N]),
        Op::StoreSlice => access(N, [a, Regs::run(instr.b(), 2), c]),
        Op::Add
        | Op::Sub
        | Op::Mul
        | Op::TrueDiv
        | Op::FloorDiv
        | Op::Mod
        | Op::Pow
        | Op::MatMul
        | Op::LShift
        | Op::RShift
        | Op::And
        | Op::Or
        | Op::Xor
        | Op::Lt
        | Op::Le
        | Op::Eq
        | Op::Ne
        | Op::Gt
        | Op::Ge
        | Op::Is
        | Op::Contains => a_of_bc,
        Op::AddK
        | Op::SubK
        | Op::MulK
        | Op::TrueDivK
        | Op::FloorDivK
        | Op::ModK
        | Op::PowK
        | Op::LShiftK
        | Op::RShiftK
        | Op::AndK
        | Op::OrK
        | Op::XorK
        | Op::LtK
        | Op::LeK
        | Op::EqK
        | Op::NeK
        | Op::GtK
        | Op::GeK
        | Op::Neg
        | Op::Pos
        | Op::Invert
        | Op::Not
        | Op::ToBool => a_of_b,
        Op::JumpIfTrue | Op::JumpIfFalse | Op::JumpIfNone | Op::JumpIfNotNone => reads_a,
        Op::JumpLt
        | Op::JumpLe
        | Op::JumpEq
        | Op::JumpNe
        | Op::JumpGt
        | Op::JumpGe
        | Op::JumpNotLt
        | Op::JumpNotLe
        | Op::JumpNotEq
        | Op::JumpNotNe
        | Op::JumpNotGt
        | Op::JumpNotGe
        | Op::JumpIs
        | Op::JumpIsNot => reads_ab,
        Op::JumpLtK
        | Op::JumpLeK
        | Op::JumpEqK
        | Op::JumpNeK
        | Op::JumpGtK
        | Op::JumpGeK
        | Op::JumpNotLtK
        | Op::JumpNotLeK
        | Op::JumpNotEqK
        | Op::JumpNotNeK
        | Op::JumpNotGtK
        | Op::JumpNotGeK => reads_a,
        Op::Call | Op::CallKw => access(a, [Regs::run(instr.b(), layout + count), N, N]),
        Op::CallMethod | Op::CallMethodKw => {
            access(a, [Regs::run(instr.b(), layout + count.max(1)), N, N])
        }
        Op::CallEx => access(a, [Regs::run(instr.b(), layout + 2), N, N]),
        Op::Return => reads_a,
        Op::MakeFunction => access(a, [Regs::run(instr.b(), 5), N, N]),
        Op::Yield => a_of_b,
        Op::YieldFrom => access(a, [b, c, N]),
        Op::GetYieldFromIter | Op::GetAwaitable | Op::GetAIter | Op::GetANext => a_of_b,
        Op::EndAsyncFor => reads_a,
        Op::GetIter => a_of_b,
        Op::ForIter => a_of_b,
        Op::UnpackSequence => access(Regs::run(instr.a(), count), [b, N, N]),
        Op::UnpackEx => access(
            Regs::run(instr.a(), count.saturating_add(1).saturating_add(next.bx())),
            [b, N, N],
        ),
        Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildString => {
            access(a, [Regs::run(instr.b(), count), N, N])
        }
        Op::BuildMap => access(a, [Regs::run(instr.b(), count * 2), N, N]),
        Op::BuildSlice => access(a, [Regs::run(instr.b(), count), N, N]),
        Op::BuildTemplate => a_of_bc,
        Op::BuildInterpolation => access(a, [Regs::run(instr.b(), 3), N, N]),
        Op::ListAppend | Op::SetAdd | Op::ListExtend | Op::SetUpdate | Op::DictUpdate => reads_ab,
        Op::MapAdd | Op::DictMerge => access(N, [a, b, c]),
        Op::ListToTuple => a_of_b,
        Op::FormatValue => {
            if instr.c() == u16::MAX {
                a_of_b
            } else {
                a_of_bc
            }
        }
        Op::PushExc => a_of_b,
        Op::PopExc => reads_a,
        Op::MatchExc => a_of_bc,
        Op::MatchExcStar => access(Regs::run(instr.a(), 2), [b, c, N]),
        Op::PrepReraiseStar => a_of_bc,
        Op::Raise => match instr.d() {
            0 => none,
            1 => reads_a,
            _ => reads_ab,
        },
        Op::Reraise => reads_a,
        Op::ExcInfo => access(Regs::run(instr.a(), 3), [b, N, N]),
        Op::ImportName => access(a, [Regs::run(instr.b(), 2), N, N]),
        Op::ImportFrom => a_of_b,
        Op::ImportStar => reads_a,
        Op::MatchSequence | Op::MatchMapping => a_of_b,
        Op::MatchClass => access(a, [Regs::run(instr.b(), 3), N, N]),
        Op::MatchKeys => a_of_bc,
        Op::GetLen => a_of_b,
        Op::Intrinsic1 => a_of_b,
        Op::Intrinsic2 => access(a, [Regs::run(instr.b(), 2), N, N]),
    }
}

/// The jump distance of a jump instruction.
pub fn jump_of(op: Op, instr: Instr) -> Option<i32> {
    match op.form() {
        Form::J | Form::AJ => Some(instr.sbx()),
        Form::ABJ | Form::AKJ => Some(instr.off()),
        Form::None
        | Form::A
        | Form::AB
        | Form::ABC
        | Form::AK
        | Form::AI
        | Form::ABK
        | Form::AN
        | Form::ASite
        | Form::ABSite
        | Form::Range
        | Form::ABSel
        | Form::Special => None,
    }
}

/// Index of the constant that the instruction names.
pub fn const_of(op: Op, instr: Instr) -> Option<u32> {
    match op.form() {
        Form::AK => Some(instr.bx()),
        Form::ABK => Some(instr.c() as u32),
        Form::AKJ => Some(instr.b() as u32),
        _ => None,
    }
}

/// Index into `names` that the instruction holds itself (not through a site).
pub fn name_of(op: Op, instr: Instr) -> Option<u32> {
    match op {
        Op::CheckLocal | Op::DeleteLocal => Some(instr.bx()),
        Op::LoadCell => Some(instr.c() as u32),
        Op::DeleteCell => Some(instr.c() as u32),
        _ => None,
    }
}

/// Index into `sites`.
pub fn site_of(op: Op, instr: Instr) -> Option<u32> {
    match op.form() {
        Form::ASite | Form::ABSite => Some(instr.c() as u32),
        _ => None,
    }
}

/// Whether control never goes on behind the instruction.
pub fn ends_block(op: Op) -> bool {
    matches!(
        op,
        Op::Jump | Op::JumpBack | Op::Return | Op::Raise | Op::Reraise
    )
}

//! What is to be done with each instruction, and where blocks begin.

use mesapy_bytecode::{Instr, Op};
use mesapy_heap::{Kind, Word};
use mesapy_vm::jit::{Request, place};
use std::collections::BTreeSet;

/// Compilations in which an instruction's assumptions may fail before it is left to the interpreter.
const FAILURES_MAX: u32 = 3;

/// How an instruction is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// In place.
    Inline,
    /// By a helper that executes instructions which neither jump nor call.
    Simple,
    /// By the interpreter, called for this one instruction.
    Step,
    /// The code is left: the interpreter's general loop executes it.
    Leave,
    /// The interpreter has not come here yet, so nothing is known: the code is left, and that counts as an assumption that failed.
    Unknown,
}

pub(crate) struct Plan {
    pub modes: Vec<Mode>,
    /// First instructions of blocks.
    pub leaders: BTreeSet<u32>,
    entries: BTreeSet<u32>,
}

/// Where an instruction may jump to.
pub(crate) fn target(pc: u32, i: Instr) -> Option<u32> {
    use mesapy_bytecode::op::Form;
    let op = i.op()?;
    let by = match (op, op.form()) {
        (_, Form::J | Form::AJ) => i.sbx(),
        (_, Form::ABJ | Form::AKJ) => i.off(),
        _ => return None,
    };
    (pc + 1).checked_add_signed(by)
}

fn mode(request: &Request<'_>, pc: u32, i: Instr) -> Mode {
    let failed = request.has_failed(pc);
    let Some(op) = i.op() else { return Mode::Leave };
    // The caches may have found something better meanwhile, a few times.
    let worn_out = request.failed.get(&pc).is_some_and(|n| *n >= FAILURES_MAX);
    let unless_failed = if worn_out { Mode::Step } else { Mode::Inline };
    let simple = if failed { Mode::Step } else { Mode::Simple };
    match op {
        Op::Nop
        | Op::Move
        | Op::LoadConst
        | Op::LoadInt
        | Op::LoadEmpty
        | Op::CheckLocal
        | Op::LoadCell
        | Op::Not
        | Op::ToBool
        | Op::Is
        | Op::Contains
        | Op::GetIter
        | Op::ForIter
        | Op::BuildTuple
        | Op::BuildList
        | Op::ListAppend
        | Op::LoadItem
        | Op::LoadItemK
        | Op::StoreItem
        | Op::Call
        | Op::CallMethod
        | Op::Yield
        | Op::LoadAttrSlot
        | Op::LoadAttrOfType
        | Op::LoadMethodCached
        | Op::StoreAttrSlot
        | Op::Return => Mode::Inline,
        Op::LoadGlobalCached
        | Op::LoadBuiltinCached
        | Op::LoadAttrClass
        | Op::LoadAttrModule
        | Op::LoadMethodClass
        | Op::StoreAttrAdd
        | Op::Neg
        | Op::UnpackSequence
            if !failed || !matches!(op, Op::Neg | Op::UnpackSequence) =>
        {
            unless_failed
        }
        Op::Neg | Op::UnpackSequence => Mode::Step,
        Op::LoadGlobal | Op::StoreAttr => {
            if failed {
                Mode::Leave
            } else {
                Mode::Unknown
            }
        }
        // Their general forms do something in the inner loop too.
        Op::LoadMethod if !worn_out && is_of_module(request, i) => Mode::Inline,
        Op::LoadAttr | Op::LoadMethod => {
            if failed {
                Mode::Step
            } else {
                Mode::Unknown
            }
        }
        Op::Add
        | Op::AddK
        | Op::Sub
        | Op::SubK
        | Op::Mul
        | Op::MulK
        | Op::TrueDiv
        | Op::TrueDivK
        | Op::FloorDiv
        | Op::FloorDivK
        | Op::Mod
        | Op::ModK
        | Op::LShift
        | Op::LShiftK
        | Op::RShift
        | Op::RShiftK
        | Op::And
        | Op::AndK
        | Op::Or
        | Op::OrK
        | Op::Xor
        | Op::XorK
        | Op::Pow
        | Op::PowK => Mode::Inline,
        Op::Lt
        | Op::LtK
        | Op::Le
        | Op::LeK
        | Op::Eq
        | Op::EqK
        | Op::Ne
        | Op::NeK
        | Op::Gt
        | Op::GtK
        | Op::Ge
        | Op::GeK => Mode::Inline,
        _ if target(pc, i).is_some() => Mode::Inline,
        Op::MakeCell
        | Op::CopyFree
        | Op::StoreCell
        | Op::StoreGlobal
        | Op::LoadCommon
        | Op::LoadSlice
        | Op::BuildSlice
        | Op::StoreSlice
        | Op::MakeFunction
        | Op::BuildString
        | Op::BuildSet
        | Op::SetAdd
        | Op::BuildMap
        | Op::MapAdd
        | Op::ListExtend
        | Op::ListToTuple
        | Op::DictMerge
        | Op::FormatValue
        | Op::PushExc
        | Op::PopExc
        | Op::MatchExc => simple,
        Op::DeleteLocal
        | Op::LoadName
        | Op::StoreName
        | Op::LoadSuperMethod
        | Op::CallKw
        | Op::CallMethodKw
        | Op::CallEx
        | Op::YieldFrom
        | Op::GetAwaitable
        | Op::GetYieldFromIter => Mode::Step,
        Op::Raise if i.d() == 1 => Mode::Step,
        _ => Mode::Leave,
    }
}

/// Instructions that are compiled in place even if their assumptions failed, and then as calls.
fn may_push(op: Option<Op>) -> bool {
    op.is_some_and(|op| {
        matches!(op, Op::LoadItem | Op::LoadItemK | Op::StoreItem)
            || (Op::Add as u8..=Op::XorK as u8).contains(&(op as u8))
    })
}
/// Whether the site of a general load of a method holds a function of a module.
fn is_of_module(request: &Request<'_>, i: Instr) -> bool {
    let Some([w0, _]) = request.site(i.c(), Op::LoadAttrModule) else {
        return false;
    };
    let object = (w0 >> 32) as u32;
    if request.read(object) as u8 != Kind::Instance as u8 {
        return false;
    }
    let dict = Word::from_bits(request.read(object + place::MODULE_DICT));
    dict.as_ref_index().is_some_and(|dict| {
        request.read(dict) as u8 == Kind::Dict as u8
            && (request.read(dict + place::DICT_VERSION) >> 4) as u32 == w0 as u32
    })
}

impl Plan {
    pub(crate) fn new(request: &Request<'_>) -> Option<Plan> {
        let n = request.instrs.len() as u32;
        let mut plan = Plan {
            modes: Vec::with_capacity(n as usize),
            leaders: BTreeSet::from([0]),
            entries: BTreeSet::from([0]),
        };
        for (pc, i) in (0..).zip(request.instrs.iter().copied()) {
            let mode = mode(request, pc, i);
            plan.modes.push(mode);
            if let Some(target) = target(pc, i) {
                if target >= n {
                    return None;
                }
                plan.leaders.insert(target);
                plan.leaders.insert(pc + 1);
                if i.op() == Some(Op::JumpBack) {
                    plan.entries.insert(target);
                }
            }
            if i.op() == Some(Op::YieldFrom) {
                // It runs again until what it delegates to is exhausted.
                plan.entries.insert(pc);
            }
            // Where the code may be left in the middle of the instruction, or for all of it.
            let comes_back = matches!(i.op(), Some(Op::Call | Op::CallMethod | Op::Yield))
                || mode == Mode::Inline && request.has_failed(pc) && may_push(i.op());
            if comes_back || !matches!(mode, Mode::Inline | Mode::Simple) {
                plan.entries.insert(pc + 1);
                if i.op() == Some(Op::UnpackEx) {
                    plan.entries.insert(pc + 2);
                }
            }
        }
        plan.entries.extend(request.handlers.iter().copied());
        plan.entries.retain(|pc| *pc < n);
        plan.leaders.extend(plan.entries.iter().copied());
        plan.leaders.retain(|pc| *pc < n);
        Some(plan)
    }
    pub(crate) fn entries(&self) -> Vec<u32> {
        self.entries.iter().copied().collect()
    }
}

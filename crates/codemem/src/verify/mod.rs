//! The verifier of machine code: an abstract interpretation of a function's instructions, with no idea of what they are for.
//!
//! `decode` finds the instructions that can be reached and refuses those that are not in `table`; `step` says what an instruction does to what is known (`state`, made
//! of `value`s); here, blocks are interpreted until nothing changes. What is known at a point holds on every path to it. All that it takes to be safe is
//! checked at each instruction, so the code is safe whatever values come from the cage, from helpers, or from its caller.
//!
//! What is refused:
//! * an access to memory that is not one of these: the cage at base + u32 * 8 + a displacement within the guards; the function's own frame, between the stack
//!   pointer and the return address, and no reading of what was not written; a field of the context, as a whole, as the policy allows; reading within a pointee;
//!   reading the function's own constants;
//! * a call of anything but a helper, from a field of the context, or a row of the entry table; without the context in rdi; on a stack that is not aligned;
//! * a return with another stack pointer, or without the caller's values in the registers that a function must preserve;
//! * any change of r15; a jump that is not direct, or leads out of the function, or between instructions; running off the end;
//! * an instruction that is not in the table, or is encoded in a way that processors could disagree about.
//!
//! What is trusted: the decoder, these few files, and the policy.

mod decode;
mod policy;
mod state;
mod step;
mod table;
mod value;

pub use policy::{Access, Field, Holds, Pointee, Policy};

use std::collections::BTreeSet;
use std::fmt;

use decode::Function;
use iced_x86::{Instruction, OpKind, Register};
use state::State;
use step::Rules;

/// Words of frames over all blocks: what states may take of memory.
const STATE_WORDS_MAX: usize = 2 << 20;
/// How often, on average, a block may be interpreted. What compilers make takes two or three times.
const ROUNDS_MAX: usize = 100;

/// Why code was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Of the instruction, from the function's start.
    pub offset: u32,
    /// The instruction, as far as it was decoded.
    pub instruction: String,
    pub why: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal {
            offset,
            instruction,
            why,
        } = self;
        write!(f, "at {offset:#x}: {instruction}: {why}")
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// A refusal that is not about one instruction.
    pub(crate) fn whole(why: &'static str) -> Refusal {
        Refusal::at(0, "function", why)
    }

    fn at(offset: usize, what: &str, why: &'static str) -> Refusal {
        Refusal {
            offset: offset as u32,
            instruction: what.into(),
            why,
        }
    }

    fn of(instruction: &Instruction, code: &[u8], why: &'static str) -> Refusal {
        let at = instruction.ip() as usize;
        let bytes = code.get(at..at + instruction.len()).unwrap_or_default();
        Refusal::at(at, &shown(instruction, bytes), why)
    }
}

/// An instruction for people, without the decoder's formatters: `Mov RAX, [R15+RCX*8+0x10] (49 8b 44 cf 10)`.
fn shown(instruction: &Instruction, bytes: &[u8]) -> String {
    let memory = || {
        let mut parts = Vec::new();
        if instruction.memory_base() != Register::None {
            parts.push(format!("{:?}", instruction.memory_base()));
        }
        if instruction.memory_index() != Register::None {
            let index = instruction.memory_index();
            parts.push(format!("{index:?}*{}", instruction.memory_index_scale()));
        }
        let offset = instruction.memory_displacement64() as i64;
        let sign = if offset < 0 { "-" } else { "+" };
        format!("[{}{sign}{:#x}]", parts.join("+"), offset.unsigned_abs())
    };
    let operand = |operand| match instruction.op_kind(operand) {
        OpKind::Register => format!("{:?}", instruction.op_register(operand)),
        OpKind::Memory => memory(),
        OpKind::NearBranch64 => format!("{:#x}", instruction.near_branch64()),
        _ => instruction
            .try_immediate(operand)
            .map_or("?".into(), |value| format!("{:#x}", value as i64)),
    };
    let operands: Vec<String> = (0..instruction.op_count()).map(operand).collect();
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{:?} {} ({})",
        instruction.mnemonic(),
        operands.join(", "),
        bytes.join(" ")
    )
}

/// The instructions of a function for people, a line each; or why they can't be decoded.
pub fn listing(code: &[u8]) -> String {
    let function = match decode::decode(code) {
        Ok(function) => function,
        Err(refusal) => return refusal.to_string(),
    };
    let mut lines = String::new();
    for step in &function.steps {
        let at = step.instruction.ip() as usize;
        let bytes = code
            .get(at..at + step.instruction.len())
            .unwrap_or_default();
        lines += &format!("{at:6x}  {}\n", shown(&step.instruction, bytes));
    }
    lines
}

/// Accepts the function `code[..code_len]`, with its constants in `code[code_len..]`, if it is safe whatever the values are that it works on.
pub fn verify(policy: &Policy, code: &[u8], code_len: usize) -> Result<(), Refusal> {
    let Some(instructions) = code.get(..code_len) else {
        return Err(Refusal::whole("the code is longer than its bytes"));
    };
    if !policy.is_sorted() {
        return verify(&policy.clone().sorted(), code, code_len);
    }
    let function = decode::decode(instructions)?;
    let rules = Rules {
        policy,
        blob_bytes: code.len() as u64,
    };
    interpret(&function, &rules, instructions)
}

/// Interprets blocks until what is known at the start of each does not change any more.
fn interpret(function: &Function, rules: &Rules<'_>, code: &[u8]) -> Result<(), Refusal> {
    let blocks = &function.blocks;
    let mut known: Vec<Option<State>> = vec![None; blocks.len()];
    let mut waiting = BTreeSet::new();
    let mut words = 0;
    let mut rounds = ROUNDS_MAX * blocks.len();
    // The block at offset 0 is the first by address.
    if let Some(first) = known.first_mut() {
        *first = Some(State::entry());
        waiting.insert(0);
    }
    while let Some(number) = waiting.pop_first() {
        rounds = rounds
            .checked_sub(1)
            .ok_or(Refusal::whole("too many rounds"))?;
        let block = &blocks[number];
        let Some(mut state) = known[number].clone() else {
            continue;
        };
        let steps = &function.steps[block.first..block.end];
        for step in steps {
            rules
                .step(&mut state, step)
                .map_err(|why| Refusal::of(&step.instruction, code, why))?;
        }
        for next in block.next.into_iter().flatten() {
            let next = next as usize;
            let changed = match &mut known[next] {
                Some(before) => before.join(&state).map_err(|why| {
                    let first = &function.steps[blocks[next].first];
                    Refusal::of(&first.instruction, code, why)
                })?,
                before => {
                    words += state.slots();
                    *before = Some(state.clone());
                    true
                }
            };
            if changed {
                waiting.insert(next);
            }
        }
        if words > STATE_WORDS_MAX {
            return Err(Refusal::whole("too much to know about the frame"));
        }
    }
    Ok(())
}

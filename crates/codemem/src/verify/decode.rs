//! From bytes to instructions and basic blocks.
//!
//! Only what can be reached from the first byte is decoded, so constants and padding behind the code are no matter. Each byte belongs to one instruction at most: a jump
//! to where no instruction of the others' decoding starts is refused, so what is checked is what is executed.
//!
//! Two tables speak about each instruction: ours, and that of the decoder. Where ours says less than the decoder's, the code is refused.

use iced_x86::{
    Decoder, DecoderOptions, Instruction, InstructionInfoFactory, OpAccess, OpKind, Register,
};

use super::Refusal;
use super::table::{self, Op};

/// Longer functions are refused.
pub const CODE_BYTES_MAX: usize = 1 << 20;

pub struct Step {
    pub instruction: Instruction,
    pub op: Op,
}

/// Instructions that are executed in sequence.
pub struct Block {
    /// The range of its steps.
    pub first: usize,
    pub end: usize,
    /// Numbers of the blocks that may follow.
    pub next: [Option<u32>; 2],
}

pub struct Function {
    /// By address.
    pub steps: Vec<Step>,
    pub blocks: Vec<Block>,
}

const DIFFER: &str = "the tables of instructions differ";

// What is known of a byte.
const START: u8 = 1;
const INSIDE: u8 = 2;
const LEADER: u8 = 4;

pub fn decode(code: &[u8]) -> Result<Function, Refusal> {
    if code.len() > CODE_BYTES_MAX {
        return Err(Refusal::whole("the function is too long"));
    }
    let mut walk = Walk {
        code,
        marks: vec![0; code.len()],
        steps: Vec::with_capacity(code.len() / 4),
        pending: Vec::new(),
        facts: InstructionInfoFactory::new(),
    };
    walk.target(0)
        .map_err(|_| Refusal::whole("the function is empty"))?;
    while let Some(start) = walk.pending.pop() {
        walk.run(start)?;
    }
    let Walk {
        marks, mut steps, ..
    } = walk;
    steps.sort_unstable_by_key(|step| step.instruction.ip());
    let blocks = blocks(&steps, &marks)?;
    Ok(Function { steps, blocks })
}

struct Walk<'a> {
    code: &'a [u8],
    marks: Vec<u8>,
    steps: Vec<Step>,
    /// Where decoding has yet to start.
    pending: Vec<usize>,
    facts: InstructionInfoFactory,
}

impl Walk<'_> {
    /// Notes that code jumps to `at`.
    fn target(&mut self, at: u64) -> Result<(), &'static str> {
        let at = usize::try_from(at).map_err(|_| "a jump out of the function")?;
        let mark = self.marks.get_mut(at).ok_or("a jump out of the function")?;
        if *mark & LEADER == 0 {
            *mark |= LEADER;
            self.pending.push(at);
        }
        Ok(())
    }

    /// Decodes from `start` on until the code does not go on, or is known.
    fn run(&mut self, start: usize) -> Result<(), Refusal> {
        let mut decoder = Decoder::with_ip(64, self.code, 0, DecoderOptions::NONE);
        let mut at = start;
        loop {
            let Some(&mark) = self.marks.get(at) else {
                return Err(Refusal::at(at, "the end", "control runs off the end"));
            };
            if mark & START != 0 {
                return Ok(());
            }
            if mark & INSIDE != 0 {
                let why = "a jump into the middle of an instruction";
                return Err(Refusal::at(at, "a byte inside of an instruction", why));
            }
            if decoder.set_position(at).is_err() {
                return Err(Refusal::whole("can't be decoded"));
            }
            decoder.set_ip(at as u64);
            let instruction = decoder.decode();
            let refuse = |why| Refusal::of(&instruction, self.code, why);
            if instruction.is_invalid() {
                return Err(Refusal::at(at, "bytes", "not an instruction that is known"));
            }
            let op = self.admit(&instruction, at).map_err(refuse)?;
            self.mark(at, instruction.len())
                .map_err(|why| Refusal::of(&instruction, self.code, why))?;
            if matches!(op, Op::Jmp | Op::Jcc) {
                self.target(instruction.near_branch64())
                    .map_err(|why| Refusal::of(&instruction, self.code, why))?;
            }
            self.steps.push(Step { instruction, op });
            if !op.goes_on() {
                return Ok(());
            }
            at += instruction.len();
            if op == Op::Jcc
                && let Some(mark) = self.marks.get_mut(at)
            {
                *mark |= LEADER;
            }
        }
    }

    fn mark(&mut self, at: usize, len: usize) -> Result<(), &'static str> {
        let bytes = self
            .marks
            .get_mut(at..at + len)
            .ok_or("control runs off the end")?;
        bytes[0] |= START;
        for byte in &mut bytes[1..] {
            if *byte & (START | LEADER) != 0 {
                return Err("instructions overlap");
            }
            *byte |= INSIDE;
        }
        Ok(())
    }

    /// What a single instruction may be, whatever is known at it.
    fn admit(&mut self, instruction: &Instruction, at: usize) -> Result<Op, &'static str> {
        let op = table::op(instruction).ok_or("an instruction that code may not use")?;
        let bytes = &self.code[at..(at + instruction.len()).min(self.code.len())];
        let sized = plain_prefixes(bytes)?;
        if sized && op.has_fixed_size() {
            return Err("an operand size on an instruction without one");
        }
        if instruction.has_rep_prefix()
            || instruction.has_repne_prefix()
            || instruction.has_lock_prefix()
            || instruction.segment_prefix() != Register::None
        {
            return Err("a prefix that code may not use");
        }
        let mut memory = None;
        for operand in 0..instruction.op_count() {
            match instruction.op_kind(operand) {
                OpKind::Register => {
                    let register = instruction.op_register(operand);
                    let known = register.is_gpr() || register.is_xmm() && register.number() < 16;
                    if !known {
                        return Err("a register that code may not use");
                    }
                }
                OpKind::Memory if op == Op::Xchg => return Err("an exchange with memory"),
                OpKind::Memory => memory = Some(operand),
                OpKind::NearBranch64
                | OpKind::Immediate8
                | OpKind::Immediate16
                | OpKind::Immediate32
                | OpKind::Immediate64
                | OpKind::Immediate8to16
                | OpKind::Immediate8to32
                | OpKind::Immediate8to64
                | OpKind::Immediate32to64 => {}
                _ => return Err("an operand that code may not use"),
            }
        }
        self.agree(instruction, op, memory)?;
        Ok(op)
    }

    /// That the decoder's own table knows of nothing that ours does not.
    fn agree(
        &mut self,
        instruction: &Instruction,
        op: Op,
        memory: Option<u32>,
    ) -> Result<(), &'static str> {
        if op == Op::Nop {
            return Ok(());
        }
        let facts = self.facts.info(instruction);
        let known = op.writes(instruction);
        for used in facts.used_registers() {
            if writes(used.access()) && table::bit(used.register()) & !known != 0 {
                return Err(DIFFER);
            }
        }
        let on_stack = matches!(op, Op::Push | Op::Pop | Op::Call | Op::Ret | Op::Leave);
        for used in facts.used_memory() {
            let is_stack = on_stack && used.base() == Register::RSP;
            let is_frame = op == Op::Leave && used.base() == Register::RBP;
            let may_write = memory.is_some_and(|operand| op.direction(operand).writes());
            if !is_stack && !is_frame && (memory.is_none() || writes(used.access()) && !may_write) {
                return Err(DIFFER);
            }
        }
        if memory.is_some() && op != Op::Lea && instruction.memory_size().size() == 0 {
            return Err("an access of unknown size");
        }
        Ok(())
    }
}

fn writes(access: OpAccess) -> bool {
    matches!(
        access,
        OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

/// At most one of the prefixes 66, F2 and F3, then at most one REX: what all processors understand in the same way. Whether there is a 66.
fn plain_prefixes(bytes: &[u8]) -> Result<bool, &'static str> {
    let is_simple = |byte: u8| matches!(byte, 0x66 | 0xF2 | 0xF3);
    let is_other = |byte: u8| matches!(byte, 0x2E | 0x36 | 0x3E | 0x26 | 0x64 | 0x65 | 0x67 | 0xF0);
    let is_rex = |byte: u8| byte & 0xF0 == 0x40;
    let mut rest = bytes;
    let mut sized = false;
    if let [first, after @ ..] = rest
        && is_simple(*first)
    {
        sized = *first == 0x66;
        rest = after;
    }
    if let [first, after @ ..] = rest
        && is_rex(*first)
    {
        rest = after;
    }
    match rest {
        [first, ..] if is_simple(*first) || is_other(*first) || is_rex(*first) => {
            Err("prefixes that code may not use")
        }
        _ => Ok(sized),
    }
}

fn blocks(steps: &[Step], marks: &[u8]) -> Result<Vec<Block>, Refusal> {
    let is_leader = |step: &Step| marks[step.instruction.ip() as usize] & LEADER != 0;
    let mut starts: Vec<usize> = (0..steps.len()).filter(|&i| is_leader(&steps[i])).collect();
    let addresses: Vec<u64> = starts.iter().map(|&i| steps[i].instruction.ip()).collect();
    // Every target and what follows every block has been decoded and marked.
    let number = |address: u64| match addresses.binary_search(&address) {
        Ok(number) => Ok(Some(number as u32)),
        Err(_) => Err(Refusal::at(address as usize, "?", "a way to nowhere")),
    };
    starts.push(steps.len());
    let block = |pair: &[usize]| {
        let last = &steps[pair[1] - 1];
        let (jump, after) = (&last.instruction, last.op.goes_on());
        Ok(Block {
            first: pair[0],
            end: pair[1],
            next: [
                if after { number(jump.next_ip())? } else { None },
                match last.op {
                    Op::Jmp | Op::Jcc => number(jump.near_branch64())?,
                    _ => None,
                },
            ],
        })
    };
    starts.windows(2).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The two tables agree on all instructions that are admitted, in whatever encoding random bytes hit on.
    #[test]
    fn the_tables_agree() {
        let mut seed = 0x9E37_79B9_7F4A_7C15u64;
        let mut byte = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 32) as u8
        };
        let prefixes = [0x66, 0xF2, 0xF3, 0x48, 0x41, 0x4F, 0x45, 0x0F];
        let mut seen = BTreeSet::new();
        for round in 0..600_000 {
            let mut code: Vec<u8> = (0..16).map(|_| byte()).collect();
            match round % 6 {
                0 => {}
                1 => code[0] = 0x0F,
                2 => code[0] = prefixes[round / 6 % prefixes.len()],
                3 => {
                    code[0] = prefixes[round / 6 % prefixes.len()];
                    code[1] = 0x0F;
                }
                4 => {
                    code[..3].copy_from_slice(&[0x66, 0x0F, 0x3A]);
                }
                _ => {
                    code[0] = 0xC4;
                    code[1] = 0xE2 | code[1] & 1;
                }
            }
            let mut walk = Walk {
                code: &code,
                marks: vec![0; code.len()],
                steps: Vec::new(),
                pending: Vec::new(),
                facts: InstructionInfoFactory::new(),
            };
            let instruction = Decoder::with_ip(64, &code, 0, DecoderOptions::NONE).decode();
            if instruction.is_invalid() {
                continue;
            }
            match walk.admit(&instruction, 0) {
                Ok(_) => {
                    seen.insert(instruction.code() as u32);
                }
                Err(why) => assert_ne!(why, DIFFER, "{:?} {code:02x?}", instruction.code()),
            }
        }
        assert!(seen.len() > 400, "{} encodings", seen.len());
    }
}

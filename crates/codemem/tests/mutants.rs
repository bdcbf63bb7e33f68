//! Functions of a compiler with some bits changed: whatever of that the verifier accepts must not do harm when it is executed.
//!
//! The judge is a machine that shares nothing with the verifier but the decoder: it has concrete numbers in its registers, takes branches at random, and gets random
//! words from all memory but its frame, the worst that a cage can hold among them. It stops at the first access, call or return that breaks a rule.

mod common;

use std::cell::Cell;

use common::{Made, policy};
use iced_x86::{
    Decoder, DecoderOptions, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind,
    Register,
};
use mesapy_codemem::verify::verify;
use mesapy_codemem::{Access, CAGE_GUARD_HIGH, CAGE_GUARD_LOW, Holds, Policy};

const CAGE: u64 = 0x7000_0000_0000;
const CAGE_LOW: u64 = CAGE - CAGE_GUARD_LOW as u64;
const CAGE_END: u64 = CAGE + (8 << 32) + CAGE_GUARD_HIGH as u64;
/// Of the return address.
const STACK: u64 = 0x6000_0000_0008;
const FRAME_BYTES: u64 = 32 << 10;
const CONTEXT: u64 = 0x5000_0000_0000;
const POINTEE: u64 = 0x4000_0000_0000;
const POINTEE_STEP: u64 = 1 << 32;
const HELPER: u64 = 0x3000_0000_1230;
const ENTRY: u64 = 0x3000_0000_4560;
const STEPS_MAX: usize = 200;

struct Random(Cell<u64>);

impl Random {
    fn new(seed: u64) -> Random {
        Random(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))
    }
    fn next(&self) -> u64 {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        x
    }
    fn below(&self, n: usize) -> usize {
        (self.next() >> 16) as usize % n
    }
    /// A word of the sort that breaks things.
    fn word(&self) -> u64 {
        match self.below(8) {
            0 => u64::MAX,
            1 => 0,
            2 => 1 << self.below(64),
            3 => self.next() << 32,
            4 => !(self.next() >> self.below(64)),
            5 => u64::from(u32::MAX),
            _ => self.next() >> self.below(64),
        }
    }
}

struct Machine<'a> {
    policy: &'a Policy,
    code: &'a [u8],
    random: &'a Random,
    registers: [u64; 16],
    /// From `STACK - FRAME_BYTES` on.
    frame: Vec<u8>,
}

type Step<T> = Result<T, String>;

fn mask(bytes: usize) -> u64 {
    if bytes >= 8 {
        u64::MAX
    } else {
        (1 << (8 * bytes)) - 1
    }
}

fn signed(value: u64, bytes: usize) -> i64 {
    let shift = 64 - 8 * bytes.min(8);
    (value << shift) as i64 >> shift
}

fn number(register: Register) -> usize {
    register.full_register() as usize - Register::RAX as usize
}

fn high(register: Register) -> bool {
    matches!(
        register,
        Register::AH | Register::BH | Register::CH | Register::DH
    )
}

impl Machine<'_> {
    fn get(&self, register: Register) -> u64 {
        let full = self.registers[number(register)];
        if high(register) {
            full >> 8 & 0xFF
        } else {
            full & mask(register.size())
        }
    }

    fn set(&mut self, register: Register, value: u64) {
        let full = &mut self.registers[number(register)];
        *full = match register.size() {
            8 => value,
            4 => value & mask(4),
            2 => *full & !mask(2) | value & mask(2),
            _ if high(register) => *full & !0xFF00 | (value & 0xFF) << 8,
            _ => *full & !0xFF | value & 0xFF,
        };
    }

    /// Whether an access is allowed; `floor` is the lowest byte of the frame.
    fn check(&self, at: u64, bytes: u64, write: bool, floor: u64) -> Step<()> {
        let end = at.wrapping_add(bytes);
        let within = |low: u64, high: u64| at >= low && end <= high && at < end;
        let field = || {
            self.policy.fields.iter().any(|field| {
                CONTEXT + u64::from(field.offset) == at
                    && u64::from(field.size) == bytes
                    && (!write || field.access == Access::ReadWrite)
            })
        };
        let pointee = || {
            self.policy.pointees.iter().enumerate().any(|(i, pointee)| {
                let start = POINTEE + i as u64 * POINTEE_STEP;
                !write && within(start, start + u64::from(pointee.bytes))
            })
        };
        let constants = || !write && within(0, self.code.len() as u64);
        if within(CAGE_LOW, CAGE_END) || within(floor, STACK) || field() || pointee() || constants()
        {
            return Ok(());
        }
        let what = if write { "write" } else { "read" };
        Err(format!("{what} of {bytes} bytes at {at:#x}"))
    }

    fn load(&self, at: u64, bytes: usize) -> u64 {
        let low = STACK - FRAME_BYTES;
        if at >= low && at < STACK {
            let start = (at - low) as usize;
            let mut word = [0; 8];
            let take = bytes.min(8);
            word[..take].copy_from_slice(&self.frame[start..start + take]);
            return u64::from_le_bytes(word);
        }
        if bytes == 8 {
            for field in &self.policy.fields {
                if CONTEXT + u64::from(field.offset) == at {
                    match field.access {
                        Access::Helper => return HELPER,
                        Access::Pointer(index) => return POINTEE + index as u64 * POINTEE_STEP,
                        Access::Read | Access::ReadWrite => {}
                    }
                }
            }
            for (i, pointee) in self.policy.pointees.iter().enumerate() {
                let start = POINTEE + i as u64 * POINTEE_STEP;
                let is_inside = at >= start && at < start + u64::from(pointee.bytes);
                if pointee.holds == Holds::CodeEntries && is_inside && at.is_multiple_of(8) {
                    return ENTRY;
                }
            }
        }
        self.random.word() & mask(bytes)
    }

    fn store(&mut self, at: u64, bytes: usize, value: u64) {
        let low = STACK - FRAME_BYTES;
        if at >= low && at < STACK {
            let start = (at - low) as usize;
            for i in 0..bytes {
                let byte = if i < 8 {
                    value >> (8 * i)
                } else {
                    self.random.next()
                };
                self.frame[start + i] = byte as u8;
            }
        }
    }

    fn address(&self, instruction: &Instruction, operand: u32) -> u64 {
        instruction
            .virtual_address(operand, 0, |register, _, _| {
                Some(match register {
                    Register::DS | Register::SS | Register::ES | Register::CS => 0,
                    _ => self.registers[number(register)],
                })
            })
            .expect("an address")
    }

    fn size(instruction: &Instruction, operand: u32) -> usize {
        match instruction.op_kind(operand) {
            OpKind::Register => instruction.op_register(operand).size(),
            OpKind::Memory => instruction.memory_size().size(),
            _ => 8,
        }
    }

    fn read(&self, instruction: &Instruction, operand: u32) -> u64 {
        match instruction.op_kind(operand) {
            OpKind::Register => match instruction.op_register(operand) {
                register if register.is_gpr() => self.get(register),
                _ => self.random.word(),
            },
            OpKind::Memory => self.load(
                self.address(instruction, operand),
                Machine::size(instruction, operand),
            ),
            _ => instruction.immediate(operand),
        }
    }

    fn write(&mut self, instruction: &Instruction, operand: u32, value: u64) {
        match instruction.op_kind(operand) {
            OpKind::Register => {
                let register = instruction.op_register(operand);
                if register.is_gpr() {
                    self.set(register, value);
                }
            }
            OpKind::Memory => self.store(
                self.address(instruction, operand),
                Machine::size(instruction, operand),
                value,
            ),
            _ => unreachable!("a write to an immediate"),
        }
    }

    /// Executes from offset 0; Ok when it returned as it should, trapped, or went on for long.
    fn run(&mut self) -> Step<()> {
        let saved = self.registers;
        let mut facts = InstructionInfoFactory::new();
        let mut at = 0;
        for _ in 0..STEPS_MAX {
            if at >= self.code.len() {
                return Err("ran off the end".into());
            }
            let mut decoder =
                Decoder::with_ip(64, &self.code[at..], at as u64, DecoderOptions::NONE);
            let instruction = decoder.decode();
            let go_on = self
                .step(&instruction, &mut facts, &saved)
                .map_err(|what| format!("{what} at {at:#x}: {:?}", instruction.code()))?;
            if self.registers[15] != CAGE {
                return Err(format!("r15 was written at {at:#x}"));
            }
            match go_on {
                Some(next) => at = next as usize,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        instruction: &Instruction,
        facts: &mut InstructionInfoFactory,
        saved: &[u64; 16],
    ) -> Step<Option<u64>> {
        use Mnemonic as M;
        let next = instruction.next_ip();
        let mnemonic = instruction.mnemonic();
        if instruction.is_invalid() {
            return Err("not an instruction".into());
        }
        let info = facts.info(instruction);
        let rsp = self.registers[4];
        let floor = match mnemonic {
            M::Push | M::Call => rsp - 8,
            _ => rsp,
        };
        if mnemonic != M::Ret && mnemonic != M::Nop {
            for used in info.used_memory() {
                let address = used
                    .virtual_address(0, |register, _, _| {
                        Some(match register {
                            Register::DS | Register::SS | Register::ES | Register::CS => 0,
                            Register::RIP => 0,
                            _ => self.registers[number(register)],
                        })
                    })
                    .expect("an address");
                let write = !matches!(used.access(), OpAccess::Read | OpAccess::CondRead);
                let size = used.memory_size().size() as u64;
                self.check(address, size, write, floor)?;
            }
        }
        let written: Vec<Register> = info
            .used_registers()
            .iter()
            .filter(|used| !matches!(used.access(), OpAccess::Read | OpAccess::CondRead))
            .map(|used| used.register())
            .filter(|register| register.is_gpr())
            .collect();
        let bytes = if instruction.op_count() > 0 {
            Machine::size(instruction, 0)
        } else {
            8
        };
        let bits = 8 * bytes as u32;
        let coin = self.random.below(2) == 0;
        let read = |operand| self.read(instruction, operand);
        match mnemonic {
            M::Mov | M::Movzx => {
                let value = read(1);
                self.write(instruction, 0, value);
            }
            M::Movsx | M::Movsxd => {
                let value = signed(read(1), Machine::size(instruction, 1)) as u64;
                self.write(instruction, 0, value);
            }
            M::Lea => {
                let value = self.address(instruction, 1);
                self.write(instruction, 0, value);
            }
            M::Add | M::Sub | M::And | M::Or | M::Xor | M::Adc | M::Sbb => {
                let (a, b) = (read(0), read(1));
                let carry = u64::from(coin);
                let value = match mnemonic {
                    M::Add => a.wrapping_add(b),
                    M::Sub => a.wrapping_sub(b),
                    M::And => a & b,
                    M::Or => a | b,
                    M::Xor => a ^ b,
                    M::Adc => a.wrapping_add(b).wrapping_add(carry),
                    _ => a.wrapping_sub(b).wrapping_sub(carry),
                };
                self.write(instruction, 0, value);
            }
            M::Shl | M::Shr | M::Sar => {
                let (a, b) = (read(0), read(1) as u32 & if bits == 64 { 63 } else { 31 });
                let value = match mnemonic {
                    M::Shl => a << b,
                    M::Shr => a >> b,
                    _ => (signed(a, bytes) >> b) as u64,
                };
                self.write(instruction, 0, value);
            }
            M::Imul if instruction.op_count() > 1 => {
                let n = instruction.op_count();
                let value = read(n - 2).wrapping_mul(read(n - 1));
                self.write(instruction, 0, value);
            }
            M::Inc | M::Dec | M::Neg | M::Not => {
                let a = read(0);
                let value = match mnemonic {
                    M::Inc => a.wrapping_add(1),
                    M::Dec => a.wrapping_sub(1),
                    M::Neg => a.wrapping_neg(),
                    _ => !a,
                };
                self.write(instruction, 0, value);
            }
            M::Xchg => {
                let (a, b) = (read(0), read(1));
                self.write(instruction, 0, b);
                self.write(instruction, 1, a);
            }
            M::Push => {
                let value = read(0);
                self.registers[4] = rsp - 8;
                self.store(rsp - 8, 8, value);
            }
            M::Pop => {
                let value = self.load(rsp, 8);
                self.registers[4] = rsp + 8;
                self.write(instruction, 0, value);
            }
            M::Leave => {
                let frame = self.registers[5];
                self.registers[5] = self.load(frame, 8);
                self.registers[4] = frame + 8;
            }
            M::Cmp | M::Test | M::Nop | M::Bt => {}
            M::Cbw | M::Cwde | M::Cdqe | M::Cwd | M::Cdq | M::Cqo => {
                let ax = [Register::AX, Register::EAX, Register::RAX];
                let (source, target) = match mnemonic {
                    M::Cbw => (Register::AL, ax[0]),
                    M::Cwde => (ax[0], ax[1]),
                    M::Cdqe => (ax[1], ax[2]),
                    M::Cwd => (ax[0], Register::DX),
                    M::Cdq => (ax[1], Register::EDX),
                    _ => (ax[2], Register::RDX),
                };
                let value = signed(self.get(source), source.size());
                let is_high = target.full_register() == Register::RDX;
                self.set(target, if is_high { value >> 63 } else { value } as u64);
            }
            M::Mul | M::Imul | M::Div | M::Idiv => {
                for full in written {
                    let (register, value) = (number(full), self.random.word());
                    let before = self.registers[register];
                    self.registers[register] = match bytes {
                        8 => value,
                        4 => value & mask(4),
                        _ => before & !mask(2) | value & mask(2),
                    };
                }
            }
            M::Bsf | M::Bsr | M::Lzcnt | M::Tzcnt => {
                if coin {
                    self.write(instruction, 0, self.random.word());
                }
            }
            M::Ud2 => return Ok(None),
            M::Jmp => return Ok(Some(instruction.near_branch64())),
            M::Call => {
                let target = read(0);
                if target != HELPER && target != ENTRY {
                    return Err(format!("a call of {target:#x}"));
                }
                if self.registers[7] != CONTEXT || !rsp.is_multiple_of(16) {
                    return Err("a call without the context, or with a crooked stack".into());
                }
                for register in [0, 1, 2, 6, 7, 8, 9, 10, 11] {
                    self.registers[register] = self.random.word();
                }
                // The callee's frame.
                for _ in 0..4 {
                    let place = rsp - 8 * (1 + self.random.below(64) as u64);
                    self.store(place, 8, self.random.word());
                }
            }
            M::Ret => {
                let kept = [3, 4, 5, 12, 13, 14, 15]
                    .into_iter()
                    .all(|register| self.registers[register] == saved[register]);
                return if kept {
                    Ok(None)
                } else {
                    Err("a return with registers lost".into())
                };
            }
            _ if instruction.code().is_jcc_short_or_near() => {
                return Ok(Some(if coin {
                    instruction.near_branch64()
                } else {
                    next
                }));
            }
            _ if format!("{mnemonic:?}").starts_with("Cmov") => {
                let value = read(u32::from(coin));
                self.write(instruction, 0, value);
            }
            _ => {
                // What is written is anything; by the target's own width, if it is the target.
                let target = (instruction.op_count() > 0
                    && instruction.op_kind(0) == OpKind::Register)
                    .then(|| instruction.op0_register());
                for register in written {
                    let width = match target {
                        Some(target) if target.full_register() == register.full_register() => {
                            target
                        }
                        _ => register,
                    };
                    let value = self.random.word();
                    self.set(width, value);
                }
                if instruction.op_count() > 0 && instruction.op_kind(0) == OpKind::Memory {
                    let value = self.random.word();
                    let is_written = info_writes(facts.info(instruction));
                    if is_written {
                        self.write(instruction, 0, value);
                    }
                }
            }
        }
        Ok(Some(next))
    }
}

fn info_writes(info: &iced_x86::InstructionInfo) -> bool {
    info.used_memory()
        .iter()
        .any(|used| !matches!(used.access(), OpAccess::Read | OpAccess::CondRead))
}

/// Executes the code a few times; the first thing that went wrong.
fn judge(policy: &Policy, code: &[u8], random: &Random, runs: usize) -> Step<()> {
    for _ in 0..runs {
        let mut registers: [u64; 16] = std::array::from_fn(|_| random.word());
        registers[4] = STACK;
        registers[7] = CONTEXT;
        registers[15] = CAGE;
        let mut machine = Machine {
            policy,
            code,
            random,
            registers,
            frame: (0..FRAME_BYTES).map(|i| (i * 37) as u8).collect(),
        };
        machine.run()?;
    }
    Ok(())
}

/// Samples as the usual settings and as newer processors make them.
fn some_samples() -> Vec<Made> {
    let isas = common::isas().into_iter();
    isas.filter(|(name, _)| matches!(*name, "speed" | "newer"))
        .flat_map(|(_, isa)| common::samples(&isa))
        .collect()
}

fn samples() -> Vec<Made> {
    common::isas()
        .into_iter()
        .flat_map(|(_, isa)| common::samples(&isa))
        .collect()
}

#[test]
fn the_judge_lets_compiled_functions_pass() {
    let (policy, random) = (policy(), Random::new(5));
    for made in samples() {
        if let Err(what) = judge(&policy, &made.bytes, &random, 40) {
            panic!("{}: {what}\n{}", made.name, made.text);
        }
    }
}

#[test]
fn the_judge_finds_what_is_wrong() {
    let (policy, random) = (policy(), Random::new(6));
    for code in [
        // mov rax, [r15 + rsi*8]
        &[0x49, 0x8B, 0x04, 0xF7, 0xC3][..],
        // push rbx; ret
        &[0x53, 0xC3],
        // xor ebx, ebx; ret
        &[0x31, 0xDB, 0xC3],
        // mov [rsp], rax; ret
        &[0x48, 0x89, 0x04, 0x24, 0xC3],
        // push rax; call rax
        &[0x50, 0xFF, 0xD0, 0x58, 0xC3],
        // mov [rdi], rax
        &[0x48, 0x89, 0x07, 0xC3],
        // inc r15
        &[0x49, 0xFF, 0xC7, 0xC3],
    ] {
        assert!(verify(&policy, code, code.len()).is_err(), "{code:x?}");
        assert!(judge(&policy, code, &random, 40).is_err(), "{code:x?}");
    }
}

/// Judges what is accepted of `change`d samples; how many were tried and accepted.
fn mutants(
    samples: &[Made],
    seed: u64,
    rounds: usize,
    change: impl Fn(&Random, &mut Vec<u8>, usize),
) -> (usize, usize) {
    let (policy, random) = (policy(), Random::new(seed));
    let (mut tried, mut accepted) = (0, 0);
    for made in samples {
        for round in 0..made.bytes.len() * rounds {
            let mut code = made.bytes.clone();
            change(&random, &mut code, round);
            tried += 1;
            if verify(&policy, &code, code.len()).is_err() {
                continue;
            }
            accepted += 1;
            if let Err(what) = judge(&policy, &code, &random, 3) {
                panic!(
                    "{} was accepted: {what}\n{code:02x?}\n{:02x?}",
                    made.name, made.bytes
                );
            }
        }
    }
    (tried, accepted)
}

#[test]
fn single_bits() {
    let (tried, accepted) = mutants(&some_samples(), 1, 8, |_, code, round| {
        code[round / 8] ^= 1 << (round % 8);
    });
    println!("{accepted} of {tried} accepted");
    assert!(tried > 30_000 && accepted > tried / 50);
}

/// Larger functions, in which many values are spilled and paths meet.
#[test]
fn bits_of_generated_functions() {
    let isas = common::isas();
    let made: Vec<Made> = (1000..1060)
        .map(|seed| common::generate::generated(seed, &isas[seed as usize % isas.len()].1))
        .collect();
    let (policy, random) = (policy(), Random::new(7));
    for one in &made {
        judge(&policy, &one.bytes, &random, 20).unwrap_or_else(|what| panic!("{what}"));
    }
    let (mut tried, mut accepted) = (0, 0);
    for one in &made {
        for _ in 0..200 {
            let mut code = one.bytes.clone();
            let at = random.below(code.len());
            code[at] ^= 1 << random.below(8);
            tried += 1;
            if verify(&policy, &code, code.len()).is_ok() {
                accepted += 1;
                judge(&policy, &code, &random, 6)
                    .unwrap_or_else(|what| panic!("{what}\n{code:02x?}\n{:02x?}", one.bytes));
            }
        }
    }
    println!("{accepted} of {tried} accepted");
    assert!(accepted > tried / 50);
}

#[test]
fn several_bytes() {
    let (tried, accepted) = mutants(&samples(), 2, 2, |random, code, _| {
        for _ in 0..2 {
            let at = random.below(code.len());
            code[at] = match random.below(3) {
                0 => random.next() as u8,
                1 => code[at].wrapping_add(1),
                _ => code[random.below(code.len())],
            };
        }
    });
    println!("{accepted} of {tried} accepted");
    assert!(tried > 5_000 && accepted > 0);
}

/// Whole instructions that are left out, or changed for others of the same length.
#[test]
fn instructions_moved() {
    let (tried, accepted) = mutants(&samples(), 3, 2, |random, code, _| {
        let starts: Vec<(usize, usize)> = {
            let decoder = Decoder::with_ip(64, code, 0, DecoderOptions::NONE);
            decoder
                .into_iter()
                .map(|instruction| (instruction.ip() as usize, instruction.len()))
                .collect()
        };
        let (at, len) = starts[random.below(starts.len())];
        let (other, other_len) = starts[random.below(starts.len())];
        if len == other_len {
            for i in 0..len {
                code.swap(at + i, other + i);
            }
        } else {
            code[at..at + len].fill(0x90);
        }
    });
    println!("{accepted} of {tried} accepted");
    assert!(tried > 5_000 && accepted > tried / 50);
}

#[test]
fn random_bytes_are_no_trouble() {
    let (policy, random) = (policy(), Random::new(4));
    let mut accepted = 0;
    for _ in 0..100_000 {
        let code: Vec<u8> = (0..random.below(40)).map(|_| random.next() as u8).collect();
        let code_len = random.below(code.len() + 1);
        if verify(&policy, &code, code_len).is_ok() {
            accepted += 1;
            judge(&policy, &code[..code_len], &random, 4)
                .unwrap_or_else(|what| panic!("{what}: {code:02x?}"));
        }
    }
    println!("{accepted} accepted");
}

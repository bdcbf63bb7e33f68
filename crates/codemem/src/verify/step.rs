//! What one instruction does to what is known, and whether it may do that.

use iced_x86::{Instruction, OpKind, Register};

use super::decode::Step;
use super::policy::{Access, Holds, Policy};
use super::state::{RAX, RBP, RDI, RDX, RSP, State};
use super::table::{self, Direction, Op};
use super::value::{CAGE_END, Pointer, Region, Value};
use mesapy_cage::CAGE_GUARD_LOW;

type Checked<T> = Result<T, &'static str>;

/// What stays the same for all of a function.
pub struct Rules<'a> {
    pub policy: &'a Policy,
    /// Bytes of the code and its constants.
    pub blob_bytes: u64,
}

impl Rules<'_> {
    /// Executes a step on what is known; refuses what is not known to be safe.
    pub fn step(&self, state: &mut State, step: &Step) -> Checked<()> {
        let at = &On {
            rules: self,
            instruction: &step.instruction,
            op: step.op,
        };
        match step.op {
            Op::Mov => {
                let value = at.read(state, 1)?;
                at.write(state, 0, value)
            }
            Op::Movzx => {
                let value = at.read(state, 1)?;
                at.write(state, 0, value)
            }
            Op::Movsx => {
                let value = at.read(state, 1)?;
                let is_positive = value.bound() <= super::value::mask(at.size(1)) >> 1;
                at.write(state, 0, if is_positive { value } else { Value::UNKNOWN })
            }
            Op::Lea => {
                let value = at.address(state)?;
                at.write(state, 0, value)
            }
            Op::Add => at.both(state, Value::plus),
            Op::Sub => {
                let zero = at.is_on_itself();
                at.both(
                    state,
                    |a, b| if zero { Value::Const(0) } else { a.minus(b) },
                )
            }
            Op::And => at.both(state, |a, b| Value::UpTo(a.bound().min(b.bound()))),
            Op::Or => {
                let zero =
                    at.instruction.mnemonic() == iced_x86::Mnemonic::Xor && at.is_on_itself();
                at.both(state, |a, b| {
                    if zero {
                        Value::Const(0)
                    } else {
                        Value::UpTo(all_ones(a.bound() | b.bound()))
                    }
                })
            }
            Op::Shl => at.shift(state, |value, count| match count {
                Some(count) => value.times(Value::UpTo(1 << count)),
                None => Value::UNKNOWN,
            }),
            Op::Shr => at.shift(state, |value, count| {
                Value::UpTo(value.bound() >> count.unwrap_or(0))
            }),
            Op::Sar => {
                let positive = super::value::mask(at.size(0)) >> 1;
                at.shift(state, |value, count| match count {
                    Some(count) if value.bound() <= positive => Value::UpTo(value.bound() >> count),
                    _ => Value::UNKNOWN,
                })
            }
            Op::Imul => {
                let factors = at.instruction.op_count();
                let a = at.read(state, factors - 2)?;
                let b = at.read(state, factors - 1)?;
                at.write(state, 0, a.times(b))
            }
            Op::Cmov => {
                let a = at.read(state, 0)?;
                let b = at.read(state, 1)?;
                at.write(state, 0, a.either(b))
            }
            Op::Xchg => {
                let a = at.read(state, 0)?;
                let b = at.read(state, 1)?;
                at.write(state, 0, b)?;
                at.write(state, 1, a)
            }
            Op::Set => {
                at.read_all(state, 1)?;
                at.write(state, 0, Value::UNKNOWN)
            }
            Op::Change => {
                at.read_all(state, 0)?;
                at.write(state, 0, Value::UNKNOWN)
            }
            Op::Scan => {
                at.read_all(state, 1)?;
                let target = at.instruction.op0_register();
                state.set_register(table::number(target), Value::UNKNOWN)
            }
            Op::Two => {
                at.read_all(state, 2)?;
                at.write(state, 0, Value::UNKNOWN)?;
                at.write(state, 1, Value::UNKNOWN)
            }
            Op::Read => at.read_all(state, 0),
            Op::Wide => {
                at.read_all(state, 0)?;
                let size = at.size(0);
                // Of bytes the result is in ax.
                put(state, RAX, size.max(2), Value::UNKNOWN)?;
                if size > 1 {
                    put(state, RDX, size, Value::UNKNOWN)?;
                }
                Ok(())
            }
            Op::Rax | Op::Rdx => {
                let register = if step.op == Op::Rax { RAX } else { RDX };
                let size = match at.instruction.mnemonic() {
                    iced_x86::Mnemonic::Cwde | iced_x86::Mnemonic::Cdq => 4,
                    iced_x86::Mnemonic::Cdqe | iced_x86::Mnemonic::Cqo => 8,
                    _ => 2,
                };
                put(state, register, size, Value::UNKNOWN)
            }
            Op::Push => {
                let value = at.read(state, 0)?;
                state.push(value)
            }
            Op::Pop => {
                let target = table::number(at.instruction.op0_register());
                if target == RSP {
                    return Err("the stack pointer is lost");
                }
                let value = state.pop()?;
                state.set_register(target, value)
            }
            Op::Leave => {
                state.set_register(RSP, state.register(RBP))?;
                let value = state.pop()?;
                state.set_register(RBP, value)
            }
            Op::Call => {
                let target = at.read(state, 0)?;
                if !matches!(target, Value::Helper | Value::CodeEntry) {
                    return Err("a call of what is not known to be a function");
                }
                if state.register(RDI) != Value::pointer(Region::Context, 0) {
                    return Err("a call without the context in rdi");
                }
                state.call()
            }
            Op::Ret => state.may_return(),
            Op::Jmp | Op::Jcc | Op::Trap | Op::Nop => Ok(()),
        }
    }

    /// Checks an access, and gives what is read by it (for a load of less than a word: a number of that size).
    fn load(&self, state: &mut State, to: Pointer, bytes: usize) -> Checked<Value> {
        let number = Value::UNKNOWN.low(bytes);
        match to.region {
            Region::Cage => in_cage(to, bytes).map(|()| number),
            Region::Frame => state.load(exact(to)?, bytes),
            Region::Context => Ok(match self.field(to, bytes)? {
                Access::Read | Access::ReadWrite => number,
                Access::Pointer(index) => Value::pointer(Region::Pointee(index as u16), 0),
                Access::Helper => Value::Helper,
            }),
            Region::Pointee(index) => {
                let pointee = self
                    .policy
                    .pointees
                    .get(usize::from(index))
                    .ok_or("no such pointee")?;
                if to.low < 0 || to.high + bytes as i64 > i64::from(pointee.bytes) {
                    return Err("out of what a field points to");
                }
                let is_row = bytes == 8 && to.by_words && to.low % 8 == 0;
                Ok(match pointee.holds {
                    Holds::CodeEntries if is_row => Value::CodeEntry,
                    Holds::CodeEntries | Holds::Data => number,
                })
            }
        }
    }

    fn store(&self, state: &mut State, to: Pointer, bytes: usize, value: Value) -> Checked<()> {
        match to.region {
            Region::Cage => in_cage(to, bytes),
            Region::Frame => state.store(exact(to)?, bytes, value),
            Region::Context => match self.field(to, bytes)? {
                Access::ReadWrite => Ok(()),
                Access::Read | Access::Pointer(_) | Access::Helper => {
                    Err("a field of the context that may not be written")
                }
            },
            Region::Pointee(_) => Err("a write to what may only be read"),
        }
    }

    fn field(&self, to: Pointer, bytes: usize) -> Checked<Access> {
        let at = exact(to)?;
        let fields = &self.policy.fields;
        let first = fields.partition_point(|field| i64::from(field.offset) < at);
        fields[first..]
            .iter()
            .take_while(|field| i64::from(field.offset) == at)
            .find(|field| usize::from(field.size) == bytes)
            .map(|field| field.access)
            .ok_or("no field of the context that the policy lists")
    }
}

fn exact(to: Pointer) -> Checked<i64> {
    if to.low == to.high {
        Ok(to.low)
    } else {
        Err("an index where the place must be known")
    }
}

fn in_cage(to: Pointer, bytes: usize) -> Checked<()> {
    if to.low >= -CAGE_GUARD_LOW && to.high + bytes as i64 <= CAGE_END {
        Ok(())
    } else {
        Err("beyond what belongs to the cage")
    }
}

/// The smallest number of all ones that is not below.
fn all_ones(bound: u64) -> u64 {
    u64::MAX.checked_shr(bound.leading_zeros()).unwrap_or(0)
}

/// Writes the low `size` bytes of a register, as the processor does: four bytes clear the rest, less leave it.
fn put(state: &mut State, register: usize, size: usize, value: Value) -> Checked<()> {
    let value = match size {
        8 => value,
        4 => value.low(4),
        _ => state.register(register).merged(size),
    };
    state.set_register(register, value)
}

/// Where an operand in memory is.
enum Place {
    Pointer(Pointer),
    /// Among the code and its constants.
    Constants,
}

/// An instruction and what its operands are looked up with.
struct On<'a> {
    rules: &'a Rules<'a>,
    instruction: &'a Instruction,
    op: Op,
}

impl On<'_> {
    /// Bytes of an operand.
    fn size(&self, operand: u32) -> usize {
        match self.instruction.op_kind(operand) {
            OpKind::Register => self.instruction.op_register(operand).size(),
            OpKind::Memory => self.instruction.memory_size().size(),
            _ => 8,
        }
    }

    fn is_on_itself(&self) -> bool {
        let target = self.instruction.op0_register();
        self.instruction.op_kind(0) == OpKind::Register
            && self.instruction.op_kind(1) == OpKind::Register
            && target == self.instruction.op1_register()
    }

    fn read_all(&self, state: &mut State, first: u32) -> Checked<()> {
        for operand in first..self.instruction.op_count() {
            self.read(state, operand)?;
        }
        Ok(())
    }

    /// The value of an operand, zero-extended from its size; of an immediate, sign-extended.
    fn read(&self, state: &mut State, operand: u32) -> Checked<Value> {
        match self.instruction.op_kind(operand) {
            OpKind::Register => {
                let register = self.instruction.op_register(operand);
                if !register.is_gpr() {
                    return Ok(Value::UNKNOWN);
                }
                if is_high_byte(register) {
                    return Ok(Value::UNKNOWN.low(1));
                }
                Ok(state.register(table::number(register)).low(register.size()))
            }
            OpKind::Memory => match self.place(state)? {
                Place::Pointer(to) => self.rules.load(state, to, self.size(operand)),
                Place::Constants => Ok(Value::UNKNOWN.low(self.size(operand))),
            },
            OpKind::NearBranch64 => Ok(Value::UNKNOWN),
            _ => Ok(Value::Const(self.instruction.immediate(operand) as i64)),
        }
    }

    /// Writes an operand; of `value`, the bytes that it has.
    fn write(&self, state: &mut State, operand: u32, value: Value) -> Checked<()> {
        match self.instruction.op_kind(operand) {
            OpKind::Register => {
                let register = self.instruction.op_register(operand);
                if !register.is_gpr() {
                    return Ok(());
                }
                // The second byte of a register counts as the first two.
                let size = if is_high_byte(register) {
                    2
                } else {
                    register.size()
                };
                put(state, table::number(register), size, value)
            }
            OpKind::Memory => {
                debug_assert!(self.op.direction(operand) != Direction::Read);
                match self.place(state)? {
                    Place::Pointer(to) => self.rules.store(state, to, self.size(operand), value),
                    Place::Constants => Err("a write to the code"),
                }
            }
            _ => Err("a write to an immediate"),
        }
    }

    /// `target = f(target, source)`.
    fn both(&self, state: &mut State, f: impl Fn(Value, Value) -> Value) -> Checked<()> {
        let size = self.size(0);
        let a = self.read(state, 0)?;
        let b = self.read(state, 1)?.low(size);
        self.write(state, 0, f(a, b))
    }

    /// `target = f(target, count)`, with the count that the processor takes, if it is known.
    fn shift(&self, state: &mut State, f: impl Fn(Value, Option<u32>) -> Value) -> Checked<()> {
        let mask = if self.size(0) == 8 { 63 } else { 31 };
        let value = self.read(state, 0)?;
        let count = match self.read(state, 1)? {
            Value::Const(count) => Some((count & mask) as u32),
            _ => None,
        };
        self.write(state, 0, f(value, count))
    }

    /// The address that the memory operand names, as a value.
    fn address(&self, state: &State) -> Checked<Value> {
        let instruction = self.instruction;
        if instruction.is_ip_rel_memory_operand() {
            return Ok(Value::UNKNOWN);
        }
        let part = |register: Register| match register {
            Register::None => Ok(Value::Const(0)),
            _ if register.is_gpr64() => Ok(state.register(table::number(register))),
            _ => Err("an address of a register that is not 64 bits wide"),
        };
        let base = part(instruction.memory_base())?;
        let index = part(instruction.memory_index())?;
        let scale = i64::from(instruction.memory_index_scale());
        let offset = Value::Const(instruction.memory_displacement64() as i64);
        // The pointer first, since a sum of numbers and a negative offset is not known.
        Ok(if scale == 1 && matches!(index, Value::Pointer(_)) {
            index.plus(offset).plus(base)
        } else if matches!(base, Value::Pointer(_)) {
            base.plus(offset).indexed(index, scale)
        } else {
            base.indexed(index, scale).plus(offset)
        })
    }

    fn place(&self, state: &State) -> Checked<Place> {
        if self.instruction.is_ip_rel_memory_operand() {
            let start = self.instruction.ip_rel_memory_address();
            let size = self.instruction.memory_size().size() as u64;
            return match start.checked_add(size) {
                Some(end) if end <= self.rules.blob_bytes => Ok(Place::Constants),
                _ => Err("beyond the function's constants"),
            };
        }
        match self.address(state)? {
            Value::Pointer(to) => Ok(Place::Pointer(to)),
            _ => Err("an address that is not known to be in any region"),
        }
    }
}

fn is_high_byte(register: Register) -> bool {
    matches!(
        register,
        Register::AH | Register::BH | Register::CH | Register::DH
    )
}

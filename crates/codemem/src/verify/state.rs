//! What is known at one point of the code: of the general registers, and of the function's own frame.

use super::value::{Region, Value};

/// Larger frames are refused.
pub const FRAME_BYTES_MAX: u32 = 16 << 10;

/// The size of the guard below every stack. The frame is only ever touched so near to bytes that were touched before that it can't be stepped over.
const GUARD_BYTES: u32 = 4096;

/// Numbers of registers.
pub const RAX: usize = 0;
pub const RDX: usize = 2;
pub const RSP: usize = 4;
pub const RBP: usize = 5;
pub const RDI: usize = 7;
pub const R15: usize = 15;

/// What a function must preserve. r15 is one of them, and is never written.
pub const CALLEE_SAVED: [usize; 5] = [3, RBP, 12, 13, 14];

/// Whether a call may change the register.
pub fn is_lost_in_calls(register: usize) -> bool {
    register != RSP && register != R15 && !CALLEE_SAVED.contains(&register)
}

/// Eight bytes of the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Slot {
    value: Value,
    /// A bit for each byte that was written.
    written: u8,
}

const FRESH: Slot = Slot {
    value: Value::UNKNOWN,
    written: 0,
};

#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// That of rsp is a pointer to the lowest byte of the frame.
    registers: [Value; 16],
    /// From the return address downwards.
    slots: Vec<Slot>,
    /// How far below the return address the stack has been touched.
    touched: u32,
}

impl State {
    /// At a function's first instruction.
    pub fn entry() -> State {
        let mut registers = [Value::UNKNOWN; 16];
        for register in CALLEE_SAVED {
            registers[register] = Value::Caller(register as u8);
        }
        registers[RSP] = Value::pointer(Region::Frame, 0);
        registers[RDI] = Value::pointer(Region::Context, 0);
        registers[R15] = Value::pointer(Region::Cage, 0);
        State {
            registers,
            slots: Vec::new(),
            touched: 0,
        }
    }

    pub fn register(&self, register: usize) -> Value {
        self.registers[register]
    }

    /// Bytes between the return address and the stack pointer.
    pub fn depth(&self) -> u32 {
        8 * self.slots.len() as u32
    }

    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    pub fn set_register(&mut self, register: usize, value: Value) -> Result<(), &'static str> {
        match register {
            R15 => return Err("r15 is written"),
            RSP => match value {
                Value::Pointer(to)
                    if to.region == Region::Frame && to.low == to.high && to.low <= 0 =>
                {
                    self.move_stack(to.low.unsigned_abs())?;
                }
                _ => return Err("the stack pointer is lost"),
            },
            _ => {}
        }
        self.registers[register] = value;
        Ok(())
    }

    fn move_stack(&mut self, depth: u64) -> Result<(), &'static str> {
        if depth > u64::from(FRAME_BYTES_MAX) {
            return Err("the frame is too large");
        }
        if !depth.is_multiple_of(8) {
            return Err("the stack pointer is not at a word");
        }
        // What was below the stack pointer is lost.
        self.slots.resize(depth as usize / 8, FRESH);
        Ok(())
    }

    /// Makes room for a word and writes it.
    pub fn push(&mut self, value: Value) -> Result<(), &'static str> {
        let at = -i64::from(self.depth()) - 8;
        self.set_register(RSP, Value::pointer(Region::Frame, at))?;
        self.store(at, 8, value)
    }

    pub fn pop(&mut self) -> Result<Value, &'static str> {
        let at = -i64::from(self.depth());
        let value = self.load(at, 8)?;
        self.set_register(RSP, Value::pointer(Region::Frame, at + 8))?;
        Ok(value)
    }

    /// A call: the return address is written below the frame, and registers are lost.
    pub fn call(&mut self) -> Result<(), &'static str> {
        if self.depth() % 16 != 8 {
            return Err("the stack is not aligned at a call");
        }
        self.touch(self.depth() + 8)?;
        for register in 0..16 {
            if is_lost_in_calls(register) {
                self.registers[register] = Value::UNKNOWN;
            }
        }
        Ok(())
    }

    /// Whether all is as it was at the entry.
    pub fn may_return(&self) -> Result<(), &'static str> {
        if self.depth() != 0 {
            return Err("the stack is not balanced at the return");
        }
        let kept = |register: &usize| self.registers[*register] == Value::Caller(*register as u8);
        if !CALLEE_SAVED.iter().all(kept) {
            return Err("a register of the caller is lost at the return");
        }
        Ok(())
    }

    fn touch(&mut self, depth: u32) -> Result<(), &'static str> {
        if depth > self.touched + GUARD_BYTES {
            return Err("the stack's guard could be stepped over");
        }
        self.touched = self.touched.max(depth);
        Ok(())
    }

    /// Checks that bytes belong to the frame, and gives the first and the last slot that they touch.
    fn frame(&mut self, at: i64, bytes: usize) -> Result<(usize, usize), &'static str> {
        if at < -i64::from(self.depth()) {
            return Err("below the stack pointer");
        }
        if at + bytes as i64 > 0 {
            return Err("the return address or what is above");
        }
        let depth = at.unsigned_abs();
        self.touch(depth as u32)?;
        // Slot 0 is the one right below the return address; the last byte is in the slot with the lowest number.
        let first = (depth as usize - 1) / 8;
        let last = (depth as usize - bytes) / 8;
        Ok((last, first))
    }

    /// The bits, in slot `slot`, of the bytes from distance `at` on.
    fn bits(slot: usize, at: i64, bytes: usize) -> u8 {
        let start = -8 * (slot as i64 + 1);
        (0..8)
            .filter(|byte| (at..at + bytes as i64).contains(&(start + byte)))
            .fold(0, |bits, byte| bits | 1 << byte)
    }

    /// What is at this distance from the return address. Loads of less than a word are numbers.
    pub fn load(&mut self, at: i64, bytes: usize) -> Result<Value, &'static str> {
        let (first, last) = self.frame(at, bytes)?;
        if bytes == 8 && at % 8 == 0 {
            let slot = self.slots[first];
            return match slot.written {
                0xFF => Ok(slot.value),
                _ => Err("bytes of the frame that were not written"),
            };
        }
        for slot in first..=last {
            let bits = State::bits(slot, at, bytes);
            if self.slots[slot].written & bits != bits {
                return Err("bytes of the frame that were not written");
            }
        }
        let low_part = bytes < 8 && at % 8 == 0;
        Ok(if low_part {
            self.slots[first].value.low(bytes)
        } else {
            Value::UNKNOWN.low(bytes)
        })
    }

    pub fn store(&mut self, at: i64, bytes: usize, value: Value) -> Result<(), &'static str> {
        let (first, last) = self.frame(at, bytes)?;
        if bytes == 8 && at % 8 == 0 {
            self.slots[first] = Slot {
                value,
                written: 0xFF,
            };
            return Ok(());
        }
        for slot in first..=last {
            let bits = State::bits(slot, at, bytes);
            let slot = &mut self.slots[slot];
            slot.value = Value::UNKNOWN;
            slot.written |= bits;
        }
        Ok(())
    }

    /// Keeps what holds in both states; whether that is less than before.
    pub fn join(&mut self, other: &State) -> Result<bool, &'static str> {
        if self.slots.len() != other.slots.len() {
            return Err("paths meet with different depths of the stack");
        }
        let mut changed = false;
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            if mine != theirs {
                let joined = mine.join(*theirs);
                changed |= *mine != joined;
                *mine = joined;
            }
        }
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            if mine != theirs {
                let joined = Slot {
                    value: mine.value.join(theirs.value),
                    written: mine.written & theirs.written,
                };
                changed |= *mine != joined;
                *mine = joined;
            }
        }
        if other.touched < self.touched {
            self.touched = other.touched;
            changed = true;
        }
        Ok(changed)
    }
}

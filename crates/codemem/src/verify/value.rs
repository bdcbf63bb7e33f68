//! What is known of a word: of a general register, or of eight bytes of the frame.
//!
//! Numbers are known by an upper bound and pointers by the range of their distance from where their region starts, so the rule of the cage, "base + 8 * u32 + small
//! constant", is a sum of ranges. Nothing is learnt from comparisons.

use mesapy_cage::{CAGE_GUARD_HIGH, CAGE_GUARD_LOW};

/// The largest 32-bit number.
pub const U32: u64 = u32::MAX as u64;

/// The distance from the cage's base of the last word that an index reaches.
pub const LAST_WORD: i64 = 8 * u32::MAX as i64;

/// One past the last byte, from the cage's base, that belongs to the mapping.
pub const CAGE_END: i64 = LAST_WORD + 8 + CAGE_GUARD_HIGH;

/// Distances beyond this are not followed, so that sums can't overflow.
const REACH: u64 = 1 << 40;

/// Memory that a pointer may lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Region {
    /// From word 0 of the cage.
    Cage,
    /// From the start of the context.
    Context,
    /// From the start of this pointee of the policy.
    Pointee(u16),
    /// From the word that holds the return address; the frame lies below.
    Frame,
}

/// A pointer into a region, at a distance from its start of at least `low` and at most `high` bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pointer {
    pub region: Region,
    pub low: i64,
    pub high: i64,
    /// The distance is `low` plus a multiple of 8.
    pub by_words: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// Any number up to this, unsigned. Up to `u64::MAX`: nothing is known.
    UpTo(u64),
    Const(i64),
    Pointer(Pointer),
    /// A function that the policy lets the code call.
    Helper,
    /// A word of the entry table: a verified function, or the stub.
    CodeEntry,
    /// What the caller had in this register.
    Caller(u8),
}

use Value::{CodeEntry, Const, Helper, UpTo};

/// Bounds of numbers at joins: they grow from one to the next, so that loops end soon.
const BOUNDS: [u64; 8] = [
    1,
    0xFF,
    0xFFFF,
    0xFF_FFFF,
    0x7FFF_FFFF,
    U32,
    LAST_WORD as u64,
    u64::MAX,
];

/// Ends of ranges at joins.
const LOWS: [i64; 3] = [0, -4096, -CAGE_GUARD_LOW];
const HIGHS: [i64; 4] = [
    4096,
    LAST_WORD,
    LAST_WORD + 4096,
    LAST_WORD + CAGE_GUARD_HIGH - 4096,
];

impl Value {
    pub const UNKNOWN: Value = UpTo(u64::MAX);

    pub fn pointer(region: Region, at: i64) -> Value {
        Value::Pointer(Pointer {
            region,
            low: at,
            high: at,
            by_words: true,
        })
    }

    /// The largest number that it can be.
    pub fn bound(self) -> u64 {
        match self {
            UpTo(most) => most,
            Const(value) => value as u64,
            _ => u64::MAX,
        }
    }

    /// Its low `bytes` bytes, as a number.
    pub fn low(self, bytes: usize) -> Value {
        let mask = mask(bytes);
        match self {
            _ if bytes >= 8 => self,
            Const(value) => Const((value as u64 & mask) as i64),
            _ => UpTo(self.bound().min(mask)),
        }
    }

    /// The word after its low `bytes` bytes were overwritten, where the rest stays.
    pub fn merged(self, bytes: usize) -> Value {
        UpTo(self.bound() | mask(bytes))
    }

    /// The 64-bit sum.
    pub fn plus(self, other: Value) -> Value {
        match (self, other) {
            (Const(a), Const(b)) => Const(a.wrapping_add(b)),
            (Value::Pointer(pointer), Const(offset)) | (Const(offset), Value::Pointer(pointer)) => {
                pointer.moved(offset, offset, pointer.by_words)
            }
            (Value::Pointer(pointer), UpTo(most)) | (UpTo(most), Value::Pointer(pointer)) => {
                match i64::try_from(most) {
                    Ok(most) => pointer.moved(0, most, false),
                    Err(_) => Value::UNKNOWN,
                }
            }
            (UpTo(most), Const(more)) | (Const(more), UpTo(most)) => u64::try_from(more)
                .ok()
                .and_then(|more| most.checked_add(more))
                .map_or(Value::UNKNOWN, UpTo),
            (UpTo(a), UpTo(b)) => a.checked_add(b).map_or(Value::UNKNOWN, UpTo),
            _ => Value::UNKNOWN,
        }
    }

    /// The 64-bit difference; known for constants only, since others may wrap.
    pub fn minus(self, other: Value) -> Value {
        match other {
            Const(offset) if offset != i64::MIN => match self {
                Value::Pointer(_) | Const(_) => self.plus(Const(-offset)),
                UpTo(_) if offset == 0 => self,
                _ => Value::UNKNOWN,
            },
            _ => Value::UNKNOWN,
        }
    }

    /// The 64-bit product.
    pub fn times(self, other: Value) -> Value {
        match (self, other) {
            (Const(a), Const(b)) => Const(a.wrapping_mul(b)),
            (a, Const(1)) | (Const(1), a) => a,
            (a, b) => a
                .bound()
                .checked_mul(b.bound())
                .map_or(Value::UNKNOWN, UpTo),
        }
    }

    /// `self + index * scale`.
    pub fn indexed(self, index: Value, scale: i64) -> Value {
        let sum = self.plus(index.times(Const(scale)));
        match (self, sum) {
            // The one place where it is seen that a distance grows by whole words.
            (Value::Pointer(before), Value::Pointer(mut after)) if scale == 8 => {
                after.by_words = before.by_words;
                Value::Pointer(after)
            }
            _ => sum,
        }
    }

    /// What holds for either.
    pub fn either(self, other: Value) -> Value {
        match (self, other) {
            _ if self == other => self,
            (UpTo(_) | Const(_), UpTo(_) | Const(_)) => UpTo(self.bound().max(other.bound())),
            (Value::Pointer(a), Value::Pointer(b)) if a.region == b.region => {
                Value::Pointer(Pointer {
                    region: a.region,
                    low: a.low.min(b.low),
                    high: a.high.max(b.high),
                    by_words: a.by_words && b.by_words && (a.low - b.low) % 8 == 0,
                })
            }
            _ => Value::UNKNOWN,
        }
    }

    /// What holds for either, where `self` stays as it is if it says enough, and gives way by large steps if it does not.
    pub fn join(self, other: Value) -> Value {
        let both = self.either(other);
        match both {
            _ if both == self => self,
            UpTo(most) => UpTo(
                BOUNDS
                    .into_iter()
                    .find(|&bound| bound >= most)
                    .unwrap_or(u64::MAX),
            ),
            Value::Pointer(pointer) => pointer.widened(self),
            // Equal values join to themselves, and all others to numbers or pointers.
            Const(_) | Helper | CodeEntry | Value::Caller(_) => both,
        }
    }
}

impl Pointer {
    fn moved(self, low: i64, high: i64, by_words: bool) -> Value {
        let end = |at: i64, by: i64| at.checked_add(by).filter(|at| at.unsigned_abs() <= REACH);
        match (end(self.low, low), end(self.high, high)) {
            (Some(low), Some(high)) => Value::Pointer(Pointer {
                low,
                high,
                by_words,
                ..self
            }),
            _ => Value::UNKNOWN,
        }
    }

    /// The ends that have moved since `before`, moved on to the next of few steps.
    fn widened(self, before: Value) -> Value {
        let Value::Pointer(before) = before else {
            return Value::Pointer(self);
        };
        let low = if self.low < before.low {
            LOWS.into_iter().find(|&end| end <= self.low)
        } else {
            Some(self.low)
        };
        let high = if self.high > before.high {
            HIGHS.into_iter().find(|&end| end >= self.high)
        } else {
            Some(self.high)
        };
        match (low, high) {
            (Some(low), Some(high)) => Value::Pointer(Pointer {
                low,
                high,
                by_words: self.by_words && (self.low - low) % 8 == 0,
                ..self
            }),
            _ => Value::UNKNOWN,
        }
    }
}

/// All bits of a number of so many bytes.
pub fn mask(bytes: usize) -> u64 {
    if bytes >= 8 {
        u64::MAX
    } else {
        (1 << (8 * bytes)) - 1
    }
}

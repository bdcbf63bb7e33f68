//! MesaPy's bytecode: the instruction table, and the unit of code that the compiler hands to the VM.
//!
//! A register machine with fixed 64-bit instructions. Nothing here knows the heap or the VM.
#![forbid(unsafe_code)]

pub mod dump;
pub mod instr;
pub mod op;
pub mod operands;
pub mod positions;
pub mod serial;
pub mod unit;
pub mod verify;

pub use dump::dump;
pub use instr::Instr;
pub use op::{BinOp, CmpOp, Conversion, Intrinsic1, Intrinsic2, Op, Special};
pub use positions::{Position, Positions};
pub use unit::{CodeFlags, CodeUnit, Const, ExceptionEntry, Text};
pub use verify::{VerifyError, verify};

/// Words below a frame's first register that describe the frame; see ARCHITECTURE.md, "Frames and calls".
/// In a call sequence at register R the arguments start at `R + FRAME_HEADER`.
pub const FRAME_HEADER: u16 = 6;

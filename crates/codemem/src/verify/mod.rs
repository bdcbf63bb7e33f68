//! The verifier of machine code.

mod policy;

pub use policy::{Access, Field, Holds, Pointee, Policy};

use std::fmt;

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
        write!(
            f,
            "at {:#x}: {}: {}",
            self.offset, self.instruction, self.why
        )
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// A refusal that is not about one instruction.
    pub(crate) fn whole(why: &'static str) -> Refusal {
        Refusal {
            offset: 0,
            instruction: "function".into(),
            why,
        }
    }
}

/// Accepts the function `code[..code_len]`, with its constants in `code[code_len..]`, if it keeps the rules whatever the values are that it works on.
pub fn verify(_policy: &Policy, _code: &[u8], _code_len: usize) -> Result<(), Refusal> {
    Err(Refusal::whole("not yet"))
}

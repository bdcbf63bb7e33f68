//! `CodeUnit`: one code object as the compiler makes it, before it has a place in a heap.

use crate::instr::Instr;
use crate::positions::Positions;
use std::borrow::Cow;

/// Bytes of a code unit, mostly text in WTF-8; borrowed from the embedded library where the unit comes from there.
pub type Text = Cow<'static, [u8]>;

/// CPython's `co_flags`; the same numbers, since `inspect` and `types` know them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodeFlags(pub u32);

impl CodeFlags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    pub const METHOD: u32 = 0x8000000;
    pub const fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }
}

/// A constant. Text is WTF-8.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    None,
    Bool(bool),
    Ellipsis,
    Int(i64),
    /// Sign and magnitude, 64-bit limbs, least significant first.
    BigInt(bool, Vec<u64>),
    Float(f64),
    Complex(f64, f64),
    Str(Vec<u8>),
    Bytes(Vec<u8>),
    Tuple(Vec<Const>),
    FrozenSet(Vec<Const>),
    /// start, stop, step of a constant slice.
    Slice(Box<[Const; 3]>),
    Code(Box<CodeUnit>),
}

/// Instructions `start..end` are guarded: an exception there is put into register `reg` and control goes to `handler`.
/// Entries are ordered so that the first that covers a pc is the innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionEntry {
    pub start: u32,
    pub end: u32,
    pub handler: u32,
    pub reg: u16,
}

/// One code object. Locals are registers 0…: first the parameters in CPython's order (positional-only, positional-or-keyword, keyword-only, *args, **kwargs),
/// then other locals, cells that are not parameters, free variables; temporaries behind them.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CodeUnit {
    pub name: Text,
    pub qualname: Text,
    pub flags: CodeFlags,
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    /// Names of the fast locals, parameters first; register i is local i. Hidden (inlined comprehension) variables are included, as CPython does.
    pub varnames: Vec<Text>,
    /// Names of variables that live in cells: a parameter's cell shares the parameter's register; others have a register of their own in `cell_regs`.
    pub cellvars: Vec<Text>,
    pub cell_regs: Vec<u16>,
    pub freevars: Vec<Text>,
    /// Register of the first free variable's cell; the others follow it.
    pub first_free: u16,
    /// Registers in all, temporaries included.
    pub registers: u16,
    pub instrs: Vec<Instr>,
    pub consts: Vec<Const>,
    /// Names that instructions refer to by index (`CheckLocal`, `LoadCell`), and that sites refer to.
    pub names: Vec<Text>,
    /// Site table: for each site the index of its name in `names` (u32::MAX: no name, a pure cache).
    pub sites: Vec<u32>,
    pub exceptions: Vec<ExceptionEntry>,
    /// One for each instruction.
    pub positions: Positions,
    /// Live registers before each instruction, as runs: (first instruction, count). Locals always count as live; temporaries from `count` on are dead.
    pub live: Vec<(u32, u16)>,
    pub first_line: u32,

    /// Whether constant 0 is the docstring.
    pub docstring: bool,
}

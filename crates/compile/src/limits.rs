//! The compiler's limits. Reaching one is a Python exception, never a crash.

/// How deep statements and expressions may nest. Left-deep chains (`a + b + c …`, `a.b.c …`) don't count: they are walked iteratively.
pub const DEPTH_MAX: u32 = 800;

/// How long such a chain may be. CPython's own limit follows from its native stack.
pub const CHAIN_MAX: usize = 100_000;

/// Registers of one frame, from the width of an operand; the rest is room for one call's layout.
pub const REGISTERS_MAX: u32 = 65_000;

/// Elements of a display or arguments of a call that are held in registers at once; longer ones are built piece by piece.
pub const DISPLAY_MAX: usize = 30;

/// Sites of one code object that get a cache of their own; later ones share by name.
pub const OWN_SITES_MAX: usize = 60_000;

/// Statically nested blocks (loops, with, try), as in CPython.
pub const NESTED_BLOCKS_MAX: usize = 20;

/// How deep code objects may nest; the verifier's bound counts constants in them, too.
pub const UNITS_MAX: usize = 95;

/// How deep constant tuples may nest.
pub const CONST_DEPTH_MAX: u32 = 95;

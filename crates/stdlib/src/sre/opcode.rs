//! The numbers of SRE's compiled patterns, as the module `re._constants` gives them out (its MAGIC is 20230612).

#![allow(dead_code, reason = "the tables are whole, whoever reads them")]

pub const MAGIC: i64 = 20230612;
/// "For ever" as a repeat's maximum.
pub const MAXREPEAT: u32 = u32::MAX;
pub const MAXGROUPS: i64 = (i32::MAX / 2) as i64;

macro_rules! numbered {
    ($ty:ty: $($name:ident)*) => { numbered!(@ $ty, 0, $($name)*); };
    (@ $ty:ty, $n:expr, $name:ident $($rest:ident)*) => { pub const $name: $ty = $n; numbered!(@ $ty, $n + 1, $($rest)*); };
    (@ $ty:ty, $n:expr,) => { pub const COUNT: $ty = $n; };
}

pub mod op {
    numbered! { u32: FAILURE SUCCESS ANY ANY_ALL ASSERT ASSERT_NOT AT BRANCH CATEGORY CHARSET BIGCHARSET GROUPREF GROUPREF_EXISTS IN INFO JUMP
    LITERAL MARK MAX_UNTIL MIN_UNTIL NOT_LITERAL NEGATE RANGE REPEAT REPEAT_ONE SUBPATTERN MIN_REPEAT_ONE ATOMIC_GROUP POSSESSIVE_REPEAT
    POSSESSIVE_REPEAT_ONE GROUPREF_IGNORE IN_IGNORE LITERAL_IGNORE NOT_LITERAL_IGNORE GROUPREF_LOC_IGNORE IN_LOC_IGNORE LITERAL_LOC_IGNORE
    NOT_LITERAL_LOC_IGNORE GROUPREF_UNI_IGNORE IN_UNI_IGNORE LITERAL_UNI_IGNORE NOT_LITERAL_UNI_IGNORE RANGE_UNI_IGNORE }
}
pub mod at {
    numbered! { u32: BEGINNING BEGINNING_LINE BEGINNING_STRING BOUNDARY NON_BOUNDARY END END_LINE END_STRING LOC_BOUNDARY LOC_NON_BOUNDARY
    UNI_BOUNDARY UNI_NON_BOUNDARY }
}
pub mod category {
    numbered! { u32: DIGIT NOT_DIGIT SPACE NOT_SPACE WORD NOT_WORD LINEBREAK NOT_LINEBREAK LOC_WORD LOC_NOT_WORD UNI_DIGIT UNI_NOT_DIGIT
    UNI_SPACE UNI_NOT_SPACE UNI_WORD UNI_NOT_WORD UNI_LINEBREAK UNI_NOT_LINEBREAK }
}
/// Flags of the INFO block.
pub mod info {
    pub const PREFIX: u32 = 1;
    pub const LITERAL: u32 = 2;
    pub const CHARSET: u32 = 4;
}
/// Flags of patterns.
pub mod flag {
    pub const IGNORECASE: i64 = 2;
    pub const LOCALE: i64 = 4;
    pub const MULTILINE: i64 = 8;
    pub const DOTALL: i64 = 16;
    pub const UNICODE: i64 = 32;
    pub const VERBOSE: i64 = 64;
    pub const DEBUG: i64 = 128;
    pub const ASCII: i64 = 256;
}

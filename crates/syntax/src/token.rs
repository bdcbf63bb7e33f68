//! The kinds of tokens, with the numbers of CPython 3.14's `token` module.

/// One row per kind: variant, number.
macro_rules! kinds {
    ($($name:ident = $number:literal),* $(,)?) => {
        /// A token's kind; `as u8` is CPython's number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the names are those of Python's token module")]
        pub enum Kind { $($name = $number),* }
    };
}

kinds! {
    EndMarker = 0, Name = 1, Number = 2, String = 3, Newline = 4, Indent = 5, Dedent = 6,
    LPar = 7, RPar = 8, LSqb = 9, RSqb = 10, Colon = 11, Comma = 12, Semi = 13, Plus = 14, Minus = 15, Star = 16,
    Slash = 17, VBar = 18, Amper = 19, Less = 20, Greater = 21, Equal = 22, Dot = 23, Percent = 24, LBrace = 25,
    RBrace = 26, EqEqual = 27, NotEqual = 28, LessEqual = 29, GreaterEqual = 30, Tilde = 31, Circumflex = 32,
    LeftShift = 33, RightShift = 34, DoubleStar = 35, PlusEqual = 36, MinEqual = 37, StarEqual = 38, SlashEqual = 39,
    PercentEqual = 40, AmperEqual = 41, VBarEqual = 42, CircumflexEqual = 43, LeftShiftEqual = 44, RightShiftEqual = 45,
    DoubleStarEqual = 46, DoubleSlash = 47, DoubleSlashEqual = 48, At = 49, AtEqual = 50, RArrow = 51, Ellipsis = 52,
    ColonEqual = 53, Exclamation = 54, Op = 55,
    FStringStart = 59, FStringMiddle = 60, FStringEnd = 61, TStringStart = 62, TStringMiddle = 63, TStringEnd = 64,
    Comment = 65, Nl = 66,
}

/// Operators of three, two and one characters, longest first within a first character.
const OPERATORS: &[(&str, Kind)] = &[
    ("**=", Kind::DoubleStarEqual),
    ("//=", Kind::DoubleSlashEqual),
    (">>=", Kind::RightShiftEqual),
    ("<<=", Kind::LeftShiftEqual),
    ("...", Kind::Ellipsis),
    ("!=", Kind::NotEqual),
    ("%=", Kind::PercentEqual),
    ("&=", Kind::AmperEqual),
    ("**", Kind::DoubleStar),
    ("*=", Kind::StarEqual),
    ("+=", Kind::PlusEqual),
    ("-=", Kind::MinEqual),
    ("->", Kind::RArrow),
    ("//", Kind::DoubleSlash),
    ("/=", Kind::SlashEqual),
    (":=", Kind::ColonEqual),
    ("<<", Kind::LeftShift),
    ("<=", Kind::LessEqual),
    ("==", Kind::EqEqual),
    (">=", Kind::GreaterEqual),
    (">>", Kind::RightShift),
    ("@=", Kind::AtEqual),
    ("^=", Kind::CircumflexEqual),
    ("|=", Kind::VBarEqual),
    ("!", Kind::Exclamation),
    ("%", Kind::Percent),
    ("&", Kind::Amper),
    ("(", Kind::LPar),
    (")", Kind::RPar),
    ("*", Kind::Star),
    ("+", Kind::Plus),
    (",", Kind::Comma),
    ("-", Kind::Minus),
    (".", Kind::Dot),
    ("/", Kind::Slash),
    (":", Kind::Colon),
    (";", Kind::Semi),
    ("<", Kind::Less),
    ("=", Kind::Equal),
    (">", Kind::Greater),
    ("@", Kind::At),
    ("[", Kind::LSqb),
    ("]", Kind::RSqb),
    ("^", Kind::Circumflex),
    ("{", Kind::LBrace),
    ("|", Kind::VBar),
    ("}", Kind::RBrace),
    ("~", Kind::Tilde),
];

/// The longest operator that `rest` starts with.
pub fn operator(rest: &[u8]) -> Option<(usize, Kind)> {
    let found = OPERATORS
        .iter()
        .find(|(text, _)| rest.starts_with(text.as_bytes()));
    found.map(|(text, kind)| (text.len(), *kind))
}

/// A token. Offsets are bytes of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: Kind,
    /// Where it starts.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// The 1-based line it starts on.
    pub line: u32,
    /// The line it ends on.
    pub end_line: u32,
}

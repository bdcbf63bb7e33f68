//! The physical kinds of values: one table, from which everything that depends on the kind is derived.
//!
//! A kind says how the words of an object are to be read, not which Python class it has. Kind `List` is exactly the type `list`;
//! an instance of a subclass of a builtin is `Wrapped`, with the exact builtin value in slot 0.

macro_rules! kinds {
    ($($name:ident $scan:ident $owner:ident;)*) => {
        /// How the words of a value are to be read.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Kind { $($name),* }

        #[allow(non_upper_case_globals)]
        mod number { $(pub(super) const $name: u8 = super::Kind::$name as u8;)* }

        impl Kind {
            /// Every kind, by number.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];
            /// The kind with this number; `Free` for a number that is none.
            #[inline(always)]
            pub fn from_u8(n: u8) -> Kind {
                // An identity that the optimiser sees as one: no table is read.
                match n {
                    $(number::$name => Kind::$name,)*
                    _ => Kind::Free,
                }
            }
            const SCAN: &'static [Scan] = &[$(Scan::$scan),*];
            const OWNER: &'static [Owner] = &[$(Owner::$owner),*];
        }
    };
}

/// What the collector finds in an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scan {
    /// No values.
    Raw,
    /// A string: its checkpoint table, if it has one.
    Text,
    /// A count, then as many values.
    Counted,
    /// Values up to the end of the cell.
    Whole,
    /// Not an object.
    Nothing,
}

/// Who may store to the slots of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// Only the typed interface of this crate.
    Heap,
    /// Everybody, through `set_slot`.
    Open,
}

kinds! {
    // name        scan     owner
    Free           Nothing  Heap;
    BigInt         Raw      Heap;
    BoxedFloat     Raw      Heap;
    Complex        Raw      Heap;
    Str            Text     Heap;
    Bytes          Raw      Heap;
    RawArray       Raw      Heap;
    Tuple          Counted  Heap;
    ValueArray     Counted  Heap;
    List           Whole    Heap;
    Dict           Whole    Heap;
    Set            Whole    Heap;
    FrozenSet      Whole    Heap;
    Shape          Whole    Heap;
    ByteArray      Whole    Heap;
    WeakRef        Whole    Heap;
    Slice          Whole    Open;
    Range          Whole    Open;
    Cell           Whole    Open;
    Function       Whole    Open;
    BoundMethod    Whole    Open;
    Native         Whole    Open;
    Code           Whole    Open;
    Frame          Whole    Open;
    Generator      Whole    Open;
    Type           Whole    Open;
    Module         Whole    Open;
    MemoryView     Whole    Open;
    Iter           Whole    Open;
    Instance       Whole    Open;
    Wrapped        Whole    Open;
    Int            Nothing  Heap;
    Float          Nothing  Heap;
    None           Nothing  Heap;
    Bool           Nothing  Heap;
    Ellipsis       Nothing  Heap;
    NotImplemented Nothing  Heap;
    Empty          Nothing  Heap;
}

impl Kind {
    #[inline(always)]
    pub(crate) fn scan(self) -> Scan {
        Kind::SCAN[self as usize]
    }

    /// Whether slots can be stored by `Obj::set_slot`.
    #[inline(always)]
    pub fn has_open_slots(self) -> bool {
        Kind::OWNER[self as usize] == Owner::Open
    }

    /// Whether objects of this kind hold no values (strings, numbers, raw arrays).
    #[inline(always)]
    pub fn is_raw(self) -> bool {
        matches!(self.scan(), Scan::Raw | Scan::Text)
    }
}

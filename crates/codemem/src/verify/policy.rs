//! What code may do with its context. The contract is in the crate's head.

/// What code may do with its context, and with what that points to.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub fields: Vec<Field>,
    pub pointees: Vec<Pointee>,
}

/// Some bytes of the context, which can be accessed as a whole only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Of the context, in bytes.
    pub offset: u32,
    /// In bytes: 1, 2, 4 or 8. Pointers and helpers have 8.
    pub size: u8,
    pub access: Access,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    ReadWrite,
    /// Read: the address of a pointee, by its index.
    Pointer(usize),
    /// Read: the address of a function that may be called with the context.
    Helper,
}

/// Memory that a field of the context points to; it can be read only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointee {
    pub bytes: u32,
    pub holds: Holds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Data,
    /// Words that are addresses of verified functions: the entry table.
    CodeEntries,
}

impl Policy {
    /// The same policy with its fields in order, as look-ups need them.
    pub(crate) fn sorted(mut self) -> Policy {
        self.fields.sort_unstable_by_key(|field| field.offset);
        self
    }
}

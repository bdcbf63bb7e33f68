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

    pub(crate) fn is_sorted(&self) -> bool {
        self.fields.is_sorted_by_key(|field| field.offset)
    }

    /// Whether it can be true of a context of so many bytes: fields lie within it, pointers have pointees, and nothing that can be written overlaps what is trusted.
    pub(crate) fn is_sound(&self, context_bytes: usize) -> bool {
        let end = |field: &Field| u64::from(field.offset) + u64::from(field.size);
        let is_trusted =
            |field: &&Field| matches!(field.access, Access::Pointer(_) | Access::Helper);
        let is_field_sound = |field: &Field| {
            let is_known = match field.access {
                Access::Read | Access::ReadWrite => matches!(field.size, 1 | 2 | 4 | 8),
                Access::Pointer(index) => field.size == 8 && index < self.pointees.len(),
                Access::Helper => field.size == 8,
            };
            is_known && end(field) <= context_bytes as u64
        };
        let table_bytes = 8 * crate::ROWS as u64;
        let is_apart = |field: &Field| {
            field.access != Access::ReadWrite
                || self.fields.iter().filter(is_trusted).all(|other| {
                    end(field) <= u64::from(other.offset) || end(other) <= u64::from(field.offset)
                })
        };
        self.pointees.len() <= usize::from(u16::MAX)
            && self.fields.iter().all(is_field_sound)
            && self.fields.iter().all(is_apart)
            && self.pointees.iter().all(|pointee| {
                pointee.holds == Holds::Data || u64::from(pointee.bytes) <= table_bytes
            })
    }
}

//! Static descriptions of native types, and their registry.

use crate::local::{Local, Py};
use crate::native::{GetSet, Method};
use crate::vm::Vm;
use mesapy_heap::Value;
use std::sync::atomic::{AtomicU16, Ordering};

/// Index of a native type: the `layout` field of its instances' headers. 0 is `object`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct TypeId(pub u16);

/// A type's id, given once for the whole process when the type is first registered in any interpreter.
pub struct TypeIdCell(AtomicU16);

static NEXT_ID: AtomicU16 = AtomicU16::new(1);

impl TypeIdCell {
    pub const fn new() -> Self {
        TypeIdCell(AtomicU16::new(u16::MAX))
    }
    /// For `object`.
    pub const fn fixed(id: u16) -> Self {
        TypeIdCell(AtomicU16::new(id))
    }
    #[inline]
    pub fn get(&self) -> TypeId {
        let id = self.0.load(Ordering::Relaxed);
        if id != u16::MAX {
            TypeId(id)
        } else {
            self.assign()
        }
    }
    #[cold]
    fn assign(&self) -> TypeId {
        let fresh = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        match self
            .0
            .compare_exchange(u16::MAX, fresh, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => TypeId(fresh),
            Err(existing) => TypeId(existing),
        }
    }
}
impl Default for TypeIdCell {
    fn default() -> Self {
        TypeIdCell::new()
    }
}

/// What instances of a native type are physically.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// A kind of its own (list, str, dict, function …): instances of exactly this type have that kind, subclass instances are `Wrapped`.
    Kind(mesapy_heap::Kind),
    /// `Instance` with this many leading native slots, which the type's functions name by constants.
    Slots(u16),
}

bitflags_lite! {
    /// Properties of a native type.
    TypeFlags: u32 {
        /// May be subclassed.
        BASETYPE = 1;
        /// Instances have a `__dict__` (attributes beyond the native slots).
        DICT = 2;
        /// Instances can be referenced weakly.
        WEAKREF = 4;
        /// Attributes of the type can't be set.
        IMMUTABLE = 8;
        /// Calling the type raises "cannot create 'x' instances".
        NO_NEW = 16;
        /// Matches sequence patterns / mapping patterns.
        SEQUENCE = 32;
        MAPPING = 64;
        /// For class patterns: a positional sub-pattern matches the subject itself (int, str …).
        MATCH_SELF = 128;
    }
}

/// A native type. A file of `objects/` or of the library holds one of these and its rows.
pub struct TypeDef {
    pub id: TypeIdCell,
    /// `list`, or with its module `collections.deque`.
    pub name: &'static str,
    pub doc: &'static str,
    /// None: object.
    pub base: Option<&'static TypeDef>,
    pub layout: Layout,
    pub flags: TypeFlags,
    /// Methods, dunders among them: `__len__`, `__add__`, `__new__` (a static row), `__init__` … There is no other table of slots: operators find these rows.
    pub methods: &'static [Method],
    pub getset: &'static [GetSet],
    /// Attributes that are plain native slots of an `Instance` layout: name, slot, doc. Read-only.
    pub members: &'static [(&'static str, u16, &'static str)],
    /// One step of iteration without the price of StopIteration: true with the item in `vm.ret`, false at the end. Gives `__next__`.
    pub iternext: Option<fn(&mut Vm, Local) -> Py<bool>>,
    /// Whether an instance certainly never ends and its steps have no effect on anything else: what would collect all its items is out of memory from the start.
    pub endless: Option<fn(&Vm, Value<'_>) -> bool>,
}

impl TypeDef {
    /// The fields that most types leave alone.
    pub const EMPTY: TypeDef = TypeDef {
        id: TypeIdCell::new(),
        name: "",
        doc: "",
        base: None,
        layout: Layout::Slots(0),
        flags: TypeFlags::NONE,
        methods: &[],
        getset: &[],
        members: &[],
        iternext: None,
        endless: None,
    };
    /// The name without the module.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
    /// The module part of the name, `builtins` if there is none.
    pub fn module(&self) -> &'static str {
        self.name.rsplit_once('.').map_or("builtins", |(m, _)| m)
    }
}

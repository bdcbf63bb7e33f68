//! What the library's native modules ask of types and finalization, beyond what the VM itself needs.

use crate::objects::function;
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value, WeakRef};

impl Vm {
    /// Whether weak references to a value can be made.
    pub fn is_weakly_referenceable(&self, value: Value<'_>) -> bool {
        value.as_obj().is_some() && self.type_flags(self.type_of(value)).has(Flags::WEAKREF)
    }
    /// `types.MethodType(function, receiver)`.
    pub fn bound_method<'v>(&'v self, func: Value<'v>, receiver: Value<'v>) -> Value<'v> {
        function::new_bound(self, func, receiver)
    }
    /// Whether a class matches sequence patterns, and mapping patterns.
    pub fn collection_flags(&self, class: Obj<'_>) -> (bool, bool) {
        let flags = self.type_flags(class);
        (flags.has(Flags::SEQUENCE), flags.has(Flags::MAPPING))
    }
    /// Sets which patterns a class matches.
    pub fn set_collection_flags(&self, class: Obj<'_>, sequence: bool, mapping: bool) {
        let both = Flags::SEQUENCE.with(Flags::MAPPING).0;
        let mut flags = Flags(self.type_flags(class).0 & !both);
        if sequence {
            flags = flags.with(Flags::SEQUENCE);
        }
        if mapping {
            flags = flags.with(Flags::MAPPING);
        }
        self.set_type_flags(class, flags);
    }
    /// The same for the Python classes among a class and all that derive from it.
    pub fn spread_collection_flags(&self, class: Obj<'_>, sequence: bool, mapping: bool) {
        let mut work = vec![class];
        while let Some(c) = work.pop() {
            if self.type_flags(c).has(Flags::IMMUTABLE)
                || self.collection_flags(c) == (sequence, mapping)
            {
                continue;
            }
            self.set_collection_flags(c, sequence, mapping);
            work.extend(self.subclasses(c));
        }
    }
    /// Closes a class that Python code made in place of a native type: it can't be changed any more, and errors name it with its module.
    pub fn close_class(&self, class: Obj<'_>) {
        self.set_type_flags(class, self.type_flags(class).with(Flags::IMMUTABLE));
    }
    /// Whether a class is one of the VM's own, in `builtins`.
    pub fn is_core_type(&self, class: Obj<'_>) -> bool {
        let module = class.slot(self, crate::layout::types::MODULE);
        let core = module
            .as_str(self)
            .is_some_and(|m| m.bytes(self) == b"builtins");
        core && !self.type_flags(class).has(Flags::HEAP)
    }
    /// The weak reference that an object is, wraps, or (as a proxy does) holds in slot 0 and owns.
    pub fn weakref_behind<'v>(&'v self, object: Value<'v>) -> Option<WeakRef<'v>> {
        if let Some(w) = object.as_weakref(self) {
            return Some(w);
        }
        let o = object.as_obj().filter(|o| o.kind(self) == Kind::Instance)?;
        o.slot(self, 0)
            .as_exact_weakref(self)
            .filter(|w| w.owner(self) == object)
    }
    /// Whether collections start by themselves.
    pub fn gc_is_enabled(&self) -> bool {
        self.gc_enabled.get()
    }
    pub fn set_gc_enabled(&self, on: bool) {
        self.gc_enabled.set(on);
    }
}

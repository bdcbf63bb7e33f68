//! What the interpreter wants to know of a class before it takes a short way, answered from a table by the class's version.
//!
//! A version is never given twice, so an entry that has it holds for the class as it is now.

use crate::dunder::Dunder;
use crate::layout::types;
use crate::objects::{exceptions, object, type_};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value};

/// A set of facts about a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Traits(u16);

impl Traits {
    /// `__eq__`, `__ne__`, `__hash__` are those of `object`.
    pub(crate) const PLAIN_EQ: Traits = Traits(1);
    pub(crate) const PLAIN_NE: Traits = Traits(2);
    pub(crate) const PLAIN_HASH: Traits = Traits(4);
    /// Neither `__bool__` nor `__len__`: instances are true.
    pub(crate) const TRUE: Traits = Traits(8);
    /// Instances wrap a builtin value, and have these methods from its type; with `NATIVE_TRUTH` they are as true as it.
    pub(crate) const NATIVE_LEN: Traits = Traits(16);
    pub(crate) const NATIVE_ITER: Traits = Traits(32);
    pub(crate) const NATIVE_GETITEM: Traits = Traits(64);
    pub(crate) const NATIVE_SETITEM: Traits = Traits(128);
    pub(crate) const NATIVE_CONTAINS: Traits = Traits(256);
    pub(crate) const NATIVE_TRUTH: Traits = Traits(512);
    /// Whether the `NATIVE_` facts were looked up: that takes an instance.
    const NATIVE_KNOWN: Traits = Traits(1024);
    /// A call makes an instance as `object.__new__` does, and runs an `__init__` in Python; or runs none.
    pub(crate) const PYTHON_INIT: Traits = Traits(2048);
    pub(crate) const NO_INIT: Traits = Traits(4096);
    /// The same as `PYTHON_INIT` with `BaseException.__new__`.
    pub(crate) const PYTHON_INIT_OF_EXCEPTION: Traits = Traits(8192);

    pub(crate) const NATIVE_HASH: Traits = Traits(16384);
    /// `__eq__` and `__ne__`.
    pub(crate) const NATIVE_EQ: Traits = Traits(32768);

    #[inline(always)]
    pub(crate) fn has(self, other: Traits) -> bool {
        self.0 & other.0 == other.0
    }
    fn with(self, other: Traits, if_: bool) -> Traits {
        if if_ { Traits(self.0 | other.0) } else { self }
    }
}

/// The traits of the class that has had this version.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known {
    version: u32,
    traits: Traits,
}
/// Entries of the table; a power of two.
pub(crate) const SIZE: usize = 256;

impl Vm {
    /// The traits of a class, but for those that only instances tell.
    #[inline]
    pub(crate) fn class_traits(&self, class: Obj<'_>) -> Traits {
        let version = self.type_version(class);
        let known = self.known_traits[version as usize & (SIZE - 1)].get();
        if known.version == version && version != 0 {
            return known.traits;
        }
        self.find_traits(class, version)
    }
    /// The traits of a value's class.
    #[inline]
    pub(crate) fn traits_of(&self, value: Value<'_>) -> Traits {
        let class = self.type_of(value);
        let traits = self.class_traits(class);
        if value.kind(self) == Kind::Wrapped && !traits.has(Traits::NATIVE_KNOWN) {
            return self.find_native_traits(class, traits, value);
        }
        traits
    }
    #[cold]
    fn find_traits(&self, class: Obj<'_>, version: u32) -> Traits {
        let object = self.type_object(&object::OBJECT);
        let same = |d: Dunder| self.special(class, d) == self.special(object, d);
        let flags = self.type_flags(class);
        let plain_call = self.type_of(class.value()) == self.type_object(&type_::TYPE);
        let plain_new = plain_call
            && same(Dunder::New)
            && ![Flags::ABSTRACT, Flags::WRAPPED, Flags::META]
                .iter()
                .any(|f| flags.has(*f));
        let exception = self.type_object(&exceptions::BASE_EXCEPTION);
        let exception_new = plain_call
            && flags.has(Flags::EXCEPTION)
            && self.special(class, Dunder::New) == self.special(exception, Dunder::New);
        let own_layout = class.slot(self, types::LAYOUT) != object.slot(self, types::LAYOUT);
        let python = self
            .special(class, Dunder::Init)
            .is_some_and(|f| f.kind(self) == Kind::Function);
        let truth = [Dunder::Bool, Dunder::Len].iter();
        let traits = Traits::default()
            .with(Traits::PLAIN_EQ, same(Dunder::Eq))
            .with(Traits::PLAIN_NE, same(Dunder::Ne))
            .with(Traits::PLAIN_HASH, same(Dunder::Hash))
            .with(
                Traits::TRUE,
                !truth.copied().any(|d| self.special(class, d).is_some()),
            )
            .with(Traits::PYTHON_INIT, plain_new && python)
            .with(Traits::PYTHON_INIT_OF_EXCEPTION, exception_new && python)
            .with(
                Traits::NO_INIT,
                plain_new && !own_layout && same(Dunder::Init),
            );
        self.known_traits[version as usize & (SIZE - 1)].set(Known { version, traits });
        traits
    }
    #[cold]
    fn find_native_traits(&self, class: Obj<'_>, traits: Traits, value: Value<'_>) -> Traits {
        let base = self.type_of(value.unwrapped(self));
        let same = |d: Dunder| self.special(class, d) == self.special(base, d);
        let traits = traits
            .with(Traits::NATIVE_KNOWN, true)
            .with(Traits::NATIVE_LEN, same(Dunder::Len))
            .with(Traits::NATIVE_ITER, same(Dunder::Iter))
            .with(Traits::NATIVE_GETITEM, same(Dunder::GetItem))
            .with(Traits::NATIVE_SETITEM, same(Dunder::SetItem))
            .with(Traits::NATIVE_CONTAINS, same(Dunder::Contains))
            .with(Traits::NATIVE_HASH, same(Dunder::Hash))
            .with(Traits::NATIVE_EQ, same(Dunder::Eq) && same(Dunder::Ne))
            .with(
                Traits::NATIVE_TRUTH,
                same(Dunder::Bool) && same(Dunder::Len),
            );
        let version = self.type_version(class);
        self.known_traits[version as usize & (SIZE - 1)].set(Known { version, traits });
        traits
    }
    /// The builtin value that an instance of a subclass wraps, if its class has that from the builtin type.
    #[inline]
    pub(crate) fn plainly_wrapped<'v>(&'v self, x: Value<'v>, what: Traits) -> Option<Value<'v>> {
        (x.kind(self) == Kind::Wrapped && self.traits_of(x).has(what)).then(|| x.unwrapped(self))
    }
}

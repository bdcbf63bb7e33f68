//! Small declarative macros.

/// A set of named bits over an integer.
macro_rules! bitflags_lite {
    ($(#[doc = $doc:literal])* $name:ident: $int:ty { $($(#[doc = $fdoc:literal])* $flag:ident = $value:expr;)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(pub $int);
        impl $name {
            pub const NONE: $name = $name(0);
            $($(#[doc = $fdoc])* pub const $flag: $name = $name($value);)*
            pub const fn has(self, other: $name) -> bool { self.0 & other.0 != 0 }
            pub const fn with(self, other: $name) -> $name { $name(self.0 | other.0) }
        }
    };
}

//! Rooted slots, and the tickets that replace values where Python code may run.
//!
//! `Value<'v>` dies, by the borrow checker, when anything takes `&mut Vm`. What must live across such a call is kept in a [`Local`]: a word of the
//! VM stack that belongs to the running native. The stack is cut back when the native returns, so locals need no release.

use crate::vm::Vm;
use mesapy_heap::{AnySet, BigInt, Bytes, Dict, List, Str, Tuple, Value, Word};
use std::marker::PhantomData;

/// A Python exception is set in the VM; this is its claim ticket. Dropping it swallows the exception only if `Vm::take_exception` is called.
#[derive(Debug)]
#[must_use = "an exception is pending: propagate it, or take it"]
pub struct Raised(pub(crate) ());

impl From<mesapy_heap::NoMemory> for Raised {
    /// The VM finds no pending exception behind this ticket and makes it a MemoryError.
    fn from(_: mesapy_heap::NoMemory) -> Raised {
        Raised(())
    }
}

/// The result of anything that can raise.
pub type Py<T> = Result<T, Raised>;

/// The value that a call left in `vm.ret`: take it at once, by [`Ret::get`], [`Ret::keep`] or [`Ret::put`], before anything else runs.
#[derive(Debug)]
#[must_use = "the value waits in the VM's return register"]
pub struct Ret(pub(crate) ());

impl Ret {
    #[inline]
    pub fn get(self, vm: &Vm) -> Value<'_> {
        vm.ret.get().value(vm)
    }
    /// Keeps it in a fresh local. In a loop use `put`, which does not grow the frame.
    #[inline]
    pub fn keep(self, vm: &Vm) -> Local {
        vm.local(vm.ret.get().value(vm))
    }
    #[inline]
    pub fn put(self, vm: &Vm, into: Local) {
        into.set(vm, vm.ret.get().value(vm));
    }
}

/// Kinds that a local can be known to hold. `Local<k::List>` reads as `List<'v>`.
pub mod k {
    pub struct Any;
    pub struct Obj;
    pub struct Str;
    pub struct Bytes;
    pub struct BigInt;
    pub struct Tuple;
    pub struct List;
    pub struct Dict;
    /// set and frozenset.
    pub struct Set;
}

/// What a typed local holds; implemented for the markers in [`k`].
pub trait Held: 'static {
    type Ref<'v>: Copy;
    /// The Python name for error texts.
    const PY: &'static str;
    fn cast<'v>(vm: &'v Vm, value: Value<'v>) -> Option<Self::Ref<'v>>;
}

macro_rules! held {
    ($($marker:ident, $ref:ident, $py:literal, $as:ident;)*) => { $(
        impl Held for k::$marker {
            type Ref<'v> = $ref<'v>;
            const PY: &'static str = $py;
            #[inline(always)]
            fn cast<'v>(vm: &'v Vm, value: Value<'v>) -> Option<$ref<'v>> { value.$as(vm) }
        }
    )* };
}
held! {
    Str, Str, "str", as_str;
    Bytes, Bytes, "bytes", as_bytes;
    BigInt, BigInt, "int", as_bigint;
    Tuple, Tuple, "tuple", as_tuple;
    List, List, "list", as_list;
    Dict, Dict, "dict", as_dict;
    Set, AnySet, "set", as_any_set;
}
impl Held for k::Obj {
    type Ref<'v> = mesapy_heap::Obj<'v>;
    const PY: &'static str = "object";
    #[inline(always)]
    fn cast<'v>(_: &'v Vm, value: Value<'v>) -> Option<mesapy_heap::Obj<'v>> {
        value.as_obj()
    }
}
impl Held for k::Any {
    type Ref<'v> = Value<'v>;
    const PY: &'static str = "object";
    #[inline(always)]
    fn cast<'v>(_: &'v Vm, value: Value<'v>) -> Option<Value<'v>> {
        Some(value)
    }
}

/// A word of the VM stack that the running native owns.
pub struct Local<T: Held = k::Any>(pub(crate) u32, PhantomData<fn() -> T>);
impl<T: Held> Clone for Local<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Held> Copy for Local<T> {}
impl<T: Held> std::fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Local({})", self.0)
    }
}

impl<T: Held> Local<T> {
    #[inline(always)]
    pub(crate) const fn at(index: u32) -> Self {
        Local(index, PhantomData)
    }
    /// What it holds. The kind was checked when the local was made typed; nobody but the running native can store to it.
    #[inline]
    #[track_caller]
    pub fn get<'v>(self, vm: &'v Vm) -> T::Ref<'v> {
        T::cast(vm, self.value(vm)).expect("a typed local holds its kind")
    }
    #[inline(always)]
    pub fn value(self, vm: &Vm) -> Value<'_> {
        vm.stack_word(self.0).value(vm)
    }
    #[inline(always)]
    pub fn word(self, vm: &Vm) -> Word {
        vm.stack_word(self.0)
    }
    #[inline(always)]
    pub fn any(self) -> Local {
        Local::at(self.0)
    }
    /// The same slot as another kind, if that is what it holds.
    #[inline]
    pub fn cast<U: Held>(self, vm: &Vm) -> Option<Local<U>> {
        U::cast(vm, self.value(vm)).map(|_| Local::at(self.0))
    }
    #[inline]
    pub fn is<U: Held>(self, vm: &Vm) -> bool {
        U::cast(vm, self.value(vm)).is_some()
    }
}

impl Local {
    #[inline(always)]
    pub fn set(self, vm: &Vm, value: Value<'_>) {
        vm.set_stack_word(self.0, value.word());
    }
}

impl Vm {
    /// A fresh slot of the running native's frame; it goes when the native returns. Not in loops: hoist it and `set`.
    #[inline]
    pub fn local(&self, value: Value<'_>) -> Local {
        let index = self.top.get();
        self.top.set(index + 1);
        self.ensure_top(index + 1);
        self.set_stack_word(index, value.word());
        Local::at(index)
    }
    /// A fresh slot that holds a value of a known kind.
    #[inline]
    pub fn local_of<T: Held>(&self, value: Value<'_>) -> Local<T> {
        debug_assert!(T::cast(self, value).is_some());
        Local::at(self.local(value).0)
    }
    /// Fresh slots for several values in a row.
    #[inline]
    pub fn locals<const N: usize>(&self, values: [Value<'_>; N]) -> [Local; N] {
        let first = self.top.get();
        let end = first + N as u32;
        self.top.set(end);
        self.ensure_top(end);
        let mut locals = [Local::at(first); N];
        for i in 0..N {
            self.set_stack_word(first + i as u32, values[i].word());
            locals[i] = Local::at(first + i as u32);
        }
        locals
    }
    /// Runs `f` and gives its locals back afterwards: for loops that need scratch slots in each round.
    #[inline]
    pub fn scope<R>(&mut self, f: impl FnOnce(&mut Vm) -> R) -> R {
        let top = self.top.get();
        let result = f(self);
        self.top.set(top);
        result
    }
    /// Puts a value into the return register: how a native that may run Python returns it.
    #[inline(always)]
    pub fn ret(&self, value: Value<'_>) -> Ret {
        self.ret.set(value.word());
        Ret(())
    }
}

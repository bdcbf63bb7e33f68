//! Native functions: rows of a table whose text drives argument binding, error texts, `__text_signature__` and `help()`.
//!
//! ```text
//! pub static METHODS: &[Method] = methods! {
//!     "append(self, object, /)" => leaf  append(this, object), "Append object to the end of the list.";
//!     "index(self, value, start=0, stop=sys.maxsize, /)" => calls index(this, value, start, stop), "Return first index of value.";
//!     "__contains__(self, key, /)" => calls contains(this, key), "Return bool(key in self).";
//!     "update(...)" => calls update(args, kwargs), "…";
//! };
//! ```
//! The identifiers in parentheses stand for the parameters in order, each converted to what the Rust function's parameter type says
//! (`FromValue` for `leaf`, `FromSlot` for `calls`). An optional parameter that was not given is an Empty slot: take it as `Option<…>`.
//! `*args` arrives as one tuple, `**kwargs` as one dict (or Empty if there were none); a signature of `(...)` is `(*args, **kwargs)` without a
//! `__text_signature__`. `leaf` functions take `&Vm` and can't run Python code; `calls` functions take `&mut Vm`. The pointer's type says the effect, and a JIT reads it there.
//! `quick NAME` before them names a [`Quick`] function that is tried first.

use crate::convert::{FromSlot, FromValue, IntoRet, IntoValue};
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_heap::{Value, Word};

/// A native's parameters: consecutive stack words, bound and in order.
#[derive(Clone, Copy)]
pub struct Args {
    pub(crate) base: u32,
    pub len: u32,
    pub method: &'static Method,
}

impl Args {
    #[inline(always)]
    pub fn local(&self, i: u32) -> Local {
        Local::at(self.base + i)
    }
    /// Parameter i of a leaf.
    #[inline(always)]
    pub fn value<'v, T: FromValue<'v>>(&self, vm: &'v Vm, i: u32) -> Py<T> {
        let v = self.local(i).value(vm);
        match T::from_value(vm, v) {
            Some(t) => Ok(t),
            None => Err(T::mismatch(vm, self, i, v)),
        }
    }
    /// Parameter i of a function that may run Python code.
    #[inline(always)]
    pub fn slot<T: FromSlot>(&self, vm: &mut Vm, i: u32) -> Py<T> {
        T::from_slot(vm, self, i)
    }
}

/// What a native may do is what its pointer type says.
#[derive(Clone, Copy)]
pub enum NativeFn {
    /// Can't run Python code, so can't collect.
    Leaf(for<'v> fn(&'v Vm, Args) -> Py<Value<'v>>),
    Calls(fn(&mut Vm, Args) -> Py<Ret>),
}

/// How a method is reached through its class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// self is an instance: method_descriptor, or wrapper_descriptor for dunder names.
    Instance,
    /// The first parameter is the class: `classmethod`.
    Class,
    /// No receiver: `staticmethod`; also `__new__`, whose first parameter is the class given explicitly.
    Static,
}

/// A native's way past binding, for arguments of the usual types: `n` of them from stack word `base` on, the receiver among them.
/// None, with nothing done, where the general function must be asked. See `quick.rs`.
pub type Quick = fn(vm: &Vm, base: u32, n: u32) -> Option<Word>;

/// Argument `i` of a quick function.
#[inline(always)]
pub fn quick_argument(base: u32, i: u32) -> Local {
    Local::at(base + i)
}

/// A native function with its Python surface.
pub struct Method {
    /// `name(parameters)`, CPython's text signature with the receiver's name in place of `$self`.
    pub signature: &'static str,
    pub native: NativeFn,
    pub doc: &'static str,
    pub binding: Binding,
    pub quick: Option<Quick>,
}

impl Method {
    pub fn name(&self) -> &'static str {
        self.signature.split('(').next().unwrap_or(self.signature)
    }
}

/// Makes the table's rows; see the module's head. Prefix a row with `class` or `static` for the other bindings.
#[macro_export]
macro_rules! methods {
    ($($sig:literal => $($kind:ident)+ ($($n:ident),* $(,)?), $doc:expr;)*) => { &[$( $crate::methods!(@row $sig, $doc, ($($n),*), $($kind)+) ),*] };
    (@row $sig:literal, $doc:expr, $args:tt, quick $q:ident $($kind:ident)+) => {
        $crate::native::Method { quick: Some($q), ..$crate::methods!(@row $sig, $doc, $args, $($kind)+) } };
    (@row $sig:literal, $doc:expr, $args:tt, class $kind:ident $f:ident) => {
        $crate::native::Method { signature: $sig, native: $crate::methods!(@$kind $f $args), doc: $doc, binding: $crate::native::Binding::Class, quick: None } };
    (@row $sig:literal, $doc:expr, $args:tt, static $kind:ident $f:ident) => {
        $crate::native::Method { signature: $sig, native: $crate::methods!(@$kind $f $args), doc: $doc, binding: $crate::native::Binding::Static, quick: None } };
    (@row $sig:literal, $doc:expr, $args:tt, $kind:ident $f:ident) => {
        $crate::native::Method { signature: $sig, native: $crate::methods!(@$kind $f $args), doc: $doc, binding: $crate::native::Binding::Instance, quick: None } };
    (@leaf $f:ident ($($n:ident),*)) => {
        $crate::native::NativeFn::Leaf(|vm, args| {
            let mut _i = 0u32;
            let _ = &args;
            $( let $n = args.value(vm, _i)?; _i += 1; )*
            $crate::native::leaf_result(vm, $f(vm, $($n),*))
        }) };
    (@calls $f:ident ($($n:ident),*)) => {
        $crate::native::NativeFn::Calls(|vm, args| {
            let mut _i = 0u32;
            let _ = &args;
            $( let $n = args.slot(vm, _i)?; _i += 1; )*
            let result = $f(vm, $($n),*)?;
            $crate::native::calls_result(vm, result)
        }) };
}

#[doc(hidden)]
#[inline(always)]
pub fn leaf_result<'v, R: IntoValue<'v>>(vm: &'v Vm, result: Py<R>) -> Py<Value<'v>> {
    result?.into_value(vm)
}
#[doc(hidden)]
#[inline(always)]
pub fn calls_result<R: IntoRet>(vm: &mut Vm, result: R) -> Py<Ret> {
    result.into_ret(vm)
}

/// A computed attribute of a native type.
pub struct GetSet {
    pub name: &'static str,
    pub get: fn(&mut Vm, Local) -> Py<Ret>,
    /// Second local: the new value, or Empty for `del`.
    pub set: Option<fn(&mut Vm, Local, Local) -> Py<()>>,
    pub doc: &'static str,
}

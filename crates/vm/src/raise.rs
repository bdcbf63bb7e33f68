//! Raising: making exceptions and the pending-exception register.

use crate::layout::{exception, header};
use crate::local::{Local, Py, Raised};
use crate::objects::exceptions as exc;
use crate::typedef::TypeDef;
use crate::types::Flags;
use crate::vm::{Vm, settled};
use mesapy_heap::{Obj, Value, Word};

macro_rules! raisers {
    ($($name:ident $def:ident;)*) => {
        /// Raisers: each makes the exception, sets it pending, and gives the ticket to return.
        impl Vm { $(
            #[cold]
            pub fn $name(&self, text: impl AsRef<str>) -> Raised { self.raise_text(&exc::$def, text.as_ref()) }
        )* }
    };
}
raisers! {
    type_error TYPE_ERROR; value_error VALUE_ERROR; index_error INDEX_ERROR; overflow_error OVERFLOW_ERROR; zero_division_error ZERO_DIVISION_ERROR;
    runtime_error RUNTIME_ERROR; system_error SYSTEM_ERROR; buffer_error BUFFER_ERROR; lookup_error LOOKUP_ERROR; not_implemented_error NOT_IMPLEMENTED_ERROR;
    reference_error REFERENCE_ERROR; eof_error EOF_ERROR; assertion_error ASSERTION_ERROR; arithmetic_error ARITHMETIC_ERROR;
}

impl Vm {
    /// A new exception instance of a native class with one argument.
    pub fn new_exception<'v>(&'v self, def: &'static TypeDef, args: &[Value<'v>]) -> Py<Obj<'v>> {
        let args = self.new_tuple(args)?;
        let instance = exc::make(self, self.type_object(def), args.value())?;
        exc::init_from_arguments(self, instance);
        Ok(instance)
    }
    /// Raises a native exception with a text.
    #[cold]
    pub fn raise_text(&self, def: &'static TypeDef, text: &str) -> Raised {
        let made = self
            .new_str(text.as_bytes())
            .map_err(Raised::from)
            .and_then(|t| self.new_exception(def, &[t.value()]));
        match made {
            Ok(instance) => self.raise(instance.value()),
            Err(raised) => raised,
        }
    }
    /// Raises a native exception with one argument.
    #[cold]
    pub fn raise_with(&self, def: &'static TypeDef, args: &[Value<'_>]) -> Raised {
        // The arguments are of this VM; the slice's lifetime is shortened to the borrow.
        let args: Vec<Value<'_>> = args.iter().map(|a| a.word().value(self)).collect();
        match self.new_exception(def, &args) {
            Ok(instance) => self.raise(instance.value()),
            Err(raised) => raised,
        }
    }
    /// Sets a pending exception (an instance) and its context.
    #[cold]
    pub fn raise(&self, instance: Value<'_>) -> Raised {
        self.set_context(instance);
        self.pending.set(instance.word());
        Raised(())
    }
    /// Sets a pending exception as it is.
    #[cold]
    pub fn raise_again(&self, instance: Value<'_>) -> Raised {
        self.pending.set(instance.word());
        Raised(())
    }
    pub fn key_error(&self, key: Value<'_>) -> Raised {
        self.raise_with(&exc::KEY_ERROR, &[key])
    }
    /// "… maximum recursion depth exceeded" with CPython's suffix.
    #[cold]
    pub fn recursion_error(&self, suffix: &str) -> Raised {
        self.raise_text(
            &exc::RECURSION_ERROR,
            &format!("maximum recursion depth exceeded{suffix}"),
        )
    }
    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.heap.grant_grace();
        // An instance of its own if there is room for one: what is shared keeps a traceback, and all that hangs on it, alive.
        let fresh = std::panic::AssertUnwindSafe(|| {
            let made = self.new_exception(&exc::MEMORY_ERROR, &[]);
            made.map(|e| e.value().word())
        });
        let instance = match std::panic::catch_unwind(fresh) {
            Ok(Ok(word)) => word.value(self),
            _ => {
                let shared = self.roots.memory_error_instance(self);
                if let Some(e) = shared.as_obj() {
                    for slot in [exception::TRACEBACK, exception::CONTEXT, exception::CAUSE] {
                        e.set_slot(self, slot, Value::EMPTY);
                    }
                }
                shared
            }
        };
        self.pending.set(instance.word());
        Raised(())
    }
    #[cold]
    pub fn stop_iteration(&self, value: Value<'_>) -> Raised {
        if value.is_none() || value.is_empty() {
            self.raise_with(&exc::STOP_ITERATION, &[])
        } else {
            self.raise_with(&exc::STOP_ITERATION, &[value])
        }
    }
    /// AttributeError with `name` and `obj` set, which suggestions are made from.
    #[cold]
    pub fn attribute_error(&self, text: &str, obj: Value<'_>, name: Value<'_>) -> Raised {
        let raised = self.raise_text(&exc::ATTRIBUTE_ERROR, text);
        if let Some(e) = self.pending.get().value(self).as_obj() {
            exc::set_attribute_error_fields(self, e, obj, name);
        }
        raised
    }
    #[cold]
    pub fn name_error(&self, text: &str, name: Value<'_>) -> Raised {
        let raised = self.raise_text(&exc::NAME_ERROR, text);
        exc::set_name_error_field(self, name);
        raised
    }
    #[cold]
    pub fn unbound_local_error(&self, text: &str, name: Value<'_>) -> Raised {
        // Without the name: no other name would do, so none is to be suggested.
        let _ = name;
        self.raise_text(&exc::UNBOUND_LOCAL_ERROR, text)
    }

    /// The exception behind a ticket, no longer pending. What has none ran out of memory.
    pub fn take_exception(&self, raised: Raised) -> Value<'_> {
        settled(raised);
        let word = self.pending.replace(Word::EMPTY);
        if word.is_empty() {
            settled(self.memory_error());
            self.pending.replace(Word::EMPTY).value(self)
        } else {
            word.value(self)
        }
    }
    pub fn take_exception_local(&self, raised: Raised) -> Local {
        self.local(self.take_exception(raised))
    }
    /// The pending exception, still pending.
    pub fn pending_exception(&self) -> Option<Value<'_>> {
        self.pending.get().value(self).non_empty()
    }
    /// Whether the ticket's exception is an instance of a native class.
    pub fn raised_is(&self, _raised: &Raised, def: &'static TypeDef) -> bool {
        match self.pending.get().value(self).non_empty() {
            Some(e) => self.is_instance_of(e, def),
            None => {
                std::ptr::eq(def, &exc::MEMORY_ERROR)
                    || std::ptr::eq(def, &exc::EXCEPTION)
                    || std::ptr::eq(def, &exc::BASE_EXCEPTION)
            }
        }
    }
    /// Swallows the exception if it is of the class: `Ok(true)`; nothing was raised: `Ok(false)`.
    pub fn caught<T>(&self, result: Py<T>, def: &'static TypeDef) -> Py<Option<T>> {
        match result {
            Ok(t) => Ok(Some(t)),
            Err(raised) if self.raised_is(&raised, def) => {
                self.take_exception(raised);
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    pub fn is_exception_instance(&self, value: Value<'_>) -> bool {
        self.type_flags(self.type_of(value)).has(Flags::EXCEPTION) && !self.is_type(value)
    }
    pub fn is_exception_class(&self, value: Value<'_>) -> bool {
        value
            .as_obj()
            .is_some_and(|o| self.is_type(value) && self.type_flags(o).has(Flags::EXCEPTION))
    }

    // ---- the handled exception

    /// The innermost exception that is being handled, looking from the running frame outwards (`sys.exception()`).
    pub fn handled_exception(&self) -> Option<Value<'_>> {
        self.handled_exception_from(self.base.get())
    }
    /// The exception that the frame at `base` or one of its callers handles.
    pub(crate) fn handled_exception_from(&self, mut base: u32) -> Option<Value<'_>> {
        while base != 0 {
            let word = self.stack_word(base - header::EXC);
            if !word.is_empty() && word != Word::NONE {
                return Some(word.value(self));
            }
            base = self.caller_base(base);
        }
        None
    }
    /// Sets the implicit context of an exception about to be raised, breaking cycles as CPython does.
    fn set_context(&self, instance: Value<'_>) {
        let Some(handled) = self.handled_exception() else {
            return;
        };
        let Some(new) = instance.as_obj() else { return };
        if handled == instance {
            return;
        }
        let mut link = handled.as_obj();
        // A slow runner behind detects a cycle that was there already.
        let (mut slow, mut step) = (handled.as_obj(), false);
        while let Some(e) = link {
            let next = e.slot(self, exception::CONTEXT).as_obj();
            if next == Some(new) {
                e.set_slot(self, exception::CONTEXT, Value::NONE);
                break;
            }
            link = next;
            if step {
                slow = slow.and_then(|s| s.slot(self, exception::CONTEXT).as_obj());
                if slow == link {
                    break;
                }
            }
            step = !step;
        }
        new.set_slot(self, exception::CONTEXT, handled);
    }
}

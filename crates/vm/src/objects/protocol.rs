//! Text of objects: `repr`, `str`, `ascii`, `format`, and the guard against containers that hold themselves.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_heap::Value;

impl Vm {
    /// `repr(x)`: a str.
    pub fn repr(&mut self, x: Local) -> Py<Ret> {
        if let Some(n) = x.value(self).as_small_int() {
            let vm: &Vm = self;
            return Ok(vm.ret(crate::objects::int::small_text(vm, n)?));
        }
        if self.check_native_stack().is_err() {
            return Err(self.recursion_error(" while getting the repr of an object"));
        }
        match self.call_dunder(x, Dunder::Repr, &[])? {
            Some(ret) => {
                let vm: &Vm = self;
                let result = ret.get(vm);
                if result.as_str(vm).is_some() {
                    return Ok(vm.ret(result));
                }
                Err(vm.type_error(format!(
                    "__repr__ returned non-string (type {})",
                    vm.type_name_for_error(result)
                )))
            }
            // Only types under construction have no `__repr__`.
            None => {
                let text = format!("<{} object>", self.type_name_for_error(x.value(self)));
                let vm: &Vm = self;
                Ok(vm.ret(vm.new_str(text.as_bytes())?.value()))
            }
        }
    }
    /// `str(x)`: a str.
    pub fn str(&mut self, x: Local) -> Py<Ret> {
        if x.value(self).as_exact_str(self).is_some() {
            return Ok(self.ret(x.value(self)));
        }
        if x.value(self).is_small_int() {
            return self.repr(x);
        }
        if self.check_native_stack().is_err() {
            return Err(self.recursion_error(" while getting the str of an object"));
        }
        match self.call_dunder(x, Dunder::Str, &[])? {
            Some(ret) => {
                let vm: &Vm = self;
                let result = ret.get(vm);
                if result.as_str(vm).is_some() {
                    return Ok(vm.ret(result));
                }
                Err(vm.type_error(format!(
                    "__str__ returned non-string (type {})",
                    vm.type_name_for_error(result)
                )))
            }
            None => self.repr(x),
        }
    }
    /// `ascii(x)`: a str.
    pub fn ascii(&mut self, x: Local) -> Py<Ret> {
        let ret = self.repr(x)?;
        let vm: &Vm = self;
        let result = ret.get(vm);
        match result.as_str(vm) {
            Some(s) if !s.is_ascii(vm) => {
                let escaped = mesapy_text::repr::escape_non_ascii(s.bytes(vm));
                Ok(vm.ret(vm.new_str(&escaped)?.value()))
            }
            _ => Ok(vm.ret(result)),
        }
    }
    /// `format(x, spec)`: a str.
    pub fn format(&mut self, x: Local, spec: Option<Local>) -> Py<Ret> {
        let plain = spec.is_none_or(|s| {
            s.value(self)
                .as_str(self)
                .is_some_and(|s| s.byte_len(self) == 0)
        });
        if plain {
            if x.value(self).as_exact_str(self).is_some() {
                return Ok(self.ret(x.value(self)));
            }
            if x.value(self).is_small_int() {
                return self.repr(x);
            }
        }
        if let Some(spec) = spec {
            if spec.value(self).as_str(self).is_none() {
                return Err(self.system_error(format!(
                    "Format specifier must be a string, not {}",
                    self.type_name_for_error(spec.value(self))
                )));
            }
        }
        let top = self.top.get();
        let spec = spec.unwrap_or_else(|| self.local(self.empty_str().value()));
        let result = self.call_dunder(x, Dunder::Format, &[spec]);
        self.top.set(top);
        let Some(ret) = result? else {
            return Err(self.type_error(format!(
                "Type {} doesn't define __format__",
                self.type_name_for_error(x.value(self))
            )));
        };
        let vm: &Vm = self;
        let result = ret.get(vm);
        if result.as_str(vm).is_none() {
            return Err(vm.type_error(format!(
                "__format__ must return a str, not {}",
                vm.type_name_for_error(result)
            )));
        }
        Ok(vm.ret(result))
    }
    /// `repr(x)` copied out, surrogates replaced: for messages.
    pub fn repr_text(&mut self, x: Local) -> Py<String> {
        let ret = self.repr(x)?;
        Ok(self.text_of(ret.get(self)))
    }
    /// `str(x)` copied out, surrogates replaced: for messages.
    pub fn str_text(&mut self, x: Local) -> Py<String> {
        let ret = self.str(x)?;
        Ok(self.text_of(ret.get(self)))
    }

    /// Notes that a container's text is being made. False: it is so already, further out, and the container holds itself.
    /// After true `repr_leave` must follow, whatever happens in between.
    pub fn repr_enter(&self, object: Value<'_>) -> Py<bool> {
        if self.check_native_stack().is_err() {
            return Err(self.recursion_error(" while getting the repr of an object"));
        }
        let mut active = self.repr_active.borrow_mut();
        if active.contains(&object.word()) {
            return Ok(false);
        }
        active.push(object.word());
        Ok(true)
    }
    /// Takes back `repr_enter`.
    pub fn repr_leave(&self, object: Value<'_>) {
        let mut active = self.repr_active.borrow_mut();
        if let Some(i) = active.iter().rposition(|w| *w == object.word()) {
            active.remove(i);
        }
    }
}

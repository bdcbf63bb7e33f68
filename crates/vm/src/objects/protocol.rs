//! Text of objects: `repr`, `str`, `ascii`, `format`, and the guard against containers that hold themselves.

use crate::dunder::Dunder;
use crate::interp::fast;
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
use mesapy_bytecode::Conversion;
use mesapy_heap::{Value, Word};
use std::collections::HashSet;

/// Containers in containers that are shown at most: about as many as CPython's stack allows.
const REPR_DEPTH_MAX: usize = 65_000;

/// Objects whose `repr` is being made, innermost last. The first few are searched one by one, those deeper in a set.
#[derive(Default)]
pub(crate) struct ReprActive {
    stack: Vec<Word>,
    deep: HashSet<u64>,
}
impl ReprActive {
    const SCANNED_MAX: usize = 32;

    /// False if it is there already.
    fn enter(&mut self, object: Word) -> bool {
        let scanned = self.stack.len().min(Self::SCANNED_MAX);
        if self.stack[..scanned].contains(&object) || self.deep.contains(&object.bits()) {
            return false;
        }
        if self.stack.len() >= Self::SCANNED_MAX {
            self.deep.insert(object.bits());
        }
        self.stack.push(object);
        true
    }
    fn leave(&mut self, object: Word) {
        if let Some(i) = self.stack.iter().rposition(|w| *w == object) {
            self.truncate(i);
        }
    }
    pub(crate) fn depth(&self) -> usize {
        self.stack.len()
    }
    /// Forgets what was entered since the depth was this.
    pub(crate) fn truncate(&mut self, depth: usize) {
        for object in self.stack.drain(depth.min(self.stack.len())..) {
            self.deep.remove(&object.bits());
        }
    }
}

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
        if let Some(word) = fast::format(self, x.word(self), Conversion::Str as u8) {
            self.ret.set(word);
            return Ok(Ret(()));
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
        if active.depth() >= REPR_DEPTH_MAX {
            drop(active);
            return Err(self.recursion_error(" while getting the repr of an object"));
        }
        Ok(active.enter(object.word()))
    }
    /// Takes back `repr_enter`.
    pub fn repr_leave(&self, object: Value<'_>) {
        self.repr_active.borrow_mut().leave(object.word());
    }
}

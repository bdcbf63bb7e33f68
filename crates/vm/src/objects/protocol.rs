//! Seed.
use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret};
use crate::vm::Vm;
impl Vm {
    pub fn repr(&mut self, l: Local) -> Py<Ret> {
        match self.call_dunder(l, Dunder::Repr, &[])? {
            Some(r) => Ok(r),
            None => Err(self.type_error("no repr")),
        }
    }
    pub fn str(&mut self, l: Local) -> Py<Ret> {
        if l.value(self).as_exact_str(self).is_some() {
            return Ok(self.ret(l.value(self)));
        }
        match self.call_dunder(l, Dunder::Str, &[])? {
            Some(r) => Ok(r),
            None => Err(self.type_error("no str")),
        }
    }
    pub fn ascii(&mut self, l: Local) -> Py<Ret> {
        self.repr(l)
    }
    pub fn format(&mut self, l: Local, _: Option<Local>) -> Py<Ret> {
        self.str(l)
    }
    pub fn repr_text(&mut self, l: Local) -> Py<String> {
        let r = self.repr(l)?;
        Ok(self.text_of(r.get(self)))
    }
}

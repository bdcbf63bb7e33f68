//! Raisers for exceptions with fields: OSError, ImportError, SyntaxError.

use super::fields::{import, os, syntax};
use super::os::class_of_errno;
use crate::local::{Py, Raised};
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{Obj, Value};
use mesapy_syntax::{SyntaxError, SyntaxErrorKind};

impl Vm {
    /// Raises what a closure made, or what it failed with.
    fn raise_made<'v>(&'v self, made: Py<Obj<'v>>) -> Raised {
        match made {
            Ok(e) => self.raise(e.value()),
            Err(raised) => raised,
        }
    }

    /// The OSError for an error number, of the subclass that belongs to it.
    #[cold]
    pub fn os_error(&self, errno: i32, filename: Option<Value<'_>>) -> Raised {
        self.os_error_with(errno, filename, None)
    }
    /// The same with two file names (`os.rename`).
    #[cold]
    pub fn os_error_with(
        &self,
        errno: i32,
        filename: Option<Value<'_>>,
        second: Option<Value<'_>>,
    ) -> Raised {
        self.raise_made(self.new_os_error(errno, filename, second))
    }
    /// The OSError of a platform call.
    #[cold]
    pub fn platform_error(
        &self,
        error: mesapy_platform::OsError,
        filename: Option<Value<'_>>,
    ) -> Raised {
        self.os_error(error.errno, filename)
    }
    fn new_os_error<'v>(
        &'v self,
        errno: i32,
        filename: Option<Value<'_>>,
        second: Option<Value<'_>>,
    ) -> Py<Obj<'v>> {
        let def = class_of_errno(i64::from(errno)).unwrap_or(&super::OS_ERROR);
        let number = self.int(i64::from(errno));
        let message = self
            .new_str(mesapy_platform::errno::strerror(errno).as_bytes())?
            .value();
        let e = self.new_exception(def, &[number, message])?;
        e.set_slot(self, os::ERRNO, number);
        e.set_slot(self, os::STRERROR, message);
        for (slot, value) in [(os::FILENAME, filename), (os::FILENAME2, second)] {
            if let Some(value) = value.filter(|v| !v.is_none() && !v.is_empty()) {
                e.set_slot(self, slot, value);
            }
        }
        Ok(e)
    }

    /// ImportError with `name` and `path`.
    #[cold]
    pub fn import_error(
        &self,
        text: &str,
        name: Option<Value<'_>>,
        path: Option<Value<'_>>,
    ) -> Raised {
        self.import_error_of(
            &super::IMPORT_ERROR,
            text,
            &[(import::NAME, name), (import::PATH, path)],
        )
    }
    /// ImportError of `from module import name`.
    #[cold]
    pub fn import_from_error(
        &self,
        text: &str,
        module: Option<Value<'_>>,
        path: Option<Value<'_>>,
        name: Value<'_>,
    ) -> Raised {
        self.import_error_of(
            &super::IMPORT_ERROR,
            text,
            &[
                (import::NAME, module),
                (import::PATH, path),
                (import::NAME_FROM, Some(name)),
            ],
        )
    }
    /// ModuleNotFoundError.
    #[cold]
    pub fn module_not_found(&self, text: &str, name: Value<'_>) -> Raised {
        self.import_error_of(
            &super::MODULE_NOT_FOUND_ERROR,
            text,
            &[(import::NAME, Some(name))],
        )
    }
    fn import_error_of(
        &self,
        def: &'static TypeDef,
        text: &str,
        fields: &[(usize, Option<Value<'_>>)],
    ) -> Raised {
        let make = || -> Py<Obj<'_>> {
            let text = self.new_str(text.as_bytes())?.value();
            let e = self.new_exception(def, &[text])?;
            for (slot, value) in fields {
                e.set_slot(self, *slot, value.unwrap_or(Value::NONE));
            }
            Ok(e)
        };
        self.raise_made(make())
    }

    /// The exception for an error of the front end.
    #[cold]
    pub fn syntax_error_from(&self, error: &SyntaxError, filename: Value<'_>) -> Raised {
        let def = match error.kind {
            SyntaxErrorKind::Syntax => &super::SYNTAX_ERROR,
            SyntaxErrorKind::Indentation => &super::INDENTATION_ERROR,
            SyntaxErrorKind::Tab => &super::TAB_ERROR,
            SyntaxErrorKind::Incomplete => &super::INCOMPLETE_INPUT_ERROR,
            SyntaxErrorKind::Memory => return self.raise_text(&super::MEMORY_ERROR, &error.msg),
            SyntaxErrorKind::Recursion => {
                return self.raise_text(&super::RECURSION_ERROR, &error.msg);
            }
        };
        self.raise_made(self.new_syntax_error(def, error, filename))
    }
    fn new_syntax_error<'v>(
        &'v self,
        def: &'static TypeDef,
        error: &SyntaxError,
        filename: Value<'_>,
    ) -> Py<Obj<'v>> {
        let filename = filename.word().value(self);
        let msg = self.new_str(error.msg.as_bytes())?.value();
        if error.lineno.is_none() {
            let e = self.new_exception(def, &[msg])?;
            e.set_slot(self, syntax::FILENAME, filename);
            return Ok(e);
        }
        let number = |n: Option<u32>| n.map_or(Value::NONE, |n| self.int(i64::from(n)));
        let text = match &error.text {
            Some(t) => self.new_str(t.as_bytes())?.value(),
            None => Value::NONE,
        };
        let (line, offset) = (number(error.lineno), number(error.offset));
        // An end line without a column is how the tokenizer's errors come: CPython shows the column as -1.
        let end_line = number(error.end_lineno);
        let end_offset = match (error.end_lineno, error.end_offset) {
            (Some(_), None) => self.int(-1),
            (_, end) => number(end),
        };
        let place = self
            .new_tuple(&[filename, line, offset, text, end_line, end_offset])?
            .value();
        let e = self.new_exception(def, &[msg, place])?;
        for (slot, value) in [
            (syntax::FILENAME, filename),
            (syntax::LINENO, line),
            (syntax::OFFSET, offset),
            (syntax::TEXT, text),
            (syntax::END_LINENO, end_line),
            (syntax::END_OFFSET, end_offset),
        ] {
            e.set_slot(self, slot, value);
        }
        Ok(e)
    }
}

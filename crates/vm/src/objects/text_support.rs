//! What the text and bytes types share: errors of crate `text` as exceptions, options that are strings, windows of slice arguments.

use crate::local::{Local, Py, Raised, Ret, k};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::{Str, Value};
use mesapy_text::{ErrorKind, TextError};

impl Vm {
    /// The exception for a failed operation of crate `text`.
    #[cold]
    pub fn text_error(&self, error: TextError) -> Raised {
        let def = match error.kind {
            ErrorKind::ValueError => &exc::VALUE_ERROR,
            ErrorKind::TypeError => &exc::TYPE_ERROR,
            ErrorKind::OverflowError => &exc::OVERFLOW_ERROR,
            ErrorKind::IndexError => &exc::INDEX_ERROR,
            ErrorKind::KeyError => &exc::KEY_ERROR,
            ErrorKind::ZeroDivisionError => &exc::ZERO_DIVISION_ERROR,
            ErrorKind::MemoryError => return self.memory_error(),
            // Whoever interrupted left an exception pending; if nobody did, this is Ctrl-C.
            ErrorKind::Interrupted if self.pending_exception().is_some() => return Raised(()),
            ErrorKind::Interrupted => &exc::KEYBOARD_INTERRUPT,
        };
        match self.new_str(&error.message) {
            Ok(text) => self.raise_with(def, &[text.value()]),
            Err(no_memory) => no_memory.into(),
        }
    }
    /// The bytes of a str, copied, so that Python code may run meanwhile.
    #[inline]
    pub fn str_bytes(&self, s: Local<k::Str>) -> Vec<u8> {
        s.get(self).bytes(self).to_vec()
    }
    /// A str of these WTF-8 bytes in the return register.
    #[inline]
    pub fn ret_str(&self, bytes: &[u8]) -> Py<Ret> {
        Ok(self.ret(self.new_str(bytes)?.value()))
    }
    /// A bytes object in the return register.
    #[inline]
    pub fn ret_bytes(&self, bytes: &[u8]) -> Py<Ret> {
        Ok(self.ret(self.new_bytes(bytes)?.value()))
    }
    /// An option that must be a str without null characters, or absent: `name() argument 'encoding' must be str, not int`.
    pub fn text_option(
        &self,
        option: Option<Local>,
        function: &str,
        parameter: &str,
    ) -> Py<Option<String>> {
        let Some(option) = option else {
            return Ok(None);
        };
        let value = option.value(self);
        let Some(text) = value.as_str(self) else {
            return Err(self.type_error(format!(
                "{function}() argument '{parameter}' must be str, not {}",
                self.type_name_for_none(value)
            )));
        };
        if text.bytes(self).contains(&0) {
            return Err(self.value_error("embedded null character"));
        }
        match text.as_utf8(self) {
            Some(text) => Ok(Some(text.to_owned())),
            None => Ok(Some(text.to_string_lossy(self))),
        }
    }
    /// A type's name where messages of argument parsing say `None` for None.
    pub(crate) fn type_name_for_none(&self, value: Value<'_>) -> String {
        if value.is_none() {
            "None".to_owned()
        } else {
            self.type_name_for_error(value)
        }
    }
}

/// `start` and `end` arguments against a length, as `find` and its kin take them: `None` when no match, even of nothing, can lie there.
#[inline]
pub(crate) fn window(start: Option<i64>, end: Option<i64>, len: usize) -> Option<(usize, usize)> {
    let len = len as i64;
    let fix = |i: i64| {
        if i < 0 {
            i.saturating_add(len).max(0)
        } else {
            i
        }
    };
    let start = start.map_or(0, fix);
    let end = end.map_or(len, fix).min(len);
    (start <= end).then_some((start as usize, end as usize))
}

/// A limit like `count` or `maxsplit`: negative means none.
#[inline]
pub(crate) fn limit(n: Option<i64>) -> usize {
    n.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX))
}

/// The characters `start..start + n` of a str.
pub(crate) fn substring<'v>(vm: &'v Vm, s: Str<'v>, start: usize, n: usize) -> Py<Value<'v>> {
    let chars = s.char_len(vm);
    if start == 0 && n >= chars {
        return Ok(s.value());
    }
    let from = s.char_to_byte(vm, start);
    let to = s.char_to_byte(vm, start.saturating_add(n));
    Ok(vm
        .new_str(s.bytes(vm).get(from..to).unwrap_or(&[]))?
        .value())
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn windows_clamp_as_slices_do() {
        assert_eq!(window(None, None, 3), Some((0, 3)));
        assert_eq!(window(Some(-1), None, 3), Some((2, 3)));
        assert_eq!(window(Some(4), None, 3), None);
        assert_eq!(window(Some(3), None, 3), Some((3, 3)));
        assert_eq!(window(Some(i64::MIN), Some(i64::MAX), 3), Some((0, 3)));
        assert_eq!(window(Some(2), Some(-2), 3), None);
    }
}

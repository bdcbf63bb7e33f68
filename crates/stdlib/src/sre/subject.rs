//! What a pattern is matched against, and running a match over it with pauses for signals and collections.

use super::chars::{Narrow, Wide};
use super::engine::{Matcher, Outcome, UNSET};
use super::program::Program;
use mesapy_heap::Value;
use mesapy_vm::{Local, Py, Vm};

/// A str or bytes object, or a copy of what another object exports: its text does not change while a match runs.
pub struct Subject {
    pub object: Local,
    copied: Option<Vec<u8>>,
    pub is_bytes: bool,
    wide: bool,
    /// The window's character positions, and the byte positions of the same.
    pub pos: usize,
    pub endpos: usize,
    pub start: usize,
    pub end: usize,
}

/// Whether an object is a str (false) or bytes-like (true).
fn kind_of(vm: &mut Vm, object: Local) -> Py<(bool, Option<Vec<u8>>)> {
    let value = object.value(vm);
    if value.as_str(vm).is_some() {
        return Ok((false, None));
    }
    if value.as_bytes(vm).is_some() {
        return Ok((true, None));
    }
    if !vm.has_buffer(value) {
        return Err(vm.type_error(format!(
            "expected string or bytes-like object, got '{}'",
            vm.type_name_for_error(value)
        )));
    }
    Ok((true, Some(vm.buffer_bytes(object)?)))
}

impl Subject {
    /// `pattern_is_bytes` is None for the pattern None, which matches nothing of a kind.
    pub fn new(
        vm: &mut Vm,
        object: Local,
        pattern_is_bytes: bool,
        pos: i64,
        endpos: i64,
    ) -> Py<Subject> {
        let (is_bytes, copied) = kind_of(vm, object)?;
        if is_bytes && !pattern_is_bytes {
            return Err(vm.type_error("cannot use a string pattern on a bytes-like object"));
        }
        if !is_bytes && pattern_is_bytes {
            return Err(vm.type_error("cannot use a bytes pattern on a string-like object"));
        }
        let mut subject = Subject {
            object,
            copied,
            is_bytes,
            wide: false,
            pos: 0,
            endpos: 0,
            start: 0,
            end: 0,
        };
        let vm: &Vm = vm;
        let len = match object.value(vm).as_str(vm) {
            Some(s) => {
                subject.wide = !s.is_ascii(vm);
                s.char_len(vm)
            }
            None => subject.text(vm).len(),
        };
        let clamp = |n: i64| usize::try_from(n).unwrap_or(0).min(len);
        (subject.pos, subject.endpos) = (clamp(pos), clamp(endpos));
        (subject.start, subject.end) = (
            subject.byte_of(vm, subject.pos),
            subject.byte_of(vm, subject.endpos),
        );
        Ok(subject)
    }
    #[inline]
    pub fn text<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        if let Some(copied) = &self.copied {
            return copied;
        }
        let value = self.object.value(vm);
        match value.as_str(vm) {
            Some(s) => s.bytes(vm),
            None => value.as_bytes(vm).map_or(&[], |b| b.bytes(vm)),
        }
    }
    #[inline]
    pub fn byte_of(&self, vm: &Vm, index: usize) -> usize {
        match self.object.value(vm).as_str(vm) {
            Some(s) if self.wide => s.char_to_byte(vm, index),
            _ => index,
        }
    }
    /// The character position of a byte position; -1 for none.
    #[inline]
    pub fn char_of(&self, vm: &Vm, at: usize) -> i64 {
        if at == UNSET {
            return -1;
        }
        match self.object.value(vm).as_str(vm) {
            Some(s) if self.wide => s.byte_to_char(vm, at) as i64,
            _ => at as i64,
        }
    }
    /// A part, by byte positions; the object itself if it is all of an exact str or bytes.
    pub fn part<'v>(&self, vm: &'v Vm, start: usize, end: usize) -> Py<Value<'v>> {
        let end = end.max(start);
        let value = self.object.value(vm);
        let text = match value.as_str(vm) {
            Some(s) => s.bytes(vm),
            None => match value.as_bytes(vm) {
                Some(b) => b.bytes(vm),
                None => {
                    let copied = self.copied.as_deref().unwrap_or(&[]);
                    return Ok(vm.new_bytes(copied.get(start..end).unwrap_or(&[]))?.value());
                }
            },
        };
        part_of(vm, value, text, start, end)
    }
    /// Runs what `m` was begun with.
    pub fn run(&self, vm: &mut Vm, program: &Program, m: &mut Matcher) -> Py<bool> {
        loop {
            let outcome = {
                let text = self.text(vm);
                let text = text.get(..self.end).unwrap_or(text);
                if self.wide {
                    m.run::<Wide>(program, text)
                } else {
                    m.run::<Narrow>(program, text)
                }
            };
            match outcome {
                Outcome::Match => return Ok(true),
                Outcome::NoMatch => return Ok(false),
                Outcome::Pause => vm.poll()?,
                Outcome::Memory => return Err(vm.memory_error()),
            }
        }
    }
}

/// A part of an exact str or bytes by byte positions.
fn part_of<'v>(
    vm: &'v Vm,
    whole: Value<'v>,
    text: &[u8],
    start: usize,
    end: usize,
) -> Py<Value<'v>> {
    if start == 0 && end >= text.len() {
        if whole.as_exact_str(vm).is_some() || whole.as_exact_bytes(vm).is_some() {
            return Ok(whole);
        }
    }
    let part = text
        .get(start.min(text.len())..end.min(text.len()))
        .unwrap_or(&[]);
    match whole.as_str(vm) {
        Some(s) if s.is_ascii(vm) => Ok(vm.new_str_ascii(part)?.value()),
        Some(_) => Ok(vm.new_str(part)?.value()),
        None => Ok(vm.new_bytes(part)?.value()),
    }
}

/// A part of any subject by character positions, clamped: what a match shows, long after it was made.
pub fn slice(vm: &mut Vm, object: Local, start: usize, end: usize, into: Local) -> Py<()> {
    let copied = {
        let vm: &Vm = vm;
        let value = object.value(vm);
        if let Some(s) = value.as_str(vm) {
            let (start, end) = if s.is_ascii(vm) {
                (start, end)
            } else {
                let len = s.char_len(vm);
                (
                    s.char_to_byte(vm, start.min(len)),
                    s.char_to_byte(vm, end.min(len)),
                )
            };
            into.set(vm, part_of(vm, value, s.bytes(vm), start, end.max(start))?);
            return Ok(());
        }
        if let Some(b) = value.as_bytes(vm) {
            into.set(vm, part_of(vm, value, b.bytes(vm), start, end.max(start))?);
            return Ok(());
        }
        None::<Vec<u8>>
    };
    let bytes = match copied {
        Some(bytes) => bytes,
        None => vm.buffer_bytes(object)?,
    };
    let (start, end) = (start.min(bytes.len()), end.min(bytes.len()));
    let vm: &Vm = vm;
    into.set(
        vm,
        vm.new_bytes(bytes.get(start..end).unwrap_or(&[]))?.value(),
    );
    Ok(())
}

//! Exceptions as text, without any Python code of the library: for when the module `traceback` can't be imported, and for unraisable exceptions.
//!
//! The output is that of the module: with the marks below source lines, and with suggestions for names.

use crate::layout::{code as c, exception, frame, traceback as tb, types};
use crate::local::{Local, k};
use crate::objects::exceptions::{self as exc, fields};
use crate::objects::traceback;
use crate::traceback_carets;
use crate::vm::Vm;
use mesapy_bytecode::Position;
use mesapy_heap::Value;
use mesapy_platform::Platform;
use std::collections::{HashMap, HashSet};

/// Equal entries that are printed before the rest is counted.
const REPEATS_MAX: usize = 3;
/// Members of a group, and groups in groups, that are printed.
const GROUP_WIDTH_MAX: usize = 15;
const GROUP_DEPTH_MAX: usize = 10;
/// Source files larger than this are not read.
const SOURCE_BYTES_MAX: usize = 16 << 20;
/// Columns that are marked at most: offsets are whatever a program made them.
const CARETS_MAX: i64 = 1 << 16;
const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";

/// The whole chain of an exception as text.
pub(crate) fn format(vm: &mut Vm, e: Local) -> Vec<u8> {
    let mut printer = Printer::default();
    printer.chain(vm, e);
    printer.out
}
/// The exception without causes and contexts.
pub(crate) fn format_single(vm: &mut Vm, e: Local) -> Vec<u8> {
    let mut printer = Printer::default();
    printer.single(vm, e);
    printer.out
}

/// A line of a file, without what surrounds it; None if it can't be read or is blank.
pub(crate) fn source_line(vm: &Vm, filename: &[u8], number: i64) -> Option<Vec<u8>> {
    Printer::default().source_line(vm, filename, number)
}

#[derive(Default)]
struct Printer {
    out: Vec<u8>,
    /// What each line begins with inside groups, and how deep that is.
    margin: String,
    depth: usize,
    files: HashMap<Vec<u8>, Vec<Vec<u8>>>,
    seen: HashSet<u64>,
}

impl Printer {
    fn line(&mut self, text: &[u8]) {
        self.out.extend(self.margin.as_bytes());
        self.out.extend(text);
        self.out.push(b'\n');
    }
    fn text(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line.as_bytes());
        }
    }

    /// The causes and contexts first, oldest first.
    fn chain(&mut self, vm: &mut Vm, e: Local) {
        let Ok(list) = vm.new_list(&[e.value(vm)]) else {
            return;
        };
        let list: Local<k::List> = vm.local_of(list.value());
        let mut links = Vec::new();
        {
            let vm: &Vm = vm;
            let mut at = e.value(vm);
            while let Some(o) = at.as_obj() {
                self.seen.insert(vm.id(at));
                let (cause, context) =
                    (o.slot(vm, exception::CAUSE), o.slot(vm, exception::CONTEXT));
                let suppressed = o.slot(vm, exception::SUPPRESS_CONTEXT) == Value::TRUE;
                let (next, link) = if cause.is_ref() {
                    (cause, CAUSE)
                } else {
                    (if suppressed { Value::NONE } else { context }, CONTEXT)
                };
                if !next.is_ref()
                    || self.seen.contains(&vm.id(next))
                    || list.get(vm).push(vm, next).is_err()
                {
                    break;
                }
                links.push(link);
                at = next;
            }
        }
        let one = vm.local(Value::NONE);
        for i in (0..list.get(vm).len(vm)).rev() {
            one.set(vm, list.get(vm).get(vm, i));
            self.single(vm, one);
            if let Some(link) = i.checked_sub(1).and_then(|i| links.get(i)) {
                self.text(link);
            }
        }
    }

    fn single(&mut self, vm: &mut Vm, e: Local) {
        let group = vm.is_instance_of(e.value(vm), &exc::BASE_EXCEPTION_GROUP);
        if group && self.depth >= GROUP_DEPTH_MAX {
            self.line(format!("... (max_group_depth is {GROUP_DEPTH_MAX})").as_bytes());
            return;
        }
        let entries = self.entries(vm, e);
        let outermost = group && self.depth == 0;
        if outermost {
            self.margin = "  ".to_string();
        }
        if !entries.is_empty() {
            if outermost {
                self.margin.clear();
                self.line(b"  + Exception Group Traceback (most recent call last):");
            } else {
                self.line(if group {
                    b"Exception Group Traceback (most recent call last):"
                } else {
                    b"Traceback (most recent call last):"
                });
            }
        }
        if outermost {
            self.margin = "  | ".to_string();
        }
        for line in entries {
            self.line(&line);
        }
        self.description(vm, e);
        if group {
            self.members(vm, e, outermost);
        }
        if outermost {
            self.margin.clear();
        }
    }

    /// `File …` and source lines of the traceback.
    fn entries(&mut self, vm: &Vm, e: Local) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut last: Option<(Vec<u8>, i64, String)> = None;
        let mut repeated = 0;
        let mut link = e
            .value(vm)
            .as_obj()
            .map_or(Value::NONE, |o| o.slot(vm, exception::TRACEBACK));
        while let Some(entry) = link.as_obj().filter(|_| traceback::is_traceback(vm, link)) {
            link = entry.slot(vm, tb::NEXT);
            let code_obj = entry
                .slot(vm, tb::FRAME)
                .as_obj()
                .and_then(|f| f.slot(vm, frame::CODE).as_obj());
            let Some(code_obj) = code_obj else { continue };
            let filename = code_obj
                .slot(vm, c::FILENAME)
                .as_str(vm)
                .map_or_else(Vec::new, |s| s.bytes(vm).to_vec());
            let name = vm.text_of(code_obj.slot(vm, c::NAME));
            let number = traceback::line_of(vm, entry);
            let position =
                traceback::position_of(vm, entry).filter(|p| number == Some(i64::from(p.line)));
            let here = (filename, number.unwrap_or(-1), name);
            if last.as_ref() == Some(&here) {
                repeated += 1;
            } else {
                flush_repeats(&mut lines, repeated);
                repeated = 0;
            }
            if repeated < REPEATS_MAX {
                let shown = number.map_or("?".to_string(), |n| n.to_string());
                lines.push(
                    [
                        b"  File \"" as &[u8],
                        &here.0,
                        format!("\", line {shown}, in {}", here.2).as_bytes(),
                    ]
                    .concat(),
                );
                let shown = match (position, number) {
                    (Some(p), _) => traceback_carets::mark(&self.source_lines(vm, &here.0, p), p),
                    (None, Some(n)) => {
                        let line = self.source_line(vm, &here.0, n);
                        line.map(|l| String::from_utf8_lossy(&l).into_owned())
                            .into_iter()
                            .collect()
                    }
                    (None, None) => Vec::new(),
                };
                lines.extend(shown.iter().map(|l| format!("    {l}").into_bytes()));
            }
            last = Some(here);
        }
        flush_repeats(&mut lines, repeated);
        lines
    }
    /// The lines that a position spans; those that can't be read are empty.
    fn source_lines(&mut self, vm: &Vm, filename: &[u8], position: Position) -> Vec<String> {
        let first = i64::from(position.line);
        // As many lines as a file of the greatest size may have at most, so hostile positions cost nothing.
        let known = self
            .file(vm, filename)
            .map_or(0, |lines| lines.len() as i64);
        let last = i64::from(position.end_line).clamp(first, known.max(first));
        (first..=last)
            .map(|n| {
                let lines = self.file(vm, filename);
                let at = usize::try_from(n - 1).ok();
                at.and_then(|at| lines?.get(at))
                    .map_or(String::new(), |l| String::from_utf8_lossy(l).into_owned())
            })
            .collect()
    }
    /// A line of a file without indentation; None if the file can't be read or the line is blank.
    fn source_line(&mut self, vm: &Vm, filename: &[u8], number: i64) -> Option<Vec<u8>> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.file(vm, filename)?
            .get(at)
            .map(|l| l.trim_ascii().to_vec())
            .filter(|l| !l.is_empty())
    }
    /// The lines of a file.
    fn file(&mut self, vm: &Vm, filename: &[u8]) -> Option<&Vec<Vec<u8>>> {
        if filename.first() == Some(&b'<') {
            return None;
        }
        if !self.files.contains_key(filename) {
            let content = read_file(vm.platform(), filename).unwrap_or_default();
            let lines = content
                .split(|b| *b == b'\n')
                .map(|l| l.trim_ascii_end().to_vec())
                .collect();
            self.files.insert(filename.to_vec(), lines);
        }
        self.files.get(filename)
    }

    /// `module.Class: text`, the place of a SyntaxError, and the notes.
    fn description(&mut self, vm: &mut Vm, e: Local) {
        let name = {
            let vm: &Vm = vm;
            let class = vm.type_of(e.value(vm));
            let name = vm.text_of(class.slot(vm, types::QUALNAME));
            vm.shown_module(class)
                .map_or(name.clone(), |m| format!("{m}.{name}"))
        };
        let syntax = vm.is_instance_of(e.value(vm), &exc::SYNTAX_ERROR);
        let text = if syntax {
            self.syntax_place(vm, e);
            let message = e
                .value(vm)
                .as_obj()
                .and_then(|o| o.slot(vm, fields::syntax::MSG).non_empty());
            let blank = message
                .is_none_or(|m| m.is_none() || m.as_str(vm).is_some_and(|s| s.byte_len(vm) == 0));
            if blank {
                vm.local(vm.intern(b"<no detail available>").value())
            } else {
                vm.local(message.unwrap_or(Value::NONE))
            }
        } else {
            e
        };
        let mut text = shown(vm, text).unwrap_or_else(|| b"<exception str() failed>".to_vec());
        text.extend(crate::traceback_hints::hint(vm, e).into_bytes());
        if text.is_empty() {
            self.line(name.as_bytes());
        } else {
            let all = [name.as_bytes(), b": ", &text].concat();
            all.split(|b| *b == b'\n').for_each(|l| self.line(l));
        }
        self.notes(vm, e);
    }
    fn notes(&mut self, vm: &mut Vm, e: Local) {
        let found = match vm.lookup_attr_str(e, "__notes__") {
            Ok(Some(ret)) => ret.keep(vm),
            Ok(None) => return,
            Err(raised) => {
                vm.take_exception(raised);
                return;
            }
        };
        let listed = {
            let value = found.value(vm);
            value.as_list(vm).is_some()
                || value.as_tuple(vm).is_some()
                || value.as_str(vm).is_some()
        };
        if !listed {
            if !found.value(vm).is_none() {
                let text = vm.repr_text(found).unwrap_or_else(|raised| {
                    vm.take_exception(raised);
                    "<__notes__ repr() failed>".to_string()
                });
                self.line(text.as_bytes());
            }
            return;
        }
        let list = match vm.list_from_iterable(found) {
            Ok(ret) => ret.keep(vm),
            Err(raised) => {
                vm.take_exception(raised);
                return;
            }
        };
        let note = vm.local(Value::NONE);
        let mut i = 0;
        while let Some(value) = list.value(vm).as_list(vm).and_then(|l| l.at(vm, i)) {
            note.set(vm, value);
            let text = shown(vm, note).unwrap_or_else(|| b"<note str() failed>".to_vec());
            text.split(|b| *b == b'\n').for_each(|l| self.line(l));
            i += 1;
        }
    }
    fn syntax_place(&mut self, vm: &Vm, e: Local) {
        use fields::syntax::{END_LINENO, END_OFFSET, FILENAME, LINENO, OFFSET, TEXT};
        let Some(o) = e.value(vm).as_obj() else {
            return;
        };
        let number = |slot| o.slot(vm, slot).as_i64(vm);
        let Some(line) = number(LINENO) else { return };
        let filename = o
            .slot(vm, FILENAME)
            .as_str(vm)
            .map_or_else(|| b"<string>".to_vec(), |s| s.bytes(vm).to_vec());
        self.line(
            &[
                b"  File \"" as &[u8],
                &filename,
                format!("\", line {line}").as_bytes(),
            ]
            .concat(),
        );
        let Some(text) = o.slot(vm, TEXT).as_str(vm).map(|s| s.to_string_lossy(vm)) else {
            return;
        };
        let length = text.chars().count() as i64;
        let text = text.trim_end_matches('\n');
        let code = text.trim_start_matches([' ', '\n', '\u{c}']);
        self.line(format!("    {code}").as_bytes());
        let Some(mut offset) = number(OFFSET) else {
            return;
        };
        let shown = text.chars().count() as i64;
        let cut = shown - code.chars().count() as i64;
        let mut end = if number(END_LINENO) == Some(line) {
            number(END_OFFSET).filter(|end| *end != 0).unwrap_or(offset)
        } else {
            shown + 1
        };
        if length > 0 && offset > length {
            offset = shown + 1;
        }
        if length > 0 && end > length {
            end = shown + 1;
        }
        if offset >= end || end < 0 {
            end = offset.saturating_add(1);
        }
        let start = offset.saturating_sub(1 + cut);
        let end = end
            .saturating_sub(1 + cut)
            .min(start.saturating_add(CARETS_MAX));
        if start >= 0 {
            // Tabs stay tabs, so that the carets stand below their characters.
            let lead: String = code
                .chars()
                .chain(std::iter::repeat(' '))
                .take(start.min(CARETS_MAX) as usize)
                .map(|c| if c.is_whitespace() { c } else { ' ' })
                .collect();
            let carets = "^".repeat(usize::try_from(end - start).unwrap_or(0));
            self.line(format!("    {lead}{carets}").as_bytes());
        }
    }

    fn members(&mut self, vm: &mut Vm, group: Local, outermost: bool) {
        let count = group
            .value(vm)
            .as_obj()
            .and_then(|o| o.slot(vm, fields::group::EXCEPTIONS).as_tuple(vm))
            .map_or(0, |t| t.len(vm));
        if vm.check_native_stack().is_err() {
            vm.pending.set(mesapy_heap::Word::EMPTY);
            self.line(format!("... (max_group_depth is {GROUP_DEPTH_MAX})").as_bytes());
            return;
        }
        let saved = self.margin.clone();
        let indent = if outermost {
            "  ".to_string()
        } else {
            saved.trim_end_matches("| ").to_string()
        };
        let member = vm.local(Value::NONE);
        self.depth += 1;
        for i in 0..count.min(GROUP_WIDTH_MAX + 1) {
            let more = i == GROUP_WIDTH_MAX;
            let label = if more {
                "...".to_string()
            } else {
                (i + 1).to_string()
            };
            self.margin.clear();
            let first = if i == 0 { "+-+" } else { "  +" };
            self.line(
                format!("{indent}{first}---------------- {label} ----------------").as_bytes(),
            );
            self.margin = format!("{indent}  | ");
            if more {
                let rest = count - GROUP_WIDTH_MAX;
                self.line(
                    format!(
                        "and {rest} more exception{}",
                        if rest == 1 { "" } else { "s" }
                    )
                    .as_bytes(),
                );
            } else {
                let value = group
                    .value(vm)
                    .as_obj()
                    .and_then(|o| o.slot(vm, fields::group::EXCEPTIONS).as_tuple(vm))
                    .map_or(Value::NONE, |t| t.get(vm, i));
                member.set(vm, value);
                vm.scope(|vm| self.chain(vm, member));
            }
            let last = i + 1 == count.min(GROUP_WIDTH_MAX + 1);
            // A group among the members closes the frame itself, unless it was too deep.
            let nested = !more
                && self.depth < GROUP_DEPTH_MAX
                && vm.is_instance_of(member.value(vm), &exc::BASE_EXCEPTION_GROUP);
            if last && !nested {
                self.margin.clear();
                self.line(format!("{indent}  +------------------------------------").as_bytes());
            }
        }
        self.depth -= 1;
        self.margin = saved;
    }
}

fn flush_repeats(lines: &mut Vec<Vec<u8>>, repeated: usize) {
    if repeated >= REPEATS_MAX {
        let more = repeated + 1 - REPEATS_MAX;
        lines.push(
            format!(
                "  [Previous line repeated {more} more time{}]",
                if more == 1 { "" } else { "s" }
            )
            .into_bytes(),
        );
    }
}
/// `str(x)`; None if that raises.
fn shown(vm: &mut Vm, x: Local) -> Option<Vec<u8>> {
    match vm.str(x) {
        Ok(ret) => ret.get(vm).as_str(vm).map(|s| s.bytes(vm).to_vec()),
        Err(raised) => {
            vm.take_exception(raised);
            None
        }
    }
}
fn read_file(platform: &dyn Platform, path: &[u8]) -> Option<Vec<u8>> {
    const READ_ONLY: i32 = 0;
    const AT_FDCWD: i32 = -100;
    let fd = platform.open(AT_FDCWD, path, READ_ONLY, 0).ok()?;
    let mut content = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let whole = loop {
        match platform.read(fd, &mut buffer) {
            Ok(0) => break true,
            Ok(n) if content.len() + n <= SOURCE_BYTES_MAX => {
                content.extend_from_slice(&buffer[..n.min(buffer.len())])
            }
            Ok(_) | Err(_) => break false,
        }
    };
    let _ = platform.close(fd);
    whole.then_some(content)
}

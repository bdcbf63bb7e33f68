//! Where an unpickler reads from: bytes, or a Python file.
//!
//! A file is left exactly behind the pickle. What it can show in advance (`peek`) is used without being consumed until it is known how much was needed.

use super::{UNPICKLING_ERROR, unpickling_error};
use crate::support::*;

pub struct Source {
    /// Bytes at hand, the first `at` of them used.
    buffer: Vec<u8>,
    at: usize,
    /// The buffer only shows what the file will give: it has to be read off.
    peeked: bool,
    file: Option<File>,
    /// Bytes that the open frame still has; 0: there is none.
    frame_left: usize,
}
/// Methods of a file.
#[derive(Clone, Copy)]
pub struct File {
    pub read: Local,
    pub readline: Local,
    pub peek: Option<Local>,
    pub readinto: Option<Local>,
}

/// Bytes asked of `peek`.
const PREFETCH: i64 = 128 * 1024;
/// Bytes read at once: a length in a pickle is only believed as far as there is data.
const CHUNK: usize = 1 << 20;

impl Source {
    pub fn bytes(data: Vec<u8>) -> Source {
        Source {
            buffer: data,
            at: 0,
            peeked: false,
            file: None,
            frame_left: 0,
        }
    }
    pub fn with_methods(file: File) -> Source {
        Source {
            buffer: Vec::new(),
            at: 0,
            peeked: false,
            file: Some(file),
            frame_left: 0,
        }
    }
    pub fn file(vm: &mut Vm, file: Local) -> Py<Source> {
        Ok(Source::with_methods(methods_of(vm, file)?))
    }
    /// An argument may not go beyond the frame that its opcode is in.
    fn within_frame(&mut self, vm: &Vm, n: usize) -> Py<()> {
        if self.frame_left > 0 {
            self.frame_left = self
                .frame_left
                .checked_sub(n)
                .ok_or_else(|| unpickling_error(vm, "pickle exhausted before end of frame"))?;
        }
        Ok(())
    }
    /// The byte so far ahead.
    pub fn peek(&mut self, vm: &mut Vm, ahead: usize) -> Py<u8> {
        if self.buffer.len() - self.at <= ahead {
            self.fill(vm, ahead + 1)?;
        }
        let found = self.buffer.get(self.at + ahead);
        found.copied().ok_or_else(|| truncated(vm))
    }
    /// Exactly n bytes.
    pub fn take(&mut self, vm: &mut Vm, n: usize) -> Py<&[u8]> {
        self.within_frame(vm, n)?;
        if self.buffer.len().saturating_sub(self.at) < n {
            self.fill(vm, n)?;
        }
        self.at_hand(n).ok_or_else(|| truncated(vm))
    }
    /// A fixed number of bytes.
    pub fn array<const N: usize>(&mut self, vm: &mut Vm) -> Py<[u8; N]> {
        self.within_frame(vm, N)?;
        if let Some(bytes) = self.at_hand(N) {
            if let Ok(array) = bytes.try_into() {
                return Ok(array);
            }
        }
        self.fill(vm, N)?;
        let bytes = self.at_hand(N).and_then(|b| b.try_into().ok());
        bytes.ok_or_else(|| truncated(vm))
    }
    /// The next n bytes if they are at hand; they count as used.
    fn at_hand(&mut self, n: usize) -> Option<&[u8]> {
        let end = self.at.checked_add(n)?;
        let found = self.buffer.get(self.at..end)?;
        self.at = end;
        Some(found)
    }
    /// The next opcode; EOFError where there is none.
    pub fn opcode(&mut self, vm: &mut Vm) -> Py<u8> {
        if let Some(byte) = self.buffer.get(self.at) {
            self.at += 1;
            self.frame_left = self.frame_left.saturating_sub(1);
            return Ok(*byte);
        }
        match self.array::<1>(vm) {
            Ok([byte]) => Ok(byte),
            Err(raised) if vm.raised_is(&raised, &UNPICKLING_ERROR) => {
                vm.take_exception(raised);
                Err(vm.raise_text(&exc::EOF_ERROR, "Ran out of input"))
            }
            Err(raised) => Err(raised),
        }
    }
    /// A line without its end.
    pub fn line(&mut self, vm: &mut Vm) -> Py<Vec<u8>> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        if let Some(i) = memchr::memchr(b'\n', rest) {
            let line = rest.get(..i).unwrap_or_default().to_vec();
            self.within_frame(vm, i + 1)?;
            self.at += i + 1;
            return Ok(line);
        }
        let Some(file) = self.file else {
            return Err(truncated(vm));
        };
        if self.frame_left > 0 {
            return Err(unpickling_error(vm, "pickle exhausted before end of frame"));
        }
        // What is left of the buffer belongs to the line.
        let mut line = if self.peeked {
            Vec::new()
        } else {
            rest.to_vec()
        };
        self.skip_used(vm)?;
        self.drop_buffer();
        let more = vm.scope(|vm| {
            let got = vm.call(file.readline, &[])?.keep(vm);
            bytes_of(vm, got, "readline()")
        })?;
        line.extend_from_slice(&more);
        match line.pop() {
            Some(b'\n') => Ok(line),
            _ => Err(truncated(vm)),
        }
    }
    /// Reads a frame: after it nothing outside of it is touched until it is used up.
    pub fn frame(&mut self, vm: &mut Vm, n: u64) -> Py<()> {
        let n = usize::try_from(n)
            .ok()
            .filter(|n| *n <= i64::MAX as usize)
            .ok_or_else(|| {
                vm.overflow_error(
                    "FRAME length exceeds system's maximum of 9223372036854775807 bytes",
                )
            })?;
        if self.frame_left > 0 {
            return Err(unpickling_error(
                vm,
                "beginning of a new frame before end of current frame",
            ));
        }
        if self.buffer.len() - self.at < n {
            self.fill(vm, n)?;
            if self.buffer.len() - self.at < n {
                return Err(truncated(vm));
            }
        }
        self.frame_left = n;
        Ok(())
    }
    /// Makes n bytes be at hand if the source has as many.
    fn fill(&mut self, vm: &mut Vm, n: usize) -> Py<()> {
        let Some(file) = self.file else {
            return Ok(());
        };
        self.skip_used(vm)?;
        if self.peeked {
            self.drop_buffer();
        }
        if let (Some(peek), true) = (file.peek, self.at == self.buffer.len()) {
            let shown = vm.scope(|vm| {
                let size = vm.local(vm.int(PREFETCH));
                match vm.call(peek, &[size]) {
                    Ok(got) => {
                        let got = got.keep(vm);
                        bytes_of(vm, got, "peek()").map(Some)
                    }
                    // Some wrappers have the method and can't do it.
                    Err(raised) if vm.raised_is(&raised, &exc::NOT_IMPLEMENTED_ERROR) => {
                        vm.take_exception(raised);
                        Ok(None)
                    }
                    Err(raised) => Err(raised),
                }
            })?;
            if let Some(shown) = shown.filter(|s| s.len() >= n) {
                self.buffer = shown;
                self.at = 0;
                self.peeked = true;
                return Ok(());
            }
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < n {
            let wanted = (n - self.buffer.len()).min(CHUNK);
            let got = vm.scope(|vm| {
                let size = vm.local(vm.int(wanted as i64));
                let got = vm.call(file.read, &[size])?.keep(vm);
                bytes_of(vm, got, "read()")
            })?;
            if got.is_empty() {
                break;
            }
            self.buffer.extend_from_slice(&got);
        }
        Ok(())
    }
    /// Reads off what was peeked and used.
    fn skip_used(&mut self, vm: &mut Vm) -> Py<()> {
        if !self.peeked || self.at == 0 {
            return Ok(());
        }
        let Some(file) = self.file else {
            return Ok(());
        };
        vm.scope(|vm| {
            let size = vm.local(vm.int(self.at as i64));
            vm.call(file.read, &[size]).map(drop)
        })?;
        self.buffer.drain(..self.at);
        self.at = 0;
        Ok(())
    }
    fn drop_buffer(&mut self) {
        self.buffer.clear();
        self.at = 0;
        self.peeked = false;
    }
    /// After a pickle: the file stands behind it, and what was read too much of (a frame longer than needed) stays for the next.
    pub fn finish(&mut self, vm: &mut Vm) -> Py<()> {
        self.skip_used(vm)?;
        if self.peeked {
            self.drop_buffer();
        }
        Ok(())
    }
    /// What was read and not used.
    pub fn rest(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.at.min(self.buffer.len()));
        self.drop_buffer();
        rest
    }
    /// Puts back what an earlier load read too much.
    pub fn put_back(&mut self, rest: Vec<u8>) {
        self.buffer = rest;
    }
}

pub fn methods_of(vm: &mut Vm, file: Local) -> Py<File> {
    let method = |vm: &mut Vm, name: &str| -> Py<Option<Local>> {
        Ok(vm.lookup_attr_str(file, name)?.map(|r| r.keep(vm)))
    };
    let peek = method(vm, "peek")?;
    let readinto = method(vm, "readinto")?;
    let read = method(vm, "read")?;
    let readline = method(vm, "readline")?;
    match (read, readline) {
        (Some(read), Some(readline)) => Ok(File {
            read,
            readline,
            peek,
            readinto,
        }),
        _ => Err(vm.type_error("file must have 'read' and 'readline' attributes")),
    }
}
fn bytes_of(vm: &mut Vm, got: Local, what: &str) -> Py<Vec<u8>> {
    match bytes_like(vm, got)? {
        Some(bytes) => Ok(bytes),
        None if vm.has_buffer(got.value(vm)) => vm.buffer_bytes(got),
        None => {
            let _ = what;
            Err(vm.type_error(format!(
                "a bytes-like object is required, not '{}'",
                vm.type_name_for_error(got.value(vm))
            )))
        }
    }
}
pub fn truncated(vm: &Vm) -> Raised {
    unpickling_error(vm, "pickle data was truncated")
}

//! Codecs: bytes to strings and back, in a form that can stop at an error and go on behind it.
//!
//! Every decoder has the shape `decode(bytes, start, is_final, &mut out) -> Result<usize, DecodeError>`: it appends to
//! `out` what it decodes from `bytes[start..]` and gives the position behind that, which is short of the end only if
//! the end is incomplete and more may follow (`is_final` is false). At an error, `out` holds all before it; the caller
//! asks the error handler, appends the replacement and resumes at the position that the handler names.
//!
//! Every encoder is `encode(text, start, &mut out) -> Result<(), EncodeError>`, with positions in bytes of `text`
//! (see [`crate::wtf8::char_of_offset`]).

pub mod charmap;
pub mod escape;
pub mod handlers;
pub mod single;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

/// What can't be decoded: `bytes[start..end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// What can't be encoded: `text[start..end]`, in bytes of the string's own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeError {
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    Little,
    Big,
}

/// The end of the run of characters from byte `start` for which `bad` holds, one character at least.
pub(crate) fn run_end(text: &[u8], start: usize, bad: impl Fn(u32) -> bool) -> usize {
    let mut end = start;
    while let Some((cp, width)) = crate::wtf8::decode_at(text, end) {
        if end > start && !bad(cp) {
            break;
        }
        end += width;
    }
    end.min(text.len())
}

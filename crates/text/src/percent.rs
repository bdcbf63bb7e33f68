//! `%` formatting of str and bytes: the template's parser, and the layout of each conversion once its value is known.
//!
//! The template is parsed piece by piece, since CPython converts as it goes: an error at the end of a template comes
//! after the side effects of what is before it. Fetching arguments is the caller's; the order there is: key, `*` width,
//! `*` precision, value, and only then [`Conversion::unsupported`].

use crate::number::bigint::{self, BigRef};
use crate::number::float::{self, FloatFlags};
use crate::search::Kind;
use crate::{Step, TextError, wtf8};
use std::ops::Range;

/// A width or precision in the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    Absent,
    /// `*`: the next argument.
    Argument,
    Given(usize),
}

/// One `%…x` of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Where in the template the mapping key is.
    pub key: Option<Range<usize>>,
    pub flags: Flags,
    pub width: Count,
    pub precision: Count,
    /// The conversion character.
    pub kind: u32,
    /// Its position, in characters.
    pub kind_char_index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
}

/// Literal text and the conversion that follows it, if any. A literal `%%` ends a piece, with its first `%` included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub literal: Range<usize>,
    pub conversion: Option<Conversion>,
}

/// Goes through a template.
#[derive(Debug, Clone)]
pub struct Template<'a> {
    text: &'a [u8],
    kind: Kind,
    at: usize,
    /// How far characters have been counted, and how many they are.
    counted: usize,
    chars: usize,
}

impl<'a> Template<'a> {
    pub fn new(text: &'a [u8], kind: Kind) -> Self {
        Template::resume(text, kind, 0)
    }
    /// To go on with a template from an offset: what [`Template::offset`] gave.
    pub fn resume(text: &'a [u8], kind: Kind, at: usize) -> Self {
        Template {
            text,
            kind,
            at,
            counted: 0,
            chars: 0,
        }
    }
    pub fn offset(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn number(&mut self, max: usize, error: &str) -> Result<usize, TextError> {
        let mut value = 0usize;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let next = value
                .checked_mul(10)
                .and_then(|v| v.checked_add((digit - b'0') as usize));
            value = next
                .filter(|&v| v <= max)
                .ok_or_else(|| TextError::value(error))?;
            self.at += 1;
        }
        Ok(value)
    }

    fn count(&mut self, max: usize, error: &str) -> Result<Count, TextError> {
        match self.peek() {
            Some(b'*') => {
                self.at += 1;
                Ok(Count::Argument)
            }
            Some(b'0'..=b'9') => Ok(Count::Given(self.number(max, error)?)),
            _ => Ok(Count::Absent),
        }
    }

    fn conversion(&mut self) -> Result<Conversion, TextError> {
        let incomplete = || TextError::value("incomplete format");
        let mut key = None;
        if self.peek() == Some(b'(') {
            let start = self.at + 1;
            let mut depth = 1usize;
            let mut end = start;
            while depth > 0 {
                match self.text.get(end) {
                    Some(b'(') => depth += 1,
                    Some(b')') => depth -= 1,
                    Some(_) => {}
                    None => return Err(TextError::value("incomplete format key")),
                }
                end += 1;
            }
            key = Some(start..end - 1);
            self.at = end;
        }
        let mut flags = Flags::default();
        loop {
            match self.peek() {
                Some(b'-') => flags.left = true,
                Some(b'+') => flags.plus = true,
                Some(b' ') => flags.space = true,
                Some(b'#') => flags.alternate = true,
                Some(b'0') => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        let width = self.count(isize::MAX as usize, "width too big")?;
        let mut precision = Count::Absent;
        if self.peek() == Some(b'.') {
            self.at += 1;
            precision = match self.count(i32::MAX as usize, "precision too big")? {
                Count::Absent => Count::Given(0),
                given => given,
            };
        }
        if matches!(self.peek(), Some(b'h' | b'l' | b'L')) {
            self.at += 1;
        }
        self.chars += self.kind.len(&self.text[self.counted..self.at]);
        self.counted = self.at;
        let kind_char_index = self.chars;
        let (kind, size) = match (self.kind, self.peek()) {
            (_, None) => return Err(incomplete()),
            (Kind::Bytes, Some(byte)) => (byte as u32, 1),
            (Kind::Str, _) => wtf8::decode_at(self.text, self.at).ok_or_else(incomplete)?,
        };
        self.at += size;
        Ok(Conversion {
            key,
            flags,
            width,
            precision,
            kind,
            kind_char_index,
        })
    }
}

impl Iterator for Template<'_> {
    type Item = Result<Piece, TextError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let Some(percent) = memchr::memchr(b'%', &self.text[start..]).map(|n| start + n) else {
            self.at = self.text.len();
            return Some(Ok(Piece {
                literal: start..self.at,
                conversion: None,
            }));
        };
        self.at = percent + 1;
        if self.peek() == Some(b'%') {
            self.at += 1;
            return Some(Ok(Piece {
                literal: start..percent + 1,
                conversion: None,
            }));
        }
        let conversion = self.conversion();
        if conversion.is_err() {
            self.at = self.text.len();
        }
        Some(conversion.map(|c| Piece {
            literal: start..percent,
            conversion: Some(c),
        }))
    }
}

/// How a converted value is laid out, with `*` resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    pub flags: Flags,
    pub width: usize,
    pub precision: Option<usize>,
}

impl Layout {
    /// Nothing but the conversion itself.
    pub fn is_plain(&self) -> bool {
        self.width == 0 && self.precision.is_none() && self.flags == Flags::default()
    }
}

impl Conversion {
    /// Puts the arguments of `*` in; those that don't apply are ignored. A negative width means left, a negative
    /// precision 0.
    pub fn layout(&self, width: i64, precision: i64) -> Layout {
        let mut flags = self.flags;
        let width = match self.width {
            Count::Absent => 0,
            Count::Given(n) => n,
            Count::Argument => {
                flags.left |= width < 0;
                usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX)
            }
        };
        let precision = match self.precision {
            Count::Absent => None,
            Count::Given(n) => Some(n),
            Count::Argument => Some(usize::try_from(precision).unwrap_or(0)),
        };
        Layout {
            flags,
            width,
            precision,
        }
    }

    /// The error for a conversion character that doesn't exist.
    pub fn unsupported(&self) -> TextError {
        let shown = char::from_u32(self.kind)
            .filter(|c| (31..=126).contains(&u32::from(*c)))
            .unwrap_or('?');
        TextError::value(format!(
            "unsupported format character '{shown}' (0x{:x}) at index {}",
            self.kind, self.kind_char_index
        ))
    }
}

/// Sign or prefix, zeros or spaces, body.
fn place(head: &str, body: &str, layout: Layout) -> Result<Vec<u8>, TextError> {
    let padding = layout.width.saturating_sub(head.len() + body.len());
    let mut out = Vec::new();
    let total = padding
        .checked_add(head.len() + body.len())
        .filter(|&n| n <= isize::MAX as usize);
    out.try_reserve_exact(total.ok_or_else(TextError::memory)?)
        .map_err(|_| TextError::memory())?;
    let spaces = |out: &mut Vec<u8>, fill: u8| out.resize(out.len() + padding, fill);
    let flags = layout.flags;
    if !flags.left && !flags.zero {
        spaces(&mut out, b' ');
    }
    out.extend_from_slice(head.as_bytes());
    if !flags.left && flags.zero {
        spaces(&mut out, b'0');
    }
    out.extend_from_slice(body.as_bytes());
    if flags.left {
        spaces(&mut out, b' ');
    }
    Ok(out)
}

fn sign(negative: bool, flags: Flags) -> &'static str {
    match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

/// `d`, `i`, `u`, `o`, `x`, `X`. The limit on decimal digits is the caller's to check.
pub fn format_int(
    value: BigRef,
    kind: u8,
    layout: Layout,
    step: Step,
) -> Result<Vec<u8>, TextError> {
    let (base, prefix) = match kind {
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    let text = bigint::to_radix(value, base, step)?;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let mut head = sign(negative, layout.flags).to_owned();
    if layout.flags.alternate {
        head.push_str(prefix);
    }
    let mut body = String::new();
    let zeros = layout.precision.unwrap_or(0).saturating_sub(digits.len());
    body.try_reserve_exact(zeros + digits.len())
        .map_err(|_| TextError::memory())?;
    body.extend(std::iter::repeat_n('0', zeros));
    body.push_str(digits);
    if kind == b'X' {
        body.make_ascii_uppercase();
    }
    place(&head, &body, layout)
}

/// `e`, `f`, `g` and upper case.
pub fn format_float(value: f64, kind: u8, layout: Layout) -> Result<Vec<u8>, TextError> {
    let precision = layout.precision.unwrap_or(6);
    if precision > i32::MAX as usize {
        return Err(TextError::value("precision too big"));
    }
    if precision > crate::format_spec::WIDTH_MAX {
        return Err(TextError::memory());
    }
    let flags = FloatFlags {
        alternate: layout.flags.alternate,
        ..FloatFlags::default()
    };
    let text = float::format_double(value, kind, precision, flags);
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.as_str()),
    };
    place(sign(negative, layout.flags), body, layout)
}

/// `s`, `r`, `a`, `b` (cut to the precision), and `c` (pass a layout without precision).
pub fn format_text(s: &[u8], layout: Layout, kind: Kind) -> Result<Vec<u8>, TextError> {
    let shown = match (layout.precision, kind) {
        (None, _) => s,
        (Some(n), Kind::Bytes) => &s[..s.len().min(n)],
        (Some(n), Kind::Str) => &s[..wtf8::offset_of_char(s, n)],
    };
    let padded = if layout.flags.left {
        crate::pad::ljust(shown, layout.width, b' ' as u32, kind)?
    } else {
        crate::pad::rjust(shown, layout.width, b' ' as u32, kind)?
    };
    Ok(padded.unwrap_or_else(|| shown.to_vec()))
}

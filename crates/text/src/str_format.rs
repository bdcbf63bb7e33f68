//! Templates of `str.format`: literal text and replacement fields, and the path inside a field's name.
//!
//! CPython: Objects/stringlib/unicode_format.h. Specifications may hold fields themselves, two levels deep
//! ([`RECURSION_MAX`]); the caller expands them by another [`Template`].

use crate::{TextError, unicode, wtf8};
use std::ops::Range;

/// How many levels of templates there may be; below that it is "Max string recursion exceeded".
pub const RECURSION_MAX: u32 = 2;
pub const RECURSION_ERROR: &str = "Max string recursion exceeded";

/// A replacement field, as ranges of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: Range<usize>,
    pub spec: Range<usize>,
    /// Does the specification contain fields (or braces)?
    pub spec_has_fields: bool,
    /// The character after `!`.
    pub conversion: Option<u32>,
}

/// Literal text and the field that follows it. Where a brace was doubled the literal ends with a single one and has no
/// field behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub literal: Range<usize>,
    pub field: Option<Field>,
}

#[derive(Debug, Clone)]
pub struct Template<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Template<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Template { text, at: 0 }
    }
    pub fn resume(text: &'a [u8], at: usize) -> Self {
        Template { text, at }
    }
    pub fn offset(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.text.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn piece(&mut self) -> Result<Piece, TextError> {
        let start = self.at;
        let Some(brace) = memchr::memchr2(b'{', b'}', &self.text[start..]).map(|n| start + n)
        else {
            self.at = self.text.len();
            return Ok(Piece {
                literal: start..self.at,
                field: None,
            });
        };
        let byte = self.text[brace];
        self.at = brace + 1;
        if self.text.get(brace + 1) == Some(&byte) {
            self.at += 1;
            return Ok(Piece {
                literal: start..brace + 1,
                field: None,
            });
        }
        if byte == b'}' {
            return Err(TextError::value("Single '}' encountered in format string"));
        }
        if self.at >= self.text.len() {
            return Err(TextError::value("Single '{' encountered in format string"));
        }
        let field = self.field()?;
        Ok(Piece {
            literal: start..brace,
            field: Some(field),
        })
    }

    fn field(&mut self) -> Result<Field, TextError> {
        let unfinished = || TextError::value("expected '}' before end of string");
        let start = self.at;
        let end = loop {
            match self.byte() {
                Some(b'{') => return Err(TextError::value("unexpected '{' in field name")),
                Some(b'[') => {
                    self.at += memchr::memchr(b']', &self.text[self.at..])
                        .unwrap_or(self.text.len() - self.at);
                }
                Some(b'}' | b':' | b'!') => break self.at - 1,
                Some(_) => {}
                None => return Err(unfinished()),
            }
        };
        let mut field = Field {
            name: start..end,
            spec: end..end,
            spec_has_fields: false,
            conversion: None,
        };
        let mut last = self.text[end];
        if last == b'!' {
            let Some((cp, width)) = wtf8::decode_at(self.text, self.at) else {
                return Err(TextError::value(
                    "end of string while looking for conversion specifier",
                ));
            };
            self.at += width;
            field.conversion = Some(cp);
            match self.byte() {
                Some(b'}') => last = b'}',
                Some(b':') => last = b':',
                Some(_) => return Err(TextError::value("expected ':' after conversion specifier")),
                None => return Err(TextError::value("unmatched '{' in format spec")),
            }
        }
        if last == b'}' {
            return Ok(field);
        }
        let start = self.at;
        let mut depth = 1usize;
        loop {
            match self.byte() {
                Some(b'{') => {
                    field.spec_has_fields = true;
                    depth += 1;
                }
                Some(b'}') => depth -= 1,
                Some(_) => {}
                None => return Err(TextError::value("unmatched '{' in format spec")),
            }
            if depth == 0 {
                field.spec = start..self.at - 1;
                return Ok(field);
            }
        }
    }
}

impl Iterator for Template<'_> {
    type Item = Result<Piece, TextError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.at = self.text.len();
        }
        Some(piece)
    }
}

/// An argument's number or name, also the key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key<'a> {
    Number(usize),
    Name(&'a [u8]),
}

/// A step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accessor<'a> {
    Attribute(&'a [u8]),
    Item(Key<'a>),
}

/// Only digits make a number; too many are an error.
fn key(text: &[u8]) -> Result<Key<'_>, TextError> {
    if text.is_empty() {
        return Ok(Key::Name(text));
    }
    let mut value = 0usize;
    for cp in wtf8::code_points(text) {
        let Some(digit) = unicode::decimal(cp) else {
            return Ok(Key::Name(text));
        };
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(digit as usize))
            .filter(|&v| v <= isize::MAX as usize)
            .ok_or_else(|| TextError::value("Too many decimal digits in format string"))?;
    }
    Ok(Key::Number(value))
}

/// Splits a field's name into the argument (an empty name is automatic numbering) and the path from there.
pub fn split_name(name: &[u8]) -> Result<(Key<'_>, Path<'_>), TextError> {
    let end = name
        .iter()
        .position(|b| matches!(b, b'.' | b'['))
        .unwrap_or(name.len());
    Ok((key(&name[..end])?, Path { rest: &name[end..] }))
}

/// The path of a field's name.
#[derive(Debug, Clone)]
pub struct Path<'a> {
    rest: &'a [u8],
}

impl<'a> Path<'a> {
    fn step(&mut self) -> Result<Accessor<'a>, TextError> {
        let empty = || TextError::value("Empty attribute in format string");
        let (first, rest) = self.rest.split_first().ok_or_else(empty)?;
        match first {
            b'.' => {
                let end = rest
                    .iter()
                    .position(|b| matches!(b, b'.' | b'['))
                    .unwrap_or(rest.len());
                self.rest = &rest[end..];
                if end == 0 {
                    Err(empty())
                } else {
                    Ok(Accessor::Attribute(&rest[..end]))
                }
            }
            b'[' => {
                let end = memchr::memchr(b']', rest)
                    .ok_or_else(|| TextError::value("Missing ']' in format string"))?;
                self.rest = &rest[end + 1..];
                let item = key(&rest[..end])?;
                if end == 0 {
                    Err(empty())
                } else {
                    Ok(Accessor::Item(item))
                }
            }
            _ => Err(TextError::value(
                "Only '.' or '[' may follow ']' in format field specifier",
            )),
        }
    }
}

impl<'a> Iterator for Path<'a> {
    type Item = Result<Accessor<'a>, TextError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.rest = &[];
        }
        Some(step)
    }
}

/// Whether a template numbers its fields by itself. Shared by a template and those inside its specifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AutoNumber {
    next: usize,
    manual: bool,
    automatic: bool,
}

impl AutoNumber {
    /// The argument's number for a field; `None` if it has a name.
    pub fn resolve(&mut self, first: &Key) -> Result<Option<usize>, TextError> {
        let automatic = *first == Key::Name(b"");
        let number = match first {
            Key::Number(n) => *n,
            Key::Name(b"") => self.next,
            Key::Name(_) => return Ok(None),
        };
        if automatic && self.manual {
            return Err(TextError::value(
                "cannot switch from manual field specification to automatic field numbering",
            ));
        }
        if !automatic && self.automatic {
            return Err(TextError::value(
                "cannot switch from automatic field numbering to manual field specification",
            ));
        }
        self.manual |= !automatic;
        self.automatic |= automatic;
        self.next += automatic as usize;
        Ok(Some(number))
    }
}

/// The error for a conversion other than `r`, `s` and `a`.
pub fn unknown_conversion(cp: u32) -> TextError {
    match char::from_u32(cp) {
        Some(c @ '!'..='~') => TextError::value(format!("Unknown conversion specifier {c}")),
        _ => TextError::value(format!("Unknown conversion specifier \\x{cp:x}")),
    }
}

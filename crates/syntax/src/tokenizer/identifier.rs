//! Names, and the prefixes of string literals.

use super::{Stop, Tokenizer};
use crate::token::{Kind, Token};

impl Tokenizer<'_> {
    /// A name, or a string literal with a prefix.
    pub(super) fn name_or_string(&mut self) -> Result<Token, Stop> {
        let start = self.pos;
        let mut seen = Prefixes::default();
        while let Some(byte) = self.peek() {
            if !seen.take(byte) {
                break;
            }
            self.pos += 1;
            if matches!(self.peek(), Some(b'"' | b'\'')) {
                if let Some((one, other)) = seen.conflict() {
                    let from = self.chars(self.line_start, start) + 1;
                    let to = self.chars(self.line_start, self.pos) + 1;
                    let msg = format!("'{one}' and '{other}' prefixes are incompatible");
                    return Err(self.error_range(msg, from, to));
                }
                return if seen.f || seen.t {
                    self.interpolated_start(start, seen.t, seen.r)
                } else {
                    self.string(start)
                };
            }
        }
        let mut ascii = true;
        while let Some(byte) = self.peek() {
            if byte >= 0x80 {
                ascii = false;
            } else if !(byte.is_ascii_alphanumeric() || byte == b'_') {
                break;
            }
            self.pos += 1;
        }
        if !ascii && !self.config.extra_tokens {
            self.check_identifier(start)?;
        }
        Ok(self.token(Kind::Name, start, self.pos))
    }

    fn check_identifier(&mut self, start: usize) -> Result<(), Stop> {
        let text = self.source.get(start..self.pos).unwrap_or("");
        let bad = text.char_indices().find(|&(at, c)| {
            !(c == '_'
                || if at == 0 {
                    is_identifier_start(c)
                } else {
                    is_identifier_part(c)
                })
        });
        let Some((at, c)) = bad else { return Ok(()) };
        self.pos = start + at + c.len_utf8();
        let code = c as u32;
        Err(if is_printable(c) {
            self.error(format!("invalid character '{c}' (U+{code:04X})"))
        } else {
            self.error(format!("invalid non-printable character U+{code:04X}"))
        })
    }
}

/// `XID_Start`, with CPython's additions.
pub(crate) fn is_identifier_start(c: char) -> bool {
    c == '_' || (unicode_ident::is_xid_start(c) && is_assigned(c))
}

/// `XID_Continue`.
pub(crate) fn is_identifier_part(c: char) -> bool {
    unicode_ident::is_xid_continue(c) && is_assigned(c)
}

/// Whether Unicode 16 has the character: the tables of `unicode_ident` are of another version, and say yes to some of plane 3
/// that no version has. Those of names lack the scripts whose names are made by rule: Tangut, Khitan and Nüshu.
fn is_assigned(c: char) -> bool {
    c.is_ascii()
        || matches!(c as u32,
            0x17000..=0x187f7 | 0x18800..=0x18cd5 | 0x18cff..=0x18d08 | 0x1b170..=0x1b2fb)
        || unicode_names2::name(c).is_some()
}

/// Whether `str.isprintable` holds, as far as messages need: separators, controls, formats, private and unassigned characters are not.
fn is_printable(c: char) -> bool {
    // What Unicode has not assigned has no name.
    is_assigned(c)
        && !(c.is_control()
            || c.is_whitespace()
            || matches!(c as u32,
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe..=0xffff | 0x110bd | 0x110cd | 0x13430..=0x1343f
            | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe00ff | 0xe01f0..=0x10ffff))
}

#[derive(Default)]
struct Prefixes {
    b: bool,
    u: bool,
    r: bool,
    f: bool,
    t: bool,
}

impl Prefixes {
    /// Notes a prefix letter; false if it is none, or doubled.
    fn take(&mut self, byte: u8) -> bool {
        let flag = match byte.to_ascii_lowercase() {
            b'b' => &mut self.b,
            b'u' => &mut self.u,
            b'r' => &mut self.r,
            b'f' => &mut self.f,
            b't' => &mut self.t,
            _ => return false,
        };
        !std::mem::replace(flag, true)
    }

    fn conflict(&self) -> Option<(char, char)> {
        [
            (self.u && self.b, ('u', 'b')),
            (self.u && self.r, ('u', 'r')),
            (self.u && self.f, ('u', 'f')),
            (self.u && self.t, ('u', 't')),
            (self.b && self.f, ('b', 'f')),
            (self.b && self.t, ('b', 't')),
            (self.f && self.t, ('f', 't')),
        ]
        .into_iter()
        .find_map(|(both, pair)| both.then_some(pair))
    }
}

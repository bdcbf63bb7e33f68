//! Format strings of module `struct`: what they say, where each item lies, and a cache of those seen.

use super::ERROR;
use crate::support::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Items that follow each other: `repeat` values of `size` bytes each, from `offset` on. `s` and `p` are one value of `size` bytes.
#[derive(Debug)]
pub struct Item {
    pub code: u8,
    pub offset: usize,
    pub size: usize,
    pub repeat: usize,
}

/// A format string, understood.
#[derive(Debug)]
pub struct Format {
    pub items: Vec<Item>,
    /// Bytes in all.
    pub size: usize,
    /// Values in all.
    pub values: usize,
    pub big_endian: bool,
}

/// How many formats are remembered; past that all are forgotten.
const CACHE_MAX: usize = 100;

#[derive(Default)]
struct Cache(HashMap<Vec<u8>, Arc<Format>, BuildHasherDefault<Fnv>>);

/// Formats are short, and the cache is small: any hash will do.
#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
        }
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

pub fn clear_cache(vm: &mut Vm) {
    vm.state::<Cache>().0.clear();
}

/// Size and alignment of a code, None for what is none. Padding and strings are bytes.
fn width(code: u8, native: bool) -> Option<usize> {
    Some(match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' if !native => 4,
        b'l' | b'L' | b'q' | b'Q' | b'd' | b'F' => 8,
        b'n' | b'N' | b'P' if native => 8,
        b'D' => 16,
        _ => return None,
    })
}
fn alignment(code: u8) -> usize {
    match code {
        b'F' => 4,
        b'D' => 8,
        _ => width(code, true).unwrap_or(1),
    }
}

enum Wrong {
    Char,
    NoSpecifier,
    TooLong,
}

fn parse(text: &[u8]) -> Result<Format, Wrong> {
    let (order, rest) = match text.split_first() {
        Some((b, rest)) if b"@=<>!".contains(b) => (*b, rest),
        _ => (b'@', text),
    };
    let native = order == b'@';
    let mut format = Format {
        items: Vec::new(),
        size: 0,
        values: 0,
        big_endian: matches!(order, b'>' | b'!'),
    };
    let limit = i64::MAX as usize;
    let mut bytes = rest.iter().copied();
    while let Some(mut code) = bytes.next() {
        if matches!(code, b' ' | b'\t'..=b'\r') {
            continue;
        }
        let mut repeat = 1usize;
        if code.is_ascii_digit() {
            repeat = 0;
            while code.is_ascii_digit() {
                repeat = repeat
                    .checked_mul(10)
                    .and_then(|n| n.checked_add(usize::from(code - b'0')))
                    .filter(|n| *n <= limit)
                    .ok_or(Wrong::TooLong)?;
                code = bytes.next().ok_or(Wrong::NoSpecifier)?;
            }
        }
        let width = width(code, native).ok_or(Wrong::Char)?;
        if native {
            format.size = format
                .size
                .checked_next_multiple_of(alignment(code))
                .filter(|n| *n <= limit)
                .ok_or(Wrong::TooLong)?;
        }
        let offset = format.size;
        format.size = width
            .checked_mul(repeat)
            .and_then(|n| n.checked_add(offset))
            .filter(|n| *n <= limit)
            .ok_or(Wrong::TooLong)?;
        let item = match code {
            b'x' => continue,
            b's' | b'p' => Item {
                code,
                offset,
                size: repeat,
                repeat: 1,
            },
            _ if repeat == 0 => continue,
            _ => Item {
                code,
                offset,
                size: width,
                repeat,
            },
        };
        format.values += item.repeat;
        format.items.push(item);
    }
    Ok(format)
}

/// The format of a text that was seen already.
pub fn known<'v>(vm: &'v Vm, text: &[u8]) -> Option<&'v Format> {
    vm.state_if_any::<Cache>()?.0.get(text).map(|f| &**f)
}
/// The format that a text describes.
pub fn lookup(vm: &mut Vm, text: &[u8]) -> Py<Arc<Format>> {
    if let Some(known) = vm.state::<Cache>().0.get(text) {
        return Ok(known.clone());
    }
    if text.contains(&0) {
        return Err(vm.raise_text(&ERROR, "embedded null character"));
    }
    let format = parse(text).map_err(|wrong| {
        vm.raise_text(
            &ERROR,
            match wrong {
                Wrong::Char => "bad char in struct format",
                Wrong::NoSpecifier => "repeat count given without format specifier",
                Wrong::TooLong => "total struct size too long",
            },
        )
    })?;
    let format = Arc::new(format);
    let cache = &mut vm.state::<Cache>().0;
    if cache.len() >= CACHE_MAX {
        cache.clear();
    }
    cache.insert(text.to_vec(), format.clone());
    Ok(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Option<usize> {
        parse(text.as_bytes()).ok().map(|f| f.size)
    }

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("", Some(0)),
            ("bi", Some(8)),
            ("<bi", Some(5)),
            ("3xi0q", Some(8)),
            ("b F", Some(12)),
            ("<l", Some(4)),
            ("l", Some(8)),
            ("<n", None),
            ("5", None),
            ("5 x", None),
            ("9223372036854775807xx", None),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
    }
}

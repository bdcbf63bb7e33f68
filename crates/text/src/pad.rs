//! Padding and tabs. Widths are in characters of the [`Kind`]; a result of `None` means "unchanged".

use crate::search::Kind;
use crate::{TextError, wtf8};

fn padded(
    s: &[u8],
    left: usize,
    right: usize,
    fill: u32,
    kind: Kind,
) -> Result<Vec<u8>, TextError> {
    let (mut bytes, mut len) = wtf8::encode(fill);
    if kind == Kind::Bytes {
        (bytes[0], len) = (fill as u8, 1);
    }
    let total = left
        .checked_add(right)
        .and_then(|n| n.checked_mul(len))
        .and_then(|n| n.checked_add(s.len()));
    let total = total
        .filter(|&n| n <= isize::MAX as usize)
        .ok_or_else(|| TextError::overflow("padded string is too long"))?;
    let mut out = Vec::new();
    out.try_reserve_exact(total)
        .map_err(|_| TextError::memory())?;
    let fill = |out: &mut Vec<u8>, count: usize| match len {
        1 => out.resize(out.len() + count, bytes[0]),
        _ => (0..count).for_each(|_| out.extend_from_slice(&bytes[..len])),
    };
    fill(&mut out, left);
    out.extend_from_slice(s);
    fill(&mut out, right);
    Ok(out)
}

fn missing(s: &[u8], width: usize, kind: Kind) -> Option<usize> {
    width.checked_sub(kind.len(s)).filter(|&n| n > 0)
}

pub fn ljust(s: &[u8], width: usize, fill: u32, kind: Kind) -> Result<Option<Vec<u8>>, TextError> {
    missing(s, width, kind)
        .map(|n| padded(s, 0, n, fill, kind))
        .transpose()
}

pub fn rjust(s: &[u8], width: usize, fill: u32, kind: Kind) -> Result<Option<Vec<u8>>, TextError> {
    missing(s, width, kind)
        .map(|n| padded(s, n, 0, fill, kind))
        .transpose()
}

/// An odd rest goes to the left if the width is odd, else to the right.
pub fn center(s: &[u8], width: usize, fill: u32, kind: Kind) -> Result<Option<Vec<u8>>, TextError> {
    let split = |n: usize| n / 2 + (n & width & 1);
    missing(s, width, kind)
        .map(|n| padded(s, split(n), n - split(n), fill, kind))
        .transpose()
}

/// Zeros in front, behind a sign.
pub fn zfill(s: &[u8], width: usize, kind: Kind) -> Result<Option<Vec<u8>>, TextError> {
    let Some(n) = missing(s, width, kind) else {
        return Ok(None);
    };
    let mut out = padded(s, n, 0, b'0' as u32, kind)?;
    if let Some(&sign @ (b'+' | b'-')) = s.first() {
        out[0] = sign;
        if let Some(old) = out.get_mut(n) {
            *old = b'0';
        }
    }
    Ok(Some(out))
}

/// `expandtabs`. A tab size of zero or less drops the tabs.
pub fn expandtabs(s: &[u8], tab_size: isize, kind: Kind) -> Result<Vec<u8>, TextError> {
    let size = usize::try_from(tab_size).unwrap_or(0);
    let mut out = Vec::with_capacity(s.len());
    let mut column = 0usize;
    for &byte in s {
        match byte {
            b'\t' => {
                if size > 0 {
                    let spaces = size - column % size;
                    let too_long = || TextError::overflow("result too long");
                    let total = out
                        .len()
                        .checked_add(spaces)
                        .filter(|&n| n <= isize::MAX as usize)
                        .ok_or_else(too_long)?;
                    out.try_reserve(spaces).map_err(|_| TextError::memory())?;
                    out.resize(total, b' ');
                    column += spaces;
                }
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            _ => {
                out.push(byte);
                column += (kind == Kind::Bytes || wtf8::is_boundary_byte(byte)) as usize;
            }
        }
    }
    Ok(out)
}

//! An array's memory, and single items in it.
//!
//! The bytes are in a raw array that is at least as long as what is used of it. Nothing keeps a position across a call into Python: lengths are read anew.

use super::{ARRAY, CODE, DATA, EXPORTS, LEN};
use crate::structs::wide;
use crate::support::*;
use mesapy_heap::RawArray;
use mesapy_vm::objects::buffer::{BufferInfo, BufferProcs};
use mesapy_vm::objects::numbers;
use std::ops::Range;

/// The type codes: code, bytes of an item.
pub const CODES: &[(u8, usize)] = &[
    (b'b', 1),
    (b'B', 1),
    (b'u', 4),
    (b'w', 4),
    (b'h', 2),
    (b'H', 2),
    (b'i', 4),
    (b'I', 4),
    (b'l', 8),
    (b'L', 8),
    (b'q', 8),
    (b'Q', 8),
    (b'f', 4),
    (b'd', 8),
];
pub fn size_of_code(code: u8) -> Option<usize> {
    CODES.iter().find(|(c, _)| *c == code).map(|(_, n)| *n)
}
pub fn is_text(code: u8) -> bool {
    matches!(code, b'u' | b'w')
}

pub fn code(vm: &Vm, this: Value<'_>) -> u8 {
    this.as_obj()
        .and_then(|o| o.slot(vm, CODE).as_small_int())
        .map_or(b'B', |n| n as u8)
}
pub fn itemsize(vm: &Vm, this: Value<'_>) -> usize {
    size_of_code(code(vm, this)).unwrap_or(1)
}
/// Bytes in use.
pub fn byte_len(vm: &Vm, this: Value<'_>) -> usize {
    this.as_obj()
        .and_then(|o| o.slot(vm, LEN).as_small_int())
        .map_or(0, |n| n as usize)
}
pub fn len(vm: &Vm, this: Value<'_>) -> usize {
    byte_len(vm, this) / itemsize(vm, this)
}
fn data<'v>(vm: &'v Vm, this: Value<'v>) -> Option<RawArray<'v>> {
    this.as_obj()?.slot(vm, DATA).as_exact_raw(vm)
}

/// Copies out what lies inside of the bytes in use.
pub fn bytes(vm: &Vm, this: Value<'_>, range: Range<usize>) -> Vec<u8> {
    let end = range.end.min(byte_len(vm, this));
    let start = range.start.min(end);
    data(vm, this).map_or_else(Vec::new, |d| d.to_vec(vm, start..end))
}
pub fn all_bytes(vm: &Vm, this: Value<'_>) -> Vec<u8> {
    bytes(vm, this, 0..usize::MAX)
}
/// Overwrites bytes; false if they don't lie inside.
pub fn overwrite(vm: &Vm, this: Value<'_>, at: usize, bytes: &[u8]) -> bool {
    let inside = at
        .checked_add(bytes.len())
        .is_some_and(|end| end <= byte_len(vm, this));
    inside && data(vm, this).is_some_and(|d| d.copy_in(vm, at, bytes))
}
/// Refuses while views look at the memory. To be called before a change of size, after the last call into other Python code.
pub fn check_resizable(vm: &mut Vm, this: Local) -> Py<()> {
    let exports = slot(vm, this, EXPORTS);
    if exports.as_list(vm).is_none_or(|l| l.is_empty(vm)) {
        return Ok(());
    }
    let exports = slot_local(vm, this, EXPORTS);
    let checked = vm.check_no_exports(exports);
    if vm.caught(checked, &exc::BUFFER_ERROR)?.is_none() {
        return Err(vm.buffer_error("cannot resize an array that is exporting buffers"));
    }
    Ok(())
}
/// Replaces a range of bytes by others.
pub fn splice(vm: &mut Vm, this: Local, range: Range<usize>, new: &[u8]) -> Py<()> {
    if range.len() != new.len() {
        check_resizable(vm, this)?;
    }
    let vm: &Vm = vm;
    let old_len = byte_len(vm, this.value(vm));
    let end = range.end.min(old_len);
    let start = range.start.min(end);
    let len = (old_len - (end - start))
        .checked_add(new.len())
        .ok_or_else(|| vm.memory_error())?;
    let raw = reserve(vm, this, len)?;
    raw.copy_within(vm, end..old_len, start + new.len());
    raw.copy_in(vm, start, new);
    set_int_slot(vm, this, LEN, len as i64);
    Ok(())
}
/// The memory, with room for so many bytes: a little more than asked for, so that appending is cheap.
fn reserve<'v>(vm: &'v Vm, this: Local, len: usize) -> Py<RawArray<'v>> {
    const LEAST: usize = 16;
    let used = byte_len(vm, this.value(vm));
    let old = data(vm, this.value(vm));
    if let Some(raw) = old {
        let capacity = raw.len(vm);
        if capacity >= len && (len * 4 >= capacity || capacity <= 64) {
            return Ok(raw);
        }
    }
    let fresh = vm.new_raw((len + len / 8).max(LEAST))?;
    if let Some(raw) = old {
        let kept = raw.to_vec(vm, 0..used.min(fresh.len(vm)));
        fresh.copy_in(vm, 0, &kept);
    }
    set_slot(vm, this, DATA, fresh.value());
    Ok(fresh)
}
/// A fresh array with these bytes.
pub fn new_array(vm: &Vm, code: u8, bytes: &[u8]) -> Py<Local> {
    let made = make_exact(vm, &ARRAY)?;
    fill(vm, made, code, bytes)?;
    Ok(made)
}
/// Gives a fresh instance its code and bytes.
pub fn fill(vm: &Vm, this: Local, code: u8, bytes: &[u8]) -> Py<()> {
    set_int_slot(vm, this, CODE, i64::from(code));
    set_int_slot(vm, this, LEN, 0);
    set_slot(vm, this, EXPORTS, Value::NONE);
    let raw = reserve(vm, this, bytes.len())?;
    raw.copy_in(vm, 0, bytes);
    set_int_slot(vm, this, LEN, bytes.len() as i64);
    Ok(())
}

/// The item at an index.
pub fn item<'v>(vm: &'v Vm, this: Value<'v>, i: usize) -> Py<Option<Value<'v>>> {
    let size = itemsize(vm, this);
    if i >= len(vm, this) {
        return Ok(None);
    }
    let mut wide = [0; 8];
    let Some(place) = wide.get_mut(..size) else {
        return Ok(None);
    };
    if !data(vm, this).is_some_and(|d| d.copy_out(vm, i * size, place)) {
        return Ok(None);
    }
    item_value(vm, code(vm, this), u64::from_le_bytes(wide)).map(Some)
}
fn item_value<'v>(vm: &'v Vm, code: u8, bits: u64) -> Py<Value<'v>> {
    Ok(match code {
        b'b' => vm.int(i64::from(bits as i8)),
        b'h' => vm.int(i64::from(bits as i16)),
        b'i' => vm.int(i64::from(bits as i32)),
        b'l' | b'q' => vm.int(bits as i64),
        b'f' => vm.float(f64::from(f32::from_bits(bits as u32))),
        b'd' => vm.float(f64::from_bits(bits)),
        b'u' | b'w' => vm.new_str(&character(vm, bits as u32)?)?.value(),
        _ => numbers::wide_value(vm, i128::from(bits))?,
    })
}
/// A code point as WTF-8.
pub fn character(vm: &Vm, c: u32) -> Py<Vec<u8>> {
    if let Some(c) = char::from_u32(c) {
        return Ok(c.to_string().into_bytes());
    }
    if (0xD800..0xE000).contains(&c) {
        return Ok(vec![
            0xE0 | (c >> 12) as u8,
            0x80 | (c >> 6 & 0x3F) as u8,
            0x80 | (c & 0x3F) as u8,
        ]);
    }
    Err(vm.value_error(format!(
        "character U+{c:x} is not in range [U+0000; U+10ffff]"
    )))
}
/// The code points of WTF-8.
pub fn code_points(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut rest = text.iter().copied();
    std::iter::from_fn(move || {
        let first = u32::from(rest.next()?);
        let (mut c, more) = match first {
            0..0x80 => return Some(first),
            0..0xE0 => (first & 0x1F, 1),
            0..0xF0 => (first & 0x0F, 2),
            _ => (first & 0x07, 3),
        };
        for _ in 0..more {
            c = c << 6 | u32::from(rest.next().unwrap_or(0)) & 0x3F;
        }
        Some(c)
    })
}

/// The bytes of an item, in the first `size` of eight.
pub fn item_bytes(vm: &mut Vm, code: u8, x: Local) -> Py<[u8; 8]> {
    let bits = match code {
        b'f' => u64::from((vm.to_f64(x)? as f32).to_bits()),
        b'd' => vm.to_f64(x)?.to_bits(),
        b'u' | b'w' => {
            let vm: &Vm = vm;
            let Some(s) = x.value(vm).as_str(vm) else {
                return Err(vm.type_error(format!(
                    "array item must be a unicode character, not {}",
                    vm.type_name_for_error(x.value(vm))
                )));
            };
            let mut points = code_points(s.bytes(vm));
            match (points.next(), points.next()) {
                (Some(c), None) => u64::from(c),
                _ => {
                    return Err(vm.type_error(format!(
                        "array item must be a unicode character, not a string of length {}",
                        code_points(s.bytes(vm)).count()
                    )));
                }
            }
        }
        _ => {
            let ret = vm.index_value(x)?;
            let vm: &Vm = vm;
            let value = ret.get(vm);
            let negative = vm.int_is_negative(value);
            integer_bits(code, wide(vm, value), negative).map_err(|text| vm.overflow_error(text))?
        }
    };
    Ok(bits.to_le_bytes())
}
fn integer_bits(code: u8, n: Option<i128>, negative: bool) -> Result<u64, &'static str> {
    let (low, high): (i128, i128) = match code {
        b'b' => (-128, 127),
        b'B' => (0, 255),
        b'h' => (-32768, 32767),
        b'H' => (0, 65535),
        b'i' => (i32::MIN.into(), i32::MAX.into()),
        b'I' => (0, u32::MAX.into()),
        b'l' | b'q' => (i64::MIN.into(), i64::MAX.into()),
        _ => (0, u64::MAX.into()),
    };
    if let Some(n) = n.filter(|n| (low..=high).contains(n)) {
        return Ok(n as u64);
    }
    // What does not even fit a C long fails before its range is looked at.
    let fits_long = n.is_some_and(|n| i64::try_from(n).is_ok());
    Err(match (code, negative) {
        (b'q', _) => "int too big to convert",
        (b'Q', false) => "int too big to convert",
        (b'Q', true) => "can't convert negative int to unsigned",
        (b'I' | b'L', true) => "can't convert negative value to unsigned int",
        (b'L', false) => "Python int too large to convert to C unsigned long",
        (b'I', false) if n.is_none() => "Python int too large to convert to C unsigned long",
        (b'I', false) => "unsigned int is greater than maximum",
        _ if !fits_long => "Python int too large to convert to C long",
        (b'b', true) => "signed char is less than minimum",
        (b'b', false) => "signed char is greater than maximum",
        (b'B', true) => "unsigned byte integer is less than minimum",
        (b'B', false) => "unsigned byte integer is greater than maximum",
        (b'h', true) => "signed short integer is less than minimum",
        (b'h', false) => "signed short integer is greater than maximum",
        (b'H', true) => "unsigned short is less than minimum",
        (b'H', false) => "unsigned short is greater than maximum",
        (_, true) => "signed integer is less than minimum",
        (_, false) => "signed integer is greater than maximum",
    })
}

pub static PROCS: BufferProcs = BufferProcs {
    info: |vm, this| {
        let code = code(vm, this.value());
        Ok(BufferInfo {
            readonly: false,
            format: char::from(code).to_string(),
            itemsize: itemsize(vm, this.value()),
            len: byte_len(vm, this.value()),
        })
    },
    read: |vm, this, at, out| {
        let inside = at
            .checked_add(out.len())
            .is_some_and(|end| end <= byte_len(vm, this.value()));
        inside && data(vm, this.value()).is_some_and(|d| d.copy_out(vm, at, out))
    },
    write: |vm, this, at, bytes| overwrite(vm, this.value(), at, bytes),
    exports: EXPORTS,
};

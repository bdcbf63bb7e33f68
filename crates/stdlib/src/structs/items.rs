//! Single items of module `struct`: Python values to bytes and back.

use super::ERROR;
use super::format::{Format, Item};
use crate::support::*;
use mesapy_vm::objects::memory_format::{f64_to_half, half_to_f64};
use mesapy_vm::objects::numbers::Int;
use mesapy_vm::objects::{complex, numbers};

fn error(vm: &Vm, text: impl AsRef<str>) -> Raised {
    vm.raise_text(&ERROR, text.as_ref())
}

/// The number of an int, None if it is beyond the 64-bit ranges.
pub fn wide(vm: &Vm, value: Value<'_>) -> Option<i128> {
    if let Some(n) = vm.int_value(value) {
        return Some(i128::from(n));
    }
    let big = Int::of(vm, value)?.to_big(vm);
    match big.limbs[..] {
        [limb] if !big.negative => Some(i128::from(limb)),
        _ => None,
    }
}
/// The least and the greatest number of an integer code.
fn range(code: u8, size: usize) -> (i128, i128) {
    let bits = 8 * size as u32;
    if code.is_ascii_lowercase() {
        (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
    } else {
        (0, (1i128 << bits) - 1)
    }
}
fn store(out: &mut [u8], little: &[u8], big_endian: bool) {
    for (i, byte) in out.iter_mut().enumerate() {
        let from = if big_endian {
            little.len().wrapping_sub(i + 1)
        } else {
            i
        };
        *byte = little.get(from).copied().unwrap_or(0);
    }
}

/// Packs one value into exactly the item's bytes.
fn pack_one(vm: &mut Vm, item: &Item, big_endian: bool, x: Local, out: &mut [u8]) -> Py<()> {
    match item.code {
        b'c' => match x.value(vm).as_bytes(vm).map(|b| b.bytes(vm)) {
            Some([byte]) => store(out, &[*byte], false),
            _ => return Err(error(vm, "char format requires a bytes object of length 1")),
        },
        b's' | b'p' => {
            let Some(bytes) = bytes_like(vm, x)? else {
                return Err(error(
                    vm,
                    format!(
                        "argument for '{}' must be a bytes object",
                        char::from(item.code)
                    ),
                ));
            };
            let room = match (item.code, out.split_first_mut()) {
                (b'p', Some((first, rest))) => {
                    *first = bytes.len().min(rest.len()).min(255) as u8;
                    rest
                }
                _ => out,
            };
            let n = bytes.len().min(room.len());
            room[..n].copy_from_slice(&bytes[..n]);
        }
        b'?' => {
            let truth = vm.truth(x)?;
            store(out, &[u8::from(truth)], false);
        }
        b'e' | b'f' | b'd' => {
            let f = match vm.to_f64(x) {
                Ok(f) => f,
                Err(raised) => {
                    vm.take_exception(raised);
                    return Err(error(vm, "required argument is not a float"));
                }
            };
            pack_float(vm, item.code, big_endian, f, out)?;
        }
        b'F' | b'D' => {
            let (re, im) = match complex::argument(vm, x) {
                Ok(c) => c,
                Err(raised) => {
                    vm.take_exception(raised);
                    return Err(error(vm, "required argument is not a complex"));
                }
            };
            let half = out.len() / 2;
            let (first, second) = out.split_at_mut(half);
            for (part, out) in [(re, first), (im, second)] {
                if item.code == b'F' {
                    store(out, &(part as f32).to_le_bytes(), big_endian);
                } else {
                    store(out, &part.to_le_bytes(), big_endian);
                }
            }
        }
        code => {
            let Some(ret) = vm.try_index_value(x)? else {
                return Err(error(vm, "required argument is not an integer"));
            };
            let n = {
                let vm: &Vm = vm;
                wide(vm, ret.get(vm))
            };
            let n = if code == b'P' {
                n.ok_or_else(|| error(vm, "int too large to convert"))?
            } else {
                let (low, high) = range(code, item.size);
                n.filter(|n| (low..=high).contains(n)).ok_or_else(|| {
                    error(
                        vm,
                        format!(
                            "'{}' format requires {low} <= number <= {high}",
                            char::from(code)
                        ),
                    )
                })?
            };
            store(out, &(n as u64).to_le_bytes()[..item.size], big_endian);
        }
    }
    Ok(())
}
fn pack_float(vm: &Vm, code: u8, big_endian: bool, f: f64, out: &mut [u8]) -> Py<()> {
    let too_large = || {
        vm.overflow_error(format!(
            "float too large to pack with {} format",
            char::from(code)
        ))
    };
    match code {
        b'e' => {
            let bits = f64_to_half(f).ok_or_else(too_large)?;
            store(out, &bits.to_le_bytes(), big_endian);
        }
        b'f' => {
            let single = f as f32;
            if single.is_infinite() && !f.is_infinite() {
                return Err(too_large());
            }
            store(out, &single.to_le_bytes(), big_endian);
        }
        _ => store(out, &f.to_le_bytes(), big_endian),
    }
    Ok(())
}

/// The bytes of as many values of a tuple, from `first` on, as the format has.
pub fn pack(vm: &mut Vm, format: &Format, args: Local, first: usize) -> Py<Vec<u8>> {
    /// From here on the heap is asked whether there is so much memory.
    const LARGE: usize = 1 << 20;
    if format.size > LARGE {
        vm.new_raw(format.size)?;
    }
    let mut out = vec![0; format.size];
    let x = vm.local(Value::NONE);
    let mut next = first;
    for item in &format.items {
        for i in 0..item.repeat {
            x.set(vm, tuple_at(vm, args, next));
            next += 1;
            let at = item.offset + i * item.size;
            let Some(place) = out.get_mut(at..at + item.size) else {
                return Err(vm.system_error("an item outside of its struct"));
            };
            pack_one(vm, item, format.big_endian, x, place)?;
        }
    }
    Ok(out)
}

/// The values in exactly as many bytes as the format has.
pub fn unpack<'v>(vm: &'v Vm, format: &Format, data: &[u8]) -> Py<Tuple<'v>> {
    if let [item] = &format.items[..]
        && item.repeat == 1
        && let Some(bytes) = data.get(item.offset..item.offset + item.size)
    {
        let value = unpack_one(vm, item.code, format.big_endian, bytes)?;
        return Ok(vm.new_tuple(&[value])?);
    }
    let mut values = Vec::with_capacity(format.values.min(data.len() + format.items.len()));
    for item in &format.items {
        for i in 0..item.repeat {
            let at = item.offset + i * item.size;
            let bytes = data
                .get(at..at + item.size)
                .ok_or_else(|| vm.system_error("an item outside of its struct"))?;
            values.push(unpack_one(vm, item.code, format.big_endian, bytes)?);
        }
    }
    Ok(vm.new_tuple(&values)?)
}
fn unpack_one<'v>(vm: &'v Vm, code: u8, big_endian: bool, bytes: &[u8]) -> Py<Value<'v>> {
    let bits = |bytes: &[u8]| {
        let mut wide = [0; 8];
        if bytes.len() <= 8 {
            store(&mut wide[..bytes.len()], bytes, big_endian);
        }
        u64::from_le_bytes(wide)
    };
    Ok(match code {
        b'c' | b's' => vm.new_bytes(bytes)?.value(),
        b'p' => {
            let text = match bytes.split_first() {
                Some((n, rest)) => &rest[..rest.len().min(usize::from(*n))],
                None => &[],
            };
            vm.new_bytes(text)?.value()
        }
        b'?' => Value::bool(bits(bytes) != 0),
        b'e' => vm.float(half_to_f64(bits(bytes) as u16)),
        b'f' => vm.float(f64::from(f32::from_bits(bits(bytes) as u32))),
        b'd' => vm.float(f64::from_bits(bits(bytes))),
        b'F' | b'D' => {
            let (re, im) = bytes.split_at(bytes.len() / 2);
            let part = |b: &[u8]| {
                if code == b'F' {
                    f64::from(f32::from_bits(bits(b) as u32))
                } else {
                    f64::from_bits(bits(b))
                }
            };
            vm.new_complex(part(re), part(im)).value()
        }
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let unused = 64 - 8 * bytes.len() as u32;
            vm.int(((bits(bytes) << unused) as i64) >> unused)
        }
        _ => numbers::wide_value(vm, i128::from(bits(bytes)))?,
    })
}

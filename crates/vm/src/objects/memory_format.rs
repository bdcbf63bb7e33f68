//! Items of memory: the native single-character formats of module `struct`, to and from Python values.

use crate::local::{Local, Py};
use crate::objects::exceptions as exc;
use crate::vm::Vm;
use mesapy_heap::Value;

/// Bytes of an item of a native format (without `@`); None for formats that memoryviews can't interpret.
pub fn item_size(format: &str) -> Option<usize> {
    Some(match format {
        "c" | "b" | "B" | "?" => 1,
        "h" | "H" | "e" => 2,
        "i" | "I" | "f" => 4,
        "l" | "L" | "q" | "Q" | "n" | "N" | "P" | "d" => 8,
        _ => return None,
    })
}

fn is_signed(format: &str) -> bool {
    matches!(format, "b" | "h" | "i" | "l" | "q" | "n")
}

/// The value of an item.
pub(crate) fn unpack<'v>(vm: &'v Vm, format: &str, bytes: &[u8]) -> Py<Value<'v>> {
    let native = format.strip_prefix('@').unwrap_or(format);
    if item_size(native) != Some(bytes.len()) {
        return Err(vm.not_implemented_error(format!("memoryview: format {format} not supported")));
    }
    let mut wide = [0u8; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    let bits = u64::from_le_bytes(wide);
    Ok(match native {
        "c" => vm.new_bytes(bytes)?.value(),
        "?" => Value::bool(bits != 0),
        "f" => vm.float(f32::from_bits(bits as u32) as f64),
        "d" => vm.float(f64::from_bits(bits)),
        "e" => vm.float(half_to_f64(bits as u16)),
        _ if is_signed(native) => {
            let unused = 64 - 8 * bytes.len() as u32;
            vm.int(((bits << unused) as i64) >> unused)
        }
        _ => vm.uint(bits),
    })
}

/// The bytes of an item.
pub(crate) fn pack(vm: &mut Vm, format: &str, value: Local) -> Py<Vec<u8>> {
    let native = format.strip_prefix('@').unwrap_or(format);
    let Some(size) = item_size(native) else {
        return Err(vm.not_implemented_error(format!("memoryview: format {format} not supported")));
    };
    let wrong_type =
        |vm: &Vm| vm.type_error(format!("memoryview: invalid type for format '{native}'"));
    let wrong_value =
        |vm: &Vm| vm.value_error(format!("memoryview: invalid value for format '{native}'"));
    let bits = match native {
        "c" => {
            return match value.value(vm).as_bytes(vm).map(|b| b.bytes(vm)) {
                Some([byte]) => Ok(vec![*byte]),
                Some(_) => Err(wrong_value(vm)),
                None => Err(wrong_type(vm)),
            };
        }
        "?" => vm.truth(value)? as u64,
        "f" | "d" | "e" => {
            let made = vm.to_f64(value);
            let Some(x) = vm.caught(made, &exc::TYPE_ERROR)? else {
                return Err(wrong_type(vm));
            };
            match native {
                "d" => x.to_bits(),
                "f" if (x as f32).is_infinite() && x.is_finite() => return Err(wrong_value(vm)),
                "f" => (x as f32).to_bits() as u64,
                _ => f64_to_half(x).ok_or_else(|| wrong_value(vm))? as u64,
            }
        }
        _ => {
            let made = vm.index_value(value);
            let Some(ret) = vm.caught(made, &exc::TYPE_ERROR)? else {
                return Err(wrong_type(vm));
            };
            let n = ret.get(vm);
            let whole = match vm.int_value(n) {
                Some(n) => n as i128,
                None => super::percent::with_big(vm, n, |big| match big.to_u64() {
                    Some(n) if !big.negative => n as i128,
                    _ => i128::MAX,
                }),
            };
            let width = 8 * size as u32;
            let (low, high) = if is_signed(native) {
                (-(1i128 << (width - 1)), (1i128 << (width - 1)) - 1)
            } else {
                (0, (1i128 << width) - 1)
            };
            if whole < low || whole > high {
                return Err(wrong_value(vm));
            }
            whole as u64
        }
    };
    Ok(bits.to_le_bytes()[..size].to_vec())
}

/// IEEE 754 binary16.
pub fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let fraction = (bits & 0x3FF) as f64;
    sign * match bits >> 10 & 0x1F {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1.0 + fraction / 1024.0) * 2f64.powi(e as i32 - 15),
    }
}
/// Rounded to even; None for what is too large.
pub fn f64_to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let x = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7E00);
    }
    if x.is_infinite() {
        return Some(sign | 0x7C00);
    }
    if x < 2f64.powi(-14) {
        // Subnormal: a multiple of 2^-24. Rounding up to the smallest normal number gives its bits too.
        return Some(sign | (x * 2f64.powi(24)).round_ties_even() as u16);
    }
    let exponent = x.log2().floor() as i32;
    let exponent = if 2f64.powi(exponent) > x {
        exponent - 1
    } else if 2f64.powi(exponent + 1) <= x {
        exponent + 1
    } else {
        exponent
    };
    let fraction = ((x / 2f64.powi(exponent) - 1.0) * 1024.0).round_ties_even() as i32;
    let bits = ((exponent + 15) << 10) + fraction;
    (bits < 0x7C00).then_some(sign | bits as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_trip() {
        for bits in 0..0x7C00u16 {
            assert_eq!(f64_to_half(half_to_f64(bits)), Some(bits));
            assert_eq!(f64_to_half(-half_to_f64(bits)), Some(bits | 0x8000));
        }
        assert_eq!(f64_to_half(65520.0), None);
        assert_eq!(f64_to_half(65519.0), Some(0x7BFF));
    }
}

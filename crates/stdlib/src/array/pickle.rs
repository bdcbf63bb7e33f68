//! Pickling of arrays: their bytes together with a number for the machine's format, so that other machines can read them.

use super::{ARRAY, store, tolist};
use crate::support::*;

/// A machine format: the codes of items that have it, first the one that items read from a foreign format get; size; numbers of its little- and its big-endian form.
struct Format(&'static [u8], usize, i64, i64);
static FORMATS: &[Format] = &[
    Format(b"B", 1, 0, 0),
    Format(b"b", 1, 1, 1),
    Format(b"H", 2, 2, 3),
    Format(b"h", 2, 4, 5),
    Format(b"I", 4, 6, 7),
    Format(b"i", 4, 8, 9),
    Format(b"LQ", 8, 10, 11),
    Format(b"lq", 8, 12, 13),
    Format(b"f", 4, 14, 15),
    Format(b"d", 8, 16, 17),
    Format(b"uw", 4, 20, 21),
];
const UTF16_LE: i64 = 18;
const UTF16_BE: i64 = 19;

fn attributes(vm: &mut Vm, this: Local) -> Py<Local> {
    match vm.lookup_attr_str(this, "__dict__")? {
        Some(ret) => Ok(ret.keep(vm)),
        None => Ok(vm.local(Value::NONE)),
    }
}
pub fn reduce(vm: &mut Vm, this: Local, protocol: Local) -> Py<Ret> {
    if !vm.is_int(protocol.value(vm)) {
        return Err(vm.type_error("__reduce_ex__ argument should be an integer"));
    }
    let protocol = vm.index(protocol)?;
    let state = attributes(vm, this)?;
    let class = class_local(vm, this);
    let code = store::code(vm, this.value(vm));
    let code_text = vm.local(vm.new_str(&[code])?.value());
    if protocol < 3 {
        let list = tolist(vm, this)?.keep(vm);
        let arguments = tuple_of(vm, &[code_text, list])?;
        return ret_tuple(vm, &[class, arguments, state]);
    }
    let module = mesapy_vm::import::import_module(vm, "array")?;
    let function = vm.get_attr_str(module, "_array_reconstructor")?.keep(vm);
    let format = FORMATS
        .iter()
        .find(|f| f.0.contains(&code))
        .map_or(-1, |f| f.2);
    let format = vm.local(vm.int(format));
    let bytes = {
        let vm: &Vm = vm;
        vm.local(vm.new_bytes(&store::all_bytes(vm, this.value(vm)))?.value())
    };
    let arguments = tuple_of(vm, &[class, code_text, format, bytes])?;
    ret_tuple(vm, &[function, arguments, state])
}

pub fn reconstruct(vm: &mut Vm, class: Local, code: Local, format: i64, items: Local) -> Py<Local> {
    let Some(class_obj) = class
        .value(vm)
        .as_obj()
        .filter(|_| vm.is_type(class.value(vm)))
    else {
        return Err(vm.type_error(format!(
            "first argument must be a type object, not {}",
            vm.type_name_for_error(class.value(vm))
        )));
    };
    if !vm.is_subtype(class_obj, vm.type_object(&ARRAY)) {
        return Err(vm.type_error(format!(
            "{} is not a subtype of array.array",
            vm.tp_name(class_obj)
        )));
    }
    let code = super::typecode_of(vm, code, "_array_reconstructor() argument 2")?;
    let Some(code) = u8::try_from(code)
        .ok()
        .filter(|c| store::size_of_code(*c).is_some())
    else {
        return Err(vm.value_error("second argument must be a valid type code"));
    };
    if !(0..=21).contains(&format) {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    }
    let Some(mut bytes) = items.value(vm).as_bytes(vm).map(|b| b.bytes(vm).to_vec()) else {
        return Err(vm.type_error(format!(
            "fourth argument should be bytes, not {}",
            vm.type_name_for_error(items.value(vm))
        )));
    };
    let uneven = |vm: &Vm| vm.value_error("bytes length not a multiple of item size");
    let code = if matches!(format, UTF16_LE | UTF16_BE) {
        if bytes.len() % 2 != 0 {
            return Err(uneven(vm));
        }
        let units = bytes.chunks_exact(2).map(|b| match b {
            [x, y] if format == UTF16_LE => u16::from_le_bytes([*x, *y]),
            [x, y] => u16::from_be_bytes([*x, *y]),
            _ => 0,
        });
        bytes = char::decode_utf16(units)
            .map(|c| c.map_or_else(|e| u32::from(e.unpaired_surrogate()), u32::from))
            .flat_map(u32::to_le_bytes)
            .collect();
        if store::is_text(code) { code } else { b'w' }
    } else {
        let Some(found) = FORMATS.iter().find(|f| f.2 == format || f.3 == format) else {
            return Err(vm.value_error("third argument must be a valid machine format code."));
        };
        if bytes.len() % found.1 != 0 {
            return Err(uneven(vm));
        }
        if found.2 != format {
            bytes.chunks_exact_mut(found.1).for_each(<[u8]>::reverse);
        }
        if found.0.contains(&code) {
            code
        } else {
            found.0.first().copied().unwrap_or(code)
        }
    };
    let made = make(vm, class, &ARRAY)?;
    store::fill(vm, made, code, &bytes)?;
    Ok(made)
}

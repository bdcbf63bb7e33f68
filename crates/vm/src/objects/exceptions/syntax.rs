//! SyntaxError: a message and the place in the source.

use super::fields::syntax::{
    END_LINENO, END_OFFSET, FILENAME, LINENO, METADATA, MSG, OFFSET, PRINT_FILE_AND_LINE, TEXT,
};
use super::{base, field, object, text};
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::vm::Vm;
use mesapy_heap::Value;

pub(super) static METHODS: &[Method] = methods! {
    "__init__(self, /, *args, **kwargs)" => calls init(this, args, kwargs), "Initialize self.  See help(type(self)) for accurate signature.";
    "__str__(self, /)" => calls str(this), "Return str(self).";
};
pub(super) static GETSET: &[GetSet] = &[
    field::<MSG>("msg", "exception msg"),
    field::<FILENAME>("filename", "exception filename"),
    field::<LINENO>("lineno", "exception lineno"),
    field::<OFFSET>("offset", "exception offset"),
    field::<TEXT>("text", "exception text"),
    field::<END_LINENO>("end_lineno", "exception end lineno"),
    field::<END_OFFSET>("end_offset", "exception end offset"),
    field::<PRINT_FILE_AND_LINE>("print_file_and_line", "exception print_file_and_line"),
    field::<METADATA>("_metadata", "exception private metadata"),
];
/// Where the elements of the second argument go.
const PLACE: [usize; 7] = [
    FILENAME, LINENO, OFFSET, TEXT, END_LINENO, END_OFFSET, METADATA,
];

fn init(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Option<Local<k::Dict>>) -> Py<()> {
    base::init(vm, this, args, kwargs)?;
    let place = {
        let vm: &Vm = vm;
        let given = args.get(vm);
        if let Some(msg) = given.at(vm, 0) {
            object(vm, this)?.set_slot(vm, MSG, msg);
        }
        if given.len(vm) != 2 {
            return Ok(());
        }
        vm.local(given.get(vm, 1))
    };
    let place = vm.tuple_from_iterable(place)?.keep(vm);
    let vm: &Vm = vm;
    let Some(tuple) = place.value(vm).as_tuple(vm) else {
        return Ok(());
    };
    let n = tuple.len(vm);
    if !(4..=7).contains(&n) {
        let (how, limit) = if n < 4 { ("least", 4) } else { ("most", 7) };
        return Err(vm.type_error(format!(
            "function takes at {how} {limit} arguments ({n} given)"
        )));
    }
    let e = object(vm, this)?;
    for (i, slot) in PLACE.into_iter().enumerate() {
        e.set_slot(vm, slot, tuple.get(vm, i));
    }
    if n == 5 {
        return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

/// The last part of a path.
fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or(path)
}

fn str(vm: &mut Vm, this: Local) -> Py<Ret> {
    let (msg, place) = {
        let vm: &Vm = vm;
        let e = object(vm, this)?;
        let filename = e
            .slot(vm, FILENAME)
            .as_str(vm)
            .map(|s| file_name(s.bytes(vm)).to_vec());
        let line = e.slot(vm, LINENO);
        let line = if vm.is_int(line) && line.as_bool().is_none() {
            line.as_i64(vm)
        } else {
            None
        };
        let mut place = Vec::new();
        match (filename, line) {
            (None, None) => {}
            (Some(f), None) => place.extend([b" (" as &[u8], &f, b")"].concat()),
            (None, Some(n)) => place.extend(format!(" (line {n})").into_bytes()),
            (Some(f), Some(n)) => {
                place.extend([b" (" as &[u8], &f, format!(", line {n})").as_bytes()].concat())
            }
        }
        (
            vm.local(e.slot(vm, MSG).non_empty().unwrap_or(Value::NONE)),
            place,
        )
    };
    let ret = vm.str(msg)?;
    let mut out = text(vm, ret);
    out.extend(place);
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}

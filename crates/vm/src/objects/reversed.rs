//! `reversed`: what `__reversed__` gives, or an iterator over a sequence from its end.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::objects::enumerate::{new_of, next_by};
use crate::objects::iterators::{self, POS, SLOTS, SOURCE, mode, myself, set_slot, slot_local};
use crate::objects::support;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};

pub static REVERSED: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "reversed",
    doc: "Return a reverse iterator over the values of the given sequence.",
    layout: Layout::Slots(SLOTS as u16),
    flags: TypeFlags::BASETYPE.with(TypeFlags::IMMUTABLE),
    methods: METHODS,
    iternext: Some(step),
    ..TypeDef::EMPTY
};

static METHODS: &[Method] = methods! {
    "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.";
    "__iter__(self, /)" => leaf myself(this), "Implement iter(self).";
    "__next__(self, /)" => calls next(this), "Implement next(self).";
    "__length_hint__(self, /)" => calls length_hint(this), "Private method returning an estimate of len(list(it)).";
    "__reduce__(self, /)" => leaf reduce(this), "Return state information for pickling.";
    "__setstate__(self, object, /)" => calls set_state(this, state), "Set state information for unpickling.";
};

fn new(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    support::no_keywords_unless_init(vm, "reversed", cls, &REVERSED, kwargs)?;
    let n = args.get(vm).len(vm);
    if n != 1 {
        return Err(vm.type_error(format!("reversed expected 1 argument, got {n}")));
    }
    let source = vm.local(args.get(vm).get(vm, 0));
    let special = vm
        .special_of(source.value(vm), Dunder::Reversed)
        .map(|f| vm.local(f));
    if let Some(f) = special {
        if f.value(vm).is_none() {
            return Err(vm.type_error(format!(
                "'{}' object is not reversible",
                vm.type_name_for_error(source.value(vm))
            )));
        }
        return vm.call_special(f, source, &[]);
    }
    if !vm.is_sequence(source.value(vm)) {
        return Err(vm.type_error(format!(
            "'{}' object is not reversible",
            vm.type_name_for_error(source.value(vm))
        )));
    }
    let len = vm.len(source)?;
    let it = new_of(vm, cls, &REVERSED, mode::REVERSED)?;
    set_slot(vm, it, SOURCE, source.value(vm));
    set_slot(vm, it, POS, vm.int(len as i64 - 1));
    Ok(vm.ret(it.value(vm)))
}
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    let (source, pos) = (slot_local(vm, this, SOURCE), slot_local(vm, this, POS));
    let n = vm.int_value(pos.value(vm)).unwrap_or(-1);
    if source.value(vm).is_empty() || n < 0 {
        return Ok(false);
    }
    // Tuples and strings need no call.
    let direct = match source.value(vm).kind(vm) {
        Kind::Tuple => source
            .value(vm)
            .as_exact_tuple(vm)
            .and_then(|t| t.at(vm, n as usize))
            .map(|v| v.word()),
        Kind::Str => source
            .value(vm)
            .as_exact_str(vm)
            .and_then(|s| s.char_at(vm, n as usize))
            .map(|c| vm.str_from_char(c).value().word()),
        _ => None,
    };
    let item = match direct {
        Some(word) => Ok(word),
        None => vm.get_item(source, pos).map(|ret| ret.get(vm).word()),
    };
    match item {
        Ok(word) => {
            set_slot(vm, this, POS, vm.int(n - 1));
            vm.ret.set(word);
            Ok(true)
        }
        Err(raised) => {
            set_slot(vm, this, POS, Value::int32(-1));
            set_slot(vm, this, SOURCE, Value::EMPTY);
            if iterators::is_past_end(vm, &raised) {
                vm.take_exception(raised);
                return Ok(false);
            }
            Err(raised)
        }
    }
}
fn next(vm: &mut Vm, this: Local) -> Py<Ret> {
    next_by(vm, this, step)
}
fn length_hint(vm: &mut Vm, this: Local) -> Py<usize> {
    let (source, pos) = (slot_local(vm, this, SOURCE), slot_local(vm, this, POS));
    if source.value(vm).is_empty() {
        return Ok(0);
    }
    let len = vm.len(source)?;
    let n = vm.int_value(pos.value(vm)).unwrap_or(-1);
    Ok(if n >= 0 && (n as usize) < len {
        n as usize + 1
    } else {
        0
    })
}
fn reduce<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let (source, pos) = this.as_obj().map_or((Value::EMPTY, Value::EMPTY), |o| {
        (o.slot(vm, SOURCE), o.slot(vm, POS))
    });
    let class = vm.type_of(this).value();
    if source.is_empty() {
        let args = vm.new_tuple(&[vm.empty_tuple().value()])?;
        return Ok(vm.new_tuple(&[class, args.value()])?.value());
    }
    let args = vm.new_tuple(&[source])?;
    Ok(vm.new_tuple(&[class, args.value(), pos])?.value())
}
fn set_state(vm: &mut Vm, this: Local, state: Local) -> Py<()> {
    let n = vm.index(state)?;
    let source = slot_local(vm, this, SOURCE);
    if !source.value(vm).is_empty() {
        let len = vm.len(source)? as i64;
        set_slot(vm, this, POS, vm.int(n.clamp(-1, len - 1)));
    }
    Ok(())
}

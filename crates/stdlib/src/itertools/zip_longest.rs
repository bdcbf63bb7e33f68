//! `zip_longest`.

use super::{give, itself};
use crate::support::*;

/// A list of iterators, None where one has ended.
const ITERATORS: usize = 0;
const FILL: usize = 1;

pub static ZIP_LONGEST: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "itertools.zip_longest",
    doc: "Return a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.",
    layout: Layout::Slots(2),
    flags: BASE,
    methods: methods! {
        "__new__(cls, ...)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
    },
    iternext: Some(next),
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, iterables: Local, kwargs: Local) -> Py<Local> {
    let fill = vm.local(Value::NONE);
    if let Some(d) = kwargs.value(vm).as_dict(vm).filter(|d| d.len(vm) > 0) {
        match d.get_str(vm, vm.intern(b"fillvalue")) {
            Some(f) if d.len(vm) == 1 => fill.set(vm, f),
            _ => return Err(vm.type_error("zip_longest() got an unexpected keyword argument")),
        }
    }
    let iterators = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    let one = vm.local(Value::NONE);
    for i in 0..tuple_len(vm, iterables) {
        one.set(vm, tuple_at(vm, iterables, i));
        vm.iter(one)?.put(vm, one);
        iterators.get(vm).push(vm, one.value(vm))?;
    }
    let made = make(vm, cls, &ZIP_LONGEST)?;
    set_slot(vm, made, ITERATORS, iterators.value(vm));
    set_slot(vm, made, FILL, fill.value(vm));
    Ok(made)
}
fn next(vm: &mut Vm, this: Local) -> Py<bool> {
    let iterators = slot_local(vm, this, ITERATORS);
    let fill = slot_local(vm, this, FILL);
    let row = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    let [iterator, found] = vm.locals([Value::NONE, Value::NONE]);
    let mut active = false;
    let count = iterators.value(vm).as_list(vm).map_or(0, |l| l.len(vm));
    for i in 0..count {
        let at = iterators
            .value(vm)
            .as_list(vm)
            .and_then(|l| l.at(vm, i))
            .unwrap_or(Value::NONE);
        iterator.set(vm, at);
        let mut item = fill;
        if !iterator.value(vm).is_none() {
            match vm.next_into(iterator, found) {
                Ok(true) => {
                    active = true;
                    item = found;
                }
                ended => {
                    if let Some(l) = iterators.value(vm).as_list(vm) {
                        l.set(vm, i, Value::NONE);
                    }
                    if let Err(raised) = ended {
                        // A failure is the end of all.
                        if let Some(l) = iterators.value(vm).as_list(vm) {
                            l.clear(vm);
                        }
                        return Err(raised);
                    }
                }
            }
        }
        row.get(vm).push(vm, item.value(vm))?;
    }
    if !active {
        return Ok(false);
    }
    give(vm.tuple_from_iterable(row.any())?)
}

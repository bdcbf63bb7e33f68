//! `_collections`: `deque`, `defaultdict`, `OrderedDict`, and the helpers of `Counter` and `namedtuple`.

use crate::support::*;

mod defaultdict;
mod deque;
mod deque_iter;
mod ordered;
mod tuplegetter;

pub static MODULE: NativeModule = NativeModule {
    name: "_collections",
    doc: "High performance data structures.\n- deque:        double ended queue\n- defaultdict:  dict subclass with a default value factory\n",
    functions: methods! {
        "_count_elements(mapping, iterable, /)" => static calls count_elements(mapping, iterable), "Count elements in the iterable, updating the mapping";
    },
    types: &[
        &deque::DEQUE,
        &deque_iter::DEQUE_ITERATOR,
        &deque_iter::DEQUE_REVERSE_ITERATOR,
        &defaultdict::DEFAULTDICT,
        &ordered::ORDERED_DICT,
        &tuplegetter::TUPLEGETTER,
    ],
    init: None,
};

/// Counts into a dict directly, into any other mapping by its `get` and item assignment.
fn count_elements(vm: &mut Vm, mapping: Local, iterable: Local) -> Py<()> {
    let iterator = vm.iter(iterable)?.keep(vm);
    let [key, count] = vm.locals([Value::NONE, Value::NONE]);
    let (zero, one) = (vm.local(vm.int(0)), vm.local(vm.int(1)));
    let plain = {
        let vm: &Vm = vm;
        let class = vm.type_of(mapping.value(vm));
        let dict = vm.type_object(&mesapy_vm::objects::dict::DICT);
        let same = |name: &[u8]| {
            let name = vm.intern(name);
            vm.type_lookup(class, name) == vm.type_lookup(dict, name)
        };
        mapping.value(vm).as_dict(vm).is_some() && same(b"get") && same(b"__setitem__")
    };
    while vm.next_into(iterator, key)? {
        vm.scope(|vm| -> Py<()> {
            if plain {
                let found = vm.dict_get(mapping, key)?;
                match found {
                    Some(r) => r.put(vm, count),
                    None => count.set(vm, zero.value(vm)),
                }
            } else {
                vm.call_method(mapping, "get", &[key, zero])?.put(vm, count);
            }
            vm.binary(mesapy_bytecode::BinOp::Add, count, one)?
                .put(vm, count);
            if plain {
                vm.dict_set(mapping, key, count)
            } else {
                vm.set_item(mapping, key, count)
            }
        })?;
    }
    Ok(())
}

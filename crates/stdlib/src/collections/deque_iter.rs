//! Iterators over deques. They stop for good when the deque has changed under them.

use super::deque;
use crate::support::*;

const DEQUE: usize = 0;
/// Items given so far.
const DONE: usize = 1;
const VERSION: usize = 2;
/// Items left.
const LEFT: usize = 3;

macro_rules! iterators {
    ($($def:ident $name:literal $next:ident $new:ident $reverse:literal;)*) => { $(
        pub static $def: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            layout: Layout::Slots(4),
            methods: methods! {
                "__new__(cls, ...)" => static calls $new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
                "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
                "__length_hint__(self, /)" => leaf hint(this), "Private method returning an estimate of len(list(it)).";
                "__reduce__(self, /)" => calls reduce(this), "Return state information for pickling.";
            },
            iternext: Some($next),
            ..TypeDef::EMPTY
        };
        fn $next(vm: &mut Vm, this: Local) -> Py<bool> {
            step(vm, this, $reverse)
        }
        fn $new(vm: &mut Vm, cls: Local, args: Local, _kwargs: Local) -> Py<Local> {
            let _ = cls;
            new(vm, &$def, args)
        }
    )* };
}
iterators! {
    DEQUE_ITERATOR "collections._deque_iterator" next_forward new_forward false;
    DEQUE_REVERSE_ITERATOR "collections._deque_reverse_iterator" next_reverse new_reverse true;
}

pub fn make_iterator(vm: &mut Vm, def: &'static TypeDef, of: Local) -> Py<Local> {
    let made = make_exact(vm, def)?;
    set_slot(vm, made, DEQUE, of.value(vm));
    set_int_slot(vm, made, DONE, 0);
    set_int_slot(vm, made, VERSION, deque::version(vm, of));
    set_int_slot(vm, made, LEFT, deque::len(vm, of) as i64);
    Ok(made)
}
fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn hint(vm: &Vm, this: Value<'_>) -> Py<i64> {
    Ok(this
        .as_obj()
        .and_then(|o| o.slot(vm, LEFT).as_i64(vm))
        .unwrap_or(0))
}
fn step(vm: &mut Vm, this: Local, reverse: bool) -> Py<bool> {
    let of = slot_local(vm, this, DEQUE);
    if deque::version(vm, of) != int_slot(vm, this, VERSION) {
        set_int_slot(vm, this, LEFT, 0);
        return Err(vm.runtime_error("deque mutated during iteration"));
    }
    let left = int_slot(vm, this, LEFT);
    if left <= 0 {
        return Ok(false);
    }
    let done = int_slot(vm, this, DONE);
    let at = if reverse { left - 1 } else { done };
    let Some(value) = deque::at(vm, of, at as usize) else {
        return Ok(false);
    };
    set_int_slot(vm, this, DONE, done + 1);
    set_int_slot(vm, this, LEFT, left - 1);
    let _waits = vm.ret(value);
    Ok(true)
}
/// `iterator(deque, skip=0)`, as pickles make it.
fn new(vm: &mut Vm, def: &'static TypeDef, args: Local) -> Py<Local> {
    arity(vm, def.short_name(), args, 1, 2)?;
    let of = tuple_item(vm, args, 0);
    deque::check(vm, of)?;
    let made = make_iterator(vm, def, of)?;
    if tuple_len(vm, args) > 1 {
        let skip = tuple_item(vm, args, 1);
        let left = int_slot(vm, made, LEFT);
        let skip = vm.index(skip)?.clamp(0, left);
        set_int_slot(vm, made, DONE, skip);
        set_int_slot(vm, made, LEFT, left - skip);
    }
    Ok(made)
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let class = class_local(vm, this);
    let of = slot_local(vm, this, DEQUE);
    let done = vm.local(vm.int(int_slot(vm, this, DONE)));
    let args = tuple_of(vm, &[of, done])?;
    ret_tuple(vm, &[class, args])
}

//! The scanner of a pattern: successive matches or searches over one string.

use super::engine::UNSET;
use super::matching;
use super::pattern::{Work, slot_of};
use mesapy_heap::Value;
use mesapy_vm::methods;
use mesapy_vm::native::Method;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Ret, Vm};

mod slot {
    pub const PATTERN: usize = 0;
    pub const STRING: usize = 1;
    pub const POS: usize = 2;
    pub const ENDPOS: usize = 3;
    /// Byte position of the next match; -1 when there are no more.
    pub const FROM: usize = 4;
    pub const ADVANCE: usize = 5;
    pub const COUNT: u16 = 6;
}
pub static SCANNER: TypeDef = TypeDef {
    name: "_sre.SRE_Scanner",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::IMMUTABLE.with(TypeFlags::NO_NEW),
    methods: METHODS,
    members: &[("pattern", slot::PATTERN as u16, "")],
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "match(self, /)" => calls do_match(this), "";
    "search(self, /)" => calls search(this), "";
};

pub fn new_scanner(
    vm: &mut Vm,
    pattern: Local,
    string: Local,
    pos: Option<i64>,
    endpos: Option<i64>,
) -> Py<Ret> {
    // The window is found now: the errors are of this call.
    let work = Work::new(vm, pattern, string, pos, endpos)?;
    let made = {
        let vm: &Vm = vm;
        let made = object::new_native_instance(vm, &SCANNER)?;
        made.set_slot(vm, slot::PATTERN, pattern.value(vm));
        made.set_slot(vm, slot::STRING, string.value(vm));
        made.set_slot(vm, slot::POS, vm.int(work.subject.pos as i64));
        made.set_slot(vm, slot::ENDPOS, vm.int(work.subject.endpos as i64));
        made.set_slot(vm, slot::FROM, vm.int(work.subject.start as i64));
        made.set_slot(vm, slot::ADVANCE, Value::FALSE);
        vm.local(made.value())
    };
    work.done(vm);
    Ok(vm.ret(made.value(vm)))
}
fn step(vm: &mut Vm, this: Local, search: bool) -> Py<Ret> {
    let number = |slot: usize| slot_of(vm, this, slot).as_small_int().unwrap_or(-1);
    let (pos, endpos, from) = (number(slot::POS), number(slot::ENDPOS), number(slot::FROM));
    let Ok(from) = usize::try_from(from) else {
        return Ok(vm.ret(Value::NONE));
    };
    let advance = slot_of(vm, this, slot::ADVANCE) == Value::TRUE;
    let [pattern, string] = vm.locals([
        slot_of(vm, this, slot::PATTERN),
        slot_of(vm, this, slot::STRING),
    ]);
    let mut work = Work::new(vm, pattern, string, Some(pos), Some(endpos))?;
    // Positions are of characters' starts, unless the object behind the string changed, and then it is bytes.
    (work.from, work.advance) = (from.min(UNSET - 1), advance);
    let found = work.find(vm, search, false)?;
    let next = if found { work.from as i64 } else { -1 };
    {
        let vm: &Vm = vm;
        if let Some(o) = this.value(vm).as_obj() {
            o.set_slot(vm, slot::FROM, vm.int(next));
            o.set_slot(vm, slot::ADVANCE, Value::bool(work.advance));
        }
    }
    let result = if found {
        matching::new_match(vm, pattern, &work)
    } else {
        Ok(vm.ret(Value::NONE))
    };
    work.done(vm);
    result
}
fn do_match(vm: &mut Vm, this: Local) -> Py<Ret> {
    step(vm, this, false)
}
fn search(vm: &mut Vm, this: Local) -> Py<Ret> {
    step(vm, this, true)
}

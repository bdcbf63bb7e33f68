//! `Pickler`: a pickler with a file and a memo that lives from one `dump` to the next.

use super::memo::{self, PICKLER_MEMO};
use super::save::Writer;
use super::{check_callback, given, pickling_error, protocol_number, write_method};
use crate::support::*;

const WRITE: usize = 0;
const PROTOCOL: usize = 1;
const FIX_IMPORTS: usize = 2;
const CALLBACK: usize = 3;
/// The memoized objects, in the order of their numbers.
const MEMO: usize = 4;
const FAST: usize = 5;
const DISPATCH_TABLE: usize = 6;
/// A `persistent_id` that was set on the instance.
const PERSISTENT_ID: usize = 7;
/// A dump is under way.
const BUSY: usize = 8;
const COUNT: u16 = 9;

pub static PICKLER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "_pickle.Pickler",
    doc: "This takes a binary file for writing a pickle data stream.",
    layout: Layout::Slots(COUNT),
    flags: BASE,
    methods: methods! {
        "__new__(cls, /, *args, **kwargs)" => static calls new(cls, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
        "__init__(self, file, protocol=None, fix_imports=True, buffer_callback=None)" => calls init(this, file, protocol, fix_imports, callback), "Initialize self.  See help(type(self)) for accurate signature.";
        "dump(self, obj, /)" => calls dump(this, obj), "Write a pickled representation of the given object to the open file.";
        "clear_memo(self, /)" => calls clear_memo(this), "Clears the pickler's \"memo\".\n\nThe memo is the data structure that remembers which objects the\npickler has already seen, so that shared or recursive objects are\npickled by reference and not by value.  This method is useful when\nre-using picklers.";
        "__sizeof__(self, /)" => calls sizeof(this), "Returns size in memory, in bytes.";
    },
    getset: &[
        GetSet {
            name: "memo",
            get: memo_get,
            set: Some(memo_set),
            doc: "",
        },
        GetSet {
            name: "persistent_id",
            get: persistent_get,
            set: Some(persistent_set),
            doc: "",
        },
        GetSet {
            name: "dispatch_table",
            get: table_get,
            set: Some(table_set),
            doc: "",
        },
        GetSet {
            name: "bin",
            get: |vm, this| Ok(vm.ret(vm.int(i64::from(int_slot(vm, this, PROTOCOL) > 0)))),
            set: Some(|vm, _, new| vm.truth(new).map(drop)),
            doc: "",
        },
        GetSet {
            name: "fast",
            get: |vm, this| Ok(vm.ret(vm.int(int_slot(vm, this, FAST)))),
            set: Some(|vm, this, new| {
                let n = vm.index(new)?;
                set_int_slot(vm, this, FAST, n);
                Ok(())
            }),
            doc: "",
        },
    ],
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, cls: Local, _: Local, _: Local) -> Py<Local> {
    let made = make(vm, cls, &PICKLER)?;
    let memo = vm.new_list(&[])?.value().word();
    set_slot(vm, made, MEMO, memo.value(vm));
    Ok(made)
}
fn init(
    vm: &mut Vm,
    this: Local,
    file: Local,
    protocol: Option<Local>,
    fix_imports: Option<bool>,
    callback: Option<Local>,
) -> Py<()> {
    check_idle(vm, this)?;
    let protocol = protocol_number(vm, protocol)?;
    let callback = check_callback(vm, callback, protocol)?;
    let write = write_method(vm, file)?;
    set_slot(vm, this, WRITE, write.value(vm));
    set_int_slot(vm, this, PROTOCOL, i64::from(protocol));
    let fix = fix_imports.unwrap_or(true) && protocol < 3;
    set_slot(vm, this, FIX_IMPORTS, Value::bool(fix));
    set_slot(
        vm,
        this,
        CALLBACK,
        callback.map_or(Value::NONE, |c| c.value(vm)),
    );
    clear_memo(vm, this)?;
    set_int_slot(vm, this, FAST, 0);
    set_slot(vm, this, DISPATCH_TABLE, Value::EMPTY);
    let table = vm
        .lookup_attr_str(this, "dispatch_table")?
        .map(|r| r.keep(vm));
    if let Some(table) = table {
        set_slot(vm, this, DISPATCH_TABLE, table.value(vm));
    }
    Ok(())
}
fn dump(vm: &mut Vm, this: Local, obj: Local) -> Py<()> {
    let write = slot_local(vm, this, WRITE);
    if write.value(vm).is_empty() {
        let name = vm.type_name_for_error(this.value(vm));
        return Err(pickling_error(
            vm,
            &format!("Pickler.__init__() was not called by {name}.__init__()"),
        ));
    }
    check_idle(vm, this)?;
    set_slot(vm, this, BUSY, Value::TRUE);
    let result = dump_idle(vm, this, write, obj);
    set_slot(vm, this, BUSY, Value::FALSE);
    result
}
fn check_idle(vm: &Vm, this: Local) -> Py<()> {
    if slot(vm, this, BUSY) == Value::TRUE {
        return Err(vm.runtime_error("Pickler object is already in use"));
    }
    Ok(())
}
fn dump_idle(vm: &mut Vm, this: Local, write: Local, obj: Local) -> Py<()> {
    let protocol = int_slot(vm, this, PROTOCOL) as u8;
    let fix_imports = slot(vm, this, FIX_IMPORTS) == Value::TRUE;
    let callback = slot_local(vm, this, CALLBACK);
    let callback = given(vm, Some(callback));
    let mut writer = Writer::new(vm, protocol, fix_imports, callback)?;
    writer.write = Some(write);
    writer.fast = int_slot(vm, this, FAST) != 0;
    writer.persistent_id = super::own_hook(vm, this, &PICKLER, PERSISTENT_ID, "persistent_id")?;
    writer.reducer_override = vm
        .lookup_attr_str(this, "reducer_override")?
        .map(|r| r.keep(vm));
    let table = slot_local(vm, this, DISPATCH_TABLE);
    if !table.value(vm).is_empty() {
        writer.dispatch_table = table;
        writer.own_table = true;
    }
    let memo = slot_local(vm, this, MEMO);
    if let Some(memo) = memo.cast::<k::List>(vm) {
        writer.memo_objects = memo;
        for (i, object) in memo.get(vm).iter(vm).enumerate() {
            writer.memo.insert(vm.id(object), i as u32);
        }
    }
    writer.dump(vm, obj)?;
    writer.flush(vm)
}
pub fn clear_memo(vm: &mut Vm, this: Local) -> Py<()> {
    let fresh = vm.new_list(&[])?.value().word();
    set_slot(vm, this, MEMO, fresh.value(vm));
    Ok(())
}
fn sizeof(vm: &mut Vm, this: Local) -> Py<i64> {
    let memo = slot(vm, this, MEMO).as_list(vm).map_or(0, |l| l.len(vm));
    Ok(64 + 24 * memo as i64)
}

/// The memo as Python's pickler has it: identity → (number, object).
pub fn memo_dict(vm: &mut Vm, this: Local) -> Py<Local> {
    let dict = vm.local(vm.new_dict().value());
    let memo = slot_local(vm, this, MEMO);
    let n = memo.value(vm).as_list(vm).map_or(0, |l| l.len(vm));
    let [key, value] = vm.locals([Value::NONE, Value::NONE]);
    for i in 0..n {
        {
            let vm: &Vm = vm;
            let object = memo.value(vm).as_list(vm).and_then(|l| l.at(vm, i));
            let object = object.unwrap_or(Value::NONE);
            let id = vm.id(object);
            key.set(vm, vm.int(id as i64));
            value.set(vm, vm.new_tuple(&[vm.int(i as i64), object])?.value());
        }
        vm.dict_set(dict, key, value)?;
    }
    Ok(dict)
}
fn memo_get(vm: &mut Vm, this: Local) -> Py<Ret> {
    let proxy = memo::proxy(vm, this, &PICKLER_MEMO)?;
    Ok(vm.ret(proxy.value(vm)))
}
fn memo_set(vm: &mut Vm, this: Local, new: Local) -> Py<()> {
    if new.value(vm).is_empty() {
        return Err(vm.type_error("attribute deletion is not supported"));
    }
    if vm.is_exactly(new.value(vm), &PICKLER_MEMO) {
        let owner = memo::owner_of(vm, new);
        let vm: &Vm = vm;
        let items = slot(vm, owner, MEMO).as_list(vm).map(|l| l.to_vec(vm));
        let fresh = vm.new_list(&items.unwrap_or_default())?;
        set_slot(vm, this, MEMO, fresh.value());
        return Ok(());
    }
    let Some(pairs) = new.value(vm).as_dict(vm) else {
        return Err(vm.type_error(format!(
            "'memo' attribute must be a PicklerMemoProxy object or dict, not {}",
            vm.type_name_for_error(new.value(vm))
        )));
    };
    // Numbers may come in any order.
    let vm: &Vm = vm;
    let mut numbered = Vec::new();
    for (_, pair) in pairs.iter(vm) {
        let Some(pair) = pair.as_tuple(vm).filter(|t| t.len(vm) == 2) else {
            return Err(vm.type_error("'memo' values must be 2-item tuples"));
        };
        let (Some(number), Some(object)) = (pair.at(vm, 0), pair.at(vm, 1)) else {
            continue;
        };
        numbered.push((vm.int_value(number).unwrap_or(0), object));
    }
    numbered.sort_by_key(|(n, _)| *n);
    let items: Vec<Value<'_>> = numbered.into_iter().map(|(_, o)| o).collect();
    set_slot(vm, this, MEMO, vm.new_list(&items)?.value());
    Ok(())
}
/// An attribute that is there only when it was set.
fn own_attribute(vm: &mut Vm, this: Local, at: usize, name: &str) -> Py<Ret> {
    let value = slot(vm, this, at);
    if !value.is_empty() {
        return Ok(vm.ret(value));
    }
    let class = vm.type_name_for_error(this.value(vm));
    Err(vm.attribute_error(
        &format!("'{class}' object has no attribute '{name}'"),
        this.value(vm),
        vm.intern(name.as_bytes()).value(),
    ))
}
/// What `super().persistent_id(obj)` finds.
static NO_PERSISTENT_ID: Method = Method {
    signature: "persistent_id(self, obj, /)",
    native: mesapy_vm::native::NativeFn::Leaf(|_, _| Ok(Value::NONE)),
    doc: "",
    binding: mesapy_vm::native::Binding::Static,
    quick: None,
};
fn persistent_get(vm: &mut Vm, this: Local) -> Py<Ret> {
    let set = slot(vm, this, PERSISTENT_ID);
    if !set.is_empty() {
        return Ok(vm.ret(set));
    }
    let method = vm.native_function(&NO_PERSISTENT_ID, Value::NONE);
    Ok(vm.ret(vm.bound_method(method, this.value(vm))))
}
fn persistent_set(vm: &mut Vm, this: Local, new: Local) -> Py<()> {
    set_slot(vm, this, PERSISTENT_ID, new.value(vm));
    Ok(())
}
fn table_get(vm: &mut Vm, this: Local) -> Py<Ret> {
    own_attribute(vm, this, DISPATCH_TABLE, "dispatch_table")
}
fn table_set(vm: &mut Vm, this: Local, new: Local) -> Py<()> {
    set_slot(vm, this, DISPATCH_TABLE, new.value(vm));
    Ok(())
}

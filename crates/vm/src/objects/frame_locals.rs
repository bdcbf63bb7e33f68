//! `FrameLocalsProxy`: the variables of a function's frame as a mapping that writes through (PEP 667).
//!
//! Keys are the names of variables that have a value now, then whatever was added under other names; the latter is in a dict of the frame object.

use super::frame;
use crate::layout::{code as c, frame as slots};
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::native::Method;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use crate::{Dunder, code};
use mesapy_bytecode::BinOp;
use mesapy_heap::{Dict, Obj, Str, Value};

const FRAME: usize = 0;

pub static FRAME_LOCALS_PROXY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "FrameLocalsProxy",
    layout: Layout::Slots(1),
    flags: TypeFlags::MAPPING,
    methods: METHODS,
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__len__(self, /)" => calls len(this), "Return len(self).";
    "__contains__(self, object, /)" => calls contains(this, key), "True if object in self.";
    "__getitem__(self, object, /)" => calls get_item(this, key), "Return self[key].";
    "__setitem__(self, key, value, /)" => calls set_item(this, key, value), "Set self[key] to value.";
    "__delitem__(self, key, /)" => calls del_item(this, key), "Delete self[key].";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__reversed__(self, /)" => calls reversed(this), "";
    "__eq__(self, value, /)" => calls eq(this, other), "Return self==value.";
    "__ne__(self, value, /)" => calls ne(this, other), "Return self!=value.";
    "__or__(self, value, /)" => calls or(this, other), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, other), "Return value|self.";
    "__ior__(self, value, /)" => calls ior(this, other), "Return self|=value.";
    "keys(self, /)" => calls keys(this), "";
    "values(self, /)" => calls values(this), "";
    "items(self, /)" => calls items(this), "";
    "copy(self, /)" => calls copy(this), "";
    "get(self, key, default=None, /)" => calls get(this, key, default), "";
    "setdefault(self, key, default=None, /)" => calls set_default(this, key, default), "";
    "pop(self, key, default=None, /)" => calls pop(this, key, default), "";
    "update(self, object, /)" => calls update(this, other), "";
    "__reduce_ex__(self, protocol, /)" => calls reduce(this, protocol), "";
};

pub(crate) fn new_proxy<'v>(vm: &'v Vm, frame: Obj<'v>) -> Py<Obj<'v>> {
    let proxy = super::object::new_native_instance(vm, &FRAME_LOCALS_PROXY)?;
    proxy.set_slot(vm, FRAME, frame.value());
    Ok(proxy)
}
fn new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    let _ = class;
    let vm: &Vm = vm;
    let given = args.get(vm);
    let n = given.len(vm);
    if n != 1 {
        return Err(vm.type_error(format!("FrameLocalsProxy expected 1 argument, got {n}")));
    }
    let frame = vm.local(given.get(vm, 0));
    let frame = frame::expect_frame(vm, frame)?;
    if kwargs.is_some_and(|d| !d.get(vm).is_empty(vm)) {
        return Err(vm.type_error("FrameLocalsProxy takes no keyword arguments"));
    }
    Ok(vm.ret(new_proxy(vm, frame)?.value()))
}
fn is_proxy(vm: &Vm, value: Value<'_>) -> bool {
    vm.is_exactly(value, &FRAME_LOCALS_PROXY)
}
fn frame_of<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    let value = this.value(vm);
    let frame = value
        .as_obj()
        .filter(|_| is_proxy(vm, value))
        .map_or(Value::NONE, |o| o.slot(vm, FRAME));
    let frame = vm.local(frame);
    frame::expect_frame(vm, frame)
}

// ---- variables

/// A variable of a function: its name, its register, and whether the register holds its cell.
struct Variable<'v> {
    name: Str<'v>,
    register: usize,
    in_cell: bool,
}
/// In CPython's order: parameters and locals, cells, free variables.
fn variables<'v>(vm: &'v Vm, code_obj: Obj<'v>) -> Vec<Variable<'v>> {
    let names = |slot| {
        code::names(vm, code_obj, slot)
            .iter(vm)
            .filter_map(|n| n.as_str(vm))
    };
    let cell_registers: Vec<usize> = code::names(vm, code_obj, c::CELL_REGS)
        .iter(vm)
        .map(|r| r.as_small_int().unwrap_or(0) as usize)
        .collect();
    let plain = code::names(vm, code_obj, c::VARNAMES).len(vm);
    let mut all: Vec<Variable<'v>> = names(c::VARNAMES)
        .enumerate()
        .map(|(i, name)| Variable {
            name,
            register: i,
            in_cell: cell_registers.contains(&i),
        })
        .collect();
    for (name, &register) in names(c::CELLVARS).zip(&cell_registers) {
        if register >= plain {
            all.push(Variable {
                name,
                register,
                in_cell: true,
            });
        }
    }
    let first_free = code::int_slot(vm, code_obj, c::FIRST_FREE);
    all.extend(names(c::FREEVARS).enumerate().map(|(i, name)| Variable {
        name,
        register: first_free + i,
        in_cell: true,
    }));
    all
}
/// Its value now, Empty if it has none. A parameter's register holds the value itself until its cell is made.
fn read<'v>(vm: &'v Vm, f: Obj<'v>, variable: &Variable<'v>) -> Value<'v> {
    let value = frame::register(vm, f, variable.register);
    match value.as_cell(vm).filter(|_| variable.in_cell) {
        Some(cell) => cell.get(vm),
        None => value,
    }
}
fn write(vm: &Vm, f: Obj<'_>, variable: &Variable<'_>, value: Value<'_>) {
    let held = frame::register(vm, f, variable.register);
    match held.as_cell(vm).filter(|_| variable.in_cell) {
        Some(cell) => cell.set(vm, value),
        None => frame::set_register(vm, f, variable.register, value),
    }
}
/// Variables that have a value, each name once.
fn bound<'v>(vm: &'v Vm, f: Obj<'v>) -> Py<Vec<(Str<'v>, Value<'v>)>> {
    let plain = code::names(vm, frame::frame_code(vm, f)?, c::VARNAMES).len(vm);
    let mut found: Vec<(Str<'v>, Value<'v>)> = Vec::new();
    for (i, variable) in variables(vm, frame::frame_code(vm, f)?).iter().enumerate() {
        let value = read(vm, f, variable);
        if value.is_empty() {
            continue;
        }
        match found.iter_mut().find(|(n, _)| *n == variable.name) {
            // An inlined comprehension's variables stand behind those of the function.
            Some(seen) if i < plain => seen.1 = value,
            Some(_) => {}
            None => found.push((variable.name, value)),
        }
    }
    Ok(found)
}
/// Whether an inlined comprehension runs in the frame of a module or class, whose only registers with names are its variables.
pub(crate) fn in_comprehension(vm: &Vm, f: Obj<'_>) -> Py<bool> {
    let code_obj = frame::frame_code(vm, f)?;
    let plain = code::names(vm, code_obj, c::VARNAMES).len(vm);
    if plain == 0 {
        return Ok(false);
    }
    let all = variables(vm, code_obj);
    Ok(all[..plain.min(all.len())]
        .iter()
        .any(|v| !read(vm, f, v).is_empty()))
}
/// The variable of that name: the innermost one that has a value, if several scopes were merged into the frame.
fn find<'v>(vm: &'v Vm, f: Obj<'v>, key: Value<'v>) -> Py<Option<Variable<'v>>> {
    let Some(key) = key.as_str(vm) else {
        return Ok(None);
    };
    let plain = code::names(vm, frame::frame_code(vm, f)?, c::VARNAMES).len(vm);
    let mut chosen: Option<Variable<'v>> = None;
    for (i, v) in variables(vm, frame::frame_code(vm, f)?)
        .into_iter()
        .enumerate()
    {
        if !(v.name == key || v.name.eq(vm, key)) {
            continue;
        }
        let takes_over = match &chosen {
            None => true,
            Some(old) => !read(vm, f, &v).is_empty() && (i < plain || read(vm, f, old).is_empty()),
        };
        if takes_over {
            chosen = Some(v);
        }
    }
    Ok(chosen)
}
/// The dict of what was added under other names.
fn extra(vm: &Vm, this: Local) -> Py<Option<Local>> {
    let extra = frame_of(vm, this)?.slot(vm, slots::EXTRA_LOCALS);
    Ok(extra.non_empty().map(|d| vm.local(d)))
}
/// All of it as a new dict.
pub(crate) fn to_dict<'v>(vm: &'v Vm, f: Obj<'v>) -> Py<Dict<'v>> {
    let dict = vm.new_dict();
    for (name, value) in bound(vm, f)? {
        dict.set_str(vm, name, value)?;
    }
    let extra = f.slot(vm, slots::EXTRA_LOCALS).as_dict(vm);
    for i in 0..extra.map_or(0, |d| d.entry_end(vm)) {
        if let Some((key, value)) = extra.and_then(|d| d.entry(vm, i)) {
            let hash = extra.map_or(0, |d| d.hash_at(vm, i));
            match key.as_exact_str(vm) {
                Some(key) => dict.set_str(vm, key, value)?,
                // Extra keys are different from each other and from the names.
                None => {
                    dict.insert_new(vm, hash, key, value)?;
                }
            }
        }
    }
    Ok(dict)
}
fn dict_of(vm: &Vm, this: Local) -> Py<Local> {
    Ok(vm.local(to_dict(vm, frame_of(vm, this)?)?.value()))
}

// ---- the mapping

fn look_up(vm: &mut Vm, this: Local, key: Local) -> Py<Option<Ret>> {
    {
        let vm: &Vm = vm;
        let f = frame_of(vm, this)?;
        if let Some(variable) = find(vm, f, key.value(vm))? {
            let value = read(vm, f, &variable);
            if !value.is_empty() {
                return Ok(Some(vm.ret(value)));
            }
        }
    }
    vm.hash(key)?;
    let Some(extra) = extra(vm, this)? else {
        return Ok(None);
    };
    let found = vm.get_item(extra, key);
    vm.caught(found, &super::exceptions::KEY_ERROR)
}
fn get_item(vm: &mut Vm, this: Local, key: Local) -> Py<Ret> {
    match look_up(vm, this, key)? {
        Some(ret) => Ok(ret),
        None => {
            let shown = vm.repr(key)?.get(vm);
            let text = format!("local variable '{}' is not defined", vm.text_of(shown));
            Err(vm.raise_text(&super::exceptions::KEY_ERROR, &text))
        }
    }
}
fn contains(vm: &mut Vm, this: Local, key: Local) -> Py<bool> {
    Ok(look_up(vm, this, key)?.is_some())
}
fn set_item(vm: &mut Vm, this: Local, key: Local, value: Local) -> Py<()> {
    let extra = {
        let vm: &Vm = vm;
        let f = frame_of(vm, this)?;
        if let Some(variable) = find(vm, f, key.value(vm))? {
            write(vm, f, &variable, value.value(vm));
            return Ok(());
        }
        if f.slot(vm, slots::EXTRA_LOCALS).is_empty() {
            f.set_slot(vm, slots::EXTRA_LOCALS, vm.new_dict().value());
        }
        vm.local(f.slot(vm, slots::EXTRA_LOCALS))
    };
    vm.set_item(extra, key, value)
}
const CANNOT_REMOVE: &str = "cannot remove local variables from FrameLocalsProxy";
fn del_item(vm: &mut Vm, this: Local, key: Local) -> Py<()> {
    if find(vm, frame_of(vm, this)?, key.value(vm))?.is_some() {
        return Err(vm.value_error(CANNOT_REMOVE));
    }
    match extra(vm, this)? {
        Some(extra) => vm.del_item(extra, key),
        None => Err(vm.key_error(key.value(vm))),
    }
}
fn len(vm: &mut Vm, this: Local) -> Py<usize> {
    let vm: &Vm = vm;
    let f = frame_of(vm, this)?;
    let extra = f
        .slot(vm, slots::EXTRA_LOCALS)
        .as_dict(vm)
        .map_or(0, |d| d.len(vm));
    Ok(bound(vm, f)?.len() + extra)
}

/// Which part of the entries.
#[derive(Clone, Copy)]
enum Part {
    Keys,
    Values,
    Items,
}
fn list(vm: &Vm, this: Local, part: Part) -> Py<Local> {
    let dict = to_dict(vm, frame_of(vm, this)?)?;
    let list = vm.new_list(&[])?;
    for (key, value) in dict.iter(vm) {
        list.push(
            vm,
            match part {
                Part::Keys => key,
                Part::Values => value,
                Part::Items => vm.new_tuple(&[key, value])?.value(),
            },
        )?;
    }
    Ok(vm.local(list.value()))
}
fn keys(vm: &mut Vm, this: Local) -> Py<Local> {
    list(vm, this, Part::Keys)
}
fn values(vm: &mut Vm, this: Local) -> Py<Local> {
    list(vm, this, Part::Values)
}
fn items(vm: &mut Vm, this: Local) -> Py<Local> {
    list(vm, this, Part::Items)
}
fn iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let keys = list(vm, this, Part::Keys)?;
    vm.iter(keys)
}
fn reversed(vm: &mut Vm, this: Local) -> Py<Local> {
    let keys = list(vm, this, Part::Keys)?;
    if let Some(list) = keys.value(vm).as_list(vm) {
        list.reverse(vm);
    }
    Ok(keys)
}
fn copy(vm: &mut Vm, this: Local) -> Py<Local> {
    dict_of(vm, this)
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let dict = dict_of(vm, this)?;
    vm.repr(dict)
}

fn get(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    match look_up(vm, this, key)? {
        Some(ret) => Ok(ret),
        None => Ok(vm.ret(default.map_or(Value::NONE, |d| d.value(vm)))),
    }
}
fn set_default(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    if let Some(ret) = look_up(vm, this, key)? {
        return Ok(ret);
    }
    let value = default.unwrap_or_else(|| vm.local(Value::NONE));
    set_item(vm, this, key, value)?;
    Ok(vm.ret(value.value(vm)))
}
fn pop(vm: &mut Vm, this: Local, key: Local, default: Option<Local>) -> Py<Ret> {
    if find(vm, frame_of(vm, this)?, key.value(vm))?.is_some() {
        return Err(vm.value_error(CANNOT_REMOVE));
    }
    if let Some(ret) = look_up(vm, this, key)? {
        let value = ret.keep(vm);
        del_item(vm, this, key)?;
        return Ok(vm.ret(value.value(vm)));
    }
    match default {
        Some(d) => Ok(vm.ret(d.value(vm))),
        None => Err(vm.key_error(key.value(vm))),
    }
}
/// The other operand as a dict, None if it is neither dict nor proxy.
fn other_dict(vm: &Vm, other: Local) -> Py<Option<Local>> {
    let value = other.value(vm);
    if is_proxy(vm, value) {
        return dict_of(vm, other).map(Some);
    }
    Ok(value.as_dict(vm).map(|_| other))
}
fn merge(vm: &mut Vm, this: Local, dict: Local) -> Py<()> {
    let [key, value] = vm.locals([Value::NONE; 2]);
    let mut pos = 0;
    loop {
        {
            let vm: &Vm = vm;
            let next = dict
                .value(vm)
                .as_dict(vm)
                .and_then(|d| d.next_entry(vm, pos));
            let Some((p, k, v)) = next else { return Ok(()) };
            key.set(vm, k);
            value.set(vm, v);
            pos = p + 1;
        }
        vm.scope(|vm| set_item(vm, this, key, value))?;
    }
}
fn update(vm: &mut Vm, this: Local, other: Local) -> Py<()> {
    match other_dict(vm, other)? {
        Some(dict) => merge(vm, this, dict),
        None => Err(vm.type_error("update() argument must be dict or another FrameLocalsProxy")),
    }
}
fn not_implemented(vm: &Vm) -> Py<Ret> {
    Ok(vm.ret(Value::NOT_IMPLEMENTED))
}
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let Some(right) = other_dict(vm, other)? else {
        return not_implemented(vm);
    };
    let left = dict_of(vm, this)?;
    vm.binary(BinOp::Or, left, right)
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let Some(left) = other_dict(vm, other)? else {
        return not_implemented(vm);
    };
    let right = dict_of(vm, this)?;
    vm.binary(BinOp::Or, left, right)
}
fn ior(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let Some(dict) = other_dict(vm, other)? else {
        return not_implemented(vm);
    };
    merge(vm, this, dict)?;
    Ok(vm.ret(this.value(vm)))
}
/// Equal frames, or equal content to a dict; None for anything else.
fn equal(vm: &mut Vm, this: Local, other: Local) -> Py<Option<bool>> {
    if is_proxy(vm, other.value(vm)) {
        return Ok(Some(frame_of(vm, this)? == frame_of(vm, other)?));
    }
    if other.value(vm).as_dict(vm).is_none() {
        return Ok(None);
    }
    let own = dict_of(vm, this)?;
    vm.equal(own, other).map(Some)
}
fn eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let answer = equal(vm, this, other)?;
    Ok(vm.ret(answer.map_or(Value::NOT_IMPLEMENTED, Value::bool)))
}
fn ne(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let answer = equal(vm, this, other)?;
    Ok(vm.ret(answer.map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same))))
}
fn reduce(vm: &mut Vm, this: Local, protocol: Local) -> Py<Ret> {
    let _ = (this, protocol, Dunder::ReduceEx);
    Err(vm.type_error("cannot pickle 'FrameLocalsProxy' object"))
}

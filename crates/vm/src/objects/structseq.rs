//! Struct sequences: tuples with named fields, such as `sys.version_info`, `os.stat_result`, `time.struct_time`.
//!
//! An instance is `Wrapped`: slot 0 is the tuple of the visible fields, slots 1… hold every field again, visible or not, where read-only members find them.
//! A type is declared by [`struct_sequence!`]; `fields` beyond the visible ones are reachable by name only.

use crate::layout::types;
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::Method;
use crate::objects::object;
use crate::typedef::TypeDef;
use crate::vm::Vm;
use mesapy_heap::{Obj, Value};

/// A struct sequence type.
pub struct StructSeq {
    pub def: TypeDef,
    /// All fields; a name that starts with `_unnamed` can only be reached by index.
    pub fields: &'static [&'static str],
    pub visible: usize,
}

/// Members for the fields: field i is slot i + 1.
pub const fn members<const N: usize>(
    fields: [&'static str; N],
) -> [(&'static str, u16, &'static str); N] {
    let mut out = [("", 0, ""); N];
    let mut i = 0;
    while i < N {
        out[i] = (fields[i], i as u16 + 1, "");
        i += 1;
    }
    out
}

/// `struct_sequence!(pub static NAME = "module.name", "doc", visible N, ["field", …]);`
#[macro_export]
macro_rules! struct_sequence {
    ($(#[doc = $d:literal])* pub static $id:ident = $name:literal, $doc:expr, visible $visible:expr, [$($field:literal),* $(,)?]) => {
        $(#[doc = $d])*
        pub static $id: $crate::objects::structseq::StructSeq = {
            const FIELDS: &[&str] = &[$($field),*];
            const N: usize = FIELDS.len();
            const MEMBERS: [(&str, u16, &str); N] = $crate::objects::structseq::members([$($field),*]);
            $crate::objects::structseq::StructSeq {
                def: $crate::typedef::TypeDef {
                    id: $crate::typedef::TypeIdCell::new(),
                    name: $name,
                    doc: $doc,
                    base: Some(&$crate::objects::tuple::TUPLE),
                    layout: $crate::typedef::Layout::Slots(N as u16 + 1),
                    flags: $crate::typedef::TypeFlags::NONE,
                    methods: $crate::objects::structseq::METHODS,
                    getset: &[],
                    members: &MEMBERS,
                    iternext: None,
                    endless: None,
                },
                fields: FIELDS,
                visible: $visible,
            }
        };
    };
}

pub static METHODS: &[Method] = crate::methods! {
    "__new__(cls, sequence, dict={})" => static calls new(cls, sequence, dict), "";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__reduce__(self, /)" => calls reduce(this), "";
    "__replace__(self, /, **changes)" => calls replace(this, changes), "Return a copy of the structure with new values for the specified fields.";
};

/// Registers the type, so that instances can be made.
pub fn register(vm: &mut Vm, seq: &'static StructSeq) -> Py<()> {
    vm.register_type(&seq.def)?;
    if vm.struct_seqs.iter().any(|s| std::ptr::eq(*s, seq)) {
        return Ok(());
    }
    vm.struct_seqs.push(seq);
    let vm: &Vm = vm;
    let class = vm.type_object(&seq.def);
    let dict = vm.type_dict(class);
    let unnamed = seq
        .fields
        .iter()
        .take(seq.visible)
        .filter(|f| f.starts_with("_unnamed"))
        .count();
    for (name, n) in [
        ("n_sequence_fields", seq.visible),
        ("n_fields", seq.fields.len()),
        ("n_unnamed_fields", unnamed),
    ] {
        dict.set_str(vm, vm.intern(name.as_bytes()), vm.int(n as i64))?;
    }
    let named: Vec<Value<'_>> = seq.fields[..seq.visible]
        .iter()
        .filter(|f| !f.starts_with("_unnamed"))
        .map(|f| vm.intern(f.as_bytes()).value())
        .collect();
    dict.set_str(
        vm,
        vm.roots.names.match_args(vm),
        vm.new_tuple(&named)?.value(),
    )?;
    vm.type_modified(class);
    Ok(())
}
/// An instance with all its fields, visible ones first; those left out are None.
pub fn make<'v>(vm: &'v Vm, seq: &'static StructSeq, values: &[Value<'v>]) -> Py<Value<'v>> {
    fill(vm, vm.type_object(&seq.def), seq, values)
}
fn fill<'v>(
    vm: &'v Vm,
    class: Obj<'v>,
    seq: &'static StructSeq,
    values: &[Value<'v>],
) -> Py<Value<'v>> {
    let at = |i: usize| values.get(i).copied().unwrap_or(Value::NONE);
    let tuple = vm.new_tuple_from(seq.visible, at)?;
    let made = object::wrap(vm, class, tuple.value())?;
    let o = made.as_obj().ok_or(Raised(()))?;
    for i in 0..seq.fields.len() {
        o.set_slot(vm, i + 1, at(i));
    }
    Ok(made)
}
fn seq_of(vm: &Vm, class: Obj<'_>) -> Py<&'static StructSeq> {
    let id = class.slot(vm, types::LAYOUT).as_small_int().unwrap_or(0) as u16;
    vm.struct_seqs
        .iter()
        .copied()
        .find(|s| s.def.id.get().0 == id)
        .ok_or_else(|| vm.type_error("not a struct sequence"))
}
fn new(vm: &mut Vm, cls: Local, sequence: Local, dict: Option<Local>) -> Py<Ret> {
    let items = {
        let vm: &Vm = vm;
        // What describes the interpreter is made by it alone.
        let name = cls.value(vm).as_obj().map(|c| vm.tp_name(c));
        if let Some(name @ ("sys.flags" | "sys.version_info")) = name.as_deref() {
            return Err(vm.type_error(format!("cannot create '{name}' instances")));
        }
        vm.special_of(sequence.value(vm), crate::dunder::Dunder::Iter)
            .is_some()
            || vm
                .special_of(sequence.value(vm), crate::dunder::Dunder::GetItem)
                .is_some()
    };
    if !items {
        return Err(vm.type_error("constructor requires a sequence"));
    }
    let tuple = vm.tuple_from_iterable(sequence)?.keep(vm);
    let vm: &Vm = vm;
    let Some(class) = cls.value(vm).as_obj().filter(|_| vm.is_type(cls.value(vm))) else {
        return Err(vm.type_error("X is not a type object"));
    };
    let seq = seq_of(vm, class)?;
    let name = vm.tp_name(class);
    let given: Vec<Value<'_>> = tuple
        .value(vm)
        .as_tuple(vm)
        .map(|t| t.to_vec(vm))
        .unwrap_or_default();
    let (min, max) = (seq.visible, seq.fields.len());
    if given.len() < min || given.len() > max {
        let text = if min == max {
            format!(
                "{name}() takes a {min}-sequence ({}-sequence given)",
                given.len()
            )
        } else if given.len() < min {
            format!(
                "{name}() takes an at least {min}-sequence ({}-sequence given)",
                given.len()
            )
        } else {
            format!(
                "{name}() takes an at most {max}-sequence ({}-sequence given)",
                given.len()
            )
        };
        return Err(vm.type_error(text));
    }
    let mut values = given.clone();
    values.resize(max, Value::NONE);
    if let Some(d) = dict.map(|d| d.value(vm)).filter(|d| !d.is_none()) {
        let Some(d) = d.as_dict(vm) else {
            return Err(vm.type_error(format!("{name}() takes a dict as second arg, if any")));
        };
        let mut used = 0;
        for (i, slot) in values.iter_mut().enumerate().take(max).skip(min) {
            if let Some(v) = d.get_str(vm, vm.intern(seq.fields[i].as_bytes())) {
                used += 1;
                if i < given.len() {
                    return Err(vm.type_error(format!(
                        "{name}() got duplicate or unexpected field name(s)"
                    )));
                }
                *slot = v;
            }
        }
        if used != d.len(vm) {
            return Err(vm.type_error(format!(
                "{name}() got duplicate or unexpected field name(s)"
            )));
        }
    }
    let made = fill(vm, class, seq, &values)?;
    Ok(vm.ret(made))
}
fn field(vm: &Vm, this: Local, i: usize) -> Value<'_> {
    this.value(vm)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, i + 1))
}
fn repr(vm: &mut Vm, this: Local) -> Py<String> {
    let class = vm.type_of(this.value(vm));
    let seq = seq_of(vm, class)?;
    let mut out = format!("{}(", vm.tp_name(class));
    let item = vm.local(Value::NONE);
    for i in 0..seq.visible {
        item.set(vm, field(vm, this, i));
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(seq.fields[i]);
        out.push('=');
        out.push_str(&vm.repr_text(item)?);
    }
    out.push(')');
    Ok(out)
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let class = vm.type_of(this.value(vm));
    let seq = seq_of(vm, class)?;
    let hidden = vm.new_dict();
    for i in seq.visible..seq.fields.len() {
        hidden.set_str(vm, vm.intern(seq.fields[i].as_bytes()), field(vm, this, i))?;
    }
    let visible = vm.new_tuple_from(seq.visible, |i| field(vm, this, i))?;
    let inner = vm.new_tuple(&[visible.value(), hidden.value()])?;
    Ok(vm.ret(vm.new_tuple(&[class.value(), inner.value()])?.value()))
}
fn replace(vm: &mut Vm, this: Local, changes: Local<k::Any>) -> Py<Ret> {
    let vm: &Vm = vm;
    let class = vm.type_of(this.value(vm));
    let seq = seq_of(vm, class)?;
    let mut values: Vec<Value<'_>> = (0..seq.fields.len()).map(|i| field(vm, this, i)).collect();
    if seq.fields.iter().any(|f| f.starts_with("_unnamed")) {
        return Err(vm.type_error(format!(
            "__replace__() is not supported for {} because it has unnamed field(s)",
            vm.tp_name(class)
        )));
    }
    if let Some(d) = changes.value(vm).as_dict(vm) {
        let mut unknown = Vec::new();
        for (key, value) in d.iter(vm) {
            let name = vm.text_of(key);
            match seq.fields.iter().position(|f| *f == name) {
                Some(i) => values[i] = value,
                None => unknown.push(format!("'{name}'")),
            }
        }
        if !unknown.is_empty() {
            return Err(vm.type_error(format!(
                "Got unexpected field name(s): [{}]",
                unknown.join(", ")
            )));
        }
    }
    let made = fill(vm, class, seq, &values)?;
    Ok(vm.ret(made))
}

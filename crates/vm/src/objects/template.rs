//! Template strings (PEP 750): `string.templatelib.Template` and `Interpolation`.

use crate::local::{Local, Py, Raised, Ret, k};
use crate::methods;
use crate::native::{GetSet, Method};
use crate::objects::object::new_native_instance;
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_bytecode::Conversion;
use mesapy_heap::{Obj, Tuple, Value};

mod t {
    pub const STRINGS: u16 = 0;
    pub const INTERPOLATIONS: u16 = 1;
}
mod i {
    pub const VALUE: u16 = 0;
    pub const EXPRESSION: u16 = 1;
    pub const CONVERSION: u16 = 2;
    pub const FORMAT_SPEC: u16 = 3;
}
mod it {
    pub const TEMPLATE: usize = 0;
    /// Twice the number of the part: even for strings, odd for interpolations.
    pub const NEXT: usize = 1;
}

pub static TEMPLATE: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "string.templatelib.Template",
    doc: "Template object",
    layout: Layout::Slots(2),
    flags: TypeFlags::NONE,
    methods: TEMPLATE_METHODS,
    getset: TEMPLATE_GETSET,
    members: &[
        ("strings", t::STRINGS, "Strings"),
        ("interpolations", t::INTERPOLATIONS, "Interpolations"),
    ],
    ..TypeDef::EMPTY
};
static TEMPLATE_METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls repr(this), "Return repr(self).";
    "__iter__(self, /)" => calls iter(this), "Implement iter(self).";
    "__add__(self, value, /)" => calls add(this, other), "Return self+value.";
    "__reduce__(self, /)" => calls reduce(this), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(class, item), "See PEP 585";
};
static TEMPLATE_GETSET: &[GetSet] = &[GetSet {
    name: "values",
    get: values,
    set: None,
    doc: "Values of interpolations",
}];

pub static INTERPOLATION: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "string.templatelib.Interpolation",
    doc: "Interpolation object",
    layout: Layout::Slots(4),
    flags: TypeFlags::NONE,
    methods: INTERPOLATION_METHODS,
    members: &[
        ("value", i::VALUE, "Value"),
        ("expression", i::EXPRESSION, "Expression"),
        ("conversion", i::CONVERSION, "Conversion"),
        ("format_spec", i::FORMAT_SPEC, "Format specifier"),
    ],
    ..TypeDef::EMPTY
};
static INTERPOLATION_METHODS: &[Method] = methods! {
    "__new__(type, /, *args, **kwargs)" => static calls interpolation_new(class, args, kwargs), "Create and return a new object.  See help(type) for accurate signature.";
    "__repr__(self, /)" => calls interpolation_repr(this), "Return repr(self).";
    "__reduce__(self, /)" => calls interpolation_reduce(this), "";
    "__class_getitem__(cls, object, /)" => class calls class_getitem(class, item), "See PEP 585";
};

pub static TEMPLATE_ITER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "string.templatelib.TemplateIter",
    doc: "Template iterator object",
    layout: Layout::Slots(2),
    flags: TypeFlags::NO_NEW,
    methods: ITER_METHODS,
    iternext: Some(iter_next),
    ..TypeDef::EMPTY
};
static ITER_METHODS: &[Method] = methods! {
    "__iter__(self, /)" => calls iter_self(this), "Implement iter(self).";
};

/// What the rows can't say: `Interpolation.__match_args__`. Once, after registration.
pub(crate) fn complete_types(vm: &Vm) -> Py<()> {
    let class = vm.type_object(&INTERPOLATION);
    let names = ["value", "expression", "conversion", "format_spec"]
        .map(|n| vm.intern(n.as_bytes()).value());
    let names = vm.new_tuple(&names)?.value();
    vm.type_dict(class)
        .set_str(vm, vm.roots.names.match_args(vm), names)?;
    Ok(())
}

/// For the instruction: the template of a tuple of strings and one of interpolations, one fewer.
pub fn new_template(vm: &mut Vm, strings: Local, interpolations: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let made = make(vm, strings.value(vm), interpolations.value(vm))?;
    Ok(vm.ret(made.value()))
}
fn make<'v>(vm: &'v Vm, strings: Value<'v>, interpolations: Value<'v>) -> Py<Obj<'v>> {
    let made = new_native_instance(vm, &TEMPLATE)?;
    made.set_slot(vm, usize::from(t::STRINGS), strings);
    made.set_slot(vm, usize::from(t::INTERPOLATIONS), interpolations);
    Ok(made)
}
/// For the instruction. An Empty or None format specifier is the empty one.
pub fn new_interpolation(
    vm: &mut Vm,
    value: Local,
    expression: Local,
    conversion: u8,
    spec: Local,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let conversion = match Conversion::from_u8(conversion).unwrap_or(Conversion::None) {
        Conversion::None => Value::NONE,
        Conversion::Str => vm.intern(b"s").value(),
        Conversion::Repr => vm.intern(b"r").value(),
        Conversion::Ascii => vm.intern(b"a").value(),
    };
    let spec = spec.value(vm);
    let spec = if spec.is_empty() || spec.is_none() {
        vm.empty_str().value()
    } else {
        spec
    };
    let made = make_interpolation(
        vm,
        [value.value(vm), expression.value(vm), conversion, spec],
    )?;
    Ok(vm.ret(made.value()))
}
fn make_interpolation<'v>(vm: &'v Vm, fields: [Value<'v>; 4]) -> Py<Obj<'v>> {
    let made = new_native_instance(vm, &INTERPOLATION)?;
    for (slot, field) in fields.into_iter().enumerate() {
        made.set_slot(vm, slot, field);
    }
    Ok(made)
}

fn is_interpolation(vm: &Vm, value: Value<'_>) -> bool {
    vm.is_exactly(value, &INTERPOLATION)
}
/// Strings and interpolations of a template.
fn parts<'v>(vm: &'v Vm, this: Local) -> Py<(Tuple<'v>, Tuple<'v>)> {
    let value = this.value(vm);
    let o = value
        .as_obj()
        .filter(|_| vm.is_exactly(value, &TEMPLATE))
        .ok_or_else(|| vm.type_error("expected a Template"))?;
    let tuple = |slot: u16| {
        o.slot(vm, usize::from(slot))
            .as_tuple(vm)
            .unwrap_or(vm.empty_tuple())
    };
    Ok((tuple(t::STRINGS), tuple(t::INTERPOLATIONS)))
}

// ---- Template

/// Neighbouring strings are joined; between neighbouring interpolations, and at the ends, comes an empty string.
fn new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    let _ = class;
    let vm: &Vm = vm;
    if kwargs.is_some_and(|d| !d.get(vm).is_empty(vm)) {
        return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
    }
    let mut strings: Vec<Vec<u8>> = vec![Vec::new()];
    let mut interpolations = Vec::new();
    for arg in args.get(vm).iter(vm) {
        if let Some(s) = arg.as_str(vm) {
            if let Some(last) = strings.last_mut() {
                last.extend(s.bytes(vm));
            }
        } else if is_interpolation(vm, arg) {
            interpolations.push(arg);
            strings.push(Vec::new());
        } else {
            let got = vm.type_name_for_error(arg);
            return Err(vm.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}"
            )));
        }
    }
    let strings = strings
        .iter()
        .map(|s| Ok(vm.new_str(s)?.value()))
        .collect::<Py<Vec<_>>>()?;
    let made = make(
        vm,
        vm.new_tuple(&strings)?.value(),
        vm.new_tuple(&interpolations)?.value(),
    )?;
    Ok(vm.ret(made.value()))
}
fn repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let [strings, interpolations] = {
        let vm: &Vm = vm;
        let (s, i) = parts(vm, this)?;
        vm.locals([s.value(), i.value()])
    };
    let mut out = b"Template(strings=".to_vec();
    push_repr(vm, &mut out, strings)?;
    out.extend(b", interpolations=");
    push_repr(vm, &mut out, interpolations)?;
    out.push(b')');
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}
fn push_repr(vm: &mut Vm, out: &mut Vec<u8>, x: Local) -> Py<()> {
    let ret = vm.repr(x)?;
    out.extend(ret.get(vm).as_str(vm).map_or(&[][..], |s| s.bytes(vm)));
    Ok(())
}
fn values(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let (_, interpolations) = parts(vm, this)?;
    let values: Vec<_> = interpolations
        .iter(vm)
        .map(|v| {
            v.as_obj()
                .map_or(Value::NONE, |o| o.slot(vm, usize::from(i::VALUE)))
        })
        .collect();
    Ok(vm.ret(vm.new_tuple(&values)?.value()))
}
fn add(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    if !vm.is_exactly(other.value(vm), &TEMPLATE) {
        let got = vm.type_name_for_error(other.value(vm));
        return Err(vm.type_error(format!("can only concatenate string.templatelib.Template (not \"{got}\") to string.templatelib.Template")));
    }
    let ((left, left_values), (right, right_values)) = (parts(vm, this)?, parts(vm, other)?);
    let mut strings = left.to_vec(vm);
    let mut rest = right.iter(vm);
    if let (Some(end), Some(start)) = (strings.pop(), rest.next()) {
        let bytes = |v: Value<'_>| v.as_str(vm).map_or_else(Vec::new, |s| s.bytes(vm).to_vec());
        strings.push(vm.new_str_parts(&[&bytes(end), &bytes(start)])?.value());
    }
    strings.extend(rest);
    let interpolations: Vec<_> = left_values.iter(vm).chain(right_values.iter(vm)).collect();
    let made = make(
        vm,
        vm.new_tuple(&strings)?.value(),
        vm.new_tuple(&interpolations)?.value(),
    )?;
    Ok(vm.ret(made.value()))
}
fn reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let import = {
        let vm: &Vm = vm;
        let found = vm
            .roots
            .builtins(vm)
            .as_dict(vm)
            .and_then(|d| d.get_str(vm, vm.roots.names.import(vm)));
        vm.local(found.ok_or_else(|| {
            vm.raise_text(&super::exceptions::IMPORT_ERROR, "__import__ not found")
        })?)
    };
    let [name, from] = {
        let vm: &Vm = vm;
        let from = vm.new_tuple(&[vm.intern(b"_template_unpickle").value()])?;
        vm.locals([vm.intern(b"string.templatelib").value(), from.value()])
    };
    let module = vm.call_kw(import, &[name], &[("fromlist", from)])?.keep(vm);
    let unpickle = vm.get_attr_str(module, "_template_unpickle")?.keep(vm);
    let vm: &Vm = vm;
    let (strings, interpolations) = parts(vm, this)?;
    let args = vm.new_tuple(&[strings.value(), interpolations.value()])?;
    Ok(vm.ret(vm.new_tuple(&[unpickle.value(vm), args.value()])?.value()))
}
fn class_getitem(vm: &mut Vm, class: Local, item: Local) -> Py<Ret> {
    super::generic_alias::new_alias(vm, class, item)
}

// ---- iteration: strings that are not empty, and interpolations, in order

fn iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let made = new_native_instance(vm, &TEMPLATE_ITER)?;
    made.set_slot(vm, it::TEMPLATE, this.value(vm));
    made.set_slot(vm, it::NEXT, Value::int32(0));
    Ok(vm.ret(made.value()))
}
fn iter_self(vm: &mut Vm, this: Local) -> Py<Local> {
    let _ = vm;
    Ok(this)
}
fn iter_next(vm: &mut Vm, this: Local) -> Py<bool> {
    let vm: &Vm = vm;
    let value = this.value(vm);
    let o = value
        .as_obj()
        .filter(|_| vm.is_exactly(value, &TEMPLATE_ITER))
        .ok_or(Raised(()))?;
    let template = vm.local(o.slot(vm, it::TEMPLATE));
    let (strings, interpolations) = parts(vm, template)?;
    let mut at = o.slot(vm, it::NEXT).as_small_int().unwrap_or(0) as usize;
    let found = loop {
        let tuple = if at.is_multiple_of(2) {
            strings
        } else {
            interpolations
        };
        let Some(part) = tuple.at(vm, at / 2) else {
            return Ok(false);
        };
        at += 1;
        if part.as_str(vm).is_none_or(|s| s.byte_len(vm) != 0) {
            break part;
        }
    };
    o.set_slot(vm, it::NEXT, vm.int(at as i64));
    vm.ret.set(found.word());
    Ok(true)
}

// ---- Interpolation

fn interpolation_new(
    vm: &mut Vm,
    class: Local,
    args: Local<k::Tuple>,
    kwargs: Option<Local<k::Dict>>,
) -> Py<Ret> {
    let _ = class;
    const NAMES: [&str; 4] = ["value", "expression", "conversion", "format_spec"];
    let vm: &Vm = vm;
    let given = args.get(vm);
    let keywords = kwargs.map(|d| d.get(vm));
    let total = given.len(vm) + keywords.map_or(0, |d| d.len(vm));
    if total > NAMES.len() {
        return Err(vm.type_error(format!(
            "Interpolation() takes at most 4 arguments ({total} given)"
        )));
    }
    let mut fields = [Value::EMPTY; 4];
    for (field, value) in fields.iter_mut().zip(given.iter(vm)) {
        *field = value;
    }
    for (key, value) in keywords.into_iter().flat_map(|d| d.iter(vm)) {
        let name = vm.text_of(key);
        let Some(at) = NAMES.iter().position(|n| *n == name) else {
            return Err(vm.type_error(format!(
                "Interpolation() got an unexpected keyword argument '{name}'"
            )));
        };
        if !fields[at].is_empty() {
            return Err(vm.type_error(format!(
                "argument for Interpolation() given by name ('{name}') and position ({})",
                at + 1
            )));
        }
        fields[at] = value;
    }
    if fields[0].is_empty() {
        return Err(vm.type_error("Interpolation() missing required argument 'value' (pos 1)"));
    }
    for (at, default) in [
        (1, vm.empty_str().value()),
        (2, Value::NONE),
        (3, vm.empty_str().value()),
    ] {
        if fields[at].is_empty() {
            fields[at] = default;
        }
        let optional = at == 2 && fields[at].is_none();
        if fields[at].as_str(vm).is_none() && !optional {
            let got = vm.type_name_for_error(fields[at]);
            return Err(vm.type_error(format!(
                "Interpolation() argument '{}' must be str, not {got}",
                NAMES[at]
            )));
        }
    }
    if fields[2]
        .as_str(vm)
        .is_some_and(|s| !matches!(s.bytes(vm), b"s" | b"r" | b"a"))
    {
        return Err(
            vm.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
        );
    }
    Ok(vm.ret(make_interpolation(vm, fields)?.value()))
}
/// The four fields.
fn fields<'v>(vm: &'v Vm, this: Local) -> Py<[Value<'v>; 4]> {
    let value = this.value(vm);
    let o = value
        .as_obj()
        .filter(|_| is_interpolation(vm, value))
        .ok_or_else(|| vm.type_error("expected an Interpolation"))?;
    Ok([i::VALUE, i::EXPRESSION, i::CONVERSION, i::FORMAT_SPEC]
        .map(|slot| o.slot(vm, usize::from(slot))))
}
fn interpolation_repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    vm.check_native_stack()?;
    let fields = {
        let vm: &Vm = vm;
        vm.locals(fields(vm, this)?)
    };
    let mut out = b"Interpolation(".to_vec();
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            out.extend(b", ");
        }
        push_repr(vm, &mut out, field)?;
    }
    out.push(b')');
    let vm: &Vm = vm;
    Ok(vm.ret(vm.new_str(&out)?.value()))
}
fn interpolation_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let vm: &Vm = vm;
    let args = vm.new_tuple(&fields(vm, this)?)?;
    let class = vm.type_of(this.value(vm));
    Ok(vm.ret(vm.new_tuple(&[class.value(), args.value()])?.value()))
}

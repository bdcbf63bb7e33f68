//! What `typing` needs natively: type parameters, `TypeAliasType`, `Generic`, `NoDefault`, and the module `_typing`.
//!
//! Bounds, constraints, defaults and values of aliases that the syntax gives are functions that are called when first asked for, with the format as their
//! argument. The rest of the semantics is in Python, in the module `typing`, which is called by name.

use crate::layout::types;
use crate::local::{Local, Py, Ret, k};
use crate::methods;
use crate::module::NativeModule;
use crate::native::{GetSet, Method};
use crate::objects::{generic_alias, object, support, union};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::{Pinned, Vm};
use mesapy_heap::{Kind, Value};

pub static TYPING: NativeModule = NativeModule {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.",
    functions: FUNCTIONS,
    types: &[
        &TYPE_VAR,
        &PARAM_SPEC,
        &PARAM_SPEC_ARGS,
        &PARAM_SPEC_KWARGS,
        &TYPE_VAR_TUPLE,
        &TYPE_ALIAS_TYPE,
        &GENERIC,
        &union::UNION,
    ],
    init: Some(init),
};
static FUNCTIONS: &[Method] = methods! {
    "_idfunc(x, /)" => static leaf identity(x), "";
};
fn identity<'v>(_: &'v Vm, x: Value<'v>) -> Py<Value<'v>> {
    Ok(x)
}
fn init(vm: &mut Vm, dict: Local<k::Dict>) -> Py<()> {
    let no_default = no_default(vm)?;
    let vm: &Vm = vm;
    Ok(dict
        .get(vm)
        .set_str(vm, vm.intern(b"NoDefault"), no_default.value(vm))?)
}

macro_rules! typing_types {
    ($($def:ident $name:literal $doc:literal $slots:ident $flags:expr, $methods:ident $getset:ident $members:ident;)*) => { $(
        pub static $def: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            doc: $doc,
            layout: Layout::Slots($slots as u16),
            flags: TypeFlags::IMMUTABLE.with($flags),
            methods: $methods,
            getset: $getset,
            members: $members,
            ..TypeDef::EMPTY
        };
    )* };
}
const ATTRIBUTES: TypeFlags = TypeFlags::DICT.with(TypeFlags::WEAKREF);
typing_types! {
    TYPE_VAR "typing.TypeVar" "Type variable." PARAM_SLOTS ATTRIBUTES, TYPE_VAR_METHODS TYPE_VAR_GETSET VARIANCE;
    PARAM_SPEC "typing.ParamSpec" "Parameter specification variable." PARAM_SLOTS ATTRIBUTES, PARAM_SPEC_METHODS PARAM_SPEC_GETSET VARIANCE;
    TYPE_VAR_TUPLE "typing.TypeVarTuple" "Type variable tuple: stands for any number of types." PARAM_SLOTS ATTRIBUTES, TYPE_VAR_TUPLE_METHODS DEFAULT_GETSET NAME_ONLY;
    PARAM_SPEC_ARGS "typing.ParamSpecArgs" "The args for a ParamSpec object." ONE_SLOT TypeFlags::WEAKREF, ARGS_METHODS NO_GETSET ORIGIN_MEMBER;
    PARAM_SPEC_KWARGS "typing.ParamSpecKwargs" "The kwargs for a ParamSpec object." ONE_SLOT TypeFlags::WEAKREF, KWARGS_METHODS NO_GETSET ORIGIN_MEMBER;
    TYPE_ALIAS_TYPE "typing.TypeAliasType" "Type alias." ALIAS_SLOTS TypeFlags::WEAKREF, ALIAS_METHODS ALIAS_GETSET NAME_ONLY;
    GENERIC "typing.Generic" "Abstract base class for generic types." NO_SLOTS TypeFlags::BASETYPE, GENERIC_METHODS NO_GETSET NO_MEMBERS;
    NO_DEFAULT_TYPE "NoDefaultType" "The type of the NoDefault singleton." NO_SLOTS TypeFlags::NONE, NO_DEFAULT_METHODS NO_GETSET NO_MEMBERS;
    CONST_EVALUATOR "_typing._ConstEvaluator" "" ONE_SLOT TypeFlags::NO_NEW, EVALUATOR_METHODS NO_GETSET NO_MEMBERS;
}
/// For registration.
pub static ALL: &[&TypeDef] = &[
    &TYPE_VAR,
    &PARAM_SPEC,
    &TYPE_VAR_TUPLE,
    &PARAM_SPEC_ARGS,
    &PARAM_SPEC_KWARGS,
    &TYPE_ALIAS_TYPE,
    &GENERIC,
    &NO_DEFAULT_TYPE,
    &CONST_EVALUATOR,
];

// Slots of the three kinds of type parameter.
const NAME: usize = 0;
const BOUND: usize = 1;
const EVALUATE_BOUND: usize = 2;
const CONSTRAINTS: usize = 3;
const EVALUATE_CONSTRAINTS: usize = 4;
const DEFAULT: usize = 5;
const EVALUATE_DEFAULT: usize = 6;
const COVARIANT: usize = 7;
const CONTRAVARIANT: usize = 8;
const INFER: usize = 9;
const PARAM_SLOTS: usize = 10;
// Of an alias, whose slot 0 is the name too.
const TYPE_PARAMS: usize = 1;
const COMPUTE: usize = 2;
const VALUE: usize = 3;
const MODULE: usize = 4;
const ALIAS_SLOTS: usize = 5;
const ONE_SLOT: usize = 1;
const NO_SLOTS: usize = 0;

static VARIANCE: &[(&str, u16, &str)] = &[
    ("__name__", NAME as u16, ""),
    ("__covariant__", COVARIANT as u16, ""),
    ("__contravariant__", CONTRAVARIANT as u16, ""),
    ("__infer_variance__", INFER as u16, ""),
];
static NAME_ONLY: &[(&str, u16, &str)] = &[("__name__", NAME as u16, "")];
static ORIGIN_MEMBER: &[(&str, u16, &str)] = &[("__origin__", 0, "")];
static NO_MEMBERS: &[(&str, u16, &str)] = &[];
static NO_GETSET: &[GetSet] = &[];

static TYPE_VAR_METHODS: &[Method] = methods! {
    "__new__(cls, name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)" => static calls type_var_new(cls, name, constraints, bound, default, covariant, contravariant, infer), "Create and return a new object.";
    "__repr__(self, /)" => leaf param_repr(this), "Return repr(self).";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__mro_entries__(self, object, /)" => leaf no_subclass(this, bases), "";
    "__reduce__(self, /)" => leaf name_of(this), "";
    "__typing_subst__(self, arg, /)" => calls type_var_subst(this, arg), "";
    "__typing_prepare_subst__(self, alias, args, /)" => calls type_var_prepare(this, alias, args), "";
    "has_default(self, /)" => calls has_default(this), "";
};
static PARAM_SPEC_METHODS: &[Method] = methods! {
    "__new__(cls, name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)" => static calls param_spec_new(cls, name, bound, default, covariant, contravariant, infer), "Create and return a new object.";
    "__repr__(self, /)" => leaf param_repr(this), "Return repr(self).";
    "__or__(self, value, /)" => calls or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls ror(this, value), "Return value|self.";
    "__mro_entries__(self, object, /)" => leaf no_subclass(this, bases), "";
    "__reduce__(self, /)" => leaf name_of(this), "";
    "__typing_subst__(self, arg, /)" => calls param_spec_subst(this, arg), "";
    "__typing_prepare_subst__(self, alias, args, /)" => calls param_spec_prepare(this, alias, args), "";
    "has_default(self, /)" => calls has_default(this), "";
};
static TYPE_VAR_TUPLE_METHODS: &[Method] = methods! {
    "__new__(cls, name, *, default=typing.NoDefault)" => static calls type_var_tuple_new(cls, name, default), "Create and return a new object.";
    "__repr__(self, /)" => leaf name_of(this), "Return repr(self).";
    "__iter__(self, /)" => calls unpacked_iter(this), "Implement iter(self).";
    "__mro_entries__(self, object, /)" => leaf no_subclass(this, bases), "";
    "__reduce__(self, /)" => leaf name_of(this), "";
    "__typing_subst__(self, arg, /)" => leaf type_var_tuple_subst(this, arg), "";
    "__typing_prepare_subst__(self, alias, args, /)" => calls type_var_tuple_prepare(this, alias, args), "";
    "has_default(self, /)" => calls has_default(this), "";
};
static TYPE_VAR_GETSET: &[GetSet] = &[
    GetSet {
        name: "__bound__",
        get: get_bound,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__constraints__",
        get: get_constraints,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__default__",
        get: get_default,
        set: None,
        doc: "",
    },
    GetSet {
        name: "evaluate_bound",
        get: evaluate_bound,
        set: None,
        doc: "",
    },
    GetSet {
        name: "evaluate_constraints",
        get: evaluate_constraints,
        set: None,
        doc: "",
    },
    GetSet {
        name: "evaluate_default",
        get: evaluate_default,
        set: None,
        doc: "",
    },
];
static PARAM_SPEC_GETSET: &[GetSet] = &[
    GetSet {
        name: "__bound__",
        get: get_bound,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__default__",
        get: get_default,
        set: None,
        doc: "",
    },
    GetSet {
        name: "evaluate_default",
        get: evaluate_default,
        set: None,
        doc: "",
    },
    GetSet {
        name: "args",
        get: |vm, this| new_part(vm, &PARAM_SPEC_ARGS, this),
        set: None,
        doc: "Represents positional arguments.",
    },
    GetSet {
        name: "kwargs",
        get: |vm, this| new_part(vm, &PARAM_SPEC_KWARGS, this),
        set: None,
        doc: "Represents keyword arguments.",
    },
];
static DEFAULT_GETSET: &[GetSet] = &[
    GetSet {
        name: "__default__",
        get: get_default,
        set: None,
        doc: "",
    },
    GetSet {
        name: "evaluate_default",
        get: evaluate_default,
        set: None,
        doc: "",
    },
];
static ARGS_METHODS: &[Method] = methods! {
    "__new__(cls, origin)" => static calls args_new(cls, origin), "Create and return a new object.";
    "__repr__(self, /)" => calls args_repr(this), "Return repr(self).";
    "__eq__(self, value, /)" => calls part_eq(this, value), "Return self==value.";
    "__mro_entries__(self, object, /)" => leaf no_subclass(this, bases), "";
};
static KWARGS_METHODS: &[Method] = methods! {
    "__new__(cls, origin)" => static calls kwargs_new(cls, origin), "Create and return a new object.";
    "__repr__(self, /)" => calls kwargs_repr(this), "Return repr(self).";
    "__eq__(self, value, /)" => calls part_eq(this, value), "Return self==value.";
    "__mro_entries__(self, object, /)" => leaf no_subclass(this, bases), "";
};
static ALIAS_METHODS: &[Method] = methods! {
    "__new__(cls, name, value, *, type_params=())" => static calls alias_new(cls, name, value, params), "Create and return a new object.";
    "__repr__(self, /)" => leaf name_of(this), "Return repr(self).";
    "__or__(self, value, /)" => calls union_or(this, value), "Return self|value.";
    "__ror__(self, value, /)" => calls union_ror(this, value), "Return value|self.";
    "__getitem__(self, key, /)" => calls alias_getitem(this, key), "Return self[key].";
    "__iter__(self, /)" => calls unpacked_iter(this), "Implement iter(self).";
    "__reduce__(self, /)" => leaf name_of(this), "";
};
static ALIAS_GETSET: &[GetSet] = &[
    GetSet {
        name: "__parameters__",
        get: alias_parameters,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__type_params__",
        get: alias_type_params,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__value__",
        get: alias_value,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__module__",
        get: alias_module,
        set: None,
        doc: "",
    },
    GetSet {
        name: "evaluate_value",
        get: alias_evaluate,
        set: None,
        doc: "",
    },
];
static GENERIC_METHODS: &[Method] = methods! {
    "__class_getitem__(cls, ...)" => class calls generic_getitem(cls, args, kwargs), "Parameterizes a generic class.";
    "__init_subclass__(cls, ...)" => class calls generic_init_subclass(cls, args, kwargs), "Function to initialize subclasses.";
};
static NO_DEFAULT_METHODS: &[Method] = methods! {
    "__new__(cls)" => static calls no_default_new(cls), "Create and return a new object.";
    "__repr__(self, /)" => leaf no_default_repr(this), "Return repr(self).";
    "__reduce__(self, /)" => leaf no_default_reduce(this), "";
};
static EVALUATOR_METHODS: &[Method] = methods! {
    "__call__(self, format, /)" => calls evaluator_call(this, format), "Call self as a function.";
    "__repr__(self, /)" => calls evaluator_repr(this), "Return repr(self).";
};

// ---- helpers

/// Calls a function of the module `typing`.
pub(crate) fn call_typing(vm: &mut Vm, name: &str, args: &[Local]) -> Py<Ret> {
    let module = crate::import::import_module(vm, "typing")?;
    vm.call_method(module, name, args)
}
fn slot(vm: &Vm, this: Local, slot: usize) -> Local {
    vm.local(
        this.value(vm)
            .as_obj()
            .map_or(Value::EMPTY, |o| o.slot(vm, slot)),
    )
}
fn set(vm: &Vm, this: Local, slot: usize, value: Value<'_>) {
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, slot, value);
    }
}
fn new_of(vm: &Vm, def: &'static TypeDef, slots: usize) -> Local {
    let shape = vm.type_object(def).slot(vm, types::ROOT_SHAPE).as_shape(vm);
    vm.local(match shape {
        Some(shape) if slots == PARAM_SLOTS => vm.new_instance(shape, def.id.get().0).value(),
        shape => vm
            .new_object(Kind::Instance, def.id.get().0, shape, slots)
            .value(),
    })
}
/// The name of the module that is running.
fn caller_module(vm: &Vm) -> Value<'_> {
    vm.current_globals()
        .and_then(|g| g.as_dict(vm))
        .and_then(|d| d.get_str(vm, vm.roots.names.name(vm)))
        .unwrap_or(Value::NONE)
}
#[derive(Default)]
struct Singletons {
    no_default: Option<Pinned>,
}
/// The value that stands for "no default".
pub(crate) fn no_default(vm: &mut Vm) -> Py<Local> {
    if let Some(pin) = vm.state::<Singletons>().no_default {
        return Ok(vm.local(vm.pinned(pin)));
    }
    let made = new_of(vm, &NO_DEFAULT_TYPE, NO_SLOTS);
    let pin = vm.pin(made.value(vm));
    vm.state::<Singletons>().no_default = Some(pin);
    Ok(made)
}
fn no_default_new(vm: &mut Vm, _cls: Local) -> Py<Local> {
    no_default(vm)
}
fn no_default_repr<'v>(_: &'v Vm, _this: Value<'v>) -> Py<&'static str> {
    Ok("typing.NoDefault")
}
fn no_default_reduce<'v>(_: &'v Vm, _this: Value<'v>) -> Py<&'static str> {
    Ok("NoDefault")
}
/// A value that is asked for lazily: what is known, else what the function gives, which is then kept.
fn lazy(vm: &mut Vm, this: Local, known: usize, function: usize) -> Py<Option<Ret>> {
    let value = slot(vm, this, known);
    if !value.value(vm).is_empty() {
        return Ok(Some(vm.ret(value.value(vm))));
    }
    let f = slot(vm, this, function);
    if f.value(vm).is_empty() {
        return Ok(None);
    }
    let format = vm.local(Value::int32(FORMAT_VALUE));
    let value = vm.call(f, &[format])?.keep(vm);
    set(vm, this, known, value.value(vm));
    Ok(Some(vm.ret(value.value(vm))))
}
const FORMAT_VALUE: i32 = 1;
const FORMAT_STRING: i64 = 4;
/// The function behind a lazy value: its own, or one that gives the value that is known.
fn evaluator(vm: &mut Vm, this: Local, known: usize, function: usize) -> Py<Ret> {
    let (f, value) = (slot(vm, this, function), slot(vm, this, known));
    if !f.value(vm).is_empty() {
        return Ok(vm.ret(f.value(vm)));
    }
    if value.value(vm).is_empty() {
        return Ok(vm.ret(Value::NONE));
    }
    let made = new_of(vm, &CONST_EVALUATOR, ONE_SLOT);
    set(vm, made, 0, value.value(vm));
    Ok(vm.ret(made.value(vm)))
}
fn evaluator_call(vm: &mut Vm, this: Local, format: i64) -> Py<Ret> {
    let value = slot(vm, this, 0);
    if format != FORMAT_STRING {
        return Ok(vm.ret(value.value(vm)));
    }
    let mut out = Vec::new();
    if value.value(vm).as_tuple(vm).is_none() {
        generic_alias::push_type_repr(vm, &mut out, value)?;
        return support::str_ret(vm, &out);
    }
    out.push(b'(');
    let item = vm.local(Value::NONE);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, value, i) {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        i += 1;
        item.set(vm, word.value(vm));
        generic_alias::push_type_repr(vm, &mut out, item)?;
    }
    out.push(b')');
    support::str_ret(vm, &out)
}
fn evaluator_repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    let value = slot(vm, this, 0);
    let mut out = b"<constevaluator ".to_vec();
    support::push_repr(vm, &mut out, value)?;
    out.push(b'>');
    support::str_ret(vm, &out)
}

// ---- type parameters: making

/// What the constructors share.
struct Options {
    bound: Option<Local>,
    default: Option<Local>,
    covariant: bool,
    contravariant: bool,
    infer: bool,
}
fn new_param(
    vm: &mut Vm,
    cls: Local,
    def: &'static TypeDef,
    name: Local<k::Str>,
    options: &Options,
) -> Py<Local> {
    if options.covariant && options.contravariant {
        return Err(vm.value_error("Bivariant types are not supported."));
    }
    if options.infer && (options.covariant || options.contravariant) {
        return Err(vm.value_error("Variance cannot be specified with infer_variance."));
    }
    let bound = match options.bound.filter(|b| !b.value(vm).is_none()) {
        // A parameter specification's bound may be anything.
        Some(b) if def.id.get() == PARAM_SPEC.id.get() => Some(b),
        Some(b) => {
            let message = vm.local(vm.new_str(b"Bound must be a type.")?.value());
            Some(call_typing(vm, "_type_check", &[b, message])?.keep(vm))
        }
        None => None,
    };
    let default = match options.default {
        Some(d) => d,
        None => no_default(vm)?,
    };
    let vm: &Vm = vm;
    object::check_new_class(vm, cls, def)?;
    let param = new_of(vm, def, PARAM_SLOTS);
    set(vm, param, NAME, name.value(vm));
    set(
        vm,
        param,
        BOUND,
        bound.map_or(Value::EMPTY, |b| b.value(vm)),
    );
    set(vm, param, DEFAULT, default.value(vm));
    set(vm, param, COVARIANT, Value::bool(options.covariant));
    set(vm, param, CONTRAVARIANT, Value::bool(options.contravariant));
    set(vm, param, INFER, Value::bool(options.infer));
    if let Some(o) = param.value(vm).as_obj() {
        vm.attr_set(o, vm.roots.names.module(vm), caller_module(vm))?;
    }
    Ok(param)
}
#[allow(clippy::too_many_arguments, reason = "the parameters are Python's")]
fn type_var_new(
    vm: &mut Vm,
    cls: Local,
    name: Local<k::Str>,
    constraints: Local<k::Tuple>,
    bound: Option<Local>,
    default: Option<Local>,
    covariant: Option<bool>,
    contravariant: Option<bool>,
    infer: Option<bool>,
) -> Py<Local> {
    let n = constraints.get(vm).len(vm);
    if n == 1 {
        return Err(vm.type_error("A single constraint is not allowed"));
    }
    if n > 1 && bound.is_some_and(|b| !b.value(vm).is_none()) {
        return Err(vm.type_error("Constraints cannot be combined with bound=..."));
    }
    let options = Options {
        bound,
        default,
        covariant: covariant.unwrap_or(false),
        contravariant: contravariant.unwrap_or(false),
        infer: infer.unwrap_or(false),
    };
    let param = new_param(vm, cls, &TYPE_VAR, name, &options)?;
    if n > 1 {
        let checked: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
        let [item, message] = {
            let vm: &Vm = vm;
            vm.locals([
                Value::NONE,
                vm.new_str(b"TypeVar(name, constraint, ...): constraints must be types.")?
                    .value(),
            ])
        };
        for i in 0..n {
            item.set(vm, constraints.get(vm).get(vm, i));
            call_typing(vm, "_type_check", &[item, message])?.put(vm, item);
            checked.get(vm).push(vm, item.value(vm))?;
        }
        let vm: &Vm = vm;
        set(
            vm,
            param,
            CONSTRAINTS,
            vm.new_tuple(&checked.get(vm).to_vec(vm))?.value(),
        );
    }
    Ok(param)
}
#[allow(clippy::too_many_arguments, reason = "the parameters are Python's")]
fn param_spec_new(
    vm: &mut Vm,
    cls: Local,
    name: Local<k::Str>,
    bound: Option<Local>,
    default: Option<Local>,
    covariant: Option<bool>,
    contravariant: Option<bool>,
    infer: Option<bool>,
) -> Py<Local> {
    let options = Options {
        bound,
        default,
        covariant: covariant.unwrap_or(false),
        contravariant: contravariant.unwrap_or(false),
        infer: infer.unwrap_or(false),
    };
    new_param(vm, cls, &PARAM_SPEC, name, &options)
}
fn type_var_tuple_new(
    vm: &mut Vm,
    cls: Local,
    name: Local<k::Str>,
    default: Option<Local>,
) -> Py<Local> {
    let options = Options {
        bound: None,
        default,
        covariant: false,
        contravariant: false,
        infer: false,
    };
    new_param(vm, cls, &TYPE_VAR_TUPLE, name, &options)
}
/// A parameter that the syntax `[T]` declares: its variance is inferred.
fn declared(vm: &Vm, def: &'static TypeDef, name: Local) -> Py<Local> {
    let param = new_of(vm, def, PARAM_SLOTS);
    set(vm, param, NAME, name.value(vm));
    set(vm, param, COVARIANT, Value::FALSE);
    set(vm, param, CONTRAVARIANT, Value::FALSE);
    set(vm, param, INFER, Value::TRUE);
    if let Some(o) = param.value(vm).as_obj() {
        vm.attr_set(o, vm.roots.names.module(vm), caller_module(vm))?;
    }
    Ok(param)
}
pub fn make_type_var(
    vm: &mut Vm,
    name: Local,
    bound: Option<Local>,
    constraints: Option<Local>,
) -> Py<Ret> {
    let param = declared(vm, &TYPE_VAR, name)?;
    if let Some(f) = bound {
        set(vm, param, EVALUATE_BOUND, f.value(vm));
    }
    if let Some(f) = constraints {
        set(vm, param, EVALUATE_CONSTRAINTS, f.value(vm));
    }
    Ok(vm.ret(param.value(vm)))
}
pub fn make_param_spec(vm: &mut Vm, name: Local) -> Py<Ret> {
    let param = declared(vm, &PARAM_SPEC, name)?;
    Ok(vm.ret(param.value(vm)))
}
pub fn make_type_var_tuple(vm: &mut Vm, name: Local) -> Py<Ret> {
    let param = declared(vm, &TYPE_VAR_TUPLE, name)?;
    Ok(vm.ret(param.value(vm)))
}
/// Gives a declared parameter its default's function.
pub fn set_default(vm: &mut Vm, param: Local, f: Local) -> Py<Ret> {
    set(vm, param, EVALUATE_DEFAULT, f.value(vm));
    Ok(vm.ret(param.value(vm)))
}

// ---- type parameters: attributes

fn name_of<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this.as_obj().map_or(Value::NONE, |o| o.slot(vm, NAME)))
}
fn param_repr<'v>(vm: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    let Some(o) = this.as_obj() else {
        return Ok(this);
    };
    let name = o.slot(vm, NAME);
    let prefix: &[u8] = match (
        o.slot(vm, INFER),
        o.slot(vm, COVARIANT),
        o.slot(vm, CONTRAVARIANT),
    ) {
        (Value::TRUE, _, _) => return Ok(name),
        (_, Value::TRUE, _) => b"+",
        (_, _, Value::TRUE) => b"-",
        _ => b"~",
    };
    let text = name.as_str(vm).map_or(&[][..], |s| s.bytes(vm));
    Ok(vm.new_str(&[prefix, text].concat())?.value())
}
fn no_subclass<'v>(vm: &'v Vm, this: Value<'v>, _bases: Value<'v>) -> Py<Value<'v>> {
    Err(vm.type_error(format!(
        "Cannot subclass an instance of {}",
        vm.type_short_name(vm.type_of(this).value())
    )))
}
fn get_bound(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(match lazy(vm, this, BOUND, EVALUATE_BOUND)? {
        Some(ret) => ret,
        None => vm.ret(Value::NONE),
    })
}
fn get_constraints(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(match lazy(vm, this, CONSTRAINTS, EVALUATE_CONSTRAINTS)? {
        Some(ret) => ret,
        None => vm.ret(vm.empty_tuple().value()),
    })
}
fn get_default(vm: &mut Vm, this: Local) -> Py<Ret> {
    match lazy(vm, this, DEFAULT, EVALUATE_DEFAULT)? {
        Some(ret) => Ok(ret),
        None => {
            let none = no_default(vm)?;
            Ok(vm.ret(none.value(vm)))
        }
    }
}
fn evaluate_bound(vm: &mut Vm, this: Local) -> Py<Ret> {
    evaluator(vm, this, BOUND, EVALUATE_BOUND)
}
fn evaluate_constraints(vm: &mut Vm, this: Local) -> Py<Ret> {
    evaluator(vm, this, CONSTRAINTS, EVALUATE_CONSTRAINTS)
}
fn evaluate_default(vm: &mut Vm, this: Local) -> Py<Ret> {
    evaluator(vm, this, DEFAULT, EVALUATE_DEFAULT)
}
fn has_default(vm: &mut Vm, this: Local) -> Py<bool> {
    if !slot(vm, this, EVALUATE_DEFAULT).value(vm).is_empty() {
        return Ok(true);
    }
    let (default, none) = (slot(vm, this, DEFAULT), no_default(vm)?);
    Ok(!default.value(vm).is_empty() && default.word(vm) != none.word(vm))
}

// ---- type parameters: operations

/// A union with something that need not be a type: a string is a forward reference.
fn or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    let pair = vm.local(vm.new_tuple(&[this.value(vm), other.value(vm)])?.value());
    union::union_of(vm, pair, true)
}
fn ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    or(vm, other, this)
}
fn union_or(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    union::or(vm, this, other)
}
fn union_ror(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    union::or(vm, other, this)
}
fn type_var_subst(vm: &mut Vm, this: Local, arg: Local) -> Py<Ret> {
    call_typing(vm, "_typevar_subst", &[this, arg])
}
/// Adds the default to the arguments where this parameter is the first without one.
fn type_var_prepare(vm: &mut Vm, this: Local, alias: Local, args: Local) -> Py<Ret> {
    let params = vm.get_attr_str(alias, "__parameters__")?.keep(vm);
    let given = support::len_of(vm, args);
    let index = params
        .value(vm)
        .as_tuple(vm)
        .and_then(|t| t.iter(vm).position(|p| p.word() == this.word(vm)));
    let index = index.unwrap_or(usize::MAX);
    if index < given {
        return Ok(vm.ret(args.value(vm)));
    }
    if index == given && has_default(vm, this)? {
        let default = get_default(vm, this)?.keep(vm);
        let vm: &Vm = vm;
        let mut all = support::items_of(vm, args);
        all.push(default.value(vm));
        return Ok(vm.ret(vm.new_tuple(&all)?.value()));
    }
    let text = vm.str(alias)?;
    let text = vm.text_of(text.get(vm));
    Err(vm.type_error(format!(
        "Too few arguments for {text}; actual {given}, expected at least {}",
        index.saturating_add(1)
    )))
}
fn param_spec_subst(vm: &mut Vm, this: Local, arg: Local) -> Py<Ret> {
    call_typing(vm, "_paramspec_subst", &[this, arg])
}
fn param_spec_prepare(vm: &mut Vm, this: Local, alias: Local, args: Local) -> Py<Ret> {
    call_typing(vm, "_paramspec_prepare_subst", &[this, alias, args])
}
fn type_var_tuple_subst<'v>(vm: &'v Vm, _this: Value<'v>, _arg: Value<'v>) -> Py<Value<'v>> {
    Err(vm.type_error("Substitution of bare TypeVarTuple is not supported"))
}
fn type_var_tuple_prepare(vm: &mut Vm, this: Local, alias: Local, args: Local) -> Py<Ret> {
    call_typing(vm, "_typevartuple_prepare_subst", &[this, alias, args])
}
/// `Unpack[x]`
fn unpack(vm: &mut Vm, x: Local) -> Py<Local> {
    let module = crate::import::import_module(vm, "typing")?;
    let unpack = vm.get_attr_str(module, "Unpack")?.keep(vm);
    Ok(vm.get_item(unpack, x)?.keep(vm))
}
fn unpacked_iter(vm: &mut Vm, this: Local) -> Py<Ret> {
    let unpacked = unpack(vm, this)?;
    let tuple = vm.local(vm.new_tuple(&[unpacked.value(vm)])?.value());
    vm.iter(tuple)
}
/// The parameters with each TypeVarTuple unpacked.
fn unpack_params(vm: &mut Vm, params: Local) -> Py<Local> {
    let list: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
    let param = vm.local(Value::NONE);
    let mut i = 0;
    while let Some(word) = support::item_of(vm, params, i) {
        i += 1;
        param.set(vm, word.value(vm));
        let item = if vm.is_exactly(param.value(vm), &TYPE_VAR_TUPLE) {
            unpack(vm, param)?
        } else {
            param
        };
        list.get(vm).push(vm, item.value(vm))?;
    }
    let vm: &Vm = vm;
    Ok(vm.local(vm.new_tuple(&list.get(vm).to_vec(vm))?.value()))
}

// ---- ParamSpecArgs, ParamSpecKwargs

fn new_part(vm: &mut Vm, def: &'static TypeDef, origin: Local) -> Py<Ret> {
    let part = new_of(vm, def, ONE_SLOT);
    set(vm, part, 0, origin.value(vm));
    Ok(vm.ret(part.value(vm)))
}
fn args_new(vm: &mut Vm, _cls: Local, origin: Local) -> Py<Ret> {
    new_part(vm, &PARAM_SPEC_ARGS, origin)
}
fn kwargs_new(vm: &mut Vm, _cls: Local, origin: Local) -> Py<Ret> {
    new_part(vm, &PARAM_SPEC_KWARGS, origin)
}
fn part_repr(vm: &mut Vm, this: Local, suffix: &str) -> Py<Ret> {
    let origin = slot(vm, this, 0);
    let mut out = Vec::new();
    if vm.is_exactly(origin.value(vm), &PARAM_SPEC) {
        let name = slot(vm, origin, NAME);
        out.extend_from_slice(vm.text_of(name.value(vm)).as_bytes());
    } else {
        support::push_repr(vm, &mut out, origin)?;
    }
    out.extend_from_slice(suffix.as_bytes());
    support::str_ret(vm, &out)
}
fn args_repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    part_repr(vm, this, ".args")
}
fn kwargs_repr(vm: &mut Vm, this: Local) -> Py<Ret> {
    part_repr(vm, this, ".kwargs")
}
fn part_eq(vm: &mut Vm, this: Local, other: Local) -> Py<Ret> {
    if vm.type_of(this.value(vm)) != vm.type_of(other.value(vm)) {
        return Ok(vm.ret(Value::NOT_IMPLEMENTED));
    }
    let (a, b) = (slot(vm, this, 0), slot(vm, other, 0));
    let same = vm.equal(a, b)?;
    Ok(vm.ret(Value::bool(same)))
}

// ---- TypeAliasType

pub(crate) fn is_type_alias(vm: &Vm, value: Value<'_>) -> bool {
    value
        .as_obj()
        .is_some_and(|o| o.kind(vm) == Kind::Instance && o.layout(vm) == TYPE_ALIAS_TYPE.id.get().0)
}
/// `type X[…] = …`: a tuple of the name, the type parameters (or None), and the function that computes the value.
pub fn make_type_alias(vm: &mut Vm, parts: Local) -> Py<Ret> {
    let alias = new_of(vm, &TYPE_ALIAS_TYPE, ALIAS_SLOTS);
    let vm: &Vm = vm;
    let part = |i: usize| support::item_of(vm, parts, i).unwrap_or_default().value(vm);
    let params = part(1);
    set(vm, alias, NAME, part(0));
    set(
        vm,
        alias,
        TYPE_PARAMS,
        if params.is_none() {
            Value::EMPTY
        } else {
            params
        },
    );
    set(vm, alias, COMPUTE, part(2));
    set(vm, alias, MODULE, caller_module(vm));
    Ok(vm.ret(alias.value(vm)))
}
fn alias_new(
    vm: &mut Vm,
    _cls: Local,
    name: Local<k::Str>,
    value: Local,
    params: Option<Local>,
) -> Py<Local> {
    if let Some(params) = params {
        check_type_params(vm, params)?;
    }
    let alias = new_of(vm, &TYPE_ALIAS_TYPE, ALIAS_SLOTS);
    set(vm, alias, NAME, name.value(vm));
    set(
        vm,
        alias,
        TYPE_PARAMS,
        params.map_or(Value::EMPTY, |p| p.value(vm)),
    );
    set(vm, alias, VALUE, value.value(vm));
    set(vm, alias, MODULE, caller_module(vm));
    Ok(alias)
}
fn check_type_params(vm: &mut Vm, params: Local) -> Py<()> {
    if params.value(vm).as_tuple(vm).is_none() {
        return Err(vm.type_error("type_params must be a tuple"));
    }
    let param = vm.local(Value::NONE);
    let (mut i, mut seen_default) = (0, false);
    while let Some(word) = support::item_of(vm, params, i) {
        i += 1;
        param.set(vm, word.value(vm));
        if ![&TYPE_VAR, &PARAM_SPEC, &TYPE_VAR_TUPLE]
            .iter()
            .any(|def| vm.is_exactly(param.value(vm), def))
        {
            let text = vm.repr_text(param)?;
            return Err(vm.type_error(format!("Expected a type param, got {text}")));
        }
        if has_default(vm, param)? {
            seen_default = true;
        } else if seen_default {
            let text = vm.repr_text(param)?;
            return Err(vm.type_error(format!(
                "non-default type parameter '{text}' follows default type parameter"
            )));
        }
    }
    Ok(())
}
fn alias_type_params(vm: &mut Vm, this: Local) -> Py<Ret> {
    let params = slot(vm, this, TYPE_PARAMS);
    Ok(vm.ret(
        params
            .value(vm)
            .non_empty()
            .unwrap_or(vm.empty_tuple().value()),
    ))
}
fn alias_parameters(vm: &mut Vm, this: Local) -> Py<Ret> {
    let params = alias_type_params(vm, this)?.keep(vm);
    let unpacked = unpack_params(vm, params)?;
    Ok(vm.ret(unpacked.value(vm)))
}
fn alias_value(vm: &mut Vm, this: Local) -> Py<Ret> {
    Ok(match lazy(vm, this, VALUE, COMPUTE)? {
        Some(ret) => ret,
        None => vm.ret(Value::NONE),
    })
}
fn alias_evaluate(vm: &mut Vm, this: Local) -> Py<Ret> {
    evaluator(vm, this, VALUE, COMPUTE)
}
fn alias_module(vm: &mut Vm, this: Local) -> Py<Ret> {
    let module = slot(vm, this, MODULE);
    Ok(vm.ret(module.value(vm)))
}
fn alias_getitem(vm: &mut Vm, this: Local, item: Local) -> Py<Ret> {
    let params = alias_type_params(vm, this)?.keep(vm);
    if support::len_of(vm, params) == 0 {
        return Err(vm.type_error("Only generic type aliases are subscriptable"));
    }
    generic_alias::new_alias(vm, this, item)
}

// ---- Generic

/// The base `Generic[T, …]` of a class with type parameters.
pub fn subscript_generic(vm: &mut Vm, params: Local) -> Py<Ret> {
    let unpacked = unpack_params(vm, params)?;
    let generic = vm.local(vm.type_object(&GENERIC).value());
    call_typing(vm, "_GenericAlias", &[generic, unpacked])
}
fn generic_call(
    vm: &mut Vm,
    name: &str,
    cls: Local,
    args: Local<k::Tuple>,
    kwargs: Local,
) -> Py<Ret> {
    let module = crate::import::import_module(vm, "typing")?;
    let f = vm.get_attr_str(module, name)?.keep(vm);
    let all = {
        let vm: &Vm = vm;
        let mut all = vec![cls.value(vm)];
        all.extend(args.get(vm).iter(vm));
        vm.local(vm.new_tuple(&all)?.value())
    };
    vm.call_ex(f, all, kwargs)
}
fn generic_getitem(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    generic_call(vm, "_generic_class_getitem", cls, args, kwargs)
}
fn generic_init_subclass(vm: &mut Vm, cls: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    generic_call(vm, "_generic_init_subclass", cls, args, kwargs)
}

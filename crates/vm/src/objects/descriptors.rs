//! Descriptors: native methods on types, computed attributes, `__slots__` members, property, classmethod, staticmethod.

use crate::attr::Binds;
use crate::dunder::Dunder;
use crate::layout::{native, types};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::native::{GetSet, Method};
use crate::objects::{exceptions as exc, function, object};
use crate::typedef::{Layout, TypeDef, TypeFlags, TypeIdCell};
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Str, Value};

macro_rules! native_descriptor {
    ($(#[doc = $doc:literal])* $id:ident $name:literal) => {
        $(#[doc = $doc])*
        pub static $id: TypeDef = TypeDef {
            id: TypeIdCell::new(),
            name: $name,
            layout: Layout::Kind(Kind::Native),
            methods: NATIVE_METHODS,
            getset: NATIVE_GETSET,
            ..TypeDef::EMPTY
        };
    };
}
/// A native special method bound to a receiver.
pub static METHOD_WRAPPER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "method-wrapper",
    layout: Layout::Kind(Kind::Native),
    methods: METHOD_WRAPPER_METHODS,
    getset: METHOD_WRAPPER_GETSET,
    ..TypeDef::EMPTY
};
native_descriptor! { #[doc = "A native method as its type's dict holds it."] METHOD_DESCRIPTOR "method_descriptor" }
native_descriptor! { #[doc = "A native special method as its type's dict holds it."] WRAPPER_DESCRIPTOR "wrapper_descriptor" }
native_descriptor! { #[doc = "A native class method."] CLASSMETHOD_DESCRIPTOR "classmethod_descriptor" }

fn layout_is(vm: &Vm, o: Obj<'_>, def: &'static TypeDef) -> bool {
    vm.type_of(o.value()) == vm.type_object(def)
}
/// Whether a Native binds to instances when found on a type.
pub(crate) fn is_method_descriptor(vm: &Vm, o: Obj<'_>) -> bool {
    layout_is(vm, o, &METHOD_DESCRIPTOR) || layout_is(vm, o, &WRAPPER_DESCRIPTOR)
}
pub(crate) fn is_wrapper_descriptor(vm: &Vm, o: Obj<'_>) -> bool {
    layout_is(vm, o, &WRAPPER_DESCRIPTOR)
}
pub(crate) fn is_classmethod_descriptor(vm: &Vm, o: Obj<'_>) -> bool {
    o.slot(vm, native::SELF).is_empty() && layout_is(vm, o, &CLASSMETHOD_DESCRIPTOR)
}

static NATIVE_METHODS: &[Method] = crate::methods! {
    "__repr__(self, /)" => calls native_repr(this), "Return repr(self).";
    "__call__(self, /, *args, **kwargs)" => calls native_call(this, args, kwargs), "Call self as a function.";
    "__get__(self, instance, owner=None, /)" => calls native_descr_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__reduce__(self, /)" => calls native_reduce(this), "";
};
static METHOD_WRAPPER_METHODS: &[Method] = crate::methods! {
    "__repr__(self, /)" => calls native_repr(this), "Return repr(self).";
    "__call__(self, /, *args, **kwargs)" => calls native_call(this, args, kwargs), "Call self as a function.";
    "__reduce__(self, /)" => calls native_reduce(this), "";
    "__eq__(self, value, /)" => leaf wrapper_eq(this, value), "Return self==value.";
    "__ne__(self, value, /)" => leaf wrapper_ne(this, value), "Return self!=value.";
    "__hash__(self, /)" => leaf wrapper_hash(this), "Return hash(self).";
};
fn wrapper_eq<'v>(vm: &'v Vm, this: Value<'v>, other: Value<'v>) -> Py<Value<'v>> {
    function::builtin_eq(vm, this, other)
}
fn wrapper_hash(vm: &Vm, this: Value<'_>) -> Py<i64> {
    function::builtin_hash(vm, this)
}
fn wrapper_ne<'v>(vm: &'v Vm, this: Value<'v>, other: Value<'v>) -> Py<Value<'v>> {
    let equal = function::builtin_eq(vm, this, other)?;
    Ok(if equal == Value::NOT_IMPLEMENTED {
        equal
    } else {
        Value::bool(equal != Value::TRUE)
    })
}
fn native_of<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    this.value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Native)
        .ok_or_else(|| vm.type_error("expected a native function"))
}
fn native_call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    vm.call_ex(this, args, kwargs)
}
fn name_of(vm: &Vm, o: Obj<'_>) -> String {
    vm.native_entry_of(o)
        .map_or(String::new(), |e| e.method.name().to_string())
}
fn native_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let o = native_of(vm, this)?;
    let name = name_of(vm, o);
    let receiver = o.slot(vm, native::SELF);
    if !receiver.is_empty() {
        return Ok(format!(
            "<method-wrapper '{name}' of {} object at {:#x}>",
            vm.type_name_for_error(receiver),
            vm.id(receiver)
        ));
    }
    let owner = o
        .slot(vm, native::OWNER)
        .as_obj()
        .map_or(String::new(), |c| vm.tp_name(c));
    let sort = if is_wrapper_descriptor(vm, o) {
        "slot wrapper"
    } else {
        "method"
    };
    Ok(format!("<{sort} '{name}' of '{owner}' objects>"))
}
fn native_descr_get(vm: &mut Vm, this: Local, instance: Local, owner: Option<Local>) -> Py<Ret> {
    let class = match owner {
        Some(o) => o,
        None => vm.local(Value::NONE),
    };
    let none = instance.value(vm).is_none() && class.value(vm) != vm.type_of(Value::NONE).value();
    let empty = vm.local(Value::EMPTY);
    let obj = if none { empty } else { instance };
    native_get(vm, this, obj, class).unwrap_or_else(|| Ok(vm.ret(this.value(vm))))
}
fn native_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let receiver = if o.slot(vm, native::SELF).is_empty() {
        o.slot(vm, native::OWNER)
    } else {
        o.slot(vm, native::SELF)
    };
    let name = vm.intern(name_of(vm, o).as_bytes()).value();
    let getattr = vm
        .roots
        .builtins(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"getattr")))
        .unwrap_or(Value::NONE);
    let inner = vm.new_tuple(&[receiver, name])?;
    let word = vm.new_tuple(&[getattr, inner.value()])?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
static NATIVE_GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: function::native_get_name,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__qualname__",
        get: native_qualname,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: function::native_doc,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__text_signature__",
        get: function::native_text_signature,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__objclass__",
        get: native_objclass,
        set: None,
        doc: "",
    },
];
static METHOD_WRAPPER_GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: function::native_get_name,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__qualname__",
        get: native_qualname,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: function::native_doc,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__text_signature__",
        get: function::native_text_signature,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__objclass__",
        get: native_objclass,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__self__",
        get: native_self,
        set: None,
        doc: "",
    },
];
fn native_qualname(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let text = format!(
        "{}.{}",
        vm.type_short_name(o.slot(vm, native::OWNER)),
        name_of(vm, o)
    );
    let word = vm.new_str(text.as_bytes())?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn native_objclass(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    Ok(vm.ret(o.slot(vm, native::OWNER)))
}
fn native_self(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = native_of(vm, this)?;
    let receiver = o.slot(vm, native::SELF);
    if receiver.is_empty() {
        let text = format!(
            "'{}' object has no attribute '__self__'",
            vm.type_name_for_error(this.value(vm))
        );
        let name = vm.intern(b"__self__").value();
        return Err(vm.attribute_error(&text, this.value(vm), name));
    }
    Ok(vm.ret(receiver))
}

// ---- getset descriptors: slots [number in the VM's table, name, owner]

pub static GETSET: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "getset_descriptor",
    layout: Layout::Slots(3),
    methods: DATA_METHODS,
    getset: DATA_GETSET,
    ..TypeDef::EMPTY
};
/// Slots [slot number, name, owner, doc, read-only].
pub static MEMBER: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "member_descriptor",
    layout: Layout::Slots(5),
    methods: DATA_METHODS,
    getset: DATA_GETSET,
    ..TypeDef::EMPTY
};
const INDEX: usize = 0;
const NAME: usize = 1;
const OWNER: usize = 2;
const DOC: usize = 3;
const READ_ONLY: usize = 4;
/// What READ_ONLY holds if the member is no slot but computed, by the function whose number INDEX is.
const COMPUTED: Value<'static> = Value::NONE;

pub(crate) fn new_getset<'v>(
    vm: &'v Vm,
    getset: &'static GetSet,
    name: Str<'v>,
    owner: Obj<'v>,
) -> Py<Value<'v>> {
    let number = {
        let mut table = vm.getsets.borrow_mut();
        table.push(getset);
        table.len() - 1
    };
    // What is a plain field in CPython's structure is computed here too, but called a member.
    let member = !vm.type_flags(owner).has(crate::types::Flags::HEAP)
        && crate::surface::is_member(&vm.type_short_name(owner.value()), getset.name);
    let o = object::new_native_instance(vm, if member { &MEMBER } else { &GETSET })?;
    o.set_slot(vm, INDEX, vm.int(number as i64));
    o.set_slot(vm, NAME, name.value());
    o.set_slot(vm, OWNER, owner.value());
    if member {
        o.set_slot(vm, READ_ONLY, COMPUTED);
    }
    Ok(o.value())
}
pub(crate) fn new_member<'v>(
    vm: &'v Vm,
    name: Str<'v>,
    owner: Obj<'v>,
    slot: usize,
    doc: &str,
    read_only: bool,
) -> Py<Value<'v>> {
    let o = object::new_native_instance(vm, &MEMBER)?;
    o.set_slot(vm, INDEX, vm.int(slot as i64));
    o.set_slot(vm, NAME, name.value());
    o.set_slot(vm, OWNER, owner.value());
    o.set_slot(
        vm,
        DOC,
        if doc.is_empty() {
            Value::NONE
        } else {
            vm.new_str(doc.as_bytes())?.value()
        },
    );
    o.set_slot(vm, READ_ONLY, Value::bool(read_only));
    Ok(o.value())
}
fn has_layout(vm: &Vm, o: Obj<'_>, def: &'static TypeDef) -> bool {
    o.kind(vm) == Kind::Instance && o.layout(vm) == def.id.get().0
}
/// Whether an attribute is computed by a function of ours, whatever it is called.
fn is_computed(vm: &Vm, o: Obj<'_>) -> bool {
    has_layout(vm, o, &GETSET) || has_layout(vm, o, &MEMBER) && o.slot(vm, READ_ONLY) == COMPUTED
}
/// Whether a value is an attribute of a native type: computed, or a slot.
pub(crate) fn is_native_data(vm: &Vm, value: Value<'_>) -> bool {
    value
        .as_obj()
        .is_some_and(|o| has_layout(vm, o, &GETSET) || has_layout(vm, o, &MEMBER))
}
/// The instance slot of a writable `__slots__` member that applies to a class; for inline caches.
pub(crate) fn plain_member_slot(vm: &Vm, descr: Value<'_>, class: Obj<'_>) -> Option<usize> {
    let o = descr.as_obj().filter(|o| has_layout(vm, *o, &MEMBER))?;
    let owner = o.slot(vm, OWNER).as_obj()?;
    if o.slot(vm, READ_ONLY) != Value::FALSE || !vm.is_subtype(class, owner) {
        return None;
    }
    o.slot(vm, INDEX).as_small_int().map(|n| n as usize)
}
/// The names of the `__slots__` that a class itself adds, in the order of their slots.
pub(crate) fn member_names(vm: &Vm, class: Obj<'_>) -> Vec<String> {
    let dict = vm.type_dict(class);
    let (mut found, mut pos) = (Vec::new(), 0);
    while let Some((next, _, value)) = dict.next_entry(vm, pos) {
        pos = next + 1;
        let member = value
            .as_obj()
            .filter(|o| has_layout(vm, *o, &MEMBER) && o.slot(vm, OWNER) == class.value());
        if let Some(o) = member {
            found.push((
                o.slot(vm, INDEX).as_small_int(),
                vm.text_of(o.slot(vm, NAME)),
            ));
        }
    }
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}
static DATA_METHODS: &[Method] = crate::methods! {
    "__repr__(self, /)" => calls data_repr(this), "Return repr(self).";
    "__get__(self, instance, owner=None, /)" => calls data_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__set__(self, instance, value, /)" => calls data_set(this, instance, value), "Set an attribute of instance to value.";
    "__delete__(self, instance, /)" => calls data_delete(this, instance), "Delete an attribute of instance.";
    "__reduce__(self, /)" => calls data_reduce(this), "";
};
fn data_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    let owner = o
        .slot(vm, OWNER)
        .as_obj()
        .map_or(String::new(), |c| vm.tp_name(c));
    let sort = if has_layout(vm, o, &GETSET) {
        "attribute"
    } else {
        "member"
    };
    Ok(format!(
        "<{sort} '{}' of '{owner}' objects>",
        vm.text_of(o.slot(vm, NAME))
    ))
}
fn data_get(vm: &mut Vm, this: Local, instance: Local, owner: Option<Local>) -> Py<Ret> {
    let [empty, none] = vm.locals([Value::EMPTY, Value::NONE]);
    let obj = if instance.value(vm).is_none() {
        empty
    } else {
        instance
    };
    native_get(vm, this, obj, owner.unwrap_or(none)).unwrap_or(Err(Raised(())))
}
fn data_set(vm: &mut Vm, this: Local, instance: Local, value: Local) -> Py<()> {
    native_set(vm, this, instance, value).unwrap_or(Err(Raised(())))
}
fn data_delete(vm: &mut Vm, this: Local, instance: Local) -> Py<()> {
    let empty = vm.local(Value::EMPTY);
    native_set(vm, this, instance, empty).unwrap_or(Err(Raised(())))
}
fn data_reduce(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    let getattr = vm
        .roots
        .builtins(vm)
        .as_dict(vm)
        .and_then(|d| d.get_str(vm, vm.intern(b"getattr")))
        .unwrap_or(Value::NONE);
    let inner = vm.new_tuple(&[o.slot(vm, OWNER), o.slot(vm, NAME)])?;
    let word = vm.new_tuple(&[getattr, inner.value()])?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn data_slot(vm: &mut Vm, this: Local, slot: usize) -> Py<Ret> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    Ok(vm.ret(o.slot(vm, slot).non_empty().unwrap_or(Value::NONE)))
}
fn data_doc(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    if !is_computed(vm, o) {
        return data_slot(vm, this, DOC);
    }
    let doc = getset_of(vm, o).map_or("", |g| g.doc);
    if doc.is_empty() {
        return Ok(vm.ret(Value::NONE));
    }
    let word = vm.new_str(doc.as_bytes())?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
fn data_qualname(vm: &mut Vm, this: Local) -> Py<Ret> {
    let o = this.value(vm).as_obj().ok_or(Raised(()))?;
    let owner = o
        .slot(vm, OWNER)
        .as_obj()
        .map_or(String::new(), |c| vm.text_of(c.slot(vm, types::QUALNAME)));
    let text = format!("{owner}.{}", vm.text_of(o.slot(vm, NAME)));
    let word = vm.new_str(text.as_bytes())?.value().word();
    vm.ret.set(word);
    Ok(Ret(()))
}
static DATA_GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        get: |vm, this| data_slot(vm, this, NAME),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__objclass__",
        get: |vm, this| data_slot(vm, this, OWNER),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: data_doc,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__qualname__",
        get: data_qualname,
        set: None,
        doc: "",
    },
];
fn getset_of(vm: &Vm, o: Obj<'_>) -> Option<&'static GetSet> {
    vm.getsets
        .borrow()
        .get(o.slot(vm, INDEX).as_small_int()? as usize)
        .copied()
}
/// The receiver of a data descriptor must be an instance of its owner.
fn check_owner(vm: &Vm, o: Obj<'_>, obj: Local) -> Py<()> {
    let Some(owner) = o.slot(vm, OWNER).as_obj() else {
        return Ok(());
    };
    if vm.is_subtype(vm.type_of(obj.value(vm)), owner) {
        return Ok(());
    }
    let (name, owner, got) = (
        vm.text_of(o.slot(vm, NAME)),
        vm.tp_name(owner),
        vm.type_name_for_error(obj.value(vm)),
    );
    Err(vm.type_error(format!(
        "descriptor '{name}' for '{owner}' objects doesn't apply to a '{got}' object"
    )))
}

/// `__get__` of the descriptors that the VM knows: None for others. An Empty `obj` means access through the class.
pub(crate) fn native_get(vm: &mut Vm, descr: Local, obj: Local, class: Local) -> Option<Py<Ret>> {
    let o = descr.value(vm).as_obj()?;
    let through_class = obj.value(vm).is_empty();
    match o.kind(vm) {
        Kind::Function => {
            if through_class {
                return Some(Ok(vm.ret(descr.value(vm))));
            }
            let bound = function::bind(vm, descr.value(vm), obj.value(vm)).word();
            vm.ret.set(bound);
            Some(Ok(Ret(())))
        }
        Kind::Native => {
            let classmethod = is_classmethod_descriptor(vm, o);
            if !classmethod && (through_class || !is_method_descriptor(vm, o)) {
                return Some(Ok(vm.ret(descr.value(vm))));
            }
            if !classmethod {
                let owner = o.slot(vm, native::OWNER).as_obj();
                if owner.is_some_and(|owner| {
                    vm.is_type(owner.value()) && !vm.is_subtype(vm.type_of(obj.value(vm)), owner)
                }) {
                    let (name, owner, got) = (
                        name_of(vm, o),
                        owner.map_or(String::new(), |w| vm.tp_name(w)),
                        vm.type_name_for_error(obj.value(vm)),
                    );
                    return Some(Err(vm.type_error(format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{got}' object"))));
                }
            }
            let receiver = if classmethod { class } else { obj };
            let receiver =
                if classmethod && (receiver.value(vm).is_none() || receiver.value(vm).is_empty()) {
                    vm.local(vm.type_of(obj.value(vm)).value())
                } else {
                    receiver
                };
            let bound = function::bind(vm, descr.value(vm), receiver.value(vm)).word();
            vm.ret.set(bound);
            Some(Ok(Ret(())))
        }
        Kind::Instance if is_computed(vm, o) => {
            if through_class {
                return Some(Ok(vm.ret(descr.value(vm))));
            }
            if let Err(raised) = check_owner(vm, o, obj) {
                return Some(Err(raised));
            }
            let getset = getset_of(vm, o)?;
            Some((getset.get)(vm, obj))
        }
        Kind::Instance if has_layout(vm, o, &MEMBER) => {
            if through_class {
                return Some(Ok(vm.ret(descr.value(vm))));
            }
            if let Err(raised) = check_owner(vm, o, obj) {
                return Some(Err(raised));
            }
            let slot = o.slot(vm, INDEX).as_small_int().unwrap_or(0) as usize;
            let value = obj
                .value(vm)
                .as_obj()
                .map_or(Value::EMPTY, |i| i.slot(vm, slot));
            if value.is_empty() {
                if o.slot(vm, READ_ONLY) == Value::TRUE {
                    return Some(Ok(vm.ret(Value::NONE)));
                }
                let text = format!(
                    "'{}' object has no attribute '{}'",
                    vm.type_name_for_error(obj.value(vm)),
                    vm.text_of(o.slot(vm, NAME))
                );
                let name = o.slot(vm, NAME);
                return Some(Err(vm.attribute_error(&text, obj.value(vm), name)));
            }
            Some(Ok(vm.ret(value)))
        }
        Kind::Instance
            if has_layout(vm, o, &PROPERTY) && vm.is_exactly(descr.value(vm), &PROPERTY) =>
        {
            Some(if through_class {
                Ok(vm.ret(descr.value(vm)))
            } else {
                property_fetch(vm, descr, obj)
            })
        }
        Kind::Instance if has_layout(vm, o, &STATICMETHOD) => {
            Some(Ok(vm.ret(o.slot(vm, CALLABLE))))
        }
        Kind::Instance if has_layout(vm, o, &CLASSMETHOD) => {
            let func = vm.local(o.slot(vm, CALLABLE));
            let class = if class.value(vm).is_none() || class.value(vm).is_empty() {
                vm.local(vm.type_of(obj.value(vm)).value())
            } else {
                class
            };
            let made = vm.new_object(Kind::BoundMethod, 0, None, crate::layout::method::COUNT);
            made.set_slot(vm, crate::layout::method::FUNC, func.value(vm));
            made.set_slot(vm, crate::layout::method::SELF, class.value(vm));
            let word = made.value().word();
            vm.ret.set(word);
            Some(Ok(Ret(())))
        }
        _ => None,
    }
}
/// `__set__` (an Empty value: `__delete__`) of the descriptors that the VM knows.
pub(crate) fn native_set(vm: &mut Vm, descr: Local, obj: Local, value: Local) -> Option<Py<()>> {
    let o = descr
        .value(vm)
        .as_obj()
        .filter(|o| o.kind(vm) == Kind::Instance)?;
    if is_computed(vm, o) {
        if let Err(raised) = check_owner(vm, o, obj) {
            return Some(Err(raised));
        }
        let getset = getset_of(vm, o)?;
        return Some(match getset.set {
            Some(set) => set(vm, obj, value),
            None if has_layout(vm, o, &MEMBER) => {
                Err(vm.raise_text(&exc::ATTRIBUTE_ERROR, "readonly attribute"))
            }
            None => {
                let owner = o
                    .slot(vm, OWNER)
                    .as_obj()
                    .map_or(String::new(), |c| vm.tp_name(c));
                let text = format!(
                    "attribute '{}' of '{owner}' objects is not writable",
                    getset.name
                );
                let name = o.slot(vm, NAME);
                Err(vm.attribute_error(&text, obj.value(vm), name))
            }
        });
    }
    if has_layout(vm, o, &MEMBER) {
        if let Err(raised) = check_owner(vm, o, obj) {
            return Some(Err(raised));
        }
        let slot = o.slot(vm, INDEX).as_small_int().unwrap_or(0) as usize;
        if o.slot(vm, READ_ONLY) == Value::TRUE {
            return Some(Err(
                vm.raise_text(&exc::ATTRIBUTE_ERROR, "readonly attribute")
            ));
        }
        let instance = obj.value(vm).as_obj()?;
        if value.value(vm).is_empty() && instance.slot(vm, slot).is_empty() {
            let name = o.slot(vm, NAME);
            return Some(Err(vm.attribute_error(
                &vm.text_of(name),
                obj.value(vm),
                name,
            )));
        }
        instance.set_slot(vm, slot, value.value(vm));
        return Some(Ok(()));
    }
    if has_layout(vm, o, &PROPERTY) && vm.is_exactly(descr.value(vm), &PROPERTY) {
        return Some(property_store(vm, descr, obj, value));
    }
    None
}

// ---- property

pub static PROPERTY: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "property",
    doc: "Property attribute.",
    layout: Layout::Slots(6),
    flags: TypeFlags::BASETYPE,
    methods: PROPERTY_METHODS,
    getset: PROPERTY_GETSET,
    members: &[("fget", 0, ""), ("fset", 1, ""), ("fdel", 2, "")],
    ..TypeDef::EMPTY
};
const FGET: usize = 0;
const FSET: usize = 1;
const FDEL: usize = 2;
const PDOC: usize = 3;
const PNAME: usize = 4;
const GETTER_DOC: usize = 5;

static PROPERTY_METHODS: &[Method] = crate::methods! {
    "__init__(self, fget=None, fset=None, fdel=None, doc=None)" => calls property_init(this, fget, fset, fdel, doc), "Initialize self.  See help(type(self)) for accurate signature.";
    "__get__(self, instance, owner=None, /)" => calls property_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__set__(self, instance, value, /)" => calls property_store(this, instance, value), "Set an attribute of instance to value.";
    "__delete__(self, instance, /)" => calls property_delete(this, instance), "Delete an attribute of instance.";
    "getter(self, fget, /)" => calls property_getter(this, fget), "Descriptor to obtain a copy of the property with a different getter.";
    "setter(self, fset, /)" => calls property_setter(this, fset), "Descriptor to obtain a copy of the property with a different setter.";
    "deleter(self, fdel, /)" => calls property_deleter(this, fdel), "Descriptor to obtain a copy of the property with a different deleter.";
    "__set_name__(self, ...)" => calls property_set_name(this, args, kwargs), "Method to set name of a property.";
};
fn property_of<'v>(vm: &'v Vm, this: Local) -> Py<Obj<'v>> {
    this.value(vm).as_obj().ok_or(Raised(()))
}
fn property_init(
    vm: &mut Vm,
    this: Local,
    fget: Option<Local>,
    fset: Option<Local>,
    fdel: Option<Local>,
    doc: Option<Local>,
) -> Py<()> {
    let none = vm.local(Value::NONE);
    let (fget, fset, fdel) = (
        fget.unwrap_or(none),
        fset.unwrap_or(none),
        fdel.unwrap_or(none),
    );
    let doc = doc.filter(|d| !d.value(vm).is_none());
    {
        let vm: &Vm = vm;
        let p = property_of(vm, this)?;
        p.set_slot(vm, FGET, fget.value(vm));
        p.set_slot(vm, FSET, fset.value(vm));
        p.set_slot(vm, FDEL, fdel.value(vm));
        p.set_slot(vm, PDOC, doc.map_or(Value::NONE, |d| d.value(vm)));
        p.set_slot(vm, PNAME, Value::EMPTY);
        p.set_slot(vm, GETTER_DOC, Value::FALSE);
    }
    let mut from_getter = false;
    let doc = if doc.is_none() && !fget.value(vm).is_none() {
        let found = vm.lookup_attr_str(fget, "__doc__")?.map(|r| r.keep(vm));
        let found = found.filter(|d| !d.value(vm).is_none());
        from_getter = found.is_some();
        property_of(vm, this)?.set_slot(vm, GETTER_DOC, Value::bool(from_getter));
        found
    } else {
        doc
    };
    let doc = doc.unwrap_or(none);
    if vm.is_exactly(this.value(vm), &PROPERTY) {
        property_of(vm, this)?.set_slot(vm, PDOC, doc.value(vm));
        return Ok(());
    }
    // A subclass instance shows its own doc, where it can hold one; only a doc that came from the getter must fit.
    let done = vm.set_attr_str(this, "__doc__", doc);
    if from_getter {
        return done;
    }
    vm.caught(done, &exc::ATTRIBUTE_ERROR)?;
    Ok(())
}
/// The attribute's name: set by the class body, else the getter's.
fn property_name(vm: &mut Vm, this: Local) -> Py<Option<Local>> {
    let own = property_of(vm, this)?.slot(vm, PNAME);
    if !own.is_empty() {
        return Ok(Some(vm.local(own)));
    }
    let fget = vm.local(property_of(vm, this)?.slot(vm, FGET));
    if fget.value(vm).is_none() || fget.value(vm).is_empty() {
        return Ok(None);
    }
    Ok(vm.lookup_attr_str(fget, "__name__")?.map(|r| r.keep(vm)))
}
fn property_missing(vm: &mut Vm, this: Local, obj: Local, what: &str) -> Py<Raised> {
    let class = vm.text_of(vm.type_of(obj.value(vm)).slot(vm, types::QUALNAME));
    let text = match property_name(vm, this)? {
        Some(n) => format!(
            "property {} of '{class}' object has no {what}",
            vm.repr_text(n)?
        ),
        None => format!("property of '{class}' object has no {what}"),
    };
    Ok(vm.raise_text(&exc::ATTRIBUTE_ERROR, &text))
}
fn property_fetch(vm: &mut Vm, this: Local, obj: Local) -> Py<Ret> {
    let fget = property_of(vm, this)?.slot(vm, FGET);
    if fget.is_none() || fget.is_empty() {
        let raised = property_missing(vm, this, obj, "getter")?;
        return Err(raised);
    }
    let fget = vm.local(fget);
    vm.call(fget, &[obj])
}
fn property_get(vm: &mut Vm, this: Local, instance: Local, _owner: Option<Local>) -> Py<Ret> {
    if instance.value(vm).is_none() {
        Ok(vm.ret(this.value(vm)))
    } else {
        property_fetch(vm, this, instance)
    }
}
fn property_store(vm: &mut Vm, this: Local, obj: Local, value: Local) -> Py<()> {
    let delete = value.value(vm).is_empty();
    let func = property_of(vm, this)?.slot(vm, if delete { FDEL } else { FSET });
    if func.is_none() || func.is_empty() {
        let raised = property_missing(vm, this, obj, if delete { "deleter" } else { "setter" })?;
        return Err(raised);
    }
    let func = vm.local(func);
    let _: Ret = if delete {
        vm.call(func, &[obj])?
    } else {
        vm.call(func, &[obj, value])?
    };
    Ok(())
}
fn property_delete(vm: &mut Vm, this: Local, obj: Local) -> Py<()> {
    let empty = vm.local(Value::EMPTY);
    property_store(vm, this, obj, empty)
}
fn property_copy(vm: &mut Vm, this: Local, which: usize, func: Local) -> Py<Ret> {
    let p = property_of(vm, this)?;
    let or_none = |v: Value<'_>| {
        if v.is_empty() {
            crate::objects::NONE_WORD
        } else {
            v.word()
        }
    };
    let words = [
        or_none(p.slot(vm, FGET)),
        or_none(p.slot(vm, FSET)),
        or_none(p.slot(vm, FDEL)),
    ];
    // A doc that came from the getter is taken from the new getter.
    let doc = if p.slot(vm, GETTER_DOC) == Value::TRUE {
        crate::objects::NONE_WORD
    } else {
        or_none(p.slot(vm, PDOC))
    };
    let name = p.slot(vm, PNAME).word();
    let [fget, fset, fdel, doc, name] = vm.locals([
        words[0].value(vm),
        words[1].value(vm),
        words[2].value(vm),
        doc.value(vm),
        name.value(vm),
    ]);
    let mut args = [fget, fset, fdel, doc];
    if !func.value(vm).is_none() {
        args[which] = func;
    }
    let class = vm.local(vm.type_of(this.value(vm)).value());
    let made = vm.call(class, &args)?.keep(vm);
    if vm.is_instance_of(made.value(vm), &PROPERTY) {
        property_of(vm, made)?.set_slot(vm, PNAME, name.value(vm));
    }
    Ok(vm.ret(made.value(vm)))
}
/// An instance of exactly `property`.
pub(crate) fn as_property<'v>(vm: &'v Vm, descr: Value<'v>) -> Option<Obj<'v>> {
    descr.as_obj().filter(|_| vm.is_exactly(descr, &PROPERTY))
}
/// The getter of what `as_property` gave, if it is a Python function.
pub(crate) fn getter_function<'v>(vm: &'v Vm, property: Obj<'v>) -> Option<Value<'v>> {
    let getter = property.slot(vm, FGET);
    (getter.kind(vm) == Kind::Function).then_some(getter)
}
fn property_getter(vm: &mut Vm, this: Local, f: Local) -> Py<Ret> {
    property_copy(vm, this, FGET, f)
}
fn property_setter(vm: &mut Vm, this: Local, f: Local) -> Py<Ret> {
    property_copy(vm, this, FSET, f)
}
fn property_deleter(vm: &mut Vm, this: Local, f: Local) -> Py<Ret> {
    property_copy(vm, this, FDEL, f)
}
fn property_set_name(vm: &mut Vm, this: Local, args: Local<k::Tuple>, kwargs: Local) -> Py<()> {
    if kwargs.value(vm).as_dict(vm).is_some_and(|d| d.len(vm) > 0) {
        return Err(vm.type_error("property.__set_name__() takes no keyword arguments"));
    }
    let args = args.get(vm);
    if args.len(vm) != 2 {
        return Err(vm.type_error(format!(
            "__set_name__() takes 2 positional arguments but {} were given",
            args.len(vm)
        )));
    }
    let name = args.at(vm, 1).unwrap_or(Value::NONE);
    property_of(vm, this)?.set_slot(vm, PNAME, name);
    Ok(())
}
fn property_isabstract(vm: &mut Vm, this: Local) -> Py<Ret> {
    for slot in [FGET, FSET, FDEL] {
        let f = vm.local(property_of(vm, this)?.slot(vm, slot));
        if is_abstract(vm, f)? {
            return Ok(vm.ret(Value::TRUE));
        }
    }
    Ok(vm.ret(Value::FALSE))
}
/// Whether something is marked `__isabstractmethod__`.
fn is_abstract(vm: &mut Vm, f: Local) -> Py<bool> {
    if f.value(vm).is_none() || f.value(vm).is_empty() {
        return Ok(false);
    }
    match vm.lookup_attr_str(f, "__isabstractmethod__")? {
        Some(r) => {
            let flag = r.keep(vm);
            vm.truth(flag)
        }
        None => Ok(false),
    }
}
fn property_get_name(vm: &mut Vm, this: Local) -> Py<Ret> {
    match property_name(vm, this)? {
        Some(n) => Ok(vm.ret(n.value(vm))),
        None => {
            let name = vm.intern(b"__name__").value();
            Err(vm.attribute_error(
                "'property' object has no attribute '__name__'",
                this.value(vm),
                name,
            ))
        }
    }
}
static PROPERTY_GETSET: &[GetSet] = &[
    GetSet {
        name: "__isabstractmethod__",
        get: property_isabstract,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__name__",
        get: property_get_name,
        set: Some(|vm, this, v| {
            property_of(vm, this)?.set_slot(vm, PNAME, v.value(vm));
            Ok(())
        }),
        doc: "",
    },
    GetSet {
        name: "__doc__",
        get: |vm, this| {
            let v = property_of(vm, this)?.slot(vm, PDOC);
            Ok(vm.ret(if v.is_empty() { Value::NONE } else { v }))
        },
        set: Some(|vm, this, v| {
            let value = if v.value(vm).is_empty() {
                Value::NONE
            } else {
                v.value(vm)
            };
            property_of(vm, this)?.set_slot(vm, PDOC, value);
            Ok(())
        }),
        doc: "",
    },
];

// ---- classmethod and staticmethod

pub static CLASSMETHOD: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "classmethod",
    doc: "Convert a function to be a class method.",
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE.with(TypeFlags::DICT),
    methods: CLASSMETHOD_METHODS,
    getset: WRAPPER_GETSET,
    ..TypeDef::EMPTY
};
pub static STATICMETHOD: TypeDef = TypeDef {
    id: TypeIdCell::new(),
    name: "staticmethod",
    doc: "Convert a function to be a static method.",
    layout: Layout::Slots(1),
    flags: TypeFlags::BASETYPE.with(TypeFlags::DICT),
    methods: STATICMETHOD_METHODS,
    getset: WRAPPER_GETSET,
    ..TypeDef::EMPTY
};
const CALLABLE: usize = 0;

pub(crate) fn new_staticmethod<'v>(vm: &'v Vm, callable: Value<'v>) -> Value<'v> {
    match object::new_native_instance(vm, &STATICMETHOD) {
        Ok(o) => {
            o.set_slot(vm, CALLABLE, callable);
            o.value()
        }
        Err(_) => callable,
    }
}
/// What a staticmethod holds, anything else as it is.
pub(crate) fn unwrap_static<'v>(vm: &'v Vm, value: Value<'v>) -> Value<'v> {
    value
        .as_obj()
        .filter(|o| has_layout(vm, *o, &STATICMETHOD))
        .map_or(value, |o| o.slot(vm, CALLABLE))
}
/// What a class gives for an attribute of its own without running anything: a function as it is, the callable of a static method, and with true the function of
/// a class method, which takes the class.
pub(crate) fn plain_class_method<'v>(vm: &'v Vm, found: Value<'v>) -> Option<(bool, Obj<'v>)> {
    let o = found.as_obj()?;
    // A method of a builtin class is there what it is.
    let unbound = || o.slot(vm, native::SELF).is_empty() && vm.binds(found) == Binds::Method;
    if o.kind(vm) == Kind::Function || o.kind(vm) == Kind::Native && unbound() {
        return Some((false, o));
    }
    let exactly = |def| o.kind(vm) == Kind::Instance && vm.type_of(found) == vm.type_object(def);
    let binds = exactly(&CLASSMETHOD);
    if !binds && !exactly(&STATICMETHOD) {
        return None;
    }
    let callable = o.slot(vm, CALLABLE).as_obj()?;
    (!binds || callable.kind(vm) == Kind::Function).then_some((binds, callable))
}
/// A function defined in a class body under a name that is implicitly a static or class method.
pub(crate) fn wrap_implicit<'v>(vm: &'v Vm, def: &'static TypeDef, f: Value<'v>) -> Py<Value<'v>> {
    let o = object::new_native_instance(vm, def)?;
    o.set_slot(vm, CALLABLE, f);
    Ok(o.value())
}
static CLASSMETHOD_METHODS: &[Method] = crate::methods! {
    "__init__(self, function, /)" => calls wrapper_init(this, function), "Initialize self.  See help(type(self)) for accurate signature.";
    "__get__(self, instance, owner=None, /)" => calls wrapper_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__repr__(self, /)" => calls wrapper_repr(this), "Return repr(self).";
    "__class_getitem__(type, item, /)" => class calls class_getitem(this, item), "";
};
static STATICMETHOD_METHODS: &[Method] = crate::methods! {
    "__init__(self, function, /)" => calls wrapper_init(this, function), "Initialize self.  See help(type(self)) for accurate signature.";
    "__get__(self, instance, owner=None, /)" => calls wrapper_get(this, instance, owner), "Return an attribute of instance, which is of type owner.";
    "__repr__(self, /)" => calls wrapper_repr(this), "Return repr(self).";
    "__call__(self, /, *args, **kwargs)" => calls static_call(this, args, kwargs), "Call self as a function.";
    "__class_getitem__(type, item, /)" => class calls class_getitem(this, item), "";
};
fn class_getitem(vm: &mut Vm, this: Local, item: Local) -> Py<Ret> {
    crate::objects::generic_alias::new_alias(vm, this, item)
}
fn wrapper_init(vm: &mut Vm, this: Local, f: Local) -> Py<()> {
    property_of(vm, this)?.set_slot(vm, CALLABLE, f.value(vm));
    // The wrapper looks like what it wraps.
    for name in ["__module__", "__name__", "__qualname__", "__doc__"] {
        if let Some(value) = vm.lookup_attr_str(f, name)?.map(|r| r.keep(vm)) {
            let name = vm.local_of::<k::Str>(vm.intern(name.as_bytes()).value());
            let o = property_of(vm, this)?;
            vm.attr_set(o, name.get(vm), value.value(vm))?;
        }
    }
    Ok(())
}
fn wrapper_get(vm: &mut Vm, this: Local, instance: Local, owner: Option<Local>) -> Py<Ret> {
    data_get(vm, this, instance, owner)
}
fn wrapper_repr(vm: &mut Vm, this: Local) -> Py<String> {
    let inner = vm.local(property_of(vm, this)?.slot(vm, CALLABLE));
    let class = if vm.is_instance_of(this.value(vm), &CLASSMETHOD) {
        "classmethod"
    } else {
        "staticmethod"
    };
    let shown = if inner.value(vm).is_empty() {
        "None".to_string()
    } else {
        vm.repr_text(inner)?
    };
    Ok(format!("<{class}({shown})>"))
}
fn static_call(vm: &mut Vm, this: Local, args: Local, kwargs: Local) -> Py<Ret> {
    let inner = vm.local(property_of(vm, this)?.slot(vm, CALLABLE));
    vm.call_ex(inner, args, kwargs)
}
fn wrapper_isabstract(vm: &mut Vm, this: Local) -> Py<Ret> {
    let inner = vm.local(property_of(vm, this)?.slot(vm, CALLABLE));
    let flag = is_abstract(vm, inner)?;
    Ok(vm.ret(Value::bool(flag)))
}
/// `__annotations__` and `__annotate__` are those of the wrapped function, kept once asked for.
fn forwarded(vm: &mut Vm, this: Local, name: &str) -> Py<Ret> {
    let key = vm.local_of::<k::Str>(vm.intern(name.as_bytes()).value());
    let own = property_of(vm, this)?;
    if let Some(v) = vm.attr_get(own, key.get(vm)) {
        return Ok(vm.ret(v));
    }
    let inner = vm.local(property_of(vm, this)?.slot(vm, CALLABLE));
    let value = vm.get_attr(inner, key)?.keep(vm);
    let own = property_of(vm, this)?;
    vm.attr_set(own, key.get(vm), value.value(vm))?;
    Ok(vm.ret(value.value(vm)))
}
fn set_forwarded(vm: &mut Vm, this: Local, name: &str, value: Local) -> Py<()> {
    let key = vm.local_of::<k::Str>(vm.intern(name.as_bytes()).value());
    let own = property_of(vm, this)?;
    if value.value(vm).is_empty() {
        if !vm.attr_del(own, key.get(vm)) {
            return Err(vm.attribute_error(name, this.value(vm), key.value(vm)));
        }
        return Ok(());
    }
    vm.attr_set(own, key.get(vm), value.value(vm))?;
    Ok(())
}
static WRAPPER_GETSET: &[GetSet] = &[
    GetSet {
        name: "__func__",
        get: |vm, this| data_slot(vm, this, CALLABLE),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__wrapped__",
        get: |vm, this| data_slot(vm, this, CALLABLE),
        set: None,
        doc: "",
    },
    GetSet {
        name: "__isabstractmethod__",
        get: wrapper_isabstract,
        set: None,
        doc: "",
    },
    GetSet {
        name: "__annotations__",
        get: |vm, this| forwarded(vm, this, "__annotations__"),
        set: Some(|vm, this, v| set_forwarded(vm, this, "__annotations__", v)),
        doc: "",
    },
    GetSet {
        name: "__annotate__",
        get: |vm, this| forwarded(vm, this, "__annotate__"),
        set: Some(|vm, this, v| set_forwarded(vm, this, "__annotate__", v)),
        doc: "",
    },
];

impl Vm {
    /// Whether something can be called.
    pub fn is_callable(&self, value: Value<'_>) -> bool {
        matches!(
            value.kind(self),
            Kind::Function | Kind::Native | Kind::BoundMethod | Kind::Type
        ) || self.special_of(value, Dunder::Call).is_some()
    }
}

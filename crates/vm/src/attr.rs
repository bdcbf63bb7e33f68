//! Attribute access: CPython's `PyObject_GetAttr`, `PyObject_GenericGetAttr`, descriptors, and their setting counterparts.

use crate::dunder::Dunder;
use crate::layout::{function, module, native};
use crate::local::{Local, Py, Raised, Ret, k};
use crate::objects::{descriptors, exceptions as exc, function as func, module as module_object};
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_heap::{Dict, Kind, Obj, Str, Value};

/// What an attribute look-up found, before any Python code had to run.
pub enum Found<'v> {
    Value(Value<'v>),
    /// A function or native method of the type, to be bound to the object.
    Method(Value<'v>),
    /// Something with `__get__`.
    Descriptor(Value<'v>),
    Missing,
}

/// How a class attribute binds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Binds {
    Plain,
    /// Functions: a bound method, without calling anything.
    Method,
    /// Through `__get__`, but instance attributes come first.
    NonData,
    /// Through `__get__`, before instance attributes.
    Data,
}

impl Vm {
    /// How a value found on a type binds to an instance.
    #[inline]
    pub(crate) fn binds(&self, value: Value<'_>) -> Binds {
        let Some(obj) = value.as_obj() else {
            return Binds::Plain;
        };
        match obj.kind(self) {
            Kind::Function => Binds::Method,
            Kind::Native => {
                if obj.slot(self, native::SELF).is_empty()
                    && descriptors::is_method_descriptor(self, obj)
                {
                    Binds::Method
                } else if descriptors::is_classmethod_descriptor(self, obj) {
                    Binds::NonData
                } else {
                    Binds::Plain
                }
            }
            Kind::Str
            | Kind::Tuple
            | Kind::Dict
            | Kind::List
            | Kind::BigInt
            | Kind::Bytes
            | Kind::BoxedFloat => Binds::Plain,
            _ => {
                let class = self.type_of(value);
                if self.special(class, Dunder::Set).is_some()
                    || self.special(class, Dunder::Delete).is_some()
                {
                    Binds::Data
                } else if self.special(class, Dunder::Get).is_some() {
                    Binds::NonData
                } else {
                    Binds::Plain
                }
            }
        }
    }

    /// The dict that a function, module or native keeps its own attributes in, if it has one now.
    pub(crate) fn own_dict<'v>(&'v self, obj: Obj<'v>) -> Option<Dict<'v>> {
        match obj.kind(self) {
            Kind::Function => obj.slot(self, function::DICT).as_dict(self),
            Kind::Native => obj.slot(self, native::DICT).as_dict(self),
            Kind::Instance if obj.layout(self) == module_object::MODULE.id.get().0 => {
                obj.slot(self, module::DICT).as_dict(self)
            }
            _ => None,
        }
    }
    /// An attribute that the object itself holds.
    #[inline]
    pub(crate) fn own_attr<'v>(&'v self, obj: Value<'v>, name: Str<'v>) -> Option<Value<'v>> {
        let o = obj.as_obj()?;
        match o.kind(self) {
            Kind::Instance | Kind::Wrapped => match self.attr_get(o, name) {
                Some(v) => Some(v),
                None => self.own_dict(o).and_then(|d| d.get_str(self, name)),
            },
            Kind::Function | Kind::Native => self.own_dict(o).and_then(|d| d.get_str(self, name)),
            _ => None,
        }
    }

    /// `object.__getattribute__` up to where Python code would run. `name` is interned.
    pub fn find_attr<'v>(&'v self, obj: Value<'v>, name: Str<'v>) -> Found<'v> {
        let class = self.type_of(obj);
        let on_type = self.type_lookup(class, name);
        let binds = on_type.map_or(Binds::Plain, |v| self.binds(v));
        // One that only sets is, for reading, a plain attribute of the class.
        let reads = |v: Value<'_>| self.special(self.type_of(v), Dunder::Get).is_some();
        let binds = match (binds, on_type) {
            (Binds::Data, Some(v)) if reads(v) => return Found::Descriptor(v),
            (Binds::Data, _) => Binds::Plain,
            (other, _) => other,
        };
        if let Some(v) = self.own_attr(obj, name) {
            return Found::Value(v);
        }
        match (on_type, binds) {
            (None, _) => Found::Missing,
            (Some(v), Binds::Plain) => Found::Value(v),
            (Some(v), Binds::Method) => Found::Method(v),
            (Some(v), _) => Found::Descriptor(v),
        }
    }
    /// `type.__getattribute__` up to where Python code would run.
    pub(crate) fn find_type_attr<'v>(&'v self, class: Obj<'v>, name: Str<'v>) -> Found<'v> {
        let meta = self.type_of(class.value());
        let on_meta = self.type_lookup(meta, name);
        let binds = on_meta.map_or(Binds::Plain, |v| self.binds(v));
        if binds == Binds::Data {
            return on_meta.map_or(Found::Missing, Found::Descriptor);
        }
        Found::Missing
    }

    /// `getattr(obj, name)`.
    pub fn get_attr(&mut self, obj: Local, name: Local<k::Str>) -> Py<Ret> {
        match self.lookup_attr_or_raise(obj, name) {
            Ok(Some(ret)) => Ok(ret),
            Ok(None) => Err(self.no_attribute(obj, name)),
            Err(raised) => {
                if self.raised_is(&raised, &exc::ATTRIBUTE_ERROR) {
                    self.complete_attribute_error(obj.value(self), name.value(self));
                }
                Err(raised)
            }
        }
    }
    /// An AttributeError on its way that doesn't say yet whose attribute is missing gets to know (`set_attribute_error_context`).
    #[cold]
    fn complete_attribute_error(&self, obj: Value<'_>, name: Value<'_>) {
        if let Some(e) = self.pending.get().value(self).as_obj() {
            exc::complete_attribute_error(self, e, obj, name);
        }
    }
    /// By a name that the VM knows.
    pub fn get_attr_str(&mut self, obj: Local, name: &str) -> Py<Ret> {
        let name = self.local_of(self.intern(name.as_bytes()).value());
        self.get_attr(obj, name)
    }
    /// As `get_attr`; an AttributeError is None.
    pub fn lookup_attr_str(&mut self, obj: Local, name: &str) -> Py<Option<Ret>> {
        let name = self.local_of(self.intern(name.as_bytes()).value());
        self.lookup_attr(obj, name)
    }

    /// The attribute, or None where AttributeError would be raised. Without making the exception where that can be avoided.
    pub fn lookup_attr(&mut self, obj: Local, name: Local<k::Str>) -> Py<Option<Ret>> {
        match self.lookup_attr_or_raise(obj, name) {
            Err(raised) if self.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => {
                self.take_exception(raised);
                Ok(None)
            }
            other => other,
        }
    }
    /// The attribute. None where it is plainly missing; an AttributeError that code raised is passed on.
    fn lookup_attr_or_raise(&mut self, obj: Local, name: Local<k::Str>) -> Py<Option<Ret>> {
        self.intern_local(name);
        let flags = self.type_flags(self.type_of(obj.value(self)));
        if self.has_custom_getattr(self.type_of(obj.value(self))) {
            return self.lookup_attr_custom(obj, name);
        }
        if flags.has(Flags::META) {
            return self.lookup_type_attr(obj, name);
        }
        let found = self.generic_lookup(obj, name)?;
        if found.is_none()
            && self.type_of(obj.value(self)) == self.type_object(&module_object::MODULE)
        {
            return module_object::module_getattr(self, obj, name);
        }
        Ok(found)
    }
    /// Whether a type (or a base) overrides attribute access in a way that the generic paths don't serve.
    /// The native method of this name that an object's class has, where that is what the name means.
    pub(crate) fn native_method<'v>(
        &'v self,
        object: Value<'v>,
        name: Str<'v>,
    ) -> Option<Value<'v>> {
        let obj = object.as_obj()?;
        let class = self.type_of(object);
        let found = self.type_lookup(class, name)?;
        let bare = obj.kind(self) == Kind::Instance
            && !self.has_custom_getattr(class)
            && self.attr_get(obj, name).is_none();
        let native = bare && found.kind(self) == Kind::Native && self.binds(found) == Binds::Method;
        native.then_some(found)
    }
    pub(crate) fn has_custom_getattr(&self, class: Obj<'_>) -> bool {
        if let Some(f) = self.special(class, Dunder::GetAttribute) {
            if !self.is_builtin_getattribute(f) {
                return true;
            }
        }
        self.special(class, Dunder::GetAttr).is_some()
    }
    fn is_builtin_getattribute(&self, f: Value<'_>) -> bool {
        f.as_obj().is_some_and(|o| {
            o.kind(self) == Kind::Native && {
                let owner = o.slot(self, native::OWNER);
                owner == self.type_object(&crate::objects::object::OBJECT).value()
                    || owner == self.type_object(&crate::objects::type_::TYPE).value()
                    || owner == self.type_object(&module_object::MODULE).value()
            }
        })
    }
    /// `__getattribute__` and `__getattr__` written in Python (or by another native type).
    fn lookup_attr_custom(&mut self, obj: Local, name: Local<k::Str>) -> Py<Option<Ret>> {
        let special = self
            .special_of(obj.value(self), Dunder::GetAttribute)
            .unwrap_or(Value::NONE);
        let result = if self.is_builtin_getattribute(special) {
            let flags = self.type_flags(self.type_of(obj.value(self)));
            let found = if flags.has(Flags::META) {
                self.lookup_type_attr(obj, name)
            } else {
                self.generic_lookup(obj, name)
            };
            match found {
                Ok(Some(ret)) => return Ok(Some(ret)),
                Ok(None) => None,
                Err(raised) if self.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => Some(raised),
                Err(raised) => return Err(raised),
            }
        } else {
            let getter = self.local(special);
            match self.call_special(getter, obj, &[name.any()]) {
                Ok(ret) => return Ok(Some(ret)),
                Err(raised) if self.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => Some(raised),
                Err(raised) => return Err(raised),
            }
        };
        let Some(fallback) = self.special_of(obj.value(self), Dunder::GetAttr) else {
            return result.map_or(Ok(None), Err);
        };
        let fallback = self.local(fallback);
        if let Some(raised) = result {
            self.take_exception(raised);
        }
        match self.call_special(fallback, obj, &[name.any()]) {
            Ok(ret) => Ok(Some(ret)),
            // The text that `__getattr__` raised with matters: keep it for `get_attr`.
            Err(raised) => Err(raised),
        }
    }

    /// `object.__getattribute__`, None for a missing attribute.
    pub fn generic_lookup(&mut self, obj: Local, name: Local<k::Str>) -> Py<Option<Ret>> {
        let vm: &Vm = self;
        let (descr, bound) = match vm.find_attr(obj.value(vm), name.get(vm)) {
            Found::Value(v) => return Ok(Some(vm.ret(v))),
            Found::Missing => return Ok(None),
            Found::Method(f) => (f, true),
            Found::Descriptor(d) => (d, false),
        };
        if bound {
            return Ok(Some(vm.ret(func::bind(vm, descr, obj.value(vm)))));
        }
        let class = vm.type_of(obj.value(vm)).value();
        let [descr, class] = vm.locals([descr, class]);
        match self.descr_get(descr, obj, class) {
            Ok(ret) => Ok(Some(ret)),
            Err(raised) => Err(raised),
        }
    }

    /// `type.__getattribute__`, None for a missing attribute.
    pub(crate) fn lookup_type_attr(
        &mut self,
        class: Local,
        name: Local<k::Str>,
    ) -> Py<Option<Ret>> {
        let vm: &Vm = self;
        let Some(c) = class.value(vm).as_obj() else {
            return Ok(None);
        };
        let meta = vm.type_of(c.value());
        let on_meta = vm.type_lookup(meta, name.get(vm));
        let mut binds = on_meta.map_or(Binds::Plain, |v| vm.binds(v));
        if let (Some(descr), Binds::Data) = (on_meta, binds) {
            if vm.special_of(descr, Dunder::Get).is_some() {
                let [descr, meta] = vm.locals([descr, meta.value()]);
                return self.descr_get(descr, class, meta).map(Some);
            }
            // One that only sets is, for reading, a plain attribute of the metaclass.
            binds = Binds::Plain;
        }
        if let Some(v) = vm.type_lookup(c, name.get(vm)) {
            return match vm.binds(v) {
                Binds::Plain => Ok(Some(vm.ret(v))),
                // A function looked up on its class is itself.
                Binds::Method => Ok(Some(vm.ret(v))),
                _ => {
                    let [descr, none] = vm.locals([v, Value::EMPTY]);
                    self.descr_get(descr, none, class).map(Some)
                }
            };
        }
        match (on_meta, binds) {
            (None, _) => Ok(None),
            (Some(v), Binds::Plain) => Ok(Some(vm.ret(v))),
            (Some(v), Binds::Method) => Ok(Some(vm.ret(func::bind(vm, v, c.value())))),
            (Some(v), _) => {
                let [descr, meta] = vm.locals([v, meta.value()]);
                self.descr_get(descr, class, meta).map(Some)
            }
        }
    }

    /// `type(descr).__get__(descr, obj, class)`; an Empty `obj` stands for None (access through the class).
    pub(crate) fn descr_get(&mut self, descr: Local, obj: Local, class: Local) -> Py<Ret> {
        if let Some(done) = descriptors::native_get(self, descr, obj, class) {
            return done;
        }
        let Some(getter) = self.special_of(descr.value(self), Dunder::Get) else {
            return Ok(self.ret(descr.value(self)));
        };
        let [getter, none] = self.locals([getter, Value::NONE]);
        let receiver = if obj.value(self).is_empty() {
            none
        } else {
            obj
        };
        self.call_special(getter, descr, &[receiver, class])
    }

    /// The AttributeError for a missing attribute. If `__getattr__` raised, that is what is pending instead.
    #[cold]
    pub fn no_attribute(&self, obj: Local, name: Local<k::Str>) -> Raised {
        let text = self.no_attribute_text(obj.value(self), name.get(self));
        self.attribute_error(&text, obj.value(self), name.value(self))
    }
    fn no_attribute_text(&self, obj: Value<'_>, name: Str<'_>) -> String {
        let attribute = self.text_of(name.value());
        if self.is_type(obj) {
            let class = obj.as_obj().map_or(String::new(), |c| self.tp_name(c));
            return format!("type object '{class}' has no attribute '{attribute}'");
        }
        if let Some(text) = module_object::no_attribute_text(self, obj, &attribute) {
            return text;
        }
        format!(
            "'{}' object has no attribute '{attribute}'",
            self.tp_name(self.type_of(obj))
        )
    }

    /// `setattr(obj, name, value)`; an Empty value deletes.
    pub fn set_attr(&mut self, obj: Local, name: Local<k::Str>, value: Local) -> Py<()> {
        self.intern_local(name);
        let delete = value.value(self).is_empty();
        let class = self.type_of(obj.value(self));
        let special = self.special(
            class,
            if delete {
                Dunder::DelAttr
            } else {
                Dunder::SetAttr
            },
        );
        match special {
            Some(f) if f.as_obj().is_some_and(|o| o.kind(self) == Kind::Native) => {
                let owner = f
                    .as_obj()
                    .map_or(Value::NONE, |o| o.slot(self, native::OWNER));
                if owner == self.type_object(&crate::objects::object::OBJECT).value() {
                    return self.generic_set_attr(obj, name, value);
                }
                if owner == self.type_object(&crate::objects::type_::TYPE).value() {
                    return self.type_set_attr(obj, name, value);
                }
                let f = self.local(f);
                self.call_setattr(f, obj, name, value, delete)
            }
            Some(f) => {
                let f = self.local(f);
                self.call_setattr(f, obj, name, value, delete)
            }
            None => Err(self.type_error(format!(
                "'{}' object has no attributes",
                self.type_name_for_error(obj.value(self))
            ))),
        }
    }
    fn call_setattr(
        &mut self,
        f: Local,
        obj: Local,
        name: Local<k::Str>,
        value: Local,
        delete: bool,
    ) -> Py<()> {
        let _: Ret = if delete {
            self.call_special(f, obj, &[name.any()])?
        } else {
            self.call_special(f, obj, &[name.any(), value])?
        };
        Ok(())
    }
    pub fn set_attr_str(&mut self, obj: Local, name: &str, value: Local) -> Py<()> {
        let name = self.local_of(self.intern(name.as_bytes()).value());
        self.set_attr(obj, name, value)
    }
    pub fn del_attr(&mut self, obj: Local, name: Local<k::Str>) -> Py<()> {
        let empty = self.local(Value::EMPTY);
        self.set_attr(obj, name, empty)
    }

    /// `object.__setattr__` and `object.__delattr__` (an Empty value).
    pub fn generic_set_attr(&mut self, obj: Local, name: Local<k::Str>, value: Local) -> Py<()> {
        self.intern_local(name);
        let vm: &Vm = self;
        let class = vm.type_of(obj.value(vm));
        let on_type = vm.type_lookup(class, name.get(vm));
        let delete = value.value(vm).is_empty();
        if let Some(descr) = on_type {
            if vm.binds(descr) == Binds::Data {
                let descr = vm.local(descr);
                return self.descr_set(descr, obj, value);
            }
        }
        let Some(o) = obj.value(vm).as_obj() else {
            return Err(vm.cannot_set(obj, name, on_type.is_some(), delete));
        };
        match o.kind(vm) {
            Kind::Instance if o.layout(vm) == module_object::MODULE.id.get().0 => {
                let dict = o.slot(vm, module::DICT).as_dict(vm).ok_or(Raised(()))?;
                vm.set_in_dict(dict, obj, name, value)
            }
            Kind::Instance | Kind::Wrapped if vm.type_flags(class).has(Flags::DICT) => {
                if delete {
                    if vm.attr_del(o, name.get(vm)) {
                        Ok(())
                    } else {
                        Err(vm.no_attribute(obj, name))
                    }
                } else {
                    vm.attr_set(o, name.get(vm), value.value(vm))?;
                    Ok(())
                }
            }
            Kind::Function => {
                if o.slot(vm, function::DICT).as_dict(vm).is_none() {
                    o.set_slot(vm, function::DICT, vm.new_dict().value());
                }
                let dict = o.slot(vm, function::DICT).as_dict(vm).ok_or(Raised(()))?;
                vm.set_in_dict(dict, obj, name, value)
            }
            _ => Err(vm.cannot_set(obj, name, on_type.is_some(), delete)),
        }
    }
    fn set_in_dict(&self, dict: Dict<'_>, obj: Local, name: Local<k::Str>, value: Local) -> Py<()> {
        if !value.value(self).is_empty() {
            dict.set_str(self, name.get(self), value.value(self))?;
            return Ok(());
        }
        if dict.del_str(self, name.get(self)) {
            Ok(())
        } else {
            Err(self.no_attribute(obj, name))
        }
    }
    #[cold]
    fn cannot_set(&self, obj: Local, name: Local<k::Str>, on_type: bool, _delete: bool) -> Raised {
        let (class, attribute) = (
            self.tp_name(self.type_of(obj.value(self))),
            self.text_of(name.value(self)),
        );
        let text = if on_type {
            format!("'{class}' object attribute '{attribute}' is read-only")
        } else {
            format!(
                "'{class}' object has no attribute '{attribute}' and no __dict__ for setting new attributes"
            )
        };
        self.attribute_error(&text, obj.value(self), name.value(self))
    }
    /// A method looked up on the object's type and bound to it, past the object's own attributes (`_PyObject_LookupSpecial`).
    pub fn special_method(&mut self, obj: Local, name: &str) -> Py<Option<Ret>> {
        let vm: &Vm = self;
        let class = vm.type_of(obj.value(vm));
        let Some(found) = vm.type_lookup(class, vm.intern(name.as_bytes())) else {
            return Ok(None);
        };
        if vm.binds(found) == Binds::Plain {
            return Ok(Some(vm.ret(found)));
        }
        let [found, class] = vm.locals([found, class.value()]);
        self.descr_get(found, obj, class).map(Some)
    }
    /// `type(descr).__set__(descr, obj, value)` or `__delete__`.
    pub(crate) fn descr_set(&mut self, descr: Local, obj: Local, value: Local) -> Py<()> {
        if let Some(done) = descriptors::native_set(self, descr, obj, value) {
            return done;
        }
        let delete = value.value(self).is_empty();
        let dunder = if delete { Dunder::Delete } else { Dunder::Set };
        let Some(f) = self.special_of(descr.value(self), dunder) else {
            let name = dunder.name();
            return Err(self.raise_text(&exc::ATTRIBUTE_ERROR, name));
        };
        let f = self.local(f);
        let _: Ret = if delete {
            self.call_special(f, descr, &[obj])?
        } else {
            self.call_special(f, descr, &[obj, value])?
        };
        Ok(())
    }

    /// `type.__setattr__`.
    pub fn type_set_attr(&mut self, class: Local, name: Local<k::Str>, value: Local) -> Py<()> {
        self.intern_local(name);
        let vm: &Vm = self;
        let Some(c) = class.value(vm).as_obj() else {
            return Err(vm.type_error("not a type"));
        };
        let delete = value.value(vm).is_empty();
        if vm.type_flags(c).has(Flags::IMMUTABLE) {
            let text = format!(
                "cannot set '{}' attribute of immutable type '{}'",
                vm.text_of(name.value(vm)),
                vm.tp_name(c)
            );
            return Err(vm.type_error(text));
        }
        let meta = vm.type_of(c.value());
        if let Some(descr) = vm.type_lookup(meta, name.get(vm)) {
            if vm.binds(descr) == Binds::Data {
                let descr = vm.local(descr);
                let done = self.descr_set(descr, class, value);
                if let Some(c) = class.value(self).as_obj() {
                    self.type_modified(c);
                }
                return done;
            }
        }
        let dict = vm.type_dict(c);
        if delete {
            if !dict.del_str(vm, name.get(vm)) {
                let text = format!(
                    "type object '{}' has no attribute '{}'",
                    vm.tp_name(c),
                    vm.text_of(name.value(vm))
                );
                return Err(vm.attribute_error(&text, c.value(), name.value(vm)));
            }
        } else {
            dict.set_str(vm, name.get(vm), value.value(vm))?;
        }
        vm.type_modified(c);
        crate::objects::type_::attribute_changed(vm, c, name.get(vm));
        Ok(())
    }

    /// Makes the string in a local the interned one, so that look-ups compare by identity.
    #[inline]
    pub fn intern_local(&self, name: Local<k::Str>) {
        let s = name.get(self);
        if !s.is_interned(self) {
            let interned = self.intern(s.bytes(self));
            self.set_stack_word(name.0, interned.value().word());
        }
    }
}

//! `isinstance` and `issubclass`: by `__instancecheck__` and `__subclasscheck__`, and by the classes themselves.

use crate::dunder::Dunder;
use crate::local::{Local, Py, Raised};
use crate::objects::{object, type_::TYPE};
use crate::vm::Vm;
use mesapy_heap::{Kind, Value};

/// How deep tuples of classes may be nested: about what CPython's native stack has room for.
const NESTED_MAX: u32 = 120_000;

impl Vm {
    /// `isinstance(x, class)`, by `__instancecheck__`.
    pub fn is_instance(&mut self, x: Local, class: Local) -> Py<bool> {
        if self.type_of(x.value(self)).value() == class.value(self) {
            return Ok(true);
        }
        let top = self.top.get();
        let result = self.is_instance_slow(x, class, 0);
        self.top.set(top);
        result
    }
    /// `depth` counts nested tuples.
    fn is_instance_slow(&mut self, x: Local, class: Local, depth: u32) -> Py<bool> {
        self.check_native_stack()?;
        if depth > NESTED_MAX {
            return Err(self.recursion_error(" in __instancecheck__"));
        }
        if self.is_type(class.value(self))
            && self.type_of(class.value(self)) == self.type_object(&TYPE)
        {
            return self.is_instance_by_class(x, class);
        }
        if let Some(n) = class.value(self).as_tuple(self).map(|t| t.len(self)) {
            for i in 0..n {
                let top = self.top.get();
                let item = self.local(
                    class
                        .value(self)
                        .as_tuple(self)
                        .and_then(|t| t.at(self, i))
                        .unwrap_or(Value::NONE),
                );
                if self.type_of(x.value(self)).value() == item.value(self)
                    || self.is_instance_slow(x, item, depth + 1)?
                {
                    return Ok(true);
                }
                self.top.set(top);
            }
            return Ok(false);
        }
        if let Some(ret) = self.call_dunder(class, Dunder::InstanceCheck, &[x])? {
            let result = ret.keep(self);
            return self.truth(result);
        }
        self.is_instance_by_class(x, class)
    }
    /// By the classes themselves: the type, or what `__class__` claims.
    pub(crate) fn is_instance_by_class(&mut self, x: Local, class: Local) -> Py<bool> {
        if let Some(c) = class
            .value(self)
            .as_obj()
            .filter(|o| o.kind(self) == Kind::Type)
        {
            if self.is_subtype(self.type_of(x.value(self)), c) {
                return Ok(true);
            }
            // Only objects that may claim another class are asked.
            let Some(o) = x.value(self).as_obj() else {
                return Ok(false);
            };
            if !matches!(o.kind(self), Kind::Instance | Kind::Wrapped) {
                return Ok(false);
            }
            let own = self.type_of(x.value(self));
            let plain = self.type_lookup(own, self.roots.names.class(self))
                == self.type_lookup(
                    self.type_object(&object::OBJECT),
                    self.roots.names.class(self),
                );
            if plain && !self.has_custom_getattr(own) {
                return Ok(false);
            }
            let claimed = self.lookup_attr_str(x, "__class__")?.map(|r| r.keep(self));
            let c = class.value(self).as_obj().ok_or(Raised(()))?;
            return Ok(claimed
                .and_then(|k| k.value(self).as_obj())
                .is_some_and(|k| k.kind(self) == Kind::Type && self.is_subtype(k, c)));
        }
        let bases = self.abstract_bases(class)?;
        if bases.is_none() {
            return Err(
                self.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")
            );
        }
        let Some(own) = self.lookup_attr_str(x, "__class__")?.map(|r| r.keep(self)) else {
            return Ok(false);
        };
        self.abstract_issubclass(own, class)
    }
    /// `issubclass(c, class)`, by `__subclasscheck__`.
    pub fn is_subclass(&mut self, c: Local, class: Local) -> Py<bool> {
        let top = self.top.get();
        let result = self.is_subclass_slow(c, class, 0);
        self.top.set(top);
        result
    }
    fn is_subclass_slow(&mut self, c: Local, class: Local, depth: u32) -> Py<bool> {
        self.check_native_stack()?;
        if depth > NESTED_MAX {
            return Err(self.recursion_error(" in __subclasscheck__"));
        }
        if self.is_type(class.value(self))
            && self.type_of(class.value(self)) == self.type_object(&TYPE)
        {
            if c.value(self) == class.value(self) {
                return Ok(true);
            }
            return self.is_subclass_by_class(c, class);
        }
        if let Some(n) = class.value(self).as_tuple(self).map(|t| t.len(self)) {
            for i in 0..n {
                let top = self.top.get();
                let item = self.local(
                    class
                        .value(self)
                        .as_tuple(self)
                        .and_then(|t| t.at(self, i))
                        .unwrap_or(Value::NONE),
                );
                if self.is_subclass_slow(c, item, depth + 1)? {
                    return Ok(true);
                }
                self.top.set(top);
            }
            return Ok(false);
        }
        if let Some(ret) = self.call_dunder(class, Dunder::SubclassCheck, &[c])? {
            let result = ret.keep(self);
            return self.truth(result);
        }
        self.is_subclass_by_class(c, class)
    }
    pub(crate) fn is_subclass_by_class(&mut self, c: Local, class: Local) -> Py<bool> {
        if let (Some(a), Some(b)) = (c.value(self).as_obj(), class.value(self).as_obj()) {
            if a.kind(self) == Kind::Type && b.kind(self) == Kind::Type {
                return Ok(self.is_subtype(a, b));
            }
        }
        if self.abstract_bases(c)?.is_none() {
            return Err(self.type_error("issubclass() arg 1 must be a class"));
        }
        if self.abstract_bases(class)?.is_none() {
            return Err(self
                .type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"));
        }
        self.abstract_issubclass(c, class)
    }
    /// `__bases__` if it is a tuple: what makes an object class-like.
    fn abstract_bases(&mut self, class: Local) -> Py<Option<Local>> {
        let bases = self
            .lookup_attr_str(class, "__bases__")?
            .map(|r| r.keep(self));
        Ok(bases.filter(|b| b.value(self).as_tuple(self).is_some()))
    }
    fn abstract_issubclass(&mut self, c: Local, class: Local) -> Py<bool> {
        self.check_native_stack()?;
        if c.value(self) == class.value(self) {
            return Ok(true);
        }
        let Some(bases) = self.abstract_bases(c)? else {
            return Ok(false);
        };
        let n = bases.value(self).as_tuple(self).map_or(0, |t| t.len(self));
        for i in 0..n {
            let base = self.local(
                bases
                    .value(self)
                    .as_tuple(self)
                    .and_then(|t| t.at(self, i))
                    .unwrap_or(Value::NONE),
            );
            if self.abstract_issubclass(base, class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

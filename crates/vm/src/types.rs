//! Type objects: registration of native types, method resolution order, attribute look-up with its cache, special methods.

use crate::dunder::Dunder;
use crate::layout::{native, types};
use crate::local::{Local, Py, k};
use crate::native::{Binding, Method};
use crate::objects::{descriptors, object, type_};
use crate::typedef::{Layout, TypeDef, TypeId};
use crate::vm::{MethodCacheEntry, NativeEntry, Vm};
use mesapy_heap::{Dict, Kind, Obj, Str, Tuple, Value, Word};
use std::cell::Cell;

bitflags_lite! {
    /// What a type object's FLAGS slot says.
    Flags: u32 {
        /// Made by Python code; attributes can be set.
        HEAP = 1;
        BASETYPE = 2;
        /// Instances have attributes of their own.
        DICT = 4;
        WEAKREF = 8;
        /// Instances are `Wrapped`: slot 0 is an exact builtin value.
        WRAPPED = 16;
        ABSTRACT = 32;
        /// Defines or inherits `__del__`.
        FINALIZER = 64;
        SEQUENCE = 128;
        MAPPING = 256;
        MATCH_SELF = 512;
        NO_NEW = 1024;
        IMMUTABLE = 2048;
        /// A subclass of `type`.
        META = 4096;
        /// A subclass of BaseException.
        EXCEPTION = 8192;
        /// Overrides `__getattribute__`, or has `__getattr__`: recomputed when the type changes.
        CUSTOM_GETATTR = 16384;
        /// Its order has classes that are no bases, whose changes it does not hear of: nothing about it is cached.
        UNCACHED = 32768;
    }
}

/// Everything that a new type object is made from.
pub(crate) struct NewType<'v> {
    /// None while `type` itself is being made.
    pub metaclass: Option<Obj<'v>>,
    pub name: Str<'v>,
    pub bases: Tuple<'v>,
    /// The base whose layout is inherited; Empty for object itself.
    pub base: Value<'v>,
    pub dict: Dict<'v>,
    pub layout: TypeId,
    pub nslots: usize,
    pub flags: Flags,
}

impl Vm {
    // ---- what a value is

    /// The class of any value.
    #[inline]
    pub fn type_of<'v>(&'v self, value: Value<'v>) -> Obj<'v> {
        if let Some(obj) = value.as_obj() {
            if let Some(shape) = obj.shape(self) {
                if let Some(class) = shape.class(self).as_obj() {
                    return class;
                }
            }
        }
        let kind = value.kind(self);
        self.kind_types[kind as usize]
            .get()
            .value(self)
            .as_obj()
            // An unset slot of a native instance that was never initialised: nothing more than an object.
            .unwrap_or_else(|| self.type_object(&object::OBJECT))
    }
    #[inline]
    pub fn is_type(&self, value: Value<'_>) -> bool {
        value.kind(self) == Kind::Type
    }
    /// Whether a value is an instance of exactly this native type.
    pub fn is_exactly(&self, value: Value<'_>, def: &'static TypeDef) -> bool {
        self.type_of(value) == self.type_object(def)
    }
    /// Whether a value is an instance of this native type or of a subclass (`PyObject_TypeCheck`).
    pub fn is_instance_of(&self, value: Value<'_>, def: &'static TypeDef) -> bool {
        self.is_subtype(self.type_of(value), self.type_object(def))
    }
    /// Whether an `Instance` has the slots of this native type: the quick test for natives of slot layouts.
    #[inline]
    pub fn has_layout(&self, value: Value<'_>, def: &'static TypeDef) -> bool {
        value.as_obj().is_some_and(|o| {
            matches!(o.kind(self), Kind::Instance | Kind::Wrapped)
                && o.layout(self) == def.id.get().0
        }) || self.is_instance_of(value, def)
    }
    pub fn is_subtype(&self, class: Obj<'_>, of: Obj<'_>) -> bool {
        if class == of {
            return true;
        }
        match class.slot(self, types::MRO).as_tuple(self) {
            Some(mro) => mro.iter(self).any(|c| c == of.value()),
            None => {
                let mut base = class.slot(self, types::BASE).as_obj();
                while let Some(b) = base {
                    if b == of {
                        return true;
                    }
                    base = b.slot(self, types::BASE).as_obj();
                }
                false
            }
        }
    }
    #[inline]
    pub(crate) fn type_flags(&self, class: Obj<'_>) -> Flags {
        Flags(class.slot(self, types::FLAGS).as_small_int().unwrap_or(0) as u32)
    }
    pub(crate) fn set_type_flags(&self, class: Obj<'_>, flags: Flags) {
        class.set_slot(self, types::FLAGS, self.int(flags.0 as i64));
    }
    /// `__name__` of a type; native types are stored without their module.
    pub fn type_short_name(&self, class: Value<'_>) -> String {
        class
            .as_obj()
            .map_or(String::new(), |c| self.text_of(c.slot(self, types::NAME)))
    }
    /// The name that error messages give for a value's type (CPython's `tp_name`: with the module for native types outside builtins).
    pub fn type_name_for_error(&self, value: Value<'_>) -> String {
        self.tp_name(self.type_of(value))
    }
    pub fn tp_name(&self, class: Obj<'_>) -> String {
        let name = self.text_of(class.slot(self, types::NAME));
        let flags = self.type_flags(class);
        let module = if !flags.has(Flags::HEAP) {
            class.slot(self, types::MODULE)
        } else if flags.has(Flags::IMMUTABLE) {
            // A class of Python code that stands for a native one.
            let found = self
                .type_dict(class)
                .get_str(self, self.intern(b"__module__"));
            found.unwrap_or(Value::NONE)
        } else {
            return name;
        };
        match module.as_str(self) {
            Some(m) if m.bytes(self) != b"builtins" => {
                format!("{}.{name}", self.text_of(m.value()))
            }
            _ => name,
        }
    }
    /// The name of a value's type with its module and the classes and functions around it (CPython's `%T`).
    pub fn full_type_name(&self, value: Value<'_>) -> String {
        let class = self.type_of(value);
        let module = self
            .type_dict(class)
            .get_str(self, self.intern(b"__module__"))
            .filter(|m| m.as_str(self).is_some())
            .map_or_else(
                || self.text_of(class.slot(self, types::MODULE)),
                |m| self.text_of(m),
            );
        let name = self.text_of(class.slot(self, types::QUALNAME));
        if matches!(module.as_str(), "" | "builtins" | "__main__") {
            name
        } else {
            format!("{module}.{name}")
        }
    }
    /// A str's text with surrogates replaced; for messages.
    pub fn text_of(&self, value: Value<'_>) -> String {
        value.as_str(self).map_or(String::new(), |s| {
            String::from_utf8_lossy(s.bytes(self)).into_owned()
        })
    }

    // ---- making types

    /// A type object of its parts; `__mro__` is computed by C3 from the bases, or is just the type for object.
    pub(crate) fn new_type<'v>(&'v self, new: NewType<'v>) -> Py<Obj<'v>> {
        let meta_layout = TypeId(type_::TYPE.id.get().0);
        let class = self.new_object(Kind::Type, meta_layout.0, None, types::COUNT);
        if let Some(meta_shape) = new
            .metaclass
            .and_then(|m| m.slot(self, types::ROOT_SHAPE).as_shape(self))
        {
            class.set_shape(self, meta_shape);
        }
        class.set_slot(self, types::NAME, new.name.value());
        class.set_slot(self, types::QUALNAME, new.name.value());
        class.set_slot(self, types::BASES, new.bases.value());
        class.set_slot(self, types::BASE, new.base);
        class.set_slot(self, types::DICT, new.dict.value());
        class.set_slot(self, types::LAYOUT, self.int(new.layout.0 as i64));
        class.set_slot(self, types::NSLOTS, self.int(new.nslots as i64));
        class.set_slot(self, types::VERSION, self.int(0));
        self.set_type_flags(class, new.flags);
        Ok(class)
    }

    /// Gives a type its instances' root shape; `inline_hint` is how many dynamic attributes to make room for.
    pub(crate) fn make_root_shape(&self, class: Obj<'_>, inline_hint: usize) {
        let nslots = class.slot(self, types::NSLOTS).as_small_int().unwrap_or(0) as usize;
        let has_dict = self.type_flags(class).has(Flags::DICT);
        let shape = self.new_class_shapes(class.value(), nslots, inline_hint, has_dict);
        class.set_slot(self, types::ROOT_SHAPE, shape.value());
    }

    /// Registers a native type in this interpreter (its bases first). Idempotent.
    pub fn register_type(&mut self, def: &'static TypeDef) -> Py<()> {
        let id = def.id.get();
        if self.types.len() <= id.0 as usize {
            self.types
                .resize_with(id.0 as usize + 1, || Cell::new(Word::EMPTY));
            self.type_defs.resize(id.0 as usize + 1, None);
        }
        if !self.types[id.0 as usize].get().is_empty() {
            return Ok(());
        }
        self.type_defs[id.0 as usize] = Some(def);
        if let Some(base) = def.base {
            self.register_type(base)?;
        }
        let base_def = def.base.or(if id == object::OBJECT.id.get() {
            None
        } else {
            Some(&object::OBJECT)
        });
        let word = {
            let vm: &Vm = self;
            let base = base_def.map(|b| vm.type_object(b));
            let bases = vm.new_tuple(&base.map(|b| b.value()).into_iter().collect::<Vec<_>>())?;
            let mut flags = base.map_or(Flags::NONE, |b| {
                let inherited = Flags::DICT
                    .with(Flags::WEAKREF)
                    .with(Flags::SEQUENCE)
                    .with(Flags::MAPPING)
                    .with(Flags::EXCEPTION)
                    .with(Flags::WRAPPED);
                Flags(vm.type_flags(b).0 & inherited.0)
            });
            use crate::typedef::TypeFlags as F;
            for (from, to) in [
                (F::BASETYPE, Flags::BASETYPE),
                (F::DICT, Flags::DICT),
                (F::WEAKREF, Flags::WEAKREF),
                (F::IMMUTABLE, Flags::IMMUTABLE),
                (F::NO_NEW, Flags::NO_NEW),
                (F::SEQUENCE, Flags::SEQUENCE),
                (F::MAPPING, Flags::MAPPING),
                (F::MATCH_SELF, Flags::MATCH_SELF),
            ] {
                if def.flags.has(from) {
                    flags = flags.with(to);
                }
            }
            flags = flags.with(Flags::IMMUTABLE);
            let nslots = match def.layout {
                Layout::Slots(n) => {
                    // A slot layout over a type with a kind of its own: instances wrap the base's value.
                    if base_def.is_some_and(
                        |b| matches!(b.layout, Layout::Kind(kind) if kind != Kind::Type),
                    ) {
                        flags = flags.with(Flags::WRAPPED);
                    }
                    n as usize
                }
                Layout::Kind(Kind::Type) => {
                    flags = flags.with(Flags::META);
                    0
                }
                // A subclass's instance has the exact value in slot 0.
                Layout::Kind(_) => 1,
            };
            // Before `type` exists its word is Empty; bootstrap patches the first types.
            let metaclass = vm.type_by_id(type_::TYPE.id.get());
            let new = NewType {
                metaclass,
                name: vm.intern(def.short_name().as_bytes()),
                bases,
                base: base.map_or(Value::EMPTY, |b| b.value()),
                dict: vm.new_dict(),
                layout: id,
                nslots,
                flags,
            };
            let class = vm.new_type(new)?;
            vm.types[id.0 as usize].set(class.value().word());
            class.set_slot(
                vm,
                types::MODULE,
                vm.intern(def.module().as_bytes()).value(),
            );
            class.set_slot(
                vm,
                types::DOC,
                if def.doc.is_empty() {
                    Value::NONE
                } else {
                    vm.new_str(def.doc.as_bytes())?.value()
                },
            );
            vm.make_root_shape(class, 0);
            let mut mro = vec![class.value()];
            if let Some(b) = base {
                mro.extend(
                    b.slot(vm, types::MRO)
                        .as_tuple(vm)
                        .into_iter()
                        .flat_map(|t| t.iter(vm).collect::<Vec<_>>()),
                );
            }
            class.set_slot(vm, types::MRO, vm.new_tuple(&mro)?.value());
            if let Some(b) = base {
                vm.add_subclass(b, class)?;
            }
            if let Layout::Kind(kind) = def.layout {
                // Numbers that do not fit a word have kinds of their own.
                let boxed = match kind {
                    Kind::Int => Kind::BigInt,
                    Kind::Float => Kind::BoxedFloat,
                    other => other,
                };
                for kind in [kind, boxed] {
                    if vm.kind_types[kind as usize].get().is_empty() {
                        vm.kind_types[kind as usize].set(class.value().word());
                    }
                }
            }
            class.value().word()
        };
        // While the first types are made, descriptors have no types yet: bootstrap fills dicts when all are there.
        if self.types_ready.get() {
            self.fill_native_type(word, def)
        } else {
            Ok(())
        }
    }

    pub(crate) fn refill_native_type(&self, def: &'static TypeDef) -> Py<()> {
        self.types_ready.set(true);
        self.fill_native_type(self.type_object(def).value().word(), def)
    }

    /// Puts the rows of a native type into its dict.
    fn fill_native_type(&self, class: Word, def: &'static TypeDef) -> Py<()> {
        let class = class.value(self).as_obj().expect("a type object");
        let dict = self.type_dict(class);
        let owner = def.short_name();
        dict.reserve(
            self,
            def.methods.len() + def.getset.len() + def.members.len() + 2,
        )?;
        for method in def.methods {
            let name = method.name();
            let native = self.native_object(method, name, class.value(), owner);
            dict.set_str(self, self.intern(name.as_bytes()), native)?;
        }
        if def.iternext.is_some() && dict.get_str(self, self.dunder_name(Dunder::Next)).is_none() {
            let next = &object::NEXT_METHOD[0];
            let native = self.native_object(next, next.name(), class.value(), owner);
            dict.set_str(self, self.dunder_name(Dunder::Next), native)?;
        }
        // A type that defines equality but no hash is unhashable.
        let has = |d: Dunder| dict.get_str(self, self.dunder_name(d)).is_some();
        if has(Dunder::Eq) && !has(Dunder::Hash) {
            dict.set_str(self, self.dunder_name(Dunder::Hash), Value::NONE)?;
        }
        for getset in def.getset {
            let name = self.intern(getset.name.as_bytes());
            dict.set_str(
                self,
                name,
                descriptors::new_getset(self, getset, name, class)?,
            )?;
        }
        // Instances with attributes of their own show them as `__dict__`.
        let dict_name = self.roots.names.dict(self);
        let own_dict = def.flags.has(crate::typedef::TypeFlags::DICT)
            && matches!(def.layout, Layout::Slots(_));
        if own_dict && dict.get_str(self, dict_name).is_none() {
            let descriptor =
                descriptors::new_getset(self, &object::NATIVE_DICT_GETSET, dict_name, class)?;
            dict.set_str(self, dict_name, descriptor)?;
        }
        for (name, slot, doc) in def.members {
            let name = self.intern(name.as_bytes());
            dict.set_str(
                self,
                name,
                descriptors::new_member(self, name, class, *slot as usize, doc, true)?,
            )?;
        }
        // Where instances have docs of their own the dict holds their descriptor, and `type.__doc__` reads the slot.
        let own_doc = def.getset.iter().any(|g| g.name == "__doc__")
            || def.members.iter().any(|m| m.0 == "__doc__");
        if !own_doc {
            let doc = class.slot(self, types::DOC);
            dict.set_str(self, self.roots.names.doc(self), doc)?;
        }
        let own_module = dict.get_str(self, self.roots.names.module(self)).is_some();
        if def.module() != "builtins" && !own_module {
            let module = class.slot(self, types::MODULE);
            dict.set_str(self, self.roots.names.module(self), module)?;
        }
        Ok(())
    }

    /// Registers a native and gives its number.
    pub(crate) fn native_number(&self, method: &'static Method) -> u32 {
        let key = std::ptr::from_ref(method) as usize;
        *self
            .native_index
            .borrow_mut()
            .entry(key)
            .or_insert_with(|| {
                let mut natives = self.natives.borrow_mut();
                natives.push(crate::vm::NativeRow::of(method));
                natives.len() as u32 - 1
            })
    }
    /// The descriptor that the dict of a type, `owner` of this name, holds for a row: a method, slot wrapper, classmethod or staticmethod.
    fn native_object<'v>(
        &'v self,
        method: &'static Method,
        name: &str,
        owner: Value<'v>,
        owner_name: &str,
    ) -> Value<'v> {
        let number = self.native_number(method);
        let object = self.new_object(Kind::Native, 0, None, native::COUNT);
        object.set_slot(self, native::INDEX, self.int(number as i64));
        object.set_slot(self, native::OWNER, owner);
        let is_slot = crate::surface::is_slot(name)
            && !crate::surface::is_method_beside_slot(owner_name, name);
        let def = match method.binding {
            Binding::Instance if is_slot => Some(&descriptors::WRAPPER_DESCRIPTOR),
            Binding::Instance => Some(&descriptors::METHOD_DESCRIPTOR),
            Binding::Class => Some(&descriptors::CLASSMETHOD_DESCRIPTOR),
            Binding::Static => None,
        };
        if let Some(shape) = def
            .and_then(|d| self.type_by_id(d.id.get()))
            .and_then(|t| t.slot(self, types::ROOT_SHAPE).as_shape(self))
        {
            object.set_shape(self, shape);
        }
        if method.binding == Binding::Static && name != "__new__" {
            return descriptors::new_staticmethod(self, object.value());
        }
        if name == "__new__" {
            object.set_slot(self, native::SELF, owner);
        }
        object.value()
    }
    /// A module-level function.
    pub fn native_function<'v>(&'v self, method: &'static Method, module: Value<'v>) -> Value<'v> {
        let number = self.native_number(method);
        let object = self.new_object(Kind::Native, 0, None, native::COUNT);
        object.set_slot(self, native::INDEX, self.int(number as i64));
        object.set_slot(self, native::OWNER, module);
        object.value()
    }
    #[inline]
    pub(crate) fn native_entry_of(&self, native: Obj<'_>) -> Option<&'static NativeEntry> {
        let number = self.field(native, native::INDEX).as_small_int()?;
        self.natives
            .borrow()
            .get(number as usize)
            .map(|row| row.entry)
    }

    /// The row's signature of a native function that is not bound.
    pub fn native_signature(&self, value: Value<'_>) -> Option<&'static str> {
        let native = value.as_obj().filter(|o| o.kind(self) == Kind::Native)?;
        let unbound = self.field(native, native::SELF).is_empty();
        let entry = self.native_entry_of(native).filter(|_| unbound)?;
        Some(entry.method.signature)
    }

    // ---- attributes of types

    pub fn type_dict<'v>(&'v self, class: Obj<'v>) -> Dict<'v> {
        class
            .slot(self, types::DICT)
            .as_dict(self)
            .expect("a type has a dict")
    }

    /// The attribute that the type and its bases define, without binding (`_PyType_Lookup`). `name` must be interned.
    #[inline]
    pub fn type_lookup<'v>(&'v self, class: Obj<'v>, name: Str<'v>) -> Option<Value<'v>> {
        let version = class.slot(self, types::VERSION).as_small_int().unwrap_or(0) as u32;
        if version != 0 {
            let entry = self.method_cache[Self::method_cache_slot(version, name)].get();
            if entry.version == version && entry.name == name.index() {
                return entry.value.value(self).non_empty();
            }
        }
        self.type_lookup_slow(class, name)
    }
    #[inline(always)]
    fn method_cache_slot(version: u32, name: Str<'_>) -> usize {
        (version.wrapping_mul(0x9E37_79B1) ^ name.index().wrapping_mul(0x85EB_CA6B)) as usize >> 8
            & 4095
    }
    #[inline(never)]
    fn type_lookup_slow<'v>(&'v self, class: Obj<'v>, name: Str<'v>) -> Option<Value<'v>> {
        let found = match class.slot(self, types::MRO).as_tuple(self) {
            Some(mro) => mro.iter(self).find_map(|c| {
                c.as_obj()
                    .filter(|o| o.kind(self) == Kind::Type)
                    .and_then(|c| self.type_dict(c).get_str(self, name))
            }),
            None => self.type_dict(class).get_str(self, name),
        };
        let version = self.type_version(class);
        if version != 0 {
            let entry = MethodCacheEntry {
                version,
                name: name.index(),
                value: found.map_or(Word::EMPTY, |v| v.word()),
            };
            self.method_cache[Self::method_cache_slot(version, name)].set(entry);
        }
        found
    }
    /// The type's current version, given now if it had none; 0 when versions have run out.
    pub(crate) fn type_version(&self, class: Obj<'_>) -> u32 {
        let version = class.slot(self, types::VERSION).as_small_int().unwrap_or(0) as u32;
        if version != 0 {
            return version;
        }
        // A type that is not ready yet has no order to look things up in.
        if class.slot(self, types::MRO).as_tuple(self).is_none()
            || self.next_type_version.get() == u32::MAX
            || self.type_flags(class).has(Flags::UNCACHED)
        {
            return 0;
        }
        // Bases must have versions too: invalidation stops at types without one.
        if let Some(bases) = class.slot(self, types::BASES).as_tuple(self) {
            for base in bases
                .iter(self)
                .filter_map(|b| b.as_obj())
                .filter(|b| b.kind(self) == Kind::Type)
            {
                if self.type_version(base) == 0 {
                    return 0;
                }
            }
        }
        let fresh = self.next_type_version.get();
        self.next_type_version.set(fresh + 1);
        class.set_slot(self, types::VERSION, self.int(fresh as i64));
        fresh
    }
    /// To be called after any change to a type's attributes, bases or order.
    pub(crate) fn type_modified(&self, class: Obj<'_>) {
        let mut work = vec![class];
        // Subclasses can be reached by several ways, and while `__bases__` changes even in circles.
        let mut seen = std::collections::HashSet::new();
        while let Some(c) = work.pop() {
            c.set_slot(self, types::VERSION, self.int(0));
            c.set_slot(self, types::SPECIALS, Value::EMPTY);
            let below = self.subclasses(c);
            if !below.is_empty() && seen.insert(c.index()) {
                work.extend(below);
            }
        }
    }
    /// Drops what the look-up cache holds: in a collection, since it keeps nothing alive.
    pub(crate) fn clear_method_cache(&self) {
        for entry in &self.method_cache {
            entry.set(MethodCacheEntry {
                version: 0,
                name: 0,
                value: Word::EMPTY,
            });
        }
        self.more_shapes
            .iter()
            .for_each(|e| e.set(Default::default()));
        self.plans.iter().for_each(|e| e.set(Default::default()));
        self.forget_consumers();
    }

    /// The special method of a type, resolved once: None if it has none.
    #[inline]
    pub fn special<'v>(&'v self, class: Obj<'v>, dunder: Dunder) -> Option<Value<'v>> {
        // The cache is an array of its own kind with an item for each of them.
        if let Some(cache) = self.field(class, types::SPECIALS).as_ref_index() {
            let word = Word::from_bits(self.heap.word_at(cache + 2 + dunder as u32));
            if !word.is_empty() {
                return (word != Word::NOT_IMPLEMENTED).then(|| word.value(self));
            }
        }
        self.special_slow(class, dunder)
    }
    #[inline(never)]
    fn special_slow<'v>(&'v self, class: Obj<'v>, dunder: Dunder) -> Option<Value<'v>> {
        let found = self.type_lookup(class, self.dunder_name(dunder));
        if class.slot(self, types::VERSION).as_small_int() == Some(0) {
            return found;
        }
        let cache = match class.slot(self, types::SPECIALS).as_value_array(self) {
            Some(c) => c,
            None => {
                let Ok(fresh) = self.new_value_array(Dunder::COUNT) else {
                    return found;
                };
                class.set_slot(self, types::SPECIALS, fresh.value());
                fresh
            }
        };
        cache.set(
            self,
            dunder as usize,
            found.unwrap_or(Value::NOT_IMPLEMENTED),
        );
        found
    }
    /// The special method of a value's type.
    #[inline]
    pub fn special_of<'v>(&'v self, value: Value<'v>, dunder: Dunder) -> Option<Value<'v>> {
        self.special(self.type_of(value), dunder)
    }

    // ---- subclasses

    /// Remembers `class` among the base's subclasses, weakly.
    pub(crate) fn add_subclass(&self, base: Obj<'_>, class: Obj<'_>) -> Py<()> {
        let list = match base.slot(self, types::SUBCLASSES).as_list(self) {
            Some(l) => l,
            None => {
                let l = self.new_list(&[])?;
                base.set_slot(self, types::SUBCLASSES, l.value());
                l
            }
        };
        let weak = self.new_weakref_value(class, Value::EMPTY);
        // A dead entry's place is used again.
        for i in 0..list.len(self) {
            if list
                .at(self, i)
                .is_some_and(|w| self.weakref_target(w).is_none())
            {
                list.set(self, i, weak);
                return Ok(());
            }
        }
        list.push(self, weak)?;
        Ok(())
    }
    pub(crate) fn remove_subclass(&self, base: Obj<'_>, class: Obj<'_>) {
        if let Some(list) = base.slot(self, types::SUBCLASSES).as_list(self) {
            if let Some(i) = (0..list.len(self)).find(|&i| {
                list.at(self, i).and_then(|w| self.weakref_target(w)) == Some(class.value())
            }) {
                list.remove_range(self, i, i + 1);
            }
        }
    }
    /// Living direct subclasses, in order of creation.
    pub(crate) fn subclasses<'v>(&'v self, class: Obj<'v>) -> Vec<Obj<'v>> {
        let Some(list) = class.slot(self, types::SUBCLASSES).as_list(self) else {
            return Vec::new();
        };
        list.to_vec(self)
            .into_iter()
            .filter_map(|w| self.weakref_target(w).and_then(|v| v.as_obj()))
            .collect()
    }

    /// A typed local of a class.
    pub fn type_local(&self, class: Obj<'_>) -> Local<k::Obj> {
        self.local_of(class.value())
    }
}

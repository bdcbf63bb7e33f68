//! Instances and their attributes. See `shape.rs` for how they are laid out.

use crate::alloc::SMALL_WORDS_MAX;
use crate::dict::Dict;
use crate::kind::Kind;
use crate::object::Obj;
use crate::shape::{Location, Shape};
use crate::strings::Str;
use crate::word::{Value, Word};
use crate::{Heap, NoMemory};

impl Heap {
    /// An instance without attributes, all slots EMPTY.
    #[inline]
    pub fn new_instance<'v>(&'v self, root: Shape<'v>, layout: u16) -> Obj<'v> {
        self.instance(Kind::Instance, root, layout)
    }

    /// An instance whose first slots hold these values, the others being EMPTY.
    #[inline]
    pub fn new_instance_of<'v, const N: usize>(
        &'v self,
        root: Shape<'v>,
        layout: u16,
        first: [Value<'_>; N],
    ) -> Obj<'v> {
        let (slots, first) = (root.slots(self), first.map(|v| v.word()));
        self.new_object_of(Kind::Instance, layout, Some(root), slots, first)
    }

    /// An instance of a subclass of a builtin type, around the builtin value (its first fixed slot).
    #[inline]
    pub fn new_wrapped<'v>(&'v self, root: Shape<'v>, layout: u16, value: Value<'_>) -> Obj<'v> {
        let obj = self.instance(Kind::Wrapped, root, layout);
        obj.set_slot(self, 0, value);
        obj
    }

    #[inline]
    fn instance<'v>(&'v self, kind: Kind, root: Shape<'v>, layout: u16) -> Obj<'v> {
        let slots = root.slots(self).min(SMALL_WORDS_MAX - 1);
        self.new_object(kind, layout, Some(root), slots)
    }

    /// The attribute at a location that the object's shape gave.
    #[inline]
    pub fn attr_at<'v>(&'v self, obj: Obj<'v>, location: Location) -> Value<'v> {
        match location {
            Location::Inline(slot) => obj.slot(self, slot),
            Location::Overflow(i) => self.overflow(obj).map_or(Value::EMPTY, |a| a.get(self, i)),
        }
    }

    /// Stores an existing attribute at a location that the object's shape gave.
    #[inline]
    pub fn set_attr_at(&self, obj: Obj<'_>, location: Location, value: Value<'_>) {
        match location {
            Location::Inline(slot) => obj.set_slot(self, slot, value),
            Location::Overflow(i) => {
                if let Some(a) = self.overflow(obj) {
                    a.set(self, i, value);
                }
            }
        }
    }

    /// The array of the attributes beyond the inline ones.
    pub fn overflow<'v>(&'v self, obj: Obj<'v>) -> Option<crate::ValueArray<'v>> {
        let shape = obj.shape(self)?;
        let last = (shape.fixed_slots(self) + shape.inline_capacity(self)).checked_sub(1)?;
        obj.slot(self, last).as_exact_value_array(self)
    }

    /// An attribute of the instance itself.
    pub fn attr_get<'v>(&'v self, obj: Obj<'v>, name: Str<'v>) -> Option<Value<'v>> {
        let shape = obj.shape(self)?;
        if shape.is_dict_mode(self) {
            return self.attr_dict_if_any(obj)?.get_str(self, name);
        }
        let location = shape.lookup(self, self.intern_str(name))?;
        self.attr_at(obj, location).non_empty()
    }

    /// Sets an attribute of the instance itself. `Ok(false)`: its class gives instances no attributes.
    pub fn attr_set<'v>(
        &'v self,
        obj: Obj<'v>,
        name: Str<'v>,
        value: Value<'v>,
    ) -> Result<bool, NoMemory> {
        let Some(shape) = obj.shape(self) else {
            return Ok(false);
        };
        if !shape.has_dict(self) {
            return Ok(false);
        }
        let name = self.intern_str(name);
        if !shape.is_dict_mode(self) {
            if let Some(next) = shape.transition(self, name) {
                return self.append_attr(obj, next, value).map(|()| true);
            }
            if let Some(location) = shape.lookup(self, name) {
                self.set_attr_at(obj, location, value);
                return Ok(true);
            }
            if let Some(next) = shape.add(self, name) {
                return self.append_attr(obj, next, value).map(|()| true);
            }
        }
        self.attr_dict(obj)?
            .ok_or(NoMemory)?
            .set_str(self, name, value)?;
        Ok(true)
    }

    /// Gives the object the shape `next`, whose last attribute is new.
    fn append_attr<'v>(
        &'v self,
        obj: Obj<'v>,
        next: Shape<'v>,
        value: Value<'v>,
    ) -> Result<(), NoMemory> {
        let count = next.count(self);
        let location = next.location(self, count - 1);
        if let Location::Overflow(i) = location {
            let last = next.fixed_slots(self) + next.inline_capacity(self) - 1;
            let held = obj.slot(self, last);
            match held
                .as_exact_value_array(self)
                .filter(|_| count > next.inline_capacity(self) + 1)
            {
                Some(array) if array.len(self) > i => {}
                Some(array) => {
                    let new = self.new_value_array(array.len(self) + array.len(self) / 2 + 2)?;
                    array
                        .iter(self)
                        .enumerate()
                        .for_each(|(i, v)| new.set(self, i, v));
                    obj.set_slot(self, last, new.value());
                }
                None => {
                    let new = self.new_value_array(2)?;
                    new.set(self, 0, held);
                    obj.set_slot(self, last, new.value());
                }
            }
        }
        obj.set_shape(self, next);
        self.set_attr_at(obj, location, value);
        Ok(())
    }

    /// Removes an attribute of the instance itself; false if it has none of that name.
    pub fn attr_del<'v>(&'v self, obj: Obj<'v>, name: Str<'v>) -> bool {
        let Some(shape) = obj.shape(self) else {
            return false;
        };
        if shape.is_dict_mode(self) {
            return self
                .attr_dict_if_any(obj)
                .is_some_and(|d| d.del_str(self, name));
        }
        let name = self.intern_str(name);
        if shape.lookup(self, name).is_none() {
            return false;
        }
        let mut kept = self.attr_items(obj);
        kept.retain(|(n, _)| n.index() != name.index());
        match self.replace_attrs(obj, shape.root(self), &kept) {
            Ok(()) => true,
            Err(NoMemory) => std::panic::panic_any(NoMemory),
        }
    }

    fn replace_attrs<'v>(
        &'v self,
        obj: Obj<'v>,
        root: Shape<'v>,
        items: &[(Str<'v>, Value<'v>)],
    ) -> Result<(), NoMemory> {
        let fixed = root.fixed_slots(self);
        (fixed..fixed + root.inline_capacity(self))
            .for_each(|i| obj.set_slot(self, i, Value::EMPTY));
        obj.set_shape(self, root);
        for (name, value) in items {
            self.attr_set(obj, *name, *value)?;
        }
        Ok(())
    }

    /// Names and values of the attributes that are held by shape, in order.
    fn attr_items<'v>(&'v self, obj: Obj<'v>) -> Vec<(Str<'v>, Value<'v>)> {
        let Some(shape) = obj.shape(self) else {
            return Vec::new();
        };
        shape
            .names(self)
            .into_iter()
            .enumerate()
            .map(|(i, n)| (n, self.attr_at(obj, shape.location(self, i))))
            .collect()
    }

    /// The names of the attributes in order (in dict mode: the keys that are str).
    pub fn attr_names<'v>(&'v self, obj: Obj<'v>) -> Vec<Str<'v>> {
        match obj.shape(self) {
            Some(shape) if !shape.is_dict_mode(self) => shape.names(self),
            _ => match self.attr_dict_if_any(obj) {
                Some(dict) => dict
                    .iter(self)
                    .filter_map(|(k, _)| k.as_str(self))
                    .collect(),
                None => Vec::new(),
            },
        }
    }

    /// The instance's `__dict__`, if it was asked for before.
    pub fn attr_dict_if_any<'v>(&'v self, obj: Obj<'v>) -> Option<Dict<'v>> {
        let shape = obj.shape(self)?;
        if !shape.is_dict_mode(self) {
            return None;
        }
        obj.slot(self, shape.fixed_slots(self)).as_dict(self)
    }

    /// What holds the attributes in dict mode: a dict, or an instance of a subclass of dict that was assigned to `__dict__`.
    pub fn attr_dict_value<'v>(&'v self, obj: Obj<'v>) -> Option<Value<'v>> {
        let shape = obj.shape(self)?;
        if shape.is_dict_mode(self) {
            obj.slot(self, shape.fixed_slots(self)).non_empty()
        } else {
            None
        }
    }

    /// The instance's `__dict__`: from now on its attributes live there. None: its class gives instances no attributes.
    pub fn attr_dict<'v>(&'v self, obj: Obj<'v>) -> Result<Option<Dict<'v>>, NoMemory> {
        if let Some(dict) = self.attr_dict_if_any(obj) {
            return Ok(Some(dict));
        }
        let dict = self.new_dict();
        for (name, value) in self.attr_items(obj) {
            dict.set_str(self, name, value)?;
        }
        Ok(self.set_attr_dict(obj, dict.value()).then_some(dict))
    }

    /// Replaces the attributes by a dict (or an instance of a subclass of dict). False: its class gives instances no attributes.
    pub fn set_attr_dict<'v>(&'v self, obj: Obj<'v>, dict: Value<'v>) -> bool {
        let Some(mode) = obj.shape(self).and_then(|s| s.dict_mode(self)) else {
            return false;
        };
        if dict.as_dict(self).is_none() {
            return false;
        }
        let fixed = mode.fixed_slots(self);
        (fixed..fixed + mode.inline_capacity(self))
            .for_each(|i| obj.set_slot(self, i, Value::EMPTY));
        obj.set_shape(self, mode);
        obj.set_slot(self, fixed, dict);
        true
    }

    /// Assignment to `__class__`: gives the object the shapes below `root`, keeping its attributes. `Ok(false)`: the layouts do not fit.
    pub fn change_root<'v>(&'v self, obj: Obj<'v>, root: Shape<'v>) -> Result<bool, NoMemory> {
        let Some(shape) = obj.shape(self) else {
            return Ok(false);
        };
        let room = root.fixed_slots(self) + root.inline_capacity(self);
        if shape.fixed_slots(self) != root.fixed_slots(self) || room > obj.slot_count(self) {
            return Ok(false);
        }
        if let Some(dict) = self.attr_dict_value(obj) {
            let Some(mode) = root.dict_mode(self) else {
                return Ok(false);
            };
            obj.set_shape(self, mode);
            return Ok(self.set_attr_dict(obj, dict));
        }
        let items = self.attr_items(obj);
        if !items.is_empty() && !root.has_dict(self) {
            return Ok(false);
        }
        self.replace_attrs(obj, root, &items)?;
        Ok(true)
    }

    /// For words that hold no reference: the raw slot, without a lifetime.
    #[inline(always)]
    pub fn slot_word(&self, obj: Obj<'_>, slot: usize) -> Word {
        obj.value().with_word(Word::EMPTY);
        Obj::from_index(self, obj.index()).slot(self, slot).word()
    }
}

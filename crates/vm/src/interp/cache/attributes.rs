//! Sites of attributes, loaded and stored.

use super::*;
use crate::code::CallInfo;
use crate::layout::function;

#[inline(always)]
pub(crate) fn attr_slot(vm: &Vm, f: &Fr, receiver: Word, site: u16) -> Option<Word> {
    let (w0, w1) = read(vm, f, site);
    let index = receiver.as_ref_index()?;
    let h = vm.heap.word_at(index);
    if (h >> 32) as u32 != (w0 >> 32) as u32
        || !version_is(vm, (w1 >> 32) as u32, w0 as u32)
        || w0 == 0
    {
        return None;
    }
    slot_word(vm, vm.heap.view(), index, w1 as u32)
}
/// An attribute's slot lies in the overflow array: bits 16…30 the slot of the array, bits 0…15 the index in it.
const OVERFLOW: u32 = 1 << 31;
fn place_of(shape: mesapy_heap::Shape<'_>, vm: &Vm, location: Location) -> u32 {
    match location {
        Location::Inline(slot) => slot as u32,
        Location::Overflow(i) => {
            let last = shape.fixed_slots(vm) + shape.inline_capacity(vm) - 1;
            OVERFLOW | (last as u32) << 16 | i as u32
        }
    }
}
fn location_of(place: u32) -> Location {
    if place & OVERFLOW == 0 {
        Location::Inline(place as usize)
    } else {
        Location::Overflow((place & 0xffff) as usize)
    }
}
/// The attribute of the object at an index whose shape was checked, None if it is unset.
#[inline(always)]
pub(crate) fn slot_word(vm: &Vm, words: Words<'_>, object: u32, place: u32) -> Option<Word> {
    let word = if place & OVERFLOW == 0 {
        Word::from_bits(words.get(object + 1 + place)?)
    } else {
        overflow_word(vm, words, object, place)?
    };
    if word.is_empty() { None } else { Some(word) }
}
/// What a function gives that only reads an attribute of its one argument, if that is in a slot that its site knows: no frame is needed for it.
#[inline]
pub(crate) fn read_by(vm: &Vm, getter: Word, receiver: Word) -> Option<Word> {
    let words = vm.heap.view();
    let code_word = words.get(getter.as_ref_index()? + 1 + function::CODE as u32)?;
    let row = words.four((code_word >> 32) as u32 + 1 + code::CALL_INFO as u32)?;
    let [first, second] = words.two((row[1] >> 3) as u32)?.map(Instr);
    if first.op_byte() != Op::LoadAttrSlot as u8
        || second.op_byte() != Op::Return as u8
        || first.b() != 0
        || first.a() != second.a()
        || !CallInfo::from_word(row[0]).takes_exactly(1)
    {
        return None;
    }
    let site = (row[3] >> 3) as u32 + u32::from(first.c()) * CACHE_WORDS as u32;
    let [w0, w1] = words.two(site)?;
    let object = receiver.as_ref_index()?;
    let class = (w1 >> 32) as u32;
    let current = words.get(class + 1 + types::VERSION as u32)? == (w0 & 0xffff_ffff) << 3;
    if words.get(object)? >> 32 != w0 >> 32 || w0 == 0 || !current {
        return None;
    }
    slot_word(vm, words, object, w1 as u32)
}
#[inline(never)]
fn overflow_word(vm: &Vm, words: Words<'_>, object: u32, place: u32) -> Option<Word> {
    let array = words.get(object + 1 + (place >> 16 & 0x7fff))?;
    let array = Word::from_bits(array).value(vm).as_exact_value_array(vm)?;
    Some(array.get(vm, (place & 0xffff) as usize).word())
}
#[inline(always)]
pub(crate) fn attr_of_class(vm: &Vm, f: &Fr, receiver: Word, site: u16) -> Option<Word> {
    let (w0, w1) = read(vm, f, site);
    let index = receiver.as_ref_index()?;
    if index == (w0 >> 32) as u32 && w0 != 0 && version_is(vm, index, w0 as u32) {
        Some(Word::from_bits(w1))
    } else {
        None
    }
}
#[inline(always)]
pub(crate) fn attr_of_module(vm: &Vm, f: &Fr, receiver: Word, site: u16) -> Option<Word> {
    let (w0, w1) = read(vm, f, site);
    let index = receiver.as_ref_index()?;
    if index != (w0 >> 32) as u32 || w0 == 0 {
        return None;
    }
    let dict = receiver
        .value(vm)
        .as_obj()?
        .slot(vm, module::DICT)
        .as_exact_dict(vm)?;
    if dict.keys_version(vm) == w0 as u32 {
        vm.heap.view().get(w1 as u32).map(Word::from_bits)
    } else {
        None
    }
}

/// The general attribute load, filling the site.
pub(crate) fn load_attr(vm: &mut Vm, f: &Fr, i: Instr) -> Py<Ret> {
    let name = site_name_local(vm, i.c());
    let obj = Local::at(f.base + u32::from(i.b()));
    if let Some(word) = fill_attr(vm, obj.value(vm), name.get(vm), i.c()) {
        let value = word.value(vm);
        return Ok(vm.ret(value));
    }
    vm.get_attr(obj, name)
}
fn fill_attr(vm: &Vm, obj: Value<'_>, name: Str<'_>, site: u16) -> Option<Word> {
    let o = obj.as_obj()?;
    let class = vm.type_of(obj);
    let name = name.value().word().value(vm).as_exact_str(vm)?;
    match o.kind(vm) {
        Kind::Type => {
            let meta_found = vm.find_type_attr(o, name);
            if vm.has_custom_getattr(class) || !matches!(meta_found, Found::Missing) {
                return None;
            }
            let value = vm.type_lookup(o, name)?;
            let version = vm.type_version(o);
            if version == 0 || !matches!(vm.binds(value), Binds::Plain | Binds::Method) {
                return None;
            }
            write(vm, site, pair(o.index(), version), value.word().bits());
            quicken(vm, Op::LoadAttrClass);
            Some(value.word())
        }
        Kind::Instance | Kind::Wrapped => {
            if vm.has_custom_getattr(class) {
                return None;
            }
            if o.layout(vm) == module_object::MODULE.id.get().0 {
                if class != vm.type_object(&module_object::MODULE)
                    || vm.type_lookup(class, name).is_some()
                {
                    return None;
                }
                let dict = o.slot(vm, module::DICT).as_exact_dict(vm)?;
                let entry = dict.entry_of_str(vm, name)?;
                write(
                    vm,
                    site,
                    pair(o.index(), dict.keys_version(vm)),
                    dict.value_place(vm, entry) as u64,
                );
                quicken(vm, Op::LoadAttrModule);
                return dict.value_at_entry(vm, entry).map(|v| v.word());
            }
            let shape = o.shape(vm)?;
            let on_type = vm.type_lookup(class, name);
            if let Some(descr) = on_type {
                // A `__slots__` member is a slot at a fixed place; any other data descriptor must run.
                if let Some(slot) = crate::objects::descriptors::plain_member_slot(vm, descr, class)
                {
                    let version = vm.type_version(class);
                    let value = o.slot(vm, slot);
                    if version == 0 || value.is_empty() {
                        return None;
                    }
                    write_guarded(
                        vm,
                        site,
                        Op::LoadAttrSlot,
                        pair(shape.value().as_obj()?.index(), version),
                        pair(class.index(), slot as u32),
                    );
                    return Some(value.word());
                }
                match vm.binds(descr) {
                    Binds::Data => {
                        let property = crate::objects::descriptors::as_property(vm, descr);
                        fill_called(vm, o, class, property, site);
                        return None;
                    }
                    Binds::Method
                        if descr.kind(vm) == Kind::Function
                            && !shape.is_dict_mode(vm)
                            && shape.lookup(vm, name).is_none() =>
                    {
                        fill_called(vm, o, class, descr.as_obj(), site);
                        return None;
                    }
                    Binds::Plain if !shape.is_dict_mode(vm) && shape.lookup(vm, name).is_none() => {
                        let (place, version) =
                            (type_place(vm, class, name, descr)?, vm.type_version(class));
                        if version != 0 {
                            let guard = pair(shape.value().as_obj()?.index(), version);
                            let value = pair(class.index(), place);
                            write_guarded(vm, site, Op::LoadAttrOfType, guard, value);
                        }
                        return Some(descr.word());
                    }
                    _ => {}
                }
            }
            let location = shape.lookup(vm, name)?;
            let version = vm.type_version(class);
            let value = vm.attr_at(o, location);
            if shape.is_dict_mode(vm) || version == 0 || value.is_empty() {
                return None;
            }
            write_guarded(
                vm,
                site,
                Op::LoadAttrSlot,
                pair(shape.value().as_obj()?.index(), version),
                pair(class.index(), place_of(shape, vm, location)),
            );
            Some(value.word())
        }
        _ => None,
    }
}

/// Where the dict of a class or of one of its bases holds a value that was found under a name: good for the class's version.
fn type_place(vm: &Vm, class: Obj<'_>, name: Str<'_>, value: Value<'_>) -> Option<u32> {
    let owners = class.slot(vm, types::MRO).as_exact_tuple(vm)?;
    let place = owners.iter(vm).find_map(|owner| {
        let dict = vm.type_dict(owner.as_obj().filter(|o| o.kind(vm) == Kind::Type)?);
        let entry = dict.entry_of_str(vm, name)?;
        Some(dict.value_place(vm, entry) as u32)
    })?;
    (vm.heap.word_at(place) == value.word().bits()).then_some(place)
}

/// A property, or a function that is to be bound: the site gets the form of a method, and the instruction stays the general one.
fn fill_called(vm: &Vm, o: Obj<'_>, class: Obj<'_>, descr: Option<Obj<'_>>, site: u16) {
    let (guard, version) = (guard_of(vm, o.word()), vm.type_version(class));
    let Some(descr) = descr else {
        return;
    };
    if guard != 0 && version != 0 {
        write(
            vm,
            site,
            pair(guard, version),
            pair(class.index(), descr.index()),
        );
        quicken(vm, Op::LoadAttr);
    }
}

#[inline(always)]
pub(crate) fn store_slot(vm: &Vm, f: &Fr, i: Instr) -> bool {
    let (w0, w1) = read(vm, f, i.c());
    let receiver = f.value(vm, i.a());
    let Some(o) = receiver.as_obj() else {
        return false;
    };
    let shape = (vm.heap.word_at(o.index()) >> 32) as u32;
    let (w0, w1) = if shape == (w0 >> 32) as u32 && w0 != 0 {
        (w0, w1)
    } else {
        let site = f.caches + u32::from(i.c()) * CACHE_WORDS as u32;
        match more(vm, site, shape, Op::StoreAttrSlot) {
            Some([w0, w1]) => (w0, w1),
            None => return false,
        }
    };
    if !version_is(vm, (w1 >> 32) as u32, w0 as u32) {
        return false;
    }
    let (place, value) = (w1 as u32, f.value(vm, i.b()));
    if place & OVERFLOW == 0 {
        o.set_slot(vm, place as usize, value);
    } else {
        vm.set_attr_at(o, location_of(place), value);
    }
    true
}
#[inline(always)]
pub(crate) fn store_add(vm: &Vm, f: &Fr, i: Instr) -> bool {
    let (w0, w1) = read(vm, f, i.c());
    let Some(o) = f.value(vm, i.a()).as_obj() else {
        return false;
    };
    let h = vm.heap.word_at(o.index());
    if (h >> 32) as u32 != (w0 >> 32) as u32 || w0 == 0 {
        return false;
    }
    let Some(old) = o.shape(vm) else { return false };
    let Some(class) = old.class(vm).as_obj() else {
        return false;
    };
    if !version_is(vm, class.index(), w0 as u32) {
        return false;
    }
    let Some(new) = Word::reference((w1 >> 32) as u32).value(vm).as_shape(vm) else {
        return false;
    };
    o.set_slot(vm, w1 as u32 as usize, f.value(vm, i.b()));
    o.set_shape(vm, new);
    true
}
/// The general attribute store, filling the site.
pub(crate) fn store_attr(vm: &mut Vm, f: &Fr, i: Instr) -> Py<()> {
    let name = site_name_local(vm, i.c());
    let obj = Local::at(f.base + u32::from(i.a()));
    let value = Local::at(f.base + u32::from(i.b()));
    if fill_store(vm, obj.value(vm), name.get(vm), value.value(vm), i.c()) {
        return Ok(());
    }
    vm.set_attr(obj, name, value)
}
/// Stores where the plain rules apply, and remembers how: true. False: not stored.
fn fill_store(vm: &Vm, obj: Value<'_>, name: Str<'_>, value: Value<'_>, site: u16) -> bool {
    let Some(o) = obj.as_obj() else { return false };
    if !matches!(o.kind(vm), Kind::Instance | Kind::Wrapped)
        || o.layout(vm) == module_object::MODULE.id.get().0
    {
        return false;
    }
    let class = vm.type_of(o.value());
    let plain_setattr = vm.special(class, crate::dunder::Dunder::SetAttr)
        == vm.special(
            vm.type_object(&crate::objects::object::OBJECT),
            crate::dunder::Dunder::SetAttr,
        );
    let version = vm.type_version(class);
    if !plain_setattr || version == 0 {
        return false;
    }
    let name = vm.intern(name.bytes(vm));
    let Some(shape) = o.shape(vm) else {
        return false;
    };
    let Some(shape_index) = shape.value().as_obj().map(|s| s.index()) else {
        return false;
    };
    if let Some(descr) = vm.type_lookup(class, name) {
        if let Some(slot) = crate::objects::descriptors::plain_member_slot(vm, descr, class) {
            o.set_slot(vm, slot, value);
            write_guarded(
                vm,
                site,
                Op::StoreAttrSlot,
                pair(shape_index, version),
                pair(class.index(), slot as u32),
            );
            return true;
        }
        if vm.binds(descr) == Binds::Data {
            return false;
        }
    }
    if !vm.type_flags(class).has(Flags::DICT) || shape.is_dict_mode(vm) {
        return false;
    }
    match shape.lookup(vm, name) {
        Some(location) => {
            vm.set_attr_at(o, location, value);
            write_guarded(
                vm,
                site,
                Op::StoreAttrSlot,
                pair(shape_index, version),
                pair(class.index(), place_of(shape, vm, location)),
            );
            true
        }
        None => {
            if vm.attr_set(o, name, value).is_err() {
                return false;
            }
            let Some(new) = o.shape(vm) else { return true };
            if let Some(Location::Inline(slot)) = new.lookup(vm, name) {
                // The newest attribute is inline only where none had to move to the overflow array.
                write_guarded(
                    vm,
                    site,
                    Op::StoreAttrAdd,
                    pair(shape_index, version),
                    pair(new.index(), slot as u32),
                );
            }
            true
        }
    }
}
pub(crate) fn delete_attr(vm: &mut Vm, site: u16, obj: Local) -> Py<()> {
    let name = site_name_local(vm, site);
    vm.del_attr(obj, name)
}

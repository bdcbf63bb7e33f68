//! Inline caches: quickened instructions' fast paths, and the general forms that fill them.
//!
//! A site has two words. A *guard* of 32 bits says what the receiver physically is: its shape, or for objects without one their kind.
//! - attribute in a slot:   word 0 = guard | type version, word 1 = class | slot
//!                          (with `OVERFLOW` set: in the array that the object's last inline slot holds)
//! - method:                word 0 = guard | type version, word 1 = class | function
//! - class's attribute of an instance: word 0 = shape | type version, word 1 = class | place of the value in the cage
//! - method of a class:     word 0 = the class object | its version, word 1 = whether it binds the class | callable
//! - method of super():     word 0 = shape of self | version of its class, word 1 = where the search starts | function
//! - attribute of a class:  word 0 = the class object | its version, word 1 = the value
//! - module attribute:      word 0 = the module | keys version of its dict, word 1 = place of the value in the cage
//! - global, builtin:       word 0 = keys version of globals | of builtins, word 1 = place of the value
//! - added attribute:       word 0 = old shape | type version, word 1 = new shape | slot
//!
//! Every fast path checks all that it relies on; a miss falls back to the general form, which fills the site anew. Full collections zero the words.

use super::Fr;
use crate::attr::{Binds, Found};
use crate::code::CACHE_WORDS;
use crate::layout::{code, header, module, types};
use crate::local::{Local, Py, Ret, k};
use crate::objects::descriptors;
use crate::objects::module as module_object;
use crate::types::Flags;
use crate::vm::Vm;
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::{Dict, Kind, Location, Obj, Str, Value, Word, Words};

/// A site number that stands for "no cache".
const NO_SITE: u16 = u16::MAX;

#[inline(always)]
fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
#[inline(always)]
fn read(vm: &Vm, f: &Fr, site: u16) -> (u64, u64) {
    let at = f.caches + u32::from(site) * CACHE_WORDS as u32;
    (vm.heap.word_at(at), vm.heap.word_at(at + 1))
}
fn write(vm: &Vm, site: u16, first: u64, second: u64) {
    if site == NO_SITE {
        return;
    }
    if let Some(caches) = vm
        .frame_code(vm.base.get())
        .slot(vm, code::CACHES)
        .as_raw(vm)
    {
        caches.set_word_at(vm, usize::from(site) * CACHE_WORDS, first);
        caches.set_word_at(vm, usize::from(site) * CACHE_WORDS + 1, second);
        vm.cache_filled(vm.frame_code(vm.base.get()).word());
    }
}
/// What a site remembers of a shape that it saw when its own two words were taken by another: an entry of a table that all sites share, found by site and
/// guard. The words have the form that the site's would have for the quickened opcode `op`. Every collection clears the table.
#[derive(Clone, Copy, Default)]
pub(crate) struct More {
    site: u32,
    op: u32,
    words: [u64; 2],
}
/// Entries of the table; a power of two.
pub(crate) const MORE_SIZE: usize = 2048;

#[inline(always)]
fn more_slot(site: u32, guard: u32) -> usize {
    (site ^ (guard ^ site << 7).wrapping_mul(0x9E37_79B1) >> 16) as usize & (MORE_SIZE - 1)
}
/// What the shared table has for the site at this place in the cage.
#[inline(always)]
pub(crate) fn more(vm: &Vm, site: u32, guard: u32, op: Op) -> Option<[u64; 2]> {
    let entry = vm.more_shapes[more_slot(site, guard)].get();
    let fits = entry.site == site
        && entry.op == op as u32
        && (entry.words[0] >> 32) as u32 == guard
        && site != 0;
    fits.then_some(entry.words)
}
/// Fills a site for receivers with the guard in the high half of the first word.
fn write_guarded(vm: &Vm, site: u16, op: Op, first: u64, second: u64) {
    write(vm, site, first, second);
    let caches = vm.field(vm.frame_code(vm.base.get()), code::CACHES_AT);
    let at = (caches.bits() >> 3) as u32 + u32::from(site) * CACHE_WORDS as u32;
    if site != NO_SITE {
        vm.more_shapes[more_slot(at, (first >> 32) as u32)].set(More {
            site: at,
            op: op as u32,
            words: [first, second],
        });
    }
    quicken(vm, op);
}
/// Rewrites the instruction in progress.
pub(crate) fn quicken(vm: &Vm, op: Op) {
    let c = vm.frame_code(vm.base.get());
    let at = vm.pc.get().saturating_sub(1) as usize;
    if let Some(instrs) = c.slot(vm, code::INSTRS).as_raw(vm) {
        let old = Instr(instrs.word_at(vm, at));
        instrs.set_word_at(vm, at, old.with_op(op).0);
    }
}

/// The name of a site of the running frame's code.
pub(crate) fn site_name(vm: &Vm, site: u16) -> Str<'_> {
    let c = vm.frame_code(vm.base.get());
    let name = c
        .slot(vm, code::SITE_NAMES)
        .as_tuple(vm)
        .and_then(|t| t.at(vm, usize::from(site)))
        .and_then(|v| v.as_exact_str(vm));
    name.unwrap_or_else(|| vm.intern(b"?"))
}
pub(crate) fn site_name_local(vm: &Vm, site: u16) -> Local<k::Str> {
    vm.local_of(site_name(vm, site).value())
}

/// What a receiver physically is.
#[inline(always)]
fn guard_of(vm: &Vm, word: Word) -> u32 {
    match word.as_ref_index() {
        Some(index) => {
            let h = vm.heap.word_at(index);
            let shape = (h >> 32) as u32;
            if shape != 0 { shape } else { h as u8 as u32 }
        }
        None => 0,
    }
}
#[inline(always)]
fn version_is(vm: &Vm, class: u32, version: u32) -> bool {
    vm.heap.word_at(class + 1 + types::VERSION as u32) == u64::from(version) << 3
}

// ---- globals

/// The keys version of the dict that a word refers to; 0 for anything else.
#[inline(always)]
fn keys_version(words: Words<'_>, dict: Word) -> u32 {
    let version = dict.as_ref_index().and_then(|at| words.keys_version(at));
    version.unwrap_or(0)
}
/// A global or builtin where it was found before.
#[inline(always)]
pub(crate) fn global(
    vm: &Vm,
    words: Words<'_>,
    globals: Word,
    [versions, place]: [u64; 2],
) -> Option<Word> {
    let (version, of_builtins) = ((versions >> 32) as u32, versions as u32);
    if version == 0 || keys_version(words, globals) != version {
        return None;
    }
    if of_builtins != 0 && keys_version(words, vm.roots.builtins(vm).word()) != of_builtins {
        return None;
    }
    words.get(place as u32).map(Word::from_bits)
}
/// The same, for the general loop.
#[inline]
pub(crate) fn global_of(vm: &Vm, f: &Fr, site: u16) -> Option<Word> {
    let (versions, place) = read(vm, f, site);
    let globals = vm.stack_word(f.base - header::GLOBALS);
    global(vm, vm.heap.view(), globals, [versions, place])
}
/// Remembers where a global or builtin was found.
pub(crate) fn fill_global(vm: &Vm, site: u16, name: Str<'_>) {
    if let Some(builtin) = fill_global_site(vm, site, name) {
        let cached = if builtin {
            Op::LoadBuiltinCached
        } else {
            Op::LoadGlobalCached
        };
        quicken(vm, cached);
    }
}
/// The same for a site of an instruction that stays as it is; whether it is a builtin.
pub(crate) fn fill_global_site(vm: &Vm, site: u16, name: Str<'_>) -> Option<bool> {
    let globals = vm.frame_globals(vm.base.get()).as_exact_dict(vm)?;
    let builtins = vm.roots.builtins(vm).as_exact_dict(vm)?;
    if let Some(entry) = globals.entry_of_str(vm, name) {
        let place = globals.value_place(vm, entry) as u64;
        write(vm, site, pair(globals.keys_version(vm), 0), place);
        return Some(false);
    }
    if super::names::frame_builtins(vm) != builtins.value() {
        return None;
    }
    let entry = builtins.entry_of_str(vm, name)?;
    let versions = pair(globals.keys_version(vm), builtins.keys_version(vm));
    write(vm, site, versions, builtins.value_place(vm, entry) as u64);
    Some(true)
}
/// Stores to a global that is there, where it was found before; false: nothing was done.
#[inline]
pub(crate) fn store_global(vm: &Vm, f: &Fr, globals: Word, site: u16, value: Word) -> bool {
    let (versions, place) = read(vm, f, site);
    let Some(dict) = globals.value(vm).as_exact_dict(vm) else {
        return false;
    };
    versions != 0
        && dict.keys_version(vm) == (versions >> 32) as u32
        && dict.set_value_place(vm, place as usize, value.value(vm))
}
/// Remembers where a global was stored.
pub(crate) fn fill_store_global(vm: &Vm, site: u16, globals: Dict<'_>, name: Str<'_>) {
    if let Some(entry) = globals.entry_of_str(vm, name) {
        let place = globals.value_place(vm, entry) as u64;
        write(vm, site, pair(globals.keys_version(vm), 0), place);
    }
}

// ---- attributes

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
                        fill_property(vm, o, class, descr, site);
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

/// A property: the site gets the form of a method, and the instruction stays the general one.
fn fill_property(vm: &Vm, o: Obj<'_>, class: Obj<'_>, descr: Value<'_>, site: u16) {
    let (guard, version) = (guard_of(vm, o.word()), vm.type_version(class));
    let Some(p) = crate::objects::descriptors::as_property(vm, descr) else {
        return;
    };
    if guard != 0 && version != 0 {
        write(
            vm,
            site,
            pair(guard, version),
            pair(class.index(), p.index()),
        );
        quicken(vm, Op::LoadAttr);
    }
}

// ---- methods

#[inline(always)]
pub(crate) fn method(vm: &Vm, f: &Fr, receiver: Word, site: u16) -> Option<Word> {
    let (w0, w1) = read(vm, f, site);
    let guard = guard_of(vm, receiver);
    if guard != (w0 >> 32) as u32 || guard == 0 || !version_is(vm, (w1 >> 32) as u32, w0 as u32) {
        None
    } else {
        Some(Word::reference(w1 as u32))
    }
}

/// Leaves a method pair at `a`.
pub(crate) fn load_method(vm: &mut Vm, f: &Fr, i: Instr) -> Py<()> {
    let name = site_name_local(vm, i.c());
    let obj = Local::at(f.base + u32::from(i.b()));
    let pair_at = f.base + u32::from(i.a());
    {
        let vm: &Vm = vm;
        let value = obj.value(vm);
        let class = vm.type_of(value);
        if !vm.has_custom_getattr(class) && !vm.type_flags(class).has(Flags::META) {
            if let Found::Method(m) = vm.find_attr(value, name.get(vm)) {
                fill_method(vm, value, class, name.get(vm), m, i.c());
                vm.set_stack_word(pair_at, m.word());
                vm.set_stack_word(pair_at + header::SIZE, value.word());
                return Ok(());
            }
        }
    }
    if obj.value(vm).kind(vm) == Kind::Type {
        if let Some((binds, callable)) = fill_class_method(vm, obj.value(vm), name.get(vm), i.c()) {
            set_pair(vm, pair_at, binds, callable, obj.word(vm));
            return Ok(());
        }
    } else {
        fill_module_method(vm, obj.value(vm), name.get(vm), i.c());
    }
    let value = vm.get_attr(obj, name)?.get(vm).word();
    vm.set_stack_word(pair_at + 1, value);
    vm.set_stack_word(pair_at + header::SIZE, Word::EMPTY);
    Ok(())
}
/// The method pair at a stack word: of a callable that takes the receiver, or of a plain one.
fn set_pair(vm: &Vm, pair_at: u32, binds: bool, callable: Word, receiver: Word) {
    let (first, this) = if binds {
        (0, receiver)
    } else {
        (1, Word::EMPTY)
    };
    vm.set_stack_word(pair_at + first, callable);
    vm.set_stack_word(pair_at + header::SIZE, this);
}
/// A function, static method or class method of a class object: whether it takes the class, and the callable.
fn fill_class_method(
    vm: &Vm,
    receiver: Value<'_>,
    name: Str<'_>,
    site: u16,
) -> Option<(bool, Word)> {
    let class = receiver.as_obj()?;
    let meta = vm.type_of(receiver);
    if vm.has_custom_getattr(meta) || vm.type_lookup(meta, name).is_some() {
        return None;
    }
    let found = vm.type_lookup(class, name)?;
    let (binds, callable) = descriptors::plain_class_method(vm, found)?;
    let version = vm.type_version(class);
    if version != 0 {
        write(
            vm,
            site,
            pair(class.index(), version),
            pair(binds as u32, callable.index()),
        );
        quicken(vm, Op::LoadMethodClass);
    }
    Some((binds, callable.word()))
}
/// A method of a class object where it was found before.
#[inline(always)]
pub(crate) fn class_method(
    words: Words<'_>,
    receiver: Word,
    [w0, w1]: [u64; 2],
) -> Option<(bool, Word)> {
    let class = receiver.as_ref_index()?;
    let known = w0 != 0
        && class == (w0 >> 32) as u32
        && words.get(class + 1 + types::VERSION as u32) == Some(u64::from(w0 as u32) << 3);
    known.then(|| (w1 >> 32 != 0, Word::reference(w1 as u32)))
}
/// Remembers the function that a method of `super()` is.
pub(crate) fn fill_super_method(
    vm: &Vm,
    site: u16,
    start: Value<'_>,
    receiver: Value<'_>,
    found: Value<'_>,
) {
    let (Some(this), Some(start), Some(function)) =
        (receiver.as_obj(), start.as_obj(), found.as_obj())
    else {
        return;
    };
    let (shape, version) = (this.shape_index(vm), vm.type_version(vm.type_of(receiver)));
    if shape != 0 && version != 0 && function.kind(vm) == Kind::Function {
        write(
            vm,
            site,
            pair(shape, version),
            pair(start.index(), function.index()),
        );
    }
}
/// The function of `super(start, receiver).name` where it was found before.
#[inline(always)]
pub(crate) fn super_method(
    vm: &Vm,
    words: Words<'_>,
    [callable, start, receiver]: [Word; 3],
    [w0, w1]: [u64; 2],
) -> Option<Word> {
    let shape = (words.get(receiver.as_ref_index()?)? >> 32) as u32;
    if w0 == 0
        || shape != (w0 >> 32) as u32
        || start.as_ref_index()? != (w1 >> 32) as u32
        || callable != vm.type_object(&crate::objects::super_::SUPER).word()
    {
        return None;
    }
    let class = Word::reference(shape).value(vm).as_shape(vm)?.class(vm);
    version_is(vm, class.word().as_ref_index()?, w0 as u32).then(|| Word::reference(w1 as u32))
}
/// A function of a module: the site gets the form of a module attribute, and the instruction stays the general one.
fn fill_module_method(vm: &Vm, receiver: Value<'_>, name: Str<'_>, site: u16) {
    let Some(o) = receiver.as_obj() else { return };
    let class = vm.type_of(receiver);
    if o.layout(vm) != module_object::MODULE.id.get().0
        || class != vm.type_object(&module_object::MODULE)
        || vm.has_custom_getattr(class)
        || vm.type_lookup(class, name).is_some()
    {
        return;
    }
    let Some(dict) = o.slot(vm, module::DICT).as_exact_dict(vm) else {
        return;
    };
    if let Some(entry) = dict.entry_of_str(vm, name) {
        write(
            vm,
            site,
            pair(o.index(), dict.keys_version(vm)),
            dict.value_place(vm, entry) as u64,
        );
        quicken(vm, Op::LoadMethod);
    }
}
fn fill_method(
    vm: &Vm,
    receiver: Value<'_>,
    class: Obj<'_>,
    name: Str<'_>,
    m: Value<'_>,
    site: u16,
) {
    let guard = guard_of(vm, receiver.word());
    let Some(o) = receiver.as_obj() else { return };
    // The shape must say that the object itself has no such attribute: true for shapes proper, and for kinds without attributes.
    let settled = match o.kind(vm) {
        Kind::Instance | Kind::Wrapped => {
            o.layout(vm) != module_object::MODULE.id.get().0
                && o.shape(vm).is_some_and(|s| {
                    !s.is_dict_mode(vm) && s.lookup(vm, vm.intern(name.bytes(vm))).is_none()
                })
        }
        Kind::Function | Kind::Native | Kind::Type => false,
        _ => true,
    };
    let version = vm.type_version(class);
    if guard == 0 || !settled || version == 0 {
        return;
    }
    if let Some(m) = m.as_obj() {
        write_guarded(
            vm,
            site,
            Op::LoadMethodCached,
            pair(guard, version),
            pair(class.index(), m.index()),
        );
    }
}

// ---- stores

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

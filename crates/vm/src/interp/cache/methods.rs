//! Sites of methods: of instances, classes, modules and `super()`.

use super::*;

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
    let takes_receiver = match function.kind(vm) {
        Kind::Function => true,
        // A method of a builtin class: called as a pair as well.
        Kind::Native => {
            function.slot(vm, crate::layout::native::SELF).is_empty()
                && vm.binds(found) == Binds::Method
        }
        _ => false,
    };
    if shape != 0 && version != 0 && takes_receiver {
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

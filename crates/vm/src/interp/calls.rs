//! Calls and returns inside the loop.

use super::Fr;
use crate::dunder::Dunder;
use crate::frame::{Entry, Link};
use crate::layout::{header, method, native, types};
use crate::local::{Local, Py, Ret};
use crate::native::{Args, NativeFn};
use crate::objects::{descriptors, exceptions, object};
use crate::signature::NativeCall;
use crate::traits::Traits;
use crate::vm::{NativeEntry, Vm};
use mesapy_bytecode::Instr;
use mesapy_heap::{Kind, Obj, Value, Word};
use std::cell::Cell;
use std::sync::atomic::Ordering;

/// Register and count of a method pair's call: what `LoadMethod` left as a plain callable is one register further up.
#[inline(always)]
pub(crate) fn method_pair(vm: &Vm, f: &Fr, i: Instr) -> (u16, u32) {
    if f.reg(vm, i.b() + header::SIZE as u16).is_empty() {
        (i.b() + 1, u32::from(i.c()) - 1)
    } else {
        (i.b(), u32::from(i.c()))
    }
}

/// The same from a register window.
#[inline(always)]
pub(crate) fn method_pair_at(
    window: &[Cell<u64>; mesapy_heap::WINDOW_WORDS],
    i: Instr,
) -> Option<(u16, u32)> {
    let b = i.b();
    if window[usize::from(b) + 2 * header::SIZE as usize].get() == Word::EMPTY.bits() {
        Some((b.checked_add(1)?, u32::from(i.c()).checked_sub(1)?))
    } else {
        Some((b, u32::from(i.c())))
    }
}
/// The names of a call's keywords, which the compiler has put two behind the callable: the header of the callee will lie over them, so they move to the stack's top.
#[inline]
pub(crate) fn keyword_names(vm: &Vm, f: &Fr, i: Instr) -> Local {
    vm.local(vm.stack_word(f.base + u32::from(i.b()) + 2).value(vm))
}

/// How a call without `&mut Vm` went.
pub(crate) enum Entered {
    /// A frame was pushed: go on in it.
    Frame,
    /// The value is in the return register.
    Value,
    /// A native that takes more than `&Vm`, its arguments bound.
    Native(fn(&mut Vm, Args) -> Py<Ret>, Args),
    /// Nothing was done: it takes more than `&Vm`.
    Not,
}

/// What the quick function of the native at word `native` of the cage makes of the arguments laid out at `index`, if it is not bound.
#[inline(never)]
pub(crate) fn quick(vm: &Vm, native: u32, index: u32, n: u32) -> Option<Word> {
    let field = |slot: usize| Word::from_bits(vm.heap.word_at(native + 1 + slot as u32));
    let number = field(native::INDEX).as_small_int()?;
    let row = *vm.natives.borrow().get(number as usize)?;
    let quick = row.quick?;
    if row.has_receiver && !field(native::SELF).is_empty() {
        return None;
    }
    quick(vm, index + header::SIZE, n)
}
/// Calls the native laid out at `index` if it is a leaf, or its quick function; else binds its arguments.
#[inline(never)]
pub(crate) fn leaf(vm: &Vm, index: u32, n: u32) -> Py<Entered> {
    let Some(obj) = vm.stack_word(index).value(vm).as_obj() else {
        return Ok(Entered::Not);
    };
    let Some(entry) = vm.native_entry_of(obj) else {
        return Ok(Entered::Not);
    };
    let receiver = vm.field(obj, native::SELF);
    let bound = entry.has_receiver() && !receiver.is_empty();
    if bound {
        vm.insert_receiver(index, n, obj.value(), receiver.value(vm));
    }
    leaf_at(vm, obj, entry, index, n + u32::from(bound), bound)
}
/// The same with all arguments laid out; `moved`: they are a word further up than the caller has put them.
fn leaf_at(
    vm: &Vm,
    obj: Obj<'_>,
    entry: &'static NativeEntry,
    index: u32,
    n: u32,
    moved: bool,
) -> Py<Entered> {
    let base = index + header::SIZE;
    if let Some(quick) = entry.method.quick {
        if let Some(word) = quick(vm, base, n) {
            vm.ret.set(word);
            return Ok(Entered::Value);
        }
    }
    if entry.has_receiver() && !moved {
        vm.check_receiver(obj, index, n, entry.method)?;
    }
    let args = vm.bind_native(&NativeCall {
        method: entry.method,
        params: entry.params(),
        callee: Local::at(index),
        base,
        nargs: n,
        kwnames: None,
    })?;
    match entry.method.native {
        NativeFn::Leaf(f) => {
            let value = f(vm, args)?.word();
            vm.ret.set(value);
            Ok(Entered::Value)
        }
        NativeFn::Calls(f) if moved && args.base == base => {
            // They have moved up, and there the collector takes a frame's registers for dead: to the stack's top.
            let top = vm.top.get();
            vm.ensure_top(top + args.len);
            for i in 0..args.len {
                vm.set_stack_word(top + i, vm.stack_word(base + i));
            }
            vm.top.set(top + args.len);
            Ok(Entered::Native(f, Args { base: top, ..args }))
        }
        NativeFn::Calls(f) => Ok(Entered::Native(f, args)),
    }
}

/// A native that is called with keywords.
fn bind_keywords(vm: &Vm, obj: Obj<'_>, index: u32, n: u32, names: Option<Local>) -> Py<Entered> {
    let Some(entry) = vm.native_entry_of(obj) else {
        return Ok(Entered::Not);
    };
    let (mut n, mut names) = (n, names);
    let receiver = vm.field(obj, native::SELF);
    if entry.has_receiver() {
        if receiver.is_empty() {
            vm.check_receiver(obj, index, n, entry.method)?;
        } else {
            // The arguments move up, perhaps over the names.
            let tuple = names.map(|names| names.value(vm));
            vm.insert_receiver(index, n, obj.value(), receiver.value(vm));
            names = tuple.map(|t| vm.local(t));
            n += 1;
        }
    }
    let args = vm.bind_native(&NativeCall {
        method: entry.method,
        params: entry.params(),
        callee: Local::at(index),
        base: index + header::SIZE,
        nargs: n,
        kwnames: names,
    })?;
    match entry.method.native {
        NativeFn::Leaf(f) => {
            let value = f(vm, args)?.word();
            vm.ret.set(value);
            Ok(Entered::Value)
        }
        // Where arguments have names they were bound at the stack's top.
        NativeFn::Calls(f) => Ok(Entered::Native(f, args)),
    }
}

/// Puts a receiver before the arguments of a call laid out at `index`, which move up, perhaps over the names: those are given anew.
fn shift(
    vm: &Vm,
    index: u32,
    n: u32,
    func: Value<'_>,
    receiver: Value<'_>,
    names: Option<Local>,
) -> Option<Local> {
    let tuple = names.map(|names| names.value(vm));
    vm.insert_receiver(index, n, func, receiver);
    tuple.map(|t| vm.local(t))
}

/// Calls of Python functions, their bound methods and Python classes, with all that binding of arguments may be asked for.
#[inline(never)]
pub(crate) fn enter(vm: &Vm, index: u32, n: u32, names: Option<Local>) -> Py<Entered> {
    let Some(obj) = vm.stack_word(index).value(vm).as_obj() else {
        return Ok(Entered::Not);
    };
    let (mut n, mut names) = (n, names);
    match obj.kind(vm) {
        Kind::Function => {}
        Kind::BoundMethod => {
            let (func, receiver) = (
                vm.field(obj, method::FUNC).value(vm),
                vm.field(obj, method::SELF).value(vm),
            );
            if func.kind(vm) != Kind::Function {
                return Ok(Entered::Not);
            }
            names = shift(vm, index, n, func, receiver, names);
            n += 1;
        }
        Kind::Type => {
            if names.is_none() {
                if n == 1 && crate::sink::enter_collecting(vm, obj, index + header::SIZE)? {
                    return Ok(Entered::Frame);
                }
                if let Some(word) = crate::quick::class(vm, obj, index + header::SIZE, n) {
                    vm.ret.set(word);
                    return Ok(Entered::Value);
                }
            }
            return Ok(if call_class(vm, index, n, names)? {
                Entered::Frame
            } else {
                Entered::Not
            });
        }
        Kind::Native => return bind_keywords(vm, obj, index, n, names),
        // An instance of a class with `__call__`, or of a native type that can be called.
        Kind::Instance => {
            let call = vm.special_of(obj.value(), Dunder::Call);
            if let Some(func) = call.filter(|c| c.kind(vm) == Kind::Function) {
                names = shift(vm, index, n, func, obj.value(), names);
                let base = index + header::SIZE;
                let entered = vm.enter_function(index, base, n + 1, names, Entry::Python)?;
                return Ok(if entered {
                    Entered::Frame
                } else {
                    Entered::Value
                });
            }
            let call = call.filter(|_| names.is_none());
            let native = call.and_then(|c| c.as_obj()).filter(|c| {
                c.kind(vm) == Kind::Native
                    && vm.field(*c, native::SELF).is_empty()
                    && vm.binds(c.value()) == crate::attr::Binds::Method
            });
            let Some((native, entry)) = native.and_then(|c| Some((c, vm.native_entry_of(c)?)))
            else {
                return Ok(Entered::Not);
            };
            vm.insert_receiver(index, n, native.value(), obj.value());
            return leaf_at(vm, native, entry, index, n + 1, true);
        }
        _ => return Ok(Entered::Not),
    }
    Ok(
        if vm.enter_function(index, index + header::SIZE, n, names, Entry::Python)? {
            Entered::Frame
        } else {
            Entered::Value
        },
    )
}

/// What the site of an attribute load remembers of a class: calls a property's getter, if that is a Python function, from an instruction that has no call
/// layout: behind the frame. A function is bound.
#[inline(never)]
pub(crate) fn enter_getter(vm: &Vm, found: Word, receiver: Word) -> Py<Entered> {
    let Some(found) = found.value(vm).as_obj() else {
        return Ok(Entered::Not);
    };
    if found.kind(vm) == Kind::Function {
        let bound = crate::objects::function::new_bound(vm, found.value(), receiver.value(vm));
        vm.ret.set(bound.word());
        return Ok(Entered::Value);
    }
    let Some(getter) = descriptors::getter_function(vm, found) else {
        return Ok(Entered::Not);
    };
    if let Some(word) = super::cache::read_by(vm, getter.word(), receiver) {
        vm.ret.set(word);
        return Ok(Entered::Value);
    }
    if vm
        .push_call(getter.word(), 1, |_| receiver, Entry::Python)
        .is_some()
    {
        return Ok(Entered::Frame);
    }
    let (at, n) = vm.lay_out_call(getter, Some(receiver.value(vm)), &[]);
    Ok(
        if vm.enter_function(at, at + header::SIZE, n, None, Entry::Python)? {
            Entered::Frame
        } else {
            Entered::Value
        },
    )
}

/// After a frame was pushed: continue in it.
#[inline(always)]
fn go_on(vm: &mut Vm, f: &mut Fr) -> Py<()> {
    *f = Fr::load(vm);
    if vm.breaker.load(Ordering::Relaxed) != 0 {
        vm.safepoint()
    } else {
        Ok(())
    }
}

/// A positional call of what is in register `at`.
#[inline(always)]
pub(crate) fn call(vm: &mut Vm, f: &mut Fr, i: Instr, at: u16, n: u32) -> Py<()> {
    let index = f.base + u32::from(at);
    let callable = vm.stack_word(index).value(vm);
    if let Some(obj) = callable.as_obj() {
        match obj.kind(vm) {
            Kind::Function => {
                if vm.enter_function(index, index + header::SIZE, n, None, Entry::Python)? {
                    return go_on(vm, f);
                }
                let word = vm.ret.get();
                f.set(vm, i.a(), word);
                return Ok(());
            }
            Kind::Native if obj.slot(vm, native::SELF).is_empty() => {
                let top = vm.top.get();
                let word = vm.call_native_at(index, n, None)?.get(vm).word();
                vm.top.set(top);
                f.set(vm, i.a(), word);
                return Ok(());
            }
            Kind::BoundMethod => {
                let (func, receiver) = (obj.slot(vm, method::FUNC), obj.slot(vm, method::SELF));
                if func.kind(vm) == Kind::Function {
                    vm.insert_receiver(index, n, func, receiver);
                    if vm.enter_function(index, index + header::SIZE, n + 1, None, Entry::Python)? {
                        return go_on(vm, f);
                    }
                    let word = vm.ret.get();
                    vm.top.set(vm.frame_end(f.base));
                    f.set(vm, i.a(), word);
                    return Ok(());
                }
            }
            Kind::Type => {
                if let Some(made) = crate::quick::construct(vm, index, n) {
                    let word = made?.get(vm).word();
                    f.set(vm, i.a(), word);
                    return Ok(());
                }
                if call_class(vm, index, n, None)? {
                    return go_on(vm, f);
                }
            }
            _ => {}
        }
    }
    let top = vm.top.get();
    let at = copy_call(vm, index, n);
    let word = vm.call_at(at, n, None)?.get(vm).word();
    vm.top.set(top);
    f.set(vm, i.a(), word);
    Ok(())
}

/// Lays the call out again at the stack's top, where arguments may move up: in the frame's registers the collector takes words behind the arguments for dead.
fn copy_call(vm: &Vm, index: u32, n: u32) -> u32 {
    let at = vm.top.get();
    let end = at + header::SIZE + n;
    vm.ensure_top(end + 1);
    vm.set_stack_word(at, vm.stack_word(index));
    for j in 1..header::SIZE {
        vm.set_stack_word(at + j, Word::EMPTY);
    }
    for j in 0..n {
        vm.set_stack_word(
            at + header::SIZE + j,
            vm.stack_word(index + header::SIZE + j),
        );
    }
    vm.top.set(end);
    at
}

/// A class with a Python `__init__` and the `__new__` of `object` or BaseException: makes the instance and pushes `__init__`'s frame.
#[inline(always)]
pub(crate) fn call_class(vm: &Vm, index: u32, n: u32, names: Option<Local>) -> Py<bool> {
    let mut names = names;
    {
        let class = vm
            .stack_word(index)
            .value(vm)
            .as_obj()
            .expect("the callable is a class");
        let traits = vm.class_traits(class);
        if !traits.has(Traits::PYTHON_INIT) && !traits.has(Traits::PYTHON_INIT_OF_EXCEPTION) {
            return Ok(false);
        }
        let Some(init) = vm.special(class, Dunder::Init) else {
            return Ok(false);
        };
        let instance = if traits.has(Traits::PYTHON_INIT) {
            object::instantiate(vm, class)?
        } else {
            // What is given by position is what `__new__` keeps.
            let named = names.and_then(|names| names.value(vm).as_tuple(vm));
            let given = (n as usize).saturating_sub(named.map_or(0, |t| t.len(vm)));
            let args = vm.new_tuple_from(given, |i| {
                vm.stack_word(index + header::SIZE + i as u32).value(vm)
            })?;
            exceptions::make(vm, class, args.value())?.value()
        };
        if names.is_none() && push_init(vm, init.word(), instance.word(), index, n).is_some() {
            return Ok(true);
        }
        // instance | header | self, arguments: two words further up than they were laid out.
        let first = index + header::SIZE;
        let end = first + n + 2;
        let tuple = names.map(|names| names.value(vm));
        vm.ensure_top(end);
        for j in (0..n).rev() {
            vm.set_stack_word(first + 2 + j, vm.stack_word(first + j));
        }
        vm.set_stack_word(first + 1, instance.word());
        vm.set_stack_word(index + 1, init.word());
        vm.set_stack_word(index, instance.word());
        vm.top.set(vm.top.get().max(end));
        names = tuple.map(|t| vm.local(t));
    }
    let made = vm.enter_function(
        index + 1,
        index + 1 + header::SIZE,
        n + 1,
        names,
        Entry::Init,
    )?;
    if !made {
        // An `__init__` that is a generator function returns one: not None.
        let got = vm.ret.get().value(vm);
        return Err(vm.type_error(format!(
            "__init__() should return None, not '{}'",
            vm.type_name_for_error(got)
        )));
    }
    Ok(true)
}

/// The frame of an `__init__` that takes just the instance and the arguments of the call laid out at `index`. None: nothing was done.
#[inline]
fn push_init(vm: &Vm, init: Word, instance: Word, index: u32, n: u32) -> Option<()> {
    let top = vm.top.get();
    vm.ensure_top(top + 1);
    vm.set_stack_word(top, instance);
    vm.top.set(top + 1);
    let first = index + header::SIZE;
    let arg = |i: u32| match i {
        0 => instance,
        _ => vm.stack_word(first + i - 1),
    };
    let pushed = vm.push_call(init, n + 1, arg, Entry::Init);
    if pushed.is_none() {
        vm.top.set(top);
    }
    pushed
}

/// A call whose last arguments are named by the tuple in the register two behind the callable's.
pub(crate) fn call_kw(vm: &mut Vm, f: &mut Fr, i: Instr, at: u16, n: u32) -> Py<()> {
    let index = f.base + u32::from(at);
    let names: Local = Local::at(f.base + u32::from(i.b()) + 2);
    // The header of the callee will lie over the names: they move to the stack's top.
    let names = vm.local(names.value(vm));
    if vm.stack_word(index).value(vm).kind(vm) == Kind::Function {
        if vm.enter_function(index, index + header::SIZE, n, Some(names), Entry::Python)? {
            return go_on(vm, f);
        }
        let word = vm.ret.get();
        f.set(vm, i.a(), word);
        vm.top.set(vm.frame_end(f.base));
        return Ok(());
    }
    let at = copy_call(vm, index, n);
    let word = vm.call_at(at, n, Some(names))?.get(vm).word();
    vm.top.set(vm.frame_end(f.base));
    f.set(vm, i.a(), word);
    Ok(())
}
pub(crate) fn call_method_kw(vm: &mut Vm, f: &mut Fr, i: Instr) -> Py<()> {
    let (at, n) = method_pair(vm, f, i);
    call_kw(vm, f, i, at, n)
}
/// `f(*args, **kwargs)`.
pub(crate) fn call_ex(vm: &mut Vm, callable: Local, args: Local, kwargs: Local) -> Py<Ret> {
    if args.value(vm).as_exact_tuple(vm).is_some() {
        return vm.call_ex(callable, args, kwargs);
    }
    let value = args.value(vm);
    if vm.special_of(value, Dunder::Iter).is_none() && !vm.is_sequence(value) {
        return Err(vm.type_error(format!(
            "{} argument after * must be an iterable, not {}",
            super::build::callable_text(vm, callable),
            vm.type_name_for_error(value)
        )));
    }
    let tuple = vm.tuple_from_iterable(args)?.keep(vm);
    vm.call_ex(callable, tuple, kwargs)
}

/// Where the loop goes on after a frame was left.
pub(crate) enum Left {
    /// In the caller's frame.
    Caller,
    /// Rust code called the frame and gets the value from the return register.
    Rust,
    /// In the caller's frame, whose operator's method has returned NotImplemented.
    Declined,
}

/// Takes the running frame off; its caller, in the same run, is the running one then.
#[inline(always)]
fn pop(vm: &Vm, f: &mut Fr, link: Link) {
    let seen = vm.stack_word(f.base - header::LOCALS).is_ref();
    match if seen { None } else { Fr::back(vm, link) } {
        Some(caller) => *f = caller,
        None => {
            vm.pop_frame();
            *f = Fr::load(vm);
        }
    }
}
/// Leaves the running frame with a value.
#[inline(always)]
pub(crate) fn leave(vm: &Vm, f: &mut Fr, value: Word) -> Py<Left> {
    let link = vm.link(f.base);
    let mut value = value;
    match link.entry() {
        Entry::Python => {}
        Entry::Native => {
            vm.pop_frame();
            vm.ret.set(value);
            return Ok(Left::Rust);
        }
        Entry::Init => {
            if value != Word::NONE {
                return Err(vm.type_error(format!(
                    "__init__() should return None, not '{}'",
                    vm.type_name_for_error(value.value(vm))
                )));
            }
            value = vm.stack_word(f.base - header::SIZE - 1);
        }
        Entry::ForIter => {
            crate::generator::finish(vm, f.base);
            pop(vm, f, link);
            let off = f.current(vm).off();
            f.jump(off);
            return Ok(Left::Caller);
        }
        Entry::Delegate => crate::generator::finish(vm, f.base),
        Entry::Collect => {
            value = crate::sink::collected(vm, f.base)?;
            crate::generator::finish(vm, f.base);
        }
        Entry::Resume | Entry::Drain => {
            crate::generator::finish(vm, f.base);
            vm.pop_frame();
            vm.ret.set(value);
            return Ok(Left::Rust);
        }
        Entry::Operator if value == Word::NOT_IMPLEMENTED => {
            pop(vm, f, link);
            return Ok(Left::Declined);
        }
        Entry::Operator => {}
        Entry::Discard => {
            pop(vm, f, link);
            return Ok(Left::Caller);
        }
    }
    pop(vm, f, link);
    let a = f.current(vm).a();
    f.set(vm, a, value);
    Ok(Left::Caller)
}

impl Vm {
    /// `type.__call__`, laid out at `at`.
    pub(crate) fn call_type_at(&mut self, at: u32, nargs: u32, kwnames: Option<Local>) -> Py<Ret> {
        let class: Local = Local::at(at);
        let meta = self.type_of(class.value(self));
        if meta != self.type_object(&crate::objects::type_::TYPE) {
            let call = self.special(meta, Dunder::Call);
            let own = call.and_then(|c| c.as_obj()).is_some_and(|c| {
                c.kind(self) == Kind::Native
                    && c.slot(self, native::OWNER)
                        == self.type_object(&crate::objects::type_::TYPE).value()
            });
            if let (Some(call), false) = (call, own) {
                self.check_native_stack()?;
                if self.binds(call) == crate::attr::Binds::Method {
                    let receiver = class.value(self);
                    self.insert_receiver(at, nargs, call, receiver);
                    return self.call_at(at, nargs + 1, kwnames);
                }
                let [call, receiver, m] = self.locals([call, class.value(self), meta.value()]);
                let bound = self.descr_get(call, receiver, m)?.get(self).word();
                self.set_stack_word(at, bound);
                return self.call_at(at, nargs, kwnames);
            }
            // A call of `type` with one argument gives the argument's class, for `type` itself only.
        } else if class.value(self) == self.type_object(&crate::objects::type_::TYPE).value()
            && nargs == 1
            && kwnames.is_none()
        {
            let value = self.stack_word(at + header::SIZE).value(self);
            return Ok(self.ret(self.type_of(value).value()));
        }
        self.instantiate_at(at, nargs, kwnames)
    }

    /// `cls.__new__(cls, …)`, then `__init__` if what it gave is an instance.
    pub(crate) fn instantiate_at(
        &mut self,
        at: u32,
        nargs: u32,
        kwnames: Option<Local>,
    ) -> Py<Ret> {
        let class: Local = Local::at(at);
        let obj = class.value(self).as_obj().expect("a class");
        if self.type_flags(obj).has(crate::types::Flags::NO_NEW) {
            return Err(self.type_error(format!("cannot create '{}' instances", self.tp_name(obj))));
        }
        let Some(new) = self.special(obj, Dunder::New) else {
            return Err(self.type_error(format!("cannot create '{}' instances", self.tp_name(obj))));
        };
        let plain = match new.kind(self) {
            Kind::Function | Kind::Native => true,
            _ => crate::objects::descriptors::unwrap_static(self, new) != new,
        };
        if !plain {
            // A `__new__` that binds in its own way.
            let found = self.get_attr_str(class, "__new__")?.keep(self);
            return self.instantiate_by(found.value(self).word(), at, nargs, kwnames);
        }
        let new = new.word();
        self.instantiate_by(new, at, nargs, kwnames)
    }
    fn instantiate_by(
        &mut self,
        new: mesapy_heap::Word,
        at: u32,
        nargs: u32,
        kwnames: Option<Local>,
    ) -> Py<Ret> {
        let top = self.top.get();
        let class: Local = Local::at(at);
        let new = new.value(self);
        // Both calls get a copy of the arguments: the callee's frame takes the words it is given.
        let args: Vec<Local> = (0..nargs)
            .map(|i| Local::at(at + header::SIZE + i))
            .collect();
        let new = self.local(new);
        let names = kwnames.map(|n| self.local(n.value(self)));
        let class = self.local(class.value(self));
        let made = self
            .call_with_class(new, Some(class), &args, names)?
            .keep(self);
        let instance_of = self.is_subtype(
            self.type_of(made.value(self)),
            class.value(self).as_obj().expect("a class"),
        );
        if instance_of {
            if let Some(init) = self.special_of(made.value(self), Dunder::Init) {
                if init
                    != self
                        .special(self.type_object(&object::OBJECT), Dunder::Init)
                        .unwrap_or(Value::NONE)
                    || !args.is_empty()
                {
                    let init = self.local(init);
                    let bound = self.binds(init.value(self)) == crate::attr::Binds::Method;
                    let ret = if bound {
                        self.call_with_class(init, Some(made), &args, names)?
                    } else {
                        let c = self.local(self.type_of(made.value(self)).value());
                        let init = self.descr_get(init, made, c)?.keep(self);
                        self.call_with_class(init, None, &args, names)?
                    };
                    if !ret.get(self).is_none() {
                        let got = self.ret.get().value(self);
                        return Err(self.type_error(format!(
                            "__init__() should return None, not '{}'",
                            self.type_name_for_error(got)
                        )));
                    }
                }
            }
        }
        let made = made.value(self).word();
        self.top.set(top);
        self.ret.set(made);
        Ok(Ret(()))
    }
    fn call_with_class(
        &mut self,
        callable: Local,
        first: Option<Local>,
        args: &[Local],
        names: Option<Local>,
    ) -> Py<Ret> {
        let top = self.top.get();
        // `__new__` is a native or a staticmethod around a function.
        let (at, n) = {
            let vm: &Vm = self;
            let target = crate::objects::descriptors::unwrap_static(vm, callable.value(vm));
            vm.lay_out_call(target, first.map(|l| l.value(vm)), args)
        };
        let result = self.call_at(at, n, names);
        self.top.set(top);
        result
    }
    /// Slots of an instance before its dynamic attributes.
    pub(crate) fn instance_slots(&self, class: mesapy_heap::Obj<'_>) -> usize {
        class.slot(self, types::NSLOTS).as_small_int().unwrap_or(0) as usize
    }
}

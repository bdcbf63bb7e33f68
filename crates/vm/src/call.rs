//! Calls: from Rust into anything callable, and the one path that all calls share.
//!
//! A call is laid out on the VM stack (callable, five free words, arguments) and executed by [`Vm::call_at`]; the interpreter has its own way for
//! Python functions, which is to push a frame and go on.

use crate::dunder::Dunder;
use crate::frame::Entry;
use crate::layout::{header, method, native};
use crate::local::{Local, Py, Ret, k};
use crate::native::{Args, Binding, NativeFn};
use crate::signature::NativeCall;
use crate::vm::Vm;
use mesapy_heap::{Kind, Obj, Value};

impl Vm {
    /// Calls with positional arguments.
    pub fn call(&mut self, callable: Local, args: &[Local]) -> Py<Ret> {
        let top = self.top.get();
        let (at, n) = self.lay_out_call(callable.value(self), None, args);
        let result = self.call_at(at, n, None);
        self.top.set(top);
        result
    }
    /// Calls with keywords: the last arguments are named by the tuple `names`.
    pub fn call_with_names(
        &mut self,
        callable: Local,
        args: &[Local],
        names: Local<k::Tuple>,
    ) -> Py<Ret> {
        let top = self.top.get();
        let (at, n) = self.lay_out_call(callable.value(self), None, args);
        let result = self.call_at(at, n, Some(names.any()));
        self.top.set(top);
        result
    }
    /// Calls with named keywords from Rust.
    pub fn call_kw(
        &mut self,
        callable: Local,
        args: &[Local],
        keywords: &[(&str, Local)],
    ) -> Py<Ret> {
        let top = self.top.get();
        let names: Vec<Value<'_>> = keywords
            .iter()
            .map(|(n, _)| self.intern(n.as_bytes()).value())
            .collect();
        let names = self.new_tuple(&names)?;
        let names = self.local_of::<k::Tuple>(names.value());
        let mut all = args.to_vec();
        all.extend(keywords.iter().map(|(_, v)| *v));
        let result = self.call_with_names(callable, &all, names);
        self.top.set(top);
        result
    }
    /// `receiver.name(**keywords)`, the result dropped.
    pub fn call_kw_method(
        &mut self,
        receiver: Local,
        name: &str,
        keywords: &[(&str, Local)],
    ) -> Py<()> {
        let bound = self.get_attr_str(receiver, name)?.keep(self);
        let _: Ret = self.call_kw(bound, &[], keywords)?;
        Ok(())
    }
    /// `callable(*args, **kwargs)` with a tuple and a dict (or Empty).
    pub fn call_ex(&mut self, callable: Local, args: Local, kwargs: Local) -> Py<Ret> {
        let top = self.top.get();
        let result = self.call_ex_at_top(callable, args, kwargs);
        self.top.set(top);
        result
    }
    fn call_ex_at_top(&mut self, callable: Local, args: Local, kwargs: Local) -> Py<Ret> {
        let vm: &Vm = self;
        let positional = args.value(vm).as_tuple(vm);
        let dict = kwargs.value(vm).as_dict(vm);
        let npos = positional.map_or(0, |t| t.len(vm));
        let nkw = dict.map_or(0, |d| d.len(vm));
        let total = (npos + nkw) as u32;
        let names_at = vm.top.get();
        let at = names_at + 1;
        let end = u64::from(at) + u64::from(header::SIZE) + (npos + nkw) as u64;
        if end + u64::from(Vm::STACK_RESERVE) > u64::from(vm.stack_end.get()) {
            return Err(vm.memory_error());
        }
        vm.ensure_top(end as u32);
        vm.set_stack_word(names_at, mesapy_heap::Word::EMPTY);
        vm.set_stack_word(at, callable.word(vm));
        for i in 1..header::SIZE {
            vm.set_stack_word(at + i, mesapy_heap::Word::EMPTY);
        }
        let mut next = at + header::SIZE;
        for v in positional.into_iter().flat_map(|t| t.iter(vm)) {
            vm.set_stack_word(next, v.word());
            next += 1;
        }
        let mut names = Vec::with_capacity(nkw);
        if let Some(d) = dict {
            let mut pos = 0;
            while let Some((p, key, value)) = d.next_entry(vm, pos) {
                if key.as_str(vm).is_none() {
                    return Err(vm.type_error("keywords must be strings"));
                }
                names.push(key);
                vm.set_stack_word(next, value.word());
                next += 1;
                pos = p + 1;
            }
        }
        vm.top.set(end as u32);
        let kwnames = if names.is_empty() {
            None
        } else {
            let names = vm.new_tuple(&names)?;
            vm.set_stack_word(names_at, names.value().word());
            Some(Local::at(names_at))
        };
        self.call_at(at, total, kwnames)
    }

    /// Calls what was found on a receiver's type as a method: functions get the receiver first, other descriptors are bound by `__get__`.
    pub fn call_special(&mut self, func: Local, receiver: Local, args: &[Local]) -> Py<Ret> {
        if let Some((f, args)) = self.lay_out_native(func, receiver, args) {
            if let Some(quick) = args.method.quick
                && let Some(word) = quick(self, args.base, args.len)
            {
                self.top.set(args.base);
                self.ret.set(word);
                return Ok(Ret(()));
            }
            let result = match f {
                NativeFn::Leaf(f) => match f(self, args) {
                    Ok(value) => {
                        self.ret.set(value.word());
                        Ok(Ret(()))
                    }
                    Err(raised) => Err(raised),
                },
                NativeFn::Calls(f) => match self.check_native_stack() {
                    Ok(()) => f(self, args),
                    Err(raised) => Err(raised),
                },
            };
            self.top.set(args.base);
            return result;
        }
        let top = self.top.get();
        let is_function = match func.value(self).kind(self) {
            Kind::Function => true,
            Kind::Native => self.binds(func.value(self)) == crate::attr::Binds::Method,
            _ => false,
        };
        let result = if is_function {
            let (at, n) = self.lay_out_call(func.value(self), Some(receiver.value(self)), args);
            self.call_at(at, n, None)
        } else {
            let class = self.local(self.type_of(receiver.value(self)).value());
            match self.descr_get(func, receiver, class) {
                Ok(ret) => {
                    let bound = ret.keep(self);
                    let (at, n) = self.lay_out_call(bound.value(self), None, args);
                    self.call_at(at, n, None)
                }
                Err(raised) => Err(raised),
            }
        };
        self.top.set(top);
        result
    }
    /// Where a special method is a native that takes just what is given, its receiver an instance of the class that has it: puts the arguments on the
    /// stack as the native wants them. Everything else takes the general path.
    #[inline]
    fn lay_out_native(
        &self,
        func: Local,
        receiver: Local,
        args: &[Local],
    ) -> Option<(NativeFn, Args)> {
        let obj = func.value(self).as_obj()?;
        if obj.kind(self) != Kind::Native || !obj.slot(self, native::SELF).is_empty() {
            return None;
        }
        let entry = self.native_entry_of(obj)?;
        let n = args.len() as u32 + 1;
        let fits = entry.method.binding == Binding::Instance
            && entry.params().plain
            && entry.params().slots == n as usize;
        if !fits {
            return None;
        }
        let owner = obj.slot(self, native::OWNER).as_obj()?;
        let class = self.type_of(receiver.value(self));
        if class != owner && !self.is_subtype(class, owner) {
            return None;
        }
        let base = self.top.get();
        self.ensure_top(base + n);
        self.set_stack_word(base, receiver.word(self));
        for (i, arg) in args.iter().enumerate() {
            self.set_stack_word(base + 1 + i as u32, arg.word(self));
        }
        self.top.set(base + n);
        let args = Args {
            base,
            len: n,
            method: entry.method,
        };
        Some((entry.method.native, args))
    }
    /// Calls the special method of `receiver`, None if its type has none.
    pub fn call_dunder(
        &mut self,
        receiver: Local,
        dunder: Dunder,
        args: &[Local],
    ) -> Py<Option<Ret>> {
        let Some(f) = self.special_of(receiver.value(self), dunder) else {
            return Ok(None);
        };
        let top = self.top.get();
        let f = self.local(f);
        let result = self.call_special(f, receiver, args).map(Some);
        self.top.set(top);
        result
    }
    /// `receiver.name(*args)`.
    pub fn call_method(&mut self, receiver: Local, name: &str, args: &[Local]) -> Py<Ret> {
        let top = self.top.get();
        let result = match self.get_attr_str(receiver, name) {
            Ok(ret) => {
                let bound = ret.keep(self);
                self.call(bound, args)
            }
            Err(raised) => Err(raised),
        };
        self.top.set(top);
        result
    }

    /// Executes the call laid out at stack index `at` with `nargs` arguments, the last of them named by the tuple in `kwnames`.
    /// The result is in the return register.
    pub(crate) fn call_at(&mut self, at: u32, nargs: u32, kwnames: Option<Local>) -> Py<Ret> {
        let (mut at, mut nargs) = (at, nargs);
        // Callables that stand for others (bound methods, objects with __call__) are unwrapped in a loop, not by recursion; one that stands for itself counts as recursion still.
        let mut hops = 0;
        loop {
            hops += 1;
            if hops > self.recursion_limit.get() {
                return Err(self.recursion_error(""));
            }
            let callable = self.stack_word(at).value(self);
            let Some(obj) = callable.as_obj() else {
                return Err(self.not_callable(callable));
            };
            match obj.kind(self) {
                Kind::Function => return self.call_function_at(at, nargs, kwnames),
                Kind::Native => return self.call_native_at(at, nargs, kwnames),
                Kind::BoundMethod => {
                    let (f, receiver) =
                        (obj.slot(self, method::FUNC), obj.slot(self, method::SELF));
                    self.insert_receiver(at, nargs, f, receiver);
                    nargs += 1;
                }
                Kind::Type => return self.call_type_at(at, nargs, kwnames),
                _ => {
                    let Some(f) = self.special_of(callable, Dunder::Call) else {
                        return Err(self.not_callable(callable));
                    };
                    if matches!(self.binds(f), crate::attr::Binds::Method) {
                        self.insert_receiver(at, nargs, f, callable);
                        nargs += 1;
                    } else {
                        let top = self.top.get();
                        let [f, receiver, class] =
                            self.locals([f, callable, self.type_of(callable).value()]);
                        let bound = self.descr_get(f, receiver, class)?;
                        self.check_native_stack()?;
                        let bound = bound.get(self).word();
                        self.set_stack_word(at, bound);
                        self.top.set(top);
                    }
                }
            }
            let _ = &mut at;
        }
    }
    #[cold]
    pub(crate) fn not_callable(&self, value: Value<'_>) -> crate::local::Raised {
        self.type_error(format!(
            "'{}' object is not callable",
            self.type_name_for_error(value)
        ))
    }
    /// Puts a receiver in front of the arguments, which move up by a word.
    #[inline]
    pub(crate) fn insert_receiver(
        &self,
        at: u32,
        nargs: u32,
        func: Value<'_>,
        receiver: Value<'_>,
    ) {
        let first = at + header::SIZE;
        let end = first + nargs + 1;
        self.ensure_top(end);
        if end > self.top.get() {
            self.top.set(end);
        }
        for i in (first..first + nargs).rev() {
            self.set_stack_word(i + 1, self.stack_word(i));
        }
        self.set_stack_word(first, receiver.word());
        self.set_stack_word(at, func.word());
    }

    /// A Python function called from Rust: a frame of its own run of the interpreter.
    fn call_function_at(&mut self, at: u32, nargs: u32, kwnames: Option<Local>) -> Py<Ret> {
        self.check_native_stack()?;
        let base = at + header::SIZE;
        if self.enter_function(at, base, nargs, kwnames, Entry::Native)? {
            crate::interp::run(self)
        } else {
            // A generator or coroutine: made, not run.
            Ok(Ret(()))
        }
    }
    /// Binds arguments and pushes the frame: true. For generator functions makes the generator, in the return register: false.
    #[inline]
    pub(crate) fn enter_function(
        &self,
        at: u32,
        base: u32,
        nargs: u32,
        kwnames: Option<Local>,
        entry: Entry,
    ) -> Py<bool> {
        let vm = self;
        let func = vm
            .stack_word(at)
            .value(vm)
            .as_obj()
            .expect("the callable is a function");
        let code = vm
            .field(func, crate::layout::function::CODE)
            .value(vm)
            .as_obj()
            .expect("a function has code");
        let info = crate::code::call_info(vm, code);
        let bound = if kwnames.is_none() && info.is_simple() && info.arg_count() == nargs {
            nargs
        } else {
            crate::bind::bind_python(vm, func, code, base, nargs, kwnames)?
        };
        if info.makes_generator() {
            crate::generator::make(vm, func, code, base, bound)?;
            return Ok(false);
        }
        vm.push_frame(
            func.value(),
            code,
            vm.field(func, crate::layout::function::GLOBALS).value(vm),
            base,
            bound,
            entry,
        )?;
        Ok(true)
    }

    /// A function written in Rust.
    #[inline]
    pub(crate) fn call_native_at(
        &mut self,
        at: u32,
        nargs: u32,
        kwnames: Option<Local>,
    ) -> Py<Ret> {
        let obj = self
            .stack_word(at)
            .value(self)
            .as_obj()
            .expect("the callable is a native");
        let Some(entry) = self.native_entry_of(obj) else {
            return Err(self.system_error("unknown native function"));
        };
        let mut nargs = nargs;
        let receiver = obj.slot(self, native::SELF);
        if !receiver.is_empty() && entry.has_receiver() {
            self.insert_receiver(at, nargs, obj.value(), receiver);
            nargs += 1;
        } else if receiver.is_empty() && entry.has_receiver() {
            self.check_receiver(obj, at, nargs, entry.method)?;
        }
        let top = self.top.get();
        if let (Some(quick), None) = (entry.method.quick, kwnames)
            && let Some(word) = quick(self, at + header::SIZE, nargs)
        {
            self.ret.set(word);
            return Ok(Ret(()));
        }
        let call = NativeCall {
            method: entry.method,
            params: entry.params(),
            callee: Local::at(at),
            base: at + header::SIZE,
            nargs,
            kwnames,
        };
        let args = self.bind_native(&call)?;
        let result = match entry.method.native {
            NativeFn::Leaf(f) => {
                let value = f(self, args)?.word();
                self.ret.set(value);
                Ok(Ret(()))
            }
            NativeFn::Calls(f) => {
                self.check_native_stack()?;
                f(self, args)
            }
        };
        self.top.set(top);
        result
    }
    /// A method descriptor called through its class: the first argument must be an instance of it.
    #[inline]
    pub(crate) fn check_receiver(
        &self,
        native: Obj<'_>,
        at: u32,
        nargs: u32,
        method: &'static crate::native::Method,
    ) -> Py<()> {
        let owner = self.field(native, native::OWNER);
        if nargs > 0 {
            let receiver = self.stack_word(at + header::SIZE).value(self);
            if self.type_of(receiver).word() == owner {
                return Ok(());
            }
        }
        // A function of a module takes anything.
        if owner.value(self).kind(self) != Kind::Type {
            return Ok(());
        }
        self.check_receiver_slow(native, at, nargs, method)
    }
    fn check_receiver_slow(
        &self,
        native: Obj<'_>,
        at: u32,
        nargs: u32,
        method: &'static crate::native::Method,
    ) -> Py<()> {
        let Some(owner) = native
            .slot(self, native::OWNER)
            .as_obj()
            .filter(|o| o.kind(self) == Kind::Type)
        else {
            return Ok(());
        };
        if nargs == 0 {
            return Ok(());
        }
        let receiver = self.stack_word(at + header::SIZE).value(self);
        if method.binding == crate::native::Binding::Class {
            return Ok(());
        }
        let class = self.type_of(receiver);
        if class == owner || self.is_subtype(class, owner) {
            return Ok(());
        }
        let (name, owner, got) = (method.name(), self.tp_name(owner), self.tp_name(class));
        let slot =
            crate::surface::is_slot(name) && !crate::surface::is_method_beside_slot(&owner, name);
        Err(self.type_error(if slot {
            format!("descriptor '{name}' requires a '{owner}' object but received a '{got}'")
        } else {
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{got}' object")
        }))
    }
}

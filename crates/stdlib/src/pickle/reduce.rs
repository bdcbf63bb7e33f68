//! Writing objects by what `__reduce_ex__` and its relatives say, and classes and functions by their names.

use super::save::{Writer, shown_type};
use super::{BATCH, in_context, op, pickling_error};
use crate::support::*;

impl Writer {
    /// An object of no type that has an opcode of its own.
    pub fn save_other(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if let Some(function) = self.reducer_override {
            let reduced = vm.call(function, &[obj])?.keep(vm);
            if reduced.value(vm).kind(vm) != Kind::NotImplemented {
                return self.save_reduction(vm, obj, reduced);
            }
        }
        let kind = obj.value(vm).kind(vm);
        let class = class_local(vm, obj);
        let is_plain_class =
            class.value(vm) == vm.type_object(&mesapy_vm::objects::type_::TYPE).value();
        if is_plain_class {
            return self.save_type(vm, obj);
        }
        if kind == Kind::Function {
            return self.save_global(vm, obj, None);
        }
        let found = if self.own_table {
            match vm.get_item(self.dispatch_table, class) {
                Ok(found) => Some(found.keep(vm)),
                Err(raised) if vm.raised_is(&raised, &exc::LOOKUP_ERROR) => {
                    vm.take_exception(raised);
                    None
                }
                Err(raised) => return Err(raised),
            }
        } else {
            vm.dict_get(self.dispatch_table, class)?.map(|r| r.keep(vm))
        };
        if let Some(function) = found {
            let reduced = vm.call(function, &[obj])?.keep(vm);
            return self.save_reduction(vm, obj, reduced);
        }
        if vm.is_type(obj.value(vm)) {
            return self.save_global(vm, obj, None);
        }
        let reduced = match vm.lookup_attr_str(obj, "__reduce_ex__")? {
            Some(method) => {
                let method = method.keep(vm);
                let protocol = vm.local(vm.int(i64::from(self.proto)));
                vm.call(method, &[protocol])?.keep(vm)
            }
            None => match vm.lookup_attr_str(obj, "__reduce__")? {
                Some(method) => {
                    let method = method.keep(vm);
                    vm.call(method, &[])?.keep(vm)
                }
                None => {
                    let (name, shown) = (shown_type(vm, obj), vm.repr_text(obj)?);
                    return Err(pickling_error(
                        vm,
                        &format!("can't pickle '{name}' object: {shown}"),
                    ));
                }
            },
        };
        self.save_reduction(vm, obj, reduced)
    }
    fn save_reduction(&mut self, vm: &mut Vm, obj: Local, reduced: Local) -> Py<()> {
        if reduced.value(vm).as_str(vm).is_some() {
            return self.save_global(vm, obj, Some(reduced));
        }
        let saved = if reduced.value(vm).as_tuple(vm).is_none() {
            let got = shown_type(vm, reduced);
            Err(pickling_error(
                vm,
                &format!("__reduce__ must return a string or tuple, not {got}"),
            ))
        } else {
            self.guarded(vm, obj, |w, vm, obj| w.save_reduced(vm, reduced, Some(obj)))
        };
        self.noted(vm, saved, |vm| format!("{} object", shown_type(vm, obj)))
    }

    /// What a tuple of `__reduce__` says; CPython: save_reduce.
    pub fn save_reduced(&mut self, vm: &mut Vm, reduced: Local, obj: Option<Local>) -> Py<()> {
        let n = tuple_len(vm, reduced);
        if !(2..=6).contains(&n) {
            return Err(pickling_error(
                vm,
                "tuple returned by __reduce__ must contain 2 through 6 elements",
            ));
        }
        let part = |vm: &Vm, i: usize| {
            let found = (i < n).then(|| tuple_at(vm, reduced, i));
            found.filter(|v| !v.is_none()).map(|v| vm.local(v))
        };
        let function = tuple_item(vm, reduced, 0);
        let arguments = tuple_item(vm, reduced, 1);
        let (state, items, pairs, setter) = (part(vm, 2), part(vm, 3), part(vm, 4), part(vm, 5));
        if !vm.is_callable(function.value(vm)) {
            let got = shown_type(vm, function);
            return Err(pickling_error(
                vm,
                &format!(
                    "first item of the tuple returned by __reduce__ must be callable, not {got}"
                ),
            ));
        }
        if arguments.value(vm).as_tuple(vm).is_none() {
            let got = shown_type(vm, arguments);
            return Err(pickling_error(
                vm,
                &format!(
                    "second item of the tuple returned by __reduce__ must be a tuple, not {got}"
                ),
            ));
        }
        for (given, which) in [(items, "fourth"), (pairs, "fifth")] {
            if let Some(x) = given.filter(|x| !vm.is_iterator(x.value(vm))) {
                let got = shown_type(vm, x);
                return Err(pickling_error(
                    vm,
                    &format!(
                        "{which} item of the tuple returned by __reduce__ must be an iterator, not {got}"
                    ),
                ));
            }
        }
        if let Some(x) = setter.filter(|x| !vm.is_callable(x.value(vm))) {
            let got = shown_type(vm, x);
            return Err(pickling_error(
                vm,
                &format!(
                    "sixth item of the tuple returned by __reduce__ must be callable, not {got}"
                ),
            ));
        }
        let name = if self.proto >= 2 {
            vm.lookup_attr_str(function, "__name__")?
                .map(|r| r.keep(vm))
        } else {
            None
        };
        let is_named = |vm: &Vm, wanted: &str| {
            name.and_then(|n| n.value(vm).as_str(vm))
                .is_some_and(|s| s.bytes(vm) == wanted.as_bytes())
        };
        if is_named(vm, "__newobj_ex__") {
            self.save_newobj_ex(vm, arguments, obj)?;
        } else if is_named(vm, "__newobj__") {
            self.save_newobj(vm, arguments, obj)?;
        } else {
            let saved = self.save(vm, function, true);
            self.noted_part(vm, saved, obj, "reconstructor")?;
            let saved = self.save(vm, arguments, true);
            self.noted_part(vm, saved, obj, "reconstructor arguments")?;
            self.put(&[op::REDUCE]);
        }
        if let Some(obj) = obj {
            match self.number_of(vm, obj) {
                // It was saved as a part of itself: what was just built is thrown away.
                Some(number) => {
                    self.put(&[op::POP]);
                    self.put_get(number);
                }
                None => self.memoize(vm, obj)?,
            }
        }
        if let Some(items) = items {
            self.save_items(vm, items, obj)?;
        }
        if let Some(pairs) = pairs {
            self.save_pairs(vm, pairs, obj)?;
        }
        let Some(state) = state else { return Ok(()) };
        match (setter, obj) {
            (Some(setter), Some(obj)) => {
                let saved = self.save(vm, setter, true);
                self.noted_part(vm, saved, Some(obj), "state setter")?;
                self.save(vm, obj, true)?;
                let saved = self.save(vm, state, true);
                self.noted_part(vm, saved, Some(obj), "state")?;
                self.put(&[op::TUPLE2, op::REDUCE, op::POP]);
            }
            _ => {
                let saved = self.save(vm, state, true);
                self.noted_part(vm, saved, obj, "state")?;
                self.put(&[op::BUILD]);
            }
        }
        Ok(())
    }
    fn noted_part(&self, vm: &mut Vm, result: Py<()>, obj: Option<Local>, part: &str) -> Py<()> {
        match obj {
            Some(obj) => self.noted(vm, result, |vm| format!("{} {part}", shown_type(vm, obj))),
            None => result,
        }
    }
    fn check_class(&self, vm: &mut Vm, class: Local, obj: Option<Local>, what: &str) -> Py<()> {
        if !vm.is_type(class.value(vm)) {
            let got = shown_type(vm, class);
            return Err(pickling_error(
                vm,
                &format!("first argument to {what}() must be a class, not {got}"),
            ));
        }
        let Some(obj) = obj else { return Ok(()) };
        let own = vm.get_attr_str(obj, "__class__")?.keep(vm);
        if own.value(vm) != class.value(vm) {
            let (own, class) = (vm.repr_text(own)?, vm.repr_text(class)?);
            return Err(pickling_error(
                vm,
                &format!("first argument to {what}() must be {own}, not {class}"),
            ));
        }
        Ok(())
    }
    fn save_newobj_ex(&mut self, vm: &mut Vm, arguments: Local, obj: Option<Local>) -> Py<()> {
        let n = tuple_len(vm, arguments);
        if n != 3 {
            return Err(pickling_error(
                vm,
                &format!("__newobj_ex__ expected 3 arguments, got {n}"),
            ));
        }
        let [class, args, kwargs] = [0, 1, 2].map(|i| tuple_item(vm, arguments, i));
        self.check_class(vm, class, obj, "__newobj_ex__")?;
        if args.value(vm).as_tuple(vm).is_none() {
            let got = shown_type(vm, args);
            return Err(pickling_error(
                vm,
                &format!("second argument to __newobj_ex__() must be a tuple, not {got}"),
            ));
        }
        if kwargs.value(vm).as_dict(vm).is_none() {
            let got = shown_type(vm, kwargs);
            return Err(pickling_error(
                vm,
                &format!("third argument to __newobj_ex__() must be a dict, not {got}"),
            ));
        }
        if self.proto >= 4 {
            let saved = self.save(vm, class, true);
            self.noted_part(vm, saved, obj, "class")?;
            let saved = self
                .save(vm, args, true)
                .and_then(|()| self.save(vm, kwargs, true));
            self.noted_part(vm, saved, obj, "__new__ arguments")?;
            self.put(&[op::NEWOBJ_EX]);
            return Ok(());
        }
        // functools.partial(class.__new__, class, *args, **kwargs)
        let functools = mesapy_vm::import::import_module(vm, "functools")?;
        let partial = vm.get_attr_str(functools, "partial")?.keep(vm);
        let new = vm.get_attr_str(class, "__new__")?.keep(vm);
        let mut all = vec![new, class];
        all.extend(tuple_locals(vm, args));
        let all = tuple_of(vm, &all)?;
        let made = vm.call_ex(partial, all, kwargs)?.keep(vm);
        let saved = self.save(vm, made, true);
        self.noted_part(vm, saved, obj, "reconstructor")?;
        let empty = tuple_of(vm, &[])?;
        self.save(vm, empty, true)?;
        self.put(&[op::REDUCE]);
        Ok(())
    }
    fn save_newobj(&mut self, vm: &mut Vm, arguments: Local, obj: Option<Local>) -> Py<()> {
        if tuple_len(vm, arguments) == 0 {
            return Err(pickling_error(
                vm,
                "__newobj__ expected at least 1 argument, got 0",
            ));
        }
        let class = tuple_item(vm, arguments, 0);
        self.check_class(vm, class, obj, "__newobj__")?;
        let rest = {
            let vm: &Vm = vm;
            let all = arguments.value(vm).as_tuple(vm).map(|t| t.to_vec(vm));
            let all = all.unwrap_or_default();
            vm.local(vm.new_tuple(all.get(1..).unwrap_or_default())?.value())
        };
        let saved = self.save(vm, class, true);
        self.noted_part(vm, saved, obj, "class")?;
        let saved = self.save(vm, rest, true);
        self.noted_part(vm, saved, obj, "__new__ arguments")?;
        self.put(&[op::NEWOBJ]);
        Ok(())
    }
    /// Items of an iterator as APPENDs, in batches.
    fn save_items(&mut self, vm: &mut Vm, items: Local, obj: Option<Local>) -> Py<()> {
        let [item, ahead] = vm.locals([Value::NONE, Value::NONE]);
        let mut index = 0;
        let mut save_one = |w: &mut Writer, vm: &mut Vm, item: Local| {
            let saved = w.save(vm, item, true);
            let i = index;
            index += 1;
            w.noted_part(vm, saved, obj, &format!("item {i}"))
        };
        if !self.binary() {
            while vm.next_into(items, item)? {
                save_one(self, vm, item)?;
                self.put(&[op::APPEND]);
            }
            return Ok(());
        }
        let mut more = vm.next_into(items, ahead)?;
        while more {
            item.set(vm, ahead.value(vm));
            more = vm.next_into(items, ahead)?;
            if !more {
                save_one(self, vm, item)?;
                self.put(&[op::APPEND]);
                break;
            }
            self.put(&[op::MARK]);
            save_one(self, vm, item)?;
            let mut in_batch = 1;
            while more && in_batch < BATCH {
                item.set(vm, ahead.value(vm));
                save_one(self, vm, item)?;
                in_batch += 1;
                more = vm.next_into(items, ahead)?;
            }
            self.put(&[op::APPENDS]);
        }
        Ok(())
    }
    /// Pairs of an iterator as SETITEMs, in batches.
    fn save_pairs(&mut self, vm: &mut Vm, pairs: Local, obj: Option<Local>) -> Py<()> {
        let [pair, ahead, key, value] = vm.locals([Value::NONE; 4]);
        let save_one = |w: &mut Writer, vm: &mut Vm, pair: Local| {
            let is_pair = pair.value(vm).as_tuple(vm).is_some_and(|t| t.len(vm) == 2);
            if !is_pair {
                return Err(vm.type_error("dict items iterator must return 2-tuples"));
            }
            key.set(vm, tuple_at(vm, pair, 0));
            value.set(vm, tuple_at(vm, pair, 1));
            w.save(vm, key, true)?;
            let saved = w.save(vm, value, true);
            match obj {
                Some(obj) => w.noted_item(vm, saved, obj, key),
                None => saved,
            }
        };
        if !self.binary() {
            while vm.next_into(pairs, pair)? {
                save_one(self, vm, pair)?;
                self.put(&[op::SETITEM]);
            }
            return Ok(());
        }
        let mut more = vm.next_into(pairs, ahead)?;
        while more {
            pair.set(vm, ahead.value(vm));
            more = vm.next_into(pairs, ahead)?;
            if !more {
                save_one(self, vm, pair)?;
                self.put(&[op::SETITEM]);
                break;
            }
            self.put(&[op::MARK]);
            save_one(self, vm, pair)?;
            let mut in_batch = 1;
            while more && in_batch < BATCH {
                pair.set(vm, ahead.value(vm));
                save_one(self, vm, pair)?;
                in_batch += 1;
                more = vm.next_into(pairs, ahead)?;
            }
            self.put(&[op::SETITEMS]);
        }
        Ok(())
    }

    // ---- by name

    fn save_type(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        for constant in [Value::NONE, Value::ELLIPSIS, Value::NOT_IMPLEMENTED] {
            let constant = vm.local(constant);
            if vm.type_of(constant.value(vm)).value() == obj.value(vm) {
                let class = class_local(vm, obj);
                let arguments = tuple_of(vm, &[constant])?;
                let reduced = tuple_of(vm, &[class, arguments])?;
                return self.save_reduced(vm, reduced, Some(obj));
            }
        }
        self.save_global(vm, obj, None)
    }
    pub fn save_global(&mut self, vm: &mut Vm, obj: Local, name: Option<Local>) -> Py<()> {
        let name = match name {
            Some(name) => name,
            None => match vm.lookup_attr_str(obj, "__qualname__")? {
                Some(name) => name.keep(vm),
                None => vm.get_attr_str(obj, "__name__")?.keep(vm),
            },
        };
        let Some(text) = name.value(vm).as_str(vm).map(|s| s.bytes(vm).to_vec()) else {
            let got = shown_type(vm, name);
            return Err(pickling_error(
                vm,
                &format!("can't pickle: __qualname__ must be str, not {got}"),
            ));
        };
        let path: Vec<Vec<u8>> = text.split(|b| *b == b'.').map(<[u8]>::to_vec).collect();
        let module = which_module(vm, obj, &path, name)?;
        if self.proto >= 2 && self.save_extension(vm, obj, module, name)? {
            return Ok(());
        }
        if self.proto >= 4 {
            self.save(vm, module, true)?;
            self.save(vm, name, true)?;
            self.put(&[op::STACK_GLOBAL]);
            return self.memoize(vm, obj);
        }
        let (first, rest) = match path.split_first() {
            Some((first, rest)) => (first.clone(), rest),
            None => (Vec::new(), &[][..]),
        };
        let [attribute, getattr] = {
            let vm: &Vm = vm;
            let builtins = vm.roots.builtins(vm).as_dict(vm);
            let getattr = builtins.and_then(|b| b.get_str(vm, vm.intern(b"getattr")));
            vm.locals([Value::NONE, getattr.unwrap_or(Value::NONE)])
        };
        for _ in rest {
            self.save(vm, getattr, true)?;
            if self.proto < 2 {
                self.put(&[op::MARK]);
            }
        }
        self.save_toplevel(vm, module, &first)?;
        for part in rest {
            attribute.set(vm, vm.intern(part).value());
            self.save(vm, attribute, true)?;
            self.put(if self.proto < 2 {
                &[op::TUPLE, op::REDUCE]
            } else {
                &[op::TUPLE2, op::REDUCE]
            });
        }
        self.memoize(vm, obj)
    }
    /// By a number that copyreg gave to the name.
    fn save_extension(&mut self, vm: &mut Vm, obj: Local, module: Local, name: Local) -> Py<bool> {
        let key = tuple_of(vm, &[module, name])?;
        let Some(code) = vm
            .dict_get(self.extension_registry, key)?
            .map(|r| r.keep(vm))
        else {
            return Ok(false);
        };
        let number = vm.int_value(code.value(vm));
        let (shown, code_shown) = (vm.repr_text(obj)?, vm.repr_text(code)?);
        if !vm.is_int(code.value(vm)) {
            return Err(pickling_error(
                vm,
                &format!("Can't pickle {shown}: extension code {code_shown} isn't an integer"),
            ));
        }
        match number.and_then(|n| u32::try_from(n).ok()) {
            Some(n) if n > 0 && n <= i32::MAX as u32 => {
                match (u8::try_from(n), u16::try_from(n)) {
                    (Ok(byte), _) => self.put(&[op::EXT1, byte]),
                    (_, Ok(short)) => self.put_sized(op::EXT2, &short.to_le_bytes()),
                    _ => self.put_sized(op::EXT4, &n.to_le_bytes()),
                }
                Ok(true)
            }
            _ => Err(vm.runtime_error(format!(
                "Can't pickle {shown}: extension code {code_shown} is out of range"
            ))),
        }
    }
    /// GLOBAL, with Python 2's names where they are wanted.
    fn save_toplevel(&mut self, vm: &mut Vm, module: Local, name: &[u8]) -> Py<()> {
        let name = vm.local(vm.new_str(name)?.value());
        let (mut module, mut name) = (module, name);
        if self.proto < 3 && self.fix_imports {
            let compat = mesapy_vm::import::import_module(vm, "_compat_pickle")?;
            let names = vm.get_attr_str(compat, "REVERSE_NAME_MAPPING")?.keep(vm);
            let modules = vm.get_attr_str(compat, "REVERSE_IMPORT_MAPPING")?.keep(vm);
            let key = tuple_of(vm, &[module, name])?;
            if let Some(pair) = vm.dict_get(names, key)?.map(|r| r.keep(vm)) {
                module = tuple_item(vm, pair, 0);
                name = tuple_item(vm, pair, 1);
            } else if let Some(other) = vm.dict_get(modules, module)?.map(|r| r.keep(vm)) {
                module = other;
            }
        }
        self.put(&[op::GLOBAL]);
        for (text, what) in [(module, "module"), (name, "global")] {
            let bytes = {
                let vm: &Vm = vm;
                text.value(vm)
                    .as_str(vm)
                    .filter(|s| s.is_ascii(vm) || self.proto >= 3 && s.as_utf8(vm).is_some())
                    .map(|s| s.bytes(vm).to_vec())
            };
            let Some(bytes) = bytes else {
                let encoding = if self.proto >= 3 { "utf-8" } else { "ascii" };
                let first = match text.cast::<k::Str>(vm) {
                    Some(text) => match vm.encode(text, encoding, "strict") {
                        Err(raised) => vm.take_exception_local(raised),
                        Ok(_) => vm.local(Value::NONE),
                    },
                    None => vm.local(Value::NONE),
                };
                let shown = vm.repr_text(text)?;
                let error = pickling_error(
                    vm,
                    &format!(
                        "can't pickle {what} identifier {shown} using pickle protocol {}",
                        self.proto
                    ),
                );
                return Err(in_context(vm, error, first));
            };
            self.put(&bytes);
            self.put(b"\n");
        }
        Ok(())
    }
}

/// Follows attributes from an object; AttributeError where one is missing.
pub fn walk(vm: &mut Vm, from: Local, path: &[Vec<u8>]) -> Py<Local> {
    let at = vm.local(from.value(vm));
    for part in path {
        vm.scope(|vm| {
            let name: Local<k::Str> = {
                let vm: &Vm = vm;
                vm.local_of(vm.intern(part).value())
            };
            vm.get_attr(at, name).map(|r| r.put(vm, at))
        })?;
    }
    Ok(at)
}

/// The module whose attribute an object is. CPython: whichmodule
fn which_module(vm: &mut Vm, obj: Local, path: &[Vec<u8>], name: Local) -> Py<Local> {
    let module_name = vm.lookup_attr_str(obj, "__module__")?.map(|r| r.keep(vm));
    if path.iter().any(|p| p == b"<locals>") {
        let shown = vm.repr_text(obj)?;
        return Err(pickling_error(
            vm,
            &format!("Can't pickle local object {shown}"),
        ));
    }
    let module_name = match super::given(vm, module_name) {
        Some(name) => name,
        None => match search_modules(vm, obj, path)? {
            Some(found) => return Ok(found),
            None => vm.local(vm.intern(b"__main__").value()),
        },
    };
    let module = import_by_name(vm, module_name);
    let module = match module {
        Ok(module) => module,
        Err(raised)
            if [&exc::IMPORT_ERROR, &exc::VALUE_ERROR, &exc::KEY_ERROR]
                .iter()
                .any(|def| vm.raised_is(&raised, def)) =>
        {
            let e = vm.take_exception_local(raised);
            let (shown, why) = (vm.repr_text(obj)?, vm.str_text(e)?);
            let error = pickling_error(vm, &format!("Can't pickle {shown}: {why}"));
            return Err(in_context(vm, error, e));
        }
        Err(raised) => return Err(raised),
    };
    let full = format!(
        "{}.{}",
        vm.text_of(module_name.value(vm)),
        vm.text_of(name.value(vm))
    );
    match walk(vm, module, path) {
        Ok(found) if found.value(vm) == obj.value(vm) => Ok(module_name),
        Ok(_) => {
            let shown = vm.repr_text(obj)?;
            Err(pickling_error(
                vm,
                &format!("Can't pickle {shown}: it's not the same object as {full}"),
            ))
        }
        Err(raised) if vm.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => {
            let first = vm.take_exception_local(raised);
            let shown = vm.repr_text(obj)?;
            let error = pickling_error(
                vm,
                &format!("Can't pickle {shown}: it's not found as {full}"),
            );
            Err(in_context(vm, error, first))
        }
        Err(raised) => Err(raised),
    }
}
/// `__import__(name, level=0)`, then `sys.modules[name]`.
pub fn import_by_name(vm: &mut Vm, name: Local) -> Py<Local> {
    if name.value(vm).as_str(vm).is_none() {
        return Err(vm.type_error("module name must be a string"));
    }
    let modules = vm.local(vm.roots.modules(vm));
    let builtins = vm.roots.builtins(vm).as_dict(vm);
    let import = builtins.and_then(|b| b.get_str(vm, vm.intern(b"__import__")));
    let import = vm.local(import.unwrap_or(Value::NONE));
    vm.call(import, &[name])?.keep(vm);
    match vm.dict_get(modules, name)? {
        Some(found) => Ok(found.keep(vm)),
        None => Err(vm.key_error(name.value(vm))),
    }
}
/// For what does not know its module: the first of `sys.modules` that has it.
fn search_modules(vm: &mut Vm, obj: Local, path: &[Vec<u8>]) -> Py<Option<Local>> {
    let modules: Vec<(Local, Local)> = {
        let vm: &Vm = vm;
        let Some(modules) = vm.roots.modules(vm).as_dict(vm) else {
            return Err(vm.runtime_error("unable to get sys.modules"));
        };
        modules
            .iter(vm)
            .map(|(name, module)| (vm.local(name), vm.local(module)))
            .collect()
    };
    for (name, module) in modules {
        if module.value(vm).is_none()
            || matches!(
                vm.text_of(name.value(vm)).as_str(),
                "__main__" | "__mp_main__"
            )
        {
            continue;
        }
        let same = vm.scope(|vm| match walk(vm, module, path) {
            Ok(found) => Ok(found.value(vm) == obj.value(vm)),
            Err(raised) if vm.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => {
                vm.take_exception(raised);
                Ok(false)
            }
            Err(raised) => Err(raised),
        })?;
        if same {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

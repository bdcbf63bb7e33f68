//! Builtins about iteration and containers: iter, next, len, all, any, min, max, sorted, print, aiter, anext.

use super::attributes::positional;
use crate::dunder::Dunder;
use crate::local::{Local, Py, Ret, k};
use crate::native::Method;
use crate::objects::{async_generators, iterators};
use crate::quick::builtins::{quick_iter, quick_len, quick_max, quick_min, quick_next};
use crate::sink::Sink;
use crate::vm::Vm;
use mesapy_bytecode::CmpOp;
use mesapy_heap::Value;

pub static FUNCTIONS: &[Method] = crate::methods! {
    "iter(...)" => quick quick_iter static calls iter(args, kwargs), "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object.";
    "next(...)" => quick quick_next static calls next(args, kwargs), "next(iterator[, default])\n\nReturn the next item from the iterator.";
    "len(obj, /)" => quick quick_len static calls len(obj), "Return the number of items in a container.";
    "all(iterable, /)" => static calls all(iterable), "Return True if bool(x) is True for all values x in the iterable.";
    "any(iterable, /)" => static calls any(iterable), "Return True if bool(x) is True for any x in the iterable.";
    "min(...)" => quick quick_min static calls min(args, kwargs), "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value";
    "max(...)" => quick quick_max static calls max(args, kwargs), "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value";
    "sorted(iterable, /, *, key=None, reverse=False)" => static calls sorted(iterable, key, reverse), "Return a new list containing all items from the iterable in ascending order.";
    "print(*args, sep=' ', end='\\n', file=None, flush=False)" => static calls print(args, sep, end, file, flush), "Prints the values to a stream, or to sys.stdout by default.";
    "anext(aiterator, default=<unrepresentable>, /)" => static calls anext(x, default), "Return the next item from the async iterator.\n\nIf default is given and the async iterator is exhausted,\nit is returned instead of raising StopAsyncIteration.";
    "aiter(async_iterable, /)" => static calls aiter(x), "Return an AsyncIterator for an AsyncIterable object.";
};
fn iter(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let a = positional(vm, "iter", args, kwargs, 1, 2)?;
    if a.len() == 1 {
        return vm.iter(a[0]);
    }
    if !vm.is_callable(a[0].value(vm)) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    let made = iterators::callable_iterator(vm, a[0].value(vm), a[1].value(vm)).word();
    vm.ret.set(made);
    Ok(Ret(()))
}
fn next(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    let a = positional(vm, "next", args, kwargs, 1, 2)?;
    if !vm.is_iterator(a[0].value(vm)) {
        return Err(vm.type_error(format!(
            "'{}' object is not an iterator",
            vm.type_name_for_error(a[0].value(vm))
        )));
    }
    if a.len() == 2 {
        if vm.next(a[0])? {
            let word = vm.ret.get();
            return Ok(vm.ret(word.value(vm)));
        }
        return Ok(vm.ret(a[1].value(vm)));
    }
    vm.stop_value.set(Value::NONE.word());
    if vm.next(a[0])? {
        let word = vm.ret.get();
        return Ok(vm.ret(word.value(vm)));
    }
    let value = vm.stop_value.get();
    Err(vm.stop_iteration(value.value(vm)))
}
fn len(vm: &mut Vm, obj: Local) -> Py<usize> {
    vm.len(obj)
}
fn all(vm: &mut Vm, iterable: Local) -> Py<bool> {
    let it = vm.iter(iterable)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_beyond(it, item, Sink::All)? {
        item.set(vm, vm.ret.get().value(vm));
        if !vm.truth(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}
fn any(vm: &mut Vm, iterable: Local) -> Py<bool> {
    let it = vm.iter(iterable)?.keep(vm);
    let item = vm.local(Value::NONE);
    while vm.next_beyond(it, item, Sink::Any)? {
        item.set(vm, vm.ret.get().value(vm));
        if vm.truth(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
fn min(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    extreme(vm, args, kwargs, "min", CmpOp::Lt)
}
fn max(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local) -> Py<Ret> {
    extreme(vm, args, kwargs, "max", CmpOp::Gt)
}
fn extreme(vm: &mut Vm, args: Local<k::Tuple>, kwargs: Local, name: &str, op: CmpOp) -> Py<Ret> {
    let n = args.get(vm).len(vm);
    if n == 0 {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let [key, default] = vm.locals([Value::NONE, Value::EMPTY]);
    if let Some(d) = kwargs.value(vm).as_dict(vm) {
        let mut pos = 0;
        while let Some((next, k, v)) = d.next_entry(vm, pos) {
            match k.as_str(vm).map(|s| s.bytes(vm)) {
                Some(b"key") => key.set(vm, v),
                Some(b"default") => default.set(vm, v),
                _ => {
                    let known = ["key", "default"].into_iter();
                    let text = crate::suggest::unexpected_keyword(name, &vm.text_of(k), known);
                    return Err(vm.type_error(text));
                }
            }
            pos = next + 1;
        }
    }
    let iterable = if n == 1 {
        vm.local(args.get(vm).at(vm, 0).unwrap_or(Value::NONE))
    } else {
        args.any()
    };
    if n > 1 && !default.value(vm).is_empty() {
        return Err(vm.type_error(format!(
            "Cannot specify a default for {name}() with multiple positional arguments"
        )));
    }
    let it = vm.iter(iterable)?.keep(vm);
    let [item, item_key, best, best_key] =
        vm.locals([Value::NONE, Value::NONE, Value::EMPTY, Value::EMPTY]);
    let with_key = !key.value(vm).is_none();
    while vm.next_into(it, item)? {
        if with_key {
            vm.call(key, &[item])?.put(vm, item_key);
        } else {
            item_key.set(vm, item.value(vm));
        }
        if best.value(vm).is_empty() || vm.compare(item_key, best_key, op)? {
            best.set(vm, item.value(vm));
            best_key.set(vm, item_key.value(vm));
        }
    }
    if !best.value(vm).is_empty() {
        return Ok(vm.ret(best.value(vm)));
    }
    if !default.value(vm).is_empty() {
        return Ok(vm.ret(default.value(vm)));
    }
    Err(vm.value_error(format!("{name}() iterable argument is empty")))
}
fn sorted(vm: &mut Vm, iterable: Local, key: Option<Local>, reverse: Option<Local>) -> Py<Ret> {
    let list = vm.list_from_iterable(iterable)?.keep(vm);
    let sort = vm.get_attr_str(list, "sort")?.keep(vm);
    let [none, no] = vm.locals([Value::NONE, Value::FALSE]);
    let _: Ret = vm.call_kw(
        sort,
        &[],
        &[
            ("key", key.unwrap_or(none)),
            ("reverse", reverse.unwrap_or(no)),
        ],
    )?;
    Ok(vm.ret(list.value(vm)))
}
fn print(
    vm: &mut Vm,
    args: Local<k::Tuple>,
    sep: Option<Local>,
    end: Option<Local>,
    file: Option<Local>,
    flush: Option<Local>,
) -> Py<()> {
    let given = |vm: &Vm, l: Option<Local>| l.filter(|l| !l.value(vm).is_none());
    let file = match given(vm, file) {
        Some(f) => f,
        None => {
            let stdout = vm
                .roots
                .sys_dict(vm)
                .as_dict(vm)
                .and_then(|d| d.get_str(vm, vm.roots.names.stdout(vm)));
            let Some(stdout) = stdout else {
                return Err(vm.runtime_error("lost sys.stdout"));
            };
            if stdout.is_none() {
                return Ok(());
            }
            vm.local(stdout)
        }
    };
    let (sep, end) = (given(vm, sep), given(vm, end));
    for (name, l) in [("sep", sep), ("end", end)] {
        if let Some(l) = l {
            if l.value(vm).as_str(vm).is_none() {
                return Err(vm.type_error(format!(
                    "{name} must be None or a string, not {}",
                    vm.type_name_for_error(l.value(vm))
                )));
            }
        }
    }
    let space = vm.local(vm.str_from_char(u32::from(b' ')).value());
    let newline = vm.local(vm.str_from_char(u32::from(b'\n')).value());
    let write = Writer::of(vm, file)?;
    let [item, text] = vm.locals([Value::NONE, Value::NONE]);
    let n = args.get(vm).len(vm);
    if let (1, Writer::Method(..)) = (n, &write) {
        // A native file can't tell this from two texts.
        item.set(vm, args.get(vm).at(vm, 0).unwrap_or(Value::NONE));
        vm.str(item)?.put(vm, text);
        join(vm, text, end.unwrap_or(newline))?;
        write.write(vm, text)?;
        return flushed(vm, file, flush);
    }
    for i in 0..n {
        if i > 0 {
            write.write(vm, sep.unwrap_or(space))?;
        }
        item.set(vm, args.get(vm).at(vm, i).unwrap_or(Value::NONE));
        vm.str(item)?.put(vm, text);
        write.write(vm, text)?;
    }
    write.write(vm, end.unwrap_or(newline))?;
    flushed(vm, file, flush)
}
fn flushed(vm: &mut Vm, file: Local, flush: Option<Local>) -> Py<()> {
    if let Some(f) = flush {
        if vm.truth(f)? {
            let _: Ret = vm.call_method(file, "flush", &[])?;
        }
    }
    Ok(())
}
/// Puts `end` behind a text.
fn join(vm: &Vm, text: Local, end: Local) -> Py<()> {
    if let (Some(a), Some(b)) = (text.value(vm).as_str(vm), end.value(vm).as_str(vm)) {
        let parts = [a.bytes(vm), b.bytes(vm)];
        text.set(vm, vm.new_str_parts(&parts)?.value());
    }
    Ok(())
}
/// A file's `write`.
enum Writer {
    /// Found on the file's class, and not bound.
    Method(Local, Local),
    Bound(Local),
}
impl Writer {
    fn of(vm: &mut Vm, file: Local) -> Py<Writer> {
        let name = vm.local_of::<k::Str>(vm.roots.names.write(vm).value());
        if let Some(method) = vm.native_method(file.value(vm), name.get(vm)) {
            return Ok(Writer::Method(vm.local(method), file));
        }
        Ok(Writer::Bound(vm.get_attr(file, name)?.keep(vm)))
    }
    fn write(&self, vm: &mut Vm, text: Local) -> Py<()> {
        let Ret(()) = match *self {
            Writer::Method(method, file) => vm.call_special(method, file, &[text])?,
            Writer::Bound(write) => vm.call(write, &[text])?,
        };
        Ok(())
    }
}
fn aiter(vm: &mut Vm, x: Local) -> Py<Ret> {
    match vm.call_dunder(x, Dunder::AIter, &[])? {
        Some(ret) => {
            let it = ret.keep(vm);
            if vm.special_of(it.value(vm), Dunder::ANext).is_none() {
                return Err(vm.type_error(format!(
                    "aiter() returned not an async iterator of type '{}'",
                    vm.type_name_for_error(it.value(vm))
                )));
            }
            Ok(vm.ret(it.value(vm)))
        }
        None => Err(vm.type_error(format!(
            "'{}' object is not an async iterable",
            vm.type_name_for_error(x.value(vm))
        ))),
    }
}
fn anext(vm: &mut Vm, x: Local, default: Option<Local>) -> Py<Ret> {
    let Some(ret) = vm.call_dunder(x, Dunder::ANext, &[])? else {
        return Err(vm.type_error(format!(
            "'{}' object is not an async iterator",
            vm.type_name_for_error(x.value(vm))
        )));
    };
    match default {
        Some(default) => {
            let awaitable = ret.keep(vm);
            async_generators::new_anext_awaitable(vm, awaitable, default)
        }
        None => Ok(ret),
    }
}

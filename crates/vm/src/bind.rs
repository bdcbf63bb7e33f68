//! Binding of arguments to a Python function's parameters, in place on the VM stack, with CPython's error texts.

use crate::code;
use crate::layout::{code as c, function};
use crate::local::{Local, Py, Raised};
use crate::vm::Vm;
use mesapy_bytecode::CodeFlags;
use mesapy_heap::{Obj, Value, Word};

/// Brings `nargs` arguments at `base` (the last of them named by the tuple `kwnames`) into the parameters' registers, whose count it gives.
#[inline]
pub(crate) fn bind_python(
    vm: &Vm,
    func: Obj<'_>,
    code: Obj<'_>,
    base: u32,
    nargs: u32,
    kwnames: Option<Local>,
) -> Py<u32> {
    let info = code::call_info(vm, code);
    let args = info.arg_count() as usize;
    let names = kwnames.and_then(|n| n.value(vm).as_tuple(vm));
    let npos = nargs as usize - names.map_or(0, |t| t.len(vm)).min(nargs as usize);
    // The common case: positional arguments, some defaults missing.
    if names.is_none() && info.is_simple() && npos < args {
        let defaults = func.slot(vm, function::DEFAULTS).as_tuple(vm);
        let ndefaults = defaults.map_or(0, |d| d.len(vm));
        if npos + ndefaults >= args {
            let need = base + info.registers();
            vm.ensure_top(need);
            if let Some(defaults) = defaults {
                for i in npos..args {
                    let value = defaults.at(vm, i + ndefaults - args).unwrap_or(Value::NONE);
                    vm.set_stack_word(base + i as u32, value.word());
                }
            }
            return Ok(args as u32);
        }
    }
    if let Some(bound) = crate::plan::bind(vm, func, code, info, base, npos as u32, names)? {
        return Ok(bound);
    }
    bind_anew(vm, func, code, base, npos, nargs as usize - npos, names)?;
    Ok(code::parameter_count(vm, code))
}
/// In full.
#[inline(never)]
fn bind_anew<'v>(
    vm: &'v Vm,
    func: Obj<'v>,
    code: Obj<'v>,
    base: u32,
    npos: usize,
    named: usize,
    names: Option<mesapy_heap::Tuple<'v>>,
) -> Py<()> {
    // The values of keywords; what is given by position stays where it is.
    let mut few = [Word::EMPTY; NAMED_MAX];
    let mut many = Vec::new();
    let given: &mut [Word] = if named <= NAMED_MAX {
        &mut few[..named]
    } else {
        many.resize(named, Word::EMPTY);
        &mut many
    };
    for (i, slot) in given.iter_mut().enumerate() {
        *slot = vm.stack_word(base + (npos + i) as u32);
    }
    Binder {
        vm,
        func,
        code,
        base,
        given,
        npos,
        args: code::call_info(vm, code).arg_count() as usize,
        kwonly: code::int_slot(vm, code, c::KWONLY),
        posonly: code::int_slot(vm, code, c::POSONLY),
    }
    .bind(names)
}

/// Keywords that are kept in an array.
const NAMED_MAX: usize = 8;

struct Binder<'v, 'a> {
    vm: &'v Vm,
    func: Obj<'v>,
    code: Obj<'v>,
    base: u32,
    /// Values of keywords.
    given: &'a [Word],
    npos: usize,
    args: usize,
    kwonly: usize,
    posonly: usize,
}

impl<'v> Binder<'v, '_> {
    fn bind(&self, names: Option<mesapy_heap::Tuple<'v>>) -> Py<()> {
        let vm = self.vm;
        let flags = code::flags(vm, self.code);
        let params = self.args + self.kwonly;
        let var_args = flags.has(CodeFlags::VARARGS).then_some(params);
        let var_kw = flags
            .has(CodeFlags::VARKEYWORDS)
            .then_some(params + var_args.is_some() as usize);
        let all = params + var_args.is_some() as usize + var_kw.is_some() as usize;
        let end = self.base + (all as u32).max(code::call_info(vm, self.code).registers());
        if !vm.has_room(end) {
            return Err(vm.recursion_error(""));
        }
        vm.ensure_top(end);
        let kept = self.npos.min(self.args);
        let rest = match var_args {
            Some(_) => {
                let first = self.base + kept as u32;
                let item = |i: usize| vm.stack_word(first + i as u32).value(vm);
                Some(vm.new_tuple_from(self.npos - kept, item)?)
            }
            None => None,
        };
        for i in kept..all {
            self.set(i, Word::EMPTY);
        }
        if let (Some(at), Some(rest)) = (var_args, rest) {
            self.set(at, rest.value().word());
        }
        if let Some(at) = var_kw {
            self.set(at, vm.new_dict().value().word());
        }
        for i in 0..names.map_or(0, |t| t.len(vm)) {
            let name = names.and_then(|t| t.at(vm, i)).unwrap_or(Value::NONE);
            self.keyword(name, self.given[i], var_kw, names)?;
        }
        if self.npos > self.args && var_args.is_none() {
            return Err(self.too_many());
        }
        self.defaults()
    }
    fn set(&self, i: usize, word: Word) {
        self.vm.set_stack_word(self.base + i as u32, word);
    }
    fn is_missing(&self, i: usize) -> bool {
        self.vm.stack_word(self.base + i as u32).is_empty()
    }
    fn parameter(&self, i: usize) -> Value<'v> {
        code::names(self.vm, self.code, c::VARNAMES)
            .at(self.vm, i)
            .unwrap_or(Value::NONE)
    }
    fn function_name(&self) -> String {
        self.vm.text_of(self.func.slot(self.vm, function::QUALNAME))
    }

    fn keyword(
        &self,
        name: Value<'v>,
        value: Word,
        var_kw: Option<usize>,
        names: Option<mesapy_heap::Tuple<'v>>,
    ) -> Py<()> {
        let vm = self.vm;
        let Some(text) = name.as_str(vm) else {
            return Err(vm.type_error(format!(
                "{}() keywords must be strings",
                self.function_name()
            )));
        };
        let params = self.args + self.kwonly;
        let same = |i: &usize| {
            self.parameter(*i) == name
                || self
                    .parameter(*i)
                    .as_str(vm)
                    .is_some_and(|p| p.eq(vm, text))
        };
        let identical = |i: &usize| self.parameter(*i) == name;
        let found = (self.posonly..params)
            .find(identical)
            .or_else(|| (self.posonly..params).find(same));
        if let Some(i) = found {
            if !self.is_missing(i) {
                return Err(vm.type_error(format!(
                    "{}() got multiple values for argument '{}'",
                    self.function_name(),
                    vm.text_of(name)
                )));
            }
            self.set(i, value);
            return Ok(());
        }
        if let Some(at) = var_kw {
            let dict = vm
                .stack_word(self.base + at as u32)
                .value(vm)
                .as_dict(vm)
                .ok_or(Raised(()))?;
            dict.set_str(vm, text, value.value(vm))?;
            return Ok(());
        }
        let posonly_given: Vec<String> = names
            .into_iter()
            .flat_map(|t| t.iter(vm))
            .filter(|n| {
                (0..self.posonly).any(|i| {
                    self.parameter(i)
                        .as_str(vm)
                        .zip(n.as_str(vm))
                        .is_some_and(|(a, b)| a.eq(vm, b))
                })
            })
            .map(|n| vm.text_of(n))
            .collect();
        if !posonly_given.is_empty() {
            return Err(vm.type_error(format!(
                "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                self.function_name(),
                posonly_given.join(", ")
            )));
        }
        let shown = vm.text_of(name);
        let candidates: Vec<String> = (self.posonly..params)
            .map(|i| vm.text_of(self.parameter(i)))
            .collect();
        let known = candidates.iter().map(String::as_str);
        let text = crate::suggest::unexpected_keyword(&self.function_name(), &shown, known);
        Err(vm.type_error(text))
    }

    fn defaults(&self) -> Py<()> {
        let vm = self.vm;
        let defaults = self.func.slot(vm, function::DEFAULTS).as_tuple(vm);
        let ndefaults = defaults.map_or(0, |d| d.len(vm));
        let without = self.args.saturating_sub(ndefaults);
        if (0..without).any(|i| self.is_missing(i)) {
            let missing: Vec<usize> = (0..without).filter(|i| self.is_missing(*i)).collect();
            return Err(self.missing("positional", &missing));
        }
        if let Some(d) = defaults {
            for i in without..self.args {
                if self.is_missing(i) {
                    self.set(
                        i,
                        d.at(vm, i + ndefaults - self.args)
                            .unwrap_or(Value::NONE)
                            .word(),
                    );
                }
            }
        }
        if self.kwonly == 0 {
            return Ok(());
        }
        let kwdefaults = self.func.slot(vm, function::KWDEFAULTS).as_dict(vm);
        let parameters = code::names(vm, self.code, c::VARNAMES);
        let mut missing = Vec::new();
        for i in self.args..self.args + self.kwonly {
            if !self.is_missing(i) {
                continue;
            }
            let name = parameters.at(vm, i).unwrap_or(Value::NONE);
            let default = kwdefaults.and_then(|d| {
                // Where every parameter has one they mostly are in the order of the parameters.
                match d.entry(vm, i - self.args) {
                    Some((key, value)) if key == name => Some(value),
                    _ => d.get_str(vm, name.as_str(vm)?),
                }
            });
            match default {
                Some(v) => self.set(i, v.word()),
                None => missing.push(i),
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(self.missing("keyword-only", &missing))
        }
    }

    #[cold]
    fn missing(&self, sort: &str, which: &[usize]) -> Raised {
        let names: Vec<String> = which
            .iter()
            .map(|i| format!("'{}'", self.vm.text_of(self.parameter(*i))))
            .collect();
        let list = match names.as_slice() {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
            [] => String::new(),
        };
        self.vm.type_error(format!(
            "{}() missing {} required {sort} argument{}: {list}",
            self.function_name(),
            which.len(),
            if which.len() == 1 { "" } else { "s" }
        ))
    }
    #[cold]
    fn too_many(&self) -> Raised {
        let vm = self.vm;
        let ndefaults = func_defaults(vm, self.func);
        let given_kwonly = (self.args..self.args + self.kwonly)
            .filter(|i| !self.is_missing(*i))
            .count();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let takes = if ndefaults > 0 {
            format!(
                "from {} to {}",
                self.args.saturating_sub(ndefaults),
                self.args
            )
        } else {
            format!("{}", self.args)
        };
        let takes_plural = if ndefaults > 0 {
            "s"
        } else {
            plural(self.args)
        };
        let extra = if given_kwonly > 0 {
            format!(
                " positional argument{} (and {given_kwonly} keyword-only argument{})",
                plural(self.npos),
                plural(given_kwonly)
            )
        } else {
            String::new()
        };
        let were = if self.npos == 1 && given_kwonly == 0 {
            "was"
        } else {
            "were"
        };
        vm.type_error(format!(
            "{}() takes {takes} positional argument{takes_plural} but {}{extra} {were} given",
            self.function_name(),
            self.npos
        ))
    }
}

fn func_defaults(vm: &Vm, func: Obj<'_>) -> usize {
    func.slot(vm, function::DEFAULTS)
        .as_tuple(vm)
        .map_or(0, |d| d.len(vm))
}

//! Binding of arguments to a native's parameters, driven by its signature text, with CPython's error texts.

use crate::layout::native;
use crate::local::{Local, Py, Raised};
use crate::native::{Args, Binding, Method};
use crate::vm::Vm;
use mesapy_heap::Value;

/// A parsed signature. Slots are in the order of the text: positional parameters, `*args`, keyword-only ones, `**kwargs`.
#[derive(Debug, Default, Clone)]
pub struct Params {
    pub names: Vec<&'static str>,
    /// Parameters that can be given by position, of which the first `posonly` only so, and the first `required` must be given.
    pub positional: usize,
    pub posonly: usize,
    pub required: usize,
    pub varargs: Option<usize>,
    pub kwonly: std::ops::Range<usize>,
    /// Which keyword-only parameters must be given.
    pub kwonly_required: Vec<bool>,
    pub varkw: Option<usize>,
    /// `(...)`: no text signature.
    pub raw: bool,
    pub has_receiver: bool,
    /// The first parameter is not counted in errors.
    pub counts_from_one: bool,
    /// Words in all.
    pub slots: usize,
    /// Positional calls with exactly `slots` arguments need no binding.
    pub plain: bool,
}

/// Parameters of `name(a, b=1, /, c, *args, d, **kw)`; defaults may hold commas inside quotes and brackets.
fn split_parameters(text: &'static str) -> Vec<&'static str> {
    let inner = text.find('(').map_or("", |open| {
        text[open + 1..]
            .trim_end()
            .strip_suffix(')')
            .unwrap_or(&text[open + 1..])
    });
    let (mut parts, mut depth, mut quote, mut start) = (Vec::new(), 0, None, 0);
    for (i, ch) in inner.char_indices() {
        match (quote, ch) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(ch),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(inner[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(inner[start..].trim());
    parts.retain(|p| !p.is_empty());
    parts
}

impl Params {
    pub fn parse(method: &'static Method) -> Params {
        let mut p = Params {
            has_receiver: method.binding != Binding::Static,
            // The class given to `__new__` is not counted either.
            counts_from_one: method.binding != Binding::Static || method.name() == "__new__",
            ..Params::default()
        };
        let parts = split_parameters(method.signature);
        let raw_at = parts.iter().position(|part| *part == "...");
        if let Some(at) = raw_at {
            // `(...)`, or `(self, ...)`: leading positional-only parameters, then anything.
            p.raw = true;
            p.names = parts[..at].to_vec();
            (p.positional, p.posonly, p.required) = (at, at, at);
            p.names.extend(["args", "kwargs"]);
            p.varargs = Some(at);
            p.varkw = Some(at + 1);
            p.kwonly = at + 1..at + 1;
            p.slots = at + 2;
            return p;
        }
        let mut keyword_only = false;
        for part in parts {
            let (name, default) = match part.split_once('=') {
                Some((n, d)) => (n.trim(), Some(d)),
                None => (part, None),
            };
            match name {
                "/" => p.posonly = p.names.len(),
                "*" => {
                    keyword_only = true;
                    p.kwonly = p.names.len()..p.names.len();
                }
                _ if name.starts_with("**") => {
                    p.varkw = Some(p.names.len());
                    p.names.push(&name[2..]);
                }
                _ if name.starts_with('*') => {
                    p.varargs = Some(p.names.len());
                    p.names.push(&name[1..]);
                    keyword_only = true;
                    p.kwonly = p.names.len()..p.names.len();
                }
                _ if keyword_only => {
                    p.names.push(name);
                    p.kwonly.end = p.names.len();
                    p.kwonly_required.push(default.is_none());
                }
                _ => {
                    p.names.push(name);
                    p.positional += 1;
                    if default.is_none() {
                        p.required = p.positional;
                    }
                }
            }
        }
        p.slots = p.names.len();
        p.plain = p.varargs.is_none() && p.varkw.is_none() && p.kwonly.is_empty();
        p
    }

    /// The name of a parameter that errors call by its name: one that can be given by keyword.
    pub(crate) fn shown_name(&self, i: usize) -> Option<&'static str> {
        let by_name = i >= self.posonly && i < self.positional || self.kwonly.contains(&i);
        self.names.get(i).copied().filter(|_| by_name)
    }
    fn takes_keywords(&self) -> bool {
        self.posonly < self.positional || !self.kwonly.is_empty() || self.varkw.is_some()
    }
}

/// The parameters as the row gives them; None for raw signatures.
pub(crate) fn own_signature(method: &Method) -> Option<String> {
    let open = method.signature.find('(')?;
    let inner = &method.signature[open..];
    (!inner.contains("...")).then(|| inner.to_string())
}
/// CPython's `__text_signature__`: `($self, value, /)`; None for raw signatures.
pub fn text_signature(method: &Method) -> Option<String> {
    if method.name() == "__new__" {
        // All constructors share one wrapper.
        return Some("($type, *args, **kwargs)".to_string());
    }
    let inner = own_signature(method)?;
    let receiver = match method.binding {
        Binding::Instance => Some("self"),
        Binding::Class => Some("type"),
        Binding::Static => None,
    };
    // What can't be given by keyword is the receiver at least.
    let marked = split_parameters(method.signature).contains(&"/");
    let slash = if marked { "" } else { ", /" };
    Some(match receiver {
        Some(name) => {
            // Whatever the row calls it.
            let end = inner.find([',', ')']).unwrap_or(inner.len());
            format!("(${name}{slash}{}", &inner[end..])
        }
        _ if inner == "()" => "($module, /)".to_string(),
        _ => format!("($module{slash}, {}", &inner[1..]),
    })
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Types with keyword parameters whose constructors nevertheless count positional arguments in the short form ("int expected at most 2 arguments, got 3").
const UNPACKED_TYPES: [&str; 2] = ["int", "str"];

/// A native call on its way: where its arguments are, and what it is.
pub(crate) struct NativeCall<'a> {
    pub method: &'static Method,
    pub params: &'a Params,
    /// The Native object, for names in errors.
    pub callee: Local,
    pub base: u32,
    pub nargs: u32,
    /// Names of the last arguments, a tuple.
    pub kwnames: Option<Local>,
}

impl Vm {
    /// Brings the arguments at `base` into the order of the parameters. In place where they are positional; else at the stack's top.
    #[inline]
    pub(crate) fn bind_native(&self, call: &NativeCall<'_>) -> Py<Args> {
        let p = call.params;
        let (n, slots) = (call.nargs as usize, p.slots);
        if call.kwnames.is_none() && p.plain {
            if n == slots {
                return Ok(Args {
                    base: call.base,
                    len: slots as u32,
                    method: call.method,
                });
            }
            if n >= p.required && n < slots {
                // At the stack's top: behind the arguments in a frame's registers the collector takes words for dead.
                let base = self.top.get();
                let end = base + slots as u32;
                self.ensure_top(end);
                self.top.set(end);
                for i in 0..call.nargs {
                    self.set_stack_word(base + i, self.stack_word(call.base + i));
                }
                for i in base + call.nargs..end {
                    self.set_stack_word(i, mesapy_heap::Word::EMPTY);
                }
                return Ok(Args {
                    base,
                    len: slots as u32,
                    method: call.method,
                });
            }
        }
        self.bind_native_slow(call)
    }

    /// Whether keywords given to the constructor of `owner` are the business of an `__init__` that a subclass has of its own.
    pub fn init_takes_keywords(
        &self,
        class: mesapy_heap::Obj<'_>,
        owner: mesapy_heap::Obj<'_>,
    ) -> bool {
        class != owner
            && self.is_type(class.value())
            && self.is_type(owner.value())
            && self.special(class, crate::dunder::Dunder::Init)
                != self.special(owner, crate::dunder::Dunder::Init)
    }

    #[cold]
    fn bind_native_slow(&self, call: &NativeCall<'_>) -> Py<Args> {
        let p = call.params;
        let names = call.kwnames.and_then(|k| k.value(self).as_tuple(self));
        let nkw = names.map_or(0, |t| t.len(self));
        let npos = (call.nargs as usize).saturating_sub(nkw);
        // A constructor without keywords leaves those given to the `__init__` of a subclass.
        let for_init = nkw > 0
            && !p.takes_keywords()
            && npos > 0
            && call.method.name() == "__new__"
            && call.callee.value(self).as_obj().is_some_and(|callee| {
                let owner = callee.slot(self, native::OWNER);
                let class = self.stack_word(call.base).value(self);
                match (owner.as_obj(), class.as_obj()) {
                    (Some(owner), Some(class)) => self.init_takes_keywords(class, owner),
                    _ => false,
                }
            });
        let nkw = if for_init { 0 } else { nkw };
        if nkw > 0 && !p.takes_keywords() {
            let name = match self.constructed(call) {
                Some(class) => class,
                None if self.is_slot_call(call) => format!("wrapper {}", call.method.name()),
                None => self.native_qualname(call.callee.value(self)),
            };
            return Err(self.type_error(format!("{name}() takes no keyword arguments")));
        }
        let too_many = p.varargs.is_none()
            && (npos > p.positional
                || p.varkw.is_none() && npos + nkw > p.positional + p.kwonly.len());
        if too_many || npos < p.required && !p.takes_keywords() {
            return Err(self.count_error(call, npos, nkw));
        }
        let base = self.top.get().max(call.base + call.nargs);
        self.ensure_top(base + p.slots as u32);
        self.top.set(base + p.slots as u32);
        for i in 0..p.slots as u32 {
            self.set_stack_word(base + i, mesapy_heap::Word::EMPTY);
        }
        let arg = |i: usize| self.stack_word(call.base + i as u32);
        for i in 0..npos.min(p.positional) {
            self.set_stack_word(base + i as u32, arg(i));
        }
        if let Some(at) = p.varargs {
            let extra = npos.saturating_sub(p.positional);
            let rest = self.new_tuple_from(extra, |i| arg(p.positional + i).value(self))?;
            self.set_stack_word(base + at as u32, rest.value().word());
        }
        // What is missing is told before what is wrong.
        let mut wrong = None;
        for k in 0..nkw {
            let name = names.and_then(|t| t.at(self, k)).unwrap_or(Value::NONE);
            let value = arg(npos + k);
            let Some(text) = name.as_str(self) else {
                return Err(self.type_error("keywords must be strings"));
            };
            let found = p.names.iter().enumerate().find(|(i, n)| {
                let by_name = *i >= p.posonly && *i < p.positional || p.kwonly.contains(i);
                by_name && n.as_bytes() == text.bytes(self)
            });
            match (found, p.varkw) {
                (Some((i, n)), _) => {
                    if !self.stack_word(base + i as u32).is_empty() {
                        let fname = self.shown_function(call);
                        wrong.get_or_insert(format!(
                            "argument for {fname}() given by name ('{n}') and position ({})",
                            i + 1 - p.counts_from_one as usize
                        ));
                        continue;
                    }
                    self.set_stack_word(base + i as u32, value);
                }
                (None, Some(at)) => {
                    let slot: Local = Local::at(base + at as u32);
                    if slot.value(self).is_empty() {
                        slot.set(self, self.new_dict().value());
                    }
                    let dict = slot.value(self).as_dict(self).ok_or(Raised(()))?;
                    dict.set_str(self, text, value.value(self))?;
                }
                (None, None) => {
                    let shown = String::from_utf8_lossy(text.bytes(self)).into_owned();
                    let known = p.names.iter().enumerate().filter(|(i, _)| {
                        *i >= p.posonly && *i < p.positional || p.kwonly.contains(i)
                    });
                    let function = self.shown_function(call);
                    wrong.get_or_insert_with(|| {
                        crate::suggest::unexpected_keyword(
                            &function,
                            &shown,
                            known.map(|(_, n)| &**n),
                        )
                    });
                }
            }
        }
        for i in 0..p.required {
            if self.stack_word(base + i as u32).is_empty() {
                if i < p.posonly {
                    return Err(self.count_error(call, npos, nkw));
                }
                let receiver = p.counts_from_one as usize;
                return Err(self.type_error(format!(
                    "{}() missing required argument '{}' (pos {})",
                    self.shown_function(call),
                    p.names[i],
                    i + 1 - receiver
                )));
            }
        }
        for (k, i) in p.kwonly.clone().enumerate() {
            if p.kwonly_required.get(k) == Some(&true)
                && self.stack_word(base + i as u32).is_empty()
            {
                return Err(self.type_error(format!(
                    "{}() missing required keyword-only argument: '{}'",
                    self.shown_function(call),
                    p.names[i]
                )));
            }
        }
        if let Some(text) = wrong {
            return Err(self.type_error(text));
        }
        Ok(Args {
            base,
            len: p.slots as u32,
            method: call.method,
        })
    }

    /// The error for a wrong number of positional arguments; which of CPython's wordings applies depends on the shape of the signature.
    #[cold]
    fn count_error(&self, call: &NativeCall<'_>, npos: usize, nkw: usize) -> Raised {
        let p = call.params;
        let receiver = p.counts_from_one as usize;
        let constructed = self.constructed(call);
        let name = &*self.shown_function(call);
        let given = npos.saturating_sub(receiver);
        let (min, max) = (
            p.required.saturating_sub(receiver),
            p.positional.saturating_sub(receiver),
        );
        if p.counts_from_one && npos == 0 {
            let method = call.method.name();
            return self.type_error(if method == "__new__" {
                format!("{name}.__new__(): not enough arguments")
            } else if self.is_slot_call(call) {
                let owner = self.owner_name(call).unwrap_or_default();
                format!("descriptor '{method}' of '{owner}' object needs an argument")
            } else {
                format!(
                    "unbound method {}() needs an argument",
                    self.native_qualname(call.callee.value(self))
                )
            });
        }
        let unpacked = match constructed.as_deref() {
            Some(class) => nkw == 0 && UNPACKED_TYPES.contains(&class),
            None => name == "sorted",
        };
        let text = if p.takes_keywords() && !unpacked {
            if npos + nkw > p.positional + p.kwonly.len() {
                let total = p.positional + p.kwonly.len() - receiver;
                let how = if min == total { "exactly" } else { "at most" };
                format!(
                    "{name}() takes {how} {total} {}argument{} ({} given)",
                    if given == 0 { "keyword " } else { "" },
                    plural(total),
                    given + nkw
                )
            } else if max == 0 {
                format!("{name}() takes no positional arguments")
            } else if npos > p.positional {
                let how = if min < max { "at most" } else { "exactly" };
                format!(
                    "{name}() takes {how} {max} positional argument{} ({given} given)",
                    plural(max)
                )
            } else {
                let how = if min < max { "at least" } else { "exactly" };
                format!(
                    "{name}() takes {how} {min} positional argument{} ({given} given)",
                    plural(min)
                )
            }
        } else if constructed.is_none() && self.is_slot_call(call) {
            if name == "__pow__" || name == "__rpow__" {
                format!("expected 1 or 2 arguments, got {given}")
            } else if min == max || given < min {
                format!(
                    "expected {}{min} argument{}, got {given}",
                    if min == max { "" } else { "at least " },
                    plural(min)
                )
            } else {
                format!(
                    "expected at most {max} argument{}, got {given}",
                    plural(max)
                )
            }
        } else if max == 0 && p.varargs.is_none() && constructed.is_some() {
            format!("{name}() takes no arguments")
        } else if max == 0 && p.varargs.is_none() {
            format!(
                "{}() takes no arguments ({given} given)",
                self.native_qualname(call.callee.value(self))
            )
        } else if min == 1 && max == 1 && constructed.is_none() && !unpacked {
            format!(
                "{}() takes exactly one argument ({given} given)",
                self.native_qualname(call.callee.value(self))
            )
        } else if min == max && (p.varargs.is_none() || constructed.is_some()) {
            format!("{name} expected {min} argument{}, got {given}", plural(min))
        } else if given < min {
            format!(
                "{name} expected at least {min} argument{}, got {given}",
                plural(min)
            )
        } else {
            format!(
                "{name} expected at most {max} argument{}, got {given}",
                plural(max)
            )
        };
        self.type_error(text)
    }

    /// Whether a method is what CPython has a slot for, so that a wrapper without names of parameters stands before it.
    fn is_slot_call(&self, call: &NativeCall<'_>) -> bool {
        let name = call.method.name();
        call.method.binding == Binding::Instance
            && crate::surface::is_slot(name)
            && !self
                .owner_name(call)
                .is_some_and(|owner| crate::surface::is_method_beside_slot(&owner, name))
    }
    /// The type that a method was defined by.
    fn owner_name(&self, call: &NativeCall<'_>) -> Option<String> {
        let owner = call.callee.value(self).as_obj()?.slot(self, native::OWNER);
        self.is_type(owner).then(|| self.type_short_name(owner))
    }
    /// The type, if the call constructs: `__new__` and `__init__` speak of it and not of themselves.
    fn constructed(&self, call: &NativeCall<'_>) -> Option<String> {
        matches!(call.method.name(), "__new__" | "__init__")
            .then(|| self.owner_name(call))
            .flatten()
    }
    /// What errors call the function.
    fn shown_function(&self, call: &NativeCall<'_>) -> String {
        self.constructed(call)
            .unwrap_or_else(|| call.method.name().to_string())
    }

    /// `list.append` for a method, `math.sqrt` or `len` for a function.
    pub(crate) fn native_qualname(&self, callee: Value<'_>) -> String {
        let Some(obj) = callee.as_obj() else {
            return String::new();
        };
        let Some(entry) = self.native_entry_of(obj) else {
            return String::new();
        };
        let name = entry.method.name();
        let owner = obj.slot(self, native::OWNER);
        if self.is_type(owner) {
            return format!("{}.{name}", self.type_short_name(owner));
        }
        match owner.as_str(self) {
            Some(module) if module.bytes(self) != b"builtins" => {
                format!("{}.{name}", String::from_utf8_lossy(module.bytes(self)))
            }
            _ => name.to_string(),
        }
    }
}

//! `_tokenize`: the iterator behind the module `tokenize`.
//!
//! All lines are read when the first token is asked for, since the tokenizer wants the whole text. CPython: Python/Python-tokenize.c.

use mesapy_heap::Value;
use mesapy_syntax::tokenize::{TokenInfo, tokenize};
use mesapy_vm::local::k;
use mesapy_vm::methods;
use mesapy_vm::module::NativeModule;
use mesapy_vm::native::Method;
use mesapy_vm::objects::exceptions::STOP_ITERATION;
use mesapy_vm::objects::object;
use mesapy_vm::typedef::{Layout, TypeDef, TypeFlags};
use mesapy_vm::{Local, Py, Ret, Vm};

pub static MODULE: NativeModule = NativeModule {
    name: "_tokenize",
    doc: "",
    functions: &[],
    types: &[&ITER],
    init: None,
};
mod slot {
    pub const READLINE: usize = 0;
    /// Name of the encoding, or None: lines are text.
    pub const ENCODING: usize = 1;
    pub const EXTRA: usize = 2;
    /// The list of 5-tuples, once they were made.
    pub const TOKENS: usize = 3;
    pub const NEXT: usize = 4;
    /// The exception that comes behind the tokens.
    pub const ERROR: usize = 5;
    pub const COUNT: u16 = 6;
}
static ITER: TypeDef = TypeDef {
    name: "_tokenize.TokenizerIter",
    layout: Layout::Slots(slot::COUNT),
    flags: TypeFlags::BASETYPE,
    methods: METHODS,
    iternext: Some(step),
    ..TypeDef::EMPTY
};
static METHODS: &[Method] = methods! {
    "__new__(cls, readline, /, *, encoding=None, extra_tokens=False)" => static calls new(cls, readline, encoding, extra), "";
    "__iter__(self, /)" => leaf itself(this), "Implement iter(self).";
};
fn itself<'v>(_: &'v Vm, this: Value<'v>) -> Py<Value<'v>> {
    Ok(this)
}
fn new(
    vm: &mut Vm,
    cls: Local,
    readline: Local,
    encoding: Option<Local>,
    extra: Option<bool>,
) -> Py<Ret> {
    let vm: &Vm = vm;
    let class = object::check_new_class(vm, cls, &ITER)?;
    let made = object::instantiate(vm, class)?;
    if let Some(o) = made.as_obj() {
        o.set_slot(vm, slot::READLINE, readline.value(vm));
        o.set_slot(
            vm,
            slot::ENCODING,
            encoding.map_or(Value::NONE, |e| e.value(vm)),
        );
        o.set_slot(vm, slot::EXTRA, Value::bool(extra.unwrap_or(false)));
        o.set_slot(vm, slot::TOKENS, Value::NONE);
        o.set_slot(vm, slot::NEXT, vm.int(0));
        o.set_slot(vm, slot::ERROR, Value::NONE);
    }
    Ok(vm.ret(made))
}
fn get<'v>(vm: &'v Vm, this: Local, slot: usize) -> Value<'v> {
    this.value(vm)
        .as_obj()
        .map_or(Value::NONE, |o| o.slot(vm, slot))
}
fn set(vm: &Vm, this: Local, slot: usize, value: Value<'_>) {
    if let Some(o) = this.value(vm).as_obj() {
        o.set_slot(vm, slot, value);
    }
}
/// Reads every line, to the empty one or StopIteration.
fn read_all(vm: &mut Vm, this: Local) -> Py<String> {
    let readline = vm.local(get(vm, this, slot::READLINE));
    let encoding = get(vm, this, slot::ENCODING);
    let encoding = encoding.as_str(vm).map(|s| s.to_string_lossy(vm));
    let line = vm.local(Value::NONE);
    let mut text = String::new();
    loop {
        vm.poll()?;
        let called = vm.call(readline, &[]);
        match vm.caught(called, &STOP_ITERATION)? {
            Some(ret) => ret.put(vm, line),
            None => break,
        }
        if let Some(encoding) = &encoding {
            if line.value(vm).as_bytes(vm).is_none() {
                return Err(vm.type_error("readline() returned a non-bytes object"));
            }
            vm.scope(|vm| -> Py<()> {
                vm.decode(line, encoding, "replace")?.put(vm, line);
                Ok(())
            })?;
        }
        let Some(s) = line.value(vm).as_str(vm) else {
            return Err(vm.type_error("readline() returned a non-string object"));
        };
        if s.byte_len(vm) == 0 {
            break;
        }
        text.push_str(&s.to_string_lossy(vm));
    }
    Ok(text)
}
fn tuple_of<'v>(vm: &'v Vm, token: &TokenInfo) -> Py<Value<'v>> {
    let place =
        |(line, column): (u32, i64)| vm.new_tuple(&[vm.int(i64::from(line)), vm.int(column)]);
    let string = vm.new_str(token.string.as_bytes())?;
    let line = vm.new_str(token.line.as_bytes())?;
    Ok(vm
        .new_tuple(&[
            vm.int(i64::from(token.kind)),
            string.value(),
            place(token.start)?.value(),
            place(token.end)?.value(),
            line.value(),
        ])?
        .value())
}
fn fill(vm: &mut Vm, this: Local) -> Py<()> {
    let text = read_all(vm, this)?;
    let extra = get(vm, this, slot::EXTRA) == Value::TRUE;
    let (mut tokens, error) = tokenize(&text.replace("\r\n", "\n"), extra);
    if extra && text.contains("\r\n") {
        restore_line_ends(&text, &mut tokens);
    }
    let list = vm.local_of::<k::List>(vm.new_list(&[])?.value());
    for token in &tokens {
        let vm: &Vm = vm;
        list.get(vm).push(vm, tuple_of(vm, token)?)?;
    }
    set(vm, this, slot::TOKENS, list.value(vm));
    if let Some(error) = error {
        let name = vm.local(vm.new_str(b"<string>")?.value());
        let raised = vm.syntax_error_from(&error, name.value(vm));
        let e = vm.take_exception_local(raised);
        set(vm, this, slot::ERROR, e.value(vm));
    }
    Ok(())
}
fn step(vm: &mut Vm, this: Local) -> Py<bool> {
    if get(vm, this, slot::TOKENS).is_none() {
        vm.scope(|vm| fill(vm, this))?;
    }
    let vm: &Vm = vm;
    let next = get(vm, this, slot::NEXT).as_small_int().unwrap_or(0);
    let token = get(vm, this, slot::TOKENS)
        .as_list(vm)
        .and_then(|l| l.at(vm, usize::try_from(next).ok()?));
    if let Some(token) = token {
        set(vm, this, slot::NEXT, vm.int(next + 1));
        let _ = vm.ret(token);
        return Ok(true);
    }
    let error = get(vm, this, slot::ERROR);
    if error.is_none() {
        return Ok(false);
    }
    set(vm, this, slot::ERROR, Value::NONE);
    Err(vm.raise(error))
}

/// The tokenizer reads lines that end with `\n`; tokens show the ends that the lines had.
fn restore_line_ends(text: &str, tokens: &mut [TokenInfo]) {
    let ends: Vec<bool> = text.split('\n').map(|l| l.ends_with('\r')).collect();
    let restored = |text: &str, first: u32| {
        let mut out = String::with_capacity(text.len() + 1);
        let mut line = first as usize;
        for c in text.chars() {
            if c == '\n' {
                if line > 0 && ends.get(line - 1) == Some(&true) {
                    out.push('\r');
                }
                line += 1;
            }
            out.push(c);
        }
        out
    };
    for token in tokens {
        let plain = token.string == "\n";
        token.string = restored(&token.string, token.start.0);
        token.line = restored(&token.line, token.start.0);
        if plain && token.string.len() == 2 {
            token.end.1 += 1;
        }
    }
}

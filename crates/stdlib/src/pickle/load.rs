//! The stack machine that a pickle is a program of. CPython: Modules/_pickle.c, load
//!
//! The stack is a Python list that nobody else sees; marks are places in it. Below the last mark nothing can be popped.

use super::reduce::{import_by_name, walk};
use super::source::Source;
use super::{HIGHEST_PROTOCOL, op, unpickler, unpickling_error};
use crate::support::*;
use mesapy_text::wtf8;
use std::collections::HashMap;

/// What can be said to all ways to load.
pub struct Options {
    pub fix_imports: bool,
    pub encoding: String,
    pub errors: String,
    /// An iterator over out-of-band buffers.
    pub buffers: Option<Local>,
}

/// Numbered objects. Numbers that come in order are places in the list; others are looked up.
pub struct Memo {
    values: Local<k::List>,
    places: Option<HashMap<u64, usize>>,
}
impl Memo {
    fn new(vm: &Vm) -> Py<Memo> {
        Ok(Memo {
            values: vm.local_of(vm.new_list(&[])?.value()),
            places: None,
        })
    }
    /// From what an unpickler keeps.
    pub fn of_dict(vm: &Vm, dict: Local) -> Py<Memo> {
        let mut memo = Memo::new(vm)?;
        if let Some(d) = dict.value(vm).as_dict(vm) {
            for (key, value) in d.iter(vm) {
                if let Some(n) = key.as_i64(vm).and_then(|n| u64::try_from(n).ok()) {
                    memo.set(vm, n, value)?;
                }
            }
        }
        Ok(memo)
    }
    pub fn into_dict(self, vm: &mut Vm, dict: Local) -> Py<()> {
        let n = self.values.get(vm).len(vm);
        let numbers: Vec<(u64, usize)> = match &self.places {
            Some(places) => places.iter().map(|(n, place)| (*n, *place)).collect(),
            None => (0..n).map(|i| (i as u64, i)).collect(),
        };
        let [key, value] = vm.locals([Value::NONE, Value::NONE]);
        for (number, place) in numbers {
            {
                let vm: &Vm = vm;
                key.set(vm, vm.int(i64::try_from(number).unwrap_or(i64::MAX)));
                value.set(vm, self.values.get(vm).at(vm, place).unwrap_or(Value::NONE));
            }
            vm.dict_set(dict, key, value)?;
        }
        Ok(())
    }
    fn len(&self, vm: &Vm) -> usize {
        self.values.get(vm).len(vm)
    }
    fn get<'v>(&self, vm: &'v Vm, number: u64) -> Option<Value<'v>> {
        let place = match &self.places {
            Some(places) => *places.get(&number)?,
            None => usize::try_from(number).ok()?,
        };
        self.values.get(vm).at(vm, place)
    }
    fn set(&mut self, vm: &Vm, number: u64, value: Value<'_>) -> Py<()> {
        let list = self.values.get(vm);
        let n = list.len(vm);
        if self.places.is_none() {
            match usize::try_from(number) {
                Ok(i) if i < n => {
                    list.set(vm, i, value);
                    return Ok(());
                }
                Ok(i) if i == n => {
                    list.push(vm, value)?;
                    return Ok(());
                }
                _ => self.places = Some((0..n).map(|i| (i as u64, i)).collect()),
            }
        }
        let Some(places) = &mut self.places else {
            return Ok(());
        };
        match places.get(&number) {
            Some(place) => {
                list.set(vm, *place, value);
            }
            None => {
                list.push(vm, value)?;
                places.insert(number, n);
            }
        }
        Ok(())
    }
}

/// The state of one `load`.
pub struct Reader {
    pub source: Source,
    pub proto: u8,
    pub owner: Option<Local>,
    pub persistent_load: Option<Local>,
    pub memo: Memo,
    options: Options,
    stack: Local<k::List>,
    marks: Vec<usize>,
}

impl Reader {
    pub fn new(vm: &mut Vm, source: Source, options: Options) -> Py<Reader> {
        Ok(Reader {
            source,
            proto: 0,
            owner: None,
            persistent_load: None,
            memo: Memo::new(vm)?,
            options,
            stack: vm.local_of(vm.new_list(&[])?.value()),
            marks: Vec::new(),
        })
    }
    /// Runs the pickle to its end: the object.
    pub fn load(&mut self, vm: &mut Vm) -> Py<Ret> {
        loop {
            let code = self.source.opcode(vm)?;
            if code == op::STOP {
                break;
            }
            vm.scope(|vm| self.step(vm, code))?;
            vm.poll()?;
        }
        let result = self.pop(vm)?;
        self.source.finish(vm)?;
        Ok(vm.ret(result.value(vm)))
    }

    // ---- the stack

    fn len(&self, vm: &Vm) -> usize {
        self.stack.get(vm).len(vm)
    }
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
    fn underflow(&self, vm: &Vm) -> Raised {
        unpickling_error(
            vm,
            if self.marks.is_empty() {
                "unpickling stack underflow"
            } else {
                "unexpected MARK found"
            },
        )
    }
    fn push(&self, vm: &Vm, value: Value<'_>) -> Py<()> {
        self.stack.get(vm).push(vm, value)?;
        Ok(())
    }
    fn push_local(&self, vm: &Vm, value: Local) -> Py<()> {
        self.push(vm, value.value(vm))
    }
    fn pop(&self, vm: &Vm) -> Py<Local> {
        if self.len(vm) <= self.fence() {
            return Err(self.underflow(vm));
        }
        Ok(vm.local(self.stack.get(vm).pop(vm).unwrap_or(Value::NONE)))
    }
    fn top(&self, vm: &Vm) -> Py<Local> {
        let n = self.len(vm);
        if n <= self.fence() {
            return Err(self.underflow(vm));
        }
        Ok(vm.local(self.at(vm, n - 1)))
    }
    fn at<'v>(&self, vm: &'v Vm, i: usize) -> Value<'v> {
        self.stack.get(vm).at(vm, i).unwrap_or(Value::NONE)
    }
    fn marker(&mut self, vm: &Vm) -> Py<usize> {
        self.marks
            .pop()
            .ok_or_else(|| unpickling_error(vm, "could not find MARK"))
    }
    /// Takes the values from a place on.
    fn take_from<'v>(&self, vm: &'v Vm, start: usize) -> Py<Vec<Value<'v>>> {
        if start < self.fence() || start > self.len(vm) {
            return Err(self.underflow(vm));
        }
        let list = self.stack.get(vm);
        let taken = (start..list.len(vm)).map(|i| self.at(vm, i)).collect();
        list.truncate(vm, start);
        Ok(taken)
    }
    fn push_tuple(&self, vm: &Vm, start: usize) -> Py<()> {
        let items = self.take_from(vm, start)?;
        self.push(vm, vm.new_tuple(&items)?.value())
    }
    fn tuple_from(&self, vm: &Vm, start: usize) -> Py<Local> {
        let items = self.take_from(vm, start)?;
        Ok(vm.local(vm.new_tuple(&items)?.value()))
    }

    // ---- opcodes

    fn step(&mut self, vm: &mut Vm, code: u8) -> Py<()> {
        match code {
            op::NONE => self.push(vm, Value::NONE),
            op::NEWTRUE => self.push(vm, Value::TRUE),
            op::NEWFALSE => self.push(vm, Value::FALSE),
            op::BININT => {
                let n = i32::from_le_bytes(self.source.array(vm)?);
                self.push(vm, vm.int(i64::from(n)))
            }
            op::BININT1 => {
                let [n] = self.source.array(vm)?;
                self.push(vm, vm.int(i64::from(n)))
            }
            op::BININT2 => {
                let n = u16::from_le_bytes(self.source.array(vm)?);
                self.push(vm, vm.int(i64::from(n)))
            }
            op::INT => self.load_int(vm),
            op::LONG => self.load_long(vm),
            op::LONG1 => {
                let [n] = self.source.array(vm)?;
                self.load_long_bytes(vm, usize::from(n))
            }
            op::LONG4 => {
                let n = i32::from_le_bytes(self.source.array(vm)?);
                let n = usize::try_from(n)
                    .map_err(|_| unpickling_error(vm, "LONG pickle has negative byte count"))?;
                self.load_long_bytes(vm, n)
            }
            op::FLOAT => self.load_float(vm),
            op::BINFLOAT => {
                let x = f64::from_be_bytes(self.source.array(vm)?);
                self.push(vm, vm.float(x))
            }
            op::STRING => self.load_string(vm),
            op::SHORT_BINSTRING | op::BINSTRING => {
                // Its length is a signed number.
                if code == op::BINSTRING && self.source.peek(vm, 3)? >= 0x80 {
                    return Err(unpickling_error(
                        vm,
                        "BINSTRING pickle has negative byte count",
                    ));
                }
                let n = self.size(vm, if code == op::BINSTRING { 4 } else { 1 }, "BINSTRING")?;
                let data = self.source.take(vm, n)?.to_vec();
                self.push_python2(vm, &data)
            }
            op::SHORT_BINBYTES | op::BINBYTES | op::BINBYTES8 => {
                let width = width_of(code, op::SHORT_BINBYTES, op::BINBYTES);
                let n = self.size(vm, width, "BINBYTES")?;
                let data = self.source.take(vm, n)?;
                let word = vm.new_bytes(data)?.value().word();
                self.push(vm, word.value(vm))
            }
            op::BYTEARRAY8 => {
                let n = self.size(vm, 8, "BYTEARRAY8")?;
                let data = self.source.take(vm, n)?;
                let word = vm.new_bytearray(data)?.value().word();
                self.push(vm, word.value(vm))
            }
            op::UNICODE => {
                let line = self.source.line(vm)?;
                let data = vm.local(vm.new_bytes(&line)?.value());
                let text = vm.decode(data, "raw-unicode-escape", "strict")?.keep(vm);
                self.push_local(vm, text)
            }
            op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8 => {
                let width = width_of(code, op::SHORT_BINUNICODE, op::BINUNICODE);
                let n = self.size(vm, width, "BINUNICODE")?;
                let data = self.source.take(vm, n)?;
                let word = if wtf8::is_valid(data) {
                    vm.new_str(data)?.value().word()
                } else {
                    vm.new_bytes(data)?.value().word()
                };
                let data = vm.local(word.value(vm));
                if data.value(vm).as_exact_str(vm).is_some() {
                    return self.push_local(vm, data);
                }
                let text = vm.decode(data, "utf-8", "surrogatepass")?.keep(vm);
                self.push_local(vm, text)
            }
            op::NEXT_BUFFER => self.load_next_buffer(vm),
            op::READONLY_BUFFER => self.load_readonly_buffer(vm),
            op::EMPTY_TUPLE => self.push(vm, vm.new_tuple(&[])?.value()),
            op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => {
                let n = usize::from(code - op::TUPLE1) + 1;
                match self.len(vm).checked_sub(n) {
                    Some(start) if start >= self.fence() => self.push_tuple(vm, start),
                    _ => Err(self.underflow(vm)),
                }
            }
            op::TUPLE => {
                let start = self.marker(vm)?;
                self.push_tuple(vm, start)
            }
            op::EMPTY_LIST => self.push(vm, vm.new_list(&[])?.value()),
            op::LIST => {
                let start = self.marker(vm)?;
                let vm: &Vm = vm;
                let items = self.take_from(vm, start)?;
                self.push(vm, vm.new_list(&items)?.value())
            }
            op::EMPTY_DICT => self.push(vm, vm.new_dict().value()),
            op::DICT => {
                let start = self.marker(vm)?;
                let dict = vm.local(vm.new_dict().value());
                self.check_even(vm, start, "DICT")?;
                self.set_items(vm, dict, start)?;
                self.push_local(vm, dict)
            }
            op::EMPTY_SET => self.push_called(vm, &mesapy_vm::objects::set_methods::SET, None),
            op::FROZENSET => {
                let start = self.marker(vm)?;
                let items = self.tuple_from(vm, start)?;
                self.push_called(vm, &mesapy_vm::objects::set_methods::FROZENSET, Some(items))
            }
            op::INST => self.load_inst(vm),
            op::OBJ => {
                let start = self.marker(vm)?;
                if self.len(vm) <= start {
                    return Err(self.underflow(vm));
                }
                let args = self.tuple_from(vm, start + 1)?;
                let class = self.pop(vm)?;
                self.instantiate(vm, class, args)
            }
            op::NEWOBJ => self.load_newobj(vm, false),
            op::NEWOBJ_EX => self.load_newobj(vm, true),
            op::GLOBAL => {
                let module = self.source.line(vm)?;
                let name = self.source.line(vm)?;
                self.push_global(vm, &module, &name, "utf-8")
            }
            op::STACK_GLOBAL => {
                let name = self.pop(vm)?;
                let module = self.pop(vm)?;
                let exact = |l: Local| l.value(vm).kind(vm) == Kind::Str;
                if !exact(name) || !exact(module) {
                    return Err(unpickling_error(vm, "STACK_GLOBAL requires str"));
                }
                let found = self.find(vm, module, name)?;
                self.push_local(vm, found)
            }
            op::EXT1 => {
                let [n] = self.source.array(vm)?;
                self.load_extension(vm, i64::from(n))
            }
            op::EXT2 => {
                let n = u16::from_le_bytes(self.source.array(vm)?);
                self.load_extension(vm, i64::from(n))
            }
            op::EXT4 => {
                let n = i32::from_le_bytes(self.source.array(vm)?);
                self.load_extension(vm, i64::from(n))
            }
            op::PERSID => self.load_persistent_text(vm),
            op::BINPERSID => {
                let Some(load) = self.persistent_load else {
                    return Err(no_persistent_load(vm));
                };
                let id = self.pop(vm)?;
                let object = vm.call(load, &[id])?.keep(vm);
                self.push_local(vm, object)
            }
            op::REDUCE => {
                let args = self.pop(vm)?;
                let function = self.pop(vm)?;
                if args.value(vm).as_tuple(vm).is_none() {
                    return Err(vm.type_error("argument list must be a tuple"));
                }
                let made = self.call_with(vm, function, args)?;
                self.push_local(vm, made)
            }
            op::BUILD => self.load_build(vm),
            op::MARK => {
                self.marks.push(self.len(vm));
                Ok(())
            }
            op::POP => {
                let n = self.len(vm);
                if self.marks.last() == Some(&n) {
                    self.marks.pop();
                    return Ok(());
                }
                self.pop(vm).map(drop)
            }
            op::POP_MARK => {
                let start = self.marker(vm)?;
                self.take_from(vm, start).map(drop)
            }
            op::DUP => {
                let top = self.top(vm)?;
                self.push_local(vm, top)
            }
            op::GET => {
                let line = self.source.line(vm)?;
                let number = self.number(vm, &line)?;
                self.get(vm, number)
            }
            op::BINGET => {
                let [n] = self.source.array(vm)?;
                self.get(vm, i64::from(n))
            }
            op::LONG_BINGET => {
                let n = u32::from_le_bytes(self.source.array(vm)?);
                self.get(vm, i64::from(n))
            }
            op::PUT => {
                let line = self.source.line(vm)?;
                let top = self.top(vm)?;
                let number = self.number(vm, &line)?;
                let number =
                    u64::try_from(number).map_err(|_| vm.value_error("negative PUT argument"))?;
                self.memo.set(vm, number, top.value(vm))
            }
            op::BINPUT => {
                let [n] = self.source.array(vm)?;
                let top = self.top(vm)?;
                self.memo.set(vm, u64::from(n), top.value(vm))
            }
            op::LONG_BINPUT => {
                let n = u32::from_le_bytes(self.source.array(vm)?);
                let top = self.top(vm)?;
                self.memo.set(vm, u64::from(n), top.value(vm))
            }
            op::MEMOIZE => {
                let top = self.top(vm)?;
                let n = self.memo.len(vm) as u64;
                self.memo.set(vm, n, top.value(vm))
            }
            op::APPEND => {
                let n = self.len(vm);
                if n <= self.fence() {
                    return Err(self.underflow(vm));
                }
                self.append(vm, n - 1)
            }
            op::APPENDS => {
                let start = self.marker(vm)?;
                self.append(vm, start)
            }
            op::SETITEM => match self.len(vm).checked_sub(2) {
                Some(start) => self.load_setitems(vm, start),
                None => Err(self.underflow(vm)),
            },
            op::SETITEMS => {
                let start = self.marker(vm)?;
                self.load_setitems(vm, start)
            }
            op::ADDITEMS => {
                let start = self.marker(vm)?;
                self.load_additems(vm, start)
            }
            op::PROTO => {
                let [n] = self.source.array(vm)?;
                if n > HIGHEST_PROTOCOL {
                    return Err(vm.value_error(format!("unsupported pickle protocol: {n}")));
                }
                self.proto = n;
                if let Some(owner) = self.owner {
                    unpickler::set_protocol(vm, owner, n);
                }
                Ok(())
            }
            op::FRAME => {
                let n = u64::from_le_bytes(self.source.array(vm)?);
                self.source.frame(vm, n)
            }
            0x20..=0x7e if code != b'\'' && code != b'\\' => Err(unpickling_error(
                vm,
                &format!("invalid load key, '{}'.", char::from(code)),
            )),
            _ => Err(unpickling_error(
                vm,
                &format!("invalid load key, '\\x{code:02x}'."),
            )),
        }
    }
    /// An unsigned length of so many bytes.
    fn size(&mut self, vm: &mut Vm, width: usize, what: &str) -> Py<usize> {
        let n = match width {
            1 => {
                let [n] = self.source.array(vm)?;
                u64::from(n)
            }
            4 => u64::from(u32::from_le_bytes(self.source.array(vm)?)),
            _ => u64::from_le_bytes(self.source.array(vm)?),
        };
        usize::try_from(n)
            .ok()
            .filter(|n| *n <= i64::MAX as usize)
            .ok_or_else(|| {
                vm.overflow_error(format!(
                    "{what} exceeds system's maximum size of {} bytes",
                    i64::MAX
                ))
            })
    }
    /// A decimal number of a text protocol.
    fn number(&self, vm: &Vm, line: &[u8]) -> Py<i64> {
        let text = String::from_utf8_lossy(line);
        text.trim().parse().map_err(|_| {
            vm.value_error(format!(
                "invalid literal for int() with base 10: '{}'",
                text.escape_default()
            ))
        })
    }
    fn load_int(&mut self, vm: &mut Vm) -> Py<()> {
        let line = self.source.line(vm)?;
        match line.as_slice() {
            b"00" => return self.push(vm, Value::FALSE),
            b"01" => return self.push(vm, Value::TRUE),
            _ => {}
        }
        let made = int_of_text(vm, &line);
        match made {
            Ok(n) => self.push_local(vm, n),
            Err(raised) if vm.raised_is(&raised, &exc::VALUE_ERROR) => {
                vm.take_exception(raised);
                Err(vm.value_error("could not convert string to int"))
            }
            Err(raised) => Err(raised),
        }
    }
    fn load_long(&mut self, vm: &mut Vm) -> Py<()> {
        let line = self.source.line(vm)?;
        if line.is_empty() {
            return Err(super::source::truncated(vm));
        }
        let digits = line.strip_suffix(b"L").unwrap_or(&line);
        let made = int_of_text(vm, digits)?;
        self.push_local(vm, made)
    }
    fn load_long_bytes(&mut self, vm: &mut Vm, n: usize) -> Py<()> {
        let data = self.source.take(vm, n)?;
        if n <= 8 {
            let fill = if data.last().is_some_and(|b| *b >= 0x80) {
                0xff
            } else {
                0
            };
            let mut wide = [fill; 8];
            if let Some(place) = wide.get_mut(..n) {
                place.copy_from_slice(data);
            }
            return self.push(vm, vm.int(i64::from_le_bytes(wide)));
        }
        let [class, data, order, yes] = {
            let vm: &Vm = vm;
            vm.locals([
                vm.type_object(&mesapy_vm::objects::int::INT).value(),
                vm.new_bytes(data)?.value(),
                vm.intern(b"little").value(),
                Value::TRUE,
            ])
        };
        let from_bytes = vm.get_attr_str(class, "from_bytes")?.keep(vm);
        let made = vm
            .call_kw(from_bytes, &[data, order], &[("signed", yes)])?
            .keep(vm);
        self.push_local(vm, made)
    }
    fn load_float(&mut self, vm: &mut Vm) -> Py<()> {
        let line = self.source.line(vm)?;
        match mesapy_text::number::float::parse_float_bytes(&line) {
            Some(x) => self.push(vm, vm.float(x)),
            None => Err(vm.value_error("could not convert string to float")),
        }
    }
    /// A str of Python 2, as the caller wants those.
    fn push_python2(&mut self, vm: &mut Vm, data: &[u8]) -> Py<()> {
        let bytes = vm.local(vm.new_bytes(data)?.value());
        if self.options.encoding == "bytes" {
            return self.push_local(vm, bytes);
        }
        let text = vm
            .decode(bytes, &self.options.encoding, &self.options.errors)?
            .keep(vm);
        self.push_local(vm, text)
    }
    fn load_string(&mut self, vm: &mut Vm) -> Py<()> {
        let line = self.source.line(vm)?;
        let inner = match line.as_slice() {
            [first @ (b'"' | b'\''), inner @ .., last] if first == last => inner,
            _ => {
                return Err(unpickling_error(
                    vm,
                    "the STRING opcode argument must be quoted",
                ));
            }
        };
        let codecs = mesapy_vm::import::import_module(vm, "_codecs")?;
        let bytes = vm.local(vm.new_bytes(inner)?.value());
        let pair = vm.call_method(codecs, "escape_decode", &[bytes])?.keep(vm);
        let decoded = tuple_item(vm, pair, 0);
        let data = bytes_like(vm, decoded)?.unwrap_or_default();
        self.push_python2(vm, &data)
    }
    fn load_next_buffer(&mut self, vm: &mut Vm) -> Py<()> {
        let Some(buffers) = self.options.buffers else {
            return Err(unpickling_error(
                vm,
                "pickle stream refers to out-of-band data but no *buffers* argument was given",
            ));
        };
        let buffer = vm.local(Value::NONE);
        if !vm.next_into(buffers, buffer)? {
            return Err(unpickling_error(vm, "not enough out-of-band buffers"));
        }
        self.push_local(vm, buffer)
    }
    fn load_readonly_buffer(&mut self, vm: &mut Vm) -> Py<()> {
        let top = self.top(vm)?;
        let view = vm.buffer_view(top, false)?;
        let readonly = vm.get_attr_str(view, "readonly")?.keep(vm);
        if vm.truth(readonly)? {
            return Ok(());
        }
        let view = vm.call_method(view, "toreadonly", &[])?.keep(vm);
        let last = self.len(vm) - 1;
        self.stack.get(vm).set(vm, last, view.value(vm));
        Ok(())
    }
    fn push_called(&mut self, vm: &mut Vm, def: &'static TypeDef, arg: Option<Local>) -> Py<()> {
        let class = vm.local(vm.type_object(def).value());
        let made = match arg {
            Some(arg) => vm.call(class, &[arg])?.keep(vm),
            None => vm.call(class, &[])?.keep(vm),
        };
        self.push_local(vm, made)
    }
    fn call_with(&self, vm: &mut Vm, function: Local, args: Local) -> Py<Local> {
        let none = vm.local(Value::EMPTY);
        Ok(vm.call_ex(function, args, none)?.keep(vm))
    }
    fn instantiate(&mut self, vm: &mut Vm, class: Local, args: Local) -> Py<()> {
        let plain = tuple_len(vm, args) == 0
            && vm.is_type(class.value(vm))
            && vm.lookup_attr_str(class, "__getinitargs__")?.is_none();
        let made = if plain {
            vm.call_method(class, "__new__", &[class])?.keep(vm)
        } else {
            self.call_with(vm, class, args)?
        };
        self.push_local(vm, made)
    }
    fn load_inst(&mut self, vm: &mut Vm) -> Py<()> {
        let start = self.marker(vm)?;
        let module = self.source.line(vm)?;
        let name = self.source.line(vm)?;
        let [module, name] = [module, name].map(|bytes| {
            let bytes = vm.new_bytes(&bytes).map(|b| b.value().word());
            bytes.map(|w| vm.local(w.value(vm)))
        });
        let module = vm.decode(module?, "ascii", "strict")?.keep(vm);
        let name = vm.decode(name?, "ascii", "strict")?.keep(vm);
        let class = self.find(vm, module, name)?;
        let args = self.tuple_from(vm, start)?;
        self.instantiate(vm, class, args)
    }
    fn push_global(&mut self, vm: &mut Vm, module: &[u8], name: &[u8], encoding: &str) -> Py<()> {
        let module = vm.local(vm.new_bytes(module)?.value());
        let name = vm.local(vm.new_bytes(name)?.value());
        let module = vm.decode(module, encoding, "strict")?.keep(vm);
        let name = vm.decode(name, encoding, "strict")?.keep(vm);
        let found = self.find(vm, module, name)?;
        self.push_local(vm, found)
    }
    fn load_newobj(&mut self, vm: &mut Vm, keywords: bool) -> Py<()> {
        let what = if keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let kwargs = if keywords { Some(self.pop(vm)?) } else { None };
        let args = self.pop(vm)?;
        let class = self.pop(vm)?;
        let got = |vm: &Vm, l: Local| vm.type_name_for_error(l.value(vm));
        if !vm.is_type(class.value(vm)) {
            let got = got(vm, class);
            return Err(unpickling_error(
                vm,
                &format!("{what} class argument must be a type, not {got}"),
            ));
        }
        if args.value(vm).as_tuple(vm).is_none() {
            let got = got(vm, args);
            return Err(unpickling_error(
                vm,
                &format!("{what} args argument must be a tuple, not {got}"),
            ));
        }
        if let Some(kwargs) = kwargs.filter(|k| k.value(vm).as_dict(vm).is_none()) {
            let got = got(vm, kwargs);
            return Err(unpickling_error(
                vm,
                &format!("{what} kwargs argument must be a dict, not {got}"),
            ));
        }
        let new = vm.get_attr_str(class, "__new__")?.keep(vm);
        let mut all = vec![class];
        all.extend(tuple_locals(vm, args));
        let made = match kwargs {
            None => vm.call(new, &all)?.keep(vm),
            Some(kwargs) => {
                let all = tuple_of(vm, &all)?;
                vm.call_ex(new, all, kwargs)?.keep(vm)
            }
        };
        self.push_local(vm, made)
    }
    fn find(&mut self, vm: &mut Vm, module: Local, name: Local) -> Py<Local> {
        match self.owner {
            Some(owner) => Ok(vm
                .call_method(owner, "find_class", &[module, name])?
                .keep(vm)),
            None => find_class(vm, self.proto, self.options.fix_imports, module, name),
        }
    }
    fn load_extension(&mut self, vm: &mut Vm, code: i64) -> Py<()> {
        if code <= 0 {
            return Err(unpickling_error(vm, "EXT specifies code <= 0"));
        }
        let copyreg = mesapy_vm::import::import_module(vm, "copyreg")?;
        let cache = vm.get_attr_str(copyreg, "_extension_cache")?.keep(vm);
        let key = vm.local(vm.int(code));
        if let Some(found) = vm.dict_get(cache, key)?.map(|r| r.keep(vm)) {
            return self.push_local(vm, found);
        }
        let registry = vm.get_attr_str(copyreg, "_inverted_registry")?.keep(vm);
        let Some(pair) = vm.dict_get(registry, key)?.map(|r| r.keep(vm)) else {
            return Err(vm.value_error(format!("unregistered extension code {code}")));
        };
        let (module, name) = (tuple_item(vm, pair, 0), tuple_item(vm, pair, 1));
        let is_text = |l: Local| l.value(vm).as_str(vm).is_some();
        if tuple_len(vm, pair) != 2 || !is_text(module) || !is_text(name) {
            return Err(vm.value_error(format!(
                "_inverted_registry[{code}] isn't a 2-tuple of strings"
            )));
        }
        let found = self.find(vm, module, name)?;
        vm.dict_set(cache, key, found)?;
        self.push_local(vm, found)
    }
    fn load_persistent_text(&mut self, vm: &mut Vm) -> Py<()> {
        let Some(load) = self.persistent_load else {
            return Err(no_persistent_load(vm));
        };
        let line = self.source.line(vm)?;
        if !line.is_ascii() {
            return Err(unpickling_error(
                vm,
                "persistent IDs in protocol 0 must be ASCII strings",
            ));
        }
        let id = vm.local(vm.new_str(&line)?.value());
        let object = vm.call(load, &[id])?.keep(vm);
        self.push_local(vm, object)
    }
    fn get(&mut self, vm: &mut Vm, number: i64) -> Py<()> {
        let vm: &Vm = vm;
        let found = u64::try_from(number)
            .ok()
            .and_then(|n| self.memo.get(vm, n));
        match found {
            Some(value) => self.push(vm, value),
            None => Err(unpickling_error(
                vm,
                &format!("Memo value not found at index {number}"),
            )),
        }
    }
    /// A place above the last mark that has something below it.
    fn check_place(&self, vm: &Vm, start: usize) -> Py<()> {
        if start > self.len(vm) || start <= self.fence() {
            return Err(self.underflow(vm));
        }
        Ok(())
    }
    fn append(&mut self, vm: &mut Vm, start: usize) -> Py<()> {
        self.check_place(vm, start)?;
        if self.len(vm) == start {
            return Ok(());
        }
        let list = vm.local(self.at(vm, start - 1));
        {
            let vm: &Vm = vm;
            if let Some(exact) = list.value(vm).as_exact_list(vm) {
                let items = self.take_from(vm, start)?;
                exact.extend(vm, &items)?;
                return Ok(());
            }
        }
        let items: Local = {
            let vm: &Vm = vm;
            let items = self.take_from(vm, start)?;
            vm.local(vm.new_list(&items)?.value())
        };
        if let Some(extend) = vm.lookup_attr_str(list, "extend")?.map(|r| r.keep(vm)) {
            return vm.call(extend, &[items]).map(drop);
        }
        let append = vm.get_attr_str(list, "append")?.keep(vm);
        self.call_each(vm, append, items)
    }
    fn call_each(&self, vm: &mut Vm, function: Local, items: Local) -> Py<()> {
        let iterator = vm.iter(items)?.keep(vm);
        let item = vm.local(Value::NONE);
        while vm.next_into(iterator, item)? {
            vm.call(function, &[item]).map(drop)?;
        }
        Ok(())
    }
    fn check_even(&self, vm: &Vm, start: usize, what: &str) -> Py<()> {
        if start > self.len(vm) || start < self.fence() {
            return Err(self.underflow(vm));
        }
        if !(self.len(vm) - start).is_multiple_of(2) {
            return Err(unpickling_error(
                vm,
                &format!("odd number of items for {what}"),
            ));
        }
        Ok(())
    }
    /// Stores the pairs from a place on, and takes them off.
    fn set_items(&mut self, vm: &mut Vm, target: Local, start: usize) -> Py<()> {
        let [key, value] = vm.locals([Value::NONE, Value::NONE]);
        let exact = target.value(vm).as_exact_dict(vm).is_some();
        let end = self.len(vm);
        let mut i = start;
        if exact {
            i = self.set_named(vm, target, start)?;
        }
        while i + 1 < end {
            key.set(vm, self.at(vm, i));
            value.set(vm, self.at(vm, i + 1));
            if exact {
                vm.dict_set(target, key, value)?;
            } else {
                vm.set_item(target, key, value)?;
            }
            i += 2;
        }
        self.stack.get(vm).truncate(vm, start);
        Ok(())
    }
    /// The first keys as long as they are strings: where the next is on the stack.
    fn set_named(&self, vm: &Vm, target: Local, start: usize) -> Py<usize> {
        let (stack, mut i) = (self.stack.get(vm), start);
        let Some(dict) = target.value(vm).as_exact_dict(vm) else {
            return Ok(i);
        };
        let pairs = stack.len(vm).saturating_sub(start) / 2;
        let name = |i: usize| stack.at(vm, i).and_then(|key| key.as_exact_str(vm));
        if dict.is_empty(vm) && name(i).is_some() {
            dict.reserve(vm, pairs)?;
        }
        while let (Some(key), Some(value)) = (name(i), stack.at(vm, i + 1)) {
            dict.set_str(vm, key, value)?;
            i += 2;
        }
        Ok(i)
    }
    fn load_setitems(&mut self, vm: &mut Vm, start: usize) -> Py<()> {
        self.check_place(vm, start)?;
        if self.len(vm) == start {
            return Ok(());
        }
        self.check_even(vm, start, "SETITEMS")?;
        let target = vm.local(self.at(vm, start - 1));
        self.set_items(vm, target, start)
    }
    fn load_additems(&mut self, vm: &mut Vm, start: usize) -> Py<()> {
        self.check_place(vm, start)?;
        if self.len(vm) == start {
            return Ok(());
        }
        let set = vm.local(self.at(vm, start - 1));
        let items = self.tuple_from(vm, start)?;
        if vm.is_instance_of(set.value(vm), &mesapy_vm::objects::set_methods::SET) {
            let class = vm.local(
                vm.type_object(&mesapy_vm::objects::set_methods::SET)
                    .value(),
            );
            return vm.call_method(class, "update", &[set, items]).map(drop);
        }
        let add = vm.get_attr_str(set, "add")?.keep(vm);
        self.call_each(vm, add, items)
    }
    fn load_build(&mut self, vm: &mut Vm) -> Py<()> {
        if self.len(vm) < self.fence() + 2 {
            return Err(self.underflow(vm));
        }
        let mut state = self.pop(vm)?;
        let object = self.top(vm)?;
        if let Some(setstate) = vm
            .lookup_attr_str(object, "__setstate__")?
            .map(|r| r.keep(vm))
        {
            return vm.call(setstate, &[state]).map(drop);
        }
        let mut slots = None;
        if tuple_len(vm, state) == 2 {
            slots = Some(tuple_item(vm, state, 1));
            state = tuple_item(vm, state, 0);
        }
        let [key, value] = vm.locals([Value::NONE, Value::NONE]);
        if !state.value(vm).is_none() {
            if state.value(vm).as_dict(vm).is_none() {
                return Err(unpickling_error(vm, "state is not a dictionary"));
            }
            self.set_state(vm, object, state, key, value)?;
        }
        let Some(slots) = super::given(vm, slots) else {
            return Ok(());
        };
        if slots.value(vm).as_dict(vm).is_none() {
            return Err(unpickling_error(vm, "slot state is not a dictionary"));
        }
        let mut at = 0;
        while next_pair(vm, slots, &mut at, key, value) {
            let Some(name) = key.cast::<k::Str>(vm) else {
                let got = vm.type_name_for_error(key.value(vm));
                return Err(vm.type_error(format!("attribute name must be string, not '{got}'")));
            };
            vm.set_attr(object, name, value)?;
        }
        Ok(())
    }
    /// Puts a state into an object's `__dict__`.
    fn set_state(
        &self,
        vm: &mut Vm,
        object: Local,
        state: Local,
        key: Local,
        value: Local,
    ) -> Py<()> {
        let mut at = 0;
        let mut dict = None;
        while next_pair(vm, state, &mut at, key, value) {
            // An attribute that the class does not know goes where the dict would show it.
            let direct = {
                let vm: &Vm = vm;
                object.value(vm).kind(vm) == Kind::Instance
                    && key.value(vm).as_exact_str(vm).is_some_and(|name| {
                        let name = vm.intern(name.bytes(vm));
                        vm.type_lookup(vm.type_of(object.value(vm)), name).is_none()
                    })
            };
            if direct && dict.is_none() {
                if let Some(name) = key.cast::<k::Str>(vm) {
                    vm.intern_local(name);
                    vm.generic_set_attr(object, name, value)?;
                    continue;
                }
            }
            let target = match dict {
                Some(d) => d,
                None => {
                    let d = vm.get_attr_str(object, "__dict__")?.keep(vm);
                    dict = Some(d);
                    d
                }
            };
            vm.set_item(target, key, value)?;
        }
        Ok(())
    }
}

fn next_pair(vm: &Vm, dict: Local, at: &mut usize, key: Local, value: Local) -> bool {
    let entry = dict
        .value(vm)
        .as_dict(vm)
        .and_then(|d| d.next_entry(vm, *at));
    let Some((next, k, v)) = entry else {
        return false;
    };
    *at = next + 1;
    key.set(vm, k);
    value.set(vm, v);
    true
}
/// Bytes of the length field of three related opcodes.
fn width_of(code: u8, short: u8, middle: u8) -> usize {
    if code == short {
        1
    } else if code == middle {
        4
    } else {
        8
    }
}
/// `int(text)`
fn int_of_text(vm: &mut Vm, text: &[u8]) -> Py<Local> {
    let plain = std::str::from_utf8(text).ok().map(str::trim);
    if let Some(n) = plain.and_then(|t| t.parse::<i64>().ok()) {
        return Ok(vm.local(vm.int(n)));
    }
    let [class, text, base] = {
        let vm: &Vm = vm;
        vm.locals([
            vm.type_object(&mesapy_vm::objects::int::INT).value(),
            vm.new_bytes(text)?.value(),
            vm.int(10),
        ])
    };
    Ok(vm.call(class, &[text, base])?.keep(vm))
}
pub fn no_persistent_load(vm: &Vm) -> Raised {
    unpickling_error(
        vm,
        "A load persistent id instruction was encountered, but no persistent_load function was specified.",
    )
}

/// The class or function of a name. CPython: _pickle_Unpickler_find_class_impl
pub fn find_class(
    vm: &mut Vm,
    proto: u8,
    fix_imports: bool,
    module: Local,
    name: Local,
) -> Py<Local> {
    let (mut module, mut name) = (module, name);
    if proto < 3 && fix_imports {
        let compat = mesapy_vm::import::import_module(vm, "_compat_pickle")?;
        let names = vm.get_attr_str(compat, "NAME_MAPPING")?.keep(vm);
        let modules = vm.get_attr_str(compat, "IMPORT_MAPPING")?.keep(vm);
        let key = tuple_of(vm, &[module, name])?;
        if let Some(pair) = vm.dict_get(names, key)?.map(|r| r.keep(vm)) {
            module = tuple_item(vm, pair, 0);
            name = tuple_item(vm, pair, 1);
        } else if let Some(other) = vm.dict_get(modules, module)?.map(|r| r.keep(vm)) {
            module = other;
        }
    }
    let found = import_by_name(vm, module)?;
    let Some(text) = name.cast::<k::Str>(vm) else {
        let got = vm.type_name_for_error(name.value(vm));
        return Err(vm.type_error(format!("attribute name must be string, not '{got}'")));
    };
    let path: Vec<Vec<u8>> = text
        .get(vm)
        .bytes(vm)
        .split(|b| *b == b'.')
        .map(<[u8]>::to_vec)
        .collect();
    if proto < 4 || path.len() == 1 {
        return Ok(vm.get_attr(found, text)?.keep(vm));
    }
    match walk(vm, found, &path) {
        Ok(found) => Ok(found),
        Err(raised) if vm.raised_is(&raised, &exc::ATTRIBUTE_ERROR) => {
            let first = vm.take_exception_local(raised);
            let (name, module) = (vm.repr_text(name)?, vm.repr_text(module)?);
            let error = vm.raise_text(
                &exc::ATTRIBUTE_ERROR,
                &format!("Can't resolve path {name} on module {module}"),
            );
            Err(super::in_context(vm, error, first))
        }
        Err(raised) => Err(raised),
    }
}

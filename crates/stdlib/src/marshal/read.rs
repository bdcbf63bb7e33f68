//! Bytes to values. Total: any input gives a value or an exception, and no allocation is much larger than the input.

use super::{DEPTH_MAX, DIGIT_BITS, FLAG_REF};
use crate::support::*;
use mesapy_heap::Word;

/// Where the bytes come from.
pub(super) enum Source {
    Bytes {
        data: Vec<u8>,
        at: usize,
    },
    /// A file object: exactly what is needed is read, so that it stands behind the value afterwards.
    File(Local),
}
impl Source {
    pub(super) fn bytes(data: Vec<u8>) -> Source {
        Source::Bytes { data, at: 0 }
    }
}

pub(super) struct Reader {
    source: Source,
    allow_code: bool,
    /// Objects that can be referred to; those not complete yet are Empty… as a list can't hold that, `incomplete` says which.
    refs: Local<k::List>,
    incomplete: Vec<usize>,
    depth: u32,
}

const TOO_SHORT: &str = "marshal data too short";

fn bad(vm: &Vm, what: &str) -> Raised {
    vm.value_error(format!("bad marshal data ({what})"))
}
fn null_in(vm: &Vm, what: &str) -> Raised {
    vm.type_error(format!("NULL object in marshal data for {what}"))
}

impl Reader {
    pub(super) fn new(vm: &Vm, source: Source, allow_code: bool) -> Py<Reader> {
        Ok(Reader {
            source,
            allow_code,
            refs: vm.local_of(vm.new_list(&[])?.value()),
            incomplete: Vec::new(),
            depth: 0,
        })
    }
    pub(super) fn whole(mut self, vm: &mut Vm) -> Py<Ret> {
        self.needed(vm, "object")
    }

    // ---- pieces

    fn take(&mut self, vm: &mut Vm, n: usize, eof: &str) -> Py<Vec<u8>> {
        match &mut self.source {
            Source::Bytes { data, at } => {
                let Some(piece) = data.get(*at..at.saturating_add(n)) else {
                    return Err(vm.eof_error(eof));
                };
                *at += n;
                Ok(piece.to_vec())
            }
            Source::File(file) => {
                let file = *file;
                let read = vm.scope(|vm| {
                    let size = vm.local(vm.int(n as i64));
                    let got = vm.call_method(file, "read", &[size])?.keep(vm);
                    vm.buffer_bytes(got)
                })?;
                if read.len() > n {
                    return Err(vm.value_error(format!(
                        "read() returned too much data: {n} bytes requested, {} returned",
                        read.len()
                    )));
                }
                if read.len() < n {
                    return Err(vm.eof_error(eof));
                }
                Ok(read)
            }
        }
    }
    fn byte(&mut self, vm: &mut Vm, eof: &str) -> Py<u8> {
        Ok(self.take(vm, 1, eof)?.first().copied().unwrap_or(0))
    }
    fn array<const N: usize>(&mut self, vm: &mut Vm) -> Py<[u8; N]> {
        let bytes = self.take(vm, N, TOO_SHORT)?;
        Ok(bytes.try_into().unwrap_or([0; N]))
    }
    fn long(&mut self, vm: &mut Vm) -> Py<i32> {
        Ok(i32::from_le_bytes(self.array(vm)?))
    }
    fn size(&mut self, vm: &mut Vm, what: &str) -> Py<usize> {
        let n = self.long(vm)?;
        usize::try_from(n).map_err(|_| bad(vm, &format!("{what} size out of range")))
    }
    /// Items take a byte each at least: a count beyond what is left ends in EOFError sooner or later, so at once.
    fn count(&mut self, vm: &mut Vm, what: &str) -> Py<usize> {
        let n = self.size(vm, what)?;
        match &self.source {
            Source::Bytes { data, at } if n > data.len().saturating_sub(*at) => {
                Err(vm.eof_error("EOF read where object expected"))
            }
            _ => Ok(n),
        }
    }

    // ---- references

    fn reserve(&mut self, vm: &Vm, flag: bool) -> Py<Option<usize>> {
        if !flag {
            return Ok(None);
        }
        let refs = self.refs.get(vm);
        let index = refs.len(vm);
        refs.push(vm, Value::NONE)?;
        self.incomplete.push(index);
        Ok(Some(index))
    }
    fn complete(&mut self, vm: &Vm, reserved: Option<usize>, word: Word) {
        if let Some(index) = reserved {
            self.refs.get(vm).set(vm, index, word.value(vm));
            self.incomplete.retain(|i| *i != index);
        }
    }

    // ---- objects

    fn needed(&mut self, vm: &mut Vm, of: &str) -> Py<Ret> {
        match self.object(vm)? {
            Some(ret) => Ok(ret),
            None => Err(null_in(vm, of)),
        }
    }
    /// None: the mark that ends a dict.
    fn object(&mut self, vm: &mut Vm) -> Py<Option<Ret>> {
        let code = self.byte(vm, "EOF read where object expected")?;
        if self.depth >= DEPTH_MAX {
            return Err(vm.value_error("recursion limit exceeded"));
        }
        vm.check_native_stack()?;
        self.depth += 1;
        let result = vm.scope(|vm| self.object_of(vm, code & !FLAG_REF, code & FLAG_REF != 0));
        self.depth -= 1;
        result
    }
    fn object_of(&mut self, vm: &mut Vm, code: u8, flag: bool) -> Py<Option<Ret>> {
        let simple = match code {
            b'0' => return Ok(None),
            b'N' => Some(Value::NONE.word()),
            b'F' => Some(Value::FALSE.word()),
            b'T' => Some(Value::TRUE.word()),
            b'.' => Some(Value::ELLIPSIS.word()),
            b'S' => Some(vm.type_object(&exc::STOP_ITERATION).value().word()),
            _ => None,
        };
        if let Some(word) = simple {
            let value = word.value(vm);
            return Ok(Some(vm.ret(value)));
        }
        match code {
            b'r' => return self.reference(vm).map(Some),
            b')' | b'(' => return self.tuple(vm, code, flag).map(Some),
            b'[' => return self.list(vm, flag).map(Some),
            b'{' => return self.dict(vm, flag).map(Some),
            b'<' | b'>' => return self.set(vm, code, flag).map(Some),
            b'c' | b':' => {
                let reserved = self.reserve(vm, flag)?;
                let ret = if code == b'c' {
                    self.code(vm)?
                } else {
                    self.slice(vm)?
                };
                let word = ret.get(vm).word();
                self.complete(vm, reserved, word);
                let value = word.value(vm);
                return Ok(Some(vm.ret(value)));
            }
            _ => {}
        }
        let word = self.plain(vm, code)?;
        if flag {
            let reserved = self.reserve(vm, true)?;
            self.complete(vm, reserved, word);
        }
        let value = word.value(vm);
        Ok(Some(vm.ret(value)))
    }
    /// Numbers and text.
    fn plain(&mut self, vm: &mut Vm, code: u8) -> Py<Word> {
        Ok(match code {
            b'i' => {
                let n = self.long(vm)?;
                vm.int(i64::from(n)).word()
            }
            b'I' => {
                let n = i64::from_le_bytes(self.array(vm)?);
                vm.int(n).word()
            }
            b'l' => self.integer(vm)?,
            b'f' => {
                let f = self.float_text(vm)?;
                vm.float(f).word()
            }
            b'g' => {
                let f = f64::from_le_bytes(self.array(vm)?);
                vm.float(f).word()
            }
            b'x' => {
                let (re, im) = (self.float_text(vm)?, self.float_text(vm)?);
                vm.new_complex(re, im).value().word()
            }
            b'y' => {
                let re = f64::from_le_bytes(self.array(vm)?);
                let im = f64::from_le_bytes(self.array(vm)?);
                vm.new_complex(re, im).value().word()
            }
            b's' => {
                let n = self.size(vm, "bytes object")?;
                let bytes = self.take(vm, n, TOO_SHORT)?;
                vm.new_bytes(&bytes)?.value().word()
            }
            b'a' | b'A' | b'z' | b'Z' => {
                let n = if matches!(code, b'z' | b'Z') {
                    usize::from(self.byte(vm, "EOF read where not expected")?)
                } else {
                    self.size(vm, "string")?
                };
                let bytes = self.take(vm, n, TOO_SHORT)?;
                // "ASCII" text is Latin-1 if a file says so wrongly.
                let text: String = bytes.iter().map(|b| char::from(*b)).collect();
                self.text_of(vm, text.as_bytes(), matches!(code, b'A' | b'Z'))?
            }
            b'u' | b't' => {
                let n = self.size(vm, "string")?;
                let bytes = self.take(vm, n, TOO_SHORT)?;
                if std::str::from_utf8(&bytes).is_ok() {
                    self.text_of(vm, &bytes, code == b't')?
                } else {
                    // Surrogates are allowed; what is wrong is said as the codec says it.
                    let data = vm.local(vm.new_bytes(&bytes)?.value());
                    let decoded = vm.decode(data, "utf-8", "surrogatepass")?;
                    decoded.get(vm).word()
                }
            }
            _ => return Err(bad(vm, "unknown type code")),
        })
    }
    fn text_of(&mut self, vm: &Vm, text: &[u8], interned: bool) -> Py<Word> {
        Ok(if interned {
            vm.intern(text).value().word()
        } else {
            vm.new_str(text)?.value().word()
        })
    }
    fn float_text(&mut self, vm: &mut Vm) -> Py<f64> {
        let n = usize::from(self.byte(vm, "EOF read where not expected")?);
        let bytes = self.take(vm, n, TOO_SHORT)?;
        mesapy_text::number::float::parse_float_bytes(&bytes).ok_or_else(|| {
            vm.value_error(format!(
                "could not convert string to float: '{}'",
                String::from_utf8_lossy(&bytes)
            ))
        })
    }
    fn integer(&mut self, vm: &mut Vm) -> Py<Word> {
        let n = self.long(vm)?;
        if n == i32::MIN {
            return Err(bad(vm, "long size out of range"));
        }
        let count = n.unsigned_abs() as usize;
        let bytes = self.take(vm, count.saturating_mul(2), TOO_SHORT)?;
        let digits: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|c| u16::from_le_bytes([c[0], c[1]]))
            .collect();
        if digits.iter().any(|d| *d >= 1 << DIGIT_BITS) {
            return Err(bad(vm, "digit out of range in long"));
        }
        if digits.last() == Some(&0) {
            return Err(bad(vm, "unnormalized long data"));
        }
        let mut limbs = Vec::with_capacity(count / 4 + 1);
        let (mut held, mut bits) = (0u128, 0u32);
        for digit in digits {
            held |= u128::from(digit) << bits;
            bits += DIGIT_BITS;
            if bits >= 64 {
                limbs.push(held as u64);
                held >>= 64;
                bits -= 64;
            }
        }
        limbs.push(held as u64);
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        let value = vm.new_bigint(n < 0, &limbs)?;
        Ok(value.word())
    }
    fn reference(&mut self, vm: &mut Vm) -> Py<Ret> {
        let index = self.long(vm)?;
        let vm: &Vm = vm;
        let found = usize::try_from(index)
            .ok()
            .filter(|i| !self.incomplete.contains(i))
            .and_then(|i| self.refs.get(vm).at(vm, i));
        match found {
            Some(value) => Ok(vm.ret(value)),
            None => Err(bad(vm, "invalid reference")),
        }
    }
    fn tuple(&mut self, vm: &mut Vm, code: u8, flag: bool) -> Py<Ret> {
        let n = if code == b')' {
            usize::from(self.byte(vm, "EOF read where not expected")?)
        } else {
            self.count(vm, "tuple")?
        };
        let reserved = self.reserve(vm, flag)?;
        let [tuple, item] = {
            let vm: &Vm = vm;
            let made = vm.new_tuple_from(n, |_| Value::NONE)?.value();
            vm.locals([made, Value::NONE])
        };
        self.complete(vm, reserved, tuple.word(vm));
        for i in 0..n {
            self.needed(vm, "tuple")?.put(vm, item);
            if let Some(t) = tuple.value(vm).as_exact_tuple(vm) {
                t.init(vm, i, item.value(vm));
            }
        }
        Ok(vm.ret(tuple.value(vm)))
    }
    fn list(&mut self, vm: &mut Vm, flag: bool) -> Py<Ret> {
        let n = self.count(vm, "list")?;
        let reserved = self.reserve(vm, flag)?;
        let list: Local<k::List> = vm.local_of(vm.new_list(&[])?.value());
        let item = vm.local(Value::NONE);
        self.complete(vm, reserved, list.word(vm));
        for _ in 0..n {
            self.needed(vm, "list")?.put(vm, item);
            list.get(vm).push(vm, item.value(vm))?;
        }
        Ok(vm.ret(list.value(vm)))
    }
    fn dict(&mut self, vm: &mut Vm, flag: bool) -> Py<Ret> {
        let reserved = self.reserve(vm, flag)?;
        let [dict, key, value] = vm.locals([vm.new_dict().value(), Value::NONE, Value::NONE]);
        self.complete(vm, reserved, dict.word(vm));
        while let Some(ret) = self.object(vm)? {
            ret.put(vm, key);
            let Some(ret) = self.object(vm)? else { break };
            ret.put(vm, value);
            vm.set_item(dict, key, value)?;
        }
        Ok(vm.ret(dict.value(vm)))
    }
    fn set(&mut self, vm: &mut Vm, code: u8, flag: bool) -> Py<Ret> {
        let n = self.count(vm, "set")?;
        let frozen = code == b'>';
        let reserved = self.reserve(vm, flag)?;
        let [set, item] = if frozen {
            vm.locals([vm.new_frozenset().value(), Value::NONE])
        } else {
            vm.locals([vm.new_set().value(), Value::NONE])
        };
        if !frozen {
            self.complete(vm, reserved, set.word(vm));
        }
        for _ in 0..n {
            self.needed(vm, "set")?.put(vm, item);
            vm.set_add(set, item)?;
        }
        if frozen {
            self.complete(vm, reserved, set.word(vm));
        }
        Ok(vm.ret(set.value(vm)))
    }
    fn slice(&mut self, vm: &mut Vm) -> Py<Ret> {
        let parts = vm.locals([Value::NONE; 3]);
        for part in parts {
            self.needed(vm, "object")?.put(vm, part);
        }
        let vm: &Vm = vm;
        let [start, stop, step] = parts.map(|p| p.value(vm));
        Ok(vm.ret(mesapy_vm::objects::slice::new_slice(vm, start, stop, step)))
    }
    /// Decoded, verified, then made.
    fn code(&mut self, vm: &mut Vm) -> Py<Ret> {
        if !self.allow_code {
            return Err(vm.value_error("unmarshalling code objects is disallowed"));
        }
        let n = self.size(vm, "bytes object")?;
        let bytes = self.take(vm, n, TOO_SHORT)?;
        let filename = self.needed(vm, "object")?.keep(vm);
        let Some(filename) = filename.cast::<k::Str>(vm) else {
            return Err(bad(vm, "code without a file name"));
        };
        let unit = match mesapy_bytecode::serial::decode(&bytes) {
            Ok(unit) => unit,
            Err(e) => return Err(bad(vm, &e.to_string())),
        };
        if let Err(e) = mesapy_bytecode::verify(&unit) {
            return Err(bad(vm, &e.to_string()));
        }
        let vm: &Vm = vm;
        Ok(vm.ret(vm.load_code(&unit, filename)?.value()))
    }
}

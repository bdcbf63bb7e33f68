//! Values to bytes.

use std::collections::HashMap;

use super::{DEPTH_MAX, DIGIT_BITS, FLAG_REF};
use crate::support::*;
use mesapy_text::number::float;

struct Writer {
    out: Vec<u8>,
    version: i64,
    allow_code: bool,
    /// Index of what was written and can be referred to, by its word: nothing moves or dies while this runs.
    seen: HashMap<u64, u32>,
    depth: u32,
    /// Slices and code objects that are being written: reading could not make them refer to themselves.
    open: Vec<u64>,
}

pub(super) fn write(vm: &mut Vm, value: Local, version: i64, allow_code: bool) -> Py<Vec<u8>> {
    let mut w = Writer {
        out: Vec::new(),
        version,
        allow_code,
        seen: HashMap::new(),
        depth: 0,
        open: Vec::new(),
    };
    // Exporters written in Python run code to give their bytes; they are taken at the outermost level only.
    let v = value.value(vm);
    if v.kind(vm) == Kind::Instance {
        if vm.special_of(v, Dunder::Buffer).is_some() {
            let bytes = vm.buffer_bytes(value)?;
            w.sized(vm, b's', &bytes)?;
            return Ok(w.out);
        }
    }
    w.object(vm, value.value(vm))?;
    Ok(w.out)
}

fn unmarshallable(vm: &Vm) -> Raised {
    vm.value_error("unmarshallable object")
}

impl Writer {
    fn long(&mut self, n: u32) {
        self.out.extend(n.to_le_bytes());
    }
    fn size(&mut self, vm: &Vm, n: usize) -> Py<()> {
        match i32::try_from(n) {
            Ok(n) => {
                self.long(n as u32);
                Ok(())
            }
            Err(_) => Err(unmarshallable(vm)),
        }
    }
    fn sized(&mut self, vm: &Vm, code: u8, bytes: &[u8]) -> Py<()> {
        self.out.push(code);
        self.size(vm, bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn object(&mut self, vm: &Vm, v: Value<'_>) -> Py<()> {
        let constant = if v.is_none() {
            Some(b'N')
        } else if v == Value::FALSE {
            Some(b'F')
        } else if v == Value::TRUE {
            Some(b'T')
        } else if v == Value::ELLIPSIS {
            Some(b'.')
        } else if v == vm.type_object(&exc::STOP_ITERATION).value() {
            Some(b'S')
        } else {
            None
        };
        if let Some(code) = constant {
            self.out.push(code);
            return Ok(());
        }
        if self.depth >= DEPTH_MAX {
            return Err(vm.value_error("object too deeply nested to marshal"));
        }
        vm.check_native_stack()?;
        let mut flag = 0;
        if self.version >= 3 {
            let next = self.seen.len() as u32;
            match self.seen.entry(v.word().bits()) {
                std::collections::hash_map::Entry::Occupied(e) => {
                    let index = *e.get();
                    if self.open.contains(&v.word().bits()) {
                        return Err(unmarshallable(vm));
                    }
                    self.out.push(b'r');
                    self.long(index);
                    return Ok(());
                }
                std::collections::hash_map::Entry::Vacant(e) => {
                    e.insert(next);
                    flag = FLAG_REF;
                }
            }
        }
        self.depth += 1;
        let closed = matches!(v.kind(vm), Kind::Slice | Kind::Code);
        if closed {
            self.open.push(v.word().bits());
        }
        let result = self.complex_object(vm, v, flag);
        if closed {
            self.open.pop();
        }
        self.depth -= 1;
        result
    }

    fn complex_object(&mut self, vm: &Vm, v: Value<'_>, flag: u8) -> Py<()> {
        if let Some(n) = v.as_small_int() {
            self.integer(n < 0, &[n.unsigned_abs()], flag);
            return Ok(());
        }
        match v.kind(vm) {
            Kind::Str => return self.text(vm, v, flag),
            Kind::Code => return self.code(vm, v, flag),
            _ => {}
        }
        if let Some(b) = v.as_exact_bigint(vm) {
            self.integer(b.is_negative(vm), b.limbs(vm), flag);
        } else if let Some(b) = v.as_exact_bytes(vm) {
            self.sized(vm, b's' | flag, b.bytes(vm))?;
        } else if let Some(b) = v.as_exact_bytearray(vm) {
            self.sized(vm, b's' | flag, &b.to_vec(vm, 0..b.len(vm)))?;
        } else if let Some(t) = v.as_exact_tuple(vm) {
            match u8::try_from(t.len(vm)) {
                Ok(n) if self.version >= 4 => self.out.extend([b')' | flag, n]),
                _ => {
                    self.out.push(b'(' | flag);
                    self.size(vm, t.len(vm))?;
                }
            }
            for item in t.iter(vm) {
                self.object(vm, item)?;
            }
        } else if let Some(l) = v.as_exact_list(vm) {
            self.out.push(b'[' | flag);
            self.size(vm, l.len(vm))?;
            for item in l.iter(vm) {
                self.object(vm, item)?;
            }
        } else if let Some(d) = v.as_exact_dict(vm) {
            self.out.push(b'{' | flag);
            for (key, value) in d.iter(vm) {
                self.object(vm, key)?;
                self.object(vm, value)?;
            }
            self.out.push(b'0');
        } else if matches!(v.kind(vm), Kind::Set | Kind::FrozenSet) {
            self.set(vm, v, flag)?;
        } else if let Some(z) = v.as_exact_complex(vm) {
            let parts = [z.re(vm), z.im(vm)];
            self.out
                .push(if self.version > 1 { b'y' } else { b'x' } | flag);
            for part in parts {
                self.float(part);
            }
        } else if let Some(s) = v.as_exact_slice(vm).filter(|_| self.version >= 5) {
            self.out.push(b':' | flag);
            for part in [s.start(vm), s.stop(vm), s.step(vm)] {
                self.object(vm, part)?;
            }
        } else if let Some(f) = v
            .as_f64(vm)
            .filter(|_| !matches!(v.kind(vm), Kind::Wrapped | Kind::Instance))
        {
            self.out
                .push(if self.version > 1 { b'g' } else { b'f' } | flag);
            self.float(f);
        } else if let Some(bytes) = vm.native_buffer_bytes(v)? {
            self.sized(vm, b's' | flag, &bytes)?;
        } else {
            return Err(unmarshallable(vm));
        }
        Ok(())
    }
    fn float(&mut self, f: f64) {
        if self.version > 1 {
            self.out.extend(f.to_le_bytes());
        } else {
            let mut text = float::repr(f);
            if text.ends_with(".0") {
                text.truncate(text.len() - 2);
            }
            self.out.push(text.len() as u8);
            self.out.extend(text.as_bytes());
        }
    }
    /// Four bytes, or digits of 15 bits behind their signed count.
    fn integer(&mut self, negative: bool, limbs: &[u64], flag: u8) {
        if let [n] = limbs {
            let limit = if negative { 1 << 31 } else { (1 << 31) - 1 };
            if *n <= limit {
                self.out.push(b'i' | flag);
                let n = *n as i64;
                self.out
                    .extend((if negative { -n } else { n } as i32).to_le_bytes());
                return;
            }
        }
        let mut digits: Vec<u16> = Vec::with_capacity(limbs.len() * 5);
        let (mut held, mut bits) = (0u128, 0u32);
        for limb in limbs {
            held |= u128::from(*limb) << bits;
            bits += 64;
            while bits >= DIGIT_BITS {
                digits.push((held & 0x7fff) as u16);
                held >>= DIGIT_BITS;
                bits -= DIGIT_BITS;
            }
        }
        digits.push(held as u16);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        self.out.push(b'l' | flag);
        let count = digits.len() as i32;
        self.out
            .extend((if negative { -count } else { count }).to_le_bytes());
        digits.iter().for_each(|d| self.out.extend(d.to_le_bytes()));
    }
    fn text(&mut self, vm: &Vm, v: Value<'_>, flag: u8) -> Py<()> {
        let Some(s) = v.as_exact_str(vm) else {
            return Err(unmarshallable(vm));
        };
        let bytes = s.bytes(vm);
        let interned = s.is_interned(vm);
        if self.version >= 4 && s.is_ascii(vm) {
            return match u8::try_from(bytes.len()) {
                Ok(n) => {
                    self.out
                        .extend([if interned { b'Z' } else { b'z' } | flag, n]);
                    self.out.extend_from_slice(bytes);
                    Ok(())
                }
                Err(_) => self.sized(vm, if interned { b'A' } else { b'a' } | flag, bytes),
            };
        }
        let code = if self.version >= 3 && interned {
            b't'
        } else {
            b'u'
        };
        self.sized(vm, code | flag, bytes)
    }
    /// Items are in the order of their own marshalled bytes, so that equal sets give equal bytes.
    fn set(&mut self, vm: &Vm, v: Value<'_>, flag: u8) -> Py<()> {
        let Some(set) = v.as_any_set(vm) else {
            return Err(unmarshallable(vm));
        };
        let frozen = v.kind(vm) == Kind::FrozenSet;
        self.out.push(if frozen { b'>' } else { b'<' } | flag);
        self.size(vm, set.len(vm))?;
        let mut items = Vec::new();
        for item in set.iter(vm) {
            let mut alone = Writer {
                out: Vec::new(),
                version: self.version,
                allow_code: self.allow_code,
                seen: HashMap::new(),
                depth: self.depth,
                open: Vec::new(),
            };
            alone.object(vm, item)?;
            items.push((alone.out, item));
        }
        items.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, item) in items {
            self.object(vm, item)?;
        }
        Ok(())
    }
    fn code(&mut self, vm: &Vm, v: Value<'_>, flag: u8) -> Py<()> {
        if !self.allow_code {
            return Err(vm.value_error("marshalling code objects is disallowed"));
        }
        let Some(code) = v.as_obj() else {
            return Err(unmarshallable(vm));
        };
        let unit = vm.code_unit(code)?;
        self.sized(vm, b'c' | flag, &mesapy_bytecode::serial::encode(&unit))?;
        self.object(vm, vm.code_filename(code))
    }
}

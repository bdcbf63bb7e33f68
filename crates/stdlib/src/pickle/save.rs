//! Writing objects: what every pickler does, and the types that have opcodes of their own. What goes through `__reduce_ex__` is in `reduce`.

use super::{BATCH, op, pickling_error};
use crate::support::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Frames are closed when they have this many bytes, and bytes objects as long are written past them.
const FRAME_TARGET: usize = 64 * 1024;
/// Shorter frames are not worth their header.
const FRAME_MIN: usize = 4;
const FRAME_HEADER: usize = 9;
/// In fast mode, nesting from which containers are watched for cycles.
const FAST_NESTING: usize = 50;

/// Room from the start, so that small pickles are written without moving what is there.
const OUT_EXPECTED: usize = 1024;
const MEMO_EXPECTED: usize = 56;

/// Identities are addresses: spread, and no more.
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0 ^ n)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(32);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The state of one `dump`.
pub struct Writer {
    pub out: Vec<u8>,
    /// Where the open frame's header is.
    frame: Option<usize>,
    framing: bool,
    pub proto: u8,
    pub fast: bool,
    pub fix_imports: bool,
    /// Identity of a memoized object → its number.
    pub memo: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    /// The memoized objects in order, kept alive.
    pub memo_objects: Local<k::List>,
    /// Containers being saved in fast mode.
    pub nesting: Vec<u64>,
    pub persistent_id: Option<Local>,
    pub reducer_override: Option<Local>,
    /// The pickler's own table, or `copyreg.dispatch_table`.
    pub dispatch_table: Local,
    pub own_table: bool,
    pub extension_registry: Local,
    pub buffer_callback: Option<Local>,
    pub write: Option<Local>,
}

impl Writer {
    pub fn new(vm: &mut Vm, proto: u8, fix_imports: bool, callback: Option<Local>) -> Py<Writer> {
        let copyreg = mesapy_vm::import::import_module(vm, "copyreg")?;
        let dispatch_table = vm.get_attr_str(copyreg, "dispatch_table")?.keep(vm);
        let extension_registry = vm.get_attr_str(copyreg, "_extension_registry")?.keep(vm);
        Ok(Writer {
            out: Vec::with_capacity(OUT_EXPECTED),
            frame: None,
            framing: false,
            proto,
            fast: false,
            fix_imports,
            memo: HashMap::with_capacity_and_hasher(MEMO_EXPECTED, Default::default()),
            memo_objects: vm.local_of(vm.new_list(&[])?.value()),
            nesting: Vec::new(),
            persistent_id: None,
            reducer_override: None,
            dispatch_table,
            own_table: false,
            extension_registry,
            buffer_callback: callback,
            write: None,
        })
    }
    pub fn binary(&self) -> bool {
        self.proto > 0
    }

    // ---- output

    pub fn put(&mut self, bytes: &[u8]) {
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.out.len());
            self.out.extend_from_slice(&[0; FRAME_HEADER]);
        }
        self.out.extend_from_slice(bytes);
    }
    /// Opcode and a little-endian number of the width that the array has.
    pub fn put_sized(&mut self, code: u8, number: &[u8]) {
        let mut all = [0; 9];
        let len = number.len().min(8) + 1;
        if let Some(place) = all.get_mut(1..len) {
            place.copy_from_slice(number.get(..len - 1).unwrap_or_default());
        }
        all[0] = code;
        self.put(all.get(..len).unwrap_or_default());
    }
    fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else {
            return;
        };
        let content = start + FRAME_HEADER;
        let len = self.out.len().saturating_sub(content);
        if len < FRAME_MIN {
            self.out.drain(start..content.min(self.out.len()));
        } else if let Some(header) = self.out.get_mut(start..content) {
            header[0] = op::FRAME;
            if let Some(place) = header.get_mut(1..) {
                place.copy_from_slice(&(len as u64).to_le_bytes());
            }
        }
    }
    /// Between opcodes: a long frame ends here, and goes to the file.
    fn boundary(&mut self, vm: &mut Vm) -> Py<()> {
        let Some(start) = self.frame else {
            return Ok(());
        };
        if self.out.len().saturating_sub(start + FRAME_HEADER) >= FRAME_TARGET {
            self.close_frame();
            self.flush(vm)?;
        }
        Ok(())
    }
    /// Hands what was written to the file, if there is one.
    pub fn flush(&mut self, vm: &mut Vm) -> Py<()> {
        let Some(write) = self.write else {
            return Ok(());
        };
        let out = std::mem::take(&mut self.out);
        vm.scope(|vm| {
            let bytes = vm.local(vm.new_bytes(&out)?.value());
            vm.call(write, &[bytes]).map(drop)
        })
    }
    /// A header and data; long data is not copied into a frame. `whole`: the object that is exactly the data.
    fn put_data(
        &mut self,
        vm: &mut Vm,
        header: (u8, &[u8]),
        data: &[u8],
        whole: Option<Local>,
    ) -> Py<()> {
        if data.len() < FRAME_TARGET {
            self.put_sized(header.0, header.1);
            self.put(data);
            return Ok(());
        }
        let framing = self.framing;
        self.close_frame();
        self.framing = false;
        self.put_sized(header.0, header.1);
        match self.write {
            None => self.put(data),
            Some(write) => {
                self.flush(vm)?;
                vm.scope(|vm| {
                    let payload = match whole {
                        Some(object) => object,
                        None => vm.local(vm.new_bytes(data)?.value()),
                    };
                    vm.call(write, &[payload]).map(drop)
                })?;
            }
        }
        self.framing = framing;
        Ok(())
    }

    // ---- memo

    pub fn number_of(&self, vm: &Vm, obj: Local) -> Option<u32> {
        self.memo.get(&vm.id(obj.value(vm))).copied()
    }
    pub fn memoize(&mut self, vm: &Vm, obj: Local) -> Py<()> {
        if self.fast {
            return Ok(());
        }
        let n = u32::try_from(self.memo.len())
            .map_err(|_| pickling_error(vm, "memo id too large for LONG_BINPUT"))?;
        self.memo.insert(vm.id(obj.value(vm)), n);
        self.memo_objects.get(vm).push(vm, obj.value(vm))?;
        match (self.proto, u8::try_from(n)) {
            (4.., _) => self.put(&[op::MEMOIZE]),
            (0, _) => self.put(format!("p{n}\n").as_bytes()),
            (_, Ok(byte)) => self.put(&[op::BINPUT, byte]),
            _ => self.put_sized(op::LONG_BINPUT, &n.to_le_bytes()),
        }
        Ok(())
    }
    pub fn put_get(&mut self, n: u32) {
        match (self.proto, u8::try_from(n)) {
            (0, _) => self.put(format!("g{n}\n").as_bytes()),
            (_, Ok(byte)) => self.put(&[op::BINGET, byte]),
            _ => self.put_sized(op::LONG_BINGET, &n.to_le_bytes()),
        }
    }

    // ---- objects

    pub fn dump(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if self.proto >= 2 {
            self.put(&[op::PROTO, self.proto]);
            self.framing = self.proto >= 4;
        }
        self.save(vm, obj, true)?;
        self.put(&[op::STOP]);
        self.close_frame();
        self.framing = false;
        Ok(())
    }
    pub fn save(&mut self, vm: &mut Vm, obj: Local, ask_persistent: bool) -> Py<()> {
        self.boundary(vm)?;
        if ask_persistent && self.persistent_id.is_some() && self.save_persistent(vm, obj)? {
            return Ok(());
        }
        if self.save_atom(vm, obj)? {
            return Ok(());
        }
        if let Some(n) = self.number_of(vm, obj) {
            self.put_get(n);
            return Ok(());
        }
        match obj.value(vm).kind(vm) {
            Kind::Bytes => return self.save_bytes(vm, obj),
            Kind::Str => return self.save_str(vm, obj),
            _ => {}
        }
        if let Err(raised) = vm.check_native_stack() {
            if !vm.raised_is(&raised, &exc::RECURSION_ERROR) {
                return Err(raised);
            }
            vm.take_exception(raised);
            return Err(vm.recursion_error(" while pickling an object"));
        }
        vm.poll()?;
        vm.scope(|vm| match obj.value(vm).kind(vm) {
            Kind::Dict => self.guarded(vm, obj, Writer::save_dict),
            Kind::Set => self.save_set(vm, obj),
            Kind::FrozenSet => self.save_frozenset(vm, obj),
            Kind::List => self.guarded(vm, obj, Writer::save_list),
            Kind::Tuple => self.save_tuple(vm, obj),
            Kind::ByteArray => self.save_bytearray(vm, obj),
            _ if vm.is_exactly(obj.value(vm), &super::buffer::PICKLE_BUFFER) => {
                self.save_buffer(vm, obj)
            }
            _ => self.save_other(vm, obj),
        })
    }
    /// Watches for cycles where there is no memo to end them.
    pub fn guarded(
        &mut self,
        vm: &mut Vm,
        obj: Local,
        f: impl FnOnce(&mut Writer, &mut Vm, Local) -> Py<()>,
    ) -> Py<()> {
        if !self.fast {
            return f(self, vm, obj);
        }
        let id = vm.id(obj.value(vm));
        if self.nesting.len() >= FAST_NESTING && self.nesting.contains(&id) {
            let name = vm.type_name_for_error(obj.value(vm));
            let at = address(vm, obj.value(vm));
            return Err(vm.value_error(format!(
                "fast mode: can't pickle cyclic objects including object type {name} at {at}"
            )));
        }
        self.nesting.push(id);
        let result = f(self, vm, obj);
        self.nesting.pop();
        result
    }
    fn save_persistent(&mut self, vm: &mut Vm, obj: Local) -> Py<bool> {
        let Some(function) = self.persistent_id else {
            return Ok(false);
        };
        vm.scope(|vm| {
            let id = vm.call(function, &[obj])?.keep(vm);
            if id.value(vm).is_none() {
                return Ok(false);
            }
            if self.binary() {
                self.save(vm, id, false)?;
                self.put(&[op::BINPERSID]);
                return Ok(true);
            }
            let text = vm.str(id)?.keep(vm);
            let bytes = text
                .value(vm)
                .as_str(vm)
                .filter(|s| s.is_ascii(vm))
                .map(|s| s.bytes(vm).to_vec());
            let Some(bytes) = bytes else {
                return Err(pickling_error(
                    vm,
                    "persistent IDs in protocol 0 must be ASCII strings",
                ));
            };
            self.put(&[op::PERSID]);
            self.put(&bytes);
            self.put(b"\n");
            Ok(true)
        })
    }
    /// What is never memoized.
    fn save_atom(&mut self, vm: &mut Vm, obj: Local) -> Py<bool> {
        let value = obj.value(vm);
        match value.kind(vm) {
            Kind::None => self.put(&[op::NONE]),
            Kind::Bool => {
                let yes = value == Value::TRUE;
                match (self.proto >= 2, yes) {
                    (true, true) => self.put(&[op::NEWTRUE]),
                    (true, false) => self.put(&[op::NEWFALSE]),
                    (false, true) => self.put(b"I01\n"),
                    (false, false) => self.put(b"I00\n"),
                }
            }
            Kind::Int | Kind::BigInt => self.save_int(vm, obj)?,
            Kind::Float | Kind::BoxedFloat => {
                let x = value.as_f64(vm).unwrap_or_default();
                if self.binary() {
                    self.put_sized(op::BINFLOAT, &x.to_be_bytes());
                } else {
                    let text = vm.repr_text(obj)?;
                    self.put(&[op::FLOAT]);
                    self.put(text.as_bytes());
                    self.put(b"\n");
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
    fn save_int(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if let Some(n) = obj.value(vm).as_i64(vm) {
            if let Ok(small) = i32::try_from(n) {
                match (self.binary(), u8::try_from(n), u16::try_from(n)) {
                    (false, _, _) => self.put(format!("I{n}\n").as_bytes()),
                    (_, Ok(byte), _) => self.put(&[op::BININT1, byte]),
                    (_, _, Ok(short)) => self.put_sized(op::BININT2, &short.to_le_bytes()),
                    _ => self.put_sized(op::BININT, &small.to_le_bytes()),
                }
                return Ok(());
            }
        }
        if self.proto < 2 {
            let text = vm.repr_text(obj)?;
            self.put(&[op::LONG]);
            self.put(text.as_bytes());
            self.put(b"L\n");
            return Ok(());
        }
        let bytes = match obj.value(vm).as_i64(vm) {
            Some(n) => n.to_le_bytes().to_vec(),
            None => vm.scope(|vm| {
                let bits = vm.call_method(obj, "bit_length", &[])?.keep(vm);
                let bits = vm.index(bits)?;
                let len = vm.local(vm.int((bits >> 3) + 1));
                let order = vm.local(vm.intern(b"little").value());
                let yes = vm.local(Value::TRUE);
                let to_bytes = vm.get_attr_str(obj, "to_bytes")?.keep(vm);
                let made = vm
                    .call_kw(to_bytes, &[len, order], &[("signed", yes)])?
                    .keep(vm);
                Ok::<_, Raised>(bytes_like(vm, made)?.unwrap_or_default())
            })?,
        };
        let bytes = shortest(&bytes);
        match u8::try_from(bytes.len()) {
            Ok(n) => self.put(&[op::LONG1, n]),
            Err(_) => {
                let n = i32::try_from(bytes.len())
                    .map_err(|_| vm.overflow_error("int too large to pickle"))?;
                self.put_sized(op::LONG4, &n.to_le_bytes());
            }
        }
        self.put(bytes);
        Ok(())
    }
    fn save_bytes(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        let data = bytes_like(vm, obj)?.unwrap_or_default();
        if self.proto >= 3 {
            self.put_bytes(vm, &data, Some(obj))?;
            return self.memoize(vm, obj);
        }
        vm.scope(|vm| {
            let (function, arguments) = if data.is_empty() {
                let class = vm.type_of(obj.value(vm)).value().word();
                (vm.local(class.value(vm)), tuple_of(vm, &[])?)
            } else {
                let codecs = mesapy_vm::import::import_module(vm, "codecs")?;
                let encode = vm.get_attr_str(codecs, "encode")?.keep(vm);
                let latin: Vec<u8> = data
                    .iter()
                    .flat_map(|b| char::from(*b).to_string().into_bytes())
                    .collect();
                let [text, name] = {
                    let vm: &Vm = vm;
                    vm.locals([vm.new_str(&latin)?.value(), vm.intern(b"latin1").value()])
                };
                (encode, tuple_of(vm, &[text, name])?)
            };
            let reduced = tuple_of(vm, &[function, arguments])?;
            self.save_reduced(vm, reduced, Some(obj))
        })
    }
    fn put_bytes(&mut self, vm: &mut Vm, data: &[u8], whole: Option<Local>) -> Py<()> {
        let n = data.len();
        match (u8::try_from(n), u32::try_from(n)) {
            (Ok(byte), _) => {
                self.put(&[op::SHORT_BINBYTES, byte]);
                self.put(data);
                Ok(())
            }
            (_, Ok(word)) => self.put_data(vm, (op::BINBYTES, &word.to_le_bytes()), data, whole),
            _ if self.proto >= 4 => {
                self.put_data(vm, (op::BINBYTES8, &(n as u64).to_le_bytes()), data, whole)
            }
            _ => Err(vm.overflow_error(
                "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher",
            )),
        }
    }
    fn save_bytearray(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        let data = bytes_like(vm, obj)?.unwrap_or_default();
        if self.proto >= 5 {
            self.put_data(
                vm,
                (op::BYTEARRAY8, &(data.len() as u64).to_le_bytes()),
                &data,
                None,
            )?;
            return self.memoize(vm, obj);
        }
        let class = class_local(vm, obj);
        let arguments = if data.is_empty() {
            tuple_of(vm, &[])?
        } else {
            let bytes = vm.local(vm.new_bytes(&data)?.value());
            tuple_of(vm, &[bytes])?
        };
        let reduced = tuple_of(vm, &[class, arguments])?;
        self.save_reduced(vm, reduced, Some(obj))
    }
    fn save_buffer(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if self.proto < 5 {
            return Err(pickling_error(
                vm,
                "PickleBuffer can only be pickled with protocol >= 5",
            ));
        }
        // A view of its own: the callback may release the buffer.
        let inner = super::buffer::view_of(vm, obj)?;
        let class = class_local(vm, inner);
        let view = vm.call(class, &[inner])?.keep(vm);
        let flag = |vm: &mut Vm, name: &str| -> Py<bool> {
            let found = vm.get_attr_str(view, name)?.keep(vm);
            vm.truth(found)
        };
        if !flag(vm, "contiguous")? {
            return Err(pickling_error(
                vm,
                "PickleBuffer can not be pickled when pointing to a non-contiguous buffer",
            ));
        }
        let readonly = flag(vm, "readonly")?;
        let in_band = match self.buffer_callback {
            None => true,
            Some(callback) => {
                let answer = vm.call(callback, &[obj])?.keep(vm);
                vm.truth(answer)?
            }
        };
        if !in_band {
            self.put(&[op::NEXT_BUFFER]);
            if readonly {
                self.put(&[op::READONLY_BUFFER]);
            }
            return Ok(());
        }
        let order = vm.local(vm.intern(b"A").value());
        let bytes = vm.call_method(view, "tobytes", &[order])?.keep(vm);
        let data = bytes_like(vm, bytes)?.unwrap_or_default();
        if readonly {
            self.put_bytes(vm, &data, None)?;
        } else {
            self.put_data(
                vm,
                (op::BYTEARRAY8, &(data.len() as u64).to_le_bytes()),
                &data,
                None,
            )?;
        }
        self.memoize(vm, obj)
    }
    fn save_str(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if self.proto >= 4 {
            let vm: &Vm = vm;
            if let Some(s) = obj.value(vm).as_str(vm)
                && let Ok(len) = u8::try_from(s.byte_len(vm))
            {
                self.put(&[op::SHORT_BINUNICODE, len]);
                self.put(s.bytes(vm));
                return self.memoize(vm, obj);
            }
        }
        let text = obj
            .value(vm)
            .as_str(vm)
            .map_or_else(Vec::new, |s| s.bytes(vm).to_vec());
        if self.binary() {
            let n = text.len();
            match u32::try_from(n) {
                Ok(word) => {
                    self.put_data(vm, (op::BINUNICODE, &word.to_le_bytes()), &text, None)?;
                }
                _ if self.proto >= 4 => {
                    let n = (n as u64).to_le_bytes();
                    self.put_data(vm, (op::BINUNICODE8, &n), &text, None)?;
                }
                _ => return Err(vm.overflow_error(
                    "serializing a string larger than 4 GiB requires pickle protocol 4 or higher",
                )),
            }
        } else {
            self.put(&[op::UNICODE]);
            let mut out = Vec::with_capacity(text.len());
            for c in mesapy_text::wtf8::code_points(&text) {
                match c {
                    0x5c | 0 | 0x0a | 0x0d | 0x1a => {
                        out.extend_from_slice(format!("\\u{c:04x}").as_bytes());
                    }
                    0..=0xff => out.push(c as u8),
                    0x100..=0xffff => out.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
                    _ => out.extend_from_slice(format!("\\U{c:08x}").as_bytes()),
                }
            }
            self.put(&out);
            self.put(b"\n");
        }
        self.memoize(vm, obj)
    }

    // ---- containers

    fn save_tuple(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        let n = tuple_len(vm, obj);
        if n == 0 {
            if self.binary() {
                self.put(&[op::EMPTY_TUPLE]);
            } else {
                self.put(&[op::MARK, op::TUPLE]);
            }
            return Ok(());
        }
        let small = n <= 3 && self.proto >= 2;
        if !small {
            self.put(&[op::MARK]);
        }
        let item = vm.local(Value::NONE);
        for i in 0..n {
            item.set(vm, tuple_at(vm, obj, i));
            let saved = self.save(vm, item, true);
            self.noted(vm, saved, |vm| format!("{} item {i}", shown_type(vm, obj)))?;
        }
        if let Some(number) = self.number_of(vm, obj) {
            // Its items contain the tuple itself, which is saved already: what was built here is thrown away.
            if small {
                self.put(&vec![op::POP; n]);
            } else if self.binary() {
                self.put(&[op::POP_MARK]);
            } else {
                self.put(&vec![op::POP; n + 1]);
            }
            self.put_get(number);
            return Ok(());
        }
        match (small, n) {
            (true, 1) => self.put(&[op::TUPLE1]),
            (true, 2) => self.put(&[op::TUPLE2]),
            (true, _) => self.put(&[op::TUPLE3]),
            _ => self.put(&[op::TUPLE]),
        }
        self.memoize(vm, obj)
    }
    fn save_list(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if self.binary() {
            self.put(&[op::EMPTY_LIST]);
        } else {
            self.put(&[op::MARK, op::LIST]);
        }
        self.memoize(vm, obj)?;
        let len = |vm: &Vm| obj.value(vm).as_exact_list(vm).map_or(0, |l| l.len(vm));
        let item = vm.local(Value::NONE);
        let batches = self.binary() && len(vm) != 1;
        let mut i = 0;
        while i < len(vm) {
            if batches {
                self.put(&[op::MARK]);
            }
            let mut in_batch = 0;
            while in_batch < BATCH {
                {
                    let vm: &Vm = vm;
                    let Some(v) = obj.value(vm).as_exact_list(vm).and_then(|l| l.at(vm, i)) else {
                        break;
                    };
                    item.set(vm, v);
                }
                let saved = self.save(vm, item, true);
                self.noted(vm, saved, |vm| format!("{} item {i}", shown_type(vm, obj)))?;
                i += 1;
                in_batch += 1;
                if !batches {
                    self.put(&[op::APPEND]);
                }
            }
            if batches {
                self.put(&[op::APPENDS]);
            }
        }
        Ok(())
    }
    fn save_dict(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        if self.binary() {
            self.put(&[op::EMPTY_DICT]);
        } else {
            self.put(&[op::MARK, op::DICT]);
        }
        self.memoize(vm, obj)?;
        let len = |vm: &Vm| obj.value(vm).as_exact_dict(vm).map_or(0, |d| d.len(vm));
        let size = len(vm);
        let batches = self.binary() && size != 1;
        let [key, item] = vm.locals([Value::NONE, Value::NONE]);
        let (mut at, mut in_batch, mut any) = (0, 0, false);
        loop {
            {
                let vm: &Vm = vm;
                if len(vm) != size {
                    return Err(vm.runtime_error("dictionary changed size during iteration"));
                }
                let entry = obj
                    .value(vm)
                    .as_exact_dict(vm)
                    .and_then(|d| d.next_entry(vm, at));
                let Some((next, k, v)) = entry else { break };
                at = next + 1;
                key.set(vm, k);
                item.set(vm, v);
            }
            if batches && in_batch == 0 {
                self.put(&[op::MARK]);
            }
            any = true;
            self.save(vm, key, true)?;
            let saved = self.save(vm, item, true);
            self.noted_item(vm, saved, obj, key)?;
            in_batch += 1;
            if !batches {
                self.put(&[op::SETITEM]);
                in_batch = 0;
            } else if in_batch == BATCH {
                self.put(&[op::SETITEMS]);
                in_batch = 0;
            }
        }
        if batches && any && in_batch > 0 {
            self.put(&[op::SETITEMS]);
        }
        Ok(())
    }
    fn save_set(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        let items = vm.list_from_iterable(obj)?.keep(vm);
        if self.proto < 4 {
            let class = class_local(vm, obj);
            let arguments = tuple_of(vm, &[items])?;
            let reduced = tuple_of(vm, &[class, arguments])?;
            return self.save_reduced(vm, reduced, Some(obj));
        }
        self.put(&[op::EMPTY_SET]);
        self.memoize(vm, obj)?;
        let n = list_len(vm, items);
        let item = vm.local(Value::NONE);
        let mut i = 0;
        while i < n {
            self.put(&[op::MARK]);
            let end = (i + BATCH).min(n);
            while i < end {
                self.save_list_item(vm, items, item, i, obj)?;
                i += 1;
            }
            self.put(&[op::ADDITEMS]);
            if vm.len(obj)? != n {
                return Err(vm.runtime_error("set changed size during iteration"));
            }
        }
        Ok(())
    }
    fn save_list_item(
        &mut self,
        vm: &mut Vm,
        items: Local,
        item: Local,
        i: usize,
        obj: Local,
    ) -> Py<()> {
        {
            let vm: &Vm = vm;
            let v = items.value(vm).as_exact_list(vm).and_then(|l| l.at(vm, i));
            item.set(vm, v.unwrap_or(Value::NONE));
        }
        let saved = self.save(vm, item, true);
        self.noted(vm, saved, |vm| format!("{} element", shown_type(vm, obj)))
    }
    fn save_frozenset(&mut self, vm: &mut Vm, obj: Local) -> Py<()> {
        let items = vm.list_from_iterable(obj)?.keep(vm);
        if self.proto < 4 {
            let class = class_local(vm, obj);
            let arguments = tuple_of(vm, &[items])?;
            let reduced = tuple_of(vm, &[class, arguments])?;
            return self.save_reduced(vm, reduced, Some(obj));
        }
        self.put(&[op::MARK]);
        let item = vm.local(Value::NONE);
        for i in 0..list_len(vm, items) {
            self.save_list_item(vm, items, item, i, obj)?;
        }
        if let Some(number) = self.number_of(vm, obj) {
            self.put(&[op::POP_MARK]);
            self.put_get(number);
            return Ok(());
        }
        self.put(&[op::FROZENSET]);
        self.memoize(vm, obj)
    }

    // ---- notes on errors

    /// On an error, notes what was being serialized.
    pub fn noted(
        &self,
        vm: &mut Vm,
        result: Py<()>,
        what: impl FnOnce(&mut Vm) -> String,
    ) -> Py<()> {
        let Err(raised) = result else { return Ok(()) };
        vm.scope(|vm| {
            let e = vm.take_exception_local(raised);
            let text = format!("when serializing {}", what(vm));
            let added = vm.new_str(text.as_bytes()).map(|t| t.value().word());
            if let Ok(word) = added {
                let note = vm.local(word.value(vm));
                if let Err(raised) = vm.call_method(e, "add_note", &[note]) {
                    vm.take_exception(raised);
                }
            }
            Err(vm.raise_again(e.value(vm)))
        })
    }
    pub fn noted_item(&self, vm: &mut Vm, result: Py<()>, obj: Local, key: Local) -> Py<()> {
        self.noted(vm, result, |vm| {
            let pending = vm.repr_text(key);
            let shown = pending.unwrap_or_else(|raised| {
                vm.take_exception(raised);
                "?".into()
            });
            format!("{} item {shown}", shown_type(vm, obj))
        })
    }
}

fn list_len(vm: &Vm, list: Local) -> usize {
    list.value(vm).as_exact_list(vm).map_or(0, |l| l.len(vm))
}
/// The name of an object's class as CPython's `%T` shows it.
pub fn shown_type(vm: &mut Vm, obj: Local) -> String {
    let class = class_local(vm, obj);
    shown_class(vm, class)
}
pub fn shown_class(vm: &mut Vm, class: Local) -> String {
    let text = |vm: &mut Vm, name: &str| -> Option<String> {
        vm.scope(|vm| match vm.lookup_attr_str(class, name) {
            Ok(found) => {
                let word = found?.get(vm).word();
                word.value(vm).as_str(vm)?;
                Some(vm.text_of(word.value(vm)))
            }
            Err(raised) => {
                vm.take_exception(raised);
                None
            }
        })
    };
    let name = text(vm, "__qualname__").unwrap_or_default();
    match text(vm, "__module__") {
        Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{name}"),
        _ => name,
    }
}
/// Two's complement without the bytes that the sign implies.
fn shortest(bytes: &[u8]) -> &[u8] {
    let mut n = bytes.len();
    while n > 1 {
        let (Some(last), Some(before)) = (bytes.get(n - 1), bytes.get(n - 2)) else {
            break;
        };
        let spare = (*last == 0 && *before < 0x80) || (*last == 0xff && *before >= 0x80);
        if !spare {
            break;
        }
        n -= 1;
    }
    bytes.get(..n).unwrap_or_default()
}

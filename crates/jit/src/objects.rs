//! Names and attributes, by what the inline caches hold.

use crate::emit::{Emitter, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use mesapy_bytecode::{Instr, Op};
use mesapy_heap::{Kind, MARK_AND_REMEMBERED, Word};
use mesapy_vm::jit::{Field, Helper, frame_header, place};

/// Shapes that are told apart in place.
const SHAPES_MAX: usize = 4;
/// An attribute's slot that is not in the object itself: see `interp/cache`.
const OVERFLOW: u32 = 1 << 31;

/// Guards below are kinds, not shapes.
const KINDS: u32 = 256;

const HEADER: u16 = frame_header::SIZE as u16;

fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

impl Emitter<'_, '_> {
    /// Compiles an instruction of names, attributes or cells; false: it is none.
    pub(crate) fn object(&mut self, op: Op, i: Instr) -> Option<bool> {
        match op {
            Op::LoadGlobalCached | Op::LoadBuiltinCached => self.load_global(i),
            Op::LoadAttrSlot => self.load_attr(i),
            Op::LoadAttrOfType => self.load_attr_of_type(i),
            Op::LoadAttrClass => self.load_attr_of_class(i),
            Op::LoadMethodCached => self.load_method(i),
            Op::LoadMethod => self.load_method_of_module(i),
            Op::LoadMethodClass => self.load_method_of_class(i),
            Op::LoadAttrModule => {
                let value = self.attr_of_module(i);
                self.set(i.a(), value);
            }
            Op::StoreAttrSlot => self.store_attr(i),
            Op::StoreAttrAdd => self.add_attr(i),
            Op::LoadCell => {
                let cell = self.word(i.b());
                let exit = self.exit(false);
                let address = self.object_address(cell, exit);
                self.require_kind(address, Kind::Cell, exit);
                let content = self.load(address, 1);
                let empty = self.is_word(content, Word::EMPTY);
                self.guard_not(empty, exit);
                self.set(i.a(), content);
            }
            _ => return Some(false),
        }
        Some(true)
    }

    /// The address of the object that a word refers to, which must be a reference.
    pub(crate) fn object_address(&mut self, word: Value, otherwise: Block) -> Value {
        if self.known.get(&word) != Some(&Ty::Ref) {
            let is_ref = self.is_tag_ref(word);
            self.guard(is_ref, otherwise);
        }
        let index = self.index_of(word);
        self.address(index)
    }
    pub(crate) fn kind_byte(&mut self, address: Value) -> Value {
        self.load_byte(address)
    }
    pub(crate) fn require_kind(&mut self, address: Value, kind: Kind, otherwise: Block) {
        let byte = self.kind_byte(address);
        let same = self.equals(byte, kind as i64);
        self.guard(same, otherwise);
    }
    fn require_version(&mut self, class: u32, version: u32, otherwise: Block) {
        if !self.versions.insert((class, version)) {
            return;
        }
        self.keeps.push(class);
        let address = self.constant_address(class);
        let word = self.load_version(address, place::TYPE_VERSION);
        let same = self.equals(word, i64::from(version) << 3);
        self.guard(same, otherwise);
    }

    // ---- globals

    fn require_dict_version(
        &mut self,
        address: Value,
        version: u32,
        known: Option<u32>,
        otherwise: Block,
    ) {
        if !self.versions.insert((known.unwrap_or(0), version)) {
            return;
        }
        self.require_kind(address, Kind::Dict, otherwise);
        let word = self.load_version(address, place::DICT_VERSION);
        let word = self.b.ins().ushr_imm_s(word, 4);
        let number = self.b.ins().ireduce(I32, word);
        let same = self.equals(number, i64::from(version as i32));
        self.guard(same, otherwise);
    }
    fn load_global(&mut self, i: Instr) {
        let Some(([versions, at], globals)) =
            self.request.site(i.c(), Op::LoadGlobal).zip(self.globals)
        else {
            return self.not_here(i, &[i.a()]);
        };
        let failed = self.failed();
        let address = self.address(globals);
        self.require_dict_version(address, high(versions), None, failed);
        if versions as u32 != 0 {
            let builtins = self.request.builtins();
            let address = self.constant_address(builtins);
            self.require_dict_version(address, versions as u32, Some(builtins), failed);
        }
        let address = self.constant_address(at as u32);
        let value = self.load(address, 0);
        let now = self.request.read(at as u32);
        if Word::from_bits(now).is_ref() {
            self.hints.insert(value, now);
        }
        self.set(i.a(), value);
    }
    // ---- attributes

    /// What a site knows, as far as it is told apart in place.
    fn cases(&mut self, site: u16, op: Op) -> Vec<[u64; 2]> {
        let mut cases = self.request.cases(site, op);
        cases.truncate(SHAPES_MAX);
        cases
    }
    /// Goes on where the receiver has the shape of a case, with the version of its class; otherwise to `otherwise`.
    fn require_shape(&mut self, receiver: Value, shape: Value, case: [u64; 2], otherwise: Block) {
        let expected = high(case[0]);
        if self.shapes.get(&receiver) != Some(&expected) {
            let same = self.equals(shape, i64::from(expected));
            self.guard(same, otherwise);
            self.keeps.push(expected);
        }
        self.require_version(high(case[1]), case[0] as u32, otherwise);
    }
    /// The shape's index of an object.
    fn shape_of(&mut self, address: Value) -> Value {
        let header = self.load(address, 0);
        self.index_of(header)
    }
    fn attr_of_module(&mut self, i: Instr) -> Value {
        let site = self.request.site(i.c(), Op::LoadAttrModule);
        let place = site.and_then(|[w0, w1]| {
            let dict = self.request.read(high(w0) + place::MODULE_DICT);
            Some((w0, w1, Word::from_bits(dict).as_ref_index()?))
        });
        let Some((w0, w1, dict)) = place else {
            self.leave_for_good();
            return self.constant(Word::EMPTY.bits());
        };
        let module = high(w0);
        let receiver = self.word(i.b());
        let failed = self.failed();
        let same = self.is_word(receiver, Word::reference(module));
        self.guard(same, failed);
        self.keeps.extend([module, dict]);
        let address = self.constant_address(dict);
        self.require_dict_version(address, w0 as u32, Some(dict), failed);
        let address = self.constant_address(w1 as u32);
        let value = self.load(address, 0);
        let now = self.request.read(w1 as u32);
        if Word::from_bits(now).is_ref() {
            self.hints.insert(value, now);
        }
        value
    }
    fn load_method_of_module(&mut self, i: Instr) {
        let function = self.attr_of_module(i);
        let empty = self.constant(Word::EMPTY.bits());
        self.set(i.a() + 1, function);
        self.set(i.a() + HEADER, empty);
    }
    fn load_method_of_class(&mut self, i: Instr) {
        let Some([w0, w1]) = self.request.site(i.c(), Op::LoadMethodClass) else {
            return self.not_here(i, &[i.a(), i.a() + 1, i.a() + HEADER]);
        };
        let receiver = self.word(i.b());
        let failed = self.failed();
        let same = self.is_word(receiver, Word::reference(high(w0)));
        self.guard(same, failed);
        self.require_version(high(w0), w0 as u32, failed);
        let callable = self.method_constant([w0, w1]);
        self.known.insert(callable, Ty::Ref);
        if w1 >> 32 != 0 {
            self.known.insert(receiver, Ty::Ref);
            self.set(i.a(), callable);
            self.set(i.a() + HEADER, receiver);
        } else {
            let empty = self.constant(Word::EMPTY.bits());
            self.set(i.a() + 1, callable);
            self.set(i.a() + HEADER, empty);
        }
    }
    /// For each case of a site the values made by `make`, merged. A receiver that is none of them leaves the code; if that has happened often, the interpreter
    /// executes the instruction, and the values are what the registers `targets` hold then.
    fn by_shape(
        &mut self,
        receiver: Value,
        cases: &[[u64; 2]],
        targets: &[u16],
        make: &mut dyn FnMut(&mut Self, Value, [u64; 2], Block) -> Vec<Value>,
    ) -> Vec<Value> {
        let many = self.request.has_failed(self.pc);
        let miss = if many {
            self.cold_block()
        } else {
            self.failed()
        };
        let address = self.object_address(receiver, miss);
        let shape = if cases.iter().any(|c| high(c[0]) < KINDS) {
            let header = self.load(address, 0);
            let shape = self.index_of(header);
            let kind = self.b.ins().band_imm_s(header, 0xff);
            self.b.ins().select(shape, shape, kind)
        } else {
            self.shape_of(address)
        };
        if let ([case], false) = (cases, many) {
            self.require_shape(receiver, shape, *case, miss);
            self.shapes.insert(receiver, high(case[0]));
            return make(self, address, *case, miss);
        }
        let done = self.new_block();
        let results: Vec<Value> = targets
            .iter()
            .map(|_| self.b.append_block_param(done, I64))
            .collect();
        let (versions, shapes) = (self.versions.clone(), self.shapes.clone());
        for (k, case) in cases.iter().enumerate() {
            let next = if k + 1 == cases.len() {
                miss
            } else {
                self.new_block()
            };
            let here = self.new_block();
            let same = self.equals(shape, i64::from(high(case[0])));
            self.keeps.push(high(case[0]));
            self.b.ins().brif(same, here, &[], next, &[]);
            self.b.switch_to_block(here);
            self.require_version(high(case[1]), case[0] as u32, miss);
            let values = make(self, address, *case, miss);
            self.jump(done, &values);
            if next != miss {
                self.b.switch_to_block(next);
            }
            // What one way has checked the others have not.
            self.versions = versions.clone();
            self.shapes = shapes.clone();
        }
        if many {
            self.b.switch_to_block(miss);
            let values = self.step_aside(targets);
            self.jump(done, &values);
        }
        self.b.switch_to_block(done);
        results
    }
    /// Where nothing is known that could be done here.
    fn not_here(&mut self, i: Instr, targets: &[u16]) {
        if self.request.has_failed(self.pc) {
            self.step(i);
            return;
        }
        self.leave_for_good();
        for r in targets {
            let word = self.constant(Word::EMPTY.bits());
            self.set(*r, word);
        }
    }
    /// Where an attribute is by what a site says of it: index and address of the object that holds it, and its word there.
    fn attr_place(
        &mut self,
        receiver: Value,
        address: Value,
        place: u64,
        miss: Block,
    ) -> (Value, Value, u32) {
        let place = place as u32;
        if place & OVERFLOW == 0 {
            return (self.index_of(receiver), address, 1 + place);
        }
        let array = self.load(address, 1 + (place >> 16 & 0x7fff));
        let is_ref = self.is_tag_ref(array);
        self.guard(is_ref, miss);
        let index = self.index_of(array);
        let holder = self.address(index);
        let at = place & 0xffff;
        let length = self.load(holder, 1);
        let inside =
            self.b
                .ins()
                .icmp_imm_s(IntCC::UnsignedGreaterThan, length, i64::from(at) << 3);
        self.guard(inside, miss);
        (index, holder, 2 + at)
    }
    fn load_attr(&mut self, i: Instr) {
        let cases = self.cases(i.c(), Op::LoadAttrSlot);
        if cases.is_empty() {
            return self.not_here(i, &[i.a()]);
        }
        let receiver = self.word(i.b());
        let values = self.by_shape(receiver, &cases, &[i.a()], &mut |e, address, case, miss| {
            let (_, holder, word) = e.attr_place(receiver, address, case[1], miss);
            let value = e.load(holder, word);
            let unset = e.is_word(value, Word::EMPTY);
            e.guard_not(unset, miss);
            vec![value]
        });
        self.set(i.a(), values[0]);
    }
    fn load_attr_of_type(&mut self, i: Instr) {
        let cases = self.cases(i.c(), Op::LoadAttrOfType);
        if cases.is_empty() {
            return self.not_here(i, &[i.a()]);
        }
        let receiver = self.word(i.b());
        let values = self.by_shape(receiver, &cases, &[i.a()], &mut |e, _, case, _| {
            let address = e.constant_address(case[1] as u32);
            vec![e.load(address, 0)]
        });
        self.set(i.a(), values[0]);
    }
    fn load_attr_of_class(&mut self, i: Instr) {
        let Some([w0, w1]) = self.request.site(i.c(), Op::LoadAttrClass) else {
            return self.not_here(i, &[i.a()]);
        };
        let receiver = self.word(i.b());
        let failed = self.failed();
        let same = self.is_word(receiver, Word::reference(high(w0)));
        self.guard(same, failed);
        self.require_version(high(w0), w0 as u32, failed);
        let value = self.constant(w1);
        let word = Word::from_bits(w1);
        if word.is_ref() {
            self.keeps.push(high(w1));
            self.known.insert(value, Ty::Ref);
        } else if word.is_small_int() {
            self.known.insert(value, Ty::Int);
        }
        self.set(i.a(), value);
    }
    fn load_method(&mut self, i: Instr) {
        let cases = self.cases(i.c(), Op::LoadMethodCached);
        let targets = [i.a(), i.a() + HEADER];
        if cases.is_empty() {
            return self.not_here(i, &targets);
        }
        let receiver = self.word(i.b());
        // What the interpreter finds may be another sort of method: then the pair has another form.
        let many = self.request.has_failed(self.pc);
        if many {
            let all = [i.a(), i.a() + 1, i.a() + HEADER];
            let values = self.by_shape(receiver, &cases, &all, &mut |e, _, case, _| {
                let function = e.method_constant(case);
                vec![function, function, receiver]
            });
            for (r, value) in all.into_iter().zip(values) {
                self.set(r, value);
            }
            return;
        }
        let values = self.by_shape(receiver, &cases, &targets, &mut |e, _, case, _| {
            vec![e.method_constant(case), receiver]
        });
        self.known.insert(values[0], Ty::Ref);
        self.known.insert(receiver, Ty::Ref);
        self.set(i.a(), values[0]);
        self.set(i.a() + HEADER, receiver);
    }
    fn method_constant(&mut self, case: [u64; 2]) -> Value {
        self.keeps.push(case[1] as u32);
        self.constant(Word::reference(case[1] as u32).bits())
    }

    // ---- storing

    /// Tells the collector of a reference that was stored to a word of an old object.
    pub(crate) fn barrier(&mut self, object: Value, address: Value, value: Value, word: Value) {
        if matches!(self.known.get(&value), Some(Ty::Int | Ty::Float | Ty::Bool)) {
            return;
        }
        let (check, slow, done) = (self.new_block(), self.cold_block(), self.new_block());
        let is_ref = self.is_tag_ref(value);
        self.b.ins().brif(is_ref, check, &[], done, &[]);
        self.b.switch_to_block(check);
        let header = self.load(address, 0);
        let bits = self.b.ins().band_imm_s(header, MARK_AND_REMEMBERED as i64);
        let old = self.load_field(Field::OldBits);
        let needed = self.b.ins().icmp(IntCC::Equal, bits, old);
        self.b.ins().brif(needed, slow, &[], done, &[]);
        self.b.switch_to_block(slow);
        self.call_raw(Helper::Remember, &[object, word]);
        self.jump(done, &[]);
        self.b.switch_to_block(done);
    }
    fn store_attr(&mut self, i: Instr) {
        let cases = self.cases(i.c(), Op::StoreAttrSlot);
        if cases.is_empty() {
            return self.not_here(i, &[]);
        }
        let (receiver, value) = (self.word(i.a()), self.word(i.b()));
        self.by_shape(receiver, &cases, &[], &mut |e, address, case, miss| {
            let (object, holder, word) = e.attr_place(receiver, address, case[1], miss);
            e.store(value, holder, word);
            let word = e.b.ins().iadd_imm_s(object, i64::from(word));
            e.barrier(object, holder, value, word);
            Vec::new()
        });
    }
    fn leave_for_good(&mut self) {
        self.leave(true);
        let nowhere = self.new_block();
        self.b.switch_to_block(nowhere);
    }
    /// A new attribute: the object gets another shape.
    fn add_attr(&mut self, i: Instr) {
        let site = self.request.site(i.c(), Op::StoreAttrAdd);
        // The new shape's class is the old one's.
        let place = site.and_then(|[w0, w1]| {
            let class = Word::from_bits(self.request.class_of_shape(high(w0)));
            Some((w0, w1, class.as_ref_index()?))
        });
        let Some((w0, w1, class)) = place else {
            return self.not_here(i, &[]);
        };
        let (receiver, value) = (self.word(i.a()), self.word(i.b()));
        let failed = self.failed();
        let address = self.object_address(receiver, failed);
        let header = self.load(address, 0);
        let shape = self.index_of(header);
        let old = self.equals(shape, i64::from(high(w0)));
        self.guard(old, failed);
        self.require_version(class, w0 as u32, failed);
        self.keeps.extend([high(w0), high(w1)]);
        let slot = w1 as u32;
        self.store(value, address, 1 + slot);
        let low = self.b.ins().band_imm_s(header, 0xffff_ffff);
        let new = self.b.ins().iconst(I64, i64::from(high(w1)) << 32);
        let header = self.b.ins().bor(low, new);
        self.store(header, address, 0);
        // The shape is a reference as well.
        let (slow, done) = (self.cold_block(), self.new_block());
        let bits = self.b.ins().band_imm_s(header, MARK_AND_REMEMBERED as i64);
        let old = self.load_field(Field::OldBits);
        let needed = self.b.ins().icmp(IntCC::Equal, bits, old);
        self.b.ins().brif(needed, slow, &[], done, &[]);
        self.b.switch_to_block(slow);
        let object = self.index_of(receiver);
        let word = self.b.ins().iadd_imm_s(object, i64::from(slot) + 1);
        self.call_raw(Helper::Remember, &[object, word]);
        self.call_raw(Helper::Remember, &[object, object]);
        self.jump(done, &[]);
        self.b.switch_to_block(done);
        self.shapes.clear();
        self.shapes.insert(receiver, high(w1));
    }
}
